//! Saving what belongs together: people, enrolments, visits, relationships, files in one transaction.

use outpost_domain::data::{Enrollment, Event, Payload, Relationship, TrackedEntity};
use outpost_domain::uid::{
    EnrollmentUid, OrganisationUnitUid, RelationshipUid, TrackedEntityAttributeUid,
    TrackedEntityUid, Uid,
};
use rusqlite::{Connection, Transaction};

use super::records::{self, read_body};
use super::reserved::{self, TakenValue};
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::limits::{MANY_RECORDS, SAVE_RECORDS_MAX};
use crate::outbox::Saved;
use crate::outbox::edit::Edits;
use crate::store::Store;

/// An attribute of a saved record whose value is taken from the reserved ones.
pub struct GeneratedValue<'a> {
    /// The tracked entity or enrolment among the saved records that carries the attribute.
    pub record: Uid,
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The place for which its values are reserved; `None` if for every place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Server time, Unix ms: expired values are passed over.
    pub server_now_ms: i64,
    /// Whether a reserved value still fits its pattern (another day, another year).
    pub fits: &'a dyn Fn(&str) -> bool,
    /// What stands in its place until it can be exchanged, if none is left; `None`: then nothing is
    /// saved.
    pub temporary: Option<String>,
}

/// What a save did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedRecords {
    /// Proof that it is on disk.
    pub saved: Saved,
    /// The values that were taken, in the order asked for.
    pub generated: Vec<TakenValue>,
}

impl Store {
    /// Saves records of any kind: all of them or none, with the generated values that they take.
    /// A record that is there already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written and no value was taken. [`StoreError::Refused`] if no
    /// reserved value is left and none may stand in.
    pub fn save_records(
        &self,
        records: &[Payload],
        generated: &[GeneratedValue<'_>],
        by: &str,
        now_ms: i64,
    ) -> Result<SavedRecords, StoreError> {
        if records.len() > SAVE_RECORDS_MAX {
            let limit = SAVE_RECORDS_MAX as u64;
            return Err(StoreError::Limit { what: "the number of records of one save", limit });
        }
        let save = |transaction: &Transaction<'_>| {
            let mut records = records.to_vec();
            let mut taken = Vec::with_capacity(generated.len());
            for wanted in generated {
                taken.push(take(transaction, wanted, &mut records)?);
            }
            let mut edits = Edits::begin(transaction, by, now_ms)?;
            for record in &records {
                edits.apply(record)?;
            }
            Ok(SavedRecords { saved: edits.finish(JournalKind::Edit)?, generated: taken })
        };
        match records.len() > MANY_RECORDS {
            true => self.write_many(save),
            false => self.write(save),
        }
    }

    /// Deletes a tracked entity with everything that belongs to it. What was never sent is gone at
    /// once; the journal keeps it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn delete_tracked_entity(
        &self,
        id: TrackedEntityUid,
        by: &str,
        now_ms: i64,
    ) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let found = records::load_tracked_entity(transaction, id.0)?;
            let person = found.ok_or(StoreError::NotFound { what: "tracked entity" })?;
            let mut gone = Vec::new();
            for enrollment in enrollments_of(transaction, id)? {
                gone.extend(with_parts(transaction, enrollment)?);
            }
            gone.extend(relationships_of(transaction, id.0)?);
            let tracked_entity = TrackedEntity { deleted: true, ..person };
            gone.push(Payload::TrackedEntity { tracked_entity });
            delete_all(transaction, &gone, by, now_ms)
        })
    }

    /// Deletes an enrolment with its events.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn delete_enrollment(
        &self,
        id: EnrollmentUid,
        by: &str,
        now_ms: i64,
    ) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let found = records::load_enrollment(transaction, id.0)?;
            let enrollment = found.ok_or(StoreError::NotFound { what: "enrolment" })?;
            let gone = with_parts(transaction, enrollment)?;
            delete_all(transaction, &gone, by, now_ms)
        })
    }

    /// Deletes a relationship.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn delete_relationship(
        &self,
        id: RelationshipUid,
        by: &str,
        now_ms: i64,
    ) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let found = records::load_relationship(transaction, id.0)?;
            let relationship = found.ok_or(StoreError::NotFound { what: "relationship" })?;
            let relationship = Relationship { deleted: true, ..relationship };
            delete_all(transaction, &[Payload::Relationship { relationship }], by, now_ms)
        })
    }

    /// A tracked entity, also one whose deletion waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_tracked_entity(
        &self,
        id: TrackedEntityUid,
    ) -> Result<Option<TrackedEntity>, StoreError> {
        self.read(|connection| records::load_tracked_entity(connection, id.0))
    }

    /// An enrolment, also one whose deletion waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_enrollment(&self, id: EnrollmentUid) -> Result<Option<Enrollment>, StoreError> {
        self.read(|connection| records::load_enrollment(connection, id.0))
    }

    /// A relationship, also one whose deletion waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_relationship(
        &self,
        id: RelationshipUid,
    ) -> Result<Option<Relationship>, StoreError> {
        self.read(|connection| records::load_relationship(connection, id.0))
    }
}

