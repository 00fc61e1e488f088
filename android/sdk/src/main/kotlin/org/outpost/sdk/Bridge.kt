package org.outpost.sdk

import java.nio.charset.CharacterCodingException
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.outpost.sdk.ffi.OutpostFault

/**
 * Makes calls over the bridge: off the caller's thread (records are unpacked where the call
 * resumes), with the SDK's exceptions, and never after [close].
 */
internal class Bridge(private val what: String) {
    private val closed = AtomicBoolean(false)

    /** Calls and awaits. A cancelled call is not waited for; what it saves is saved anyway. */
    suspend fun <T> call(work: suspend () -> T): T = withContext(Dispatchers.IO) {
        ensureOpen()
        translated { work() }
    }

    fun ensureOpen() {
        check(!closed.get()) { "this $what is closed: get another one" }
    }

    /** Whether it was open until now. */
    fun close(): Boolean = closed.compareAndSet(false, true)
}

/** Runs a call and gives its fault as an exception of the SDK. */
internal inline fun <T> translated(work: () -> T): T = try {
    work()
} catch (fault: OutpostFault) {
    throw fault.toException()
} catch (_: CharacterCodingException) {
    // What a keyboard leaves of an emoji; the bridge carries whole characters only.
    throw OutpostException.InvalidInput(
        field = "",
        code = "text",
        message = "a text holds half a character",
        whatToDo = "Delete the last character of it and try again.",
    )
}
