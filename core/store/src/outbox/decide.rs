//! What a person decides about a parked row: send again, give up, choose between two versions.
//!
//! Nothing here happens by itself. What loses stays in the journal.

use outpost_domain::data::Payload;
use outpost_domain::merge::{Choice, Merge, merge_in_doubt};
use outpost_sync::ports::OutboxId;
use rusqlite::Connection;
use serde_json::json;

use super::edges;
use super::row::{self, Row, RowState};
use super::settle::{Merged, Settling};
use crate::data::records::{self, Stamp};
use crate::error::StoreError;
use crate::exchange;
use crate::journal::{self, JournalKind};
use crate::payload;
use crate::store::Store;

/// A person's answer to a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one at a time, made by a person")]
pub enum Resolution {
    /// Mine, theirs, or theirs for some fields.
    Choice(Choice),
    /// A record made of both by hand. An event that was deleted on the server cannot come back under
    /// its id (E1082): to keep it, give it here under a new one.
    Record(Payload),
}

/// Nothing is given up in a person's name without a word of theirs (invariant 9).
pub(crate) fn must_have_reason(reason: &str) -> Result<(), StoreError> {
    match reason.trim().is_empty() {
        true => Err(StoreError::Refused { reason: "discarding takes a reason" }),
        false => Ok(()),
    }
}

impl Store {
    /// Lets a refused or put-off row be sent with the next sync.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] if it is being sent, in conflict, or needs a
    /// record that was given up.
    pub fn retry(&self, id: OutboxId, by: &str, now_ms: i64) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut row = present(row::find_by_id(transaction, id)?)?;
            if row.state == RowState::Conflict {
                return Err(StoreError::Refused { reason: "decide the conflict first" });
            }
            if let Some(rejection) = &row.rejection
                && edges::needs_given_up(transaction, rejection, &row.payload)?
            {
                return Err(StoreError::Refused { reason: edges::GIVEN_UP });
            }
            let body = json!({ "row": id.0, "subject": payload::subject(&row.payload),
                "reason": row.rejection.as_ref().map(|rejection| &rejection.reason) });
            row.state = RowState::Pending;
            row.not_before_ms = 0;
            row.rejection = None;
            row.put_off_reason = None;
            row::update(transaction, &row)?;
            journal::append(transaction, JournalKind::Retry, by, &body, now_ms)
        })
    }

    /// Gives up a change: the record is again what the server holds. The change stays in the journal.
    ///
    /// If the change may have arrived, the row stays and sends what was there before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] if it is being sent or `reason` is empty.
    pub fn discard(
        &self,
        id: OutboxId,
        reason: &str,
        by: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        must_have_reason(reason)?;
        self.write(|transaction| {
            let row = present(row::find_by_id(transaction, id)?)?;
            let theirs = row::conflict_theirs(transaction, id)?;
            let server = theirs.or_else(|| row.base.clone());
            let body = json!({ "row": id.0, "reason": reason, "lost": row.payload,
                "kept": server });
            let seq = super::edit::last_sequence(transaction)? + 1;
            super::edit::save_sequence(transaction, seq)?;
            let stamp = Stamp { seq, stored_by: Some(by), ..Stamp::default() };
            journal::append(transaction, JournalKind::Discard, by, &body, now_ms)?;
            journal::note_records(transaction, &row.payload.record_uid().into_iter().collect())?;
            exchange::give_up(transaction, id, by, reason)?;
            if row.may_have_arrived() {
                return take_back(transaction, row, stamp);
            }
            records::store_server_copy(transaction, &row.payload, server.as_ref(), stamp)?;
            if let (Some(record), None) = (row.payload.record_uid(), &server) {
                edges::orphaned(transaction, &record)?;
            }
            row::delete(transaction, &row)
        })
    }

    /// Decides a conflict, offline if need be.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the row is not in conflict; [`StoreError::Refused`] if the record
    /// given is about something else.
    pub fn resolve_conflict(
        &self,
        id: OutboxId,
        resolution: &Resolution,
        reason: &str,
        by: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        if reason.trim().is_empty() {
            return Err(StoreError::Refused { reason: "deciding takes a reason" });
        }
        self.write(|transaction| {
            let not_found = StoreError::NotFound { what: "conflict" };
            let theirs = row::conflict_theirs(transaction, id)?.ok_or_else(|| not_found.clone())?;
            let row = row::find_by_id(transaction, id)?.ok_or(not_found)?;
            let body = json!({ "row": id.0, "reason": reason, "mine": row.payload,
                "theirs": theirs, "choice": words(resolution) });
            journal::append(transaction, JournalKind::ConflictChoice, by, &body, now_ms)?;
            journal::note_records(transaction, &row.payload.record_uid().into_iter().collect())?;
            let mut settling = Settling::begin(transaction, now_ms)?;
            settling.note(&row, "resolved", json!(null));
            match resolution {
                Resolution::Choice(choice) => {
                    let merge =
                        merge_in_doubt(row.base.as_ref(), &row.in_doubt, &row.payload, &theirs);
                    match merge.resolve(choice) {
                        Merge::Local(chosen) => settling.merged(row, chosen, theirs)?,
                        _ => settling.merged(row, theirs.clone(), theirs)?,
                    }
                }
                Resolution::Record(record) => {
                    resolve_by_record(&mut settling, row, record, theirs)?
                }
            };
            settling.finish(JournalKind::Merge, by)
        })
    }
}

