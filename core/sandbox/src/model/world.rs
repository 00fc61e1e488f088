//! Everything a sandbox knows between two requests.
//!
//! Metadata lives in memory and is written through; values, events and accounts live in the store.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use super::meta::access::User;
use super::meta::render::Renderer;
use super::meta::store::{Metadata, Object};
use super::meta::types;
use super::time::Zone;
use super::tracker::jobs::Jobs;
use super::tracker::kept::KeptLists;
use super::uid::UidSource;
use super::version::Version;

/// The state of a sandbox.
#[derive(Debug)]
pub struct World {
    /// All metadata.
    pub meta: Metadata,
    /// The store.
    pub db: Connection,
    /// The server's zone.
    pub zone: Zone,
    /// Source of uids, sessions and tokens.
    pub uids: UidSource,
    /// The version whose manners are shown.
    pub version: Version,
    /// Address under which the client reached the server.
    pub base_url: String,
    /// What `systemId` says.
    pub system_id: String,
    /// Open sessions: session id to user name. Lost on restart, as on a real server.
    pub sessions: HashMap<String, String>,
    /// Session ids, oldest first.
    pub session_order: VecDeque<String>,
    /// Tokens that were used before; they survive the disabling of their user (capture o024c).
    pub warm_tokens: HashMap<String, String>,
    /// Asynchronous jobs and their reports, in memory only (capture o030c).
    pub jobs: Jobs,
    /// Lists that clients page through; forgotten at every write.
    pub kept: RefCell<KeptLists>,
}

/// The uid of the built-in administrator (capture m064d).
pub const ADMIN_UID: &str = "M5zQapPyTZI";

impl World {
    /// A renderer for this user.
    pub fn renderer<'a>(&'a self, user: &'a User) -> Renderer<'a> {
        Renderer { meta: &self.meta, user, zone: &self.zone, base_url: &self.base_url }
    }

    /// Puts an object in memory and in the store.
    pub fn put(&mut self, object: Object) -> rusqlite::Result<()> {
        self.store(&object)?;
        self.meta.put(object);
        Ok(())
    }

    /// Writes an object that is in memory already.
    pub fn store(&self, object: &Object) -> rusqlite::Result<()> {
        let mut body = object.body.clone();
        body.insert("lastUpdatedBy".to_owned(), Value::String(object.author.to_string()));
        let mut statement = self.db.prepare_cached(
            "INSERT OR REPLACE INTO meta(type, id, created, updated, body) VALUES(?,?,?,?,?)",
        )?;
        let body = Value::Object(body).to_string();
        let row = params![object.kind.plural, object.id, object.created, object.updated, body];
        statement.execute(row).map(|_| ())
    }

    /// Takes an object out of memory and store and remembers that it went.
    pub fn remove(&mut self, object: &Object, by: &str, now: i64) -> rusqlite::Result<()> {
        let row = params![object.kind.plural, object.id];
        self.db.execute("DELETE FROM meta WHERE type = ? AND id = ?", row)?;
        let klass = object.kind.singular;
        let row = params![klass, object.id, object.text("code"), now, by];
        self.db.execute(
            "INSERT INTO deleted_object(klass, uid, code, deleted_at, deleted_by) \
             VALUES(?,?,?,?,?)",
            row,
        )?;
        self.meta.remove(object.kind.plural, &object.id);
        Ok(())
    }

    /// Reads all metadata from the store, replacing what is in memory.
    pub fn reload(&mut self) -> rusqlite::Result<()> {
        let mut meta = Metadata::default();
        let mut statement = self.db.prepare("SELECT type, id, created, updated, body FROM meta")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let plural: String = row.get(0)?;
            let body: String = row.get(4)?;
            let (Some(kind), Ok(mut body)) =
                (types::by_plural(&plural), serde_json::from_str::<Map<String, Value>>(&body))
            else {
                continue;
            };
            let author = body.shift_remove("lastUpdatedBy");
            let author = author.as_ref().and_then(Value::as_str).unwrap_or(ADMIN_UID);
            meta.put(Object {
                kind,
                id: row.get(1)?,
                created: row.get(2)?,
                updated: row.get(3)?,
                author: author.into(),
                body,
            });
        }
        drop(rows);
        drop(statement);
        self.meta = meta;
        Ok(())
    }

    /// The user of this name with authorities, groups and language.
    pub fn user(&self, username: &str) -> rusqlite::Result<Option<User>> {
        let sql = "SELECT uid FROM account WHERE username = ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let uid: Option<String> = statement.query_row([username], |row| row.get(0)).optional()?;
        let Some(object) = uid.as_deref().and_then(|uid| self.meta.get("users", uid)) else {
            return Ok(None);
        };
        let mut user = User::load(&self.meta, object);
        user.db_locale = self.setting(username, "keyDbLocale")?.unwrap_or_else(|| "en".to_owned());
        Ok(Some(user))
    }

    /// A stored setting of a user; an empty name means the system.
    pub fn setting(&self, username: &str, name: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT value FROM setting WHERE username = ? AND name = ?";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_row([username, name], |row| row.get(0)).optional()
    }

    /// Stores a setting.
    pub fn set_setting(&self, username: &str, name: &str, value: &str) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO setting(username, name, value) VALUES(?,?,?)";
        self.db.execute(sql, [username, name, value]).map(|_| ())
    }
}
