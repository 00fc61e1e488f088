//! The fourth story, on the demo's own metadata: thirty phones go from the box to a hand. A swapped pair is
//! caught, a SIM card that moved is noticed, a stolen phone is locked and wiped.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::narrate::Narrator;
use super::server::Server;
use super::story::{Stage, expect, expect_run, sign_in};

/// Where the phones are.
const CLINIC: &str = "OuClinicBbb";
/// Phones of the delivery.
const PHONES: u32 = 30;
/// The group whose members hand phones out.
const SUPERVISORS: &str = "RoGrpSuperv";

/// Tells the story; in a sentence why not, if the package has no such place.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(
    stage: &Stage<'_>,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let found = server.get(&format!("/api/organisationUnits?filter=id:eq:{CLINIC}"))?;
    if found["organisationUnits"].as_array().is_none_or(Vec::is_empty) {
        narrator.say("The story of the phones needs the demo's own places.");
        return Ok(());
    }
    let folder = stage.folder.join("devices");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let tablet = Cli::new(stage.binary, &folder.join("tablet"));
    let centre = Cli::new(stage.binary, &folder.join("centre"));
    set_up(&folder, (&tablet, &centre), server, narrator)?;
    prepare(&folder, &tablet, narrator)?;
    hand_over(&tablet, server, narrator)?;
    swap_sim(&tablet, narrator)?;
    steal(&tablet, &centre, server, narrator)
}

/// The administrator imports the package and makes the supervisor one of those who hand phones out.
fn set_up(
    folder: &std::path::Path,
    (tablet, centre): (&Cli, &Cli),
    server: &Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("Thirty phones are to be handed out: the server learns what a device is");
    let file = path(folder.join("rollout.json"));
    sign_in(tablet, server, server.supervisor(), &mut Narrator::silent())?;
    let key = tablet.json(&["device", "label-key"])?;
    let key = format!("2026={}", key["key"].as_str().unwrap_or_default());
    let make = ["rollout", "package", "--out", &file, "--at", CLINIC, "--label-key", &key];
    expect_run(centre, narrator, &make, 0)?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let package: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let answer = server.post("/api/metadata", &package)?;
    expect(answer["status"] == "OK", "the server takes the package")?;
    let (name, _) = server.supervisor();
    let found = server.get(&format!("/api/users?filter=username:eq:{name}&fields=id"))?;
    let member = json!({ "id": found["users"][0]["id"] });
    let group = json!({ "id": SUPERVISORS, "name": "Roll-out: supervisors", "users": [member] });
    let answer = server.post("/api/metadata", &json!({ "userGroups": [group] }))?;
    expect(answer["status"] == "OK", "the supervisor is in the group")?;
    sign_in(centre, server, server.administrator(), &mut Narrator::silent())?;
    tablet.json(&["pull"])?;
    centre.json(&["pull"]).map(drop)
}

/// The supplier's list comes in; boxes and phones are scanned in turn, two phones lie crosswise.
fn prepare(folder: &std::path::Path, tablet: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator
        .chapter("Thirty boxes are prepared in one sitting; two phones lie in each other's box");
    let mut table = "number,serial,make,model,accessories\n".to_owned();
    for number in 1..=PHONES {
        let line = format!("{number:04},R58N{number:04},Samsung,A14,\"charger, cable\"\n");
        table.push_str(&line);
    }
    let file = path(folder.join("delivery.csv"));
    std::fs::write(&file, table).map_err(|error| format!("{file}: {error}"))?;
    let import = ["device", "import", &file, "--org-unit", CLINIC];
    expect_run(tablet, narrator, &import, 0)?;
    let lies_in = |number| match number {
        7 => 8,
        8 => 7,
        number => number,
    };
    let scan = |number: u32, phone: u32| format!("{number:04}\nR58N{phone:04}\n");
    let scans: String = (1..=PHONES).map(|number| scan(number, lies_in(number))).collect();
    let prepare = ["device", "prepare", "--app-version", "1.4.0"];
    let answers = tablet.converse(&prepare, &scans)?;
    let last = answers.last().cloned().unwrap_or_default();
    expect(last["ready"] == 28, "28 pairs fit")?;
    expect(last["swaps"][0] == json!({ "one": "0007", "other": "0008" }), "the swap is named")?;
    narrator.show(
        "outpost device prepare --app-version 1.4.0",
        "Ready: 28\n! 0007 and 0008 lie in each other's box\n",
    );
    narrator.say("The two are put right and scanned again; what was ready before was kept.");
    let (code, _) = tablet.run(&prepare, Some(&(scan(7, 7) + &scan(8, 8))))?;
    expect(code == 0, "now all fit")?;
    expect_run(tablet, narrator, &["device", "prepare", "--finish"], 0)
}

