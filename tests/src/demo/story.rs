//! The story itself: a month of a community health worker, from the first sign-in to the proof that
//! each record is on the server exactly once.

use std::path::Path;

use serde_json::{Value, json};

use super::cli::{Cli, Failure};
use super::devices;
use super::golive;
use super::household;
use super::material::{self, EventPlan, ReportPlan};
use super::narrate::Narrator;
use super::places;
use super::server::Server;
use super::support;

/// Where the demo works.
pub struct Stage<'a> {
    /// The `outpost` binary.
    pub binary: &'a Path,
    /// The metadata package.
    pub metadata: &'a Path,
    /// Folder to work in; what is left there may be looked at.
    pub folder: &'a Path,
}

/// Visits that were captured.
struct Visits {
    name: String,
    id: String,
    organisation_unit: String,
    events: usize,
}

/// Times that an event is corrected before the demo gives up.
const CORRECTIONS_MAX: usize = 8;

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
        household::tell(stage, &cli, &mut server, narrator)?;
        places::tell(stage, &mut server, narrator)?;
        devices::tell(stage, &mut server, narrator)?;
        support::tell(stage, &mut server, narrator)?;
        return golive::tell(stage, &mut server, narrator);
    }
    let visits = capture_offline(&cli, &mut server, report.as_ref(), event, narrator)?;
    reconnect(&cli, &mut server, report.as_ref(), narrator)?;
    if let Some(report) = &report {
        correct(&cli, report, narrator)?;
    }
    prove(&cli, &server, report.as_ref(), visits.as_ref(), narrator)?;
    household::tell(stage, &cli, &mut server, narrator)?;
    places::tell(stage, &mut server, narrator)?;
    devices::tell(stage, &mut server, narrator)?;
    support::tell(stage, &mut server, narrator)?;
    golive::tell(stage, &mut server, narrator)
}

fn sign_in_and_pull(
    cli: &Cli,
    server: &Server,
    metadata: &Path,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.chapter("A community health worker signs in and fetches the forms");
    sign_in(cli, server, server.chw(), narrator)?;
    let pull = cli.json(&["pull"])?;
    let compared = compare_counts(metadata, &pull["counts"])?;
    narrator.show("outpost pull", &compared);
    expect_run(cli, narrator, &["forms"], 0)
}

pub(super) fn sign_in(
    cli: &Cli,
    server: &Server,
    (name, password): (&str, &str),
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let url = server.url();
    let login = ["login", "--server", &url, "--user", name, "--password-stdin", "--allow-http"];
    let (code, output) = cli.run(&login, Some(password))?;
    narrator.show(&Cli::typed(&login), &output);
    expect(code == 0, "the sign-in works")
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
    event: Option<EventPlan>,
    narrator: &mut Narrator,
) -> Result<Option<Visits>, Failure> {
    narrator.chapter("The network is gone; work goes on");
    server.stop();
    if let Some(plan) = report {
        narrator.say(&format!("She fills in \"{}\" for {}.", plan.name, plan.period));
        expect_run(cli, narrator, &plan.set(&plan.values), 0)?;
        check_and_complete(cli, plan, narrator)?;
    }
    let visits = event.map(|plan| receive_visitors(cli, plan, narrator)).transpose()?;
    narrator.say("Everything waits in the outbox, encrypted, and a sync says so honestly:");
    expect_run(cli, narrator, &["outbox"], 0)?;
    expect_run(cli, narrator, &["sync"], 4)?;
    Ok(visits)
}

/// A finger slips, a validation rule notices, and the report is completed.
fn check_and_complete(
    cli: &Cli,
    plan: &ReportPlan,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let check = plan.command("check");
    let run = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        cli.try_json(&arguments)
    };
    let violated = |checked: &Value| checked["violations"].as_array().map_or(0, Vec::len);
    let already = violated(&run(&check)?.1);
    for (good, slipped) in plan.slips() {
        let (code, _) = run(&plan.set(std::slice::from_ref(&slipped)))?;
        let is_noticed = code == 0 && violated(&run(&check)?.1) > already;
        run(&plan.set(std::slice::from_ref(good)))?;
        if is_noticed {
            narrator.say("Her finger slips. Before she completes the report she has it checked:");
            expect_run(cli, narrator, &plan.set(&[slipped]), 0)?;
            expect_run(cli, narrator, &check, 6)?;
            narrator.say("She sees both sides, looks into the register and corrects the number.");
            expect_run(cli, narrator, &plan.set(std::slice::from_ref(good)), 0)?;
            break;
        }
    }
    let (code, output) = run_shown(cli, narrator, &plan.command("complete"))?;
    // What a package asks for beyond the demo's values keeps its report open, with the reason.
    let is_explained = output.lines().count() > 1;
    expect(code == 0 || (code == 6 && is_explained), "the report is completed, or it says why not")
}

