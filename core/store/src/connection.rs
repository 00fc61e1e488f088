//! Connections to an encrypted file: flags, key, pragmas. Never decides what to do about an error.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::limits::{
    BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES, BUSY_TIMEOUT_MS, CHECKPOINT_PAGES,
    JOURNAL_SIZE_LIMIT_BYTES, PREPARED_STATEMENTS, READER_CACHE_KIB, WRITER_CACHE_KIB,
};

/// How hard a transaction is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk when the call returns: whatever a person entered, and answers about it.
    Full,
    /// The same for thousands of records in one transaction: with a small cache its pages would be
    /// encrypted and decrypted over and over.
    FullOfMany,
    /// May be lost at a power cut (never damaged): what the server can be asked for again.
    Bulk,
}

/// The one connection that writes.
pub(crate) struct Writer {
    connection: Connection,
    durability: Durability,
}

impl Writer {
    /// Opens the file for writing, makes it if it is not there.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = open(path, key, flags)?;
        // Takes effect in a new file only, before its first table.
        drain(&connection, "PRAGMA auto_vacuum = INCREMENTAL")?;
        drain(&connection, "PRAGMA journal_mode = WAL")?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT_BYTES)?;
        let mut writer = Self { connection, durability: Durability::Bulk };
        writer.set_durability(Durability::Full)?;
        Ok(writer)
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    #[cfg(test)]
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub fn into_connection(self) -> Connection {
        self.connection
    }

    fn set_durability(&mut self, durability: Durability) -> Result<(), StoreError> {
        if self.durability == durability {
            return Ok(());
        }
        let (synchronous, cache_kib, pages) = match durability {
            Durability::Full => ("FULL", WRITER_CACHE_KIB, CHECKPOINT_PAGES),
            Durability::FullOfMany => ("FULL", BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES),
            Durability::Bulk => ("NORMAL", BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES),
        };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        self.connection.pragma_update(None, "cache_size", -cache_kib)?;
        drain(&self.connection, &format!("PRAGMA wal_autocheckpoint = {pages}"))?;
        self.durability = durability;
        Ok(())
    }

    /// Runs `work` in one immediate transaction: all of it or nothing.
    pub fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        end_unfinished(&self.connection)?;
        self.set_durability(durability)?;
        let behavior = TransactionBehavior::Immediate;
        let transaction = Transaction::new(&mut self.connection, behavior)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

/// Ends a transaction whose own end failed: an interrupt can hit `BEGIN` after it took effect, or the
/// `ROLLBACK` of what it interrupted.
pub(crate) fn end_unfinished(connection: &Connection) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(())
}

/// Opens the file for reading only.
pub(crate) fn open_reader(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = open(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(connection)
}

/// How pages are sealed. Small phones have instructions for SHA-256 and none for SHA-512, which is
/// SQLCipher's own choice. A default of the process, for copies (`VACUUM INTO`) follow no other.
const SEAL: &str = "PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256";
/// Files of the first versions.
const OLD_SEAL: &str = "PRAGMA cipher_hmac_algorithm = HMAC_SHA512";

/// Starts SQLCipher once. Two threads that give it its first key at the same time find it half
/// started, and one of them is told that its key is none.
fn start() -> Result<(), StoreError> {
    static IS_STARTED: Mutex<bool> = Mutex::new(false);
    let mut is_started = IS_STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_started {
        let connection = Connection::open_in_memory()?;
        drain(&connection, "PRAGMA cipher_log_level = NONE")?;
        drain(&connection, SEAL)?;
        drain(&connection, "PRAGMA key = 'of no file'")?;
        *is_started = true;
    }
    Ok(())
}

fn open(path: &Path, key: &DatabaseKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    start()?;
    let connection = match unlocked(path, key, flags, None) {
        Err(StoreError::WrongKey) => unlocked(path, key, flags, Some(OLD_SEAL)),
        other => other,
    }?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Else a statement is prepared anew whenever a parameter changes that a partial index might suit.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}

fn unlocked(
    path: &Path,
    key: &DatabaseKey,
    flags: OpenFlags,
    seal: Option<&str>,
) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    // SQLCipher writes to stderr when a key does not fit; the caller gets an error instead.
    drain(&connection, "PRAGMA cipher_log_level = NONE")?;
    drain(&connection, &key.pragma())?;
    if let Some(seal) = seal {
        drain(&connection, seal)?;
    }
    drain(&connection, "PRAGMA cipher_memory_security = OFF")?;
    check_key(&connection)?;
    Ok(connection)
}

/// The first page is readable only with the right key.
fn check_key(connection: &Connection) -> Result<(), StoreError> {
    let first = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    first.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::WrongKey,
        _ => error.into(),
    })
}

/// Runs a statement whose rows do not matter; pragmas may or may not return one.
pub(crate) fn drain(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// A count; SQLite has signed numbers only.
pub(crate) fn count_of(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number.max(0).unsigned_abs())
}
