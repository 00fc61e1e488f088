package org.outpost.app.ui

import android.content.Context
import android.util.AttributeSet
import android.widget.LinearLayout
import org.outpost.app.R

/** A column for reading: never wider than the eye likes, at the start of the space it has. */
class ColumnLayout @JvmOverloads constructor(context: Context, attrs: AttributeSet? = null) :
    LinearLayout(context, attrs) {

    /** Whether the column takes all the width (a table does). */
    var wide: Boolean = false
        set(value) {
            field = value
            requestLayout()
        }

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val most = context.length(R.dimen.column) + paddingStart + paddingEnd
        val given = MeasureSpec.getSize(widthSpec)
        val width = if (wide) given else minOf(given, most)
        super.onMeasure(MeasureSpec.makeMeasureSpec(width, MeasureSpec.EXACTLY), heightSpec)
    }
}
