//! Uploads that the server turned into a job: what they carry stays in flight until their end is known,
//! also when the process dies in between.

use outpost_sync::ports::{KeptJob, KeptJobRows, OutboxId, OutboxRow};
use rusqlite::{Connection, params};

use super::claim::claimed;
use super::row::{self, RowState};
use crate::error::StoreError;
use crate::payload;

/// Remembers a job; its rows are in flight already.
pub(crate) fn keep(connection: &Connection, job: &KeptJob) -> Result<(), StoreError> {
    let rows: Vec<(i64, i64)> = job.rows.iter().map(|(id, revision)| (id.0, *revision)).collect();
    let rows = serde_json::to_string(&rows)
        .map_err(|_| StoreError::Defect { detail: "a job cannot be written".to_owned() })?;
    connection.execute(
        "INSERT OR REPLACE INTO kept_job (id, kind, started_ms, rows) VALUES (?, ?, ?, ?)",
        params![job.id, job.kind as u8, job.started_ms, rows],
    )?;
    Ok(())
}

/// Forgets a job.
pub(crate) fn forget(connection: &Connection, id: &str) -> Result<(), StoreError> {
    connection.execute("DELETE FROM kept_job WHERE id = ?", [id])?;
    Ok(())
}

/// The jobs whose end is not known, the oldest first, with the rows that still wait for it.
pub(crate) fn load(connection: &Connection) -> Result<Vec<KeptJobRows>, StoreError> {
    let mut statement = connection
        .prepare("SELECT id, kind, started_ms, rows FROM kept_job ORDER BY started_ms")?;
    let jobs = statement.query_and_then([], |row| {
        let rows: Vec<(i64, i64)> = serde_json::from_str(&row.get::<_, String>(3)?)
            .map_err(|_| StoreError::unreadable("job"))?;
        Ok::<_, StoreError>(KeptJob {
            id: row.get(0)?,
            kind: payload::kind_of(row.get(1)?).ok_or_else(|| StoreError::unreadable("kind"))?,
            rows: rows.into_iter().map(|(id, revision)| (OutboxId(id), revision)).collect(),
            started_ms: row.get(2)?,
        })
    })?;
    let mut loaded = Vec::new();
    for job in jobs.collect::<Result<Vec<_>, _>>()? {
        let mut rows = Vec::new();
        for (id, revision) in &job.rows {
            rows.extend(row_of_job(connection, *id, *revision)?);
        }
        loaded.push(KeptJobRows { job, rows });
    }
    Ok(loaded)
}

/// The row as it was sent, in flight; `None` if something else became of it.
fn row_of_job(
    connection: &Connection,
    id: OutboxId,
    revision: i64,
) -> Result<Option<OutboxRow>, StoreError> {
    let found = row::find_by_id(connection, id)?;
    let Some(mut row) = found.filter(|row| row.sent_revision == revision) else { return Ok(None) };
    let Some(sent) = row.sent().cloned() else { return Ok(None) };
    if row.state != RowState::InFlight {
        row.in_flight = row.was_edited_since_sent().then(|| sent.clone());
        row.state = RowState::InFlight;
        row.not_before_ms = 0;
        row::update(connection, &row)?;
    }
    row.payload = sent;
    row.revision = revision;
    claimed(connection, row).map(Some)
}
