//! `GET /api/tracker/enrollments[/{uid}]` and `GET /api/tracker/relationships[/{uid}]` (captures
//! 177, 183, t006g, t006h, t031 to t031j).

use serde_json::Value;

use super::enrollment::{self, Enrollment};
use super::page::{Listed, Page, bad};
use super::query::{self, Search};
use super::relationship;
use super::show::{Place, Show};
use super::{entities, entity, events};
use crate::model::Answer;
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::list::fields_of;
use crate::model::world::World;

const DEFAULT_FIELDS: &str = "*,!relationships,!events,!attributes";
const LINK_FIELDS: &str = "relationship,relationshipType,createdAtClient,\
    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]";

/// A living enrolment that the user may see.
///
/// # Errors
/// Only when the store fails.
pub fn seen(
    world: &World,
    user: &User,
    uid: &str,
    now: i64,
) -> rusqlite::Result<Option<Enrollment>> {
    let stored = enrollment::load(&world.db, uid)?.filter(|stored| !stored.deleted);
    let Some(stored) = stored else { return Ok(None) };
    let home = entity::load(&world.db, &stored.te)?.map(|entity| entity.ou).unwrap_or_default();
    let show = Show { world, user, now, with_deleted: false };
    Ok(show.sees_enrollment(&stored, &home)?.then_some(stored))
}

/// `GET /api/tracker/enrollments/{uid}`.
///
/// # Errors
/// Only when the store fails.
pub fn one(world: &World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let Some(enrollment) = seen(world, user, uid, now)? else {
        return Ok(Response::not_found("Enrollment", uid));
    };
    let show = Show { world, user, now, with_deleted: false };
    let fields = fields_of(&request.query, DEFAULT_FIELDS);
    Ok(Response::json(show.enrollment(&enrollment, &fields, Place::Own)?))
}

/// `GET /api/tracker/enrollments`.
///
/// # Errors
/// The 400 and 403 for parameters that cannot be; a failing store.
pub fn list(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let page = Page::of(query, world.version.flat_paging())?;
    let mut search = Search::new(world, query, user, now);
    let program = query::program(world, query, user)?;
    if let Some(program) = program {
        search.add("e.program = ?", program.id.clone());
    }
    let units = query::units(world, query, user)?;
    if let Some(units) = &units.units {
        search.within("e.ou", units)?;
    }
    search.readable("e.program", "e.te", "e.ou", program)?;
    if let Some(te) = query.get("trackedEntity") {
        search.add("e.te = ?", te.to_owned());
    }
    let status = query.get("status").or_else(|| query.get("programStatus"));
    if let Some(status) = status {
        search.add("e.status = ?", status.to_owned());
    }
    if let Some(flag) = query.get("followUp") {
        search.add("e.follow_up = ?", flag == "true");
    }
    search.times(&[
        ("enrolledAfter", "e.enrolled >= ?", false),
        ("enrolledBefore", "e.enrolled <= ?", true),
    ])?;
    search.updated("e.updated")?;
    if !query.flag("includeDeleted") {
        search.also("e.deleted = 0");
    }
    let mut wanted = query.list("enrollments");
    if world.version.minor <= 41 {
        wanted.extend(query.all("enrollment").flat_map(|value| value.split(';')));
    }
    search.only("e.uid", &wanted)?;
    let order = query::order(query, "e.seq DESC", column)?;
    let found = search.page("e.uid", "enrollment e", &order, &page)?;
    let fields = fields_of(query, DEFAULT_FIELDS);
    let show = Show { world, user, now, with_deleted: query.flag("includeDeleted") };
    let mut shown = Vec::with_capacity(found.uids.len());
    for uid in &found.uids {
        if let Some(enrollment) = enrollment::load(&world.db, uid)? {
            shown.push(show.enrollment(&enrollment, &fields, Place::Own)?);
        }
    }
    let objects = Value::Array(shown);
    let list = Listed { name: "enrollments", objects, total: found.total, more: found.more };
    Ok(Response::json(page.envelope(world, request, list)))
}

fn column(name: &str) -> Result<String, Response> {
    Ok(match name {
        "enrollment" => "e.uid".to_owned(),
        "enrolledAt" => "e.enrolled".to_owned(),
        "createdAt" => "e.seq".to_owned(),
        "updatedAt" => "e.updated".to_owned(),
        "completedAt" => "json_extract(e.body, '$.completed')".to_owned(),
        "createdAtClient" => "json_extract(e.body, '$.created_client')".to_owned(),
        "updatedAtClient" => "json_extract(e.body, '$.updated_client')".to_owned(),
        other => {
            let message = format!(
                "order parameter is invalid. Cannot order by '{other}'. Supported fields are \
                 'completedAt, createdAt, createdAtClient, enrolledAt, updatedAt, \
                 updatedAtClient'. All of which can at most be specified once."
            );
            return Err(bad(&message));
        }
    })
}

/// `GET /api/tracker/relationships/{uid}`.
///
/// # Errors
/// Only when the store fails.
pub fn one_link(world: &World, request: &Request, user: &User, uid: &str, now: i64) -> Answer {
    let show = Show { world, user, now, with_deleted: false };
    let stored = relationship::load(&world.db, uid)?;
    let stored = stored.filter(|link| !link.deleted && show.reads_link(link));
    let Some(link) = stored else { return Ok(Response::not_found("Relationship", uid)) };
    let fields = fields_of(&request.query, LINK_FIELDS);
    Ok(Response::json(show.relationship(&link, &fields)?))
}

/// `GET /api/tracker/relationships`: of one object, newest first.
///
/// # Errors
/// The 400 if no object is named, the 404 if it cannot be seen; a failing store.
pub fn list_links(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let query = &request.query;
    let page = Page::of(query, world.version.flat_paging())?;
    let named = ["trackedEntity", "enrollment", "event"]
        .into_iter()
        .filter_map(|member| Some((member, query.get(member)?)));
    let named: Vec<(&str, &str)> = named.collect();
    let [(member, uid)] = named.as_slice() else {
        let message = if named.is_empty() {
            "Missing required parameter 'trackedEntity', 'enrollment' or 'event'."
        } else {
            "Only one of parameters 'trackedEntity', 'enrollment' or 'event' is allowed."
        };
        return Err(bad(message).into());
    };
    let with_deleted = query.flag("includeDeleted");
    let (class, is_seen) = match *member {
        "trackedEntity" => {
            ("TrackedEntity", entities::seen(world, user, uid, None, now)?.is_some())
        }
        "enrollment" => ("Enrollment", seen(world, user, uid, now)?.is_some()),
        _ => ("Event", events::seen(world, user, uid, now)?.is_some()),
    };
    if !is_seen {
        return Ok(Response::not_found(class, uid));
    }
    let show = Show { world, user, now, with_deleted };
    let links = relationship::of_object(&world.db, member, uid, with_deleted)?;
    let links: Vec<_> = links.into_iter().filter(|link| show.reads_link(link)).collect();
    let size = page.size.unwrap_or(usize::MAX);
    let fields = fields_of(query, LINK_FIELDS);
    let mut shown = Vec::new();
    for link in links.iter().skip(page.start()).take(size) {
        shown.push(show.relationship(link, &fields)?);
    }
    let more = links.len() > page.start().saturating_add(shown.len());
    let objects = Value::Array(shown);
    let list = Listed { name: "relationships", objects, total: links.len(), more };
    Ok(Response::json(page.envelope(world, request, list)))
}
