//! Versions of the forms: issued by the centre, applied on phones, pushed into the DHIS2 of a district; what
//! drifted is named, and data that was captured with other forms is kept by the object's name.

mod desk;

use std::path::{Path, PathBuf};

use desk::{Desk, PASSWORD, Ran, days_ago};
use serde_json::{Value, json};

/// A centre and a phone that knows its card.
struct Country {
    desk: Desk,
}

impl Country {
    fn new() -> Self {
        let country = Self { desk: Desk::new() };
        assert_eq!(country.desk.login_at("centre", "admin", "district").code, 0);
        let card = ["exchange", "card", "--name", "Ministry", "--role", "centre"];
        country.done("centre", &card);
        std::fs::create_dir(country.path("")).expect("a stick");
        country
    }

    /// A device that once was online and believes the centre.
    fn device(&self, home: &str, user: &str, role: &str) {
        assert_eq!(self.desk.login_at(home, user, PASSWORD).code, 0);
        self.done(home, &["pull"]);
        self.done(home, &["exchange", "card", "--name", home, "--role", role]);
        self.meet(home, "centre");
    }

    fn meet(&self, home: &str, other: &str) {
        self.enrol(home, &self.done(other, &["exchange", "card"]));
    }

    fn enrol(&self, home: &str, card: &Value) {
        let (text, digits) = (text(card, "text"), text(card, "fingerprint"));
        self.done(home, &["exchange", "enrol", &text, "--fingerprint", &digits]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.desk.folder.path().join("stick").join(name)
    }

    fn run(&self, home: &str, arguments: &[&str]) -> Ran {
        self.desk.run_at(home, &[arguments, &["--json"]].concat(), "")
    }

    #[track_caller]
    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.desk.done_at(home, arguments)
    }

    /// The next version; its path and what was told of it.
    #[track_caller]
    fn make(&self, source: &[&str]) -> (String, Value) {
        let folder = self.path("").display().to_string();
        let make = ["package", "make", "--set", "National", "--out", &folder];
        let made = self.done("centre", &[&make[..], source].concat());
        (text(&made, "path"), made)
    }

    #[track_caller]
    fn make_json(&self, package: &Value, rest: &[&str]) -> String {
        let path = self.path("export.json").display().to_string();
        std::fs::write(&path, package.to_string()).expect("written");
        self.make(&[&["--from-json", &path][..], rest].concat()).0
    }

    /// The administrator of the server changes it.
    fn import(&self, strategy: &str, package: &Value) {
        let target = format!("/api/metadata?importStrategy={strategy}");
        let answer = self.desk.ask("POST", &target, package);
        assert_eq!(answer["status"], "OK", "{answer}");
    }

    fn object(&self, class: &str, id: &str) -> Value {
        self.desk.ask("GET", &format!("/api/{class}/{id}?fields=:owner"), &Value::Null)
    }

    fn name_on_server(&self, class: &str, id: &str) -> Value {
        self.desk.ask("GET", &format!("/api/{class}/{id}?fields=name"), &Value::Null)["name"]
            .clone()
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("{member}: {value}")).to_owned()
}

fn demo() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo-metadata.json");
    serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON")
}

/// An object of a package.
fn of<'a>(package: &'a mut Value, class: &str, id: &str) -> &'a mut Value {
    let list = package[class].as_array_mut().expect("a list");
    list.iter_mut().find(|object| object["id"] == id).expect("the object")
}

fn element(id: &str, name: &str) -> Value {
    json!({ "id": id, "name": name, "shortName": name, "valueType": "INTEGER", "domainType": "TRACKER",
        "aggregationType": "NONE" })
}

/// Adds an element to the stage of the fever visits.
fn ask_more(package: &mut Value, id: &str, name: &str) {
    package["dataElements"].as_array_mut().expect("a list").push(element(id, name));
    let stage = of(package, "programStages", "PsFeverVisi");
    let asked = stage["programStageDataElements"].as_array_mut().expect("a list");
    asked.push(json!({ "id": format!("Psd{}", &id[3..]), "dataElement": { "id": id },
        "programStage": { "id": "PsFeverVisi" }, "compulsory": false, "sortOrder": 20 }));
}

