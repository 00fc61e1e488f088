//! A registry of 5,000 devices: taken in from a table, listed, counted, one found by its serial number,
//! beside a bare table of the same facts under the same key that is read from end to end.

use std::path::{Path, PathBuf};

use outpost_engine::model::{DeviceQuery, Secret, SyncObserver, SyncOptions, SyncProgress};
use outpost_engine::platform::Platform;
use outpost_engine::rollout::device::DeviceState;
use outpost_engine::rollout::package::{PackageOptions, package};
use outpost_engine::{CancelToken, Outpost, Session};
use outpost_sandbox::{MetadataSource, SandboxConfig, start_blocking};
use rusqlite::{Connection, params};

use super::floor;
use super::measure::{by_turns, median, spent};

/// Devices of the largest project.
const DEVICES: u32 = 5_000;
/// Where they are.
const CLINIC: &str = "OuClinicAaa";
/// What a list or a report may take.
const BAR_MS: f64 = 50.0;
const ROUNDS: usize = 11;

struct Quiet;

impl SyncObserver for Quiet {
    fn on_progress(&self, _: SyncProgress) {}
}

/// Runs and prints it.
///
/// # Panics
/// If the engine refuses something; a benchmark has nobody to tell.
pub fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = signed_in(&folder.path().join("home"));
    let table = table();
    let place = session.find_organisation_unit(CLINIC).expect("the clinic");
    let (taken, import) =
        spent(|| session.import_devices(&table, Some(place), DeviceState::Received, false, None));
    assert_eq!(import.expect("taken in").added, DEVICES as usize);
    println!("a registry of {DEVICES} devices");
    println!(
        "{:<32} {:>8.2} s, one transaction",
        "taken in from a table",
        taken.wall.as_secs_f64()
    );
    let bare = bare(&folder.path().join("bare.db"), &session);
    let everything = DeviceQuery::default();
    let page = DeviceQuery { limit: Some(50), ..DeviceQuery::default() };
    let count = |query: &DeviceQuery| session.devices(query).expect("read").len();
    assert_eq!(count(&everything), DEVICES as usize);
    print("list of 50", &bare, || assert_eq!(count(&page), 50));
    print("list of all", &bare, || assert_eq!(count(&everything), DEVICES as usize));
    print("report", &bare, || {
        let report = session.device_report().expect("read");
        assert_eq!(report.devices, u64::from(DEVICES));
    });
    print("one by its serial number", &bare, || {
        let found = session.find_device("R58N04321").expect("there");
        assert_eq!(found.device.facts.number, "4321");
    });
}

fn print(what: &str, bare: &Connection, mut ours: impl FnMut()) {
    let turns = by_turns(ROUNDS, || spent(&mut ours).0, || spent(|| read_all(bare)).0);
    let middle = |side: usize| {
        median(turns.iter().map(|turn| turn[side].wall.as_secs_f64() * 1e3).collect())
    };
    let (ours, floor) = (middle(0), middle(1));
    println!(
        "{what:<32} {ours:>8.2} ms (bar {BAR_MS} ms); all facts read {floor:>8.2} ms, ratio {:.1}",
        ours / floor.max(1e-6)
    );
}

// ---------------------------------------------------------------- ours

fn signed_in(home: &Path) -> Session {
    let demo: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo-metadata.json");
    let clinic = outpost_engine::domain::uid::OrganisationUnitUid::parse(CLINIC).expect("an id");
    let options = PackageOptions { organisation_units: vec![clinic], ..PackageOptions::default() };
    let config = SandboxConfig {
        metadata: vec![MetadataSource::File(demo), MetadataSource::Json(package(&options))],
        ..SandboxConfig::default()
    };
    let sandbox = start_blocking(config, 0).expect("a sandbox");
    let outpost = Outpost::open(home, Platform::desktop(home)).expect("a new home");
    let password = Secret::password("district");
    outpost.sign_in(&sandbox.url, Some("admin"), password, true).expect("signed in");
    let session = outpost.session().expect("a session");
    let report = session.sync(SyncOptions::METADATA, &Quiet, &CancelToken::new());
    let report = report.expect("pulled");
    assert!(report.stopped.is_none(), "the forms are here");
    session
}

fn table() -> String {
    let mut table = "number,serial,make,model,storage_gb,holder,holder_user,mdm_id\n".to_owned();
    for number in 1..=DEVICES {
        table.push_str(&format!(
            "{number:04},R58N{number:05},Samsung,Galaxy A14,64,Health worker {number},\
             chw{number},mdm-{number}\n"
        ));
    }
    table
}

// ---------------------------------------------------------------- the floor

/// The same rows in a bare encrypted table.
fn bare(path: &Path, session: &Session) -> Connection {
    let mut connection = floor::open(path, "NORMAL");
    connection
        .execute_batch("CREATE TABLE device (id INTEGER PRIMARY KEY, body BLOB)")
        .expect("a table");
    let rows = session.devices(&DeviceQuery::default()).expect("read");
    let transaction = connection.transaction().expect("a transaction");
    for row in rows {
        let body = serde_json::to_vec(&row).expect("JSON");
        transaction
            .execute("INSERT INTO device (body) VALUES (?)", params![body])
            .expect("written");
    }
    transaction.commit().expect("written");
    connection
}

fn read_all(connection: &Connection) {
    let mut statement = connection.prepare_cached("SELECT body FROM device").expect("a table");
    let mut rows = statement.query([]).expect("rows");
    let mut bytes = 0;
    while let Some(row) = rows.next().expect("readable") {
        bytes += row.get_ref(0).expect("a body").as_blob().expect("bytes").len();
    }
    assert!(bytes > 0, "there are rows");
}
