package org.outpost.sdk

import java.io.File
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.runBlocking
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.PASSWORD
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.given
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.thrown

/** A supervisor who hands phones out, on the real core; the registry came from the command line. */
class DevicesTest {
    private fun work(test: suspend (tablet: Session) -> Unit) = runBlocking {
        Outpost.open(folder("tablet")).use { outpost ->
            nurse(sandbox, outpost).use { tablet ->
                tablet.syncNow()
                test(tablet)
            }
        }
    }

    @Test
    fun `a phone is handed over, a mix-up stops it, and a kill costs nothing`() = work { tablet ->
        val devices = tablet.devices
        assertEquals(HandOverStage.BOX, devices.handOver("one").stage)
        devices.scanBox("one", "0001")
        val mixed = thrown<OutpostException.InvalidInput> { devices.scanPhone("one", "R58N0002") }
        assertEquals("mixed_up", mixed.code)
        // The screen died; what was scanned is kept, with both numbers.
        val kept = devices.handOver("one")
        assertEquals(DeviceMixUp("0001", "0002", ""), kept.mixedUp)
        assertNull(devices.scanPhone("one", "R58N0001").mixedUp)
        val elsewhere = HandOverFacts(receiver = "Mary O.", place = CLINIC, condition = "NEW")
        assertEquals(CLINIC, devices.keep("one", elsewhere).facts.place)
        val facts = HandOverFacts(receiver = "Mary O.", condition = "NEW")
        assertEquals(HandOverStage.SIGN, devices.keep("one", facts).stage)
        assertEquals(listOf("one"), devices.handOversBegun())
        val given = devices.finishHandOver("one", by = "Amina")
        assertEquals("HANDED_OVER", given.state)
        assertTrue("copy 2" in given.stillOpen)
        val again = thrown<OutpostException.InvalidInput> { devices.scanBox("two", "1") }
        assertEquals("already_with", again.code)

        devices.setMyPhone("0001", leaseDays = 14)
        val phone = devices.myPhone(PhoneSeen(freeBytes = 1_000_000))
        assertEquals("0001" to "Mary O.", phone.number to phone.holder)
        assertEquals(listOf("STORAGE_LOW"), phone.findings.map { it.code })
        assertEquals(WipeStep.NOTHING, phone.wipe)

        devices.scanReturned("back", "0001")
        val signed = listOf(
            DeviceSignature("health_worker", "Mary O."), DeviceSignature("supervisor", "Amina"),
        )
        val back = TakeBackFacts("WORN", "", signed, isWiped = true, reason = "leaves")
        assertEquals(TakeBackStage.FINISH, devices.keepTakeBack("back", back).stage)
        assertEquals("RETURNED", devices.finishTakeBack("back").state)
    }

    @Test
    fun `an audit ends when each open device has a reason`() = work { tablet ->
        val devices = tablet.devices
        devices.beginAudit(CLINIC)
        devices.auditScan("R58N0002")
        val taken = devices.auditTakeBack("R58N0002")
        assertTrue(taken.lines.none { it.result == AuditResult.FOUND })
        devices.stopAudit("begun by mistake")
        val begun = devices.beginAudit(CLINIC)
        assertEquals(begun.expected, devices.audit().lines.size.toLong())
        assertEquals(AuditResult.FOUND, devices.auditScan("R58N0002").result)
        thrown<OutpostException.InvalidInput> { devices.finishAudit() }
        for (number in devices.audit().open) devices.auditExplain(number, "in the workshop")
        assertTrue(devices.finishAudit().any { it.result == AuditResult.MISSING })
    }

