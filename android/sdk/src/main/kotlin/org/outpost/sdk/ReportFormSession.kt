package org.outpost.sdk

import kotlinx.coroutines.flow.StateFlow
import org.outpost.sdk.ffi.EditedCell
import org.outpost.sdk.ffi.IndicatorValue as FfiIndicatorValue
import org.outpost.sdk.ffi.ReportFormCompleted
import org.outpost.sdk.ffi.ReportFormEdited
import org.outpost.sdk.ffi.ReportFormHandle
import org.outpost.sdk.ffi.ReportFormOpened
import org.outpost.sdk.ffi.RuleImportance as FfiRuleImportance
import org.outpost.sdk.ffi.Violation as FfiViolation
import org.outpost.sdk.ffi.ViolationSide as FfiViolationSide
import org.outpost.sdk.ffi.Violations

/**
 * The form of a report while a person fills it in: indicators and validation rules follow every
 * edit. Opened by [Session.openReport].
 *
 * Each function is one call to the core, and [state] holds what it changed when it returns. Calls
 * run one after the other, on any thread; a cancelled one is done to its end. Every good value is
 * durably on the disk when an edit returns; a text that is no value is not written.
 *
 * All throw [OutpostException] for storage errors, and [IllegalStateException] after [close].
 */
public class ReportFormSession internal constructor(opened: ReportFormOpened) : AutoCloseable {
    private val handle: ReportFormHandle = opened.handle
    private val report = opened.view.toReport()
    private val open = OpenForm("form", opened.toState(report))

    /** Which report. */
    public val key: ReportKey = report.key

    /** The rows and columns. Do not change while it is filled in. */
    public val form: DataSetForm = report.form

    /** What is wrong with the form's metadata, for the administrator. */
    public val formProblems: List<String> = report.formProblems

    /** Name of the place. */
    public val organisationUnitName: String = report.organisationUnitName

    /** Name of the split of the whole form; empty for the default. */
    public val attributeOptionComboName: String = report.attributeOptionComboName

    /** What the form shows now. */
    public val state: StateFlow<ReportFormState> = open.state

    /**
     * Edits one cell and saves that. What an entry rule refuses comes back with the reason and
     * nothing of it is written; a text that is no value then stays at its cell in
     * [ReportFormState.wrong].
     */
    public suspend fun edit(edit: CellEdit): CellsSaved = open.call { before ->
        val edited = handle.edit(edit.toFfi())
        val saved = edited.outcome.toSaved()
        before.after(edited, saved.state) to saved
    }

    /** Puts a value into a cell, blank text empties it: [edit] in short. */
    public suspend fun setValue(
        dataElement: DataElementId,
        value: String,
        categoryOptionCombo: CategoryOptionComboId = CategoryOptionComboId.DEFAULT,
    ): CellsSaved = edit(CellEdit.Value(dataElement, value, categoryOptionCombo))

    /**
     * Marks the report as complete, unless a rule or a text that is no value forbids it. Look at
     * [ReportFormState.violations] first: they forbid it only where the data set asks for valid
     * reports.
     */
    public suspend fun complete(): CompletionResult = ended(wanted = true) { handle.complete() }

    /** Takes the complete report up again. */
    public suspend fun reopen(): CompletionResult = ended(wanted = false) { handle.reopen() }

    /** Lets go of the form; texts that are no values are gone. Closing twice is no harm. */
    override fun close() {
        if (open.close()) handle.close()
    }

    private suspend fun ended(wanted: Boolean, work: suspend () -> ReportFormCompleted) =
        open.call { before ->
            val ended = work()
            val after = before.copy(report = ended.state.toReportState())
            after to ended.outcome.toResult(wanted)
        }
}

