package org.outpost.sdk

import org.outpost.sdk.ffi.ApprovalInfo
import org.outpost.sdk.ffi.ApprovalStep as FfiApprovalStep
import org.outpost.sdk.ffi.ReviewInfo as FfiReviewInfo
import org.outpost.sdk.ffi.ReviewItem as FfiReviewItem
import org.outpost.sdk.ffi.ReviewQuery as FfiReviewQuery
import org.outpost.sdk.ffi.ReviewStage as FfiReviewStage
import org.outpost.sdk.ffi.ReviewSubject as FfiReviewSubject
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.TargetItem
import org.outpost.sdk.ffi.TargetStanding as FfiTargetStanding
import org.outpost.sdk.ffi.TeamDevice as FfiTeamDevice

/**
 * A supervisor's work: review of records and the tasks that come of it, approval of reports, the
 * team and its targets. Reached by [Session.review].
 *
 * A review is a note and a mark on the record itself: it works without network and travels with the
 * next synchronisation. Only [approval] and [stepApproval] ask the server.
 */
public class Review internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * A page of what there is to review, the latest first: visits, events of programs without
     * registration, and enrolments as a whole. With a stage only its visits. It may be short or empty
     * though there are more.
     */
    public suspend fun list(query: ReviewQuery, next: PageToken? = null): Page<ReviewItem> =
        bridge.call {
            val page = handle.reviewList(query.toFfi(), next.cursor())
            Page(page.items.map { it.toItem() }, page.next.toToken())
        }

    /** A page of what was sent back to whoever is signed in and waits for a correction. */
    public suspend fun tasks(next: PageToken? = null): Page<ReviewItem> = bridge.call {
        val page = handle.myTasks(next.offset())
        Page(page.items.map { it.toItem() }, page.next.toToken())
    }

    /** Where one record stands. */
    public suspend fun of(subject: ReviewSubject): ReviewInfo = bridge.call {
        handle.reviewOf(subject.toFfi()).toInfo()
    }

    /**
     * Sends a record back to its author. A completed event whose stage locks completed forms is
     * reopened, or nobody could correct it.
     *
     * @param reason what is to be corrected, in a person's own words
     * @throws OutpostException.InvalidInput without a reason, or for what cannot be reviewed
     */
    public suspend fun sendBack(subject: ReviewSubject, reason: String): ReviewInfo = bridge.call {
        handle.sendBack(subject.toFfi(), reason).toInfo()
    }

    /**
     * Says that a record was seen.
     *
     * @throws OutpostException.InvalidInput for what cannot be reviewed
     */
    public suspend fun markReviewed(subject: ReviewSubject, text: String = ""): ReviewInfo =
        bridge.call { handle.markReviewed(subject.toFfi(), text).toInfo() }

    /**
     * Makes a record final; an event is completed with it.
     *
     * @throws OutpostException.InvalidInput for what cannot be reviewed
     */
    public suspend fun approve(subject: ReviewSubject, text: String = ""): ReviewInfo =
        bridge.call { handle.approve(subject.toFfi(), text).toInfo() }

    /**
     * The author's answer to what was sent back: it was corrected.
     *
     * @throws OutpostException.InvalidInput if it was not sent back
     */
    public suspend fun answerCorrected(subject: ReviewSubject, text: String = ""): ReviewInfo =
        bridge.call { handle.answerCorrected(subject.toFfi(), text).toInfo() }

    /**
     * Asks the server where a report stands in its workflow and what the user may do.
     *
     * @throws OutpostException.Offline without network
     * @throws OutpostException.ServerRejected if the data set has no workflow
     */
    public suspend fun approval(key: ReportKey): Approval = bridge.call {
        handle.approval(key.toFfi()).toApproval()
    }

    /**
     * Approves or accepts a report, or takes that back, at once. Doing it twice does no harm.
     *
     * @throws OutpostException.Offline without network
     * @throws OutpostException.Forbidden without the authority
     * @throws OutpostException.ServerRejected if the data set has no workflow, or it is not this
     *   level's turn: then ask [approval]
     */
    public suspend fun stepApproval(key: ReportKey, step: ApprovalStep): Approval = bridge.call {
        handle.approveReport(key.toFfi(), step.toFfi()).toApproval()
    }

    /**
     * A page of what every device of the team told of itself, as read by the last synchronisation;
     * those that synchronised longest ago come first. Empty for users who look after nobody.
     */
    public suspend fun team(next: PageToken? = null): Page<TeamDevice> = bridge.call {
        val page = handle.team(next.offset())
        Page(page.items.map { it.toDevice() }, page.next.toToken())
    }

    /**
     * A page of the targets of whoever works here with how far the records on this device are; a
     * supervisor sees those of the whole team.
     */
    public suspend fun targets(next: PageToken? = null): Page<Target> = bridge.call {
        val page = handle.targets(next.offset())
        Page(page.items.map { it.toTarget() }, page.next.toToken())
    }
}

