package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Context
import android.text.InputType
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import org.outpost.app.R
import org.outpost.app.ui.Page
import org.outpost.app.ui.inset
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part

/** A pane that is one page to scroll, with at most two buttons below it. */
abstract class PagePane(host: PaneHost, parent: ViewGroup) : Pane(host, parent, R.layout.pane_page) {
    protected val context = host.activity
    protected val page = Page(find(R.id.page))

    protected fun text(id: Int, vararg with: Any): String = context.getString(id, *with)

    /** Offers what is done here; a text of `null` takes the button away. */
    protected fun acts(
        main: String?,
        onMain: () -> Unit = {},
        second: String? = null,
        onSecond: () -> Unit = {},
    ) {
        offer(R.id.main_action, main, onMain)
        offer(R.id.second_action, second, onSecond)
        find<View>(R.id.bottom).visibility =
            if (main == null && second == null) View.GONE else View.VISIBLE
    }

    private fun offer(id: Int, words: String?, act: () -> Unit) = find<Button>(id).apply {
        visibility = if (words == null) View.GONE else View.VISIBLE
        isEnabled = true
        text = words
        onTap(act)
    }

    /** Asks for a few words; nothing is done without them. */
    protected fun askWords(title: Int, act: Int, done: (String) -> Unit) =
        askWords(context, title, act, host::tell, done)
}

/** Asks for a few words; nothing is done without them, and [tell] says so. */
internal fun askWords(context: Context, title: Int, act: Int, tell: (String) -> Unit, done: (String) -> Unit) {
    val box = EditText(context)
    box.inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
    box.setHint(R.string.why_hint)
    box.contentDescription = context.getString(R.string.why_hint)
    AlertDialog.Builder(context)
        .setTitle(title)
        .setView(box.inset())
        .setPositiveButton(act) { _, _ ->
            val words = box.text.toString().trim()
            if (words.isEmpty()) tell(context.getString(R.string.why_missing)) else done(words)
        }
        .setNegativeButton(R.string.back, null)
        .show()
}
