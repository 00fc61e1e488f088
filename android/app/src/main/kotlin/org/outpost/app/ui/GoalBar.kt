package org.outpost.app.ui

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Goal
import org.outpost.app.screens.goalWords

/** A target: its name, how far in words, and the same as a bar. */
class GoalBar(context: Context, goal: Goal) : LinearLayout(context) {
    init {
        orientation = VERTICAL
        val words = goalWords(context, goal)
        addView(text(goal.name, R.style.Op_Body))
        addView(text(words, R.style.Op_Second).apply { icon(goal) })
        val share = if (goal.target > 0) (goal.reached ?: 0.0) / goal.target else 0.0
        addView(ShareBar(context, share), LayoutParams(LayoutParams.MATCH_PARENT, context.length(R.dimen.margin)))
        contentDescription = "${goal.name}. $words"
    }

    private fun text(words: String, style: Int) = TextView(context).apply {
        setTextAppearance(style)
        text = words
        textAlignment = View.TEXT_ALIGNMENT_VIEW_START
    }

    private fun TextView.icon(goal: Goal) {
        val id = when {
            goal.isReached -> R.drawable.state_sent
            goal.isBehind -> R.drawable.warning
            else -> return
        }
        compoundDrawablePadding = context.length(R.dimen.gap_icon)
        setCompoundDrawablesRelative(context.icon(id), null, null, null)
    }
}

/** A share of a whole, drawn from where one begins to read; what is more than the whole is full. */
class ShareBar(context: Context, share: Double) : View(context) {
    private val share = share.coerceIn(0.0, 1.0)
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)
    private val line = resources.displayMetrics.density * 2

    init {
        // The words beside it say the same.
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        val end = (width * share).toFloat()
        val top = height * 0.2f
        paint.style = Paint.Style.FILL
        paint.color = context.colour(R.attr.opSunken)
        canvas.drawRect(0f, top, width.toFloat(), height.toFloat(), paint)
        paint.color = context.colour(R.attr.opPrimary)
        if (layoutDirection == LAYOUT_DIRECTION_RTL) {
            canvas.drawRect(width - end, top, width.toFloat(), height.toFloat(), paint)
        } else {
            canvas.drawRect(0f, top, end, height.toFloat(), paint)
        }
        paint.style = Paint.Style.STROKE
        paint.strokeWidth = line
        paint.color = context.colour(R.attr.opOutline)
        canvas.drawRect(line / 2, top, width - line / 2, height - line / 2, paint)
    }
}
