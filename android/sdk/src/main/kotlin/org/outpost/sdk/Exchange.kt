package org.outpost.sdk

import java.io.File
import kotlinx.coroutines.flow.Flow
import org.outpost.sdk.ffi.AsideRecord as FfiAsideRecord
import org.outpost.sdk.ffi.CarriedFor as FfiCarriedFor
import org.outpost.sdk.ffi.ExchangeCard as FfiExchangeCard
import org.outpost.sdk.ffi.ExchangeFile as FfiExchangeFile
import org.outpost.sdk.ffi.ExchangeKey as FfiExchangeKey
import org.outpost.sdk.ffi.ExchangePartner as FfiExchangePartner
import org.outpost.sdk.ffi.FileGap as FfiFileGap
import org.outpost.sdk.ffi.FilePlan as FfiFilePlan
import org.outpost.sdk.ffi.HandedOver as FfiHandedOver
import org.outpost.sdk.ffi.HandedTo as FfiHandedTo
import org.outpost.sdk.ffi.ImportObserver
import org.outpost.sdk.ffi.ReceiptReport as FfiReceiptReport
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.SiteName as FfiSiteName
import org.outpost.sdk.ffi.SiteRole as FfiSiteRole
import org.outpost.sdk.ffi.TakenIn as FfiTakenIn
import org.outpost.sdk.ffi.TakenInReport as FfiTakenInReport
import org.outpost.sdk.ffi.TypeCount

/**
 * Records in files where there is no network, from phone to tablet to server, and receipts back.
 * Reached by [Session.exchange].
 *
 * Every device has a card ([makeCard]); two people enrol each other's once, in person
 * ([enrol]). Then [handOver] writes what waits, [takeIn] takes it in at the other side, and
 * [writeReceipt] tells the sender what became of it. Files are signed and encrypted. What was
 * handed over stays in the outbox until it is known to be on the server.
 */
