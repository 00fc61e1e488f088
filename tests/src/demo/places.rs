//! The third story, on the demo's own metadata: places without network. What two phones captured goes
//! by Wi-Fi and by files to a tablet, from there to the laptop of the district and to the server, though
//! a file is lost, one comes twice and one late; receipts and a change of the forms travel down; a
//! district's DHIS2 that drifted is mended.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::narrate::Narrator;
use super::server::Server;
use super::story::{Stage, days_ago, expect, expect_run, sign_in};

/// Where nothing else of the demo happens.
const CLINIC: &str = "OuClinicCcc";
/// The event program of the demo's own metadata.
const FEVER: &str = "PrFeverVisi";
/// The household programme.
const HOUSEHOLD: &str = "PrHousehold";
/// What the ministry asks from now on.
const NEW_QUESTION: (&str, &str) = ("DeEvCough01", "Cough, days");
/// Names on the cards.
const PHONES: [&str; 2] = ["Phone 17", "Phone 18"];
const TABLET: &str = "Tablet, Clinic C";
const LAPTOP: &str = "North District";
const MINISTRY: &str = "Ministry";

/// Everybody of this story, each a device with a home folder of its own.
struct Cast {
    phones: [Cli; 2],
    tablet: Cli,
    laptop: Cli,
    ministry: Cli,
    /// Folder in which everything of this story lies.
    folder: PathBuf,
    /// Ids of the visits that were captured.
    events: Vec<String>,
    /// Ids of the households.
    households: Vec<String>,
    /// Ids of their enrolments.
    enrollments: Vec<String>,
}

/// Tells the story; in a sentence why not, if the package has no such programmes.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(
    stage: &Stage<'_>,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let found = server.get(&format!("/api/programs?filter=id:in:[{FEVER},{HOUSEHOLD}]"))?;
    if found["programs"].as_array().map_or(0, Vec::len) < 2 {
        narrator.say("The story of places without network needs the demo's own metadata as well.");
        return Ok(());
    }
    let mut cast = introduce(stage, server, narrator)?;
    let before = held_by_server(server)?;
    server.stop();
    let files = climb(&mut cast, narrator)?;
    arrive(&cast, &files, narrator)?;
    narrator.chapter("The laptop finds network, and the forms change at the ministry");
    server.start()?;
    send(&cast, narrator)?;
    let package = change_forms(&cast, server, narrator)?;
    server.stop();
    descend(&cast, &package, narrator)?;
    server.start()?;
    prove(&cast, server, &before, narrator)?;
    mend(stage, &cast, &package, narrator)
}

