//! `GET /api/tracker/trackedEntities[/{uid}]` (captures 170 to 182, t002 to t008).

use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use super::access;
use super::entity::{self, Entity};
use super::operators;
use super::page::{Listed, Page, bad};
use super::query::{self, Search, Units};
use super::show::{Place, Show};
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::list::fields_of;
use crate::model::meta::store::Object;
use crate::model::uid::is_uid;
use crate::model::world::World;
use crate::model::{Answer, Refusal};

const DEFAULT_FIELDS: &str = "*,!relationships,!enrollments,!events,!programOwners";

/// A living tracked entity that the user may see, in the program if one is named.
///
/// # Errors
/// Only when the store fails.
pub fn seen(
    world: &World,
    user: &User,
    uid: &str,
    program: Option<&Object>,
    now: i64,
) -> rusqlite::Result<Option<Entity>> {
    let stored = entity::load(&world.db, uid)?.filter(|entity| !entity.deleted);
    let Some(entity) = stored else { return Ok(None) };
    let kind = world.meta.get("trackedEntityTypes", &entity.kind);
    if !kind.is_some_and(|kind| access::reads(user, kind)) {
        return Ok(None);
    }
    let seen = match program {
        // Without a living enrolment nobody is in the program (capture t065j).
        Some(program) => {
            is_enrolled(world, uid, &program.id)?
                && access::has(world, user, uid, &entity.ou, program, now)?
        }
        None => access::in_search(world, user, &entity.ou) || owned(world, user, &entity, now)?,
    };
    Ok(seen.then_some(entity))
}

fn is_enrolled(world: &World, te: &str, program: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM enrollment \
               WHERE te = ? AND program = ? AND deleted = 0)";
    world.db.prepare_cached(sql)?.query_row([te, program], |row| row.get(0))
}

/// Whether the user has the tracked entity in any program.
fn owned(world: &World, user: &User, entity: &Entity, now: i64) -> rusqlite::Result<bool> {
    for (program, _) in entity::owners(&world.db, &entity.uid)? {
        let program = world.meta.get("programs", &program);
        if let Some(program) = program.filter(|program| access::reads(user, program))
            && access::has(world, user, &entity.uid, &entity.ou, program, now)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `GET /api/tracker/trackedEntities/{uid}`.
///
/// # Errors
/// Only when the store fails.
pub fn one(world: &World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let program = query::program(world, &request.query, user)?;
    let Some(entity) = seen(world, user, uid, program, now)? else {
        return Ok(Response::not_found("TrackedEntity", uid));
    };
    let show = Show { world, user, now, with_deleted: false };
    let fields = fields_of(&request.query, DEFAULT_FIELDS);
    Ok(Response::json(show.entity(&entity, program, &fields, Place::Own)?))
}

/// `GET /api/tracker/trackedEntities`.
///
/// # Errors
/// The 400, 403 and 409 for parameters that cannot be; a failing store.
pub fn list(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let page = Page::of(query, world.version.flat_paging())?;
    let mut search = Search::new(world, query, user, now);
    let program = query::program(world, query, user)?;
    let wanted = wanted(world, request);
    if program.is_none() && query.get("trackedEntityType").is_none() && wanted.is_empty() {
        let message =
            "Either `program`, `trackedEntityType` or `trackedEntities` should be specified";
        return Err(bad(message).into());
    }
    kinds(&mut search, program)?;
    let units = query::units(world, query, user)?;
    place(&mut search, program, &units)?;
    if let Some(program) = program {
        enrolled(&mut search, program)?;
    }
    let filters = attribute_filters(&mut search)?;
    search.updated("t.updated")?;
    if !query.flag("includeDeleted") {
        search.also("t.deleted = 0");
    }
    if let Some(flag) = query.get("inactive").or_else(|| query.get("potentialDuplicate")) {
        let member =
            if query.get("inactive").is_some() { "inactive" } else { "potential_duplicate" };
        let sql = format!("json_extract(t.body, '$.{member}') = ?");
        search.add(&sql, flag == "true");
    }
    search.only("t.uid", &wanted)?;
    let from = match program {
        Some(program) => format!(
            "tracked_entity t JOIN program_owner o ON o.te = t.uid AND o.program = '{}'",
            program.id
        ),
        None => "tracked_entity t".to_owned(),
    };
    if wanted.is_empty() {
        enough_filters(&search, program, &units, filters, &from)?;
    }
    let order = query::order(query, "t.seq DESC", |name| column(world, name))?;
    let found = search.page("t.uid", &from, &order, &page)?;
    let fields = fields_of(query, DEFAULT_FIELDS);
    let show = Show { world, user, now, with_deleted: query.flag("includeDeleted") };
    let mut shown = Vec::with_capacity(found.uids.len());
    for uid in &found.uids {
        if let Some(entity) = entity::load(&world.db, uid)? {
            shown.push(show.entity(&entity, program, &fields, Place::Own)?);
        }
    }
    let objects = Value::Array(shown);
    let list = Listed { name: "trackedEntities", objects, total: found.total, more: found.more };
    Ok(Response::json(page.envelope(world, request, list)))
}

fn wanted<'a>(world: &World, request: &'a Request) -> Vec<&'a str> {
    let mut wanted = request.query.list("trackedEntities");
    if world.version.minor <= 41 {
        wanted.extend(request.query.all("trackedEntity").flat_map(|value| value.split(';')));
    }
    wanted
}

