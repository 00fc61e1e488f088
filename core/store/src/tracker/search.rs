//! Finding people by any part of what is known of them, or by one exact value.
//!
//! Names that begin with what was typed come first, in their order; then whatever holds every word.

use outpost_domain::data::TrackedEntity;
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
    TrackedEntityUid,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::index::value_key;
use super::people::{PersonRow, end_of};
use super::records::read_body;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::search;
use crate::store::Store;

/// Who is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Of this type.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// What was typed. Nothing means everybody, by name.
    pub text: String,
    /// Only enrolled in this program.
    pub program: Option<ProgramUid>,
    /// Only registered at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
}

/// Where the next page of a search begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchCursor {
    /// Among names that begin with the text, behind this one.
    Prefix {
        /// Its sort key.
        key: String,
        /// Its id.
        uid: TrackedEntityUid,
    },
    /// Among those that hold the words, behind this number.
    Infix {
        /// Number of the last one shown.
        number: i64,
    },
}

pub(crate) const BY_ATTRIBUTE: &str = "SELECT DISTINCT t.uid FROM attribute_value a
     CROSS JOIN tracked_entity t ON t.id = a.person
     WHERE a.attribute = (SELECT id FROM attribute_number WHERE uid = ?1) AND a.value = ?2
     LIMIT ?3";

impl Store {
    /// A page of people with where the next one begins; `None` behind the last.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn search_people(
        &self,
        query: &SearchQuery,
        after: Option<&SearchCursor>,
        limit: u32,
    ) -> Result<(Vec<PersonRow>, Option<SearchCursor>), StoreError> {
        let limit = limit.clamp(1, PAGE_ROWS_MAX);
        self.read(|connection| {
            let mut rows = Vec::new();
            let mut next = None;
            if !matches!(after, Some(SearchCursor::Infix { .. })) {
                next = by_prefix(connection, query, after, limit, &mut rows)?;
                if next.is_none() {
                    next = Some(SearchCursor::Infix { number: 0 });
                }
            }
            let left = limit - rows.len() as u32;
            if left == 0 {
                return Ok((rows, next));
            }
            let from = match next.as_ref().or(after) {
                Some(SearchCursor::Infix { number }) => *number,
                _ => 0,
            };
            next = by_infix(connection, query, from, left, &mut rows)?;
            Ok((rows, next))
        })
    }

    /// People with this value of an attribute: a bar code, a number that must be unique. Compared as
    /// the server does, without regard to case.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn find_people(
        &self,
        attribute: TrackedEntityAttributeUid,
        value: &str,
        limit: u32,
    ) -> Result<Vec<TrackedEntityUid>, StoreError> {
        self.read(|connection| find(connection, attribute, value, limit.min(PAGE_ROWS_MAX)))
    }
}

pub(super) fn find(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
    value: &str,
    limit: u32,
) -> Result<Vec<TrackedEntityUid>, StoreError> {
    let mut statement = connection.prepare_cached(BY_ATTRIBUTE)?;
    let parameters = params![attribute.as_str(), value_key(value), limit];
    let rows = statement.query_and_then(parameters, |row| person_id(&row.get::<_, String>(0)?))?;
    rows.collect()
}

pub(super) fn person_id(text: &str) -> Result<TrackedEntityUid, StoreError> {
    TrackedEntityUid::parse(text).map_err(|_| StoreError::unreadable("tracked entity id"))
}

fn by_prefix(
    connection: &Connection,
    query: &SearchQuery,
    after: Option<&SearchCursor>,
    limit: u32,
    rows: &mut Vec<PersonRow>,
) -> Result<Option<SearchCursor>, StoreError> {
    let (sql, parameters) = prefix_query(query, after, limit);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(parameters))?;
    let mut last = None;
    while let Some(row) = found.next()? {
        let person: TrackedEntity = read_body(&row.get::<_, String>(0)?)?;
        last = Some(SearchCursor::Prefix { key: row.get(1)?, uid: person.id });
        rows.push(PersonRow::of(connection, person.id, Some(person), None)?);
    }
    Ok(last.filter(|_| rows.len() == limit as usize))
}

