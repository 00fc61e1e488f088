//! Merges of people, enrolments and links.

use super::*;
use crate::data::{Enrollment, EnrollmentStatus, Relationship, RelationshipItem, TrackedEntity};
use crate::samples::{self, uid};
use crate::uid::{CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, NoteUid};

const NAME: &str = "teaName0001";
const PHONE: &str = "teaPhone001";
const RISK: &str = "teaRisk0001";

fn person(values: &[(&str, &str)]) -> TrackedEntity {
    TrackedEntity {
        attributes: values.iter().map(|(id, value)| (uid(id), (*value).to_owned())).collect(),
        created_at_client: Some("2026-11-20T08:00:00.000".into()),
        updated_at_client: Some("2026-11-20T08:00:00.000".into()),
        ..samples::tracked_entity("tePerson001")
    }
}

fn gone(person: TrackedEntity) -> TrackedEntity {
    TrackedEntity { deleted: true, ..person }
}

fn enrolled(edit: impl FnOnce(&mut Enrollment)) -> Enrollment {
    let mut enrollment = Enrollment {
        enrolled_at: Some("2026-11-20".into()),
        occurred_at: Some("2026-11-10".into()),
        created_at_client: Some("2026-11-20T08:00:00.000".into()),
        updated_at_client: Some("2026-11-20T08:00:00.000".into()),
        ..samples::enrollment("enPerson001", "tePerson001", "prChild0001")
    };
    edit(&mut enrollment);
    enrollment
}

fn ended(status: EnrollmentStatus, day: &str) -> Enrollment {
    enrolled(|one| {
        one.status = status;
        one.completed_at = Some(day.into());
    })
}

fn done(day: &str) -> Enrollment {
    ended(EnrollmentStatus::Completed, day)
}

fn note(id: &str, value: &str) -> Note {
    Note::new(uid::<NoteUid>(id), value.into())
}

#[derive(Debug)]
enum Expected<T> {
    Nothing,
    Send(T),
    Ask(&'static [&'static str]),
}

use Expected::{Ask, Nothing, Send};

#[track_caller]
fn check_merge<T: FieldWise + PartialEq + std::fmt::Debug>(
    merge: Merge<T>,
    remote: &T,
    expected: Expected<T>,
) {
    match (&merge, expected) {
        (Merge::Same, Nothing) => {}
        (Merge::Local(merged), Send(wanted)) => assert_eq!(merged, &wanted),
        (Merge::Conflict { fields, theirs, .. }, Ask(wanted)) => {
            assert_eq!(fields, wanted);
            assert_eq!(theirs, remote);
        }
        (_, expected) => panic!("{merge:?} instead of {expected:?}"),
    }
}

#[track_caller]
fn check_person(
    base: Option<TrackedEntity>,
    local: TrackedEntity,
    remote: TrackedEntity,
    expected: Expected<TrackedEntity>,
) {
    check_merge(merge_tracked_entity(base.as_ref(), &local, &remote), &remote, expected);
}

#[track_caller]
fn check(
    base: Option<Enrollment>,
    local: Enrollment,
    remote: Enrollment,
    expected: Expected<Enrollment>,
) {
    check_merge(merge_enrollment(base.as_ref(), &local, &remote), &remote, expected);
}

#[test]
fn values_of_different_attributes_both_survive() {
    let (ada, called) = (person(&[(NAME, "Ada")]), person(&[(NAME, "Ada"), (PHONE, "1")]));
    let (ida, both) = (person(&[(NAME, "Ida")]), person(&[(NAME, "Ida"), (PHONE, "1")]));
    check_person(Some(ada.clone()), ida.clone(), called.clone(), Send(both.clone()));
    check_person(Some(ada.clone()), called, ida, Send(both));
    let at_risk = |risk: &str| {
        let risk = (uid(RISK), risk.to_owned());
        enrolled(|one| one.attributes = [risk].into())
    };
    let followed = enrolled(|one| one.follow_up = true);
    let both = Enrollment { follow_up: true, ..at_risk("high") };
    check(Some(enrolled(|_| {})), at_risk("high"), followed, Send(both));
    check(Some(at_risk("low")), at_risk("high"), at_risk("none"), Ask(&[RISK]));
}

#[test]
fn different_values_of_one_attribute_are_a_question_named_after_it() {
    let named = |name| person(&[(NAME, name)]);
    let (base, local, remote) = (named("Ada"), named("Ida"), named("Eda"));
    check_person(Some(base.clone()), local.clone(), remote.clone(), Ask(&[NAME]));
    check_person(Some(base.clone()), remote.clone(), local.clone(), Ask(&[NAME]));
    check_person(Some(base.clone()), local.clone(), local.clone(), Nothing);
    let merge = merge_tracked_entity(Some(&base), &local, &remote);
    assert_eq!(merge.clone().resolve(&Choice::Mine), Merge::Local(local));
    assert_eq!(merge.resolve(&Choice::Theirs), Merge::Same);
    // One side empties what the other changes; an empty text is none.
    check_person(Some(base.clone()), person(&[]), remote.clone(), Ask(&[NAME]));
    check_person(Some(base.clone()), named(""), person(&[]), Nothing);
    check_person(Some(base.clone()), person(&[]), base, Send(person(&[])));
}