/// While there is network, everybody signs in, gets a card and compares the digits of the others.
fn introduce(stage: &Stage<'_>, server: &Server, narrator: &mut Narrator) -> Result<Cast, Failure> {
    narrator.chapter("Places without network: cards are made and compared at a meeting");
    let folder = stage.folder.join("places");
    for name in ["stick", "inbox", "outbox"] {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let device = |home: &str, account, name: &str, role: &str| {
        let cli = Cli::new(stage.binary, &folder.join(home));
        // Told for one of them: the others do the same.
        sign_in(&cli, server, account, &mut Narrator::silent())?;
        cli.json(&["sync"])?;
        cli.json(&["exchange", "card", "--name", name, "--role", role])?;
        Ok::<_, Failure>(cli)
    };
    let cast = Cast {
        phones: [
            device("phone1", server.chw(), PHONES[0], "device")?,
            device("phone2", server.neighbour(), PHONES[1], "device")?,
        ],
        tablet: device("tablet", server.supervisor(), TABLET, "tablet")?,
        laptop: device("laptop", server.supervisor(), LAPTOP, "district")?,
        ministry: device("ministry", server.administrator(), MINISTRY, "centre")?,
        folder,
        events: Vec::new(),
        households: Vec::new(),
        enrollments: Vec::new(),
    };
    let safe = ["exchange", "recovery", "--name", "Safe of the ministry"];
    let safe = cast.ministry.json(&safe)?;
    let (tablet, laptop) = (&cast.tablet, &cast.laptop);
    for phone in &cast.phones {
        meet(phone, tablet)?;
        meet(tablet, phone)?;
    }
    meet(tablet, laptop)?;
    meet(laptop, tablet)?;
    for home in [&cast.phones[0], &cast.phones[1], tablet, laptop] {
        meet(home, &cast.ministry)?;
        enrol(home, &safe)?;
    }
    expect_run(tablet, narrator, &["exchange", "card"], 0)?;
    narrator.say(
        "Two phones, the tablet, the laptop of the district and the ministry know each other now: \
         whoever compared thirty digits read aloud believes a card. The laptop gets an inbox and an \
         outbox.",
    );
    let (inbox, outbox) = (cast.path("inbox"), cast.path("outbox"));
    let set = ["site", "set", "--mode", "hybrid", "--inbox", &inbox, "--outbox", &outbox];
    expect_run(laptop, narrator, &set, 0)?;
    Ok(cast)
}

fn meet(home: &Cli, other: &Cli) -> Result<(), Failure> {
    enrol(home, &other.json(&["exchange", "card"])?)
}

fn enrol(home: &Cli, card: &Value) -> Result<(), Failure> {
    let (card, digits) = (text(card, "text"), text(card, "fingerprint"));
    let enrolled = home.json(&["exchange", "enrol", &card, "--fingerprint", &digits])?;
    expect(enrolled["enrolled"] == true, "a card with the right digits is believed")
}

/// Records go up to the tablet; it writes four files for the laptop, whenever somebody drives there.
fn climb(cast: &mut Cast, narrator: &mut Narrator) -> Result<Vec<String>, Failure> {
    narrator.chapter("Two phones without network hand their records to a tablet");
    capture_household(cast)?;
    for age in ["3", "31"] {
        capture(cast, Who::Phone(0), age)?;
    }
    for age in ["8", "64"] {
        capture(cast, Who::Phone(1), age)?;
    }
    expect_run(&cast.phones[0], narrator, &["outbox"], 0)?;
    narrator.say("The tablet shows a code; the first phone reads it and sends over the Wi-Fi:");
    let visit = nearby(cast, narrator)?;
    let receipt = &given(&visit, "receipt")["report"]["receipt"];
    expect(receipt["held"] == 4, "the tablet says at once what it holds")?;
    narrator.say("Somebody drives to the district and takes a file of the tablet along.");
    let mut files = vec![write(&cast.tablet, cast, LAPTOP, narrator)?];
    narrator.say("The second phone is far away; its records come on a memory stick:");
    let stick = write(&cast.phones[1], cast, TABLET, narrator)?;
    expect_run(&cast.tablet, narrator, &["exchange", "import", &stick], 0)?;
    expect(unsent(&cast.tablet)? == 6, "the tablet holds what both captured")?;
    expect(unsent(&cast.phones[0])? == 4, "handing over takes nothing out of an outbox")?;
    files.push(write(&cast.tablet, cast, LAPTOP, &mut Narrator::silent())?);
    for age in ["12", "45"] {
        capture(cast, Who::Tablet, age)?;
        files.push(write(&cast.tablet, cast, LAPTOP, &mut Narrator::silent())?);
    }
    narrator.say("The supervisor sees two visitors herself; three more files leave the tablet.");
    Ok(files)
}

/// The first file comes twice, the second never, the third late.
fn arrive(cast: &Cast, files: &[String], narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("At the district one file comes twice, one is lost, one is late");
    let [twice, lost, late, last] = files else { return Err("four files were written".into()) };
    std::fs::remove_file(lost).map_err(|error| format!("{lost}: {error}"))?;
    put(cast, twice, "from-the-driver.tar")?;
    put(cast, twice, "from-the-driver (1).tar")?;
    let round = watch(cast, narrator)?;
    expect(plans(&round) == ["known", "take_in"], "a file that comes twice counts once")?;
    narrator.say("The fourth comes before the third, and the second is lost: it waits.");
    put(cast, last, "fourth.tar")?;
    let round = watch(cast, narrator)?;
    expect(plans(&round) == ["waits"], "a file waits for those before it")?;
    let (code, page) = cast.laptop.run(&["site", "check"], None)?;
    narrator.show("outpost site check", &page);
    expect(code == 6, "the check names the gap")?;
    narrator.say("The receipt tells the tablet; its next file holds again what is missing:");
    let receipt = newest(&cast.folder.join("outbox"))?;
    expect_run(&cast.tablet, narrator, &["exchange", "import", &receipt], 0)?;
    let again = write(&cast.tablet, cast, LAPTOP, narrator)?;
    put(cast, &again, "fifth.tar")?;
    let round = watch(cast, narrator)?;
    expect(plans(&round) == ["take_in"], "the gap is closed")?;
    expect(unsent(&cast.laptop)? == 8, "the laptop holds each record once")?;
    narrator.say("The third is found in a pocket a week later:");
    put(cast, late, "third.tar")?;
    watch(cast, narrator)?;
    expect(unsent(&cast.laptop)? == 8, "what is late doubles nothing")
}

/// The laptop sends, and writes receipts for the tablet.
fn send(cast: &Cast, narrator: &mut Narrator) -> Result<(), Failure> {
    let round = watch(cast, narrator)?;
    expect(round["pushed"]["stopped"].is_null(), "the server takes what was carried")?;
    expect(unsent(&cast.laptop)? == 0, "nothing waits at the laptop any more")?;
    let receipt = newest(&cast.folder.join("outbox"))?;
    narrator.say("Its receipt goes back to the tablet:");
    expect_run(&cast.tablet, narrator, &["exchange", "import", &receipt], 0)?;
    expect(unsent(&cast.tablet)? == 0, "nothing waits at the tablet any more")
}

/// The ministry asks one thing more; a signed package of the forms reaches the tablet.
fn change_forms(cast: &Cast, server: &Server, narrator: &mut Narrator) -> Result<String, Failure> {
    let (id, name) = NEW_QUESTION;
    narrator.say(&format!("The ministry asks one thing more in \"Fever visit\": {name}."));
    let mut stage = server.get("/api/programStages/PsFeverVisi?fields=:owner")?;
    let asked = stage["programStageDataElements"].as_array_mut().ok_or("a stage has elements")?;
    asked.push(json!({ "id": "PsdEvCough0", "dataElement": { "id": id }, "sortOrder": 20,
        "programStage": { "id": "PsFeverVisi" }, "compulsory": false }));
    let element = json!({ "id": id, "name": name, "shortName": name, "valueType": "INTEGER",
        "domainType": "TRACKER", "aggregationType": "NONE" });
    let change = json!({ "dataElements": [element], "programStages": [stage] });
    let answer = server.post("/api/metadata", &change)?;
    expect(answer["status"] == "OK", "the forms are changed on the server")?;
    let package = cast.path("stick/national-forms.tar");
    let make = ["package", "make", "--set", "National forms", "--from-server", "--out", &package];
    expect_run(&cast.ministry, narrator, &make, 0)?;
    put(cast, &package, "national-forms.tar")?;
    watch(cast, narrator)?;
    expect(is_asked(&cast.laptop)?, "the inbox of the laptop takes the forms in")?;
    narrator.say("The same stick goes on to the tablet:");
    expect_run(&cast.tablet, narrator, &["package", "apply", &package], 0)?;
    Ok(package)
}

/// Receipts and forms travel down to the phones, without network.
fn descend(cast: &Cast, package: &str, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("Receipts and forms travel down to the phones, without network");
    expect(!is_asked(&cast.phones[0])?, "the phone does not know the new question yet")?;
    narrator.say("The first phone meets the tablet again and gets both in the same meeting:");
    let visit = nearby(cast, narrator)?;
    let receipt = &given(&visit, "receipt")["report"]["receipt"];
    expect(receipt["settled"] == 4, "the phone learns that its records are on the server")?;
    expect(!given(&visit, "package").is_null(), "the tablet gives the forms")?;
    narrator.say("The second gets them on the stick:");
    let stick = cast.path("stick");
    let receipt = ["exchange", "receipt", "--to", PHONES[1], "--folder", &stick];
    let written = cast.tablet.json(&receipt)?;
    let path = text(&written["receipts"][0], "path");
    expect_run(&cast.phones[1], narrator, &["exchange", "import", &path], 0)?;
    expect_run(&cast.phones[1], narrator, &["package", "apply", package], 0)?;
    for phone in &cast.phones {
        expect(is_asked(phone)?, "the phone asks the new question")?;
    }
    Ok(())
}

/// What the server holds at the clinic: visits, households and their enrolments.
fn held_by_server(server: &Server) -> Result<[Vec<String>; 3], Failure> {
    let place = format!("orgUnits={CLINIC}&orgUnitMode=SELECTED");
    let held = |list: &str, which: &str, member: &str| {
        let target = format!("/api/tracker/{list}?{which}&{place}&paging=false&fields={member}");
        let found = server.get(&target)?;
        let items = found[list].as_array().into_iter().flatten();
        let mut ids: Vec<String> = items.map(|item| text(item, member)).collect();
        ids.sort();
        Ok::<_, Failure>(ids)
    };
    Ok([
        held("events", &format!("program={FEVER}&orgUnit={CLINIC}"), "event")?,
        held("trackedEntities", "trackedEntityType=TtHousehold", "trackedEntity")?,
        held("enrollments", &format!("program={HOUSEHOLD}"), "enrollment")?,
    ])
}

fn prove(
    cast: &Cast,
    server: &Server,
    before: &[Vec<String>; 3],
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("The proof: each record once, every outbox settled");
    let held = held_by_server(server)?;
    let captured = [&cast.events, &cast.households, &cast.enrollments];
    for ((captured, before), held) in captured.iter().zip(before).zip(&held) {
        let mut expected = [captured.as_slice(), before].concat();
        expected.sort();
        expect(*held == expected, "each record is on the server exactly once")?;
    }
    narrator.say(&format!(
        "{} visits, {} household and its enrolment: each exactly once on the server.",
        cast.events.len(),
        cast.households.len()
    ));
    let [first, second] = &cast.phones;
    for (name, home) in
        [(PHONES[0], first), (PHONES[1], second), (TABLET, &cast.tablet), (LAPTOP, &cast.laptop)]
    {
        expect(unsent(home)? == 0, "an outbox is settled")?;
        let verified = home.json(&["journal", "verify"])?;
        expect(verified["ok"] == true, "the journal is whole")?;
        narrator.say(&format!("{name}: nothing waits, the journal is whole."));
    }
    Ok(())
}

/// The DHIS2 of a district went its own way; drift names it, a push mends it.
fn mend(
    stage: &Stage<'_>,
    cast: &Cast,
    package: &str,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("A district's own DHIS2 drifted; it is found and mended");
    let data = cast.folder.join("district-server");
    let mut server = Server::new(stage.binary, stage.metadata, &data)?;
    server.start()?;
    let mut element = server.get("/api/dataElements/DeFeverCase?fields=:owner")?;
    element["name"] = json!("Fever, our way");
    let answer = server.post("/api/metadata", &json!({ "dataElements": [element] }))?;
    expect(answer["status"] == "OK", "the district changes its own server")?;
    narrator.say("It has forms of last year, and renamed an element. Its officer looks:");
    let officer = Cli::new(stage.binary, &cast.folder.join("district"));
    sign_in(&officer, &server, server.administrator(), &mut Narrator::silent())?;
    officer.json(&["pull"])?;
    let name = ["exchange", "card", "--name", "South District", "--role", "district"];
    officer.json(&name)?;
    meet(&officer, &cast.ministry)?;
    let drift = ["package", "drift", "--server", package];
    let (code, found) = officer.try_json(&drift)?;
    expect_run(&officer, narrator, &drift, 6)?;
    let differs = |id: &str| {
        found["differences"].as_array().into_iter().flatten().any(|line| line["id"] == id)
    };
    expect(code == 6 && differs("DeFeverCase"), "what was renamed is named")?;
    expect(differs(NEW_QUESTION.0), "what is missing is named")?;
    expect_run(&officer, narrator, &["package", "push", package], 0)?;
    expect_run(&officer, narrator, &drift, 0)?;
    let mended = server.get("/api/dataElements/DeFeverCase?fields=name")?;
    expect(mended["name"] != "Fever, our way", "the centre's name is back")
}

/// Whoever captures.
#[derive(Clone, Copy)]
enum Who {
    Phone(usize),
    Tablet,
}

fn capture(cast: &mut Cast, who: Who, age: &str) -> Result<(), Failure> {
    let home = match who {
        Who::Phone(number) => &cast.phones[number],
        Who::Tablet => &cast.tablet,
    };
    let (day, age) = (days_ago(2)?, format!("Age in years={age}"));
    let add = ["event", "add", "--program", FEVER, "--org-unit", CLINIC, "--occurred", &day];
    let saved = home.json(&[&add[..], &["--complete", &age, "Sex=F"]].concat())?;
    expect(saved["saved"] == true, "a visit is saved")?;
    cast.events.push(text(&saved, "uid"));
    Ok(())
}

fn capture_household(cast: &mut Cast) -> Result<(), Failure> {
    let add = ["person", "add", "--program", HOUSEHOLD, "--org-unit", CLINIC, "Village=Far Hill"];
    let saved = cast.phones[0].json(&add)?;
    expect(saved["saved"] == true, "a household is saved")?;
    cast.households.push(text(&saved, "uid"));
    cast.enrollments.push(text(&saved, "enrollment"));
    Ok(())
}

/// The first phone meets the tablet; what the visit brought.
fn nearby(cast: &Cast, narrator: &mut Narrator) -> Result<Value, Failure> {
    let receive = ["nearby", "receive", "--addresses", "127.0.0.1", "--until-idle", "1"];
    let meeting = cast.tablet.listen(&receive)?;
    let send = ["nearby", "send", "--invitation", meeting.invitation()];
    let visit = cast.phones[0].json(&send)?;
    meeting.end()?;
    let files = |list: &str| visit[list].as_array().cloned().unwrap_or_default();
    let sent = files("sent").into_iter().map(|file| format!("Sent: {} bytes\n", file["bytes"]));
    let came = files("received");
    let came = came.iter().map(|file| format!("Received: {}\n", text(file, "kind")));
    let shown: String = sent.chain(came).collect();
    narrator.show("outpost nearby send --invitation CODE", &shown);
    Ok(visit)
}

/// The first file of a kind that a phone was given; null if there is none.
fn given<'a>(visit: &'a Value, kind: &str) -> &'a Value {
    let mut received = visit["received"].as_array().into_iter().flatten();
    received.find(|file| file["kind"] == kind).unwrap_or(&Value::Null)
}

