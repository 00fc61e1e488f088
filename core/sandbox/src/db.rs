//! The store of the sandbox: one SQLite file, or the same tables in memory.
//!
//! Every request that changes something is one transaction, committed before it is answered, so a
//! killed process has lost nothing that it confirmed. Only this module knows the schema.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta(
  type TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY(type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted_object(
  seq INTEGER PRIMARY KEY, klass TEXT NOT NULL, uid TEXT NOT NULL, code TEXT,
  deleted_at INTEGER NOT NULL, deleted_by TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account(
  username TEXT PRIMARY KEY, uid TEXT NOT NULL, salt TEXT NOT NULL, hash TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0, expires INTEGER, failures INTEGER NOT NULL DEFAULT 0,
  old_hashes TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token(
  uid TEXT PRIMARY KEY, username TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL,
  expires INTEGER NOT NULL, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting(
  username TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(username, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_value(
  de TEXT NOT NULL, pe TEXT NOT NULL, ou TEXT NOT NULL, coc TEXT NOT NULL, aoc TEXT NOT NULL,
  value TEXT, comment TEXT, followup INTEGER NOT NULL, stored_by TEXT, created INTEGER NOT NULL,
  updated INTEGER NOT NULL, deleted INTEGER NOT NULL, pe_start INTEGER NOT NULL,
  pe_end INTEGER NOT NULL, PRIMARY KEY(ou, pe, de, coc, aoc)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS data_value_updated ON data_value(updated);
CREATE INDEX IF NOT EXISTS data_value_element ON data_value(de);
CREATE TABLE IF NOT EXISTS completion(
  ds TEXT NOT NULL, pe TEXT NOT NULL, ou TEXT NOT NULL, aoc TEXT NOT NULL, date INTEGER NOT NULL,
  stored_by TEXT, last_updated_by TEXT, completed INTEGER NOT NULL, created INTEGER NOT NULL,
  updated INTEGER NOT NULL, pe_start INTEGER NOT NULL, pe_end INTEGER NOT NULL,
  PRIMARY KEY(ds, pe, ou, aoc)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lock_exception(
  id INTEGER PRIMARY KEY, ds TEXT NOT NULL, pe TEXT NOT NULL, ou TEXT NOT NULL,
  created INTEGER NOT NULL, UNIQUE(ds, pe, ou));
CREATE TABLE IF NOT EXISTS event(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, program TEXT NOT NULL, stage TEXT NOT NULL,
  ou TEXT NOT NULL, status TEXT NOT NULL, occurred INTEGER, scheduled INTEGER,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_program_ou ON event(program, ou);
CREATE INDEX IF NOT EXISTS event_updated ON event(updated);
CREATE TABLE IF NOT EXISTS tracked_entity(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, ou TEXT NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, updated_by TEXT NOT NULL,
  deleted INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tracked_entity_type ON tracked_entity(type, ou);
CREATE INDEX IF NOT EXISTS tracked_entity_updated ON tracked_entity(updated);
CREATE TABLE IF NOT EXISTS attribute_value(
  seq INTEGER PRIMARY KEY, te TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
  folded TEXT NOT NULL, created INTEGER NOT NULL, UNIQUE(te, attribute));
CREATE INDEX IF NOT EXISTS attribute_value_value ON attribute_value(attribute, value);
CREATE INDEX IF NOT EXISTS attribute_value_folded ON attribute_value(attribute, folded);
CREATE TABLE IF NOT EXISTS enrollment(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, te TEXT NOT NULL, program TEXT NOT NULL,
  ou TEXT NOT NULL, status TEXT NOT NULL, enrolled INTEGER, occurred INTEGER,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, follow_up INTEGER NOT NULL,
  deleted INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS enrollment_te ON enrollment(te, program);
CREATE INDEX IF NOT EXISTS enrollment_program ON enrollment(program, ou);
CREATE INDEX IF NOT EXISTS enrollment_updated ON enrollment(updated);
CREATE TABLE IF NOT EXISTS program_owner(
  te TEXT NOT NULL, program TEXT NOT NULL, ou TEXT NOT NULL,
  PRIMARY KEY(te, program)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS program_owner_ou ON program_owner(program, ou);
CREATE TABLE IF NOT EXISTS temporary_owner(
  username TEXT NOT NULL, te TEXT NOT NULL, program TEXT NOT NULL, until INTEGER NOT NULL,
  reason TEXT NOT NULL, PRIMARY KEY(username, program, te)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS relationship(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, pair TEXT NOT NULL,
  created INTEGER NOT NULL, deleted INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS relationship_pair ON relationship(pair);
CREATE TABLE IF NOT EXISTS relationship_end(
  object TEXT NOT NULL, relationship TEXT NOT NULL,
  PRIMARY KEY(object, relationship)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change_log(
  seq INTEGER PRIMARY KEY, object TEXT NOT NULL, field TEXT NOT NULL, previous TEXT,
  current TEXT, at INTEGER NOT NULL, by TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS change_log_object ON change_log(object);
CREATE TABLE IF NOT EXISTS file(
  uid TEXT PRIMARY KEY, name TEXT NOT NULL, content_type TEXT NOT NULL, md5 TEXT NOT NULL,
  domain TEXT NOT NULL, created INTEGER NOT NULL, by TEXT NOT NULL, owner TEXT,
  bytes BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reserved(
  attribute TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY(attribute, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter(
  attribute TEXT NOT NULL, key TEXT NOT NULL, next INTEGER NOT NULL,
  PRIMARY KEY(attribute, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_store(
  namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, created INTEGER NOT NULL,
  updated INTEGER NOT NULL, by TEXT NOT NULL, uid TEXT NOT NULL,
  PRIMARY KEY(namespace, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS configuration(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS conversation(
  uid TEXT PRIMARY KEY, subject TEXT NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL,
  author TEXT NOT NULL, recipients TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, conversation TEXT NOT NULL,
  text TEXT NOT NULL, sender TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS message_conversation ON message(conversation);
CREATE TABLE IF NOT EXISTS potential_duplicate(
  seq INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, original TEXT NOT NULL,
  duplicate TEXT NOT NULL, status TEXT NOT NULL, created INTEGER NOT NULL,
  updated INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS approval(
  workflow TEXT NOT NULL, period TEXT NOT NULL, ou TEXT NOT NULL, aoc TEXT NOT NULL,
  by TEXT NOT NULL, at INTEGER NOT NULL, accepted INTEGER NOT NULL, accepted_by TEXT,
  PRIMARY KEY(workflow, period, ou, aoc)) WITHOUT ROWID;
CREATE TEMP TABLE scope(ou TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE wanted(id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE search_units(ou TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE capture_units(ou TEXT PRIMARY KEY) WITHOUT ROWID;
";

/// Columns that came after the table: stores of an older sandbox get them when they are opened.
const LATER_COLUMNS: &str = "
ALTER TABLE event ADD COLUMN te TEXT;
ALTER TABLE event ADD COLUMN enrollment TEXT;
ALTER TABLE event ADD COLUMN assigned TEXT;
CREATE INDEX event_enrollment ON event(enrollment);
CREATE INDEX event_te ON event(te);
";

/// File of the store inside the data folder.
pub const FILE_NAME: &str = "sandbox.sqlite";

/// Opens the store in `folder`, or one in memory.
///
/// # Errors
/// Whatever SQLite says; a folder that cannot be made counts as "cannot open".
pub fn open(folder: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match folder {
        Some(folder) => {
            // A folder that cannot be made shows itself at once as a file that cannot be opened.
            let _ = std::fs::create_dir_all(folder);
            Connection::open(folder.join(FILE_NAME))?
        }
        None => Connection::open_in_memory()?,
    };
    // Otherwise a statement is prepared anew for each value that it is asked with.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a confirmed request survives a power cut, as people in a training expect.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(SCHEMA)?;
    let sql = "SELECT count(*) FROM pragma_table_info('event') WHERE name = 'te'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        connection.execute_batch(LATER_COLUMNS)?;
    }
    Ok(connection)
}

/// Fills the temporary table `name` (`scope` or `wanted`) with `ids`, replacing what was there.
///
/// # Errors
/// Whatever SQLite says.
pub fn fill<'a>(
    connection: &Connection,
    name: Scratch,
    ids: impl IntoIterator<Item = &'a str>,
) -> rusqlite::Result<()> {
    let (clear, insert) = match name {
        Scratch::Scope => ("DELETE FROM scope", "INSERT OR IGNORE INTO scope VALUES(?1)"),
        Scratch::Wanted => ("DELETE FROM wanted", "INSERT OR IGNORE INTO wanted VALUES(?1)"),
        Scratch::Search => {
            ("DELETE FROM search_units", "INSERT OR IGNORE INTO search_units VALUES(?1)")
        }
        Scratch::Capture => {
            ("DELETE FROM capture_units", "INSERT OR IGNORE INTO capture_units VALUES(?1)")
        }
    };
    connection.prepare_cached(clear)?.execute([])?;
    let mut statement = connection.prepare_cached(insert)?;
    ids.into_iter().try_for_each(|id| statement.execute([id]).map(|_| ()))
}

/// The scratch tables of [`fill`].
#[derive(Debug, Clone, Copy)]
pub enum Scratch {
    /// Organisation units of a query.
    Scope,
    /// Other ids of a query: data elements, periods, events.
    Wanted,
    /// Every organisation unit that the user may search in.
    Search,
    /// Every organisation unit that the user may capture in.
    Capture,
}
