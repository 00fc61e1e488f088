package org.outpost.sdk

import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
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
import org.outpost.sdk.testing.AGE
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.FEVER
import org.outpost.sdk.testing.GIRLS
import org.outpost.sdk.testing.MONTHLY
import org.outpost.sdk.testing.STOCK
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.id
import org.outpost.sdk.testing.month
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.report
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.syncToEnd
import org.outpost.sdk.testing.thrown
import org.outpost.sdk.testing.visit

/** The main job on the real core, against the real sandbox. */
class WorkTest {
    private fun work(test: suspend (Session) -> Unit) = runBlocking {
        Outpost.open(folder("home")).use { outpost -> nurse(sandbox, outpost).use { test(it) } }
    }

    @After
    fun heal() {
        sandbox.faults("{}")
    }

    @Test
    fun `a month and visits are captured offline and arrive once`() = work { session ->
        val key = report(back = 1)
        sandbox.stop()
        val saved = session.saveCells(
            key,
            listOf(
                CellEdit.Value(STOCK, "40"),
                CellEdit.Value(FEVER, "forty", GIRLS),
                CellEdit.Value(FEVER, "7", GIRLS),
                CellEdit.Comment(STOCK, "counted twice"),
            ),
        )
        assertEquals(listOf(1), saved.refused.map { it.index })
        assertEquals("7", saved.state.cell(FEVER, GIRLS)?.value)
        assertEquals(TravelState.WAITING, saved.state.cell(STOCK)?.state)
        assertEquals(CompletionResult.Saved(emptyList()), session.completeReport(key))
        val visits = listOf(session.visit(1), session.visit(1))
        for (visit in visits) assertTrue(session.saveEvent(visit) is EventResult.Saved)

        val waiting = session.outbox().items
        assertEquals(5, waiting.size)
        assertTrue(waiting.any { it.record == OutboxRecord.Completion(key) })
        assertTrue(waiting.any { (it.record as? OutboxRecord.DataValue)?.dataElement == STOCK })
        assertEquals(5, session.status().unsent)
        assertNotNull(session.status().oldestUnsentMs)
        val offline = session.syncToEnd() as SyncEvent.Stopped
        assertTrue("${offline.reason}", offline.reason is OutpostException.Offline)
        assertEquals(WorkSafety.SAFE, offline.reason.alsoSpeaks().safety)

        sandbox.start()
        assertEquals(5, session.syncNow().report.synced)
        assertTrue(session.status().allSent)
        assertEquals("40", sandbox.value("DeStockAct0", key.period, "OuClinicAaa"))
        for (visit in visits) {
            assertTrue(visit.id.uid in sandbox.get("/api/tracker/events/${visit.id.uid}"))
        }
        assertEquals(TravelState.SENT, session.event(visits[0].id).state)
        val listed = session.reports(MONTHLY).items.single { it.key == key }
        assertEquals(true to TravelState.SENT, listed.completed to listed.state)
    }

    @Test
    fun `a synchronisation tells its progress and ends once`() = work { session ->
        val steps = session.sync().toList()
        assertTrue("$steps", steps.last() is SyncEvent.Finished)
        assertEquals(1, steps.count { it is SyncEvent.Ended })
        val phases = steps.filterIsInstance<SyncEvent.Progress>().map { it.phase }
        assertTrue("$phases", phases.isNotEmpty() && phases == phases.sorted())
        val counts = (steps.last() as SyncEvent.Finished).report.counts
        assertEquals(1L, counts["dataSets"])
    }

    @Test
    fun `a refused value is parked with its reason and goes out corrected`() = work { session ->
        val key = report(back = 2)
        val element = "/api/dataElements/DeFeverCase?fields=:owner"
        session.saveCells(
            key,
            listOf(CellEdit.Value(FEVER, "12.5", GIRLS), CellEdit.Value(STOCK, "3")),
        )
        change(element, "\"NUMBER\"", "\"INTEGER_ZERO_OR_POSITIVE\"")
        val report = session.syncNow().report
        assertEquals(1L to 1L, report.synced to report.refused)
        val row = session.outbox(TravelState.REFUSED).items.single()
        assertEquals(FEVER.uid, row.field)
        assertTrue("$row", row.reason!!.isNotBlank() && row.code!!.startsWith("E"))
        assertEquals(TravelState.REFUSED, session.report(key).state.cell(FEVER, GIRLS)?.state)
        assertEquals(1L, session.forms().items.single { it.id == MONTHLY }.refused)
        val listed = session.reports(MONTHLY).items.single { it.key == key }
        assertEquals(TravelState.REFUSED, listed.state)

        assertEquals(1, session.saveCells(key, listOf(CellEdit.Value(FEVER, "12", GIRLS))).saved)
        assertEquals(1, session.syncNow().report.synced)
        assertEquals("12", sandbox.value("DeFeverCase", key.period, "OuClinicAaa"))
        change(element, "\"INTEGER_ZERO_OR_POSITIVE\"", "\"NUMBER\"")
    }

