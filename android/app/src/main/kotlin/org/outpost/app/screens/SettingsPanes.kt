package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.text.format.Formatter
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.Settings
import org.outpost.app.SyncJob
import org.outpost.app.model.HistoryLine
import org.outpost.app.model.NextPage
import org.outpost.app.safety.FingerAnswer
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.SunMode
import org.outpost.app.ui.dayWords
import org.outpost.app.ui.momentWords

/** What a person chooses for this phone; what cannot be undone stands last. */
class SettingsPane(host: PaneHost, parent: ViewGroup, private val acts: HomeActs) :
    PagePane(host, parent) {

    private val app = (host.activity as BaseActivity).app
    private val settings get() = app.settings

    override fun load() {
        bar(text(R.string.settings))
        page.clear()
        language()
        page.heading(text(R.string.text_size))
        val sizes = listOf(R.string.text_usual, R.string.text_large, R.string.text_largest)
        page.choice(SIZES.zip(sizes) { size, words -> "$size" to text(words) }, "${settings.textPercent}") {
            settings.textPercent = it.toInt()
            host.activity.recreate()
        }
        page.heading(text(R.string.reading))
        page.switch(text(R.string.sun_mode), SunMode.isOn(context)) { SunMode.toggle(host.activity) }
        lock()
        network()
        more()
        acts(null)
    }

    /** Each language by its own name: whoever reads only that one finds it. */
    private fun language() {
        val all = listOf(SYSTEM to text(R.string.language_of_phone)) + Settings.LANGUAGES
        val now = all.indexOfFirst { it.first == (settings.language ?: SYSTEM) }.coerceAtLeast(0)
        page.entry(
            RowItem.Entry("language", text(R.string.language), all[now].second, R.drawable.language, open = {
                AlertDialog.Builder(context)
                    .setTitle(R.string.language)
                    .setSingleChoiceItems(all.map { it.second }.toTypedArray(), now) { dialog, at ->
                        dialog.dismiss()
                        settings.language = all[at].first.takeIf { it != SYSTEM }
                        host.activity.recreate()
                    }
                    .setNegativeButton(R.string.back, null)
                    .show()
            }),
        )
    }

    private fun lock() {
        page.heading(text(R.string.lock_after))
        val minutes = MINUTES.map { "$it" to context.resources.getQuantityString(R.plurals.minutes, it, it) }
        page.choice(minutes, "${settings.lockMinutes}") {
            settings.lockMinutes = it.toInt()
            load()
        }
        if (!app.lock.hasPin) return
        finger()
        page.secondary(text(R.string.lock_now)) { acts.lockNow() }
        page.secondary(text(R.string.pin_change)) { host.activity.startActivity(choose()) }
    }

    /** Offered where the phone can do it; off until it is chosen. */
    private fun finger() {
        if (!app.lock.byFinger && !app.finger.canAsk) return
        page.switch(text(R.string.finger_unlock), app.lock.byFinger) { on -> if (on) byFinger() else notByFinger() }
        page.second(text(R.string.finger_pin_works))
    }

    /** Whoever chooses it shows at once that it works. */
    private fun byFinger() {
        if (!app.finger.begin()) return cannot()
        app.finger.ask(host.activity) { answer ->
            app.lock.byFinger = answer == FingerAnswer.RIGHT
            if (answer != FingerAnswer.RIGHT) app.finger.forget()
            load()
        }
    }

    private fun cannot() {
        host.tell(text(R.string.finger_cannot))
        load()
    }

    private fun notByFinger() {
        app.lock.byFinger = false
        app.finger.forget()
    }

    private fun choose() =
        Intent(context, LockActivity::class.java).putExtra(LockActivity.CHOOSE, true)

    private fun network() {
        page.heading(text(R.string.background))
        page.switch(text(R.string.mobile_data), settings.mobileData) { on ->
            settings.mobileData = on
            SyncJob.plan(context, settings)
        }
        val used = app.dataUse.months.months
        if (used.isEmpty()) return
        page.heading(text(R.string.data_used))
        page.second(text(R.string.data_used_of))
        used.take(MONTHS_SHOWN).forEach { (month, bytes) ->
            page.fact(context.dayWords(month.atDay(1), "yMMMM"), Formatter.formatShortFileSize(context, bytes))
        }
    }

    private fun more() {
        page.heading(text(R.string.heading_phone))
        row(Place.PHONE, R.string.my_phone, R.drawable.thing_phone)
        row(Place.HISTORY, R.string.history, R.drawable.history)
        page.secondary(text(R.string.update_look)) { update() }
        val training = if (settings.training) R.string.training_leave else R.string.training_begin
        page.secondary(text(training)) { askTraining() }
        page.danger(text(R.string.wipe)) { host.open(Route.To(Place.WIPE)) }
    }

    private fun row(screen: Place, words: Int, icon: Int) = page.entry(
        RowItem.Entry(screen.name, text(words), icon = icon, open = { host.open(Route.To(screen)) }),
    )

    private fun askTraining() {
        val on = !settings.training
        AlertDialog.Builder(context)
            .setTitle(if (on) R.string.training_begin else R.string.training_leave)
            .setMessage(if (on) R.string.training_body else R.string.training_leave_body)
            .setPositiveButton(R.string.go_on) { _, _ ->
                host.run {
                    app.setTraining(on)
                    acts.leave()
                }
            }
            .setNegativeButton(R.string.back, null).show()
    }

    private fun update(): Unit = host.run { offerUpdate(host, port.exchange.update(versionOf(context))) }

    private companion object {
        const val SYSTEM = "-"
        const val MONTHS_SHOWN = 6
        val SIZES = listOf(100, 115, 130)
        val MINUTES = listOf(1, 5, 15)
    }
}

/** What was done on this phone, the latest first: acts, never values. */
class HistoryPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    private val read = mutableListOf<HistoryLine>()

    override fun load() {
        bar(context.getString(R.string.history))
        read.clear()
        page(null)
    }

    private fun page(after: NextPage?): Unit = host.run {
        val (lines, next) = port.device.history(after)
        read += lines
        val items = read.map { line ->
            RowItem.Note(
                context.getString(
                    R.string.history_line,
                    context.momentWords(line.atMs, System.currentTimeMillis()), line.by, line.what,
                ),
            )
        }
        show(items + listOfNotNull(next?.let { token -> more { page(token) } }))
    }
}