/** Where a record stands in the supervisor's review; read from its notes, follow-up and status. */
public enum class ReviewStage {
    /** Nobody has looked at it. */
    NEW,

    /** Somebody looked at it. */
    REVIEWED,

    /** To be corrected. */
    SENT_BACK,

    /** Was sent back and changed since. */
    CORRECTED,

    /** Approved. */
    APPROVED,
}

/** Review of one record. */
public data class ReviewInfo(
    /** Where it stands. */
    public val stage: ReviewStage,
    /** Why it was sent back. */
    public val reason: String?,
    /** Who said so. */
    public val by: String?,
    /** When, in the server's local time. */
    public val at: String?,
    /** Whether the record was changed since. */
    public val editedSince: Boolean,
)

/** What can be reviewed. */
public sealed interface ReviewSubject {
    /** An enrolment as a whole. */
    public data class OfEnrollment(
        /** Its id. */
        public val id: EnrollmentId,
    ) : ReviewSubject

    /** A visit, or an event of a program without registration. */
    public data class OfEvent(
        /** Its id. */
        public val id: EventId,
    ) : ReviewSubject
}

/** Which records to review. */
public data class ReviewQuery(
    /** Of this program, with or without registration. */
    public val program: ProgramId,
    /** Only of this stage of the program. */
    public val programStage: ProgramStageId? = null,
    /** Only at this place. */
    public val organisationUnit: OrganisationUnitId? = null,
    /** Only where the review stands so; empty: all. */
    public val stages: Set<ReviewStage> = emptySet(),
    /** Only completed ones. */
    public val completedOnly: Boolean = false,
    /** Only from this day on, `yyyy-MM-dd`. */
    public val from: String? = null,
    /** Only up to this day, `yyyy-MM-dd`. */
    public val to: String? = null,
)

/** A record in the list of reviews or tasks. */
public data class ReviewItem(
    /** Which record. */
    public val subject: ReviewSubject,
    /** Its program. */
    public val program: ProgramId,
    /** Name of the program. */
    public val programName: String,
    /** Name of the program's stage; empty for an enrolment. */
    public val programStageName: String,
    /** The person it belongs to. */
    public val person: PersonId?,
    /** What the person is called. */
    public val personTitle: String,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** When it took place or began. */
    public val occurredAt: String?,
    /** Where it stands. */
    public val review: ReviewInfo,
    /** Where the record is on its way to the server. */
    public val state: TravelState,
    /** The first answers. */
    public val answers: List<LabelledAnswer>,
)

/** Where a report stands in its approval workflow, as the server says. */
public data class Approval(
    /** The report. */
    public val report: ReportKey,
    /** DHIS2 name of the state (`UNAPPROVED_READY`, `APPROVED_HERE` …). */
    public val state: String,
    /** Who approved it. */
    public val approvedBy: String?,
    /** Who accepted it. */
    public val acceptedBy: String?,
    /** What the user may do now. */
    public val may: Set<ApprovalStep>,
)

/** What to do with a report that is to be approved. */
public enum class ApprovalStep {
    /** Approve. */
    APPROVE,

    /** Take the approval back. */
    UNAPPROVE,

    /** Accept what a level below approved. */
    ACCEPT,

    /** Take the acceptance back. */
    UNACCEPT,
}

/** What a device said about itself with its last synchronisation. */
public data class TeamDevice(
    /** Id of the device. */
    public val device: String,
    /** User name. */
    public val user: String,
    /** Name of the person. */
    public val name: String,
    /** End of its last synchronisation, Unix ms of the server. */
    public val lastSyncMs: Long,
    /** Records that waited then. */
    public val waiting: Long,
    /** Records that were parked then. */
    public val parked: Long,
    /** Server clock minus device clock, in milliseconds. */
    public val skewMs: Long,
    /** Version of Outpost. */
    public val appVersion: String,
    /** Fingerprint of its metadata. */
    public val metadataVersion: String,
    /** Free space in bytes, if it could tell. */
    public val freeBytes: Long?,
    /** How it works, if it is a site that exchanges files: `online`, `offline` or `hybrid`. */
    public val mode: String?,
    /** The sites and devices without network whose files come to it; the first 200. */
    public val knows: List<KnownDevice>,
)

/** A site or device without network, as another one knows it by its files. */
public data class KnownDevice(
    /** Id of its key. */
    public val key: String,
    /** Name of the place or device. */
    public val name: String,
    /** The program that it runs, with its version. */
    public val app: String?,
    /** The version of its forms. */
    public val metadata: String?,
    /** When its last file came, Unix ms. */
    public val cameMs: Long?,
)

/** How a target stands. */
public enum class TargetStanding {
    /** The period has not begun. */
    NOT_BEGUN,

    /** As much as the passed part of the period asks for. */
    ON_TRACK,

    /** Less than that. */
    BEHIND,

