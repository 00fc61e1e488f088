//! Who may change what.

use super::*;
use crate::form::Entry;
use crate::form::event::EventLock;

fn reasons(entry: Entry<NotEditable>) -> Vec<NotEditable> {
    let Entry::Locked(reasons) = entry else { return vec![] };
    assert!(reasons.iter().all(|reason| reason.words().ends_with('.')));
    reasons
}

/// An event that the server holds, or a new one, in a changed world.
#[track_caller]
fn check_event(
    change: impl FnOnce(&mut World),
    event: Event,
    is_stored: bool,
    expected: &[NotEditable],
) {
    let world = World::changed(change);
    let stored = is_stored.then_some(&event);
    let entry = world.with_form("visit", stored, |form, context| {
        event_editability(form, &event, context, &world.parent())
    });
    assert_eq!(reasons(entry), expected);
}

fn active() -> Event {
    visit("visit", EventStatus::Active, "2026-11-20")
}

#[test]
fn a_visit_of_an_open_enrolment_may_be_changed() {
    check_event(|_| {}, active(), true, &[]);
    check_event(|_| {}, active(), false, &[]);
}

#[test]
fn a_visit_asks_the_stage_to_be_written_and_the_program_to_be_read() {
    let locked = [NotEditable::Event(EventLock::NoDataWriteAccess)];
    check_event(|world| world.program.access = READ_ONLY, active(), true, &[]);
    check_event(|world| world.program.access = NO_ACCESS, active(), true, &locked);
    check_event(|world| world.stage_mut("visit").access = READ_ONLY, active(), true, &locked);
    check_event(
        |world| world.person_type.access = NO_ACCESS,
        active(),
        true,
        &[NotEditable::NoTypeReadAccess],
    );
}

#[test]
fn an_ended_or_deleted_enrolment_locks_its_visits() {
    for status in [EnrollmentStatus::Completed, EnrollmentStatus::Cancelled] {
        check_event(
            |world| world.enrollment.status = status,
            active(),
            true,
            &[NotEditable::EnrollmentEnded(status)],
        );
    }
    check_event(
        |world| world.enrollment.deleted = true,
        active(),
        true,
        &[NotEditable::EnrollmentDeleted],
    );
    let gone = Event { deleted: true, ..active() };
    check_event(|_| {}, gone, true, &[NotEditable::Deleted]);
    let world = world();
    let parent = EventParent { enrollment: None, ..world.parent() };
    let entry = world.with_form("visit", None, |form, context| {
        event_editability(form, &active(), context, &parent)
    });
    assert_eq!(reasons(entry), [NotEditable::EnrollmentMissing]);
}

#[test]
fn whoever_does_not_reach_the_person_changes_no_visit() {
    for (access, reason) in [
        (PersonAccess::BreakTheGlass, NotEditable::GlassUnbroken),
        (PersonAccess::Closed, NotEditable::OwnedElsewhere),
        (PersonAccess::OutsideScope, NotEditable::OwnedOutsideScope),
    ] {
        check_event(|world| world.access = access, active(), true, &[reason]);
    }
}

#[test]
fn the_place_of_a_new_visit_is_judged_and_that_of_a_known_one_is_not() {
    let at = |path: &'static str| move |world: &mut World| world.unit = Some(unit(path));
    let outside = [NotEditable::Event(EventLock::OutsideCaptureScope)];
    check_event(at(CLINIC_B), active(), false, &outside);
    check_event(at(CLINIC_B), active(), true, &[]);
    // Planned and empty: the search scope is enough (DHIS2 `isCreatableInSearchScope`).
    let planned = visit("visit", EventStatus::Schedule, "2026-12-01");
    check_event(at(CLINIC_B), planned.clone(), false, &[]);
    check_event(at(COUNTRY), planned.clone(), false, &[NotEditable::OutsideSearchScope]);
    check_event(at(COUNTRY), planned.clone(), true, &[]);
    check_event(at(CLINIC_B), answered(planned, "weight", "12"), false, &outside);
    // Deleting asks for the capture scope again.
    let gone = Event { deleted: true, ..active() };
    let expected = [NotEditable::Deleted, NotEditable::Event(EventLock::OutsideCaptureScope)];
    check_event(at(CLINIC_B), gone, true, &expected);
}

#[test]
fn what_holds_for_every_event_holds_for_visits() {
    let completed = visit("visit", EventStatus::Completed, "2026-11-20");
    check_event(
        |world| world.stage_mut("visit").block_entry_form = true,
        completed.clone(),
        true,
        &[NotEditable::Event(EventLock::BlockedByCompletion)],
    );
    let since = date(2026, 11, 23).at(0, 0, 0, 0);
    let late = NotEditable::Event(EventLock::CompletedTooLongAgo { since });
    let expires = |world: &mut World| world.program.complete_events_expiry_days = 3;
    check_event(expires, completed.clone(), true, &[late]);
    let authorities = EventAuthorities { edit_expired: true, ..EventAuthorities::default() };
    check_event(
        |world| {
            world.program.complete_events_expiry_days = 3;
            world.authorities = authorities;
        },
        completed,
        true,
        &[],
    );
}

#[track_caller]
fn check_addable(change: impl FnOnce(&mut World), stage: &str, expected: &[NotEditable]) {
    let world = World::changed(change);
    let entry = may_add_event(world.stage(stage), &world.parent(), &world.events);
    assert_eq!(reasons(entry), expected);
}

