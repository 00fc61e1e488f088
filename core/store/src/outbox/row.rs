//! A row of the outbox as it is stored, and the few statements that find, add and take one away.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_domain::uid::Uid;
use outpost_sync::ports::{OutboxId, Rejection};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::edges;
use crate::error::StoreError;
use crate::limits::VERSIONS_IN_DOUBT_MAX;
use crate::payload::{self, PAYLOAD_VERSION};
use crate::tracker::digest;

/// Where a row is on its way. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RowState {
    /// Waits to be sent, now or later.
    Pending = 0,
    /// Is being sent.
    InFlight = 1,
    /// Refused by the server; waits for a person.
    Rejected = 2,
    /// Changed on the server too; waits for a person.
    Conflict = 3,
    /// Waits for another record, which is parked and which the server never had.
    Held = 4,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::InFlight, Self::Rejected, Self::Conflict, Self::Held];

    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "inFlight",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Held => "held",
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == number)
    }
}

/// A row with its records read.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub id: OutboxId,
    pub kind: PayloadKind,
    pub state: RowState,
    pub revision: i64,
    pub sent_revision: i64,
    pub attempts: u32,
    pub not_before_ms: i64,
    pub created_ms: i64,
    pub edited_by: String,
    pub payload: Payload,
    pub base: Option<Payload>,
    pub in_doubt: Vec<Payload>,
    pub in_flight: Option<Payload>,
    pub put_off_reason: Option<String>,
    pub rejection: Option<Rejection>,
}

/// The columns of [`Row`], in its order.
pub(crate) const COLUMNS: &str = "id, kind, state, revision, sent_revision, attempts, \
     not_before_ms, created_ms, edited_by, payload_version, payload, base, last_sent, in_flight, \
     put_off_reason, rejection_code, rejection_field, rejection_reason, rejection_report";

/// Number of [`COLUMNS`].
pub(crate) const COLUMN_COUNT: usize = 19;

impl Row {
    pub fn of(row: &SqlRow<'_>) -> Result<Self, StoreError> {
        let version: u32 = row.get(9)?;
        let read = |column: usize| -> Result<Option<Payload>, StoreError> {
            let text: Option<String> = row.get(column)?;
            text.map(|text| payload::read(version, &text)).transpose()
        };
        let in_doubt: Option<String> = row.get(12)?;
        let reason: Option<String> = row.get(17)?;
        let rejection = match reason {
            None => None,
            Some(reason) => Some(Rejection {
                code: row.get(15)?,
                field: row.get(16)?,
                reason,
                report: row.get::<_, Option<String>>(18)?.unwrap_or_default(),
            }),
        };
        Ok(Self {
            id: OutboxId(row.get(0)?),
            kind: payload::kind_of(row.get(1)?).ok_or_else(|| StoreError::unreadable("kind"))?,
            state: RowState::from_number(row.get(2)?)
                .ok_or_else(|| StoreError::unreadable("state"))?,
            revision: row.get(3)?,
            sent_revision: row.get(4)?,
            attempts: row.get(5)?,
            not_before_ms: row.get(6)?,
            created_ms: row.get(7)?,
            edited_by: row.get(8)?,
            payload: read(10)?.ok_or_else(|| StoreError::unreadable("record"))?,
            base: read(11)?,
            in_doubt: payload::read_lines(version, in_doubt.as_deref().unwrap_or_default())?,
            in_flight: read(13)?,
            put_off_reason: row.get(14)?,
            rejection,
        })
    }

    /// What is or was under way with the revision `sent_revision`; `None` if nothing can be.
    pub fn sent(&self) -> Option<&Payload> {
        match self.state {
            RowState::InFlight => Some(self.in_flight.as_ref().unwrap_or(&self.payload)),
            RowState::Pending | RowState::Held => self.in_doubt.last(),
            RowState::Rejected | RowState::Conflict => None,
        }
    }

    /// Whether the server may hold something of this row that is not known. In a conflict it was read.
    pub fn may_have_arrived(&self) -> bool {
        match self.state {
            RowState::InFlight => true,
            RowState::Conflict => false,
            RowState::Pending | RowState::Rejected | RowState::Held => !self.in_doubt.is_empty(),
        }
    }

    /// What was sent now is in doubt. Of many versions the oldest are the least likely to be held.
    pub fn doubt(&mut self, sent: Payload) {
        self.in_doubt.retain(|earlier| !payload::same(earlier, Some(&sent)));
        self.in_doubt.push(sent);
        let surplus = self.in_doubt.len().saturating_sub(VERSIONS_IN_DOUBT_MAX);
        self.in_doubt.drain(..surplus);
    }

    pub fn was_edited_since_sent(&self) -> bool {
        self.revision != self.sent_revision
    }
}

pub(crate) fn find(
    connection: &Connection,
    kind: PayloadKind,
    subject: &str,
) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE kind = ? AND subject = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_and_then(params![kind as u8, subject], Row::of)?.next();
    row.transpose()
}

/// Whether there is a row at all.
pub(crate) fn is_any(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The row of a record. Records with an id have one row, whatever else its subject says.
pub(crate) fn find_of(
    connection: &Connection,
    record: &Payload,
) -> Result<Option<Row>, StoreError> {
    let Some(uid) = record.record_uid() else {
        return find(connection, record.kind(), &payload::subject(record));
    };
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE record = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_and_then([uid.as_str()], Row::of)?.next();
    row.transpose()
}

pub(crate) fn find_by_id(connection: &Connection, id: OutboxId) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_and_then([id.0], Row::of)?.next();
    row.transpose()
}

