package org.outpost.sdk

import kotlinx.coroutines.flow.StateFlow
import org.outpost.sdk.ffi.EnrollmentFacts as FfiEnrollmentFacts
import org.outpost.sdk.ffi.LikelyDouble as FfiLikelyDouble
import org.outpost.sdk.ffi.PersonChange
import org.outpost.sdk.ffi.PersonFacts
import org.outpost.sdk.ffi.PersonForm as FfiPersonForm
import org.outpost.sdk.ffi.PersonFormDiff
import org.outpost.sdk.ffi.PersonFormField
import org.outpost.sdk.ffi.PersonFormHandle
import org.outpost.sdk.ffi.PersonFormOpened
import org.outpost.sdk.ffi.PersonFormSection

/**
 * The form of a person, alone or with an enrolment, while somebody fills it in: the program's rules
 * follow every edit. Opened by [People.openNew] and its neighbours.
 *
 * Each function is one call to the core, and [state] holds what it changed when it returns. Calls
 * run one after the other, on any thread; a cancelled one is done to its end. What is typed lives
 * here until [saveDraft] or [save]; [close] saves nothing. After [save] the form goes on with what
 * was saved.
 *
 * All throw [OutpostException] for storage errors, and [IllegalStateException] after [close].
 */
public class PersonFormSession internal constructor(opened: PersonFormOpened) : AutoCloseable {
    private val handle: PersonFormHandle = opened.handle

    /** The questions. Do not change while it is filled in; [state] says how they are shown. */
    public val form: PersonForm = opened.form.toForm()
    private val open = OpenForm("form", PersonFormState.EMPTY.after(opened.diff).inOrderOf(form))

    /** The person, minted on the device when it is new. */
    public val person: PersonId = PersonId(opened.person)

    /** The enrolment; `null` where only the person is registered. */
    public val enrollment: EnrollmentId? = opened.enrollment?.let { EnrollmentId(it) }

    /** What is wrong with the form's metadata, for the administrator. */
    public val formProblems: List<String> = opened.formProblems

    /** Whether it registers a new person. */
    public val isNewPerson: Boolean = opened.isNewPerson

    /** Whether saving enrols. */
    public val isNewEnrollment: Boolean = opened.isNewEnrollment

    /** What the form shows now. */
    public val state: StateFlow<PersonFormState> = open.state

    /**
     * Answers a question; blank text empties it. A text that is no value stays in its field with
     * the reason, and the record does without it.
     *
     * @throws OutpostException.NotFound for a question that is not in the form
     * @throws OutpostException.InvalidInput for one whose values the server makes
     */
    public suspend fun setValue(attribute: AttributeId, value: String): PersonFormState =
        edit { handle.setValue(attribute.uid, value) }

    /** Sets the day of enrolment, `yyyy-MM-dd`; does nothing without an enrolment. */
    public suspend fun setEnrolledAt(date: String?): PersonFormState =
        change(PersonChange.EnrolledAt(date))

    /** Sets the day of the incident, `yyyy-MM-dd`; does nothing without an enrolment. */
    public suspend fun setOccurredAt(date: String?): PersonFormState =
        change(PersonChange.OccurredAt(date))

    /** Sets the place of the enrolment; does nothing without one. */
    public suspend fun setOrganisationUnit(place: OrganisationUnitId): PersonFormState =
        change(PersonChange.Place(place.uid))

    /** Sets the geometry of the enrolment, GeoJSON as text; does nothing without one. */
    public suspend fun setGeometry(geoJson: String?): PersonFormState =
        change(PersonChange.Geometry(geoJson))

    /** Marks the enrolment for follow-up or takes the mark away; does nothing without one. */
    public suspend fun setFollowUp(marked: Boolean): PersonFormState =
        change(PersonChange.FollowUp(marked))

    /**
     * Adds a note to the enrolment; does nothing without one.
     *
     * @throws OutpostException.InvalidInput if it is empty
     */
    public suspend fun addNote(text: String): PersonFormState = change(PersonChange.Note(text))

    /** Sets the place where the person itself is registered. */
    public suspend fun setPersonOrganisationUnit(place: OrganisationUnitId): PersonFormState =
        change(PersonChange.PersonPlace(place.uid))

    /** Sets the geometry of the person itself, GeoJSON as text; `null` for none. */
    public suspend fun setPersonGeometry(geoJson: String?): PersonFormState =
        change(PersonChange.PersonGeometry(geoJson))

