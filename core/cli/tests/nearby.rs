//! Two phones and a tablet in one room: a connection that breaks half way, several phones in one session,
//! receipts and forms back, all outboxes settled in the end.

mod desk;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use desk::field::Field;
use desk::{Ran, days_ago};
use outpost_nearby::invitation::Invitation;
use serde_json::{Value, json};

/// Bytes after which the bad connection breaks.
const CUT_AFTER: u64 = 100 * 1024;
const EVENTS: u64 = 6_000;

/// A tablet that shows an invitation.
struct Tablet {
    child: Child,
    lines: BufReader<ChildStdout>,
    invitation: String,
}

impl Tablet {
    fn open(field: &Field, rest: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_outpost"))
            .args(["nearby", "receive", "--json", "--addresses", "127.0.0.1"])
            .args(rest)
            .env("OUTPOST_HOME", field.desk.folder.path().join("tablet"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        let shown: Value = serde_json::from_str(&line).expect("JSON");
        let invitation = shown["invitation"].as_str().expect("an invitation").to_owned();
        Self { child, lines, invitation }
    }

    /// The report at the end.
    fn ended(mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        assert!(self.child.wait().expect("it ends").success());
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Ctrl+C.
    fn interrupt(self) -> Value {
        let pid = self.child.id().to_string();
        let stopped = Command::new("kill").args(["-INT", &pid]).status().expect("kill");
        assert!(stopped.success());
        self.ended()
    }
}

impl Drop for Tablet {
    fn drop(&mut self) {
        // A test that failed leaves nobody listening.
        self.child.kill().ok();
    }
}

/// A connection that breaks after so many bytes, and then does not come back until it is mended.
struct BadWifi {
    invitation: String,
    carried: Arc<AtomicU64>,
    is_mended: Arc<AtomicBool>,
}

impl BadWifi {
    fn to(invitation: &str) -> Self {
        let mut shown = Invitation::parse(invitation).expect("an invitation");
        let target = (shown.addresses[0], shown.port);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        shown.port = listener.local_addr().expect("an address").port();
        let (carried, is_mended) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (counter, mended) = (Arc::clone(&carried), Arc::clone(&is_mended));
        std::thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let is_broken = counter.load(Ordering::SeqCst) >= CUT_AFTER;
                if is_broken && !mended.load(Ordering::SeqCst) {
                    continue;
                }
                let tablet = TcpStream::connect(target).expect("the tablet listens");
                let (mut back, mut forth) =
                    (tablet.try_clone().expect("a socket"), phone.try_clone().expect("a socket"));
                std::thread::spawn(move || drop(std::io::copy(&mut back, &mut forth)));
                let (counter, mended) = (Arc::clone(&counter), Arc::clone(&mended));
                std::thread::spawn(move || carry(phone, tablet, &counter, &mended));
            }
        });
        Self { invitation: shown.to_text(), carried, is_mended }
    }

    fn mend(&self) -> u64 {
        self.is_mended.store(true, Ordering::SeqCst);
        self.carried.swap(0, Ordering::SeqCst)
    }
}

fn carry(mut phone: TcpStream, mut tablet: TcpStream, counter: &AtomicU64, mended: &AtomicBool) {
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = phone.read(&mut piece) {
        let carried = counter.fetch_add(count as u64, Ordering::SeqCst);
        let is_cut = carried + count as u64 >= CUT_AFTER && !mended.load(Ordering::SeqCst);
        if is_cut || tablet.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    for socket in [phone, tablet] {
        socket.shutdown(Shutdown::Both).ok();
    }
}

fn send(field: &Field, home: &str, invitation: &str) -> Ran {
    field.desk.run_at(home, &["nearby", "send", "--invitation", "-", "--json"], invitation)
}

#[track_caller]
fn sent(field: &Field, home: &str, invitation: &str) -> Value {
    let ran = send(field, home, invitation);
    assert_eq!(ran.code, 0, "{home}: {} {}", ran.stdout, ran.stderr);
    ran.json()
}

/// A month of a busy phone.
fn many_events(field: &Field, home: &str) {
    let (mut state, day) = (7_u64, days_ago(3));
    let mut id = |_| {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(letters[(state >> 33) as usize % letters.len()])
        };
        (0..11).map(letter).collect::<String>()
    };
    let event = |number: u64| {
        json!({ "event": id(number), "program": "PrFeverVisi", "programStage": "PsFeverVisi",
            "orgUnit": "OuClinicAaa", "occurredAt": day, "status": "COMPLETED", "dataValues": [
                { "dataElement": "DeEvAge0000", "value": (number % 90).to_string() },
                { "dataElement": "DeEvSex0000", "value": "F" }] })
    };
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    let path = field.stick("events.json").display().to_string();
    std::fs::write(&path, json!({ "events": events }).to_string()).expect("written");
    let report = field.done(home, &["import", &path]);
    assert_eq!(report["saved"], EVENTS, "{report}");
}

