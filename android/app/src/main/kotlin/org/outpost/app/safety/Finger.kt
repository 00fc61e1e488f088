package org.outpost.app.safety

import android.app.Activity
import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import java.security.GeneralSecurityException
import java.security.InvalidKeyException
import javax.crypto.Cipher
import org.outpost.app.R
import org.outpost.app.ui.AskedForFirst

/** How a look at a finger or face came out. */
enum class FingerAnswer {
    /** It is somebody whom the phone knows. */
    RIGHT,

    /** The person went back, or the phone could not look: the PIN is left. */
    NOT_NOW,

    /** The phone knows other fingers or faces than when this was chosen. */
    CHANGED,
}

/**
 * Finger or face beside the PIN, asked by the phone itself. What opens is a key that never leaves the key
 * store; a "yes" without it counts for nothing.
 */
class Finger(private val context: Context, private val key: FingerKey) {
    /** Whether the phone can do it now: it is new enough and knows a finger or face. */
    val canAsk: Boolean get() = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q && isKnown()

    @AskedForFirst
    private fun isKnown(): Boolean {
        val phone = context.getSystemService(BiometricManager::class.java) ?: return false
        @Suppress("DEPRECATION") // The one that says how strong is newer.
        val can = if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) phone.canAuthenticate()
        else phone.canAuthenticate(BiometricManager.Authenticators.BIOMETRIC_STRONG)
        return can == BiometricManager.BIOMETRIC_SUCCESS
    }

    /** Makes the key; `false` where the phone cannot. */
    fun begin(): Boolean = try {
        key.make()
        true
    } catch (_: GeneralSecurityException) {
        false
    }

    fun forget() = key.forget()

    /** Lets the phone ask. */
    @AskedForFirst
    fun ask(activity: Activity, answer: (FingerAnswer) -> Unit) {
        val cipher = try {
            key.cipher()
        } catch (_: InvalidKeyException) {
            return answer(FingerAnswer.CHANGED)
        } catch (_: GeneralSecurityException) {
            return answer(FingerAnswer.NOT_NOW)
        }
        val builder = BiometricPrompt.Builder(activity)
            .setTitle(activity.getString(R.string.finger_title))
            .setNegativeButton(activity.getString(R.string.finger_not), activity.mainExecutor) { _, _ ->
                answer(FingerAnswer.NOT_NOW)
            }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            builder.setAllowedAuthenticators(BiometricManager.Authenticators.BIOMETRIC_STRONG)
        }
        val crypto = BiometricPrompt.CryptoObject(cipher)
        builder.build().authenticate(crypto, CancellationSignal(), activity.mainExecutor, Heard(cipher, answer))
    }

    @AskedForFirst
    private class Heard(private val cipher: Cipher, private val answer: (FingerAnswer) -> Unit) :
        BiometricPrompt.AuthenticationCallback() {

        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult?) = answer(
            try {
                // The key store does this for a finger of now only.
                cipher.doFinal(ByteArray(1))
                FingerAnswer.RIGHT
            } catch (_: GeneralSecurityException) {
                FingerAnswer.NOT_NOW
            },
        )

        override fun onAuthenticationError(code: Int, words: CharSequence?) = answer(FingerAnswer.NOT_NOW)
    }
}

/** A key that only a finger or face of now opens. What goes wrong is a [GeneralSecurityException]. */
interface FingerKey {
    /** Makes it anew. */
    fun make()

    /**
     * What the phone is to open.
     *
     * @throws InvalidKeyException if other fingers or faces are known since it was made
     */
    fun cipher(): Cipher

    fun forget()
}