    /** What speaks against saving, and the warnings, in form order. */
    public suspend fun check(): List<EventProblem> = open.call { _ ->
        null to handle.check().map { it.toProblem() }
    }

    /**
     * Who on this device may be the person that is being registered, the surest first. Nobody is
     * kept from registering; only a value that must be unique forbids it.
     */
    public suspend fun duplicates(): List<LikelyDouble> = open.call { _ ->
        null to handle.duplicates().map { it.toDouble() }
    }

    /**
     * Keeps what stands in the form, wrong texts too, without sending it: [People.openDraft] opens
     * it again as it was left.
     *
     * @throws OutpostException.InvalidInput if it is too large
     */
    public suspend fun saveDraft(): Unit = open.call { _ -> null to handle.saveDraft() }

    /**
     * Saves the person, the enrolment and the visits that come with it, all or nothing, and forgets
     * the draft. What the server would refuse forbids it: then nothing is written, the problems say
     * why and the form stays as it is.
     */
    public suspend fun save(): PersonResult = open.call { before ->
        val saved = handle.save()
        before.after(saved.diff) to saved.outcome.toResult()
    }

    /** Lets go of the form; what was not saved is gone. Closing twice is no harm. */
    override fun close() {
        if (open.close()) handle.close()
    }

    private suspend fun change(change: PersonChange) = edit { handle.change(change) }

    private suspend fun edit(work: suspend () -> PersonFormDiff): PersonFormState =
        open.call { before -> before.after(work()).let { it to it } }
}

/** The form of a person, in a program or of its type alone. */
public data class PersonForm(
    /** The type. */
    public val type: TrackedEntityTypeId,
    /** Name of the type. */
    public val typeName: String,
    /** The program; `null` where only the person is registered. */
    public val program: ProgramId?,
    /** Name of the program. */
    public val programName: String?,
    /** What the day of enrolment is called; `null` for the usual words. */
    public val enrolledAtLabel: String?,
    /** Whether the day of the incident is asked for. */
    public val asksIncidentDate: Boolean,
    /** What that day is called; `null` for the usual words. */
    public val incidentDateLabel: String?,
    /** DHIS2 `FeatureType` name of the enrolment's geometry; `null` if none is asked for. */
    public val featureType: String?,
    /** The same of the person's geometry. */
    public val personFeatureType: String?,
    /** Sections in order; never empty. */
    public val sections: List<PersonSection>,
)

/** A section of the form of a person. */
public data class PersonSection(
    /** Uid of the section; `null` for the questions that are in none. */
    public val uid: String?,
    /** Display name. */
    public val name: String?,
    /** Questions in order. */
    public val fields: List<PersonField>,
)

/** A question of the form of a person. */
public data class PersonField(
    /** The attribute. */
    public val attribute: AttributeId,
    /** The name to show. */
    public val name: String,
    /** Help text. */
    public val description: String?,
    /** DHIS2 `ValueType` name, such as `DATE`. */
    public val valueType: String,
    /** The list that an answer is chosen from. */
    public val optionSet: OptionSetRef?,
    /** Whether it must be answered. */
    public val mandatory: Boolean,
    /** Whether a date after today is allowed. */
    public val allowFutureDate: Boolean,
    /** Whether no two people may have the same value. */
    public val unique: Boolean,
    /** Whether the server makes the values: nobody types one. */
    public val generated: Boolean,
    /** Whether only the program asks it; else it is the same in all programs of the person. */
    public val ofEnrollment: Boolean,
    /** Pattern of what is typed, for the keyboard and its hints. */
    public val fieldMask: String?,
)

