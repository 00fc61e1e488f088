package org.outpost.app.screens

import android.content.Intent
import android.os.Bundle
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.Signer
import org.outpost.app.model.TakeBack
import org.outpost.app.model.TakeBackFacts
import org.outpost.app.model.TakeBackStep
import org.outpost.app.ui.onText

/** Takes a phone back: phone, condition, signatures, the wipe last. Kept at each step. */
class TakeBackPane(host: PaneHost, parent: ViewGroup) : StepPane(host, parent, R.string.take_phone_back) {
    private val scan = ScanBox(host, page, SCAN)
    private val signers = SignerRows(host, page, PAPER) { of, signature ->
        put { copy(signatures = signatures + (of to signature)) }
    }
    private var state: TakeBack? = null
    private var facts = TakeBackFacts()

    /** The step that the person went back to. */
    private var shown: TakeBackStep? = null
    private var isOver = false

    override fun load(): Unit = host.run { show(port.handOver.takeBack()) }

    override fun save(state: Bundle) {
        state.putString(STEP, shown?.name)
        signers.save(state)
    }

    override fun restore(state: Bundle) {
        shown = state.getString(STEP)?.let(TakeBackStep::valueOf)
        signers.restore(state)
    }

    override fun leave() {
        if (state?.number == null || isOver || facts == state?.facts) return
        val last = facts
        host.carry { port.handOver.keep(last) }
    }

    override fun onBack(): Boolean {
        val at = step()
        if (isOver || at == TakeBackStep.PHONE) return false
        go(TakeBackStep.entries[at.ordinal - 1])
        return true
    }

    private fun step(): TakeBackStep {
        val reached = state?.step ?: TakeBackStep.PHONE
        val last = if (reached < TakeBackStep.SIGN) reached else TakeBackStep.WIPE
        return minOf(shown ?: reached, last)
    }

    private fun go(to: TakeBackStep) {
        shown = to
        refusal = null
        state?.let { draw(it) }
    }

    private fun show(now: TakeBack) {
        facts = now.facts
        draw(now)
    }

    private fun draw(now: TakeBack) {
        state = now
        if (isOver) return
        val at = step()
        begin(STEPS, at.ordinal)
        now.number?.let { page.second(text(R.string.phone_is, it)) }
        if (now.holder.isNotEmpty()) page.second(text(R.string.fact, text(R.string.given_to_whom), now.holder))
        when (at) {
            TakeBackStep.PHONE -> phone(now)
            TakeBackStep.CONDITION -> condition()
            TakeBackStep.SIGN -> sign(now)
            TakeBackStep.WIPE, TakeBackStep.FINISH -> wiped(now)
        }
    }

    private fun phone(now: TakeBack) {
        page.body(text(R.string.scan_phone))
        scan.show(text(R.string.label_of_phone), ::scanned)
        acts(text(R.string.next).takeIf { now.number != null }, { go(TakeBackStep.CONDITION) })
    }

    private fun scanned(label: String): Unit = host.run {
        refusal = port.handOver.scanReturned(label)
        shown = if (refusal == null) TakeBackStep.CONDITION else TakeBackStep.PHONE
        kept()
        show(port.handOver.takeBack())
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (isGood && code == SCAN) scan.read()
        if (isGood && code == PAPER) signers.read()
    }

    private fun condition() {
        conditions(facts.condition) { put { copy(condition = it) } }
        field(R.string.accessories, facts.accessories) { facts.copy(accessories = it) }
        field(R.string.why_back, facts.reason) { facts.copy(reason = it) }
        acts(text(R.string.next), ::checked, text(R.string.back), { go(TakeBackStep.PHONE) })
    }

    private fun field(label: Int, now: String, typed: (String) -> TakeBackFacts) {
        val box = page.box(text(label), now)
        box.onText { facts = typed(box.text.toString()) }
    }

    private fun checked(): Unit = host.run {
        val now = port.handOver.keep(facts)
        kept()
        val isMissing = now.step == TakeBackStep.CONDITION
        refusal = text(R.string.say_condition).takeIf { isMissing }
        shown = if (isMissing) TakeBackStep.CONDITION else TakeBackStep.SIGN
        show(now)
    }

    /** Keeps at once, then shows. */
    private fun put(change: TakeBackFacts.() -> TakeBackFacts) = host.carry {
        // The camera may come back before what was kept is read.
        val before = state ?: port.handOver.takeBack().also { facts = it.facts }
        state = before
        facts = facts.change()
        val at = step()
        val now = port.handOver.keep(facts)
        kept()
        shown = at
        show(now)
    }

    private fun sign(now: TakeBack) {
        val guess = mapOf(Signer.WORKER to now.holder)
        signers.show(listOf(Signer.WORKER, Signer.SUPERVISOR), facts.signatures, guess)
        acts(text(R.string.next), { go(TakeBackStep.WIPE) }, text(R.string.back), { go(TakeBackStep.CONDITION) })
    }

    private fun wiped(now: TakeBack) {
        page.heading(text(R.string.are_data_wiped))
        page.choice(
            listOf("true" to text(R.string.yes), "false" to text(R.string.no)), facts.isWiped?.toString(),
        ) { put { copy(isWiped = it == "true") } }
        page.openEnds(context, now.open)
        acts(text(R.string.take_back_now), ::finish, text(R.string.back), { go(TakeBackStep.SIGN) })
    }

    private fun finish(): Unit = host.run {
        val last = port.handOver.keep(facts)
        refusal = port.handOver.finishTakeBack()
        if (refusal != null) {
            if (facts.reason.isBlank()) shown = TakeBackStep.CONDITION
            return@run show(last)
        }
        isOver = true
        end(text(R.string.taken_back_end, last.number.orEmpty()), last.open)
        host.recordsChanged()
    }

    private companion object {
        const val SCAN = 63
        const val PAPER = 67
        const val STEP = "step"
        val STEPS = listOf(R.string.step_phone, R.string.step_condition, R.string.step_sign, R.string.step_wipe)
    }
}
