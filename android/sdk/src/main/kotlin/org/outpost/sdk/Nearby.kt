package org.outpost.sdk

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import org.outpost.sdk.ffi.NearbyFile as FfiNearbyFile
import org.outpost.sdk.ffi.NearbyObserver
import org.outpost.sdk.ffi.NearbyPhone as FfiNearbyPhone
import org.outpost.sdk.ffi.NearbyPlan as FfiNearbyPlan
import org.outpost.sdk.ffi.NearbyReceived as FfiNearbyReceived
import org.outpost.sdk.ffi.NearbySent as FfiNearbySent
import org.outpost.sdk.ffi.NearbyStep
import org.outpost.sdk.ffi.NearbyVisit as FfiNearbyVisit
import org.outpost.sdk.ffi.SessionHandle

/**
 * The files of [Exchange] from phone to tablet over the Wi-Fi at hand, without internet. Reached by
 * [Session.nearby].
 *
 * The tablet collects [receive] and shows the invitation as a QR code; each phone reads it and
 * collects [send]. Receipts and forms go back in the same meeting. The cards must have been enrolled
 * before. What a broken connection leaves goes on at the byte the next time.
 */
public class Nearby internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Takes in what phones in the room bring, while it is collected: the invitation, progress and
     * files, then exactly one [NearbyEvent.Received].
     *
     * It ends by [stop], by [NearbyPlan.idleSeconds], or when nobody new may come and nobody talks.
     * Cancelling the collection ends it too, but nobody hears of the end; what was taken in stays.
     * A slow collector misses steps and files, which the end names; never the end.
     *
     * @throws OutpostException.NotFound if this device has no card
     * @throws OutpostException.InvalidInput if it is in no network, or for a plan that cannot be
     * @throws OutpostException.Offline if the system does not let it listen
     */
    public fun receive(
        plan: NearbyPlan = NearbyPlan(),
        stop: NearbyStop = NearbyStop(),
    ): Flow<NearbyEvent> = bridge.steps {
        val meeting = handle.nearbyReceive(plan.toFfi(), observer())
        val stopping = launch {
            stop.asked.await()
            meeting.cancel()
        }
        try {
            send(NearbyEvent.Received(meeting.report().toReceived()))
        } finally {
            stopping.cancel()
            meeting.cancel()
            afterEnd { meeting.use { it.report() } }
        }
    }

    /**
     * Brings everything that waits here to the tablet that shows the invitation, while it is
     * collected: progress and what the tablet gives, then exactly one [NearbyEvent.Sent].
     * Cancelling the collection stops it; what was written for the tablet is kept and sent the next
     * time.
     *
     * @param invitation the text of the QR code
     * @param to key of the tablet or the name on its card; needed only where several are known
     * @throws OutpostException.InvalidInput for a text that is no invitation, or a tablet that shows
     *   another code or is not known
     * @throws OutpostException.Offline if it cannot be reached or the connection broke: try again
     */
    public fun send(invitation: String, to: String? = null): Flow<NearbyEvent> = bridge.steps {
        val visit = handle.nearbySend(invitation, to, observer())
        try {
            send(NearbyEvent.Sent(visit.report().toVisit()))
        } finally {
            visit.cancel()
            afterEnd { visit.use { it.report() } }
        }
    }
}

/** Ends [Nearby.receive] in order, so that its end tells what came. For one meeting. */
public class NearbyStop {
    internal val asked = CompletableDeferred<Unit>()

    /** Ends the meeting; also before it began. Doing it twice is no harm. */
    public fun stop() {
        asked.complete(Unit)
    }
}

/** How a tablet receives. */
public data class NearbyPlan(
    /** IP addresses that the invitation names; none: those of the networks at hand. */
    public val addresses: List<String> = emptyList(),
    /** How many phones may come. */
    public val phonesMax: Int = 64,
    /** How long new phones may come, in seconds. */
    public val validSeconds: Int = 900,
    /** End once phones came and nobody talks for so many seconds. */
    public val idleSeconds: Int? = null,
)

/** What a meeting tells. */
public sealed interface NearbyEvent {
    /** The tablet is ready. */
    public data class Invitation(
        /** Show this as a QR code. */
        public val text: String,
    ) : NearbyEvent

