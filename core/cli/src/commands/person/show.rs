//! A person on one page: values, enrolments with their visits, relationships.

use outpost_engine::model::{
    AttributeValue, EnrollmentView, PersonView, Refusal, ReviewStatus, ReviewView, StageVisits,
    VisitSummary,
};
use serde_json::{Value, json};

use super::super::record::refusal_document;
use super::super::relationship::{relationship_document, relationships_text};
use crate::output::table;
use crate::strings::person as strings;
use crate::strings::visit::LATE;

/// A person as JSON.
pub fn person_document(view: &PersonView) -> Value {
    json!({
        "uid": view.person.id.as_str(),
        "title": view.title,
        "type": view.person.tracked_entity_type.as_str(),
        "type_name": view.type_name,
        "org_unit": view.person.organisation_unit.as_str(),
        "org_unit_name": view.organisation_unit_name,
        "geometry": view.person.geometry,
        "attributes": attributes_document(&view.attributes),
        "state": view.state,
        "row": view.row,
        "problem": view.problem.as_ref().map(refusal_document),
        "problem_field": view.problem_field,
        "enrollments": view.enrollments.iter().map(enrollment_document).collect::<Value>(),
        "relationships": view.relationships.iter().map(relationship_document).collect::<Value>(),
    })
}

/// Values of attributes as JSON.
pub fn attributes_document(values: &[AttributeValue]) -> Value {
    let document = |value: &AttributeValue| {
        json!({
            "attribute": value.attribute.as_str(),
            "name": value.name,
            "value": value.value,
            "shown": value.shown,
            "temporary": value.is_temporary,
        })
    };
    values.iter().map(document).collect()
}

fn enrollment_document(view: &EnrollmentView) -> Value {
    let enrollment = &view.enrollment;
    json!({
        "uid": enrollment.id.as_str(),
        "program": enrollment.program.as_str(),
        "program_name": view.program_name,
        "org_unit": enrollment.organisation_unit.as_str(),
        "org_unit_name": view.organisation_unit_name,
        "owner": view.owner.map(|id| id.to_string()),
        "owner_name": view.owner_name,
        "access": strings::access(view.access).0,
        "status": enrollment.status.name(),
        "enrolled_at": enrollment.enrolled_at,
        "occurred_at": enrollment.occurred_at,
        "completed_at": enrollment.completed_at,
        "follow_up": enrollment.follow_up,
        "geometry": enrollment.geometry,
        "notes": enrollment.notes.iter().map(|note| &note.value).collect::<Vec<_>>(),
        "state": view.state,
        "row": view.row,
        "problem": view.problem.as_ref().map(refusal_document),
        "problem_field": view.problem_field,
        "closed": view.closed.iter().map(refusal_document).collect::<Value>(),
        "review": review_document(&view.review),
        "stages": view.stages.iter().map(stage_document).collect::<Value>(),
    })
}

fn stage_document(stage: &StageVisits) -> Value {
    json!({
        "uid": stage.stage.as_str(),
        "name": stage.name,
        "repeatable": stage.repeatable,
        "cannot_add": stage.cannot_add.as_ref().map(refusal_document),
        "suggested": stage.suggested,
        "visits": stage.visits.iter().map(visit_document).collect::<Value>(),
    })
}

/// A visit as JSON.
pub fn visit_document(visit: &VisitSummary) -> Value {
    let answers = visit.answers.iter();
    json!({
        "uid": visit.id.as_str(),
        "stage": visit.stage.as_str(),
        "stage_name": visit.stage_name,
        "org_unit": visit.organisation_unit.as_str(),
        "org_unit_name": visit.organisation_unit_name,
        "status": visit.status.name(),
        "occurred_at": visit.occurred_at,
        "scheduled_at": visit.scheduled_at,
        "assigned_user": visit.assigned_user.map(|id| id.to_string()),
        "follow_up": visit.follow_up,
        "state": visit.state,
        "row": visit.row,
        "problem": visit.problem.as_ref().map(refusal_document),
        "problem_field": visit.problem_field,
        "closed": visit.closed.iter().map(refusal_document).collect::<Value>(),
        "review": review_document(&visit.review),
        "answers": answers.map(|(name, value)| json!({ "name": name, "value": value }))
            .collect::<Value>(),
    })
}

