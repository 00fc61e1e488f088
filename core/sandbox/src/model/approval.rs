//! Data approval and acceptance: states, who may do what, one slice or many (captures a021 to
//! a027).
//!
//! A slice is workflow, period, organisation unit on a level of the workflow, attribute option
//! combo.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Answer;
use super::aggregate::DEFAULT_COMBO;
use super::http::{Query, Request, Response};
use super::meta::access::User;
use super::meta::store::Object;
use super::world::World;

/// A slice of data that is approved as one.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Uid of the workflow.
    pub workflow: String,
    /// `202610`
    pub period: String,
    /// Uid of the organisation unit.
    pub ou: String,
    /// Attribute option combo.
    pub aoc: String,
}

struct Approval {
    by: String,
    at: i64,
    accepted: bool,
    accepted_by: Option<String>,
}

/// What a slice is and what the user may do with it.
struct Status {
    state: &'static str,
    approve: bool,
    unapprove: bool,
    accept: bool,
    unaccept: bool,
    approval: Option<Approval>,
    level: Option<String>,
}

impl Status {
    fn permissions(&self) -> Value {
        json!({
            "mayApprove": self.approve, "mayUnapprove": self.unapprove, "mayAccept": self.accept,
            "mayUnaccept": self.unaccept, "mayReadData": true,
        })
    }
}

/// The order of a request: what to do with slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Approve,
    Unapprove,
    Accept,
    Unaccept,
}

/// Answers `/api/dataApprovals`.
///
/// # Errors
/// The 403 and 409 of what cannot be; a failing store.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => one(world, &request.query, user),
        ("GET", ["multiple" | "approvals"]) => many(world, &request.query, user),
        ("POST", []) => single(world, &request.query, user, Order::Approve, now),
        ("DELETE", []) => single(world, &request.query, user, Order::Unapprove, now),
        ("POST", ["dataAcceptances"]) => single(world, &request.query, user, Order::Accept, now),
        ("DELETE", ["dataAcceptances"]) => {
            single(world, &request.query, user, Order::Unaccept, now)
        }
        ("POST", ["approvals"]) => bulk(world, request, user, Order::Approve, now),
        ("POST", ["unapprovals"]) => bulk(world, request, user, Order::Unapprove, now),
        ("POST", ["dataAcceptances", "acceptances"]) => {
            bulk(world, request, user, Order::Accept, now)
        }
        ("POST", ["dataAcceptances", "unacceptances"]) => {
            bulk(world, request, user, Order::Unaccept, now)
        }
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}

/// The workflow that is named, or the one of the data set that is named.
fn workflow<'a>(world: &'a World, query: &Query) -> Result<&'a Object, Response> {
    if let Some(id) = query.get("wf") {
        let found = world.meta.get("dataApprovalWorkflows", id);
        let message = format!("Data approval workflow does not exist: {id}");
        return found.map(AsRef::as_ref).ok_or_else(|| Response::error(409, &message));
    }
    let id = query.get("ds").unwrap_or("");
    let Some(set) = world.meta.get("dataSets", id) else {
        return Err(Response::error(409, &format!("Data set does not exist: {id}")));
    };
    let found = set.reference("workflow");
    let found = found.and_then(|id| world.meta.get("dataApprovalWorkflows", id));
    let message = format!("Data set does not have an approval workflow: {id}");
    found.map(AsRef::as_ref).ok_or_else(|| Response::error(409, &message))
}

fn slice(world: &World, query: &Query) -> Result<Slice, Response> {
    let workflow = workflow(world, query)?.id.clone();
    let named = |key: &str| query.get(key).unwrap_or("").to_owned();
    let (period, ou) = (named("pe"), named("ou"));
    if super::period::Period::parse(&period).is_err() {
        return Err(Response::error(409, &format!("Illegal period identifier: {period}")));
    }
    if world.meta.get("organisationUnits", &ou).is_none() {
        return Err(Response::error(409, &format!("Illegal organisation unit identifier: {ou}")));
    }
    let aoc = query.get("aoc").unwrap_or(DEFAULT_COMBO).to_owned();
    Ok(Slice { workflow, period, ou, aoc })
}

