package org.outpost.sdk

import java.io.File
import kotlinx.coroutines.flow.Flow
import org.outpost.sdk.ffi.ImportObserver
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.SyncObserver
import org.outpost.sdk.ffi.SyncStep

/**
 * The work of one signed-in person: forms, reports, events, people, outbox, conflicts, journal.
 *
 * Everything but [sync] and what says so works without network. One call serves one screen; every
 * list is a page of at most 200 rows. All functions may be called on any thread, the main thread
 * included, and at the same time; reads go on during a synchronisation. When a function that saves
 * returns, the work is durably on the disk.
 *
 * All throw [OutpostException]: `NotFound` for what is not on this device, `InvalidInput` for an id
 * that is none, storage errors; and [IllegalStateException] after [close].
 */
public class Session internal constructor(private val handle: SessionHandle) : AutoCloseable {
    private val bridge = Bridge("session")

    /** People, their enrolments and relationships: programs with registration. */
    public val people: People = People(handle, bridge)

    /** The visits of enrolments. */
    public val visits: Visits = Visits(handle, bridge)

    /** A supervisor's work: review, tasks, approval, team, targets. */
    public val review: Review = Review(handle, bridge)

    /** Files that are answers. */
    public val files: Files = Files(handle, bridge)

    /** Indicators and validation rules over what lies on this device. */
    public val figures: Figures = Figures(handle, bridge)

    /** Room on a small phone: who may leave, what is downloaded, lists, reserved numbers. */
    public val room: Room = Room(handle, bridge)

    /** Records in files where there is no network: cards, files, receipts. */
    public val exchange: Exchange = Exchange(handle, bridge)

    /** The same files from phone to tablet over the Wi-Fi at hand. */
    public val nearby: Nearby = Nearby(handle, bridge)

    /** Forms and updates of the program that come in files. */
    public val updates: Updates = Updates(handle, bridge)

    /** How this device is as a site without network. */
    public val site: Site = Site(handle, bridge)

    /** Help for users: answers, requests, the queue of a supervisor. */
    public val support: Support = Support(handle, bridge)

    /** Phones and tablets of a roll-out: the card of this phone, hand-over, return, audit. */
    public val devices: Devices = Devices(handle, bridge)

    /** SIM cards of a roll-out: in which phones they were, put in, blocked, lost. */
    public val sims: Sims = Sims(handle, bridge)

    /** Sites that go live: readiness, parallel run, decision, first weeks. */
    public val goLive: GoLive = GoLive(handle, bridge)

    /** The state of the work at a glance. */
    public suspend fun status(): WorkStatus = bridge.call { handle.status().toStatus() }

    /** Checks the store, the journal, space, keys, clock, versions, outbox. May take seconds. */
    public suspend fun doctor(): List<DeviceCheck> = bridge.call {
        handle.doctor().map { it.toCheck() }
    }

    /**
     * A page of the data sets and event programs of the user, by name, with what waits of each.
     * Programs with registration: [People.programs].
     */
    public suspend fun forms(next: PageToken? = null): Page<FormSummary> = bridge.call {
        val page = handle.forms(next.offset())
        Page(page.items.map { it.toForm() }, page.next.toToken())
    }

    /**
     * The latest periods of a data set, the newest first, each with whether it is open.
     *
     * @param count at most so many, and at most 200
     */
    public suspend fun periods(dataSet: DataSetId, count: Int = 12): List<PeriodChoice> =
        bridge.call { handle.periods(dataSet.uid, count).map { it.toPeriod() } }

    /**
     * A page of places by name.
     *
     * @param search only places with these words in name or code
     * @param parent only places right below this one
     * @param form only places where this data set or program may be filled in
     */
    public suspend fun organisationUnits(
        search: String? = null,
        parent: OrganisationUnitId? = null,
        form: FormId? = null,
        next: PageToken? = null,
    ): Page<OrganisationUnit> = bridge.call {
        val page = handle.organisationUnits(search, parent?.uid, form?.uid, next.cursor())
        Page(page.items.map { it.toUnit() }, page.next.toToken())
    }

