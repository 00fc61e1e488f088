//! The data store: JSON values by namespace and key (captures o010 to o010z).
//!
//! Entries have no sharing of their own, and lists cannot be filtered: such a request is refused.

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value, json};

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::tracker::page::{Page, bad};
use super::world::World;

fn no_namespace(namespace: &str) -> Response {
    Response::coded(404, "E1005", &format!("Namespace not found: '{namespace}'"))
}

fn no_key(namespace: &str, key: &str) -> Response {
    let message = format!("Key '{key}' not found in namespace '{namespace}'");
    Response::coded(404, "E1005", &message)
}

/// Answers `/api/dataStore`.
///
/// # Errors
/// The 400, 404 and 409 of what cannot be; a failing store.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let sql = "SELECT DISTINCT namespace FROM data_store ORDER BY namespace";
            let mut statement = world.db.prepare_cached(sql)?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(Response::json(json!(names.collect::<rusqlite::Result<Vec<_>>>()?)))
        }
        ("GET", [namespace]) => list(world, request, namespace),
        ("DELETE", [namespace]) => {
            let sql = "DELETE FROM data_store WHERE namespace = ?";
            if world.db.execute(sql, [namespace])? == 0 {
                return Ok(no_namespace(namespace));
            }
            Ok(Response::ok(Some(&format!("Namespace deleted: '{namespace}'")), None))
        }
        ("GET", [namespace, key]) => match load(world, namespace, key)? {
            Some(value) => Ok(Response::json(value)),
            None if is_empty(world, namespace)? => Ok(no_namespace(namespace)),
            None => Ok(no_key(namespace, key)),
        },
        ("GET", [namespace, key, "metaData"]) => about(world, namespace, key),
        ("POST" | "PUT", [namespace, key]) => put(world, request, user, namespace, key, now),
        ("DELETE", [namespace, key]) => {
            let sql = "DELETE FROM data_store WHERE namespace = ? AND key = ?";
            if world.db.execute(sql, [namespace, key])? == 0 {
                return Ok(no_key(namespace, key));
            }
            let message = format!("Key '{key}' deleted from namespace '{namespace}'");
            Ok(Response::ok(Some(&message), None))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

fn is_empty(world: &World, namespace: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT EXISTS(SELECT 1 FROM data_store WHERE namespace = ?)";
    world.db.prepare_cached(sql)?.query_row([namespace], |row| row.get(0))
}

fn load(world: &World, namespace: &str, key: &str) -> rusqlite::Result<Option<Value>> {
    let sql = "SELECT value FROM data_store WHERE namespace = ? AND key = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let text: Option<String> =
        statement.query_row([namespace, key], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
}

fn about(world: &World, namespace: &str, key: &str) -> Answer {
    let sql = "SELECT created, updated, by, uid FROM data_store WHERE namespace = ? AND key = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let row = statement.query_row([namespace, key], |row| {
        let by: String = row.get(2)?;
        let by: Value = serde_json::from_str(&by).unwrap_or_default();
        let (created, updated): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(json!({
            "created": world.zone.local(created), "lastUpdated": world.zone.local(updated),
            "translations": [], "createdBy": by, "favorites": [], "lastUpdatedBy": by,
            "sharing": {
                "owner": by["id"], "external": false, "users": {}, "userGroups": {},
                "public": "rw------",
            },
            "namespace": namespace, "key": key, "access": {
                "manage": true, "externalize": false, "write": true, "read": true,
                "update": true, "delete": true,
            },
            "favorite": false, "user": by, "id": row.get::<_, String>(3)?, "attributeValues": [],
        }))
    });
    Ok(row.optional()?.map_or_else(|| no_key(namespace, key), Response::json))
}

