//! Making a finished pull visible: one transaction, short because it touches only what changed.

use std::collections::HashMap;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_sync::ports::facts;
use rusqlite::{Connection, params};
use serde_json::json;

use super::INDICES;
use super::needed::{Vanished, needed};
use super::pull::{Fingerprint, kind_of, staged_after, visible};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::facts as fact;
use crate::journal::{self, JournalKind};

/// What a swap did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Swapped {
    pub changed: u64,
    pub removed: u64,
    pub kept: u64,
}

type Sums = HashMap<u8, Fingerprint>;

pub(crate) fn swap(connection: &Connection, now_ms: i64) -> Result<Swapped, StoreError> {
    let shown = visible(connection)?;
    let after = staged_after(connection)?;
    let changed = connection.query_row(
        "SELECT coalesce(sum(staged_count), 0) FROM pull_progress",
        [],
        |row| count_of(row, 0),
    )?;
    connection.execute_batch(INDICES)?;
    let mut lost = Sums::new();
    if shown > 0 {
        remove_superseded(connection, shown, after, &mut lost)?;
    }
    connection
        .execute("UPDATE store_state SET visible_generation = ? WHERE id = 1", [shown + 1])?;
    let (removed, kept) = bury(connection, &mut lost)?;
    conclude_kinds(connection, &lost, now_ms)?;
    connection.execute("DELETE FROM metadata_tombstone", [])?;
    connection.execute("DELETE FROM pull_progress", [])?;
    connection.execute(
        "UPDATE pull SET started_ms = NULL,
           staged_after = (SELECT coalesce(max(id), 0) FROM metadata_object) WHERE id = 1",
        [],
    )?;
    save_version(connection)?;
    crate::tracker::arrive::refresh_names(connection)?;
    let body = json!({ "changed": changed, "removed": removed, "kept": kept });
    journal::append(connection, JournalKind::MetadataSwap, "", &body, now_ms)?;
    Ok(Swapped { changed, removed, kept })
}

/// Removes the visible version of everything that is staged, with its assignments.
fn remove_superseded(
    connection: &Connection,
    shown: i64,
    after: i64,
    lost: &mut Sums,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT old.id, old.kind, old.uid, old.body, old.gone, EXISTS (SELECT 1 FROM assignment a
           WHERE a.object = new.uid AND a.generation = ?2 + 1)
         FROM metadata_object new JOIN metadata_object old
           ON old.kind = new.kind AND old.uid = new.uid AND old.generation <= ?2
         WHERE new.id > ?1",
    )?;
    let mut rows = statement.query(params![after, shown])?;
    let mut superseded: Vec<(i64, String, bool)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, uid): (u8, String) = (row.get(1)?, row.get(2)?);
        let body = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        if !row.get::<_, bool>(4)? {
            take(lost, kind, Fingerprint::of(kind, &uid, body));
        }
        superseded.push((row.get(0)?, uid, row.get(5)?));
    }
    let mut unassign =
        connection.prepare_cached("DELETE FROM assignment WHERE object = ? AND generation <= ?")?;
    let mut remove = connection.prepare_cached("DELETE FROM metadata_object WHERE id = ?")?;
    for (id, uid, is_assigned_anew) in superseded {
        remove.execute([id])?;
        if is_assigned_anew {
            unassign.execute(params![uid, shown])?;
        }
    }
    Ok(())
}

fn take(sums: &mut Sums, kind: u8, fingerprint: Fingerprint) {
    let sum = sums.entry(kind).or_default();
    *sum = sum.plus(fingerprint);
}

