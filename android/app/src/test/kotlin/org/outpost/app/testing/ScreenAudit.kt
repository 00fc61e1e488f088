package org.outpost.app.testing

import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.AdapterView
import android.widget.EditText
import android.widget.TextView

/** Walks what is on a screen and says what a person could not read, hear or hit. */
object ScreenAudit {
    private const val TARGET_DP = 48

    fun walk(root: View): List<String> {
        val labelled = all(root).filterIsInstance<TextView>().map { it.labelFor }.toSet()
        return all(root).filter { it.isShown }.flatMap { view ->
            listOfNotNull(unlabelled(view, labelled), tooSmall(view), cut(view))
        }
    }

    private fun all(view: View): List<View> = listOf(view) +
        ((view as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { all(group.getChildAt(it)) } }
            ?: emptyList())

    private fun unlabelled(view: View, labelled: Set<Int>): String? {
        // A list is clickable by itself; its rows are what is tapped.
        if (view is AdapterView<*> || (!view.isClickable && view !is EditText)) return null
        val text = (view as? TextView)?.takeIf { it !is EditText }?.text
        val says = !view.contentDescription.isNullOrBlank() || !text.isNullOrBlank() ||
            (view.id != View.NO_ID && view.id in labelled)
        return if (says) null else "${name(view)} says nothing"
    }

    private fun tooSmall(view: View): String? {
        if (!view.isClickable || !view.isEnabled) return null
        val seen = Rect()
        // Half scrolled out of sight is no fault.
        if (!view.getGlobalVisibleRect(seen) || seen.height() < view.height) return null
        val least = TARGET_DP * view.resources.displayMetrics.density - 1
        val small = view.width < least || view.height < least
        return if (small) "${name(view)} is ${view.width} x ${view.height} px" else null
    }

    private fun cut(view: View): String? {
        val layout = (view as? TextView)?.takeIf { it !is EditText }?.layout ?: return null
        val cut = (0 until layout.lineCount).any { layout.getEllipsisCount(it) > 0 } ||
            layout.height > view.height
        return if (cut) "${name(view)} is cut: ${view.text}" else null
    }

    private fun name(view: View): String {
        val id = runCatching { view.resources.getResourceEntryName(view.id) }.getOrDefault("")
        return "${view.javaClass.simpleName}#$id"
    }
}
