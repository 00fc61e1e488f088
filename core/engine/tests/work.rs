//! A day of work: capture without network, synchronise, correct what was refused.

mod support;

use std::sync::Mutex;

use outpost_domain::data::{EventDataValue, SliceKey};
use outpost_domain::uid::{DataElementUid, ProgramUid};
use outpost_engine::model::{
    CellChange, CellEdit, EventQuery, Health, ImportObserver, OrganisationUnitQuery, RecordState,
    SyncObserver, SyncOptions, SyncProgress,
};
use outpost_engine::{CancelToken, Choice, Session};
use serde_json::{Value, json};
use support::{
    CLINIC, DATA_SET, Device, PASSWORD, PROGRAM, Server, edit, enter, last_month, sign_in, slice,
    sync,
};

#[test]
fn a_report_is_entered_completed_and_reaches_the_server_once() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let key = slice(&session);
    let edits = [
        edit(&session, "Fever cases.Under 5, Female", " 7 "),
        edit(&session, "Malaria confirmed.Under 5, Male", "many"),
        edit(&session, "DeStockAct0", "40"),
    ];
    let outcome = session.set_values(key, &edits).expect("saved");
    assert_eq!((outcome.saved, outcome.refused.len()), (2, 1));
    assert_eq!((outcome.refused[0].index, outcome.refused[0].refusal.code.as_str()), (1, "E7619"));
    assert!(session.complete(key).expect("completed").completed);

    let view = session.open_slice(key).expect("a view");
    assert_eq!((view.filled, view.completion.completed), (2, true));
    assert!(view.cells.iter().all(|cell| cell.state == RecordState::Pending));
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!((report.synced, report.rejected, report.stopped), (3, 0, None));
    assert_eq!(server.values_of("DeFeverCase"), ["7"]);
    assert_eq!(server.values_of("DeStockAct0"), ["40"]);
    let view = session.open_slice(key).expect("a view");
    assert!(view.cells.iter().all(|cell| cell.state == RecordState::Synced));
    assert!(session.status().expect("status").all_sent);
    assert_eq!(sync(&session, SyncOptions::ALL).synced, 0);
}

#[test]
fn a_comment_and_a_follow_up_mark_stay_when_the_value_changes() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let key = slice(&session);
    let cell = edit(&session, "ACT doses left", "40");
    let change = |change| CellEdit { change, ..cell.clone() };
    let edits = [
        change(CellChange::Value("40".into())),
        change(CellChange::Comment("counted twice".into())),
        change(CellChange::FollowUp(true)),
    ];
    assert_eq!(session.set_values(key, &edits).expect("saved").saved, 1);
    enter(&session, "ACT doses left", "41");
    let view = session.open_slice(key).expect("a view");
    assert_eq!(view.cells[0].comment.as_deref(), Some("counted twice"));
    assert!(view.cells[0].follow_up);
    sync(&session, SyncOptions::PUSH);
    assert_eq!(server.values_of("DeStockAct0"), ["41"]);
}

#[test]
fn what_only_the_server_refuses_is_parked_with_the_reason_and_can_be_sent_again() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    // Closed on the server after the forms were pulled: the device cannot know.
    server.patch("/api/dataSets/DsMonthly00", &json!({ "openFuturePeriods": 0, "expiryDays": 1 }));
    let report = sync(&session, SyncOptions::PUSH);
    assert_eq!((report.synced, report.rejected), (0, 1));
    let status = session.status().expect("status");
    assert_eq!((status.unsent, status.parked, status.waiting), (1, 1, 0));
    let rows = session.outbox(Some(RecordState::Rejected), None).expect("rows").rows;
    assert_eq!(rows[0].code.as_deref(), Some("E7640"));
    assert_eq!((rows[0].uid.as_str(), rows[0].kind.as_str()), ("DeStockAct0", "dataValue"));
    assert!(rows[0].reason.as_deref().is_some_and(|reason| !reason.is_empty()));
    let view = session.open_slice(slice(&session)).expect("a view");
    assert_eq!(view.cells[0].problem.as_ref().map(|it| it.code.as_str()), Some("E7640"));

    server.patch("/api/dataSets/DsMonthly00", &json!({ "expiryDays": 0 }));
    session.retry(rows[0].id).expect("waits again");
    assert_eq!(sync(&session, SyncOptions::ALL).synced, 1);
    assert_eq!(server.values_of("DeStockAct0"), ["40"]);
}

