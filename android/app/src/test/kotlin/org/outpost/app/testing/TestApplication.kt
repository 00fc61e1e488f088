package org.outpost.app.testing

import java.io.File
import java.security.InvalidKeyException
import java.util.concurrent.TimeUnit
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec
import kotlinx.coroutines.runBlocking
import org.outpost.app.OutpostApplication
import org.outpost.app.safety.FingerKey
import org.outpost.sdk.DeviceClock
import org.outpost.sdk.FileKeyStore
import org.outpost.sdk.Outpost
import org.robolectric.RuntimeEnvironment

/** The app on a host: the real core, with its keys in files, for there is no phone's key store. */
class TestApplication : OutpostApplication() {
    override val keys: File get() = File(noBackupFilesDir, "keys")

    /** A key in memory: there is no phone's key store either. */
    override val fingerKey: SoftFingerKey get() = SoftFingerKey.now

    override suspend fun openCore(home: File): Outpost = Outpost.open(home, FileKeyStore(keys), clock)

    /** By how much the phone's clock is ahead of ours: days that passed without contact. */
    var aheadMs = 0L

    private val clock = object : DeviceClock {
        override fun unixMs(): Long = System.currentTimeMillis() + aheadMs

        override fun uptimeMs(): Long = TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) + aheadMs

        override fun bootId(): String = "the only start"
    }

    /** The process ends, and with it the open files; a new one has only what is on the disk. */
    fun die() {
        lock.close()
        runBlocking { closeCore() }
    }

    companion object {
        val now: TestApplication get() = RuntimeEnvironment.getApplication() as TestApplication
    }
}

/** As the phone's key store keeps it, without the store. */
class SoftFingerKey : FingerKey {
    private var key: SecretKey? = null

    override fun make() {
        key = SecretKeySpec(ByteArray(KEY_BYTES) { it.toByte() }, "AES")
    }

    override fun cipher(): Cipher {
        val kept = key ?: throw InvalidKeyException("the key is gone")
        return Cipher.getInstance("AES/GCM/NoPadding", "SunJCE").apply { init(Cipher.ENCRYPT_MODE, kept) }
    }

    override fun forget() {
        key = null
    }

    companion object {
        private const val KEY_BYTES = 16

        /** The one of the phone; it outlives the process. */
        val now = SoftFingerKey()
    }
}
