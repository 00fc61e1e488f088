package org.outpost.app.model

/** Who signs an agreement. */
enum class Signer { WORKER, SUPERVISOR, COUNCIL }

/** A signature: whose name, and the drawing or photo; without one it was seen on paper. */
data class Signature(val name: String, val file: String)

/** The next thing to do when a phone is given out. */
enum class HandOverStep { BOX, PHONE, CHECK, SIGN, STAMP, FINISH }

/** Box and phone that do not belong together. */
data class MixUp(val box: String, val phone: String, val phoneHolder: String)

/** What is filled in when a phone is given out. */
data class HandOverFacts(
    val receiver: String = "",
    val receiverUser: String = "",
    val helperName: String = "",
    val helperPhone: String = "",
    /** Id of the place where the phone is from now on; `null`: where it was. */
    val place: String? = null,
    /** Code of the condition. */
    val condition: String? = null,
    val accessories: String = "",
    val agreementVersion: String = "",
    val isDeclined: Boolean = false,
    /** Why it was declined. */
    val reason: String = "",
    val signatures: Map<Signer, Signature> = emptyMap(),
    /** Whether copy 1 and copy 2 bear the stamp. */
    val isStamped1: Boolean = false,
    val isStamped2: Boolean = false,
    /** Id of the photo of the stamps. */
    val stampPhoto: String = "",
    /** Codes of where the copies lie. */
    val copy1: String? = null,
    val copy2: String? = null,
)

/** A phone that is being given out, as far as it is. */
data class HandOver(
    val step: HandOverStep,
    val box: String?,
    val phone: String?,
    val mixedUp: MixUp?,
    val facts: HandOverFacts,
    /** What is open, in words. */
    val open: List<String>,
    /** The device, once box and phone agree. */
    val device: PhoneRow?,
)

/** A hand-over that was begun. */
data class BegunHandOver(val name: String, val box: String?, val receiver: String)

/** The next thing to do when a phone comes back. */
enum class TakeBackStep { PHONE, CONDITION, SIGN, WIPE, FINISH }

/** What is filled in when a phone comes back. */
data class TakeBackFacts(
    val condition: String? = null,
    val accessories: String = "",
    val signatures: Map<Signer, Signature> = emptyMap(),
    /** Whether its data were wiped; `null` until somebody says. */
    val isWiped: Boolean? = null,
    val reason: String = "",
)

/** A phone that comes back, as far as it is. */
data class TakeBack(
    val step: TakeBackStep,
    val number: String?,
    val holder: String,
    val facts: TakeBackFacts,
    val open: List<String>,
)

/** What a check says of a device. */
enum class CheckResult { FOUND, MISSING, EXTRA, WRONG_HANDS }

/** A line of a check. */
data class CheckLine(
    val number: String,
    val result: CheckResult,
    val holder: String,
    val seenWith: String,
    /** Whether somebody has still to say why. */
    val isOpen: Boolean,
)

/** A check of what is at a place. */
data class DeviceCheck(
    /** Place and day. */
    val name: String,
    val found: Int,
    val expected: Int,
    val open: Int,
    val lines: List<CheckLine>,
)

/**
 * Giving phones out, taking them back, looking whether they are there. Every step is kept at once; a
 * screen may die. What a scan or an end is refused for comes back in words; `null` means it was taken.
 */
interface HandOverPort {
    suspend fun begun(): List<BegunHandOver>

    /** A hand-over as it stands; a new one when none of that name was begun. */
    suspend fun handOver(name: String): HandOver

    suspend fun scanBox(name: String, scan: String): String?

    suspend fun scanPhone(name: String, scan: String): String?

    suspend fun keep(name: String, facts: HandOverFacts): HandOver

    /** Ends it; what is open stays open in the record. */
    suspend fun finish(name: String): String?

    /** Gives it up. */
    suspend fun stop(name: String, reason: String)

    /** The return as it stands. */
    suspend fun takeBack(): TakeBack

    suspend fun scanReturned(scan: String): String?

    suspend fun keep(facts: TakeBackFacts): TakeBack

    suspend fun finishTakeBack(): String?

    /** The check that was begun; `null` when there is none. */
    suspend fun check(): DeviceCheck?

    suspend fun beginCheck(place: String): DeviceCheck

    /** A device was scanned, with whoever had it. */
    suspend fun checkScan(scan: String, with: String): String?

    /** Says why a device is not as it should be. */
    suspend fun explain(number: String, reason: String): DeviceCheck

    suspend fun finishCheck(): String?
}