#[test]
fn giving_up_takes_a_reason_and_leaves_a_trace() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    let id = session.outbox(None, None).expect("rows").rows[0].id;
    assert_eq!(session.discard(id, " ").expect_err("no reason").kind(), "invalid_input");
    session.discard(id, "wrong clinic").expect("given up");
    assert!(session.open_slice(slice(&session)).expect("a view").cells.is_empty());
    let entry = &session.journal(None, 1).expect("journal")[0];
    assert_eq!((entry.kind.as_str(), entry.by.as_str()), ("discard", "nurse"));
    assert_eq!(session.verify_journal().expect("verdict").first_bad, None);
}

#[test]
fn an_event_is_checked_saved_completed_and_deleted() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let program = ProgramUid::parse(PROGRAM).expect("a uid");
    let stage = session.find_stage(program, None).expect("the stage");
    let place = session.find_organisation_unit("Clinic A").expect("the clinic");
    let mut event = session.new_event(program, stage, place).expect("a new event").event;
    let answer = |event: &mut outpost_domain::data::Event, name: &str, value: &str| {
        let question = session.find_question(program, stage, name).expect("a question");
        let value = EventDataValue { value: value.to_owned(), provided_elsewhere: false };
        event.data_values.insert(question, value);
    };
    answer(&mut event, "Age in years", "4");
    answer(&mut event, "Rapid test positive", "Yes");
    let outcome = session.save_event(event.clone()).expect("checked");
    assert!(!outcome.saved, "the sex is not answered");
    assert_eq!(outcome.problems[0].name, "Sex");
    assert_eq!(session.event(event.id).expect_err("nothing was written").kind(), "not_found");
    answer(&mut event, "Sex", "F");
    let outcome = session.save_event(event.clone()).expect("saved");
    assert!(outcome.saved && !outcome.completed, "{outcome:?}");
    assert!(session.complete_event(event.id).expect("saved").completed);

    assert_eq!(sync(&session, SyncOptions::ALL).synced, 1);
    let (_, stored) =
        server.admin("GET", &format!("/api/tracker/events/{}", event.id), &Value::Null);
    assert_eq!(
        (stored["status"].as_str(), stored["orgUnit"].as_str()),
        (Some("COMPLETED"), Some(CLINIC))
    );
    let view = session.event(event.id).expect("a view");
    assert_eq!(view.state, RecordState::Synced);
    let rapid_test = DataElementUid::parse("DeEvTest000").expect("a uid");
    assert_eq!(view.event.data_values[&rapid_test].value, "true");

    assert!(session.delete_event(event.id).expect("deleted").saved);
    assert_eq!(sync(&session, SyncOptions::ALL).synced, 1);
    let query = EventQuery {
        program,
        organisation_unit: None,
        from: None,
        to: None,
        status: None,
        search: None,
    };
    assert!(session.events(&query, None).expect("events").items.is_empty());
}

#[test]
fn a_change_on_both_sides_is_kept_until_a_person_decides() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    sync(&session, SyncOptions::ALL);
    let on_server = |value: &str| {
        let body = json!({ "dataSet": DATA_SET, "dataValues": [{
            "dataElement": "DeStockAct0", "period": last_month().to_string(), "orgUnit": CLINIC,
            "value": value,
        }]});
        let (status, answer) = server.admin("POST", "/api/dataValueSets", &body);
        assert_eq!(status, 200, "{answer}");
    };
    on_server("50");
    enter(&session, "ACT doses left", "60");
    assert_eq!(sync(&session, SyncOptions::ALL).conflicts, 1);
    assert_eq!(server.values_of("DeStockAct0"), ["50"], "nothing was overwritten");
    let conflict = &session.conflicts(None).expect("conflicts")[0];
    let field = &conflict.fields[0];
    assert_eq!(
        (field.before.as_deref(), field.mine.as_deref(), field.theirs.as_deref()),
        (Some("40"), Some("60"), Some("50"))
    );
    let id = conflict.row.id;
    assert_eq!(session.resolve(id, Choice::Mine, "").expect_err("why").kind(), "invalid_input");
    session.resolve(id, Choice::Mine, "counted again").expect("decided");
    let journal = session.journal(None, 5).expect("a journal");
    assert!(journal.iter().any(|entry| entry.detail.contains("counted again")), "{journal:?}");
    assert_eq!(sync(&session, SyncOptions::ALL).synced, 1);
    assert_eq!(server.values_of("DeStockAct0"), ["60"]);
}

