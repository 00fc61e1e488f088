//! What is handed over in a file: the rows that a partner does not have yet, page by page.
//!
//! A row that was handed over stays in the outbox. From then on the server may get it from somebody
//! else, so the version that went counts as sent with an unknown outcome: whatever is found on the
//! server later is recognised as one's own.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_domain::uid::FileUid;
use outpost_sync::ports::OutboxId;
use rusqlite::{Connection, OptionalExtension, params};

use super::Exchange;
use super::incoming::hash_of;
use super::{carried, onward};
use crate::error::StoreError;
use crate::limits::{JOURNAL_HASHES_MAX, PAGE_ROWS_MAX};
use crate::outbox::row::{self, COLUMNS, Row};
use crate::payload;
use crate::tracker::files;

/// A record that is to be handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct OnItsWay {
    /// Its row here.
    pub id: OutboxId,
    /// The row's revision.
    pub revision: i64,
    /// The record.
    pub payload: Payload,
    /// What the server is known to hold.
    pub base: Option<Payload>,
    /// Who edited it last here.
    pub edited_by: String,
    /// Device time of the first edit, Unix ms.
    pub created_ms: i64,
    /// The journal entry of the last edit, with the hash of the journal up to it.
    pub journal: Option<(i64, [u8; 32])>,
    /// If the row says exactly what came from somebody else: their provenance as JSON.
    pub provenance: Option<String>,
    /// The device that captured it, if that is another.
    pub device: Option<String>,
}

const MARKS: &str = "NOT EXISTS (SELECT 1 FROM handed_over h WHERE h.row = outbox.id
       AND h.partner = ?4 AND h.revision = outbox.revision AND ?5 = 0)";

