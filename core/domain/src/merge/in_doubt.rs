//! The base of a merge when versions were sent whose fate is not known.
//!
//! The server may hold the base or any version in doubt. Field by field: what it holds now counts as
//! this side's own doing if one of them says the same. Otherwise somebody else changed it, and that
//! meets any change made here, also one that takes an earlier change back: that earlier change may
//! be what the other saw.

use std::collections::BTreeSet;

use super::data_value::settled;
use super::event::questions;
use super::{FieldWise, Merge, fields, merge_payload};
use crate::data::{
    Completion, DataValue, Enrollment, Event, Note, Payload, Relationship, TrackedEntity,
};

/// Merges an outbox record with what the server holds, see [`merge_payload`]. `in_doubt` are the
/// versions of it that were sent since the base was learnt and may have arrived.
#[must_use]
pub fn merge_in_doubt(
    base: Option<&Payload>,
    in_doubt: &[Payload],
    local: &Payload,
    remote: &Payload,
) -> Merge<Payload> {
    if in_doubt.is_empty() {
        return merge_payload(base, local, remote);
    }
    let likely = likely_base(base, in_doubt, local, remote);
    merge_payload(likely.as_ref().or(base), local, remote)
}

fn likely_base(
    base: Option<&Payload>,
    in_doubt: &[Payload],
    local: &Payload,
    remote: &Payload,
) -> Option<Payload> {
    let versions = || base.into_iter().chain(in_doubt);
    match (local, remote) {
        (Payload::DataValue { data_set, key, value }, Payload::DataValue { value: remote, .. }) => {
            let mut versions: Vec<_> = versions().filter_map(value_of).collect();
            // Without a base the server held nothing.
            versions.extend(base.is_none().then(DataValue::default));
            let value = likely_value(&versions, value, remote);
            Some(Payload::DataValue { data_set: *data_set, key: *key, value })
        }
        (
            Payload::Completion { key, completion },
            Payload::Completion { completion: remote, .. },
        ) => {
            let mut versions: Vec<_> = versions().filter_map(completion_of).collect();
            versions.extend(base.is_none().then(Completion::default));
            let completion = likely_completion(&versions, completion, remote);
            Some(Payload::Completion { key: *key, completion })
        }
        (Payload::Event { event }, Payload::Event { event: remote }) => {
            let versions: Vec<_> = versions().filter_map(event_of).collect();
            likely_event(base, &versions, event, remote).map(|event| Payload::Event { event })
        }
        (
            Payload::TrackedEntity { tracked_entity: local },
            Payload::TrackedEntity { tracked_entity: remote },
        ) => {
            let versions: Vec<_> = versions().filter_map(tracked_entity_of).collect();
            let found = likely_record(&versions, local, remote, |one| one.deleted, person_fields);
            found.map(|tracked_entity| Payload::TrackedEntity { tracked_entity })
        }
        (Payload::Enrollment { enrollment: local }, Payload::Enrollment { enrollment: remote }) => {
            let all: Vec<_> = versions().filter_map(enrollment_of).collect();
            let found = likely_record(&all, local, remote, |one| one.deleted, enrollment_fields);
            let known = base.and_then(enrollment_of).map(|base| base.notes);
            found.map(|mut enrollment| {
                let sent = all.iter().flat_map(|one| &one.notes);
                enrollment.notes = known_notes(known, sent, &remote.notes);
                // The end was sent without a day: the server's is no change by another.
                if enrollment.status == remote.status && enrollment.completed_at.is_none() {
                    enrollment.completed_at.clone_from(&remote.completed_at);
                }
                Payload::Enrollment { enrollment }
            })
        }
        (
            Payload::Relationship { relationship: local },
            Payload::Relationship { relationship: remote },
        ) => {
            let versions: Vec<_> = versions().filter_map(relationship_of).collect();
            let found =
                likely_record(&versions, local, remote, |one| one.deleted, |_, _, _| vec![]);
            found.map(|relationship| Payload::Relationship { relationship })
        }
        _ => in_doubt.last().cloned(),
    }
}

fn value_of(payload: &Payload) -> Option<DataValue> {
    match payload {
        Payload::DataValue { value, .. } => Some(settled(value)),
        _ => None,
    }
}

fn completion_of(payload: &Payload) -> Option<Completion> {
    match payload {
        Payload::Completion { completion, .. } => Some(completion.clone()),
        _ => None,
    }
}

fn event_of(payload: &Payload) -> Option<Event> {
    match payload {
        Payload::Event { event } => Some(event.clone()),
        _ => None,
    }
}

fn tracked_entity_of(payload: &Payload) -> Option<TrackedEntity> {
    match payload {
        Payload::TrackedEntity { tracked_entity } => Some(tracked_entity.clone()),
        _ => None,
    }
}

fn enrollment_of(payload: &Payload) -> Option<Enrollment> {
    match payload {
        Payload::Enrollment { enrollment } => Some(enrollment.clone()),
        _ => None,
    }
}

fn relationship_of(payload: &Payload) -> Option<Relationship> {
    match payload {
        Payload::Relationship { relationship } => Some(relationship.clone()),
        _ => None,
    }
}

/// The version to compare one field with: one that the server's agrees with, else one that the local
/// side departs from, else any.
fn likely<T>(
    versions: &[T],
    is_theirs: impl Fn(&T) -> bool,
    is_mine: impl Fn(&T) -> bool,
) -> Option<&T> {
    let theirs = versions.iter().find(|version| is_theirs(version));
    theirs.or_else(|| versions.iter().find(|version| !is_mine(version))).or(versions.first())
}

