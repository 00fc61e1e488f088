package org.outpost.app.core

import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject
import org.outpost.sdk.Draft
import org.outpost.sdk.FormId
import org.outpost.sdk.Session

/** What an answer that the core does not take looks like: the value as typed, and why not. */
internal data class WrongAnswer(val value: String?, val why: String?)

/**
 * What a form holds that cannot be a record yet: answers that a rule refuses, and an event that
 * still lacks some. Kept with the core's drafts, so that nothing typed is lost.
 */
internal data class Kept(
    val answers: Map<String, WrongAnswer> = emptyMap(),
    /** For an event that is no record yet. */
    val begun: Begun? = null,
    /** What is wrong with it as a whole: what is missing. */
    val problems: List<KeptProblem> = emptyList(),
) {
    fun toJson(): String = JSONObject().apply {
        put("answers", JSONArray(answers.map { (field, it) -> answerJson(field, it) }))
        put("problems", JSONArray(problems.map { it.toJson() }))
        begun?.let { put("begun", it.toJson()) }
    }.toString()

    private fun answerJson(field: String, answer: WrongAnswer) = JSONObject()
        .put("field", field).putOpt("value", answer.value).putOpt("why", answer.why)

    companion object {
        /** Reads what [toJson] wrote; nothing for a text of another release. */
        fun parse(text: String): Kept? = try {
            val json = JSONObject(text)
            Kept(
                answers = json.getJSONArray("answers").objects().associate {
                    it.getString("field") to WrongAnswer(it.text("value"), it.text("why"))
                },
                begun = json.optJSONObject("begun")?.let(::begunOf),
                problems = json.getJSONArray("problems").objects().map(::problemOf),
            )
        } catch (_: JSONException) {
            null
        }
    }
}

/** An event that was begun and is no record yet. */
internal data class Begun(
    val place: String,
    val placeName: String,
    val stage: String,
    val split: String?,
    val createdAt: String?,
    /** Whether the person has answered anything. */
    val touched: Boolean,
) {
    fun toJson(): JSONObject = JSONObject()
        .put("place", place).put("placeName", placeName).put("stage", stage)
        .putOpt("split", split).putOpt("createdAt", createdAt).put("touched", touched)
}

/** One problem of an event, as the core told it. */
internal data class KeptProblem(
    val field: String?,
    val name: String,
    val words: String,
    val blocks: Boolean,
) {
    fun toJson(): JSONObject = JSONObject()
        .putOpt("field", field).put("name", name).put("words", words).put("blocks", blocks)
}

private fun begunOf(json: JSONObject) = Begun(
    json.getString("place"), json.getString("placeName"), json.getString("stage"),
    json.text("split"), json.text("createdAt"), json.getBoolean("touched"),
)

private fun problemOf(json: JSONObject) = KeptProblem(
    json.text("field"), json.getString("name"), json.getString("words"),
    json.getBoolean("blocks"),
)

private fun JSONArray.objects(): List<JSONObject> = (0 until length()).map(::getJSONObject)

private fun JSONObject.text(name: String): String? = if (has(name)) getString(name) else null

internal suspend fun Session.kept(form: FormId, key: String): Kept? =
    draft(form, key)?.let { Kept.parse(it.body) }

internal suspend fun Session.keptOf(form: FormId): List<Pair<Draft, Kept>> =
    drafts(form).mapNotNull { draft -> Kept.parse(draft.body)?.let { draft to it } }

/** Keeps it, or forgets the draft when there is nothing to keep. */
internal suspend fun Session.keep(form: FormId, key: String, kept: Kept) =
    if (kept.answers.isEmpty() && kept.begun == null) deleteDraft(form, key)
    else saveDraft(form, key, kept.toJson())
