package org.outpost.app.ui

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import com.google.zxing.BarcodeFormat
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.EncodeHintType
import com.google.zxing.MultiFormatReader
import com.google.zxing.NotFoundException
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeWriter
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel
import java.io.ByteArrayOutputStream
import java.io.File

/** Pictures: made small for the way to the server, read for codes, drawn as codes. */
object Pictures {
    /** Longest side of a photo that is kept, in pixels. */
    private const val SIDE_MAX = 1024

    /** Bytes of a photo that is kept, at most. */
    private const val BYTES_MAX = 200_000
    private const val QUALITY_FIRST = 85
    private const val QUALITY_LEAST = 35
    private const val QUALITY_STEP = 10

    /** A photo darker than this on the mean is hardly readable. */
    private const val DARK = 40

    /** Reads a photo, no larger in memory than needed; `null` when it is none. */
    fun read(file: File, side: Int = SIDE_MAX): Bitmap? {
        val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeFile(file.path, size)
        if (size.outWidth <= 0) return null
        val options = BitmapFactory.Options()
        options.inSampleSize = generateSequence(1) { it * 2 }
            .first { maxOf(size.outWidth, size.outHeight) / (it * 2) < side }
        return BitmapFactory.decodeFile(file.path, options)
    }

    /** The picture as JPEG within the limits. */
    fun shrink(picture: Bitmap): ByteArray {
        val longest = maxOf(picture.width, picture.height)
        val share = minOf(1f, SIDE_MAX.toFloat() / longest)
        val small = Bitmap.createScaledBitmap(
            picture, maxOf(1, (picture.width * share).toInt()), maxOf(1, (picture.height * share).toInt()), true,
        )
        var quality = QUALITY_FIRST
        while (true) {
            val out = ByteArrayOutputStream()
            small.compress(Bitmap.CompressFormat.JPEG, quality, out)
            if (out.size() <= BYTES_MAX || quality <= QUALITY_LEAST) return out.toByteArray()
            quality -= QUALITY_STEP
        }
    }

    /** Whether hardly anything can be seen on it. */
    fun isDark(picture: Bitmap): Boolean {
        val small = Bitmap.createScaledBitmap(picture, 16, 16, true)
        val pixels = IntArray(16 * 16)
        small.getPixels(pixels, 0, 16, 0, 0, 16, 16)
        return pixels.map { (Color.red(it) * 3 + Color.green(it) * 6 + Color.blue(it)) / 10 }.average() < DARK
    }

    /** The bar code or QR code on a picture; `null` when there is none to be read. */
    fun codeOn(picture: Bitmap): String? {
        val pixels = IntArray(picture.width * picture.height)
        picture.getPixels(pixels, 0, picture.width, 0, 0, picture.width, picture.height)
        val light = RGBLuminanceSource(picture.width, picture.height, pixels)
        val hints = mapOf(DecodeHintType.TRY_HARDER to true)
        return try {
            MultiFormatReader().decode(BinaryBitmap(HybridBinarizer(light)), hints).text
        } catch (_: NotFoundException) {
            null
        } catch (_: com.google.zxing.ReaderException) {
            null
        }
    }

    /** A text as a QR code, black on white whatever the theme. */
    fun qrOf(text: String, side: Int): Bitmap {
        val hints = mapOf(
            EncodeHintType.ERROR_CORRECTION to ErrorCorrectionLevel.M,
            EncodeHintType.CHARACTER_SET to "UTF-8",
            EncodeHintType.MARGIN to 4,
        )
        val cells = QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, side, side, hints)
        val pixels = IntArray(cells.width * cells.height) { at ->
            if (cells[at % cells.width, at / cells.width]) Color.BLACK else Color.WHITE
        }
        return Bitmap.createBitmap(pixels, cells.width, cells.height, Bitmap.Config.ARGB_8888)
    }
}
