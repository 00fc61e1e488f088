package org.outpost.app.screens

import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.FrameLayout
import org.outpost.app.R
import org.outpost.app.model.HelpRow
import org.outpost.app.model.NextPage
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.part

/** What the team is asked and has not solved, the most pressing first. */
class QueuePane(
    host: PaneHost,
    parent: ViewGroup,
    private val open: (String) -> Unit = { host.open(Route.To(Place.REQUEST, it)) },
    private val chosen: () -> String? = { null },
) : ListPane(host, parent) {
    private val words = HelpWords(context)
    private val read = mutableListOf<HelpRow>()
    private var next: NextPage? = null

    override fun load() {
        bar(context.getString(R.string.queue))
        read.clear()
        page(null)
    }

    private fun page(after: NextPage?): Unit = host.run {
        val page = port.help.queue(TIER, after)
        read += page.rows
        next = page.next
        show()
    }

    /** Shows again what was read, with another row marked. */
    fun show() {
        val items = read.map(::row) + listOfNotNull(next?.let { token -> more { page(token) } })
        show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.queue_empty))) })
    }

    private fun row(of: HelpRow) = RowItem.Entry(
        id = of.id,
        line1 = of.title,
        line2 = listOfNotNull(
            context.getString(R.string.place_and_time, of.reporter, of.place),
            context.getString(R.string.is_urgent).takeIf { of.isUrgent },
            context.getString(R.string.user_waits).takeIf { of.userWaits },
            of.clock?.let { words.clock(it, of.dueMs) } ?: words.stage(of.stage, isMine = false),
            words.made(of),
            words.received(of).takeIf { of.receivedMs != null },
        ).joinToString("\n"),
        icon = (of.clock?.let(words::look) ?: words.look(of.stage)).first,
        selected = of.id == chosen(),
        open = { open(of.id) },
    )

    private companion object {
        /** The supervisor's. */
        const val TIER = 1
    }
}

/** The queue with the request that was chosen beside it, where both fit. */
class SupportPane(host: PaneHost, parent: ViewGroup) : Pane(host, parent, R.layout.pane_split) {
    private val beside: FrameLayout = find(R.id.split_one)
    private var id: String? = null
    private var one: RequestPane? = null
    private val queue: QueuePane

    init {
        val list = find<FrameLayout>(R.id.split_list)
        queue = QueuePane(host, list, ::choose) { id }
        list.addView(queue.view)
    }

    override fun load() {
        queue.load()
        when (val shown = one) {
            null -> nothing()
            else -> shown.load()
        }
    }

    private fun nothing() {
        beside.removeAllViews()
        host.activity.layoutInflater.inflate(R.layout.pane_empty, beside)
    }

    private fun choose(chosen: String) {
        id = chosen
        beside.removeAllViews()
        val pane = RequestPane(host, beside, chosen, queue::load)
        one = pane
        beside.addView(pane.view)
        pane.view.part<View>(R.id.bar_back).visibility = View.GONE
        pane.load()
        queue.show()
    }

    override fun save(state: Bundle) = state.putString(CHOSEN, id)

    override fun restore(state: Bundle) {
        state.getString(CHOSEN)?.let(::choose)
    }

    companion object {
        private const val CHOSEN = "chosen"

        /** From this width on three columns fit. */
        private const val WIDE_DP = 1024

        /** With text larger than this they do not. */
        private const val TEXT_MAX = 1.4f

        /** Whether there is room for the request beside its queue. */
        fun fits(host: PaneHost): Boolean = host.activity.resources.configuration
            .let { it.screenWidthDp >= WIDE_DP && it.fontScale <= TEXT_MAX }
    }
}
