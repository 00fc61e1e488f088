package org.outpost.app.model

import kotlinx.coroutines.flow.Flow

/**
 * All that the screens ask of the core: one call per screen, one call per answer.
 *
 * Nothing here blocks; everything may be called on the main thread. Texts come in the person's
 * language where the server has them. An implementation never throws for what a person can act on:
 * that is in the outcomes. What it does throw is a fault of the phone or of the app, and screens
 * show it as such.
 */
interface OutpostPort {
    /** Who works here; `null` when nobody is signed in. */
    suspend fun session(): Session?

    /** Signs in, with the server when it can be reached, else with what the phone knows. */
    suspend fun signIn(server: String, userName: String, password: String): SignInOutcome

    /** Locks the work of this person; nothing is removed. */
    suspend fun signOut()

    /** The first screen. */
    suspend fun home(): Home

    /** A page of a form's records, newest first; [after] is [RecordPage.next]. */
    suspend fun records(formId: String, after: String? = null): RecordPage

    /**
     * Begins a record: an event at the remembered place, today; a report for the newest period
     * that is open and has none.
     */
    suspend fun newRecord(formId: String): FormKey

    /** A form with its answers. */
    suspend fun form(key: FormKey): Form

    /** Stores one answer; `null` or empty clears it. Returns after COMMIT. */
    suspend fun setValue(key: FormKey, fieldId: String, value: String?): Saved

    /** Searches a long list of choices; the first 50 that match. */
    suspend fun choices(key: FormKey, fieldId: String, query: String): List<Choice>

    /** What stands before finishing. */
    suspend fun check(key: FormKey): Check

    /** Completes the record; refused while [check] has errors, then `null`. */
    suspend fun finish(key: FormKey): RecordState?

    /** Takes a finished record up again. */
    suspend fun reopen(key: FormKey)

    /** What waits: first what needs a person, then what needs the network. */
    suspend fun outbox(after: String? = null): Outbox

    /** One stopped record. */
    suspend fun problem(id: String): Problem

    /** Queues a refused record again as it is. */
    suspend fun retry(id: String)

    /**
     * Sends and fetches. Cancelling the collection stops after the part that travels; the
     * outcome is then read from [home].
     */
    fun sync(): Flow<SyncStep>
}

/** What a sync reports: progress, then one outcome. */
sealed interface SyncStep {
    data class Running(val progress: SyncProgress) : SyncStep

    data class Ended(val outcome: SyncOutcome) : SyncStep
}
