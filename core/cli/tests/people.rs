//! People on the command line against the sandbox: a household with mother and child, what a refused
//! record holds back, searches, the round trip of a review.

mod desk;

use desk::{Desk, PASSWORD, Ran, days_ago};
use outpost_sandbox::Faults;
use serde_json::{Value, json};

const CLINIC: [&str; 2] = ["--org-unit", "OuClinicAaa"];

impl Desk {
    fn offline(&self, is_offline: bool) {
        let faults = Faults { drop_request: is_offline, ..Faults::default() };
        self.sandbox.with(|sandbox| sandbox.set_faults(faults));
    }

    /// Runs a command that is to be carried out.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    }

    /// Runs a command that an entry rule is to refuse.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 6, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    }

    #[track_caller]
    fn sync(&self) -> Value {
        let report = self.done(&["sync"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        report
    }

    #[track_caller]
    fn child(&self, given: &str) -> Value {
        let (enrolled, birth) = (days_ago(3), days_ago(200));
        let add = ["person", "add", "--program", "Child health", "--enrolled", &enrolled];
        let rest = ["--incident", &birth, "Family name=Mbeki", "Sex=F"];
        let name = format!("Given name={given}");
        self.done(&[&add[..], &CLINIC, &rest, &[&name]].concat())
    }

    #[track_caller]
    fn household(&self) -> String {
        let add = ["person", "add", "--program", "PrHousehold", "Village=Riverside"];
        id(&self.done(&[&add[..], &CLINIC].concat()))
    }
}

#[track_caller]
fn id(document: &Value) -> String {
    member(document, "uid")
}

#[track_caller]
fn member(document: &Value, name: &str) -> String {
    document[name].as_str().unwrap_or_else(|| panic!("{name} in {document}")).to_owned()
}

fn titles(found: &Value) -> Vec<&str> {
    let people = found["people"].as_array().map(Vec::as_slice).unwrap_or_default();
    people.iter().filter_map(|person| person["title"].as_str()).collect()
}

#[test]
fn a_household_with_a_mother_and_her_child_is_registered_without_network_and_arrives_once() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    desk.offline(true);
    let household = desk.household();
    let mother = ["person", "add", "--type", "Person", "Given name=Naledi", "Family name=Mbeki"];
    let mother = id(&desk.done(&[&mother[..], &["Sex=F"], &CLINIC].concat()));
    let child = desk.child("Mata");
    assert_eq!(child["generated"][0]["attribute"], "TaChildNumb", "{child}");
    let (child_id, enrollment) = (id(&child), member(&child, "enrollment"));
    for (of_type, from, to) in [
        ("Household member", &household, &mother),
        ("RtMember000", &household, &child_id),
        ("mother of", &mother, &child_id),
    ] {
        let add = ["relationship", "add", "--type", of_type, "--from", from, "--to", to];
        assert_eq!(desk.done(&add)["saved"], true);
    }
    let family = desk.done(&["family", &household]);
    let mut roles: Vec<_> = family["members"]
        .as_array()
        .expect("members")
        .iter()
        .map(|it| member(it, "role"))
        .collect();
    roles.sort();
    assert_eq!(roles, ["has member", "has member"]);

    let day = days_ago(2);
    let visit = ["visit", "add", "--enrollment", &enrollment, "--stage", "Growth visit"];
    let answers = ["--date", &day, "Weight (kg)=7.4", "Arm circumference (mm)=112", "--complete"];
    let visit = desk.done(&[&visit[..], &answers].concat());
    assert_eq!(visit["assigned"][0]["value"], "Severe", "{visit}");
    assert_eq!(visit["warnings"][0]["text"], "Refer the child today: severe malnutrition");
    assert_eq!(desk.run(&["sync"]).code, 4, "no network");

    desk.offline(false);
    desk.sync();
    assert_eq!(desk.done(&["outbox"]), json!([]));
    let shown = desk.done(&["person", "show", &child_id]);
    assert_eq!(shown["state"], "synced");
    assert_eq!(shown["enrollments"][0]["access"], "open");
    assert_eq!(shown["relationships"].as_array().map(Vec::len), Some(2), "{shown}");
    let held = desk.ask(
        "GET",
        "/api/tracker/events?program=PrChildHeal&programStage=PsGrowthVis\
         &orgUnit=OuClinicAaa&fields=event,dataValues",
        &Value::Null,
    );
    let events = held["events"].as_array().expect("events");
    assert_eq!(events.iter().filter(|it| it["event"] == visit["uid"]).count(), 1, "{held}");
}

#[test]
fn what_needs_a_refused_record_waits_for_its_correction() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let household = desk.household();
    let mother = ["person", "add", "--type", "Person", "Given name=Naledi", "Family name=Mbeki"];
    let mother = id(&desk.done(&[&mother[..], &CLINIC].concat()));
    let add =
        ["relationship", "add", "--type", "RtMember000", "--from", &household, "--to", &mother];
    desk.done(&add);
    // Meanwhile villages get numbers in place of names.
    let target = "/api/trackedEntityAttributes/TaHouseVill?fields=:owner";
    let mut attribute = desk.ask("GET", target, &Value::Null);
    attribute["valueType"] = json!("INTEGER_POSITIVE");
    let answer =
        desk.ask("POST", "/api/metadata", &json!({ "trackedEntityAttributes": [attribute] }));
    assert_eq!(answer["status"], "OK", "{answer}");
    desk.sync();