fn by_infix(
    connection: &Connection,
    query: &SearchQuery,
    from: i64,
    limit: u32,
    rows: &mut Vec<PersonRow>,
) -> Result<Option<SearchCursor>, StoreError> {
    let Some((sql, parameters)) = infix_query(query, from, limit) else { return Ok(None) };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(parameters))?;
    let (mut last, mut count) = (None, 0);
    while let Some(row) = found.next()? {
        let person: TrackedEntity = read_body(&row.get::<_, String>(0)?)?;
        last = Some(SearchCursor::Infix { number: row.get(1)? });
        rows.push(PersonRow::of(connection, person.id, Some(person), None)?);
        count += 1;
    }
    Ok(last.filter(|_| count == limit))
}

/// People whose name begins with the text, by name.
pub(crate) fn prefix_query(
    query: &SearchQuery,
    after: Option<&SearchCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let prefix = search::normalise(&query.text);
    let mut sql = String::from(
        "SELECT t.body, t.name_key FROM tracked_entity t
         WHERE t.deleted = 0 AND t.tracked_entity_type = ? AND t.name_key >= ? AND t.name_key < ?",
    );
    let kind = query.tracked_entity_type.to_string();
    let end = end_of(&prefix);
    let mut parameters: Vec<Value> = vec![kind.into(), prefix.into(), end.into()];
    narrow(query.organisation_unit, query.program, &mut sql, &mut parameters);
    if let Some(SearchCursor::Prefix { key, uid }) = after {
        sql.push_str(" AND (t.name_key, t.uid) > (?, ?)");
        parameters.extend([key.clone().into(), uid.to_string().into()]);
    }
    sql.push_str(" ORDER BY t.name_key, t.uid LIMIT ?");
    parameters.push(i64::from(limit).into());
    (sql, parameters)
}

/// People of whom every word is known somewhere, in order of their numbers; `None` if there is no
/// word that the index can find. A word of two letters is found where a word begins with it.
pub(crate) fn infix_query(
    query: &SearchQuery,
    from: i64,
    limit: u32,
) -> Option<(String, Vec<Value>)> {
    let terms: Vec<String> = search::words(&query.text)
        .iter()
        .filter_map(|word| match word.chars().count() {
            0 | 1 => None,
            2 => Some(format!("\" {word}\"")),
            _ => Some(format!("\"{word}\"")),
        })
        .collect();
    if terms.is_empty() {
        return None;
    }
    let prefix = search::normalise(&query.text);
    let end = end_of(&prefix);
    let mut sql = String::from(
        "SELECT t.body, t.id FROM person_text f CROSS JOIN tracked_entity t ON t.id = f.rowid
         WHERE person_text MATCH ? AND f.rowid > ? AND t.deleted = 0
           AND +t.tracked_entity_type = ? AND NOT (t.name_key >= ? AND t.name_key < ?)",
    );
    let kind = query.tracked_entity_type.to_string();
    let mut parameters: Vec<Value> =
        vec![terms.join(" AND ").into(), from.into(), kind.into(), prefix.into(), end.into()];
    narrow(query.organisation_unit, query.program, &mut sql, &mut parameters);
    sql.push_str(" ORDER BY f.rowid LIMIT ?");
    parameters.push(i64::from(limit).into());
    Some((sql, parameters))
}

/// Only people registered at this place, only those enrolled in this program.
pub(super) fn narrow(
    organisation_unit: Option<OrganisationUnitUid>,
    program: Option<ProgramUid>,
    sql: &mut String,
    parameters: &mut Vec<Value>,
) {
    if let Some(unit) = organisation_unit {
        sql.push_str(" AND t.organisation_unit = ?");
        parameters.push(unit.to_string().into());
    }
    if let Some(program) = program {
        sql.push_str(
            " AND EXISTS (SELECT 1 FROM enrollment n WHERE n.tracked_entity = t.uid
               AND n.program = ? AND n.deleted = 0)",
        );
        parameters.push(program.to_string().into());
    }
}
