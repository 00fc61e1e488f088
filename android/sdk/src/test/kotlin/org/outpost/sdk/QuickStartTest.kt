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

/** The ten lines of the README are these, and they do what they say. */
class QuickStartTest {
    private val module = File(given("outpost.project"), "android/sdk")

    @Test
    fun `the README shows the very lines that run here`() {
        val shown = module.resolve("README.md").readText()
            .substringAfter("```kotlin\n").substringBefore("\n```").lines()
        val source = module.resolve("src/test/kotlin/org/outpost/sdk/QuickStartTest.kt").readText()
        val run = source.substringAfter("// README begins\n").substringBefore("\n    // README")
        assertEquals(run.trimIndent(), shown.joinToString("\n"))
        assertEquals(10, shown.size)
    }

    @Test
    fun `they bring a report to the server`() {
        val said = ByteArrayOutputStream()
        val before = System.out
        Sandbox().use { sandbox ->
            System.setOut(PrintStream(said))
            try {
                runBlocking {
                    val period = month(1).id
                    quickStart(folder("home"), sandbox.address, PASSWORD, period, "OuClinicAaa")
                }
            } finally {
                System.setOut(before)
            }
            assertTrue("$said", "\n0 records wait" in said.toString())
            assertEquals("40", sandbox.value("DeStockAct0", month(1).id, "OuClinicAaa"))
        }
    }
}
