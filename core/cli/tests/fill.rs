//! Forms that think, on the command line: what `event`, `record` and `form fill` print and end with.

mod desk;

use desk::{Desk, Ran, last_month};
use serde_json::{Value, json};

/// A day of the last month.
fn day(number: u32) -> String {
    let month = last_month();
    format!("{}-{}-{number:02}", &month[..4], &month[4..])
}

fn add(desk: &Desk, rest: &[&str]) -> Ran {
    let on = day(5);
    let event = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
    let patient = ["--occurred", &on, "Age in years=4", "Sex=F"];
    desk.run(&[&event[..], &patient, rest].concat())
}

fn fill(desk: &Desk, rest: &[&str], lines: &str) -> Ran {
    let on = day(5);
    let form = ["form", "fill", "--program", "Fever visit", "--org-unit", "Clinic A"];
    desk.run_with(&[&form[..], &["--occurred", &on], rest].concat(), lines)
}

/// The answers of a conversation, one JSON document a line.
#[track_caller]
fn answers(ran: &Ran) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    ran.stdout.lines().map(parse).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item["name"].as_str()).collect()
}

#[test]
fn an_event_holds_what_rules_assign_and_not_what_they_hide() {
    let desk = Desk::new();
    desk.ready();
    let onset = format!("First day of fever={}", day(2));
    // The place comes before the outcome that asks for it; the doses are not asked for.
    let values = ["Doses of ACT given=6", "Referred to=Hospital", &onset, "Outcome=REFERRED"];
    let ran = add(&desk, &[&values[..], &["--complete", "--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let outcome = ran.json();
    assert_eq!(outcome["assigned"][0]["value"], "3", "{outcome}");
    assert_eq!(names(&outcome["hidden"]), ["Doses of ACT given"]);
    assert_eq!(outcome["set_aside"][0]["value"], "6");
    let uid = outcome["uid"].as_str().expect("an id");
    let values = &desk.json(&["event", "show", uid])["values"];
    assert_eq!(values["DeEvFevDays"], "3");
    assert_eq!(values["DeEvReferTo"], "Hospital");
    assert_eq!(values.get("DeEvActDose"), None);

    let earlier = format!("First day of fever={}", day(1));
    let ran = desk.run(&["event", "set", uid, &earlier]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Filled in by itself: Days of fever = 4"), "{}", ran.stdout);
}

#[test]
fn what_a_rule_refuses_is_named_at_its_question_and_not_saved() {
    let desk = Desk::new();
    desk.ready();
    let late = format!("First day of fever={}", day(9));
    let ran = add(&desk, &[&late, "Outcome=REFERRED", "--complete", "--json"]);
    assert_eq!(ran.code, 6);
    let outcome = ran.json();
    assert_eq!(outcome["saved"], false);
    let problems = outcome["problems"].as_array().expect("problems");
    let found: Vec<_> = problems.iter().map(|it| (&it["field"], &it["code"])).collect();
    let expected = [(json!("DeEvOnset00"), json!("E1300")), (json!("DeEvReferTo"), json!("E1301"))];
    assert_eq!(found, expected.each_ref().map(|(field, code)| (field, code)));
    assert_eq!(desk.json(&["outbox"]), json!([]));
    let ran = add(&desk, &["Rapid test positive=perhaps", "--json"]);
    assert_eq!((ran.code, &ran.json()["problems"][0]["code"]), (6, &json!("E1302")));
}

#[test]
fn a_violation_is_listed_with_both_sides_before_and_at_completion() {
    let desk = Desk::new();
    desk.ready();
    let values = ["Malaria confirmed.Under 5, Male=12", "Fever cases.Under 5, Male=9"];
    assert_eq!(desk.record("set", &values).code, 0);
    let ran = desk.record("check", &[]);
    assert_eq!(ran.code, 6);
    let checked = ran.json();
    let violation = &checked["violations"][0];
    assert_eq!(violation["name"], "Malaria cases are fever cases");
    assert_eq!(
        (&violation["left_side"]["value"], &violation["operator"]),
        (&json!(12.0), &json!("<="))
    );
    assert_eq!(violation["right_side"]["description"], "Fever cases, all");
    assert_eq!(checked["indicators"][0]["value"], "133.3");
    assert_eq!(checked["problems"][0]["data_element"], "DeStockAct0", "it is compulsory");

    assert_eq!(desk.record("complete", &[]).code, 6, "something is missing");
    assert_eq!(desk.record("set", &["ACT doses left=40"]).code, 0);
    let ran = desk.record("complete", &[]);
    assert_eq!((ran.code, &ran.json()["completed"]), (0, &json!(true)));
    assert_eq!(ran.json()["violations"].as_array().map(Vec::len), Some(1));
    desk.record("set", &["Malaria confirmed.Under 5, Male=8"]);
    assert_eq!(desk.record("check", &[]).code, 0);
}

#[test]
fn a_visit_is_filled_in_line_by_line() {
    let desk = Desk::new();
    desk.ready();
    let lines =
        "Age in years=4\nSex=F\nOutcome=REFERRED\ncomplete\nReferred to=Hospital\ncomplete\n";
    let ran = fill(&desk, &["--json"], lines);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    let answers = answers(&ran);
    assert_eq!(answers.len(), 7, "the form, and an answer to every line");
    assert_eq!(names(&answers[0]["hidden"]), ["Doses of ACT given", "Referred to"]);
    let appeared = answers[3]["fields"].as_array().expect("fields");
    let place = appeared.iter().find(|it| it["name"] == "Referred to").expect("it appears");
    assert_eq!((&place["hidden"], &place["mandatory"]), (&json!(false), &json!(true)));
    assert_eq!(answers[4]["problems"][0]["code"], "E1301");
    assert_eq!(answers[6]["completed"], true);
    assert_eq!(desk.json(&["outbox"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn hostile_lines_are_named_and_the_session_goes_on() {
    let desk = Desk::new();
    desk.ready();
    let long = "x".repeat(300 * 1024);
    let lines = format!(
        "# a remark\n\n=\nNothing=4\nrm -rf\ndate\ndate yesterday\n{long}\n\u{1b}[2J\nAge in years=\
         {long}\nAge in years=4\nSex=F\ndate {}\nsave\n",
        day(5)
    );
    let ran = fill(&desk, &["--json"], &lines);
    assert_eq!(ran.code, 2, "lines were not understood: {}", ran.stderr);
    let answers = answers(&ran);
    let errors = answers.iter().filter(|answer| answer["error"]["kind"].is_string());
    assert_eq!(errors.count(), 7);
    assert_eq!(answers.last().map(|answer| &answer["saved"]), Some(&json!(true)));
}

#[test]
fn what_is_not_saved_is_kept_as_a_draft_and_gone_on_with() {
    let desk = Desk::new();
    desk.ready();
    let ran = fill(&desk, &["--json"], "Age in years=many\nSex=F\n");
    assert_eq!(ran.code, 0);
    let kept = answers(&ran).pop().expect("an answer");
    let uid = kept["draft"].as_str().expect("a draft").to_owned();
    let drafts = desk.json(&["form", "drafts", "Fever visit"]);
    assert_eq!(drafts[0]["event"], uid.as_str());
    let again = ["form", "fill", "--program", "Fever visit", "--event", &uid, "--json"];
    let ran = desk.run_with(&again, "save\n");
    assert_eq!(ran.code, 6, "a text that is no number");
    let ran = desk.run_with(&again, "Age in years=4\nsave\nquit\n");
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let opened = &answers(&ran)[0];
    assert_eq!(opened["event"]["occurred_at"], day(5));
    assert_eq!(desk.json(&["form", "drafts", "Fever visit"]), json!([]));
    let ran = fill(&desk, &["--json"], "Sex=F\ndiscard\nSex=M\n");
    assert_eq!(ran.code, 0);
    assert_eq!(desk.json(&["form", "drafts", "Fever visit"]), json!([]));
}

#[test]
fn a_report_is_filled_in_line_by_line() {
    let desk = Desk::new();
    desk.ready();
    let period = last_month();
    let form = ["form", "fill", "--data-set", "MONTHLY", "--org-unit", "Clinic A", "--json"];
    let lines = "Malaria confirmed.Under 5, Male=12\nFever cases.Under 5, Male=x\ncomplete\n\
                 Fever cases.Under 5, Male=15\ndraft\nACT doses left=40\ncheck\ncomplete\n";
    let ran = desk.run_with(&[&form[..], &["--period", &period]].concat(), lines);
    assert_eq!(ran.code, 2, "a report has no draft: {}", ran.stderr);
    let answers = answers(&ran);
    assert_eq!(answers[1]["changes"]["violations"][0]["uid"], "VrMalariaFe");
    assert_eq!(answers[2]["refused"][0]["code"], "E7619");
    assert_eq!(answers[3]["completed"], false);
    assert_eq!(answers[4]["changes"]["resolved"], json!(["VrMalariaFe"]));
    assert_eq!(answers[4]["changes"]["indicators"][0]["value"], "80");
    assert_eq!(answers[5]["error"]["kind"], "invalid_input");
    assert_eq!(answers[7]["violations"], json!([]));
    assert_eq!(answers[8]["completed"], true);
}

#[test]
fn a_form_is_a_program_or_a_data_set() {
    let desk = Desk::new();
    let check = |rest: &[&str]| {
        let ran = desk.run(&[&["form", "fill"][..], rest].concat());
        assert_eq!(ran.code, 2, "{rest:?}");
    };
    check(&["--org-unit", "A"]);
    check(&["--program", "P", "--data-set", "D", "--org-unit", "A", "--period", "202609"]);
    check(&["--data-set", "D", "--org-unit", "A"]);
    check(&["--program", "P"]);
    check(&["--program", "P", "--org-unit", "A", "--period", "202609"]);
}
