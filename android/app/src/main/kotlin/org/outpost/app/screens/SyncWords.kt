package org.outpost.app.screens

import android.content.Context
import android.text.format.Formatter
import java.util.concurrent.TimeUnit
import org.outpost.app.R
import org.outpost.app.model.SyncPhase
import org.outpost.app.model.SyncProgress

/** What a sync does now, in words. */
internal fun progressWords(context: Context, progress: SyncProgress): String = when (progress.phase) {
    SyncPhase.CONNECTING -> context.getString(R.string.sync_connecting)
    SyncPhase.GETTING_FORMS -> context.getString(R.string.sync_forms)
    SyncPhase.SENDING -> context.getString(R.string.sending_of, progress.done, progress.total)
    SyncPhase.GETTING_CHANGES -> context.getString(R.string.sync_changes)
}

/** How much went, how fast, how long it takes; `null` while nothing is known. */
internal fun bytesWords(context: Context, progress: SyncProgress): String? {
    if (progress.bytes == 0L) return null
    val done = Formatter.formatShortFileSize(context, progress.bytes)
    val rate = progress.bytesPerSecond
        ?.let { context.getString(R.string.per_second, Formatter.formatShortFileSize(context, it)) }
    val minutes = progress.remainingMs
        ?.let { TimeUnit.MILLISECONDS.toMinutes(it + MINUTE_MS - 1).toInt() }
    val left = minutes?.let { context.resources.getQuantityString(R.plurals.minutes_left, it, it) }
    return listOfNotNull(done, rate, left).joinToString(" · ")
}

private const val MINUTE_MS = 60_000L
