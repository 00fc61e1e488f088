//! Who is asking: Basic, session cookie, API token, `auth/login`, and the 302-or-401 rule.
//!
//! Passwords are kept as salted SHA-256: this server is for trainings and tests, and a test signs
//! in on every
//! request. Nothing here ever writes a password or token into an answer except a token once, at its
//! creation.

use base64::Engine;
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::http::{Request, Response};
use super::meta::access::User;
use super::world::World;
use super::{Answer, Refusal};
use crate::limits::{LOGIN_FAILURES_MAX, SESSIONS_MAX};

/// Who asks, and the headers that the answer gets for it.
#[derive(Debug)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// `Set-Cookie` of a new session.
    pub cookie: Option<String>,
}

struct Account {
    uid: String,
    salt: String,
    hash: String,
    disabled: bool,
    expires: Option<i64>,
    failures: i64,
}

/// SHA-256 as hexadecimal text.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Stores the password of a user, keeping the earlier hashes for "not one of the previous 24".
///
/// # Errors
/// Only when the store fails.
pub fn set_password(
    world: &mut World,
    username: &str,
    uid: &str,
    password: &str,
) -> rusqlite::Result<()> {
    let salt = world.uids.session();
    let hash = sha256(&format!("{salt}{password}"));
    world.db.execute(
        "INSERT INTO account(username, uid, salt, hash) VALUES(?1, ?2, ?3, ?4) \
         ON CONFLICT(username) DO UPDATE SET \
           old_hashes = old_hashes || salt || ':' || hash || ' ', salt = ?3, hash = ?4",
        params![username, uid, salt, hash],
    )?;
    Ok(())
}

fn account(world: &World, username: &str) -> rusqlite::Result<Option<Account>> {
    let sql = "SELECT uid, salt, hash, disabled, expires, failures FROM account \
               WHERE username = ?";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Account {
            uid: row.get(0)?,
            salt: row.get(1)?,
            hash: row.get(2)?,
            disabled: row.get(3)?,
            expires: row.get(4)?,
            failures: row.get(5)?,
        })
    };
    world.db.prepare_cached(sql)?.query_row([username], read).optional()
}

impl Account {
    fn opens_with(&self, password: &str) -> bool {
        sha256(&format!("{}{password}", self.salt)) == self.hash
    }

    fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn is_locked(&self) -> bool {
        self.failures >= LOGIN_FAILURES_MAX
    }
}

/// Whether this is the user's password.
///
/// # Errors
/// Only when the store fails.
pub fn password_fits(world: &World, username: &str, password: &str) -> rusqlite::Result<bool> {
    Ok(account(world, username)?.is_some_and(|account| account.opens_with(password)))
}

/// Finds out who asks.
///
/// # Errors
/// The 302, 400 or 401 that a stranger gets (captures 01b, 02c, 02t, o022 to o026).
pub fn identify(world: &mut World, request: &Request, now: i64) -> Result<Identity, Refusal> {
    if let Some(value) = request.header("Authorization") {
        if let Some(token) = value.strip_prefix("ApiToken ") {
            return by_token(world, request, token.trim(), now);
        }
        if let Some(code) = value.strip_prefix("Basic ") {
            return by_basic(world, code.trim(), now);
        }
    }
    if let Some(username) = session(world, request)
        && let Some(user) = world.user(&username)?
    {
        return Ok(Identity { user, cookie: None });
    }
    Err(stranger(world, request).into())
}

/// The answer to somebody without credentials.
fn stranger(world: &World, request: &Request) -> Response {
    if request.header("X-Requested-With") == Some("XMLHttpRequest") {
        return Response::error(401, "Unauthorized");
    }
    let login = format!("{}/dhis-web-login/", world.base_url);
    Response::empty(302).with("Location", login)
}

/// The session id of the request's cookie.
pub fn session_id(request: &Request) -> Option<&str> {
    let cookies = request.header("Cookie")?.split(';');
    cookies.into_iter().find_map(|cookie| cookie.trim().strip_prefix("JSESSIONID="))
}

fn session(world: &World, request: &Request) -> Option<String> {
    world.sessions.get(session_id(request)?).cloned()
}

/// Opens a session and gives its `Set-Cookie` value.
fn open_session(world: &mut World, username: &str) -> String {
    let id = world.uids.session();
    if world.session_order.len() >= SESSIONS_MAX
        && let Some(oldest) = world.session_order.pop_front()
    {
        world.sessions.remove(&oldest);
    }
    world.sessions.insert(id.clone(), username.to_owned());
    world.session_order.push_back(id.clone());
    format!("JSESSIONID={id}; Path=/; HttpOnly; SameSite=Lax")
}

fn by_basic(world: &mut World, code: &str, now: i64) -> Result<Identity, Refusal> {
    let refused = |message: &str| Refusal::from(Response::error(401, message));
    let decoded = base64::engine::general_purpose::STANDARD.decode(code).unwrap_or_default();
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    let (username, password) = decoded.split_once(':').unwrap_or((decoded.as_str(), ""));
    let account = account(world, username)?.ok_or_else(|| refused("Unauthorized"))?;
    // Locked and disabled accounts say so before the password is looked at (captures o024b, o025h).
    if account.disabled {
        return Err(refused("Account disabled"));
    }
    if account.is_locked() && locking(world)? {
        return Err(refused("Account locked"));
    }
    if !account.opens_with(password) || account.is_expired(now) {
        return Err(refused("Unauthorized"));
    }
    let user = world.user(username)?.ok_or_else(|| refused("Unauthorized"))?;
    let cookie = open_session(world, username);
    Ok(Identity { user, cookie: Some(cookie) })
}

