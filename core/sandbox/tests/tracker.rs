//! Tracker of the sandbox beyond the recordings: size, restart, owners over time, hostile bodies.

use std::time::Instant;

use outpost_sandbox::{HttpRequestParts, HttpResponseParts, Sandbox, SandboxConfig, SandboxUser};
use serde_json::{Value, json};

/// 2026-11-22T10:00:00Z
const NOW_MS: i64 = 1_795_341_600_000;
/// `nurse:District1!`
const NURSE: &str = "Basic bnVyc2U6RGlzdHJpY3QxIQ==";

fn package() -> Value {
    let shared = json!({"public": "rwrw----"});
    json!({
        "trackedEntityAttributes": [
            {"id": "teaFirstNam", "name": "First name", "shortName": "First", "valueType": "TEXT"},
            {"id": "teaUniqueId", "name": "Id", "shortName": "Id", "valueType": "TEXT",
             "unique": true, "generated": true, "pattern": "\"P\"+SEQUENTIAL(#####)"},
        ],
        "trackedEntityTypes": [{
            "id": "tetPerson01", "name": "Person", "sharing": shared,
            "trackedEntityTypeAttributes": [{"trackedEntityAttribute": {"id": "teaFirstNam"}}],
        }],
        "dataElements": [{"id": "deWeight001", "name": "Weight", "shortName": "Weight",
            "valueType": "NUMBER", "aggregationType": "NONE", "domainType": "TRACKER"}],
        "programs": [{
            "id": "prChild0001", "name": "Child health", "shortName": "Child",
            "programType": "WITH_REGISTRATION", "trackedEntityType": {"id": "tetPerson01"},
            "accessLevel": "OPEN", "sharing": shared,
            "programTrackedEntityAttributes": [
                {"trackedEntityAttribute": {"id": "teaFirstNam"}, "mandatory": true},
                {"trackedEntityAttribute": {"id": "teaUniqueId"}},
            ],
        }],
        "programStages": [{
            "id": "psVisit0001", "name": "Visit", "program": {"id": "prChild0001"},
            "repeatable": true, "sharing": shared,
            "programStageDataElements": [{"dataElement": {"id": "deWeight001"}}],
        }],
    })
}

fn config() -> SandboxConfig {
    SandboxConfig {
        metadata: vec![package().into()],
        users: vec![SandboxUser {
            username: "nurse".into(),
            password: "District1!".into(),
            ..SandboxUser::default()
        }],
        ..SandboxConfig::default()
    }
}

fn ask(sandbox: &mut Sandbox, method: &str, path: &str, body: &[u8]) -> HttpResponseParts {
    let request = HttpRequestParts {
        method: method.into(),
        path_and_query: path.into(),
        headers: vec![("Authorization".into(), NURSE.into())],
        body: body.to_vec(),
    };
    sandbox.answer(&request, NOW_MS)
}

fn people(from: usize, count: usize) -> Value {
    let person = |number: usize| {
        let visit = |visit: usize| {
            json!({
                "event": format!("v{visit}{number:09}"), "program": "prChild0001",
                "programStage": "psVisit0001", "orgUnit": "ouTrainingA", "status": "COMPLETED",
                "occurredAt": "2026-10-01",
                "dataValues": [{"dataElement": "deWeight001", "value": "3.5"}],
            })
        };
        json!({
            "trackedEntity": format!("t{number:010}"), "trackedEntityType": "tetPerson01",
            "orgUnit": "ouTrainingA",
            "attributes": [{"attribute": "teaFirstNam", "value": format!("Child {number}")}],
            "enrollments": [{
                "enrollment": format!("e{number:010}"), "program": "prChild0001",
                "orgUnit": "ouTrainingA", "status": "ACTIVE", "enrolledAt": "2026-09-01",
                "occurredAt": "2026-08-30",
                "attributes": [{"attribute": "teaUniqueId", "value": format!("P{number:05}")}],
                "events": [visit(1), visit(2), visit(3)],
            }],
        })
    };
    json!({"trackedEntities": (from..from + count).map(person).collect::<Vec<_>>()})
}

const IMPORT: &str = "/api/tracker?async=false&atomicMode=OBJECT";

#[test]
fn a_page_of_a_large_list_costs_what_a_page_of_a_small_one_costs() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    let total = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
    let began = Instant::now();
    for from in (0..total).step_by(500) {
        let answer = ask(&mut sandbox, "POST", IMPORT, people(from, 500).to_string().as_bytes());
        let report = answer.json().expect("JSON");
        assert_eq!(report["validationReport"]["errorReports"][0], Value::Null);
        assert_eq!(report["stats"]["created"], 2_500);
    }
    eprintln!("{total} people with three visits each: {:?}", began.elapsed());
    for (list, units) in
        [("trackedEntities", "orgUnits"), ("enrollments", "orgUnits"), ("events", "orgUnit")]
    {
        let began = Instant::now();
        let (mut seen, mut page) = (0, 1);
        loop {
            let path = format!(
                "/api/tracker/{list}?program=prChild0001&{units}=ouTrainingA&pageSize=500\
                 &order=createdAt:asc&page={page}"
            );
            let answer = ask(&mut sandbox, "GET", &path, b"").json().expect("JSON");
            let count = answer[list].as_array().map_or(0, Vec::len);
            seen += count;
            page += 1;
            if count < 500 {
                break;
            }
        }
        eprintln!("{seen} {list}: {:?}", began.elapsed());
        assert_eq!(seen, if list == "events" { 3 * total } else { total });
    }
}

