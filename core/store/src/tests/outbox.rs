//! Edits, claims, answers, decisions.

use outpost_domain::data::{Completion, PayloadKind, ServerDataValue, ServerEvent};
use outpost_domain::merge::Choice;
use outpost_sync::ports::{Conflict, DownloadCursor, DownloadPage, OutboxRow};

use super::*;
use crate::{JournalCheck, Resolution, RowState, StoreError};

/// Edits of one value over what the server holds, and what is then to be sent: `None` for nothing.
#[track_caller]
fn check_edits(on_server: Option<&str>, edits: &[Option<&str>], sent: Option<Option<&str>>) {
    let world = World::new();
    if let Some(text) = on_server {
        world.sync('e', value(text));
    }
    for edit in edits {
        let _ = world.save('e', edit.map_or_else(emptied, value));
    }
    let rows = world.claim(5);
    let payloads: Vec<_> = rows.iter().map(|row| row.payload.clone()).collect();
    let expected: Vec<_> =
        sent.iter().map(|text| payload('e', text.map_or_else(emptied, value))).collect();
    assert_eq!(payloads, expected);
    if let [row] = &rows[..] {
        assert_eq!(row.base, on_server.map(|text| payload('e', value(text))));
    }
}

#[test]
fn edits_of_one_value_are_one_row_over_what_the_server_holds() {
    check_edits(None, &[Some("5")], Some(Some("5")));
    check_edits(None, &[Some("5"), Some("6")], Some(Some("6")));
    check_edits(Some("4"), &[Some("5"), Some("6")], Some(Some("6")));
    check_edits(Some("4"), &[None], Some(None));
}

#[test]
fn an_edit_back_to_what_the_server_holds_leaves_nothing_to_send() {
    check_edits(Some("4"), &[Some("5"), Some("4")], None);
    check_edits(None, &[Some("5"), None], None);
    check_edits(Some("4"), &[Some("4")], None);
    check_edits(None, &[None], None);
}

#[test]
fn saving_what_is_there_changes_nothing_at_all() {
    let world = World::new();
    let first = world.save('e', value("5"));
    let entries = world.store.journal_page(None, 200).expect("a page").len();
    let again = world.save('e', value("5"));
    assert_eq!((first.changed(), again.changed()), (1, 0));
    assert_eq!(again.seq(), first.seq());
    assert_eq!(world.store.journal_page(None, 200).expect("a page").len(), entries);
}

#[test]
fn an_edit_back_is_sent_if_the_other_value_may_have_arrived() {
    let world = World::new();
    world.sync('e', value("4"));
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    world.settle(&row, put_off(0, true));
    let _ = world.save('e', value("4"));
    let again = world.claim(5).remove(0);
    assert_eq!(again.payload, payload('e', value("4")));
    assert_eq!(again.in_doubt, [payload('e', value("5"))]);
}

/// A row edited while it is in flight, the answer, and the row as it is claimed next.
#[track_caller]
fn check_late_answer(outcome: Outcome, base: Option<&str>, in_doubt: &[&str]) {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    let _ = world.save('e', value("6"));
    assert_eq!(world.states(), "inFlight");
    world.settle(&row, outcome);
    assert_eq!(world.states(), "pending");
    let next = world.claim(5).remove(0);
    assert_eq!(next.payload, payload('e', value("6")));
    assert!(next.revision > row.revision);
    assert_eq!(next.base, base.map(|text| payload('e', value(text))));
    let in_doubt: Vec<_> = in_doubt.iter().map(|text| payload('e', value(text))).collect();
    assert_eq!(next.in_doubt, in_doubt);
}

#[test]
fn a_row_edited_while_in_flight_stays_pending_whatever_the_answer() {
    check_late_answer(Outcome::Synced, Some("5"), &[]);
    check_late_answer(refused(), None, &[]);
    check_late_answer(put_off(0, false), None, &[]);
    check_late_answer(put_off(0, true), None, &["5"]);
}

