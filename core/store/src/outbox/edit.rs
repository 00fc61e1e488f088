//! What a person enters: record, outbox row and journal entry in one transaction.
//!
//! Edits of one thing are one row. Never touches what the server is known to hold.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Payload, PayloadKind, SliceKey};
use outpost_domain::uid::Uid;
use outpost_sync::ports::OutboxId;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};

use super::edges;
use super::row::{self, NewRow, Row, RowState};
use super::settle::Settling;
use crate::data::records::{self, Stamp};
use crate::error::StoreError;
use crate::exchange;
use crate::journal::{self, JournalKind};
use crate::payload::{self, Content};

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
    log: Log,
    /// The slice of the last value: a form's values lie in one, which is noted once.
    slice: Option<SliceKey>,
    /// Rows added, by kind and lane.
    added: BTreeMap<(PayloadKind, Uid), i64>,
    /// Records that the journal entry is about.
    records: BTreeSet<Uid>,
}

/// The body of the journal entry.
#[derive(Default, Serialize)]
struct Log {
    edits: Vec<Edit>,
}

#[derive(Serialize)]
struct Edit {
    row: i64,
    subject: String,
    from: Option<Value>,
    to: Value,
}

impl<'a> Edits<'a> {
    pub fn begin(connection: &'a Connection, by: &'a str, now_ms: i64) -> Result<Self, StoreError> {
        let seq = last_sequence(connection)?;
        Ok(Self {
            connection,
            by,
            now_ms,
            seq,
            log: Log::default(),
            slice: None,
            added: BTreeMap::new(),
            records: BTreeSet::new(),
        })
    }

    /// Applies one edit. An edit that changes nothing leaves no trace.
    pub fn apply(&mut self, edited: &Payload) -> Result<(), StoreError> {
        let current = records::load(self.connection, edited)?;
        if payload::same(edited, current.as_ref()) {
            return Ok(());
        }
        self.seq += 1;
        let subject = payload::subject(edited);
        let from = current.as_ref().map(|current| json!(Content(current)));
        let to = json!(Content(edited));
        let text = payload::write(edited)?;
        let new = NewRow {
            id: OutboxId(self.seq),
            subject: &subject,
            payload: edited,
            text: &text,
            base: current.as_ref(),
            by: self.by,
            now_ms: self.now_ms,
        };
        // Most edits are first ones: adding a row finds out whether there is one already.
        let row = if row::insert(self.connection, &new)? {
            self.keep(edited)?;
            self.count(edited)?;
            self.seq
        } else {
            let found = row::find(self.connection, edited.kind(), &subject)?;
            let detail = "a row could neither be added nor found".to_owned();
            let row = found.ok_or(StoreError::Defect { detail })?;
            let id = row.id.0;
            self.edit_again(row, edited)?;
            id
        };
        self.records.extend(edited.record_uid());
        self.log.edits.push(Edit { row, subject, from, to });
        Ok(())
    }

    /// A row that needs others may be held at once, which is counted at once.
    fn count(&mut self, added: &Payload) -> Result<(), StoreError> {
        *self.added.entry((added.kind(), added.lane())).or_default() += 1;
        if added.record_uid().is_none() && added.needs().is_empty() {
            return Ok(());
        }
        row::added(self.connection, OutboxId(self.seq), added)
    }

    fn keep(&mut self, edited: &Payload) -> Result<(), StoreError> {
        let stamp = Stamp { seq: self.seq, stored_by: Some(self.by), ..Stamp::default() };
        let Payload::DataValue { data_set, key, value } = edited else {
            return records::store(self.connection, edited, stamp);
        };
        let slice = records::slice_of(*data_set, key);
        if self.slice != Some(slice) {
            records::store_slice(self.connection, &slice)?;
            self.slice = Some(slice);
        }
        records::store_data_value(self.connection, key, value, stamp)
    }

    fn edit_again(&mut self, mut row: Row, edited: &Payload) -> Result<(), StoreError> {
        let theirs = match row.state {
            RowState::Conflict => row::conflict_theirs(self.connection, row.id)?,
            _ => None,
        };
        exchange::refuses_edit(self.connection, &row, self.by)?;
        exchange::before_change(self.connection, &row)?;
        let is_carried = exchange::is_carried(self.connection, row.id)?;
        let is_known = theirs.is_none() && !row.may_have_arrived() && !is_carried;
        if is_known && payload::same(edited, row.base.as_ref()) {
            let stamp = Stamp { seq: self.seq, stored_by: Some(self.by), ..Stamp::default() };
            records::store_server_copy(self.connection, edited, row.base.as_ref(), stamp)?;
            if row.base.is_none() {
                row.payload
                    .record_uid()
                    .map_or(Ok(()), |record| edges::orphaned(self.connection, &record))?;
            }
            return row::delete(self.connection, &row);
        }
        self.keep(edited)?;
        edges::save(self.connection, row.id, Some(&row.payload), edited)?;
        let rejection = row.rejection.take();
        match row.state {
            RowState::InFlight if !row.was_edited_since_sent() => {
                row.in_flight = Some(row.payload);
            }
            RowState::InFlight => {}
            RowState::Conflict if theirs.is_some() => {}
            // An edit does not bring back what was given up, unless it is no longer needed.
            _ => match rejection {
                Some(why) if edges::needs_given_up(self.connection, &why, edited)? => {
                    row.rejection = Some(why);
                }
                _ => row.state = RowState::Pending,
            },
        }
        row.payload = edited.clone();
        row.revision += 1;
        row.attempts = 0;
        row.not_before_ms = 0;
        row.edited_by = self.by.to_owned();
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
        let changed = self.log.edits.len() as u64;
        if changed > 0 {
            journal::append(self.connection, kind, self.by, &self.log, self.now_ms)?;
            journal::note_records(self.connection, &self.records)?;
            save_sequence(self.connection, self.seq)?;
        }
        for ((kind, lane), rows) in &self.added {
            row::count_added(self.connection, *kind, *lane, *rows)?;
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
