//! `person …`: registering, changing, fetching and deleting people.

mod duplicates;
mod entry;
mod find;
mod show;

use outpost_domain::purge::PurgeRules;
use outpost_domain::uid::{EnrollmentUid, ProgramUid, TrackedEntityTypeUid, TrackedEntityUid};
use outpost_engine::model::{PersonOutcome, PersonView, ProposalQuery};
use outpost_engine::{OutpostError, PeopleOf, Result, Session};
use serde_json::{Value, json};

use super::event::{problems_document, problems_text};
use crate::args::{EnrollmentContent, Of, PersonCommand};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::person as strings;

pub(super) use entry::enter;
pub(super) use show::{attributes_document, review_document, visit_document, visits_text};

/// `person …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors; `Offline` and answers of the server for what asks it.
/// What an entry rule refuses is printed, not an error.
pub fn person(session: &Session, command: &PersonCommand, output: Output) -> Result<u8> {
    match command {
        PersonCommand::Programs => programs(session, output),
        PersonCommand::Form { of } => entry::form(session, people_of(session, of)?, output),
        PersonCommand::Add { of, org_unit, content } => {
            let of = people_of(session, of)?;
            let place = session.find_organisation_unit(org_unit)?;
            enter(session.open_person_form(of, place, None)?, session, of, content, output)
        }
        PersonCommand::Set { id, program, content } => {
            set(session, id, program.as_deref(), content, output)
        }
        PersonCommand::Search(arguments) => find::search(session, arguments, output),
        PersonCommand::List(arguments) => find::list(session, arguments, output),
        PersonCommand::Show { id } => {
            let view = session.person(person_id(id)?)?;
            output.result(&show::person_document(&view), || show::person_text(&view));
            Ok(exit::OK)
        }
        PersonCommand::Duplicates { of, org_unit, limit } => {
            let of = people_of(session, of)?;
            let place = org_unit.as_deref();
            let place = place.map(|text| session.find_organisation_unit(text)).transpose()?;
            let query = ProposalQuery { of, organisation_unit: place };
            duplicates::list(session, &query, *limit as usize, output)
        }
        PersonCommand::KeepApart { a, b, reason } => {
            session.keep_apart(person_id(a)?, person_id(b)?, reason)?;
            output.result(&json!({ "kept_apart": [a, b] }), || strings::KEPT_APART.to_owned());
            Ok(exit::OK)
        }
        PersonCommand::MarkDuplicates { a, b } => {
            session.mark_duplicates(person_id(a)?, person_id(b)?)?;
            output.result(&json!({ "marked": [a, b] }), || strings::MARKED.to_owned());
            Ok(exit::OK)
        }
        PersonCommand::Get { id, program } => {
            let program = program.as_deref().map(|text| session.find_program(text)).transpose()?;
            let found = session.download_person(person_id(id)?, program)?;
            let document = json!({
                "uid": found.person.as_str(),
                "enrollments": found.enrollments,
                "visits": found.visits,
                "conflicts": found.conflicts,
            });
            output.result(&document, || strings::fetched(found.enrollments, found.visits));
            Ok(exit::OK)
        }
        PersonCommand::Delete { id } => {
            print_outcome(&session.delete_person(person_id(id)?)?, output)
        }
        PersonCommand::Purge { completed_months, not_seen_months, yes } => {
            let completed_months = Some(*completed_months).filter(|months| *months > 0);
            let not_seen_months = *not_seen_months;
            let rules = PurgeRules { completed_months, not_seen_months, ..PurgeRules::default() };
            purge(session, &rules, *yes, output)
        }
    }
}

