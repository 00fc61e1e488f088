package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.FormKind
import org.outpost.app.model.FormSummary
import org.outpost.app.model.Home
import org.outpost.app.model.RecordState
import org.outpost.app.model.Safety
import org.outpost.app.model.Session as Person
import org.outpost.sdk.DataSetId
import org.outpost.sdk.FormSummary as CoreForm
import org.outpost.sdk.OutboxItem
import org.outpost.sdk.PersonQuery
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session
import org.outpost.sdk.SupportState
import org.outpost.sdk.TravelState
import org.outpost.sdk.VisitCondition
import org.outpost.sdk.WorkStatus

private const val DAY_MS = 86_400_000L

/** The programs of the roll-out package, under the ids that never change. */
private const val PHONES_PROGRAM = "RoDevProgrm"
private const val SIM_PROGRAM = "RoSimProgrm"
internal const val HELP_PROGRAM = "RoSupProgrm"
internal const val GO_LIVE_PROGRAM = "RoGolProgrm"
internal val ROLL_OUT_PROGRAMS = setOf(PHONES_PROGRAM, SIM_PROGRAM, HELP_PROGRAM, GO_LIVE_PROGRAM)

/** Reads the first screen. */
internal class HomeReader(private val context: Context, private val session: Session) {
    /** [meantFor]: the forms that this phone is for; empty: all. */
    suspend fun home(status: WorkStatus, nowMs: Long, meantFor: Set<String>): Home {
        val forms = people() + session.allForms().map { summary(it) }
        return Home(
            session = Person(status.userName, status.server),
            safety = safety(status, forms),
            // The programs of a roll-out have screens of their own; what waits of them counts above.
            forms = forms.filter { it.id !in ROLL_OUT_PROGRAMS && it.isFor(meantFor) },
            nowMs = nowMs,
            neverFetched = status.lastPullMs == null,
            sentBack = session.review.tasks().items.size,
            due = due(today(nowMs)),
            // Whoever works at several places, or whose team's phones report, looks after others.
            isSupervisor = session.organisationUnits().items.size > 1 ||
                session.review.team().items.isNotEmpty(),
            // Health workers may read the list, to know their own; who may write gives phones out.
            givesPhones = forms.any { it.id == PHONES_PROGRAM && it.readOnlyReason == null },
            hasGoLive = forms.any { it.id == GO_LIVE_PROGRAM },
            hasHelp = forms.any { it.id == HELP_PROGRAM },
            helpAsks = if (forms.any { it.id == HELP_PROGRAM }) helpAsks() else emptyList(),
        )
    }

    /** What waits somewhere is shown whatever the phone is for. */
    private fun FormSummary.isFor(meantFor: Set<String>) =
        meantFor.isEmpty() || id in meantFor || states.isNotEmpty()

    private suspend fun helpAsks(): List<String> = session.support.mine()
        .filter { it.state == SupportState.WAITING_FOR_USER }.map { it.id.uid }

    /** Programs with registration; what waits of a person counts once. */
    private suspend fun people(): List<FormSummary> {
        val programs = session.allPrograms()
        if (programs.isEmpty()) return emptyList()
        val stopped = peopleIn(TravelState.REFUSED)
        val versions = peopleIn(TravelState.TWO_VERSIONS)
        val waiting = listOf(TravelState.WAITING, TravelState.HELD, TravelState.SENDING)
            .flatMap { peopleIn(it) }
        return programs.map { program ->
            fun of(items: List<OutboxItem>) = items.filter { it.formName == program.name }
                .distinctBy { it.person }.size
            FormSummary(
                id = program.id.uid,
                name = program.name,
                kind = FormKind.PEOPLE,
                count = program.people.toInt(),
                states = mapOf(
                    RecordState.TWO_VERSIONS to of(versions),
                    RecordState.REFUSED to of(stopped),
                    RecordState.NOT_FINISHED to program.drafts.toInt(),
                    RecordState.WAITING to of(waiting),
                ).filterValues { it > 0 },
                readOnlyReason = context.getString(R.string.read_only_badge)
                    .takeIf { !program.writable },
            )
        }
    }

    private suspend fun peopleIn(state: TravelState): List<OutboxItem> =
        allOf { session.outbox(state, it) }.filter { it.person != null }

    private suspend fun due(today: String): Int = session.allPrograms().sumOf { program ->
        session.people.list(PersonQuery(program.id, visit = VisitCondition(dueTo = today))).items.size
    }

    suspend fun summary(form: CoreForm): FormSummary {
        val states = when (val id = form.id) {
            is ProgramId -> eventStates(form)
            is DataSetId -> reportStates(id, form)
        }
        return FormSummary(
            id = form.id.uid,
            name = form.name,
            kind = if (form.id is ProgramId) FormKind.EVENT else FormKind.REPORT,
            count = form.records.toInt(),
            states = (states + (RecordState.NOT_FINISHED to form.drafts.toInt()))
                .filterValues { it > 0 },
            readOnlyReason = context.getString(R.string.read_only_badge).takeIf { !form.writable },
        )
    }

    private fun eventStates(form: CoreForm) = mapOf(
        RecordState.TWO_VERSIONS to form.conflicts.toInt(),
        RecordState.REFUSED to form.refused.toInt(),
        RecordState.WAITING to form.waiting.toInt(),
    )

    /** The core counts values; a person counts reports. */
    private suspend fun reportStates(id: DataSetId, form: CoreForm): Map<RecordState, Int> {
        if (form.waiting + form.refused + form.conflicts == 0L) return emptyMap()
        val counts = allOf { session.reports(id, it) }.groupingBy { it.state }.eachCount()
        return mapOf(
            RecordState.TWO_VERSIONS to (counts[TravelState.TWO_VERSIONS] ?: 0),
            RecordState.REFUSED to (counts[TravelState.REFUSED] ?: 0),
            RecordState.WAITING to
                (counts[TravelState.WAITING] ?: 0) + (counts[TravelState.SENDING] ?: 0) +
                    (counts[TravelState.HELD] ?: 0),
        )
    }

    private fun safety(status: WorkStatus, forms: List<FormSummary>): Safety {
        fun count(state: RecordState) = forms.sumOf { it.states[state] ?: 0 }
        val refused = count(RecordState.REFUSED)
        val twoVersions = count(RecordState.TWO_VERSIONS)
        val unsent = refused + twoVersions + count(RecordState.WAITING)
        return Safety(
            // Whatever the lists say: with a row in the outbox not everything is sent.
            unsent = if (status.allSent) 0 else maxOf(unsent, 1),
            total = forms.sumOf { it.count },
            refused = refused,
            twoVersions = twoVersions,
            keptAside = 0,
            lastSentMs = status.lastSyncMs,
            unsentDays = unsentDays(status),
        )
    }

    private fun unsentDays(status: WorkStatus): Int {
        val since = status.oldestUnsentMs ?: return 0
        return ((System.currentTimeMillis() - since) / DAY_MS).toInt().coerceAtLeast(0)
    }
}
