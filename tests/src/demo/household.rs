//! The second story, on the demo's own metadata: a household and its people registered offline, a
//! supervisor who sends a visit back, the correction, and the proof that all of it arrived once.

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::narrate::Narrator;
use super::server::Server;
use super::story::{Stage, days_ago, expect, expect_run, run_shown, sign_in};

/// The child health programme of the demo's own metadata.
const CHILD_HEALTH: &str = "PrChildHeal";
/// The household programme.
const HOUSEHOLD: &str = "PrHousehold";
/// Where the household lives.
const CLINIC: &str = "OuClinicAaa";
/// What the supervisor wants to have corrected.
const REASON: &str = "112 mm does not go with 7.4 kg: measure the arm again";

/// What was registered; ids.
struct People {
    household: String,
    mother: String,
    child: String,
    enrollment: String,
    visit: String,
}

/// Tells the story; in a sentence why not, if the package has no such programmes.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(
    stage: &Stage<'_>,
    cli: &Cli,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let found = server.get(&format!("/api/programs?filter=id:in:[{HOUSEHOLD},{CHILD_HEALTH}]"))?;
    if found["programs"].as_array().map_or(0, Vec::len) < 2 {
        narrator.say(
            "The story of a household needs the programs of the demo's own metadata, which this \
             package does not have: it is left out.",
        );
        return Ok(());
    }
    prepare(cli, server, narrator)?;
    let people = register(cli, server, narrator)?;
    let supervisor = send_back(stage, server, &people, narrator)?;
    correct(cli, &people, narrator)?;
    approve(&supervisor, cli, &people, narrator)?;
    prove(server, &people, narrator)
}

/// While there is network: numbers are reserved, a target is set.
fn prepare(cli: &Cli, server: &Server, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("A household: what is needed without network is fetched while there is some");
    let targets = json!({ "targets": [{
        "id": "growth", "name": "Growth visits done", "programIndicator": "PiGrowthVis",
        "periodType": "Yearly", "value": 12, "users": [server.chw().0],
    }] });
    server.post("/api/dataStore/outpost/targets", &targets)?;
    narrator.say("The administrator sets a target; numbers for new people are reserved.");
    sync(cli, narrator)?;
    expect_run(cli, narrator, &["reserved", "show"], 0)
}

fn register(cli: &Cli, server: &mut Server, narrator: &mut Narrator) -> Result<People, Failure> {
    narrator.chapter("Far from the road she registers a household, a mother and her child");
    server.stop();
    let (today, birth) = (days_ago(1)?, days_ago(200)?);
    let household = added(
        cli,
        narrator,
        &[
            "person",
            "add",
            "--program",
            "Household",
            "--org-unit",
            CLINIC,
            "--enrolled",
            &today,
            "Village=Riverside",
        ],
    )?;
    let mother = added(
        cli,
        narrator,
        &[
            "person",
            "add",
            "--type",
            "Person",
            "--org-unit",
            CLINIC,
            "Given name=Naledi",
            "Family name=Mbeki",
            "Sex=F",
        ],
    )?;
    let child = added(
        cli,
        narrator,
        &[
            "person",
            "add",
            "--program",
            "Child health",
            "--org-unit",
            CLINIC,
            "--enrolled",
            &today,
            "--incident",
            &birth,
            "Given name=Mata",
            "Family name=Mbeki",
            "Sex=F",
            &format!("Date of birth={birth}"),
        ],
    )?;
    let enrollment = text(&child, "enrollment");
    let people = |visit: &Value| People {
        household: text(&household, "uid"),
        mother: text(&mother, "uid"),
        child: text(&child, "uid"),
        enrollment: enrollment.clone(),
        visit: text(visit, "uid"),
    };
    narrator.say("The birth opens by itself, a growth visit was planned; she fills both in:");
    let birth_visit = text(&child, "opens");
    let weight = ["visit", "fill", &birth_visit, "--complete", "Birth weight (g)=3100"];
    expect_run(cli, narrator, &weight, 0)?;
    let visit = growth_visit(cli, &text(&child, "uid"), &today, narrator)?;
    let people = people(&visit);
    narrator.say("She says who belongs to whom:");
    let (household, mother, child) = (&people.household, &people.mother, &people.child);
    for (kind, from, to) in [
        ("Household member", household, mother),
        ("Household member", household, child),
        ("Mother and child", mother, child),
    ] {
        let link = ["relationship", "add", "--type", kind, "--from", from, "--to", to];
        expect_run(cli, narrator, &link, 0)?;
    }
    expect_run(cli, narrator, &["family", household], 0)?;
    expect_run(cli, narrator, &["outbox"], 0)?;
    narrator.say("The network is back.");
    server.start()?;
    sync(cli, narrator)?;
    let status = cli.json(&["status"])?;
    expect(status["unsent"] == 0, "the whole family is sent")?;
    Ok(people)
}

