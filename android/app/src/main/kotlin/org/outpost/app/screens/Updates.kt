package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import java.io.File
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.model.UpdateOffer
import org.outpost.app.model.UpdateTaken

/** The core has verified what it offers; the system asks the person and looks at the signature. */
internal fun offerUpdate(host: PaneHost, offer: UpdateOffer) {
    val path = offer.path ?: return host.tell(offer.words)
    AlertDialog.Builder(host.activity).setMessage(offer.words)
        .setPositiveButton(R.string.update_install) { _, _ -> install(host, File(path)) }
        .setNegativeButton(R.string.back, null).show()
}

private fun install(host: PaneHost, verified: File) {
    val apk = File(FilesProvider.folder(host.activity), "update.apk")
    verified.copyTo(apk, overwrite = true)
    val intent = Intent(Intent.ACTION_VIEW)
        .setDataAndType(FilesProvider.uriOf(apk.name), "application/vnd.android.package-archive")
    host.ask(intent.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION), INSTALL)
}

/** What became of a file of releases or forms; [askDigits] asks for those of the centre. */
internal fun tellUpdate(host: PaneHost, taken: UpdateTaken, askDigits: () -> Unit) = when (taken) {
    is UpdateTaken.Told -> host.tell(taken.words)
    is UpdateTaken.Offered -> offerUpdate(host, taken.offer)
    UpdateTaken.AskDigits -> askDigits()
}

private const val INSTALL = 41
