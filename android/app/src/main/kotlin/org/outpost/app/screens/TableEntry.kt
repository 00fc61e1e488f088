package org.outpost.app.screens

import android.content.Context
import android.view.View
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.ui.NumberPad
import org.outpost.app.ui.TableGrid

/** Typing numbers into tables: which cell has the pad, what a key does, which cell is next. */
class TableEntry(
    private val context: Context,
    private val place: ViewGroup,
    private val answer: (fieldId: String, value: String?, soon: Boolean) -> Unit,
    private val padShown: (Boolean) -> Unit,
    private val pastTheLast: () -> Unit,
) {
    private var grids: List<TableGrid> = emptyList()
    private var cell: TableGrid.Cell? = null
    private val pad = NumberPad(context, ::press).also(place::addView)

    /** The field that the pad writes to. */
    val selectedId: String? get() = cell?.field?.id

    fun bind(grids: List<TableGrid>) {
        this.grids = grids
        cell = null
    }

    /** Gives the pad to a cell. */
    fun select(to: TableGrid.Cell) {
        leaveCell()
        cell = to
        grids.forEach { it.mark(to) }
        place.visibility = View.VISIBLE
        pad.offer(to.field.kind)
        padShown(true)
        refresh()
        to.showOnScreen()
    }

    /** Gives the pad to the cell of this field, if it is here. */
    fun goTo(fieldId: String) {
        order().firstOrNull { it.field.id == fieldId }?.let(::select)
    }

    /** Puts the pad away. */
    fun close() {
        leaveCell()
        cell = null
        grids.forEach { it.mark(null) }
        if (place.visibility != View.GONE) padShown(false)
        place.visibility = View.GONE
    }

    /** Says anew which cell this is and what is wrong with it. */
    fun refresh() {
        val at = cell ?: return
        pad.say(at.problem?.text ?: at.says, warning = at.problem != null)
    }

    private fun press(key: NumberPad.Key) {
        val at = cell ?: return
        when (key) {
            is NumberPad.Key.Digit -> if (at.value.length < DIGITS_MAX) type(at, at.value + key.digit)
            NumberPad.Key.Point -> if ('.' !in at.value) type(at, at.value.ifEmpty { "0" } + ".")
            NumberPad.Key.Sign -> type(at, turned(at.value))
            NumberPad.Key.Delete -> type(at, at.value.dropLast(1))
            NumberPad.Key.Next -> next(at)
        }
    }

    private fun type(at: TableGrid.Cell, value: String) {
        val number = value.withoutLeadingZeros()
        grids.firstOrNull { at in it.order }?.type(at, number)
        answer(at.field.id, number, true)
    }

    private fun turned(value: String) = if (value.startsWith("-")) value.drop(1) else "-$value"

    /** "07" is not how a number is written, and the server says so. */
    private fun String.withoutLeadingZeros(): String {
        val sign = if (startsWith("-")) "-" else ""
        val digits = removePrefix("-").replace(Regex("^0+(?=[0-9])"), "")
        return sign + digits
    }

    private fun next(at: TableGrid.Cell) {
        val order = order()
        val next = order.getOrNull(order.indexOf(at) + 1)
        if (next == null) pastTheLast() else select(next)
    }

    private fun leaveCell() {
        cell?.let { answer(it.field.id, it.value, false) }
    }

    private fun order(): List<TableGrid.Cell> = grids.flatMap { it.order }

    private companion object {
        /** The server's largest integer has ten digits; nine never pass it. */
        const val DIGITS_MAX = 9
    }
}
