//! A stick on which everything lies that a stick may bring, one thing a row: nothing but what begins
//! like a file of ours is given out, everything else is counted by its reason and left as it was.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "says what was skipped")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use outpost_engine::medium::look_through;
use outpost_engine::medium::{Ignored, MediumLimits, MediumReport, OurKind, Unfinished};

/// What begins like a data-exchange file.
fn ours() -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..13].copy_from_slice(b"manifest.json");
    bytes[156] = b'0';
    bytes[257..263].copy_from_slice(b"ustar\0");
    bytes.extend_from_slice(b"{\n  \"format\": \"outpost-exchange\",\n  \"version\": 1");
    bytes
}

struct Stick(tempfile::TempDir);

impl Stick {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let path = self.path().join(name.as_ref());
        fs::create_dir_all(path.parent().expect("inside")).expect("folders");
        path
    }

    fn put(&self, name: impl AsRef<OsStr>, content: &[u8]) {
        fs::write(self.at(name), content).expect("written");
    }

    fn look(&self, limits: &MediumLimits) -> (MediumReport, Vec<(String, OurKind)>) {
        let mut found = Vec::new();
        let report = look_through(self.path(), limits, &|| 0, &mut |file| {
            found.push((file.shown.clone(), file.kind));
            Ok(true)
        });
        (report.expect("a readable stick"), found)
    }
}

