package org.outpost.app.ui

import android.app.AlertDialog
import android.content.Context
import android.text.Editable
import android.text.InputFilter
import android.text.InputType
import android.text.TextWatcher
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import java.time.DateTimeException
import java.time.LocalDate
import java.time.Month
import java.time.format.TextStyle
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Severity

/** Length of `yyyy-MM-dd`. */
internal const val ISO_DATE_LENGTH = 10

/** A date as day, month by name, year; and the two days that are asked for most. */
class DateControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    private val tell: (FieldProblem?) -> Unit,
) : AnswerControl {
    override val view = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }
    private val day = box(R.string.date_day, digits = 2)
    private val month: TextView = choiceRow(context, "")
    private val year = box(R.string.date_year, digits = 4)
    private var monthNumber: Int? = null
    private var showing = false

    override val focusView: View get() = day

    init {
        val boxes = LinearLayout(context)
        boxes.addView(day, weighted(2f, first = true))
        boxes.addView(month, weighted(4f))
        boxes.addView(year, weighted(3f))
        view.addView(boxes)
        val quick = LinearLayout(context)
        val today = dayOf(host.nowMs)
        quick.addView(quickButton(R.string.date_today, today))
        quick.addView(quickButton(R.string.date_yesterday, today.minusDays(1)))
        view.addView(quick)
        month.setPaddingRelative(context.length(R.dimen.gap_card), 0, context.length(R.dimen.gap), 0)
        month.setCompoundDrawablesRelative(null, null, context.icon(R.drawable.down), null)
        month.onTap(::chooseMonth)
    }

    override fun show(value: String?, display: String?) {
        if (day.hasFocus() || year.hasFocus()) return
        val date = value?.let { runCatching { LocalDate.parse(it.take(ISO_DATE_LENGTH)) }.getOrNull() }
        put(date)
    }

    override fun mark(error: Boolean) {
        day.isActivated = error
        year.isActivated = error
    }

    private fun put(date: LocalDate?) {
        showing = true
        day.setText(date?.dayOfMonth?.toString().orEmpty())
        year.setText(date?.year?.toString().orEmpty())
        showMonth(date?.monthValue)
        showing = false
    }

    private fun showMonth(number: Int?) {
        monthNumber = number
        month.text = number?.let(::monthName) ?: context.getString(R.string.date_month)
        month.contentDescription =
            "${field.label}. ${context.getString(R.string.date_month)}. ${month.text}"
    }

    private fun monthName(number: Int): String =
        Month.of(number).getDisplayName(TextStyle.SHORT_STANDALONE, context.locale)

    private fun chooseMonth() {
        val names = Month.entries.map { it.getDisplayName(TextStyle.FULL_STANDALONE, context.locale) }
        AlertDialog.Builder(context)
            .setTitle(R.string.date_month)
            .setItems(names.toTypedArray()) { _, index ->
                showMonth(index + 1)
                changed()
            }
            .show()
    }

    /** Tells the core once the three boxes are a date; says so when they can be none. */
    private fun changed() {
        if (showing) return
        val parts = listOf(day.text.toString(), monthNumber?.toString().orEmpty(), year.text.toString())
        if (parts.all { it.isEmpty() }) return host.answer(field.id, null, soon = true)
        if (parts.any { it.isEmpty() } || parts[2].length < YEAR_DIGITS) return
        try {
            val date = LocalDate.of(parts[2].toInt(), parts[1].toInt(), parts[0].toInt())
            host.answer(field.id, date.toString(), soon = true)
        } catch (_: DateTimeException) {
            tell(FieldProblem(context.getString(R.string.date_wrong), Severity.ERROR))
        }
    }

    private fun quickButton(text: Int, date: LocalDate) =
        Button(context, null, 0, R.style.Op_Button_Quiet).apply {
            setText(text)
            contentDescription = "${field.label}. ${context.getString(text)}"
            val side = context.length(R.dimen.gap_card)
            setPaddingRelative(side, 0, side, 0)
            onTap {
                put(date)
                host.answer(field.id, date.toString(), soon = false)
            }
        }

    private fun box(says: Int, digits: Int) = EditText(context).apply {
        inputType = InputType.TYPE_CLASS_NUMBER
        filters = arrayOf(InputFilter.LengthFilter(digits))
        contentDescription = "${field.label}. ${context.getString(says)}"
        val side = context.length(R.dimen.gap_card)
        setPaddingRelative(side, 0, side, 0)
        addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun onTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun afterTextChanged(text: Editable) = changed()
        })
    }

    private fun weighted(weight: Float, first: Boolean = false) =
        LinearLayout.LayoutParams(0, LayoutParams.MATCH_PARENT, weight).apply {
            if (!first) marginStart = context.length(R.dimen.gap)
        }

    private companion object {
        const val YEAR_DIGITS = 4
    }
}
