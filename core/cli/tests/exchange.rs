//! Places without network: phones write files, a tablet takes them in and pushes, receipts go back.

mod desk;

use desk::field::{Field, text};
use desk::{PASSWORD, last_month};
use serde_json::{Value, json};

#[test]
fn what_two_phones_captured_without_network_arrives_once_and_receipts_settle_it() {
    let field = Field::new();
    let period = last_month();
    let slice = ["record", "set", "--data-set", "Monthly report", "--period", &period];
    field.done(
        "phone1",
        &[&slice[..], &["--org-unit", "Clinic A", "Fever cases.Under 5, Female=12"]].concat(),
    );
    let mut events = vec![field.event("phone1", "4")];
    let household = ["person", "add", "--program", "PrHousehold", "--org-unit", "OuClinicAaa"];
    let household = field.done("phone1", &[&household[..], &["Village=Riverside"]].concat());
    let household = text(&household, "uid");
    let first = field.write("phone1", &[]);
    events.push(field.event("phone1", "5"));
    let second = field.write("phone1", &[]);
    events.push(field.event("phone2", "6"));
    let other = field.write("phone2", &[]);
    assert_eq!(field.states("phone1").len(), 5, "handing over takes nothing out of the outbox");

    // A copy that was cut is refused, and nothing of it is written.
    let cut = field.stick("cut.tar").display().to_string();
    let whole = std::fs::read(&first).expect("a file");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("a cut file");
    let ran = field.desk.run_at("tablet", &["exchange", "import", &cut, "--json"], "");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("copy it again"), "{}", ran.stdout);
    assert_eq!(field.states("tablet"), [""; 0]);

    // The second comes before the first, which comes twice; a dry run does nothing.
    let late = field.import("tablet", &second);
    assert_eq!((&late["file"]["plan"], &late["report"]["new"]), (&json!("waits"), &json!(0)));
    let tried = field.done("tablet", &["exchange", "import", "--dry-run", &first]);
    assert_eq!(tried["files"][0]["report"]["new"], 5, "{tried}");
    assert_eq!(field.states("tablet"), [""; 0]);
    let report = &field.import("tablet", &first)["report"];
    assert_eq!((&report["new"], &report["waited"]), (&json!(5), &json!(1)), "{report}");
    assert_eq!(field.import("tablet", &first)["file"]["plan"], "known");
    assert_eq!(field.import("tablet", &other)["report"]["new"], 1);
    assert_eq!(field.states("tablet"), ["pending"; 6]);
    let rows = field.done("tablet", &["outbox"]);
    assert_eq!(rows[0]["captured"][0]["device"]["name"], "Phone 17", "{rows}");

    // Held by the tablet: told so, and still here.
    let told = field.receipts();
    assert_eq!((&told[0]["held"], &told[1]["held"]), (&json!(5), &json!(1)), "{told:?}");
    let rows = field.done("phone1", &["outbox"]);
    assert_eq!(rows[0]["handed_to"][0]["is_held"], true, "{rows}");

    // Meanwhile villages get numbers in place of names; then there is network for the tablet.
    let target = "/api/trackedEntityAttributes/TaHouseVill?fields=:owner";
    field.offline(false);
    let mut attribute = field.desk.ask("GET", target, &Value::Null);
    attribute["valueType"] = json!("INTEGER_POSITIVE");
    field.desk.ask("POST", "/api/metadata", &json!({ "trackedEntityAttributes": [attribute] }));
    field.push("tablet");
    events.sort();
    assert_eq!(field.events_on_server(), events);
    assert_eq!(field.states("tablet"), ["rejected", "held"]);
    // It is not the tablet's own work.
    let edit = ["person", "set", &household, "Village=7"];
    assert_ne!(field.desk.run_at("tablet", &edit, "").code, 0);

    let told = field.receipts();
    assert_eq!((&told[0]["settled"], &told[0]["parked"]), (&json!(3), &json!(1)), "{told:?}");
    assert_eq!(field.states("phone2"), [""; 0]);
    assert_eq!(field.states("phone1"), ["rejected", "held"]);
    let refused = field.done("phone1", &["outbox", "--state", "refused"]);
    assert_eq!(refused[0]["uid"], json!(household));
    assert_eq!(refused[0]["field"], "TaHouseVill", "{refused}");
    assert!(!text(&refused[0], "reason").is_empty());

    // Corrected by whoever captured it, it goes the same way once more.
    field.offline(true);
    field.done("phone1", &edit);
    let third = field.write("phone1", &[]);
    assert_eq!(field.import("tablet", &third)["report"]["changed"], 1);
    field.offline(false);
    field.push("tablet");
    assert_eq!(field.states("tablet"), [""; 0]);
    field.receipts();
    assert_eq!(field.states("phone1"), [""; 0]);
    // Nothing is doubled by a phone that finds network itself.
    field.done("phone1", &["sync"]);
    assert_eq!(field.events_on_server(), events);
    assert_eq!(field.done("phone1", &["journal", "verify"])["ok"], true);
    assert_eq!(field.done("tablet", &["journal", "verify"])["ok"], true);
}

