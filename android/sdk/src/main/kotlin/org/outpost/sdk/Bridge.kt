package org.outpost.sdk

import java.nio.charset.CharacterCodingException
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withContext
import org.outpost.sdk.ffi.OutpostFault

/** Steps of progress kept for a slow collector; older ones are dropped, the end never is. */
private const val STEPS_KEPT = 64

/** Rows of a full page, where the bridge does not say whether there are more. */
internal const val PAGE_ROWS = 200

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

    /** Long work that runs while it is collected and tells how it goes. */
    fun <T> steps(work: suspend ProducerScope<T>.() -> Unit): Flow<T> = channelFlow {
        ensureOpen()
        translated { work() }
    }.buffer(STEPS_KEPT, BufferOverflow.DROP_OLDEST).flowOn(Dispatchers.IO)

    fun ensureOpen() {
        check(!closed.get()) { "this $what is closed: get another one" }
    }

    /** Whether it was open until now. */
    fun close(): Boolean = closed.compareAndSet(false, true)
}

/** Waits for the end of cancelled work, so that nothing goes on behind whoever cancelled it. */
internal suspend fun afterEnd(report: suspend () -> Unit) {
    withContext(NonCancellable) {
        // How it ended was told already, or nobody is left to hear it.
        try {
            report()
        } catch (_: OutpostFault) {
        }
    }
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
