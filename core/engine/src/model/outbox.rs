//! What waits, what was refused, what differs, and the journal of it.

use serde::Serialize;

/// Where a record is on its way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Waits to be sent.
    Pending,
    /// On its way.
    InFlight,
    /// The server refused it.
    Rejected,
    /// Changed here and on the server; a person decides.
    Conflict,
    /// Waits for another record, which a person must put right first.
    Held,
    /// The server has it.
    Synced,
}

impl RecordState {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::InFlight => "Sending",
            Self::Rejected => "Refused",
            Self::Conflict => "Two versions",
            Self::Held => "Waits for another",
            Self::Synced => "Sent",
        }
    }
}

/// A row of the outbox. Members that do not fit its kind are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxRowView {
    /// Its number.
    pub id: i64,
    /// `dataValue`, `completion`, `event`, `trackedEntity`, `enrollment`, `relationship`,
    /// `ownershipTransfer`, `ownershipOverride` or `file`.
    pub kind: String,
    /// Id of the record; data element id of a value, data set id of a completion, tracked entity id of
    /// a change of ownership.
    pub uid: String,
    /// State.
    pub state: RecordState,
    /// Id of the data element or attribute, or the property, that the refusal is about.
    pub field: Option<String>,
    /// The same in words.
    pub field_name: Option<String>,
    /// DHIS2 error code of the refusal.
    pub code: Option<String>,
    /// Why it was refused or put off, in words.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: u32,
    /// Earliest next attempt, Unix ms.
    pub not_before: Option<i64>,
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
    pub org_unit: String,
    /// Name of the place.
    pub org_unit_name: String,
    /// Attribute option combo.
    pub attribute_option_combo: Option<String>,
}

/// A page of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxPage {
    /// Rows, oldest first.
    pub rows: Vec<OutboxRowView>,
    /// Give this to the next call; `None` after the last page.
    pub next_after: Option<i64>,
}

/// A row of the outbox with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxDetail {
    /// The row.
    pub row: OutboxRowView,
    /// What is to be sent, as JSON.
    pub payload: String,
    /// What the server is known to hold, as JSON.
    pub base: Option<String>,
    /// The part of the server's report about the row, as JSON.
    pub report: Option<String>,
}

/// One field that differs on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConflictField {
    /// `value`, `comment`, `followUp`, `status` …, or a data element id.
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

/// A record changed here and on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConflictView {
    /// The row.
    pub row: OutboxRowView,
    /// What differs.
    pub fields: Vec<ConflictField>,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalEntryView {
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

/// Whether the journal is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalVerdict {
    /// Entries looked at.
    pub entries: u64,
    /// Number of the first entry that does not fit; `None` if all do.
    pub first_bad: Option<i64>,
}
