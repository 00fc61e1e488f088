//! `GET /api/tracker/events[/{uid}]` (captures 174 to 198c, t006 to t011, p004).

use rusqlite::types::Value as SqlValue;
use serde_json::{Map, Value, json};

use super::event::{self, Event};
use crate::db::{Scratch, fill};
use crate::limits::{PAGE_SIZE_DEFAULT, TRACKER_PAGE_SIZE_MAX};
use crate::model::Answer;
use crate::model::aggregate::export::duration_ms;
use crate::model::http::{Query, Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::fields::{Fields, Preset};
use crate::model::meta::list::{fields_of, number};
use crate::model::meta::store::Metadata;
use crate::model::time::DAY_MS;
use crate::model::uid::uid_of;
use crate::model::world::World;

/// Whether the user may read an event: its program, its stage and its place.
pub fn readable(world: &World, user: &User, event: &Event) -> bool {
    let meta = &world.meta;
    let program = meta.get("programs", &event.program);
    let stage = meta.get("programStages", &event.stage);
    let shown = |object: &std::sync::Arc<crate::model::meta::store::Object>| {
        user.can_read(object) && user.can_read_data(object)
    };
    let scope = meta.within(&event.ou, &user.search) || meta.within(&event.ou, &user.capture);
    program.is_some_and(shown) && stage.is_some_and(shown) && (scope || user.is_super())
}

/// The hidden enrolment that every event of an event program belongs to.
fn enrollment(event: &Event) -> String {
    uid_of(&format!("enrollment of {}", event.program))
}

fn shown(world: &World, event: &Event, fields: &Fields) -> Value {
    let all = event.show(&world.zone, &enrollment(event));
    choose(&all, fields)
}

/// Keeps the members that were asked for.
fn choose(all: &Map<String, Value>, fields: &Fields) -> Value {
    let mut kept = Map::new();
    if fields.presets.contains(&Preset::All) {
        let names = all.iter().filter(|(name, _)| !fields.excluded.contains(name));
        kept.extend(names.map(|(name, value)| (name.clone(), value.clone())));
    }
    for member in &fields.members {
        let Some(value) = all.get(&member.name) else { continue };
        let value = match &member.inner {
            Some(inner) => inside(value, inner),
            None => value.clone(),
        };
        kept.insert(member.name.clone(), value);
    }
    Value::Object(kept)
}

fn inside(value: &Value, fields: &Fields) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| inside(item, fields)).collect(),
        Value::Object(members) => choose(members, fields),
        other => other.clone(),
    }
}

const DEFAULT_FIELDS: &str = "*,!relationships";

/// `GET /api/tracker/events/{uid}`.
///
/// # Errors
/// Only when the store fails.
pub fn one(world: &World, request: &Request, user: &User, uid: &str) -> Answer {
    let stored = event::load(&world.db, uid)?.filter(|event| !event.deleted);
    let stored = stored.filter(|event| readable(world, user, event));
    Ok(match stored {
        Some(event) => {
            Response::json(shown(world, &event, &fields_of(&request.query, DEFAULT_FIELDS)))
        }
        None => Response::not_found("Event", uid),
    })
}

fn bad(message: &str) -> Response {
    Response::coded(400, "E1003", message)
}

/// `GET /api/tracker/events`.
///
/// # Errors
/// The 400 and 403 for parameters that cannot be; a failing store.
pub fn list(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let page = Page::of(query, world.version.flat_paging())?;
    let mut filter = SqlFilter::default();
    scope(world, query, user, &mut filter)?;
    conditions(world, query, user, now, &mut filter)?;
    let order = order(query)?;
    let value_filters = value_filters(query)?;
    let mut events = Vec::new();
    let mut skipped = 0;
    let mut total = 0;
    let sql = format!("SELECT body FROM event WHERE 1{} ORDER BY {order}", filter.sql);
    let mut statement = world.db.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(filter.values))?;
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        let Ok(event) = serde_json::from_str::<Event>(&body) else { continue };
        if !readable(world, user, &event) || !value_filters.iter().all(|f| f.accepts(&event)) {
            continue;
        }
        total += 1;
        if skipped < page.start() {
            skipped += 1;
        } else if page.wants(events.len()) {
            events.push(event);
        } else if !page.total {
            break;
        }
    }
    let more = total > page.start() + events.len();
    let fields = fields_of(query, DEFAULT_FIELDS);
    let shown = events.iter().map(|event| shown(world, event, &fields)).collect();
    Ok(Response::json(page.envelope(world, request, shown, total, more)))
}

