package org.outpost.sdk

import org.outpost.sdk.ffi.CompletionOffers as FfiCompletionOffers
import org.outpost.sdk.ffi.SessionHandle

/**
 * The visits of enrolments: events of a program with registration. Reached by [Session.visits].
 *
 * What is filled in goes through a form: [openNew], or [Session.openEvent] for one that exists
 * (also a planned one). What a rule refuses is an [EventResult.Refused], and nothing of it is
 * written.
 */
public class Visits internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Opens the form of a new visit of a stage, today. Close it.
     *
     * @param organisationUnit where it takes place; at the enrolment's place without one
     * @throws OutpostException.Forbidden with the reason if no visit may be added
     */
    public suspend fun openNew(
        enrollment: EnrollmentId,
        stage: ProgramStageId,
        organisationUnit: OrganisationUnitId? = null,
    ): EventFormSession = bridge.call {
        EventFormSession(
            handle.openNewVisitForm(enrollment.uid, stage.uid, organisationUnit?.uid),
        )
    }

    /**
     * Plans a visit of a stage.
     *
     * @param day `yyyy-MM-dd`; [StageVisits.suggested] is a good one
     * @param organisationUnit where; at the enrolment's place without one
     * @param assignedUser uid of the user who is to do it
     * @throws OutpostException.InvalidInput for the day
     */
    public suspend fun schedule(
        enrollment: EnrollmentId,
        stage: ProgramStageId,
        day: String,
        organisationUnit: OrganisationUnitId? = null,
        assignedUser: String? = null,
    ): EventResult = bridge.call {
        val place = organisationUnit?.uid
        handle.scheduleVisit(enrollment.uid, stage.uid, day, place, assignedUser).toResult()
    }

    /**
     * Moves a planned visit to another day, `yyyy-MM-dd`.
     *
     * @throws OutpostException.InvalidInput for the day, or if the visit is not planned
     */
    public suspend fun reschedule(id: EventId, day: String): EventResult = bridge.call {
        handle.rescheduleVisit(id.uid, day).toResult()
    }

    /** Says that a planned visit will not take place. */
    public suspend fun skip(id: EventId): EventResult = setStatus(id, EventStatus.SKIPPED)

    /** Gives a visit another status: planned again, begun, reopened. Its form completes it. */
    public suspend fun setStatus(id: EventId, status: EventStatus): EventResult = bridge.call {
        handle.setVisitStatus(id.uid, status.toFfi()).toResult()
    }

    /**
     * Hands a visit to a user by uid; `null` to nobody.
     *
     * @throws OutpostException.InvalidInput if the stage knows no assignment
     */
    public suspend fun assign(id: EventId, user: String?): EventResult = bridge.call {
        handle.assignVisit(id.uid, user).toResult()
    }

    /** Marks a visit for follow-up, or takes the mark away. */
    public suspend fun setFollowUp(id: EventId, marked: Boolean): EventResult = bridge.call {
        handle.setVisitFollowUp(id.uid, marked).toResult()
    }

    /**
     * Adds a remark to a visit or event.
     *
     * @throws OutpostException.InvalidInput if it is empty
     */
    public suspend fun addNote(id: EventId, text: String): EventResult = bridge.call {
        handle.addEventNote(id.uid, text).toResult()
    }

    /**
     * Refers a person to another place for a visit of a stage. The enrolment and who follows the
     * person stay as they are; to hand it over for good see [People.transfer].
     *
     * @param to also a place that is not on this device: see [Session.searchPlaces]
     * @param day `yyyy-MM-dd`
     * @param now whether it takes place that day; else it is planned for it
     */
    public suspend fun refer(
        enrollment: EnrollmentId,
        stage: ProgramStageId,
        to: OrganisationUnitId,
        day: String,
        now: Boolean = false,
    ): EventResult = bridge.call {
        handle.referVisit(enrollment.uid, stage.uid, to.uid, day, now).toResult()
    }

    /** What a completed visit offers. Nothing of it is done unasked. */
    public suspend fun offersAfter(id: EventId): CompletionOffers = bridge.call {
        handle.offersAfter(id.uid).toOffers()
    }
}

/** What a completed visit offers. */
public data class CompletionOffers(
    /** To complete the enrolment too. */
    public val completeEnrollment: Boolean,
    /** To plan the next visit, the likeliest first. */
    public val nextVisits: List<NextVisit>,
)

/** A visit that may be planned. */
public data class NextVisit(
    /** Its stage. */
    public val stage: ProgramStageId,
    /** Name of the stage. */
    public val stageName: String,
    /** The day to suggest, `yyyy-MM-dd`. */
    public val day: String?,
)

private fun FfiCompletionOffers.toOffers() = CompletionOffers(
    completeEnrollment,
    nextVisits.map { NextVisit(ProgramStageId(it.programStage), it.programStageName, it.day) },
)
