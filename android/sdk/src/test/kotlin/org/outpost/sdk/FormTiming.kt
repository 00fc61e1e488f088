package org.outpost.sdk

import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.report

private const val FIELDS = 300
private const val RULES = 500
private const val WARM_UPS = 100
private const val RUNS = 200

/**
 * Prints how long a form takes from Kotlin to the core and back: a stage of 300 questions and 500
 * rules that is opened, edited and saved as a draft. For people to look at; nothing is asserted.
 *
 * Run it on the class path of the tests with `-Djna.library.path`, `-Doutpost.tool` and
 * `-Doutpost.project` as `pom.xml` gives them to the tests.
 */
fun main() {
    Sandbox().use { sandbox ->
        sandbox.enlarge()
        runBlocking {
            Outpost.open(folder("home")).use { outpost ->
                nurse(sandbox, outpost).use { measure(it) }
            }
        }
    }
    // Threads of the pools would keep the process for a minute.
    exitProcess(0)
}

private suspend fun measure(session: Session) {
    val test = DataElementId("DeEvTest000")
    print("open a new event") { session.openNewEvent(VISIT, CLINIC).close() }
    session.openNewEvent(VISIT, CLINIC).use { form ->
        println("  ${form.state.value.fields.size} questions, problems: ${form.formProblems}")
        var positive = false
        print("answer a question") {
            positive = !positive
            form.setValue(test, "$positive")
        }
        print("check") { form.check() }
        print("save a draft") { form.saveDraft() }
    }
    print("open a report") { session.openReport(report(1)).close() }
    session.openReport(report(1)).use { form ->
        var cases = 0
        print("enter a cell") { form.setValue(DataElementId("DeStockAct0"), "${cases++}") }
    }
}

private suspend fun print(what: String, work: suspend () -> Unit) {
    repeat(WARM_UPS) { work() }
    val times = List(RUNS) {
        val begun = System.nanoTime()
        work()
        (System.nanoTime() - begun) / 1e6
    }.sorted()
    val (median, late) = times[RUNS / 2] to times[RUNS * 95 / 100]
    println("%-20s median %6.2f ms, 95%% %6.2f ms".format(what, median, late))
}

/** Adds questions to the stage and rules to the program, none of which the edits concern. */
private fun Sandbox.enlarge() {
    val numbers = 1..FIELDS - 9
    val elements = numbers.joinToString(",") {
        """{"id":"${uid("De", it)}","name":"Question $it","shortName":"Question $it",
           "valueType":"NUMBER","domainType":"TRACKER","aggregationType":"NONE",
           "categoryCombo":{"id":"bjDvmb4bfuf"}}"""
    }
    val asked = numbers.joinToString("") {
        """{"id":"${uid("Ps", it)}","dataElement":{"id":"${uid("De", it)}"},
           "programStage":{"id":"PsFeverVisi"},"sortOrder":${it + 9}},"""
    }
    val shown = numbers.joinToString("") { """{"id":"${uid("De", it)}"},""" }
    val whole = "programStageDataElements[id,dataElement,programStage,compulsory,sortOrder]"
    val stage = get("/api/programStages/PsFeverVisi?fields=:owner,$whole")
    val section = get("/api/programStageSections/PssVisit000?fields=:owner")
    post(
        "/api/metadata",
        """{"dataElements":[$elements],
           "programStages":[${stage.with("programStageDataElements", asked)}],
           "programStageSections":[${section.with("dataElements", shown)}],
           "programRules":[${(1..RULES).joinToString(",") { rule(it) }}],
           "programRuleActions":[${(1..RULES).joinToString(",") { action(it) }}]}""",
    )
}

private fun rule(number: Int) =
    """{"id":"${uid("Ru", number)}","name":"Rule $number","program":{"id":"PrFeverVisi"},
       "condition":"#{temperature} >= $number","programRuleActions":[{"id":"${uid("Ac", number)}"}]}"""

private fun action(number: Int) =
    """{"id":"${uid("Ac", number)}","programRuleActionType":"HIDEFIELD","evaluationTime":"ALWAYS",
       "programRule":{"id":"${uid("Ru", number)}"},
       "dataElement":{"id":"${uid("De", number % (FIELDS - 9) + 1)}"}}"""

private fun uid(kind: String, number: Int) = "%sTiming%03d".format(kind, number)

private fun String.with(list: String, first: String): String {
    val opening = Regex("\"$list\"\\s*:\\s*\\[")
    check(opening in this) { "no $list in $this" }
    return replace(opening, "\"$list\":[$first")
}
