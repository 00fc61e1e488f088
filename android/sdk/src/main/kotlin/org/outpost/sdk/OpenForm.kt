package org.outpost.sdk

import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** The state of an open form: one call at a time, its changes applied before the next. */
internal class OpenForm<S>(what: String, first: S) {
    private val bridge = Bridge(what)
    private val turn = Mutex()
    private val shown = MutableStateFlow(first)

    val state: StateFlow<S> = shown.asStateFlow()

    /**
     * Makes a call that is given the state and gives the state after it (`null` for unchanged).
     * Once begun it is done to its end: else the core would know of an edit that is not shown.
     */
    suspend fun <R> call(work: suspend (S) -> Pair<S?, R>): R = turn.withLock {
        withContext(NonCancellable) {
            val (after, result) = bridge.call { work(shown.value) }
            if (after != null) shown.value = after
            result
        }
    }

    /** Whether it was open until now. */
    fun close(): Boolean = bridge.close()
}
