package org.outpost.app.figures

import java.time.LocalDate
import org.outpost.app.testing.Sandbox

/** An id of DHIS2: two letters for what it is, then a number. */
private fun uid(kind: String, number: Int) = kind + "$number".padStart(UID_CHARS - kind.length, '0')

private const val UID_CHARS = 11
private const val PEOPLE_AT_ONCE = 1_000
private const val SHARING = """{"public":"rwrw----","external":false,"users":{},"userGroups":{}}"""
private val GIVEN =
    listOf("Amina", "Élise", "José", "Fatou", "Kwame", "नीता", "አበባ", "مريم", "Grace", "Thandiwe")
private val FAMILY = listOf("Kamara", "Sesay", "N'Diaye", "Okonkwo", "Muñoz", "शर्मा", "ከበደ", "Mwale")

/** A program of events with so many questions; its names say what it is. */
internal class LargeForm(
    private val kind: String,
    val name: String,
    private val questions: Int,
    private val sections: Int,
) {
    val program = uid("Pr$kind", 0)
    private val stage = uid("Ps$kind", 0)

    /** The label of a question, from 1. */
    fun label(number: Int) = "$name, question $number"

    private fun question(number: Int) = uid("De$kind", number)

    private fun element(number: Int) =
        """{"id":"${question(number)}","name":"${label(number)}","shortName":"$kind $number",
            "formName":"${label(number)}","valueType":"NUMBER","domainType":"TRACKER",
            "aggregationType":"NONE","categoryCombo":{"id":"bjDvmb4bfuf"}}"""

    private fun asked(number: Int) =
        """{"id":"${uid("Pd$kind", number)}","dataElement":{"id":"${question(number)}"},
            "programStage":{"id":"$stage"},"compulsory":false,"sortOrder":$number}"""

    private fun section(number: Int): String {
        val each = questions / sections
        val ids = (number * each + 1..(number + 1) * each).joinToString(",") { """{"id":"${question(it)}"}""" }
        return """{"id":"${uid("Se$kind", number)}","name":"Part ${number + 1}","sortOrder":${number + 1},
            "programStage":{"id":"$stage"},"dataElements":[$ids]}"""
    }

    /** Rules of which each looks at the first question, and every tenth at a second one. */
    private fun rule(number: Int): Triple<String, String, String> {
        val (rule, action) = uid("Ru$kind", number) to uid("Ac$kind", number)
        val other = if (number % 10 == 0) " && #{q${number % questions + 1}} > 5" else ""
        return Triple(
            """{"id":"$rule","name":"$name, rule $number","program":{"id":"$program"},"priority":$number,
                "condition":"#{q1} > $number$other","programRuleActions":[{"id":"$action"}]}""",
            """{"id":"$action","programRuleActionType":"SHOWWARNING","programRule":{"id":"$rule"},
                "content":"More than $number","evaluationTime":"ALWAYS",
                "dataElement":{"id":"${question(number % questions + 1)}"}}""",
            """{"id":"$rule"}""",
        )
    }

    /** As a metadata package. */
    fun toJson(rules: Int = 0): String {
        val numbers = 1..questions
        val all = (1..rules).map(::rule)
        val variables = if (rules == 0) emptyList() else numbers.map {
            """{"id":"${uid("Pv$kind", it)}","name":"q$it","program":{"id":"$program"},
                "programRuleVariableSourceType":"DATAELEMENT_CURRENT_EVENT",
                "dataElement":{"id":"${question(it)}"}}"""
        }
        val known = numbers.filter { rules > 0 }.joinToString(",") { """{"id":"${uid("Pv$kind", it)}"}""" }
        return """{"dataElements":[${numbers.joinToString(",", transform = ::element)}],
            "programs":[{"id":"$program","name":"$name","shortName":"$name",
                "programType":"WITHOUT_REGISTRATION","categoryCombo":{"id":"bjDvmb4bfuf"},
                "organisationUnits":[{"id":"OuClinicAaa"}],"programStages":[{"id":"$stage"}],
                "programRuleVariables":[$known],"sharing":$SHARING}],
            "programStages":[{"id":"$stage","name":"$name","program":{"id":"$program"},"sortOrder":1,
                "repeatable":false,"featureType":"NONE","validationStrategy":"ON_UPDATE_AND_INSERT",
                "programStageDataElements":[${numbers.joinToString(",", transform = ::asked)}],"sharing":$SHARING}],
            "programStageSections":[${(0 until sections).joinToString(",", transform = ::section)}],
            "programRuleVariables":[${variables.joinToString(",")}],
            "programRules":[${all.joinToString(",") { it.first }}],
            "programRuleActions":[${all.joinToString(",") { it.second }}]}"""
    }
}

/** So many children whom the clinic follows, written as an administrator does. */
internal fun Sandbox.people(count: Int) {
    val day = LocalDate.now().minusDays(30)
    (0 until count).chunked(PEOPLE_AT_ONCE).forEach { numbers ->
        val people = numbers.joinToString(",") { person(it, day) }
        put("/api/tracker?async=false", """{"trackedEntities":[$people]}""")
    }
}

private fun person(number: Int, day: LocalDate): String {
    val (given, family) = GIVEN[number % GIVEN.size] to FAMILY[number / GIVEN.size % FAMILY.size]
    return """{"trackedEntity":"${uid("Te", number)}","trackedEntityType":"TtPerson000","orgUnit":"OuClinicAaa",
        "attributes":[{"attribute":"TaGivenName","value":"$given $number"},
            {"attribute":"TaFamilyNam","value":"$family"}],
        "enrollments":[{"enrollment":"${uid("En", number)}","program":"PrChildHeal","orgUnit":"OuClinicAaa",
            "enrolledAt":"$day","occurredAt":"$day","attributes":[{"attribute":"TaSex000000","value":"F"}]}]}"""
}
