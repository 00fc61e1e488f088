package org.outpost.app.safety

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.InvalidKeyException
import java.security.KeyStore
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** The key in the Android Keystore; it dies when somebody enrols another finger or face. */
class PhoneFingerKey : FingerKey {
    override fun make() {
        val spec = KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setUserAuthenticationRequired(true)
            .setInvalidatedByBiometricEnrollment(true)
            .build()
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE)
        generator.init(spec)
        try {
            generator.generateKey()
        } catch (failed: IllegalStateException) {
            // Without a lock of the phone itself Android makes no such key.
            throw GeneralSecurityException(failed)
        }
    }

    override fun cipher(): Cipher {
        val key = store().getKey(ALIAS, null) as SecretKey? ?: throw InvalidKeyException("the key is gone")
        return Cipher.getInstance("AES/GCM/NoPadding").apply { init(Cipher.ENCRYPT_MODE, key) }
    }

    override fun forget() = try {
        store().deleteEntry(ALIAS)
    } catch (_: GeneralSecurityException) {
        // It opens a screen, no data: one that cannot be removed does no harm.
    }

    private fun store(): KeyStore = try {
        KeyStore.getInstance(STORE).apply { load(null) }
    } catch (failed: IOException) {
        throw GeneralSecurityException(failed)
    }

    private companion object {
        const val STORE = "AndroidKeyStore"
        const val ALIAS = "outpost-finger"
    }
}
