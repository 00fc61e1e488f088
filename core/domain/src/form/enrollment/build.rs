//! From the metadata of a type and a program to the form.

use std::collections::{BTreeMap, BTreeSet};

use super::{EnrollmentField, EnrollmentForm, EnrollmentSection, Home};
use crate::form::field_option_set;
use crate::metadata::{
    OptionSet, Program, ProgramSection, ProgramTrackedEntityAttribute, TrackedEntityAttribute,
    TrackedEntityType,
};
use crate::uid::{OptionSetUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, Uid};

/// The metadata of one form, loaded by the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentFormInput {
    /// The type of the tracked entity.
    pub tracked_entity_type: TrackedEntityType,
    /// The program; `None` to register the tracked entity alone.
    pub program: Option<Program>,
    /// The attributes of both.
    pub attributes: BTreeMap<TrackedEntityAttributeUid, TrackedEntityAttribute>,
    /// The option sets of the attributes, without their options.
    pub option_sets: BTreeMap<OptionSetUid, OptionSet>,
}

/// What does not fit together in the metadata of a form; for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrollmentFormProblem {
    /// An attribute that is not on the device (hidden or deleted): it is not asked.
    #[error("attribute {attribute} is not on this device; its question is left out")]
    AttributeMissing {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// A section names an attribute that the program does not have; the server would refuse it
    /// (E1019).
    #[error("section {section} names attribute {attribute}, which is not in the program")]
    NotInProgram {
        /// The section.
        section: Uid,
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// An attribute is repeated; it is asked once.
    #[error("attribute {attribute} is named twice; it is asked where it came first")]
    Repeated {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// The type demands an attribute that the program does not have: the server refuses a new
    /// tracked entity without it (E1090), so it is asked at the end.
    #[error(
        "attribute {attribute}, mandatory for the type, is not in the program; it is asked last"
    )]
    MandatoryNotInProgram {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// The program enrols tracked entities of another type (E1022).
    #[error("the program enrols tracked entities of type {program}, not of type {form}")]
    OtherType {
        /// The program's.
        program: TrackedEntityTypeUid,
        /// The form's.
        form: TrackedEntityTypeUid,
    },
    /// A program without registration enrols nobody (E1014).
    #[error("the program has no registration")]
    WithoutRegistration,
}

/// Builds the form.
///
/// Every attribute of the program (of the type, without a program) that is on the device is asked
/// exactly once: in the first section that names it, or in a last section without a name.
#[must_use]
pub fn build(input: &EnrollmentFormInput) -> (EnrollmentForm, Vec<EnrollmentFormProblem>) {
    let mut builder = Builder { input, placed: BTreeSet::new(), problems: vec![] };
    let sections = builder.sections();
    let mut index = BTreeMap::new();
    for (at_section, section) in sections.iter().enumerate() {
        for (at_field, field) in section.fields.iter().enumerate() {
            index.insert(field.attribute, (at_section, at_field));
        }
    }
    let form = EnrollmentForm {
        tracked_entity_type: input.tracked_entity_type.clone(),
        program: input.program.clone(),
        sections,
        index,
    };
    (form, builder.problems)
}

/// An attribute's place in the form.
#[derive(Debug, Clone, Copy)]
struct Place {
    attribute: TrackedEntityAttributeUid,
    mandatory: bool,
    allow_future_date: bool,
}

struct Builder<'a> {
    input: &'a EnrollmentFormInput,
    placed: BTreeSet<TrackedEntityAttributeUid>,
    problems: Vec<EnrollmentFormProblem>,
}

