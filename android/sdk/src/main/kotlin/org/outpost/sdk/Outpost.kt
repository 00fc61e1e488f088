package org.outpost.sdk

import java.io.File
import org.outpost.sdk.ffi.OutpostCore
import org.outpost.sdk.ffi.SignedInAccount

/**
 * Everything of one device: its accounts, and the session of the one who is signed in.
 *
 * All functions may be called on any thread, the main thread included, and at the same time. They
 * throw [OutpostException] for what a person can act on, [IllegalStateException] after [close].
 * Cancelling a call stops the waiting, not the work: what it was to save may be saved.
 */
public class Outpost private constructor(private val core: OutpostCore) : AutoCloseable {
    private val bridge = Bridge("Outpost")

    /**
     * Signs in with a password. Asks the server; where it cannot be reached, compares the password
     * with the one of the last sign-in on this device. It is kept, encrypted, for later
     * synchronisations. Another account's work is not touched.
     *
     * @param server address such as `https://dhis2.example.org`
     * @param allowHttp whether a person allowed this server without encryption
     * @throws OutpostException.InvalidInput for the address, an empty or too long name or password
     * @throws OutpostException.SignInRefused with the problem
     * @throws OutpostException.Incompatible for a server that is no DHIS2 or too old
     * @throws OutpostException.Offline or [OutpostException.ServerUnavailable] if a sign-in without
     *   network is not possible either
     */
    public suspend fun signIn(
        server: String,
        userName: String,
        password: String,
        allowHttp: Boolean = false,
    ): SignedIn = bridge.call { core.signIn(server, userName, password, allowHttp).toSignedIn() }

    /**
     * Signs in with a DHIS2 personal access token.
     *
     * @param userName needed only without network
     * @throws OutpostException as [signIn]
     */
    public suspend fun signInWithToken(
        server: String,
        token: String,
        userName: String? = null,
        allowHttp: Boolean = false,
    ): SignedIn = bridge.call {
        core.signInWithToken(server, userName, token, allowHttp).toSignedIn()
    }

    /**
     * Forgets the password or token of whoever is signed in. What was captured stays, encrypted,
     * and is there again after the next sign-in. Close the session before.
     *
     * @throws OutpostException.SignInRefused if nobody is signed in
     */
    public suspend fun signOut(): Unit = bridge.call { core.signOut() }

    /** Who is signed in; `null` if nobody is. */
    public suspend fun currentAccount(): Account? = bridge.call { core.current()?.toAccount() }

    /** A page of those who have signed in on this device, the latest first. */
    public suspend fun accounts(next: PageToken? = null): Page<Account> = bridge.call {
        val page = core.accounts(next.offset())
        Page(page.items.map { it.toAccount() }, page.next.toToken())
    }

    /**
     * The session of whoever is signed in; close it when done.
     *
     * @throws OutpostException.SignInRefused if nobody is signed in
     */
    public suspend fun session(): Session = bridge.call { Session(core.session()) }

    /**
     * Removes everything of whoever is signed in: the database, its key, the account. Unsent work is
     * written to [export] first, as a backup that the recovery keys open. Close the session before.
     *
     * @param export path of a file that is not there yet; `null`: remove only if nothing is unsent
     * @throws OutpostException.InvalidInput if something is unsent and no export is asked for, or it
     *   cannot be written; nothing was removed
     * @throws OutpostException.Busy while a synchronisation runs or something was saved meanwhile;
     *   nothing was removed
     * @throws OutpostException.SignInRefused if nobody is signed in
     */
    public suspend fun wipe(export: String? = null): Wiped = bridge.call {
        core.wipe(export).let { Wiped(it.unsent, it.exported) }
    }

    /**
     * Reads the text of a setup code, the QR code with which a new phone begins. Show who signed it
     * and let a person compare the digits before anything of it is used.
     *
     * @throws OutpostException.InvalidInput if it is none, was changed, or was signed by nobody who
     *   may
     */
    public suspend fun readSetupCode(text: String): SetupCode = bridge.call {
        core.readSetupCode(text).toSetupCode()
    }

    /** Lets go of the files. Sessions that are still open go on. Closing twice is no harm. */
    override fun close() {
        if (bridge.close()) core.close()
    }

    private suspend fun SignedInAccount.toSignedIn(): SignedIn =
        SignedIn(Session(core.session()), account.toAccount(), online, serverVersion, notes)

    /** Opens [Outpost]. On a phone see [AndroidCore.open]. */
    public companion object {
        /**
         * Version of the bridge below: changes with every change that callers must follow.
         *
         * @throws IllegalStateException if the library of the core cannot be loaded
         */
        public val apiVersion: Int get() = loaded { org.outpost.sdk.ffi.apiVersion() }

        /** What the core is: release, target, profile. For reports to support. */
        public val buildInfo: String get() = loaded { org.outpost.sdk.ffi.buildInfo() }

        /**
         * Opens the folder of this device, makes it if there is none.
         *
         * @param home folder that only this program uses
         * @param keys where the keys of the databases are; by default files in the folder that only
         *   the owner may read
         * @param clock the device's clocks; by default the system's
         * @throws OutpostException.StorageLocked if the keys do not fit or cannot be had
         * @throws IllegalStateException if the library of the core (`liboutpost`) cannot be loaded
         */
        public suspend fun open(
            home: File,
            keys: SecureKeyStore? = null,
            clock: DeviceClock? = null,
        ): Outpost = Bridge("Outpost").call {
            val hostKeys = keys?.let { BridgeKeys(it) }
            val hostClock = clock?.let { BridgeClock(it) }
            Outpost(loaded { OutpostCore.open(home.path, hostKeys, hostClock) })
        }

        private inline fun <T> loaded(work: () -> T): T = try {
            work()
        } catch (failed: LinkageError) {
            val advice = "is liboutpost where jna.library.path points, and of this release?"
            throw IllegalStateException("the core of Outpost cannot be loaded; $advice", failed)
        }
    }
}
