//! 50,000 support requests with 170,000 events: sums made once, then lists and reports, beside a
//! bare table of the same sums under the same key that is read from end to end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outpost_engine::domain::data::{
    Enrollment, EnrollmentStatus, Event, Payload, ServerEnrollment, ServerEvent,
    ServerTrackedEntity, TrackedEntity,
};
use outpost_engine::domain::uid::{EnrollmentUid, EventUid, OrganisationUnitUid, TrackedEntityUid};
use outpost_engine::model::{
    Secret, StepKind, SupportLapse, SupportQuery, SyncObserver, SyncOptions, SyncProgress,
};
use outpost_engine::platform::{Key, KeyStore, Platform};
use outpost_engine::rollout::package::{PackageOptions, package};
use outpost_engine::rollout::support::{
    Channel, Links, Made, Problem, Stamp, Standing, Step, SupportRequest, SupportSettings, program,
    request_event, request_type, request_values, step_event,
};
use outpost_engine::{CancelToken, Outpost, Session};
use outpost_sandbox::{MetadataSource, SandboxConfig, start_blocking};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::ports::{DownloadPage, StoreCommand};

use super::floor::{self, Bodies};
use super::measure::{now_ms, spent};
use super::world::uid;

/// Requests of some years of a large project.
const REQUESTS: u64 = 50_000;
/// Of which so many are open.
const OPEN: u64 = 5_000;
const CLINICS: [&str; 3] = ["OuClinicAaa", "OuClinicBbb", "OuClinicCcc"];
/// What a list or a report may take.
const BAR_MS: f64 = 50.0;
const HOUR_MS: i64 = 3_600_000;

struct Quiet;

impl SyncObserver for Quiet {
    fn on_progress(&self, _: SyncProgress) {}
}

/// The same key for the engine and for the bare tables.
struct OneKey;

impl KeyStore for OneKey {
    fn load_or_create(&self, _: &str) -> outpost_engine::Result<Key> {
        Ok(Key::new(floor::KEY))
    }

    fn health(&self) -> (bool, String) {
        (true, String::new())
    }
}

/// Runs and prints it.
///
/// # Panics
/// If the engine refuses something; a benchmark has nobody to tell.
pub fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    drop(signed_in(&home));
    let (filled, ()) = spent(|| fill(&database(&home)));
    println!("{REQUESTS} support requests, {OPEN} of them open");
    println!("{:<32} {:>8.2} s", "written with their events", filled.wall.as_secs_f64());
    let session = Outpost::open(&home, platform(&home)).expect("a home").session().expect("kept");
    let first = SupportQuery { tier: Some(3), ..SupportQuery::default() };
    let (summed, page) = spent(|| session.support_queue(&first, None).expect("read"));
    assert!(!page.items.is_empty(), "late ones are with the last tier");
    println!("{:<32} {:>8.2} s, once", "summed up", summed.wall.as_secs_f64());

    let mut sums = Vec::new();
    database(&home).each_digest(program(), |body| sums.push(body.to_vec())).expect("read");
    assert_eq!(sums.len() as u64, REQUESTS);
    let bare = Bodies::of(&folder.path().join("bare.db"), &sums);
    let place = OrganisationUnitUid::parse(CLINICS[1]).expect("an id");
    let page = |query: &SupportQuery| session.support_queue(query, None).expect("read").items;
    bare.beside("queue of all tiers", BAR_MS, || {
        assert!(page(&SupportQuery::default()).len() >= 100)
    });
    bare.beside("queue of tier 3", BAR_MS, || assert!(page(&first).len() >= 100));
    let nearby = SupportQuery { place: Some(place), ..first.clone() };
    bare.beside("queue of tier 3 at a place", BAR_MS, || assert!(!page(&nearby).is_empty()));
    let closed = SupportQuery { closed: true, ..SupportQuery::default() };
    bare.beside("closed, the latest", BAR_MS, || assert!(page(&closed).len() >= 100));
    let rare = SupportQuery { problem: Some(Problem::SimChanged), ..SupportQuery::default() };
    bare.beside("queue about what nobody has", BAR_MS, || assert!(page(&rare).is_empty()));
    bare.beside("report", BAR_MS, || {
        let report = session.support_report(&SupportLapse::default()).expect("read");
        assert_eq!(report.total.received, REQUESTS);
    });
    let mut open = page(&SupportQuery::default()).into_iter();
    bare.beside("a step and the queue after it", BAR_MS, || {
        let id = open.next().expect("one that is open").id;
        let text = "seen".to_owned();
        session.support_step(id, StepKind::Note { text }).expect("saved");
        assert!(page(&first).len() >= 100);
    });
}

// ---------------------------------------------------------------- ours

fn platform(home: &Path) -> Platform {
    Platform { keys: Arc::new(OneKey), ..Platform::desktop(home) }
}

fn signed_in(home: &Path) -> Session {
    let demo: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo-metadata.json");
    let places = CLINICS.map(|id| OrganisationUnitUid::parse(id).expect("an id"));
    let options =
        PackageOptions { organisation_units: places.to_vec(), ..PackageOptions::default() };
    let config = SandboxConfig {
        metadata: vec![MetadataSource::File(demo), MetadataSource::Json(package(&options))],
        ..SandboxConfig::default()
    };
    let sandbox = start_blocking(config, 0).expect("a sandbox");
    let outpost = Outpost::open(home, platform(home)).expect("a new home");
    let password = Secret::password("district");
    outpost.sign_in(&sandbox.url, Some("admin"), password, true).expect("signed in");
    let session = outpost.session().expect("a session");
    let report = session.sync(SyncOptions::METADATA, &Quiet, &CancelToken::new());
    assert!(report.expect("pulled").stopped.is_none(), "the forms are here");
    session
}

