//! Laws of the merge of people and enrolments, for every base and every pair of edits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::data::{Enrollment, EnrollmentStatus, Payload, TrackedEntity};
use crate::uid::{
    EnrollmentUid, NoteUid, OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid,
    TrackedEntityTypeUid, TrackedEntityUid, Uid,
};

const ATTRIBUTES: u8 = 4;

fn uid(index: u8) -> Uid {
    Uid::from_random([index; 22])
}

fn attribute(index: u8) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid(uid(index))
}

/// Few different texts, so that both sides often agree and often do not.
fn values() -> impl Strategy<Value = BTreeMap<TrackedEntityAttributeUid, String>> {
    let value = prop::sample::select(vec!["1", "2", "3"]).prop_map(str::to_owned);
    prop::collection::btree_map((0..ATTRIBUTES).prop_map(attribute), value, 0..4)
}

fn day() -> impl Strategy<Value = Option<String>> {
    let days = vec!["2026-11-20", "2026-11-21", "2026-11-22T10:00:00.000"];
    option::of(prop::sample::select(days).prop_map(str::to_owned))
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    prop::collection::btree_set(0u8..4, 0..3).prop_map(|ids| {
        ids.into_iter().map(|id| Note::new(NoteUid(uid(id)), format!("note {id}"))).collect()
    })
}

fn unit() -> impl Strategy<Value = OrganisationUnitUid> {
    (0u8..3).prop_map(|index| OrganisationUnitUid(uid(index)))
}

fn deleted() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn person() -> impl Strategy<Value = TrackedEntity> {
    (unit(), values(), deleted()).prop_map(|(organisation_unit, attributes, deleted)| {
        TrackedEntity {
            id: TrackedEntityUid(uid(200)),
            tracked_entity_type: TrackedEntityTypeUid(uid(201)),
            organisation_unit,
            geometry: None,
            attributes,
            created_at_client: None,
            updated_at_client: None,
            deleted,
        }
    })
}

fn status() -> impl Strategy<Value = EnrollmentStatus> {
    use EnrollmentStatus::{Active, Cancelled, Completed};
    prop::sample::select(vec![Active, Completed, Cancelled])
}

fn enrollment() -> impl Strategy<Value = Enrollment> {
    let rest = (unit(), any::<bool>(), deleted());
    (status(), day(), day(), day(), values(), notes(), rest).prop_map(
        |(status, enrolled_at, occurred_at, completed_at, attributes, notes, rest)| Enrollment {
            id: EnrollmentUid(uid(202)),
            tracked_entity: TrackedEntityUid(uid(200)),
            program: ProgramUid(uid(203)),
            organisation_unit: rest.0,
            status,
            enrolled_at,
            occurred_at,
            // An ended enrolment has a day: the server sets it where it is not sent (capture t011l).
            completed_at: match status {
                EnrollmentStatus::Active => None,
                _ => completed_at.or(Some("2026-11-23".to_owned())),
            },
            follow_up: rest.1,
            geometry: None,
            attribute_option_combo: None,
            attributes,
            notes,
            created_at_client: None,
            updated_at_client: None,
            deleted: rest.2,
        },
    )
}

/// A record of which laws speak field by field.
trait Lawful: FieldWise + PartialEq + Debug {
    fn merge(base: Option<&Self>, local: &Self, remote: &Self) -> Merge<Self>;
    fn payload(&self) -> Payload;
    fn of(payload: Payload) -> Self;
    fn is_deleted(&self) -> bool;
    /// The fields as texts; `None` is absent.
    fn facets(&self) -> BTreeMap<String, Option<String>>;
    /// Fields that every record has: without a base nothing is known of them.
    const ALWAYS_THERE: &'static [&'static str];
    fn note_ids(&self) -> BTreeSet<NoteUid> {
        BTreeSet::new()
    }
}

fn of_values(
    values: &BTreeMap<TrackedEntityAttributeUid, String>,
) -> BTreeMap<String, Option<String>> {
    let facet = |index| (attribute(index).to_string(), values.get(&attribute(index)).cloned());
    (0..ATTRIBUTES).map(facet).collect()
}

impl Lawful for TrackedEntity {
    fn merge(base: Option<&Self>, local: &Self, remote: &Self) -> Merge<Self> {
        merge_tracked_entity(base, local, remote)
    }

    fn payload(&self) -> Payload {
        Payload::TrackedEntity { tracked_entity: self.clone() }
    }

    fn of(payload: Payload) -> Self {
        let Payload::TrackedEntity { tracked_entity } = payload else { panic!("a person") };
        tracked_entity
    }

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    fn facets(&self) -> BTreeMap<String, Option<String>> {
        let mut facets = of_values(&self.attributes);
        facets.insert(fields::ORG_UNIT.to_owned(), Some(self.organisation_unit.to_string()));
        facets
    }

    const ALWAYS_THERE: &'static [&'static str] = &[fields::ORG_UNIT];
}

impl Lawful for Enrollment {
    fn merge(base: Option<&Self>, local: &Self, remote: &Self) -> Merge<Self> {
        merge_enrollment(base, local, remote)
    }

