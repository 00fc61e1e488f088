//! Captured data as the device holds it: aggregate values, completions, events.
//!
//! These records are also what waits in the outbox (with a version around them), so a later release
//! can still send what an earlier one queued: members are added with a default, never renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::period::Period;
use crate::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, EventUid, NoteUid, OrganisationUnitUid,
    ProgramStageUid, ProgramUid, Uid,
};

/// What identifies an aggregate value on the server (DHIS2 `DataValue` key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataValueKey {
    /// The question.
    pub data_element: DataElementUid,
    /// The period.
    pub period: Period,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The cell.
    pub category_option_combo: CategoryOptionComboUid,
    /// The split of the whole form.
    pub attribute_option_combo: CategoryOptionComboUid,
}

/// The content of an aggregate value.
///
/// The server erases a comment or follow-up flag that is left out of an update (capture a005d), so
/// the three always travel together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataValue {
    /// The value; `None` with a comment is a legal record (capture a005g).
    pub value: Option<String>,
    /// A free comment.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// Soft-deleted.
    pub deleted: bool,
}

/// What identifies the slice of a data set that is filled in together and completed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SliceKey {
    /// The data set.
    pub data_set: DataSetUid,
    /// The period.
    pub period: Period,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The split of the whole form.
    pub attribute_option_combo: CategoryOptionComboUid,
}

/// DHIS2 `CompleteDataSetRegistration` of a slice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Completion {
    /// Whether the slice is complete.
    pub completed: bool,
    /// Day of completion, `yyyy-MM-dd`.
    pub date: Option<String>,
    /// User name of the one who completed it.
    pub stored_by: Option<String>,
}

/// DHIS2 `EventStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// Being filled in.
    #[default]
    Active,
    /// Filled in.
    Completed,
    /// Planned.
    Schedule,
    /// Planned and late; a filter on the server, never a stored state (capture t011c).
    Overdue,
    /// Will not take place.
    Skipped,
    /// Old name of active; the server stores it as active (capture t011j).
    Visited,
}

impl EventStatus {
    /// Parses the DHIS2 name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ACTIVE" => Self::Active,
            "COMPLETED" => Self::Completed,
            "SCHEDULE" => Self::Schedule,
            "OVERDUE" => Self::Overdue,
            "SKIPPED" => Self::Skipped,
            "VISITED" => Self::Visited,
            _ => return None,
        })
    }

    /// The DHIS2 name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Schedule => "SCHEDULE",
            Self::Overdue => "OVERDUE",
            Self::Skipped => "SKIPPED",
            Self::Visited => "VISITED",
        }
    }
}

/// The answer to one question of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDataValue {
    /// The value; never empty (an empty answer is an absent entry).
    pub value: String,
    /// Whether the answer was obtained at another place.
    #[serde(default)]
    pub provided_elsewhere: bool,
}

/// A remark on an event. Append-only; its id is minted on the device because the server adds a note
/// without id again at every resend (capture t009h).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Its id.
    pub id: NoteUid,
    /// The text.
    pub value: String,
}

/// DHIS2 `Event`. Dates are texts as on the wire: `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm:ss.SSS` in the
/// server's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its id, minted on the device.
    pub id: EventUid,
    /// The program.
    pub program: ProgramUid,
    /// The stage.
    pub program_stage: ProgramStageUid,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The split of the event; `None` means the default combo.
    #[serde(default)]
    pub attribute_option_combo: Option<CategoryOptionComboUid>,
    /// Status.
    pub status: EventStatus,
    /// When it happened.
    #[serde(default)]
    pub occurred_at: Option<String>,
    /// When it is planned.
    #[serde(default)]
    pub scheduled_at: Option<String>,
    /// When it was completed.
    #[serde(default)]
    pub completed_at: Option<String>,
    /// GeoJSON geometry as text.
    #[serde(default)]
    pub geometry: Option<String>,
    /// The user who is to do the work; left out of an update it is unassigned (capture t010h).
    #[serde(default)]
    pub assigned_user: Option<Uid>,
    /// Answers by question.
    #[serde(default)]
    pub data_values: BTreeMap<DataElementUid, EventDataValue>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Device time of creation, sent with every update because the server erases it otherwise (capture t061e).
    #[serde(default)]
    pub created_at_client: Option<String>,
    /// Device time of the last edit.
    #[serde(default)]
    pub updated_at_client: Option<String>,
    /// Deleted here or on the server.
    #[serde(default)]
    pub deleted: bool,
}

/// A value as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDataValue {
    /// Which value.
    pub key: DataValueKey,
    /// Its content.
    pub value: DataValue,
    /// User name of the last writer.
    pub stored_by: Option<String>,
    /// `lastUpdated` as the server wrote it.
    pub last_updated: Option<String>,
}

/// An event as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its content.
    pub event: Event,
    /// `updatedAt` as the server wrote it.
    pub updated_at: Option<String>,
}

/// A completion as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCompletion {
    /// Which slice.
    pub key: SliceKey,
    /// Its content.
    pub completion: Completion,
}

/// One thing that can wait in the outbox: the whole record, so that it can be sent again as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Payload {
    /// An aggregate value.
    #[serde(rename_all = "camelCase")]
    DataValue {
        /// The data set in whose form it was entered; the server checks nothing without it.
        data_set: DataSetUid,
        /// Which value.
        key: DataValueKey,
        /// Its content.
        value: DataValue,
    },
    /// The completion of a slice, or its withdrawal.
    #[serde(rename_all = "camelCase")]
    Completion {
        /// Which slice.
        key: SliceKey,
        /// Its content.
        completion: Completion,
    },
    /// An event.
    #[serde(rename_all = "camelCase")]
    Event {
        /// The event.
        event: Event,
    },
}

/// Kind of an outbox row; the number is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PayloadKind {
    /// [`Payload::DataValue`].
    DataValue = 1,
    /// [`Payload::Completion`].
    Completion = 2,
    /// [`Payload::Event`].
    Event = 3,
}

impl PayloadKind {
    /// Kinds in upload order: values before the completion that is checked against them.
    pub const UPLOAD_ORDER: [Self; 3] = [Self::DataValue, Self::Event, Self::Completion];

    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataValue => "dataValue",
            Self::Completion => "completion",
            Self::Event => "event",
        }
    }
}

impl Payload {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> PayloadKind {
        match self {
            Self::DataValue { .. } => PayloadKind::DataValue,
            Self::Completion { .. } => PayloadKind::Completion,
            Self::Event { .. } => PayloadKind::Event,
        }
    }

    /// The text key under which at most one outbox row exists: edits of one thing are coalesced.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::DataValue { key, .. } => format!(
                "{}/{}/{}/{}/{}",
                key.data_element,
                key.period,
                key.organisation_unit,
                key.category_option_combo,
                key.attribute_option_combo
            ),
            Self::Completion { key, .. } => format!(
                "{}/{}/{}/{}",
                key.data_set, key.period, key.organisation_unit, key.attribute_option_combo
            ),
            Self::Event { event } => event.id.to_string(),
        }
    }

    /// What may travel in one request: the data set of values and completions, the program of events.
    #[must_use]
    pub fn lane(&self) -> Uid {
        match self {
            Self::DataValue { data_set, .. } => data_set.0,
            Self::Completion { key, .. } => key.data_set.0,
            Self::Event { event } => event.program.0,
        }
    }
}