public class Exchange internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /** The card of this device; `null` before it has one. */
    public suspend fun card(): ExchangeCard? = bridge.call { handle.exchangeCard()?.toCard() }

    /**
     * Gives this device its card. The keys are made the first time and stay; another name makes
     * another card of the same keys.
     *
     * @param name of the place or device, not of a person
     * @throws OutpostException.InvalidInput for the name, or for [SiteRole.RECOVERY]
     */
    public suspend fun makeCard(name: String, role: SiteRole): ExchangeCard = bridge.call {
        handle.makeExchangeCard(name, role.toFfi()).toCard()
    }

    /**
     * Reads the text of a card's QR code, to show whose it is. Nobody is believed by it.
     *
     * @throws OutpostException.InvalidInput if it is no card
     */
    public suspend fun readCard(text: String): ExchangeCard = bridge.call {
        handle.readExchangeCard(text).toCard()
    }

    /**
     * Believes a card from now on.
     *
     * @param text of the card's QR code
     * @param heard the thirty digits that the card's owner shows or reads aloud
     * @throws OutpostException.InvalidInput if it is no card, or the digits are incomplete or others
     */
    public suspend fun enrol(text: String, heard: String): ExchangeKey = bridge.call {
        handle.enrolExchangeCard(text, heard).toKey()
    }

    /** A page of the keys that this device knows, its own among them, by name. */
    public suspend fun keys(next: PageToken? = null): Page<ExchangeKey> = bridge.call {
        val page = handle.exchangeKeys(next.offset())
        Page(page.items.map { it.toKey() }, page.next.toToken())
    }

    /**
     * Signs what a new phone is to begin with, as the text of a QR code.
     *
     * @throws OutpostException.NotFound before this device has a card
     * @throws OutpostException.InvalidInput if it is the card of neither a centre nor a district, or
     *   the address, the language or an id is wrong
     */
    public suspend fun makeSetupCode(plan: SetupPlan): SetupCode = bridge.call {
        handle.makeSetupCode(plan.toFfi()).toSetupCode()
    }

    /** What happens to keys after they were enrolled: revoked, replaced, listed by a centre. */
    public val keyRing: KeyRing get() = KeyRing(handle, bridge)

    /**
     * Writes a file with everything that waits here and that the partner does not have, while it is
     * collected: progress, then [HandOverEvent.Finished]. Cancelling the collection stops it; then
     * there is no file.
     *
     * @param to key of the partner, or the name on its card
     * @param folder where the file goes; its name says what it is
     * @param again also what the partner got before
     * @throws OutpostException.NotFound without a card here, or if the partner is not known
     * @throws OutpostException.InvalidInput if nothing is to be handed over, the partner's key is
     *   revoked, no recovery key is known or the folder cannot be written
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public fun handOver(to: String, folder: String, again: Boolean = false): Flow<HandOverEvent> =
        bridge.steps {
            val written = handle.startHandOver(to, again, folder, object : ImportObserver {
                override fun onProgress(records: Long) {
                    trySend(HandOverEvent.Progress(records))
                }
            })
            try {
                send(HandOverEvent.Finished(written.report().toHandedOver()))
            } finally {
                written.cancel()
                afterEnd { written.use { it.report() } }
            }
        }

    /**
     * Verifies a file to its last byte and says what it is to this device. Its content stays
     * closed.
     *
     * @throws OutpostException.InvalidInput if it cannot be read, is damaged or signed by nobody
     *   known
     */
    public suspend fun inspect(path: String): ExchangeFile = bridge.call {
        handle.inspect(path).toFile()
    }

    /**
     * Verifies a file and takes it in while it is collected: progress, then
     * [TakeInEvent.Finished]. Records wait in the outbox then, receipts settle rows. A file that
     * came before changes nothing; one that came too early is kept until those before it come.
     * Cancelling the collection stops it; then nothing of the file is kept.
     *
     * @param dryRun keep nothing, and tell what would have been done
     * @throws OutpostException.InvalidInput if it cannot be read, is damaged or signed by nobody
     *   known; nothing was written
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public fun takeIn(path: String, dryRun: Boolean = false): Flow<TakeInEvent> = bridge.steps {
        val taking = handle.startTakeIn(path, dryRun, object : ImportObserver {
            override fun onProgress(records: Long) {
                trySend(TakeInEvent.Progress(records))
            }
        })
        try {
            send(TakeInEvent.Finished(taking.report().toTakenIn()))
        } finally {
            taking.cancel()
            afterEnd { taking.use { it.report() } }
        }
    }

    /**
     * Writes for a partner what became of its files and records.
     *
     * @param to key of the partner, or the name on its card
     * @param folder where the file goes
     * @throws OutpostException.NotFound without a card here, or if the partner is not known
     * @throws OutpostException.InvalidInput if the folder cannot be written
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public suspend fun writeReceipt(to: String, folder: String): HandedOver = bridge.call {
        handle.writeReceipt(to, folder).toHandedOver()
    }

    /**
     * Cuts a file into parts that fit e-mails of so many bytes.
     *
     * @param path of the file
     * @param mailBytes size of a whole e-mail
     * @param folder where the parts go
     * @throws OutpostException.InvalidInput if the file cannot be read, the parts would be too small
     *   or too many, or cannot be written
     */
    public suspend fun split(path: String, mailBytes: Long, folder: String): MailParts =
        bridge.call {
            val parts = handle.splitForMail(path, mailBytes, folder)
            MailParts(parts.count, parts.paths.map { File(it) })
        }

    /**
     * Puts parts together, whatever their order and however often they are given. Nothing is
     * written unless all of it is there.
     *
     * @param parts their paths
     * @param path where the file goes
     * @return the hash of the file
     * @throws OutpostException.InvalidInput if a part is damaged or of another file, or some are
     *   missing; they are named
     */
    public suspend fun join(parts: List<String>, path: String): String = bridge.call {
        handle.joinParts(parts, path)
    }

    /** A page of those whose files came here, and what they are owed. */
    public suspend fun partners(next: PageToken? = null): Page<ExchangePartner> = bridge.call {
        val page = handle.exchangePartners(next.offset())
        Page(page.items.map { it.toPartner() }, page.next.toToken())
    }

    /** A page of the records of others that are kept aside, by number. */
    public suspend fun aside(next: PageToken? = null): Page<AsideRecord> = bridge.call {
        val items = handle.aside(next.after()).map { it.toRecord() }
        Page(items, items.lastOrNull()?.id.takeIf { items.size >= PAGE_ROWS }.toToken())
    }

    /**
     * Gives up a record that is kept aside; the next receipt tells who captured it why.
     *
     * @param reason a person's own words
     * @throws OutpostException.InvalidInput without a reason
     */
    public suspend fun discardAside(id: Long, reason: String): Unit = bridge.call {
        handle.discardAside(id, reason)
    }

    /**
     * To whom a row of the outbox was handed in a file.
     *
     * @param id of the row ([OutboxItem.id])
     */
    public suspend fun handedTo(id: Long): List<HandedTo> = bridge.call {
        handle.handedTo(id).map { it.toHandedTo() }
    }

    /**
     * Who captured a row of the outbox that waits here for somebody else; empty for own work.
     *
     * @param id of the row ([OutboxItem.id])
     */
    public suspend fun carriedFor(id: Long): List<CarriedFor> = bridge.call {
        handle.carriedFor(id).map { it.toCarriedFor() }
    }
}

