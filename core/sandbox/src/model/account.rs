//! What belongs to the signed-in user: `me`, settings, password, API tokens.

use std::sync::Arc;

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::Answer;
use super::auth;
use super::http::{Request, Response};
use super::meta::access::User;
use super::meta::fields::Fields;
use super::meta::list::fields_of;
use super::meta::store::Object;
use super::world::World;
use crate::limits::TOKEN_LIFE_MS;

/// Members of `me` when none are named (capture 02).
const ME: &str = "id,username,surname,firstName,created,lastUpdated,dataViewOrganisationUnits,\
    favorites,userGroups,translations,teiSearchOrganisationUnits,organisationUnits,displayName,\
    access,name,emailVerified,userRoles,settings,programs,authorities,dataSets,patTokens,\
    twoFactorType,attributeValues,phoneNumber,email";

/// `GET /api/me` and what lies below it.
///
/// # Errors
/// Only when the store fails.
pub fn me(world: &mut World, request: &Request, user: &User, rest: &[&str]) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => profile(world, request, user),
        ("GET", ["authorization"]) => Ok(Response::json(json!(sorted(user)))),
        ("GET", ["authorization", authority]) => Ok(Response::json(json!(user.may(authority)))),
        ("GET", ["settings"]) => Ok(Response::json(Value::Object(settings(world, user)?))),
        ("GET", ["settings", name]) => one_setting(world, user, name),
        ("GET", ["dashboard"]) => {
            Ok(Response::json(json!({"unreadInterpretations": 0, "unreadMessageConversations": 0})))
        }
        ("PUT", ["changePassword"]) => change_password(world, request, user),
        ("POST", ["verifyPassword"]) => {
            let body = request.json()?;
            let password = body.get("password").and_then(Value::as_str).unwrap_or("");
            let fits = auth::password_fits(world, &user.username, password)?;
            Ok(Response::json(json!({"isCorrectPassword": fits})))
        }
        ("POST", ["validatePassword"]) => {
            let password = String::from_utf8_lossy(&request.body).into_owned();
            Ok(Response::json(match weakness(&password) {
                Some(message) => json!({"isValidPassword": false, "errorMessage": message}),
                None => json!({"isValidPassword": true}),
            }))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

fn sorted(user: &User) -> Vec<&String> {
    let mut authorities: Vec<&String> = user.authorities.iter().collect();
    authorities.sort();
    authorities
}

fn profile(world: &World, request: &Request, user: &User) -> Answer {
    let Some(object) = world.meta.get("users", &user.id) else {
        return Ok(Response::not_found("User", &user.id));
    };
    let object = Object { body: profile_body(world, user, object)?, ..Object::clone(object) };
    let fields = fields_of(&request.query, ME);
    let fields = if fields.presets.is_empty() { fields } else { Fields::parse(ME) };
    let mut shown = world.renderer(user).object(&object, &fields);
    if shown.get("access").is_some() && !user.is_super() {
        // A normal user's access to the own account is told as none at all (capture m003).
        shown["access"] = json!({
            "manage": false, "externalize": false, "write": false, "read": false,
            "update": false, "delete": false,
        });
    }
    Ok(Response::json(shown))
}

fn profile_body(
    world: &World,
    user: &User,
    object: &Object,
) -> rusqlite::Result<Map<String, Value>> {
    let writable = |plural: &str| -> Value {
        let objects = world.meta.all(plural).iter();
        let writable = objects.filter(|object| {
            user.can_read(object) && (user.is_super() || user.can_write_data(object))
        });
        writable.map(|object: &Arc<Object>| json!(object.id)).collect()
    };
    let mut statement = world.db.prepare_cached("SELECT uid FROM token WHERE username = ?")?;
    let tokens = statement.query_map([&user.username], |row| row.get::<_, String>(0))?;
    let tokens = tokens.collect::<rusqlite::Result<Vec<_>>>()?;
    let groups: Value = user.groups.iter().map(|id| json!({"id": id})).collect();
    let mut body = object.body.clone();
    for (name, value) in [
        ("settings", Value::Object(settings(world, user)?)),
        ("programs", writable("programs")),
        ("dataSets", writable("dataSets")),
        ("authorities", json!(sorted(user))),
        ("userGroups", groups),
        ("patTokens", tokens.iter().map(|uid| json!({"id": uid})).collect()),
        ("twoFactorType", json!("NOT_ENABLED")),
    ] {
        body.insert(name.to_owned(), value);
    }
    Ok(body)
}

/// Defaults of user settings (capture m005).
const SETTINGS: [(&str, &str); 7] = [
    ("keyMessageSmsNotification", "false"),
    ("keyDbLocale", "\"en\""),
    ("keyTrackerDashboardLayout", "\"\""),
    ("keyStyle", "\"light_blue/light_blue.css\""),
    ("keyUiLocale", "\"en\""),
    ("keyAnalysisDisplayProperty", "\"name\""),
    ("keyMessageEmailNotification", "false"),
];

fn settings(world: &World, user: &User) -> rusqlite::Result<Map<String, Value>> {
    let mut settings = Map::new();
    for (name, default) in SETTINGS {
        let stored = world.setting(&user.username, name)?;
        let default: Value = serde_json::from_str(default).unwrap_or(Value::Null);
        let value = match stored {
            Some(text) if default.is_boolean() => json!(text == "true"),
            Some(text) => json!(text),
            None => default,
        };
        settings.insert(name.to_owned(), value);
    }
    Ok(settings)
}

fn one_setting(world: &World, user: &User, name: &str) -> Answer {
    let settings = settings(world, user)?;
    Ok(match settings.get(name) {
        Some(Value::String(text)) => Response::text(text.clone()),
        Some(other) => Response::text(other.to_string()),
        None => Response::coded(404, "E1005", &format!("User setting not found: {name}")),
    })
}

/// `/api/userSettings` and `/api/userSettings/{key}` (captures m005 to m007, m071b to m071k).
///
/// # Errors
/// Only when the store fails.
pub fn user_settings(world: &World, request: &Request, user: &User, rest: &[&str]) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(Response::json(Value::Object(settings(world, user)?))),
        ("GET", [name]) => one_setting(world, user, name),
        ("POST" | "PUT", [name]) => {
            let body = String::from_utf8_lossy(&request.body).trim().to_owned();
            let value = request.query.get("value").map_or(body, str::to_owned);
            if name.ends_with("Locale") && !is_locale(&value) {
                let message = format!("Not a valid value for setting {name}: {value}");
                return Ok(Response::coded(400, "E1003", &message));
            }
            world.set_setting(&user.username, name, &value)?;
            Ok(Response::ok(Some("User setting saved"), None))
        }
        ("DELETE", [name]) => {
            let sql = "DELETE FROM setting WHERE username = ? AND name = ?";
            world.db.execute(sql, [user.username.as_str(), name])?;
            Ok(Response::empty(200))
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

/// `fr`, `pt_BR`, `uz_UZ_Latn`: lower-case language, then country and script.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('_');
    let language = parts.next().unwrap_or("");
    let short = (2..=3).contains(&language.len());
    short
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            !part.is_empty() && part.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
        })
}

