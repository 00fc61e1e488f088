//! Support requests end to end over a server that got the metadata package: filed without network,
//! late, escalated, answered; calls and e-mails; notices to real mail and web servers; the mirror
//! in messages.

mod desk;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use desk::{Desk, PASSWORD, Ran};
use outpost_sandbox::Faults;
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// A health worker's phone and a supervisor's tablet at one district.
struct Support {
    desk: Desk,
}

impl Support {
    fn new() -> Self {
        let support = Self { desk: Desk::new() };
        support.desk.import_rollout(&[]);
        support.desk.put_into_group("nurse", "RoGrpWorker");
        support.desk.put_into_group("chief", "RoGrpSuperv");
        for (home, user) in [("phone", "nurse"), ("tablet", "chief")] {
            assert_eq!(support.desk.login_at(home, user, PASSWORD).code, 0);
            support.desk.done_at(home, &["sync"]);
        }
        support
    }

    fn faults(&self, faults: Faults) {
        self.desk.sandbox.with(|sandbox| sandbox.set_faults(faults));
    }

    /// Time passes at the server, and everywhere once it was met.
    fn hours_pass(&self, hours: i64) {
        self.faults(Faults { clock_ahead_ms: hours * HOUR, ..Faults::default() });
    }

    fn run(&self, home: &str, arguments: &[&str], input: &str) -> Ran {
        self.desk.run_at(home, &[&["support"], arguments, &["--json"]].concat(), input)
    }

