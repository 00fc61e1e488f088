//! Bodies of `POST /api/tracker`.
//!
//! An update merges collections and overwrites the rest: an answer or attribute that is left out
//! stays on the server, `null` removes it (captures 103b, 110b), while a place, a follow-up mark or a
//! client time that is left out is erased. So removed values are sent as `null`, everything else
//! always.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Enrollment, EnrollmentStatus, TrackedEntity};
use outpost_domain::uid::{
    CategoryOptionComboUid, EnrollmentUid, EventUid, OrganisationUnitUid, ProgramUid,
    RelationshipUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::event::{EventOut, EventUpload, NoteOut, cleared, event_out, geometry_out, notes_out};
use super::people::Attributes;
use crate::version::ServerVersion;

/// Query of an upload: synchronous, object by object, with warnings (wire reference, appendix B).
pub const UPLOAD_QUERY: &str =
    "async=false&atomicMode=OBJECT&importStrategy=CREATE_AND_UPDATE&reportMode=FULL";
/// Query of a deletion.
pub const DELETE_QUERY: &str =
    "async=false&atomicMode=OBJECT&importStrategy=DELETE&reportMode=FULL";

/// A tracked entity to send, with the attributes that it had on the server and has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityUpload<'a> {
    /// The tracked entity as it is now.
    pub tracked_entity: &'a TrackedEntity,
    /// Attributes whose values are to be removed on the server.
    pub cleared: Vec<TrackedEntityAttributeUid>,
    /// User name of the one who captured it, if somebody else sends it.
    pub stored_by: Option<&'a str>,
}

impl<'a> TrackedEntityUpload<'a> {
    /// The tracked entity with what must be removed so that the server's values become its own.
    /// `held` is everything that the server may hold, see [`EventUpload::against`].
    #[must_use]
    pub fn against<'b>(
        tracked_entity: &'a TrackedEntity,
        held: impl IntoIterator<Item = &'b TrackedEntity>,
    ) -> Self {
        let held = held.into_iter().map(|held| &held.attributes);
        let cleared = cleared(&tracked_entity.attributes, held);
        Self { tracked_entity, cleared, stored_by: None }
    }
}

/// An enrolment to send, with the attributes that it had on the server and has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentUpload<'a> {
    /// The enrolment as it is now.
    pub enrollment: &'a Enrollment,
    /// Attributes whose values are to be removed on the server.
    pub cleared: Vec<TrackedEntityAttributeUid>,
    /// User name of the one who captured it, if somebody else sends it.
    pub stored_by: Option<&'a str>,
}

impl<'a> EnrollmentUpload<'a> {
    /// The enrolment with what must be removed so that the server's values become its own. `held` is
    /// everything that the server may hold, see [`EventUpload::against`].
    #[must_use]
    pub fn against<'b>(
        enrollment: &'a Enrollment,
        held: impl IntoIterator<Item = &'b Enrollment>,
    ) -> Self {
        let held = held.into_iter().map(|held| &held.attributes);
        Self { enrollment, cleared: cleared(&enrollment.attributes, held), stored_by: None }
    }
}

/// What travels in one request, in any order. A uid that comes twice refuses the request (capture
/// 198): the caller has removed doubles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackerUpload<'a> {
    /// Tracked entities.
    pub tracked_entities: Vec<TrackedEntityUpload<'a>>,
    /// Enrolments.
    pub enrollments: Vec<EnrollmentUpload<'a>>,
    /// Events.
    pub events: Vec<EventUpload<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracked_entities: Vec<TrackedEntityOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enrollments: Vec<EnrollmentOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TrackedEntityOut<'a> {
    tracked_entity: TrackedEntityUid,
    tracked_entity_type: TrackedEntityTypeUid,
    org_unit: OrganisationUnitUid,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<&'a str>,
    attributes: Vec<AttributeOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enrollments: Vec<EnrollmentOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnrollmentOut<'a> {
    enrollment: EnrollmentUid,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracked_entity: Option<TrackedEntityUid>,
    program: ProgramUid,
    org_unit: OrganisationUnitUid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolled_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<&'a str>,
    follow_up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<&'a str>,
    attributes: Vec<AttributeOut<'a>>,
    notes: Vec<NoteOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventOut<'a>>,
}

#[derive(Serialize)]
struct AttributeOut<'a> {
    attribute: TrackedEntityAttributeUid,
    value: Option<&'a str>,
}

/// Body of `POST /api/tracker` that creates or updates: every record under its parent if that
/// travels too, in a list of its own if not.
#[must_use]
pub fn encode_tracker(upload: &TrackerUpload<'_>, version: ServerVersion) -> Vec<u8> {
    let people: BTreeSet<_> = upload.tracked_entities.iter().map(|t| t.tracked_entity.id).collect();
    let enrolled: BTreeSet<_> = upload.enrollments.iter().map(|e| e.enrollment.id).collect();
    let mut orphans = Vec::new();
    let mut events: BTreeMap<EnrollmentUid, Vec<EventOut<'_>>> = BTreeMap::new();
    for event in &upload.events {
        match event.event.enrollment.filter(|parent| enrolled.contains(parent)) {
            Some(parent) => events.entry(parent).or_default().push(event_out(event, true)),
            None => orphans.push(event_out(event, false)),
        }
    }
    let mut flat = Vec::new();
    let mut enrollments: BTreeMap<TrackedEntityUid, Vec<EnrollmentOut<'_>>> = BTreeMap::new();
    for one in &upload.enrollments {
        let (parent, below) = (one.enrollment.tracked_entity, events.remove(&one.enrollment.id));
        let is_nested = people.contains(&parent);
        let out = enrollment_out(one, below.unwrap_or_default(), is_nested, version);
        match is_nested {
            true => enrollments.entry(parent).or_default().push(out),
            false => flat.push(out),
        }
    }
    let tracked_entities = upload.tracked_entities.iter().map(|one| {
        let below = enrollments.remove(&one.tracked_entity.id);
        tracked_entity_out(one, below.unwrap_or_default())
    });
    let tracked_entities = tracked_entities.collect();
    json(&Batch { tracked_entities, enrollments: flat, events: orphans })
}

