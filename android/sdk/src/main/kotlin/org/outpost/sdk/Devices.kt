package org.outpost.sdk

import org.outpost.sdk.ffi.AuditResult as FfiAuditResult
import org.outpost.sdk.ffi.DeviceAudit as FfiDeviceAudit
import org.outpost.sdk.ffi.DeviceAuditLine as FfiDeviceAuditLine
import org.outpost.sdk.ffi.DeviceItem as FfiDeviceItem
import org.outpost.sdk.ffi.DeviceListQuery
import org.outpost.sdk.ffi.DeviceSignature as FfiDeviceSignature
import org.outpost.sdk.ffi.HandOverFacts as FfiHandOverFacts
import org.outpost.sdk.ffi.HandOverStage as FfiHandOverStage
import org.outpost.sdk.ffi.HandOverState as FfiHandOverState
import org.outpost.sdk.ffi.MyPhone as FfiMyPhone
import org.outpost.sdk.ffi.PhoneSeen as FfiPhoneSeen
import org.outpost.sdk.ffi.ReturnFacts as FfiReturnFacts
import org.outpost.sdk.ffi.ReturnStage as FfiReturnStage
import org.outpost.sdk.ffi.ReturnState as FfiReturnState
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.WipeStep as FfiWipeStep

/**
 * Phones and tablets of a roll-out: the card of this phone, hand-over, return and audit. What was
 * begun is kept after every call, so a screen may die. Reached by [Session.devices].
 */
