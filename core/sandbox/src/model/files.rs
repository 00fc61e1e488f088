//! File resources: upload with an id of one's own, metadata, and the files of attributes and data
//! elements (captures 210, t040 to t042).

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Answer;
use super::http::{Body, Request, Response};
use super::md5;
use super::meta::access::User;
use super::meta::list::fields_of;
use super::tracker::{attributes, entities, entity, events, page, query};
use super::world::World;
use crate::limits::FILE_BYTES_MAX;

const DOMAINS: [&str; 8] = [
    "DATA_VALUE",
    "PUSH_ANALYSIS",
    "DOCUMENT",
    "MESSAGE_ATTACHMENT",
    "USER_AVATAR",
    "ORG_UNIT",
    "ICON",
    "JOB_DATA",
];

/// Kinds of files that no server takes (wire reference 1.7).
const BLOCKED: [&str; 16] = [
    "html", "htm", "css", "js", "mjs", "otf", "swf", "deb", "rpm", "jar", "exe", "msi", "php",
    "sh", "bat", "jsp",
];

/// Milliseconds during which a new file is still being put away.
const PENDING_MS: i64 = 3_000;

/// One stored file without its bytes.
struct Stored {
    uid: String,
    name: String,
    content_type: String,
    length: i64,
    md5: String,
    domain: String,
    created: i64,
    by: Value,
    owner: Option<String>,
}

/// Answers `/api/fileResources`.
///
/// # Errors
/// The 400, 403 and 409 of what cannot be; a failing store.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => upload(world, request, user, now),
        ("GET", [uid]) => match load(world, uid)? {
            Some(file) => {
                let shown = show(world, &file, json!({}), now);
                let fields = fields_of(&request.query, "*");
                let all = shown.as_object().cloned().unwrap_or_default();
                Ok(Response::json(page::choose(&all, &fields)))
            }
            None => Ok(Response::not_found("FileResource", uid)),
        },
        ("GET", [uid, "data"]) => match load(world, uid)? {
            Some(file) if file.domain != "DATA_VALUE" => send(world, request, &file),
            Some(_) => {
                let message = format!(
                    "You don't have access to fileResource '{uid}' or this fileResource is not \
                     available from this endpoint"
                );
                Ok(Response::coded(403, "E1006", &message))
            }
            None => Ok(Response::not_found("FileResource", uid)),
        },
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

fn load(world: &World, uid: &str) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT uid, name, content_type, length(bytes), md5, domain, created, by, owner \
               FROM file WHERE uid = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let row = statement.query_row([uid], |row| {
        let by: String = row.get(7)?;
        Ok(Stored {
            uid: row.get(0)?,
            name: row.get(1)?,
            content_type: row.get(2)?,
            length: row.get(3)?,
            md5: row.get(4)?,
            domain: row.get(5)?,
            created: row.get(6)?,
            by: serde_json::from_str(&by).unwrap_or_default(),
            owner: row.get(8)?,
        })
    });
    row.optional()
}

fn show(world: &World, file: &Stored, sharing: Value, now: i64) -> Value {
    let created = world.zone.local(file.created);
    let status = if now < file.created + PENDING_MS { "PENDING" } else { "STORED" };
    let mut all_sharing = json!({"external": false, "users": {}, "userGroups": {}});
    for (name, value) in sharing.as_object().into_iter().flatten() {
        all_sharing[name] = value.clone();
    }
    json!({
        "name": file.name, "created": created, "lastUpdated": created, "translations": [],
        "createdBy": file.by, "favorites": [], "lastUpdatedBy": file.by, "sharing": all_sharing,
        "contentType": file.content_type, "contentLength": file.length, "contentMd5": file.md5,
        "assigned": file.owner.is_some(), "domain": file.domain,
        "hasMultipleStorageFiles": false, "storageStatus": status, "displayName": file.name,
        "favorite": false, "user": file.by, "id": file.uid, "attributeValues": [],
    })
}

fn upload(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let domain = request.query.get("domain").unwrap_or("DATA_VALUE").to_owned();
    if !DOMAINS.contains(&domain.as_str()) {
        let message = format!(
            "Value '{domain}' is not valid for parameter domain. Valid values are: [{}]",
            DOMAINS.join(", ")
        );
        return Ok(Response::error(400, &message));
    }
    let Some(part) = part(request) else {
        return Ok(Response::error(400, "Required part 'file' is not present."));
    };
    if part.bytes.is_empty() {
        return Ok(Response::coded(409, "E1004", "Could not read file or file is empty."));
    }
    if part.bytes.len() > FILE_BYTES_MAX {
        let message = format!(
            "File size can't be bigger than {FILE_BYTES_MAX}, current file size {}",
            part.bytes.len()
        );
        return Ok(Response::error(409, &message));
    }
    let ending = part.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
    let kind = part.content_type.rsplit_once('/').map_or("", |(_, kind)| kind).to_lowercase();
    if BLOCKED.contains(&ending.as_str()) || BLOCKED.contains(&kind.as_str()) {
        return Ok(Response::coded(409, "E6101", "File type not allowed"));
    }
    // A short id that is no uid is taken as it is (capture t040e).
    let given = request.query.get("uid").filter(|uid| (1..=11).contains(&uid.len()));
    let given = given.filter(|uid| uid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let given = given.map(str::to_owned);
    let uid = given.unwrap_or_else(|| world.uids.uid());
    if load(world, &uid)?.is_some() {
        let message = format!("FileResource already exists: `{uid}`");
        return Ok(Response::coded(409, "E1119", &message));
    }
    let name = format!("{} {}", user.first_name, user.surname);
    let by = json!({
        "id": user.id, "code": null, "name": name, "displayName": name, "username": user.username,
    });
    let sql = "INSERT INTO file(uid, name, content_type, md5, domain, created, by, bytes) \
               VALUES(?,?,?,?,?,?,?,?)";
    let digest = md5::hex(part.bytes);
    let row = params![
        uid,
        part.name,
        part.content_type,
        digest,
        domain,
        now,
        by.to_string(),
        part.bytes,
    ];
    world.db.execute(sql, row)?;
    let Some(stored) = load(world, &uid)? else {
        return Ok(Response::not_found("FileResource", &uid));
    };
    let sharing = json!({"owner": user.id, "public": "--------"});
    let response = json!({
        "fileResource": show(world, &stored, sharing, now),
        "responseType": "FileResourceWebMessageResponse",
    });
    Ok(Response::enveloped(202, "OK", None, Some(response)))
}

struct Part<'a> {
    name: String,
    content_type: String,
    bytes: &'a [u8],
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len().max(1)).position(|window| window == wanted)
}

