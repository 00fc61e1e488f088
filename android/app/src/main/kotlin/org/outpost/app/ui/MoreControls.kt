package org.outpost.app.ui

import android.content.Context
import android.graphics.BitmapFactory
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.Button
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.TextView
import java.util.Locale
import org.json.JSONArray
import org.json.JSONException
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.CHOICES_SHOWN_MAX

/** A button below or beside an answer: camera, sign, scan. */
internal fun actButton(context: Context, words: Int, icon: Int, says: String, act: () -> Unit) =
    Button(context, null, 0, R.style.Op_Button_Second).apply {
        setText(words)
        contentDescription = "$says. ${context.getString(words)}"
        compoundDrawablePadding = context.length(R.dimen.gap)
        setCompoundDrawablesRelative(context.icon(icon), null, null, null)
        onTap(act)
    }

private fun column(context: Context) = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }

private fun below(context: Context) = LinearLayout.LayoutParams(
    LayoutParams.MATCH_PARENT, LayoutParams.WRAP_CONTENT,
).apply { topMargin = context.length(R.dimen.gap) }

/** Text that may stand on a label: a box, and the camera beside it. */
class CodeControl(context: Context, field: Field, host: FieldHost) : AnswerControl {
    private val text = TextControl(context, field.copy(kind = FieldKind.TEXT), host)
    override val view = column(context)
    override val focusView: View get() = text.view

    init {
        view.addView(text.view)
        view.addView(
            actButton(context, R.string.scan_label, R.drawable.scan, field.label) {
                host.act(field, FieldAct.SCAN)
            },
            below(context),
        )
    }

    override fun show(value: String?, display: String?) = text.show(value, display)

    override fun mark(error: Boolean) = text.mark(error)
}

/** Where on the map: one button; what it gave, in words and numbers. */
class CoordinateControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
) : AnswerControl {
    override val view = column(context)
    private val said = TextView(context)
    private val locate = actButton(context, R.string.get_place, R.drawable.place, field.label) {
        host.act(field, FieldAct.LOCATE)
    }
    override val focusView: View get() = locate

    init {
        said.setTextAppearance(R.style.Op_Body)
        said.textDirection = View.TEXT_DIRECTION_LTR
        said.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.addView(said)
        view.addView(locate, below(context))
    }

    override fun show(value: String?, display: String?) {
        said.textOrGone(value?.let(::coordinateWords))
    }
}

/** `[lon,lat]` as people write it: latitude first, five digits, which is a metre. */
fun coordinateWords(value: String): String = try {
    val both = JSONArray(value)
    String.format(Locale.ROOT, "%.5f, %.5f", both.getDouble(1), both.getDouble(0))
} catch (_: JSONException) {
    value
}

/** An organisation unit: its name; a tap opens the tree. */
class PlaceControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    enabled: Boolean,
) : AnswerControl {
    override val view: TextView = choiceRow(context, "")

    init {
        view.isEnabled = enabled
        view.setCompoundDrawablesRelative(context.icon(R.drawable.place), null, context.icon(R.drawable.down), null)
        view.onTap { host.act(field, FieldAct.PLACE) }
    }

    override fun show(value: String?, display: String?) {
        say(display ?: context.getString(R.string.not_chosen))
        if (value != null && display == null) host.placeName(value, ::say)
    }

    private fun say(words: String) {
        view.text = words
        view.contentDescription = "${field.label}. $words"
    }
}

/** Several of a list: few as rows with ticks, many as one field that opens the list. */
class ChoicesControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
) : AnswerControl {
    override val view = column(context)
    private val few = field.choices.size in 1..CHOICES_SHOWN_MAX
    override val focusView: View get() = view.getChildAt(0)
    private var chosen: List<String> = emptyList()

    init {
        if (few) field.choices.forEach { choice ->
            view.addView(choiceRow(context, choice.name).apply { onTap { toggle(choice.value) } }, below(context))
        }
        else view.addView(
            choiceRow(context, "").apply {
                setCompoundDrawablesRelative(null, null, context.icon(R.drawable.down), null)
                onTap { host.act(field, FieldAct.CHOOSE) }
            },
        )
    }

    private fun toggle(value: String) {
        val now = chosen.toggled(value)
        show(now.joinToString(",").ifEmpty { null }, null)
        host.answer(field.id, now.joinToString(",").ifEmpty { null }, soon = false)
    }

    override fun show(value: String?, display: String?) {
        chosen = value.severalCodes()
        if (!few) {
            val row = view.getChildAt(0) as TextView
            row.text = display ?: value ?: context.getString(R.string.not_chosen)
            row.contentDescription = "${field.label}. ${row.text}"
            return
        }
        field.choices.forEachIndexed { at, choice ->
            val row = view.getChildAt(at) as TextView
            val on = choice.value in chosen
            row.isSelected = on
            row.setCompoundDrawablesRelative(
                context.icon(if (on) R.drawable.check_on else R.drawable.check_off), null, null, null,
            )
            val says = if (on) R.string.choice_chosen else R.string.choice_not_chosen
            row.contentDescription = "${field.label}. ${context.getString(says, choice.name)}"
        }
    }
}

/** The codes of a multi-text value (DHIS2: with commas between). */
fun String?.severalCodes(): List<String> =
    this?.split(',')?.map { it.trim() }?.filter { it.isNotEmpty() }.orEmpty()

/** The list with the code, or without it when it was there. */
fun List<String>.toggled(code: String): List<String> = if (code in this) this - code else this + code

/** A picture: from the camera, or drawn with the finger; shown small. */
class PictureControl(
    private val context: Context,
    private val field: Field,
    private val host: FieldHost,
    private val enabled: Boolean,
) : AnswerControl {
    override val view = column(context)
    private val picture = ImageView(context)
    private val said = TextView(context)
    override val focusView: View get() = if (enabled) view.getChildAt(2) else said

    init {
        picture.adjustViewBounds = true
        picture.maxHeight = context.length(R.dimen.picture)
        picture.scaleType = ImageView.ScaleType.FIT_START
        view.addView(picture, LinearLayout.LayoutParams(LayoutParams.WRAP_CONTENT, LayoutParams.WRAP_CONTENT))
        said.setTextAppearance(R.style.Op_Second)
        said.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        view.addView(said)
        if (enabled) acts()
    }

    private fun acts() {
        view.addView(
            actButton(context, R.string.take_photo, R.drawable.camera, field.label) {
                host.act(field, FieldAct.CAMERA)
            },
            below(context),
        )
        view.addView(
            actButton(context, R.string.sign_here, R.drawable.sign, field.label) {
                host.act(field, FieldAct.SIGN)
            },
            below(context),
        )
    }

    override fun show(value: String?, display: String?) {
        picture.visibility = View.GONE
        said.setText(if (value == null) R.string.no_picture else R.string.picture_kept)
        if (value == null) return
        host.picture(value) { bytes ->
            val drawn = BitmapFactory.decodeByteArray(bytes, 0, bytes.size) ?: return@picture
            picture.setImageBitmap(drawn)
            picture.contentDescription = "${field.label}. ${said.text}"
            picture.visibility = View.VISIBLE
        }
    }
}
