//! Potential duplicates: pairs of tracked entities that somebody takes for one (captures t032 to
//! t032f). Merging is not offered.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::tracker::entity;
use super::tracker::page::{Listed, Page};
use super::world::World;

/// Answers `/api/potentialDuplicates`.
///
/// # Errors
/// The 400, 404 and 409 of what cannot be; a failing store.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(world, request, user, now),
        ("GET", []) => list(world, request),
        ("GET", [uid]) => {
            let found = select(world)?.into_iter().find(|pair| pair["id"] == *uid);
            Ok(found.map_or_else(|| Response::not_found("PotentialDuplicate", uid), Response::json))
        }
        ("PUT", [uid]) => {
            let status = request.query.get("status").unwrap_or("");
            if !["OPEN", "INVALID"].contains(&status) {
                let message = "Potential duplicate can only be set to OPEN or INVALID.";
                return Ok(Response::coded(400, "E1003", message));
            }
            let sql = "UPDATE potential_duplicate SET status = ?, updated = ? WHERE uid = ?";
            if world.db.execute(sql, params![status, now, uid])? == 0 {
                return Ok(Response::not_found("PotentialDuplicate", uid));
            }
            Ok(Response::empty(200))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

fn create(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let body = request.json()?;
    let member = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let (original, duplicate) = (member("original"), member("duplicate"));
    for te in [&original, &duplicate] {
        if entity::load(&world.db, te)?.is_none() {
            return Ok(Response::not_found("TrackedEntity", te));
        }
    }
    let sql = "SELECT uid FROM potential_duplicate WHERE (original = ?1 AND duplicate = ?2) \
                 OR (original = ?2 AND duplicate = ?1)";
    let known: Option<String> =
        world.db.query_row(sql, [&original, &duplicate], |row| row.get(0)).optional()?;
    if known.is_some() {
        let message =
            format!("'{original}' and '{duplicate} is already marked as a potential duplicate");
        return Ok(Response::coded(409, "E1004", &message));
    }
    let uid = world.uids.uid();
    let sql = "INSERT INTO potential_duplicate(uid, original, duplicate, status, created, updated) \
               VALUES(?,?,?,'OPEN',?,?)";
    world.db.execute(sql, params![uid, original, duplicate, now, now])?;
    let name = format!("{} {}", user.first_name, user.surname);
    let by = json!({
        "id": user.id, "code": null, "name": name, "displayName": name, "username": user.username,
    });
    let time = world.zone.local(now);
    Ok(Response::json(json!({
        "created": time, "lastUpdated": time, "translations": [], "createdBy": by,
        "favorites": [], "lastUpdatedBy": by, "sharing": {
            "owner": user.id, "external": false, "users": {}, "userGroups": {},
            "public": "--------",
        },
        "original": original, "duplicate": duplicate, "lastUpdatedByUserName": user.username,
        "createdByUserName": user.username, "status": "OPEN", "favorite": false, "user": by,
        "id": uid, "attributeValues": [],
    })))
}

fn select(world: &World) -> rusqlite::Result<Vec<Value>> {
    let sql = "SELECT uid, original, duplicate, status, created, updated \
               FROM potential_duplicate ORDER BY seq";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (created, updated): (i64, i64) = (row.get(4)?, row.get(5)?);
        Ok(json!({
            "created": world.zone.local(created), "lastUpdated": world.zone.local(updated),
            "original": row.get::<_, String>(1)?, "duplicate": row.get::<_, String>(2)?,
            "status": row.get::<_, String>(3)?, "id": row.get::<_, String>(0)?,
        }))
    })?;
    rows.collect()
}

fn list(world: &World, request: &Request) -> Answer {
    let page = Page::of(&request.query, world.version.flat_paging())?;
    let wanted = request.query.list("trackedEntities");
    let status = request.query.get("status").unwrap_or("OPEN");
    let named = |pair: &Value, key: &str| pair[key].as_str().is_some_and(|te| wanted.contains(&te));
    let pairs = select(world)?.into_iter().filter(|pair| {
        let shown = status == "ALL" || pair["status"] == status;
        shown && (wanted.is_empty() || named(pair, "original") || named(pair, "duplicate"))
    });
    let pairs: Vec<Value> = pairs.collect();
    let size = page.size.unwrap_or(usize::MAX);
    let objects: Vec<Value> = pairs.iter().skip(page.start()).take(size).cloned().collect();
    let more = pairs.len() > page.start().saturating_add(objects.len());
    let list = Listed {
        name: "potentialDuplicates",
        objects: Value::Array(objects),
        total: pairs.len(),
        more,
    };
    Ok(Response::json(page.envelope(world, request, list)))
}
