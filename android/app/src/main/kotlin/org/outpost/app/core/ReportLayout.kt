package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Section
import org.outpost.app.model.Severity
import org.outpost.app.model.Table
import org.outpost.app.model.TableRow
import org.outpost.sdk.Cell
import org.outpost.sdk.FormCell
import org.outpost.sdk.FormRow
import org.outpost.sdk.FormSection
import org.outpost.sdk.FormTable
import org.outpost.sdk.Report
import org.outpost.sdk.TableTotals

/** Lays a report out in sections of questions and tables, with values, sums and what is wrong. */
internal class ReportLayout(
    private val context: Context,
    private val report: Report,
    private val kept: Kept,
    private val options: Options,
) {
    private val cells: Map<CellId, Cell> =
        report.state.cells.associateBy { CellId(it.dataElement, it.categoryOptionCombo) }
    private val totals: Map<Pair<Int, Int>, TableTotals> =
        report.state.totals.associateBy { it.section to it.table }

    suspend fun sections(): List<Section> =
        report.form.sections.mapIndexed { at, section -> section(at, section) }

    private suspend fun section(at: Int, section: FormSection): Section {
        val tables =
            section.tables.mapIndexed { place, table -> Triple(place, table, isList(table)) }
        return Section(
            id = section.uid ?: "section:$at",
            title = section.name ?: report.form.name,
            fields = tables.filter { it.third }.flatMap { (_, table, _) ->
                table.rows.map { row ->
                    field(row, row.cells.first(), row.name).copy(hint = row.description)
                }
            },
            tables = tables.filter { !it.third }.map { (place, table, _) ->
                table(table, totals[at to place], "$at:$place")
            },
        )
    }

    /** Elements without a split are questions, one below the other. */
    private fun isList(table: FormTable) = table.columns.size == 1 && table.header.isEmpty()

    private suspend fun table(table: FormTable, sums: TableTotals?, place: String): Table {
        val sum = context.getString(R.string.sum)
        val hasRowSums = table.showRowTotals && sums != null
        val rows = table.rows.mapIndexed { at, row ->
            val cells = row.cells.mapIndexed { column, cell ->
                field(row, cell, "${row.name}, ${table.columns[column].name}")
            }
            val end = total("row:$place:$at", row.name, sums?.rows?.getOrNull(at))
            TableRow(row.name, if (hasRowSums) cells + end else cells, row.description)
        }
        val last = sums?.takeIf { table.showColumnTotals }
            ?.let { sumRow(table, it, place, hasRowSums) }
        val columns = table.columns.map { it.name }
        return Table("", if (hasRowSums) columns + sum else columns, rows + listOfNotNull(last))
    }

    private fun sumRow(
        table: FormTable,
        sums: TableTotals,
        place: String,
        ends: Boolean,
    ): TableRow {
        val name = context.getString(R.string.sum)
        val cells = table.columns.mapIndexed { at, column ->
            total("column:$place:$at", "$name, ${column.name}", sums.columns.getOrNull(at))
        }
        val end = total("grand:$place", name, sums.grand)
        return TableRow(name, if (ends) cells + end else cells)
    }

    private fun total(id: String, label: String, value: String?) =
        Field(id, label, FieldKind.TOTAL, value, readOnly = true)

    private suspend fun field(row: FormRow, cell: FormCell, label: String): Field {
        val id = CellId(row.dataElement, cell.categoryOptionCombo)
        val asked = kindOf(row.valueType, row.optionSet != null)
        val kind = if (cell.greyed) FieldKind.GREYED else asked
        val wrong = kept.answers[id.toString()]
        val stored = cells[id]
        val field = Field(
            id = id.toString(),
            label = label,
            kind = if (cell.writable || cell.greyed) kind else FieldKind.SHOWN_ONLY,
            value = if (wrong != null) wrong.value else stored?.value,
            compulsory = cell.compulsory,
            problem = problem(wrong, stored),
        )
        return options.fill(field, row.optionSet)
    }

    private fun problem(wrong: WrongAnswer?, stored: Cell?): FieldProblem? {
        val words = if (wrong != null) wrong.why else stored?.refusal?.words
        return words?.let { FieldProblem(it, Severity.ERROR) }
    }
}
