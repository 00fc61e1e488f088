//! From a request to the module that answers it, inside one transaction.

use flate2::read::GzDecoder;
use std::io::Read;

use super::auth::{self, Identity};
use super::http::{HttpRequestParts, Query, Request, Response, decode};
use super::meta::access::User;
use super::meta::{edit, import, list, types};
use super::uid::is_uid;
use super::world::World;
use super::{
    Answer, Refusal, account, aggregate, approval, datastore, duplicates, files, messages,
    reserved, system, tracker,
};
use crate::limits::{INFLATED_BYTES_MAX, REQUEST_LINE_BYTES_MAX};

/// Answers one request at the time `now` (Unix ms). The same world, request and time give the same
/// answer.
pub fn handle(world: &mut World, parts: &HttpRequestParts, now: i64) -> Response {
    if parts.path_and_query.len() + parts.method.len() > REQUEST_LINE_BYTES_MAX {
        let description = "The server cannot or will not process the request due to something \
                           that is perceived to be a client error.";
        return Response::tomcat(400, "Request header is too large", description);
    }
    if let Some((_, host)) =
        parts.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Host"))
    {
        world.base_url = format!("http://{host}");
    }
    let (path, raw_query) =
        parts.path_and_query.split_once('?').unwrap_or((parts.path_and_query.as_str(), ""));
    let request = Request {
        method: parts.method.to_uppercase(),
        path: decode(&path.replace('+', "%2B")),
        raw_query: raw_query.to_owned(),
        query: Query::parse(raw_query),
        headers: parts.headers.clone(),
        body: parts.body.clone(),
    };
    transact(world, request, now)
}

/// Runs a request in a transaction, kept only if the answer is not a server error.
fn transact(world: &mut World, request: Request, now: i64) -> Response {
    let changes = world.db.total_changes();
    if request.method != "GET" {
        world.kept.get_mut().forget();
    }
    let outcome = world.db.execute_batch("BEGIN IMMEDIATE").map_err(Refusal::from);
    let outcome = outcome.and_then(|()| answer(world, request, now));
    let response = match outcome {
        Ok(response) => response,
        Err(Refusal::Answer(response)) => *response,
        Err(Refusal::Store(error)) => store_failure(&error),
    };
    if response.status < 500 {
        match world.db.execute_batch("COMMIT") {
            Ok(()) => return response,
            Err(error) => {
                roll_back(world, changes);
                return store_failure(&error);
            }
        }
    }
    roll_back(world, changes);
    response
}

/// Forgets what a failed request did, in the store and in memory.
fn roll_back(world: &mut World, changes_before: u64) {
    // Without an open transaction there is nothing to undo.
    let _ = world.db.execute_batch("ROLLBACK");
    if world.db.total_changes() != changes_before {
        // If even reading fails, the next request fails in the same way and says so.
        let _ = world.reload();
    }
}

fn store_failure(error: &rusqlite::Error) -> Response {
    let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    let message = if full { "No space left on device" } else { "could not execute statement" };
    Response::error(500, message)
}

fn answer(world: &mut World, mut request: Request, now: i64) -> Answer {
    if request.path == "/dhis-web-commons-security/logout.action" {
        return Ok(auth::logout(world, &request));
    }
    let full_path = request.path.trim_start_matches('/').to_owned();
    let Some(path) = full_path.strip_prefix("api/") else {
        return outside(world, &request, &full_path, now);
    };
    let path = match without_version(path) {
        Some(path) => path.to_owned(),
        None => {
            auth::identify(world, &request, now)?;
            return Ok(Response::no_resource(&full_path));
        }
    };
    request.path = path;
    if let Some(response) = open(world, &request, now)? {
        return Ok(response);
    }
    let Identity { user, cookie } = auth::identify(world, &request, now)?;
    if let Some(refusal) = not_acceptable(&request) {
        return Ok(refusal);
    }
    let response = signed_in(world, &request, &user, now)?;
    Ok(match cookie {
        Some(cookie) => response.with("Set-Cookie", cookie),
        None => response,
    })
}

/// Addresses outside `/api`: the sign-in page and nothing else.
fn outside(world: &mut World, request: &Request, path: &str, now: i64) -> Answer {
    if path.starts_with("dhis-web-login") {
        let page = "<!doctype html><html><head><title>Sign in</title></head>\
                    <body><form></form></body></html>";
        let body = super::http::Body::Html(page.to_owned());
        return Ok(Response { status: 200, headers: vec![], body });
    }
    auth::identify(world, request, now)?;
    Ok(Response::no_resource(path))
}

