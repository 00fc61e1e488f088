//! The built tool against the sandbox over loopback: what it prints, and with which exit code it ends.

mod desk;

use std::process::{Command, Stdio};

use desk::{Desk, PASSWORD, Ran, last_month};
use outpost_sandbox::Faults;
use serde_json::{Value, json};

#[test]
fn a_month_is_captured_without_network_and_arrives_once() {
    let desk = Desk::new();
    desk.ready();
    let faults = Faults { drop_request: true, ..Faults::default() };
    desk.sandbox.with(|sandbox| sandbox.set_faults(faults));
    let ran = desk.record("set", &["Fever cases.Under 5, Female=7", "ACT doses left=forty"]);
    assert_eq!(ran.code, 6);
    let outcome = ran.json();
    assert_eq!(outcome["saved"], 1);
    assert_eq!(outcome["refused"][0]["data_element"], "DeStockAct0");
    assert_eq!(outcome["refused"][0]["code"], "E7619");
    assert_eq!(desk.record("set", &["ACT doses left=40"]).code, 0);
    assert_eq!(desk.record("complete", &[]).code, 0);
    let date = format!("{}-{}-15", &last_month()[..4], &last_month()[4..]);
    let event = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
    let rest = ["--occurred", &date, "--complete", "Age in years=4", "Sex=F", "--json"];
    let added = desk.run(&[&event[..], &rest].concat());
    assert_eq!(added.code, 0, "{}", added.stdout);
    let uid = added.json()["uid"].as_str().expect("an id").to_owned();

    let rows = desk.json(&["outbox"]);
    let kinds: Vec<_> =
        rows.as_array().expect("rows").iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["dataValue", "dataValue", "completion", "event"]);
    let row = &rows[0];
    for member in ["id", "uid", "state", "field", "code", "reason", "attempts", "not_before"] {
        assert!(row.get(member).is_some(), "{member} in {row}");
    }
    assert_eq!((&row["uid"], &row["state"]), (&json!("DeFeverCase"), &json!("pending")));
    assert_eq!(desk.run(&["sync"]).code, 4, "no network");

    desk.sandbox.with(|sandbox| sandbox.set_faults(Faults::default()));
    let report = desk.json(&["sync"]);
    assert_eq!((&report["synced"], &report["rejected"]), (&json!(4), &json!(0)));
    assert_eq!(report["stopped"], Value::Null);
    assert_eq!(desk.json(&["outbox"]), json!([]));
    let shown = desk.json(&["event", "show", &uid]);
    assert_eq!((&shown["state"], &shown["status"]), (&json!("synced"), &json!("COMPLETED")));
    assert_eq!(desk.record("show", &[]).json()["completed"], true);
    let list = desk.json(&["event", "list", "--program", "PrFeverVisi"]);
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

