//! One person with everything that belongs to them, in one read.

use outpost_domain::data::{Enrollment, Event, TrackedEntity};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_sync::ports::OutboxId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::people::Waiting;
use super::records::{self, read_body};
use super::temporary::{self, TemporaryValue};
use crate::data::records::read_event;
use crate::error::StoreError;
use crate::limits::{PERSON_ENROLLMENTS_MAX, PERSON_EVENTS_MAX};
use crate::outbox::RowState;
use crate::store::Store;

/// A person with enrolments and events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The tracked entity.
    pub tracked_entity: TrackedEntity,
    /// Its own row in the outbox.
    pub waiting: Option<Waiting>,
    /// Who owns it in which program.
    pub owners: Vec<(ProgramUid, OrganisationUnitUid)>,
    /// Programs in which the glass was broken, with the reason.
    pub broken_glass: Vec<(ProgramUid, String)>,
    /// Whether the server takes it for a possible duplicate.
    pub potential_duplicate: bool,
    /// Values that wait to be exchanged, of the tracked entity and its enrolments.
    pub temporary: Vec<TemporaryValue>,
    /// Enrolments, the latest first; those whose deletion waits are left out.
    pub enrollments: Vec<PersonEnrollment>,
}

/// An enrolment of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEnrollment {
    /// The enrolment.
    pub enrollment: Enrollment,
    /// Its own row in the outbox.
    pub waiting: Option<Waiting>,
    /// Its events by day; those whose deletion waits are left out.
    pub events: Vec<PersonEvent>,
}

/// An event of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEvent {
    /// The event.
    pub event: Event,
    /// Its own row in the outbox.
    pub waiting: Option<Waiting>,
}

pub(crate) const ENROLLMENTS: &str = "SELECT n.body, o.id, o.state FROM enrollment n
     LEFT JOIN outbox o ON o.record = n.uid
     WHERE n.tracked_entity = ?1 AND n.deleted = 0 LIMIT ?2";

pub(crate) const EVENTS: &str = "SELECT v.body, o.id, o.state FROM event v
     LEFT JOIN outbox o ON o.record = v.uid
     WHERE v.enrollment = ?1 AND v.deleted = 0 ORDER BY v.occurred, v.uid LIMIT ?2";

/// The most pressing row of a tree: conflicts and refusals before held and waiting ones.
pub(crate) const WAITING: &str = "SELECT id, state FROM outbox WHERE kind = 4
     AND subject >= ?1 || '/' AND subject < ?1 || '0'";

pub(crate) const NEXT_DUE: &str =
    "SELECT min(due) FROM event WHERE tracked_entity = ?1 AND due IS NOT NULL";

/// The most pressing row that waits about a person.
pub(super) fn waiting(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Option<Waiting>, StoreError> {
    let mut statement = connection.prepare_cached(WAITING)?;
    let rows = statement.query_map([person.as_str()], |row| waiting_of(row, 0))?;
    let mut found: Option<Waiting> = None;
    for row in rows {
        let Some(row) = row? else { continue };
        if found.is_none_or(|found| urgency(row.1) > urgency(found.1)) {
            found = Some(row);
        }
    }
    Ok(found)
}

const fn urgency(state: RowState) -> u8 {
    match state {
        RowState::Pending => 0,
        RowState::InFlight => 1,
        RowState::Held => 2,
        RowState::Rejected => 3,
        RowState::Conflict => 4,
    }
}

/// Number and state from column `first` on.
pub(super) fn waiting_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Waiting>> {
    let id: Option<i64> = row.get(first)?;
    let state: Option<u8> = row.get(first + 1)?;
    Ok(id.map(OutboxId).zip(state.and_then(RowState::from_number)))
}

/// The next planned day of a person.
pub(super) fn next_due(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached(NEXT_DUE)?;
    Ok(statement.query_row([person.as_str()], |row| row.get(0))?)
}

pub(super) fn row_of(connection: &Connection, record: &str) -> Result<Option<Waiting>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, state FROM outbox WHERE record = ?")?;
    let found = statement.query_row([record], |row| waiting_of(row, 0));
    Ok(found.optional()?.flatten())
}

