package org.outpost.app.screens

import android.os.Bundle
import org.outpost.app.model.FormKey

/** Where one can go. A route is ids only, so that it survives the death of the process. */
sealed interface Route {
    /** The records of one form. */
    data class Records(val formId: String) : Route

    /** One form, at a field when something is to be corrected there. */
    data class Fill(val key: FormKey, val fieldId: String? = null) : Route

    /** What is not sent yet. */
    object Outbox : Route

    /** One stopped record. */
    data class Stopped(val id: String) : Route
}

private const val WHAT = "what"
private const val PARTS = "parts"

/** Writes the route for a saved state. */
fun Route.toBundle(): Bundle {
    val (what, parts) = when (this) {
        is Route.Records -> "records" to listOf(formId)
        is Route.Fill -> when (val key = key) {
            is FormKey.Event -> "event" to listOf(fieldId, key.program, key.uid)
            is FormKey.Report -> "report" to listOf(
                fieldId, key.dataSet, key.period, key.organisationUnit, key.attributeOptionCombo,
            )
        }
        Route.Outbox -> "outbox" to emptyList()
        is Route.Stopped -> "stopped" to listOf(id)
    }
    return Bundle().apply {
        putString(WHAT, what)
        putStringArrayList(PARTS, ArrayList(parts))
    }
}

/** Reads a route that [toBundle] wrote; `null` for anything else. */
fun routeOf(bundle: Bundle?): Route? {
    val parts = bundle?.getStringArrayList(PARTS) ?: return null
    return when (bundle.getString(WHAT)) {
        "records" -> Route.Records(parts[0])
        "event" -> Route.Fill(FormKey.Event(parts[1], parts[2]), parts[0])
        "report" -> Route.Fill(FormKey.Report(parts[1], parts[2], parts[3], parts[4]), parts[0])
        "outbox" -> Route.Outbox
        "stopped" -> Route.Stopped(parts[0])
        else -> null
    }
}
