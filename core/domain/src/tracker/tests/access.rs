//! Who reaches whom; the table of captures t020 to t023 (owner Clinic A, asked from elsewhere).

use super::*;
use crate::limits::BREAK_GLASS_REASON_CHARS_MAX;

const NEVER: Option<&str> = None;

/// The person is owned by the unit of `path`; the user enters data for Clinic A and looks for people
/// in the district. It is noon of 25 November.
#[track_caller]
fn check(level: AccessLevel, path: &str, until: Option<&str>, expected: PersonAccess) {
    let world = world();
    let temporary_until = until.map(|until| until.parse().expect("a time"));
    let ownership = Ownership { owner: Owner::Unit(path), temporary_until };
    assert_eq!(access(level, &ownership, &world.scopes(), world.now()), expected);
}

#[test]
fn ones_own_people_are_open_in_every_program() {
    for level in
        [AccessLevel::Open, AccessLevel::Audited, AccessLevel::Protected, AccessLevel::Closed]
    {
        check(level, CLINIC_A, NEVER, PersonAccess::Granted);
        check(level, HUT_OF_A, NEVER, PersonAccess::Granted);
    }
}

#[test]
fn people_of_a_neighbour_are_open_as_the_program_says() {
    check(AccessLevel::Open, CLINIC_B, NEVER, PersonAccess::Granted);
    check(AccessLevel::Audited, CLINIC_B, NEVER, PersonAccess::Granted);
    check(AccessLevel::Protected, CLINIC_B, NEVER, PersonAccess::BreakTheGlass);
    check(AccessLevel::Closed, CLINIC_B, NEVER, PersonAccess::Closed);
    check(AccessLevel::Protected, DISTRICT, NEVER, PersonAccess::BreakTheGlass);
}

#[test]
fn people_outside_the_search_scope_are_out_of_reach() {
    check(AccessLevel::Open, COUNTRY, NEVER, PersonAccess::OutsideScope);
    check(AccessLevel::Audited, COUNTRY, NEVER, PersonAccess::OutsideScope);
    // The server refuses to break the glass there (capture t022d-protected).
    check(AccessLevel::Protected, COUNTRY, NEVER, PersonAccess::OutsideScope);
    check(AccessLevel::Closed, COUNTRY, NEVER, PersonAccess::Closed);
}

#[test]
fn broken_glass_opens_for_a_time_and_only_what_is_protected() {
    let (later, over) = (Some("2026-11-25T14:59:00"), Some("2026-11-25T12:00:00"));
    check(AccessLevel::Protected, CLINIC_B, later, PersonAccess::Granted);
    check(AccessLevel::Protected, CLINIC_B, over, PersonAccess::BreakTheGlass);
    check(AccessLevel::Closed, CLINIC_B, later, PersonAccess::Closed);
    let granted = date(2026, 11, 25).at(23, 0, 0, 0);
    assert_eq!(temporary_ownership_end(granted), date(2026, 11, 26).at(2, 0, 0, 0));
}

#[test]
fn whom_nobody_owns_anybody_may_enrol_and_an_unknown_owner_is_a_neighbour() {
    let world = world();
    let of = |owner, level, until: Option<&str>| {
        let temporary_until = until.map(|until| until.parse().expect("a time"));
        let ownership = Ownership { owner, temporary_until };
        access(level, &ownership, &world.scopes(), world.now())
    };
    assert_eq!(of(Owner::Nobody, AccessLevel::Closed, NEVER), PersonAccess::Granted);
    assert_eq!(of(Owner::Unknown, AccessLevel::Open, NEVER), PersonAccess::Granted);
    assert_eq!(of(Owner::Unknown, AccessLevel::Protected, NEVER), PersonAccess::BreakTheGlass);
    let later = Some("2026-11-25T14:59:00");
    assert_eq!(of(Owner::Unknown, AccessLevel::Protected, later), PersonAccess::Granted);
    assert_eq!(of(Owner::Unknown, AccessLevel::Closed, NEVER), PersonAccess::Closed);
}

#[track_caller]
fn check_glass(access: PersonAccess, reason: &str, expected: Result<&str, BreakGlassProblem>) {
    let glass = break_glass(uid("amina"), uid("growth"), access, reason);
    let found = glass.as_ref().map(|glass| glass.reason.as_str()).map_err(|problem| *problem);
    assert_eq!(found, expected);
}

#[test]
fn the_glass_is_broken_with_a_reason_only() {
    let reason = "She came to us with a fever";
    check_glass(PersonAccess::BreakTheGlass, reason, Ok(reason));
    check_glass(PersonAccess::BreakTheGlass, &format!("  {reason}\n"), Ok(reason));
    check_glass(PersonAccess::BreakTheGlass, "বাচ্চার জ্বর", Ok("বাচ্চার জ্বর"));
    for blank in ["", "  \n", "...", "-"] {
        check_glass(PersonAccess::BreakTheGlass, blank, Err(BreakGlassProblem::ReasonMissing));
    }
    let longest = "x".repeat(BREAK_GLASS_REASON_CHARS_MAX);
    check_glass(PersonAccess::BreakTheGlass, &longest, Ok(&longest));
    let longer = format!("{longest}x");
    check_glass(PersonAccess::BreakTheGlass, &longer, Err(BreakGlassProblem::ReasonTooLong));
}

#[test]
fn the_glass_is_not_broken_where_the_server_refuses_it() {
    let reason = "She came to us";
    check_glass(PersonAccess::Granted, reason, Err(BreakGlassProblem::AlreadyOpen));
    check_glass(PersonAccess::Closed, reason, Err(BreakGlassProblem::Closed));
    check_glass(PersonAccess::OutsideScope, reason, Err(BreakGlassProblem::OutsideScope));
}
