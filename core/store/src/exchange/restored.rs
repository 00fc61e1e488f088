//! A machine's database as a copy, and a copy as the database of another machine.
//!
//! A copy is of an earlier day. Whatever the lost machine did since, nobody here knows: numbers that it
//! may have given are not given again, and everything that waits counts as sent with an unknown
//! outcome.

use std::path::Path;

use rusqlite::params;
use serde_json::Value;

use super::{Exchange, state::SEQUENCE_JUMP};
use crate::connection::{Writer, drain};
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::limits::PAGE_ROWS_MAX;
use crate::migrations::STORE;
use crate::open::{check_all, open_known};
use crate::outbox::edit::save_sequence;
use crate::outbox::row::{COLUMNS, Row};
use crate::payload;
use crate::store::Store;

impl Store {
    /// Copies the database to a path where nothing is yet; the copy has the same key.
    ///
    /// # Errors
    /// [`StoreError::Full`]; [`StoreError`]. What is there then is no copy and may be removed.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let target = path.to_str().ok_or_else(|| StoreError::Io {
            detail: "the path of the copy is not UTF-8".to_owned(),
        })?;
        self.with_writer(|connection| {
            connection.execute("VACUUM INTO ?", [target])?;
            Ok(())
        })?;
        Ok(std::fs::File::open(path)?.sync_all()?)
    }

    /// Checks every page of a copy and gives it another key. Nobody else has it open.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::Corrupt`], [`StoreError::Newer`],
    /// [`StoreError::Foreign`]: the copy is of no use. [`StoreError::Full`].
    pub fn take_over(path: &Path, old: &DatabaseKey, new: &DatabaseKey) -> Result<(), StoreError> {
        let writer: Writer = open_known(&STORE, path, old)?;
        let connection = writer.into_connection();
        check_all(&connection)?;
        // A key is changed page by page, in one transaction with an ordinary journal.
        drain(&connection, "PRAGMA journal_mode = DELETE")?;
        drain(&connection, &new.pragma().replacen("PRAGMA key", "PRAGMA rekey", 1))?;
        connection.close().map_err(|(_, error)| StoreError::from(error))?;
        Ok(std::fs::File::open(path)?.sync_all()?)
    }
}

impl Exchange<'_> {
    /// This database goes on from a copy of an earlier day: no number of the outbox that the lost
    /// machine may have given is given again, no value that it may have used is used again, and what
    /// waits counts as sent with an unknown outcome. `line` is for the journal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn restored(&mut self, line: Value) -> Result<(), StoreError> {
        self.catch_up()?;
        self.seq = self.seq.saturating_add(SEQUENCE_JUMP);
        save_sequence(self.connection, self.seq)?;
        self.connection.execute("DELETE FROM reserved_value", [])?;
        let mut after = 0;
        loop {
            let rows = self.rows_after(after)?;
            let Some(last) = rows.last() else { break };
            after = last.id.0;
            for mut row in rows {
                let waits = row.payload.clone();
                row.doubt(waits);
                self.connection
                    .prepare_cached("UPDATE outbox SET last_sent = ? WHERE id = ?")?
                    .execute(params![payload::write_lines(&row.in_doubt)?, row.id.0])?;
            }
        }
        self.note_file(line)
    }

    fn rows_after(&self, after: i64) -> Result<Vec<Row>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id > ? ORDER BY id LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_and_then(params![after, PAGE_ROWS_MAX], Row::of)?;
        rows.collect()
    }

    /// Partners, kinds and states of the files that were written here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn written_streams(&self) -> Result<Vec<(String, String, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT partner, kind, body FROM exchange_stream WHERE direction = 1",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
