//! Stored tracked entities, their attribute values and who owns them. The only SQL about single
//! ones.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::time::Zone;

/// A tracked entity as it is kept. Times are Unix ms.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entity {
    /// Uid.
    #[serde(skip)]
    pub uid: String,
    /// Uid of the tracked entity type.
    #[serde(skip)]
    pub kind: String,
    /// Uid of the organisation unit that registered it.
    #[serde(skip)]
    pub ou: String,
    /// When the server got it.
    #[serde(skip)]
    pub created: i64,
    /// When it or anything below it changed last (captures t007g, t007k).
    #[serde(skip)]
    pub updated: i64,
    /// Soft-deleted.
    #[serde(skip)]
    pub deleted: bool,
    /// Who changed it last, as it is shown.
    #[serde(skip)]
    pub updated_by: Value,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// No longer of interest.
    pub inactive: bool,
    /// Marked as a likely double.
    pub potential_duplicate: bool,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Who stored it, as the client says.
    pub stored_by: Option<String>,
    /// Who created it, as it is shown.
    pub created_by: Value,
}

/// One attribute value of a tracked entity, whichever object sent it.
#[derive(Debug, Clone)]
pub struct AttributeValue {
    /// Uid of the attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// When the server got the first value; it never moves (capture t060d).
    pub created: i64,
}

const COLUMNS: &str = "uid, type, ou, created, updated, deleted, updated_by, body";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entity> {
    let body: String = row.get(7)?;
    let by: String = row.get(6)?;
    let rest: Entity = serde_json::from_str(&body).unwrap_or_default();
    Ok(Entity {
        uid: row.get(0)?,
        kind: row.get(1)?,
        ou: row.get(2)?,
        created: row.get(3)?,
        updated: row.get(4)?,
        deleted: row.get(5)?,
        updated_by: serde_json::from_str(&by).unwrap_or_default(),
        ..rest
    })
}

/// The stored tracked entity of a uid, also a deleted one.
///
/// # Errors
/// Only when the store fails.
pub fn load(db: &Connection, uid: &str) -> rusqlite::Result<Option<Entity>> {
    let sql = format!("SELECT {COLUMNS} FROM tracked_entity WHERE uid = ?");
    db.prepare_cached(&sql)?.query_row([uid], read).optional()
}

/// Writes a tracked entity; a new one gets the next place in the order of arrival.
///
/// # Errors
/// Only when the store fails.
pub fn store(db: &Connection, entity: &Entity) -> rusqlite::Result<()> {
    let body = serde_json::to_string(entity).unwrap_or_default();
    let sql = "INSERT INTO tracked_entity(uid, type, ou, created, updated, deleted, updated_by, \
                 body) VALUES(?1,?2,?3,?4,?5,?6,?7,?8) \
               ON CONFLICT(uid) DO UPDATE SET type = ?2, ou = ?3, updated = ?5, deleted = ?6, \
                 updated_by = ?7, body = ?8";
    let row = params![
        entity.uid,
        entity.kind,
        entity.ou,
        entity.created,
        entity.updated,
        entity.deleted,
        entity.updated_by.to_string(),
        body,
    ];
    db.prepare_cached(sql)?.execute(row).map(|_| ())
}

/// Moves the time of the last change, as everything below a tracked entity does.
///
/// # Errors
/// Only when the store fails.
pub fn touch(db: &Connection, uid: &str, by: &Value, now: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE tracked_entity SET updated = ?, updated_by = ? WHERE uid = ?";
    db.prepare_cached(sql)?.execute(params![now, by.to_string(), uid]).map(|_| ())
}

/// Every attribute value of a tracked entity.
///
/// # Errors
/// Only when the store fails.
pub fn values(db: &Connection, te: &str) -> rusqlite::Result<Vec<AttributeValue>> {
    let sql = "SELECT attribute, value, created FROM attribute_value WHERE te = ? \
               ORDER BY seq";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([te], |row| {
        Ok(AttributeValue { attribute: row.get(0)?, value: row.get(1)?, created: row.get(2)? })
    })?;
    rows.collect()
}

