//! Whether a person may be enrolled, there and then. Dates and attributes are a matter of the form
//! (`form::enrollment`).

use jiff::civil::{Date, DateTime};

use super::access::{PersonAccess, Scopes};
use super::day_of;
use super::editability::{NotEditable, enrollment_locks};
use crate::data::{Enrollment, EnrollmentStatus, TrackedEntity};
use crate::form::event::Blocks;
use crate::merge::fields;
use crate::metadata::{OrganisationUnit, Program, TrackedEntityType};

/// Everything outside an enrolment that decides whether it may be made or changed.
#[derive(Debug, Clone, Copy)]
pub struct EnrollmentSetting<'a> {
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
}

impl EnrolProblemKind {
    /// The DHIS2 code of it, `None` for what only the device checks or what has codes of its own.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::WithoutRegistration => "E1014",
            Self::PersonDeleted => "E1114",
            Self::ActiveEnrollmentExists => "E1015",
            Self::OnlyOnce => "E1016",
            Self::NotAssigned => "E1041",
            Self::Locked(_)
            | Self::OrganisationUnitNotOpen { .. }
            | Self::OrganisationUnitClosed { .. } => return None,
        })
    }

    /// The field to go to, named as in conflicts and rejections; `None` for the whole enrolment.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAssigned
            | Self::OrganisationUnitNotOpen { .. }
            | Self::OrganisationUnitClosed { .. } => Some(fields::ORG_UNIT),
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
            Self::ActiveEnrollmentExists => "There is an open enrolment already.",
            Self::OnlyOnce => "This program enrols only once, and it has done so.",
            Self::NotAssigned => "This program is not used at this place.",
        }
        .to_owned()
    }
}

/// Says what forbids an enrolment, new or changed. A deleted enrolment is only checked for whether it
/// may be deleted.
#[must_use]
pub fn check_enrolling(
    person: &TrackedEntity,
    enrollment: &Enrollment,
    context: &EnrollmentSetting<'_>,
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
    found.0
}

struct Found(Vec<EnrolProblem>);

impl Found {
    fn add(&mut self, kind: EnrolProblemKind) {
        self.0.push(EnrolProblem { kind, blocks: Blocks::Sending });
    }
}

fn check_person(person: &TrackedEntity, context: &EnrollmentSetting<'_>, found: &mut Found) {
    if person.deleted {
        found.add(EnrolProblemKind::PersonDeleted);
    }
    if context.program.registration.is_none() {
        found.add(EnrolProblemKind::WithoutRegistration);
    }
}

fn check_others(enrollment: &Enrollment, context: &EnrollmentSetting<'_>, found: &mut Found) {
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
pub(super) fn rivals(enrollment: &Enrollment, context: &EnrollmentSetting<'_>) -> Rivals {
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

fn check_place(enrollment: &Enrollment, context: &EnrollmentSetting<'_>, found: &mut Found) {
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
