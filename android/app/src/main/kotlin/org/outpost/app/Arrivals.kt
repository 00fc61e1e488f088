package org.outpost.app

import android.content.Context
import android.content.SharedPreferences
import org.outpost.app.model.Arrived

/**
 * What a person waited for and nobody told of yet: replies to own requests, records that were sent back.
 * Keeps marks of what was told, which say nothing of anybody.
 */
class Arrivals(context: Context) {
    private val kept: SharedPreferences = context.getSharedPreferences("arrivals", Context.MODE_PRIVATE)

    /** What of it is new since it was told last. */
    fun newOf(now: Arrived): Arrived = Arrived(
        replies = now.replies - marks(REPLIES),
        sentBack = now.sentBack - marks(SENT_BACK),
    )

    /** It was told, or is on the screen. */
    fun told(now: Arrived) {
        kept.edit().putStringSet(REPLIES, now.replies.keys).putStringSet(SENT_BACK, now.sentBack.keys).commit()
    }

    private fun marks(of: String): Set<String> = kept.getStringSet(of, null).orEmpty()

    fun forget() {
        kept.edit().clear().commit()
    }

    private companion object {
        const val REPLIES = "replies"
        const val SENT_BACK = "sent_back"
    }
}
