//! The outbox as lists for screens and the command line.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_domain::uid::Uid;
use outpost_sync::ports::{OutboxId, Rejection};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{self, COLUMNS, Row, RowState};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::payload;
use crate::store::Store;

/// A row of the outbox as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its number.
    pub id: OutboxId,
    /// Where it is on its way.
    pub state: RowState,
    /// What waits to be sent.
    pub payload: Payload,
    /// What the server is known to hold.
    pub base: Option<Payload>,
    /// Times it was sent since its last edit.
    pub attempts: u32,
    /// Earliest next attempt, Unix ms; 0 means with the next sync.
    pub not_before_ms: i64,
    /// Device time of the first edit, Unix ms.
    pub created_ms: i64,
    /// Who edited it last.
    pub edited_by: String,
    /// Whether something was sent and the answer is not known.
    pub may_have_arrived: bool,
    /// Why it was put off, in words.
    pub put_off_reason: Option<String>,
    /// Why the server refused it.
    pub rejection: Option<Rejection>,
}

/// A conflict as it is shown: three versions and the fields in question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictEntry {
    /// Number of the outbox row.
    pub id: OutboxId,
    /// What both sides began with.
    pub base: Option<Payload>,
    /// What was entered here.
    pub mine: Payload,
    /// What the server holds.
    pub theirs: Payload,
    /// The fields that differ on both sides, see `outpost_domain::merge::fields`.
    pub fields: Vec<String>,
    /// When it was found, device time, Unix ms.
    pub found_ms: i64,
}

/// Which rows a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxFilter {
    /// Only rows in this state.
    pub state: Option<RowState>,
    /// Only rows of this kind.
    pub kind: Option<PayloadKind>,
    /// Only rows of this data set or program.
    pub lane: Option<Uid>,
}

/// Numbers of rows by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Waiting, not being sent.
    pub pending: u64,
    /// Being sent.
    pub in_flight: u64,
    /// Refused.
    pub rejected: u64,
    /// In conflict.
    pub conflicts: u64,
    /// Waiting for another record that is parked.
    pub held: u64,
}

impl OutboxCounts {
    /// Rows that are not on the server yet.
    #[must_use]
    pub const fn unsent(self) -> u64 {
        self.pending + self.in_flight + self.rejected + self.conflicts + self.held
    }

    pub(crate) fn add(&mut self, state: RowState, rows: u64) {
        let count = match state {
            RowState::Pending => &mut self.pending,
            RowState::InFlight => &mut self.in_flight,
            RowState::Rejected => &mut self.rejected,
            RowState::Conflict => &mut self.conflicts,
            RowState::Held => &mut self.held,
        };
        *count += rows;
    }
}

/// The server's last answer about a record that no longer waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAnswer {
    /// `synced`, or `same` if the server held it already.
    pub outcome: String,
    /// Device time, Unix ms.
    pub at_ms: i64,
}

impl From<Row> for OutboxEntry {
    fn from(row: Row) -> Self {
        Self {
            may_have_arrived: row.may_have_arrived(),
            id: row.id,
            state: row.state,
            payload: row.payload,
            base: row.base,
            attempts: row.attempts,
            not_before_ms: row.not_before_ms,
            created_ms: row.created_ms,
            edited_by: row.edited_by,
            put_off_reason: row.put_off_reason,
            rejection: row.rejection,
        }
    }
}

/// The parked rows have an index; pending ones are most of the table, so it is walked by number.
pub(crate) fn page_query(filter: &OutboxFilter) -> String {
    let state = match filter.state {
        Some(RowState::Pending) => "state = 0 AND",
        Some(_) => "state = ?4 AND state > 0 AND",
        None => "",
    };
    format!(
        "SELECT {COLUMNS} FROM outbox WHERE {state} id > ?1 AND (?2 IS NULL OR kind = ?2)
           AND (?3 IS NULL OR lane = ?3) AND ?4 >= 0 ORDER BY id LIMIT ?5"
    )
}

