//! Changing single objects: POST, PUT, PATCH, DELETE, collections, translations, sharing.
//!
//! This is also how a training withdraws and gives back rights: the same requests as on a real
//! server.

use serde_json::{Map, Value, json};

use super::access::User;
use super::load;
use super::store::{Object, normalise};
use super::types::{self, Type};
use crate::model::Answer;
use crate::model::auth;
use crate::model::http::{Request, Response};
use crate::model::uid::is_uid;
use crate::model::world::World;

fn forbidden(verb: &str) -> Response {
    let message = format!("You don't have the proper permissions to {verb} this object.");
    Response::coded(403, "E1006", &message)
}

fn object_report(kind: &Type, uid: &str, status: u16) -> Response {
    let report = json!({
        "uid": uid, "klass": kind.klass(), "errorReports": [],
        "responseType": "ObjectReportWebMessageResponse",
    });
    Response::enveloped(status, "OK", None, Some(report))
}

/// Answers every request that changes something below `/api/{collection}`.
///
/// # Errors
/// 400 for a body that is not JSON; a failing store.
pub fn change(
    world: &mut World,
    request: &Request,
    user: &User,
    kind: &'static Type,
    rest: &[&str],
    now: i64,
) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(world, request, user, kind, now),
        ("POST", [uid, action @ ("disabled" | "enabled" | "expired" | "unexpired")])
            if kind.plural == "users" =>
        {
            if !user.is_super() {
                return Ok(forbidden("update"));
            }
            let date = request.query.get("date").and_then(|date| world.zone.parse_time(date));
            auth::set_account(world, uid, action, date)
        }
        (method, [uid, ..]) => {
            let Some(object) = world.meta.get(kind.plural, uid).cloned() else {
                return Ok(Response::not_found(kind.singular, uid));
            };
            if !user.can_read(&object) {
                return Ok(Response::not_found(kind.singular, uid));
            }
            let verb = if method == "DELETE" && rest.len() == 1 { "delete" } else { "update" };
            if !user.can_write(&object) {
                return Ok(forbidden(verb));
            }
            change_one(world, request, user, &object, rest, now)
        }
        _ => Ok(not_supported(&request.method)),
    }
}

fn not_supported(method: &str) -> Response {
    Response::error(405, &format!("Request method '{method}' is not supported"))
}

fn change_one(
    world: &mut World,
    request: &Request,
    user: &User,
    object: &Object,
    rest: &[&str],
    now: i64,
) -> Answer {
    match (request.method.as_str(), rest) {
        ("DELETE", [_]) => delete(world, user, object, now),
        ("PUT", [_]) => replace(world, request, user, object, now),
        ("PATCH", [_]) => patch(world, request, user, object, now),
        ("PUT", [_, "translations"]) => {
            let translations = request.json()?.get("translations").cloned().unwrap_or(json!([]));
            let mut changed = object.clone();
            changed.body.insert("translations".to_owned(), translations);
            save(world, changed, user, now)?;
            Ok(Response::empty(204))
        }
        ("POST" | "PUT", [_, field, item]) => member(world, user, object, (field, item), true, now),
        ("DELETE", [_, field, item]) => member(world, user, object, (field, item), false, now),
        _ => Ok(not_supported(&request.method)),
    }
}

fn save(world: &mut World, mut object: Object, user: &User, now: i64) -> rusqlite::Result<()> {
    object.updated = now;
    object.author = user.id.as_str().into();
    world.put(object)?;
    for (plural, id) in load::settle(world, now) {
        if let Some(object) = world.meta.get(plural, &id) {
            world.store(object)?;
        }
    }
    Ok(())
}

fn create(
    world: &mut World,
    request: &Request,
    user: &User,
    kind: &'static Type,
    now: i64,
) -> Answer {
    // Anybody may keep working lists (captures t033d, t033e).
    const FREE: [&str; 2] = ["eventFilters", "trackedEntityInstanceFilters"];
    if !user.is_super() && !FREE.contains(&kind.plural) {
        return Ok(forbidden("create"));
    }
    let mut body = request.json()?.as_object().cloned().unwrap_or_default();
    let given = body.shift_remove("id");
    let id = given.as_ref().and_then(Value::as_str).filter(|id| is_uid(id)).map(str::to_owned);
    let id = id.unwrap_or_else(|| world.uids.uid());
    let password = body.shift_remove("password");
    normalise(kind, &mut body);
    let username = body.get("username").and_then(Value::as_str).map(str::to_owned);
    if let (Some(name), Some(password)) = (username, password.as_ref().and_then(Value::as_str)) {
        auth::set_password(world, &name, &id, password)?;
    }
    let author = user.id.as_str().into();
    let object = Object { kind, id: id.clone(), created: now, updated: now, author, body };
    save(world, object, user, now)?;
    let location = format!("{}/api/{}/{id}", world.base_url, kind.plural);
    Ok(object_report(kind, &id, 201).with("Location", location))
}

