//! Values that the server set aside for this device: taken with the save that uses them.
//!
//! A value that was taken stays here for ever as taken: none is handed out twice.

use outpost_domain::data::Payload;
use outpost_domain::metadata::{MetadataKind, ProgramType};
use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid, Uid};
use outpost_sync::ports::{ReserveScope, ReservedBatch, facts};
use outpost_wire::metadata::{parse_program, parse_tracked_entity_attribute};
use rusqlite::{Connection, OptionalExtension, params};

use super::fresh::Freshness;
use super::save::GeneratedValue;
use super::temporary;
use crate::error::StoreError;
use crate::facts as fact;
use crate::limits::{FORMS_MAX, RESERVED_VALUES_LOW, RESERVED_VALUES_TARGET};
use crate::metadata;
use crate::store::Store;

/// A value that a record took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenValue {
    /// The record.
    pub record: Uid,
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The value.
    pub value: String,
    /// It stands in until a reserved one can be had.
    pub is_temporary: bool,
}

/// How many values are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveCount {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The place; `None` if for every place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Free values that have not expired.
    pub free: u64,
    /// When the first of them expires, server time, Unix ms.
    pub first_expires_ms: i64,
}

/// Longest look for a value that still fits its pattern.
pub(super) const TRIES_MAX: u32 = 2_000;

pub(crate) const NEXT: &str = "SELECT value FROM reserved_value WHERE attribute = ?1
     AND organisation_unit = ?2 AND taken_by IS NULL AND expires_ms > ?3
     ORDER BY expires_ms, value LIMIT ?4";

/// The empty text stands for every place.
pub(super) fn place(unit: Option<OrganisationUnitUid>) -> String {
    unit.map(|unit| unit.to_string()).unwrap_or_default()
}

/// Takes a value in the caller's transaction; `shown` is what the form showed as the next one.
pub(super) fn take(
    connection: &Connection,
    wanted: &GeneratedValue<'_>,
    shown: Option<&str>,
) -> Result<TakenValue, StoreError> {
    let (record, attribute) = (wanted.record, wanted.attribute);
    let taken = |value: String, is_temporary| TakenValue { record, attribute, value, is_temporary };
    if let Some(shown) = shown
        && is_taken_by(connection, wanted, shown)?
    {
        return Ok(taken(shown.to_owned(), false));
    }
    let unit = place(wanted.organisation_unit);
    let found = next(connection, attribute, &unit, wanted.server_now_ms, TRIES_MAX)?;
    let fitting = |value: &&String| (wanted.fits)(value);
    let best = found
        .iter()
        .find(|value| Some(value.as_str()) == shown && (wanted.fits)(value))
        .or_else(|| found.iter().find(fitting));
    if let Some(value) = best {
        mark(connection, attribute, &unit, value, record)?;
        temporary::forget(connection, record, attribute)?;
        return Ok(taken(value.clone(), false));
    }
    let value = wanted.temporary.clone().ok_or(StoreError::Refused {
        reason: "no reserved value is left: connect once so that the server can set some aside",
    })?;
    temporary::save(connection, record, attribute, &unit, &value)?;
    Ok(taken(value, true))
}

fn is_taken_by(
    connection: &Connection,
    wanted: &GeneratedValue<'_>,
    value: &str,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM reserved_value WHERE attribute = ? AND organisation_unit = ?
           AND value = ? AND taken_by = ?)",
    )?;
    let unit = place(wanted.organisation_unit);
    let parameters = params![wanted.attribute.as_str(), unit, value, wanted.record.as_str()];
    Ok(statement.query_row(parameters, |row| row.get(0))?)
}

pub(super) fn next(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
    unit: &str,
    server_now_ms: i64,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(NEXT)?;
    let parameters = params![attribute.as_str(), unit, server_now_ms, limit];
    let rows = statement.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn mark(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
    unit: &str,
    value: &str,
    record: Uid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE reserved_value SET taken_by = ?4 WHERE attribute = ?1
               AND organisation_unit = ?2 AND value = ?3 AND taken_by IS NULL",
        )?
        .execute(params![attribute.as_str(), unit, value, record.as_str()])?;
    Ok(())
}