fn likely_value(versions: &[DataValue], local: &DataValue, remote: &DataValue) -> DataValue {
    let (local, remote) = (settled(local), settled(remote));
    let pick = |same: fn(&DataValue, &DataValue) -> bool| {
        let found = likely(versions, |one| same(one, &remote), |one| same(one, &local));
        found.cloned().unwrap_or_default()
    };
    DataValue {
        value: pick(|a, b| a.value == b.value).value,
        comment: pick(|a, b| a.comment == b.comment).comment,
        follow_up: pick(|a, b| a.follow_up == b.follow_up).follow_up,
        deleted: false,
    }
}

fn likely_completion(
    versions: &[Completion],
    local: &Completion,
    remote: &Completion,
) -> Completion {
    // A completion names its author and day: another's is not ours although it says the same.
    let exact = versions
        .iter()
        .find(|one| one.completed == remote.completed && !one.is_another_than(remote));
    let found = exact.or_else(|| {
        likely(
            versions,
            |one| one.completed == remote.completed,
            |one| one.completed == local.completed,
        )
    });
    found.cloned().unwrap_or_default()
}

fn likely_event(
    base: Option<&Payload>,
    versions: &[Event],
    local: &Event,
    remote: &Event,
) -> Option<Event> {
    let mut found = likely_record(versions, local, remote, |one| one.deleted, event_fields)?;
    if !remote.deleted {
        let known = base.and_then(event_of).map(|base| base.notes);
        let sent = versions.iter().filter(|one| !one.deleted).flat_map(|one| &one.notes);
        found.notes = known_notes(known, sent, &remote.notes);
    }
    Some(found)
}

/// A record put together field by field from the versions.
fn likely_record<T: FieldWise>(
    versions: &[T],
    local: &T,
    remote: &T,
    is_deleted: fn(&T) -> bool,
    names: fn(&[T], &T, &T) -> Vec<String>,
) -> Option<T> {
    if is_deleted(remote) {
        return likely(versions, is_deleted, |one| local.is_held_by(one)).cloned();
    }
    // The server shows it undeleted: whatever deleted it has not arrived.
    let versions: Vec<_> = versions.iter().filter(|one| !is_deleted(one)).cloned().collect();
    let mut found = versions.first()?.clone();
    for name in names(&versions, local, remote) {
        let same = |a: &T, b: &T| is_same_in(&name, a, b);
        let one = likely(&versions, |one| same(one, remote), |one| same(one, local))?;
        found.take(&name, one);
    }
    Some(found)
}

fn event_fields(versions: &[Event], local: &Event, remote: &Event) -> Vec<String> {
    let properties = [
        fields::STATUS,
        fields::OCCURRED_AT,
        fields::SCHEDULED_AT,
        fields::ORG_UNIT,
        fields::ATTRIBUTE_OPTION_COMBO,
        fields::GEOMETRY,
        fields::ASSIGNED_USER,
        fields::FOLLOW_UP,
    ];
    let mut answered: BTreeSet<_> = questions(None, local, remote);
    answered.extend(versions.iter().flat_map(|one| one.data_values.keys()));
    named(properties, answered)
}

fn person_fields(
    versions: &[TrackedEntity],
    local: &TrackedEntity,
    remote: &TrackedEntity,
) -> Vec<String> {
    let all = versions.iter().chain([local, remote]);
    named([fields::ORG_UNIT, fields::GEOMETRY], all.flat_map(|one| one.attributes.keys()).collect())
}

fn enrollment_fields(
    versions: &[Enrollment],
    local: &Enrollment,
    remote: &Enrollment,
) -> Vec<String> {
    let properties = [
        fields::STATUS,
        fields::ENROLLED_AT,
        fields::OCCURRED_AT,
        fields::ORG_UNIT,
        fields::ATTRIBUTE_OPTION_COMBO,
        fields::GEOMETRY,
        fields::FOLLOW_UP,
    ];
    let all = versions.iter().chain([local, remote]);
    named(properties, all.flat_map(|one| one.attributes.keys()).collect())
}

fn named<const COUNT: usize>(
    properties: [&str; COUNT],
    answered: BTreeSet<impl ToString>,
) -> Vec<String> {
    let answered = answered.into_iter().map(|question| question.to_string());
    properties.map(str::to_owned).into_iter().chain(answered).collect()
}

/// Whether one field says the same in both. An end without a day is held by one with a day, whichever
/// of the two is the server's: it sets the day that is not sent.
fn is_same_in<T: FieldWise>(name: &str, a: &T, b: &T) -> bool {
    let mut with_b = a.clone();
    with_b.take(name, b);
    with_b.is_held_by(a) || a.is_held_by(&with_b)
}

/// The notes of the base, and those in doubt that have arrived: the others are still to be sent.
fn known_notes<'a>(
    known: Option<Vec<Note>>,
    sent: impl Iterator<Item = &'a Note>,
    remote: &[Note],
) -> Vec<Note> {
    let sent: BTreeSet<_> = sent.map(|note| note.id).collect();
    let mut notes = known.unwrap_or_default();
    notes.extend(remote.iter().filter(|note| sent.contains(&note.id)).cloned());
    notes
}
