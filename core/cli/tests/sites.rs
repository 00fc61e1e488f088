//! A site with little or no network: its inbox and outbox, a hostile stick, its health, everything for
//! the centre, and its replacement from a backup.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "says what was skipped")]

mod desk;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use desk::field::{Field, text};
use serde_json::{Value, json};

/// Gives the tablet an inbox and an outbox, and makes it work offline.
fn with_boxes(field: &Field) -> (String, String) {
    let folder = |name: &str| {
        let path = field.desk.folder.path().join(name);
        fs::create_dir(&path).expect("a folder");
        path.display().to_string()
    };
    let (inbox, outbox) = (folder("inbox"), folder("outbox"));
    let set = ["site", "set", "--mode", "offline", "--inbox", &inbox, "--outbox", &outbox];
    assert_eq!(field.done("tablet", &set)["mode"], "offline");
    (inbox, outbox)
}

#[track_caller]
fn watch(field: &Field) -> Value {
    field.done("tablet", &["site", "watch", "--once", "--settle", "0"])
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

#[test]
fn an_inbox_takes_in_what_is_ours_once_and_the_outbox_answers() {
    let field = Field::new();
    let (inbox, outbox) = with_boxes(&field);
    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    let holiday = format!("{inbox}/holiday.jpg");
    fs::copy(&file, &holiday).expect("copied");
    fs::write(format!("{inbox}/outpost-data-1.tar"), "no file of ours").expect("written");

    let round = watch(&field);
    assert_eq!(round["taken"][0]["report"]["new"], 1, "{round}");
    assert_eq!(round["taken"][0]["moved"], true, "{round}");
    assert_eq!(round["medium"]["ignored"]["look_alike"]["count"], 1, "{round}");
    assert_eq!(field.states("tablet"), ["pending"]);
    // What was taken is aside, what is none of ours is where it was.
    assert_eq!(names(&inbox), ["outpost-data-1.tar"]);
    let taken = names(&format!("{inbox}.taken"));
    assert!(taken[0].ends_with("-holiday.jpg"), "{taken:?}");
    assert_eq!(fs::read(format!("{inbox}.taken/{}", taken[0])).ok(), fs::read(&file).ok());

    // The receipt is in the outbox, once; the phone knows that its record is held.
    let receipts = names(&outbox);
    assert_eq!(receipts.len(), 1, "{round}");
    let told = field.import("phone1", &format!("{outbox}/{}", receipts[0]));
    assert_eq!(told["report"]["receipt"]["held"], 1, "{told}");
    let round = watch(&field);
    assert_eq!((&round["taken"], &round["written"]["files"]), (&json!([]), &json!([])), "{round}");

    // The same file again brings nothing, and is moved as well.
    fs::copy(&file, &holiday).expect("copied");
    let round = watch(&field);
    assert_eq!(round["taken"][0]["file"]["plan"], "known", "{round}");
    assert_eq!(names(&inbox), ["outpost-data-1.tar"]);
    assert_eq!(field.states("tablet"), ["pending"]);
}

#[test]
fn a_file_that_still_grows_is_waited_for() {
    let field = Field::new();
    let (inbox, _) = with_boxes(&field);
    field.event("phone1", "4");
    let whole = fs::read(field.write("phone1", &[])).expect("a file");
    let path = format!("{inbox}/file.tar");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let (end, slow) = (whole[whole.len() / 2..].to_vec(), path.clone());
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        let mut file = fs::File::options().append(true).open(slow).expect("open");
        // While the inbox is looked at the first and the second time.
        for piece in end.chunks(end.len().div_ceil(12)) {
            std::thread::sleep(std::time::Duration::from_millis(300));
            file.write_all(piece).expect("written");
        }
    });
    let round = field.done("tablet", &["site", "watch", "--once", "--settle", "1"]);
    assert_eq!((&round["growing"], &round["left"]), (&json!(["file.tar"]), &json!([])), "{round}");
    writer.join().expect("written");
    let round = field.done("tablet", &["site", "watch", "--once", "--settle", "1"]);
    assert_eq!(round["taken"][0]["report"]["new"], 1, "{round}");
}

