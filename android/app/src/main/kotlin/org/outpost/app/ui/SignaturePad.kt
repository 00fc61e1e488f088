package org.outpost.app.ui

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Path
import android.view.MotionEvent
import android.view.View
import org.outpost.app.R

/** Where one signs with the finger: strokes on white, a line to sign on. */
class SignaturePad(context: Context) : View(context) {
    private val strokes = mutableListOf<MutableList<Pair<Float, Float>>>()
    private val ink = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        color = Color.BLACK
        style = Paint.Style.STROKE
        strokeCap = Paint.Cap.ROUND
        strokeJoin = Paint.Join.ROUND
        strokeWidth = INK_DP * resources.displayMetrics.density
    }
    private val line = Paint().apply {
        color = context.colour(R.attr.opOutline)
        strokeWidth = resources.displayMetrics.density
    }

    /** Told after each stroke. */
    var changed: () -> Unit = {}

    val isEmpty: Boolean get() = strokes.isEmpty()

    init {
        setBackgroundColor(Color.WHITE)
        contentDescription = context.getString(R.string.sign_pad)
    }

    fun clear() {
        strokes.clear()
        redraw()
    }

    private fun redraw() {
        invalidate()
        changed()
    }

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val width = MeasureSpec.getSize(widthSpec)
        setMeasuredDimension(width, width / RATIO)
    }

    // A picture has no click: whoever cannot draw takes a photo of the paper.
    @SuppressLint("ClickableViewAccessibility")
    override fun onTouchEvent(event: MotionEvent): Boolean {
        parent?.requestDisallowInterceptTouchEvent(true)
        when (event.actionMasked) {
            MotionEvent.ACTION_DOWN -> strokes += mutableListOf(event.x to event.y)
            MotionEvent.ACTION_MOVE -> strokes.lastOrNull()?.add(event.x to event.y)
        }
        redraw()
        return true
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        val y = height * LINE_AT
        canvas.drawLine(width * MARGIN, y, width * (1 - MARGIN), y, line)
        strokes.forEach { canvas.drawPath(pathOf(it), ink) }
    }

    private fun pathOf(stroke: List<Pair<Float, Float>>) = Path().apply {
        stroke.forEachIndexed { at, (x, y) -> if (at == 0) moveTo(x, y) else lineTo(x, y) }
    }

    /** The signature as a picture, black on white. */
    fun toBitmap(): Bitmap {
        val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
        val canvas = Canvas(picture)
        canvas.drawColor(Color.WHITE)
        strokes.forEach { canvas.drawPath(pathOf(it), ink) }
        return picture
    }

    private companion object {
        const val RATIO = 3
        const val INK_DP = 2.5f
        const val LINE_AT = 0.8f
        const val MARGIN = 0.06f
    }
}
