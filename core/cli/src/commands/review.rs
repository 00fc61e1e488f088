//! `review …` and `tasks`: what a supervisor says of records, and what comes back to their authors.

use outpost_engine::model::{ReviewItem, ReviewQuery, ReviewStatus, ReviewSubject, ReviewView};
use outpost_engine::{OutpostError, Result, Session};
use serde_json::{Value, json};

use super::event::{any_program, parse_id};
use super::person::{enrollment_id, review_document};
use crate::args::{ReviewCommand, ReviewList};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::review as strings;

/// `review …`
///
/// # Errors
/// `NotFound`; `InvalidInput` without a reason or for what cannot be reviewed; storage errors.
pub fn review(session: &Session, command: &ReviewCommand, output: Output) -> Result<u8> {
    let (id, view) = match command {
        ReviewCommand::List(arguments) => return list(session, arguments, output),
        ReviewCommand::SendBack { id, reason } => {
            (id, session.send_back(subject(session, id)?, reason)?)
        }
        ReviewCommand::Ok { id, text } => (id, session.mark_reviewed(subject(session, id)?, text)?),
        ReviewCommand::Approve { id, text } => (id, session.approve(subject(session, id)?, text)?),
        ReviewCommand::Corrected { id, text } => {
            (id, session.answer_corrected(subject(session, id)?, text)?)
        }
    };
    print(id, &view, output);
    Ok(exit::OK)
}

/// The record that an id stands for: an enrolment if there is one, else a visit or event.
fn subject(session: &Session, id: &str) -> Result<ReviewSubject> {
    match session.enrollment(enrollment_id(id)?) {
        Ok(enrollment) => Ok(ReviewSubject::Enrollment(enrollment.id)),
        Err(OutpostError::NotFound { .. }) => Ok(ReviewSubject::Event(parse_id(id)?)),
        Err(error) => Err(error),
    }
}

fn print(id: &str, view: &ReviewView, output: Output) {
    let mut document = review_document(view);
    document["uid"] = json!(id);
    output.result(&document, || {
        let (reason, by, at) = (view.reason.as_deref(), view.by.as_deref(), view.at.as_deref());
        strings::stands(id, view.status.word(), reason, by, at)
    });
}

fn list(session: &Session, arguments: &ReviewList, output: Output) -> Result<u8> {
    let program = any_program(session, &arguments.program)?;
    let stage = arguments.stage.as_deref();
    let place = arguments.org_unit.as_deref();
    let statuses: Result<Vec<_>> = arguments.states.iter().map(|text| parse_status(text)).collect();
    let query = ReviewQuery {
        stage: stage.map(|text| session.find_stage(program, Some(text))).transpose()?,
        organisation_unit: place.map(|text| session.find_organisation_unit(text)).transpose()?,
        statuses: statuses?,
        completed_only: arguments.completed,
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        ..ReviewQuery::of(program)
    };
    let mut items = Vec::new();
    let mut next = None;
    while items.len() < arguments.limit as usize {
        let page = session.review_list(&query, next)?;
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    items.truncate(arguments.limit as usize);
    print_items(&items, strings::NOTHING_TO_REVIEW, output);
    Ok(exit::OK)
}

fn parse_status(text: &str) -> Result<ReviewStatus> {
    Ok(match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "new" => ReviewStatus::New,
        "reviewed" | "ok" => ReviewStatus::Reviewed,
        "sent-back" => ReviewStatus::SentBack,
        "corrected" => ReviewStatus::Corrected,
        "approved" => ReviewStatus::Approved,
        _ => return Err(OutpostError::invalid("state", "unknown", strings::STATES)),
    })
}

/// `tasks`
///
/// # Errors
/// Storage errors.
pub fn tasks(session: &Session, output: Output) -> Result<u8> {
    print_items(&session.my_tasks()?, strings::NO_TASKS, output);
    Ok(exit::OK)
}

fn print_items(items: &[ReviewItem], nothing: &str, output: Output) {
    let document = items.iter().map(item_document).collect::<Value>();
    output.result(&document, || match items.is_empty() {
        true => nothing.to_owned(),
        false => {
            let rows: Vec<Vec<String>> = items.iter().map(item_row).collect();
            table(&["Id", "Who", "What", "Day", "Place", "Review", "Why", "Answers"], &rows)
        }
    });
}

fn item_document(item: &ReviewItem) -> Value {
    let (kind, id) = match item.subject {
        ReviewSubject::Enrollment(id) => ("enrollment", id.to_string()),
        ReviewSubject::Event(id) => ("event", id.to_string()),
    };
    let answers = item.answers.iter();
    json!({
        "kind": kind,
        "uid": id,
        "program": item.program.as_str(),
        "program_name": item.program_name,
        "stage_name": item.stage_name,
        "person": item.person.map(|id| id.to_string()),
        "person_title": item.person_title,
        "org_unit_name": item.organisation_unit_name,
        "occurred_at": item.occurred_at,
        "review": review_document(&item.review),
        "state": item.state,
        "answers": answers.map(|(name, value)| json!({ "name": name, "value": value }))
            .collect::<Value>(),
    })
}

fn item_row(item: &ReviewItem) -> Vec<String> {
    let (id, what) = match item.subject {
        ReviewSubject::Enrollment(id) => (id.to_string(), &item.program_name),
        ReviewSubject::Event(id) => (id.to_string(), &item.stage_name),
    };
    let what = if what.is_empty() { &item.program_name } else { what };
    let answers = item.answers.iter().map(|(name, value)| format!("{name}: {value}"));
    let day = item.occurred_at.as_deref().and_then(|at| at.get(..10)).unwrap_or_default();
    vec![
        id,
        item.person_title.clone(),
        what.clone(),
        day.to_owned(),
        item.organisation_unit_name.clone(),
        item.review.status.word().to_owned(),
        item.review.reason.clone().unwrap_or_default(),
        answers.collect::<Vec<_>>().join(", "),
    ]
}
