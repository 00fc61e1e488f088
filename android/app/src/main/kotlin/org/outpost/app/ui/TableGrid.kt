package org.outpost.app.ui

import android.content.Context
import android.graphics.Rect
import android.view.Gravity
import android.view.KeyEvent
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Severity
import org.outpost.app.model.Table
import org.outpost.app.model.TableRow

/** A table of numbers: tap a cell, type on the pad below, go on to the next. */
class TableGrid(
    context: Context,
    private val table: Table,
    private val enabled: Boolean,
    private val select: (Cell) -> Unit,
) : LinearLayout(context) {

    /** One cell that takes a number. */
    class Cell(val field: Field, val says: String, internal val view: TextView) {
        var value: String = field.value.orEmpty()
            internal set
        var problem: FieldProblem? = field.problem
            internal set

        /** Scrolls it into sight, once the pad has taken its place. */
        fun showOnScreen() {
            view.post { view.requestRectangleOnScreen(Rect(0, 0, view.width, view.height), true) }
        }
    }

    private val cells = mutableListOf<Cell>()

    /** The cells to fill in, in reading order. */
    val order: List<Cell> get() = cells.filter { !it.field.isFixed }

    init {
        orientation = VERTICAL
        addView(headRow())
        table.rows.forEach { addView(row(it)) }
    }

    /** Shows what the core says about a cell; `false` when it is not here. */
    fun show(now: Field): Boolean {
        val cell = cells.firstOrNull { it.field.id == now.id } ?: return false
        cell.problem = now.problem
        display(cell, now.value.orEmpty())
        return true
    }

    /** Shows what is being typed. */
    fun type(cell: Cell, value: String) = display(cell, value)

    /** Marks the cell that the pad writes to. */
    fun mark(selected: Cell?) = cells.forEach { it.view.isSelected = it === selected }

    private fun display(cell: Cell, value: String) {
        cell.value = value
        val view = cell.view
        view.text = value
        view.isActivated = cell.problem?.severity == Severity.ERROR
        val warned = cell.problem != null
        view.setCompoundDrawablesRelative(
            if (warned) context.icon(R.drawable.warning).apply { smaller() } else null, null, null, null,
        )
        val spoken = when {
            cell.field.kind == FieldKind.GREYED -> context.getString(R.string.greyed)
            value.isEmpty() -> context.getString(R.string.cell_empty)
            else -> value
        }
        view.contentDescription = listOfNotNull(
            "${cell.says}: $spoken", cell.problem?.text,
        ).joinToString(". ")
    }

    private fun android.graphics.drawable.Drawable.smaller() =
        setBounds(0, 0, bounds.width() * 3 / 4, bounds.height() * 3 / 4)

    private fun headRow() = LinearLayout(context).apply {
        setBackgroundColor(context.colour(R.attr.opSunken))
        minimumHeight = context.length(R.dimen.touch)
        gravity = Gravity.CENTER_VERTICAL
        addView(label(table.corner), labelSize())
        table.columns.forEach { name ->
            addView(
                label(name).apply {
                    gravity = Gravity.CENTER
                    textAlignment = View.TEXT_ALIGNMENT_CENTER
                },
                // As high as the longest name needs.
                cellSize().apply { height = LayoutParams.WRAP_CONTENT },
            )
        }
    }

    private fun row(row: TableRow) = LinearLayout(context).apply {
        gravity = Gravity.CENTER_VERTICAL
        minimumHeight = context.length(R.dimen.row)
        val name = label(row.label)
        name.importantForAccessibility = View.IMPORTANT_FOR_ACCESSIBILITY_NO
        addView(name, labelSize())
        row.cells.forEachIndexed { column, field ->
            val says = "${row.label}, ${table.columns[column]}"
            val cell = Cell(field, says, cellView(field))
            cells += cell
            display(cell, field.value.orEmpty())
            if (enabled && !field.isFixed) activate(cell)
            addView(cell.view, cellSize())
        }
    }

    private fun activate(cell: Cell) {
        cell.view.isFocusable = true
        cell.view.setOnClickListener { select(cell) }
        // A keyboard types into the cell that has the focus.
        cell.view.setOnKeyListener { _, code, event ->
            val digit = event.action == KeyEvent.ACTION_DOWN && code in KeyEvent.KEYCODE_0..KeyEvent.KEYCODE_9
            if (digit) select(cell)
            false
        }
    }

    private fun cellView(field: Field) = TextView(context).apply {
        setTextAppearance(if (field.kind == FieldKind.TOTAL) R.style.Op_Heading else R.style.Op_Body)
        setTextColor(context.colour(if (enabled) R.attr.opText else R.attr.opText2))
        fontFeatureSettings = "tnum"
        gravity = Gravity.CENTER_VERTICAL or Gravity.END
        textAlignment = View.TEXT_ALIGNMENT_VIEW_END
        minHeight = context.length(R.dimen.row) - context.length(R.dimen.gap_icon)
        val side = context.length(R.dimen.gap)
        setPaddingRelative(side / 2, 0, side, 0)
        isEnabled = enabled && !field.isFixed
        background = when (field.kind) {
            FieldKind.GREYED -> Hatch(context.colour(R.attr.opSunken), context.colour(R.attr.opDivider))
            else -> context.getDrawable(R.drawable.cell)
        }
    }

    private fun label(text: String) = TextView(context).apply {
        setTextAppearance(R.style.Op_Second)
        setTextColor(context.colour(R.attr.opText))
        this.text = text
        textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        val gap = context.length(R.dimen.gap_icon)
        setPaddingRelative(gap, gap, gap, gap)
    }

    private fun labelSize() =
        LayoutParams(context.length(R.dimen.table_label), LayoutParams.WRAP_CONTENT)

    private fun cellSize() = LayoutParams(0, LayoutParams.MATCH_PARENT, 1f).apply {
        val gap = context.length(R.dimen.gap_icon) / 2
        setMargins(gap, gap, gap, gap)
    }

    companion object {
        private const val LARGE_TEXT = 1.5f
        private val NUMBERS = setOf(
            FieldKind.COUNT, FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.TOTAL, FieldKind.GREYED,
        )

        /** Whether the table can be a grid here; else its rows are cards with questions. */
        fun fits(context: Context, table: Table, width: Int): Boolean {
            val cellWidth = (width - context.length(R.dimen.table_label)) / table.columns.size
            return table.rows.all { row -> row.cells.all { it.kind in NUMBERS } } &&
                cellWidth >= context.length(R.dimen.table_cell) &&
                context.resources.configuration.fontScale < LARGE_TEXT
        }
    }
}
