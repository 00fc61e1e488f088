//! Complete data set registrations (captures 70 to 73, a003 to a004, a007k to a007o).

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::DEFAULT_COMBO;
use super::check::Checker;
use super::import::{CompletionDate, Header};
use super::report::{Conflict, Summary, options};
use crate::db::{Scratch, fill};
use crate::model::Answer;
use crate::model::approval;
use crate::model::http::{Request, Response, scalar};
use crate::model::meta::access::User;
use crate::model::period::{self, Period};
use crate::model::time::day_of;
use crate::model::world::World;

/// `GET`, `POST` and `DELETE /api/completeDataSetRegistrations`.
///
/// # Errors
/// Only when the store fails.
pub fn registrations(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    match request.method.as_str() {
        "GET" => get(world, request, user, now),
        "POST" => post(world, request, user, now),
        "DELETE" => delete(world, request, user),
        other => Ok(Response::error(405, &format!("Request method '{other}' is not supported"))),
    }
}

struct Registration {
    ds: String,
    pe: String,
    ou: String,
    aoc: String,
    date: Option<i64>,
    stored_by: Option<String>,
    completed: bool,
}

fn read(world: &World, item: &Value) -> Registration {
    let member = |key: &str| scalar(item.get(key)).unwrap_or_default();
    let aoc = Some(member("attributeOptionCombo")).filter(|id| !id.is_empty());
    Registration {
        ds: member("dataSet"),
        pe: member("period"),
        ou: member("organisationUnit"),
        aoc: aoc.unwrap_or_else(|| DEFAULT_COMBO.to_owned()),
        date: item.get("date").and_then(Value::as_str).and_then(|t| world.zone.parse_time(t)),
        stored_by: scalar(item.get("storedBy")),
        completed: item.get("completed").and_then(Value::as_bool).unwrap_or(true),
    }
}

fn post(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let body = request.json()?;
    let empty = Vec::new();
    let items =
        body.get("completeDataSetRegistrations").and_then(Value::as_array).unwrap_or(&empty);
    let mut summary =
        Summary { description: "Import process complete.".into(), ..Summary::default() };
    let delete = request.query.get("importStrategy") == Some("DELETE");
    let mut checker = Checker::new(world, user, &request.query, now);
    for item in items {
        let registration = read(world, item);
        let conflicts = conflicts(world, user, &mut checker, &registration)?;
        if !conflicts.is_empty() {
            summary.counts.ignored += 1;
            summary.conflicts.extend(conflicts);
            continue;
        }
        let known = date_of_any(world, &registration)?.is_some();
        match (delete, known) {
            (true, true) => summary.counts.deleted += 1,
            (true, false) => summary.counts.ignored += 1,
            // Told again it counts as updated, never as ignored (capture a004h).
            (false, true) => summary.counts.updated += 1,
            (false, false) => summary.counts.imported += 1,
        }
        if !request.query.flag("dryRun") {
            if delete {
                remove(world, &registration)?
            } else {
                store(world, &registration, user, now)?
            }
        }
    }
    // Only when nothing at all went in does the whole fail (capture a004).
    let none = summary.counts.imported + summary.counts.updated + summary.counts.deleted == 0;
    let refused = !summary.conflicts.is_empty();
    let word = if none && refused { "ERROR" } else { "SUCCESS" };
    let mut report = summary.render(Some(options(&request.query)), &world.version);
    report["status"] = json!(word);
    report["rejectedIndexes"] = json!([]);
    Ok(if word == "ERROR" {
        let message = "An error occurred, please check import summary.";
        Response::enveloped(409, "ERROR", Some(message), Some(report))
    } else {
        Response::ok(Some("Import was successful."), Some(report))
    })
}

fn conflict(object: &str, text: &str) -> Conflict {
    Conflict::new("", None, vec![("", object.to_owned())], text.to_owned())
}

fn conflicts(
    world: &World,
    user: &User,
    checker: &mut Checker<'_>,
    registration: &Registration,
) -> rusqlite::Result<Vec<Conflict>> {
    let one = |object: &str, text: &str| Ok(vec![conflict(object, text)]);
    let set = world.meta.get("dataSets", &registration.ds).filter(|set| user.can_read(set));
    let Some(set) = set else {
        return one(&registration.ds, "Data set not found or not accessible");
    };
    if checker.period(&registration.pe).is_none() {
        return one(&registration.pe, "Period not valid");
    }
    let ou = registration.ou.as_str();
    if world.meta.get("organisationUnits", ou).is_none() {
        return one(ou, "Organisation unit not found or not accessible");
    }
    if checker.writable_combo(&registration.aoc).is_none() {
        return one(&registration.aoc, "Attribute option combo not found or not accessible");
    }
    if !world.meta.within(ou, &user.capture) {
        let text = format!("Organisation unit is not in hierarchy of user: {}", user.username);
        return one(ou, &text);
    }
    if !set.flag("compulsoryFieldsCompleteOnly") || !registration.completed {
        return Ok(Vec::new());
    }
    let missing = missing(world, registration)?;
    let conflicts = missing.iter().map(|name| {
        conflict("dataElementOperand", &format!("{name} needs to be filled. It is compulsory."))
    });
    Ok(conflicts.collect())
}