/// Visits are entered question by question, and then with one command each.
fn receive_visitors(
    cli: &Cli,
    mut plan: EventPlan,
    narrator: &mut Narrator,
) -> Result<Visits, Failure> {
    let mut events = 0;
    if let Some(lines) = plan.conversation() {
        narrator.say(&format!("A visitor comes: \"{}\". The form thinks along:", plan.name));
        let fill = plan.fill(&format!("{}-05", plan.month));
        let fill: Vec<&str> = fill.iter().map(String::as_str).collect();
        let (code, output) = cli.run(&fill, Some(&lines))?;
        narrator.show(&Cli::typed(&fill), &output);
        expect(code == 0, "the visit is complete in the end")?;
        let needed = ["Now asked: Doses of ACT given", "Filled in by itself: Days of fever = 3"];
        expect(needed.iter().all(|it| output.contains(it)), "a question appears, a value too")?;
        events += 1;
    }
    for day in 6..=8u32 {
        let day = format!("{}-{day:02}", plan.month);
        plan.look(cli, &day)?;
        narrator.say(&format!("A visitor comes: \"{}\".", plan.name));
        add_event(cli, &mut plan, &day, narrator)?;
        events += 1;
    }
    let EventPlan { name, id, organisation_unit, .. } = plan;
    Ok(Visits { name, id, organisation_unit, events })
}

/// Adds an event; what is refused is corrected after reading why.
fn add_event(
    cli: &Cli,
    plan: &mut EventPlan,
    day: &str,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    for _ in 0..CORRECTIONS_MAX {
        let arguments = plan.add(day);
        let (code, _) = run_shown(cli, narrator, &arguments)?;
        if code == 0 {
            return Ok(());
        }
        // Nothing of it was written: the same again tells the reasons field by field.
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (_, document) = cli.try_json(&arguments)?;
        expect(code == 6 && plan.correct(&document), "what is refused can be corrected")?;
    }
    Err("an event stays refused whatever is corrected".to_owned())
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
    visits: Option<&Visits>,
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
    if let Some(plan) = visits {
        let held = server.get(&format!(
            "/api/tracker/events?program={}&orgUnit={}&fields=event",
            plan.id, plan.organisation_unit
        ))?;
        let events = held["events"].as_array().map_or(0, Vec::len);
        narrator.say(&format!("{events} events of \"{}\", each exactly once.", plan.name));
        expect(events == plan.events, "every event is on the server once")?;
    }
    expect_run(cli, narrator, &["journal", "verify"], 0)
}

pub(super) fn run_shown(
    cli: &Cli,
    narrator: &mut Narrator,
    arguments: &[impl AsRef<str>],
) -> Result<(i32, String), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let (code, output) = cli.run(&arguments, None)?;
    narrator.show(&Cli::typed(&arguments), &output);
    Ok((code, output))
}

pub(super) fn expect_run(
    cli: &Cli,
    narrator: &mut Narrator,
    arguments: &[impl AsRef<str>],
    code: i32,
) -> Result<(), Failure> {
    let (found, _) = run_shown(cli, narrator, arguments)?;
    expect(found == code, &format!("it ends with code {code}, not {found}"))
}

pub(super) fn expect(holds: bool, promise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("this did not hold: {promise}")) }
}

/// A day, `yyyy-MM-dd`. In no time zone is yesterday of here still to come.
pub(super) fn days_ago(days: i32) -> Result<String, Failure> {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let day = today.checked_sub(jiff::Span::new().days(days));
    day.map(|day| day.to_string()).map_err(|error| error.to_string())
}
