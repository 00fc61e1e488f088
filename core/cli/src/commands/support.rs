//! `support …`

mod imap;
mod letters;
mod mail_server;
mod tell;

use std::path::Path;

use outpost_domain::uid::TrackedEntityUid;
use outpost_engine::model::{
    NewSupportRequest, StepKind, SupportChannel, SupportLapse, SupportLinks, SupportProblem,
    SupportQuery, SupportReportRow, SupportView, TakenDown,
};
use outpost_engine::{OutpostError, Result, Session};
use outpost_print::{Chart, ChartWords};
use serde_json::{Value, json};

use super::chart::{Drawn, bars, drawn};
use super::exchange::document;
use super::print::{language, save};
use crate::args::{self, SupportCommand};
use crate::exit;
use crate::output::Output;
use crate::strings::support as strings;

/// `support …`
///
/// # Errors
/// `InvalidInput`, `NotFound`, `Offline`, storage errors.
pub fn support(session: &Session, command: &SupportCommand, output: Output) -> Result<u8> {
    let step = |id: &str, kind: StepKind| {
        let view = session.support_step(uid(id)?, kind)?;
        shown(&view, output)
    };
    let text = |it: &args::SupportText| it.text.clone();
    match command {
        SupportCommand::File(arguments) => file(session, arguments, output),
        SupportCommand::Queue(arguments) => queue(session, arguments, output),
        SupportCommand::Show { id } => shown(&session.support_request(uid(id)?)?, output),
        SupportCommand::Acknowledge { id } => step(id, StepKind::Acknowledge),
        SupportCommand::Reply(it) => shown(&session.support_reply(uid(&it.id)?, &it.text)?, output),
        SupportCommand::Note(it) => step(&it.id, StepKind::Note { text: text(it) }),
        SupportCommand::Wait(it) => step(&it.id, StepKind::Wait { text: text(it) }),
        SupportCommand::Answered(it) => step(&it.id, StepKind::UserReply { text: text(it) }),
        SupportCommand::GoOn { id } => step(id, StepKind::Resume),
        SupportCommand::Resolve(it) => step(&it.id, StepKind::Resolve { text: text(it) }),
        SupportCommand::Invalid(it) => step(&it.id, StepKind::Invalid { reason: text(it) }),
        SupportCommand::Reopen(it) => step(&it.id, StepKind::Reopen { reason: text(it) }),
        SupportCommand::Escalate(arguments) => escalate(session, arguments, output),
        SupportCommand::Report(arguments) => report(session, arguments, output),
        SupportCommand::Answers { problem, language } => {
            answers(session, problem.as_deref(), language, output)
        }
        SupportCommand::Contact { org_unit } => contact(session, org_unit, output),
        SupportCommand::Intake(arguments) => letters::intake(session, arguments, output),
        SupportCommand::Settings { set, here } => settings(session, set.as_deref(), *here, output),
        SupportCommand::Notify(arguments) => tell::notify(session, arguments, output),
        SupportCommand::Mirror { ids } => mirror(session, ids, output),
    }
}

fn uid(text: &str) -> Result<TrackedEntityUid> {
    TrackedEntityUid::parse(text).map_err(|error| OutpostError::invalid("id", "uid", error))
}

fn problem(code: &str) -> Result<SupportProblem> {
    SupportProblem::parse(&code.to_uppercase())
        .ok_or_else(|| OutpostError::invalid("problem", "unknown", strings::PROBLEM))
}

fn shown(view: &SupportView, output: Output) -> Result<u8> {
    output.result(&document(view)?, || strings::show(view));
    Ok(exit::OK)
}

fn file(session: &Session, arguments: &args::SupportFile, output: Output) -> Result<u8> {
    let filed = session.file_support(NewSupportRequest {
        place: session.find_organisation_unit(&arguments.org_unit)?,
        title: arguments.title.clone(),
        text: arguments.text.clone(),
        problem: problem(&arguments.problem)?,
        urgent: arguments.urgent,
        links: SupportLinks {
            device: arguments.device.clone(),
            sim: arguments.sim.clone(),
            form: arguments.form.clone(),
            batch: arguments.batch.clone(),
            error: arguments.error.clone(),
            diagnostics: None,
        },
        with_diagnostics: !arguments.no_diagnostics,
        anyway: arguments.anyway,
        taken: call(session, arguments)?,
    })?;
    let document = document(&filed)?;
    match &filed.request {
        Some(view) => {
            output.result(&document, || strings::show(view));
            Ok(exit::OK)
        }
        None => {
            output.result(&document, || {
                let there = strings::queue(&filed.same_trouble);
                format!("Nothing was filed; these are about the same trouble:\n{there}")
            });
            Ok(exit::REFUSED)
        }
    }
}

