//! The rows of tracker records: load, store, take away, each with its place in the search.
//!
//! Knows nothing of the outbox.

use outpost_domain::data::{
    Enrollment, FileResource, OwnershipTransfer, Payload, Relationship, TrackedEntity,
};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid, Uid};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{digest, files, index};
use crate::data::records::{Held, Stamp, write_row};
use crate::error::StoreError;

/// The record of the same identity as `like`, if there is one.
pub(crate) fn load(connection: &Connection, like: &Payload) -> Result<Option<Payload>, StoreError> {
    Ok(match like {
        Payload::TrackedEntity { tracked_entity } => {
            load_tracked_entity(connection, tracked_entity.id.0)?
                .map(|tracked_entity| Payload::TrackedEntity { tracked_entity })
        }
        Payload::Enrollment { enrollment } => load_enrollment(connection, enrollment.id.0)?
            .map(|enrollment| Payload::Enrollment { enrollment }),
        Payload::Relationship { relationship } => load_relationship(connection, relationship.id.0)?
            .map(|relationship| Payload::Relationship { relationship }),
        Payload::OwnershipTransfer { transfer } => {
            let (person, program) = (transfer.tracked_entity, transfer.program);
            owner(connection, person, program)?.map(|organisation_unit| {
                let tracked_entity = person;
                let transfer = OwnershipTransfer { tracked_entity, program, organisation_unit };
                Payload::OwnershipTransfer { transfer }
            })
        }
        Payload::FileResource { file } => {
            load_file(connection, file.id.0)?.map(|file| Payload::FileResource { file })
        }
        // Breaking the glass is done anew each time: nothing that was done before is its base.
        _ => None,
    })
}

/// Writes the record over whatever is there.
pub(crate) fn store(
    connection: &Connection,
    payload: &Payload,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    match payload {
        Payload::TrackedEntity { tracked_entity } => {
            store_tracked_entity(connection, tracked_entity, stamp)
        }
        Payload::Enrollment { enrollment } => store_enrollment(connection, enrollment, stamp),
        Payload::Relationship { relationship } => {
            store_relationship(connection, relationship, stamp)
        }
        Payload::OwnershipTransfer { transfer } => store_owner(connection, transfer, stamp.held),
        Payload::OwnershipOverride { glass } => {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO temporary_ownership (tracked_entity, program, reason,
                       seq) VALUES (?, ?, ?, ?)",
                )?
                .execute(params![
                    glass.tracked_entity.as_str(),
                    glass.program.as_str(),
                    glass.reason,
                    stamp.seq
                ])?;
            Ok(())
        }
        Payload::FileResource { file } => store_file(connection, file, stamp),
        _ => Err(StoreError::Defect { detail: "not a tracker record".to_owned() }),
    }
}

/// Takes the record away.
pub(crate) fn remove(connection: &Connection, like: &Payload) -> Result<(), StoreError> {
    match like {
        Payload::TrackedEntity { tracked_entity } => {
            remove_tracked_entity(connection, tracked_entity.id)
        }
        Payload::Enrollment { enrollment } => {
            index::forget_enrollment(connection, enrollment)?;
            delete(connection, "DELETE FROM enrollment WHERE uid = ?", enrollment.id.0)?;
            digest::note(connection, enrollment.program.0, enrollment.tracked_entity)?;
            index::write_text(connection, enrollment.tracked_entity)
        }
        Payload::Relationship { relationship } => {
            delete(connection, "DELETE FROM relationship WHERE uid = ?", relationship.id.0)
        }
        Payload::OwnershipTransfer { transfer } => delete_pair(
            connection,
            "DELETE FROM program_owner WHERE tracked_entity = ? AND program = ?",
            (transfer.tracked_entity, transfer.program),
        ),
        Payload::OwnershipOverride { glass } => delete_pair(
            connection,
            "DELETE FROM temporary_ownership WHERE tracked_entity = ? AND program = ?",
            (glass.tracked_entity, glass.program),
        ),
        Payload::FileResource { file } => files::remove(connection, file.id.0),
        _ => Err(StoreError::Defect { detail: "not a tracker record".to_owned() }),
    }
}

fn delete(connection: &Connection, sql: &str, uid: Uid) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([uid.as_str()])?;
    Ok(())
}

