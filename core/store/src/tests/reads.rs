//! Lists of captured data for screens.

use outpost_domain::data::{Completion, EventStatus};

use super::*;
use crate::{Draft, DraftKey, EventFilter, RowState};

fn filter() -> EventFilter {
    EventFilter::of(ProgramUid(uid('p', 0)))
}

/// Thirty events on the first thirty days, at two places; the numbers that a filter shows.
#[track_caller]
fn check_events(filter: &EventFilter, expected: &[usize]) {
    let world = World::new();
    for number in 0..28 {
        let mut event = event(number, if number == 7 { "Fièvre élevée" } else { "Toux" });
        if number % 5 == 0 {
            event.status = EventStatus::Completed;
        }
        if number == 3 {
            event.occurred_at = Some("2026-10-04T15:30:00.000".into());
        }
        let _ = world.store.save_event(&event, "amina", 1).expect("saved");
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = world.store.events_page(filter, after.as_ref(), 3).expect("a page");
        let Some(last) = page.last() else { break };
        after = Some(last.cursor.clone());
        assert!(page.iter().all(|row| matches!(row.waiting, Some((_, RowState::Pending)))));
        found.extend(page.iter().map(|row| row.event.id));
    }
    let expected: Vec<_> = expected.iter().map(|number| event(*number, "").id).collect();
    assert_eq!(found, expected);
}

#[test]
fn events_are_listed_latest_first_by_place_day_status_and_words() {
    let all: Vec<usize> = (0..28).rev().collect();
    check_events(&filter(), &all);
    let place = OrganisationUnitUid(uid('u', 1));
    let odd: Vec<usize> = (0..28).rev().filter(|number| number % 2 == 1).collect();
    check_events(&EventFilter { organisation_unit: Some(place), ..filter() }, &odd);
    let day = |text: &str| Some(text.to_owned());
    let days = EventFilter { from: day("2026-10-03"), to: day("2026-10-04"), ..filter() };
    check_events(&days, &[3, 2]);
    let done = EventFilter { status: Some(EventStatus::Completed), ..filter() };
    check_events(&done, &[25, 20, 15, 10, 5, 0]);
    check_events(&EventFilter { search: day("FIEVRE elev"), ..filter() }, &[7]);
    check_events(&EventFilter { search: day("_%"), ..filter() }, &all);
    check_events(&EventFilter::of(ProgramUid(uid('p', 1))), &[]);
}

#[test]
fn an_event_whose_deletion_waits_is_not_listed_or_counted() {
    let world = World::new();
    let _ = world.store.save_event(&event(1, "a"), "amina", 1).expect("saved");
    let row = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    world.settle(&row, Outcome::Synced);
    assert_eq!(world.store.count_events(filter().program), Ok(1));
    let _ = world.store.delete_event(event(1, "").id, "amina", 2).expect("deleted");
    assert_eq!(world.store.count_events(filter().program), Ok(0));
    assert!(world.store.events_page(&filter(), None, 9).expect("a page").is_empty());
}

#[test]
fn slices_with_data_are_listed_with_their_completion_and_what_waits() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let other = SliceKey { period: Period::parse("202611").expect("a month"), ..slice() };
    let done = Completion { completed: true, ..Completion::default() };
    let _ = world.store.save_completion(&other, &done, "amina", 1).expect("saved");
    let set = slice().data_set;
    assert_eq!(world.store.count_slices(set), Ok(2));
    let first = world.store.slices_page(set, None, 1).expect("a page").remove(0);
    assert_eq!((first.key, first.completed), (slice(), false));
    let next = world.store.slices_page(set, Some(&first.key), 9).expect("a page");
    assert_eq!(next.len(), 1);
    assert_eq!((next[0].key, next[0].completed), (other, true));
    assert_eq!(
        (first.waiting, next[0].waiting),
        (Some(RowState::Pending), Some(RowState::Pending))
    );
    // The completion goes on waiting.
    for row in world.claim(5) {
        world.settle(&row, Outcome::Synced);
    }
    let first = world.store.slices_page(set, None, 1).expect("a page").remove(0);
    assert_eq!((first.key, first.waiting), (slice(), None));
}

#[test]
fn a_form_shows_its_own_elements_with_what_waits() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('f', value("6"));
    let _ = world.save('x', value("of another form"));
    let wanted = ['e', 'f'].map(|letter| DataElementUid(uid(letter, 0))).into();
    let shown = world.store.load_slice_values(&slice(), &wanted).expect("values");
    let states: Vec<_> =
        shown.iter().map(|stored| (stored.key, stored.waiting.map(|(_, state)| state))).collect();
    assert_eq!(states, [(value_key('e'), None), (value_key('f'), Some(RowState::Pending))]);
    assert_eq!(shown[0].stored_by.as_deref(), Some("amina"));
}

