package org.outpost.app.core

import android.content.Context
import kotlin.math.abs
import org.outpost.app.R
import org.outpost.app.model.ApprovalRow
import org.outpost.app.model.ApprovalState
import org.outpost.app.model.Choice
import org.outpost.app.model.Fact
import org.outpost.app.model.FormKey
import org.outpost.app.model.Goal
import org.outpost.app.model.NextPage
import org.outpost.app.model.ReviewPage
import org.outpost.app.model.ReviewRow
import org.outpost.app.model.ReviewStep
import org.outpost.app.model.TeamPhone
import org.outpost.app.model.TeamPort
import org.outpost.sdk.Approval
import org.outpost.sdk.ApprovalStep
import org.outpost.sdk.DataSetId
import org.outpost.sdk.EnrollmentId
import org.outpost.sdk.EventId
import org.outpost.sdk.LabelledAnswer
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ReviewItem
import org.outpost.sdk.ReviewQuery
import org.outpost.sdk.ReviewStage
import org.outpost.sdk.ReviewSubject
import org.outpost.sdk.Session
import org.outpost.sdk.Target
import org.outpost.sdk.TargetStanding
import org.outpost.sdk.TeamDevice

/** A supervisor's work on the core. */
internal class CoreTeam(
    private val context: Context,
    private val session: suspend () -> Session,
) : TeamPort {
    override suspend fun programs(): List<Choice> = told {
        val events = session().allForms().mapNotNull { form ->
            (form.id as? ProgramId)?.let { Choice(it.uid, form.name) }
        }
        val people = session().allPrograms().map { Choice(it.id.uid, it.name) }
        // What is written down of phones, requests and sites is no work that somebody looks over.
        (people + events).filter { it.value !in ROLL_OUT_PROGRAMS }
    }

    override suspend fun queue(program: String, after: NextPage?): ReviewPage = told {
        val query = ReviewQuery(
            ProgramId(program),
            stages = setOf(ReviewStage.NEW, ReviewStage.CORRECTED),
            completedOnly = true,
        )
        val rows = mutableListOf<ReviewRow>()
        var token = (after as CorePage?)?.token
        // A page may be short or empty though there are more.
        do {
            val page = session().review.list(query, token)
            rows += page.items.map(::row)
            token = page.next
        } while (token != null && rows.isEmpty())
        ReviewPage(rows, token?.let { CorePage(it) })
    }

    override suspend fun tasks(): List<ReviewRow> =
        told { session().review.tasks().items.map(::row) }

    override suspend fun record(program: String, id: String): ReviewRow? = told {
        tasks().firstOrNull { it.id == id } ?: queue(program).rows.firstOrNull { it.id == id }
    }

    private fun row(item: ReviewItem): ReviewRow {
        val subject = item.subject
        return ReviewRow(
            id = idOf(subject),
            program = item.program.uid,
            form = (subject as? ReviewSubject.OfEvent)
                ?.let { FormKey.Event(item.program.uid, it.id.uid) },
            title = item.personTitle.ifEmpty { item.programStageName },
            subtitle = listOf(
                item.programStageName, item.organisationUnitName, context.dateWords(item.occurredAt),
            ).filter { it.isNotEmpty() }.joinToString(" · "),
            stage = ReviewStep.valueOf(
                if (item.review.stage == ReviewStage.REVIEWED) "SEEN" else item.review.stage.name,
            ),
            reason = item.review.reason,
            by = item.review.by,
            answers = item.answers.map(::fact),
            state = item.state.toRecordState(finished = true),
        )
    }

    private fun fact(answer: LabelledAnswer) = Fact(
        answer.name,
        when (answer.value) {
            "true" -> context.getString(R.string.yes)
            "false" -> context.getString(R.string.no)
            else -> context.dateOrText(answer.value)
        },
    )

    private fun idOf(subject: ReviewSubject): String = when (subject) {
        is ReviewSubject.OfEvent -> "event:${subject.id.uid}"
        is ReviewSubject.OfEnrollment -> "enrolment:${subject.id.uid}"
    }

    private fun subject(id: String): ReviewSubject {
        val (kind, uid) = id.split(':')
        return if (kind == "event") ReviewSubject.OfEvent(EventId(uid))
        else ReviewSubject.OfEnrollment(EnrollmentId(uid))
    }

    override suspend fun sendBack(id: String, reason: String): Unit =
        told { session().review.sendBack(subject(id), reason) }

    override suspend fun looksRight(id: String): Unit =
        told { session().review.markReviewed(subject(id)) }

    override suspend fun approve(id: String): Unit = told { session().review.approve(subject(id)) }

    override suspend fun answer(id: String, text: String): Unit =
        told { session().review.answerCorrected(subject(id), text) }

    override suspend fun phones(): List<TeamPhone> =
        told { allOf { session().review.team(it) }.map(::phone) }

    private fun phone(of: TeamDevice) = TeamPhone(
        device = of.device,
        user = of.user,
        name = of.name.ifEmpty { of.user },
        lastSyncMs = of.lastSyncMs,
        waiting = of.waiting.toInt(),
        refused = of.parked.toInt(),
        skewMinutes = (abs(of.skewMs) / MINUTE_MS).toInt(),
        app = of.appVersion,
        freeBytes = of.freeBytes,
    )

    override suspend fun goals(): List<Goal> =
        told { allOf { session().review.targets(it) }.map(::goal) }

    private fun goal(of: Target) = Goal(
        name = of.name,
        user = of.user,
        period = context.periodWords(of.period),
        target = of.target,
        reached = of.reached,
        isReached = of.standing == TargetStanding.REACHED,
        isBehind = of.standing == TargetStanding.BEHIND || of.standing == TargetStanding.MISSED,
        problem = of.problem,
    )

    override suspend fun reports(): List<ApprovalRow> = told {
        session().allForms().flatMap { form ->
            val id = form.id as? DataSetId ?: return@flatMap emptyList()
            session().reports(id).items.filter { it.completed }.map { report ->
                val time = context.periodWords(report.key.period)
                ApprovalRow(
                    report.key.toFormKey(), form.name,
                    context.placeAnd(report.organisationUnitName, time),
                )
            }
        }
    }

    override suspend fun approval(key: FormKey.Report): ApprovalState =
        told { state(session().review.approval(key.toCore())) }

    override suspend fun step(key: FormKey.Report, approve: Boolean): ApprovalState = told {
        val step = if (approve) ApprovalStep.APPROVE else ApprovalStep.UNAPPROVE
        state(session().review.stepApproval(key.toCore(), step))
    }

    private fun state(of: Approval): ApprovalState {
        val by = of.approvedBy
        return ApprovalState(
            words = when {
                by != null -> context.getString(R.string.approved_by, by)
                ApprovalStep.APPROVE in of.may -> context.getString(R.string.waits_for_approval)
                else -> context.getString(R.string.check_not_approve)
            },
            canApprove = ApprovalStep.APPROVE in of.may,
            canTakeBack = ApprovalStep.UNAPPROVE in of.may,
        )
    }

    private companion object {
        const val MINUTE_MS = 60_000L
    }
}