    let rows = desk.done(&["outbox"]);
    let state_of = |kind: &str| {
        let rows = rows.as_array().expect("rows");
        let row = rows.iter().find(|row| row["kind"] == kind);
        row.map(|row| row["state"].clone()).unwrap_or_default()
    };
    assert_eq!(state_of("trackedEntity"), "rejected", "{rows}");
    assert_eq!(state_of("enrollment"), "held", "{rows}");
    assert_eq!(state_of("relationship"), "held", "{rows}");
    let held = desk.done(&["outbox", "--state", "held"]);
    let refused = desk.done(&["outbox", "--state", "refused"]);
    assert_eq!(refused.as_array().map(Vec::len), Some(1), "the mother has arrived: {rows}");
    assert_eq!(held[0]["waits_for"], json!([refused[0]["id"]]));
    let words = desk.run(&["outbox"]).stdout;
    let waits = format!("waits for row {}", refused[0]["id"]);
    assert!(words.contains(&waits) && words.contains("Waits for another"), "{words}");

    desk.done(&["person", "set", &household, "Village=7"]);
    desk.sync();
    assert_eq!(desk.done(&["outbox"]), json!([]));
    let shown = desk.done(&["person", "show", &household]);
    assert_eq!(shown["state"], "synced");
    assert_eq!(shown["relationships"][0]["state"], "synced");
}

#[test]
fn people_are_found_by_words_by_attributes_and_by_a_code() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let mata = desk.child("Mata");
    desk.child("Tumelo");
    let household = desk.household();
    assert_eq!(titles(&desk.done(&["person", "search", "MAT"])), ["Mata Mbeki"]);
    let by = |condition: &str| {
        let search = ["person", "search", "--program", "Child health", "--attribute", condition];
        desk.done(&search)
    };
    assert_eq!(titles(&by("Given name=tumelo")), ["Tumelo Mbeki"]);
    assert_eq!(titles(&by("Family name=Mb*")).len(), 2);
    assert_eq!(titles(&by("TaGivenName=*ume*")), ["Tumelo Mbeki"]);
    assert!(titles(&by("Given name=Mat")).is_empty());
    let number = member(&mata["generated"][0], "value");
    let found = desk.done(&["person", "search", "--code", &number]);
    assert_eq!((titles(&found), &found["people"][0]["uid"]), (vec!["Mata Mbeki"], &mata["uid"]));

    let listed = desk.done(&["person", "list", "--program", "Household"]);
    assert_eq!(listed["people"][0]["uid"], json!(household));
    let waiting = ["person", "list", "--program", "Household", "--waiting"];
    assert_eq!(titles(&desk.done(&waiting)).len(), 1);
    desk.sync();
    assert!(titles(&desk.done(&waiting)).is_empty());
    let enrollment = member(&mata, "enrollment");
    desk.done(&["enrollment", "follow-up", &enrollment]);
    let marked = ["person", "list", "--program", "Child health", "--follow-up"];
    assert_eq!(titles(&desk.done(&marked)), ["Mata Mbeki"]);

    let ran = desk.run(&["person", "search", "--attribute", "Given name=Mata"]);
    assert!(ran.code == 2 && ran.stderr.contains("--program"), "{}", ran.stderr);
    let nobody = desk.run(&["person", "search", "Zebedee"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (0, "Nobody here.\n"));
}

