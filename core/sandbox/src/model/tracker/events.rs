//! `GET /api/tracker/events[/{uid}]` (captures 174 to 198c, t006 to t011, p004).

use rusqlite::types::Value as SqlValue;

use super::access;
use super::event::{self, Event};
use super::operators::{self, Filter};
use super::page::{Listed, Page, bad};
use super::query::{self, Search};
use super::show::{Place, Show};
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::fields::Fields;
use crate::model::meta::list::fields_of;
use crate::model::world::World;
use crate::model::{Answer, Refusal};

const DEFAULT_FIELDS: &str = "*,!relationships";

/// A living event that the user may see.
///
/// # Errors
/// Only when the store fails.
pub fn seen(world: &World, user: &User, uid: &str, now: i64) -> rusqlite::Result<Option<Event>> {
    let stored = event::load(&world.db, uid)?.filter(|event| !event.deleted);
    match stored {
        Some(event) if access::sees_event(world, user, &event, now)? => Ok(Some(event)),
        _ => Ok(None),
    }
}

/// `GET /api/tracker/events/{uid}`.
///
/// # Errors
/// Only when the store fails.
pub fn one(world: &World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let Some(event) = seen(world, user, uid, now)? else {
        return Ok(Response::not_found("Event", uid));
    };
    let show = Show { world, user, now, with_deleted: false };
    let fields = fields_of(&request.query, DEFAULT_FIELDS);
    Ok(Response::json(show.event(&event, &fields, Place::Own)?))
}

/// `GET /api/tracker/events`.
///
/// # Errors
/// The 400 and 403 for parameters that cannot be; a failing store.
pub fn list(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let page = Page::of(query, world.version.flat_paging())?;
    let mut search = Search::new(world, query, user, now);
    conditions(&mut search)?;
    let filters = operators::parse(query.all("filter"))?;
    let with_deleted = query.flag("includeDeleted");
    let show = Show { world, user, now, with_deleted };
    let fields = fields_of(query, DEFAULT_FIELDS);
    let mut elements = Vec::new();
    let order = query::order(query, "v.seq DESC", |name| column(world, name, &mut elements))?;
    let found = match filters.as_slice() {
        [] => search.page("v.uid", "event v", &order, &page)?,
        filters => {
            let all = Page { page: 1, size: None, total: false };
            let all = search.page("v.uid", "event v", &order, &all)?;
            filtered(world, &all.uids, filters, &page)?
        }
    };
    let objects = shown(world, &show, &fields, &found.uids)?;
    let list = Listed { name: "events", objects, total: found.total, more: found.more };
    Ok(Response::json(page.envelope(world, request, list)))
}

fn shown(
    world: &World,
    show: &Show<'_>,
    fields: &Fields,
    uids: &[String],
) -> rusqlite::Result<serde_json::Value> {
    let mut shown = Vec::with_capacity(uids.len());
    for uid in uids {
        if let Some(event) = event::load(&world.db, uid)? {
            shown.push(show.event(&event, fields, Place::Own)?);
        }
    }
    Ok(serde_json::Value::Array(shown))
}

/// The page of the events whose values pass; values are not columns, so each event is read.
fn filtered(
    world: &World,
    uids: &[String],
    filters: &[Filter],
    page: &Page,
) -> rusqlite::Result<query::Found> {
    let mut found = query::Found { uids: Vec::new(), total: 0, more: false };
    for uid in uids {
        let Some(event) = event::load(&world.db, uid)? else { continue };
        let value = |item: &str| {
            event.values.iter().find(|value| value.element == item).map(|v| v.value.as_str())
        };
        if !filters.iter().all(|filter| filter.accepts(value(&filter.item))) {
            continue;
        }
        found.total += 1;
        if found.total <= page.start() {
            continue;
        }
        if page.wants(found.uids.len()) {
            found.uids.push(event.uid);
        } else {
            found.more = true;
            if !page.total {
                break;
            }
        }
    }
    Ok(found)
}

