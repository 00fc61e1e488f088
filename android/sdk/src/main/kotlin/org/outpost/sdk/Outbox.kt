package org.outpost.sdk

import org.outpost.sdk.ffi.ConflictChoice as FfiConflictChoice
import org.outpost.sdk.ffi.ConflictItem
import org.outpost.sdk.ffi.Draft as FfiDraft
import org.outpost.sdk.ffi.JournalItem
import org.outpost.sdk.ffi.JournalVerdict as FfiJournalVerdict
import org.outpost.sdk.ffi.OutboxDetail as FfiOutboxDetail
import org.outpost.sdk.ffi.OutboxItem as FfiOutboxItem

/** A record that waits or is held. */
public sealed interface OutboxRecord {
    /** A value of a report. */
    public data class DataValue(
        /** The report. */
        public val report: ReportKey,
        /** The row. */
        public val dataElement: DataElementId,
        /** Name of the data element. */
        public val dataElementName: String?,
        /** The column. */
        public val categoryOptionCombo: CategoryOptionComboId,
    ) : OutboxRecord

    /** The completion of a report. */
    public data class Completion(
        /** The report. */
        public val report: ReportKey,
    ) : OutboxRecord

    /** An event or a visit. */
    public data class Event(
        /** Its id. */
        public val id: EventId,
        /** Its program. */
        public val program: ProgramId?,
        /** The person of a visit. */
        public val person: PersonId? = null,
    ) : OutboxRecord

    /** A person, a household. */
    public data class Person(
        /** Its id. */
        public val id: PersonId,
    ) : OutboxRecord

    /** An enrolment. */
    public data class Enrollment(
        /** Its id. */
        public val id: EnrollmentId,
        /** Who is enrolled. */
        public val person: PersonId?,
        /** The program. */
        public val program: ProgramId?,
    ) : OutboxRecord

    /** A relationship. */
    public data class Relationship(
        /** Its id. */
        public val id: RelationshipId,
    ) : OutboxRecord

    /** A person who is handed over to another place. */
    public data class Transfer(
        /** Who. */
        public val person: PersonId,
        /** In which program. */
        public val program: ProgramId?,
    ) : OutboxRecord

    /** Breaking the glass for a person. */
    public data class GlassBreak(
        /** Whose records. */
        public val person: PersonId,
        /** In which program. */
        public val program: ProgramId?,
    ) : OutboxRecord

    /** A file. */
    public data class File(
        /** Its id. */
        public val id: FileId,
    ) : OutboxRecord

    /** A kind that this release of the SDK does not know; it is sent all the same. */
    public data class Other(
        /** Name of the kind. */
        public val kind: String,
        /** Its uid. */
        public val uid: String,
    ) : OutboxRecord
}

/** A row of the outbox. */
public data class OutboxItem(
    /** Its number on this device. */
    public val id: Long,
    /** The record. */
    public val record: OutboxRecord,
    /** State; never [TravelState.SENT]. */
    public val state: TravelState,
    /** Uid of the data element or attribute, or the property, that the refusal is about. */
    public val field: String?,
    /** DHIS2 error code of the refusal. */
    public val code: String?,
    /** Why it was refused or put off, in words. */
    public val reason: String?,
    /** Attempts so far. */
    public val attempts: Int,
    /** Earliest next attempt, Unix ms of the device. */
    public val notBeforeMs: Long?,
    /** Name of the data set, program, type or file. */
    public val formName: String,
    /** Place. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** The field that the refusal is about, in words. */
    public val fieldName: String? = null,
    /** The person whose record it is. */
    public val person: PersonId? = null,
    /** What that person is called. */
    public val personTitle: String? = null,
)

/** A row of the outbox with all that is known of it. */
public data class OutboxDetail(
    /** The row. */
    public val item: OutboxItem,
    /** What is to be sent, as JSON. Holds what people entered. */
    public val payload: String,
    /** What the server is known to hold, as JSON. */
    public val base: String?,
    /** The part of the server's report about the row, as JSON. */
    public val report: String?,
)

/** One field that differs on both sides. */
public data class FieldConflict(
    /** `value`, `comment`, `followUp`, `status` …, or uid of a data element or attribute. */
    public val field: String,
    /** Name for people. */
    public val name: String,
    /** What both sides began from. */
    public val before: String?,
    /** What was entered here. */
    public val mine: String?,
    /** What the server holds. */
    public val theirs: String?,
)

/** A record changed here and on the server. */
public data class Conflict(
    /** The row. */
    public val item: OutboxItem,
    /** What differs. */
    public val fields: List<FieldConflict>,
)