/// The database of the only account at a home.
fn database(home: &Path) -> Store {
    fn find(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => find(&path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    find(home, &mut found);
    let is_account = |path: &&PathBuf| {
        path.extension().is_some_and(|it| it == "db")
            && path.file_name().is_some_and(|it| it != "accounts.db")
    };
    let path = found.iter().find(is_account).expect("a database");
    let key = DatabaseKey::new(floor::KEY);
    Store::open(path, &key, OpenOptions::default()).expect("open").store
}

/// Open ones are entered here and not yet sent; those of the years before came from the server.
fn fill(store: &Store) {
    let now = now_ms();
    let settings = SupportSettings::default();
    for chunk in (0..REQUESTS).collect::<Vec<_>>().chunks(500) {
        let records: Vec<Payload> =
            chunk.iter().flat_map(|number| records(*number, now, &settings)).collect();
        if chunk[0] < OPEN {
            store.save_records(&records, &[], "bench", now).expect("saved");
        } else {
            let page = page(records);
            store.command(StoreCommand::ApplyDownload { page, now_ms: now }).expect("stored");
        }
    }
}

/// Records as the server gives them.
fn page(records: Vec<Payload>) -> DownloadPage {
    let updated_at = || Some("2026-01-01T00:00:00.000".to_owned());
    let mut page = DownloadPage::default();
    for record in records {
        match record {
            Payload::TrackedEntity { tracked_entity } => {
                page.tracker.tracked_entities.push(ServerTrackedEntity {
                    tracked_entity,
                    updated_at: updated_at(),
                    stored_by: None,
                    owners: Vec::new(),
                    potential_duplicate: false,
                    relationships: None,
                });
            }
            Payload::Enrollment { enrollment } => {
                page.tracker.enrollments.push(ServerEnrollment {
                    enrollment,
                    updated_at: updated_at(),
                    stored_by: None,
                    relationships: None,
                });
            }
            Payload::Event { event } => {
                page.events.push(ServerEvent { event, updated_at: updated_at() });
            }
            _ => {}
        }
    }
    page
}

fn records(number: u64, now: i64, settings: &SupportSettings) -> Vec<Payload> {
    let place = CLINICS[number as usize % CLINICS.len()];
    let is_open = number < OPEN;
    // Open ones of the last two days, closed ones of the year before.
    let age = match is_open {
        true => number as i64 % 48 * HOUR_MS,
        false => (72 + number as i64 % 8_000) * HOUR_MS,
    };
    let request = SupportRequest {
        id: TrackedEntityUid(uid("support", number)),
        enrollment: EnrollmentUid(uid("support enrolment", number)),
        place: OrganisationUnitUid::parse(place).expect("an id"),
        title: format!("Records of village {number} are not sent"),
        text: "Since Monday nothing goes out although there is network at the market.".to_owned(),
        problem: Problem::ALL[number as usize % 10],
        channel: Channel::Phone,
        urgent: number.is_multiple_of(20),
        made: Made { device_ms: now - age - HOUR_MS, skew_ms: Some(0) },
        received_ms: Some(now - age),
        entered_ms: Some(now - age),
        reporter: format!("chw{}", number % 900),
        phone: None,
        message_id: None,
        links: Links { device: Some((number % 900).to_string()), ..Links::default() },
    };
    let enrollment = Enrollment {
        id: request.enrollment,
        tracked_entity: request.id,
        program: program(),
        organisation_unit: request.place,
        status: EnrollmentStatus::Active,
        enrolled_at: Some("2026-01-01".to_owned()),
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: BTreeMap::new(),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let tracked_entity = TrackedEntity {
        id: request.id,
        tracked_entity_type: request_type(),
        organisation_unit: request.place,
        geometry: None,
        attributes: request_values(&request).into_iter().collect(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let stamp = Stamp { now: "2026-01-01T00:00:00.000".into(), today: "2026-01-01".into() };
    let event_id = |part: u64| EventUid(uid("support event", number * 4 + part));
    let mut events = vec![request_event(event_id(0), &request, &enrollment, &stamp)];
    if !is_open {
        events.extend(
            steps(&request, &event_id, number)
                .iter()
                .map(|(step, standing)| step_event(step, &enrollment, &stamp, standing, settings)),
        );
    }
    let events = events.into_iter().map(|event: Event| Payload::Event { event });
    [Payload::TrackedEntity { tracked_entity }, Payload::Enrollment { enrollment }]
        .into_iter()
        .chain(events)
        .collect()
}

/// Acknowledged after one to twenty hours, answered, solved.
fn steps(
    request: &SupportRequest,
    event_id: &impl Fn(u64) -> EventUid,
    number: u64,
) -> Vec<(Step, Standing)> {
    let settings = SupportSettings::default();
    let received = request.received_ms.unwrap_or_default();
    let first = received + (1 + number as i64 % 20) * HOUR_MS;
    let text = || "Switch flight mode off, then send again.".to_owned();
    let kinds = [
        StepKind::Acknowledge,
        StepKind::Reply { text: text() },
        StepKind::Resolve { text: text() },
    ];
    let steps = (1..).zip(kinds).map(|(part, kind)| Step {
        id: event_id(part),
        at_ms: first + part as i64 * HOUR_MS,
        by: "grace".to_owned(),
        received_ms: Some(received),
        kind,
    });
    let steps: Vec<Step> = steps.collect();
    let standing = Standing::of(request, &steps, None, &settings);
    steps.into_iter().map(|step| (step, standing.clone())).collect()
}
