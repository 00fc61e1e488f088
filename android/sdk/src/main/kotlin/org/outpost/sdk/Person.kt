package org.outpost.sdk

import org.outpost.sdk.ffi.EnrollmentDetail
import org.outpost.sdk.ffi.PersonAccess as FfiPersonAccess
import org.outpost.sdk.ffi.PersonDetail
import org.outpost.sdk.ffi.PersonSaved
import org.outpost.sdk.ffi.StageVisits as FfiStageVisits
import org.outpost.sdk.ffi.VisitItem

/** A person with everything that its screen needs. */
public data class Person(
    /** Its id. */
    public val id: PersonId,
    /** Its type. */
    public val type: TrackedEntityTypeId,
    /** Name of its type. */
    public val typeName: String,
    /** What it is called. */
    public val title: String,
    /** The place where it was registered. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of that place. */
    public val organisationUnitName: String,
    /** GeoJSON geometry as text. */
    public val geometry: String?,
    /** All its values, those of its enrolments too, in the order of the forms. */
    public val attributes: List<AttributeValue>,
    /** Where its own record is on its way to the server. */
    public val state: TravelState,
    /** Number of that row in the outbox, if it waits. */
    public val outboxId: Long?,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
    /** The field that the reason is about, in words. */
    public val refusedField: String?,
    /** Its enrolments, the latest first. */
    public val enrollments: List<Enrollment>,
    /** The first 200 of its relationships; all by [People.relationships]. */
    public val relationships: List<Relationship>,
    /** How many relationships there are. */
    public val relationshipCount: Int,
) {
    /** The value of an attribute as it is stored; `null` if there is none. */
    public fun valueOf(attribute: AttributeId): String? =
        attributes.find { it.attribute == attribute }?.value
}

/** What a person may do with somebody in a program. */
public enum class PersonAccess {
    /** Work. */
    OPEN,

    /** Work; the server records who looked. */
    RECORDED,

    /** Work for some hours, because the glass was broken for a reason. */
    GLASS_BROKEN,

    /** Nothing, unless the glass is broken: [People.breakTheGlass]. */
    PROTECTED,

    /** Nothing: only the place that follows the person may. */
    CLOSED,

    /** Nothing: the place that follows the person is outside the user's area. */
    OUTSIDE_SCOPE,
}

/**
 * DHIS2 `Enrollment` with its visits. Dates are texts as on the wire, in the server's time zone.
 */
public data class Enrollment(
    /** Its id. */
    public val id: EnrollmentId,
    /** The program. */
    public val program: ProgramId,
    /** Name of the program. */
    public val programName: String,
    /** The place. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Status. */
    public val status: EnrollmentStatus,
    /** Date of enrolment. */
    public val enrolledAt: String?,
    /** Date of the incident (birth, symptom), if the program asks for it. */
    public val occurredAt: String?,
    /** When it was completed or cancelled. */
    public val completedAt: String?,
    /** Marked for follow-up. */
    public val followUp: Boolean,
    /** GeoJSON geometry as text. */
    public val geometry: String?,
    /** Remarks. */
    public val notes: List<Note>,
    /** The place that owns the person in the program, if another. */
    public val owner: OrganisationUnitId?,
    /** Name of that place. */
    public val ownerName: String?,
    /** What the user may do. */
    public val access: PersonAccess,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** Number of its row in the outbox, if it waits. */
    public val outboxId: Long?,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
    /** The field that the reason is about, in words. */
    public val refusedField: String?,
    /** Why it may not be changed; empty if it may. */
    public val closed: List<Reason>,
    /** Where it stands in the supervisor's review. */
    public val review: ReviewInfo,
    /** The stages of the program with their visits, in order. */
    public val stages: List<StageVisits>,
)

/** A stage of an enrolment with its visits. */
public data class StageVisits(
    /** The stage. */
    public val stage: ProgramStageId,
    /** Its name. */
    public val name: String,
    /** Whether it may take place several times. */
    public val repeatable: Boolean,
    /** Why no visit may be added; `null` if one may. */
    public val cannotAdd: Reason?,
    /** The day to suggest for the next visit, `yyyy-MM-dd`. */
    public val suggested: String?,
    /** Visits, the earliest first; of more than 200 the latest. */
    public val visits: List<VisitSummary>,
    /** How many visits there are. */
    public val visitCount: Int,
)

