//! The bodies of uploads: rows of one kind as one request.
//!
//! Tracker records travel as trees, a record under its parent if both are in the piece; deletions
//! never share a request with the rest, nor with deletions of another class.

use outpost_domain::data::{DataValue, DataValueKey, Payload};
use outpost_domain::uid::DataSetUid;
use outpost_wire::tracker::{
    EnrollmentUpload, EventUpload, TrackedEntityUpload, TrackerUpload, encode_deletions,
    encode_enrollment_deletions, encode_relationship_deletions, encode_relationships,
    encode_tracked_entity_deletions, encode_tracker,
};
use outpost_wire::version::ServerVersion;
use outpost_wire::{completion, data_value_set};

use crate::ports::{OutboxRow, Request};
use crate::requests;

/// Place of a record among the requests of a batch: deletions of children, of parents, then what is
/// stored.
pub(super) fn rank(payload: &Payload) -> u8 {
    match payload {
        Payload::Event { event } if event.deleted => 0,
        Payload::Relationship { relationship } if relationship.deleted => 0,
        Payload::Enrollment { enrollment } if enrollment.deleted => 1,
        Payload::TrackedEntity { tracked_entity } if tracked_entity.deleted => 2,
        _ => 3,
    }
}

/// The upload of rows that are all of one kind and rank.
pub(super) fn upload_request(rows: &[&OutboxRow], version: ServerVersion, as_job: bool) -> Request {
    let mut values: Vec<(DataValueKey, DataValue)> = Vec::new();
    let mut stored_by = Vec::new();
    let mut data_set: Option<DataSetUid> = None;
    let mut registrations = Vec::new();
    for row in rows {
        match &row.payload {
            Payload::DataValue { data_set: set, key, value } => {
                data_set = Some(*set);
                values.push((*key, value.clone()));
                stored_by.push(row.captured_by.as_deref());
            }
            Payload::Completion { key, completion } => {
                registrations.push((*key, completion.clone()));
            }
            Payload::OwnershipOverride { glass } => {
                return requests::override_ownership(glass, version);
            }
            Payload::OwnershipTransfer { transfer } => {
                return requests::transfer_ownership(transfer, version);
            }
            Payload::FileResource { file } => return requests::post_file(file),
            _ => {}
        }
    }
    if let Some(data_set) = data_set {
        return requests::post_values(data_value_set::encode_by(
            data_set, &values, &stored_by, version,
        ));
    }
    if !registrations.is_empty() {
        return requests::post_completions(completion::encode(&registrations));
    }
    match rows.first().map(|row| rank(&row.payload)) {
        Some(3) | None => requests::post_tracker(stored(rows, version), as_job),
        Some(_) => requests::post_deletions(deleted(rows), as_job),
    }
}

fn stored(rows: &[&OutboxRow], version: ServerVersion) -> Vec<u8> {
    let mut upload = TrackerUpload::default();
    let mut relationships = Vec::new();
    for row in rows {
        let stored_by = row.captured_by.as_deref();
        match &row.payload {
            Payload::TrackedEntity { tracked_entity } => {
                let held = held(row).filter_map(|payload| match payload {
                    Payload::TrackedEntity { tracked_entity } => Some(tracked_entity),
                    _ => None,
                });
                let upload_of = TrackedEntityUpload::against(tracked_entity, held);
                upload.tracked_entities.push(TrackedEntityUpload { stored_by, ..upload_of });
            }
            Payload::Enrollment { enrollment } => {
                let held = held(row).filter_map(|payload| match payload {
                    Payload::Enrollment { enrollment } => Some(enrollment),
                    _ => None,
                });
                let upload_of = EnrollmentUpload::against(enrollment, held);
                upload.enrollments.push(EnrollmentUpload { stored_by, ..upload_of });
            }
            Payload::Event { event } => {
                let held = held(row).filter_map(|payload| match payload {
                    Payload::Event { event } => Some(event),
                    _ => None,
                });
                let upload_of = EventUpload::against(event, held);
                upload.events.push(EventUpload { stored_by, ..upload_of });
            }
            Payload::Relationship { relationship } => relationships.push(relationship),
            _ => {}
        }
    }
    match relationships.is_empty() {
        true => encode_tracker(&upload, version),
        false => encode_relationships(&relationships),
    }
}

/// What the server may hold of a record, as before and as sent since: values that are gone here must
/// be cleared there. What was sent may never have arrived, so it does not stand in for the base.
fn held(row: &OutboxRow) -> impl Iterator<Item = &Payload> {
    row.base.iter().chain(&row.in_doubt)
}

fn deleted(rows: &[&OutboxRow]) -> Vec<u8> {
    let (mut people, mut enrollments, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let mut relationships = Vec::new();
    for row in rows {
        match &row.payload {
            Payload::TrackedEntity { tracked_entity } => people.push(tracked_entity.id),
            Payload::Enrollment { enrollment } => enrollments.push(enrollment.id),
            Payload::Event { event } => events.push(event.id),
            Payload::Relationship { relationship } => relationships.push(relationship.id),
            _ => {}
        }
    }
    if !people.is_empty() {
        encode_tracked_entity_deletions(&people)
    } else if !enrollments.is_empty() {
        encode_enrollment_deletions(&enrollments)
    } else if !relationships.is_empty() {
        encode_relationship_deletions(&relationships)
    } else {
        encode_deletions(&events)
    }
}
