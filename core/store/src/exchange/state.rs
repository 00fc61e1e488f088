//! Documents of the exchange library: key ring, own card, own identity, ledgers, logs of what was sent.

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::Exchange;
use crate::error::StoreError;
use crate::store::Store;

/// Name of the identity among the secrets.
const IDENTITY: &str = "exchangeIdentity";

/// More edits than a device makes between a backup, or damage, and the day on which it is mended.
pub(crate) const SEQUENCE_JUMP: i64 = 100_000;

/// Which way the files of a stream go. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Direction {
    /// Files that came from the partner.
    In = 0,
    /// Files that were written for the partner.
    Out = 1,
}

fn load(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM exchange_state WHERE name = ?")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// After a salvage: a number of the outbox that was told to others is not used again, and what came
/// is asked for once more, as nobody knows what was lost of it. The next device sequence number.
pub(crate) fn restore(target: &Connection, seq: i64) -> Result<i64, StoreError> {
    let has_sent: bool = target.query_row(
        "SELECT EXISTS (SELECT 1 FROM exchange_stream WHERE direction = 1)",
        [],
        |row| row.get(0),
    )?;
    target.execute("DELETE FROM exchange_stream WHERE direction = 0", [])?;
    target.execute(
        "DELETE FROM carried WHERE outbox IS NOT NULL AND outbox NOT IN (SELECT id FROM outbox)",
        [],
    )?;
    target.execute("DELETE FROM handed_over WHERE row NOT IN (SELECT id FROM outbox)", [])?;
    Ok(if has_sent { seq.saturating_add(SEQUENCE_JUMP) } else { seq })
}

impl Store {
    /// The identity of this device, as the exchange library keeps it; `None` before it was made.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn exchange_identity(&self) -> Result<Option<Zeroizing<String>>, StoreError> {
        self.load_secret(IDENTITY)
    }

    /// Identities that were replaced by a newer key: files that were written for them may still be on
    /// their way.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub fn earlier_identities(&self) -> Result<Vec<Zeroizing<String>>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT value FROM secret WHERE name > ?1 || '/' AND name < ?1 || '0'
                 ORDER BY name";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([IDENTITY], |row| row.get(0).map(Zeroizing::new))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A document by its name.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn exchange_document(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| load(connection, name))
    }
}

impl Exchange<'_> {
    /// The identity of this device, see [`Store::exchange_identity`].
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn identity(&self) -> Result<Option<Zeroizing<String>>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT value FROM secret WHERE name = ?")?;
        let found = statement.query_row([IDENTITY], |row| row.get::<_, String>(0)).optional()?;
        Ok(found.map(Zeroizing::new))
    }

    /// Keeps the identity that was made for this device. There is one, for good.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if there is one.
    pub fn keep_identity(&self, identity: &str) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)";
        match self.connection.execute(sql, [IDENTITY, identity])? {
            0 => Err(StoreError::Refused { reason: "this device has an identity already" }),
            _ => Ok(()),
        }
    }

    /// Keeps a new identity in place of the one whose key is named; that one stays for what was written
    /// for it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn replace_identity(&self, old_key: &str, identity: &str) -> Result<(), StoreError> {
        let sql = "UPDATE secret SET name = ?1 || '/' || ?2 WHERE name = ?1";
        if self.connection.execute(sql, [IDENTITY, old_key])? == 0 {
            return Err(StoreError::NotFound { what: "identity of this device" });
        }
        self.keep_identity(identity)
    }

    /// A document by its name.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn document(&self, name: &str) -> Result<Option<String>, StoreError> {
        load(self.connection, name)
    }

    /// Keeps a document; `None` removes it.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    pub fn keep_document(&self, name: &str, text: Option<&str>) -> Result<(), StoreError> {
        let sql = match text {
            Some(_) => "INSERT OR REPLACE INTO exchange_state (name, value) VALUES (?1, ?2)",
            None => "DELETE FROM exchange_state WHERE name = ?1 AND ?2 IS NULL",
        };
        self.connection.prepare_cached(sql)?.execute(params![name, text])?;
        Ok(())
    }

    /// What is known of the files of one kind that go one way between this device and a partner.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn stream(
        &self,
        direction: Direction,
        partner: &str,
        kind: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM exchange_stream WHERE direction = ? AND partner = ? AND kind = ?",
        )?;
        let parameters = params![direction as u8, partner, kind];
        Ok(statement.query_row(parameters, |row| row.get(0)).optional()?)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    pub fn keep_stream(
        &self,
        direction: Direction,
        partner: &str,
        kind: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO exchange_stream (direction, partner, kind, body)
                 VALUES (?, ?, ?, ?)",
            )?
            .execute(params![direction as u8, partner, kind, body])?;
        Ok(())
    }
}
