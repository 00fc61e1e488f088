//! Relationships from either end, and a whole family in one read.

use outpost_domain::data::{Enrollment, Event, Relationship, RelationshipItem, TrackedEntity};
use outpost_domain::uid::{RelationshipUid, TrackedEntityUid, Uid};
use rusqlite::{Connection, params};

use super::people::Waiting;
use super::person::waiting_of;
use super::records::{self, read_body};
use super::save::enrollments_of;
use crate::data::records::{load_event, read_event};
use crate::error::StoreError;
use crate::limits::{FAMILY_MEMBERS_MAX, PAGE_ROWS_MAX};
use crate::store::Store;

/// A relationship of a record as it is shown there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipRow {
    /// The relationship.
    pub relationship: Relationship,
    /// Whether the record asked about stands on the from-side.
    pub is_from: bool,
    /// What stands on the other side.
    pub other: OtherSide,
    /// Its row in the outbox.
    pub waiting: Option<Waiting>,
}

/// The other side of a relationship, as far as it is on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSide {
    /// What the relationship names.
    pub item: RelationshipItem,
    /// The tracked entity, also of an enrolment or event there.
    pub tracked_entity: Option<TrackedEntity>,
    /// The enrolment, if one is named.
    pub enrollment: Option<Enrollment>,
    /// The event, if one is named.
    pub event: Option<Event>,
}

/// A tracked entity with those it is related to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The one in the middle: a household, a mother.
    pub tracked_entity: TrackedEntity,
    /// The others, by relationship.
    pub members: Vec<FamilyMember>,
}

/// One of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyMember {
    /// How it belongs to the family.
    pub relationship: RelationshipRow,
    /// Its enrolments, deleted ones left out.
    pub enrollments: Vec<Enrollment>,
    /// Its next planned event.
    pub next_due: Option<Event>,
}

pub(crate) const OF_RECORD: &str = "SELECT r.body, o.id, o.state FROM relationship r
     LEFT JOIN outbox o ON o.record = r.uid
     WHERE r.from_uid = ?1 AND r.deleted = 0 ORDER BY r.relationship_type, r.uid LIMIT ?2";

pub(crate) const OF_RECORD_TO: &str = "SELECT r.body, o.id, o.state FROM relationship r
     LEFT JOIN outbox o ON o.record = r.uid
     WHERE r.to_uid = ?1 AND r.deleted = 0 ORDER BY r.relationship_type, r.uid LIMIT ?2";

const NEXT_EVENT: &str = "SELECT body FROM event
     WHERE tracked_entity = ?1 AND due IS NOT NULL ORDER BY due LIMIT 1";

impl Store {
    /// Relationships of a tracked entity, enrolment or event, both ways: first those in which it
    /// stands on the from-side. At most 200 each way; those whose deletion waits are left out.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn relationships_of(&self, record: Uid) -> Result<Vec<RelationshipRow>, StoreError> {
        self.read(|connection| relationships(connection, record, PAGE_ROWS_MAX))
    }

    /// A tracked entity with everybody it is related to, their attributes, enrolments and next
    /// planned events; `None` if it is not on the device.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there are more than [`FAMILY_MEMBERS_MAX`] of them.
    pub fn load_family(&self, id: TrackedEntityUid) -> Result<Option<Family>, StoreError> {
        self.read(|connection| {
            let Some(tracked_entity) = records::load_tracked_entity(connection, id.0)? else {
                return Ok(None);
            };
            let most = FAMILY_MEMBERS_MAX as u32 + 1;
            let related = relationships(connection, id.0, most)?;
            if related.len() > FAMILY_MEMBERS_MAX {
                let limit = FAMILY_MEMBERS_MAX as u64;
                return Err(StoreError::Limit { what: "the number of members of a family", limit });
            }
            let mut members = Vec::with_capacity(related.len());
            for relationship in related {
                let person = relationship.other.tracked_entity.as_ref().map(|one| one.id);
                let (enrollments, next_due) = match person {
                    None => (vec![], None),
                    Some(person) => {
                        let mut enrollments = enrollments_of(connection, person)?;
                        enrollments.retain(|one| !one.deleted);
                        (enrollments, next_event(connection, person)?)
                    }
                };
                members.push(FamilyMember { relationship, enrollments, next_due });
            }
            Ok(Some(Family { tracked_entity, members }))
        })
    }

    /// Relationships of this type between the two records, either way: to be made only once.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn relationships_between(
        &self,
        a: Uid,
        b: Uid,
    ) -> Result<Vec<RelationshipUid>, StoreError> {
        self.read(|connection| {
            let related = relationships(connection, a, PAGE_ROWS_MAX)?;
            let with_b = related.into_iter().filter(|row| row.other.item.uid() == b);
            Ok(with_b.map(|row| row.relationship.id).collect())
        })
    }
}

fn relationships(
    connection: &Connection,
    record: Uid,
    limit: u32,
) -> Result<Vec<RelationshipRow>, StoreError> {
    let mut found = Vec::new();
    for (sql, is_from) in [(OF_RECORD, true), (OF_RECORD_TO, false)] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![record.as_str(), limit])?;
        while let Some(row) = rows.next()? {
            let relationship: Relationship = read_body(&row.get::<_, String>(0)?)?;
            let item = if is_from { relationship.to } else { relationship.from };
            let other = other_side(connection, item)?;
            let waiting = waiting_of(row, 1)?;
            found.push(RelationshipRow { relationship, is_from, other, waiting });
        }
    }
    Ok(found)
}

fn other_side(connection: &Connection, item: RelationshipItem) -> Result<OtherSide, StoreError> {
    let mut other = OtherSide { item, tracked_entity: None, enrollment: None, event: None };
    let person = match item {
        RelationshipItem::TrackedEntity(id) => Some(id),
        RelationshipItem::Enrollment(id) => {
            other.enrollment = records::load_enrollment(connection, id.0)?;
            other.enrollment.as_ref().map(|one| one.tracked_entity)
        }
        RelationshipItem::Event(id) => {
            other.event = load_event(connection, id)?;
            other.event.as_ref().and_then(|one| one.tracked_entity)
        }
    };
    if let Some(id) = person {
        other.tracked_entity = records::load_tracked_entity(connection, id.0)?;
    }
    Ok(other)
}

fn next_event(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Option<Event>, StoreError> {
    let mut statement = connection.prepare_cached(NEXT_EVENT)?;
    let mut rows =
        statement.query_and_then([person.as_str()], |row| read_event(&row.get::<_, String>(0)?))?;
    rows.next().transpose()
}
