package org.outpost.app

import java.time.LocalDate
import java.time.YearMonth
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.testing.TestApplication
import org.robolectric.RobolectricTestRunner

/** What sending and fetching took, by month. */
class DataMonthsTest {
    private val october = LocalDate.of(2026, 10, 31)

    @Test
    fun a_month_ends_by_the_calendar_of_the_phone() {
        val months = DataMonths().plus(100, october).plus(20, october.plusDays(1)).plus(3, october)
        assertEquals(103L, months.of(YearMonth.of(2026, 10)))
        assertEquals(20L, months.of(YearMonth.of(2026, 11)))
        assertEquals(0L, months.of(YearMonth.of(2026, 12)))
        assertEquals("the latest first", listOf(11, 10), months.months.map { it.first.monthValue })
    }

    @Test
    fun what_is_kept_is_read_again_and_what_makes_no_sense_is_left_out() {
        val months = DataMonths().plus(7, october).plus(1_234_567_890_123, october.minusYears(1))
        assertEquals(months, DataMonths.parse(months.toText()))
        assertEquals(DataMonths(), DataMonths.parse(""))
        assertEquals(DataMonths(), DataMonths.parse("2026-13=4 2026-10=-1 x 2026-10= =3 99999999999=9"))
        assertEquals(5L, DataMonths.parse("nonsense 2026-10=5").of(YearMonth.of(2026, 10)))
    }

    @Test
    fun a_year_is_kept_and_the_month_that_runs() {
        val months = (0L..30L).fold(DataMonths()) { now, back -> now.plus(1, october.minusMonths(back)) }
        assertEquals(DataMonths.KEPT, months.months.size)
        assertEquals(YearMonth.of(2026, 10), months.months.first().first)
        assertEquals(YearMonth.of(2025, 10), months.months.last().first)
    }

    @Test
    fun a_run_is_counted_while_it_goes_on_and_nothing_twice() {
        val told = mutableListOf<Long>()
        val meter = RunMeter { told += it }
        val step = RunMeter.STEP_BYTES
        listOf(10L, step - 1, step, step + 5, 3 * step).forEach(meter::at)
        assertEquals("in large steps", listOf(step, 2 * step), told)
        meter.at(3 * step + 9)
        meter.at(step)
        repeat(2) { meter.end() }
        assertEquals(3 * step + 9, told.sum())
    }
}

/** The same on the disk of a phone. */
@RunWith(RobolectricTestRunner::class)
class DataUseTest {
    @Test
    fun it_survives_the_process_and_goes_with_a_wipe() {
        val app = TestApplication.now
        val today = LocalDate.of(2026, 10, 31)
        DataUse(app) { today }.add(4_000)
        DataUse(app) { today.plusDays(1) }.add(500)
        val again = DataUse(app) { today.plusDays(2) }
        assertEquals(500L, again.thisMonth)
        assertEquals(4_000L, again.months.of(YearMonth.of(2026, 10)))
        again.forget()
        assertEquals(DataMonths(), DataUse(app) { today }.months)
    }
}
