package org.outpost.app.model

/** One record in a review. */
data class ReviewRow(
    /** `event:UID` or `enrolment:UID`. */
    val id: String,
    val program: String,
    val form: FormKey?,
    val title: String,
    val subtitle: String,
    val stage: ReviewStep,
    /** What the reviewer asked, and who. */
    val reason: String?,
    val by: String?,
    val answers: List<Fact>,
    val state: RecordState,
)

/** Where a record stands in a review. */
enum class ReviewStep { NEW, SEEN, SENT_BACK, CORRECTED, APPROVED }

/** A page of a review. */
data class ReviewPage(val rows: List<ReviewRow>, val next: NextPage?)

/** A phone of the team, as it told of itself when it last synchronised. */
data class TeamPhone(
    val device: String,
    val user: String,
    val name: String,
    val lastSyncMs: Long,
    val waiting: Int,
    val refused: Int,
    val skewMinutes: Int,
    val app: String,
    val freeBytes: Long?,
)

/** What somebody set out to do, and how far it is. */
data class Goal(
    val name: String,
    val user: String,
    val period: String,
    val target: Double,
    val reached: Double?,
    val isReached: Boolean,
    val isBehind: Boolean,
    val problem: String?,
)

/** A report that waits for approval. */
data class ApprovalRow(
    val key: FormKey.Report,
    val title: String,
    val subtitle: String,
)

/** Where a report stands with the server, and what may be done. */
data class ApprovalState(val words: String, val canApprove: Boolean, val canTakeBack: Boolean)

/** What a supervisor does. */
interface TeamPort {
    /** What may be reviewed: programs by id and name. */
    suspend fun programs(): List<Choice>

    /** The records of a program that nobody has looked at, or that were corrected. */
    suspend fun queue(program: String, after: NextPage? = null): ReviewPage

    /** What was sent back to whoever works here. */
    suspend fun tasks(): List<ReviewRow>

    /** One record of [queue] or [tasks] by its id. */
    suspend fun record(program: String, id: String): ReviewRow?

    suspend fun sendBack(id: String, reason: String)

    suspend fun looksRight(id: String)

    suspend fun approve(id: String)

    /** The author's answer: it was corrected. */
    suspend fun answer(id: String, text: String)

    suspend fun phones(): List<TeamPhone>

    suspend fun goals(): List<Goal>

    /** Finished reports, the latest first. */
    suspend fun reports(): List<ApprovalRow>

    /** Asks the server. */
    suspend fun approval(key: FormKey.Report): ApprovalState

    suspend fun step(key: FormKey.Report, approve: Boolean): ApprovalState
}
