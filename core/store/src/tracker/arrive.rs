//! What a downloaded page says about people: in which order it is stored, and what it implies.

use std::collections::HashSet;

use outpost_domain::data::{
    Enrollment, Event, OwnershipTransfer, Payload, Relationship, ServerEvent, ServerTrackedEntity,
};
use outpost_domain::uid::{EnrollmentUid, TrackedEntityUid, Uid};
use outpost_sync::ports::{DownloadPage, ProgramValues, TrackerPage};
use rusqlite::{Connection, OptionalExtension};

use super::records;
use super::save::{enrollments_of, events_of, stored_relationships};
use super::{index, missing};
use crate::download::Arrived;
use crate::error::StoreError;
use crate::metadata;
use crate::outbox::row;

/// The records of a page, parents first; those of unknown people are left out if the page says so.
pub(crate) fn records_of(
    connection: &Connection,
    page: &mut DownloadPage,
) -> Result<Vec<Arrived>, StoreError> {
    let tracker = std::mem::take(&mut page.tracker);
    for id in &tracker.not_shown {
        missing::forget(connection, id.0)?;
    }
    for id in &tracker.enrollments_not_shown {
        missing::forget(connection, id.0)?;
    }
    complete_events(connection, &mut page.events)?;
    let has_relationships = is_any_relationship(connection)?;
    let mut all = Vec::new();
    for transfer in tracker.owners {
        if is_stored(connection, transfer.tracked_entity.0)? {
            all.push(Arrived::bare(Payload::OwnershipTransfer { transfer }));
        }
    }
    for (person, listed) in tracker.links {
        if is_stored(connection, person.0)? {
            relationships(connection, person.0, listed, &mut all)?;
        }
    }
    let coming: HashSet<Uid> =
        tracker.tracked_entities.iter().map(|one| one.tracked_entity.id.0).collect();
    if tracker.only_known_people {
        let is_known = |id: Uid| Ok(coming.contains(&id) || is_stored(connection, id)?);
        let person = |one: &ServerEvent| one.event.tracked_entity.map(|id| id.0);
        keep_known(&mut page.events, person, is_known)?;
    }
    let TrackerPage { tracked_entities, program_values, enrollments, only_known_people, .. } =
        tracker;
    for one in tracked_entities {
        person(connection, one, has_relationships, &mut all)?;
    }
    let listed: HashSet<_> = enrollments.iter().map(|one| one.enrollment.id).collect();
    for values in program_values {
        for enrollment in enrollments_with(connection, values)? {
            if !listed.contains(&enrollment.id) {
                all.push(Arrived::bare(Payload::Enrollment { enrollment }));
            }
        }
    }
    for one in enrollments {
        let person = one.enrollment.tracked_entity.0;
        if only_known_people && !coming.contains(&person) && !is_stored(connection, person)? {
            continue;
        }
        let id = one.enrollment.id.0;
        let is_deleted = one.enrollment.deleted;
        all.push(Arrived {
            server: Payload::Enrollment { enrollment: one.enrollment },
            stored_by: one.stored_by,
            server_time: one.updated_at,
        });
        match one.relationships {
            Some(listed) if !is_deleted && (has_relationships || !listed.is_empty()) => {
                relationships(connection, id, listed, &mut all)?;
            }
            _ => {}
        }
    }
    Ok(all)
}

/// What the server holds of a person's enrolments in a program now that these are their values:
/// everything else of them is as it was last known. One that was never sent is nothing to the server.
fn enrollments_with(
    connection: &Connection,
    values: ProgramValues,
) -> Result<Vec<Enrollment>, StoreError> {
    let ProgramValues { tracked_entity, program, attributes } = values;
    let mut changed = Vec::new();
    for stored in enrollments_of(connection, tracked_entity)? {
        if stored.program != program || stored.deleted {
            continue;
        }
        let like = Payload::Enrollment { enrollment: stored };
        let known = match row::find_of(connection, &like)? {
            // In a conflict what was found there last is known, and newer than the base.
            Some(row) => row::conflict_theirs(connection, row.id)?.or(row.base),
            None => Some(like),
        };
        if let Some(Payload::Enrollment { enrollment }) = known
            && enrollment.attributes != attributes
        {
            changed.push(Enrollment { attributes: attributes.clone(), ..enrollment });
        }
    }
    Ok(changed)
}

fn keep_known<T>(
    records: &mut Vec<T>,
    person: impl Fn(&T) -> Option<Uid>,
    is_known: impl Fn(Uid) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut kept = Vec::with_capacity(records.len());
    for record in records.drain(..) {
        if person(&record).map_or(Ok(true), &is_known)? {
            kept.push(record);
        }
    }
    *records = kept;
    Ok(())
}

fn is_stored(connection: &Connection, person: Uid) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM tracked_entity WHERE uid = ?)")?;
    Ok(statement.query_row([person.as_str()], |row| row.get(0))?)
}

