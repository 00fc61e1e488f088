//! Laws of the merge, for every base and every pair of edits.

use std::collections::{BTreeMap, BTreeSet};

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::data::{DataValue, Event, EventDataValue, EventStatus, Note};
use crate::uid::{EventUid, NoteUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid};

/// Few different texts, so that both sides often agree and often do not.
fn text() -> impl Strategy<Value = Option<String>> {
    option::of(prop::sample::select(vec!["1", "2", "3"]).prop_map(str::to_owned))
}

fn day() -> impl Strategy<Value = Option<String>> {
    let days = vec!["2026-11-20", "2026-11-21", "2026-11-22T10:00:00.000"];
    option::of(prop::sample::select(days).prop_map(str::to_owned))
}

fn data_value() -> impl Strategy<Value = DataValue> {
    (text(), text(), any::<bool>(), prop::bool::weighted(0.1)).prop_map(
        |(value, comment, follow_up, deleted)| DataValue { value, comment, follow_up, deleted },
    )
}

fn uid(index: u8) -> Uid {
    Uid::from_random([index; 22])
}

fn answers() -> impl Strategy<Value = BTreeMap<DataElementUid, EventDataValue>> {
    let answer = prop::sample::select(vec!["1", "2", "3"])
        .prop_map(|value| EventDataValue { value: value.to_owned(), provided_elsewhere: false });
    prop::collection::btree_map((0u8..4).prop_map(|index| DataElementUid(uid(index))), answer, 0..4)
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    prop::collection::btree_set(0u8..4, 0..3).prop_map(|ids| {
        ids.into_iter().map(|id| Note::new(NoteUid(uid(id)), format!("note {id}"))).collect()
    })
}

fn status() -> impl Strategy<Value = EventStatus> {
    prop::sample::select(vec![EventStatus::Active, EventStatus::Completed, EventStatus::Skipped])
}

fn event() -> impl Strategy<Value = Event> {
    let rest = (0u8..3, option::of((1u8..3).prop_map(uid)), prop::bool::weighted(0.1));
    (status(), day(), day(), day(), answers(), notes(), rest).prop_map(
        |(status, occurred_at, scheduled_at, completed_at, data_values, notes, rest)| Event {
            id: EventUid(uid(200)),
            program: ProgramUid(uid(201)),
            program_stage: ProgramStageUid(uid(202)),
            organisation_unit: OrganisationUnitUid(uid(rest.0)),
            attribute_option_combo: None,
            status,
            occurred_at,
            scheduled_at,
            completed_at: completed_at.filter(|_| status == EventStatus::Completed),
            geometry: None,
            assigned_user: rest.1,
            follow_up: false,
            enrollment: None,
            tracked_entity: None,
            data_values,
            notes,
            created_at_client: None,
            updated_at_client: None,
            deleted: rest.2,
        },
    )
}

fn living_event() -> impl Strategy<Value = Event> {
    event().prop_map(|event| Event { deleted: false, ..event })
}

/// The fields of an event as texts, so that laws can speak of each.
fn facets(event: &Event) -> BTreeMap<String, String> {
    let mut facets: BTreeMap<String, String> = BTreeMap::new();
    let mut put = |name: &str, value: String| facets.insert(name.to_owned(), value);
    put(fields::STATUS, format!("{:?}", event.status));
    put(fields::OCCURRED_AT, format!("{:?}", event.occurred_at));
    put(fields::SCHEDULED_AT, format!("{:?}", event.scheduled_at));
    put(fields::COMPLETED_AT, format!("{:?}", event.completed_at));
    put(fields::ORG_UNIT, format!("{:?}", event.organisation_unit));
    put(fields::ASSIGNED_USER, format!("{:?}", event.assigned_user));
    for index in 0..4 {
        let question = DataElementUid(uid(index));
        put(question.as_str(), format!("{:?}", event.data_values.get(&question)));
    }
    facets
}

fn note_ids(event: &Event) -> BTreeSet<NoteUid> {
    event.notes.iter().map(|note| note.id).collect()
}

fn notes_made(base: Option<&Event>, local: &Event) -> BTreeSet<NoteUid> {
    let known = base.map(note_ids).unwrap_or_default();
    note_ids(local).difference(&known).copied().collect()
}

