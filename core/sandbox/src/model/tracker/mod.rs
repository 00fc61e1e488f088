//! Tracker: people, households and things, their enrolments, visits and relationships; jobs and
//! reports of their imports.

pub mod access;
pub mod attributes;
pub mod batch;
pub mod check;
pub mod combo;
pub mod commit;
pub mod enrollment;
pub mod enrollments;
pub mod entities;
pub mod entity;
pub mod event;
pub mod events;
pub mod import;
pub mod jobs;
pub mod judge;
pub mod kept;
pub mod link;
pub mod notes;
pub mod operators;
pub mod ownership;
pub mod page;
pub mod payload;
pub mod query;
pub mod relationship;
pub mod report;
pub mod show;
pub mod stored_file;

use super::Answer;
use super::files;
use super::http::{Request, Response};
use super::meta::access::User;
use super::world::World;

/// Answers every request below `/api/tracker`.
///
/// # Errors
/// Only when the store fails.
pub fn route(world: &mut World, request: &Request, user: &User, rest: &[&str], now: i64) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => import::post(world, request, user, now),
        ("GET", ["jobs", id]) => Ok(world.jobs.notifications("TRACKER_IMPORT_JOB", id)),
        ("GET", ["jobs", id, "report"]) => Ok(world.jobs.report(id)),
        ("GET", ["events"]) => events::list(world, request, user, now),
        ("GET", ["events", uid]) => events::one(world, request, user, uid, now),
        ("GET", ["trackedEntities"]) => entities::list(world, request, user, now),
        ("GET", ["trackedEntities", uid]) => entities::one(world, request, user, uid, now),
        ("GET", ["enrollments"]) => enrollments::list(world, request, user, now),
        ("GET", ["enrollments", uid]) => enrollments::one(world, request, user, uid, now),
        ("GET", ["relationships"]) => enrollments::list_links(world, request, user, now),
        ("GET", ["relationships", uid]) => enrollments::one_link(world, request, user, uid, now),
        ("GET", ["trackedEntities", te, "attributes", attribute, form @ ("file" | "image")]) => {
            files::of_attribute(world, request, user, (te, attribute, form), now)
        }
        ("GET", ["events", uid, "dataValues", element, form @ ("file" | "image")]) => {
            files::of_event(world, request, user, (uid, element, form), now)
        }
        ("POST", ["events", uid, "note"]) => notes::of_event(world, request, user, uid, now),
        ("POST", ["enrollments", uid, "note"]) => {
            notes::of_enrollment(world, request, user, uid, now)
        }
        ("GET", ["events", uid, "changeLogs"]) => {
            notes::event_changes(world, request, user, uid, now)
        }
        ("GET", ["trackedEntities", uid, "changeLogs"]) => {
            notes::entity_changes(world, request, user, uid, now)
        }
        ("POST", ["ownership", "override"]) => ownership::take(world, request, user, now),
        ("PUT", ["ownership", "transfer"]) => ownership::transfer(world, request, user, now),
        _ => Ok(Response::no_resource(&format!("api/{}", request.path))),
    }
}
