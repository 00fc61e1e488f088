//! Captured data of many places at once, for whatever is computed over what lies on the device.
//!
//! Everything is bounded: more than the caller asks for is an error, never a shortened list.

use std::collections::BTreeSet;

use outpost_domain::data::{Completion, DataValueKey, Enrollment, Event, SliceKey, TrackedEntity};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, OrganisationUnitUid, ProgramUid,
};
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use super::records;
use crate::error::StoreError;
use crate::late_index::without_late;
use crate::store::Store;
use crate::tracker::records::{load_tracked_entity, read_body};
use crate::tracker::save::events_of;

pub(crate) const UNIT_VALUES: &str =
    "SELECT period, attribute_option_combo, data_element, category_option_combo, value
     FROM data_value WHERE organisation_unit = ?1 AND deleted = 0 AND value IS NOT NULL";

/// `~` sorts after every character of a time.
pub(crate) const UNIT_EVENTS: &str = "SELECT body FROM event
     WHERE deleted = 0 AND program = ?1 AND organisation_unit = ?2
       AND occurred >= ?3 AND occurred <= ?4 || '~' ORDER BY occurred, uid LIMIT ?5";

pub(crate) const UNIT_ENROLLMENTS: &str =
    "SELECT body FROM enrollment INDEXED BY enrollment_by_place_day
     WHERE deleted = 0 AND program = ?1 AND organisation_unit = ?2
       AND enrolled >= ?3 AND enrolled <= ?4 || '~' ORDER BY enrolled, uid LIMIT ?5";

/// An enrolment with what was entered for the person and in all its events.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalEnrollment {
    /// The enrolment.
    pub enrollment: Enrollment,
    /// The person; `None` if it is not on the device (yet).
    pub tracked_entity: Option<TrackedEntity>,
    /// Its events, wherever and whenever; deleted ones are left out.
    pub events: Vec<Event>,
}

pub(crate) const UNIT_COMPLETIONS: &str =
    "SELECT period, attribute_option_combo, completed, date, stored_by
     FROM completion WHERE data_set = ?1 AND organisation_unit = ?2 AND completed = 1";

impl Store {
    /// Values of these elements at these places, of the periods that are wanted.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there are more than `most`; [`StoreError`] if it could not be read.
    pub fn load_values_of(
        &self,
        units: &[OrganisationUnitUid],
        data_elements: &BTreeSet<DataElementUid>,
        is_wanted: &dyn Fn(Period) -> bool,
        most: usize,
    ) -> Result<Vec<(DataValueKey, String)>, StoreError> {
        self.read(|connection| {
            let mut values = Vec::new();
            let mut statement = connection.prepare_cached(UNIT_VALUES)?;
            for unit in units {
                let mut rows = statement.query([unit.as_str()])?;
                // Values of a period follow each other: most periods are read and judged once.
                let mut period: Option<(String, Option<Period>)> = None;
                while let Some(row) = rows.next()? {
                    let text = text_of(row, 0)?;
                    let known = match period.take().filter(|(known, _)| known == text) {
                        Some(known) => known,
                        None => {
                            let read = Period::parse(text)
                                .map_err(|_| StoreError::unreadable("period"))?;
                            (text.to_owned(), Some(read).filter(|period| is_wanted(*period)))
                        }
                    };
                    let wanted = known.1;
                    period = Some(known);
                    let Some(wanted) = wanted else { continue };
                    let element = DataElementUid::parse(text_of(row, 2)?)
                        .map_err(|_| StoreError::unreadable("data element id"))?;
                    if !data_elements.contains(&element) {
                        continue;
                    }
                    if values.len() == most {
                        return Err(StoreError::Limit { what: "values", limit: most as u64 });
                    }
                    let key = DataValueKey {
                        data_element: element,
                        period: wanted,
                        organisation_unit: *unit,
                        category_option_combo: combo_of(row, 3)?,
                        attribute_option_combo: combo_of(row, 1)?,
                    };
                    values.push((key, text_of(row, 4)?.to_owned()));
                }
            }
            Ok(values)
        })
    }

