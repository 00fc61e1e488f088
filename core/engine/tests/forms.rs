//! Forms that think: rules, indicators and validation rules on the real store, against the sandbox.

mod support;

use outpost_domain::data::{Event, EventStatus};
use outpost_domain::form::data_set::CellKey;
use outpost_domain::form::session::{AnnouncementKind, EventDiff};
use outpost_domain::indicator::InForm;
use outpost_domain::uid::{DataElementUid, ProgramUid};
use outpost_engine::model::{EventOutcome, ImportObserver, SyncOptions};
use outpost_engine::{CancelToken, EventFormSession, ReportFormSession, Session};
use serde_json::{Value, json};
use support::{CLINIC, Device, PROGRAM, Server, edit, enter, last_month, slice, sync};

fn program() -> ProgramUid {
    ProgramUid::parse(PROGRAM).expect("a uid")
}

/// A day of the last month.
fn day(number: u32) -> String {
    format!("{}-{number:02}", &last_month().start().to_string()[..7])
}

fn uid(text: &str) -> DataElementUid {
    DataElementUid::parse(text).expect("a uid")
}

/// A new visit on a day.
fn visit(session: &Session, on: &str) -> (EventFormSession, EventDiff) {
    let stage = session.find_stage(program(), None).expect("the stage");
    let place = session.find_organisation_unit("Clinic A").expect("the clinic");
    let (mut form, opened) =
        session.open_new_event_form(program(), stage, place).expect("an open form");
    let on = on.to_owned();
    form.change_event(|event| event.occurred_at = Some(on)).expect("a date");
    (form, opened)
}

#[track_caller]
fn set(form: &mut EventFormSession, question: &str, text: &str) -> EventDiff {
    form.set_value(uid(question), text).expect("an answer")
}

/// The compulsory questions.
fn patient(form: &mut EventFormSession) {
    set(form, "DeEvAge0000", "4");
    set(form, "DeEvSex0000", "F");
}

fn codes(outcome: &EventOutcome) -> Vec<&str> {
    outcome.problems.iter().map(|problem| problem.refusal.code.as_str()).collect()
}

/// Adds a rule with one action to the server's metadata.
#[track_caller]
fn add_rule(server: &Server, number: u32, condition: &str, action: &Value) {
    let (rule, id) = (format!("RuAdded{number:04}"), format!("AcAdded{number:04}"));
    let mut action = action.clone();
    action["id"] = json!(id);
    action["programRule"] = json!({ "id": rule });
    add(
        server,
        &json!({
            "programRules": [{
                "id": rule, "name": rule, "program": { "id": PROGRAM }, "condition": condition,
                "programRuleActions": [{ "id": id }],
            }],
            "programRuleActions": [action],
        }),
    );
}

#[track_caller]
fn add(server: &Server, metadata: &Value) {
    let (status, answer) = server.admin("POST", "/api/metadata", metadata);
    assert_eq!((status, &answer["status"]), (200, &json!("OK")), "{answer}");
}

#[test]
fn a_question_appears_a_value_is_filled_in_and_the_record_arrives_so() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let (mut form, opened) = visit(&session, &day(5));
    let hidden: Vec<_> = opened.fields.iter().filter(|(_, it)| it.is_hidden).collect();
    assert_eq!(hidden.len(), 2, "doses and place of referral: {hidden:?}");
    patient(&mut form);
    set(&mut form, "DeEvOnset00", &day(2));
    let days = form.field(uid("DeEvFevDays")).expect("a question");
    assert_eq!((days.value.as_deref(), days.is_assigned), (Some("3"), true));
    let diff = set(&mut form, "DeEvOutcome", "REFERRED");
    let (_, place) = diff.fields.iter().find(|(id, _)| *id == uid("DeEvReferTo")).expect("appears");
    assert!(!place.is_hidden && place.is_mandatory);

    let (outcome, _) = form.complete().expect("checked");
    assert_eq!((outcome.saved, codes(&outcome)), (false, vec!["E1301"]));
    assert_eq!(form.event().status, EventStatus::Active);
    set(&mut form, "DeEvReferTo", "District hospital");
    let (outcome, _) = form.complete().expect("saved");
    assert!(outcome.completed, "{outcome:?}");

    assert_eq!(sync(&session, SyncOptions::PUSH).synced, 1);
    let path = format!("/api/tracker/events/{}", outcome.id);
    let (_, stored) = server.admin("GET", &path, &Value::Null);
    let values = stored["dataValues"].as_array().expect("values");
    let days = values.iter().find(|value| value["dataElement"] == "DeEvFevDays");
    assert_eq!(days.map(|value| &value["value"]), Some(&json!("3")), "{stored}");
}