/// The path behind an optional version of 28 to 43; nothing for another number (capture 02p).
fn without_version(path: &str) -> Option<&str> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match first.parse::<u32>() {
        Ok(28..=43) => Some(rest),
        Ok(_) => None,
        Err(_) => Some(path),
    }
}

/// What needs no sign-in.
fn open(world: &mut World, request: &Request, now: i64) -> Result<Option<Response>, Refusal> {
    Ok(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "loginConfig") => Some(system::login_config(world)),
        ("POST", "auth/login") if world.version.has_login() => {
            Some(auth::login(world, request, now)?)
        }
        _ => None,
    })
}

/// Some addresses only speak JSON (capture 02s).
fn not_acceptable(request: &Request) -> Option<Response> {
    let accept = request.header("Accept")?;
    let fine = ["json", "*/*", "text/plain"].iter().any(|kind| accept.contains(kind));
    if fine || request.method != "GET" {
        return None;
    }
    let description = "The target resource does not have a current representation that would be \
                       acceptable to the user agent.";
    let message = "Acceptable representations: [application/json, application/*+json].";
    Some(Response::tomcat(406, message, description))
}

fn signed_in(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let segments = request.segments();
    let Some((first, rest)) = segments.split_first() else {
        return Ok(Response::no_resource("api"));
    };
    match (*first, rest) {
        ("ping", []) | ("system", ["ping"]) => Ok(Response::text("pong")),
        ("system", ["info"]) => Ok(system::info(world, request, now)),
        ("system", ["id"]) => Ok(system::ids(world, request)),
        ("system", ["tasks", kind, job]) => Ok(world.jobs.notifications(kind, job)),
        ("system", ["taskSummaries", kind, job]) => Ok(world.jobs.summary(kind, job)),
        ("systemSettings", rest) => system::system_settings(world, request, user, rest),
        ("me", rest) => account::me(world, request, user, rest),
        ("userSettings", rest) => account::user_settings(world, request, user, rest),
        ("apiToken", rest) => account::tokens(world, request, user, rest, now),
        ("dataValueSets", []) => aggregate::sets(world, request, user, now),
        ("dataValues", rest) => aggregate::single::values(world, request, user, rest, now),
        ("completeDataSetRegistrations", []) => {
            aggregate::complete::registrations(world, request, user, now)
        }
        ("lockExceptions", rest) => aggregate::lock::exceptions(world, request, user, rest, now),
        ("dataEntry", ["lockExceptions"]) if request.method == "GET" => {
            aggregate::lock::entry_exceptions(world)
        }
        ("tracker", rest) => tracker::route(world, request, user, rest, now),
        ("fileResources", rest) => files::route(world, request, user, rest, now),
        ("dataStore", rest) => datastore::route(world, request, user, rest, now),
        ("dataApprovals", rest) => approval::route(world, request, user, rest, now),
        ("messageConversations", rest) => messages::route(world, request, user, rest, now),
        ("configuration", ["feedbackRecipients"]) => messages::recipients(world, request, user),
        ("potentialDuplicates", rest) => duplicates::route(world, request, user, rest, now),
        ("trackedEntityAttributes", [uid, what]) if request.method == "GET" => {
            let answer = reserved::route(world, request, user, uid, what, now);
            answer.unwrap_or_else(|| Ok(Response::no_resource(&format!("api/{}", request.path))))
        }
        ("sharing", []) => edit::sharing(world, request, user, now),
        ("deletedObjects", []) => deleted_objects(world, request, user),
        ("metadata", []) if request.method == "POST" => import::post(world, request, user, now),
        ("metadata", []) => metadata_export(world, request, user, now),
        (plural, rest) => match types::by_plural(plural) {
            Some(kind) => metadata(world, request, user, kind, rest, now),
            None => Ok(Response::no_resource(&format!("api/{}", request.path))),
        },
    }
}

fn metadata(
    world: &mut World,
    request: &Request,
    user: &User,
    kind: &'static types::Type,
    rest: &[&str],
    now: i64,
) -> Answer {
    if request.method != "GET" {
        return edit::change(world, request, user, kind, rest, now);
    }
    let renderer = world.renderer(user);
    Ok(match rest {
        [] => list::list(&renderer, kind, request),
        // A word that is no uid finds no handler at all (capture 02j).
        [id] if !is_uid(id) => Response::error(405, "Request method 'GET' is not supported"),
        [_] if kind.plural == "users" && !user.may("F_USER_VIEW") => {
            let message = "You don't have the proper permissions to read objects of this type.";
            Response::coded(403, "E1006", message)
        }
        [id] => list::one(&renderer, kind, id, request),
        [_, "metadata.json" | "metadata"] if !user.may("F_METADATA_EXPORT") => unfiltered_export(),
        _ => Response::no_resource(&format!("api/{}", request.path)),
    })
}

