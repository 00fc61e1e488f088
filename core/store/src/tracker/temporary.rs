//! Values that stand in for reserved ones; visible as such, exchanged before they are sent.

use outpost_domain::data::Payload;
use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid, Uid};
use outpost_sync::ports::OutboxId;
use rusqlite::{Connection, OptionalExtension, params};

use super::fresh::Freshness;
use super::records;
use super::reserved::{TRIES_MAX, mark, next, with_value};
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::limits::PAGE_ROWS_MAX;
use crate::outbox::edges;
use crate::outbox::edit::{Edits, last_sequence};
use crate::outbox::row;
use crate::store::Store;

/// A value that waits to be exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryValue {
    /// The tracked entity or enrolment that carries it.
    pub record: Uid,
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The place for which its values are reserved; `None` if for every place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// The value as it stands now.
    pub value: String,
}

pub(super) fn save(
    connection: &Connection,
    record: Uid,
    attribute: TrackedEntityAttributeUid,
    unit: &str,
    value: &str,
) -> Result<(), StoreError> {
    let seq = last_sequence(connection)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO temporary_value (record, attribute, organisation_unit, value,
               seq) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![record.as_str(), attribute.as_str(), unit, value, seq])?;
    Ok(())
}

pub(super) fn forget(
    connection: &Connection,
    record: Uid,
    attribute: TrackedEntityAttributeUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM temporary_value WHERE record = ? AND attribute = ?")?
        .execute([record.as_str(), attribute.as_str()])?;
    Ok(())
}

fn value_of(row: &rusqlite::Row<'_>) -> Result<TemporaryValue, StoreError> {
    let unreadable = |_| StoreError::unreadable("temporary value");
    let text = |column| row.get::<_, String>(column);
    Ok(TemporaryValue {
        record: Uid::parse(&text(0)?).map_err(unreadable)?,
        attribute: TrackedEntityAttributeUid::parse(&text(1)?).map_err(unreadable)?,
        organisation_unit: OrganisationUnitUid::parse(&text(2)?).ok(),
        value: text(3)?,
    })
}

/// Gives reserved values to the records that wait for them, the oldest first.
pub(super) fn exchange(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
    unit: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT record, attribute, organisation_unit, value FROM temporary_value
         WHERE attribute = ? AND organisation_unit = ? ORDER BY seq, record",
    )?;
    let rows = statement.query_and_then([attribute.as_str(), unit], value_of)?;
    let waiting = rows.collect::<Result<Vec<_>, _>>()?;
    if waiting.is_empty() {
        return Ok(());
    }
    // The device's clock will do: what was reserved a moment ago has not expired.
    let fresh = Freshness::of(connection, attribute, unit, now_ms)?;
    let mut values = next(connection, attribute, unit, now_ms, TRIES_MAX)?.into_iter();
    for temporary in waiting {
        let Some(value) = values.find(|value| fresh.fits(value)) else { return Ok(()) };
        exchange_one(connection, &temporary, unit, &value, now_ms)?;
    }
    Ok(())
}

/// Whether any record waits for a value.
pub(crate) fn any(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM temporary_value)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Gives values that are here already to whom they fit by now: the pattern may be another one since
/// they were reserved, and then no reserving follows.
pub(crate) fn exchange_all(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT attribute, organisation_unit FROM temporary_value")?;
    let rows = statement.query_and_then([], |row| {
        let attribute = TrackedEntityAttributeUid::parse(&row.get::<_, String>(0)?)
            .map_err(|_| StoreError::unreadable("attribute id"))?;
        Ok::<_, StoreError>((attribute, row.get::<_, String>(1)?))
    })?;
    for (attribute, unit) in rows.collect::<Result<Vec<_>, _>>()? {
        exchange(connection, attribute, &unit, now_ms)?;
    }
    Ok(())
}

fn exchange_one(
    connection: &Connection,
    temporary: &TemporaryValue,
    unit: &str,
    value: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let (record, attribute) = (temporary.record, temporary.attribute);
    forget(connection, record, attribute)?;
    let waiting = waiting_row(connection, record)?;
    let by = waiting.as_ref().map(|(_, by)| by.clone()).unwrap_or_default();
    let held = carrier(connection, record)?;
    let changed = held.and_then(|held| with_value(held, attribute, &temporary.value, value));
    // Somebody gave it another value, or it was given up: the reserved one is still free.
    let Some(changed) = changed else {
        if let Some((id, _)) = waiting {
            let row = row::find_by_id(connection, id)?;
            row.map_or(Ok(()), |row| edges::follow(connection, id, row.state))?;
        }
        return Ok(());
    };
    mark(connection, attribute, unit, value, record)?;
    let mut edits = Edits::begin(connection, &by, now_ms)?;
    edits.apply(&changed)?;
    let _ = edits.finish(JournalKind::Exchange)?;
    Ok(())
}

fn waiting_row(
    connection: &Connection,
    record: Uid,
) -> Result<Option<(OutboxId, String)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, edited_by FROM outbox WHERE record = ?")?;
    let found =
        statement.query_row([record.as_str()], |row| Ok((OutboxId(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

fn carrier(connection: &Connection, record: Uid) -> Result<Option<Payload>, StoreError> {
    if let Some(tracked_entity) = records::load_tracked_entity(connection, record)? {
        return Ok(Some(Payload::TrackedEntity { tracked_entity }));
    }
    let enrollment = records::load_enrollment(connection, record)?;
    Ok(enrollment.map(|enrollment| Payload::Enrollment { enrollment }))
}

impl Store {
    /// Values that wait to be exchanged, by record, after a record.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn temporary_values_page(
        &self,
        after: Option<Uid>,
        limit: u32,
    ) -> Result<Vec<TemporaryValue>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT record, attribute, organisation_unit, value FROM temporary_value
                 WHERE record > ? ORDER BY record, attribute LIMIT ?",
            )?;
            let after = after.map(|uid| uid.to_string()).unwrap_or_default();
            let parameters = params![after, limit.min(PAGE_ROWS_MAX)];
            let rows = statement.query_and_then(parameters, value_of)?;
            rows.collect()
        })
    }
}

/// Values of one record that wait to be exchanged.
pub(super) fn of_record(
    connection: &Connection,
    record: Uid,
) -> Result<Vec<TemporaryValue>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT record, attribute, organisation_unit, value FROM temporary_value
         WHERE record = ? ORDER BY attribute",
    )?;
    let rows = statement.query_and_then([record.as_str()], value_of)?;
    rows.collect()
}
