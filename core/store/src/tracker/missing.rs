//! Records that stored ones name and that are not on the device: what a download still has to ask for.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Payload, RelationshipItem};
use outpost_domain::uid::{EnrollmentUid, ProgramUid, Uid};
use outpost_sync::ports::{MissingEnrollments, MissingRecords};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::records::write_body;
use super::search::person_id;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::metadata;

const TRACKED_ENTITY: u8 = 1;
const ENROLLMENT: u8 = 2;

/// What downloaded records were written, and what they name.
#[derive(Debug, Default)]
pub(crate) struct Named {
    stored: BTreeSet<Uid>,
    people: BTreeSet<Uid>,
    enrollments: BTreeMap<Uid, ProgramUid>,
}

impl Named {
    /// After a record was written: what it names is wanted, itself no longer.
    pub fn add(&mut self, record: &Payload) {
        match record {
            Payload::TrackedEntity { tracked_entity } => {
                self.stored.insert(tracked_entity.id.0);
            }
            Payload::Enrollment { enrollment } => {
                self.stored.insert(enrollment.id.0);
                self.people.insert(enrollment.tracked_entity.0);
            }
            Payload::Event { event } => {
                self.enrollments.extend(event.enrollment.map(|id| (id.0, event.program)));
            }
            Payload::Relationship { relationship } => {
                for side in [relationship.from, relationship.to] {
                    if let RelationshipItem::TrackedEntity(id) = side {
                        self.people.insert(id.0);
                    }
                }
            }
            _ => {}
        }
    }

    /// Remembers what of it is to be asked for.
    pub fn finish(self, connection: &Connection) -> Result<(), StoreError> {
        if is_any(connection)? {
            connection
                .prepare_cached(
                    "DELETE FROM missing_record WHERE uid IN (SELECT value FROM json_each(?))",
                )?
                .execute([write_body(&self.stored)?])?;
        }
        want(
            connection,
            "INSERT OR IGNORE INTO missing_record (uid, kind)
             SELECT value, ?2 FROM json_each(?1)
             WHERE NOT EXISTS (SELECT 1 FROM tracked_entity WHERE uid = value)",
            (&self.people, TRACKED_ENTITY),
        )?;
        want(
            connection,
            "INSERT OR IGNORE INTO missing_record (uid, kind, program)
             SELECT key, ?2, value FROM json_each(?1)
             WHERE NOT EXISTS (SELECT 1 FROM enrollment WHERE uid = key)",
            (&self.enrollments, ENROLLMENT),
        )
    }
}

fn want(
    connection: &Connection,
    sql: &str,
    (named, kind): (&impl Serialize, u8),
) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute(params![write_body(named)?, kind])?;
    Ok(())
}

fn is_any(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM missing_record)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// No longer to be asked for, until something names it anew.
pub(super) fn forget(connection: &Connection, id: Uid) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM missing_record WHERE uid = ?")?
        .execute([id.as_str()])?;
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
