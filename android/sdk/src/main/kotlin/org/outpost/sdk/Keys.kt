package org.outpost.sdk

import java.io.IOException
import org.outpost.sdk.ffi.CallbackFault
import org.outpost.sdk.ffi.DeviceClock as FfiDeviceClock
import org.outpost.sdk.ffi.KeyStoreHealth as FfiKeyStoreHealth
import org.outpost.sdk.ffi.SecureKeyStore as FfiSecureKeyStore

/** Length of a database key in bytes. */
internal const val KEY_BYTES = 32

/**
 * Keeps the keys of the databases. Called on threads of the library, never on the main thread.
 *
 * There are two: [FileKeyStore] for a JVM and [AndroidKeyStore] for a phone.
 */
public interface SecureKeyStore {
    /**
     * The 32-byte key of that name; made at random the first time, the same ever after. Never
     * replaces a key: what it locks would be lost.
     *
     * @throws KeyStoreException if it cannot be had; anything else counts as a fault of the store.
     */
    public fun loadOrCreateKey(alias: String): ByteArray

    /** What the doctor says about where the keys are. */
    public fun health(): KeyStoreHealth
}

/** What the doctor says about where the keys are. */
public data class KeyStoreHealth(
    /** Whether nothing needs to be done. */
    public val isGood: Boolean,
    /** In words. */
    public val found: String,
)

/** Why a key cannot be had. */
public sealed class KeyStoreException(
    /** In words, without the key. */
    override val message: String,
    cause: Throwable? = null,
) : IOException(message, cause) {
    /** The key exists but cannot be had now, or does not fit: the data is locked, not damaged. */
    public class Locked(message: String, cause: Throwable? = null) :
        KeyStoreException(message, cause)

    /** No room to keep it. */
    public class NoRoom(cause: Throwable? = null) : KeyStoreException("no room for the key", cause)
}

/** The device's clocks, where the system does not let a library read them; see [AndroidClock]. */
public interface DeviceClock {
    /** Wall clock, Unix milliseconds UTC. */
    public fun unixMs(): Long

    /** Milliseconds since the device started, sleep included. */
    public fun uptimeMs(): Long

    /** Names this start of the device. */
    public fun bootId(): String
}

internal class BridgeKeys(private val keys: SecureKeyStore) : FfiSecureKeyStore {
    override fun loadOrCreateKey(alias: String): ByteArray = try {
        keys.loadOrCreateKey(alias)
    } catch (locked: KeyStoreException.Locked) {
        throw CallbackFault.KeyLocked(locked.message)
    } catch (_: KeyStoreException.NoRoom) {
        throw CallbackFault.NoRoom()
    }

    override fun health(): FfiKeyStoreHealth = keys.health().let {
        FfiKeyStoreHealth(it.isGood, it.found)
    }
}

internal class BridgeClock(private val clock: DeviceClock) : FfiDeviceClock {
    override fun unixMs(): Long = clock.unixMs()
    override fun uptimeMs(): Long = clock.uptimeMs()
    override fun bootId(): String = clock.bootId()
}
