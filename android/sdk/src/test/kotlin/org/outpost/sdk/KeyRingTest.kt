package org.outpost.sdk

import java.io.File
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.Team
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.team
import org.outpost.sdk.testing.thrown
import org.outpost.sdk.testing.visit

/** A phone and a tablet that know each other, and what becomes of their keys. */
class KeyRingTest {
    private fun work(test: suspend (Team) -> Unit) = team(
        sandbox,
        saved = {
            val safe = phone.exchange.keyRing.makeRecoveryKey("Safe").card
            tablet.exchange.enrol(safe.text, safe.fingerprint)
        },
        test,
    )

    private suspend fun Team.handOver(): HandedOver {
        assertTrue(phone.saveEvent(phone.visit(1)) is EventResult.Saved)
        val end = phone.exchange.handOver("Tablet", stick.path).last()
        return (end as HandOverEvent.Finished).file
    }

    private suspend fun Team.takeIn(path: String): TakenIn {
        val end = tablet.exchange.takeIn(path).last()
        return (end as TakeInEvent.Finished).taken
    }

    @Test
    fun `a file of a phone that was reported lost is not taken in`() = work { team ->
        val file = team.handOver().path
        val phone = checkNotNull(team.phone.exchange.card())
        val ring = team.tablet.exchange.keyRing
        val revoked = ring.revoke(phone.key, RevocationReason.LOST, lastGood = 0)
        assertEquals("revoked" to "lost", revoked.standing to revoked.reason)
        assertEquals(FilePlan.REVOKED, team.tablet.exchange.inspect(file).plan)
        assertEquals(0L, team.takeIn(file).report.new)
        assertEquals(emptyList<OutboxItem>(), team.tablet.outbox().items)
        val own = checkNotNull(team.tablet.exchange.card()).key
        thrown<OutpostException.InvalidInput> { ring.revoke(own, RevocationReason.RETIRED) }
        thrown<OutpostException.NotFound> {
            ring.revoke("0123456789ABCDEF", RevocationReason.STOLEN)
        }
        thrown<OutpostException.InvalidInput> { ring.revoke(phone.key, RevocationReason.LOST, -1) }
    }

    @Test
    fun `a phone with a new key goes on where it was once its statement came`() = work { team ->
        assertEquals(1L, team.takeIn(team.handOver().path).report.new)
        val before = checkNotNull(team.phone.exchange.card())
        val path = File(team.stick, "rotation.json").path
        val made = team.phone.exchange.keyRing.rotate(path)
        assertEquals(before.key to before.name, made.old to made.card.name)
        assertTrue(made.statement.isFile && File("$path.minisig").isFile)
        val next = team.handOver()
        assertEquals(2L, next.number)
        val ring = team.tablet.exchange.keyRing
        assertEquals(made.card.key, ring.takeInRotation(path).card.key)
        assertEquals(1L, team.takeIn(next.path).report.new)
        File(path).appendText(" ")
        thrown<OutpostException.InvalidInput> { ring.takeInRotation(path) }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { ring.takeInRotation("$path.gone") }
    }

    @Test
    fun `a list of the centre tells a tablet which phone is lost`() = work { team ->
        runCentre { centre ->
            val phone = checkNotNull(team.phone.exchange.card())
            val own = checkNotNull(centre.exchange.card())
            team.tablet.exchange.enrol(own.text, own.fingerprint)
            centre.exchange.enrol(phone.text, phone.fingerprint)
            centre.exchange.keyRing.revoke(phone.key, RevocationReason.STOLEN)
            val path = File(team.stick, "keys.json").path
            assertEquals(1L, centre.exchange.keyRing.publish(path))
            assertTrue(team.tablet.exchange.keyRing.takeInList(path) > 0)
            val known = team.tablet.exchange.keys().items.single { it.card.key == phone.key }
            assertEquals("revoked" to "stolen", known.standing to known.reason)
            thrown<OutpostException.Forbidden> { team.phone.exchange.keyRing.publish("$path.2") }
            assertEquals(
                setOf("keys.json", "keys.json.minisig"), team.stick.list().orEmpty().toSet(),
            )
        }
    }

