//! The power fails while the write-ahead log is written: a home whose log ends anywhere, also in the
//! middle of a page, opens to everything that its whole frames held, and the journal is whole.
//!
//! `OUTPOST_CUTS=2000` cuts at more places.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outpost_domain::data::Payload;
use outpost_engine::CancelToken;
use outpost_engine::model::ImportObserver;
use outpost_sandbox::MetadataSource;
use outpost_store::{JournalCheck, OutboxFilter};
use outpost_tests::rig::device::{Device, ended};
use outpost_tests::rig::drive::open_store;
use outpost_tests::rig::followed;
use outpost_tests::rig::material::{self, Size};
use outpost_tests::rig::number;
use outpost_tests::rig::server::Server;
use outpost_tests::sim::Dice;

const CLINICS: usize = 40;
const ELEMENTS: usize = 30;
/// Bytes before the first frame of a log (SQLite file format, section 4.1).
const LOG_HEADER: usize = 32;
/// Bytes of a frame: its header and a page.
const FRAME: usize = 24 + 4_096;
/// Longest time that an import may take to fill its log.
const PATIENCE: Duration = Duration::from_secs(60);

fn ready() -> Device {
    let size = Size { clinics: CLINICS, assigned: CLINICS, elements: ELEMENTS, remark: false };
    let server = Server::with(MetadataSource::Json(followed::package(size)), "2.42.4");
    let device = Device::new();
    device.ready(server.url());
    device
}

fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// Salts of the log: another pair means that the log was begun anew.
fn salts(log: &[u8]) -> &[u8] {
    log.get(16..24).unwrap_or_default()
}

/// Where the frames end that belong to the log as it was begun last.
fn end_of_frames(log: &[u8]) -> usize {
    let mut end = LOG_HEADER;
    while let Some(frame) = log.get(end..end + FRAME) {
        if &frame[8..16] != salts(log) {
            break;
        }
        end += FRAME;
    }
    end
}

/// How much of the log was written back to the database already, from the index beside it (SQLite
/// file format, section 2 of the WAL-index): a disk that kept its promises never loses that part.
fn written_back(database: &Path) -> usize {
    let mut path = database.as_os_str().to_owned();
    path.push("-shm");
    let index = fs::read(PathBuf::from(path)).unwrap_or_default();
    let frames = index.get(96..100).and_then(|bytes| bytes.try_into().ok());
    let frames = usize::try_from(frames.map_or(0, u32::from_ne_bytes)).unwrap_or(0);
    LOG_HEADER + frames * FRAME
}

/// What waits in a home whose log is cut: `element/clinic=value`, `person/id`, `enrolment/id`.
struct Found {
    values: Vec<String>,
}

/// A copy of the home with a log cut at `at`, opened.
#[track_caller]
fn cut(home: &Path, at: usize) -> (Device, Found) {
    let copy = Device::copy_of(home);
    let log = log_of(&copy.database());
    let file = fs::File::options().write(true).open(&log).expect("a log");
    file.set_len(at as u64).expect("cut");
    drop(file);
    let store = open_store(&copy.database());
    assert_eq!(store.integrity_check(), Ok(()), "cut at {at}");
    let verdict = store.verify_journal();
    assert!(matches!(verdict, Ok(JournalCheck::Intact { .. })), "cut at {at}: {verdict:?}");
    let mut values = Vec::new();
    let mut after = None;
    loop {
        let rows = store.outbox_page(&OutboxFilter::default(), after, 200).expect("a page");
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        values.extend(rows.iter().filter_map(|row| shown(&row.payload)));
    }
    (copy, Found { values })
}

fn shown(payload: &Payload) -> Option<String> {
    match payload {
        Payload::DataValue { key, value, .. } => {
            let text = value.value.as_deref().unwrap_or_default();
            Some(format!("{}/{}={text}", key.data_element, key.organisation_unit))
        }
        Payload::TrackedEntity { tracked_entity } => Some(format!("person/{}", tracked_entity.id)),
        Payload::Enrollment { enrollment } => Some(format!("enrolment/{}", enrollment.id)),
        _ => None,
    }
}

struct Silent;

impl ImportObserver for Silent {
    fn on_progress(&self, _records: u64) {}
}

/// Something acknowledged, and where the log ended at that moment.
struct Acknowledged {
    value: String,
    salts: Vec<u8>,
    end: usize,
}

