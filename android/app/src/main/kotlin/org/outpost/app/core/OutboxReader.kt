package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.FieldVersions
import org.outpost.app.model.FormKey
import org.outpost.app.model.NextPage
import org.outpost.app.model.Outbox
import org.outpost.app.model.OutboxRow
import org.outpost.app.model.Problem
import org.outpost.app.model.ProblemField
import org.outpost.app.model.RecordState
import org.outpost.sdk.DataElementId
import org.outpost.sdk.EventId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutboxItem
import org.outpost.sdk.OutboxRecord
import org.outpost.sdk.PersonId
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ProgramSummary
import org.outpost.sdk.Session
import org.outpost.sdk.TravelState

/** What is not sent, for a person: one row for what waits of a report, one for each refusal. */
internal class OutboxReader(private val context: Context, private val session: Session) {
    private val order = listOf(
        TravelState.TWO_VERSIONS, TravelState.REFUSED, TravelState.SENDING, TravelState.WAITING,
        TravelState.HELD,
    )

    /** Which program a person's own record is opened in. */
    private var programs: List<ProgramSummary>? = null

    suspend fun page(after: NextPage?): Outbox {
        programs = session.allPrograms()
        val rows = mutableListOf<OutboxRow>()
        val from = after as CorePage?
        var part = from?.part ?: 0
        var token = from?.token
        // A part that is empty, or short, is no page of its own.
        while (part < order.size) {
            val page = session.outbox(order[part], token)
            rows += rows(page.items)
            if (page.next != null) return Outbox(rows, CorePage(page.next, part))
            token = null
            part += 1
        }
        return Outbox(rows, null)
    }

    private suspend fun rows(items: List<OutboxItem>): List<OutboxRow> = items
        .groupBy { if (needsPerson(it)) it.id else it.person ?: formKey(it) ?: it.id }
        .map { (_, of) -> row(of.first(), of.size) }

    private fun needsPerson(item: OutboxItem) =
        item.state == TravelState.REFUSED || item.state == TravelState.TWO_VERSIONS

    private suspend fun row(item: OutboxItem, values: Int) = OutboxRow(
        id = item.id.toString(),
        title = title(item, single = values == 1 && needsPerson(item)),
        subtitle = where(item),
        state = item.state.toRecordState(finished = true),
        reason = item.reason,
        form = formKey(item).takeIf { !needsPerson(item) },
        person = item.person?.uid,
    )

    /** A single value is known by its question, everything else by its form. */
    private fun title(item: OutboxItem, single: Boolean): String {
        val question = (item.record as? OutboxRecord.DataValue)?.dataElementName
        return if (single && question != null) question else item.personTitle ?: item.formName
    }

    private suspend fun where(item: OutboxItem): String {
        val time = when (val record = item.record) {
            is OutboxRecord.DataValue -> context.periodWords(record.report.period)
            is OutboxRecord.Completion -> context.periodWords(record.report.period)
            is OutboxRecord.Event -> eventTime(item, record) ?: return item.formName
            else -> return listOf(item.formName, item.organisationUnitName)
                .filter { it.isNotEmpty() }.joinToString(" · ")
        }
        return context.placeAnd(item.organisationUnitName, time)
    }

    /** Of somebody's visit the program says more than the day. */
    private suspend fun eventTime(item: OutboxItem, record: OutboxRecord.Event): String? =
        if (item.person != null && !needsPerson(item)) null
        else context.dateWords(session.event(record.id).event.occurredAt)

    suspend fun problem(id: String): Problem {
        programs = session.allPrograms()
        val item = session.outboxItem(id.toLong()).item
        return Problem(
            id = id,
            title = item.personTitle ?: item.formName,
            subtitle = where(item),
            state = item.state.toRecordState(finished = true),
            reason = item.reason ?: context.getString(reasonOf(item.state)),
            field = field(item),
            code = item.code,
            form = formKey(item),
            versions = versions(item),
        )
    }

    private suspend fun versions(item: OutboxItem): List<FieldVersions> {
        if (item.state != TravelState.TWO_VERSIONS) return emptyList()
        return session.conflict(item.id).fields
            .map { FieldVersions(it.field, it.name, it.before, it.mine, it.theirs) }
    }

    private fun reasonOf(state: TravelState): Int = when (state) {
        TravelState.TWO_VERSIONS -> R.string.reason_two_versions
        TravelState.REFUSED -> R.string.reason_refused
        else -> R.string.finished_waiting
    }

    private suspend fun field(item: OutboxItem): ProblemField? = when (val record = item.record) {
        is OutboxRecord.DataValue -> valueField(record)
        is OutboxRecord.Event -> item.field?.let { answerField(record.id, it) }
        is OutboxRecord.Person -> item.field?.let { personField(record.id, it, item.fieldName) }
        else -> null
    }

    private suspend fun valueField(record: OutboxRecord.DataValue): ProblemField {
        val report = session.report(record.report)
        val cell = CellId(record.dataElement, record.categoryOptionCombo)
        val columns = report.form.sections.flatMap { it.tables }.flatMap { it.columns }
        val column = columns.firstOrNull { it.categoryOptionCombo == cell.combo }?.name.orEmpty()
        val question = record.dataElementName ?: record.dataElement.uid
        return ProblemField(
            id = cell.toString(),
            label = listOf(question, column).filter { it.isNotEmpty() }.joinToString(", "),
            value = report.state.cell(cell.dataElement, cell.combo)?.value.orEmpty(),
        )
    }

    private suspend fun answerField(event: EventId, field: String): ProblemField? {
        val detail = session.event(event)
        if (field == OCCURRED_AT) {
            val label = detail.form.occurredAtLabel ?: context.getString(R.string.event_date)
            return ProblemField(field, label, context.dateWords(detail.event.occurredAt))
        }
        val question = detail.form.sections.flatMap { it.fields }
            .firstOrNull { it.dataElement.uid == field } ?: return null
        val value = detail.event.answerTo(DataElementId(field)).orEmpty()
        val name = question.optionSet?.let { Options(session).name(it.id, value) }
        return ProblemField(field, question.name, name ?: value)
    }

    private suspend fun personField(id: PersonId, field: String, name: String?): ProblemField {
        val known = session.people.person(id).attributes.firstOrNull { it.attribute.uid == field }
        return ProblemField(field, name ?: known?.name ?: field, known?.shown.orEmpty())
    }

    private fun formKey(item: OutboxItem): FormKey? = when (val record = item.record) {
        is OutboxRecord.DataValue -> record.report.toFormKey()
        is OutboxRecord.Completion -> record.report.toFormKey()
        is OutboxRecord.Event -> record.program?.let { FormKey.Event(it.uid, record.id.uid) }
        is OutboxRecord.Enrollment -> record.program?.let { program ->
            record.person?.let { profile(program, it, item.organisationUnit) }
        }
        is OutboxRecord.Person -> item.formName.let { name ->
            programs?.firstOrNull { it.name == name }?.let { profile(it.id, record.id, item.organisationUnit) }
        }
        else -> null
    }

    private fun profile(program: ProgramId, person: PersonId, place: OrganisationUnitId) =
        FormKey.Person(program.uid, person.uid, place.uid)
}