/// Fills in the growth visit that was planned with the enrolment.
fn growth_visit(
    cli: &Cli,
    child: &str,
    today: &str,
    narrator: &mut Narrator,
) -> Result<Value, Failure> {
    let planned = cli.json(&["visit", "list", "--person", child])?;
    let planned = planned.as_array().into_iter().flatten().find(|it| it["stage"] == "PsGrowthVis");
    let planned = planned.ok_or("no growth visit is planned")?;
    let (id, answers) = (text(planned, "uid"), ["Weight (kg)=7.4", "Arm circumference (mm)=112"]);
    let fill = [&["visit", "fill", &id, "--date", today, "--complete"][..], &answers].concat();
    let filled = cli.json(&fill)?;
    let shown = cli.run(&["visit", "show", &id], None)?.1;
    let warnings = filled["warnings"].as_array().into_iter().flatten();
    let warned: Vec<String> = warnings.map(|it| text(it, "text")).collect();
    let said = warned.iter().map(|words| format!("Warning: {words}\n")).collect::<String>();
    narrator.show(&Cli::typed(&fill), &format!("{said}{shown}"));
    expect(warned.iter().any(|it| it.contains("Refer the child")), "the form warns")?;
    expect(filled["assigned"][0]["value"] == "Severe", "the form says how bad it is")?;
    Ok(filled)
}

/// A supervisor at another device finds the visit and sends it back.
fn send_back(
    stage: &Stage<'_>,
    server: &Server,
    people: &People,
    narrator: &mut Narrator,
) -> Result<Cli, Failure> {
    narrator.chapter("The supervisor reviews at another device, and sends a visit back");
    let supervisor = Cli::new(stage.binary, &stage.folder.join("supervisor"));
    sign_in(&supervisor, server, server.supervisor(), narrator)?;
    sync(&supervisor, narrator)?;
    let list = ["review", "list", "--program", "Child health", "--state", "new", "--completed"];
    let (code, listed) = run_shown(&supervisor, narrator, &list)?;
    expect(code == 0 && listed.contains(&people.visit), "the visit is there to be reviewed")?;
    let back = ["review", "send-back", &people.visit, "--reason", REASON];
    expect_run(&supervisor, narrator, &back, 0)?;
    sync(&supervisor, narrator)?;
    Ok(supervisor)
}

fn correct(cli: &Cli, people: &People, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("It is a task on the health worker's device; she corrects it");
    sync(cli, narrator)?;
    let (code, tasks) = run_shown(cli, narrator, &["tasks"])?;
    expect(code == 0 && tasks.contains(REASON), "the task says what is to be corrected")?;
    let corrected = ["Arm circumference (mm)=142", "Nutrition status=Good"];
    let fill = [&["visit", "fill", people.visit.as_str()][..], &corrected].concat();
    expect_run(cli, narrator, &fill, 0)?;
    let answer = ["review", "corrected", &people.visit, "--text", "measured again: 142 mm"];
    expect_run(cli, narrator, &answer, 0)?;
    sync(cli, narrator)?;
    let (_, tasks) = cli.run(&["tasks"], None)?;
    expect(!tasks.contains(&people.visit), "the task is done")
}

fn approve(
    supervisor: &Cli,
    cli: &Cli,
    people: &People,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("The supervisor approves, and looks at the team");
    sync(supervisor, narrator)?;
    let list = ["review", "list", "--program", "Child health", "--state", "corrected"];
    let (code, listed) = run_shown(supervisor, narrator, &list)?;
    expect(code == 0 && listed.contains(&people.visit), "the correction is there")?;
    expect_run(supervisor, narrator, &["review", "approve", &people.visit], 0)?;
    sync(supervisor, narrator)?;
    expect_run(supervisor, narrator, &["team"], 0)?;
    narrator.say("The health worker sees it, and how far she is:");
    sync(cli, narrator)?;
    expect_run(cli, narrator, &["person", "show", &people.child], 0)?;
    let targets = cli.json(&["targets"])?;
    run_shown(cli, narrator, &["targets"])?;
    expect(targets[0]["reached"] == 1.0, "one growth visit counts")
}

