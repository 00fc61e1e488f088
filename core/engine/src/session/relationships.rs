//! Relationships: made after the constraints of their type, deleted, seen from either side; a whole
//! family on one screen.
//!
//! A relationship cannot be changed: the server ignores that (capture t030k), so nothing here does it.

use outpost_domain::data::{Payload, Relationship, RelationshipItem};
use outpost_domain::metadata::{
    MetadataKind, RelationshipConstraint, RelationshipEntity, RelationshipType,
};
use outpost_domain::uid::{
    ProgramStageUid, ProgramUid, RelationshipTypeUid, RelationshipUid, TrackedEntityTypeUid,
    TrackedEntityUid, Uid,
};
use outpost_store::{FamilyMember as StoredMember, OtherSide, RelationshipRow};

use super::Session;
use super::people::{is_active, state_of};
use crate::error::{OutpostError, Result};
use crate::model::{
    AttributeValue, FamilyMember, FamilyView, PartnerView, Refusal, RelationshipChoice,
    RelationshipOutcome, RelationshipView,
};
use crate::refusals;

/// Said of a partner that was not downloaded.
const NOT_HERE: &str = "Not on this device";

/// What is known of an end: its class, type, program and stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct End {
    tracked_entity_type: Option<TrackedEntityTypeUid>,
    program: Option<ProgramUid>,
    stage: Option<ProgramStageUid>,
}

impl Session {
    /// The relationships of a person, enrolment or visit, with who is on the other side.
    ///
    /// # Errors
    /// Storage errors.
    pub fn relationships(&self, of: Uid) -> Result<Vec<RelationshipView>> {
        let rows = self.store().relationships_of(of)?;
        rows.iter().map(|row| self.relationship_view(row)).collect()
    }

    /// The types of relationships that may begin or end at a person, enrolment or visit. A type whose
    /// sides take the same kind is named twice, once from each side.
    ///
    /// # Errors
    /// `NotFound` if it is not on the device; storage errors.
    pub fn relationship_choices(&self, of: RelationshipItem) -> Result<Vec<RelationshipChoice>> {
        let end = self.end(of)?;
        let mut choices = Vec::new();
        for found in self.relationship_types()?.into_iter().filter(|it| it.access.write) {
            for is_from in [true, false] {
                let (own, other) = match is_from {
                    true => (&found.from_constraint, &found.to_constraint),
                    false => (&found.to_constraint, &found.from_constraint),
                };
                if misfit(own, of, &end).is_some() {
                    continue;
                }
                choices.push(RelationshipChoice {
                    relationship_type: found.id,
                    name: found.name.clone(),
                    role: role_of(&found, is_from),
                    is_from,
                    partner_type: other.tracked_entity_type,
                    partner_program: other.program,
                });
            }
        }
        Ok(choices)
    }

    /// Makes a relationship. What the server would refuse is said here; then nothing is written.
    ///
    /// # Errors
    /// `NotFound` if the type or an end is not on the device; storage errors.
    pub fn add_relationship(
        &self,
        relationship_type: RelationshipTypeUid,
        from: RelationshipItem,
        to: RelationshipItem,
    ) -> Result<RelationshipOutcome> {
        let found = self.relationship_type(relationship_type)?;
        let mut problems = Vec::new();
        if !found.access.write {
            problems.push(refusals::plain("E4020", "You may not make relationships of this kind."));
        }
        if from == to {
            problems.push(refusals::plain("E4000", "Nobody is related to themselves."));
        }
        let ends = (self.end(from)?, self.end(to)?);
        problems.extend(misfit(&found.from_constraint, from, &ends.0));
        problems.extend(misfit(&found.to_constraint, to, &ends.1));
        problems.extend(self.doubled(&found, from, to)?);
        let id = RelationshipUid(self.mint_uid()?);
        let saved = problems.is_empty();
        if saved {
            let relationship = Relationship {
                id,
                relationship_type,
                from,
                to,
                created_at_client: Some(self.world()?.now_text()),
                deleted: false,
            };
            self.save_one(Payload::Relationship { relationship })?;
        }
        Ok(RelationshipOutcome { id, saved, problems })
    }

    /// Deletes a relationship, here at once and with the next synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn delete_relationship(&self, id: RelationshipUid) -> Result<RelationshipOutcome> {
        let found = self.store().load_relationship(id)?.filter(|it| !it.deleted);
        let found = found.ok_or_else(|| OutpostError::not_found("relationship", id))?;
        let mut problems = Vec::new();
        match self.relationship_type(found.relationship_type) {
            Ok(of_type) if of_type.access.write => {}
            Ok(_) => {
                let words = "You may not delete relationships of this kind.";
                problems.push(refusals::plain("E4020", words));
            }
            // A type that was withdrawn: the server decides.
            Err(OutpostError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let saved = problems.is_empty();
        if saved {
            let _saved = self.store().delete_relationship(id, self.by(), self.now_ms())?;
        }
        Ok(RelationshipOutcome { id, saved, problems })
    }

    /// A person with everybody who is related and what a visitor wants to know of each, in one call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn family(&self, id: TrackedEntityUid) -> Result<FamilyView> {
        let family = self.store().load_family(id)?;
        let family = family.ok_or_else(|| OutpostError::not_found("person", id))?;
        let today = self.world()?.today_text();
        let mut members = Vec::with_capacity(family.members.len());
        for member in &family.members {
            members.push(self.family_member(id, member, &today)?);
        }
        Ok(FamilyView {
            person: id,
            title: self.title_of(&family.tracked_entity, None)?,
            organisation_unit: family.tracked_entity.organisation_unit,
            members,
        })
    }

