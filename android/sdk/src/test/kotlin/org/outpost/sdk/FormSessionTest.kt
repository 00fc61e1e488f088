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
import org.outpost.sdk.ffi.CellEdit as FfiCellEdit
import org.outpost.sdk.ffi.EventFormHandle
import org.outpost.sdk.ffi.NoHandle
import org.outpost.sdk.ffi.ReportFormHandle
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.testing.AGE
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.FEVER
import org.outpost.sdk.testing.GIRLS
import org.outpost.sdk.testing.SEX
import org.outpost.sdk.testing.STOCK
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.month
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.report
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.thrown

private val ONSET = DataElementId("DeEvOnset00")
private val FEVER_DAYS = DataElementId("DeEvFevDays")
private val TEMPERATURE = DataElementId("DeEvTemp000")
private val POSITIVE = DataElementId("DeEvTest000")
private val DOSES = DataElementId("DeEvActDose")
private val OUTCOME = DataElementId("DeEvOutcome")
private val REFERRED_TO = DataElementId("DeEvReferTo")
private val MALARIA = DataElementId("DeMalariaPo")

/** Forms that think, on the real core with the demo's rules. */
class FormSessionTest {
    private fun work(test: suspend (Session) -> Unit) = runBlocking { test(session) }

    /** The form of a new visit on the 15th. */
    private suspend fun Session.visitForm(): EventFormSession =
        openNewEvent(VISIT, CLINIC).also { it.setOccurredAt(day(15)) }

    private fun day(day: Int) = "%s-%02d".format(month(1), day)

    private fun EventFormSession.shown(dataElement: DataElementId): FieldState =
        checkNotNull(state.value.field(dataElement))

    private suspend fun EventFormSession.fillIn(vararg answers: Pair<DataElementId, String>) {
        for ((question, answer) in answers) setValue(question, answer)
    }

    @Test
    fun `a form opens with all that it asks, in form order`() = work { session ->
        session.openNewEvent(VISIT, CLINIC).use { form ->
            val asked = form.form.sections.flatMap { it.fields }.map { it.dataElement }
            assertEquals(asked, form.state.value.fields.keys.toList())
            assertEquals(emptyList<Reason>(), form.closed)
            assertEquals("Clinic A", form.organisationUnitName)
            assertTrue(form.shown(AGE).mandatory && form.shown(DOSES).hidden)
            form.setValue(AGE, "4")
            assertEquals(asked, form.state.value.fields.keys.toList())
        }
    }

    @Test
    fun `a question is asked when it matters, and its answer is set aside when not`() =
        work { session ->
            session.visitForm().use { form ->
                assertFalse(form.setValue(POSITIVE, "true").field(DOSES)!!.hidden)
                form.setValue(DOSES, "3")
                val gone = form.setValue(POSITIVE, "false").field(DOSES)!!
                assertEquals(Triple(true, null, "3"), Triple(gone.hidden, gone.value, gone.setAside))
                form.setValue(POSITIVE, "true")
                assertEquals("3", form.shown(DOSES).setAside)
                val back = form.setValue(DOSES, "3").field(DOSES)!!
                assertEquals("3" to null, back.value to back.setAside)
            }
        }

    @Test
    fun `a rule makes a question mandatory`() = work { session ->
        session.visitForm().use { form ->
            assertTrue(form.shown(REFERRED_TO).hidden)
            form.fillIn(AGE to "4", SEX to "F", OUTCOME to "REFERRED")
            assertTrue(form.shown(REFERRED_TO).run { mandatory && !hidden })
            val missing = form.check().single { it.blocksCompletion }
            assertEquals(REFERRED_TO.uid, missing.field)
        }
    }

    @Test
    fun `an assigned value follows what it is computed from`() = work { session ->
        session.visitForm().use { form ->
            form.setValue(ONSET, day(12))
            assertEquals("3" to true, form.shown(FEVER_DAYS).run { value to assigned })
            val later = form.setOccurredAt(day(16))
            assertEquals(day(16) to "4", later.occurredAt to later.field(FEVER_DAYS)!!.value)
            form.setValue(FEVER_DAYS, "9")
            assertEquals("4", form.shown(FEVER_DAYS).value)
        }
    }

