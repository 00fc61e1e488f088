package org.outpost.app.testing

import java.io.File
import kotlinx.coroutines.runBlocking
import org.outpost.app.OutpostApplication
import org.outpost.app.core.CoreAccess
import org.outpost.app.core.CorePort
import org.outpost.app.model.OutpostPort
import org.outpost.sdk.FileKeyStore
import org.outpost.sdk.Outpost
import org.robolectric.RuntimeEnvironment

/** The app on a host: the real core, with its keys in files, for there is no phone's key store. */
class TestApplication : OutpostApplication() {
    private var access = CoreAccess(::openCore)
    private var now: OutpostPort? = null

    override val port: OutpostPort get() = now ?: CorePort(this, access).also { now = it }

    override suspend fun openCore(): Outpost =
        Outpost.open(File(noBackupFilesDir, "outpost"), FileKeyStore(File(noBackupFilesDir, "keys")))

    /** The process ends, and with it the open files; a new one has only what is on the disk. */
    fun die() {
        sync.forget()
        runBlocking { access.close() }
        access = CoreAccess(::openCore)
        now = null
    }

    companion object {
        val now: TestApplication get() = RuntimeEnvironment.getApplication() as TestApplication
    }
}
