package org.outpost.app.core

import android.content.Context
import java.time.DateTimeException
import java.time.LocalDate
import org.outpost.app.R
import org.outpost.app.model.RecordState
import org.outpost.app.ui.dayWords
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.ReportKey
import org.outpost.sdk.TravelState

private const val YEAR_LENGTH = 4
private const val MONTH_LENGTH = 6
private const val DAY_LENGTH = 8
private val WEEK = Regex("""(\d{4})W(\d{1,2})""")

/** A DHIS2 period as people say it; kinds without a name of their own keep DHIS2's. */
internal fun Context.periodWords(id: String): String {
    WEEK.matchEntire(id)?.destructured?.let { (year, week) -> return getString(R.string.week_of, week, year) }
    if (!id.all(Char::isDigit)) return id
    return try {
        when (id.length) {
            MONTH_LENGTH -> dayWords(dayOfPeriod(id + "01"), "yMMMM")
            DAY_LENGTH -> dayWords(dayOfPeriod(id), "yMMMMd")
            else -> id
        }
    } catch (_: DateTimeException) {
        id
    }
}

private fun dayOfPeriod(digits: String): LocalDate = LocalDate.of(
    digits.take(YEAR_LENGTH).toInt(),
    digits.substring(YEAR_LENGTH, MONTH_LENGTH).toInt(),
    digits.substring(MONTH_LENGTH).toInt(),
)

/** The day of a date of the wire; the text itself when it is none. */
internal fun Context.dateWords(text: String?): String = when (text) {
    null -> getString(R.string.no_date)
    else -> try {
        dayWords(LocalDate.parse(text.take("yyyy-MM-dd".length)), "yMMMMd")
    } catch (_: DateTimeException) {
        text
    }
}

/** The core names a place that is not on the phone by its id, which says nothing to anybody. */
internal fun Context.placeName(id: OrganisationUnitId, name: String): String =
    if (name == id.uid) getString(R.string.another_place) else name

/** Place and period, or place and date, in one line. */
internal fun Context.placeAnd(place: String, whenWords: String): String =
    getString(R.string.place_and_time, place, whenWords)

/** The state that a person sees: what is sent or waits and is not finished is not finished. */
internal fun TravelState.toRecordState(finished: Boolean): RecordState = when (this) {
    TravelState.TWO_VERSIONS -> RecordState.TWO_VERSIONS
    TravelState.REFUSED -> RecordState.REFUSED
    TravelState.SENDING -> RecordState.SENDING
    TravelState.WAITING, TravelState.HELD ->
        if (finished) RecordState.WAITING else RecordState.NOT_FINISHED
    TravelState.SENT -> if (finished) RecordState.SENT else RecordState.NOT_FINISHED
}

/** The report as the core names it. */
internal fun org.outpost.app.model.FormKey.Report.toCore() = ReportKey(
    org.outpost.sdk.DataSetId(dataSet),
    period,
    OrganisationUnitId(organisationUnit),
    CategoryOptionComboId(attributeOptionCombo),
)

/** The report as the screens name it. */
internal fun ReportKey.toFormKey() = org.outpost.app.model.FormKey.Report(
    dataSet.uid, period, organisationUnit.uid, attributeOptionCombo.uid,
)
