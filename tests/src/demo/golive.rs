//! The sixth story, on the demo's own metadata: labels and agreements are printed; one site is not ready
//! and does not go live; another does, and its parallel run differs by three cases, which are found.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cli::{Cli, Failure};
use super::narrate::Narrator;
use super::server::Server;
use super::story::{Stage, expect, expect_run};

/// The site that is ready, by id.
const READY: &str = "OuClinicBbb";
/// Register of three weeks: day and how many cases.
const WEEKS: [(&str, u32); 3] = [("2026-09-01", 5), ("2026-09-08", 3), ("2026-09-15", 2)];
/// The question by whose answer the register and the app know a case.
const QUESTION: &str = "Cough, days";
/// Cases of the register that nobody entered.
const FORGOTTEN: [u32; 3] = [2, 3, 5];

/// Tells the story where that of the devices ended; nothing, if the package has no such places.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(
    stage: &Stage<'_>,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let folder = stage.folder.join("devices");
    if !folder.join("tablet").exists() {
        return Ok(());
    }
    let tablet = Cli::new(stage.binary, &folder.join("tablet"));
    paper(&folder, &tablet, narrator)?;
    not_ready(&tablet, narrator)?;
    parallel(&folder, &tablet, server, narrator)
}

fn paper(folder: &Path, tablet: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("Labels, agreements and the hand-over list are printed");
    for (name, rest) in [
        ("labels.pdf", vec!["labels", "--stock", "L7160"]),
        ("tape.svg", vec!["labels", "12", "--stock", "tape-24"]),
        ("agreements.pdf", vec!["agreement", "12", "13", "--supervisor", "Amina"]),
        ("accords.pdf", vec!["agreement", "12", "--language", "fr"]),
        ("hand-over-list.pdf", vec!["hand-over-list", "--by", "Amina"]),
    ] {
        let out = path(folder.join(name));
        let print = [&["print"], &rest[..], &["--out", &out]].concat();
        expect_run(tablet, narrator, &print, 0)?;
    }
    narrator.say("The codes are signed and name nobody; that labels were printed is written down.");
    Ok(())
}

/// One phone's papers are closed, the others' are open: the site is red and says why.
fn not_ready(tablet: &Cli, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("A site is not ready: it is red, says what is missing, and does not go live");
    let plan = ["golive", "plan", "--site", READY, "--on", "2026-08-31", "--already-live"];
    let register = ["--what", "Paper register", "--choice", "parallel", "--until", "2026-12-31"];
    let who = ["--compares", "Amina", "--reason", "The figures of one quarter"];
    expect_run(tablet, narrator, &[&plan[..], &register, &who].concat(), 0)?;
    let campaign = ["golive", "calendar", READY, "--what", "Measles campaign", "--sort"];
    let days = ["campaign", "--from", "2026-09-03", "--to", "2026-09-05"];
    expect_run(tablet, narrator, &[&campaign[..], &days].concat(), 6)?;
    expect_run(tablet, narrator, &["golive", "readiness", READY], 6)?;
    let go = ["golive", "decide", READY, "go", "--reason", "It was announced"];
    expect_run(tablet, narrator, &go, 6)
}

fn parallel(
    folder: &Path,
    tablet: &Cli,
    server: &mut Server,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("A site goes live beside its register; three cases differ and are found");
    let no_go = ["golive", "decide", READY, "no-go", "--reason", "Papers are open"];
    expect_run(tablet, narrator, &no_go, 0)?;
    narrator
        .say("The centre lets the site begin all the same, beside the paper, and signs for it.");
    let go = ["golive", "decide", READY, "go", "--reason", "The paper goes on beside it"];
    let go = [&go[..], &["--by", "Centre", "--all-the-same"]].concat();
    expect_run(tablet, narrator, &go, 0)?;

    let mut table = "date,what,key\n".to_owned();
    let mut number = 0;
    for (day, count) in WEEKS {
        for _ in 0..count {
            number += 1;
            table.push_str(&format!("{day},Fever,{number}\n"));
            if !FORGOTTEN.contains(&number) {
                case(tablet, day, number)?;
            }
        }
    }
    let file = path(folder.join("register.csv"));
    std::fs::write(&file, table).map_err(|error| format!("{file}: {error}"))?;
    let compare = ["golive", "compare", READY, "--register", &file, "--what", "Fever", "--keep"];
    let compare = [&compare[..], &["--program", "Fever visit", "--key", QUESTION]].concat();
    let (_, found) = tablet.try_json(&compare)?;
    let behind = found["differences"][0]["behind"].as_array().cloned().unwrap_or_default();
    let keys: Vec<_> = behind.iter().filter_map(|it| it["key"].as_str()).collect();
    expect(keys == ["2", "3", "5"], "the three cases are named")?;
    expect_run(tablet, narrator, &compare, 6)?;
    let cut = ["golive", "decide", READY, "cut-over", "--reason", "Three weeks passed"];
    expect_run(tablet, narrator, &cut, 6)?;
    for (name, rest) in [
        ("go-no-go.pdf", vec!["print", "go-no-go", READY]),
        ("parallel-run.svg", vec!["golive", "chart", "comparison", "--site", READY]),
        ("first-weeks.png", vec!["golive", "chart", "adoption"]),
    ] {
        let out = path(folder.join(name));
        expect_run(tablet, narrator, &[&rest[..], &["--out", &out]].concat(), 0)?;
    }

    narrator.say("The three are entered from the register. Now all weeks agree:");
    for number in FORGOTTEN {
        case(tablet, WEEKS[0].0, number)?;
    }
    expect_run(tablet, narrator, &compare, 0)?;
    expect_run(tablet, narrator, &cut, 0)?;
    expect_run(tablet, narrator, &["golive", "adoption"], 0)?;
    tablet.json(&["push"])?;
    let target = format!(
        "/api/tracker/trackedEntities?program=RoGolProgrm&orgUnits={READY}&paging=false\
         &fields=trackedEntity"
    );
    let answer = server.get(&target)?;
    let list = answer.get("trackedEntities").or(answer.get("instances"));
    let sites = list.and_then(Value::as_array).map_or(0, Vec::len);
    expect(sites == 1, "plan, comparison and decisions are in DHIS2")
}

/// A fever visit; the form asks one question after the district was mended, and its answer tells the cases
/// of this register apart.
fn case(tablet: &Cli, day: &str, number: u32) -> Result<(), Failure> {
    let add = ["event", "add", "--program", "Fever visit", "--org-unit", READY];
    let asked = format!("{QUESTION}={number}");
    tablet.json(&[&add[..], &["--occurred", day, &asked]].concat()).map(drop)
}

fn path(path: PathBuf) -> String {
    path.display().to_string()
}
