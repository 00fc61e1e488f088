//! `POST /api/tracker`: bundles of events, all or object by object, at once or as a job.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::check::{Judge, Placed};
use super::event::{self, Event, EventValue, Sent};
use super::report::{Fault, Report};
use crate::model::http::{Query, Request, Response};
use crate::model::meta::access::User;
use crate::model::world::World;
use crate::model::{Answer, Refusal};

/// Answers the import.
///
/// # Errors
/// The 400 and 409 envelopes for faults of the JSON itself; a failing store.
pub fn post(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let payload = parse(&request.body)?;
    let items = |key: &str| payload.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    if ["trackedEntities", "enrollments", "relationships"].iter().any(|key| !items(key).is_empty())
    {
        let message = "This server keeps no tracked entities, enrolments or relationships.";
        return Ok(Response::error(409, message));
    }
    let mut sent = Vec::new();
    for item in items("events") {
        let event = Sent::read(&item, &world.zone)
            .map_err(|fault| Response::error(400, &format!("JSON parse error: {fault}")))?;
        sent.push(event);
    }
    if request.query.get("async") != Some("false") {
        return start(world, sent, &request.query, user, now);
    }
    if let Some(refusal) = twice(&sent) {
        return Ok(refusal);
    }
    let report = import(world, sent, &request.query, user, now)?;
    Ok(report.respond())
}

fn parse(body: &[u8]) -> Result<Value, Response> {
    // Tracker does not inflate; it meets the first byte of gzip as text (capture 199b).
    if let Some(control) = body.first().filter(|byte| **byte < 32 && !b"\r\n\t".contains(byte)) {
        let message = format!(
            "JSON parse error: Illegal character ((CTRL-CHAR, code {control})): only regular \
             white space (\\r, \\n, \\t) is allowed between tokens"
        );
        return Err(Response::error(400, &message));
    }
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    match parsed {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(Response::error(400, "JSON parse error: Cannot deserialize value")),
        Err(fault) => Err(Response::error(400, &format!("JSON parse error: {fault}"))),
    }
}

/// The same uid twice in a payload fails it as a whole (capture 198).
fn twice(sent: &[Sent]) -> Option<Response> {
    let mut seen = HashSet::new();
    let again = sent.iter().find(|event| !event.uid.is_empty() && !seen.insert(&event.uid))?;
    let message = format!("Duplicate key {} (attempted merging values [] and [])", again.uid);
    Some(Response::error(409, &message))
}

/// An asynchronous import: done at once, its report told under the job's id (captures 160 to 165).
fn start(world: &mut World, sent: Vec<Sent>, query: &Query, user: &User, now: i64) -> Answer {
    let id = world.uids.uid();
    let report = if twice(&sent).is_some() {
        Report { failed: true, ..Report::default() }
    } else {
        import(world, sent, query, user, now)?
    };
    let stats = report.stats;
    let last = format!(
        "Import complete with status {}, {} created, {} updated, {} deleted, {} ignored",
        report.word(),
        stats.created,
        stats.updated,
        stats.deleted,
        stats.ignored
    );
    let steps = [
        last.as_str(),
        "PostCommit",
        "Commit Transaction",
        "Running Rule Engine Validation",
        "Running Rule Engine",
        "Running Validation",
        "Running PreProcess",
        "Calculating Payload Size",
        "Running PreHeat",
        "Loading file content",
        "Loading file resource",
        "Tracker import started",
    ];
    let time = world.zone.local(now);
    let mut notes: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(index, message)| {
            let uid = world.uids.uid();
            json!({
                "level": "INFO", "category": "TRACKER_IMPORT_JOB", "message": message,
                "completed": index == 0, "id": uid, "time": time, "uid": uid,
            })
        })
        .collect();
    if let Some(first) = notes.last_mut() {
        first["dataType"] = json!("PARAMETERS");
        first["data"] = parameters(query);
    }
    world.jobs.add("TRACKER_IMPORT_JOB", &id, notes, report.render());
    let job = json!({
        // The real server leaves `/api` out of this address (capture t051).
        "id": id, "location": format!("{}/tracker/jobs/{id}", world.base_url),
        "responseType": "TrackerJobWebMessageResponse",
    });
    Ok(Response::ok(Some("Tracker job added"), Some(job)))
}

/// What a job repeats of its request (capture 161).
fn parameters(query: &Query) -> Value {
    let or = |name: &str, default: &str| query.get(name).unwrap_or(default).to_owned();
    let scheme = json!({"idScheme": "UID", "attributeUid": null});
    json!({
        "importMode": or("importMode", "COMMIT"),
        "idSchemes": {
            "idScheme": scheme, "dataElementIdScheme": scheme, "orgUnitIdScheme": scheme,
            "programIdScheme": scheme, "programStageIdScheme": scheme,
            "categoryOptionComboIdScheme": scheme, "categoryOptionIdScheme": scheme,
        },
        "importStrategy": or("importStrategy", "CREATE_AND_UPDATE"),
        "atomicMode": or("atomicMode", "ALL"), "flushMode": or("flushMode", "AUTO"),
        "validationMode": or("validationMode", "FULL"), "skipPatternValidation": false,
        "skipSideEffects": false, "skipRuleEngine": false, "filename": null,
        "reportMode": or("reportMode", "ERRORS"),
    })
}

enum Plan {
    Write(Box<Event>, bool),
    Delete(Box<Event>),
}

