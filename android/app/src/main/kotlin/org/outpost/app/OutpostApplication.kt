package org.outpost.app

import android.app.Application
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import org.outpost.app.model.OutpostPort

/**
 * Holds the one core of the process.
 *
 * Screens know the core only by [OutpostPort]; which one it is, a subclass decides.
 */
abstract class OutpostApplication : Application() {
    abstract val port: OutpostPort

    /** For what goes on when a screen goes away: saving an answer, sending. */
    val saving: CoroutineScope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)

    val sync: SyncRun = SyncRun(saving) { port }
}
