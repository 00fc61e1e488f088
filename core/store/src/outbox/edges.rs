//! Rows that need another record on the server first, and are held while that one is parked.
//!
//! A row is blocked if a record that it needs has a row which the server never had (no base) and which
//! is parked or itself held, or if it carries a value that is still to be exchanged. Whoever changes
//! a row's state calls [`follow`]; nothing else changes between pending and held.

use std::collections::BTreeSet;

use outpost_domain::data::Payload;
use outpost_domain::uid::Uid;
use outpost_sync::ports::{OutboxId, Rejection};
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::json;

use super::row::{self, Row, RowState};
use crate::error::StoreError;

pub(crate) const BLOCKED: &str = "SELECT EXISTS (
       SELECT 1 FROM outbox_edge e CROSS JOIN outbox p ON p.record = e.parent
       WHERE e.child = ?1 AND p.base IS NULL AND p.state IN (2, 3, 4))
     OR EXISTS (SELECT 1 FROM outbox c CROSS JOIN temporary_value t ON t.record = c.record
       WHERE c.id = ?1)";

pub(crate) const CHILDREN: &str = "SELECT o.id, o.state FROM outbox_edge e
     CROSS JOIN outbox o ON o.id = e.child WHERE e.parent = ?1 ORDER BY e.child";

/// A row is put off with a record that it needs and that the server never had: alone it would be
/// refused.
pub(crate) const PUT_OFF: &str = "UPDATE outbox AS c SET not_before_ms = (
       SELECT max(p.not_before_ms) FROM outbox_edge e CROSS JOIN outbox p ON p.record = e.parent
       WHERE e.child = c.id AND p.base IS NULL AND p.state = 0)
     WHERE c.id = ?1 AND c.state = 0 AND c.not_before_ms < (
       SELECT max(p.not_before_ms) FROM outbox_edge e CROSS JOIN outbox p ON p.record = e.parent
       WHERE e.child = c.id AND p.base IS NULL AND p.state = 0)";

/// A row whose state was decided.
#[derive(Debug, Clone, Copy)]
struct Decided {
    id: i64,
    state: RowState,
}

/// Remembers what the row needs, in place of what it needed before.
pub(crate) fn save(
    connection: &Connection,
    id: OutboxId,
    before: Option<&Payload>,
    now: &Payload,
) -> Result<(), StoreError> {
    let held = needs(before);
    let wanted = needs(Some(now));
    for parent in held.difference(&wanted) {
        connection
            .prepare_cached("DELETE FROM outbox_edge WHERE child = ? AND parent = ?")?
            .execute(params![id.0, parent.as_str()])?;
    }
    for parent in wanted.difference(&held) {
        connection
            .prepare_cached("INSERT OR IGNORE INTO outbox_edge (child, parent) VALUES (?, ?)")?
            .execute(params![id.0, parent.as_str()])?;
    }
    Ok(())
}

fn needs(payload: Option<&Payload>) -> BTreeSet<Uid> {
    payload.map(|payload| payload.needs().into_iter().collect()).unwrap_or_default()
}

/// Settles whether the row is held and until when it is put off, then the rows that need it.
///
/// No record needs itself, however far around, so this ends.
pub(crate) fn follow(
    connection: &Connection,
    id: OutboxId,
    state: RowState,
) -> Result<(), StoreError> {
    let mut open = vec![Decided { id: id.0, state }];
    let mut is_first = true;
    while let Some(row) = open.pop() {
        let is_changed = judge(connection, row)?;
        if !is_changed && !is_first {
            continue;
        }
        is_first = false;
        if let Some(record) = record_of(connection, row.id)? {
            open.extend(children(connection, &record)?.into_iter().filter(is_waiting));
        }
    }
    Ok(())
}

/// Whether anything about a waiting row changed.
fn judge(connection: &Connection, row: Decided) -> Result<bool, StoreError> {
    if !is_waiting(&row) {
        return Ok(false);
    }
    let now = match is_blocked(connection, row.id)? {
        true => RowState::Held,
        false => RowState::Pending,
    };
    if now != row.state {
        connection
            .prepare_cached("UPDATE outbox SET state = ? WHERE id = ?")?
            .execute(params![now as u8, row.id])?;
    }
    let put_off = connection.prepare_cached(PUT_OFF)?.execute([row.id])?;
    Ok(now != row.state || put_off > 0)
}