#[test]
fn of_a_hostile_stick_only_what_is_verified_is_taken_in_and_nothing_on_it_is_touched() {
    let field = Field::new();
    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    let stick = field.stick("");
    fs::create_dir_all(stick.join("a/b")).expect("folders");
    fs::rename(&file, stick.join("a/b/IMG_0001.JPG")).expect("moved");
    let whole = fs::read(stick.join("a/b/IMG_0001.JPG")).expect("a file");
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(stick.join("changed.tar"), changed).expect("written");
    fs::write(stick.join("autorun.inf"), "[autorun]\nopen=x.exe").expect("written");
    fs::write(stick.join("x.exe"), "MZ").expect("written");
    fs::write(stick.join("42.zip"), "PK\x03\x04").expect("written");
    symlink("..", stick.join("a/up")).expect("a link");
    symlink("/etc/passwd", stick.join("outpost-data-9.tar")).expect("a link");
    let pipe = stick.join("pipe.tar");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let noise = fs::File::create(stick.join("noise")).expect("a file");
    noise.set_len(10 << 30).expect("a sparse file");
    let before = listing(&stick);

    let stick = stick.display().to_string();
    let ran = field.desk.run_at("tablet", &["exchange", "import", &stick, "--json"], "");
    assert_eq!(ran.code, 2, "{} {}", ran.stdout, ran.stderr);
    let report = &ran.json()["files"][0];
    let taken = report["taken"].as_array().expect("taken");
    assert_eq!((taken.len(), &taken[0]["path"]), (1, &json!("a/b/IMG_0001.JPG")), "{report}");
    assert_eq!(taken[0]["report"]["new"], 1);
    assert_eq!(report["left"][0]["path"], "changed.tar", "{report}");
    assert_eq!(report["left"][0]["is_refused"], true, "{report}");
    let ignored = report["medium"]["ignored"].as_object().expect("ignored");
    let counts: Vec<_> =
        ignored.iter().map(|(why, group)| (why.as_str(), group["count"].as_u64())).collect();
    let expected = [
        ("link", Some(2)),
        ("pipe", Some(1)),
        ("autorun", Some(1)),
        ("program", Some(1)),
        ("archive", Some(1)),
        ("other", Some(1)),
    ];
    assert_eq!(counts, expected, "{report}");
    assert_eq!(field.states("tablet"), ["pending"]);
    assert_eq!(listing(Path::new(&stick)), before, "nothing on the stick was touched");
}

fn listing(folder: &Path) -> Vec<(String, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let meta = entry.path().symlink_metadata().expect("there");
        let modified = meta.modified().expect("a time");
        all.push((entry.path().display().to_string(), meta.len(), modified));
        if meta.is_dir() {
            all.extend(listing(&entry.path()));
        }
    }
    all.sort();
    all
}

#[test]
fn parts_in_an_inbox_are_put_together_once_all_of_them_are_there() {
    let field = Field::new();
    let (inbox, _) = with_boxes(&field);
    for age in ["4", "5", "6"] {
        field.event("phone1", age);
    }
    let file = field.write("phone1", &[]);
    let parts = field.done("phone1", &["exchange", "split", &file, "--mail-mb", "1"]);
    let parts = parts["parts"].as_array().expect("parts").clone();
    for (number, part) in parts.iter().enumerate() {
        let part = part.as_str().expect("a path");
        fs::copy(part, format!("{inbox}/letter-{number}")).expect("copied");
    }
    let round = watch(&field);
    assert_eq!(round["taken"][0]["report"]["new"], 3, "{round}");
}

#[test]
fn everything_for_the_centre_is_written_in_one_command_and_read_back() {
    let field = Field::new();
    field.event("phone1", "4");
    let first = field.write("phone1", &[]);
    field.import("tablet", &first);
    field.event("phone2", "5");
    let folder = field.stick("").display().to_string();
    // The first file to the tablet is lost; collecting holds all of it again.
    let lost = field.write("phone2", &[]);
    fs::remove_file(lost).expect("lost");
    let out = ["site", "collect", "--to", "Tablet, clinic A", "--out", &folder];
    let collected = field.done("phone2", &out);
    assert_eq!(collected["files"][0]["records"], 1, "{collected}");
    let path = collected["files"][0]["paths"][0].as_str().expect("a path").to_owned();
    assert_eq!(field.import("tablet", &path)["report"]["new"], 1);
    // In parts.
    let parts = field.done("phone1", &[&out[..], &["--mail-mb", "1"]].concat());
    let part = parts["files"][0]["paths"][0].as_str().expect("a path");
    assert!(part.contains(".part-"), "{parts}");
    // A tablet with something of others and nothing of its own owes receipts.
    let set = ["site", "collect", "--to", "Phone 17", "--out", &folder];
    let collected = field.done("tablet", &set);
    let kinds = collected["files"].as_array().expect("files").iter();
    let kinds: Vec<_> = kinds.map(|file| text(file, "kind")).collect();
    assert_eq!(kinds, ["data", "receipt", "receipt"], "{collected}");
}