/** What a key is for. */
public enum class SiteRole {
    /** The phone of one who captures. */
    DEVICE,

    /** A tablet that takes in what phones captured and carries it on. */
    TABLET,

    /** The machine of a district. */
    DISTRICT,

    /** The national centre: signs key lists, metadata and releases. */
    CENTRE,

    /** Opens files when another key is lost; lies in a safe, never on a device. */
    RECOVERY,
}

/** A card: what a device or site hands out so that others can write to it. */
public data class ExchangeCard(
    /** Id of the key. */
    public val key: String,
    /** Name of the place or device. */
    public val name: String,
    /** What the key is for. */
    public val role: SiteRole,
    /** Thirty digits that two people compare. */
    public val fingerprint: String,
    /** The text of the QR code. */
    public val text: String,
)

/** A key that this device knows. */
public data class ExchangeKey(
    /** Its card. */
    public val card: ExchangeCard,
    /** Whether it is this device's own. */
    public val isOwn: Boolean,
    /** `active`, `superseded` or `revoked`. */
    public val standing: String,
    /** Why it was revoked. */
    public val reason: String?,
    /** How it came here, in words. */
    public val trust: String,
)

/** A device or site by its first key. */
public data class SiteName(
    /** The key. */
    public val key: String,
    /** The name on its card; empty if it is not known here. */
    public val name: String,
)

/** What a file is to this device. */
public enum class FilePlan {
    /** It can be taken in. */
    TAKE_IN,

    /** It was taken in before. */
    KNOWN,

    /** A later file held its records too. */
    COVERED,

    /** Files before it are missing; it is kept until they come. */
    WAITS,

    /** Its sender was restored from an older backup. */
    OLDER_BACKUP,

    /** Its sender tells another history than before. */
    FORK,

    /** It is for somebody else. */
    NOT_FOR_US,

    /** Its key is revoked. */
    REVOKED,

    /** Its key was replaced. */
    SUPERSEDED,

    /** Nobody here knows its sender. */
    UNKNOWN_SENDER,
}

/** What may be known of a file without opening it. */
public data class ExchangeFile(
    /** `data` or `receipt`. */
    public val kind: String,
    /** Who signed it. */
    public val from: SiteName,
    /** For whom it is. */
    public val to: SiteName,
    /** Its number among those of its kind between the two. */
    public val number: Long,
    /** The number of the file that it builds upon. */
    public val since: Long?,
    /** Its hash. */
    public val hash: String,
    /** When it was made, by the sender's clock. */
    public val createdAt: String,
    /** Records in it. */
    public val records: Long,
    /** The same by class. */
    public val counts: Map<String, Long>,
    /** Whether its records were captured with the forms of this device; `null` if not known. */
    public val sameForms: Boolean?,
    /** Whether a key list travels with it. */
    public val hasKeyList: Boolean,
    /** What it is to this device. */
    public val plan: FilePlan,
    /** The same in words, with what to do. */
    public val advice: String,
)

