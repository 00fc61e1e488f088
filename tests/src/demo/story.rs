//! The story itself: a month of a community health worker, from the first sign-in to the proof that
//! each record is on the server exactly once.

use std::path::Path;

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::material::{self, EventPlan, ReportPlan};
use super::narrate::Narrator;
use super::server::Server;

/// Where the demo works.
pub struct Stage<'a> {
    /// The `outpost` binary.
    pub binary: &'a Path,
    /// The metadata package.
    pub metadata: &'a Path,
    /// Folder to work in; what is left there may be looked at.
    pub folder: &'a Path,
}

/// Tells the story.
///
/// # Errors
/// The first thing that did not happen as promised.
pub fn tell(stage: &Stage<'_>, narrator: &mut Narrator) -> Result<(), Failure> {
    let cli = Cli::new(stage.binary, &stage.folder.join("home"));
    let mut server = Server::new(stage.binary, stage.metadata, &stage.folder.join("server"))?;
    narrator.chapter("A DHIS2 server comes up");
    server.start()?;
    narrator.say(&format!("The sandbox answers at {} like a DHIS2 2.42.", server.url()));
    sign_in_and_pull(&cli, &server, stage.metadata, narrator)?;
    let report = material::report_plan(&cli)?;
    let event = material::event_plan(&cli)?;
    if report.is_none() && event.is_none() {
        narrator.say(
            "This package has neither a data set nor a program without registration to capture \
             with, so the story ends with its metadata safely on the device.",
        );
        return Ok(());
    }
    capture_offline(&cli, &mut server, report.as_ref(), event.as_ref(), narrator)?;
    reconnect(&cli, &mut server, report.as_ref(), narrator)?;
    if let Some(report) = &report {
        correct(&cli, report, narrator)?;
    }
    prove(&cli, &server, report.as_ref(), event.as_ref(), narrator)
}

fn sign_in_and_pull(
    cli: &Cli,
    server: &Server,
    metadata: &Path,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("A community health worker signs in and fetches the forms");
    let (name, password) = server.chw();
    let url = server.url();
    let login = ["login", "--server", &url, "--user", name, "--password-stdin", "--allow-http"];
    let (code, output) = cli.run(&login, Some(password))?;
    narrator.show(&Cli::typed(&login), &output);
    expect(code == 0, "the sign-in works")?;
    let pull = cli.json(&["pull"])?;
    let compared = compare_counts(metadata, &pull["counts"])?;
    narrator.show("outpost pull", &compared);
    expect_run(cli, narrator, &["forms"], 0)
}

/// Counts by type: what the package defines against what is on the device.
fn compare_counts(metadata: &Path, counts: &Value) -> Result<String, Failure> {
    let text = std::fs::read(metadata).map_err(|error| format!("the package: {error}"))?;
    let package: Value =
        serde_json::from_slice(&text).map_err(|error| format!("the package: {error}"))?;
    let mut lines = vec![format!("{:<24} {:>8} {:>8}", "type", "package", "device")];
    for (kind, on_device) in counts.as_object().into_iter().flatten() {
        let on_device = on_device.as_u64().unwrap_or(0);
        let in_package = package[kind].as_array().map_or(0, |list| list.len() as u64);
        if in_package == 0 && on_device == 0 {
            continue;
        }
        lines.push(format!("{kind:<24} {in_package:>8} {on_device:>8}"));
        // The server adds its default categories and, to a package without places, a district; a
        // health worker's places are those of her part of the tree.
        let may_differ = kind.starts_with("categor") || kind.starts_with("organisationUnit");
        if !may_differ && on_device != in_package {
            return Err(format!("{kind}: the package has {in_package}, the device {on_device}"));
        }
    }
    Ok(lines.join("\n"))
}

