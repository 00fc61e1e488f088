package org.outpost.app.screens

import android.os.Bundle
import android.os.Parcelable
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.ListView
import org.outpost.app.R
import org.outpost.app.model.NextPage
import org.outpost.app.model.OutboxRow
import org.outpost.app.model.RecordRow
import org.outpost.app.model.RecordState
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.look
import org.outpost.app.ui.onTap

/** A pane that is one list, read page by page. */
abstract class ListPane(host: PaneHost, parent: ViewGroup) :
    Pane(host, parent, R.layout.pane_list) {

    protected val context = host.activity
    protected val rows = RowsAdapter()
    private val list: ListView = find(R.id.list)
    private var position: Parcelable? = null

    init {
        list.itemsCanFocus = true
        list.adapter = rows
    }

    protected fun show(items: List<RowItem>) {
        rows.show(items)
        position?.let(list::onRestoreInstanceState)
        position = null
    }

    protected fun more(read: () -> Unit) = RowItem.Entry(
        id = "more", line1 = context.getString(R.string.more_rows), open = read,
    )

    override fun save(state: Bundle) {
        state.putParcelable(POSITION, list.onSaveInstanceState())
    }

    @Suppress("DEPRECATION")
    override fun restore(state: Bundle) {
        position = state.getParcelable(POSITION)
    }

    private companion object {
        const val POSITION = "position"
    }
}

/** The records of one form, newest first. */
class RecordsPane(host: PaneHost, parent: ViewGroup, private val route: Route.Records) :
    ListPane(host, parent) {

    private val read = mutableListOf<RecordRow>()

    override fun load() {
        read.clear()
        page(null)
    }

    private fun page(after: NextPage?): Unit = host.run {
        val page = port.records(route.formId, after)
        read += page.rows
        bar(page.form.name)
        val icon = iconOf(page.form.kind)
        val items = read.map { entry(it, icon) } +
            listOfNotNull(page.next?.let { next -> more { page(next) } })
        show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.no_records))) })
        showAdd(page.canAdd, page.form.readOnlyReason)
    }

    private fun entry(row: RecordRow, icon: Int) = RowItem.Entry(
        id = row.key.toString(),
        line1 = row.title,
        line2 = row.subtitle,
        icon = icon,
        chips = listOf(row.state to null),
        open = { host.open(Route.Fill(row.key)) },
    )

    private fun showAdd(canAdd: Boolean, reason: String?) {
        find<View>(R.id.bottom).visibility =
            if (canAdd || reason != null) View.VISIBLE else View.GONE
        find<Button>(R.id.main_action).apply {
            isEnabled = canAdd
            text = if (canAdd) context.getString(R.string.new_form) else reason
            onTap { NewRecordFlow(host, route.formId) { host.open(Route.Fill(it)) }.start() }
        }
    }
}

/** What is not sent yet: first what needs a person, then what waits. */
class OutboxPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    private val read = mutableListOf<OutboxRow>()

    override fun load() {
        bar(context.getString(R.string.outbox))
        read.clear()
        page(null)
    }

    private fun page(after: NextPage?): Unit = host.run {
        val page = port.outbox(after)
        read += page.rows
        val groups = read.groupBy { it.state }.toSortedMap()
        val items = groups.flatMap { (state, rows) -> group(state, rows) } +
            listOfNotNull(page.next?.let { next -> more { page(next) } })
        show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.outbox_empty))) })
    }

    private fun group(state: RecordState, rows: List<OutboxRow>): List<RowItem> {
        val word = context.getString(state.look.word)
        val heading = context.getString(R.string.group_count, word, rows.size)
        return listOf(RowItem.Heading(heading)) + rows.map { row ->
            RowItem.Entry(
                id = row.id,
                line1 = row.title,
                line2 = listOfNotNull(row.reason, row.subtitle).joinToString("\n"),
                chips = listOf(state to null),
                open = {
                    val person = row.person?.takeIf { state == RecordState.WAITING }
                    val form = row.form?.takeIf { row.reason == null }
                    host.open(
                        person?.let { Route.Person(it) } ?: form?.let { Route.Fill(it) }
                            ?: Route.Stopped(row.id),
                    )
                },
            )
        }
    }
}