#[test]
fn a_row_edited_back_while_in_flight_is_done_once_the_server_holds_it() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    let _ = world.save('e', value("6"));
    let _ = world.save('e', value("5"));
    world.settle(&row, Outcome::Synced);
    assert_eq!(world.states(), "");
    assert_eq!(world.value('e'), Some(value("5")));
}

#[test]
fn an_answer_that_comes_twice_or_too_late_changes_nothing() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    world.settle(&row, refused());
    world.settle(&row, Outcome::Synced);
    assert_eq!(world.states(), "rejected");
    let _ = world.save('e', value("6"));
    world.settle(&row, Outcome::Synced);
    assert_eq!(world.states(), "pending");
}

#[test]
fn a_synced_row_leaves_its_last_answer() {
    let world = World::new();
    world.sync('e', value("5"));
    let answer = world.store.last_answer(&payload('e', value("5"))).expect("read");
    assert_eq!(answer.map(|answer| (answer.outcome, answer.at_ms)), Some(("synced".into(), 5)));
}

#[test]
fn a_refused_row_waits_for_a_person_and_an_edit_frees_it() {
    let world = World::new();
    let _ = world.save('e', value("x"));
    let row = world.claim(5).remove(0);
    world.settle(&row, refused());
    assert!(world.claim(5).is_empty());
    let shown = world.store.outbox_row(row.id).expect("read").expect("there");
    assert_eq!(shown.rejection.expect("a reason").code.as_deref(), Some("E7619"));
    let _ = world.save('e', value("5"));
    let again = world.claim(5).remove(0);
    assert_eq!((again.id, again.payload, again.attempts), (row.id, payload('e', value("5")), 0));
}

#[test]
fn a_row_put_off_is_not_claimed_before_its_time() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    world.settle(&row, put_off(1_000, false));
    assert!(world.claim(999).is_empty());
    let again = world.claim(1_000).remove(0);
    assert_eq!(again.attempts, 1);
    world.settle(&again, put_off(5_000, false));
    world.store.retry(again.id, "amina", 6).expect("a person asks for it");
    assert_eq!(world.claim(1_001).len(), 1);
}

#[test]
fn a_row_put_off_by_a_clock_that_was_ahead_does_not_wait_for_the_jump() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    let a_day_ms = 24 * 60 * 60 * 1_000;
    world.settle(&row, put_off(a_day_ms, true));
    let again = world.claim(5).remove(0);
    assert_eq!(again.in_doubt, [payload('e', value("5"))]);
}

#[test]
fn rows_in_flight_of_a_dead_process_are_pending_with_what_they_sent() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    assert_eq!(world.claim(5).len(), 1);
    let _ = world.save('e', value("6"));
    let world = world.reopened();
    assert_eq!(world.report.taken_back, 1);
    let row = world.claim(5).remove(0);
    assert_eq!(row.payload, payload('e', value("6")));
    assert_eq!(row.in_doubt, [payload('e', value("5"))]);
}

#[test]
fn every_version_that_may_have_arrived_is_remembered_once() {
    let mut world = World::new();
    world.sync('e', value("4"));
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    world.settle(&row, put_off(0, true));
    for _ in 0..2 {
        let _ = world.save('e', value("6"));
        assert_eq!(world.claim(5).len(), 1);
        // The process dies, perhaps before anything was sent.
        world = world.reopened();
    }
    let row = world.claim(5).remove(0);
    assert_eq!(row.in_doubt, [payload('e', value("5")), payload('e', value("6"))]);
    world.settle(&row, put_off(0, true));
    // The first of them is found: it is one's own, and so is the change since.
    let page = downloaded(&[('e', value("5"))]);
    world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied");
    assert_eq!((world.states().as_str(), world.value('e')), ("pending", Some(value("6"))));
}

#[test]
fn of_many_versions_in_doubt_the_latest_are_kept() {
    let world = World::new();
    for number in 0..10 {
        let _ = world.save('e', value(&number.to_string()));
        let row = world.claim(5).remove(0);
        world.settle(&row, put_off(0, true));
    }
    let kept: Vec<_> =
        (2..10).map(|number: i32| payload('e', value(&number.to_string()))).collect();
    assert_eq!(world.claim(5)[0].in_doubt, kept);
}

