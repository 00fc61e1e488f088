//! Records that are kept aside because their forms are not here, handed on all the same: whoever only
//! carries need not understand. And the end of what was carried long ago.
//!
//! Such a record has no row in the outbox. Its marks stand among those of the rows under the negative
//! of its own number, which no row has.

use outpost_sync::ports::OutboxId;
use rusqlite::{OptionalExtension, params};

use super::aside::{self, AsideRow};
use super::carried::Entry;
use super::{Exchange, HandedRow, OnItsWay};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::{CARRIED_KEPT_DAYS, CARRIED_KEPT_ROWS, PAGE_ROWS_MAX};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The number under which a record that is kept aside is marked.
const fn mark_of(aside: i64) -> OutboxId {
    OutboxId(-aside)
}

/// The record that is kept aside, if a number is one of these marks.
pub(super) const fn aside_of(id: OutboxId) -> Option<i64> {
    if id.0 < 0 { Some(-id.0) } else { None }
}

impl Exchange<'_> {
    /// Records that are kept aside for want of an object, after a number; the last number that was
    /// looked at, if there may be more. What waits because another version waits here is not among
    /// them: that one goes. `again`: also what the partner got before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn aside_to_hand_over(
        &self,
        partner: &str,
        again: bool,
        after: i64,
    ) -> Result<(Vec<OnItsWay>, Option<i64>), StoreError> {
        let rows = aside::page(self.connection, after, PAGE_ROWS_MAX)?;
        let next = rows.last().map(|row| row.id).filter(|_| rows.len() == PAGE_ROWS_MAX as usize);
        let mut found = Vec::new();
        for AsideRow { id, incoming, .. } in rows {
            let is_theirs = incoming.partner == partner || incoming.device == partner;
            let went = !again && self.mark(id, partner)?.is_some();
            if is_theirs || went || self.missing(&incoming.payload)?.is_none() {
                continue;
            }
            found.push(OnItsWay {
                id: mark_of(id),
                revision: incoming.revision,
                payload: incoming.payload,
                base: incoming.base,
                edited_by: incoming.captured_by,
                created_ms: incoming.captured_ms,
                journal: None,
                provenance: Some(incoming.provenance),
                device: Some(incoming.device),
            });
        }
        Ok((found, next))
    }

    /// The file in which a record that is kept aside went to the partner, and whether that answers for
    /// it.
    fn mark(&self, aside: i64, partner: &str) -> Result<Option<(u64, bool)>, StoreError> {
        let sql = "SELECT file, stage IS NOT NULL FROM handed_over WHERE row = ? AND partner = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let parameters = params![mark_of(aside).0, partner];
        let found = statement.query_row(parameters, |row| Ok((count_of(row, 0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    pub(super) fn note_handed_on(
        &self,
        aside: i64,
        partner: &str,
        file: u64,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO handed_over (row, partner, revision, file)
                 SELECT -id, ?2, revision, ?3 FROM carried WHERE id = ?1",
            )?
            .execute(params![aside, partner, i64::try_from(file).unwrap_or(i64::MAX)])?;
        Ok(())
    }

    /// What a receipt of the partner means, if it is a record that was kept aside and handed on.
    pub(super) fn handed_on(
        &self,
        entry: &Entry,
        partner: &str,
    ) -> Result<Option<HandedRow>, StoreError> {
        let mark = self.mark(entry.id, partner)?;
        Ok(mark.map(|(file, is_taken)| HandedRow {
            id: mark_of(entry.id),
            revision: entry.revision,
            file,
            is_taken,
        }))
    }

    /// A record that was kept aside is on the server: its capturer is told.
    pub(super) fn aside_brought(&self, aside: i64) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE carried SET stage = 1, reason = NULL, base = NULL WHERE id = ? AND stage = 3",
            [aside],
        )?;
        self.connection.execute("DELETE FROM handed_over WHERE row = ?", [mark_of(aside).0])?;
        Ok(())
    }

    /// A record that was kept aside was refused where it was handed on. It stays, and its capturer is
    /// told why: corrected, it comes again as another version.
    pub(super) fn aside_refused(&self, aside: i64, reason: &str) -> Result<(), StoreError> {
        let sql = "UPDATE carried SET reason = ? WHERE id = ? AND stage = 3";
        self.connection.execute(sql, params![reason, aside])?;
        Ok(())
    }

    /// Forgets what was settled long ago: of each partner the newest stay for receipts, whatever their
    /// age. What is forgotten and comes again is recognised by what the server is known to hold. How
    /// many were forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_settled(&mut self, partner: &str) -> Result<u64, StoreError> {
        self.forget_settled_beyond(partner, CARRIED_KEPT_ROWS)
    }

    pub(crate) fn forget_settled_beyond(
        &mut self,
        partner: &str,
        kept: u32,
    ) -> Result<u64, StoreError> {
        let before = self.now_ms.saturating_sub(CARRIED_KEPT_DAYS * DAY_MS);
        let forgotten = self.connection.execute(
            "DELETE FROM carried WHERE stage IN (1, 2) AND captured_ms < ?2 AND id IN
               (SELECT id FROM carried WHERE partner = ?1 AND stage IN (1, 2)
                ORDER BY file DESC, id DESC LIMIT -1 OFFSET ?3)",
            params![partner, before, kept],
        )?;
        self.connection.execute(
            "DELETE FROM carried_before WHERE NOT EXISTS (SELECT 1 FROM carried c
               WHERE c.kind = carried_before.kind AND c.subject = carried_before.subject)",
            [],
        )?;
        self.connection.execute(
            "DELETE FROM handed_over WHERE row < 0
               AND -row NOT IN (SELECT id FROM carried WHERE stage = 3)",
            [],
        )?;
        Ok(forgotten as u64)
    }
}
