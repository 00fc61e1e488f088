package org.outpost.app

import android.os.SystemClock
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncPhase
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.app.model.troubleOf

/** The one sync of the process. It goes on while the phone is turned; a screen only listens. */
class SyncRun(private val scope: CoroutineScope, private val port: () -> OutpostPort) {
    private var job: Job? = null
    private var beganMs = 0L

    /** Who shows the steps now. */
    var listener: ((SyncStep) -> Unit)? = null

    /** Told of each end, and whether a screen heard of it. */
    var ended: suspend (outcome: SyncOutcome, isWatched: Boolean) -> Unit = { _, _ -> }

    /** Told of the bytes that travel, while they do. */
    var carried: (Long) -> Unit = {}

    private var afterBackground: ((again: Boolean) -> Unit)? = null

    /** The last step, for a screen that comes later. */
    var last: SyncStep? = null
        private set

    val isRunning: Boolean get() = job?.isActive == true

    /** Begins, unless it runs already. */
    fun start() {
        if (isRunning) return
        tell(SyncStep.Running(SyncProgress(SyncPhase.CONNECTING, 0, 0, 0)))
        job = scope.launch { collect() }
    }

    /** As [start], for the system's scheduler: [done] is told whether it is worth trying again. */
    fun startInBackground(done: (again: Boolean) -> Unit) {
        if (isRunning) return done(false)
        afterBackground = done
        job = scope.launch {
            // Nobody is signed in: nothing can be sent, and nobody is to be bothered.
            val known = runCatching { port().session() }.getOrNull()
            if (known == null) {
                afterBackground = null
                done(false)
            } else {
                collect()
            }
        }
    }

    /** Ends after the part that travels; what is not sent stays in the outbox. */
    fun stop() {
        job?.cancel()
    }

    /** Comes back when nothing runs any more. */
    suspend fun join() {
        job?.join()
    }

    /** Forgets what the last sync said: another person works here. */
    fun forget() {
        stop()
        last = null
    }

    private suspend fun collect() {
        val meter = RunMeter { carried(it) }
        try {
            beganMs = SystemClock.elapsedRealtime()
            port().sync().collect { step ->
                count(meter, step)
                tell(step.timed())
            }
            // A core that ends without an outcome has failed; a screen must not wait for ever.
            if (last is SyncStep.Running) fail(IllegalStateException("no outcome"))
        } catch (stopped: CancellationException) {
            tell(SyncStep.Ended(SyncOutcome.Stopped))
            throw stopped
        } catch (failed: Exception) {
            fail(failed)
        } finally {
            meter.end()
            // Also of a run that was stopped: the system waits for it.
            withContext(NonCancellable) { close() }
        }
    }

    private fun count(meter: RunMeter, step: SyncStep) = when (step) {
        is SyncStep.Running -> meter.at(step.progress.bytes)
        is SyncStep.Ended -> when (val outcome = step.outcome) {
            is SyncOutcome.Finished -> meter.at(outcome.bytes)
            is SyncOutcome.Failed -> meter.at(outcome.bytes)
            SyncOutcome.Stopped -> Unit
        }
    }

    private suspend fun close() {
        val outcome = (last as? SyncStep.Ended)?.outcome ?: return
        ended(outcome, listener != null)
        afterBackground?.invoke(outcome is SyncOutcome.Failed)
        afterBackground = null
    }

    /** With how fast it goes, once that means something. */
    private fun SyncStep.timed(): SyncStep {
        if (this !is SyncStep.Running) return this
        val seconds = (SystemClock.elapsedRealtime() - beganMs) / SECOND_MS
        if (seconds < RATE_AFTER_S || progress.bytes == 0L) return this
        return SyncStep.Running(progress.copy(bytesPerSecond = progress.bytes / seconds))
    }

    private fun fail(failed: Exception) =
        tell(SyncStep.Ended(SyncOutcome.Failed(troubleOf(failed))))

    private fun tell(step: SyncStep) {
        last = step
        listener?.invoke(step)
    }

    private companion object {
        const val SECOND_MS = 1_000L

        /** Before this a rate would jump. */
        const val RATE_AFTER_S = 2L
    }
}
