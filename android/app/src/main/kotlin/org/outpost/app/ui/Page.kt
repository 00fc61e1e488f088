package org.outpost.app.ui

import android.content.Context
import android.content.res.ColorStateList
import android.text.InputType
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.Switch
import android.widget.TextView
import org.outpost.app.R

/** A page from top to bottom: headings, sentences, rows to open, buttons, boxes to type in. */
class Page(private val column: LinearLayout) {
    private val context: Context = column.context

    fun clear() = column.removeAllViews()

    fun title(text: String) = words(text, R.style.Op_Title, R.dimen.gap_card).asHeading()

    /** The one thing to read from afar. */
    fun count(text: String): TextView =
        words(text, R.style.Op_Count, R.dimen.gap_card).apply { asHeading() }

    fun heading(text: String) = words(text, R.style.Op_Heading, R.dimen.gap_section).asHeading()

    fun body(text: String): TextView = words(text, R.style.Op_Body, R.dimen.gap)

    fun second(text: String): TextView = words(text, R.style.Op_Second, R.dimen.gap_icon)

    private fun words(text: String, style: Int, above: Int): TextView {
        val view = TextView(context)
        view.setTextAppearance(style)
        view.text = text
        view.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.setLineSpacing(0f, LINE_SPACING)
        view(view, above)
        return view
    }

    /** A sentence with a picture before it: good, to look at, wrong. */
    fun standing(text: String, icon: Int, colour: Int): TextView = body(text).apply {
        compoundDrawablePadding = context.length(R.dimen.gap)
        gravity = Gravity.CENTER_VERTICAL
        val drawn = context.icon(icon)
        drawn.setTint(context.colour(colour))
        setCompoundDrawablesRelative(drawn, null, null, null)
    }

    /** Name and value, one under the other. */
    fun fact(name: String, value: String) {
        second(name)
        words(value, R.style.Op_Body, 0)
    }

    /** Digits that two people compare: in their order and one by one, whatever the language. */
    fun digits(groups: String) {
        val view = words(groups, R.style.Op_Title, R.dimen.gap_icon)
        view.textDirection = View.TEXT_DIRECTION_LTR
        view.contentDescription = groups.split(' ').joinToString(", ") { it.toList().joinToString(" ") }
    }

    /** An address or a long number: from left to right in every language. */
    fun address(text: String) {
        words(text, R.style.Op_Body, 0).textDirection = View.TEXT_DIRECTION_LTR
    }

    fun entry(entry: RowItem.Entry) {
        val row = column.add(R.layout.row_entry)
        row.setPaddingRelative(0, row.paddingTop, 0, row.paddingBottom)
        bindEntry(row, entry)
    }

    fun main(text: String, act: () -> Unit): Button = button(text, R.style.Op_Button_Main, act)

    fun secondary(text: String, act: () -> Unit): Button = button(text, R.style.Op_Button_Second, act)

    fun danger(text: String, act: () -> Unit): Button =
        button(text, R.style.Op_Button_Second, act).apply {
            val states = arrayOf(intArrayOf(-android.R.attr.state_enabled), intArrayOf())
            val colours = intArrayOf(context.colour(R.attr.opHint), context.colour(R.attr.opDanger))
            setTextColor(ColorStateList(states, colours))
        }

    private fun button(text: String, style: Int, act: () -> Unit): Button {
        val button = Button(context, null, 0, style)
        button.text = text
        button.onTap(act)
        view(button, R.dimen.gap_card)
        return button
    }

    /** A box to type in, with its label above. */
    fun box(label: String, text: String = "", kind: Int = InputType.TYPE_CLASS_TEXT): EditText {
        val name = body(label)
        val box = EditText(context)
        box.id = View.generateViewId()
        box.inputType = kind
        box.setText(text)
        name.labelFor = box.id
        view(box, R.dimen.gap_icon)
        return box
    }

    /** A row that is on or off. */
    fun switch(text: String, on: Boolean, act: (Boolean) -> Unit) {
        val row = Switch(context)
        row.setTextAppearance(R.style.Op_Body)
        row.setTextColor(context.colour(R.attr.opText))
        row.text = text
        row.isChecked = on
        row.minHeight = context.length(R.dimen.row)
        row.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        row.setOnCheckedChangeListener { _, now -> act(now) }
        view(row, R.dimen.gap)
    }

    /** A few answers of which one holds. */
    fun choice(answers: List<Pair<String, String>>, chosen: String?, act: (String) -> Unit) {
        for ((value, name) in answers) {
            val on = value == chosen
            val row = choiceRow(context, name)
            row.isSelected = on
            row.setCompoundDrawablesRelative(
                context.icon(if (on) R.drawable.radio_on else R.drawable.radio_off), null, null, null,
            )
            val says = if (on) R.string.choice_chosen else R.string.choice_not_chosen
            row.contentDescription = context.getString(says, name)
            row.onTap { act(value) }
            view(row, R.dimen.gap)
        }
    }

    fun view(view: View, above: Int = R.dimen.gap) {
        val size = LinearLayout.LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.WRAP_CONTENT)
        if (above != 0) size.topMargin = context.length(above)
        column.addView(view, size)
    }

    /** A view of a height of its own. */
    fun view(view: View, above: Int, height: Int) {
        val size = LinearLayout.LayoutParams(LayoutParams.MATCH_PARENT, context.length(height))
        size.topMargin = context.length(above)
        column.addView(view, size)
    }

    private companion object {
        const val LINE_SPACING = 1.15f
    }
}
