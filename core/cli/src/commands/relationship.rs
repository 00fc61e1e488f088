//! `relationship …` and `family`: who belongs to whom.

use outpost_domain::data::RelationshipItem;
use outpost_domain::uid::{RelationshipUid, TrackedEntityUid, Uid};
use outpost_engine::model::{
    FamilyMember, FamilyView, PartnerView, RelationshipOutcome, RelationshipView,
};
use outpost_engine::{OutpostError, Result, Session};
use serde_json::{Value, json};

use super::event::parse_id;
use super::person::{attributes_document, enrollment_id, person_id};
use super::record::refusal_document;
use crate::args::{Family, RelationshipCommand};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::visit as strings;

/// `relationship …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors. What a rule refuses is printed, not an error.
pub fn relationship(
    session: &Session,
    command: &RelationshipCommand,
    output: Output,
) -> Result<u8> {
    match command {
        RelationshipCommand::Add { of_type, from, to } => {
            let of_type = session.find_relationship_type(of_type)?;
            let outcome = session.add_relationship(of_type, side(from)?, side(to)?)?;
            print_outcome(&outcome, output)
        }
        RelationshipCommand::Remove { id } => {
            let id = RelationshipUid::parse(id)
                .map_err(|error| OutpostError::invalid("relationship", "uid", error))?;
            print_outcome(&session.delete_relationship(id)?, output)
        }
        RelationshipCommand::List { id } => {
            let id = Uid::parse(id).map_err(|error| OutpostError::invalid("id", "uid", error))?;
            let found = session.relationships(id)?;
            let document = found.iter().map(relationship_document).collect::<Value>();
            output.result(&document, || match found.is_empty() {
                true => strings::NO_RELATIONSHIPS.to_owned(),
                false => relationships_text(&found),
            });
            Ok(exit::OK)
        }
    }
}

/// `ID` of a person, `enrollment:ID` or `event:ID`.
fn side(text: &str) -> Result<RelationshipItem> {
    Ok(match text.split_once(':') {
        None => RelationshipItem::TrackedEntity(person_id(text)?),
        Some(("person", id)) => RelationshipItem::TrackedEntity(person_id(id)?),
        Some(("enrollment", id)) => RelationshipItem::Enrollment(enrollment_id(id)?),
        Some(("event", id)) => RelationshipItem::Event(parse_id(id)?),
        Some(_) => {
            let reason = "give the id of a person, or enrollment:ID or event:ID";
            return Err(OutpostError::invalid("side", "shape", reason));
        }
    })
}

fn print_outcome(outcome: &RelationshipOutcome, output: Output) -> Result<u8> {
    let document = json!({
        "uid": outcome.id.as_str(),
        "saved": outcome.saved,
        "problems": outcome.problems.iter().map(refusal_document).collect::<Value>(),
    });
    output.result(&document, || {
        let mut text = match outcome.saved {
            true => strings::noted(outcome.id),
            false => crate::strings::NOT_SAVED.to_owned(),
        };
        text.extend(outcome.problems.iter().map(|problem| format!("{}\n", problem.reason)));
        text
    });
    Ok(if outcome.saved { exit::OK } else { exit::REFUSED })
}

/// A relationship from one of its sides, as JSON.
pub(super) fn relationship_document(view: &RelationshipView) -> Value {
    json!({
        "uid": view.relationship.id.as_str(),
        "type": view.relationship.relationship_type.as_str(),
        "type_name": view.type_name,
        "role": view.role,
        "partner": partner_document(&view.partner),
        "state": view.state,
        "row": view.row,
        "problem": view.problem.as_ref().map(refusal_document),
    })
}

fn partner_document(partner: &PartnerView) -> Value {
    let kind = match partner.item {
        RelationshipItem::TrackedEntity(_) => "person",
        RelationshipItem::Enrollment(_) => "enrollment",
        RelationshipItem::Event(_) => "event",
    };
    json!({
        "kind": kind,
        "uid": partner.item.uid().as_str(),
        "person": partner.person.map(|id| id.to_string()),
        "title": partner.title,
        "attributes": attributes_document(&partner.values),
        "org_unit_name": partner.organisation_unit_name,
        "on_device": partner.on_device,
    })
}

/// Relationships from one side, a line each.
pub(super) fn relationships_text(views: &[RelationshipView]) -> String {
    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
    table(&["Relationship", "Role", "Who", "Place", "State", "Id"], &rows)
}

fn row(view: &RelationshipView) -> Vec<String> {
    let partner = &view.partner;
    let state = match (&view.problem, partner.on_device) {
        (Some(problem), _) => format!("{}: {}", view.state.word(), problem.reason),
        (None, true) => view.state.word().to_owned(),
        (None, false) => format!("{}, {}", view.state.word(), strings::NOT_HERE),
    };
    vec![
        view.relationship.id.to_string(),
        view.role.clone(),
        partner.title.clone(),
        partner.organisation_unit_name.clone(),
        state,
        partner.item.uid().to_string(),
    ]
}

/// `family`
///
/// # Errors
/// `NotFound`; storage errors.
pub fn family(session: &Session, arguments: &Family, output: Output) -> Result<u8> {
    let id: TrackedEntityUid = person_id(&arguments.id)?;
    let view = session.family(id)?;
    output.result(&family_document(&view), || family_text(&view));
    Ok(exit::OK)
}

fn family_document(view: &FamilyView) -> Value {
    let members = view.members.iter().map(|member| {
        let mut document = relationship_document(&member.relation);
        document["programs"] = json!(member.programs);
        document["next_visit"] = json!(member.next_visit);
        document["overdue"] = json!(member.is_overdue);
        document["others"] = member.others.iter().map(relationship_document).collect();
        document
    });
    json!({
        "uid": view.person.as_str(),
        "title": view.title,
        "org_unit": view.organisation_unit.as_str(),
        "members": members.collect::<Value>(),
    })
}

fn family_text(view: &FamilyView) -> String {
    let rows: Vec<Vec<String>> = view.members.iter().map(member_row).collect();
    let heads = ["Role", "Who", "Programs", "Next visit", "Belongs to", "Id"];
    match rows.is_empty() {
        true => format!("{}\n{}", view.title, strings::NO_RELATIONSHIPS),
        false => format!("{}\n{}", view.title, table(&heads, &rows)),
    }
}

fn member_row(member: &FamilyMember) -> Vec<String> {
    let late = if member.is_overdue { format!(" ({})", strings::LATE) } else { String::new() };
    let next = member.next_visit.as_ref().map(|day| format!("{day}{late}"));
    let others = member.others.iter().map(|it| format!("{} {}", it.role, it.partner.title));
    vec![
        member.relation.role.clone(),
        member.relation.partner.title.clone(),
        member.programs.join(", "),
        next.unwrap_or_default(),
        others.collect::<Vec<_>>().join(", "),
        member.relation.partner.item.uid().to_string(),
    ]
}