    #[track_caller]
    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.desk.done_at(home, &[&["support"], arguments].concat())
    }

    #[track_caller]
    fn refused(&self, home: &str, arguments: &[&str], code: &str) {
        let ran = self.run(home, arguments, "");
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        assert_eq!(ran.json()["error"]["code"], code, "{}", ran.stdout);
    }

    /// What stands on the terminal.
    #[track_caller]
    fn said(&self, home: &str, arguments: &[&str]) -> String {
        let ran = self.desk.run_at(home, &[&["support"], arguments].concat(), "");
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.stdout
    }

    #[track_caller]
    fn sync(&self, home: &str) {
        let report = self.desk.done_at(home, &["sync"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        assert_eq!(self.desk.done_at(home, &["outbox"]), json!([]), "nothing is refused");
    }

    /// Files a request on the phone; its id.
    #[track_caller]
    fn file(&self, title: &str, rest: &[&str]) -> String {
        let file = ["file", "--org-unit", "Clinic A", "--title", title];
        let filed = self.done("phone", &[&file[..], rest].concat());
        text(&filed["request"]["id"])
    }

    fn path(&self, name: &str, content: &str) -> String {
        let path = self.desk.folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.display().to_string()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn hours(value: &Value) -> i64 {
    value.as_i64().expect("milliseconds") / HOUR
}

#[test]
fn a_request_filed_without_network_is_not_born_late_is_acknowledged_late_and_escalates() {
    let support = Support::new();
    support.faults(Faults { drop_request: true, ..Faults::default() });
    let id =
        support.file("Nothing is sent", &["--problem", "not_sending", "--text", "Since Monday"]);
    let own = support.done("phone", &["show", &id]);
    assert_eq!(own["acknowledging"]["state"], "not_started", "{own}");
    assert_eq!(own["record"], "pending", "{own}");
    assert!(text(&own["links"]["diagnostics"]).contains("appVersion"), "{own}");
    assert!(!text(&own["links"]["diagnostics"]).contains("nurse"), "{own}");

    // Three days later the phone finds network.
    support.hours_pass(72);
    support.sync("phone");
    support.sync("tablet");
    let seen = support.done("tablet", &["show", &id]);
    assert_eq!(hours(&seen["since_made_ms"]), 72, "{seen}");
    assert_eq!(hours(&seen["since_received_ms"]), 0, "{seen}");
    assert_eq!((&seen["level"], &seen["tier"]), (&json!(0), &json!(1)), "{seen}");
    assert_eq!(seen["acknowledging"]["state"], "running", "{seen}");

    // Nobody looks for thirteen hours.
    support.hours_pass(85);
    support.sync("tablet");
    let queue = support.done("tablet", &["queue", "--tier", "2"])["requests"].clone();
    assert_eq!((&queue[0]["id"], &queue[0]["level"]), (&json!(id), &json!(100)), "{queue}");
    assert_eq!(support.done("tablet", &["queue", "--tier", "1"])["requests"], json!([]));
    let moved = support.done("tablet", &["escalate", "--due"]);
    assert_eq!(moved["moved"], json!([id]));
    assert_eq!(support.done("tablet", &["escalate", "--due"])["moved"], json!([]));
    let late = support.done("tablet", &["acknowledge", &id]);
    assert_eq!(
        (&late["state"], &late["acknowledging"]["state"]),
        (&json!("ACKNOWLEDGED"), &json!("late"))
    );
    assert_eq!(hours(&late["acknowledging"]["used_ms"]), 13, "{late}");

    // The user sees it, and the report counts it for the tier that let it pass.
    support.sync("tablet");
    support.sync("phone");
    assert_eq!(support.done("phone", &["show", &id])["reacted_by"], "chief");
    let report = support.done("tablet", &["report"]);
    assert_eq!(
        (&report["rows"][0]["tier"], &report["rows"][0]["late"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(report["causes"], json!([["NOT_SENDING", 1]]));

    // For those who would rather look.
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("report.svg").display().to_string();
    support.done("tablet", &["report", "--chart", &picture]);
    let drawn = std::fs::read_to_string(&picture).expect("a picture");
    assert!(drawn.contains("Nobody answered"), "{drawn}");
}

#[test]
fn what_is_done_about_a_request_reaches_its_user_and_dhis2() {
    let support = Support::new();
    let id = support.file("The app stops", &["--problem", "APP_STOPS"]);
    support.sync("phone");
    support.sync("tablet");
    support.done("tablet", &["note", &id, "--text", "the third one this week"]);
    assert_eq!(support.done("tablet", &["show", &id])["state"], "NEW");
    let asked = support.done("tablet", &["wait", &id, "--text", "Which form was open?"]);
    assert_eq!(
        (&asked["state"], &asked["acknowledging"]["state"]),
        (&json!("WAITING_FOR_USER"), &json!("frozen"))
    );
    support.sync("tablet");
    support.sync("phone");
    // To their own request a user adds; it stops no clock.
    let told = support.done("phone", &["reply", &id, "--text", "The monthly one"]);
    assert_eq!(
        (&told["state"], &told["acknowledging"]["state"]),
        (&json!("NEW"), &json!("running"))
    );
    support.refused("phone", &["acknowledge", &id], "own");
    support.sync("phone");
    support.sync("tablet");
    assert_eq!(support.done("tablet", &["queue"])["requests"][0]["user_waits"], true);
    let up =
        support.done("tablet", &["escalate", &id, "--to", "3", "--reason", "needs a new version"]);
    assert_eq!(up["tier"], 3);
    support.refused("tablet", &["escalate", &id, "--to", "2", "--reason", "x"], "not_higher");
    let solved = support.done("tablet", &["resolve", &id, "--text", "update to 1.4"]);
    assert_eq!(
        (&solved["state"], &solved["acknowledging"]["state"]),
        (&json!("RESOLVED"), &json!("in_time"))
    );
    support.refused("tablet", &["reply", &id, "--text", "x"], "closed");
    support.sync("tablet");
    support.sync("phone");
    let own = support.done("phone", &["queue", "--mine"])["requests"].clone();
    assert_eq!((&own[0]["id"], &own[0]["state"]), (&json!(id), &json!("RESOLVED")));
    // DHIS2 shows it as a completed enrolment with an event for every step.
    let target = format!("/api/tracker/trackedEntities/{id}?program=RoSupProgrm&fields=*");
    let there = support.desk.ask("GET", &target, &Value::Null);
    let enrollment = &there["enrollments"][0];
    assert_eq!(enrollment["status"], "COMPLETED", "{there}");
    let events = enrollment["events"].as_array().map_or(0, Vec::len);
    assert_eq!(events, 7, "request, note, wait, reply, escalate, acknowledge, close");
    // The user is not content.
    let again = support.done("phone", &["reply", &id, "--text", "It still stops"]);
    assert_eq!(again["state"], "ACKNOWLEDGED");
    support.sync("phone");
    let there = support.desk.ask("GET", &target, &Value::Null);
    assert_eq!(there["enrollments"][0]["status"], "ACTIVE");
}

#[test]
fn a_request_that_somebody_took_and_handed_on_is_due_again_at_the_next_tier() {
    let support = Support::new();
    let id = support.file("The server refuses everything", &[]);
    support.sync("phone");
    support.sync("tablet");
    let taken = support.done("tablet", &["acknowledge", &id]);
    assert_eq!((&taken["state"], &taken["reacted_by"]), (&json!("ACKNOWLEDGED"), &json!("chief")));
    let up = support.done("tablet", &["escalate", &id, "--to", "2", "--reason", "not ours"]);
    assert_eq!((&up["state"], &up["tier"], &up["level"]), (&json!("NEW"), &json!(2), &json!(0)));
    assert_eq!(
        (&up["acknowledging"]["state"], &up["reacted_by"]),
        (&json!("running"), &Value::Null)
    );
    // Whoever handed it on answers the user without taking it back.
    support.refused("tablet", &["acknowledge", &id], "handed_on");
    let told = support.done("tablet", &["reply", &id, "--text", "the district has it now"]);
    assert_eq!(
        (&told["state"], &told["acknowledging"]["state"]),
        (&json!("NEW"), &json!("running"))
    );
    support.done("tablet", &["notify", "--dry-run"]);
    support.sync("tablet");
    let steps = told["steps"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<_> = steps.iter().map(|step| text(&step["kind"])).collect();
    assert_eq!(kinds, ["ACKNOWLEDGE", "ESCALATE", "REPLY"], "{told}");
    // Nobody there looks for thirteen hours: late, and on to the last tier.
    support.hours_pass(13);
    support.sync("tablet");
    let queue = support.done("tablet", &["queue", "--tier", "3"])["requests"].clone();
    assert_eq!((&queue[0]["id"], &queue[0]["level"]), (&json!(id), &json!(100)), "{queue}");
    let notices = support.done("tablet", &["notify", "--dry-run"])["notices"].clone();
    let kinds = notices.as_array().cloned().unwrap_or_default();
    let kinds: Vec<_> = kinds.iter().map(|it| text(&it["kind"])).collect();
    assert_eq!(kinds, ["escalated", "breach"], "{notices}");
    assert_eq!(support.done("tablet", &["escalate", "--due"])["moved"], json!([id]));
    // Its user was answered in time all the same.
    let report = support.done("tablet", &["report"]);
    let total = &report["total"];
    assert_eq!((&total["in_time"], &total["late"]), (&json!(1), &json!(0)), "{report}");
}

#[test]
fn the_page_of_a_request_has_what_a_desk_needs() {
    let support = Support::new();
    let file = ["file", "--org-unit", "Clinic B", "--title", "Screen\u{202e} cracked", "--urgent"];
    let about = ["--problem", "PHONE_BROKEN", "--device", "18", "--sim", "8925600000000000012"];
    let call = ["--caller", "Amina K.", "--phone", "+232 76 123456", "--error", "E1064"];
    let filed = support.said("tablet", &[&file[..], &about, &call].concat());
    let own = support.said("phone", &["file", "--org-unit", "Clinic A", "--title", "x"]);
    let queue = support.done("tablet", &["queue"])["requests"][0].clone();
    let id = text(&queue["id"]);
    for page in [&filed, &support.said("tablet", &["show", &id])] {
        for part in [
            &id,
            "Amina K.",
            "+232 76 123456",
            "PHONE_BROKEN",
            "urgent",
            "PHONE\n",
            "Device: 18",
            "SIM: 8925600000000000012",
            "Error: E1064",
            "Clinic B",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    assert!(own.contains("Diagnostics: {") && own.contains("appVersion"), "{own}");
    assert!(own.contains("Channel: APP") && !own.contains("Telephone"), "{own}");
    let listed = support.said("tablet", &["queue"]);
    for part in [&id, "PHONE_BROKEN", "urgent", "Amina K.", "PHONE"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    // What turns the line round is not shown, and kept as it was typed.
    assert!(listed.contains("Screen\u{fffd} cracked"), "{listed}");
    assert_eq!(queue["title"], "Screen\u{202e} cracked");
}

#[test]
fn times_that_cannot_be_right_are_refused() {
    let support = Support::new();
    let call = |at: &str| {
        let file = ["file", "--org-unit", "Clinic B", "--title", "x", "--caller", "B"];
        support.run("tablet", &[&file[..], &["--called-at", at, "--anyway"]].concat(), "")
    };
    let ago = |days: i64| {
        let at = jiff::Timestamp::now().as_second() - days * 86_400;
        jiff::Timestamp::from_second(at).expect("a time").to_string()
    };
    for (at, code) in [
        (ago(300), Value::Null),
        (ago(400), json!("too_old")),
        ("1999-01-01T00:00Z".to_owned(), json!("too_old")),
        (ago(-1), json!("future")),
    ] {
        let ran = call(&at);
        assert_eq!(ran.json()["error"]["code"], code, "{at}: {}", ran.stdout);
    }
    let report = |from, to| ["report", "--from", from, "--to", to];
    support.refused("tablet", &report("2026-11-30", "2026-11-01"), "before_from");
    support.done("tablet", &report("2026-11-30", "2026-11-30"));
}

#[test]
fn what_is_no_mailbox_is_named_and_nothing_is_taken_in() {
    let support = Support::new();
    let letter = support.path("letter.eml", LETTER);
    for content in ["Dear desk,\nhelp\n", LETTER] {
        let path = support.path("mbox", content);
        let intake = ["intake", "--eml", &letter, "--mbox", &path, "--org-unit", "Clinic A"];
        let ran = support.run("tablet", &intake, "");
        let code = &ran.json()["error"]["code"];
        assert_eq!((ran.code, code), (2, &json!("no_mailbox")), "{}", ran.stdout);
        assert!(ran.stderr.contains(&path), "{}", ran.stderr);
    }
    assert_eq!(support.done("tablet", &["queue"])["requests"], json!([]));
    // A mailbox that was emptied is none of these: nothing came.
    let empty = support.path("mbox", "");
    let intake = ["intake", "--mbox", &empty, "--org-unit", "Clinic A"];
    assert_eq!(support.done("tablet", &intake)["letters"], json!([]));
    let ran = support.run("tablet", &["intake", "--org-unit", "Clinic A"], "");
    assert_eq!(ran.code, 2);
    for source in ["--eml", "--mbox", "--imap"] {
        assert!(ran.stderr.contains(source), "{source}: {}", ran.stderr);
    }
}

#[test]
fn where_no_device_is_known_paper_says_so_in_words() {
    let support = Support::new();
    let out = support.path("x.pdf", "");
    for (paper, words) in [("labels", "a label could be"), ("hand-over-list", "handed over")] {
        let ran = support.desk.run_at("tablet", &["print", paper, "--out", &out, "--json"], "");
        let error = ran.json()["error"].clone();
        assert_eq!((ran.code, &error["code"]), (2, &json!("none")), "{error}");
        let reason = text(&error["reason"]);
        assert!(reason.starts_with("device: none ") && reason.contains(words), "{reason}");
    }
}

#[test]
fn the_same_trouble_of_the_same_device_is_offered_before_another_is_filed() {
    let support = Support::new();
    let with = ["--device", "17", "--error", "E1064"];
    let first = support.file("Refused again", &with);
    let file = ["file", "--org-unit", "Clinic A", "--title", "Refused", "--device", "17"];
    let ran = support.run("phone", &[&file[..], &["--error", "e1064"]].concat(), "");
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    let offered = ran.json();
    assert_eq!(
        (&offered["request"], &offered["same_trouble"][0]["id"]),
        (&Value::Null, &json!(first))
    );
    let other = support.done("phone", &[&file[..], &["--error", "E1064", "--anyway"]].concat());
    assert_ne!(other["request"]["id"], json!(first));
    let another = support.done("phone", &[&file[..], &["--error", "E1079"]].concat());
    assert!(another["request"]["id"].is_string());
}

#[test]
fn a_call_that_is_written_down_late_counts_from_the_call() {
    let support = Support::new();
    let file = ["file", "--org-unit", "Clinic B", "--title", "Screen cracked", "--device", "18"];
    let call = ["--caller", "Amina K.", "--phone", "+232 76 123456", "--minutes-ago", "600"];
    let filed = support.done("tablet", &[&file[..], &call].concat())["request"].clone();
    assert_eq!((&filed["channel"], &filed["reporter"]), (&json!("PHONE"), &json!("Amina K.")));
    assert_eq!(hours(&filed["since_received_ms"]), 10, "{filed}");
    assert_eq!((&filed["level"], hours(&filed["acknowledging"]["left_ms"])), (&json!(75), 1));
    assert!(filed["entered_ms"].as_i64() > filed["received_ms"].as_i64());
    let future =
        [&file[..], &["--caller", "B", "--called-at", "2199-01-01T00:00Z", "--anyway"]].concat();
    support.refused("tablet", &future, "future");
    support.refused("tablet", &["file", "--org-unit", "Clinic B", "--title", " "], "missing");
    support.sync("tablet");
}

const LETTER: &str = "From: Okello <okello@example.org>\r\nSubject: Re: The phone is dead\r\n\
    Date: Sat, 28 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n\
    It does not switch on.\r\n";

#[test]
fn letters_are_taken_in_once_and_machines_answer_nobody() {
    let support = Support::new();
    let intake = |letter: &str| {
        let path = support.path("letter.eml", letter);
        let arguments = ["intake", "--eml", &path, "--org-unit", "Clinic A"];
        support.done("tablet", &arguments)["letters"][0].clone()
    };
    let filed = intake(LETTER);
    assert_eq!((&filed["taken"], &filed["title"]), (&json!("filed"), &json!("The phone is dead")));
    let id = text(&filed["request"]);
    assert_eq!(intake(LETTER)["taken"], "known");
    let view = support.done("tablet", &["show", &id]);
    assert_eq!(view["reporter"], "Okello <okello@example.org>");
    // Out of office, with the number of the request: noted, and the clock runs on.
    let away = format!(
        "From: okello@example.org\r\nSubject: Re: [Outpost {id}] The phone is dead\r\n\
         Auto-Submitted: auto-replied\r\nMessage-ID: <2@example.org>\r\n\r\nI am away\r\n"
    );
    let taken = intake(&away);
    assert_eq!((&taken["taken"], &taken["request"]), (&json!("automatic"), &json!(id)));
    assert_eq!(support.done("tablet", &["show", &id])["acknowledging"]["state"], "running");
    let more = away.replace("Auto-Submitted: auto-replied\r\n", "").replace("<2@", "<3@");
    assert_eq!(intake(&more)["taken"], "added");
    assert_eq!(intake(&more)["taken"], "known");
    let view = support.done("tablet", &["show", &id]);
    let kinds: Vec<String> = view["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|step| step["by_time"] == false)
        .map(|step| text(&step["kind"]))
        .collect();
    assert_eq!(kinds, ["AUTO_REPLY", "USER_REPLY"]);
    assert_eq!(view["state"], "NEW", "an e-mail stops no clock");
    // A mailbox with a letter, a machine's answer and what is no letter.
    let second = LETTER.replace("<1@", "<9@").replace("The phone is dead", "No network");
    let bounce = "From: MAILER-DAEMON@example.org\r\nSubject: Undelivered\r\n\r\nx\r\n";
    let mbox = format!("From a\r\n{second}\r\nFrom b\r\n{bounce}\r\nFrom c\r\n\r\n");
    let path = support.path("mbox", &mbox);
    let ran = support.run("tablet", &["intake", "--mbox", &path, "--org-unit", "Clinic A"], "");
    assert_eq!(ran.code, 2, "one could not be read: {}", ran.stdout);
    let report = ran.json();
    assert_eq!(report["letters"][0]["taken"], "filed", "{report}");
    assert_eq!(report["letters"][1]["taken"], "automatic", "{report}");
    assert_eq!(report["unread"].as_array().map(Vec::len), Some(1), "{report}");
    support.sync("tablet");
}

#[test]
fn settings_reach_every_device_and_decide_who_is_called() {
    let support = Support::new();
    let contact = json!({ "organisationUnit": "OuDistrictN", "tier": 1, "name": "Grace",
        "phone": "+232 76 1", "email": "grace@example.org" });
    let calendar = json!({ "offset": "+02:00", "holidays": ["2026-12-25"],
        "week": { "monday": ["08:00-12:00", "13:00-17:00"], "sunday": ["00:00-24:00"] } });
    let round_the_clock = support.said("tablet", &["settings"]);
    assert!(round_the_clock.contains("round the clock"), "{round_the_clock}");
    let hours = json!({ "calendar": calendar });
    let path = support.path("hours.json", &hours.to_string());
    let set = support.done("tablet", &["settings", "--here", "--set", &path]);
    assert_eq!(set["calendar"], calendar);
    let page = support.said("tablet", &["settings"]);
    for part in ["+02:00", "monday     08:00-12:00, 13:00-17:00\n", "sunday", "2026-12-25"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let settings = json!({ "tiers": [{ "name": "Supervisor" }, { "name": "District" }],
        "acknowledgeWithinHours": 4, "contacts": [contact] });
    let path = support.path("support.json", &settings.to_string());
    support.refused("tablet", &["settings", "--set", &support.path("x.json", "{}x")], "settings");
    let set = support.done("tablet", &["settings", "--set", &path]);
    assert_eq!((&set["acknowledge_within_ms"], &set["problem"]), (&json!(4 * HOUR), &Value::Null));
    support.sync("phone");
    // A new phone learns whom to call with its first synchronisation.
    assert_eq!(support.desk.login_at("new", "nurse", PASSWORD).code, 0);
    support.sync("new");
    support.faults(Faults { drop_request: true, ..Faults::default() });
    for home in ["phone", "new"] {
        let found = support.done(home, &["contact", "--org-unit", "Clinic A"]);
        assert_eq!(found["contact"]["name"], "Grace", "{found}");
    }
    let answers =
        support.done("phone", &["answers", "--language", "fr", "--problem", "NO_NETWORK"]);
    assert_eq!(answers["answers"][0]["title"], "Il n'y a pas de réseau");
    for (asked, shown) in [("fr-CD", "fr"), ("ar", "ar"), ("sw", "en")] {
        let answers = support.done("phone", &["answers", "--language", asked]);
        assert_eq!((&answers["asked"], &answers["language"]), (&json!(asked), &json!(shown)));
        let page = support.said("phone", &["answers", "--language", asked]);
        assert_eq!(page.starts_with("There are no answers in `sw`"), asked == "sw", "{page}");
    }
    let id = support.file("x", &["--anyway"]);
    assert_eq!(support.done("phone", &["show", &id])["acknowledging"]["limit_ms"], 4 * HOUR);
}

#[test]
fn without_the_package_a_person_is_told_what_to_do() {
    let desk = Desk::new();
    desk.ready();
    let ran = desk.run(&["support", "queue", "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("no_program")));
}

#[test]
fn what_is_filed_and_acknowledged_in_dhis2_itself_counts_from_when_the_server_had_it() {
    let support = Support::new();
    let value = |attribute: &str, value: &str| json!({ "attribute": attribute, "value": value });
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let enrollment = json!({
        "enrollment": "enSupWeb001", "program": "RoSupProgrm", "orgUnit": "OuClinicAaa",
        "status": "ACTIVE", "enrolledAt": today, "occurredAt": today,
    });
    let tree = json!({ "trackedEntities": [{
        "trackedEntity": "teSupWeb001", "trackedEntityType": "RoSupTypeTe",
        "orgUnit": "OuClinicAaa", "enrollments": [enrollment],
        "attributes": [value("RoSupTitle0", "On the web"), value("RoSupProblm", "OTHER"),
                       value("RoSupChanel", "WEB")],
    }] });
    let target = "/api/tracker?async=false";
    assert_eq!(support.desk.ask("POST", target, &tree)["status"], "OK");
    support.sync("tablet");
    let seen = support.done("tablet", &["queue"])["requests"][0].clone();
    assert_eq!((&seen["id"], &seen["channel"]), (&json!("teSupWeb001"), &json!("WEB")), "{seen}");
    assert_eq!(hours(&seen["since_received_ms"]), 0, "{seen}");
    let event = json!({ "events": [{
        "event": "evSupWeb001", "program": "RoSupProgrm", "programStage": "RoSuStAckno",
        "enrollment": "enSupWeb001", "orgUnit": "OuClinicAaa", "status": "COMPLETED",
        "occurredAt": today,
    }] });
    assert_eq!(support.desk.ask("POST", target, &event)["status"], "OK");
    support.sync("tablet");
    let seen = support.done("tablet", &["show", "teSupWeb001"]);
    assert_eq!(seen["state"], "ACKNOWLEDGED", "{seen}");
    assert_eq!(seen["acknowledging"]["state"], "in_time", "{seen}");
}

/// A mail server that takes every letter, one connection after the other.
fn mail_server() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Some(letter) = converse(&stream) else { continue };
            if sender.send(letter).is_err() {
                break;
            }
        }
    });
    (address, receiver)
}

/// SMTP (RFC 5321) as far as a client needs it.
fn converse(stream: &TcpStream) -> Option<String> {
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    writer.write_all(b"220 here\r\n").ok()?;
    let (mut letter, mut in_data) = (String::new(), false);
    while let Some(Ok(line)) = lines.next() {
        let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
            _ if in_data && line != "." => {
                letter.push_str(&line);
                letter.push('\n');
                continue;
            }
            "." if in_data => {
                in_data = false;
                b"250 taken\r\n"
            }
            "EHLO" => b"250-here\r\n250 8BITMIME\r\n",
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").ok();
                break;
            }
            _ => b"250 fine\r\n",
        };
        writer.write_all(answer).ok()?;
    }
    Some(letter)
}

/// A web server that takes posts and answers a status.
fn web_server(status: &'static str) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/hook?key=1", listener.local_addr().expect("an address"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                let lower = line.to_lowercase();
                if let Some(bytes) = lower.strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap_or(0);
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            (&stream).write_all(answer.as_bytes()).ok();
            if sender.send(serde_json::from_slice(&body).unwrap_or_default()).is_err() {
                break;
            }
        }
    });
    (address, receiver)
}

#[test]
fn contacts_and_users_are_told_once_by_mail_and_webhook_and_what_failed_is_told_later() {
    let support = Support::new();
    let contact = |tier: u8, name: &str| {
        json!({ "organisationUnit": "OuDistrictN", "tier": tier, "name": name,
            "email": format!("{}@example.org", name.to_lowercase()) })
    };
    let settings = json!({ "contacts": [contact(1, "Grace"), contact(2, "Moses")] });
    let path = support.path("support.json", &settings.to_string());
    support.done("tablet", &["settings", "--set", &path]);
    let file = ["file", "--org-unit", "Clinic A", "--title", "Screen cracked", "--device", "18"];
    let call = ["--caller", "Amina", "--minutes-ago", "400"];
    let id = text(&support.done("tablet", &[&file[..], &call].concat())["request"]["id"]);

    let dry = support.done("tablet", &["notify", "--dry-run"])["notices"].clone();
    let kinds: Vec<String> =
        dry.as_array().into_iter().flatten().map(|it| text(&it["kind"])).collect();
    assert_eq!(kinds, ["received", "warning"], "{dry}");

    // The other system is down: nothing counts as told.
    let (down, _) = web_server("503 Service Unavailable");
    let ran = support.run("tablet", &["notify", "--webhook", &down, "--allow-http"], "");
    assert_eq!((ran.code, &ran.json()["told"]), (4, &json!([])), "{}", ran.stdout);
    support.refused("tablet", &["notify", "--webhook", &down], "address");

    let (hook, posts) = web_server("204 No Content");
    let (smtp, letters) = mail_server();
    let mail = ["--smtp", &smtp, "--from", "support@example.org", "--smtp-security", "none"];
    let both = [&["notify", "--webhook", &hook, "--allow-http"][..], &mail].concat();
    let told = support.done("tablet", &both);
    assert_eq!(told["told"].as_array().map(Vec::len), Some(2), "{told}");
    let post = posts.recv_timeout(Duration::from_secs(10)).expect("a post");
    assert_eq!((&post["request"]["id"], &post["contact"]["name"]), (&json!(id), &json!("Grace")));
    let letter = letters.recv_timeout(Duration::from_secs(10)).expect("a letter");
    for part in
        ["To: grace@example.org", "Auto-Submitted: auto-generated", &format!("[Outpost {id}]")]
    {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    assert_eq!(support.done("tablet", &both)["told"], json!([]), "nobody is told twice");

    // A desk that was told by its webhook alone is told by e-mail as soon as that is set up.
    let another = [&file[..4], &["Battery empty", "--caller", "Binta"]].concat();
    support.done("tablet", &another);
    let by_hook = ["notify", "--webhook", &hook, "--allow-http"];
    let by_mail = [&["notify"][..], &mail].concat();
    for (way, expected) in [(&by_hook[..], 1), (&by_hook, 0), (&by_mail, 1), (&by_mail, 0)] {
        let told = support.done("tablet", way)["told"].clone();
        assert_eq!(told.as_array().map(Vec::len), Some(expected), "{way:?}: {told}");
    }

    // Who wrote an e-mail is answered by e-mail, and their answer finds the request again.
    let path = support.path("letter.eml", LETTER);
    let intake = ["intake", "--eml", &path, "--org-unit", "Clinic A"];
    let written = text(&support.done("tablet", &intake)["letters"][0]["request"]);
    support.done("tablet", &["reply", &written, "--text", "Charge it for an hour"]);
    support.done("tablet", &both);
    let letters: Vec<String> = letters.try_iter().collect();
    let answer =
        letters.iter().find(|it| it.contains("To: okello@example.org")).expect("an answer");
    assert!(answer.contains("Charge it for an hour"), "{answer}");
    assert!(answer.contains(&format!("<{written}.")), "{answer}");
}

#[test]
fn the_mirror_in_messages_is_made_once_and_follows() {
    let support = Support::new();
    let id = support.file("Nothing is sent", &["--text", "Since Monday"]);
    support.sync("phone");
    support.sync("tablet");
    support.refused("tablet", &["mirror", &id], "no_recipients");
    let group = json!("RoGrpSuperv");
    support.desk.sandbox.with(|sandbox| {
        let request = outpost_sandbox::HttpRequestParts {
            method: "POST".to_owned(),
            path_and_query: "/api/configuration/feedbackRecipients".to_owned(),
            headers: vec![("Authorization".to_owned(), "Basic YWRtaW46ZGlzdHJpY3Q=".to_owned())],
            body: group.to_string().into_bytes(),
        };
        assert_eq!(sandbox.answer(&request, 0).status, 204);
    });
    let first = support.done("tablet", &["mirror", &id])["mirrored"][0].clone();
    assert_eq!((&first["sent"], &first["status"]), (&json!(1), &json!("OPEN")));
    let again = support.done("tablet", &["mirror", &id])["mirrored"][0].clone();
    assert_eq!((&again["sent"], &again["conversation"]), (&json!(0), &first["conversation"]));
    support.done("tablet", &["note", &id, "--text", "for us alone"]);
    support.done("tablet", &["resolve", &id, "--text", "no data left"]);
    // The answer to the second message is lost: the server has it all the same.
    let lost = Faults {
        lose_answer: true,
        count: Some(1),
        path_prefix: Some(format!("/api/messageConversations/{}", text(&first["conversation"]))),
        ..Faults::default()
    };
    support.faults(lost);
    assert_ne!(support.run("tablet", &["mirror", &id], "").code, 0);
    let after = support.done("tablet", &["mirror", &id])["mirrored"][0].clone();
    assert_eq!((&after["sent"], &after["status"]), (&json!(1), &json!("SOLVED")), "{after}");
    let target = "/api/messageConversations";
    let seen = support.desk.run_at("tablet", &["status", "--json"], "");
    assert_eq!(seen.code, 0, "{target}");
}
