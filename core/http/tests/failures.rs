//! What a broken network makes of a request: every failure in its class, and nothing told about it
//! that would give away an address, a secret or a value.

mod common;

use std::io::Write;

use common::{Reply, Server, answer, json};
use flate2::Compression;
use flate2::write::GzEncoder;
use outpost_http::{BaseAddress, Credentials, Transport, TransportOptions};
use outpost_sync::ports::{Answer, Body, Lost, Method, Request};

fn transport(address: &str) -> Transport {
    let options = TransportOptions {
        base: BaseAddress::parse(address, true).expect("an address"),
        credentials: Credentials::token("d2p_secret"),
        extra_ca_pem: None,
        app_version: "1.2.3".to_owned(),
    };
    Transport::new(options).expect("a transport")
}

fn request(timeout_ms: u64) -> Request {
    Request {
        method: Method::Post,
        target: "/api/dataValueSets".to_owned(),
        body: Some(Body::Json(br#"{"value":"planted"}"#.to_vec())),
        answer_bytes_max: 1_000,
        timeout_ms,
    }
}

async fn send(reply: Reply, timeout_ms: u64) -> Result<Answer, Lost> {
    let server = Server::start(vec![reply]).await;
    let result = transport(&server.address).send(&request(timeout_ms)).await;
    if let Err(lost) = &result {
        let shown = format!("{lost:?}");
        for secret in ["127.0.0.1", "d2p_secret", "planted", "dataValueSets"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    result
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn a_refused_connection_did_not_leave_the_device() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let lost = transport(&address).send(&request(5_000)).await.expect_err("nobody listens");
    let expected =
        Lost::NotSent { reason: "the server refuses connections".to_owned(), is_tls: false };
    assert_eq!(lost, expected);
}

#[tokio::test]
async fn an_unknown_name_did_not_leave_the_device() {
    let lost = transport("http://no-such-host.invalid").send(&request(20_000)).await;
    assert!(matches!(lost, Err(Lost::NotSent { is_tls: false, .. })), "{lost:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_apart_from_no_network() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("https://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut greeting = [0; 1024];
            let _ = stream.read(&mut greeting).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let lost = transport(&address).send(&request(10_000)).await.expect_err("no TLS here");
    assert!(matches!(lost, Lost::NotSent { is_tls: true, .. }), "{lost:?}");
}

#[tokio::test]
async fn a_reset_after_the_request_may_have_arrived() {
    let lost = send(Reply::Reset, 5_000).await;
    assert!(matches!(lost, Err(Lost::Unknown { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_close_without_an_answer_may_have_arrived() {
    // What a server does that is shut down in the middle (capture o030).
    let lost = send(Reply::Cut(Vec::new()), 5_000).await;
    assert!(matches!(lost, Err(Lost::Unknown { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_cut_body_may_have_arrived() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":".to_vec();
    let lost = send(Reply::Cut(cut), 5_000).await;
    assert!(matches!(lost, Err(Lost::Unknown { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_hanging_server_may_have_acted() {
    let lost = send(Reply::Hang, 300).await;
    assert_eq!(lost, Err(Lost::Unknown { reason: "the answer did not come in time".to_owned() }));
}

#[tokio::test]
async fn a_drip_ends_at_the_total_time_out() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".to_vec();
    bytes.resize(bytes.len() + 100, b' ');
    let lost = send(Reply::Drip(bytes), 500).await;
    assert!(matches!(lost, Err(Lost::Unknown { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_declared_body_beyond_the_limit_is_not_read() {
    let lost = send(Reply::Bytes(answer("200 OK", &[], &[b' '; 1_001])), 5_000).await;
    assert_eq!(lost, Err(Lost::TooLarge { bytes_max: 1_000 }));
    let kept = send(Reply::Bytes(answer("200 OK", &[], &[b' '; 1_000])), 5_000).await;
    assert_eq!(kept.map(|answer| answer.body.len()), Ok(1_000));
}

#[tokio::test]
async fn an_endless_body_stops_at_the_limit() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        bytes.extend_from_slice(b"64\r\n");
        bytes.extend_from_slice(&[b' '; 100]);
        bytes.extend_from_slice(b"\r\n");
    }
    let lost = send(Reply::Bytes(bytes), 5_000).await;
    assert_eq!(lost, Err(Lost::TooLarge { bytes_max: 1_000 }));
}

#[tokio::test]
async fn a_gzip_bomb_stops_at_the_limit() {
    let bomb = gzipped(&vec![b'0'; 400_000]);
    assert!(bomb.len() < 1_000, "small on the wire: {}", bomb.len());
    let lost =
        send(Reply::Bytes(answer("200 OK", &["Content-Encoding: gzip"], &bomb)), 5_000).await;
    assert_eq!(lost, Err(Lost::TooLarge { bytes_max: 1_000 }));
}

#[tokio::test]
async fn a_damaged_or_cut_gzip_body_is_no_answer() {
    let good = gzipped(b"{\"version\":\"2.42.4\"}");
    let cut = &good[..good.len() - 9];
    for body in [b"no gzip at all".as_slice(), cut] {
        let reply = Reply::Bytes(answer("200 OK", &["Content-Encoding: gzip"], body));
        let lost = send(reply, 5_000).await;
        assert_eq!(lost, Err(Lost::Unknown { reason: "the answer is damaged".to_owned() }));
    }
    let packed = Reply::Bytes(answer("200 OK", &["Content-Encoding: br"], b"x"));
    assert!(matches!(send(packed, 5_000).await, Err(Lost::Unknown { .. })));
}

#[tokio::test]
async fn a_gzip_answer_is_unpacked_and_counted_as_packed() {
    let text = "{\"x\":\"".to_owned() + &"a".repeat(900) + "\"}";
    let reply = answer("200 OK", &["Content-Encoding: gzip"], &gzipped(text.as_bytes()));
    let answer = send(Reply::Bytes(reply), 5_000).await.expect("an answer");
    assert_eq!(answer.body, text.as_bytes());
    assert!(answer.bytes < 900, "{}", answer.bytes);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_never_followed() {
    let server = Server::start(vec![]).await;
    let location = format!("Location: {}/dhis-web-login/", server.address);
    let reply = Reply::Bytes(answer("302 Found", &[&location], b""));
    let answer = send(reply, 5_000).await.expect("an answer");
    assert_eq!(answer.status, 302);
    assert!(answer.location.is_some_and(|location| location.ends_with("/dhis-web-login/")));
    assert!(server.requests().is_empty(), "nobody went there");
}

#[tokio::test]
async fn headers_that_matter_are_read() {
    let headers =
        ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"];
    let reply = Reply::Bytes(answer("503 Service Unavailable", &headers, b"busy"));
    let answer = send(reply, 5_000).await.expect("an answer");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.server_date_ms, Some(784_111_777_000));
    assert_eq!(answer.retry_after_ms, Some(60_000));
}

#[tokio::test]
async fn a_request_says_who_asks_and_asks_for_json() {
    let server = Server::start(vec![json("200 OK", "{}")]).await;
    transport(&server.address).send(&request(5_000)).await.expect("an answer");
    let sent = server.requests().remove(0).to_ascii_lowercase();
    for line in [
        "post /api/datavaluesets http/1.1",
        "user-agent: outpost/1.2.3",
        "accept: application/json",
        "accept-encoding: gzip",
        "x-requested-with: xmlhttprequest",
        "content-type: application/json",
        "authorization: apitoken d2p_secret",
    ] {
        assert!(sent.contains(line), "{line} in {sent}");
    }
}

#[tokio::test]
async fn a_dropped_request_leaves_the_transport_usable() {
    let server = Server::start(vec![Reply::Hang, json("200 OK", "{}")]).await;
    let transport = transport(&server.address);
    let (slow, fast) = (request(60_000), request(5_000));
    tokio::select! {
        _ = transport.send(&slow) => panic!("nobody answers"),
        () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
    }
    assert_eq!(transport.send(&fast).await.map(|answer| answer.status), Ok(200));
}
