package org.outpost.app.screens

import android.text.format.Formatter
import android.view.ViewGroup
import android.widget.ProgressBar
import org.outpost.app.R
import org.outpost.app.SyncRun
import org.outpost.app.model.Home
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.momentWords
import org.outpost.app.ui.troubleWords

/** Sending: how far it is, how it ended, what happened to each record, and what else can be done. */
class SyncPane(host: PaneHost, parent: ViewGroup, private val sync: SyncRun) : PagePane(host, parent) {
    private var home: Home? = null

    override val isLeftInPeace: Boolean get() = true

    override fun load(): Unit = host.run {
        home = port.home()
        show()
    }

    override fun onSync(step: SyncStep) {
        if (step is SyncStep.Ended) load() else show()
    }

    private fun show() {
        val model = home ?: return
        bar(text(R.string.sending_title))
        page.clear()
        when (val step = sync.last) {
            is SyncStep.Running -> running(step.progress)
            is SyncStep.Ended -> ended(step.outcome)
            null -> Unit
        }
        standing(model)
        host.run { rows() }
        page.heading(text(R.string.no_network_today))
        page.secondary(text(R.string.give)) { host.open(Route.To(Place.GIVE)) }
        if (sync.isRunning) acts(text(R.string.stop), { sync.stop() })
        else acts(text(R.string.send_now), { start() })
    }

    private fun start() {
        sync.start()
        show()
    }

    private fun running(progress: SyncProgress) {
        page.standing(progressWords(context, progress), R.drawable.state_sending, R.attr.opSending)
        val bar = ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal)
        bar.isIndeterminate = progress.total == 0
        bar.max = progress.total
        bar.progress = progress.done
        page.view(bar)
        bytesWords(context, progress)?.let { page.second(it) }
    }

    private fun ended(outcome: SyncOutcome) {
        when (outcome) {
            is SyncOutcome.Finished -> {
                val sent = context.resources.getQuantityString(R.plurals.sync_sent, outcome.sent, outcome.sent)
                page.standing(sent, R.drawable.state_sent, R.attr.opSent)
                if (outcome.refused > 0) {
                    val words = context.resources
                        .getQuantityString(R.plurals.sync_part, outcome.refused, outcome.refused)
                    page.standing(words, R.drawable.state_refused, R.attr.opRefused)
                }
                val bytes = Formatter.formatShortFileSize(context, outcome.bytes)
                page.second(text(R.string.sync_cost, bytes))
            }
            SyncOutcome.Stopped -> page.standing(text(R.string.what_cancelled), R.drawable.state_waiting, R.attr.opWaiting)
            is SyncOutcome.Failed ->
                page.standing(context.troubleWords(outcome.trouble), R.drawable.warning, R.attr.opWaiting)
        }
    }

    private fun standing(model: Home) {
        val unsent = model.safety.unsent
        val words = when (unsent) {
            0 -> text(R.string.sync_sent_all)
            else -> context.resources.getQuantityString(R.plurals.forms_wait, unsent, unsent)
        }
        page.title(words)
        model.safety.lastSentMs?.let {
            page.second(text(R.string.last_sent, context.momentWords(it, model.nowMs)))
        }
        val month = (host.activity as BaseActivity).app.dataUse.thisMonth
        page.second(text(R.string.data_this_month, Formatter.formatShortFileSize(context, month)))
    }

    /** What stopped, one by one: each leads to its field. */
    private suspend fun rows() {
        val stopped = port.outbox().rows.filter { it.reason != null }
        if (stopped.isEmpty()) return
        page.heading(text(R.string.stopped_records))
        stopped.forEach { row ->
            page.entry(
                RowItem.Entry(
                    id = row.id,
                    line1 = row.title,
                    line2 = listOfNotNull(row.reason, row.subtitle).joinToString("\n"),
                    chips = listOf(row.state to null),
                    open = { host.open(Route.Stopped(row.id)) },
                ),
            )
        }
    }
}