#[test]
fn an_answer_to_a_hidden_question_is_set_aside_and_not_saved() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let (mut form, _) = visit(&session, &day(5));
    patient(&mut form);
    set(&mut form, "DeEvTest000", "true");
    set(&mut form, "DeEvActDose", "6");
    set(&mut form, "DeEvTest000", "false");
    let doses = form.field(uid("DeEvActDose")).expect("a question");
    assert!(doses.is_hidden);
    assert_eq!(doses.set_aside.as_deref(), Some("6"));
    let outcome = form.save().expect("saved");
    assert!(outcome.saved, "{outcome:?}");
    let saved = session.event(outcome.id).expect("an event").event;
    assert!(!saved.data_values.contains_key(&uid("DeEvActDose")));
}

#[test]
fn a_draft_keeps_a_text_that_is_no_answer_and_is_gone_once_saved() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    let (mut form, _) = visit(&session, &day(5));
    patient(&mut form);
    set(&mut form, "DeEvAge0000", "many");
    let outcome = form.save().expect("checked");
    assert_eq!((outcome.saved, codes(&outcome)), (false, vec!["E1302"]));
    form.save_draft().expect("kept");
    let id = form.event().id;
    drop((form, session, outpost));

    let session = device.open().session().expect("a session");
    assert_eq!(session.drafts(program().0).expect("drafts").len(), 1);
    let (mut form, opened) = session.open_event_form(program(), id).expect("resumed");
    let (_, age) = opened.fields.iter().find(|(it, _)| *it == uid("DeEvAge0000")).expect("age");
    assert_eq!(age.value.as_deref(), Some("many"));
    assert!(age.problem.is_some());
    let date = form.event().occurred_at.clone();
    assert_eq!(date.as_deref(), Some(day(5).as_str()), "the date was kept");
    set(&mut form, "DeEvAge0000", "5");
    assert!(form.save().expect("saved").saved);
    assert!(session.drafts(program().0).expect("drafts").is_empty());
    let other = ProgramUid::parse("PrNotThere0").expect("a uid");
    let error = session.open_event_form(other, id).map(|_| ()).expect_err("another program");
    assert_eq!(error.kind(), "not_found");
}

#[test]
fn an_error_on_completion_leaves_saving_alone() {
    let (server, device) = (Server::start(), Device::new());
    let too_hot = json!({ "programRuleActionType": "ERRORONCOMPLETE", "content": "Measure again.",
        "dataElement": { "id": "DeEvTemp000" } });
    add_rule(&server, 1, "#{temperature} > 43", &too_hot);
    let (_outpost, session) = device.ready(&server);
    let (mut form, _) = visit(&session, &day(5));
    patient(&mut form);
    set(&mut form, "DeEvTemp000", "44");
    assert!(form.save().expect("saved").saved);
    let (outcome, _) = form.complete().expect("checked");
    assert!(!outcome.completed);
    assert_eq!(
        (codes(&outcome), outcome.problems[0].name.as_str()),
        (vec!["E1300"], "Temperature in °C")
    );
    assert_eq!(outcome.problems[0].refusal.reason, "Measure again.");
    let stored = session.event(outcome.id).expect("an event").event;
    assert_eq!(stored.status, EventStatus::Active);
    set(&mut form, "DeEvTemp000", "40.5");
    set(&mut form, "DeEvOutcome", "TREATED");
    let (outcome, _) = form.complete().expect("saved");
    assert!(outcome.completed, "a warning forbids nothing");
    assert!(!outcome.problems[0].blocks_completion);
    assert!(outcome.problems[0].refusal.reason.contains("think of referring"), "{outcome:?}");
}

