//! The sandbox without sockets: one call per request, with faults played and a log kept.
//!
//! ```
//! use outpost_sandbox::{HttpRequestParts, Sandbox, SandboxConfig};
//!
//! let mut sandbox = Sandbox::in_memory(SandboxConfig::default()).expect("a sandbox in memory");
//! let request = HttpRequestParts {
//!     method: "GET".into(),
//!     path_and_query: "/api/me?fields=username".into(),
//!     headers: vec![("Authorization".into(), "Basic YWRtaW46ZGlzdHJpY3Q=".into())],
//!     body: vec![],
//! };
//! let answer = sandbox.answer(&request, 1_795_343_625_000);
//! assert_eq!(answer.status, 200);
//! ```

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::config::{Faults, MetadataSource, SandboxConfig, SandboxUser};
use crate::db;
use crate::error::SandboxError;
use crate::model::control::{Log, LogEntry};
use crate::model::http::{Body, Delivery, HttpRequestParts, HttpResponseParts, Response};
use crate::model::meta::load::{self, LoadReport};
use crate::model::meta::store::Metadata;
use crate::model::time::{Zone, http_date};
use crate::model::tracker::jobs::Jobs;
use crate::model::uid::{UidSource, uid_of};
use crate::model::version::Version;
use crate::model::{World, handle};

/// Seed of a sandbox in memory: every one of them repeats itself.
const SEED: u64 = 1;
/// When metadata counts as made: 2026-01-01, so that a fresh sandbox in memory is always the same.
const EPOCH_MS: i64 = 1_767_225_600_000;

/// A DHIS2-compatible server as a plain value.
#[derive(Debug)]
pub struct Sandbox {
    world: World,
    version: Version,
    faults: Faults,
    dice: UidSource,
    log: Log,
    report: LoadReport,
}

impl Sandbox {
    /// A sandbox that keeps everything in memory and always behaves the same.
    ///
    /// # Errors
    /// [`SandboxError`] for a metadata file or zone that cannot be read.
    pub fn in_memory(config: SandboxConfig) -> Result<Self, SandboxError> {
        Self::open(SandboxConfig { data_dir: None, ..config }, SEED, EPOCH_MS)
    }

    /// A sandbox in the folder of the configuration, or in memory if it names none.
    ///
    /// `seed` decides all uids and tokens, `now_ms` dates the metadata.
    ///
    /// # Errors
    /// [`SandboxError`] for a metadata file or zone that cannot be read, or a failing store.
    pub fn open(config: SandboxConfig, seed: u64, now_ms: i64) -> Result<Self, SandboxError> {
        let packages = packages(&config.metadata)?;
        let zone = Zone::parse(&config.server_time_zone)?;
        let version = Version::parse(&config.version);
        let mut world = World {
            meta: Metadata::default(),
            db: db::open(config.data_dir.as_deref())?,
            zone,
            uids: UidSource::new(seed),
            version: version.clone(),
            base_url: "http://localhost".to_owned(),
            system_id: uid_of("system of the sandbox"),
            sessions: HashMap::new(),
            session_order: VecDeque::new(),
            warm_tokens: HashMap::new(),
            jobs: Jobs::default(),
            kept: RefCell::default(),
        };
        world.reload()?;
        let report = if world.meta.counts().is_empty() {
            let report = load::load(&mut world, &packages, now_ms)?;
            load::open_accounts(&mut world, &packages)?;
            report
        } else {
            LoadReport { loaded: world.meta.counts(), ..LoadReport::default() }
        };
        for user in users(&config.users) {
            load::add_user(&mut world, &user, now_ms)?;
        }
        let dice = UidSource::new(config.faults.seed);
        let faults = config.faults;
        Ok(Self { world, version, faults, dice, log: Log::default(), report })
    }

    /// What was loaded at the start and what was left out.
    pub fn load_report(&self) -> &LoadReport {
        &self.report
    }

    /// Replaces the faults.
    pub fn set_faults(&mut self, faults: Faults) {
        self.dice = UidSource::new(faults.seed);
        self.faults = faults;
    }

    /// The faults that are still to come.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The requests so far, oldest first.
    pub fn log(&self) -> impl Iterator<Item = &LogEntry> {
        self.log.entries()
    }

    /// Answers one request at `now_ms` (Unix ms).
    pub fn answer(&mut self, request: &HttpRequestParts, now_ms: i64) -> HttpResponseParts {
        let path = request.path_and_query.split('?').next().unwrap_or("");
        let now_ms = now_ms.saturating_add(self.faults.clock_ahead_ms);
        if path.starts_with("/sandbox/") {
            return finished(self.control(request, path), now_ms);
        }
        let mut answer = self.with_faults(request, path, now_ms);
        answer.delay_ms = self.delay();
        let sent = match answer.delivery {
            Delivery::Whole => answer.body.len(),
            Delivery::CutAfter(bytes) => bytes.min(answer.body.len()),
            Delivery::Lost => 0,
        };
        self.log.add(LogEntry {
            method: request.method.clone(),
            path: path.to_owned(),
            status: if answer.delivery == Delivery::Lost { 0 } else { answer.status },
            request_bytes: request.body.len(),
            response_bytes: sent,
            at_ms: now_ms,
        });
        answer
    }

    fn delay(&mut self) -> u64 {
        let random = match self.faults.latency_random_ms {
            0 => 0,
            most => self.dice.below(most + 1),
        };
        self.faults.latency_ms + random
    }

