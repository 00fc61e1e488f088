package org.outpost.app.model

/** What the phone knows of itself as one of a roll-out. */
sealed interface PhoneCard {
    /** The server keeps no list of phones. */
    object NoList : PhoneCard

    /** Nobody said yet which of the list this one is. */
    object NotSaid : PhoneCard

    /** The card. */
    data class Known(
        val number: String,
        val model: String,
        val holder: String,
        val sim: String,
        /** The last digits of the SIM card. */
        val simEnd: String,
        val isOwn: Boolean,
        /** Who looks after what, one sentence each. */
        val agreement: List<String>,
        val helper: Helper?,
        val findings: List<PhoneFinding>,
        /** Days until it asks for the password; `null` without such a rule. */
        val leaseDaysLeft: Int?,
        val asksPassword: Boolean,
        /** Somebody ordered that it is wiped. */
        val isWipeOrdered: Boolean,
    ) : PhoneCard
}

/** Whether this phone is to be wiped. */
enum class WipeOrder {
    /** Nobody ordered it, or this is no phone of the roll-out. */
    NONE,

    /** Ordered; something is not sent, and nobody is there who could save it. */
    WAIT,

    /** Ordered; what is not sent is to be exported first. */
    EXPORT_FIRST,

    /** Ordered, and everything is sent. */
    NOW,
}

/** What was ordered of this phone. */
data class PhoneOrders(
    val wipe: WipeOrder = WipeOrder.NONE,
    /** Whether it was without contact for longer than was agreed. */
    val isLeaseOver: Boolean = false,
)

/** Something that is wrong with the phone. */
data class PhoneFinding(
    /** Its code, under which a request is filed. */
    val code: String,
    /** What it is and what to do. */
    val words: String,
    /** Whether somebody else has to do something. */
    val needsHelp: Boolean,
)

/** What Android shows of the phone. */
data class PhonePower(val batteryPercent: Int?, val freeBytes: Long)

/** A phone of the project. */
data class PhoneRow(
    val number: String,
    /** Where it stands, in words. */
    val state: String,
    /** Whether somebody has it. */
    val isOut: Boolean,
    val holder: String,
    val model: String,
    val serial: String,
    /** Number under which it is called, and that of its SIM card. */
    val sim: String,
    val iccid: String,
    val district: String,
    /** What is open of its agreement, in words. */
    val open: List<String>,
)

/** A SIM card that goes into a phone. */
data class NewSimCard(
    /** The number on it. */
    val iccid: String,
    /** The number under which it is called; empty when nobody said. */
    val number: String,
    /** Who glued it; empty when nobody did. */
    val gluedBy: String,
    /** Whether PIN and PUK lie sealed in the box file. */
    val isSealed: Boolean,
    /** Whether a person said that it was moved here from another phone. */
    val isMoved: Boolean,
)

/** What became of putting a SIM card into a phone. */
sealed interface SimPut {
    object Done : SimPut

    /** It is known in the phone of this number; a person says whether it was moved. */
    data class Elsewhere(val phone: String) : SimPut

    /** It was not put in; why, in words. */
    data class Refused(val words: String) : SimPut
}

/** Phones and tablets of a roll-out. */
interface PhonesPort {
    /** The card of this phone. */
    suspend fun card(): PhoneCard

    /**
     * What was ordered of this phone; nothing when it is none of the roll-out.
     *
     * @param isPasswordTyped whether somebody is there who has just typed the password
     */
    suspend fun orders(isPasswordTyped: Boolean): PhoneOrders

    suspend fun power(): PhonePower

    /** Says which phone this is; gives what is wrong with that, in words. */
    suspend fun setCard(scan: String): String?

    /** Phones by number that fit the words; all when there are none. */
    suspend fun list(search: String): List<PhoneRow>

    /** The phone that a label or number means; `null` when there is none or the label is forged. */
    suspend fun find(scan: String): PhoneRow?

    /** Puts a SIM card into a phone, from today; the one that was inside is in stock again. */
    suspend fun putSim(phone: String, card: NewSimCard): SimPut
}