fn programs(session: &Session, output: Output) -> Result<u8> {
    let (programs, types) = (session.programs()?, session.tracked_entity_types()?);
    let of_programs = programs.iter().map(|it| {
        json!({
            "uid": it.uid.as_str(), "name": it.name, "type": it.tracked_entity_type.as_str(),
            "type_name": it.type_name, "writable": it.writable, "why_not": it.why_not,
            "people": it.people, "drafts": it.drafts,
        })
    });
    let of_types = types
        .iter()
        .map(|it| json!({ "uid": it.uid.as_str(), "name": it.name, "writable": it.writable }));
    let document = json!({
        "programs": of_programs.collect::<Value>(), "types": of_types.collect::<Value>(),
    });
    output.result(&document, || {
        let rows = programs.iter().map(|it| {
            let why_not = it.why_not.clone().unwrap_or_default();
            let (id, people) = (it.uid.to_string(), it.people.to_string());
            vec![id, it.name.clone(), it.type_name.clone(), people, why_not]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        match rows.is_empty() {
            true => strings::NO_PROGRAMS.to_owned(),
            false => table(&["Id", "Program", "Who", "Here", "Why not"], &rows),
        }
    });
    Ok(exit::OK)
}

/// The id of a person as it was typed.
pub(super) fn person_id(text: &str) -> Result<TrackedEntityUid> {
    TrackedEntityUid::parse(text).map_err(|error| OutpostError::invalid("person", "uid", error))
}

/// The id of an enrolment as it was typed.
pub(super) fn enrollment_id(text: &str) -> Result<EnrollmentUid> {
    EnrollmentUid::parse(text).map_err(|error| OutpostError::invalid("enrollment", "uid", error))
}

fn people_of(session: &Session, of: &Of) -> Result<PeopleOf> {
    match (&of.program, &of.of_type) {
        (Some(program), _) => Ok(PeopleOf::Program(session.find_program(program)?)),
        (None, of_type) => {
            let of_type = of_type.as_deref().unwrap_or_default();
            Ok(PeopleOf::Type(session.find_tracked_entity_type(of_type)?))
        }
    }
}

fn set(
    session: &Session,
    id: &str,
    program: Option<&str>,
    content: &EnrollmentContent,
    output: Output,
) -> Result<u8> {
    let view = session.person(person_id(id)?)?;
    let program = program.map(|text| session.find_program(text)).transpose()?;
    match enrollment_to_edit(&view, program)? {
        Some((program, enrollment)) => {
            let of = PeopleOf::Program(program);
            enter(session.open_enrollment_form(enrollment)?, session, of, content, output)
        }
        None => {
            let of = PeopleOf::Type(TrackedEntityTypeUid(view.person.tracked_entity_type.0));
            let place = view.person.organisation_unit;
            let opened = session.open_person_form(of, place, Some(view.person.id))?;
            enter(opened, session, of, content, output)
        }
    }
}

/// The enrolment in whose form a person is changed: in the program that was named, else the only one.
fn enrollment_to_edit(
    view: &PersonView,
    program: Option<ProgramUid>,
) -> Result<Option<(ProgramUid, EnrollmentUid)>> {
    let all = view.enrollments.iter().map(|it| &it.enrollment);
    let active = |it: &&outpost_domain::data::Enrollment| {
        it.status == outpost_domain::data::EnrollmentStatus::Active
    };
    if let Some(program) = program {
        let mut fitting: Vec<_> = all.filter(|it| it.program == program).collect();
        fitting.sort_by_key(|it| !active(it));
        let found = fitting.first().ok_or_else(|| {
            OutpostError::not_found("enrolment of the person in the program", program)
        })?;
        return Ok(Some((found.program, found.id)));
    }
    let all: Vec<_> = all.collect();
    match all.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some((only.program, only.id))),
        _ => match all.iter().copied().filter(active).collect::<Vec<_>>().as_slice() {
            [only] => Ok(Some((only.program, only.id))),
            _ => Err(OutpostError::invalid("program", "missing", strings::WHICH_PROGRAM)),
        },
    }
}

fn purge(session: &Session, rules: &PurgeRules, yes: bool, output: Output) -> Result<u8> {
    if yes {
        let done = session.purge(rules, true)?;
        let document = json!({ "removed": done.removed, "kept": done.kept });
        output.result(&document, || strings::purged(done.removed, done.kept));
        return Ok(exit::OK);
    }
    let plan = session.purge_plan(rules)?;
    let people = plan.people.iter().map(|it| {
        let (reason, _) = strings::leave(it.reason);
        json!({ "uid": it.person.as_str(), "title": it.title, "reason": reason })
    });
    let document = json!({
        "leaving": plan.leaving, "unsent": plan.unsent, "staying": plan.staying,
        "people": people.collect::<Value>(),
    });
    output.result(&document, || {
        let row = |it: &outpost_engine::model::PurgePerson| {
            let (_, reason) = strings::leave(it.reason);
            vec![it.person.to_string(), it.title.clone(), reason.to_owned()]
        };
        let rows: Vec<_> = plan.people.iter().map(row).collect();
        let listed =
            if rows.is_empty() { String::new() } else { table(&["Id", "Who", "Why"], &rows) };
        listed + &strings::plan(&plan)
    });
    Ok(exit::OK)
}

/// What became of a change of a person or an enrolment, as JSON.
pub(super) fn outcome_document(outcome: &PersonOutcome) -> Value {
    json!({
        "uid": outcome.person.as_str(),
        "enrollment": outcome.enrollment.map(|id| id.to_string()),
        "saved": outcome.saved,
        "problems": problems_document(&outcome.problems),
        "generated": attributes_document(&outcome.generated),
        "opens": outcome.opens.map(|id| id.to_string()),
    })
}

/// The same in lines.
pub(super) fn outcome_text(outcome: &PersonOutcome) -> String {
    let mut text = match outcome.saved {
        true => strings::saved(outcome.person, outcome.enrollment),
        false => crate::strings::NOT_SAVED.to_owned(),
    };
    text.push_str(&problems_text(&outcome.problems));
    for value in &outcome.generated {
        text.push_str(&strings::drawn(&value.name, &value.shown, value.is_temporary));
    }
    if let Some(visit) = outcome.opens {
        text.push_str(&strings::opens(visit));
    }
    text
}

/// Prints what became of a change of a person or an enrolment.
pub(super) fn print_outcome(outcome: &PersonOutcome, output: Output) -> Result<u8> {
    output.result(&outcome_document(outcome), || outcome_text(outcome));
    Ok(if outcome.saved { exit::OK } else { exit::REFUSED })
}
