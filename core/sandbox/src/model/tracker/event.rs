//! Stored events: reading a payload, merging, writing, showing. The only SQL about single events.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::limits::TIMES_MS;
use crate::model::http::{scalar, text};
use crate::model::meta::access::User;
use crate::model::time::Zone;
use crate::model::uid::is_uid;

/// An event as it is kept. Times are Unix ms.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Uid.
    pub uid: String,
    /// Uid of the program.
    pub program: String,
    /// Uid of the stage.
    pub stage: String,
    /// Uid of the tracked entity; nothing in an event program.
    pub te: Option<String>,
    /// Uid of the enrolment; nothing in an event program.
    pub enrollment: Option<String>,
    /// Uid of the organisation unit.
    pub ou: String,
    /// Somebody has to look at it.
    pub follow_up: bool,
    /// Status, never `VISITED`, which is kept as `ACTIVE` (capture t011i).
    pub status: String,
    /// When it happened.
    pub occurred: Option<i64>,
    /// When it is planned.
    pub scheduled: Option<i64>,
    /// When the server got it.
    pub created: i64,
    /// When the server changed it last.
    pub updated: i64,
    /// Soft-deleted.
    pub deleted: bool,
    /// The client's time of creation, as text in server time.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// Attribute option combo.
    pub aoc: String,
    /// Category options of the combo.
    pub options: Vec<String>,
    /// Who stored it, as the client says.
    pub stored_by: Option<String>,
    /// Who completed it.
    pub completed_by: Option<String>,
    /// When it was completed.
    pub completed: Option<i64>,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Notes as they are shown.
    pub notes: Vec<Value>,
    /// Who is to do it, as it is shown.
    pub assigned: Option<Value>,
    /// Who created it, as it is shown.
    pub created_by: Value,
    /// Who changed it last, as it is shown.
    pub updated_by: Value,
    /// Values in order of arrival.
    pub values: Vec<EventValue>,
}

/// One value of an event.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventValue {
    /// Data element.
    pub element: String,
    /// The value.
    pub value: String,
    /// Provided elsewhere.
    pub elsewhere: bool,
    /// When it was created.
    pub created: i64,
    /// When it was changed last.
    pub updated: i64,
    /// Who stored it, by name.
    pub stored_by: String,
    /// Who created it, as it is shown.
    pub created_by: Value,
    /// Who changed it last, as it is shown.
    pub updated_by: Value,
}

/// An event of a payload, read but not yet judged.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Uid, empty if the client left it to the server.
    pub uid: String,
    /// Program.
    pub program: Option<String>,
    /// Stage.
    pub stage: Option<String>,
    /// Enrolment.
    pub enrollment: Option<String>,
    /// Organisation unit.
    pub ou: Option<String>,
    /// Status, `ACTIVE` if none.
    pub status: String,
    /// Times.
    pub occurred: Option<i64>,
    /// Planned time.
    pub scheduled: Option<i64>,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// When it was completed, as the client says.
    pub completed: Option<i64>,
    /// Somebody has to look at it.
    pub follow_up: bool,
    /// Attribute option combo.
    pub aoc: Option<String>,
    /// Category options instead of a combo.
    pub options: Option<String>,
    /// Who stored it.
    pub stored_by: Option<String>,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Notes.
    pub notes: Vec<Value>,
    /// Who is to do it.
    pub assigned: Option<Value>,
    /// Element, value (`None` removes), provided elsewhere.
    pub values: Vec<(String, Option<String>, bool)>,
}

/// Statuses in the order in which the server lists them (capture 134).
const STATUSES: [&str; 6] = ["SKIPPED", "ACTIVE", "SCHEDULE", "VISITED", "COMPLETED", "OVERDUE"];

