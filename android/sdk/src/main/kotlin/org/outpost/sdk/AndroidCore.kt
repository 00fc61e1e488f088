package org.outpost.sdk

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The core on a phone: loads the library and gives it what only Android knows. */
public object AndroidCore {
    /** Whether [nativeInit] worked; once per process is enough. */
    private var isReady = false

    /**
     * Opens [Outpost] on a phone: keys in the Android Keystore, the system's clocks, the system's
     * certificates.
     *
     * @param context any context of the app
     * @param home folder that only this app uses; by default one that is not backed up, because a
     *   backup without its keys opens nowhere
     * @throws OutpostException.StorageLocked if the keys do not fit or cannot be had
     * @throws IllegalStateException if the library is not packaged for this phone
     */
    public suspend fun open(
        context: Context,
        home: File = File(context.noBackupFilesDir, "outpost"),
    ): Outpost {
        val app = context.applicationContext
        withContext(Dispatchers.IO) { start(app) }
        return Outpost.open(home, AndroidKeyStore(app), AndroidClock(app))
    }

    @Synchronized
    private fun start(context: Context) {
        try {
            System.loadLibrary("outpost")
            isReady = isReady || nativeInit(context)
            check(isReady) { "the core of Outpost did not accept this phone's certificates" }
        } catch (failed: LinkageError) {
            throw IllegalStateException("the core of Outpost is not in this app", failed)
        }
    }

    /** Tells the core which virtual machine and application it runs in. Never throws. */
    @JvmStatic
    private external fun nativeInit(context: Context): Boolean
}

/** The clocks of a phone; Android does not let a library read them by itself. */
public class AndroidClock(context: Context) : DeviceClock {
    private val resolver = context.applicationContext.contentResolver

    override fun unixMs(): Long = System.currentTimeMillis()

    override fun uptimeMs(): Long = SystemClock.elapsedRealtime()

    override fun bootId(): String =
        Settings.Global.getInt(resolver, Settings.Global.BOOT_COUNT).toString()
}
