package org.outpost.app.screens

import android.app.AlertDialog
import android.os.Bundle
import android.text.InputType
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import org.outpost.app.R
import org.outpost.app.model.FirstWeeks
import org.outpost.app.model.Light
import org.outpost.app.model.SideBySide
import org.outpost.app.model.Site
import org.outpost.app.model.SitePlan
import org.outpost.app.model.Sites
import org.outpost.app.model.Verdict
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.ShareBar
import org.outpost.app.ui.onTap
import org.outpost.app.ui.onText

/** Sites that go live: what stops stands first. */
class GoLivePane(host: PaneHost, parent: ViewGroup) : ListPane(host, parent) {
    private val words = GoLiveWords(context)

    override fun load(): Unit = host.run {
        bar(context.getString(R.string.go_live))
        val sites = port.goLive.sites()
        show(items(sites))
        find<View>(R.id.bottom).visibility = if (sites.canWrite) View.VISIBLE else View.GONE
        find<Button>(R.id.main_action).apply {
            setText(R.string.plan_site)
            onTap(::plan)
        }
    }

    private fun items(sites: Sites): List<RowItem> {
        if (sites.rows.isEmpty()) return listOf(RowItem.Note(context.getString(R.string.no_sites)))
        val weeks = RowItem.Entry(
            Place.FIRST_WEEKS.name, context.getString(R.string.first_weeks), icon = R.drawable.target,
            open = { host.open(Route.To(Place.FIRST_WEEKS)) },
        )
        return listOf(weeks) + sites.rows.map(::row)
    }

    private fun row(of: Site) = RowItem.Entry(
        id = of.id,
        line1 = of.name,
        line2 = listOfNotNull(
            words.light(of.light), words.day(of), words.missing(of), of.decided?.let(words::decided),
        ).joinToString("\n"),
        icon = words.icon(of.light),
        open = { host.open(Route.To(Place.SITE, of.id)) },
    )

    private fun plan() = PlaceSheet(host, context.getString(R.string.plan_site)) { place ->
        host.run {
            val site = port.goLive.plan(place, null)
            host.recordsChanged()
            host.open(Route.To(Place.SITE, site.id))
        }
    }.show()
}

/** One site: what is missing, what stands against its day, what was compared, what is decided. */
class SitePane(host: PaneHost, parent: ViewGroup, private val id: String) : PagePane(host, parent) {
    private val words = GoLiveWords(context)

    override fun load(): Unit = host.run {
        val canWrite = port.goLive.sites().canWrite
        show(port.goLive.site(id), canWrite)
    }

    private fun show(site: Site, canWrite: Boolean) {
        bar(site.name)
        page.clear()
        page.standing(words.light(site.light), words.icon(site.light), words.colour(site.light))
        page.body(words.day(site))
        site.decided?.let { page.body(words.decided(it)) }
        if (canWrite) page.secondary(text(R.string.choose_day)) { day(site) }
        checks(site, canWrite)
        if (site.conflicts.isNotEmpty()) {
            page.heading(text(R.string.against_day))
            site.conflicts.forEach { page.standing(it, R.drawable.warning, R.attr.opWaiting) }
        }
        plan(site.plan)
        compared(site.compared)
        page.secondary(text(R.string.compare)) { host.open(Route.To(Place.COMPARE, site.id)) }
        decide(site, canWrite)
    }

    private fun day(site: Site) = DaySheet(context, R.string.choose_day, site.liveOn) { day ->
        done { port.goLive.move(site.id, day) }
    }.show()

    private fun checks(site: Site, canWrite: Boolean) {
        page.heading(text(R.string.what_it_needs))
        site.checks.forEach { check ->
            page.entry(
                RowItem.Entry(
                    check.code, check.name, words.check(check), words.icon(check.light),
                    open = {
                        if (canWrite) host.open(Route.To(Place.SITE_CHECK, "${site.id}/${check.code}"))
                    },
                ),
            )
        }
    }

    private fun plan(items: List<SitePlan>) {
        if (items.isEmpty()) return
        page.heading(text(R.string.what_becomes))
        items.forEach { item ->
            page.fact(item.what, item.becomes)
            item.until?.let { page.second(text(R.string.until_and_who, it, item.compares)) }
            page.second(text(R.string.fact, item.decidedBy, item.reason))
        }
    }

    private fun compared(rows: List<SideBySide>) {
        page.heading(text(R.string.compared))
        if (rows.isEmpty()) page.second(text(R.string.nothing_compared))
        rows.forEach { row ->
            page.entry(
                RowItem.Entry(
                    words.heading(row), words.heading(row), words.lines(row), words.icon(row),
                    open = { cases(row) },
                ),
            )
        }
    }

    private fun cases(row: SideBySide) = host.tell(
        (listOf(words.heading(row), words.totals(row)) + row.cases.map { it.why }).joinToString("\n"),
    )

