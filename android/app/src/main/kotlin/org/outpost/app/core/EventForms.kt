package org.outpost.app.core

import android.content.Context
import java.time.Instant
import java.time.ZoneOffset
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Finding
import org.outpost.app.model.Finished
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.Notice
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.model.Severity
import org.outpost.app.model.VisitOffer
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.DataElementId
import org.outpost.sdk.EnrollmentId
import org.outpost.sdk.EventField
import org.outpost.sdk.EventFormSession
import org.outpost.sdk.EventId
import org.outpost.sdk.EventProblem
import org.outpost.sdk.EventResult
import org.outpost.sdk.EventSection
import org.outpost.sdk.EventStatus
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ProgramStageId
import org.outpost.sdk.Session

/** The id of the field that holds the date of an event. */
internal const val OCCURRED_AT = "occurredAt"

/** The id of the field that holds the place on the map. */
internal const val GEOMETRY = "geometry"

/**
 * Events, and visits of somebody. What the core can save is a record at once; what it cannot yet
 * (something compulsory is missing, something is wrong) is its draft, with the reason.
 */
internal class EventForms(
    private val context: Context,
    private val session: Session,
    private val open: OpenForms,
    private val nowMs: () -> Long,
) {
    private val questions = Questions(context, Options(session))

    suspend fun form(key: FormKey.Event): Form {
        // Read anew: a sync may have changed it.
        open.forget()
        return open.event(session, key) { form ->
            Form(
                key = key,
                title = if (form.enrollment == null) form.form.programName else form.form.programStageName,
                subtitle = form.organisationUnitName,
                sections = sections(form),
                state = stateOf(form),
                savedMs = null,
                nowMs = nowMs(),
                readOnlyReason = form.closed.firstOrNull()?.words,
                notices = notices(form),
            )
        }
    }

    private fun stateOf(form: EventFormSession): RecordState =
        form.travelState.toRecordState(form.state.value.status == EventStatus.COMPLETED)

    private fun notices(form: EventFormSession): List<Notice> =
        form.state.value.let { questions.notices(it.announcements, it.indicators) }

    private suspend fun sections(form: EventFormSession): List<Section> {
        val state = form.state.value
        val shown = form.form.sections.filter { it.uid !in state.hiddenSections }
        return pages(form, shown).mapIndexed { at, page ->
            val asked = page.questions.filter { state.field(it.dataElement)?.hidden != true }
            val fields = asked.map { question ->
                val refusal = form.refusal.takeIf { form.refusedField == question.dataElement.uid }
                questions.field(question, state.field(question.dataElement), refusal)
            }
            Section(page.id, page.title, if (at == 0) facts(form) + fields else fields)
        }
    }

    private class FormPage(val id: String, val title: String, val questions: List<EventField>)

    /** A section of very many questions comes in parts, by their place: no rule moves one to another page. */
    private fun pages(form: EventFormSession, sections: List<EventSection>): List<FormPage> =
        sections.flatMapIndexed { at, section ->
            val id = section.uid ?: "section:$at"
            val title = section.name ?: form.form.programStageName
            val parts = section.fields.chunked(QUESTIONS_MAX)
            if (parts.size < 2) return@flatMapIndexed listOf(FormPage(id, title, section.fields))
            parts.mapIndexed { part, questions ->
                FormPage("$id:$part", context.getString(R.string.part_of, title, part + 1), questions)
            }
        }

    private fun facts(form: EventFormSession): List<Field> {
        val state = form.state.value
        val refusal = form.refusal?.takeIf { form.refusedField == OCCURRED_AT }
        val date = Field(
            id = OCCURRED_AT,
            label = form.form.occurredAtLabel ?: context.getString(R.string.event_date),
            kind = FieldKind.DATE,
            value = state.occurredAt,
            compulsory = true,
            problem = refusal?.let { FieldProblem(it.words, Severity.ERROR) },
        )
        if (form.form.featureType != "POINT") return listOf(date)
        return listOf(date, placeOnMap(context, state.geometry))
    }

    suspend fun setValue(key: FormKey.Event, fieldId: String, value: String?): Saved =
        open.event(session, key) { form ->
            begin(form)
            when (fieldId) {
                OCCURRED_AT -> form.setOccurredAt(value?.ifBlank { null })
                GEOMETRY -> form.setGeometry(value?.let(::pointOf))
                else -> form.setValue(DataElementId(fieldId), value.orEmpty())
            }
            // One of the two is on the disk when this returns.
            if (form.save() is EventResult.Refused) form.saveDraft()
            Saved(nowMs(), nowMs(), sections(form), notices(form))
        }

    /** A planned visit that somebody fills in takes place. */
    private suspend fun begin(form: EventFormSession) {
        val state = form.state.value
        if (state.status != EventStatus.SCHEDULE && state.status != EventStatus.OVERDUE) return
        form.setStatus(EventStatus.ACTIVE)
        if (state.occurredAt == null) form.setOccurredAt(today(nowMs()))
    }

    suspend fun choices(key: FormKey.Event, fieldId: String, query: String): List<Choice> =
        open.event(session, key) { form ->
            val element = DataElementId(fieldId)
            val asked = form.form.sections.flatMap { it.fields }
            val set = asked.firstOrNull { it.dataElement == element }?.optionSet
            val state = form.state.value.field(element)
            set?.let { Options(session).find(it.id, query) }.orEmpty()
                .filter { state?.allows(it.value) != false }
        }

    suspend fun check(key: FormKey.Event): Check = open.event(session, key) { form ->
        begin(form)
        findings(sections(form), form.check())
    }

    suspend fun finish(key: FormKey.Event): Finished? = open.event(session, key) { form ->
        begin(form)
        val done = form.complete() as? EventResult.Saved ?: return@event null
        val person = form.enrollment?.let { session.event(done.id).event.person?.uid }
        val offers = form.enrollment?.let { offers(it, done.id, form.organisationUnit) }.orEmpty()
        Finished(RecordState.WAITING, person, null, notices(form), offers)
    }

    private suspend fun offers(
        enrolment: EnrollmentId,
        visit: EventId,
        place: OrganisationUnitId,
    ): List<VisitOffer> = session.visits.offersAfter(visit).nextVisits.mapNotNull { next ->
        next.day?.let { VisitOffer(enrolment.uid, next.stage.uid, next.stageName, it, place.uid) }
    }

    suspend fun reopen(key: FormKey.Event) = open.event(session, key) { form ->
        form.setStatus(EventStatus.ACTIVE)
        form.save()
        Unit
    }

    /** Begins one; it becomes a record with the answers that it needs. */
    suspend fun begin(program: ProgramId, place: OrganisationUnitId, split: String?): FormKey.Event {
        open.forget()
        return session.openNewEvent(program, place).use { form ->
            split?.let { form.setAttributeOptionCombo(CategoryOptionComboId(it)) }
            form.saveDraft()
            FormKey.Event(program.uid, form.id.uid)
        }
    }

    /** Begins a visit of somebody, today. */
    suspend fun beginVisit(program: String, enrolment: String, stage: String, place: String?): FormKey.Event {
        open.forget()
        val at = place?.let { OrganisationUnitId(it) }
        return session.visits.openNew(EnrollmentId(enrolment), ProgramStageId(stage), at).use { form ->
            form.saveDraft()
            FormKey.Event(program, form.id.uid)
        }
    }
}

/** More on one page take seconds to come up, and nobody finds their way in it. */
private const val QUESTIONS_MAX = 40

/** The day of a moment as the core takes it. */
internal fun today(ms: Long): String =
    Instant.ofEpochMilli(ms).atZone(ZoneOffset.systemDefault()).toLocalDate().toString()

/** Puts what speaks against finishing beside the fields that it is about. */
internal fun findings(sections: List<Section>, problems: List<EventProblem>): Check {
    val fields = sections.flatMap { section -> section.fields.map { section.id to it } }
    val found = problems.map { problem ->
        val at = fields.firstOrNull { it.second.id == problem.field } ?: fields.first()
        val label = problem.name.ifEmpty { at.second.label }
        val blocks = problem.blocksCompletion || problem.blocksSending
        at.second to Finding(at.first, at.second.id, label, problem.why.words, blocks)
    }
    val (blocking, warnings) = found.partition { it.second.blocks }
    val (missing, errors) = blocking.partition { it.first.value == null }
    return Check(errors.map { it.second }, missing.map { it.second }, warnings.map { it.second })
}
