package org.outpost.app.screens

import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.text.InputType
import android.view.ViewGroup
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.DifferingCase
import org.outpost.app.model.ParallelQuery
import org.outpost.app.model.ParallelRun
import org.outpost.app.model.SideBySide
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.onText

/**
 * The register beside the app: what is compared, what came of it, the cases behind a difference.
 *
 * @param site id of the site
 */
class ComparePane(host: PaneHost, parent: ViewGroup, private val site: String) : PagePane(host, parent) {
    private val words = GoLiveWords(context)

    private val file = registerOf(context)
    private var program: Choice? = null
    private var what = ""
    private var byMonth = true
    private var key: String? = null
    private var hasFile = false
    private val totals = mutableMapOf<String, String>()
    private var run: ParallelRun? = null

    /** Whether the outcome is shown, and the cases of which of its rows. */
    private var isCompared = false
    private var row: Int? = null

    override val isLeftInPeace: Boolean get() = true

    override fun load(): Unit = host.run {
        if (program == null && !isCompared) port.goLive.programs().singleOrNull()?.let { choose(it) }
        if (isCompared && run == null) compare() else show()
    }

    override fun save(state: Bundle) {
        state.putStringArrayList(PROGRAM, program?.let { arrayListOf(it.value, it.name) })
        state.putString(WHAT, what)
        state.putBoolean(MONTH, byMonth)
        state.putString(KEY, key)
        state.putBoolean(FILE, hasFile)
        state.putStringArrayList(TOTALS, ArrayList(totals.flatMap { listOf(it.key, it.value) }))
        state.putBoolean(COMPARED, isCompared)
        state.putInt(ROW, row ?: NONE)
    }

    override fun restore(state: Bundle) {
        program = state.getStringArrayList(PROGRAM)?.let { Choice(it[0], it[1]) }
        what = state.getString(WHAT).orEmpty()
        byMonth = state.getBoolean(MONTH)
        key = state.getString(KEY)
        hasFile = state.getBoolean(FILE) && file.exists()
        state.getStringArrayList(TOTALS).orEmpty().chunked(2).forEach { (period, total) -> totals[period] = total }
        isCompared = state.getBoolean(COMPARED)
        row = state.getInt(ROW).takeIf { it != NONE }
    }

    override fun onBack(): Boolean {
        when {
            row != null -> row = null
            isCompared -> {
                isCompared = false
                run = null
            }
            else -> {
                file.delete()
                return false
            }
        }
        show()
        return true
    }

    private fun show() {
        bar(text(R.string.compare))
        page.clear()
        val came = run
        val chosen = row?.let { came?.rows?.getOrNull(it) }
        when {
            chosen != null -> cases(chosen)
            came != null && isCompared -> outcome(came)
            else -> ask()
        }
    }

    private fun ask() {
        page.entry(
            RowItem.Entry(
                "program", text(R.string.which_form), program?.name ?: text(R.string.not_chosen),
                R.drawable.thing_event, open = ::chooseProgram,
            ),
        )
        val box = page.box(text(R.string.what_is_counted), what, InputType.TYPE_CLASS_TEXT)
        box.onText { what = box.text.toString() }
        page.heading(text(R.string.by_which_time))
        page.choice(
            listOf(MONTHS to text(R.string.by_month), WEEKS to text(R.string.by_week)),
            if (byMonth) MONTHS else WEEKS,
        ) {
            byMonth = it == MONTHS
            totals.clear()
            show()
        }
        page.heading(text(R.string.the_register))
        if (hasFile) fromFile() else typed()
        acts(text(R.string.compare_now), { host.run { compare() } })
    }

    private fun typed() {
        page.second(text(R.string.type_totals))
        for (period in port.goLive.periods(byMonth)) {
            val box = page.box(period.name, totals[period.value].orEmpty(), InputType.TYPE_CLASS_NUMBER)
            box.onText { totals[period.value] = box.text.toString() }
        }
        page.secondary(text(R.string.register_file)) { host.ask(openFile(), OPEN) }
    }

    private fun fromFile() {
        page.standing(text(R.string.register_taken), R.drawable.state_sent, R.attr.opSent)
        page.entry(
            RowItem.Entry(
                "key", text(R.string.which_names_case), key ?: text(R.string.nothing_names_case),
                R.drawable.scan, open = ::chooseKey,
            ),
        )
        page.secondary(text(R.string.type_instead)) {
            hasFile = false
            file.delete()
            show()
        }
    }

    private fun chooseProgram() = choice(R.string.which_form, { port.goLive.programs() }, ::choose)

    private fun choose(of: Choice) {
        program = of
        key = null
        if (what.isEmpty()) what = of.name
    }

    private fun chooseKey() {
        val of = program ?: return host.tell(text(R.string.choose_form_first))
        choice(R.string.which_names_case, { port.goLive.questions(of.value) }) { key = it.value }
    }