    private fun decide(site: Site, canWrite: Boolean) {
        if (!canWrite) return acts(null)
        val first = site.next.first()
        val second = site.next.getOrNull(1)
        acts(
            text(words.act(first)), { ask(site, first) },
            second?.let { text(words.act(it)) }, { second?.let { ask(site, it) } },
        )
    }

    private fun ask(site: Site, verdict: Verdict) = askWords(words.act(verdict), words.act(verdict)) { reason ->
        host.run {
            val against = port.goLive.decide(site.id, verdict, reason, allTheSame = false)
            if (against == null) written() else allTheSame(site, verdict, reason, against)
        }
    }

    /** Something speaks against it: whoever goes on takes that upon themselves. */
    private fun allTheSame(site: Site, verdict: Verdict, reason: String, against: String) {
        AlertDialog.Builder(context).setMessage(against)
            .setPositiveButton(R.string.all_the_same) { _, _ ->
                host.run {
                    val refused = port.goLive.decide(site.id, verdict, reason, allTheSame = true)
                    if (refused == null) written() else host.tell(refused)
                }
            }
            .setNegativeButton(R.string.back, null).show()
    }

    private fun done(work: suspend () -> Unit) = host.run {
        work()
        written()
    }

    private fun written() {
        host.recordsChanged()
        load()
    }
}

/** How far one check of a site is, as somebody saw it. */
class SiteCheckPane(host: PaneHost, parent: ViewGroup, id: String) : PagePane(host, parent) {
    private val site = id.substringBefore('/')
    private val code = id.substringAfter('/')
    private val words = GoLiveWords(context)

    /** Done, of how many, who is missing; `null` before anything was shown. */
    private var typed: MutableList<String>? = null

    override val isLeftInPeace: Boolean get() = true

    override fun save(state: Bundle) = state.putStringArrayList(TYPED, typed?.let { ArrayList(it) })

    override fun restore(state: Bundle) {
        typed = state.getStringArrayList(TYPED)
    }

    override fun load(): Unit = host.run {
        val of = port.goLive.site(site)
        val check = of.checks.firstOrNull { it.code == code } ?: return@run host.back()
        bar(check.name, of.name)
        page.clear()
        page.standing(words.light(check.light), words.icon(check.light), words.colour(check.light))
        val known = typed ?: mutableListOf(
            check.count?.first?.toString().orEmpty(),
            check.count?.second?.toString().orEmpty(),
            check.missing.takeIf { check.count != null }.orEmpty(),
        )
        typed = known
        field(R.string.how_many_done, known, 0, InputType.TYPE_CLASS_NUMBER)
        field(R.string.of_how_many, known, 1, InputType.TYPE_CLASS_NUMBER)
        field(R.string.who_is_missing, known, 2, WORDS)
        acts(text(R.string.write_down), { write(known) })
    }

    private fun field(label: Int, known: MutableList<String>, at: Int, kind: Int) {
        val box = page.box(text(label), known[at], kind)
        box.onText { known[at] = box.text.toString() }
    }

    private fun write(known: List<String>): Unit = host.run {
        val (done, of) = known.map(::numberOf)
        if (done == null || of == null) return@run host.tell(text(R.string.say_how_many))
        val refused = port.goLive.note(site, code, done, of, known[2])
        if (refused != null) return@run host.tell(refused)
        host.recordsChanged()
        host.back()
    }

    private companion object {
        const val TYPED = "typed"
        const val WORDS = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
    }
}

/** The number that was typed, in the digits of any script. */
internal fun numberOf(typed: String): Long? =
    typed.trim().map { if (it.isDigit()) '0' + it.digitToInt() else it }.joinToString("").toLongOrNull()

/** Who sends and who does not, at each site. */
class FirstWeeksPane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        bar(text(R.string.first_weeks))
        page.clear()
        page.second(text(R.string.first_weeks_of))
        port.goLive.firstWeeks().forEach(::site)
        acts(null)
    }

    private fun site(of: FirstWeeks) {
        page.heading(of.site)
        if (of.phones == 0) page.second(text(R.string.no_phones_out)) else phones(of)
        counted(R.plurals.refused_there, of.refused)
        counted(R.plurals.waiting_there, of.waiting)
        counted(R.plurals.requests_there, of.requests)
    }

    private fun phones(of: FirstWeeks) {
        val all = of.recent == of.phones
        page.standing(
            context.resources.getQuantityString(R.plurals.phones_sent, of.phones, of.recent, of.phones),
            if (all) R.drawable.state_sent else R.drawable.warning,
            if (all) R.attr.opSent else R.attr.opWaiting,
        )
        page.view(ShareBar(context, of.recent.toDouble() / of.phones), R.dimen.gap_icon, R.dimen.margin)
        if (of.silent.isNotEmpty()) page.second(text(R.string.silent_are, of.silent.joinToString(", ")))
    }

    private fun counted(words: Int, count: Int) {
        if (count > 0) page.second(context.resources.getQuantityString(words, count, count))
    }
}