#[test]
fn without_a_base_only_differences_of_both_are_in_question() {
    let (ada, called) = (person(&[(NAME, "Ada")]), person(&[(NAME, "Ada"), (PHONE, "1")]));
    check_person(None, called.clone(), ada.clone(), Send(called.clone()));
    check_person(None, ada.clone(), called, Nothing);
    let elsewhere = TrackedEntity { organisation_unit: uid("ouClinicB01"), ..ada.clone() };
    check_person(None, ada.clone(), elsewhere.clone(), Ask(&[fields::ORG_UNIT]));
    check_person(Some(ada.clone()), ada, elsewhere, Nothing);
}

#[test]
fn deletion_against_change_is_a_question_and_against_nothing_is_not() {
    let (base, changed) = (person(&[(NAME, "Ada")]), person(&[(NAME, "Ida")]));
    check_person(Some(base.clone()), gone(base.clone()), changed.clone(), Ask(&[fields::DELETED]));
    check_person(Some(base.clone()), changed, gone(base.clone()), Ask(&[fields::DELETED]));
    check_person(Some(base.clone()), gone(base.clone()), base.clone(), Send(gone(base.clone())));
    check_person(Some(base.clone()), base.clone(), gone(base.clone()), Nothing);
    check_person(Some(base.clone()), gone(base.clone()), gone(base.clone()), Nothing);
    let base = enrolled(|_| {});
    let noted = enrolled(|one| one.notes = vec![note("noNote00001", "Moved?")]);
    let deleted = enrolled(|one| one.deleted = true);
    check(Some(base.clone()), deleted.clone(), noted.clone(), Ask(&[fields::DELETED]));
    check(Some(base.clone()), noted, deleted.clone(), Ask(&[fields::DELETED]));
    check(Some(base.clone()), deleted.clone(), base.clone(), Send(deleted.clone()));
    check(Some(base.clone()), base, deleted, Nothing);
}

