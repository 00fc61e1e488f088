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

/// How much lies here between others and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExchangeCounts {
    /// Rows of the outbox that wait here for somebody else.
    pub carried: u64,
    /// Of these, rows that the server refused or of which it holds another version.
    pub carried_parked: u64,
    /// Rows of the outbox that a partner said to have as they are now.
    pub held_elsewhere: u64,
    /// Records of others that are kept aside.
    pub aside: u64,
    /// Files that wait for those before them.
    pub waiting_files: u64,
}

impl Store {
    /// How much lies here between others and the server.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn exchange_counts(&self) -> Result<ExchangeCounts, StoreError> {
        const COUNTS: &str = "SELECT
            (SELECT count(DISTINCT outbox) FROM carried WHERE outbox IS NOT NULL),
            (SELECT count(*) FROM outbox o WHERE o.state IN (2, 3)
               AND EXISTS (SELECT 1 FROM carried c WHERE c.outbox = o.id)),
            (SELECT count(DISTINCT h.row) FROM handed_over h CROSS JOIN outbox o ON o.id = h.row
               WHERE h.stage IS NOT NULL AND h.revision = o.revision),
            (SELECT count(*) FROM carried WHERE stage = 3),
            (SELECT count(*) FROM exchange_waiting)";
        self.read(|connection| {
            let counts = connection.query_row(COUNTS, [], |row| {
                Ok(ExchangeCounts {
                    carried: count_of(row, 0)?,
                    carried_parked: count_of(row, 1)?,
                    held_elsewhere: count_of(row, 2)?,
                    aside: count_of(row, 3)?,
                    waiting_files: count_of(row, 4)?,
                })
            });
            Ok(counts?)
        })
    }

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
