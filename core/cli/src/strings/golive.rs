//! What `golive …` and `print …` say.

use std::collections::BTreeSet;

use outpost_engine::rollout::golive::adoption::Adoption;
use outpost_engine::rollout::golive::calendar::Conflict;
use outpost_engine::rollout::golive::compare::{Compared, StopVerdict};
use outpost_engine::rollout::golive::days::{AdoptionDay, AdoptionDays};
use outpost_engine::rollout::golive::readiness::Readiness;
use outpost_engine::rollout::golive::record::GoLive;
use serde::Serialize;

use crate::output::table;

/// `golive plan`
pub const PLAN: &str = "\
Examples:
  outpost golive plan --site 'Clinic A' --on 2026-12-14
  outpost golive plan --site 'Clinic A' --what 'Paper register' --choice parallel \\
    --until 2027-01-31 --compares Supervisor --reason 'Figures of one quarter'
A choice needs a reason, parallel also a last day and somebody who compares. A day that has passed
is taken of a site that is live (golive decide … go), or with --already-live.
The latest word on a thing counts; earlier ones stay in its history.";
/// `golive list`
pub const LIST: &str = "Example:\n  outpost golive list";
/// `golive calendar`
pub const CALENDAR: &str = "\
Examples:
  outpost golive calendar 'Clinic A'
  outpost golive calendar 'Clinic A' --what 'Measles campaign' --sort campaign \\
    --from 2026-12-10 --to 2026-12-18
Exit code 6 if something speaks against the day.";
/// `golive readiness`
pub const READINESS: &str = "\
Examples:
  outpost golive readiness 'Clinic A'
  outpost golive readiness 'Clinic A' --check training --done 11 --of 12 --missing '1 is on leave'
Devices, agreements, first synchronisation and contact are counted from the registry where it knows
devices of the site, and are not written down by hand then. The contact of the support settings
counts for everybody.
Exit code 6 if the site is red.";
/// `golive compare`
pub const COMPARE: &str = "\
Examples:
  outpost golive compare 'Clinic A' --register register.csv --program Malaria --key Number --keep
  outpost golive compare 'Clinic A' --register totals.csv --program Malaria --by month
  outpost golive compare 'Clinic A' --register register.csv --app app.csv --by month
The table has the columns date (yyyy-mm-dd) or period (2026W46, with --by month 202611), what, and
key (one line a case) or total, with commas, semicolons or tabs. It is read whole or not at all.
Periods must follow each other: one that the register leaves out between its first and its last is
a difference; a line with the total 0 says that nothing happened. Exit code 6 if it is not safe to
stop the old way.";
/// `golive decide`
pub const DECIDE: &str = "\
Examples:
  outpost golive decide 'Clinic A' go --reason 'All lights are green'
  outpost golive decide 'Clinic A' cut-over --reason 'Three weeks agree'
  outpost golive decide 'Clinic A' reversed --reason 'The register is needed during the flood'
Exit code 6 if something speaks against it and nobody took it upon them.";
/// `golive report`
pub const REPORT: &str = "Example:\n  outpost golive report 'Clinic A' --json";
/// `golive adoption`
pub const ADOPTION: &str = "\
Examples:
  outpost golive adoption --days 7
  outpost golive adoption --by-day --days 28 --csv weeks.csv
By day: devices that synchronised out of those that somebody had by then, support requests that
were made, records that the server refused. A question mark (an empty cell of the CSV, null in
JSON) stands where nobody knows, which is not nought: a device tells of its latest six weeks; what
happened after your own last synchronisation has not been told yet; a device whose holder has no
user name in the registry tells nothing. Days are the server's.";
/// `golive chart`
pub const CHART: &str = "\
Examples:
  outpost golive chart comparison --site 'Clinic A' --out run.svg
  outpost golive chart adoption --out adoption.png
  outpost golive chart adoption --by-day --site 'Clinic A' --days 14 --language fr --out weeks.svg";
/// `print labels`
pub const LABELS: &str = "\
Examples:
  outpost print labels --org-unit 'Clinic A' --out labels.pdf
  outpost print labels 0017 --stock tape-24 --out 0017.svg
A name that ends in .svg is one label. The code is signed and says nothing of a person; that labels
were printed is written down at their devices. On the first use: outpost device label-key";
/// `print agreement`
pub const AGREEMENT: &str = "\
Examples:
  outpost print agreement 0017 0018 --supervisor 'J. Habimana' --out agreements.pdf
  outpost print agreement 0017 --language fr --text accord.txt --text-version 2026-11 --out a.pdf
