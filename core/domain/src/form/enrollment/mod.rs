//! The form of a person: registering and editing a tracked entity, alone or in a program.
//!
//! Built from a type, a program and their metadata, then asked many times. One form edits two
//! records: [`Home`] says which of them an attribute belongs to. What does not fit together in the
//! metadata becomes an [`EnrollmentFormProblem`] beside the form. Never decides who may edit: that
//! is a matter of access, not of the form.

mod build;
mod check;
mod registration;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use build::{EnrollmentFormInput, EnrollmentFormProblem, build};
pub use check::{
    EnrollmentContext, EnrollmentProblem, EnrollmentProblemKind, check_attribute, check_enrollment,
};
pub use registration::Registration;

use super::FieldOptionSet;
use crate::metadata::{Program, ProgramRegistration, TrackedEntityType};
use crate::uid::{TrackedEntityAttributeUid, Uid};
use crate::value_type::ValueType;

/// The form of a person, in a program or of the type alone.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentForm {
    /// The type of the tracked entity.
    pub tracked_entity_type: TrackedEntityType,
    /// The program; `None` where only the tracked entity is registered.
    pub program: Option<Program>,
    /// Sections in order; never empty.
    pub sections: Vec<EnrollmentSection>,
    /// Place of each question: section, field.
    index: BTreeMap<TrackedEntityAttributeUid, (usize, usize)>,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentSection {
    /// Its id; `None` for the questions that are in no section.
    pub id: Option<Uid>,
    /// Display name; `None` for the questions that are in no section.
    pub name: Option<String>,
    /// Questions in order.
    pub fields: Vec<EnrollmentField>,
}

/// The record that holds the value of an attribute; DHIS2 refuses it in the other (E1019).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// The tracked entity: an attribute of its type, the same in all its programs.
    TrackedEntity,
    /// The enrolment: an attribute that only the program has.
    Enrollment,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentField {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What an answer must look like.
    pub value_type: ValueType,
    /// The list that an answer is chosen from.
    pub option_set: Option<FieldOptionSet>,
    /// Whether it must be answered.
    pub mandatory: bool,
    /// Whether a date after today is allowed.
    pub allow_future_date: bool,
    /// Which record holds the value.
    pub home: Home,
    /// No two tracked entities may have the same value.
    pub unique: bool,
    /// Uniqueness holds within an organisation unit only.
    pub orgunit_scope: bool,
    /// The server makes the values: nobody types one.
    pub generated: bool,
    /// DHIS2 TextPattern of generated values.
    pub pattern: Option<String>,
    /// Pattern of what is typed, for the keyboard and its hints.
    pub field_mask: Option<String>,
}

impl EnrollmentForm {
    /// Every question, in form order.
    pub fn fields(&self) -> impl Iterator<Item = &EnrollmentField> {
        self.sections.iter().flat_map(|section| &section.fields)
    }

    /// The question of an attribute.
    #[must_use]
    pub fn field(&self, attribute: TrackedEntityAttributeUid) -> Option<&EnrollmentField> {
        let &(section, field) = self.index.get(&attribute)?;
        self.sections.get(section)?.fields.get(field)
    }

    /// Where the question of an attribute stands: section, then question, both from 0.
    #[must_use]
    pub fn place(&self, attribute: TrackedEntityAttributeUid) -> Option<(usize, usize)> {
        self.index.get(&attribute).copied()
    }

    /// Whether the program has the attribute; the type may have it too.
    #[must_use]
    pub fn is_of_program(&self, attribute: TrackedEntityAttributeUid) -> bool {
        let attributes = self.registration().map(|registration| &registration.attributes);
        attributes.is_some_and(|all| all.iter().any(|it| it.attribute == attribute))
    }

    /// What the program adds; `None` where only the tracked entity is registered.
    #[must_use]
    pub fn registration(&self) -> Option<&ProgramRegistration> {
        self.program.as_ref()?.registration.as_deref()
    }

    /// Whether the date of the incident is asked for.
    #[must_use]
    pub fn asks_incident_date(&self) -> bool {
        self.registration().is_some_and(|registration| registration.display_incident_date)
    }

    /// Label of the enrolment date, if the administrator gave one.
    #[must_use]
    pub fn enrollment_date_label(&self) -> Option<&str> {
        self.registration()?.enrollment_date_label.as_deref()
    }

    /// Label of the incident date, if the administrator gave one.
    #[must_use]
    pub fn incident_date_label(&self) -> Option<&str> {
        self.registration()?.incident_date_label.as_deref()
    }

    /// DHIS2 `FeatureType` name of the enrolment's geometry, `None` if none is asked for.
    #[must_use]
    pub fn feature_type(&self) -> Option<&str> {
        asked_feature(&self.registration()?.feature_type)
    }

    /// DHIS2 `FeatureType` name of the tracked entity's geometry, `None` if none is asked for.
    #[must_use]
    pub fn tracked_entity_feature_type(&self) -> Option<&str> {
        asked_feature(&self.tracked_entity_type.feature_type)
    }
}

fn asked_feature(name: &str) -> Option<&str> {
    Some(name).filter(|name| !matches!(*name, "" | "NONE"))
}