/// Where a record stands in its review, as JSON.
pub fn review_document(review: &ReviewView) -> Value {
    json!({
        "status": review.status,
        "reason": review.reason,
        "by": review.by,
        "at": review.at,
        "edited_since": review.edited_since,
    })
}

/// A person in lines.
pub fn person_text(view: &PersonView) -> String {
    let (kind, place) = (&view.type_name, &view.organisation_unit_name);
    let mut text = format!("{}, {kind}, {place}, {}\n", view.title, view.state.word());
    text.push_str(&refused(view.problem.as_ref(), view.problem_field.as_deref()));
    for value in &view.attributes {
        let note = match value.is_temporary {
            true => format!(" ({})", strings::TEMPORARY),
            false => String::new(),
        };
        text.push_str(&format!("  {}: {}{note}\n", value.name, value.shown));
    }
    if view.enrollments.is_empty() {
        text.push_str(strings::NO_ENROLLMENTS);
    }
    text.extend(view.enrollments.iter().map(enrollment_text));
    if !view.relationships.is_empty() {
        text.push('\n');
        text.push_str(&relationships_text(&view.relationships));
    }
    text
}

fn refused(problem: Option<&Refusal>, field: Option<&str>) -> String {
    let Some(problem) = problem else { return String::new() };
    let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
    format!("Refused: {field}{} ({})\n", problem.reason, problem.code)
}

fn enrollment_text(view: &EnrollmentView) -> String {
    let enrollment = &view.enrollment;
    let day = enrollment.enrolled_at.as_deref().and_then(|at| at.get(..10)).unwrap_or_default();
    let mut text = format!(
        "\n{} ({}), {}, since {day}, {}, {}\n",
        view.program_name,
        enrollment.id,
        enrollment.status.name(),
        view.organisation_unit_name,
        view.state.word()
    );
    text.push_str(&format!("  {}\n", strings::access(view.access).1));
    if let Some(owner) = view.owner_name.as_ref().filter(|_| view.owner.is_some()) {
        text.push_str(&format!("  Followed by {owner}\n"));
    }
    if enrollment.follow_up {
        text.push_str(&format!("  Marked for {}\n", strings::FOLLOW_UP));
    }
    text.push_str(&refused(view.problem.as_ref(), view.problem_field.as_deref()));
    for reason in &view.closed {
        text.push_str(&format!("  Closed: {}\n", reason.reason));
    }
    text.extend(enrollment.notes.iter().map(|note| format!("  Note: {}\n", note.value)));
    let visits: Vec<&VisitSummary> = view.stages.iter().flat_map(|stage| &stage.visits).collect();
    if !visits.is_empty() {
        text.push_str(&visits_text(&visits));
    }
    for stage in view.stages.iter().filter(|stage| stage.cannot_add.is_none()) {
        if let Some(day) = &stage.suggested {
            text.push_str(&format!("  {} may follow, best on {day}\n", stage.name));
        }
    }
    text
}

/// Visits, a line each.
pub fn visits_text(visits: &[&VisitSummary]) -> String {
    let rows: Vec<Vec<String>> = visits.iter().map(|visit| visit_row(visit)).collect();
    table(&["Visit", "What", "Day", "Status", "State", "Review", "Answers"], &rows)
}

fn visit_row(visit: &VisitSummary) -> Vec<String> {
    let day = visit.occurred_at.as_deref().or(visit.scheduled_at.as_deref());
    let is_late = visit.status == outpost_domain::data::EventStatus::Overdue;
    let status = if is_late { LATE } else { visit.status.name() };
    let answers = visit.answers.iter().map(|(name, value)| format!("{name}: {value}"));
    let review = match visit.review.status {
        ReviewStatus::New => "",
        status => status.word(),
    };
    let problem = visit.problem.iter().map(|it| it.reason.clone());
    vec![
        visit.id.to_string(),
        visit.stage_name.clone(),
        day.and_then(|day| day.get(..10)).unwrap_or_default().to_owned(),
        status.to_owned(),
        visit.state.word().to_owned(),
        review.to_owned(),
        problem.chain(answers).collect::<Vec<_>>().join(", "),
    ]
}
