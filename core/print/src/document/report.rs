//! The go/no-go report of a site: decision, readiness, plan, calendar and parallel run on paper.
//!
//! States in words what a light says; never decides and never rounds.

use super::flow::{Column, Flow};
use super::said::{
    CalendarLine, CaseLine, DayConflict, Missing, PlanLine, Sayer, SiteCheck, StopWhy,
};
use crate::chart::{Chart, chart};
use crate::drawing::Align;
use crate::error::Result;
use crate::out::{self, Printed, Properties};
use crate::text::{Fonts, isolated, printable};
use crate::words::{Language, ReportWords};

/// A light, always printed with its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// It stops the go-live.
    Red,
    /// It can go on, somebody has to see to it.
    Amber,
    /// Nothing is missing.
    Green,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The site goes live.
    Go,
    /// It does not.
    NoGo,
    /// The old way has stopped.
    CutOver,
    /// The old way is back.
    Reversed,
    /// Nobody has decided.
    Open,
}

/// One check of readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadinessLine {
    /// What is checked.
    pub check: SiteCheck,
    /// How it stands.
    pub light: Light,
    /// What is missing.
    pub missing: Missing,
}

/// A total that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Period.
    pub period: String,
    /// What is counted.
    pub what: String,
    /// Total of the register or the old system.
    pub before: String,
    /// The app's own total.
    pub app: String,
    /// The app's total less the other.
    pub difference: String,
    /// The cases behind it.
    pub behind: Vec<CaseLine>,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct GoNoGo {
    /// The site.
    pub site: String,
    /// Day of going live as it is to be read; may be empty.
    pub go_live_on: String,
    /// The decision.
    pub decision: Decision,
    /// Who decided; may be empty.
    pub decided_by: String,
    /// Why; may be empty.
    pub reason: String,
    /// All checks.
    pub readiness: Vec<ReadinessLine>,
    /// What becomes of each system and process.
    pub plan: Vec<PlanLine>,
    /// Conflicts of the day with the calendar.
    pub conflicts: Vec<DayConflict>,
    /// Extra support.
    pub support: Vec<CalendarLine>,
    /// Why the old way can stop or not; `None` if nothing was compared.
    pub stop: Option<StopWhy>,
    /// Totals that differ.
    pub differences: Vec<Difference>,
    /// Charts that belong to it.
    pub charts: Vec<Chart>,
    /// Day of printing as it is to be read; may be empty.
    pub printed_on: String,
}

/// The report as PDF.
///
/// # Errors
/// [`crate::PrintError::TooMany`] beyond [`crate::limits::ROWS_MAX`] rows;
/// [`crate::PrintError::ChartShape`].
pub fn go_no_go_pdf(fonts: &Fonts, language: Language, report: &GoNoGo) -> Result<Printed> {
    let words = &language.words().report;
    let (mut flow, are_alone) = laid_out(fonts, language, report, LastPart::WhereItFalls)?;
    if are_alone {
        let (other, are_still_alone) = laid_out(fonts, language, report, LastPart::OnNewPage)?;
        if !are_still_alone {
            flow = other;
        }
    }
    let site = printable(&report.site);
    let mut foot = format!("{} — {site}", words.title);
    if !report.printed_on.is_empty() {
        let day = isolated(&printable(&report.printed_on), language.direction());
        foot.push_str(&format!(" · {} {day}", language.words().printed_on));
    }
    flow.foot(0, &foot);
    let properties = Properties {
        title: format!("{} — {site}", words.title),
        language: language.tag(),
        direction: language.direction(),
    };
    out::pdf(fonts, flow.finish().into_iter().map(Ok), properties)
}

/// Where the last part before the signatures begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastPart {
    WhereItFalls,
    /// On the page of the signatures: nobody signs a sheet on which nothing else stands.
    OnNewPage,
}

