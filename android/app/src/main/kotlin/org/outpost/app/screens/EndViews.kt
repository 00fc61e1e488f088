package org.outpost.app.screens

import android.content.Context
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams
import android.widget.Button
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.TextView
import java.time.LocalDate
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Finding
import org.outpost.app.model.Finished
import org.outpost.app.model.LikelyDouble
import org.outpost.app.model.Notice
import org.outpost.app.model.RecordState
import org.outpost.app.model.Severity
import org.outpost.app.model.VisitOffer
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.StateChip
import org.outpost.app.ui.add
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.bindEntry
import org.outpost.app.ui.colour
import org.outpost.app.ui.dayWords
import org.outpost.app.ui.icon
import org.outpost.app.ui.length
import org.outpost.app.ui.onTap

/** What stands before finishing: each finding leads to its field. */
class CheckView(private val column: ColumnLayout) {
    private val context = column.context

    fun bind(check: Check, same: (LikelyDouble) -> Unit, goTo: (Finding) -> Unit) {
        text(context.getString(R.string.check_title), R.style.Op_Title).asHeading()
        doubles(check.doubles, same)
        group(R.plurals.check_errors, R.drawable.error, check.errors, goTo)
        group(R.plurals.check_missing, R.drawable.state_draft, check.missing, goTo)
        group(R.plurals.check_warnings, R.drawable.warning, check.warnings, goTo)
        if ((check.errors + check.missing + check.warnings).isEmpty()) {
            text(context.getString(R.string.check_fine), R.style.Op_Body)
        }
    }

    private fun doubles(found: List<LikelyDouble>, same: (LikelyDouble) -> Unit) {
        if (found.isEmpty()) return
        text(context.getString(R.string.is_it_one_of_these), R.style.Op_Heading).asHeading()
        found.forEach { double ->
            val row = column.add(R.layout.row_entry)
            row.setPaddingRelative(0, row.paddingTop, 0, row.paddingBottom)
            val lines = listOf(double.person.facts, double.reasons).filter { it.isNotEmpty() }
            bindEntry(
                row,
                RowItem.Entry(
                    id = double.person.id,
                    line1 = double.person.title,
                    line2 = lines.joinToString("\n"),
                    icon = R.drawable.thing_person,
                    chips = listOf(double.person.state to null),
                    open = { same(double) },
                ),
            )
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

    fun bind(title: String, finished: Finished, plan: (VisitOffer) -> Unit) {
        val state = finished.state
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
        finished.notices.forEach { column.addView(noticeView(context, it), wide()) }
        finished.offers.firstOrNull()?.let { offer ->
            val day = context.dayWords(LocalDate.parse(offer.day), "yMMMMd")
            val button = Button(context, null, 0, R.style.Op_Button_Second)
            button.text = context.getString(R.string.plan_next, offer.name, day)
            button.onTap { plan(offer) }
            column.addView(button, wide())
        }
    }

    private fun wide() = margin(
        LinearLayout.LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.WRAP_CONTENT), R.dimen.margin,
    )

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

/** A sentence of the rules about the form as a whole. */
fun noticeView(context: Context, notice: Notice): TextView = TextView(context).apply {
    setTextAppearance(R.style.Op_Second)
    val (icon, colour) = when (notice.severity) {
        Severity.ERROR -> R.drawable.error to R.attr.opDanger
        Severity.WARNING -> R.drawable.warning to R.attr.opWaiting
        null -> R.drawable.info to R.attr.opText
    }
    text = when (val value = notice.value) {
        null -> notice.text
        else -> context.getString(R.string.fact, notice.text, value)
    }
    setTextColor(context.colour(colour))
    textAlignment = View.TEXT_ALIGNMENT_VIEW_START
    gravity = Gravity.CENTER_VERTICAL
    compoundDrawablePadding = context.length(R.dimen.gap)
    setCompoundDrawablesRelative(context.icon(icon), null, null, null)
    val gap = context.length(R.dimen.gap_icon)
    setPaddingRelative(0, gap, 0, gap)
}
