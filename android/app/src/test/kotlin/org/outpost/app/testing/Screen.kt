package org.outpost.app.testing

import android.app.Activity
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.widget.ListView
import android.widget.TextView
import java.util.TimeZone
import org.junit.Assert.assertEquals
import org.outpost.app.R
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadows.ShadowLooper

/** One activity on a screen, spoken to as a person does: by what stands there. */
class Screen<A : Activity>(private val type: Class<A>) {
    var controller: ActivityController<A>
        private set
    val activity: A get() = controller.get()
    val core: FakeCore get() = (activity.application as FakeApplication).port

    init {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"))
        controller = Robolectric.buildActivity(type).setup()
        settle()
    }

    /** Lets everything that is due happen, typing pauses included. */
    fun settle() {
        ShadowLooper.idleMainLooper(1, java.util.concurrent.TimeUnit.SECONDS)
        shadowOf(Looper.getMainLooper()).idle()
    }

    fun tap(text: String) = tap(view(text))

    fun tap(view: View) {
        check(view.isShown && view.isEnabled) { "cannot be tapped: ${view.contentDescription}" }
        generateSequence(view) { it.parent as? View }.first { it.hasOnClickListeners() }.performClick()
        settle()
    }

    fun <V : View> part(id: Int): V = checkNotNull(activity.findViewById<V>(id)) { "no such view" }

    /** The view that shows or says this text. */
    fun view(text: String): View = checkNotNull(find(text)) { "“$text” is not on the screen: ${words()}" }

    /** Where typing goes (Robolectric's `currentFocus` does not follow the window). */
    val focused: View? get() = activity.window.decorView.findFocus()

    /** A row of the list, scrolled into sight. */
    fun row(id: String): View {
        val list = part<ListView>(R.id.list)
        val row = (0 until list.count).firstNotNullOfOrNull { at ->
            list.findViewWithTag<View>("row:$id") ?: null.also {
                list.setSelection(at)
                settle()
            }
        } ?: list.findViewWithTag<View>("row:$id")
        return checkNotNull(row) { "no row $id" }
    }

    fun shows(text: String): Boolean = find(text) != null

    fun assertShows(text: String) {
        view(text)
    }

    private fun find(text: String): View? = all().firstOrNull {
        it.isShown && ((it as? TextView)?.text?.toString() == text || it.contentDescription?.toString() == text)
    }

    private fun words() = all().filter { it.isShown }.filterIsInstance<TextView>().map { it.text.toString() }

    private fun all(view: View = activity.window.decorView): List<View> = listOf(view) +
        ((view as? ViewGroup)?.let { g -> (0 until g.childCount).flatMap { all(g.getChildAt(it)) } } ?: emptyList())

    /** The process dies and the person comes back. */
    fun dieAndReturn() {
        val state = android.os.Bundle()
        controller.saveInstanceState(state).pause().stop().destroy()
        controller = Robolectric.buildActivity(type).setup(state)
        settle()
    }

    /** Writes the picture, and fails when somebody could not read, hear or hit something. */
    fun picture(name: String) {
        settle()
        Screenshots.take(activity, name)
        assertEquals(emptyList<String>(), ScreenAudit.walk(activity.window.decorView))
    }

    companion object {
        /** Sets the screen's size, language, theme; before the activity is made. */
        fun qualifiers(of: String, fontScale: Float = 1f) {
            RuntimeEnvironment.setQualifiers(of)
            RuntimeEnvironment.setFontScale(fontScale)
        }
    }
}
