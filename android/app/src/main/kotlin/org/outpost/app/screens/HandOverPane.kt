package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.os.Bundle
import android.text.InputType
import android.view.ViewGroup
import org.outpost.app.R
import org.outpost.app.model.HandOver
import org.outpost.app.model.HandOverFacts
import org.outpost.app.model.HandOverStep
import org.outpost.app.model.MixUp
import org.outpost.app.model.Signer
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.colour
import org.outpost.app.ui.onText

/**
 * Gives a phone out: box, phone, check, sign, stamps. Nothing goes on while box and phone differ.
 *
 * @param name under which it is kept
 */
class HandOverPane(host: PaneHost, parent: ViewGroup, private val name: String) :
    StepPane(host, parent, R.string.give_out) {

    private val scan = ScanBox(host, page, SCAN)
    private val photo = PhotoCamera(host, PHOTO)
    private val signers = SignerRows(host, page, PAPER) { of, signature ->
        put { copy(signatures = signatures + (of to signature)) }
    }
    private var state: HandOver? = null
    private var facts = HandOverFacts()

    /** Name of the place where the phone is used from now on. */
    private var placeName: String? = null

    /** The step that the person went back to. */
    private var shown: HandOverStep? = null

    /** In a mix-up, whether the box is scanned again and not the phone. */
    private var isBoxAgain = false
    private var isOver = false

    override fun load(): Unit = host.run { show(read()) }

    private suspend fun read(): HandOver {
        val now = port.handOver.handOver(name)
        facts = now.facts
        if (facts.helperName.isEmpty()) port.help.helper()?.let {
            facts = facts.copy(helperName = it.name, helperPhone = it.phone.orEmpty())
        }
        placeName = facts.place?.let { port.device.placeName(it) ?: it }
        state = now
        return now
    }

    override fun save(state: Bundle) {
        state.putString(STEP, shown?.name)
        signers.save(state)
    }

    override fun restore(state: Bundle) {
        shown = state.getString(STEP)?.let(HandOverStep::valueOf)
        signers.restore(state)
    }

    /** What was typed last is kept, too. */
    override fun leave() {
        if (state?.box == null || isOver || facts == state?.facts) return
        val last = facts
        host.carry { port.handOver.keep(name, last) }
    }

    override fun onBack(): Boolean {
        val at = step()
        if (isOver || at == HandOverStep.BOX) return false
        go(HandOverStep.entries[at.ordinal - 1])
        return true
    }

    private fun step(): HandOverStep {
        val reached = state?.step ?: HandOverStep.BOX
        // What is to be scanned cannot be passed over; the rest may stay open.
        val last = if (reached < HandOverStep.CHECK) reached else HandOverStep.STAMP
        return minOf(shown ?: reached, last)
    }

    private fun go(to: HandOverStep) {
        shown = to
        refusal = null
        state?.let(::show)
    }

    private fun show(now: HandOver) {
        state = now
        if (isOver) return
        val at = step()
        begin(STEPS, at.ordinal)
        listOfNotNull(
            now.box?.let { text(R.string.box_is, it) }, now.phone?.let { text(R.string.phone_is, it) },
        ).forEach { page.second(it) }
        when (at) {
            HandOverStep.BOX -> box(now)
            HandOverStep.PHONE -> now.mixedUp?.let(::mixedUp) ?: phone(now)
            HandOverStep.CHECK -> check(now)
            HandOverStep.SIGN -> sign(now)
            HandOverStep.STAMP, HandOverStep.FINISH -> stamp(now)
        }
        page.danger(text(R.string.stop_here)) {
            askWords(R.string.why_stop, R.string.stop_here, ::stop)
        }
    }

    private fun box(now: HandOver) {
        page.body(text(R.string.scan_box))
        scan.show(text(R.string.label_of_box), ::scanBox)
        acts(text(R.string.next).takeIf { now.box != null }, { go(HandOverStep.PHONE) })
    }

    private fun phone(now: HandOver) {
        page.body(text(R.string.scan_phone))
        scan.show(text(R.string.label_of_phone), ::scanPhone)
        acts(
            text(R.string.next).takeIf { now.step >= HandOverStep.CHECK }, { go(HandOverStep.CHECK) },
            text(R.string.back), { go(HandOverStep.BOX) },
        )
    }

    /** Both numbers large, whose the phone is, and no way on but the right one. */
    private fun mixedUp(mixed: MixUp) {
        page.standing(text(R.string.mixed_up), R.drawable.error, R.attr.opDanger)
        page.body(text(R.string.the_box_says))
        page.count(mixed.box).setTextColor(context.colour(R.attr.opDanger))
        page.body(text(R.string.the_phone_says))
        page.count(mixed.phone).setTextColor(context.colour(R.attr.opDanger))
        page.body(
            if (mixed.phoneHolder.isEmpty()) text(R.string.phone_is_of_nobody, mixed.phone)
            else text(R.string.phone_is_of, mixed.phone, mixed.phoneHolder),
        )
        page.body(text(R.string.what_to_do_mixed))
        if (isBoxAgain) scan.show(text(R.string.label_of_box), ::scanBox)
        else scan.show(text(R.string.label_of_phone), ::scanPhone)
        val other = if (isBoxAgain) R.string.scan_phone_again else R.string.scan_box_again
        page.secondary(text(other)) {
            isBoxAgain = !isBoxAgain
            state?.let(::show)
        }
        acts(null)
    }

    private fun scanBox(label: String) = scanned { port.handOver.scanBox(name, label) }

    private fun scanPhone(label: String) = scanned { port.handOver.scanPhone(name, label) }

    private fun scanned(take: suspend () -> String?): Unit = host.run {
        val refused = take()
        val now = port.handOver.handOver(name)
        shown = null
        isBoxAgain = false
        // A mix-up has a page of its own.
        refusal = refused.takeIf { now.mixedUp == null }
        kept()
        show(now)
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (!isGood) return
        if (code == SCAN) scan.read()
        if (code == PAPER) signers.read()
        if (code == PHOTO) photo.keep(STAMPS) { id -> put { copy(stampPhoto = id) } }
    }

    private fun check(now: HandOver) {
        now.device?.let { device ->
            if (device.model.isNotEmpty()) page.fact(text(R.string.model_of), device.model)
            if (device.serial.isNotEmpty()) page.fact(text(R.string.serial_number), device.serial)
            if (device.iccid.isNotEmpty()) page.fact(text(R.string.sim_card), device.iccid)
        }
        field(R.string.who_gets, facts.receiver) { facts.copy(receiver = it) }
        field(R.string.user_name_of, facts.receiverUser) { facts.copy(receiverUser = it) }
        page.fact(text(R.string.phone_place), placeName ?: text(R.string.place_as_before))
        page.secondary(text(R.string.choose_check_place)) {
            PlaceSheet(host, text(R.string.phone_place)) { id -> put { copy(place = id) } }.show()
        }
        conditions(facts.condition) { put { copy(condition = it) } }
        field(R.string.accessories, facts.accessories) { facts.copy(accessories = it) }
        field(R.string.whom_to_call, facts.helperName) { facts.copy(helperName = it) }
        field(R.string.number_to_call, facts.helperPhone, InputType.TYPE_CLASS_PHONE) { facts.copy(helperPhone = it) }
        page.switch(text(R.string.declines), facts.isDeclined) { put { copy(isDeclined = it) } }
        if (facts.isDeclined) field(R.string.why_title, facts.reason) { facts.copy(reason = it) }
        val main = if (facts.isDeclined) R.string.write_down_declined else R.string.next
        acts(
            text(main), { if (facts.isDeclined) finish() else checked() },
            text(R.string.back), { go(HandOverStep.PHONE) },
        )
    }

    private fun field(label: Int, now: String, kind: Int = WORDS, typed: (String) -> HandOverFacts) {
        val box = page.box(text(label), now, kind)
        box.onText { facts = typed(box.text.toString()) }
    }

    private fun checked(): Unit = host.run {
        val now = port.handOver.keep(name, facts)
        kept()
        val isMissing = now.step == HandOverStep.CHECK
        refusal = text(R.string.say_who_and_condition).takeIf { isMissing }
        shown = if (isMissing) HandOverStep.CHECK else HandOverStep.SIGN
        show(now)
    }

    /** Keeps at once, then shows. */
    private fun put(change: HandOverFacts.() -> HandOverFacts) = host.carry {
        // The camera may come back before what was kept is read.
        if (state == null) read()
        facts = facts.change()
        placeName = facts.place?.let { port.device.placeName(it) ?: it }
        val at = step()
        val now = port.handOver.keep(name, facts)
        kept()
        shown = at
        show(now)
    }

    private fun sign(now: HandOver) {
        val guess = mapOf(Signer.WORKER to facts.receiver, Signer.SUPERVISOR to facts.helperName)
        signers.show(Signer.entries, now.facts.signatures, guess)
        field(R.string.agreement_version, facts.agreementVersion) { facts.copy(agreementVersion = it) }
        acts(
            text(R.string.next), { go(HandOverStep.STAMP) },
            text(R.string.back), { go(HandOverStep.CHECK) },
        )
    }

    private fun stamp(now: HandOver) {
        page.switch(text(R.string.stamped_1), facts.isStamped1) { put { copy(isStamped1 = it) } }
        page.switch(text(R.string.stamped_2), facts.isStamped2) { put { copy(isStamped2 = it) } }
        copy(R.string.copy_1_where, facts.copy1) { code -> put { copy(copy1 = code) } }
        copy(R.string.copy_2_where, facts.copy2) { code -> put { copy(copy2 = code) } }
        page.fact(
            text(R.string.stamp_photo),
            text(if (facts.stampPhoto.isEmpty()) R.string.no_picture else R.string.picture_kept),
        )
        page.secondary(text(R.string.take_photo)) { photo.start() }
        page.openEnds(context, now.open)
        acts(
            text(R.string.give_out_now), ::finish,
            text(R.string.back), { go(HandOverStep.SIGN) },
        )
    }

    private fun copy(title: Int, now: String?, chosen: (String) -> Unit) {
        val words = COPIES.firstOrNull { it.first == now }?.second ?: R.string.not_chosen
        val id = context.resources.getResourceEntryName(title)
        page.entry(
            RowItem.Entry(id, text(title), text(words), R.drawable.agreement, open = {
                AlertDialog.Builder(context).setTitle(title)
                    .setItems(COPIES.map { text(it.second) }.toTypedArray()) { _, at -> chosen(COPIES[at].first) }
                    .setNegativeButton(R.string.back, null).show()
            }),
        )
    }

    private fun finish(): Unit = host.run {
        val last = port.handOver.keep(name, facts)
        val refused = port.handOver.finish(name)
        if (refused != null) {
            refusal = refused
            return@run show(last)
        }
        isOver = true
        val number = last.box.orEmpty()
        if (facts.isDeclined) end(text(R.string.declined_end), emptyList())
        else end(text(R.string.given_out_end, number, facts.receiver), last.open)
        host.recordsChanged()
    }

    private fun stop(reason: String): Unit = host.run {
        port.handOver.stop(name, reason)
        isOver = true
        host.back()
    }

    private companion object {
        const val SCAN = 61
        const val PHOTO = 62
        const val PAPER = 66
        const val STEP = "step"
        const val STAMPS = "stamps.jpg"
        const val WORDS = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
        val STEPS = listOf(
            R.string.step_box, R.string.step_phone, R.string.step_check, R.string.step_sign, R.string.step_stamp,
        )

        /** Codes of where a copy can be. */
        val COPIES = listOf(
            "DISTRICT" to R.string.copy_at_district, "BOX_FILE" to R.string.copy_in_box_file,
            "ON_THE_WAY" to R.string.copy_on_the_way, "SUPERVISOR" to R.string.copy_with_supervisor,
            "LOST" to R.string.copy_lost,
        )
    }
}