#[test]
fn a_change_taken_back_that_may_have_arrived_stands_against_anothers() {
    for (choice, shown, left) in
        [(Choice::Mine, value("4"), "pending"), (Choice::Theirs, value("7"), "")]
    {
        let world = World::new();
        world.sync('e', value("4"));
        let _ = world.save('e', value("5"));
        let row = world.claim(5).remove(0);
        world.settle(&row, put_off(0, true));
        let _ = world.save('e', value("4"));
        let page = downloaded(&[('e', value("7"))]);
        world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied");
        assert_eq!((world.states().as_str(), world.value('e')), ("conflict", Some(value("4"))));
        // Entering it once more decides nothing.
        let _ = world.save('e', value("6"));
        let _ = world.save('e', value("4"));
        assert_eq!(world.states(), "conflict");
        let choice = Resolution::Choice(choice);
        world
            .store
            .resolve_conflict(row.id, &choice, "counted again", "amina", 9)
            .expect("decided");
        assert_eq!((world.states().as_str(), world.value('e')), (left, Some(shown)));
    }
}

#[test]
fn a_second_process_does_not_take_rows_from_a_living_one() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let row = world.claim(5).remove(0);
    let other = Store::open(&world.path(), &key(), OpenOptions::default()).expect("opened");
    assert_eq!(other.report.taken_back, 0);
    assert_eq!(world.states(), "inFlight");
    world.settle(&row, Outcome::Synced);
    assert_eq!(other.store.outbox_counts().expect("counts").unsent(), 0);
}

#[test]
fn a_batch_is_one_lane_ordered_by_slice_and_bounded() {
    let world = World::new();
    let place = |period: &str, unit: usize, set: usize| SliceKey {
        data_set: DataSetUid(uid('d', set)),
        period: Period::parse(period).expect("a month"),
        organisation_unit: OrganisationUnitUid(uid('u', unit)),
        attribute_option_combo: default_combo(),
    };
    let edits = |letters: &str| -> Vec<_> {
        let edit = |letter| (DataElementUid(uid(letter, 0)), default_combo(), value("1"));
        letters.chars().map(edit).collect()
    };
    for (place, letters) in [
        (place("202610", 2, 0), "ab"),
        (place("202609", 1, 1), "ab"),
        (place("202610", 1, 0), "ba"),
        (place("202609", 2, 0), "a"),
    ] {
        let _ = world.store.save_data_values(&place, &edits(letters), "amina", 1).expect("saved");
    }
    let slices = |rows: Vec<OutboxRow>| -> Vec<String> {
        let slice = |row: OutboxRow| match row.payload {
            Payload::DataValue { key, .. } => format!("{}/{}", key.period, key.organisation_unit),
            other => panic!("{other:?}"),
        };
        rows.into_iter().map(slice).collect()
    };
    let batch = slices(world.claim_kind(PayloadKind::DataValue, 4, 5));
    let expected = ["202609/u0000000002", "202610/u0000000001", "202610/u0000000001"];
    assert_eq!(batch[..3], expected);
    assert_eq!(batch[3], "202610/u0000000002");
    assert_eq!(world.claim(5).len(), 1, "the rest of the lane with the oldest row");
    assert_eq!(world.claim(5).len(), 2, "the other lane");
    assert!(world.claim(5).is_empty());
}

#[test]
fn a_batch_keeps_its_bytes_but_one_row_always_fits() {
    let world = World::new();
    for element in "abc".chars() {
        let _ = world.save(element, value(&"x".repeat(1_000)));
    }
    let claim = |bytes_max| {
        let (kind, up_to) = (PayloadKind::DataValue, OutboxId(i64::MAX));
        let claim = StoreCommand::Claim { kind, rows_max: 9, bytes_max, now_ms: 5, up_to };
        match world.store.command(claim).expect("claimed") {
            StoreReply::Claimed(rows) => rows.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(claim(10), 1);
    assert_eq!(claim(10_000), 2);
}

#[test]
fn what_is_saved_during_a_run_waits_for_the_next() {
    let world = World::new();
    let _ = world.save('a', value("1"));
    let reply = world.store.command(StoreCommand::LoadLastOutboxId).expect("the last");
    let StoreReply::LastOutboxId(up_to) = reply else { panic!("{reply:?}") };
    let _ = world.save('b', value("2"));
    let kind = PayloadKind::DataValue;
    let claim = StoreCommand::Claim { kind, rows_max: 9, bytes_max: 1 << 20, now_ms: 5, up_to };
    let StoreReply::Claimed(rows) = world.store.command(claim).expect("claimed") else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].payload, payload('a', value("1")));
}

