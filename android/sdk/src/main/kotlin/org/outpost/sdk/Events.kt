package org.outpost.sdk

import org.outpost.sdk.ffi.Answer as FfiAnswer
import org.outpost.sdk.ffi.EventDetail as FfiEventDetail
import org.outpost.sdk.ffi.EventForm as FfiEventForm
import org.outpost.sdk.ffi.EventFormField
import org.outpost.sdk.ffi.EventFormView
import org.outpost.sdk.ffi.EventListItem
import org.outpost.sdk.ffi.EventListQuery
import org.outpost.sdk.ffi.EventNote
import org.outpost.sdk.ffi.EventProblem as FfiEventProblem
import org.outpost.sdk.ffi.EventRecord
import org.outpost.sdk.ffi.EventSaved
import org.outpost.sdk.ffi.EventState

/** DHIS2 `EventStatus`. */
public enum class EventStatus {
    /** Being filled in. */
    ACTIVE,

    /** Filled in. */
    COMPLETED,

    /** Planned. */
    SCHEDULE,

    /** Planned and late; a filter on the server, never a stored state. */
    OVERDUE,

    /** Will not take place. */
    SKIPPED,

    /** Old name of active. */
    VISITED,
}

/** The answer to one question. */
public data class Answer(
    /** The question. */
    public val dataElement: DataElementId,
    /** The value as DHIS2 writes it. */
    public val value: String,
    /** Whether the answer was obtained at another place. */
    public val providedElsewhere: Boolean = false,
)

/** A remark on an event or enrolment; append-only. */
public data class Note(
    /** Its uid; made by [Session.newNote], so that the server never adds it twice. */
    public val uid: String,
    /** The text. */
    public val text: String,
    /** User name of its author, if the server told. */
    public val author: String? = null,
    /** When the server stored it, in its local time; `null` before it was sent. */
    public val storedAt: String? = null,
)

/**
 * DHIS2 `Event`. Dates are texts as on the wire: `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm:ss.SSS` in the
 * server's time zone.
 */
public data class Event(
    /** Its id, minted on the device. */
    public val id: EventId,
    /** The program. */
    public val program: ProgramId,
    /** The stage. */
    public val programStage: ProgramStageId,
    /** The place. */
    public val organisationUnit: OrganisationUnitId,
    /** The split of the event; `null` means the default combo. */
    public val attributeOptionCombo: CategoryOptionComboId?,
    /** Status. */
    public val status: EventStatus,
    /** When it happened. */
    public val occurredAt: String?,
    /** When it is planned. */
    public val scheduledAt: String?,
    /** When it was completed. */
    public val completedAt: String?,
    /** GeoJSON geometry as text. */
    public val geometry: String?,
    /** Uid of the user who is to do the work. */
    public val assignedUser: String?,
    /** Answers. */
    public val answers: List<Answer>,
    /** Remarks. */
    public val notes: List<Note>,
    /** Device time of creation. */
    public val createdAtClient: String?,
    /** Device time of the last edit. */
    public val updatedAtClient: String?,
    /** Deleted here or on the server. */
    public val deleted: Boolean,
    /** The enrolment of a visit; `null` in a program without registration. */
    public val enrollment: EnrollmentId? = null,
    /** The person of that enrolment. */
    public val person: PersonId? = null,
    /** Marked for follow-up. */
    public val followUp: Boolean = false,
) {
    /** The answer to a question; `null` if there is none. */
    public fun answerTo(dataElement: DataElementId): String? =
        answers.find { it.dataElement == dataElement }?.value

    /** The event with another answer to a question; `null` or blank removes the answer. */
    public fun withAnswer(dataElement: DataElementId, value: String?): Event {
        val before = answers.find { it.dataElement == dataElement }
        val others = answers.filter { it.dataElement != dataElement }
        if (value.isNullOrBlank()) return copy(answers = others)
        val answer = before?.copy(value = value) ?: Answer(dataElement, value)
        return copy(answers = others + answer)
    }
}

/** The form of a stage. */
public data class EventForm(
    /** The program. */
    public val program: ProgramId,
    /** Display name of the program. */
    public val programName: String,
    /** The stage. */
    public val programStage: ProgramStageId,
    /** Display name of the stage. */
    public val programStageName: String,
    /** DHIS2 `FeatureType` name of the geometry asked for; `null` if none is. */
    public val featureType: String?,
    /** What the date of the event is called; `null` for the usual words. */
    public val occurredAtLabel: String?,
    /** Sections in order; never empty. */
    public val sections: List<EventSection>,
)