fn put(
    world: &mut World,
    request: &Request,
    user: &User,
    namespace: &str,
    key: &str,
    now: i64,
) -> Answer {
    let sent: Result<Value, _> = serde_json::from_slice(&request.body);
    let Ok(mut value) = sent else {
        let message = format!("Invalid JSON value for key '{key}'");
        return Ok(Response::coded(400, "E1003", &message));
    };
    let stored = load(world, namespace, key)?;
    if stored.is_some() && request.method == "POST" {
        let message = format!("Key '{key}' already exists in namespace '{namespace}'");
        return Ok(Response::coded(409, "E1004", &message));
    }
    let is_new = stored.is_none();
    if let (Some(path), Some(mut whole)) = (request.query.get("path"), stored) {
        // A path through something that is no object changes nothing.
        if let Some(place) = whole.pointer_mut(&format!("/{}", path.replace('.', "/"))) {
            *place = value;
        } else if let Some((parent, name)) = split_last(path)
            && let Some(Value::Object(members)) = whole.pointer_mut(&parent)
        {
            members.insert(name, value);
        }
        value = whole;
    }
    let name = format!("{} {}", user.first_name, user.surname);
    let by = json!({
        "id": user.id, "code": null, "name": name, "displayName": name, "username": user.username,
    });
    let uid = world.uids.uid();
    let sql = "INSERT INTO data_store(namespace, key, value, created, updated, by, uid) \
                 VALUES(?1,?2,?3,?4,?4,?5,?6) \
               ON CONFLICT(namespace, key) DO UPDATE SET value = ?3, updated = ?4";
    let row = params![namespace, key, value.to_string(), now, by.to_string(), uid];
    world.db.execute(sql, row)?;
    if is_new {
        let message = format!("Key created: '{key}'");
        return Ok(Response::enveloped(201, "OK", Some(&message), None));
    }
    Ok(Response::ok(Some(&format!("Key updated: '{key}'")), None))
}

fn split_last(path: &str) -> Option<(String, String)> {
    match path.rsplit_once('.') {
        Some((parent, name)) => Some((format!("/{}", parent.replace('.', "/")), name.to_owned())),
        None => Some((String::new(), path.to_owned())),
    }
}

fn list(world: &World, request: &Request, namespace: &str) -> Answer {
    let query = &request.query;
    let sql = "SELECT key, value, updated FROM data_store WHERE namespace = ? ORDER BY key";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([namespace], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(no_namespace(namespace));
    }
    if let Some(since) = query.get("lastUpdated").and_then(|text| world.zone.parse_time(text)) {
        rows.retain(|(_, _, updated)| *updated >= since);
    }
    let Some(fields) = query.get("fields") else {
        return Ok(Response::json(rows.into_iter().map(|(key, ..)| json!(key)).collect()));
    };
    if query.get("filter").is_some() {
        return Ok(bad("This server does not filter entries of the data store."));
    }
    let page = Page::of(query, false)?;
    let entries = rows.iter().map(|(key, text, _)| entry(key, text, fields));
    let entries = entries.skip(page.start()).take(page.size.unwrap_or(usize::MAX));
    let entries: Vec<Value> = entries.collect();
    if query.flag("headless") {
        return Ok(Response::json(json!(entries)));
    }
    let mut body = Map::new();
    if let Some(size) = page.size {
        body.insert("pager".to_owned(), json!({"page": page.page, "pageSize": size}));
    }
    body.insert("entries".to_owned(), json!(entries));
    Ok(Response::json(Value::Object(body)))
}

/// `.` is the whole value; a path gives nested members (captures o010i, o010k).
fn entry(key: &str, text: &str, fields: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let mut entry = json!({"key": key});
    for field in fields.split(',').filter(|field| !field.is_empty()) {
        if field == "." {
            entry["value"] = value.clone();
            continue;
        }
        let path = field.split('(').next().unwrap_or(field);
        let found = value.pointer(&format!("/{}", path.replace('.', "/")));
        let mut place = &mut entry;
        for name in path.split('.') {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[name];
        }
        *place = found.cloned().unwrap_or(Value::Null);
    }
    entry
}
