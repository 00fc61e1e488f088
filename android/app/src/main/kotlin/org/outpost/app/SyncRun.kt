package org.outpost.app

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncPhase
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.app.model.troubleOf

/** The one sync of the process. It goes on while the phone is turned; a screen only listens. */
class SyncRun(private val scope: CoroutineScope, private val port: () -> OutpostPort) {
    private var job: Job? = null

    /** Who shows the steps now. */
    var listener: ((SyncStep) -> Unit)? = null

    /** The last step, for a screen that comes later. */
    var last: SyncStep? = null
        private set

    val isRunning: Boolean get() = job?.isActive == true

    /** Begins, unless it runs already. */
    fun start() {
        if (isRunning) return
        tell(SyncStep.Running(SyncProgress(SyncPhase.CONNECTING, 0, 0, 0, null)))
        job = scope.launch { collect() }
    }

    /** Ends after the part that travels; what is not sent stays in the outbox. */
    fun stop() {
        job?.cancel()
    }

    /** Forgets what the last sync said: another person works here. */
    fun forget() {
        stop()
        last = null
    }

    private suspend fun collect() {
        try {
            port().sync().collect(::tell)
            // A core that ends without an outcome has failed; a screen must not wait for ever.
            if (last is SyncStep.Running) fail(IllegalStateException("no outcome"))
        } catch (stopped: CancellationException) {
            tell(SyncStep.Ended(SyncOutcome.Stopped))
            throw stopped
        } catch (failed: Exception) {
            fail(failed)
        }
    }

    private fun fail(failed: Exception) =
        tell(SyncStep.Ended(SyncOutcome.Failed(troubleOf(failed))))

    private fun tell(step: SyncStep) {
        last = step
        listener?.invoke(step)
    }
}
