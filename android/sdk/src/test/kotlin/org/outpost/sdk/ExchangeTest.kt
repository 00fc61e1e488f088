package org.outpost.sdk

import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.Team
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.team
import org.outpost.sdk.testing.thrown
import org.outpost.sdk.testing.visit

/** The public half of a recovery key; nothing is ever opened with it here. */
private const val SAFE =
    "OUTPOST:1:AUCFGYLGMW55JIBHHCMFKBNDMCITT7NUVPV3LMM3VS3UMYF3EJWG4TJJ46O6ZR2IJZRQMB" +
    "TE5CWZDCBDLCU5FFYAP3ABATULDCXLOS5SIW2QF4QAZHQD3KMJE4Z6YL6IC33B2NNIUHM4SGCBAC2627" +
    "YKFHVINQ4GCULBAQBBWYD4AU3QJSC7FZUNX2PFWD3KUVBPOYYN5BZPEW4SM3LECAI"

private val RUNNING = RunningVersion(1_000)

/** A phone without network and a tablet that carries its records on, both on the real core. */
class ExchangeTest {
    private fun work(test: suspend (Team) -> Unit) = team(
        sandbox,
        saved = {
            val safe = phone.exchange.readCard(SAFE)
            for (session in listOf(phone, tablet)) session.exchange.enrol(SAFE, safe.fingerprint)
        },
        test,
    )

    private suspend fun Session.capture(): EventId {
        val visit = visit(1)
        assertTrue(saveEvent(visit) is EventResult.Saved)
        return visit.id
    }

    private suspend fun Session.handOver(to: String, stick: File): HandedOver {
        val end = exchange.handOver(to, stick.path).last()
        return (end as HandOverEvent.Finished).file
    }

    private suspend fun Session.takeIn(path: String, dryRun: Boolean = false): TakenIn {
        val end = exchange.takeIn(path, dryRun).last()
        return (end as TakeInEvent.Finished).taken
    }

    @After
    fun heal() {
        sandbox.faults("{}")
    }

    @Test
    fun `what a phone captured goes by file to a tablet and its receipt settles the outbox`() =
        work { team ->
            val (phone, tablet) = team.phone to team.tablet
            sandbox.stop()
            val visit = phone.capture()
            val file = phone.handOver("Tablet", team.stick)
            assertTrue("$file", file.file.isFile && file.records > 0 && file.number == 1L)
            assertEquals(listOf(file.file.name), team.stick.list().orEmpty().toList())
            val row = phone.outbox().items.single()
            assertEquals(listOf("Tablet"), phone.exchange.handedTo(row.id).map { it.site.name })

            val seen = tablet.exchange.inspect(file.path)
            assertEquals("data" to FilePlan.TAKE_IN, seen.kind to seen.plan)
            assertEquals("Phone 7" to file.hash, seen.from.name to seen.hash)
            val tried = tablet.takeIn(file.path, dryRun = true)
            assertEquals(true to 1L, tried.dryRun to tried.report.new)
            assertEquals(emptyList<OutboxItem>(), tablet.outbox().items)
            val taken = tablet.takeIn(file.path)
            assertEquals(false to 1L, taken.dryRun to taken.report.new)
            assertEquals(0L, tablet.takeIn(file.path).report.new)
            assertEquals(FilePlan.KNOWN, tablet.exchange.inspect(file.path).plan)
            val carried = tablet.outbox().items.single()
            val origin = tablet.exchange.carriedFor(carried.id).single()
            assertEquals(NURSE to "Phone 7", origin.capturedBy to origin.device.name)
            assertEquals(emptyList<CarriedFor>(), phone.exchange.carriedFor(row.id))

            sandbox.start()
            tablet.syncNow()
            assertTrue(visit.uid in sandbox.get("/api/tracker/events/${visit.uid}"))
            val partner = tablet.exchange.partners().items.single()
            assertEquals("Phone 7" to 1L, partner.site.name to partner.onServer)
            val receipt = tablet.exchange.writeReceipt("Phone 7", team.stick.path)
            sandbox.stop()
            val answer = phone.takeIn(receipt.path)
            sandbox.start()
            assertEquals("receipt" to 1L, answer.file.kind to answer.report.receipt?.settled)
            assertEquals(emptyList<OutboxItem>(), phone.outbox().items)
            assertEquals(TravelState.SENT, phone.event(visit).state)
        }