#[test]
fn a_file_travels_in_parts_and_a_lost_one_is_made_up_for() {
    let field = Field::new();
    let lost = field.event("phone1", "4");
    let _ = field.write("phone1", &[]);
    let kept = field.event("phone1", "5");
    let whole = field.write("phone1", &["--again"]);
    let parts = field.done("phone1", &["exchange", "split", &whole, "--mail-mb", "1"]);
    let part = text(&json!({ "path": parts["parts"][0] }), "path");
    let joined = field.stick("joined.tar").display().to_string();
    field.done("tablet", &["exchange", "join", &part, &part, "--to", &joined]);
    let file = field.done("tablet", &["exchange", "verify", &joined]);
    assert_eq!((&file["number"], &file["plan"]), (&json!(2), &json!("take_in")));
    assert_eq!(field.import("tablet", &joined)["report"]["new"], 2);

    // A phone that finds network first sends them itself; the tablet notices.
    field.offline(false);
    field.push("phone1");
    assert_eq!(field.states("phone1"), [""; 0]);
    field.push("tablet");
    assert_eq!(field.states("tablet"), [""; 0]);
    let mut both = vec![lost, kept];
    both.sort();
    assert_eq!(field.events_on_server(), both);
}

#[test]
fn nobody_is_believed_before_a_person_compared_the_digits() {
    let field = Field::new();
    let desk = &field.desk;
    let card = field.done("phone2", &["exchange", "card"]);
    let shown = field.done("phone1", &["exchange", "enrol", &text(&card, "text")]);
    assert_eq!(shown["enrolled"], false);
    let wrong = "00000 00000 00000 00000 00000 00000";
    let enrol = ["exchange", "enrol", &text(&card, "text"), "--fingerprint", wrong];
    let ran = desk.run_at("phone1", &enrol, "");
    assert!(ran.code == 2 && ran.stderr.contains("group 1 differs"), "{}", ran.stderr);
    let to = ["exchange", "write", "--to", "Phone 18"];
    assert_eq!(desk.run_at("phone1", &to, "").code, 2);

    // A stolen phone is believed no more, whatever it still writes.
    field.event("phone2", "6");
    let file = field.write("phone2", &[]);
    let key = text(&card, "key");
    field.done("tablet", &["exchange", "revoke", &key, "--reason", "stolen"]);
    let taken = field.import("tablet", &file);
    assert_eq!((&taken["file"]["plan"], &taken["report"]["new"]), (&json!("revoked"), &json!(0)));
    assert_eq!(field.states("tablet"), [""; 0]);
    let folder = field.stick("").display().to_string();
    let ran = desk.run_at("tablet", &["exchange", "receipt", "--folder", &folder], "");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "No file came here yet.\n"));
}

#[test]
fn a_record_that_two_carry_comes_back_to_its_capturer_with_what_the_server_said() {
    let field = Field::new();
    field.offline(false);
    assert_eq!(field.desk.login_at("laptop", "nurse", PASSWORD).code, 0);
    field.done("laptop", &["sync"]);
    field.done("laptop", &["exchange", "card", "--name", "North District", "--role", "district"]);
    field.meet("laptop", "tablet");
    field.meet("tablet", "laptop");
    let keys = field.done("tablet", &["exchange", "keys"]);
    let safe = keys.as_array().expect("keys").iter().find(|key| key["role"] == "recovery");
    field.enrol("laptop", safe.expect("the recovery key"));
    field.offline(true);

    let event = field.event("phone1", "4");
    let file = field.write("phone1", &[]);
    field.import("tablet", &file);
    let folder = field.stick("").display().to_string();
    let write = ["exchange", "write", "--to", "North District", "--folder", &folder];
    let on = field.done("tablet", &write);
    assert_eq!(on["records"], 1);
    let on = text(&json!({ "path": on["paths"][0] }), "path");
    assert_eq!(field.import("laptop", &on)["report"]["new"], 1);
    let rows = field.done("laptop", &["outbox"]);
    let captured = &rows[0]["captured"][0];
    assert_eq!(captured["device"]["key"], field.done("phone1", &["exchange", "card"])["key"]);
    assert_eq!(captured["captured_by"], "nurse");
    assert_eq!(captured["carriers"][0]["name"], "Tablet, clinic A", "{captured}");

    field.offline(false);
    field.push("laptop");
    assert_eq!(field.events_on_server(), [event]);
    field.offline(true);
    let receipt = ["exchange", "receipt", "--to", "Tablet, clinic A", "--folder", &folder];
    let written = field.done("laptop", &receipt);
    let taken = field.import("tablet", &text(&written["receipts"][0], "path"));
    assert_eq!(taken["report"]["receipt"]["settled"], 1, "{taken}");
    assert_eq!(field.states("tablet"), [""; 0]);
    let receipt = ["exchange", "receipt", "--to", "Phone 17", "--folder", &folder];
    let written = field.done("tablet", &receipt);
    let taken = field.import("phone1", &text(&written["receipts"][0], "path"));
    assert_eq!(taken["report"]["receipt"]["settled"], 1, "{taken}");
    assert_eq!(field.states("phone1"), [""; 0]);
}

#[cfg(unix)]
#[test]
fn the_picture_of_a_setup_code_takes_the_place_of_a_link_and_leaves_what_it_points_to() {
    let field = Field::new();
    let (other, picture) = (field.stick("letter.txt"), field.stick("code.svg"));
    std::fs::write(&other, "mine").expect("written");
    std::os::unix::fs::symlink(&other, &picture).expect("a link");
    let path = picture.display().to_string();
    let make = ["exchange", "setup-code", "--server", "https://dhis2.example.org", "--svg", &path];
    field.offline(false);
    assert_eq!(field.desk.login_at("laptop", "nurse", PASSWORD).code, 0);
    field.done("laptop", &["exchange", "card", "--name", "North District", "--role", "district"]);
    field.done("laptop", &make);
    assert_eq!(std::fs::read_to_string(&other).expect("there"), "mine");
    assert!(!picture.symlink_metadata().expect("there").is_symlink());
    let drawn = std::fs::read_to_string(&picture).expect("there");
    assert!(drawn.contains("<svg"), "{drawn:.60}");
}