/// Sends what the server held before a change that may have arrived.
fn take_back(connection: &Connection, mut row: Row, stamp: Stamp<'_>) -> Result<(), StoreError> {
    let before = row.base.clone().unwrap_or_else(|| payload::nothing(&row.payload));
    records::store(connection, &before, stamp)?;
    edges::save(connection, row.id, Some(&row.payload), &before)?;
    row.payload = before;
    row.revision += 1;
    row.state = RowState::Pending;
    row.attempts = 0;
    row.not_before_ms = 0;
    row.rejection = None;
    row.put_off_reason = None;
    row::update(connection, &row)
}

fn resolve_by_record(
    settling: &mut Settling<'_>,
    mut row: Row,
    record: &Payload,
    theirs: Payload,
) -> Result<Merged, StoreError> {
    if payload::subject(record) == payload::subject(&row.payload) && record.kind() == row.kind {
        return settling.merged(row, record.clone(), theirs);
    }
    let is_event_anew = matches!(
        (record, &theirs),
        (Payload::Event { .. }, Payload::Event { event }) if event.deleted
    );
    if !is_event_anew {
        return Err(StoreError::Refused { reason: "the record is about something else" });
    }
    let connection = settling.connection;
    exchange::before_change(connection, &row)?;
    if records::load(connection, record)?.is_some() {
        return Err(StoreError::Refused { reason: "an event with this id exists already" });
    }
    let seq = super::edit::last_sequence(connection)?;
    let stamp = Stamp { seq, stored_by: Some(&row.edited_by), ..Stamp::default() };
    records::store_server_copy(connection, &row.payload, Some(&theirs), stamp)?;
    records::store(connection, record, stamp)?;
    row::delete_conflict(connection, row.id)?;
    edges::save(connection, row.id, Some(&row.payload), record)?;
    row.payload = record.clone();
    row.base = None;
    row.in_doubt.clear();
    row.state = RowState::Pending;
    row.revision += 1;
    row.attempts = 0;
    row.not_before_ms = 0;
    row::update(connection, &row)?;
    Ok(Merged::Pending)
}

fn words(resolution: &Resolution) -> serde_json::Value {
    match resolution {
        Resolution::Choice(Choice::Mine) => json!("mine"),
        Resolution::Choice(Choice::Theirs) => json!("theirs"),
        Resolution::Choice(Choice::TheirsFor(fields)) => json!({ "theirsFor": fields }),
        Resolution::Record(record) => json!({ "record": record }),
    }
}

/// A row that a person may decide about.
fn present(row: Option<Row>) -> Result<Row, StoreError> {
    let row = row.ok_or(StoreError::NotFound { what: "row in the outbox" })?;
    if row.state == RowState::InFlight {
        return Err(StoreError::Refused { reason: "it is being sent: wait for the answer" });
    }
    Ok(row)
}