#[test]
fn versions_follow_each_other_from_the_server_of_the_centre_to_a_phone() {
    let country = Country::new();
    country.device("phone", "nurse", "device");
    let (first, made) = country.make(&["--from-server"]);
    assert_eq!((&made["number"], &made["is_full"]), (&json!(1), &json!(true)), "{made}");
    let shown = country.done("phone", &["package", "show", &first]);
    assert_eq!((&shown["plan"], &shown["classes"]["dataElements"]), (&json!("apply"), &json!(22)));
    assert_eq!(shown["from"]["name"], "Ministry");
    country.done("phone", &["package", "verify", &first]);
    // The phone has pulled just this from the server.
    let drift = country.done("phone", &["package", "drift", &first]);
    assert_eq!(drift["differences"], json!([]), "{drift}");
    let tried = country.done("phone", &["package", "apply", "--dry-run", &first]);
    assert_eq!((&tried["applied"], &tried["removed"]), (&json!(true), &json!(0)), "{tried}");
    country.done("phone", &["package", "apply", &first]);
    let drift = country.done("phone", &["package", "drift", &first]);
    assert_eq!(drift["differences"], json!([]), "{drift}");

    // Nothing changed: there is no next version, unless it is wanted whole.
    let folder = country.path("").display().to_string();
    let again = ["package", "make", "--set", "National", "--from-server", "--out", &folder];
    assert_eq!(country.run("centre", &again).code, 2);

    let mut fever = country.object("dataElements", "DeFeverCase");
    fever["name"] = json!("Fever cases, all");
    fever["formName"] = json!("Fever cases, all");
    country.import(
        "CREATE_AND_UPDATE",
        &json!({ "dataElements":
        [fever, element("DeEvCough01", "Cough")] }),
    );
    country.import(
        "DELETE",
        &json!({ "constants": [], "programIndicators": [{ "id": "PiDegrees00" }] }),
    );
    let (second, made) = country.make(&["--from-server", "--label", "2026.2"]);
    let counts = [&made["added"], &made["changed"], &made["dropped"], &made["base"]];
    assert_eq!(counts, [&json!(1), &json!(1), &json!(1), &json!(1)], "{made}");
    let (third, made) = country.make(&["--from-server", "--full"]);
    assert_eq!((&made["number"], &made["is_full"]), (&json!(3), &json!(true)));

    // A phone that has no version yet cannot begin with a step.
    country.device("late", "chief", "device");
    let ran = country.run("late", &["package", "apply", &second]);
    assert_eq!((ran.code, &ran.json()["package"]["plan"]), (6, &json!("waits")), "{}", ran.stdout);

    let applied = country.done("phone", &["package", "apply", &second]);
    assert_eq!((&applied["changed"], &applied["removed"]), (&json!(2), &json!(1)), "{applied}");
    let form = country.done("phone", &["form", "show", "Monthly report"]);
    assert!(form.to_string().contains("Fever cases, all"), "{form}");
    let drift = country.done("phone", &["package", "drift", &third]);
    assert_eq!(drift["differences"], json!([]), "{drift}");
    // Backwards takes a new version of the centre.
    let ran = country.run("phone", &["package", "apply", &first]);
    assert_eq!((ran.code, &ran.json()["package"]["plan"]), (6, &json!("older")), "{}", ran.stdout);
    let shown = country.done("phone", &["package", "show", &third]);
    assert_eq!(shown["plan"], "apply");
    country.done("phone", &["package", "apply", &third]);
    assert_eq!(country.done("phone", &["package", "show", &third])["plan"], "known");
}

#[test]
fn a_package_that_was_cut_changed_or_signed_by_another_changes_nothing() {
    let country = Country::new();
    country.device("phone", "nurse", "device");
    let path = country.make_json(&demo(), &[]);
    let whole = std::fs::read(&path).expect("readable");
    let bad = country.path("bad.tar");
    let check = |bytes: &[u8], code: &str| {
        std::fs::write(&bad, bytes).expect("written");
        let ran = country.run("phone", &["package", "apply", &bad.display().to_string()]);
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!(code)), "{}", ran.stdout);
    };
    check(&whole[..whole.len() / 2], "truncated");
    let mut changed = whole.clone();
    let at = changed.len() - 2_000;
    changed[at] ^= 1;
    check(&changed, "content_differs");
    check(b"an e-mail", "foreign");

    // Somebody else who calls itself a centre is no centre of this phone.
    assert_eq!(country.desk.login_at("other", "admin", "district").code, 0);
    country.done("other", &["exchange", "card", "--name", "Ministry", "--role", "centre"]);
    let (export, out) = (country.path("export.json"), country.path("other.tar"));
    let (export, out) = (export.display().to_string(), out.display().to_string());
    let make = ["package", "make", "--set", "National", "--from-json", &export, "--out", &out];
    country.done("other", &make);
    check(&std::fs::read(&out).expect("readable"), "unknown_signer");
    let ran = country
        .run("phone", &["package", "make", "--set", "N", "--from-json", &export, "--out", &out]);
    assert_eq!(ran.code, 3, "a phone issues no packages: {}", ran.stdout);
    assert_eq!(country.done("phone", &["package", "show", &path])["plan"], "apply");
}

