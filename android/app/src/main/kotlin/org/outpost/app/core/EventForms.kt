package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldChange
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Finding
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.model.Severity
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.DataElementId
import org.outpost.sdk.Event
import org.outpost.sdk.EventDetail
import org.outpost.sdk.EventField
import org.outpost.sdk.EventId
import org.outpost.sdk.EventProblem
import org.outpost.sdk.EventResult
import org.outpost.sdk.EventStatus
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ProgramStageId
import org.outpost.sdk.Session

/** The id of the field that holds the date of an event. */
internal const val OCCURRED_AT = "occurredAt"

/**
 * Events of programs without registration. Until the core can save one (something compulsory is
 * missing, something is wrong) its answers are kept beside it; after that, each answer is a save.
 */
internal class EventForms(
    private val context: Context,
    private val session: Session,
    private val nowMs: () -> Long,
) {
    private class Work(val detail: EventDetail, val event: Event, val kept: Kept?)

    suspend fun form(key: FormKey.Event): Form {
        val work = open(key)
        val form = work.detail.form
        return Form(
            key = key,
            title = form.programName,
            subtitle = work.detail.organisationUnitName,
            sections = sections(work),
            state = stateOf(work),
            savedMs = null,
            nowMs = nowMs(),
            readOnlyReason = work.detail.closed.firstOrNull()?.words,
        )
    }

    private suspend fun open(key: FormKey.Event): Work {
        val kept = session.kept(ProgramId(key.program), key.uid)
        val begun = kept?.begun
        val detail = when (begun) {
            null -> session.event(EventId(key.uid))
            else -> fresh(key, begun)
        }
        val event = kept?.answers.orEmpty().entries.fold(detail.event) { event, (field, answer) ->
            event.with(field, answer.value)
        }
        return Work(detail, event, kept)
    }

    private suspend fun fresh(key: FormKey.Event, begun: Begun): EventDetail {
        val detail = session.newEvent(
            ProgramId(key.program), OrganisationUnitId(begun.place), ProgramStageId(begun.stage),
        )
        val event = detail.event.copy(
            id = EventId(key.uid),
            attributeOptionCombo = begun.split?.let { CategoryOptionComboId(it) },
            createdAtClient = begun.createdAt,
        )
        return detail.copy(event = event)
    }

    private fun stateOf(work: Work): RecordState = when {
        work.kept != null -> RecordState.NOT_FINISHED
        else -> work.detail.state.toRecordState(work.event.status == EventStatus.COMPLETED)
    }

    private suspend fun sections(work: Work): List<Section> {
        val options = Options(session)
        return work.detail.form.sections.mapIndexed { at, section ->
            val fields = section.fields.map { field(work, it, options) }
            Section(
                id = section.uid ?: "section:$at",
                title = section.name ?: work.detail.form.programStageName,
                fields = if (at == 0) listOf(dateField(work)) + fields else fields,
            )
        }
    }

    private fun dateField(work: Work) = Field(
        id = OCCURRED_AT,
        label = work.detail.form.occurredAtLabel ?: context.getString(R.string.event_date),
        kind = FieldKind.DATE,
        value = work.event.occurredAt,
        compulsory = true,
        problem = problem(work, OCCURRED_AT, work.event.occurredAt),
    )

    private suspend fun field(work: Work, question: EventField, options: Options): Field {
        val id = question.dataElement.uid
        val value = work.event.answerTo(question.dataElement)
        val field = Field(
            id = id,
            label = question.name,
            kind = kindOf(question.valueType, question.optionSet != null),
            value = value,
            hint = question.description,
            compulsory = question.compulsory,
            problem = problem(work, id, value),
        )
        return options.fill(field, question.optionSet)
    }

    /** What is missing is said at the check; at the field only what is wrong with an answer. */
    private fun problem(work: Work, fieldId: String, value: String?): FieldProblem? {
        if (value == null) return null
        val found = problems(work).firstOrNull { it.field == fieldId }
        if (found != null) {
            return FieldProblem(found.words, if (found.blocks) Severity.ERROR else Severity.WARNING)
        }
        val refusal = work.detail.refusal?.takeIf { work.detail.refusedField == fieldId }
        return refusal?.let { FieldProblem(it.words, Severity.ERROR) }
    }

    private fun problems(work: Work): List<KeptProblem> =
        work.kept?.problems ?: work.detail.problems.map { it.toKept() }

    suspend fun setValue(key: FormKey.Event, fieldId: String, value: String?): Saved {
        val work = open(key)
        val given = value?.ifBlank { null }
        save(key, work, work.event.with(fieldId, given), fieldId to given)
        val changes = sections(open(key)).flatMap { it.fields }
            .filter { it.id == fieldId || it.value != null }
            .map { FieldChange(it.id, it.value, it.problem, it.display) }
        return Saved(nowMs(), nowMs(), changes)
    }

    private suspend fun save(
        key: FormKey.Event,
        work: Work,
        event: Event,
        answer: Pair<String, String?>,
    ) {
        val program = ProgramId(key.program)
        val result = session.saveEvent(event)
        if (result is EventResult.Saved) return session.deleteDraft(program, key.uid)
        val before = work.kept ?: Kept()
        val kept = before.copy(
            answers = before.answers + (answer.first to WrongAnswer(answer.second, null)),
            begun = before.begun?.copy(touched = true),
            problems = result.problems.map { it.toKept() },
        )
        session.keep(program, key.uid, kept)
    }

    suspend fun choices(key: FormKey.Event, fieldId: String, query: String): List<Choice> {
        val fields = open(key).detail.form.sections.flatMap { it.fields }
        val set = fields.firstOrNull { it.dataElement.uid == fieldId }?.optionSet
        return set?.let { Options(session).find(it.id, query) }.orEmpty()
    }

    suspend fun check(key: FormKey.Event): Check {
        val work = open(key)
        val fields = sections(work).flatMap { section -> section.fields.map { section.id to it } }
        val found = problems(work).map { problem ->
            val at = fields.firstOrNull { it.second.id == problem.field } ?: fields.first()
            val label = problem.name.ifEmpty { at.second.label }
            at.second to
                Finding(at.first, at.second.id, label, problem.words, problem.blocks)
        }
        val (blocking, warnings) = found.partition { it.second.blocks }
        val (missing, errors) = blocking.partition { it.first.value == null }
        return Check(
            errors.map { it.second }, missing.map { it.second }, warnings.map { it.second },
        )
    }

    suspend fun finish(key: FormKey.Event): RecordState? {
        val work = open(key)
        val result = session.saveEvent(work.event.copy(status = EventStatus.COMPLETED))
        if (result !is EventResult.Saved) return null
        session.deleteDraft(ProgramId(key.program), key.uid)
        return RecordState.WAITING
    }

    suspend fun reopen(key: FormKey.Event) {
        session.saveEvent(open(key).event.copy(status = EventStatus.ACTIVE))
    }

    /** Begins one; it becomes a record with the answers that it needs. */
    suspend fun begin(
        program: ProgramId,
        place: OrganisationUnitId,
        split: String?,
    ): FormKey.Event {
        val detail = session.newEvent(program, place)
        val event = detail.event
        val begun = Begun(
            place.uid, detail.organisationUnitName, event.programStage.uid, split,
            event.createdAtClient, touched = false,
        )
        val today = OCCURRED_AT to WrongAnswer(event.occurredAt, null)
        val kept = Kept(mapOf(today), begun, detail.problems.map { it.toKept() })
        session.keep(program, event.id.uid, kept)
        return FormKey.Event(program.uid, event.id.uid)
    }
}

private fun EventProblem.toKept() =
    KeptProblem(field, name, why.words, blocksCompletion || blocksSending)

private fun Event.with(fieldId: String, value: String?): Event = when (fieldId) {
    OCCURRED_AT -> copy(occurredAt = value)
    else -> withAnswer(DataElementId(fieldId), value)
}