#[test]
fn a_run_that_could_not_store_its_end_leaves_nothing_in_flight_for_ever() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    assert_eq!(world.claim(5).len(), 1);
    assert_eq!(world.states(), "inFlight");
    // The next run of the same process begins.
    world.store.command(StoreCommand::LoadLastOutboxId).expect("the last");
    assert_eq!(world.states(), "pending");
    assert_eq!(world.claim(5)[0].in_doubt, [payload('e', value("5"))]);
}

fn conflict(server: DataValue) -> Outcome {
    Outcome::Conflict(Conflict { server: payload('e', server), fields: vec!["value".into()] })
}

/// The server has 7, the device 6, both began with 5; the choice, what is kept and what is sent.
#[track_caller]
fn check_choice(resolution: &Resolution, kept: &str, sent: Option<&str>) {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    world.settle(&row, conflict(value("7")));
    assert!(world.claim(5).is_empty());
    let shown = world.store.conflicts_page(None, 10).expect("a page").remove(0);
    assert_eq!(shown.base, Some(payload('e', value("5"))));
    assert_eq!((shown.mine, shown.theirs), (payload('e', value("6")), payload('e', value("7"))));
    assert_eq!(shown.fields, ["value"]);
    world.store.resolve_conflict(row.id, resolution, "counted again", "amina", 9).expect("decided");
    assert_eq!(world.value('e'), Some(value(kept)));
    assert!(world.store.conflicts_page(None, 10).expect("a page").is_empty());
    let rows = world.claim(5);
    let payloads: Vec<_> = rows.iter().map(|row| row.payload.clone()).collect();
    assert_eq!(
        payloads,
        sent.map(|text| payload('e', value(text))).into_iter().collect::<Vec<_>>()
    );
    for row in rows {
        assert_eq!(row.base, Some(payload('e', value("7"))));
    }
    let journal = world.store.journal_page(None, 200).expect("a page");
    let choice = journal.iter().find(|entry| entry.kind == "conflictChoice").expect("an entry");
    assert!(choice.body.contains(r#""value":"6""#) && choice.body.contains(r#""value":"7""#));
}

#[test]
fn a_person_decides_a_conflict_and_the_journal_keeps_both() {
    check_choice(&Resolution::Choice(Choice::Mine), "6", Some("6"));
    check_choice(&Resolution::Choice(Choice::Theirs), "7", None);
    check_choice(&Resolution::Choice(Choice::TheirsFor(["value".to_owned()].into())), "7", None);
    check_choice(&Resolution::Record(payload('e', value("8"))), "8", Some("8"));
    check_choice(&Resolution::Record(payload('e', value("7"))), "7", None);
}

#[test]
fn an_edit_does_not_decide_a_conflict_unless_both_agree_then() {
    for (entered, left) in [(value("8"), "conflict"), (value("7"), ""), (value("5"), "")] {
        let world = World::new();
        world.sync('e', value("5"));
        let _ = world.save('e', value("6"));
        let row = world.claim(5).remove(0);
        world.settle(&row, conflict(value("7")));
        let _ = world.save('e', entered.clone());
        assert_eq!(world.states(), left);
        let shown = world.store.conflicts_page(None, 10).expect("a page");
        match shown.first() {
            Some(kept) => {
                assert_eq!(
                    (&kept.mine, &kept.theirs),
                    (&payload('e', entered), &payload('e', value("7")))
                );
                world.store.discard(row.id, "typo", "amina", 9).expect("discarded");
            }
            None => assert_eq!(left, ""),
        }
        assert_eq!(world.value('e'), Some(value("7")));
    }
}

#[test]
fn a_record_about_something_else_does_not_resolve_a_conflict() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    world.settle(&row, conflict(value("7")));
    let other = Resolution::Record(payload('f', value("8")));
    let refused = world.store.resolve_conflict(row.id, &other, "counted again", "amina", 9);
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
    let mine = Resolution::Choice(Choice::Mine);
    let refused = world.store.resolve_conflict(row.id, &mine, " ", "amina", 9);
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "a decision takes a reason");
    assert_eq!(world.states(), "conflict");
}

