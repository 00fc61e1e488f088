//! A server on the loopback that answers each request with the next line of a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request.
#[allow(dead_code, reason = "not every suite needs every reply")]
pub enum Reply {
    /// Writes these bytes as they are and keeps the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes and closes.
    Cut(Vec<u8>),
    /// Reads the request and never answers.
    Hang,
    /// Reads the request and resets the connection.
    Reset,
    /// Writes these bytes one by one.
    Drip(Vec<u8>),
}

pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server that answers with `script`, then hangs.
    pub async fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(VecDeque::from(script)));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { address, requests }
    }

    /// The requests so far: head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no test panicked").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().expect("no test panicked").push(request);
        let reply = script.lock().expect("no test panicked").pop_front();
        match reply {
            Some(Reply::Bytes(bytes)) => stream.write_all(&bytes).await.unwrap_or_default(),
            Some(Reply::Cut(bytes)) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                return;
            }
            Some(Reply::Drip(bytes)) => {
                for byte in bytes {
                    stream.write_all(&[byte]).await.unwrap_or_default();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            Some(Reply::Reset) => {
                stream.set_zero_linger().unwrap_or_default();
                return;
            }
            Some(Reply::Hang) | None => tokio::time::sleep(Duration::from_secs(600)).await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        text.extend_from_slice(&buffer[..count]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
            })
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(so_far);
        }
    }
}

/// An answer with headers of one's own.
pub fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

/// A JSON answer.
pub fn json(status: &str, body: &str) -> Reply {
    Reply::Bytes(answer(status, &["Content-Type: application/json"], body.as_bytes()))
}
