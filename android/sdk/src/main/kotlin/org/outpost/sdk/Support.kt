package org.outpost.sdk

import org.outpost.sdk.ffi.NewSupportRequest as FfiNewSupportRequest
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.SupportAnswer as FfiSupportAnswer
import org.outpost.sdk.ffi.SupportClock as FfiSupportClock
import org.outpost.sdk.ffi.SupportContact as FfiSupportContact
import org.outpost.sdk.ffi.SupportFiled as FfiSupportFiled
import org.outpost.sdk.ffi.SupportItem as FfiSupportItem
import org.outpost.sdk.ffi.SupportQuery as FfiSupportQuery
import org.outpost.sdk.ffi.SupportRequest as FfiSupportRequest
import org.outpost.sdk.ffi.SupportStep as FfiSupportStep

/**
 * Help for users: answers and whom to call, requests without network, the queue of a supervisor. Reached
 * by [Session.support].
 */
public class Support internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Answers to the most common problems; part of the program, so they are there without network.
     *
     * @param language such as `fr`; English where there are none
     */
    public suspend fun answers(language: String): List<SupportAnswer> =
        bridge.call { handle.supportAnswers(language).map { it.toAnswer() } }

    /** The one point of support of a place: whom to call first; `null` if nobody is named. */
    public suspend fun contact(place: OrganisationUnitId): SupportContact? =
        bridge.call { handle.supportContact(place.uid)?.toContact() }

    /**
     * What this device would tell of itself beside a request, as JSON: for a screen that asks whether it
     * may, and for an e-mail. Nothing about people.
     */
    public suspend fun diagnostics(): String = bridge.call { handle.supportDiagnostics() }

    /**
     * Files a request; it waits with everything else until there is network. If an open one is about the
     * same trouble of the same device that is offered instead, unless [NewSupportRequest.anyway].
     *
     * @throws OutpostException.InvalidInput for what is missing or too long
     */
    public suspend fun file(request: NewSupportRequest): SupportFiled =
        bridge.call { handle.fileSupport(request.toFfi()).toFiled() }

    /** The requests of whoever works here, open ones first; the first 200. */
    public suspend fun mine(): List<SupportSummary> =
        bridge.call { handle.mySupportRequests().map { it.toSummary() } }

    /** A page of requests, the most pressing first. */
    public suspend fun queue(
        query: SupportQuery = SupportQuery(),
        next: PageToken? = null,
    ): Page<SupportSummary> = bridge.call {
        val page = handle.supportQueue(query.toFfi(), next.cursor())
        Page(page.items.map { it.toSummary() }, page.next.toToken())
    }

    /** One request with both clocks and everything that happened. */
    public suspend fun request(id: SupportRequestId): SupportRequest =
        bridge.call { handle.supportRequest(id.uid).toRequest() }

    /**
     * Says that whoever works here takes care of it; stops the clock.
     *
     * @throws OutpostException.InvalidInput with code `acknowledged`, `closed` or `own`
     */
    public suspend fun acknowledge(id: SupportRequestId): SupportRequest =
        bridge.call { handle.supportAcknowledge(id.uid).toRequest() }

    /**
     * Says more: to one's own request as its user, else as the team.
     *
     * @throws OutpostException.InvalidInput with code `missing`, `too_long` or `closed`
     */
    public suspend fun reply(id: SupportRequestId, text: String): SupportRequest =
        bridge.call { handle.supportReply(id.uid, text).toRequest() }

    /**
     * Asks the user and waits; the clock stands still until they answer.
     *
     * @throws OutpostException.InvalidInput with code `missing`, `waiting` or `closed`
     */
    public suspend fun waitForUser(id: SupportRequestId, text: String): SupportRequest =
        bridge.call { handle.supportWait(id.uid, text).toRequest() }

    /**
     * Closes it as solved.
     *
     * @throws OutpostException.InvalidInput with code `missing`, `closed` or `own`
     */
    public suspend fun resolve(id: SupportRequestId, text: String): SupportRequest =
        bridge.call { handle.supportResolve(id.uid, text).toRequest() }

    /**
     * Hands it to a higher tier with the reason; a tier in between is skipped.
     *
     * @throws OutpostException.InvalidInput with code `missing`, `not_higher`, `no_such_tier` or `closed`
     */
    public suspend fun escalate(id: SupportRequestId, toTier: Int, reason: String): SupportRequest =
        bridge.call { handle.supportEscalate(id.uid, toTier, reason).toRequest() }
}

