//! Entries about records that came from others.
//!
//! A record is known again by what it is about and what it says, never by the row number of the device
//! that captured it: a device that was restored from a backup numbers its rows anew.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_sync::ports::OutboxId;
use rusqlite::{Connection, Row as SqlRow, params};

use crate::error::StoreError;
use crate::outbox::RowState;
use crate::outbox::row::Row;
use crate::payload::{self, PAYLOAD_VERSION};

use super::incoming::{ContentHash, FileName, Prepared, hash_of};

/// What became of a record that came. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    InOutbox = 0,
    OnServer = 1,
    GivenUp = 2,
    Aside = 3,
}

impl Stage {
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::InOutbox, Self::OnServer, Self::GivenUp, Self::Aside]
            .into_iter()
            .find(|stage| *stage as u8 == number)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub id: i64,
    pub partner: String,
    pub file: FileName,
    pub device: String,
    pub row: i64,
    pub revision: i64,
    pub content: ContentHash,
    pub outbox: Option<OutboxId>,
    pub stage: Stage,
    pub reason: Option<String>,
    /// Whether it is kept aside though something newer of its row was known when it came: its device
    /// was restored in between.
    pub is_news: bool,
    pub provenance: String,
    /// What it said, if the row says something else meanwhile.
    pub payload: Option<Payload>,
}

const COLUMNS: &str = "id, file, file_hash, device, device_row, revision, content, outbox, stage, \
     reason, provenance, payload_version, payload, partner, is_news";

fn entry_of(row: &SqlRow<'_>) -> Result<Entry, StoreError> {
    let stage = Stage::from_number(row.get(8)?).ok_or_else(|| StoreError::unreadable("stage"))?;
    let version: u32 = row.get(11)?;
    let text: Option<String> = row.get(12)?;
    let number: i64 = row.get(1)?;
    Ok(Entry {
        id: row.get(0)?,
        partner: row.get(13)?,
        file: FileName { number: number.unsigned_abs(), hash: row.get(2)? },
        device: row.get(3)?,
        row: row.get(4)?,
        revision: row.get(5)?,
        content: row.get(6)?,
        outbox: row.get::<_, Option<i64>>(7)?.map(OutboxId),
        stage,
        reason: row.get(9)?,
        is_news: row.get(14)?,
        provenance: row.get(10)?,
        payload: text.map(|text| payload::read(version, &text)).transpose()?,
    })
}

/// Everything that came about one thing, from whomever.
pub(crate) fn about(
    connection: &Connection,
    kind: PayloadKind,
    subject: &str,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM carried WHERE kind = ? AND subject = ? ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_and_then(params![kind as u8, subject], entry_of)?;
    rows.collect()
}

/// The entries that wait in a row of the outbox, the newest last.
pub(crate) fn of_row(connection: &Connection, id: OutboxId) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM carried WHERE outbox = ? ORDER BY revision, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_and_then([id.0], entry_of)?;
    rows.collect()
}

/// The entries that a receipt means.
pub(crate) fn named(
    connection: &Connection,
    device: &str,
    row: i64,
    revision: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM carried WHERE device = ? AND device_row = ? AND revision = ?
         ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_and_then(params![device, row, revision], entry_of)?;
    rows.collect()
}

/// Where a record that came is now.
pub(crate) struct Place<'a> {
    pub stage: Stage,
    pub outbox: Option<OutboxId>,
    pub reason: Option<&'a str>,
}

const INSERT: &str = "INSERT INTO carried (partner, file, file_hash, device, device_row, revision,
       kind, subject, content, captured_by, captured_ms, provenance, outbox, stage, reason,
       payload_version, payload, base)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

const UPDATE: &str = "UPDATE carried SET file = ?2, file_hash = ?3, device_row = ?5, revision = ?6,
       captured_by = ?10, captured_ms = ?11, provenance = ?12, outbox = ?13, stage = ?14,
       reason = ?15, payload_version = ?16, base = ?18,
       payload = CASE WHEN stage = ?14 AND outbox IS ?13 AND stage <> 3 THEN payload ELSE ?17 END
     WHERE kind = ?7 AND subject = ?8 AND partner = ?1 AND device = ?4 AND content = ?9";

/// Keeps what came and where it is, about something of which nothing came before.
pub(crate) fn add(
    connection: &Connection,
    incoming: &Prepared,
    place: &Place<'_>,
) -> Result<(), StoreError> {
    write(connection, INSERT, incoming, place).map(drop)
}

/// Keeps what came and where it is; the record itself only if it is kept aside.
pub(crate) fn put(
    connection: &Connection,
    incoming: &Prepared,
    place: &Place<'_>,
) -> Result<(), StoreError> {
    match write(connection, UPDATE, incoming, place)? {
        0 => add(connection, incoming, place),
        _ => Ok(()),
    }
}