    private fun choice(title: Int, all: suspend () -> List<Choice>, chosen: (Choice) -> Unit) = ChoiceSheet(
        host, text(title), { query -> all().filter { it.name.contains(query, ignoreCase = true) } },
    ) {
        chosen(it)
        show()
    }.show()

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        val from = data?.data
        if (code == OPEN && isGood && from != null) take(from)
    }

    private fun take(from: Uri): Unit = host.run {
        withContext(Dispatchers.IO) {
            val source = checkNotNull(context.contentResolver.openInputStream(from)) { "nothing was lent" }
            source.use { input -> file.outputStream().use { input.copyTo(it) } }
        }
        hasFile = true
        show()
    }

    private suspend fun compare() = told { query ->
        run = port.goLive.compare(site, query)
        isCompared = true
        show()
    }

    /** A table that cannot be read stays where it can be mended. */
    private suspend fun told(work: suspend (ParallelQuery) -> Unit) {
        val query = query() ?: return show()
        try {
            work(query)
        } catch (refused: TroubleException) {
            if (refused.trouble.kind != TroubleKind.INVALID_INPUT) throw refused
            isCompared = false
            show()
            host.tell(text(R.string.register_wrong) + "\n\n" + refused.trouble.detail.orEmpty())
        }
    }

    /** `null` after saying what is missing. */
    private suspend fun query(): ParallelQuery? {
        val of = program
        val counts = totals.mapNotNull { (period, text) -> numberOf(text)?.let { period to it } }.toMap()
        val missing = when {
            of == null -> R.string.choose_form_first
            what.isBlank() -> R.string.say_what_counted
            !hasFile && counts.isEmpty() -> R.string.type_a_total
            else -> null
        }
        if (of == null || missing != null) {
            isCompared = false
            missing?.let { host.tell(text(it)) }
            return null
        }
        val register = if (hasFile) withContext(Dispatchers.IO) { file.readText() }
        else port.goLive.table(what.trim(), counts)
        return ParallelQuery(register, of.value, what.trim(), byMonth, key.takeIf { hasFile })
    }

    private fun outcome(of: ParallelRun) {
        val (icon, colour) = if (of.isSafe) R.drawable.state_sent to R.attr.opSent
        else R.drawable.warning to R.attr.opWaiting
        page.standing(text(if (of.isSafe) R.string.stop_safe else R.string.stop_not_safe), icon, colour)
        of.rows.forEachIndexed { at, row ->
            page.entry(
                RowItem.Entry(
                    "${row.period} ${row.what}", words.heading(row), words.lines(row), words.icon(row),
                    open = {
                        this.row = at
                        show()
                    },
                ),
            )
        }
        host.run {
            val canWrite = port.goLive.sites().canWrite
            acts(text(R.string.write_down).takeIf { canWrite }, ::keep, text(R.string.change_query), { host.back() })
        }
    }

    private fun keep(): Unit = host.run {
        told { query ->
            port.goLive.keep(site, query)
            file.delete()
            isCompared = false
            run = null
            host.recordsChanged()
            host.back()
        }
    }

    /** What is behind one difference, case by case. */
    private fun cases(of: SideBySide) {
        page.title(words.heading(of))
        page.standing(
            words.agrees(of), words.icon(of), if (of.agrees) R.attr.opSent else R.attr.opWaiting,
        )
        page.fact(text(R.string.in_register), words.number(of.before))
        page.fact(text(R.string.in_app), words.number(of.app))
        if (of.cases.isNotEmpty()) page.heading(text(R.string.behind_it))
        of.cases.forEachIndexed(::case)
        if (of.cases.isEmpty() && !of.agrees) page.second(text(R.string.no_cases_known))
        if (of.leftOut > 0) page.second(text(R.string.cases_left_out, of.leftOut))
        acts(text(R.string.back_to_list), { host.back() })
    }

    private fun case(at: Int, of: DifferingCase) {
        val form = of.form
        val name = of.key.ifEmpty { of.found }
        val rest = listOf(of.why, of.found).filter { it != name && it.isNotEmpty() }.joinToString("\n")
        // Only a record of the app can be opened; a line of the register is on paper.
        if (form == null) return page.fact(name, rest)
        page.entry(
            RowItem.Entry("case $at", name, rest, R.drawable.thing_event, open = { host.open(Route.Fill(form)) }),
        )
    }

    private companion object {
        const val OPEN = 71
        const val NONE = -1
        const val MONTHS = "months"
        const val WEEKS = "weeks"
        const val PROGRAM = "program"
        const val WHAT = "what"
        const val MONTH = "month"
        const val KEY = "key"
        const val FILE = "file"
        const val TOTALS = "totals"
        const val COMPARED = "compared"
        const val ROW = "row"
    }
}

/** A register that is compared: read again after the death of the app, and gone with the page. */
internal fun registerOf(context: Context) = File(context.noBackupFilesDir, "register.csv")