#[test]
fn rules_see_the_events_before_and_the_newest_one() {
    let (server, device) = (Server::start(), Device::new());
    let variable = |id: &str, name: &str, source: &str| {
        json!({ "id": id, "name": name, "program": { "id": PROGRAM },
            "programRuleVariableSourceType": source, "useCodeForOptionSet": false,
            "dataElement": { "id": "DeEvTemp000" } })
    };
    add(
        &server,
        &json!({ "programRuleVariables": [
            variable("PvBefore000", "before", "DATAELEMENT_PREVIOUS_EVENT"),
            variable("PvNewest000", "newest", "DATAELEMENT_NEWEST_EVENT_PROGRAM"),
        ]}),
    );
    let show = |name: &str| {
        json!({ "programRuleActionType": "DISPLAYKEYVALUEPAIR", "content": name,
            "data": format!("#{{{name}}}"), "location": "feedback" })
    };
    add_rule(&server, 1, "true", &show("before"));
    add_rule(&server, 2, "true", &show("newest"));
    let (_outpost, session) = device.ready(&server);
    for (on, temperature) in [(1, "38.1"), (9, "39.9")] {
        let (mut form, _) = visit(&session, &day(on));
        patient(&mut form);
        set(&mut form, "DeEvTemp000", temperature);
        assert!(form.save().expect("saved").saved);
    }
    // The form opens with today's date; the visit was between the two.
    let (mut form, _) = visit(&session, &day(12));
    let before = |event: &mut Event| event.occurred_at = Some(day(5));
    let diff = form.change_event(before).expect("a date");
    let announced = diff.announcements.expect("announcements");
    let value = |name: &str| {
        let mut pairs = announced.iter().filter(|it| it.kind == AnnouncementKind::KeyValue);
        pairs.find(|it| it.text == name).and_then(|it| it.value.clone())
    };
    assert_eq!(value("before").as_deref(), Some("38.1"), "{announced:?}");
    assert_eq!(value("newest").as_deref(), Some("39.9"), "{announced:?}");
}

#[test]
fn a_program_indicator_follows_its_question() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let (mut form, opened) = visit(&session, &day(5));
    let (id, value) = opened.indicators.first().expect("the indicator");
    assert_eq!(form.indicator_name(*id), "Degrees above normal");
    assert_eq!(*value, InForm::LeftOut, "its filter asks for a temperature");
    let diff = set(&mut form, "DeEvTemp000", "38.5");
    assert_eq!(diff.indicators, [(*id, InForm::Shown("1.5".to_owned()))]);
}

fn report(session: &Session) -> ReportFormSession {
    session.open_report_form(slice(session)).expect("an open report").0
}

fn cell(session: &Session, name: &str) -> CellKey {
    session.find_cell(slice(session).data_set, name).expect("a cell")
}

#[test]
fn a_violation_shows_both_sides_and_the_report_is_completed_all_the_same() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    let mut form = report(&session);
    form.set_value(cell(&session, "Fever cases.Under 5, Female"), "9").expect("saved");
    assert!(form.violations().is_empty());
    let malaria = cell(&session, "Malaria confirmed.Under 5, Male");
    form.set_value(malaria, "12").expect("saved");
    let violations = form.violations();
    let violation = violations.first().expect("malaria without fever");
    assert_eq!((violation.left_side.value, violation.right_side.value), (Some(12.0), Some(9.0)));
    assert_eq!(violation.operator.symbol(), "<=");
    assert_eq!(violation.right_side.description.as_deref(), Some("Fever cases, all"));
    let advice = violation.instruction.as_deref();
    assert_eq!(advice, Some("Count both rows again in the register."));
    let share = &form.indicators()[0];
    assert_eq!(share.value.as_deref(), Some("133.3"), "12 of 9");
    let outcome = form.complete().expect("completed");
    assert!(outcome.completed);
    assert_eq!(outcome.violations.len(), 1);
    form.set_value(malaria, "8").expect("saved");
    let (again, _) = session.open_report_form(slice(&session)).expect("opened again");
    assert!(again.violations().is_empty());
}

#[test]
fn where_the_data_set_asks_for_valid_reports_a_violation_keeps_it_open() {
    let (server, device) = (Server::start(), Device::new());
    server.patch("/api/dataSets/DsMonthly00", &json!({ "validCompleteOnly": true }));
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    enter(&session, "Malaria confirmed.Under 5, Male", "12");
    let outcome = session.complete(slice(&session)).expect("checked");
    assert_eq!((outcome.completed, outcome.violations.len()), (false, 1));
    enter(&session, "Fever cases.Under 5, Male", "12");
    assert!(session.complete(slice(&session)).expect("completed").completed);
}

