//! Records of others that cannot wait in the outbox yet: an object is unknown, or another version waits.
//!
//! They are looked at again after every import and every sync, and never dropped by themselves.

use outpost_domain::data::Payload;
use rusqlite::params;

use super::carried::given_up_words;
use super::incoming::{FileName, Incoming};
use super::{Exchange, TakenIn};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::journal::{self, JournalKind};
use crate::limits::PAGE_ROWS_MAX;
use crate::outbox::decide::must_have_reason;
use crate::payload;
use crate::store::Store;

/// A record that is kept aside, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct AsideRow {
    /// Its number.
    pub id: i64,
    /// The record, and where it came from.
    pub incoming: Incoming,
    /// Why, in words.
    pub reason: String,
}

const ASIDE: &str =
    "SELECT id, partner, file, file_hash, device, device_row, revision, captured_by,
       captured_ms, provenance, payload_version, payload, base, reason
     FROM carried WHERE stage = 3 AND id > ?1 ORDER BY id LIMIT ?2";

pub(super) fn page(
    connection: &rusqlite::Connection,
    after: i64,
    limit: u32,
) -> Result<Vec<AsideRow>, StoreError> {
    let mut statement = connection.prepare_cached(ASIDE)?;
    let rows = statement.query_and_then(params![after, limit.min(PAGE_ROWS_MAX)], |row| {
        let version: u32 = row.get(10)?;
        let read = |column: usize| -> Result<Option<Payload>, StoreError> {
            let text: Option<String> = row.get(column)?;
            text.map(|text| payload::read(version, &text)).transpose()
        };
        let record = read(11)?.ok_or_else(|| StoreError::unreadable("record"))?;
        Ok(AsideRow {
            id: row.get(0)?,
            incoming: Incoming {
                partner: row.get(1)?,
                file: FileName { number: count_of(row, 2)?, hash: row.get(3)? },
                device: row.get(4)?,
                row: row.get(5)?,
                revision: row.get(6)?,
                captured_by: row.get(7)?,
                captured_ms: row.get(8)?,
                provenance: row.get(9)?,
                payload: record,
                base: read(12)?,
            },
            reason: row.get::<_, Option<String>>(13)?.unwrap_or_default(),
        })
    })?;
    rows.collect()
}

impl Store {
    /// Records of others that are kept aside, by number.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn aside_page(&self, after: i64, limit: u32) -> Result<Vec<AsideRow>, StoreError> {
        self.read(|connection| page(connection, after, limit))
    }

    /// Gives up a record that is kept aside; whoever captured it is told why.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] without a reason.
    pub fn discard_aside(
        &self,
        id: i64,
        reason: &str,
        by: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        must_have_reason(reason)?;
        self.write(|transaction| {
            let found = page(transaction, id.saturating_sub(1), 1)?;
            let found = found.into_iter().find(|row| row.id == id);
            let row = found.ok_or(StoreError::NotFound { what: "record that is kept aside" })?;
            transaction.execute(
                "UPDATE carried SET stage = 2, payload = NULL, base = NULL, reason = ?
                 WHERE id = ?",
                params![given_up_words(by, reason), id],
            )?;
            let lost = &row.incoming.payload;
            let body = serde_json::json!({ "aside": id, "reason": reason, "lost": lost });
            journal::append(transaction, JournalKind::Discard, by, &body, now_ms)?;
            journal::note_records(transaction, &lost.record_uid().into_iter().collect())
        })
    }
}

impl Exchange<'_> {
    /// Looks at everything that is kept aside again; how many records are now in the outbox.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn retry_aside(&mut self) -> Result<u64, StoreError> {
        let (mut after, mut freed) = (0, 0);
        loop {
            let rows = page(self.connection, after, PAGE_ROWS_MAX)?;
            let Some(last) = rows.last() else { return Ok(freed) };
            after = last.id;
            for row in rows {
                // Putting it anew would note it anew: only what changes is noted.
                let taken = self.take_in(&row.incoming.prepare()?)?;
                let stays =
                    matches!(taken, TakenIn::Differs { .. } | TakenIn::Unknown(_) | TakenIn::Busy);
                freed += u64::from(!stays);
            }
        }
    }

    /// Whether anything is kept aside.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_aside(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM carried WHERE stage = 3)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}
