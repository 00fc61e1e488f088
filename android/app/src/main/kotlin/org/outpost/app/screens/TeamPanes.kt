package org.outpost.app.screens

import android.view.ViewGroup
import java.text.NumberFormat
import java.util.concurrent.TimeUnit
import org.outpost.app.R
import org.outpost.app.model.ApprovalState
import org.outpost.app.model.FormKey
import org.outpost.app.model.Goal
import org.outpost.app.model.NextPage
import org.outpost.app.model.RecordState
import org.outpost.app.model.ReviewRow
import org.outpost.app.model.ReviewStep
import org.outpost.app.model.TeamPhone
import org.outpost.app.ui.GoalBar
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.locale
import org.outpost.app.ui.momentWords

/** What nobody has looked at yet, of every program. */
class ReviewPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    private val more = mutableMapOf<String, NextPage?>()
    private val read = LinkedHashMap<String, MutableList<ReviewRow>>()
    private var names: Map<String, String> = emptyMap()

    override fun load(): Unit = host.run {
        bar(context.getString(R.string.review))
        read.clear()
        val programs = port.team.programs()
        names = programs.associate { it.value to it.name }
        programs.forEach { page(it.value, null) }
        show()
    }

    private suspend fun page(program: String, after: NextPage?) {
        val page = port.team.queue(program, after)
        read.getOrPut(program) { mutableListOf() } += page.rows
        more[program] = page.next
    }

    private fun show() {
        val items = read.filterValues { it.isNotEmpty() }.flatMap { (program, rows) ->
            val name = names[program].orEmpty()
            val heading = context.getString(R.string.group_count, name, rows.size)
            listOf(RowItem.Heading(heading)) + rows.map { reviewRow(it) } +
                listOfNotNull(more[program]?.let { next -> moreOf(program, next) })
        }
        show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.nothing_to_review))) })
    }

    private fun moreOf(program: String, next: NextPage) = more {
        host.run {
            page(program, next)
            show()
        }
    }

    private fun reviewRow(row: ReviewRow) = RowItem.Entry(
        id = row.id,
        line1 = row.title,
        line2 = listOfNotNull(
            row.subtitle,
            context.getString(R.string.corrected).takeIf { row.stage == ReviewStep.CORRECTED },
            row.answers.take(2).joinToString(" · ") {
                context.getString(R.string.fact, it.name, it.value)
            }.ifEmpty { null },
        ).joinToString("\n"),
        icon = if (row.stage == ReviewStep.CORRECTED) R.drawable.state_returned else R.drawable.thing_event,
        open = { host.open(Route.To(Place.REVIEW_ONE, "${row.program}/${row.id}")) },
    )
}

/** One record under review: its answers, then what the reviewer says; or what the author answers. */
class ReviewOnePane(host: PaneHost, parent: ViewGroup, id: String) : PagePane(host, parent) {
    private val program = id.substringBefore('/')
    private val record = id.substringAfter('/')

    override fun load(): Unit = host.run {
        when (val row = port.team.record(program, record)) {
            null -> host.back()
            else -> show(row)
        }
    }

    private fun show(row: ReviewRow) {
        bar(row.title)
        page.clear()
        page.second(row.subtitle)
        row.reason?.let { reason ->
            val by = row.by?.let { text(R.string.fact, it, reason) } ?: reason
            page.standing(by, R.drawable.state_returned, R.attr.opReturned)
        }
        page.heading(text(R.string.answers))
        row.answers.forEach { page.fact(it.name, it.value) }
        if (row.answers.isEmpty()) page.second(text(R.string.no_answers))
        row.form?.let { form ->
            page.secondary(text(R.string.open_form)) { host.open(Route.Fill(form)) }
        }
        if (row.stage == ReviewStep.SENT_BACK) author(row) else reviewer(row)
    }

    private fun author(row: ReviewRow) = acts(
        text(R.string.say_corrected),
        { askWords(R.string.say_corrected, R.string.say_corrected) { done { port.team.answer(row.id, it) } } },
    )

    private fun reviewer(row: ReviewRow) {
        page.secondary(text(R.string.approve_record)) { done { port.team.approve(row.id) } }
        acts(
            text(R.string.looks_right), { done { port.team.looksRight(row.id) } },
            text(R.string.send_back),
            { askWords(R.string.why_sent_back, R.string.send_back) { done { port.team.sendBack(row.id, it) } } },
        )
    }

    private fun done(work: suspend () -> Unit) = host.run {
        work()
        host.recordsChanged()
        host.back()
    }
}

/** The phones of the team: who needs me first, never a league table. */
class TeamPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    override fun load(): Unit = host.run {
        bar(context.getString(R.string.team))
        val phones = port.team.phones().sortedByDescending(::need)
        val silent = phones.count { TeamWords(context).isSilent(it) }
        val heading = context.resources.getQuantityString(R.plurals.phones_silent, silent, silent)
        val items = phones.map(::row)
        show(
            if (items.isEmpty()) listOf(RowItem.Note(context.getString(R.string.no_team)))
            else listOfNotNull(RowItem.Heading(heading).takeIf { silent > 0 }) + items,
        )
    }

    /** Silence, then stuck work. */
    private fun need(phone: TeamPhone): Long =
        (System.currentTimeMillis() - phone.lastSyncMs) / HOUR_MS + phone.refused * REFUSED_HOURS

    private fun row(phone: TeamPhone) = RowItem.Entry(
        id = phone.device,
        line1 = phone.name,
        line2 = TeamWords(context).line(phone),
        icon = if (TeamWords(context).isSilent(phone)) R.drawable.warning else R.drawable.thing_phone,
        chips = listOf(RecordState.REFUSED to phone.refused, RecordState.WAITING to phone.waiting)
            .filter { it.second > 0 },
        open = { host.open(Route.To(Place.TEAM_ONE, phone.device)) },
    )

    private companion object {
        const val HOUR_MS = 3_600_000L
        const val REFUSED_HOURS = 24L
    }
}