#[test]
fn an_indicator_may_look_at_the_month_before() {
    let (server, device) = (Server::start(), Device::new());
    add(
        &server,
        &json!({ "indicators": [{
            "id": "InStockRati", "name": "Stock against the month before", "annualized": false,
            "shortName": "Stock", "indicatorType": { "id": "ItPercent00" }, "decimals": 0,
            "numerator": "#{DeStockAct0}",
            "denominator": "#{DeStockAct0}.periodOffset(-1)",
        }]}),
    );
    let both = json!([{ "id": "InMalariaSh" }, { "id": "InStockRati" }]);
    server.patch("/api/dataSets/DsMonthly00", &json!({ "indicators": both }));
    server.patch("/api/sections/SeCases0000", &json!({ "indicators": both }));
    let (_outpost, session) = device.ready(&server);
    let mut before = slice(&session);
    before.period = before.period.previous().expect("an earlier month");
    let outcome = session.set_values(before, &[edit(&session, "ACT doses left", "80")]);
    assert_eq!(outcome.expect("saved").saved, 1);
    let mut form = report(&session);
    let (_, saved) = form.set_value(cell(&session, "ACT doses left"), "60").expect("saved");
    assert_eq!(saved.saved, 1);
    let indicators = form.indicators();
    let ratio = indicators.iter().find(|it| it.uid.as_str() == "InStockRati").expect("it");
    assert_eq!((ratio.value.as_deref(), &ratio.problem), (Some("75"), &None), "60 of 80");
}

#[test]
fn a_text_that_is_no_value_keeps_a_report_open_and_a_closed_report_takes_nothing() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    let mut form = report(&session);
    let malaria = cell(&session, "Malaria confirmed.Under 5, Male");
    let (diff, outcome) = form.set_value(malaria, "many").expect("checked");
    assert_eq!((outcome.saved, outcome.refused[0].refusal.code.as_str()), (0, "E7619"));
    assert!(diff.cells[0].1.problem.is_some());
    let outcome = form.complete().expect("checked");
    assert!(!outcome.completed && outcome.problems[0].blocks, "{outcome:?}");
    form.set_value(malaria, "").expect("emptied");
    assert!(form.complete().expect("completed").completed);

    let mut future = slice(&session);
    future.period = future.period.next().and_then(|it| it.next()).expect("a later month");
    let (mut closed, _) = session.open_report_form(future).expect("an open form");
    let (diff, outcome) = closed.set_value(malaria, "5").expect("checked");
    assert_eq!((outcome.saved, outcome.refused.len()), (0, 1));
    assert!(diff.cells.is_empty() && closed.violations().is_empty(), "nothing stands in it");
}

struct Silent;

impl ImportObserver for Silent {
    fn on_progress(&self, _records: u64) {}
}

#[test]
fn an_imported_event_that_breaks_a_rule_is_refused_with_the_servers_code() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let event = |id: &str, more: &[(&str, &str)]| {
        let values = [("DeEvAge0000", "4"), ("DeEvSex0000", "F")];
        let value = |(id, value): &(&str, &str)| json!({ "dataElement": id, "value": value });
        json!({
            "event": id, "program": PROGRAM, "programStage": "PsFeverVisi", "orgUnit": CLINIC,
            "status": "COMPLETED", "occurredAt": day(5),
            "dataValues": values.iter().chain(more).map(value).collect::<Vec<_>>(),
        })
    };
    let (late, early) = (day(9), day(2));
    let file = json!({ "events": [
        event("EvGood00001", &[("DeEvOnset00", &early), ("DeEvFevDays", "3")]),
        event("EvBad000001", &[("DeEvOnset00", &late)]),
        event("EvBad000002", &[("DeEvOutcome", "REFERRED")]),
        event("EvBad000003", &[("DeEvOnset00", &early), ("DeEvFevDays", "9")]),
    ]});
    let bytes = file.to_string().into_bytes();
    let report = session.import_bytes(bytes, &Silent, &CancelToken::new()).expect("a report");
    assert_eq!((report.saved, report.refused), (1, 3), "{report:?}");
    let found: Vec<_> = report
        .refusals
        .iter()
        .map(|it| (it.uid.as_deref().unwrap_or_default(), it.refusal.code.as_str()))
        .collect();
    let expected = [("EvBad000001", "E1300"), ("EvBad000002", "E1301"), ("EvBad000003", "E1307")];
    assert_eq!(found, expected);
}
