//! Generated attribute values: reserving, generating, what a pattern needs (captures 200 to 202,
//! t034 to t034l).
//!
//! A number of a sequence is burnt when it is handed out; a random value is kept until it expires.

use std::collections::HashSet;

use outpost_domain::text_pattern::{ResolveError, Segment, TextPattern};
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Answer;
use super::http::{Request, Response};
use super::meta::access::User;
use super::time::{DAY_MS, civil_of};
use super::world::World;
use crate::limits::{RANDOM_TRIES_MAX, RESERVE_MAX};

/// Days that a value of `generateAndReserve` is kept when none are named.
const RESERVED_DAYS: i64 = 60;
/// Days that a value of `generate` is kept.
const GENERATED_DAYS: i64 = 3;

/// What lies below `/api/trackedEntityAttributes/{uid}`; nothing if it is not known here.
///
/// # Errors
/// The 400 and 409 of a request that cannot be; a failing store.
pub fn route(
    world: &mut World,
    request: &Request,
    user: &User,
    uid: &str,
    what: &str,
    now: i64,
) -> Option<Answer> {
    match what {
        "requiredValues" => Some(required(world, user, uid)),
        "generate" => Some(generate(world, request, user, uid, now)),
        "generateAndReserve" => Some(reserve(world, request, user, uid, now)),
        _ => None,
    }
}

fn pattern(world: &World, user: &User, uid: &str) -> Result<TextPattern, Response> {
    let found = world.meta.get("trackedEntityAttributes", uid);
    let Some(found) = found.filter(|found| user.can_read(found)) else {
        return Err(Response::not_found("TrackedEntityAttribute", uid));
    };
    let pattern = found.text("pattern").filter(|pattern| !pattern.is_empty());
    let Some(pattern) = pattern.filter(|_| found.flag("generated")) else {
        return Err(Response::error(400, "Attribute does not contain pattern."));
    };
    TextPattern::parse(pattern)
        .map_err(|_| Response::error(409, "Attribute does not contain a valid pattern."))
}

fn required(world: &World, user: &User, uid: &str) -> Answer {
    let pattern = pattern(world, user, uid)?;
    Ok(Response::json(json!({
        "REQUIRED": pattern.required_values(), "OPTIONAL": pattern.optional_values(),
    })))
}

fn days(request: &Request, default: i64) -> i64 {
    let given = request.query.get("expiration").and_then(|text| text.parse().ok());
    given.filter(|days: &i64| (1..=3_650).contains(days)).unwrap_or(default)
}

fn generate(world: &mut World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let days = days(request, GENERATED_DAYS);
    let mut values = hand_out(world, request, user, uid, 1, days, now)?;
    Ok(Response::json(values.pop().unwrap_or(Value::Null)))
}

fn reserve(world: &mut World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let count = request.query.get("numberToReserve").unwrap_or("1").parse().unwrap_or(0);
    if !(1..=RESERVE_MAX).contains(&count) {
        let message =
            format!("You can only reserve between 1 and {RESERVE_MAX} values in a single request.");
        return Ok(Response::error(400, &message));
    }
    let days = days(request, RESERVED_DAYS);
    Ok(Response::json(Value::Array(hand_out(world, request, user, uid, count, days, now)?)))
}

fn hand_out(
    world: &mut World,
    request: &Request,
    user: &User,
    uid: &str,
    count: usize,
    days: i64,
    now: i64,
) -> Result<Vec<Value>, super::Refusal> {
    let pattern = pattern(world, user, uid)?;
    let code = request.query.get("ORG_UNIT_CODE");
    if pattern.needs_organisation_unit() && code.is_none_or(str::is_empty) {
        return Err(Response::error(409, "Missing required values: ORG_UNIT_CODE").into());
    }
    let today = civil(world, now);
    let unfit = |_: ResolveError| {
        Response::error(409, "Could not reserve value: a given value does not fit the pattern.")
    };
    let key = pattern.key(code, today).map_err(unfit)?;
    let generated = match pattern.segments().iter().find(|segment| segment.is_generated()) {
        Some(Segment::Sequential(digits)) => numbers(world, uid, &key, *digits, count)?,
        Some(Segment::Random(form)) => {
            let form = form.clone();
            let resolve = |part: &str| pattern.resolve(code, part, today).ok();
            randoms(world, uid, &form, count, now, resolve)?
        }
        _ => vec![String::new()],
    };
    let (created, expires) = (now, now.saturating_add(days.saturating_mul(DAY_MS)));
    let mut values = Vec::with_capacity(generated.len());
    for part in generated {
        let value = pattern.resolve(code, &part, today).map_err(unfit)?;
        let sql = "INSERT OR REPLACE INTO reserved(attribute, value, expires) VALUES(?,?,?)";
        world.db.prepare_cached(sql)?.execute(params![uid, value, expires])?;
        values.push(json!({
            "ownerObject": "TRACKEDENTITYATTRIBUTE", "ownerUid": uid, "key": key, "value": value,
            "created": world.zone.local(created), "expiryDate": world.zone.local(expires),
        }));
    }
    Ok(values)
}

