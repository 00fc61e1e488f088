package org.outpost.sdk

import kotlinx.coroutines.runBlocking
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.id
import org.outpost.sdk.testing.month
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.thrown
import org.outpost.sdk.testing.visit

/** A district that decides about a clinic, on the real core. */
class GoLiveTest {
    private fun work(test: suspend (district: Session) -> Unit) = runBlocking {
        Outpost.open(folder("district")).use { outpost ->
            outpost.signIn(sandbox.address, "admin", "district", allowHttp = true).session.use {
                it.syncNow()
                test(it)
            }
        }
    }

    @Test
    fun `a site that is not ready is red, and whoever goes on all the same says so`() =
        work { district ->
            val planned = district.goLive.plan(CLINIC, "2027-01-11")
            assertEquals(GoLiveLight.RED, planned.light)
            assertEquals("2027-01-11", planned.liveOn)
            assertNull(planned.decided)
            val noted = district.goLive.noteCheck(planned.site, "TRAINING", 3, 5, "two were ill")
            val training = noted.checks.single { it.check == "TRAINING" }
            assertTrue(training.missing, "two were ill" in training.missing)
            val more = thrown<OutpostException.InvalidInput> {
                district.goLive.noteCheck(planned.id, "TRAINING", 6, 5)
            }
            assertEquals("more", more.code)
            val refused = thrown<OutpostException.InvalidInput> {
                district.goLive.decide(planned.id, GoLiveVerdict.GO, "It is time")
            }
            assertEquals("decision", refused.field)
            val decided =
                district.goLive.decide(planned.id, GoLiveVerdict.GO, "It is time", allTheSame = true)
            assertEquals(GoLiveVerdict.GO, decided.decided)
            assertEquals(listOf(planned.id), district.goLive.sites().map { it.id })
            assertEquals(listOf(planned.site), district.goLive.adoption().map { it.site })
            val weeks = district.goLive.adoptionByDay(planned.id, days = 3).single()
            assertEquals(3, weeks.days.size)
            // Nobody has a device yet, so nobody is silent; what was asked of support is known.
            val today = weeks.days.last()
            assertEquals(listOf(0L, 0L), listOf(today.expected, today.synced))
            assertEquals(0L, today.requests)
            thrown<OutpostException.NotFound> { district.goLive.adoptionByDay("Nowhere") }
        }

    @Test
    fun `a register beside the app names what differs, and lines that are none`() =
        work { district ->
            val site = district.goLive.plan(CLINIC).id
            district.saveEvent(district.visit(1))
            val register = "period,what,total\n${month(1).id},Fever,2\n${month(2).id},Fever,0\n"
            val query = GoLiveQuery(register, VISIT, "Fever", periods = 2, keep = true)
            val run = district.goLive.compare(site, query)
            val differing = run.compared.single { !it.agrees }
            assertEquals(listOf(2L, 1L), listOf(differing.before, differing.app))
            assertFalse(run.isSafe)
            val kept = district.goLive.site(site).comparisons
            assertEquals(setOf(month(1).id, month(2).id), kept.map { it.period }.toSet())
            val agreed = query.copy(register = register.replace("Fever,2", "Fever,1"))
            assertTrue(district.goLive.compare(site, agreed).isSafe)
            val wrong = thrown<OutpostException.InvalidInput> {
                district.goLive.compare(site, query.copy(register = "period,what,total\nx,y\n"))
            }
            assertEquals("register", wrong.field)
        }

    companion object {
        private lateinit var sandbox: Sandbox

        @BeforeClass
        @JvmStatic
        fun server() {
            sandbox = Sandbox()
            sandbox.takeRollOutPackage()
        }

        @AfterClass
        @JvmStatic
        fun end() = sandbox.close()
    }
}
