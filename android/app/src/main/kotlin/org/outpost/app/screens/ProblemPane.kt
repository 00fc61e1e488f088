package org.outpost.app.screens

import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.TextView
import org.outpost.app.R
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
            problem.field?.let { context.getString(R.string.value_was, it.label, it.value) },
        )
        showActs(problem)
        showDetails(problem)
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
