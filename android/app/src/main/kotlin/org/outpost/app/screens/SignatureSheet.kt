package org.outpost.app.screens

import android.app.AlertDialog
import org.outpost.app.R
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.SignaturePad
import org.outpost.app.ui.onTap

/** Where somebody signs with the finger; [signed] gets the id of the drawing. */
internal class SignatureSheet(
    private val host: PaneHost,
    private val title: String,
    private val signed: (String) -> Unit,
) {
    private val context = host.activity

    fun show() {
        val pad = SignaturePad(context)
        val dialog = AlertDialog.Builder(context)
            .setTitle(title)
            .setView(pad)
            .setPositiveButton(R.string.keep_signature, null)
            .setNeutralButton(R.string.sign_again, null)
            .setNegativeButton(R.string.back, null)
            .show()
        // Clearing leaves the sheet open.
        dialog.getButton(AlertDialog.BUTTON_NEUTRAL).onTap { pad.clear() }
        dialog.getButton(AlertDialog.BUTTON_POSITIVE).onTap {
            if (pad.isEmpty) return@onTap host.tell(context.getString(R.string.sign_first))
            dialog.dismiss()
            host.carry {
                signed(host.port.device.addPicture(Pictures.shrink(pad.toBitmap()), SIGNATURE_NAME))
            }
        }
    }

    private companion object {
        const val SIGNATURE_NAME = "signature.jpg"
    }
}
