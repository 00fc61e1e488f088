package org.outpost.app.screens

import kotlinx.coroutines.delay
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.outpost.app.model.FormKey
import org.outpost.app.model.Saved

/**
 * Carries answers to the core: one after the other, each when typing rests, all when one leaves.
 *
 * An answer once given to [give] is always stored or said to be wrong; no screen can lose it.
 */
class Answers(
    private val host: PaneHost,
    private val key: FormKey,
    private val saving: () -> Unit,
    private val saved: (Saved) -> Unit,
) {
    private val waiting = LinkedHashMap<String, String?>()
    private val order = Mutex()

    /** Takes an answer; [soon] waits for typing to rest. */
    fun give(fieldId: String, value: String?, soon: Boolean) {
        waiting[fieldId] = value
        if (!soon) return store(fieldId)
        host.run {
            delay(REST_MS)
            // Typed on since then: the later call stores it.
            if (waiting.containsKey(fieldId) && waiting[fieldId] == value) store(fieldId)
        }
    }

    /** Whether an answer to this field is not stored yet. */
    fun isWaiting(fieldId: String): Boolean = waiting.containsKey(fieldId)

    /** Stores what still waits. */
    fun flush() = waiting.keys.toList().forEach(::store)

    /** As [flush], and returns when it is done. */
    suspend fun flushed() {
        flush()
        order.withLock { }
    }

    private fun store(fieldId: String) {
        val value = waiting.remove(fieldId)
        saving()
        host.carry {
            val result = order.withLock { host.port.setValue(key, fieldId, value) }
            saved(result)
        }
    }

    private companion object {
        /** Typing rests after this long. */
        const val REST_MS = 500L
    }
}