#[test]
fn somebody_who_is_only_on_the_server_is_found_online_and_fetched() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let mata = id(&desk.child("Mata"));
    desk.sync();
    assert_eq!(desk.login_at("other", "chief", PASSWORD).code, 0);
    assert_eq!(desk.run_at("other", &["pull", "--metadata-only"], "").code, 0);
    let search = ["person", "search", "Mata", "--program", "Child health", "--online"];
    let found = desk.json_at("other", &search);
    assert_eq!((&found["people"][0]["uid"], titles(&found).len()), (&json!(mata), 1), "{found}");
    assert_eq!(found["people"][0]["on_device"], false);
    let got = desk.json_at("other", &["person", "get", &mata, "--program", "Child health"]);
    assert_eq!(got["enrollments"], 1, "{got}");
    let shown = desk.json_at("other", &["person", "show", &mata]);
    assert_eq!((&shown["title"], &shown["state"]), (&json!("Mata Mbeki"), &json!("synced")));
    desk.offline(true);
    let found = desk.json_at("other", &search);
    assert_eq!(titles(&found), ["Mata Mbeki"]);
    assert!(found["offline_because"].is_string(), "{found}");
}

#[test]
fn a_visit_sent_back_becomes_a_task_is_corrected_and_approved() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let enrollment = member(&desk.child("Mata"), "enrollment");
    let day = days_ago(2);
    let add = ["visit", "add", "--enrollment", &enrollment, "--stage", "Growth visit", "--date"];
    let answers = [day.as_str(), "--complete", "Weight (kg)=7.4", "Arm circumference (mm)=112"];
    let visit = id(&desk.done(&[&add[..], &answers].concat()));
    desk.sync();

    let chief = |arguments: &[&str]| {
        let ran = desk.run_at("chief", &[arguments, &["--json"]].concat(), "");
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        ran.json()
    };
    let list = |state: &str| {
        let list = ["review", "list", "--program", "Child health", "--state", state];
        let listed = chief(&list);
        let items = listed.as_array().cloned().unwrap_or_default();
        items.into_iter().any(|item| item["uid"] == json!(visit))
    };
    assert_eq!(desk.login_at("chief", "chief", PASSWORD).code, 0);
    chief(&["sync"]);
    assert!(list("new"));
    let ran = desk.run_at("chief", &["review", "send-back", &visit, "--reason", " "], "");
    assert_eq!(ran.code, 2, "without a reason: {}", ran.stderr);
    let reason = "measure the arm again";
    let sent = chief(&["review", "send-back", &visit, "--reason", reason]);
    assert_eq!((&sent["status"], &sent["reason"]), (&json!("sent_back"), &json!(reason)));
    chief(&["sync"]);

    desk.sync();
    let tasks = desk.done(&["tasks"]);
    assert_eq!(
        (&tasks[0]["uid"], &tasks[0]["person_title"]),
        (&json!(visit), &json!("Mata Mbeki"))
    );
    assert_eq!(
        (&tasks[0]["review"]["reason"], &tasks[0]["review"]["by"]),
        (&json!(reason), &json!("chief"))
    );
    desk.done(&["visit", "fill", &visit, "Arm circumference (mm)=142"]);
    let answered = desk.done(&["review", "corrected", &visit]);
    assert_eq!(answered["status"], "corrected");
    assert_eq!(desk.done(&["tasks"]), json!([]));
    desk.sync();

    chief(&["sync"]);
    assert!(list("corrected") && !list("new"));
    assert_eq!(chief(&["review", "approve", &visit])["status"], "approved");
    chief(&["sync"]);
    desk.sync();
    let shown = desk.done(&["visit", "show", &visit]);
    assert_eq!(shown["values"]["DeGrMuac000"], "142");
    let notes = shown["notes"].as_array().map_or(0, Vec::len);
    assert_eq!(notes, 3, "sent back, corrected, approved: {shown}");
    let devices = &chief(&["team"])["devices"];
    let users: Vec<_> =
        devices.as_array().into_iter().flatten().map(|it| member(it, "user")).collect();
    assert!(users.contains(&"nurse".to_owned()), "{devices}");
}

