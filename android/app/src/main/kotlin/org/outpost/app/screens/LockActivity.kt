package org.outpost.app.screens

import android.content.Intent
import android.os.Bundle
import android.view.Gravity
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.ImageButton
import android.widget.LinearLayout
import android.widget.TextView
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.outpost.app.R
import org.outpost.app.safety.FingerAnswer
import org.outpost.app.safety.Pin
import org.outpost.app.safety.PinAnswer
import org.outpost.app.safety.PinProblem
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.length
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.textOrGone

/** The PIN: chosen once (typed twice), then typed to open the screen. */
class LockActivity : BaseActivity() {
    internal val scope = MainScope()
    private var typed = ""

    /** The first of two while one is chosen. */
    private var first: String? = null
    private val choosing: Boolean get() = intent.getBooleanExtra(CHOOSE, false)
    private val held by lazy { HeldView(this, ::toPassword) }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.lock)
        first = state?.getString(FIRST)
        part<TextView>(R.id.lock_title).asHeading()
        keys()
        part<Button>(R.id.lock_forgot).onTap { toPassword() }
        part<Button>(R.id.lock_other).onTap(::other)
        part<Button>(R.id.lock_finger).onTap(::askFinger)
        val rest = if (choosing) View.GONE else View.VISIBLE
        part<View>(R.id.lock_forgot).visibility = rest
        part<View>(R.id.lock_other).visibility = rest
        show(null)
        if (choosing) return
        scope.launch {
            countSafe()
            app.guard.look()
            show(null)
            // Once by itself; who went back is asked only after a tap.
            if (state == null && offersFinger) askFinger()
        }
    }

    override fun onResume() {
        super.onResume()
        if (!choosing) app.sync.listener = held::onSync
    }

    override fun onPause() {
        if (!choosing) app.sync.listener = null
        super.onPause()
    }

    /** Held for a reason, or free again: then the PIN opens, where there is one. */
    override fun standingChanged() {
        super.standingChanged()
        if (isFinishing || choosing) return
        if (app.lock.mustUnlock) show(null) else finish()
        scope.launch { countSafe() }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(FIRST, first)
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    /** How much is kept here: that, and nobody's name, is told before the lock opens. */
    private suspend fun countSafe() {
        val unsent = runCatching { app.port.device.unsent() }.getOrDefault(0)
        val words = resources.getQuantityString(R.plurals.safe_behind_lock, unsent, unsent)
        part<TextView>(R.id.lock_safe).textOrGone(words.takeIf { unsent > 0 })
    }

    private fun keys() {
        val rows = part<LinearLayout>(R.id.lock_keys)
        for (line in listOf("123", "456", "789")) rows.addView(row(line.map(::digit)))
        rows.addView(row(listOf(View(this), digit('0'), delete())))
    }

    private fun row(keys: List<View>) = LinearLayout(this).apply {
        gravity = Gravity.CENTER
        // Digits stand as on every telephone, also where one reads from the right.
        layoutDirection = View.LAYOUT_DIRECTION_LTR
        val size = length(R.dimen.pin_key)
        val gap = length(R.dimen.gap_icon)
        keys.forEach { key ->
            addView(key, LinearLayout.LayoutParams(size, size).apply { setMargins(gap, gap, gap, gap) })
        }
    }

    private fun digit(of: Char) = TextView(this).apply {
        setTextAppearance(R.style.Op_Title)
        text = of.toString()
        gravity = Gravity.CENTER
        textAlignment = View.TEXT_ALIGNMENT_CENTER
        asKey { press(of) }
    }

    private fun delete() = ImageButton(this).apply {
        setImageResource(R.drawable.backspace)
        contentDescription = getString(R.string.key_delete)
        asKey {
            typed = typed.dropLast(1)
            show(null)
        }
    }

    // Keys act on every tap: "11" is two quick taps.
    private fun View.asKey(act: () -> Unit) {
        setBackgroundResource(R.drawable.key)
        isClickable = true
        setOnClickListener { act() }
    }

    private fun press(of: Char) {
        if (typed.length >= Pin.LENGTH) return
        typed += of
        show(null)
        if (typed.length == Pin.LENGTH) full()
    }

    private fun full() {
        val digits = typed
        typed = ""
        if (choosing) return choose(digits)
        // Asked again: days may have passed since this screen came up.
        scope.launch {
            app.guard.look()
            unlock(digits)
        }
    }

    private fun choose(digits: String) {
        val before = first
        when {
            before == null -> when (app.lock.pin.problem(digits)) {
                PinProblem.EASY -> show(getString(R.string.pin_too_easy))
                PinProblem.LENGTH -> show(null)
                null -> {
                    first = digits
                    show(null)
                }
            }
            before != digits -> {
                first = null
                show(getString(R.string.pins_differ))
            }
            else -> {
                app.lock.choose(digits)
                val next = Intent(this, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_CLEAR_TOP)
                intent.getBundleExtra(SignInActivity.ROUTE)?.let { next.putExtra(SignInActivity.ROUTE, it) }
                startActivity(next)
                finish()
            }
        }
    }

    private fun unlock(digits: String) = when (val answer = app.lock.unlock(digits)) {
        PinAnswer.Right -> finish()
        is PinAnswer.Wrong ->
            show(resources.getQuantityString(R.plurals.pin_wrong, answer.left, answer.left))
        is PinAnswer.Wait -> show(waitWords(answer.ms))
        PinAnswer.PasswordNeeded -> if (app.lock.hold == null) toPassword() else show(null)
    }

    private val offersFinger: Boolean get() = !choosing && app.lock.asksFinger && app.finger.canAsk

    private fun askFinger() {
        if (!offersFinger) return show(null)
        app.finger.ask(this) { answer ->
            when (answer) {
                FingerAnswer.RIGHT -> byFinger()
                FingerAnswer.NOT_NOW -> Unit
                FingerAnswer.CHANGED -> {
                    app.lock.byFinger = false
                    show(getString(R.string.finger_changed))
                }
            }
        }
    }

    private fun byFinger() {
        scope.launch {
            app.guard.look()
            app.lock.openByFinger()
            if (app.lock.mustUnlock) show(null) else finish()
        }
    }

    private fun waitWords(ms: Long): String {
        val minutes = TimeUnit.MILLISECONDS.toMinutes(ms + MINUTE_MS - 1).toInt()
        return resources.getQuantityString(R.plurals.pin_wait, minutes, minutes)
    }

    private fun show(problem: String?) {
        part<TextView>(R.id.lock_title).setText(
            when {
                !choosing -> R.string.pin_type
                first == null -> R.string.pin_choose
                else -> R.string.pin_again
            },
        )
        val dots = part<ViewGroup>(R.id.lock_dots)
        dots.removeAllViews()
        repeat(Pin.LENGTH) { at ->
            val dot = android.widget.ImageView(this)
            dot.setImageResource(if (at < typed.length) R.drawable.dot_full else R.drawable.dot_empty)
            dot.importantForAccessibility = View.IMPORTANT_FOR_ACCESSIBILITY_NO
            val size = length(R.dimen.margin)
            dots.addView(dot, LinearLayout.LayoutParams(size, size).apply { marginEnd = length(R.dimen.gap) })
        }
        dots.contentDescription = getString(R.string.pin_typed, typed.length, Pin.LENGTH)
        val hint = getString(R.string.pin_each_day).takeIf { choosing && first == null }
        part<TextView>(R.id.lock_says).textOrGone(problem ?: hint)
        part<View>(R.id.lock_finger).visibility = if (offersFinger) View.VISIBLE else View.GONE
        if (!choosing) held.show(app.lock.hold)
    }

    /** The password opens too, also without network. */
    private fun toPassword() {
        startActivity(Intent(this, SignInActivity::class.java).putExtra(SignInActivity.AGAIN, true))
        finish()
    }

    /** The first one's work stays here, closed. */
    private fun other() {
        scope.launch {
            app.sync.forget()
            app.port.signOut()
            startActivity(Intent(this@LockActivity, SignInActivity::class.java))
            finishAffinity()
        }
    }

    /** Locked means locked: back leaves the app. */
    @Deprecated("The framework's own back dispatch begins with API 33.")
    override fun onBackPressed() {
        finishAffinity()
    }

    companion object {
        /** Extra of the intent: a PIN is chosen, not typed. */
        const val CHOOSE: String = "choose"
        private const val FIRST = "first"
        private const val MINUTE_MS = 60_000L
    }
}
