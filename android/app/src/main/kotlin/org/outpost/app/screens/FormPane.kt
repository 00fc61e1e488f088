package org.outpost.app.screens

import android.app.AlertDialog
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.ScrollView
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.Form
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.FieldHost
import org.outpost.app.ui.choiceRow
import org.outpost.app.ui.length
import org.outpost.app.ui.onNextLayout
import org.outpost.app.ui.onTap
import org.outpost.app.ui.textOrGone
import org.outpost.app.ui.timeWords

/** One form: a section at a time, then what to check, then the end. No save button: it saves. */
class FormPane(host: PaneHost, parent: ViewGroup, private val route: Route.Fill) :
    Pane(host, parent, R.layout.pane_form), FieldHost {

    private enum class Page { SECTION, CHECK, END }

    private val context = host.activity
    private val column: ColumnLayout = find(R.id.form_fields)
    private val scroll: ScrollView = find(R.id.form_scroll)
    private val answers = Answers(host, route.key, { note(R.string.saving) }, ::onSaved)
    private val tables = TableEntry(context, find(R.id.form_pad), ::answer, ::makeRoom) { next() }
    private var form: Form? = null
    private var section: SectionView? = null
    private var page = Page.SECTION
    private var index = 0
    private var wantedField: String? = route.fieldId
    private var wantedSection: String? = null
    private var wantedScroll: Int? = null

    override val nowMs: Long get() = form?.nowMs ?: 0

    override fun load(): Unit = host.run {
        val model = port.form(route.key)
        form = model
        index = indexOfWanted(model)
        if (page == Page.CHECK) showCheck() else showSection(index)
    }

    private fun indexOfWanted(model: Form): Int {
        val bySection = model.sections.indexOfFirst { it.id == wantedSection }
        val byField = model.sections.indexOfFirst { section ->
            section.allFields.any { it.id == wantedField }
        }
        return listOf(bySection, byField, index).first { it >= 0 }
    }

    override fun save(state: Bundle) {
        answers.flush()
        state.putString(PAGE, page.name)
        state.putString(SECTION, form?.sections?.getOrNull(index)?.id)
        state.putString(FIELD, section?.answering ?: tables.selectedId)
        state.putInt(SCROLL, scroll.scrollY)
    }

    override fun restore(state: Bundle) {
        page = state.getString(PAGE)?.let(Page::valueOf) ?: Page.SECTION
        wantedSection = state.getString(SECTION)
        wantedField = state.getString(FIELD)
        wantedScroll = state.getInt(SCROLL)
    }

    override fun leave() = answers.flush()

    override fun onBack(): Boolean = when {
        tables.selectedId != null -> true.also { tables.close() }
        page == Page.CHECK -> true.also { showSection(index) }
        else -> false
    }

    // --- answers

    override fun answer(fieldId: String, value: String?, soon: Boolean) {
        val given = value?.ifEmpty { null }
        val known = form?.field(fieldId)?.value
        if (given == known && !soon && !answers.isWaiting(fieldId)) return
        answers.give(fieldId, given, soon)
    }

    override fun choose(field: Field) {
        val find: suspend (String) -> List<Choice> = { port.choices(route.key, field.id, it) }
        val sheet = ChoiceSheet(host, field.label, find) { answer(field.id, it.value, soon = false) }
        sheet.show(current = field.value, clear = { answer(field.id, null, soon = false) })
    }

    private fun onSaved(saved: Saved) {
        val now = form ?: return
        form = now.copy(
            sections = now.sections.map { it.with(saved.changes) },
            savedMs = saved.savedMs,
            nowMs = saved.nowMs,
        )
        saved.changes.forEach { change -> section?.show(change) }
        tables.refresh()
        showSaved(saved)
        showSections()
        host.recordsChanged()
    }

    private fun showSaved(saved: Saved) = find<TextView>(R.id.bar_note)
        .textOrGone(context.getString(R.string.saved_at, context.timeWords(saved.savedMs)))

    /** On a low screen the pad takes the place of the buttons; its last key goes on as they do. */
    private fun makeRoom(padShown: Boolean) {
        val low = context.resources.configuration.screenHeightDp < LOW_SCREEN_DP
        find<View>(R.id.bottom).visibility = if (padShown && low) View.GONE else View.VISIBLE
    }

    private fun note(words: Int) = find<TextView>(R.id.bar_note).textOrGone(context.getString(words))

    // --- pages

    private fun showSection(to: Int) {
        val model = form ?: return
        page = Page.SECTION
        index = to.coerceIn(0, maxOf(model.sections.size - 1, 0))
        head(model)
        clear()
        val shown = model.sections.getOrNull(index) ?: return showCheck()
        section = SectionView(column, this, tables).also { it.bind(model, shown) }
        showSections()
        bottomOfSection(model)
        arrive()
    }

    private fun arrive() {
        scroll.scrollTo(0, 0)
        val field = wantedField
        val y = wantedScroll
        // A view without a size takes no focus: the first layout comes first.
        column.onNextLayout {
            field?.let { section?.goTo(it) }
            y?.let { scroll.scrollTo(0, it) }
        }
        wantedField = null
        wantedSection = null
        wantedScroll = null
    }

    private fun clear() {
        answers.flush()
        tables.close()
        section = null
        column.wide = false
        column.removeAllViews()
        // Not on the first field: the keyboard would hide the page.
        column.requestFocus()
    }

    private fun head(model: Form) {
        bar(model.title, model.savedMs?.let { context.getString(R.string.saved_at, context.timeWords(it)) })
        find<TextView>(R.id.form_subtitle).text = model.subtitle
        find<Button>(R.id.form_position).apply {
            val several = model.sections.size > 1 && page == Page.SECTION && !sectionsBeside
            visibility = if (several) View.VISIBLE else View.GONE
            text = context.getString(R.string.section_of, index + 1, model.sections.size)
            onTap(::chooseSection)
        }
    }

    private fun bottomOfSection(model: Form) {
        val readOnly = model.readOnlyReason != null
        val last = index == model.sections.size - 1
        act(R.id.second_action, R.string.previous.takeIf { index > 0 }) { showSection(index - 1) }
        when {
            !last -> act(R.id.main_action, R.string.next, ::next)
            readOnly -> act(R.id.main_action, R.string.reopen.takeIf { model.canReopen }, ::reopen)
            else -> act(R.id.main_action, R.string.check_button, ::showCheck)
        }
        val none = last && readOnly && !model.canReopen && index == 0
        find<View>(R.id.bottom).visibility = if (none) View.GONE else View.VISIBLE
    }

    private fun next() {
        val model = form ?: return
        if (index < model.sections.size - 1) showSection(index + 1) else showCheck()
    }

    private fun reopen(): Unit = host.run {
        port.reopen(route.key)
        load()
        host.recordsChanged()
    }

    private fun showCheck(): Unit = host.carry {
        answers.flushed()
        val check = port.check(route.key)
        val model = form ?: return@carry
        page = Page.CHECK
        head(model)
        clear()
        showSections()
        CheckView(column).bind(check) { finding ->
            wantedField = finding.fieldId
            wantedSection = finding.sectionId
            showSection(indexOfWanted(model))
        }
        act(R.id.second_action, R.string.keep_for_later) { host.back() }
        val blocked = check.blocking
        act(R.id.main_action, R.string.finish, ::finish)
        if (blocked > 0) {
            find<Button>(R.id.main_action).apply {
                isEnabled = false
                text = resources.getQuantityString(R.plurals.finish_blocked, blocked, blocked)
            }
        }
        find<View>(R.id.bottom).visibility = View.VISIBLE
        scroll.scrollTo(0, 0)
    }

    private fun finish(): Unit = host.run {
        when (val state = port.finish(route.key)) {
            null -> showCheck()
            else -> showEnd(state)
        }
    }

    private fun showEnd(state: RecordState) {
        val model = form ?: return
        page = Page.END
        head(model)
        clear()
        EndView(column).bind(model.title, state)
        act(R.id.second_action, null) {}
        act(R.id.main_action, R.string.back_to_list) { host.back() }
        host.recordsChanged()
    }

    private fun act(id: Int, words: Int?, does: () -> Unit) = find<Button>(id).apply {
        visibility = if (words == null) View.GONE else View.VISIBLE
        isEnabled = true
        words?.let(::setText)
        onTap(does)
    }

    // --- the list of sections

    /** Wide enough for the sections to stand beside the questions. */
    private val sectionsBeside: Boolean
        get() {
            val metrics = context.resources.displayMetrics
            val list = if (context.resources.getBoolean(R.bool.two_pane)) context.length(R.dimen.list_pane) else 0
            val width = context.resources.configuration.screenWidthDp - list / metrics.density
            return width >= SECTIONS_BESIDE_DP
        }

    private fun showSections() {
        val model = form ?: return
        val beside = sectionsBeside && model.sections.size > 1 && page != Page.END
        find<View>(R.id.form_sections_scroll).visibility = if (beside) View.VISIBLE else View.GONE
        if (!beside) return
        val list = find<ViewGroup>(R.id.form_sections)
        list.removeAllViews()
        model.sections.forEachIndexed { at, it ->
            val row = choiceRow(context, sectionWords(it))
            row.isSelected = at == index && page == Page.SECTION
            row.onTap { showSection(at) }
            val size = ViewGroup.MarginLayoutParams(
                ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT,
            )
            size.bottomMargin = context.length(R.dimen.gap)
            list.addView(row, size)
        }
    }

    private fun chooseSection() {
        val model = form ?: return
        AlertDialog.Builder(context)
            .setTitle(R.string.sections)
            .setItems(model.sections.map(::sectionWords).toTypedArray()) { _, at -> showSection(at) }
            .show()
    }

    private fun sectionWords(section: Section): String {
        val asked = section.allFields.filter { !it.readOnly }
        val answered = asked.count { it.value != null }
        return context.getString(R.string.section_state, section.title, answered, asked.size)
    }

    private companion object {
        const val PAGE = "page"
        const val SECTION = "section"
        const val FIELD = "field"
        const val SCROLL = "scroll"
        const val SECTIONS_BESIDE_DP = 720
        const val LOW_SCREEN_DP = 720
    }
}