#[test]
fn a_stage_that_is_not_repeatable_has_one_event() {
    let has = |event: Event| move |world: &mut World| world.events = vec![event];
    let birth = |status| visit("birth", status, "2026-11-10");
    check_addable(|_| {}, "birth", &[]);
    check_addable(has(birth(EventStatus::Completed)), "birth", &[NotEditable::NotRepeatable]);
    check_addable(has(birth(EventStatus::Schedule)), "birth", &[NotEditable::NotRepeatable]);
    check_addable(has(birth(EventStatus::Skipped)), "birth", &[]);
    let gone = Event { deleted: true, ..birth(EventStatus::Active) };
    check_addable(has(gone), "birth", &[]);
    check_addable(has(birth(EventStatus::Completed)), "visit", &[]);
    check_addable(has(active()), "visit", &[]);
}

#[test]
fn a_visit_is_added_to_an_open_enrolment_by_who_may() {
    check_addable(
        |world| world.enrollment.status = EnrollmentStatus::Completed,
        "visit",
        &[NotEditable::EnrollmentEnded(EnrollmentStatus::Completed)],
    );
    check_addable(
        |world| world.stage_mut("visit").access = READ_ONLY,
        "visit",
        &[NotEditable::NoStageWriteAccess],
    );
    check_addable(
        |world| world.access = PersonAccess::BreakTheGlass,
        "visit",
        &[NotEditable::GlassUnbroken],
    );
}

#[track_caller]
fn check_enrollment(change: impl FnOnce(&mut World), is_stored: bool, expected: &[NotEditable]) {
    let world = World::changed(change);
    let stored = is_stored.then_some(&world.enrollment);
    let entry = enrollment_editability(&world.enrollment, &world.setting(stored));
    assert_eq!(reasons(entry), expected);
}

#[test]
fn an_enrolment_may_be_changed_by_who_may_write_the_program() {
    check_enrollment(|_| {}, true, &[]);
    check_enrollment(
        |world| world.program.access = READ_ONLY,
        true,
        &[NotEditable::NoProgramWriteAccess],
    );
    check_enrollment(
        |world| world.person_type.access = NO_ACCESS,
        true,
        &[NotEditable::NoTypeReadAccess],
    );
    check_enrollment(
        |world| world.access = PersonAccess::Closed,
        true,
        &[NotEditable::OwnedElsewhere],
    );
    check_enrollment(
        |world| world.enrollment = enrollment("first", EnrollmentStatus::Cancelled),
        true,
        &[NotEditable::EnrollmentEnded(EnrollmentStatus::Cancelled)],
    );
    check_enrollment(|world| world.enrollment.deleted = true, true, &[NotEditable::Deleted]);
}

#[test]
fn the_place_of_a_new_enrolment_is_judged_and_that_of_a_known_one_is_not() {
    let at = |path: &'static str| move |world: &mut World| world.unit = Some(unit(path));
    check_enrollment(at(CLINIC_B), false, &[NotEditable::OutsideCaptureScope]);
    check_enrollment(at(CLINIC_B), true, &[]);
    check_enrollment(|world| world.unit = None, false, &[NotEditable::UnknownOrganisationUnit]);
    check_enrollment(|world| world.unit = None, true, &[]);
}

#[track_caller]
fn check_person(
    change: impl FnOnce(&mut World),
    path: Option<&str>,
    is_stored: bool,
    expected: &[NotEditable],
) {
    let world = World::changed(change);
    let context = PersonContext {
        tracked_entity_type: &world.person_type,
        unit_path: path,
        scopes: world.scopes(),
        is_stored,
    };
    assert_eq!(reasons(tracked_entity_editability(&world.person, &context)), expected);
}

#[test]
fn a_person_may_be_changed_in_the_search_scope_and_made_in_the_capture_scope() {
    check_person(|_| {}, Some(CLINIC_A), false, &[]);
    check_person(|_| {}, Some(CLINIC_B), false, &[NotEditable::OutsideCaptureScope]);
    check_person(|_| {}, Some(CLINIC_B), true, &[]);
    check_person(|_| {}, Some(COUNTRY), true, &[NotEditable::OutsideSearchScope]);
    check_person(|_| {}, None, false, &[NotEditable::UnknownOrganisationUnit]);
    check_person(|_| {}, None, true, &[]);
}

#[test]
fn a_person_of_a_type_that_may_not_be_written_or_that_is_deleted_stays_as_it_is() {
    check_person(
        |world| world.person_type.access = READ_ONLY,
        Some(CLINIC_A),
        true,
        &[NotEditable::NoTypeWriteAccess],
    );
    check_person(
        |world| world.person.deleted = true,
        Some(CLINIC_A),
        true,
        &[NotEditable::Deleted],
    );
}

#[test]
fn what_has_records_under_it_on_the_server_is_deleted_with_a_right_of_its_own() {
    let nurse = DeletionAuthorities::default();
    let officer =
        DeletionAuthorities { enrollments_with_visits: true, people_with_enrollments: true };
    // Captures t008c to t008g.
    assert_eq!(nurse.forbid_enrollment(true), Some(NotEditable::VisitsOnServer));
    assert_eq!(nurse.forbid_person(true), Some(NotEditable::EnrollmentsOnServer));
    assert_eq!((nurse.forbid_enrollment(false), nurse.forbid_person(false)), (None, None));
    assert_eq!((officer.forbid_enrollment(true), officer.forbid_person(true)), (None, None));
}
