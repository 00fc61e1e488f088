use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 22);

fn id(number: u32) -> TrackedEntityUid {
    TrackedEntityUid::parse(&format!("te{number:09}")).expect("a uid")
}

/// Somebody on the server, in scope, without anything to do.
fn person(number: u32, enrollments: &[(EnrollmentStatus, Option<Date>)]) -> PersonFacts {
    let enrollments = enrollments
        .iter()
        .map(|(status, ended_on)| EnrollmentFacts { status: *status, ended_on: *ended_on })
        .collect();
    PersonFacts {
        id: id(number),
        enrollments,
        last_activity: None,
        out_of_scope_since: None,
        is_on_server: true,
        has_unsent: false,
        has_tasks: false,
        linked: Vec::new(),
    }
}

const RULES: PurgeRules = PurgeRules {
    completed_months: Some(6),
    cancelled_months: Some(3),
    not_seen_months: Some(24),
    moved_away_months: Some(1),
};

#[track_caller]
fn check(person: &PersonFacts, expected: Decision) {
    let found = decide(std::slice::from_ref(person), &RULES, TODAY);
    assert_eq!(found, [(person.id, expected)]);
}

use Decision::{Leave as Leaves, Stay as Stays};
use EnrollmentStatus::{Active, Cancelled, Completed};

#[test]
fn whose_care_ended_long_ago_may_leave() {
    check(&person(1, &[(Completed, Some(date(2026, 5, 22)))]), Leaves(Leave::Completed));
    check(&person(1, &[(Completed, Some(date(2026, 5, 23)))]), Stays(Stay::Recent));
    check(&person(1, &[(Cancelled, Some(date(2026, 8, 22)))]), Leaves(Leave::Cancelled));
    check(&person(1, &[(Cancelled, Some(date(2026, 8, 23)))]), Stays(Stay::Recent));
    // The last of several ends counts.
    let ends = [(Completed, Some(date(2020, 1, 1))), (Cancelled, Some(date(2026, 10, 1)))];
    check(&person(1, &ends), Stays(Stay::Recent));
    check(&person(1, &[ends[0], (Active, None)]), Stays(Stay::InCare));
    // No day is known, nothing is done.
    check(&person(1, &[(Completed, None)]), Stays(Stay::Recent));
    check(&person(1, &[]), Stays(Stay::NoRule));
    let seen_since =
        PersonFacts { last_activity: Some(date(2026, 11, 1)), ..person(1, &[ends[0]]) };
    check(&seen_since, Stays(Stay::Recent));
}

#[test]
fn unsent_work_never_leaves_whatever_the_rules() {
    let old = person(1, &[(Completed, Some(date(2000, 1, 1)))]);
    let old = PersonFacts {
        last_activity: Some(date(2000, 1, 1)),
        out_of_scope_since: Some(date(2000, 1, 1)),
        ..old
    };
    check(&PersonFacts { has_unsent: true, ..old.clone() }, Stays(Stay::Unsent));
    check(&PersonFacts { is_on_server: false, ..old.clone() }, Stays(Stay::NotOnServer));
    check(&old, Leaves(Leave::MovedAway));
}

#[test]
fn who_moved_away_or_was_not_seen_may_leave() {
    let away =
        |since| PersonFacts { out_of_scope_since: Some(since), ..person(1, &[(Active, None)]) };
    check(&away(date(2026, 10, 22)), Leaves(Leave::MovedAway));
    check(&away(date(2026, 10, 23)), Stays(Stay::InCare));
    let unseen = |last| PersonFacts { last_activity: Some(last), ..person(1, &[(Active, None)]) };
    check(&unseen(date(2024, 11, 22)), Leaves(Leave::NotSeen));
    check(&unseen(date(2024, 11, 23)), Stays(Stay::InCare));
    let due = PersonFacts { has_tasks: true, ..unseen(date(2020, 1, 1)) };
    check(&due, Stays(Stay::Tasks));
    let never = PurgeRules { not_seen_months: Some(u32::MAX), ..RULES };
    let found = decide(&[unseen(date(2020, 1, 1))], &never, TODAY);
    assert_eq!(found[0].1, Stays(Stay::InCare));
}

#[test]
fn whoever_is_related_to_somebody_who_stays_stays() {
    let ended = [(Completed, Some(date(2020, 1, 1)))];
    let linked = |number, ended: &[_], to: &[u32]| PersonFacts {
        linked: to.iter().copied().map(id).collect(),
        ..person(number, ended)
    };
    let mother = linked(1, &ended, &[2]);
    let child = linked(2, &[(Active, None)], &[1]);
    // A cousin knows the mother, who stays for the child's sake only.
    let cousin = linked(3, &ended, &[1]);
    let stranger = linked(4, &ended, &[3, 99]);
    let found = decide(&[mother, child, cousin, stranger], &RULES, TODAY);
    let decisions: Vec<_> = found.into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(
        decisions,
        [
            Stays(Stay::Linked(id(2))),
            Stays(Stay::InCare),
            Leaves(Leave::Completed),
            Leaves(Leave::Completed),
        ]
    );
}
