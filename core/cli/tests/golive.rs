//! A site that is not ready does not go live; one that does runs in parallel with its register, where
//! three cases differ, are named, and are mended before the old way stops. Paper of all of it.

mod desk;

use std::path::PathBuf;

use desk::{Desk, PASSWORD, Ran};
use serde_json::{Value, json};

/// A district whose server has the roll-out package, and a supervisor's tablet that pulled it.
struct District {
    desk: Desk,
}

impl District {
    fn new() -> Self {
        let district = Self { desk: Desk::new() };
        district.desk.import_rollout(&[]);
        district.desk.put_into_group("nurse", "RoGrpSuperv");
        assert_eq!(district.desk.login_at("tablet", "nurse", PASSWORD).code, 0);
        district.desk.done_at("tablet", &["pull"]);
        district
    }

    fn path(&self, name: &str) -> String {
        self.desk.folder.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.desk.run_at("tablet", &[arguments, &["--json"]].concat(), "")
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        self.desk.done_at("tablet", arguments)
    }

    /// What a command says that ends with this code.
    #[track_caller]
    fn ends(&self, code: i32, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    }

    /// Phones handed over at a clinic, with papers that are whole.
    fn phones(&self, count: u32) {
        let table = (1..=count).map(|number| {
            format!("{number:04},R58N{number:04},Samsung,A14,\"charger, cable\",Gasabo,+25670000\n")
        });
        let head = "number,serial,make,model,accessories,district,support_phone\n";
        let file = self.path("delivery.csv");
        std::fs::write(&file, head.to_owned() + &table.collect::<String>()).expect("written");
        self.done(&["device", "import", &file, "--org-unit", "OuClinicAaa"]);
        let scans: String = (1..=count).map(|it| format!("{it:04}\nR58N{it:04}\n")).collect();
        let prepare = ["device", "prepare", "--app-version", "1.4.0", "--json"];
        assert_eq!(self.desk.run_at("tablet", &prepare, &scans).code, 0);
        self.done(&["device", "prepare", "--finish"]);
        for number in 1..=count {
            let (of_box, phone) = (format!("{number:04}"), format!("R58N{number:04}"));
            let to = format!("Health worker {number}");
            let scan = ["device", "hand-over", "--box", &of_box, "--phone", &phone, "--to", &to];
            let rest = ["--condition", "new", "--accessories", "charger,cable", "--finish"];
            self.done(&[&scan[..], &rest].concat());
        }
    }

    /// A day that stays right whenever the test runs.
    fn plan(&self, day: &str) {
        let plan = ["golive", "plan", "--site", "Clinic A", "--on", day, "--already-live"];
        self.done(&plan);
    }

    fn close_papers(&self, number: &str) {
        let signed = ["--signed", "health_worker=A", "--signed", "supervisor=B"];
        let council = ["--signed", "council=C", "--stamped", "1", "--stamped", "2"];
        let copies = ["--copy", "1=district", "--copy", "2=box-file"];
        self.done(&[&["device", "close", number], &signed[..], &council, &copies].concat());
    }

    fn check(&self, check: &str, done: &str, of: &str) -> Ran {
        let site = ["golive", "readiness", "Clinic A", "--check", check];
        self.run(&[&site[..], &["--done", done, "--of", of]].concat())
    }

