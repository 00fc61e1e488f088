//! The journal: what was decided and by whom, append-only and hash-chained.
//!
//! Each hash covers the entry and the hash before it, and the end of the chain is kept beside it, so
//! a changed, removed or added entry is found. Never changes or removes an entry.
//!
//! Long bodies are packed, for a file of 25,000 records is one tenth of them; the hash is that of the
//! body itself.

use std::collections::BTreeSet;
use std::io::Read;

use outpost_domain::uid::Uid;
use rusqlite::types::{FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::limits::{JOURNAL_BODY_BYTES_MAX, JOURNAL_PACKED_BYTES_MIN, PAGE_ROWS_MAX};
use crate::store::Store;

/// What an entry is about. The names are stored: never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum JournalKind {
    Edit,
    Import,
    SyncOutcome,
    Merge,
    ConflictChoice,
    Discard,
    Retry,
    MetadataSwap,
    SignIn,
    SignOut,
    Salvage,
    Exchange,
    Purge,
}

impl JournalKind {
    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Import => "import",
            Self::SyncOutcome => "syncOutcome",
            Self::Merge => "merge",
            Self::ConflictChoice => "conflictChoice",
            Self::Discard => "discard",
            Self::Retry => "retry",
            Self::MetadataSwap => "metadataSwap",
            Self::SignIn => "signIn",
            Self::SignOut => "signOut",
            Self::Salvage => "salvage",
            Self::Exchange => "exchange",
            Self::Purge => "purge",
        }
    }
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// Device time, Unix ms. The order is `seq`, never this.
    pub at_ms: i64,
    /// Name of the kind, see [`JournalKind::name`].
    pub kind: String,
    /// User name; empty for what nobody asked for.
    pub by: String,
    /// Details as JSON. Holds what people entered: never logged.
    pub body: String,
}

/// Whether the journal is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalCheck {
    /// Every entry is as it was written.
    Intact {
        /// How many there are.
        entries: u64,
    },
    /// It was changed from outside.
    Broken {
        /// The first entry that is missing, changed or too much.
        seq: i64,
    },
}

type Hash = [u8; 32];

/// Appends an entry inside the caller's transaction.
pub(crate) fn append(
    connection: &Connection,
    kind: JournalKind,
    by: &str,
    body: &impl Serialize,
    now_ms: i64,
) -> Result<(), StoreError> {
    append_text(connection, kind, by, text_of(body)?, now_ms)
}

/// A body, or a part of one, as it is kept.
pub(crate) fn text_of(body: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(body)
        .map_err(|_| StoreError::Defect { detail: "a journal entry cannot be written".into() })
}

/// The same with a body that is JSON already.
pub(crate) fn append_text(
    connection: &Connection,
    kind: JournalKind,
    by: &str,
    body: String,
    now_ms: i64,
) -> Result<(), StoreError> {
    let (last, previous): (i64, Hash) = connection
        .prepare_cached("SELECT journal_seq, journal_hash FROM store_state WHERE id = 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let entry = JournalEntry {
        seq: last + 1,
        at_ms: now_ms,
        kind: kind.name().to_owned(),
        by: by.to_owned(),
        body,
    };
    let hash = chained(&previous, &entry);
    connection
        .prepare_cached(
            "INSERT INTO journal (seq, at_ms, kind, by, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            entry.seq,
            entry.at_ms,
            entry.kind,
            entry.by,
            packed(&entry.body)?,
            hash
        ])?;
    connection
        .prepare_cached("UPDATE store_state SET journal_seq = ?, journal_hash = ? WHERE id = 1")?
        .execute(params![entry.seq, hash])?;
    Ok(())
}

/// A body as it is stored: text, or a frame of zstd if it is long.
fn packed(body: &str) -> Result<ToSqlOutput<'_>, StoreError> {
    if body.len() < JOURNAL_PACKED_BYTES_MIN {
        return Ok(ToSqlOutput::from(body));
    }
    if body.len() as u64 > JOURNAL_BODY_BYTES_MAX {
        let limit = JOURNAL_BODY_BYTES_MAX;
        return Err(StoreError::Limit { what: "an entry of the journal", limit });
    }
    let packed = zstd::bulk::compress(body.as_bytes(), PACKING_LEVEL);
    let packed = packed.map_err(|error| StoreError::Io { detail: error.to_string() })?;
    Ok(ToSqlOutput::from(packed))
}

