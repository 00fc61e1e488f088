//! The sandbox as a whole: packages, faults, sockets, a killed process, size.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use outpost_sandbox::{
    Delivery, Faults, HttpRequestParts, HttpResponseParts, Sandbox, SandboxConfig, SandboxUser,
    start_blocking,
};
use serde_json::{Value, json};

/// 2026-11-22T10:00:00Z
const NOW_MS: i64 = 1_795_341_600_000;
/// `nurse:District1!`
const NURSE: &str = "Basic bnVyc2U6RGlzdHJpY3QxIQ==";

fn package() -> Value {
    json!({
        "dataElements": [
            {"id": "deCases0001", "name": "Cases", "shortName": "Cases", "valueType": "INTEGER",
             "aggregationType": "SUM", "domainType": "AGGREGATE", "zeroIsSignificant": true},
            {"id": "deEventAge1", "name": "Age", "shortName": "Age", "valueType": "INTEGER",
             "aggregationType": "NONE", "domainType": "TRACKER"},
        ],
        "dataSets": [{
            "id": "dsMonthly01", "name": "Monthly", "shortName": "Monthly",
            "periodType": "Monthly", "sharing": {"public": "rwrw----"},
            "dataSetElements": [{"dataElement": {"id": "deCases0001"}}],
        }],
        "programs": [{
            "id": "prVisits001", "name": "Visits", "shortName": "Visits",
            "programType": "WITHOUT_REGISTRATION", "sharing": {"public": "rwrw----"},
        }],
        "programStages": [{
            "id": "psVisits001", "name": "Visit", "program": {"id": "prVisits001"},
            "sharing": {"public": "rwrw----"},
            "programStageDataElements": [{"dataElement": {"id": "deEventAge1"}}],
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

fn request(method: &str, path: &str, body: &Value) -> HttpRequestParts {
    HttpRequestParts {
        method: method.into(),
        path_and_query: path.into(),
        headers: vec![("Authorization".into(), NURSE.into())],
        body: if body.is_null() { vec![] } else { body.to_string().into_bytes() },
    }
}

fn ask(sandbox: &mut Sandbox, method: &str, path: &str, body: &Value) -> HttpResponseParts {
    sandbox.answer(&request(method, path, body), NOW_MS)
}

fn values(count: usize, value: &str) -> Value {
    let clinics = ["ouTrainingA", "ouTrainingB", "ouTrainingC"];
    let values = (0..count).map(|index| {
        let (year, month) = (2001 + index / 36 % 20, index / 3 % 12 + 1);
        json!({
            "dataElement": "deCases0001", "period": format!("{year}{month:02}"),
            "orgUnit": clinics[index % 3], "value": value,
        })
    });
    json!({"dataSet": "dsMonthly01", "dataValues": values.collect::<Value>()})
}

#[test]
fn a_package_without_organisation_units_gets_a_district_with_three_clinics() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    let answer =
        ask(&mut sandbox, "GET", "/api/organisationUnits?fields=level&paging=false", &json!(null));
    let units = answer.json().expect("JSON")["organisationUnits"].as_array().cloned();
    let levels: Vec<i64> =
        units.unwrap_or_default().iter().filter_map(|unit| unit["level"].as_i64()).collect();
    assert_eq!(levels.iter().filter(|level| **level == 3).count(), 3);
    assert_eq!(levels.len(), 5);
    let answer = ask(
        &mut sandbox,
        "GET",
        "/api/dataSets/dsMonthly01?fields=organisationUnits",
        &json!(null),
    );
    let assigned = answer.json().expect("JSON")["organisationUnits"].as_array().map(Vec::len);
    assert_eq!(assigned, Some(3));
}

#[test]
fn every_package_beside_the_checkout_loads_and_says_what_it_skipped() {
    let folder = std::env::var_os("OUTPOST_SHARED_DATA").map(PathBuf::from).unwrap_or_else(|| {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_path_buf()
    });
    let Ok(files) = std::fs::read_dir(folder.join("metadata-packages")) else {
        eprintln!("skipped: no metadata packages beside the checkout");
        return;
    };
    for file in files {
        let path = file.expect("an entry of the folder").path();
        let config = SandboxConfig { metadata: vec![path.clone().into()], ..config() };
        let mut sandbox = Sandbox::in_memory(config).expect("the package loads");
        let report = sandbox.load_report().clone();
        assert!(
            report.loaded.iter().any(|(kind, count)| *kind == "dataElements" && *count > 0)
                || report.loaded.iter().any(|(kind, _)| *kind == "programs"),
            "{path:?}: {report:?}"
        );
        let answer =
            ask(&mut sandbox, "GET", "/api/dataSets?paging=false&fields=:all", &json!(null));
        assert_eq!(answer.status, 200, "{path:?}");
        let answer = ask(&mut sandbox, "GET", "/api/me", &json!(null));
        let me = answer.json().expect("JSON");
        let sees = |key: &str| me[key].as_array().map_or(0, Vec::len);
        assert!(sees("dataSets") + sees("programs") > 0, "{path:?}: nothing for a user to fill in");
    }
}

#[test]
fn what_was_answered_is_still_there_after_the_process_was_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SandboxConfig { data_dir: Some(folder.path().to_path_buf()), ..config() };
    let mut sandbox = Sandbox::open(config.clone(), 7, NOW_MS).expect("a sandbox");
    assert_eq!(ask(&mut sandbox, "POST", "/api/dataValueSets", &values(30, "4")).status, 200);
    let event = json!({"events": [{
        "event": "evKept00001", "program": "prVisits001", "programStage": "psVisits001",
        "orgUnit": "ouTrainingA", "status": "ACTIVE", "occurredAt": "2026-11-01",
        "dataValues": [{"dataElement": "deEventAge1", "value": "5"}],
    }]});
    assert_eq!(ask(&mut sandbox, "POST", "/api/tracker?async=false", &event).status, 200);
    // A killed process runs no destructor.
    std::mem::forget(sandbox);
    let mut sandbox = Sandbox::open(config, 8, NOW_MS).expect("the same store");
    let path = "/api/dataValueSets?dataSet=dsMonthly01&startDate=1900-01-01&endDate=2026-12-31\
                &orgUnit=ouTraining1&children=true";
    let answer = ask(&mut sandbox, "GET", path, &json!(null)).json().expect("JSON");
    assert_eq!(answer["dataValues"].as_array().map(Vec::len), Some(30));
    assert_eq!(
        ask(&mut sandbox, "GET", "/api/tracker/events/evKept00001", &json!(null)).status,
        200
    );
}

#[test]
fn a_lost_answer_has_acted_and_a_dropped_request_has_not() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    sandbox.set_faults(Faults { drop_request: true, count: Some(1), ..Faults::default() });
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &values(3, "1"));
    assert_eq!(answer.delivery, Delivery::Lost);
    sandbox.set_faults(Faults { lose_answer: true, count: Some(1), ..Faults::default() });
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &values(3, "2"));
    assert_eq!(answer.delivery, Delivery::Lost);
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &values(3, "2"));
    let count = &answer.json().expect("JSON")["response"]["importCount"];
    assert_eq!(*count, json!({"imported": 0, "updated": 0, "ignored": 3, "deleted": 0}));
    let statuses: Vec<u16> = sandbox.log().map(|entry| entry.status).collect();
    assert_eq!(statuses, [0, 0, 200]);
}

