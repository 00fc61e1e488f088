//! A registry of 5,000 devices with their SIM cards: taken in from a table, listed, counted, one found by
//! its serial number, a card put into another phone, beside a bare table of the same facts under the same key that is read from end to end.

use std::path::{Path, PathBuf};

use outpost_engine::model::{
    DeviceQuery, Secret, SimQuery, SyncObserver, SyncOptions, SyncProgress,
};
use outpost_engine::platform::Platform;
use outpost_engine::rollout::device::{DeviceState, luhn_fits};
use outpost_engine::rollout::package::{PackageOptions, package};
use outpost_engine::rollout::sim::SimCard;
use outpost_engine::{CancelToken, NewSim, Outpost, Session};
use outpost_sandbox::{MetadataSource, SandboxConfig, start_blocking};

use super::floor::Bodies;
use super::measure::spent;

/// Devices of the largest project.
const DEVICES: u32 = 5_000;
/// Where they are.
const CLINIC: &str = "OuClinicAaa";
/// What a list or a report may take.
const BAR_MS: f64 = 50.0;

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
    let rows = session.devices(&DeviceQuery::default()).expect("read");
    let bodies: Vec<_> = rows.iter().map(|it| serde_json::to_vec(it).expect("JSON")).collect();
    let bare = Bodies::of(&folder.path().join("bare.db"), &bodies);
    let everything = DeviceQuery::default();
    let page = DeviceQuery { limit: Some(50), ..DeviceQuery::default() };
    let count = |query: &DeviceQuery| session.devices(query).expect("read").len();
    assert_eq!(count(&everything), DEVICES as usize);
    bare.beside("list of 50", BAR_MS, || assert_eq!(count(&page), 50));
    bare.beside("list of all", BAR_MS, || assert_eq!(count(&everything), DEVICES as usize));
    bare.beside("report", BAR_MS, || {
        let report = session.device_report().expect("read");
        assert_eq!(report.devices, u64::from(DEVICES));
    });
    bare.beside("one by its serial number", BAR_MS, || {
        let found = session.find_device("R58N04321").expect("there");
        assert_eq!(found.device.facts.number, "4321");
    });
    let cards = SimQuery::default();
    bare.beside("list of all SIM cards", BAR_MS, || {
        assert_eq!(session.sims(&cards).expect("read").len(), DEVICES as usize);
    });
    // Each into the phone of the next, and so on: every run moves another card.
    let mut number = 0;
    bare.beside("a SIM card moved", BAR_MS, || {
        number += 1;
        let sim = SimCard { iccid: iccid(number), ..SimCard::default() };
        let new = NewSim { sim, is_moved: true, ..NewSim::default() };
        session.put_sim(&(number + 1).to_string(), new, None).expect("moved");
    });
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

/// A number of a card whose check digit fits.
fn iccid(number: u32) -> String {
    let digits = format!("8925600000000{number:05}");
    let fits = |digit: &u32| luhn_fits(&format!("{digits}{digit}"));
    let digit = (0..10).find(fits).expect("one of ten fits");
    format!("{digits}{digit}")
}

fn table() -> String {
    let mut table =
        "number,serial,make,model,storage_gb,holder,holder_user,mdm_id,iccid\n".to_owned();
    for number in 1..=DEVICES {
        table.push_str(&format!(
            "{number:04},R58N{number:05},Samsung,Galaxy A14,64,Health worker {number},\
             chw{number},mdm-{number},{}\n",
            iccid(number)
        ));
    }
    table
}
