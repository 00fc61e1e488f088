package org.outpost.app.core

import android.content.Context
import android.os.BatteryManager
import org.outpost.app.R
import org.outpost.app.model.Helper
import org.outpost.app.model.NewSimCard
import org.outpost.app.model.PhoneCard
import org.outpost.app.model.PhoneFinding
import org.outpost.app.model.PhoneOrders
import org.outpost.app.model.PhonePower
import org.outpost.app.model.PhoneRow
import org.outpost.app.model.PhonesPort
import org.outpost.app.model.SimPut
import org.outpost.app.model.WipeOrder
import org.outpost.sdk.DeviceQuery
import org.outpost.sdk.MyPhone
import org.outpost.sdk.NewSim
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PhoneSeen
import org.outpost.sdk.Session
import org.outpost.sdk.WipeStep

/** Code of a refusal: the forms of the roll-out are not on this phone. */
internal const val NO_PROGRAM = "no_program"

/** Code of a refusal: the SIM card is known in another phone. */
private const val ELSEWHERE = "in_another"

/** Code of a refusal: nobody said which phone this is. */
private const val NOT_SAID = "unknown"

/**
 * So many days without contact and without the password, then the password is asked for. A month: who
 * works far from any network is asked once in it.
 */
private const val LEASE_DAYS = 30

/** Phones and tablets of a roll-out on the core. */
internal class CorePhones(
    private val context: Context,
    private val session: suspend () -> Session,
) : PhonesPort {
    private val words = PhoneWords(context)

    override suspend fun card(): PhoneCard = mine(isKeyHolderThere = true, PhoneCard.NoList, PhoneCard.NotSaid) {
        it.toCard()
    }

    override suspend fun orders(isPasswordTyped: Boolean): PhoneOrders {
        val none = PhoneOrders()
        return mine(isPasswordTyped, none, none) { PhoneOrders(it.wipe.toOrder(), it.asksPassword) }
    }

    /** Something of this phone; [noList] where the server keeps no list, [notSaid] when it is none of it. */
    private suspend fun <T> mine(isKeyHolderThere: Boolean, noList: T, notSaid: T, read: (MyPhone) -> T): T = told {
        try {
            read(session().devices.myPhone(seen(isKeyHolderThere)))
        } catch (refused: OutpostException.InvalidInput) {
            when (refused.code) {
                NO_PROGRAM -> noList
                NOT_SAID -> notSaid
                else -> throw refused
            }
        } catch (_: OutpostException.NotFound) {
            notSaid
        }
    }

    /** Android shows neither SIM card nor serial number to an app like this; those are scanned. */
    private fun seen(isKeyHolderThere: Boolean) = PhoneSeen(
        freeBytes = freeBytes(),
        appVersion = version(),
        keyHolderIsPresent = isKeyHolderThere,
    )

    private fun WipeStep.toOrder() = when (this) {
        WipeStep.NOTHING -> WipeOrder.NONE
        WipeStep.LOCK_AND_WAIT -> WipeOrder.WAIT
        WipeStep.EXPORT_THEN_WIPE -> WipeOrder.EXPORT_FIRST
        WipeStep.WIPE -> WipeOrder.NOW
    }

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
        findings = findings.map { PhoneFinding(it.code, finding(it.code) ?: it.words, it.proposesRequest) },
        leaseDaysLeft = leaseDaysLeft?.toInt(),
        asksPassword = asksPassword,
        isWipeOrdered = wipe != WipeStep.NOTHING,
    )

    /** The core's words are English. */
    private fun finding(code: String): String? = when (code) {
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

    override suspend fun setCard(scan: String): String? =
        told { words.refusal({ "" }) { session().devices.setMyPhone(scan.trim(), LEASE_DAYS) } }

    override suspend fun list(search: String): List<PhoneRow> = told {
        session().devices.list(DeviceQuery(search = search.trim().ifEmpty { null })).map(words::row)
    }

    override suspend fun find(scan: String): PhoneRow? = told {
        try {
            words.row(session().devices.find(scan.trim()))
        } catch (_: OutpostException.InvalidInput) {
            null
        } catch (_: OutpostException.NotFound) {
            null
        }
    }

    override suspend fun putSim(phone: String, card: NewSimCard): SimPut = told {
        val glued = card.gluedBy.trim().ifEmpty { null }
        val new = NewSim(card.iccid, card.number, "", glued, card.isSealed, card.isMoved)
        try {
            session().sims.put(phone, new)
            SimPut.Done
        } catch (refused: OutpostException.InvalidInput) {
            val other = if (refused.code == ELSEWHERE) otherThan(phone, card.iccid) else null
            other?.let { SimPut.Elsewhere(it) } ?: SimPut.Refused(words.whyNoSim(refused))
        }
    }

    /** In which other phone a card is known. */
    private suspend fun otherThan(phone: String, iccid: String): String? {
        val own = session().devices.find(phone).number
        return session().sims.find(iccid).inside.firstOrNull { it != own }
    }
}