    fn payload(&self) -> Payload {
        Payload::Enrollment { enrollment: self.clone() }
    }

    fn of(payload: Payload) -> Self {
        let Payload::Enrollment { enrollment } = payload else { panic!("an enrolment") };
        enrollment
    }

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    fn facets(&self) -> BTreeMap<String, Option<String>> {
        let mut facets = of_values(&self.attributes);
        let mut put = |name: &str, value| facets.insert(name.to_owned(), value);
        put(fields::STATUS, Some(self.status.name().to_owned()));
        put(fields::ORG_UNIT, Some(self.organisation_unit.to_string()));
        put(fields::ENROLLED_AT, self.enrolled_at.clone());
        put(fields::OCCURRED_AT, self.occurred_at.clone());
        put(fields::COMPLETED_AT, self.completed_at.clone());
        put(fields::FOLLOW_UP, self.follow_up.then(|| "marked".to_owned()));
        facets
    }

    const ALWAYS_THERE: &'static [&'static str] = &[fields::STATUS, fields::ORG_UNIT];

    fn note_ids(&self) -> BTreeSet<NoteUid> {
        self.notes.iter().map(|note| note.id).collect()
    }
}

fn outcome<T: Clone>(merge: &Merge<T>, remote: &T) -> (T, Vec<String>) {
    match merge {
        Merge::Same => (remote.clone(), vec![]),
        Merge::Local(merged) => (merged.clone(), vec![]),
        Merge::Conflict { fields, merged_for_mine, .. } => {
            (merged_for_mine.clone(), fields.clone())
        }
    }
}

fn what_nobody_edited_here_is_never_sent<T: Lawful>(base: &T, remote: &T) {
    assert_eq!(T::merge(Some(base), base, remote), Merge::Same);
    assert_eq!(T::merge(None, remote, remote), Merge::Same);
    assert_eq!(T::merge(Some(base), remote, remote), Merge::Same);
}

fn no_edit_is_dropped_silently<T: Lawful>(base: Option<&T>, local: &T, remote: &T) {
    let merge = T::merge(base, local, remote);
    let (merged, names) = outcome(&merge, remote);
    if names == [fields::DELETED]
        || [base, Some(local), Some(remote)].into_iter().flatten().any(T::is_deleted)
    {
        assert!(merged.is_deleted() == local.is_deleted() || merge == Merge::Same);
        return;
    }
    let made: BTreeSet<_> = &local.note_ids() - &base.map(T::note_ids).unwrap_or_default();
    assert!(merged.note_ids().is_superset(&made));
    let (merged, mine, theirs) = (merged.facets(), local.facets(), remote.facets());
    for (name, mine) in &mine {
        let before = base.map(|base| base.facets()[name].clone());
        let is_unknown = before.is_none() && T::ALWAYS_THERE.contains(&name.as_str());
        let before = before.flatten();
        let edited_here = is_unknown || before != *mine;
        let theirs = &theirs[name];
        if edited_here && mine != theirs {
            let kept = &merged[name] == mine || names.contains(name);
            // An open enrolment has no end: the day goes with the status.
            let follows_status = name == fields::COMPLETED_AT && merged[name].is_none();
            assert!(kept || follows_status, "{name} was dropped: {names:?}");
        } else if !edited_here && ![fields::STATUS, fields::COMPLETED_AT].contains(&name.as_str()) {
            assert_eq!(&merged[name], theirs, "{name} was not edited here");
        }
    }
}

/// The sides exchanged: the same questions are asked, and what is not in question is the same.
fn sides_are_equal<T: Lawful>(base: Option<&T>, local: &T, remote: &T) {
    let (here, asked) = outcome(&T::merge(base, local, remote), remote);
    let (there, asked_there) = outcome(&T::merge(base, remote, local), local);
    if [base, Some(local), Some(remote)].into_iter().flatten().any(T::is_deleted) {
        return;
    }
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let (asked, asked_there) = (set(asked), set(asked_there));
    let ends = [fields::STATUS, fields::COMPLETED_AT];
    let without_ends = |names: &BTreeSet<String>| {
        names.iter().filter(|name| !ends.contains(&name.as_str())).cloned().collect::<Vec<_>>()
    };
    assert_eq!(without_ends(&asked), without_ends(&asked_there));
    let (here, there) = (here.facets(), there.facets());
    let in_question: BTreeSet<_> = asked.union(&asked_there).map(String::as_str).collect();
    // Status and day of the end are decided together.
    let ends_in_question = ends.iter().any(|name| in_question.contains(name));
    for (name, value) in &here {
        let name = name.as_str();
        let may_differ = ends_in_question && ends.contains(&name);
        if !in_question.contains(name) && !may_differ {
            assert_eq!(value, &there[name], "{name}");
        }
    }
}

fn a_merge_that_arrived_leaves_nothing_to_send<T: Lawful>(base: Option<&T>, local: &T, remote: &T) {
    if let Merge::Local(merged) = T::merge(base, local, remote) {
        assert_eq!(T::merge(Some(remote), &merged, &merged), Merge::Same);
        assert_eq!(T::merge(Some(&merged), &merged, &merged), Merge::Same);
        let again = T::merge(Some(remote), &merged, remote);
        assert_eq!(outcome(&again, remote), (merged, vec![]));
    }
}

