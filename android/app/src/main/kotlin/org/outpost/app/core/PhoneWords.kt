package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.PhoneRow
import org.outpost.sdk.Device
import org.outpost.sdk.OutpostException

/** What the core says of phones, in the person's language: its own words are English. */
internal class PhoneWords(val context: Context) {
    fun row(of: Device) = PhoneRow(
        number = of.number,
        state = state(of.state) ?: of.stateWords,
        isOut = of.state in OUT,
        holder = of.holder,
        model = of.model,
        serial = of.serial,
        sim = of.msisdn,
        iccid = of.iccid,
        district = of.district,
        open = of.stillOpen.split(',').map { it.trim() }.filter { it.isNotEmpty() }.map(::open),
    )

    private fun state(code: String): String? = when (code) {
        "ORDERED" -> R.string.phone_state_ordered
        "RECEIVED" -> R.string.phone_state_received
        "PREPARED" -> R.string.phone_state_prepared
        "HANDED_OVER" -> R.string.phone_state_handed_over
        "IN_USE" -> R.string.phone_state_in_use
        "IN_REPAIR" -> R.string.phone_state_in_repair
        "LOST" -> R.string.phone_state_lost
        "STOLEN" -> R.string.phone_state_stolen
        "RECOVERED" -> R.string.phone_state_recovered
        "RETURNED" -> R.string.phone_state_returned
        "WIPED" -> R.string.phone_state_wiped
        "RETIRED" -> R.string.phone_state_retired
        else -> null
    }?.let(context::getString)

    /** An open end; accessories that are missing stand there as the project wrote them. */
    fun open(words: String): String = when (words) {
        "signature of the health worker" -> context.getString(R.string.open_signature_worker)
        "signature of the supervisor" -> context.getString(R.string.open_signature_supervisor)
        "signature of the council" -> context.getString(R.string.open_signature_council)
        "stamp 1" -> context.getString(R.string.open_stamp, 1)
        "stamp 2" -> context.getString(R.string.open_stamp, 2)
        "copy 1" -> context.getString(R.string.open_copy, 1)
        "copy 2" -> context.getString(R.string.open_copy, 2)
        "data not wiped" -> context.getString(R.string.open_wipe)
        else -> words
    }

    /** Open ends wherever they stand in a longer text. */
    fun openIn(text: String): String = OPEN_ENDS.fold(text) { now, end -> now.replace(end, open(end)) }

    /**
     * What is wrong with a step in words, for the page itself; `null` when it was taken.
     *
     * @param holder who has the phone, asked only when somebody does
     */
    inline fun refusal(holder: () -> String, step: () -> Unit): String? = try {
        step()
        null
    } catch (refused: OutpostException.InvalidInput) {
        if (refused.code == GIVEN) context.getString(R.string.phone_already_given, holder()) else why(refused)
    } catch (_: OutpostException.NotFound) {
        context.getString(R.string.phone_not_listed)
    }

    fun why(refused: OutpostException.InvalidInput): String = when (refused.code) {
        NO_PROGRAM -> R.string.no_phone_list
        "state" -> R.string.phone_not_ready
        "mixed_up" -> R.string.mixed_up
        "missing", "earlier_step" -> R.string.something_missing
        "label" -> R.string.label_foreign
        else -> null
    }?.let(context::getString) ?: refused.message ?: context.getString(R.string.what_invalid_input)

    /** Why a SIM card is not put in. */
    fun whyNoSim(refused: OutpostException.InvalidInput): String = when (refused.code) {
        "inside_already" -> R.string.sim_inside_already
        "not_usable" -> R.string.sim_not_usable
        "too_early" -> R.string.sim_too_early
        "fact" -> if (refused.field == "msisdn") R.string.sim_number_wrong else R.string.sim_iccid_wrong
        else -> null
    }?.let(context::getString) ?: why(refused)

    companion object {
        /** Code of a refusal: somebody has the phone. */
        const val GIVEN = "already_with"

        private val OPEN_ENDS = listOf(
            "signature of the health worker", "signature of the supervisor", "signature of the council",
            "stamp 1", "stamp 2", "copy 1", "copy 2", "data not wiped",
        )

        /** States in which somebody has the phone. */
        private val OUT = setOf("HANDED_OVER", "IN_USE")
    }
}