#[derive(Default)]
struct SqlFilter {
    sql: String,
    values: Vec<SqlValue>,
}

impl SqlFilter {
    fn add(&mut self, sql: &str, value: impl Into<SqlValue>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value.into());
    }
}

/// Which organisation units: the mode, or the default that goes with `orgUnit` (wire reference
/// 1.5).
fn scope(
    world: &World,
    query: &Query,
    user: &User,
    filter: &mut SqlFilter,
) -> Result<(), crate::model::Refusal> {
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
        let seen = meta.within(unit, &user.search) || meta.within(unit, &user.capture);
        if !seen && !user.is_super() {
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
        ("CHILDREN", Some(unit)) => with_children(meta, unit),
        ("DESCENDANTS", Some(unit)) => meta.subtree(unit),
        ("CAPTURE", None) => user.capture.iter().flat_map(|ou| meta.subtree(ou)).collect(),
        ("ALL", None) if !user.is_super() => {
            let message = "User is not authorized to query across all organisation units";
            return Err(Response::coded(403, "E1006", message).into());
        }
        // Readability is judged per event, so there is nothing to narrow.
        _ => return Ok(()),
    };
    fill(&world.db, Scratch::Scope, units.iter().map(String::as_str))?;
    filter.sql.push_str(" AND ou IN scope");
    Ok(())
}

fn with_children(meta: &Metadata, unit: &str) -> Vec<String> {
    let children = meta.children("organisationUnits", "children", unit).iter();
    let children = children.map(|child| child.id.clone());
    std::iter::once(unit.to_owned()).chain(children).collect()
}

fn conditions(
    world: &World,
    query: &Query,
    user: &User,
    now: i64,
    filter: &mut SqlFilter,
) -> Result<(), crate::model::Refusal> {
    program(world, query, user, filter)?;
    if let Some(stage) = query.get("programStage") {
        if world.meta.get("programStages", stage).is_none() {
            let message = format!("Program stage is specified but does not exist: {stage}");
            return Err(bad(&message).into());
        }
        filter.add("stage = ?", stage.to_owned());
    }
    let mut uids: Vec<&str> = query.list("events");
    if world.version.minor <= 41 {
        uids.extend(query.all("event").flat_map(|value| value.split(';')));
    }
    if !uids.is_empty() {
        fill(&world.db, Scratch::Wanted, uids)?;
        filter.sql.push_str(" AND uid IN wanted");
    }
    status(world, query, now, filter);
    for (name, sql, whole_day) in [
        ("occurredAfter", "occurred >= ?", false),
        ("occurredBefore", "occurred <= ?", true),
        ("scheduledAfter", "scheduled >= ?", false),
        ("scheduledBefore", "scheduled <= ?", true),
        ("updatedAfter", "updated >= ?", false),
        ("updatedBefore", "updated <= ?", true),
    ] {
        let Some(text) = query.get(name) else { continue };
        let time = world.zone.parse_time(text).ok_or_else(|| {
            let message = format!(
                "Value '{text}' is not valid for parameter {name}. Valid values are date/time."
            );
            Response::error(400, &message)
        })?;
        // A day without a time means the whole day when it is an end.
        let end = if whole_day && !text.contains('T') { DAY_MS - 1 } else { 0 };
        filter.add(sql, time + end);
    }
    if let Some(text) = query.get("updatedWithin") {
        if query.get("updatedAfter").is_some() {
            let message = "Last updated from and/or to and last updated duration cannot be \
                           specified simultaneously";
            return Err(bad(message).into());
        }
        let Some(length) = duration_ms(text) else {
            return Err(bad(&format!("Duration is not valid: {text}")).into());
        };
        filter.add("updated >= ?", now.saturating_sub(length));
    }
    if !query.flag("includeDeleted") {
        filter.sql.push_str(" AND deleted = 0");
    }
    Ok(())
}

