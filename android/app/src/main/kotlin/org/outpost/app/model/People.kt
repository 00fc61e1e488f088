package org.outpost.app.model

/** Somebody in a list: what one needs to tell people apart, no more. */
data class PersonRow(
    val id: String,
    val title: String,
    /** Age or birth, place, one more fact. */
    val facts: String,
    val state: RecordState,
    /** The day of the next planned visit, `yyyy-MM-dd`. */
    val due: String? = null,
    /** `false` for somebody whom only the server knows yet. */
    val onPhone: Boolean = true,
)

/** What a search found, and where it looked. */
data class PeopleFound(
    val rows: List<PersonRow>,
    val next: NextPage?,
    /** Why only this phone was searched, when the server was asked too. */
    val offlineBecause: String? = null,
)

/** A program with registration, as its first screen needs it. */
data class PeopleProgram(
    val id: String,
    val name: String,
    /** What is registered: "Person", "Household". */
    val typeName: String,
    /** Why nobody can be registered, in words; `null` when it can. */
    val readOnlyReason: String?,
    /** Forms begun and not finished. */
    val begun: List<BegunPerson>,
    /** Whether people of other places open for a reason only. */
    val isProtected: Boolean,
)

/** A registration that was begun. */
data class BegunPerson(val key: FormKey.Person, val title: String)

/** The page of one person. */
data class PersonPage(
    val id: String,
    val title: String,
    val typeName: String,
    val place: String,
    val state: RecordState,
    /** What is known, as name and value. */
    val facts: List<Fact>,
    val phone: String?,
    val enrolments: List<EnrolmentPart>,
    val family: List<Relative>,
    /** What can be related to this person: "has member". */
    val relations: List<RelationChoice>,
    /** Why nothing can be changed, in words. */
    val closed: String?,
    /** Whether a reason opens it (a protected program). */
    val canBreakGlass: Boolean,
)

/** Name and value, both for people. */
data class Fact(val name: String, val value: String)

/** One program that a person is in. */
data class EnrolmentPart(
    val id: String,
    val program: String,
    val programName: String,
    val place: String,
    val isActive: Boolean,
    val state: RecordState,
    val profile: FormKey.Person,
    /** Whether another place follows the person: a visit then is at a place of one's own. */
    val isElsewhere: Boolean,
    /** What may be begun now. */
    val stages: List<StagePart>,
    /** Planned first, then done, the latest first. */
    val visits: List<VisitRow>,
)

/** A stage of which a visit may be begun or planned. */
data class StagePart(
    val id: String,
    val name: String,
    /** The day to suggest, `yyyy-MM-dd`. */
    val suggested: String?,
)

/** One visit on the time line. */
data class VisitRow(
    val key: FormKey.Event,
    val name: String,
    /** `yyyy-MM-dd`; when it was, or is planned. */
    val day: String?,
    val standing: VisitStanding,
    val state: RecordState,
    val facts: String,
)

/** How a visit stands in time. */
enum class VisitStanding { LATE, PLANNED, BEGUN, DONE, SKIPPED }

/** Somebody of the family or household. */
data class Relative(
    val relation: String,
    val person: String?,
    val title: String,
    val role: String,
    val facts: String,
    val isLate: Boolean,
)

/** A kind of relation that may begin here, and where the other side is looked for. */
data class RelationChoice(val id: String, val role: String, val program: String?)

/** Somebody with a visit that is due. */
data class DueRow(
    val person: String,
    val title: String,
    val program: String,
    val day: String,
)

/** People, their visits and families. Troubles as everywhere in [OutpostPort]. */
interface PeoplePort {
    suspend fun program(id: String): PeopleProgram

    /** People on this phone; without words all of them, by name. */
    suspend fun list(program: String, query: String, after: NextPage? = null): PeopleFound

    /** As [list], and asks the server too. */
    suspend fun ask(program: String, query: String): PeopleFound

    /** Whoever has exactly this code. */
    suspend fun byCode(program: String, code: String): List<PersonRow>

    /** Brings somebody whom only the server has to this phone. */
    suspend fun fetch(program: String, person: String)

    /** Begins a registration; what was typed in the search goes along. */
    suspend fun begin(program: String, place: String, query: String): FormKey.Person

    /** Forgets a registration that was begun. */
    suspend fun forget(key: FormKey.Person)

    suspend fun person(id: String): PersonPage

    /** Begins a visit today; where the person is followed unless a place is given. */
    suspend fun beginVisit(program: String, enrolment: String, stage: String, place: String? = null): FormKey.Event

    /** Plans a visit; [day] is `yyyy-MM-dd`. */
    suspend fun plan(enrolment: String, stage: String, day: String, place: String? = null)

    /** Moves a planned visit. */
    suspend fun move(visit: String, day: String)

    /** A planned visit will not take place. */
    suspend fun skip(visit: String)

    /** Ends an enrolment as planned, or takes it up again. */
    suspend fun setEnrolmentDone(id: String, done: Boolean)

    /** Adds a remark to an enrolment. */
    suspend fun note(enrolment: String, text: String)

    /** Relates two people; gives the reason in words when it may not be. */
    suspend fun relate(person: String, relation: String, other: String): String?

    /** Opens a protected record for some hours. */
    suspend fun breakGlass(person: String, reason: String)

    /** Opens somebody of whom only the server knows and whose records another place keeps. */
    suspend fun openWithReason(program: String, person: String, reason: String)

    /** Whose visit is late or due until the day, the latest first. */
    suspend fun due(until: String): List<DueRow>

    /** Somebody whom [choice] may be: from the other side's program. */
    suspend fun candidates(choice: RelationChoice, query: String): List<PersonRow>
}