#[test]
fn a_visit_is_planned_moved_skipped_and_filled_in() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let child = desk.child("Mata");
    let enrollment = member(&child, "enrollment");
    let opens = member(&child, "opens");
    let filled = desk.done(&["visit", "fill", &opens, "--complete", "Birth weight (g)=3100"]);
    assert_eq!(filled["completed"], true, "{filled}");
    let all = desk.done(&["visit", "list", "--person", &id(&child)]);
    let planned = all.as_array().into_iter().flatten().find(|it| it["status"] == "OVERDUE");
    let planned = planned.map(id).unwrap_or_else(|| panic!("a planned growth visit in {all}"));
    let tomorrow = days_ago(-1);
    desk.done(&["visit", "reschedule", &planned, "--date", &tomorrow]);
    let due = ["person", "list", "--program", "Child health", "--due", "--until", &tomorrow];
    assert_eq!(titles(&desk.done(&due)), ["Mata Mbeki"]);
    desk.done(&["visit", "note", &planned, "the mother was not at home"]);
    desk.done(&["visit", "skip", &planned]);
    let shown = desk.done(&["visit", "show", &planned]);
    assert_eq!(
        (&shown["status"], shown["notes"].as_array().map(Vec::len)),
        (&json!("SKIPPED"), Some(1))
    );
    let next = days_ago(-30);
    let schedule = ["visit", "schedule", "--enrollment", &enrollment, "--stage", "Growth visit"];
    let next = id(&desk.done(&[&schedule[..], &["--date", &next]].concat()));
    desk.sync();
    assert_eq!(desk.done(&["visit", "show", &next])["state"], "synced");
    desk.done(&["enrollment", "note", &enrollment, "moves in October"]);
    desk.done(&["enrollment", "complete", &enrollment]);
    let shown = desk.done(&["person", "show", &id(&child)]);
    assert_eq!(shown["enrollments"][0]["status"], "COMPLETED");
    desk.done(&["enrollment", "reopen", &enrollment]);
    desk.sync();
    assert_eq!(desk.done(&["outbox"]), json!([]));
}

