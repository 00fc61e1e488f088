//! Who signed in on this device: one database per server and user, named here.
//!
//! An encrypted file of its own, because it is read before it is known whose database to open. Holds
//! verifiers, never passwords.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{OptionalExtension, Row, params};

use crate::connection::{Durability, Writer};
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::migrations::{ACCOUNTS, found};
use crate::open::open_known;

/// An account on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Base address of the server.
    pub server: String,
    /// User name.
    pub user: String,
    /// Name of its database file, without folder.
    pub database_file: String,
    /// Verifier for signing in offline, as text.
    pub offline_verifier: Option<String>,
    /// State of the lockout as JSON.
    pub lockout: Option<String>,
    /// Device time of the last use, Unix ms.
    pub last_used_ms: i64,
}

/// The registry of accounts.
pub struct Accounts {
    writer: Mutex<Writer>,
}

const COLUMNS: &str = "server, user, database_file, offline_verifier, lockout, last_used_ms";

impl Accounts {
    /// Opens the registry, makes it if there is none.
    ///
    /// # Errors
    /// As [`crate::Store::open`]; a damaged registry is [`StoreError::Corrupt`] and left alone.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let mut writer = open_known(&ACCOUNTS, path, key)?;
        writer.transact(Durability::Full, |transaction| {
            let (version, _) = found(transaction)?;
            if version < ACCOUNTS.version() {
                ACCOUNTS.migrate(transaction, version)?;
            }
            Ok(())
        })?;
        Ok(Self { writer: Mutex::new(writer) })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.transact(Durability::Full, work)
    }

    /// The account of a user on a server.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load(&self, server: &str, user: &str) -> Result<Option<Account>, StoreError> {
        self.with(|transaction| {
            let sql = format!("SELECT {COLUMNS} FROM account WHERE server = ? AND user = ?");
            Ok(transaction.query_row(&sql, [server, user], account_of).optional()?)
        })
    }

    /// Every account, the one used last first.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn list(&self) -> Result<Vec<Account>, StoreError> {
        self.with(|transaction| {
            let sql =
                format!("SELECT {COLUMNS} FROM account ORDER BY last_used_ms DESC, server, user");
            let mut statement = transaction.prepare(&sql)?;
            Ok(statement.query_map([], account_of)?.collect::<Result<_, _>>()?)
        })
    }

    /// Adds the account or writes over it.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written. Two accounts never share a database file.
    pub fn save(&self, account: &Account) -> Result<(), StoreError> {
        self.with(|transaction| {
            transaction.execute(
                "INSERT INTO account (server, user, database_file, offline_verifier, lockout,
                   last_used_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (server, user) DO UPDATE SET database_file = ?3,
                   offline_verifier = ?4, lockout = ?5, last_used_ms = ?6",
                params![
                    account.server,
                    account.user,
                    account.database_file,
                    account.offline_verifier,
                    account.lockout,
                    account.last_used_ms
                ],
            )?;
            Ok(())
        })
    }

    /// Forgets the account. Its database file is not touched: it may hold unsent rows.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn remove(&self, server: &str, user: &str) -> Result<(), StoreError> {
        self.with(|transaction| {
            let sql = "DELETE FROM account WHERE server = ? AND user = ?";
            transaction.execute(sql, [server, user])?;
            Ok(())
        })
    }
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        server: row.get(0)?,
        user: row.get(1)?,
        database_file: row.get(2)?,
        offline_verifier: row.get(3)?,
        lockout: row.get(4)?,
        last_used_ms: row.get(5)?,
    })
}
