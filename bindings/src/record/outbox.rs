//! What waits, what was refused, what differs, what was begun, and the journal of it.

use outpost_engine::{Choice, model};

use super::form::Reason;
use super::slice::CompletionProblem;
use super::{list, signed, signed32, text};
use crate::limits::PAGE_ROWS_MAX;

/// Where a record is on its way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TravelState {
    /// Waits to be sent.
    Waiting,
    /// On its way.
    Sending,
    /// The server refused it.
    Refused,
    /// Changed here and on the server; a person decides.
    TwoVersions,
    /// Waits for another record, which a person must put right first.
    Held,
    /// The server has it.
    Sent,
}

impl From<model::RecordState> for TravelState {
    fn from(it: model::RecordState) -> Self {
        match it {
            model::RecordState::Pending => Self::Waiting,
            model::RecordState::InFlight => Self::Sending,
            model::RecordState::Rejected => Self::Refused,
            model::RecordState::Conflict => Self::TwoVersions,
            model::RecordState::Held => Self::Held,
            model::RecordState::Synced => Self::Sent,
        }
    }
}

impl From<TravelState> for model::RecordState {
    fn from(it: TravelState) -> Self {
        match it {
            TravelState::Waiting => Self::Pending,
            TravelState::Sending => Self::InFlight,
            TravelState::Refused => Self::Rejected,
            TravelState::TwoVersions => Self::Conflict,
            TravelState::Held => Self::Held,
            TravelState::Sent => Self::Synced,
        }
    }
}

/// A row of the outbox. Members that do not fit its kind are `None`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OutboxItem {
    /// Its number.
    pub id: i64,
    /// `dataValue`, `completion`, `event`, `trackedEntity`, `enrollment`, `relationship`,
    /// `ownershipTransfer`, `ownershipOverride` or `file`.
    pub kind: String,
    /// Id of the record; data element id of a value, data set id of a completion, tracked entity id
    /// of a change of ownership.
    pub uid: String,
    /// State.
    pub state: TravelState,
    /// Id of the data element or attribute, or the property, that the refusal is about.
    pub field: Option<String>,
    /// The same in words.
    pub field_name: Option<String>,
    /// DHIS2 error code of the refusal.
    pub code: Option<String>,
    /// Why it was refused or put off, in words.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: i32,
    /// Earliest next attempt, Unix ms.
    pub not_before_ms: Option<i64>,
    /// Tracked entity whose record it is.
    pub person: Option<String>,
    /// What that person is called.
    pub person_title: Option<String>,
    /// Name of the data set, program, type or file.
    pub form: String,
    /// Data set of a value or completion.
    pub data_set: Option<String>,
    /// Program of an event, enrolment or change of ownership.
    pub program: Option<String>,
    /// Data element of a value.
    pub data_element: Option<String>,
    /// Name of the data element.
    pub data_element_name: Option<String>,
    /// Cell of a value.
    pub category_option_combo: Option<String>,
    /// Period of a value or completion.
    pub period: Option<String>,
    /// Place.
    pub organisation_unit: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Attribute option combo.
    pub attribute_option_combo: Option<String>,
}

impl From<model::OutboxRowView> for OutboxItem {
    fn from(it: model::OutboxRowView) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            uid: it.uid,
            state: it.state.into(),
            field: it.field,
            field_name: it.field_name,
            code: it.code,
            reason: it.reason,
            attempts: signed32(it.attempts),
            not_before_ms: it.not_before,
            person: it.person,
            person_title: it.person_title,
            form: it.form,
            data_set: it.data_set,
            program: it.program,
            data_element: it.data_element,
            data_element_name: it.data_element_name,
            category_option_combo: it.category_option_combo,
            period: it.period,
            organisation_unit: it.org_unit,
            organisation_unit_name: it.org_unit_name,
            attribute_option_combo: it.attribute_option_combo,
        }
    }
}

/// A page of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OutboxItemPage {
    /// Rows, oldest first.
    pub items: Vec<OutboxItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i64>,
}

impl From<model::OutboxPage> for OutboxItemPage {
    fn from(it: model::OutboxPage) -> Self {
        Self { items: list(it.rows), next: it.next_after }
    }
}

/// A row of the outbox with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OutboxDetail {
    /// The row.
    pub item: OutboxItem,
    /// What is to be sent, as JSON.
    pub payload: String,
    /// What the server is known to hold, as JSON.
    pub base: Option<String>,
    /// The part of the server's report about the row, as JSON.
    pub report: Option<String>,
}