fn stored(world: &World, slice: &Slice, ou: &str) -> rusqlite::Result<Option<Approval>> {
    let sql = "SELECT by, at, accepted, accepted_by FROM approval \
               WHERE workflow = ? AND period = ? AND ou = ? AND aoc = ?";
    let mut statement = world.db.prepare_cached(sql)?;
    let row = params![slice.workflow, slice.period, ou, slice.aoc];
    let found = statement.query_row(row, |row| {
        Ok(Approval {
            by: row.get(0)?,
            at: row.get(1)?,
            accepted: row.get(2)?,
            accepted_by: row.get(3)?,
        })
    });
    found.optional()
}

/// Levels of a workflow: organisation unit level and uid, highest in the hierarchy first.
fn levels(world: &World, workflow: &str) -> Vec<(i64, String)> {
    let workflow = world.meta.get("dataApprovalWorkflows", workflow);
    let ids = workflow.map(|workflow| workflow.references("dataApprovalLevels"));
    let found = ids.unwrap_or_default().into_iter();
    let found = found.filter_map(|id| world.meta.get("dataApprovalLevels", id));
    let mut levels: Vec<(i64, String)> =
        found.map(|level| (level.integer("orgUnitLevel"), level.id.clone())).collect();
    levels.sort();
    levels.dedup();
    levels
}

fn ancestors<'a>(world: &'a World, ou: &str) -> impl Iterator<Item = &'a str> {
    let path = world.meta.path(ou).unwrap_or("");
    path.rsplit('/').filter(|part| !part.is_empty()).skip(1)
}

fn needs_acceptance(world: &World) -> rusqlite::Result<bool> {
    let setting = world.setting("", "keyAcceptanceRequiredForApproval")?;
    Ok(setting.as_deref() == Some("true"))
}

fn status(world: &World, user: &User, slice: &Slice) -> rusqlite::Result<Status> {
    let levels = levels(world, &slice.workflow);
    let unit_level =
        |ou: &str| world.meta.get("organisationUnits", ou).map_or(0, |unit| unit.integer("level"));
    let own_level = unit_level(&slice.ou);
    let nothing = |state| Status {
        state,
        approve: false,
        unapprove: false,
        accept: false,
        unaccept: false,
        approval: None,
        level: None,
    };
    let roots = [user.view.as_slice(), user.capture.as_slice()].concat();
    let foreign = !user.is_super() && !world.meta.within(&slice.ou, &roots);
    if foreign || !fits_period_type(world, slice) {
        return Ok(nothing("UNAPPROVABLE"));
    }
    let Some(position) = levels.iter().position(|(level, _)| *level == own_level) else {
        return Ok(nothing("UNAPPROVABLE"));
    };
    let level = levels.get(position).map(|(_, id)| id.clone());
    let acceptance = needs_acceptance(world)?;
    let mut above = false;
    for ou in ancestors(world, &slice.ou) {
        let on_level = levels.iter().any(|(level, _)| *level == unit_level(ou));
        above = above || (on_level && stored(world, slice, ou)?.is_some());
    }
    let own = stored(world, slice, &slice.ou)?;
    let state = match &own {
        Some(_) if above => "APPROVED_ABOVE",
        Some(own) if own.accepted => "ACCEPTED_HERE",
        Some(_) => "APPROVED_HERE",
        None if above => "UNAPPROVED_ABOVE",
        None => match levels.get(position + 1) {
            Some((lower, _)) if !lower_are_ready(world, slice, *lower, acceptance)? => {
                "UNAPPROVED_WAITING"
            }
            _ => "UNAPPROVED_READY",
        },
    };
    let here = user.capture.contains(&slice.ou);
    let below = !here && world.meta.within(&slice.ou, &user.capture);
    let lower = below && user.may("F_APPROVE_DATA_LOWER_LEVELS");
    let may_own = here && user.may("F_APPROVE_DATA");
    let accepts = acceptance && below && user.may("F_ACCEPT_DATA_LOWER_LEVELS");
    Ok(Status {
        state,
        // Who approves for lower levels is told so even when it is done (captures a022f, a027h).
        approve: (lower && state != "UNAPPROVED_WAITING")
            || (may_own && state == "UNAPPROVED_READY"),
        unapprove: match state {
            "APPROVED_HERE" => lower || may_own,
            "ACCEPTED_HERE" => accepts && lower,
            _ => false,
        },
        accept: accepts && state == "APPROVED_HERE",
        unaccept: accepts && state == "ACCEPTED_HERE",
        level: level.filter(|_| own.is_some()),
        approval: own,
    })
}

