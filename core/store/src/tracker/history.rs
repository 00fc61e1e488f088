//! What happened to one record: the journal's entries that are about it.

use outpost_domain::uid::Uid;
use rusqlite::params;
use serde_json::Value;

use crate::error::StoreError;
use crate::journal::{JournalEntry, entry_of};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// An entry of the journal, cut to what it says about the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Number of the entry.
    pub seq: i64,
    /// Device time, Unix ms.
    pub at_ms: i64,
    /// Name of the kind, see [`crate::JournalKind::name`].
    pub kind: String,
    /// User name; empty for what nobody asked for.
    pub by: String,
    /// Details as JSON: `from` and `to` of an edit, `outcome` and `details` of an answer. Holds what
    /// people entered: never logged.
    pub details: Value,
}

impl Store {
    /// When the server last wrote an event or enrolment, in its local time; `None` if that is not known.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn server_time_of(&self, record: Uid) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            for sql in [
                "SELECT server_updated_at FROM event WHERE uid = ?",
                "SELECT server_updated_at FROM enrollment WHERE uid = ?",
            ] {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query([record.as_str()])?;
                if let Some(row) = rows.next()? {
                    return Ok(row.get(0)?);
                }
            }
            Ok(None)
        })
    }

    /// Entries about a tracked entity, enrolment, event, relationship or file before a number, newest
    /// first; `None` begins with the newest.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn record_history(
        &self,
        record: Uid,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT j.seq, j.at_ms, j.kind, j.by, j.body FROM journal_record r
                 CROSS JOIN journal j ON j.seq = r.seq
                 WHERE r.record = ? AND r.seq < ? ORDER BY r.seq DESC LIMIT ?",
            )?;
            let before = before.unwrap_or(i64::MAX);
            let parameters = params![record.as_str(), before, limit.min(PAGE_ROWS_MAX)];
            let rows = statement.query_map(parameters, entry_of)?;
            let mut entries = Vec::new();
            for entry in rows {
                let JournalEntry { seq, at_ms, kind, by, body } = entry?;
                let details = about(&body, record);
                entries.push(HistoryEntry { seq, at_ms, kind, by, details });
            }
            Ok(entries)
        })
    }
}

/// The part of an entry that is about the record; all of it if it has no parts.
fn about(body: &str, record: Uid) -> Value {
    let whole: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let parts = ["edits", "rows"].into_iter().find_map(|name| whole.get(name)?.as_array());
    let Some(parts) = parts else { return whole };
    let is_about = |part: &&Value| {
        let subject = part.get("subject").and_then(Value::as_str).unwrap_or_default();
        let person = subject.strip_suffix("/0").unwrap_or(subject);
        person == record.as_str() || subject.rsplit('/').next() == Some(record.as_str())
    };
    Value::Array(parts.iter().filter(is_about).cloned().collect())
}
