//! When data may no longer, or not yet, be entered: expiry, lock exceptions, input periods, option
//! dates.
//!
//! Rules of servers up to 2.42 (wire reference 2.3; captures a001, a002, a007).

use rusqlite::params;
use serde_json::{Value, json};

use crate::model::Answer;
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::list::number;
use crate::model::meta::store::Object;
use crate::model::period::{self, Period};
use crate::model::time::DAY_MS;
use crate::model::world::World;

/// Whether a data set has expired for a period and place.
pub fn is_expired(
    world: &World,
    user: &User,
    set: &Object,
    period: &Period,
    ou: &str,
    now: i64,
) -> bool {
    let days = set.member("expiryDays").and_then(Value::as_f64).unwrap_or(0.0);
    if days <= 0.0 || user.may("F_EDIT_EXPIRED") && !user.is_super() {
        return false;
    }
    let (_, end) = period::days(period);
    let late_ms = (days * DAY_MS as f64) as i64;
    let open_until = world.zone.start_of_day(end + 1).saturating_add(late_ms);
    now > open_until && !has_exception(world, &set.id, &period.to_string(), ou)
}

fn has_exception(world: &World, ds: &str, pe: &str, ou: &str) -> bool {
    let sql = "SELECT 1 FROM lock_exception WHERE ds = ? AND pe = ? AND ou = ?";
    let statement = world.db.prepare_cached(sql);
    statement.and_then(|mut statement| statement.exists([ds, pe, ou])).unwrap_or(false)
}

/// Whether the input periods of a data set let values in; a set without any always does.
pub fn input_period_open(world: &World, set: &Object, pe: &str, now: i64) -> bool {
    let periods = set.items("dataInputPeriods");
    let time = |item: &Value, key: &str| {
        item.get(key).and_then(Value::as_str).and_then(|text| world.zone.parse_time(text))
    };
    let open = |item: &&Value| {
        item.get("period").and_then(|p| p.get("id")).and_then(Value::as_str) == Some(pe)
            && time(item, "openingDate").is_none_or(|opening| opening <= now)
            && time(item, "closingDate").is_none_or(|closing| now <= closing)
    };
    periods.is_empty() || periods.iter().any(|item| open(&item))
}

/// When and where an attribute option combo may be used.
#[derive(Debug, Clone, Default)]
pub struct ComboWindow {
    start: Option<i64>,
    end: Option<i64>,
    units: Vec<Vec<String>>,
}

/// The window of an option combo: the intersection of its options' dates and places.
pub fn combo_window(world: &World, combo: &str, set: Option<&Object>) -> ComboWindow {
    let mut window = ComboWindow::default();
    let Some(combo) = world.meta.get("categoryOptionCombos", combo) else { return window };
    for option in combo.references("categoryOptions") {
        let Some(option) = world.meta.get("categoryOptions", option) else { continue };
        let day = |key: &str| {
            option
                .text(key)
                .and_then(|text| world.zone.parse_time(text))
                .map(|time| world.zone.day_number(time))
        };
        window.start = window.start.max(day("startDate"));
        window.end = match (window.end, day("endDate")) {
            (Some(known), Some(day)) => Some(known.min(day)),
            (known, day) => known.or(day),
        };
        let units = option.references("organisationUnits");
        if !units.is_empty() {
            window.units.push(units.into_iter().map(str::to_owned).collect());
        }
    }
    // Some data sets stay open for so many periods after the end of an option.
    let extra = set.map_or(0, |set| set.integer("openPeriodsAfterCoEndDate"));
    let kind = set.and_then(|set| set.text("periodType"));
    let kind = kind.and_then(|name| period::PeriodType::parse(name).ok());
    if let (Some(end), Some(kind), 1..) = (window.end, kind, extra) {
        let last = kind.containing(period::date_of(end));
        let last = last.and_then(|last| last.forward(i32::try_from(extra).unwrap_or(0)));
        window.end = last.map_or(window.end, |last| Some(period::days(&last).1));
    }
    window
}

impl ComboWindow {
    /// Whether a period (first and last day) touches the window.
    pub fn holds(&self, start: i64, end: i64) -> bool {
        self.start.is_none_or(|first| first <= end) && self.end.is_none_or(|last| last >= start)
    }

    /// Whether the window begins after the last day.
    pub fn begins_after(&self, end: i64) -> bool {
        self.start.is_some_and(|first| first > end)
    }

    /// Whether an organisation unit belongs to it.
    pub fn covers(&self, world: &World, ou: &str) -> bool {
        self.units.iter().all(|units| world.meta.within(ou, units))
    }
}

