//! Which vanished objects unsent work still needs.
//!
//! Works on text: every id-shaped word in what waits counts, so a new member of a record can never be
//! forgotten here. Keeping one object too many is harmless; losing one is not.

use std::collections::{HashMap, HashSet};

use outpost_domain::uid::{UID_LENGTH, Uid};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// How many records that wait here, or are kept aside, name each of these objects; those that
    /// nothing names are left out.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn waiting_that_name(
        &self,
        objects: &HashSet<Uid>,
    ) -> Result<HashMap<Uid, u64>, StoreError> {
        self.read(|connection| {
            let mut counts = HashMap::new();
            for sql in [
                "SELECT payload FROM outbox",
                "SELECT payload FROM carried WHERE stage = 3 AND payload IS NOT NULL",
            ] {
                let mut statement = connection.prepare(sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                    let mut named = HashSet::new();
                    each_uid(text, |uid| {
                        if objects.contains(&uid) {
                            named.insert(uid);
                        }
                    });
                    named.into_iter().for_each(|uid| *counts.entry(uid).or_default() += 1);
                }
            }
            Ok(counts)
        })
    }
}

/// An object that is about to be removed.
pub(crate) struct Vanished {
    pub uid: Uid,
    pub parent: Option<Uid>,
    pub body: String,
}

/// The vanished objects that outbox, drafts or conflicts need, directly or through each other.
pub(crate) fn needed(
    connection: &Connection,
    vanished: &[Vanished],
) -> Result<HashSet<Uid>, StoreError> {
    let by_uid: HashMap<Uid, &Vanished> = vanished.iter().map(|one| (one.uid, one)).collect();
    let mut parts: HashMap<Uid, Vec<Uid>> = HashMap::new();
    for one in vanished {
        if let Some(parent) = one.parent {
            parts.entry(parent).or_default().push(one.uid);
        }
    }
    let mut kept = HashSet::new();
    let mut open: Vec<Uid> = named_by_unsent_work(connection, &by_uid)?;
    while let Some(uid) = open.pop() {
        let Some(object) = by_uid.get(&uid) else { continue };
        if kept.insert(uid) {
            each_uid(&object.body, |named| open.push(named));
            open.extend(parts.get(&uid).into_iter().flatten());
        }
    }
    Ok(kept)
}

fn named_by_unsent_work(
    connection: &Connection,
    vanished: &HashMap<Uid, &Vanished>,
) -> Result<Vec<Uid>, StoreError> {
    let mut named = HashSet::new();
    if vanished.is_empty() {
        return Ok(vec![]);
    }
    for sql in [
        "SELECT payload FROM outbox",
        "SELECT base FROM outbox WHERE base IS NOT NULL",
        "SELECT theirs FROM conflict",
        "SELECT payload FROM carried WHERE stage = 3 AND payload IS NOT NULL",
        "SELECT form || ' ' || key || ' ' || body FROM draft",
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            each_uid(text, |uid| {
                if vanished.contains_key(&uid) {
                    named.insert(uid);
                }
            });
        }
    }
    Ok(named.into_iter().collect())
}

/// Every word of the text that has the shape of an id.
fn each_uid(text: &str, mut found: impl FnMut(Uid)) {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    for word in words.filter(|word| word.len() == UID_LENGTH) {
        if let Ok(uid) = Uid::parse(word) {
            found(uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand_in_a_text() {
        let mut found = Vec::new();
        each_uid(
            r#"{"a":"HllvX50cXC0","b":["/bjDvmb4bfuf/a0000000000"],"1":"12345678901","c":"tooshort"}"#,
            |uid| found.push(uid.to_string()),
        );
        assert_eq!(found, ["HllvX50cXC0", "bjDvmb4bfuf", "a0000000000"]);
    }
}
