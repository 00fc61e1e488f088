//! The axum shell: sockets in, the pure sandbox asked, bytes out. No decision is made here.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use http_body::Frame;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::SandboxConfig;
use crate::error::SandboxError;
use crate::limits::BODY_BYTES_MAX;
use crate::model::http::{Delivery, HttpRequestParts, HttpResponseParts};
use crate::sandbox::Sandbox;

type Shared = Arc<Mutex<Sandbox>>;

/// Serves a sandbox on a socket until `shutdown` is done.
///
/// # Errors
/// [`SandboxError`] if the sandbox cannot start or the socket fails.
pub async fn serve(
    config: SandboxConfig,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), SandboxError> {
    let sandbox = Sandbox::open(config, seed()?, now_ms())?;
    serve_sandbox(Arc::new(Mutex::new(sandbox)), listener, shutdown).await
}

async fn serve_sandbox(
    sandbox: Shared,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), SandboxError> {
    let router = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(sandbox);
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// A sandbox that runs on a thread of its own, for tests in any language.
#[derive(Debug)]
pub struct RunningSandbox {
    /// `http://127.0.0.1:port`
    pub url: String,
    sandbox: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<(), SandboxError>>>,
}

/// Starts a sandbox on 127.0.0.1; port 0 takes a free one.
///
/// # Errors
/// [`SandboxError`] if the sandbox cannot start or the port is taken.
pub fn start_blocking(config: SandboxConfig, port: u16) -> Result<RunningSandbox, SandboxError> {
    let sandbox = Sandbox::open(config, seed()?, now_ms())?;
    let sandbox: Shared = Arc::new(Mutex::new(sandbox));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port)))?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = Arc::clone(&sandbox);
    let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
        let shutdown = async move {
            // A dropped sender means stop as well.
            let _ = stopped.await;
        };
        let result = runtime.block_on(async {
            tokio::select! {
                result = serve_sandbox(served, listener, std::future::pending()) => result,
                () = shutdown => Ok(()),
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    })?;
    Ok(RunningSandbox { url, sandbox, stop: Some(stop), thread: Some(thread) })
}

impl RunningSandbox {
    /// Does something with the sandbox between two requests: faults, log.
    pub fn with<T>(&self, act: impl FnOnce(&mut Sandbox) -> T) -> T {
        act(&mut self.sandbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Stops the server: open connections are closed, as when a server is killed.
    ///
    /// # Errors
    /// What ended the server before, if something did.
    pub fn stop(mut self) -> Result<(), SandboxError> {
        self.end().unwrap_or(Ok(()))
    }

    fn end(&mut self) -> Option<Result<(), SandboxError>> {
        drop(self.stop.take());
        self.thread.take()?.join().ok()
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        // The result was already told by `stop`, or nobody asks for it.
        let _ = self.end();
    }
}

async fn answer(
    State(sandbox): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers = headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let request = HttpRequestParts {
        method: method.as_str().to_owned(),
        path_and_query: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let asked = tokio::task::spawn_blocking(move || {
        let mut sandbox = sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        sandbox.answer(&request, now_ms())
    });
    let answer = asked
        .await
        .unwrap_or_else(|_| HttpResponseParts { status: 500, ..HttpResponseParts::default() });
    if answer.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
    }
    deliver(answer)
}

/// Turns an answer into bytes on the wire; a spoilt delivery ends the connection.
fn deliver(answer: HttpResponseParts) -> Response {
    let body = match answer.delivery {
        Delivery::Whole => Body::from(answer.body),
        Delivery::CutAfter(bytes) => {
            let start = answer.body.get(..bytes).unwrap_or(&answer.body);
            Body::new(BrokenBody { start: Some(Bytes::copy_from_slice(start)), paused: false })
        }
        // The only way to close a connection without a status line is to end its task;
        // `resume_unwind` does so without a word from the panic hook.
        Delivery::Lost => std::panic::resume_unwind(Box::new("the answer is lost on purpose")),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A body that ends with a broken connection after its start.
struct BrokenBody {
    start: Option<Bytes>,
    paused: bool,
}

impl http_body::Body for BrokenBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        if !self.paused {
            // The start is only written out while the body has nothing more to give.
            self.paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

/// A seed from the system.
fn seed() -> Result<u64, SandboxError> {
    getrandom::u64().map_err(|fault| SandboxError::Random(fault.to_string()))
}

/// The system's clock in Unix ms.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
