package org.outpost.sdk

import org.outpost.sdk.ffi.NewSimCard as FfiNewSimCard
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.SimCardHistory as FfiSimCardHistory
import org.outpost.sdk.ffi.SimCardItem as FfiSimCardItem
import org.outpost.sdk.ffi.SimCardQuery as FfiSimCardQuery
import org.outpost.sdk.ffi.SimCardState as FfiSimCardState
import org.outpost.sdk.ffi.SimPairing as FfiSimPairing

/**
 * SIM cards of a roll-out: which are known, in which phones they were, put in, blocked, lost. Reached
 * by [Session.sims].
 */
public class Sims internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * A page of the SIM cards that fit, by number.
     *
     * @throws OutpostException.InvalidInput with code `no_program` without the forms of a roll-out
     */
    public suspend fun list(query: SimQuery = SimQuery(), next: PageToken? = null): Page<SimCard> =
        bridge.call {
            val page = handle.simCards(query.toFfi(), next.offset())
            Page(page.items.map { it.toCard() }, page.next.toToken())
        }

    /**
     * The SIM card of a number on it, of a phone number, or inside the phone of a device number.
     *
     * @throws OutpostException.NotFound
     * @throws OutpostException.InvalidInput with code `ambiguous` if several fit
     */
    public suspend fun find(scan: String): SimCard =
        bridge.call { handle.findSimCard(scan).toCard() }

    /** A SIM card with the phones in which it was and what else became of it; throws as [find]. */
    public suspend fun history(scan: String): SimHistory =
        bridge.call { handle.simCardHistory(scan).toHistory() }

    /**
     * The SIM cards that were in a device, the earliest first, at most 200.
     *
     * @param device as for [Devices.find]
     */
    public suspend fun ofDevice(device: String): List<SimPairing> =
        bridge.call { handle.deviceSimCards(device).map { it.toPairing() } }

    /**
     * Puts a SIM card into a device, from today. The one that was inside is in stock again; a card
     * that is new here is registered with it.
     *
     * @param device as for [Devices.find]
     * @throws OutpostException.InvalidInput with code `in_another` while the card is known in another
     *   phone and nobody said that it was moved ([NewSim.isMoved]), `inside_already`, `not_usable`
     *   for one that is blocked, lost or retired, `too_early` for a day before what is known, and for
     *   numbers that cannot be right; nothing is saved
     */
    public suspend fun put(device: String, new: NewSim, by: String? = null): Device =
        bridge.call { handle.putSimCard(device, new.toFfi(), by).toDevice() }

    /**
     * Says what became of a SIM card. One that is in stock again or retired is in no phone.
     *
     * @param reason why, in a person's own words
     * @throws OutpostException.InvalidInput with code `state` for a state that does not follow, or
     *   without a reason
     */
    public suspend fun step(
        scan: String,
        to: SimState,
        reason: String,
        by: String? = null,
    ): SimCard = bridge.call { handle.stepSimCard(scan, to.toFfi(), reason, by).toCard() }
}

/** Where a SIM card is. */
public enum class SimState {
    /** In a drawer. */
    IN_STOCK,

    /** In a phone. */
    IN_PHONE,

    /** Blocked by the operator; it may still be in a phone. */
    BLOCKED,

    /** Nobody knows where, as a rule with its phone. */
    LOST,

    /** Not used any more. */
    RETIRED,
}

/** A SIM card of a list. */
public data class SimCard(
    /** Its id, which follows from its number. */
    public val id: String,
    /** Its number (ICCID). */
    public val iccid: String,
    /** Its phone number; empty if nobody said. */
    public val msisdn: String,
    /** Its operator; empty if nobody said. */
    public val operator: String,
    /** Its state. */
    public val state: SimState,
    /** The place where it belongs. */
    public val place: OrganisationUnitId,
    /**
     * Numbers of the phones in which it is: one at most, two if people without network wrote it down
     * twice, which a person has to clear up.
     */
    public val inside: List<String>,
)

/** Which SIM cards a list shows. */
public data class SimQuery(
    /** Only in this state. */
    public val state: SimState? = null,
    /** Only of this place. */
    public val place: OrganisationUnitId? = null,
    /** Only those that stand in two phones at once. */
    public val onlyInTwo: Boolean = false,
    /** Only with this in a number, the operator or the number of the phone. */
    public val search: String? = null,
)

/** A SIM card in a phone for some time; days are `yyyy-MM-dd`. */
public data class SimPairing(
    /** Number of the phone. */
    public val phone: String,
    /** Number of the card (ICCID). */
    public val iccid: String,
    /** Phone number of the card; empty if nobody said. */
    public val msisdn: String,
    /** First day. */
    public val from: String,
    /** Last day; `null` while it is inside. */
    public val to: String?,
    /** Who put it in. */
    public val putBy: String,
    /** Day on which it was glued; `null` if it was not. */
    public val gluedOn: String?,
    /** Who glued it; empty if nobody did. */
    public val gluedBy: String,
    /** PIN and PUK lie sealed in the box file. */
    public val pinSealed: Boolean,
)

/** A change of a SIM card's state. */
public data class SimChange(
    /** State after it; `null` if this version does not know it. */
    public val state: SimState?,
    /** Why. */
    public val reason: String,
    /** Who did it. */
    public val doneBy: String,
    /** When, as it was written down. */
    public val doneAt: String,
)

/** A SIM card with all that became of it. */
public data class SimHistory(
    /** The card. */
    public val card: SimCard,
    /** Name of its place. */
    public val placeName: String,
    /** In which phones it was, the earliest first; at most 200. */
    public val pairings: List<SimPairing>,
    /** What became of it besides, the latest last; at most 200. */
    public val changes: List<SimChange>,
)

/** A SIM card that is put into a device. What is not said and known already is taken over. */
public data class NewSim(
    /** Its number (ICCID), scanned or typed. */
    public val iccid: String,
    /** Its phone number. */
    public val msisdn: String = "",
    /** Its operator. */
    public val operator: String = "",
    /** Who glued it; `null` if it was not glued. */
    public val gluedBy: String? = null,
    /** PIN and PUK lie sealed in the box file. */
    public val pinSealed: Boolean = false,
    /** A person said that it was moved here from another phone. */
    public val isMoved: Boolean = false,
)

private fun SimState.toFfi() = FfiSimCardState.valueOf(name)

private fun FfiSimCardState.toState() = SimState.valueOf(name)

private fun SimQuery.toFfi() = FfiSimCardQuery(state?.toFfi(), place?.uid, onlyInTwo, search)

private fun NewSim.toFfi() = FfiNewSimCard(iccid, msisdn, operator, gluedBy, pinSealed, isMoved)

private fun FfiSimCardItem.toCard() =
    SimCard(id, iccid, msisdn, operator, state.toState(), OrganisationUnitId(place), inside)

private fun FfiSimPairing.toPairing() =
    SimPairing(phone, iccid, msisdn, from, to, putBy, gluedOn, gluedBy, pinSealed)

private fun FfiSimCardHistory.toHistory() = SimHistory(
    card = card.toCard(),
    placeName = placeName,
    pairings = pairings.map { it.toPairing() },
    changes = changes.map { SimChange(it.state?.toState(), it.reason, it.doneBy, it.doneAt) },
)
