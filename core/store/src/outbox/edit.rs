//! What a person enters: record, outbox row and journal entry in one transaction.
//!
//! Edits of one thing are one row. Never touches what the server is known to hold.

use outpost_domain::data::Payload;
use outpost_sync::ports::OutboxId;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::row::{self, Row, RowState};
use super::settle::Settling;
use crate::data::records::{self, Stamp};
use crate::error::StoreError;
use crate::journal::{self, JournalKind};
use crate::payload;

/// Proof that edits are on disk: only the store can make one, after COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Saved {
    seq: i64,
    changed: u64,
}

impl Saved {
    /// The last device sequence number that was used.
    #[must_use]
    pub const fn seq(self) -> i64 {
        self.seq
    }

    /// Records that were changed; the others were there already.
    #[must_use]
    pub const fn changed(self) -> u64 {
        self.changed
    }
}

/// Edits of one transaction.
pub(crate) struct Edits<'a> {
    connection: &'a Connection,
    by: &'a str,
    now_ms: i64,
    seq: i64,
    log: Vec<Value>,
}

impl<'a> Edits<'a> {
    pub fn begin(connection: &'a Connection, by: &'a str, now_ms: i64) -> Result<Self, StoreError> {
        let seq = last_sequence(connection)?;
        Ok(Self { connection, by, now_ms, seq, log: Vec::new() })
    }

    /// Applies one edit. An edit that changes nothing leaves no trace.
    pub fn apply(&mut self, edited: &Payload) -> Result<(), StoreError> {
        let current = records::load(self.connection, edited)?;
        if payload::same(edited, current.as_ref()) {
            return Ok(());
        }
        self.seq += 1;
        let subject = payload::subject(edited);
        let found = row::find(self.connection, edited.kind(), &subject)?;
        let id = found.as_ref().map_or(OutboxId(self.seq), |row| row.id);
        self.log.push(json!({
            "row": id.0,
            "subject": subject,
            "from": current.as_ref().map(payload::content),
            "to": payload::content(edited),
        }));
        match found {
            None => {
                self.keep(edited)?;
                let base = current.as_ref();
                row::insert(self.connection, id, edited, base, self.by, self.now_ms)
            }
            Some(row) => self.edit_again(row, edited),
        }
    }

    fn keep(&self, edited: &Payload) -> Result<(), StoreError> {
        let stamp = Stamp { seq: self.seq, stored_by: Some(self.by), server_time: None };
        records::store(self.connection, edited, stamp)
    }

    fn edit_again(&self, mut row: Row, edited: &Payload) -> Result<(), StoreError> {
        let theirs = match row.state {
            RowState::Conflict => row::conflict_theirs(self.connection, row.id)?,
            _ => None,
        };
        let is_known = theirs.is_none() && !row.may_have_arrived();
        if is_known && payload::same(edited, row.base.as_ref()) {
            let stamp = Stamp { seq: self.seq, stored_by: Some(self.by), server_time: None };
            records::store_server_copy(self.connection, edited, row.base.as_ref(), stamp)?;
            return row::delete(self.connection, row.id);
        }
        self.keep(edited)?;
        match row.state {
            RowState::InFlight if !row.was_edited_since_sent() => {
                row.in_flight = Some(row.payload);
            }
            RowState::InFlight => {}
            RowState::Conflict if theirs.is_some() => {}
            _ => row.state = RowState::Pending,
        }
        row.payload = edited.clone();
        row.revision += 1;
        row.attempts = 0;
        row.not_before_ms = 0;
        row.edited_by = self.by.to_owned();
        row.rejection = None;
        row.put_off_reason = None;
        match theirs {
            Some(theirs) => self.still_against(row, &theirs),
            None => row::update(self.connection, &row),
        }
    }

    /// Another version of one's own does not decide a conflict: it is merged with what the server was
    /// found to hold, which no download brings a second time.
    fn still_against(&self, row: Row, theirs: &Payload) -> Result<(), StoreError> {
        let mut settling = Settling::begin(self.connection, self.now_ms)?;
        settling.merge_again(row, theirs)?;
        settling.finish(JournalKind::Merge, self.by)
    }

    /// Writes the journal entry and the sequence number; the caller commits.
    pub fn finish(self, kind: JournalKind) -> Result<Saved, StoreError> {
        let changed = self.log.len() as u64;
        if changed > 0 {
            let body = json!({ "edits": self.log });
            journal::append(self.connection, kind, self.by, &body, self.now_ms)?;
            save_sequence(self.connection, self.seq)?;
        }
        Ok(Saved { seq: self.seq, changed })
    }
}

/// The last device sequence number in use.
pub(crate) fn last_sequence(connection: &Connection) -> Result<i64, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT sequence FROM store_state WHERE id = 1")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

pub(crate) fn save_sequence(connection: &Connection, seq: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE store_state SET sequence = ? WHERE id = 1")?
        .execute([seq])?;
    Ok(())
}
