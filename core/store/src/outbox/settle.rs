//! What became of claimed rows.
//!
//! An answer is about the revision that was sent: a row that was edited meanwhile stays pending. A
//! row leaves the outbox only together with the answer that lets it go.

use std::collections::BTreeSet;

use outpost_domain::data::{OwnershipTransfer, Payload};
use outpost_domain::merge::{Merge, merge_in_doubt};
use outpost_domain::uid::Uid;
use outpost_sync::ports::{Outcome, Settlement};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::edges;
use super::edit::{last_sequence, save_sequence};
use super::row::{self, Row, RowState};
use crate::data::records::{self, Stamp};
use crate::error::StoreError;
use crate::exchange;
use crate::journal::{self, JournalKind};
use crate::limits::CARRIER_WAIT_MS;
use crate::payload::{self, PAYLOAD_VERSION};

const WAITS_FOR_CARRIER: &str = "This was handed to somebody before it was deleted. The deletion \
     waits until they know of it too: hand over to them again.";

/// Changes of rows by answers of the server, in the caller's transaction.
pub(crate) struct Settling<'a> {
    pub connection: &'a Connection,
    now_ms: i64,
    seq: i64,
    log: Vec<Value>,
    /// Records that the journal entry is about.
    records: BTreeSet<Uid>,
}

/// What a merge did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merged {
    /// Nothing is left to send.
    Done,
    /// Pending with the merged record.
    Pending,
    /// Waits for a person.
    Conflict,
}

/// Stores the outcomes and one journal entry.
pub(crate) fn settle(
    connection: &Connection,
    settlements: Vec<Settlement>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut settling = Settling::begin(connection, now_ms)?;
    for settlement in settlements {
        settling.settle_one(settlement)?;
    }
    settling.finish(JournalKind::SyncOutcome, "")
}

impl<'a> Settling<'a> {
    pub fn begin(connection: &'a Connection, now_ms: i64) -> Result<Self, StoreError> {
        let seq = last_sequence(connection)?;
        Ok(Self { connection, now_ms, seq, log: Vec::new(), records: BTreeSet::new() })
    }

    pub fn finish(self, kind: JournalKind, by: &str) -> Result<(), StoreError> {
        if self.log.is_empty() {
            return Ok(());
        }
        save_sequence(self.connection, self.seq)?;
        let body = json!({ "rows": self.log });
        journal::append(self.connection, kind, by, &body, self.now_ms)?;
        journal::note_records(self.connection, &self.records)
    }

    pub fn note(&mut self, row: &Row, outcome: &str, details: Value) {
        let note = json!({
            "row": row.id.0,
            "subject": payload::subject(&row.payload),
            "revision": row.sent_revision,
            "outcome": outcome,
            "details": details,
        });
        self.log.push(note);
        self.records.extend(row.payload.record_uid());
    }

    fn settle_one(&mut self, settlement: Settlement) -> Result<(), StoreError> {
        // An answer that comes twice, or about a row that a person discarded, changes nothing.
        let Some(row) = row::find_by_id(self.connection, settlement.id)? else { return Ok(()) };
        if row.sent_revision != settlement.revision {
            return Ok(());
        }
        let Some(sent) = row.sent().cloned() else { return Ok(()) };
        match settlement.outcome {
            Outcome::Synced => self.synced(row, sent),
            Outcome::Rejected(rejection) => {
                let details = json!({ "code": rejection.code, "field": rejection.field,
                    "reason": rejection.reason });
                self.note(&row, "rejected", details);
                let mut row = pending(row);
                // What an earlier attempt sent may have arrived all the same: the period can have
                // closed in between. So it stays in doubt.
                if !row.was_edited_since_sent() {
                    row.state = RowState::Rejected;
                    row.rejection = Some(rejection);
                }
                row::update(self.connection, &row)
            }
            Outcome::Waits { reason } => {
                self.note(&row, "waits", json!({ "reason": reason }));
                let mut row = pending(row);
                row.put_off_reason = Some(reason);
                row::update(self.connection, &row)
            }
            Outcome::Retry { not_before_ms, may_have_arrived, reason } => {
                self.note(&row, "putOff", json!({ "reason": reason }));
                let mut row = pending(row);
                row.not_before_ms = not_before_ms.max(0);
                row.put_off_reason = Some(reason);
                if may_have_arrived {
                    row.doubt(sent);
                }
                row::update(self.connection, &row)
            }
            Outcome::Merged { payload, base } if !row.was_edited_since_sent() => {
                self.note(
                    &row,
                    "merged",
                    json!({ "mine": row.payload, "theirs": base,
                    "merged": payload }),
                );
                self.merged(row, payload, base).map(drop)
            }
            Outcome::Merged { base: theirs, .. } => self.merge_again(row, &theirs).map(drop),
            Outcome::Conflict(conflict) if !row.was_edited_since_sent() => {
                self.conflict(row, &conflict.server, &conflict.fields)
            }
            Outcome::Conflict(conflict) => self.merge_again(row, &conflict.server).map(drop),
        }
    }

    fn synced(&mut self, row: Row, sent: Payload) -> Result<(), StoreError> {
        let is_all_sent = !row.was_edited_since_sent() || payload::same(&row.payload, Some(&sent));
        self.note(&row, "synced", Value::Null);
        if is_all_sent {
            return self.settled(row, &sent, "synced").map(drop);
        }
        self.first_owner(&row)?;
        exchange::version_settled(self.connection, row.id, &sent)?;
        let mut row = pending(row);
        row.base = Some(sent);
        row.in_doubt.clear();
        row.attempts = 0;
        row.put_off_reason = None;
        row::update(self.connection, &row)
    }