#[test]
fn what_is_missing_is_named_and_nothing_is_saved() {
    let desk = Desk::new();
    desk.ready();
    let add = ["person", "add", "--program", "Child health", "Given name=Mata"];
    let refused = desk.refused(&[&add[..], &CLINIC].concat());
    assert_eq!(refused["saved"], false);
    let names: Vec<_> = refused["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|it| member(it, "name"))
        .collect();
    assert!(names.contains(&"Family name".to_owned()), "{names:?}");
    assert_eq!(desk.done(&["outbox"]), json!([]));
    let check = |arguments: &[&str], words: &str| {
        let ran: Ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    };
    check(&["person", "show", "nonsense"], "person");
    check(&["person", "show", "aaaaaaaaaaa"], "person");
    let type_of = ["person", "add", "--type", "Person", "Colour=red"];
    check(&[&type_of[..], &CLINIC].concat(), "Colour");
    check(&["person", "add", "--org-unit", "Clinic A"], "--program");
    check(&["review", "list", "--program", "Nothing"], "Nothing");
    check(&["visit", "assign", "aaaaaaaaaaa"], "--user");
}

#[test]
fn numbers_are_reserved_targets_are_shown_and_a_photo_arrives() {
    let desk = Desk::new();
    desk.ready();
    let targets = json!({ "targets": [{
        "id": "growth", "name": "Growth visits", "programIndicator": "PiGrowthVis",
        "periodType": "Yearly", "value": 12, "users": ["nurse"],
    }] });
    desk.ask("POST", "/api/dataStore/outpost/targets", &targets);
    desk.sync();
    let reserved = desk.done(&["reserved", "show"]);
    let names: Vec<_> =
        reserved.as_array().into_iter().flatten().map(|it| member(it, "attribute")).collect();
    assert!(names.contains(&"TaChildNumb".to_owned()), "{reserved}");
    assert!(reserved[0]["free"].as_u64().is_some_and(|free| free > 0), "{reserved}");

    let enrollment = member(&desk.child("Mata"), "enrollment");
    let today = days_ago(0);
    let add = ["visit", "add", "--enrollment", &enrollment, "--stage", "PsGrowthVis", "--date"];
    let answers = [today.as_str(), "Weight (kg)=7.4", "Arm circumference (mm)=142"];
    let visit = id(&desk.done(&[&add[..], &answers].concat()));
    let targets = desk.done(&["targets"]);
    assert_eq!((&targets[0]["uid"], &targets[0]["reached"]), (&json!("growth"), &json!(1.0)));

    let photo = desk.folder.path().join("card.jpg");
    std::fs::write(&photo, b"\xff\xd8 not really a photo").expect("a file");
    let path = photo.to_str().expect("a path");
    let question = ["--event", &visit, "--question", "Photo of the child health card"];
    let kept = desk.done(&[&["file", "add", path][..], &question].concat());
    assert_eq!((&kept["content_type"], &kept["saved"]), (&json!("image/jpeg"), &json!(true)));
    desk.sync();
    assert_eq!(desk.done(&["outbox"]), json!([]));
    let shown = desk.done(&["visit", "show", &visit]);
    assert_eq!(shown["values"]["DeGrPhoto00"], kept["uid"]);
    let copy = desk.folder.path().join("copy.jpg");
    let to = copy.to_str().expect("a path");
    desk.done(&["file", "get", &id(&kept), "--to", to]);
    assert_eq!(std::fs::read(&copy).expect("a copy"), std::fs::read(&photo).expect("a photo"));
    // The demonstration's report has no workflow: the server says so.
    let period = desk::last_month();
    let approval = ["approval", "show", "--data-set", "MONTHLY", "--period", &period];
    let ran = desk.run(&[&approval[..], &CLINIC].concat());
    assert_eq!(ran.code, 5, "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn likely_duplicates_are_listed_kept_apart_or_marked_on_the_server() {
    let desk = Desk::new();
    desk.ready();
    desk.sync();
    let (one, other) = (id(&desk.child("Amina")), id(&desk.child("Amyna")));
    desk.household();
    desk.done(&["person", "set", &one, "Phone=+26771234567"]);
    desk.done(&["person", "set", &other, "Phone=71234567"]);
    let list = ["person", "duplicates", "--program", "Child health"];
    let found = desk.done(&list);
    assert_eq!(found["compared"], 2, "the household is no person: {found}");
    let pair = &found["pairs"][0];
    assert_eq!(found["pairs"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!((&pair["certain"], &pair["doubts"]), (&json!(false), &json!([])));
    let reasons = pair["reasons"].to_string();
    assert!(reasons.contains("phone") && reasons.contains("sounds alike"), "{reasons}");
    let words = desk.run(&list).stdout;
    assert!(words.contains(&one) && words.contains("2 people compared."), "{words}");

    let mark = ["person", "mark-duplicates", &one, &other];
    assert_eq!(desk.run(&mark).code, 2, "the server holds neither yet");
    desk.sync();
    desk.done(&mark);
    desk.done(&mark);
    let marked = desk.ask("GET", "/api/potentialDuplicates", &Value::Null);
    assert_eq!(marked["potentialDuplicates"].as_array().map(Vec::len), Some(1), "{marked}");
    assert_eq!(desk.run(&["person", "keep-apart", &one, &one, "--reason", "x"]).code, 2);
    assert_eq!(desk.run(&["person", "keep-apart", &one, &other, "--reason", " "]).code, 2);
    desk.done(&["person", "keep-apart", &other, &one, "--reason", "twins, both seen"]);
    assert_eq!(desk.done(&list)["pairs"], json!([]));
    assert!(desk.run(&list).stdout.contains("Nobody here looks like somebody else."));
    assert_eq!(desk.done(&["person", "show", &other])["uid"], json!(other), "nobody is merged");
}
