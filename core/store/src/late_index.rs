//! Indices that a first download does without, and the transaction of a file that brings most of what
//! will be here. Writing them row by row, in the order of random ids, takes longer than the rows; made
//! at the end they are sorted once.
//!
//! Only lists need them, and a list that is asked for meanwhile sorts its rows itself. Never takes
//! away what finds a record by its id or keeps two apart, nor anything where more records are than
//! come.

use std::borrow::Cow;

use rusqlite::Connection;

use crate::connection::drain;
use crate::error::StoreError;
use crate::limits::LATE_INDEX_ROWS_MAX;
use crate::store::Store;

const LATE: [&str; 8] = [
    "tracked_entity_name",
    "enrollment_by_name",
    "enrollment_by_place_name",
    "enrollment_by_day",
    "enrollment_by_place_day",
    "enrollment_by_status",
    "event_by_place",
    "event_by_day",
];

impl Store {
    /// Makes the indices that a download did without and writes the log back, for which else the next
    /// save of a person would wait; to be called when it ends, however it ends.
    ///
    /// # Errors
    /// [`StoreError`]; what is not done yet is done at the next opening.
    pub fn end_download(&self) -> Result<(), StoreError> {
        if self.read(is_any)? {
            self.write_many(|transaction| build(transaction))?;
        }
        // As far as readers allow: nobody waits.
        self.with_writer(|connection| drain(connection, "PRAGMA wal_checkpoint(PASSIVE)"))
    }

    /// Ends the first download of a process that was killed.
    pub(crate) fn end_killed_download(&self) -> Result<(), StoreError> {
        match self.read(is_any)? {
            true => self.end_download(),
            false => Ok(()),
        }
    }
}

/// Takes the indices away if there are no more records than are known to come, and whether it did.
pub(crate) fn set_aside(connection: &Connection, coming: u64) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM late_index)
         OR coalesce((SELECT max(id) FROM tracked_entity), 0)
           + coalesce((SELECT max(id) FROM enrollment), 0)
           + coalesce((SELECT max(id) FROM event), 0) > ?";
    let coming = i64::try_from(coming).unwrap_or(i64::MAX);
    if connection.prepare_cached(sql)?.query_row([coming], |row| row.get(0))? {
        return Ok(false);
    }
    for name in LATE {
        connection.execute(
            "INSERT INTO late_index SELECT name, sql FROM sqlite_schema
             WHERE type = 'index' AND name = ?",
            [name],
        )?;
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(true)
}

/// Makes them once there are so many rows that sorting them at the end would take much memory.
pub(crate) fn build_if_many(connection: &Connection) -> Result<(), StoreError> {
    if !is_any(connection)? {
        return Ok(());
    }
    let sql = "SELECT coalesce((SELECT max(id) FROM event), 0) > ?1
         OR coalesce((SELECT max(id) FROM enrollment), 0) > ?1";
    let is_many = connection.query_row(sql, [LATE_INDEX_ROWS_MAX], |row| row.get(0))?;
    if is_many { build(connection) } else { Ok(()) }
}

/// Makes what was taken away.
pub(crate) fn build(connection: &Connection) -> Result<(), StoreError> {
    for (_, sql) in late(connection)? {
        connection.execute_batch(&sql)?;
    }
    connection.execute("DELETE FROM late_index", [])?;
    Ok(())
}

/// A statement that asks for no index that is away.
pub(crate) fn without_late<'a>(
    connection: &Connection,
    sql: &'a str,
) -> Result<Cow<'a, str>, StoreError> {
    let mut sql = Cow::Borrowed(sql);
    for (name, _) in late(connection)? {
        // No name is the beginning of another one's.
        let wanted = format!("INDEXED BY {name}");
        if sql.contains(&wanted) {
            sql = Cow::Owned(sql.replace(&wanted, ""));
        }
    }
    Ok(sql)
}

fn is_any(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM late_index)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn late(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT name, sql FROM late_index")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
