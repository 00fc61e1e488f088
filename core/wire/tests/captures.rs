//! Every captured answer of a running DHIS2 2.42.4 goes to its parser; what a few dozen of them say
//! is written down here by hand from the captures.

#![allow(clippy::print_stdout, reason = "suites tell what they read")]

mod support;

use std::collections::BTreeMap;

use outpost_wire::WireError;
use support::{Parser, fact, load, parser_of, read, shared_data};

/// Answers that are errors, with the beginning of the reason.
const EXPECTED_ERRORS: &[(&str, &str)] = &[("a006i-get-foreign-ou", "dataValueSets: it is empty")];

#[test]
fn every_captured_answer_is_read_or_refused_for_a_known_reason() {
    let Some(data) = shared_data() else { return };
    let mut counts: BTreeMap<Parser, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for folder in ["dhis2-2.42-wire", "dhis2-2.42-wire2"] {
        let files = std::fs::read_dir(data.join(folder)).expect("a folder of captures");
        for file in files {
            let path = file.expect("an entry").path();
            if path.extension().is_none_or(|ext| ext != "json") {
                continue;
            }
            let Some(pair) = load(&path) else { continue };
            let result = read(&pair);
            let entry = counts.entry(parser_of(&pair.method, &pair.path).0).or_default();
            let expected = EXPECTED_ERRORS.iter().find(|(name, _)| *name == pair.name);
            match (&result, expected) {
                (Ok(_), None) => entry.0 += 1,
                (Err(error), Some((_, start))) if error.to_string().starts_with(start) => {
                    entry.1 += 1;
                }
                (Err(error), None) if pair.is_cut || was_not_asked(&pair.path, error) => {
                    entry.1 += 1;
                }
                _ => failures.push(format!("{}: {result:?}", pair.name)),
            }
        }
    }
    println!("parser: read, refused (cut captures, members not asked for, and the named ones)");
    for (parser, (read, refused)) in &counts {
        println!("{parser:?}: {read}, {refused}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let total: usize = counts.values().map(|(read, refused)| read + refused).sum();
    assert!(total > 1_200, "only {total} captures were found");
}

/// Whether the request named its `fields=` and left out the member that is now missing.
fn was_not_asked(path: &str, error: &WireError) -> bool {
    let WireError::WrongShape { reason, .. } = error else { return false };
    let Some(member) = reason.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`'))
    else {
        return false;
    };
    let asked = path.split_once("fields=").map(|(_, rest)| rest.split('&').next().unwrap_or(""));
    asked.is_some_and(|fields| !fields.contains('*') && fields.split(',').all(|f| f != member))
}

#[track_caller]
fn check(name: &str, expected: &str) {
    let own = support::fixtures().join(format!("{name}.json"));
    if own.exists() {
        assert_eq!(fact(&load(&own).expect("a pair")), expected, "{name}");
        return;
    }
    let Some(data) = shared_data() else { return };
    let folders = ["dhis2-2.42-wire", "dhis2-2.42-wire2"];
    let mut paths = folders.iter().map(|folder| data.join(folder).join(format!("{name}.json")));
    let path = paths.find(|path| path.exists()).expect("the capture is on the shelf");
    assert_eq!(fact(&load(&path).expect("a pair")), expected, "{name}");
}

#[test]
fn signing_in_and_out_is_told_apart() {
    check("01-system-info", "2.42.4 Etc/UTC");
    check("01b-system-info-noauth", "SignedOut { reason: LoginPage }");
    check("02c-me-401-wrong-password", "SignedOut { reason: BadCredentials }");
    check("02d-me-401-anonymous-json", "SignedOut { reason: LoginPage }");
    check("222-pat-bad", "SignedOut { reason: BadToken }");
    check("o023j-pat-after-delete", "SignedOut { reason: BadToken }");
    check("o023f-pat-expired", "SignedOut { reason: BadToken }");
    check("o026l-pat-of-2fa-user", "SignedOut { reason: TokenRefused }");
    check("o024k-disabled-pat-never-used-before", "SignedOut { reason: TokenRefused }");
    check("o024b-disabled-basic", "SignedOut { reason: AccountDisabled }");
    check("o025h-basic-right-after-login-lock", "SignedOut { reason: AccountLocked }");
    check("o021-auth-login-ok", "Success");
    check("o021b-auth-login-bad", "SignedOut { reason: BadCredentials }");
    check("o024e-disabled-auth-login", "AccountDisabled");
    check("o025g-auth-login-wrong-5", "AccountLocked");
}

#[test]
fn paths_and_rights_are_told_apart() {
    check("02g-404-unknown-endpoint", "NotFound path=true -");
    check("02i-404-unknown-dataElement", "NotFound path=false E1005");
    check("02j-404-bad-uid", "BadRequest 405 -");
    check("02l-403-nurse-delete-dataElement", "Forbidden -");
    check("a009-minmax-post-nurse", "Forbidden F_MINMAX_DATAELEMENT_ADD");
    check("m060d-filter-id-in-600-uri-too-long", "TooLarge");
    check("m070f-if-none-match-dataEntry-metadata", "NotModified");
    check("m018c-ou-pageSize-text", "BadRequest 400 -");
}

#[test]
fn metadata_pages_are_read_with_their_pagers() {
    check("m014-ou-default-page1", "page 1/2 total=67 objects=50 skipped=0");
    check("m016-ou-beyond-last-page", "page 2/2 total=67 objects=0 skipped=0");
    check("m019-ou-paging-false-ids", "page 1/1 total=67 objects=67 skipped=0");
    check("m010-ou-userOnly-path", "page 1/1 total=1 objects=1 skipped=0");
    check("m040-options-sdk-fields", "page 1/1 total=5 objects=5 skipped=0");
    check("m045-constants-sdk-fields", "page 1/1 total=0 objects=0 skipped=0");
}

#[test]
fn refused_values_are_known_by_their_place() {
    check("30-dvs-post-good", "Success stored=6 rejected={} []");
    check("31-dvs-post-again", "Success stored=0 rejected={} []");
    check("40-dvs-err-unknown-dataElement", r#"Warning stored=0 rejected={0} ["E7610"]"#);
    check("55-dvs-partly-bad", r#"Warning stored=2 rejected={1, 2} ["E7610", "E7619"]"#);
    check("56e-dvs-unknown-dataset", r#"Error stored=0 rejected=All ["E7600"]"#);
    check("56-dvs-err-malformed-json", "Error stored=0 rejected=All []");
    check("56f-dvs-dup-in-payload", "Success stored=1 rejected={} []");
    check("m076b-nurse-post-read-only", r#"Error stored=0 rejected=All ["E7601"]"#);
    check("a001b-input-period-closed-date-past", r#"Warning stored=0 rejected={0} ["E7643"]"#);
    check("a006i-get-foreign-ou", "dataValueSets: it is empty");
    check("a005b-read-comment-followup", "1 values");
    check("a006l-get-several-datasets-periods", "3 values");
    check("t043f-aggregate-file-unknown", "Error stored=0 rejected=All []");
}

#[test]
fn refused_completions_have_no_place() {
    check("a003b-complete-compulsory-missing", r#"Error stored=0 rejected=All ["-"]"#);
    check("a004-complete-several-ous", r#"Success stored=3 rejected=Unknown ["-"]"#);
    check("a004c-get-several", "3 completions 0 skipped");
}

#[test]
fn tracker_reports_are_read_object_by_object() {
    check("100-trk-event-create", "Success stored=1 [] warnings=0");
    check("104b-trk-event-warning-rule-reportMode-full", "Success stored=1 [] warnings=1");
    check("126-trk-err-value-type", r#"Error stored=0 ["evErr000001:E1302"] warnings=0"#);
    check("147-trk-partly-bad-atomic-all", r#"Error stored=0 ["evPart00002:E1011"] warnings=0"#);
    check(
        "148-trk-partly-bad-atomic-object",
        r#"Success stored=1 ["evPart00002:E1011"] warnings=0"#,
    );
    check("191-trk-delete-event-again", r#"Error stored=0 ["evMalaria02:E1082"] warnings=0"#);
    check("131-trk-err-bad-date", "BatchRefused -");
    check("133-trk-err-bad-uid", "BatchRefused -");
    check("198-trk-duplicate-in-payload", "BatchRefused -");
    check("t051-batch-1000-async", "job DBRfT3Ku9vG");
    check("166-trk-async-report-unknown-job", "NotFound path=false E1005");
    check("t037-parallel-same-te-1", "ServerError { status: 500, is_concurrent: true }");
    check("193-trk-get-deleted", "0 events 6 skipped"); // asked without program and place
    check("174-trk-get-events", "6 events 0 skipped");
    check("67-dvs-async", "job mXmpdVhOWpZ");
}