fn unsent(field: &Field, home: &str) -> Value {
    field.done(home, &["status"])["unsent"].clone()
}

/// What a phone was given of a kind.
fn given<'a>(visit: &'a Value, kind: &str) -> Vec<&'a Value> {
    let received = visit["received"].as_array().expect("files");
    received.iter().filter(|file| file["kind"] == kind).collect()
}

#[test]
fn two_phones_meet_a_tablet_and_one_of_them_has_a_bad_connection() {
    let field = Field::new();
    many_events(&field, "phone1");
    field.event("phone2", "6");
    // The tablet has forms of the centre that the phones do not have yet.
    field.offline(false);
    assert_eq!(field.desk.login_at("centre", "admin", "district").code, 0);
    field.done("centre", &["exchange", "card", "--name", "Ministry", "--role", "centre"]);
    let package = field.stick("package.tar").display().to_string();
    let make = ["package", "make", "--set", "National", "--from-server", "--out", &package];
    field.done("centre", &make);
    for home in ["tablet", "phone1", "phone2"] {
        field.meet(home, "centre");
    }
    field.done("tablet", &["package", "apply", &package]);
    field.offline(true);

    let tablet = Tablet::open(&field, &[]);
    let wifi = BadWifi::to(&tablet.invitation);
    let ran = send(&field, "phone1", &wifi.invitation);
    assert_eq!(ran.code, 4, "{} {}", ran.stdout, ran.stderr);
    // Another phone is not held up by it.
    let visit = sent(&field, "phone2", &tablet.invitation);
    assert_eq!(given(&visit, "receipt")[0]["report"]["receipt"]["held"], 1, "{visit}");
    assert_eq!(given(&visit, "package")[0]["number"], 1, "{visit}");
    let carried = wifi.mend();
    assert!(carried >= CUT_AFTER, "{carried}");
    let visit = sent(&field, "phone1", &wifi.invitation);
    let (file, again) = (&visit["sent"][0], wifi.mend());
    let bytes = file["bytes"].as_u64().expect("a size");
    assert!(bytes > CUT_AFTER && again < bytes, "{again} of {bytes} bytes went again: {visit}");
    assert_eq!(given(&visit, "receipt")[0]["report"]["receipt"]["held"], EVENTS, "{visit}");
    let report = tablet.interrupt();
    assert_eq!(report["phones"].as_array().map(Vec::len), Some(2), "{report}");
    let names: Vec<&Value> =
        report["phones"].as_array().expect("phones").iter().map(|phone| &phone["who"]).collect();
    assert!(names.contains(&&json!("Phone 17")) && names.contains(&&json!("Phone 18")), "{report}");
    assert_eq!(unsent(&field, "tablet"), EVENTS + 1);

    // The tablet finds network; at the next meeting the phones learn it.
    field.offline(false);
    field.push("tablet");
    field.offline(true);
    let tablet = Tablet::open(&field, &["--until-idle", "2"]);
    for (home, settled) in [("phone1", EVENTS), ("phone2", 1)] {
        let visit = sent(&field, home, &tablet.invitation);
        assert_eq!(visit["sent"], json!([]), "{visit}");
        assert_eq!(given(&visit, "receipt")[0]["report"]["receipt"]["settled"], settled, "{visit}");
        assert_eq!(given(&visit, "package").len(), 0, "it has the package: {visit}");
        assert_eq!(unsent(&field, home), 0);
    }
    let report = tablet.ended();
    assert_eq!(report["phones"].as_array().map(Vec::len), Some(2), "{report}");
    assert_eq!(unsent(&field, "tablet"), 0);
}

#[test]
fn an_invitation_of_another_session_lets_nobody_in() {
    let field = Field::new();
    let tablet = Tablet::open(&field, &[]);
    let first = tablet.invitation.clone();
    tablet.interrupt();
    let ran = send(&field, "phone1", &first);
    assert_eq!(ran.code, 4, "nobody listens any more: {}", ran.stdout);
    let ran = send(&field, "phone1", "OUTPOST:A card and no invitation");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("no_invitation")));
}
