//! Signing in: once per session, again when it has ended, with Basic where `auth/login` is not
//! known.

mod common;

use common::{Reply, Server, answer, json};
use outpost_http::{BaseAddress, Credentials, Transport, TransportOptions};
use outpost_sync::ports::{Answer, Lost, Method, Request};

const BASIC: &str = "authorization: Basic bnVyc2U6RGlzdHJpY3QxIQ==";
const SESSION: &str = "Set-Cookie: JSESSIONID=one; Path=/; HttpOnly; SameSite=Lax";

fn transport(server: &Server) -> Transport {
    let options = TransportOptions {
        base: BaseAddress::parse(&server.address, true).expect("an address"),
        credentials: Credentials::password("nurse", "District1!"),
        extra_ca_pem: None,
        app_version: "1".to_owned(),
    };
    Transport::new(options).expect("a transport")
}

async fn send(transport: &Transport, method: Method) -> Result<Answer, Lost> {
    let request = Request {
        method,
        target: "/api/me".to_owned(),
        body: None,
        answer_bytes_max: 10_000,
        timeout_ms: 5_000,
    };
    transport.send(&request).await
}

fn login_ok(cookie: &str) -> Reply {
    Reply::Bytes(answer("200 OK", &[cookie], br#"{"loginStatus":"SUCCESS","redirectUrl":"/"}"#))
}

fn unauthorized(message: &str) -> Reply {
    json(
        "401 Unauthorized",
        &format!(r#"{{"httpStatusCode":401,"status":"ERROR","message":"{message}"}}"#),
    )
}

/// Runs as many requests as there are statuses and compares them and what the server saw.
#[track_caller]
fn check(script: Vec<Reply>, statuses: &[u16], seen: &[&[&str]]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(script).await;
        let transport = transport(&server);
        let mut found = Vec::new();
        for _ in statuses {
            let answer = send(&transport, Method::Post).await.expect("an answer");
            found.push(answer.status);
        }
        assert_eq!(found, statuses);
        let requests = server.requests();
        assert_eq!(requests.len(), seen.len(), "{requests:#?}");
        for (request, marks) in requests.iter().zip(seen) {
            for mark in *marks {
                match mark.strip_prefix('!') {
                    Some(absent) => assert!(!request.contains(absent), "{absent} not in {request}"),
                    None => assert!(request.contains(mark), "{mark} in {request}"),
                }
            }
        }
    });
}

#[test]
fn a_password_is_sent_once_and_the_cookie_does_the_rest() {
    check(
        vec![login_ok(SESSION), json("200 OK", "{}"), json("200 OK", "{}")],
        &[200, 200],
        &[
            &["POST /api/auth/login", r#"{"username":"nurse","password":"District1!"}"#, "!Basic"],
            &["POST /api/me", "JSESSIONID=one", "!Basic", "!District1"],
            &["POST /api/me", "JSESSIONID=one", "!Basic"],
        ],
    );
}

#[test]
fn an_ended_session_is_renewed_once() {
    let second = "Set-Cookie: JSESSIONID=two; Path=/";
    check(
        vec![
            login_ok(SESSION),
            unauthorized("Unauthorized"),
            login_ok(second),
            json("200 OK", "{}"),
        ],
        &[200],
        &[
            &["POST /api/auth/login"],
            &["JSESSIONID=one"],
            &["POST /api/auth/login", "!JSESSIONID"],
            &["JSESSIONID=two"],
        ],
    );
}

#[test]
fn a_redirect_to_the_login_page_is_an_ended_session_too() {
    let login_page = answer("302 Found", &["Location: http://x/dhis-web-login/"], b"");
    check(
        vec![login_ok(SESSION), Reply::Bytes(login_page), login_ok(SESSION), json("200 OK", "{}")],
        &[200],
        &[&["auth/login"], &["POST /api/me"], &["auth/login"], &["POST /api/me"]],
    );
}

#[test]
fn a_session_that_ends_at_once_is_not_renewed_for_ever() {
    check(
        vec![
            login_ok(SESSION),
            unauthorized("Unauthorized"),
            login_ok(SESSION),
            unauthorized("Unauthorized"),
        ],
        &[401],
        &[&["auth/login"], &["/api/me"], &["auth/login"], &["/api/me"]],
    );
}

#[test]
fn a_success_without_a_usable_cookie_sends_the_password_with_every_request() {
    check(
        vec![login_ok("X-None: 1"), json("200 OK", "{}"), json("200 OK", "{}")],
        &[200, 200],
        &[&["auth/login"], &["/api/me", BASIC], &["/api/me", BASIC]],
    );
}

#[test]
fn a_wrong_password_is_tried_once() {
    check(vec![unauthorized("Bad credentials")], &[401], &[&["auth/login"]]);
}

#[track_caller]
fn check_refused(login_status: &str, message: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let body = format!(r#"{{"loginStatus":"{login_status}"}}"#);
        let server = Server::start(vec![json("200 OK", &body)]).await;
        let answer = send(&transport(&server), Method::Get).await.expect("an answer");
        assert_eq!(answer.status, 401);
        assert!(String::from_utf8_lossy(&answer.body).contains(message));
    });
}

#[test]
fn a_refusal_of_the_login_is_an_answer_of_its_own() {
    check_refused("ACCOUNT_LOCKED", "Account locked"); // capture o025g
    check_refused("INCORRECT_TWO_FACTOR_CODE_TOTP", "Second factor needed"); // capture o026g
    check_refused("EMAIL_TWO_FACTOR_CODE_SENT", "Second factor sent");
}

#[test]
fn a_server_without_the_login_endpoint_gets_basic_until_it_gives_a_session() {
    let with_session = answer("200 OK", &[SESSION], b"{}");
    for refusal in ["404 Not Found", "405 Method Not Allowed"] {
        check(
            vec![json(refusal, "{}"), Reply::Bytes(with_session.clone()), json("200 OK", "{}")],
            &[200, 200],
            &[
                &["POST /api/auth/login", "!Basic"],
                &["POST /api/me", BASIC],
                &["POST /api/me", "JSESSIONID=one", "!Basic"],
            ],
        );
    }
}

#[test]
fn an_old_server_that_wants_a_user_for_any_path_gets_basic() {
    check(
        vec![unauthorized("Unauthorized"), json("200 OK", "{}")],
        &[200],
        &[&["auth/login"], &[BASIC]],
    );
}

#[test]
fn a_cross_site_token_is_echoed_when_something_is_written() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let cookies = [SESSION, "Set-Cookie: XSRF-TOKEN=t-1; Path=/"];
        let login = answer("200 OK", &cookies, br#"{"loginStatus":"SUCCESS"}"#);
        let script = vec![Reply::Bytes(login), json("200 OK", "{}"), json("200 OK", "{}")];
        let server = Server::start(script).await;
        let transport = transport(&server);
        send(&transport, Method::Get).await.expect("an answer");
        send(&transport, Method::Post).await.expect("an answer");
        let requests = server.requests();
        assert!(!requests[1].contains("x-xsrf-token"), "{}", requests[1]);
        assert!(requests[2].contains("x-xsrf-token: t-1"), "{}", requests[2]);
    });
}

#[test]
fn a_lost_login_means_that_the_request_did_not_leave() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(vec![Reply::Reset]).await;
        let lost = send(&transport(&server), Method::Post).await;
        assert!(matches!(lost, Err(Lost::NotSent { .. })), "{lost:?}");
    });
}
