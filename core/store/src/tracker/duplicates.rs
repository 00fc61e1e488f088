//! People who may be the same: candidates only, a person's judgement and the domain's score follow.

use std::collections::BTreeMap;

use outpost_domain::data::{Enrollment, TrackedEntity};
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
    TrackedEntityUid,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::records::{self, read_body};
use super::search::{find, narrow, person_id};
use crate::error::StoreError;
use crate::limits::{DUPLICATES_MAX, PAGE_ROWS_MAX};
use crate::search;
use crate::store::Store;

/// What is known of the one who is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateQuery {
    /// Of this type.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// The one who is compared, if they are stored: not a candidate.
    pub except: Option<TrackedEntityUid>,
    /// Values of which one in common is enough: telephone, identity card.
    pub equal: Vec<(TrackedEntityAttributeUid, String)>,
    /// Names; two words that begin alike are enough, or the only one.
    pub names: Vec<String>,
}

/// Who are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareQuery {
    /// Of this type.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// Only enrolled in this program.
    pub program: Option<ProgramUid>,
    /// Only registered at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
}

/// A person with every value that is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedPerson {
    /// The record.
    pub tracked_entity: TrackedEntity,
    /// Its values, and those that lie on its enrolments.
    pub values: BTreeMap<TrackedEntityAttributeUid, String>,
}

pub(crate) const ENROLLED_VALUES: &str =
    "SELECT body FROM enrollment WHERE tracked_entity = ?1 AND deleted = 0";

pub(crate) const SOUNDS: &str = "SELECT t.uid FROM person_text f
     CROSS JOIN tracked_entity t ON t.id = f.rowid
     WHERE person_text MATCH ?1 AND t.deleted = 0 AND +t.tracked_entity_type = ?2
     ORDER BY f.rowid LIMIT ?3";

/// Letters by which a beginning of a name is recognised.
const BEGINNING_CHARS: usize = 3;

impl Store {
    /// Candidates: first those with a value in common, then those whose names begin alike. At most
    /// [`DUPLICATES_MAX`].
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn duplicate_candidates(
        &self,
        query: &DuplicateQuery,
    ) -> Result<Vec<ComparedPerson>, StoreError> {
        self.read(|connection| {
            let mut ids: Vec<TrackedEntityUid> = Vec::new();
            let mut add = |found: Vec<TrackedEntityUid>| {
                for id in found {
                    if Some(id) != query.except && !ids.contains(&id) {
                        ids.push(id);
                    }
                }
            };
            for (attribute, value) in &query.equal {
                if !value.trim().is_empty() {
                    add(find(connection, *attribute, value, DUPLICATES_MAX)?);
                }
            }
            if let Some(terms) = beginnings(&query.names) {
                let mut statement = connection.prepare_cached(SOUNDS)?;
                let kind = query.tracked_entity_type;
                let parameters = params![terms, kind.as_str(), DUPLICATES_MAX];
                let rows = statement
                    .query_and_then(parameters, |row| person_id(&row.get::<_, String>(0)?))?;
                add(rows.collect::<Result<_, _>>()?);
            }
            ids.truncate(DUPLICATES_MAX as usize);
            let found = ids.into_iter().map(|id| records::load_tracked_entity(connection, id.0));
            let found = found.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
            let of_type = |one: &TrackedEntity| {
                one.tracked_entity_type == query.tracked_entity_type && !one.deleted
            };
            let found = found.into_iter().filter(of_type);
            found.map(|person| compared(connection, person)).collect()
        })
    }

    /// A batch of people to compare, with the number after which the next one begins; `None` behind
    /// the last.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn people_to_compare(
        &self,
        query: &CompareQuery,
        after: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<ComparedPerson>, Option<i64>), StoreError> {
        let limit = limit.clamp(1, PAGE_ROWS_MAX);
        let (sql, parameters) = compare_query(query, after.unwrap_or(0), limit);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = statement.query(params_from_iter(parameters))?;
            let (mut people, mut last) = (Vec::new(), None);
            while let Some(row) = found.next()? {
                last = Some(row.get(0)?);
                let person: TrackedEntity = read_body(&row.get::<_, String>(1)?)?;
                people.push(compared(connection, person)?);
            }
            let is_full = people.len() == limit as usize;
            Ok((people, last.filter(|_| is_full)))
        })
    }
}

/// The batch's statement and parameters, in the order of the people's numbers.
pub(crate) fn compare_query(query: &CompareQuery, after: i64, limit: u32) -> (String, Vec<Value>) {
    // The sign keeps the order's own index: a batch goes on where the last one ended.
    let mut sql = String::from(
        "SELECT t.id, t.body FROM tracked_entity t
         WHERE t.id > ? AND t.deleted = 0 AND +t.tracked_entity_type = ?",
    );
    let mut parameters: Vec<Value> =
        vec![after.into(), query.tracked_entity_type.to_string().into()];
    narrow(query.organisation_unit, query.program, &mut sql, &mut parameters);
    sql.push_str(" ORDER BY t.id LIMIT ?");
    parameters.push(i64::from(limit).into());
    (sql, parameters)
}

/// What only a program asks lies on the enrolment; the person's own values win.
fn compared(
    connection: &Connection,
    tracked_entity: TrackedEntity,
) -> Result<ComparedPerson, StoreError> {
    let mut statement = connection.prepare_cached(ENROLLED_VALUES)?;
    let mut rows = statement.query([tracked_entity.id.as_str()])?;
    let mut values = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let enrollment: Enrollment = read_body(&row.get::<_, String>(0)?)?;
        values.extend(enrollment.attributes);
    }
    values.extend(tracked_entity.attributes.clone());
    Ok(ComparedPerson { tracked_entity, values })
}

/// Any two of the words, each by its beginning; the only one alone.
fn beginnings(names: &[String]) -> Option<String> {
    let words = search::words(&names.join(" "));
    let begin = |word: &String| -> String { word.chars().take(BEGINNING_CHARS).collect() };
    let terms: Vec<String> = words
        .iter()
        .filter(|word| word.chars().count() >= 2)
        .map(|word| format!("\" {}\"", begin(word)))
        .collect();
    let mut pairs = Vec::new();
    for (index, first) in terms.iter().enumerate() {
        for second in &terms[index + 1..] {
            pairs.push(format!("({first} AND {second})"));
        }
    }
    match terms.len() {
        0 => None,
        1 => terms.into_iter().next(),
        _ => Some(pairs.join(" OR ")),
    }
}