/** What the form of a person shows. */
public data class PersonFormState(
    /** The place where the person itself is registered. */
    public val personOrganisationUnit: OrganisationUnitId,
    /** GeoJSON geometry of the person as text. */
    public val personGeometry: String?,
    /** What the enrolment holds beside its answers; `null` where there is none. */
    public val enrollment: EnrollmentFacts?,
    /** Every question of the form, in form order. */
    public val fields: Map<AttributeId, FieldState>,
    /** Uids of sections all of whose questions are hidden; `null` for those in no section. */
    public val hiddenSections: Set<String?>,
    /** What rules say about the record as a whole (the first 200), errors first. */
    public val announcements: List<Announcement>,
    /** Stages that rules hide. */
    public val hiddenStages: Set<ProgramStageId>,
    /** Program indicators that apply, in form order. */
    public val indicators: List<ProgramIndicatorValue>,
    /** Events that rules offer (the first 200); none is made before a person takes it up. */
    public val offers: List<OfferedEvent>,
    /** Names of rules that assigned something else every time; the form shows what came last. */
    public val loopingRules: List<String>,
) {
    /** A question as it is to be shown; `null` if the form does not have it. */
    public fun field(attribute: AttributeId): FieldState? = fields[attribute]

    internal fun after(diff: PersonFormDiff): PersonFormState = diff.shown.let { shown ->
        copy(
            fields = fields + shown.fields.associate { AttributeId(it.id) to it.toState() },
            hiddenSections = hiddenSections.after(shown.sections),
            announcements = shown.announcements?.map { it.toAnnouncement() } ?: announcements,
            hiddenStages = shown.hiddenStages?.map { ProgramStageId(it) }?.toSet() ?: hiddenStages,
            indicators = indicators.after(shown.indicators),
            offers = shown.offers?.map { it.toOffer() } ?: offers,
            loopingRules = shown.looping,
        )
    }.with(diff.facts)

    private fun with(facts: PersonFacts?): PersonFormState = if (facts == null) this else copy(
        personOrganisationUnit = OrganisationUnitId(facts.personOrganisationUnit),
        personGeometry = facts.personGeometry,
        enrollment = facts.enrollment?.toFacts(),
    )

    internal fun inOrderOf(form: PersonForm): PersonFormState =
        copy(fields = fields.inOrderOf(form.sections.flatMap { it.fields }.map { it.attribute }))

    internal companion object {
        val EMPTY = PersonFormState(
            OrganisationUnitId(""), null, null,
            emptyMap(), emptySet(), emptyList(), emptySet(), emptyList(), emptyList(), emptyList(),
        )
    }
}

/** What an enrolment holds beside its answers. */
public data class EnrollmentFacts(
    /** The place. */
    public val organisationUnit: OrganisationUnitId,
    /** Status. */
    public val status: EnrollmentStatus,
    /** Day of enrolment. */
    public val enrolledAt: String?,
    /** Day of the incident. */
    public val occurredAt: String?,
    /** Marked for follow-up. */
    public val followUp: Boolean,
    /** GeoJSON geometry as text. */
    public val geometry: String?,
    /** Remarks. */
    public val notes: List<Note>,
)

/** Somebody who may be the person that is being registered. */
public data class LikelyDouble(
    /** Who. */
    public val person: PersonSummary,
    /** How likely it is, 0 to 100. */
    public val score: Int,
    /** Why, in words, the weightiest first. */
    public val reasons: List<String>,
    /** What speaks against it, in words. */
    public val doubts: List<String>,
    /** Whether both have one value of a unique attribute: the server would refuse (E1064). */
    public val isCertain: Boolean,
)

private fun FfiPersonForm.toForm() = PersonForm(
    type = TrackedEntityTypeId(trackedEntityType),
    typeName = typeName,
    program = program?.let { ProgramId(it) },
    programName = programName,
    enrolledAtLabel = enrolledAtLabel,
    asksIncidentDate = asksIncidentDate,
    incidentDateLabel = incidentDateLabel,
    featureType = featureType,
    personFeatureType = personFeatureType,
    sections = sections.map { it.toSection() },
)

private fun PersonFormSection.toSection() = PersonSection(id, name, fields.map { it.toField() })

private fun PersonFormField.toField() = PersonField(
    attribute = AttributeId(attribute),
    name = name,
    description = description,
    valueType = valueType,
    optionSet = optionSet?.toRef(),
    mandatory = mandatory,
    allowFutureDate = allowFutureDate,
    unique = unique,
    generated = generated,
    ofEnrollment = ofEnrollment,
    fieldMask = fieldMask,
)

private fun FfiEnrollmentFacts.toFacts() = EnrollmentFacts(
    organisationUnit = OrganisationUnitId(organisationUnit),
    status = status.toStatus(),
    enrolledAt = enrolledAt,
    occurredAt = occurredAt,
    followUp = followUp,
    geometry = geometry,
    notes = notes.map { it.toNote() },
)

private fun FfiLikelyDouble.toDouble() =
    LikelyDouble(person.toSummary(), score, reasons, doubts, isCertain)
