//! The rows of captured data by record: load, store, take away. Knows nothing of the outbox.

use outpost_domain::data::{
    Completion, DataValue, DataValueKey, Event, EventStatus, Payload, SliceKey,
};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataSetUid, EnrollmentUid, EventUid, OrganisationUnitUid,
    TrackedEntityUid, Uid,
};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use crate::error::StoreError;
use crate::payload;
use crate::search::normalise;
use crate::tracker::digest;
use crate::tracker::index::PageIndex;
use crate::tracker::records as tracker;

/// What is stored beside a record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stamp<'a> {
    /// Device sequence number of the write.
    pub seq: i64,
    /// User name of the last writer.
    pub stored_by: Option<&'a str>,
    /// The server's time of its last change, if the content came from the server.
    pub server_time: Option<&'a str>,
    /// What is stored in its place.
    pub held: Held<'a>,
    /// What is written once for a page of records; `None`: at once.
    pub page: Option<&'a PageIndex>,
}

/// What is known of the record that another one takes the place of.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Held<'a> {
    /// Nothing: whoever needs it looks.
    #[default]
    Unknown,
    /// That it is this, or that there is none.
    Known(Option<&'a Payload>),
}

impl Held<'_> {
    /// Whether there is certainly none.
    pub const fn is_none(self) -> bool {
        matches!(self, Self::Known(None))
    }
}

/// Writes a row with the same parameters for both statements: changes the one there is, or inserts
/// it. One statement for both would have SQLite keep an undo log for each row. Gives back the number
/// of an inserted row.
pub(crate) fn write_row(
    connection: &Connection,
    held: Held<'_>,
    (update, insert): (&str, &str),
    parameters: &[&dyn ToSql],
) -> Result<Option<i64>, StoreError> {
    if !held.is_none() && connection.prepare_cached(update)?.execute(parameters)? > 0 {
        return Ok(None);
    }
    connection.prepare_cached(insert)?.execute(parameters)?;
    Ok(Some(connection.last_insert_rowid()))
}

/// The record of the same identity as `like`, if there is one.
pub(crate) fn load(connection: &Connection, like: &Payload) -> Result<Option<Payload>, StoreError> {
    Ok(match like {
        Payload::DataValue { data_set, key, .. } => load_data_value(connection, key)?
            .map(|value| Payload::DataValue { data_set: *data_set, key: *key, value }),
        Payload::Completion { key, .. } => load_completion(connection, key)?
            .map(|completion| Payload::Completion { key: *key, completion }),
        Payload::Event { event } => {
            load_event(connection, event.id)?.map(|event| Payload::Event { event })
        }
        _ => tracker::load(connection, like)?,
    })
}

/// Writes the record over whatever is there.
pub(crate) fn store(
    connection: &Connection,
    payload: &Payload,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    match payload {
        Payload::DataValue { data_set, key, value } => {
            store_data_value(connection, key, value, stamp)?;
            store_slice(connection, &slice_of(*data_set, key))
        }
        Payload::Completion { key, completion } => {
            store_completion(connection, key, completion, stamp)
        }
        Payload::Event { event } => store_event(connection, event, stamp),
        _ => tracker::store(connection, payload, stamp),
    }
}

/// Makes the record what the server holds: writes it, or takes it away if the server holds nothing.
pub(crate) fn store_server_copy(
    connection: &Connection,
    like: &Payload,
    server: Option<&Payload>,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    match server {
        Some(server) if !payload::is_nothing(server) => store(connection, server, stamp),
        _ => remove(connection, like),
    }
}

