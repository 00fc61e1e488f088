//! Whether a person may be enrolled, and what is wrong with an enrolment.

use jiff::civil::{Date, DateTime};

use super::access::{PersonAccess, Scopes};
use super::day_of;
use super::editability::{NotEditable, enrollment_locks};
use crate::data::{Enrollment, EnrollmentStatus, TrackedEntity};
use crate::form::civil_time;
use crate::form::event::Blocks;
use crate::merge::fields;
use crate::metadata::{OrganisationUnit, Program, TrackedEntityType};

/// Everything outside an enrolment that decides about it.
#[derive(Debug, Clone, Copy)]
pub struct EnrollmentContext<'a> {
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// The program.
    pub program: &'a Program,
    /// The type of the person.
    pub tracked_entity_type: &'a TrackedEntityType,
    /// The place of the enrolment; `None` if it is not on the device.
    pub organisation_unit: Option<&'a OrganisationUnit>,
    /// Whether the program is assigned to the place.
    pub is_assigned: bool,
    /// Where the user works.
    pub scopes: Scopes<'a>,
    /// Access to the person in the program.
    pub access: PersonAccess,
    /// Other enrolments of the person; those of other programs do not matter.
    pub others: &'a [Enrollment],
    /// The enrolment as the server holds it; `None` if it was never sent.
    pub stored: Option<&'a Enrollment>,
}

/// Something wrong with an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolProblem {
    /// What it is.
    pub kind: EnrolProblemKind,
    /// What it forbids.
    pub blocks: Blocks,
}

/// Kinds of problems of an enrolment. None holds anything that was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrolProblemKind {
    /// The enrolment may not be written at all.
    Locked(NotEditable),
    /// The program enrols nobody (E1014).
    WithoutRegistration,
    /// The person is deleted (E1114).
    PersonDeleted,
    /// The program enrols another kind of tracked entity (E1022).
    OtherType,
    /// The person is enrolled and followed already (E1015).
    ActiveEnrollmentExists,
    /// The program enrols a person once, and it has done so (E1016).
    OnlyOnce,
    /// The program is not assigned to the place (E1041).
    NotAssigned,
    /// The place opened after the date.
    OrganisationUnitNotOpen {
        /// Its first day.
        opening: Date,
    },
    /// The place closed before the date.
    OrganisationUnitClosed {
        /// Its last day.
        closed: Date,
    },
    /// A date is missing: of enrolment (E1025), of the incident (E1023).
    DateMissing {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A date is no date.
    DateUnreadable {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A date is after today and may not be: of enrolment (E1020), of the incident (E1021).
    DateInFuture {
        /// `enrolledAt` or `occurredAt`.
        field: &'static str,
    },
    /// A followed enrolment has a date of completion (E1052).
    CompletedAtNotAllowed,
}

impl EnrolProblemKind {
    /// The DHIS2 code of it, `None` for what only the device checks or what has codes of its own.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        let is_incident = |field: &str| field == fields::OCCURRED_AT;
        Some(match self {
            Self::WithoutRegistration => "E1014",
            Self::PersonDeleted => "E1114",
            Self::OtherType => "E1022",
            Self::ActiveEnrollmentExists => "E1015",
            Self::OnlyOnce => "E1016",
            Self::NotAssigned => "E1041",
            Self::DateMissing { field } if is_incident(field) => "E1023",
            Self::DateMissing { .. } => "E1025",
            Self::DateInFuture { field } if is_incident(field) => "E1021",
            Self::DateInFuture { .. } => "E1020",
            Self::CompletedAtNotAllowed => "E1052",
            Self::Locked(_)
            | Self::OrganisationUnitNotOpen { .. }
            | Self::OrganisationUnitClosed { .. }
            | Self::DateUnreadable { .. } => return None,
        })
    }

    /// The field to go to, named as in conflicts and rejections; `None` for the whole enrolment.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::DateMissing { field }
            | Self::DateUnreadable { field }
            | Self::DateInFuture { field } => Some(field),
            Self::NotAssigned
            | Self::OrganisationUnitNotOpen { .. }
            | Self::OrganisationUnitClosed { .. } => Some(fields::ORG_UNIT),
            Self::CompletedAtNotAllowed => Some(fields::COMPLETED_AT),
            _ => None,
        }
    }

    /// The problem in plain English, to follow the name of the field if there is one.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Locked(reason) => return reason.words(),
            Self::OrganisationUnitNotOpen { opening } => {
                return format!("This place opened on {opening}, after this date.");
            }
            Self::OrganisationUnitClosed { closed } => {
                return format!("This place closed on {closed}, before this date.");
            }
            Self::WithoutRegistration => "Nobody is enrolled in this program.",
            Self::PersonDeleted => "This record was deleted.",
            Self::OtherType => "This program is for another kind of record.",
            Self::ActiveEnrollmentExists => "There is an open enrolment already.",
            Self::OnlyOnce => "This program enrols only once, and it has done so.",
            Self::NotAssigned => "This program is not used at this place.",
            Self::DateMissing { .. } => "The date is missing.",
            Self::DateUnreadable { .. } => "This is not a date, such as 2026-01-31.",
            Self::DateInFuture { .. } => "The date is after today.",
            Self::CompletedAtNotAllowed => "An open enrolment has no date of completion.",
        }
        .to_owned()
    }
}

