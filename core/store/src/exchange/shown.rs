//! Where a row has been handed, and whose it is: for lists.

use outpost_sync::ports::OutboxId;
use rusqlite::params;

use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// A partner to whom a row was handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedTo {
    /// First key of the partner.
    pub partner: String,
    /// Number of the file in which it went last.
    pub file: u64,
    /// Whether that was the row as it is now.
    pub is_current: bool,
    /// Whether the partner said that it has it.
    pub is_taken: bool,
    /// Why it waits there, in words.
    pub reason: Option<String>,
}

/// Who captured a row that waits here for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedRow {
    /// First key of the device that captured it.
    pub device: String,
    /// User name of the one who captured it.
    pub captured_by: String,
    /// When, by that device's clock, Unix ms.
    pub captured_ms: i64,
    /// First key of whoever handed it over.
    pub partner: String,
    /// The file that brought it last.
    pub file: u64,
    /// Capturer and carriers as JSON.
    pub provenance: String,
}

impl Store {
    /// To whom a row was handed.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn handed_to(&self, id: OutboxId) -> Result<Vec<HandedTo>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT h.partner, h.file, h.revision = o.revision, h.stage IS NOT NULL, h.reason
                 FROM handed_over h CROSS JOIN outbox o ON o.id = h.row WHERE h.row = ?
                 ORDER BY h.partner",
            )?;
            let rows = statement.query_and_then([id.0], |row| {
                Ok(HandedTo {
                    partner: row.get(0)?,
                    file: count_of(row, 1)?,
                    is_current: row.get(2)?,
                    is_taken: row.get(3)?,
                    reason: row.get(4)?,
                })
            })?;
            rows.collect()
        })
    }

    /// For whom a row waits here.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn carried_for(&self, id: OutboxId) -> Result<Vec<CarriedRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT device, captured_by, captured_ms, partner, file, provenance FROM carried
                 WHERE outbox = ? ORDER BY id LIMIT ?",
            )?;
            let rows = statement.query_and_then(params![id.0, PAGE_ROWS_MAX], |row| {
                Ok(CarriedRow {
                    device: row.get(0)?,
                    captured_by: row.get(1)?,
                    captured_ms: row.get(2)?,
                    partner: row.get(3)?,
                    file: count_of(row, 4)?,
                    provenance: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }
}
