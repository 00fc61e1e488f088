//! The schema as a table of steps: the index of a step plus one is the version it leads to.
//!
//! A released step never changes, and uses SQL only, never code of the current model.

use rusqlite::{Connection, Transaction};

use crate::error::StoreError;

/// A family of database files: who wrote it, and how it came to its present shape.
pub(crate) struct Schema {
    /// SQLite `application_id`.
    pub application_id: i32,
    /// Steps in order.
    pub migrations: &'static [&'static str],
    /// Oldest program that may open what this one writes; `None` if the family has no such rule.
    pub min_reader_query: Option<&'static str>,
}

/// The database of one account, "OutS".
pub(crate) static STORE: Schema = Schema {
    application_id: 0x4F75_7453,
    migrations: &[
        include_str!("../migrations/0001_init.sql"),
        include_str!("../migrations/0002_tracker.sql"),
        include_str!("../migrations/0003_exchange.sql"),
        include_str!("../migrations/0004_digest.sql"),
        include_str!("../migrations/0005_indices.sql"),
        include_str!("../migrations/0006_carried.sql"),
        include_str!("../migrations/0007_packed.sql"),
    ],
    min_reader_query: Some("SELECT min_reader FROM store_state WHERE id = 1"),
};

/// The registry of accounts, "OutA".
pub(crate) static ACCOUNTS: Schema = Schema {
    application_id: 0x4F75_7441,
    migrations: &[include_str!("../migrations/accounts_0001_init.sql")],
    min_reader_query: None,
};

impl Schema {
    /// The version that this program writes.
    pub fn version(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// Carries out every step after `found` inside the caller's transaction.
    pub fn migrate(&self, transaction: &Transaction<'_>, found: u32) -> Result<(), StoreError> {
        for step in self.migrations.iter().skip(found as usize) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", self.application_id)?;
        transaction.pragma_update(None, "user_version", self.version())?;
        Ok(())
    }
}

/// Version and application id of a file; both are 0 for a new one.
pub(crate) fn found(connection: &Connection) -> Result<(u32, i32), StoreError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok((version, application))
}
