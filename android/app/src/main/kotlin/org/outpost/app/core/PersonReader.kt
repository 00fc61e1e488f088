package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.EnrolmentPart
import org.outpost.app.model.FormKey
import org.outpost.app.model.PersonPage
import org.outpost.app.model.RecordState
import org.outpost.app.model.RelationChoice
import org.outpost.app.model.Relative
import org.outpost.app.model.StagePart
import org.outpost.app.model.VisitRow
import org.outpost.app.model.VisitStanding
import org.outpost.sdk.Enrollment
import org.outpost.sdk.EnrollmentStatus
import org.outpost.sdk.EventId
import org.outpost.sdk.EventStatus
import org.outpost.sdk.FamilyMember
import org.outpost.sdk.OutpostException
import org.outpost.sdk.Person
import org.outpost.sdk.PersonAccess
import org.outpost.sdk.PersonId
import org.outpost.sdk.RelationshipChoice
import org.outpost.sdk.RelationshipEnd
import org.outpost.sdk.ReviewStage
import org.outpost.sdk.Session
import org.outpost.sdk.VisitSummary

/** Reads the page of one person. */
internal class PersonReader(
    private val context: Context,
    private val session: Session,
    private val open: OpenForms,
) {
    suspend fun page(id: PersonId): PersonPage {
        val person = session.people.person(id)
        val rows = PersonRows(context, session)
        val end = RelationshipEnd.OfPerson(id)
        return PersonPage(
            id = id.uid,
            title = person.title,
            typeName = person.typeName,
            place = context.placeName(person.organisationUnit, person.organisationUnitName),
            state = person.state.toRecordState(finished = true),
            facts = rows.facts(person.attributes),
            phone = rows.phone(person.enrollments.firstOrNull()?.program, person.attributes),
            enrolments = person.enrollments.map { enrolment(person, it) },
            family = session.people.family(id).members.map(::relative),
            relations = session.people.relationshipChoices(end).map { choice(it) },
            closed = person.enrollments.firstNotNullOfOrNull { closed(it) },
            canBreakGlass = person.enrollments.any { it.access == PersonAccess.PROTECTED },
        )
    }

    private fun closed(enrolment: Enrollment): String? = when (enrolment.access) {
        PersonAccess.PROTECTED, PersonAccess.CLOSED, PersonAccess.OUTSIDE_SCOPE ->
            context.getString(R.string.not_your_area)
        else -> enrolment.closed.firstOrNull()?.words
    }

    private suspend fun enrolment(person: Person, of: Enrollment): EnrolmentPart {
        val begun = begun(of)
        val stages = of.stages.filter { it.cannotAdd == null && of.closed.isEmpty() }
        return EnrolmentPart(
            id = of.id.uid,
            program = of.program.uid,
            programName = of.programName,
            place = context.placeName(of.organisationUnit, of.organisationUnitName),
            isActive = of.status == EnrollmentStatus.ACTIVE,
            state = of.state.toRecordState(finished = true),
            profile = FormKey.Person(of.program.uid, person.id.uid, of.organisationUnit.uid),
            isElsewhere = of.access == PersonAccess.GLASS_BROKEN,
            stages = stages.map { StagePart(it.stage.uid, it.name, it.suggested) },
            visits = begun + visits(of),
        )
    }

    private fun visits(of: Enrollment): List<VisitRow> {
        val all = of.stages.flatMap { it.visits }.map { row(of, it) }
        val (planned, past) = all.partition {
            it.standing == VisitStanding.LATE || it.standing == VisitStanding.PLANNED
        }
        return planned.sortedBy { it.day } + past.sortedByDescending { it.day }
    }

    private fun row(of: Enrollment, visit: VisitSummary): VisitRow {
        val standing = standing(visit.status)
        val isPlan = standing == VisitStanding.PLANNED || standing == VisitStanding.LATE
        val day = if (isPlan) visit.scheduledAt else visit.occurredAt ?: visit.scheduledAt
        return VisitRow(
            key = FormKey.Event(of.program.uid, visit.id.uid),
            name = visit.stageName,
            day = day?.take(ISO_DAY),
            standing = standing,
            state = when (visit.review.stage) {
                ReviewStage.SENT_BACK -> RecordState.SENT_BACK
                else -> visit.state.toRecordState(visit.status != EventStatus.ACTIVE)
            },
            facts = visit.answers.take(FACTS_MAX).joinToString(" · ") {
                context.getString(R.string.fact, it.name, answerWords(it.value))
            },
        )
    }

    private fun answerWords(value: String): String = when (value) {
        "true" -> context.getString(R.string.yes)
        "false" -> context.getString(R.string.no)
        else -> context.dateOrText(value)
    }

    private fun standing(status: EventStatus): VisitStanding = when (status) {
        EventStatus.OVERDUE -> VisitStanding.LATE
        EventStatus.SCHEDULE -> VisitStanding.PLANNED
        EventStatus.ACTIVE, EventStatus.VISITED -> VisitStanding.BEGUN
        EventStatus.COMPLETED -> VisitStanding.DONE
        EventStatus.SKIPPED -> VisitStanding.SKIPPED
    }

    /** Visits that are no record yet; those that nobody answered anything in are forgotten. */
    private suspend fun begun(of: Enrollment): List<VisitRow> {
        val known = of.stages.flatMap { it.visits }.map { it.id.uid }.toSet()
        return session.drafts(of.program).filter { it.key !in known }.mapNotNull { draft ->
            val key = FormKey.Event(of.program.uid, draft.key)
            val form = try {
                session.openEvent(of.program, EventId(draft.key))
            } catch (_: OutpostException) {
                return@mapNotNull null
            }
            form.use {
                if (it.enrollment != of.id) return@use null
                val state = it.state.value
                if (state.fields.values.none { field -> field.value != null && !field.assigned }) {
                    open.forget()
                    session.deleteDraft(of.program, draft.key)
                    return@use null
                }
                VisitRow(
                    key, it.form.programStageName, state.occurredAt?.take(ISO_DAY),
                    VisitStanding.BEGUN, RecordState.NOT_FINISHED, "",
                )
            }
        }
    }

    private fun relative(member: FamilyMember) = Relative(
        relation = member.relation.id.uid,
        person = member.relation.partner.person?.uid,
        title = member.relation.partner.title,
        role = member.relation.role,
        facts = (member.programs + listOfNotNull(member.nextVisit?.let(context::dateWords)))
            .joinToString(" · "),
        isLate = member.isOverdue,
    )

    private suspend fun choice(of: RelationshipChoice): RelationChoice {
        val side = if (of.isFrom) CorePeople.FROM else "to"
        val program = of.partnerProgram?.uid ?: of.partnerType?.let { type ->
            session.allPrograms().firstOrNull { it.type == type }?.id?.uid
        }
        return RelationChoice("${of.type.uid}:$side", of.role, program)
    }

    private companion object {
        const val FACTS_MAX = 2
        const val ISO_DAY = 10
    }
}