/// `/api/lockExceptions` (captures a002d to a002j).
///
/// # Errors
/// Only when the store fails.
pub fn exceptions(
    world: &World,
    request: &Request,
    user: &User,
    rest: &[&str],
    now: i64,
) -> Answer {
    let query = &request.query;
    let (ds, pe) = (query.get("ds").unwrap_or(""), query.get("pe").unwrap_or(""));
    let units: Vec<&str> = query.list("ou");
    let forbidden = || {
        let message = "You don't have the proper permissions to update this object";
        Ok(Response::coded(403, "E1006", message))
    };
    match (request.method.as_str(), rest) {
        ("GET", []) => list(world, request),
        ("GET", ["combinations"]) => combinations(world),
        ("POST", []) => {
            let set = world.meta.get("dataSets", ds);
            if set.is_none() || Period::parse(pe).is_err() || units.is_empty() {
                let message = "Can't find DataSet, Period or OrganisationUnit";
                return Ok(Response::error(409, message));
            }
            let may = user.may("F_LOCK_EXCEPTION_PUBLIC_ADD")
                && set.is_some_and(|set| user.can_write(set) || user.can_write_data(set));
            if !may {
                return forbidden();
            }
            for ou in units {
                let sql = "INSERT OR IGNORE INTO lock_exception(ds, pe, ou, created) \
                           VALUES(?,?,?,?)";
                world.db.execute(sql, params![ds, pe, ou, now])?;
            }
            let message = "LockException created successfully.";
            Ok(Response::enveloped(201, "OK", Some(message), None))
        }
        ("DELETE", []) => {
            if !user.may("F_LOCK_EXCEPTION_DELETE") {
                return forbidden();
            }
            let sql = "DELETE FROM lock_exception \
                       WHERE ds = ?1 AND pe = ?2 AND (?3 IS NULL OR ou = ?3)";
            world.db.execute(sql, params![ds, pe, query.get("ou")])?;
            Ok(Response::empty(204))
        }
        _ => Ok(Response::error(405, "Request method is not supported")),
    }
}

fn list(world: &World, request: &Request) -> Answer {
    let sql = "SELECT id, ds, pe, ou, created FROM lock_exception ORDER BY id";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (ds, pe): (String, String) = (row.get(1)?, row.get(2)?);
        let ou: String = row.get(3)?;
        let unit = world.meta.get("organisationUnits", &ou).map_or("", |ou| ou.name());
        Ok(json!({
            "created": world.zone.local(row.get(4)?),
            "name": format!("{} ({unit}, {})", set_name(world, &ds), period_name(&pe)),
            "id": row.get::<_, i64>(0)?.to_string(), "period": {"id": pe},
            "organisationUnit": {"id": ou}, "dataSet": {"id": ds},
        }))
    })?;
    let exceptions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let size = number(&request.query, "pageSize", crate::limits::PAGE_SIZE_DEFAULT)?;
    let pager = json!({"page": 1, "pageCount": 1, "total": exceptions.len(), "pageSize": size});
    Ok(Response::json(json!({"pager": pager, "lockExceptions": exceptions})))
}

fn combinations(world: &World) -> Answer {
    let sql = "SELECT DISTINCT ds, pe FROM lock_exception ORDER BY ds, pe";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (ds, pe): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(json!({
            "name": format!("{} ({})", set_name(world, &ds), period_name(&pe)), "id": "0",
            "period": {"id": pe}, "dataSet": {"id": ds},
        }))
    })?;
    let combinations = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Response::json(json!({"lockExceptions": combinations})))
}

/// `/api/dataEntry/lockExceptions` (capture a002g): the short form.
///
/// # Errors
/// Only when the store fails.
pub fn entry_exceptions(world: &World) -> Answer {
    let sql = "SELECT ds, pe, ou FROM lock_exception ORDER BY ds, pe, ou";
    let mut statement = world.db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (ds, pe, ou): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(json!({"period": pe, "orgUnit": ou, "dataSet": ds}))
    })?;
    let exceptions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Response::json(json!({"lockExceptions": exceptions})))
}

fn set_name<'a>(world: &'a World, id: &str) -> &'a str {
    world.meta.get("dataSets", id).map_or("", |set| set.name())
}

/// `September 2026` for a month, the id for everything else.
fn period_name(id: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = id.get(4..).and_then(|month| month.parse::<usize>().ok());
    match (id.len(), month.and_then(|month| MONTHS.get(month.wrapping_sub(1)))) {
        (6, Some(month)) => format!("{month} {}", id.get(..4).unwrap_or("")),
        _ => id.to_owned(),
    }
}