/// Writes or removes one value and notes the change in the log.
///
/// # Errors
/// Only when the store fails.
pub fn set_value(
    db: &Connection,
    te: &str,
    attribute: &str,
    value: Option<&str>,
    by: &Value,
    now: i64,
) -> rusqlite::Result<()> {
    let sql = "SELECT value FROM attribute_value WHERE te = ? AND attribute = ?";
    let old: Option<String> =
        db.prepare_cached(sql)?.query_row([te, attribute], |row| row.get(0)).optional()?;
    if old.as_deref() == value {
        return Ok(());
    }
    match value {
        None => {
            let sql = "DELETE FROM attribute_value WHERE te = ? AND attribute = ?";
            db.prepare_cached(sql)?.execute([te, attribute])?;
        }
        Some(value) => {
            let sql = "INSERT INTO attribute_value(te, attribute, value, folded, created) \
                       VALUES(?1,?2,?3,?4,?5) ON CONFLICT(te, attribute) DO UPDATE SET \
                         value = ?3, folded = ?4";
            let row = params![te, attribute, value, value.to_lowercase(), now];
            db.prepare_cached(sql)?.execute(row)?;
        }
    }
    log_change(db, te, attribute, old.as_deref(), value, by, now)
}

/// Notes that a value changed (captures t036g, t036h).
///
/// # Errors
/// Only when the store fails.
pub fn log_change(
    db: &Connection,
    object: &str,
    field: &str,
    previous: Option<&str>,
    current: Option<&str>,
    by: &Value,
    now: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO change_log(object, field, previous, current, at, by) \
               VALUES(?,?,?,?,?,?)";
    let row = params![object, field, previous, current, now, by.to_string()];
    db.prepare_cached(sql)?.execute(row).map(|_| ())
}

/// The organisation unit that owns a tracked entity in a program; nothing before an enrolment.
///
/// # Errors
/// Only when the store fails.
pub fn owner(db: &Connection, te: &str, program: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT ou FROM program_owner WHERE te = ? AND program = ?";
    db.prepare_cached(sql)?.query_row([te, program], |row| row.get(0)).optional()
}

/// Every program owner of a tracked entity as answers show it.
///
/// # Errors
/// Only when the store fails.
pub fn owners(db: &Connection, te: &str) -> rusqlite::Result<Vec<(String, Value)>> {
    let mut statement = db.prepare_cached("SELECT program, ou FROM program_owner WHERE te = ?")?;
    let rows = statement.query_map([te], |row| {
        let (program, ou): (String, String) = (row.get(0)?, row.get(1)?);
        let shown = json!({"orgUnit": ou, "trackedEntity": te, "program": program});
        Ok((program, shown))
    })?;
    rows.collect()
}

/// Makes `ou` the owner; an older owner stays unless `replace`s says otherwise.
///
/// # Errors
/// Only when the store fails.
pub fn set_owner(
    db: &Connection,
    te: &str,
    program: &str,
    ou: &str,
    replaces: Replaces,
) -> rusqlite::Result<()> {
    let sql = match replaces {
        Replaces::Nothing => "INSERT OR IGNORE INTO program_owner(te, program, ou) VALUES(?,?,?)",
        Replaces::Owner => "INSERT OR REPLACE INTO program_owner(te, program, ou) VALUES(?,?,?)",
    };
    db.prepare_cached(sql)?.execute([te, program, ou]).map(|_| ())
}

/// Whether [`set_owner`] may take a tracked entity from its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaces {
    /// An enrolment only gives an owner to who has none.
    Nothing,
    /// A transfer.
    Owner,
}

impl Entity {
    /// The members that are neither lists nor objects of other kinds.
    pub fn show(&self, zone: &Zone) -> Map<String, Value> {
        let maybe = |ms: Option<i64>| ms.map(|ms| json!(zone.local(ms)));
        let members: Vec<(&str, Option<Value>)> = vec![
            ("trackedEntity", Some(json!(self.uid))),
            ("trackedEntityType", Some(json!(self.kind))),
            ("createdAt", maybe(Some(self.created))),
            ("createdAtClient", maybe(self.created_client)),
            ("updatedAt", maybe(Some(self.updated))),
            ("updatedAtClient", maybe(self.updated_client)),
            ("orgUnit", Some(json!(self.ou))),
            ("inactive", Some(json!(self.inactive))),
            ("deleted", Some(json!(self.deleted))),
            ("potentialDuplicate", Some(json!(self.potential_duplicate))),
            ("geometry", self.geometry.clone()),
            ("storedBy", self.stored_by.clone().map(Value::String)),
            ("createdBy", Some(self.created_by.clone())),
            ("updatedBy", Some(self.updated_by.clone())),
        ];
        let present = members.into_iter();
        present.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
