//! Aggregate data: value sets, single values, completion, locks.
//!
//! Semantics of servers up to 2.42 unless the world speaks as 2.43 (wire reference 1.3).

pub mod check;
pub mod complete;
pub mod export;
pub mod group;
pub mod import;
pub mod lock;
pub mod report;
pub mod single;
pub mod values;

use serde_json::json;

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::route::inflated;
use super::world::World;
use report::Summary;

/// The default category option combo, also the default attribute option combo.
pub const DEFAULT_COMBO: &str = "HllvX50cXC0";

/// `POST` and `GET /api/dataValueSets`.
///
/// # Errors
/// Only when the store fails.
pub fn sets(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    match request.method.as_str() {
        "GET" => export::get(world, request, user, now),
        "POST" => post(world, request, user, now),
        other => Ok(Response::error(405, &format!("Request method '{other}' is not supported"))),
    }
}

fn post(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let content = request.header("Content-Type").unwrap_or("application/json");
    if !content.contains("json") {
        let kind = content.split(';').next().unwrap_or(content);
        return Ok(Response::error(415, &format!("Content-Type '{kind}' is not supported")));
    }
    if !user.may("F_DATAVALUE_ADD") {
        return Ok(Response::needs_authority("F_DATAVALUE_ADD"));
    }
    let options = report::options(&request.query);
    let body = inflated(&request.body).and_then(|body| serde_json::from_slice(&body).ok());
    let Some(payload) = body else {
        let summary = Summary::failed("The import process failed: Post-condition was null");
        return Ok(summary.respond(options, &world.version));
    };
    let summary = if world.version.group_semantics() {
        group::import(world, &payload, &request.query, user, now)?
    } else {
        import::import(world, &payload, &request.query, user, now)?
    };
    if request.query.flag("async") {
        return Ok(started(world, &summary, options, now));
    }
    Ok(summary.respond(options, &world.version))
}

/// An asynchronous import is carried out at once; only its answer is told later (captures 67 to
/// 67d).
fn started(world: &mut World, summary: &Summary, options: serde_json::Value, now: i64) -> Response {
    let id = world.uids.uid();
    let counts = summary.counts;
    let message = format!(
        "Import complete with status {}, {} created, {} updated, {} deleted, {} ignored",
        summary.word(),
        counts.imported,
        counts.updated,
        counts.deleted,
        counts.ignored
    );
    let mut result = summary.render(None, &world.version);
    result["importOptions"] = options.clone();
    let time = world.zone.local(now);
    let written = format!(
        "Import summary: [imports={}, updates={}, ignores={}]",
        counts.imported, counts.updated, counts.ignored
    );
    let notes = [
        message.as_str(),
        written.as_str(),
        "Importing values (list)",
        "Run data set validation",
        "Loading base metadata",
        "Preheat caches...",
        "Creating import context",
        "Reading data set header",
        "Loading file content",
        "Loading file resource",
        "Data value set import",
    ];
    let mut notes: Vec<_> = notes
        .iter()
        .enumerate()
        .map(|(index, message)| {
            let uid = world.uids.uid();
            json!({
                "level": "INFO", "category": "DATAVALUE_IMPORT", "message": message,
                "completed": index == 0, "id": uid, "time": time, "uid": uid,
            })
        })
        .collect();
    if let Some(first) = notes.last_mut() {
        first["dataType"] = json!("PARAMETERS");
        first["data"] = options.clone();
        for unset in ["preheatCache", "filename", "notificationLevel", "dataSet"] {
            first["data"][unset] = serde_json::Value::Null;
        }
    }
    world.jobs.add("DATAVALUE_IMPORT", &id, notes, result);
    let job = json!({
        "name": format!("DATAVALUE_IMPORT ({now})"), "id": id, "created": time,
        "jobType": "DATAVALUE_IMPORT", "jobStatus": "NOT_STARTED", "jobParameters": options,
        "relativeNotifierEndpoint": format!("/api/system/tasks/DATAVALUE_IMPORT/{id}"),
        "responseType": "JobConfigurationWebMessageResponse",
    });
    let location = format!("{}/api/system/tasks/DATAVALUE_IMPORT", world.base_url);
    Response::ok(Some(&format!("Initiated DATAVALUE_IMPORT ({now})")), Some(job))
        .with("Location", location)
}
