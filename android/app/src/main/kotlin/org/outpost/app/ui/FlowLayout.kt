package org.outpost.app.ui

import android.content.Context
import android.util.AttributeSet
import android.view.View
import android.view.ViewGroup
import org.outpost.app.R

/** Puts views in lines, as words in a text: a view that does not fit begins the next line. */
class FlowLayout @JvmOverloads constructor(context: Context, attrs: AttributeSet? = null) :
    ViewGroup(context, attrs) {

    private val gap = context.length(R.dimen.gap)

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val width = MeasureSpec.getSize(widthSpec)
        measureChildren(MeasureSpec.makeMeasureSpec(width, MeasureSpec.AT_MOST), heightSpec)
        val bounded = MeasureSpec.getMode(widthSpec) != MeasureSpec.UNSPECIFIED
        val lines = lines(if (bounded) width else Int.MAX_VALUE)
        val widest = lines.maxOfOrNull { line -> line.sumOf { it.measuredWidth + gap } - gap } ?: 0
        val height = lines.sumOf { line -> line.maxOf { it.measuredHeight } + gap } - gap
        setMeasuredDimension(resolveSize(widest, widthSpec), resolveSize(maxOf(height, 0), heightSpec))
    }

    override fun onLayout(changed: Boolean, l: Int, t: Int, r: Int, b: Int) {
        val width = r - l
        val rtl = layoutDirection == LAYOUT_DIRECTION_RTL
        var top = 0
        for (line in lines(width)) {
            var start = 0
            for (child in line) {
                val left = if (rtl) width - start - child.measuredWidth else start
                child.layout(left, top, left + child.measuredWidth, top + child.measuredHeight)
                start += child.measuredWidth + gap
            }
            top += line.maxOf { it.measuredHeight } + gap
        }
    }

    private fun lines(width: Int): List<List<View>> {
        val lines = mutableListOf<MutableList<View>>()
        var used = 0
        for (child in (0 until childCount).map(::getChildAt).filter { it.visibility != GONE }) {
            if (lines.isEmpty() || used + child.measuredWidth > width) {
                lines += mutableListOf<View>()
                used = 0
            }
            lines.last() += child
            used += child.measuredWidth + gap
        }
        return lines
    }
}
