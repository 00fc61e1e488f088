//! Staging of a pull: pages and progress in one transaction, so that a killed pull goes on.

use outpost_domain::metadata::MetadataKind;
use outpost_sync::ports::{KindProgress, KindStatus, PullState};
use outpost_wire::metadata::MetadataObject;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::OBJECT_BYTES_MAX;
use crate::search::normalise;

/// Sum of content hashes: the same objects give the same sum in any order, and one can be taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    pub fn of(kind: u8, uid: &str, body: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([kind]);
        hasher.update(uid.as_bytes());
        hasher.update([0]);
        hasher.update(body.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        Self(u128::from_be_bytes(half))
    }

    pub fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    pub fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    pub fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

/// The generation that is visible; 0 if nothing was pulled yet.
pub(crate) fn visible(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT visible_generation FROM store_state WHERE id = 1";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Metadata rows with a larger id are staged.
pub(crate) fn staged_after(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT staged_after FROM pull WHERE id = 1";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

pub(crate) fn load_pull_state(connection: &Connection) -> Result<PullState, StoreError> {
    let (scope, started_ms) =
        connection.query_row("SELECT scope, started_ms FROM pull WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut statement = connection
        .prepare("SELECT kind, watermark, count, ids_compared_ms FROM pull_kind ORDER BY kind")?;
    let kinds = statement.query_and_then([], |row| {
        let status = KindStatus {
            watermark: row.get(1)?,
            count: count_of(row, 2)?,
            ids_compared_ms: row.get(3)?,
        };
        Ok((kind_of(row.get(0)?)?, status))
    })?;
    let kinds = kinds.collect::<Result<_, StoreError>>()?;
    let mut statement = connection.prepare(
        "SELECT kind, pages_done, total, is_done, ids_compared FROM pull_progress ORDER BY kind",
    )?;
    let progress = statement.query_and_then([], |row| {
        let progress = KindProgress {
            pages_done: row.get(1)?,
            total: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
            is_done: row.get(3)?,
            ids_compared: row.get(4)?,
        };
        Ok((kind_of(row.get(0)?)?, progress))
    })?;
    let progress = progress.collect::<Result<_, StoreError>>()?;
    Ok(PullState { kinds, progress, started_ms, scope })
}

pub(crate) fn kind_of(number: u8) -> Result<MetadataKind, StoreError> {
    MetadataKind::from_number(number).ok_or_else(|| StoreError::unreadable("metadata kind"))
}

/// Goes on with a pull of the same scope, or begins one.
pub(crate) fn begin_pull(
    connection: &Connection,
    scope: &str,
    now_ms: i64,
) -> Result<PullState, StoreError> {
    let state = load_pull_state(connection)?;
    if state.started_ms.is_some() && state.scope.as_deref() == Some(scope) {
        return Ok(state);
    }
    let after = staged_after(connection)?;
    if state.started_ms.is_some() {
        connection.execute("DELETE FROM metadata_object WHERE id > ?", [after])?;
        let generation = visible(connection)? + 1;
        connection.execute("DELETE FROM assignment WHERE generation = ?", [generation])?;
    }
    connection.execute("DELETE FROM metadata_tombstone", [])?;
    connection.execute("DELETE FROM pull_progress", [])?;
    connection.execute(
        "UPDATE pull SET scope = ?, started_ms = ?,
           staged_after = (SELECT coalesce(max(id), 0) FROM metadata_object) WHERE id = 1",
        params![scope, now_ms],
    )?;
    if visible(connection)? == 0 {
        drop_indices(connection)?;
    }
    load_pull_state(connection)
}

/// Before the first pull the lists are empty; their indices are made once it is complete.
fn drop_indices(connection: &Connection) -> Result<(), StoreError> {
    for index in ["metadata_name", "metadata_parent"] {
        connection.execute_batch(&format!("DROP INDEX IF EXISTS {index}"))?;
    }
    Ok(())
}

pub(crate) fn stage_page(
    connection: &Connection,
    kind: MetadataKind,
    objects: &[MetadataObject],
    progress: &KindProgress,
) -> Result<(), StoreError> {
    let generation = visible(connection)? + 1;
    let mut staged = load_staged(connection, kind)?;
    for object in objects {
        if object.body.len() > OBJECT_BYTES_MAX {
            let limit = OBJECT_BYTES_MAX as u64;
            return Err(StoreError::Limit { what: "the size of a metadata object", limit });
        }
        stage_object(connection, kind, object, generation, &mut staged)?;
        if staged.watermark < object.last_updated {
            staged.watermark.clone_from(&object.last_updated);
        }
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO pull_progress (kind, pages_done, total, is_done, ids_compared,
               staged_count, staged_watermark, staged_fingerprint)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            kind.number(),
            progress.pages_done,
            progress.total.and_then(|total| i64::try_from(total).ok()),
            progress.is_done,
            progress.ids_compared,
            staged.count,
            staged.watermark,
            staged.fingerprint.bytes()
        ])?;
    Ok(())
}

/// What the pages of a kind that are staged add up to.
#[derive(Default)]
struct Staged {
    count: i64,
    watermark: Option<String>,
    fingerprint: Fingerprint,
}

fn load_staged(connection: &Connection, kind: MetadataKind) -> Result<Staged, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT staged_count, staged_watermark, staged_fingerprint FROM pull_progress
         WHERE kind = ?",
    )?;
    let staged = statement.query_row([kind.number()], |row| {
        Ok(Staged {
            count: row.get(0)?,
            watermark: row.get(1)?,
            fingerprint: Fingerprint::from_bytes(row.get(2)?),
        })
    });
    Ok(staged.optional()?.unwrap_or_default())
}

