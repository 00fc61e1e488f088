package org.outpost.app.screens

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Light
import org.outpost.app.model.SideBySide
import org.outpost.app.model.Site
import org.outpost.app.model.SiteCheck
import org.outpost.app.model.Verdict
import org.outpost.app.ui.dateWordsOf
import org.outpost.app.ui.locale

/** How a site stands: always a word and a picture, never a colour alone. */
internal class GoLiveWords(private val context: Context) {
    fun light(of: Light): String = context.getString(
        when (of) {
            Light.READY -> R.string.light_ready
            Light.NEARLY -> R.string.light_nearly
            Light.STOPS -> R.string.light_stops
        },
    )

    fun icon(of: Light): Int = when (of) {
        Light.READY -> R.drawable.state_sent
        Light.NEARLY -> R.drawable.warning
        Light.STOPS -> R.drawable.state_refused
    }

    fun colour(of: Light): Int = when (of) {
        Light.READY -> R.attr.opSent
        Light.NEARLY -> R.attr.opWaiting
        Light.STOPS -> R.attr.opRefused
    }

    fun day(of: Site): String = of.liveOn
        ?.let { context.getString(R.string.goes_live_on, context.dateWordsOf(it)) }
        ?: context.getString(R.string.no_day_yet)

    /** What is missing: by name where these are few, else how many. */
    fun missing(of: Site): String? {
        val open = of.checks.filter { it.light != Light.READY }
        return when (open.size) {
            0 -> null
            in 1..NAMED_MAX -> context.getString(R.string.is_open, open.joinToString(", ") { it.name })
            else -> context.resources.getQuantityString(R.plurals.things_missing, open.size, open.size)
        }
    }

    fun check(of: SiteCheck): String = listOfNotNull(
        light(of.light),
        of.count?.let { (done, all) -> context.getString(R.string.done_of, done, all) },
        of.missing.ifEmpty { null }
            ?.let { if (of.count == null) it else context.getString(R.string.missing_are, it) },
    ).joinToString("\n")

    fun decided(of: Verdict): String = context.getString(
        when (of) {
            Verdict.GO -> R.string.decided_go
            Verdict.NO_GO -> R.string.decided_no_go
            Verdict.CUT_OVER -> R.string.decided_cut_over
            Verdict.REVERSED -> R.string.decided_reversed
        },
    )

    fun act(of: Verdict): Int = when (of) {
        Verdict.GO -> R.string.decide_go
        Verdict.NO_GO -> R.string.decide_no_go
        Verdict.CUT_OVER -> R.string.decide_cut_over
        Verdict.REVERSED -> R.string.decide_reversed
    }

    /** In the digits of the language. */
    fun number(of: Long): String = String.format(context.locale, "%d", of)

    fun heading(of: SideBySide): String = context.getString(R.string.fact, of.period, of.what)

    fun totals(of: SideBySide): String = context.getString(R.string.register_and_app, of.before, of.app)

    fun agrees(of: SideBySide): String =
        context.getString(if (of.agrees) R.string.both_agree else R.string.both_differ)

    fun icon(of: SideBySide): Int = if (of.agrees) R.drawable.state_sent else R.drawable.warning

    /** Totals, whether they agree, and how many cases are behind it. */
    fun lines(of: SideBySide): String = listOfNotNull(
        totals(of),
        agrees(of),
        of.cases.size.takeIf { it > 0 }
            ?.let { context.resources.getQuantityString(R.plurals.cases_behind, it, it) },
    ).joinToString("\n")

    private companion object {
        /** More names than this nobody reads in a list. */
        const val NAMED_MAX = 3
    }
}
