package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.os.Bundle
import android.text.InputType
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.NewSimCard
import org.outpost.app.model.PhoneRow
import org.outpost.app.model.SimPut
import org.outpost.app.ui.onText

/** Another SIM card for a phone: first the number on it, scanned or typed, then what else is known. */
class SimPane(host: PaneHost, parent: ViewGroup, private val number: String) : PagePane(host, parent) {
    private val scan = ScanBox(host, page, SCAN)
    private var card = NewSimCard("", "", "", isSealed = false, isMoved = false)

    override val isLeftInPeace: Boolean get() = card.iccid.isNotEmpty()

    override fun load(): Unit = host.run {
        val phone = port.phones.find(number) ?: return@run host.back()
        bar(text(R.string.sim_put), text(R.string.phone_number_is, phone.number))
        page.clear()
        page.fact(text(R.string.sim_inside), inside(phone))
        if (card.iccid.isEmpty()) askWhich() else askMore()
    }

    private fun inside(phone: PhoneRow) =
        listOf(phone.sim, phone.iccid).filter { it.isNotEmpty() }.joinToString(", ").ifEmpty { text(R.string.no_sim) }

    private fun askWhich() {
        page.body(text(R.string.sim_scan))
        scan.show(text(R.string.sim_iccid)) { take(card.copy(iccid = it)) }
        acts(null)
    }

    private fun askMore() {
        page.second(text(R.string.sim_iccid))
        page.address(card.iccid)
        val called = page.box(text(R.string.sim_number), card.number, InputType.TYPE_CLASS_PHONE)
        called.onText { card = card.copy(number = called.text.toString()) }
        val glued = page.box(text(R.string.sim_glued_by), card.gluedBy)
        glued.onText { card = card.copy(gluedBy = glued.text.toString()) }
        page.switch(text(R.string.sim_sealed), card.isSealed) { card = card.copy(isSealed = it) }
        acts(
            text(R.string.sim_put_in), { put(card) },
            text(R.string.sim_other), { take(card.copy(iccid = "")) },
        )
    }

    private fun take(now: NewSimCard) {
        card = now
        load()
    }

    private fun put(card: NewSimCard): Unit = host.run {
        when (val put = port.phones.putSim(number, card)) {
            SimPut.Done -> {
                host.recordsChanged()
                host.back()
            }
            is SimPut.Elsewhere -> askMoved(put.phone)
            is SimPut.Refused -> host.tell(put.words)
        }
    }

    /** Only a person knows whether it was moved, or a wrong card was read. */
    private fun askMoved(from: String) {
        AlertDialog.Builder(context)
            .setTitle(R.string.sim_put)
            .setMessage(text(R.string.sim_moved, from))
            .setPositiveButton(R.string.sim_moved_yes) { _, _ -> put(card.copy(isMoved = true)) }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (code == SCAN && isGood) scan.read()
    }

    override fun save(state: Bundle) {
        state.putStringArray(CARD, arrayOf(card.iccid, card.number, card.gluedBy))
        state.putBoolean(SEALED, card.isSealed)
    }

    override fun restore(state: Bundle) {
        val (iccid, called, gluedBy) = state.getStringArray(CARD) ?: return
        card = NewSimCard(iccid, called, gluedBy, state.getBoolean(SEALED), isMoved = false)
    }

    private companion object {
        const val SCAN = 66
        const val CARD = "card"
        const val SEALED = "sealed"
    }
}
