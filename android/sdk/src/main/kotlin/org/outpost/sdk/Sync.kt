package org.outpost.sdk

import org.outpost.sdk.ffi.ImportSummary
import org.outpost.sdk.ffi.SyncOutcome
import org.outpost.sdk.ffi.SyncParts as FfiSyncParts
import org.outpost.sdk.ffi.SyncStage
import org.outpost.sdk.ffi.SyncStep

/** What a synchronisation is to do. */
public data class SyncParts(
    /** Send what waits. */
    public val upload: Boolean = true,
    /** Fetch forms and places. */
    public val metadata: Boolean = true,
    /** Fetch data. */
    public val download: Boolean = true,
)

/** Where a synchronisation is. */
public enum class SyncPhase {
    /** Asks who we are. */
    SIGN_IN,

    /** Sends what waits. */
    UPLOAD,

    /** Fetches forms and places. */
    METADATA,

    /** Fetches data. */
    DOWNLOAD,
}

/** What [Session.sync] tells: progress, then exactly one end. */
public sealed interface SyncEvent {
    /** How it goes on. */
    public data class Progress(
        /** Where it is. */
        public val phase: SyncPhase,
        /** What it works on: a collection, a data set, a program. */
        public val subject: String,
        /** Records done. */
        public val done: Long,
        /** Records in all, if known. */
        public val total: Long?,
        /** Bytes on the wire so far. */
        public val bytes: Long,
        /** Estimate of what remains, in milliseconds. */
        public val remainingMs: Long?,
    ) : SyncEvent

    /** It ended. */
    public sealed interface Ended : SyncEvent {
        /** What it did by then. */
        public val report: SyncReport
    }

    /** It ran to the end. Records may have been refused: see the report. */
    public data class Finished(override val report: SyncReport) : Ended

    /** It ended early. What was done by then stays done; the rest waits for the next time. */
    public data class Stopped(
        override val report: SyncReport,
        /** Why, and what to do. */
        public val reason: OutpostException,
    ) : Ended
}

/** What a synchronisation did. */
public data class SyncReport(
    /** Records that the server took. */
    public val synced: Long,
    /** Records that it refused; they are parked with the reason: see [Session.outbox]. */
    public val refused: Long,
    /** Records put off to the next time. */
    public val deferred: Long,
    /** New conflicts. */
    public val conflicts: Long,
    /** Metadata objects added or changed. */
    public val metadataChanged: Long,
    /** Metadata objects removed. */
    public val metadataRemoved: Long,
    /** Data records downloaded. */
    public val downloaded: Long,
    /** Requests sent. */
    public val requests: Long,
    /** Bytes on the wire. */
    public val bytes: Long,
    /** Metadata objects on the device by collection; only after a run that fetched metadata. */
    public val counts: Map<String, Long>,
    /** Remarks for the person who looks at the report. */
    public val notes: List<String>,
)

/** What [Session.importFile] tells: progress, then its report. */
public sealed interface ImportEvent {
    /** So many records were looked at; the accepted ones among them are on the device. */
    public data class Progress(
        /** Records looked at. */
        public val records: Long,
    ) : ImportEvent

    /** It ran to the end. */
    public data class Finished(
        /** What it did. */
        public val report: ImportReport,
    ) : ImportEvent
}

/** A record of a file that was refused. Nothing of it was written. */
public data class ImportRefusal(
    /** Its place in the list of the file, from 0. */
    public val index: Long,
    /** Data element uid of a value, uid of an event, if it could be read. */
    public val uid: String?,
    /** Why. */
    public val why: Reason,
)

/** What an import did. */
public data class ImportReport(
    /** Records looked at. */
    public val records: Long,
    /** Records saved; they wait to be sent. */
    public val saved: Long,
    /** Records that were there already. */
    public val unchanged: Long,
    /** Records refused. */
    public val refused: Long,
    /** The first 200 refused ones, each with its place and the reason. */
    public val refusals: List<ImportRefusal>,
    /** Whether the file's completion date marked its report as complete. */
    public val completed: Boolean,
    /** What spoke against that. */
    public val completionProblems: List<CompletionProblem>,
)

internal fun SyncParts.toFfi() = FfiSyncParts(upload, metadata, download)

internal fun SyncStep.toProgress() = SyncEvent.Progress(
    phase = when (stage) {
        SyncStage.SIGN_IN -> SyncPhase.SIGN_IN
        SyncStage.UPLOAD -> SyncPhase.UPLOAD
        SyncStage.METADATA -> SyncPhase.METADATA
        SyncStage.DOWNLOAD -> SyncPhase.DOWNLOAD
    },
    subject = subject,
    done = done,
    total = total,
    bytes = bytes,
    remainingMs = remainingMs,
)

internal fun SyncOutcome.toEnded(): SyncEvent.Ended {
    val report = SyncReport(
        synced = synced,
        refused = rejected,
        deferred = deferred,
        conflicts = conflicts,
        metadataChanged = metadataChanged,
        metadataRemoved = metadataRemoved,
        downloaded = downloaded,
        requests = requests,
        bytes = bytes,
        counts = counts.associate { it.kind to it.count },
        notes = notes,
    )
    val stopped = stopped ?: return SyncEvent.Finished(report)
    return SyncEvent.Stopped(report, stopped.toException())
}

internal fun ImportSummary.toReport() = ImportReport(
    records = records,
    saved = saved,
    unchanged = unchanged,
    refused = refused,
    refusals = refusals.map { ImportRefusal(it.index, it.uid, it.why.toReason()) },
    completed = completed,
    completionProblems = completionProblems.map { it.toProblem() },
)
