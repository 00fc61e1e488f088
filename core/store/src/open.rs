//! Opening a database: what is found decides what is done.
//!
//! Never deletes a database. A wrong key is never taken for damage; a full disk is neither.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::connection::{Durability, Writer, drain};
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::key_check;
use crate::migrations::{STORE, Schema, found};
use crate::outbox::claim::take_back;
use crate::salvage::{SalvageReport, salvage, take_finished};
use crate::store::{ProcessLock, Store, beside};

/// How to open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Read every page and check it. Done anyway after damage was noticed.
    pub check_all: bool,
}

/// A store with what its opening found.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was found and done.
    pub report: OpenReport,
}

/// What an opening found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether the database is new.
    pub is_new: bool,
    /// The version it had, if it was converted.
    pub migrated_from: Option<u32>,
    /// The copy made before it was converted, because rows were unsent. To be removed with
    /// [`Store::remove_backups`] after the first complete sync.
    pub backup: Option<PathBuf>,
    /// What was saved of a damaged database.
    pub salvage: Option<SalvageReport>,
    /// Rows that a dead process had in flight; they are pending again.
    pub taken_back: u64,
}

impl Store {
    /// Opens the database of one account, makes it if there is none.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::Newer`], [`StoreError::Foreign`]: the file was left
    /// alone. [`StoreError::Busy`] if it must be converted or saved and another process has it open.
    /// [`StoreError::Full`], [`StoreError::Io`]: try again, nothing was lost.
    pub fn open(
        path: &Path,
        key: &DatabaseKey,
        options: OpenOptions,
    ) -> Result<Opened, StoreError> {
        let opened = open_with(&STORE, path, key, options)?;
        // A download that goes on in another process ends itself.
        if opened.store.is_sole_sender() {
            opened.store.end_killed_download()?;
        }
        Ok(opened)
    }
}

pub(crate) fn open_with(
    schema: &Schema,
    path: &Path,
    key: &DatabaseKey,
    options: OpenOptions,
) -> Result<Opened, StoreError> {
    let lock = ProcessLock::take(path)?;
    if lock.is_held {
        take_finished(path)?;
    }
    let mut report = OpenReport::default();
    let prepared = match prepare(schema, path, key, options, &lock, &mut report) {
        // The key is right, so the page that seals it is not.
        Err(StoreError::WrongKey) if key_check::fits(path, key) => {
            Err(StoreError::Corrupt { detail: "the first page".to_owned() })
        }
        other => other,
    };
    let writer = match prepared {
        Err(StoreError::Corrupt { .. }) if !lock.is_held => return Err(StoreError::Busy),
        Err(StoreError::Corrupt { detail }) => {
            report = OpenReport::default();
            report.salvage = Some(salvage(schema, path, key, &detail)?);
            prepare(schema, path, key, OpenOptions::default(), &lock, &mut report)?
        }
        other => other?,
    };
    key_check::remember(path, key);
    let store = Store::assemble(path, key, writer, lock)?;
    Ok(Opened { store, report })
}

/// Opens for writing, checks, converts and takes back what a dead process had in flight.
fn prepare(
    schema: &Schema,
    path: &Path,
    key: &DatabaseKey,
    options: OpenOptions,
    lock: &ProcessLock,
    report: &mut OpenReport,
) -> Result<Writer, StoreError> {
    let mut writer = open_known(schema, path, key)?;
    let damage_noticed = beside(path, "damaged");
    if options.check_all || damage_noticed.exists() {
        check_all(writer.connection())?;
        if damage_noticed.exists() {
            std::fs::remove_file(&damage_noticed)?;
        }
    }
    let (version, _) = found(writer.connection())?;
    if version < schema.version() {
        report.is_new = version == 0;
        if version > 0 {
            if !lock.is_held {
                return Err(StoreError::Busy);
            }
            report.migrated_from = Some(version);
            report.backup = back_up(writer.connection(), path, version)?;
        }
        writer.transact(Durability::Full, |transaction| {
            // Another process may have converted a new file meanwhile.
            let (version, _) = found(transaction)?;
            if version < schema.version() { schema.migrate(transaction, version) } else { Ok(()) }
        })?;
        drain(writer.connection(), "PRAGMA optimize = 0x10002")?;
    }
    if lock.is_held && has_rows_in_flight(writer.connection())? {
        report.taken_back =
            writer.transact(Durability::Full, |transaction| take_back(transaction))?;
    }
    Ok(writer)
}

/// Opens a file that is new or of this family, and of a version that can be read.
pub(crate) fn open_known(
    schema: &Schema,
    path: &Path,
    key: &DatabaseKey,
) -> Result<Writer, StoreError> {
    let writer = Writer::open(path, key)?;
    let connection = writer.connection();
    let (version, application) = found(connection)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != schema.application_id && (tables > 0 || version > 0 || application != 0) {
        return Err(StoreError::Foreign);
    }
    if version > schema.version() {
        let supported = schema.version();
        let newer = StoreError::Newer { found: version, supported };
        let query = schema.min_reader_query.ok_or_else(|| newer.clone())?;
        let min_reader: u32 =
            connection.query_row(query, [], |row| row.get(0)).map_err(|_| newer.clone())?;
        if min_reader > supported {
            return Err(newer);
        }
    }
    Ok(writer)
}

pub(crate) fn has_rows_in_flight(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 1 AND state > 0)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Copies the database before it is converted if rows are unsent. The copy has the same key.
///
/// Whether there is room is found out by writing it: if there is not, nothing is converted.
fn back_up(
    connection: &Connection,
    path: &Path,
    version: u32,
) -> Result<Option<PathBuf>, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM draft)";
    let has_unsent: bool = connection.query_row(sql, [], |row| row.get(0))?;
    if !has_unsent {
        return Ok(None);
    }
    let copy = beside(path, &format!("pre-v{}", version + 1));
    if copy.exists() {
        // An attempt that failed later; the database itself is unchanged since.
        std::fs::remove_file(&copy)?;
    }
    let target = copy.to_str().ok_or_else(|| StoreError::Io {
        detail: "the path of the database is not UTF-8".to_owned(),
    })?;
    if let Err(error) = connection.execute("VACUUM INTO ?", [target]) {
        drop(std::fs::remove_file(&copy));
        return Err(error.into());
    }
    std::fs::File::open(&copy)?.sync_all()?;
    Ok(Some(copy))
}

/// Reads every page: first each page's seal, then the structure.
pub(crate) fn check_all(connection: &Connection) -> Result<(), StoreError> {
    for pragma in ["cipher_integrity_check", "quick_check"] {
        let mut statement = connection.prepare(&format!("PRAGMA {pragma}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let finding: String = row.get(0)?;
            if finding != "ok" {
                return Err(StoreError::Corrupt { detail: format!("{pragma} failed") });
            }
        }
    }
    Ok(())
}
