//! Tracker: events of programs without registration; jobs and reports of their imports.
//!
//! Tracked entities, enrolments and relationships are refused in plain words, not half kept.

pub mod check;
pub mod event;
pub mod export;
pub mod import;
pub mod jobs;
pub mod report;

use serde_json::{Value, json};

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::world::World;

/// Answers every request below `/api/tracker`.
///
/// # Errors
/// Only when the store fails.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => import::post(world, request, user, now),
        ("GET", ["jobs", id]) => Ok(world.jobs.notifications("TRACKER_IMPORT_JOB", id)),
        ("GET", ["jobs", id, "report"]) => Ok(world.jobs.report(id)),
        ("GET", ["events"]) => export::list(world, request, user, now),
        ("GET", ["events", uid]) => export::one(world, request, user, uid),
        ("POST", ["events", uid, "note"]) => note(world, request, user, uid, now),
        ("GET", ["trackedEntities" | "enrollments" | "relationships", uid]) => {
            let singular = match rest.first().copied() {
                Some("trackedEntities") => "TrackedEntity",
                Some("enrollments") => "Enrollment",
                _ => "Relationship",
            };
            Ok(Response::not_found(singular, uid))
        }
        ("GET", ["trackedEntities" | "enrollments" | "relationships"]) => {
            let message = "This server keeps no tracked entities, enrolments or relationships.";
            Ok(Response::error(409, message))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

/// `POST /api/tracker/events/{uid}/note` (captures t009d to t009i).
fn note(world: &mut World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let body = request.json()?;
    let text = body.get("value").and_then(Value::as_str).unwrap_or("").to_owned();
    if text.trim().is_empty() {
        return Ok(Response::coded(400, "E1003", "Value cannot be empty"));
    }
    let stored = event::load(&world.db, uid)?.filter(|event| !event.deleted);
    let stored = stored.filter(|event| export::readable(world, user, event));
    let Some(mut stored) = stored else { return Ok(Response::not_found("Event", uid)) };
    let given = body.get("note").and_then(Value::as_str).map(str::to_owned);
    let note = given.unwrap_or_else(|| world.uids.uid());
    if stored.notes.iter().any(|known| known["note"] == note) {
        return Ok(Response::coded(400, "E1003", &format!("Note `{note}` already exists.")));
    }
    stored.notes.push(event::note(&note, &text, None, user, &world.zone, now));
    event::store(&world.db, &stored)?;
    Ok(Response::json(json!({"note": note, "value": text})))
}
