package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Fact
import org.outpost.app.model.PersonRow
import org.outpost.sdk.AttributeValue
import org.outpost.sdk.PersonSummary
import org.outpost.sdk.Session

/** More than three facts of a person nobody reads in a list; the first is the place. */
private const val FACTS_MAX = 2

/** People as lists show them. */
internal class PersonRows(private val context: Context, private val session: Session) {
    fun row(of: PersonSummary) = PersonRow(
        id = of.id.uid,
        title = of.title,
        facts = (listOf(context.placeName(of.organisationUnit, of.organisationUnitName)) + values(of.title, of.values))
            .joinToString(" · "),
        state = of.state.toRecordState(finished = true),
        due = of.nextDue?.take("yyyy-MM-dd".length),
        onPhone = of.onDevice,
    )

    /** What is not in the name already. */
    private fun values(title: String, values: List<AttributeValue>): List<String> = values
        .filter { it.shown.isNotBlank() && it.shown !in title }
        .map { context.dateOrText(it.shown) }
        .take(FACTS_MAX)

    fun facts(values: List<AttributeValue>): List<Fact> = values
        .filter { it.shown.isNotBlank() }
        .map { value ->
            val shown = context.dateOrText(value.shown)
            val temporary = context.getString(R.string.temporary_number, shown)
            Fact(value.name, if (value.isTemporary) temporary else shown)
        }

    /** The telephone number among the values, as it is dialled. */
    suspend fun phone(program: org.outpost.sdk.ProgramId?, values: List<AttributeValue>): String? {
        val columns = program?.let { session.people.layout(it).columns } ?: return null
        val numbers = columns.filter { it.valueType == "PHONE_NUMBER" }.map { it.attribute }.toSet()
        return values.firstOrNull { it.attribute in numbers }?.value?.ifBlank { null }
    }
}

private val ISO_DATE = Regex("""\d{4}-\d{2}-\d{2}.*""")

/** A date of the wire as people say it; every other text as it is. */
internal fun Context.dateOrText(text: String): String =
    if (ISO_DATE.matches(text)) dateWords(text) else text