    @Test
    fun `an error keeps a visit from being completed until it is put right`() = work { session ->
        session.visitForm().use { form ->
            form.fillIn(AGE to "4", SEX to "F", ONSET to day(20))
            assertEquals(1, form.shown(ONSET).errors.size)
            val refused = form.complete() as EventResult.Refused
            assertEquals(ONSET.uid, refused.problems.single { it.blocksCompletion }.field)
            assertEquals(EventStatus.ACTIVE, form.state.value.status)
            thrown<OutpostException.NotFound> { session.event(form.id) }
            form.setValue(ONSET, day(13))
            assertEquals(emptyList<String>(), form.shown(ONSET).errors)
            assertTrue((form.complete() as EventResult.Saved).completed)
            assertEquals(EventStatus.COMPLETED, form.state.value.status)
            session.syncNow()
            val sent = sandbox.get("/api/tracker/events/${form.id.uid}")
            assertTrue(sent, FEVER_DAYS.uid in sent && DOSES.uid !in sent)
            session.openEvent(VISIT, form.id).use { again ->
                assertEquals(TravelState.SENT, again.travelState)
                assertEquals("2", again.shown(FEVER_DAYS).value)
            }
        }
    }

    @Test
    fun `warnings, key values and indicators are told and forbid nothing`() = work { session ->
        session.visitForm().use { form ->
            form.fillIn(AGE to "4", SEX to "F", TEMPERATURE to "40.5", POSITIVE to "true")
            val state = form.setValue(OUTCOME, "TREATED")
            val tablets = state.announcements.single { it.kind == AnnouncementKind.KEY_VALUE }
            assertEquals("Tablets for each dose" to "1", tablets.text to tablets.value)
            val degrees = state.indicators.single()
            assertEquals("Degrees above normal", degrees.name)
            assertEquals(3.5, degrees.value!!.toDouble(), 0.0)
            assertTrue(form.setValue(TEMPERATURE, "").indicators.single().leftOut)
            form.setValue(TEMPERATURE, "40.5")
            val warning = form.check().single()
            assertEquals(OUTCOME.uid to false, warning.field to warning.blocksCompletion)
            val saved = form.complete() as EventResult.Saved
            assertTrue("${saved.problems}", saved.problems.any { it.field == OUTCOME.uid })
        }
    }

    @Test
    fun `a draft is resumed as it was left, wrong texts too`() = work { session ->
        val id = session.visitForm().use { form ->
            form.fillIn(AGE to "4", SEX to "F", TEMPERATURE to "hot")
            form.addNote("mother called")
            val refused = form.save() as EventResult.Refused
            assertEquals(TEMPERATURE.uid, refused.problems.single { it.blocksSending }.field)
            form.saveDraft()
            form.id
        }
        assertTrue(session.drafts(VISIT).any { it.key == id.uid })
        session.openEvent(VISIT, id).use { form ->
            assertEquals(day(15), form.state.value.occurredAt)
            assertEquals("mother called", form.state.value.notes.single().text)
            assertEquals("4" to "hot", form.shown(AGE).value to form.shown(TEMPERATURE).value)
            assertTrue(form.shown(TEMPERATURE).problem!!.isNotBlank())
            assertNull(form.setValue(TEMPERATURE, "39").field(TEMPERATURE)!!.problem)
            assertTrue(form.save() is EventResult.Saved)
        }
        assertFalse(session.drafts(VISIT).any { it.key == id.uid })
        assertEquals("39", session.event(id).event.answerTo(TEMPERATURE))
    }

    @Test
    fun `a violation is shown with both sides and goes`() = work { session ->
        session.openReport(report(back = 20)).use { form ->
            assertEquals(emptyList<Violation>(), form.state.value.violations)
            form.setValue(FEVER, "4", GIRLS)
            assertEquals(1, form.setValue(MALARIA, "5", GIRLS).saved)
            val violation = form.state.value.violations.single()
            assertEquals("Malaria cases are fever cases", violation.name)
            val shown = listOf(violation.leftSide.shown, violation.operator, violation.rightSide.shown)
            assertEquals(listOf("5", "<=", "4"), shown)
            assertEquals("Malaria confirmed, all", violation.leftSide.description)
            assertEquals("Fever cases, all", violation.rightSide.description)
            assertTrue("Fever cases" in violation.rightSide.formula)
            assertEquals(RuleImportance.HIGH, violation.importance)
            assertTrue(violation.instruction!!.isNotBlank())
            assertEquals(1, form.state.value.violationCount)
            assertEquals(125.0, form.state.value.share(), 0.0)
            session.openReport(form.key).use { again ->
                assertEquals(form.state.value, again.state.value)
            }
            form.setValue(MALARIA, "3", GIRLS)
            assertEquals(0 to 75.0, form.state.value.run { violations.size to share() })
        }
    }

    private fun ReportFormState.share(): Double {
        assertEquals("Malaria among fever cases (%)", indicators.single().name)
        return indicators.single().value!!.toDouble()
    }