fn stage_object(
    connection: &Connection,
    kind: MetadataKind,
    object: &MetadataObject,
    generation: i64,
    staged: &mut Staged,
) -> Result<(), StoreError> {
    if insert_object(connection, kind, object, generation)? == 0 {
        // The list moved between two pages and shows an object twice: the later one counts.
        let gone = remove_staged(connection, kind, object.uid.as_str(), generation)?;
        staged.fingerprint = staged.fingerprint.minus(gone);
        staged.count -= 1;
        insert_object(connection, kind, object, generation)?;
    }
    let added = Fingerprint::of(kind.number(), object.uid.as_str(), &object.body);
    staged.fingerprint = staged.fingerprint.plus(added);
    staged.count += 1;
    let Some(units) = &object.organisation_units else { return Ok(()) };
    let mut assign = connection.prepare_cached(
        "INSERT OR IGNORE INTO assignment (object, generation, organisation_unit)
         VALUES (?, ?, ?)",
    )?;
    assign.execute(params![object.uid.as_str(), generation, ""])?;
    for unit in units {
        assign.execute(params![object.uid.as_str(), generation, unit.as_str()])?;
    }
    Ok(())
}

fn insert_object(
    connection: &Connection,
    kind: MetadataKind,
    object: &MetadataObject,
    generation: i64,
) -> Result<usize, StoreError> {
    let code = object.code.as_deref();
    let search_text = match code {
        Some(code) => normalise(&format!("{} {code}", object.name)),
        None => normalise(&object.name),
    };
    let inserted = connection
        .prepare_cached(
            "INSERT INTO metadata_object (kind, uid, generation, gone, sort_order, name, code,
               parent, search_text, body)
             VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (kind, uid, generation) DO NOTHING",
        )?
        .execute(params![
            kind.number(),
            object.uid.as_str(),
            generation,
            object.sort_order,
            object.name,
            code,
            object.parent.as_ref().map(|parent| parent.as_str()),
            search_text,
            object.body
        ])?;
    Ok(inserted)
}

/// Takes a staged object away; answers its fingerprint.
pub(crate) fn remove_staged(
    connection: &Connection,
    kind: MetadataKind,
    uid: &str,
    generation: i64,
) -> Result<Fingerprint, StoreError> {
    let (id, body): (i64, String) = connection
        .prepare_cached(
            "SELECT id, body FROM metadata_object WHERE kind = ? AND uid = ? AND generation = ?",
        )?
        .query_row(params![kind.number(), uid, generation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    connection.prepare_cached("DELETE FROM metadata_object WHERE id = ?")?.execute([id])?;
    connection
        .prepare_cached("DELETE FROM assignment WHERE object = ? AND generation = ?")?
        .execute(params![uid, generation])?;
    Ok(Fingerprint::of(kind.number(), uid, &body))
}

/// Throws away what is staged of one kind.
pub(crate) fn restart_kind(connection: &Connection, kind: MetadataKind) -> Result<(), StoreError> {
    let generation = visible(connection)? + 1;
    let after = staged_after(connection)?;
    connection.execute(
        "DELETE FROM assignment WHERE generation = ?1 AND object IN
           (SELECT uid FROM metadata_object WHERE id > ?2 AND kind = ?3)",
        params![generation, after, kind.number()],
    )?;
    connection.execute(
        "DELETE FROM metadata_object WHERE id > ? AND kind = ?",
        params![after, kind.number()],
    )?;
    connection.execute("DELETE FROM metadata_tombstone WHERE kind = ?", [kind.number()])?;
    connection.execute("DELETE FROM pull_progress WHERE kind = ?", [kind.number()])?;
    Ok(())
}
