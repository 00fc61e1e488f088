package org.outpost.sdk

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.outpost.sdk.testing.PASSWORD
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.given
import org.outpost.sdk.testing.id
import org.outpost.sdk.testing.month
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.syncNow

private suspend fun quickStart(
    home: File,
    server: String,
    password: String,
    period: String,
    place: String,
) {
    // README begins
    Outpost.open(home).use { outpost ->
        outpost.signIn(server, "nurse", password, allowHttp = true).session.use { session ->
            session.sync().collect { println(it) }
            val report = ReportKey(DataSetId("DsMonthly00"), period, OrganisationUnitId(place))
            session.saveCells(report, listOf(CellEdit.Value(DataElementId("DeStockAct0"), "40")))
            session.completeReport(report)
            session.sync().collect { println(it) }
            println("${session.status().unsent} records wait")
        }
    }
    // README ends
}

private suspend fun people(session: Session, place: String, born: String, day: String) {
    // README people begins
    val program = ProgramId("PrChildHeal")
    session.people.openNew(program, OrganisationUnitId(place)).use { form ->
        form.setValue(AttributeId("TaGivenName"), "Amina") // rules run, as in other forms
        form.setValue(AttributeId("TaFamilyNam"), "Bello")
        form.setValue(AttributeId("TaSex000000"), "F")
        form.setOccurredAt(born)
        form.duplicates().forEach { println("${it.person.title}? ${it.reasons}") }
        val saved = form.save() as? PersonResult.Saved ?: return // else Refused, with the problems
        session.visits.schedule(saved.enrollment!!, ProgramStageId("PsGrowthVis"), day)
    }
    for (found in session.people.search(PersonQuery(program, search = "amina")).items) {
        val child = session.people.person(found.id) // enrolments, visits, family, what waits
        println("${child.title}: ${child.enrollments.flatMap { it.stages }.map { it.visitCount }}")
    }
    // README people ends
}

/** The code of the README is this, and it does what it says. */
class QuickStartTest {
    private val module = File(given("outpost.project"), "android/sdk")

    private fun shown(heading: String): String = module.resolve("README.md").readText()
        .substringAfter("\n## $heading\n").substringAfter("```kotlin\n").substringBefore("\n```")

    private fun run(name: String): String =
        module.resolve("src/test/kotlin/org/outpost/sdk/QuickStartTest.kt").readText()
            .substringAfter("// README ${name}begins\n").substringBefore("\n    // README")
            .trimIndent()

    @Test
    fun `the README shows the very lines that run here`() {
        assertEquals(run(""), shown("Ten lines"))
        assertEquals(10, shown("Ten lines").lines().size)
        assertEquals(run("people "), shown("People"))
    }

    @Test
    fun `a child is registered, given a visit and found`() {
        val said = said { sandbox ->
            Outpost.open(folder("home")).use { outpost ->
                nurse(sandbox, outpost).use { session ->
                    val day = java.time.LocalDate.now().plusDays(40).toString()
                    people(session, "OuClinicAaa", "${month(1)}-03", day)
                    assertEquals(0, session.syncNow().report.refused)
                }
            }
        }
        assertTrue(said, "Amina Bello: [1, 2]" in said)
    }

    private fun said(work: suspend (Sandbox) -> Unit): String {
        val said = ByteArrayOutputStream()
        val before = System.out
        Sandbox().use { sandbox ->
            System.setOut(PrintStream(said))
            try {
                runBlocking { work(sandbox) }
            } finally {
                System.setOut(before)
            }
        }
        return said.toString()
    }

    @Test
    fun `they bring a report to the server`() {
        val said = said { sandbox ->
            quickStart(folder("home"), sandbox.address, PASSWORD, month(1).id, "OuClinicAaa")
            assertEquals("40", sandbox.value("DeStockAct0", month(1).id, "OuClinicAaa"))
        }
        assertTrue(said, "\n0 records wait" in said)
    }
}