fn delete_pair(
    connection: &Connection,
    sql: &str,
    key: (TrackedEntityUid, ProgramUid),
) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([key.0.as_str(), key.1.as_str()])?;
    Ok(())
}

pub(crate) fn write_body(record: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record)
        .map_err(|_| StoreError::Defect { detail: "a record cannot be written".to_owned() })
}

pub(crate) fn read_body<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|_| StoreError::unreadable("tracker record"))
}

fn load_body<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    uid: Uid,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let body: Option<String> =
        statement.query_row([uid.as_str()], |row| row.get(0)).optional()?.flatten();
    body.map(|body| read_body(&body)).transpose()
}

pub(crate) fn load_tracked_entity(
    connection: &Connection,
    id: Uid,
) -> Result<Option<TrackedEntity>, StoreError> {
    load_body(connection, "SELECT body FROM tracked_entity WHERE uid = ?", id)
}

pub(crate) fn load_enrollment(
    connection: &Connection,
    id: Uid,
) -> Result<Option<Enrollment>, StoreError> {
    load_body(connection, "SELECT body FROM enrollment WHERE uid = ?", id)
}

pub(crate) fn load_relationship(
    connection: &Connection,
    id: Uid,
) -> Result<Option<Relationship>, StoreError> {
    load_body(connection, "SELECT body FROM relationship WHERE uid = ?", id)
}

pub(crate) fn load_file(
    connection: &Connection,
    id: Uid,
) -> Result<Option<FileResource>, StoreError> {
    load_body(connection, "SELECT body FROM file_resource WHERE uid = ?", id)
}

/// Who owns the tracked entity in the program, as far as is known.
pub(crate) fn owner(
    connection: &Connection,
    person: TrackedEntityUid,
    program: ProgramUid,
) -> Result<Option<OrganisationUnitUid>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT organisation_unit FROM program_owner WHERE tracked_entity = ? AND program = ?",
    )?;
    let unit: Option<String> =
        statement.query_row([person.as_str(), program.as_str()], |row| row.get(0)).optional()?;
    unit.map(|unit| OrganisationUnitUid::parse(&unit).map_err(|_| StoreError::unreadable("owner")))
        .transpose()
}

fn store_owner(
    connection: &Connection,
    transfer: &OwnershipTransfer,
    held: Held<'_>,
) -> Result<(), StoreError> {
    let OwnershipTransfer { tracked_entity, program, organisation_unit } = transfer;
    let parameters = params![tracked_entity.as_str(), program.as_str(), organisation_unit.as_str()];
    write_row(connection, held, (UPDATE_OWNER, INSERT_OWNER), parameters)?;
    Ok(())
}

const INSERT_OWNER: &str =
    "INSERT INTO program_owner (tracked_entity, program, organisation_unit) VALUES (?1, ?2, ?3)";
const UPDATE_OWNER: &str =
    "UPDATE program_owner SET organisation_unit = ?3 WHERE tracked_entity = ?1 AND program = ?2";

fn store_tracked_entity(
    connection: &Connection,
    person: &TrackedEntity,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    let looked_up;
    let before = match stamp.held {
        Held::Known(Some(Payload::TrackedEntity { tracked_entity })) => Some(tracked_entity),
        Held::Known(_) => None,
        Held::Unknown => {
            looked_up = load_tracked_entity(connection, person.id.0)?;
            looked_up.as_ref()
        }
    };
    let name_key = index::name_key(connection, person, stamp.page)?;
    let parameters = params![
        person.id.as_str(),
        person.tracked_entity_type.as_str(),
        person.organisation_unit.as_str(),
        name_key,
        person.deleted,
        stamp.server_time,
        stamp.seq,
        write_body(person)?
    ];
    let statements = (UPDATE_TRACKED_ENTITY, INSERT_TRACKED_ENTITY);
    let inserted = write_row(connection, stamp.held, statements, parameters)?;
    let number = match inserted {
        Some(number) => number,
        None => number_of(connection, "SELECT id FROM tracked_entity WHERE uid = ?", person.id.0)?,
    };
    digest::note(connection, person.tracked_entity_type.0, person.id)?;
    index::person_changed(connection, number, before, person, (&name_key, stamp.page))
}