    fn family_member(
        &self,
        of: TrackedEntityUid,
        member: &StoredMember,
        today: &str,
    ) -> Result<FamilyMember> {
        let mut programs = Vec::new();
        for enrollment in member.enrollments.iter().filter(|it| is_active(it)) {
            programs.push(self.name_of(MetadataKind::Program, enrollment.program.0)?);
        }
        let next_visit = member.next_due.as_ref().and_then(|event| event.scheduled_at.clone());
        let next_visit = next_visit.map(|day| day.get(..10).unwrap_or(&day).to_owned());
        let others = match &member.relationship.other.tracked_entity {
            None => Vec::new(),
            Some(person) => {
                let rows = self.store().relationships_of(person.id.0)?;
                let further = rows.iter().filter(|row| {
                    row.other.tracked_entity.as_ref().is_none_or(|other| other.id != of)
                });
                further.map(|row| self.relationship_view(row)).collect::<Result<_>>()?
            }
        };
        Ok(FamilyMember {
            relation: self.relationship_view(&member.relationship)?,
            programs,
            is_overdue: next_visit.as_deref().is_some_and(|day| day < today),
            next_visit,
            others,
        })
    }

    fn relationship_view(&self, row: &RelationshipRow) -> Result<RelationshipView> {
        let found = match self.relationship_type(row.relationship.relationship_type) {
            Ok(found) => Some(found),
            Err(OutpostError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let shown = found.as_ref().map(|found| match row.is_from {
            true => &found.to_constraint,
            false => &found.from_constraint,
        });
        let (problem, _) = self.problem_of(row.waiting)?;
        Ok(RelationshipView {
            relationship: row.relationship.clone(),
            type_name: found.as_ref().map(|found| found.name.clone()).unwrap_or_default(),
            role: found.as_ref().map(|found| role_of(found, row.is_from)).unwrap_or_default(),
            partner: self.partner_view(&row.other, shown)?,
            state: state_of(row.waiting),
            row: row.waiting.map(|(id, _)| id.0),
            problem,
        })
    }

    fn partner_view(
        &self,
        other: &OtherSide,
        shown: Option<&RelationshipConstraint>,
    ) -> Result<PartnerView> {
        let Some(person) = &other.tracked_entity else {
            let person = match other.item {
                RelationshipItem::TrackedEntity(id) => Some(id),
                _ => None,
            };
            return Ok(PartnerView {
                item: other.item,
                person,
                title: NOT_HERE.to_owned(),
                values: Vec::new(),
                organisation_unit_name: String::new(),
                on_device: false,
            });
        };
        let enrollment = other.enrollment.as_ref();
        let bundle = match enrollment {
            Some(enrollment) => self.people_of_program(enrollment.program),
            None => self.people_of_type(person.tracked_entity_type),
        };
        let mut values: Vec<AttributeValue> = Vec::new();
        if let Ok(bundle) = &bundle {
            for attribute in shown.into_iter().flat_map(|shown| &shown.view_attributes) {
                let own = person.attributes.get(attribute);
                let value = own.or_else(|| enrollment?.attributes.get(attribute));
                if let Some(value) = value {
                    values.push(self.named_value(bundle, *attribute, value)?);
                }
            }
            if values.is_empty() {
                values = self.list_values(bundle, person, enrollment)?;
            }
        }
        let place = other.event.as_ref().map(|event| event.organisation_unit);
        let place = place.or(enrollment.map(|it| it.organisation_unit));
        let place = place.unwrap_or(person.organisation_unit);
        Ok(PartnerView {
            item: other.item,
            person: Some(person.id),
            title: self.title_of(person, enrollment)?,
            values,
            organisation_unit_name: self.name_of(MetadataKind::OrganisationUnit, place.0)?,
            on_device: true,
        })
    }

    fn end(&self, item: RelationshipItem) -> Result<End> {
        let mut end = End::default();
        let person = match item {
            RelationshipItem::TrackedEntity(id) => id,
            RelationshipItem::Enrollment(id) => {
                let enrollment = self.enrollment(id)?;
                end.program = Some(enrollment.program);
                enrollment.tracked_entity
            }
            RelationshipItem::Event(id) => {
                let event = self.load_visit(id)?;
                (end.program, end.stage) = (Some(event.program), Some(event.program_stage));
                match event.tracked_entity {
                    Some(person) => person,
                    None => return Ok(end),
                }
            }
        };
        end.tracked_entity_type = Some(self.tracked_entity(person)?.tracked_entity_type);
        Ok(end)
    }

    /// Whether the same is said already, also the other way round where both sides see it alike
    /// (captures t030e, t030f).
    fn doubled(
        &self,
        found: &RelationshipType,
        from: RelationshipItem,
        to: RelationshipItem,
    ) -> Result<Option<Refusal>> {
        let rows = self.store().relationships_of(from.uid())?;
        let is_same = |row: &RelationshipRow| {
            let held = &row.relationship;
            let straight = held.from == from && held.to == to;
            let inverted = held.from == to && held.to == from && found.bidirectional;
            held.relationship_type == found.id && (straight || inverted)
        };
        let doubled = rows.iter().any(is_same);
        Ok(doubled.then(|| refusals::plain("E4018", "This relationship is there already.")))
    }
}

/// What the other side is, seen from one side.
fn role_of(found: &RelationshipType, is_from: bool) -> String {
    let role = match is_from {
        true => found.from_to_name.as_ref(),
        // A type without a name for that side is called as a whole.
        false => found.to_from_name.as_ref(),
    };
    role.filter(|role| !role.is_empty()).unwrap_or(&found.name).clone()
}

/// Why an end does not fit its side; `None` if it does.
fn misfit(
    constraint: &RelationshipConstraint,
    item: RelationshipItem,
    end: &End,
) -> Option<Refusal> {
    let entity = match item {
        RelationshipItem::TrackedEntity(_) => RelationshipEntity::TrackedEntity,
        RelationshipItem::Enrollment(_) => RelationshipEntity::Enrollment,
        RelationshipItem::Event(_) => RelationshipEntity::Event,
    };
    if constraint.entity != entity {
        let words = "This kind of record does not take part in such a relationship.";
        return Some(refusals::plain("E4010", words));
    }
    let wanted = constraint.tracked_entity_type;
    if wanted.is_some() && end.tracked_entity_type.is_some() && wanted != end.tracked_entity_type {
        let words = "This kind of person does not take part in such a relationship.";
        return Some(refusals::plain("E4014", words));
    }
    // The server asks for the program of enrolments and events; of people it does not.
    let is_person = entity == RelationshipEntity::TrackedEntity;
    let other_program = constraint.program.is_some() && constraint.program != end.program;
    let other_stage = constraint.program_stage.is_some() && constraint.program_stage != end.stage;
    if !is_person && (other_program || other_stage && entity == RelationshipEntity::Event) {
        let words = "Records of this program do not take part in such a relationship.";
        return Some(refusals::plain("relationship", words));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraint(
        entity: RelationshipEntity,
        of_type: Option<&str>,
        program: Option<&str>,
    ) -> RelationshipConstraint {
        RelationshipConstraint {
            entity,
            tracked_entity_type: of_type.map(|id| TrackedEntityTypeUid::parse(id).expect("a uid")),
            program: program.map(|id| ProgramUid::parse(id).expect("a uid")),
            program_stage: None,
            view_attributes: vec![],
            view_data_elements: vec![],
        }
    }

    #[track_caller]
    fn check(
        constraint: &RelationshipConstraint,
        item: RelationshipItem,
        end: (Option<&str>, Option<&str>),
        code: Option<&str>,
    ) {
        let end = End {
            tracked_entity_type: end.0.map(|id| TrackedEntityTypeUid::parse(id).expect("a uid")),
            program: end.1.map(|id| ProgramUid::parse(id).expect("a uid")),
            stage: None,
        };
        let found = misfit(constraint, item, &end).map(|refusal| refusal.code);
        assert_eq!(found.as_deref(), code);
    }

    const PERSON: &str = "TtPerson000";
    const HOUSE: &str = "TtHousehold";
    const PROGRAM: &str = "PrChildHeal";

    #[test]
    fn a_side_takes_only_its_class_and_type() {
        let person =
            RelationshipItem::TrackedEntity(TrackedEntityUid::parse("TePerson001").expect("a uid"));
        let people = constraint(RelationshipEntity::TrackedEntity, Some(PERSON), None);
        check(&people, person, (Some(PERSON), None), None);
        check(&people, person, (Some(HOUSE), None), Some("E4014"));
        let events = constraint(RelationshipEntity::Event, None, None);
        check(&events, person, (Some(PERSON), None), Some("E4010"));
    }

    #[test]
    fn a_program_is_asked_of_enrolments_and_not_of_people() {
        let person =
            RelationshipItem::TrackedEntity(TrackedEntityUid::parse("TePerson001").expect("a uid"));
        let people = constraint(RelationshipEntity::TrackedEntity, None, Some(PROGRAM));
        check(&people, person, (Some(PERSON), None), None);
        let enrolment = RelationshipItem::Enrollment("EnChild0001".parse().expect("a uid"));
        let enrolled = constraint(RelationshipEntity::Enrollment, None, Some(PROGRAM));
        check(&enrolled, enrolment, (Some(PERSON), Some(PROGRAM)), None);
        check(&enrolled, enrolment, (Some(PERSON), Some("PrHousehold")), Some("relationship"));
    }
}
