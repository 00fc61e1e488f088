package org.outpost.app.screens

import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import android.view.View
import android.widget.Button
import android.widget.TextView
import kotlinx.coroutines.launch
import org.outpost.app.R
import org.outpost.app.model.Helper
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncStep
import org.outpost.app.safety.Hold
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.textOrGone
import org.outpost.app.ui.troubleWords

/** On the lock, where the PIN does not open: why, whom to call, and where the password is typed. */
internal class HeldView(private val activity: LockActivity, toPassword: () -> Unit) {
    private val app = activity.app

    init {
        activity.part<Button>(R.id.held_password).onTap(toPassword)
        activity.part<Button>(R.id.held_send).onTap(app.sync::start)
    }

    /** Shows why, in place of the PIN; `null` leaves the PIN. */
    fun show(why: Hold?) {
        val byPin = if (why == null) View.VISIBLE else View.GONE
        listOf(R.id.lock_dots, R.id.lock_keys, R.id.lock_forgot).forEach { activity.part<View>(it).visibility = byPin }
        // Whoever signs out takes the password along by which the rest is sent.
        val mayLeave = if (why == Hold.WIPE_WAITS) View.GONE else View.VISIBLE
        activity.part<View>(R.id.lock_other).visibility = mayLeave
        activity.part<View>(R.id.lock_held).visibility = if (why == null) View.GONE else View.VISIBLE
        if (why == null) return
        activity.part<TextView>(R.id.lock_title).setText(titleOf(why))
        activity.part<TextView>(R.id.lock_says).textOrGone(bodyOf(why).joinToString(" ") { activity.getString(it) })
        activity.scope.launch { call(app.guard.helper()) }
    }

    private fun titleOf(why: Hold) = when (why) {
        Hold.WIPE_WAITS, Hold.LEASE_OVER -> R.string.held_title
        Hold.SWITCHED_OFF -> R.string.what_disabled
    }

    private fun bodyOf(why: Hold) = when (why) {
        Hold.WIPE_WAITS -> listOf(R.string.wipe_ordered, R.string.held_wipe)
        Hold.SWITCHED_OFF -> listOf(R.string.held_off, R.string.held_off_call)
        Hold.LEASE_OVER -> listOf(R.string.held_lease, R.string.held_lease_until)
    }

    private fun call(helper: Helper?) {
        val phone = helper?.phone
        val button = activity.part<Button>(R.id.held_call)
        button.visibility = if (phone == null) View.GONE else View.VISIBLE
        val none = activity.getString(R.string.no_helper)
        activity.part<TextView>(R.id.held_helper).text =
            helper?.let { activity.getString(R.string.helper_is, it.name) } ?: none
        if (phone == null) return
        button.text = activity.getString(R.string.call_number, phone)
        button.onTap { activity.dial(phone) }
    }

    /** How the sending goes that may free the phone. */
    fun onSync(step: SyncStep) {
        val words = when (step) {
            is SyncStep.Running -> progressWords(activity, step.progress)
            is SyncStep.Ended -> (step.outcome as? SyncOutcome.Failed)?.let { activity.troubleWords(it.trouble) }
        }
        activity.part<TextView>(R.id.held_sync).textOrGone(words)
        activity.part<Button>(R.id.held_send).isEnabled = step is SyncStep.Ended
    }
}

/** Opens the dialler; a tablet that cannot call shows the number all the same. */
internal fun BaseActivity.dial(phone: String) = try {
    startActivity(dialOf(phone))
} catch (_: ActivityNotFoundException) {
    AlertDialog.Builder(this).setMessage(phone).setPositiveButton(R.string.close, null).show()
    Unit
}

/** The dialler with this number; the person decides to call. */
internal fun dialOf(phone: String) = Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", phone, null))