fn page(
    connection: &Connection,
    filter: &OutboxFilter,
    after: Option<OutboxId>,
    limit: u32,
) -> Result<Vec<OutboxEntry>, StoreError> {
    let sql = page_query(filter);
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = params![
        after.map_or(0, |id| id.0),
        filter.kind.map(|kind| kind as u8),
        filter.lane.map(|lane| lane.to_string()),
        filter.state.map_or(0, |state| state as u8),
        limit.min(PAGE_ROWS_MAX)
    ];
    let rows = statement.query_and_then(parameters, Row::of)?;
    rows.map(|row| row.map(OutboxEntry::from)).collect()
}

impl Store {
    /// Rows after a number, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn outbox_page(
        &self,
        filter: &OutboxFilter,
        after: Option<OutboxId>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        self.read(|connection| page(connection, filter, after, limit))
    }

    /// One row.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn outbox_row(&self, id: OutboxId) -> Result<Option<OutboxEntry>, StoreError> {
        self.read(|connection| Ok(row::find_by_id(connection, id)?.map(OutboxEntry::from)))
    }

    /// The row that waits for this record, if any.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn outbox_row_of(&self, record: &Payload) -> Result<Option<OutboxEntry>, StoreError> {
        self.read(|connection| {
            let found = row::find(connection, record.kind(), &payload::subject(record))?;
            Ok(found.map(OutboxEntry::from))
        })
    }

    /// Undecided conflicts after a row number.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn conflicts_page(
        &self,
        after: Option<OutboxId>,
        limit: u32,
    ) -> Result<Vec<ConflictEntry>, StoreError> {
        self.read(|connection| {
            let filter = OutboxFilter { state: Some(RowState::Conflict), ..Default::default() };
            let entries = page(connection, &filter, after, limit)?;
            entries.into_iter().map(|entry| conflict_of(connection, entry)).collect()
        })
    }

    /// Rows by state, of everything.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        self.read(|connection| {
            let by_lane = counts_by_lane(connection)?;
            let mut counts = OutboxCounts::default();
            by_lane.into_iter().for_each(|(_, _, state, rows)| counts.add(state, rows));
            Ok(counts)
        })
    }

    /// When the oldest row was made, Unix ms of the device; `None` if nothing waits.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn oldest_unsent_ms(&self) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT created_ms FROM outbox ORDER BY id LIMIT 1")?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?)
        })
    }

    /// The server's last answer about a record that no longer waits.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn last_answer(&self, record: &Payload) -> Result<Option<LastAnswer>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT outcome, at_ms FROM last_answer WHERE kind = ? AND subject = ?",
            )?;
            let parameters = params![record.kind() as u8, payload::subject(record)];
            let answer = statement.query_row(parameters, |row| {
                Ok(LastAnswer { outcome: row.get(0)?, at_ms: row.get(1)? })
            });
            Ok(answer.optional()?)
        })
    }
}

/// Rows by kind, lane and state.
pub(crate) fn counts_by_lane(
    connection: &Connection,
) -> Result<Vec<(PayloadKind, String, RowState, u64)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT kind, lane, state, rows FROM outbox_count WHERE rows > 0")?;
    let rows = statement.query_and_then([], |row| {
        let kind = payload::kind_of(row.get(0)?).ok_or_else(|| StoreError::unreadable("kind"))?;
        let state = RowState::from_number(row.get(2)?);
        let state = state.ok_or_else(|| StoreError::unreadable("state"))?;
        Ok((kind, row.get(1)?, state, count_of(row, 3)?))
    })?;
    rows.collect()
}

fn conflict_of(connection: &Connection, entry: OutboxEntry) -> Result<ConflictEntry, StoreError> {
    let (version, theirs, fields, found_ms): (u32, String, String, i64) = connection
        .prepare_cached(
            "SELECT payload_version, theirs, fields, found_ms FROM conflict WHERE outbox_id = ?",
        )?
        .query_row([entry.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(ConflictEntry {
        id: entry.id,
        base: entry.base,
        mine: entry.payload,
        theirs: payload::read(version, &theirs)?,
        fields: serde_json::from_str(&fields).map_err(|_| StoreError::unreadable("conflict"))?,
        found_ms,
    })
}
