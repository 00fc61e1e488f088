//! What is wrong with a registration, and what that forbids. Nothing forbids to keep a draft.

use jiff::civil::{Date, DateTime};

use super::{EnrollmentField, EnrollmentForm, Home, Registration};
use crate::data::{Enrollment, EnrollmentStatus};
use crate::form::event::Blocks;
use crate::form::geometry::{Geometry, GeometryError};
use crate::form::{check_value, checked, civil_time};
use crate::limits::ATTRIBUTE_UTF16_MAX;
use crate::merge::fields;
use crate::uid::{OptionSetUid, TrackedEntityAttributeUid};
use crate::value_type::{ServerMinor, ValueProblem, ValueType};

/// First server version that refuses a day of completion without completion.
const COMPLETED_AT_REFUSED_SINCE: ServerMinor = ServerMinor(42);

/// Everything outside the records that decides about them.
#[derive(Debug, Clone, Copy)]
pub struct EnrollmentContext {
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// Which server will judge the records.
    pub server: ServerMinor,
}

/// Something wrong with a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentProblem {
    /// What it is.
    pub kind: EnrollmentProblemKind,
    /// What it forbids.
    pub blocks: Blocks,
    /// The record that the server would refuse for it.
    pub home: Home,
}

/// Kinds of problems of a registration. None holds anything that was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrollmentProblemKind {
    /// The tracked entity is of another type than the form's (E1022).
    OtherType,
    /// A date is missing: that of enrolment (E1025), that of the incident where it is asked
    /// (E1023).
    DateMissing {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A date is no date.
    DateUnreadable {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A date is after today and the program forbids it (E1020, E1021).
    DateInFuture {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A day of completion without completion (E1052).
    CompletedAtNotAllowed,
    /// A mandatory attribute has no value (E1018; E1090 where only the type demands it).
    Mandatory {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
        /// Whether the program has it.
        by_program: bool,
    },
    /// A value does not fit its attribute (E1085, E1007, E1125).
    Value {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
        /// Its type.
        value_type: ValueType,
        /// What is wrong.
        problem: ValueProblem,
    },
    /// A value is longer than the server takes (E1077).
    TooLong {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// A date after today where none is allowed; the server does not mind.
    FutureDate {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// The enrolment has a value for an attribute that the program does not have (E1019).
    NotInForm {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
    /// A geometry where none is asked for (E1074).
    GeometryNotAsked,
    /// A geometry of another kind than asked for (E1012).
    GeometryOfOtherType {
        /// DHIS2 `FeatureType` name asked for.
        asked: String,
    },
    /// The geometry is not well formed.
    Geometry(GeometryError),
}

impl EnrollmentProblemKind {
    /// The field to go to, named as in conflicts and rejections; `None` for the whole record.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::DateMissing { field }
            | Self::DateUnreadable { field }
            | Self::DateInFuture { field } => Some(field),
            Self::CompletedAtNotAllowed => Some(fields::COMPLETED_AT),
            Self::Mandatory { attribute, .. }
            | Self::Value { attribute, .. }
            | Self::TooLong { attribute }
            | Self::FutureDate { attribute }
            | Self::NotInForm { attribute } => Some(attribute.as_str()),
            Self::GeometryNotAsked | Self::GeometryOfOtherType { .. } | Self::Geometry(_) => {
                Some(fields::GEOMETRY)
            }
            Self::OtherType => None,
        }
    }

    /// The code that the server would give; `None` where it does not mind or cannot read the
    /// request.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::OtherType => "E1022",
            Self::DateMissing { field } if *field == fields::ENROLLED_AT => "E1025",
            Self::DateMissing { .. } => "E1023",
            Self::DateInFuture { field } if *field == fields::ENROLLED_AT => "E1020",
            Self::DateInFuture { .. } => "E1021",
            Self::CompletedAtNotAllowed => "E1052",
            Self::Mandatory { by_program: true, .. } => "E1018",
            Self::Mandatory { by_program: false, .. } => "E1090",
            Self::Value { problem: ValueProblem::NotOption, .. } => "E1125",
            Self::Value { value_type, .. } => value_code(*value_type),
            Self::TooLong { .. } => "E1077",
            Self::NotInForm { .. } => "E1019",
            Self::GeometryNotAsked => "E1074",
            Self::GeometryOfOtherType { .. } => "E1012",
            Self::DateUnreadable { .. } | Self::FutureDate { .. } | Self::Geometry(_) => {
                return None;
            }
        })
    }

    /// The problem in plain English, to follow the name of the field if there is one.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::OtherType => "This form is for others.".to_owned(),
            Self::DateMissing { .. } => "The date is missing.".to_owned(),
            Self::DateUnreadable { .. } => "This is not a date, such as 2026-01-31.".to_owned(),
            Self::DateInFuture { .. } | Self::FutureDate { .. } => {
                "The date is after today.".to_owned()
            }
            Self::CompletedAtNotAllowed => "What is not finished has no day of that.".to_owned(),
            Self::Mandatory { .. } => "This must be answered.".to_owned(),
            Self::Value { problem, .. } => format!("It {problem}."),
            Self::TooLong { .. } => {
                format!("It must not be longer than {ATTRIBUTE_UTF16_MAX} characters.")
            }
            Self::NotInForm { .. } => "This question is no longer in the form.".to_owned(),
            Self::GeometryNotAsked => "This form does not ask for a place on the map.".to_owned(),
            Self::GeometryOfOtherType { asked } if asked == "POINT" => {
                "The form asks for one point on the map.".to_owned()
            }
            Self::GeometryOfOtherType { .. } => "The form asks for an area on the map.".to_owned(),
            Self::Geometry(error) => format!("{error}."),
        }
    }
}