    private suspend fun runCentre(test: suspend (Session) -> Unit) =
        Outpost.open(folder("centre")).use { outpost ->
            nurse(sandbox, outpost).use { centre ->
                centre.exchange.makeCard("Centre", SiteRole.CENTRE)
                test(centre)
            }
        }

    @Test
    fun `a file travels in parts and is whole again in any order`() = work { team ->
        val file = team.handOver()
        val parts = team.tablet.exchange.split(file.path, 40_000, team.stick.path)
        assertEquals(parts.count, parts.files.size.toLong())
        val whole = File(team.stick, "whole.tar").path
        val paths = parts.files.map { it.path }
        val hash = team.tablet.exchange.join(paths.reversed() + paths, whole)
        assertEquals(File(file.path).readBytes().toList(), File(whole).readBytes().toList())
        assertTrue(hash.isNotBlank())
        File(paths.first()).writeBytes(ByteArray(10))
        val other = File(team.stick, "other.tar")
        thrown<OutpostException.InvalidInput> {
            team.tablet.exchange.join(paths, other.path)
        }.alsoSpeaks()
        assertTrue(!other.exists())
        thrown<OutpostException.InvalidInput> {
            team.tablet.exchange.split(file.path, 1, team.stick.path)
        }
    }

    @Test
    fun `the secret of a recovery key is what the age tool reads`() = work { team ->
        val made = team.phone.exchange.keyRing.makeRecoveryKey("District safe")
        assertEquals(SiteRole.RECOVERY to "District safe", made.card.role to made.card.name)
        assertTrue(made.secret.startsWith("AGE-SECRET-KEY-1"))
        thrown<OutpostException.InvalidInput> { team.phone.exchange.keyRing.makeRecoveryKey("") }
    }

    @Test
    fun `a setup code of a centre says what a new phone begins with and nobody else makes one`() =
        work { team ->
            val plan = SetupPlan("https://dhis2.example.org", "fr", true, listOf("IpHINAT79UW"))
            thrown<OutpostException.InvalidInput> {
                team.phone.exchange.makeSetupCode(plan)
            }.alsoSpeaks()
            runCentre { centre ->
                val code = centre.exchange.makeSetupCode(plan)
                Outpost.open(folder("new")).use { new ->
                    val read = new.readSetupCode(code.text)
                    assertEquals(plan to centre.exchange.card(), read.plan to read.signer)
                    val changed = code.text.replaceRange(40, 41, "7").takeIf { it != code.text }
                        ?: code.text.replaceRange(40, 41, "A")
                    for (text in listOf(changed, code.text.dropLast(3), "https://a.example")) {
                        thrown<OutpostException.InvalidInput> {
                            new.readSetupCode(text)
                        }.alsoSpeaks()
                    }
                }
            }
        }

    @Test
    fun `an account is wiped only with an export of what was not sent`() = runBlocking {
        Outpost.open(folder("wiped")).use { outpost ->
            nurse(sandbox, outpost).use { session ->
                session.exchange.makeCard("Phone 8", SiteRole.DEVICE)
                session.exchange.keyRing.makeRecoveryKey("Safe")
                assertTrue(session.saveEvent(session.visit(1)) is EventResult.Saved)
            }
            val refused = thrown<OutpostException.InvalidInput> { outpost.wipe() }
            assertEquals("unsent", refused.code)
            val export = File(folder("safe"), "unsent.backup")
            val wiped = outpost.wipe(export.path)
            assertEquals(Wiped(unsent = 1, exported = true), wiped)
            assertTrue(export.length() > 0)
            assertNull(outpost.currentAccount())
            assertEquals(emptyList<Account>(), outpost.accounts().items)
            thrown<OutpostException.SignInRefused> { outpost.wipe() }
        }
        Unit
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
