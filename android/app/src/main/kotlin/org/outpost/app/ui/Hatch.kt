package org.outpost.app.ui

import android.graphics.Canvas
import android.graphics.ColorFilter
import android.graphics.Paint
import android.graphics.PixelFormat
import android.graphics.drawable.Drawable

/** Slanted lines: a cell that is not to be filled in. */
class Hatch(private val ground: Int, line: Int) : Drawable() {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        color = line
        strokeWidth = LINE_PX
    }

    override fun draw(canvas: Canvas) {
        canvas.save()
        canvas.clipRect(bounds)
        canvas.drawColor(ground)
        val height = bounds.height().toFloat()
        var x = bounds.left - height
        while (x < bounds.right) {
            canvas.drawLine(x, bounds.bottom.toFloat(), x + height, bounds.top.toFloat(), paint)
            x += STEP_PX
        }
        canvas.restore()
    }

    override fun setAlpha(alpha: Int) {
        paint.alpha = alpha
    }

    override fun setColorFilter(filter: ColorFilter?) {
        paint.colorFilter = filter
    }

    @Deprecated("Deprecated in Java")
    override fun getOpacity(): Int = PixelFormat.OPAQUE

    private companion object {
        const val LINE_PX = 2f
        const val STEP_PX = 14f
    }
}