struct Trying<'a> {
    session: &'a Session,
    found: Mutex<Vec<&'static str>>,
}

impl SyncObserver for Trying<'_> {
    fn on_progress(&self, _progress: SyncProgress) {
        let second = self.session.sync(SyncOptions::ALL, &support::Silent, &CancelToken::new());
        let kind = second.map_or_else(|error| error.kind(), |_| "ran");
        self.found.lock().expect("a list").push(kind);
    }
}

#[test]
fn two_synchronisations_at_once_are_refused() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let trying = Trying { session: &session, found: Mutex::default() };
    let report = session.sync(SyncOptions::ALL, &trying, &CancelToken::new()).expect("a report");
    assert_eq!(report.stopped, None);
    let found = trying.found.into_inner().expect("a list");
    assert!(!found.is_empty() && found.iter().all(|kind| *kind == "busy"), "{found:?}");
}

struct Stopping<'a>(&'a CancelToken);

impl SyncObserver for Stopping<'_> {
    fn on_progress(&self, _progress: SyncProgress) {
        self.0.cancel();
    }
}

#[test]
fn a_stopped_synchronisation_loses_nothing_and_goes_on_next_time() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    let cancel = CancelToken::new();
    let report = session.sync(SyncOptions::ALL, &Stopping(&cancel), &cancel).expect("a report");
    assert_eq!(report.stopped.map(|error| error.kind()), Some("cancelled"));
    assert_eq!(session.status().expect("status").unsent, 1);
    assert_eq!(sync(&session, SyncOptions::ALL).synced, 1);
    assert_eq!(server.values_of("DeStockAct0"), ["40"]);
}

struct NoImportObserver;

impl ImportObserver for NoImportObserver {
    fn on_progress(&self, _records: u64) {}
}

fn import(
    session: &Session,
    file: &Value,
) -> outpost_engine::Result<outpost_engine::model::ImportReport> {
    let bytes = file.to_string().into_bytes();
    session.import_bytes(bytes, &NoImportObserver, &CancelToken::new())
}

#[test]
fn a_file_of_values_goes_through_the_checks_of_capture() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let period = last_month().to_string();
    let value = |element: &str, unit: &str, value: &str| {
        let mut row = json!({ "dataElement": element, "orgUnit": unit, "value": value });
        row["period"] = json!(period);
        row
    };
    let file = json!({ "dataValues": [
        value("DeStockAct0", CLINIC, "40"),
        value("DeStockAct0", CLINIC, "forty"),
        value("DeStockAct0", "OuClinicZzz", "1"),
        value("DeNowhere00", CLINIC, "1"),
        { "value": "1" },
        value("DeStockOut0", CLINIC, "3"),
    ]});
    let report = import(&session, &file).expect("a report");
    assert_eq!((report.records, report.saved, report.refused), (6, 2, 4));
    let refused: Vec<_> =
        report.refusals.iter().map(|it| (it.index, it.refusal.code.as_str())).collect();
    assert_eq!(refused, [(1, "E7619"), (2, "E7612"), (3, "E7610"), (4, "unreadable")]);
    let again = import(&session, &file).expect("a report");
    assert_eq!((again.saved, again.unchanged), (0, 2));
    assert_eq!(sync(&session, SyncOptions::PUSH).synced, 2);
}

