package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.DifferingCase
import org.outpost.app.model.FormKey
import org.outpost.app.model.Light
import org.outpost.app.model.SideBySide
import org.outpost.app.model.SiteCheck
import org.outpost.app.model.SitePlan
import org.outpost.sdk.GoLiveCase
import org.outpost.sdk.GoLiveCheck
import org.outpost.sdk.GoLiveCompared
import org.outpost.sdk.GoLiveKept
import org.outpost.sdk.GoLiveLight
import org.outpost.sdk.GoLivePlanItem

/** What the core says of sites, in the person's language: its own words are English. */
internal class GoLiveWords(private val context: Context) {
    private val phones = PhoneWords(context)

    fun light(of: GoLiveLight): Light = when (of) {
        GoLiveLight.GREEN -> Light.READY
        GoLiveLight.AMBER -> Light.NEARLY
        GoLiveLight.RED -> Light.STOPS
    }

    fun check(of: GoLiveCheck): SiteCheck {
        val counted = COUNTED.matchEntire(of.missing)?.groupValues
        return SiteCheck(
            code = of.check,
            name = checkName(of.check)?.let(context::getString) ?: of.words,
            light = light(of.light),
            count = counted?.let { it[1].toLong() to it[2].toLong() },
            missing = when {
                counted != null -> phones.openIn(counted[3])
                of.missing == "nobody has looked" -> context.getString(R.string.nobody_looked)
                of.missing == "there is nothing to count yet" -> context.getString(R.string.nothing_to_count)
                else -> of.missing
            },
        )
    }

    private fun checkName(code: String): Int? = when (code) {
        "DEVICES" -> R.string.ready_devices
        "AGREEMENTS" -> R.string.ready_agreements
        "ACCOUNTS" -> R.string.ready_accounts
        "TRAINING" -> R.string.ready_training
        "FIRST_SYNC" -> R.string.ready_first_sync
        "METADATA" -> R.string.ready_forms
        "SUPPORT_CONTACT" -> R.string.ready_contact
        else -> null
    }

    fun plan(of: GoLivePlanItem) = SitePlan(
        what = of.what,
        becomes = when (of.choice) {
            "PARALLEL" -> R.string.becomes_parallel
            "REPLACE" -> R.string.becomes_replaced
            "ELIMINATE" -> R.string.becomes_ended
            "REPLICATE" -> R.string.becomes_app
            "DUPLICATE" -> R.string.becomes_both
            else -> null
        }?.let(context::getString) ?: of.choice,
        until = of.until?.let { context.dateWords(it) },
        compares = of.compares,
        decidedBy = of.decidedBy,
        reason = of.reason,
    )

    fun conflict(of: String): String {
        ON_THE_DAY.matchEntire(of)?.destructured?.let { (what, sort, from, to) ->
            return context.getString(R.string.against_on_day, entry(what, sort), day(from), day(to))
        }
        SOON_AFTER.matchEntire(of)?.destructured?.let { (what, sort, from, to) ->
            return context.getString(R.string.against_soon, entry(what, sort), day(from), day(to))
        }
        NO_HELP.matchEntire(of)?.destructured?.let { (bare, days) ->
            return context.getString(R.string.against_no_help, bare.toInt(), days.toInt())
        }
        return of
    }

    private fun entry(what: String, sort: String): String {
        val words = when (sort) {
            "holiday" -> R.string.sort_holiday
            "campaign" -> R.string.sort_campaign
            "reporting" -> R.string.sort_reporting
            "away" -> R.string.sort_away
            else -> return what
        }
        return context.getString(R.string.fact, context.getString(words), what)
    }

    private fun day(of: String) = context.dateWords(of)

    fun kept(of: GoLiveKept) = SideBySide(
        period = context.periodWords(of.period),
        what = of.what,
        before = of.before,
        app = of.app,
        // What was written down says it by what it names.
        agrees = of.before == of.app && of.behind.isEmpty(),
        cases = of.behind.map { DifferingCase("", keptWhy(it), "", null) },
        leftOut = 0,
    )

    private fun keptWhy(line: String): String {
        val parts = CASE.matchEntire(line)?.destructured ?: return line
        val (key, found, why) = parts
        return context.getString(R.string.fact, listOf(key, found(found)).joinToString(", "), why(why))
    }

    fun compared(of: GoLiveCompared, program: String) = SideBySide(
        period = context.periodWords(of.period),
        what = of.what,
        before = of.before,
        app = of.app,
        agrees = of.agrees,
        cases = of.behind.map { case(it, program) },
        leftOut = of.leftOut,
    )

    private fun case(of: GoLiveCase, program: String): DifferingCase {
        val why = CASE.matchEntire(of.words)?.groupValues?.get(3) ?: of.words
        val record = RECORD.matchEntire(of.found)?.groupValues
        return DifferingCase(
            // Without a name in the register the record itself is the case.
            key = of.key.takeIf { it != record?.get(1) }.orEmpty(),
            why = why(why),
            found = found(of.found),
            form = record?.let { FormKey.Event(program, it[1]) },
        )
    }

    private fun found(where: String): String {
        LINE.matchEntire(where)?.let { return context.getString(R.string.register_line, it.groupValues[1].toInt()) }
        RECORD.matchEntire(where)?.let { return context.getString(R.string.record_of, day(it.groupValues[2])) }
        return where
    }

    private fun why(words: String): String {
        val other = ELSEWHERE.matchEntire(words)?.groupValues?.get(1)
        if (other != null) {
            val periods = other.split(", ").joinToString(", ") { context.periodWords(it) }
            return context.getString(R.string.case_elsewhere, periods)
        }
        return when (words) {
            "not in the app" -> R.string.case_not_in_app
            "not in the register" -> R.string.case_not_in_register
            "it is there more than once" -> R.string.case_twice
            "the other side has totals alone" -> R.string.case_possible
            else -> null
        }?.let(context::getString) ?: words
    }

    private companion object {
        /** "3 of 5; missing: two were ill". */
        val COUNTED = Regex("""(\d+) of (\d+)(?:; missing: (.*))?""", RegexOption.DOT_MATCHES_ALL)
        val ON_THE_DAY = Regex("""the day itself, \S+, lies in (.*) \((\w+), (\S+) to (\S+)\)""")
        val SOON_AFTER = Regex("""within \d+ days after \S+ comes (.*) \((\w+), (\S+) to (\S+)\)""")
        val NO_HELP = Regex("""no extra support is named for (\d+) of (\d+) days, first \S+""")

        /** "R-002 (register, line 3): not in the app". */
        val CASE = Regex("""(.*) \((?:register|app), (.*)\): (.*)""")
        val LINE = Regex("""line (\d+)""")
        val RECORD = Regex("""record (\w{11}) of (\d{4}-\d{2}-\d{2})""")
        val ELSEWHERE = Regex("""the other side has it in (.*)""")
    }
}
