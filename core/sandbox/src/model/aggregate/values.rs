//! Stored data values: the only SQL about them.

use rusqlite::{Connection, OptionalExtension, params};

/// The five ids that name one value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Data element.
    pub de: String,
    /// Period.
    pub pe: String,
    /// Organisation unit.
    pub ou: String,
    /// Category option combo.
    pub coc: String,
    /// Attribute option combo.
    pub aoc: String,
}

/// A stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The value; `None` for a record that is only a comment (capture a005h).
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub followup: bool,
    /// Who stored it, by name.
    pub stored_by: Option<String>,
    /// Unix ms.
    pub created: i64,
    /// Unix ms.
    pub updated: i64,
    /// Soft-deleted.
    pub deleted: bool,
}

/// The value of a key, also a deleted one.
///
/// # Errors
/// Only when the store fails.
pub fn load(db: &Connection, key: &Key) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT value, comment, followup, stored_by, created, updated, deleted \
               FROM data_value WHERE ou = ? AND pe = ? AND de = ? AND coc = ? AND aoc = ?";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Stored {
            value: row.get(0)?,
            comment: row.get(1)?,
            followup: row.get(2)?,
            stored_by: row.get(3)?,
            created: row.get(4)?,
            updated: row.get(5)?,
            deleted: row.get(6)?,
        })
    };
    let row = params![key.ou, key.pe, key.de, key.coc, key.aoc];
    db.prepare_cached(sql)?.query_row(row, read).optional()
}

/// Writes a value; `days` are the first and last day of its period.
///
/// # Errors
/// Only when the store fails.
pub fn store(db: &Connection, key: &Key, value: &Stored, days: (i64, i64)) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO data_value(de, pe, ou, coc, aoc, value, comment, followup, \
               stored_by, created, updated, deleted, pe_start, pe_end) \
               VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    let row = params![
        key.de,
        key.pe,
        key.ou,
        key.coc,
        key.aoc,
        value.value,
        value.comment,
        value.followup,
        value.stored_by,
        value.created,
        value.updated,
        value.deleted,
        days.0,
        days.1,
    ];
    db.prepare_cached(sql)?.execute(row).map(|_| ())
}
