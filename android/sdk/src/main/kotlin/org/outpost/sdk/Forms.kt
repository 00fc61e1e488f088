package org.outpost.sdk

import org.outpost.sdk.ffi.AttributeOptionComboItem
import org.outpost.sdk.ffi.FormItem
import org.outpost.sdk.ffi.FormType
import org.outpost.sdk.ffi.OptionItem
import org.outpost.sdk.ffi.OptionSetRef as FfiOptionSetRef
import org.outpost.sdk.ffi.OrganisationUnitItem
import org.outpost.sdk.ffi.PeriodItem
import org.outpost.sdk.ffi.Reason as FfiReason

/** Where a record is on its way to the server. */
public enum class TravelState {
    /** Safe on this device; waits to be sent. */
    WAITING,

    /** On its way. */
    SENDING,

    /** The server refused it; it is parked with the reason. */
    REFUSED,

    /** Changed here and on the server; a person decides. */
    TWO_VERSIONS,

    /** Waits for another record, which a person must put right first. */
    HELD,

    /** The server has it. */
    SENT,
}

/** A rule that says no, in words for the person at the form. */
public data class Reason(
    /** DHIS2 code of the rule, or a short stable name where DHIS2 has none. */
    public val code: String,
    /** In words. */
    public val words: String,
)

/** A form in the list of forms. */
public data class FormSummary(
    /** The data set or program. */
    public val id: FormId,
    /** Display name. */
    public val name: String,
    /** DHIS2 name of the period type of a data set, such as `Monthly`; `null` for a program. */
    public val periodType: String?,
    /** Whether the user may enter data at all. */
    public val writable: Boolean,
    /** Why not, in words. */
    public val whyNot: String?,
    /** Records on this device: events, or reports that hold something. */
    public val records: Long,
    /** Records that wait to be sent. */
    public val waiting: Long,
    /** Records that the server refused. */
    public val refused: Long,
    /** Records with two versions. */
    public val conflicts: Long,
    /** Forms begun and not finished. */
    public val drafts: Long,
)

/** A place. */
public data class OrganisationUnit(
    /** Its id. */
    public val id: OrganisationUnitId,
    /** Display name. */
    public val name: String,
    /** Code of the national facility list. */
    public val code: String?,
    /** Depth in the tree, the root is 1. */
    public val level: Int,
    /** Names from the root down to the unit above, joined by ` / `. */
    public val above: String,
)

/** An option of an option set (DHIS2 `Option`). */
public data class Choice(
    /** What is stored as the value. */
    public val code: String,
    /** Display name. */
    public val name: String,
)

/** The list that a question is answered from; its options are read by [Session.options]. */
public data class OptionSetRef(
    /** Its id. */
    public val id: OptionSetId,
    /** Display name; empty if the set is not on the device. */
    public val name: String,
)

/** A split of a whole form (DHIS2 attribute option combo). */
public data class AttributeOptionCombo(
    /** Its id. */
    public val id: CategoryOptionComboId,
    /** Display name; empty for the default. */
    public val name: String,
    /** Whether the user may write data under it. */
    public val writable: Boolean,
)

/** A period that may be chosen. */
public data class PeriodChoice(
    /** DHIS2 id, such as `202609`. */
    public val id: String,
    /** First day, `yyyy-MM-dd`. */
    public val start: String,
    /** Last day, `yyyy-MM-dd`. */
    public val end: String,
    /** Why it may not be filled in now, in words; `null` if it may. */
    public val closed: String?,
)

internal fun FfiReason.toReason() = Reason(code, words)

internal fun FfiOptionSetRef.toRef() = OptionSetRef(OptionSetId(uid), name)

internal fun OptionItem.toChoice() = Choice(code, name)

internal fun PeriodItem.toPeriod() = PeriodChoice(id, start, end, closed)

internal fun OrganisationUnitItem.toUnit() =
    OrganisationUnit(OrganisationUnitId(uid), name, code, level, above)

internal fun AttributeOptionComboItem.toCombo() =
    AttributeOptionCombo(CategoryOptionComboId(uid), name, writable)

internal fun FormItem.toForm() = FormSummary(
    id = when (kind) {
        FormType.DATA_SET -> DataSetId(uid)
        FormType.EVENT_PROGRAM -> ProgramId(uid)
    },
    name = name,
    periodType = periodType,
    writable = writable,
    whyNot = whyNot,
    records = records,
    waiting = waiting,
    refused = refused,
    conflicts = conflicts,
    drafts = drafts,
)

internal fun org.outpost.sdk.ffi.TravelState.toState() = when (this) {
    org.outpost.sdk.ffi.TravelState.WAITING -> TravelState.WAITING
    org.outpost.sdk.ffi.TravelState.SENDING -> TravelState.SENDING
    org.outpost.sdk.ffi.TravelState.REFUSED -> TravelState.REFUSED
    org.outpost.sdk.ffi.TravelState.TWO_VERSIONS -> TravelState.TWO_VERSIONS
    org.outpost.sdk.ffi.TravelState.HELD -> TravelState.HELD
    org.outpost.sdk.ffi.TravelState.SENT -> TravelState.SENT
}

internal fun TravelState.toFfi() = when (this) {
    TravelState.WAITING -> org.outpost.sdk.ffi.TravelState.WAITING
    TravelState.SENDING -> org.outpost.sdk.ffi.TravelState.SENDING
    TravelState.REFUSED -> org.outpost.sdk.ffi.TravelState.REFUSED
    TravelState.TWO_VERSIONS -> org.outpost.sdk.ffi.TravelState.TWO_VERSIONS
    TravelState.HELD -> org.outpost.sdk.ffi.TravelState.HELD
    TravelState.SENT -> org.outpost.sdk.ffi.TravelState.SENT
}