/// Judges every event, then carries out what the atomic mode leaves.
fn import(
    world: &mut World,
    mut sent: Vec<Sent>,
    query: &Query,
    user: &User,
    now: i64,
) -> Result<Report, Refusal> {
    let strategy = query.get("importStrategy").unwrap_or("CREATE_AND_UPDATE");
    let object_mode = query.get("atomicMode") == Some("OBJECT");
    let commit = query.get("importMode") != Some("VALIDATE");
    for event in &mut sent {
        if event.uid.is_empty() {
            event.uid = world.uids.uid();
        }
    }
    let total = sent.len();
    let mut report = Report::default();
    let mut plans = Vec::new();
    for sent in &sent {
        match plan(world, sent, strategy, user, now)? {
            Ok(plan) => plans.push(plan),
            Err(faults) => {
                report.stats.ignored += 1;
                report.faults.extend(faults);
            }
        }
    }
    if !report.faults.is_empty() && !object_mode {
        report.failed = true;
        report.stats.ignored = total;
        return Ok(report);
    }
    report.validated_only = !commit;
    let mut done = Vec::new();
    for plan in plans {
        match plan {
            Plan::Write(event, is_new) => {
                if is_new {
                    report.stats.created += 1
                } else {
                    report.stats.updated += 1
                }
                done.push(event.uid.clone());
                if commit {
                    store_with_notes(world, *event, user, now)?;
                }
            }
            Plan::Delete(event) => {
                report.stats.deleted += 1;
                done.push(event.uid.clone());
                if commit {
                    let buried =
                        Event { deleted: true, updated: now, updated_by: user.info(), ..*event };
                    event::store(&world.db, &buried)?;
                }
            }
        }
    }
    report.done = Some(done);
    Ok(report)
}

/// Notes without a uid get one when they are stored.
fn store_with_notes(
    world: &mut World,
    mut event: Event,
    user: &User,
    now: i64,
) -> rusqlite::Result<()> {
    let mut notes: Vec<Value> = Vec::new();
    for sent in std::mem::take(&mut event.notes) {
        if sent.get("storedAt").is_some() {
            notes.push(sent);
            continue;
        }
        let given = sent.get("note").and_then(Value::as_str).map(str::to_owned);
        let uid = given.unwrap_or_else(|| world.uids.uid());
        if notes.iter().any(|known| known["note"] == uid) {
            continue;
        }
        let text = sent.get("value").and_then(Value::as_str).unwrap_or("");
        let stored_by = sent.get("storedBy").and_then(Value::as_str);
        notes.push(event::note(&uid, text, stored_by, user, &world.zone, now));
    }
    event.notes = notes;
    event::store(&world.db, &event)
}

fn plan(
    world: &World,
    sent: &Sent,
    strategy: &str,
    user: &User,
    now: i64,
) -> rusqlite::Result<Result<Plan, Vec<Fault>>> {
    let stored = event::load(&world.db, &sent.uid)?;
    let judge = Judge { world, user, now };
    if let Err(fault) = existence(sent, stored.as_ref(), strategy) {
        return Ok(Err(vec![fault]));
    }
    if strategy == "DELETE" {
        let Some(stored) = stored else { return Ok(Err(Vec::new())) };
        return Ok(judge.delete(&stored).map(|()| Plan::Delete(Box::new(stored))));
    }
    let placed = match judge.write(sent, stored.as_ref()) {
        Ok(placed) => placed,
        Err(faults) => return Ok(Err(faults)),
    };
    if let Some(fault) = assignee(world, sent, &placed) {
        return Ok(Err(vec![fault]));
    }
    let is_new = stored.is_none();
    let event = merged(world, sent, stored, &placed, user, now);
    Ok(Ok(Plan::Write(Box::new(event), is_new)))
}

fn existence(sent: &Sent, stored: Option<&Event>, strategy: &str) -> Result<(), Fault> {
    let uid = &sent.uid;
    let fault = |code, message: String| Err(Fault::new(uid, code, message, vec![uid.clone()]));
    match (stored, strategy) {
        (Some(stored), _) if stored.deleted => {
            let message = format!("Event: `{uid}`, is already deleted and cannot be modified.");
            fault("E1082", message)
        }
        (Some(_), "CREATE") => fault("E1030", format!("Event: `{uid}` already exists.")),
        (None, "UPDATE" | "DELETE") => fault("E1032", format!("Event: `{uid}` do not exist.")),
        _ => Ok(()),
    }
}

/// An assignee that does not exist is a fault; on a stage without assignment it is dropped (t066).
fn assignee(world: &World, sent: &Sent, placed: &Placed<'_>) -> Option<Fault> {
    let assigned = sent.assigned.as_ref()?;
    if !placed.stage.flag("enableUserAssignment") || person(world, assigned).is_some() {
        return None;
    }
    let name = assigned.get("uid").or_else(|| assigned.get("username"));
    let name = name.and_then(Value::as_str).unwrap_or("").to_owned();
    let message = format!("Assigned user `{name}` is not a valid UID.");
    Some(Fault::new(&sent.uid, "E1118", message, vec![name]))
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
fn merged(
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
    let mut notes = old.notes.clone();
    notes.extend(sent.notes.iter().cloned());
    Event {
        uid: sent.uid.clone(),
        program: placed.program.id.clone(),
        stage: placed.stage.id.clone(),
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
        notes,
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
