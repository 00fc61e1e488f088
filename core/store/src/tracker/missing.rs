//! Records that stored ones name and that are not on the device: what a download still has to ask for.

use std::collections::BTreeMap;

use outpost_domain::data::{Payload, RelationshipItem};
use outpost_domain::uid::{EnrollmentUid, ProgramUid, Uid};
use outpost_sync::ports::{MissingEnrollments, MissingRecords};
use rusqlite::{Connection, params};

use super::search::person_id;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::metadata;

const TRACKED_ENTITY: u8 = 1;
const ENROLLMENT: u8 = 2;

/// After a downloaded record was written: what it names is wanted, itself no longer.
pub(super) fn note(connection: &Connection, record: &Payload) -> Result<(), StoreError> {
    match record {
        Payload::TrackedEntity { tracked_entity } => forget(connection, tracked_entity.id.0),
        Payload::Enrollment { enrollment } => {
            forget(connection, enrollment.id.0)?;
            want_person(connection, enrollment.tracked_entity.0)
        }
        Payload::Event { event } => match event.enrollment {
            Some(id) => want_enrollment(connection, id, event.program),
            None => Ok(()),
        },
        Payload::Relationship { relationship } => {
            for side in [relationship.from, relationship.to] {
                if let RelationshipItem::TrackedEntity(id) = side {
                    want_person(connection, id.0)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// No longer to be asked for, until something names it anew.
pub(super) fn forget(connection: &Connection, id: Uid) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM missing_record WHERE uid = ?")?
        .execute([id.as_str()])?;
    Ok(())
}

fn want_person(connection: &Connection, id: Uid) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO missing_record (uid, kind)
             SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM tracked_entity WHERE uid = ?1)",
        )?
        .execute(params![id.as_str(), TRACKED_ENTITY])?;
    Ok(())
}

fn want_enrollment(
    connection: &Connection,
    id: EnrollmentUid,
    program: ProgramUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO missing_record (uid, kind, program)
             SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM enrollment WHERE uid = ?1)",
        )?
        .execute(params![id.as_str(), ENROLLMENT, program.as_str()])?;
    Ok(())
}

/// What is to be asked for, at most so many of each class.
pub(crate) fn load(connection: &Connection, limit: u32) -> Result<MissingRecords, StoreError> {
    let limit = limit.min(PAGE_ROWS_MAX);
    let mut statement = connection.prepare_cached(
        "SELECT uid, program FROM missing_record WHERE kind = ? ORDER BY uid LIMIT ?",
    )?;
    let people = statement
        .query_and_then(params![TRACKED_ENTITY, limit], |row| person_id(&row.get::<_, String>(0)?))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut by_program: BTreeMap<ProgramUid, Vec<EnrollmentUid>> = BTreeMap::new();
    let mut rows = statement.query(params![ENROLLMENT, limit])?;
    while let Some(row) = rows.next()? {
        let unreadable = |_| StoreError::unreadable("missing record");
        let program = ProgramUid::parse(&row.get::<_, String>(1)?).map_err(unreadable)?;
        let id = EnrollmentUid::parse(&row.get::<_, String>(0)?).map_err(unreadable)?;
        by_program.entry(program).or_default().push(id);
    }
    let mut enrollments = Vec::new();
    for (program, ids) in by_program {
        let type_attributes = metadata::type_attributes_of(connection, program)?;
        enrollments.push(MissingEnrollments { program, type_attributes, ids });
    }
    Ok(MissingRecords { tracked_entities: people, enrollments })
}
