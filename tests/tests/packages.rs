//! Real metadata packages: everything that they define for data sets and programs comes to the device,
//! and the counts agree with the package and with the server, type by type. In each program with
//! registration somebody is registered with a first visit, and the server holds what was entered.
//!
//! `OUTPOST_PACKAGES=all` compares every package; an ordinary run the smallest two and the largest, and
//! registers somebody in all.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outpost_domain::form::session::FieldState;
use outpost_domain::value_type::ValueType;
use outpost_engine::model::{EventProblemView, SyncOptions};
use outpost_engine::{EventFormSession, PeopleOf, PersonFormSession};
use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::{Device, sync};
use outpost_tests::rig::material;
use outpost_tests::rig::server::Server;
use outpost_tests::rig::shared_data;
use outpost_tests::sim::metadata::uid;
use serde_json::{Value, json};

/// The packages, small ones first.
fn all_packages() -> Vec<PathBuf> {
    let Some(folder) = shared_data("metadata-packages") else { return Vec::new() };
    let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort_by_key(|path| std::fs::metadata(path).map_or(0, |it| it.len()));
    files
}

fn packages() -> Vec<PathBuf> {
    let mut files = all_packages();
    if std::env::var("OUTPOST_PACKAGES").is_ok_and(|it| it == "all") || files.len() <= 3 {
        return files;
    }
    let largest = files.len() - 1;
    files.drain(2..largest);
    files
}

fn read(path: &Path) -> (String, Value) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read(path).expect("a package");
    (name, serde_json::from_slice(&text).expect("JSON"))
}

#[track_caller]
fn check(path: &Path) {
    let (name, package) = read(path);
    let server = Server::for_package(MetadataSource::File(path.to_owned()));
    let device = Device::new();
    device.login(server.url());
    let report = device.json(&["pull", "--metadata-only"]);
    assert_eq!(report["stopped"], Value::Null, "{name}: {report}");
    let counts = report["counts"].as_object().cloned().unwrap_or_default();
    let mut told = BTreeMap::new();
    for (kind, on_device) in &counts {
        let on_device = on_device.as_u64().expect("a number");
        let in_package = package[kind].as_array().map_or(0, |list| list.len() as u64);
        let listed = server.get(&format!("/api/{kind}?fields=id&paging=false"));
        let on_server = listed[kind].as_array().map_or(0, |list| list.len() as u64);
        // A person's places are those of her part of the tree.
        if kind != "organisationUnits" {
            assert_eq!(on_device, on_server, "{name}: {kind} on device and server");
        }
        // A server adds its defaults to these, and a district where a package has none.
        if !kind.starts_with("categor") && !kind.starts_with("organisationUnit") {
            assert_eq!(on_device, in_package, "{name}: {kind} on device and in the package");
        }
        assert!(on_device >= in_package || kind == "organisationUnits", "{name}: {kind} missing");
        if on_device > 0 {
            told.insert(kind.clone(), on_device);
        }
    }
    println!("{name}: {told:?}");
    assert!(told.contains_key("dataElements"), "{name}: nothing came");
    // Every form opens: nothing of it is unreadable.
    let forms = device.json(&["forms"]);
    for form in forms.as_array().into_iter().flatten() {
        let id = form["uid"].as_str().expect("an id");
        let shown = device.json(&["form", "show", id]);
        assert_eq!(shown["uid"], id, "{name}");
    }
    device.verify_journal();
}

#[test]
fn packages_come_to_the_device_whole() {
    for path in packages() {
        check(&path);
    }
}

/// Place of everything in a package that has none.
const PLACE: &str = "OuPackage01";

/// Opens a package to everybody and gives its programs a place, as an administrator does who has
/// imported it. Gives the programs with registration.
fn opened(package: &mut Value) -> Vec<String> {
    let open = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    package["organisationUnits"] = json!([{
        "id": PLACE, "name": "Place", "shortName": "Place", "code": "PLACE", "level": 1,
        "path": format!("/{PLACE}"), "openingDate": "1990-01-01",
    }]);
    for kind in ["programs", "programStages", "trackedEntityTypes", "trackedEntityAttributes"] {
        for object in package[kind].as_array_mut().into_iter().flatten() {
            object["sharing"] = open.clone();
            if kind == "programs" {
                object["organisationUnits"] = json!([{"id": PLACE}]);
            }
        }
    }
    let programs = package["programs"].as_array().into_iter().flatten();
    let registering = programs.filter(|it| it["programType"] == "WITH_REGISTRATION");
    registering.filter_map(|it| Some(it["id"].as_str()?.to_owned())).collect()
}

