//! Comparing a whole id list of the server with what is stored.

use std::collections::HashSet;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use rusqlite::{Connection, params};

use super::pull::{Fingerprint, remove_staged, visible};
use crate::error::StoreError;
use crate::limits::IDS_MAX;

/// Marks what the server no longer lists and answers what it lists and is not stored.
///
/// An object that is kept although it is gone counts as not stored: if the server lists it again it
/// is fetched again.
pub(crate) fn compare_ids(
    connection: &Connection,
    kind: MetadataKind,
    ids: &[Uid],
) -> Result<Vec<Uid>, StoreError> {
    if ids.len() > IDS_MAX {
        return Err(StoreError::Limit { what: "the number of ids", limit: IDS_MAX as u64 });
    }
    let listed: HashSet<Uid> = ids.iter().copied().collect();
    let generation = visible(connection)?;
    connection.execute("DELETE FROM metadata_tombstone WHERE kind = ?", [kind.number()])?;
    let stored = stored_ids(connection, kind)?;
    let mut known = HashSet::with_capacity(stored.len());
    let (mut vanished, mut vanished_count) = (Fingerprint::default(), 0);
    for (uid, its_generation, is_gone) in stored {
        if listed.contains(&uid) {
            if !is_gone {
                known.insert(uid);
            }
        } else if its_generation > generation {
            let removed = remove_staged(connection, kind, uid.as_str(), its_generation)?;
            vanished = vanished.plus(removed);
            vanished_count += 1;
        } else {
            connection
                .prepare_cached("INSERT INTO metadata_tombstone (kind, uid) VALUES (?, ?)")?
                .execute(params![kind.number(), uid.as_str()])?;
        }
    }
    subtract(connection, kind, vanished, vanished_count)?;
    let mut missing: Vec<Uid> = Vec::new();
    for uid in ids {
        // Also leaves out the second of two equal ids.
        if known.insert(*uid) {
            missing.push(*uid);
        }
    }
    Ok(missing)
}

/// Whether every one of these that is stored has the same `lastUpdated`. What is not stored is found
/// by totals and id lists.
pub(crate) fn are_held(
    connection: &Connection,
    kind: MetadataKind,
    newest: &[(Uid, String)],
) -> Result<bool, StoreError> {
    let generation = visible(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT json_extract(body, '$.lastUpdated') = ? FROM metadata_object
         WHERE kind = ? AND uid = ? AND generation <= ? AND gone = 0",
    )?;
    for (uid, last_updated) in newest {
        let parameters = params![last_updated, kind.number(), uid.as_str(), generation];
        let mut rows = statement.query(parameters)?;
        if let Some(row) = rows.next()?
            && row.get::<_, Option<bool>>(0)? == Some(false)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn stored_ids(
    connection: &Connection,
    kind: MetadataKind,
) -> Result<Vec<(Uid, i64, bool)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT uid, generation, gone FROM metadata_object WHERE kind = ?")?;
    let rows = statement.query_and_then([kind.number()], |row| {
        let text: String = row.get(0)?;
        let uid = Uid::parse(&text).map_err(|_| StoreError::unreadable("metadata id"))?;
        Ok((uid, row.get(1)?, row.get(2)?))
    })?;
    rows.collect()
}

fn subtract(
    connection: &Connection,
    kind: MetadataKind,
    vanished: Fingerprint,
    count: i64,
) -> Result<(), StoreError> {
    if count == 0 {
        return Ok(());
    }
    let number = kind.number();
    let staged: [u8; 16] = connection.query_row(
        "SELECT staged_fingerprint FROM pull_progress WHERE kind = ?",
        [number],
        |row| row.get(0),
    )?;
    let left = Fingerprint::from_bytes(staged).minus(vanished);
    connection.execute(
        "UPDATE pull_progress SET staged_fingerprint = ?, staged_count = staged_count - ?
         WHERE kind = ?",
        params![left.bytes(), count, number],
    )?;
    Ok(())
}
