package org.outpost.app.model

/** Where a record stands. In the order in which a group shows them: the first that applies wins. */
enum class RecordState {
    /** Somebody else changed it too; a person must choose. */
    TWO_VERSIONS,

    /** The server refused it; it is parked with the reason. */
    REFUSED,

    /** Its form changed or went; the work is kept. */
    KEPT_ASIDE,

    /** Begun, not finished. */
    NOT_FINISHED,

    /** Travelling now. */
    SENDING,

    /** Safe on this phone, not sent yet. */
    WAITING,

    /** The server's report for it is stored. */
    SENT,
}

/** The person who works here. */
data class Session(val userName: String, val displayName: String, val server: String)

/** How signing in ended. */
sealed interface SignInOutcome {
    /** Signed in; the forms may still have to be fetched. */
    data class SignedIn(val session: Session) : SignInOutcome

    /** The name or the password is wrong. */
    object WrongPassword : SignInOutcome

    /** Too many tries. */
    data class Locked(val untilMs: Long) : SignInOutcome

    /** No way to the server, and this person has not worked on this phone before. */
    object NoNetwork : SignInOutcome

    /** This network answers with a login page of its own. */
    object NetworkLogin : SignInOutcome

    /** The address is no DHIS2 server that Outpost can use; [reason] in words. */
    data class NotAServer(val reason: String) : SignInOutcome

    /** The phone's date is too far off. */
    object WrongClock : SignInOutcome
}

/** What the first screen shows, from one read, so that its numbers always agree. */
data class Home(
    val session: Session,
    val safety: Safety,
    val forms: List<FormSummary>,
    /** Measured server time, Unix ms UTC: what "today" means. */
    val nowMs: Long,
)

/** The answer to "is my work safe?". */
data class Safety(
    /** Everything the server has not confirmed, refused work included. */
    val unsent: Int,
    /** All forms on this phone. */
    val total: Int,
    val refused: Int,
    val twoVersions: Int,
    val keptAside: Int,
    /** When last everything had been sent, Unix ms UTC. */
    val lastSentMs: Long?,
    /** Whole days since the oldest unsent record was saved. */
    val unsentDays: Int,
) {
    /** Records that wait for a person, not for the network. */
    val needsYou: Int get() = refused + twoVersions + keptAside
}

/** What a form is about, for the person. */
enum class FormKind { EVENT, REPORT }

/** One form in the list. */
data class FormSummary(
    val id: String,
    val name: String,
    val kind: FormKind,
    /** Records on this phone. */
    val count: Int,
    /** Records by state, without those that are zero. */
    val states: Map<RecordState, Int>,
    /** Why nothing can be added, in words; `null` when it can. */
    val readOnlyReason: String? = null,
)

/** One record of a form: an event, or a data set's period at a place. */
data class RecordRow(
    val key: FormKey,
    val title: String,
    val subtitle: String,
    val state: RecordState,
)

/** At most 200 records; [next] is given back to read on. */
data class RecordPage(
    val form: FormSummary,
    val rows: List<RecordRow>,
    val next: String?,
    /** Whether "New form" is offered. */
    val canAdd: Boolean,
)

/** What waits for a person or for the network. At most 200 rows a page. */
data class Outbox(val rows: List<OutboxRow>, val next: String?, val waiting: Int)

/** One row of the outbox. */
data class OutboxRow(
    val id: String,
    val title: String,
    val subtitle: String,
    val state: RecordState,
    /** The server's reason in words, when refused. */
    val reason: String?,
)

/** Why one record stopped, and what to do. */
data class Problem(
    val id: String,
    val title: String,
    val subtitle: String,
    val state: RecordState,
    /** The server's reason in words. */
    val reason: String,
    /** The field that it is about, with what was entered; `null` when it is about no field. */
    val field: ProblemField?,
    /** For the helper: code and time of the answer. */
    val code: String?,
    val answeredMs: Long?,
    val nowMs: Long,
    val form: FormKey?,
)

/** The field a refusal is about. */
data class ProblemField(val id: String, val label: String, val value: String)

/** How a sync goes on. */
data class SyncProgress(
    val phase: SyncPhase,
    val done: Int,
    val total: Int,
    /** Bytes so far and, when known, in all. */
    val bytes: Long,
    val bytesTotal: Long?,
)

/** What the sync does now. */
enum class SyncPhase { CONNECTING, GETTING_FORMS, SENDING, ASKING_FOR_ANSWERS, GETTING_CHANGES, FINISHED }

/** How a sync ended. */
sealed interface SyncOutcome {
    data class Finished(val sent: Int, val refused: Int) : SyncOutcome

    /** A person stopped it; how much still waits is in [Home]. */
    object Stopped : SyncOutcome

    object NoNetwork : SyncOutcome

    object NetworkLogin : SyncOutcome

    /** The password changed on the server. */
    object SignInAgain : SyncOutcome

    data class ServerBusy(val retryMs: Long?) : SyncOutcome

    /** The phone or the app failed; nothing is lost. */
    object Fault : SyncOutcome

    /** [reason] in words, without a value of a person. */
    data class Failed(val reason: String) : SyncOutcome
}
