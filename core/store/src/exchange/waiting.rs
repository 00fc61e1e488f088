//! Files that came before one that they need: kept as they are, encrypted, until it comes.

use rusqlite::{OptionalExtension, params};

use super::Exchange;
use super::incoming::FileName;
use crate::connection::count_of;
use crate::error::StoreError;

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFile {
    /// Its number here.
    pub id: i64,
    /// Who sent it.
    pub partner: String,
    /// `data` or `receipt`.
    pub kind: String,
    /// Its name.
    pub file: FileName,
    /// First and last number that is missing.
    pub missing: (u64, u64),
    /// Its size.
    pub bytes: u64,
}

impl Exchange<'_> {
    /// Keeps a file; `read` gives its bytes, piece by piece, none at the end. The same one a second
    /// time changes nothing.
    ///
    /// # Errors
    /// Those of `read`; [`StoreError`].
    pub fn keep_waiting<E: From<StoreError>>(
        &mut self,
        file: &WaitingFile,
        mut read: impl FnMut() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let number = self.insert_waiting(file)?;
        let Some(number) = number else { return Ok(()) };
        let mut piece = 0_i64;
        while let Some(content) = read()? {
            self.insert_piece(number, piece, &content)?;
            piece += 1;
        }
        Ok(())
    }

    fn insert_waiting(&self, file: &WaitingFile) -> Result<Option<i64>, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO exchange_waiting (partner, kind, sequence, hash,
                   first_missing, last_missing, bytes, kept_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                file.partner,
                file.kind,
                number(file.file.number),
                file.file.hash,
                number(file.missing.0),
                number(file.missing.1),
                number(file.bytes),
                self.now_ms
            ])?;
        Ok((added > 0).then(|| self.connection.last_insert_rowid()))
    }

    fn insert_piece(&self, file: i64, piece: i64, content: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO exchange_waiting_piece (file, number, content) VALUES (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![file, piece, content])?;
        Ok(())
    }

    /// Files that wait, by sender and number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting_files(&self) -> Result<Vec<WaitingFile>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, partner, kind, sequence, hash, first_missing, last_missing, bytes
             FROM exchange_waiting ORDER BY partner, kind, sequence",
        )?;
        let rows = statement.query_and_then([], |row| {
            Ok(WaitingFile {
                id: row.get(0)?,
                partner: row.get(1)?,
                kind: row.get(2)?,
                file: FileName { number: count_of(row, 3)?, hash: row.get(4)? },
                missing: (count_of(row, 5)?, count_of(row, 6)?),
                bytes: count_of(row, 7)?,
            })
        })?;
        rows.collect()
    }

    /// A piece of a file that waits, from 0 on; `None` after the last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting_piece(&self, id: i64, piece: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT content FROM exchange_waiting_piece WHERE file = ? AND number = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([id, piece], |row| row.get(0)).optional()?)
    }

    /// A file that no longer waits: it was taken in, or its records came otherwise.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_waiting(&mut self, id: i64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM exchange_waiting_piece WHERE file = ?", [id])?;
        self.connection.execute("DELETE FROM exchange_waiting WHERE id = ?", [id])?;
        Ok(())
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
