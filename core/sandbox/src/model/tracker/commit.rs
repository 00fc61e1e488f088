//! Carrying out what was judged: writing objects, values, notes and owners, deleting in cascades.
//!
//! Never judges; by now every plan is allowed.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::check::Placed;
use super::enrollment::{self, Enrollment};
use super::entity::{self, Entity, Replaces};
use super::event::{self, Event, EventValue, Sent};
use super::payload::{SentAttribute, SentEnrollment, SentEntity, SentRelationship};
use super::relationship::{self, End, Relationship};
use super::report::{Fault, Kind};
use super::stored_file;
use crate::model::meta::access::User;
use crate::model::world::World;

/// What is to be done with one object.
pub enum Plan<'a> {
    /// Write a tracked entity, over the stored one if there is one.
    Entity(&'a SentEntity, Option<Box<Entity>>),
    /// Write an enrolment.
    Enrollment(&'a SentEnrollment, Option<Box<Enrollment>>),
    /// Write an event, already merged, and whether it is new.
    Event(Box<Event>, &'a Sent, bool),
    /// Write a relationship between two ends.
    Relationship(&'a SentRelationship, End, End),
    /// Leave a stored relationship as it is.
    Keep(&'a str),
    /// Delete a tracked entity and everything below it.
    DeleteEntity(Box<Entity>),
    /// Delete an enrolment and its events.
    DeleteEnrollment(Box<Enrollment>),
    /// Delete an event.
    DeleteEvent(Box<Event>),
    /// Delete a relationship.
    DeleteRelationship(Relationship),
}

impl Plan<'_> {
    /// What it is about.
    pub fn subject(&self) -> (Kind, String) {
        match self {
            Self::Entity(sent, _) => (Kind::TrackedEntity, sent.uid.clone()),
            Self::DeleteEntity(stored) => (Kind::TrackedEntity, stored.uid.clone()),
            Self::Enrollment(sent, _) => (Kind::Enrollment, sent.uid.clone()),
            Self::DeleteEnrollment(stored) => (Kind::Enrollment, stored.uid.clone()),
            Self::Event(event, ..) | Self::DeleteEvent(event) => (Kind::Event, event.uid.clone()),
            Self::Relationship(sent, ..) => (Kind::Relationship, sent.uid.clone()),
            Self::Keep(uid) => (Kind::Relationship, (*uid).to_owned()),
            Self::DeleteRelationship(stored) => (Kind::Relationship, stored.uid.clone()),
        }
    }

    /// Whether it deletes.
    pub fn deletes(&self) -> bool {
        matches!(
            self,
            Self::DeleteEntity(_)
                | Self::DeleteEnrollment(_)
                | Self::DeleteEvent(_)
                | Self::DeleteRelationship(_)
        )
    }

    /// Whether it makes something new.
    pub fn creates(&self) -> bool {
        match self {
            Self::Entity(_, stored) => stored.is_none(),
            Self::Enrollment(_, stored) => stored.is_none(),
            Self::Event(_, _, is_new) => *is_new,
            Self::Relationship(..) => true,
            _ => false,
        }
    }
}

/// Does it; notes in `touched` whose last change moves with it.
///
/// # Errors
/// Only when the store fails.
pub fn carry_out(
    world: &mut World,
    plan: Plan<'_>,
    touched: &mut HashSet<String>,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    match plan {
        Plan::Keep(_) => Ok(()),
        Plan::Entity(sent, stored) => write_entity(world, sent, stored, user, now),
        Plan::Enrollment(sent, stored) => {
            touched.extend(sent.te.clone());
            write_enrollment(world, sent, stored, user, now)
        }
        Plan::Event(event, sent, _) => {
            touched.extend(event.te.clone());
            write_event(world, *event, &sent.notes, user, now)
        }
        Plan::Relationship(sent, from, to) => {
            let ends = [&from, &to].into_iter().filter(|end| end.member == "trackedEntity");
            touched.extend(ends.map(|end| end.uid.clone()));
            let relationship = Relationship {
                uid: sent.uid.clone(),
                kind: sent.kind.clone().unwrap_or_default(),
                from,
                to,
                created: now,
                created_client: sent.created_client,
                deleted: false,
            };
            relationship::store(&world.db, &relationship)
        }
        Plan::DeleteEntity(stored) => delete_entity(world, *stored, user, now),
        Plan::DeleteEnrollment(stored) => {
            touched.insert(stored.te.clone());
            delete_enrollment(world, *stored, user, now)
        }
        Plan::DeleteEvent(stored) => {
            touched.extend(stored.te.clone());
            // A deletion moves the enrolment too (capture t008j), which no edit does.
            if let Some(enrollment) = &stored.enrollment
                && let Some(enrollment) = enrollment::load(&world.db, enrollment)?
            {
                enrollment::store(&world.db, &Enrollment { updated: now, ..enrollment })?;
            }
            delete_event(world, *stored, user, now)
        }
        Plan::DeleteRelationship(stored) => {
            relationship::store(&world.db, &Relationship { deleted: true, ..stored })
        }
    }
}

fn write_entity(
    world: &World,
    sent: &SentEntity,
    stored: Option<Box<Entity>>,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let old = stored.map(|stored| *stored).unwrap_or_else(|| Entity {
        created: now,
        created_by: user.info(),
        ..Entity::default()
    });
    let entity = Entity {
        uid: sent.uid.clone(),
        kind: sent.kind.clone().unwrap_or_default(),
        ou: sent.ou.clone().unwrap_or_default(),
        created: old.created,
        updated: now,
        deleted: false,
        updated_by: user.info(),
        created_client: sent.created_client,
        updated_client: sent.updated_client,
        inactive: sent.inactive,
        potential_duplicate: sent.potential_duplicate,
        geometry: sent.geometry.clone(),
        stored_by: sent.stored_by.clone().or(old.stored_by),
        created_by: old.created_by,
    };
    entity::store(&world.db, &entity)?;
    write_attributes(world, &sent.uid, &sent.attributes, user, now)
}

fn write_attributes(
    world: &World,
    te: &str,
    attributes: &[SentAttribute],
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let by = user.info();
    attributes.iter().try_for_each(|(attribute, value)| {
        entity::set_value(&world.db, te, attribute, value.as_deref(), &by, now)
    })
}

fn write_enrollment(
    world: &mut World,
    sent: &SentEnrollment,
    stored: Option<Box<Enrollment>>,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let old = stored.map(|stored| *stored).unwrap_or_else(|| Enrollment {
        created: now,
        created_by: user.info(),
        ..Enrollment::default()
    });
    let ended = sent.status != "ACTIVE";
    let te = sent.te.clone().unwrap_or_default();
    let program = sent.program.clone().unwrap_or_default();
    let ou = sent.ou.clone().unwrap_or_default();
    let notes = with_notes(world, old.notes, &sent.notes, user, now);
    let enrollment = Enrollment {
        uid: sent.uid.clone(),
        te: te.clone(),
        program: program.clone(),
        ou: ou.clone(),
        status: sent.status.clone(),
        enrolled: sent.enrolled,
        occurred: sent.occurred.or(sent.enrolled),
        created: old.created,
        updated: now,
        deleted: false,
        follow_up: sent.follow_up,
        created_client: sent.created_client,
        updated_client: sent.updated_client,
        completed: ended.then(|| sent.completed.or(old.completed).unwrap_or(now)),
        completed_by: ended
            .then(|| old.completed_by.clone().unwrap_or_else(|| user.username.clone())),
        stored_by: sent.stored_by.clone().or(old.stored_by),
        geometry: sent.geometry.clone(),
        notes,
        created_by: old.created_by,
        updated_by: user.info(),
    };
    enrollment::store(&world.db, &enrollment)?;
    entity::set_owner(&world.db, &te, &program, &ou, Replaces::Nothing)?;
    write_attributes(world, &te, &sent.attributes, user, now)
}

fn write_event(
    world: &mut World,
    mut event: Event,
    notes: &[Value],
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let known = std::mem::take(&mut event.notes);
    event.notes = with_notes(world, known, notes, user, now);
    log_values(world, &event, user, now)?;
    event::store(&world.db, &event)
}

/// Compares the values with the stored ones and notes what changed.
fn log_values(world: &World, event: &Event, user: &User, now: i64) -> rusqlite::Result<()> {
    let old = event::load(&world.db, &event.uid)?.map(|old| old.values).unwrap_or_default();
    let by = user.info();
    let note = |element: &str, previous: Option<&str>, current: Option<&str>| {
        entity::log_change(&world.db, &event.uid, element, previous, current, &by, now)
    };
    for value in &event.values {
        let previous = old.iter().find(|old| old.element == value.element);
        let previous = previous.map(|old| old.value.as_str());
        if previous == Some(value.value.as_str()) {
            continue;
        }
        note(&value.element, previous, Some(&value.value))?;
        let element = world.meta.get("dataElements", &value.element);
        let kind = element.and_then(|element| element.text("valueType"));
        if matches!(kind, Some("FILE_RESOURCE" | "IMAGE")) {
            stored_file::assign(&world.db, &value.value, &event.uid)?;
        }
    }
    let gone = old.iter().filter(|old| !event.values.iter().any(|new| new.element == old.element));
    gone.into_iter().try_for_each(|old| note(&old.element, Some(&old.value), None))
}

/// The known notes and the new ones; notes without a uid get one, known ones stay as they are.
fn with_notes(
    world: &mut World,
    mut notes: Vec<Value>,
    sent: &[Value],
    user: &User,
    now: i64,
) -> Vec<Value> {
    for note in sent {
        let given = note.get("note").and_then(Value::as_str).map(str::to_owned);
        let uid = given.unwrap_or_else(|| world.uids.uid());
        if notes.iter().any(|known| known["note"] == uid) {
            continue;
        }
        let text = note.get("value").and_then(Value::as_str).unwrap_or("");
        if text.is_empty() {
            continue;
        }
        let stored_by = note.get("storedBy").and_then(Value::as_str);
        notes.push(event::note(&uid, text, stored_by, user, &world.zone, now));
    }
    notes
}

fn delete_event(world: &World, stored: Event, user: &User, now: i64) -> rusqlite::Result<()> {
    delete_links(world, Kind::Event, &stored.uid)?;
    let buried = Event { deleted: true, updated: now, updated_by: user.info(), ..stored };
    event::store(&world.db, &buried)
}

fn delete_enrollment(
    world: &World,
    stored: Enrollment,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    delete_links(world, Kind::Enrollment, &stored.uid)?;
    let events = event::of_enrollment(&world.db, &stored.uid)?;
    for event in events.into_iter().filter(|event| !event.deleted) {
        delete_event(world, event, user, now)?;
    }
    let buried = Enrollment { deleted: true, updated: now, updated_by: user.info(), ..stored };
    enrollment::store(&world.db, &buried)
}

fn delete_entity(world: &World, stored: Entity, user: &User, now: i64) -> rusqlite::Result<()> {
    delete_links(world, Kind::TrackedEntity, &stored.uid)?;
    let enrollments = enrollment::of_entity(&world.db, &stored.uid)?;
    for enrollment in enrollments.into_iter().filter(|enrollment| !enrollment.deleted) {
        delete_enrollment(world, enrollment, user, now)?;
    }
    let buried = Entity { deleted: true, updated: now, updated_by: user.info(), ..stored };
    entity::store(&world.db, &buried)
}

fn delete_links(world: &World, kind: Kind, uid: &str) -> rusqlite::Result<()> {
    let links = relationship::of_object(&world.db, kind.member(), uid, false)?;
    links.into_iter().try_for_each(|link| {
        relationship::store(&world.db, &Relationship { deleted: true, ..link })
    })
}

/// An assignee that does not exist is a fault (capture t010b); on a stage without assignment it is
/// dropped (t066).
///
/// # Errors
/// The fault.
pub fn assignee(world: &World, sent: &Sent, placed: &Placed<'_>) -> Result<(), Vec<Fault>> {
    let Some(assigned) = sent.assigned.as_ref() else { return Ok(()) };
    if !placed.stage.flag("enableUserAssignment") || person(world, assigned).is_some() {
        return Ok(());
    }
    let member = |key: &str| assigned.get(key).and_then(Value::as_str).unwrap_or("null");
    let name = format!("User(uid={}, username={})", member("uid"), member("username"));
    let message = format!("Assigned User `{name}` is not valid.");
    Err(vec![Fault::new(&sent.uid, "E1118", message, vec![name])])
}

fn person(world: &World, assigned: &Value) -> Option<Value> {
    let text = |key: &str| assigned.get(key).and_then(Value::as_str);
    let by_uid = text("uid").and_then(|uid| world.meta.get("users", uid));
    let user = by_uid.or_else(|| {
        let name = text("username")?;
        world.meta.all("users").iter().find(|user| user.text("username") == Some(name))
    })?;
    let member = |key: &str| user.text(key).unwrap_or("");
    Some(json!({
        "uid": user.id, "username": member("username"), "firstName": member("firstName"),
        "surname": member("surname"),
        "displayName": format!("{} {}", member("firstName"), member("surname")),
    }))
}

/// The event after the import: scalars as sent, values merged (captures 103 to 103c).
pub fn merged(
    world: &World,
    sent: &Sent,
    stored: Option<Event>,
    placed: &Placed<'_>,
    user: &User,
    now: i64,
) -> Event {
    let old = stored.unwrap_or_else(|| Event {
        created: now,
        created_by: user.info(),
        ..Event::default()
    });
    let completes = sent.status == "COMPLETED";
    let assignable = placed.stage.flag("enableUserAssignment");
    let assigned = sent.assigned.as_ref().filter(|_| assignable);
    Event {
        uid: sent.uid.clone(),
        program: placed.program.id.clone(),
        stage: placed.stage.id.clone(),
        te: placed.te.clone(),
        enrollment: placed.te.as_ref().and(sent.enrollment.clone()),
        follow_up: sent.follow_up,
        ou: sent.ou.clone().unwrap_or_default(),
        status: sent.status.clone(),
        occurred: sent.occurred,
        scheduled: sent.scheduled,
        created: old.created,
        updated: now,
        deleted: false,
        created_client: sent.created_client,
        updated_client: sent.updated_client,
        aoc: placed.aoc.clone(),
        options: placed.options.clone(),
        stored_by: sent.stored_by.clone().or(old.stored_by),
        completed_by: completes
            .then(|| old.completed_by.clone().unwrap_or_else(|| user.username.clone())),
        completed: completes.then(|| sent.completed.or(old.completed).unwrap_or(now)),
        geometry: sent.geometry.clone(),
        notes: old.notes,
        assigned: assigned.and_then(|assigned| person(world, assigned)),
        created_by: old.created_by,
        updated_by: user.info(),
        values: merged_values(old.values, &sent.values, user, now),
    }
}

fn merged_values(
    mut values: Vec<EventValue>,
    sent: &[(String, Option<String>, bool)],
    user: &User,
    now: i64,
) -> Vec<EventValue> {
    for (element, value, elsewhere) in sent {
        let at = values.iter().position(|known| known.element == *element);
        match (at, value) {
            (Some(at), None) => drop(values.remove(at)),
            (None, None) => {}
            (Some(at), Some(value)) => {
                let Some(known) = values.get_mut(at) else { continue };
                if known.value != *value || known.elsewhere != *elsewhere {
                    known.value.clone_from(value);
                    known.elsewhere = *elsewhere;
                    known.updated = now;
                    known.updated_by = user.info();
                }
            }
            (None, Some(value)) => values.push(EventValue {
                element: element.clone(),
                value: value.clone(),
                elsewhere: *elsewhere,
                created: now,
                updated: now,
                stored_by: user.username.clone(),
                created_by: user.info(),
                updated_by: user.info(),
            }),
        }
    }
    values
}
