package org.outpost.app.ui

import android.content.Context
import android.text.Editable
import android.text.InputType
import android.text.TextWatcher
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind

/** Typed answers: text, numbers, addresses, times. */
class TextControl(context: Context, private val field: Field, host: FieldHost) : AnswerControl {
    override val view = EditText(context)
    private var showing = false

    init {
        view.inputType = inputType(field.kind)
        view.isSingleLine = field.kind != FieldKind.LONG_TEXT
        if (field.kind == FieldKind.LONG_TEXT) view.minLines = 3
        if (field.kind in LEFT_TO_RIGHT) view.textDirection = View.TEXT_DIRECTION_LTR
        view.addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun onTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun afterTextChanged(text: Editable) {
                if (!showing) host.answer(field.id, text.toString(), soon = true)
            }
        })
        view.setOnFocusChangeListener { _, focused ->
            if (!focused) host.answer(field.id, view.text.toString().trim(), soon = false)
        }
    }

    override fun show(value: String?, display: String?) {
        // What is being typed is the person's; the core's form of it is shown when they leave.
        if (view.hasFocus() && view.text.isNotEmpty()) return
        if (view.text.toString() == value.orEmpty()) return
        showing = true
        view.setText(value.orEmpty())
        view.setSelection(view.text.length)
        showing = false
    }

    override fun mark(error: Boolean) {
        view.isActivated = error
    }

    private companion object {
        val LEFT_TO_RIGHT = setOf(FieldKind.PHONE, FieldKind.EMAIL, FieldKind.LINK, FieldKind.TIME)

        fun inputType(kind: FieldKind): Int = when (kind) {
            FieldKind.LONG_TEXT -> InputType.TYPE_CLASS_TEXT or
                InputType.TYPE_TEXT_FLAG_MULTI_LINE or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
            FieldKind.PHONE -> InputType.TYPE_CLASS_PHONE
            FieldKind.EMAIL -> InputType.TYPE_CLASS_TEXT or
                InputType.TYPE_TEXT_VARIATION_EMAIL_ADDRESS
            FieldKind.LINK -> InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_VARIATION_URI
            FieldKind.NUMBER -> InputType.TYPE_CLASS_NUMBER or
                InputType.TYPE_NUMBER_FLAG_DECIMAL or InputType.TYPE_NUMBER_FLAG_SIGNED
            FieldKind.INTEGER -> InputType.TYPE_CLASS_NUMBER or InputType.TYPE_NUMBER_FLAG_SIGNED
            FieldKind.COUNT -> InputType.TYPE_CLASS_NUMBER
            FieldKind.TIME -> InputType.TYPE_CLASS_DATETIME or InputType.TYPE_DATETIME_VARIATION_TIME
            else -> InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
        }
    }
}

/** A few answers as rows or side by side; a tap on the chosen one clears it. */
class ChoiceControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    private val answers: List<Pair<String, String>>,
    sideBySide: Boolean,
) : AnswerControl {
    override val view = LinearLayout(context)
    override val focusView: View get() = view.getChildAt(0)
    private var chosen: String? = null

    init {
        view.orientation = if (sideBySide) LinearLayout.HORIZONTAL else LinearLayout.VERTICAL
        val gap = context.length(R.dimen.gap)
        answers.forEachIndexed { index, (value, name) ->
            val row = choiceRow(context, name)
            row.onTap { toggle(value) }
            val size = when (sideBySide) {
                true -> LinearLayout.LayoutParams(0, LayoutParams.WRAP_CONTENT, 1f)
                false -> LinearLayout.LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.WRAP_CONTENT)
            }
            if (index > 0 && sideBySide) size.marginStart = gap
            if (index > 0 && !sideBySide) size.topMargin = gap
            view.addView(row, size)
        }
    }

    private fun toggle(value: String) {
        val now = value.takeIf { it != chosen }
        show(now, null)
        host.answer(field.id, now, soon = false)
    }

    override fun show(value: String?, display: String?) {
        chosen = value
        answers.forEachIndexed { index, (answer, name) ->
            val row = view.getChildAt(index) as TextView
            val on = answer == value
            row.isSelected = on
            row.setCompoundDrawablesRelative(
                context.icon(if (on) R.drawable.radio_on else R.drawable.radio_off),
                null, null, null,
            )
            val says = if (on) R.string.choice_chosen else R.string.choice_not_chosen
            row.contentDescription = "${field.label}. ${context.getString(says, name)}"
        }
    }
}

