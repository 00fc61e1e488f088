//! Saving what can be read of a damaged database: captured data, outbox, drafts, journal, facts.
//!
//! The damaged file is only read, then moved aside, never changed or deleted. Metadata and download
//! cursors are left behind: the server has them.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use serde_json::json;

use crate::connection::{Durability, Writer, count_of, open_reader};
use crate::data::records::{self, Stamp};
use crate::error::StoreError;
use crate::journal::{self, JournalKind};
use crate::key::DatabaseKey;
use crate::limits::SALVAGE_SKIPS_MAX;
use crate::migrations::Schema;
use crate::outbox::edges;
use crate::outbox::edit::{last_sequence, save_sequence};
use crate::outbox::row::{COLUMNS, Row as OutboxRow, count_all};
use crate::payload;
use crate::store::beside;
use crate::tracker::index;

/// What was saved of a damaged database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalvageReport {
    /// Where the damaged file is now; it is kept until a person removes it.
    pub moved_to: PathBuf,
    /// How the damage was noticed.
    pub detail: String,
    /// What was saved, table by table.
    pub tables: Vec<SalvagedTable>,
}

/// What was saved of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvagedTable {
    /// Its name: `outbox`, `data_value` …
    pub name: &'static str,
    /// Rows that were saved.
    pub rows: u64,
    /// Whether every row could be read. If not, some may be missing.
    pub is_complete: bool,
}

impl SalvageReport {
    /// Rows of the outbox that were saved, and whether that is all of them.
    #[must_use]
    pub fn outbox(&self) -> (u64, bool) {
        let table = self.tables.iter().find(|table| table.name == "outbox");
        table.map_or((0, false), |table| (table.rows, table.is_complete))
    }
}

/// A table that is saved; `id` is its integer key, if it has one.
struct Wanted {
    name: &'static str,
    id: Option<&'static str>,
    key: &'static str,
}

const fn numbered(name: &'static str, id: &'static str) -> Wanted {
    Wanted { name, id: Some(id), key: id }
}

const fn keyed(name: &'static str, key: &'static str) -> Wanted {
    Wanted { name, id: None, key }
}

/// What cannot be had again comes first.
const WANTED: [Wanted; 32] = [
    numbered("outbox", "id"),
    numbered("conflict", "outbox_id"),
    numbered("carried", "id"),
    keyed("carried_before", "kind, subject, device, content"),
    keyed("handed_over", "row, partner"),
    keyed("exchange_state", "name"),
    keyed("exchange_stream", "direction, partner, kind"),
    keyed("draft", "form, key"),
    keyed("kept_job", "id"),
    numbered("file_resource", "id"),
    keyed("file_chunk", "file, number"),
    keyed("reserved_value", "attribute, organisation_unit, value"),
    keyed("temporary_value", "record, attribute"),
    numbered("tracked_entity", "id"),
    numbered("enrollment", "id"),
    numbered("event", "id"),
    numbered("relationship", "id"),
    keyed("program_owner", "tracked_entity, program"),
    keyed("temporary_ownership", "tracked_entity, program"),
    keyed(
        "data_value",
        "organisation_unit, period, attribute_option_combo, data_element, category_option_combo",
    ),
    keyed("completion", "data_set, organisation_unit, period, attribute_option_combo"),
    keyed("slice", "data_set, organisation_unit, period, attribute_option_combo"),
    numbered("journal", "seq"),
    keyed("journal_record", "record, seq"),
    keyed("program_setting", "program"),
    keyed("working_list", "id"),
    keyed("name_attributes", "tracked_entity_type"),
    keyed("fact", "name"),
    keyed("secret", "name"),
    keyed("last_answer", "kind, subject"),
    numbered("exchange_waiting", "id"),
    keyed("exchange_waiting_piece", "file, number"),
];

/// Puts a rescued database into place if the process died between the two renames.
pub(crate) fn take_finished(path: &Path) -> Result<(), StoreError> {
    let rescued = beside(path, "rescued");
    if !path.exists() && rescued.exists() {
        std::fs::rename(rescued, path)?;
    }
    Ok(())
}

/// Builds a new database beside the damaged one, moves that aside and takes its place.
pub(crate) fn salvage(
    schema: &Schema,
    path: &Path,
    key: &DatabaseKey,
    detail: &str,
) -> Result<SalvageReport, StoreError> {
    let rescued = beside(path, "rescued");
    for leftover in with_companions(&rescued) {
        if leftover.exists() {
            std::fs::remove_file(leftover)?;
        }
    }
    let mut report = SalvageReport { detail: detail.to_owned(), ..Default::default() };
    let mut writer = Writer::open(&rescued, key)?;
    writer.transact(Durability::Full, |target| {
        schema.migrate(target, 0)?;
        let source = Source { path, key };
        for wanted in &WANTED {
            report.tables.push(copy_table(&source, target, wanted)?);
        }
        restore_order(target)
    })?;
    crate::connection::drain(writer.connection(), "PRAGMA wal_checkpoint(TRUNCATE)")?;
    drop(writer.into_connection());
    report.moved_to = move_aside(path)?;
    std::fs::rename(&rescued, path)?;
    Ok(report)
}