    private fun change(path: String, from: String, to: String) {
        val element = sandbox.get(path)
        check(from in element) { element }
        sandbox.post("/api/metadata", "{\"dataElements\":[${element.replace(from, to)}]}")
    }

    @Test
    fun `cancelling the collector cancels the synchronisation`() = work { session ->
        session.saveCells(report(back = 3), listOf(CellEdit.Value(STOCK, "5")))
        sandbox.faults("{\"latencyMs\":60000}")
        withTimeout(30_000) {
            val begun = CompletableDeferred<Unit>()
            val running = launch(Dispatchers.Default) {
                session.sync().collect { begun.complete(Unit) }
            }
            begun.await()
            thrown<OutpostException.Busy> { session.sync().toList() }.alsoSpeaks()
            running.cancelAndJoin()
        }
        sandbox.faults("{}")
        assertEquals(1, session.status().unsent)
        session.syncNow()
        assertTrue(session.status().allSent)
        assertEquals("5", sandbox.value("DeStockAct0", month(3).id, "OuClinicAaa"))
    }

    @Test
    fun `taking only the first step stops the rest`() = work { session ->
        assertTrue(session.sync().first() is SyncEvent.Progress)
        assertTrue(session.syncToEnd() is SyncEvent.Finished)
    }

    @Test
    fun `two versions are kept until a person decides`() = work { session ->
        val key = report(back = 4)
        session.saveCells(key, listOf(CellEdit.Value(STOCK, "5")))
        session.syncNow()
        sandbox.post(
            "/api/dataValueSets",
            """{"dataValues":[{"dataElement":"DeStockAct0","period":"${key.period}",
               "orgUnit":"OuClinicAaa","value":"7"}]}""",
        )
        session.saveCells(key, listOf(CellEdit.Value(STOCK, "6")))
        assertEquals(1, session.syncNow().report.conflicts)
        val conflict = session.conflicts().items.single()
        val field = conflict.fields.single()
        assertEquals(listOf("5", "6", "7"), listOf(field.before, field.mine, field.theirs))
        assertEquals(conflict, session.conflict(conflict.item.id))
        thrown<OutpostException.InvalidInput> {
            session.resolve(conflict.item.id, ConflictChoice.Mine, "")
        }
        session.resolve(conflict.item.id, ConflictChoice.Mine, "counted again")
        session.syncNow()
        assertEquals("6", sandbox.value("DeStockAct0", key.period, "OuClinicAaa"))
    }

    @Test
    fun `a row can be sent again as it is or given up with a reason`() = work { session ->
        session.saveCells(report(back = 5), listOf(CellEdit.Value(STOCK, "5")))
        val row = session.outbox().items.single()
        assertEquals(row, session.outboxItem(row.id).item)
        session.retry(row.id)
        thrown<OutpostException.InvalidInput> { session.discard(row.id, " ") }.alsoSpeaks()
        session.discard(row.id, "wrong month")
        assertTrue(session.status().allSent)
        assertNull(session.report(report(back = 5)).state.cell(STOCK))
        assertTrue(session.journal().items.any { "wrong month" in it.detail })
        assertNull(session.verifyJournal().firstBad)
    }

    @Test
    fun `what a rule refuses is said and nothing of it is written`() = work { session ->
        val empty = session.completeReport(report(back = 6)) as CompletionResult.Refused
        assertEquals(listOf(STOCK), empty.problems.filter { it.blocks }.map { it.dataElement })
        val ahead = session.report(report(back = -5)).state
        assertTrue(ahead.closed.single().words.isNotBlank())
        val saved = session.saveCells(report(back = -5), listOf(CellEdit.Value(STOCK, "1")))
        assertEquals(0 to 1, saved.saved to saved.refused.size)

        val visit = session.visit(6)
        val tomorrow = visit.copy(occurredAt = "${month(-5)}-01")
        val refused = session.saveEvent(tomorrow) as EventResult.Refused
        assertEquals("occurredAt", refused.problems.single { it.blocksCompletion }.field)
        thrown<OutpostException.NotFound> { session.event(visit.id) }.alsoSpeaks()
        val active = session.saveEvent(tomorrow.copy(status = EventStatus.ACTIVE))
        assertEquals(false, (active as EventResult.Saved).completed)
    }

    @Test
    fun `a report is completed and taken up again`() = work { session ->
        val key = report(back = 7)
        session.saveCells(key, listOf(CellEdit.Value(STOCK, "5"), CellEdit.FollowUp(STOCK, true)))
        assertTrue(session.report(key).state.cell(STOCK)!!.followUp)
        assertTrue(session.completeReport(key) is CompletionResult.Saved)
        assertTrue(session.report(key).state.completion.completed)
        assertTrue(session.reopenReport(key) is CompletionResult.Saved)
        assertFalse(session.report(key).state.completion.completed)
    }

