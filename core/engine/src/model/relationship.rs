//! Relationships and families as a screen shows them.

use outpost_domain::data::{Relationship, RelationshipItem};
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, RelationshipTypeUid, RelationshipUid, TrackedEntityTypeUid,
    TrackedEntityUid,
};

use super::{AttributeValue, RecordState, Refusal};

/// A relationship from the side of one of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipView {
    /// The record.
    pub relationship: Relationship,
    /// Name of the type.
    pub type_name: String,
    /// What the other side is, seen from here: "mother of".
    pub role: String,
    /// The other side.
    pub partner: PartnerView,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
}

/// Who or what is on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// Its class and id.
    pub item: RelationshipItem,
    /// The person that it is or belongs to, if known.
    pub person: Option<TrackedEntityUid>,
    /// What it is called; "Not on this device" for one that was not downloaded.
    pub title: String,
    /// The values that the type shows of it.
    pub values: Vec<AttributeValue>,
    /// Name of its place.
    pub organisation_unit_name: String,
    /// Whether it is on this device.
    pub on_device: bool,
}

/// A type of relationships that may begin at a person, an enrolment or a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipChoice {
    /// The type.
    pub relationship_type: RelationshipTypeUid,
    /// Its name.
    pub name: String,
    /// What the other side is, seen from here.
    pub role: String,
    /// Whether this end stands on the from-side.
    pub is_from: bool,
    /// Tracked entity type that the other side must have.
    pub partner_type: Option<TrackedEntityTypeUid>,
    /// Program that the other side must be in.
    pub partner_program: Option<ProgramUid>,
}

/// What became of making or deleting a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipOutcome {
    /// Its id.
    pub id: RelationshipUid,
    /// Whether it was saved durably. If not, nothing was written.
    pub saved: bool,
    /// Why not.
    pub problems: Vec<Refusal>,
}

/// A person with everybody who is related, on one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyView {
    /// Whose family.
    pub person: TrackedEntityUid,
    /// What the person is called.
    pub title: String,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The relationships of the person.
    pub members: Vec<FamilyMember>,
}

/// One member with what a visitor of the family wants to see at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyMember {
    /// How it is related, with its card.
    pub relation: RelationshipView,
    /// Names of the programs in which it is followed.
    pub programs: Vec<String>,
    /// Day of the next planned visit, `yyyy-MM-dd`.
    pub next_visit: Option<String>,
    /// Whether that day has passed.
    pub is_overdue: bool,
    /// How its own members are related to it, one step further.
    pub others: Vec<RelationshipView>,
}