fn capture_offline(
    cli: &Cli,
    server: &mut Server,
    report: Option<&ReportPlan>,
    event: Option<&EventPlan>,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("The network is gone; work goes on");
    server.stop();
    if let Some(plan) = report {
        narrator.say(&format!("She fills in \"{}\" for {}.", plan.name, plan.period));
        expect_run(cli, narrator, &plan.set(&plan.values), 0)?;
    }
    if let Some(plan) = event {
        for day in 1..=3u32 {
            narrator.say(&format!("A visitor comes: \"{}\".", plan.name));
            let day = format!("{}-0{day}", plan.month);
            expect_run(cli, narrator, &plan.add(&day), 0)?;
        }
    }
    narrator.say("Everything waits in the outbox, encrypted, and a sync says so honestly:");
    expect_run(cli, narrator, &["outbox"], 0)?;
    expect_run(cli, narrator, &["sync"], 4)
}

fn reconnect(
    cli: &Cli,
    server: &mut Server,
    report: Option<&ReportPlan>,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("Meanwhile a rule changes at the ministry; then the network is back");
    server.start()?;
    if let Some(plan) = report {
        narrator.say(&format!(
            "The administrator decides that \"{}\" takes {} from now on.",
            plan.spoiled_name, plan.new_rule
        ));
        let mut element =
            server.get(&format!("/api/dataElements/{}?fields=:owner", plan.spoiled_element))?;
        element["valueType"] = json!(plan.new_type);
        let answer = server.post("/api/metadata", &json!({ "dataElements": [element] }))?;
        expect(answer["status"] == "OK", "the rule is changed on the server")?;
    }
    expect_run(cli, narrator, &["sync"], 0)?;
    let status = cli.json(&["status"])?;
    let parked = u64::from(report.is_some());
    expect(status["parked"] == parked, "one value is parked, all else is sent")?;
    expect(status["unsent"] == parked, "nothing else waits")?;
    if report.is_some() {
        narrator.say("The server refused one value. It holds nothing else back, and says why:");
        expect_run(cli, narrator, &["outbox"], 0)?;
    }
    Ok(())
}

fn correct(cli: &Cli, plan: &ReportPlan, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.chapter("She corrects the value");
    let corrected = [format!("{}={}", plan.spoiled_cell, plan.corrected_value)];
    expect_run(cli, narrator, &plan.set(&corrected), 0)?;
    expect_run(cli, narrator, &["sync"], 0)?;
    let status = cli.json(&["status"])?;
    expect(status["unsent"] == 0, "nothing waits any more")
}

fn prove(
    cli: &Cli,
    server: &Server,
    report: Option<&ReportPlan>,
    event: Option<&EventPlan>,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("The proof: what the server holds");
    if let Some(plan) = report {
        let held = server.get(&format!(
            "/api/dataValueSets?dataSet={}&period={}&orgUnit={}",
            plan.id, plan.period, plan.organisation_unit
        ))?;
        let values = held["dataValues"].as_array().map_or(0, Vec::len);
        narrator.say(&format!("{values} values of \"{}\", each exactly once.", plan.name));
        expect(values == plan.values.len(), "every value is on the server once")?;
    }
    if let Some(plan) = event {
        let held = server.get(&format!(
            "/api/tracker/events?program={}&orgUnit={}&fields=event",
            plan.id, plan.organisation_unit
        ))?;
        let events = held["events"].as_array().map_or(0, Vec::len);
        narrator.say(&format!("{events} events of \"{}\", each exactly once.", plan.name));
        expect(events == 3, "every event is on the server once")?;
    }
    expect_run(cli, narrator, &["journal", "verify"], 0)
}

fn expect_run(
    cli: &Cli,
    narrator: &mut Narrator,
    arguments: &[impl AsRef<str>],
    code: i32,
) -> Result<(), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let (found, output) = cli.run(&arguments, None)?;
    narrator.show(&Cli::typed(&arguments), &output);
    expect(found == code, &format!("it ends with code {code}, not {found}"))
}

fn expect(holds: bool, promise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("this did not hold: {promise}")) }
}
