package org.outpost.sdk

import kotlinx.coroutines.flow.StateFlow
import org.outpost.sdk.ffi.EventChange
import org.outpost.sdk.ffi.EventFacts
import org.outpost.sdk.ffi.EventFormDiff
import org.outpost.sdk.ffi.EventFormHandle
import org.outpost.sdk.ffi.EventFormOpened

/**
 * The form of an event or visit while a person fills it in: the program's rules follow every edit.
 * Opened by [Session.openNewEvent], [Session.openEvent] and [Visits.openNew].
 *
 * Each function is one call to the core, and [state] holds what it changed when it returns. Calls
 * run one after the other, on any thread; a cancelled one is done to its end. What is typed lives
 * here until [saveDraft], [save] or [complete]; [close] saves nothing.
 *
 * All throw [OutpostException] for storage errors, and [IllegalStateException] after [close].
 */
public class EventFormSession internal constructor(opened: EventFormOpened) : AutoCloseable {
    private val handle: EventFormHandle = opened.handle
    private val detail = opened.detail.toDetail()
    private val open = OpenForm(
        "form",
        EventFormState.EMPTY.after(opened.diff).inOrderOf(detail.form),
    )

    /** The event, minted on the device when it is new. */
    public val id: EventId = detail.event.id

    /** The enrolment of a visit; `null` in a program without registration. */
    public val enrollment: EnrollmentId? = detail.event.enrollment

    /** The place of the event. */
    public val organisationUnit: OrganisationUnitId = detail.event.organisationUnit

    /** Name of the place. */
    public val organisationUnitName: String = detail.organisationUnitName

    /** The questions. Do not change while it is filled in; [state] says how they are shown. */
    public val form: EventForm = detail.form

    /** What is wrong with the form's metadata, for the administrator. */
    public val formProblems: List<String> = opened.formProblems

    /** Where the event was on its way to the server when the form was opened. */
    public val travelState: TravelState = detail.state

    /** The server's reason, if it refused. */
    public val refusal: Reason? = detail.refusal

    /** Field that the server's reason is about: a data element uid or a property. */
    public val refusedField: String? = detail.refusedField

    /** Why the event may not be changed; empty if it may. Then saving would be refused. */
    public val closed: List<Reason> = detail.closed

    /** What the form shows now. */
    public val state: StateFlow<EventFormState> = open.state

    /**
     * Answers a question; blank text empties it. A text that is no answer stays in its field with
     * the reason, and the record does without it.
     *
     * @throws OutpostException.NotFound for a question that is not in the form
     */
    public suspend fun setValue(dataElement: DataElementId, value: String): EventFormState =
        edit { handle.setValue(dataElement.uid, value) }

    /** Sets the day of the event, `yyyy-MM-dd`; `null` for not yet. */
    public suspend fun setOccurredAt(date: String?): EventFormState =
        change(EventChange.OccurredAt(date))

    /** Sets the day for which it is planned, `yyyy-MM-dd`; `null` for none. */
    public suspend fun setScheduledAt(date: String?): EventFormState =
        change(EventChange.ScheduledAt(date))

    /** Marks the event for follow-up, or takes the mark away. */
    public suspend fun setFollowUp(marked: Boolean): EventFormState =
        change(EventChange.FollowUp(marked))

    /** Sets the geometry, GeoJSON as text; `null` for none. */
    public suspend fun setGeometry(geoJson: String?): EventFormState =
        change(EventChange.Geometry(geoJson))

    /** Sets the split of the event; `null` means the default combo. */
    public suspend fun setAttributeOptionCombo(combo: CategoryOptionComboId?): EventFormState =
        change(EventChange.AttributeOptionCombo(combo?.uid))

    /** Sets the user who is to do the work, by uid; `null` for nobody. */
    public suspend fun setAssignedUser(user: String?): EventFormState =
        change(EventChange.AssignedUser(user))

    /** Sets the status, as when a complete event is taken up again; [complete] completes it. */
    public suspend fun setStatus(status: EventStatus): EventFormState =
        change(EventChange.Status(status.toFfi()))

    /**
     * Adds a note.
     *
     * @throws OutpostException.InvalidInput if it is empty
     */
    public suspend fun addNote(text: String): EventFormState = change(EventChange.Note(text))

    /** What speaks against completing the event, and the warnings, in form order. */
    public suspend fun check(): List<EventProblem> = open.call { _ ->
        null to handle.check().map { it.toProblem() }
    }