/** Id of a support request. */
@JvmInline
public value class SupportRequestId(
    /** The DHIS2 id. */
    public val uid: String,
)

/** A request that a user is about to file. */
public data class NewSupportRequest(
    /** The place of its user. */
    public val place: OrganisationUnitId,
    /** In one line. */
    public val title: String,
    /** In the user's words. */
    public val text: String = "",
    /** Code of what it is about, as in [SupportAnswer.problem]. */
    public val problem: String = "OTHER",
    /** Work stands still until it is solved. */
    public val isUrgent: Boolean = false,
    /** Number of the device; this one if it is left out. */
    public val device: String? = null,
    /** ICCID of the SIM card. */
    public val sim: String? = null,
    /** Id of the form that was open. */
    public val form: String? = null,
    /** Names the synchronisation that failed. */
    public val batch: String? = null,
    /** Code of the error that was shown. */
    public val error: String? = null,
    /** Whether this device may tell of itself: versions and numbers, nothing about people. */
    public val withDiagnostics: Boolean = true,
    /** Files it although an open request is about the same trouble. */
    public val anyway: Boolean = false,
)

/** What filing came to. */
public data class SupportFiled(
    /** The new request; `null` if an open one is about the same trouble. */
    public val request: SupportRequest?,
    /** Open requests about the same trouble of the same device: add to one of them instead. */
    public val sameTrouble: List<SupportSummary>,
)

/** Which requests a list shows. */
public data class SupportQuery(
    /** Closed ones instead of open ones. */
    public val closed: Boolean = false,
    /** Only those that this tier has now. */
    public val tier: Int? = null,
    /** Only those of this place and the places below. */
    public val place: OrganisationUnitId? = null,
    /** Only those about this problem. */
    public val problem: String? = null,
)

/** Where a request stands. */
public enum class SupportState {
    /** Nobody of the team has reacted. */
    NEW,

    /** Somebody takes care of it. */
    ACKNOWLEDGED,

    /** Only the user can help on. */
    WAITING_FOR_USER,

    /** Solved. */
    RESOLVED,

    /** It was none. */
    INVALID,
}

/** A request in a list. */
public data class SupportSummary(
    /** Which. */
    public val id: SupportRequestId,
    /** In one line. */
    public val title: String,
    /** Code of what it is about. */
    public val problem: String,
    /** Code of how it came: `APP`, `WEB`, `PHONE`, `EMAIL`. */
    public val channel: String,
    /** Work stands still. */
    public val isUrgent: Boolean,
    /** Who asks. */
    public val reporter: String,
    /** Name of the place. */
    public val placeName: String,
    /** Where it stands. */
    public val state: SupportState,
    /** The tier that has it, from 1. */
    public val tier: Int,
    /** What that tier is called. */
    public val tierName: String,
    /** Milliseconds since the user made it; `null` if that is not known. */
    public val sinceMadeMs: Long?,
    /** Milliseconds since the team received it; `null` before that. */
    public val sinceReceivedMs: Long?,
    /** Per cent of the time to acknowledge that have passed: 0, 50, 75 or 100. */
    public val level: Int,
    /** When that time is over, Unix ms; `null` if its clock does not run. */
    public val dueMs: Long?,
    /** Whether the user spoke last. */
    public val userWaits: Boolean,
)

/** Whether a clock runs. */
public enum class SupportClockState {
    /** The team has not received the request. */
    NOT_STARTED,

    /** It runs. */
    RUNNING,

    /** It stands still: the user is asked. */
    FROZEN,

    /** What it waited for happened within the limit. */
    IN_TIME,

    /** What it waited for happened late. */
    LATE,
}

/** A clock against its limit. */
public data class SupportClock(
    /** Whether it runs. */
    public val state: SupportClockState,
    /** The limit in milliseconds of counted time. */
    public val limitMs: Long,
    /** What was used of it. */
    public val usedMs: Long,
    /** What is left; negative once it has passed. */
    public val leftMs: Long,
    /** When it passes, Unix ms; `null` unless it runs. */
    public val dueMs: Long?,
    /** 0, 50, 75 or 100 per cent. */
    public val level: Int,
)

