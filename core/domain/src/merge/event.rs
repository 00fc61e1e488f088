//! Merge of an event: its properties, the answer to each question, its notes.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::{Conflicts, FieldWise, Merge, deleted, fields, finish, notes_held, united_notes};
use crate::data::{Event, EventDataValue, EventStatus};
use crate::form::civil_time;
use crate::form::geometry::Geometry;
use crate::uid::{CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid};

/// Merges an event. `base` is `None` if the server was known not to hold it.
///
/// Deletion on one side and a change on the other is a conflict about the whole event. Notes are
/// append-only and unite by id. The device's own times follow the local side and never conflict.
/// An event deleted on the server cannot be revived under its id (E1082): after a choice for one's
/// own version the caller gives it a new id.
#[must_use]
pub fn merge_event(base: Option<&Event>, local: &Event, remote: &Event) -> Merge<Event> {
    if let Some(merge) = deleted(base, local, remote, |one| one.deleted) {
        return merge;
    }
    let mut conflicts = Conflicts::default();
    let mut merged = merge_properties(&mut conflicts, base, local, remote);
    for question in questions(base, local, remote) {
        let answer = |event: &Event| answer(event, question);
        let base = base.and_then(answer);
        match conflicts.pick_answer(question, base, answer(local), answer(remote)) {
            Some(answer) => merged.data_values.insert(question, answer),
            None => merged.data_values.remove(&question),
        };
    }
    merged.notes = united_notes(base.map(|base| &*base.notes), &local.notes, &remote.notes);
    keep_completion_consistent(&mut conflicts, base, local, &mut merged);
    finish(conflicts.0, merged, remote)
}

fn merge_properties(
    conflicts: &mut Conflicts,
    base: Option<&Event>,
    local: &Event,
    remote: &Event,
) -> Event {
    let (no_combo, no_user) = (None, None);
    let sides = (base, local, remote);
    Event {
        status: conflicts.pick_by(
            fields::STATUS,
            base.map(|base| &base.status),
            &local.status,
            &remote.status,
            |a, b| settled_status(*a) == settled_status(*b),
        ),
        organisation_unit: conflicts.pick_of(fields::ORG_UNIT, sides, |one| &one.organisation_unit),
        attribute_option_combo: conflicts.pick_by(
            fields::ATTRIBUTE_OPTION_COMBO,
            Some(base.map_or(&no_combo, |base| &base.attribute_option_combo)),
            &local.attribute_option_combo,
            &remote.attribute_option_combo,
            |a, b| same_combo(*a, *b),
        ),
        occurred_at: conflicts.pick_text(
            fields::OCCURRED_AT,
            sides,
            |one| &one.occurred_at,
            same_time,
        ),
        scheduled_at: conflicts.pick_text(
            fields::SCHEDULED_AT,
            sides,
            |one| &one.scheduled_at,
            same_time,
        ),
        completed_at: conflicts.pick_text(
            fields::COMPLETED_AT,
            sides,
            |one| &one.completed_at,
            same_day,
        ),
        geometry: conflicts.pick_text(fields::GEOMETRY, sides, |one| &one.geometry, same_geometry),
        follow_up: conflicts.pick_follow_up(sides, |one| &one.follow_up),
        assigned_user: conflicts.pick(
            fields::ASSIGNED_USER,
            Some(base.map_or(&no_user, |base| &base.assigned_user)),
            &local.assigned_user,
            &remote.assigned_user,
        ),
        created_at_client: local.created_at_client.clone().or(remote.created_at_client.clone()),
        updated_at_client: local.updated_at_client.clone().or(remote.updated_at_client.clone()),
        ..local.clone()
    }
}

/// Only a completed event has a completion time (E1051). If the other side reopened the event while
/// this side moved that time, both are in question.
fn keep_completion_consistent(
    conflicts: &mut Conflicts,
    base: Option<&Event>,
    local: &Event,
    merged: &mut Event,
) {
    if merged.status == EventStatus::Completed || merged.completed_at.is_none() {
        return;
    }
    let moved_here = local.status == EventStatus::Completed
        && base.is_some_and(|base| !same_day(&base.completed_at, &local.completed_at));
    if moved_here {
        conflicts.0.push(fields::STATUS.to_owned());
        merged.status = local.status;
    } else {
        merged.completed_at = None;
    }
}

