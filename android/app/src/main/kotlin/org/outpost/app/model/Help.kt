package org.outpost.app.model

/** Whom to call. */
data class Helper(val name: String, val phone: String?, val email: String?)

/** What to do about a common problem; there without network. */
data class HelpAnswer(
    /** Code of the problem. */
    val problem: String,
    /** As its user would say it. */
    val title: String,
    /** What to try, in order. */
    val steps: List<String>,
    /** What to do when nothing helped. */
    val then: String,
)

/** What somebody is about to ask the team. */
data class NewHelp(
    val place: String,
    /** In one line. */
    val title: String,
    /** More, in the user's words. */
    val text: String,
    /** Code of what it is about. */
    val problem: String,
    val isUrgent: Boolean,
    /** Code of the error that was shown. */
    val error: String?,
    /** Whether the phone tells of itself: versions and counts, nothing about people. */
    val tellsOfPhone: Boolean,
    /** Files it although an open request is about the same. */
    val anyway: Boolean = false,
)

/** What filing came to. */
sealed interface HelpFiled {
    data class New(val id: String) : HelpFiled

    /** Open requests about the same trouble: one of them is added to instead. */
    data class Known(val rows: List<HelpRow>) : HelpFiled
}

/** Where a request stands. */
enum class HelpStage { NEW, TAKEN, ASKED, SOLVED, NONE }

/** How the time to answer stands. */
enum class HelpClock { NOT_STARTED, RUNNING, HALF, PRESSING, OVER, FROZEN, IN_TIME, LATE }

/** A request in a list. */
data class HelpRow(
    val id: String,
    val title: String,
    val isUrgent: Boolean,
    val reporter: String,
    val place: String,
    val stage: HelpStage,
    /** `null` where the time to answer is no matter any more. */
    val clock: HelpClock?,
    /** The tier that has it, from 1, and what it is called. */
    val tier: Int,
    val tierName: String,
    /** Milliseconds since its user made it; `null` when that is not known. */
    val madeAgoMs: Long?,
    /** When the team received it, Unix ms of the phone; `null` before that. */
    val receivedMs: Long?,
    /** When the time to answer is over, Unix ms; `null` when it does not run. */
    val dueMs: Long?,
    /** The user spoke last. */
    val userWaits: Boolean,
)

/** One thing that happened to a request. */
data class HelpStep(val kind: HelpStepKind, val atMs: Long, val by: String, val text: String, val toTier: Int?)

/** What can happen to a request. */
enum class HelpStepKind {
    TAKEN, REPLY, USER_REPLY, ASKED, GOES_ON, SOLVED, CLOSED, REOPENED, ESCALATED, ESCALATED_BY_TIME, NOTE,
}

/** One request with all that happened. */
data class HelpRequest(
    val row: HelpRow,
    /** In the user's words. */
    val text: String,
    val clock: HelpClock,
    /** Telephone number to call its user back. */
    val phone: String?,
    val steps: List<HelpStep>,
    /** Whom its user calls now. */
    val helper: Helper?,
    /** Whether all of it is on the server. */
    val isSent: Boolean,
    /** Whether whoever works here made it. */
    val isMine: Boolean,
)

/** A page of the queue. */
data class HelpPage(val rows: List<HelpRow>, val next: NextPage?)

/** Help for users, and the queue of those who help. */
interface HelpPort {
    /** Answers to the most common problems, in this language where there are some. */
    suspend fun answers(language: String): List<HelpAnswer>

    /** The place of whoever works here: where requests come from. */
    suspend fun place(): PlaceRow?

    /** Whom to call first; `null` when nobody is named. */
    suspend fun helper(): Helper?

    /** What the phone would tell of itself beside a request: nothing about people. */
    suspend fun aboutPhone(): String

    suspend fun file(new: NewHelp): HelpFiled

    /** The requests of whoever works here; `null` when the server takes none. */
    suspend fun mine(): List<HelpRow>?

    /** Open requests of a tier, the most pressing first. */
    suspend fun queue(tier: Int, after: NextPage? = null): HelpPage

    suspend fun request(id: String): HelpRequest

    /** Whoever works here takes care of it. */
    suspend fun take(id: String): HelpRequest

    /** Says more: as its user, or as the team. */
    suspend fun reply(id: String, text: String): HelpRequest

    /** Asks the user; the clock stands still until the answer. */
    suspend fun askUser(id: String, text: String): HelpRequest

    suspend fun solve(id: String, text: String): HelpRequest

    /** Hands it to a higher tier. */
    suspend fun escalate(id: String, tier: Int, reason: String): HelpRequest
}
