package org.outpost.app.ui

import android.content.Context
import android.text.Editable
import android.text.InputFilter
import android.text.InputType
import android.text.TextWatcher
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import java.time.DateTimeException
import java.time.LocalDate
import java.time.Period
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Severity

/** A watcher that only wants to know the text. */
internal fun EditText.onText(act: () -> Unit) = addTextChangedListener(object : TextWatcher {
    override fun beforeTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
    override fun onTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
    override fun afterTextChanged(text: Editable) = act()
})

/** A small box for a number. */
internal fun numberBox(context: Context, says: String, digits: Int) = EditText(context).apply {
    inputType = InputType.TYPE_CLASS_NUMBER
    filters = arrayOf(InputFilter.LengthFilter(digits))
    contentDescription = says
    val side = context.length(R.dimen.gap_card)
    setPaddingRelative(side, 0, side, 0)
}

/** A date of birth: the date where it is known, else years and months. */
class AgeControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    tell: (FieldProblem?) -> Unit,
) : AnswerControl {
    private val date = DateControl(context, field, host, tell)
    override val view = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }
    private val years = numberBox(context, "${field.label}. ${context.getString(R.string.age_years)}", 3)
    private val months = numberBox(context, "${field.label}. ${context.getString(R.string.age_months)}", 2)
    private val said = TextView(context)
    private var showing = false

    override val focusView: View get() = date.focusView

    init {
        view.addView(date.view)
        val boxes = LinearLayout(context)
        view.addView(words(R.string.or_age))
        boxes.addView(years, size(1f))
        boxes.addView(words(R.string.age_years), size(1f))
        boxes.addView(months, size(1f))
        boxes.addView(words(R.string.age_months), size(1f))
        boxes.gravity = android.view.Gravity.CENTER_VERTICAL
        view.addView(boxes)
        said.setTextAppearance(R.style.Op_Second)
        said.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.addView(said)
        years.onText(::typed)
        months.onText(::typed)
    }

    private fun words(id: Int) = TextView(context).apply {
        setTextAppearance(R.style.Op_Second)
        setText(id)
        textAlignment = View.TEXT_ALIGNMENT_VIEW_START
    }

    private fun size(weight: Float) =
        LinearLayout.LayoutParams(0, LayoutParams.WRAP_CONTENT, weight).apply {
            marginEnd = context.length(R.dimen.gap)
        }

    private fun typed() {
        if (showing) return
        val y = years.text.toString().toIntOrNull()
        val m = months.text.toString().toIntOrNull()
        if (y == null && m == null) return
        val born = dayOf(host.nowMs).minusYears((y ?: 0).toLong()).minusMonths((m ?: 0).toLong())
        date.show(born.toString(), null)
        say(born)
        host.answer(field.id, born.toString(), soon = true)
    }

    override fun show(value: String?, display: String?) {
        date.show(value, display)
        val born = value?.let { runCatching { LocalDate.parse(it.take(ISO_DATE_LENGTH)) }.getOrNull() }
        say(born)
        if (years.hasFocus() || months.hasFocus()) return
        showing = true
        val age = born?.let { Period.between(it, dayOf(host.nowMs)) }?.takeIf { !it.isNegative }
        years.setText(age?.years?.toString().orEmpty())
        months.setText(age?.months?.toString().orEmpty())
        showing = false
    }

    private fun say(born: LocalDate?) = said.textOrGone(
        born?.let { context.getString(R.string.born_around, context.dayWords(it, "yMMMMd")) },
    )

    override fun mark(error: Boolean) = date.mark(error)
}

/** A day and a time of day. */
class DateTimeControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    private val tell: (FieldProblem?) -> Unit,
) : AnswerControl {
    override val view = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }
    private var day: String? = null
    private val hour = numberBox(context, "${field.label}. ${context.getString(R.string.hour)}", 2)
    private val minute = numberBox(context, "${field.label}. ${context.getString(R.string.minute)}", 2)
    private var showing = false
    private val date = DateControl(context, field, DayHost(), tell)

    override val focusView: View get() = date.focusView

    /** The day goes to this control first: half a moment is no answer. */
    private inner class DayHost : FieldHost by host {
        override fun answer(fieldId: String, value: String?, soon: Boolean) {
            day = value
            changed()
        }
    }

    init {
        view.addView(date.view)
        val boxes = LinearLayout(context)
        boxes.layoutDirection = View.LAYOUT_DIRECTION_LTR
        boxes.addView(hour, LinearLayout.LayoutParams(0, LayoutParams.WRAP_CONTENT, 1f))
        val colon = TextView(context)
        colon.setTextAppearance(R.style.Op_Title)
        colon.setText(R.string.time_colon)
        colon.setPaddingRelative(context.length(R.dimen.gap), 0, context.length(R.dimen.gap), 0)
        boxes.gravity = android.view.Gravity.CENTER_VERTICAL
        boxes.addView(colon)
        boxes.addView(minute, LinearLayout.LayoutParams(0, LayoutParams.WRAP_CONTENT, 1f))
        boxes.addView(View(context), LinearLayout.LayoutParams(0, 1, 2f))
        view.addView(boxes)
        hour.onText(::changed)
        minute.onText(::changed)
    }

    private fun changed() {
        if (showing) return
        val parts = listOf(hour.text.toString(), minute.text.toString())
        if (day == null && parts.all { it.isEmpty() }) return host.answer(field.id, null, soon = true)
        if (day == null || parts.any { it.isEmpty() }) return
        try {
            val time = java.time.LocalTime.of(parts[0].toInt(), parts[1].toInt())
            host.answer(field.id, "${day}T$time", soon = true)
        } catch (_: DateTimeException) {
            tell(FieldProblem(context.getString(R.string.time_wrong), Severity.ERROR))
        }
    }

    override fun show(value: String?, display: String?) {
        if (hour.hasFocus() || minute.hasFocus()) return
        showing = true
        day = value?.take(ISO_DATE_LENGTH) ?: day
        date.show(value, display)
        val time = value?.substringAfter('T', "")?.take(TIME_LENGTH).orEmpty().split(':')
        if (time.size == 2) {
            hour.setText(time[0])
            minute.setText(time[1])
        }
        showing = false
    }

    override fun mark(error: Boolean) = date.mark(error)

    private companion object {
        const val TIME_LENGTH = 5
    }
}
