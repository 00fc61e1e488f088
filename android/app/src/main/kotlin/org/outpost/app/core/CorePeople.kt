package org.outpost.app.core

import android.content.Context
import java.time.LocalDate
import org.outpost.app.R
import org.outpost.app.model.BegunPerson
import org.outpost.app.model.DueRow
import org.outpost.app.model.FormKey
import org.outpost.app.model.NextPage
import org.outpost.app.model.PeopleFound
import org.outpost.app.model.PeoplePort
import org.outpost.app.model.PeopleProgram
import org.outpost.app.model.PersonPage
import org.outpost.app.model.PersonRow
import org.outpost.app.model.RelationChoice
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.sdk.EnrollmentId
import org.outpost.sdk.EventId
import org.outpost.sdk.EventResult
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PersonId
import org.outpost.sdk.PersonQuery
import org.outpost.sdk.PersonResult
import org.outpost.sdk.PersonSummary
import org.outpost.sdk.ProgramAccess
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ProgramStageId
import org.outpost.sdk.ProgramSummary
import org.outpost.sdk.RelationshipEnd
import org.outpost.sdk.RelationshipResult
import org.outpost.sdk.Session
import org.outpost.sdk.VisitCondition

/** People on the core. */
internal class CorePeople(
    private val context: Context,
    private val open: OpenForms,
    private val nowMs: () -> Long,
    private val session: suspend () -> Session,
) : PeoplePort {
    private suspend fun rows() = PersonRows(context, session())

    override suspend fun program(id: String): PeopleProgram = told {
        val program = session().programOf(id)
        val drafts = session().people.drafts(program.id)
        PeopleProgram(
            id = id,
            name = program.name,
            typeName = program.typeName,
            readOnlyReason = program.whyNot.takeIf { !program.writable },
            begun = drafts.mapNotNull { begun(program, it.key) },
            isProtected = program.access == ProgramAccess.PROTECTED,
        )
    }

    /** Drafts of a program are of visits too: only a registration opens as one. */
    private suspend fun begun(program: ProgramSummary, key: String): BegunPerson? {
        open.forget()
        val form = try {
            session().people.openDraft(program.id, PersonId(key))
        } catch (_: OutpostException) {
            return null
        }
        return form.use { it ->
            if (!it.isNewPerson) return@use null
            val known = it.state.value.fields.values.filter { field -> field.value != null && !field.readOnly }
            if (known.isEmpty()) {
                session().people.deleteDraft(program.id, PersonId(key))
                return@use null
            }
            val name = known.mapNotNull { field -> field.value }.take(2).joinToString(" ")
            val place = it.state.value.enrollment?.organisationUnit?.uid
                ?: it.state.value.personOrganisationUnit.uid
            BegunPerson(FormKey.Person(program.id.uid, key, place), name)
        }
    }

    override suspend fun list(program: String, query: String, after: NextPage?): PeopleFound = told {
        val page = session().people.list(query(program, query), (after as CorePage?)?.token)
        val rows = rows()
        PeopleFound(page.items.map(rows::row), page.next?.let { CorePage(it) })
    }

    override suspend fun ask(program: String, query: String): PeopleFound = told {
        val found = session().people.search(query(program, query))
        val known = found.items.map { it.id }.toSet()
        val others = if (found.offlineBecause == null) elsewhere(program, query) else emptyList()
        val rows = rows()
        PeopleFound((found.items + others.filter { it.id !in known }).map(rows::row), null, found.offlineBecause)
    }

    /** Of a protected program the server shows only one's own people: the others it finds by their type. */
    private suspend fun elsewhere(program: String, words: String): List<PersonSummary> {
        val of = session().programOf(program)
        if (of.access != ProgramAccess.PROTECTED) return emptyList()
        return try {
            val query = PersonQuery(of.type, search = words.trim().ifEmpty { null })
            session().people.searchOnline(query).items.filter { !it.onDevice }
        } catch (_: OutpostException) {
            // What was found stays found.
            emptyList()
        }
    }

    private fun query(program: String, words: String) =
        PersonQuery(ProgramId(program), search = words.trim().ifEmpty { null })

    override suspend fun byCode(program: String, code: String): List<PersonRow> = told {
        session().people.byCode(ProgramId(program), code).map(rows()::row)
    }

    override suspend fun fetch(program: String, person: String): Unit = told {
        session().people.fetch(PersonId(person), ProgramId(program))
    }

    override suspend fun begin(program: String, place: String, query: String): FormKey.Person =
        told { PersonForms(context, session(), open, nowMs).begin(program, place, query) }

    override suspend fun forget(key: FormKey.Person) = told {
        open.forget()
        session().people.deleteDraft(ProgramId(key.program), PersonId(key.uid))
    }

    override suspend fun person(id: String): PersonPage =
        told { PersonReader(context, session(), open).page(PersonId(id)) }

    override suspend fun beginVisit(
        program: String,
        enrolment: String,
        stage: String,
        place: String?,
    ): FormKey.Event = told {
        EventForms(context, session(), open, nowMs).beginVisit(program, enrolment, stage, place)
    }

    override suspend fun plan(enrolment: String, stage: String, day: String, place: String?) = told {
        val id = EnrollmentId(enrolment)
        val at = place?.let { OrganisationUnitId(it) }
        taken(session().visits.schedule(id, ProgramStageId(stage), day, at))
    }

    override suspend fun move(visit: String, day: String) =
        told { taken(session().visits.reschedule(EventId(visit), day)) }

    override suspend fun skip(visit: String) = told { taken(session().visits.skip(EventId(visit))) }

    override suspend fun setEnrolmentDone(id: String, done: Boolean) = told {
        val people = session().people
        val enrolment = EnrollmentId(id)
        taken(if (done) people.completeEnrollment(enrolment) else people.reopenEnrollment(enrolment))
    }

    override suspend fun note(enrolment: String, text: String) =
        told { taken(session().people.addNote(EnrollmentId(enrolment), text)) }

    private fun taken(result: EventResult) {
        if (result is EventResult.Refused) refused(result.problems.firstOrNull()?.why?.words)
    }

    private fun taken(result: PersonResult) {
        if (result is PersonResult.Refused) refused(result.problems.firstOrNull()?.why?.words)
    }

    private fun refused(why: String?): Nothing = throw TroubleException(
        Trouble(TroubleKind.INVALID_INPUT, WorkSafety.SAFE, detail = why),
    )

    override suspend fun relate(person: String, relation: String, other: String): String? = told {
        val people = session().people
        val mine = RelationshipEnd.OfPerson(PersonId(person))
        val theirs = RelationshipEnd.OfPerson(PersonId(other))
        val (type, isFrom) = relation.split(':').let { it[0] to (it[1] == FROM) }
        val id = org.outpost.sdk.RelationshipTypeId(type)
        val result = if (isFrom) people.relate(id, mine, theirs) else people.relate(id, theirs, mine)
        (result as? RelationshipResult.Refused)?.let {
            it.problems.firstOrNull()?.words ?: context.getString(R.string.what_invalid_input)
        }
    }

    override suspend fun candidates(choice: RelationChoice, query: String): List<PersonRow> = told {
        val programs = when (val one = choice.program) {
            null -> session().allPrograms().map { it.id.uid }
            else -> listOf(one)
        }
        programs.flatMap { list(it, query).rows }.distinctBy { it.id }
    }

    override suspend fun breakGlass(person: String, reason: String): Unit = told {
        val known = session().people.person(PersonId(person))
        val shut = known.enrollments.first { it.access == org.outpost.sdk.PersonAccess.PROTECTED }
        session().people.breakTheGlass(PersonId(person), shut.program, reason)
    }

    override suspend fun openWithReason(program: String, person: String, reason: String): Unit = told {
        val people = session().people
        people.breakTheGlass(PersonId(person), ProgramId(program), reason)
        people.fetch(PersonId(person), ProgramId(program))
    }

    override suspend fun due(until: String): List<DueRow> = told {
        session().allPrograms().flatMap { program ->
            val visit = VisitCondition(dueTo = until)
            val query = PersonQuery(program.id, visit = visit)
            session().people.list(query).items.mapNotNull { person ->
                val day = person.nextDue?.take(ISO_DAY) ?: return@mapNotNull null
                if (LocalDate.parse(day) > LocalDate.parse(until)) return@mapNotNull null
                DueRow(person.id.uid, person.title, program.name, day)
            }
        }.sortedBy { it.day }
    }

    companion object {
        const val FROM = "from"
        private const val ISO_DAY = 10
    }
}

internal suspend fun Session.allPrograms(): List<ProgramSummary> = allOf { people.programs(it) }

/** The program of that uid; a trouble when it is not on the phone any more. */
internal suspend fun Session.programOf(id: String): ProgramSummary =
    allPrograms().firstOrNull { it.id.uid == id }
        ?: throw TroubleException(Trouble(TroubleKind.NOT_FOUND, WorkSafety.SAFE))
