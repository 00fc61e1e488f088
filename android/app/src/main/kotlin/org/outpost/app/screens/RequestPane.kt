package org.outpost.app.screens

import android.app.AlertDialog
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.HelpRequest
import org.outpost.app.model.HelpStage
import org.outpost.app.model.TroubleException
import org.outpost.app.ui.momentWords

/**
 * One request: how it stands, both ages, what happened, and what its user or the team can do.
 *
 * @param changed a list beside it that shows the request, too
 */
class RequestPane(
    host: PaneHost,
    parent: ViewGroup,
    private val id: String,
    private val changed: () -> Unit = {},
) : PagePane(host, parent) {
    private val words = HelpWords(context)

    override fun load(): Unit = host.run { show(port.help.request(id)) }

    private fun show(request: HelpRequest) {
        bar(request.row.title)
        page.clear()
        standing(request)
        page.heading(text(if (request.isMine) R.string.your_words else R.string.users_words))
        page.body(request.text.ifEmpty { request.row.title })
        page.second(text(R.string.place_and_time, request.row.reporter, request.row.place))
        history(request)
        val isOpen = request.row.stage != HelpStage.SOLVED && request.row.stage != HelpStage.NONE
        if (request.isMine) user(request, isOpen) else team(request, isOpen)
    }

    private fun standing(request: HelpRequest) {
        val row = request.row
        if (row.isUrgent) page.standing(text(R.string.is_urgent), R.drawable.warning, R.attr.opWaiting)
        val (icon, colour) = words.look(row.stage)
        page.standing(words.stage(row.stage, request.isMine), icon, colour)
        val (clock, clockColour) = words.look(request.clock)
        page.standing(words.clock(request.clock, row.dueMs), clock, clockColour)
        page.body(words.made(row))
        if (row.receivedMs != null) page.body(words.received(row))
        if (!request.isSent) page.second(text(R.string.finished_waiting))
        page.second(text(R.string.is_with, row.tierName))
    }

    private fun history(request: HelpRequest) {
        page.heading(text(R.string.what_happened))
        if (request.steps.isEmpty()) page.second(text(R.string.nothing_happened))
        request.steps.forEach { step ->
            val at = context.momentWords(step.atMs, System.currentTimeMillis())
            page.second(text(R.string.place_and_time, at, words.did(step)))
            if (step.text.isNotEmpty()) page.body(step.text)
        }
    }

    private fun user(request: HelpRequest, isOpen: Boolean) {
        request.helper?.phone?.let { phone ->
            page.secondary(text(R.string.call_number, phone)) { host.dial(phone) }
        }
        acts(text(R.string.reply).takeIf { isOpen }, ::reply)
    }

    private fun team(request: HelpRequest, isOpen: Boolean) {
        request.phone?.let { phone ->
            page.secondary(text(R.string.call_back, phone)) { host.dial(phone) }
        }
        if (!isOpen) return acts(null)
        if (request.row.stage != HelpStage.ASKED) {
            page.secondary(text(R.string.ask_user)) {
                askWords(R.string.what_to_ask, R.string.ask_user) { done { port.help.askUser(id, it) } }
            }
        }
        page.secondary(text(R.string.solve)) {
            askWords(R.string.how_solved, R.string.solve) { done { port.help.solve(id, it) } }
        }
        page.secondary(text(R.string.escalate)) { chooseTier(request.row.tier) }
        if (request.row.stage == HelpStage.NEW) {
            acts(text(R.string.take_it), { done { port.help.take(id) } }, text(R.string.reply), ::reply)
        } else {
            acts(text(R.string.reply), ::reply)
        }
    }

    private fun reply() = askWords(R.string.reply, R.string.reply) { said -> done { port.help.reply(id, said) } }

    /** The next tier, or the one after it; whether there are so many the core knows. */
    private fun chooseTier(now: Int) {
        val next = now + 1
        val choices = arrayOf(text(R.string.to_tier, next), text(R.string.to_tier_past, next + 1, next))
        AlertDialog.Builder(context).setTitle(R.string.escalate)
            .setItems(choices) { _, at ->
                askWords(R.string.why_escalate, R.string.escalate) { done { port.help.escalate(id, next + at, it) } }
            }
            .setNegativeButton(R.string.back, null).show()
    }

    private fun done(work: suspend () -> HelpRequest) = host.run {
        try {
            show(work())
        } catch (refused: TroubleException) {
            val why = why(refused.trouble.code) ?: throw refused
            host.tell(text(why))
            load()
        }
        host.recordsChanged()
        changed()
    }

    /** Why the core refused a step, for codes that a person can understand. */
    private fun why(code: String?): Int? = when (code) {
        "no_such_tier", "not_higher" -> R.string.refused_last_tier
        "acknowledged" -> R.string.refused_taken
        "closed" -> R.string.refused_closed
        "waiting" -> R.string.refused_asked
        else -> null
    }
}
