//! A server that has every answer ready: the sandbox answers a question once, later devices get the
//! same bytes. So what is measured is the device, not how a training server puts pages together.
//!
//! Never for tests: an answer is kept whatever is written afterwards.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use outpost_sandbox::{HttpRequestParts, HttpResponseParts, Sandbox, SandboxConfig};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Lists of records are kept; everything else is about the moment or the device.
const KEPT_PATH: &str = "/api/tracker/";

/// The server, for as long as it is held.
pub struct ReadyServer {
    /// `http://127.0.0.1:port`
    pub url: String,
    answers: Answers,
    _runtime: Runtime,
}

type Answers = Arc<Mutex<Answering>>;

struct Answering {
    sandbox: Sandbox,
    kept: HashMap<String, HttpResponseParts>,
}

impl ReadyServer {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(config: SandboxConfig) -> Self {
        let sandbox = Sandbox::in_memory(config).expect("a sandbox");
        let answers = Arc::new(Mutex::new(Answering { sandbox, kept: HashMap::new() }));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&answers));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, answers, _runtime: runtime }
    }

    /// Asks the sandbox itself, at a time of the caller's choice (Unix ms).
    pub fn ask(&self, request: &HttpRequestParts, now_ms: i64) -> HttpResponseParts {
        let mut answering = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answering.sandbox.answer(request, now_ms)
    }
}

impl Answering {
    fn answer(&mut self, request: &HttpRequestParts) -> HttpResponseParts {
        let is_kept = request.method == "GET" && request.path_and_query.starts_with(KEPT_PATH);
        if let Some(kept) = self.kept.get(&request.path_and_query).filter(|_| is_kept) {
            return kept.clone();
        }
        let answer = self.sandbox.answer(request, super::measure::now_ms());
        if is_kept && answer.status == 200 {
            self.kept.insert(request.path_and_query.clone(), answer.clone());
        }
        answer
    }
}

async fn answer(
    State(answers): State<Answers>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request = HttpRequestParts {
        method: method.as_str().to_owned(),
        path_and_query: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers.iter().map(header).collect(),
        body: body.to_vec(),
    };
    let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
