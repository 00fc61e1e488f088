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

    /** A reviewer asks for a correction. */
    SENT_BACK,

    /** Travelling now. */
    SENDING,

    /** Safe on this phone, not sent yet. */
    WAITING,

    /** The server's report for it is stored. */
    SENT,
}

/** The person who works here. */
data class Session(val userName: String, val server: String)

/** What the first screen shows, from one read, so that its numbers always agree. */
data class Home(
    val session: Session,
    val safety: Safety,
    val forms: List<FormSummary>,
    /** Measured server time, Unix ms UTC: what "today" means. */
    val nowMs: Long,
    /** Whether the forms are still to be fetched for the first time. */
    val neverFetched: Boolean = false,
    /** Records that a reviewer sent back to this person. */
    val sentBack: Int = 0,
    /** People with a visit that is due today or late. */
    val due: Int = 0,
    /** Whether this person looks after the work of others too. */
    val isSupervisor: Boolean = false,
    /** Whether this person gives out phones of a list that the server keeps. */
    val givesPhones: Boolean = false,
    /** Whether the sites that go live are planned on the server, and this person may see them. */
    val hasGoLive: Boolean = false,
    /** Whether the server takes requests for help. */
    val hasHelp: Boolean = false,
    /** Own requests that wait for an answer of this person. */
    val helpAsks: List<String> = emptyList(),
)

/**
 * What others sent to whoever works here, each by a mark that changes when something new comes: replies to
 * own requests, with the request; records that were sent back, with the record.
 */
data class Arrived(val replies: Map<String, String> = emptyMap(), val sentBack: Map<String, String> = emptyMap())

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
enum class FormKind { PEOPLE, EVENT, REPORT }

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
    val next: NextPage?,
    /** Whether "New form" is offered. */
    val canAdd: Boolean,
)

/** What waits for a person or for the network. At most 200 rows a page. */
data class Outbox(val rows: List<OutboxRow>, val next: NextPage?)

/** One row of the outbox. */
data class OutboxRow(
    val id: String,
    val title: String,
    val subtitle: String,
    val state: RecordState,
    /** The server's reason in words, when refused. */
    val reason: String?,
    /** What to open when nothing is wrong with it. */
    val form: FormKey?,
    /** Whose it is, for a row of a person. */
    val person: String? = null,
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
    /** For the helper: code of the answer. */
    val code: String?,
    val form: FormKey?,
    /** What differs, when somebody else changed it too. */
    val versions: List<FieldVersions> = emptyList(),
)

/** One field with two versions and what stood there before; `null` for no answer. */
data class FieldVersions(
    val field: String,
    val label: String,
    val before: String?,
    val mine: String?,
    val theirs: String?,
)

/** The field a refusal is about. */
data class ProblemField(val id: String, val label: String, val value: String)

/** How a sync goes on. */
data class SyncProgress(
    val phase: SyncPhase,
    val done: Int,
    val total: Int,
    /** Bytes so far, both ways. */
    val bytes: Long,
    /** How long it still takes, when that is known. */
    val remainingMs: Long? = null,
    val bytesPerSecond: Long? = null,
)

/** What the sync does now. */
enum class SyncPhase { CONNECTING, GETTING_FORMS, SENDING, GETTING_CHANGES }

/** How a sync ended. */
sealed interface SyncOutcome {
    data class Finished(val sent: Int, val refused: Int, val bytes: Long = 0) : SyncOutcome

    /** A person stopped it; how much still waits is in [Home]. */
    object Stopped : SyncOutcome

    data class Failed(val trouble: Trouble, val bytes: Long = 0) : SyncOutcome
}