impl FieldWise for Event {
    fn take(&mut self, field: &str, from: &Self) {
        match field {
            fields::DELETED => *self = from.clone(),
            // Only a completed event has a completion time: the two go together.
            fields::STATUS | fields::COMPLETED_AT => {
                self.status = from.status;
                self.completed_at.clone_from(&from.completed_at);
            }
            fields::OCCURRED_AT => self.occurred_at.clone_from(&from.occurred_at),
            fields::SCHEDULED_AT => self.scheduled_at.clone_from(&from.scheduled_at),
            fields::ORG_UNIT => self.organisation_unit = from.organisation_unit,
            fields::ATTRIBUTE_OPTION_COMBO => {
                self.attribute_option_combo = from.attribute_option_combo;
            }
            fields::GEOMETRY => self.geometry.clone_from(&from.geometry),
            fields::FOLLOW_UP => self.follow_up = from.follow_up,
            fields::ASSIGNED_USER => self.assigned_user = from.assigned_user,
            question => take_answer(self, question, from),
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        // Of a deleted event nothing more can be held.
        self.deleted && remote.deleted
            || same_content(self, remote) && notes_held(&self.notes, &remote.notes)
    }
}

fn take_answer(event: &mut Event, question: &str, from: &Event) {
    let Ok(question) = DataElementUid::parse(question) else { return };
    match answer(from, question) {
        Some(answer) => event.data_values.insert(question, answer),
        None => event.data_values.remove(&question),
    };
}

/// Whether two versions say the same, notes and the device's times aside.
fn same_content(a: &Event, b: &Event) -> bool {
    a.deleted == b.deleted
        && settled_status(a.status) == settled_status(b.status)
        && a.organisation_unit == b.organisation_unit
        && same_combo(a.attribute_option_combo, b.attribute_option_combo)
        && same_time(&a.occurred_at, &b.occurred_at)
        && same_time(&a.scheduled_at, &b.scheduled_at)
        && same_day(&a.completed_at, &b.completed_at)
        && same_geometry(&a.geometry, &b.geometry)
        && a.assigned_user == b.assigned_user
        && a.follow_up == b.follow_up
        && questions(None, a, b)
            .into_iter()
            .all(|question| answer(a, question) == answer(b, question))
}

pub(super) fn questions(
    base: Option<&Event>,
    local: &Event,
    remote: &Event,
) -> BTreeSet<DataElementUid> {
    let base = base.into_iter().flat_map(|base| base.data_values.keys());
    base.chain(local.data_values.keys()).chain(remote.data_values.keys()).copied().collect()
}

/// An empty answer is none.
fn answer(event: &Event, question: DataElementUid) -> Option<EventDataValue> {
    event.data_values.get(&question).filter(|answer| !answer.value.is_empty()).cloned()
}

/// The server stores VISITED as ACTIVE and never stores OVERDUE (captures t011j, t011b).
const fn settled_status(status: EventStatus) -> EventStatus {
    match status {
        EventStatus::Visited => EventStatus::Active,
        EventStatus::Overdue => EventStatus::Schedule,
        other => other,
    }
}

pub(super) fn same_combo(
    a: Option<CategoryOptionComboUid>,
    b: Option<CategoryOptionComboUid>,
) -> bool {
    let split = |combo: Option<CategoryOptionComboUid>| {
        combo.filter(|combo| combo.as_str() != DEFAULT_CATEGORY_OPTION_COMBO)
    };
    split(a) == split(b)
}

/// The server answers `2026-11-20` as `2026-11-20T00:00:00.000`.
pub(super) fn same_time(a: &Option<String>, b: &Option<String>) -> bool {
    same_by(a, b, civil_time)
}

/// The time of day of a completion is the server's bookkeeping; only its day is a statement.
pub(super) fn same_day(a: &Option<String>, b: &Option<String>) -> bool {
    same_by(a, b, |time| civil_time(time).map(DateTime::date))
}

pub(super) fn same_geometry(a: &Option<String>, b: &Option<String>) -> bool {
    same_by(a, b, |text| Geometry::parse(text).ok())
}

/// Equal as texts or as what the texts mean; absent and empty are the same.
fn same_by<M: PartialEq>(
    a: &Option<String>,
    b: &Option<String>,
    meaning: impl Fn(&str) -> Option<M>,
) -> bool {
    let present = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    match (present(a), present(b)) {
        (Some(a), Some(b)) => a == b || meaning(&a).is_some_and(|of_a| meaning(&b) == Some(of_a)),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Note;
    use crate::merge::Choice;
    use crate::samples;
    use crate::uid::{NoteUid, OrganisationUnitUid};

    const FEVER: &str = "deFever0001";
    const WEIGHT: &str = "deWeight001";

    fn visit() -> Event {
        Event {
            occurred_at: Some("2026-11-20".into()),
            created_at_client: Some("2026-11-20T08:00:00.000".into()),
            updated_at_client: Some("2026-11-20T08:00:00.000".into()),
            ..samples::event("evVisit0001", "prVisits001", "psVisit0001")
        }
    }

    fn with(mut event: Event, question: &str, value: &str) -> Event {
        event.data_values.insert(samples::uid(question), samples::answer(value));
        event
    }

    fn edited(edit: impl FnOnce(&mut Event)) -> Event {
        let mut event = visit();
        edit(&mut event);
        event
    }

    fn deleted() -> Event {
        edited(|event| event.deleted = true)
    }

    fn note(id: &str, value: &str) -> Note {
        Note::new(NoteUid::parse(id).expect("a uid"), value.into())
    }

    #[track_caller]
    fn check_conflict(
        base: &Event,
        local: &Event,
        remote: &Event,
        expected: &[&str],
    ) -> Merge<Event> {
        let merge = merge_event(Some(base), local, remote);
        let Merge::Conflict { fields, .. } = &merge else { panic!("no conflict: {merge:?}") };
        assert_eq!(fields, expected);
        merge
    }

    #[test]
    fn answers_to_different_questions_both_survive() {
        let local = with(visit(), FEVER, "true");
        let remote = with(visit(), WEIGHT, "12.5");
        let both = with(local.clone(), WEIGHT, "12.5");
        assert_eq!(merge_event(Some(&visit()), &local, &remote), Merge::Local(both));
    }

    #[test]
    fn different_answers_to_one_question_are_a_conflict_named_after_it() {
        let (local, remote) = (with(visit(), FEVER, "true"), with(visit(), FEVER, "false"));
        let merge = check_conflict(&visit(), &local, &remote, &[FEVER]);
        assert_eq!(merge.clone().resolve(&Choice::Mine), Merge::Local(local));
        assert_eq!(merge.resolve(&Choice::Theirs), Merge::Same);
        // One side empties what the other changes.
        let base = with(visit(), FEVER, "unknown");
        check_conflict(&base, &visit(), &remote, &[FEVER]);
    }

    #[test]
    fn a_choice_may_differ_from_field_to_field() {
        let local = with(edited(|event| event.status = EventStatus::Completed), FEVER, "true");
        let remote = with(edited(|event| event.status = EventStatus::Skipped), FEVER, "false");
        let merge = check_conflict(&visit(), &local, &remote, &["status", FEVER]);
        let mixed = Choice::TheirsFor([FEVER.to_owned()].into());
        let expected = with(edited(|event| event.status = EventStatus::Completed), FEVER, "false");
        assert_eq!(merge.resolve(&mixed), Merge::Local(expected));
    }

    #[test]
    fn a_removed_answer_stays_removed() {
        let base = with(with(visit(), FEVER, "true"), WEIGHT, "12");
        let local = with(visit(), WEIGHT, "12");
        assert_eq!(merge_event(Some(&base), &local, &base), Merge::Local(local.clone()));
        let remote = with(with(visit(), FEVER, "true"), WEIGHT, "13");
        let both = with(visit(), WEIGHT, "13");
        assert_eq!(merge_event(Some(&base), &local, &remote), Merge::Local(both));
    }

    #[test]
    fn deletion_against_change_is_a_question_and_against_nothing_is_not() {
        let changed = with(visit(), FEVER, "true");
        let noted = edited(|event| event.notes = vec![note("noNote00001", "Which child?")]);
        check_conflict(&visit(), &deleted(), &changed, &["deleted"]);
        check_conflict(&visit(), &deleted(), &noted, &["deleted"]);
        let merge = check_conflict(&visit(), &changed, &deleted(), &["deleted"]);
        assert_eq!(merge.clone().resolve(&Choice::Theirs), Merge::Same);
        assert_eq!(merge.resolve(&Choice::Mine), Merge::Local(changed));
        check_conflict(&visit(), &noted, &deleted(), &["deleted"]);
        assert_eq!(merge_event(Some(&visit()), &deleted(), &visit()), Merge::Local(deleted()));
        assert_eq!(merge_event(Some(&visit()), &visit(), &deleted()), Merge::Same);
        assert_eq!(merge_event(Some(&visit()), &deleted(), &deleted()), Merge::Same);
    }

    #[test]
    fn notes_unite_by_id() {
        let local = edited(|event| event.notes = vec![note("noNote00001", "mine")]);
        let remote = edited(|event| event.notes = vec![note("noNote00002", "theirs")]);
        let both = edited(|event| {
            event.notes = vec![note("noNote00002", "theirs"), note("noNote00001", "mine")];
        });
        assert_eq!(merge_event(Some(&visit()), &local, &remote), Merge::Local(both.clone()));
        assert_eq!(merge_event(Some(&visit()), &local, &both), Merge::Same);
    }

    #[test]
    fn what_the_server_writes_in_another_way_is_no_change() {
        let local = edited(|event| {
            event.geometry = Some(r#"{"type":"Point","coordinates":[32.5,0]}"#.into());
            event.updated_at_client = Some("2026-11-21T08:00:00.000".into());
        });
        let remote = edited(|event| {
            event.occurred_at = Some("2026-11-20T00:00:00.000".into());
            event.attribute_option_combo =
                CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).ok();
            event.geometry = Some(r#"{"coordinates": [32.50, 0.0], "type": "Point"}"#.into());
            event.created_at_client = None;
            event.updated_at_client = None;
        });
        assert_eq!(merge_event(None, &local, &remote), Merge::Same);
        let moved = edited(|event| event.occurred_at = Some("2026-11-19".into()));
        let Merge::Local(sent) = merge_event(Some(&visit()), &moved, &remote) else {
            panic!("only one side moved the date")
        };
        assert_eq!(sent.occurred_at.as_deref(), Some("2026-11-19"));
    }

    #[test]
    fn the_device_times_never_conflict_and_travel_along() {
        let local =
            edited(|event| event.updated_at_client = Some("2026-11-25T09:00:00.000".into()));
        let remote =
            edited(|event| event.updated_at_client = Some("2026-11-24T09:00:00.000".into()));
        assert_eq!(merge_event(Some(&visit()), &local, &remote), Merge::Same);
        let Merge::Local(sent) = merge_event(Some(&visit()), &with(local, FEVER, "true"), &remote)
        else {
            panic!("an answer was given here")
        };
        assert_eq!(sent.updated_at_client.as_deref(), Some("2026-11-25T09:00:00.000"));
        assert_eq!(sent.created_at_client.as_deref(), Some("2026-11-20T08:00:00.000"));
    }

    #[test]
    fn a_completion_time_goes_with_its_status() {
        let completed = |day: &str| {
            let day = Some(day.to_owned());
            edited(|event| {
                event.status = EventStatus::Completed;
                event.completed_at = day;
            })
        };
        // Completed on both sides on the same day: the server's time of day stands.
        let (local, remote) = (completed("2026-11-21"), completed("2026-11-21T14:00:00.000"));
        assert_eq!(merge_event(Some(&visit()), &local, &remote), Merge::Same);
        // Reopened there, answered here: no completion time is left over.
        let base = completed("2026-11-21");
        let answered = with(base.clone(), FEVER, "true");
        let expected = with(visit(), FEVER, "true");
        assert_eq!(merge_event(Some(&base), &answered, &visit()), Merge::Local(expected));
        // Reopened there, moved here.
        let moved = completed("2026-11-22");
        let merge = check_conflict(&base, &moved, &visit(), &["completedAt", "status"]);
        assert_eq!(merge.clone().resolve(&Choice::Theirs), Merge::Same);
        assert_eq!(merge.resolve(&Choice::Mine), Merge::Local(moved));
    }

    #[test]
    fn without_a_base_only_differences_of_both_are_in_question() {
        let local = with(visit(), FEVER, "true");
        assert_eq!(merge_event(None, &local, &visit()), Merge::Local(local.clone()));
        let elsewhere = edited(|event| {
            event.organisation_unit = OrganisationUnitUid::parse("ouClinicB01").expect("a uid");
        });
        let merge = merge_event(None, &local, &elsewhere);
        let Merge::Conflict { fields, .. } = merge else { panic!("two places") };
        assert_eq!(fields, ["orgUnit"]);
    }
}