#[test]
fn a_check_names_what_a_person_must_do_and_whom_the_site_knows() {
    let field = Field::new();
    field.event("phone1", "4");
    let _lost = field.write("phone1", &[]);
    field.event("phone1", "5");
    let second = field.write("phone1", &[]);
    let calm = field.desk.run_at("tablet", &["site", "check", "--json"], "");
    assert_eq!(calm.code, 0, "{}", calm.stdout);
    field.import("tablet", &second);
    let ran = field.desk.run_at("tablet", &["site", "check", "--thorough", "--json"], "");
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    let check = ran.json();
    let worried = check["checks"].as_array().expect("checks").iter();
    let worried: Vec<_> =
        worried.filter(|check| check["health"] != "ok").map(|check| text(check, "name")).collect();
    assert_eq!(worried, ["gaps"], "{check}");
    let contact = &check["contacts"][0];
    assert_eq!(contact["site"]["name"], "Phone 17", "{check}");
    assert_eq!(contact["missing"], json!([[1, 1]]), "{check}");
    let runs = format!("outpost {} linux", env!("CARGO_PKG_VERSION"));
    assert_eq!(contact["app"], json!(runs), "{check}");
    assert_eq!(contact["same_forms"], true, "{check}");
}

#[test]
fn a_lost_machine_goes_on_from_its_backup_and_no_number_is_given_twice() {
    let field = Field::new();
    let safe = field.done("tablet", &["exchange", "recovery", "--name", "Second safe"]);
    let key = field.desk.folder.path().join("paper");
    fs::write(&key, format!("written by hand\n{}\n", text(&safe, "secret"))).expect("written");
    let key = key.display().to_string();
    let card = field.done("tablet", &["exchange", "card"]);

    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    field.import("tablet", &file);
    assert_eq!(receipt_of_tablet(&field)["held"], 1);
    let backup = field.desk.folder.path().join("backup.tar").display().to_string();
    let made = field.done("tablet", &["site", "backup", "--out", &backup]);
    assert_eq!(made["unsent"], 1, "{made}");
    let again = field.desk.run_at("tablet", &["site", "backup", "--out", &backup, "--json"], "");
    assert_eq!(again.code, 2, "nothing is replaced");
    // After the backup it gives another receipt, and takes in another file. Then it burns.
    field.event("phone1", "5");
    let late = field.write("phone1", &[]);
    field.import("tablet", &late);
    receipt_of_tablet(&field);

    // Whoever only holds the file sees whose it claims to be.
    let home = field.desk.folder.path().join("laptop").display().to_string();
    let restore = ["site", "restore", &backup, "--to", &home];
    let shown = field.done("laptop", &restore);
    assert_eq!((&shown["restored"], &shown["unsent"]), (&json!(false), &json!(0)), "{shown}");
    let wrong = ["--fingerprint", "00000 00000 00000 00000 00000 00000", "--recovery-key", &key];
    assert_eq!(field.desk.run_at("laptop", &[&restore[..], &wrong].concat(), "").code, 2);
    let digits = text(&card, "fingerprint");
    let right = ["--fingerprint", &digits, "--recovery-key", &key];
    let restored = field.done("laptop", &[&restore[..], &right].concat());
    assert_eq!((&restored["restored"], &restored["unsent"]), (&json!(true), &json!(1)));
    // It never takes the place of a database.
    assert_eq!(field.desk.run_at("laptop", &[&restore[..], &right].concat(), "").code, 2);
    assert_eq!(field.states("laptop"), ["pending"]);
    assert_eq!(field.done("laptop", &["journal", "verify"])["ok"], true);
    let check = field.desk.run_at("laptop", &["site", "check", "--json"], "");
    assert!(check.code == 6 && check.stdout.contains("goes on from a backup"), "{}", check.stdout);

    // The phone's next file builds upon one that burned: it waits, and the receipt says so. Receipts
    // have new numbers.
    field.event("phone1", "6");
    let third = field.write("phone1", &[]);
    assert_eq!(field.import("laptop", &third)["file"]["plan"], "waits");
    let folder = field.stick("").display().to_string();
    let receipt = ["exchange", "receipt", "--to", "Phone 17", "--folder", &folder];
    let written = field.done("laptop", &receipt)["receipts"][0].clone();
    assert!(written["number"].as_u64().expect("a number") > 10_000, "{written}");
    let told = field.import("phone1", &text(&written, "path"));
    let advice = told["report"]["receipt"]["advice"].to_string();
    assert!(advice.contains("was restored from a backup"), "{told}");
    let again = field.write("phone1", &[]);
    let taken = field.import("laptop", &again);
    assert_eq!((&taken["report"]["new"], &taken["report"]["known"]), (&json!(2), &json!(1)));

    // With network everything arrives once.
    field.offline(false);
    field.push("laptop");
    assert_eq!(field.events_on_server().len(), 3);
    let written = field.done("laptop", &receipt)["receipts"][0].clone();
    let told = field.import("phone1", &text(&written, "path"));
    assert_eq!(told["report"]["receipt"]["settled"], 3, "{told}");
    assert_eq!(field.states("phone1"), [""; 0]);
    assert_eq!(field.states("laptop"), [""; 0]);
}

