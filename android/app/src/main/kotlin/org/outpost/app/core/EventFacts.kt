package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.FieldKind
import org.outpost.sdk.EventField
import org.outpost.sdk.EventSummary
import org.outpost.sdk.LabelledAnswer
import org.outpost.sdk.OutpostException
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session

/** More than three facts of a record nobody reads in a list; the first is the place. */
private const val FACTS_MAX = 2

/** What a list says of an event besides date and place: its first answers, as people read them. */
internal class EventFacts(
    private val context: Context,
    private val session: Session,
    private val program: ProgramId,
) {
    private val options = Options(session)
    private var questions: Map<String, EventField>? = null

    suspend fun of(event: EventSummary): List<String> {
        val known = questions ?: questions().also { questions = it }
        return event.answers.mapNotNull { words(it, known) }.take(FACTS_MAX)
    }

    private suspend fun words(answer: LabelledAnswer, known: Map<String, EventField>): String? {
        val question = known[answer.name] ?: return null
        val set = question.optionSet
        return when (kindOf(question.valueType, set != null)) {
            FieldKind.CHOICE -> set?.let { options.name(it.id, answer.value) } ?: answer.value
            FieldKind.DATE -> context.dateWords(answer.value)
            FieldKind.YES_NO, FieldKind.TICK -> {
                val word = if (answer.value == "true") R.string.yes else R.string.no
                context.getString(R.string.fact, answer.name, context.getString(word))
            }
            FieldKind.COUNT, FieldKind.INTEGER, FieldKind.NUMBER ->
                context.getString(R.string.fact, answer.name, answer.value)
            else -> answer.value
        }
    }

    /** The questions of the one stage; of several stages the list does not say which one it was. */
    private suspend fun questions(): Map<String, EventField> = try {
        session.eventForm(program).form.sections.flatMap { it.fields }.associateBy { it.name }
    } catch (_: OutpostException.InvalidInput) {
        emptyMap()
    }
}
