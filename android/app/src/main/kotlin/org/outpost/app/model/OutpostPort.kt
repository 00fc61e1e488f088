package org.outpost.app.model

import kotlinx.coroutines.flow.Flow

/**
 * All that the screens ask of the core: one call per screen, one call per answer.
 *
 * Nothing here blocks; everything may be called on the main thread. Texts come in the person's
 * language where the server has them. Whatever fails is a [TroubleException], which says what
 * happened, whether the work is safe and what to do.
 */
interface OutpostPort {
    /** People, their visits and families. */
    val people: PeoplePort

    /** What a supervisor does. */
    val team: TeamPort

    /** Giving and receiving without internet. */
    val exchange: ExchangePort

    /** The phone itself. */
    val device: DevicePort

    /** Phones and tablets of a roll-out. */
    val phones: PhonesPort

    /** Giving phones out, taking them back, looking whether they are there. */
    val handOver: HandOverPort

    /** Sites that go live. */
    val goLive: GoLivePort

    /** Help for users. */
    val help: HelpPort

    /** Who works here; `null` when nobody is signed in. */
    suspend fun session(): Session?

    /** Who worked here last, signed in or not; `null` on a new phone. */
    suspend fun lastSession(): Session?

    /**
     * Signs in, with the server when it can be reached, else with what the phone knows.
     *
     * @param allowHttp whether the person allowed this server without encryption
     */
    suspend fun signIn(
        server: String,
        userName: String,
        password: String,
        allowHttp: Boolean = false,
    ): Session

    /** Reads a setup code; nothing is kept. Refused when it was changed, or signed by nobody who may. */
    suspend fun readSetup(text: String): SetupCode

    /** Locks the work of this person; nothing is removed. */
    suspend fun signOut()

    /** How many others have work on this phone. */
    suspend fun others(): Int

    /**
     * Removes the work of whoever is signed in; gives how many others remain. Refused while
     * something is not sent, unless it is written to [export] first, locked for the recovery keys.
     */
    suspend fun wipe(export: String? = null): Int

    /** The first screen. */
    suspend fun home(): Home

    /** What others sent to this person; for whoever tells of it. */
    suspend fun arrived(): Arrived

    /** A page of a form's records, newest first; [after] is [RecordPage.next]. */
    suspend fun records(formId: String, after: NextPage? = null): RecordPage

    /** Places where a record of this form may be begun; the first that match the words. */
    suspend fun places(formId: String, query: String): List<Choice>

    /** Periods that are open, the newest first; none for a form that has no periods. */
    suspend fun periods(formId: String): List<Choice>

    /** The splits of a form that the person may write to; one without a name if it is not split. */
    suspend fun splits(formId: String): List<Choice>

    /** Begins a record: an event of today, or the report of a period. */
    suspend fun newRecord(formId: String, at: NewRecord): FormKey

    /** A form with its answers. */
    suspend fun form(key: FormKey): Form

    /** Stores one answer; `null` or empty clears it. Returns after COMMIT. */
    suspend fun setValue(key: FormKey, fieldId: String, value: String?): Saved

    /** Searches a long list of choices; the first that match. */
    suspend fun choices(key: FormKey, fieldId: String, query: String): List<Choice>

    /** What stands before finishing. */
    suspend fun check(key: FormKey): Check

    /** Completes the record; refused while [check] has what blocks, then `null`. */
    suspend fun finish(key: FormKey): Finished?

    /** Takes a finished record up again. */
    suspend fun reopen(key: FormKey)

    /** What waits: first what needs a person, then what needs the network. */
    suspend fun outbox(after: NextPage? = null): Outbox

    /** One stopped record. */
    suspend fun problem(id: String): Problem

    /** Queues a refused record again as it is. */
    suspend fun retry(id: String)

    /**
     * Decides between two versions of a record; the other one stays in the journal.
     *
     * @param theirs the fields of which the other version is taken; `null` for all
     * @param reason the person's own words
     */
    suspend fun decide(id: String, theirs: Set<String>?, reason: String)

    /**
     * Sends and fetches while it is collected. Cancelling the collection stops after the part that
     * travels; the outcome is then read from [home].
     */
    fun sync(): Flow<SyncStep>
}

/** Where the next page of a list begins; belongs to the call that gave it. */
interface NextPage

/** Where and when a new record is. */
data class NewRecord(val place: String, val period: String?, val split: String)

/** What a sync reports: progress, then one outcome. */
sealed interface SyncStep {
    data class Running(val progress: SyncProgress) : SyncStep

    data class Ended(val outcome: SyncOutcome) : SyncStep
}
