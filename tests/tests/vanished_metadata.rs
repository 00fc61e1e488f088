//! What disappears from the server disappears from the forms, never from the outbox: deletions,
//! withdrawn sharing, sharing given back with the data of the time in between, and swaps that leave
//! every total as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use outpost_engine::model::SyncOptions;
use outpost_engine::platform::{Clock, Platform, SystemClock};
use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::{Device, sync};
use outpost_tests::rig::material::{self, DATA_SET, EVENT_NUMBER, PROGRAM, STAGE, Size};
use outpost_tests::rig::server::{Server, USER};
use serde_json::{Value, json};

const GROUP: &str = "UgNursesAaa";
const OTHER_GROUP: &str = "UgNursesBbb";
/// A second program, asked like the first.
const OTHER: &str = "PrOther0000";
const OTHER_STAGE: &str = "PsOther0000";
/// Everybody.
const OPEN: &str = "rwrw----";
/// Nobody who is not named.
const HIDDEN: &str = "--------";
/// A week and a day: whole id lists are compared at least weekly.
const WEEK_MS: i64 = 8 * 24 * 60 * 60 * 1_000;

struct Bench {
    server: Server,
    device: Device,
    month: String,
    unit: String,
}

impl Bench {
    fn new() -> Self {
        Self::with(small_package())
    }

    fn with(package: Value) -> Self {
        let server = Server::with(MetadataSource::Json(package), "2.42.4");
        let device = Device::new();
        device.ready(server.url());
        Self { server, device, month: material::past_month(1), unit: material::clinic(0) }
    }

    fn nurse(&self) -> String {
        let users = self.server.get("/api/users?fields=id,username&paging=false");
        let mut users = users["users"].as_array().cloned().unwrap_or_default().into_iter();
        let nurse = users.find(|user| user["username"] == USER).expect("the nurse");
        nurse["id"].as_str().expect("an id").to_owned()
    }

    /// A group with the nurse in it or not.
    #[track_caller]
    fn group(&self, id: &str, has_nurse: bool) {
        let users = if has_nurse { json!([{"id": self.nurse()}]) } else { json!([]) };
        let (status, _) = self.server.admin("GET", &format!("/api/userGroups/{id}"), &Value::Null);
        if status == 200 {
            return self.server.patch(&format!("/api/userGroups/{id}"), &json!({"users": users}));
        }
        let group = json!({"id": id, "name": id, "users": users});
        let (status, answer) = self.server.admin("POST", "/api/userGroups", &group);
        assert_eq!(status, 201, "{answer}");
    }

    /// Who may use an object: everybody, or the members of a group.
    #[track_caller]
    fn share(&self, path: &str, public: &str, group: Option<&str>) {
        let mut groups = json!({});
        if let Some(id) = group {
            groups[id] = json!({"id": id, "access": OPEN});
        }
        let sharing =
            json!({"public": public, "external": false, "users": {}, "userGroups": groups});
        self.server.patch(path, &json!({"sharing": sharing}));
    }

    #[track_caller]
    fn enter(&self, element: usize, value: &str) {
        let cell = format!("{}={value}", material::element(element));
        let slice = ["record", "set", "--data-set", DATA_SET, "--period", &self.month];
        let outcome = self.device.json(&[&slice[..], &["--org-unit", &self.unit, &cell]].concat());
        assert_eq!(outcome["saved"], 1, "{outcome}");
    }

    #[track_caller]
    fn add_event(&self, program: &str, number: u32) -> String {
        let (day, answer) = (material::past_day(1), format!("{EVENT_NUMBER}={number}"));
        let arguments = ["event", "add", "--program", program, "--org-unit", &self.unit];
        let rest = ["--occurred", &day, "--complete", &answer];
        let outcome = self.device.json(&[&arguments[..], &rest].concat());
        outcome["uid"].as_str().expect("an id").to_owned()
    }

    /// A colleague's event, entered in the web app.
    #[track_caller]
    fn add_event_on_server(&self, program: &str, stage: &str, id: &str) {
        let event = json!({"events": [{
            "event": id, "program": program, "programStage": stage, "orgUnit": self.unit,
            "occurredAt": material::past_day(1), "status": "COMPLETED",
            "dataValues": [{"dataElement": EVENT_NUMBER, "value": "5"}],
        }]});
        let (status, answer) = self.server.admin("POST", "/api/tracker?async=false", &event);
        assert_eq!(status, 200, "{answer}");
    }