    @Test
    fun `what a phone captured goes to a tablet in the same room and the receipt comes back`() =
        work { team ->
            val visit = team.phone.capture()
            val stop = NearbyStop()
            val invitation = CompletableDeferred<String>()
            val plan = NearbyPlan(addresses = listOf("127.0.0.1"))
            withTimeout(60_000) {
                val receiving = async {
                    team.tablet.nearby.receive(plan, stop).onEach {
                        if (it is NearbyEvent.Invitation) invitation.complete(it.text)
                    }.last() as NearbyEvent.Received
                }
                val told = team.phone.nearby.send(invitation.await(), "Tablet").toList()
                val sent = (told.last() as NearbyEvent.Sent).report
                assertEquals("$sent", listOf(null), sent.sent.map { it.refused })
                assertTrue("$sent", sent.received.any { it.kind == "receipt" && it.isTaken })
                assertTrue("$told", told.any { it is NearbyEvent.Progress && it.isSent })
                assertTrue("$told", told.any { it is NearbyEvent.File && it.file.isTaken })
                stop.stop()
                val came = receiving.await().report.phones.single()
                assertEquals("Phone 7", came.who)
                assertEquals(listOf(1L), came.brought.map { it.report?.new })
            }
            assertEquals(1, team.tablet.outbox().items.size)
            val row = team.phone.outbox().items.single()
            assertTrue(team.phone.exchange.handedTo(row.id).single().isHeld)

            team.tablet.syncNow()
            val receipt = team.tablet.exchange.writeReceipt("Phone 7", team.stick.path)
            assertEquals(1L, team.phone.takeIn(receipt.path).report.receipt?.settled)
            assertTrue(visit.uid in sandbox.get("/api/tracker/events/${visit.uid}"))
        }

    @Test
    fun `a file that was cut or changed is refused with words and nothing of it is kept`() =
        work { team ->
            team.phone.capture()
            val whole = File(team.phone.handOver("Tablet", team.stick).path)
            val bytes = whole.readBytes()
            val changed = bytes.copyOf().also { it[it.size / 2] = (it[it.size / 2] + 1).toByte() }
            val broken = listOf(
                bytes.copyOf(bytes.size / 2), bytes.copyOf(bytes.size - 1), ByteArray(0), changed,
            )
            for ((at, content) in broken.withIndex()) {
                val path = File(team.stick, "broken-$at").apply { writeBytes(content) }.path
                thrown<OutpostException.InvalidInput> { team.tablet.takeIn(path) }.alsoSpeaks()
                thrown<OutpostException.InvalidInput> { team.tablet.exchange.inspect(path) }
            }
            val gone = File(team.stick, "gone").path
            val missing = thrown<OutpostException.InvalidInput> { team.tablet.takeIn(gone) }
            missing.alsoSpeaks()
            assertEquals(gone to "unreadable", missing.field to missing.code)
            assertEquals(emptyList<OutboxItem>(), team.tablet.outbox().items)
            assertEquals(1L, team.tablet.takeIn(whole.path).report.new)
        }

    @Test
    fun `a card is believed only by the digits that its owner reads aloud`() = work { team ->
        val card = checkNotNull(team.phone.exchange.card())
        assertEquals(card, team.tablet.exchange.readCard(card.text))
        assertEquals(SiteRole.DEVICE, card.role)
        for (heard in listOf("", "12345", "0".repeat(30))) {
            thrown<OutpostException.InvalidInput> {
                team.tablet.exchange.enrol(card.text, heard)
            }.alsoSpeaks()
        }
        thrown<OutpostException.InvalidInput> { team.tablet.exchange.readCard("https://a.example") }
        thrown<OutpostException.InvalidInput> {
            team.phone.exchange.makeCard("Safe", SiteRole.RECOVERY)
        }
        val keys = team.phone.exchange.keys().items
        assertEquals(setOf("Phone 7", "Tablet", "Safe"), keys.map { it.card.name }.toSet())
        assertEquals(listOf("Phone 7"), keys.filter { it.isOwn }.map { it.card.name })
        assertTrue("$keys", keys.all { it.standing == "active" && it.reason == null })
    }