fn call(session: &Session, arguments: &args::SupportFile) -> Result<Option<TakenDown>> {
    let Some(caller) = &arguments.caller else { return Ok(None) };
    let now_ms = session.support_now_ms()?;
    let called_ms = match (&arguments.called_at, arguments.minutes_ago) {
        (Some(text), _) => moment(text)?,
        (None, Some(minutes)) => now_ms - i64::from(minutes) * 60_000,
        (None, None) => now_ms,
    };
    Ok(Some(TakenDown {
        channel: SupportChannel::Phone,
        reporter: caller.clone(),
        phone: arguments.phone.clone(),
        made_ms: called_ms,
        received_ms: called_ms,
        message_id: None,
    }))
}

/// A time with its zone; seconds may be left out.
fn moment(text: &str) -> Result<i64> {
    let wrong = || OutpostError::invalid("time", "time", strings::TIME);
    let at = text.find(['Z', '+']).or_else(|| text.rfind('-').filter(|at| *at > 10));
    let (time, zone) = text.split_at(at.ok_or_else(wrong)?);
    let seconds = if time.matches(':').count() == 1 { ":00" } else { "" };
    let found: std::result::Result<jiff::Timestamp, _> = format!("{time}{seconds}{zone}").parse();
    found.map(jiff::Timestamp::as_millisecond).map_err(|_| wrong())
}

fn queue(session: &Session, arguments: &args::SupportQueue, output: Output) -> Result<u8> {
    let mut items = Vec::new();
    if arguments.mine {
        items = session.my_support_requests()?;
    } else {
        let place = arguments.org_unit.as_deref();
        let query = SupportQuery {
            closed: arguments.closed,
            tier: arguments.tier,
            place: place.map(|text| session.find_organisation_unit(text)).transpose()?,
            problem: arguments.problem.as_deref().map(problem).transpose()?,
            reporter: None,
        };
        let mut next = None;
        loop {
            let page = session.support_queue(&query, next)?;
            items.extend(page.items);
            next = page.next;
            if next.is_none() || items.len() >= arguments.limit {
                break;
            }
        }
    }
    let more = items.len() > arguments.limit;
    items.truncate(arguments.limit);
    let requests = document(&items)?;
    output.result(&json!({ "requests": requests, "more": more }), || strings::queue(&items));
    Ok(exit::OK)
}

fn escalate(session: &Session, arguments: &args::SupportEscalate, output: Output) -> Result<u8> {
    if arguments.due {
        let moved = session.support_escalate_due()?;
        let ids: Vec<String> = moved.iter().map(ToString::to_string).collect();
        output.result(&json!({ "moved": ids }), || format!("Written down: {}\n", ids.len()));
        return Ok(exit::OK);
    }
    let (Some(id), Some(to), Some(reason)) = (&arguments.id, arguments.to, &arguments.reason)
    else {
        return Err(OutpostError::internal("arguments that clap asks for"));
    };
    let kind = StepKind::Escalate { to, reason: reason.clone(), by_time: false };
    shown(&session.support_step(uid(id)?, kind)?, output)
}

/// First and last moment of a day in UTC.
fn day(text: &str) -> Result<(i64, i64)> {
    let wrong = || OutpostError::invalid("date", "date", strings::DAY);
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let start = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| wrong())?;
    let start_ms = start.as_millisecond();
    Ok((start_ms, start_ms + 86_400_000))
}

fn report(session: &Session, arguments: &args::SupportReport, output: Output) -> Result<u8> {
    let lapse = SupportLapse {
        from_ms: arguments.from.as_deref().map(day).transpose()?.map(|it| it.0),
        to_ms: arguments.to.as_deref().map(day).transpose()?.map(|it| it.1),
        district_level: arguments.district_level,
    };
    let report = session.support_report(&lapse)?;
    if let Some(path) = &arguments.csv {
        write(path, report.csv.as_bytes())?;
    }
    if let Some(path) = &arguments.chart {
        let language = language(&arguments.language)?;
        let chart = Drawn::One(chart_of(&report, language.chart_words()));
        save(path, &drawn(&chart, ("chart", path), language)?)?;
    }
    output.result(&document(&report)?, || strings::report(&report));
    Ok(exit::OK)
}