#[test]
fn a_district_is_brought_to_a_version_and_mended_when_it_drifts() {
    let country = Country::new();
    // The district's server had the demonstration from the beginning.
    let first = country.make_json(&demo(), &[]);
    let pushed = country.done("centre", &["package", "push", &first]);
    assert_eq!((&pushed["created"], &pushed["updated"]), (&json!(0), &json!(0)), "{pushed}");

    let mut next = demo();
    of(&mut next, "dataElements", "DeFeverCase")["name"] = json!("Fever cases, all");
    ask_more(&mut next, "DeEvCough01", "Cough, days");
    next["programIndicators"]
        .as_array_mut()
        .expect("a list")
        .retain(|it| it["id"] != "PiDegrees00");
    let second = country.make_json(&next, &[]);
    let tried = country.done("centre", &["package", "push", "--dry-run", &second]);
    let counts = [&tried["created"], &tried["updated"], &tried["deleted"], &tried["pushed"]];
    assert_eq!(counts, [&json!(1), &json!(2), &json!(1), &json!(false)], "{tried}");
    assert_eq!(country.name_on_server("dataElements", "DeFeverCase"), "Fever cases");
    country.done("centre", &["package", "push", &second]);
    assert_eq!(country.name_on_server("dataElements", "DeFeverCase"), "Fever cases, all");
    assert_eq!(country.name_on_server("dataElements", "DeEvCough01"), "Cough, days");
    assert_eq!(country.name_on_server("programIndicators", "PiDegrees00"), Value::Null);
    let full = country.make_json(&next, &["--full"]);
    let drift = country.done("centre", &["package", "drift", "--server", &full]);
    assert_eq!(drift["differences"], json!([]), "{drift}");

    // The district changes things of its own.
    let mut fever = country.object("dataElements", "DeFeverCase");
    fever["name"] = json!("Fieber");
    let mut cough = country.object("dataElements", "DeEvCough01");
    cough["valueType"] = json!("TEXT");
    country.import(
        "CREATE_AND_UPDATE",
        &json!({ "dataElements":
        [fever, cough, element("DeEvOurOwn1", "Our own question")] }),
    );
    let ran = country.run("centre", &["package", "drift", "--server", &full]);
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    let drift = ran.json();
    let line = |id: &str| {
        let lines = drift["differences"].as_array().expect("lines");
        let line =
            lines.iter().find(|line| line["id"] == id).unwrap_or_else(|| panic!("{id}: {drift}"));
        ["name", "way", "members", "stops"].map(|member| line[member].clone())
    };
    assert_eq!(
        line("DeFeverCase"),
        [json!("Fever cases, all"), json!("changed"), json!(["name"]), json!("nothing")]
    );
    assert_eq!(
        line("DeEvCough01"),
        [json!("Cough, days"), json!("changed"), json!(["valueType"]), json!("later")]
    );
    assert_eq!(
        line("DeEvOurOwn1"),
        [json!("Our own question"), json!("added"), json!([]), json!("later")]
    );
    assert_eq!(drift["differences"].as_array().map(Vec::len), Some(3), "{drift}");

    // Pushing mends what is of the set; what the district added stays and is still named.
    let mended = country.done("centre", &["package", "push", &full]);
    assert_eq!(mended["updated"], 2, "{mended}");
    let drift = country.run("centre", &["package", "drift", "--server", &full]).json();
    assert_eq!(drift["differences"].as_array().map(Vec::len), Some(1), "{drift}");

    // What the server does not take changes nothing, and is named.
    next["dataElements"].as_array_mut().expect("a list").push(json!({ "id": "DeBroken001",
        "name": "Broken" }));
    of(&mut next, "dataElements", "DeFeverCase")["name"] = json!("Never");
    let broken = country.make_json(&next, &[]);
    let ran = country.run("centre", &["package", "push", &broken]);
    let refused = ran.json();
    assert_eq!((ran.code, &refused["pushed"]), (6, &json!(false)), "{refused}");
    let problem = &refused["problems"][0];
    assert_eq!(
        (&problem["name"], &problem["code"]),
        (&json!("Broken"), &json!("E4000")),
        "{refused}"
    );
    assert_eq!(country.name_on_server("dataElements", "DeFeverCase"), "Fever cases, all");
}

