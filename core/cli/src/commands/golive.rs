//! `golive …`

pub(super) mod charts;

use std::path::Path;

use jiff::civil::Date;
use outpost_engine::rollout::golive::calendar::{CalendarEntry, Sort, conflicts};
use outpost_engine::rollout::golive::compare::{Case, PeriodBy, StopRule, safe_to_stop};
use outpost_engine::rollout::golive::days::adoption_csv;
use outpost_engine::rollout::golive::decision::{Decision, Verdict};
use outpost_engine::rollout::golive::limits::TABLE_BYTES_MAX;
use outpost_engine::rollout::golive::plan::{Choice, PlanItem, check_item};
use outpost_engine::rollout::golive::readiness::{Check, Light, Progress, Readiness};
use outpost_engine::rollout::golive::record::{GoLive, Note};
use outpost_engine::{OutpostError, ParallelRun, Result, Session, read_register, register_of};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use crate::args::{
    GoLiveAdoption, GoLiveCalendar, GoLiveCommand, GoLiveCompare, GoLiveDecide, GoLivePlan,
    GoLiveReadiness, PeriodName,
};
use crate::exit;
use crate::output::Output;
use crate::strings::golive::{self as strings, SiteReport};

/// `golive …`
///
/// # Errors
/// `InvalidInput` for what cannot be read; `NotFound`; `Forbidden`; storage errors.
pub fn golive(session: &Session, command: &GoLiveCommand, output: Output) -> Result<u8> {
    match command {
        GoLiveCommand::Plan(arguments) => plan(session, arguments, output),
        GoLiveCommand::List => {
            let sites = with_lights(session)?;
            let documents: Vec<_> = sites
                .iter()
                .map(|(site, readiness)| json!({ "site": site, "readiness": readiness }))
                .collect();
            output.result(&json!(documents), || strings::list(&sites));
            Ok(exit::OK)
        }
        GoLiveCommand::Calendar(arguments) => calendar(session, arguments, output),
        GoLiveCommand::Readiness(arguments) => readiness(session, arguments, output),
        GoLiveCommand::Compare(arguments) => comparison(session, arguments, output),
        GoLiveCommand::Decide(arguments) => decide(session, arguments, output),
        GoLiveCommand::Report { site } => {
            let report = report(session, session.golive_site(site)?)?;
            output.result(&document(&report)?, || strings::report(&report));
            Ok(exit::OK)
        }
        GoLiveCommand::Adoption(arguments) => adoption(session, arguments, output),
        GoLiveCommand::Chart(arguments) => charts::draw(session, arguments, output),
    }
}

fn document(value: &impl Serialize) -> Result<Value> {
    to_value(value).map_err(OutpostError::internal)
}

fn with_lights(session: &Session) -> Result<Vec<(GoLive, Readiness)>> {
    let sites = session.golive_sites()?.into_iter();
    sites.map(|site| session.golive_readiness(&site).map(|readiness| (site, readiness))).collect()
}

fn report(session: &Session, site: GoLive) -> Result<SiteReport> {
    let readiness = session.golive_readiness(&site)?;
    let conflicts = site.live_on.map(|day| conflicts(day, site.settle_days, &site.calendar));
    let is_compared = !site.comparisons.is_empty();
    let stop = is_compared.then(|| safe_to_stop(&site.compared(), StopRule::default()));
    Ok(SiteReport { site, readiness, conflicts: conflicts.unwrap_or_default(), stop })
}

fn day(field: &str, text: &str) -> Result<Date> {
    let wrong = |_| OutpostError::invalid(field, "date", "write the day as yyyy-mm-dd");
    text.trim().parse().map_err(wrong)
}

fn unknown(field: &str, there_are: &str) -> OutpostError {
    OutpostError::invalid(field, "unknown", format!("there are {there_are}"))
}

fn adoption(session: &Session, arguments: &GoLiveAdoption, output: Output) -> Result<u8> {
    if !arguments.by_day {
        let sites = session.golive_adoption(arguments.days)?;
        output.result(&document(&sites)?, || strings::adoption(&sites));
        return Ok(exit::OK);
    }
    let sites = session.golive_adoption_days(arguments.site.as_deref(), arguments.days)?;
    if let Some(path) = &arguments.csv {
        let unwritable = |error| OutpostError::invalid("csv", "write", error);
        std::fs::write(path, adoption_csv(&sites)).map_err(unwritable)?;
    }
    output.result(&document(&sites)?, || strings::adoption_days(&sites));
    Ok(exit::OK)
}

fn plan(session: &Session, arguments: &GoLivePlan, output: Output) -> Result<u8> {
    let place = session.find_organisation_unit(&arguments.site)?;
    let live_on = arguments.on.as_deref().map(|text| day("on", text)).transpose()?;
    if let Some(day) = live_on {
        session.check_golive_day(place, day, arguments.already_live)?;
    }
    let item = match (&arguments.what, &arguments.choice) {
        (Some(what), Some(choice)) => {
            let choice = Choice::parse(choice).ok_or_else(|| {
                unknown("choice", "parallel, replace, eliminate, replicate and duplicate")
            })?;
            Some(PlanItem {
                what: what.trim().to_owned(),
                choice,
                until: arguments.until.as_deref().map(|text| day("until", text)).transpose()?,
                compares: arguments.compares.clone().unwrap_or_default(),
                decided_by: arguments
                    .by
                    .clone()
                    .unwrap_or_else(|| session.golive_person().to_owned()),
                decided_on: None,
                reason: arguments.reason.clone().unwrap_or_default(),
            })
        }
        _ => None,
    };
    if let Some(item) = &item {
        let known = session.golive_sites()?.into_iter().find(|site| site.place == place);
        let live = live_on.or(known.and_then(|site| site.live_on));
        let wrong = |problem| OutpostError::invalid("plan", "plan", problem);
        check_item(item, live).map_err(wrong)?;
    }
    let mut site = session.plan_golive(place, live_on, arguments.settle_days)?;
    if let Some(item) = item {
        site = session.note_golive(site.id, &[Note::Plan(item)])?;
    }
    let report = report(session, site)?;
    output.result(&document(&report.site)?, || strings::report(&report));
    Ok(exit::OK)
}