    /** Reached; a limit is only kept when the period is over. */
    REACHED,

    /** The period is over without it, or a limit is passed. */
    MISSED,
}

/** A target and how far it has come. */
public data class Target(
    /** Its id. */
    public val id: String,
    /** What is counted. */
    public val name: String,
    /** User names it is for; empty for everybody. */
    public val user: String,
    /** The period of today. */
    public val period: String,
    /** What is to be reached. */
    public val target: Double,
    /** What was reached by the records on this device; `null` if it cannot be computed. */
    public val reached: Double?,
    /** What the passed part of the period asks for. */
    public val expected: Double?,
    /** How it stands. */
    public val standing: TargetStanding?,
    /** Why it cannot be computed. */
    public val problem: String?,
)

private fun FfiReviewStage.toStage() = when (this) {
    FfiReviewStage.NEW -> ReviewStage.NEW
    FfiReviewStage.REVIEWED -> ReviewStage.REVIEWED
    FfiReviewStage.SENT_BACK -> ReviewStage.SENT_BACK
    FfiReviewStage.CORRECTED -> ReviewStage.CORRECTED
    FfiReviewStage.APPROVED -> ReviewStage.APPROVED
}

private fun ReviewStage.toFfi() = when (this) {
    ReviewStage.NEW -> FfiReviewStage.NEW
    ReviewStage.REVIEWED -> FfiReviewStage.REVIEWED
    ReviewStage.SENT_BACK -> FfiReviewStage.SENT_BACK
    ReviewStage.CORRECTED -> FfiReviewStage.CORRECTED
    ReviewStage.APPROVED -> FfiReviewStage.APPROVED
}

internal fun FfiReviewInfo.toInfo() = ReviewInfo(stage.toStage(), reason, by, at, editedSince)

private fun ReviewSubject.toFfi(): FfiReviewSubject = when (this) {
    is ReviewSubject.OfEnrollment -> FfiReviewSubject.Enrollment(id.uid)
    is ReviewSubject.OfEvent -> FfiReviewSubject.Event(id.uid)
}

private fun FfiReviewSubject.toSubject(): ReviewSubject = when (this) {
    is FfiReviewSubject.Enrollment -> ReviewSubject.OfEnrollment(EnrollmentId(id))
    is FfiReviewSubject.Event -> ReviewSubject.OfEvent(EventId(id))
}

private fun ReviewQuery.toFfi() = FfiReviewQuery(
    program = program.uid,
    programStage = programStage?.uid,
    organisationUnit = organisationUnit?.uid,
    stages = stages.map { it.toFfi() },
    completedOnly = completedOnly,
    from = from,
    to = to,
)

private fun FfiReviewItem.toItem() = ReviewItem(
    subject = subject.toSubject(),
    program = ProgramId(program),
    programName = programName,
    programStageName = programStageName,
    person = person?.let { PersonId(it) },
    personTitle = personTitle,
    organisationUnitName = organisationUnitName,
    occurredAt = occurredAt,
    review = review.toInfo(),
    state = state.toState(),
    answers = answers.map { LabelledAnswer(it.name, it.value) },
)

private fun ApprovalStep.toFfi() = when (this) {
    ApprovalStep.APPROVE -> FfiApprovalStep.APPROVE
    ApprovalStep.UNAPPROVE -> FfiApprovalStep.UNAPPROVE
    ApprovalStep.ACCEPT -> FfiApprovalStep.ACCEPT
    ApprovalStep.UNACCEPT -> FfiApprovalStep.UNACCEPT
}

private fun ApprovalInfo.toApproval() = Approval(
    report = key.toKey(),
    state = state,
    approvedBy = approvedBy,
    acceptedBy = acceptedBy,
    may = buildSet {
        if (mayApprove) add(ApprovalStep.APPROVE)
        if (mayUnapprove) add(ApprovalStep.UNAPPROVE)
        if (mayAccept) add(ApprovalStep.ACCEPT)
        if (mayUnaccept) add(ApprovalStep.UNACCEPT)
    },
)

private fun FfiTeamDevice.toDevice() = TeamDevice(
    device, user, name, lastSyncMs, waiting, parked, skewMs, appVersion, metadataVersion, freeBytes,
    mode, knows.map { KnownDevice(it.key, it.name, it.app, it.metadata, it.cameMs) },
)

private fun TargetItem.toTarget() = Target(
    id, name, user, period, target, reached, expected, standing?.toStanding(), problem,
)

private fun FfiTargetStanding.toStanding() = when (this) {
    FfiTargetStanding.NOT_BEGUN -> TargetStanding.NOT_BEGUN
    FfiTargetStanding.ON_TRACK -> TargetStanding.ON_TRACK
    FfiTargetStanding.BEHIND -> TargetStanding.BEHIND
    FfiTargetStanding.REACHED -> TargetStanding.REACHED
    FfiTargetStanding.MISSED -> TargetStanding.MISSED
}
