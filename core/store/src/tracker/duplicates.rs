//! People who may be the same: candidates only, a person's judgement and the domain's score follow.

use outpost_domain::data::TrackedEntity;
use outpost_domain::uid::{TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid};
use rusqlite::params;

use super::records;
use super::search::{find, person_id};
use crate::error::StoreError;
use crate::limits::DUPLICATES_MAX;
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
    ) -> Result<Vec<TrackedEntity>, StoreError> {
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
            Ok(found.into_iter().filter(of_type).collect())
        })
    }
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
