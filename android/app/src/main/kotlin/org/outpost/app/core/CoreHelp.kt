package org.outpost.app.core

import org.outpost.app.model.HelpAnswer
import org.outpost.app.model.HelpClock
import org.outpost.app.model.HelpFiled
import org.outpost.app.model.HelpPage
import org.outpost.app.model.HelpPort
import org.outpost.app.model.HelpRequest
import org.outpost.app.model.HelpRow
import org.outpost.app.model.HelpStage
import org.outpost.app.model.HelpStep
import org.outpost.app.model.HelpStepKind
import org.outpost.app.model.Helper
import org.outpost.app.model.NewHelp
import org.outpost.app.model.NextPage
import org.outpost.app.model.PlaceRow
import org.outpost.sdk.NewSupportRequest
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session
import org.outpost.sdk.SupportClock
import org.outpost.sdk.SupportClockState
import org.outpost.sdk.SupportContact
import org.outpost.sdk.SupportQuery
import org.outpost.sdk.SupportRequest
import org.outpost.sdk.SupportRequestId
import org.outpost.sdk.SupportState
import org.outpost.sdk.SupportStep
import org.outpost.sdk.SupportSummary

/** Help for users on the core. */
internal class CoreHelp(private val session: suspend () -> Session) : HelpPort {
    override suspend fun answers(language: String): List<HelpAnswer> = told {
        session().support.answers(language).map { HelpAnswer(it.problem, it.title, it.steps, it.then) }
    }

    /** The highest of the places where requests are taken: a supervisor's own is that of the team. */
    override suspend fun place(): PlaceRow? = told {
        val program = ProgramId(HELP_PROGRAM).takeIf { id -> session().allPrograms().any { it.id == id } }
        session().organisationUnits(form = program).items.minByOrNull { it.level }
            ?.let { PlaceRow(it.id.uid, it.name, it.above, it.level) }
    }

    override suspend fun helper(): Helper? = told {
        place()?.let { session().support.contact(OrganisationUnitId(it.id))?.toHelper() }
    }

    override suspend fun aboutPhone(): String = told { session().support.diagnostics() }

    override suspend fun file(new: NewHelp): HelpFiled = told {
        val filed = session().support.file(
            NewSupportRequest(
                place = OrganisationUnitId(new.place),
                title = new.title,
                text = new.text,
                problem = new.problem,
                isUrgent = new.isUrgent,
                error = new.error,
                withDiagnostics = new.tellsOfPhone,
                anyway = new.anyway,
            ),
        )
        val request = filed.request
        if (request == null) HelpFiled.Known(filed.sameTrouble.map { it.toRow() })
        else HelpFiled.New(request.summary.id.uid)
    }

    override suspend fun mine(): List<HelpRow>? = told {
        try {
            session().support.mine().map { it.toRow() }
        } catch (refused: OutpostException.InvalidInput) {
            if (refused.code != NO_PROGRAM) throw refused
            null
        }
    }

    override suspend fun queue(tier: Int, after: NextPage?): HelpPage = told {
        val page = session().support.queue(SupportQuery(tier = tier), (after as CorePage?)?.token)
        HelpPage(page.items.map { it.toRow() }, page.next?.let { CorePage(it) })
    }

    override suspend fun request(id: String): HelpRequest =
        shown { session().support.request(SupportRequestId(id)) }

    override suspend fun take(id: String): HelpRequest =
        shown { session().support.acknowledge(SupportRequestId(id)) }

    override suspend fun reply(id: String, text: String): HelpRequest =
        shown { session().support.reply(SupportRequestId(id), text) }

    override suspend fun askUser(id: String, text: String): HelpRequest =
        shown { session().support.waitForUser(SupportRequestId(id), text) }

    override suspend fun solve(id: String, text: String): HelpRequest =
        shown { session().support.resolve(SupportRequestId(id), text) }

    override suspend fun escalate(id: String, tier: Int, reason: String): HelpRequest =
        shown { session().support.escalate(SupportRequestId(id), tier, reason) }

    private suspend fun shown(read: suspend () -> SupportRequest): HelpRequest = told {
        val request = read()
        val mine = session().support.mine().map { it.id }
        request.toRequest(isMine = request.summary.id in mine)
    }
}

private fun SupportContact.toHelper() = Helper(name, phone, email)

private fun SupportSummary.toRow() = HelpRow(
    id = id.uid,
    title = title,
    isUrgent = isUrgent,
    reporter = reporter,
    place = placeName,
    stage = state.toStage(),
    clock = rowClock(),
    tier = tier,
    tierName = tierName,
    madeAgoMs = sinceMadeMs,
    receivedMs = sinceReceivedMs?.let { System.currentTimeMillis() - it },
    dueMs = dueMs,
    userWaits = userWaits,
)

private fun SupportState.toStage() = when (this) {
    SupportState.NEW -> HelpStage.NEW
    SupportState.ACKNOWLEDGED -> HelpStage.TAKEN
    SupportState.WAITING_FOR_USER -> HelpStage.ASKED
    SupportState.RESOLVED -> HelpStage.SOLVED
    SupportState.INVALID -> HelpStage.NONE
}

/** A list tells only of the time that still matters. */
private fun SupportSummary.rowClock(): HelpClock? = when {
    state == SupportState.WAITING_FOR_USER -> HelpClock.FROZEN
    state != SupportState.NEW -> null
    sinceReceivedMs == null -> HelpClock.NOT_STARTED
    else -> running(level)
}

private fun running(level: Int) = when {
    level >= 100 -> HelpClock.OVER
    level >= 75 -> HelpClock.PRESSING
    level >= 50 -> HelpClock.HALF
    else -> HelpClock.RUNNING
}

private fun SupportClock.toClock() = when (state) {
    SupportClockState.NOT_STARTED -> HelpClock.NOT_STARTED
    SupportClockState.RUNNING -> running(level)
    SupportClockState.FROZEN -> HelpClock.FROZEN
    SupportClockState.IN_TIME -> HelpClock.IN_TIME
    SupportClockState.LATE -> HelpClock.LATE
}

private fun SupportRequest.toRequest(isMine: Boolean) = HelpRequest(
    row = summary.toRow().copy(dueMs = acknowledging.dueMs ?: summary.dueMs),
    text = text,
    clock = acknowledging.toClock(),
    phone = phone,
    steps = steps.map { it.toHelpStep() },
    helper = contact?.toHelper(),
    isSent = isSent,
    isMine = isMine,
)

private fun SupportStep.toHelpStep() = HelpStep(
    kind = when (kind) {
        "ACKNOWLEDGE" -> HelpStepKind.TAKEN
        "REPLY" -> HelpStepKind.REPLY
        "USER_REPLY" -> HelpStepKind.USER_REPLY
        "WAIT" -> HelpStepKind.ASKED
        "RESUME" -> HelpStepKind.GOES_ON
        "RESOLVE" -> HelpStepKind.SOLVED
        "INVALID" -> HelpStepKind.CLOSED
        "REOPEN" -> HelpStepKind.REOPENED
        "ESCALATE" -> if (isByTime) HelpStepKind.ESCALATED_BY_TIME else HelpStepKind.ESCALATED
        else -> HelpStepKind.NOTE
    },
    atMs = atMs,
    by = by,
    text = text,
    toTier = toTier,
)
