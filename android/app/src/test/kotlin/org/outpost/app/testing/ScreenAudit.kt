package org.outpost.app.testing

import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.AdapterView
import android.widget.EditText
import android.widget.ImageView
import android.widget.TextView
import kotlin.math.pow

/** Walks what is on a screen and says what a person could not read, hear or hit. */
object ScreenAudit {
    private const val TARGET_DP = 48

    /** WCAG 2: text, and large text or pictures. */
    private const val CONTRAST = 4.5
    private const val CONTRAST_LARGE = 3.0
    private const val LARGE_SP = 24

    /** So many pixels of a glyph must reach the contrast; a full stop has no more. */
    private const val STROKE_PIXELS = 3

    fun walk(root: View): List<String> {
        val views = all(root).filter { it.isShown }
        val labelled = views.filterIsInstance<TextView>().map { it.labelFor }.toSet()
        val picture = Screenshots.draw(root)
        return views.flatMap { view ->
            listOfNotNull(unlabelled(view, labelled), tooSmall(view), cut(view), pale(view, picture))
        } + overlaps(views) + twins(views)
    }

    private fun all(view: View): List<View> = listOf(view) +
        ((view as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { all(group.getChildAt(it)) } }
            ?: emptyList())

    private fun unlabelled(view: View, labelled: Set<Int>): String? {
        // A list is clickable by itself; its rows are what is tapped.
        if (view is AdapterView<*> || (!view.isClickable && view !is EditText)) return null
        val says = !view.contentDescription.isNullOrBlank() ||
            (view !is EditText && spoken(view).isNotBlank()) ||
            (view.id != View.NO_ID && view.id in labelled)
        return if (says) null else "${name(view)} says nothing"
    }

    private fun spoken(view: View): String =
        (view.contentDescription ?: (view as? TextView)?.text ?: "").toString()

    private fun tooSmall(view: View): String? {
        if (!view.isClickable || !view.isEnabled || !isWhole(view)) return null
        val least = TARGET_DP * view.resources.displayMetrics.density - 1
        val small = view.width < least || view.height < least
        return if (small) "${name(view)} is ${view.width} x ${view.height} px" else null
    }

    /** Half scrolled out of sight is no fault. */
    private fun isWhole(view: View): Boolean {
        val seen = Rect()
        return view.getGlobalVisibleRect(seen) &&
            seen.height() >= view.height && seen.width() >= view.width
    }

    private fun cut(view: View): String? {
        val layout = (view as? TextView)?.takeIf { it !is EditText }?.layout ?: return null
        val room = view.height - view.compoundPaddingTop - view.compoundPaddingBottom
        val cut = (0 until layout.lineCount).any { layout.getEllipsisCount(it) > 0 } ||
            layout.height > room + 1
        return if (cut) "${name(view)} is cut: ${view.text}" else null
    }

    private fun overlaps(views: List<View>): List<String> {
        val targets = views.filter { it.isClickable && it.isEnabled && it !is AdapterView<*> && isWhole(it) }
        return targets.flatMapIndexed { at, view ->
            targets.drop(at + 1).filter { other -> !isAround(view, other) && cross(view, other) }
                .map { "${name(view)} “${spoken(view)}” lies over ${name(it)} “${spoken(it)}”" }
        }
    }

    private fun isAround(outer: View, inner: View): Boolean =
        generateSequence(inner.parent) { it.parent }.any { it === outer } ||
            generateSequence(outer.parent) { it.parent }.any { it === inner }

    private fun cross(one: View, other: View): Boolean {
        val a = Rect().also(one::getGlobalVisibleRect)
        val b = Rect().also(other::getGlobalVisibleRect)
        return Rect.intersects(a, b)
    }

    /** Two neighbours that say the same cannot be told apart by ear. */
    private fun twins(views: List<View>): List<String> = views
        .filter { it.isClickable && it.isEnabled && it !is EditText && spoken(it).isNotBlank() }
        .groupBy { it.parent to spoken(it) }.filter { it.value.size > 1 }
        .map { "${it.value.size} neighbours say “${it.key.second}”" }

    private fun pale(view: View, picture: Bitmap): String? {
        val area = when {
            !isWhole(view) || view.alpha < 1f -> null
            view is TextView -> textArea(view)
            view is ImageView && view.drawable != null -> area(view)
            else -> null
        } ?: return null
        if (!area.intersect(0, 0, picture.width, picture.height)) return null
        val found = contrast(picture, area)
        val isLarge = view !is TextView || view.textSize >= LARGE_SP * view.resources.displayMetrics.scaledDensity
        val least = if (isLarge) CONTRAST_LARGE else CONTRAST
        val text = (view as? TextView)?.text ?: ""
        return if (found < least) "%s “%s” has contrast %.1f".format(name(view), text, found) else null
    }

    private fun textArea(view: TextView): Rect? {
        val layout = view.layout ?: return null
        if (layout.text.isBlank()) return null
        val area = area(view)
        val left = (0 until layout.lineCount).minOf { layout.getLineLeft(it) }.toInt()
        val right = (0 until layout.lineCount).maxOf { layout.getLineRight(it) }.toInt()
        val x = area.left + view.totalPaddingLeft - view.scrollX
        val y = area.top + view.totalPaddingTop - view.scrollY
        val text = Rect(x + left, y, x + right, y + layout.height)
        return text.takeIf { it.intersect(area) && !it.isEmpty }
    }

    private fun area(view: View): Rect {
        val place = IntArray(2).also(view::getLocationInWindow)
        return Rect(place[0], place[1], place[0] + view.width, place[1] + view.height)
    }

    /** Of the colour that is drawn most against those that stand out. */
    private fun contrast(picture: Bitmap, area: Rect): Double {
        val pixels = IntArray(area.width() * area.height())
        picture.getPixels(pixels, 0, area.width(), area.left, area.top, area.width(), area.height())
        val counts = HashMap<Int, Int>()
        for (pixel in pixels) counts.merge(pixel, 1, Int::plus)
        val ground = luminance(counts.maxBy { it.value }.key)
        var left = minOf(STROKE_PIXELS, pixels.size)
        return counts.map { ratio(luminance(it.key), ground) to it.value }
            .sortedByDescending { it.first }
            .first { (_, count) -> left -= count; left <= 0 }.first
    }

    private fun ratio(a: Double, b: Double): Double = (maxOf(a, b) + 0.05) / (minOf(a, b) + 0.05)

    private fun luminance(colour: Int): Double {
        fun part(value: Int): Double {
            val share = value / 255.0
            return if (share <= 0.04045) share / 12.92 else ((share + 0.055) / 1.055).pow(2.4)
        }
        return 0.2126 * part(Color.red(colour)) + 0.7152 * part(Color.green(colour)) +
            0.0722 * part(Color.blue(colour))
    }

    private fun name(view: View): String {
        val id = runCatching { view.resources.getResourceEntryName(view.id) }.getOrDefault("")
        return "${view.javaClass.simpleName}#$id"
    }
}
