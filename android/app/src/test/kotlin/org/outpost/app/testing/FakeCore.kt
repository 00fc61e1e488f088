package org.outpost.app.testing

import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.outpost.app.OutpostApplication
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldChange
import org.outpost.app.model.FieldKind
import org.outpost.app.model.FieldProblem
import org.outpost.app.model.Finding
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.FormKind
import org.outpost.app.model.FormSummary
import org.outpost.app.model.Home
import org.outpost.app.model.Outbox
import org.outpost.app.model.OutboxRow
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.Problem
import org.outpost.app.model.ProblemField
import org.outpost.app.model.RecordPage
import org.outpost.app.model.RecordRow
import org.outpost.app.model.RecordState
import org.outpost.app.model.Safety
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.app.model.Session
import org.outpost.app.model.Severity
import org.outpost.app.model.SignInOutcome
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncPhase
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.app.model.Table
import org.outpost.app.model.TableRow

/** The app with a core that lives in memory: screens are tested apart from the real one. */
class FakeApplication : OutpostApplication() {
    override val port: FakeCore = FakeCore()
}

/** 2 November 2026, 10:42 UTC. */
const val NOW_MS = 1793616120000L
private const val DAY_MS = 86_400_000L

/** A small district: a case form, a water-point form, a monthly report. */
class FakeCore : OutpostPort {
    var session: Session? = Session("mary", "Mary O.", "https://health.example.org")
    var signInOutcome: SignInOutcome? = null
    var refused = true
    var waiting = 11
    val answers = mutableMapOf(
        "occurred" to "2026-11-01", "fever" to "true", "temperature" to "49.1",
        "tested.u5" to "41", "tested.o5" to "63", "positive.u5" to "12", "positive.o5" to "9",
        "treated.u5" to "12", "treated.o5" to "22",
    )
    var steps: List<SyncStep> = listOf(SyncStep.Ended(SyncOutcome.NoNetwork))
    val case = FormKey.Event("EventUid001")
    val report = FormKey.Report("DataSetUid1", "202610", "OrgUnitUid1", "HllvX50cXC0")
    private var finished = mutableSetOf<FormKey>()

    override suspend fun session() = session

    override suspend fun signIn(server: String, userName: String, password: String): SignInOutcome {
        signInOutcome?.let { return it }
        return Session(userName, "Mary O.", server).also { session = it }.let(SignInOutcome::SignedIn)
    }

    override suspend fun signOut() {
        session = null
    }

    override suspend fun home() = Home(
        session = checkNotNull(session),
        safety = Safety(
            unsent = waiting + if (refused) 1 else 0,
            total = 248,
            refused = if (refused) 1 else 0,
            twoVersions = 0,
            keptAside = 0,
            lastSentMs = NOW_MS - DAY_MS + 21_480_000,
            unsentDays = 1,
        ),
        forms = listOf(cases, water, monthly),
        nowMs = NOW_MS,
    )

    private val cases: FormSummary
        get() = FormSummary(
            "ProgramUid1", "Malaria case registration", FormKind.EVENT, 14,
            buildMap {
                put(RecordState.SENT, 10)
                if (refused) put(RecordState.REFUSED, 1)
                put(RecordState.WAITING, 3)
            },
        )
    private val water = FormSummary(
        "ProgramUid2", "Water point", FormKind.EVENT, 3, mapOf(RecordState.WAITING to 3),
    )
    private val monthly = FormSummary(
        "DataSetUid1", "Monthly report", FormKind.REPORT, 9,
        mapOf(RecordState.NOT_FINISHED to 1, RecordState.SENT to 8),
    )

    override suspend fun records(formId: String, after: String?) = when (formId) {
        "DataSetUid1" -> RecordPage(
            monthly,
            listOf(
                RecordRow(report, "October 2026", "Kireka village", RecordState.NOT_FINISHED),
                RecordRow(report.copy(period = "202609"), "September 2026", "Kireka village", RecordState.SENT),
            ),
            next = null,
            canAdd = true,
        )
        else -> RecordPage(
            cases,
            listOf(
                RecordRow(case, "1 November 2026", "Kireka village", RecordState.REFUSED),
                RecordRow(FormKey.Event("EventUid002"), "31 October 2026", "Kireka village", RecordState.WAITING),
                RecordRow(FormKey.Event("EventUid003"), "30 October 2026", "Kireka village", RecordState.SENT),
            ),
            next = null,
            canAdd = true,
        )
    }

    override suspend fun newRecord(formId: String): FormKey = FormKey.Event("EventUidNew")

    override suspend fun form(key: FormKey) = when (key) {
        is FormKey.Report -> reportForm(key)
        is FormKey.Event -> caseForm(key)
    }

    private fun caseForm(key: FormKey) = Form(
        key, "Malaria case registration", "Kireka village",
        listOf(
            Section(
                "about", "About the visit",
                listOf(
                    field("occurred", "Visit date", FieldKind.DATE, compulsory = true),
                    field(
                        "sex", "Sex", FieldKind.CHOICE,
                        choices = listOf(Choice("F", "Female"), Choice("M", "Male")),
                    ),
                ),
            ),
            Section(
                "signs", "Danger signs",
                listOf(
                    field("fever", "Fever in the last 2 days?", FieldKind.YES_NO, compulsory = true),
                    field("temperature", "Temperature", FieldKind.NUMBER, compulsory = true)
                        .copy(unit = "°C", problem = problemOf("temperature")),
                    field("bleeding", "Bleeding?", FieldKind.YES_NO),
                    field("village", "Village", FieldKind.CHOICE),
                    field("notes", "Notes", FieldKind.LONG_TEXT),
                ),
            ),
        ),
        state = RecordState.REFUSED, savedMs = NOW_MS, nowMs = NOW_MS,
    )

