package org.outpost.app.ui

import android.content.Context
import android.text.format.DateFormat
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.Locale
import java.util.concurrent.TimeUnit
import org.outpost.app.R
import org.outpost.app.model.RecordState

/** The person's language. */
val Context.locale: Locale get() = resources.configuration.locales[0]

/** The time of day, "16:40". */
fun Context.timeWords(ms: Long): String =
    DateTimeFormatter.ofPattern("HH:mm", locale).format(Instant.ofEpochMilli(ms).atZone(zone()))

/** A moment as people say it: "today 09:12", "yesterday 16:40", "2 Nov, 09:12". */
fun Context.momentWords(ms: Long, nowMs: Long): String {
    val day = Instant.ofEpochMilli(ms).atZone(zone()).toLocalDate()
    val today = Instant.ofEpochMilli(nowMs).atZone(zone()).toLocalDate()
    val time = timeWords(ms)
    return when (day) {
        today -> getString(R.string.today_at, time)
        today.minusDays(1) -> getString(R.string.yesterday_at, time)
        else -> getString(R.string.day_at, dayWords(day, "dMMM"), time)
    }
}

/** How long ago something was: "3 days ago". */
fun Context.agoWords(ms: Long): String {
    val minutes = TimeUnit.MILLISECONDS.toMinutes(ms)
    val (words, count) = when {
        minutes < 1 -> return getString(R.string.ago_now)
        minutes < HOUR_MINUTES -> R.plurals.ago_minutes to minutes
        minutes < DAY_MINUTES -> R.plurals.ago_hours to minutes / HOUR_MINUTES
        else -> R.plurals.ago_days to minutes / DAY_MINUTES
    }
    return resources.getQuantityString(words, count.toInt(), count.toInt())
}

private const val HOUR_MINUTES = 60L
private const val DAY_MINUTES = 24 * HOUR_MINUTES

/** A date in the order that the language wants. */
fun Context.dayWords(day: LocalDate, skeleton: String): String =
    DateTimeFormatter.ofPattern(DateFormat.getBestDateTimePattern(locale, skeleton), locale)
        .format(day)

/** A date `yyyy-MM-dd` as people say it; the text itself when it is none. */
fun Context.dateWordsOf(day: String): String =
    runCatching { dayWords(LocalDate.parse(day), "yMMMd") }.getOrDefault(day)

/** The date of a moment, in the phone's zone. */
fun dayOf(ms: Long): LocalDate = Instant.ofEpochMilli(ms).atZone(zone()).toLocalDate()

private fun zone(): ZoneId = ZoneId.systemDefault()

/** What stands for a state everywhere: word, spoken sentence, picture, colours. */
enum class StateLook(
    val word: Int,
    val spoken: Int,
    val icon: Int,
    val colour: Int,
    val container: Int,
) {
    TWO_VERSIONS(
        R.string.state_two_versions, R.string.say_two_versions, R.drawable.state_two_versions,
        R.attr.opConflict, R.attr.opConflictBg,
    ),
    REFUSED(
        R.string.state_refused, R.string.say_refused, R.drawable.state_refused,
        R.attr.opRefused, R.attr.opRefusedBg,
    ),
    KEPT_ASIDE(
        R.string.state_kept_aside, R.string.say_kept_aside, R.drawable.state_kept_aside,
        R.attr.opDraft, R.attr.opDraftBg,
    ),
    NOT_FINISHED(
        R.string.state_not_finished, R.string.say_not_finished, R.drawable.state_draft,
        R.attr.opDraft, R.attr.opDraftBg,
    ),
    SENT_BACK(
        R.string.state_sent_back, R.string.say_sent_back, R.drawable.state_returned,
        R.attr.opReturned, R.attr.opReturnedBg,
    ),
    SENDING(
        R.string.state_sending, R.string.say_sending, R.drawable.state_sending,
        R.attr.opSending, R.attr.opSendingBg,
    ),
    WAITING(
        R.string.state_waiting, R.string.say_waiting, R.drawable.state_waiting,
        R.attr.opWaiting, R.attr.opWaitingBg,
    ),
    SENT(
        R.string.state_sent, R.string.say_sent, R.drawable.state_sent,
        R.attr.opSent, R.attr.opSentBg,
    ),
}

/** How this state looks and reads. */
val RecordState.look: StateLook get() = StateLook.valueOf(name)