impl From<model::OutboxDetail> for OutboxDetail {
    fn from(it: model::OutboxDetail) -> Self {
        Self { item: it.row.into(), payload: it.payload, base: it.base, report: it.report }
    }
}

/// One field that differs on both sides.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldConflict {
    /// `value`, `comment`, `followUp`, `status` …, or the id of a data element or attribute.
    pub field: String,
    /// Name for people.
    pub name: String,
    /// What both sides began from.
    pub before: Option<String>,
    /// What was entered here.
    pub mine: Option<String>,
    /// What the server holds.
    pub theirs: Option<String>,
}

impl From<model::ConflictField> for FieldConflict {
    fn from(it: model::ConflictField) -> Self {
        Self { field: it.field, name: it.name, before: it.before, mine: it.mine, theirs: it.theirs }
    }
}

/// A record changed here and on the server.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConflictItem {
    /// The row.
    pub item: OutboxItem,
    /// What differs.
    pub fields: Vec<FieldConflict>,
}

impl From<model::ConflictView> for ConflictItem {
    fn from(it: model::ConflictView) -> Self {
        Self { item: it.row.into(), fields: list(it.fields) }
    }
}

/// A person's decision on a conflict. Changes that are not in conflict survive in any case.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ConflictChoice {
    /// Keep what was entered here.
    Mine,
    /// Keep what the server holds.
    Theirs,
    /// Keep the server's for these fields, one's own for the others.
    TheirsFor {
        /// Names of the fields.
        fields: Vec<String>,
    },
}

impl From<ConflictChoice> for Choice {
    fn from(it: ConflictChoice) -> Self {
        match it {
            ConflictChoice::Mine => Self::Mine,
            ConflictChoice::Theirs => Self::Theirs,
            ConflictChoice::TheirsFor { fields } => Self::TheirsFor(fields.into_iter().collect()),
        }
    }
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct JournalItem {
    /// Its number.
    pub id: i64,
    /// When, Unix ms of the device.
    pub at_ms: i64,
    /// What happened.
    pub kind: String,
    /// User name; empty for what nobody asked for.
    pub by: String,
    /// Details as JSON; may hold what people entered.
    pub detail: String,
}

impl From<model::JournalEntryView> for JournalItem {
    fn from(it: model::JournalEntryView) -> Self {
        Self { id: it.id, at_ms: it.at_ms, kind: it.kind, by: it.by, detail: it.detail }
    }
}

/// Whether the journal is whole.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct JournalVerdict {
    /// Entries looked at.
    pub entries: i64,
    /// Number of the first entry that does not fit; `None` if all do.
    pub first_bad: Option<i64>,
}

impl From<model::JournalVerdict> for JournalVerdict {
    fn from(it: model::JournalVerdict) -> Self {
        Self { entries: signed(it.entries), first_bad: it.first_bad }
    }
}

/// A form begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Draft {
    /// The data set or program.
    pub form: String,
    /// The record within it.
    pub key: String,
    /// The screen's own text.
    pub body: String,
    /// Last save, Unix ms of the device.
    pub saved_ms: i64,
}

impl From<model::DraftView> for Draft {
    fn from(it: model::DraftView) -> Self {
        Self { form: text(it.form), key: it.key, body: it.body, saved_ms: it.saved_ms }
    }
}

/// A record of a file that was refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportRefusal {
    /// Its place in the list of the file, from 0.
    pub index: i64,
    /// Data element id of a value, id of an event, if it could be read.
    pub uid: Option<String>,
    /// Why.
    pub why: Reason,
}

impl From<model::ImportRefusal> for ImportRefusal {
    fn from(it: model::ImportRefusal) -> Self {
        Self { index: signed(it.index), uid: it.uid, why: it.refusal.into() }
    }
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportSummary {
    /// Records looked at.
    pub records: i64,
    /// Records saved; they wait to be sent.
    pub saved: i64,
    /// Records that were there already.
    pub unchanged: i64,
    /// Records refused.
    pub refused: i64,
    /// The first 200 refused ones, each with its place and the reason.
    pub refusals: Vec<ImportRefusal>,
    /// Whether the file's completion date marked its slice as complete.
    pub completed: bool,
    /// What spoke against that.
    pub completion_problems: Vec<CompletionProblem>,
}

impl From<model::ImportReport> for ImportSummary {
    fn from(it: model::ImportReport) -> Self {
        Self {
            records: signed(it.records),
            saved: signed(it.saved),
            unchanged: signed(it.unchanged),
            refused: signed(it.refused),
            refusals: list(it.refusals.into_iter().take(PAGE_ROWS_MAX)),
            completed: it.completed,
            completion_problems: list(it.completion_problems),
        }
    }
}