/// Level of zstd: the fastest, which packs lines of JSON to a sixth.
const PACKING_LEVEL: i32 = 1;

fn unpacked(stored: ValueRef<'_>) -> FromSqlResult<String> {
    let ValueRef::Blob(packed) = stored else { return stored.as_str().map(str::to_owned) };
    let read = |packed| {
        let mut body = String::new();
        let frame = zstd::stream::Decoder::with_buffer(packed)?;
        frame.take(JOURNAL_BODY_BYTES_MAX).read_to_string(&mut body)?;
        Ok::<_, std::io::Error>(body)
    };
    read(packed).map_err(FromSqlError::other)
}

/// Remembers which records the last entry is about.
pub(crate) fn note_records(
    connection: &Connection,
    records: &BTreeSet<Uid>,
) -> Result<(), StoreError> {
    for record in records {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO journal_record (record, seq)
                 SELECT ?, journal_seq FROM store_state WHERE id = 1",
            )?
            .execute([record.as_str()])?;
    }
    Ok(())
}

/// SHA-256 over the hash before and every member with its length in front, so that no two different
/// entries read the same.
pub(crate) fn chained(previous: &Hash, entry: &JournalEntry) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(entry.seq.to_be_bytes());
    hasher.update(entry.at_ms.to_be_bytes());
    for text in [&entry.kind, &entry.by, &entry.body] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}

/// Longest run of entries from the first that is whole: its number and last hash.
pub(crate) fn intact_prefix(connection: &Connection) -> Result<(i64, Hash), StoreError> {
    let mut statement =
        connection.prepare("SELECT seq, at_ms, kind, by, body, hash FROM journal ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut last, mut previous): (i64, Hash) = (0, [0; 32]);
    while let Some(row) = rows.next()? {
        let Ok(entry) = entry_of(row) else { break };
        let hash = chained(&previous, &entry);
        let stored = row.get::<_, Hash>(5).ok();
        if entry.seq != last + 1 || stored != Some(hash) {
            break;
        }
        (last, previous) = (entry.seq, hash);
    }
    Ok((last, previous))
}

pub(crate) fn entry_of(row: &Row<'_>) -> rusqlite::Result<JournalEntry> {
    Ok(JournalEntry {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        kind: row.get(2)?,
        by: row.get(3)?,
        body: unpacked(row.get_ref(4)?)?,
    })
}

impl Store {
    /// Writes an entry that no other operation writes: signing in and out.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn append_journal(
        &self,
        kind: JournalKind,
        by: &str,
        body: &Value,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.write(|transaction| append(transaction, kind, by, body, now_ms))
    }

    /// Recomputes the whole chain.
    ///
    /// # Errors
    /// [`StoreError`] if the journal could not be read; a journal that was tampered with is
    /// [`JournalCheck::Broken`].
    pub fn verify_journal(&self) -> Result<JournalCheck, StoreError> {
        self.read(|connection| {
            let (last, hash) = intact_prefix(connection)?;
            let (expected, end): (i64, Vec<u8>) = connection.query_row(
                "SELECT journal_seq, journal_hash FROM store_state WHERE id = 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let more: i64 =
                connection.query_row("SELECT count(*) FROM journal", [], |row| row.get(0))?;
            if last == expected && last == more && hash.as_slice() == end.as_slice() {
                return Ok(JournalCheck::Intact { entries: last.unsigned_abs() });
            }
            Ok(JournalCheck::Broken {
                seq: if last == expected && last == more { last } else { last + 1 },
            })
        })
    }

    /// Entries before a number, newest first; `None` begins with the newest.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn journal_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at_ms, kind, by, body FROM journal
                 WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            )?;
            let before = before.unwrap_or(i64::MAX);
            let rows = statement.query_map(params![before, limit.min(PAGE_ROWS_MAX)], entry_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
