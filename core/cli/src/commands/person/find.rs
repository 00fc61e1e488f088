//! `person search` and `person list`.

use std::collections::BTreeSet;

use outpost_domain::data::{EnrollmentStatus, EventStatus};
use outpost_domain::uid::TrackedEntityUid;
use outpost_engine::model::{
    AttributeCondition, ConditionOperator, PersonQuery, PersonSummary, RecordState, SearchPage,
    VisitCondition,
};
use outpost_engine::{OutpostError, PeopleOf, Result, Session};
use serde_json::{Value, json};

use super::show::attributes_document;
use crate::args::{MaybeOf, PersonList, PersonSearch};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::person as strings;

/// Prints people who fit words, attributes or a code.
pub fn search(session: &Session, arguments: &PersonSearch, output: Output) -> Result<u8> {
    let of = maybe_of(session, &arguments.of)?;
    if let Some(code) = &arguments.code {
        let found = by_code(session, of, code)?;
        return print(&SearchPage { items: found, ..SearchPage::default() }, output);
    }
    let conditions: Result<Vec<_>> =
        arguments.attributes.iter().map(|text| condition(session, of, text)).collect();
    let base = PersonQuery {
        search: arguments.words.clone(),
        attributes: conditions?,
        ..PersonQuery::default()
    };
    let limit = arguments.limit as usize;
    let mut page = SearchPage::default();
    match of {
        Some(of) => {
            let query = within(base, of);
            if arguments.online {
                page = session.search_everywhere(&query)?;
            } else {
                page.items = pages(session, &query, limit, |_| true)?;
            }
        }
        None if arguments.online => return Err(which()),
        None => {
            for of_type in session.tracked_entity_types()? {
                let query = within(base.clone(), PeopleOf::Type(of_type.uid));
                let left = limit.saturating_sub(page.items.len());
                page.items.extend(pages(session, &query, left, |_| true)?);
            }
        }
    }
    page.items.truncate(limit);
    print(&page, output)
}

fn maybe_of(session: &Session, of: &MaybeOf) -> Result<Option<PeopleOf>> {
    Ok(match (&of.program, &of.of_type) {
        (Some(program), _) => Some(PeopleOf::Program(session.find_program(program)?)),
        (None, Some(of_type)) => Some(PeopleOf::Type(session.find_tracked_entity_type(of_type)?)),
        (None, None) => None,
    })
}

fn which() -> OutpostError {
    OutpostError::invalid("program", "missing", strings::PROGRAM_OR_TYPE)
}

fn within(query: PersonQuery, of: PeopleOf) -> PersonQuery {
    match of {
        PeopleOf::Program(program) => PersonQuery { program: Some(program), ..query },
        PeopleOf::Type(of_type) => PersonQuery { tracked_entity_type: Some(of_type), ..query },
    }
}

/// `NAME=VALUE`, `NAME=VALUE*`, `NAME=*VALUE*`.
fn condition(session: &Session, of: Option<PeopleOf>, text: &str) -> Result<AttributeCondition> {
    let of = of.ok_or_else(which)?;
    let find = |name: &str| session.find_attribute(of, name);
    let (attribute, value) = super::super::record::split_pair(text, find)?;
    let (operator, value) = operator(&value);
    Ok(AttributeCondition { attribute, operator, value })
}

fn operator(value: &str) -> (ConditionOperator, String) {
    let (open, closed) = (value.strip_prefix('*'), value.strip_suffix('*'));
    let operator = match (open, closed) {
        (Some(_), _) => ConditionOperator::Like,
        (None, Some(_)) => ConditionOperator::StartsWith,
        (None, None) => ConditionOperator::Equal,
    };
    (operator, value.trim_matches('*').to_owned())
}

fn by_code(session: &Session, of: Option<PeopleOf>, code: &str) -> Result<Vec<PersonSummary>> {
    let of_all = match of {
        Some(of) => vec![of],
        None => {
            let types = session.tracked_entity_types()?.into_iter();
            let programs = session.programs()?.into_iter();
            let programs = programs.map(|program| PeopleOf::Program(program.uid));
            types.map(|of_type| PeopleOf::Type(of_type.uid)).chain(programs).collect()
        }
    };
    let mut seen: BTreeSet<TrackedEntityUid> = BTreeSet::new();
    let mut found = Vec::new();
    for of in of_all {
        let people = session.people_by_code(of, code)?;
        found.extend(people.into_iter().filter(|person| seen.insert(person.id)));
    }
    Ok(found)
}