/// Columns that both files have; a damaged file may be of an older version.
fn shared_columns(
    source: &Connection,
    target: &Connection,
    table: &str,
) -> Result<Vec<String>, rusqlite::Error> {
    let columns = |connection: &Connection| -> Result<Vec<String>, rusqlite::Error> {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
        statement.query_map([table], |row| row.get(0))?.collect()
    };
    let known = columns(target)?;
    Ok(columns(source)?.into_iter().filter(|column| known.contains(column)).collect())
}

/// The damaged file. SQLCipher gives a connection up at its first unreadable page, so every pass over
/// a table has a connection of its own.
struct Source<'a> {
    path: &'a Path,
    key: &'a DatabaseKey,
}

impl Source<'_> {
    /// `None` if not even the first pages can be read.
    fn connect(&self) -> Result<Option<Connection>, StoreError> {
        match open_reader(self.path, self.key) {
            Ok(connection) => Ok(Some(connection)),
            Err(
                error @ (StoreError::Full
                | StoreError::Io { .. }
                | StoreError::Denied { .. }
                | StoreError::Busy),
            ) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

struct Copying<'a> {
    source: &'a Source<'a>,
    target: &'a Transaction<'a>,
    columns: Vec<String>,
    wanted: &'a Wanted,
    rows: u64,
}

fn copy_table(
    source: &Source<'_>,
    target: &Transaction<'_>,
    wanted: &Wanted,
) -> Result<SalvagedTable, StoreError> {
    let nothing = SalvagedTable { name: wanted.name, rows: 0, is_complete: false };
    let Some(connection) = source.connect()? else { return Ok(nothing) };
    let Ok(columns) = shared_columns(&connection, target, wanted.name) else {
        return Ok(nothing);
    };
    if columns.is_empty() {
        return Ok(nothing);
    }
    let mut copying = Copying { source, target, columns, wanted, rows: 0 };
    let (from_front, last) = copying.pass("ASC", None)?;
    if !from_front {
        copying.pass("DESC", None)?;
        if let Some(last) = last {
            copying.skip_damage(last)?;
        }
    }
    Ok(SalvagedTable { name: wanted.name, rows: copying.rows, is_complete: from_front })
}

impl Copying<'_> {
    /// Copies until the end or the first unreadable page: whether the end was reached, and the last
    /// number copied.
    fn pass(&mut self, order: &str, after: Option<i64>) -> Result<(bool, Option<i64>), StoreError> {
        let Wanted { name, id, key } = self.wanted;
        let list = self.columns.join(", ");
        let keys: Vec<String> = key.split(", ").map(|column| format!("{column} {order}")).collect();
        let from = match (id, after) {
            (Some(id), Some(after)) => format!("WHERE {id} > {after}"),
            _ => String::new(),
        };
        let number = id.unwrap_or("0");
        let sql =
            format!("SELECT {list}, {number} FROM {name} {from} ORDER BY {}", keys.join(", "));
        let mut last = None;
        let Some(source) = self.source.connect()? else { return Ok((false, last)) };
        let Ok(mut statement) = source.prepare(&sql) else { return Ok((false, last)) };
        let Ok(mut rows) = statement.query([]) else { return Ok((false, last)) };
        loop {
            match rows.next() {
                Ok(None) => return Ok((true, last)),
                Ok(Some(row)) => {
                    self.rows += insert(self.target, name, &self.columns, row)?;
                    last = row.get(self.columns.len()).ok();
                }
                Err(_) => return Ok((false, last)),
            }
        }
    }

    /// Looks for readable rows behind the damage by growing steps.
    fn skip_damage(&mut self, mut after: i64) -> Result<(), StoreError> {
        let Some(id) = self.wanted.id else { return Ok(()) };
        let end: i64 = self.target.query_row(
            &format!("SELECT coalesce(max({id}), 0) FROM {}", self.wanted.name),
            [],
            |row| row.get(0),
        )?;
        let mut step = 1;
        for _ in 0..SALVAGE_SKIPS_MAX {
            if after >= end {
                break;
            }
            let (is_done, last) = self.pass("ASC", Some(after))?;
            if is_done {
                break;
            }
            match last {
                Some(last) => (after, step) = (last, 1),
                None => (after, step) = (after.saturating_add(step), (step * 2).min(64)),
            }
        }
        Ok(())
    }
}

fn insert(
    target: &Transaction<'_>,
    table: &str,
    columns: &[String],
    row: &Row<'_>,
) -> Result<u64, StoreError> {
    let values: Result<Vec<Value>, _> = (0..columns.len()).map(|column| row.get(column)).collect();
    let Ok(values) = values else { return Ok(0) };
    let marks = vec!["?"; columns.len()].join(", ");
    let list = columns.join(", ");
    let sql = format!("INSERT OR IGNORE INTO {table} ({list}) VALUES ({marks})");
    Ok(target.prepare_cached(&sql)?.execute(params_from_iter(values))? as u64)
}

