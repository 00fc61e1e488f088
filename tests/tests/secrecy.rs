//! Ten thousand planted values, names and the password: nothing of it can be read in any file, while
//! the client works, after it was killed, and when it has ended.
//!
//! Looked for as text, in UTF-16, base64 and hexadecimal.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::HashSet;
use std::fs;
use std::io::BufRead as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::{Device, ended};
use outpost_tests::rig::material::{self, DATA_SET, Size};
use outpost_tests::rig::number;
use outpost_tests::rig::road::{Fate, Road};
use outpost_tests::rig::server::{PASSWORD, Server, USER};
use outpost_tests::sim::Dice;
use serde_json::{Value, json};

const CLINICS: usize = 100;
/// Months of remarks, each of every clinic.
const MONTHS: usize = 60;
/// Months in one file.
const MONTHS_A_FILE: usize = 12;
/// Further values, in events.
const EVENTS: usize = 4_000;

/// What is planted: 16 bytes each, so that a window over a file can be looked up.
fn planted(number: usize) -> String {
    format!("plantedKX{number:07}")
}

/// What is looked for.
struct Needles {
    /// Sets of planted values in some notation, all of one length.
    windows: Vec<(usize, HashSet<Vec<u8>>)>,
    /// Names and the like, in plain.
    words: Vec<String>,
}

impl Needles {
    fn new(count: usize, words: Vec<String>) -> Self {
        type Notation = fn(&str) -> Vec<u8>;
        let notations: [Notation; 7] = [
            |text| text.as_bytes().to_vec(),
            |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            |text| text.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
            |text| text.bytes().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect(),
            // A value can begin at any of three places in the groups of base64.
            |text| BASE64.encode(&text[..15]).into_bytes(),
            |text| BASE64.encode(&text[1..16]).into_bytes(),
            |text| BASE64.encode(&text[2..14]).into_bytes(),
        ];
        let all = |notation: Notation| -> HashSet<Vec<u8>> {
            (0..count).map(|number| notation(&planted(number))).collect()
        };
        let windows = notations.into_iter().map(all);
        let windows = windows.map(|set| (set.iter().next().map_or(0, Vec::len), set));
        Self { windows: windows.collect(), words }
    }

    fn search_bytes(&self, name: &str, bytes: &[u8], found: &mut Vec<String>) {
        for (length, set) in &self.windows {
            // The planted values share their beginning.
            let Some(first) = set.iter().next().map(|it| it[0]) else { continue };
            let mut windows = starts(bytes, first).filter_map(|at| bytes.get(at..at + length));
            if let Some(hit) = windows.find(|it| set.contains(*it)) {
                found.push(format!("{:?} in {name}", String::from_utf8_lossy(hit)));
            }
        }
        for word in self.words.iter().map(String::as_bytes) {
            let is_there = starts(bytes, word[0]).any(|at| bytes[at..].starts_with(word));
            if is_there {
                found.push(format!("{} in {name}", String::from_utf8_lossy(word)));
            }
        }
    }

    /// Looks through every file under a folder, and at their names; gives back the bytes seen.
    fn search(&self, folder: &Path, found: &mut Vec<String>) -> usize {
        let mut looked_at = 0;
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            self.search_bytes(&name, name.as_bytes(), found);
            if path.is_dir() {
                looked_at += self.search(&path, found);
                continue;
            }
            // A file that vanished meanwhile holds nothing.
            let bytes = fs::read(&path).unwrap_or_default();
            looked_at += bytes.len();
            self.search_bytes(&name, &bytes, found);
        }
        looked_at
    }

    #[track_caller]
    fn none_in(&self, device: &Device, when: &str) {
        let mut found = Vec::new();
        let bytes = self.search(&device.home(), &mut found);
        self.search(&device.beside("tmp"), &mut found);
        println!("{when}: {bytes} bytes hold nothing");
        assert!(found.is_empty(), "{when}: {found:?}");
        assert!(bytes > 100_000, "{when}: only {bytes} bytes were there to look at");
    }
}

/// Where a byte stands. By the standard library's own search: megabytes are looked through often.
fn starts(bytes: &[u8], first: u8) -> impl Iterator<Item = usize> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let skipped = rest.skip_until(first).unwrap_or(0);
        let at = (bytes.len() - rest.len()).checked_sub(1)?;
        (skipped > 0 && bytes[at] == first).then_some(at)
    })
}

