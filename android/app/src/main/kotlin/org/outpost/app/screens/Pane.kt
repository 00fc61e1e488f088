package org.outpost.app.screens

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.ImageButton
import android.widget.TextView
import kotlinx.coroutines.Job
import org.outpost.app.R
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SyncStep
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.length
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.textOrGone

/** Whoever can say something and ask another app. */
interface Asker {
    val activity: Activity

    /** Says something in a sentence. */
    fun tell(words: String)

    /** Asks another app (the camera, a file list); the answer comes with this code. */
    fun ask(intent: Intent, code: Int)
}

/** What a pane can ask of the activity around it. The answer to [ask] comes to [Pane.onResult]. */
interface PaneHost : Asker {
    val port: OutpostPort

    /** Runs work of a screen; it ends with the screen. A fault is shown, never swallowed. */
    fun run(work: suspend () -> Unit)

    /** As [run], for work that the person may stop. */
    fun runJob(work: suspend () -> Unit): Job

    /** Runs work that must be carried to its end even when the screen goes. */
    fun carry(work: suspend () -> Unit)

    fun open(route: Route)

    /** Opens something else beside the list, not deeper below what is shown. */
    fun openFresh(route: Route)

    /** Goes on from a pane that is done to another. */
    fun replace(route: Route)

    fun back()

    /** Asks the person for a right; the pane on top hears of it by [Pane.onResult]. */
    fun askRight(right: String, code: Int)

    /** Something was saved or sent: the list beside or below shows it. */
    fun recordsChanged()

    /** Whether there is a way back from this pane (in a tablet's first detail there is none). */
    fun hasBack(pane: Pane): Boolean
}

/**
 * One screen, or one half of it. Knows its model and its views; never the core.
 *
 * [load] reads the model and shows it; it is called each time the pane comes to the front.
 */
abstract class Pane(protected val host: PaneHost, parent: ViewGroup, layout: Int) {
    val view: View = host.activity.layoutInflater.inflate(layout, parent, false)

    protected val port: OutpostPort get() = host.port

    /** Whether something is filled in or goes on here, which the end of a sync must not disturb. */
    open val isLeftInPeace: Boolean get() = false

    /** Reads and shows. */
    abstract fun load()

    /** Keeps positions and ids; answers are in the store already. */
    open fun save(state: Bundle) = Unit

    /** Takes up what [save] kept; before [load]. */
    open fun restore(state: Bundle) = Unit

    /** `true` when the pane used the key for itself. */
    open fun onBack(): Boolean = false

    /** Another app, or the person, answered what was asked with this code. */
    open fun onResult(code: Int, isGood: Boolean, data: Intent?) = Unit

    /** A step of the sync; only who shows it cares. */
    open fun onSync(step: SyncStep) = Unit

    /** The pane goes out of sight. */
    open fun leave() = Unit

    protected fun <V : View> find(id: Int): V = view.part(id)

    /** Fills the bar. */
    protected fun bar(title: String, note: String? = null) {
        val bar = find<View>(R.id.bar)
        bar.part<TextView>(R.id.bar_title).apply {
            text = title
            asHeading()
        }
        bar.part<TextView>(R.id.bar_note).textOrGone(note)
        val hasBack = host.hasBack(this)
        // Without the button the title stands where the text below it does.
        bar.setPaddingRelative(
            if (hasBack) 0 else host.activity.length(R.dimen.margin) - host.activity.length(R.dimen.gap),
            bar.paddingTop, bar.paddingEnd, bar.paddingBottom,
        )
        bar.part<ImageButton>(R.id.bar_back).apply {
            visibility = if (hasBack) View.VISIBLE else View.GONE
            onTap { host.back() }
        }
    }
}
