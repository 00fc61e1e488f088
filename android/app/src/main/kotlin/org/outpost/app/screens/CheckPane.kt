package org.outpost.app.screens

import android.content.Intent
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.CheckLine
import org.outpost.app.model.CheckResult
import org.outpost.app.model.DeviceCheck
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.Tone
import org.outpost.app.ui.onText

/** Which of the phones that should be at a place are there, and why the others are not. */
class CheckPane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    private val scan = ScanBox(host, page, SCAN)
    private var with = ""

    /** What the last scan was refused for, or what it found. */
    private var said: Pair<String, Boolean>? = null
    private var isOver = false

    override val isLeftInPeace: Boolean get() = true

    override fun load(): Unit = host.run {
        if (isOver) return@run
        val check = port.handOver.check()
        bar(text(R.string.device_check), check?.name)
        page.clear()
        if (check == null) choosePlace() else show(check)
    }

    private fun choosePlace() {
        page.title(text(R.string.check_where))
        page.body(text(R.string.check_why))
        acts(text(R.string.choose_check_place), {
            PlaceSheet(host, text(R.string.check_where)) { place ->
                host.run {
                    port.handOver.beginCheck(place)
                    load()
                }
            }.show()
        })
    }

    private fun show(check: DeviceCheck) {
        page.count(text(R.string.found_of, check.found, check.expected))
        said?.let { (words, isGood) ->
            val icon = if (isGood) R.drawable.state_sent else R.drawable.warning
            page.standing(words, icon, if (isGood) R.attr.opSent else R.attr.opWaiting)
        }
        val who = page.box(text(R.string.who_has_it), with)
        who.onText { with = who.text.toString() }
        scan.show(text(R.string.number_or_label), ::scanned)
        // What needs a person stands first.
        check.lines.sortedByDescending { it.isOpen }.forEach { page.entry(row(it)) }
        val open = context.resources.getQuantityString(R.plurals.check_open, check.open, check.open)
        if (check.open > 0) page.second(open)
        acts(text(R.string.finish_check).takeIf { check.open == 0 }, ::finish)
    }

    private fun row(line: CheckLine) = RowItem.Entry(
        id = line.number,
        line1 = text(R.string.check_line, line.number, words(line.result)),
        line2 = listOfNotNull(
            when {
                line.result == CheckResult.WRONG_HANDS ->
                    text(R.string.seen_with, line.seenWith, line.holder.ifEmpty { text(R.string.nobody) })
                else -> line.holder.ifEmpty { null }
            },
            when {
                line.isOpen -> text(R.string.say_why)
                line.result != CheckResult.FOUND -> text(R.string.is_explained)
                else -> null
            },
        ).joinToString("\n").ifEmpty { null },
        icon = when {
            line.result == CheckResult.FOUND -> R.drawable.state_sent
            line.result == CheckResult.MISSING -> R.drawable.dot_empty
            else -> R.drawable.warning
        },
        open = { if (line.result != CheckResult.FOUND) explain(line) },
    )

    private fun words(of: CheckResult) = text(
        when (of) {
            CheckResult.FOUND -> R.string.check_found
            CheckResult.MISSING -> R.string.check_not_found
            CheckResult.EXTRA -> R.string.check_extra
            CheckResult.WRONG_HANDS -> R.string.check_wrong_hands
        },
    )

    private fun scanned(label: String): Unit = host.run {
        val seen = with
        val refused = port.handOver.checkScan(label, seen)
        with = ""
        val now = if (refused != null) refused to false else saidOf(label)
        said = now
        when {
            refused != null -> Tone.UNKNOWN
            now?.second == true -> Tone.GOOD
            else -> Tone.WRONG
        }.play()
        load()
    }

    /** The row tells the rest; this is read aloud and seen first. */
    private suspend fun saidOf(label: String): Pair<String, Boolean>? {
        val number = port.phones.find(label)?.number
        val line = port.handOver.check()?.lines?.firstOrNull { it.number == number } ?: return null
        return text(R.string.check_line, line.number, words(line.result)) to (line.result == CheckResult.FOUND)
    }

    private fun explain(line: CheckLine) = askWords(R.string.say_why, R.string.say_why) { reason ->
        host.run {
            port.handOver.explain(line.number, reason)
            load()
        }
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (isGood && code == SCAN) scan.read()
    }

    private fun finish(): Unit = host.run {
        val refused = port.handOver.finishCheck()
        if (refused != null) return@run host.tell(refused)
        isOver = true
        page.clear()
        page.standing(text(R.string.check_done), R.drawable.state_sent, R.attr.opSent)
        acts(text(R.string.close), { host.back() })
        host.recordsChanged()
    }

    private companion object {
        const val SCAN = 64
    }
}
