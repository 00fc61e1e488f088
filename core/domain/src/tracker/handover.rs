//! Handing people over: for good (transfer) or for a visit (referral).

use jiff::civil::{Date, DateTime};

use super::access::{Owner, PersonAccess, Scopes};
use super::client_time;
use super::editability::{EventParent, NotEditable, may_add_event};
use crate::data::{Event, EventStatus, OwnershipTransfer, TrackedEntity};
use crate::form::Entry;
use crate::form::event::Blocks;
use crate::metadata::{OrganisationUnit, Program, ProgramStage};
use crate::uid::{CategoryOptionComboUid, EventUid};

/// Everything outside the person that decides about a handover.
#[derive(Debug, Clone, Copy)]
pub struct HandoverContext<'a> {
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// The program.
    pub program: &'a Program,
    /// The place that takes over.
    pub target: &'a OrganisationUnit,
    /// Whether the program is assigned to it.
    pub is_assigned: bool,
    /// Where the user works.
    pub scopes: Scopes<'a>,
}

/// Something that speaks against a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferProblem {
    /// What it is.
    pub kind: TransferProblemKind,
    /// What it forbids; [`Blocks::Nothing`] is to be confirmed by the person.
    pub blocks: Blocks,
}

/// Kinds of what speaks against a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferProblemKind {
    /// The person is deleted, or out of reach.
    Locked(NotEditable),
    /// The person was never enrolled there: nobody owns it.
    NotOwned,
    /// The place owns the person already.
    SameOwner,
    /// The program is not assigned to the place (403, capture t023b-open).
    NotAssigned,
    /// The place is closed today, or not open yet.
    TargetClosed,
    /// The user loses the records: they will be seen at the new place only (capture t023f).
    AccessLost,
}

impl TransferProblemKind {
    /// The problem in plain English.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Locked(reason) => return reason.words(),
            Self::NotOwned => "This person is not enrolled here.",
            Self::SameOwner => "This place follows the person already.",
            Self::NotAssigned => "This program is not used at that place.",
            Self::TargetClosed => "That place is not open.",
            Self::AccessLost => "After this you will no longer see these records.",
        }
        .to_owned()
    }
}

/// Says what speaks against handing a person over to the target.
#[must_use]
pub fn check_transfer(
    person: &TrackedEntity,
    owner: Owner<'_>,
    access: PersonAccess,
    context: &HandoverContext<'_>,
) -> Vec<TransferProblem> {
    let mut problems = vec![];
    let mut add = |kind, blocks| problems.push(TransferProblem { kind, blocks });
    if person.deleted {
        add(TransferProblemKind::Locked(NotEditable::Deleted), Blocks::Sending);
    }
    if let Some(reason) = NotEditable::of_access(access) {
        add(TransferProblemKind::Locked(reason), Blocks::Sending);
    }
    match owner {
        Owner::Nobody => add(TransferProblemKind::NotOwned, Blocks::Sending),
        Owner::Unit(path) if path == context.target.path => {
            add(TransferProblemKind::SameOwner, Blocks::Sending);
        }
        Owner::Unit(_) | Owner::Unknown => {}
    }
    if !context.is_assigned {
        add(TransferProblemKind::NotAssigned, Blocks::Sending);
    }
    if !is_open_on(context.target, context.now.date()) {
        add(TransferProblemKind::TargetClosed, Blocks::Sending);
    }
    if !keeps_access(context) {
        add(TransferProblemKind::AccessLost, Blocks::Nothing);
    }
    problems
}

/// Whether the user reaches the person once the target owns it.
fn keeps_access(context: &HandoverContext<'_>) -> bool {
    let level = context.program.registration.as_ref().map(|it| it.access_level);
    let ownership = super::access::Ownership {
        owner: Owner::Unit(&context.target.path),
        temporary_until: None,
    };
    let after =
        super::access::access(level.unwrap_or_default(), &ownership, &context.scopes, context.now);
    after.is_granted()
}