/// Each phone is given; without network, with the agreement open until its copies lie where they belong.
fn hand_over(tablet: &Cli, server: &mut Server, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("The phones are handed over where there is no network");
    server.stop();
    let mixed = ["device", "hand-over", "--box", "0012", "--phone", "R58N0021"];
    expect_run(tablet, narrator, &mixed, 6)?;
    narrator.say("Nothing goes on before box and phone agree. The phones are sorted first.");
    let stop = ["device", "hand-over", "--stop", "--reason", "the phones are sorted first"];
    expect_run(tablet, narrator, &stop, 0)?;
    for number in 1..=PHONES {
        let (of_box, phone) = (format!("{number:04}"), format!("R58N{number:04}"));
        let to = format!("Health worker {number}");
        let scan = ["device", "hand-over", "--box", &of_box, "--phone", &phone, "--to", &to];
        let rest = ["--condition", "new", "--accessories", "charger, cable", "--finish"];
        let user = if number == PHONES { vec!["--user", server.neighbour().0] } else { vec![] };
        let row = tablet.json(&[&scan[..], &user, &rest].concat())?;
        expect(row["state"] == "HANDED_OVER", "a phone is handed over")?;
    }
    let close = [
        "device",
        "close",
        "12",
        "--signed",
        "health_worker=Health worker 12",
        "--signed",
        "supervisor=Amina",
        "--signed",
        "council=A. Okello",
        "--stamped",
        "1",
        "--stamped",
        "2",
        "--copy",
        "1=district",
        "--copy",
        "2=on-the-way",
    ];
    expect_run(tablet, narrator, &close, 0)?;
    narrator
        .say("The second copy is on its way to the partner: that stays open until it is there.");
    expect_run(tablet, narrator, &["device", "report"], 0)?;
    server.start()?;
    tablet.json(&["push"])?;
    let target = format!(
        "/api/tracker/trackedEntities?program=RoDevProgrm&orgUnits={CLINIC}\
         &orgUnitMode=SELECTED&paging=false&fields=trackedEntity,attributes[attribute,value]"
    );
    let answer = server.get(&target)?;
    let list = answer.get("trackedEntities").or(answer.get("instances"));
    let handed = list.and_then(Value::as_array).into_iter().flatten().filter(|record| {
        let mut attributes = record["attributes"].as_array().into_iter().flatten();
        attributes.any(|it| it["value"] == "HANDED_OVER")
    });
    expect(handed.count() == PHONES as usize, "the server holds all thirty, handed over")?;
    narrator.say("Back at the network everything is sent: thirty devices are in DHIS2.");
    Ok(())
}

/// A card that is found in another phone.
fn swap_sim(tablet: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("A SIM card moves to another phone, and is noticed");
    let (one, two) = ("8925600000000000012", "8925600000000000020");
    for (device, iccid, number) in [("1", one, "+256700000001"), ("2", two, "+256700000002")] {
        let put = ["sim", "put", device, "--iccid", iccid, "--msisdn", number];
        tablet.json(&[&put[..], &["--glued-by", "Amina"]].concat())?;
    }
    tablet.json(&["device", "mine", "--set", "1", "--iccid", one])?;
    expect_run(tablet, narrator, &["device", "mine", "--iccid", two], 6)?;
    expect_run(tablet, narrator, &["sim", "put", "1", "--iccid", two], 6)?;
    narrator.say("The supervisor says that it was moved; the time in the other phone ends.");
    expect_run(tablet, narrator, &["sim", "put", "1", "--iccid", two, "--moved"], 0)?;
    let other = tablet.json(&["device", "show", "2"])?;
    expect(other["facts"]["sim"]["iccid"] == "", "the other phone has no card")
}

/// Reported, locked by the centre, wiped.
fn steal(
    tablet: &Cli,
    centre: &Cli,
    server: &Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("A phone is stolen: the phone is wiped, then the account is locked");
    let lost = ["device", "lost", "30", "--stolen", "--reason", "taken from the car"];
    expect_run(tablet, narrator, &[&lost[..], &["--lock", "--wipe"]].concat(), 0)?;
    tablet.json(&["push"])?;
    centre.json(&["pull"])?;
    narrator.say("With its account locked the phone would not hear that it is to be wiped:");
    expect_run(centre, narrator, &["device", "lock", "30"], 6)?;
    expect_run(tablet, narrator, &["device", "step", "30", "in-use"], 6)?;
    let wiped = ["device", "wiped", "30", "--reason", "it told so at its next contact"];
    expect_run(tablet, narrator, &wiped, 0)?;
    tablet.json(&["push"])?;
    centre.json(&["pull"])?;
    expect_run(centre, narrator, &["device", "lock", "30"], 0)?;
    centre.json(&["push"])?;
    tablet.json(&["sync"])?;
    expect_run(tablet, narrator, &["device", "show", "30"], 0)?;
    let shown = tablet.json(&["device", "show", "30"])?;
    expect(shown["locked_at"] != "" && shown["wiped_at"] != "", "lock and wipe are written down")?;
    let held = server.get(&locked_target(server))?;
    expect(held["users"].as_array().is_some_and(|it| it.len() == 1), "no account is deleted")
}

fn locked_target(server: &Server) -> String {
    format!("/api/users?filter=username:eq:{}&fields=id", server.neighbour().0)
}

fn path(path: PathBuf) -> String {
    path.display().to_string()
}
