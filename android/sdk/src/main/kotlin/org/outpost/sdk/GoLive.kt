package org.outpost.sdk

import org.outpost.sdk.ffi.GoLiveAdoption as FfiGoLiveAdoption
import org.outpost.sdk.ffi.GoLiveCheck as FfiGoLiveCheck
import org.outpost.sdk.ffi.GoLiveCompared as FfiGoLiveCompared
import org.outpost.sdk.ffi.GoLiveDays as FfiGoLiveDays
import org.outpost.sdk.ffi.GoLiveLight as FfiGoLiveLight
import org.outpost.sdk.ffi.GoLiveQuery as FfiGoLiveQuery
import org.outpost.sdk.ffi.GoLiveRun as FfiGoLiveRun
import org.outpost.sdk.ffi.GoLiveSite as FfiGoLiveSite
import org.outpost.sdk.ffi.SessionHandle

/**
 * Going live: how ready a site is, the register beside the app, the decision, the first weeks. Reached by
 * [Session.goLive]. Words in [GoLiveCheck.missing], [GoLiveSite.conflicts], [GoLiveRun.words] and
 * [GoLiveCase.words] are English.
 */
public class GoLive internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Every site that is planned here, by name.
     *
     * @throws OutpostException.InvalidInput without the go-live program on this device
     */
    public suspend fun sites(): List<GoLiveSite> =
        bridge.call { handle.goliveSites().map { it.toSite() } }

    /**
     * The site of a name, of a place, or of an id.
     *
     * @throws OutpostException.NotFound if none is planned
     */
    public suspend fun site(site: String): GoLiveSite =
        bridge.call { handle.goliveSite(site).toSite() }

    /**
     * Plans a site, or changes its day.
     *
     * @param liveOn `yyyy-MM-dd`; `null` leaves it as it is
     * @throws OutpostException.InvalidInput for a day that is none
     * @throws OutpostException.Forbidden if this account may only look
     */
    public suspend fun plan(place: OrganisationUnitId, liveOn: String? = null): GoLiveSite =
        bridge.call { handle.planGolive(place.uid, liveOn).toSite() }

    /**
     * Writes down how far something is that the app cannot count by itself, such as training.
     *
     * @param check code of a [GoLiveCheck]
     * @param missing what is missing, in words for the team
     * @throws OutpostException.InvalidInput for a check that is not known, or more done than there is
     * @throws OutpostException.Forbidden if this account may only look
     */
    public suspend fun noteCheck(
        site: String,
        check: String,
        done: Long,
        of: Long,
        missing: String = "",
    ): GoLiveSite = bridge.call { handle.noteGoliveCheck(site, check, done, of, missing).toSite() }

    /**
     * Compares a register with the app's own records, period by period and case by case.
     *
     * @throws OutpostException.InvalidInput with every line of the register that cannot be read
     * @throws OutpostException.NotFound for the site, the program or the question
     */
    public suspend fun compare(site: String, query: GoLiveQuery): GoLiveRun =
        bridge.call { handle.compareGolive(site, query.toFfi()).toRun() }

    /**
     * Decides about a site.
     *
     * @param allTheSame takes it upon whoever is signed in that something speaks against it
     * @throws OutpostException.InvalidInput with what speaks against it
     * @throws OutpostException.Forbidden if this account may only look
     */
    public suspend fun decide(
        site: String,
        verdict: GoLiveVerdict,
        reason: String,
        allTheSame: Boolean = false,
    ): GoLiveSite =
        bridge.call { handle.decideGolive(site, verdict.code, reason, allTheSame).toSite() }

    /** How the first weeks go at each planned site: who synchronised within so many days. */
    public suspend fun adoption(days: Int = 7): List<GoLiveAdoption> =
        bridge.call { handle.goliveAdoption(days).map { it.toAdoption() } }

    /**
     * How the first weeks go day by day: who synchronised of those who had a device by then, support
     * requests, refused records. What nobody knows of a day is said to be so, and is not nought: devices
     * tell of their latest six weeks; what happened after this device's own last synchronisation has
     * not been told yet.
     *
     * @param site its name, id or place; `null` for every planned site
     * @param days so many days that end today on the server, 92 at most
     * @throws OutpostException.NotFound if no such site is planned
     */
    public suspend fun adoptionByDay(site: String? = null, days: Int = 14): List<GoLiveDays> =
        bridge.call { handle.goliveAdoptionDays(site, days).map { it.toDays() } }
}