/// What the receipt of the tablet did on the phone.
fn receipt_of_tablet(field: &Field) -> Value {
    let folder = field.stick("").display().to_string();
    let receipt = ["exchange", "receipt", "--to", "Phone 17", "--folder", &folder];
    let written = field.done("tablet", &receipt);
    let path = text(&written["receipts"][0], "path");
    field.import("phone1", &path)["report"]["receipt"].clone()
}

#[test]
fn a_new_key_goes_on_where_the_old_one_was_and_opens_what_was_on_its_way() {
    let field = Field::new();
    field.event("phone1", "4");
    let first = field.write("phone1", &[]);
    // Written for the old key, and late.
    field.event("phone2", "5");
    let late = field.write("phone2", &[]);
    let statement = field.stick("rotation.json").display().to_string();
    let before = field.done("tablet", &["exchange", "card"]);
    let made = field.done("tablet", &["exchange", "rotate", "--out", &statement]);
    assert_eq!((&made["old"], &made["name"]), (&before["key"], &before["name"]));
    assert_ne!(made["key"], before["key"]);
    field.import("tablet", &first);
    let take = ["exchange", "rotate", "--take", &statement];
    let key = field.done("phone1", &take);
    assert_eq!((&key["key"], &key["standing"]), (&made["key"], &json!("active")), "{key}");
    field.done("phone1", &take);
    // The receipt is signed by the new key, and what comes next is numbered on.
    let folder = field.stick("").display().to_string();
    let receipt = ["exchange", "receipt", "--to", "Phone 17", "--folder", &folder];
    let written = field.done("tablet", &receipt);
    let told = field.import("phone1", &text(&written["receipts"][0], "path"));
    assert_eq!(told["report"]["receipt"]["held"], 1, "{told}");
    field.event("phone1", "6");
    let second = field.write("phone1", &[]);
    let taken = field.import("tablet", &second);
    assert_eq!((&taken["file"]["number"], &taken["report"]["new"]), (&json!(2), &json!(1)));
    assert_eq!(field.import("tablet", &late)["report"]["new"], 1);
    // A second rotation, and one who knows neither.
    let next = field.stick("next.json").display().to_string();
    field.done("tablet", &["exchange", "rotate", "--out", &next]);
    let ran = field.desk.run_at("phone2", &["exchange", "rotate", "--take", &next], "");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    field.done("phone2", &take);
    field.done("phone2", &["exchange", "rotate", "--take", &next]);
    let ran = field.desk.run_at("phone1", &["exchange", "rotate"], "");
    assert_eq!(ran.code, 2);
}

#[test]
fn who_captured_stands_in_dhis2_beside_who_sent() {
    let field = Field::new();
    let period = desk::last_month();
    let slice = ["record", "set", "--data-set", "Monthly report", "--period", &period];
    let values = ["--org-unit", "Clinic A", "Fever cases.Under 5, Female=12"];
    field.done("phone1", &[&slice[..], &values].concat());
    let event = field.event("phone1", "4");
    let own = field.event("tablet", "5");
    let file = field.write("phone1", &[]);
    field.import("tablet", &file);
    field.offline(false);
    field.push("tablet");
    for (id, author) in [(&event, json!("nurse")), (&own, Value::Null)] {
        let target = format!("/api/tracker/events/{id}?fields=storedBy,createdBy");
        let found = field.desk.ask("GET", &target, &Value::Null);
        assert_eq!(found["storedBy"], author, "{found}");
        assert_eq!(found["createdBy"]["username"], "chief", "{found}");
    }
    let target =
        format!("/api/dataValueSets?dataSet=DsMonthly00&period={period}&orgUnit=OuClinicAaa");
    let found = field.desk.ask("GET", &target, &Value::Null);
    assert_eq!(found["dataValues"][0]["storedBy"], "nurse", "{found}");
}