fn fits_period_type(world: &World, slice: &Slice) -> bool {
    let workflow = world.meta.get("dataApprovalWorkflows", &slice.workflow);
    let kind = workflow.and_then(|workflow| workflow.text("periodType"));
    let Ok(period) = super::period::Period::parse(&slice.period) else { return false };
    kind.is_none_or(|kind| {
        let kind = super::period::PeriodType::parse(kind).ok();
        let fitting = kind.and_then(|kind| kind.containing(period.start()));
        fitting.is_some_and(|fitting| fitting.to_string() == slice.period)
    })
}

/// Whether everything on the next lower level is approved; closed units hold nobody back (capture
/// a027b).
fn lower_are_ready(
    world: &World,
    slice: &Slice,
    level: i64,
    acceptance: bool,
) -> rusqlite::Result<bool> {
    let end =
        super::period::Period::parse(&slice.period).map(|period| super::period::days(&period));
    let (start, _) = end.unwrap_or((0, 0));
    for ou in world.meta.subtree(&slice.ou) {
        let Some(unit) = world.meta.get("organisationUnits", &ou) else { continue };
        if unit.integer("level") != level {
            continue;
        }
        let closed = unit.text("closedDate").and_then(|text| world.zone.parse_time(text));
        if closed.is_some_and(|closed| world.zone.day_number(closed) < start) {
            continue;
        }
        match stored(world, slice, &ou)? {
            Some(approval) if approval.accepted || !acceptance => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn one(world: &World, query: &Query, user: &User) -> Answer {
    let slice = slice(world, query)?;
    let status = status(world, user, &slice)?;
    let mut shown = status.permissions();
    shown["state"] = json!(status.state);
    if let Some(approval) = &status.approval {
        let time = world.zone.local(approval.at);
        shown["approvedBy"] = json!(approval.by);
        shown["approvedAt"] = json!(time);
        // Told even when nobody accepted (capture a022d).
        shown["acceptedAt"] = json!(time);
        if let Some(by) = &approval.accepted_by {
            shown["acceptedBy"] = json!(by);
        }
    }
    Ok(Response::json(shown))
}

fn many(world: &World, query: &Query, user: &User) -> Answer {
    let mut shown = Vec::new();
    let combos = query.list("aoc");
    let combos = if combos.is_empty() { vec![DEFAULT_COMBO] } else { combos };
    for workflow in query.list("wf") {
        for period in query.list("pe") {
            for ou in query.list("ou") {
                for aoc in &combos {
                    let slice = Slice {
                        workflow: workflow.to_owned(),
                        period: period.to_owned(),
                        ou: ou.to_owned(),
                        aoc: (*aoc).to_owned(),
                    };
                    let status = status(world, user, &slice)?;
                    let mut item = json!({
                        "wf": workflow, "pe": period, "ou": ou, "aoc": aoc, "state": status.state,
                        "permissions": status.permissions(),
                    });
                    if let Some(level) = &status.level {
                        item["level"] = json!(level);
                    }
                    shown.push(item);
                }
            }
        }
    }
    Ok(Response::json(json!(shown)))
}

/// The authority that an order takes.
fn authority(user: &User, order: Order) -> Result<(), Response> {
    let (fits, names) = match order {
        Order::Approve | Order::Unapprove => (
            user.may("F_APPROVE_DATA") || user.may("F_APPROVE_DATA_LOWER_LEVELS"),
            "F_APPROVE_DATA, F_APPROVE_DATA_LOWER_LEVELS",
        ),
        Order::Accept | Order::Unaccept => {
            (user.may("F_ACCEPT_DATA_LOWER_LEVELS"), "F_ACCEPT_DATA_LOWER_LEVELS")
        }
    };
    if fits { Ok(()) } else { Err(Response::needs_authority(names)) }
}

/// A refusal has neither message nor code (captures a022b, a023c).
fn refused() -> Response {
    Response::enveloped(409, "ERROR", None, None)
}

fn single(world: &World, query: &Query, user: &User, order: Order, now: i64) -> Answer {
    authority(user, order)?;
    let slice = slice(world, query)?;
    if !allowed(world, user, &slice, order)? {
        return Ok(refused());
    }
    carry_out(world, user, &slice, order, now)?;
    Ok(Response::empty(204))
}

/// Many at once; one that is refused refuses all (captures a024p, a024q).
fn bulk(world: &World, request: &Request, user: &User, order: Order, now: i64) -> Answer {
    authority(user, order)?;
    let body = request.json()?;
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut workflows = texts(body.get("wf"));
    for set in texts(body.get("ds")) {
        let set = world.meta.get("dataSets", &set);
        workflows.extend(set.and_then(|set| set.reference("workflow")).map(str::to_owned));
    }
    let approvals = body.get("approvals").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut slices = Vec::new();
    for workflow in &workflows {
        for period in texts(body.get("pe")) {
            slices.extend(approvals.iter().map(|item| Slice {
                workflow: workflow.clone(),
                period: period.clone(),
                ou: item["ou"].as_str().unwrap_or("").to_owned(),
                aoc: item["aoc"].as_str().unwrap_or(DEFAULT_COMBO).to_owned(),
            }));
        }
    }
    for slice in &slices {
        if !allowed(world, user, slice, order)? {
            return Ok(refused());
        }
    }
    for slice in &slices {
        carry_out(world, user, slice, order, now)?;
    }
    Ok(Response::empty(204))
}

fn allowed(world: &World, user: &User, slice: &Slice, order: Order) -> rusqlite::Result<bool> {
    let status = status(world, user, slice)?;
    let done = matches!(status.state, "APPROVED_HERE" | "ACCEPTED_HERE");
    Ok(match order {
        // Once more is no fault (capture a022g).
        Order::Approve => (status.state == "UNAPPROVED_READY" && status.approve) || done,
        Order::Unapprove => status.unapprove,
        Order::Accept => status.accept || status.unaccept,
        Order::Unaccept => status.unaccept,
    })
}

fn carry_out(
    world: &World,
    user: &User,
    slice: &Slice,
    order: Order,
    now: i64,
) -> rusqlite::Result<()> {
    let key = params![slice.workflow, slice.period, slice.ou, slice.aoc];
    let within = "workflow = ?1 AND period = ?2 AND ou = ?3 AND aoc = ?4";
    match order {
        Order::Approve => {
            let sql = "INSERT OR IGNORE INTO approval(workflow, period, ou, aoc, by, at, accepted) \
                       VALUES(?,?,?,?,?,?,0)";
            let by = format!("{} {}", user.first_name, user.surname);
            let row = params![slice.workflow, slice.period, slice.ou, slice.aoc, by, now];
            world.db.execute(sql, row)?
        }
        Order::Unapprove => {
            world.db.execute(&format!("DELETE FROM approval WHERE {within}"), key)?
        }
        Order::Accept => {
            world.db.execute(&format!("UPDATE approval SET accepted = 1 WHERE {within}"), key)?;
            let sql = format!("UPDATE approval SET accepted_by = ?5 WHERE {within}");
            let by = format!("{} {}", user.first_name, user.surname);
            let row = params![slice.workflow, slice.period, slice.ou, slice.aoc, by];
            world.db.execute(&sql, row)?
        }
        Order::Unaccept => world.db.execute(
            &format!("UPDATE approval SET accepted = 0, accepted_by = NULL WHERE {within}"),
            key,
        )?,
    };
    Ok(())
}

/// Whether data of a data set is approved for a place: there or above (captures a022h, a027q).
///
/// # Errors
/// Only when the store fails.
pub fn is_approved(
    world: &World,
    set: &Object,
    period: &str,
    ou: &str,
    aoc: &str,
) -> rusqlite::Result<bool> {
    let Some(workflow) = set.reference("workflow") else { return Ok(false) };
    let slice = Slice {
        workflow: workflow.to_owned(),
        period: period.to_owned(),
        ou: ou.to_owned(),
        aoc: aoc.to_owned(),
    };
    for unit in std::iter::once(ou).chain(ancestors(world, ou)) {
        if stored(world, &slice, unit)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
