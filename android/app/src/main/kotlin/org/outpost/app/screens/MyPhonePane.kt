package org.outpost.app.screens

import android.content.Intent
import android.text.format.Formatter
import android.view.ViewGroup
import android.widget.ImageView
import java.text.NumberFormat
import org.outpost.app.R
import org.outpost.app.model.Health
import org.outpost.app.model.Helper
import org.outpost.app.model.PhoneCard
import org.outpost.app.model.PhoneFinding
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.length
import org.outpost.app.ui.locale

/** Which phone this is, whose, whether it is well, who helps; then the phone's own check. */
class MyPhonePane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    private val scan = ScanBox(host, page, SCAN)

    override fun load(): Unit = host.run {
        val card = port.phones.card()
        val power = port.phones.power()
        val helper = (card as? PhoneCard.Known)?.helper ?: port.help.helper()
        val takesRequests = port.help.mine() != null
        bar(text(R.string.my_phone))
        page.clear()
        when (card) {
            PhoneCard.NoList -> Unit
            PhoneCard.NotSaid -> askWhich()
            is PhoneCard.Known -> show(card)
        }
        power.batteryPercent?.let {
            page.fact(text(R.string.battery), NumberFormat.getPercentInstance(context.locale).format(it / PERCENT))
        }
        page.fact(text(R.string.free_room), Formatter.formatShortFileSize(context, power.freeBytes))
        (card as? PhoneCard.Known)?.let(::findings)
        helper(helper)
        (card as? PhoneCard.Known)?.let(::agreement)
        check()
        acts(text(R.string.report_problem).takeIf { takesRequests }, { host.open(Route.To(Place.REPORT)) })
    }

    private fun askWhich() {
        page.title(text(R.string.which_phone))
        page.body(text(R.string.which_phone_why))
        scan.show(text(R.string.number_or_label), ::isThis)
    }

    private fun isThis(label: String): Unit = host.run {
        val wrong = port.phones.setCard(label)
        if (wrong != null) host.tell(wrong) else load()
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (code == SCAN && isGood) scan.read()
    }

    private fun show(card: PhoneCard.Known) {
        page.count(text(R.string.phone_number_is, card.number))
        if (card.model.isNotEmpty()) page.second(card.model)
        page.view(
            ImageView(context).apply {
                setImageBitmap(Pictures.qrOf(card.number, context.length(R.dimen.qr_small)))
                contentDescription = text(R.string.code_of_phone)
                adjustViewBounds = true
                maxHeight = context.length(R.dimen.qr_small)
                scaleType = ImageView.ScaleType.FIT_START
            },
        )
        page.fact(text(R.string.given_to_whom), card.holder.ifEmpty { text(R.string.nobody) })
        if (card.isOwn) page.second(text(R.string.own_phone))
        if (card.simEnd.isNotEmpty()) {
            page.fact(text(R.string.sim_card), text(R.string.sim_ends, card.sim, card.simEnd))
        }
    }

    /** What is wrong, each with its act; the clock is named when it is right, too. */
    private fun findings(card: PhoneCard.Known) {
        if (card.isWipeOrdered) {
            page.standing(text(R.string.wipe_ordered), R.drawable.error, R.attr.opDanger)
            page.secondary(text(R.string.wipe)) { host.open(Route.To(Place.WIPE)) }
        }
        if (card.asksPassword) page.standing(text(R.string.lease_over), R.drawable.warning, R.attr.opWaiting)
        card.leaseDaysLeft?.let { days ->
            page.second(context.resources.getQuantityString(R.plurals.lease_left, days, days))
        }
        if (card.findings.none { it.code == CLOCK }) {
            page.standing(text(R.string.clock_right), R.drawable.state_sent, R.attr.opSent)
        }
        card.findings.forEach(::finding)
    }

    private fun finding(of: PhoneFinding) {
        if (!of.needsHelp) {
            page.standing(of.words, R.drawable.warning, R.attr.opWaiting)
            return
        }
        page.entry(
            RowItem.Entry(
                of.code, of.words, text(R.string.report_problem), R.drawable.warning,
                open = { host.open(Route.To(Place.REPORT, reportOf(of.code))) },
            ),
        )
    }

    /** A finding is filed under the problem that it is, with its code as the error. */
    private fun reportOf(code: String) = when (code) {
        "SIM_CHANGED", "SIM_MISSING" -> "SIM_CHANGED|$code"
        "NOT_SYNCED" -> "NOT_SENDING|$code"
        else -> "OTHER|$code"
    }

    private fun helper(helper: Helper?) {
        if (helper == null) {
            page.second(text(R.string.no_helper))
            return
        }
        page.heading(text(R.string.helper_is, helper.name))
        helper.phone?.let { phone -> page.secondary(text(R.string.call_number, phone)) { host.dial(phone) } }
    }

    private fun agreement(card: PhoneCard.Known) {
        if (card.agreement.isEmpty()) return
        page.heading(text(R.string.agreement))
        card.agreement.forEach { page.body(it) }
    }

    /** The phone's own check: what is wrong stands first, each with what to do. */
    private suspend fun check() {
        page.heading(text(R.string.check_of_phone))
        port.device.check().sortedByDescending { it.health }.forEach { line ->
            val (icon, colour) = when (line.health) {
                Health.GOOD -> R.drawable.state_sent to R.attr.opSent
                Health.WARN -> R.drawable.warning to R.attr.opWaiting
                Health.BAD -> R.drawable.error to R.attr.opDanger
            }
            page.standing(text(R.string.fact, line.name, line.found), icon, colour)
            if (line.health != Health.GOOD) page.second(line.whatToDo)
        }
    }

    private companion object {
        const val SCAN = 52
        const val CLOCK = "CLOCK_WRONG"
        const val PERCENT = 100.0
    }
}
