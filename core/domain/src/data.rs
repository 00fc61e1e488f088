//! Captured data as the device holds it: aggregate values, completions, events, tracker records.
//!
//! These records are also what waits in the outbox (with a version around them), so a later release
//! can still send what an earlier one queued: members are added with a default, never renamed.

mod tracker;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
pub use tracker::{
    Enrollment, EnrollmentStatus, FileResource, OwnershipOverride, OwnershipTransfer, Relationship,
    RelationshipItem, ServerEnrollment, ServerTrackedEntity, TrackedEntity,
};

use crate::period::Period;
use crate::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, EnrollmentUid, EventUid, NoteUid,
    OrganisationUnitUid, ProgramStageUid, ProgramUid, TrackedEntityUid, Uid,
};

/// What is as the default says is not written: of most records that was a third.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

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
    #[serde(default, skip_serializing_if = "is_default")]
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
    /// User name of its author, if the server told; it keeps what was sent (capture t009h).
    #[serde(default, skip_serializing_if = "is_default")]
    pub stored_by: Option<String>,
    /// When the server stored it, in its local time; `None` before it was sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stored_at: Option<String>,
}

impl Note {
    /// A remark made here, not yet sent.
    #[must_use]
    pub const fn new(id: NoteUid, value: String) -> Self {
        Self { id, value, stored_by: None, stored_at: None }
    }
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
    /// The enrolment that the event belongs to; `None` in a program without registration.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enrollment: Option<EnrollmentUid>,
    /// The tracked entity of that enrolment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tracked_entity: Option<TrackedEntityUid>,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The split of the event; `None` means the default combo.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attribute_option_combo: Option<CategoryOptionComboUid>,
    /// Status.
    pub status: EventStatus,
    /// When it happened.
    #[serde(default, skip_serializing_if = "is_default")]
    pub occurred_at: Option<String>,
    /// When it is planned.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scheduled_at: Option<String>,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub completed_at: Option<String>,
    /// GeoJSON geometry as text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub geometry: Option<String>,
    /// The user who is to do the work; left out of an update it is unassigned (capture t010h).
    #[serde(default, skip_serializing_if = "is_default")]
    pub assigned_user: Option<Uid>,
    /// Marked for follow-up; left out of an update the server clears it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub follow_up: bool,
    /// Answers by question.
    #[serde(default, skip_serializing_if = "is_default")]
    pub data_values: BTreeMap<DataElementUid, EventDataValue>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    /// Device time of creation, sent with every update because the server erases it otherwise (capture t061e).
    #[serde(default, skip_serializing_if = "is_default")]
    pub created_at_client: Option<String>,
    /// Device time of the last edit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub updated_at_client: Option<String>,
    /// Deleted here or on the server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted: bool,
}

impl Event {
    /// An active event of a program without registration: no date, no answer, not stamped.
    #[must_use]
    pub const fn new(
        id: EventUid,
        program: ProgramUid,
        program_stage: ProgramStageUid,
        organisation_unit: OrganisationUnitUid,
    ) -> Self {
        Self {
            id,
            program,
            program_stage,
            enrollment: None,
            tracked_entity: None,
            organisation_unit,
            attribute_option_combo: None,
            status: EventStatus::Active,
            occurred_at: None,
            scheduled_at: None,
            completed_at: None,
            geometry: None,
            assigned_user: None,
            follow_up: false,
            data_values: BTreeMap::new(),
            notes: Vec::new(),
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        }
    }

    /// The same of an enrolment, at the place of the enrolment.
    #[must_use]
    pub fn of_enrollment(
        id: EventUid,
        program_stage: ProgramStageUid,
        enrollment: &Enrollment,
    ) -> Self {
        Self {
            enrollment: Some(enrollment.id),
            tracked_entity: Some(enrollment.tracked_entity),
            ..Self::new(id, enrollment.program, program_stage, enrollment.organisation_unit)
        }
    }
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
    /// A tracked entity with the attributes of its type.
    #[serde(rename_all = "camelCase")]
    TrackedEntity {
        /// The tracked entity.
        tracked_entity: TrackedEntity,
    },
    /// An enrolment with the attributes that only its program has.
    #[serde(rename_all = "camelCase")]
    Enrollment {
        /// The enrolment.
        enrollment: Enrollment,
    },
    /// A relationship.
    #[serde(rename_all = "camelCase")]
    Relationship {
        /// The relationship.
        relationship: Relationship,
    },
    /// A change of ownership.
    #[serde(rename_all = "camelCase")]
    OwnershipTransfer {
        /// The change.
        transfer: OwnershipTransfer,
    },
    /// Breaking the glass.
    #[serde(rename_all = "camelCase")]
    OwnershipOverride {
        /// By whom, for what reason.
        #[serde(rename = "override")]
        glass: OwnershipOverride,
    },
    /// The content of a file.
    #[serde(rename_all = "camelCase")]
    FileResource {
        /// The file.
        file: FileResource,
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
    /// [`Payload::Event`] of a program without registration.
    Event = 3,
    /// Tracked entities, enrolments and the events of enrolments: what travels as one tree.
    Tracker = 4,
    /// [`Payload::Relationship`].
    Relationship = 5,
    /// [`Payload::OwnershipTransfer`].
    OwnershipTransfer = 6,
    /// [`Payload::OwnershipOverride`].
    OwnershipOverride = 7,
    /// [`Payload::FileResource`].
    FileResource = 8,
}

impl PayloadKind {
    /// Kinds in upload order: files before the values that name them, access before what needs it,
    /// relationships after both ends, values before the completion that is checked against them.
    pub const UPLOAD_ORDER: [Self; 8] = [
        Self::OwnershipOverride,
        Self::FileResource,
        Self::DataValue,
        Self::Event,
        Self::Tracker,
        Self::Relationship,
        Self::OwnershipTransfer,
        Self::Completion,
    ];

    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataValue => "dataValue",
            Self::Completion => "completion",
            Self::Event => "event",
            Self::Tracker => "tracker",
            Self::Relationship => "relationship",
            Self::OwnershipTransfer => "ownershipTransfer",
            Self::OwnershipOverride => "ownershipOverride",
            Self::FileResource => "file",
        }
    }
}

