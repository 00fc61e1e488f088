package org.outpost.app.safety

import android.content.Context
import android.os.SystemClock
import java.security.MessageDigest
import org.outpost.app.Settings
import org.outpost.app.model.Session

/** Whether the screen is locked: after some minutes, when it went dark, and in a new process. */
class Lock(
    context: Context,
    private val settings: Settings,
    private val uptimeMs: () -> Long = SystemClock::elapsedRealtime,
) {
    val pin = Pin(context, uptimeMs)
    private val kept = context.getSharedPreferences("lock", Context.MODE_PRIVATE)
    private var isOpen = false
    private var leftAt: Long? = null

    /** Who works here, as a hash: a name stands nowhere outside the encrypted store. */
    val person: String? get() = kept.getString(PERSON, null)

    /** Whether this is who works here. */
    fun isOf(session: Session): Boolean = person == hashOf(session)

    /** Whether whoever works here has a PIN. */
    val hasPin: Boolean get() = person?.let(pin::isSet) == true

    /**
     * Somebody typed the password: the screen is open, the wrong PINs before are forgiven, and what the
     * password was asked for is over. An ordered wipe is not.
     */
    fun enter(session: Session) {
        val person = hashOf(session)
        kept.edit().putString(PERSON, person).commit()
        pin.forgive(person)
        isSwitchedOff = false
        if (hold != Hold.WIPE_WAITS) hold = null
        isOpen = true
    }

    /** Why neither PIN nor finger opens for whoever works here; survives the process. */
    var hold: Hold?
        get() = person?.let { kept.getString(HOLD + it, null) }?.let { name -> Hold.entries.find { it.name == name } }
        set(why) {
            person?.let { kept.edit().putString(HOLD + it, why?.name).commit() }
            if (why != null) isOpen = false
        }

    /** Whether the server said that the account of whoever works here is switched off. */
    var isSwitchedOff: Boolean
        get() = person?.let { kept.getBoolean(OFF + it, false) } == true
        set(off) {
            person?.let { kept.edit().putBoolean(OFF + it, off).commit() }
        }

    private fun hashOf(session: Session): String {
        val name = "${session.server}\n${session.userName}".toByteArray()
        val hash = MessageDigest.getInstance("SHA-256").digest(name)
        return hash.joinToString("") { "%02x".format(it) }.take(HASH_CHARS)
    }

    fun choose(digits: String) = person?.let { pin.set(it, digits) }

    fun unlock(digits: String): PinAnswer {
        val who = person?.takeIf { hold == null } ?: return PinAnswer.PasswordNeeded
        return pin.check(who, digits).also { if (it is PinAnswer.Right) isOpen = true }
    }

    /** Whether finger or face opens the screen, too: each chooses for themselves, and only beside a PIN. */
    var byFinger: Boolean
        get() = person?.let { hasPin && kept.getBoolean(FINGER + it, false) } == true
        set(on) {
            person?.let { kept.edit().putBoolean(FINGER + it, on).commit() }
        }

    /** Whether it may be asked for: where the PIN does not open, the finger does not either. */
    val asksFinger: Boolean get() = byFinger && hold == null && person?.let(pin::isSpent) == false

    /** The phone knew finger or face. */
    fun openByFinger() {
        if (asksFinger) isOpen = true
    }

    /** Locks now. */
    fun close() {
        isOpen = false
    }

    /** The last screen went out of sight. */
    fun left() {
        leftAt = uptimeMs()
    }

    /** Whether the PIN, or the password, must be typed before anything is shown. */
    val mustUnlock: Boolean
        get() {
            if (hold != null) return true
            if (!hasPin) return false
            val away = leftAt?.let { uptimeMs() - it } ?: 0
            if (away >= afterMs) isOpen = false
            return !isOpen
        }

    /** A screen is in sight again. */
    fun back() {
        leftAt = null
    }

    /** So long without a touch, and the screen locks. */
    val afterMs: Long get() = settings.lockMinutes * MINUTE_MS

    fun forget() {
        person?.let(pin::forget)
        kept.edit().clear().commit()
        isOpen = false
    }

    private companion object {
        const val PERSON = "person"
        const val FINGER = "finger:"
        const val HOLD = "hold:"
        const val OFF = "off:"
        const val HASH_CHARS = 32
        const val MINUTE_MS = 60_000L
    }
}