#[test]
fn a_file_of_events_is_imported_and_a_broken_file_says_where() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let event = |id: &str, sex: &str| {
        json!({
            "event": id, "program": PROGRAM, "programStage": "PsFeverVisi", "orgUnit": CLINIC,
            "occurredAt": format!("{}", last_month().start()), "status": "COMPLETED",
            "dataValues": [{ "dataElement": "DeEvAge0000", "value": "4" },
                { "dataElement": "DeEvSex0000", "value": sex }],
        })
    };
    let file = json!({ "events": [event("EvImport001", "F"), event("EvImport002", "X")] });
    let report = import(&session, &file).expect("a report");
    assert_eq!((report.saved, report.refused), (1, 1));
    assert_eq!(report.refusals[0].uid.as_deref(), Some("EvImport002"));
    assert!(report.refusals[0].refusal.reason.contains("Sex"), "{report:?}");
    assert_eq!(sync(&session, SyncOptions::PUSH).synced, 1);

    let broken = br#"{"events":[{"event":"EvImport003"#.to_vec();
    let error = session.import_bytes(broken, &NoImportObserver, &CancelToken::new());
    assert_eq!(error.expect_err("broken").kind(), "invalid_input");
}

#[test]
fn events_without_id_and_stage_are_taken_in_once_however_often_the_file_is() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let event = |age: &str, sex: &str| {
        json!({
            "program": PROGRAM, "orgUnit": CLINIC, "status": "COMPLETED",
            "occurredAt": last_month().start().to_string(),
            "dataValues": [{ "dataElement": "DeEvAge0000", "value": age },
                { "dataElement": "DeEvSex0000", "value": sex }],
        })
    };
    // Two children of four are two events; the last one is refused.
    let file = json!({ "events":
        [event("4", "F"), event("4", "F"), event("5", "F"), event("6", "X")] });
    let report = import(&session, &file).expect("a report");
    assert_eq!((report.saved, report.refused), (3, 1), "{report:?}");
    assert_eq!(sync(&session, SyncOptions::PUSH).synced, 3);
    // The file comes again, corrected and in another order of members.
    let mut corrected = event("6", "F");
    let values = corrected["dataValues"].as_array_mut().expect("values");
    values.reverse();
    let file = json!({ "events":
        [event("4", "F"), event("4", "F"), event("5", "F"), corrected] });
    let report = import(&session, &file).expect("a report");
    assert_eq!((report.saved, report.unchanged, report.refused), (1, 3, 0), "{report:?}");
    assert_eq!(sync(&session, SyncOptions::PUSH).synced, 1);
    let path = format!("/api/tracker/events?program={PROGRAM}&orgUnit={CLINIC}&fields=event");
    let (_, listed) = server.admin("GET", &path, &Value::Null);
    assert_eq!(listed["events"].as_array().map(Vec::len), Some(4), "{listed}");
}

#[test]
fn lists_for_choosing_come_in_pages() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let form = session.find_form(None, "Monthly report").expect("the form");
    let query = OrganisationUnitQuery { form: Some(form.uid), ..Default::default() };
    let places = session.organisation_units(&query, None).expect("places").items;
    // The district and the nation have no report.
    let names: Vec<_> = places.iter().map(|place| place.name.as_str()).collect();
    assert_eq!(names, ["Clinic A", "Clinic B", "Clinic C"]);
    assert_eq!(places[0].above, "North District", "the nation lies above the nurse's own");
    let options = session.options("OsOutcome00".parse().expect("a uid"), None, None);
    let codes: Vec<_> =
        options.expect("options").items.into_iter().map(|option| option.code).collect();
    assert_eq!(codes, ["TREATED", "REFERRED", "DIED"]);
    let periods = session.periods_for(form.uid.into(), 3).expect("periods");
    assert_eq!(periods.len(), 3);
    assert!(periods[0].closed.is_some(), "the month has not ended");
    assert_eq!(
        (periods[1].id.clone(), periods[1].closed.clone()),
        (last_month().to_string(), None)
    );
}