/// Values that name something else are looked up by the server (E1007), others are read (E1085,
/// capture t044c).
fn value_code(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::OrganisationUnit
        | ValueType::FileResource
        | ValueType::Image
        | ValueType::Username => "E1007",
        _ => "E1085",
    }
}

/// Checks a registration and says what is wrong with it, in form order.
///
/// `is_option` says whether a code is in an option set, capitals counting. Deleted records are not
/// checked.
#[must_use]
pub fn check_enrollment(
    form: &EnrollmentForm,
    registration: &Registration,
    context: &EnrollmentContext,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Vec<EnrollmentProblem> {
    let mut found = Found(vec![]);
    let tracked_entity = &registration.tracked_entity;
    if tracked_entity.deleted || registration.enrollment.as_ref().is_some_and(|it| it.deleted) {
        return found.0;
    }
    if tracked_entity.tracked_entity_type != form.tracked_entity_type.id {
        found.add(EnrollmentProblemKind::OtherType, Blocks::Sending, Home::TrackedEntity);
    }
    if let Some(enrollment) = &registration.enrollment {
        check_dates(form, enrollment, context, &mut found);
        let asked = form.feature_type();
        check_geometry(enrollment.geometry.as_deref(), asked, Home::Enrollment, &mut found);
    }
    let asked = form.tracked_entity_feature_type();
    check_geometry(tracked_entity.geometry.as_deref(), asked, Home::TrackedEntity, &mut found);
    check_values(form, registration, context.now.date(), is_option, &mut found);
    found.0
}

struct Found(Vec<EnrollmentProblem>);

impl Found {
    fn add(&mut self, kind: EnrollmentProblemKind, blocks: Blocks, home: Home) {
        self.0.push(EnrollmentProblem { kind, blocks, home });
    }
}

fn check_dates(
    form: &EnrollmentForm,
    enrollment: &Enrollment,
    context: &EnrollmentContext,
    found: &mut Found,
) {
    let Some(registration) = form.registration() else { return };
    let asks = registration.display_incident_date;
    let (enrolled, occurred) = (
        registration.select_enrollment_dates_in_future,
        registration.select_incident_dates_in_future,
    );
    let dates = [
        (fields::ENROLLED_AT, &enrollment.enrolled_at, true, enrolled),
        (fields::OCCURRED_AT, &enrollment.occurred_at, asks, occurred),
    ];
    for (field, text, required, future) in dates {
        let text = text.as_deref().filter(|text| !text.is_empty());
        let kind = match text.map(civil_time) {
            None if required => EnrollmentProblemKind::DateMissing { field },
            Some(None) => EnrollmentProblemKind::DateUnreadable { field },
            Some(Some(time)) if !future && time.date() > context.now.date() => {
                EnrollmentProblemKind::DateInFuture { field }
            }
            _ => continue,
        };
        found.add(kind, Blocks::Sending, Home::Enrollment);
    }
    let is_active = enrollment.status == EnrollmentStatus::Active;
    let has_day = enrollment.completed_at.as_deref().is_some_and(|text| !text.is_empty());
    if is_active && has_day && context.server >= COMPLETED_AT_REFUSED_SINCE {
        let kind = EnrollmentProblemKind::CompletedAtNotAllowed;
        found.add(kind, Blocks::Sending, Home::Enrollment);
    }
}

fn check_geometry(text: Option<&str>, asked: Option<&str>, home: Home, found: &mut Found) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    let Some(asked) = asked else {
        found.add(EnrollmentProblemKind::GeometryNotAsked, Blocks::Sending, home);
        return;
    };
    let kind = match Geometry::parse(text) {
        Ok(geometry) if geometry.feature_type() == asked => return,
        Ok(_) => EnrollmentProblemKind::GeometryOfOtherType { asked: asked.to_owned() },
        Err(error) => EnrollmentProblemKind::Geometry(error),
    };
    found.add(kind, Blocks::Sending, home);
}

