//! Households from a phone to a tablet without network: in one room, and as a file; against the same
//! records read from bare SQLite, carried over plain TCP, parsed and inserted into bare SQLite.
//!
//! A household is five people, each with an enrolment and three visits: 25 records. Every step of a
//! device is a process of its own, on a copy of a home that was filled before, so that its memory is
//! its own and every round finds the same. Writing and taking in are measured until the file and the
//! rows are durable; a visit until the phone holds the tablet's receipt.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use outpost_engine::model::{
    CardView, ImportObserver, NearbyObserver, NearbyPlan, Secret, SiteRole, SyncObserver,
    SyncOptions, SyncProgress,
};
use outpost_engine::platform::{FileKeyStore, KeyStore, OsRandom, Platform};
use outpost_engine::{CancelToken, Outpost, Session};
use outpost_sandbox::{SandboxConfig, SandboxUser, start_blocking};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use serde_json::{Value, json};

use super::households::{Bare, RECORDS_EACH, json_bytes, payloads};
use super::measure::{median, memory_kib, now_ms, processor_of_process_seconds, spent};
use super::people::package;

const USER: &str = "bench";
const PASSWORD: &str = "Bench-marks-4711";
const TABLET: &str = "Tablet";
/// Households that the bar in one room is for.
pub const HOUSEHOLDS: u64 = 1_000;
/// Rounds of so many households; of more there is one.
const ROUNDS: usize = 3;
/// Bars: seconds in one room for each 1,000 households, records a second of a file, memory in MB, parts
/// of the JSON.
const ROOM_SECONDS_BAR: f64 = 10.0;
const RATE_BAR: f64 = 20_000.0;
const MEMORY_BAR: f64 = 64.0;
const SIZE_BAR: f64 = 10.0;

/// Runs and prints it.
///
/// # Panics
/// If a device fails; a benchmark has nobody to tell.
pub fn run(households: u64) {
    let rounds = if households > HOUSEHOLDS { 1 } else { ROUNDS };
    let folder = tempfile::tempdir().expect("a folder");
    let homes = Homes::prepare(folder.path(), households);
    let bare = Bare::filled(folder.path(), households);
    let mut figures: Vec<Figures> = Vec::new();
    for round in 0..rounds {
        let one = homes.round(&bare, round);
        for step in [&one.export, &one.import, &one.phone, &one.tablet] {
            assert_eq!(step["records"], households * RECORDS_EACH, "a step lost records");
        }
        figures.push(one);
    }
    print(households, &figures);
}

/// What one round measured.
struct Figures {
    export: Value,
    import: Value,
    phone: Value,
    tablet: Value,
    file_bytes: u64,
    floor_export: f64,
    floor_import: f64,
    floor_wire: f64,
}

fn print(households: u64, all: &[Figures]) {
    let records = (households * RECORDS_EACH) as f64;
    let middle = |of: &dyn Fn(&Figures) -> f64| median(all.iter().map(of).collect());
    let figure = |value: &Value, name: &str| value[name].as_f64().unwrap_or(f64::NAN);
    let memory = |value: &Value| figure(value, "peak_kib") * 1_024.0 / 1e6;
    println!(
        "exchange: {households} households, {records} records, phone to tablet in one room: {:.2} s \
         (bar {:.0} s); processor of the phone {:.2} s, of the tablet {:.2} s; memory over the \
         baseline {:.1} and {:.1} MB (bar {MEMORY_BAR} MB); floor: bare SQLite and plain TCP \
         {:.2} s, ratio {:.2}",
        middle(&|it| figure(&it.phone, "seconds")),
        ROOM_SECONDS_BAR * households as f64 / HOUSEHOLDS as f64,
        middle(&|it| figure(&it.phone, "processor_seconds")),
        middle(&|it| figure(&it.tablet, "processor_seconds")),
        middle(&|it| memory(&it.phone)),
        middle(&|it| memory(&it.tablet)),
        middle(&|it| it.floor_export + it.floor_wire + it.floor_import),
        middle(&|it| {
            figure(&it.phone, "seconds") / (it.floor_export + it.floor_wire + it.floor_import)
        }),
    );
    let side = |what: &str, of: &dyn Fn(&Figures) -> (Value, f64)| {
        println!(
            "exchange: {what} of a file: {:.0} records/s (bar {RATE_BAR:.0}), {:.2} s, processor \
             {:.2} s, memory {:.1} MB over the baseline (bar {MEMORY_BAR} MB); floor {:.2} s, \
             ratio {:.2}",
            middle(&|it| records / figure(&of(it).0, "seconds")),
            middle(&|it| figure(&of(it).0, "seconds")),
            middle(&|it| figure(&of(it).0, "processor_seconds")),
            middle(&|it| memory(&of(it).0)),
            middle(&|it| of(it).1),
            middle(&|it| figure(&of(it).0, "seconds") / of(it).1),
        );
    };
    side("writing", &|it| (it.export.clone(), it.floor_export));
    side("taking in", &|it| (it.import.clone(), it.floor_import));
    let json = json_bytes(households) as f64;
    println!(
        "exchange: the file has {:.2} MB, the JSON of an upload {:.2} MB: 1/{:.1} (bar 1/{SIZE_BAR})",
        middle(&|it| it.file_bytes as f64 / 1e6),
        json / 1e6,
        middle(&|it| json / it.file_bytes as f64),
    );
}

