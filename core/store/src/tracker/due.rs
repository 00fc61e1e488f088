//! What is to be done: planned events by day, and what is marked for follow-up.
//!
//! Whether a marked record was sent back is read from its notes by the domain, never kept here.

use outpost_domain::data::{Enrollment, Event, TrackedEntity};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, Uid};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::people::Waiting;
use super::person::waiting_of;
use super::records::{self, read_body};
use crate::data::records::read_event;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// Which planned events a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueFilter {
    /// Of this program.
    pub program: ProgramUid,
    /// Only at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, included: yesterday means overdue.
    pub to: Option<String>,
    /// Only assigned to this user.
    pub assigned_user: Option<Uid>,
}

/// Where the next page of planned events begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCursor {
    /// The day of the last one shown.
    pub due: String,
    /// Its id.
    pub uid: String,
}

/// A planned event with its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// The event.
    pub event: Event,
    /// The person, if on the device.
    pub tracked_entity: Option<TrackedEntity>,
    /// The event's row in the outbox.
    pub waiting: Option<Waiting>,
    /// Where a page that follows this row begins.
    pub cursor: DueCursor,
}

/// Which marked records a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUpFilter {
    /// Of this program.
    pub program: ProgramUid,
    /// Only at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Enrolments instead of events.
    pub of_enrollments: bool,
}

/// Where the next page of marked records begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpCursor {
    /// The day of the last one shown.
    pub day: String,
    /// Its id.
    pub uid: String,
}

/// A record that is marked for follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpRow {
    /// The event, if it is one.
    pub event: Option<Event>,
    /// The enrolment, if it is one.
    pub enrollment: Option<Enrollment>,
    /// The person, if on the device.
    pub tracked_entity: Option<TrackedEntity>,
    /// The record's row in the outbox.
    pub waiting: Option<Waiting>,
    /// Where a page that follows this row begins.
    pub cursor: FollowUpCursor,
}

impl Store {
    /// A page of planned events that have not taken place, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn due_page(
        &self,
        filter: &DueFilter,
        after: Option<&DueCursor>,
        limit: u32,
    ) -> Result<Vec<DueRow>, StoreError> {
        let (sql, parameters) = due_query(filter, after, limit);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_and_then(params_from_iter(parameters), |row| {
                let event = read_event(&row.get::<_, String>(0)?)?;
                Ok(DueRow {
                    tracked_entity: person_of(connection, event.tracked_entity.map(|id| id.0))?,
                    waiting: waiting_of(row, 3)?,
                    cursor: DueCursor { due: row.get(1)?, uid: row.get(2)? },
                    event,
                })
            })?;
            rows.collect()
        })
    }

    /// A page of what is marked for follow-up, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn follow_up_page(
        &self,
        filter: &FollowUpFilter,
        after: Option<&FollowUpCursor>,
        limit: u32,
    ) -> Result<Vec<FollowUpRow>, StoreError> {
        let (sql, parameters) = follow_up_query(filter, after, limit);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_and_then(params_from_iter(parameters), |row| {
                let body: String = row.get(0)?;
                let (event, enrollment) = match filter.of_enrollments {
                    true => (None, Some(read_body::<Enrollment>(&body)?)),
                    false => (Some(read_event(&body)?), None),
                };
                let person = match (&event, &enrollment) {
                    (Some(event), _) => event.tracked_entity,
                    (_, enrollment) => enrollment.as_ref().map(|one| one.tracked_entity),
                };
                Ok(FollowUpRow {
                    tracked_entity: person_of(connection, person.map(|id| id.0))?,
                    event,
                    enrollment,
                    waiting: waiting_of(row, 3)?,
                    cursor: FollowUpCursor { day: row.get(1)?, uid: row.get(2)? },
                })
            })?;
            rows.collect()
        })
    }
}

fn person_of(
    connection: &Connection,
    id: Option<Uid>,
) -> Result<Option<TrackedEntity>, StoreError> {
    id.map_or(Ok(None), |id| records::load_tracked_entity(connection, id))
}

/// The page's statement and parameters.
pub(crate) fn due_query(
    filter: &DueFilter,
    after: Option<&DueCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let index = if filter.organisation_unit.is_some() { "event_due_place" } else { "event_due" };
    let mut sql = format!(
        "SELECT v.body, v.due, v.uid, o.id, o.state FROM event v INDEXED BY {index}
         LEFT JOIN outbox o ON o.record = v.uid
         WHERE v.due IS NOT NULL AND v.program = ?",
    );
    let mut parameters: Vec<Value> = vec![filter.program.to_string().into()];
    let mut add = |condition: &str, values: Vec<Value>| {
        sql.push_str(condition);
        parameters.extend(values);
    };
    if let Some(unit) = filter.organisation_unit {
        add(" AND v.organisation_unit = ?", vec![unit.to_string().into()]);
    }
    if let Some(from) = &filter.from {
        add(" AND v.due >= ?", vec![from.clone().into()]);
    }
    if let Some(to) = &filter.to {
        add(" AND v.due <= ?", vec![format!("{to}~").into()]);
    }
    if let Some(user) = filter.assigned_user {
        add(" AND +v.assigned_user = ?", vec![user.to_string().into()]);
    }
    if let Some(after) = after {
        let values = vec![after.due.clone().into(), after.uid.clone().into()];
        add(" AND (v.due, v.uid) > (?, ?)", values);
    }
    let limit = i64::from(limit.min(PAGE_ROWS_MAX));
    add(" ORDER BY v.due, v.uid LIMIT ?", vec![limit.into()]);
    (sql, parameters)
}

/// The page's statement and parameters.
pub(crate) fn follow_up_query(
    filter: &FollowUpFilter,
    after: Option<&FollowUpCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let (table, day) = match filter.of_enrollments {
        true => ("enrollment", "enrolled"),
        false => ("event", "occurred"),
    };
    let mut sql = format!(
        "SELECT v.body, v.{day}, v.uid, o.id, o.state
         FROM {table} v INDEXED BY {table}_follow_up LEFT JOIN outbox o ON o.record = v.uid
         WHERE v.follow_up = 1 AND v.deleted = 0 AND v.program = ?"
    );
    let mut parameters: Vec<Value> = vec![filter.program.to_string().into()];
    if let Some(unit) = filter.organisation_unit {
        sql.push_str(" AND +v.organisation_unit = ?");
        parameters.push(unit.to_string().into());
    }
    if let Some(after) = after {
        sql.push_str(&format!(" AND (v.{day}, v.uid) < (?, ?)"));
        parameters.extend([after.day.clone().into(), after.uid.clone().into()]);
    }
    sql.push_str(&format!(" ORDER BY v.{day} DESC, v.uid DESC LIMIT ?"));
    parameters.push(i64::from(limit.min(PAGE_ROWS_MAX)).into());
    (sql, parameters)
}