/// One attack: how it is put on the stick, and how it is reported.
type Attack = (&'static str, fn(&Stick), Ignored, u64);

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

fn noise(path: &Path, bytes: u64) {
    File::create(path).and_then(|file| file.set_len(bytes)).expect("a sparse file");
}

const ATTACKS: &[Attack] = &[
    (
        "the name of ours on a text",
        |s| s.put("outpost-data-000001.tar", b"hi"),
        Ignored::LookAlike,
        1,
    ),
    (
        "ours with a byte before it",
        |s| s.put("a.tar", &[b"x", &ours()[..]].concat()),
        Ignored::LookAlike,
        1,
    ),
    (
        "ours as a link in the archive",
        |s| {
            let mut link = ours();
            link[156] = b'2';
            s.put("b.tar", &link);
        },
        Ignored::LookAlike,
        1,
    ),
    ("a zip of death", |s| s.put("42.zip", b"PK\x03\x04\x14\0"), Ignored::Archive, 1),
    ("a gzip of death", |s| s.put("zeros.gz", b"\x1f\x8b\x08\0"), Ignored::Archive, 1),
    ("a zstd of death", |s| s.put("zeros.zst", b"\x28\xb5\x2f\xfd"), Ignored::Archive, 1),
    (
        "an age file that asks for a passphrase",
        |s| s.put("x", b"age-encryption.org/v1\n"),
        Ignored::Archive,
        1,
    ),
    (
        "a link out of the stick",
        |s| symlink("/etc/passwd", s.at("p")).expect("link"),
        Ignored::Link,
        1,
    ),
    (
        "a link to ours elsewhere",
        |s| {
            let other = std::env::temp_dir().join(format!("outpost-linked-{}", std::process::id()));
            fs::write(&other, ours()).expect("written");
            symlink(&other, s.at("outpost.tar")).expect("link");
        },
        Ignored::Link,
        1,
    ),
    (
        "a folder that links to its parent",
        |s| symlink("..", s.at("d/up")).expect("link"),
        Ignored::Link,
        1,
    ),
    (
        "links in a ring",
        |s| {
            symlink("two", s.at("one")).expect("link");
            symlink("one", s.at("two")).expect("link");
        },
        Ignored::Link,
        2,
    ),
    (
        "a link to a device",
        |s| symlink("/dev/zero", s.at("zero.tar")).expect("link"),
        Ignored::Link,
        1,
    ),
    (
        "a link to a folder of the system",
        |s| symlink("/proc", s.at("proc")).expect("link"),
        Ignored::Link,
        1,
    ),
    ("autorun", |s| s.put("AUTORUN.INF", b"[autorun]\nopen=x.exe"), Ignored::Autorun, 1),
    ("a program", |s| s.put("Photos.exe", b"MZ\x90\0"), Ignored::Program, 1),
    (
        "a program in the name of ours",
        |s| s.put("outpost-data-2.tar", b"\x7fELF\x02"),
        Ignored::Program,
        1,
    ),
    ("a script", |s| s.put("install", b"#!/bin/sh\nrm -rf /\n"), Ignored::Program, 1),
    ("a shortcut", |s| s.put("My files.lnk", b"L\0\0\0\x01\x14\x02\0"), Ignored::Shortcut, 1),
    (
        "a document with a macro",
        |s| s.put("list.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        Ignored::Document,
        1,
    ),
    ("a pipe that nobody writes to", |s| pipe(&s.at("outpost-data-3.tar")), Ignored::Pipe, 1),
    (
        "a socket",
        |s| drop(std::os::unix::net::UnixListener::bind(s.at("sock")).expect("a socket")),
        Ignored::Pipe,
        1,
    ),
    ("nothing in a file", |s| s.put("outpost-data-4.tar", b""), Ignored::Empty, 1),
    ("ten gigabytes of nothing", |s| noise(&s.at("noise.bin"), 10 << 30), Ignored::Other, 1),
    (
        "ours and ten gigabytes behind it",
        |s| {
            s.put("big.tar", &ours());
            let file = File::options().write(true).open(s.at("big.tar")).expect("open");
            file.set_len(10 << 30).expect("a sparse file");
        },
        Ignored::TooLarge,
        1,
    ),
    (
        "folders without end",
        |s| s.put(["d"; 40].join("/") + "/ours.tar", &ours()),
        Ignored::TooDeep,
        1,
    ),
    (
        "a name that hides its ending",
        |s| s.put("outpost-\u{202e}rat.exe", b"MZ"),
        Ignored::Program,
        1,
    ),
    (
        "a name that is no text",
        |s| s.put(OsStr::from_bytes(b"caf\xe9.doc"), b"x"),
        Ignored::Other,
        1,
    ),
    ("a name of 255 bytes", |s| s.put("n".repeat(255), b"x"), Ignored::Other, 1),
    ("a name that moves the cursor", |s| s.put("a\x1b[2J\nb", b"x"), Ignored::Other, 1),
    ("a name that looks like an option", |s| s.put("--to", b"x"), Ignored::Other, 1),
    ("a name like a way out", |s| s.put("..\\..\\etc", b"x"), Ignored::Other, 1),
];

#[test]
fn every_attack_is_ignored_for_its_reason_and_left_as_it_was() {
    for (name, attack, reason, count) in ATTACKS {
        let stick = Stick::new();
        attack(&stick);
        let before = listing(stick.path());
        let (report, found) = stick.look(&MediumLimits::default());
        assert_eq!(found, [], "{name}");
        let group = report.ignored.get(reason).unwrap_or_else(|| panic!("{name}: {report:?}"));
        assert_eq!((group.count, report.ignored.len()), (*count, 1), "{name}: {report:?}");
        assert_eq!(report.unfinished, None, "{name}");
        assert!(report.looked_at_bytes <= 2 * 1_024, "{name}: {}", report.looked_at_bytes);
        for shown in report.ignored.values().flat_map(|group| &group.names) {
            let is_plain = |letter: char| !letter.is_control() && letter != '\u{202e}';
            assert!(shown.chars().all(is_plain), "{name}: {shown:?}");
            assert!(shown.chars().count() < 160, "{name}");
        }
        assert_eq!(listing(stick.path()), before, "{name}");
    }
}

/// Everything below a folder with what it is, without following links.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u32, u64, i64)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        let meta = fs::symlink_metadata(&path).expect("there");
        all.insert(path.clone(), (meta.mode(), meta.len(), meta.mtime()));
        if meta.is_dir() {
            all.extend(listing(&path));
        }
    }
    all
}

#[test]
fn ours_is_found_among_all_of_it_whatever_it_is_called() {
    let stick = Stick::new();
    for (_, attack, ..) in ATTACKS {
        // Two of them want the same name: one is enough.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attack(&stick)));
    }
    stick.put("DCIM/holiday.jpg", &ours());
    stick.put("part", b"outpost-part 1 and so on");
    let (report, found) = stick.look(&MediumLimits::default());
    let names: Vec<_> = found.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    assert_eq!(names, [("DCIM/holiday.jpg", OurKind::Exchange), ("part", OurKind::Part)]);
    assert!(report.is_suspicious() && report.ignored.len() > 10, "{report:?}");
}