/// A phone that holds the households and a tablet that holds nothing; they know each other.
struct Homes {
    phone: PathBuf,
    tablet: PathBuf,
    folder: PathBuf,
}

impl Homes {
    fn prepare(folder: &Path, households: u64) -> Self {
        let server = start_blocking(
            SandboxConfig {
                metadata: vec![package().into()],
                users: vec![SandboxUser {
                    username: USER.to_owned(),
                    password: PASSWORD.to_owned(),
                    ..SandboxUser::default()
                }],
                ..SandboxConfig::default()
            },
            0,
        );
        let server = server.expect("a server");
        let (phone, tablet) = (folder.join("phone"), folder.join("tablet"));
        let carrier = set_up(&tablet, &server.url, TABLET, SiteRole::Tablet);
        let capturer = set_up(&phone, &server.url, "Phone", SiteRole::Device);
        let safe = open(&tablet).make_recovery_key("Safe").expect("a recovery key").card;
        for (home, cards) in [(&phone, vec![&carrier, &safe]), (&tablet, vec![&capturer])] {
            let session = open(home);
            for card in cards {
                session.enrol_exchange_card(&card.text, &card.fingerprint).expect("enrolled");
            }
        }
        let store = store_of(&phone);
        let filled = store.import_records(payloads(households), USER, now_ms(), |_| ());
        filled.expect("saved");
        Self { phone, tablet, folder: folder.to_owned() }
    }

    /// Each step once, ours and the floor by turns.
    fn round(&self, bare: &Bare, round: usize) -> Figures {
        let folder = self.folder.join(format!("round{round}"));
        let (phone, tablet) = (folder.join("phone"), folder.join("tablet"));
        let file = folder.join("file.tar");
        let renew = || {
            for (from, to) in [(&self.phone, &phone), (&self.tablet, &tablet)] {
                std::fs::remove_dir_all(to).ok();
                copy(from, to);
            }
        };
        renew();
        let floor_export = bare.write(&folder);
        let path = file.display().to_string();
        let export = step("exchange-write", &path, &phone);
        let import = step("exchange-take-in", &path, &tablet);
        let floor_import = bare.take_in(&folder);
        renew();
        let mut receiving = command("exchange-receive", "", &tablet)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(receiving.stdout.take().expect("it is piped")).lines();
        let invitation = lines.next().expect("an invitation").expect("text");
        let phone_figures = step("exchange-send", &invitation, &phone);
        let tablet_figures = lines.next().expect("figures").expect("text");
        finish(&mut receiving);
        let floor_wire = bare.carry(&folder);
        let figures = Figures {
            export,
            import,
            phone: phone_figures,
            tablet: serde_json::from_str(&tablet_figures).expect("figures"),
            file_bytes: std::fs::metadata(&file).expect("a file").len(),
            floor_export,
            floor_import,
            floor_wire,
        };
        std::fs::remove_dir_all(&folder).ok();
        figures
    }
}

fn finish(process: &mut Child) {
    assert!(process.wait().expect("it ends").success(), "a device failed");
}

