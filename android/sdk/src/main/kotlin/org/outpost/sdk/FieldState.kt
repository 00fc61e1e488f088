package org.outpost.sdk

import org.outpost.sdk.ffi.Announcement as FfiAnnouncement
import org.outpost.sdk.ffi.AnnouncementKind as FfiAnnouncementKind
import org.outpost.sdk.ffi.FormFieldState as FfiFieldState
import org.outpost.sdk.ffi.FormSectionState
import org.outpost.sdk.ffi.Legend as FfiLegend
import org.outpost.sdk.ffi.OfferedEvent as FfiOffer
import org.outpost.sdk.ffi.ProgramIndicatorValue as FfiProgramIndicatorValue

/** A question as it is to be shown now. */
public data class FieldState(
    /** What stands in it, also if it is wrong. */
    public val value: String?,
    /** Why it is no answer, in words; then rules and record do without it. */
    public val problem: String?,
    /** Whether it is hidden. */
    public val hidden: Boolean,
    /** Whether it must be answered: by the form or by a rule. Such a question is never hidden. */
    public val mandatory: Boolean,
    /** Whether a rule decides its value: an edit would be overwritten. */
    public val assigned: Boolean,
    /**
     * The answer that was taken out when a rule hid the question or its option. It is not part of
     * the event; a person may put it back.
     */
    public val setAside: String?,
    /** Errors: the event cannot be completed. */
    public val errors: List<String>,
    /** Warnings: nothing is forbidden. */
    public val warnings: List<String>,
    /** Codes of the only options that may be chosen; `null` for all. */
    public val onlyOptions: Set<String>?,
    /** Codes of options that may not be chosen, even if they are in [onlyOptions]. */
    public val hiddenOptions: Set<String>,
    /** Whether nobody types here: the server makes the values (generated attributes). */
    public val readOnly: Boolean = false,
    /** Name and colour of the value, where the question has a legend set. */
    public val legend: Legend? = null,
) {
    /** Whether rules leave the option with this code. */
    public fun allows(code: String): Boolean =
        code !in hiddenOptions && (onlyOptions == null || code in onlyOptions)
}

/** An event that a rule offers. Nothing is made before a person takes it up. */
public data class OfferedEvent(
    /** Whether it is planned for a day; else it is to begin now. */
    public val planned: Boolean,
    /** Uid of the rule. */
    public val rule: String,
    /** The stage, if the rule names one. */
    public val programStage: ProgramStageId?,
    /** What the rule says about it. */
    public val text: String,
    /** What the rule computed: the day of a planned event, the answers of an offered one. */
    public val data: String?,
)

/** The range of a DHIS2 legend set that a value lies in. */
public data class Legend(
    /** Display name. */
    public val name: String,
    /** Colour as `#rrggbb`, if it has one. */
    public val color: String?,
)

/** Something that rules have to say about a record as a whole. */
public data class Announcement(
    /** What it is. */
    public val kind: AnnouncementKind,
    /** Uid of the rule. */
    public val rule: String,
    /** Where it is shown: `feedback` or `indicators` (DHIS2 `ProgramRuleAction.location`). */
    public val location: String?,
    /** The text, or the name of a key/value pair. */
    public val text: String,
    /** The value of a key/value pair. */
    public val value: String?,
)

/** What kind of announcement it is. */
public enum class AnnouncementKind {
    /** An error: the event cannot be completed. */
    ERROR,

    /** A warning. */
    WARNING,

    /** A text. */
    TEXT,

    /** A name and a value. */
    KEY_VALUE,

    /** A rule that cannot be computed; for the administrator. */
    BROKEN,
}

/** A program indicator with what it comes to. */
public data class ProgramIndicatorValue(
    /** Uid of the DHIS2 `ProgramIndicator`. */
    public val uid: String,
    /** Display name. */
    public val name: String,
    /** The value as it is shown; `null` if there is none. */
    public val value: String?,
    /** Whether its filter leaves the record out: then it is not shown. */
    public val leftOut: Boolean,
    /** Why it cannot be computed. */
    public val problem: String?,
    /** Name and colour of the value, where it has a legend set. */
    public val legend: Legend? = null,
)

internal fun FfiFieldState.toState() = FieldState(
    value = value,
    problem = problem,
    hidden = hidden,
    mandatory = mandatory,
    assigned = assigned,
    setAside = setAside,
    errors = errors,
    warnings = warnings,
    onlyOptions = onlyOptions?.toSet(),
    hiddenOptions = hiddenOptions.toSet(),
    readOnly = readOnly,
    legend = legend?.toLegend(),
)

internal fun FfiOffer.toOffer() =
    OfferedEvent(planned, rule, programStage?.let { ProgramStageId(it) }, words, data)

internal fun FfiLegend.toLegend() = Legend(name, color)

internal fun FfiAnnouncement.toAnnouncement() =
    Announcement(kind.toKind(), rule, location, words, value)

private fun FfiAnnouncementKind.toKind() = when (this) {
    FfiAnnouncementKind.ERROR -> AnnouncementKind.ERROR
    FfiAnnouncementKind.WARNING -> AnnouncementKind.WARNING
    FfiAnnouncementKind.TEXT -> AnnouncementKind.TEXT
    FfiAnnouncementKind.KEY_VALUE -> AnnouncementKind.KEY_VALUE
    FfiAnnouncementKind.BROKEN -> AnnouncementKind.BROKEN
}

private fun FfiProgramIndicatorValue.toValue() =
    ProgramIndicatorValue(uid, name, value, leftOut, problem, legend?.toLegend())

/** Fields in the order in which they are asked; later edits replace them in place. */
internal fun <K> Map<K, FieldState>.inOrderOf(asked: List<K>): Map<K, FieldState> =
    asked.mapNotNull { id -> this[id]?.let { id to it } }.toMap()

/** The hidden sections after some were hidden and others shown again. */
internal fun Set<String?>.after(changed: List<FormSectionState>): Set<String?> {
    val (gone, back) = changed.partition { it.hidden }
    return this - back.map { it.id }.toSet() + gone.map { it.id }
}

/** The indicators after some changed, each where it stood, and others came. */
internal fun List<ProgramIndicatorValue>.after(
    changed: List<FfiProgramIndicatorValue>,
): List<ProgramIndicatorValue> {
    val computed = changed.associate { it.uid to it.toValue() }
    val new = computed.values.filter { value -> none { it.uid == value.uid } }
    return map { computed[it.uid] ?: it } + new
}