    /**
     * Places whose name holds the text, also such as are not on this device, to refer somebody
     * there ([Visits.refer]) or to hand somebody over ([People.transfer]). The server is asked for
     * those of the user's search scope (DHIS2 `withinUserSearchHierarchy`); what it names is known
     * without network from then on. At most 50: more must be narrowed. [OrganisationUnit.above] is
     * empty.
     *
     * @throws OutpostException.InvalidInput without a text
     * @throws OutpostException.Offline without network
     */
    public suspend fun searchPlaces(text: String): List<OrganisationUnit> = bridge.call {
        handle.searchPlaces(text).map { it.toUnit() }
    }

    /**
     * The place that is meant by an id, code or exact name: of those on this device, else of those
     * that were looked up before, else of the user's search scope, which is asked of the server.
     *
     * @throws OutpostException.NotFound if there is none
     * @throws OutpostException.InvalidInput if it fits several
     * @throws OutpostException.Offline without network, if only the server could know
     */
    public suspend fun findPlace(wanted: String): OrganisationUnitId = bridge.call {
        OrganisationUnitId(handle.findPlace(wanted))
    }

    /** A page of the options of a set, in order; with [search] only those that hold its words. */
    public suspend fun options(
        optionSet: OptionSetId,
        search: String? = null,
        next: PageToken? = null,
    ): Page<Choice> = bridge.call {
        val page = handle.options(optionSet.uid, search, next.cursor())
        Page(page.items.map { it.toChoice() }, page.next.toToken())
    }

    /** A page of the splits of a form that the user may see, by name; one if it is not split. */
    public suspend fun attributeOptionCombos(
        form: FormId,
        next: PageToken? = null,
    ): Page<AttributeOptionCombo> = bridge.call {
        val page = handle.attributeOptionCombos(form.uid, next.offset())
        Page(page.items.map { it.toCombo() }, page.next.toToken())
    }

    /**
     * The split of a form that is meant.
     *
     * @param wanted its id or exact name; `null` means the default one
     * @throws OutpostException.InvalidInput if it fits several, or if the form is split and none
     *   was given
     */
    public suspend fun attributeOptionCombo(
        form: FormId,
        wanted: String? = null,
    ): CategoryOptionComboId = bridge.call {
        CategoryOptionComboId(handle.attributeOptionCombo(form.uid, wanted))
    }

    /** A page of the reports of a data set that hold something, by place and period. */
    public suspend fun reports(dataSet: DataSetId, next: PageToken? = null): Page<ReportSummary> =
        bridge.call {
            val page = handle.slices(dataSet.uid, next.slice())
            Page(page.items.map { it.toSummary() }, page.next.toToken())
        }

    /** A report with its form: everything that its screen needs. It need not hold anything yet. */
    public suspend fun report(key: ReportKey): Report = bridge.call {
        handle.openSlice(key.toFfi()).toReport()
    }

    /**
     * Opens the form of a report to fill it in, with its indicators and validation rules. Close it.
     */
    public suspend fun openReport(key: ReportKey): ReportFormSession = bridge.call {
        ReportFormSession(handle.openReportForm(key.toFfi()))
    }

    /**
     * Enters values, comments and follow-up marks. What a rule refuses comes back with the reason
     * and nothing of it is written; the rest is on the disk when this returns.
     *
     * @throws OutpostException.InvalidInput for more than 200 edits
     */
    public suspend fun saveCells(key: ReportKey, edits: List<CellEdit>): CellsSaved = bridge.call {
        handle.editSlice(key.toFfi(), edits.map { it.toFfi() }).toSaved()
    }

    /** Marks a report as complete, unless a rule forbids it. */
    public suspend fun completeReport(key: ReportKey): CompletionResult = bridge.call {
        handle.completeSlice(key.toFfi()).toResult(wanted = true)
    }

    /** Takes a complete report up again. */
    public suspend fun reopenReport(key: ReportKey): CompletionResult = bridge.call {
        handle.reopenSlice(key.toFfi()).toResult(wanted = false)
    }

    /**
     * The form of a stage.
     *
     * @param stage may be left out if the program has only one
     * @throws OutpostException.InvalidInput if the program has several stages and none was given
     */
    public suspend fun eventForm(program: ProgramId, stage: ProgramStageId? = null): StageForm =
        bridge.call { handle.eventForm(program.uid, stage?.uid).toStageForm() }