/// A program that is hidden from the user does not exist for them (capture m079c).
fn program(
    world: &World,
    query: &Query,
    user: &User,
    filter: &mut SqlFilter,
) -> Result<(), crate::model::Refusal> {
    let Some(program) = query.get("program") else { return Ok(()) };
    let found = world.meta.get("programs", program).filter(|program| user.can_read(program));
    let Some(found) = found else {
        let message = format!("Program is specified but does not exist: {program}");
        return Err(bad(&message).into());
    };
    if !user.can_read_data(found) {
        let message = format!("User has no access to program: {program}");
        return Err(Response::coded(403, "E1006", &message).into());
    }
    filter.add("program = ?", program.to_owned());
    Ok(())
}

/// `OVERDUE` is a filter: planned, and the day is over (captures t011b to t011d).
fn status(world: &World, query: &Query, now: i64, filter: &mut SqlFilter) {
    match query.get("status") {
        None => {}
        Some("OVERDUE") => {
            let today = world.zone.start_of_day(world.zone.day_number(now));
            filter.add("status = 'SCHEDULE' AND scheduled < ?", today);
        }
        Some(status) => filter.add("status = ?", status.to_owned()),
    }
}

fn order(query: &Query) -> Result<String, Response> {
    let mut columns = Vec::new();
    for item in query.list("order") {
        let (name, direction) = item.split_once(':').unwrap_or((item, "asc"));
        let column = match name {
            "event" => "uid",
            "occurredAt" => "occurred",
            "scheduledAt" => "scheduled",
            "createdAt" => "created",
            "updatedAt" => "updated",
            "status" => "status",
            "orgUnit" => "ou",
            "program" => "program",
            "programStage" => "stage",
            other => {
                let message = format!("Cannot order by '{other}'.");
                return Err(bad(&message));
            }
        };
        let direction = if direction.eq_ignore_ascii_case("desc") { "DESC" } else { "ASC" };
        columns.push(format!("{column} {direction}"));
    }
    // The newest arrival first, as the server's own key runs down (capture 193).
    columns.push("seq DESC".to_owned());
    Ok(columns.join(", "))
}

/// `filter=element:op:value` on the values of an event.
struct ValueFilter {
    element: String,
    tests: Vec<(String, String)>,
}

fn value_filters(query: &Query) -> Result<Vec<ValueFilter>, Response> {
    let items = query.all("filter").flat_map(|value| value.split(','));
    let parse = |item: &str| {
        let mut parts = item.split(':');
        let element = parts.next().unwrap_or("").to_owned();
        let rest: Vec<&str> = parts.collect();
        let mut tests = Vec::new();
        let mut rest = rest.as_slice();
        while let [operator, after @ ..] = rest {
            let unary = matches!(*operator, "null" | "!null");
            let value = if unary { "" } else { after.first().copied().unwrap_or("") };
            tests.push(((*operator).to_owned(), value.to_owned()));
            rest = if unary { after } else { after.get(1..).unwrap_or_default() };
        }
        let known = [
            "eq", "ieq", "ge", "gt", "le", "lt", "ne", "neq", "in", "like", "ilike", "nlike", "sw",
            "ew", "null", "!null",
        ];
        match tests.iter().find(|(operator, _)| !known.contains(&operator.as_str())) {
            Some((operator, _)) => Err(bad(&format!("'{operator}' is not a valid operator"))),
            None => Ok(ValueFilter { element, tests }),
        }
    };
    items.filter(|item| !item.is_empty()).map(parse).collect()
}

impl ValueFilter {
    fn accepts(&self, event: &Event) -> bool {
        let value = event.values.iter().find(|value| value.element == self.element);
        let text = value.map(|value| value.value.to_lowercase());
        self.tests
            .iter()
            .all(|(operator, wanted)| test(operator, text.as_deref(), &wanted.to_lowercase()))
    }
}

