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
    /** Typing may go on. */
    private val waiting = LinkedHashMap<String, String?>()

    /** Given, in order; whoever holds [order] carries all of them. */
    private val given = ArrayDeque<Pair<String, String?>>()
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
    fun isWaiting(fieldId: String): Boolean =
        waiting.containsKey(fieldId) || given.any { it.first == fieldId }

    /** Stores what still waits. */
    fun flush() = waiting.keys.toList().forEach(::store)

    /** As [flush], and returns when all of it is stored. */
    suspend fun flushed() {
        waiting.keys.toList().forEach(::take)
        carryAll()
    }

    private fun store(fieldId: String) {
        take(fieldId)
        host.carry(::carryAll)
    }

    private fun take(fieldId: String) {
        given.addLast(fieldId to waiting.remove(fieldId))
        saving()
    }

    private suspend fun carryAll() = order.withLock {
        while (given.isNotEmpty()) {
            val (fieldId, value) = given.removeFirst()
            try {
                saved(host.port.setValue(key, fieldId, value))
            } catch (fault: Exception) {
                // The core did not take it: it goes again with the next flush, unless typed over.
                if (fieldId !in waiting) waiting[fieldId] = value
                throw fault
            }
        }
    }

    private companion object {
        /** Typing rests after this long. */
        const val REST_MS = 500L
    }
}