#[test]
fn a_restart_keeps_people_and_forgets_jobs() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = || SandboxConfig { data_dir: Some(folder.path().to_path_buf()), ..config() };
    let mut sandbox = Sandbox::open(config(), 1, NOW_MS).expect("a sandbox");
    let body = people(0, 1).to_string();
    let job = ask(&mut sandbox, "POST", "/api/tracker", body.as_bytes()).json().expect("JSON");
    let job = job["response"]["id"].as_str().expect("a job").to_owned();
    let report = format!("/api/tracker/jobs/{job}/report");
    assert_eq!(ask(&mut sandbox, "GET", &report, b"").status, 200);
    drop(sandbox);
    let mut sandbox = Sandbox::open(config(), 2, NOW_MS).expect("a sandbox");
    assert_eq!(ask(&mut sandbox, "GET", &report, b"").status, 404);
    let list = ask(&mut sandbox, "GET", &format!("/api/tracker/jobs/{job}"), b"");
    assert_eq!(list.json(), Some(json!([])));
    let path = "/api/tracker/trackedEntities/t0000000000?program=prChild0001&fields=\
                attributes[value],programOwners[orgUnit],enrollments[events[event]]";
    let person = ask(&mut sandbox, "GET", path, b"").json().expect("JSON");
    assert_eq!(person["attributes"], json!([{"value": "Child 0"}, {"value": "P00000"}]));
    assert_eq!(person["programOwners"], json!([{"orgUnit": "ouTrainingA"}]));
    assert_eq!(person["enrollments"][0]["events"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_reserved_number_is_handed_out_once() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    let path = "/api/trackedEntityAttributes/teaUniqueId/generateAndReserve?numberToReserve=2";
    let mut values = Vec::new();
    for _ in 0..2 {
        let answer = ask(&mut sandbox, "GET", path, b"").json().expect("JSON");
        values.extend(answer.as_array().cloned().unwrap_or_default());
    }
    let values: Vec<&str> = values.iter().filter_map(|value| value["value"].as_str()).collect();
    assert_eq!(values, ["P00001", "P00002", "P00003", "P00004"]);
}

#[test]
fn a_body_that_makes_no_sense_is_answered_and_harms_nothing() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    for body in [
        "[]",
        "null",
        "{\"trackedEntities\": 5, \"events\": \"x\"}",
        "{\"trackedEntities\": [null, 7, [], {}]}",
        "{\"enrollments\": [{\"attributes\": [3, {}], \"notes\": [null]}]}",
        "{\"events\": [{\"dataValues\": {\"a\": 1}, \"assignedUser\": 3}]}",
        "{\"relationships\": [{\"from\": 3, \"to\": {\"event\": [], \"enrollment\": {}}}]}",
        "{\"trackedEntities\": [{\"enrollments\": [{\"events\": [{\"relationships\": [{}]}]}]}]}",
    ] {
        for strategy in ["CREATE_AND_UPDATE", "DELETE", "NOPE"] {
            let path = format!("{IMPORT}&importStrategy={strategy}");
            let answer = ask(&mut sandbox, "POST", &path, body.as_bytes());
            assert!(answer.status < 500, "{body}: {}", answer.status);
        }
    }
    for path in [
        "/api/tracker/trackedEntities?program=prChild0001&filter=:::,/,teaFirstNam:in:&order=:,x",
        "/api/tracker/events?order=deWeight001:desc&filter=deWeight001:gt:1&page=99999999999",
        "/api/tracker/relationships?trackedEntity=%27;DROP",
        "/api/tracker/enrollments?enrollments=%27&updatedWithin=9999999999999999d",
        "/api/dataApprovals?wf=x&pe=202613&ou=",
        "/api/dataStore/a/b/c/d",
    ] {
        let answer = ask(&mut sandbox, "GET", path, b"");
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
}

/// Codes of an import of one person whose first visit is so, on a server of a version.
fn codes_of_visit(version: &str, members: &[(&str, &str)], times: usize) -> Vec<String> {
    let mut package = package();
    package["programStages"][0]["blockEntryForm"] = true.into();
    let config =
        SandboxConfig { metadata: vec![package.into()], version: version.into(), ..config() };
    let mut sandbox = Sandbox::in_memory(config).expect("a sandbox");
    let mut tree = people(0, 1);
    let visits = &mut tree["trackedEntities"][0]["enrollments"][0]["events"];
    visits.as_array_mut().expect("visits").truncate(1);
    for (name, value) in members {
        visits[0][*name] = (*value).into();
    }
    let mut report = Value::Null;
    for _ in 0..times {
        let answer = ask(&mut sandbox, "POST", IMPORT, tree.to_string().as_bytes());
        report = answer.json().expect("JSON");
    }
    let faults = report["validationReport"]["errorReports"].as_array().into_iter().flatten();
    faults.filter_map(|fault| Some(fault["errorCode"].as_str()?.to_owned())).collect()
}

#[test]
fn only_a_completed_visit_has_a_completion_date() {
    let open = [("status", "ACTIVE"), ("completedAt", "2026-10-02")];
    assert_eq!(codes_of_visit("2.42.4", &open, 1), ["E1051"]);
    assert_eq!(codes_of_visit("2.41.0", &open, 1), [""; 0]);
    assert_eq!(codes_of_visit("2.42.4", &[("completedAt", "2026-10-02")], 1), [""; 0]);
}

#[test]
fn a_locked_form_is_reopened_before_it_is_changed() {
    assert_eq!(codes_of_visit("2.42.4", &[], 1), [""; 0], "it was not there before");
    assert_eq!(codes_of_visit("2.42.4", &[], 2), ["E1326"]);
    assert_eq!(codes_of_visit("2.40.0", &[], 2), [""; 0]);
}