/** A section of an event form. */
public data class EventSection(
    /** Uid of the DHIS2 `ProgramStageSection`; `null` for the questions that are in no section. */
    public val uid: String?,
    /** Display name. */
    public val name: String?,
    /** Help text. */
    public val description: String?,
    /** Questions in order. */
    public val fields: List<EventField>,
)

/** A question of an event form. */
public data class EventField(
    /** The data element. */
    public val dataElement: DataElementId,
    /** The name to show. */
    public val name: String,
    /** Help text. */
    public val description: String?,
    /** DHIS2 `ValueType` name, such as `DATE`. */
    public val valueType: String,
    /** The list that an answer is chosen from. */
    public val optionSet: OptionSetRef?,
    /** Whether it must be answered. */
    public val compulsory: Boolean,
    /** Whether a date after today is allowed. */
    public val allowFutureDate: Boolean,
)

/** A stage of a program. */
public data class ProgramStage(
    /** Its id. */
    public val id: ProgramStageId,
    /** Display name. */
    public val name: String,
)

/** The form of a stage and what is beside it. */
public data class StageForm(
    /** The form. */
    public val form: EventForm,
    /** What is wrong with its metadata, for the administrator. */
    public val formProblems: List<String>,
    /** The stages of the program, in order. */
    public val stages: List<ProgramStage>,
)

/** What is wrong with a record: an event, a person, an enrolment. */
public data class EventProblem(
    /**
     * Where: uid of a data element or attribute, `occurredAt`, `status` …; `null` for the whole
     * record.
     */
    public val field: String?,
    /** Name of the field for people; empty for the whole record. */
    public val name: String,
    /** Why. */
    public val why: Reason,
    /** Whether it keeps the record from being completed: then a complete one cannot be saved. */
    public val blocksCompletion: Boolean,
    /** Whether it keeps the record from being sent: then it cannot be saved. */
    public val blocksSending: Boolean,
)

/** Everything that a screen needs for one event. */
public data class EventDetail(
    /** The event. */
    public val event: Event,
    /** Its form. */
    public val form: EventForm,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
    /** Field that the server's reason is about: a data element uid or a property. */
    public val refusedField: String?,
    /** Why it may not be changed; empty if it may. */
    public val closed: List<Reason>,
    /** What is wrong with it now. */
    public val problems: List<EventProblem>,
)

/** What became of saving or deleting an event. */
public sealed interface EventResult {
    /** The event. */
    public val id: EventId

    /** What is wrong with it. */
    public val problems: List<EventProblem>

    /** Durably on this device; waits to be sent. */
    public data class Saved(
        override val id: EventId,
        /** Whether it is complete now. */
        public val completed: Boolean,
        override val problems: List<EventProblem>,
    ) : EventResult

    /** Nothing was written; the problems say why. */
    public data class Refused(
        override val id: EventId,
        override val problems: List<EventProblem>,
    ) : EventResult
}

/** Which events to list. */
public data class EventQuery(
    /** The program. */
    public val program: ProgramId,
    /** Only this place. */
    public val organisationUnit: OrganisationUnitId? = null,
    /** Only from this day on, `yyyy-MM-dd`. */
    public val from: String? = null,
    /** Only up to this day, `yyyy-MM-dd`. */
    public val to: String? = null,
    /** Only of this status. */
    public val status: EventStatus? = null,
    /** Only with these words in an answer. */
    public val search: String? = null,
)

/** A question with its answer, for a list. */
public data class LabelledAnswer(
    /** The question. */
    public val name: String,
    /** The answer. */
    public val value: String,
)

/** An event in a list. */
public data class EventSummary(
    /** Its id. */
    public val id: EventId,
    /** The place. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** When it happened. */
    public val occurredAt: String?,
    /** Status. */
    public val status: EventStatus,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** The first answers, in form order. */
    public val answers: List<LabelledAnswer>,
)

internal fun EventState.toStatus() = when (this) {
    EventState.ACTIVE -> EventStatus.ACTIVE
    EventState.COMPLETED -> EventStatus.COMPLETED
    EventState.SCHEDULE -> EventStatus.SCHEDULE
    EventState.OVERDUE -> EventStatus.OVERDUE
    EventState.SKIPPED -> EventStatus.SKIPPED
    EventState.VISITED -> EventStatus.VISITED
}