impl Sent {
    /// Reads one item of `events`.
    ///
    /// # Errors
    /// The text after `JSON parse error: ` for a uid, date or status that cannot be (captures 131
    /// to 134).
    pub fn read(item: &Value, zone: &Zone) -> Result<Self, String> {
        let nothing = Map::new();
        let item = item.as_object().unwrap_or(&nothing);
        let word = |key: &str| text(item, key).filter(|t| !t.is_empty()).map(str::to_owned);
        for key in ["event", "enrollment"] {
            uid_of(item, key)?;
        }
        let status = word("status").unwrap_or_else(|| "ACTIVE".to_owned());
        if !STATUSES.contains(&status.as_str()) {
            return Err(format!(
                "Cannot deserialize value of type `org.hisp.dhis.event.EventStatus` from String \
                 \"{status}\": not one of the values accepted for Enum class: [{}]",
                STATUSES.join(", ")
            ));
        }
        let time = |key: &str| time(item.get(key), zone);
        Ok(Self {
            uid: word("event").unwrap_or_default(),
            program: word("program"),
            stage: word("programStage"),
            enrollment: word("enrollment"),
            ou: word("orgUnit"),
            status: if status == "VISITED" { "ACTIVE".to_owned() } else { status },
            occurred: time("occurredAt")?,
            scheduled: time("scheduledAt")?,
            created_client: time("createdAtClient")?,
            updated_client: time("updatedAtClient")?,
            completed: time("completedAt")?,
            follow_up: item.get("followUp").and_then(Value::as_bool).unwrap_or(false),
            aoc: word("attributeOptionCombo"),
            options: word("attributeCategoryOptions"),
            stored_by: word("storedBy"),
            geometry: item.get("geometry").filter(|geometry| geometry.is_object()).cloned(),
            notes: item.get("notes").and_then(Value::as_array).cloned().unwrap_or_default(),
            assigned: item.get("assignedUser").filter(|user| user.is_object()).cloned(),
            values: values(item),
        })
    }
}

/// A uid of a payload; nothing if it was left out.
///
/// # Errors
/// The text after `JSON parse error: ` (capture 133).
pub fn uid_of(item: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match text(item, key).filter(|uid| !uid.is_empty()) {
        Some(uid) if !is_uid(uid) => Err(format!(
            "Cannot construct instance of `org.hisp.dhis.common.UID`, problem: UID must be an \
             alphanumeric string of 11 characters starting with a letter, but was: {uid}"
        )),
        other => Ok(other.map(str::to_owned)),
    }
}

/// A time of a payload.
///
/// # Errors
/// The text after `JSON parse error: ` (capture 131).
pub fn time(value: Option<&Value>, zone: &Zone) -> Result<Option<i64>, String> {
    let parsed = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => {
            let millis = text.parse().ok().filter(|_| text.len() > 8);
            millis.or_else(|| zone.parse_time(text))
        }
        Some(_) => None,
    };
    let shown = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    parsed.filter(|ms| TIMES_MS.contains(ms)).map(Some).ok_or_else(|| {
        format!(
            "Invalid date format '{}', only 'yyyy-MM-dd'T'HH:mm:ss.SSS' format end epoch \
             milliseconds are supported.",
            shown.unwrap_or_default()
        )
    })
}

fn values(item: &Map<String, Value>) -> Vec<(String, Option<String>, bool)> {
    let values = item.get("dataValues").and_then(Value::as_array);
    let values = values.map(Vec::as_slice).unwrap_or_default().iter();
    let read = |value: &Value| {
        let element = value.get("dataElement").and_then(Value::as_str).unwrap_or("").to_owned();
        let text = scalar(value.get("value")).filter(|text| !text.is_empty());
        let elsewhere = value.get("providedElsewhere").and_then(Value::as_bool);
        (element, text, elsewhere.unwrap_or(false))
    };
    values.map(read).collect()
}

/// A note as answers show it.
pub fn note(
    uid: &str,
    text: &str,
    stored_by: Option<&str>,
    user: &User,
    zone: &Zone,
    now: i64,
) -> Value {
    let mut author = user.info();
    author["displayName"] = json!(format!("{} {}", user.first_name, user.surname));
    let mut note = json!({
        "note": uid, "storedAt": zone.local(now), "value": text, "createdBy": author,
    });
    if let Some(stored_by) = stored_by {
        note["storedBy"] = json!(stored_by);
    }
    note
}