/// Prints the people of a program.
pub fn list(session: &Session, arguments: &PersonList, output: Output) -> Result<u8> {
    let place = arguments.org_unit.as_deref();
    let status = arguments.status.as_deref().map(parse_status).transpose()?;
    let visit = match (arguments.due, arguments.overdue) {
        (true, _) => Some(EventStatus::Schedule),
        (false, true) => Some(EventStatus::Overdue),
        (false, false) => None,
    };
    let query = PersonQuery {
        program: Some(session.find_program(&arguments.program)?),
        organisation_unit: place.map(|text| session.find_organisation_unit(text)).transpose()?,
        status,
        follow_up: arguments.follow_up.then_some(true),
        visit: visit.map(|status| VisitCondition {
            status: Some(status),
            due_to: arguments.until.clone(),
            ..VisitCondition::default()
        }),
        ..PersonQuery::default()
    };
    let waits = |person: &PersonSummary| person.state != RecordState::Synced;
    let fits = |person: &PersonSummary| !arguments.waiting || waits(person);
    let items = pages(session, &query, arguments.limit as usize, fits)?;
    print(&SearchPage { items, ..SearchPage::default() }, output)
}

fn parse_status(text: &str) -> Result<EnrollmentStatus> {
    EnrollmentStatus::parse(&text.to_ascii_uppercase()).ok_or_else(|| {
        OutpostError::invalid("status", "unknown", "give active, completed or cancelled")
    })
}

fn pages(
    session: &Session,
    query: &PersonQuery,
    limit: usize,
    fits: impl Fn(&PersonSummary) -> bool,
) -> Result<Vec<PersonSummary>> {
    let mut items = Vec::new();
    let mut next = None;
    while items.len() < limit {
        let page = session.people(query, next)?;
        items.extend(page.items.into_iter().filter(|person| fits(person)));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    items.truncate(limit);
    Ok(items)
}

fn print(page: &SearchPage, output: Output) -> Result<u8> {
    let document = json!({
        "people": page.items.iter().map(summary_document).collect::<Value>(),
        "offline_because": page.offline_because,
        "more_online": page.more_online,
    });
    output.result(&document, || text(page));
    Ok(exit::OK)
}

pub(super) fn summary_document(person: &PersonSummary) -> Value {
    json!({
        "uid": person.id.as_str(),
        "type": person.tracked_entity_type.as_str(),
        "title": person.title,
        "org_unit": person.organisation_unit.as_str(),
        "org_unit_name": person.organisation_unit_name,
        "attributes": attributes_document(&person.values),
        "enrollment": person.enrollment.map(|id| id.to_string()),
        "enrollment_status": person.enrollment_status.map(|status| status.name()),
        "follow_up": person.follow_up,
        "next_due": next_due(person),
        "state": person.state,
        "on_device": person.on_device,
    })
}

/// The day alone: a plan has no hour.
fn next_due(person: &PersonSummary) -> Option<&str> {
    person.next_due.as_deref().map(|day| day.get(..10).unwrap_or(day))
}

fn text(page: &SearchPage) -> String {
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    let mut text = match rows.is_empty() {
        true => strings::NOBODY.to_owned(),
        false => table(&["Id", "Who", "Place", "Status", "Next visit", "State", "More"], &rows),
    };
    if page.more_online {
        text.push_str(strings::MORE_ONLINE);
    }
    if let Some(why) = &page.offline_because {
        text.push_str(&strings::offline_because(why));
    }
    text
}

fn row(person: &PersonSummary) -> Vec<String> {
    let state = if person.on_device { person.state.word() } else { strings::ONLY_ONLINE };
    let status = person.enrollment_status.map(|status| status.name()).unwrap_or_default();
    let marked = person.follow_up.then(|| strings::FOLLOW_UP.to_owned());
    let values = person.values.iter().map(|value| format!("{}: {}", value.name, value.shown));
    vec![
        person.id.to_string(),
        person.title.clone(),
        person.organisation_unit_name.clone(),
        status.to_owned(),
        next_due(person).unwrap_or_default().to_owned(),
        state.to_owned(),
        marked.into_iter().chain(values).collect::<Vec<_>>().join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_says_how_a_value_is_compared() {
        let check = |text: &str, expected: ConditionOperator, value: &str| {
            assert_eq!(operator(text), (expected, value.to_owned()), "{text}");
        };
        check("Mbeki", ConditionOperator::Equal, "Mbeki");
        check("Mb*", ConditionOperator::StartsWith, "Mb");
        check("*bek*", ConditionOperator::Like, "bek");
        check("*beki", ConditionOperator::Like, "beki");
    }
}