    /** An empty event with a new id, not saved yet: fill it in and give it to [saveEvent]. */
    public suspend fun newEvent(
        program: ProgramId,
        organisationUnit: OrganisationUnitId,
        stage: ProgramStageId? = null,
    ): EventDetail = bridge.call {
        handle.newEvent(program.uid, stage?.uid, organisationUnit.uid).toDetail()
    }

    /**
     * A note for an event, with a uid of its own; add it to [Event.notes].
     *
     * @throws OutpostException.InvalidInput if it is empty
     */
    public suspend fun newNote(text: String): Note = bridge.call { handle.newNote(text).toNote() }

    /** An event with its form: everything that its screen needs. */
    public suspend fun event(id: EventId): EventDetail = bridge.call {
        handle.openEvent(id.uid).toDetail()
    }

    /**
     * Saves an event, new or changed. What forbids sending forbids saving, and what forbids
     * completing forbids saving it as complete: then nothing is written and the problems say why.
     * An unfinished event is saved as [EventStatus.ACTIVE].
     */
    public suspend fun saveEvent(event: Event): EventResult = bridge.call {
        handle.saveEvent(event.toFfi()).toResult()
    }

    /**
     * Opens the form of a new event to fill it in, with the rules of its program; nothing is saved
     * yet. Close it.
     *
     * @param stage may be left out if the program has only one
     */
    public suspend fun openNewEvent(
        program: ProgramId,
        organisationUnit: OrganisationUnitId,
        stage: ProgramStageId? = null,
    ): EventFormSession = bridge.call {
        EventFormSession(
            handle.openNewEventForm(program.uid, stage?.uid, organisationUnit.uid),
        )
    }

    /**
     * Opens the form of an event or visit: as its draft was left ([EventFormSession.saveDraft]),
     * else as it was saved. Close it.
     *
     * @throws OutpostException.InvalidInput for a draft that cannot be read
     */
    public suspend fun openEvent(program: ProgramId, id: EventId): EventFormSession = bridge.call {
        EventFormSession(handle.openEventForm(program.uid, id.uid))
    }

    /** Deletes an event, here at once and with the next synchronisation on the server. */
    public suspend fun deleteEvent(id: EventId): EventResult = bridge.call {
        handle.deleteEvent(id.uid).toResult()
    }

    /** A page of events, newest first. */
    public suspend fun events(query: EventQuery, next: PageToken? = null): Page<EventSummary> =
        bridge.call {
            val page = handle.events(query.toFfi(), next.cursor())
            Page(page.items.map { it.toSummary() }, page.next.toToken())
        }

    /**
     * Keeps what a screen knows of an unfinished form: its own text, never sent.
     *
     * @param key names the record within the form, as the screen likes
     * @throws OutpostException.InvalidInput if it is too long
     */
    public suspend fun saveDraft(form: FormId, key: String, body: String): Unit = bridge.call {
        handle.saveDraft(form.uid, key, body)
    }

    /** What was kept of an unfinished form; `null` if nothing was. */
    public suspend fun draft(form: FormId, key: String): Draft? = bridge.call {
        handle.loadDraft(form.uid, key)?.toDraft()
    }

    /** Forgets what was kept: it was saved as a record, or a person gave it up. */
    public suspend fun deleteDraft(form: FormId, key: String): Unit = bridge.call {
        handle.deleteDraft(form.uid, key)
    }

    /** Unfinished forms of a data set or program, at most 200. Of people: [People.drafts]. */
    public suspend fun drafts(form: FormId): List<Draft> = bridge.call {
        handle.drafts(form.uid).map { it.toDraft() }
    }

    /**
     * A page of what waits or is held, oldest first.
     *
     * @param state only rows of this state
     * @throws OutpostException.InvalidInput for [TravelState.SENT], which is not in the outbox
     */
    public suspend fun outbox(
        state: TravelState? = null,
        next: PageToken? = null,
    ): Page<OutboxItem> = bridge.call {
        val page = handle.outbox(state?.toFfi(), next.after())
        Page(page.items.map { it.toItem() }, page.next.toToken())
    }

