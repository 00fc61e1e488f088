package org.outpost.app.safety

import android.content.Context
import android.content.SharedPreferences
import android.os.SystemClock
import android.provider.Settings
import android.util.Base64
import java.security.MessageDigest
import java.security.SecureRandom
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.PBEKeySpec

/** What became of a typed PIN. */
sealed interface PinAnswer {
    object Right : PinAnswer

    /** Wrong; so many tries are left before one must wait. */
    data class Wrong(val left: Int) : PinAnswer

    /** Not even looked at: wait first. */
    data class Wait(val ms: Long) : PinAnswer

    /** Wrong too often: only the password opens. */
    object PasswordNeeded : PinAnswer
}

/**
 * The six digits that open the screen. Only a slow hash of them is kept. Wrong ones cost time: it
 * is counted by the phone's uptime, which nobody can set, and begins anew after a restart. Nothing
 * is ever deleted for a wrong PIN.
 *
 * The PIN guards the screen. The data itself is encrypted with a key of the phone's key store.
 */
class Pin(
    private val context: Context,
    private val uptimeMs: () -> Long = SystemClock::elapsedRealtime,
) {
    private val kept: SharedPreferences = context.getSharedPreferences("pin", Context.MODE_PRIVATE)

    /** Whether this person has one. */
    fun isSet(person: String): Boolean = kept.contains(HASH + person)

    /** Whether so many were wrong that only the password opens. */
    fun isSpent(person: String): Boolean = kept.getInt(FAILS + person, 0) >= FAILS_MAX

    /** Why these digits may be no PIN; `null` when they may. */
    fun problem(digits: String): PinProblem? = when {
        digits.length != LENGTH -> PinProblem.LENGTH
        digits.toSet().size == 1 || digits in RUNS || digits.reversed() in RUNS -> PinProblem.EASY
        else -> null
    }

    fun set(person: String, digits: String) {
        require(problem(digits) == null) { "not a PIN" }
        val salt = ByteArray(SALT_BYTES).also { SecureRandom().nextBytes(it) }
        kept.edit().putString(SALT + person, text(salt)).putString(HASH + person, text(hash(digits, salt)))
            .remove(FAILS + person).remove(UNTIL + person).commit()
    }

    /** Looks at typed digits. The count is on the disk before the answer is known. */
    fun check(person: String, digits: String): PinAnswer {
        if (isSpent(person)) return PinAnswer.PasswordNeeded
        val wait = waitMs(person)
        if (wait > 0) return PinAnswer.Wait(wait)
        val salt = Base64.decode(kept.getString(SALT + person, ""), Base64.NO_WRAP)
        val right = Base64.decode(kept.getString(HASH + person, ""), Base64.NO_WRAP)
        val fails = kept.getInt(FAILS + person, 0) + 1
        kept.edit().putInt(FAILS + person, fails).commit()
        if (MessageDigest.isEqual(hash(digits, salt), right)) {
            kept.edit().remove(FAILS + person).remove(UNTIL + person).commit()
            return PinAnswer.Right
        }
        return wrong(person, fails)
    }

    private fun wrong(person: String, fails: Int): PinAnswer {
        if (fails >= FAILS_MAX) return PinAnswer.PasswordNeeded
        val cost = WAITS_MS[fails] ?: return PinAnswer.Wrong(leftAfter(fails))
        begin(person, cost)
        return PinAnswer.Wait(cost)
    }

    private fun leftAfter(fails: Int) = WAITS_MS.keys.first { it > fails } - fails

    private fun begin(person: String, cost: Long) = kept.edit()
        .putLong(UNTIL + person, uptimeMs() + cost).putLong(COST + person, cost)
        .putInt(BOOT + person, boot()).commit()

    /** How long one must wait now. */
    fun waitMs(person: String): Long {
        val until = kept.getLong(UNTIL + person, 0)
        if (until == 0L) return 0
        if (kept.getInt(BOOT + person, 0) != boot()) {
            // A restart is no way around the wait.
            val cost = kept.getLong(COST + person, 0)
            begin(person, cost)
            return cost
        }
        return (until - uptimeMs()).coerceAtLeast(0)
    }

    /** The password was right: the PIN counts again, or a new one is chosen. */
    fun forgive(person: String) {
        kept.edit().remove(FAILS + person).remove(UNTIL + person).commit()
    }

    fun forget(person: String) {
        kept.edit().remove(HASH + person).remove(SALT + person).commit()
        forgive(person)
    }

    private fun boot() = Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, 0)

    private fun hash(digits: String, salt: ByteArray): ByteArray =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(PBEKeySpec(digits.toCharArray(), salt, ROUNDS, HASH_BITS)).encoded

    private fun text(bytes: ByteArray) = Base64.encodeToString(bytes, Base64.NO_WRAP)

    companion object {
        const val LENGTH = 6

        /** After so many wrong ones only the password opens. */
        const val FAILS_MAX = 10

        /** What a wrong PIN costs, by how many were wrong. */
        private val WAITS_MS = mapOf(5 to 60_000L, 7 to 300_000L, 9 to 1_800_000L, FAILS_MAX to 0L)

        /** About 60 ms on a slow phone; enough for six digits behind the phone's own lock. */
        private const val ROUNDS = 60_000
        private const val HASH_BITS = 256
        private const val SALT_BYTES = 16
        private val RUNS = (0..9).map { start -> (0 until LENGTH).joinToString("") { "${(start + it) % 10}" } }
        private const val HASH = "hash:"
        private const val SALT = "salt:"
        private const val FAILS = "fails:"
        private const val UNTIL = "until:"
        private const val COST = "cost:"
        private const val BOOT = "boot:"
    }
}

/** Why digits may be no PIN. */
enum class PinProblem { LENGTH, EASY }
