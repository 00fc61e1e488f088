//! Uploads against a small server: what arrives, what is parked, what it costs.

mod common;

use common::server::{BAD, CRASH, POISON};
use common::store::RowState;
use common::{Fault, World, event, no_fault, upload_only, value};
use outpost_domain::data::{Completion, Payload, SliceKey};
use outpost_domain::uid::OrganisationUnitUid;
use outpost_sync::ports::{Report, Stop};

const POST_VALUES: &str = "Post /api/dataValueSets";
const POST_EVENTS: &str = "Post /api/tracker";

fn world_of(payloads: impl IntoIterator<Item = Payload>) -> World {
    let mut world = World::new();
    payloads.into_iter().for_each(|payload| world.store.capture(payload));
    world
}

#[track_caller]
fn check_counts(report: &Report, synced: u64, rejected: u64, deferred: u64, conflicts: u64) {
    assert_eq!(report.stopped, None, "{report:?}");
    let found = (report.synced, report.rejected, report.deferred, report.conflicts);
    assert_eq!(found, (synced, rejected, deferred, conflicts));
}

#[test]
fn ten_thousand_values_with_one_refused_by_name_take_no_extra_request() {
    let mut world =
        world_of((0..10_000).map(|number| value(number, if number == 4_321 { BAD } else { "5" })));
    let report = world.run(upload_only(), no_fault);
    check_counts(&report, 9_999, 1, 0, 0);
    assert_eq!(world.server.values.len(), 9_999);
    assert_eq!(world.count(POST_VALUES), 10);
    let parked = world.store.rows.iter().find(|row| matches!(row.state, RowState::Rejected(_)));
    let Some(RowState::Rejected(rejection)) = parked.map(|row| &row.state) else { panic!() };
    assert_eq!(rejection.code.as_deref(), Some("E7619"));
    assert_eq!(rejection.field.as_deref(), Some("deElemen021"));
}

/// 2 × log2(1,000) = 19.9.
#[test]
fn one_value_that_takes_the_import_down_costs_at_most_nineteen_extra_requests() {
    for bad in [0, 1, 499, 500, 999, 1_777, 9_999] {
        let mut world = world_of(
            (0..10_000).map(|number| value(number, if number == bad { POISON } else { "5" })),
        );
        let report = world.run(upload_only(), no_fault);
        check_counts(&report, 9_999, 1, 0, 0);
        let extra = world.count(POST_VALUES) - 10;
        assert!(extra <= 19, "{extra} extra requests for {bad}");
        assert!(world.server.writes.values().all(|writes| *writes == 1), "nothing doubled");
    }
}

#[test]
fn a_value_on_which_the_server_fails_is_put_off_and_never_parked() {
    let mut world =
        world_of((0..100).map(|number| value(number, if number == 42 { CRASH } else { "5" })));
    let report = world.run(upload_only(), no_fault);
    check_counts(&report, 99, 0, 1, 0);
    let put_off = |state: &RowState| matches!(state, RowState::Pending { not_before_ms: 1.. });
    assert_eq!(world.store.count(put_off), 1);
}

#[test]
fn a_server_that_fails_on_everything_parks_nothing() {
    let mut world = world_of((0..100).map(|number| value(number, "5")));
    let report = world.run(upload_only(), |request| match request {
        1 | 2 => Fault::None,
        _ => Fault::Status(500),
    });
    assert_eq!(report.stopped, Some(Stop::ServerUnavailable { status: 500, retry_after_ms: None }));
    assert_eq!((report.rejected, world.store.pending()), (0, 100));
}

#[test]
fn an_event_refused_by_name_or_by_form_is_found_alone() {
    for bad in [BAD, POISON] {
        let mut world =
            world_of((0..200).map(|number| event(number, if number == 77 { bad } else { "5" })));
        let report = world.run(upload_only(), no_fault);
        check_counts(&report, 199, 1, 0, 0);
        assert_eq!(world.server.tracker.events().len(), 199);
        assert!(world.count(POST_EVENTS) <= 1 + 15, "{}", world.count(POST_EVENTS));
    }
}

