//! Tracker data as the device holds it: people and other tracked entities, their enrolments,
//! relationships, ownership, files.
//!
//! Shapes follow the wire: an attribute of the tracked entity type lives on the tracked entity, an
//! attribute that only a program has lives on the enrolment (DHIS2 refuses others there, E1019).
//! Members are added with a default and never renamed: these records wait in outboxes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Note;
use crate::uid::{
    CategoryOptionComboUid, EnrollmentUid, EventUid, FileUid, OrganisationUnitUid, ProgramUid,
    RelationshipTypeUid, RelationshipUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
    TrackedEntityUid,
};

/// DHIS2 `TrackedEntity`: a person, a household, a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackedEntity {
    /// Its id, minted on the device.
    pub id: TrackedEntityUid,
    /// Its type.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// Where it was registered.
    pub organisation_unit: OrganisationUnitUid,
    /// GeoJSON geometry as text.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub geometry: Option<String>,
    /// Values of the attributes of its type; an empty value is an absent entry.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub attributes: BTreeMap<TrackedEntityAttributeUid, String>,
    /// Device time of creation; the server erases it when an update leaves it out (capture t061e).
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub created_at_client: Option<String>,
    /// Device time of the last edit.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub updated_at_client: Option<String>,
    /// Deleted here or on the server.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub deleted: bool,
}

/// DHIS2 `EnrollmentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnrollmentStatus {
    /// Followed.
    #[default]
    Active,
    /// Ended as planned.
    Completed,
    /// Ended otherwise.
    Cancelled,
}

impl EnrollmentStatus {
    /// Parses the DHIS2 name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ACTIVE" => Self::Active,
            "COMPLETED" => Self::Completed,
            "CANCELLED" => Self::Cancelled,
            _ => return None,
        })
    }

    /// The DHIS2 name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// DHIS2 `Enrollment`. Dates are texts as on the wire, in the server's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrollment {
    /// Its id, minted on the device.
    pub id: EnrollmentUid,
    /// Who is enrolled.
    pub tracked_entity: TrackedEntityUid,
    /// The program.
    pub program: ProgramUid,
    /// Where.
    pub organisation_unit: OrganisationUnitUid,
    /// Status.
    pub status: EnrollmentStatus,
    /// Date of enrolment.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub enrolled_at: Option<String>,
    /// Date of the incident (birth, symptom), if the program asks for it.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub occurred_at: Option<String>,
    /// When it was completed or cancelled.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub completed_at: Option<String>,
    /// Marked for follow-up; left out of an update the server clears it (capture t009h).
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub follow_up: bool,
    /// GeoJSON geometry as text.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub geometry: Option<String>,
    /// The split of the enrolment (from 2.43); `None` means the default combo.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub attribute_option_combo: Option<CategoryOptionComboUid>,
    /// Values of the program's attributes that its tracked entity type does not have.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub attributes: BTreeMap<TrackedEntityAttributeUid, String>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub notes: Vec<Note>,
    /// Device time of creation.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub created_at_client: Option<String>,
    /// Device time of the last edit.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub updated_at_client: Option<String>,
    /// Deleted here or on the server.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub deleted: bool,
}

/// One side of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RelationshipItem {
    /// A tracked entity.
    TrackedEntity(TrackedEntityUid),
    /// An enrolment.
    Enrollment(EnrollmentUid),
    /// An event.
    Event(EventUid),
}

impl RelationshipItem {
    /// The id of what is on this side.
    #[must_use]
    pub const fn uid(self) -> crate::uid::Uid {
        match self {
            Self::TrackedEntity(id) => id.0,
            Self::Enrollment(id) => id.0,
            Self::Event(id) => id.0,
        }
    }
}

/// DHIS2 `Relationship`. It cannot be changed, only made and deleted (capture t030k).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relationship {
    /// Its id, minted on the device.
    pub id: RelationshipUid,
    /// Its type.
    pub relationship_type: RelationshipTypeUid,
    /// The side that the type's from-constraint is about.
    pub from: RelationshipItem,
    /// The other side.
    pub to: RelationshipItem,
    /// Device time of creation.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub created_at_client: Option<String>,
    /// Deleted here or on the server.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub deleted: bool,
}

/// A change of the organisation unit that owns a tracked entity in a program (DHIS2
/// `tracker/ownership/transfer`). The enrolment's own unit does not change (capture t023c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipTransfer {
    /// Who is handed over.
    pub tracked_entity: TrackedEntityUid,
    /// In which program.
    pub program: ProgramUid,
    /// The new owner.
    pub organisation_unit: OrganisationUnitUid,
}

/// Breaking the glass: temporary access to a tracked entity of a protected program, for a reason
/// that a person typed (DHIS2 `tracker/ownership/override`). Never made without a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipOverride {
    /// Whose records.
    pub tracked_entity: TrackedEntityUid,
    /// In which program.
    pub program: ProgramUid,
    /// The typed reason.
    pub reason: String,
}

/// A file that is the value of an attribute or a data element (DHIS2 `FileResource`). The bytes lie
/// encrypted in the store, never in this record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileResource {
    /// Its id, minted on the device; also the value of the question.
    pub id: FileUid,
    /// File name shown to people.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Size in bytes.
    pub content_bytes: u64,
    /// MD5 of the content in hexadecimal: by it the server's copy is recognised after a lost answer.
    pub content_md5: String,
}

/// A tracked entity as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTrackedEntity {
    /// Its content.
    pub tracked_entity: TrackedEntity,
    /// `updatedAt` as the server wrote it.
    pub updated_at: Option<String>,
    /// User name of the last writer.
    pub stored_by: Option<String>,
    /// Who owns it in which program, as far as the answer says.
    pub owners: Vec<(ProgramUid, OrganisationUnitUid)>,
    /// Whether the server takes it for a possible duplicate.
    pub potential_duplicate: bool,
    /// Relationships of the tracked entity itself; all there are, if the answer listed them.
    pub relationships: Option<Vec<Relationship>>,
}

/// An enrolment as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEnrollment {
    /// Its content.
    pub enrollment: Enrollment,
    /// `updatedAt` as the server wrote it.
    pub updated_at: Option<String>,
    /// User name of the last writer.
    pub stored_by: Option<String>,
    /// Relationships of the enrolment itself; all there are, if the answer listed them.
    pub relationships: Option<Vec<Relationship>>,
}
