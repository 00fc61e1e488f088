package org.outpost.app.screens

import android.view.ViewGroup
import java.time.LocalDate
import java.time.temporal.ChronoUnit
import org.outpost.app.R
import org.outpost.app.model.DueRow
import org.outpost.app.model.RecordState
import org.outpost.app.ui.RowItem

/** Whose visit is late, due today, due this week. */
class TodoPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    override fun load() {
        bar(context.getString(R.string.todo))
        host.run {
            val today = LocalDate.now()
            val due = port.people.due(today.plusDays(WEEK).toString())
            val late = due.filter { LocalDate.parse(it.day) < today }
            val now = due.filter { LocalDate.parse(it.day) == today }
            val soon = due.filter { LocalDate.parse(it.day) > today }
            val items = group(R.string.todo_late, late) + group(R.string.todo_today, now) +
                group(R.string.todo_week, soon)
            show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.nothing_due))) })
        }
    }

    private fun group(heading: Int, rows: List<DueRow>): List<RowItem> {
        if (rows.isEmpty()) return emptyList()
        val title = context.getString(R.string.group_count, context.getString(heading), rows.size)
        return listOf(RowItem.Heading(title)) + rows.map(::row)
    }

    private fun row(of: DueRow): RowItem {
        val days = ChronoUnit.DAYS.between(LocalDate.parse(of.day), LocalDate.now()).toInt()
        val words = context.resources
        val time = when {
            days > 0 -> words.getQuantityString(R.plurals.days_late, days, days)
            days == 0 -> context.getString(R.string.todo_today)
            else -> words.getQuantityString(R.plurals.in_days, -days, -days)
        }
        return RowItem.Entry(
            id = of.person,
            line1 = of.title,
            line2 = context.getString(R.string.fact, of.program, time),
            icon = if (days > 0) R.drawable.warning else R.drawable.calendar,
            open = { host.open(Route.Person(of.person)) },
        )
    }

    private companion object {
        const val WEEK = 7L
    }
}

/** What a reviewer sent back: the question first, then the form. */
class SentBackPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    override fun load() {
        bar(context.getString(R.string.sent_back))
        host.run {
            val rows = port.team.tasks()
            show(
                rows.map { row ->
                    val by = row.by?.let { context.getString(R.string.fact, it, row.reason.orEmpty()) }
                    RowItem.Entry(
                        id = row.id,
                        line1 = row.title,
                        line2 = listOfNotNull(by ?: row.reason, row.subtitle).joinToString("\n"),
                        icon = R.drawable.state_returned,
                        chips = listOf(RecordState.SENT_BACK to null),
                        open = { host.open(Route.To(Place.REVIEW_ONE, "${row.program}/${row.id}")) },
                    )
                }.ifEmpty { listOf(RowItem.Note(context.getString(R.string.nothing_sent_back))) },
            )
        }
    }
}