    /**
     * Keeps what stands in the form, wrong texts too, without sending it: [Session.openEvent] opens
     * it again as it was left.
     *
     * @throws OutpostException.InvalidInput if it is too large
     */
    public suspend fun saveDraft(): Unit = open.call { _ -> null to handle.saveDraft() }

    /**
     * Saves the event and forgets its draft. A text that is no answer, or what the server would
     * refuse, forbids it: then nothing is written and the problems say why.
     */
    public suspend fun save(): EventResult = open.call { _ -> null to handle.save().toResult() }

    /**
     * Completes and saves the event, unless something blocks it: then nothing is written, the
     * problems say why and the form stays as it is.
     */
    public suspend fun complete(): EventResult = open.call { before ->
        val completed = handle.complete()
        before.after(completed.diff) to completed.outcome.toResult()
    }

    /** Lets go of the form; what was not saved is gone. Closing twice is no harm. */
    override fun close() {
        if (open.close()) handle.close()
    }

    private suspend fun change(change: EventChange) = edit { handle.changeEvent(change) }

    private suspend fun edit(work: suspend () -> EventFormDiff): EventFormState =
        open.call { before -> before.after(work()).let { it to it } }
}

/** What the form of an event shows. */
public data class EventFormState(
    /** Status of the event. */
    public val status: EventStatus,
    /** When it happened. */
    public val occurredAt: String?,
    /** GeoJSON geometry as text. */
    public val geometry: String?,
    /** The split of the event; `null` means the default combo. */
    public val attributeOptionCombo: CategoryOptionComboId?,
    /** Uid of the user who is to do the work. */
    public val assignedUser: String?,
    /** Remarks. */
    public val notes: List<Note>,
    /** Every question of the form, in form order. */
    public val fields: Map<DataElementId, FieldState>,
    /** Uids of sections all of whose questions are hidden; `null` for those in no section. */
    public val hiddenSections: Set<String?>,
    /** What rules say about the event as a whole (the first 200), errors first. */
    public val announcements: List<Announcement>,
    /** Stages that rules hide. */
    public val hiddenStages: Set<ProgramStageId>,
    /** Program indicators that apply to the event, in form order. */
    public val indicators: List<ProgramIndicatorValue>,
    /** Names of rules that assigned something else every time; the form shows what came last. */
    public val loopingRules: List<String>,
    /** When it is planned. */
    public val scheduledAt: String? = null,
    /** Marked for follow-up. */
    public val followUp: Boolean = false,
    /** Events that rules offer (the first 200); none is made before a person takes it up. */
    public val offers: List<OfferedEvent> = emptyList(),
) {
    /** A question as it is to be shown; `null` if the form does not have it. */
    public fun field(dataElement: DataElementId): FieldState? = fields[dataElement]

    internal fun after(diff: EventFormDiff): EventFormState = diff.shown.let { shown ->
        copy(
            fields = fields + shown.fields.associate { DataElementId(it.id) to it.toState() },
            hiddenSections = hiddenSections.after(shown.sections),
            announcements = shown.announcements?.map { it.toAnnouncement() } ?: announcements,
            hiddenStages = shown.hiddenStages?.map { ProgramStageId(it) }?.toSet() ?: hiddenStages,
            indicators = indicators.after(shown.indicators),
            offers = shown.offers?.map { it.toOffer() } ?: offers,
            loopingRules = shown.looping,
        )
    }.with(diff.facts)

    private fun with(facts: EventFacts?): EventFormState = if (facts == null) this else copy(
        status = facts.status.toStatus(),
        occurredAt = facts.occurredAt,
        geometry = facts.geometry,
        attributeOptionCombo = facts.attributeOptionCombo?.let { CategoryOptionComboId(it) },
        assignedUser = facts.assignedUser,
        notes = facts.notes.map { it.toNote() },
        scheduledAt = facts.scheduledAt,
        followUp = facts.followUp,
    )

    internal fun inOrderOf(form: EventForm): EventFormState =
        copy(fields = fields.inOrderOf(form.sections.flatMap { it.fields }.map { it.dataElement }))

    internal companion object {
        val EMPTY = EventFormState(
            EventStatus.ACTIVE, null, null, null, null, emptyList(),
            emptyMap(), emptySet(), emptyList(), emptySet(), emptyList(), emptyList(),
        )
    }
}
