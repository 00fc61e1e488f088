package org.outpost.app.screens

import android.Manifest
import android.app.AlertDialog
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.ScrollView
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.Finished
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.model.VisitOffer
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.FieldAct
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
    private val acts = FieldActs(host, { form }, route.key, ::answer)
    private var form: Form? = null
    private var section: SectionView? = null
    private var page = Page.SECTION
    private var index = 0
    private var wantedField: String? = route.fieldId
    private var wantedSection: String? = null
    private var wantedScroll: Int? = null

    override val nowMs: Long get() = form?.nowMs ?: 0

    override val isLeftInPeace: Boolean get() = true

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
        acts.save(state)
    }

    override fun restore(state: Bundle) {
        page = state.getString(PAGE)?.let(Page::valueOf) ?: Page.SECTION
        wantedSection = state.getString(SECTION)
        wantedField = state.getString(FIELD)
        wantedScroll = state.getInt(SCROLL)
        acts.restore(state)
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

    override fun act(field: Field, act: FieldAct) = acts.start(field, act)

    override fun picture(id: String, show: (ByteArray) -> Unit) =
        host.run { port.device.picture(id)?.let(show) }

    override fun placeName(id: String, show: (String) -> Unit) =
        host.run { port.device.placeName(id)?.let(show) }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) = acts.onResult(code, isGood)

    private fun onSaved(saved: Saved) {
        val now = form ?: return
        val shown = now.sections.getOrNull(index)?.id
        val after = now.copy(
            sections = saved.sections,
            savedMs = saved.savedMs,
            nowMs = saved.nowMs,
            notices = saved.notices,
        )
        form = after
        index = saved.sections.indexOfFirst { it.id == shown }.takeIf { it >= 0 } ?: index
        saved.sections.getOrNull(index)?.takeIf { it.id == shown }
            ?.let { section?.show(it, answers::isWaiting) }
        tables.refresh()
        showSaved(saved)
        showNotices()
        showSections()
        // A rule may have shown or hidden a page.
        if (page == Page.SECTION) {
            head(after)
            bottomOfSection(after)
        }
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
        showNotices()
        showSections()
        bottomOfSection(model)
        arrive()
    }

    /** What the rules say about the whole, above the buttons. */
    private fun showNotices() {
        val list = find<ViewGroup>(R.id.form_notices)
        list.removeAllViews()
        val said = if (page == Page.SECTION) form?.notices.orEmpty().take(NOTICES_MAX) else emptyList()
        said.forEach { list.addView(noticeView(context, it)) }
        list.visibility = if (said.isEmpty()) View.GONE else View.VISIBLE
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
        showNotices()
        showSections()
        CheckView(column).bind(check, { host.replace(Route.Person(it.person.id)) }) { finding ->
            wantedField = finding.fieldId
            wantedSection = finding.sectionId
            showSection(indexOfWanted(model))
        }
        act(R.id.second_action, R.string.keep_for_later) { host.back() }
        val blocked = check.blocking
        val isNew = route.key is FormKey.Person && model.state == RecordState.NOT_FINISHED
        val words = when {
            !isNew -> R.string.finish
            check.doubles.isEmpty() -> R.string.register
            else -> R.string.register_anyway
        }
        act(R.id.main_action, words, ::finish)
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
        when (val finished = port.finish(route.key)) {
            null -> showCheck()
            else -> showEnd(finished)
        }
    }

    private fun showEnd(finished: Finished) {
        val model = form ?: return
        page = Page.END
        head(model)
        clear()
        showNotices()
        EndView(column).bind(model.title, finished, ::plan)
        val person = finished.person
        val opens = finished.opens
        act(R.id.second_action, R.string.open_person.takeIf { person != null && opens != null }) {
            person?.let { host.replace(Route.Person(it)) }
        }
        when {
            opens != null -> act(R.id.main_action, R.string.next_form) { host.replace(Route.Fill(opens)) }
            person != null && route.key is FormKey.Person ->
                act(R.id.main_action, R.string.open_person) { host.replace(Route.Person(person)) }
            else -> act(R.id.main_action, R.string.back_to_list) { host.back() }
        }
        find<View>(R.id.bottom).visibility = View.VISIBLE
        host.recordsChanged()
        askToNotify()
    }

    /** Once, after the first finished form: only then is it clear what would be told. */
    private fun askToNotify() {
        val settings = (context as BaseActivity).app.settings
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU || settings.askedToNotify) return
        settings.askedToNotify = true
        host.askRight(Manifest.permission.POST_NOTIFICATIONS, NOTIFY)
    }

    private fun plan(offer: VisitOffer) = host.run {
        port.people.plan(offer.enrolment, offer.stage, offer.day, offer.place)
        host.back()
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
        const val NOTIFY = 6

        /** More than so many sentences would hide the questions. */
        const val NOTICES_MAX = 2
    }
}