/// How many rows it wrote.
fn write(
    connection: &Connection,
    sql: &str,
    incoming: &Prepared,
    place: &Place<'_>,
) -> Result<usize, StoreError> {
    let is_aside = place.stage == Stage::Aside;
    let record = is_aside.then_some(&incoming.text);
    let base = incoming.base.as_ref().filter(|_| is_aside).map(payload::write).transpose()?;
    let written = connection.prepare_cached(sql)?.execute(params![
        incoming.partner,
        i64::try_from(incoming.file.number).unwrap_or(i64::MAX),
        incoming.file.hash,
        incoming.device,
        incoming.row,
        incoming.revision,
        incoming.payload.kind() as u8,
        incoming.subject,
        incoming.content,
        incoming.captured_by,
        incoming.captured_ms,
        incoming.provenance,
        place.outbox.map(|id| id.0),
        place.stage as u8,
        place.reason,
        PAYLOAD_VERSION,
        record,
        base
    ])?;
    Ok(written)
}

/// Whether anything of somebody else waits in the outbox.
pub(crate) fn is_any(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM carried WHERE outbox IS NOT NULL)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Notes that what is kept aside is no older version of anything.
pub(crate) fn note_news(connection: &Connection, incoming: &Prepared) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE carried SET is_news = 1 WHERE kind = ? AND subject = ? AND device = ?
               AND content = ? AND stage = 3",
        )?
        .execute(params![
            incoming.payload.kind() as u8,
            incoming.subject,
            incoming.device,
            incoming.content
        ])?;
    Ok(())
}

/// Forgets an entry; that this was said stays known.
pub(crate) fn forget(connection: &Connection, id: i64) -> Result<(), StoreError> {
    for sql in [
        "INSERT OR IGNORE INTO carried_before
         SELECT kind, subject, device, content FROM carried WHERE id = ?",
        "DELETE FROM carried WHERE id = ?",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// Whether the device said this before what is known of it.
pub(crate) fn was_said_before(
    connection: &Connection,
    incoming: &Prepared,
) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM carried_before WHERE kind = ? AND subject = ?
         AND device = ? AND content = ?)";
    let key =
        params![incoming.payload.kind() as u8, incoming.subject, incoming.device, incoming.content];
    Ok(connection.prepare_cached(sql)?.query_row(key, |row| row.get(0))?)
}

/// Before a row's record changes: what was captured stays known, as the base for what the capturer
/// sends next.
pub(crate) fn before_change(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    if !is_carried(connection, row.id)? {
        return Ok(());
    }
    let content = hash_of(&row.payload)?;
    connection
        .prepare_cached(
            "UPDATE carried SET payload = ?, payload_version = ?
             WHERE outbox = ? AND content = ? AND payload IS NULL",
        )?
        .execute(params![payload::write(&row.payload)?, PAYLOAD_VERSION, row.id.0, content])?;
    Ok(())
}

/// The server has this version of a row that says more meanwhile.
pub(crate) fn version_settled(
    connection: &Connection,
    id: OutboxId,
    sent: &Payload,
) -> Result<(), StoreError> {
    if !is_carried(connection, id)? {
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE carried SET stage = 1, outbox = NULL, payload = ?, payload_version = ?
             WHERE outbox = ? AND content = ?",
        )?
        .execute(params![payload::write(sent)?, PAYLOAD_VERSION, id.0, hash_of(sent)?])?;
    Ok(())
}

/// Whether a row waits here for somebody else too.
pub(crate) fn is_carried(connection: &Connection, id: OutboxId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM carried WHERE outbox = ?)")?;
    Ok(statement.query_row([id.0], |row| row.get(0))?)
}

/// A refused record of somebody else goes back to who captured it: it is not edited here.
pub(crate) fn refuses_edit(connection: &Connection, row: &Row, by: &str) -> Result<(), StoreError> {
    let is_refused = row.state == RowState::Rejected && row.edited_by != by;
    if is_refused && is_carried(connection, row.id)? {
        return Err(StoreError::Refused {
            reason: "the server refused this record, and somebody else captured it: it goes back \
                     to them with the next receipt, to be corrected there",
        });
    }
    Ok(())
}

/// A person gave the row up here: whoever captured it is told why.
pub(crate) fn give_up(
    connection: &Connection,
    id: OutboxId,
    by: &str,
    reason: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE carried SET stage = 2, outbox = NULL, payload = NULL, base = NULL,
               reason = ? WHERE outbox = ?",
        )?
        .execute(params![given_up_words(by, reason), id.0])?;
    Ok(())
}

pub(super) fn given_up_words(by: &str, reason: &str) -> String {
    format!("Given up by {by}, who carried it: {}", reason.trim())
}
