//! `POST /api/metadata` (captures 03 to 06, m000): create or replace objects, all or nothing, with
//! the report.
//!
//! Checks what makes an object unusable (uid, required members, rights); it is not DHIS2's whole
//! schema validation.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::access::User;
use super::load;
use super::store::{Object, normalise};
use super::types::{self, TYPES, Type};
use crate::model::Answer;
use crate::model::http::{Request, Response};
use crate::model::uid::is_uid;
use crate::model::world::World;

/// Members without which DHIS2 refuses an object, and the Java class it names for them.
const REQUIRED: [(&str, &str, &str); 12] = [
    ("dataElements", "aggregationType", "org.hisp.dhis.analytics.AggregationType"),
    ("dataElements", "domainType", "org.hisp.dhis.dataelement.DataElementDomain"),
    ("dataElements", "valueType", "org.hisp.dhis.common.ValueType"),
    ("dataElements", "name", "java.lang.String"),
    ("dataElements", "shortName", "java.lang.String"),
    ("dataSets", "periodType", "org.hisp.dhis.period.PeriodType"),
    ("dataSets", "name", "java.lang.String"),
    ("organisationUnits", "name", "java.lang.String"),
    ("organisationUnits", "openingDate", "java.util.Date"),
    ("organisationUnits", "shortName", "java.lang.String"),
    ("programs", "name", "java.lang.String"),
    ("programs", "programType", "org.hisp.dhis.program.ProgramType"),
];

#[derive(Default)]
struct TypeReport {
    created: usize,
    updated: usize,
    deleted: usize,
    ignored: usize,
    objects: Vec<Value>,
    failures: usize,
}

/// Answers the import.
///
/// # Errors
/// 400 for a body that is not JSON; a failing store.
pub fn post(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let body = request.json()?;
    let package = body.as_object().cloned().unwrap_or_default();
    let query = &request.query;
    let strategy = query.get("importStrategy").unwrap_or("CREATE_AND_UPDATE").to_owned();
    let full = matches!(query.get("importReportMode"), Some("FULL" | "DEBUG"));
    let commit = query.get("importMode") != Some("VALIDATE");
    let mut reports: BTreeMap<usize, TypeReport> = BTreeMap::new();
    let mut plan = Vec::new();
    for (plural, objects) in &package {
        let (Some(kind), Some(objects)) = (types::by_plural(plural), objects.as_array()) else {
            continue;
        };
        if objects.is_empty() {
            continue;
        }
        let position = TYPES.iter().position(|t| std::ptr::eq(t, kind)).unwrap_or(usize::MAX);
        let report = reports.entry(position).or_default();
        for (index, object) in objects.iter().enumerate() {
            check_object(world, user, kind, (index, object), &strategy, report, full, &mut plan);
        }
    }
    let failed = reports.values().any(|report| report.failures > 0);
    if failed && query.get("atomicMode") != Some("NONE") {
        for report in reports.values_mut() {
            report.ignored += report.created + report.updated + report.deleted;
            (report.created, report.updated, report.deleted) = (0, 0, 0);
            report.objects.retain(|object| object["errorReports"] != json!([]));
        }
        plan.clear();
    }
    if commit {
        carry_out(world, user, plan, now)?;
    }
    Ok(answer(&reports, failed))
}