/** How a phone of the team stands, in words. */
internal class TeamWords(private val context: android.content.Context) {
    private fun days(phone: TeamPhone) =
        TimeUnit.MILLISECONDS.toDays(System.currentTimeMillis() - phone.lastSyncMs).toInt()

    fun isSilent(phone: TeamPhone): Boolean = days(phone) >= SILENT_DAYS

    fun line(phone: TeamPhone): String = when {
        isSilent(phone) -> days(phone).let { context.resources.getQuantityString(R.plurals.silent_days, it, it) }
        else -> context.getString(R.string.seen, context.momentWords(phone.lastSyncMs, System.currentTimeMillis()))
    }

    private companion object {
        /** From so many days without a word on somebody should ask. */
        const val SILENT_DAYS = 4
    }
}

/** One phone of the team, for a talk with whoever carries it. */
class TeamOnePane(host: PaneHost, parent: ViewGroup, private val device: String) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        val phone = port.team.phones().firstOrNull { it.device == device } ?: return@run host.back()
        bar(phone.name)
        page.clear()
        page.title(TeamWords(context).line(phone))
        page.fact(text(R.string.state_waiting), phone.waiting.toString())
        page.fact(text(R.string.state_refused), phone.refused.toString())
        if (phone.skewMinutes > 1) {
            val words = context.resources
                .getQuantityString(R.plurals.clock_off, phone.skewMinutes, phone.skewMinutes)
            page.standing(words, R.drawable.warning, R.attr.opWaiting)
        }
        page.fact(text(R.string.app_version), phone.app)
        phone.freeBytes?.let {
            page.fact(text(R.string.free_room), android.text.format.Formatter.formatShortFileSize(context, it))
        }
        page.heading(text(R.string.goals))
        val goals = port.team.goals().filter { it.user == phone.user }
        goals.forEach { page.view(GoalBar(context, it), R.dimen.gap_card) }
        if (goals.isEmpty()) page.second(text(R.string.no_goals))
        page.secondary(text(R.string.receive)) { host.open(Route.To(Place.RECEIVE)) }
        acts(null)
    }
}

/** Targets: how far, of how much, in words and as bars. */
class GoalsPane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        bar(context.getString(R.string.goals))
        page.clear()
        val goals = port.team.goals()
        page.second(text(R.string.goals_from))
        if (goals.isEmpty()) page.body(text(R.string.no_goals))
        goals.groupBy { it.period }.forEach { (period, of) ->
            page.heading(period)
            of.forEach { page.view(GoalBar(context, it), R.dimen.gap_card) }
        }
        acts(null)
    }
}

/** What a target says beside its bar. */
internal fun goalWords(context: android.content.Context, goal: Goal): String {
    val numbers = NumberFormat.getInstance(context.locale).apply { maximumFractionDigits = 1 }
    val reached = goal.reached ?: return goal.problem ?: context.getString(R.string.goal_unknown)
    val words = context.getString(R.string.goal_of, numbers.format(reached), numbers.format(goal.target))
    val left = goal.target - reached
    return when {
        goal.isReached -> context.getString(R.string.fact, words, context.getString(R.string.goal_reached))
        left > 0 -> context.getString(R.string.fact, words, context.getString(R.string.goal_left, numbers.format(left)))
        else -> words
    }
}

/** Finished reports that may be approved. */
class ApprovalPane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    override fun load(): Unit = host.run {
        bar(context.getString(R.string.approval))
        val items = port.team.reports().map { report ->
            RowItem.Entry(
                id = report.key.toString(),
                line1 = report.title,
                line2 = report.subtitle,
                icon = R.drawable.thing_report,
                open = {
                    val key = report.key
                    val id = listOf(key.dataSet, key.period, key.organisationUnit, key.attributeOptionCombo)
                    host.open(Route.To(Place.APPROVAL_ONE, id.joinToString("/")))
                },
            )
        }
        show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.nothing_to_approve))) })
    }
}

/** One report: look first, then approve; the server is asked, and needs network. */
class ApprovalOnePane(host: PaneHost, parent: ViewGroup, id: String) : PagePane(host, parent) {
    private val key = id.split('/').let { FormKey.Report(it[0], it[1], it[2], it[3]) }

    override fun load(): Unit = host.run {
        val report = port.team.reports().firstOrNull { it.key == key }
        bar(report?.title ?: text(R.string.approval))
        page.clear()
        page.second(report?.subtitle.orEmpty())
        page.secondary(text(R.string.look_first)) { host.open(Route.Fill(key)) }
        acts(null)
        show(port.team.approval(key))
    }

    private fun show(state: ApprovalState) {
        page.standing(state.words, R.drawable.stamp, R.attr.opText2)
        if (state.canApprove) page.body(text(R.string.nobody_edits_after))
        acts(
            text(R.string.approve).takeIf { state.canApprove }, { step(approve = true) },
            text(R.string.take_back).takeIf { state.canTakeBack }, { step(approve = false) },
        )
    }

    private fun step(approve: Boolean) = host.run {
        port.team.step(key, approve)
        load()
    }
}
