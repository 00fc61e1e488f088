package org.outpost.app.core

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.outpost.sdk.Outpost
import org.outpost.sdk.Session
import org.outpost.sdk.SignedIn

/** The one open core of the process and the session of whoever works; opened when first needed. */
class CoreAccess(private val open: suspend () -> Outpost) {
    private val opening = Mutex()
    private var outpost: Outpost? = null
    private var session: Session? = null

    /** Server clock minus phone clock in milliseconds, as last measured. */
    @Volatile
    var skewMs: Long = 0

    /** Measured server time, Unix ms UTC. */
    val nowMs: Long get() = System.currentTimeMillis() + skewMs

    suspend fun outpost(): Outpost = opening.withLock { opened() }

    suspend fun session(): Session = opening.withLock {
        session ?: opened().session().also { session = it }
    }

    /** Takes the session of a new sign-in in place of the one before. */
    suspend fun enter(signedIn: SignedIn): Unit = opening.withLock {
        session?.close()
        session = signedIn.session
        skewMs = 0
    }

    /** Locks the work of whoever is signed in. */
    suspend fun leave(): Unit = opening.withLock {
        session?.close()
        session = null
        opened().signOut()
    }

    /** Removes the work of whoever is signed in; gives how many others remain. */
    suspend fun wipe(export: String?): Int = opening.withLock {
        session?.close()
        session = null
        opened().wipe(export)
        opened().accounts().items.size
    }

    /** Lets go of all files; the next call opens them again. */
    suspend fun close(): Unit = opening.withLock {
        session?.close()
        session = null
        outpost?.close()
        outpost = null
    }

    private suspend fun opened(): Outpost = outpost ?: open().also { outpost = it }
}
