//! A first download of people with an enrolment and three events each, against the same records
//! through PouchDB replication, by turns on this machine: time and memory.
//!
//! Server and client are processes of their own on both sides, and both keep what they fetched on
//! disk. Our server has its answers ready ([`super::ready`]); the peer (`tests/peers/pouchdb`, fetched
//! from npm) replicates from express-pouchdb into LevelDB with its default settings, and part of its
//! time is its server's. So the processor's time of the device alone stands beside the clock's.
//! Without node and npm only our side is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outpost_engine::model::{Secret, SyncObserver, SyncOptions, SyncProgress};
use outpost_engine::platform::Platform;
use outpost_engine::{CancelToken, Outpost};
use outpost_sandbox::{HttpRequestParts, SandboxConfig, SandboxUser};
use serde_json::{Value, json};

use super::measure::{median, memory_kib, now_ms, processor_of_process_seconds, spent};
use super::people::{EVENTS_EACH, documents, package, tree};
use super::ready::ReadyServer;

const USER: &str = "bench";
const PASSWORD: &str = "Bench-marks-4711";
const PEOPLE: u64 = 10_000;
const ROUNDS: usize = 3;
/// How long ago the people were entered.
const AGE_MS: i64 = 60 * 60 * 1_000;
/// Trees of one import.
const IMPORT_PEOPLE: u64 = 500;

/// Runs and prints it.
///
/// # Panics
/// If server, device or peer fail; a benchmark has nobody to tell.
pub fn run() {
    let server = filled_server();
    let folder = tempfile::tempdir().expect("a folder");
    let peer = Peer::start(folder.path());
    // The first device lets the server put its answers together; it does not count.
    download(&server.url);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(download(&server.url));
        theirs.extend(peer.as_ref().map(|peer| peer.pull(round)));
    }
    print_ours(&ours);
    match theirs.is_empty() {
        false => print_theirs(&ours, &theirs),
        true => println!(
            "PouchDB replication: SKIPPED, needs node and npm with the packages of the peer"
        ),
    }
}

fn figure(one: &Value, name: &str) -> f64 {
    one[name].as_f64().unwrap_or(f64::NAN)
}

fn middle(all: &[Value], name: &str) -> f64 {
    median(all.iter().map(|one| figure(one, name)).collect())
}

fn print_ours(ours: &[Value]) {
    println!(
        "download of {PEOPLE} people, {} records: {:.2} s (processor {:.2} s), {:.1} MB, memory \
         {:.1} MB over a baseline of {:.1} MB (bar 80 MB); again, nothing changed: {:.2} s, {:.1} kB",
        PEOPLE * (2 + EVENTS_EACH),
        middle(ours, "seconds"),
        middle(ours, "processor_seconds"),
        middle(ours, "bytes") / 1e6,
        middle(ours, "peak_kib") * 1_024.0 / 1e6,
        middle(ours, "baseline_kib") * 1_024.0 / 1e6,
        middle(ours, "again_seconds"),
        middle(ours, "again_bytes") / 1e3,
    );
}

fn print_theirs(ours: &[Value], theirs: &[Value]) {
    let ratio = |name: &str| {
        let ratios = ours.iter().zip(theirs).map(|(o, t)| figure(t, name) / figure(o, name));
        median(ratios.collect())
    };
    println!(
        "PouchDB replication of the same {} documents: {:.2} s (processor of the device {:.2} s), \
         memory {:.1} MB in all; ours is {:.1} times as fast (bar 10), on the processor {:.1} times",
        middle(theirs, "documents"),
        middle(theirs, "seconds"),
        middle(theirs, "processor_seconds"),
        middle(theirs, "peak_kib") * 1_024.0 / 1e6,
        ratio("seconds"),
        ratio("processor_seconds"),
    );
}

fn filled_server() -> ReadyServer {
    let server = ReadyServer::start(SandboxConfig {
        metadata: vec![package().into()],
        users: vec![SandboxUser {
            username: USER.to_owned(),
            password: PASSWORD.to_owned(),
            ..SandboxUser::default()
        }],
        ..SandboxConfig::default()
    });
    // Old enough for a second look to find nothing new.
    let entered_ms = now_ms() - AGE_MS;
    for first in (0..PEOPLE).step_by(IMPORT_PEOPLE as usize) {
        let trees: Vec<_> = (first..(first + IMPORT_PEOPLE).min(PEOPLE)).map(tree).collect();
        let credentials = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let request = HttpRequestParts {
            method: "POST".to_owned(),
            path_and_query: "/api/tracker?async=false".to_owned(),
            headers: vec![
                ("Authorization".to_owned(), format!("Basic {credentials}")),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: json!({ "trackedEntities": trees }).to_string().into_bytes(),
        };
        let answer = server.ask(&request, entered_ms);
        let start: Vec<u8> = answer.body.iter().copied().take(2_000).collect();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&start));
    }
    server
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
    let processor_before = processor_of_process_seconds();
    let (first, report) = spent(|| sync(only_data));
    let processor_seconds = processor_of_process_seconds() - processor_before;
    let peak_kib = memory_kib("VmHWM").unwrap_or(0).saturating_sub(baseline_kib);
    let expected = PEOPLE * (2 + EVENTS_EACH);
    assert!(report.downloaded >= expected, "{} of {expected}", report.downloaded);
    let (again, repeated) = spent(|| sync(only_data));
    let figures = json!({
        "seconds": first.wall.as_secs_f64(),
        "processor_seconds": processor_seconds,
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