/// The type of the request or of the program, or every type that the user may read.
fn kinds(search: &mut Search<'_>, program: Option<&Object>) -> Result<(), Refusal> {
    let (world, user) = (search.world, search.user);
    if let Some(program) = program {
        let kind = program.reference("trackedEntityType").unwrap_or("");
        let known = world.meta.get("trackedEntityTypes", kind);
        if !known.is_some_and(|known| access::reads(user, known)) {
            let message = format!(
                "User is not authorized to read data from selected program's tracked entity type: \
                 {kind}"
            );
            return Err(Response::coded(403, "E1006", &message).into());
        }
        return Ok(());
    }
    if let Some(kind) = search.query.get("trackedEntityType") {
        let known = world.meta.get("trackedEntityTypes", kind);
        let Some(known) = known.filter(|known| user.can_read(known)) else {
            let message = format!("Tracked entity type is specified but does not exist: {kind}");
            return Err(bad(&message).into());
        };
        if !user.can_read_data(known) {
            let message =
                format!("User is not authorized to read data from tracked entity type: {kind}");
            return Err(Response::coded(403, "E1006", &message).into());
        }
        search.add("t.type = ?", kind.to_owned());
        return Ok(());
    }
    let kinds = world.meta.all("trackedEntityTypes").iter();
    let kinds = kinds.filter(|kind| access::reads(user, kind));
    let kinds: Vec<String> = kinds.map(|kind| format!("'{}'", kind.id)).collect();
    search.also(&format!("t.type IN ({})", kinds.join(",")));
    Ok(())
}

/// Where: the owner's unit in a program, else the unit that registered.
fn place(search: &mut Search<'_>, program: Option<&Object>, units: &Units) -> rusqlite::Result<()> {
    let column = if program.is_some() { "o.ou" } else { "t.ou" };
    if let Some(units) = &units.units {
        search.within(column, units)?;
    }
    if search.user.is_super() {
        return Ok(());
    }
    match program {
        Some(_) => search.readable("o.program", "t.uid", "o.ou", program),
        None => {
            access::prepare(search.world, search.user)?;
            search.also("t.ou IN search_units");
            Ok(())
        }
    }
}

fn enrolled(search: &mut Search<'_>, program: &Object) -> Result<(), Refusal> {
    let query = search.query;
    let mut sql = format!(
        " AND EXISTS(SELECT 1 FROM enrollment e WHERE e.te = t.uid AND e.program = '{}'",
        program.id
    );
    let mut values: Vec<SqlValue> = Vec::new();
    if !query.flag("includeDeleted") {
        sql.push_str(" AND e.deleted = 0");
    }
    let status = query.get("enrollmentStatus").or_else(|| query.get("programStatus"));
    if let Some(status) = status {
        sql.push_str(" AND e.status = ?");
        values.push(status.to_owned().into());
    }
    if let Some(flag) = query.get("followUp") {
        sql.push_str(" AND e.follow_up = ?");
        values.push((flag == "true").into());
    }
    for (name, column, sign) in [
        ("enrollmentEnrolledAfter", "e.enrolled", ">="),
        ("enrollmentEnrolledBefore", "e.enrolled", "<="),
        ("enrollmentOccurredAfter", "e.occurred", ">="),
        ("enrollmentOccurredBefore", "e.occurred", "<="),
    ] {
        let Some(text) = query.get(name) else { continue };
        let Some(time) = search.world.zone.parse_time(text) else {
            let message = format!("Value '{text}' is not valid for parameter {name}.");
            return Err(Response::error(400, &message).into());
        };
        sql.push_str(&format!(" AND {column} {sign} ?"));
        values.push(time.into());
    }
    visited(search, &mut sql, &mut values)?;
    sql.push(')');
    search.extend(&sql, values);
    Ok(())
}

