package org.outpost.app.screens

import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.Form
import org.outpost.app.model.Section
import org.outpost.app.model.Table
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.FieldHost
import org.outpost.app.ui.FieldView
import org.outpost.app.ui.TableGrid
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.icon
import org.outpost.app.ui.length

/** The questions and tables of one section. */
class SectionView(
    private val column: ColumnLayout,
    private val host: FieldHost,
    private val entry: TableEntry,
) {
    private val context = column.context
    private val fields = LinkedHashMap<String, FieldView>()
    private val grids = mutableListOf<TableGrid>()
    private var isEnabled = true

    /** Cells that are questions, because the table does not fit. */
    private val inTables = mutableSetOf<String>()

    /** Where in the column the first question stands. */
    private var firstField = 0

    /** The field being answered now. */
    val answering: String? get() = fields.entries.firstOrNull { it.value.isAnswering }?.key

    fun bind(form: Form, section: Section) {
        form.readOnlyReason?.let(::lockLine)
        heading(section.title)
        val enabled = form.readOnlyReason == null
        isEnabled = enabled
        firstField = column.childCount
        section.fields.forEach { question(it, enabled) }
        val width = tableWidth()
        column.wide = section.tables.any { TableGrid.fits(context, it, width) }
        section.tables.forEach { table ->
            if (TableGrid.fits(context, table, width)) grid(table, enabled) else cards(table, enabled)
        }
        entry.bind(grids)
    }

    /**
     * Shows the section as the core has it now: questions come, go and change where they stand, so
     * that what a person is typing stays under the finger. [keep] is what is not stored yet.
     */
    fun show(now: Section, keep: (String) -> Boolean) {
        val asked = now.fields.map { it.id }.toSet()
        fields.keys.filter { it !in asked && it !in inTables }.forEach { gone ->
            column.removeView(fields.remove(gone))
        }
        var after: View? = null
        for (field in now.fields) {
            val view = fields[field.id]
            val shown = view != null && (keep(field.id) || view.show(field))
            if (!shown) {
                val at = when {
                    view != null -> column.indexOfChild(view).also { column.removeView(view) }
                    after != null -> column.indexOfChild(after) + 1
                    else -> firstField
                }
                val fresh = FieldView(context, field, host, isEnabled)
                fields[field.id] = fresh
                column.addView(fresh, at)
            }
            after = fields[field.id]
        }
        now.tables.flatMap { it.rows }.flatMap { it.cells }.filterNot { keep(it.id) }.forEach { cell ->
            if (grids.none { it.show(cell) }) {
                fields[cell.id]?.let { it.show(cell.copy(label = it.field.label, compulsory = true)) }
            }
        }
    }

    /** Puts the person at a field. */
    fun goTo(fieldId: String) {
        fields[fieldId]?.let { view ->
            view.takeFocus()
            view.requestRectangleOnScreen(android.graphics.Rect(0, 0, view.width, view.height), true)
        } ?: entry.goTo(fieldId)
    }

    /** The width a table would have; before the first layout, from the screen. */
    private fun tableWidth(): Int {
        val metrics = context.resources.displayMetrics
        val screen = (context.resources.configuration.screenWidthDp * metrics.density).toInt()
        val beside = if (context.resources.getBoolean(R.bool.two_pane)) context.length(R.dimen.list_pane) else 0
        val known = (column.parent as View).width
        return (if (known > 0) known else screen - beside) - column.paddingStart - column.paddingEnd
    }

    private fun lockLine(reason: String) {
        val line = TextView(context)
        line.setTextAppearance(R.style.Op_Second)
        line.text = reason
        line.setBackgroundResource(R.drawable.field)
        line.isEnabled = false
        line.minHeight = context.length(R.dimen.touch)
        line.gravity = android.view.Gravity.CENTER_VERTICAL
        line.compoundDrawablePadding = context.length(R.dimen.gap)
        line.setCompoundDrawablesRelative(context.icon(R.drawable.lock), null, null, null)
        val gap = context.length(R.dimen.gap_card)
        line.setPaddingRelative(gap, gap, gap, gap)
        column.addView(line)
    }

    private fun heading(text: String) {
        val view = TextView(context)
        view.setTextAppearance(R.style.Op_Title)
        view.text = text
        view.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.asHeading()
        view.setPaddingRelative(0, context.length(R.dimen.gap_card), 0, context.length(R.dimen.gap))
        column.addView(view)
    }

    private fun hint(text: String) {
        val view = TextView(context)
        view.setTextAppearance(R.style.Op_Second)
        view.text = text
        view.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.setPaddingRelative(0, 0, 0, context.length(R.dimen.gap))
        column.addView(view)
    }

    private fun question(field: Field, enabled: Boolean) {
        val view = FieldView(context, field, host, enabled)
        fields[field.id] = view
        column.addView(view)
    }

    private fun grid(table: Table, enabled: Boolean) {
        val grid = TableGrid(context, table, enabled, entry::select)
        grids += grid
        val size = ViewGroup.MarginLayoutParams(
            ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT,
        )
        size.bottomMargin = context.length(R.dimen.gap_section)
        column.addView(grid, android.widget.LinearLayout.LayoutParams(size))
    }

    /** A table that does not fit: each row a heading, each cell a question. */
    private fun cards(table: Table, enabled: Boolean) = table.rows.forEach { row ->
        heading(row.label)
        row.hint?.let(::hint)
        row.cells.forEachIndexed { at, cell ->
            if (cell.kind == FieldKind.GREYED) return@forEachIndexed
            val name = table.columns[at].ifEmpty { cell.label }
            inTables += cell.id
            question(cell.copy(label = name, compulsory = true), enabled)
        }
    }
}

/** The field of that id, wherever it is. */
fun Form.field(id: String): Field? =
    sections.firstNotNullOfOrNull { section -> section.allFields.firstOrNull { it.id == id } }