/// Removes what is gone on the server, except what unsent work needs: that is marked.
///
/// What was kept earlier is looked at again: once its work is sent it goes too. `CROSS JOIN` keeps
/// SQLite, which knows no sizes after a first pull, from reading every object for no tombstone.
fn bury(connection: &Connection, lost: &mut Sums) -> Result<(u64, u64), StoreError> {
    let mut statement = connection.prepare(
        "SELECT o.id, o.kind, o.uid, o.parent, o.body, o.gone FROM metadata_tombstone t
           CROSS JOIN metadata_object o ON o.kind = t.kind AND o.uid = t.uid WHERE o.gone = 0
         UNION ALL SELECT id, kind, uid, parent, body, gone FROM metadata_object WHERE gone = 1",
    )?;
    let mut rows = statement.query([])?;
    let (mut places, mut vanished) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let uid: String = row.get(2)?;
        let parent: Option<String> = row.get(3)?;
        places.push((row.get::<_, i64>(0)?, row.get::<_, u8>(1)?, row.get::<_, bool>(5)?));
        vanished.push(Vanished {
            uid: Uid::parse(&uid).map_err(|_| StoreError::unreadable("metadata id"))?,
            parent: parent.and_then(|parent| Uid::parse(&parent).ok()),
            body: row.get(4)?,
        });
    }
    let keep = needed(connection, &vanished)?;
    let mut removed = 0;
    for ((id, kind, was_gone), object) in places.into_iter().zip(&vanished) {
        let uid = object.uid.as_str();
        if !was_gone {
            // A kept object is no part of what the server has, so it is out of the sum for good.
            take(lost, kind, Fingerprint::of(kind, uid, &object.body));
        }
        if keep.contains(&object.uid) {
            connection.execute("UPDATE metadata_object SET gone = 1 WHERE id = ?", [id])?;
        } else {
            connection.execute("DELETE FROM metadata_object WHERE id = ?", [id])?;
            connection.execute("DELETE FROM assignment WHERE object = ?", [uid])?;
            removed += 1;
        }
    }
    Ok((removed, keep.len() as u64))
}

/// Writes status, count and fingerprint of every kind that the pull looked at or that lost rows.
fn conclude_kinds(connection: &Connection, lost: &Sums, now_ms: i64) -> Result<(), StoreError> {
    for kind in MetadataKind::ALL {
        conclude_kind(connection, kind, lost.get(&kind.number()).copied(), now_ms)?;
    }
    Ok(())
}

fn conclude_kind(
    connection: &Connection,
    kind: MetadataKind,
    lost: Option<Fingerprint>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let number = kind.number();
    let staged: Option<(Option<String>, [u8; 16], bool)> =
        rusqlite::OptionalExtension::optional(connection.query_row(
            "SELECT staged_watermark, staged_fingerprint, ids_compared FROM pull_progress
             WHERE kind = ?",
            [number],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        ))?;
    if staged.is_none() && lost.is_none() {
        return Ok(());
    }
    let (watermark, added, ids_compared) = staged.unwrap_or_default();
    connection.execute(
        "INSERT OR IGNORE INTO pull_kind (kind, count, fingerprint) VALUES (?, 0, ?)",
        params![number, Fingerprint::default().bytes()],
    )?;
    let before: [u8; 16] = connection.query_row(
        "SELECT fingerprint FROM pull_kind WHERE kind = ?",
        [number],
        |row| row.get(0),
    )?;
    let sum = Fingerprint::from_bytes(before)
        .plus(Fingerprint::from_bytes(added))
        .minus(lost.unwrap_or_default());
    connection.execute(
        "UPDATE pull_kind SET
           watermark = nullif(max(coalesce(watermark, ''), coalesce(?2, '')), ''),
           ids_compared_ms = iif(?3, ?4, ids_compared_ms), fingerprint = ?5,
           count = (SELECT count(*) FROM metadata_object WHERE kind = ?1)
             - (SELECT count(*) FROM metadata_object WHERE kind = ?1 AND gone = 1)
         WHERE kind = ?1",
        params![number, watermark, ids_compared, now_ms, sum.bytes()],
    )?;
    Ok(())
}

/// Stores the fingerprint of everything visible as 16 hexadecimal digits.
fn save_version(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT kind, fingerprint FROM pull_kind")?;
    let mut rows = statement.query([])?;
    let mut sum = Fingerprint::default();
    while let Some(row) = rows.next()? {
        kind_of(row.get(0)?)?;
        sum = sum.plus(Fingerprint::from_bytes(row.get(1)?));
    }
    let version: String = sum.bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    fact::save(connection, facts::METADATA_VERSION, &version)
}