#[test]
fn a_lost_answer_is_followed_by_a_look_and_not_by_a_second_write() {
    let mut world = world_of((0..10).map(|number| value(number, "5")));
    // 1 server, 2 user, 3 check, 4 upload.
    let report = world.run(upload_only(), |request| match request {
        4 => Fault::LostAfter,
        _ => Fault::None,
    });
    check_counts(&report, 10, 0, 0, 0);
    assert_eq!(world.count(POST_VALUES), 1, "{:#?}", world.log);
    assert!(world.server.writes.values().all(|writes| *writes == 1));
}

#[test]
fn a_request_that_was_lost_before_it_acted_goes_again_in_the_same_run() {
    let mut world = world_of((0..10).map(|number| value(number, "5")));
    let report = world.run(upload_only(), |request| match request {
        4 => Fault::LostBefore,
        _ => Fault::None,
    });
    check_counts(&report, 10, 0, 0, 0);
    assert_eq!(world.count(POST_VALUES), 2);
}

#[test]
fn without_network_every_row_is_given_back() {
    let mut world = world_of((0..10).map(|number| value(number, "5")));
    let report = world.run(upload_only(), |request| match request {
        1..=3 => Fault::None,
        _ => Fault::NotSent,
    });
    assert!(matches!(report.stopped, Some(Stop::Offline { .. })), "{report:?}");
    assert_eq!(world.store.pending(), 10);
}

#[test]
fn a_change_by_another_is_a_conflict_and_the_server_keeps_its_value() {
    let mut world = world_of([value(0, "5")]);
    world.run(upload_only(), no_fault);
    let base = world.store.rows[0].row.payload.clone();
    let key = world.server.values.keys().next().expect("a value").clone();
    world.server.values.get_mut(&key).expect("it")["value"] = "7".into();
    world.store.rows[0].row.payload = value(0, "6");
    world.store.rows[0].row.base = Some(base);
    world.store.rows[0].state = RowState::Pending { not_before_ms: 0 };
    let report = world.run(upload_only(), no_fault);
    check_counts(&report, 0, 0, 0, 1);
    assert_eq!(world.server.values[&key]["value"], "7");
    let RowState::Conflict(conflict) = &world.store.rows[0].state else { panic!() };
    assert_eq!(conflict.fields, ["value"]);
}

#[test]
fn a_comment_by_another_is_merged_with_our_value() {
    let mut world = world_of([value(0, "5")]);
    world.run(upload_only(), no_fault);
    let base = world.store.rows[0].row.payload.clone();
    let key = world.server.values.keys().next().expect("a value").clone();
    world.server.values.get_mut(&key).expect("it")["comment"] = "recounted".into();
    world.store.rows[0].row.payload = value(0, "6");
    world.store.rows[0].row.base = Some(base);
    world.store.rows[0].state = RowState::Pending { not_before_ms: 0 };
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 0);
    assert_eq!(world.server.values[&key]["value"], "6");
    assert_eq!(world.server.values[&key]["comment"], "recounted");
}

/// Where zero is not significant the server takes a zero with success and holds nothing (capture
/// a008b).
#[test]
fn a_zero_that_the_server_drops_is_no_change_by_another() {
    let mut world = world_of([value(0, "0")]);
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 0);
    world.server.values.clear();
    let base = world.store.rows[0].row.payload.clone();
    world.store.rows[0].row.payload = value(0, "6");
    world.store.rows[0].row.base = Some(base);
    world.store.rows[0].state = RowState::Pending { not_before_ms: 0 };
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 0);
    assert_eq!(world.server.values.len(), 1);
}

