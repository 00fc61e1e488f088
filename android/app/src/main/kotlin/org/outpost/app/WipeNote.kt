package org.outpost.app

import android.content.Context
import org.outpost.app.model.Helper

/**
 * That this phone was wiped, and whom its finder may call: the one thing that is known of it then. It
 * stands outside the encrypted store, which is gone, and names nobody but the helper, as the label on
 * the phone does.
 */
class WipeNote(context: Context) {
    private val kept = context.getSharedPreferences("wiped", Context.MODE_PRIVATE)

    /** Whether there is something to tell. */
    val isThere: Boolean get() = kept.contains(EXPORTED)

    /** Whether what was not sent lies here in a locked file. */
    val isExported: Boolean get() = kept.getBoolean(EXPORTED, false)

    /** Whom to call. */
    val helper: Helper? get() = kept.getString(NAME, null)?.let { Helper(it, kept.getString(PHONE, null), null) }

    /** On the disk before anything is removed. */
    fun note(helper: Helper?, isExported: Boolean) {
        kept.edit().clear().putBoolean(EXPORTED, isExported)
            .putString(NAME, helper?.name).putString(PHONE, helper?.phone).commit()
    }

    /** It was read. */
    fun forget() {
        kept.edit().clear().commit()
    }

    private companion object {
        const val EXPORTED = "exported"
        const val NAME = "name"
        const val PHONE = "phone"
    }
}