impl<'a> Builder<'a> {
    fn sections(&mut self) -> Vec<EnrollmentSection> {
        let input: &'a EnrollmentFormInput = self.input;
        let asked = self.asked();
        let mut by_id = BTreeMap::new();
        for place in &asked {
            if by_id.insert(place.attribute, *place).is_some() {
                let attribute = place.attribute;
                self.problems.push(EnrollmentFormProblem::Repeated { attribute });
            }
        }
        let registration = input.program.as_ref().and_then(|it| it.registration.as_deref());
        let named: &[ProgramSection] = registration.map_or(&[], |it| &it.sections);
        let mut sections: Vec<_> =
            named.iter().map(|section| self.named_section(section, &by_id)).collect();
        let rest: Vec<_> =
            asked.into_iter().filter(|place| self.placed.insert(place.attribute)).collect();
        let fields: Vec<_> = rest.into_iter().filter_map(|place| self.field(place)).collect();
        if !fields.is_empty() || sections.is_empty() {
            sections.push(EnrollmentSection { id: None, name: None, fields });
        }
        sections
    }

    /// Every attribute that is asked, in the order of the program or of the type.
    fn asked(&mut self) -> Vec<Place> {
        let input: &'a EnrollmentFormInput = self.input;
        let of_type = input.tracked_entity_type.attributes.iter().map(|it| Place {
            attribute: it.attribute,
            mandatory: it.mandatory,
            allow_future_date: true,
        });
        let Some(program) = &input.program else { return of_type.collect() };
        let Some(registration) = program.registration.as_deref() else {
            self.problems.push(EnrollmentFormProblem::WithoutRegistration);
            return of_type.collect();
        };
        let (wanted, form) = (registration.tracked_entity_type, input.tracked_entity_type.id);
        if wanted != form {
            self.problems.push(EnrollmentFormProblem::OtherType { program: wanted, form });
        }
        let mut asked: Vec<&ProgramTrackedEntityAttribute> =
            registration.attributes.iter().collect();
        asked.sort_by_key(|it| it.sort_order);
        let demanded: BTreeSet<_> =
            of_type.clone().filter(|it| it.mandatory).map(|it| it.attribute).collect();
        let place = |it: &ProgramTrackedEntityAttribute| Place {
            attribute: it.attribute,
            mandatory: it.mandatory || demanded.contains(&it.attribute),
            allow_future_date: it.allow_future_date,
        };
        let mut places: Vec<_> = asked.into_iter().map(place).collect();
        for extra in of_type.filter(|it| it.mandatory) {
            let attribute = extra.attribute;
            if places.iter().all(|place| place.attribute != attribute) {
                self.problems.push(EnrollmentFormProblem::MandatoryNotInProgram { attribute });
                places.push(extra);
            }
        }
        places
    }

    fn named_section(
        &mut self,
        section: &ProgramSection,
        by_id: &BTreeMap<TrackedEntityAttributeUid, Place>,
    ) -> EnrollmentSection {
        let mut fields = vec![];
        for &attribute in &section.attributes {
            let Some(place) = by_id.get(&attribute) else {
                let section = section.id;
                self.problems.push(EnrollmentFormProblem::NotInProgram { section, attribute });
                continue;
            };
            if !self.placed.insert(attribute) {
                self.problems.push(EnrollmentFormProblem::Repeated { attribute });
                continue;
            }
            fields.extend(self.field(*place));
        }
        EnrollmentSection { id: Some(section.id), name: Some(section.name.clone()), fields }
    }

    fn field(&mut self, place: Place) -> Option<EnrollmentField> {
        let Place { attribute, mandatory, allow_future_date } = place;
        let Some(known) = self.input.attributes.get(&attribute) else {
            self.problems.push(EnrollmentFormProblem::AttributeMissing { attribute });
            return None;
        };
        let mut of_type = self.input.tracked_entity_type.attributes.iter();
        let is_of_type = of_type.any(|it| it.attribute == attribute);
        Some(EnrollmentField {
            attribute,
            name: known.form_name.clone().unwrap_or_else(|| known.name.clone()),
            description: known.description.clone(),
            value_type: known.value_type,
            option_set: field_option_set(known.option_set, &self.input.option_sets),
            mandatory,
            allow_future_date,
            home: if is_of_type { Home::TrackedEntity } else { Home::Enrollment },
            unique: known.unique,
            orgunit_scope: known.orgunit_scope,
            generated: known.generated,
            pattern: known.pattern.clone().filter(|pattern| !pattern.is_empty()),
            field_mask: known.field_mask.clone(),
        })
    }
}