/// Writes a file for a partner onto the stick; its path.
fn write(home: &Cli, cast: &Cast, to: &str, narrator: &mut Narrator) -> Result<String, Failure> {
    let stick = cast.path("stick");
    let write = ["exchange", "write", "--to", to, "--folder", &stick];
    let written = home.json(&write)?;
    let path = written["paths"][0].as_str().ok_or("a file is written")?.to_owned();
    let again = if written["again"] == true { ", with what they got before" } else { "" };
    let told = format!("File {}: {} records{again}.", written["number"], written["records"]);
    narrator.show(&Cli::typed(&write), &told);
    Ok(path)
}

/// Copies a file into the inbox of the laptop.
fn put(cast: &Cast, file: &str, name: &str) -> Result<(), Failure> {
    let to = cast.folder.join("inbox").join(name);
    std::fs::copy(file, to).map(drop).map_err(|error| format!("{file}: {error}"))
}

/// The laptop looks into its inbox once, sends if it can, writes what it owes.
fn watch(cast: &Cast, narrator: &mut Narrator) -> Result<Value, Failure> {
    let look = ["site", "watch", "--once", "--settle", "0"];
    let round = cast.laptop.json(&look)?;
    let taken = round["taken"].as_array().into_iter().flatten().map(|taken| {
        let (file, new) = (&taken["file"], &taken["report"]["new"]);
        let became = match text(file, "plan").as_str() {
            "take_in" => format!("taken in, {new} new records"),
            "known" => "it came before".to_owned(),
            "waits" => "it waits for those before it".to_owned(),
            "covered" => "a later file held all of it".to_owned(),
            other => other.to_owned(),
        };
        format!("{}, file {}: {became}\n", text(taken, "path"), file["number"])
    });
    let mut told: String = taken.collect();
    for update in round["updates"].as_array().into_iter().flatten() {
        let package = &update["forms"]["package"];
        told.push_str(&format!("{}: version {}\n", text(package, "set"), package["number"]));
    }
    if let Some(sent) = round["pushed"]["synced"].as_u64().filter(|sent| *sent > 0) {
        told.push_str(&format!("Sent to the server: {sent}\n"));
    }
    for file in round["written"]["files"].as_array().into_iter().flatten() {
        told.push_str(&format!("Written to the outbox: {}\n", text(file, "kind")));
    }
    narrator.show(&Cli::typed(&look), &told);
    Ok(round)
}

/// What became of the files of a round.
fn plans(round: &Value) -> Vec<String> {
    let taken = round["taken"].as_array().into_iter().flatten();
    let mut plans: Vec<String> = taken.map(|taken| text(&taken["file"], "plan")).collect();
    plans.sort();
    plans
}

/// The file of a folder that was written last: names sort by number.
fn newest(folder: &Path) -> Result<String, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let newest = paths.pop().ok_or("the outbox holds a receipt")?;
    Ok(newest.display().to_string())
}

fn unsent(home: &Cli) -> Result<u64, Failure> {
    home.json(&["status"])?["unsent"].as_u64().ok_or_else(|| "a status counts".to_owned())
}

/// Whether the form of this device has the new question.
fn is_asked(home: &Cli) -> Result<bool, Failure> {
    Ok(home.json(&["form", "show", "Fever visit"])?.to_string().contains(NEW_QUESTION.1))
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

impl Cast {
    /// A path of this story, as it stands on a command line.
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}
