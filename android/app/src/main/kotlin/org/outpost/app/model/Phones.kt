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

/** Phones and tablets of a roll-out. */
interface PhonesPort {
    /** The card of this phone. */
    suspend fun card(): PhoneCard

    suspend fun power(): PhonePower

    /** Says which phone this is; gives what is wrong with that, in words. */
    suspend fun setCard(scan: String): String?
}
