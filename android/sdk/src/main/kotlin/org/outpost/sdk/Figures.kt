package org.outpost.sdk

import org.outpost.sdk.ffi.IndicatorChoice as FfiIndicatorChoice
import org.outpost.sdk.ffi.IndicatorClass
import org.outpost.sdk.ffi.IndicatorFigure as FfiIndicatorFigure
import org.outpost.sdk.ffi.IndicatorItem
import org.outpost.sdk.ffi.IndicatorQuery as FfiIndicatorQuery
import org.outpost.sdk.ffi.ReportViolations as FfiReportViolations
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.UnjudgedRule as FfiUnjudgedRule
import org.outpost.sdk.ffi.ValidationQuery as FfiValidationQuery

/**
 * Figures over what lies on this device: indicators, and what reports break of the validation
 * rules. Works without network. Reached by [Session.figures].
 */
public class Figures internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /** A page of indicators by name, program indicators after the others. */
    public suspend fun indicators(
        choice: IndicatorChoice = IndicatorChoice.All,
        next: PageToken? = null,
    ): Page<IndicatorSummary> = bridge.call {
        val page = handle.indicators(choice.toFfi(), next.offset())
        Page(page.items.map { it.toSummary() }, page.next.toToken())
    }

    /**
     * A page of values: place by place, period by period, indicator by indicator.
     *
     * @throws OutpostException.InvalidInput for a period that is none, or for more places, periods,
     *   indicators or values than one call takes
     */
    public suspend fun values(
        query: IndicatorQuery,
        next: PageToken? = null,
    ): Page<IndicatorFigure> = bridge.call {
        val page = handle.indicatorValues(query.toFfi(), next.offset())
        Page(page.items.map { it.toFigure() }, page.next.toToken())
    }

    /**
     * Checks a page of the reports of a data set that hold something against the validation rules;
     * those in order are left out, so a page may be short or empty though there are more.
     *
     * @throws OutpostException.InvalidInput for a text that is no period
     */
    public suspend fun violations(
        query: ValidationQuery,
        next: PageToken? = null,
    ): Page<ReportViolations> = bridge.call {
        val page = handle.violations(query.toFfi(), next.slice())
        Page(page.items.map { it.toViolations() }, page.next.toToken())
    }
}

/** Which kind of computed value. */
public enum class IndicatorKind {
    /** DHIS2 `Indicator`: over aggregate values. */
    INDICATOR,

    /** DHIS2 `ProgramIndicator`: over events and enrolments. */
    PROGRAM_INDICATOR,
}

/** An indicator in a list. */
public data class IndicatorSummary(
    /** Kind. */
    public val kind: IndicatorKind,
    /** Its uid. */
    public val uid: String,
    /** Display name. */
    public val name: String,
    /** Its code. */
    public val code: String?,
    /** The program of a program indicator. */
    public val program: ProgramId?,
)

/** Which indicators. */
public sealed interface IndicatorChoice {
    /** All on the device. */
    public data object All : IndicatorChoice

    /** Those of a data set and its sections. */
    public data class OfDataSet(
        /** The data set. */
        public val id: DataSetId,
    ) : IndicatorChoice

    /** The program indicators of a program. */
    public data class OfProgram(
        /** The program. */
        public val id: ProgramId,
    ) : IndicatorChoice

    /** These, in this order; at most 200. */
    public data class These(
        /** Their uids. */
        public val uids: List<String>,
    ) : IndicatorChoice
}

/** What to compute, when and where. */
public data class IndicatorQuery(
    /** Which indicators. */
    public val choice: IndicatorChoice,
    /** Ids such as `202609`, or relative periods such as `LAST_12_MONTHS`. */
    public val periods: List<String>,
    /** Places; at most 200. */
    public val organisationUnits: List<OrganisationUnitId>,
    /** Whether the places below them count too, as far as they are on the device. */
    public val below: Boolean = false,
    /** One value per period instead of one for all together. */
    public val byPeriod: Boolean = false,
    /** One value per chosen place instead of one for all together. */
    public val byPlace: Boolean = false,
)