/** A file that was written for a partner. */
public data class HandedOver(
    /** Where it is. */
    public val path: String,
    /** For whom. */
    public val to: SiteName,
    /** Its number. */
    public val number: Long,
    /** Its hash. */
    public val hash: String,
    /** Records in it. */
    public val records: Long,
    /** The same by class. */
    public val counts: Map<String, Long>,
    /** Its size in bytes. */
    public val bytes: Long,
    /** Whether it holds again what earlier files held. */
    public val again: Boolean,
) {
    /** The file. */
    public val file: File get() = File(path)
}

/** What [Exchange.handOver] tells: progress, then the end. */
public sealed interface HandOverEvent {
    /** How it goes on. */
    public data class Progress(
        /** Records written so far. */
        public val records: Long,
    ) : HandOverEvent

    /** The file is whole. */
    public data class Finished(
        /** What it is. */
        public val file: HandedOver,
    ) : HandOverEvent
}

/** What [Exchange.takeIn] tells: progress, then the end. */
public sealed interface TakeInEvent {
    /** How it goes on. */
    public data class Progress(
        /** Records looked at so far. */
        public val records: Long,
    ) : TakeInEvent

    /** It ran to the end. */
    public data class Finished(
        /** What came of it. */
        public val taken: TakenIn,
    ) : TakeInEvent
}

/** A file and what came of it. */
public data class TakenIn(
    /** The file. */
    public val file: ExchangeFile,
    /** Whether it was only tried. */
    public val dryRun: Boolean,
    /** What it did. */
    public val report: TakenInReport,
)

/** What taking in a file did, or would do. */
public data class TakenInReport(
    /** Records that wait in the outbox now. */
    public val new: Long,
    /** Records that changed a waiting row. */
    public val changed: Long,
    /** Records that were here already. */
    public val known: Long,
    /** Records that the server is known to hold. */
    public val onServer: Long,
    /** Records of which the server holds another version; a person decides. */
    public val conflicts: Long,
    /** Records kept aside because another version waits here. */
    public val differs: Long,
    /** The first objects, in words, for which records were kept aside because they are unknown. */
    public val unknown: Map<String, Long>,
    /** Records that are not taken (given up here before, or not carried by others). */
    public val givenUp: Long,
    /** Files that had waited and were taken in with it. */
    public val waited: Long,
    /** Keys that came in or were revoked by the key list in the file. */
    public val keysChanged: Long,
    /** What a receipt did; `null` if it was none. */
    public val receipt: ReceiptReport?,
)

/** What a receipt did. */
public data class ReceiptReport(
    /** Records that the partner holds now. */
    public val held: Long,
    /** Records that are on the server now and left the outbox. */
    public val settled: Long,
    /** Records that were refused and are parked with the reason. */
    public val parked: Long,
    /** Records that wait there. */
    public val waiting: Long,
    /** What the partner says of the files, in words. */
    public val advice: List<String>,
)

/** Files that are missing. */
public data class FileGap(
    /** Number of the first one. */
    public val first: Long,
    /** Number of the last one. */
    public val last: Long,
)

/** A partner and what lies between it and this device. */
public data class ExchangePartner(
    /** Who. */
    public val site: SiteName,
    /** Number of the last data file that came from it. */
    public val last: Long?,
    /** The first files that are missing. */
    public val missing: List<FileGap>,
    /** Records of it that wait here. */
    public val held: Long,
    /** Records of it that are on the server. */
    public val onServer: Long,
    /** Records of it that were refused. */
    public val refused: Long,
    /** Records of it that wait for something. */
    public val waiting: Long,
)

/** A record of somebody else that is kept aside. */
public data class AsideRecord(
    /** Its number. */
    public val id: Long,
    /** Class of the record. */
    public val kind: String,
    /** Its id; empty for values and completions. */
    public val uid: String,
    /** User name of the one who captured it. */
    public val capturedBy: String,
    /** The device that captured it. */
    public val device: SiteName,
    /** Why. */
    public val reason: String,
)

/** To whom a row of the outbox was handed in a file. */
public data class HandedTo(
    /** Who. */
    public val site: SiteName,
    /** Number of the file. */
    public val file: Long,
    /** Whether they said that they have it, as it is now. */
    public val isHeld: Boolean,
    /** Why it waits there. */
    public val reason: String?,
)

