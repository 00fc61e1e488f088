//! Who may see and change which tracked entity: access levels, owners, temporary ownership.
//!
//! Never looks at values: only programs, organisation units and who asks.

use rusqlite::params;

use super::entity;
use super::event::Event;
use crate::db::{Scratch, fill};
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::world::World;

/// Whether a program only lets people of the owning unit in.
pub fn is_guarded(program: &Object) -> bool {
    matches!(program.text("accessLevel"), Some("PROTECTED" | "CLOSED"))
}

/// Whether the user may search in an organisation unit.
pub fn in_search(world: &World, user: &User, ou: &str) -> bool {
    user.is_super() || world.meta.within(ou, &user.search) || world.meta.within(ou, &user.capture)
}

/// Whether the user may capture in an organisation unit.
pub fn in_capture(world: &World, user: &User, ou: &str) -> bool {
    user.is_super() || world.meta.within(ou, &user.capture)
}

/// Whether the user may read the metadata and the data of an object.
pub fn reads(user: &User, object: &Object) -> bool {
    user.can_read(object) && user.can_read_data(object)
}

/// Whether the user broke the glass within the last hours.
///
/// # Errors
/// Only when the store fails.
pub fn holds_temporarily(
    world: &World,
    user: &User,
    te: &str,
    program: &str,
    now: i64,
) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM temporary_owner \
               WHERE username = ? AND program = ? AND te = ? AND until > ?";
    let row = params![user.username, program, te, now];
    let count: i64 = world.db.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
    Ok(count > 0)
}

/// Whether the user has the tracked entity in the program (table of t020 to t023).
///
/// `home` is the unit that registered it and owns it before any enrolment.
///
/// # Errors
/// Only when the store fails.
pub fn has(
    world: &World,
    user: &User,
    te: &str,
    home: &str,
    program: &Object,
    now: i64,
) -> rusqlite::Result<bool> {
    if user.is_super() {
        return Ok(true);
    }
    let owner = entity::owner(&world.db, te, &program.id)?;
    let owner = owner.as_deref().unwrap_or(home);
    if !is_guarded(program) {
        return Ok(in_search(world, user, owner));
    }
    if in_capture(world, user, owner) {
        return Ok(true);
    }
    let protected = program.text("accessLevel") == Some("PROTECTED");
    Ok(protected && holds_temporarily(world, user, te, &program.id, now)?)
}

/// Whether the user may read an event: its program, its stage and its place or its owner.
///
/// # Errors
/// Only when the store fails.
pub fn sees_event(world: &World, user: &User, event: &Event, now: i64) -> rusqlite::Result<bool> {
    let meta = &world.meta;
    let program = meta.get("programs", &event.program);
    let stage = meta.get("programStages", &event.stage);
    let Some(program) = program.filter(|program| reads(user, program)) else { return Ok(false) };
    if !stage.is_some_and(|stage| reads(user, stage)) {
        return Ok(false);
    }
    match &event.te {
        None => Ok(in_search(world, user, &event.ou)),
        Some(te) => has(world, user, te, &event.ou, program, now),
    }
}

/// Puts every unit of the user's scopes into the scratch tables, for queries that need them.
///
/// # Errors
/// Only when the store fails.
pub fn prepare(world: &World, user: &User) -> rusqlite::Result<()> {
    if user.is_super() {
        return Ok(());
    }
    let below = |roots: &[String]| -> Vec<String> {
        roots.iter().flat_map(|root| world.meta.subtree(root)).collect()
    };
    let capture = below(&user.capture);
    let search = below(&user.search);
    fill(&world.db, Scratch::Capture, capture.iter().map(String::as_str))?;
    fill(&world.db, Scratch::Search, search.iter().chain(&capture).map(String::as_str))
}