const INSERT_TRACKED_ENTITY: &str =
    "INSERT INTO tracked_entity (uid, tracked_entity_type, organisation_unit, name_key, deleted,
       server_updated_at, seq, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const UPDATE_TRACKED_ENTITY: &str =
    "UPDATE tracked_entity SET tracked_entity_type = ?2, organisation_unit = ?3, name_key = ?4,
       deleted = ?5, server_updated_at = coalesce(?6, server_updated_at), seq = ?7, body = ?8
     WHERE uid = ?1";

fn number_of(connection: &Connection, sql: &str, uid: Uid) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row([uid.as_str()], |row| row.get(0))?)
}

fn store_enrollment(
    connection: &Connection,
    enrollment: &Enrollment,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    let looked_up;
    let before = match stamp.held {
        Held::Known(Some(Payload::Enrollment { enrollment })) => Some(enrollment),
        Held::Known(_) => None,
        Held::Unknown => {
            looked_up = load_enrollment(connection, enrollment.id.0)?;
            looked_up.as_ref()
        }
    };
    let name_key = index::stored_name_key(connection, enrollment.tracked_entity)?;
    let parameters = params![
        enrollment.id.as_str(),
        enrollment.tracked_entity.as_str(),
        enrollment.program.as_str(),
        enrollment.organisation_unit.as_str(),
        enrollment.status.name(),
        enrollment.enrolled_at.as_deref().unwrap_or_default(),
        enrollment.completed_at.as_deref().unwrap_or_default(),
        enrollment.follow_up,
        name_key,
        enrollment.deleted,
        stamp.server_time,
        stamp.seq,
        write_body(enrollment)?
    ];
    let statements = (UPDATE_ENROLLMENT, INSERT_ENROLLMENT);
    let inserted = write_row(connection, stamp.held, statements, parameters)?;
    let number = match inserted {
        Some(number) => number,
        None => number_of(connection, "SELECT id FROM enrollment WHERE uid = ?", enrollment.id.0)?,
    };
    digest::note(connection, enrollment.program.0, enrollment.tracked_entity)?;
    index::enrollment_changed(connection, number, before, enrollment, stamp.page)
}

const INSERT_ENROLLMENT: &str =
    "INSERT INTO enrollment (uid, tracked_entity, program, organisation_unit, status, enrolled,
       completed, follow_up, name_key, deleted, server_updated_at, seq, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const UPDATE_ENROLLMENT: &str =
    "UPDATE enrollment SET tracked_entity = ?2, program = ?3, organisation_unit = ?4, status = ?5,
       enrolled = ?6, completed = ?7, follow_up = ?8, name_key = ?9, deleted = ?10,
       server_updated_at = coalesce(?11, server_updated_at), seq = ?12, body = ?13
     WHERE uid = ?1";

fn store_relationship(
    connection: &Connection,
    relationship: &Relationship,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO relationship (uid, relationship_type, from_uid, to_uid, deleted, seq, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (uid) DO UPDATE SET relationship_type = ?2, from_uid = ?3, to_uid = ?4,
               deleted = ?5, seq = ?6, body = ?7",
        )?
        .execute(params![
            relationship.id.as_str(),
            relationship.relationship_type.as_str(),
            relationship.from.uid().as_str(),
            relationship.to.uid().as_str(),
            relationship.deleted,
            stamp.seq,
            write_body(relationship)?
        ])?;
    Ok(())
}

fn store_file(
    connection: &Connection,
    file: &FileResource,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    let bytes = i64::try_from(file.content_bytes).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO file_resource (uid, body, bytes, is_whole, stored_ms, seq)
             VALUES (?1, ?2, ?3, 0, 0, ?4)
             ON CONFLICT (uid) DO UPDATE SET body = ?2, seq = ?4",
        )?
        .execute(params![file.id.as_str(), write_body(file)?, bytes, stamp.seq])?;
    Ok(())
}

fn remove_tracked_entity(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<(), StoreError> {
    index::forget_person(connection, person)?;
    digest::note_gone(connection, person)?;
    for sql in [
        "DELETE FROM tracked_entity WHERE uid = ?",
        "DELETE FROM program_owner WHERE tracked_entity = ?",
        "DELETE FROM temporary_ownership WHERE tracked_entity = ?",
    ] {
        delete(connection, sql, person.0)?;
    }
    Ok(())
}