fn replace(world: &mut World, request: &Request, user: &User, object: &Object, now: i64) -> Answer {
    let mut body = request.json()?.as_object().cloned().unwrap_or_default();
    let had_sharing = body.contains_key("sharing");
    body.shift_remove("id");
    set_password(world, object, &mut body)?;
    normalise(object.kind, &mut body);
    if let (false, Some(sharing)) = (had_sharing, object.body.get("sharing")) {
        body.insert("sharing".to_owned(), sharing.clone());
    }
    save(world, Object { body, ..object.clone() }, user, now)?;
    Ok(object_report(object.kind, &object.id, 200))
}

/// JSON Patch: `add`, `replace` and `remove` of members, as administrators' tools send them.
fn patch(world: &mut World, request: &Request, user: &User, object: &Object, now: i64) -> Answer {
    let operations = request.json()?;
    let mut body = object.body.clone();
    for operation in operations.as_array().map(Vec::as_slice).unwrap_or_default() {
        let path = operation.get("path").and_then(Value::as_str).unwrap_or("");
        let value = operation.get("value").cloned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        apply(&mut body, &parts, value);
    }
    set_password(world, object, &mut body)?;
    normalise(object.kind, &mut body);
    save(world, Object { body, ..object.clone() }, user, now)?;
    Ok(object_report(object.kind, &object.id, 200))
}

fn apply(body: &mut Map<String, Value>, path: &[&str], value: Option<Value>) {
    match (path, value) {
        ([name], Some(value)) => drop(body.insert((*name).to_owned(), value)),
        ([name], None) => drop(body.shift_remove(*name)),
        ([name, "-"], Some(value)) => {
            if let Value::Array(items) = body.entry(*name).or_insert_with(|| json!([])) {
                items.push(value);
            }
        }
        ([name, rest @ ..], value) => {
            if let Value::Object(inner) = body.entry(*name).or_insert_with(|| json!({})) {
                apply(inner, rest, value);
            }
        }
        ([], _) => {}
    }
}

fn set_password(
    world: &mut World,
    object: &Object,
    body: &mut Map<String, Value>,
) -> rusqlite::Result<()> {
    let password = body.shift_remove("password");
    let username = object.text("username").map(str::to_owned);
    match (username, password.as_ref().and_then(Value::as_str)) {
        (Some(name), Some(password)) => auth::set_password(world, &name, &object.id, password),
        _ => Ok(()),
    }
}

/// Adds to or removes from a collection of references.
fn member(
    world: &mut World,
    user: &User,
    object: &Object,
    (field, item): (&str, &str),
    add: bool,
    now: i64,
) -> Answer {
    if matches!(field, "dataSetElements" | "programStageDataElements") {
        let verb = if add { "added to" } else { "removed from" };
        let message = format!("Only identifiable object collections can be {verb}.");
        return Ok(Response::coded(409, "E1004", &message));
    }
    let mut changed = object.clone();
    let entry = changed.body.entry(field).or_insert_with(|| json!([]));
    let Value::Array(items) = entry else { return Ok(not_supported("POST")) };
    let before = items.len();
    items.retain(|existing| existing["id"] != item);
    let removed = before - items.len();
    if add {
        items.push(json!({"id": item}));
    }
    save(world, changed, user, now)?;
    let (updated, deleted) = if add { (1 - removed.min(1), 0) } else { (0, removed) };
    let report = json!({
        "status": "OK",
        "stats": {
            "created": 0, "updated": updated, "deleted": deleted, "ignored": 0,
            "total": updated + deleted,
        },
        "objectReports": [], "responseType": "TypeReportWebMessageResponse",
    });
    Ok(Response::ok(None, Some(report)))
}

fn delete(world: &mut World, user: &User, object: &Object, now: i64) -> Answer {
    if let Some(holder) = holder(world, object)? {
        let message = format!(
            "Object could not be deleted because it is associated with another object: {holder}"
        );
        let report = json!({
            "uid": object.id, "klass": object.kind.klass(), "errorReports": [{
                "message": message, "args": [], "mainKlass": object.kind.klass(),
                "errorCode": "E4030", "errorProperties": [],
            }],
            "responseType": "ObjectReportWebMessageResponse",
        });
        let message = "One or more errors occurred, please see full details in import report.";
        return Ok(Response::enveloped(409, "WARNING", Some(message), Some(report)));
    }
    world.remove(object, &user.username, now)?;
    if object.kind.plural == "dataElements" {
        leave_data_sets(world, user, &object.id, now)?;
    }
    if object.kind.plural == "users" {
        world.db.execute("DELETE FROM account WHERE uid = ?", [&object.id])?;
    }
    Ok(object_report(object.kind, &object.id, 200))
}