    #[track_caller]
    fn pull(&self) -> Value {
        let report = self.device.json(&["pull"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        report
    }

    /// Whether the list of forms offers it for entry.
    fn offers(&self, form: &str) -> bool {
        let forms = self.device.json(&["forms"]);
        let mut forms = forms.as_array().into_iter().flatten();
        forms.any(|it| it["uid"] == form && it["writable"] == true)
    }

    /// Data elements that the data set form asks.
    fn asked(&self) -> Vec<String> {
        let form = self.device.json(&["form", "show", DATA_SET]);
        let sections = form["sections"].as_array().cloned().unwrap_or_default();
        let rows =
            sections.iter().flat_map(|it| it["rows"].as_array().cloned().unwrap_or_default());
        rows.filter_map(|row| row["data_element"].as_str().map(str::to_owned)).collect()
    }

    /// Ids of the rows of the outbox.
    fn waiting(&self) -> Vec<String> {
        let rows = self.device.json(&["outbox"]);
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter().filter_map(|row| row["uid"].as_str().map(str::to_owned)).collect()
    }

    fn events(&self, program: &str) -> Vec<String> {
        let events = self.device.json(&["event", "list", "--program", program]);
        let events = events.as_array().cloned().unwrap_or_default();
        let mut ids: Vec<_> =
            events.iter().filter_map(|it| it["uid"].as_str().map(str::to_owned)).collect();
        ids.sort();
        ids
    }

    /// A refused row is parked with a reason; nothing left the device unseen.
    #[track_caller]
    fn is_parked(&self, uid: &str) {
        let rows = self.device.json(&["outbox"]);
        let mut rows = rows.as_array().cloned().unwrap_or_default().into_iter();
        let row = rows.find(|row| row["uid"] == uid).expect("it is still there");
        assert_eq!(row["state"], "rejected", "{row}");
        assert!(row["reason"].as_str().is_some_and(|text| !text.is_empty()), "{row}");
    }

    /// Sends every refused row again.
    fn retry_all(&self) {
        let rows = self.device.json(&["outbox"]);
        for row in rows.as_array().into_iter().flatten() {
            self.device.json(&["outbox", "retry", &row["id"].to_string()]);
        }
    }

    #[track_caller]
    fn all_sent(&self) {
        let report = self.device.json(&["sync"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        assert_eq!(self.waiting(), Vec::<String>::new(), "{report}");
        self.device.verify_journal();
    }
}

fn tells_of_kept_work(report: &Value) -> bool {
    let mut notes = report["notes"].as_array().into_iter().flatten();
    notes.any(|note| note.as_str().is_some_and(|text| text.contains("unsent work")))
}

fn small_package() -> Value {
    material::package(Size { clinics: 3, assigned: 3, elements: 6, remark: false })
}

/// The package with the program twice, the second time as the other one.
fn package_with_other() -> Value {
    let mut package = small_package();
    let (mut program, mut stage) =
        (package["programs"][0].clone(), package["programStages"][0].clone());
    program["id"] = json!(OTHER);
    program["name"] = json!("Other visit");
    program["programStages"] = json!([{"id": OTHER_STAGE}]);
    stage["id"] = json!(OTHER_STAGE);
    stage["program"] = json!({"id": OTHER});
    for (at, id) in ["PsdWide0003", "PsdWide0004"].into_iter().enumerate() {
        stage["programStageDataElements"][at]["id"] = json!(id);
        stage["programStageDataElements"][at]["programStage"] = json!({"id": OTHER_STAGE});
    }
    package["programs"].as_array_mut().expect("a list").push(program);
    package["programStages"].as_array_mut().expect("a list").push(stage);
    package
}

#[test]
fn a_deleted_data_element_leaves_the_form_and_its_unsent_value_stays() {
    let bench = Bench::new();
    let gone = material::element(3);
    bench.enter(3, "7");
    bench.enter(4, "8");
    bench.server.delete(&format!("/api/dataElements/{gone}"));
    let report = bench.pull();
    assert!(tells_of_kept_work(&report), "{report}");
    assert!(!bench.asked().contains(&gone));
    assert_eq!(bench.waiting(), [gone.clone(), material::element(4)]);
    bench.device.json(&["push"]);
    assert_eq!(bench.waiting(), [gone.as_str()], "the other value is sent");
    bench.is_parked(&gone);
    let row = bench.device.json(&["outbox"])[0].clone();
    assert_eq!(row["data_element_name"], "Number 3", "it is still called by its name");
    // A second pull does not forget it either; a person does, with a reason.
    bench.pull();
    assert_eq!(bench.waiting(), [gone.as_str()]);
    bench.device.json(&["outbox", "discard", &row["id"].to_string(), "--reason", "not asked"]);
    bench.pull();
    assert_eq!(bench.waiting(), Vec::<String>::new());
    bench.device.verify_journal();
}

#[test]
fn a_deleted_place_keeps_its_unsent_report() {
    let mut bench = Bench::new();
    bench.unit = material::clinic(2);
    bench.enter(0, "7");
    bench.server.delete(&format!("/api/organisationUnits/{}", bench.unit));
    let report = bench.pull();
    assert_eq!(report["counts"]["organisationUnits"], 3, "the district and two clinics");
    assert!(tells_of_kept_work(&report), "{report}");
    assert_eq!(bench.waiting(), [material::element(0)]);
    bench.device.json(&["push"]);
    bench.is_parked(&material::element(0));
}

#[test]
fn a_withdrawn_data_set_keeps_its_unsent_values_and_comes_back_with_them() {
    let bench = Bench::new();
    bench.enter(0, "1");
    bench.all_sent();
    bench.enter(0, "2");
    bench.enter(1, "3");
    bench.share(&format!("/api/dataSets/{DATA_SET}"), HIDDEN, None);
    let report = bench.pull();
    assert!(tells_of_kept_work(&report), "{report}");
    assert!(!bench.offers(DATA_SET));
    assert_eq!(bench.waiting(), [material::element(0), material::element(1)]);
    // The server would take them without the data set's name; the device asks properly.
    bench.device.json(&["push"]);
    bench.is_parked(&material::element(0));
    assert_eq!(bench.server.values(DATA_SET).len(), 1, "nothing went past the sharing");

    bench.share(&format!("/api/dataSets/{DATA_SET}"), OPEN, None);
    bench.pull();
    assert!(bench.offers(DATA_SET));
    bench.retry_all();
    bench.all_sent();
    let held: Vec<_> = bench.server.values(DATA_SET).into_values().collect();
    assert_eq!(held, ["2", "3"]);
}

#[test]
fn a_program_given_back_by_a_group_brings_its_older_events() {
    let bench = Bench::new();
    bench.group(GROUP, true);
    bench.share(&format!("/api/programs/{PROGRAM}"), HIDDEN, Some(GROUP));
    let sent = bench.add_event(PROGRAM, 1);
    bench.all_sent();
    let unsent = bench.add_event(PROGRAM, 2);

    // Neither taking the right away nor giving it back touches the program itself.
    bench.group(GROUP, false);
    let report = bench.pull();
    assert!(tells_of_kept_work(&report), "{report}");
    assert!(!bench.offers(PROGRAM));
    assert_eq!(bench.waiting(), [unsent.as_str()]);
    bench.device.json(&["push"]);
    bench.is_parked(&unsent);
    let meanwhile = "EvMeanwhile";
    bench.add_event_on_server(PROGRAM, STAGE, meanwhile);
    bench.pull();

    bench.group(GROUP, true);
    bench.pull();
    assert!(bench.offers(PROGRAM));
    let mut all = vec![sent, unsent, meanwhile.to_owned()];
    all.sort();
    assert_eq!(bench.events(PROGRAM), all, "also what was entered while it was hidden");
    bench.retry_all();
    bench.all_sent();
    assert_eq!(bench.server.events(PROGRAM).len(), 3);
}

/// The clock of a device, some time ahead.
#[derive(Default)]
struct Ahead {
    by_ms: AtomicI64,
    system: SystemClock,
}

impl Clock for Ahead {
    fn unix_ms(&self) -> i64 {
        self.system.unix_ms() + self.by_ms.load(Ordering::SeqCst)
    }
    fn uptime_ms(&self) -> u64 {
        self.system.uptime_ms()
    }
    fn boot_id(&self) -> String {
        self.system.boot_id()
    }
}

#[test]
fn a_swap_that_leaves_all_totals_equal_is_found_within_a_week() {
    let bench = Bench::with(package_with_other());
    bench.group(GROUP, true);
    bench.group(OTHER_GROUP, false);
    for (program, stage, group) in [(PROGRAM, STAGE, GROUP), (OTHER, OTHER_STAGE, OTHER_GROUP)] {
        bench.share(&format!("/api/programs/{program}"), HIDDEN, Some(group));
        bench.share(&format!("/api/programStages/{stage}"), HIDDEN, Some(group));
    }
    bench.add_event_on_server(OTHER, OTHER_STAGE, "EvOlder0000");
    bench.pull();
    assert!(bench.offers(PROGRAM) && !bench.offers(OTHER));
    let unsent = bench.add_event(PROGRAM, 2);

    // The nurse moves from one group to the other: as many programs as before, none of them newer.
    bench.group(GROUP, false);
    bench.group(OTHER_GROUP, true);
    let clock = Arc::new(Ahead::default());
    clock.by_ms.store(WEEK_MS, Ordering::SeqCst);
    let platform = Platform { clock, ..Platform::desktop(&bench.device.home()) };
    let session = bench.device.session_on(platform);
    let report = sync(&session, SyncOptions::PULL);
    assert_eq!(report.stopped, None);
    drop(session);
    assert!(bench.offers(OTHER) && !bench.offers(PROGRAM));
    assert_eq!(bench.events(OTHER), ["EvOlder0000"]);
    assert_eq!(bench.waiting(), [unsent.as_str()]);
    bench.device.json(&["push"]);
    bench.is_parked(&unsent);
}