    /// Somebody who carried the row brought all of it to the server: it leaves as after a sync.
    pub fn brought(&mut self, row: Row, partner: &str) -> Result<(), StoreError> {
        self.note(&row, "brought", json!({ "partner": partner }));
        let server = row.payload.clone();
        self.settled(row, &server, "synced").map(drop)
    }

    /// The server holds everything. The row leaves, unless it is a deletion that somebody to whom the
    /// record was handed does not know of: the server keeps no mark of what it never had, and they
    /// would bring the record after its deletion.
    fn settled(&mut self, row: Row, server: &Payload, outcome: &str) -> Result<Merged, StoreError> {
        let may_come_again = row.base.is_none() && payload::is_nothing(&row.payload);
        if !may_come_again || !exchange::is_news_to_a_carrier(self.connection, &row)? {
            self.done(&row, server, outcome)?;
            return Ok(Merged::Done);
        }
        row::delete_conflict(self.connection, row.id)?;
        let mut row = pending(row);
        row.not_before_ms = self.now_ms.saturating_add(CARRIER_WAIT_MS);
        row.put_off_reason = Some(WAITS_FOR_CARRIER.to_owned());
        self.note(&row, "waits", json!({ "reason": WAITS_FOR_CARRIER }));
        row::update(self.connection, &row)?;
        Ok(Merged::Pending)
    }

    /// The server holds everything: the row leaves, its last answer stays.
    fn done(&mut self, row: &Row, server: &Payload, outcome: &str) -> Result<(), StoreError> {
        self.seq += 1;
        let stamp = Stamp { seq: self.seq, stored_by: Some(&row.edited_by), ..Stamp::default() };
        self.first_owner(row)?;
        records::store_server_copy(self.connection, &row.payload, Some(server), stamp)?;
        row::delete(self.connection, row)?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO last_answer (kind, subject, outcome, at_ms)
                 VALUES (?, ?, ?, ?)",
            )?
            .execute(params![
                row.kind as u8,
                payload::subject(&row.payload),
                outcome,
                self.now_ms
            ])?;
        Ok(())
    }

    /// A first enrolment makes its place the owner of the person in the program. A transfer that
    /// waited for it goes over that owner and over no other.
    fn first_owner(&self, row: &Row) -> Result<(), StoreError> {
        let Payload::Enrollment { enrollment } = &row.payload else { return Ok(()) };
        if row.base.is_some() {
            return Ok(());
        }
        let transfer = OwnershipTransfer {
            tracked_entity: enrollment.tracked_entity,
            program: enrollment.program,
            organisation_unit: enrollment.organisation_unit,
        };
        let owner = Payload::OwnershipTransfer { transfer };
        match row::find_of(self.connection, &owner)? {
            Some(mut waiting) if waiting.base.is_none() => {
                waiting.base = Some(owner);
                row::update(self.connection, &waiting)
            }
            _ => Ok(()),
        }
    }

    /// Merges the row's record as it is now with what the server holds.
    pub fn merge_again(&mut self, row: Row, theirs: &Payload) -> Result<Merged, StoreError> {
        match merge_in_doubt(row.base.as_ref(), &row.in_doubt, &row.payload, theirs) {
            Merge::Same => {
                self.note(&row, "same", json!({ "mine": row.payload, "theirs": theirs }));
                self.settled(row, theirs, "same")
            }
            Merge::Local(merged) => {
                self.note(
                    &row,
                    "merged",
                    json!({ "mine": row.payload, "theirs": theirs,
                    "merged": merged }),
                );
                self.merged(row, merged, theirs.clone())
            }
            Merge::Conflict { fields, .. } => {
                self.conflict(row, theirs, &fields)?;
                Ok(Merged::Conflict)
            }
        }
    }

    /// Pending again with another record, over what the server holds now.
    pub fn merged(
        &mut self,
        row: Row,
        merged: Payload,
        theirs: Payload,
    ) -> Result<Merged, StoreError> {
        if payload::is_held_by(&merged, Some(&theirs)) {
            return self.settled(row, &theirs, "same");
        }
        self.seq += 1;
        self.first_owner(&row)?;
        exchange::before_change(self.connection, &row)?;
        let stamp = Stamp { seq: self.seq, stored_by: Some(&row.edited_by), ..Stamp::default() };
        records::store(self.connection, &merged, stamp)?;
        row::delete_conflict(self.connection, row.id)?;
        let mut row = pending(row);
        edges::save(self.connection, row.id, Some(&row.payload), &merged)?;
        row.payload = merged;
        row.base = Some(theirs);
        row.in_doubt.clear();
        row.revision += 1;
        row.attempts = 0;
        row.not_before_ms = 0;
        row.put_off_reason = None;
        row.rejection = None;
        row::update(self.connection, &row)?;
        Ok(Merged::Pending)
    }

    fn conflict(
        &mut self,
        row: Row,
        theirs: &Payload,
        fields: &[String],
    ) -> Result<(), StoreError> {
        self.note(
            &row,
            "conflict",
            json!({ "mine": row.payload, "theirs": theirs,
            "fields": fields }),
        );
        let mut row = pending(row);
        // What was in doubt stays: whatever a person decides is merged over it again.
        row.state = RowState::Conflict;
        row::update(self.connection, &row)?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO conflict (outbox_id, payload_version, theirs, fields,
                   found_ms) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                row.id.0,
                PAYLOAD_VERSION,
                payload::write(theirs)?,
                json!(fields).to_string(),
                self.now_ms
            ])?;
        Ok(())
    }
}

/// The row as it is when nothing of it is under way.
fn pending(mut row: Row) -> Row {
    row.state = RowState::Pending;
    row.in_flight = None;
    row
}
