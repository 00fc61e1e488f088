//! Relationships and families as a screen shows them.

use outpost_engine::domain::data::RelationshipItem;
use outpost_engine::{OutpostError, model};

use super::form::Reason;
use super::outbox::TravelState;
use super::people::AttributeValue;
use super::{list, text};
use crate::ids;
use crate::limits::PAGE_ROWS_MAX;

/// What stands on one side of a relationship.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum RelationshipEnd {
    /// A tracked entity.
    TrackedEntity {
        /// Its id.
        id: String,
    },
    /// An enrolment.
    Enrollment {
        /// Its id.
        id: String,
    },
    /// A visit or event.
    Event {
        /// Its id.
        id: String,
    },
}

impl From<RelationshipItem> for RelationshipEnd {
    fn from(it: RelationshipItem) -> Self {
        match it {
            RelationshipItem::TrackedEntity(id) => Self::TrackedEntity { id: text(id) },
            RelationshipItem::Enrollment(id) => Self::Enrollment { id: text(id) },
            RelationshipItem::Event(id) => Self::Event { id: text(id) },
        }
    }
}

impl TryFrom<RelationshipEnd> for RelationshipItem {
    type Error = OutpostError;

    fn try_from(it: RelationshipEnd) -> Result<Self, OutpostError> {
        Ok(match it {
            RelationshipEnd::TrackedEntity { id } => {
                Self::TrackedEntity(ids::id("tracked_entity", &id)?)
            }
            RelationshipEnd::Enrollment { id } => Self::Enrollment(ids::id("enrollment", &id)?),
            RelationshipEnd::Event { id } => Self::Event(ids::id("event", &id)?),
        })
    }
}

/// Who or what is on the other side.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RelationshipPartner {
    /// Its class and id.
    pub end: RelationshipEnd,
    /// The person that it is or belongs to, if known.
    pub person: Option<String>,
    /// What it is called; says so if it was not downloaded.
    pub title: String,
    /// The values that the type shows of it.
    pub values: Vec<AttributeValue>,
    /// Name of its place.
    pub organisation_unit_name: String,
    /// Whether it is on this device.
    pub on_device: bool,
}

impl From<model::PartnerView> for RelationshipPartner {
    fn from(it: model::PartnerView) -> Self {
        Self {
            end: it.item.into(),
            person: it.person.map(text),
            title: it.title,
            values: list(it.values),
            organisation_unit_name: it.organisation_unit_name,
            on_device: it.on_device,
        }
    }
}

/// A relationship from the side of one of its ends.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RelationshipDetail {
    /// Its id.
    pub id: String,
    /// Its type.
    pub relationship_type: String,
    /// Name of the type.
    pub type_name: String,
    /// The side that the type's from-constraint is about.
    pub from: RelationshipEnd,
    /// The other side.
    pub to: RelationshipEnd,
    /// What the other side is, seen from here: "mother of".
    pub role: String,
    /// The other side.
    pub partner: RelationshipPartner,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
}

impl From<model::RelationshipView> for RelationshipDetail {
    fn from(it: model::RelationshipView) -> Self {
        Self {
            id: text(it.relationship.id),
            relationship_type: text(it.relationship.relationship_type),
            type_name: it.type_name,
            from: it.relationship.from.into(),
            to: it.relationship.to.into(),
            role: it.role,
            partner: it.partner.into(),
            state: it.state.into(),
            row: it.row,
            refusal: it.problem.map(Reason::from),
        }
    }
}

/// A page of relationships.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RelationshipDetailPage {
    /// Relationships.
    pub items: Vec<RelationshipDetail>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A type of relationships that may begin at a person, an enrolment or a visit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RelationshipOption {
    /// The type.
    pub relationship_type: String,
    /// Its name.
    pub name: String,
    /// What the other side is, seen from here.
    pub role: String,
    /// Whether this end stands on the from-side.
    pub is_from: bool,
    /// Tracked entity type that the other side must have.
    pub partner_type: Option<String>,
    /// Program that the other side must be in.
    pub partner_program: Option<String>,
}

impl From<model::RelationshipChoice> for RelationshipOption {
    fn from(it: model::RelationshipChoice) -> Self {
        Self {
            relationship_type: text(it.relationship_type),
            name: it.name,
            role: it.role,
            is_from: it.is_from,
            partner_type: it.partner_type.map(text),
            partner_program: it.partner_program.map(text),
        }
    }
}

/// What became of making or deleting a relationship.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RelationshipSaved {
    /// Its id.
    pub id: String,
    /// Whether it was saved durably. If not, nothing was written.
    pub saved: bool,
    /// Why not.
    pub problems: Vec<Reason>,
}

impl From<model::RelationshipOutcome> for RelationshipSaved {
    fn from(it: model::RelationshipOutcome) -> Self {
        Self { id: text(it.id), saved: it.saved, problems: list(it.problems) }
    }
}

/// A person with everybody who is related, on one screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Family {
    /// Whose family.
    pub person: String,
    /// What the person is called.
    pub title: String,
    /// The place.
    pub organisation_unit: String,
    /// The first 200 relationships of the person.
    pub members: Vec<FamilyMember>,
    /// How many there are.
    pub count: i32,
}

impl From<model::FamilyView> for Family {
    fn from(it: model::FamilyView) -> Self {
        Self {
            person: text(it.person),
            title: it.title,
            organisation_unit: text(it.organisation_unit),
            count: super::signed32(it.members.len()),
            members: list(it.members.into_iter().take(PAGE_ROWS_MAX)),
        }
    }
}

/// One member with what a visitor of the family wants to see at the door.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FamilyMember {
    /// How it is related, with its card.
    pub relation: RelationshipDetail,
    /// Names of the programs in which it is followed.
    pub programs: Vec<String>,
    /// Day of the next planned visit, `yyyy-MM-dd`.
    pub next_visit: Option<String>,
    /// Whether that day has passed.
    pub is_overdue: bool,
    /// How its own members are related to it, one step further; the first 200.
    pub others: Vec<RelationshipDetail>,
}

impl From<model::FamilyMember> for FamilyMember {
    fn from(it: model::FamilyMember) -> Self {
        Self {
            relation: it.relation.into(),
            programs: it.programs,
            next_visit: it.next_visit,
            is_overdue: it.is_overdue,
            others: list(it.others.into_iter().take(PAGE_ROWS_MAX)),
        }
    }
}
