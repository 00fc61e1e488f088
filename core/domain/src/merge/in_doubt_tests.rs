//! Merges over versions that may have arrived.

use super::{Merge, fields, merge_in_doubt};
use crate::data::{
    Completion, DataValue, DataValueKey, Enrollment, EnrollmentStatus, Event, Note, Payload,
    Relationship, RelationshipItem, SliceKey, TrackedEntity,
};
use crate::period::Period;
use crate::samples::{self, uid};

const FEVER: &str = "deFever0001";
const WEIGHT: &str = "deWeight001";

fn slice() -> SliceKey {
    SliceKey {
        data_set: uid("dsMalaria01"),
        period: Period::parse("202610").expect("a period"),
        organisation_unit: uid("ouClinicA01"),
        attribute_option_combo: uid("HllvX50cXC0"),
    }
}

fn cell(value: DataValue) -> Payload {
    let slice = slice();
    let key = DataValueKey {
        data_element: uid("deCases0001"),
        period: slice.period,
        organisation_unit: slice.organisation_unit,
        category_option_combo: slice.attribute_option_combo,
        attribute_option_combo: slice.attribute_option_combo,
    };
    Payload::DataValue { data_set: slice.data_set, key, value }
}

fn value(text: &str) -> Payload {
    cell(DataValue { value: Some(text.into()), ..DataValue::default() })
}

fn marked(text: &str) -> Payload {
    cell(DataValue { value: Some(text.into()), follow_up: true, ..DataValue::default() })
}

fn gone() -> Payload {
    cell(DataValue { deleted: true, ..DataValue::default() })
}

fn done(user: &str) -> Payload {
    let stored_by = Some(user.to_owned());
    let date = Some("2026-11-22".to_owned());
    let completion = Completion { completed: true, date, stored_by };
    Payload::Completion { key: slice(), completion }
}

fn open() -> Payload {
    Payload::Completion { key: slice(), completion: Completion::default() }
}

fn event(answers: &[(&str, &str)]) -> Payload {
    let event = Event {
        occurred_at: Some("2026-11-20".into()),
        data_values: samples::answers(answers),
        ..samples::event("evVisit0001", "prVisits001", "psVisits001")
    };
    Payload::Event { event }
}

fn deleted(payload: Payload) -> Payload {
    let Payload::Event { event } = payload else { panic!("an event") };
    Payload::Event { event: Event { deleted: true, ..event } }
}