/// Why a password is refused (captures o020b, o020g).
fn weakness(password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if !(8..=72).contains(&length) {
        return Some("Password must have at least 8, and at most 72 characters");
    }
    if !password.chars().any(|c| c.is_ascii_digit()) {
        return Some("Password must have at least one digit");
    }
    if !password.chars().any(char::is_uppercase) {
        return Some("Password must have at least one upper case");
    }
    if password.chars().all(char::is_alphanumeric) {
        return Some("Password must have at least one special character");
    }
    None
}

fn change_password(world: &mut World, request: &Request, user: &User) -> Answer {
    let body = request.json()?;
    let member = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let (old, new) = (member("oldPassword"), member("newPassword"));
    let refused = |message: &str| Ok(Response::coded(409, "E1004", message));
    if !auth::password_fits(world, &user.username, &old)? {
        return refused("OldPassword is incorrect");
    }
    if let Some(message) = weakness(&new) {
        return refused(message);
    }
    if auth::password_fits(world, &user.username, &new)? || used_before(world, user, &new)? {
        return refused("Password must not be one of the previous 24 passwords");
    }
    auth::set_password(world, &user.username, &user.id, &new)?;
    Ok(Response::empty(202))
}

fn used_before(world: &World, user: &User, password: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT old_hashes FROM account WHERE username = ?";
    let hashes: String = world.db.query_row(sql, [&user.username], |row| row.get(0))?;
    let mut pairs = hashes.split_whitespace().filter_map(|pair| pair.split_once(':'));
    Ok(pairs.any(|(salt, hash)| auth::sha256(&format!("{salt}{password}")) == hash))
}