/// After a row left: what it held back is judged anew.
pub(crate) fn released(connection: &Connection, record: &Uid) -> Result<(), StoreError> {
    for child in children(connection, record.as_str())?.into_iter().filter(is_waiting) {
        follow(connection, OutboxId(child.id), child.state)?;
    }
    Ok(())
}

/// A record that the server never had was given up: what needs it can never be taken. It is parked
/// with the reason, never dropped.
pub(crate) fn orphaned(connection: &Connection, record: &Uid) -> Result<(), StoreError> {
    for child in children(connection, record.as_str())? {
        let Some(mut row) = row::find_by_id(connection, OutboxId(child.id))? else { continue };
        if matches!(row.state, RowState::InFlight | RowState::Conflict) {
            continue;
        }
        let mut given_up = row.rejection.as_ref().map(given_up).unwrap_or_default();
        given_up.insert(*record);
        row.state = RowState::Rejected;
        row.rejection = Some(Rejection {
            code: None,
            field: None,
            reason: GIVEN_UP.to_owned(),
            report: json!({ "givenUp": given_up }).to_string(),
        });
        row::update(connection, &row)?;
    }
    Ok(())
}

/// Said of a row whose parent was given up, also when somebody asks to send it again.
pub(super) const GIVEN_UP: &str = "\
     The record that this one belongs to, or a file in it, was given up before it was ever sent, \
     so the server cannot take this one. It is safe on this device. Take the file out, or give \
     this one up too and enter it anew where it belongs.";

/// The records that were given up under a row, as its reason keeps them.
fn given_up(rejection: &Rejection) -> BTreeSet<Uid> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Report {
        given_up: BTreeSet<Uid>,
    }
    serde_json::from_str::<Report>(&rejection.report).unwrap_or_default().given_up
}

const IS_HERE: &str = "SELECT EXISTS (SELECT 1 FROM tracked_entity WHERE uid = ?1)
     OR EXISTS (SELECT 1 FROM enrollment WHERE uid = ?1)
     OR EXISTS (SELECT 1 FROM event WHERE uid = ?1)
     OR EXISTS (SELECT 1 FROM file_resource WHERE uid = ?1 AND body IS NOT NULL)";

/// Whether a row still needs a record that was given up and did not come back.
pub(crate) fn needs_given_up(
    connection: &Connection,
    rejection: &Rejection,
    payload: &Payload,
) -> Result<bool, StoreError> {
    let needed = needs(Some(payload));
    let mut statement = connection.prepare_cached(IS_HERE)?;
    for record in given_up(rejection).intersection(&needed) {
        if !statement.query_row([record.as_str()], |row| row.get::<_, bool>(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_waiting(row: &Decided) -> bool {
    matches!(row.state, RowState::Pending | RowState::Held)
}

fn is_blocked(connection: &Connection, id: i64) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(BLOCKED)?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}

fn record_of(connection: &Connection, id: i64) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT record FROM outbox WHERE id = ?")?;
    let mut rows = statement.query([id])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?.flatten())
}

fn children(connection: &Connection, record: &str) -> Result<Vec<Decided>, StoreError> {
    let mut statement = connection.prepare_cached(CHILDREN)?;
    let rows = statement.query_and_then([record], |row| {
        let state = RowState::from_number(row.get(1)?);
        let state = state.ok_or_else(|| StoreError::unreadable("state"))?;
        Ok(Decided { id: row.get(0)?, state })
    })?;
    rows.collect()
}

/// Rows in flight that may have children or parents among parked rows, judged again once they are
/// pending.
pub(crate) fn in_flight(connection: &Connection) -> Result<Vec<OutboxId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM outbox WHERE state = 1 AND state > 0
           AND EXISTS (SELECT 1 FROM outbox_edge WHERE child = id)",
    )?;
    let rows = statement.query_map([], |row| Ok(OutboxId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The state of a row after its change was written.
pub(crate) fn changed(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    match row.payload.record_uid().is_some() || !row.payload.needs().is_empty() {
        true => follow(connection, row.id, row.state),
        false => Ok(()),
    }
}
