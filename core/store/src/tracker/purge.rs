//! Making room: people who are no longer needed here leave the device, never the server.
//!
//! Never takes unsent work away, nor anybody about whom something waits.

use outpost_domain::data::{Enrollment, Payload};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid, Uid};
use rusqlite::{Connection, Row, params};
use serde_json::json;

use super::records::{self, read_body};
use super::save::{enrollments_of, events_of, stored_relationships};
use super::search::person_id;
use super::{files, people};
use crate::data::records as data;
use crate::error::StoreError;
use crate::journal::{self, JournalKind};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// When something last happened about a person in a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The person.
    pub tracked_entity: TrackedEntityUid,
    /// The enrolment.
    pub enrollment: Enrollment,
    /// Who owns the person in the program, as far as is known.
    pub owner: Option<OrganisationUnitUid>,
    /// The last day of an event that took place; `None` if there is none.
    pub last_event: Option<String>,
    /// The last time that the server wrote the person or the enrolment.
    pub server_updated_at: Option<String>,
    /// Whether another enrolment of the person, in whatever program, is active.
    pub is_active_elsewhere: bool,
    /// Whether anything about the person waits: then a purge leaves them.
    pub has_unsent: bool,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// People who left the device.
    pub removed: u64,
    /// People who stayed because something about them waits.
    pub kept: u64,
}

pub(crate) const ACTIVITY: &str = "SELECT n.body, n.tracked_entity, n.enrolled, n.uid,
       (SELECT max(v.occurred) FROM event v WHERE v.enrollment = n.uid AND v.due IS NULL),
       (SELECT max(coalesce(n.server_updated_at, ''), coalesce(t.server_updated_at, ''))
        FROM tracked_entity t WHERE t.uid = n.tracked_entity),
       EXISTS (SELECT 1 FROM enrollment e WHERE e.tracked_entity = n.tracked_entity
         AND e.uid <> n.uid AND e.deleted = 0 AND +e.status = 'ACTIVE')
     FROM enrollment n WHERE n.deleted = 0 AND n.program = ?1 AND (n.enrolled, n.uid) > (?2, ?3)
     ORDER BY n.enrolled, n.uid LIMIT ?4";

/// Whether anything of a person's tree, of their ownership or of their relationships waits.
pub(crate) const UNSENT: &str = "SELECT
     EXISTS (SELECT 1 FROM outbox
       WHERE kind = 4 AND subject >= ?1 || '/' AND subject < ?1 || '0')
     OR EXISTS (SELECT 1 FROM outbox
       WHERE kind = 6 AND subject >= ?1 || '/' AND subject < ?1 || '0')
     OR EXISTS (SELECT 1 FROM outbox
       WHERE kind = 7 AND subject >= ?1 || '/' AND subject < ?1 || '0')
     OR EXISTS (SELECT 1 FROM outbox_edge WHERE parent = ?1)
     OR EXISTS (SELECT 1 FROM temporary_value WHERE record = ?1)";

impl Store {
    /// Facts about the enrolments of a program, by day of enrolment, after an enrolment: from these
    /// the rules of the life-cycle choose.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn activity_page(
        &self,
        program: ProgramUid,
        after: Option<&people::PeopleCursor>,
        limit: u32,
    ) -> Result<Vec<Activity>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(ACTIVITY)?;
            let (day, uid) = after.map_or((String::new(), String::new()), |after| {
                (after.key.clone(), after.uid.to_string())
            });
            let parameters = params![program.as_str(), day, uid, limit.min(PAGE_ROWS_MAX)];
            let rows = statement.query_and_then(parameters, |row| activity(connection, row))?;
            rows.collect()
        })
    }

    /// Takes people off the device with all that belongs to them, except those about whom something
    /// waits. The server keeps them; a search there brings them back.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was taken away.
    pub fn purge(
        &self,
        people: &[TrackedEntityUid],
        by: &str,
        now_ms: i64,
    ) -> Result<Purged, StoreError> {
        self.write(|transaction| {
            let mut purged = Purged::default();
            let mut gone = Vec::new();
            for person in people {
                if has_unsent(transaction, *person)? {
                    purged.kept += 1;
                } else if remove_all(transaction, *person)? {
                    purged.removed += 1;
                    gone.push(person.to_string());
                }
            }
            if !gone.is_empty() {
                let body = json!({ "people": gone });
                journal::append(transaction, JournalKind::Purge, by, &body, now_ms)?;
            }
            Ok(purged)
        })
    }
}