#[test]
fn what_the_server_writes_in_another_way_is_no_change() {
    let remote = enrolled(|one| {
        one.enrolled_at = Some("2026-11-20T00:00:00.000".into());
        one.occurred_at = Some("2026-11-10T00:00:00.000".into());
        one.attribute_option_combo =
            CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).ok();
        one.created_at_client = None;
        one.updated_at_client = None;
    });
    check(None, enrolled(|_| {}), remote.clone(), Nothing);
    check(Some(enrolled(|_| {})), enrolled(|_| {}), remote, Nothing);
    let point = |text: &str| TrackedEntity { geometry: Some(text.into()), ..person(&[]) };
    check_person(
        None,
        point(r#"{"type":"Point","coordinates":[32.5,0]}"#),
        point(r#"{"coordinates": [32.50, 0.0], "type": "Point"}"#),
        Nothing,
    );
}

#[test]
fn the_device_times_never_conflict_and_travel_along() {
    let at = |time: &str, name: &str| TrackedEntity {
        updated_at_client: Some(time.into()),
        ..person(&[(NAME, name)])
    };
    let base = person(&[(NAME, "Ada")]);
    let remote = at("2026-11-24T09:00:00.000", "Ada");
    check_person(Some(base.clone()), at("2026-11-25T09:00:00.000", "Ada"), remote.clone(), Nothing);
    let edited = at("2026-11-25T09:00:00.000", "Ida");
    check_person(Some(base.clone()), edited.clone(), remote, Send(edited.clone()));
    // The server lost them (capture t061e).
    let bare = TrackedEntity { created_at_client: None, updated_at_client: None, ..base.clone() };
    check_person(Some(base), edited.clone(), bare, Send(edited));
}

#[test]
fn notes_unite_by_id() {
    let noted = |notes: &[Note]| enrolled(|one| one.notes = notes.to_vec());
    let (mine, theirs) = (note("noNote00001", "mine"), note("noNote00002", "theirs"));
    let both = noted(&[theirs.clone(), mine.clone()]);
    let base = enrolled(|_| {});
    check(
        Some(base.clone()),
        noted(std::slice::from_ref(&mine)),
        noted(&[theirs]),
        Send(both.clone()),
    );
    check(Some(base), noted(&[mine]), both, Nothing);
}

#[test]
fn an_end_on_one_side_is_taken_with_its_day() {
    let base = enrolled(|_| {});
    check(Some(base.clone()), done("2026-11-24"), base.clone(), Send(done("2026-11-24")));
    check(Some(base.clone()), base.clone(), done("2026-11-24"), Nothing);
    let followed = |enrollment| Enrollment { follow_up: true, ..enrollment };
    let both = followed(done("2026-11-24"));
    check(Some(base.clone()), followed(base.clone()), done("2026-11-24"), Send(both.clone()));
    check(Some(base.clone()), done("2026-11-24"), followed(base), Send(both));
}

#[test]
fn ends_on_both_sides_agree_or_are_in_question() {
    let base = enrolled(|_| {});
    // The same day: the server's time of day stands.
    check(Some(base.clone()), done("2026-11-24"), done("2026-11-24T14:00:00.000"), Nothing);
    // A record that has no day yet takes the server's.
    let undated = enrolled(|one| one.status = EnrollmentStatus::Completed);
    check(Some(base.clone()), undated, done("2026-11-24"), Nothing);
    check(Some(base.clone()), done("2026-11-24"), done("2026-11-25"), Ask(&[fields::COMPLETED_AT]));
    let cancelled = ended(EnrollmentStatus::Cancelled, "2026-11-24");
    check(Some(base), cancelled, done("2026-11-24"), Ask(&[fields::STATUS]));
}

#[test]
fn what_was_moved_there_alone_is_not_moved_back() {
    check(Some(done("2026-11-24")), done("2026-11-24"), done("2026-11-25"), Nothing);
    let followed = |enrollment| Enrollment { follow_up: true, ..enrollment };
    let both = followed(done("2026-11-25"));
    check(Some(done("2026-11-24")), followed(done("2026-11-24")), done("2026-11-25"), Send(both));
}

#[test]
fn an_open_enrolment_has_no_end() {
    let (base, reopened) = (done("2026-11-24"), enrolled(|_| {}));
    let followed = |enrollment| Enrollment { follow_up: true, ..enrollment };
    // Reopened there, marked here.
    let expected = followed(reopened.clone());
    check(Some(base.clone()), followed(base.clone()), reopened.clone(), Send(expected.clone()));
    // Marked there, reopened here.
    check(Some(base.clone()), reopened.clone(), followed(base.clone()), Send(expected));
    // Reopened there, moved here.
    let moved = done("2026-11-26");
    let asked: &[&str] = &[fields::COMPLETED_AT, fields::STATUS];
    check(Some(base.clone()), moved.clone(), reopened.clone(), Ask(asked));
    let merge = merge_enrollment(Some(&base), &moved, &reopened);
    assert_eq!(merge.clone().resolve(&Choice::Theirs), Merge::Same);
    assert_eq!(merge.resolve(&Choice::Mine), Merge::Local(moved));
}

#[test]
fn a_choice_may_differ_from_field_to_field() {
    let base = enrolled(|_| {});
    let edited = |day: &str, risk: &str| {
        let (day, risk) = (day.to_owned(), risk.to_owned());
        enrolled(|one| {
            one.enrolled_at = Some(day);
            one.attributes = [(uid(RISK), risk)].into();
        })
    };
    let (local, remote) = (edited("2026-11-21", "high"), edited("2026-11-22", "low"));
    let merge = merge_enrollment(Some(&base), &local, &remote);
    let Merge::Conflict { fields: asked, .. } = &merge else { panic!("both sides changed both") };
    assert_eq!(asked, &[fields::ENROLLED_AT, RISK]);
    let mixed = Choice::TheirsFor([RISK.to_owned()].into());
    assert_eq!(merge.resolve(&mixed), Merge::Local(edited("2026-11-21", "low")));
}

#[test]
fn a_link_is_there_or_it_is_not() {
    let link = |deleted| Relationship {
        id: uid("reMother001"),
        relationship_type: uid("rtMother001"),
        from: RelationshipItem::TrackedEntity(uid("teMother001")),
        to: RelationshipItem::TrackedEntity(uid("tePerson001")),
        created_at_client: None,
        deleted,
    };
    #[track_caller]
    fn check(
        base: Option<&Relationship>,
        local: &Relationship,
        remote: &Relationship,
        expected: Expected<Relationship>,
    ) {
        check_merge(merge_relationship(base, local, remote), remote, expected);
    }
    let (there, gone) = (link(false), link(true));
    check(None, &there, &there, Nothing);
    check(Some(&there), &there, &gone, Nothing);
    check(Some(&there), &gone, &there, Send(gone.clone()));
    check(Some(&there), &gone, &gone, Nothing);
    // Made anew here, deleted there under the same id (E4017).
    check(None, &there, &gone, Ask(&[fields::DELETED]));
}