/// What is to be done with the local record.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a box in every line would hide the table")]
enum Expected {
    Nothing,
    Send(Payload),
    Ask(&'static str),
}

use Expected::{Ask, Nothing, Send};

#[track_caller]
fn check(
    base: Option<Payload>,
    in_doubt: &[Payload],
    local: Payload,
    remote: Payload,
    expected: Expected,
) {
    match (merge_in_doubt(base.as_ref(), in_doubt, &local, &remote), expected) {
        (Merge::Same, Nothing) => {}
        (Merge::Local(merged), Send(wanted)) => assert_eq!(merged, wanted),
        (Merge::Conflict { fields, .. }, Ask(field)) => assert_eq!(fields, [field]),
        (merge, expected) => panic!("{merge:?} instead of {expected:?}"),
    }
}

#[test]
fn what_arrived_of_ones_own_is_no_conflict() {
    check(Some(value("4")), &[value("5")], value("6"), value("5"), Send(value("6")));
    check(None, &[value("5")], value("6"), value("5"), Send(value("6")));
    check(None, &[value("5"), value("6")], value("7"), value("5"), Send(value("7")));
    check(None, &[done("amina")], open(), done("amina"), Send(open()));
    let (first, second) = (event(&[(FEVER, "1")]), event(&[(FEVER, "2")]));
    check(None, &[first.clone(), second.clone()], second.clone(), first, Send(second));
}

#[test]
fn what_did_not_arrive_is_sent_again() {
    check(Some(value("4")), &[value("5")], value("5"), value("4"), Send(value("5")));
    check(None, &[value("5")], value("5"), gone(), Send(value("5")));
    check(None, &[done("amina")], done("amina"), open(), Send(done("amina")));
}

#[test]
fn a_note_that_did_not_arrive_is_sent_again() {
    let with_note = |payload: Payload| {
        let Payload::Event { mut event } = payload else { panic!("an event") };
        event.notes = vec![Note::new(uid("noNote00001"), "Which child?".into())];
        Payload::Event { event }
    };
    let (base, noted) = (event(&[]), with_note(event(&[])));
    let in_doubt = [noted.clone()];
    check(Some(base.clone()), &in_doubt, noted.clone(), base.clone(), Send(noted.clone()));
    check(Some(base.clone()), &in_doubt, noted.clone(), noted.clone(), Nothing);
    check(None, &[base.clone(), noted.clone()], noted.clone(), base.clone(), Send(noted.clone()));
    // An arrived note is no change of another's: the deletion goes over it.
    check(Some(base), &in_doubt, deleted(noted.clone()), noted.clone(), Send(deleted(noted)));
}

#[test]
fn a_change_taken_back_is_taken_back_where_it_arrived() {
    check(Some(value("4")), &[value("5")], value("4"), value("5"), Send(value("4")));
    check(None, &[value("5")], gone(), value("5"), Send(gone()));
    check(
        Some(event(&[])),
        &[event(&[(FEVER, "1")])],
        event(&[]),
        event(&[(FEVER, "1")]),
        Send(event(&[])),
    );
    // Somebody answered another question since.
    let remote = event(&[(FEVER, "1"), (WEIGHT, "12")]);
    check(
        Some(event(&[])),
        &[event(&[(FEVER, "1")])],
        event(&[]),
        remote,
        Send(event(&[(WEIGHT, "12")])),
    );
}

#[test]
fn a_change_taken_back_meets_what_another_made_of_it() {
    check(Some(value("4")), &[value("5")], value("4"), value("7"), Ask(fields::VALUE));
    check(None, &[value("5")], gone(), marked("5"), Ask(fields::DELETED));
    check(None, &[done("amina")], open(), done("okello"), Ask(fields::COMPLETED));
    let (sent, remote) = (event(&[(FEVER, "1")]), event(&[(FEVER, "3")]));
    check(Some(event(&[])), &[sent], event(&[]), remote, Ask(FEVER));
}

#[test]
fn what_another_changed_beside_it_comes_in() {
    check(None, &[value("5")], value("6"), marked("5"), Send(marked("6")));
    check(Some(value("4")), &[value("5")], value("5"), marked("4"), Send(marked("5")));
    check(Some(value("4")), &[value("5")], value("5"), marked("5"), Nothing);
    check(Some(value("4")), &[value("5")], value("6"), value("7"), Ask(fields::VALUE));
}

#[test]
fn a_deletion_meets_changes_and_not_ones_own_versions() {
    let (base, sent) = (event(&[]), event(&[(FEVER, "1")]));
    let (in_doubt, gone) = ([sent.clone()], deleted(sent.clone()));
    check(Some(base.clone()), &in_doubt, gone.clone(), base.clone(), Send(gone.clone()));
    check(Some(base.clone()), &in_doubt, gone.clone(), sent.clone(), Send(gone.clone()));
    let foreign = event(&[(FEVER, "2")]);
    check(Some(base.clone()), &in_doubt, gone.clone(), foreign, Ask(fields::DELETED));
    // Deleted by another: a change taken back is a change.
    check(Some(base.clone()), &in_doubt, base.clone(), gone.clone(), Ask(fields::DELETED));
    check(Some(base), &in_doubt, sent, gone, Ask(fields::DELETED));
}

fn person(name: &str) -> Payload {
    let tracked_entity = TrackedEntity {
        attributes: [(uid("teaName0001"), name.to_owned())].into(),
        ..samples::tracked_entity("tePerson001")
    };
    Payload::TrackedEntity { tracked_entity }
}

fn enrolled(status: EnrollmentStatus, follow_up: bool) -> Payload {
    let enrollment = Enrollment {
        status,
        enrolled_at: Some("2026-11-20".into()),
        follow_up,
        ..samples::enrollment("enPerson001", "tePerson001", "prChild0001")
    };
    Payload::Enrollment { enrollment }
}

#[test]
fn people_and_enrolments_that_did_not_arrive_are_sent_again() {
    check(Some(person("Ada")), &[person("Ida")], person("Ida"), person("Ada"), Send(person("Ida")));
    check(Some(person("Ada")), &[person("Ida")], person("Eda"), person("Ida"), Send(person("Eda")));
    check(Some(person("Ada")), &[person("Ida")], person("Ada"), person("Ida"), Send(person("Ada")));
    check(Some(person("Ada")), &[person("Ida")], person("Ida"), person("Oda"), Ask("teaName0001"));
    let (active, done) = (EnrollmentStatus::Active, EnrollmentStatus::Completed);
    let (before, ours) = (enrolled(active, false), enrolled(done, false));
    let in_doubt = [ours.clone()];
    check(Some(before.clone()), &in_doubt, ours.clone(), before.clone(), Send(ours.clone()));
    // Marked there meanwhile: both changes stay.
    let (marked, both) = (enrolled(active, true), enrolled(done, true));
    check(Some(before), &in_doubt, ours, marked, Send(both));
}

/// The enrolment with the day of its end.
fn dated(payload: Payload, day: &str) -> Payload {
    let Payload::Enrollment { enrollment } = payload else { panic!("an enrolment") };
    Payload::Enrollment { enrollment: Enrollment { completed_at: Some(day.into()), ..enrollment } }
}

#[test]
fn an_end_that_arrived_is_ones_own_although_the_server_gave_it_its_day() {
    let (active, done) = (EnrollmentStatus::Active, EnrollmentStatus::Completed);
    let (base, sent) = (enrolled(active, false), enrolled(done, false));
    let held = dated(sent.clone(), "2026-11-24");
    let cancelled = dated(enrolled(EnrollmentStatus::Cancelled, false), "2026-11-25");
    let in_doubt = [sent.clone()];
    check(Some(base.clone()), &in_doubt, sent, held.clone(), Nothing);
    check(Some(base.clone()), &in_doubt, cancelled.clone(), held.clone(), Send(cancelled));
    // Reopened here before the answer came.
    check(Some(base.clone()), &in_doubt, base.clone(), held, Send(base));
}

fn link(deleted: bool) -> Payload {
    let relationship = Relationship {
        id: uid("reMother001"),
        relationship_type: uid("rtMother001"),
        from: RelationshipItem::TrackedEntity(uid("teMother001")),
        to: RelationshipItem::TrackedEntity(uid("tePerson001")),
        created_at_client: None,
        deleted,
    };
    Payload::Relationship { relationship }
}

#[test]
fn a_link_whose_deletion_did_not_arrive_is_deleted_again() {
    let (there, gone) = (link(false), link(true));
    let (making, deleting) = ([there.clone()], [gone.clone()]);
    check(Some(there.clone()), &deleting, gone.clone(), there.clone(), Send(gone.clone()));
    check(Some(there.clone()), &deleting, gone.clone(), gone.clone(), Nothing);
    check(None, &making, there.clone(), there.clone(), Nothing);
    check(None, &making, gone.clone(), there.clone(), Send(gone.clone()));
    // Made here, deleted by another who had seen it.
    check(None, &making, there, gone, Nothing);
}