#[test]
fn an_event_deleted_on_the_server_is_kept_under_a_new_id() {
    let world = World::new();
    let _ = world.store.save_event(&event(1, "a"), "amina", 1).expect("saved");
    let row = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    world.settle(&row, Outcome::Synced);
    let _ = world.store.save_event(&event(1, "b"), "amina", 1).expect("saved");
    let row = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    let server = Payload::Event { event: Event { deleted: true, ..event(1, "a") } };
    world.settle(&row, Outcome::Conflict(Conflict { server, fields: vec!["deleted".into()] }));
    let anew = Payload::Event { event: event(2, "b") };
    world
        .store
        .resolve_conflict(row.id, &Resolution::Record(anew.clone()), "counted again", "amina", 9)
        .expect("kept");
    let sent = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    assert_eq!((sent.payload, sent.base), (anew, None));
    assert_eq!(world.store.load_event(event(1, "").id).expect("read"), None);
    assert!(world.store.load_event(event(2, "").id).expect("read").is_some());
}

#[test]
fn discarding_takes_a_reason_restores_the_base_and_keeps_the_loser_in_the_journal() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    let being_sent = world.store.discard(row.id, "typo", "amina", 9);
    assert!(matches!(being_sent, Err(StoreError::Refused { .. })));
    world.settle(&row, refused());
    assert!(world.store.discard(row.id, "  ", "amina", 9).is_err());
    world.store.discard(row.id, "typo", "amina", 9).expect("discarded");
    assert_eq!(world.value('e'), Some(value("5")));
    assert_eq!(world.states(), "");
    let entry = world.store.journal_page(None, 1).expect("a page").remove(0);
    assert_eq!((entry.kind.as_str(), entry.by.as_str()), ("discard", "amina"));
    assert!(entry.body.contains(r#""value":"6""#));
    assert!(matches!(
        world.store.discard(row.id, "typo", "amina", 9),
        Err(StoreError::NotFound { .. })
    ));
}

#[test]
fn discarding_what_may_have_arrived_sends_what_was_there_before() {
    for before in [None, Some("5")] {
        let world = World::new();
        if let Some(text) = before {
            world.sync('e', value(text));
        }
        let _ = world.save('e', value("6"));
        let row = world.claim(5).remove(0);
        world.settle(&row, put_off(0, true));
        world.store.discard(row.id, "typo", "amina", 9).expect("discarded");
        let restored = before.map_or_else(emptied, value);
        assert_eq!(world.value('e'), Some(restored.clone()));
        let again = world.claim(5).remove(0);
        assert_eq!(again.payload, payload('e', restored));
        assert_eq!(again.in_doubt, [payload('e', value("6"))]);
    }
}

#[test]
fn a_refusal_does_not_prove_that_an_earlier_attempt_was_lost() {
    let world = World::new();
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    world.settle(&row, put_off(0, true));
    let again = world.claim(5).remove(0);
    world.settle(&again, refused());
    world.store.discard(row.id, "too late", "amina", 9).expect("discarded");
    let restored = world.claim(5).remove(0);
    assert_eq!(restored.payload, payload('e', emptied()));
    assert_eq!(restored.in_doubt, [payload('e', value("6"))]);
}

#[test]
fn a_merged_row_goes_again_over_what_the_server_holds() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    let commented = |text: &str| DataValue { comment: Some("late".into()), ..value(text) };
    let (merged, base) = (payload('e', commented("6")), payload('e', commented("5")));
    world.settle(&row, Outcome::Merged { payload: merged.clone(), base: base.clone() });
    assert_eq!(world.value('e'), Some(commented("6")));
    let again = world.claim(5).remove(0);
    assert_eq!((again.payload, again.base), (merged, Some(base)));
    assert!(again.revision > row.revision);
}