/// Checks an enrolment, new or changed, and says what is wrong with it. Its attributes are a matter
/// of the enrolment form. A deleted enrolment is only checked for whether it may be deleted.
#[must_use]
pub fn check_enrollment(
    person: &TrackedEntity,
    enrollment: &Enrollment,
    context: &EnrollmentContext<'_>,
) -> Vec<EnrolProblem> {
    let mut found = Found(vec![]);
    for lock in enrollment_locks(enrollment, context) {
        // Deleting is the change that is asked for.
        if lock != NotEditable::Deleted {
            found.add(EnrolProblemKind::Locked(lock));
        }
    }
    if enrollment.deleted {
        return found.0;
    }
    check_person(person, context, &mut found);
    check_others(enrollment, context, &mut found);
    check_place(enrollment, context, &mut found);
    check_dates(enrollment, context, &mut found);
    found.0
}

struct Found(Vec<EnrolProblem>);

impl Found {
    fn add(&mut self, kind: EnrolProblemKind) {
        self.0.push(EnrolProblem { kind, blocks: Blocks::Sending });
    }
}

fn check_person(person: &TrackedEntity, context: &EnrollmentContext<'_>, found: &mut Found) {
    if person.deleted {
        found.add(EnrolProblemKind::PersonDeleted);
    }
    match &context.program.registration {
        None => found.add(EnrolProblemKind::WithoutRegistration),
        Some(registration) if registration.tracked_entity_type != person.tracked_entity_type => {
            found.add(EnrolProblemKind::OtherType);
        }
        Some(_) => {}
    }
}

fn check_others(enrollment: &Enrollment, context: &EnrollmentContext<'_>, found: &mut Found) {
    let rivals = rivals(enrollment, context);
    if rivals.active {
        found.add(EnrolProblemKind::ActiveEnrollmentExists);
    }
    if rivals.once {
        found.add(EnrolProblemKind::OnlyOnce);
    }
}

/// Which rules other enrolments of the person in the program break.
pub(super) struct Rivals {
    /// Two would be followed at once.
    pub(super) active: bool,
    /// The program enrols once.
    pub(super) once: bool,
}

/// A cancelled enrolment neither hinders nor is hindered; a completed one only where the program
/// enrols once.
pub(super) fn rivals(enrollment: &Enrollment, context: &EnrollmentContext<'_>) -> Rivals {
    let is_rival = |other: &&Enrollment| {
        other.id != enrollment.id
            && other.tracked_entity == enrollment.tracked_entity
            && other.program == enrollment.program
            && !other.deleted
            && other.status != EnrollmentStatus::Cancelled
    };
    let is_active = |one: &Enrollment| one.status == EnrollmentStatus::Active;
    let others: Vec<_> = context.others.iter().filter(is_rival).collect();
    let once = context.program.registration.as_ref().is_some_and(|it| it.only_enroll_once);
    let counts = enrollment.status != EnrollmentStatus::Cancelled;
    Rivals {
        active: is_active(enrollment) && others.iter().any(|other| is_active(other)),
        once: once && counts && !others.is_empty(),
    }
}

fn check_place(enrollment: &Enrollment, context: &EnrollmentContext<'_>, found: &mut Found) {
    if !context.is_assigned {
        found.add(EnrolProblemKind::NotAssigned);
    }
    let (Some(unit), Some(date)) =
        (context.organisation_unit, day_of(enrollment.enrolled_at.as_deref()))
    else {
        return;
    };
    if let Some(opening) = unit.opening_date.filter(|opening| *opening > date) {
        found.add(EnrolProblemKind::OrganisationUnitNotOpen { opening });
    }
    if let Some(closed) = unit.closed_date.filter(|closed| *closed < date) {
        found.add(EnrolProblemKind::OrganisationUnitClosed { closed });
    }
}

fn check_dates(enrollment: &Enrollment, context: &EnrollmentContext<'_>, found: &mut Found) {
    let registration = context.program.registration.as_ref();
    let asks_incident = registration.is_some_and(|it| it.display_incident_date);
    let future = |may: Option<bool>| may.unwrap_or(false);
    let dates = [
        (
            fields::ENROLLED_AT,
            &enrollment.enrolled_at,
            true,
            future(registration.map(|it| it.select_enrollment_dates_in_future)),
        ),
        (
            fields::OCCURRED_AT,
            &enrollment.occurred_at,
            asks_incident,
            future(registration.map(|it| it.select_incident_dates_in_future)),
        ),
    ];
    for (field, text, required, may_be_future) in dates {
        let text = text.as_deref().filter(|text| !text.is_empty());
        match text.map(civil_time) {
            None if required => found.add(EnrolProblemKind::DateMissing { field }),
            Some(None) => found.add(EnrolProblemKind::DateUnreadable { field }),
            Some(Some(time)) if !may_be_future && time.date() > context.now.date() => {
                found.add(EnrolProblemKind::DateInFuture { field });
            }
            _ => {}
        }
    }
    let is_completed = enrollment.completed_at.as_deref().is_some_and(|text| !text.is_empty());
    if is_completed && enrollment.status == EnrollmentStatus::Active {
        found.add(EnrolProblemKind::CompletedAtNotAllowed);
    }
}