/** What is decided about a site. */
public enum class GoLiveVerdict(internal val code: String) {
    /** It goes live on its day. */
    GO("GO"),

    /** It does not. */
    NO_GO("NO_GO"),

    /** The old way stops. */
    CUT_OVER("CUT_OVER"),

    /** The old way comes back. */
    REVERSED("REVERSED"),
}

/** How something stands. */
public enum class GoLiveLight {
    /** Done. */
    GREEN,

    /** Something is left that need not stop the site. */
    AMBER,

    /** It stops the site. */
    RED,
}

/** One thing that a site needs before it goes live. */
public data class GoLiveCheck(
    /** Its code, such as `TRAINING`. */
    val check: String,
    /** In English words. */
    val words: String,
    /** How it stands. */
    val light: GoLiveLight,
    /** What is missing; empty if nothing is. */
    val missing: String,
)

/** What becomes of an existing system or a paper process. */
public data class GoLivePlanItem(
    /** The system or process. */
    val what: String,
    /** Code of what becomes of it: `PARALLEL`, `REPLACE`, `ELIMINATE`, `REPLICATE`, `DUPLICATE`. */
    val choice: String,
    /** Until which day, `yyyy-MM-dd`, if it goes on for a time. */
    val until: String?,
    /** Who compares meanwhile; may be empty. */
    val compares: String,
    /** Who decided. */
    val decidedBy: String,
    /** Why. */
    val reason: String,
)

/** A comparison that was written down. */
public data class GoLiveKept(
    /** ISO period. */
    val period: String,
    /** What was counted. */
    val what: String,
    /** Total of the register or the old system. */
    val before: Long,
    /** Total of the app. */
    val app: Long,
    /** The cases behind the difference, in words. */
    val behind: List<String>,
)

/** A site that is planned to go live. */
public data class GoLiveSite(
    /** Its id. */
    val id: String,
    /** Its organisation unit. */
    val place: OrganisationUnitId,
    /** Its name. */
    val site: String,
    /** Its day, `yyyy-MM-dd`; `null` until one is chosen. */
    val liveOn: String?,
    /** How it stands. */
    val light: GoLiveLight,
    /** What it needs, one by one. */
    val checks: List<GoLiveCheck>,
    /** What becomes of each system and process, as decided last. */
    val plan: List<GoLivePlanItem>,
    /** What stands against its day. */
    val conflicts: List<String>,
    /** Comparisons that were written down. */
    val comparisons: List<GoLiveKept>,
    /** What was decided last. */
    val decided: GoLiveVerdict?,
)

/** A register beside the app's own records. */
public data class GoLiveQuery(
    /**
     * The register as CSV with the columns `period` or `date`, `what`, and `total` or, where cases are
     * listed, `key`.
     */
    val register: String,
    /** The program whose records are the app's side. */
    val program: ProgramId,
    /** What is counted, as the register calls it. */
    val what: String,
    /** By month; else by week. */
    val byMonth: Boolean = true,
    /** Name of the question whose answer is the key of a case; the record's id if it is left out. */
    val key: String? = null,
    /** How many of the latest periods must agree before the old way may stop. */
    val periods: Int = 3,
    /** By how much totals may differ. */
    val differenceMax: Long = 0,
    /** Writes the outcome down. */
    val keep: Boolean = false,
)

/** A case behind a difference. */
public data class GoLiveCase(
    /** What names it in the register. */
    val key: String,
    /** Where it was found. */
    val found: String,
    /** What is wrong with it. */
    val words: String,
)

