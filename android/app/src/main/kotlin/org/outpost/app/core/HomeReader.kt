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
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session
import org.outpost.sdk.TravelState
import org.outpost.sdk.WorkStatus

private const val DAY_MS = 86_400_000L

/** Reads the first screen. */
internal class HomeReader(private val context: Context, private val session: Session) {
    suspend fun home(status: WorkStatus, nowMs: Long): Home {
        val forms = session.allForms().map { summary(it) }
        return Home(
            session = Person(status.userName, status.server),
            safety = safety(status, forms),
            forms = forms,
            nowMs = nowMs,
            neverFetched = status.lastPullMs == null,
        )
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