/** One computed value. */
public data class IndicatorFigure(
    /** The kind of the indicator. */
    public val kind: IndicatorKind,
    /** Its uid. */
    public val uid: String,
    /** Its display name. */
    public val name: String,
    /** The periods that it covers. */
    public val periods: List<String>,
    /** The chosen places that it covers. */
    public val organisationUnits: List<OrganisationUnitId>,
    /** Their names. */
    public val organisationUnitNames: List<String>,
    /** The value as the server shows it; `null` if there is none. */
    public val value: String?,
    /** The numerator of an indicator that has a value. */
    public val numerator: String?,
    /** The denominator of an indicator that has a value. */
    public val denominator: String?,
    /** Name and colour of the value. */
    public val legend: Legend?,
    /** Pairs of place and period with data. */
    public val withData: Int,
    /** All pairs of place and period. */
    public val asked: Int,
    /** Items that count only the places and reports that this device sees. */
    public val countedHere: List<String>,
    /** Items that this device cannot know, so that the server's value may differ. */
    public val notHere: List<String>,
    /** Why it could not be computed. */
    public val problem: String?,
)

/** Which reports to check against the validation rules. */
public data class ValidationQuery(
    /** The data set. */
    public val dataSet: DataSetId,
    /** Ids of periods, or relative periods such as `LAST_3_MONTHS`. */
    public val periods: List<String>,
    /** Only these places, at most 200; all with data if empty. */
    public val organisationUnits: List<OrganisationUnitId> = emptyList(),
    /** Whether the places below them are checked too. */
    public val below: Boolean = false,
)

/** What a report breaks. */
public data class ReportViolations(
    /** Which report. */
    public val report: ReportKey,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Name of the split of the whole form; empty for the default. */
    public val attributeOptionComboName: String,
    /** Rules that do not hold (the first 200), the most important first. */
    public val violations: List<Violation>,
    /** How many there are. */
    public val violationCount: Int,
    /** Rules that could not be judged. */
    public val unjudged: List<UnjudgedRule>,
)

/** A rule that could not be judged here. */
public data class UnjudgedRule(
    /** Uid of the DHIS2 `ValidationRule`. */
    public val rule: String,
    /** Its display name. */
    public val name: String,
    /** Items that this device cannot know. */
    public val notHere: List<String>,
    /** Why a side could not be computed. */
    public val problem: String?,
)

private fun IndicatorClass.toKind() = when (this) {
    IndicatorClass.INDICATOR -> IndicatorKind.INDICATOR
    IndicatorClass.PROGRAM_INDICATOR -> IndicatorKind.PROGRAM_INDICATOR
}

private fun IndicatorItem.toSummary() =
    IndicatorSummary(kind.toKind(), uid, name, code, program?.let { ProgramId(it) })

private fun IndicatorChoice.toFfi(): FfiIndicatorChoice = when (this) {
    IndicatorChoice.All -> FfiIndicatorChoice.All
    is IndicatorChoice.OfDataSet -> FfiIndicatorChoice.DataSet(id.uid)
    is IndicatorChoice.OfProgram -> FfiIndicatorChoice.Program(id.uid)
    is IndicatorChoice.These -> FfiIndicatorChoice.These(uids)
}

private fun IndicatorQuery.toFfi() = FfiIndicatorQuery(
    choice.toFfi(), periods, organisationUnits.map { it.uid }, below, byPeriod, byPlace,
)

private fun FfiIndicatorFigure.toFigure() = IndicatorFigure(
    kind = kind.toKind(),
    uid = uid,
    name = name,
    periods = periods,
    organisationUnits = organisationUnits.map { OrganisationUnitId(it) },
    organisationUnitNames = organisationUnitNames,
    value = value,
    numerator = numerator,
    denominator = denominator,
    legend = legend?.toLegend(),
    withData = withData,
    asked = asked,
    countedHere = countedHere,
    notHere = notHere,
    problem = problem,
)

private fun ValidationQuery.toFfi() =
    FfiValidationQuery(dataSet.uid, periods, organisationUnits.map { it.uid }, below)

private fun FfiReportViolations.toViolations() = ReportViolations(
    report = key.toKey(),
    organisationUnitName = organisationUnitName,
    attributeOptionComboName = attributeOptionComboName,
    violations = violations.toList(),
    violationCount = violations.count,
    unjudged = unjudged.map { it.toRule() },
)

private fun FfiUnjudgedRule.toRule() = UnjudgedRule(uid, name, notHere, problem)