#[test]
fn refusals_last_as_many_requests_as_were_asked_for() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    let faults = json!({"status": 429, "retryAfterS": 7, "count": 2});
    let control = request("POST", "/sandbox/faults", &faults);
    assert_eq!(sandbox.answer(&control, NOW_MS).status, 200);
    let statuses: Vec<u16> =
        (0..3).map(|_| ask(&mut sandbox, "GET", "/api/me", &json!(null)).status).collect();
    assert_eq!(statuses, [429, 429, 200]);
    sandbox.set_faults(Faults { full_disk: true, ..Faults::default() });
    assert_eq!(ask(&mut sandbox, "POST", "/api/dataValueSets", &values(1, "1")).status, 500);
    assert_eq!(ask(&mut sandbox, "GET", "/api/me", &json!(null)).status, 200);
    let wrong = request("POST", "/sandbox/faults", &json!({"nonsense": 1}));
    assert_eq!(sandbox.answer(&wrong, NOW_MS).status, 400);
}

#[test]
fn a_probability_with_a_seed_hits_the_same_requests_every_time() {
    let statuses = || -> Vec<u16> {
        let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
        let faults =
            Faults { status: Some(503), probability: Some(0.5), seed: 3, ..Faults::default() };
        sandbox.set_faults(faults);
        (0..40).map(|_| ask(&mut sandbox, "GET", "/api/me", &json!(null)).status).collect()
    };
    let first = statuses();
    assert_eq!(first, statuses());
    assert!(first.contains(&503) && first.contains(&200));
}

