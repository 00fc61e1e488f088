//! Who may change what, and every reason why not.

use super::access::{PersonAccess, Scopes};
use super::enrol::EnrollmentSetting;
use crate::data::{Enrollment, EnrollmentStatus, Event, EventStatus, TrackedEntity};
use crate::form::Entry;
use crate::form::event::{EventContext, EventForm, EventLock, event_entry, is_bare_plan};
use crate::metadata::{ProgramStage, TrackedEntityType};

/// Why a record of a program with registration may not be changed, or a visit not be added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotEditable {
    /// It is deleted (E1082, E1113, E1114).
    Deleted,
    /// What holds for every event: completion, expiry, write access, place, category (`form::event`).
    Event(EventLock),
    /// The enrolment of the event is not on the device (E1033).
    EnrollmentMissing,
    /// The enrolment of the event is deleted; the server would take the event all the same (capture
    /// t065d) and nobody would find it.
    EnrollmentDeleted,
    /// The enrolment is completed or cancelled. It may be reopened.
    EnrollmentEnded(EnrollmentStatus),
    /// The stage has its one event (E1039).
    NotRepeatable,
    /// The user may not write the stage (E1095).
    NoStageWriteAccess,
    /// The user may not write enrolments of the program (E1091).
    NoProgramWriteAccess,
    /// The user may not read people of the type (E1104).
    NoTypeReadAccess,
    /// The user may not write people of the type (E1001).
    NoTypeWriteAccess,
    /// Only after breaking the glass (E1102).
    GlassUnbroken,
    /// Only the owner may (E1102).
    OwnedElsewhere,
    /// The owner lies outside the search scope (E1102).
    OwnedOutsideScope,
    /// The place is not on the device (E1011, E1049, E1070).
    UnknownOrganisationUnit,
    /// The place lies outside the capture scope, which decides over new and deleted records (E1000).
    OutsideCaptureScope,
    /// The place lies outside the search scope (E1000 for a planned visit, E1003 for a person).
    OutsideSearchScope,
    /// The server has visits of the enrolment that is to be deleted (E1103).
    VisitsOnServer,
    /// The server has enrolments of the person who is to be deleted (E1100).
    EnrollmentsOnServer,
}

impl NotEditable {
    /// The reason in plain English, for the person who opens the record.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Event(lock) => return lock.words(),
            Self::Deleted => "This was deleted.",
            Self::EnrollmentMissing => "The enrolment is not on your phone.",
            Self::EnrollmentDeleted => "The enrolment was deleted.",
            Self::EnrollmentEnded(EnrollmentStatus::Cancelled) => {
                "The enrolment was cancelled. Reopen it first."
            }
            Self::EnrollmentEnded(_) => "The enrolment is completed. Reopen it first.",
            Self::NotRepeatable => "There is one already, and there can be only one.",
            Self::NoStageWriteAccess => "You may look at this form but not fill it in.",
            Self::NoProgramWriteAccess => "You may look at enrolments but not change them.",
            Self::NoTypeReadAccess => "You may not see records of this kind.",
            Self::NoTypeWriteAccess => "You may look at these records but not change them.",
            Self::GlassUnbroken => {
                "Another place follows this person. Give a reason to open the records."
            }
            Self::OwnedElsewhere => "Another place follows this person, and only it may.",
            Self::OwnedOutsideScope => "A place outside your area follows this person.",
            Self::UnknownOrganisationUnit => "This place is not on your phone.",
            Self::OutsideCaptureScope => "You do not enter data for this place.",
            Self::OutsideSearchScope => "This place is outside your area.",
            Self::VisitsOnServer => {
                "The server has visits of this enrolment; deleting it with them takes a right that \
                 you do not have. Cancel the enrolment instead."
            }
            Self::EnrollmentsOnServer => {
                "The server has enrolments of this person; deleting the person with them takes a \
                 right that you do not have. Ask your administrator."
            }
        }
        .to_owned()
    }

    /// Why access to a person forbids it, `None` if it does not.
    pub(super) const fn of_access(access: PersonAccess) -> Option<Self> {
        match access {
            PersonAccess::Granted => None,
            PersonAccess::BreakTheGlass => Some(Self::GlassUnbroken),
            PersonAccess::Closed => Some(Self::OwnedElsewhere),
            PersonAccess::OutsideScope => Some(Self::OwnedOutsideScope),
        }
    }
}

/// What an event of an enrolment hangs on.
#[derive(Debug, Clone, Copy)]
pub struct EventParent<'a> {
    /// The enrolment; `None` if it is not on the device.
    pub enrollment: Option<&'a Enrollment>,
    /// The type of the person.
    pub tracked_entity_type: &'a TrackedEntityType,
    /// Access to the person in the program.
    pub access: PersonAccess,
    /// Where the user works.
    pub scopes: Scopes<'a>,
}

/// Decides whether an event of an enrolment may be filled in or changed: [`Entry::Open`], or every
/// reason why not.
///
/// `event` is the event as it stands on the device, before the change.
#[must_use]
pub fn event_editability(
    form: &EventForm,
    event: &Event,
    context: &EventContext<'_>,
    parent: &EventParent<'_>,
) -> Entry<NotEditable> {
    let mut reasons = vec![];
    if event.deleted {
        reasons.push(NotEditable::Deleted);
    }
    if let Entry::Locked(locks) = event_entry(form, event, context) {
        reasons.extend(locks.into_iter().map(NotEditable::Event));
    }
    reasons.extend(enrollment_reason(parent.enrollment));
    reasons.extend(parent_reasons(parent));
    let path = context.organisation_unit.map(|unit| unit.path.as_str());
    let is_new_plan = context.stored.is_none() && is_bare_plan(event);
    if is_new_plan && path.is_some_and(|path| !parent.scopes.reaches(path)) {
        reasons.push(NotEditable::OutsideSearchScope);
    }
    Entry::from_reasons(reasons)
}

