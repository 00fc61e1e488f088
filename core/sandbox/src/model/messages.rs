//! Message conversations of type TICKET (captures o001 to o006h): feedback, replies, state,
//! priority.
//!
//! A ticket is seen by its author and by the group that receives feedback. Private messages,
//! attachments, assignment and marks are left out: such a request finds no resource.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::uid::is_uid;
use super::world::World;

const STATES: [&str; 5] = ["NONE", "OPEN", "PENDING", "INVALID", "SOLVED"];
const PRIORITIES: [&str; 4] = ["NONE", "LOW", "MEDIUM", "HIGH"];

/// Answers `/api/messageConversations`.
///
/// # Errors
/// The 400, 403, 404 of what cannot be; a failing store.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", ["feedback"]) => feedback(world, request, user, now),
        ("GET", []) => list(world, request, user),
        ("GET", [id]) if is_uid(id) => one(world, user, id),
        ("POST", [id]) if is_uid(id) => reply(world, request, user, id, now),
        ("POST", [id, "status"]) => change(
            world,
            user,
            id,
            ("status", request.query.get("messageConversationStatus"), &STATES),
        ),
        ("POST", [id, "priority"]) => change(
            world,
            user,
            id,
            ("priority", request.query.get("messageConversationPriority"), &PRIORITIES),
        ),
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

/// Answers `/api/configuration/feedbackRecipients`.
///
/// # Errors
/// The 403 of those who may not; a failing store.
pub fn recipients(world: &mut World, request: &Request, user: &User) -> Answer {
    if request.method == "GET" {
        let group = group(world)?;
        return Ok(match group {
            Some(id) => Response::json(json!({ "id": id })),
            None => Response::empty(200),
        });
    }
    if !user.is_super() {
        return Ok(Response::needs_authority("ALL"));
    }
    let id = String::from_utf8_lossy(&request.body).trim().trim_matches('"').to_owned();
    world.db.execute(
        "INSERT OR REPLACE INTO configuration(name, value) VALUES('feedbackRecipients', ?)",
        [id],
    )?;
    Ok(Response::empty(204))
}

fn group(world: &World) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT value FROM configuration WHERE name = 'feedbackRecipients'";
    world.db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
}

fn text_of(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

/// 201 although nobody receives it (capture o001); the same text twice makes two (o006g).
fn feedback(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let subject = request.query.get("subject").unwrap_or_default().to_owned();
    let id = world.uids.uid();
    world.db.execute(
        "INSERT INTO conversation(uid, subject, status, priority, author, recipients, created, \
         updated) VALUES(?1, ?2, 'OPEN', 'NONE', ?3, ?4, ?5, ?5)",
        params![id, subject, user.username, group(world)?, now],
    )?;
    say(world, user, &id, &text_of(request), now)?;
    let location = format!("{}/api/messageConversations/{id}", world.base_url);
    let created = Response::enveloped(201, "OK", Some("Feedback created"), None);
    Ok(created.with("Location", location))
}

fn say(
    world: &mut World,
    user: &User,
    conversation: &str,
    text: &str,
    now: i64,
) -> rusqlite::Result<()> {
    let id = world.uids.uid();
    world.db.execute(
        "INSERT INTO message(uid, conversation, text, sender, created) VALUES(?, ?, ?, ?, ?)",
        params![id, conversation, text, user.id, now],
    )?;
    world
        .db
        .execute("UPDATE conversation SET updated = ? WHERE uid = ?", params![now, conversation])?;
    Ok(())
}

const COLUMNS: &str = "SELECT uid, subject, status, priority, author, recipients, created, updated \
                       FROM conversation";

struct Row {
    seen_by: (String, Option<String>),
    shown: Value,
}

fn row_of(world: &World, row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let (created, updated): (i64, i64) = (row.get(6)?, row.get(7)?);
    let id: String = row.get(0)?;
    let mut statement = world.db.prepare_cached(
        "SELECT uid, text, sender, created FROM message WHERE conversation = ? ORDER BY seq",
    )?;
    let messages = statement.query_map([&id], |row| {
        Ok(json!({
            "id": row.get::<_, String>(0)?, "text": row.get::<_, String>(1)?,
            "sender": { "id": row.get::<_, String>(2)? },
            "created": world.zone.local(row.get(3)?), "internal": false, "attachments": [],
        }))
    })?;
    let messages = messages.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Row {
        seen_by: (row.get(4)?, row.get(5)?),
        shown: json!({
            "id": id, "subject": row.get::<_, String>(1)?, "messageType": "TICKET",
            "status": row.get::<_, String>(2)?, "priority": row.get::<_, String>(3)?,
            "messageCount": messages.len(), "created": world.zone.local(created),
            "lastUpdated": world.zone.local(updated), "lastMessage": world.zone.local(updated),
            "messages": messages,
        }),
    })
}

