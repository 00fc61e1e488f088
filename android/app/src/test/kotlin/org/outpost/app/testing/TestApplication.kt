package org.outpost.app.testing

import java.io.File
import kotlinx.coroutines.runBlocking
import org.outpost.app.OutpostApplication
import org.outpost.sdk.FileKeyStore
import org.outpost.sdk.Outpost
import org.robolectric.RuntimeEnvironment

/** The app on a host: the real core, with its keys in files, for there is no phone's key store. */
class TestApplication : OutpostApplication() {
    override val keys: File get() = File(noBackupFilesDir, "keys")

    override suspend fun openCore(home: File): Outpost = Outpost.open(home, FileKeyStore(keys))

    /** The process ends, and with it the open files; a new one has only what is on the disk. */
    fun die() {
        lock.close()
        runBlocking { closeCore() }
    }

    companion object {
        val now: TestApplication get() = RuntimeEnvironment.getApplication() as TestApplication
    }
}
