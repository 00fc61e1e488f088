//! Forms that were begun and not saved yet: opaque text of the form layer, kept across process death.

use rusqlite::{OptionalExtension, Row, params};

use crate::error::StoreError;
use crate::limits::{PAGE_ROWS_MAX, PAYLOAD_BYTES_MAX};
use crate::store::Store;

/// Which draft.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DraftKey {
    /// Kind of form, e.g. `dataSet` or `event`.
    pub form: String,
    /// The record within it.
    pub key: String,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which one.
    pub key: DraftKey,
    /// JSON of the form layer.
    pub body: String,
    /// Device time of the last save, Unix ms.
    pub saved_ms: i64,
}

impl Store {
    /// Keeps a draft, over an earlier one of the same key.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if it is too large, else [`StoreError`]; nothing was written.
    pub fn save_draft(&self, key: &DraftKey, body: &str, now_ms: i64) -> Result<(), StoreError> {
        if body.len() > PAYLOAD_BYTES_MAX {
            let limit = PAYLOAD_BYTES_MAX as u64;
            return Err(StoreError::Limit { what: "the size of a draft in bytes", limit });
        }
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO draft (form, key, body, saved_ms) VALUES (?, ?, ?, ?)",
                )?
                .execute(params![key.form, key.key, body, now_ms])?;
            Ok(())
        })
    }

    /// Loads a draft.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_draft(&self, key: &DraftKey) -> Result<Option<Draft>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT form, key, body, saved_ms FROM draft WHERE form = ? AND key = ?",
            )?;
            Ok(statement.query_row([&key.form, &key.key], draft_of).optional()?)
        })
    }

    /// Removes a draft: it was saved as a record, or a person gave it up.
    ///
    /// # Errors
    /// [`StoreError`]; it is still there.
    pub fn delete_draft(&self, key: &DraftKey) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "DELETE FROM draft WHERE form = ? AND key = ?";
            transaction.prepare_cached(sql)?.execute([&key.form, &key.key])?;
            Ok(())
        })
    }

    /// Drafts after a key.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn drafts_page(
        &self,
        after: Option<&DraftKey>,
        limit: u32,
    ) -> Result<Vec<Draft>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT form, key, body, saved_ms FROM draft WHERE (form, key) > (?, ?)
                 ORDER BY form, key LIMIT ?",
            )?;
            let (form, key) = after.map_or(("", ""), |after| (&*after.form, &*after.key));
            let rows =
                statement.query_map(params![form, key, limit.min(PAGE_ROWS_MAX)], draft_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn draft_of(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let key = DraftKey { form: row.get(0)?, key: row.get(1)? };
    Ok(Draft { key, body: row.get(2)?, saved_ms: row.get(3)? })
}