fn downloaded(values: &[(char, DataValue)]) -> DownloadPage {
    let server = |(element, value): &(char, DataValue)| ServerDataValue {
        key: value_key(*element),
        value: value.clone(),
        stored_by: Some("okello".into()),
        last_updated: Some("2026-10-20T10:00:00.000".into()),
    };
    DownloadPage {
        data_values: values.iter().map(server).collect(),
        cursor: Some(DownloadCursor {
            subject: slice().data_set.0,
            list: outpost_sync::ports::DownloadList::Main,
            watermark_ms: Some(7),
            chunks_done: 1,
            started_ms: None,
            scope: "scope".into(),
        }),
        ..DownloadPage::default()
    }
}

/// A value known on the server as 5, perhaps edited here, is downloaded: what is shown, the state of
/// the row, and (written, merged, conflicts).
#[track_caller]
fn check_download(
    mine: Option<DataValue>,
    theirs: DataValue,
    shown: Option<DataValue>,
    states: &str,
    counts: (u64, u64, u64),
) {
    let world = World::new();
    world.sync('e', value("5"));
    if let Some(mine) = mine {
        let _ = world.save('e', mine);
    }
    let page = downloaded(&[('e', theirs)]);
    let reply = world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 });
    let (written, merged, conflicts) = counts;
    assert_eq!(reply.expect("applied"), StoreReply::Downloaded { written, merged, conflicts });
    assert_eq!(world.value('e'), shown);
    assert_eq!(world.states(), states);
}

#[test]
fn a_download_never_overwrites_unsent_work() {
    let commented = DataValue { comment: Some("late".into()), ..value("5") };
    let both = DataValue { comment: Some("late".into()), ..value("6") };
    check_download(None, value("7"), Some(value("7")), "", (1, 0, 0));
    check_download(None, value("5"), Some(value("5")), "", (0, 0, 0));
    check_download(None, emptied(), None, "", (1, 0, 0));
    check_download(Some(value("6")), value("5"), Some(value("6")), "pending", (0, 0, 0));
    check_download(Some(value("6")), value("6"), Some(value("6")), "", (0, 1, 0));
    check_download(Some(value("6")), value("7"), Some(value("6")), "conflict", (0, 0, 1));
    check_download(Some(value("6")), commented, Some(both), "pending", (0, 1, 0));
    check_download(Some(emptied()), value("7"), Some(emptied()), "conflict", (0, 0, 1));
}

#[test]
fn what_was_sent_with_an_unknown_outcome_is_recognised_in_a_download() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let row = world.claim(5).remove(0);
    world.settle(&row, put_off(0, true));
    let _ = world.save('e', value("7"));
    let page = downloaded(&[('e', value("6"))]);
    world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied");
    let again = world.claim(9).remove(0);
    assert_eq!(again.payload, payload('e', value("7")));
    assert_eq!(again.base, Some(payload('e', value("6"))));
    assert_eq!(again.in_doubt, []);
}

#[test]
fn the_cursor_is_stored_with_its_page() {
    let world = World::new();
    let page = downloaded(&[('e', value("5"))]);
    let cursor = page.cursor.clone().expect("given");
    world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied");
    let today = jiff::civil::date(2026, 11, 20);
    let plan = world.store.command(StoreCommand::LoadDownloadPlan { today }).expect("a plan");
    let StoreReply::DownloadPlan { cursors, .. } = plan else { panic!() };
    assert_eq!(cursors, [cursor]);
}

#[test]
fn a_deleted_event_that_was_never_sent_is_gone_and_one_that_was_waits_for_its_deletion() {
    let world = World::new();
    let save = |answer| world.store.save_event(&event(1, answer), "amina", 1).expect("saved");
    let id = event(1, "").id;
    let _ = save("a");
    let _ = world.store.delete_event(id, "amina", 2).expect("deleted");
    assert_eq!((world.states(), world.store.load_event(id).expect("read")), ("".into(), None));
    let _ = save("a");
    let row = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    world.settle(&row, Outcome::Synced);
    let _ = world.store.delete_event(id, "amina", 2).expect("deleted");
    assert!(world.store.load_event(id).expect("read").expect("waits").deleted);
    let row = world.claim_kind(PayloadKind::Event, 9, 5).remove(0);
    world.settle(&row, Outcome::Synced);
    assert_eq!(world.store.load_event(id).expect("read"), None);
}