    @Test
    fun `a SIM card is put in, moved only by a word, blocked with a reason, and remembers its phones`() = work { tablet ->
        val sims = tablet.sims
        val glued = NewSim(FIRST, "+256700123456", gluedBy = "Amina", pinSealed = true)
        assertEquals(FIRST to "+256700123456", sims.put("0001", glued).let { it.iccid to it.msisdn })
        val known = sims.find("+256700123456")
        assertEquals(SimState.IN_PHONE to listOf("0001"), known.state to known.inside)
        suspend fun refused(code: String, step: suspend () -> Unit) =
            assertEquals(code, thrown<OutpostException.InvalidInput> { step() }.code)
        refused("inside_already") { sims.put("0001", NewSim(FIRST)) }
        refused("in_another") { sims.put("0002", NewSim(FIRST)) }
        sims.put("0002", NewSim(FIRST, isMoved = true), by = "Amina")
        sims.put("0001", NewSim(SECOND))
        assertEquals(setOf(FIRST, SECOND), sims.ofDevice("0001").map { it.iccid }.toSet())
        refused("state") { sims.step(FIRST, SimState.BLOCKED, " ") }
        sims.step(FIRST, SimState.BLOCKED, "the phone was stolen")
        refused("not_usable") { sims.put("0003", NewSim(FIRST, isMoved = true)) }
        val history = sims.history(FIRST)
        val before = history.pairings.single { it.phone == "0001" }
        assertEquals("Amina" to true, before.gluedBy to before.pinSealed)
        assertEquals(listOf("0002"), history.pairings.filter { it.to == null }.map { it.phone })
        assertEquals(listOf("the phone was stolen"), history.changes.map { it.reason })
        val page = sims.list(SimQuery(state = SimState.IN_PHONE))
        assertEquals(listOf(SECOND), page.items.map { it.iccid })
        assertNull(page.next)
    }

    @Test
    fun `the password is as good as contact for a phone that was without both for its lease`() = runBlocking {
        val home = folder("lease")
        val clock = Ahead()
        Outpost.open(home, clock = clock).use { outpost ->
            nurse(sandbox, outpost).use { phone ->
                phone.syncNow()
                phone.devices.setMyPhone("0003", leaseDays = 14)
                clock.days = 12
                assertEquals(1L, phone.devices.myPhone(PhoneSeen()).leaseDaysLeft)
                clock.days = 14
                assertTrue(phone.devices.myPhone(PhoneSeen()).asksPassword)
            }
            outpost.signIn(sandbox.address, NURSE, PASSWORD, allowHttp = true).session.use { phone ->
                assertEquals(13L, phone.devices.myPhone(PhoneSeen()).leaseDaysLeft)
            }
        }
    }

    /** A clock so many days ahead. */
    private class Ahead : DeviceClock {
        @Volatile
        var days = 0

        private val aheadMs get() = TimeUnit.DAYS.toMillis(days.toLong())

        override fun unixMs(): Long = System.currentTimeMillis() + aheadMs

        override fun uptimeMs(): Long = TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) + aheadMs

        override fun bootId(): String = "the only start"
    }

    companion object {
        private const val FIRST = "8925600000000000012"
        private const val SECOND = "8925600000000000020"
        private lateinit var sandbox: Sandbox

        private fun tool(home: File, input: String, vararg arguments: String) {
            val command = listOf(given("outpost.tool").path, "--home", home.path) + arguments
            val process = ProcessBuilder(command).redirectErrorStream(true).start()
            process.outputStream.use { it.write(input.toByteArray()) }
            val said = process.inputStream.reader().readText()
            check(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) { said }
        }

        @BeforeClass
        @JvmStatic
        fun server() {
            sandbox = Sandbox()
            val home = folder("centre")
            sandbox.takeRollOutPackage("RoGrpSuperv")
            val address = sandbox.address
            val login = arrayOf("login", "--server", address, "--user", "admin", "--allow-http")
            tool(home, "district\n", *login, "--password-stdin")
            tool(home, "", "pull")
            val table = (1..3).joinToString("") { "000$it,R58N000$it\n" }
            val import = arrayOf("device", "import", "-", "--org-unit", CLINIC.uid)
            tool(home, "number,serial\n$table", *import)
            val scans = (1..3).joinToString("") { "000$it\nR58N000$it\n" }
            tool(home, scans, "device", "prepare")
            tool(home, "", "device", "prepare", "--finish")
            tool(home, "", "push")
        }

        @AfterClass
        @JvmStatic
        fun end() = sandbox.close()
    }
}