    /// A case in the app: its number in the register stands in an answer.
    fn case(&self, day: &str, number: &str) {
        let add = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
        let referred = format!("Referred to={number}");
        let values = ["Age in years=4", "Sex=F", "Outcome=REFERRED", &referred];
        let ran = self.run(&[&add[..], &["--occurred", day], &values].concat());
        assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_site_that_is_not_ready_is_red_and_does_not_go() {
    let district = District::new();
    district.plan("2026-12-14");
    let red = district.ends(6, &["golive", "readiness", "Clinic A"]);
    assert_eq!(red["light"], "RED", "{red}");
    assert_eq!(red["lines"].as_array().map(Vec::len), Some(7), "{red}");

    // Two phones, one with open papers: named with what is open.
    district.phones(2);
    district.close_papers("1");
    let red = district.ends(6, &["golive", "readiness", "Clinic A"]);
    let agreements = &red["lines"][1];
    assert_eq!(agreements["light"], "RED", "{red}");
    let missing = agreements["missing"].as_str().unwrap_or_default();
    assert!(missing.contains("0002 (") && !missing.contains("0001"), "{red}");

    let go = ["golive", "decide", "Clinic A", "go", "--reason", "It is time"];
    let refused = district.ends(6, &go);
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("Agreements closed") && reason.contains("0002"), "{refused}");
    assert!(reason.contains("--all-the-same"), "{refused}");

    // Somebody may take it upon them; it is written down.
    let site = district.done(&[&go[..], &["--all-the-same"]].concat());
    assert_eq!(site["decisions"][0]["verdict"], "GO", "{site}");
}

#[test]
fn readiness_says_one_thing_of_what_is_counted_and_of_whom_to_call() {
    let district = District::new();
    // The package is not used above the clinics: the server would refuse the site.
    let refused = district.ends(2, &["golive", "plan", "--site", "OuDistrictN"]);
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the go-live program is not used at"), "{refused}");

    district.plan("2026-12-14");
    let line = |check: &str| {
        let found = district.run(&["golive", "readiness", "Clinic A"]).json();
        let lines = found["lines"].as_array().expect("a list").iter();
        lines.clone().find(|line| line["check"] == check).expect("a line").clone()
    };
    assert_eq!(line("SUPPORT_CONTACT")["missing"], "nobody has looked");
    let contact = json!({ "organisationUnit": "OuDistrictN", "tier": 1, "name": "Grace",
        "phone": "+256700123456" });
    let settings = district.path("support.json");
    std::fs::write(&settings, json!({ "contacts": [contact] }).to_string()).expect("written");
    district.done(&["support", "settings", "--here", "--set", &settings]);
    let known = line("SUPPORT_CONTACT");
    assert_eq!((&known["light"], &known["done"]), (&json!("GREEN"), &json!(1)), "{known}");

    // Nobody can be given a phone that was stolen.
    district.phones(3);
    district.done(&["device", "lost", "3", "--stolen", "--reason", "taken from the car"]);
    let devices = line("DEVICES");
    assert_eq!((&devices["done"], &devices["of"]), (&json!(2), &json!(2)), "{devices}");
    assert_eq!(line("SUPPORT_CONTACT")["of"], 2);
    let refused = district.check("devices", "5", "5");
    let reason = refused.json()["error"]["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("counted from the registry of devices here (2 of 2)"), "{reason}");
    assert_eq!(refused.code, 2);
    let training = district.check("training", "1", "4").json();
    assert_eq!(
        (&training["lines"][3]["done"], &training["lines"][3]["of"]),
        (&json!(1), &json!(4))
    );
}

#[test]
fn a_day_that_has_passed_is_for_a_site_that_is_live() {
    let district = District::new();
    let plan = ["golive", "plan", "--site", "Clinic A"];
    let on = [&plan[..], &["--on", "2020-01-01"]].concat();
    let refused = district.ends(2, &on);
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("2020-01-01 has passed") && reason.contains("--already-live"));
    district.done(&plan);
    let go = ["golive", "decide", "Clinic A", "go", "--reason", "It is time", "--all-the-same"];
    district.done(&go);
    // Its day is put right, and said.
    let said = district.desk.run_at("tablet", &on, "");
    assert!(said.stdout.contains("Live on   2020-01-01"), "{}{}", said.stdout, said.stderr);
    let choice = [&plan[..], &["--what", "Register", "--choice", "replace"]].concat();
    assert_eq!(district.run(&choice).code, 2, "a choice has a reason");
    district.done(&[&choice[..], &["--reason", "It is full"]].concat());
}

#[test]
fn a_day_that_collides_names_what_with() {
    let district = District::new();
    district.plan("2026-12-14");
    let add = |what: &str, sort: &str, from: &str, to: &str| {
        let entry = ["golive", "calendar", "Clinic A", "--what", what, "--sort", sort];
        let days = ["--from", from, "--to", to];
        district.run(&[&entry[..], &days].concat())
    };
    assert_eq!(add("Help from the district", "support", "2026-12-14", "2026-12-27").code, 0);
    let ran = add("Measles campaign", "campaign", "2026-12-10", "2026-12-18");
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    let conflicts = &ran.json()["conflicts"];
    assert_eq!(conflicts[0]["on_the_day"], true, "{conflicts}");
    assert!(conflicts[0]["words"].as_str().unwrap_or_default().contains("Measles campaign"));
    // Another day, and the conflict is gone but for the missing help.
    district.plan("2026-12-19");
    let found = district.ends(6, &["golive", "calendar", "Clinic A"]);
    assert_eq!(found["conflicts"].as_array().map(Vec::len), Some(1), "{found}");
    assert!(found["conflicts"][0]["words"].as_str().unwrap_or_default().contains("no extra"));
    for wrong in [
        ["--from", "14.12.2026", "--to", "2026-12-15"],
        ["--from", "2026-12-20", "--to", "2026-12-15"],
    ] {
        let entry = ["golive", "calendar", "Clinic A", "--what", "x", "--sort", "away"];
        assert_eq!(district.run(&[&entry[..], &wrong].concat()).code, 2);
    }
}

#[test]
fn a_parallel_run_that_differs_by_three_cases_finds_them_before_the_old_way_stops() {
    let district = District::new();
    district.plan("2026-08-31");
    let plan = ["golive", "plan", "--site", "Clinic A", "--what"];
    let register = ["Paper register", "--choice", "parallel", "--compares", "Supervisor"];
    // What runs in parallel has an end, and somebody decided why.
    assert_eq!(district.run(&[&plan[..], &register].concat()).code, 2);
    let end = ["--until", "2026-12-31", "--reason", "Figures of one quarter"];
    district.done(&[&plan[..], &register, &end].concat());
    for check in ["devices", "agreements", "accounts", "training", "first_sync", "metadata"] {
        district.check(check, "12", "12");
    }
    assert_eq!(district.check("support_contact", "12", "12").code, 0, "all is green");
    district.done(&["golive", "decide", "Clinic A", "go", "--reason", "All is green"]);

    // Three weeks of the register; in the first, three cases never reached the app.
    let mut table = "date,what,key\n".to_owned();
    for (day, numbers) in [("2026-09-01", 1..=5), ("2026-09-08", 6..=8), ("2026-09-15", 9..=10)] {
        for number in numbers {
            table.push_str(&format!("{day},Fever,R-{number:03}\n"));
            if ![2, 3, 5].contains(&number) {
                district.case(day, &format!("r-{number:03}"));
            }
        }
    }
    let file = district.path("register.csv");
    std::fs::write(&file, table).expect("written");
    let compare = ["golive", "compare", "Clinic A", "--register", &file, "--what", "Fever"];
    let compare = [&compare[..], &["--program", "Fever visit", "--key", "Referred to"]].concat();
    let compared = district.ends(6, &[&compare[..], &["--keep"]].concat());
    let differences = compared["differences"].as_array().expect("a list");
    assert_eq!(differences.len(), 1, "{compared}");
    let keys: Vec<_> =
        differences[0]["behind"].as_array().expect("a list").iter().map(|it| &it["key"]).collect();
    assert_eq!(keys, ["R-002", "R-003", "R-005"], "{compared}");
    assert_eq!((&differences[0]["before"], &differences[0]["app"]), (&json!(5), &json!(2)));

    let cut = ["golive", "decide", "Clinic A", "cut-over", "--reason", "Three weeks"];
    let refused = district.ends(6, &cut);
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("2026W36 Fever differs by -3"), "{refused}");

