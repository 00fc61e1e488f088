package org.outpost.app

import android.content.Context
import android.content.SharedPreferences
import java.time.LocalDate
import java.time.YearMonth

/**
 * Bytes that sending and fetching took, month by month of the phone's calendar, the latest first. Pure: what
 * is kept of it is a text.
 */
data class DataMonths(private val bytes: Map<YearMonth, Long> = emptyMap()) {
    /** The last months of which something is known. */
    val months: List<Pair<YearMonth, Long>>
        get() = bytes.toSortedMap(reverseOrder()).map { it.key to it.value }

    /** What one month took; 0 when nothing is known. */
    fun of(month: YearMonth): Long = bytes[month] ?: 0

    /** So many bytes more on that day; what is older than [KEPT] months goes. */
    fun plus(more: Long, on: LocalDate): DataMonths {
        val month = YearMonth.from(on)
        val sum = bytes.toSortedMap(reverseOrder()).apply { merge(month, more, Long::plus) }
        return DataMonths(sum.entries.take(KEPT).associate { it.key to it.value })
    }

    /** As [parse] reads it. */
    fun toText(): String = months.joinToString(" ") { (month, sum) -> "$month=$sum" }

    companion object {
        /** Months that are kept: a year, and the one that runs. */
        const val KEPT = 13
        private val MONTH = Regex("""(\d{4}-\d{2})=(\d{1,18})""")

        /** Reads what [toText] wrote; what makes no sense is left out. */
        fun parse(text: String): DataMonths = DataMonths(
            text.split(' ').mapNotNull { part ->
                val (month, sum) = MONTH.matchEntire(part)?.destructured ?: return@mapNotNull null
                runCatching { YearMonth.parse(month) }.getOrNull()?.let { it to sum.toLong() }
            }.toMap(),
        )
    }
}

/**
 * Counts a run while it goes on, so that its death loses at most [STEP_BYTES].
 *
 * @param add told of bytes that were not counted before
 */
class RunMeter(private val add: (Long) -> Unit) {
    private var counted = 0L
    private var seen = 0L

    /** So many bytes since the run began. */
    fun at(total: Long) {
        seen = maxOf(seen, total)
        if (seen - counted >= STEP_BYTES) end()
    }

    /** The run is over, however it ended. */
    fun end() {
        if (seen == counted) return
        add(seen - counted)
        counted = seen
    }

    companion object {
        /** So much is written down at once: the disk is not asked for each record. */
        const val STEP_BYTES = 16L * 1024
    }
}

/** The same on the disk of this phone: counts, nothing about anybody. */
class DataUse(context: Context, private val today: () -> LocalDate = LocalDate::now) {
    private val kept: SharedPreferences = context.getSharedPreferences("data-use", Context.MODE_PRIVATE)

    val months: DataMonths get() = DataMonths.parse(kept.getString(MONTHS, null).orEmpty())

    /** What this month took. */
    val thisMonth: Long get() = months.of(YearMonth.from(today()))

    fun add(bytes: Long) {
        // On the disk when this returns: the system may end the process right after a run.
        kept.edit().putString(MONTHS, months.plus(bytes, today()).toText()).commit()
    }

    fun forget() {
        kept.edit().clear().commit()
    }

    private companion object {
        const val MONTHS = "months"
    }
}