/// What a field was before; `None` for one that every event has, if there was no event.
fn before(base: Option<&Event>, field: &str) -> Option<String> {
    let always_there = [fields::STATUS, fields::ORG_UNIT].contains(&field);
    match base {
        Some(base) => Some(facets(base)[field].clone()),
        None if always_there => None,
        None => Some("None".to_owned()),
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

proptest! {
    #[test]
    fn what_was_not_edited_here_is_never_sent(base in event(), remote in event()) {
        prop_assert_eq!(merge_event(Some(&base), &base, &remote), Merge::Same);
    }

    #[test]
    fn what_the_server_holds_is_never_sent(base in option::of(event()), local in event()) {
        prop_assert_eq!(merge_event(base.as_ref(), &local, &local), Merge::Same);
    }

    #[test]
    fn an_edit_of_an_unchanged_event_is_sent_as_it_is(base in living_event(), local in event()) {
        let (merged, names) = outcome(&merge_event(Some(&base), &local, &base), &base);
        prop_assert_eq!(names, Vec::<String>::new());
        prop_assert_eq!(merged.deleted, local.deleted);
        if !local.deleted {
            prop_assert_eq!(facets(&merged), facets(&local));
            prop_assert!(note_ids(&merged).is_superset(&notes_made(Some(&base), &local)));
        }
    }

    #[test]
    fn no_edit_is_dropped_silently(
        base in option::of(event()), local in event(), remote in event(),
    ) {
        let merge = merge_event(base.as_ref(), &local, &remote);
        let (merged, names) = outcome(&merge, &remote);
        let deleted_here = base.as_ref().is_some_and(|base| local.deleted && !base.deleted);
        if deleted_here || names == [fields::DELETED] {
            prop_assert!(merged.deleted == local.deleted || merge == Merge::Same);
            return Ok(());
        }
        if local.deleted || remote.deleted || base.as_ref().is_some_and(|base| base.deleted) {
            return Ok(());
        }
        prop_assert!(note_ids(&merged).is_superset(&notes_made(base.as_ref(), &local)));
        let (merged, local, remote) = (facets(&merged), facets(&local), facets(&remote));
        for (name, mine) in &local {
            let edited_here = before(base.as_ref(), name).as_ref() != Some(mine);
            if edited_here && mine != &remote[name] {
                let kept = &merged[name] == mine || names.contains(name);
                prop_assert!(kept, "{} was dropped: {:?}", name, names);
            } else if !edited_here && name != fields::COMPLETED_AT && name != fields::STATUS {
                prop_assert_eq!(&merged[name], &remote[name]);
            }
        }
    }

    #[test]
    fn a_merge_that_arrived_leaves_nothing_to_send(
        base in option::of(event()), local in event(), remote in event(),
    ) {
        if let Merge::Local(merged) = merge_event(base.as_ref(), &local, &remote) {
            prop_assert_eq!(merge_event(Some(&remote), &merged, &merged), Merge::Same);
            prop_assert_eq!(merge_event(Some(&merged), &merged, &merged), Merge::Same);
            let again = merge_event(Some(&remote), &merged, &remote);
            prop_assert_eq!(outcome(&again, &remote), (merged, vec![]));
        }
    }

    #[test]
    fn edits_of_different_questions_commute(
        base in living_event(), mine in answers(), theirs in answers(),
    ) {
        let split = |answers: &BTreeMap<DataElementUid, EventDataValue>, even: bool| {
            let mut event = base.clone();
            for index in 0..4u8 {
                let question = DataElementUid(uid(index));
                if (index % 2 == 0) == even {
                    match answers.get(&question) {
                        Some(answer) => event.data_values.insert(question, answer.clone()),
                        None => event.data_values.remove(&question),
                    };
                }
            }
            event
        };
        let (a, b) = (split(&mine, true), split(&theirs, false));
        let (ab, conflicts_ab) = outcome(&merge_event(Some(&base), &a, &b), &b);
        let (ba, conflicts_ba) = outcome(&merge_event(Some(&base), &b, &a), &a);
        prop_assert!(conflicts_ab.is_empty() && conflicts_ba.is_empty());
        prop_assert_eq!(facets(&ab), facets(&ba));
        let both = outcome(&merge_event(Some(&base), &split(&mine, true), &base), &base).0;
        for index in 0..4u8 {
            let question = DataElementUid(uid(index));
            let from = if index % 2 == 0 { &both } else { &b };
            prop_assert_eq!(ab.data_values.get(&question), from.data_values.get(&question));
        }
    }

    #[test]
    fn every_choice_ends_the_conflict(
        base in option::of(event()), local in event(), remote in event(),
    ) {
        let merge = merge_event(base.as_ref(), &local, &remote);
        if let Merge::Conflict { fields, merged_for_mine, theirs } = merge.clone() {
            prop_assert_eq!(&theirs, &remote);
            let mine = merge.clone().resolve(&Choice::Mine);
            prop_assert_eq!(outcome(&mine, &remote), (merged_for_mine, vec![]));
            let all = Choice::TheirsFor(fields.iter().cloned().collect());
            let their = merge.clone().resolve(&Choice::Theirs);
            prop_assert_eq!(merge.resolve(&all), their.clone());
            let (taken, names) = outcome(&their, &remote);
            prop_assert!(names.is_empty());
            let (taken, remote) = (facets(&taken), facets(&remote));
            for field in fields.iter().filter(|field| *field != fields::DELETED) {
                prop_assert_eq!(&taken[field], &remote[field]);
            }
        }
    }

    #[test]
    fn the_laws_hold_for_values_too(
        base in option::of(data_value()), local in data_value(), remote in data_value(),
    ) {
        prop_assert_eq!(merge_data_value(base.as_ref(), &local, &local), Merge::Same);
        if let Some(base) = &base {
            prop_assert_eq!(merge_data_value(Some(base), base, &remote), Merge::Same);
        }
        let merge = merge_data_value(base.as_ref(), &local, &remote);
        if let Merge::Local(merged) = &merge {
            prop_assert_eq!(merge_data_value(Some(&remote), merged, merged), Merge::Same);
        }
        let (merged, names) = outcome(&merge, &remote);
        let before = base.clone().unwrap_or_default();
        let whole = |value: &DataValue| value.deleted || *value == DataValue::default();
        if whole(&before) || whole(&local) || whole(&remote) || names == [fields::DELETED] {
            return Ok(());
        }
        let kept = |name: &str, edited: bool, survives: bool| {
            !edited || survives || names.iter().any(|field| field == name)
        };
        prop_assert!(kept(fields::VALUE, local.value != before.value, merged.value == local.value));
        let comment = merged.comment == local.comment;
        prop_assert!(kept(fields::COMMENT, local.comment != before.comment, comment));
        let marked = merged.follow_up == local.follow_up;
        prop_assert!(kept(fields::FOLLOW_UP, local.follow_up != before.follow_up, marked));
    }
}