impl Exchange<'_> {
    /// Records of a kind that the partner does not have, after a subject, in the order in which they
    /// are to be sent; the last subject that was looked at, if there may be more. `again`: everything
    /// that waits here, also what the partner said to have. After a restore its answers may name a
    /// file that is forgotten here, and only another file brings an answer that counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn to_hand_over(
        &self,
        kind: PayloadKind,
        partner: &str,
        again: bool,
        after: &str,
    ) -> Result<(Vec<OnItsWay>, Option<String>), StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE kind = ?1 AND subject > ?2 AND state = 0
               AND {MARKS} ORDER BY subject LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let parameters = params![kind as u8, after, PAGE_ROWS_MAX, partner, again];
        let rows = statement
            .query_and_then(parameters, Row::of)?
            .collect::<Result<Vec<_>, StoreError>>()?;
        let is_full = rows.len() == PAGE_ROWS_MAX as usize;
        let last = rows.last().map(|row| payload::subject(&row.payload)).filter(|_| is_full);
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.extend(self.on_its_way(row, partner)?);
        }
        Ok((found, last))
    }

    /// How many rows wait here that are no work of a person in their own name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting_rows(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM outbox WHERE state = 0 AND kind <> ?";
        let kind = PayloadKind::OwnershipOverride as u8;
        Ok(self.connection.query_row(sql, [kind], |row| crate::connection::count_of(row, 0))?)
    }

    /// `None` for what came from the partner, or whose content is not here.
    fn on_its_way(&self, row: Row, partner: &str) -> Result<Option<OnItsWay>, StoreError> {
        if let Payload::FileResource { file } = &row.payload
            && files::whole(self.connection, file.id)?.is_none()
        {
            return Ok(None);
        }
        let entries = match self.carries_nothing()? {
            true => Vec::new(),
            false => carried::of_row(self.connection, row.id)?,
        };
        let content = match entries.is_empty() {
            true => None,
            false => Some(hash_of(&row.payload)?),
        };
        let source = entries.iter().rev().find(|entry| Some(entry.content) == content);
        if source.is_some_and(|entry| entry.device == partner) {
            return Ok(None);
        }
        Ok(Some(OnItsWay {
            id: row.id,
            revision: row.revision,
            journal: self.journal_of(&row.payload)?,
            provenance: source.map(|entry| entry.provenance.clone()),
            device: source.map(|entry| entry.device.clone()),
            base: may_be_there(&row),
            payload: row.payload,
            edited_by: row.edited_by,
            created_ms: row.created_ms,
        }))
    }

    fn carries_nothing(&self) -> Result<bool, StoreError> {
        if let Some(known) = self.carries_nothing.get() {
            return Ok(known);
        }
        let nothing = !carried::is_any(self.connection)?;
        self.carries_nothing.set(Some(nothing));
        Ok(nothing)
    }

    fn journal_of(&self, record: &Payload) -> Result<Option<(i64, [u8; 32])>, StoreError> {
        let Some(uid) = record.record_uid() else { return Ok(None) };
        let mut statement = self
            .connection
            .prepare_cached("SELECT max(seq) FROM journal_record WHERE record = ?")?;
        let last: Option<i64> = statement.query_row([uid.as_str()], |row| row.get(0))?;
        let Some(last) = last else { return Ok(None) };
        let mut hashes = self.hashes.borrow_mut();
        if let Some(hash) = hashes.get(&last) {
            return Ok(Some((last, *hash)));
        }
        let mut find = self.connection.prepare_cached("SELECT hash FROM journal WHERE seq = ?")?;
        let Some(hash) = find.query_row([last], |row| row.get(0)).optional()? else {
            return Ok(None);
        };
        if hashes.len() >= JOURNAL_HASHES_MAX {
            hashes.clear();
        }
        hashes.insert(last, hash);
        Ok(Some((last, hash)))
    }

    /// Notes that a row went to the partner in the file of this number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handed_over(
        &mut self,
        id: OutboxId,
        partner: &str,
        file: u64,
    ) -> Result<(), StoreError> {
        if let Some(aside) = onward::aside_of(id) {
            return self.note_handed_on(aside, partner, file);
        }
        // No answer of the server is awaited: one that comes all the same is about something else.
        // The first version that goes is what the row says.
        let is_first = self
            .connection
            .prepare_cached(
                "UPDATE outbox SET last_sent = payload, sent_revision = -1
                 WHERE id = ? AND last_sent IS NULL",
            )?
            .execute([id.0])?
            > 0;
        if !is_first {
            let found = row::find_by_id(self.connection, id)?;
            let mut row = found.ok_or(StoreError::NotFound { what: "row in the outbox" })?;
            let went = row.payload.clone();
            row.doubt(went);
            self.connection
                .prepare_cached("UPDATE outbox SET last_sent = ?, sent_revision = -1 WHERE id = ?")?
                .execute(params![payload::write_lines(&row.in_doubt)?, id.0])?;
        }
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO handed_over (row, partner, revision, file)
                 SELECT id, ?2, revision, ?3 FROM outbox WHERE id = ?1",
            )?
            .execute(params![id.0, partner, i64::try_from(file).unwrap_or(i64::MAX)])?;
        Ok(())
    }

    /// A piece of a captured file's content, from 0 on; `None` after the last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn file_piece(&self, id: FileUid, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        match files::whole(self.connection, id)? {
            Some(file) => files::chunk(self.connection, file, number),
            None => Ok(None),
        }
    }

    /// A line for the journal about a file as a whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_file(&mut self, line: serde_json::Value) -> Result<(), StoreError> {
        self.note(None, &line)
    }
}

/// What the server may hold: what it is known to hold, or of something that is deleted the version that
/// went out last, perhaps by another carrier. Without that a deletion would look like no change.
pub(super) fn may_be_there(row: &Row) -> Option<Payload> {
    let went_out = || row.in_doubt.iter().rev().find(|version| !payload::is_nothing(version));
    let is_deletion = row.base.is_none() && payload::is_nothing(&row.payload);
    row.base.as_ref().or_else(|| if is_deletion { went_out() } else { None }).cloned()
}

impl Exchange<'_> {
    /// A partner is gone for good: what was handed to them is with nobody.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_partner(&self, partner: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM handed_over WHERE partner = ?";
        self.connection.prepare_cached(sql)?.execute([partner])?;
        Ok(())
    }
}

/// Whether somebody got an earlier version of the row in a file and is not known to have this one.
pub(crate) fn is_news_to_a_carrier(connection: &Connection, row: &Row) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM handed_over
         WHERE row = ? AND (revision <> ? OR stage IS NULL))";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![row.id.0, row.revision], |found| found.get(0))?)
}
