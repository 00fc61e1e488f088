package org.outpost.app.core

import org.outpost.app.model.CHOICES_SHOWN_MAX
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.ui.severalCodes
import org.outpost.sdk.OptionSetId
import org.outpost.sdk.OptionSetRef
import org.outpost.sdk.Session

/** The options of the questions of one form; each list is read once. */
internal class Options(private val session: Session) {
    private class First(val choices: List<Choice>, val isAll: Boolean)

    private val read = HashMap<String, First>()

    /** The field with its choices, when they are few, and the name of the one chosen. */
    suspend fun fill(field: Field, set: OptionSetRef?): Field {
        if (set == null) return field
        val first = first(set.id)
        val few = first.isAll && first.choices.size <= CHOICES_SHOWN_MAX
        return field.copy(
            choices = if (few) first.choices else emptyList(),
            display = field.value?.let { value ->
                if (field.kind != FieldKind.CHOICES) return@let name(set.id, value)
                value.severalCodes().map { name(set.id, it) ?: it }.joinToString(", ")
            },
        )
    }

    /** What a stored code is called; `null` when the list does not have it. */
    suspend fun name(set: OptionSetId, code: String): String? {
        val first = first(set)
        first.choices.firstOrNull { it.value == code }?.let { return it.name }
        if (first.isAll) return null
        return find(set, code).firstOrNull { it.value == code }?.name
    }

    /** The first options that match the words. */
    suspend fun find(set: OptionSetId, query: String): List<Choice> =
        session.options(set, query.ifBlank { null }).items.map { Choice(it.code, it.name) }

    private suspend fun first(set: OptionSetId): First = read.getOrPut(set.uid) {
        val page = session.options(set)
        First(page.items.map { Choice(it.code, it.name) }, page.next == null)
    }
}