#[test]
fn a_log_cut_anywhere_keeps_what_its_whole_frames_hold() {
    let (cuts, mut dice) = (number("OUTPOST_CUTS", 60), Dice::new(number("OUTPOST_SEED", 1)));
    let device = ready();
    let session = device.session();
    let database = device.database();
    let mut acknowledged = Vec::new();
    let mut strict = 0;
    let rounds = cuts.div_ceil(10);
    for round in 0..rounds {
        // Between two copies so many saves that the log is written back and begun anew some times.
        for _ in 0..10 + dice.below(15) {
            let at = acknowledged.len();
            if dice.chance(20) {
                let (number, unit) = (at.to_string(), material::clinic(at % CLINICS));
                let day = material::past_day(1);
                let somebody = followed::register(&session, &number, &unit, &day);
                let log = fs::read(log_of(&database)).expect("a log");
                let (salts, end) = (salts(&log).to_vec(), end_of_frames(&log));
                let person = format!("person/{}", somebody.person);
                let enrolment = format!("enrolment/{}", somebody.enrollment);
                let known = |value| Acknowledged { value, salts: salts.clone(), end };
                acknowledged.extend([known(person), known(enrolment)]);
                continue;
            }
            let (element, unit) =
                (material::element(at % ELEMENTS), material::clinic(at / ELEMENTS % CLINICS));
            let value = format!("{element}/{unit}={}", at + 1);
            let rows = [(element, unit, (at + 1).to_string())].into_iter();
            let file = material::values_file(&material::past_month(1), rows).to_string();
            let saved = session.import_bytes(file.into_bytes(), &Silent, &CancelToken::new());
            assert_eq!(saved.expect("saved").saved, 1);
            let log = fs::read(log_of(&database)).expect("a log");
            let end = end_of_frames(&log);
            acknowledged.push(Acknowledged { value, salts: salts(&log).to_vec(), end });
        }
        let log = fs::read(log_of(&database)).expect("a log");
        let back = written_back(&database);
        println!("round {round}: {} bytes of log, written back to {back}", log.len());
        for _ in 0..10 {
            let from = back.min(log.len());
            let at = from + dice.place(log.len() - from + 1);
            let (_copy, found) = cut(&device.home(), at);
            let must = acknowledged.iter().filter(|it| it.salts != salts(&log) || it.end <= at);
            for kept in must {
                assert!(found.values.contains(&kept.value), "{} lost, cut at {at}", kept.value);
                strict += 1;
            }
            // One transaction each: what is there has no gaps.
            let known = acknowledged.iter().map(|it| &it.value).take(found.values.len());
            assert!(known.eq(found.values.iter()), "cut at {at}: not a prefix");
            let is_half = found.values.last().is_some_and(|it| it.starts_with("person/"));
            assert!(!is_half, "cut at {at}: a person without the enrolment");
        }
    }
    assert!(strict > 1_000, "only {strict} values were looked at");
}

#[test]
fn a_home_whose_import_was_killed_opens_wherever_its_log_ends() {
    let (cuts, mut dice) = (number("OUTPOST_CUTS", 60), Dice::new(number("OUTPOST_SEED", 1)));
    let device = ready();
    let before = format!("{}=7", material::element(0));
    let month = material::past_month(2);
    let slice = ["record", "set", "--data-set", material::DATA_SET, "--period", &month];
    let unit = material::clinic(0);
    device.json(&[&slice[..], &["--org-unit", &unit, &before]].concat());

    let cells = (0..CLINICS).flat_map(|unit| (0..ELEMENTS).map(move |element| (element, unit)));
    let rows = cells
        .map(|(element, unit)| (material::element(element), material::clinic(unit), "3".into()));
    let file = device.beside("values.json");
    let values = material::values_file(&material::past_month(1), rows);
    fs::write(&file, values.to_string()).expect("written");
    let path = file.to_string_lossy().into_owned();
    let mut cut_logs = 0;
    for _ in 0..cuts.div_ceil(10) {
        let home = Device::copy_of(&device.home());
        let mut child = home.spawn(&["import", &path]);
        let (most, begin) = (dice.below(900_000), Instant::now());
        let length = || fs::metadata(log_of(&home.database())).map_or(0, |it| it.len());
        while length() < most && begin.elapsed() < PATIENCE {
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // It may be done already; then its log is gone and there is nothing to cut.
        child.kill().ok();
        let ran = ended(child);
        let log = usize::try_from(length()).unwrap_or(0);
        let back = written_back(&home.database()).min(log);
        println!("ended with {}, {log} bytes of log, written back to {back}", ran.code);
        if log == 0 {
            continue;
        }
        for _ in 0..10 {
            cut_logs += 1;
            let (copy, found) = cut(&home.home(), back + dice.place(log - back + 1));
            let kept = format!("{}/{unit}=7", material::element(0));
            assert_eq!(found.values.first(), Some(&kept), "what was acknowledged before");
            let batch = |count: usize| count.is_multiple_of(500) || count == CLINICS * ELEMENTS;
            assert!(batch(found.values.len() - 1), "half a batch: {}", found.values.len());
            if cut_logs % 10 == 1 {
                copy.verify_journal();
                let report = copy.json(&["import", &path]);
                assert_eq!(report["refused"], 0, "{report}");
                let all = CLINICS * ELEMENTS + 1;
                assert_eq!(copy.json(&["status"])["unsent"], all, "the rest of the file");
            }
        }
    }
    assert!(cut_logs > 0, "no import was killed while it had a log");
}
