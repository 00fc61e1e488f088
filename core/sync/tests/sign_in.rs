//! The first two questions of a run as scripted conversations: what is asked, what an answer means.

mod common;

use common::{NOW_MS, answer};
use outpost_sync::machine::{Account, Machine, Phases, RunOptions};
use outpost_sync::ports::{Answer, Effect, Event, Lost, Now, Stop, StoreReply};

const INFO: &str = r#"{"version":"2.42.4","serverDate":"2026-11-22T10:24:55.000"}"#;
const ME: &str = r#"{"id":"usCapture01","username":"nurse","organisationUnits":[]}"#;

/// One line: what the effect must look like, and what is answered to it.
type Line = (&'static str, Event);

fn json(status: u16, body: &str) -> Event {
    Event::Answered(answer(status, body))
}

fn page(status: u16, location: Option<&str>) -> Event {
    Event::Answered(Answer {
        content_type: Some("text/html;charset=UTF-8".to_owned()),
        location: location.map(str::to_owned),
        ..answer(status, "<!DOCTYPE html><html></html>")
    })
}

fn shown(effect: &Effect) -> String {
    match effect {
        Effect::Fetch(request) => request.target.clone(),
        Effect::Store(command) | Effect::StoreBehind(command) => format!("{command:?}"),
        Effect::AwaitStored => "await".to_owned(),
        Effect::Wait { .. } => "wait".to_owned(),
        Effect::Finish(_) => "finish".to_owned(),
    }
}

/// Plays a conversation and compares how it ends.
#[track_caller]
fn check(user_id: Option<&str>, script: Vec<Line>, stopped: Option<&Stop>) {
    let account = Account { user_id: user_id.map(str::to_owned), ..Account::default() };
    let options = RunOptions { phases: Phases::SIGN_IN, account, ..RunOptions::default() };
    let mut machine = Machine::new(options);
    let now = Now { unix_ms: NOW_MS };
    let mut effect = machine.step(Event::Started, now).effect;
    for (expected, event) in script {
        assert!(shown(&effect).contains(expected), "{expected} in {}", shown(&effect));
        effect = machine.step(event, now).effect;
    }
    let Effect::Finish(report) = effect else { panic!("goes on with {}", shown(&effect)) };
    assert_eq!(report.stopped.as_ref(), stopped);
}

fn signed_out(reason: &str) -> Stop {
    Stop::SignedOut { reason: reason.to_owned() }
}

#[test]
fn a_sign_in_asks_twice_and_remembers_what_it_learnt() {
    let done = || Event::Stored(StoreReply::Done);
    check(
        Some("usCapture01"),
        vec![
            ("/api/system/info?fields=version", json(200, INFO)),
            ("/api/me?fields=id", json(200, ME)),
            ("\"userId\", value: \"usCapture01\"", done()),
            ("\"me\"", done()),
            ("\"skewMs\"", done()),
            ("\"serverVersion\", value: \"2.42.4\"", done()),
            ("\"serverOffsetMinutes\", value: \"0\"", done()),
        ],
        None,
    );
}

#[test]
fn another_user_never_gets_this_store() {
    let reason = "the server knows this sign-in as another user; \
                  the data on this device belongs to somebody else";
    check(
        Some("usOther0001"),
        vec![("/api/system/info", json(200, INFO)), ("/api/me", json(200, ME))],
        Some(&signed_out(reason)),
    );
}

#[test]
fn refusals_of_the_account_are_told_apart() {
    for (message, reason) in [
        ("Unauthorized", "The user name or password is not right."),
        ("Account disabled", "This account is switched off. Ask your administrator."),
        ("Account locked", "This account is locked after too many tries. Wait, then try again."),
    ] {
        let body = format!(r#"{{"httpStatusCode":401,"status":"ERROR","message":"{message}"}}"#);
        check(None, vec![("/api/system/info", json(401, &body))], Some(&signed_out(reason)));
    }
}

#[test]
fn a_login_page_is_signed_out_and_any_other_page_a_captive_portal() {
    let login = page(302, Some("http://127.0.0.1:8085/dhis-web-login/"));
    let out = signed_out("You are signed out. Sign in again.");
    check(None, vec![("/api/system/info", login)], Some(&out));
    for portal in
        [page(302, Some("http://hotel.example/welcome")), page(200, None), page(511, None)]
    {
        check(None, vec![("/api/system/info", portal)], Some(&Stop::CaptivePortal));
    }
}

#[test]
fn what_is_no_dhis2_or_too_old_says_so() {
    let not_there = Stop::Incompatible {
        reason: "no DHIS2 answers at this address (status 404): check the address".to_owned(),
    };
    check(None, vec![("/api/system/info", page(404, None))], Some(&not_there));
    let too_old = Stop::Incompatible {
        reason: "the server runs DHIS2 2.36.4; 2.38 or later is needed".to_owned(),
    };
    check(None, vec![("/api/system/info", json(200, r#"{"version":"2.36.4"}"#))], Some(&too_old));
    let moved = Stop::Incompatible {
        reason: "the server has moved to another address: sign in with the new one".to_owned(),
    };
    check(None, vec![("info", page(301, Some("https://new.example/")))], Some(&moved));
}

#[test]
fn a_dead_network_is_tried_three_times() {
    let lost = || Event::Lost(Lost::NotSent { reason: "no network".to_owned(), is_tls: false });
    check(
        None,
        vec![
            ("info", lost()),
            ("wait", Event::Waited),
            ("info", lost()),
            ("wait", Event::Waited),
            ("info", lost()),
        ],
        Some(&Stop::Offline { reason: "no network".to_owned() }),
    );
}

#[test]
fn a_busy_server_is_waited_for_but_not_for_ever() {
    let busy = |retry_after_ms| Event::Answered(Answer { retry_after_ms, ..answer(503, "") });
    let stop = Stop::ServerUnavailable { status: 503, retry_after_ms: Some(3_600_000) };
    check(
        None,
        vec![("info", busy(Some(2_000))), ("wait", Event::Waited), ("info", busy(Some(3_600_000)))],
        Some(&stop),
    );
    // A minute is no time to leave a person before a sign-in screen.
    let stop = Stop::ServerUnavailable { status: 503, retry_after_ms: Some(60_000) };
    check(None, vec![("info", busy(Some(60_000)))], Some(&stop));
}

#[test]
fn a_cancelled_wait_ends_the_run() {
    let lost = Event::Lost(Lost::NotSent { reason: "no network".to_owned(), is_tls: false });
    check(None, vec![("info", lost), ("wait", Event::Cancelled)], Some(&Stop::Cancelled));
}

#[test]
fn a_store_that_fails_ends_the_run() {
    let failed = Event::StoreFailed { reason: "no space left".to_owned() };
    check(
        None,
        vec![("info", json(200, INFO)), ("/api/me", json(200, ME)), ("userId", failed)],
        Some(&Stop::Store { reason: "no space left".to_owned() }),
    );
}
