package org.outpost.app.core

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import org.outpost.sdk.Session
import org.outpost.sdk.SyncEvent
import org.outpost.sdk.SyncParts

/**
 * Synchronises. The first time on a phone that is for some programs it fetches the forms alone
 * before: which people are not to be held can be said only when their program is known.
 */
internal class FirstFetch(private val session: Session, private val meantFor: Set<String>) {
    fun sync(): Flow<SyncEvent> = flow {
        // Until one came to its end: the process may die between the forms and the choice.
        if (meantFor.isNotEmpty() && session.status().lastSyncMs == null) {
            var isStopped = false
            session.sync(SyncParts(download = false)).collect { event ->
                // Its end is not that of the whole.
                isStopped = event is SyncEvent.Stopped
                if (event !is SyncEvent.Finished) emit(event)
            }
            if (isStopped) return@flow
            leaveOut()
        }
        emitAll(session.sync())
    }

    private suspend fun leaveOut() {
        val others = session.allPrograms().map { it.id }
            .filter { it.uid !in meantFor && it.uid !in ROLL_OUT_PROGRAMS }
        for (program in others) {
            val setting = session.room.downloadSetting(program)
            session.room.saveDownloadSetting(setting.copy(enabled = false))
        }
    }
}
