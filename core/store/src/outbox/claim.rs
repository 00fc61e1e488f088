//! Claiming the next batch. Costs the same with a thousand rows waiting as with a million.

use outpost_domain::data::PayloadKind;
use outpost_sync::ports::{OutboxId, OutboxRow};
use rusqlite::{Connection, OptionalExtension, params};

use super::edges;
use super::row::{self, COLUMN_COUNT, COLUMNS, Row};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::exchange;
use crate::limits::{PROMOTED_ROWS_MAX, PUT_OFF_MS_MAX};

/// What may be claimed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub kind: PayloadKind,
    pub rows_max: u32,
    pub bytes_max: u64,
    pub now_ms: i64,
    pub up_to: OutboxId,
}

/// Rows in flight of a process that died are pending again; what they sent may have arrived. Those of
/// a job on the server stay in flight: it will be asked about them.
pub(crate) fn take_back(connection: &Connection) -> Result<u64, StoreError> {
    let with_parents = edges::in_flight(connection)?;
    let rows = connection.execute(
        "UPDATE outbox SET state = 0, in_flight = NULL, not_before_ms = 0,
           last_sent = CASE
             WHEN last_sent IS NULL THEN coalesce(in_flight, payload)
             WHEN instr(last_sent, coalesce(in_flight, payload)) > 0 THEN last_sent
             ELSE last_sent || char(10) || coalesce(in_flight, payload) END
         WHERE state = 1 AND state > 0 AND id NOT IN (
           SELECT json_extract(r.value, '$[0]') FROM kept_job, json_each(kept_job.rows) r)",
        [],
    )?;
    for id in with_parents {
        let row = row::find_by_id(connection, id)?;
        row.map_or(Ok(()), |row| edges::follow(connection, id, row.state))?;
    }
    Ok(rows as u64)
}

pub(crate) const PROMOTE: &str = "UPDATE outbox SET not_before_ms = 0 WHERE id IN (
       SELECT id FROM outbox WHERE state = 0 AND not_before_ms > 0 AND not_before_ms <= ?1
       ORDER BY not_before_ms LIMIT ?2)";

/// Rows put off beyond any put-off: the device's clock was ahead then. They would wait for the whole
/// jump otherwise.
pub(crate) const PROMOTE_STRANDED: &str = "UPDATE outbox SET not_before_ms = 0 WHERE id IN (
       SELECT id FROM outbox WHERE state = 0 AND not_before_ms > 0 AND not_before_ms > ?1
       ORDER BY not_before_ms LIMIT ?2)";

/// Records of one kind travel together, parents first. What needs a record of another kind that the
/// server never had waits until that one is settled: it may have been edited while it was refused.
macro_rules! due {
    () => {
        "state = 0 AND not_before_ms = 0 AND kind = ?1 AND NOT EXISTS (
           SELECT 1 FROM outbox_edge e CROSS JOIN outbox p ON p.record = e.parent
           WHERE e.child = outbox.id AND p.base IS NULL AND p.kind <> ?1 AND p.state IN (0, 1))"
    };
}

pub(crate) const OLDEST: &str = concat!(
    "SELECT id FROM outbox INDEXED BY outbox_oldest WHERE ",
    due!(),
    " AND id <= ?2 ORDER BY id LIMIT 1"
);

/// Rows of one lane in batch order.
pub(crate) fn lane_query() -> String {
    format!(
        "SELECT {COLUMNS}, bytes FROM outbox INDEXED BY outbox_lane
         WHERE {} AND lane = ?2 AND id <= ?3 ORDER BY subject LIMIT ?4",
        due!()
    )
}

pub(crate) fn claim(connection: &Connection, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
    connection.prepare_cached(PROMOTE)?.execute(params![claim.now_ms, PROMOTED_ROWS_MAX])?;
    let latest_ms = claim.now_ms.saturating_add(PUT_OFF_MS_MAX);
    connection.prepare_cached(PROMOTE_STRANDED)?.execute(params![latest_ms, PROMOTED_ROWS_MAX])?;
    let oldest: Option<i64> = connection
        .prepare_cached(OLDEST)?
        .query_row(params![claim.kind as u8, claim.up_to.0], |row| row.get(0))
        .optional()?;
    let Some(oldest) = oldest else { return Ok(vec![]) };
    let rows = due_rows(connection, claim, oldest)?;
    let mut mark = connection.prepare_cached(
        "UPDATE outbox SET state = 1, sent_revision = revision, attempts = attempts + 1,
           in_flight_since_ms = ?2, in_flight = NULL WHERE id = ?1",
    )?;
    for row in &rows {
        mark.execute(params![row.id.0, claim.now_ms])?;
    }
    rows.into_iter().map(|row| claimed(connection, row)).collect()
}

fn due_rows(connection: &Connection, claim: &Claim, oldest: i64) -> Result<Vec<Row>, StoreError> {
    let lane: String = connection
        .prepare_cached("SELECT lane FROM outbox WHERE id = ?")?
        .query_row([oldest], |row| row.get(0))?;
    let sql = lane_query();
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = params![claim.kind as u8, lane, claim.up_to.0, claim.rows_max.max(1)];
    let mut found = statement.query(parameters)?;
    let mut rows = Vec::new();
    let mut bytes: u64 = 0;
    while let Some(row) = found.next()? {
        bytes = bytes.saturating_add(count_of(row, COLUMN_COUNT)?);
        if bytes > claim.bytes_max && !rows.is_empty() {
            break;
        }
        rows.push(Row::of(row)?);
    }
    Ok(rows)
}

pub(super) fn claimed(connection: &Connection, row: Row) -> Result<OutboxRow, StoreError> {
    let is_carried = exchange::is_carried(connection, row.id)?;
    Ok(OutboxRow {
        captured_by: is_carried.then_some(row.edited_by),
        id: row.id,
        revision: row.revision,
        payload: row.payload,
        base: row.base,
        in_doubt: row.in_doubt,
        attempts: row.attempts,
    })
}