/// Takes the record away.
pub(crate) fn remove(connection: &Connection, like: &Payload) -> Result<(), StoreError> {
    match like {
        Payload::DataValue { key, .. } => connection
            .prepare_cached(
                "DELETE FROM data_value WHERE organisation_unit = ? AND period = ?
                   AND attribute_option_combo = ? AND data_element = ?
                   AND category_option_combo = ?",
            )?
            .execute(value_key(key, &key.period.to_string()))?,
        Payload::Completion { key, .. } => connection
            .prepare_cached(
                "DELETE FROM completion WHERE data_set = ? AND organisation_unit = ?
                   AND period = ? AND attribute_option_combo = ?",
            )?
            .execute(slice_key(key))?,
        Payload::Event { event } => {
            digest::note_event(connection, event)?;
            connection
                .prepare_cached("DELETE FROM event WHERE uid = ?")?
                .execute([event.id.as_str()])?
        }
        _ => return tracker::remove(connection, like),
    };
    Ok(())
}

/// The key's columns; `period` is the key's own as text.
fn value_key<'a>(key: &'a DataValueKey, period: &'a str) -> [&'a str; 5] {
    [
        key.organisation_unit.as_str(),
        period,
        key.attribute_option_combo.as_str(),
        key.data_element.as_str(),
        key.category_option_combo.as_str(),
    ]
}

pub(crate) fn slice_key(key: &SliceKey) -> [String; 4] {
    [
        key.data_set.to_string(),
        key.organisation_unit.to_string(),
        key.period.to_string(),
        key.attribute_option_combo.to_string(),
    ]
}

fn load_data_value(
    connection: &Connection,
    key: &DataValueKey,
) -> Result<Option<DataValue>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT value, comment, follow_up, deleted FROM data_value
         WHERE organisation_unit = ? AND period = ? AND attribute_option_combo = ?
           AND data_element = ? AND category_option_combo = ?",
    )?;
    let period = key.period.to_string();
    let found = statement.query_row(value_key(key, &period), |row| data_value_of(row, 0));
    Ok(found.optional()?)
}

/// The four columns of a value's content, from column `first`.
pub(crate) fn data_value_of(row: &Row<'_>, first: usize) -> rusqlite::Result<DataValue> {
    Ok(DataValue {
        value: row.get(first)?,
        comment: row.get(first + 1)?,
        follow_up: row.get(first + 2)?,
        deleted: row.get(first + 3)?,
    })
}

pub(crate) fn store_data_value(
    connection: &Connection,
    key: &DataValueKey,
    value: &DataValue,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    let period = key.period.to_string();
    let [unit, period, attribute, element, category] = value_key(key, &period);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO data_value (organisation_unit, period, attribute_option_combo,
               data_element, category_option_combo, value, comment, follow_up, deleted, stored_by,
               last_updated, seq)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            unit,
            period,
            attribute,
            element,
            category,
            value.value,
            value.comment,
            value.follow_up,
            value.deleted,
            stamp.stored_by,
            stamp.server_time,
            stamp.seq
        ])?;
    Ok(())
}

/// The slice of a data set that a value lies in.
pub(crate) fn slice_of(data_set: DataSetUid, key: &DataValueKey) -> SliceKey {
    SliceKey {
        data_set,
        period: key.period,
        organisation_unit: key.organisation_unit,
        attribute_option_combo: key.attribute_option_combo,
    }
}

/// Remembers that the slice has data in this data set.
pub(crate) fn store_slice(connection: &Connection, slice: &SliceKey) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO slice (data_set, organisation_unit, period,
               attribute_option_combo) VALUES (?, ?, ?, ?)",
        )?
        .execute(slice_key(slice))?;
    Ok(())
}

pub(crate) fn load_completion(
    connection: &Connection,
    key: &SliceKey,
) -> Result<Option<Completion>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT completed, date, stored_by FROM completion WHERE data_set = ?
           AND organisation_unit = ? AND period = ? AND attribute_option_combo = ?",
    )?;
    let completion = |row: &Row<'_>| {
        Ok(Completion { completed: row.get(0)?, date: row.get(1)?, stored_by: row.get(2)? })
    };
    Ok(statement.query_row(slice_key(key), completion).optional()?)
}