public class Devices internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /** Devices by number, at most 200 of those that fit. */
    public suspend fun list(query: DeviceQuery = DeviceQuery()): List<Device> = bridge.call {
        val given =
            DeviceListQuery(query.state, query.place?.uid, query.onlyOpen, query.search)
        handle.devices(given).map { it.toDevice() }
    }

    /**
     * The device that a scan or typed text means: label, number, serial number, IMEI, SIM card.
     *
     * @throws OutpostException.InvalidInput for a label that is forged or from another project
     */
    public suspend fun find(scan: String): Device =
        bridge.call { handle.findDevice(scan).toDevice() }

    /**
     * Brings a device to another place, with the SIM card inside: whoever captures there sees both.
     *
     * @throws OutpostException.InvalidInput with code `place` where the program is not used
     */
    public suspend fun move(scan: String, place: OrganisationUnitId, by: String? = null): Device =
        bridge.call { handle.moveDevice(scan, place.uid, by).toDevice() }

    /**
     * Says which device this phone is.
     *
     * @param leaseDays days without contact after which it asks for the password; 0 for never
     * @param agreed the project's own sentences about who looks after what
     */
    public suspend fun setMyPhone(
        scan: String,
        leaseDays: Int = 0,
        agreed: List<String> = emptyList(),
    ): Unit = bridge.call { handle.setMyPhone(scan, leaseDays, agreed) }

    /**
     * The card of this phone with what its self-check finds.
     *
     * @throws OutpostException.InvalidInput if nobody said which device this is
     */
    public suspend fun myPhone(seen: PhoneSeen): MyPhone =
        bridge.call { handle.myPhone(seen.toFfi()).toPhone() }

    /** Names of the hand-overs that were begun. */
    public suspend fun handOversBegun(): List<String> = bridge.call { handle.handOversBegun() }

    /** A hand-over as it stands; a new one if none of that name was begun. */
    public suspend fun handOver(name: String): HandOver =
        bridge.call { handle.deviceHandOver(name).toHandOver() }

    /**
     * The box was scanned.
     *
     * @throws OutpostException.InvalidInput with code `already_with`, `state` or `mixed_up`
     */
    public suspend fun scanBox(name: String, scan: String): HandOver =
        bridge.call { handle.handOverScanBox(name, scan).toHandOver() }

    /**
     * The phone was scanned; with another device's phone nothing goes on, and [handOver] names both.
     *
     * @throws OutpostException.InvalidInput with code `mixed_up`
     */
    public suspend fun scanPhone(name: String, scan: String): HandOver =
        bridge.call { handle.handOverScanPhone(name, scan).toHandOver() }

    /** Keeps what is filled in of a hand-over. */
    public suspend fun keep(name: String, facts: HandOverFacts): HandOver =
        bridge.call { handle.keepHandOver(name, facts.toFfi()).toHandOver() }

    /**
     * Ends a hand-over. What is open stays open in the record.
     *
     * @throws OutpostException.InvalidInput for what is missing; nothing is saved
     */
    public suspend fun finishHandOver(name: String, by: String? = null): Device =
        bridge.call { handle.finishHandOver(name, by).toDevice() }

    /** Gives a hand-over up, with a reason. */
    public suspend fun stopHandOver(name: String, reason: String): Unit =
        bridge.call { handle.stopHandOver(name, reason) }

    /** A return as it stands; a new one if none of that name was begun. */
    public suspend fun takeBack(name: String): TakeBack =
        bridge.call { handle.deviceReturn(name).toTakeBack() }

    /**
     * The phone of a return was scanned.
     *
     * @throws OutpostException.InvalidInput if it is with nobody
     */
    public suspend fun scanReturned(name: String, scan: String): TakeBack =
        bridge.call { handle.returnScanPhone(name, scan).toTakeBack() }

    /** Keeps what is filled in of a return. */
    public suspend fun keepTakeBack(name: String, facts: TakeBackFacts): TakeBack =
        bridge.call { handle.keepReturn(name, facts.toFfi()).toTakeBack() }

    /**
     * Ends a return.
     *
     * @throws OutpostException.InvalidInput for what is missing; nothing is saved
     */
    public suspend fun finishTakeBack(name: String, by: String? = null): Device =
        bridge.call { handle.finishReturn(name, by).toDevice() }

    /** Begins the audit of a place, or goes on with it. */
    public suspend fun beginAudit(place: OrganisationUnitId): DeviceAudit =
        bridge.call { handle.beginDeviceAudit(place.uid).toAudit() }

    /**
     * The audit that was begun.
     *
     * @throws OutpostException.InvalidInput if there is none
     */
    public suspend fun audit(): DeviceAudit = bridge.call { handle.deviceAudit().toAudit() }

    /** A device was scanned in an audit, with whoever had it. */
    public suspend fun auditScan(scan: String, with: String = ""): DeviceAuditLine =
        bridge.call { handle.auditScan(scan, with).toLine() }

    /**
     * A device was scanned in an audit by mistake.
     *
     * @throws OutpostException.NotFound if it was not scanned
     */
    public suspend fun auditTakeBack(scan: String): DeviceAudit =
        bridge.call { handle.auditTakeBack(scan).toAudit() }

    /**
     * Gives an audit up that was begun by mistake; nothing is written down of any device.
     *
     * @throws OutpostException.InvalidInput without an audit or a reason
     */
    public suspend fun stopAudit(reason: String): Unit =
        bridge.call { handle.stopDeviceAudit(reason) }

    /** Says why a device is not as it should be. */
    public suspend fun auditExplain(number: String, reason: String): DeviceAudit =
        bridge.call { handle.auditExplain(number, reason).toAudit() }

    /**
     * Ends the audit.
     *
     * @throws OutpostException.InvalidInput if something is open
     */
    public suspend fun finishAudit(by: String? = null): List<DeviceAuditLine> =
        bridge.call { handle.finishDeviceAudit(by).map { it.toLine() } }
}

/** A device of a list. */
public data class Device(
    /** Its id. */
    public val id: String,
    /** Its number: on box, agreement, label. */
    public val number: String,
    /** DHIS2 code of its state, such as `HANDED_OVER`. */
    public val state: String,
    /** The state in words. */
    public val stateWords: String,
    /** Who has it; empty if nobody. */
    public val holder: String,
    /** Make and model. */
    public val model: String,
    /** Serial number. */
    public val serial: String,
    /** Phone number of its SIM card. */
    public val msisdn: String,
    /** Number of its SIM card. */
    public val iccid: String,
    /** District. */
    public val district: String,
    /** What is open of its agreement; empty if nothing is. */
    public val stillOpen: String,
)

/** Which devices a list shows. */
public data class DeviceQuery(
    /** Only in the state of this code. */
    public val state: String? = null,
    /** Only of this place. */
    public val place: OrganisationUnitId? = null,
    /** Only of whose agreement something is open. */
    public val onlyOpen: Boolean = false,
    /** Only with this in number, model or holder. */
    public val search: String? = null,
)