fn is_any_relationship(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM relationship)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// An event of an enrolment that does not say of whom: its place in the outbox is found by the person.
fn complete_events(connection: &Connection, events: &mut [ServerEvent]) -> Result<(), StoreError> {
    for event in events.iter_mut().map(|one| &mut one.event) {
        if let (Some(enrollment), None) = (event.enrollment, event.tracked_entity) {
            let held = records::load_enrollment(connection, enrollment.0)?;
            event.tracked_entity = held.map(|held| held.tracked_entity);
        }
    }
    Ok(())
}

fn person(
    connection: &Connection,
    one: ServerTrackedEntity,
    has_relationships: bool,
    all: &mut Vec<Arrived>,
) -> Result<(), StoreError> {
    let tracked_entity = one.tracked_entity.id;
    let is_deleted = one.tracked_entity.deleted;
    if is_deleted {
        for enrollment in enrollments_of(connection, tracked_entity)? {
            all.push(gone_enrollment(enrollment));
        }
        for relationship in stored_relationships(connection, tracked_entity.0)? {
            all.push(gone_relationship(relationship));
        }
    }
    all.push(Arrived {
        server: Payload::TrackedEntity { tracked_entity: one.tracked_entity },
        stored_by: one.stored_by,
        server_time: one.updated_at,
    });
    if is_deleted {
        return Ok(());
    }
    for (program, organisation_unit) in one.owners {
        let transfer = OwnershipTransfer { tracked_entity, program, organisation_unit };
        all.push(Arrived::bare(Payload::OwnershipTransfer { transfer }));
    }
    match one.relationships {
        // Most have none, there and here.
        Some(listed) if has_relationships || !listed.is_empty() => {
            relationships(connection, tracked_entity.0, listed, all)
        }
        _ => Ok(()),
    }
}

/// The listed relationships of a record, and those that the list leaves out: taken away there.
fn relationships(
    connection: &Connection,
    record: Uid,
    listed: Vec<Relationship>,
    all: &mut Vec<Arrived>,
) -> Result<(), StoreError> {
    let ids: HashSet<_> = listed.iter().map(|one| one.id).collect();
    for relationship in stored_relationships(connection, record)? {
        let is_listed = ids.contains(&relationship.id);
        if !is_listed && !was_never_sent(connection, relationship.id.0)? {
            all.push(gone_relationship(relationship));
        }
    }
    let arrived = listed
        .into_iter()
        .map(|relationship| Arrived::bare(Payload::Relationship { relationship }));
    all.extend(arrived);
    Ok(())
}

fn was_never_sent(connection: &Connection, record: Uid) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT base IS NULL FROM outbox WHERE record = ?")?;
    let found = statement.query_row([record.as_str()], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(false))
}

fn gone_relationship(relationship: Relationship) -> Arrived {
    let relationship = Relationship { deleted: true, ..relationship };
    Arrived::bare(Payload::Relationship { relationship })
}

fn gone_enrollment(enrollment: Enrollment) -> Arrived {
    let enrollment = Enrollment { deleted: true, ..enrollment };
    Arrived::bare(Payload::Enrollment { enrollment })
}

/// What goes with an enrolment that the server deleted: its events there are gone too.
pub(crate) fn implied_by(
    connection: &Connection,
    arrived: &Arrived,
) -> Result<Vec<Arrived>, StoreError> {
    let Payload::Enrollment { enrollment } = &arrived.server else { return Ok(vec![]) };
    if !enrollment.deleted {
        return Ok(vec![]);
    }
    let events = events_of(connection, EnrollmentUid(enrollment.id.0))?;
    let mut gone: Vec<Arrived> = events
        .into_iter()
        .map(|event| Arrived::bare(Payload::Event { event: Event { deleted: true, ..event } }))
        .collect();
    for relationship in stored_relationships(connection, enrollment.id.0)? {
        gone.push(gone_relationship(relationship));
    }
    Ok(gone)
}

/// Keeps what the server takes for possible duplicates.
pub(crate) fn mark_duplicates(
    connection: &Connection,
    people: &[(TrackedEntityUid, bool)],
) -> Result<(), StoreError> {
    for (is_one, sql) in [
        (
            true,
            "UPDATE tracked_entity SET potential_duplicate = 1
             WHERE potential_duplicate = 0 AND uid IN (SELECT value FROM json_each(?))",
        ),
        (
            false,
            "UPDATE tracked_entity SET potential_duplicate = 0
             WHERE potential_duplicate = 1 AND uid IN (SELECT value FROM json_each(?))",
        ),
    ] {
        let of_these = people.iter().filter(|(_, is)| *is == is_one);
        let ids: Vec<TrackedEntityUid> = of_these.map(|(id, _)| *id).collect();
        if !ids.is_empty() {
            connection.prepare_cached(sql)?.execute([records::write_body(&ids)?])?;
        }
    }
    Ok(())
}

/// Takes the attributes that make names over from the visible metadata.
pub(crate) fn refresh_names(connection: &Connection) -> Result<(), StoreError> {
    for (kind, attributes) in metadata::name_attributes(connection)? {
        index::save_name_attributes(connection, kind, &attributes)?;
    }
    Ok(())
}