fn column(world: &World, name: &str, elements: &mut Vec<String>) -> Result<String, Response> {
    Ok(match name {
        "event" => "v.uid".to_owned(),
        "occurredAt" => "v.occurred".to_owned(),
        "scheduledAt" => "v.scheduled".to_owned(),
        "createdAt" => "v.seq".to_owned(),
        "updatedAt" => "v.updated".to_owned(),
        "status" => "v.status".to_owned(),
        "orgUnit" => "v.ou".to_owned(),
        "program" => "v.program".to_owned(),
        "programStage" => "v.stage".to_owned(),
        "enrollment" => "v.enrollment".to_owned(),
        "trackedEntity" => "v.te".to_owned(),
        "completedAt" => "json_extract(v.body, '$.completed')".to_owned(),
        "createdAtClient" => "json_extract(v.body, '$.created_client')".to_owned(),
        "updatedAtClient" => "json_extract(v.body, '$.updated_client')".to_owned(),
        "followup" | "followUp" => "json_extract(v.body, '$.follow_up')".to_owned(),
        other => {
            let Some(element) = world.meta.get("dataElements", other) else {
                return Err(bad(&format!("Cannot order by '{other}'.")));
            };
            elements.push(element.id.clone());
            format!(
                "(SELECT json_extract(x.value, '$.value') FROM json_each(v.body, '$.values') x \
                 WHERE json_extract(x.value, '$.element') = '{}')",
                element.id
            )
        }
    })
}

/// Which organisation units: the mode, or the default that goes with `orgUnit` (wire reference
/// 1.5).
fn scope(search: &mut Search<'_>) -> Result<(), Refusal> {
    let (world, query, user) = (search.world, search.query, search.user);
    let old = world.version.minor <= 40;
    let mode = query.get("orgUnitMode").or_else(|| query.get("ouMode").filter(|_| old));
    let unit = query.get("orgUnit");
    let mode = mode.unwrap_or(if unit.is_some() { "SELECTED" } else { "ACCESSIBLE" });
    let meta = &world.meta;
    if let Some(unit) = unit {
        if meta.get("organisationUnits", unit).is_none() {
            let message = format!("Organisation unit is specified but does not exist: {unit}");
            return Err(bad(&message).into());
        }
        if !access::in_search(world, user, unit) {
            let message = format!("Organisation unit is not part of your search scope: {unit}");
            return Err(Response::coded(403, "E1006", &message).into());
        }
    }
    let units = match (mode, unit) {
        ("SELECTED" | "CHILDREN" | "DESCENDANTS", None) => {
            let message = format!("orgUnit is required for orgUnitMode: {mode}");
            return Err(bad(&message).into());
        }
        ("ACCESSIBLE" | "CAPTURE" | "ALL", Some(_)) => {
            let message = format!("orgUnitMode {mode} cannot be used with orgUnits.");
            return Err(bad(&message).into());
        }
        ("SELECTED", Some(unit)) => vec![unit.to_owned()],
        ("CHILDREN", Some(unit)) => query::with_children(meta, unit),
        ("DESCENDANTS", Some(unit)) => meta.subtree(unit),
        ("CAPTURE", None) => user.capture.iter().flat_map(|ou| meta.subtree(ou)).collect(),
        ("ALL", None) if !user.is_super() => {
            let message = "User is not authorized to query across all organisation units";
            return Err(Response::coded(403, "E1006", message).into());
        }
        // What the user may read narrows it already.
        _ => return Ok(()),
    };
    search.within("v.ou", &units)?;
    Ok(())
}