/** What Android lets the app see of the phone; `null` where it does not. */
public data class PhoneSeen(
    /** Number of the SIM card inside; empty if there is none. */
    public val iccid: String? = null,
    /** Free space in bytes. */
    public val freeBytes: Long? = null,
    /** Version of the app as numbers: major, minor, patch. */
    public val appVersion: List<Long> = emptyList(),
    /** The oldest version that is still supported. */
    public val appVersionFloor: List<Long> = emptyList(),
    /** Whether somebody who knows the password is at the phone. */
    public val keyHolderIsPresent: Boolean = false,
)

/** Something that the self-check found. */
public data class PhoneFinding(
    /** Its code, such as `SIM_CHANGED`. */
    public val code: String,
    /** What it is and what to do. */
    public val words: String,
    /** Whether a support request is proposed. */
    public val proposesRequest: Boolean,
)

/** What to do about a wipe order. */
public enum class WipeStep {
    /** There is none. */
    NOTHING,

    /** Lock and ask for the password: unsent work would be lost. */
    LOCK_AND_WAIT,

    /** Export the unsent work encrypted, then wipe. */
    EXPORT_THEN_WIPE,

    /** Wipe. */
    WIPE,
}

/** The card *My phone*, with what the self-check found. */
public data class MyPhone(
    /** Its number. */
    public val number: String,
    /** Make and model. */
    public val model: String,
    /** Phone number of its SIM card. */
    public val msisdn: String,
    /** The last four digits of the SIM card. */
    public val iccidEnd: String,
    /** Whether it is the health worker's own. */
    public val isPersonal: Boolean,
    /** Who has it. */
    public val holder: String,
    /** Who looks after what, one sentence each. */
    public val responsibilities: List<String>,
    /** Whom to call. */
    public val supportName: String,
    /** Under which number. */
    public val supportPhone: String,
    /** What the self-check found. */
    public val findings: List<PhoneFinding>,
    /** Whether it asks for the password before it opens. */
    public val asksPassword: Boolean,
    /** Days until it does; `null` without a lease, or if it does. */
    public val leaseDaysLeft: Long?,
    /** What to do about a wipe order. */
    public val wipe: WipeStep,
)

/** A signature: whose it is, and how it was given. */
public data class DeviceSignature(
    /** `health_worker`, `supervisor` or `council`. */
    public val of: String,
    /** Name of the one who signed. */
    public val name: String,
    /** Id of the drawing or photo; empty if it was seen on paper. */
    public val file: String = "",
)

/** What is filled in of a hand-over. */
public data class HandOverFacts(
    /** Who gets the phone. */
    public val receiver: String = "",
    /** Their user name. */
    public val receiverUser: String = "",
    /** Whom they call. */
    public val supportName: String = "",
    /** Under which number. */
    public val supportPhone: String = "",
    /** Where the phone is from now on; `null`: where it was. */
    public val place: OrganisationUnitId? = null,
    /** DHIS2 code of the condition: `NEW`, `GOOD`, `WORN`, `DAMAGED`, `BROKEN`. */
    public val condition: String = "",
    /** What is in the box, separated by commas. */
    public val accessories: String = "",
    /** Version of the agreement. */
    public val agreementVersion: String = "",
    /** Its language. */
    public val agreementLanguage: String = "",
    /** SHA-256 of its text, in hexadecimal. */
    public val agreementSha256: String = "",
    /** The health worker declined. */
    public val isDeclined: Boolean = false,
    /** Why. */
    public val reason: String = "",
    /** Signatures. */
    public val signatures: List<DeviceSignature> = emptyList(),
    /** Whether copy 1 bears the council's stamp. */
    public val isStamped1: Boolean = false,
    /** Whether copy 2 does. */
    public val isStamped2: Boolean = false,
    /** Id of the photo of the stamps. */
    public val stampPhoto: String = "",
    /** Where copy 1 lies: `DISTRICT`, `BOX_FILE`, `ON_THE_WAY`, `SUPERVISOR`, `LOST`. */
    public val copy1: String? = null,
    /** Where copy 2 lies. */
    public val copy2: String? = null,
)

