package org.outpost.app.model

/** How something stands before a site goes live. */
enum class Light { READY, NEARLY, STOPS }

/** What is decided about a site. */
enum class Verdict { GO, NO_GO, CUT_OVER, REVERSED }

/** One thing that a site needs before it goes live. */
data class SiteCheck(
    /** Its code, under which it is noted. */
    val code: String,
    val name: String,
    val light: Light,
    /** So many of so many; `null` where nobody counted, or nothing is missing. */
    val count: Pair<Long, Long>?,
    /** Who or what is missing, in words; empty when nothing is. */
    val missing: String,
)

/** What becomes of a system or a paper process. */
data class SitePlan(
    val what: String,
    val becomes: String,
    /** Last day, in words; `null` without one. */
    val until: String?,
    /** Who compares meanwhile; may be empty. */
    val compares: String,
    val decidedBy: String,
    val reason: String,
)

/** A total of the register beside that of the app. */
data class SideBySide(
    /** In words. */
    val period: String,
    val what: String,
    val before: Long,
    val app: Long,
    val agrees: Boolean,
    val cases: List<DifferingCase>,
    /** How many more there are. */
    val leftOut: Long,
)

/** A case behind a difference. */
data class DifferingCase(
    /** What names it in the register; may be empty. */
    val key: String,
    /** What is wrong with it, in words. */
    val why: String,
    /** Where it was found, in words; may be empty. */
    val found: String,
    /** The record of the app, where it is one. */
    val form: FormKey?,
)

/** A site that is planned to go live. */
data class Site(
    val id: String,
    val name: String,
    /** Its day, `yyyy-MM-dd`; `null` until one is chosen. */
    val liveOn: String?,
    val light: Light,
    val checks: List<SiteCheck>,
    val plan: List<SitePlan>,
    /** What stands against its day, in words. */
    val conflicts: List<String>,
    /** Comparisons that were written down. */
    val compared: List<SideBySide>,
    val decided: Verdict?,
    /** What may be decided now. */
    val next: List<Verdict>,
)

/** Every site, and whether whoever works here may write something down. */
data class Sites(val rows: List<Site>, val canWrite: Boolean)

/** What is to be compared. */
data class ParallelQuery(
    /** The register, as a table. */
    val register: String,
    val program: String,
    /** What is counted, as the register calls it. */
    val what: String,
    val byMonth: Boolean,
    /** The question whose answer names a case in the register; `null` for totals. */
    val key: String?,
)

/** What a comparison came to. */
data class ParallelRun(val rows: List<SideBySide>, val isSafe: Boolean)

/** How the first weeks go at a site. */
data class FirstWeeks(
    val site: String,
    val phones: Int,
    /** How many sent something lately. */
    val recent: Int,
    /** Numbers of the others. */
    val silent: List<String>,
    val refused: Int,
    val waiting: Int,
    val requests: Int,
)

/**
 * Sites that go live. What something is refused for comes back in words; `null` means that it was
 * written down.
 */
interface GoLivePort {
    suspend fun sites(): Sites

    suspend fun site(id: String): Site

    /** Plans a place, or changes its day, `yyyy-MM-dd`. */
    suspend fun plan(place: String, day: String?): Site

    /** Changes the day of a site. */
    suspend fun move(site: String, day: String): Site

    /** Writes down how far a check is. */
    suspend fun note(site: String, check: String, done: Long, of: Long, missing: String): String?

    /** Decides; [allTheSame] takes it upon whoever works here that something speaks against it. */
    suspend fun decide(site: String, verdict: Verdict, reason: String, allTheSame: Boolean): String?

    /** Programs whose records can be compared, by id and name. */
    suspend fun programs(): List<Choice>

    /** Questions of a program: the answer to one may name a case in the register. */
    suspend fun questions(program: String): List<Choice>

    /** The last finished periods, the latest first, as the register calls them. */
    fun periods(byMonth: Boolean): List<Choice>

    /** A table of totals that were typed: by period. */
    fun table(what: String, totals: Map<String, Long>): String

    suspend fun compare(site: String, query: ParallelQuery): ParallelRun

    /** Compares and writes the outcome down. */
    suspend fun keep(site: String, query: ParallelQuery): ParallelRun

    suspend fun firstWeeks(): List<FirstWeeks>
}