    @Test
    fun `an event is changed, noted, listed and deleted`() = work { session ->
        val visit = session.visit(8)
        session.saveEvent(visit)
        val again = session.event(visit.id).event
        assertEquals("4", again.answerTo(AGE))
        val note = session.newNote("mother called")
        session.saveEvent(again.withAnswer(AGE, "5").copy(notes = listOf(note)))
        val shown = session.event(visit.id)
        assertEquals("mother called", shown.event.notes.single().text)
        val query = EventQuery(VISIT, organisationUnit = CLINIC, status = EventStatus.COMPLETED)
        val listed = session.events(query).items.single()
        assertEquals(visit.id, listed.id)
        assertTrue("${listed.answers}", listed.answers.any { it.value == "5" })
        assertEquals(emptyList<EventSummary>(), session.events(query.copy(to = "2000-01-01")).items)
        assertTrue(session.deleteEvent(visit.id) is EventResult.Saved)
        assertEquals(emptyList<EventSummary>(), session.events(query).items)
    }

    @Test
    fun `forms and what is chosen before them come in pages`() = work { session ->
        val forms = session.forms()
        assertEquals(setOf(MONTHLY, VISIT), forms.items.map { it.id }.toSet())
        assertNull(forms.next)
        val form = session.report(report(back = 1)).form
        assertEquals(listOf("Cases", "Medicine"), form.sections.map { it.name })
        assertEquals(4, form.sections[0].tables.single().columns.size)
        val places = session.organisationUnits(form = MONTHLY).items
        assertEquals(listOf("Clinic A", "Clinic B", "Clinic C"), places.map { it.name })
        assertEquals(1, session.organisationUnits(search = "clinic b").items.size)
        assertEquals(month(1).id, session.periods(MONTHLY).first { it.closed == null }.id)
        val sex = session.eventForm(VISIT).form.sections.flatMap { it.fields }
            .first { it.optionSet?.id?.uid == "OsSex000000" }
        val options = session.options(sex.optionSet!!.id).items
        assertEquals(setOf("F", "M"), options.map { it.code }.toSet())
        val combos = session.attributeOptionCombos(MONTHLY).items
        assertEquals(listOf(CategoryOptionComboId.DEFAULT), combos.map { it.id })
        assertEquals(CategoryOptionComboId.DEFAULT, session.attributeOptionCombo(MONTHLY))
    }

    @Test
    fun `an unfinished form is kept until it is given up`() = work { session ->
        session.saveDraft(VISIT, "new", "{\"age\":4}")
        assertEquals("{\"age\":4}", session.draft(VISIT, "new")?.body)
        assertEquals(listOf("new"), session.drafts(VISIT).map { it.key })
        session.deleteDraft(VISIT, "new")
        assertNull(session.draft(VISIT, "new"))
    }

    @Test
    fun `the doctor finds nothing bad on a good device`() = work { session ->
        val checks = session.doctor()
        assertTrue(checks.isNotEmpty())
        assertEquals(emptyList<DeviceCheck>(), checks.filter { it.health == DeviceHealth.BAD })
    }

    @Test
    fun `a file is taken in with progress, and again after a stop`() = work { session ->
        val cells = listOf("CcUnder5Fem", "CcUnder5Mal", "CcOver5Fem0", "CcOver5Mal0")
        val rows = (1..1_200).joinToString(",") { number ->
            val period = month(9L + number % 20).id
            val cell = cells[number % 4]
            """{"dataElement":"DeFeverCase","period":"$period","orgUnit":"OuClinicAaa",
               "categoryOptionCombo":"$cell","value":"$number"}"""
        }
        val file = File(folder("file"), "values.json")
        file.writeText("{\"dataValues\":[$rows,{\"dataElement\":\"nonsense\"}]}")
        assertTrue(session.importFile(file).first() is ImportEvent.Progress)
        val steps = session.importFile(file).toList()
        val report = (steps.last() as ImportEvent.Finished).report
        assertEquals(1_201L to 1L, report.records to report.refused)
        assertEquals(1_200L, report.refusals.single().index)
        assertTrue(steps.dropLast(1).all { it is ImportEvent.Progress } && steps.size > 2)
        thrown<OutpostException.InvalidInput> {
            session.importFile(File(file.parentFile, "none.json")).toList()
        }.alsoSpeaks()
    }

    @Test
    fun `reads go on during a synchronisation`() = work { session ->
        sandbox.faults("{\"latencyMs\":500}")
        val sync = runBlocking {
            val running = async(Dispatchers.Default) { session.syncToEnd() }
            while (running.isActive) assertEquals(2, session.forms().items.size)
            running.await()
        }
        assertTrue("$sync", sync is SyncEvent.Finished)
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