    /// Events of a program at these places that happened, or are planned, from the first to the last
    /// day (`yyyy-MM-dd`, both included), by place and time.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there are more than `most`; [`StoreError`] if it could not be read.
    pub fn load_events_of(
        &self,
        program: ProgramUid,
        units: &[OrganisationUnitUid],
        days: (&str, &str),
        most: usize,
    ) -> Result<Vec<Event>, StoreError> {
        self.read(|connection| {
            let mut events = Vec::new();
            let mut statement = connection.prepare_cached(UNIT_EVENTS)?;
            for unit in units {
                let room = i64::try_from(most - events.len()).unwrap_or(i64::MAX);
                let limit = room.saturating_add(1);
                let parameters = params![program.as_str(), unit.as_str(), days.0, days.1, limit];
                let read = |row: &Row<'_>| records::read_event(text_of(row, 0)?);
                for event in statement.query_and_then(parameters, read)? {
                    events.push(event?);
                }
                if events.len() > most {
                    return Err(StoreError::Limit { what: "events", limit: most as u64 });
                }
            }
            Ok(events)
        })
    }

    /// Enrolments in a program at these places from the first to the last day (`yyyy-MM-dd`, both
    /// included), by place and day.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if they have more than `most` events, an enrolment counted as one;
    /// [`StoreError`] if it could not be read.
    pub fn load_enrollments_of(
        &self,
        program: ProgramUid,
        units: &[OrganisationUnitUid],
        days: (&str, &str),
        most: usize,
    ) -> Result<Vec<LocalEnrollment>, StoreError> {
        self.read(|connection| {
            let (mut found, mut room) = (Vec::new(), most);
            let too_many = || StoreError::Limit { what: "events", limit: most as u64 };
            let mut statement =
                connection.prepare_cached(&without_late(connection, UNIT_ENROLLMENTS)?)?;
            for unit in units {
                let limit = i64::try_from(room).unwrap_or(i64::MAX).saturating_add(1);
                let parameters = params![program.as_str(), unit.as_str(), days.0, days.1, limit];
                let read = |row: &Row<'_>| read_body(text_of(row, 0)?);
                for enrollment in statement.query_and_then(parameters, read)? {
                    let enrollment: Enrollment = enrollment?;
                    let mut events = events_of(connection, enrollment.id)?;
                    events.retain(|event| !event.deleted);
                    room = room.checked_sub(1 + events.len()).ok_or_else(too_many)?;
                    let person = enrollment.tracked_entity.0;
                    let tracked_entity = load_tracked_entity(connection, person)?;
                    found.push(LocalEnrollment { enrollment, tracked_entity, events });
                }
            }
            Ok(found)
        })
    }

    /// The complete reports of a data set at these places.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there are more than `most`; [`StoreError`] if it could not be read.
    pub fn load_completed_of(
        &self,
        data_set: DataSetUid,
        units: &[OrganisationUnitUid],
        most: usize,
    ) -> Result<Vec<(SliceKey, Completion)>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            let mut statement = connection.prepare_cached(UNIT_COMPLETIONS)?;
            for unit in units {
                let mut rows = statement.query([data_set.as_str(), unit.as_str()])?;
                while let Some(row) = rows.next()? {
                    if found.len() == most {
                        return Err(StoreError::Limit { what: "reports", limit: most as u64 });
                    }
                    let period = Period::parse(text_of(row, 0)?)
                        .map_err(|_| StoreError::unreadable("period"))?;
                    let key = SliceKey {
                        data_set,
                        period,
                        organisation_unit: *unit,
                        attribute_option_combo: combo_of(row, 1)?,
                    };
                    let completion = Completion {
                        completed: row.get(2)?,
                        date: row.get(3)?,
                        stored_by: row.get(4)?,
                    };
                    found.push((key, completion));
                }
            }
            Ok(found)
        })
    }
}

fn text_of<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Text(text) => {
            std::str::from_utf8(text).map_err(|_| StoreError::unreadable("text"))
        }
        _ => Err(StoreError::unreadable("text")),
    }
}

fn combo_of(row: &Row<'_>, column: usize) -> Result<CategoryOptionComboUid, StoreError> {
    CategoryOptionComboUid::parse(text_of(row, column)?)
        .map_err(|_| StoreError::unreadable("category option combo id"))
}
