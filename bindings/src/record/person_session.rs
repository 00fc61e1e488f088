//! The form of a person while it is filled in, as a screen shows it.

use std::sync::Arc;

use outpost_engine::domain::form::enrollment as domain;
use outpost_engine::domain::form::enrollment::Registration;

use super::event::EventNote;
use super::form::OptionSetRef;
use super::form_state::FormDiff;
use super::people::EnrollmentState;
use super::person_work::PersonSaved;
use super::{list, text};
use crate::person_form::PersonFormHandle;

/// A question of the form of a person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFormField {
    /// The attribute.
    pub attribute: String,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// DHIS2 `ValueType` name.
    pub value_type: String,
    /// The list that an answer is chosen from.
    pub option_set: Option<OptionSetRef>,
    /// Whether it must be answered.
    pub mandatory: bool,
    /// Whether a date after today is allowed.
    pub allow_future_date: bool,
    /// Whether no two people may have the same value.
    pub unique: bool,
    /// Whether the server makes the values: nobody types one.
    pub generated: bool,
    /// Whether only the program asks it; else it is the same in all programs of the person.
    pub of_enrollment: bool,
    /// Pattern of what is typed, for the keyboard and its hints.
    pub field_mask: Option<String>,
}

impl From<&domain::EnrollmentField> for PersonFormField {
    fn from(it: &domain::EnrollmentField) -> Self {
        Self {
            attribute: text(it.attribute),
            name: it.name.clone(),
            description: it.description.clone(),
            value_type: it.value_type.name().to_owned(),
            option_set: it.option_set.as_ref().map(OptionSetRef::from),
            mandatory: it.mandatory,
            allow_future_date: it.allow_future_date,
            unique: it.unique,
            generated: it.generated,
            of_enrollment: it.home == domain::Home::Enrollment,
            field_mask: it.field_mask.clone(),
        }
    }
}

/// A section of the form of a person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFormSection {
    /// Its id; `None` for the questions that are in no section.
    pub id: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Questions in order.
    pub fields: Vec<PersonFormField>,
}

impl From<&domain::EnrollmentSection> for PersonFormSection {
    fn from(it: &domain::EnrollmentSection) -> Self {
        Self { id: it.id.map(text), name: it.name.clone(), fields: list(&it.fields) }
    }
}

/// The form of a person, in a program or of the type alone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonForm {
    /// The type.
    pub tracked_entity_type: String,
    /// Name of the type.
    pub type_name: String,
    /// The program; `None` where only the person is registered.
    pub program: Option<String>,
    /// Name of the program.
    pub program_name: Option<String>,
    /// What the date of enrolment is called; `None` for the usual words.
    pub enrolled_at_label: Option<String>,
    /// Whether the date of the incident is asked for.
    pub asks_incident_date: bool,
    /// What that date is called; `None` for the usual words.
    pub incident_date_label: Option<String>,
    /// DHIS2 `FeatureType` name of the enrolment's geometry; `None` if none is asked for.
    pub feature_type: Option<String>,
    /// The same of the person's geometry.
    pub person_feature_type: Option<String>,
    /// Sections in order; never empty.
    pub sections: Vec<PersonFormSection>,
}

impl From<&domain::EnrollmentForm> for PersonForm {
    fn from(it: &domain::EnrollmentForm) -> Self {
        let owned = |words: Option<&str>| words.map(str::to_owned);
        Self {
            tracked_entity_type: text(it.tracked_entity_type.id),
            type_name: it.tracked_entity_type.name.clone(),
            program: it.program.as_ref().map(|program| text(program.id)),
            program_name: it.program.as_ref().map(|program| program.name.clone()),
            enrolled_at_label: owned(it.enrollment_date_label()),
            asks_incident_date: it.asks_incident_date(),
            incident_date_label: owned(it.incident_date_label()),
            feature_type: owned(it.feature_type()),
            person_feature_type: owned(it.tracked_entity_feature_type()),
            sections: list(&it.sections),
        }
    }
}

/// What the records hold beside their answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFacts {
    /// The place where the person is registered.
    pub person_organisation_unit: String,
    /// GeoJSON geometry of the person as text.
    pub person_geometry: Option<String>,
    /// The enrolment; `None` where there is none.
    pub enrollment: Option<EnrollmentFacts>,
}

/// What an enrolment holds beside its answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EnrollmentFacts {
    /// The place.
    pub organisation_unit: String,
    /// Status.
    pub status: EnrollmentState,
    /// Date of enrolment.
    pub enrolled_at: Option<String>,
    /// Date of the incident.
    pub occurred_at: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// GeoJSON geometry as text.
    pub geometry: Option<String>,
    /// Remarks.
    pub notes: Vec<EventNote>,
}

impl From<&Registration> for PersonFacts {
    fn from(it: &Registration) -> Self {
        let enrollment = it.enrollment.as_ref().map(|enrollment| EnrollmentFacts {
            organisation_unit: text(enrollment.organisation_unit),
            status: enrollment.status.into(),
            enrolled_at: enrollment.enrolled_at.clone(),
            occurred_at: enrollment.occurred_at.clone(),
            follow_up: enrollment.follow_up,
            geometry: enrollment.geometry.clone(),
            notes: list(enrollment.notes.iter().cloned()),
        });
        Self {
            person_organisation_unit: text(it.tracked_entity.organisation_unit),
            person_geometry: it.tracked_entity.geometry.clone(),
            enrollment,
        }
    }
}

/// What a call changed in an open form; when it opens, everything.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFormDiff {
    /// What is shown differently.
    pub shown: FormDiff,
    /// What the records hold beside their answers, if that may have changed.
    pub facts: Option<PersonFacts>,
}

/// A form that was opened: everything that its screen needs, in one call.
#[derive(uniffi::Record)]
pub struct PersonFormOpened {
    /// The open form.
    pub handle: Arc<PersonFormHandle>,
    /// The questions.
    pub form: PersonForm,
    /// What is wrong with the form's metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// The person, minted on the device when it is new.
    pub person: String,
    /// The enrolment; `None` where there is no program.
    pub enrollment: Option<String>,
    /// Whether it registers a new person.
    pub is_new_person: bool,
    /// Whether saving enrols.
    pub is_new_enrollment: bool,
    /// Everything that there is to show.
    pub diff: PersonFormDiff,
}

/// A change of what the records hold beside their answers. Those of the enrolment do nothing where
/// there is none.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PersonChange {
    /// Another day of enrolment, `yyyy-MM-dd`.
    EnrolledAt {
        /// The day; `None` for none.
        date: Option<String>,
    },
    /// Another day of the incident, `yyyy-MM-dd`.
    OccurredAt {
        /// The day; `None` for none.
        date: Option<String>,
    },
    /// Another place of the enrolment.
    Place {
        /// The place.
        id: String,
    },
    /// Another geometry of the enrolment.
    Geometry {
        /// GeoJSON as text; `None` for none.
        geo_json: Option<String>,
    },
    /// The enrolment marked for follow-up or not.
    FollowUp {
        /// Whether it is marked.
        marked: bool,
    },
    /// One more remark on the enrolment.
    Note {
        /// The text.
        words: String,
    },
    /// Another place of the person itself.
    PersonPlace {
        /// The place.
        id: String,
    },
    /// Another geometry of the person itself.
    PersonGeometry {
        /// GeoJSON as text; `None` for none.
        geo_json: Option<String>,
    },
}

/// What became of saving a form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFormSaved {
    /// What became of it.
    pub outcome: PersonSaved,
    /// What that changed in the form: drawn values.
    pub diff: PersonFormDiff,
}