/** Totals of one period. */
public data class GoLiveCompared(
    /** ISO period. */
    val period: String,
    /** What was counted. */
    val what: String,
    /** Total of the register or the old system. */
    val before: Long,
    /** Total of the app. */
    val app: Long,
    /** Whether both agree, case by case where there are cases. */
    val agrees: Boolean,
    /** The cases behind the difference. */
    val behind: List<GoLiveCase>,
    /** How many more there are. */
    val leftOut: Long,
)

/** What a parallel run came to. */
public data class GoLiveRun(
    /** Period by period. */
    val compared: List<GoLiveCompared>,
    /** Whether the old way may stop. */
    val isSafe: Boolean,
    /** Why, or why not. */
    val words: String,
)

/** How the first weeks go at a site. */
public data class GoLiveAdoption(
    /** The site. */
    val site: String,
    /** How many devices were handed out. */
    val devices: Long,
    /** How many synchronised lately. */
    val recent: Long,
    /** Numbers of those that did not. */
    val silent: List<String>,
    /** Refused records that were not mended. */
    val refused: Long,
    /** Records that wait on devices. */
    val waiting: Long,
    /** Open support requests. */
    val supportOpen: Long,
)

/** A day of a site's first weeks. */
public data class GoLiveDay(
    /** The day on the server, `yyyy-MM-dd`. */
    val day: String,
    /** Devices that somebody had by the end of it. */
    val expected: Long,
    /** How many of them synchronised. */
    val synced: Long,
    /** Numbers of those that did not. */
    val silent: List<String>,
    /** Numbers of those of which nobody knows whether they did. */
    val unknown: List<String>,
    /** How many are expected although nobody wrote down since when they are out. */
    val undated: Long,
    /** Support requests that were made; `null` if that is not known. */
    val requests: Long?,
    /** Records that the server refused, as far as devices told; `null` if none of them told. */
    val refused: Long?,
)

/** The first weeks of a site, day by day. */
public data class GoLiveDays(
    /** The site. */
    val site: String,
    /** Its days, the earliest first. */
    val days: List<GoLiveDay>,
)

private fun FfiGoLiveLight.toLight() = when (this) {
    FfiGoLiveLight.GREEN -> GoLiveLight.GREEN
    FfiGoLiveLight.AMBER -> GoLiveLight.AMBER
    FfiGoLiveLight.RED -> GoLiveLight.RED
}

private fun FfiGoLiveCheck.toCheck() = GoLiveCheck(check, words, light.toLight(), missing)

private fun FfiGoLiveSite.toSite() = GoLiveSite(
    id = id,
    place = OrganisationUnitId(place),
    site = site,
    liveOn = liveOn,
    light = light.toLight(),
    checks = checks.map { it.toCheck() },
    plan = plan.map {
        GoLivePlanItem(it.what, it.choice, it.until, it.compares, it.decidedBy, it.reason)
    },
    conflicts = conflicts,
    comparisons = comparisons.map { GoLiveKept(it.period, it.what, it.before, it.app, it.behind) },
    decided = GoLiveVerdict.entries.firstOrNull { it.code == decided },
)

private fun GoLiveQuery.toFfi() =
    FfiGoLiveQuery(register, program.uid, what, byMonth, key, periods, differenceMax, keep)

private fun FfiGoLiveCompared.toCompared() = GoLiveCompared(
    period, what, before, app, agrees,
    behind.map { GoLiveCase(it.key, it.found, it.words) },
    leftOut,
)

private fun FfiGoLiveRun.toRun() = GoLiveRun(compared.map { it.toCompared() }, isSafe, words)

private fun FfiGoLiveAdoption.toAdoption() =
    GoLiveAdoption(site, devices, recent, silent, refused, waiting, supportOpen)

private fun FfiGoLiveDays.toDays() = GoLiveDays(
    site,
    days.map {
        GoLiveDay(
            it.day, it.expected, it.synced, it.silent, it.unknown, it.undated, it.requests, it.refused,
        )
    },
)
