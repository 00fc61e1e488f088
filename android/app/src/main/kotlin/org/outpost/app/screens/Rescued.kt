package org.outpost.app.screens

import android.app.AlertDialog
import android.view.View
import android.widget.Button
import java.io.File
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part

/**
 * At the sign-in: the locked file of what was not sent when somebody wiped. It may be the only copy
 * of that work, so only a person removes it.
 */
internal class Rescued(private val activity: SignInActivity, private val folder: File) {
    private val oldest: File? get() = folder.listFiles().orEmpty().minByOrNull { it.name }

    fun show() {
        activity.part<View>(R.id.rescued).visibility = if (oldest == null) View.GONE else View.VISIBLE
        activity.part<Button>(R.id.rescued_take).onTap(::take)
        activity.part<Button>(R.id.rescued_remove).onTap(::askToRemove)
    }

    /** Lends a copy: the lent folder is emptied when the phone needs room. */
    private fun take() {
        val file = oldest ?: return
        file.copyTo(File(FilesProvider.folder(activity), file.name), overwrite = true)
        activity.startActivity(shareOf(activity, file.name))
    }

    private fun askToRemove() {
        AlertDialog.Builder(activity)
            .setTitle(R.string.rescued_remove)
            .setMessage(R.string.rescued_remove_body)
            .setPositiveButton(R.string.go_on) { _, _ ->
                oldest?.let { File(FilesProvider.folder(activity), it.name).delete() }
                oldest?.delete()
                show()
            }
            .setNegativeButton(R.string.back, null)
            .show()
    }
}