/// The pages without their foot, and whether the signatures stand alone on the last one.
fn laid_out<'f>(
    fonts: &'f Fonts,
    language: Language,
    report: &GoNoGo,
    last_part: LastPart,
) -> Result<(Flow<'f>, bool)> {
    let words = &language.words().report;
    let mut flow = Flow::new(fonts, language);
    let site = printable(&report.site);
    let decision = match report.decision {
        Decision::Go => words.go,
        Decision::NoGo => words.no_go,
        Decision::CutOver => words.cut_over,
        Decision::Reversed => words.reversed,
        Decision::Open => words.undecided,
    };
    flow.title(&format!("{} — {}", words.title, isolated(&site, language.direction())), decision);
    flow.facts(&[(words.date, &report.go_live_on), (words.decided_by, &report.decided_by)]);
    let sayer = Sayer::new(language);
    if !report.reason.is_empty() {
        flow.gap(4.0);
        flow.paragraph(&sayer.named(words.reason, &sayer.list(&[&report.reason])));
    }
    readiness(&mut flow, words, &sayer, &report.readiness)?;
    let plan = report.plan.iter().map(|it| sayer.plan(it));
    sentences(&mut flow, words.plan, words.none, plan);
    let conflicts = report.conflicts.iter().map(|it| sayer.conflict(it));
    sentences(&mut flow, words.conflicts, words.none, conflicts);
    let support = report.support.iter().map(|it| sayer.support(it));
    sentences(&mut flow, words.support, words.none, support);
    let moves = last_part == LastPart::OnNewPage;
    if moves && report.charts.is_empty() {
        flow.new_page();
    }
    comparison(&mut flow, words, &sayer, report)?;
    for (index, it) in report.charts.iter().enumerate() {
        if moves && index + 1 == report.charts.len() {
            flow.new_page();
        }
        flow.drawing(chart(fonts, language, it)?);
    }
    let pages = flow.len();
    let signers = language.words().signers;
    flow.heading_of_signatures(language.words().signatures);
    flow.signatures(&[words.decided_by, signers[1], signers[2]], language.words().stamp);
    let are_alone = flow.len() > pages;
    Ok((flow, are_alone))
}

fn column(title: &'static str, share: f32, align: Align) -> Column<'static> {
    Column { title, share, align }
}

fn readiness(
    flow: &mut Flow<'_>,
    words: &'static ReportWords,
    sayer: &Sayer,
    lines: &[ReadinessLine],
) -> Result<()> {
    flow.heading(words.readiness);
    let columns = [
        column(words.check, 2.0, Align::Start),
        column(words.state, 1.0, Align::Start),
        column(words.missing, 4.0, Align::Start),
    ];
    let rows = lines.iter().map(|line| {
        let index = match line.light {
            Light::Red => 0,
            Light::Amber => 1,
            Light::Green => 2,
        };
        let check = sayer.check(line.check).to_owned();
        vec![check, words.lights[index].to_owned(), sayer.missing(&line.missing)]
    });
    flow.table(&columns, 0.0, rows)
}

fn sentences(
    flow: &mut Flow<'_>,
    title: &str,
    none: &str,
    sentences: impl ExactSizeIterator<Item = String>,
) {
    flow.heading(title);
    if sentences.len() == 0 {
        flow.paragraph(none);
    }
    for sentence in sentences {
        flow.bullet("•", &sentence);
    }
}

fn comparison(
    flow: &mut Flow<'_>,
    words: &'static ReportWords,
    sayer: &Sayer,
    report: &GoNoGo,
) -> Result<()> {
    flow.heading(words.comparison);
    let verdict = match &report.stop {
        Some(StopWhy::Agree(_)) => words.safe,
        Some(_) => words.not_safe,
        None => words.not_compared,
    };
    flow.strong(verdict, 9.5);
    let Some(why) = &report.stop else { return Ok(()) };
    for sentence in sayer.stop(why) {
        flow.bullet("•", &sentence);
    }
    if report.differences.is_empty() {
        flow.paragraph(words.no_differences);
        return Ok(());
    }
    let [period, what, before, app, difference] = words.comparison_columns;
    let columns = [
        column(period, 1.3, Align::Start),
        column(what, 4.0, Align::Start),
        column(before, 1.0, Align::End),
        column(app, 1.0, Align::End),
        column(difference, 1.2, Align::End),
    ];
    let rows = report.differences.iter().map(|it| {
        [&it.period, &it.what, &it.before, &it.app, &it.difference].map(Clone::clone).into()
    });
    flow.table(&columns, 0.0, rows)?;
    for it in report.differences.iter().filter(|it| !it.behind.is_empty()) {
        let head = sayer.named(words.behind, &sayer.list(&[&it.period, &it.what]));
        flow.strong(&head, 8.5);
        for case in &it.behind {
            flow.bullet("–", &sayer.case(case));
        }
    }
    Ok(())
}
