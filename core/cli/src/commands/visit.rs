//! `visit …`: planned, filled in, moved, skipped, referred, handed to somebody.

use outpost_domain::data::EventStatus;
use outpost_domain::uid::{EnrollmentUid, OrganisationUnitUid, ProgramStageUid, Uid};
use outpost_engine::model::{CompletionOffersView, EventOutcome, VisitSummary};
use outpost_engine::{OutpostError, Result, Session};
use serde_json::{Value, json};

use super::event::{
    Entered, complete, enter, event_document, event_text, open, parse_id, print_outcome,
};
use super::person::{enrollment_id, person_id, visit_document, visits_text};
use crate::args::{EventContent, NewVisit, VisitCommand, VisitContent};
use crate::exit;
use crate::output::Output;
use crate::strings::visit as strings;

/// `visit …`
///
/// # Errors
/// `NotFound`, `InvalidInput`; `Forbidden` if no visit may be added; storage errors. What an entry
/// rule refuses is printed, not an error.
pub fn visit(session: &Session, command: &VisitCommand, output: Output) -> Result<u8> {
    match command {
        VisitCommand::Add { visit, org_unit, content } => {
            let (enrollment, stage) = which(session, visit)?;
            let place = place(session, org_unit.as_deref())?;
            let opened = session.open_new_visit_form(enrollment, stage, place)?;
            let entered = enter(session, opened, Some(&visit.date), &content.of_event())?;
            print_of(session, &entered, Some(enrollment), output)
        }
        VisitCommand::Schedule { visit, org_unit, assign } => {
            let (enrollment, stage) = which(session, visit)?;
            let place = place(session, org_unit.as_deref())?;
            let user = assign.as_deref().map(user_id).transpose()?;
            let planned = session.schedule_visit(enrollment, stage, &visit.date, place, user)?;
            print_outcome(&planned, output)
        }
        VisitCommand::Fill { id, date, content } => {
            let opened = open(session, id)?;
            let event = opened.0.event().clone();
            let planned = event.scheduled_at.as_deref().and_then(|at| at.get(..10));
            let date = match (date.as_deref(), &event.occurred_at) {
                (None, None) => Some(planned.ok_or_else(no_date)?),
                (date, _) => date,
            };
            let entered = enter(session, opened, date, &content.of_event())?;
            print_of(session, &entered, event.enrollment, output)
        }
        VisitCommand::Complete { id } => {
            let entered = complete(session, id)?;
            let enrollment = session.event(parse_id(id)?)?.event.enrollment;
            print_of(session, &entered, enrollment, output)
        }
        VisitCommand::Refer { visit, to, now } => {
            let (enrollment, stage) = which(session, visit)?;
            let to = session.find_place(to)?;
            print_outcome(&session.refer_visit(enrollment, stage, to, &visit.date, *now)?, output)
        }
        VisitCommand::Show { id } => {
            let view = session.event(parse_id(id)?)?;
            output.result(&event_document(&view), || event_text(&view));
            Ok(exit::OK)
        }
        VisitCommand::List { person, enrollment } => {
            list(session, person, enrollment.as_deref(), output)
        }
        other => print_outcome(&change(session, other)?, output),
    }
}

/// What changes a visit without opening its form.
fn change(session: &Session, command: &VisitCommand) -> Result<EventOutcome> {
    match command {
        VisitCommand::Reschedule { id, date } => session.reschedule_visit(parse_id(id)?, date),
        VisitCommand::Skip { id } => session.set_visit_status(parse_id(id)?, EventStatus::Skipped),
        VisitCommand::Assign { id, user, .. } => {
            session.assign_visit(parse_id(id)?, user.as_deref().map(user_id).transpose()?)
        }
        VisitCommand::Note { id, text } => session.add_event_note(parse_id(id)?, text),
        VisitCommand::FollowUp { id, clear } => session.set_visit_follow_up(parse_id(id)?, !clear),
        VisitCommand::Delete { id } => session.delete_event(parse_id(id)?),
        _ => Err(OutpostError::internal("a command of visits has no one to carry it out")),
    }
}

impl VisitContent {
    /// The same, as of an event: the split of a visit is that of its enrolment.
    fn of_event(&self) -> EventContent {
        EventContent {
            attribute_option_combo: None,
            geometry: self.geometry.clone(),
            notes: self.notes.clone(),
            complete: self.complete,
            values: self.values.clone(),
        }
    }
}

fn no_date() -> OutpostError {
    OutpostError::invalid("date", "missing", strings::NO_DATE)
}

fn user_id(text: &str) -> Result<Uid> {
    Uid::parse(text).map_err(|error| OutpostError::invalid("user", "uid", error))
}

fn place(session: &Session, text: Option<&str>) -> Result<Option<OrganisationUnitUid>> {
    text.map(|text| session.find_organisation_unit(text)).transpose()
}

fn which(session: &Session, visit: &NewVisit) -> Result<(EnrollmentUid, ProgramStageUid)> {
    let enrollment = session.enrollment(enrollment_id(&visit.enrollment)?)?;
    let stage = session.find_stage(enrollment.program, visit.stage.as_deref())?;
    Ok((enrollment.id, stage))
}

/// Prints a visit that was filled in; of a completed one also what it offers.
fn print_of(
    session: &Session,
    entered: &Entered,
    enrollment: Option<EnrollmentUid>,
    output: Output,
) -> Result<u8> {
    let offers = match entered.outcome.completed {
        true => session.offers_after(entered.outcome.id)?,
        false => CompletionOffersView::default(),
    };
    let mut document = entered.document();
    let next = offers.next_visits.iter().map(
        |next| json!({ "stage": next.stage.as_str(), "name": next.stage_name, "day": next.day }),
    );
    document["offers"] = json!({
        "complete_enrollment": offers.complete_enrollment,
        "next_visits": next.collect::<Value>(),
    });
    output.result(&document, || {
        let mut text = entered.text();
        let Some(enrollment) = enrollment else { return text };
        let next = offers.next_visits.iter();
        text.extend(
            next.map(|it| strings::next_visit(enrollment, &it.stage_name, it.day.as_deref())),
        );
        if offers.complete_enrollment {
            text.push_str(&strings::complete_enrollment(enrollment));
        }
        text
    });
    Ok(entered.code())
}

fn list(session: &Session, person: &str, enrollment: Option<&str>, output: Output) -> Result<u8> {
    let enrollment = enrollment.map(enrollment_id).transpose()?;
    let view = session.person(person_id(person)?)?;
    let asked = |it: &&outpost_engine::model::EnrollmentView| {
        enrollment.is_none_or(|id| it.enrollment.id == id)
    };
    let of_enrollments = view.enrollments.iter().filter(asked);
    let stages = of_enrollments.flat_map(|it| &it.stages);
    let visits: Vec<&VisitSummary> = stages.flat_map(|stage| &stage.visits).collect();
    let document = visits.iter().map(|visit| visit_document(visit)).collect::<Value>();
    output.result(&document, || match visits.is_empty() {
        true => strings::NO_VISITS.to_owned(),
        false => visits_text(&visits),
    });
    Ok(exit::OK)
}
