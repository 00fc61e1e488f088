package org.outpost.app

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException

/**
 * Lends single files of one folder to other apps: the camera writes a photo, a share sheet takes an
 * encrypted file, the installer reads a verified package. Nothing outside the folder is reachable,
 * and nobody reaches anything without having been lent it.
 */
class FilesProvider : ContentProvider() {
    override fun onCreate(): Boolean = true

    override fun getType(uri: Uri): String = when (fileOf(uri).extension) {
        "jpg" -> "image/jpeg"
        "apk" -> "application/vnd.android.package-archive"
        else -> "application/octet-stream"
    }

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor =
        ParcelFileDescriptor.open(fileOf(uri), ParcelFileDescriptor.parseMode(mode))

    override fun query(
        uri: Uri, columns: Array<out String>?, where: String?, args: Array<out String>?, order: String?,
    ): Cursor {
        val file = fileOf(uri)
        val cursor = MatrixCursor(arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE))
        cursor.addRow(arrayOf(file.name, file.length()))
        return cursor
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun update(uri: Uri, values: ContentValues?, where: String?, args: Array<out String>?) = 0

    override fun delete(uri: Uri, where: String?, args: Array<out String>?) = 0

    private fun fileOf(uri: Uri): File {
        val name = uri.lastPathSegment.orEmpty()
        // A name only: no way to another folder.
        if (uri.pathSegments.size != 1 || name != File(name).name) throw FileNotFoundException("no such file")
        return File(folder(checkNotNull(context)), name)
    }

    companion object {
        private const val AUTHORITY = "org.outpost.app.files"

        /** Files that may be lent; emptied by the system when it needs room. */
        fun folder(context: Context): File = File(context.cacheDir, "lent").apply { mkdirs() }

        /** The address of a file in [folder]. */
        fun uriOf(name: String): Uri = Uri.Builder().scheme("content").authority(AUTHORITY)
            .appendPath(name).build()
    }
}