fn test(operator: &str, text: Option<&str>, wanted: &str) -> bool {
    let Some(text) = text else { return operator == "null" };
    let ordering = match (text.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.partial_cmp(&right),
        _ => Some(text.cmp(wanted)),
    };
    let is = |check: fn(std::cmp::Ordering) -> bool| ordering.is_some_and(check);
    match operator {
        "eq" | "ieq" => text == wanted,
        "ne" | "neq" => text != wanted,
        "gt" => is(std::cmp::Ordering::is_gt),
        "ge" => is(std::cmp::Ordering::is_ge),
        "lt" => is(std::cmp::Ordering::is_lt),
        "le" => is(std::cmp::Ordering::is_le),
        "in" => wanted.split(';').any(|item| item == text),
        "like" | "ilike" => text.contains(wanted),
        "nlike" => !text.contains(wanted),
        "sw" => text.starts_with(wanted),
        "ew" => text.ends_with(wanted),
        "!null" => true,
        _ => false,
    }
}

/// The page that was asked for.
struct Page {
    page: usize,
    size: Option<usize>,
    total: bool,
}

impl Page {
    fn of(query: &Query, old: bool) -> Result<Self, Response> {
        let page = number(query, "page", 1)?;
        let size = number(query, "pageSize", PAGE_SIZE_DEFAULT)?;
        if page < 1 {
            let message = "page must be greater than or equal to 1 if specified";
            return Err(bad(message));
        }
        if size < 1 {
            let message = "pageSize must be greater than or equal to 1 if specified";
            return Err(bad(message));
        }
        if size > TRACKER_PAGE_SIZE_MAX {
            let message = format!(
                "Invalid page size: {size}. It must not exceed the system limit of \
                 KeyTrackedEntityMaxLimit {TRACKER_PAGE_SIZE_MAX}."
            );
            return Err(bad(&message));
        }
        let unpaged = query.get("paging") == Some("false") || (old && query.flag("skipPaging"));
        let size = usize::try_from(size).ok().filter(|_| !unpaged);
        let page = usize::try_from(page).unwrap_or(1);
        Ok(Self { page, size, total: query.flag("totalPages") })
    }

    fn start(&self) -> usize {
        self.size.map_or(0, |size| (self.page - 1).saturating_mul(size))
    }

    fn wants(&self, held: usize) -> bool {
        self.size.is_none_or(|size| held < size)
    }

    /// The list in the envelope of the version (wire reference 1.5).
    fn envelope(
        &self,
        world: &World,
        request: &Request,
        events: Value,
        total: usize,
        more: bool,
    ) -> Value {
        let version = &world.version;
        let mut body = Map::new();
        let Some(size) = self.size else {
            let key = if version.lists_instances() { "instances" } else { "events" };
            body.insert(key.to_owned(), events);
            return Value::Object(body);
        };
        let pages = total.div_ceil(size);
        let mut pager = Map::new();
        pager.insert("page".to_owned(), json!(self.page));
        pager.insert("pageSize".to_owned(), json!(size));
        if self.total {
            pager.insert("total".to_owned(), json!(total));
            pager.insert("pageCount".to_owned(), json!(pages));
        }
        if version.flat_paging() {
            body.extend(pager.clone());
        }
        if self.page > 1 {
            pager.insert("prevPage".to_owned(), json!(link(world, request, self.page - 1)));
        }
        if more {
            pager.insert("nextPage".to_owned(), json!(link(world, request, self.page + 1)));
        }
        if version.has_pager() {
            body.insert("pager".to_owned(), Value::Object(pager));
        }
        let key = if version.lists_instances() { "instances" } else { "events" };
        body.insert(key.to_owned(), events);
        Value::Object(body)
    }
}

/// Tracker links keep the query as it was written and put the page last (capture p004).
fn link(world: &World, request: &Request, page: usize) -> String {
    let kept = request.raw_query.split('&');
    let kept: Vec<&str> =
        kept.filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
    let separator = if kept.is_empty() { "" } else { "&" };
    format!("{}/api/{}?{}{separator}page={page}", world.base_url, request.path, kept.join("&"))
}
