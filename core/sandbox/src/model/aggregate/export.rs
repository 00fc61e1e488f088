//! `GET /api/dataValueSets` (captures 60 to 66, a005 to a006).

use rusqlite::types::Value as SqlValue;
use serde_json::{Value, json};

use super::check::element_ids;
use crate::db::{Scratch, fill};
use crate::model::Answer;
use crate::model::http::{Query, Request, Response};
use crate::model::meta::access::User;
use crate::model::period::Period;
use crate::model::time::day_of;
use crate::model::world::World;

/// Answers the request.
///
/// # Errors
/// The 400 and 409 for missing or unreadable parameters; a failing store.
pub fn get(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let elements = elements(world, query, user)?;
    let (units, refused) = units(world, query, user)?;
    if refused {
        // An organisation unit outside the user's view: 200 and not one byte (capture a006i).
        return Ok(Response::empty(200));
    }
    let (condition, values) = condition(world, query, now)?;
    fill(&world.db, Scratch::Wanted, elements.iter().map(String::as_str))?;
    fill(&world.db, Scratch::Scope, units.iter().map(String::as_str))?;
    let mut sql = String::from(
        "SELECT de, pe, ou, coc, aoc, value, stored_by, created, updated, comment, followup, \
         deleted FROM data_value WHERE ou IN scope AND de IN wanted",
    );
    sql.push_str(&condition);
    if !query.flag("includeDeleted") {
        sql.push_str(" AND deleted = 0");
    }
    let combos: Vec<&str> = query.list("attributeOptionCombo");
    if !combos.is_empty() {
        let marks = vec!["?"; combos.len()].join(",");
        sql.push_str(&format!(" AND aoc IN ({marks})"));
    }
    sql.push_str(" ORDER BY pe_start, pe_end, created");
    let mut values = values;
    values.extend(combos.into_iter().map(|id| SqlValue::from(id.to_owned())));
    if let Some(limit) = query.get("limit").and_then(|limit| limit.parse::<i64>().ok()) {
        sql.push_str(" LIMIT ?");
        values.push(SqlValue::from(limit.max(0)));
    }
    let mut statement = world.db.prepare_cached(&sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(values), |row| {
        let mut value = json!({
            "dataElement": row.get::<_, String>(0)?, "period": row.get::<_, String>(1)?,
            "orgUnit": row.get::<_, String>(2)?,
            "categoryOptionCombo": row.get::<_, String>(3)?,
            "attributeOptionCombo": row.get::<_, String>(4)?,
            "value": row.get::<_, Option<String>>(5)?,
            "storedBy": row.get::<_, Option<String>>(6)?,
            "created": world.zone.offset(row.get(7)?),
            "lastUpdated": world.zone.offset(row.get(8)?),
            "comment": row.get::<_, Option<String>>(9)?, "followup": row.get::<_, bool>(10)?,
        });
        if row.get(11)? {
            value["deleted"] = json!(true);
        }
        Ok(value)
    })?;
    let values = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut set = header(world, query)?;
    set["dataValues"] = Value::Array(values);
    Ok(Response::json(set))
}

fn refusal(code: &str, message: &str) -> Response {
    Response::coded(409, code, message)
}

fn elements(world: &World, query: &Query, user: &User) -> Result<Vec<String>, Response> {
    let mut elements: Vec<String> = Vec::new();
    for id in query.list("dataSet") {
        let set = world.meta.get("dataSets", id).filter(|set| user.can_read(set));
        elements.extend(set.into_iter().flat_map(|set| element_ids(set).map(str::to_owned)));
    }
    for id in query.list("dataElementGroup") {
        let group = world.meta.get("dataElementGroups", id).filter(|group| user.can_read(group));
        let members = group.into_iter().flat_map(|group| group.references("dataElements"));
        elements.extend(members.map(str::to_owned));
    }
    for id in query.list("dataElement") {
        let element = world.meta.get("dataElements", id).filter(|e| user.can_read(e));
        elements.extend(element.map(|element| element.id.clone()));
    }
    if elements.is_empty() {
        let message = "At least one data element, data set or data element group must be specified";
        return Err(refusal("E2001", message));
    }
    Ok(elements)
}

