package org.outpost.sdk

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.io.File
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

private const val PROVIDER = "AndroidKeyStore"
private const val WRAPPING_KEY = "org.outpost.keys.1"
private const val CIPHER = "AES/GCM/NoPadding"

/** First byte of a file: the one format there is. */
private const val FORMAT: Byte = 1

/** Bytes of a GCM nonce; the Android Keystore makes no other length. */
private const val NONCE_BYTES = 12

/** Bits of a GCM tag. */
private const val TAG_BITS = 128

/** Bits of the wrapping key. */
private const val WRAPPING_KEY_BITS = 256

/**
 * Keeps the keys of the databases on a phone: each is encrypted (AES-256-GCM) with a key that never
 * leaves the Android Keystore, and lies in a file that is not backed up.
 *
 * A phone whose Keystore lost its key answers `Locked`, never with a new key. Uses the framework
 * only; API 26 and later. What the hardware of a phone does can be tried on a phone only.
 */
public class AndroidKeyStore internal constructor(folder: File) : SecureKeyStore {
    private val files = KeyFiles(folder)

    /** Keeps them in the app's private files. */
    public constructor(context: Context) : this(File(context.noBackupFilesDir, "outpost-keys"))

    override fun loadOrCreateKey(alias: String): ByteArray = try {
        val name = "${fileName(alias)}.wrapped"
        val aad = alias.toByteArray()
        val wrapped = files.load(name)
        if (wrapped != null) unwrap(wrapped, aad) else create(name, aad)
    } catch (failed: GeneralSecurityException) {
        throw KeyStoreException.Locked("the phone's key store does not give the key", failed)
    } catch (failed: ProviderException) {
        throw KeyStoreException.Locked("the phone's key store does not answer", failed)
    }

    override fun health(): KeyStoreHealth =
        files.health("keys are encrypted by the phone's key store")

    private fun create(name: String, aad: ByteArray): ByteArray {
        val key = ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }
        val cipher = Cipher.getInstance(CIPHER)
        cipher.init(Cipher.ENCRYPT_MODE, wrappingKey() ?: makeWrappingKey())
        cipher.updateAAD(aad)
        val sealed = cipher.doFinal(key)
        key.fill(0)
        files.writeOnce(name, byteArrayOf(FORMAT) + cipher.iv + sealed)
        // What is in the file counts, and it must open again before anything is locked with it.
        val wrapped = files.load(name)
            ?: throw KeyStoreException.Locked("the key file went away again")
        return unwrap(wrapped, aad)
    }

    private fun unwrap(wrapped: ByteArray, aad: ByteArray): ByteArray {
        if (wrapped.size <= NONCE_BYTES || wrapped[0] != FORMAT) {
            throw KeyStoreException.Locked("the key file is none that this release knows")
        }
        val key = wrappingKey()
            ?: throw KeyStoreException.Locked("the phone's key store lost the key of this app")
        val cipher = Cipher.getInstance(CIPHER)
        val nonce = GCMParameterSpec(TAG_BITS, wrapped, 1, NONCE_BYTES)
        cipher.init(Cipher.DECRYPT_MODE, key, nonce)
        cipher.updateAAD(aad)
        val start = 1 + NONCE_BYTES
        return cipher.doFinal(wrapped, start, wrapped.size - start)
    }

    private fun wrappingKey(): SecretKey? =
        KeyStore.getInstance(PROVIDER).apply { load(null) }.getKey(WRAPPING_KEY, null) as SecretKey?

    private fun makeWrappingKey(): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(WRAPPING_KEY, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(WRAPPING_KEY_BITS)
            .build()
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
        return generator.apply { init(spec) }.generateKey()
    }
}
