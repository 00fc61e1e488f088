package org.outpost.app.core

import android.content.Context
import java.time.LocalDate
import java.time.YearMonth
import java.time.format.DateTimeFormatter
import java.time.temporal.IsoFields
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.FirstWeeks
import org.outpost.app.model.GoLivePort
import org.outpost.app.model.Light
import org.outpost.app.model.ParallelQuery
import org.outpost.app.model.ParallelRun
import org.outpost.app.model.Site
import org.outpost.app.model.Sites
import org.outpost.app.model.Verdict
import org.outpost.sdk.GoLiveQuery
import org.outpost.sdk.GoLiveSite
import org.outpost.sdk.GoLiveVerdict
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session

/** Sites that go live on the core. */
internal class CoreGoLive(
    private val context: Context,
    private val session: suspend () -> Session,
) : GoLivePort {
    private val words = GoLiveWords(context)

    override suspend fun sites(): Sites = told {
        val program = session().allPrograms().firstOrNull { it.id.uid == GO_LIVE_PROGRAM }
        val rows = session().goLive.sites().map { it.toSite() }
        // What stops stands first; among equals the core's order by name stays.
        Sites(rows.sortedByDescending { it.light }, program?.writable == true)
    }

    override suspend fun site(id: String): Site = told { session().goLive.site(id).toSite() }

    override suspend fun plan(place: String, day: String?): Site =
        told { session().goLive.plan(OrganisationUnitId(place), day).toSite() }

    override suspend fun move(site: String, day: String): Site = told {
        session().goLive.plan(session().goLive.site(site).place, day).toSite()
    }

    override suspend fun note(site: String, check: String, done: Long, of: Long, missing: String): String? = told {
        try {
            session().goLive.noteCheck(site, check, done, of, missing)
            null
        } catch (refused: OutpostException.InvalidInput) {
            context.getString(if (refused.code == MORE) R.string.more_than_all else R.string.what_invalid_input)
        }
    }

    override suspend fun decide(site: String, verdict: Verdict, reason: String, allTheSame: Boolean): String? = told {
        try {
            session().goLive.decide(site, GoLiveVerdict.valueOf(verdict.name), reason, allTheSame)
            null
        } catch (refused: OutpostException.InvalidInput) {
            if (refused.field != DECISION) throw refused
            against(session().goLive.site(site).toSite(), verdict)
        }
    }

    /** What speaks against a decision. */
    private fun against(site: Site, verdict: Verdict): String = when (verdict) {
        Verdict.GO -> {
            val stops = site.checks.filter { it.light == Light.STOPS }.map { it.name }
            (listOf(context.getString(R.string.site_not_ready)) + stops).joinToString("\n")
        }
        Verdict.CUT_OVER -> context.getString(R.string.stop_not_safe)
        else -> context.getString(R.string.what_invalid_input)
    }

    override suspend fun programs(): List<Choice> = told {
        session().allForms().mapNotNull { form -> (form.id as? ProgramId)?.let { Choice(it.uid, form.name) } }
    }

    override suspend fun questions(program: String): List<Choice> = told {
        val form = session().eventForm(ProgramId(program)).form
        form.sections.flatMap { it.fields }.map { Choice(it.name, it.name) }
    }

    override fun periods(byMonth: Boolean): List<Choice> = (1L..PERIODS).map { back ->
        val id = if (byMonth) MONTH.format(YearMonth.now().minusMonths(back))
        else week(LocalDate.now().minusWeeks(back))
        Choice(id, context.periodWords(id))
    }

    private fun week(day: LocalDate): String =
        "${day.get(IsoFields.WEEK_BASED_YEAR)}W${day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR)}"

    override fun table(what: String, totals: Map<String, Long>): String {
        val quoted = "\"" + what.replace("\"", "\"\"") + "\""
        return "period,what,total\n" + totals.map { (period, total) -> "$period,$quoted,$total\n" }.joinToString("")
    }

    override suspend fun compare(site: String, query: ParallelQuery): ParallelRun = run(site, query, keep = false)

    override suspend fun keep(site: String, query: ParallelQuery): ParallelRun = run(site, query, keep = true)

    private suspend fun run(site: String, query: ParallelQuery, keep: Boolean): ParallelRun = told {
        val run = session().goLive.compare(
            site,
            GoLiveQuery(
                query.register, ProgramId(query.program), query.what, query.byMonth, query.key,
                periods = PERIODS.toInt(), keep = keep,
            ),
        )
        ParallelRun(run.compared.map { words.compared(it, query.program) }, run.isSafe)
    }

    override suspend fun firstWeeks(): List<FirstWeeks> = told {
        session().goLive.adoption().map {
            FirstWeeks(
                it.site, it.devices.toInt(), it.recent.toInt(), it.silent,
                it.refused.toInt(), it.waiting.toInt(), it.supportOpen.toInt(),
            )
        }
    }

    private fun GoLiveSite.toSite() = Site(
        id = id,
        name = site,
        liveOn = liveOn,
        light = words.light(light),
        checks = checks.map(words::check),
        plan = plan.map(words::plan),
        conflicts = conflicts.map(words::conflict),
        compared = comparisons.map(words::kept),
        decided = decided?.let { Verdict.valueOf(it.name) },
        next = next(decided),
    )

    /** What the core would take after the last decision. */
    private fun next(after: GoLiveVerdict?): List<Verdict> = when (after) {
        GoLiveVerdict.GO -> listOf(Verdict.CUT_OVER, Verdict.NO_GO)
        GoLiveVerdict.CUT_OVER -> listOf(Verdict.REVERSED)
        GoLiveVerdict.NO_GO -> listOf(Verdict.GO)
        GoLiveVerdict.REVERSED, null -> listOf(Verdict.GO, Verdict.NO_GO)
    }

    private companion object {
        /** So many of the latest periods must agree before the old way stops. */
        const val PERIODS = 3L
        const val DECISION = "decision"
        const val MORE = "more"
        val MONTH: DateTimeFormatter = DateTimeFormatter.ofPattern("yyyyMM")
    }
}
