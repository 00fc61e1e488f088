package org.outpost.app.ui

import android.app.Activity
import android.content.Context
import android.os.SystemClock
import android.util.TypedValue
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.FrameLayout
import android.widget.TextView
import org.outpost.app.R

/** A colour of the theme. */
fun Context.colour(attribute: Int): Int = themeValue(attribute).data

/** A length of the theme, in pixels. */
fun Context.themeLength(attribute: Int): Int =
    TypedValue.complexToDimensionPixelSize(themeValue(attribute).data, resources.displayMetrics)

private fun Context.themeValue(attribute: Int): TypedValue =
    TypedValue().also { check(theme.resolveAttribute(attribute, it, true)) { "not in the theme" } }

/** A length of `dimens.xml`, in pixels. */
fun Context.length(id: Int): Int = resources.getDimensionPixelSize(id)

/** How much larger than usual text is; icons beside text grow with it, up to 1.6. */
val Context.iconScale: Float get() = resources.configuration.fontScale.coerceIn(1f, 1.6f)

/** A view that the layout has; a layout without it is a fault of ours. */
fun <V : View> View.part(id: Int): V = checkNotNull(findViewById<V>(id)) { "not in the layout" }

/** A view that the activity's layout has. */
fun <V : View> Activity.part(id: Int): V =
    checkNotNull(findViewById<V>(id)) { "not in the layout" }

/** Adds the views of a layout to the group and returns the one added. */
fun ViewGroup.add(layout: Int): View {
    val view = LayoutInflater.from(context).inflate(layout, this, false)
    addView(view)
    return view
}

/** The view with the room around it that a dialogue leaves to its own texts. */
fun View.inset(): View = FrameLayout(context).also { room ->
    val side = context.length(R.dimen.gap_section)
    room.setPaddingRelative(side, context.length(R.dimen.gap), side, 0)
    room.addView(this)
}

/** Shows the text, or takes the view away when there is none. */
fun TextView.textOrGone(text: CharSequence?) {
    this.text = text
    visibility = if (text.isNullOrEmpty()) View.GONE else View.VISIBLE
}

/** A second tap on the same button within this time is a slip of the finger. */
private const val DOUBLE_TAP_MS = 600L

/** Acts on a tap, once. */
fun View.onTap(act: () -> Unit) {
    var last = -DOUBLE_TAP_MS
    setOnClickListener {
        val now = SystemClock.uptimeMillis()
        if (now - last >= DOUBLE_TAP_MS) {
            last = now
            act()
        }
    }
}

/** Acts once, after the view's next layout. */
fun View.onNextLayout(act: () -> Unit) {
    addOnLayoutChangeListener(object : View.OnLayoutChangeListener {
        override fun onLayoutChange(
            view: View, l: Int, t: Int, r: Int, b: Int, ol: Int, ot: Int, or: Int, ob: Int,
        ) {
            removeOnLayoutChangeListener(this)
            post(act)
        }
    })
}

/** Sun mode: black on white, thick lines, full brightness. Remembered for the phone. */
object SunMode {
    private const val FILE = "look"
    private const val KEY = "sun"

    fun isOn(context: Context): Boolean =
        context.getSharedPreferences(FILE, Context.MODE_PRIVATE).getBoolean(KEY, false)

    /** Before the activity's content is set. */
    fun apply(activity: Activity) {
        if (!isOn(activity)) return
        activity.theme.applyStyle(R.style.Overlay_Outpost_Sun, true)
        activity.window.attributes = activity.window.attributes.apply { screenBrightness = 1f }
    }

    fun toggle(activity: Activity) {
        activity.getSharedPreferences(FILE, Context.MODE_PRIVATE).edit()
            .putBoolean(KEY, !isOn(activity)).apply()
        activity.recreate()
    }
}
