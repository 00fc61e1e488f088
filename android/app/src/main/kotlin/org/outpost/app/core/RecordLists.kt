package org.outpost.app.core

import android.content.Context
import org.outpost.app.model.FormKey
import org.outpost.app.model.NextPage
import org.outpost.app.model.RecordPage
import org.outpost.app.model.RecordRow
import org.outpost.app.model.RecordState
import org.outpost.sdk.DataSetId
import org.outpost.sdk.EventId
import org.outpost.sdk.EventQuery
import org.outpost.sdk.EventStatus
import org.outpost.sdk.EventSummary
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ReportSummary
import org.outpost.sdk.Session

/** The records of one form, what is begun first. */
internal class RecordLists(
    private val context: Context,
    private val session: Session,
    private val open: OpenForms,
) {
    suspend fun page(formId: String, after: NextPage?): RecordPage {
        val form = session.formOf(formId)
        val token = (after as CorePage?)?.token
        val isFirst = token == null
        val (rows, next) = when (val id = form.id) {
            is ProgramId -> session.events(EventQuery(id), token).let { page ->
                val facts = EventFacts(context, session, id)
                page.items.map { row(id, it, facts) } to page.next
            }
            is DataSetId -> session.reports(id, token)
                .let { page -> page.items.map(::row) to page.next }
        }
        val begun = when (val id = form.id) {
            is ProgramId -> if (isFirst) begunEvents(id) else emptyList()
            is DataSetId -> if (isFirst) begunReports(id, rows) else emptyList()
        }
        val kept = begun.map { it.key }
        val known = rows.filter { it.key !in kept }
        return RecordPage(
            form = HomeReader(context, session).summary(form),
            rows = begun + known,
            next = next?.let { CorePage(it) },
            canAdd = form.writable,
        )
    }

    private suspend fun row(program: ProgramId, event: EventSummary, facts: EventFacts) = RecordRow(
        key = FormKey.Event(program.uid, event.id.uid),
        title = context.dateWords(event.occurredAt),
        subtitle = (listOf(event.organisationUnitName) + facts.of(event)).joinToString(" · "),
        state = event.state.toRecordState(event.status == EventStatus.COMPLETED),
    )

    private fun row(report: ReportSummary) = RecordRow(
        key = report.key.toFormKey(),
        title = context.periodWords(report.key.period),
        subtitle = report.organisationUnitName,
        state = report.state.toRecordState(report.completed),
    )

    /** What was begun without an answer is forgotten: somebody only looked. */
    private suspend fun begunEvents(program: ProgramId): List<RecordRow> {
        open.forget()
        return session.drafts(program).mapNotNull { draft ->
            session.openEvent(program, EventId(draft.key)).use { form ->
                val state = form.state.value
                val answered = state.fields.values.any { it.value != null && !it.assigned }
                if (!answered) {
                    session.deleteDraft(program, draft.key)
                    return@mapNotNull null
                }
                RecordRow(
                    key = FormKey.Event(program.uid, draft.key),
                    title = context.dateWords(state.occurredAt),
                    subtitle = form.organisationUnitName,
                    state = RecordState.NOT_FINISHED,
                )
            }
        }
    }

    /** Reports of which nothing could be saved yet. */
    private suspend fun begunReports(dataSet: DataSetId, rows: List<RecordRow>): List<RecordRow> {
        val known = rows.map { it.key }.toSet()
        return session.keptOf(dataSet).mapNotNull { (draft, _) ->
            val key = reportKept(dataSet.uid, draft.key)?.takeIf { it !in known }
                ?: return@mapNotNull null
            val place = session.report(key.toCore()).organisationUnitName
            RecordRow(key, context.periodWords(key.period), place, RecordState.NOT_FINISHED)
        }
    }
}
