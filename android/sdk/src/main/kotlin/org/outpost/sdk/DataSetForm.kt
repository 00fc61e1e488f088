package org.outpost.sdk

import org.outpost.sdk.ffi.DataSetForm as FfiDataSetForm
import org.outpost.sdk.ffi.FormHeaderRow
import org.outpost.sdk.ffi.FormRow as FfiFormRow
import org.outpost.sdk.ffi.FormSection as FfiFormSection
import org.outpost.sdk.ffi.FormTable as FfiFormTable

/** The form of a data set. Does not change while it is filled in. */
public data class DataSetForm(
    /** The data set. */
    public val dataSet: DataSetId,
    /** Display name. */
    public val name: String,
    /** Help text. */
    public val description: String?,
    /** Sections in order; never empty. */
    public val sections: List<FormSection>,
)

/** A section of a data set's form. */
public data class FormSection(
    /** Uid of the DHIS2 `Section`; `null` for the elements that are in no section. */
    public val uid: String?,
    /** Display name; `null` for the elements that are in no section. */
    public val name: String?,
    /** Help text. */
    public val description: String?,
    /** Tables in order. */
    public val tables: List<FormTable>,
    /** Indicators in order: computed, never entered. */
    public val indicators: List<FormIndicator>,
)

/** An indicator that a form shows. */
public data class FormIndicator(
    /** Uid of the DHIS2 `Indicator`. */
    public val uid: String,
    /** Display name. */
    public val name: String,
)

/** Elements that are split alike. */
public data class FormTable(
    /** One row per category, the first on top; empty for the default combo (one column). */
    public val header: List<HeaderRow>,
    /** Columns in order. */
    public val columns: List<FormColumn>,
    /** One row per element. */
    public val rows: List<FormRow>,
    /** Whether each row shows its sum. */
    public val showRowTotals: Boolean,
    /** Whether each column shows its sum. */
    public val showColumnTotals: Boolean,
)

/** The options of one category above the columns. */
public data class HeaderRow(
    /** Display name of the category. */
    public val category: String,
    /** Options from left to right. */
    public val cells: List<HeaderCell>,
)

/** One option above one or more columns. */
public data class HeaderCell(
    /** Display name of the option. */
    public val name: String,
    /** Number of columns below it. */
    public val span: Int,
)

/** A column: a category option combo. */
public data class FormColumn(
    /** The combo. */
    public val categoryOptionCombo: CategoryOptionComboId,
    /** Its display name; empty for the default combo. */
    public val name: String,
    /** Whether the user may write data under it. */
    public val writable: Boolean,
)

/** A row: a data element. */
public data class FormRow(
    /** The element. */
    public val dataElement: DataElementId,
    /** The name to show. */
    public val name: String,
    /** Help text. */
    public val description: String?,
    /** DHIS2 `ValueType` name, such as `INTEGER_ZERO_OR_POSITIVE`. */
    public val valueType: String,
    /** The list that a value is chosen from. */
    public val optionSet: OptionSetRef?,
    /** Whether its values can be summed. */
    public val numeric: Boolean,
    /** One cell per column of the table. */
    public val cells: List<FormCell>,
)

/** A cell of the form. */
public data class FormCell(
    /** The combo of its column. */
    public val categoryOptionCombo: CategoryOptionComboId,
    /** Not asked for: drawn hatched, cannot be entered. */
    public val greyed: Boolean,
    /** Must be filled in before completion. */
    public val compulsory: Boolean,
    /** Whether the user may write it. */
    public val writable: Boolean,
)

internal fun FfiDataSetForm.toForm() = DataSetForm(
    dataSet = DataSetId(dataSet),
    name = name,
    description = description,
    sections = sections.map { it.toSection() },
)

private fun FfiFormSection.toSection() = FormSection(
    uid = id,
    name = name,
    description = description,
    tables = tables.map { it.toTable() },
    indicators = indicators.map { FormIndicator(it.uid, it.name) },
)

private fun FfiFormTable.toTable() = FormTable(
    header = header.map { it.toHeader() },
    columns = columns.map {
        FormColumn(CategoryOptionComboId(it.categoryOptionCombo), it.name, it.writable)
    },
    rows = rows.map { it.toRow() },
    showRowTotals = showRowTotals,
    showColumnTotals = showColumnTotals,
)

private fun FormHeaderRow.toHeader() =
    HeaderRow(category, cells.map { HeaderCell(it.name, it.span) })

private fun FfiFormRow.toRow() = FormRow(
    dataElement = DataElementId(dataElement),
    name = name,
    description = description,
    valueType = valueType,
    optionSet = optionSet?.toRef(),
    numeric = numeric,
    cells = cells.map {
        val combo = CategoryOptionComboId(it.categoryOptionCombo)
        FormCell(combo, it.greyed, it.compulsory, it.writable)
    },
)
