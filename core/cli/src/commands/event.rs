//! `event …`, and the form of an event program.

use std::collections::BTreeMap;

use outpost_domain::data::{Event, EventStatus};
use outpost_domain::form::session::{EventDiff, FieldState};
use outpost_domain::uid::{DataElementUid, EventUid, ProgramUid};
use outpost_engine::model::{
    EventFormView, EventOutcome, EventProblemView, EventQuery, EventSummary, EventView, FormKind,
};
use outpost_engine::{EventFormSession, OutpostError, Result, Session};
use serde_json::{Value, json};

use super::event_form::Shown;
use super::record::{refusal_document, split_pair};
use crate::args::{EventCommand, EventContent, EventList};
use crate::exit;
use crate::output::{Output, table};
use crate::strings;

/// Prints the form of an event program.
///
/// # Errors
/// Storage errors.
pub fn show_form(session: &Session, program: ProgramUid, output: Output) -> Result<u8> {
    let view = session.event_form(program, None)?;
    let mut document = form_document(&view);
    document["organisation_units"] = json!(super::record::places(session, program.0)?);
    output.result(&document, || form_text(&view));
    Ok(exit::OK)
}

fn form_document(view: &EventFormView) -> Value {
    let sections: Vec<Value> = view
        .form
        .sections
        .iter()
        .map(|section| {
            let fields: Vec<Value> = section
                .fields
                .iter()
                .map(|field| {
                    json!({
                        "data_element": field.data_element.as_str(),
                        "name": field.name,
                        "value_type": field.value_type.name(),
                        "option_set": field.option_set.as_ref().map(|set| set.id.to_string()),
                        "compulsory": field.compulsory,
                    })
                })
                .collect();
            json!({
                "uid": section.id.map(|id| id.to_string()), "name": section.name, "fields": fields,
            })
        })
        .collect();
    json!({
        "kind": "program",
        "uid": view.form.program.id.as_str(),
        "name": view.form.program.name,
        "stage": view.form.program_stage.id.as_str(),
        "problems": view.form_problems,
        "sections": sections,
    })
}

fn form_text(view: &EventFormView) -> String {
    let mut text = format!("{}\n", view.form.program.name);
    for section in &view.form.sections {
        text.push_str(&format!("\n{}\n", section.name.as_deref().unwrap_or(strings::NO_SECTION)));
        for field in &section.fields {
            let must = if field.compulsory { ", must be answered" } else { "" };
            let id = field.data_element;
            let value_type = field.value_type.name();
            text.push_str(&format!("  {id}  {}  ({value_type}{must})\n", field.name));
        }
    }
    text.push_str(&strings::form_problems(&view.form_problems));
    text
}

/// `event …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors. What an entry rule refuses is printed, not an error.
pub fn event(session: &Session, command: &EventCommand, output: Output) -> Result<u8> {
    match command {
        EventCommand::Add { program, stage, org_unit, occurred, content } => {
            let program = ProgramUid(session.find_form(Some(FormKind::EventProgram), program)?.uid);
            let stage = session.find_stage(program, stage.as_deref())?;
            let place = session.find_organisation_unit(org_unit)?;
            let opened = session.open_new_event_form(program, stage, place)?;
            Ok(enter(session, opened, Some(occurred), content)?.print(output))
        }
        EventCommand::Set { id, occurred, content } => {
            let opened = open(session, id)?;
            Ok(enter(session, opened, occurred.as_deref(), content)?.print(output))
        }
        EventCommand::Complete { id } => Ok(complete(session, id)?.print(output)),
        EventCommand::Delete { id } => print_outcome(&session.delete_event(parse_id(id)?)?, output),
        EventCommand::Show { id } => {
            let view = session.event(parse_id(id)?)?;
            output.result(&event_document(&view), || event_text(&view));
            Ok(exit::OK)
        }
        EventCommand::List(arguments) => list(session, arguments, output),
    }
}

pub(super) fn parse_id(text: &str) -> Result<EventUid> {
    EventUid::parse(text).map_err(|error| OutpostError::invalid("event", "uid", error))
}

/// A program with registration, else one without.
pub(super) fn any_program(session: &Session, text: &str) -> Result<ProgramUid> {
    match session.find_program(text) {
        Err(error @ OutpostError::NotFound { .. }) => {
            let form = session.find_form(Some(FormKind::EventProgram), text);
            form.map(|form| ProgramUid(form.uid)).map_err(|_| error)
        }
        found => found,
    }
}

/// Opens the form of an event that is there.
pub(super) fn open(session: &Session, id: &str) -> Result<(EventFormSession, EventDiff)> {
    let id = parse_id(id)?;
    session.open_event_form(session.event(id)?.event.program, id)
}

/// An event that was filled in, and what became of it.
pub(super) struct Entered {
    form: EventFormSession,
    shown: Shown,
    pub(super) outcome: EventOutcome,
    complete: bool,
}