/// The files with the planted values, ready to be imported.
fn files(device: &Device) -> Vec<String> {
    let write = |name: String, file: &Value| {
        let path = device.beside(&name);
        fs::write(&path, file.to_string()).expect("written");
        path.to_string_lossy().into_owned()
    };
    let mut paths = Vec::new();
    for file in 0..MONTHS / MONTHS_A_FILE {
        let cells = (0..MONTHS_A_FILE * CLINICS).map(|at| at + file * MONTHS_A_FILE * CLINICS);
        let value = |at: usize| {
            let back = i64::try_from(at / CLINICS).expect("a small number") + 1;
            json!({
                "dataElement": material::element(0), "period": material::past_month(back),
                "orgUnit": material::clinic(at % CLINICS), "value": planted(at),
            })
        };
        let values: Value = cells.map(value).collect();
        let content = json!({"dataSet": DATA_SET, "dataValues": values});
        paths.push(write(format!("values{file}.json"), &content));
    }
    let rows = (0..EVENTS).map(|at| {
        let value = planted(MONTHS * CLINICS + at);
        (material::event_id(at), material::clinic(at % CLINICS), at.to_string(), value)
    });
    let file = material::events_file(&material::past_day(1), rows);
    paths.push(write("events.json".to_owned(), &file));
    paths
}

/// Runs a command with its temporary files in a folder that is searched as well; kills it once the
/// write-ahead log has so many bytes, or after some time.
fn killed(device: &Device, arguments: &[&str], log_bytes: u64, patience: Duration) {
    let mut log = device.database().into_os_string();
    log.push("-wal");
    let mut command = device.command(arguments);
    let mut child = command.env("TMPDIR", device.beside("tmp")).spawn().expect("it starts");
    let begin = Instant::now();
    while begin.elapsed() < patience {
        let is_long = fs::metadata(&log).is_ok_and(|it| it.len() >= log_bytes);
        if is_long || child.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().ok();
    let _ = ended(child);
}

#[test]
fn the_search_finds_what_is_planted() {
    let needles = Needles::new(10, vec!["Akello".to_owned()]);
    let folder = tempfile::tempdir().expect("a folder");
    let text = planted(3);
    let shifted = |by: usize| BASE64.encode(format!("{}{text} and so on", "x".repeat(by)));
    let hidden = [
        text.clone(),
        shifted(0),
        shifted(1),
        shifted(2),
        text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        text.encode_utf16().flat_map(u16::to_le_bytes).map(char::from).collect(),
        "Ms Akello".to_owned(),
    ];
    for (at, content) in hidden.iter().enumerate() {
        let mut found = Vec::new();
        fs::write(folder.path().join("file"), content).expect("written");
        needles.search(folder.path(), &mut found);
        assert_eq!(found.len(), 1, "{at}: {found:?}");
    }
}

#[test]
fn no_file_tells_what_was_entered_or_by_whom_also_after_a_kill() {
    let size = Size { clinics: CLINICS, assigned: CLINICS, elements: 0, remark: true };
    let server = Server::with(MetadataSource::Json(material::package(size)), "2.42.4");
    let road = Road::to(server.url());
    let device = Device::new();
    fs::create_dir_all(device.beside("tmp")).expect("a folder");
    device.ready(&road.url());
    let address = road.url().trim_start_matches("http://").to_owned();
    let words =
        [USER, PASSWORD, "Wide report", "Remark of the visit", "Clinic 4", "North District"];
    let words = words.into_iter().map(str::to_owned).chain([address]).collect();
    let count = MONTHS * CLINICS + EVENTS;
    let needles = Needles::new(count, words);
    let mut dice = Dice::new(number("OUTPOST_SEED", 1));

    let (patience, paths) = (Duration::from_secs(30), files(&device));
    for (at, path) in paths.iter().enumerate() {
        if at % 2 == 0 || at + 1 == paths.len() {
            killed(&device, &["import", path], 40_000 + dice.below(400_000), patience);
            needles.none_in(&device, "an import was killed");
        }
        let report = device.json(&["import", path]);
        assert_eq!(report["refused"], 0, "{report}");
    }
    assert_eq!(device.json(&["status"])["unsent"], count);
    needles.none_in(&device, "everything waits");

    // Some are refused, the answers with the reasons are kept too; then the client dies.
    road.rule(|number, request| match request.start().first().map(String::as_str) {
        Some("POST") if number % 3 == 2 => Fate::LoseAnswer,
        _ => Fate::Pass,
    });
    killed(&device, &["push"], 100_000 + dice.below(400_000), patience);
    needles.none_in(&device, "a push was killed");
    road.heal();
    let report = device.json(&["sync"]);
    assert_eq!(report["stopped"], Value::Null, "{report}");
    assert_eq!(server.values(DATA_SET).len(), MONTHS * CLINICS);
    killed(&device, &["pull"], 10_000 + dice.below(100_000), patience);
    needles.none_in(&device, "everything is sent");
    device.json(&["logout"]);
    needles.none_in(&device, "nobody is signed in");
}