/** A visit in a list: an event of an enrolment. */
public data class VisitSummary(
    /** Its id. */
    public val id: EventId,
    /** Its stage. */
    public val stage: ProgramStageId,
    /** Name of the stage. */
    public val stageName: String,
    /** Its place. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Status; [EventStatus.OVERDUE] if it is planned before today. */
    public val status: EventStatus,
    /** When it took place. */
    public val occurredAt: String?,
    /** When it is planned. */
    public val scheduledAt: String?,
    /** Uid of the user who is to do it. */
    public val assignedUser: String?,
    /** Whether it is marked for follow-up. */
    public val followUp: Boolean,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** Number of its row in the outbox, if it waits. */
    public val outboxId: Long?,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
    /** The field that the reason is about, in words. */
    public val refusedField: String?,
    /** Why it may not be changed; empty if it may. */
    public val closed: List<Reason>,
    /** Where it stands in the supervisor's review. */
    public val review: ReviewInfo,
    /** The first answers, in form order. */
    public val answers: List<LabelledAnswer>,
)

/** What became of saving a person, an enrolment, or a change of either. */
public sealed interface PersonResult {
    /** The person. */
    public val person: PersonId

    /** The enrolment, if there is one. */
    public val enrollment: EnrollmentId?

    /** What is wrong; warnings too. */
    public val problems: List<EventProblem>

    /** Durably on this device; waits to be sent. */
    public data class Saved(
        override val person: PersonId,
        override val enrollment: EnrollmentId?,
        override val problems: List<EventProblem>,
        /** Values that were drawn for generated attributes. */
        public val generated: List<AttributeValue>,
        /** The visit whose form opens next (DHIS2 `openAfterEnrollment`). */
        public val opens: EventId?,
    ) : PersonResult

    /** Nothing was written; the problems say why. */
    public data class Refused(
        override val person: PersonId,
        override val enrollment: EnrollmentId?,
        override val problems: List<EventProblem>,
    ) : PersonResult
}

internal fun PersonDetail.toPerson() = Person(
    id = PersonId(id),
    type = TrackedEntityTypeId(trackedEntityType),
    typeName = typeName,
    title = title,
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    geometry = geometry,
    attributes = attributes.map { it.toValue() },
    state = state.toState(),
    outboxId = row,
    refusal = refusal?.toReason(),
    refusedField = refusedField,
    enrollments = enrollments.map { it.toEnrollment() },
    relationships = relationships.map { it.toRelationship() },
    relationshipCount = relationshipCount,
)

internal fun FfiPersonAccess.toAccess() = when (this) {
    FfiPersonAccess.OPEN -> PersonAccess.OPEN
    FfiPersonAccess.RECORDED -> PersonAccess.RECORDED
    FfiPersonAccess.GLASS_BROKEN -> PersonAccess.GLASS_BROKEN
    FfiPersonAccess.PROTECTED -> PersonAccess.PROTECTED
    FfiPersonAccess.CLOSED -> PersonAccess.CLOSED
    FfiPersonAccess.OUTSIDE_SCOPE -> PersonAccess.OUTSIDE_SCOPE
}

private fun EnrollmentDetail.toEnrollment() = Enrollment(
    id = EnrollmentId(id),
    program = ProgramId(program),
    programName = programName,
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    status = status.toStatus(),
    enrolledAt = enrolledAt,
    occurredAt = occurredAt,
    completedAt = completedAt,
    followUp = followUp,
    geometry = geometry,
    notes = notes.map { it.toNote() },
    owner = owner?.let { OrganisationUnitId(it) },
    ownerName = ownerName,
    access = access.toAccess(),
    state = state.toState(),
    outboxId = row,
    refusal = refusal?.toReason(),
    refusedField = refusedField,
    closed = closed.map { it.toReason() },
    review = review.toInfo(),
    stages = stages.map { it.toStage() },
)

private fun FfiStageVisits.toStage() = StageVisits(
    stage = ProgramStageId(programStage),
    name = name,
    repeatable = repeatable,
    cannotAdd = cannotAdd?.toReason(),
    suggested = suggested,
    visits = visits.map { it.toVisit() },
    visitCount = visitCount,
)

private fun VisitItem.toVisit() = VisitSummary(
    id = EventId(id),
    stage = ProgramStageId(programStage),
    stageName = programStageName,
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    status = status.toStatus(),
    occurredAt = occurredAt,
    scheduledAt = scheduledAt,
    assignedUser = assignedUser,
    followUp = followUp,
    state = state.toState(),
    outboxId = row,
    refusal = refusal?.toReason(),
    refusedField = refusedField,
    closed = closed.map { it.toReason() },
    review = review.toInfo(),
    answers = answers.map { LabelledAnswer(it.name, it.value) },
)

internal fun PersonSaved.toResult(): PersonResult {
    val (person, enrollment) = PersonId(person) to enrollment?.let { EnrollmentId(it) }
    val problems = problems.map { it.toProblem() }
    if (!saved) return PersonResult.Refused(person, enrollment, problems)
    val drawn = generated.map { it.toValue() }
    return PersonResult.Saved(person, enrollment, problems, drawn, opens?.let { EventId(it) })
}
