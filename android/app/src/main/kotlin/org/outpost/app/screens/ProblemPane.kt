package org.outpost.app.screens

import android.app.AlertDialog
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.FieldVersions
import org.outpost.app.model.Problem
import org.outpost.app.model.RecordState
import org.outpost.app.ui.StateChip
import org.outpost.app.ui.look
import org.outpost.app.ui.onTap
import org.outpost.app.ui.textOrGone

/** One record that is not sent: why, and the one thing to do. */
class ProblemPane(host: PaneHost, parent: ViewGroup, private val route: Route.Stopped) :
    Pane(host, parent, R.layout.problem) {

    private val context = host.activity

    override fun load() = host.run { show(port.problem(route.id)) }

    private fun show(problem: Problem) {
        bar(context.getString(problem.state.look.word))
        find<TextView>(R.id.problem_title).text = problem.title
        find<TextView>(R.id.problem_subtitle).textOrGone(problem.subtitle)
        find<StateChip>(R.id.problem_state).bind(problem.state)
        find<TextView>(R.id.problem_reason).text = problem.reason
        find<TextView>(R.id.problem_value).textOrGone(
            when (problem.state) {
                RecordState.TWO_VERSIONS -> problem.versions.joinToString("\n", transform = ::words)
                else -> problem.field?.let { context.getString(R.string.value_was, it.label, it.value) }
            },
        )
        if (problem.state == RecordState.TWO_VERSIONS) showChoice() else showActs(problem)
        showDetails(problem)
    }

    private fun words(field: FieldVersions): String {
        val none = context.getString(R.string.cell_empty)
        return context.getString(
            R.string.versions_of, field.label, field.mine ?: none, field.theirs ?: none,
        )
    }

    private fun showChoice() {
        find<Button>(R.id.problem_correct).apply {
            setText(R.string.keep_mine)
            onTap { askWhy(R.string.keep_mine, keepMine = true) }
        }
        find<Button>(R.id.problem_retry).apply {
            setText(R.string.take_other)
            onTap { askWhy(R.string.take_other, keepMine = false) }
        }
    }

    /** What is decided in a person's name has a reason, which stays in the journal. */
    private fun askWhy(act: Int, keepMine: Boolean) {
        val why = EditText(context)
        why.setHint(R.string.why_hint)
        why.contentDescription = context.getString(R.string.why_hint)
        AlertDialog.Builder(context)
            .setTitle(R.string.why_title)
            .setView(why)
            .setPositiveButton(act) { _, _ -> decide(keepMine, why.text.toString().trim()) }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    private fun decide(keepMine: Boolean, why: String): Unit = host.run {
        if (why.isEmpty()) return@run host.tell(context.getString(R.string.why_missing))
        port.decide(route.id, keepMine, why)
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
}
