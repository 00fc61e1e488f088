package org.outpost.app

import android.app.Application
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import org.outpost.app.core.CoreAccess
import org.outpost.app.core.CorePort
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SetupCode
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.TroubleException
import org.outpost.app.safety.Finger
import org.outpost.app.safety.FingerKey
import org.outpost.app.safety.Lock
import org.outpost.app.safety.PhoneFingerKey
import org.outpost.app.screens.registerOf
import org.outpost.sdk.AndroidCore
import org.outpost.sdk.Outpost

/**
 * Holds the one core of the process; it is opened when the first screen asks for it.
 *
 * Screens know the core only by [OutpostPort].
 */
open class OutpostApplication : Application() {
    private var access: CoreAccess? = null
    private var current: OutpostPort? = null

    val port: OutpostPort get() = current ?: openPort().also { current = it }

    /** For what goes on when a screen goes away: saving an answer, sending. */
    val saving: CoroutineScope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)

    val sync: SyncRun = SyncRun(saving) { port }

    val settings: Settings by lazy { Settings(this) }

    val lock: Lock by lazy { Lock(this, settings) }

    /** Made for each question: the phone may have been told of a finger meanwhile. */
    val finger: Finger get() = Finger(this, fingerKey)

    protected open val fingerKey: FingerKey get() = PhoneFingerKey()

    /** Locks and wipes as was ordered of this phone. */
    val guard: PhoneGuard by lazy { PhoneGuard(this) }

    val dataUse: DataUse by lazy { DataUse(this) }

    private val arrivals: Arrivals by lazy { Arrivals(this) }

    override fun attachBaseContext(base: Context) = super.attachBaseContext(base)

    override fun onCreate() {
        super.onCreate()
        Notices.makeChannels(this)
        val off = object : BroadcastReceiver() {
            override fun onReceive(context: Context, intent: Intent) = lock.close()
        }
        registerReceiver(off, IntentFilter(Intent.ACTION_SCREEN_OFF))
        sync.carried = dataUse::add
        sync.ended = { outcome, isWatched ->
            if (!isWatched) Notices.afterSync(this, outcome)
            if (outcome is SyncOutcome.Finished) tellArrived(isWatched)
            guard.afterSync(outcome)
        }
    }

    /** What a screen shows anyway is not told again; what cannot be read now is told the next time. */
    private suspend fun tellArrived(isWatched: Boolean) {
        val now = try {
            port.arrived()
        } catch (_: TroubleException) {
            return
        }
        if (isWatched || Notices.arrived(this, arrivals.newOf(now))) arrivals.told(now)
    }

    private fun openPort(): OutpostPort {
        val opened = CoreAccess { openCore(home(settings.training)) }
        access = opened
        return CorePort(Settings.applied(this), opened) { settings.setupPrograms }
    }

    /** Real work and training never share a folder, a server or an account. */
    private fun home(training: Boolean) =
        File(noBackupFilesDir, if (training) "outpost-training" else "outpost")

    /** Loads the core with this phone's key store, clocks and certificates. */
    protected open suspend fun openCore(home: File): Outpost = AndroidCore.open(this, home)

    /** Where the keys of the databases lie, encrypted by the phone's key store. */
    protected open val keys: File get() = File(noBackupFilesDir, "outpost-keys")

    /** Lets go of all files; the next screen opens them again. */
    suspend fun closeCore() {
        sync.forget()
        access?.close()
        access = null
        current = null
    }

    /** Goes to practice and back; what is on the other side stays as it is. */
    suspend fun setTraining(on: Boolean) {
        closeCore()
        settings.training = on
    }

    /** Begins as a code says whose digits a person compared. */
    suspend fun begin(code: SetupCode) {
        // Opened afresh also for the words of another language.
        setTraining(code.isTraining)
        code.language?.let(settings::speak)
        settings.begin(code)
    }

    /** What was not sent when somebody wiped, locked; in no cache, for it may be the only copy. */
    val rescued: File get() = File(filesDir, "rescued")

    /**
     * Removes all that whoever is signed in captured and downloaded here. It cannot be undone.
     *
     * @param isExported whether what is not sent goes into a locked file first; else the core refuses
     *   while anything is not sent
     */
    suspend fun wipe(isExported: Boolean) {
        sync.forget()
        val export = File(rescued, "outpost-${System.currentTimeMillis()}.locked").takeIf { isExported }
        export?.parentFile?.mkdirs()
        val others = port.wipe(export?.path)
        // The work of others stays, locked, until they send it or wipe themselves.
        if (others > 0) closeCore() else removeCore()
        forgetPerson()
    }

    /**
     * As [wipe] where nobody could open a locked file: it is locked for recovery keys by a card, and
     * here is no card or no such key. The person was told what is lost, and gave it away or typed the
     * count. Never while others have work here.
     */
    suspend fun wipeUnsent() {
        check(port.others() == 0) { "others have work here" }
        removeCore()
        forgetPerson()
    }

    private suspend fun removeCore() {
        closeCore()
        // The keys first: whatever is left without them cannot be read.
        if (!home(!settings.training).exists()) keys.deleteRecursively()
        home(settings.training).deleteRecursively()
    }

    private fun forgetPerson() {
        FilesProvider.folder(this).deleteRecursively()
        registerOf(this).delete()
        settings.setupCode = null
        dataUse.forget()
        arrivals.forget()
        finger.forget()
        lock.forget()
    }
}
