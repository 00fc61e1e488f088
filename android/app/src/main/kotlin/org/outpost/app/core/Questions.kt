package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Notice
import org.outpost.app.model.Severity
import org.outpost.sdk.Announcement
import org.outpost.sdk.AnnouncementKind
import org.outpost.sdk.EventField
import org.outpost.sdk.FieldState
import org.outpost.sdk.OptionSetRef
import org.outpost.sdk.PersonField
import org.outpost.sdk.ProgramIndicatorValue
import org.outpost.sdk.Reason

/** Turns the core's questions and what the rules say about them into the fields of a screen. */
internal class Questions(private val context: Context, private val options: Options) {
    suspend fun field(question: EventField, state: FieldState?, refusal: Reason?): Field = fill(
        Field(
            id = question.dataElement.uid,
            label = question.name,
            kind = kindOf(question.valueType, question.optionSet != null),
            value = state?.value,
            hint = hint(question.description, state),
            compulsory = state?.mandatory ?: question.compulsory,
            readOnly = state?.assigned == true || state?.readOnly == true,
            problem = problem(state, refusal),
        ),
        question.optionSet, state,
    )

    suspend fun field(question: PersonField, state: FieldState?, refusal: Reason?): Field = fill(
        Field(
            id = question.attribute.uid,
            label = question.name,
            kind = kindOf(question),
            value = state?.value,
            hint = when {
                question.generated -> context.getString(R.string.given_on_saving)
                else -> hint(question.description, state)
            },
            compulsory = state?.mandatory ?: question.mandatory,
            readOnly = question.generated || state?.assigned == true || state?.readOnly == true,
            problem = problem(state, refusal),
        ),
        question.optionSet, state,
    )

    /** What nobody else may have stands on a label or a card more often than not. */
    private fun kindOf(question: PersonField): FieldKind {
        val kind = kindOf(question.valueType, question.optionSet != null)
        return if (question.unique && kind == FieldKind.TEXT) FieldKind.CODE else kind
    }

    private fun hint(description: String?, state: FieldState?): String? = listOfNotNull(
        description,
        context.getString(R.string.filled_in_for_you).takeIf { state?.assigned == true },
        state?.legend?.name,
    ).joinToString(" · ").ifEmpty { null }

    private suspend fun fill(field: Field, set: OptionSetRef?, state: FieldState?): Field {
        val filled = options.fill(field, set)
        if (state == null) return filled
        return filled.copy(choices = filled.choices.filter { state.allows(it.value) })
    }

    private fun problem(state: FieldState?, refusal: Reason?): FieldProblem? {
        val error = state?.problem ?: state?.errors?.firstOrNull() ?: refusal?.words
        if (error != null) return FieldProblem(error, Severity.ERROR)
        return state?.warnings?.firstOrNull()?.let { FieldProblem(it, Severity.WARNING) }
    }

    fun notices(
        announcements: List<Announcement>,
        indicators: List<ProgramIndicatorValue>,
    ): List<Notice> = announcements.mapNotNull { notice(it) } +
        indicators.filter { !it.leftOut && it.value != null }.map { Notice(it.name, it.value, null) }

    private fun notice(said: Announcement): Notice? = when (said.kind) {
        AnnouncementKind.ERROR -> Notice(said.text, said.value, Severity.ERROR)
        AnnouncementKind.WARNING -> Notice(said.text, said.value, Severity.WARNING)
        AnnouncementKind.TEXT, AnnouncementKind.KEY_VALUE -> Notice(said.text, said.value, null)
        // For the administrator; it is in the core's own list of form problems.
        AnnouncementKind.BROKEN -> null
    }
}