/** Who captured a row that waits here for somebody else. */
public data class CarriedFor(
    /** User name of the one who captured it. */
    public val capturedBy: String,
    /** When, by that device's clock, Unix ms. */
    public val capturedMs: Long,
    /** The device. */
    public val device: SiteName,
    /** Who has carried it since, first to last. */
    public val carriers: List<SiteName>,
)

private fun SiteRole.toFfi() = when (this) {
    SiteRole.DEVICE -> FfiSiteRole.DEVICE
    SiteRole.TABLET -> FfiSiteRole.TABLET
    SiteRole.DISTRICT -> FfiSiteRole.DISTRICT
    SiteRole.CENTRE -> FfiSiteRole.CENTRE
    SiteRole.RECOVERY -> FfiSiteRole.RECOVERY
}

private fun FfiSiteRole.toRole() = when (this) {
    FfiSiteRole.DEVICE -> SiteRole.DEVICE
    FfiSiteRole.TABLET -> SiteRole.TABLET
    FfiSiteRole.DISTRICT -> SiteRole.DISTRICT
    FfiSiteRole.CENTRE -> SiteRole.CENTRE
    FfiSiteRole.RECOVERY -> SiteRole.RECOVERY
}

internal fun FfiExchangeCard.toCard() = ExchangeCard(key, name, role.toRole(), fingerprint, text)

internal fun FfiExchangeKey.toKey() = ExchangeKey(card.toCard(), isOwn, standing, reason, trust)

internal fun FfiSiteName.toName() = SiteName(key, name)

private fun FfiFilePlan.toPlan() = when (this) {
    FfiFilePlan.TAKE_IN -> FilePlan.TAKE_IN
    FfiFilePlan.KNOWN -> FilePlan.KNOWN
    FfiFilePlan.COVERED -> FilePlan.COVERED
    FfiFilePlan.WAITS -> FilePlan.WAITS
    FfiFilePlan.OLDER_BACKUP -> FilePlan.OLDER_BACKUP
    FfiFilePlan.FORK -> FilePlan.FORK
    FfiFilePlan.NOT_FOR_US -> FilePlan.NOT_FOR_US
    FfiFilePlan.REVOKED -> FilePlan.REVOKED
    FfiFilePlan.SUPERSEDED -> FilePlan.SUPERSEDED
    FfiFilePlan.UNKNOWN_SENDER -> FilePlan.UNKNOWN_SENDER
}

internal fun List<TypeCount>.toCounts(): Map<String, Long> = associate { it.kind to it.count }

private fun FfiExchangeFile.toFile() = ExchangeFile(
    kind = kind,
    from = from.toName(),
    to = to.toName(),
    number = number,
    since = since,
    hash = hash,
    createdAt = createdAt,
    records = records,
    counts = counts.toCounts(),
    sameForms = sameForms,
    hasKeyList = hasKeyList,
    plan = plan.toPlan(),
    advice = advice,
)

private fun FfiHandedOver.toHandedOver() =
    HandedOver(path, to.toName(), number, hash, records, counts.toCounts(), bytes, again)

private fun FfiTakenIn.toTakenIn() = TakenIn(file.toFile(), dryRun, report.toReport())

internal fun FfiTakenInReport.toReport() = TakenInReport(
    new = new,
    changed = changed,
    known = known,
    onServer = onServer,
    conflicts = conflicts,
    differs = differs,
    unknown = unknown.associate { it.what to it.records },
    givenUp = givenUp,
    waited = waited,
    keysChanged = keysChanged,
    receipt = receipt?.toReport(),
)

private fun FfiReceiptReport.toReport() = ReceiptReport(held, settled, parked, waiting, advice)

internal fun FfiFileGap.toGap() = FileGap(first, last)

private fun FfiExchangePartner.toPartner() = ExchangePartner(
    site.toName(), last, missing.map { it.toGap() }, held, onServer, refused, waiting,
)

private fun FfiAsideRecord.toRecord() =
    AsideRecord(id, kind, uid, capturedBy, device.toName(), reason)

private fun FfiHandedTo.toHandedTo() = HandedTo(site.toName(), file, isHeld, reason)

private fun FfiCarriedFor.toCarriedFor() =
    CarriedFor(capturedBy, capturedMs, device.toName(), carriers.map { it.toName() })