A text begins with '# title'; '## heading' and '- item' stand alone on a line. Fields are {number},
{box}, {health_worker}, {supervisor}, {district}, {facility}, {make_and_model}, {serial}, {imei_1},
{imei_2}, {sim}, {iccid}, {accessories}, {owner} and {programme}; empty ones become blanks.";
/// `print hand-over-list`
pub const HAND_OVER_LIST: &str =
    "Example:\n  outpost print hand-over-list --org-unit 'Clinic A' --out list.pdf";
/// `print go-no-go`
pub const GO_NO_GO: &str =
    "Example:\n  outpost print go-no-go 'Clinic A' --language fr --out decision.pdf";

/// The planned sites.
#[must_use]
pub fn list(sites: &[(GoLive, Readiness)]) -> String {
    if sites.is_empty() {
        return "No site is planned here.\n".to_owned();
    }
    let line = |(site, readiness): &(GoLive, Readiness)| {
        let day = site.live_on.map_or("no day".to_owned(), |day| day.to_string());
        let last = site.last().map_or("not decided", |it| it.verdict.code());
        format!("{:<6} {day:<11} {:<12} {}\n", readiness.light.code(), last, site.site)
    };
    sites.iter().map(line).collect()
}

/// What speaks against a day.
#[must_use]
pub fn conflicts(site: &GoLive, conflicts: &[Conflict]) -> String {
    let mut text = String::new();
    for entry in &site.calendar {
        let (from, to) = (entry.from, entry.to);
        text.push_str(&format!("{from} to {to}  {:<10} {}\n", entry.sort.code(), entry.what));
    }
    match (site.live_on, conflicts.is_empty()) {
        (None, _) => text.push_str("No day is planned yet.\n"),
        (Some(day), true) => text.push_str(&format!("Nothing speaks against {day}.\n")),
        (Some(_), false) => {
            for conflict in conflicts {
                text.push_str(&format!("CONFLICT  {}\n", conflict.words));
            }
        }
    }
    text
}

/// The lights of a site.
#[must_use]
pub fn readiness(readiness: &Readiness) -> String {
    let mut text = format!("{}\n", readiness.light.code());
    for line in &readiness.lines {
        let (light, check) = (line.light.code(), line.check.words());
        text.push_str(format!("  {light:<6} {check:<24} {}", line.missing).trim_end());
        text.push('\n');
    }
    text
}

/// A comparison with what is behind it.
#[must_use]
pub fn compared(compared: &[Compared], stop: &StopVerdict) -> String {
    let mut text = String::new();
    for it in compared {
        text.push_str(&format!(
            "{:<10} {:<24} register {:>6}  app {:>6}  {:+}\n",
            it.period,
            it.what,
            if it.is_stated { it.before.to_string() } else { "-".to_owned() },
            it.app,
            it.difference()
        ));
        if !it.is_stated {
            text.push_str("    the register leaves this period out\n");
        }
        for behind in &it.behind {
            text.push_str(&format!("    {}\n", behind.words));
        }
        if it.left_out > 0 {
            text.push_str(&format!("    and {} more\n", it.left_out));
        }
    }
    text + &verdict(stop)
}

/// Everything about a site.
#[derive(Debug, Serialize)]
pub struct SiteReport {
    /// What is written down.
    pub site: GoLive,
    /// Its lights.
    pub readiness: Readiness,
    /// What speaks against its day.
    pub conflicts: Vec<Conflict>,
    /// Whether the old way may stop; `None` if nothing was compared.
    pub stop: Option<StopVerdict>,
}