/// How requests were answered, tier by tier and district by district.
fn chart_of(report: &outpost_engine::model::SupportReport, words: &ChartWords) -> Chart {
    let of = |value: fn(&SupportReportRow) -> u64| report.rows.iter().map(value).collect();
    let series = [
        (words.in_time, of(|row| row.in_time)),
        (words.late, of(|row| row.late)),
        (words.unanswered, of(|row| row.overdue)),
        (words.not_due, of(|row| row.not_due)),
    ];
    let name = |row: &SupportReportRow| format!("{}, {}", row.tier_name, row.district_name);
    bars(words.support, report.rows.iter().map(name).collect(), &series)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| OutpostError::invalid("csv", "write", error))
}

fn answers(session: &Session, code: Option<&str>, language: &str, output: Output) -> Result<u8> {
    let wanted = code.map(problem).transpose()?;
    let shown = session.support_answers_language(language);
    let mut answers = session.support_answers(language);
    answers.retain(|answer| wanted.is_none_or(|problem| answer.problem == problem));
    let list: Vec<Value> = answers
        .iter()
        .map(|it| {
            json!({
                "problem": it.problem.code(), "title": it.title, "steps": it.steps, "then": it.then,
            })
        })
        .collect();
    let document = json!({ "asked": language, "language": shown, "answers": list });
    output.result(&document, || strings::answers(&answers, language, shown));
    Ok(exit::OK)
}

fn contact(session: &Session, org_unit: &str, output: Output) -> Result<u8> {
    let place = session.find_organisation_unit(org_unit)?;
    let contact = session.support_contact(place)?;
    output.result(&json!({ "contact": document(&contact)? }), || match &contact {
        None => strings::NO_CONTACT.to_owned(),
        Some(it) => format!("{} {}\n", it.name, it.phone.as_deref().unwrap_or_default()),
    });
    Ok(exit::OK)
}

/// Longest document of settings that is read; the engine says what of it is too long.
const SETTINGS_BYTES_MAX: u64 = 8_000_000;

fn settings(session: &Session, set: Option<&Path>, here: bool, output: Output) -> Result<u8> {
    let settings = match set {
        None => session.support_settings()?,
        Some(path) => {
            let text = letters::read(path, SETTINGS_BYTES_MAX)?;
            let text = String::from_utf8(text)
                .map_err(|_| OutpostError::invalid("settings", "text", "it is not UTF-8 text"))?;
            session.set_support_settings(&text, here)?
        }
    };
    let problem = session.support_settings_problem()?;
    let document = json!({
        "tiers": document(&settings.tiers)?,
        "acknowledge_within_ms": settings.acknowledge_within_ms,
        "resolve_within_ms": settings.resolve_within_ms,
        "escalates_by_time": settings.escalates_by_time,
        "calendar": settings.calendar_document(),
        "contacts": settings.contacts.len(),
        "problem": problem,
    });
    output.result(&document, || strings::settings(&settings, problem.as_deref()));
    Ok(exit::OK)
}

fn mirror(session: &Session, ids: &[String], output: Output) -> Result<u8> {
    let mut wanted = ids.iter().map(|id| uid(id)).collect::<Result<Vec<_>>>()?;
    if wanted.is_empty() {
        let mut next = None;
        loop {
            let page = session.support_queue(&SupportQuery::default(), next)?;
            wanted.extend(page.items.iter().map(|it| it.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
    }
    let mut mirrored = Vec::with_capacity(wanted.len());
    for id in wanted {
        let done = session.mirror_support(id)?;
        mirrored.push(json!({
            "request": id.to_string(), "conversation": done.conversation,
            "status": done.status, "sent": done.sent,
        }));
    }
    let count = mirrored.len();
    output.result(&json!({ "mirrored": mirrored }), || format!("Mirrored: {count}\n"));
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = moment(text).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        assert_eq!(found.map(|it| it.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_time_is_read_with_its_zone_and_refused_without() {
        check("2026-11-30T08:15+02:00", Some("2026-11-30T06:15:00Z"));
        check("2026-11-30T08:15-03:30", Some("2026-11-30T11:45:00Z"));
        check("2026-11-30T06:15:30Z", Some("2026-11-30T06:15:30Z"));
        for wrong in ["2026-11-30T08:15", "08:15", "", "2026-11-30", "é+02:00"] {
            check(wrong, None);
        }
    }
}
