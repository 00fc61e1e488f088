//! `/api/dataValues`: one value at a time, with checks and codes of their own (captures 68 to 69b,
//! a005, a008, a010).

use std::sync::Arc;

use rusqlite::params;
use serde_json::{Value, json};

use super::check::{Checker, element_ids};
use super::complete::combo_of_options;
use super::lock;
use super::values::{self, Key, Stored};
use crate::limits::COMMENT_CHARS_MAX;
use crate::model::approval;
use crate::model::http::{Query, Request, Response, scalar};
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::period::{self, Period, PeriodType};
use crate::model::value;
use crate::model::world::World;
use crate::model::{Answer, Refusal};

/// Answers every request below `/api/dataValues`.
///
/// # Errors
/// 400 for an unreadable body; a failing store.
pub fn values(
    world: &mut World,
    request: &Request,
    user: &User,
    rest: &[&str],
    now: i64,
) -> Answer {
    let authority = match request.method.as_str() {
        "POST" | "PUT" => "F_DATAVALUE_ADD",
        "DELETE" => "F_DATAVALUE_DELETE",
        _ => "",
    };
    if !authority.is_empty() && !user.may(authority) {
        return Ok(Response::needs_authority(authority));
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => save(world, &Parameters::of(world, request)?, user, now),
        ("DELETE", []) => delete(world, &Parameters::of(world, request)?, user, now),
        ("GET", []) => get(world, &Parameters::of(world, request)?, user),
        ("PUT", ["followup"]) => {
            let body = request.json()?;
            follow_up(world, std::slice::from_ref(&body), now)
        }
        ("PUT", ["followups"]) => {
            let body = request.json()?;
            let items = body.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
            follow_up(world, &items, now)
        }
        _ => Ok(Response::error(405, "Request method is not supported")),
    }
}

/// What a request says about one value; `None` leaves the stored part alone.
#[derive(Debug, Default)]
struct Parameters {
    key: Option<Key>,
    data_set: Option<String>,
    value: Option<String>,
    comment: Option<String>,
    follow_up: Option<bool>,
    force: bool,
}

impl Parameters {
    fn of(world: &World, request: &Request) -> Result<Self, Refusal> {
        let content = request.header("Content-Type").unwrap_or("");
        if request.method == "POST" && content.contains("json") && !request.body.is_empty() {
            return Ok(Self::of_json(world, &request.json()?));
        }
        let mut query = request.query.clone();
        if content.contains("x-www-form-urlencoded") {
            query.0.extend(Query::parse(&String::from_utf8_lossy(&request.body)).0);
        }
        let text = |name: &str| query.get(name).map(str::to_owned);
        let key = Key {
            de: text("de").unwrap_or_default(),
            pe: text("pe").unwrap_or_default(),
            ou: text("ou").unwrap_or_default(),
            coc: text("co").unwrap_or_else(|| super::DEFAULT_COMBO.to_owned()),
            aoc: combo_of_options(world, query.get("cc"), query.get("cp")),
        };
        Ok(Self {
            key: Some(key),
            data_set: text("ds"),
            value: text("value"),
            comment: text("comment"),
            follow_up: query.get("followUp").map(|flag| flag == "true"),
            force: query.flag("force"),
        })
    }