    @Test
    fun `nothing to hand over and a stranger are told with words and leave no file`() =
        work { team ->
            thrown<OutpostException.InvalidInput> {
                team.phone.handOver("Tablet", team.stick)
            }.alsoSpeaks()
            team.phone.capture()
            thrown<OutpostException.NotFound> {
                team.phone.handOver("Nobody", team.stick)
            }.alsoSpeaks()
            val nowhere = File(team.stick, "nowhere")
            thrown<OutpostException.InvalidInput> { team.phone.handOver("Tablet", nowhere) }
            assertEquals(emptyList<String>(), team.stick.list().orEmpty().toList())
            assertEquals(emptyList<AsideRecord>(), team.tablet.exchange.aside().items)
            thrown<OutpostException.NotFound> { team.tablet.exchange.discardAside(1, "double") }
        }

    @Test
    fun `a text that is no invitation and a plan that cannot be are refused`() = work { team ->
        team.phone.capture()
        thrown<OutpostException.InvalidInput> {
            team.phone.nearby.send("https://a.example").collect()
        }.alsoSpeaks()
        for (plan in listOf(NearbyPlan(listOf("here")), NearbyPlan(phonesMax = -1))) {
            thrown<OutpostException.InvalidInput> { team.tablet.nearby.receive(plan).collect() }
        }
    }

    @Test
    fun `a tablet that stops listening lets go of its work at once`() = work { team ->
        val plan = NearbyPlan(addresses = listOf("127.0.0.1"))
        withTimeout(20_000) {
            val first = team.tablet.nearby.receive(plan).first()
            assertTrue("$first", first is NearbyEvent.Invitation)
            val isOpen = CompletableDeferred<Unit>()
            val listening = launch {
                team.tablet.nearby.receive(plan).collect { isOpen.complete(Unit) }
            }
            isOpen.await()
            listening.cancelAndJoin()
            val stop = NearbyStop().apply { stop() }
            val end = team.tablet.nearby.receive(plan, stop).last() as NearbyEvent.Received
            assertEquals(emptyList<NearbyPhone>(), end.report.phones)
        }
    }

    @Test
    fun `files of others are no forms and no updates`() = work { team ->
        team.phone.capture()
        val file = team.phone.handOver("Tablet", team.stick).path
        val updates = team.tablet.updates
        thrown<OutpostException.InvalidInput> { updates.inspectPackage(file) }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { updates.applyPackage(file, dryRun = true) }
        thrown<OutpostException.InvalidInput> { updates.takeInRelease(file, RUNNING) }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { updates.releaseStatus(RunningVersion(-1)) }
        val status = updates.releaseStatus(RUNNING)
        assertNull(status.root)
        assertTrue("$status", status.alarms.isNotEmpty())
        val offer = updates.offer(RUNNING)
        assertEquals(RUNNING, offer.running)
        assertNull(offer.install)
        assertNull(offer.path)
    }

    @Test
    fun `the check of a site names everybody with whom files are exchanged`() = work { team ->
        team.phone.capture()
        team.tablet.takeIn(team.phone.handOver("Tablet", team.stick).path)
        val check = team.tablet.site.check(RUNNING)
        assertEquals(SiteMode.ONLINE, check.site.mode)
        assertEquals("Tablet", check.site.card?.name)
        val phone = check.contacts.single()
        assertEquals("Phone 7" to 1L, phone.site.name to phone.last)
        assertNotNull(phone.cameMs)
        assertFalse("$check", check.checks.isEmpty())
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