#[test]
fn the_network_is_measured_and_the_server_learns_who_runs_what_without_network() {
    let field = Field::new();
    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    field.import("tablet", &file);
    let link = field.done("tablet", &["site", "show"])["link"].clone();
    assert_eq!((&link["attempts"], &link["hours_reached"]), (&json!(1), &json!(1)), "{link}");
    // Without network; then with it.
    let ran = field.desk.run_at("tablet", &["push", "--json"], "");
    assert_eq!(ran.code, 4, "{}", ran.stdout);
    field.offline(false);
    field.done("tablet", &["sync"]);
    let link = field.done("tablet", &["site", "show"])["link"].clone();
    assert_eq!((&link["attempts"], &link["suits"]), (&json!(3), &Value::Null), "{link}");
    // What the tablet knows of the phone is in its heartbeat.
    let team = field.done("tablet", &["team"]);
    let devices = team["devices"].as_array().expect("devices");
    let known = devices.iter().find_map(|device| device["knows"].get(0)).expect("known");
    assert_eq!(known["name"], "Phone 17", "{team}");
    let runs = format!("outpost {} linux", env!("CARGO_PKG_VERSION"));
    assert_eq!(known["app"], json!(runs), "{team}");
}

#[test]
fn a_medium_is_never_changed_and_a_flood_of_beginnings_is_not_copied() {
    let field = Field::new();
    let (_, _) = with_boxes(&field);
    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    // Another file system than that of the data, as a stick is.
    let Ok(stick) = tempfile::tempdir_in("/dev/shm") else {
        println!("skipped: no second file system here");
        return;
    };
    let whole = fs::read(&file).expect("a file");
    fs::write(stick.path().join("ours.tar"), &whole).expect("written");
    for number in 0..20 {
        // A true beginning with four gigabytes behind it, which were never signed.
        let path = stick.path().join(format!("flood-{number:02}.tar"));
        fs::write(&path, &whole).expect("written");
        let flood = fs::File::options().write(true).open(&path).expect("open");
        flood.set_len(4 << 30).expect("a sparse file");
    }
    fs::write(stick.path().join("cut.tar"), &whole[..whole.len() - 1]).expect("written");
    let path = stick.path().display().to_string();
    field.done("tablet", &["site", "set", "--inbox", &path]);
    let before = listing(stick.path());
    let began = std::time::Instant::now();
    let watch = ["site", "watch", "--once", "--settle", "0", "--json"];
    let ran = field.desk.run_at("tablet", &watch, "");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let round = ran.json();
    assert_eq!(round["taken"][0]["report"]["new"], 1, "{round}");
    assert_eq!(round["taken"][0]["moved"], false, "{round}");
    assert_eq!(round["left"].as_array().map(Vec::len), Some(21), "{round}");
    // Reading eighty gigabytes would take minutes.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    let again = field.desk.run_at("tablet", &watch, "").json();
    assert_eq!(again["taken"][0]["file"]["plan"], "known", "{again}");
    assert_eq!(listing(stick.path()), before, "nothing on the medium was touched");
    assert!(!Path::new(&format!("{path}.taken")).exists());
}