    fn of_json(world: &World, body: &Value) -> Self {
        let text = |name: &str| scalar(body.get(name));
        let attribute = body.get("attribute");
        let combo = attribute.and_then(|a| a.get("combo")).and_then(Value::as_str);
        let options = attribute.and_then(|a| a.get("options")).and_then(Value::as_array);
        let options = options
            .map(|options| options.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"));
        let key = Key {
            de: text("dataElement").unwrap_or_default(),
            pe: text("period").unwrap_or_default(),
            ou: text("orgUnit").unwrap_or_default(),
            coc: text("categoryOptionCombo").unwrap_or_else(|| super::DEFAULT_COMBO.to_owned()),
            aoc: combo_of_options(world, combo, options.as_deref()),
        };
        Self {
            key: Some(key),
            data_set: text("dataSet"),
            value: text("value"),
            comment: text("comment"),
            follow_up: body.get("followUp").and_then(Value::as_bool),
            force: body.get("force").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

fn refused(code: &str, message: String) -> Response {
    Response::coded(409, code, &message)
}

struct Checked<'a> {
    key: &'a Key,
    element: Arc<Object>,
    period: Period,
    set: Option<Arc<Object>>,
}

fn check<'a>(
    world: &World,
    parameters: &'a Parameters,
    user: &User,
    now: i64,
) -> Result<Checked<'a>, Response> {
    let Some(key) = &parameters.key else { return Err(Response::error(400, "No data value.")) };
    let mut checker = Checker::new(world, user, &Query::default(), now);
    let element = checker.element(&key.de).ok_or_else(|| {
        refused("E1100", format!("Data element not found or not accessible: `{}`", key.de))
    })?;
    if world.meta.get("categoryOptionCombos", &key.coc).is_none() {
        let message = format!("Category option combo not found or not accessible: `{}`", key.coc);
        return Err(refused("E1103", message));
    }
    let period = checker
        .period(&key.pe)
        .ok_or_else(|| refused("E1101", format!("Period is invalid: `{}`", key.pe)))?;
    let unit = world.meta.get("organisationUnits", &key.ou).ok_or_else(|| {
        refused("E1102", format!("Organisation unit not found or not accessible: `{}`", key.ou))
    })?;
    if !world.meta.within(&key.ou, &user.capture) {
        let message =
            format!("Organisation unit is not in the hierarchy of the current user: `{}`", key.ou);
        return Err(refused("E2020", message));
    }
    let set = set_of(world, parameters, user, key)?;
    for combo in [&key.coc, &key.aoc] {
        if checker.writable_combo(combo).is_none() {
            let message =
                format!("User does not have write access to category option combo: `{combo}`");
            return Err(refused("E2031", message));
        }
    }
    check_unit_dates(world, unit, &period)?;
    let checked = Checked { key, element: Arc::clone(element), period, set };
    if !parameters.force || !user.is_super() {
        check_time(world, &checked, user, now)?;
    }
    Ok(checked)
}

fn set_of(
    world: &World,
    parameters: &Parameters,
    user: &User,
    key: &Key,
) -> Result<Option<Arc<Object>>, Response> {
    let Some(id) = &parameters.data_set else { return Ok(None) };
    let set = world.meta.get("dataSets", id).filter(|set| user.can_read(set));
    let set = set
        .ok_or_else(|| refused("E1105", format!("Data set not found or not accessible: `{id}`")))?;
    if !element_ids(set).any(|element| element == key.de) {
        let message = format!("Data set: `{id}` does not contain data element: `{}`", key.de);
        return Err(refused("E2021", message));
    }
    Ok(Some(Arc::clone(set)))
}

fn check_unit_dates(world: &World, unit: &Object, period: &Period) -> Result<(), Response> {
    let (start, end) = period::days(period);
    let day = |key: &str| {
        unit.text(key)
            .and_then(|text| world.zone.parse_time(text))
            .map(|time| world.zone.day_number(time))
    };
    let closed = day("closedDate").is_some_and(|closed| closed < start);
    let unopened = day("openingDate").is_some_and(|opening| opening > end);
    if closed || unopened {
        let message = format!("Organisation unit is closed for the selected period: `{}`", unit.id);
        return Err(refused("E2019", message));
    }
    Ok(())
}

fn check_time(world: &World, checked: &Checked<'_>, user: &User, now: i64) -> Result<(), Response> {
    let Checked { key, period, set, .. } = checked;
    let sets = match set {
        Some(set) => vec![Arc::clone(set)],
        None => world.meta.data_sets_of(&key.de).to_vec(),
    };
    let today = world.zone.day_number(now);
    for set in &sets {
        let kind = set.text("periodType").and_then(|name| PeriodType::parse(name).ok());
        let open = set.integer("openFuturePeriods");
        let latest = kind.and_then(|kind| period::latest_open(kind, today, open));
        if let Some(latest) = latest
            && period.end() > latest.end()
        {
            let message = format!(
                "Period: `{}` is after latest open future period: `{latest}` for data element: \
                 `{}`",
                key.pe, key.de
            );
            return Err(refused("E2022", message));
        }
    }
    check_combo(world, checked)?;
    let expired = |set: &&Arc<Object>| lock::is_expired(world, user, set, period, &key.ou, now);
    let approved = |set: &Arc<Object>| {
        let approved = approval::is_approved(world, set, &key.pe, &key.ou, &key.aoc);
        approved.unwrap_or(false)
    };
    if sets.iter().any(|set| expired(&set) || approved(set)) {
        return Err(refused("E2017", "Data set is locked".to_owned()));
    }
    let closed = sets.iter().find(|set| !lock::input_period_open(world, set, &key.pe, now));
    match (closed, set) {
        // Without `ds` the real server fails at this point (capture a001h).
        (Some(_), None) => Err(Response::error(
            500,
            "Cannot invoke \"org.hisp.dhis.dataset.DataSet.getUid()\" because \"dataSet\" is null",
        )),
        (Some(set), Some(_)) => {
            let message = format!("Period: `{}` is not open for data set: `{}`", key.pe, set.id);
            Err(refused("E2025", message))
        }
        (None, _) => Ok(()),
    }
}

fn check_combo(world: &World, checked: &Checked<'_>) -> Result<(), Response> {
    let key = checked.key;
    let window = lock::combo_window(world, &key.aoc, checked.set.as_deref());
    let (start, end) = period::days(&checked.period);
    if window.holds(start, end) {
        return Ok(());
    }
    let (code, word) =
        if window.begins_after(end) { ("E2023", "before") } else { ("E2024", "after") };
    let message = format!(
        "Period: `{}` is {word} the open period of attribute option combo: `{}`",
        key.pe, key.aoc
    );
    Err(refused(code, message))
}

fn save(world: &World, parameters: &Parameters, user: &User, now: i64) -> Answer {
    let checked = check(world, parameters, user, now)?;
    let Checked { key, element, period, .. } = &checked;
    if let Some(text) = &parameters.value {
        let kind = element.text("valueType").unwrap_or("TEXT");
        if value::problem(element, text).is_some() {
            let message = format!("Data value must match data element value type: `{kind}`");
            return Ok(refused("E2030", message));
        }
        if !text.trim().is_empty()
            && let Some(set) = value::foreign_option(&world.meta, element, text)
        {
            let message =
                format!("Data value is not a valid option of the data element option set: `{set}`");
            return Ok(refused("E2029", message));
        }
    }
    let comment = parameters.comment.as_deref().unwrap_or("");
    if comment.chars().count() > COMMENT_CHARS_MAX {
        return Ok(refused("E2028", "Comment is invalid: comment_too_long".to_owned()));
    }
    let existing = values::load(&world.db, key)?;
    let living = existing.as_ref().filter(|value| !value.deleted);
    let zero =
        parameters.value.as_deref().is_some_and(|text| value::is_dropped_zero(element, text));
    if zero && living.is_none() {
        return Ok(Response::empty(201));
    }
    let old = living.cloned();
    let text =
        parameters.value.clone().map(|text| value::aggregate(element, &text, world.version.minor));
    let kept = |old: Option<&Stored>, part: fn(&Stored) -> Option<String>| old.and_then(part);
    let mut fresh = Stored {
        value: text.or_else(|| kept(old.as_ref(), |old| old.value.clone())),
        comment: parameters
            .comment
            .clone()
            .or_else(|| kept(old.as_ref(), |old| old.comment.clone())),
        followup: old.as_ref().is_some_and(|old| old.followup),
        stored_by: Some(user.username.clone()),
        created: existing.as_ref().map_or(now, |existing| existing.created),
        updated: now,
        deleted: zero,
    };
    if let Some(flag) = parameters.follow_up {
        // Up to 2.42 the parameter turns the mark round instead of setting it (capture a005i).
        fresh.followup = if world.version.group_semantics() { flag } else { !fresh.followup };
    }
    values::store(&world.db, key, &fresh, period::days(period))?;
    Ok(Response::empty(201))
}

fn delete(world: &World, parameters: &Parameters, user: &User, now: i64) -> Answer {
    let checked = check(world, parameters, user, now)?;
    let existing = values::load(&world.db, checked.key)?.filter(|value| !value.deleted);
    let Some(existing) = existing else {
        let message = "Data value cannot be deleted because it does not exist";
        return Ok(Response::error(409, message));
    };
    let buried =
        Stored { deleted: true, updated: now, stored_by: Some(user.username.clone()), ..existing };
    values::store(&world.db, checked.key, &buried, period::days(&checked.period))?;
    Ok(Response::empty(204))
}

fn get(world: &World, parameters: &Parameters, user: &User) -> Answer {
    let Some(key) = &parameters.key else { return Ok(Response::error(400, "No data value.")) };
    let element = world.meta.get("dataElements", &key.de);
    if element.is_none_or(|element| !user.can_read(element)) {
        let message = format!("Data element not found or not accessible: `{}`", key.de);
        return Ok(refused("E1100", message));
    }
    let stored = values::load(&world.db, key)?.filter(|value| !value.deleted);
    Ok(match stored {
        Some(stored) => Response::json(json!([stored.value])),
        None if world.version.group_semantics() => {
            Response::coded(404, "E1005", "Data value does not exist")
        }
        None => Response::error(409, "Data value does not exist"),
    })
}

fn follow_up(world: &World, items: &[Value], now: i64) -> Answer {
    for item in items {
        let text = |key: &str| scalar(item.get(key));
        let combo = |key: &str| text(key).unwrap_or_else(|| super::DEFAULT_COMBO.to_owned());
        let flag = item.get("followup").and_then(Value::as_bool);
        let Some(flag) = flag else {
            return Ok(Response::coded(409, "E2033", "Follow-up must be specified"));
        };
        let changed = world.db.execute(
            "UPDATE data_value SET followup = ?1, updated = ?2 WHERE ou = ?3 AND pe = ?4 \
             AND de = ?5 AND coc = ?6 AND aoc = ?7 AND deleted = 0",
            params![
                flag,
                now,
                text("orgUnit"),
                text("period"),
                text("dataElement"),
                combo("categoryOptionCombo"),
                combo("attributeOptionCombo"),
            ],
        )?;
        if changed == 0 {
            return Ok(Response::coded(409, "E2032", "Data value does not exist"));
        }
    }
    Ok(Response::empty(200))
}