fn check_values(
    form: &EnrollmentForm,
    registration: &Registration,
    today: Date,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
    found: &mut Found,
) {
    for field in form.fields() {
        let attribute = field.attribute;
        let text = registration.value(attribute).filter(|text| !text.trim().is_empty());
        match text {
            Some(text) => check_given(field, text, today, &is_option, found),
            None if field.mandatory => {
                let by_program = form.is_of_program(attribute);
                let home = if by_program { Home::Enrollment } else { Home::TrackedEntity };
                let kind = EnrollmentProblemKind::Mandatory { attribute, by_program };
                found.add(kind, Blocks::Sending, home);
            }
            None => {}
        }
    }
    let of_enrollment = registration.enrollment.iter().flat_map(|it| it.attributes.keys());
    for &attribute in of_enrollment {
        if form.field(attribute).is_none() {
            let kind = EnrollmentProblemKind::NotInForm { attribute };
            found.add(kind, Blocks::Sending, Home::Enrollment);
        }
    }
}

fn check_given(
    field: &EnrollmentField,
    text: &str,
    today: Date,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
    found: &mut Found,
) {
    let (attribute, home) = (field.attribute, field.home);
    if text.encode_utf16().count() > ATTRIBUTE_UTF16_MAX {
        found.add(EnrollmentProblemKind::TooLong { attribute }, Blocks::Sending, home);
    }
    match check_value(field.value_type, field.option_set.as_ref(), text, is_option) {
        Err(problem) => {
            let value_type = field.value_type;
            let kind = EnrollmentProblemKind::Value { attribute, value_type, problem };
            found.add(kind, Blocks::Sending, home);
        }
        Ok(()) if is_future(field, text, today) => {
            found.add(EnrollmentProblemKind::FutureDate { attribute }, Blocks::Completing, home);
        }
        Ok(()) => {}
    }
}

fn is_future(field: &EnrollmentField, text: &str, today: Date) -> bool {
    let day = text.get(..10).and_then(civil_time).map(DateTime::date);
    field.value_type.is_date() && !field.allow_future_date && day.is_some_and(|day| day > today)
}

/// Checks the text entered for one attribute and says what is to be stored; `None` empties it.
///
/// A date after today and a text that is too long are stored; [`check_enrollment`] reports them.
///
/// # Errors
/// What the text must be.
pub fn check_attribute(
    field: &EnrollmentField,
    text: &str,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Result<Option<String>, ValueProblem> {
    checked(field.value_type, field.option_set.as_ref(), text, is_option)
}