/// Keeps reserved values and gives them to the records that wait for one.
pub(crate) fn save(
    connection: &Connection,
    batch: &ReservedBatch,
    now_ms: i64,
) -> Result<(), StoreError> {
    let unit = place(batch.organisation_unit);
    let offset_ms = offset_minutes(connection)? * 60_000;
    for value in &batch.values {
        let expires_ms = value
            .expiry_date
            .as_deref()
            .and_then(local_ms)
            .map_or(i64::MAX, |local| local.saturating_sub(offset_ms));
        connection
            .prepare_cached(
                "INSERT INTO reserved_value (attribute, organisation_unit, value, expires_ms)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (attribute, organisation_unit, value) DO UPDATE SET expires_ms = ?4
                   WHERE taken_by IS NULL",
            )?
            .execute(params![batch.attribute.as_str(), unit, value.value, expires_ms])?;
    }
    temporary::exchange(connection, batch.attribute, &unit, now_ms)
}

pub(super) fn offset_minutes(connection: &Connection) -> Result<i64, StoreError> {
    let text = fact::load(connection, facts::SERVER_OFFSET_MINUTES)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// A time of the server's clock as if it were UTC; a day alone ends with it.
fn local_ms(text: &str) -> Option<i64> {
    let time = text.get(..19).and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    let time = match time {
        Some(time) => time,
        None => text.get(..10)?.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0),
    };
    let since = time.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since.as_millis()).ok()
}

/// What must be reserved: generated attributes of programs in which the user enrols.
pub(crate) fn plan(
    connection: &Connection,
    server_now_ms: i64,
) -> Result<Vec<ReserveScope>, StoreError> {
    let generation = metadata::visible(connection)?;
    let mut scopes: Vec<ReserveScope> = Vec::new();
    if generation == 0 {
        return Ok(scopes);
    }
    let roots = metadata::load_roots(connection)?;
    for stored in metadata::all(connection, MetadataKind::Program, FORMS_MAX)? {
        let Ok(program) = parse_program(stored.body.as_bytes()) else { continue };
        let Some(registration) = &program.registration else { continue };
        let is_used = program.access.write && program.program_type == ProgramType::WithRegistration;
        if !is_used || stored.is_gone {
            continue;
        }
        for attribute in &registration.attributes {
            let of = (attribute.attribute, program.id.0);
            for scope in of_attribute(connection, of, &roots, (generation, server_now_ms))? {
                let is_known = scopes.iter().any(|known| {
                    known.attribute == scope.attribute
                        && known.organisation_unit == scope.organisation_unit
                });
                if !is_known {
                    scopes.push(scope);
                }
            }
        }
    }
    Ok(scopes)
}

fn of_attribute(
    connection: &Connection,
    (attribute, program): (TrackedEntityAttributeUid, Uid),
    roots: &[OrganisationUnitUid],
    (generation, server_now_ms): (i64, i64),
) -> Result<Vec<ReserveScope>, StoreError> {
    let kind = MetadataKind::TrackedEntityAttribute;
    let Some(stored) = metadata::object(connection, kind, attribute.0, generation)? else {
        return Ok(vec![]);
    };
    let about = parse_tracked_entity_attribute(stored.body.as_bytes());
    let Some(about) = about.ok().filter(|about| about.generated) else { return Ok(vec![]) };
    let needs_place = about.pattern.is_some_and(|pattern| pattern.contains("ORG_UNIT_CODE"));
    let mut places: Vec<Option<OrganisationUnitUid>> = vec![None];
    if needs_place {
        let assigned = metadata::places_of(connection, program, roots, generation)?;
        let places_of_program = if assigned.is_empty() { roots } else { &assigned };
        places = places_of_program.iter().copied().map(Some).collect();
    }
    let mut scopes = Vec::new();
    for organisation_unit in places {
        let free = count_free(connection, attribute, &place(organisation_unit), server_now_ms)?;
        if free >= RESERVED_VALUES_LOW {
            continue;
        }
        let required = match organisation_unit {
            None => vec![],
            Some(unit) => match code_of(connection, unit, generation)? {
                Some(code) => vec![("ORG_UNIT_CODE".to_owned(), code)],
                // Without a code the server has nothing to make a value of.
                None => continue,
            },
        };
        let count = RESERVED_VALUES_TARGET.saturating_sub(free);
        scopes.push(ReserveScope { attribute, organisation_unit, required, count });
    }
    Ok(scopes)
}

