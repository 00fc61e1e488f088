package org.outpost.app

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import java.time.LocalTime
import org.outpost.app.model.Arrived
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.TroubleKind
import org.outpost.app.screens.Place
import org.outpost.app.screens.Route
import org.outpost.app.screens.SignInActivity
import org.outpost.app.screens.toBundle

/** Notifications: counts and acts only, never a name, a place or a value. One line per channel. */
object Notices {
    private const val NEEDS_YOU = "needs_you"
    private const val THIS_PHONE = "this_phone"
    private const val FIRST_HOUR = 7
    private const val LAST_HOUR = 20

    fun makeChannels(context: Context) {
        val manager = manager(context)
        manager.createNotificationChannel(
            NotificationChannel(
                NEEDS_YOU, context.getString(R.string.channel_needs_you),
                NotificationManager.IMPORTANCE_DEFAULT,
            ),
        )
        manager.createNotificationChannel(
            NotificationChannel(
                THIS_PHONE, context.getString(R.string.channel_this_phone),
                NotificationManager.IMPORTANCE_HIGH,
            ),
        )
    }

    /** After a sync that nobody watched. Plain success is told by nobody. */
    fun afterSync(context: Context, outcome: SyncOutcome) {
        val said = Settings.applied(context)
        when (outcome) {
            is SyncOutcome.Finished -> if (outcome.refused > 0) {
                val words = said.resources
                    .getQuantityString(R.plurals.sync_part, outcome.refused, outcome.refused)
                if (isDay()) show(said, NEEDS_YOU, words)
            } else {
                manager(context).cancel(NEEDS_YOU.hashCode())
            }
            is SyncOutcome.Failed -> when (outcome.trouble.kind) {
                TroubleKind.STORAGE_FULL -> show(said, THIS_PHONE, said.getString(R.string.what_storage_full))
                TroubleKind.SESSION_ENDED, TroubleKind.WRONG_PASSWORD, TroubleKind.PASSWORD_EXPIRED ->
                    if (isDay()) show(said, NEEDS_YOU, said.getString(R.string.now_session_ended))
                else -> Unit
            }
            SyncOutcome.Stopped -> Unit
        }
    }

    /**
     * Tells what somebody waited for, how many, and leads there.
     *
     * @return `false` when it is night: then it is told later
     */
    fun arrived(context: Context, new: Arrived): Boolean {
        if (new.replies.isEmpty() && new.sentBack.isEmpty()) return true
        if (!isDay()) return false
        val said = Settings.applied(context)
        told(said, R.plurals.replies_came, new.replies.size) {
            new.replies.values.distinct().singleOrNull()?.let { Route.To(Place.REQUEST, it) } ?: Route.To(Place.HELP)
        }
        told(said, R.plurals.sent_back_came, new.sentBack.size) { Route.To(Place.SENT_BACK) }
        return true
    }

    private fun told(said: Context, words: Int, count: Int, route: () -> Route) {
        if (count == 0) return
        show(said, NEEDS_YOU, said.resources.getQuantityString(words, count, count), words, route())
    }

    /** Nothing rings at night. A test has its own day. */
    internal var isDay: () -> Boolean = ::isDayNow

    internal fun isDayNow() = LocalTime.now().hour in FIRST_HOUR until LAST_HOUR

    /** @param number stands for what it is about: the next line of the same takes the place of this one */
    private fun show(
        context: Context,
        channel: String,
        words: String,
        number: Int = channel.hashCode(),
        route: Route? = null,
    ) {
        val open = Intent(context, SignInActivity::class.java)
        route?.let { open.putExtra(SignInActivity.ROUTE, it.toBundle()) }
        val notice = Notification.Builder(context, channel)
            .setSmallIcon(R.drawable.logo_small)
            .setContentTitle(context.getString(R.string.app_name))
            .setContentText(words)
            .setAutoCancel(true)
            .setContentIntent(
                PendingIntent.getActivity(
                    context, number, open, PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT,
                ),
            )
        manager(context).notify(number, notice.build())
    }

    private fun manager(context: Context): NotificationManager =
        checkNotNull(context.getSystemService(NotificationManager::class.java)) { "a phone has one" }
}