#[test]
fn a_device_is_not_opened() {
    // The system's own devices, as only an administrator may make others.
    let limits = MediumLimits { depth_max: 0, ..MediumLimits::default() };
    let zero = fs::symlink_metadata("/dev/zero").is_ok_and(|it| it.file_type().is_char_device());
    if !zero {
        println!("skipped: no devices here");
        return;
    }
    let mut found = 0;
    let report = look_through(Path::new("/dev"), &limits, &|| 0, &mut |_| {
        found += 1;
        Ok(true)
    });
    let report = report.expect("readable");
    assert!(report.ignored[&Ignored::Device].count > 0 && found == 0, "{report:?}");
}

#[test]
fn a_stick_without_end_is_looked_at_within_limits_and_said_so() {
    let stick = Stick::new();
    for number in 0..300 {
        stick.put(format!("noise-{number:03}"), &[b'x'; 2_000]);
    }
    stick.put("zzz", &ours());
    let limits = MediumLimits::default();
    let (all, found) = stick.look(&limits);
    assert_eq!((all.entries, found.len(), all.unfinished), (301, 1, None));
    assert_eq!(all.ignored[&Ignored::Other].names.len(), limits.names_shown_max);
    assert_eq!(all.ignored[&Ignored::Other].count, 300);

    let (few, _) = stick.look(&MediumLimits { entries_max: 100, ..limits });
    assert_eq!(few.entries, 100);
    assert_eq!(few.unfinished, Some(Unfinished::Entries));
    let (few, _) = stick.look(&MediumLimits { looked_at_bytes_max: 10 * 1_024, ..limits });
    assert_eq!((few.looked_at_bytes, few.unfinished), (10 * 1_024, Some(Unfinished::Bytes)));

    let calls = std::cell::Cell::new(0);
    let late = || {
        calls.set(calls.get() + 1);
        calls.get()
    };
    let limits = MediumLimits { ms_max: 50, ..limits };
    let report = look_through(stick.path(), &limits, &late, &mut |_| Ok(true)).expect("readable");
    assert_eq!((report.unfinished, report.entries), (Some(Unfinished::Time), 49));
}

#[test]
fn what_cannot_be_read_is_counted_and_stops_nothing() {
    let stick = Stick::new();
    stick.put("closed/ours.tar", &ours());
    stick.put("open.tar", &ours());
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(stick.path().join("closed"), closed).expect("chmod");
    let (report, found) = stick.look(&MediumLimits::default());
    fs::set_permissions(stick.path().join("closed"), fs::Permissions::from_mode(0o700)).ok();
    if found.len() == 2 {
        println!("skipped: this user may read everything");
        return;
    }
    assert_eq!((found.len(), report.ignored[&Ignored::Unreadable].count), (1, 1));
}

#[test]
fn a_file_is_moved_only_as_long_as_its_name_means_it() {
    let stick = Stick::new();
    stick.put("in/ours.tar", &ours());
    stick.put("aside/taken.tar", b"an earlier one");
    let aside: std::os::fd::OwnedFd =
        File::open(stick.path().join("aside")).expect("a folder").into();
    let inbox = stick.path().join("in");
    let limits = MediumLimits::default();
    let mut moved = Vec::new();
    look_through(&inbox, &limits, &|| 0, &mut |file| {
        // Nothing that is there is replaced.
        moved.push(file.move_into(&aside, "taken.tar"));
        assert!(file.is_unchanged());
        // Somebody puts a link to elsewhere in its place, or another file.
        fs::rename(inbox.join("ours.tar"), inbox.join("hidden")).expect("renamed");
        symlink("/etc/passwd", inbox.join("ours.tar")).expect("a link");
        moved.push(file.move_into(&aside, "link"));
        fs::remove_file(inbox.join("ours.tar")).expect("removed");
        fs::write(inbox.join("ours.tar"), "another").expect("written");
        moved.push(file.move_into(&aside, "other"));
        fs::rename(inbox.join("hidden"), inbox.join("ours.tar")).expect("renamed");
        moved.push(file.move_into(&aside, "ours"));
        Ok(false)
    })
    .expect("readable");
    assert_eq!(moved, [false, false, false, true]);
    let kept = fs::read(stick.path().join("aside/taken.tar")).expect("there");
    assert_eq!(kept, b"an earlier one");
    assert_eq!(fs::read(stick.path().join("aside/ours")).expect("there"), ours());
}