    @Test
    fun `a report is completed with its violations named`() = work { session ->
        session.openReport(report(back = 21)).use { form ->
            form.setValue(FEVER, "1", GIRLS)
            form.setValue(MALARIA, "2", GIRLS)
            form.edit(CellEdit.Comment(FEVER, "one book is lost", GIRLS))
            val cell = form.state.value.report.cell(FEVER, GIRLS)!!
            assertEquals("1" to "one book is lost", cell.value to cell.comment)
            val empty = form.complete() as CompletionResult.Refused
            assertEquals(STOCK, empty.problems.single { it.blocks }.dataElement)
            assertEquals(1, empty.violations.size)
            form.setValue(STOCK, "40")
            val saved = form.complete() as CompletionResult.Saved
            assertEquals(form.state.value.violations, saved.violations)
            assertTrue(form.state.value.report.completion.completed)
            assertTrue(form.reopen() is CompletionResult.Saved)
            assertFalse(form.state.value.report.completion.completed)
        }
    }

    @Test
    fun `a text that is no value stays at its cell and is not saved`() = work { session ->
        session.openReport(report(back = 22)).use { form ->
            form.setValue(STOCK, "40")
            assertEquals(1, form.setValue(STOCK, "forty").refused.size)
            val wrong = form.state.value.wrong.single()
            assertEquals(STOCK to "forty", wrong.dataElement to wrong.text)
            assertTrue(wrong.problem.isNotBlank())
            assertEquals("40", form.state.value.report.cell(STOCK)!!.value)
            assertTrue(form.complete() is CompletionResult.Refused)
            form.setValue(STOCK, "41")
            assertEquals(emptyList<WrongCell>(), form.state.value.wrong)
            assertTrue(form.complete() is CompletionResult.Saved)
        }
    }

    @Test
    fun `an edit is one call to the core`() = work { session ->
        val door = Session::class.java.getDeclaredField("handle").run {
            isAccessible = true
            get(session) as SessionHandle
        }
        val event = door.openNewEventForm(VISIT.uid, null, CLINIC.uid)
        val asked = mutableListOf<String>()
        EventFormSession(event.copy(handle = CountedEvent(event.handle, asked))).use { form ->
            form.setValue(POSITIVE, "true")
            form.setValue(DOSES, "3")
            form.setValue(POSITIVE, "false")
            assertEquals("3", form.shown(DOSES).setAside)
        }
        assertEquals(listOf(POSITIVE.uid, DOSES.uid, POSITIVE.uid), asked)
        val report = door.openReportForm(report(back = 23).toFfi())
        asked.clear()
        ReportFormSession(report.copy(handle = CountedReport(report.handle, asked))).use { form ->
            form.setValue(MALARIA, "5", GIRLS)
            assertEquals(1, form.state.value.violations.size)
            assertEquals("5", form.state.value.report.cell(MALARIA, GIRLS)!!.value)
        }
        assertEquals(listOf(MALARIA.uid), asked)
    }

    /** Any call but the one expected would fail: there is nothing behind it. */
    private class CountedEvent(val real: EventFormHandle, val asked: MutableList<String>) :
        EventFormHandle(NoHandle) {
        override suspend fun setValue(dataElement: String, value: String) =
            real.setValue(dataElement, value).also { asked += dataElement }
    }

    private class CountedReport(val real: ReportFormHandle, val asked: MutableList<String>) :
        ReportFormHandle(NoHandle) {
        override suspend fun edit(edit: FfiCellEdit) =
            real.edit(edit).also { asked += edit.dataElement }
    }

    @Test
    fun `what is no question, no form or closed is said to be so`() = work { session ->
        val form = session.visitForm()
        thrown<OutpostException.NotFound> { form.setValue(STOCK, "1") }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { form.setValue(DataElementId("'"), "1") }
        thrown<OutpostException.InvalidInput> { form.setValue(AGE, "half \uD83D") }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { form.addNote(" ") }.alsoSpeaks()
        assertNotNull(form.setValue(AGE, "9".repeat(1_000_000)).field(AGE)!!.problem)
        val geometry = form.setGeometry("{\"type\":\"nonsense\"}")
        assertEquals("{\"type\":\"nonsense\"}", geometry.geometry)
        assertTrue(form.save() is EventResult.Refused)
        form.close()
        form.close()
        thrown<IllegalStateException> { form.setValue(AGE, "4") }
        thrown<OutpostException.NotFound> { session.openEvent(VISIT, form.id) }.alsoSpeaks()
        thrown<OutpostException.NotFound> { session.openNewEvent(ProgramId("PrNothing00"), CLINIC) }
    }

    companion object {
        private lateinit var sandbox: Sandbox
        private lateinit var outpost: Outpost
        private lateinit var session: Session

        @BeforeClass
        @JvmStatic
        fun start() {
            sandbox = Sandbox()
            outpost = runBlocking { Outpost.open(folder("home")) }
            session = runBlocking { nurse(sandbox, outpost) }
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
