package org.outpost.app

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.outpost.app.model.Helper
import org.outpost.app.model.PhoneCard
import org.outpost.app.model.Session
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WipeOrder
import org.outpost.app.model.canRescue
import org.outpost.app.safety.Hold
import org.outpost.app.safety.PhoneAct
import org.outpost.app.safety.actOf

/**
 * Carries out what was ordered of this phone: it locks, wipes, or opens as always. Asked when the app
 * comes into sight, before a lock opens, after a password and after every synchronisation.
 *
 * Decides nothing ([actOf] does). What cannot be asked now leaves everything as it is.
 */
class PhoneGuard(private val app: OutpostApplication) {
    private val looking = Mutex()

    /** What is told after a wipe. */
    val wiped = WipeNote(app)

    /** Told when the phone was locked, is free again, or was wiped. */
    var listener: (() -> Unit)? = null

    /** Looks at what was ordered, and does it. */
    suspend fun look() = look(isPasswordTyped = false, isAfterSync = false)

    /** As [look], with somebody there who typed the right password. */
    suspend fun afterPassword() {
        // What the sign-in stopped comes to its end first: the core wipes nothing before that.
        app.sync.join()
        look(isPasswordTyped = true, isAfterSync = false)
    }

    /** As [look], with what the server said. */
    suspend fun afterSync(outcome: SyncOutcome) {
        when (outcome) {
            is SyncOutcome.Finished -> app.lock.isSwitchedOff = false
            is SyncOutcome.Failed ->
                if (outcome.trouble.kind == TroubleKind.DISABLED) app.lock.isSwitchedOff = true
            SyncOutcome.Stopped -> Unit
        }
        look(isPasswordTyped = false, isAfterSync = true)
    }

    /** A sign-in was refused because the account is switched off. */
    suspend fun switchedOff(who: Session) {
        if (!app.lock.isOf(who)) return
        app.lock.isSwitchedOff = true
        look()
    }

    private suspend fun look(isPasswordTyped: Boolean, isAfterSync: Boolean) = looking.withLock {
        try {
            val who = app.port.session() ?: return@withLock
            if (!app.lock.isOf(who)) return@withLock
            val orders = app.port.phones.orders(isPasswordTyped)
            // Asked where it matters only: this is done each time that the app comes into sight.
            val canExport = orders.wipe == WipeOrder.EXPORT_FIRST && app.port.exchange.canRescue()
            val act = actOf(orders, app.lock.isSwitchedOff, canExport)
            // The core wipes nothing while it sends: the end of that asks again.
            val mustWait = act is PhoneAct.Wipe && app.sync.isRunning && !isAfterSync
            carryOut(if (mustWait) PhoneAct.Lock(Hold.WIPE_WAITS) else act)
        } catch (stopped: CancellationException) {
            throw stopped
        } catch (_: Exception) {
            // A lock stays, and what is open is asked again at the next occasion.
        }
    }

    private suspend fun carryOut(act: PhoneAct) = when (act) {
        PhoneAct.Open -> hold(null)
        is PhoneAct.Lock -> hold(act.why)
        is PhoneAct.Wipe -> wipe(act.isExported)
    }

    private fun hold(why: Hold?) {
        if (app.lock.hold == why) return
        app.lock.hold = why
        // What holds a wipe up is sent as soon as there is network.
        if (why == Hold.WIPE_WAITS) SyncJob.soon(app, app.settings)
        listener?.invoke()
    }

    private suspend fun wipe(isExported: Boolean) {
        // Locked and noted first: were the app killed now, nobody would see people, and it begins anew.
        app.lock.hold = Hold.WIPE_WAITS
        wiped.note(helper(), isExported)
        try {
            app.wipe(isExported)
        } catch (failed: Exception) {
            wiped.forget()
            SyncJob.soon(app, app.settings)
            listener?.invoke()
            throw failed
        }
        listener?.invoke()
    }

    /** Whom to call about this phone; `null` where nobody is named, or it cannot be read now. */
    suspend fun helper(): Helper? = try {
        val ofPhone = (app.port.phones.card() as? PhoneCard.Known)?.helper
        ofPhone ?: app.port.help.helper()
    } catch (stopped: CancellationException) {
        throw stopped
    } catch (_: Exception) {
        null
    }
}