fn unfiltered_export() -> Response {
    let message = "Unfiltered access to metadata export requires super user or \
                   'F_METADATA_EXPORT' authority.";
    Response::error(409, message)
}

/// `GET /api/metadata` with named types (captures 19d, m067 to m067c).
fn metadata_export(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let named = |kind: &types::Type| {
        let prefix = format!("{}:", kind.plural);
        query.flag(kind.plural) || query.0.iter().any(|(name, _)| name.starts_with(&prefix))
    };
    let chosen: Vec<&'static types::Type> = types::TYPES.iter().filter(|t| named(t)).collect();
    if chosen.is_empty() && !user.may("F_METADATA_EXPORT") {
        return Ok(unfiltered_export());
    }
    let all = chosen.is_empty();
    let chosen = if all { types::TYPES.iter().collect() } else { chosen };
    let renderer = world.renderer(user);
    let mut export = serde_json::Map::new();
    let system = serde_json::json!({
        "id": world.system_id, "rev": "sandbox", "version": world.version.text,
        "date": world.zone.offset(now),
    });
    export.insert("system".to_owned(), system);
    for kind in chosen {
        let prefix = format!("{}:", kind.plural);
        let own = query.0.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(&prefix).unwrap_or(name);
            matches!(name, "fields" | "filter" | "order").then(|| (name.to_owned(), value.clone()))
        });
        let mut own: Vec<_> = own.collect();
        let specific = format!("{prefix}fields");
        if let Some(fields) = query.get(&specific) {
            own.retain(|(name, value)| name != "fields" || value == fields);
        }
        let own = Query(own);
        let objects = list::select(&renderer, kind, &own, None)?;
        if objects.is_empty() && all {
            continue;
        }
        let mut fields = list::fields_of(&own, ":owner");
        if query.flag("skipSharing") {
            fields.excluded.push("sharing".to_owned());
        }
        let rendered = objects.iter().map(|object| renderer.object(object, &fields)).collect();
        export.insert(kind.plural.to_owned(), rendered);
    }
    Ok(Response::json(serde_json::Value::Object(export)))
}

/// `GET /api/deletedObjects` (captures m074f to m074h).
fn deleted_objects(world: &World, request: &Request, user: &User) -> Answer {
    if !user.is_super() {
        return Ok(Response::needs_authority("ALL"));
    }
    let since = request.query.get("deletedAt").and_then(|time| world.zone.parse_time(time));
    let klass = request.query.get("klass");
    let sql = "SELECT uid, deleted_at, code, klass, deleted_by FROM deleted_object \
               WHERE (?1 IS NULL OR klass = ?1) AND deleted_at >= ?2 ORDER BY seq";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map(rusqlite::params![klass, since.unwrap_or(0)], |row| {
        let deleted_at = world.zone.local(row.get(1)?);
        let mut object = serde_json::json!({
            "uid": row.get::<_, String>(0)?, "deletedAt": deleted_at,
            "klass": row.get::<_, String>(3)?, "deletedBy": row.get::<_, String>(4)?,
        });
        if let Some(code) = row.get::<_, Option<String>>(2)? {
            object["code"] = serde_json::json!(code);
        }
        Ok(object)
    })?;
    let objects = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let size = list::number(&request.query, "pageSize", crate::limits::PAGE_SIZE_DEFAULT)?;
    let pager = serde_json::json!({
        "page": 1, "pageCount": 1, "total": objects.len(), "pageSize": size,
    });
    Ok(Response::json(serde_json::json!({"pager": pager, "deletedObjects": objects})))
}

/// The body, inflated if it is gzip, whatever `Content-Encoding` says (captures 56l, 56m).
pub fn inflated(body: &[u8]) -> Option<Vec<u8>> {
    if !body.starts_with(&[0x1F, 0x8B]) {
        return Some(body.to_vec());
    }
    let mut inflated = Vec::new();
    let mut decoder = GzDecoder::new(body).take(INFLATED_BYTES_MAX);
    decoder.read_to_end(&mut inflated).ok()?;
    Some(inflated)
}
