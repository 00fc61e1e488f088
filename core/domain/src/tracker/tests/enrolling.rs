//! Who may be enrolled; how an enrolment ends and goes on.

use super::*;

#[track_caller]
fn check(change: impl FnOnce(&mut World), expected: &[EnrolProblemKind]) {
    let world = World::changed(change);
    let found = check_enrolling(&world.person, &world.enrollment, &world.setting(None));
    assert!(found.iter().all(|problem| problem.kind.words().ends_with('.')));
    let kinds: Vec<_> = found.into_iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, expected);
}

fn other(status: EnrollmentStatus) -> impl FnOnce(&mut World) {
    move |world| world.others = vec![enrollment("second", status)]
}

#[test]
fn a_child_is_enrolled() {
    check(|_| {}, &[]);
}

#[test]
fn nobody_is_followed_twice_at_once() {
    // Capture t011o.
    check(other(EnrollmentStatus::Active), &[EnrolProblemKind::ActiveEnrollmentExists]);
    check(other(EnrollmentStatus::Completed), &[]);
    check(other(EnrollmentStatus::Cancelled), &[]);
    // The enrolment itself, one of another person or program, a deleted one: no matter.
    check(|world| world.others = vec![world.enrollment.clone()], &[]);
    let active = || enrollment("second", EnrollmentStatus::Active);
    check(
        |world| world.others = vec![Enrollment { tracked_entity: uid("bosco"), ..active() }],
        &[],
    );
    check(|world| world.others = vec![Enrollment { program: uid("tb"), ..active() }], &[]);
    check(|world| world.others = vec![Enrollment { deleted: true, ..active() }], &[]);
    // A completed enrolment beside one that is followed.
    check(
        |world| {
            world.others = vec![active()];
            world.enrollment.status = EnrollmentStatus::Completed;
        },
        &[],
    );
}

#[test]
fn some_programs_enrol_once() {
    let once = |status| {
        move |world: &mut World| {
            world.registration().only_enroll_once = true;
            world.others = vec![enrollment("second", status)];
        }
    };
    check(once(EnrollmentStatus::Completed), &[EnrolProblemKind::OnlyOnce]);
    check(once(EnrollmentStatus::Cancelled), &[]);
    check(
        once(EnrollmentStatus::Active),
        &[EnrolProblemKind::ActiveEnrollmentExists, EnrolProblemKind::OnlyOnce],
    );
}

#[test]
fn the_place_must_be_open_and_have_the_program() {
    check(|world| world.is_assigned = false, &[EnrolProblemKind::NotAssigned]);
    let opening = date(2026, 11, 21);
    check(
        |world| {
            world.unit = Some(OrganisationUnit { opening_date: Some(opening), ..unit(CLINIC_A) })
        },
        &[EnrolProblemKind::OrganisationUnitNotOpen { opening }],
    );
    let closed = date(2026, 11, 19);
    check(
        |world| world.unit = Some(OrganisationUnit { closed_date: Some(closed), ..unit(CLINIC_A) }),
        &[EnrolProblemKind::OrganisationUnitClosed { closed }],
    );
    let last = date(2026, 11, 20);
    check(
        |world| world.unit = Some(OrganisationUnit { closed_date: Some(last), ..unit(CLINIC_A) }),
        &[],
    );
    let outside = EnrolProblemKind::Locked(NotEditable::OutsideCaptureScope);
    check(|world| world.unit = Some(unit(CLINIC_B)), &[outside]);
    let unknown = EnrolProblemKind::Locked(NotEditable::UnknownOrganisationUnit);
    check(|world| world.unit = None, &[unknown]);
}

#[test]
fn only_who_may_write_the_program_enrols_and_only_living_records() {
    let locked = |reason| EnrolProblemKind::Locked(reason);
    check(|world| world.program.access = READ_ONLY, &[locked(NotEditable::NoProgramWriteAccess)]);
    check(
        |world| world.access = PersonAccess::BreakTheGlass,
        &[locked(NotEditable::GlassUnbroken)],
    );
    check(|world| world.person.deleted = true, &[EnrolProblemKind::PersonDeleted]);
    check(|world| world.program.registration = None, &[EnrolProblemKind::WithoutRegistration]);
    // A deletion asks only whether it may be.
    check(
        |world| {
            world.enrollment.deleted = true;
            world.is_assigned = false;
        },
        &[],
    );
}

#[track_caller]
fn check_step(
    change: impl FnOnce(&mut World),
    from: EnrollmentStatus,
    step: EnrollmentStep,
    expected: Result<Option<&str>, &[StepProblem]>,
) {
    let world = World::changed(change);
    let before = enrollment("first", from);
    let after = change_enrollment(&before, step, &world.setting(Some(&before)));
    match (after, expected) {
        (Ok(after), Ok(completed_at)) => {
            let expected = Enrollment {
                status: step.status(),
                completed_at: completed_at.map(str::to_owned),
                updated_at_client: Some("2026-11-25T12:00:00.000".to_owned()),
                ..before
            };
            assert_eq!(after, expected);
        }
        (Err(found), Err(expected)) => {
            assert!(found.iter().all(|problem| problem.words().ends_with('.')));
            assert_eq!(found, expected);
        }
        (after, expected) => panic!("{after:?} instead of {expected:?}"),
    }
}

#[test]
fn each_status_follows_each() {
    // Captures t011k to t011n.
    use EnrollmentStatus::{Active, Cancelled, Completed};
    let today = Ok(Some("2026-11-25"));
    check_step(|_| {}, Active, EnrollmentStep::Complete, today);
    check_step(|_| {}, Active, EnrollmentStep::Cancel, today);
    check_step(|_| {}, Completed, EnrollmentStep::Cancel, today);
    check_step(|_| {}, Completed, EnrollmentStep::Reopen, Ok(None));
    check_step(|_| {}, Cancelled, EnrollmentStep::Reopen, Ok(None));
    check_step(|_| {}, Active, EnrollmentStep::Reopen, Err(&[StepProblem::AlreadySo]));
    check_step(|_| {}, Completed, EnrollmentStep::Complete, Err(&[StepProblem::AlreadySo]));
}

#[test]
fn an_enrolment_is_not_reopened_beside_another() {
    use EnrollmentStatus::{Active, Cancelled, Completed};
    let twice = StepProblem::ActiveEnrollmentExists;
    check_step(other(Active), Completed, EnrollmentStep::Reopen, Err(&[twice]));
    check_step(other(Completed), Completed, EnrollmentStep::Reopen, Ok(None));
    let once = |world: &mut World| {
        world.registration().only_enroll_once = true;
        world.others = vec![enrollment("second", Completed)];
    };
    check_step(once, Cancelled, EnrollmentStep::Reopen, Err(&[StepProblem::OnlyOnce]));
}

#[test]
fn who_may_not_write_ends_no_enrolment() {
    let locked = StepProblem::Locked(NotEditable::NoProgramWriteAccess);
    check_step(
        |world| world.program.access = READ_ONLY,
        EnrollmentStatus::Active,
        EnrollmentStep::Complete,
        Err(&[locked]),
    );
}