    // The report names them, in words and on paper, and a chart shows both lines.
    let told = district.desk.run_at("tablet", &["golive", "report", "Clinic A"], "").stdout;
    for words in [
        "Live on   2026-08-31",
        "GREEN  Training done",
        "Plan      Paper register: PARALLEL until 2026-12-31, Supervisor compares",
        "Conflict  no extra support",
        "Decision  20",
        "Compared  2 of 3 totals agree",
        "Differs   2026W36 Fever: register 5, app 2",
        "R-002 (register, line 3): not in the app",
        "NOT safe to stop: 2026W36 Fever differs by -3",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let chart = ["golive", "chart", "comparison", "--site", "Clinic A", "--out", "x.svg"];
    let refused = district.ends(2, &[&chart[..], &["--what", "zzz"]].concat());
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.ends_with("zzz was not compared at Clinic A; there are: Fever"), "{reason}");
    let (report, picture) = (district.path("decision.pdf"), district.path("run.svg"));
    for language in ["en", "fr", "ar"] {
        let print = ["print", "go-no-go", "Clinic A", "--language", language, "--out", &report];
        assert_eq!(district.done(&print)["missing_letters"], json!([]));
    }
    let chart = ["golive", "chart", "comparison", "--site", "Clinic A", "--out", &picture];
    district.done(&chart);
    assert!(std::fs::read(&report).expect("written").starts_with(b"%PDF-"));
    assert!(std::fs::read_to_string(&picture).expect("written").contains("2026W36"));