    /** Bytes of a file went. */
    public data class Progress(
        /** Who is at the other side: a name or key; empty for the tablet of a visit. */
        public val who: String,
        /** Whether it goes away from this device. */
        public val isSent: Boolean,
        /** Bytes that are there. */
        public val done: Long,
        /** Its size in bytes. */
        public val bytes: Long,
    ) : NearbyEvent

    /** A file came and was taken in or refused. */
    public data class File(
        /** The phone; empty for the tablet of a visit. */
        public val who: String,
        /** The file. */
        public val file: NearbyFile,
    ) : NearbyEvent

    /** The end of [Nearby.receive]. */
    public data class Received(
        /** What it brought. */
        public val report: NearbyReceived,
    ) : NearbyEvent

    /** The end of [Nearby.send]. */
    public data class Sent(
        /** What it brought. */
        public val report: NearbyVisit,
    ) : NearbyEvent
}

/** A file that came in a meeting, and what became of it. */
public data class NearbyFile(
    /** `data`, `receipt` or `package`. */
    public val kind: String,
    /** Who signed it; empty if it could not be believed. */
    public val from: String,
    /** The key that signed it; empty if it could not be believed. */
    public val key: String,
    /** Its number. */
    public val number: Long,
    /** What taking it in did; `null` for packages of forms. */
    public val report: TakenInReport?,
    /** What it is to this device, in words; why it was refused, if it was. */
    public val words: String,
    /** Whether it was taken in, or was here before. */
    public val isTaken: Boolean,
)

/** What became of a file that was to be handed to the other side. */
public data class NearbySent(
    /** Its name. */
    public val file: String,
    /** Its size in bytes. */
    public val bytes: Long,
    /** Why the other side did not store it. */
    public val refused: String?,
)

/** One conversation, as the tablet saw it. */
public data class NearbyPhone(
    /**
     * The name on the card of the key that it says to have; the key if that is not known here.
     * Nothing proves it: what it is given is encrypted to that key.
     */
    public val who: String,
    /** Files that it brought; the first 200. */
    public val brought: List<NearbyFile>,
    /** Files that it was given; the first 200. */
    public val given: List<NearbySent>,
    /** Connections that it made. */
    public val connections: Long,
    /** Why the last one ended early. */
    public val problem: String?,
)

/** What a session of a tablet brought. */
public data class NearbyReceived(
    /** The phones that came; the first 200. */
    public val phones: List<NearbyPhone>,
    /** Files that had come earlier and were not taken in then; the first 200. */
    public val leftBefore: List<NearbyFile>,
)

/** What a visit of a phone brought. */
public data class NearbyVisit(
    /** For whom the records were. */
    public val to: String,
    /** Files that it had for the tablet; the first 200. */
    public val sent: List<NearbySent>,
    /** Files that the tablet gave; the first 200. */
    public val received: List<NearbyFile>,
    /** Connections that it took. */
    public val connections: Long,
)

private fun ProducerScope<NearbyEvent>.observer() = object : NearbyObserver {
    override fun onInvitation(text: String) {
        trySend(NearbyEvent.Invitation(text))
    }

    override fun onProgress(step: NearbyStep) {
        trySend(NearbyEvent.Progress(step.who, step.isSent, step.done, step.bytes))
    }

    override fun onFile(who: String, file: FfiNearbyFile) {
        trySend(NearbyEvent.File(who, file.toFile()))
    }
}

private fun NearbyPlan.toFfi() = FfiNearbyPlan(addresses, phonesMax, validSeconds, idleSeconds)

private fun FfiNearbyFile.toFile() =
    NearbyFile(kind, from, key, number, report?.toReport(), words, isTaken)

private fun FfiNearbySent.toSent() = NearbySent(file, bytes, refused)

private fun FfiNearbyPhone.toPhone() = NearbyPhone(
    who, brought.map { it.toFile() }, given.map { it.toSent() }, connections, problem,
)

private fun FfiNearbyReceived.toReceived() =
    NearbyReceived(phones.map { it.toPhone() }, leftBefore.map { it.toFile() })

private fun FfiNearbyVisit.toVisit() =
    NearbyVisit(to, sent.map { it.toSent() }, received.map { it.toFile() }, connections)