/// Fills an open form in with everything that was typed, as a person would question by question.
///
/// # Errors
/// `NotFound`, `InvalidInput` for what was typed; storage errors.
pub(super) fn enter(
    session: &Session,
    (mut form, diff): (EventFormSession, EventDiff),
    occurred: Option<&str>,
    content: &EventContent,
) -> Result<Entered> {
    let mut shown = Shown::open(diff);
    let (program, stage) = (form.event().program, form.event().program_stage);
    let mut answers = BTreeMap::new();
    for text in &content.values {
        let find = |name: &str| session.find_question(program, stage, name);
        let (question, value) = split_pair(text, find)?;
        answers.insert(question, value);
    }
    let mut changed = form.event().clone();
    change(session, &mut changed, occurred, content)?;
    let diff = form.change_event(|event| *event = changed)?;
    shown.take(&form, diff);
    for diff in answer(&mut form, &answers)? {
        shown.take(&form, diff);
    }
    let (outcome, diff) = match content.complete {
        true => form.complete()?,
        false => (form.save()?, EventDiff::default()),
    };
    shown.take(&form, diff);
    Ok(Entered { form, shown, outcome, complete: content.complete })
}

/// Completes an event as a person would with its form open.
///
/// # Errors
/// `NotFound`; storage errors.
pub(super) fn complete(session: &Session, id: &str) -> Result<Entered> {
    let (mut form, diff) = open(session, id)?;
    let mut shown = Shown::open(diff);
    let (outcome, diff) = form.complete()?;
    shown.take(&form, diff);
    Ok(Entered { form, shown, outcome, complete: true })
}

impl Entered {
    pub(super) fn document(&self) -> Value {
        let mut document = outcome_document(&self.outcome);
        let standing = self.shown.document(&self.form);
        document.as_object_mut().into_iter().for_each(|members| {
            members.extend(standing.as_object().cloned().unwrap_or_default());
        });
        document
    }

    pub(super) fn text(&self) -> String {
        let standing = self.shown.text(&self.form, &self.outcome.problems);
        outcome_text(&self.outcome) + &standing
    }

    /// The exit code: something asked for was refused, or all was done.
    pub(super) const fn code(&self) -> u8 {
        match self.outcome.saved && (!self.complete || self.outcome.completed) {
            true => exit::OK,
            false => exit::REFUSED,
        }
    }

    fn print(&self, output: Output) -> u8 {
        output.result(&self.document(), || self.text());
        self.code()
    }
}

/// Answers questions until all stand: one may be hidden until another one is answered.
fn answer(
    form: &mut EventFormSession,
    answers: &BTreeMap<DataElementUid, String>,
) -> Result<Vec<EventDiff>> {
    let mut diffs = Vec::new();
    for _ in 0..=answers.len() {
        let before = diffs.len();
        for (question, value) in answers {
            let is_first = before == 0;
            let waits = form.field(*question).is_some_and(|it| {
                it.set_aside.as_ref().is_some_and(|aside| !it.is_hidden && allows(it, aside))
            });
            if is_first || waits {
                diffs.push(form.set_value(*question, value)?);
            }
        }
        if diffs.len() == before {
            break;
        }
    }
    Ok(diffs)
}

fn allows(field: &FieldState, value: &str) -> bool {
    field.options.allows(value)
}

fn change(
    session: &Session,
    event: &mut Event,
    occurred: Option<&str>,
    content: &EventContent,
) -> Result<()> {
    if let Some(occurred) = occurred {
        event.occurred_at = Some(occurred.to_owned());
        // A planned visit that takes place is begun.
        if matches!(event.status, EventStatus::Schedule | EventStatus::Overdue) {
            event.status = EventStatus::Active;
        }
    }
    if let Some(geometry) = &content.geometry {
        event.geometry = Some(geometry.clone()).filter(|text| !text.trim().is_empty());
    }
    if let Some(combo) = &content.attribute_option_combo {
        let combo = session.find_attribute_option_combo(event.program.0, Some(combo))?;
        event.attribute_option_combo = Some(combo);
    }
    for note in &content.notes {
        event.notes.push(session.new_note(note)?);
    }
    Ok(())
}

/// Prints what became of a change.
pub(super) fn print_outcome(outcome: &EventOutcome, output: Output) -> Result<u8> {
    output.result(&outcome_document(outcome), || outcome_text(outcome));
    Ok(if outcome.saved { exit::OK } else { exit::REFUSED })
}

pub(super) fn outcome_document(outcome: &EventOutcome) -> Value {
    json!({
        "uid": outcome.id.as_str(),
        "saved": outcome.saved,
        "completed": outcome.completed,
        "problems": problems_document(&outcome.problems),
    })
}

pub(super) fn outcome_text(outcome: &EventOutcome) -> String {
    let mut text = match outcome.saved {
        true => format!("{} saved.\n", outcome.id),
        false => strings::NOT_SAVED.to_owned(),
    };
    text.push_str(&problems_text(&outcome.problems));
    text
}

pub(super) fn problems_text(problems: &[EventProblemView]) -> String {
    problems.iter().map(problem_line).collect()
}