fn count_free(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
    unit: &str,
    server_now_ms: i64,
) -> Result<u32, StoreError> {
    let values = next(connection, attribute, unit, server_now_ms, TRIES_MAX)?;
    let fresh = Freshness::of(connection, attribute, unit, server_now_ms)?;
    let free = values.iter().filter(|value| fresh.fits(value)).count();
    Ok(u32::try_from(free).unwrap_or(u32::MAX))
}

pub(super) fn code_of(
    connection: &Connection,
    unit: OrganisationUnitUid,
    generation: i64,
) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT code FROM metadata_object WHERE kind = ? AND uid = ? AND generation <= ?",
    )?;
    let kind = MetadataKind::OrganisationUnit.number();
    let code: Option<Option<String>> = statement
        .query_row(params![kind, unit.as_str(), generation], |row| row.get(0))
        .optional()?;
    Ok(code.flatten())
}

impl Store {
    /// The value that the next save takes, for a form to show; it is not taken yet.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn next_reserved_value(
        &self,
        attribute: TrackedEntityAttributeUid,
        unit: Option<OrganisationUnitUid>,
        server_now_ms: i64,
        fits: &dyn Fn(&str) -> bool,
    ) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let found = next(connection, attribute, &place(unit), server_now_ms, TRIES_MAX)?;
            Ok(found.into_iter().find(|value| fits(value)))
        })
    }

    /// How many values are left of each attribute and place.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn reserved_counts(&self, server_now_ms: i64) -> Result<Vec<ReserveCount>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attribute, organisation_unit, count(*), min(expires_ms)
                 FROM reserved_value WHERE taken_by IS NULL AND expires_ms > ?1
                 GROUP BY attribute, organisation_unit",
            )?;
            let rows = statement.query_and_then([server_now_ms], |row| {
                let (attribute, unit): (String, String) = (row.get(0)?, row.get(1)?);
                let attribute = TrackedEntityAttributeUid::parse(&attribute)
                    .map_err(|_| StoreError::unreadable("attribute id"))?;
                Ok(ReserveCount {
                    attribute,
                    organisation_unit: OrganisationUnitUid::parse(&unit).ok(),
                    free: crate::connection::count_of(row, 2)?,
                    first_expires_ms: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Forgets free values that have expired; how many.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn expire_reserved(&self, server_now_ms: i64) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let rows = transaction.execute(
                "DELETE FROM reserved_value WHERE taken_by IS NULL AND expires_ms <= ?",
                [server_now_ms],
            )?;
            Ok(rows as u64)
        })
    }
}

/// The record with another value of an attribute that it holds now as `from`.
pub(super) fn with_value(
    record: Payload,
    attribute: TrackedEntityAttributeUid,
    from: &str,
    to: &str,
) -> Option<Payload> {
    let mut record = record;
    let values = match &mut record {
        Payload::TrackedEntity { tracked_entity } => &mut tracked_entity.attributes,
        Payload::Enrollment { enrollment } => &mut enrollment.attributes,
        _ => return None,
    };
    let held = values.get_mut(&attribute).filter(|held| *held == from)?;
    to.clone_into(held);
    Some(record)
}