/** One thing that happened to a request. */
public data class SupportStep(
    /** Code of the kind, such as `REPLY` or `ESCALATE`. */
    public val kind: String,
    /** When, Unix ms. */
    public val atMs: Long,
    /** Who; empty if nobody decided it. */
    public val by: String,
    /** Text or reason. */
    public val text: String,
    /** The tier to which it was moved. */
    public val toTier: Int?,
    /** The limit moved it. */
    public val isByTime: Boolean,
)

/** Whom to call. */
public data class SupportContact(
    /** Name. */
    public val name: String,
    /** Telephone number. */
    public val phone: String?,
    /** E-mail address. */
    public val email: String?,
)

/** A request with all that is known of it. */
public data class SupportRequest(
    /** As in lists. */
    public val summary: SupportSummary,
    /** In the user's words. */
    public val text: String,
    /** Telephone number to call back. */
    public val phone: String?,
    /** When its user made it, Unix ms in server time; `null` if that is not known. */
    public val madeMs: Long?,
    /** When the team received it. */
    public val receivedMs: Long?,
    /** The clock until whoever has it reacts: from the receipt, or from when it was handed to a higher tier after somebody had reacted. */
    public val acknowledging: SupportClock,
    /** The clock until it is closed, if the project has that limit. */
    public val resolving: SupportClock?,
    /** Who reacted: first of all, or for the higher tier to which it was handed on. */
    public val reactedBy: String?,
    /** When it was closed. */
    public val closedMs: Long?,
    /** What happened, in order; the latest 200. */
    public val steps: List<SupportStep>,
    /** Whom its user calls now. */
    public val contact: SupportContact?,
    /** Whether all of it is on the server. */
    public val isSent: Boolean,
)

/** What to do about a common problem. */
public data class SupportAnswer(
    /** Code of the problem. */
    public val problem: String,
    /** As its user would say it. */
    public val title: String,
    /** What to try, in order. */
    public val steps: List<String>,
    /** What to do if nothing helped. */
    public val then: String,
)

private fun NewSupportRequest.toFfi() = FfiNewSupportRequest(
    place = place.uid,
    title = title,
    text = text,
    problem = problem,
    urgent = isUrgent,
    device = device,
    sim = sim,
    form = form,
    batch = batch,
    error = error,
    withDiagnostics = withDiagnostics,
    anyway = anyway,
)

private fun SupportQuery.toFfi() = FfiSupportQuery(closed, tier, place?.uid, problem)

private fun FfiSupportFiled.toFiled() =
    SupportFiled(request?.toRequest(), sameTrouble.map { it.toSummary() })

private fun FfiSupportItem.toSummary() = SupportSummary(
    id = SupportRequestId(id),
    title = title,
    problem = problem,
    channel = channel,
    isUrgent = urgent,
    reporter = reporter,
    placeName = placeName,
    state = SupportState.valueOf(state),
    tier = tier,
    tierName = tierName,
    sinceMadeMs = sinceMadeMs,
    sinceReceivedMs = sinceReceivedMs,
    level = level,
    dueMs = dueMs,
    userWaits = userWaits,
)

private fun FfiSupportClock.toClock() = SupportClock(
    state = SupportClockState.valueOf(state.uppercase()),
    limitMs = limitMs,
    usedMs = usedMs,
    leftMs = leftMs,
    dueMs = dueMs,
    level = level,
)

private fun FfiSupportStep.toStep() = SupportStep(kind, atMs, by, text, toTier, byTime)

private fun FfiSupportContact.toContact() = SupportContact(name, phone, email)

private fun FfiSupportAnswer.toAnswer() = SupportAnswer(problem, title, steps, then)

private fun FfiSupportRequest.toRequest() = SupportRequest(
    summary = item.toSummary(),
    text = text,
    phone = phone,
    madeMs = madeMs,
    receivedMs = receivedMs,
    acknowledging = acknowledging.toClock(),
    resolving = resolving?.toClock(),
    reactedBy = reactedBy,
    closedMs = closedMs,
    steps = steps.map { it.toStep() },
    contact = contact?.toContact(),
    isSent = isSent,
)
