//! Small named texts: facts of the session, and secrets that live only inside the encrypted file.

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::store::Store;

/// Loads a fact; names are in `outpost_sync::ports::facts`.
pub(crate) fn load(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM fact WHERE name = ?")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Stores a fact in the caller's transaction.
pub(crate) fn save(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO fact (name, value) VALUES (?, ?)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute([name, value])?;
    Ok(())
}

impl Store {
    /// Loads a fact.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| load(connection, name))
    }

    /// Stores a fact.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_fact(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|transaction| save(transaction, name, value))
    }

    /// Loads a secret (access token, offline verifier). Wiped from memory when dropped.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_secret(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT value FROM secret WHERE name = ?")?;
            let value = statement.query_row([name], |row| row.get::<_, String>(0)).optional()?;
            Ok(value.map(Zeroizing::new))
        })
    }

    /// Stores a secret; `None` removes it.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_secret(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM secret WHERE name = ?", [name])?;
            if let Some(value) = value {
                let sql = "INSERT INTO secret (name, value) VALUES (?, ?)";
                transaction.execute(sql, params![name, value])?;
            }
            Ok(())
        })
    }
}
