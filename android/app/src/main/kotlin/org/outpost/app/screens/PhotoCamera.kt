package org.outpost.app.screens

import android.content.Intent
import android.provider.MediaStore
import java.io.File
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.ui.Pictures

/** Takes a picture with the camera app and keeps it; nothing of it stays with other apps. */
internal class PhotoCamera(private val host: PaneHost, private val code: Int) {
    private val file = File(FilesProvider.folder(host.activity), PHOTO)

    fun start() {
        file.delete()
        file.createNewFile()
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE)
            .putExtra(MediaStore.EXTRA_OUTPUT, FilesProvider.uriOf(PHOTO))
        host.ask(intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION), code)
    }

    /** The camera came back; [kept] gets the id of the picture. */
    fun keep(name: String, kept: (String) -> Unit) = host.carry {
        val picture = Pictures.read(file)
        file.delete()
        if (picture == null) return@carry host.tell(host.activity.getString(R.string.no_photo_came))
        if (Pictures.isDark(picture)) host.tell(host.activity.getString(R.string.photo_dark))
        kept(host.port.device.addPicture(Pictures.shrink(picture), name))
    }

    private companion object {
        const val PHOTO = "kept.jpg"
    }
}
