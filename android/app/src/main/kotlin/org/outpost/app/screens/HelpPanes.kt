package org.outpost.app.screens

import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.HelpAnswer
import org.outpost.app.model.HelpRow
import org.outpost.app.model.Helper
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.locale

/** Whom to call, what to try, what one asked before. Nothing here needs network. */
class HelpPane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        bar(text(R.string.help))
        val helper = port.help.helper()
        val mine = port.help.mine()
        val answers = port.help.answers(context.locale.language)
        page.clear()
        helper(helper)
        if (mine == null) page.second(text(R.string.help_not_set_up)) else requests(mine)
        page.heading(text(R.string.heading_phone))
        page.entry(
            RowItem.Entry(
                Place.PHONE.name, text(R.string.my_phone), icon = R.drawable.thing_phone,
                open = { host.open(Route.To(Place.PHONE)) },
            ),
        )
        page.heading(text(R.string.answers_here))
        answers.forEach { page.entry(answerRow(it)) }
        acts(text(R.string.report_problem).takeIf { mine != null }, { host.open(Route.To(Place.REPORT)) })
    }

    private fun helper(helper: Helper?) {
        if (helper == null) return run { page.second(text(R.string.no_helper)) }
        page.title(text(R.string.helper_is, helper.name))
        helper.phone?.let { phone -> page.secondary(text(R.string.call_number, phone)) { host.dial(phone) } }
        page.secondary(text(R.string.write_email)) {
            host.run { host.mail(helper.email, text(R.string.report_problem), "\n\n" + port.help.aboutPhone()) }
        }
    }

    private fun requests(mine: List<HelpRow>) {
        page.heading(text(R.string.my_requests))
        if (mine.isEmpty()) page.second(text(R.string.no_requests))
        mine.forEach { page.entry(requestRow(it)) }
    }

    private fun requestRow(row: HelpRow): RowItem.Entry {
        val words = HelpWords(context)
        return RowItem.Entry(
            id = row.id,
            line1 = row.title,
            line2 = listOf(words.stage(row.stage, isMine = true), words.made(row), words.received(row))
                .joinToString("\n"),
            icon = words.look(row.stage).first,
            open = { host.open(Route.To(Place.REQUEST, row.id)) },
        )
    }

    private fun answerRow(answer: HelpAnswer) = RowItem.Entry(
        answer.problem, answer.title, icon = R.drawable.info,
        open = { host.open(Route.To(Place.ANSWER, answer.problem)) },
    )
}

/** What to do about one common problem; a request when that did not help. */
class AnswerPane(host: PaneHost, parent: ViewGroup, private val problem: String) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        val answer = port.help.answers(context.locale.language).firstOrNull { it.problem == problem }
            ?: return@run host.back()
        val takesRequests = port.help.mine() != null
        bar(answer.title)
        page.clear()
        page.steps(answer)
        acts(
            text(R.string.report_problem).takeIf { takesRequests },
            { host.replace(Route.To(Place.REPORT, problem)) },
            text(R.string.it_helped), { host.back() },
        )
    }
}

/** What to try, in order, and what then. */
internal fun org.outpost.app.ui.Page.steps(answer: HelpAnswer) {
    answer.steps.forEachIndexed { at, step -> body("${at + 1}. $step") }
    second(answer.then)
}