/** The next thing to do in a hand-over. */
public enum class HandOverStage {
    /** Scan the box. */
    BOX,

    /** Scan the phone. */
    PHONE,

    /** Say who gets it and in what condition it is. */
    CHECK,

    /** Sign. */
    SIGN,

    /** Stamps and copies. */
    STAMP,

    /** Nothing is open. */
    FINISH,
}

/** Box and phone that do not belong together. */
public data class DeviceMixUp(
    /** Number on the box. */
    public val boxNumber: String,
    /** Number of the phone. */
    public val phoneNumber: String,
    /** Who has, or is to have, the phone; empty if nobody. */
    public val phoneHolder: String,
)

/** A hand-over as it stands. */
public data class HandOver(
    /** What comes next. */
    public val stage: HandOverStage,
    /** Number of the box that was scanned. */
    public val boxNumber: String?,
    /** Number of the phone that was scanned. */
    public val phoneNumber: String?,
    /** If they are of two devices. */
    public val mixedUp: DeviceMixUp?,
    /** What is filled in. */
    public val facts: HandOverFacts,
    /** What is open, in words. */
    public val open: List<String>,
)

/** What is filled in of a return. */
public data class TakeBackFacts(
    /** DHIS2 code of the condition. */
    public val condition: String = "",
    /** What came with it, separated by commas. */
    public val accessories: String = "",
    /** Signatures. */
    public val signatures: List<DeviceSignature> = emptyList(),
    /** Whether the data were wiped; `null` until somebody says. */
    public val isWiped: Boolean? = null,
    /** Why it comes back. */
    public val reason: String = "",
)

/** The next thing to do in a return. */
public enum class TakeBackStage {
    /** Scan the phone. */
    PHONE,

    /** Say in what condition it is. */
    CONDITION,

    /** Sign. */
    SIGN,

    /** Say whether the data were wiped. */
    WIPE,

    /** Nothing is missing. */
    FINISH,
}

/** A return as it stands. */
public data class TakeBack(
    /** What comes next. */
    public val stage: TakeBackStage,
    /** Number of the phone. */
    public val number: String?,
    /** Who has it. */
    public val holder: String?,
    /** What is filled in. */
    public val facts: TakeBackFacts,
    /** What is open, in words. */
    public val open: List<String>,
)

/** What an audit says of a device. */
public enum class AuditResult {
    /** As it should be. */
    FOUND,

    /** Not seen. */
    MISSING,

    /** Seen and not expected here. */
    EXTRA,

    /** With somebody else. */
    WRONG_HANDS,
}

/** A line of an audit. */
public data class DeviceAuditLine(
    /** Number of the device. */
    public val number: String,
    /** The result. */
    public val result: AuditResult,
    /** The result in words. */
    public val words: String,
    /** Who should have it; empty if nobody. */
    public val holder: String,
    /** Who had it. */
    public val seenWith: String,
)

/** An audit as it stands. */
public data class DeviceAudit(
    /** Place and day. */
    public val name: String,
    /** Devices that were found. */
    public val found: Long,
    /** Devices that are expected. */
    public val expected: Long,
    /** Devices of which nobody said yet why they are not as they should be; at most 200 numbers. */
    public val open: List<String>,
    /** Its lines; the first 200. */
    public val lines: List<DeviceAuditLine>,
)

internal fun FfiDeviceItem.toDevice() = Device(
    id, number, state, stateWords, holder, model, serial, msisdn, iccid, district, stillOpen,
)

private fun PhoneSeen.toFfi() =
    FfiPhoneSeen(iccid, freeBytes, appVersion, appVersionFloor, keyHolderIsPresent)

private fun FfiMyPhone.toPhone() = MyPhone(
    number = number,
    model = model,
    msisdn = msisdn,
    iccidEnd = iccidEnd,
    isPersonal = isPersonal,
    holder = holder,
    responsibilities = responsibilities,
    supportName = supportName,
    supportPhone = supportPhone,
    findings = findings.map { PhoneFinding(it.code, it.words, it.proposesRequest) },
    asksPassword = asksPassword,
    leaseDaysLeft = leaseDaysLeft,
    wipe = when (wipe) {
        FfiWipeStep.NOTHING -> WipeStep.NOTHING
        FfiWipeStep.LOCK_AND_WAIT -> WipeStep.LOCK_AND_WAIT
        FfiWipeStep.EXPORT_THEN_WIPE -> WipeStep.EXPORT_THEN_WIPE
        FfiWipeStep.WIPE -> WipeStep.WIPE
    },
)