#[test]
fn a_completion_is_saved_withdrawn_and_downloaded() {
    let world = World::new();
    let done = Completion {
        completed: true,
        date: Some("2026-11-01".into()),
        stored_by: Some("amina".into()),
    };
    let _ = world.store.save_completion(&slice(), &done, "amina", 1).expect("saved");
    assert_eq!(world.store.load_completion(&slice()).expect("read"), Some(done.clone()));
    let withdrawn = Completion::default();
    let _ = world.store.save_completion(&slice(), &withdrawn, "amina", 1).expect("saved");
    assert_eq!(
        (world.states(), world.store.load_completion(&slice()).expect("read")),
        ("".into(), None)
    );
    let completions =
        vec![outpost_domain::data::ServerCompletion { key: slice(), completion: done.clone() }];
    let page = DownloadPage { completions, ..downloaded(&[]) };
    world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied");
    assert_eq!(world.store.load_completion(&slice()).expect("read"), Some(done));
}

#[test]
fn a_downloaded_event_deleted_on_the_server_goes_unless_it_was_edited() {
    let world = World::new();
    let page = |event| DownloadPage {
        events: vec![ServerEvent { event, updated_at: Some("2026-10-20T10:00:00.000".into()) }],
        ..downloaded(&[])
    };
    let apply = |event| {
        let page = page(event);
        world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied")
    };
    let gone = |number| Event { deleted: true, ..event(number, "a") };
    apply(event(1, "a"));
    apply(event(2, "a"));
    let _ = world.store.save_event(&event(2, "b"), "amina", 1).expect("saved");
    apply(gone(1));
    apply(gone(2));
    assert_eq!(world.store.load_event(event(1, "").id).expect("read"), None);
    assert!(world.store.load_event(event(2, "").id).expect("read").is_some());
    assert_eq!(world.states(), "conflict");
}

#[test]
fn an_import_follows_the_rules_of_a_save_and_may_be_repeated() {
    let world = World::new();
    let _ = world.save('a', value("1"));
    let records = || {
        (0..2_500).map(|number| {
            let letter = char::from(b'a' + (number % 26) as u8);
            let mut key = value_key(letter);
            key.organisation_unit = OrganisationUnitUid(uid('u', number / 26));
            Payload::DataValue { data_set: slice().data_set, key, value: value("1") }
        })
    };
    let mut told = Vec::new();
    let imported =
        world.store.import_records(records(), "amina", 3, |done| told.push(done.records));
    assert_eq!(imported.map(|imported| (imported.records, imported.changed)), Ok((2_500, 2_499)));
    assert_eq!(told, [1_000, 2_000, 2_500]);
    let again = world.store.import_records(records(), "amina", 3, |_| {});
    assert_eq!(again.map(|imported| imported.changed), Ok(0));
    assert_eq!(world.store.outbox_counts().expect("counts").pending, 2_500);
}

#[test]
fn counts_follow_every_state() {
    let world = World::new();
    for element in "abcd".chars() {
        let _ = world.save(element, value("1"));
    }
    let rows = world.claim(5);
    world.settle(&rows[0], refused());
    world.settle(&rows[1], Outcome::Synced);
    let server = match &rows[2].payload {
        Payload::DataValue { key, .. } => {
            Payload::DataValue { data_set: slice().data_set, key: *key, value: value("9") }
        }
        other => panic!("{other:?}"),
    };
    world.settle(&rows[2], Outcome::Conflict(Conflict { server, fields: vec!["value".into()] }));
    let counts = world.store.outbox_counts().expect("counts");
    let numbers = (counts.pending, counts.in_flight, counts.rejected, counts.conflicts);
    assert_eq!(numbers, (0, 1, 1, 1));
    let forms = world.store.form_counts().expect("counts");
    assert_eq!(forms.len(), 1);
    assert_eq!((forms[0].form, forms[0].outbox), (slice().data_set.0, counts));
    let filter = OutboxFilter { state: Some(RowState::Rejected), ..OutboxFilter::default() };
    let page = world.store.outbox_page(&filter, None, 10).expect("a page");
    assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[0].id]);
}

