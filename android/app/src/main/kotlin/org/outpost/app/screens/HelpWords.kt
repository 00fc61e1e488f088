package org.outpost.app.screens

import android.content.Context
import android.content.Intent
import android.net.Uri
import org.outpost.app.R
import org.outpost.app.model.HelpClock
import org.outpost.app.model.HelpRow
import org.outpost.app.model.HelpStage
import org.outpost.app.model.HelpStep
import org.outpost.app.model.HelpStepKind
import org.outpost.app.ui.agoWords
import org.outpost.app.ui.momentWords

/** How a request stands, always in words and with a picture. */
internal class HelpWords(private val context: Context) {
    fun stage(of: HelpStage, isMine: Boolean): String = context.getString(
        when (of) {
            HelpStage.NEW -> R.string.stage_new
            HelpStage.TAKEN -> R.string.stage_taken
            HelpStage.ASKED -> if (isMine) R.string.stage_asked_you else R.string.stage_asked
            HelpStage.SOLVED -> R.string.stage_solved
            HelpStage.NONE -> R.string.stage_none
        },
    )

    /** Picture and colour of a stage. */
    fun look(of: HelpStage): Pair<Int, Int> = when (of) {
        HelpStage.NEW -> R.drawable.state_waiting to R.attr.opWaiting
        HelpStage.TAKEN -> R.drawable.thing_person to R.attr.opSent
        HelpStage.ASKED -> R.drawable.state_returned to R.attr.opReturned
        HelpStage.SOLVED -> R.drawable.state_sent to R.attr.opSent
        HelpStage.NONE -> R.drawable.state_kept_aside to R.attr.opDraft
    }

    fun clock(of: HelpClock, dueMs: Long?): String {
        val due = dueMs?.let { context.momentWords(it, System.currentTimeMillis()) }.orEmpty()
        return when (of) {
            HelpClock.NOT_STARTED -> context.getString(R.string.team_not_yet)
            HelpClock.RUNNING -> context.getString(R.string.clock_running, due)
            HelpClock.HALF -> context.getString(R.string.clock_half, due)
            HelpClock.PRESSING -> context.getString(R.string.clock_pressing, due)
            HelpClock.OVER -> context.getString(R.string.clock_over)
            HelpClock.FROZEN -> context.getString(R.string.clock_frozen)
            HelpClock.IN_TIME -> context.getString(R.string.clock_in_time)
            HelpClock.LATE -> context.getString(R.string.clock_late)
        }
    }

    /** Picture and colour of a clock. */
    fun look(of: HelpClock): Pair<Int, Int> = when (of) {
        HelpClock.NOT_STARTED, HelpClock.RUNNING -> R.drawable.state_waiting to R.attr.opWaiting
        HelpClock.HALF, HelpClock.PRESSING -> R.drawable.warning to R.attr.opWaiting
        HelpClock.OVER, HelpClock.LATE -> R.drawable.error to R.attr.opDanger
        HelpClock.FROZEN -> R.drawable.history to R.attr.opText2
        HelpClock.IN_TIME -> R.drawable.state_sent to R.attr.opSent
    }

    /** Both ages: what the user waited is never hidden behind what the team knew. */
    fun made(of: HelpRow): String =
        of.madeAgoMs?.let { context.getString(R.string.made_ago, context.agoWords(it)) }
            ?: context.getString(R.string.made_unknown)

    fun received(of: HelpRow): String = when (val at = of.receivedMs) {
        null -> context.getString(R.string.team_not_yet)
        else -> context.getString(R.string.team_has_since, context.momentWords(at, System.currentTimeMillis()))
    }

    fun did(step: HelpStep): String {
        val tier = step.toTier ?: 0
        if (step.kind == HelpStepKind.ESCALATED_BY_TIME) return context.getString(R.string.did_by_time, tier)
        val what = when (step.kind) {
            HelpStepKind.TAKEN -> R.string.did_take
            HelpStepKind.REPLY -> R.string.did_reply
            HelpStepKind.USER_REPLY -> R.string.did_add
            HelpStepKind.ASKED -> R.string.did_ask
            HelpStepKind.GOES_ON -> R.string.did_go_on
            HelpStepKind.SOLVED -> R.string.did_solve
            HelpStepKind.CLOSED -> R.string.did_close
            HelpStepKind.REOPENED -> R.string.did_reopen
            else -> R.string.did_note
        }
        val words = if (step.kind == HelpStepKind.ESCALATED) context.getString(R.string.did_escalate, tier)
        else context.getString(what)
        return context.getString(R.string.who_did, step.by, words)
    }
}

/** Opens the dialler; the person decides to call. */
internal fun PaneHost.dial(phone: String) =
    ask(dialOf(phone), OUTSIDE)

/** Opens the mail app with a letter that the person reads before it goes. */
internal fun PaneHost.mail(to: String?, subject: String, body: String) {
    val address = "mailto:" + Uri.encode(to.orEmpty()) +
        "?subject=" + Uri.encode(subject) + "&body=" + Uri.encode(body)
    ask(Intent(Intent.ACTION_SENDTO, Uri.parse(address)), OUTSIDE)
}

/** Another app of which no answer is awaited. */
private const val OUTSIDE = 51
