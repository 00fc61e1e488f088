//! What a receipt does to rows that were handed over. Which receipt counts is decided by the exchange
//! library; here its decisions are carried out.

use outpost_sync::ports::{OutboxId, Rejection};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::Exchange;
use super::carried::{self, Stage};
use super::incoming::hash_of;
use super::onward;
use crate::connection::count_of;
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::outbox::RowState;
use crate::outbox::row;
use crate::outbox::settle::Settling;

/// How far a partner brought a row. The number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerStage {
    /// The partner answers for it.
    Taken,
    /// The server has it.
    OnServer,
}

/// A row that was handed to a partner, as a receipt means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedRow {
    /// The row here.
    pub id: OutboxId,
    /// Its revision now, in the numbering of the device that captured it.
    pub revision: i64,
    /// Number of the file in which it went last.
    pub file: u64,
    /// Whether the partner is known to answer for this revision.
    pub is_taken: bool,
}

impl Exchange<'_> {
    /// The row that a receipt of the partner means. `device` is the one that captured the record;
    /// `None` is this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handed_row(
        &self,
        device: Option<&str>,
        number: i64,
        revision: i64,
        partner: &str,
    ) -> Result<Option<HandedRow>, StoreError> {
        let Some(device) = device else {
            let Some(row) = row::find_by_id(self.connection, OutboxId(number))? else {
                return Ok(None);
            };
            return self.handed(row.id, row.revision, row.revision, partner);
        };
        for entry in carried::named(self.connection, device, number, revision)? {
            if entry.stage == Stage::Aside
                && let Some(found) = self.handed_on(&entry, partner)?
            {
                return Ok(Some(found));
            }
            let Some(id) = entry.outbox else { continue };
            let Some(row) = row::find_by_id(self.connection, id)? else { continue };
            // The row says more than what was carried: an answer about that is one about an older
            // version.
            let says_it = entry.content == hash_of(&row.payload)?;
            let now = if says_it { entry.revision } else { entry.revision + 1 };
            if let Some(found) = self.handed(id, row.revision, now, partner)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn handed(
        &self,
        id: OutboxId,
        current: i64,
        shown: i64,
        partner: &str,
    ) -> Result<Option<HandedRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT file, stage IS NOT NULL AND revision = ?3 FROM handed_over
             WHERE row = ?1 AND partner = ?2",
        )?;
        let found = statement
            .query_row(params![id.0, partner, current], |row| {
                let (file, is_taken) = (count_of(row, 0)?, row.get(1)?);
                Ok(HandedRow { id, revision: shown, file, is_taken })
            })
            .optional()?;
        Ok(found)
    }

    /// The partner brought the row so far. On the server it leaves the outbox, as after a sync; while
    /// a person is to decide a conflict it stays, and so does a deletion of which another partner, who
    /// has the record, does not know.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn brought(
        &mut self,
        id: OutboxId,
        partner: &str,
        stage: PartnerStage,
    ) -> Result<(), StoreError> {
        if let (Some(aside), PartnerStage::OnServer) = (onward::aside_of(id), stage) {
            return self.aside_brought(aside);
        }
        // Whoever says that it is on the server knows of it too.
        self.connection
            .prepare_cached(
                "UPDATE handed_over SET stage = 1, reason = NULL WHERE row = ? AND partner = ?",
            )?
            .execute(params![id.0, partner])?;
        if stage == PartnerStage::Taken {
            return Ok(());
        }
        let found = row::find_by_id(self.connection, id)?;
        let Some(found) = found.filter(|row| row.state != RowState::Conflict) else {
            return Ok(());
        };
        self.beside(|exchange| {
            let mut settling = Settling::begin(exchange.connection, exchange.now_ms)?;
            settling.brought(found, partner)?;
            settling.finish(JournalKind::Exchange, exchange.by)
        })
    }

    /// An earlier version of a carried record is on the server; the row says more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn earlier_version_brought(
        &mut self,
        device: &str,
        number: i64,
        revision: i64,
    ) -> Result<(), StoreError> {
        for entry in carried::named(self.connection, device, number, revision)? {
            if entry.stage == Stage::InOutbox {
                let sql = "UPDATE carried SET stage = 1, outbox = NULL WHERE id = ?";
                self.connection.prepare_cached(sql)?.execute([entry.id])?;
            }
        }
        Ok(())
    }

    /// The partner's side refused the row: it is parked with the reason, unless it is being sent or
    /// parked already; whether it was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn park(
        &mut self,
        id: OutboxId,
        partner: &str,
        rejection: Rejection,
    ) -> Result<bool, StoreError> {
        if let Some(aside) = onward::aside_of(id) {
            self.aside_refused(aside, &rejection.reason)?;
            return Ok(false);
        }
        let Some(mut row) = row::find_by_id(self.connection, id)? else { return Ok(false) };
        if !matches!(row.state, RowState::Pending | RowState::Held) {
            return Ok(false);
        }
        let line = json!({
            "outcome": "refused", "partner": partner, "row": id.0,
            "subject": crate::payload::subject(&row.payload), "revision": row.revision,
            "details": { "code": rejection.code, "field": rejection.field,
                "reason": rejection.reason },
        });
        let record = row.payload.record_uid();
        row.state = RowState::Rejected;
        row.rejection = Some(rejection);
        self.is_calm.set(None);
        row::update(self.connection, &row)?;
        // Sent again as it is, it goes to the partner again.
        self.connection
            .prepare_cached("DELETE FROM handed_over WHERE row = ? AND partner = ?")?
            .execute(params![id.0, partner])?;
        self.note(record, &line)?;
        Ok(true)
    }

    /// The row waits at the partner's; the reason is shown beside it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waits_there(
        &mut self,
        id: OutboxId,
        partner: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE handed_over SET reason = ?, stage = 1 WHERE row = ? AND partner = ?",
            )?
            .execute(params![reason, id.0, partner])?;
        Ok(())
    }

    /// The partner lost what came in the files from this number on: those rows are to be handed over
    /// again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn lost_from(&mut self, partner: &str, from: u64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE handed_over SET stage = NULL WHERE partner = ? AND file >= ?")?
            .execute(params![partner, i64::try_from(from).unwrap_or(i64::MAX)])?;
        Ok(())
    }
}