/// An answer that a form takes, by the type of the question.
fn answer(value_type: ValueType, options: &[String], state: &FieldState) -> Option<String> {
    if let Some(code) = options.iter().find(|code| state.options.allows(code)) {
        return Some(code.clone());
    }
    let text = match value_type {
        ValueType::Text | ValueType::LongText => "Something 7",
        ValueType::Letter => "K",
        ValueType::PhoneNumber => "0712345678",
        ValueType::Email => "somebody@example.org",
        ValueType::Boolean | ValueType::TrueOnly => "true",
        ValueType::Age | ValueType::Date => return Some(material::past_day(2)),
        ValueType::DateTime => return Some(format!("{}T10:30", material::past_day(2))),
        ValueType::Time => "10:30",
        ValueType::Number | ValueType::UnitInterval => "0.5",
        ValueType::Percentage
        | ValueType::Integer
        | ValueType::IntegerPositive
        | ValueType::IntegerZeroOrPositive => "7",
        ValueType::IntegerNegative => "-7",
        ValueType::OrganisationUnit => PLACE,
        // Files and references have suites of their own.
        _ => return None,
    };
    Some(text.to_owned())
}

/// Codes of the options of a question, in order.
fn codes(package: &Value, kind: &str, id: &str) -> Vec<String> {
    let objects = package[kind].as_array().into_iter().flatten();
    let set = objects.clone().find(|it| it["id"] == id).map(|it| it["optionSet"]["id"].clone());
    let Some(set) = set.filter(Value::is_string) else { return Vec::new() };
    let options = package["options"].as_array().into_iter().flatten();
    let mut options: Vec<_> = options.filter(|it| it["optionSet"]["id"] == set).collect();
    options.sort_by_key(|it| it["sortOrder"].as_i64());
    options.iter().filter_map(|it| Some(it["code"].as_str()?.to_owned())).collect()
}

/// Nobody types here, or what was typed stands already.
fn is_done(state: &FieldState) -> bool {
    state.is_hidden || state.is_read_only || state.is_assigned || state.value.is_some()
}

/// Fills a form in question by question; an answer that the rules refuse is taken back. Some questions
/// are shown when others are answered, so it is gone through twice.
fn fill_person(form: &mut PersonFormSession, package: &Value) {
    let fields: Vec<_> =
        form.form().fields().map(|field| (field.attribute, field.value_type)).collect();
    for (attribute, value_type) in fields.iter().chain(&fields) {
        let Some(state) = form.field(*attribute).filter(|it| !is_done(it)) else { continue };
        let options = codes(package, "trackedEntityAttributes", attribute.as_str());
        let Some(text) = answer(*value_type, &options, state) else { continue };
        form.set_value(*attribute, &text).expect("typed");
        let state = form.field(*attribute).expect("a question");
        if state.problem.is_some() || !state.errors.is_empty() {
            form.set_value(*attribute, "").expect("taken back");
        }
    }
}

fn fill_visit(form: &mut EventFormSession, package: &Value) {
    let fields: Vec<_> =
        form.form().fields().map(|field| (field.data_element, field.value_type)).collect();
    for (element, value_type) in fields.iter().chain(&fields) {
        let Some(state) = form.field(*element).filter(|it| !is_done(it)) else { continue };
        let options = codes(package, "dataElements", element.as_str());
        let Some(text) = answer(*value_type, &options, state) else { continue };
        form.set_value(*element, &text).expect("typed");
        let state = form.field(*element).expect("a question");
        if state.problem.is_some() || !state.errors.is_empty() {
            form.set_value(*element, "").expect("taken back");
        }
    }
}

fn told(problems: &[EventProblemView]) -> Vec<String> {
    problems.iter().map(|it| format!("{}: {}", it.name, it.refusal.reason)).collect()
}