    /** One row of the outbox with all that is known of it. */
    public suspend fun outboxItem(id: Long): OutboxDetail = bridge.call {
        handle.outboxItem(id).toDetail()
    }

    /**
     * Sends a refused or put-off row again with the next synchronisation, as it is.
     *
     * @throws OutpostException.InvalidInput if it is being sent or in conflict
     */
    public suspend fun retry(id: Long): Unit = bridge.call { handle.retry(id) }

    /**
     * Gives up a change for good: the record is again what the server holds. The journal keeps the
     * change and the reason.
     *
     * @param reason a person's own words
     * @throws OutpostException.InvalidInput without a reason, or while it is being sent
     */
    public suspend fun discard(id: Long, reason: String): Unit = bridge.call {
        handle.discard(id, reason)
    }

    /** A page of records changed here and on the server, oldest first. */
    public suspend fun conflicts(next: PageToken? = null): Page<Conflict> = bridge.call {
        val items = handle.conflicts(next.after()).map { it.toConflict() }
        val last = items.lastOrNull()?.item?.id
        Page(items, last.takeIf { items.size >= PAGE_ROWS }.toToken())
    }

    /** One conflict. */
    public suspend fun conflict(id: Long): Conflict = bridge.call {
        handle.conflict(id).toConflict()
    }

    /**
     * Decides a conflict, offline if need be. The other version stays in the journal.
     *
     * @param reason a person's own words
     * @throws OutpostException.InvalidInput without a reason
     */
    public suspend fun resolve(id: Long, choice: ConflictChoice, reason: String): Unit =
        bridge.call { handle.resolve(id, choice.toFfi(), reason) }

    /** A page of the journal, newest first. */
    public suspend fun journal(next: PageToken? = null): Page<JournalEntry> = bridge.call {
        val items = handle.journal(next.after()).map { it.toEntry() }
        val last = items.lastOrNull()?.id
        Page(items, last.takeIf { items.size >= PAGE_ROWS }.toToken())
    }

    /** Recomputes the chain of the journal. */
    public suspend fun verifyJournal(): JournalVerdict = bridge.call {
        handle.verifyJournal().toVerdict()
    }

    /**
     * Synchronises while it is collected: progress, then exactly one [SyncEvent.Ended]. What ends
     * it early (no network, a server that is not well …) is in that end, not thrown.
     *
     * Cancelling the collection stops it after the part that travels (2 seconds at most) and
     * returns when it has ended; what was done by then stays done. A slow collector misses steps of
     * progress, never the end.
     *
     * @throws OutpostException.Busy if another one of this account is under way
     * @throws OutpostException.SignInRefused if no password or token is kept
     */
    public fun sync(parts: SyncParts = SyncParts()): Flow<SyncEvent> = bridge.steps {
        val sync = handle.startSync(parts.toFfi(), object : SyncObserver {
            override fun onProgress(step: SyncStep) {
                trySend(step.toProgress())
            }
        })
        try {
            send(sync.report().toEnded())
        } finally {
            sync.cancel()
            afterEnd { sync.use { it.report() } }
        }
    }

    /**
     * Takes a file of values (`dataValueSets`) or events (tracker) in as if captured here, while it
     * is collected: progress, then [ImportEvent.Finished]. Any size.
     *
     * Cancelling the collection stops it; what was saved by then stays saved, and the same file can
     * be imported again.
     *
     * @throws OutpostException.InvalidInput if the file cannot be read or is neither (what came
     *   before the bad place is saved)
     */
    public fun importFile(file: File): Flow<ImportEvent> = bridge.steps {
        val import = handle.startImport(file.path, object : ImportObserver {
            override fun onProgress(records: Long) {
                trySend(ImportEvent.Progress(records))
            }
        })
        try {
            send(ImportEvent.Finished(import.report().toReport()))
        } finally {
            import.cancel()
            afterEnd { import.use { it.report() } }
        }
    }

    /** Lets go of the session; the account stays signed in. Closing twice is no harm. */
    override fun close() {
        if (bridge.close()) handle.close()
    }
}