/// Hands a person over for good: the record to be sent. Enrolments and their places stay as they
/// are (capture t023c).
///
/// # Errors
/// What forbids it; a warning of [`check_transfer`] does not.
pub fn transfer(
    person: &TrackedEntity,
    owner: Owner<'_>,
    access: PersonAccess,
    context: &HandoverContext<'_>,
) -> Result<OwnershipTransfer, Vec<TransferProblem>> {
    let mut problems = check_transfer(person, owner, access, context);
    problems.retain(|problem| problem.blocks > Blocks::Nothing);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(OwnershipTransfer {
        tracked_entity: person.id,
        program: context.program.id,
        organisation_unit: context.target.id,
    })
}

fn is_open_on(unit: &OrganisationUnit, day: Date) -> bool {
    unit.opening_date.is_none_or(|opening| opening <= day)
        && unit.closed_date.is_none_or(|closed| closed >= day)
}

/// A visit at another place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// Id of the new event.
    pub id: EventUid,
    /// The day: to come for a planned visit, of the visit otherwise.
    pub day: Date,
    /// Planned ([`EventStatus::Schedule`]) or now ([`EventStatus::Active`]).
    pub status: EventStatus,
    /// The split of the event; `None` means the default combo.
    pub attribute_option_combo: Option<CategoryOptionComboUid>,
}

/// What forbids a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferralProblem {
    /// No such event may be added, or not there (E1000: a planned visit needs the place in the search
    /// scope, one that takes place now in the capture scope).
    Locked(NotEditable),
    /// The program is not assigned to the place (E1029).
    NotAssigned,
    /// The place is closed on that day.
    TargetClosed,
    /// A visit that takes place now has a day to come.
    DayInFuture,
    /// A visit begins planned or now, nothing else.
    StatusNotAllowed,
}

impl ReferralProblem {
    /// The problem in plain English.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Locked(reason) => return reason.words(),
            Self::NotAssigned => "This program is not used at that place.",
            Self::TargetClosed => "That place is not open on this day.",
            Self::DayInFuture => "The date is after today. Plan the visit instead.",
            Self::StatusNotAllowed => "A visit is planned, or takes place now.",
        }
        .to_owned()
    }
}

/// Refers a person to another place for a visit of the stage: the new event. `events` are those of
/// the enrolment.
///
/// # Errors
/// Everything that forbids it.
pub fn refer(
    referral: &Referral,
    stage: &ProgramStage,
    parent: &EventParent<'_>,
    events: &[Event],
    context: &HandoverContext<'_>,
) -> Result<Event, Vec<ReferralProblem>> {
    let mut problems = vec![];
    if let Entry::Locked(reasons) = may_add_event(stage, parent, events) {
        problems.extend(reasons.into_iter().map(ReferralProblem::Locked));
    }
    if !context.is_assigned {
        problems.push(ReferralProblem::NotAssigned);
    }
    if !is_open_on(context.target, referral.day) {
        problems.push(ReferralProblem::TargetClosed);
    }
    let path = context.target.path.as_str();
    match referral.status {
        EventStatus::Schedule if !context.scopes.reaches(path) => {
            problems.push(ReferralProblem::Locked(NotEditable::OutsideSearchScope));
        }
        EventStatus::Active if !context.scopes.captures(path) => {
            problems.push(ReferralProblem::Locked(NotEditable::OutsideCaptureScope));
        }
        EventStatus::Schedule | EventStatus::Active => {}
        _ => problems.push(ReferralProblem::StatusNotAllowed),
    }
    if referral.status == EventStatus::Active && referral.day > context.now.date() {
        problems.push(ReferralProblem::DayInFuture);
    }
    match parent.enrollment {
        Some(enrollment) if problems.is_empty() => {
            Ok(new_event(referral, stage, enrollment, context))
        }
        _ => Err(problems),
    }
}

fn new_event(
    referral: &Referral,
    stage: &ProgramStage,
    enrollment: &crate::data::Enrollment,
    context: &HandoverContext<'_>,
) -> Event {
    let now = client_time(context.now);
    let day = referral.day.to_string();
    let takes_place = referral.status == EventStatus::Active;
    Event {
        organisation_unit: context.target.id,
        attribute_option_combo: referral.attribute_option_combo,
        status: referral.status,
        occurred_at: takes_place.then(|| day.clone()),
        scheduled_at: Some(day),
        created_at_client: Some(now.clone()),
        updated_at_client: Some(now),
        ..Event::of_enrollment(referral.id, stage.id, enrollment)
    }
}