#[test]
fn a_hybrid_site_sends_what_it_can_and_writes_files_for_what_waits() {
    let field = Field::new();
    let (inbox, outbox) = with_boxes(&field);
    // For the sake of the test the second phone is the site above.
    let upstream = ["site", "set", "--mode", "hybrid", "--upstream", "Phone 18"];
    let set = field.done("tablet", &upstream);
    assert_eq!(set["upstream_site"]["name"], "Phone 18", "{set}");
    field.event("phone1", "4");
    fs::copy(field.write("phone1", &[]), format!("{inbox}/a.tar")).expect("copied");
    // Without network: a receipt for the phone, and the record goes up in a file.
    let round = watch(&field);
    assert_eq!(round["pushed"]["stopped"]["kind"], "offline", "{round}");
    let kinds = |round: &Value| {
        let files = round["written"]["files"].as_array().expect("files").clone();
        files.iter().map(|file| text(file, "kind")).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&round), ["receipt", "data"], "{round}");
    let up = round["written"]["files"][1]["paths"][0].as_str().expect("a path").to_owned();
    assert_eq!(field.import("phone2", &up)["report"]["new"], 1);
    // With network it is sent, and the phone is told so; nothing is left to go up.
    field.offline(false);
    let round = watch(&field);
    assert_eq!(round["pushed"]["synced"], 1, "{round}");
    assert_eq!(kinds(&round), ["receipt"], "{round}");
    let path = round["written"]["files"][0]["paths"][0].as_str().expect("a path").to_owned();
    let told = field.import("phone1", &path);
    assert_eq!(told["report"]["receipt"]["settled"], 1, "{told}");
    assert_eq!(field.states("tablet"), [""; 0]);
    assert_eq!(names(&outbox).len(), 3);
}

#[test]
fn a_watch_goes_on_until_somebody_stops_it() {
    let field = Field::new();
    let (inbox, outbox) = with_boxes(&field);
    field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    let cut = fs::read(&file).expect("a file")[..4_000].to_vec();
    let watch = std::process::Command::new(env!("CARGO_BIN_EXE_outpost"))
        .args(["site", "watch", "--every", "1", "--json"])
        .env("OUTPOST_HOME", field.desk.folder.path().join("tablet"))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the tool starts");
    fs::write(format!("{inbox}/cut.tar"), cut).expect("cut");
    // Put in under another name first, as whoever copies carefully does; then renamed.
    fs::copy(&file, format!("{inbox}/unfinished")).expect("copied");
    fs::rename(format!("{inbox}/unfinished"), format!("{inbox}/a.tar")).expect("renamed");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while names(&outbox).is_empty() && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    // The line about it is written after the files.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let pid = watch.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.expect("kill").success());
    let output = watch.wait_with_output().expect("the tool ends");
    let lines = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{lines}");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a document a line")).collect();
    let taken: Vec<_> = lines.iter().filter_map(|line| line["taken"].get(0)).collect();
    assert_eq!((taken.len(), &taken[0]["report"]["new"]), (1, &json!(1)), "{lines:?}");
    let left = lines.iter().flat_map(|line| line["left"].as_array().expect("left"));
    assert_eq!(left.count(), 1, "what is no news is told once: {lines:?}");
    assert_eq!(names(&inbox), ["cut.tar"]);
}

#[test]
fn an_offline_site_gets_the_forms_of_the_centre_through_its_inbox() {
    let field = Field::new();
    let (inbox, _) = with_boxes(&field);
    field.offline(false);
    assert_eq!(field.desk.login_at("centre", "admin", "district").code, 0);
    field.done("centre", &["exchange", "card", "--name", "Ministry", "--role", "centre"]);
    let folder = field.stick("").display().to_string();
    let make = ["package", "make", "--set", "National", "--out", &folder, "--from-server"];
    let package = text(&field.done("centre", &make), "path");
    field.offline(true);
    fs::copy(&package, format!("{inbox}/forms.tar")).expect("copied");
    // Nobody here knows the centre yet.
    let ran =
        field.desk.run_at("tablet", &["site", "watch", "--once", "--settle", "0", "--json"], "");
    let round = ran.json();
    assert_eq!((ran.code, &round["left"][0]["is_refused"]), (2, &json!(true)), "{round}");
    assert_eq!(names(&inbox), ["forms.tar"]);
    field.meet("tablet", "centre");
    // A stick is only looked at: forms from it are for a person.
    let import = field.done("tablet", &["exchange", "import", &inbox]);
    assert_eq!(import["files"][0]["left"][0]["kind"], "package", "{import}");
    let round = watch(&field);
    let update = &round["updates"][0];
    assert_eq!((&update["forms"]["applied"], &update["moved"]), (&json!(true), &json!(true)));
    assert_eq!(names(&inbox), [""; 0]);
    let check = field.desk.run_at("tablet", &["site", "check", "--json"], "").json();
    let forms = check["checks"].as_array().expect("checks").iter();
    let forms = forms.filter(|check| check["name"] == "forms").map(|check| text(check, "found"));
    assert_eq!(forms.collect::<Vec<_>>(), ["version National 1"], "{check}");
}