/// A row to be added.
pub(crate) struct NewRow<'a> {
    /// The device sequence number of the edit.
    pub id: OutboxId,
    /// [`payload::subject`] of the payload.
    pub subject: &'a str,
    pub payload: &'a Payload,
    /// [`payload::write`] of it.
    pub text: &'a str,
    pub base: Option<&'a Payload>,
    pub by: &'a str,
    pub now_ms: i64,
}

/// Adds a row unless the record has one; whether it was added. The caller counts it.
pub(crate) fn insert(connection: &Connection, row: &NewRow<'_>) -> Result<bool, StoreError> {
    let added = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO outbox (id, kind, state, revision, sent_revision, attempts,
               not_before_ms, in_flight_since_ms, created_ms, payload_version, bytes, subject,
               lane, edited_by, payload, base, record)
             VALUES (?, ?, 0, 1, 0, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            row.id.0,
            row.payload.kind() as u8,
            row.now_ms,
            PAYLOAD_VERSION,
            row.text.len() as i64,
            row.subject,
            row.payload.lane().as_str(),
            row.by,
            row.text,
            row.base.map(payload::write).transpose()?,
            row.payload.record_uid().map(|uid| uid.to_string())
        ])?;
    Ok(added > 0)
}

/// After a row was added and counted: remembers what it needs, and holds it if that is parked.
pub(crate) fn added(
    connection: &Connection,
    id: OutboxId,
    payload: &Payload,
) -> Result<(), StoreError> {
    edges::save(connection, id, None, payload)?;
    edges::follow(connection, id, RowState::Pending)
}

/// Counts pending rows that were added.
pub(crate) fn count_added(
    connection: &Connection,
    kind: PayloadKind,
    lane: Uid,
    rows: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO outbox_count (kind, lane, state, rows) VALUES (?1, ?2, 0, ?3)
             ON CONFLICT (kind, lane, state) DO UPDATE SET rows = rows + ?3",
        )?
        .execute(params![kind as u8, lane.as_str(), rows])?;
    Ok(())
}

/// Counts every row anew, after rows were copied from a damaged database.
pub(crate) fn count_all(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "DELETE FROM outbox_count;
         INSERT INTO outbox_count SELECT kind, lane, state, count(*) FROM outbox
           GROUP BY kind, lane, state;",
    )?;
    Ok(())
}

/// Writes every member of the row that can change; subject, lane and order follow the record. A
/// pending row may come out held.
pub(crate) fn update(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    let text = payload::write(&row.payload)?;
    let written = |payload: &Option<Payload>| payload.as_ref().map(payload::write).transpose();
    let rejection = row.rejection.as_ref();
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, revision = ?3, sent_revision = ?4, attempts = ?5,
               not_before_ms = ?6, payload_version = ?7, bytes = ?8, subject = ?9, lane = ?10,
               edited_by = ?11, payload = ?12, base = ?13, last_sent = ?14,
               in_flight = ?15, put_off_reason = ?16, rejection_code = ?17, rejection_field = ?18,
               rejection_reason = ?19, rejection_report = ?20, record = ?21
             WHERE id = ?1",
        )?
        .execute(params![
            row.id.0,
            row.state as u8,
            row.revision,
            row.sent_revision,
            row.attempts,
            row.not_before_ms,
            PAYLOAD_VERSION,
            text.len() as i64,
            payload::subject(&row.payload),
            row.payload.lane().as_str(),
            row.edited_by,
            text,
            written(&row.base)?,
            payload::write_lines(&row.in_doubt)?,
            written(&row.in_flight)?,
            row.put_off_reason,
            rejection.and_then(|rejection| rejection.code.as_deref()),
            rejection.and_then(|rejection| rejection.field.as_deref()),
            rejection.map(|rejection| &*rejection.reason),
            rejection.map(|rejection| &*rejection.report),
            row.payload.record_uid().map(|uid| uid.to_string())
        ])?;
    edges::changed(connection, row)
}

/// Takes the row and its conflict away; what it held back is judged anew.
pub(crate) fn delete(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM outbox WHERE id = ?")?.execute([row.id.0])?;
    connection.prepare_cached("DELETE FROM outbox_edge WHERE child = ?")?.execute([row.id.0])?;
    delete_conflict(connection, row.id)?;
    let Some(record) = row.payload.record_uid() else { return Ok(()) };
    digest::note_sent(connection, record)?;
    edges::released(connection, &record)
}

pub(crate) fn delete_conflict(connection: &Connection, id: OutboxId) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM conflict WHERE outbox_id = ?")?.execute([id.0])?;
    Ok(())
}

/// What the server was found to hold in an undecided conflict.
pub(crate) fn conflict_theirs(
    connection: &Connection,
    id: OutboxId,
) -> Result<Option<Payload>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT payload_version, theirs FROM conflict WHERE outbox_id = ?")?;
    let stored: Option<(u32, String)> =
        statement.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    stored.map(|(version, text)| payload::read(version, &text)).transpose()
}