/// The lane of everything that travels as a tree of a tracked entity: one, whatever the program, for
/// a tree may span several.
const TRACKER_LANE: &str = "TrackerLane";

impl Payload {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> PayloadKind {
        match self {
            Self::DataValue { .. } => PayloadKind::DataValue,
            Self::Completion { .. } => PayloadKind::Completion,
            Self::Event { event } if event.enrollment.is_none() => PayloadKind::Event,
            Self::Event { .. } | Self::TrackedEntity { .. } | Self::Enrollment { .. } => {
                PayloadKind::Tracker
            }
            Self::Relationship { .. } => PayloadKind::Relationship,
            Self::OwnershipTransfer { .. } => PayloadKind::OwnershipTransfer,
            Self::OwnershipOverride { .. } => PayloadKind::OwnershipOverride,
            Self::FileResource { .. } => PayloadKind::FileResource,
        }
    }

    /// Name of the record's class for people and for JSON output: finer than [`PayloadKind::name`].
    #[must_use]
    pub const fn class_name(&self) -> &'static str {
        match self {
            Self::Event { .. } => "event",
            Self::TrackedEntity { .. } => "trackedEntity",
            Self::Enrollment { .. } => "enrollment",
            _ => self.kind().name(),
        }
    }

    /// The text key under which at most one outbox row exists: edits of one thing are coalesced.
    /// Tracker records begin with their tracked entity, and parents sort before children.
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
            Self::Event { event } => match event.tracked_entity {
                Some(owner) => format!("{owner}/2/{}", event.id),
                None => event.id.to_string(),
            },
            Self::TrackedEntity { tracked_entity } => format!("{}/0", tracked_entity.id),
            Self::Enrollment { enrollment } => {
                format!("{}/1/{}", enrollment.tracked_entity, enrollment.id)
            }
            Self::Relationship { relationship } => relationship.id.to_string(),
            Self::OwnershipTransfer { transfer } => {
                format!("{}/{}", transfer.tracked_entity, transfer.program)
            }
            Self::OwnershipOverride { glass } => {
                format!("{}/{}", glass.tracked_entity, glass.program)
            }
            Self::FileResource { file } => file.id.to_string(),
        }
    }

    /// The id of the record, for those that have one.
    #[must_use]
    pub const fn record_uid(&self) -> Option<Uid> {
        match self {
            Self::Event { event } => Some(event.id.0),
            Self::TrackedEntity { tracked_entity } => Some(tracked_entity.id.0),
            Self::Enrollment { enrollment } => Some(enrollment.id.0),
            Self::Relationship { relationship } => Some(relationship.id.0),
            Self::FileResource { file } => Some(file.id.0),
            _ => None,
        }
    }

    /// Ids of the records that must be on the server before this one: a tracked entity before its
    /// enrolment, an enrolment before its event, both ends before their relationship. Values that
    /// look like an id are among them, for they may name a file.
    #[must_use]
    pub fn needs(&self) -> Vec<Uid> {
        fn files<'a>(values: impl Iterator<Item = &'a String>) -> impl Iterator<Item = Uid> {
            values.filter_map(|value| Uid::parse(value).ok())
        }
        match self {
            Self::DataValue { value, .. } => files(value.value.iter()).collect(),
            Self::Completion { .. } | Self::FileResource { .. } => Vec::new(),
            Self::Event { event } => {
                let above = event.enrollment.map(|id| id.0);
                let values = event.data_values.values().map(|answer| &answer.value);
                above.into_iter().chain(files(values)).collect()
            }
            Self::TrackedEntity { tracked_entity } => {
                files(tracked_entity.attributes.values()).collect()
            }
            Self::Enrollment { enrollment } => {
                let above = std::iter::once(enrollment.tracked_entity.0);
                above.chain(files(enrollment.attributes.values())).collect()
            }
            Self::Relationship { relationship } => {
                vec![relationship.from.uid(), relationship.to.uid()]
            }
            Self::OwnershipTransfer { transfer } => vec![transfer.tracked_entity.0],
            Self::OwnershipOverride { .. } => Vec::new(),
        }
    }

    /// What may travel in one request: the data set of values and completions, the program of events.
    #[must_use]
    pub fn lane(&self) -> Uid {
        match self {
            Self::DataValue { data_set, .. } => data_set.0,
            Self::Completion { key, .. } => key.data_set.0,
            Self::Event { event } if event.enrollment.is_none() => event.program.0,
            Self::Event { .. } | Self::TrackedEntity { .. } | Self::Enrollment { .. } => {
                Uid::parse(TRACKER_LANE).expect("the constant is a uid")
            }
            Self::Relationship { relationship } => relationship.relationship_type.0,
            Self::OwnershipTransfer { transfer } => transfer.program.0,
            Self::OwnershipOverride { glass } => glass.program.0,
            Self::FileResource { file } => file.id.0,
        }
    }
}