#[test]
fn a_draft_outlives_the_program_and_is_counted() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    let form = session.find_form(None, "Fever visit").expect("the form").uid;
    session.save_draft(form, "new", "{\"step\":2}").expect("kept");
    drop((session, outpost));
    let session = device.open().session().expect("a session");
    assert_eq!(
        session.load_draft(form, "new").expect("a draft").map(|it| it.body).as_deref(),
        Some("{\"step\":2}")
    );
    assert_eq!(session.find_form(None, "Fever visit").expect("the form").drafts, 1);
    session.delete_draft(form, "new").expect("forgotten");
    assert_eq!(session.status().expect("status").drafts, 0);
}

#[test]
fn the_doctor_finds_a_healthy_device_healthy() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    sync(&session, SyncOptions::ALL);
    let checks = session.doctor().expect("checks");
    let unwell: Vec<_> = checks.iter().filter(|check| !check.what_to_do.is_empty()).collect();
    assert!(unwell.is_empty(), "{unwell:?}");
    assert!(checks.len() >= 8);
}

#[test]
fn a_damaged_database_is_told_until_its_file_is_gone() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    enter(&session, "DeStockAct0", "40");
    assert_eq!(session.status().expect("status").salvage, None);
    drop((outpost, session));
    let files = std::fs::read_dir(device.home()).expect("a folder");
    let database = files
        .map(|file| file.expect("a file").path())
        .find(|path| {
            path.extension().is_some_and(|it| it == "db") && !path.ends_with("accounts.db")
        })
        .expect("the nurse's database");
    let mut bytes = std::fs::read(&database).expect("read");
    bytes[100..200].fill(0x5A);
    std::fs::write(&database, &bytes).expect("written");

    let outpost = device.open();
    // The password was in the damaged file too.
    assert_eq!(outpost.session().map(|_| ()).expect_err("no password").kind(), "unauthenticated");
    drop(outpost);
    let outpost = device.open();
    sign_in(&outpost, &server.url(), "nurse", PASSWORD).expect("signed in");
    let session = outpost.session().expect("a session");
    let told = session.status().expect("status").salvage.expect("told");
    assert!(told.contains("0 unsent records") && told.contains("may be missing"), "{told}");
    let checks = session.doctor().expect("checks");
    let check = checks.iter().find(|check| check.name == "salvage").expect("a check");
    assert_eq!(check.health, Health::Bad);
    let aside = device.home().join(check.what_to_do.split(' ').nth(5).expect("the file"));
    assert_eq!(std::fs::read(&aside).expect("kept"), bytes);
    std::fs::remove_file(aside).expect("removed");
    assert_eq!(session.status().expect("status").salvage, None);
}

#[test]
fn a_lock_exception_opens_an_expired_report_and_its_end_closes_it() {
    let (server, device) = (Server::start(), Device::new());
    server.patch(&format!("/api/dataSets/{DATA_SET}"), &json!({ "expiryDays": 1 }));
    let (_outpost, session) = device.ready(&server);
    let period = last_month().previous().expect("the month before");
    let key = SliceKey { period, ..slice(&session) };
    let edits = [edit(&session, "DeStockAct0", "40")];
    let closed = |session: &Session| {
        let outcome = session.set_values(key, &edits).expect("an answer");
        outcome.refused.first().map(|it| it.refusal.code.clone())
    };
    assert_eq!(closed(&session).as_deref(), Some("E7640"));
    let path = format!("/api/lockExceptions?ds={DATA_SET}&pe={period}&ou={CLINIC}");
    let (status, answer) = server.admin("POST", &path, &Value::Null);
    assert_eq!(status, 201, "{answer}");
    sync(&session, SyncOptions::PULL);
    assert_eq!(closed(&session), None);
    let report = sync(&session, SyncOptions::PUSH);
    assert_eq!((report.synced, report.rejected), (1, 0));
    let (status, _) = server.admin("DELETE", &path, &Value::Null);
    assert_eq!(status, 204);
    sync(&session, SyncOptions::PULL);
    assert_eq!(closed(&session).as_deref(), Some("E7640"));
}
