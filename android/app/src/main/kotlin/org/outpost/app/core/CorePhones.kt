package org.outpost.app.core

import android.content.Context
import android.os.BatteryManager
import org.outpost.app.R
import org.outpost.app.model.Helper
import org.outpost.app.model.PhoneCard
import org.outpost.app.model.PhoneFinding
import org.outpost.app.model.PhonePower
import org.outpost.app.model.PhonesPort
import org.outpost.sdk.MyPhone
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PhoneSeen
import org.outpost.sdk.Session
import org.outpost.sdk.WipeStep

/** Code of a refusal: the forms of the roll-out are not on this phone. */
internal const val NO_PROGRAM = "no_program"

/** Phones and tablets of a roll-out on the core. */
internal class CorePhones(
    private val context: Context,
    private val session: suspend () -> Session,
) : PhonesPort {
    override suspend fun card(): PhoneCard = told {
        try {
            session().devices.myPhone(seen()).toCard()
        } catch (refused: OutpostException.InvalidInput) {
            if (refused.code == NO_PROGRAM) PhoneCard.NoList else PhoneCard.NotSaid
        } catch (_: OutpostException.NotFound) {
            PhoneCard.NotSaid
        }
    }

    /** Android shows neither SIM card nor serial number to an app like this; those are scanned. */
    private fun seen() = PhoneSeen(
        freeBytes = freeBytes(),
        appVersion = version(),
        keyHolderIsPresent = true,
    )

    private fun freeBytes() = context.filesDir.usableSpace

    private fun version(): List<Long> {
        val name = context.packageManager.getPackageInfo(context.packageName, 0).versionName.orEmpty()
        return name.split('.').mapNotNull { it.toLongOrNull() }
    }

    private fun MyPhone.toCard() = PhoneCard.Known(
        number = number,
        model = model,
        holder = holder,
        sim = msisdn,
        simEnd = iccidEnd,
        isOwn = isPersonal,
        agreement = responsibilities,
        helper = supportName.ifEmpty { null }?.let { Helper(it, supportPhone.ifEmpty { null }, null) },
        findings = findings.map { PhoneFinding(it.code, words(it.code) ?: it.words, it.proposesRequest) },
        leaseDaysLeft = leaseDaysLeft?.toInt(),
        asksPassword = asksPassword,
        isWipeOrdered = wipe != WipeStep.NOTHING,
    )

    /** The core's words are English. */
    private fun words(code: String): String? = when (code) {
        "SIM_CHANGED" -> R.string.finding_sim_changed
        "SIM_MISSING" -> R.string.finding_sim_missing
        "STORAGE_LOW" -> R.string.finding_storage_low
        "CLOCK_WRONG" -> R.string.finding_clock_wrong
        "APP_OLD" -> R.string.finding_app_old
        "NOT_SYNCED" -> R.string.finding_not_synced
        else -> null
    }?.let(context::getString)

    override suspend fun power(): PhonePower {
        val battery = context.getSystemService(BatteryManager::class.java)
            ?.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY)
        return PhonePower(battery?.takeIf { it in 1..100 }, freeBytes())
    }

    override suspend fun setCard(scan: String): String? = told {
        refusal { session().devices.setMyPhone(scan.trim()) }
    }

    /** Runs a step of a scan; what is wrong with it in words, for the page itself. */
    private inline fun refusal(step: () -> Unit): String? = try {
        step()
        null
    } catch (refused: OutpostException.InvalidInput) {
        phoneRefusal(context, refused)
    } catch (_: OutpostException.NotFound) {
        context.getString(R.string.phone_not_listed)
    }
}

/** Why the core takes a phone not, in the person's language. */
internal fun phoneRefusal(context: Context, refused: OutpostException.InvalidInput): String = when (refused.code) {
    NO_PROGRAM -> context.getString(R.string.no_phone_list)
    "already_with" -> context.getString(R.string.phone_already_given)
    "state" -> context.getString(R.string.phone_not_ready)
    "mixed_up" -> context.getString(R.string.mixed_up)
    else -> if ("label" in refused.field) context.getString(R.string.label_foreign)
    else refused.message ?: context.getString(R.string.what_invalid_input)
}
