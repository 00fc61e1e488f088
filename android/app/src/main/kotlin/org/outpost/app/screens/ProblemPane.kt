package org.outpost.app.screens

import android.app.AlertDialog
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.FieldVersions
import org.outpost.app.model.Problem
import org.outpost.app.model.RecordState
import org.outpost.app.ui.StateChip
import org.outpost.app.ui.choiceRow
import org.outpost.app.ui.icon
import org.outpost.app.ui.inset
import org.outpost.app.ui.length
import org.outpost.app.ui.look
import org.outpost.app.ui.onTap
import org.outpost.app.ui.textOrGone

/** One record that is not sent: why, and the one thing to do. */
class ProblemPane(host: PaneHost, parent: ViewGroup, private val route: Route.Stopped) :
    Pane(host, parent, R.layout.problem) {

    private val context = host.activity

    override fun load() = host.run {
        val problem = port.problem(route.id)
        show(problem)
        if (port.help.mine() != null) report(problem)
    }

    private fun show(problem: Problem) {
        bar(context.getString(problem.state.look.word))
        find<TextView>(R.id.problem_title).text = problem.title
        find<TextView>(R.id.problem_subtitle).textOrGone(problem.subtitle)
        find<StateChip>(R.id.problem_state).bind(problem.state)
        find<TextView>(R.id.problem_reason).text = problem.reason
        find<TextView>(R.id.problem_value).textOrGone(
            problem.field?.takeIf { problem.state != RecordState.TWO_VERSIONS }
                ?.let { context.getString(R.string.value_was, it.label, it.value) },
        )
        if (problem.state == RecordState.TWO_VERSIONS) showChoice(problem.versions) else showActs(problem)
        showDetails(problem)
    }

    /** Field by field, or all at once; nothing is chosen for the person. */
    private fun showChoice(fields: List<FieldVersions>) {
        val list = find<LinearLayout>(R.id.problem_versions)
        list.removeAllViews()
        val theirs = HashMap<String, Boolean>()
        fields.forEach { field -> versions(list, field) { theirs[field.field] = it; offer(fields, theirs) } }
        offer(fields, theirs)
    }

    private fun offer(fields: List<FieldVersions>, theirs: Map<String, Boolean>) {
        val all = fields.all { it.field in theirs }
        find<Button>(R.id.problem_correct).apply {
            setText(if (all) R.string.keep_chosen else R.string.keep_mine)
            val taken = if (all) theirs.filterValues { it }.keys.toSet() else emptySet()
            onTap { askWhy(if (all) R.string.keep_chosen else R.string.keep_mine, taken) }
        }
        find<Button>(R.id.problem_retry).apply {
            setText(R.string.take_other)
            onTap { askWhy(R.string.take_other, null) }
        }
    }

    /** One field: beside each other where there is room, else one below the other. */
    private fun versions(list: LinearLayout, of: FieldVersions, chosen: (theirs: Boolean) -> Unit) {
        val none = context.getString(R.string.cell_empty)
        list.addView(text(of.label, R.style.Op_Heading))
        val both = LinearLayout(context)
        val wide = context.resources.configuration.screenWidthDp >= WIDE_DP
        both.orientation = if (wide) LinearLayout.HORIZONTAL else LinearLayout.VERTICAL
        val rows = listOf(
            choiceRow(context, context.getString(R.string.version_mine, of.mine ?: none)),
            choiceRow(context, context.getString(R.string.version_other, of.theirs ?: none)),
        )
        fun mark(at: Int?) = rows.forEachIndexed { index, row ->
            row.isSelected = index == at
            val icon = if (index == at) R.drawable.radio_on else R.drawable.radio_off
            row.setCompoundDrawablesRelative(context.icon(icon), null, null, null)
            val says = if (index == at) R.string.choice_chosen else R.string.choice_not_chosen
            row.contentDescription = "${of.label}. ${context.getString(says, row.text)}"
        }
        rows.forEachIndexed { at, row ->
            row.onTap {
                mark(at)
                chosen(at == 1)
            }
            both.addView(row, size(wide))
        }
        mark(null)
        list.addView(both)
        val before = context.getString(R.string.version_before, of.before ?: none)
        list.addView(text(before, R.style.Op_Second))
    }

    private fun size(wide: Boolean) = when {
        wide -> LinearLayout.LayoutParams(0, LinearLayout.LayoutParams.MATCH_PARENT, 1f)
        else -> LinearLayout.LayoutParams(
            LinearLayout.LayoutParams.MATCH_PARENT, LinearLayout.LayoutParams.WRAP_CONTENT,
        )
    }.apply {
        topMargin = context.length(R.dimen.gap)
        marginEnd = if (wide) context.length(R.dimen.gap) else 0
    }

    private fun text(words: String, style: Int) = TextView(context).apply {
        setTextAppearance(style)
        text = words
        textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        setPaddingRelative(0, context.length(R.dimen.gap), 0, 0)
    }

    /** What is decided in a person's name has a reason, which stays in the journal. */
    private fun askWhy(act: Int, theirs: Set<String>?) {
        val why = EditText(context)
        why.setHint(R.string.why_hint)
        why.contentDescription = context.getString(R.string.why_hint)
        AlertDialog.Builder(context)
            .setTitle(R.string.why_title)
            .setView(why.inset())
            .setPositiveButton(act) { _, _ -> decide(theirs, why.text.toString().trim()) }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    private fun decide(theirs: Set<String>?, why: String): Unit = host.run {
        if (why.isEmpty()) return@run host.tell(context.getString(R.string.why_missing))
        port.decide(route.id, theirs, why)
        host.recordsChanged()
        host.back()
    }

    private fun showActs(problem: Problem) {
        val form = problem.form
        find<Button>(R.id.problem_correct).apply {
            visibility = if (form == null) View.GONE else View.VISIBLE
            text = when (val field = problem.field) {
                null -> context.getString(R.string.open_form)
                else -> context.getString(R.string.correct_field, field.label)
            }
            onTap { form?.let { host.open(Route.Fill(it, problem.field?.id)) } }
        }
        find<Button>(R.id.problem_retry).apply {
            visibility = if (problem.state == RecordState.REFUSED) View.VISIBLE else View.GONE
            onTap(::retry)
        }
    }

    /** A helper is asked with the code of the refusal: the record itself stays here. */
    private fun report(problem: Problem) = find<Button>(R.id.problem_report).apply {
        visibility = View.VISIBLE
        onTap { host.open(Route.To(Place.REPORT, "RECORD_REFUSED|${problem.code.orEmpty()}")) }
    }

    private fun retry() = host.run {
        port.retry(route.id)
        find<View>(R.id.problem_retry).visibility = View.GONE
        find<StateChip>(R.id.problem_state).bind(RecordState.WAITING)
        find<TextView>(R.id.problem_kept).setText(R.string.queued_again)
        host.recordsChanged()
    }

    private fun showDetails(problem: Problem) {
        val details = find<TextView>(R.id.problem_details)
        details.text = problem.code?.let { context.getString(R.string.detail_code, it) }
        find<View>(R.id.problem_more).apply {
            visibility = if (details.text.isNullOrEmpty()) View.GONE else View.VISIBLE
            onTap {
                details.visibility =
                    if (details.visibility == View.VISIBLE) View.GONE else View.VISIBLE
            }
        }
    }

    private companion object {
        /** From this width on two versions stand beside each other. */
        const val WIDE_DP = 600
    }
}