/// Names of the compulsory elements without a value.
fn missing(world: &World, registration: &Registration) -> rusqlite::Result<Vec<String>> {
    let Some(set) = world.meta.get("dataSets", &registration.ds) else { return Ok(Vec::new()) };
    let sql = "SELECT 1 FROM data_value WHERE ou = ? AND pe = ? AND de = ? AND aoc = ? \
               AND (?5 IS NULL OR coc = ?5) AND deleted = 0";
    let mut statement = world.db.prepare_cached(sql)?;
    let mut missing = Vec::new();
    for operand in set.items("compulsoryDataElementOperands") {
        let id = |key: &str| operand.get(key).and_then(|v| v.get("id")).and_then(Value::as_str);
        let Some(element) = id("dataElement") else { continue };
        let row = params![
            registration.ou,
            registration.pe,
            element,
            registration.aoc,
            id("categoryOptionCombo"),
        ];
        if !statement.exists(row)? {
            let name = world.meta.get("dataElements", element).map_or(element, |e| e.name());
            missing.push(name.to_owned());
        }
    }
    Ok(missing)
}

fn store(
    world: &World,
    registration: &Registration,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let days = Period::parse(&registration.pe).map_or((0, 0), |period| period::days(&period));
    let stored_by = registration.stored_by.as_deref().unwrap_or(&user.username);
    world.db.execute(
        "INSERT INTO completion(ds, pe, ou, aoc, date, stored_by, last_updated_by, completed, \
           created, updated, pe_start, pe_end) \
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11) \
         ON CONFLICT(ds, pe, ou, aoc) DO UPDATE SET date = ?5, stored_by = ?6, \
           last_updated_by = ?7, completed = ?8, updated = ?9",
        params![
            registration.ds,
            registration.pe,
            registration.ou,
            registration.aoc,
            registration.date.unwrap_or(now - now.rem_euclid(1_000)),
            stored_by,
            user.username,
            registration.completed,
            now,
            days.0,
            days.1,
        ],
    )?;
    Ok(())
}

/// Completes a set whose payload of values carried a `completeDate`.
///
/// # Errors
/// Only when the store fails.
pub fn register(
    world: &World,
    header: &Header,
    date: &CompletionDate,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let parts = (&header.data_set, &header.period, &header.org_unit);
    let (Some(ds), Some(pe), Some(ou)) = parts else { return Ok(()) };
    let registration = Registration {
        ds: ds.clone(),
        pe: pe.clone(),
        ou: ou.clone(),
        aoc: header.aoc.clone().unwrap_or_else(|| DEFAULT_COMBO.to_owned()),
        date: Some(date.ms),
        stored_by: None,
        completed: true,
    };
    store(world, &registration, user, now)
}

fn date_of_any(world: &World, registration: &Registration) -> rusqlite::Result<Option<i64>> {
    let Registration { ds, pe, ou, aoc, .. } = registration;
    let sql = "SELECT date FROM completion WHERE ds = ? AND pe = ? AND ou = ? AND aoc = ?";
    world.db.prepare_cached(sql)?.query_row([ds, pe, ou, aoc], |row| row.get(0)).optional()
}

/// The day on which a slice was completed, if it still is.
///
/// # Errors
/// Only when the store fails.
pub fn date_of(
    world: &World,
    ds: &str,
    pe: &str,
    ou: &str,
    aoc: &str,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT date FROM completion \
               WHERE ds = ? AND pe = ? AND ou = ? AND aoc = ? AND completed = 1";
    world.db.prepare_cached(sql)?.query_row([ds, pe, ou, aoc], |row| row.get(0)).optional()
}

fn remove(world: &World, registration: &Registration) -> rusqlite::Result<()> {
    let Registration { ds, pe, ou, aoc, .. } = registration;
    let sql = "DELETE FROM completion WHERE ds = ? AND pe = ? AND ou = ? AND aoc = ?";
    world.db.execute(sql, [ds, pe, ou, aoc]).map(|_| ())
}