fn activity(connection: &Connection, row: &Row<'_>) -> Result<Activity, StoreError> {
    let enrollment: Enrollment = read_body(&row.get::<_, String>(0)?)?;
    let person = person_id(&row.get::<_, String>(1)?)?;
    let text = |column| -> Result<Option<String>, StoreError> {
        Ok(row.get::<_, Option<String>>(column)?.filter(|text| !text.is_empty()))
    };
    Ok(Activity {
        tracked_entity: person,
        owner: records::owner(connection, person, enrollment.program)?,
        last_event: text(4)?,
        server_updated_at: text(5)?,
        is_active_elsewhere: row.get(6)?,
        has_unsent: has_unsent(connection, person)?,
        enrollment,
    })
}

/// Whether anything about the person, their enrolments or events waits.
pub(super) fn has_unsent(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(UNSENT)?;
    if statement.query_row([person.as_str()], |row| row.get(0))? {
        return Ok(true);
    }
    let mut related = stored_relationships(connection, person.0)?;
    for enrollment in enrollments_of(connection, person)? {
        if names_unsent_file(connection, enrollment.attributes.values())? {
            return Ok(true);
        }
        related.extend(stored_relationships(connection, enrollment.id.0)?);
        for event in events_of(connection, enrollment.id)? {
            let values = event.data_values.values().map(|answer| &answer.value);
            if names_unsent_file(connection, values)? {
                return Ok(true);
            }
            related.extend(stored_relationships(connection, event.id.0)?);
        }
    }
    for relationship in related {
        if waits(connection, relationship.id.0)? {
            return Ok(true);
        }
    }
    let held = records::load_tracked_entity(connection, person.0)?;
    held.map_or(Ok(false), |held| names_unsent_file(connection, held.attributes.values()))
}

fn waits(connection: &Connection, record: Uid) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE record = ?)")?;
    Ok(statement.query_row([record.as_str()], |row| row.get(0))?)
}

fn names_unsent_file<'a>(
    connection: &Connection,
    values: impl Iterator<Item = &'a String>,
) -> Result<bool, StoreError> {
    for named in values.filter_map(|value| Uid::parse(value).ok()) {
        if waits(connection, named)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the person was on the device.
fn remove_all(connection: &Connection, person: TrackedEntityUid) -> Result<bool, StoreError> {
    let Some(tracked_entity) = records::load_tracked_entity(connection, person.0)? else {
        return Ok(false);
    };
    let mut values: Vec<String> = tracked_entity.attributes.values().cloned().collect();
    remove_relationships(connection, person.0)?;
    for enrollment in enrollments_of(connection, person)? {
        remove_relationships(connection, enrollment.id.0)?;
        values.extend(enrollment.attributes.values().cloned());
        for event in events_of(connection, enrollment.id)? {
            remove_relationships(connection, event.id.0)?;
            values.extend(event.data_values.values().map(|answer| answer.value.clone()));
            data::remove(connection, &Payload::Event { event })?;
        }
        data::remove(connection, &Payload::Enrollment { enrollment })?;
    }
    for named in values.iter().filter_map(|value| Uid::parse(value).ok()) {
        files::remove(connection, named)?;
    }
    data::remove(connection, &Payload::TrackedEntity { tracked_entity })?;
    Ok(true)
}

/// A relationship goes with its first end: the other end brings it back with its next download.
fn remove_relationships(connection: &Connection, record: Uid) -> Result<(), StoreError> {
    for relationship in stored_relationships(connection, record)? {
        data::remove(connection, &Payload::Relationship { relationship })?;
    }
    Ok(())
}