fn locking(world: &World) -> rusqlite::Result<bool> {
    let setting = world.setting("", "keyLockMultipleFailedLogins")?;
    Ok(setting.as_deref() == Some("true"))
}

fn by_token(
    world: &mut World,
    request: &Request,
    token: &str,
    now: i64,
) -> Result<Identity, Refusal> {
    let refused = |status: u16, message: &str| {
        let response = Response::error(status, message).with("WWW-Authenticate", "ApiToken");
        Refusal::from(response)
    };
    if !checksum_fits(token) {
        return Err(refused(400, "Checksum validation failed"));
    }
    let hash = sha256(token);
    let sql = "SELECT username, expires, attributes FROM token WHERE hash = ?";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    };
    let found = world.db.prepare_cached(sql)?.query_row([&hash], read).optional()?;
    let Some((username, expires, attributes)) = found else {
        world.warm_tokens.remove(&hash);
        return Err(refused(401, "The API token does not exists"));
    };
    if expires <= now {
        return Err(refused(401, "Failed to authenticate API token, token has expired."));
    }
    if !method_allowed(&attributes, &request.method) {
        let message = "Failed to authenticate API token, request http method is not allowed.";
        return Err(refused(401, message));
    }
    let closed = account(world, &username)?
        .is_none_or(|account| account.disabled || account.is_locked() || account.is_expired(now));
    if closed && !world.warm_tokens.contains_key(&hash) {
        let message = "The API token is disabled, locked or 2FA is enabled.";
        return Err(refused(401, message));
    }
    let user = world.user(&username)?;
    let user = user.ok_or_else(|| refused(401, "The API token does not exists"))?;
    world.warm_tokens.insert(hash, username.clone());
    let cookie = open_session(world, &username);
    Ok(Identity { user, cookie: Some(cookie) })
}

fn method_allowed(attributes: &str, method: &str) -> bool {
    let attributes: Vec<Value> = serde_json::from_str(attributes).unwrap_or_default();
    attributes.iter().all(|attribute| {
        let methods = attribute.get("allowedMethods").and_then(Value::as_array);
        methods.is_none_or(|methods| methods.iter().any(|allowed| allowed == method))
    })
}

/// A new token: prefix, 44 random characters, checksum of six.
pub fn new_token(world: &mut World) -> String {
    let code = world.uids.token_code();
    let sum = checksum(&code);
    format!("d2p_{code}{sum}")
}

fn checksum_fits(token: &str) -> bool {
    let Some(rest) = token.strip_prefix("d2p_") else { return false };
    rest.is_ascii() && rest.len() == 50 && checksum(&rest[..44]) == rest[44..]
}

/// CRC-32 (IEEE 802.3) in base 62, padded to six characters.
fn checksum(code: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let crc = code.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    });
    let mut rest = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// `POST /api/auth/login` (captures o021 to o026).
///
/// # Errors
/// 401 for a wrong name or password.
pub fn login(world: &mut World, request: &Request, now: i64) -> Answer {
    let body = request.json()?;
    let member = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let (username, password) = (member("username"), member("password"));
    let status = |status: &str| Ok(Response::json(json!({"loginStatus": status})));
    let bad = || Ok(Response::error(401, "Bad credentials"));
    let Some(account) = account(world, &username)? else { return bad() };
    let locking = locking(world)?;
    if account.disabled {
        return status("ACCOUNT_DISABLED");
    }
    if locking && account.is_locked() {
        return status("ACCOUNT_LOCKED");
    }
    if !account.opens_with(&password) {
        if !locking {
            return bad();
        }
        let sql = "UPDATE account SET failures = failures + 1 WHERE username = ?";
        world.db.execute(sql, [&username])?;
        let locked = account.failures + 1 >= LOGIN_FAILURES_MAX;
        return if locked { status("ACCOUNT_LOCKED") } else { bad() };
    }
    if account.is_expired(now) {
        return status("ACCOUNT_EXPIRED");
    }
    if world.meta.get("users", &account.uid).is_none() {
        return bad();
    }
    world.db.execute("UPDATE account SET failures = 0 WHERE username = ?", [&username])?;
    let cookie = open_session(world, &username);
    let body = json!({"loginStatus": "SUCCESS", "redirectUrl": "/"});
    Ok(Response::json(body).with("Set-Cookie", cookie))
}

/// `GET /dhis-web-commons-security/logout.action` (capture o022f).
pub fn logout(world: &mut World, request: &Request) -> Response {
    if let Some(id) = session_id(request).map(str::to_owned) {
        world.sessions.remove(&id);
    }
    Response::empty(302).with("Location", "/")
}

/// `POST /api/users/{uid}/{disabled|enabled|expired|unexpired}` (captures o024 to o024j).
///
/// # Errors
/// Only when the store fails.
pub fn set_account(world: &World, uid: &str, action: &str, expires: Option<i64>) -> Answer {
    let (column, value) = match action {
        "disabled" => ("disabled", Some(1)),
        "enabled" => ("disabled", Some(0)),
        "expired" => ("expires", expires),
        _ => ("expires", None),
    };
    let sql = format!("UPDATE account SET {column} = ? WHERE uid = ?");
    world.db.execute(&sql, params![value, uid])?;
    Ok(Response::empty(204))
}
