//! Stored relationships. The only SQL about single ones.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::report::Kind;

/// One side of a relationship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// `trackedEntity`, `enrollment` or `event`.
    pub member: String,
    /// Uid of the object.
    pub uid: String,
}

impl End {
    /// Reads `{"trackedEntity": {"trackedEntity": "…"}}`, or the uid alone; nothing unless exactly
    /// one object is named.
    pub fn read(item: Option<&Value>) -> Option<Self> {
        let item = item?.as_object()?;
        let named = |kind: Kind| {
            let value = item.get(kind.member())?;
            let uid = value.as_str().or_else(|| value.get(kind.member())?.as_str())?;
            Some(Self { member: kind.member().to_owned(), uid: uid.to_owned() })
        };
        let kinds = [Kind::TrackedEntity, Kind::Enrollment, Kind::Event];
        let mut found = kinds.into_iter().filter_map(named);
        let end = found.next()?;
        found.next().is_none().then_some(end)
    }

    /// `TRACKED_ENTITY`, as sentences name the kind.
    pub fn upper(&self) -> &'static str {
        match self.member.as_str() {
            "trackedEntity" => "TRACKED_ENTITY",
            "enrollment" => "ENROLLMENT",
            _ => "EVENT",
        }
    }
}

/// A relationship as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Relationship {
    /// Uid.
    pub uid: String,
    /// Uid of the relationship type.
    pub kind: String,
    /// Where it starts.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// When the server got it, in Unix ms; relationships never change.
    pub created: i64,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// Soft-deleted.
    pub deleted: bool,
}

/// What identifies a relationship beside its uid.
pub fn pair(kind: &str, from: &End, to: &End) -> String {
    format!("{kind} {}:{} {}:{}", from.member, from.uid, to.member, to.uid)
}

/// The stored relationship of a uid, also a deleted one.
///
/// # Errors
/// Only when the store fails.
pub fn load(db: &Connection, uid: &str) -> rusqlite::Result<Option<Relationship>> {
    let mut statement = db.prepare_cached("SELECT body FROM relationship WHERE uid = ?")?;
    let body: Option<String> = statement.query_row([uid], |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
}

/// Whether a living relationship of this kind links these two.
///
/// # Errors
/// Only when the store fails.
pub fn exists(db: &Connection, pair: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM relationship WHERE pair = ? AND deleted = 0";
    let count: i64 = db.prepare_cached(sql)?.query_row([pair], |row| row.get(0))?;
    Ok(count > 0)
}

/// The relationships of an object, newest first.
///
/// # Errors
/// Only when the store fails.
pub fn of_object(
    db: &Connection,
    member: &str,
    uid: &str,
    with_deleted: bool,
) -> rusqlite::Result<Vec<Relationship>> {
    let sql = "SELECT r.body FROM relationship_end e JOIN relationship r \
                 ON r.uid = e.relationship \
               WHERE e.object = ?1 AND (r.deleted = 0 OR ?2) ORDER BY r.seq DESC";
    let mut statement = db.prepare_cached(sql)?;
    let object = format!("{member}:{uid}");
    let bodies =
        statement.query_map(params![object, with_deleted], |row| row.get::<_, String>(0))?;
    let bodies = bodies.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

/// Writes a relationship and where it is found from.
///
/// # Errors
/// Only when the store fails.
pub fn store(db: &Connection, relationship: &Relationship) -> rusqlite::Result<()> {
    let body = serde_json::to_string(relationship).unwrap_or_default();
    let sql = "INSERT INTO relationship(uid, type, pair, created, deleted, body) \
                 VALUES(?1,?2,?3,?4,?5,?6) \
               ON CONFLICT(uid) DO UPDATE SET deleted = ?5, body = ?6";
    let row = params![
        relationship.uid,
        relationship.kind,
        pair(&relationship.kind, &relationship.from, &relationship.to),
        relationship.created,
        relationship.deleted,
        body,
    ];
    db.prepare_cached(sql)?.execute(row)?;
    let sql = "INSERT OR IGNORE INTO relationship_end(object, relationship) VALUES(?,?)";
    let mut statement = db.prepare_cached(sql)?;
    for end in [&relationship.from, &relationship.to] {
        statement.execute(params![format!("{}:{}", end.member, end.uid), relationship.uid])?;
    }
    Ok(())
}