#[test]
fn other_versions_have_their_own_paging_and_import_manners() {
    let mut sandbox = Sandbox::in_memory(config()).expect("a sandbox");
    let mut keys = |version: &str| -> Vec<String> {
        sandbox.set_faults(Faults { version: Some(version.into()), ..Faults::default() });
        let answer =
            ask(&mut sandbox, "GET", "/api/tracker/events?program=prVisits001", &json!(null));
        let body = answer.json().expect("JSON");
        body.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    assert_eq!(keys("2.40"), ["page", "pageSize", "instances"]);
    assert_eq!(keys("2.41"), ["page", "pageSize", "pager", "events"]);
    assert_eq!(keys("2.42"), ["pager", "events"]);
    // From 2.43 on a partly refused set is 200, and a duplicate key refuses the group (wire
    // reference 1.3).
    sandbox.set_faults(Faults { version: Some("2.43".into()), ..Faults::default() });
    let mut payload = values(2, "1");
    payload["dataValues"][1]["value"] = json!("x");
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &payload);
    assert_eq!(answer.status, 200);
    let body = answer.json().expect("JSON");
    assert_eq!(body["response"]["rejectedIndexes"], json!([1]));
    assert_eq!(body["response"]["conflicts"][0]["errorCode"], "E8122");
    payload["dataValues"][1] = payload["dataValues"][0].clone();
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &payload);
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json().expect("JSON")["response"]["conflicts"][0]["errorCode"], "E8128");
}

#[test]
fn ten_thousand_values_and_fifty_thousand_places_are_taken() {
    let mut units = vec![json!({"id": "ouRoot00000", "name": "Root", "openingDate": "2000-01-01"})];
    units.extend((0..50_000).map(|index| {
        json!({
            "id": format!("ou{index:09}"), "name": format!("Place {index}"),
            "openingDate": "2000-01-01", "parent": {"id": "ouRoot00000"},
        })
    }));
    let mut package = package();
    package["organisationUnits"] = json!(units);
    let config = SandboxConfig { metadata: vec![package.into()], ..config() };
    let mut sandbox = Sandbox::in_memory(config).expect("a large sandbox");
    let mut seen = 0;
    for page in 1..=51 {
        let path =
            format!("/api/organisationUnits?fields=id,path&order=id:asc&pageSize=1000&page={page}");
        let body = ask(&mut sandbox, "GET", &path, &json!(null)).json().expect("JSON");
        assert_eq!(body["pager"]["total"], 50_001);
        seen += body["organisationUnits"].as_array().map_or(0, Vec::len);
    }
    assert_eq!(seen, 50_001);
    let values = (0..10_000).map(|index| {
        json!({
            "dataElement": "deCases0001", "period": "202610",
            "orgUnit": format!("ou{index:09}"), "value": "3",
        })
    });
    let payload = json!({"dataSet": "dsMonthly01", "dataValues": values.collect::<Value>()});
    let answer = ask(&mut sandbox, "POST", "/api/dataValueSets", &payload);
    assert_eq!(answer.json().expect("JSON")["response"]["importCount"]["imported"], 10_000);
}

/// A plain HTTP exchange, without any client library in between.
fn exchange(url: &str, path: &str) -> Vec<u8> {
    let address = url.strip_prefix("http://").expect("an http address");
    let mut stream = TcpStream::connect(address).expect("the sandbox listens");
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {NURSE}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    // A connection that is reset has said all it will say.
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn sockets_carry_answers_and_spoilt_deliveries() {
    let running = start_blocking(config(), 0).expect("a free port");
    let answer =
        String::from_utf8_lossy(&exchange(&running.url, "/api/me?fields=username")).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("{\"username\":\"nurse\"}") && answer.contains("date: "), "{answer}");
    running.with(|sandbox| {
        sandbox.set_faults(Faults { lose_answer: true, ..Faults::default() });
    });
    assert!(exchange(&running.url, "/api/me").is_empty());
    running.with(|sandbox| {
        sandbox.set_faults(Faults { cut_after_bytes: Some(10), ..Faults::default() });
    });
    let answer = String::from_utf8_lossy(&exchange(&running.url, "/api/me")).into_owned();
    assert!(answer.contains("200 OK") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(running.with(|sandbox| sandbox.log().count()), 3);
    running.stop().expect("the server stops");
}