/// `/api/apiToken` (captures 220 to 222, o023 to o023l).
///
/// # Errors
/// Only when the store fails.
pub fn tokens(
    world: &mut World,
    request: &Request,
    user: &User,
    rest: &[&str],
    now: i64,
) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => create_token(world, request, user, now),
        ("GET", []) => list_tokens(world, user),
        (method, [uid]) => {
            if !owns_token(world, user, uid)? {
                return Ok(Response::not_found("ApiToken", uid));
            }
            match method {
                "GET" => Ok(Response::json(json!({"id": uid}))),
                "DELETE" => {
                    world.db.execute("DELETE FROM token WHERE uid = ?", [uid])?;
                    Ok(report(uid, 200))
                }
                "PATCH" | "PUT" => {
                    restrict_token(world, request, uid)?;
                    Ok(report(uid, 200))
                }
                _ => Ok(Response::error(405, "Request method is not supported")),
            }
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

fn report(uid: &str, status: u16) -> Response {
    let report = json!({
        "uid": uid, "klass": "org.hisp.dhis.security.apikey.ApiToken", "errorReports": [],
        "responseType": "ObjectReportWebMessageResponse",
    });
    Response::enveloped(status, "OK", None, Some(report))
}

fn owns_token(world: &World, user: &User, uid: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM token WHERE uid = ? AND username = ?";
    let count: i64 = world.db.query_row(sql, [uid, &user.username], |row| row.get(0))?;
    Ok(count > 0)
}

fn create_token(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let body = request.json()?;
    let uid = world.uids.uid();
    let token = auth::new_token(world);
    let expires = body.get("expire").and_then(Value::as_i64).unwrap_or(now + TOKEN_LIFE_MS);
    let attributes = body.get("attributes").cloned().unwrap_or_else(|| json!([])).to_string();
    let row = params![uid, user.username, auth::sha256(&token), now, expires, attributes];
    world.db.execute("INSERT INTO token VALUES(?,?,?,?,?,?)", row)?;
    let report = json!({
        "key": token, "uid": uid, "klass": "org.hisp.dhis.security.apikey.ApiToken",
        "errorReports": [], "responseType": "ObjectReportWebMessageResponse",
    });
    let location = format!("{}/api/apiToken/{uid}", world.base_url);
    Ok(Response::enveloped(201, "OK", None, Some(report)).with("Location", location))
}

fn restrict_token(world: &World, request: &Request, uid: &str) -> Result<(), super::Refusal> {
    let body = request.json()?;
    let patched = body.as_array().and_then(|operations| {
        operations.iter().find(|operation| operation["path"] == "/attributes")?.get("value")
    });
    if let Some(attributes) = patched.or_else(|| body.get("attributes")) {
        let sql = "UPDATE token SET attributes = ? WHERE uid = ?";
        world.db.execute(sql, [attributes.to_string().as_str(), uid])?;
    }
    Ok(())
}

fn list_tokens(world: &World, user: &User) -> Answer {
    let sql = "SELECT uid, created, expires, attributes FROM token WHERE username = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let name = format!("{} {}", user.first_name, user.surname);
    let person = json!({
        "id": user.id, "code": null, "name": name, "displayName": name, "username": user.username,
    });
    let rows = statement.query_map([&user.username], |row| {
        let uid: String = row.get(0)?;
        let created = world.zone.local(row.get(1)?);
        let attributes: String = row.get(3)?;
        let attributes: Value = serde_json::from_str(&attributes).unwrap_or_default();
        Ok(json!({
            "created": created, "lastUpdated": created, "translations": [], "createdBy": person,
            "favorites": [], "lastUpdatedBy": person, "sharing": {
                "owner": user.id, "external": false, "users": {}, "userGroups": {},
                "public": "--------",
            },
            "version": 2, "type": "PERSONAL_ACCESS_TOKEN_V2", "expire": row.get::<_, i64>(2)?,
            "attributes": attributes, "access": {
                "manage": true, "externalize": false, "write": true, "read": true,
                "update": true, "delete": true,
            },
            "favorite": false, "user": person,
            "href": format!("{}/api/apiToken/{uid}", world.base_url),
            "id": uid, "attributeValues": [],
        }))
    })?;
    let tokens = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let pager = json!({"page": 1, "total": tokens.len(), "pageSize": 50, "pageCount": 1});
    Ok(Response::json(json!({"pager": pager, "apiToken": tokens})))
}