/// The stored event of a uid, also a deleted one.
///
/// # Errors
/// Only when the store fails.
pub fn load(db: &Connection, uid: &str) -> rusqlite::Result<Option<Event>> {
    let mut statement = db.prepare_cached("SELECT body FROM event WHERE uid = ?")?;
    let body: Option<String> = statement.query_row([uid], |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
}

/// Writes an event; a new one gets the next place in the order of arrival.
///
/// # Errors
/// Only when the store fails.
pub fn store(db: &Connection, event: &Event) -> rusqlite::Result<()> {
    let body = serde_json::to_string(event).unwrap_or_default();
    let sql = "INSERT INTO event(uid, program, stage, ou, status, occurred, scheduled, created, \
                 updated, deleted, body, te, enrollment, assigned) \
                 VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) \
               ON CONFLICT(uid) DO UPDATE SET program = ?2, stage = ?3, ou = ?4, status = ?5, \
                 occurred = ?6, scheduled = ?7, updated = ?9, deleted = ?10, body = ?11, \
                 te = ?12, enrollment = ?13, assigned = ?14";
    let assigned = event.assigned.as_ref().and_then(|user| user.get("uid")?.as_str());
    let row = params![
        event.uid,
        event.program,
        event.stage,
        event.ou,
        event.status,
        event.occurred,
        event.scheduled,
        event.created,
        event.updated,
        event.deleted,
        body,
        event.te,
        event.enrollment,
        assigned,
    ];
    db.prepare_cached(sql)?.execute(row).map(|_| ())
}

/// Every event of an enrolment, also deleted ones, in order of arrival.
///
/// # Errors
/// Only when the store fails.
pub fn of_enrollment(db: &Connection, enrollment: &str) -> rusqlite::Result<Vec<Event>> {
    let mut statement =
        db.prepare_cached("SELECT body FROM event WHERE enrollment = ? ORDER BY seq")?;
    let bodies = statement.query_map([enrollment], |row| row.get::<_, String>(0))?;
    let bodies = bodies.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

impl Event {
    /// The event as a tracker answer shows it, without its relationships.
    ///
    /// `enrollment` is the hidden one of an event program.
    pub fn show(&self, zone: &Zone, enrollment: &str) -> Map<String, Value> {
        let time = |ms: i64| json!(zone.local(ms));
        let maybe = |ms: Option<i64>| ms.map(time);
        let word = |text: &Option<String>| text.clone().map(Value::String);
        let members: Vec<(&str, Option<Value>)> = vec![
            ("event", Some(json!(self.uid))),
            ("status", Some(json!(self.status))),
            ("program", Some(json!(self.program))),
            ("programStage", Some(json!(self.stage))),
            ("enrollment", Some(json!(self.enrollment.as_deref().unwrap_or(enrollment)))),
            ("trackedEntity", word(&self.te)),
            ("orgUnit", Some(json!(self.ou))),
            ("occurredAt", maybe(self.occurred)),
            ("scheduledAt", maybe(self.scheduled)),
            ("storedBy", word(&self.stored_by)),
            ("followUp", Some(json!(self.follow_up))),
            ("deleted", Some(json!(self.deleted))),
            ("createdAt", Some(time(self.created))),
            ("createdAtClient", maybe(self.created_client)),
            ("updatedAt", Some(time(self.updated))),
            ("updatedAtClient", maybe(self.updated_client)),
            ("attributeOptionCombo", Some(json!(self.aoc))),
            ("attributeCategoryOptions", Some(json!(self.options.join(",")))),
            ("completedBy", word(&self.completed_by)),
            ("completedAt", maybe(self.completed)),
            ("geometry", self.geometry.clone()),
            ("assignedUser", self.assigned.clone()),
            ("createdBy", Some(self.created_by.clone())),
            ("updatedBy", Some(self.updated_by.clone())),
            ("dataValues", Some(self.values.iter().map(|value| value.show(zone)).collect())),
            ("notes", Some(json!(self.notes))),
        ];
        let present = members.into_iter();
        present.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

impl EventValue {
    fn show(&self, zone: &Zone) -> Value {
        json!({
            "createdAt": zone.local(self.created), "updatedAt": zone.local(self.updated),
            "storedBy": self.stored_by, "providedElsewhere": self.elsewhere,
            "dataElement": self.element, "value": self.value,
            "createdBy": self.created_by, "updatedBy": self.updated_by,
        })
    }
}