/// What still hangs on an object (capture m074i).
fn holder(world: &World, object: &Object) -> rusqlite::Result<Option<&'static str>> {
    let (sql, holder) = match object.kind.plural {
        "dataElements" => ("SELECT 1 FROM data_value WHERE de = ? LIMIT 1", "DataValueAudit"),
        "organisationUnits" => ("SELECT 1 FROM data_value WHERE ou = ? LIMIT 1", "DataValue"),
        "programs" => ("SELECT 1 FROM event WHERE program = ? LIMIT 1", "Event"),
        _ => return Ok(None),
    };
    let found = world.db.prepare_cached(sql)?.exists([&object.id])?;
    let children = object.kind.plural == "organisationUnits"
        && !world.meta.children("organisationUnits", "children", &object.id).is_empty();
    Ok(if children { Some("OrganisationUnit") } else { found.then_some(holder) })
}

/// A deleted element leaves its data sets, which counts as a change of them (capture m075c).
fn leave_data_sets(world: &mut World, user: &User, id: &str, now: i64) -> rusqlite::Result<()> {
    for data_set in world.meta.data_sets_of(id).to_vec() {
        let mut changed = Object::clone(&data_set);
        if let Some(Value::Array(items)) = changed.body.get_mut("dataSetElements") {
            items.retain(|item| item["dataElement"]["id"] != id);
        }
        save(world, changed, user, now)?;
    }
    Ok(())
}

/// `GET` and `PUT /api/sharing?type=dataSet&id=…` (captures m075 to m080d).
///
/// # Errors
/// 400 for a body that is not JSON; a failing store.
pub fn sharing(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let name = request.query.get("type").unwrap_or("");
    let id = request.query.get("id").unwrap_or("");
    let kind = types::by_singular(name).filter(|kind| kind.shared());
    let Some(kind) = kind else {
        return Ok(Response::error(409, &format!("Type {name} is not supported.")));
    };
    let Some(object) = world.meta.get(kind.plural, id).cloned() else {
        let message = format!("Object of type {name} with ID {id} was not found.");
        return Ok(Response::coded(404, "E1005", &message));
    };
    if !user.can_write(&object) {
        return Ok(Response::coded(403, "E1006", "You do not have manage access to this object."));
    }
    if request.method == "GET" {
        return Ok(Response::json(shown(world, user, &object)));
    }
    let body = request.json()?;
    let body = body.get("object").unwrap_or(&body);
    let mut changed = Object::clone(&object);
    let owner = changed.body.get("sharing").and_then(|sharing| sharing.get("owner")).cloned();
    let list = |key: &str| -> Value {
        let entries = body.get(key).and_then(Value::as_array).map(Vec::as_slice);
        let entries = entries.unwrap_or_default().iter().filter_map(|entry| {
            let id = entry.get("id")?.as_str()?;
            Some((id.to_owned(), json!({"id": id, "access": entry.get("access")?})))
        });
        Value::Object(entries.collect())
    };
    let mut sharing = json!({
        "external": body.get("externalAccess").and_then(Value::as_bool).unwrap_or(false),
        "users": list("userAccesses"), "userGroups": list("userGroupAccesses"),
        "public": body.get("publicAccess").cloned().unwrap_or(json!("--------")),
    });
    if let Some(owner) = owner {
        sharing["owner"] = owner;
    }
    changed.body.insert("sharing".to_owned(), sharing);
    save(world, changed, user, now)?;
    Ok(Response::ok(Some("Access control set"), None))
}

fn shown(world: &World, user: &User, object: &Object) -> Value {
    let renderer = world.renderer(user);
    let sharing = renderer.raw(object, "sharing").unwrap_or_default();
    let list = |key: &str| -> Value {
        let entries = sharing.get(key).and_then(Value::as_object).into_iter().flatten();
        entries
            .map(|(id, entry)| {
                json!({"id": id, "access": entry["access"], "displayName": entry["displayName"]})
            })
            .collect()
    };
    let person = renderer.raw(object, "createdBy").unwrap_or_default();
    json!({
        "meta": {"allowPublicAccess": true, "allowExternalAccess": false},
        "object": {
            "id": object.id, "name": object.name(),
            "displayName": renderer.raw(object, "displayName"),
            "publicAccess": sharing.get("public"),
            "user": {"id": person["id"], "name": person["name"]},
            "userGroupAccesses": list("userGroups"), "userAccesses": list("users"),
            "externalAccess": sharing.get("external"),
        },
    })
}