/// `id → value` of a list of an answer.
fn values(item: &Value, list: &str, key: &str) -> BTreeMap<String, String> {
    let text = |it: &Value, member: &str| it[member].as_str().unwrap_or_default().to_owned();
    let items = item[list].as_array().into_iter().flatten();
    items.map(|it| (text(it, key), text(it, "value"))).collect()
}

/// Registers somebody in a program with the first visit, sends it, and looks at the server.
#[track_caller]
fn check_program(name: &str, package: &Value, device: &Device, server: &Server, program: &str) {
    let session = device.session();
    let (mut form, _) = session
        .open_person_form(PeopleOf::Program(uid(program)), uid(PLACE), None)
        .expect("a form");
    let day = material::past_day(1);
    form.change_enrollment(|it| {
        it.enrolled_at = Some(day.clone());
        it.occurred_at = Some(day.clone());
    })
    .expect("a day");
    fill_person(&mut form, package);
    let outcome = form.save().expect("taken");
    assert!(outcome.saved, "{name}: {:?}", told(&outcome.problems));
    let registration = form.registration().clone();
    let enrollment = registration.enrollment.clone().expect("an enrolment");

    let stages = package["programStages"].as_array().into_iter().flatten();
    let of_program = stages.filter(|it| it["program"]["id"] == program);
    let stage = of_program.min_by_key(|it| it["sortOrder"].as_i64()).expect("a stage");
    let opened = match outcome.opens {
        Some(visit) => session.open_event_form(uid(program), visit),
        None => session.open_new_visit_form(
            enrollment.id,
            uid(stage["id"].as_str().expect("an id")),
            None,
        ),
    };
    let (mut visit, _) = opened.expect("a form");
    visit.change_event(|it| it.occurred_at = Some(day.clone())).expect("a day");
    fill_visit(&mut visit, package);
    let saved = visit.save().expect("taken");
    assert!(saved.saved, "{name}: {:?}", told(&saved.problems));
    let event = session.event(saved.id).expect("readable").event;

    let report = sync(&session, SyncOptions::ALL);
    assert_eq!(report.stopped, None, "{name}");
    let status = session.status().expect("a status");
    assert_eq!((status.unsent, status.parked, status.conflicts), (0, 0, 0), "{name}");
    let found = server.get(&format!(
        "/api/tracker/trackedEntities/{}?program={program}&fields=attributes[attribute,value],\
         enrollments[enrollment,attributes[attribute,value],\
         events[event,occurredAt,dataValues[dataElement,value]]]",
        outcome.person
    ));
    let found_enrollment = &found["enrollments"][0];
    assert_eq!(found_enrollment["enrollment"], enrollment.id.as_str(), "{name}");
    let mut held = values(&found, "attributes", "attribute");
    held.extend(values(found_enrollment, "attributes", "attribute"));
    let entered = registration.tracked_entity.attributes.iter().chain(&enrollment.attributes);
    let entered: BTreeMap<_, _> =
        entered.map(|(id, value)| (id.to_string(), value.clone())).collect();
    assert_eq!(held, entered, "{name}: the person");
    let events = found_enrollment["events"].as_array().cloned().unwrap_or_default();
    let held = events.iter().find(|it| it["event"] == event.id.as_str()).expect("the visit");
    let answers = event.data_values.iter().map(|(id, it)| (id.to_string(), it.value.clone()));
    let answers: BTreeMap<_, _> = answers.collect();
    assert_eq!(values(held, "dataValues", "dataElement"), answers, "{name}: the visit");
    println!(
        "{name}: {program} with {} answers about the person, {} of the visit",
        entered.len(),
        answers.len()
    );
    assert!(!entered.is_empty() && !answers.is_empty(), "{name}: nothing was asked");
}

#[test]
fn whoever_is_registered_in_a_package_comes_to_the_server_with_a_first_visit() {
    for path in all_packages() {
        let (name, mut package) = read(&path);
        let programs = opened(&mut package);
        if programs.is_empty() {
            continue;
        }
        let server = Server::for_package(MetadataSource::Json(package.clone()));
        let device = Device::new();
        device.ready(server.url());
        for program in programs {
            check_program(&name, &package, &device, &server, &program);
        }
        device.verify_journal();
    }
}
