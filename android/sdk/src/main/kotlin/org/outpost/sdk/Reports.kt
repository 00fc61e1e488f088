package org.outpost.sdk

import org.outpost.sdk.ffi.Cell as FfiCell
import org.outpost.sdk.ffi.CellEdit as FfiCellEdit
import org.outpost.sdk.ffi.CellEdited
import org.outpost.sdk.ffi.Completed
import org.outpost.sdk.ffi.Completion as FfiCompletion
import org.outpost.sdk.ffi.CompletionProblem as FfiCompletionProblem
import org.outpost.sdk.ffi.RefusedEdit as FfiRefusedEdit
import org.outpost.sdk.ffi.SliceEdited
import org.outpost.sdk.ffi.SliceId
import org.outpost.sdk.ffi.SliceItem
import org.outpost.sdk.ffi.SliceState
import org.outpost.sdk.ffi.SliceView
import org.outpost.sdk.ffi.TableTotals as FfiTableTotals

/** Names one report: a data set at a place in a period. */
public data class ReportKey(
    /** The data set. */
    public val dataSet: DataSetId,
    /** DHIS2 period id, such as `202609`; see [Session.periods]. */
    public val period: String,
    /** The place; see [Session.organisationUnits]. */
    public val organisationUnit: OrganisationUnitId,
    /** The split of the whole form; see [Session.attributeOptionCombos]. */
    public val attributeOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
)

/** A report in a list. */
public data class ReportSummary(
    /** Which report. */
    public val key: ReportKey,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Whether it is complete, as known here. */
    public val completed: Boolean,
    /** Where its values and its completion are on their way: the state that needs a person most. */
    public val state: TravelState,
)

/** Everything that a screen needs for one report. */
public data class Report(
    /** Which report. */
    public val key: ReportKey,
    /** The form. */
    public val form: DataSetForm,
    /** What is wrong with the form's metadata, for the administrator. */
    public val formProblems: List<String>,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Name of the split of the whole form; empty for the default. */
    public val attributeOptionComboName: String,
    /** What changes while it is filled in. */
    public val state: ReportState,
)

/** What changes while a report is filled in. Its form does not. */
public data class ReportState(
    /** Cells with something in them; all others are empty. */
    public val cells: List<Cell>,
    /** Sums of the tables that show them. */
    public val totals: List<TableTotals>,
    /** Completion. */
    public val completion: Completion,
    /** Why nothing may be entered; empty if the report is open. */
    public val closed: List<Reason>,
    /** What speaks against completing it now. */
    public val completionProblems: List<CompletionProblem>,
    /** Cells with a value. */
    public val filled: Int,
    /** Cells asked for. */
    public val asked: Int,
) {
    /** The cell of a row and column; `null` if nothing is in it. */
    public fun cell(
        dataElement: DataElementId,
        categoryOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
    ): Cell? = cells.find {
        it.dataElement == dataElement && it.categoryOptionCombo == categoryOptionCombo
    }
}

/** A cell with something in it. */
public data class Cell(
    /** The row. */
    public val dataElement: DataElementId,
    /** The column. */
    public val categoryOptionCombo: CategoryOptionComboId,
    /** The value. */
    public val value: String?,
    /** The comment. */
    public val comment: String?,
    /** Marked for follow-up. */
    public val followUp: Boolean,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** What is wrong with it: the server's reason, or a local rule. */
    public val refusal: Reason?,
)

/** The sums of one table; `null` where no number was entered or the sum has too many digits. */
public data class TableTotals(
    /** Place of its section in the form, from 0. */
    public val section: Int,
    /** Place of the table in its section, from 0. */
    public val table: Int,
    /** One per row. */
    public val rows: List<String?>,
    /** One per column. */
    public val columns: List<String?>,
    /** Over the whole table. */
    public val grand: String?,
)

/** Whether a report is complete. */
public data class Completion(
    /** Whether it is complete. */
    public val completed: Boolean,
    /** Day of completion, `yyyy-MM-dd`. */
    public val date: String?,
    /** Who completed it. */
    public val by: String?,
    /** Where that is on its way to the server. */
    public val state: TravelState,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
)

/** What speaks against completing a report, at its cell. */
public data class CompletionProblem(
    /** The row. */
    public val dataElement: DataElementId,
    /** The cell; `null` if the whole row is meant. */
    public val categoryOptionCombo: CategoryOptionComboId?,
    /** Name of the question. */
    public val name: String,
    /** In words. */
    public val reason: String,
    /** Whether the report cannot be completed before it is put right. */
    public val blocks: Boolean,
)

/** A change of one cell of a report. */
public sealed interface CellEdit {
    /** The row. */
    public val dataElement: DataElementId

    /** The column. */
    public val categoryOptionCombo: CategoryOptionComboId

    /** Another value; blank empties the cell. */
    public data class Value(
        override val dataElement: DataElementId,
        /** The value as DHIS2 writes it, such as `12`, `true` or `2026-09-30`. */
        public val value: String,
        override val categoryOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
    ) : CellEdit

