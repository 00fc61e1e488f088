//! Filling in the form of a person, as somebody would question by question.

use std::collections::BTreeMap;

use outpost_domain::form::session::{Announcement, EnrollmentDiff, FieldState};
use outpost_domain::uid::TrackedEntityAttributeUid;
use outpost_engine::model::DuplicateWarning;
use outpost_engine::{PeopleOf, PersonFormSession, Result, Session};
use serde_json::{Value, json};

use super::super::event_form::{announcement_line, announcements_document};
use super::super::record::split_pair;
use super::{outcome_document, outcome_text};
use crate::args::EnrollmentContent;
use crate::exit;
use crate::output::Output;
use crate::strings;
use crate::strings::person as words;

/// Fills an open form in with what was typed, saves it and tells what became of it.
///
/// # Errors
/// `NotFound`, `InvalidInput` for what was typed; storage errors.
pub fn enter(
    (mut form, diff): (PersonFormSession, EnrollmentDiff),
    session: &Session,
    of: PeopleOf,
    content: &EnrollmentContent,
    output: Output,
) -> Result<u8> {
    let mut answers = BTreeMap::new();
    for text in &content.values {
        let (attribute, value) = split_pair(text, |name| session.find_attribute(of, name))?;
        answers.insert(attribute, value);
    }
    let mut said = diff.announcements.unwrap_or_default();
    let is_new = form.is_new_person();
    for diff in fill(&mut form, &answers, content)? {
        said = diff.announcements.unwrap_or(said);
    }
    let duplicates = if is_new { form.duplicates()? } else { Vec::new() };
    let standing = standing(&form);
    let outcome = form.save()?;
    let mut document = outcome_document(&outcome);
    document["fields"] = standing.iter().map(Standing::document).collect();
    document["announcements"] = announcements_document(&said);
    document["duplicates"] = duplicates.iter().map(duplicate_document).collect();
    output.result(&document, || {
        let told: Vec<&str> =
            outcome.problems.iter().map(|it| it.refusal.reason.as_str()).collect();
        let mut text = outcome_text(&outcome);
        text.extend(standing.iter().map(|field| field.text(&told)));
        let is_new = |it: &&Announcement| !told.contains(&it.text.as_str());
        text.extend(said.iter().filter(is_new).map(announcement_line));
        text.extend(duplicates.iter().map(duplicate_text));
        text
    });
    Ok(if outcome.saved { exit::OK } else { exit::REFUSED })
}

fn fill(
    form: &mut PersonFormSession,
    answers: &BTreeMap<TrackedEntityAttributeUid, String>,
    content: &EnrollmentContent,
) -> Result<Vec<EnrollmentDiff>> {
    let is_enrolled = form.registration().enrollment.is_some();
    let mut diffs = Vec::new();
    diffs.push(form.change_enrollment(|enrollment| {
        if let Some(day) = &content.enrolled {
            enrollment.enrolled_at = Some(day.clone());
        }
        if let Some(day) = &content.incident {
            enrollment.occurred_at = Some(day.clone());
        }
        if let Some(geometry) = &content.geometry {
            enrollment.geometry = Some(geometry.clone()).filter(|it| !it.trim().is_empty());
        }
    })?);
    // Where somebody lives is said of a household; of a person in a program it is the enrolment's.
    if let (Some(geometry), false) = (&content.geometry, is_enrolled) {
        let geometry = Some(geometry.clone()).filter(|it| !it.trim().is_empty());
        form.change_person(|person| person.geometry = geometry);
    }
    // One question may be hidden until another one is answered.
    for round in 0..=answers.len() {
        let before = diffs.len();
        for (attribute, value) in answers {
            let waits = form.field(*attribute).is_some_and(|it| {
                let aside = it.set_aside.as_ref();
                aside.is_some_and(|aside| !it.is_hidden && it.options.allows(aside))
            });
            if round == 0 || waits {
                diffs.push(form.set_value(*attribute, value)?);
            }
        }
        if diffs.len() == before {
            break;
        }
    }
    Ok(diffs)
}

/// A question of the form with how it stands.
struct Standing {
    attribute: TrackedEntityAttributeUid,
    name: String,
    state: FieldState,
}

fn standing(form: &PersonFormSession) -> Vec<Standing> {
    let fields = form.form().fields();
    let with_state = fields.filter_map(|field| {
        let state = form.field(field.attribute)?.clone();
        Some(Standing { attribute: field.attribute, name: field.name.clone(), state })
    });
    with_state.collect()
}

impl Standing {
    fn document(&self) -> Value {
        let state = &self.state;
        json!({
            "attribute": self.attribute.as_str(),
            "name": self.name,
            "value": state.value,
            "problem": state.problem.map(|problem| format!("It {problem}.")),
            "hidden": state.is_hidden,
            "mandatory": state.is_mandatory,
            "assigned": state.is_assigned,
            "set_aside": state.set_aside,
            "warnings": state.warnings,
            "errors": state.errors,
        })
    }

    fn text(&self, told: &[&str]) -> String {
        let (name, state) = (&self.name, &self.state);
        let mut text = String::new();
        if let (true, Some(value)) = (state.is_assigned, &state.value) {
            text.push_str(&strings::assigned(name, value));
        }
        if let Some(value) = &state.set_aside {
            text.push_str(&strings::set_aside(name, value));
        }
        let is_new = |words: &&String| !told.contains(&words.as_str());
        let warnings = state.warnings.iter().filter(is_new);
        text.extend(warnings.map(|words| strings::warning(name, words)));
        let errors = state.errors.iter().filter(is_new);
        text.extend(errors.map(|words| strings::error_at(name, words)));
        text
    }
}

fn duplicate_document(warning: &DuplicateWarning) -> Value {
    json!({
        "uid": warning.person.id.as_str(),
        "title": warning.person.title,
        "score": warning.score,
        "certain": warning.is_certain,
        "reasons": warning.reasons,
        "doubts": warning.doubts,
    })
}

fn duplicate_text(warning: &DuplicateWarning) -> String {
    let person = &warning.person;
    words::maybe_the_same(&person.title, person.id, warning.score, &warning.reasons.join(", "))
}

/// Prints the questions of a form, as they stand for somebody new.
pub fn form(session: &Session, of: PeopleOf, output: Output) -> Result<u8> {
    let layout = session.people_layout(of)?;
    let columns = layout.columns.iter().map(|column| {
        json!({
            "attribute": column.attribute.as_str(),
            "name": column.name,
            "value_type": column.value_type.name(),
            "option_set": column.option_set.map(|id| id.to_string()),
            "unique": column.unique,
            "searchable": column.searchable,
        })
    });
    let document = json!({
        "attributes": columns.collect::<Value>(),
        "attributes_min": layout.attributes_min,
        "results_max": layout.results_max,
    });
    output.result(&document, || {
        let line = |column: &outpost_engine::model::AttributeColumn| {
            let value_type = column.value_type.name();
            format!("{}  {}  ({value_type})\n", column.attribute, column.name)
        };
        layout.columns.iter().map(line).collect()
    });
    Ok(exit::OK)
}
