//! Notes on events and enrolments, and the logs of their changes (captures t009c to t009j, t036g,
//! t036h).

use serde_json::{Value, json};

use super::page::{Listed, Page};
use super::{enrollment, enrollments, entities, event, events, query};
use crate::model::Answer;
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::world::World;

/// A note to be kept: its uid, its text and how it is shown.
struct Kept {
    uid: String,
    text: String,
    shown: Value,
}

/// Reads the note of a request.
fn read(
    world: &mut World,
    request: &Request,
    known: &[Value],
    user: &User,
    now: i64,
) -> Result<Kept, Response> {
    let body = request.json()?;
    let text = body.get("value").and_then(Value::as_str).unwrap_or("").to_owned();
    let given = body.get("note").and_then(Value::as_str).map(str::to_owned);
    if text.trim().is_empty() {
        return Err(Response::coded(400, "E1003", "Value cannot be empty"));
    }
    let uid = given.unwrap_or_else(|| world.uids.uid());
    if known.iter().any(|known| known["note"] == uid) {
        return Err(Response::coded(400, "E1003", &format!("Note `{uid}` already exists.")));
    }
    let shown = event::note(&uid, &text, None, user, &world.zone, now);
    Ok(Kept { uid, text, shown })
}

/// `POST /api/tracker/events/{uid}/note`.
///
/// # Errors
/// The 400 for an empty or known note; a failing store.
pub fn of_event(world: &mut World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let Some(mut stored) = events::seen(world, user, uid, now)? else {
        return Ok(Response::not_found("Event", uid));
    };
    let note = read(world, request, &stored.notes, user, now)?;
    stored.notes.push(note.shown);
    event::store(&world.db, &stored)?;
    Ok(Response::json(json!({"note": note.uid, "value": note.text})))
}

/// `POST /api/tracker/enrollments/{uid}/note`.
///
/// # Errors
/// The 400 for an empty or known note; a failing store.
pub fn of_enrollment(
    world: &mut World,
    request: &Request,
    user: &User,
    uid: &str,
    now: i64,
) -> Answer {
    let Some(mut stored) = enrollments::seen(world, user, uid, now)? else {
        return Ok(Response::not_found("Enrollment", uid));
    };
    let note = read(world, request, &stored.notes, user, now)?;
    stored.notes.push(note.shown);
    enrollment::store(&world.db, &stored)?;
    Ok(Response::json(json!({"note": note.uid, "value": note.text})))
}

/// `GET /api/tracker/events/{uid}/changeLogs`.
///
/// # Errors
/// Only when the store fails.
pub fn event_changes(world: &World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    if events::seen(world, user, uid, now)?.is_none() {
        return Ok(Response::not_found("Event", uid));
    }
    changes(world, request, uid, "dataValue", "dataElement")
}

/// `GET /api/tracker/trackedEntities/{uid}/changeLogs`.
///
/// # Errors
/// Only when the store fails.
pub fn entity_changes(
    world: &World,
    request: &Request,
    user: &User,
    uid: &str,
    now: i64,
) -> Answer {
    let program = query::program(world, &request.query, user)?;
    if entities::seen(world, user, uid, program, now)?.is_none() {
        return Ok(Response::not_found("TrackedEntity", uid));
    }
    changes(world, request, uid, "attributeValue", "attribute")
}

fn changes(world: &World, request: &Request, uid: &str, word: &str, field: &str) -> Answer {
    let page = Page::of(&request.query, world.version.flat_paging())?;
    let sql = "SELECT field, previous, current, at, by FROM change_log WHERE object = ? \
               ORDER BY seq DESC";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([uid], |row| {
        let (name, at): (String, i64) = (row.get(0)?, row.get(3)?);
        let (previous, current): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let by: String = row.get(4)?;
        let kind = match (&previous, &current) {
            (None, _) => "CREATE",
            (_, None) => "DELETE",
            _ => "UPDATE",
        };
        let mut change = json!({field: name});
        for (name, value) in [("previousValue", previous), ("currentValue", current)] {
            if let Some(value) = value {
                change[name] = json!(value);
            }
        }
        let by: Value = serde_json::from_str(&by).unwrap_or_default();
        Ok(json!({
            "createdBy": by, "createdAt": world.zone.local(at), "type": kind,
            "change": {word: change},
        }))
    })?;
    let all = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let size = page.size.unwrap_or(usize::MAX);
    let objects: Vec<Value> = all.iter().skip(page.start()).take(size).cloned().collect();
    let more = all.len() > page.start().saturating_add(objects.len());
    let total = all.len();
    let list = Listed { name: "changeLogs", objects: Value::Array(objects), total, more };
    Ok(Response::json(page.envelope(world, request, list)))
}