impl Row {
    fn is_seen_by(&self, user: &User) -> bool {
        let group = self.seen_by.1.as_ref();
        self.seen_by.0 == user.username || group.is_some_and(|it| user.groups.contains(it))
    }
}

fn load(world: &World, id: &str) -> rusqlite::Result<Option<Row>> {
    let sql = format!("{COLUMNS} WHERE uid = ?");
    let mut statement = world.db.prepare_cached(&sql)?;
    statement.query_row([id], |row| row_of(world, row)).optional()
}

/// The conversations of a user, filtered by `eq` and `like`.
fn list(world: &World, request: &Request, user: &User) -> Answer {
    let sql = format!("{COLUMNS} ORDER BY updated DESC, uid");
    let mut statement = world.db.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| row_of(world, row))?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let filters = request.query.0.iter().filter(|(name, _)| name == "filter");
    let filters: Vec<Vec<&str>> =
        filters.map(|(_, filter)| filter.splitn(3, ':').collect()).collect();
    let fits = |row: &Row| {
        filters.iter().all(|filter| {
            let [member, operator, wanted] = filter[..] else { return false };
            let value = row.shown[member].as_str().unwrap_or_default();
            match operator {
                "eq" => value == wanted,
                "like" => value.contains(wanted),
                _ => false,
            }
        })
    };
    let found: Vec<Value> = rows
        .into_iter()
        .filter(|row| row.is_seen_by(user) && fits(row))
        .map(|row| row.shown)
        .collect();
    let pager = json!({ "page": 1, "total": found.len(), "pageSize": 50, "pageCount": 1 });
    Ok(Response::json(json!({ "pager": pager, "messageConversations": found })))
}

fn not_seen() -> Response {
    // A conversation of others is 403 and not 404 (capture o004g).
    Response::coded(403, "E1006", "Not authorized to access this conversation.")
}

fn one(world: &World, user: &User, id: &str) -> Answer {
    Ok(match load(world, id)? {
        Some(row) if row.is_seen_by(user) => Response::json(row.shown),
        Some(_) => not_seen(),
        None => Response::not_found("MessageConversation", id),
    })
}

fn reply(world: &mut World, request: &Request, user: &User, id: &str, now: i64) -> Answer {
    match load(world, id)? {
        None => return Ok(Response::not_found("MessageConversation", id)),
        Some(row) if !row.is_seen_by(user) => return Ok(not_seen()),
        Some(_) => {}
    }
    say(world, user, id, &text_of(request), now)?;
    let message = Some("Message conversation created");
    let location = format!("{}/api/messageConversations/{id}", world.base_url);
    Ok(Response::enveloped(201, "OK", message, None).with("Location", location))
}

/// The author may change the state of their own ticket (capture o003); an unknown word is 400
/// (o003g).
fn change(
    world: &mut World,
    user: &User,
    id: &str,
    (column, wanted, known): (&str, Option<&str>, &[&str]),
) -> Answer {
    match load(world, id)? {
        None => return Ok(Response::not_found("MessageConversation", id)),
        Some(row) if !row.is_seen_by(user) => return Ok(not_seen()),
        Some(_) => {}
    }
    let Some(wanted) = wanted.filter(|word| known.contains(word)) else {
        return Ok(Response::error(400, "Value is not a valid"));
    };
    let sql = match column {
        "status" => "UPDATE conversation SET status = ? WHERE uid = ?",
        _ => "UPDATE conversation SET priority = ? WHERE uid = ?",
    };
    world.db.execute(sql, [wanted, id])?;
    Ok(Response::json(json!({ wanted: [id] })))
}
