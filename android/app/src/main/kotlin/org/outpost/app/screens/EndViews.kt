package org.outpost.app.screens

import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Finding
import org.outpost.app.model.RecordState
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.StateChip
import org.outpost.app.ui.add
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.bindEntry
import org.outpost.app.ui.colour
import org.outpost.app.ui.length

/** What stands before finishing: each finding leads to its field. */
class CheckView(private val column: ColumnLayout) {
    private val context = column.context

    fun bind(check: Check, goTo: (Finding) -> Unit) {
        text(context.getString(R.string.check_title), R.style.Op_Title).asHeading()
        group(R.plurals.check_errors, R.drawable.error, check.errors, goTo)
        group(R.plurals.check_missing, R.drawable.state_draft, check.missing, goTo)
        group(R.plurals.check_warnings, R.drawable.warning, check.warnings, goTo)
        if ((check.errors + check.missing + check.warnings).isEmpty()) {
            text(context.getString(R.string.check_fine), R.style.Op_Body)
        }
    }

    private fun group(words: Int, icon: Int, findings: List<Finding>, goTo: (Finding) -> Unit) {
        if (findings.isEmpty()) return
        val count = findings.size
        text(context.resources.getQuantityString(words, count, count), R.style.Op_Heading).asHeading()
        findings.forEach { finding ->
            val row = column.add(R.layout.row_entry)
            row.setPaddingRelative(0, row.paddingTop, 0, row.paddingBottom)
            bindEntry(
                row,
                RowItem.Entry(
                    id = finding.fieldId,
                    line1 = finding.label,
                    line2 = finding.text.ifEmpty { null },
                    icon = icon,
                    open = { goTo(finding) },
                ),
            )
        }
    }

    private fun text(text: String, style: Int) = TextView(context).also {
        it.setTextAppearance(style)
        it.text = text
        it.textAlignment = View.TEXT_ALIGNMENT_VIEW_START
        it.setPaddingRelative(0, context.length(R.dimen.gap_card), 0, context.length(R.dimen.gap_icon))
        column.addView(it)
    }
}

/** The form is finished: a big tick, where the work is, what comes next. */
class EndView(private val column: ColumnLayout) {
    private val context = column.context

    fun bind(title: String, state: RecordState) {
        column.gravity = Gravity.CENTER_HORIZONTAL
        val size = context.length(R.dimen.button) * 2
        val tick = ImageView(context)
        tick.setImageResource(R.drawable.state_sent)
        tick.setColorFilter(context.colour(R.attr.opSent))
        tick.importantForAccessibility = View.IMPORTANT_FOR_ACCESSIBILITY_NO
        column.addView(tick, margin(LinearLayout.LayoutParams(size, size), R.dimen.gap_section))
        sentence(context.getString(R.string.finished_title, title), R.style.Op_Title).asHeading()
        val chip = StateChip(context).apply { bind(state) }
        column.addView(chip, margin(wrap(), R.dimen.margin))
        val where = if (state == RecordState.SENT) R.string.finished_sent else R.string.finished_waiting
        sentence(context.getString(where), R.style.Op_Body)
    }

    private fun sentence(text: String, style: Int): TextView {
        val view = TextView(context)
        view.setTextAppearance(style)
        view.text = text
        view.textAlignment = View.TEXT_ALIGNMENT_CENTER
        column.addView(view, margin(wrap(), R.dimen.gap_card))
        return view
    }

    private fun wrap() = LinearLayout.LayoutParams(LayoutParams.WRAP_CONTENT, LayoutParams.WRAP_CONTENT)

    private fun margin(size: LinearLayout.LayoutParams, top: Int) =
        size.apply { topMargin = context.length(top) }
}
