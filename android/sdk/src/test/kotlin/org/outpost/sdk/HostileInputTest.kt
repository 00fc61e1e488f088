package org.outpost.sdk

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.AGE
import org.outpost.sdk.testing.MONTHLY
import org.outpost.sdk.testing.STOCK
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.report
import org.outpost.sdk.testing.thrown
import org.outpost.sdk.testing.visit

/** Whatever is given, the answer is a result or a typed exception, and nothing of it is written. */
class HostileInputTest {
    private val giant = "9".repeat(8_000_000)
    private val half = "half \uD83D"
    private val remarks = DataElementId("DeRemarks00")

    private inline fun <reified E : OutpostException> check(
        noinline call: suspend (Session) -> Unit,
    ): E = runBlocking {
        val failed = thrown<E> { call(session) }
        failed.alsoSpeaks()
        assertTrue("a short text", failed.message.length < 1_000)
        assertEquals(0, session.status().unsent)
        failed
    }

    private fun refused(vararg edits: CellEdit) = runBlocking {
        val saved = session.saveCells(report(1), edits.toList())
        assertEquals(edits.size, saved.refused.size)
        assertEquals(0, session.status().unsent)
        saved.refused
    }

    @Test
    fun `an id that is none names its argument`() {
        val bad = "1; DROP TABLE outbox"
        val named = listOf(
            check<OutpostException.InvalidInput> { it.periods(DataSetId(bad)) }.field,
            check<OutpostException.InvalidInput> { it.event(EventId(bad)) }.field,
            check<OutpostException.InvalidInput> { it.eventForm(ProgramId(bad)) }.field,
            check<OutpostException.InvalidInput> { it.options(OptionSetId("")) }.field,
            check<OutpostException.InvalidInput> { it.report(report(1).copy(period = bad)) }.field,
            check<OutpostException.InvalidInput> {
                it.organisationUnits(parent = OrganisationUnitId(giant))
            }.field,
        )
        val expected = listOf("data_set", "event", "program", "option_set", "period", "parent")
        assertEquals(expected, named)
    }

    @Test
    fun `a well-formed id of nothing is not found`() {
        check<OutpostException.NotFound> { it.periods(DataSetId("AAAAAAAAAAA")) }
        check<OutpostException.NotFound> { it.event(EventId("AAAAAAAAAAA")) }
        check<OutpostException.NotFound> { it.outboxItem(Long.MAX_VALUE) }
        check<OutpostException.NotFound> { it.conflict(-1) }
        check<OutpostException.NotFound> { it.attributeOptionCombos(ProgramId("AAAAAAAAAAA")) }
    }

    @Test
    fun `giant and strange values are refused at their cell`() {
        refused(CellEdit.Value(STOCK, giant), CellEdit.Value(remarks, giant))
        refused(CellEdit.Comment(STOCK, giant))
        refused(CellEdit.Value(STOCK, "1\u0000"), CellEdit.Value(STOCK, "1e400"))
        refused(CellEdit.Value(DataElementId("AAAAAAAAAAA"), "1"))
    }

    @Test
    fun `half a character is refused before it is lost`() {
        check<OutpostException.InvalidInput> {
            it.saveCells(report(1), listOf(CellEdit.Value(remarks, half)))
        }
        check<OutpostException.InvalidInput> { it.newNote(half) }
        check<OutpostException.InvalidInput> { it.organisationUnits(search = half) }
    }

    @Test
    fun `too much at once is refused whole`() {
        check<OutpostException.InvalidInput> {
            it.saveCells(report(1), List(201) { CellEdit.Value(STOCK, "1") })
        }
        check<OutpostException.InvalidInput> { it.saveDraft(VISIT, "k", giant + giant) }
    }

    @Test
    fun `an event of nonsense is refused`() = runBlocking<Unit> {
        val visit = session.visit(1)
        val giantAnswer = session.saveEvent(visit.withAnswer(AGE, giant))
        assertTrue(giantAnswer is EventResult.Refused)
        val noDay = session.saveEvent(visit.copy(occurredAt = "the day before"))
        assertTrue(noDay is EventResult.Refused)
        check<OutpostException> { it.saveEvent(visit.copy(program = ProgramId("AAAAAAAAAAA"))) }
        val noId = visit.withAnswer(DataElementId(""), "1")
        check<OutpostException.InvalidInput> { it.saveEvent(noId) }
    }

    @Test
    fun `counts and tokens out of place do no harm`() = runBlocking<Unit> {
        assertEquals(emptyList<PeriodChoice>(), session.periods(MONTHLY, -1))
        assertEquals(200, session.periods(MONTHLY, Int.MAX_VALUE).size)
        val token = PageToken(Place.After(1))
        check<OutpostException.InvalidInput> { it.forms(token) }
        check<OutpostException.InvalidInput> { it.reports(MONTHLY, token) }
        check<OutpostException.InvalidInput> { it.outbox(TravelState.SENT) }
    }

    @Test
    fun `a name or password of any size is refused before it travels`() = runBlocking<Unit> {
        Outpost.open(folder("home")).use { outpost ->
            for (server in listOf("", giant, "http://[", "ftp://example.org", half)) {
                thrown<OutpostException.InvalidInput> { outpost.signIn(server, "a", "b", true) }
            }
            for ((name, password) in listOf("" to "b", giant to "b", "a" to "", "a" to giant)) {
                thrown<OutpostException.InvalidInput> {
                    outpost.signIn(sandbox.address, name, password, true)
                }.alsoSpeaks()
            }
        }
    }

    @Test
    fun `a file of anything else is refused`() = runBlocking<Unit> {
        val file = java.io.File(folder("file"), "x.json")
        for (content in listOf("", "{", "[1]", "\u0000\u0001", "[".repeat(100_000), "{\"a\":1}")) {
            file.writeText(content)
            check<OutpostException.InvalidInput> { it.importFile(file).toList() }
        }
    }

    companion object {
        private lateinit var sandbox: Sandbox
        private lateinit var outpost: Outpost
        private lateinit var session: Session

        @BeforeClass
        @JvmStatic
        fun start() = runBlocking {
            sandbox = Sandbox()
            outpost = Outpost.open(folder("home"))
            session = nurse(sandbox, outpost)
        }

        @AfterClass
        @JvmStatic
        fun stop() {
            session.close()
            outpost.close()
            sandbox.close()
        }
    }
}
