//! Transfer and referral.

use super::*;
use crate::data::OwnershipTransfer;
use crate::form::event::Blocks;

fn target(path: &str) -> impl Fn(&mut Handover) {
    move |handover| handover.target = unit(path)
}

struct Handover {
    world: World,
    target: OrganisationUnit,
    owner: Option<&'static str>,
}

impl Handover {
    fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut handover = Self { world: world(), target: unit(CLINIC_B), owner: Some(CLINIC_A) };
        handover.world.registration().access_level = AccessLevel::Open;
        change(&mut handover);
        handover
    }

    fn context(&self) -> HandoverContext<'_> {
        HandoverContext {
            now: self.world.now(),
            program: &self.world.program,
            target: &self.target,
            is_assigned: self.world.is_assigned,
            scopes: self.world.scopes(),
        }
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Handover), expected: &[(TransferProblemKind, Blocks)]) {
    let handover = Handover::changed(change);
    let (world, context) = (&handover.world, handover.context());
    let owner = handover.owner.map_or(Owner::Nobody, Owner::Unit);
    let problems = check_transfer(&world.person, owner, world.access, &context);
    assert!(problems.iter().all(|problem| problem.kind.words().ends_with('.')));
    let found: Vec<_> =
        problems.iter().map(|problem| (problem.kind.clone(), problem.blocks)).collect();
    assert_eq!(found, expected);
    let is_refused = expected.iter().any(|(_, blocks)| *blocks != Blocks::Nothing);
    let record = OwnershipTransfer {
        tracked_entity: uid("amina"),
        program: uid("growth"),
        organisation_unit: handover.target.id,
    };
    let made = transfer(&world.person, owner, world.access, &context);
    assert_eq!(made.ok(), (!is_refused).then_some(record));
}

#[test]
fn a_person_is_handed_to_a_neighbour() {
    check(|_| {}, &[]);
    check(target(HUT_OF_A), &[]);
}

#[test]
fn whoever_will_not_see_the_person_again_is_warned() {
    // Captures t023c and t023f.
    let lost = [(TransferProblemKind::AccessLost, Blocks::Nothing)];
    check(target(COUNTRY), &lost);
    for level in [AccessLevel::Protected, AccessLevel::Closed] {
        check(|handover| handover.world.registration().access_level = level, &lost);
    }
}

#[test]
fn a_transfer_that_the_server_refuses_is_not_made() {
    use TransferProblemKind::{Locked, NotAssigned, NotOwned, SameOwner, TargetClosed};
    let refused = |kind| [(kind, Blocks::Sending)];
    check(|handover| handover.world.is_assigned = false, &refused(NotAssigned));
    check(target(CLINIC_A), &refused(SameOwner));
    check(|handover| handover.owner = None, &refused(NotOwned));
    check(
        |handover| handover.world.access = PersonAccess::Closed,
        &refused(Locked(NotEditable::OwnedElsewhere)),
    );
    check(|handover| handover.world.person.deleted = true, &refused(Locked(NotEditable::Deleted)));
    check(
        |handover| handover.target.closed_date = Some(date(2026, 11, 24)),
        &refused(TargetClosed),
    );
    check(|handover| handover.target.closed_date = Some(date(2026, 11, 25)), &[]);
}

#[track_caller]
fn check_referral(
    change: impl FnOnce(&mut Handover),
    status: EventStatus,
    day: Date,
    expected: &[ReferralProblem],
) -> Option<Event> {
    let handover = Handover::changed(change);
    let world = &handover.world;
    let referral = Referral { id: uid("new0"), day, status, attribute_option_combo: None };
    let stage = world.stage("visit");
    let made = refer(&referral, stage, &world.parent(), &world.events, &handover.context());
    let found = made.as_ref().err().cloned().unwrap_or_default();
    assert!(found.iter().all(|problem| problem.words().ends_with('.')));
    assert_eq!(found, expected);
    made.ok()
}

const TOMORROW: Date = date(2026, 11, 26);
const TODAY: Date = date(2026, 11, 25);

#[test]
fn a_person_is_referred_for_a_planned_visit() {
    let event = check_referral(|_| {}, EventStatus::Schedule, TOMORROW, &[]);
    let expected = Event {
        id: uid("new0"),
        organisation_unit: uid("clinicB"),
        created_at_client: Some("2026-11-25T12:00:00.000".to_owned()),
        updated_at_client: Some("2026-11-25T12:00:00.000".to_owned()),
        ..visit("visit", EventStatus::Schedule, "2026-11-26")
    };
    assert_eq!(event, Some(expected));
}

#[test]
fn a_visit_now_needs_the_capture_scope_and_a_planned_one_the_search_scope() {
    let locked = |reason| [ReferralProblem::Locked(reason)];
    let event = check_referral(target(HUT_OF_A), EventStatus::Active, TODAY, &[]);
    assert_eq!(event.and_then(|event| event.occurred_at).as_deref(), Some("2026-11-25"));
    let outside = locked(NotEditable::OutsideCaptureScope);
    check_referral(|_| {}, EventStatus::Active, TODAY, &outside);
    let far = locked(NotEditable::OutsideSearchScope);
    check_referral(target(COUNTRY), EventStatus::Schedule, TOMORROW, &far);
}

#[test]
fn a_referral_that_the_server_refuses_is_not_made() {
    let planned = EventStatus::Schedule;
    check_referral(
        |handover| handover.world.is_assigned = false,
        planned,
        TOMORROW,
        &[ReferralProblem::NotAssigned],
    );
    check_referral(
        |handover| handover.target.closed_date = Some(TODAY),
        planned,
        TOMORROW,
        &[ReferralProblem::TargetClosed],
    );
    check_referral(
        target(HUT_OF_A),
        EventStatus::Active,
        TOMORROW,
        &[ReferralProblem::DayInFuture],
    );
    check_referral(|_| {}, EventStatus::Skipped, TODAY, &[ReferralProblem::StatusNotAllowed]);
    check_referral(
        |handover| handover.world.enrollment.status = EnrollmentStatus::Completed,
        planned,
        TOMORROW,
        &[ReferralProblem::Locked(NotEditable::EnrollmentEnded(EnrollmentStatus::Completed))],
    );
    check_referral(
        |handover| {
            handover.world.schedule("visit").repeatable = false;
            handover.world.events = vec![visit("visit", EventStatus::Active, "2026-11-20")];
        },
        planned,
        TOMORROW,
        &[ReferralProblem::Locked(NotEditable::NotRepeatable)],
    );
}