fn conditions(search: &mut Search<'_>) -> Result<(), Refusal> {
    let (world, query, user) = (search.world, search.query, search.user);
    scope(search)?;
    let program = query::program(world, query, user)?;
    if let Some(program) = program {
        search.add("v.program = ?", program.id.clone());
    }
    if let Some(stage) = query.get("programStage") {
        if world.meta.get("programStages", stage).is_none() {
            let message = format!("Program stage is specified but does not exist: {stage}");
            return Err(bad(&message).into());
        }
        search.add("v.stage = ?", stage.to_owned());
    }
    search.readable("v.program", "v.te", "v.ou", program)?;
    hidden_stages(search);
    parents(search)?;
    status(search);
    assigned(search);
    search.times(&[
        ("occurredAfter", "v.occurred >= ?", false),
        ("occurredBefore", "v.occurred <= ?", true),
        ("scheduledAfter", "v.scheduled >= ?", false),
        ("scheduledBefore", "v.scheduled <= ?", true),
    ])?;
    search.updated("v.updated")?;
    for filter in operators::parse(query.all("filterAttributes"))? {
        let mut values: Vec<SqlValue> = Vec::new();
        let sql = filter.sql("v.te", false, &mut values);
        search.extend(&sql, values);
    }
    if !query.flag("includeDeleted") {
        search.also("v.deleted = 0");
    }
    let mut uids: Vec<&str> = query.list("events");
    if world.version.minor <= 41 {
        uids.extend(query.all("event").flat_map(|value| value.split(';')));
    }
    search.only("v.uid", &uids)?;
    Ok(())
}

fn hidden_stages(search: &mut Search<'_>) {
    let stages = search.world.meta.all("programStages").iter();
    let hidden = stages.filter(|stage| !access::reads(search.user, stage));
    let hidden: Vec<String> = hidden.map(|stage| format!("'{}'", stage.id)).collect();
    if !hidden.is_empty() {
        search.also(&format!("v.stage NOT IN ({})", hidden.join(",")));
    }
}

fn parents(search: &mut Search<'_>) -> Result<(), Refusal> {
    let query = search.query;
    if let Some(te) = query.get("trackedEntity") {
        search.add("v.te = ?", te.to_owned());
    }
    let enrollments = query.list("enrollments");
    let list: Vec<&str> = vec!["?"; enrollments.len()];
    if !enrollments.is_empty() {
        let values = enrollments.into_iter().map(|uid| SqlValue::from(uid.to_owned())).collect();
        search.extend(&format!(" AND v.enrollment IN ({})", list.join(",")), values);
    }
    let status = query.get("enrollmentStatus").or_else(|| query.get("programStatus"));
    let enrolled = "v.enrollment IN (SELECT e.uid FROM enrollment e WHERE e.uid = v.enrollment";
    if let Some(status) = status {
        search.add(&format!("{enrolled} AND e.status = ?)"), status.to_owned());
    }
    if let Some(follow_up) = query.get("followUp") {
        search.add(&format!("{enrolled} AND e.follow_up = ?)"), follow_up == "true");
    }
    Ok(())
}

/// `OVERDUE` is a filter: planned, and the day is over (captures t011b to t011d).
fn status(search: &mut Search<'_>) {
    let zone = &search.world.zone;
    match search.query.get("status") {
        None => {}
        Some("OVERDUE") => {
            let today = zone.start_of_day(zone.day_number(search.now));
            search.add("v.status = 'SCHEDULE' AND v.scheduled < ?", today);
        }
        Some(status) => search.add("v.status = ?", status.to_owned()),
    }
}

/// `assignedUserMode` and `assignedUsers` (capture t010f).
fn assigned(search: &mut Search<'_>) {
    let query = search.query;
    match query.get("assignedUserMode") {
        Some("CURRENT") => search.add("v.assigned = ?", search.user.id.clone()),
        Some("ANY") => search.also("v.assigned IS NOT NULL"),
        Some("NONE") => search.also("v.assigned IS NULL"),
        _ => {
            let mut users = query.list("assignedUsers");
            users.extend(query.all("assignedUser").flat_map(|value| value.split(';')));
            if users.is_empty() {
                return;
            }
            let list = vec!["?"; users.len()].join(",");
            let values = users.into_iter().map(|uid| SqlValue::from(uid.to_owned())).collect();
            search.extend(&format!(" AND v.assigned IN ({list})"), values);
        }
    }
}