#[test]
fn a_check_that_is_refused_does_not_hold_the_upload_back() {
    let mut world = world_of([value(0, "5")]);
    let refusal = r#"{"httpStatusCode":409,"status":"ERROR","errorCode":"E2001"}"#;
    world.server.overrides.push(("/api/dataValueSets?".to_owned(), 409, refusal.to_owned()));
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 0);
    world.server.overrides[0].1 = 200;
    world.server.overrides[0].2 = String::new();
    world.store.capture(value(1, "5"));
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 0);
}

#[test]
fn a_check_that_is_not_answered_holds_its_rows_back_and_nothing_else() {
    for (status, body) in [(500, "{}"), (200, r#"{"dataVal"#), (403, "{}"), (404, "{}")] {
        let mut world = world_of([value(0, "5"), event(1, "5")]);
        world.server.overrides.push(("/api/dataValueSets?".to_owned(), status, body.to_owned()));
        check_counts(&world.run(upload_only(), no_fault), 1, 0, 1, 0);
        assert_eq!(world.count(POST_VALUES), 0, "sent unseen");
    }
}

#[test]
fn a_check_whose_answer_is_too_large_is_cut_and_at_last_holds_its_row_back() {
    let mut seen = world_of([value(0, "5")]);
    check_counts(&seen.run(upload_only(), no_fault), 1, 0, 0, 0);
    let is_request = |line: &&String| line.starts_with("Get ") || line.starts_with("Post ");
    let is_check = |line: &String| line.starts_with("Get /api/dataValueSets?");
    let check = seen.log.iter().filter(is_request).position(is_check).expect("a check") + 1;
    let mut world = world_of([value(0, "5")]);
    let too_large = |number| if number == check { Fault::TooLarge } else { Fault::None };
    check_counts(&world.run(upload_only(), too_large), 0, 0, 1, 0);
    assert_eq!(world.count(POST_VALUES), 0, "sent unseen");
}

#[test]
fn deleting_an_event_that_is_gone_is_done_and_editing_it_is_a_conflict() {
    let mut world = world_of([event(1, "5"), event(2, "5")]);
    world.run(upload_only(), no_fault);
    for id in ["evEvent0001", "evEvent0002"] {
        world.server.tracker.held[2].get_mut(id).expect("it")["deleted"] = true.into();
    }
    // The server does not show them, so only its refusal tells.
    let nothing = r#"{"pager":{"page":1,"pageSize":2},"events":[]}"#;
    world.server.overrides.push(("/api/tracker/events?".to_owned(), 200, nothing.to_owned()));
    for row in &mut world.store.rows {
        row.state = RowState::Pending { not_before_ms: 0 };
    }
    if let Payload::Event { event } = &mut world.store.rows[0].row.payload {
        event.deleted = true;
    }
    world.store.rows[1].row.payload = event(2, "6");
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0, 1);
    assert_eq!(world.store.rows[0].state, RowState::Done);
    assert_eq!(
        world.count("Post /api/tracker?async=false&atomicMode=OBJECT&importStrategy=DELETE"),
        1
    );
}

#[test]
fn a_completion_that_is_refused_is_found_although_the_report_does_not_name_it() {
    let Payload::DataValue { data_set, key, .. } = value(0, "") else { panic!() };
    let slice = |unit: &str| SliceKey {
        data_set,
        period: key.period,
        organisation_unit: OrganisationUnitUid::parse(unit).expect("a uid"),
        attribute_option_combo: key.attribute_option_combo,
    };
    let completion = Completion { completed: true, ..Completion::default() };
    let units = ["ouClinicA01", "ouClinicB01", "ouUnknown01", "ouClinicC01"];
    let mut world = world_of(
        units.map(|unit| Payload::Completion { key: slice(unit), completion: completion.clone() }),
    );
    check_counts(&world.run(upload_only(), no_fault), 3, 1, 0, 0);
    assert!(matches!(world.store.rows[2].state, RowState::Rejected(_)));
    assert_eq!(world.server.completions.len(), 3);
}