/// The slices of a data set that are complete as far as is known here.
pub(crate) fn completed_slices(
    connection: &Connection,
    data_set: DataSetUid,
) -> Result<Vec<SliceKey>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT organisation_unit, period, attribute_option_combo FROM completion
         WHERE data_set = ? AND completed = 1",
    )?;
    let rows = statement.query_and_then([data_set.0.as_str()], |row| {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let unreadable = || StoreError::unreadable("slice");
        Ok(SliceKey {
            data_set,
            organisation_unit: OrganisationUnitUid::parse(text(0)?).map_err(|_| unreadable())?,
            period: Period::parse(text(1)?).map_err(|_| unreadable())?,
            attribute_option_combo: CategoryOptionComboUid::parse(text(2)?)
                .map_err(|_| unreadable())?,
        })
    })?;
    rows.collect()
}

fn store_completion(
    connection: &Connection,
    key: &SliceKey,
    completion: &Completion,
    stamp: Stamp<'_>,
) -> Result<(), StoreError> {
    let [data_set, unit, period, attribute] = slice_key(key);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO completion (data_set, organisation_unit, period,
               attribute_option_combo, completed, date, stored_by, seq)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            data_set,
            unit,
            period,
            attribute,
            completion.completed,
            completion.date,
            completion.stored_by,
            stamp.seq
        ])?;
    store_slice(connection, key)
}

/// An event by its id, also one whose deletion waits to be sent.
pub(crate) fn load_event(
    connection: &Connection,
    id: EventUid,
) -> Result<Option<Event>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body FROM event WHERE uid = ?")?;
    let body: Option<String> = statement.query_row([id.as_str()], |row| row.get(0)).optional()?;
    body.map(|body| read_event(&body)).transpose()
}

pub(crate) fn read_event(body: &str) -> Result<Event, StoreError> {
    serde_json::from_str(body).map_err(|_| StoreError::unreadable("event"))
}

/// When an event that has not taken place is planned.
fn due_day(event: &Event) -> Option<&str> {
    let is_planned = matches!(event.status, EventStatus::Schedule | EventStatus::Overdue);
    event.scheduled_at.as_deref().filter(|_| is_planned && !event.deleted)
}

fn store_event(connection: &Connection, event: &Event, stamp: Stamp<'_>) -> Result<(), StoreError> {
    let body = serde_json::to_string(event)
        .map_err(|_| StoreError::Defect { detail: "an event cannot be written".to_owned() })?;
    let answers: Vec<&str> = event.data_values.values().map(|answer| &*answer.value).collect();
    let occurred = event.occurred_at.as_deref().or(event.scheduled_at.as_deref());
    let parameters = params![
        event.id.as_str(),
        event.program.as_str(),
        event.program_stage.as_str(),
        event.organisation_unit.as_str(),
        occurred.unwrap_or_default(),
        event.status.name(),
        event.deleted,
        stamp.server_time,
        stamp.seq,
        normalise(&answers.join(" ")),
        body,
        event.enrollment.as_ref().map(EnrollmentUid::as_str),
        event.tracked_entity.as_ref().map(TrackedEntityUid::as_str),
        event.assigned_user.as_ref().map(Uid::as_str),
        event.follow_up,
        due_day(event)
    ];
    write_row(connection, stamp.held, (UPDATE_EVENT, INSERT_EVENT), parameters)?;
    digest::note_event(connection, event)?;
    Ok(())
}

const INSERT_EVENT: &str =
    "INSERT INTO event (uid, program, program_stage, organisation_unit, occurred, status, deleted,
       server_updated_at, seq, search_text, body, enrollment, tracked_entity, assigned_user,
       follow_up, due)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
const UPDATE_EVENT: &str =
    "UPDATE event SET program = ?2, program_stage = ?3, organisation_unit = ?4, occurred = ?5,
       status = ?6, deleted = ?7, server_updated_at = coalesce(?8, server_updated_at), seq = ?9,
       search_text = ?10, body = ?11, enrollment = ?12, tracked_entity = ?13, assigned_user = ?14,
       follow_up = ?15, due = ?16
     WHERE uid = ?1";