/// Makes the saved rows agree with each other: end of the journal, sequence, records of the outbox.
fn restore_order(target: &Transaction<'_>) -> Result<(), StoreError> {
    let (last, hash) = journal::intact_prefix(target)?;
    let cut = cut_journal(target, last)?;
    target.execute(
        "UPDATE store_state SET journal_seq = ?, journal_hash = ? WHERE id = 1",
        rusqlite::params![last, hash],
    )?;
    let seq: i64 = target.query_row(
        "SELECT max(coalesce((SELECT max(id) FROM outbox), 0),
           coalesce((SELECT max(seq) FROM data_value), 0),
           coalesce((SELECT max(seq) FROM event), 0),
           coalesce((SELECT max(seq) FROM tracked_entity), 0),
           coalesce((SELECT max(seq) FROM enrollment), 0),
           coalesce((SELECT max(seq) FROM relationship), 0),
           coalesce((SELECT max(seq) FROM completion), 0))",
        [],
        |row| row.get(0),
    )?;
    save_sequence(target, crate::exchange::restore(target, seq)?)?;
    target.execute("DELETE FROM conflict WHERE outbox_id NOT IN (SELECT id FROM outbox)", [])?;
    // A conflict that was lost is found again when the row is sent.
    target.execute(
        "UPDATE outbox SET state = 0
         WHERE state = 3 AND id NOT IN (SELECT outbox_id FROM conflict)",
        [],
    )?;
    restore_records(target)?;
    index::rebuild(target)?;
    restore_edges(target)?;
    count_all(target)?;
    let body = json!({ "entriesLost": cut });
    journal::append(target, JournalKind::Salvage, "", &body, 0)
}

/// Drops entries behind a gap: the chain cannot vouch for them, and the damaged file keeps them.
fn cut_journal(target: &Transaction<'_>, last: i64) -> Result<u64, StoreError> {
    let behind = target
        .query_row("SELECT count(*) FROM journal WHERE seq > ?", [last], |row| count_of(row, 0))?;
    if behind > 0 {
        target.execute_batch(
            "CREATE TEMP TABLE whole AS SELECT * FROM journal;
             DROP TABLE journal;",
        )?;
        let schema = include_str!("../migrations/0001_init.sql");
        let start = schema.find("CREATE TABLE journal").unwrap_or(schema.len());
        target.execute_batch(&schema[start..])?;
        target.execute("INSERT INTO journal SELECT * FROM whole WHERE seq <= ?", [last])?;
        target.execute("DELETE FROM journal_record WHERE seq > ?", [last])?;
        target.execute_batch("DROP TABLE temp.whole")?;
    }
    Ok(behind)
}

/// The outbox holds whole records: one whose own row was lost comes back from there.
fn restore_records(target: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox ORDER BY id");
    let mut statement = target.prepare(&sql)?;
    let rows = statement.query_and_then([], OutboxRow::of)?;
    let seq = last_sequence(target)?;
    for row in rows {
        let row = row?;
        let held = records::load(target, &row.payload)?;
        if !payload::same(&row.payload, held.as_ref()) {
            let stamp = Stamp { seq, stored_by: Some(&row.edited_by), ..Stamp::default() };
            records::store(target, &row.payload, stamp)?;
        }
    }
    Ok(())
}

/// What needs what is told by the records; who is held follows from it.
fn restore_edges(target: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox ORDER BY id");
    let mut statement = target.prepare(&sql)?;
    let rows = statement.query_and_then([], OutboxRow::of)?;
    let rows =
        rows.filter(|row| row.as_ref().map_or(true, is_linked)).collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        edges::save(target, row.id, None, &row.payload)?;
        let record = row.payload.record_uid().map(|uid| uid.to_string());
        let sql = "UPDATE outbox SET record = ? WHERE id = ?";
        target.prepare_cached(sql)?.execute(rusqlite::params![record, row.id.0])?;
    }
    for row in &rows {
        edges::follow(target, row.id, row.state)?;
    }
    Ok(())
}

fn is_linked(row: &OutboxRow) -> bool {
    row.payload.record_uid().is_some() || !row.payload.needs().is_empty()
}

fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut number = 1;
    let aside = loop {
        let candidate = beside(path, &format!("corrupt-{number}"));
        if !candidate.exists() {
            break candidate;
        }
        number += 1;
    };
    let [from, from_log, from_index] = with_companions(path);
    let [to, to_log, _] = with_companions(&aside);
    // The log first: without it the file would open as an older state.
    if from_log.exists() {
        std::fs::rename(from_log, to_log)?;
    }
    std::fs::rename(from, to)?;
    if from_index.exists() {
        std::fs::remove_file(from_index)?;
    }
    Ok(aside)
}

/// The database, its log and the index of the log.
fn with_companions(path: &Path) -> [PathBuf; 3] {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [path.to_owned(), with("-wal"), with("-shm")]
}