#[test]
fn values_of_places_are_those_of_the_wanted_elements_and_periods() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let _ = world.save('f', value("6"));
    let gone = DataValue { deleted: true, ..DataValue::default() };
    let _ = world.save('f', gone);
    let _ = world.save('x', value("7"));
    let units = [slice().organisation_unit, OrganisationUnitUid(uid('o', 9))];
    let wanted = ['e', 'f'].map(|letter| DataElementUid(uid(letter, 0))).into();
    let load = |is_wanted: bool, most| {
        world.store.load_values_of(&units, &wanted, &move |_| is_wanted, most)
    };
    assert_eq!(load(true, 9), Ok(vec![(value_key('e'), "5".to_owned())]));
    assert_eq!(load(false, 9), Ok(vec![]));
    assert_eq!(load(true, 0), Err(crate::StoreError::Limit { what: "values", limit: 0 }));
}

#[test]
fn events_of_places_are_those_of_the_days() {
    let world = World::new();
    for number in 0..6 {
        let _ = world.store.save_event(&event(number, ""), "amina", 1).expect("saved");
    }
    let unit = event(1, "").organisation_unit;
    let load = |from: &str, to: &str, most| {
        let events = world.store.load_events_of(filter().program, &[unit], (from, to), most);
        events.map(|events| events.iter().map(|event| event.id).collect::<Vec<_>>())
    };
    let ids = |numbers: &[usize]| numbers.iter().map(|it| event(*it, "").id).collect::<Vec<_>>();
    assert_eq!(load("2026-10-01", "2026-10-31", 9), Ok(ids(&[1, 3, 5])));
    assert_eq!(load("2026-10-04", "2026-10-04", 9), Ok(ids(&[3])));
    let over = Err(crate::StoreError::Limit { what: "events", limit: 2 });
    assert_eq!(load("2026-10-01", "2026-10-31", 2), over);
}

#[test]
fn complete_reports_of_places_are_told() {
    let world = World::new();
    let done = Completion { completed: true, ..Completion::default() };
    let _ = world.store.save_completion(&slice(), &done, "amina", 1).expect("saved");
    let other = SliceKey { period: Period::parse("202611").expect("a month"), ..slice() };
    let open = Completion::default();
    let _ = world.store.save_completion(&other, &open, "amina", 1).expect("saved");
    let set = slice().data_set;
    let found = world.store.load_completed_of(set, &[slice().organisation_unit], 9);
    assert_eq!(found, Ok(vec![(slice(), done)]));
    assert_eq!(world.store.load_completed_of(set, &[], 9), Ok(vec![]));
}

#[test]
fn drafts_outlive_the_process() {
    let world = World::new();
    let key = |name: &str| DraftKey { form: "event".into(), key: name.into() };
    world.store.save_draft(&key("a"), "{}", 1).expect("saved");
    world.store.save_draft(&key("b"), "{}", 2).expect("saved");
    world.store.save_draft(&key("a"), r#"{"x":1}"#, 3).expect("saved");
    let world = world.reopened();
    let a = Draft { key: key("a"), body: r#"{"x":1}"#.into(), saved_ms: 3 };
    assert_eq!(world.store.load_draft(&key("a")), Ok(Some(a.clone())));
    let page = world.store.drafts_page(None, 9).expect("a page");
    assert_eq!(page.iter().map(|draft| &*draft.key.key).collect::<Vec<_>>(), ["a", "b"]);
    world.store.delete_draft(&key("b")).expect("deleted");
    assert_eq!(world.store.drafts_page(Some(&a.key), 9), Ok(vec![]));
    let large = "x".repeat(crate::limits::PAYLOAD_BYTES_MAX + 1);
    assert!(matches!(
        world.store.save_draft(&key("c"), &large, 1),
        Err(crate::StoreError::Limit { .. })
    ));
}

#[test]
fn reads_go_on_while_a_write_is_under_way() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (inside, entered) = std::sync::mpsc::channel();
    let (go_on, told) = std::sync::mpsc::channel::<()>();
    let store = &world.store;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let write = store.write(|transaction| {
                transaction.execute("DELETE FROM data_value", [])?;
                inside.send(()).expect("the reader waits");
                told.recv().expect("the reader goes on");
                Ok(())
            });
            write.expect("written");
        });
        entered.recv().expect("the writer is inside its transaction");
        assert_eq!(world.value('e'), Some(value("5")), "the snapshot before the write");
        go_on.send(()).expect("the writer waits");
    });
    assert_eq!(world.value('e'), None);
}