/// The part `file` of a multipart body.
fn part(request: &Request) -> Option<Part<'_>> {
    let header = request.header("Content-Type")?;
    let (_, boundary) = header.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let mut rest = request.body.as_slice();
    loop {
        let start = find(rest, &mark)? + mark.len();
        rest = rest.get(start..)?;
        let end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(rest.get(..end)?).into_owned();
        let body = rest.get(end + 4..)?;
        let closing = [b"\r\n".as_slice(), &mark].concat();
        let length = find(body, &closing)?;
        if head.contains("name=\"file\"") || head.contains("filename=") {
            let quoted = |key: &str| head.split_once(key)?.1.split('"').next().map(str::to_owned);
            let kind = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
            });
            return Some(Part {
                name: quoted("filename=\"").unwrap_or_else(|| "untitled".to_owned()),
                content_type: kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
                bytes: body.get(..length)?,
            });
        }
        rest = body.get(length..)?;
    }
}

/// The bytes, or 304 to who has them already (captures t041l, t041m).
fn send(world: &World, request: &Request, file: &Stored) -> Answer {
    let tag = format!("\"{}\"", file.uid);
    if request.header("If-None-Match") == Some(tag.as_str()) {
        return Ok(Response::empty(304).with("ETag", tag));
    }
    let sql = "SELECT bytes FROM file WHERE uid = ?";
    let bytes: Vec<u8> = world.db.query_row(sql, [&file.uid], |row| row.get(0))?;
    let body = Body::Bytes(file.content_type.clone(), bytes);
    Ok(Response { status: 200, headers: vec![], body }.with("ETag", tag))
}

/// `GET …/trackedEntities/{te}/attributes/{attribute}/file|image`. Pictures come in the size in
/// which they were sent.
///
/// # Errors
/// Only when the store fails.
pub fn of_attribute(
    world: &World,
    request: &Request,
    user: &User,
    path: (&str, &str, &str),
    now: i64,
) -> Answer {
    let (te, attribute, form) = path;
    let program = query::program(world, &request.query, user)?;
    let Some(entity) = entities::seen(world, user, te, program, now)? else {
        return Ok(Response::not_found("TrackedEntity", te));
    };
    let kind = world.meta.get("trackedEntityTypes", &entity.kind);
    let own = kind.map(|kind| kind.items("trackedEntityTypeAttributes")).unwrap_or_default();
    let more = program.map(|program| program.items("programTrackedEntityAttributes"));
    let known = attributes::linked(own, false).contains(&attribute)
        || attributes::linked(more.unwrap_or_default(), false).contains(&attribute);
    let values = entity::values(&world.db, te)?;
    let value = values.iter().find(|value| value.attribute == attribute).filter(|_| known);
    let Some(value) = value else {
        return Ok(Response::not_found("TrackedEntityAttribute", attribute));
    };
    let definition = world.meta.get("trackedEntityAttributes", attribute);
    let kind = definition.and_then(|definition| definition.text("valueType"));
    if !matches!(kind, Some("FILE_RESOURCE" | "IMAGE")) {
        let message = format!("Tracked entity attribute {attribute} is not a file (or image).");
        return Ok(Response::coded(404, "E1005", &message));
    }
    value_file(world, request, &value.value, form)
}

/// `GET …/events/{event}/dataValues/{element}/file|image`.
///
/// # Errors
/// Only when the store fails.
pub fn of_event(
    world: &World,
    request: &Request,
    user: &User,
    path: (&str, &str, &str),
    now: i64,
) -> Answer {
    let (uid, element, form) = path;
    let Some(event) = events::seen(world, user, uid, now)? else {
        let message = format!("Event {uid} with data element {element} could not be found.");
        return Ok(Response::coded(404, "E1005", &message));
    };
    let definition = world.meta.get("dataElements", element);
    let kind = definition.and_then(|definition| definition.text("valueType"));
    if !matches!(kind, Some("FILE_RESOURCE" | "IMAGE")) {
        let message = format!("Data element {element} is not a file (or image).");
        return Ok(Response::coded(404, "E1005", &message));
    }
    match event.values.iter().find(|value| value.element == element) {
        Some(value) => value_file(world, request, &value.value, form),
        None => Ok(Response::not_found("DataElement", element)),
    }
}

fn value_file(world: &World, request: &Request, uid: &str, form: &str) -> Answer {
    let Some(file) = load(world, uid)? else {
        return Ok(Response::not_found("FileResource", uid));
    };
    if form == "image" && !file.content_type.starts_with("image/") {
        return Ok(Response::coded(400, "E1003", "File is not an image"));
    }
    send(world, request, &file)
}