/// Looks at the server with the administrator's eyes.
fn prove(server: &Server, people: &People, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("The proof: what the server holds of the family");
    let place = format!("orgUnits={CLINIC}&orgUnitMode=SELECTED&paging=false");
    for (kind, id) in [("TtHousehold", &people.household), ("TtPerson000", &people.mother)] {
        let target = format!(
            "/api/tracker/trackedEntities?trackedEntityType={kind}&{place}&fields=trackedEntity"
        );
        let found = server.get(&target)?;
        let once = ids(&found, "trackedEntities", "trackedEntity", id) == 1;
        expect(once, "whoever was registered is on the server once")?;
        if kind == "TtPerson000" {
            let found = ids(&found, "trackedEntities", "trackedEntity", &people.child);
            expect(found == 1, "the child is on the server once")?;
        }
    }
    let enrollments = server.get(&format!(
        "/api/tracker/enrollments?program={CHILD_HEALTH}&{place}&fields=enrollment"
    ))?;
    let enrolled = ids(&enrollments, "enrollments", "enrollment", &people.enrollment);
    expect(enrolled == 1 && count(&enrollments, "enrollments") == 1, "enrolled once")?;
    // The household has two members; the mother lives there and has a child.
    for person in [&people.household, &people.mother] {
        let related = server.get(&format!(
            "/api/tracker/trackedEntities/{person}?fields=relationships[relationship]"
        ))?;
        expect(count(&related, "relationships") == 2, "each relationship is there once")?;
    }
    let visits = server.get(&format!(
        "/api/tracker/events?program={CHILD_HEALTH}&programStage=PsGrowthVis&orgUnit={CLINIC}\
         &fields=event,status,dataValues[dataElement,value],notes[value]"
    ))?;
    let all = visits["events"].as_array().cloned().unwrap_or_default();
    let found: Vec<&Value> = all.iter().filter(|it| it["event"] == people.visit).collect();
    let [visit] = found.as_slice() else { return Err("the visit is not there once".to_owned()) };
    let values = visit["dataValues"].as_array().cloned().unwrap_or_default();
    let corrected = |it: &Value| it["dataElement"] == "DeGrMuac000" && it["value"] == "142";
    expect(values.iter().any(corrected), "the corrected value is on the server")?;
    let notes = visit["notes"].as_array().cloned().unwrap_or_default();
    let of_review: Vec<String> = notes.iter().map(|note| text(note, "value")).collect();
    narrator.say("A household, a mother, a child, an enrolment, three relationships: each once.");
    narrator
        .say("The growth visit, once, with the corrected value and the review as DHIS2 shows it:");
    narrator.show("notes of the visit on the server", &of_review.join("\n"));
    let sent_back = of_review.iter().filter(|it| it.contains(REASON)).count();
    expect(sent_back == 1, "the supervisor's reason is on the server once")
}

/// Synchronises; what is on the device was listed before.
fn sync(cli: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    let (code, output) = cli.run(&["sync"], None)?;
    let told: Vec<&str> = output.lines().take_while(|line| !line.starts_with("On this")).collect();
    narrator.show("outpost sync", &told.join("\n"));
    expect(code == 0, "the synchronisation ends well")
}

fn ids(answer: &Value, list: &str, member: &str, id: &str) -> usize {
    let items = answer[list].as_array().into_iter().flatten();
    items.filter(|item| item[member] == id).count()
}

fn count(answer: &Value, list: &str) -> usize {
    answer[list].as_array().map_or(0, Vec::len)
}

/// Adds somebody as a person would, and gives what the tool says of it.
fn added(cli: &Cli, narrator: &mut Narrator, arguments: &[&str]) -> Result<Value, Failure> {
    let document = cli.json(arguments)?;
    let generated = document["generated"].as_array().into_iter().flatten();
    let given = generated
        .map(|it| format!("Given: {} = {}\n", text(it, "name"), text(it, "shown")))
        .collect::<String>();
    narrator.show(&Cli::typed(arguments), &format!("{} saved.\n{given}", text(&document, "uid")));
    expect(document["saved"] == true, "it is saved")?;
    Ok(document)
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}
