package org.outpost.app.core

import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject
import org.outpost.sdk.Draft
import org.outpost.sdk.FormId
import org.outpost.sdk.Session

/** What an answer that the core does not take looks like: the value as typed, and why not. */
internal data class WrongAnswer(val value: String?, val why: String?)

/** Cells of a report that a rule refuses: kept with the core's drafts, so that none is lost. */
internal data class Kept(val answers: Map<String, WrongAnswer> = emptyMap()) {
    fun toJson(): String = JSONObject()
        .put("answers", JSONArray(answers.map { (field, it) -> answerJson(field, it) }))
        .toString()

    private fun answerJson(field: String, answer: WrongAnswer) = JSONObject()
        .put("field", field).putOpt("value", answer.value).putOpt("why", answer.why)

    companion object {
        /** Reads what [toJson] wrote; nothing for a text of another release. */
        fun parse(text: String): Kept? = try {
            val answers = JSONObject(text).getJSONArray("answers")
            Kept(
                (0 until answers.length()).map(answers::getJSONObject).associate {
                    it.getString("field") to WrongAnswer(it.text("value"), it.text("why"))
                },
            )
        } catch (_: JSONException) {
            null
        }
    }
}

private fun JSONObject.text(name: String): String? = if (has(name)) getString(name) else null

internal suspend fun Session.kept(form: FormId, key: String): Kept? =
    draft(form, key)?.let { Kept.parse(it.body) }

internal suspend fun Session.keptOf(form: FormId): List<Pair<Draft, Kept>> =
    drafts(form).mapNotNull { draft -> Kept.parse(draft.body)?.let { draft to it } }

/** Keeps it, or forgets the draft when there is nothing to keep. */
internal suspend fun Session.keep(form: FormId, key: String, kept: Kept) =
    if (kept.answers.isEmpty()) deleteDraft(form, key) else saveDraft(form, key, kept.toJson())