fn calendar(session: &Session, arguments: &GoLiveCalendar, output: Output) -> Result<u8> {
    let mut site = session.golive_site(&arguments.site)?;
    if let (Some(what), Some(sort), Some(from)) =
        (&arguments.what, &arguments.sort, &arguments.from)
    {
        let sort = Sort::parse(sort)
            .ok_or_else(|| unknown("sort", "holiday, campaign, reporting, away and support"))?;
        let from = day("from", from)?;
        let to = arguments.to.as_deref().map(|text| day("to", text)).transpose()?.unwrap_or(from);
        if to < from {
            return Err(OutpostError::invalid("to", "order", "the last day lies before the first"));
        }
        let entry = CalendarEntry { what: what.trim().to_owned(), sort, from, to };
        site = session.note_golive(site.id, &[Note::Calendar(entry)])?;
    }
    let days = site.settle_days;
    let found = site.live_on.map(|day| conflicts(day, days, &site.calendar)).unwrap_or_default();
    let document = json!({
        "site": site.site, "live_on": site.live_on.map(|day| day.to_string()),
        "calendar": site.calendar, "conflicts": found,
    });
    output.result(&document, || strings::conflicts(&site, &found));
    Ok(if found.is_empty() { exit::OK } else { exit::REFUSED })
}

fn readiness(session: &Session, arguments: &GoLiveReadiness, output: Output) -> Result<u8> {
    let mut site = session.golive_site(&arguments.site)?;
    if let (Some(check), Some(done), Some(of)) = (&arguments.check, arguments.done, arguments.of) {
        let check = Check::parse(check).ok_or_else(|| {
            let all: Vec<_> = Check::ALL.iter().map(|it| it.code().to_lowercase()).collect();
            unknown("check", &all.join(", "))
        })?;
        let progress = Progress { done, of, missing: arguments.missing.trim().to_owned() };
        site = session.note_golive_check(&site, check, progress)?;
    }
    let readiness = session.golive_readiness(&site)?;
    output.result(&document(&readiness)?, || strings::readiness(&readiness));
    Ok(if readiness.light == Light::Red { exit::REFUSED } else { exit::OK })
}

fn table(path: &Path, field: &str, by: PeriodBy) -> Result<Vec<Case>> {
    let unreadable = |error| OutpostError::invalid(field, "unreadable", error);
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > TABLE_BYTES_MAX as u64 {
        let reason = "the table is larger than 16 MB: compare fewer periods at a time";
        return Err(OutpostError::invalid(field, "too_large", reason));
    }
    let text = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(text)
        .map_err(|_| OutpostError::invalid(field, "encoding", "save the table as UTF-8"))?;
    read_register(field, &text, by)
}

fn comparison(session: &Session, arguments: &GoLiveCompare, output: Output) -> Result<u8> {
    let site = session.golive_site(&arguments.site)?;
    let by = match arguments.by {
        PeriodName::Week => PeriodBy::Week,
        PeriodName::Month => PeriodBy::Month,
    };
    let mut register = table(&arguments.register, "register", by)?;
    let app = match (&arguments.app, &arguments.program) {
        (Some(path), _) => table(path, "app", by)?,
        (None, Some(program)) => {
            let kind = Some(outpost_engine::model::FormKind::EventProgram);
            let program = session.find_form(kind, program)?.uid.into();
            let key = arguments.key.as_deref();
            let what;
            (what, register) = register_of(register, &arguments.what, by)?;
            session.golive_cases(&site, program, (&what, by), key)?
        }
        (None, None) => return Err(unknown("program", "--program and --app: give one")),
    };
    let rule = StopRule { periods: arguments.periods, difference_max: arguments.tolerance };
    let run = session.compare_golive(&site, (&register, app), rule, arguments.keep)?;
    let ParallelRun { compared, verdict } = run;
    let differences: Vec<_> = compared.iter().filter(|it| !it.agrees()).collect();
    let document = json!({
        "site": site.site, "periods": compared.len(), "differences": differences,
        "is_safe": verdict.is_safe, "words": verdict.words,
    });
    output.result(&document, || strings::compared(&compared, &verdict));
    Ok(if verdict.is_safe { exit::OK } else { exit::REFUSED })
}

fn decide(session: &Session, arguments: &GoLiveDecide, output: Output) -> Result<u8> {
    let site = session.golive_site(&arguments.site)?;
    let verdict = Verdict::parse(&arguments.verdict)
        .ok_or_else(|| unknown("verdict", "go, no-go, cut-over and reversed"))?;
    let decision = Decision {
        verdict,
        on: None,
        by: arguments.by.clone().unwrap_or_else(|| session.golive_person().to_owned()),
        reason: arguments.reason.trim().to_owned(),
    };
    let site = match session.decide_golive(&site, decision, arguments.all_the_same) {
        Err(error @ OutpostError::InvalidInput { .. }) => {
            output.error(&error);
            return Ok(exit::REFUSED);
        }
        decided => decided?,
    };
    let report = report(session, site)?;
    output.result(&document(&report.site)?, || strings::report(&report));
    Ok(exit::OK)
}