    // They are entered from the register; now the three weeks agree and the old way stops, and comes back.
    for number in [2, 3, 5] {
        district.case("2026-09-01", &format!("R-{number:03}"));
    }
    let compared = district.done(&[&compare[..], &["--keep"]].concat());
    assert_eq!((&compared["is_safe"], &compared["differences"]), (&json!(true), &json!([])));
    district.done(&cut);
    let back = ["golive", "decide", "Clinic A", "reversed", "--reason", "A flood"];
    let site = district.done(&back);
    let verdicts: Vec<_> =
        site["decisions"].as_array().expect("a list").iter().map(|it| &it["verdict"]).collect();
    assert_eq!(verdicts, ["GO", "CUT_OVER", "REVERSED"], "{site}");

    // All of it is in DHIS2 after the next synchronisation.
    district.done(&["push"]);
    let target = "/api/tracker/trackedEntities?program=RoGolProgrm&orgUnits=OuClinicAaa\
                  &paging=false&fields=trackedEntity,enrollments[events[programStage]]";
    let answer = district.desk.ask("GET", target, &Value::Null);
    let list = answer.get("trackedEntities").or(answer.get("instances")).expect("a list");
    let events = &list[0]["enrollments"][0]["events"];
    assert!(events.as_array().is_some_and(|it| it.len() >= 14), "{answer}");
    // What was sent is listed as before.
    assert_eq!(district.done(&["golive", "report", "Clinic A"])["site"]["site"], "Clinic A");
}

