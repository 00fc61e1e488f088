package org.outpost.app.safety

import org.outpost.app.model.PhoneOrders
import org.outpost.app.model.WipeOrder

/** Why neither PIN nor finger opens. */
enum class Hold {
    /** A wipe is ordered, and something is not sent yet: nobody sees people here any more. */
    WIPE_WAITS,

    /** The server says that the account is switched off. */
    SWITCHED_OFF,

    /** Without contact for longer than was agreed. */
    LEASE_OVER,
}

/** What the app does about what was ordered of the phone. */
sealed interface PhoneAct {
    /** It opens as always. */
    object Open : PhoneAct

    /** It locks, and says why. */
    data class Lock(val why: Hold) : PhoneAct

    /** It wipes; what is not sent goes into a locked file first if [isExported]. */
    data class Wipe(val isExported: Boolean) : PhoneAct
}

/**
 * What the app does now. Unsent work is never wiped away: where it can go into no file, the phone
 * locks and goes on sending.
 *
 * @param isSwitchedOff whether the server refused the account for that, and nobody typed the password
 *   since
 * @param canExport whether a locked file can be written: there is a card and a recovery key
 */
fun actOf(orders: PhoneOrders, isSwitchedOff: Boolean, canExport: Boolean): PhoneAct = when (orders.wipe) {
    WipeOrder.NOW -> PhoneAct.Wipe(isExported = false)
    WipeOrder.EXPORT_FIRST ->
        if (canExport) PhoneAct.Wipe(isExported = true) else PhoneAct.Lock(Hold.WIPE_WAITS)
    WipeOrder.WAIT -> PhoneAct.Lock(Hold.WIPE_WAITS)
    WipeOrder.NONE -> when {
        isSwitchedOff -> PhoneAct.Lock(Hold.SWITCHED_OFF)
        orders.isLeaseOver -> PhoneAct.Lock(Hold.LEASE_OVER)
        else -> PhoneAct.Open
    }
}