#[test]
fn what_is_captured_with_newer_forms_is_kept_by_name_until_they_come() {
    let country = Country::new();
    country.device("phone", "nurse", "device");
    country.device("tablet", "chief", "tablet");
    let safe = country.done("centre", &["exchange", "recovery", "--name", "Safe"]);
    for (home, other) in [("phone", "tablet"), ("tablet", "phone")] {
        country.meet(home, other);
        country.enrol(home, &safe);
    }
    let mut next = demo();
    ask_more(&mut next, "DeEvCough01", "Cough, days");
    let package = country.make_json(&next, &[]);
    country.done("phone", &["package", "apply", &package]);
    let day = days_ago(2);
    let add = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
    let rest = ["--occurred", &day, "--complete", "Age in years=4", "Sex=F", "Cough, days=3"];
    country.done("phone", &[&add[..], &rest].concat());

    // The centre would miss it as long as it has the older set.
    let old = country.make_json(&demo(), &["--full"]);
    let drift = country.run("phone", &["package", "drift", &old]).json();
    let line = &drift["differences"][0];
    assert_eq!((&line["name"], &line["stops"]), (&json!("Cough, days"), &json!("now")), "{drift}");
    assert_eq!((&line["waiting"], &drift["stop_now"]), (&json!(1), &json!(2)), "{drift}");

    let folder = country.path("").display().to_string();
    let written =
        country.done("phone", &["exchange", "write", "--to", "tablet", "--folder", &folder]);
    let file = text(&json!({ "path": written["paths"][0] }), "path");
    let shown = country.done("tablet", &["exchange", "inspect", &file]);
    assert_eq!(shown["same_forms"], false, "{shown}");
    let taken = country.done("tablet", &["exchange", "import", &file]);
    let unknown = &taken["files"][0]["report"]["unknown"][0];
    assert_eq!(unknown["records"], 1, "{taken}");
    let expected = "data element \u{201c}Cough, days\u{201d} (DeEvCough01)";
    assert_eq!(unknown["object"], expected);
    let aside = country.done("tablet", &["exchange", "aside"]);
    assert!(text(&aside[0], "reason").contains(expected), "{aside}");
    // Looked at again, it is still called by its name; whoever captured it is told so.
    country.done("tablet", &["exchange", "import", &file]);
    let receipt =
        country.done("tablet", &["exchange", "receipt", "--to", "phone", "--folder", &folder]);
    let path = text(&receipt["receipts"][0], "path");
    country.done("phone", &["exchange", "import", &path]);
    let rows = country.done("phone", &["outbox"]);
    assert!(rows.to_string().contains("Cough, days"), "{rows}");

    // The forms come, and the record goes on.
    let applied = country.done("tablet", &["package", "apply", &package]);
    assert_eq!(applied["freed"], 1, "{applied}");
    assert_eq!(country.done("tablet", &["exchange", "aside"]), json!([]));
    assert_eq!(country.done("tablet", &["outbox"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn what_unsent_work_needs_stays_when_it_is_gone_at_the_centre() {
    let country = Country::new();
    country.device("phone", "nurse", "device");
    let first = country.make_json(&demo(), &[]);
    country.done("phone", &["package", "apply", &first]);
    let day = days_ago(2);
    let add = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
    let rest = ["--occurred", &day, "--complete", "Age in years=4", "Sex=F"];
    country.done("phone", &[&add[..], &rest].concat());
    let mut next = demo();
    next["dataElements"].as_array_mut().expect("a list").retain(|it| it["id"] != "DeEvSex0000");
    let second = country.make_json(&next, &[]);
    let applied = country.done("phone", &["package", "apply", &second]);
    let kept = &applied["kept"][0];
    assert_eq!(
        (&kept["id"], &kept["class"]),
        (&json!("DeEvSex0000"), &json!("dataElements")),
        "{applied}"
    );
    assert!(!text(kept, "name").is_empty());
}

/// Real packages, each a set of its own on a phone of its own.
#[test]
#[allow(clippy::print_stdout, reason = "suites tell what they read")]
fn real_packages_are_issued_and_applied_and_leave_no_drift() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var_os("OUTPOST_SHARED_DATA").map_or(beside.into(), PathBuf::from);
    let folder = data.join("metadata-packages");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no real packages here");
        return;
    };
    let country = Country::new();
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    for (number, path) in paths.iter().enumerate() {
        let (set, home) = (format!("Set {number}"), format!("phone{number}"));
        country.device(&home, "nurse", "device");
        let (export, out) = (path.display().to_string(), country.path("real.tar"));
        let out = out.display().to_string();
        let make = ["package", "make", "--set", &set, "--from-json", &export, "--out", &out];
        let made = country.done("centre", &make);
        let applied = country.done(&home, &["package", "apply", &out]);
        assert_eq!(applied["applied"], true, "{applied}");
        let drift = country.run(&home, &["package", "drift", &out]).json();
        println!(
            "{}: {} objects, left out {}, unreadable {}",
            path.display(),
            made["set_objects"],
            made["left_out"],
            applied["unreadable"]
        );
        let differences = drift["differences"].as_array().expect("lines");
        let changed: Vec<&Value> =
            differences.iter().filter(|line| line["way"] == "changed").collect();
        assert!(changed.is_empty(), "{export}: {changed:?}");
    }
}