#[test]
fn a_register_that_cannot_be_read_is_refused_line_by_line() {
    let district = District::new();
    district.done(&["golive", "plan", "--site", "Clinic A"]);
    let file = district.path("register.csv");
    let compare = ["golive", "compare", "Clinic A", "--register", &file, "--app", &file];
    let refused = |text: &[u8], word: &str| {
        std::fs::write(&file, text).expect("written");
        let refused = district.ends(2, &[&compare[..], &["--keep"]].concat());
        let reason = refused["error"]["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(word), "{refused}");
    };
    refused(b"period,what,total\n2026W1,Fever,x\n2026W2,Fever,-3\n", "line 2: ");
    refused(b"period,what,total\n2026W1,Fever,1\n2026W2,Fever,-3\n", "line 3: ");
    refused(b"what,total\nFever,1\n", "period or date");
    refused(b"", "the table is empty");
    refused(b"sep=;\nperiod;what;total\n", "take the line with sep= out");
    refused(b"period,what,total\n2026W1,\xff\xfe,1\n", "UTF-8");
    let site = district.done(&["golive", "report", "Clinic A"]);
    assert_eq!(site["site"]["comparisons"], json!([]), "nothing half-taken: {site}");
    assert_eq!(district.ends(2, &["golive", "report", "Nowhere"])["error"]["kind"], "not_found");
}

#[test]
fn a_week_that_the_register_leaves_out_does_not_pass_and_excel_in_french_is_read() {
    let district = District::new();
    district.done(&["golive", "plan", "--site", "Clinic A"]);
    for (day, number) in [("2026-09-01", "1"), ("2026-09-08", "2"), ("2026-09-15", "3")] {
        district.case(day, number);
    }
    let file = district.path("register.csv");
    let compare = ["golive", "compare", "Clinic A", "--register", &file];
    let compare = [&compare[..], &["--program", "Fever visit"]].concat();
    let with = |table: &str, code: i32, rest: &[&str]| {
        std::fs::write(&file, table).expect("written");
        district.ends(code, &[&compare[..], rest].concat())
    };
    let whole = "period;what;total\r\n2026W36;Fever;1\r\n2026W37;Fever;1\r\n2026W38;Fever;1\r\n";
    assert_eq!(with(whole, 0, &[])["is_safe"], true, "the one thing of which it tells is taken");
    let gap = whole.replace("2026W37;Fever;1\r\n", "");
    let found = with(&gap, 6, &[]);
    assert_eq!(found["differences"][0]["period"], "2026W37", "{found}");
    assert_eq!(found["differences"][0]["is_stated"], false, "{found}");
    let said = district.desk.run_at("tablet", &compare, "").stdout;
    assert!(said.contains("NOT safe to stop") && said.contains("leaves 2026W37 out"), "{said}");
    for (table, rest, words) in [
        ("period,what,total\n202609,Fever,3\n", &[][..], "use --by month"),
        ("period,what,total\n2026W36,Fever,3\n2026W36,Births,1\n", &[], "with --what"),
        ("period,what,total\n2026W36,Fever,3\n", &["--what", "Births"], "it tells of: Fever"),
    ] {
        let refused = with(table, 2, rest);
        let reason = refused["error"]["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(words), "{refused}");
    }
    let months = with("period,what,total\n202609,Fever,3\n", 6, &["--by", "month"]);
    assert_eq!(months["differences"], json!([]), "{months}");
}

#[test]
fn the_first_weeks_show_who_is_silent() {
    let district = District::new();
    district.plan("2026-11-02");
    district.phones(3);
    let sites = district.done(&["golive", "adoption", "--days", "7"]);
    assert_eq!(sites[0]["silent"], json!(["0001", "0002", "0003"]), "{sites}");
    assert_eq!((&sites[0]["devices"], &sites[0]["recent"]), (&json!(3), &json!(0)));
    for (chart, file) in [("adoption", "a.png"), ("readiness", "r.svg")] {
        district.done(&["golive", "chart", chart, "--out", &district.path(file)]);
    }
    let png = std::fs::read(PathBuf::from(district.path("a.png"))).expect("written");
    assert!(png.starts_with(b"\x89PNG"));
    assert_eq!(
        district.ends(2, &["golive", "chart", "adoption", "--out", "a.gif"])["error"]["kind"],
        "invalid_input"
    );
}

/// What was said of each day of a site: expected, synchronised, silent, not known.
fn days_of(site: &Value) -> Vec<[u64; 4]> {
    let count = |value: &Value| value.as_array().map_or(0, Vec::len) as u64;
    let days = site["days"].as_array().expect("a list").iter();
    days.map(|day| {
        let number = |name: &str| day[name].as_u64().expect("a number");
        let (expected, synced) = (number("expected"), number("synced"));
        [expected, synced, count(&day["silent"]), count(&day["unknown"])]
    })
    .collect()
}

#[test]
fn the_first_weeks_are_told_by_day_and_what_nobody_knows_is_no_nought() {
    let district = District::new();
    district.plan("2026-11-02");
    district.phones(3);
    // One phone is with whoever works here, one with somebody who never synchronised, one with nobody
    // whose user name is known.
    district.done(&["device", "set", "1", "holder_user=nurse"]);
    district.done(&["device", "set", "2", "holder_user=never"]);
    let by_day = ["golive", "adoption", "--by-day", "--days", "3"];
    let before = district.done(&by_day);
    // They were handed over today. Nobody read yet what devices tell of themselves.
    assert_eq!(days_of(&before[0]), [[0; 4], [0; 4], [3, 0, 0, 3]], "{before}");
    assert_eq!(before[0]["days"][2]["refused"], Value::Null, "{before}");

    district.done(&["sync"]);
    let csv = district.path("weeks.csv");
    let site = ["--site", "Clinic A", "--csv", &csv];
    let after = district.done(&[&by_day[..], &site].concat());
    assert_eq!(days_of(&after[0])[2], [3, 1, 1, 1], "{after}");
    let today = &after[0]["days"][2];
    assert_eq!((&today["silent"], &today["unknown"]), (&json!(["0002"]), &json!(["0003"])));
    assert_eq!((&today["requests"], &today["refused"]), (&json!(0), &json!(0)), "{after}");
    let text = std::fs::read_to_string(&csv).expect("written");
    let day = today["day"].as_str().expect("a day");
    assert!(text.contains(&format!("Clinic A,{day},3,1,1,1,0,0,0\r\n")), "{text}");

    let ran = district.desk.run_at("tablet", &by_day, "");
    assert!(ran.stdout.contains("1 of 3"), "{}", ran.stdout);
    let chart = ["golive", "chart", "adoption", "--by-day", "--site", "Clinic A", "--language"];
    for language in ["en", "fr", "ar"] {
        let svg = district.path("weeks.svg");
        district.done(&[&chart[..], &[language, "--out", &svg]].concat());
        let text = std::fs::read_to_string(&svg).expect("written");
        assert!(text.contains("aria-label=\"Clinic A"), "{language}: {text}");
    }
    let wrong =
        ["golive", "chart", "readiness", "--by-day", "--site", "Clinic A", "--out", "a.svg"];
    assert_eq!(district.ends(2, &wrong)["error"]["field"], "by_day");
}

#[test]
fn paper_of_the_registry_is_printed_and_labels_leave_a_trace() {
    let district = District::new();
    district.phones(3);
    let out = district.path("labels.pdf");
    let labels = ["print", "labels", "--org-unit", "Clinic A", "--out", &out];
    let refused = district.ends(2, &labels);
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("label-key"), "{refused}");
    let key = district.done(&["device", "label-key"])["key"].as_str().expect("a key").to_owned();
    district.desk.import_rollout(&["--update", "--label-key", &format!("2026={key}")]);
    district.done(&["pull"]);
    for stock in ["L7160", "L7163", "tape-62", "tape-24"] {
        let printed = district.done(&[&labels[..], &["--stock", stock]].concat());
        assert_eq!(printed["missing_letters"], json!([]), "{printed}");
        let pages = if stock.starts_with('L') { 1 } else { 3 };
        assert_eq!(printed["pages"], pages, "{printed}");
    }
    let texts = district.done(&["device", "label-text", "1"]);
    assert_eq!(texts[0]["printed_before"], 4, "{texts}");
    let svg = district.path("one.svg");
    let one = ["print", "labels", "0002", "--stock", "tape-24", "--out", &svg];
    district.done(&one);
    assert!(std::fs::read_to_string(&svg).expect("written").contains("aria-label=\"0002\""));
    assert_eq!(district.run(&["print", "labels", "--out", &svg]).code, 2, "an SVG is one label");
    assert_eq!(district.run(&[&labels[..], &["--stock", "A4"]].concat()).code, 2);

    let out = district.path("agreements.pdf");
    for (language, pages) in [("en", 4), ("fr", 4), ("ar", 4)] {
        let agreement = ["print", "agreement", "1", "2", "--language", language, "--out", &out];
        let printed = district.done(&[&agreement[..], &["--supervisor", "Jean"]].concat());
        assert_eq!(printed["pages"], pages, "{language} {printed}");
    }
    let own = district.path("own.txt");
    std::fs::write(&own, "# Phone {number}\n\nIt is {nobody}'s.\n").expect("written");
    let agreement = ["print", "agreement", "1", "--text", &own, "--text-version", "2"];
    let refused = district.ends(2, &[&agreement[..], &["--out", &out]].concat());
    let reason = refused["error"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("line 3") && reason.contains("{nobody}"), "{refused}");

    let list = ["print", "hand-over-list", "--by", "Jean", "--out", &out];
    assert_eq!(district.done(&list)["pages"], 1);
}
