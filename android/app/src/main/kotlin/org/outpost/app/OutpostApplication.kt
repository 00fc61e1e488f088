package org.outpost.app

import android.app.Application
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import org.outpost.app.core.CoreAccess
import org.outpost.app.core.CorePort
import org.outpost.app.model.OutpostPort
import org.outpost.sdk.AndroidCore
import org.outpost.sdk.Outpost

/**
 * Holds the one core of the process; it is opened when the first screen asks for it.
 *
 * Screens know the core only by [OutpostPort].
 */
open class OutpostApplication : Application() {
    open val port: OutpostPort by lazy { CorePort(this, CoreAccess(::openCore)) }

    /** For what goes on when a screen goes away: saving an answer, sending. */
    val saving: CoroutineScope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)

    val sync: SyncRun = SyncRun(saving) { port }

    /** Loads the core with this phone's key store, clocks and certificates. */
    protected open suspend fun openCore(): Outpost = AndroidCore.open(this)
}
