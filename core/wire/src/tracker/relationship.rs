//! Relationships on the wire: inside a record, in a list of their own, and on their way out.
//!
//! They cannot be changed: a resend of the same id is answered with `ignored=1` and no error
//! (captures 112c, t030k).

use std::borrow::Cow;
use std::fmt;

use outpost_domain::data::{Relationship, RelationshipItem};
use outpost_domain::uid::{
    EnrollmentUid, EventUid, RelationshipTypeUid, RelationshipUid, TrackedEntityUid, Uid,
};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::page::{List, ListPage, parse_list};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose::{self, Scalar};

const WHAT: &str = "relationship";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RelationshipIn {
    relationship: RelationshipUid,
    relationship_type: RelationshipTypeUid,
    #[serde(default, deserialize_with = "loose::text")]
    created_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    deleted: bool,
    from: SideIn,
    to: SideIn,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SideIn {
    tracked_entity: Option<Record>,
    enrollment: Option<Record>,
    event: Option<Record>,
}

/// A record at one side: its id, or an object that holds it beside ids of others.
#[derive(Default)]
struct Record {
    own: Option<String>,
    tracked_entity: Option<String>,
    enrollment: Option<String>,
    event: Option<String>,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record or its id")
    }
    fn visit_str<E>(self, text: &str) -> Result<Record, E> {
        Ok(Record { own: Some(text.to_owned()), ..Record::default() })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut record = Record::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let member = match &*name {
                "trackedEntity" => &mut record.tracked_entity,
                "enrollment" => &mut record.enrollment,
                "event" => &mut record.event,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *member = map.next_value::<Scalar<'de>>()?.into_text();
        }
        Ok(record)
    }
}

impl SideIn {
    fn item(self, path: &str) -> Result<RelationshipItem, WireError> {
        let wrong = |reason: &str| WireError::shape(WHAT, path, reason);
        let uid = |text: Option<String>| {
            let text = text.ok_or_else(|| wrong("a side without an id"))?;
            Uid::parse(&text).map_err(|_| wrong("not a DHIS2 id"))
        };
        match (self.tracked_entity, self.enrollment, self.event) {
            (Some(record), None, None) => uid(record.own.or(record.tracked_entity))
                .map(|id| RelationshipItem::TrackedEntity(TrackedEntityUid::from(id))),
            (None, Some(record), None) => uid(record.own.or(record.enrollment))
                .map(|id| RelationshipItem::Enrollment(EnrollmentUid::from(id))),
            (None, None, Some(record)) => uid(record.own.or(record.event))
                .map(|id| RelationshipItem::Event(EventUid::from(id))),
            _ => Err(wrong("a side must be one record")),
        }
    }
}

impl RelationshipIn {
    pub fn read(self) -> Result<Relationship, WireError> {
        Ok(Relationship {
            id: self.relationship,
            relationship_type: self.relationship_type,
            from: self.from.item("from")?,
            to: self.to.item("to")?,
            created_at_client: self.created_at_client,
            deleted: self.deleted,
        })
    }
}

/// Parses one relationship as the tracker writes it.
///
/// # Errors
/// [`WireError`]; also if a side is no record, or several.
pub fn parse_relationship(bytes: &[u8]) -> Result<Relationship, WireError> {
    parse_object::<RelationshipIn>(bytes, WHAT)?.read()
}

/// Parses a page of relationships of any version. It lists deleted ones without saying so (capture
/// t031j): never ask with `includeDeleted`.
///
/// # Errors
/// [`WireError`] if it is no page of relationships. Bad ones are in [`ListPage::skipped`].
pub fn parse_relationships_page(bytes: &[u8]) -> Result<ListPage<Relationship>, WireError> {
    parse_list(bytes, List::Relationships, parse_relationship)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RelationshipOut<'a> {
    relationship: RelationshipUid,
    relationship_type: RelationshipTypeUid,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_client: Option<&'a str>,
    from: SideOut,
    to: SideOut,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum SideOut {
    #[serde(rename_all = "camelCase")]
    TrackedEntity {
        tracked_entity: TrackedEntityUid,
    },
    Enrollment {
        enrollment: EnrollmentUid,
    },
    Event {
        event: EventUid,
    },
}

const fn side(item: RelationshipItem) -> SideOut {
    match item {
        RelationshipItem::TrackedEntity(id) => SideOut::TrackedEntity { tracked_entity: id },
        RelationshipItem::Enrollment(id) => SideOut::Enrollment { enrollment: id },
        RelationshipItem::Event(id) => SideOut::Event { event: id },
    }
}

/// Body of `POST /api/tracker` that makes relationships; the same for all versions. Both ends must
/// be on the server.
#[must_use]
pub fn encode_relationships(relationships: &[&Relationship]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Batch<'a> {
        relationships: Vec<RelationshipOut<'a>>,
    }
    let batch = Batch { relationships: relationships.iter().copied().map(out_of).collect() };
    serde_json::to_vec(&batch).expect("uids and texts always become JSON")
}

fn out_of(relationship: &Relationship) -> RelationshipOut<'_> {
    RelationshipOut {
        relationship: relationship.id,
        relationship_type: relationship.relationship_type,
        created_at_client: relationship.created_at_client.as_deref(),
        from: side(relationship.from),
        to: side(relationship.to),
    }
}
