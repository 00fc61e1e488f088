//! `enrollment …`: enrolling, ending, handing over, breaking the glass.

use outpost_engine::{EnrollmentStep, OutpostError, PeopleOf, Result, Session};
use serde_json::json;

use super::event::{problems_document, problems_text};
use super::person::{enrollment_id, enter, person_id, print_outcome};
use crate::args::EnrollmentCommand;
use crate::exit;
use crate::output::Output;
use crate::strings::person as strings;

/// `enrollment …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors; answers of the server for what asks it. What a rule
/// refuses is printed, not an error.
pub fn enrollment(session: &Session, command: &EnrollmentCommand, output: Output) -> Result<u8> {
    let step = |id: &str, step: EnrollmentStep| {
        let outcome = session.change_enrollment_status(enrollment_id(id)?, step)?;
        print_outcome(&outcome, output)
    };
    match command {
        EnrollmentCommand::Add { person, program, org_unit, content } => {
            let program = session.find_program(program)?;
            let place = session.find_organisation_unit(org_unit)?;
            let opened = session.open_new_enrollment_form(program, place, person_id(person)?)?;
            enter(opened, session, PeopleOf::Program(program), content, output)
        }
        EnrollmentCommand::Complete { id } => step(id, EnrollmentStep::Complete),
        EnrollmentCommand::Cancel { id } => step(id, EnrollmentStep::Cancel),
        EnrollmentCommand::Reopen { id } => step(id, EnrollmentStep::Reopen),
        EnrollmentCommand::FollowUp { id, clear } => {
            let outcome = session.set_enrollment_follow_up(enrollment_id(id)?, !clear)?;
            print_outcome(&outcome, output)
        }
        EnrollmentCommand::Note { id, text } => {
            print_outcome(&session.add_enrollment_note(enrollment_id(id)?, text)?, output)
        }
        EnrollmentCommand::Delete { id } => {
            print_outcome(&session.delete_enrollment(enrollment_id(id)?)?, output)
        }
        EnrollmentCommand::Transfer { id, to, check } => transfer(session, id, to, *check, output),
        EnrollmentCommand::BreakGlass { person, program, reason } => {
            if reason.trim().is_empty() {
                return Err(OutpostError::invalid("reason", "missing", "say why, in a few words"));
            }
            let (person, program) = (person_id(person)?, session.find_program(program)?);
            let outcome = session.break_the_glass(person, program, reason)?;
            output.result(&json!({ "uid": person.as_str(), "opened": outcome.opened }), || {
                let words = match outcome.opened {
                    true => strings::GLASS_BROKEN,
                    false => strings::GLASS_WAITS,
                };
                words.to_owned()
            });
            Ok(exit::OK)
        }
    }
}

fn transfer(session: &Session, id: &str, to: &str, check: bool, output: Output) -> Result<u8> {
    let enrollment = session.enrollment(enrollment_id(id)?)?;
    let place = session.find_place(to)?;
    let (person, program) = (enrollment.tracked_entity, enrollment.program);
    if !check {
        return print_outcome(&session.transfer_person(person, program, place)?, output);
    }
    let problems = session.check_transfer(person, program, place)?;
    let document = json!({
        "uid": person.as_str(), "to": place.as_str(), "problems": problems_document(&problems),
    });
    output.result(&document, || match problems.is_empty() {
        true => strings::MAY_BE_HANDED_OVER.to_owned(),
        false => problems_text(&problems),
    });
    let is_forbidden = problems.iter().any(|problem| problem.blocks_sending);
    Ok(if is_forbidden { exit::REFUSED } else { exit::OK })
}
