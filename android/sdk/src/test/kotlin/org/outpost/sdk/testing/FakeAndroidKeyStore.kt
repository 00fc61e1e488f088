package org.outpost.sdk.testing

import android.security.keystore.KeyGenParameterSpec
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** The part of the Android Keystore that is used, with keys in memory instead of hardware. */
object FakeAndroidKeyStore {
    private val keys = HashMap<String, SecretKey>()

    /** Makes it the provider of that name; without keys. */
    fun install() {
        keys.clear()
        Security.addProvider(FakeProvider())
    }

    /** As after a reset of the phone's security chip. */
    fun loseKeys() = keys.clear()

    private class FakeProvider : Provider("AndroidKeyStore", "1", "keys in memory") {
        init {
            put("KeyStore.AndroidKeyStore", Store::class.java.name)
            put("KeyGenerator.AES", Generator::class.java.name)
        }
    }

    /** Makes keys as [KeyGenParameterSpec] says. */
    class Generator : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(random: SecureRandom?) = Unit
        override fun engineInit(size: Int, random: SecureRandom?) = Unit
        override fun engineInit(given: AlgorithmParameterSpec?, random: SecureRandom?) {
            spec = given as KeyGenParameterSpec
        }

        override fun engineGenerateKey(): SecretKey {
            check(spec.blockModes.toList() == listOf("GCM")) { "another mode" }
            val software = KeyGenerator.getInstance("AES", "SunJCE").apply { init(spec.keySize) }
            return software.generateKey().also { keys[spec.keystoreAlias] = it }
        }
    }

    /** Gives keys out by name. */
    class Store : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? = keys[alias]
        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
        override fun engineContainsAlias(alias: String) = alias in keys
        override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys)
        override fun engineSize() = keys.size
        override fun engineIsKeyEntry(alias: String) = alias in keys
        override fun engineIsCertificateEntry(alias: String) = false
        override fun engineDeleteEntry(alias: String) {
            keys.remove(alias)
        }

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null
        override fun engineGetCertificate(alias: String): Certificate? = null
        override fun engineGetCreationDate(alias: String): Date? = null
        override fun engineGetCertificateAlias(certificate: Certificate?): String? = null
        override fun engineStore(stream: OutputStream?, password: CharArray?) = unused()
        override fun engineSetCertificateEntry(alias: String, certificate: Certificate?) = unused()
        override fun engineSetKeyEntry(
            alias: String,
            key: Key?,
            password: CharArray?,
            chain: Array<Certificate>?,
        ) = unused()

        override fun engineSetKeyEntry(alias: String, key: ByteArray?, chain: Array<Certificate>?) =
            unused()

        private fun unused(): Unit = error("not used by the SDK")
    }
}