/// Completed here and sent with an unknown outcome, then withdrawn; `author` completed the same slice.
#[track_caller]
fn check_withdrawal(author: &str, posts: usize, conflicts: u64) {
    let Payload::DataValue { data_set, key, .. } = value(0, "") else { panic!() };
    let slice = SliceKey {
        data_set,
        period: key.period,
        organisation_unit: OrganisationUnitUid::parse("ouClinicA01").expect("a uid"),
        attribute_option_combo: key.attribute_option_combo,
    };
    let by = |completed, user: &str| {
        let stored_by = Some(user.to_owned());
        let completion = Completion { completed, stored_by, ..Completion::default() };
        Payload::Completion { key: slice, completion }
    };
    let mut world = world_of([by(true, author)]);
    world.run(upload_only(), no_fault);
    world.store.rows[0].row.payload = by(false, "nurse");
    world.store.rows[0].row.in_doubt = vec![by(true, "nurse")];
    world.store.rows[0].row.base = None;
    world.store.rows[0].state = RowState::Pending { not_before_ms: 0 };
    let before = world.count("Post /api/completeDataSetRegistrations");
    let report = world.run(upload_only(), no_fault);
    assert_eq!(world.count("Post /api/completeDataSetRegistrations") - before, posts, "{author}");
    assert_eq!(report.conflicts, conflicts, "{author}");
}

#[test]
fn a_withdrawal_goes_over_the_own_completion_and_asks_before_it_goes_over_anothers() {
    check_withdrawal("nurse", 1, 0);
    check_withdrawal("office", 0, 1);
}

#[test]
fn a_lacking_authority_leaves_the_rows_pending_and_says_which() {
    let mut world = world_of([value(0, "5")]);
    let message = "Access is denied, requires one Authority from [F_DATAVALUE_ADD]";
    let body = format!(r#"{{"httpStatusCode":403,"status":"ERROR","message":"{message}"}}"#);
    let report = world.run(upload_only(), no_fault);
    assert_eq!(report.synced, 1);
    world.store.capture(value(1, "5"));
    world.server.overrides.push(("/api/dataValueSets".to_owned(), 403, body));
    let report = world.run(upload_only(), no_fault);
    let Some(Stop::Forbidden { reason }) = &report.stopped else { panic!("{report:?}") };
    assert!(reason.contains("F_DATAVALUE_ADD"));
    assert_eq!(world.store.pending(), 1);
}

#[test]
fn a_proxy_that_refuses_everything_parks_almost_nothing() {
    for (status, parked_max) in [(405, 0), (415, 0), (404, 0), (413, 3), (400, 3)] {
        let mut world = world_of((0..50).map(|number| value(number, "5")));
        let refusal = (status, "<html>no</html>".to_owned());
        world.server.overrides.push(("/api/dataValueSets".to_owned(), refusal.0, refusal.1));
        let report = world.run(upload_only(), no_fault);
        assert!(matches!(report.stopped, Some(Stop::Incompatible { .. })), "{status} {report:?}");
        assert!(report.rejected <= parked_max, "{status}: {}", report.rejected);
        assert_eq!(world.store.pending() as u64, 50 - report.rejected);
    }
}

#[test]
fn from_2_43_each_slice_travels_alone() {
    let mut world = world_of((0..100).map(|number| value(number, "5")));
    world.server.version = "2.43.0".to_owned();
    check_counts(&world.run(upload_only(), no_fault), 100, 0, 0, 0);
    assert_eq!(world.count(POST_VALUES), 4);
}

#[test]
fn a_cancel_at_any_step_gives_every_row_back_or_settles_it() {
    for step in 0..40 {
        let mut world = world_of((0..60).map(|number| value(number, "5")));
        world.store.capture(event(1, "5"));
        world.cancel_at = Some(step);
        let report = world.run(upload_only(), no_fault);
        let in_flight = world.store.count(|state| *state == RowState::InFlight);
        assert_eq!(in_flight, 0, "cancelled at step {step}: {report:?}");
        let done = world.store.count(|state| *state == RowState::Done);
        assert_eq!(done + world.store.pending(), 61);
    }
}