fn delete(world: &World, request: &Request, user: &User) -> Answer {
    let query = &request.query;
    let periods = query.list("pe");
    let Some(ou) = query.get("ou") else {
        return Ok(Response::error(400, "Required parameter 'ou' is not present."));
    };
    if !world.meta.within(ou, &user.capture) {
        let message = format!("Organisation unit is not in the hierarchy of the user: `{ou}`");
        return Ok(Response::coded(409, "E2020", &message));
    }
    let aoc = combo_of_options(world, query.get("cc"), query.get("cp"));
    let units = if query.flag("multiOu") { world.meta.subtree(ou) } else { vec![ou.to_owned()] };
    for ds in query.list("ds") {
        if world.meta.get("dataSets", ds).is_none() {
            let message = format!("Illegal data set identifier in this list: {ds}");
            return Ok(Response::error(409, &message));
        }
        let set = world.meta.get("dataSets", ds);
        for (pe, ou) in periods.iter().flat_map(|pe| units.iter().map(move |ou| (pe, ou))) {
            let approved = |set| approval::is_approved(world, set, pe, ou, &aoc);
            if set.map_or(Ok(false), |set| approved(set.as_ref()))? {
                let message = format!("Locked Data set(s) : {ds}");
                return Ok(Response::error(409, &message));
            }
        }
        for (pe, ou) in periods.iter().flat_map(|pe| units.iter().map(move |ou| (pe, ou))) {
            let sql = "DELETE FROM completion WHERE ds = ? AND pe = ? AND ou = ? AND aoc = ?";
            world.db.execute(sql, [ds, pe, ou.as_str(), &aoc])?;
        }
    }
    Ok(Response::empty(204))
}

/// The attribute option combo that `cc` and `cp` (`option;option`) name; the default one otherwise.
pub fn combo_of_options(world: &World, combo: Option<&str>, options: Option<&str>) -> String {
    let (Some(combo), Some(options)) = (combo, options) else { return DEFAULT_COMBO.to_owned() };
    let wanted: Vec<&str> = options.split([';', ',']).filter(|id| !id.is_empty()).collect();
    let combos = world.meta.children("categoryCombos", "categoryOptionCombos", combo).iter();
    let mut matching = combos.filter(|candidate| {
        let own = candidate.references("categoryOptions");
        own.len() == wanted.len() && wanted.iter().all(|id| own.contains(id))
    });
    matching.next().map_or_else(|| DEFAULT_COMBO.to_owned(), |combo| combo.id.clone())
}

fn get(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let mut units: Vec<String> = query.list("orgUnit").into_iter().map(str::to_owned).collect();
    for ou in &units {
        if !world.meta.within(ou, &user.capture) && !user.is_super() {
            let message = format!("User is not allowed to view org unit: `{ou}`");
            return Ok(Response::coded(409, "E2012", &message));
        }
    }
    if units.is_empty() {
        let message = "At least one organisation unit or organisation unit group must be specified";
        return Ok(Response::coded(409, "E2006", message));
    }
    if query.flag("children") {
        units = units.iter().flat_map(|ou| world.meta.subtree(ou)).collect();
    }
    let sets = query.list("dataSet");
    if sets.is_empty() {
        return Ok(Response::coded(409, "E2013", "At least one data set must be specified"));
    }
    fill(&world.db, Scratch::Scope, units.iter().map(String::as_str))?;
    fill(&world.db, Scratch::Wanted, sets)?;
    let periods = query.list("period");
    let range = |name: &str| query.get(name).and_then(|date| day_of(date.get(..10)?));
    let since = query.get("created").and_then(|text| world.zone.parse_time(text)).or_else(|| {
        let length = super::export::duration_ms(query.get("createdDuration")?)?;
        Some(now.saturating_sub(length))
    });
    let sql = "SELECT ds, pe, ou, aoc, date, stored_by, completed FROM completion \
               WHERE ds IN wanted AND ou IN scope AND pe_start >= ?1 AND pe_end <= ?2 \
               AND created >= ?3 ORDER BY created";
    let mut statement = world.db.prepare_cached(sql)?;
    let row = params![
        range("startDate").unwrap_or(i64::MIN),
        range("endDate").unwrap_or(i64::MAX),
        since.unwrap_or(i64::MIN),
    ];
    let rows = statement.query_map(row, |row| {
        Ok(json!({
            "period": row.get::<_, String>(1)?, "dataSet": row.get::<_, String>(0)?,
            "organisationUnit": row.get::<_, String>(2)?,
            "attributeOptionCombo": row.get::<_, String>(3)?,
            "date": world.zone.day(row.get(4)?),
            "storedBy": row.get::<_, Option<String>>(5)?, "completed": row.get::<_, bool>(6)?,
        }))
    })?;
    let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    found.retain(|row| periods.is_empty() || periods.iter().any(|period| row["period"] == *period));
    if let Some(limit) = query.get("limit").and_then(|limit| limit.parse().ok()) {
        found.truncate(limit);
    }
    if found.is_empty() {
        return Ok(Response::json(json!({})));
    }
    Ok(Response::json(json!({"completeDataSetRegistrations": found})))
}