/** What the form of a report shows. */
public data class ReportFormState(
    /** What is saved: cells, totals, completion. */
    public val report: ReportState,
    /** Texts that are no values, at their cells; not saved. */
    public val wrong: List<WrongCell>,
    /** Indicators, in form order. */
    public val indicators: List<IndicatorValue>,
    /** Validation rules that do not hold (the first 200), the most important first. */
    public val violations: List<Violation>,
    /** How many validation rules do not hold. */
    public val violationCount: Int,
) {
    internal fun after(edited: ReportFormEdited, report: ReportState): ReportFormState {
        val computed = edited.indicators.associate { it.uid to it.toValue() }
        return copy(
            report = report,
            wrong = edited.cell?.let { wrong.after(it) } ?: wrong,
            indicators = indicators.map { computed[it.uid] ?: it },
            violations = edited.violations?.toList() ?: violations,
            violationCount = edited.violations?.count ?: violationCount,
        )
    }
}

/** A text that is no value, at its cell. */
public data class WrongCell(
    /** The row. */
    public val dataElement: DataElementId,
    /** The column. */
    public val categoryOptionCombo: CategoryOptionComboId,
    /** What was typed. */
    public val text: String,
    /** Why it is no value, in words. */
    public val problem: String,
)

/** A computed indicator. */
public data class IndicatorValue(
    /** Uid of the DHIS2 `Indicator`. */
    public val uid: String,
    /** Display name. */
    public val name: String,
    /** The value as the server shows it; `null` if there is none. */
    public val value: String?,
    /** Items that this device cannot know, so that the server's value may differ. */
    public val notHere: List<String>,
    /** Why it could not be computed. */
    public val problem: String?,
    /** Name and colour of the value, where the indicator has a legend set. */
    public val legend: Legend? = null,
)

/** A validation rule that does not hold. */
public data class Violation(
    /** Uid of the DHIS2 `ValidationRule`. */
    public val rule: String,
    /** Its display name. */
    public val name: String,
    /** Help text. */
    public val description: String?,
    /** What to do. */
    public val instruction: String?,
    /** How urgent it is. */
    public val importance: RuleImportance,
    /** The sign between the sides that should hold, such as `<=`. */
    public val operator: String,
    /** Left of the operator. */
    public val leftSide: ViolationSide,
    /** Right of the operator. */
    public val rightSide: ViolationSide,
)

/** One side of a violation. */
public data class ViolationSide(
    /** The value; `null` if there is none. */
    public val value: String?,
    /** The value as the server shows it: zero for none, three significant digits below ten. */
    public val shown: String,
    /** What the side is, in the administrator's words. */
    public val description: String?,
    /** The expression with names for ids. */
    public val formula: String,
)

/** How urgent a validation rule is (DHIS2 `Importance`). */
public enum class RuleImportance {
    /** To be looked at first. */
    HIGH,

    /** In between. */
    MEDIUM,

    /** To be looked at last. */
    LOW,
}

private fun ReportFormOpened.toState(report: Report) = ReportFormState(
    report = report.state,
    wrong = emptyList(),
    indicators = indicators.map { it.toValue() },
    violations = violations.toList(),
    violationCount = violations.count,
)

private fun List<WrongCell>.after(cell: EditedCell): List<WrongCell> {
    val dataElement = DataElementId(cell.dataElement)
    val combo = CategoryOptionComboId(cell.categoryOptionCombo)
    val others = filter { it.dataElement != dataElement || it.categoryOptionCombo != combo }
    val problem = cell.problem ?: return others
    return others + WrongCell(dataElement, combo, cell.value.orEmpty(), problem)
}

private fun FfiIndicatorValue.toValue() =
    IndicatorValue(uid, name, value, notHere, problem, legend?.toLegend())

internal fun Violations.toList(): List<Violation> = first.map { it.toViolation() }

private fun FfiViolation.toViolation() = Violation(
    rule = rule,
    name = name,
    description = description,
    instruction = instruction,
    importance = importance.toImportance(),
    operator = `operator`,
    leftSide = leftSide.toSide(),
    rightSide = rightSide.toSide(),
)

private fun FfiViolationSide.toSide() = ViolationSide(value, shown, description, formula)

private fun FfiRuleImportance.toImportance() = when (this) {
    FfiRuleImportance.HIGH -> RuleImportance.HIGH
    FfiRuleImportance.MEDIUM -> RuleImportance.MEDIUM
    FfiRuleImportance.LOW -> RuleImportance.LOW
}
