package org.outpost.app.screens

import android.os.Bundle
import org.outpost.app.model.FormKey

/** Where one can go. A route is ids only, so that it survives the death of the process. */
sealed interface Route {
    /** The records of one form. */
    data class Records(val formId: String) : Route

    /** One form, at a field when something is to be corrected there. */
    data class Fill(val key: FormKey, val fieldId: String? = null) : Route

    /** People of a program: search first. */
    data class People(val program: String) : Route

    /** The page of one person. */
    data class Person(val id: String) : Route

    /** A screen that needs no more than its name and perhaps an id. */
    data class To(val screen: Place, val id: String = "") : Route

    /** What is not sent yet. */
    object Outbox : Route

    /** One stopped record. */
    data class Stopped(val id: String) : Route
}

/** Screens that are known by their name. */
enum class Place {
    TO_DO, SENT_BACK, SYNC, REVIEW, REVIEW_ONE, TEAM, TEAM_ONE, GOALS, APPROVAL, APPROVAL_ONE,
    EXCHANGE, GIVE, RECEIVE, SETTINGS, PHONE, HISTORY, WIPE, HELP, ANSWER, REPORT, REQUEST, SUPPORT,
    DEVICES, DEVICE, SIM, HAND_OVER, TAKE_BACK, CHECK, GO_LIVE, SITE, SITE_CHECK, COMPARE, FIRST_WEEKS,
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
            is FormKey.Person -> "profile" to listOf(fieldId, key.program, key.uid, key.place)
        }
        Route.Outbox -> "outbox" to emptyList()
        is Route.Stopped -> "stopped" to listOf(id)
        is Route.People -> "people" to listOf(program)
        is Route.Person -> "person" to listOf(id)
        is Route.To -> "to" to listOf(screen.name, id)
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
        "profile" -> Route.Fill(FormKey.Person(parts[1], parts[2], parts[3]), parts[0])
        "outbox" -> Route.Outbox
        "people" -> Route.People(parts[0])
        "person" -> Route.Person(parts[0])
        "to" -> Place.entries.firstOrNull { it.name == parts[0] }?.let { Route.To(it, parts[1]) }
        "stopped" -> Route.Stopped(parts[0])
        else -> null
    }
}