/// Puts a reserved value into the record that asks for one.
fn take(
    connection: &Connection,
    wanted: &GeneratedValue<'_>,
    records: &mut [Payload],
) -> Result<TakenValue, StoreError> {
    let values = records.iter_mut().find_map(|record| match record {
        Payload::TrackedEntity { tracked_entity } if tracked_entity.id.0 == wanted.record => {
            Some(&mut tracked_entity.attributes)
        }
        Payload::Enrollment { enrollment } if enrollment.id.0 == wanted.record => {
            Some(&mut enrollment.attributes)
        }
        _ => None,
    });
    let values = values.ok_or(StoreError::Refused {
        reason: "the record that takes a generated value is not among those that are saved",
    })?;
    let shown = values.get(&wanted.attribute).map(String::as_str);
    let taken = reserved::take(connection, wanted, shown)?;
    values.insert(wanted.attribute, taken.value.clone());
    Ok(taken)
}

fn delete_all(
    connection: &Connection,
    gone: &[Payload],
    by: &str,
    now_ms: i64,
) -> Result<Saved, StoreError> {
    let mut edits = Edits::begin(connection, by, now_ms)?;
    for record in gone {
        edits.apply(record)?;
    }
    edits.finish(JournalKind::Edit)
}

/// An enrolment's relationships, events and itself as deleted records, children first.
fn with_parts(connection: &Connection, enrollment: Enrollment) -> Result<Vec<Payload>, StoreError> {
    let mut gone = Vec::new();
    for event in events_of(connection, enrollment.id)? {
        gone.extend(relationships_of(connection, event.id.0)?);
        gone.push(Payload::Event { event: Event { deleted: true, ..event } });
    }
    gone.extend(relationships_of(connection, enrollment.id.0)?);
    gone.push(Payload::Enrollment { enrollment: Enrollment { deleted: true, ..enrollment } });
    Ok(gone)
}

fn bodies<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    id: Uid,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_and_then([id.as_str()], |row| read_body(&row.get::<_, String>(0)?))?;
    rows.collect()
}

/// The enrolments of a person, deleted ones too.
pub(super) fn enrollments_of(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Vec<Enrollment>, StoreError> {
    bodies(connection, "SELECT body FROM enrollment WHERE tracked_entity = ?", person.0)
}

/// The events of an enrolment, deleted ones too.
pub(crate) fn events_of(
    connection: &Connection,
    enrollment: EnrollmentUid,
) -> Result<Vec<Event>, StoreError> {
    bodies(connection, "SELECT body FROM event WHERE enrollment = ?", enrollment.0)
}

/// The stored relationships of a record.
pub(super) fn stored_relationships(
    connection: &Connection,
    record: Uid,
) -> Result<Vec<Relationship>, StoreError> {
    bodies(
        connection,
        "SELECT body FROM relationship WHERE from_uid = ?1
         UNION ALL SELECT body FROM relationship WHERE to_uid = ?1 AND from_uid <> ?1",
        record,
    )
}

fn relationships_of(connection: &Connection, record: Uid) -> Result<Vec<Payload>, StoreError> {
    let stored = stored_relationships(connection, record)?;
    let gone = stored.into_iter().map(|relationship| Payload::Relationship {
        relationship: Relationship { deleted: true, ..relationship },
    });
    Ok(gone.collect())
}