/// Conditions on the events of the enrolment: status, stage, day, assignee.
fn visited(
    search: &Search<'_>,
    sql: &mut String,
    values: &mut Vec<SqlValue>,
) -> Result<(), Refusal> {
    let query = search.query;
    let mut inner = String::new();
    let mut add = |part: &str, value: SqlValue| {
        inner.push_str(part);
        values.push(value);
    };
    match query.get("eventStatus") {
        None => {}
        Some("OVERDUE") => {
            let zone = &search.world.zone;
            let today = zone.start_of_day(zone.day_number(search.now));
            add(" AND v.status = 'SCHEDULE' AND v.scheduled < ?", today.into());
        }
        Some(status) => add(" AND v.status = ?", status.to_owned().into()),
    }
    if let Some(stage) = query.get("programStage") {
        add(" AND v.stage = ?", stage.to_owned().into());
    }
    for (name, part) in [
        ("eventOccurredAfter", " AND COALESCE(v.occurred, v.scheduled) >= ?"),
        ("eventOccurredBefore", " AND COALESCE(v.occurred, v.scheduled) <= ?"),
    ] {
        let Some(text) = query.get(name) else { continue };
        let Some(time) = search.world.zone.parse_time(text) else {
            let message = format!("Value '{text}' is not valid for parameter {name}.");
            return Err(Response::error(400, &message).into());
        };
        add(part, time.into());
    }
    if query.get("assignedUserMode") == Some("CURRENT") {
        add(" AND v.assigned = ?", search.user.id.clone().into());
    }
    if !inner.is_empty() {
        sql.push_str(&format!(
            " AND EXISTS(SELECT 1 FROM event v WHERE v.enrollment = e.uid AND v.deleted = 0{inner})"
        ));
    }
    Ok(())
}

/// Adds the attribute filters and says how many there are.
fn attribute_filters(search: &mut Search<'_>) -> Result<usize, Refusal> {
    let filters = operators::parse(search.query.all("filter"))?;
    for filter in &filters {
        let Some(known) = search.world.meta.get("trackedEntityAttributes", &filter.item) else {
            let message = format!(
                "attribute filters are invalid. Tracked entity attribute '{}' does not exist.",
                filter.item
            );
            return Err(bad(&message).into());
        };
        let kind = known.text("valueType").unwrap_or("TEXT");
        let numeric = kind.starts_with("INTEGER") || matches!(kind, "NUMBER" | "PERCENTAGE");
        let mut values = Vec::new();
        let sql = filter.sql("t.uid", numeric, &mut values);
        search.extend(&sql, values);
    }
    Ok(filters.len())
}

/// Outside the own units a search has to name enough attributes (captures 171, t003p).
fn enough_filters(
    search: &Search<'_>,
    program: Option<&Object>,
    units: &Units,
    filters: usize,
    from: &str,
) -> Result<(), Refusal> {
    let meta = &search.world.meta;
    let capture = &search.user.capture;
    let local = match units.mode.as_str() {
        "CAPTURE" => true,
        "ACCESSIBLE" | "ALL" => search.user.search.iter().all(|unit| meta.within(unit, capture)),
        _ => units.named.iter().all(|unit| meta.within(unit, capture)),
    };
    let kind = search.query.get("trackedEntityType");
    let kind = kind.and_then(|kind| meta.get("trackedEntityTypes", kind)).map(AsRef::as_ref);
    let Some(rule) = program.or(kind).filter(|_| !local) else { return Ok(()) };
    let least = rule.integer("minAttributesRequiredToSearch");
    if i64::try_from(filters).unwrap_or(i64::MAX) < least {
        let message =
            format!("At least {least} attributes should be mentioned in the search criteria.");
        return Err(Response::error(409, &message).into());
    }
    let most = usize::try_from(rule.integer("maxTeiCountToReturn")).unwrap_or(0);
    if most > 0 && search.count(from)? > most {
        return Err(Response::error(409, "maxteicountreached").into());
    }
    Ok(())
}

fn column(world: &World, name: &str) -> Result<String, Response> {
    Ok(match name {
        "trackedEntity" => "t.uid".to_owned(),
        // Arrival decides between two of the same moment, in the direction that was asked for.
        "createdAt" => "t.seq".to_owned(),
        "updatedAt" => "t.updated".to_owned(),
        "createdAtClient" => "json_extract(t.body, '$.created_client')".to_owned(),
        "updatedAtClient" => "json_extract(t.body, '$.updated_client')".to_owned(),
        "inactive" => "json_extract(t.body, '$.inactive')".to_owned(),
        "enrolledAt" => "(SELECT max(e.enrolled) FROM enrollment e WHERE e.te = t.uid)".to_owned(),
        other if is_uid(other) && world.meta.get("trackedEntityAttributes", other).is_some() => {
            format!(
                "(SELECT v.value FROM attribute_value v WHERE v.te = t.uid \
                 AND v.attribute = '{other}')"
            )
        }
        other => {
            let message = format!(
                "order parameter is invalid. Cannot order by '{other}'. Supported are attribute \
                 UIDs and fields 'createdAt, createdAtClient, enrolledAt, inactive, trackedEntity, \
                 updatedAt, updatedAtClient'. All of which can at most be specified once."
            );
            return Err(bad(&message));
        }
    })
}