/// Everything about a site, in words.
#[must_use]
pub fn report(report: &SiteReport) -> String {
    let site = &report.site;
    let day = site.live_on.map_or("no day is planned".to_owned(), |day| {
        format!("{day}, {} days to settle in", site.settle_days)
    });
    let lights = readiness(&report.readiness);
    let mut text = format!("{}\nLive on   {day}\nReadiness {lights}", site.site);
    for item in &site.plan {
        let until = item.until.map_or(String::new(), |day| format!(" until {day}"));
        let compares = match item.compares.is_empty() {
            true => String::new(),
            false => format!(", {} compares", item.compares),
        };
        let (by, reason) = (&item.decided_by, &item.reason);
        text.push_str(&format!(
            "Plan      {}: {}{until}{compares}; {by}: {reason}\n",
            item.what,
            item.choice.code()
        ));
    }
    for it in &site.calendar {
        let (from, to, sort) = (it.from, it.to, it.sort.code());
        text.push_str(&format!("Calendar  {from} to {to} {sort} {}\n", it.what));
    }
    for conflict in &report.conflicts {
        text.push_str(&format!("Conflict  {}\n", conflict.words));
    }
    for decision in &site.decisions {
        let day = decision.on.map_or(String::new(), |day| day.to_string());
        let (verdict, by, reason) = (decision.verdict.code(), &decision.by, &decision.reason);
        text.push_str(&format!("Decision  {day} {verdict} by {by}: {reason}\n"));
    }
    text + &comparisons(report)
}

/// What was compared and kept, and what it comes to.
fn comparisons(report: &SiteReport) -> String {
    let Some(stop) = &report.stop else { return "Compared  nothing yet\n".to_owned() };
    let (agree, differ): (Vec<_>, Vec<_>) =
        report.site.comparisons.iter().partition(|it| it.agrees());
    let of = report.site.comparisons.len();
    let mut text = format!("Compared  {} of {of} totals agree\n", agree.len());
    for it in differ {
        let (period, what) = (&it.period, &it.what);
        text.push_str(&format!(
            "Differs   {period} {what}: register {}, app {}\n",
            it.before, it.app
        ));
        for case in &it.behind {
            text.push_str(&format!("    {case}\n"));
        }
    }
    text + &verdict(stop)
}

fn verdict(verdict: &StopVerdict) -> String {
    let safe = if verdict.is_safe { "Safe to stop" } else { "NOT safe to stop" };
    format!("{safe}: {}\n", verdict.words)
}

/// There is nothing to draw of a comparison.
#[must_use]
pub fn not_compared(site: &GoLive, what: Option<&str>) -> String {
    let there: BTreeSet<&str> = site.comparisons.iter().map(|it| it.what.as_str()).collect();
    match (what, there.is_empty()) {
        (Some(what), false) => {
            let there = Vec::from_iter(there).join(", ");
            format!("{what} was not compared at {}; there are: {there}", site.site)
        }
        _ => format!("nothing was compared at {} yet: golive compare with --keep", site.site),
    }
}

/// The first weeks.
#[must_use]
pub fn adoption(sites: &[Adoption]) -> String {
    if sites.is_empty() {
        return "No site is planned here.\n".to_owned();
    }
    let line = |it: &Adoption| {
        let silent = match it.silent.is_empty() {
            true => String::new(),
            false => format!("\n    silent: {}", it.silent.join(", ")),
        };
        format!(
            "{}: {} of {} synchronised, {} waiting, {} refused, {} support requests{silent}\n",
            it.site, it.recent, it.devices, it.waiting, it.refused, it.support_open
        )
    };
    sites.iter().map(line).collect()
}

/// The first weeks day by day.
#[must_use]
pub fn adoption_days(sites: &[AdoptionDays]) -> String {
    if sites.is_empty() {
        return "No site is planned here.\n".to_owned();
    }
    let told = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    let row = |it: &AdoptionDay| {
        vec![
            it.day.to_string(),
            format!("{} of {}", it.synced, it.expected),
            it.silent.len().to_string(),
            it.unknown.len().to_string(),
            told(it.requests),
            told(it.refused),
        ]
    };
    let heads = ["Day", "Synchronised", "Silent", "Not known", "Requests", "Refused"];
    let mut text = String::new();
    for site in sites {
        let rows: Vec<_> = site.days.iter().map(row).collect();
        text.push_str(&format!("{}\n{}", site.site, table(&heads, &rows)));
        let undated = site.days.iter().map(|it| it.undated).max().unwrap_or(0);
        if undated > 0 {
            text.push_str(&format!(
                "Nobody wrote down since when {undated} of the devices are out: they count on \
                 every day.\n"
            ));
        }
    }
    text
}

/// What was printed.
#[must_use]
pub fn printed(path: &str, pages: usize, missing: &[char]) -> String {
    let mut text = format!("{path}: {pages} pages\n");
    if !missing.is_empty() {
        let letters: String = missing.iter().collect();
        text.push_str(&format!(
            "No font has these letters: {letters}. Add one with --font and print again.\n"
        ));
    }
    text
}