    private fun reportForm(key: FormKey) = Form(
        key, "Monthly report", "Kireka village, October 2026",
        listOf(
            Section(
                "malaria", "Malaria",
                tables = listOf(
                    Table(
                        "", listOf("< 5 y", "5+ y", "Sum"),
                        listOf("tested" to "Tested", "positive" to "Positive", "treated" to "Treated", "referred" to "Referred")
                            .map { (id, name) -> row(id, name) },
                    ),
                ),
            ),
            Section("stock", "Stock", listOf(field("act", "ACT doses left", FieldKind.COUNT))),
        ),
        state = RecordState.NOT_FINISHED, savedMs = NOW_MS, nowMs = NOW_MS,
        readOnlyReason = "You finished this report.".takeIf { key in finished },
        canReopen = key in finished,
    )

    private fun row(id: String, name: String) = TableRow(
        name,
        listOf(
            if (id == "referred") field("$id.u5", name, FieldKind.GREYED)
            else field("$id.u5", name, FieldKind.COUNT),
            field("$id.o5", name, FieldKind.COUNT).copy(problem = problemOf("$id.o5")),
            field("$id.sum", name, FieldKind.TOTAL).copy(readOnly = true, value = sum(id)),
        ),
    )

    private fun sum(id: String): String? =
        listOfNotNull(answers["$id.u5"], answers["$id.o5"]).sumOf { it.toInt() }.takeIf { it > 0 }?.toString()

    private fun field(
        id: String, label: String, kind: FieldKind, compulsory: Boolean = false,
        choices: List<Choice> = emptyList(),
    ) = Field(id, label, kind, answers[id], compulsory = compulsory, choices = choices)

    private fun problemOf(id: String): FieldProblem? = when {
        id == "temperature" && (answers[id]?.toDoubleOrNull() ?: 37.0) !in 34.0..43.0 ->
            FieldProblem("Must be 34 to 43. Check it.", Severity.ERROR)
        id == "treated.o5" && (answers[id]?.toIntOrNull() ?: 0) > 9 ->
            FieldProblem("More treated than positive (9).", Severity.WARNING)
        else -> null
    }

    override suspend fun setValue(key: FormKey, fieldId: String, value: String?): Saved {
        if (value == null) answers -= fieldId else answers[fieldId] = value
        val row = fieldId.substringBefore('.')
        val total = FieldChange("$row.sum", sum(row), null).takeIf { '.' in fieldId }
        return Saved(
            NOW_MS, NOW_MS, listOfNotNull(FieldChange(fieldId, value, problemOf(fieldId)), total),
        )
    }

    override suspend fun choices(key: FormKey, fieldId: String, query: String) =
        listOf("Banda", "Kireka", "Namugongo").filter { it.contains(query, ignoreCase = true) }
            .map { Choice(it, it) }

    override suspend fun check(key: FormKey): Check {
        val fields = form(key).sections.flatMap { section -> section.allFields.map { section.id to it } }
        fun finding(at: Pair<String, Field>) =
            Finding(at.first, at.second.id, at.second.label, at.second.problem?.text.orEmpty())
        return Check(
            fields.filter { it.second.problem?.severity == Severity.ERROR }.map(::finding),
            fields.filter { it.second.compulsory && it.second.value == null }.map(::finding),
            fields.filter { it.second.problem?.severity == Severity.WARNING }.map(::finding),
        )
    }

    override suspend fun finish(key: FormKey): RecordState? {
        if (check(key).errors.isNotEmpty()) return null
        finished += key
        return RecordState.WAITING
    }

    override suspend fun reopen(key: FormKey) {
        finished -= key
    }

    override suspend fun outbox(after: String?) = Outbox(
        listOfNotNull(
            OutboxRow(
                "1", "Malaria case registration", "Kireka village, 1 November 2026",
                RecordState.REFUSED, "The temperature is too high.",
            ).takeIf { refused },
            OutboxRow("2", "Malaria case registration", "Kireka village, 31 October 2026", RecordState.WAITING, null),
            OutboxRow("3", "Water point", "Banda, 30 October 2026", RecordState.WAITING, null),
        ),
        next = null,
        waiting = waiting,
    )

    override suspend fun problem(id: String) = Problem(
        id, "Malaria case registration", "Kireka village, 1 November 2026", RecordState.REFUSED,
        "The temperature is too high.", ProblemField("temperature", "Temperature", "49.1"),
        code = "E1302", answeredMs = NOW_MS - 5_000_000, nowMs = NOW_MS, form = case,
    )

    override suspend fun retry(id: String) {
        refused = false
        waiting += 1
    }

    override fun sync(): Flow<SyncStep> = flow {
        steps.forEach { emit(it) }
        // A sync that has not ended goes on until it is stopped.
        if (steps.last() is SyncStep.Running) awaitCancellation()
    }

    /** A sync that stands at 7 of 12. */
    val halfway = SyncStep.Running(SyncProgress(SyncPhase.SENDING, 7, 12, 118_000, 300_000))
}