/// The organisation units, and whether one of them lies outside what the user may view.
fn units(world: &World, query: &Query, user: &User) -> Result<(Vec<String>, bool), Response> {
    let mut asked: Vec<String> = query.list("orgUnit").into_iter().map(str::to_owned).collect();
    for id in query.list("orgUnitGroup") {
        let group = world.meta.get("organisationUnitGroups", id);
        let members = group.into_iter().flat_map(|group| group.references("organisationUnits"));
        asked.extend(members.map(str::to_owned));
    }
    asked.retain(|id| world.meta.get("organisationUnits", id).is_some());
    if asked.is_empty() {
        let message = "At least one organisation unit or organisation unit group must be specified";
        return Err(refusal("E2006", message));
    }
    let seen = |id: &String| world.meta.within(id, &user.view) || user.is_super();
    if !asked.iter().all(seen) {
        return Ok((Vec::new(), true));
    }
    if query.flag("children") {
        asked = asked.iter().flat_map(|id| world.meta.subtree(id)).collect();
    }
    Ok((asked, false))
}

/// The time part of the query as SQL with its values.
fn condition(world: &World, query: &Query, now: i64) -> Result<(String, Vec<SqlValue>), Response> {
    let mut sql = String::new();
    let mut values = Vec::new();
    let periods: Vec<&str> = query.list("period");
    let range = (query.get("startDate"), query.get("endDate"));
    let mut found = false;
    if !periods.is_empty() {
        let marks = vec!["?"; periods.len()].join(",");
        sql.push_str(&format!(" AND pe IN ({marks})"));
        let ids =
            periods.iter().map(|id| Period::parse(id).map_or((*id).to_owned(), |p| p.to_string()));
        values.extend(ids.map(SqlValue::from));
        found = true;
    } else if let (Some(start), Some(end)) = range {
        let (start, end) = (date(start, "startDate")?, date(end, "endDate")?);
        if start > end {
            let message = format!("Start date must be before end date: `{start}`, `{end}`");
            return Err(refusal("E2004", &message));
        }
        sql.push_str(" AND pe_start >= ? AND pe_end <= ?");
        values.extend([SqlValue::from(start), SqlValue::from(end)]);
        found = true;
    }
    let since = match (query.get("lastUpdated"), query.get("lastUpdatedDuration")) {
        (Some(text), _) => {
            Some(world.zone.parse_time(text).ok_or_else(|| bad_date(text, "lastUpdated"))?)
        }
        (None, Some(text)) => {
            let length = duration_ms(text)
                .ok_or_else(|| refusal("E2005", "Duration is not valid: `{0}`"))?;
            Some(now.saturating_sub(length))
        }
        (None, None) => None,
    };
    if let Some(since) = since {
        // Inclusive to the second, as bulk writes keep no milliseconds.
        sql.push_str(" AND updated >= ?");
        values.push(SqlValue::from(since - since.rem_euclid(1_000)));
    } else if !found {
        let message = "At least one period, start/end dates, last updated or last updated \
                       duration must be specified";
        return Err(refusal("E2002", message));
    }
    Ok((sql, values))
}

fn bad_date(text: &str, name: &str) -> Response {
    let message =
        format!("Value '{text}' is not valid for parameter {name}. Invalid format: \"{text}\"");
    Response::error(400, &message)
}

fn date(text: &str, name: &str) -> Result<i64, Response> {
    day_of(text.get(..10).unwrap_or(text)).ok_or_else(|| bad_date(text, name))
}

/// `10m`, `2d`, `1h`, `30s` in milliseconds.
pub fn duration_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let unit_ms = match unit {
        'd' => 86_400_000,
        'h' => 3_600_000,
        'm' => 60_000,
        's' => 1_000,
        _ => return None,
    };
    number.checked_mul(unit_ms)
}

/// One data set, one period, one organisation unit: the header is filled in (capture a005b).
fn header(world: &World, query: &Query) -> rusqlite::Result<Value> {
    let one = |name: &str| {
        let values = query.list(name);
        (values.len() == 1).then(|| values[0].to_owned())
    };
    let parts = (one("dataSet"), one("period"), one("orgUnit"));
    let (Some(ds), Some(pe), Some(ou)) = parts else { return Ok(json!({})) };
    if query.flag("children") {
        return Ok(json!({}));
    }
    let aoc = one("attributeOptionCombo").unwrap_or_else(|| super::DEFAULT_COMBO.to_owned());
    let date = super::complete::date_of(world, &ds, &pe, &ou, &aoc)?;
    let complete = date.map(|date| world.zone.offset(date));
    Ok(json!({"dataSet": ds, "completeDate": complete, "period": pe, "orgUnit": ou}))
}