    /** Another comment; blank removes it. */
    public data class Comment(
        override val dataElement: DataElementId,
        /** The comment. */
        public val comment: String,
        override val categoryOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
    ) : CellEdit

    /** Marked for follow-up or not. */
    public data class FollowUp(
        override val dataElement: DataElementId,
        /** Whether it is marked. */
        public val marked: Boolean,
        override val categoryOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
    ) : CellEdit
}

/** An edit that an entry rule refused. Nothing of it was written. */
public data class RefusedEdit(
    /** Its place in the list of edits, from 0. */
    public val index: Int,
    /** The row. */
    public val dataElement: DataElementId,
    /** The column. */
    public val categoryOptionCombo: CategoryOptionComboId,
    /** Why. */
    public val why: Reason,
)

/** What became of a list of edits. Whatever is not in [refused] is durably on this device. */
public data class CellsSaved(
    /** Cells saved durably. */
    public val saved: Int,
    /** Cells that already held it. */
    public val unchanged: Int,
    /** Edits that were refused. */
    public val refused: List<RefusedEdit>,
    /** Remarks, such as a zero that the server will not keep. */
    public val notes: List<String>,
    /** The report after it. */
    public val state: ReportState,
)

/** What became of completing a report or of taking it up again. */
public sealed interface CompletionResult {
    /** Done and durably saved; [warnings] are what a person may still want to look at. */
    public data class Saved(
        /** Problems that do not block. */
        public val warnings: List<CompletionProblem>,
        /** Validation rules that do not hold (the first 200), the most important first. */
        public val violations: List<Violation> = emptyList(),
    ) : CompletionResult

    /** Not done; nothing was written. */
    public data class Refused(
        /** Why nothing may be changed; empty if the problems are the reason. */
        public val closed: List<Reason>,
        /** What speaks against it, at its cells. */
        public val problems: List<CompletionProblem>,
        /**
         * Validation rules that do not hold (the first 200), the most important first. They forbid
         * completing only where the data set asks for valid reports.
         */
        public val violations: List<Violation> = emptyList(),
    ) : CompletionResult
}

internal fun ReportKey.toFfi() =
    SliceId(dataSet.uid, period, organisationUnit.uid, attributeOptionCombo.uid)

internal fun SliceId.toKey() = ReportKey(
    DataSetId(dataSet),
    period,
    OrganisationUnitId(organisationUnit),
    CategoryOptionComboId(attributeOptionCombo),
)

internal fun SliceItem.toSummary() =
    ReportSummary(key.toKey(), organisationUnitName, completed, state.toState())

internal fun SliceView.toReport() = Report(
    key = key.toKey(),
    form = form.toForm(),
    formProblems = formProblems,
    organisationUnitName = organisationUnitName,
    attributeOptionComboName = attributeOptionComboName,
    state = state.toReportState(),
)

internal fun SliceState.toReportState() = ReportState(
    cells = cells.map { it.toCell() },
    totals = totals.map { it.toTotals() },
    completion = completion.toCompletion(),
    closed = closed.map { it.toReason() },
    completionProblems = completionProblems.map { it.toProblem() },
    filled = filled,
    asked = asked,
)

private fun FfiCell.toCell() = Cell(
    dataElement = DataElementId(dataElement),
    categoryOptionCombo = CategoryOptionComboId(categoryOptionCombo),
    value = value,
    comment = comment,
    followUp = followUp,
    state = state.toState(),
    refusal = refusal?.toReason(),
)

private fun FfiTableTotals.toTotals() = TableTotals(section, table, rows, columns, grand)

private fun FfiCompletion.toCompletion() =
    Completion(completed, date, by, state.toState(), refusal?.toReason())

internal fun FfiCompletionProblem.toProblem() = CompletionProblem(
    dataElement = DataElementId(dataElement),
    categoryOptionCombo = categoryOptionCombo?.let { CategoryOptionComboId(it) },
    name = name,
    reason = reason,
    blocks = blocks,
)

internal fun CellEdit.toFfi() = FfiCellEdit(
    dataElement = dataElement.uid,
    categoryOptionCombo = categoryOptionCombo.uid,
    change = when (this) {
        is CellEdit.Value -> CellEdited.Value(value)
        is CellEdit.Comment -> CellEdited.Comment(comment)
        is CellEdit.FollowUp -> CellEdited.FollowUp(marked)
    },
)

private fun FfiRefusedEdit.toRefused() = RefusedEdit(
    index = index,
    dataElement = DataElementId(dataElement),
    categoryOptionCombo = CategoryOptionComboId(categoryOptionCombo),
    why = why.toReason(),
)

internal fun SliceEdited.toSaved() = CellsSaved(
    saved = saved,
    unchanged = unchanged,
    refused = refused.map { it.toRefused() },
    notes = notes,
    state = state.toReportState(),
)

internal fun Completed.toResult(wanted: Boolean): CompletionResult {
    val problems = problems.map { it.toProblem() }
    return when (completed == wanted && closed.isEmpty()) {
        true -> CompletionResult.Saved(problems, violations.toList())
        false ->
            CompletionResult.Refused(closed.map { it.toReason() }, problems, violations.toList())
    }
}
