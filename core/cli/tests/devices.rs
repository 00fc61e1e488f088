//! Phones of a roll-out from the box to a hand and back, over a server that got the metadata package:
//! mix-ups are caught, SIM cards are followed, what is lost is locked and wiped, audits find what is missing.

mod desk;

use desk::{Desk, PASSWORD, Ran};
use serde_json::{Value, json};

/// A district whose server has the roll-out package, and a supervisor's tablet that pulled it.
struct District {
    desk: Desk,
}

const PROGRAM: &str = "RoDevProgrm";

impl District {
    fn new() -> Self {
        let district = Self { desk: Desk::new() };
        district.desk.import_rollout(&[]);
        district.desk.put_into_group("nurse", "RoGrpSuperv");
        district.ready("tablet", "nurse");
        district
    }

    fn ready(&self, home: &str, user: &str) {
        assert_eq!(self.desk.login_at(home, user, PASSWORD).code, 0);
        self.desk.done_at(home, &["pull"]);
    }

    fn run(&self, arguments: &[&str], input: &str) -> Ran {
        self.desk.run_at("tablet", &[&["device"], arguments, &["--json"]].concat(), input)
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        self.desk.done_at("tablet", &[&["device"], arguments].concat())
    }

    /// What a refused command says.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments, "");
        assert_eq!(ran.code, 6, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()["error"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn sim(&self, arguments: &[&str]) -> Value {
        self.desk.done_at("tablet", &[&["sim"], arguments].concat())
    }

    /// What a refused command about cards says.
    #[track_caller]
    fn sim_refused(&self, arguments: &[&str]) -> String {
        let ran = self.desk.run_at("tablet", &[&["sim"], arguments, &["--json"]].concat(), "");
        assert_eq!(ran.code, 6, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()["error"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// A delivery of phones 0001 to `count`, each with a serial number.
    fn delivery(&self, count: u32) {
        let path = self.desk.folder.path().join("delivery.csv");
        let mut table = "number,serial,make,model,accessories\n".to_owned();
        for number in 1..=count {
            table
                .push_str(&format!("{number:04},R58N{number:04},Samsung,A14,\"charger, cable\"\n"));
        }
        std::fs::write(&path, table).expect("written");
        let path = path.display().to_string();
        let import = self.done(&["import", &path, "--org-unit", "OuClinicAaa"]);
        assert_eq!(import["added"], count, "{import}");
    }

    /// Scans boxes with the phones that lie in them, and saves the pairs.
    fn prepare(&self, pairs: &[(u32, u32)]) -> Ran {
        let scans = pairs.iter().map(|(of_box, phone)| format!("{of_box:04}\nR58N{phone:04}\n"));
        self.run(&["prepare", "--app-version", "1.4.0"], &scans.collect::<String>())
    }

    fn prepared(&self, count: u32) {
        self.delivery(count);
        let pairs: Vec<_> = (1..=count).map(|it| (it, it)).collect();
        assert_eq!(self.prepare(&pairs).code, 0);
        assert_eq!(self.done(&["prepare", "--finish"])["saved"], count);
    }

    fn hand_over(&self, number: &str, to: &str, user: &str) -> Value {
        let serial = format!("R58N{number}");
        let scan = ["hand-over", "--box", number, "--phone", &serial, "--to", to, "--user", user];
        let rest = ["--condition", "new", "--accessories", "charger,cable", "--finish"];
        self.done(&[&scan[..], &rest].concat())
    }

    fn on_server(&self, fields: &str) -> Vec<Value> {
        self.records_on_server(PROGRAM, fields)
    }

    fn records_on_server(&self, program: &str, fields: &str) -> Vec<Value> {
        let target = format!(
            "/api/tracker/trackedEntities?program={program}&orgUnits=OuNationLow\
             &orgUnitMode=DESCENDANTS&paging=false&fields={fields}"
        );
        let answer = self.desk.ask("GET", &target, &Value::Null);
        let list = answer.get("trackedEntities").or(answer.get("instances"));
        list.and_then(Value::as_array).cloned().unwrap_or_default()
    }

    fn push(&self) {
        let report = self.desk.done_at("tablet", &["push"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        let rows = self.desk.done_at("tablet", &["outbox"]);
        assert_eq!(rows, json!([]), "nothing is refused");
    }
}

fn attribute(record: &Value, id: &str) -> String {
    let all = record["attributes"].as_array().into_iter().flatten();
    let mut of = all.filter(|it| it["attribute"] == id);
    of.next().and_then(|it| it["value"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn the_package_is_imported_twice_and_its_forms_open() {
    let district = District::new();
    district.desk.import_rollout(&["--update"]);
    let add = ["person", "add", "--program", "Roll-out: devices", "--org-unit", "OuClinicAaa"];
    let facts = ["Device number=0001", "State=RECEIVED", "Belongs to=INSTITUTION"];
    let added = district.desk.done_at("tablet", &[&add[..], &facts].concat());
    assert_eq!(added["saved"], true, "{added}");
    // What was captured as an ordinary form is a device like any other.
    assert_eq!(district.done(&["show", "1"])["facts"]["number"], "0001");
    // The rule of the package runs here as in DHIS2.
    let wrong = ["Device number=0002", "State=RECEIVED", "Belongs to=INSTITUTION", "IMEI 1=12"];
    let ran = district.desk.run_at("tablet", &[&add[..], &wrong, &["--json"]].concat(), "");
    assert_eq!(ran.code, 6, "{}", ran.stdout);
}

#[test]
fn without_the_package_or_its_group_a_person_is_told_what_to_do() {
    let desk = Desk::new();
    desk.ready();
    let ran = desk.run(&["device", "list", "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("no_program")));
}

#[test]
fn thirty_phones_go_from_the_box_to_a_hand_and_a_swapped_pair_is_caught() {
    let district = District::new();
    district.delivery(30);
    // Somebody put phone 8 into box 7 and phone 7 into box 8.
    let lies_in = |number| match number {
        7 => 8,
        8 => 7,
        number => number,
    };
    let pairs: Vec<_> = (1..=30).map(|number| (number, lies_in(number))).collect();
    let sitting = district.prepare(&pairs);
    assert_eq!(sitting.code, 6);
    let last: Value =
        serde_json::from_str(sitting.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!(
        (&last["ready"], &last["swaps"]),
        (&json!(28), &json!([{ "one": "0007", "other": "0008" }]))
    );
    // Put right and scanned again; the other 28 were kept though the tool had ended.
    assert_eq!(district.prepare(&[(7, 7), (8, 8)]).code, 0);
    assert_eq!(district.done(&["prepare", "--finish"])["saved"], 30);

    // At the hand-over the same mistake is caught once more, by the label of the box.
    let mixed = ["hand-over", "--session", "mixed", "--box", "0007", "--phone", "R58N0008"];
    let words = district.refused(&mixed);
    assert!(words.contains("the box says 0007, the phone says 0008"), "{words}");
    district.refused(&[
        "hand-over",
        "--session",
        "mixed",
        "--to",
        "Ann",
        "--condition",
        "new",
        "--finish",
    ]);
    let stop =
        ["hand-over", "--session", "mixed", "--stop", "--reason", "the phones are sorted first"];
    assert_eq!(district.done(&stop)["stopped"], true);
    for number in 1..=30 {
        let to = format!("Health worker {number}");
        let row = district.hand_over(&format!("{number:04}"), &to, &format!("chw{number}"));
        assert_eq!(row["state"], "HANDED_OVER");
        assert!(row["still_open"].as_str().expect("text").contains("stamp 1"));
    }
    let words = district.refused(&["hand-over", "--box", "0001"]);
    assert!(words.ends_with("phone 0001 is already with Health worker 1"), "{words}");
    let report = district.done(&["report"]);
    assert_eq!(
        (&report["by_state"]["HANDED_OVER"], &report["with_something_open"]),
        (&json!(30), &json!(30))
    );

    district.push();
    let records = district.on_server("attributes,enrollments[events[programStage,status]]");
    assert_eq!(records.len(), 30);
    for record in &records {
        assert_eq!(attribute(record, "RoDevState0"), "HANDED_OVER");
        let events = record["enrollments"][0]["events"].as_array().expect("events");
        let open = |it: &&Value| it["programStage"] == "RoStHandOvr" && it["status"] == "ACTIVE";
        assert_eq!(
            events.iter().filter(open).count(),
            1,
            "open until the copies are where they belong"
        );
    }
}

#[test]
fn an_agreement_is_open_until_both_copies_lie_where_they_belong() {
    let district = District::new();
    district.prepared(1);
    let steps: [(&[&str], &str); 4] = [
        (&["--box", "0001"], "phone"),
        (&["--phone", "R58N0001"], "check"),
        (&["--to", "Mary O.", "--condition", "new", "--accessories", "charger"], "sign"),
        (
            &[
                "--signed",
                "health_worker=Mary O.",
                "--signed",
                "supervisor=Amina",
                "--signed",
                "council=Okello",
            ],
            "stamp",
        ),
    ];
    for (arguments, step) in steps {
        assert_eq!(district.done(&[&["hand-over"], arguments].concat())["step"], step);
    }
    let stamp = [
        "hand-over",
        "--stamped",
        "1",
        "--stamped",
        "2",
        "--copy",
        "1=district",
        "--copy",
        "2=on-the-way",
    ];
    assert_eq!(district.done(&stamp)["open"], json!(["copy 2", "cable"]));
    assert_eq!(district.done(&["hand-over", "--finish"])["still_open"], "copy 2");
    assert_eq!(district.done(&["list", "--open"]).as_array().map(Vec::len), Some(1));
    assert_eq!(district.done(&["close", "1", "--copy", "2=box-file"])["still_open"], "");
    assert_eq!(district.done(&["list", "--open"]), json!([]));
    district.push();
}

const ONE: &str = "8925600000000000012";
const TWO: &str = "8925600000000000020";

/// The SIM cards that the server has: what each says of itself, and the phones in which it was.
fn cards_on_server(district: &District) -> Vec<(String, String, Vec<String>)> {
    let records = district.records_on_server("RoSimProgrm", "*");
    let mut cards: Vec<_> = records
        .iter()
        .map(|record| {
            let events = record["enrollments"][0]["events"].as_array().into_iter().flatten();
            let pairings = events.filter(|it| it["programStage"] == "RoStSimCard");
            let phone = |event: &Value| {
                let values = event["dataValues"].as_array().into_iter().flatten();
                let found = values.filter(|it| it["dataElement"] == "RoEvSimPhon");
                found.map(|it| it["value"].as_str().unwrap_or_default()).collect::<String>()
            };
            let mut phones: Vec<String> = pairings.map(phone).collect();
            phones.sort();
            (attribute(record, "RoSimIccid0"), attribute(record, "RoSimState0"), phones)
        })
        .collect();
    cards.sort();
    cards
}

#[test]
fn a_sim_card_is_in_one_phone_at_a_time_and_a_swap_is_noticed() {
    let district = District::new();
    district.prepared(2);
    let put = |arguments: &[&str]| district.sim(&[&["put"], arguments].concat());
    put(&["1", "--iccid", ONE, "--msisdn", "+256700000001", "--glued-by", "Amina"]);
    put(&["2", "--iccid", TWO, "--msisdn", "+256700000002"]);
    let words = district.sim_refused(&["put", "2", "--iccid", ONE]);
    assert!(words.contains("known in phone 0001"), "{words}");
    // The phone that finds another card inside proposes a request, and says whose it is.
    district.done(&["mine", "--set", "0001", "--iccid", ONE]);
    let ran = district.run(&["mine", "--iccid", TWO], "");
    assert_eq!(ran.code, 6);
    let finding = &ran.json()["findings"][0];
    assert_eq!((&finding["code"], &finding["of"]), (&json!("SIM_CHANGED"), &json!("0002")));
    assert_eq!(finding["proposes_request"], true);
    // Moved by a word: the time in the other phone ends, and it has no card. The card that was here
    // is in stock.
    put(&["2", "--iccid", ONE, "--moved"]);
    let first = district.done(&["show", "1"]);
    assert_eq!(first["facts"]["sim"]["iccid"], "");
    assert_ne!(first["sims"][0]["to"], "");
    let second = district.done(&["show", "2"]);
    assert_eq!(second["facts"]["sim"]["iccid"], ONE);
    assert_eq!(second["facts"]["sim"]["msisdn"], "+256700000001");
    assert_eq!(second["sims"].as_array().map(Vec::len), Some(2));
    assert_eq!(district.sim(&["show", TWO])["state"], "IN_STOCK");
    district.push();
    let in_phones = |phones: &[&str]| phones.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let expected = [
        (ONE.to_owned(), "IN_PHONE".to_owned(), in_phones(&["0001", "0002"])),
        (TWO.to_owned(), "IN_STOCK".to_owned(), in_phones(&["0002"])),
    ];
    assert_eq!(cards_on_server(&district), expected);
}

#[test]
fn a_card_that_a_delivery_names_is_known_like_any_other() {
    let district = District::new();
    let table = format!("number,serial,iccid,msisdn\n1,R1,{ONE},+256700000001\n2,R2,,\n");
    let import = ["import", "-", "--org-unit", "OuClinicAaa"];
    assert_eq!(district.run(&import, &table).json()["added"], 2);
    let words = district.sim_refused(&["put", "2", "--iccid", ONE]);
    assert!(words.contains("known in phone"), "{words}");
    // Nor does a second delivery bring it in another phone: the card says which phone the line means.
    let again = format!("number,serial,iccid\n3,R3,{ONE}\n");
    let problems = district.run(&import, &again).json();
    assert_eq!(problems["problems"][0]["column"], "number", "{problems}");
    district.push();
}

#[test]
fn a_delivery_of_cards_is_taken_in_whole_and_completes_what_is_put_in() {
    let district = District::new();
    district.prepared(1);
    let wrong = format!("iccid,msisdn\n{ONE},+256700000001\n{ONE},x\n");
    let import = ["import", "-", "--org-unit", "OuClinicAaa"];
    let ran =
        district.desk.run_at("tablet", &[&["sim"], &import[..], &["--json"]].concat(), &wrong);
    assert_eq!(ran.code, 2);
    assert_eq!(district.sim(&["list"]), json!([]));
    let right = format!("iccid;msisdn;operator\n{ONE};+256700000001;One\n{TWO};;One\n");
    let ran =
        district.desk.run_at("tablet", &[&["sim"], &import[..], &["--json"]].concat(), &right);
    assert_eq!(ran.json()["added"], 2, "{} {}", ran.stdout, ran.stderr);
    assert_eq!(district.sim(&["list", "--state", "in-stock"]).as_array().map(Vec::len), Some(2));
    let row = district.sim(&["put", "0001", "--iccid", ONE]);
    assert_eq!(row["facts"]["sim"]["msisdn"], "+256700000001");
    // A stolen phone's card is blocked, and goes into no other.
    district.sim(&["step", "+256700000001", "blocked", "--reason", "stolen"]);
    let words = district.sim_refused(&["put", "0001", "--iccid", ONE]);
    assert!(words.contains("blocked"), "{words}");
    district.sim(&["step", ONE, "retired", "--reason", "replaced by the operator"]);
    assert_eq!(district.done(&["show", "1"])["facts"]["sim"]["iccid"], "");
    let words = district.sim_refused(&["step", ONE, "in-stock", "--reason", "found"]);
    assert!(words.contains("not used any more"), "{words}");
    let pairs =
        district.sim(&["export", "--pairs"])["table"].as_str().unwrap_or_default().to_owned();
    assert_eq!(pairs.lines().count(), 2, "{pairs}");
    district.push();
}

#[test]
fn two_people_without_network_who_write_down_one_card_are_told_and_nothing_is_refused() {
    let district = District::new();
    district.prepared(2);
    district.push();
    district.ready("laptop", "nurse");
    district.sim(&["put", "1", "--iccid", ONE]);
    district.desk.done_at("laptop", &["sim", "put", "2", "--iccid", ONE]);
    district.push();
    district.desk.done_at("laptop", &["sync"]);
    district.desk.done_at("tablet", &["sync"]);
    assert_eq!(district.records_on_server("RoSimProgrm", "trackedEntity").len(), 1);
    let rows = district.sim(&["list", "--in-two"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
    // A person looks where it is, and says so.
    district.sim(&["put", "1", "--iccid", ONE, "--moved"]);
    assert_eq!(district.sim(&["list", "--in-two"]), json!([]));
    assert_eq!(district.done(&["show", "2"])["facts"]["sim"]["iccid"], "");
}

#[test]
fn a_stolen_phone_is_locked_and_wiped() {
    let district = District::new();
    district.prepared(1);
    district.hand_over("0001", "Chief", "chief");
    district.done(&["step", "1", "in-use"]);
    district.ready("phone", "chief");
    let report = ["lost", "1", "--stolen", "--reason", "taken from the car", "--lock", "--wipe"];
    let row = district.done(&report);
    assert_eq!(row["state"], "STOLEN");
    assert_ne!(row["lock_asked"], "");
    district.push();
    // A supervisor may not lock accounts; the centre does.
    assert_ne!(district.run(&["lock", "1"], "").code, 0);
    assert_eq!(district.desk.login_at("centre", "admin", "district").code, 0);
    district.desk.done_at("centre", &["pull"]);
    // With its account locked the phone would not hear of the wipe.
    let ran = district.desk.run_at("centre", &["device", "lock", "1", "--json"], "");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (6, &json!("wipe_waits")));
    let row = district.desk.done_at("centre", &["device", "lock", "1", "--at-once"]);
    assert_ne!(row["locked_at"], "");
    district.desk.done_at("centre", &["push"]);
    // The phone itself: unsent work is exported before anything goes.
    let add = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
    let day = desk::days_ago(1);
    let visit = ["--occurred", &day, "--complete", "Age in years=30", "Sex=F"];
    district.desk.done_at("phone", &[&add[..], &visit].concat());
    let ran = district.desk.run_at("phone", &["device", "wipe-here", "--yes", "--json"], "");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("unsent")));
    let export = district.desk.folder.path().join("phone.tar").display().to_string();
    district.desk.done_at("phone", &["exchange", "card", "--name", "Phone 1", "--role", "device"]);
    let wipe = ["device", "wipe-here", "--yes", "--export", &export];
    district.desk.done_at("phone", &["exchange", "recovery", "--name", "Safe"]);
    let wiped = district.desk.done_at("phone", &wipe);
    assert_eq!((&wiped["unsent"], &wiped["exported"]), (&json!(1), &json!(true)));
    assert!(std::fs::metadata(&export).expect("the export").len() > 10_000);
    assert_eq!(district.desk.run_at("phone", &["status"], "").code, 3, "nobody is left on it");
    let left = std::fs::read_dir(district.desk.folder.path().join("phone")).expect("a folder");
    let left: Vec<_> = left.map(|it| it.expect("an entry").file_name()).collect();
    let databases = left.iter().filter(|it| it.to_string_lossy().ends_with(".db")).count();
    assert_eq!(databases, 1, "only the empty list of accounts: {left:?}");
    assert_ne!(district.desk.login_at("other", "chief", PASSWORD).code, 0, "the account is locked");
    // It cannot go to anybody before it was found, and a wipe is written down with its order.
    assert!(
        district
            .refused(&["step", "1", "in-use"])
            .contains("next may be recovered, wiped, retired")
    );
    district.desk.done_at("tablet", &["sync"]);
    let row = district.done(&["wiped", "1", "--reason", "it told so at the next contact"]);
    assert_eq!(row["state"], "WIPED");
    assert_ne!(row["wiped_at"], "");
    district.push();
    assert_eq!(attribute(&district.on_server("attributes")[0], "RoDevState0"), "WIPED");
}

#[test]
fn an_audit_finds_what_is_missing_extra_and_in_the_wrong_hands() {
    let district = District::new();
    district.prepared(4);
    district.hand_over("0001", "Mary O.", "mary");
    district.hand_over("0002", "John Were", "john");
    let elsewhere = ["add", "0005", "--org-unit", "OuClinicBbb", "--fact", "serial=R58N0005"];
    district.done(&elsewhere);
    let begun = district.done(&["audit", "begin", "--org-unit", "Clinic A"]);
    assert_eq!(begun["lines"].as_array().map(Vec::len), Some(4));
    district.done(&["audit", "scan", "R58N0001", "--with", "MARY  O."]);
    district.done(&["audit", "scan", "0003"]);
    for (scan, result) in
        [(["2", "--with", "Peter"], "WRONG_HANDS"), (["5", "--with", ""], "EXTRA")]
    {
        let ran = district.run(&[&["audit", "scan"], &scan[..]].concat(), "");
        assert_eq!((ran.code, &ran.json()["result"]), (6, &json!(result)));
    }
    assert_ne!(district.run(&["audit", "finish"], "").code, 0, "three are open");
    for (number, reason) in
        [("2", "Peter helps out"), ("4", "in the workshop"), ("5", "on a visit")]
    {
        district.done(&["audit", "explain", number, "--reason", reason]);
    }
    let finished = district.done(&["audit", "finish"]);
    let results: Vec<_> = finished["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|it| it["result"].clone())
        .collect();
    assert_eq!(results, ["FOUND", "WRONG_HANDS", "FOUND", "MISSING", "EXTRA"]);
    assert_eq!(district.done(&["report"])["wrong_at_last_audit"], 3);
    district.push();
}

#[test]
fn a_phone_comes_back_with_condition_signatures_and_the_wipe() {
    let district = District::new();
    district.prepared(1);
    district.hand_over("0001", "Mary O.", "mary");
    let begin = ["return", "--phone", "0001", "--condition", "worn", "--accessories", "charger"];
    assert_eq!(district.done(&begin)["step"], "sign");
    let end = [
        "return",
        "--signed",
        "health_worker=Mary O.",
        "--signed",
        "supervisor=Amina",
        "--wiped",
        "yes",
        "--reason",
        "leaves the program",
        "--finish",
    ];
    let row = district.done(&end);
    assert_eq!((&row["state"], &row["facts"]["holder"]), (&json!("RETURNED"), &json!("")));
    // Wiped first, then it may be prepared for somebody else.
    assert_eq!(
        district.prepare(&[(1, 1)]).stdout.lines().filter(|it| it.contains("error")).count(),
        2
    );
    district.done(&["step", "1", "wiped", "--reason", "seen on the screen"]);
    assert_eq!(district.prepare(&[(1, 1)]).code, 0);
    district.push();
}

#[test]
fn a_table_is_taken_in_whole_or_not_at_all() {
    let district = District::new();
    let import = ["import", "-", "--org-unit", "OuClinicAaa"];
    let ran = district.run(&import, "number,imei_1\n1,490154203237518\n2,123\n4,\n");
    assert_eq!(ran.code, 2);
    let lines: Vec<_> = ran.json()["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|it| (it["line"].clone(), it["column"].clone()))
        .collect();
    assert_eq!(lines, [(json!(3), json!("imei_1")), (json!(4), json!("number"))]);
    assert_eq!(district.done(&["list"]), json!([]));
    assert_eq!(district.run(&import, "number,imei_1\n1,490154203237518\n2,\n").json()["added"], 2);
    // What is exported changes nothing when it is taken in again.
    let out = district.desk.folder.path().join("devices.csv").display().to_string();
    assert_eq!(district.done(&["export", "--out", &out])["devices"], 2);
    assert_eq!(district.done(&["import", &out])["unchanged"], 2);
    district.refused(&["add", "9", "--org-unit", "OuClinicAaa"]); // 3 to 8 are left out
    assert_eq!(district.done(&["add", "--org-unit", "OuClinicAaa"])["facts"]["number"], "0003");
}

#[test]
fn a_label_opens_its_device_and_a_foreign_one_is_refused() {
    let district = District::new();
    district.prepared(1);
    let key = district.done(&["label-key"])["key"].as_str().expect("a key").to_owned();
    district.desk.import_rollout(&["--update", "--label-key", &format!("2026={key}")]);
    district.desk.done_at("tablet", &["pull"]);
    let labels = district.done(&["label-text", "1", "--paper", "L7160"]);
    let code = labels[0]["code"].as_str().expect("a code").to_owned();
    assert_eq!(district.done(&["show", &code])["facts"]["number"], "0001");
    assert_eq!(district.done(&["label-text", "1"])[0]["printed_before"], 1);
    district.push();
    // Another tablet of the project reads it without the secret; another project's label it refuses.
    district.ready("other", "nurse");
    assert_eq!(
        district.desk.done_at("other", &["device", "show", &code])["facts"]["number"],
        "0001"
    );
    // A key that the package does not know makes labels that nobody else reads: none are made.
    district.desk.done_at("other", &["device", "label-key"]);
    let ran = district.desk.run_at("other", &["device", "label-text", "1", "--json"], "");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("unknown_key")));
    let foreign = District::new();
    foreign.prepared(1);
    let key = foreign.done(&["label-key"])["key"].as_str().expect("a key").to_owned();
    foreign.desk.import_rollout(&["--update", "--label-key", &format!("2026={key}")]);
    foreign.desk.done_at("tablet", &["pull"]);
    let foreign =
        foreign.done(&["label-text", "1"])[0]["code"].as_str().expect("a code").to_owned();
    let ran = district.run(&["show", &foreign], "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.json()["error"]["reason"].as_str().expect("text").contains("not from this project")
    );
}

#[test]
fn a_personal_phone_is_paid_back_up_to_the_allowance_once_a_month() {
    let district = District::new();
    let add = ["add", "--org-unit", "OuClinicAaa", "--fact", "ownership=PERSONAL"];
    district.done(&[&add[..], &["--fact", "holder=Mary O."]].concat());
    let month = desk::days_ago(62).replace('-', "")[..6].to_owned();
    let claim = [
        "claim",
        "1",
        "--month",
        &month,
        "--amount",
        "12000",
        "--currency",
        "ugx",
        "--allowance",
        "10000",
        "--data-used",
        "5000000",
    ];
    let offer = district.done(&claim);
    assert_eq!((&offer["payable"], &offer["above"]), (&json!(10_000), &json!(2_000)));
    assert!(district.refused(&claim).contains("was claimed already"));
    district.push();
}

#[test]
fn a_device_is_only_where_its_program_is_used_and_moves_with_its_card() {
    let district = District::new();
    district.prepared(1);
    district.sim(&["put", "1", "--iccid", ONE]);
    district.push();
    // What the server would refuse weeks later is refused at once, with what to do.
    for refused in
        [&["add", "--org-unit", "OuDistrictN"][..], &["move", "1", "--org-unit", "OuDistrictN"]]
    {
        let ran = district.run(refused, "");
        assert_eq!(ran.code, 2, "{refused:?}: {}", ran.stdout);
    }
    let table = "number,serial,org_unit\n2,R2,OuDistrictN\n";
    assert_eq!(district.run(&["import", "-"], table).code, 2);
    let row = district.done(&["move", "1", "--org-unit", "OuClinicBbb"]);
    assert_eq!(row["place"], "OuClinicBbb");
    district.push();
    for program in [PROGRAM, "RoSimProgrm"] {
        let records = district.records_on_server(program, "trackedEntity,orgUnit,programOwners");
        let owner = &records[0]["programOwners"][0]["orgUnit"];
        assert_eq!(
            (&records[0]["orgUnit"], owner),
            (&json!("OuClinicBbb"), &json!("OuClinicBbb")),
            "{records:?}"
        );
    }
    // So it does by a table, which says so; of a card a table changes nothing.
    let table = "number,org_unit\n1,OuClinicAaa\n";
    let import = district.run(&["import", "-"], table).json();
    assert_eq!(import["changes"][0]["is_moved"], true, "{import}");
    let problems = district.run(&["import", "-"], "number,msisdn\n1,+256700000009\n").json();
    let words = problems["problems"][0]["problem"].as_str().unwrap_or_default().to_owned();
    assert!(words.contains("sim put"), "{problems}");
    district.push();
    for program in [PROGRAM, "RoSimProgrm"] {
        let records = district.records_on_server(program, "programOwners");
        assert_eq!(records[0]["programOwners"][0]["orgUnit"], "OuClinicAaa", "{records:?}");
    }
    district.done(&["move", "1", "--org-unit", "OuClinicBbb"]);
    let table = format!("iccid,org_unit\n{ONE},OuClinicAaa\n");
    let ran = district.desk.run_at("tablet", &["sim", "import", "-", "--json"], &table);
    assert_eq!(ran.json()["changed"], 1, "{} {}", ran.stdout, ran.stderr);
    district.push();
    let cards = district.records_on_server("RoSimProgrm", "programOwners");
    assert_eq!(cards[0]["programOwners"][0]["orgUnit"], "OuClinicAaa", "{cards:?}");
    // A hand-over says where the phone is from then on.
    let scan = ["hand-over", "--box", "1", "--phone", "R58N0001", "--to", "Mary O."];
    let rest = ["--condition", "new", "--org-unit", "OuClinicAaa", "--finish"];
    assert_eq!(district.done(&[&scan[..], &rest].concat())["place"], "OuClinicAaa");
    district.push();
}

#[test]
fn a_number_that_two_people_gave_is_given_once_in_the_end() {
    let district = District::new();
    district.ready("laptop", "nurse");
    let add = |serial: &str| {
        let serial = format!("serial={serial}");
        [&["add", "--org-unit", "OuClinicAaa", "--fact"][..], &[&serial]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    district.done(&add("FIRST").iter().map(String::as_str).collect::<Vec<_>>());
    let second: Vec<String> = [vec!["device".to_owned()], add("SECOND")].concat();
    let second = second.iter().map(String::as_str).collect::<Vec<_>>();
    let id = district.desk.done_at("laptop", &second)["id"].as_str().expect("an id").to_owned();
    district.push();
    // The server takes one of them; both are seen, and a label is printed for each.
    let ran = district.desk.run_at("laptop", &["sync", "--json"], "");
    assert_eq!(ran.json()["rejected"], 1, "{}", ran.stdout);
    let ran = district.desk.run_at("laptop", &["device", "show", "0001", "--json"], "");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("ambiguous")));
    let words = ran.json()["error"]["reason"].as_str().unwrap_or_default().to_owned();
    assert!(words.contains(&id) && words.contains("device renumber"), "{words}");
    let row = district.desk.done_at("laptop", &["device", "renumber", &id]);
    assert_eq!(row["facts"]["number"], "0002");
    let ran = district.desk.run_at("laptop", &["device", "renumber", &id, "--json"], "");
    assert_eq!(ran.code, 6, "a number of its own stays: {}", ran.stdout);
    district.desk.done_at("laptop", &["sync"]);
    assert_eq!(district.desk.done_at("laptop", &["outbox"]), json!([]));
    let mut numbers: Vec<_> =
        district.on_server("attributes").iter().map(|it| attribute(it, "RoDevNumber")).collect();
    numbers.sort();
    assert_eq!(numbers, ["0001", "0002"]);
}

#[test]
fn what_the_server_would_refuse_is_refused_when_it_is_typed() {
    let district = District::new();
    district.prepared(1);
    let scan = ["hand-over", "--box", "1", "--phone", "R58N0001", "--to", "Mary O."];
    district.done(&[&scan[..], &["--condition", "new"]].concat());
    for (wrong, word) in [
        (&["--support", "Sue=ask Sue"][..], "digits"),
        (&["--support", "Sue=+256700123456", "--stamp-photo", "nophoto"], "Photo"),
        (&["--stamp-photo", "abcdefghijk"], "file"),
    ] {
        let ran = district.run(&[&["hand-over"], wrong, &["--finish"]].concat(), "");
        assert_ne!(ran.code, 0, "{wrong:?}");
        let words = ran.json()["error"].to_string();
        assert!(words.contains(word), "{wrong:?}: {words}");
    }
    district.done(&["hand-over", "--stamp-photo", "", "--finish"]);
    district.push();
}

#[test]
fn an_audit_that_was_begun_by_mistake_is_given_up() {
    let district = District::new();
    district.prepared(2);
    district.done(&["audit", "begin", "--org-unit", "OuClinicBbb"]);
    assert_eq!(district.run(&["audit", "scan", "1"], "").code, 6);
    let audit = district.done(&["audit", "take-back", "1"]);
    assert_eq!(audit["lines"], json!([]));
    assert_eq!(district.run(&["audit", "take-back", "1"], "").code, 2);
    district.done(&["audit", "stop", "--reason", "the wrong clinic"]);
    district.done(&["audit", "begin", "--org-unit", "OuClinicAaa"]);
}
