//! The floor: bare SQLite with the store's pragmas and key, and rows written without any thought.

use std::path::Path;

use outpost_store::limits::{
    BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES, CHECKPOINT_PAGES, WRITER_CACHE_KIB,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::measure::{by_turns, median, spent};

/// The key of every benchmark database.
pub const KEY: [u8; 32] = [7; 32];

/// Opens an encrypted file the way the store's writer does, without its schema: `FULL` as it saves,
/// `NORMAL` as it pulls.
///
/// # Panics
/// If the file cannot be opened; a benchmark has nobody to tell.
#[must_use]
pub fn open(path: &Path, synchronous: &str) -> Connection {
    let (cache_kib, pages) = match synchronous {
        "FULL" => (WRITER_CACHE_KIB, CHECKPOINT_PAGES),
        _ => (BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES),
    };
    let connection = Connection::open(path).expect("a new file");
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let pragmas = format!(
        "PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256;
         PRAGMA key = \"x'{key}'\"; PRAGMA cipher_memory_security = OFF;
         PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 2097152; PRAGMA wal_autocheckpoint = {pages};
         PRAGMA cache_size = -{cache_kib}; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;
         PRAGMA synchronous = {synchronous};"
    );
    connection.execute_batch(&pragmas).expect("pragmas");
    connection.set_prepared_statement_cache_capacity(128);
    connection
}

/// A table with its statement and rows, as read from a store's file.
pub struct Rows {
    /// Name of the table.
    pub table: String,
    /// Rows in order.
    pub rows: Vec<Vec<Value>>,
}

/// Reads a table whole.
///
/// # Panics
/// If it is not there.
#[must_use]
pub fn read(connection: &Connection, table: &str) -> Rows {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
        .expect("rows")
        .collect::<Result<Vec<Vec<Value>>, _>>()
        .expect("readable rows");
    Rows { table: table.to_owned(), rows }
}

/// Writes those tables of `from` into `to`, with their indices if asked for; no triggers.
///
/// # Panics
/// If a statement is refused.
pub fn copy_schema(from: &Connection, to: &Connection, tables: &[&str], with_indices: bool) {
    let sql = match with_indices {
        true => {
            "SELECT sql, tbl_name FROM sqlite_schema
                 WHERE type IN ('table', 'index') AND sql IS NOT NULL"
        }
        false => "SELECT sql, tbl_name FROM sqlite_schema WHERE type = 'table'",
    };
    let mut statement = from.prepare(sql).expect("the schema");
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .expect("the schema");
    for (sql, table) in rows.flatten() {
        if tables.contains(&table.as_str()) {
            to.execute_batch(&sql).expect("the same schema");
        }
    }
}

/// Inserts rows in one transaction with cached statements: what any program must do at least.
///
/// # Panics
/// If a row is refused.
pub fn insert(connection: &mut Connection, tables: &[Rows]) {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .expect("a transaction");
    for Rows { table, rows } in tables {
        let Some(first) = rows.first() else { continue };
        let marks = vec!["?"; first.len()].join(", ");
        let sql = format!("INSERT INTO {table} VALUES ({marks})");
        let mut statement = transaction.prepare_cached(&sql).expect("an insert");
        for row in rows {
            statement.execute(params_from_iter(row)).expect("a row");
        }
    }
    transaction.commit().expect("commit");
}

/// Documents in a bare encrypted table that is read from end to end: what a list or a report of them
/// cannot do without, were there no sums and no index.
pub struct Bodies(Connection);

impl Bodies {
    /// Rounds of a list or a report.
    const ROUNDS: usize = 11;

    /// The table with these documents.
    pub fn of(path: &Path, bodies: &[Vec<u8>]) -> Self {
        let mut connection = open(path, "NORMAL");
        connection
            .execute_batch("CREATE TABLE kept (id INTEGER PRIMARY KEY, body BLOB)")
            .expect("a table");
        let transaction = connection.transaction().expect("a transaction");
        for body in bodies {
            transaction.execute("INSERT INTO kept (body) VALUES (?)", [body]).expect("written");
        }
        transaction.commit().expect("written");
        Self(connection)
    }

    /// Runs `ours` and the floor by turns and prints both.
    pub fn beside(&self, what: &str, bar_ms: f64, mut ours: impl FnMut()) {
        let floor = || spent(|| self.read_all()).0;
        let turns = by_turns(Self::ROUNDS, || spent(&mut ours).0, floor);
        let middle = |side: usize| {
            median(turns.iter().map(|turn| turn[side].wall.as_secs_f64() * 1e3).collect())
        };
        let (ours, floor) = (middle(0), middle(1));
        println!(
            "{what:<32} {ours:>8.2} ms (bar {bar_ms} ms); all of them read {floor:>8.2} ms, \
             ratio {:.1}",
            ours / floor.max(1e-6)
        );
    }

    fn read_all(&self) {
        let mut statement = self.0.prepare_cached("SELECT body FROM kept").expect("a table");
        let mut rows = statement.query([]).expect("rows");
        let mut bytes = 0;
        while let Some(row) = rows.next().expect("readable") {
            bytes += row.get_ref(0).expect("a body").as_blob().expect("bytes").len();
        }
        assert!(bytes > 0, "there are rows");
    }
}
