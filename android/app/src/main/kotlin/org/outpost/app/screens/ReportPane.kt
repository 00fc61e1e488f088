package org.outpost.app.screens

import android.app.AlertDialog
import android.os.Bundle
import android.text.InputType
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.HelpAnswer
import org.outpost.app.model.HelpFiled
import org.outpost.app.model.HelpRow
import org.outpost.app.model.Helper
import org.outpost.app.model.NewHelp
import org.outpost.app.model.PlaceRow
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.locale
import org.outpost.app.ui.onText

/**
 * A request in three steps: what is wrong and what may help, in one's own words, check and save.
 *
 * @param about code of the problem, perhaps with the code of an error after a bar
 */
class ReportPane(host: PaneHost, parent: ViewGroup, about: String) : PagePane(host, parent) {
    private val error = about.substringAfter('|', "").ifEmpty { null }
    private var problem: String? = about.substringBefore('|').ifEmpty { null }
    private var step = if (problem == null) 0 else 1
    private var line = ""
    private var more = ""
    private var isUrgent = false
    private var tells = true

    /** The request that was filed. */
    private var filed: String? = null
    private var known: List<HelpRow> = emptyList()

    private var answers: List<HelpAnswer> = emptyList()
    private var helper: Helper? = null
    private var place: PlaceRow? = null

    override val isLeftInPeace: Boolean get() = true

    override fun save(state: Bundle) {
        state.putStringArray(KEPT, arrayOf(problem, line, more, filed))
        state.putInt(STEP, step)
        state.putBooleanArray(TICKS, booleanArrayOf(isUrgent, tells))
    }

    override fun restore(state: Bundle) {
        val kept = state.getStringArray(KEPT) ?: return
        problem = kept[0]
        line = kept[1].orEmpty()
        more = kept[2].orEmpty()
        filed = kept[3]
        step = state.getInt(STEP)
        state.getBooleanArray(TICKS)?.let { (urgent, tell) ->
            isUrgent = urgent
            tells = tell
        }
    }

    override fun load(): Unit = host.run {
        answers = port.help.answers(context.locale.language)
        helper = port.help.helper()
        place = place ?: port.help.place()
        show()
    }

    override fun onBack(): Boolean {
        if (filed != null || step == 0) return false
        go(step - 1)
        return true
    }

    private fun go(to: Int) {
        step = to
        show()
    }

    private fun show() {
        page.clear()
        bar(text(R.string.report_problem))
        val end = filed
        when {
            end != null -> saved(end)
            known.isNotEmpty() -> offerKnown()
            else -> {
                val name = text(listOf(R.string.report_what, R.string.report_words, R.string.report_check)[step])
                page.title(text(R.string.step_of, step + 1, STEPS, name))
                listOf(::what, ::words, ::check)[step]()
            }
        }
    }

    private fun what() {
        val all = answers.map { it.problem to it.title } + (OTHER to text(R.string.something_else))
        val upTo = all.indexOfFirst { it.first == problem } + 1
        // What may help stands right below what was chosen: further down nobody would see it.
        choose(all.take(upTo))
        answers.firstOrNull { it.problem == problem }?.let { answer ->
            page.heading(text(R.string.maybe_helps))
            page.steps(answer)
            page.secondary(text(R.string.it_helped)) { host.back() }
        }
        choose(all.drop(upTo))
        acts(text(R.string.next).takeIf { problem != null }, { go(1) })
    }

    private fun choose(among: List<Pair<String, String>>) = page.choice(among, problem) {
        problem = it
        show()
    }

    private fun words() {
        if (line.isEmpty()) line = answers.firstOrNull { it.problem == problem }?.title.orEmpty()
        page.second(text(R.string.no_patient_names))
        val short = page.box(text(R.string.in_one_line), line, WORDS)
        short.onText { line = short.text.toString() }
        val long = page.box(text(R.string.more_words), more, WORDS or InputType.TYPE_TEXT_FLAG_MULTI_LINE)
        long.onText { more = long.text.toString() }
        page.switch(text(R.string.work_stands_still), isUrgent) { isUrgent = it }
        acts(text(R.string.next), ::toCheck, text(R.string.back), { go(0) })
    }

    private fun toCheck() {
        if (line.isBlank()) return host.tell(text(R.string.one_line_missing))
        go(2)
    }

    private fun check() {
        page.body(line)
        if (more.isNotBlank()) page.second(more)
        if (isUrgent) page.standing(text(R.string.is_urgent), R.drawable.warning, R.attr.opWaiting)
        place?.let { page.second(it.name) }
        page.switch(text(R.string.tell_of_phone), tells) { tells = it }
        page.second(text(R.string.tell_of_phone_what))
        page.secondary(text(R.string.show_what_is_told)) {
            host.run {
                AlertDialog.Builder(context).setMessage(port.help.aboutPhone())
                    .setPositiveButton(R.string.close, null).show()
            }
        }
        helper?.phone?.let { phone -> page.secondary(text(R.string.call_number, phone)) { host.dial(phone) } }
        page.secondary(text(R.string.write_email), ::mail)
        acts(text(R.string.report_save), { file(anyway = false) }, text(R.string.back), { go(1) })
    }

    private fun mail(): Unit = host.run {
        val about = if (tells) port.help.aboutPhone() else ""
        host.mail(helper?.email, line, listOf(more, about).filter { it.isNotBlank() }.joinToString("\n\n"))
    }

    private fun file(anyway: Boolean): Unit = host.run {
        val from = place ?: return@run host.tell(text(R.string.no_place))
        val new = NewHelp(from.id, line.trim(), more.trim(), problem ?: OTHER, isUrgent, error, tells, anyway)
        when (val came = port.help.file(new)) {
            is HelpFiled.New -> {
                filed = came.id
                known = emptyList()
                host.recordsChanged()
            }
            is HelpFiled.Known -> known = came.rows
        }
        show()
    }

    private fun offerKnown() {
        page.title(text(R.string.same_trouble))
        known.forEach { row ->
            page.entry(
                RowItem.Entry(
                    row.id, row.title, HelpWords(context).made(row), R.drawable.help,
                    open = { host.replace(Route.To(Place.REQUEST, row.id)) },
                ),
            )
        }
        acts(text(R.string.file_anyway), { file(anyway = true) })
    }

    private fun saved(id: String) {
        val who = helper?.name
        val words = if (who == null) text(R.string.report_saved_team) else text(R.string.report_saved, who)
        page.standing(words, R.drawable.state_waiting, R.attr.opWaiting)
        page.secondary(text(R.string.my_requests)) { host.replace(Route.To(Place.REQUEST, id)) }
        acts(text(R.string.close), { host.back() })
    }

    private companion object {
        const val STEPS = 3
        const val OTHER = "OTHER"
        const val KEPT = "kept"
        const val STEP = "step"
        const val TICKS = "ticks"
        const val WORDS = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
    }
}
