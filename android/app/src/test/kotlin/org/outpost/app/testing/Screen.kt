package org.outpost.app.testing

import android.app.Activity
import android.app.AlertDialog
import android.content.DialogInterface
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.CompoundButton
import android.widget.EditText
import android.widget.ListView
import android.widget.ScrollView
import android.widget.TextView
import java.io.File
import java.util.TimeZone
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import org.junit.Assert.assertEquals
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SetupActivity
import org.outpost.app.screens.SignInActivity
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadows.ShadowDialog
import org.robolectric.shadows.ShadowLooper

/** One activity on a screen, spoken to as a person does: by what stands there. */
class Screen<A : Activity>(
    private val type: Class<A>,
    private val intent: Intent? = null,
    /** What to wait for after it came up; to rest, unless something is to be seen going on. */
    arrived: (Screen<A>) -> Unit = { it.settle() },
) {
    private var controller: ActivityController<A>
    val activity: A get() = controller.get()

    init {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"))
        controller = Robolectric.buildActivity(type, intent).setup()
        arrived(this)
    }

    /** Lets everything happen that was begun: typing pauses, saving, reading, sending. */
    fun settle() = waitFor("to rest") { !isBusy() }

    /** Waits until this stands on the screen while something goes on. */
    fun await(text: String) = waitFor("“$text”, on the screen is ${words()}") { shows(text) }

    private fun waitFor(what: String, done: () -> Boolean) {
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S)
        do {
            ShadowLooper.idleMainLooper(1, TimeUnit.SECONDS)
            if (done()) return ShadowLooper.idleMainLooper()
            Thread.sleep(PAUSE_MS)
        } while (System.nanoTime() < end)
        error("waited in vain for $what")
    }

    private fun isBusy(): Boolean {
        val own = when (val shown: Activity = activity) {
            is MainActivity -> shown.scope
            is SignInActivity -> shown.scope
            is LockActivity -> shown.scope
            is SetupActivity -> shown.scope
            else -> null
        }
        return listOfNotNull(own, TestApplication.now.saving).any { scope ->
            scope.job.children.any { !it.isCompleted }
        }
    }

    private val CoroutineScope.job: Job get() = checkNotNull(coroutineContext[Job])

    fun tap(text: String) = tap(view(text))

    fun tap(view: View) {
        press(view)
        settle()
    }

    /** As [tap], without waiting for what it begins. */
    fun press(text: String) = press(view(text))

    private fun press(view: View) {
        check(view.isShown && view.isEnabled) { "cannot be tapped: ${view.contentDescription}" }
        generateSequence(view) { it.parent as? View }.first { it.hasOnClickListeners() }.performClick()
        ShadowLooper.idleMainLooper()
    }

    /** Types into a box. */
    fun type(id: Int, text: String) {
        part<EditText>(id).setText(text)
        settle()
    }

    /** Types into the box that a label speaks for, and leaves it. */
    fun answer(label: String, text: String) {
        val id = (view(label) as TextView).labelFor
        val box = all().first { it.id == id } as EditText
        box.requestFocus()
        box.setText(text)
        settle()
    }

    /** A view by its id; of two panes that have it, the one that was chosen. */
    fun <V : View> part(id: Int): V {
        val chosen = activity.findViewById<View>(R.id.detail_pane)?.findViewById<V>(id)
        return checkNotNull(chosen ?: activity.findViewById<V>(id)) { "no such view" }
    }

    /** Types into the search box on top. */
    fun typeSearch(text: String) = type(R.id.search, text)

    /** The view that shows or says this text; a list is scrolled to find it. */
    fun view(text: String): View =
        checkNotNull(find(text) ?: scrollTo(text)) { "“$text” is not on the screen: ${words()}" }

    private fun scrollTo(text: String): View? {
        val list = all().firstOrNull { it is ListView && it.isShown } as ListView? ?: return null
        return (0 until list.count).firstNotNullOfOrNull { at ->
            list.setSelection(at)
            ShadowLooper.idleMainLooper()
            find(text)
        }
    }

    /** The view that says exactly this to a screen reader. */
    fun said(text: String): View = checkNotNull(
        all().firstOrNull { it.isShown && it.contentDescription?.toString() == text },
    ) { "“$text” is not said: ${words()}" }

    /** The first view that says something of which this is a part. */
    fun saying(part: String): View = checkNotNull(
        all().firstOrNull { view ->
            view.isShown && view.hasOnClickListeners() &&
                (view.contentDescription ?: (view as? TextView)?.text)?.contains(part) == true
        },
    ) { "“$part” is not said: ${words()}" }

    /** The view whose description begins so; the last, for a page may ask twice. */
    fun starting(vararg with: String): View = all().last { view ->
        view.isShown && with.any { view.contentDescription?.startsWith(it) == true }
    }

    /** The last view that shows this text: a page may say the same above and below. */
    fun lastView(text: String): View =
        all().last { it.isShown && (it as? TextView)?.text?.toString() == text }

    /** Ticks what stands in a row. */
    fun tick(text: String) {
        (view(text) as CompoundButton).isChecked = true
        settle()
    }

    /** Types into the box that a label speaks for, and stays there. */
    fun typeIn(label: String, text: String) {
        (box(label) as EditText).setText(text)
        settle()
    }

    /** The box that a label speaks for. */
    fun box(label: String): View {
        val id = (view(label) as TextView).labelFor
        return all().first { it.id == id }
    }

    /** A row of the list beside what was chosen. */
    fun rowBeside(id: String): View =
        row(id, checkNotNull(activity.findViewById<View>(R.id.list_pane)?.findViewById(R.id.list)))

    /** A row of the list by its id, scrolled into sight. */
    fun row(id: String): View = rowOfPage(id) ?: row(id, part(R.id.list))

    private fun rowOfPage(id: String): View? = activity.findViewById<View>(R.id.page)?.findViewWithTag("row:$id")

    private fun row(id: String, list: ListView): View {
        val row = (0 until list.count).firstNotNullOfOrNull { at ->
            list.setSelection(at)
            ShadowLooper.idleMainLooper()
            list.findViewWithTag<View>("row:$id")
        }
        return checkNotNull(row) { "no row $id" }
    }

    /** The first row of what is on top, whatever it says. */
    fun firstRow(): View {
        val top = dialog?.window?.decorView ?: part<View>(R.id.detail_pane)
        return below(top).first { it.isShown && it.tag?.toString()?.startsWith("row:") == true }
    }

    /** Where typing goes (Robolectric's `currentFocus` does not follow the window). */
    val focused: View? get() = activity.window.decorView.findFocus()

    /** As [assertShows], for a part of what a view says. */
    fun assertSays(part: String) = check(words().any { part in it }) { "“$part” is not said: ${words()}" }

    fun shows(text: String): Boolean = find(text) != null

    fun assertShows(text: String) {
        view(text)
    }

    private fun find(text: String): View? = all().firstOrNull {
        it.isShown && ((it as? TextView)?.text?.toString() == text || it.contentDescription?.toString() == text)
    }

    private fun words() = all().filter { it.isShown }.mapNotNull {
        (it as? TextView)?.text?.toString() ?: it.contentDescription?.toString()
    }

    /** The views of the dialogue on top, else of the activity. */
    private fun all(): List<View> = below(dialog?.window?.decorView ?: activity.window.decorView)

    private fun below(view: View): List<View> = listOf(view) +
        ((view as? ViewGroup)?.let { g -> (0 until g.childCount).flatMap { below(g.getChildAt(it)) } }
            ?: emptyList())

    /** The dialogue on top. */
    val dialog: AlertDialog? get() = ShadowDialog.getLatestDialog()?.takeIf { it.isShowing } as AlertDialog?

    /** Chooses a line of the dialogue on top. */
    fun choose(line: String) {
        val list = checkNotNull(dialog) { "no dialogue" }.listView
        val at = (0 until list.count).first { list.adapter.getItem(it).toString() == line }
        shadowOf(list).performItemClick(at)
        settle()
    }

    /** What the dialogue on top says. */
    val dialogSays: String get() = shadowOf(checkNotNull(dialog) { "no dialogue" }).message.toString()

    /** Taps a button of the dialogue on top. */
    fun answerDialog(which: Int = DialogInterface.BUTTON_POSITIVE) {
        checkNotNull(dialog) { "no dialogue" }.getButton(which).performClick()
        settle()
    }

    /** Types into the box of the dialogue on top. */
    fun typeInDialog(text: String) = (all().first { it is EditText } as EditText).setText(text)

    /** Where the app went last. */
    fun wentTo(): String? = shadowOf(activity).nextStartedActivity?.component?.className

    /** Another app, asked with this code, answers with success. */
    fun result(code: Int, data: Intent? = null) {
        val method = Activity::class.java.getDeclaredMethod(
            "onActivityResult", Int::class.javaPrimitiveType, Int::class.javaPrimitiveType, Intent::class.java,
        )
        method.isAccessible = true
        method.invoke(activity, code, Activity.RESULT_OK, data)
        settle()
    }

    /** The person chooses this file of another app, which lends it. */
    fun chooseFile(file: File) {
        val asked = checkNotNull(shadowOf(activity).nextStartedActivityForResult) { "nothing was asked" }
        check(asked.intent.action == Intent.ACTION_OPEN_DOCUMENT) { "${asked.intent}" }
        val lent = File(FilesProvider.folder(activity), "chosen-${file.name}")
        file.copyTo(lent, overwrite = true)
        result(asked.requestCode, Intent().setData(FilesProvider.uriOf(lent.name)))
    }

    fun back() {
        @Suppress("DEPRECATION")
        activity.onBackPressed()
        settle()
    }

    /** The person looks at something else: another app, or nothing. */
    fun away() {
        controller.pause().stop()
        settle()
    }

    /** The process dies and the person comes back, to another size of screen if one is given. */
    fun dieAndReturn(qualifiers: String? = null) {
        val state = Bundle()
        controller.saveInstanceState(state).pause().stop()
        settle()
        controller.destroy()
        TestApplication.now.die()
        qualifiers?.let { qualifiers(it) }
        controller = Robolectric.buildActivity(type).setup(state)
        settle()
    }

    /** Writes the picture, and fails when somebody could not read, hear or hit something. */
    fun picture(name: String) {
        ShadowLooper.idleMainLooper()
        val window = dialog?.window ?: activity.window
        Screenshots.take(activity, name, dialog?.window?.decorView)
        assertEquals(emptyList<String>(), ScreenAudit.walk(window.decorView))
    }

    /** Writes the picture. */
    fun draw(name: String) {
        ShadowLooper.idleMainLooper()
        Screenshots.take(activity, name, dialog?.window?.decorView)
    }

    /** What somebody could not read, hear or hit. */
    fun audit(): List<String> =
        ScreenAudit.walk((dialog?.window ?: activity.window).decorView)

    /** Goes to the end of what scrolls; `false` when everything is in sight. */
    fun scrollDown(): Boolean {
        val shown = all().filter { it.isShown }
        val scroll = shown.lastOrNull { (it is ScrollView || it is ListView) && it.canScrollVertically(1) }
            ?: return false
        if (scroll is ScrollView) scroll.fullScroll(View.FOCUS_DOWN)
        if (scroll is ListView) scroll.setSelection(scroll.count - 1)
        ShadowLooper.idleMainLooper()
        return true
    }

    companion object {
        private const val PATIENCE_S = 60L
        private const val PAUSE_MS = 5L

        /** Sets the screen's size, language, theme; before the activity is made. */
        fun qualifiers(of: String, fontScale: Float = 1f) {
            RuntimeEnvironment.setQualifiers(of)
            RuntimeEnvironment.setFontScale(fontScale)
        }
    }
}
