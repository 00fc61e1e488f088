use jiff::civil::{Date, date};

use super::*;
use crate::period::Period;
use crate::uid::OrganisationUnitUid;

fn one(members: &str) -> Result<Target, TargetProblem> {
    let base = r#""id": "anc4", "programIndicator": "piAnc4Visit", "periodType": "Monthly""#;
    let json = format!("{{\"targets\": [{{{base}, \"value\": 30 {members}}}]}}");
    let (mut targets, mut problems) = parse_targets(&json).expect("a list");
    targets.pop().ok_or_else(|| problems.remove(0))
}

#[track_caller]
fn check_problem(entry: &str, message: &str) {
    let (targets, problems) = parse_targets(&format!("{{\"targets\": [{entry}]}}")).expect("list");
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!((targets.len(), found), (0, vec![message.to_owned()]), "{entry}");
}

#[test]
fn a_mistake_stops_its_target_only_and_is_named() {
    let good = r#"{"id": "a", "indicator": "inAnc4Visit", "periodType": "Weekly", "value": 0}"#;
    let json = format!("{{\"targets\": [{good}, 5, {good}]}}");
    let (targets, problems) = parse_targets(&json).expect("a list");
    assert_eq!((targets.len(), problems.len()), (1, 2));
    check_problem("5", "targets[0].: must be an object");
    check_problem("{}", "targets[0].id: must be a text");
    check_problem(r#"{"id": ""}"#, "targets[0].id: must be a short text");
    check_problem(r#"{"id": "a", "goal": "more"}"#, "targets[0].goal: must be atLeast or atMost");
    check_problem(
        r#"{"id": "a"}"#,
        "targets[0].indicator: either indicator or programIndicator must be given",
    );
    check_problem(r#"{"id": "a", "indicator": "x"}"#, "targets[0].indicator: must be a DHIS2 id");
    check_problem(
        r#"{"id": "a", "indicator": "inAnc4Visit", "periodType": "Often"}"#,
        "targets[0].periodType: must be a period type such as Monthly",
    );
    for value in ["-1", "\"5\"", "null"] {
        let entry = format!(
            r#"{{"id":"a","indicator":"inAnc4Visit","periodType":"Monthly","value":{value}}}"#
        );
        check_problem(&entry, "targets[0].value: must be a number that is not negative");
    }
    assert_eq!(
        one(", \"organisationUnits\": [\"x\"]").map_err(|problem| problem.member),
        Err("organisationUnits")
    );
    assert_eq!(one(", \"users\": [5]").map_err(|problem| problem.member), Err("users"));
}

#[test]
fn what_is_no_list_is_refused_with_its_place() {
    assert_eq!(parse_targets("[]"), Err(TargetsError::NoList));
    assert_eq!(parse_targets("{\n x}"), Err(TargetsError::NotJson { line: 2, column: 2 }));
    assert_eq!(parse_targets(&" ".repeat(300_000)), Err(TargetsError::TooLong));
    let deep = format!("{{\"targets\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(matches!(parse_targets(&deep), Err(TargetsError::NotJson { .. })));
    let many = vec!["{}"; 600].join(",");
    let (_, problems) = parse_targets(&format!("{{\"targets\": [{many}]}}")).expect("a list");
    assert_eq!(problems.len(), 501);
}

#[test]
fn a_target_is_for_its_users_in_its_units() {
    let unit = |id: &str| OrganisationUnitUid::parse(id).expect("a uid");
    let (here, there) = (unit("ouClinicA01"), unit("ouClinicB01"));
    let check = |members: &str, user: &str, units: &[OrganisationUnitUid], expected: usize| {
        let targets = [one(members).expect("a target")];
        assert_eq!(targets_of(&targets, user, units).count(), expected, "{members} {user}");
    };
    check("", "amina", &[], 1);
    check(", \"users\": [\"Amina\"]", "amina", &[], 1);
    check(", \"users\": [\"john\"]", "amina", &[], 0);
    check(", \"organisationUnits\": [\"ouClinicA01\"]", "amina", &[there, here], 1);
    check(", \"organisationUnits\": [\"ouClinicA01\"]", "amina", &[there], 0);
    check(
        ", \"users\": [\"amina\"], \"organisationUnits\": [\"ouClinicA01\"]",
        "amina",
        &[there],
        0,
    );
}

#[track_caller]
fn check_progress(goal: &str, value: f64, today: Date, expected: f64, standing: Standing) {
    let target = one(&format!(", \"goal\": \"{goal}\"")).expect("a target");
    let period = Period::parse("202611").expect("a period");
    let found = progress(&target, value, period, today);
    assert!((found.expected - expected).abs() < 1e-9, "{found:?}");
    assert_eq!(found.standing, standing, "{found:?}");
    assert_eq!(found.ratio, Some(value / 30.0));
}

#[test]
fn a_month_of_thirty_days_asks_for_one_a_day() {
    use Standing::{Behind, Missed, NotBegun, OnTrack, Reached};
    check_progress("atLeast", 0.0, date(2026, 10, 31), 0.0, NotBegun);
    check_progress("atLeast", 0.0, date(2026, 11, 1), 0.0, OnTrack);
    check_progress("atLeast", 10.0, date(2026, 11, 11), 10.0, OnTrack);
    check_progress("atLeast", 9.0, date(2026, 11, 11), 10.0, Behind);
    check_progress("atLeast", 30.0, date(2026, 11, 11), 10.0, Reached);
    check_progress("atLeast", 29.0, date(2026, 11, 30), 29.0, OnTrack);
    check_progress("atLeast", 29.0, date(2026, 12, 1), 30.0, Missed);
    check_progress("atMost", 30.0, date(2026, 11, 30), 29.0, OnTrack);
    check_progress("atMost", 31.0, date(2026, 11, 2), 1.0, Missed);
    check_progress("atMost", 30.0, date(2027, 5, 1), 30.0, Reached);
}

#[test]
fn a_target_of_zero_has_no_ratio() {
    let target = Target { value: 0.0, ..one("").expect("a target") };
    let period = Period::parse("202611").expect("a period");
    let found = progress(&target, 0.0, period, date(2026, 11, 11));
    assert_eq!((found.ratio, found.standing), (None, Standing::Reached));
}