/// The server's own clock as a civil time.
fn civil(world: &World, now: i64) -> jiff::civil::DateTime {
    let (year, month, day) = civil_of(world.zone.day_number(now));
    let part = |number: i64| i8::try_from(number).unwrap_or(1);
    let year = i16::try_from(year).unwrap_or(1970);
    let date = jiff::civil::Date::new(year, part(month), part(day)).unwrap_or_default();
    let within = now - world.zone.start_of_day(world.zone.day_number(now));
    let midnight = date.at(0, 0, 0, 0);
    midnight.saturating_add(jiff::Span::new().milliseconds(within.clamp(0, DAY_MS)))
}

/// The next numbers of a counter; asking for more than are left burns the rest (capture t034f).
fn numbers(
    world: &World,
    uid: &str,
    key: &str,
    digits: usize,
    count: usize,
) -> Result<Vec<String>, super::Refusal> {
    let sql = "SELECT next FROM counter WHERE attribute = ? AND key = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let next: Option<i64> = statement.query_row([uid, key], |row| row.get(0)).optional()?;
    let next = next.unwrap_or(1);
    let count = i64::try_from(count).unwrap_or(0);
    let end = next.saturating_add(count);
    let sql = "INSERT OR REPLACE INTO counter(attribute, key, next) VALUES(?,?,?)";
    world.db.execute(sql, params![uid, key, end])?;
    let last = 10_i64.saturating_pow(u32::try_from(digits).unwrap_or(18)).saturating_sub(1);
    if end.saturating_sub(1) > last {
        let message = "Could not reserve value: Unable to reserve value, no new values available.";
        return Err(Response::error(409, message).into());
    }
    Ok((next..end).map(|number| format!("{number:0digits$}")).collect())
}

/// Random parts whose values nobody has and nobody holds in reserve.
fn randoms(
    world: &mut World,
    uid: &str,
    form: &str,
    count: usize,
    now: i64,
    resolve: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, super::Refusal> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut found = Vec::with_capacity(count);
    let small = form.chars().count() == 1;
    let tries = if small { 2_000 } else { count.saturating_mul(RANDOM_TRIES_MAX) };
    for _ in 0..tries {
        if found.len() == count {
            break;
        }
        let part: String = form.chars().map(|form| letter(world, form)).collect();
        let Some(value) = resolve(&part) else { break };
        if taken.contains(&value) || is_held(world, uid, &value, now)? {
            continue;
        }
        taken.insert(value);
        found.push(part);
    }
    if found.len() < count {
        let message =
            format!("Could not reserve value: Not enough values left to reserve {count} values.");
        return Err(Response::error(409, &message).into());
    }
    Ok(found)
}

fn letter(world: &mut World, form: char) -> char {
    const DIGITS: &str = "0123456789";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
    let alphabet = match form {
        '#' => DIGITS.to_owned(),
        'X' => UPPER.to_owned(),
        'x' => LOWER.to_owned(),
        _ => format!("{DIGITS}{UPPER}{LOWER}"),
    };
    let index = world.uids.below(alphabet.len() as u64) as usize;
    alphabet.chars().nth(index).unwrap_or('0')
}

fn is_held(world: &World, uid: &str, value: &str, now: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM reserved WHERE attribute = ?1 AND value = ?2 \
                 AND expires > ?3) OR EXISTS(SELECT 1 FROM attribute_value \
                 WHERE attribute = ?1 AND value = ?2)";
    world.db.prepare_cached(sql)?.query_row(params![uid, value, now], |row| row.get(0))
}