    /// Whether the faults hit this request; counts them down.
    fn hit(&mut self, path: &str) -> bool {
        let prefix = self.faults.path_prefix.as_deref().unwrap_or("");
        if !path.starts_with(prefix) || self.faults.count == Some(0) {
            return false;
        }
        if self.faults.probability.is_some_and(|chance| !self.dice.chance(chance)) {
            return false;
        }
        if let Some(count) = &mut self.faults.count {
            *count -= 1;
        }
        true
    }

    fn with_faults(
        &mut self,
        request: &HttpRequestParts,
        path: &str,
        now_ms: i64,
    ) -> HttpResponseParts {
        let faults = self.faults.clone();
        self.world.version =
            faults.version.as_deref().map_or_else(|| self.version.clone(), Version::parse);
        let troubled = faults.cut_after_bytes.is_some()
            || faults.lose_answer
            || faults.drop_request
            || faults.status.is_some()
            || faults.full_disk
            || faults.captive_portal;
        if !troubled || !self.hit(path) {
            return finished(handle(&mut self.world, request, now_ms), now_ms);
        }
        if faults.drop_request {
            return HttpResponseParts { delivery: Delivery::Lost, ..HttpResponseParts::default() };
        }
        if let Some(refusal) = refusal(&faults, &request.method) {
            return finished(refusal, now_ms);
        }
        let mut answer = finished(handle(&mut self.world, request, now_ms), now_ms);
        if faults.lose_answer {
            answer.delivery = Delivery::Lost;
        } else if let Some(bytes) = faults.cut_after_bytes {
            answer.delivery = Delivery::CutAfter(bytes);
        }
        answer
    }

    fn control(&mut self, request: &HttpRequestParts, path: &str) -> Response {
        match (request.method.as_str(), path) {
            ("GET", "/sandbox/log") => {
                Response::json(json!({"requests": self.log.entries().collect::<Vec<_>>()}))
            }
            ("DELETE", "/sandbox/log") => {
                self.log.clear();
                Response::empty(204)
            }
            ("GET", "/sandbox/faults") => Response::json(json!(self.faults)),
            ("POST" | "PUT", "/sandbox/faults") => match serde_json::from_slice(&request.body) {
                Ok(faults) => {
                    self.set_faults(faults);
                    Response::json(json!(self.faults))
                }
                Err(fault) => Response::error(400, &format!("These are no faults: {fault}")),
            },
            ("DELETE", "/sandbox/faults") => {
                self.set_faults(Faults::default());
                Response::empty(204)
            }
            _ => Response::error(404, "Only /sandbox/faults and /sandbox/log exist."),
        }
    }
}

/// The answer of a fault that lets nothing happen.
fn refusal(faults: &Faults, method: &str) -> Option<Response> {
    if faults.captive_portal {
        let page = "<!doctype html><html><head><title>Welcome to free Wi-Fi</title></head>\
                    <body><form action=\"/accept\"><button>Accept</button></form></body></html>";
        let body = Body::Html(page.to_owned());
        return Some(Response { status: 200, headers: vec![], body });
    }
    if let Some(status) = faults.status {
        let response = Response::error(status, crate::model::http::reason(status));
        return Some(match faults.retry_after_s {
            Some(seconds) => response.with("Retry-After", seconds.to_string()),
            None => response,
        });
    }
    if faults.full_disk && method != "GET" {
        return Some(Response::error(500, "No space left on device"));
    }
    None
}

/// Writes an answer as bytes with the headers every DHIS2 answer has.
fn finished(response: Response, now_ms: i64) -> HttpResponseParts {
    let mut headers = response.headers;
    let (kind, body) = match response.body {
        Body::Empty => (None, Vec::new()),
        Body::Bytes(kind, bytes) => {
            headers.push(("Content-Type".to_owned(), kind));
            (None, bytes)
        }
        Body::Json(value) => {
            (Some("application/json;charset=UTF-8"), value.to_string().into_bytes())
        }
        Body::JsonText(text) => (Some("application/json;charset=UTF-8"), text.into_bytes()),
        Body::Text(text) => (Some("text/plain;charset=UTF-8"), text.into_bytes()),
        Body::Html(text) => (Some("text/html;charset=utf-8"), text.into_bytes()),
    };
    headers.push(("X-Content-Type-Options".to_owned(), "nosniff".to_owned()));
    headers.push(("Cache-Control".to_owned(), "no-cache, private".to_owned()));
    if let Some(kind) = kind {
        headers.push(("Content-Type".to_owned(), kind.to_owned()));
    }
    headers.push(("Date".to_owned(), http_date(now_ms)));
    HttpResponseParts { status: response.status, headers, body, ..HttpResponseParts::default() }
}

fn packages(sources: &[MetadataSource]) -> Result<Vec<Value>, SandboxError> {
    let read = |source: &MetadataSource| match source {
        MetadataSource::Json(package) => Ok(package.clone()),
        MetadataSource::File(path) => {
            let text = std::fs::read(path)
                .map_err(|source| SandboxError::Read { path: path.clone(), source })?;
            let package: Value = serde_json::from_slice(&text).map_err(|fault| {
                SandboxError::NotMetadata { path: path.clone(), reason: fault.to_string() }
            })?;
            if package.is_object() {
                return Ok(package);
            }
            let reason = "its root is not a JSON object".to_owned();
            Err(SandboxError::NotMetadata { path: path.clone(), reason })
        }
    };
    sources.iter().map(read).collect()
}

/// The users of the configuration, and `admin`/`district` if none of them is a superuser.
fn users(users: &[SandboxUser]) -> Vec<SandboxUser> {
    let mut users = users.to_vec();
    if !users.iter().any(|user| user.superuser) {
        users.push(SandboxUser {
            username: "admin".to_owned(),
            password: "district".to_owned(),
            superuser: true,
            ..SandboxUser::default()
        });
    }
    users
}