#[test]
fn every_change_is_in_the_journal_and_the_chain_holds() {
    let world = World::new();
    world.sync('e', value("5"));
    let _ = world.save('e', value("6"));
    let kinds: Vec<String> = world
        .store
        .journal_page(None, 200)
        .expect("a page")
        .into_iter()
        .map(|entry| entry.kind)
        .collect();
    assert_eq!(kinds, ["edit", "syncOutcome", "edit"]);
    assert_eq!(world.store.verify_journal(), Ok(JournalCheck::Intact { entries: 3 }));
}

/// Changes the journal behind the store's back, past the triggers.
#[track_caller]
fn check_tampered(sql: &str, first_bad: i64) {
    let world = World::new();
    for text in ["1", "2", "3"] {
        let _ = world.save('e', value(text));
    }
    let tampered = world.store.with_writer(|connection| {
        for drop in ["journal_no_update", "journal_no_delete"] {
            connection.execute_batch(&format!("DROP TRIGGER {drop}"))?;
        }
        Ok(connection.execute_batch(sql)?)
    });
    tampered.expect("tampered");
    assert_eq!(world.store.verify_journal(), Ok(JournalCheck::Broken { seq: first_bad }), "{sql}");
}

#[test]
fn a_journal_that_was_tampered_with_is_found_out() {
    check_tampered("UPDATE journal SET body = replace(body, '2', '9') WHERE seq = 2", 2);
    check_tampered("UPDATE journal SET by = 'other' WHERE seq = 1", 1);
    check_tampered("DELETE FROM journal WHERE seq = 2", 2);
    check_tampered("DELETE FROM journal WHERE seq = 3", 3);
    check_tampered(
        "INSERT INTO journal SELECT 4, at_ms, kind, by, body, hash FROM journal WHERE seq = 3",
        4,
    );
    check_tampered("DELETE FROM journal", 1);
}

#[test]
fn a_long_entry_of_the_journal_is_packed_and_reads_as_it_was_written() {
    let world = World::new();
    let body = serde_json::json!({ "words": "of many records ".repeat(1_000) });
    let written = world.store.append_journal(crate::JournalKind::Import, "asha", &body, 1);
    written.expect("written");
    let page = world.store.journal_page(None, 1).expect("read");
    assert_eq!(page[0].body, body.to_string());
    let stored = |sql: &str| {
        let read = world.store.read(|it| Ok(it.query_row(sql, [], |row| row.get::<_, i64>(0))?));
        read.expect("read")
    };
    assert!(stored("SELECT length(body) FROM journal") < 1_000);
    assert_eq!(world.store.verify_journal(), Ok(JournalCheck::Intact { entries: 1 }));
    for damage in ["substr(body, 1, length(body) - 4)", "zeroblob(9)", "'{}'"] {
        let tampered = world.store.with_writer(|connection| {
            connection.execute_batch("DROP TRIGGER IF EXISTS journal_no_update")?;
            Ok(connection.execute_batch(&format!("UPDATE journal SET body = {damage}"))?)
        });
        tampered.expect("tampered");
        assert_eq!(world.store.verify_journal(), Ok(JournalCheck::Broken { seq: 1 }), "{damage}");
    }
}

#[test]
fn the_journal_refuses_to_be_changed() {
    let world = World::new();
    let _ = world.save('e', value("1"));
    for sql in ["UPDATE journal SET by = 'other'", "DELETE FROM journal"] {
        let refused = world.store.write(|transaction| Ok(transaction.execute(sql, [])?));
        let Err(StoreError::Defect { detail }) = refused else { panic!("{refused:?}") };
        assert_eq!(detail, "the journal is append-only");
    }
}
