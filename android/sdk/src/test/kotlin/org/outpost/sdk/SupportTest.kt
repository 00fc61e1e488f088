package org.outpost.sdk

import kotlinx.coroutines.runBlocking
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.thrown

/** A health worker who asks for help and a centre that answers, both on the real core. */
class SupportTest {
    private fun work(test: suspend (phone: Session, centre: Session) -> Unit) = runBlocking {
        Outpost.open(folder("phone")).use { one ->
            Outpost.open(folder("centre")).use { other ->
                nurse(sandbox, one).use { phone ->
                    other.signIn(sandbox.address, "admin", "district", allowHttp = true).session
                        .use { centre ->
                            centre.syncNow()
                            test(phone, centre)
                        }
                }
            }
        }
    }

    @Test
    fun `answers are there before a request, in the language of the app`() = work { phone, _ ->
        val answers = phone.support.answers("fr-CD")
        assertEquals(10, answers.size)
        assertEquals("Mes fiches ne partent pas", answers.first { it.problem == "NOT_SENDING" }.title)
        assertEquals(answers.map { it.problem }, phone.support.answers("xx").map { it.problem })
        assertNull(phone.support.contact(CLINIC))
        assertFalse(NURSE in phone.support.diagnostics())
    }

    @Test
    fun `a request goes from the phone to the team and its answer comes back`() =
        work { phone, centre ->
            sandbox.faults("""{"dropRequest":true}""")
            val new = NewSupportRequest(CLINIC, "Nothing is sent", problem = "NOT_SENDING")
            val filed = checkNotNull(phone.support.file(new).request)
            assertEquals(SupportClockState.NOT_STARTED, filed.acknowledging.state)
            assertFalse(filed.isSent)
            assertEquals(filed.summary.id, phone.support.file(new).sameTrouble.single().id)
            sandbox.faults("{}")
            phone.syncNow()
            centre.syncNow()
            val id = filed.summary.id
            val seen = centre.support.queue(SupportQuery(tier = 1)).items.single { it.id == id }
            assertNotNull(seen.sinceMadeMs)
            assertEquals(SupportState.NEW, seen.state)
            val asked = centre.support.waitForUser(id, "Which form?")
            assertEquals(SupportClockState.FROZEN, asked.acknowledging.state)
            centre.syncNow()
            phone.syncNow()
            val told = phone.support.reply(id, "The monthly one")
            assertEquals(SupportState.NEW, told.summary.state)
            val own = thrown<OutpostException.InvalidInput> { phone.support.acknowledge(id) }
            assertEquals("own", own.code)
            phone.syncNow()
            centre.syncNow()
            assertEquals(3, centre.support.escalate(id, 3, "a new version").summary.tier)
            val back = thrown<OutpostException.InvalidInput> {
                centre.support.escalate(id, 2, "x")
            }
            assertEquals("not_higher", back.code)
            // "I passed it on" is not the acknowledgement of who gets it, whose clock runs.
            val passed = thrown<OutpostException.InvalidInput> { centre.support.acknowledge(id) }
            assertEquals("handed_on", passed.code)
            assertEquals(SupportState.NEW, centre.support.request(id).summary.state)
            centre.support.resolve(id, "update to 1.4")
            centre.syncNow()
            phone.syncNow()
            val solved = phone.support.mine().single { it.id == id }
            assertEquals(SupportState.RESOLVED, solved.state)
            assertTrue(phone.support.request(id).steps.any { it.kind == "RESOLVE" })
        }

    companion object {
        private lateinit var sandbox: Sandbox

        @BeforeClass
        @JvmStatic
        fun server() {
            sandbox = Sandbox()
            sandbox.takeRollOutPackage("RoGrpWorker")
        }

        @AfterClass
        @JvmStatic
        fun end() = sandbox.close()
    }
}
