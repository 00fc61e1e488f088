//! A first download of people with an enrolment and three events each, against the same records
//! through PouchDB replication, by turns on this machine: time and memory.
//!
//! Server and client are processes of their own on both sides, and both keep what they fetched on
//! disk. The peer (`tests/peers/pouchdb`, fetched from npm) replicates from express-pouchdb into
//! LevelDB with its default settings; without node and npm only our side is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use outpost_engine::model::{Secret, SyncObserver, SyncOptions, SyncProgress};
use outpost_engine::platform::Platform;
use outpost_engine::{CancelToken, Outpost};
use outpost_sandbox::{RunningSandbox, SandboxConfig, SandboxUser, start_blocking};
use serde_json::{Value, json};

use super::measure::{median, memory_kib, spent};
use super::people::{EVENTS_EACH, documents, package, tree};

const USER: &str = "bench";
const PASSWORD: &str = "Bench-marks-4711";
const PEOPLE: u64 = 10_000;
const ROUNDS: usize = 3;
/// Trees of one import.
const IMPORT_PEOPLE: u64 = 500;

/// Runs and prints it.
///
/// # Panics
/// If server, device or peer fail; a benchmark has nobody to tell.
pub fn run() {
    let sandbox = filled_sandbox();
    let folder = tempfile::tempdir().expect("a folder");
    let peer = Peer::start(folder.path());
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for round in 0..ROUNDS {
        ours.push(download(&sandbox.url));
        theirs.extend(peer.as_ref().map(|peer| peer.pull(round)));
    }
    let middle = |all: &[Value], name: &str| {
        median(all.iter().map(|one| one[name].as_f64().unwrap_or(f64::NAN)).collect())
    };
    println!(
        "download of {PEOPLE} people, {} records: {:.2} s, {:.1} MB, memory {:.1} MB over a \
         baseline of {:.1} MB (bar 80 MB); again, nothing changed: {:.2} s, {:.1} kB",
        PEOPLE * (2 + EVENTS_EACH),
        middle(&ours, "seconds"),
        middle(&ours, "bytes") / 1e6,
        middle(&ours, "peak_kib") * 1_024.0 / 1e6,
        middle(&ours, "baseline_kib") * 1_024.0 / 1e6,
        middle(&ours, "again_seconds"),
        middle(&ours, "again_bytes") / 1e3,
    );
    if theirs.is_empty() {
        println!("PouchDB replication: SKIPPED, needs node and npm with the packages of the peer");
        return;
    }
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| {
        theirs["seconds"].as_f64().unwrap_or(f64::NAN) / ours["seconds"].as_f64().unwrap_or(0.0)
    });
    println!(
        "PouchDB replication of the same {} documents: {:.2} s, memory {:.1} MB in all; \
         ours is {:.1} times as fast (bar 10)",
        middle(&theirs, "documents"),
        middle(&theirs, "seconds"),
        middle(&theirs, "peak_kib") * 1_024.0 / 1e6,
        median(ratios.collect()),
    );
}

fn filled_sandbox() -> RunningSandbox {
    let config = SandboxConfig {
        metadata: vec![package().into()],
        users: vec![SandboxUser {
            username: USER.to_owned(),
            password: PASSWORD.to_owned(),
            ..SandboxUser::default()
        }],
        ..SandboxConfig::default()
    };
    let sandbox = start_blocking(config, 0).expect("a sandbox");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::new();
    for first in (0..PEOPLE).step_by(IMPORT_PEOPLE as usize) {
        let trees: Vec<_> = (first..(first + IMPORT_PEOPLE).min(PEOPLE)).map(tree).collect();
        let request = client
            .post(format!("{}/api/tracker?async=false", sandbox.url))
            .basic_auth(USER, Some(PASSWORD))
            .header("Content-Type", "application/json")
            .body(json!({ "trackedEntities": trees }).to_string());
        let status = runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("a text"))
        });
        assert_eq!(status.0, 200, "{}", status.1.chars().take(2_000).collect::<String>());
    }
    sandbox
}

/// One device's first download; each is a new device that has signed in and has its forms.
fn download(url: &str) -> Value {
    let home = tempfile::tempdir().expect("a folder");
    device("tracker-sign-in", url, home.path());
    let figures = device("tracker-download", url, home.path());
    serde_json::from_str(&figures).expect("the figures of a download")
}

/// Runs this program as a device; its output.
fn device(step: &str, url: &str, home: &Path) -> String {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    let output = command.args(["device", step, url]).arg(home).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What the process of a device does: `tracker-sign-in` or `tracker-download`.
///
/// # Panics
/// If the engine fails.
pub fn run_device(step: &str, url: &str, home: &Path) {
    let outpost = Outpost::open(home, Platform::desktop(home)).expect("a home");
    let sync = |options| {
        let session = outpost.session().expect("somebody is signed in");
        let report = session.sync(options, &Silent, &CancelToken::new()).expect("a report");
        assert!(report.stopped.is_none(), "{:?}", report.stopped);
        report
    };
    if step == "tracker-sign-in" {
        let secret = Secret::password(PASSWORD);
        outpost.sign_in(url, Some(USER), secret, true).expect("signed in");
        sync(SyncOptions::METADATA);
        return;
    }
    let only_data = SyncOptions { upload: false, metadata: false, download: true };
    let baseline_kib = memory_kib("VmRSS").unwrap_or(0);
    let (first, report) = spent(|| sync(only_data));
    let peak_kib = memory_kib("VmHWM").unwrap_or(0).saturating_sub(baseline_kib);
    let expected = PEOPLE * (2 + EVENTS_EACH);
    assert!(report.downloaded >= expected, "{} of {expected}", report.downloaded);
    let (again, repeated) = spent(|| sync(only_data));
    let figures = json!({
        "seconds": first.wall.as_secs_f64(),
        "bytes": report.bytes,
        "baseline_kib": baseline_kib,
        "peak_kib": peak_kib,
        "again_seconds": again.wall.as_secs_f64(),
        "again_bytes": repeated.bytes,
    });
    println!("{figures}");
}

/// The CouchDB-compatible server of the peer.
struct Peer {
    script: PathBuf,
    folder: PathBuf,
    url: String,
    server: Child,
}

impl Peer {
    /// `None` if the peer is not installed, see `scripts/bench`.
    fn start(folder: &Path) -> Option<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/pouchdb");
        if !home.join("node_modules/pouchdb").is_dir() {
            return None;
        }
        let path = folder.join("documents.ndjson");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
        for document in (0..PEOPLE).flat_map(documents) {
            writeln!(file, "{document}").expect("written");
        }
        file.flush().expect("written");
        let script = home.join("replicate.js");
        let served = folder.join("served");
        std::fs::create_dir(&served).expect("a folder");
        let mut command = Command::new("node");
        command.arg(&script).arg("serve").args([&served, &path]).stdout(Stdio::piped());
        let mut server = command.spawn().ok()?;
        let mut port = String::new();
        let output = server.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut port).expect("a port");
        let url = format!("http://127.0.0.1:{}/records", port.trim());
        Some(Self { script, folder: folder.to_owned(), url, server })
    }

    fn pull(&self, round: usize) -> Value {
        let home = self.folder.join(format!("device{round}"));
        std::fs::create_dir(&home).expect("a folder");
        let mut command = Command::new("node");
        let output = command.arg(&self.script).args(["pull", &self.url]).arg(&home).output();
        let output = output.expect("node runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the figures of the peer")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

struct Silent;

impl SyncObserver for Silent {
    fn on_progress(&self, _progress: SyncProgress) {}
}
