package org.outpost.sdk

import java.io.File
import java.security.SecureRandom
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.PASSWORD
import org.outpost.sdk.testing.STOCK
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.report
import org.outpost.sdk.testing.thrown

/** Who may work here, and what is said to whom may not. */
class SignInTest {
    private val home = folder("home")

    private fun open(work: suspend (Outpost) -> Unit) = runBlocking {
        Outpost.open(home).use { work(it) }
    }

    private suspend fun Outpost.signIn(password: String = PASSWORD, user: String = NURSE) =
        signIn(sandbox.address, user, password, allowHttp = true)

    private suspend fun refusal(work: suspend () -> Unit): SignInProblem {
        val refused = thrown<OutpostException.SignInRefused> { work() }
        assertEquals(WorkSafety.SAFE, refused.alsoSpeaks().safety)
        return refused.problem
    }

    @After
    fun heal() = sandbox.faults("{}")

    @Test
    fun `a sign-in says who works here`() = open { outpost ->
        assertNull(outpost.currentAccount())
        assertEquals(SignInProblem.NotSignedIn, refusal { outpost.session() })
        val signedIn = outpost.signIn()
        assertTrue(signedIn.online)
        assertEquals("2.42.4", signedIn.serverVersion)
        assertEquals(NURSE, outpost.currentAccount()?.userName)
        assertEquals(listOf(signedIn.account), outpost.accounts().items)
        outpost.session().use { assertEquals(NURSE, it.status().userName) }
        signedIn.session.close()
    }

    @Test
    fun `a wrong password is refused`() = open { outpost ->
        assertEquals(SignInProblem.WrongPassword, refusal { outpost.signIn("Palm-tree-78!") })
        val token = "d2pat_" + "x".repeat(42)
        refusal { outpost.signInWithToken(sandbox.address, token, allowHttp = true) }
    }

    @Test
    fun `without network the last password opens, a wrong one does not, many lock`() = open {
        it.signIn().session.close()
        sandbox.faults("{\"dropRequest\":true}")
        assertFalse(it.signIn().online)
        assertEquals(SignInProblem.NeverSignedInHere, refusal { it.signIn(user = "midwife") })
        val problems = (1..12).map { _ -> refusal { it.signIn("wrong") } }
        assertEquals(SignInProblem.WrongPassword, problems.first())
        val locked = problems.last() as SignInProblem.LockedOut
        assertTrue("$locked", locked.waitMs > 0)
        val right = refusal { it.signIn() }
        assertTrue("the right one has to wait too", right is SignInProblem.LockedOut)
    }

    @Test
    fun `a server that is not well, not there or not DHIS2 is told apart`() = open { outpost ->
        sandbox.faults("{\"status\":503,\"retryAfterS\":3600}")
        val busy = thrown<OutpostException.ServerUnavailable> { outpost.signIn() }
        assertEquals(503 to 3_600_000L, busy.status to busy.retryAfterMs)
        assertTrue(busy.alsoSpeaks().whatToDo.contains("60 minutes"))
        sandbox.faults("{\"captivePortal\":true}")
        val portal = thrown<OutpostException> { outpost.signIn() }.alsoSpeaks()
        assertTrue("$portal", portal !is OutpostException.Internal)
        sandbox.faults("{}")
        val plain = thrown<OutpostException.InvalidInput> {
            outpost.signIn(sandbox.address, NURSE, PASSWORD)
        }
        assertEquals("server", plain.field)
        thrown<OutpostException.InvalidInput> { outpost.signIn("not an address", NURSE, PASSWORD) }
    }

    @Test
    fun `signing out keeps the work for the next sign-in`() = open { outpost ->
        nurse(sandbox, outpost).use {
            it.saveCells(report(back = 1), listOf(CellEdit.Value(STOCK, "8")))
        }
        outpost.signOut()
        assertNull(outpost.currentAccount())
        assertEquals(SignInProblem.NotSignedIn, refusal { outpost.session() })
        outpost.signIn().session.use { session ->
            assertEquals(1, session.status().unsent)
            assertEquals("8", session.report(report(back = 1)).state.cell(STOCK)?.value)
        }
    }

    @Test
    fun `a home that another key locked stays locked and whole`() {
        open { nurse(sandbox, it).close() }
        val stranger = object : SecureKeyStore {
            override fun loadOrCreateKey(alias: String) =
                ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }

            override fun health() = KeyStoreHealth(true, "")
        }
        runBlocking {
            val locked = thrown<OutpostException.StorageLocked> {
                Outpost.open(home, stranger).use { it.session() }
            }
            assertEquals(WorkSafety.SAFE, locked.alsoSpeaks().safety)
        }
        open { outpost -> outpost.session().use { assertEquals(2, it.forms().items.size) } }
    }

    @Test
    fun `what a key store answers decides what is told`() {
        check({ throw KeyStoreException.Locked("unlock the screen first") }) {
            it is OutpostException.StorageLocked && "unlock the screen" in it.message
        }
        check({ throw KeyStoreException.NoRoom() }) { it is OutpostException.StorageFull }
        check({ error("a bug of the app") }) {
            it is OutpostException.Internal && it.message.lines().single().contains("a bug of the")
        }
        check({ ByteArray(31) }) { it is OutpostException.StorageLocked }
    }

    private fun check(answer: () -> ByteArray, fits: (OutpostException) -> Boolean) = runBlocking {
        val keys = object : SecureKeyStore {
            override fun loadOrCreateKey(alias: String) = answer()
            override fun health() = KeyStoreHealth(true, "")
        }
        val told = thrown<OutpostException> { Outpost.open(folder("locked"), keys) }.alsoSpeaks()
        assertTrue("$told", fits(told))
    }

    @Test
    fun `the key files of the core and of the SDK are the same`() {
        open { nurse(sandbox, it).close() }
        runBlocking {
            Outpost.open(home, FileKeyStore(File(home, "keys"))).use { outpost ->
                outpost.session().use { session ->
                    assertEquals(2, session.forms().items.size)
                    val keys = session.doctor().single { it.name == "keys" }
                    assertEquals(DeviceHealth.GOOD, keys.health)
                }
            }
        }
    }

    @Test
    fun `a given clock is read`() = runBlocking {
        val clock = object : DeviceClock {
            override fun unixMs() = System.currentTimeMillis() - 3_600_000
            override fun uptimeMs() = System.nanoTime() / 1_000_000
            override fun bootId() = "one"
        }
        Outpost.open(home, clock = clock).use { outpost ->
            nurse(sandbox, outpost).use { session ->
                val skew = checkNotNull(session.status().skewMs)
                assertTrue("$skew", skew in 3_500_000..3_700_000)
            }
        }
    }

    @Test
    fun `what is closed stays closed and says so`() = runBlocking {
        val outpost = Outpost.open(home)
        val session = outpost.signIn().session
        val sync = session.sync()
        session.close()
        session.close()
        val said = thrown<IllegalStateException> { session.forms() }.message
        assertEquals("this session is closed: get another one", said)
        thrown<IllegalStateException> { sync.toList() }
        outpost.session().use { assertTrue(it.status().canSync) }
        outpost.close()
        outpost.close()
        val gone = thrown<IllegalStateException> { outpost.currentAccount() }.message
        assertEquals("this Outpost is closed: get another one", gone)
    }

    companion object {
        private lateinit var sandbox: Sandbox

        @BeforeClass
        @JvmStatic
        fun start() {
            sandbox = Sandbox()
        }

        @AfterClass
        @JvmStatic
        fun stop() = sandbox.close()
    }
}