/** Ticked or not. */
class TickControl(private val context: Context, private val field: Field, host: FieldHost) :
    AnswerControl {
    override val view: TextView = choiceRow(context, context.getString(R.string.tick_row))

    init {
        view.onTap {
            val now = "true".takeIf { !view.isSelected }
            show(now, null)
            host.answer(field.id, now, soon = false)
        }
    }

    override fun show(value: String?, display: String?) {
        val on = value == "true"
        view.isSelected = on
        view.setCompoundDrawablesRelative(
            context.icon(if (on) R.drawable.check_on else R.drawable.check_off), null, null, null,
        )
        val says = if (on) R.string.choice_chosen else R.string.choice_not_chosen
        view.contentDescription = context.getString(says, field.label)
    }
}

/** Many answers: shows the choice, opens the list. */
class ChoiceSheetControl(context: Context, private val field: Field, host: FieldHost) :
    AnswerControl {
    override val view: TextView = choiceRow(context, "")
    private val empty = context.getString(R.string.not_chosen)

    init {
        view.setCompoundDrawablesRelative(null, null, context.icon(R.drawable.down), null)
        view.onTap { host.act(field, FieldAct.CHOOSE) }
    }

    override fun show(value: String?, display: String?) {
        view.text = if (value == null) empty else display ?: value
        view.contentDescription = "${field.label}. ${view.text}"
    }
}

/** An answer that cannot be changed here. */
class ReadOnlyControl(context: Context, private val field: Field) : AnswerControl {
    override val view = TextView(context)
    private val words = mapOf(
        "true" to context.getString(R.string.yes),
        "false" to context.getString(R.string.no),
    )

    init {
        view.setTextAppearance(R.style.Op_Body)
        view.setTextIsSelectable(true)
        view.setBackgroundResource(R.drawable.field)
        view.isEnabled = false
        view.gravity = Gravity.CENTER_VERTICAL
        view.minHeight = context.length(R.dimen.touch)
        val side = context.length(R.dimen.gap_card)
        view.setPaddingRelative(side, 0, side, 0)
        view.setTextColor(context.colour(R.attr.opText))
    }

    override fun show(value: String?, display: String?) {
        val name = field.choices.firstOrNull { it.value == value }?.name
        val bool = words[value].takeIf { field.kind == FieldKind.YES_NO || field.kind == FieldKind.TICK }
        view.text = display ?: name ?: bool ?: value ?: "–"
        view.contentDescription = "${field.label}. ${view.text}"
    }
}

/** A row that is chosen by a tap. */
fun choiceRow(context: Context, text: String): TextView = Button(context, null, 0, 0).apply {
    setTextAppearance(R.style.Op_Body)
    setTextColor(context.colour(R.attr.opText))
    this.text = text
    isAllCaps = false
    isClickable = true
    isFocusable = true
    setBackgroundResource(R.drawable.choice)
    minHeight = context.length(R.dimen.row)
    gravity = Gravity.CENTER_VERTICAL or Gravity.START
    textAlignment = View.TEXT_ALIGNMENT_VIEW_START
    compoundDrawablePadding = context.length(R.dimen.gap_card)
    val side = context.length(R.dimen.gap_card)
    setPaddingRelative(side, context.length(R.dimen.gap), side, context.length(R.dimen.gap))
}
