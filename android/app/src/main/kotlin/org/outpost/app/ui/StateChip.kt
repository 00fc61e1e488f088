package org.outpost.app.ui

import android.content.Context
import android.graphics.drawable.GradientDrawable
import android.util.AttributeSet
import android.view.Gravity
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.RecordState

/** Icon, word and colour of a record's state, with a count in groups. Never colour alone. */
class StateChip @JvmOverloads constructor(context: Context, attrs: AttributeSet? = null) :
    TextView(context, attrs) {

    init {
        setTextAppearance(R.style.Op_Heading)
        setTextSize(0, resources.getDimension(R.dimen.text_small))
        minHeight = context.length(R.dimen.chip)
        gravity = Gravity.CENTER_VERTICAL
        val side = context.length(R.dimen.gap)
        setPaddingRelative(side, 0, side, 0)
        compoundDrawablePadding = context.length(R.dimen.gap_icon)
    }

    /** Shows the state; with a count as "2 Waiting". */
    fun bind(state: RecordState, count: Int? = null) {
        val look = state.look
        val colour = context.colour(look.colour)
        text = when (count) {
            null -> context.getString(look.word)
            else -> context.getString(R.string.count_state, count, context.getString(look.word))
        }
        contentDescription = if (count == null) context.getString(look.spoken) else text
        setTextColor(colour)
        setCompoundDrawablesRelative(icon(look.icon, colour), null, null, null)
        background = GradientDrawable().apply {
            setColor(context.colour(look.container))
            cornerRadius = resources.getDimension(R.dimen.corner_chip)
            setStroke(context.themeLength(R.attr.opChipStroke), colour)
        }
    }

    private fun icon(id: Int, colour: Int) = checkNotNull(context.getDrawable(id)).mutate().apply {
        val size = (ICON_DP * resources.displayMetrics.density * context.iconScale).toInt()
        setBounds(0, 0, size, size)
        setTint(colour)
    }

    private companion object {
        const val ICON_DP = 16
    }
}
