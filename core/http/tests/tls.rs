//! TLS against a server of our own: trusted with the authority that vouches for it, refused without
//! it, after its time and for another name, each time in words that say what is wrong.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use outpost_http::{BaseAddress, Credentials, Transport, TransportOptions};
use outpost_sync::ports::{Lost, Method, Request};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
const GOOD: [&[u8]; 2] = [include_bytes!("tls/good.pem"), include_bytes!("tls/good.key.pem")];
const EXPIRED: [&[u8]; 2] =
    [include_bytes!("tls/expired.pem"), include_bytes!("tls/expired.key.pem")];
const ELSEWHERE: [&[u8]; 2] =
    [include_bytes!("tls/elsewhere.pem"), include_bytes!("tls/elsewhere.key.pem")];

/// A server with TLS that answers every request; tells its address and what it decrypted.
struct Server {
    address: String,
    decrypted: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start([certificate, key]: [&[u8]; 2]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = CertificateDer::from_pem_slice(certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(key).expect("a key");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a pair");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("https://{}", listener.local_addr().expect("bound"));
        let decrypted = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&decrypted);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
                serve(StreamOwned::new(session, stream), &seen);
            }
        });
        Self { address, decrypted }
    }
}

fn serve(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>, seen: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4_096];
    while let Ok(count) = stream.read(&mut buffer) {
        if count == 0 {
            return;
        }
        seen.lock().expect("no test panicked").extend_from_slice(&buffer[..count]);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
            Content-Length: 16\r\n\r\n{\"id\":\"overTls\"}";
        if stream.write_all(answer).is_err() {
            return;
        }
    }
}

fn transport(server: &Server, extra_ca_pem: Option<&[u8]>) -> Transport {
    let options = TransportOptions {
        base: BaseAddress::parse(&server.address, false).expect("an address"),
        credentials: Credentials::token("d2p_secret"),
        extra_ca_pem: extra_ca_pem.map(<[u8]>::to_vec),
        app_version: "1".to_owned(),
    };
    Transport::new(options).expect("a transport")
}

async fn ask(transport: &Transport) -> Result<Vec<u8>, Lost> {
    let request = Request {
        method: Method::Get,
        target: "/api/me".to_owned(),
        body: None,
        answer_bytes_max: 1_000,
        timeout_ms: 10_000,
    };
    transport.send(&request).await.map(|answer| answer.body)
}

#[tokio::test]
async fn a_server_that_a_trusted_authority_vouches_for_is_spoken_to() {
    let server = Server::start(GOOD);
    let body = ask(&transport(&server, Some(AUTHORITY))).await;
    assert_eq!(body.as_deref(), Ok(b"{\"id\":\"overTls\"}".as_slice()));
    let decrypted = server.decrypted.lock().expect("no test panicked").clone();
    assert!(String::from_utf8_lossy(&decrypted).contains("ApiToken d2p_secret"));
}

/// Refused with these words, and no byte of the request left the device.
#[track_caller]
fn check_refused(pair: [&[u8]; 2], extra_ca_pem: Option<&[u8]>, words: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = Server::start(pair);
    let lost = runtime.block_on(ask(&transport(&server, extra_ca_pem)));
    let reason = format!("the secure connection was refused: {words}");
    assert_eq!(lost, Err(Lost::NotSent { reason, is_tls: true }));
    assert!(server.decrypted.lock().expect("no test panicked").is_empty());
}

#[test]
fn an_unknown_authority_is_refused_in_words() {
    check_refused(GOOD, None, "its certificate is from an unknown authority");
}

#[test]
fn an_expired_certificate_is_refused_in_words() {
    let words = "its certificate has expired (or the clock of this device is wrong)";
    check_refused(EXPIRED, Some(AUTHORITY), words);
}

#[test]
fn a_certificate_of_another_server_is_refused_in_words() {
    check_refused(ELSEWHERE, Some(AUTHORITY), "its certificate is for another server");
}
