package org.outpost.sdk

import org.outpost.sdk.ffi.DownloadSetting as FfiDownloadSetting
import org.outpost.sdk.ffi.LeaveReason as FfiLeaveReason
import org.outpost.sdk.ffi.PurgePlan as FfiPurgePlan
import org.outpost.sdk.ffi.PurgeRules as FfiPurgeRules
import org.outpost.sdk.ffi.ReservedCount
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.WorkingList as FfiWorkingList

/**
 * Room on a small phone, and what a person sets up: who may leave, what is downloaded, lists of
 * one's own, reserved numbers. Reached by [Session.room].
 */
public class Room internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Who would leave the device by the rules, with the reason; nothing is taken away. Whoever has
     * unsent work never leaves.
     *
     * @throws OutpostException.InvalidInput for a number below zero
     */
    public suspend fun purgePlan(rules: PurgeRules = PurgeRules()): PurgePlan = bridge.call {
        handle.purgePlan(rules.toFfi()).toPlan()
    }

    /**
     * Takes away who may leave by the rules; the server keeps them.
     *
     * @param confirmed said by a person who saw the plan
     * @throws OutpostException.InvalidInput without the confirmation
     */
    public suspend fun purge(rules: PurgeRules, confirmed: Boolean): PurgeReport = bridge.call {
        handle.purge(rules.toFfi(), confirmed).let { PurgeReport(it.removed, it.kept) }
    }

    /** What of a program is downloaded. */
    public suspend fun downloadSetting(program: ProgramId): DownloadSetting = bridge.call {
        handle.downloadSetting(program.uid).toSetting()
    }

    /**
     * Chooses what of a program is downloaded; takes effect with the next synchronisation. What is
     * on the device stays.
     *
     * @throws OutpostException.InvalidInput for a number below zero
     */
    public suspend fun saveDownloadSetting(setting: DownloadSetting): Unit = bridge.call {
        handle.saveDownloadSetting(setting.toFfi())
    }

    /** A page of the lists that a person put together, by name. */
    public suspend fun workingLists(
        program: ProgramId,
        next: PageToken? = null,
    ): Page<WorkingList> = bridge.call {
        val page = handle.workingLists(program.uid, next.offset())
        Page(page.items.map { it.toList() }, page.next.toToken())
    }

    /**
     * Keeps a list; without an id a new one.
     *
     * @return the list with its id
     * @throws OutpostException.InvalidInput without a name
     */
    public suspend fun saveWorkingList(list: WorkingList): WorkingList = bridge.call {
        val given = FfiWorkingList(list.id, list.program.uid, list.name, list.filter)
        handle.saveWorkingList(given).toList()
    }

    /** Forgets a list; whether there was one. */
    public suspend fun removeWorkingList(id: String): Boolean = bridge.call {
        handle.removeWorkingList(id)
    }

    /** A page of how many reserved values of each generated attribute are left. */
    public suspend fun reservedValues(next: PageToken? = null): Page<ReservedValues> = bridge.call {
        val page = handle.reservedValues(next.offset())
        Page(page.items.map { it.toReserved() }, page.next.toToken())
    }
}

/** When people leave the device; `null` switches a rule off. */
public data class PurgeRules(
    /** Months after the last enrolment was completed. */
    public val completedMonths: Int? = 6,
    /** Months after the last enrolment was cancelled. */
    public val cancelledMonths: Int? = 3,
    /** Months without any activity, even if an enrolment is active. */
    public val notSeenMonths: Int? = null,
    /** Months after the person was handed to a place outside the user's area; 0 means at once. */
    public val movedAwayMonths: Int? = 1,
)

/** Why somebody may leave the device. */
public enum class LeaveReason {
    /** Handed to a place outside the user's area. */
    MOVED_AWAY,

    /** Care was completed long ago. */
    COMPLETED,

    /** Care was cancelled long ago. */
    CANCELLED,

    /** Not seen for long. */
    NOT_SEEN,
}

/** Somebody who may leave. */
public data class LeavingPerson(
    /** Who. */
    public val id: PersonId,
    /** What the person is called. */
    public val title: String,
    /** Why. */
    public val reason: LeaveReason,
)

/** What a purge would do. */
public data class PurgePlan(
    /** People who would leave. */
    public val leaving: Long,
    /** The first of them, at most 200. */
    public val people: List<LeavingPerson>,
    /** People who stay because work about them is not on the server. */
    public val unsent: Long,
    /** People who stay for other reasons. */
    public val staying: Long,
)

/** What a purge did. */
public data class PurgeReport(
    /** People who left the device; the server still has them. */
    public val removed: Long,
    /** People who stayed because something about them came to wait meanwhile. */
    public val kept: Long,
)

/** What of a program is downloaded. */
public data class DownloadSetting(
    /** The program. */
    public val program: ProgramId,
    /** Whether it is downloaded at all. */
    public val enabled: Boolean,
    /** Only people with an active enrolment. */
    public val onlyActive: Boolean,
    /** Only people about whom something changed in so many days. */
    public val changedWithinDays: Int?,
    /** At most so many people of each root of the user's area. */
    public val peopleMax: Int?,
)

/** A list that a person put together. */
public data class WorkingList(
    /** Its id; empty for a new one. */
    public val id: String,
    /** The program. */
    public val program: ProgramId,
    /** Its name. */
    public val name: String,
    /** The filter, in the screen's own text. */
    public val filter: String,
)

/** Reserved values of a generated attribute that are left. */
public data class ReservedValues(
    /** The attribute. */
    public val attribute: AttributeId,
    /** Its name. */
    public val name: String,
    /** The place they are for; `null` if for every place. */
    public val organisationUnit: OrganisationUnitId?,
    /** How many. */
    public val free: Long,
    /** When the first of them expires, Unix ms of the server; `null` if never. */
    public val firstExpiresMs: Long?,
)

private fun PurgeRules.toFfi() =
    FfiPurgeRules(completedMonths, cancelledMonths, notSeenMonths, movedAwayMonths)

private fun FfiPurgePlan.toPlan() = PurgePlan(
    leaving = leaving,
    people = people.map { LeavingPerson(PersonId(it.person), it.title, it.reason.toReason()) },
    unsent = unsent,
    staying = staying,
)

private fun FfiLeaveReason.toReason() = when (this) {
    FfiLeaveReason.MOVED_AWAY -> LeaveReason.MOVED_AWAY
    FfiLeaveReason.COMPLETED -> LeaveReason.COMPLETED
    FfiLeaveReason.CANCELLED -> LeaveReason.CANCELLED
    FfiLeaveReason.NOT_SEEN -> LeaveReason.NOT_SEEN
}

private fun FfiDownloadSetting.toSetting() =
    DownloadSetting(ProgramId(program), enabled, onlyActive, changedWithinDays, peopleMax)

private fun DownloadSetting.toFfi() =
    FfiDownloadSetting(program.uid, enabled, onlyActive, changedWithinDays, peopleMax)

private fun FfiWorkingList.toList() = WorkingList(id, ProgramId(program), name, filter)

private fun ReservedCount.toReserved() = ReservedValues(
    attribute = AttributeId(attribute),
    name = name,
    organisationUnit = organisationUnit?.let { OrganisationUnitId(it) },
    free = free,
    firstExpiresMs = firstExpiresMs,
)
