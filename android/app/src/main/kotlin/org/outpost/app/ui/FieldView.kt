package org.outpost.app.ui

import android.content.Context
import android.graphics.drawable.Drawable
import android.view.View
import android.view.ViewGroup
import android.widget.FrameLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.CHOICES_SHOWN_MAX
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Severity

/** What a question asks of the screen around it. */
interface FieldHost {
    /** The person answered; `null` clears. [soon] when typing may go on. */
    fun answer(fieldId: String, value: String?, soon: Boolean)

    /** The person wants what a control of its own gives: a list, a place, a picture. */
    fun act(field: Field, act: FieldAct)

    /** The picture that is the answer, for showing; `null` until it is read, or when it is not here. */
    fun picture(id: String, show: (ByteArray) -> Unit)

    /** What a place is called. */
    fun placeName(id: String, show: (String) -> Unit)

    /** Unix ms UTC; what "today" means. */
    val nowMs: Long
}

/** What a question may ask for beside typing. */
enum class FieldAct { CHOOSE, PLACE, CAMERA, SIGN, SCAN, LOCATE }

/** Shows and takes one answer. */
interface AnswerControl {
    val view: View

    /** Shows a value that the core gave. */
    fun show(value: String?, display: String?)

    /** Marks the control as wrong, or not. */
    fun mark(error: Boolean) = Unit

    /** Where typing or choosing begins. */
    val focusView: View get() = view
}

/** One question: what is asked, what helps, the control, what is wrong with the answer. */
class FieldView(context: Context, field: Field, host: FieldHost, private val enabled: Boolean) :
    FrameLayout(context) {

    /** The question as it is shown now. */
    var field: Field = field
        private set

    private val control: AnswerControl
    private val problem: TextView

    init {
        val root = add(R.layout.field)
        val label = root.part<TextView>(R.id.field_label)
        label.text = field.label
        describe()
        problem = root.part(R.id.field_problem)
        control = control(host, enabled && !field.isFixed)
        root.part<ViewGroup>(R.id.field_control).addView(control.view)
        // A label speaks for the view that takes the answer.
        control.focusView.id = View.generateViewId()
        label.labelFor = control.focusView.id
        control.show(field.value, field.display)
        showProblem(field.problem)
    }

    /** Shows what the core says now; `false` when the question must be drawn anew. */
    fun show(now: Field): Boolean {
        if (now.kind != field.kind || now.isFixed != field.isFixed) return false
        if (now.choices != field.choices || now.label != field.label) return false
        field = now
        describe()
        control.show(now.value, now.display)
        showProblem(now.problem)
        return true
    }

    private fun describe() {
        part<TextView>(R.id.field_optional).visibility =
            if (field.compulsory || !enabled || field.isFixed) View.GONE else View.VISIBLE
        part<TextView>(R.id.field_hint).textOrGone(hint())
    }

    /** Shows a problem without touching what is being typed. */
    fun showProblem(found: FieldProblem?) {
        problem.textOrGone(found?.text)
        control.mark(found?.severity == Severity.ERROR)
        if (found == null) return
        val error = found.severity == Severity.ERROR
        problem.setTextColor(context.colour(if (error) R.attr.opDanger else R.attr.opWaiting))
        problem.setCompoundDrawablesRelative(
            context.icon(if (error) R.drawable.error else R.drawable.warning), null, null, null,
        )
    }

    /** Puts the person at the answer. */
    fun takeFocus() {
        control.focusView.requestFocus()
    }

    /** Whether [takeFocus]'s view has the focus. */
    val isAnswering: Boolean get() = control.view.hasFocus()

    private fun hint(): String? = listOfNotNull(
        field.hint,
        field.unit,
        context.getString(R.string.time_hint).takeIf { field.kind == FieldKind.TIME },
        context.getString(R.string.shown_only).takeIf { field.kind == FieldKind.SHOWN_ONLY },
    ).joinToString(" · ").ifEmpty { null }

    private fun control(host: FieldHost, enabled: Boolean): AnswerControl = when {
        field.kind == FieldKind.PICTURE -> PictureControl(context, field, host, enabled)
        field.kind == FieldKind.PLACE -> PlaceControl(context, field, host, enabled)
        !enabled -> ReadOnlyControl(context, field)
        field.kind == FieldKind.YES_NO -> yesNo(host)
        field.kind == FieldKind.TICK -> TickControl(context, field, host)
        field.kind == FieldKind.DATE -> DateControl(context, field, host, ::showProblem)
        field.kind == FieldKind.AGE -> AgeControl(context, field, host, ::showProblem)
        field.kind == FieldKind.DATE_TIME -> DateTimeControl(context, field, host, ::showProblem)
        field.kind == FieldKind.COORDINATE -> CoordinateControl(context, field, host)
        field.kind == FieldKind.CODE -> CodeControl(context, field, host)
        field.kind == FieldKind.CHOICES -> ChoicesControl(context, field, host)
        field.kind == FieldKind.CHOICE && field.choices.size in 1..CHOICES_SHOWN_MAX ->
            ChoiceControl(context, field, host, field.choices.map { it.value to it.name }, false)
        field.kind == FieldKind.CHOICE -> ChoiceSheetControl(context, field, host)
        else -> TextControl(context, field, host)
    }

    private fun yesNo(host: FieldHost): AnswerControl {
        val answers = listOf(
            "true" to context.getString(R.string.yes),
            "false" to context.getString(R.string.no),
        )
        // Side by side they no longer fit when text is large.
        val sideBySide = resources.configuration.fontScale < 1.5f
        return ChoiceControl(context, field, host, answers, sideBySide)
    }
}

/** Not for the person to fill in. */
val Field.isFixed: Boolean
    get() = readOnly ||
        kind == FieldKind.SHOWN_ONLY || kind == FieldKind.GREYED || kind == FieldKind.TOTAL

/** An icon beside text, as large as the text asks. */
fun Context.icon(id: Int): Drawable = checkNotNull(getDrawable(id)).mutate().apply {
    val size = (20 * resources.displayMetrics.density * iconScale).toInt()
    setBounds(0, 0, size, size)
}
