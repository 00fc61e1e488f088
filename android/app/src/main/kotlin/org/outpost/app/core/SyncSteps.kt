package org.outpost.app.core

import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncPhase
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.sdk.SyncEvent
import org.outpost.sdk.SyncPhase as CorePhase

/** A step of the core's sync as the home screen shows it. */
internal fun SyncEvent.toStep(nowMs: Long): SyncStep = when (this) {
    is SyncEvent.Progress -> SyncStep.Running(toProgress())
    is SyncEvent.Finished ->
        SyncStep.Ended(SyncOutcome.Finished(report.synced.toInt(), report.refused.toInt(), report.bytes))
    is SyncEvent.Stopped -> SyncStep.Ended(SyncOutcome.Failed(reason.toTrouble(nowMs), report.bytes))
}

private fun SyncEvent.Progress.toProgress() = SyncProgress(
    phase = when (phase) {
        CorePhase.SIGN_IN -> SyncPhase.CONNECTING
        CorePhase.UPLOAD -> SyncPhase.SENDING
        CorePhase.METADATA -> SyncPhase.GETTING_FORMS
        CorePhase.DOWNLOAD -> SyncPhase.GETTING_CHANGES
    },
    done = done.toInt(),
    total = total?.toInt() ?: 0,
    bytes = bytes,
    remainingMs = remainingMs,
)