internal fun EventStatus.toFfi() = when (this) {
    EventStatus.ACTIVE -> EventState.ACTIVE
    EventStatus.COMPLETED -> EventState.COMPLETED
    EventStatus.SCHEDULE -> EventState.SCHEDULE
    EventStatus.OVERDUE -> EventState.OVERDUE
    EventStatus.SKIPPED -> EventState.SKIPPED
    EventStatus.VISITED -> EventState.VISITED
}

internal fun EventNote.toNote() = Note(id, value, author, storedAt)

private fun EventRecord.toEvent() = Event(
    id = EventId(id),
    program = ProgramId(program),
    programStage = ProgramStageId(programStage),
    organisationUnit = OrganisationUnitId(organisationUnit),
    attributeOptionCombo = attributeOptionCombo?.let { CategoryOptionComboId(it) },
    status = status.toStatus(),
    occurredAt = occurredAt,
    scheduledAt = scheduledAt,
    completedAt = completedAt,
    geometry = geometry,
    assignedUser = assignedUser,
    answers = answers.map { Answer(DataElementId(it.dataElement), it.value, it.providedElsewhere) },
    notes = notes.map { it.toNote() },
    createdAtClient = createdAtClient,
    updatedAtClient = updatedAtClient,
    deleted = deleted,
    enrollment = enrollment?.let { EnrollmentId(it) },
    person = trackedEntity?.let { PersonId(it) },
    followUp = followUp,
)

internal fun Event.toFfi() = EventRecord(
    id = id.uid,
    program = program.uid,
    programStage = programStage.uid,
    organisationUnit = organisationUnit.uid,
    attributeOptionCombo = attributeOptionCombo?.uid,
    status = status.toFfi(),
    occurredAt = occurredAt,
    scheduledAt = scheduledAt,
    completedAt = completedAt,
    geometry = geometry,
    assignedUser = assignedUser,
    answers = answers.map { FfiAnswer(it.dataElement.uid, it.value, it.providedElsewhere) },
    notes = notes.map { EventNote(it.uid, it.text, it.author, it.storedAt) },
    createdAtClient = createdAtClient,
    updatedAtClient = updatedAtClient,
    deleted = deleted,
    enrollment = enrollment?.uid,
    trackedEntity = person?.uid,
    followUp = followUp,
)

private fun FfiEventForm.toForm() = EventForm(
    program = ProgramId(program),
    programName = programName,
    programStage = ProgramStageId(programStage),
    programStageName = programStageName,
    featureType = featureType,
    occurredAtLabel = occurredAtLabel,
    sections = sections.map { section ->
        EventSection(
            section.id, section.name, section.description, section.fields.map { it.toField() },
        )
    },
)

private fun EventFormField.toField() = EventField(
    dataElement = DataElementId(dataElement),
    name = name,
    description = description,
    valueType = valueType,
    optionSet = optionSet?.toRef(),
    compulsory = compulsory,
    allowFutureDate = allowFutureDate,
)

internal fun EventFormView.toStageForm() = StageForm(
    form = form.toForm(),
    formProblems = formProblems,
    stages = stages.map { ProgramStage(ProgramStageId(it.uid), it.name) },
)

internal fun FfiEventProblem.toProblem() =
    EventProblem(field, name, why.toReason(), blocksCompletion, blocksSending)

internal fun FfiEventDetail.toDetail() = EventDetail(
    event = event.toEvent(),
    form = form.toForm(),
    organisationUnitName = organisationUnitName,
    state = state.toState(),
    refusal = refusal?.toReason(),
    refusedField = refusedField,
    closed = closed.map { it.toReason() },
    problems = problems.map { it.toProblem() },
)

internal fun EventSaved.toResult(): EventResult {
    val problems = problems.map { it.toProblem() }
    return when (saved) {
        true -> EventResult.Saved(EventId(id), completed, problems)
        false -> EventResult.Refused(EventId(id), problems)
    }
}

internal fun EventQuery.toFfi() =
    EventListQuery(program.uid, organisationUnit?.uid, from, to, status?.toFfi(), search)

internal fun EventListItem.toSummary() = EventSummary(
    id = EventId(id),
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    occurredAt = occurredAt,
    status = status.toStatus(),
    state = state.toState(),
    answers = answers.map { LabelledAnswer(it.name, it.value) },
)