fn every_choice_ends_the_conflict<T: Lawful>(base: Option<&T>, local: &T, remote: &T) {
    let merge = T::merge(base, local, remote);
    let Merge::Conflict { fields, merged_for_mine, theirs } = merge.clone() else { return };
    assert_eq!(&theirs, remote);
    let mine = merge.clone().resolve(&Choice::Mine);
    assert_eq!(outcome(&mine, remote), (merged_for_mine, vec![]));
    let all = Choice::TheirsFor(fields.iter().cloned().collect());
    let their = merge.clone().resolve(&Choice::Theirs);
    assert_eq!(merge.resolve(&all), their.clone());
    let (taken, names) = outcome(&their, remote);
    assert!(names.is_empty());
    let (taken, remote) = (taken.facets(), remote.facets());
    for field in fields.iter().filter(|field| *field != fields::DELETED) {
        assert_eq!(&taken[field], &remote[field]);
    }
}

/// A version in doubt that arrived, or did not: nobody is asked, and all that was entered is sent.
fn ones_own_versions_are_no_conflict<T: Lawful>(base: &T, sent: &T, local: &T) {
    if [base, sent, local].into_iter().any(T::is_deleted) {
        return;
    }
    // Notes are never taken back.
    let keeps = |later: &T, earlier: &T| later.note_ids().is_superset(&earlier.note_ids());
    if !keeps(sent, base) || !keeps(local, sent) {
        return;
    }
    for held in [base, sent] {
        let merge = merge_in_doubt(
            Some(&base.payload()),
            &[sent.payload()],
            &local.payload(),
            &held.payload(),
        );
        match merge {
            Merge::Same => assert!(local.is_held_by(held)),
            Merge::Local(merged) => {
                let merged = T::of(merged);
                assert_eq!(merged.facets(), local.facets());
                assert_eq!(merged.note_ids(), local.note_ids());
            }
            Merge::Conflict { fields, .. } => panic!("asked about {fields:?}"),
        }
    }
}

/// What differs here from everything that the server may have held is sent or asked about, whoever
/// else wrote meanwhile.
fn no_edit_is_dropped_in_doubt<T: Lawful>(base: &T, sent: &T, local: &T, remote: &T) {
    if [base, sent, local, remote].into_iter().any(T::is_deleted) {
        return;
    }
    let merge = merge_in_doubt(
        Some(&base.payload()),
        &[sent.payload()],
        &local.payload(),
        &remote.payload(),
    );
    let (merged, names) = outcome(&merge, &remote.payload());
    let merged = T::of(merged);
    let known = &base.note_ids() | &sent.note_ids();
    assert!(merged.note_ids().is_superset(&(&local.note_ids() - &known)));
    let (base, sent, merged) = (base.facets(), sent.facets(), merged.facets());
    for (name, mine) in local.facets() {
        let is_new = base[&name] != mine && sent[&name] != mine;
        let kept = merged[&name] == mine || names.contains(&name);
        // An open enrolment has no end: the day goes with the status.
        let follows_status = name == fields::COMPLETED_AT && merged[&name].is_none();
        assert!(!is_new || kept || follows_status, "{name} was dropped: {names:?}");
    }
}

macro_rules! laws {
    ($module:ident, $record:ident) => {
        mod $module {
            use super::*;

            proptest! {
                #[test]
                fn what_nobody_edited_here_is_never_sent(
                    base in $record(), remote in $record(),
                ) {
                    super::what_nobody_edited_here_is_never_sent(&base, &remote);
                }

                #[test]
                fn no_edit_is_dropped_silently(
                    base in option::of($record()), local in $record(), remote in $record(),
                ) {
                    super::no_edit_is_dropped_silently(base.as_ref(), &local, &remote);
                }

                #[test]
                fn sides_are_equal(
                    base in option::of($record()), local in $record(), remote in $record(),
                ) {
                    super::sides_are_equal(base.as_ref(), &local, &remote);
                }

                #[test]
                fn a_merge_that_arrived_leaves_nothing_to_send(
                    base in option::of($record()), local in $record(), remote in $record(),
                ) {
                    super::a_merge_that_arrived_leaves_nothing_to_send(
                        base.as_ref(), &local, &remote,
                    );
                }

                #[test]
                fn every_choice_ends_the_conflict(
                    base in option::of($record()), local in $record(), remote in $record(),
                ) {
                    super::every_choice_ends_the_conflict(base.as_ref(), &local, &remote);
                }

                #[test]
                fn ones_own_versions_are_no_conflict(
                    base in $record(), sent in $record(), local in $record(),
                ) {
                    super::ones_own_versions_are_no_conflict(&base, &sent, &local);
                }

                #[test]
                fn no_edit_is_dropped_in_doubt(
                    base in $record(), sent in $record(), local in $record(), remote in $record(),
                ) {
                    super::no_edit_is_dropped_in_doubt(&base, &sent, &local, &remote);
                }
            }
        }
    };
}

laws!(people, person);
laws!(enrolments, enrollment);