private fun DeviceSignature.toFfi() = FfiDeviceSignature(of, name, file)

private fun FfiDeviceSignature.toSignature() = DeviceSignature(of, name, file)

private fun HandOverFacts.toFfi() = FfiHandOverFacts(
    receiver = receiver,
    receiverUser = receiverUser,
    supportName = supportName,
    supportPhone = supportPhone,
    place = place?.uid,
    condition = condition,
    accessories = accessories,
    agreementVersion = agreementVersion,
    agreementLanguage = agreementLanguage,
    agreementSha256 = agreementSha256,
    isDeclined = isDeclined,
    reason = reason,
    signatures = signatures.map { it.toFfi() },
    isStamped1 = isStamped1,
    isStamped2 = isStamped2,
    stampPhoto = stampPhoto,
    copy1 = copy1,
    copy2 = copy2,
)

private fun FfiHandOverFacts.toFacts() = HandOverFacts(
    receiver = receiver,
    receiverUser = receiverUser,
    supportName = supportName,
    supportPhone = supportPhone,
    place = place?.let(::OrganisationUnitId),
    condition = condition,
    accessories = accessories,
    agreementVersion = agreementVersion,
    agreementLanguage = agreementLanguage,
    agreementSha256 = agreementSha256,
    isDeclined = isDeclined,
    reason = reason,
    signatures = signatures.map { it.toSignature() },
    isStamped1 = isStamped1,
    isStamped2 = isStamped2,
    stampPhoto = stampPhoto,
    copy1 = copy1,
    copy2 = copy2,
)

private fun FfiHandOverState.toHandOver() = HandOver(
    stage = when (stage) {
        FfiHandOverStage.BOX -> HandOverStage.BOX
        FfiHandOverStage.PHONE -> HandOverStage.PHONE
        FfiHandOverStage.CHECK -> HandOverStage.CHECK
        FfiHandOverStage.SIGN -> HandOverStage.SIGN
        FfiHandOverStage.STAMP -> HandOverStage.STAMP
        FfiHandOverStage.FINISH -> HandOverStage.FINISH
    },
    boxNumber = boxNumber,
    phoneNumber = phoneNumber,
    mixedUp = mixedUp?.let { DeviceMixUp(it.boxNumber, it.phoneNumber, it.phoneHolder) },
    facts = facts.toFacts(),
    open = open,
)

private fun TakeBackFacts.toFfi() =
    FfiReturnFacts(condition, accessories, signatures.map { it.toFfi() }, isWiped, reason)

private fun FfiReturnState.toTakeBack() = TakeBack(
    stage = when (stage) {
        FfiReturnStage.PHONE -> TakeBackStage.PHONE
        FfiReturnStage.CONDITION -> TakeBackStage.CONDITION
        FfiReturnStage.SIGN -> TakeBackStage.SIGN
        FfiReturnStage.WIPE -> TakeBackStage.WIPE
        FfiReturnStage.FINISH -> TakeBackStage.FINISH
    },
    number = number,
    holder = holder,
    facts = facts.let { given ->
        val signatures = given.signatures.map { it.toSignature() }
        TakeBackFacts(given.condition, given.accessories, signatures, given.isWiped, given.reason)
    },
    open = open,
)

private fun FfiDeviceAuditLine.toLine() = DeviceAuditLine(
    number = number,
    result = when (result) {
        FfiAuditResult.FOUND -> AuditResult.FOUND
        FfiAuditResult.MISSING -> AuditResult.MISSING
        FfiAuditResult.EXTRA -> AuditResult.EXTRA
        FfiAuditResult.WRONG_HANDS -> AuditResult.WRONG_HANDS
    },
    words = words,
    holder = holder,
    seenWith = seenWith,
)

private fun FfiDeviceAudit.toAudit() =
    DeviceAudit(name, found, expected, open, lines.map { it.toLine() })
