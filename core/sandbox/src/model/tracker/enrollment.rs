//! Stored enrolments. The only SQL about single ones.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::time::Zone;

/// An enrolment as it is kept. Times are Unix ms.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Enrollment {
    /// Uid.
    pub uid: String,
    /// Uid of the tracked entity.
    pub te: String,
    /// Uid of the program.
    pub program: String,
    /// Uid of the organisation unit.
    pub ou: String,
    /// `ACTIVE`, `COMPLETED` or `CANCELLED`.
    pub status: String,
    /// Day of the enrolment.
    pub enrolled: Option<i64>,
    /// Day of the incident; the day of the enrolment if none was sent.
    pub occurred: Option<i64>,
    /// When the server got it.
    pub created: i64,
    /// When it changed last; neither events nor attributes move it (captures t007h, t007j).
    pub updated: i64,
    /// Soft-deleted.
    pub deleted: bool,
    /// Somebody has to look at it.
    pub follow_up: bool,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// When it was completed.
    pub completed: Option<i64>,
    /// Who completed it.
    pub completed_by: Option<String>,
    /// Who stored it, as the client says.
    pub stored_by: Option<String>,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Notes as they are shown.
    pub notes: Vec<Value>,
    /// Who created it, as it is shown.
    pub created_by: Value,
    /// Who changed it last, as it is shown.
    pub updated_by: Value,
}

/// The stored enrolment of a uid, also a deleted one.
///
/// # Errors
/// Only when the store fails.
pub fn load(db: &Connection, uid: &str) -> rusqlite::Result<Option<Enrollment>> {
    let mut statement = db.prepare_cached("SELECT body FROM enrollment WHERE uid = ?")?;
    let body: Option<String> = statement.query_row([uid], |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
}

/// Every enrolment of a tracked entity, also deleted ones, newest arrival first.
///
/// # Errors
/// Only when the store fails.
pub fn of_entity(db: &Connection, te: &str) -> rusqlite::Result<Vec<Enrollment>> {
    let sql = "SELECT body FROM enrollment WHERE te = ? ORDER BY seq DESC";
    let mut statement = db.prepare_cached(sql)?;
    let bodies = statement.query_map([te], |row| row.get::<_, String>(0))?;
    let bodies = bodies.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

/// Writes an enrolment; a new one gets the next place in the order of arrival.
///
/// # Errors
/// Only when the store fails.
pub fn store(db: &Connection, enrollment: &Enrollment) -> rusqlite::Result<()> {
    let body = serde_json::to_string(enrollment).unwrap_or_default();
    let sql = "INSERT INTO enrollment(uid, te, program, ou, status, enrolled, occurred, created, \
                 updated, follow_up, deleted, body) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) \
               ON CONFLICT(uid) DO UPDATE SET te = ?2, program = ?3, ou = ?4, status = ?5, \
                 enrolled = ?6, occurred = ?7, updated = ?9, follow_up = ?10, deleted = ?11, \
                 body = ?12";
    let row = params![
        enrollment.uid,
        enrollment.te,
        enrollment.program,
        enrollment.ou,
        enrollment.status,
        enrollment.enrolled,
        enrollment.occurred,
        enrollment.created,
        enrollment.updated,
        enrollment.follow_up,
        enrollment.deleted,
        body,
    ];
    db.prepare_cached(sql)?.execute(row).map(|_| ())
}

impl Enrollment {
    /// The members that are no lists of other objects.
    pub fn show(&self, zone: &Zone) -> Map<String, Value> {
        let maybe = |ms: Option<i64>| ms.map(|ms| json!(zone.local(ms)));
        let word = |text: &Option<String>| text.clone().map(Value::String);
        let members: Vec<(&str, Option<Value>)> = vec![
            ("enrollment", Some(json!(self.uid))),
            ("createdAt", maybe(Some(self.created))),
            ("createdAtClient", maybe(self.created_client)),
            ("updatedAt", maybe(Some(self.updated))),
            ("updatedAtClient", maybe(self.updated_client)),
            ("trackedEntity", Some(json!(self.te))),
            ("program", Some(json!(self.program))),
            ("status", Some(json!(self.status))),
            ("orgUnit", Some(json!(self.ou))),
            ("enrolledAt", maybe(self.enrolled)),
            ("occurredAt", maybe(self.occurred)),
            ("followUp", Some(json!(self.follow_up))),
            ("deleted", Some(json!(self.deleted))),
            ("geometry", self.geometry.clone()),
            ("storedBy", word(&self.stored_by)),
            ("completedBy", word(&self.completed_by)),
            ("completedAt", maybe(self.completed)),
            ("createdBy", Some(self.created_by.clone())),
            ("updatedBy", Some(self.updated_by.clone())),
            ("notes", Some(json!(self.notes))),
        ];
        let present = members.into_iter();
        present.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
