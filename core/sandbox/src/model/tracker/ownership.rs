//! Breaking the glass and handing over (captures t022 to t024e).

use rusqlite::params;

use super::entity::{self, Replaces};
use super::{access, entities};
use crate::limits::TEMPORARY_OWNERSHIP_MS;
use crate::model::Answer;
use crate::model::http::{Request, Response};
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::world::World;

fn missing(name: &str) -> Response {
    let message = format!("Required parameter '{name}' is not present.");
    Response::tomcat(400, &message, "The server cannot or will not process the request.")
}

fn forbidden(message: &str) -> Response {
    Response::coded(403, "E1006", message)
}

/// The names of the parameter that names the tracked entity, by version (wire reference 1.5).
fn tracked_entity<'a>(world: &World, request: &'a Request) -> Result<&'a str, Response> {
    let old = world.version.minor <= 41;
    let query = &request.query;
    let named = query.get("trackedEntity");
    let named = named.or_else(|| query.get("trackedEntityInstance").filter(|_| old));
    named.ok_or_else(|| missing("trackedEntity"))
}

fn program<'a>(world: &'a World, request: &Request, user: &User) -> Result<&'a Object, Response> {
    let id = request.query.get("program").ok_or_else(|| missing("program"))?;
    let found = world.meta.get("programs", id).filter(|program| access::reads(user, program));
    found.map(AsRef::as_ref).ok_or_else(|| Response::not_found("Program", id))
}

/// `POST /api/tracker/ownership/override`: three hours of a protected record, for a reason.
///
/// # Errors
/// The 400, 403 and 404 of what cannot be; a failing store.
pub fn take(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let te = tracked_entity(world, request)?;
    let program = program(world, request, user)?;
    let reason = request.query.get("reason").ok_or_else(|| missing("reason"))?;
    let stored = entity::load(&world.db, te)?.filter(|stored| !stored.deleted);
    let Some(stored) = stored else { return Ok(Response::not_found("TrackedEntity", te)) };
    let level = program.text("accessLevel").unwrap_or("OPEN");
    if level != "PROTECTED" {
        let message = format!(
            "Temporary ownership not created. Temporary ownership can only be granted to protected \
             programs. {} access level is {level}.",
            program.id
        );
        return Ok(forbidden(&message));
    }
    let owner = entity::owner(&world.db, te, &program.id)?.unwrap_or(stored.ou);
    if !access::in_search(world, user, &owner) {
        let message = "Temporary ownership not created. The owner of the entity-program \
                       combination is not in the user's search scope.";
        return Ok(forbidden(message));
    }
    let sql = "INSERT OR REPLACE INTO temporary_owner(username, te, program, until, reason) \
               VALUES(?,?,?,?,?)";
    let until = now.saturating_add(TEMPORARY_OWNERSHIP_MS);
    world.db.execute(sql, params![user.username, te, program.id, until, reason])?;
    Ok(Response::ok(Some("Temporary Ownership granted"), None))
}

/// `PUT /api/tracker/ownership/transfer`: whoever has the record may give it away, even to where
/// they cannot follow (capture t023f).
///
/// # Errors
/// The 400, 403 and 404 of what cannot be; a failing store.
pub fn transfer(world: &World, request: &Request, user: &User, now: i64) -> Answer {
    let te = tracked_entity(world, request)?;
    let program = program(world, request, user)?;
    let query = &request.query;
    let ou = query.get("orgUnit").or_else(|| query.get("ou")).ok_or_else(|| missing("orgUnit"))?;
    if entities::seen(world, user, te, Some(program), now)?.is_none() {
        return Ok(Response::not_found("TrackedEntity", te));
    }
    if world.meta.get("organisationUnits", ou).is_none() {
        return Ok(Response::not_found("OrganisationUnit", ou));
    }
    if !program.references("organisationUnits").contains(&ou) {
        let message = format!("The program {} is not associated to the org unit {ou}", program.id);
        return Ok(forbidden(&message));
    }
    entity::set_owner(&world.db, te, &program.id, ou, Replaces::Owner)?;
    let sql = "DELETE FROM temporary_owner WHERE te = ? AND program = ?";
    world.db.execute(sql, [te, &program.id])?;
    Ok(Response::ok(Some("Ownership transferred"), None))
}