#[test]
fn the_status_has_what_a_supporter_asks_for() {
    let desk = Desk::new();
    desk.ready();
    desk.record("set", &["ACT doses left=40"]);
    let status = desk.json(&["status"]);
    assert_eq!(
        (&status["unsent"], &status["parked"], &status["conflicts"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(status["server_version"], "2.42.4");
    assert!(status["metadata_version"].is_string() && status["skew_ms"].is_i64(), "{status}");
    assert_eq!(status["last_sync"], Value::Null);
    desk.json(&["sync"]);
    assert!(desk.json(&["status"])["last_sync"].is_string());
    assert_eq!(desk.json(&["doctor"])["health"], "ok");
    assert_eq!(desk.json(&["journal", "verify"])["ok"], true);
}

#[test]
fn a_pull_counts_by_type() {
    let desk = Desk::new();
    assert_eq!(desk.login(PASSWORD).code, 0);
    let report = desk.json(&["pull", "--metadata-only"]);
    let counts = &report["counts"];
    // As in the package, with the default combo, category and option that every server has.
    assert_eq!((&counts["dataElements"], &counts["dataSets"]), (&json!(22), &json!(1)));
    assert_eq!((&counts["programs"], &counts["options"]), (&json!(3), &json!(5)));
    assert_eq!(counts["categoryOptionCombos"], 5);
}

#[track_caller]
fn check_error(ran: &Ran, code: i32, kind: &str) {
    assert_eq!((ran.code, &ran.json()["error"]["kind"]), (code, &json!(kind)), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("outpost: "), "{}", ran.stderr);
}

#[test]
fn exit_codes_are_as_promised() {
    let desk = Desk::new();
    check_error(&desk.run(&["status", "--json"]), 3, "unauthenticated");
    check_error(&desk.login("wrong"), 3, "unauthenticated");
    desk.ready();
    check_error(&desk.run(&["form", "show", "Nothing", "--json"]), 2, "not_found");
    check_error(&desk.record("set", &["Fever cases=7"]), 2, "invalid_input");
    check_error(&desk.record("set", &["nonsense"]), 2, "invalid_input");
    let broken = desk.run_with(&["import", "-", "--json"], "{\"dataValues\":[");
    check_error(&broken, 2, "invalid_input");
    assert_eq!(desk.run(&["no-such-command"]).code, 2);
    let faults = Faults { status: Some(503), retry_after_s: Some(3_600), ..Faults::default() };
    desk.sandbox.with(|sandbox| sandbox.set_faults(faults));
    let ran = desk.run(&["sync", "--json"]);
    assert_eq!(ran.code, 5);
    assert_eq!(ran.json()["stopped"]["kind"], "server_unavailable");
    std::fs::write(desk.folder.path().join("home/keys/accounts.key"), [7; 32]).expect("a key");
    check_error(&desk.run(&["status", "--json"]), 7, "storage_locked");
}

#[test]
fn what_is_typed_wrong_is_a_document_too_and_help_stays_text() {
    let desk = Desk::new();
    for (arguments, reason) in [
        (&["no-such-command", "--json"][..], "no-such-command"),
        (&["--json", "sync", "--no-such-option"], "--no-such-option"),
        (&["support", "show", "--json"], "<ID>"),
        (&["support", "--json"], "subcommand"),
        (&["support", "report", "--district-level", "x", "--json"], "district-level"),
    ] {
        let ran = desk.run(arguments);
        check_usage(&ran, reason);
    }
    for arguments in [&["no-such-command"][..], &["no-such-command", "--", "--json"]] {
        let ran = desk.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    for arguments in [["--help", "--json"], ["--version", "--json"], ["sync", "--help"]] {
        let ran = desk.run(&arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!ran.stdout.starts_with('{'), "{}", ran.stdout);
    }
}

#[track_caller]
fn check_usage(ran: &Ran, words: &str) {
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let error = &ran.json()["error"];
    assert_eq!((&error["kind"], &error["code"]), (&json!("invalid_input"), &json!("usage")));
    let reason = error["reason"].as_str().unwrap_or_default();
    assert!(reason.contains(words) && !reason.contains('\n'), "{words}: {reason}");
    assert!(!ran.stderr.is_empty());
}

#[test]
fn a_quiet_synchronisation_says_what_it_did_and_remarks_nothing() {
    let desk = Desk::new();
    desk.ready();
    let loud = desk.run(&["sync"]).stdout;
    let quiet = desk.run(&["sync", "-q"]).stdout;
    for (words, is_result) in
        [("sent.", true), ("Forms", true), ("requests", false), ("Note:", false), ("Count", false)]
    {
        assert_eq!(quiet.contains(words), is_result, "{words}: {quiet}");
    }
    assert!(loud.contains("requests") && loud.lines().count() > quiet.lines().count(), "{loud}");
}

#[test]
fn paper_is_written_only_under_a_name_that_says_what_it_is() {
    let desk = Desk::new();
    desk.ready();
    let path = |name: &str| desk.folder.path().join(name).display().to_string();
    let labels = ["print", "labels"];
    let agreement = ["print", "agreement", "17"];
    for (command, name, is_paper) in [
        (&labels[..], "x.png", false),
        (&labels, "x", false),
        (&labels, "x.PDF", true),
        (&labels, "x.svg", true),
        (&agreement, "x.svg", false),
        (&["print", "hand-over-list"], "x.svg", false),
        (&["print", "go-no-go", "Clinic A"], "x.txt", false),
    ] {
        let ran = desk.run(&[command, &["--out", &path(name), "--json"]].concat());
        let error = ran.json()["error"].clone();
        assert_eq!(ran.code, 2, "{command:?} {name}: {}", ran.stdout);
        assert_eq!(error["field"] != "out", is_paper, "{command:?} {name}: {error}");
        assert!(!std::path::Path::new(&path(name)).exists(), "{name}");
    }
}

#[test]
fn a_file_is_imported_from_a_path_and_from_standard_input() {
    let desk = Desk::new();
    desk.ready();
    let (element, unit) = ("DeStockAct0", "OuClinicAaa");
    let value = |value: &str| json!({ "dataElement": element, "orgUnit": unit, "value": value });
    let file = json!({ "period": last_month(), "dataSet": "DsMonthly00",
        "dataValues": [value("40")] });
    let path = desk.folder.path().join("values.json");
    std::fs::write(&path, file.to_string()).expect("a file");
    let report = desk.json(&["import", path.to_str().expect("a path")]);
    assert_eq!((&report["records"], &report["saved"]), (&json!(1), &json!(1)));
    let bad = json!({ "period": last_month(), "dataValues": [value("41"), value("x")] });
    let ran = desk.run_with(&["import", "-", "--json"], &bad.to_string());
    assert_eq!(ran.code, 6);
    let report = ran.json();
    assert_eq!((&report["saved"], &report["refusals"][0]["index"]), (&json!(1), &json!(1)));
}

#[test]
fn the_password_is_never_printed_nor_kept_in_clear() {
    let desk = Desk::new();
    let ran = desk.login(PASSWORD);
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
    let wrong = desk.login("Another-secret-1");
    assert!(!wrong.stdout.contains("Another-secret") && !wrong.stderr.contains("Another-secret"));
    assert!(desk.run(&["logout"]).code == 0);
    assert_eq!(desk.run(&["status"]).code, 3);
}

#[test]
fn a_passphrase_locks_the_folder() {
    let desk = Desk::new();
    let passphrase = |text: &str| {
        let path = desk.folder.path().join(format!("{text}.txt"));
        std::fs::write(&path, format!("{text}\n")).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let (right, wrong) = (passphrase("right"), passphrase("wrong"));
    let url = desk.sandbox.url.clone();
    let login = ["login", "--server", &url, "--user", "nurse", "--password-stdin"];
    let rest = ["--allow-http", "--passphrase-file", &right];
    let ran = desk.run_with(&[&login[..], &rest].concat(), &format!("{PASSWORD}\n"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(desk.run(&["status", "--passphrase-file", &right]).code, 0);
    assert_eq!(desk.run(&["status", "--passphrase-file", &wrong]).code, 7);
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_a_synchronisation_politely() {
    let desk = Desk::new();
    desk.ready();
    desk.record("set", &["ACT doses left=40"]);
    let faults = Faults { latency_ms: 60_000, ..Faults::default() };
    desk.sandbox.with(|sandbox| sandbox.set_faults(faults));
    let requests = || desk.sandbox.with(|sandbox| sandbox.log().count());
    let before = requests();
    let child = Command::new(env!("CARGO_BIN_EXE_outpost"))
        .args(["sync", "--json"])
        .env("OUTPOST_HOME", desk.folder.path().join("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    // The interrupt comes while an answer is awaited.
    while requests() == before {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let output = child.wait_with_output().expect("the tool ends");
    assert_eq!(output.status.code(), Some(8));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["stopped"]["kind"], "cancelled");
    assert_eq!(desk.json(&["status"])["unsent"], 1);
}

#[test]
fn indicators_and_rules_are_shown_over_what_lies_on_the_device() {
    let desk = Desk::new();
    desk.ready();
    let enter = |values: &[&str]| assert_eq!(desk.record("set", values).code, 0);
    enter(&["Fever cases.Under 5, Female=40", "Malaria confirmed.Under 5, Female=10"]);
    let listed = desk.json(&["indicator", "list", "--data-set", "Monthly report"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&listed[0]["uid"], &listed[0]["kind"]),
        (&json!("InMalariaSh"), &json!("indicator"))
    );

    let period = last_month();
    let when = ["--period", &period];
    let name = "Malaria among fever cases (%)";
    let show = [&["indicator", "show", name, "--org-unit", "Clinic A"][..], &when].concat();
    let rows = desk.json(&show);
    assert_eq!(rows[0]["value"], "25", "10 of 40");
    assert_eq!((&rows[0]["with_data"], &rows[0]["asked"]), (&json!(1), &json!(1)));
    let below = ["indicator", "show", "--data-set", "MONTHLY", "--org-unit", "LOW-N", "--below"];
    let ran = desk.run(&[&below[..], &when].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("25") && ran.stdout.contains("1/4"), "{}", ran.stdout);

    let check = [&["validate", "--data-set", "Monthly report"][..], &when].concat();
    let ran = desk.run(&check);
    assert_eq!((ran.code, ran.stdout.contains("1 report checked")), (0, true), "{}", ran.stdout);
    enter(&["Malaria confirmed.Under 5, Male=31"]);
    let ran = desk.run(&[&check[..], &["--org-unit", "Clinic A", "--json"]].concat());
    assert_eq!(ran.code, 6);
    let violation = &ran.json()["reports"][0]["violations"][0];
    assert_eq!(violation["left_side"]["value"], 41.0);
    assert_eq!(violation["right_side"]["value"], 40.0);
}

#[test]
fn a_wrong_question_about_indicators_says_what_to_give() {
    let desk = Desk::new();
    desk.ready();
    let check = |arguments: &[&str], words: &str| {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    };
    let place = ["--org-unit", "Clinic A"];
    let show = |rest: &[&'static str]| [&["indicator", "show"][..], rest, &place].concat();
    check(&show(&["InMalariaSh", "--period", "LAST_MONDAY"]), "LAST_MONTH");
    check(&show(&["Nothing", "--period", "LAST_MONTH"]), "indicator");
    check(&show(&["--period", "LAST_MONTH"]), "--data-set");
    check(&["indicator", "list", "--data-set", "Nothing"], "data set");
    check(&["validate", "--data-set", "MONTHLY"], "--period");
}
