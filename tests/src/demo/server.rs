//! The sandbox of the demo: the real one, as a process of its own, on a folder that outlives it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cli::Failure;

/// Who may sign in: the people of the story, and the sandbox's own administrator.
const CHW: (&str, &str) = ("chw", "Demo-123");
const SUPERVISOR: (&str, &str) = ("supervisor", "Demo-456");
const NEIGHBOUR: (&str, &str) = ("neighbour", "Demo-789");
const ADMINISTRATOR: (&str, &str) = ("admin", "district");

/// How long the sandbox may take to come up with a large package.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A sandbox that can be switched off and on again: that is the network in this story.
pub struct Server {
    binary: PathBuf,
    metadata: PathBuf,
    data: PathBuf,
    port: u16,
    process: Option<Child>,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Server {
    /// Sets a sandbox up on a free port.
    ///
    /// # Errors
    /// If there is no port or no runtime to be had.
    pub fn new(binary: &Path, metadata: &Path, data: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no port: {e}"))?;
        let port = listener.local_addr().map_err(|e| format!("no port: {e}"))?.port();
        // The client speaks to this machine only; a provider is needed all the same.
        rustls::crypto::ring::default_provider().install_default().ok();
        Ok(Self {
            binary: binary.to_owned(),
            metadata: metadata.to_owned(),
            data: data.to_owned(),
            port,
            process: None,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| format!("no runtime: {e}"))?,
            client: reqwest::Client::new(),
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Name and password of the community health worker.
    #[must_use]
    pub fn chw(&self) -> (&'static str, &'static str) {
        CHW
    }

    /// Name and password of the supervisor.
    #[must_use]
    pub fn supervisor(&self) -> (&'static str, &'static str) {
        SUPERVISOR
    }

    /// Name and password of the health worker in the next village.
    #[must_use]
    pub fn neighbour(&self) -> (&'static str, &'static str) {
        NEIGHBOUR
    }

    /// Name and password of the administrator.
    #[must_use]
    pub fn administrator(&self) -> (&'static str, &'static str) {
        ADMINISTRATOR
    }

    /// Switches it on and waits until it answers.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start(&mut self) -> Result<(), Failure> {
        let process = Command::new(&self.binary)
            .args(["sandbox", "--quiet", "--port", &self.port.to_string(), "--metadata"])
            .arg(&self.metadata)
            .args(["--user", &format!("{}:{}", CHW.0, CHW.1)])
            .args(["--user", &format!("{}:{}", SUPERVISOR.0, SUPERVISOR.1)])
            .args(["--user", &format!("{}:{}", NEIGHBOUR.0, NEIGHBOUR.1), "--data"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("the sandbox cannot be run: {error}"))?;
        self.process = Some(process);
        let begin = Instant::now();
        while begin.elapsed() < START_LIMIT {
            if self.get("/api/system/info").is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("the sandbox does not answer".to_owned())
    }

    /// Switches it off the hard way.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; off is off.
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// What the administrator reads.
    ///
    /// # Errors
    /// If there is no answer, or not JSON.
    pub fn get(&self, target: &str) -> Result<Value, Failure> {
        let request = self.client.get(format!("{}{target}", self.url()));
        self.send(request)
    }

    /// What the administrator writes.
    ///
    /// # Errors
    /// If there is no answer, or not JSON.
    pub fn post(&self, target: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.client.post(format!("{}{target}", self.url()));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        self.send(request)
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let request = request.basic_auth(ADMINISTRATOR.0, Some(ADMINISTRATOR.1));
        self.runtime.block_on(async {
            let answer = request.send().await.map_err(|error| format!("no answer: {error}"))?;
            let body = answer.bytes().await.map_err(|error| format!("a cut answer: {error}"))?;
            serde_json::from_slice(&body)
                .map_err(|error| format!("an answer without JSON: {error}"))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