enum Step {
    Put(Object),
    Remove(&'static str, String),
}

#[expect(clippy::too_many_arguments, reason = "one row of the report needs all of them")]
fn check_object(
    world: &World,
    user: &User,
    kind: &'static Type,
    (index, object): (usize, &Value),
    strategy: &str,
    report: &mut TypeReport,
    full: bool,
    plan: &mut Vec<Step>,
) {
    let mut body = object.as_object().cloned().unwrap_or_default();
    let id = body.get("id").and_then(Value::as_str).unwrap_or("").to_owned();
    let existing = world.meta.get(kind.plural, &id);
    let errors = errors(user, kind, &body, &id, existing.map(|e| e.as_ref()), strategy);
    let failed = !errors.is_empty();
    if failed || full {
        report.objects.push(json!({
            "klass": kind.klass(), "index": index, "uid": id, "errorReports": errors,
        }));
    }
    if failed {
        report.failures += 1;
        report.ignored += 1;
        return;
    }
    if strategy == "DELETE" {
        report.deleted += 1;
        plan.push(Step::Remove(kind.plural, id));
        return;
    }
    match existing {
        Some(_) => report.updated += 1,
        None => report.created += 1,
    }
    // Passwords leave the object again before it is kept.
    let password = body.shift_remove("password");
    normalise(kind, &mut body);
    body.shift_remove("id");
    body.extend(password.map(|password| ("password".to_owned(), password)));
    // A program or data set that is sent again is a new version of it (captures 11, 15, m034).
    let versioned = matches!(kind.plural, "programs" | "dataSets");
    if let (true, Some(existing)) = (versioned, existing) {
        let version = existing.integer("version") + sections(world, existing);
        body.insert("version".to_owned(), json!(version + 1));
    }
    keep_sharing(kind, existing.map(|e| e.as_ref()), object, &mut body, user);
    plan.push(Step::Put(Object {
        kind,
        id,
        created: existing.map_or(0, |existing| existing.created),
        updated: 0,
        author: user.id.as_str().into(),
        body,
    }));
}

/// Sections raise the version of a data set that has none of its own.
fn sections(world: &World, existing: &Object) -> i64 {
    if existing.kind.plural != "dataSets" || existing.body.contains_key("version") {
        return 0;
    }
    let sections = world.meta.children("dataSets", "sections", &existing.id).len();
    i64::try_from(sections).unwrap_or(0)
}

/// An update without sharing keeps the sharing there was.
fn keep_sharing(
    kind: &Type,
    existing: Option<&Object>,
    sent: &Value,
    body: &mut Map<String, Value>,
    user: &User,
) {
    if !kind.shared() {
        return;
    }
    let untouched = sent.get("sharing").is_none() && sent.get("publicAccess").is_none();
    if untouched && let Some(sharing) = existing.and_then(|e| e.body.get("sharing")) {
        body.insert("sharing".to_owned(), sharing.clone());
    }
    if let Some(Value::Object(sharing)) = body.get_mut("sharing") {
        sharing.entry("owner").or_insert_with(|| json!(user.id));
    }
}

fn errors(
    user: &User,
    kind: &Type,
    body: &Map<String, Value>,
    id: &str,
    existing: Option<&Object>,
    strategy: &str,
) -> Vec<Value> {
    let klass = kind.klass();
    let error = |code: &str, message: String, args: Value| {
        json!({
            "message": message, "args": args, "mainKlass": klass, "errorCode": code,
            "errorProperties": args,
        })
    };
    if !is_uid(id) {
        let message = format!("Invalid UID `{id}` for property `{}`", kind.singular);
        return vec![error("E4014", message, json!([id, kind.singular]))];
    }
    let allowed = match existing {
        Some(existing) => user.can_write(existing),
        None => user.is_super(),
    };
    if !allowed {
        let (code, word) =
            if existing.is_some() { ("E3001", "update") } else { ("E3000", "create") };
        let message =
            format!("User `{}` is not allowed to {word} objects of type {klass}", user.username);
        return vec![error(code, message, json!([user.username, klass]))];
    }
    match (strategy, existing) {
        ("CREATE", Some(_)) => {
            let message = format!("Object `{id}` already exists");
            return vec![error("E5000", message, json!([id]))];
        }
        ("UPDATE" | "DELETE", None) => {
            let message = format!("No matching object for `{id}`");
            return vec![error("E5001", message, json!([id]))];
        }
        ("DELETE", _) => return Vec::new(),
        _ => {}
    }
    let missing = REQUIRED.iter().filter(|(plural, property, _)| {
        *plural == kind.plural && !usable(property, body.get(*property))
    });
    let missing = missing.map(|(_, property, error_klass)| {
        let message = format!("Missing required property `{property}`");
        let mut report = error("E4000", message, json!([property]));
        report["errorKlass"] = json!(error_klass);
        report["errorProperty"] = json!(property);
        report
    });
    missing.collect()
}

fn usable(property: &str, value: Option<&Value>) -> bool {
    let text = value.and_then(Value::as_str).unwrap_or("");
    match property {
        "periodType" => outpost_domain::period::PeriodType::parse(text).is_ok(),
        _ => !text.is_empty(),
    }
}

fn carry_out(world: &mut World, user: &User, plan: Vec<Step>, now: i64) -> rusqlite::Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    for step in plan {
        match step {
            Step::Put(mut object) => {
                object.updated = now;
                if object.created == 0 {
                    object.created = now;
                }
                if let Some(password) = object.body.shift_remove("password")
                    && let (Some(name), Some(password)) =
                        (object.text("username").map(str::to_owned), password.as_str())
                {
                    crate::model::auth::set_password(world, &name, &object.id, password)?;
                }
                world.put(object)?;
            }
            Step::Remove(plural, id) => {
                if let Some(object) = world.meta.get(plural, &id).cloned() {
                    world.remove(&object, &user.username, now)?;
                }
            }
        }
    }
    for (plural, id) in load::settle(world, now) {
        if let Some(object) = world.meta.get(plural, &id) {
            world.store(object)?;
        }
    }
    Ok(())
}

fn answer(reports: &BTreeMap<usize, TypeReport>, failed: bool) -> Response {
    let mut totals = TypeReport::default();
    let mut types = Vec::new();
    for (position, report) in reports {
        totals.created += report.created;
        totals.updated += report.updated;
        totals.deleted += report.deleted;
        totals.ignored += report.ignored;
        let klass = TYPES.get(*position).map(Type::klass);
        types.push(json!({
            "klass": klass, "stats": stats(report), "objectReports": report.objects,
        }));
    }
    let word = if failed { "ERROR" } else { "OK" };
    let report = json!({
        "status": word, "stats": stats(&totals), "typeReports": types,
        "responseType": "ImportReportWebMessageResponse",
    });
    if failed {
        let message = "One or more errors occurred, please see full details in import report.";
        return Response::enveloped(409, "WARNING", Some(message), Some(report));
    }
    Response::ok(None, Some(report))
}

fn stats(report: &TypeReport) -> Value {
    json!({
        "created": report.created, "updated": report.updated, "deleted": report.deleted,
        "ignored": report.ignored,
        "total": report.created + report.updated + report.deleted + report.ignored,
    })
}
