package org.outpost.app.screens

import android.content.Context
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.ui.Page
import org.outpost.app.ui.timeWords

/** Codes of conditions with their words. */
internal val CONDITIONS = listOf(
    "NEW" to R.string.condition_new, "GOOD" to R.string.condition_good, "WORN" to R.string.condition_worn,
    "DAMAGED" to R.string.condition_damaged, "BROKEN" to R.string.condition_broken,
)

/** What is open, as a list that nobody has to remember. */
internal fun Page.openEnds(context: Context, ends: List<String>) {
    if (ends.isEmpty()) {
        standing(context.getString(R.string.nothing_open), R.drawable.state_sent, R.attr.opSent)
        return
    }
    val count = context.resources.getQuantityString(R.plurals.open_ends, ends.size, ends.size)
    standing(count, R.drawable.warning, R.attr.opWaiting)
    ends.forEach { second(it) }
}

/** A pane of steps of which each is kept at once; the bar says when that was. */
abstract class StepPane(host: PaneHost, parent: ViewGroup, private val title: Int) : PagePane(host, parent) {
    /** What a scan or the end was refused for. */
    protected var refusal: String? = null

    private var keptMs: Long? = null

    override val isLeftInPeace: Boolean get() = true

    /** Something is on the disk now. */
    protected fun kept() {
        keptMs = System.currentTimeMillis()
        bar(text(title), text(R.string.saved_at, context.timeWords(System.currentTimeMillis())))
    }

    /** Begins a page: which step of which, and what was refused. */
    protected fun begin(names: List<Int>, at: Int) {
        page.clear()
        bar(text(title), keptMs?.let { text(R.string.saved_at, context.timeWords(it)) })
        page.title(text(R.string.step_of, at + 1, names.size, text(names[at])))
        refusal?.let { page.standing(it, R.drawable.error, R.attr.opDanger) }
    }

    /** Which condition, one below the other. */
    protected fun conditions(now: String?, chosen: (String) -> Unit) {
        page.heading(text(R.string.condition))
        page.choice(CONDITIONS.map { (code, words) -> code to text(words) }, now, chosen)
    }

    /** The end of the steps. */
    protected fun end(words: String, open: List<String>) {
        page.clear()
        bar(text(title))
        page.standing(words, R.drawable.state_sent, R.attr.opSent)
        if (open.isNotEmpty()) {
            page.openEnds(context, open)
            page.body(text(R.string.open_stays))
        }
        acts(text(R.string.close), { host.back() })
    }
}
