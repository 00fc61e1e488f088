package org.outpost.app.testing

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.view.View
import java.io.File

/** Draws what stands on a screen into a PNG under `target/screenshots`, to be looked at. */
object Screenshots {
    private val folder = File(System.getProperty("outpost.screenshots.dir") ?: "target/screenshots")

    /** Writes `name.png` with the window of the activity and the dialogue over it. */
    fun take(activity: Activity, name: String, dialog: View? = null) {
        val picture = draw(activity.window.decorView)
        dialog?.let { lay(it, picture) }
        folder.mkdirs()
        File(folder, "$name.png").outputStream().use {
            check(picture.compress(Bitmap.CompressFormat.PNG, 100, it)) { "no PNG for $name" }
        }
    }

    private fun lay(dialog: View, on: Bitmap) {
        val canvas = Canvas(on)
        canvas.drawColor(Color.argb(SCRIM, 0, 0, 0))
        canvas.translate((on.width - dialog.width) / 2f, (on.height - dialog.height) / 2f)
        dialog.draw(canvas)
    }

    private const val SCRIM = 0x66

    /** The pixels of a view. */
    fun draw(view: View): Bitmap {
        val picture = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(picture))
        return picture
    }
}