impl Store {
    /// A person with everything that belongs to them; `None` if they are not on the device.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there is more than can be shown at once; [`StoreError`] if it could
    /// not be read.
    pub fn load_person(&self, id: TrackedEntityUid) -> Result<Option<Person>, StoreError> {
        self.read(|connection| {
            let Some(tracked_entity) = records::load_tracked_entity(connection, id.0)? else {
                return Ok(None);
            };
            let enrollments = enrollments(connection, id)?;
            let mut temporary = temporary::of_record(connection, id.0)?;
            for one in &enrollments {
                temporary.extend(temporary::of_record(connection, one.enrollment.id.0)?);
            }
            let (owners, broken_glass) = ownership(connection, id)?;
            let potential_duplicate = connection
                .prepare_cached("SELECT potential_duplicate FROM tracked_entity WHERE uid = ?")?
                .query_row([id.as_str()], |row| row.get(0))?;
            Ok(Some(Person {
                waiting: row_of(connection, id.as_str())?,
                tracked_entity,
                owners,
                broken_glass,
                potential_duplicate,
                temporary,
                enrollments,
            }))
        })
    }
}

fn enrollments(
    connection: &Connection,
    id: TrackedEntityUid,
) -> Result<Vec<PersonEnrollment>, StoreError> {
    let mut statement = connection.prepare_cached(ENROLLMENTS)?;
    let most = PERSON_ENROLLMENTS_MAX as i64 + 1;
    let found = statement.query_and_then(params![id.as_str(), most], |row| {
        let enrollment: Enrollment = read_body(&row.get::<_, String>(0)?)?;
        Ok::<_, StoreError>((enrollment, waiting_of(row, 1)?))
    })?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    if found.len() > PERSON_ENROLLMENTS_MAX {
        let limit = PERSON_ENROLLMENTS_MAX as u64;
        return Err(StoreError::Limit { what: "the number of enrolments of a person", limit });
    }
    let mut left = PERSON_EVENTS_MAX;
    let mut enrollments = Vec::with_capacity(found.len());
    for (enrollment, waiting) in found {
        let events = events(connection, &enrollment, &mut left)?;
        enrollments.push(PersonEnrollment { enrollment, waiting, events });
    }
    enrollments.sort_by(|a, b| {
        let key = |one: &PersonEnrollment| (one.enrollment.enrolled_at.clone(), one.enrollment.id);
        key(b).cmp(&key(a))
    });
    Ok(enrollments)
}

fn events(
    connection: &Connection,
    enrollment: &Enrollment,
    left: &mut usize,
) -> Result<Vec<PersonEvent>, StoreError> {
    let mut statement = connection.prepare_cached(EVENTS)?;
    let parameters = params![enrollment.id.as_str(), *left as i64 + 1];
    let rows = statement.query_and_then(parameters, |row| {
        let event = read_event(&row.get::<_, String>(0)?)?;
        Ok::<_, StoreError>(PersonEvent { event, waiting: waiting_of(row, 1)? })
    })?;
    let events = rows.collect::<Result<Vec<_>, _>>()?;
    *left = left.checked_sub(events.len()).ok_or(StoreError::Limit {
        what: "the number of events of a person",
        limit: PERSON_EVENTS_MAX as u64,
    })?;
    Ok(events)
}

type Owners = Vec<(ProgramUid, OrganisationUnitUid)>;

fn ownership(
    connection: &Connection,
    id: TrackedEntityUid,
) -> Result<(Owners, Vec<(ProgramUid, String)>), StoreError> {
    let unreadable = |_| StoreError::unreadable("owner");
    let mut statement = connection.prepare_cached(
        "SELECT program, organisation_unit FROM program_owner WHERE tracked_entity = ?",
    )?;
    let owners = statement.query_and_then([id.as_str()], |row| {
        let (program, unit): (String, String) = (row.get(0)?, row.get(1)?);
        Ok::<_, StoreError>((
            ProgramUid::parse(&program).map_err(unreadable)?,
            OrganisationUnitUid::parse(&unit).map_err(unreadable)?,
        ))
    })?;
    let owners = owners.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT program, reason FROM temporary_ownership WHERE tracked_entity = ?",
    )?;
    let broken = statement.query_and_then([id.as_str()], |row| {
        let program = ProgramUid::parse(&row.get::<_, String>(0)?).map_err(unreadable)?;
        Ok::<_, StoreError>((program, row.get(1)?))
    })?;
    Ok((owners, broken.collect::<Result<_, _>>()?))
}
