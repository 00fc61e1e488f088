//! What a sandbox is made of: metadata, users, version, zone, faults.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One metadata package.
#[derive(Debug, Clone)]
pub enum MetadataSource {
    /// A package as DHIS2 exports it.
    Json(serde_json::Value),
    /// A file that holds one.
    File(PathBuf),
}

impl From<serde_json::Value> for MetadataSource {
    fn from(package: serde_json::Value) -> Self {
        Self::Json(package)
    }
}

impl From<PathBuf> for MetadataSource {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, Default)]
pub struct SandboxUser {
    /// Sign-in name; also gives the user's uid.
    pub username: String,
    /// Password in clear; only a salted hash is kept.
    pub password: String,
    /// Uids of the organisation units for capture; empty means every root.
    pub org_units: Vec<String>,
    /// Has the authority `ALL`.
    pub superuser: bool,
    /// Further authorities, such as `F_DATAVALUE_ADD`.
    pub authorities: Vec<String>,
}

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Folder of the store; `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
    /// Packages, loaded in order; a store that already holds metadata keeps its own.
    pub metadata: Vec<MetadataSource>,
    /// People; `admin`/`district` is added when no superuser is named.
    pub users: Vec<SandboxUser>,
    /// The version the server claims and whose manners it has.
    pub version: String,
    /// Troubles from the start.
    pub faults: Faults,
    /// Zone name or offset, such as `Etc/UTC` or `+03:00`.
    pub server_time_zone: String,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            data_dir: None,
            metadata: Vec::new(),
            users: Vec::new(),
            version: "2.42.4".to_owned(),
            faults: Faults::default(),
            server_time_zone: "Etc/UTC".to_owned(),
        }
    }
}

/// Troubles that a sandbox can play. Everything is off by default; `POST /sandbox/faults` takes the
/// same members as JSON and replaces the whole set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Faults {
    /// Milliseconds before every answer.
    pub latency_ms: u64,
    /// Up to this many more, at random.
    pub latency_random_ms: u64,
    /// Cuts the body of the next `count` answers after so many bytes.
    pub cut_after_bytes: Option<usize>,
    /// Acts, then closes the connection without an answer.
    pub lose_answer: bool,
    /// Closes the connection before acting.
    pub drop_request: bool,
    /// Answers this status (429, 500, 502, 503 …) without acting.
    pub status: Option<u16>,
    /// Seconds in a `Retry-After` header beside `status`.
    pub retry_after_s: Option<u64>,
    /// Every write answers 500 as a server does whose disk is full; nothing is stored.
    pub full_disk: bool,
    /// Every answer is the HTML page of a Wi-Fi sign-in portal, with status 200.
    pub captive_portal: bool,
    /// Speaks as another version: `2.38`, `2.40`, `2.41`, `2.43`.
    pub version: Option<String>,
    /// How many more requests the faults above (not latency, not version) hit; `None` = all.
    pub count: Option<u32>,
    /// Chance for each request that they hit, 0.0 to 1.0; `None` = always.
    pub probability: Option<f64>,
    /// Seed of the chance.
    pub seed: u64,
    /// Only requests whose path starts with this, such as `/api/tracker`.
    pub path_prefix: Option<String>,
    /// How far the server's clock is ahead, in milliseconds: days pass in a training.
    pub clock_ahead_ms: i64,
}
