//! Signing in: with the server, without it, by somebody else, and with the wrong password.

mod support;

use std::sync::atomic::Ordering;

use outpost_engine::model::{Secret, SyncOptions};
use outpost_engine::{OutpostError, SignInProblem};
use support::{Device, PASSWORD, Server, enter, sign_in, sync};

#[track_caller]
fn problem_of<T: std::fmt::Debug>(result: outpost_engine::Result<T>) -> SignInProblem {
    match result {
        Err(OutpostError::Unauthenticated { problem }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_is_kept_over_a_restart_and_ends_with_a_sign_out() {
    let (server, device) = (Server::start(), Device::new());
    let outpost = device.open();
    assert_eq!(problem_of(outpost.session().map(|_| ())), SignInProblem::NotSignedIn);
    let signed_in = sign_in(&outpost, &server.url(), "nurse", PASSWORD).expect("signed in");
    assert!(signed_in.online);
    assert_eq!(signed_in.server_version.as_deref(), Some("2.42.4"));
    drop(outpost);
    let outpost = device.open();
    let current = outpost.current().expect("current").expect("somebody");
    assert_eq!((current.username.as_str(), current.is_current), ("nurse", true));
    outpost.sign_out().expect("signed out");
    assert_eq!(outpost.current().expect("current"), None);
    drop(outpost);
    let outpost = device.open();
    assert_eq!(outpost.accounts().expect("accounts").len(), 1);
    assert_eq!(problem_of(outpost.session().map(|_| ())), SignInProblem::NotSignedIn);
}

#[test]
fn the_server_says_which_problem_it_is() {
    let (server, device) = (Server::start(), Device::new());
    let outpost = device.open();
    let url = server.url();
    let attempt = |password: &str| problem_of(sign_in(&outpost, &url, "nurse", password));
    assert_eq!(attempt("wrong"), SignInProblem::WrongSecret);
    let (_, users) = server.admin(
        "GET",
        "/api/users?filter=username:eq:nurse&fields=id",
        &serde_json::Value::Null,
    );
    let uid = users["users"][0]["id"].as_str().expect("the nurse").to_owned();
    let answer =
        server.admin("POST", &format!("/api/users/{uid}/disabled"), &serde_json::Value::Null);
    assert_eq!(answer.0, 204, "{answer:?}");
    assert_eq!(attempt(PASSWORD), SignInProblem::Disabled);
    assert_eq!(
        problem_of(outpost.sign_in(&url, None, Secret::token("d2p_nonsense"), true)),
        SignInProblem::WrongSecret
    );
}

#[test]
fn an_address_without_tls_must_be_allowed() {
    let (server, device) = (Server::start(), Device::new());
    let outpost = device.open();
    let result = outpost.sign_in(&server.url(), Some("nurse"), Secret::password("x"), false);
    assert_eq!(result.expect_err("not allowed").kind(), "invalid_input");
}

#[test]
fn without_network_only_who_was_here_before_may_work() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    let url = server.url();
    drop(session);
    outpost.sign_out().expect("signed out");
    server.sandbox.stop().expect("stopped");
    assert_eq!(
        problem_of(sign_in(&outpost, &url, "doctor", PASSWORD)),
        SignInProblem::NeverSignedInHere
    );
    assert_eq!(problem_of(sign_in(&outpost, &url, "nurse", "wrong")), SignInProblem::WrongSecret);
    let signed_in = sign_in(&outpost, &url, "nurse", PASSWORD).expect("signed in");
    assert!(!signed_in.online);
    let session = outpost.session().expect("a session");
    assert_eq!(session.status().expect("status").unsent, 1);
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!(report.stopped.expect("no network").kind(), "offline");
    assert_eq!(session.status().expect("status").unsent, 1);
}

#[test]
fn wrong_passwords_without_network_cost_a_wait_that_outlives_a_restart() {
    let (server, device) = (Server::start(), Device::new());
    let url = server.url();
    drop(device.ready(&server));
    server.sandbox.stop().expect("stopped");
    let outpost = device.open();
    for _ in 0..5 {
        let problem = problem_of(sign_in(&outpost, &url, "nurse", "wrong"));
        assert_eq!(problem, SignInProblem::WrongSecret);
    }
    let locked = SignInProblem::LockedOut { wait_ms: 30_000 };
    assert_eq!(problem_of(sign_in(&outpost, &url, "nurse", PASSWORD)), locked);
    drop(outpost);
    // Neither a new start of the program nor a clock set ahead shortens the wait.
    device.clock.ahead_ms.store(86_400_000, Ordering::SeqCst);
    let outpost = device.open();
    assert_eq!(problem_of(sign_in(&outpost, &url, "nurse", PASSWORD)), locked);
    // A new start of the device begins the wait again.
    device.clock.boot.store(1, Ordering::SeqCst);
    assert_eq!(problem_of(sign_in(&outpost, &url, "nurse", PASSWORD)), locked);
    device.clock.uptime_ms.store(30_000, Ordering::SeqCst);
    sign_in(&outpost, &url, "nurse", PASSWORD).expect("the wait is over");
}

#[test]
fn another_account_never_touches_the_work_of_the_first() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    enter(&session, "ACT doses left", "40");
    drop(session);
    sign_in(&outpost, &server.url(), "doctor", PASSWORD).expect("the doctor");
    let doctor = outpost.session().expect("a session");
    assert_eq!(doctor.status().expect("status").unsent, 0);
    assert_eq!(outpost.accounts().expect("accounts").len(), 2);
    sync(&doctor, SyncOptions::ALL);
    assert!(server.values_of("DeStockAct0").is_empty());
    drop(doctor);
    sign_in(&outpost, &server.url(), "nurse", PASSWORD).expect("the nurse");
    let nurse = outpost.session().expect("a session");
    assert_eq!(nurse.status().expect("status").unsent, 1);
}