/** A person's decision on a conflict. Changes that are not in conflict survive in any case. */
public sealed interface ConflictChoice {
    /** Keep what was entered here. */
    public data object Mine : ConflictChoice

    /** Keep what the server holds. */
    public data object Theirs : ConflictChoice

    /** Keep the server's for these fields, one's own for the others. */
    public data class TheirsFor(
        /** Names of the fields, as in [FieldConflict.field]. */
        public val fields: Set<String>,
    ) : ConflictChoice
}

/** An entry of the journal. */
public data class JournalEntry(
    /** Its number. */
    public val id: Long,
    /** When, Unix ms of the device. */
    public val atMs: Long,
    /** What happened. */
    public val kind: String,
    /** User name; empty for what nobody asked for. */
    public val by: String,
    /** Details as JSON; may hold what people entered. */
    public val detail: String,
)

/** Whether the journal is whole. */
public data class JournalVerdict(
    /** Entries looked at. */
    public val entries: Long,
    /** Number of the first entry that does not fit; `null` if all do. */
    public val firstBad: Long?,
)

/** A form begun and not finished: the screen's own text, never sent. */
public data class Draft(
    /** Uid of the data set or program. */
    public val form: String,
    /** The record within it, named by the screen. */
    public val key: String,
    /** The screen's own text. */
    public val body: String,
    /** Last save, Unix ms of the device. */
    public val savedMs: Long,
)

internal fun FfiOutboxItem.toItem() = OutboxItem(
    id = id,
    record = toRecord(),
    state = state.toState(),
    field = field,
    code = code,
    reason = reason,
    attempts = attempts,
    notBeforeMs = notBeforeMs,
    formName = form,
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    fieldName = fieldName,
    person = person?.let { PersonId(it) },
    personTitle = personTitle,
)

private fun FfiOutboxItem.toRecord(): OutboxRecord {
    val report = report()
    val element = dataElement
    return when {
        kind == "event" -> OutboxRecord.Event(EventId(uid), inProgram(), ofPerson())
        kind == "trackedEntity" -> OutboxRecord.Person(PersonId(uid))
        kind == "enrollment" ->
            OutboxRecord.Enrollment(EnrollmentId(uid), ofPerson(), inProgram())
        kind == "relationship" -> OutboxRecord.Relationship(RelationshipId(uid))
        kind == "ownershipTransfer" -> OutboxRecord.Transfer(PersonId(uid), inProgram())
        kind == "ownershipOverride" -> OutboxRecord.GlassBreak(PersonId(uid), inProgram())
        kind == "file" -> OutboxRecord.File(FileId(uid))
        kind == "completion" && report != null -> OutboxRecord.Completion(report)
        kind == "dataValue" && report != null && element != null -> OutboxRecord.DataValue(
            report,
            DataElementId(element),
            dataElementName,
            categoryOptionCombo?.let { CategoryOptionComboId(it) } ?: CategoryOptionComboId.DEFAULT,
        )
        else -> OutboxRecord.Other(kind, uid)
    }
}

private fun FfiOutboxItem.inProgram() = program?.let { ProgramId(it) }

private fun FfiOutboxItem.ofPerson() = person?.let { PersonId(it) }

private fun FfiOutboxItem.report(): ReportKey? {
    val combo = attributeOptionCombo?.let { CategoryOptionComboId(it) }
    return ReportKey(
        DataSetId(dataSet ?: return null),
        period ?: return null,
        OrganisationUnitId(organisationUnit),
        combo ?: CategoryOptionComboId.DEFAULT,
    )
}

internal fun FfiOutboxDetail.toDetail() = OutboxDetail(item.toItem(), payload, base, report)

internal fun ConflictItem.toConflict() = Conflict(
    item.toItem(),
    fields.map { FieldConflict(it.field, it.name, it.before, it.mine, it.theirs) },
)

internal fun ConflictChoice.toFfi(): FfiConflictChoice = when (this) {
    ConflictChoice.Mine -> FfiConflictChoice.Mine
    ConflictChoice.Theirs -> FfiConflictChoice.Theirs
    is ConflictChoice.TheirsFor -> FfiConflictChoice.TheirsFor(fields.toList())
}

internal fun JournalItem.toEntry() = JournalEntry(id, atMs, kind, by, detail)

internal fun FfiJournalVerdict.toVerdict() = JournalVerdict(entries, firstBad)

internal fun FfiDraft.toDraft() = Draft(form, key, body, savedMs)
