package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Finding
import org.outpost.app.model.Finished
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.model.Severity
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.app.model.mapFields
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.CellEdit
import org.outpost.sdk.CompletionResult
import org.outpost.sdk.DataElementId
import org.outpost.sdk.Report
import org.outpost.sdk.ReportKey
import org.outpost.sdk.Session
import org.outpost.sdk.TravelState

/** Reports: a data set at a place in a period. */
internal class ReportForms(
    private val context: Context,
    private val session: Session,
    private val nowMs: () -> Long,
) {
    suspend fun form(key: FormKey.Report): Form {
        val report = session.report(key.toCore())
        val kept = kept(key)
        val layout = ReportLayout(context, report, kept, Options(session))
        val whenWords = context.periodWords(key.period)
        val split = report.attributeOptionComboName.ifEmpty { null }
        return Form(
            key = key,
            title = report.form.name,
            subtitle = listOfNotNull(
                context.placeAnd(report.organisationUnitName, whenWords), split,
            ).joinToString(" · "),
            sections = layout.sections(),
            state = stateOf(report),
            savedMs = null,
            nowMs = nowMs(),
            readOnlyReason = readOnlyReason(report),
            canReopen = report.state.closed.isEmpty(),
        )
    }

    /** A finished report is locked until taken up again, unless it has something to put right. */
    private fun readOnlyReason(report: Report): String? = when {
        report.state.closed.isNotEmpty() -> report.state.closed.first().words
        !report.state.completion.completed -> null
        report.state.cells.any { it.refusal != null } -> null
        else -> context.getString(R.string.report_is_finished)
    }

    private fun stateOf(report: Report): RecordState {
        val states = report.state.cells.map { it.state } + report.state.completion.state
        val first = listOf(
            TravelState.TWO_VERSIONS, TravelState.REFUSED, TravelState.SENDING, TravelState.WAITING,
        ).firstOrNull { it in states } ?: TravelState.SENT
        return first.toRecordState(report.state.completion.completed)
    }

    suspend fun setValue(key: FormKey.Report, fieldId: String, value: String?): Saved {
        val cell = CellId.parse(fieldId)
        val edit = CellEdit.Value(cell.dataElement, value.orEmpty(), cell.combo)
        val saved = session.saveCells(key.toCore(), listOf(edit))
        val refused = saved.refused.firstOrNull()
        val before = kept(key)
        val answers = when (refused) {
            null -> before.answers - fieldId
            else -> before.answers + (fieldId to WrongAnswer(value, refused.why.words))
        }
        if (answers != before.answers) keep(key, before.copy(answers = answers))
        val now = session.report(key.toCore())
        val layout = ReportLayout(context, now, kept(key), Options(session))
        return Saved(nowMs(), nowMs(), noted(layout.sections(), fieldId, saved.notes))
    }

    /** A remark on the answer just given, at its field. */
    private fun noted(sections: List<Section>, fieldId: String, notes: List<String>): List<Section> {
        val note = notes.firstOrNull() ?: return sections
        val remark = FieldProblem(note, Severity.WARNING)
        return sections.map { section ->
            section.mapFields { if (it.id == fieldId && it.problem == null) it.copy(problem = remark) else it }
        }
    }

    suspend fun choices(key: FormKey.Report, fieldId: String, query: String): List<Choice> {
        val element = CellId.parse(fieldId).dataElement
        val tables = session.report(key.toCore()).form.sections.flatMap { it.tables }
        val rows = tables.flatMap { it.rows }
        val set = rows.firstOrNull { it.dataElement == element }?.optionSet ?: return emptyList()
        return Options(session).find(set.id, query)
    }

    suspend fun check(key: FormKey.Report): Check {
        val report = session.report(key.toCore())
        val kept = kept(key)
        val form = ReportLayout(context, report, kept, Options(session)).sections()
        val fields = form.flatMap { section -> section.allFields.map { section.id to it } }
        val wrong = fields.filter { it.second.id in kept.answers }.map { (section, field) ->
            finding(section, field, field.problem?.text.orEmpty(), blocks = true)
        }
        val found = report.state.completionProblems.mapNotNull { problem ->
            val at = fields.firstOrNull { (_, field) ->
                val cell = CellId.parseOrNull(field.id)
                cell?.dataElement == problem.dataElement &&
                    (problem.categoryOptionCombo ?: cell.combo) == cell.combo
            } ?: return@mapNotNull null
            at.second to finding(at.first, at.second, problem.reason, problem.blocks)
        }
        val missing = found.filter { it.first.value == null && it.second.blocks }
        val errors = found.filter { it.first.value != null && it.second.blocks }
        val warnings = found.filter { !it.second.blocks }
        return Check(
            wrong + errors.map { it.second }, missing.map { it.second }, warnings.map { it.second },
        )
    }

    private fun finding(section: String, field: Field, text: String, blocks: Boolean) =
        Finding(section, field.id, field.label, text, blocks)

    suspend fun finish(key: FormKey.Report): Finished? {
        if (kept(key).answers.isNotEmpty()) return null
        val result = session.completeReport(key.toCore())
        if (result is CompletionResult.Refused) closed(result)
        return if (result is CompletionResult.Saved) Finished(RecordState.WAITING) else null
    }

    suspend fun reopen(key: FormKey.Report) {
        val result = session.reopenReport(key.toCore())
        if (result is CompletionResult.Refused) closed(result)
    }

    private fun closed(result: CompletionResult.Refused) {
        val why = result.closed.firstOrNull() ?: return
        throw TroubleException(
            Trouble(TroubleKind.INVALID_INPUT, WorkSafety.SAFE, detail = why.words),
        )
    }

    private suspend fun kept(key: FormKey.Report): Kept =
        session.kept(key.toCore().dataSet, key.keptAs) ?: Kept()

    private suspend fun keep(key: FormKey.Report, kept: Kept) =
        session.keep(key.toCore().dataSet, key.keptAs, kept)
}

private const val KEY_PARTS = 3

/** Under what name the wrong answers of a report are kept. */
internal val FormKey.Report.keptAs: String
    get() = "$period/$organisationUnit/$attributeOptionCombo"

/** The report that [keptAs] names; `null` for another text. */
internal fun reportKept(dataSet: String, name: String): FormKey.Report? {
    val parts = name.split('/')
    if (parts.size != KEY_PARTS) return null
    return FormKey.Report(dataSet, parts[0], parts[1], parts[2])
}

/** A cell, as the id of a field. */
internal data class CellId(val dataElement: DataElementId, val combo: CategoryOptionComboId) {
    override fun toString(): String = "${dataElement.uid}.${combo.uid}"

    companion object {
        fun parse(fieldId: String): CellId =
            requireNotNull(parseOrNull(fieldId)) { "not the id of a cell" }

        /** `null` for the id of a sum. */
        fun parseOrNull(fieldId: String): CellId? {
            val parts = fieldId.split('.')
            if (parts.size != 2) return null
            return CellId(DataElementId(parts[0]), CategoryOptionComboId(parts[1]))
        }
    }
}