fn tracked_entity_out<'a>(
    upload: &TrackedEntityUpload<'a>,
    enrollments: Vec<EnrollmentOut<'a>>,
) -> TrackedEntityOut<'a> {
    let tracked_entity = upload.tracked_entity;
    TrackedEntityOut {
        tracked_entity: tracked_entity.id,
        tracked_entity_type: tracked_entity.tracked_entity_type,
        org_unit: tracked_entity.organisation_unit,
        geometry: tracked_entity.geometry.as_deref().map(geometry_out),
        created_at_client: tracked_entity.created_at_client.as_deref(),
        updated_at_client: tracked_entity.updated_at_client.as_deref(),
        stored_by: upload.stored_by,
        attributes: attributes_out(&tracked_entity.attributes, &upload.cleared),
        enrollments,
    }
}

fn enrollment_out<'a>(
    upload: &EnrollmentUpload<'a>,
    events: Vec<EventOut<'a>>,
    is_nested: bool,
    version: ServerVersion,
) -> EnrollmentOut<'a> {
    let enrollment = upload.enrollment;
    let is_active = enrollment.status == EnrollmentStatus::Active;
    let combo = enrollment.attribute_option_combo;
    EnrollmentOut {
        enrollment: enrollment.id,
        tracked_entity: (!is_nested).then_some(enrollment.tracked_entity),
        program: enrollment.program,
        org_unit: enrollment.organisation_unit,
        status: enrollment.status.name(),
        enrolled_at: enrollment.enrolled_at.as_deref(),
        occurred_at: enrollment.occurred_at.as_deref(),
        // From 2.42 a completion date on an active enrolment is refused (E1052).
        completed_at: enrollment.completed_at.as_deref().filter(|_| !is_active),
        follow_up: enrollment.follow_up,
        attribute_option_combo: combo.filter(|_| version.enrollment_aoc()),
        geometry: enrollment.geometry.as_deref().map(geometry_out),
        created_at_client: enrollment.created_at_client.as_deref(),
        updated_at_client: enrollment.updated_at_client.as_deref(),
        stored_by: upload.stored_by,
        attributes: attributes_out(&enrollment.attributes, &upload.cleared),
        notes: notes_out(&enrollment.notes),
        events,
    }
}

fn attributes_out<'a>(
    attributes: &'a Attributes,
    cleared: &[TrackedEntityAttributeUid],
) -> Vec<AttributeOut<'a>> {
    let kept = attributes.iter();
    let kept = kept.map(|(attribute, value)| AttributeOut {
        attribute: *attribute,
        value: Some(value.as_str()),
    });
    let gone = cleared.iter().map(|attribute| AttributeOut { attribute: *attribute, value: None });
    kept.chain(gone).collect()
}

/// Body of `POST /api/tracker` that creates or updates events only; the same for all versions.
#[must_use]
pub fn encode_events(uploads: &[EventUpload<'_>]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Events<'a> {
        events: Vec<EventOut<'a>>,
    }
    json(&Events { events: uploads.iter().map(|upload| event_out(upload, false)).collect() })
}

/// Body of `POST /api/tracker?importStrategy=DELETE` for events: ids are enough.
#[must_use]
pub fn encode_deletions(events: &[EventUid]) -> Vec<u8> {
    deletions("events", "event", events)
}

/// Body of `POST /api/tracker?importStrategy=DELETE` for enrolments. Those with events need an
/// authority that field staff rarely has (E1103).
#[must_use]
pub fn encode_enrollment_deletions(enrollments: &[EnrollmentUid]) -> Vec<u8> {
    deletions("enrollments", "enrollment", enrollments)
}

/// Body of `POST /api/tracker?importStrategy=DELETE` for tracked entities. Those with enrolments
/// need an authority that field staff rarely has (E1100).
#[must_use]
pub fn encode_tracked_entity_deletions(tracked_entities: &[TrackedEntityUid]) -> Vec<u8> {
    deletions("trackedEntities", "trackedEntity", tracked_entities)
}

/// Body of `POST /api/tracker?importStrategy=DELETE` for relationships.
#[must_use]
pub fn encode_relationship_deletions(relationships: &[RelationshipUid]) -> Vec<u8> {
    deletions("relationships", "relationship", relationships)
}

fn deletions<T: Serialize>(list: &'static str, member: &'static str, ids: &[T]) -> Vec<u8> {
    let ids: Vec<_> = ids.iter().map(|id| BTreeMap::from([(member, id)])).collect();
    json(&BTreeMap::from([(list, ids)]))
}

fn json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("uids, texts and flags always become JSON")
}
