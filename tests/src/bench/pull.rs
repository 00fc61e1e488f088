//! A first pull of a country's metadata from a server on the same machine: time, bytes, memory.
//!
//! The device is a process of its own, so that its memory is nobody else's; signing in is another
//! one, because a password check takes much memory on purpose. The baseline is what the process
//! holds after it opened the device's home, just before the pull.

use std::path::Path;
use std::process::Command;

use outpost_engine::model::{Secret, SyncObserver, SyncOptions, SyncProgress};
use outpost_engine::platform::Platform;
use outpost_engine::{CancelToken, Outpost};
use outpost_sandbox::{SandboxConfig, SandboxUser, start_blocking};
use serde_json::{Value, json};

use super::measure::{median, memory_kib, spent};
use super::world::{COUNTRY, package};

const USER: &str = "bench";
const PASSWORD: &str = "Bench-marks-4711";
const ROUNDS: usize = 3;

/// Runs and prints it.
///
/// # Panics
/// If server or device fail; a benchmark has nobody to tell.
pub fn run() {
    let config = SandboxConfig {
        metadata: vec![package(COUNTRY).into()],
        users: vec![SandboxUser {
            username: USER.to_owned(),
            password: PASSWORD.to_owned(),
            ..SandboxUser::default()
        }],
        ..SandboxConfig::default()
    };
    let sandbox = start_blocking(config, 0).expect("a sandbox");
    let pulls: Vec<Value> = (0..ROUNDS).map(|_| pull(&sandbox.url)).collect();
    let middle = |name: &str| {
        median(pulls.iter().map(|pull| pull[name].as_f64().unwrap_or(f64::NAN)).collect())
    };
    println!(
        "pull of {} objects over loopback: {:.2} s, {:.1} MB, memory {:.1} MB over a baseline \
         of {:.1} MB (bar 60 MB)",
        middle("objects"),
        middle("seconds"),
        middle("bytes") / 1e6,
        middle("peak_kib") * 1_024.0 / 1e6,
        middle("baseline_kib") * 1_024.0 / 1e6,
    );
    println!(
        "pull again, nothing changed: {:.2} s, {:.1} kB (bar 50 kB)",
        middle("again_seconds"),
        middle("again_bytes") / 1e3
    );
}

/// One device's first pull; each is a new device.
fn pull(url: &str) -> Value {
    let home = tempfile::tempdir().expect("a folder");
    device("sign-in", url, home.path());
    let figures = device("pull", url, home.path());
    serde_json::from_str(&figures).expect("the figures of a pull")
}

/// Runs this program as a device; its output.
fn device(step: &str, url: &str, home: &Path) -> String {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    let output = command.args(["device", step, url]).arg(home).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What the process of a device does: `sign-in` or `pull`.
///
/// # Panics
/// If the engine fails.
pub fn run_device(step: &str, url: &str, home: &Path) {
    let outpost = Outpost::open(home, Platform::desktop(home)).expect("a home");
    if step == "sign-in" {
        let secret = Secret::password(PASSWORD);
        outpost.sign_in(url, Some(USER), secret, true).expect("signed in");
        return;
    }
    let session = outpost.session().expect("somebody is signed in");
    let baseline_kib = memory_kib("VmRSS").unwrap_or(0);
    let sync = || session.sync(SyncOptions::METADATA, &Silent, &CancelToken::new());
    let (first, report) = spent(sync);
    let report = report.expect("a report");
    assert!(report.stopped.is_none(), "{:?}", report.stopped);
    let peak_kib = memory_kib("VmHWM").unwrap_or(0).saturating_sub(baseline_kib);
    let (again, repeated) = spent(sync);
    let figures = json!({
        "objects": report.counts.iter().map(|kind| kind.count).sum::<u64>(),
        "seconds": first.wall.as_secs_f64(),
        "bytes": report.bytes,
        "baseline_kib": baseline_kib,
        "peak_kib": peak_kib,
        "again_seconds": again.wall.as_secs_f64(),
        "again_bytes": repeated.expect("a report").bytes,
    });
    println!("{figures}");
}

struct Silent;

impl SyncObserver for Silent {
    fn on_progress(&self, _progress: SyncProgress) {}
}