fn problem_line(problem: &EventProblemView) -> String {
    match problem.name.is_empty() {
        true => format!("{}\n", problem.refusal.reason),
        false => format!("{}: {}\n", problem.name, problem.refusal.reason),
    }
}

pub(super) fn problems_document(problems: &[EventProblemView]) -> Vec<Value> {
    let document = |problem: &EventProblemView| {
        json!({
            "field": problem.field,
            "name": problem.name,
            "code": problem.refusal.code,
            "reason": problem.refusal.reason,
            "blocks_completion": problem.blocks_completion,
            "blocks_sending": problem.blocks_sending,
        })
    };
    problems.iter().map(document).collect()
}

pub(super) fn event_document(view: &EventView) -> Value {
    let answers: serde_json::Map<String, Value> = view
        .event
        .data_values
        .iter()
        .map(|(question, answer)| (question.to_string(), json!(answer.value)))
        .collect();
    json!({
        "uid": view.event.id.as_str(),
        "program": view.event.program.as_str(),
        "stage": view.event.program_stage.as_str(),
        "org_unit": view.event.organisation_unit.as_str(),
        "org_unit_name": view.organisation_unit_name,
        "attribute_option_combo": view.event.attribute_option_combo.map(|id| id.to_string()),
        "status": view.event.status.name(),
        "occurred_at": view.event.occurred_at,
        "completed_at": view.event.completed_at,
        "geometry": view.event.geometry,
        "deleted": view.event.deleted,
        "enrollment": view.event.enrollment.map(|id| id.to_string()),
        "person": view.event.tracked_entity.map(|id| id.to_string()),
        "scheduled_at": view.event.scheduled_at,
        "assigned_user": view.event.assigned_user.map(|id| id.to_string()),
        "follow_up": view.event.follow_up,
        "values": answers,
        "notes": view.event.notes.iter().map(|note| &note.value).collect::<Vec<_>>(),
        "state": view.state,
        "problem": view.problem.as_ref().map(refusal_document),
        "problem_field": view.problem_field,
        "closed": view.closed.iter().map(refusal_document).collect::<Vec<_>>(),
        "problems": problems_document(&view.problems),
    })
}

pub(super) fn event_text(view: &EventView) -> String {
    let event = &view.event;
    let date = event.occurred_at.clone().unwrap_or_default();
    let (place, status) = (&view.organisation_unit_name, event.status.name());
    let name = &view.form.program.name;
    let mut text = format!("{name}, {place}, {date}, {status}, {}\n", view.state.word());
    for refusal in &view.closed {
        text.push_str(&format!("Closed: {}\n", refusal.reason));
    }
    if let Some(problem) = &view.problem {
        text.push_str(&format!("Refused: {} ({})\n", problem.reason, problem.code));
    }
    for field in view.form.fields() {
        if let Some(answer) = event.data_values.get(&field.data_element) {
            text.push_str(&format!("  {}: {}\n", field.name, answer.value));
        }
    }
    text.extend(event.notes.iter().map(|note| strings::note(&note.value)));
    for problem in &view.problems {
        text.push_str(&problem_line(problem));
    }
    text
}

fn list(session: &Session, arguments: &EventList, output: Output) -> Result<u8> {
    let program = session.find_form(Some(FormKind::EventProgram), &arguments.program)?;
    let place = arguments.org_unit.as_deref();
    let status = arguments.status.as_deref().map(parse_status).transpose()?;
    let query = EventQuery {
        program: program.uid.into(),
        organisation_unit: place.map(|text| session.find_organisation_unit(text)).transpose()?,
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        status,
        search: arguments.search.clone(),
    };
    let mut items: Vec<EventSummary> = Vec::new();
    let mut after = None;
    loop {
        let page = session.events(&query, after)?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() || items.len() >= arguments.limit as usize {
            break;
        }
    }
    items.truncate(arguments.limit as usize);
    let document: Vec<Value> = items.iter().map(summary_document).collect();
    output.result(&json!(document), || match items.is_empty() {
        true => strings::NO_EVENTS.to_owned(),
        false => summaries_text(&items),
    });
    Ok(exit::OK)
}

fn parse_status(text: &str) -> Result<EventStatus> {
    EventStatus::parse(&text.to_ascii_uppercase())
        .ok_or_else(|| OutpostError::invalid("status", "unknown", "give active or completed"))
}

fn summary_document(event: &EventSummary) -> Value {
    json!({
        "uid": event.id.as_str(),
        "org_unit": event.organisation_unit.as_str(),
        "org_unit_name": event.organisation_unit_name,
        "occurred_at": event.occurred_at,
        "status": event.status.name(),
        "state": event.state,
    })
}

fn summaries_text(events: &[EventSummary]) -> String {
    let lines: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let answers = event.answers.iter().map(|(name, value)| format!("{name}: {value}"));
            vec![
                event.id.to_string(),
                event.occurred_at.clone().unwrap_or_default(),
                event.organisation_unit_name.clone(),
                event.status.name().to_owned(),
                event.state.word().to_owned(),
                answers.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    table(&["Id", "Date", "Place", "Status", "State", "Answers"], &lines)
}