fn enrollment_reason(enrollment: Option<&Enrollment>) -> Option<NotEditable> {
    match enrollment {
        None => Some(NotEditable::EnrollmentMissing),
        Some(enrollment) if enrollment.deleted => Some(NotEditable::EnrollmentDeleted),
        Some(Enrollment { status: EnrollmentStatus::Active, .. }) => None,
        Some(enrollment) => Some(NotEditable::EnrollmentEnded(enrollment.status)),
    }
}

fn parent_reasons(parent: &EventParent<'_>) -> impl Iterator<Item = NotEditable> {
    let may_read = parent.tracked_entity_type.access.read;
    let hidden = (!may_read).then_some(NotEditable::NoTypeReadAccess);
    hidden.into_iter().chain(NotEditable::of_access(parent.access))
}

/// Decides whether an event of the stage may be added to an enrolment. `events` are the events of
/// the enrolment; a skipped or deleted one takes nobody's place.
#[must_use]
pub fn may_add_event(
    stage: &ProgramStage,
    parent: &EventParent<'_>,
    events: &[Event],
) -> Entry<NotEditable> {
    let mut reasons = vec![];
    reasons.extend(enrollment_reason(parent.enrollment));
    let takes_place = |event: &&Event| {
        event.program_stage == stage.id && !event.deleted && event.status != EventStatus::Skipped
    };
    if !stage.schedule.repeatable && events.iter().any(|event| takes_place(&event)) {
        reasons.push(NotEditable::NotRepeatable);
    }
    if !stage.access.write {
        reasons.push(NotEditable::NoStageWriteAccess);
    }
    reasons.extend(parent_reasons(parent));
    Entry::from_reasons(reasons)
}

/// Decides whether an enrolment may be changed: [`Entry::Open`], or every reason why not.
#[must_use]
pub fn enrollment_editability(
    enrollment: &Enrollment,
    context: &EnrollmentSetting<'_>,
) -> Entry<NotEditable> {
    let mut reasons = enrollment_locks(enrollment, context);
    if enrollment.status != EnrollmentStatus::Active {
        reasons.insert(0, NotEditable::EnrollmentEnded(enrollment.status));
    }
    Entry::from_reasons(reasons)
}

/// Every reason but the end of the enrolment.
pub(super) fn enrollment_locks(
    enrollment: &Enrollment,
    context: &EnrollmentSetting<'_>,
) -> Vec<NotEditable> {
    let mut reasons = vec![];
    if enrollment.deleted {
        reasons.push(NotEditable::Deleted);
    }
    if !context.program.access.write {
        reasons.push(NotEditable::NoProgramWriteAccess);
    }
    if !context.tracked_entity_type.access.read {
        reasons.push(NotEditable::NoTypeReadAccess);
    }
    reasons.extend(NotEditable::of_access(context.access));
    // The server asks for the place of new and deleted enrolments only.
    if context.stored.is_none() || enrollment.deleted {
        match context.organisation_unit {
            None => reasons.push(NotEditable::UnknownOrganisationUnit),
            Some(unit) if !context.scopes.captures(&unit.path) => {
                reasons.push(NotEditable::OutsideCaptureScope);
            }
            Some(_) => {}
        }
    }
    reasons
}

/// Everything outside a tracked entity that decides about it.
#[derive(Debug, Clone, Copy)]
pub struct PersonContext<'a> {
    /// Its type.
    pub tracked_entity_type: &'a TrackedEntityType,
    /// Path of the unit where it is registered; `None` if that is not on the device.
    pub unit_path: Option<&'a str>,
    /// Where the user works.
    pub scopes: Scopes<'a>,
    /// Whether the server holds it.
    pub is_stored: bool,
}

/// Decides whether a tracked entity and the attributes of its type may be changed. Access in a
/// program is another question, see [`super::access()`].
#[must_use]
pub fn tracked_entity_editability(
    person: &TrackedEntity,
    context: &PersonContext<'_>,
) -> Entry<NotEditable> {
    let mut reasons = vec![];
    if person.deleted {
        reasons.push(NotEditable::Deleted);
    }
    if !context.tracked_entity_type.access.write {
        reasons.push(NotEditable::NoTypeWriteAccess);
    }
    // New and deleted people need the capture scope (E1000), others the search scope (E1003).
    let needs_capture = !context.is_stored || person.deleted;
    match context.unit_path {
        // A person who was found far away is registered where the device knows nothing.
        None if context.is_stored => {}
        None => reasons.push(NotEditable::UnknownOrganisationUnit),
        Some(path) if needs_capture && !context.scopes.captures(path) => {
            reasons.push(NotEditable::OutsideCaptureScope);
        }
        Some(path) if !context.scopes.reaches(path) => {
            reasons.push(NotEditable::OutsideSearchScope);
        }
        Some(_) => {}
    }
    Entry::from_reasons(reasons)
}