/// Signs in, fetches the forms, makes the card.
fn set_up(home: &Path, url: &str, name: &str, role: SiteRole) -> CardView {
    let outpost = Outpost::open(home, Platform::desktop(home)).expect("a home");
    outpost.sign_in(url, Some(USER), Secret::password(PASSWORD), true).expect("signed in");
    let session = outpost.session().expect("somebody is signed in");
    let report =
        session.sync(SyncOptions::METADATA, &Silent, &CancelToken::new()).expect("a report");
    assert!(report.stopped.is_none(), "{:?}", report.stopped);
    session.make_exchange_card(name, role).expect("a card")
}

fn open(home: &Path) -> Session {
    let outpost = Outpost::open(home, Platform::desktop(home)).expect("a home");
    outpost.session().expect("somebody is signed in")
}

/// The database of the only account, past the engine: saving one form after the other would take longer
/// than what is measured.
fn store_of(home: &Path) -> Store {
    let entries = std::fs::read_dir(home).expect("a home").flatten().map(|entry| entry.path());
    let mut databases = entries.filter(|path| {
        path.extension().is_some_and(|it| it == "db") && !path.ends_with("accounts.db")
    });
    let path = databases.next().expect("a database");
    let alias = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let keys = FileKeyStore::new(home.join("keys"), Arc::new(OsRandom));
    let key = keys.load_or_create(&alias).expect("a key");
    let opened = Store::open(&path, &DatabaseKey::new(*key), OpenOptions::default());
    opened.expect("it opens").store
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn command(step: &str, with: &str, home: &Path) -> Command {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    command.args(["device", step, with]).arg(home);
    command
}

/// Runs this program as a device; its figures.
fn step(step: &str, with: &str, home: &Path) -> Value {
    let output = command(step, with, home).output().expect("a process");
    assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("figures")
}

/// What the process of a device does: `exchange-write` and `exchange-take-in` with the path of the file,
/// `exchange-receive`, `exchange-send` with the invitation.
///
/// # Panics
/// If the engine fails.
pub fn run_device(step: &str, with: &str, home: &Path) {
    let (session, cancel) = (open(home), CancelToken::new());
    let quiet: Arc<dyn NearbyObserver> = Arc::new(Silent);
    let figures = match step {
        "exchange-write" => measured(|| {
            let mut file = File::create(with).expect("a file");
            let written = session.hand_over(TABLET, false, &mut file, &Silent, &cancel);
            file.sync_all().expect("durable");
            written.expect("written").records
        }),
        "exchange-take-in" => measured(|| {
            let mut file = File::open(with).expect("a file");
            session.take_in(&mut file, false, &Silent, &cancel).expect("taken in").report.new
        }),
        "exchange-send" => measured(|| {
            let visit = session.nearby_send(with, None, &quiet, &cancel).expect("a visit");
            let receipts = visit.received.iter().filter_map(|file| file.report.as_ref());
            receipts.filter_map(|report| report.receipt.as_ref()).map(|it| it.held).sum()
        }),
        _ => measured(|| {
            let plan = NearbyPlan {
                addresses: vec![Ipv4Addr::LOCALHOST.into()],
                phones_max: 1,
                valid_for_s: 900,
                idle_s: Some(1),
            };
            let shown: Arc<dyn NearbyObserver> = Arc::new(Shown);
            let met = session.nearby_receive(&plan, &shown, &cancel).expect("a session");
            let brought = met.phones.iter().flat_map(|phone| &phone.brought);
            brought.filter_map(|file| file.report.as_ref()).map(|report| report.new).sum()
        }),
    };
    println!("{figures}");
}

/// Runs a step that gives the number of its records.
fn measured(work: impl FnOnce() -> u64) -> Value {
    let baseline_kib = memory_kib("VmRSS").unwrap_or(0);
    let processor = processor_of_process_seconds();
    let (spent, records) = spent(work);
    json!({
        "seconds": spent.wall.as_secs_f64(),
        "processor_seconds": processor_of_process_seconds() - processor,
        "records": records,
        "peak_kib": memory_kib("VmHWM").unwrap_or(0).saturating_sub(baseline_kib),
    })
}

/// Hears everything and says nothing.
struct Silent;

impl SyncObserver for Silent {
    fn on_progress(&self, _progress: SyncProgress) {}
}

impl ImportObserver for Silent {
    fn on_progress(&self, _records: u64) {}
}

impl NearbyObserver for Silent {}

/// A tablet that shows its invitation.
struct Shown;

impl NearbyObserver for Shown {
    fn on_invitation(&self, text: &str) {
        println!("{text}");
    }
}
