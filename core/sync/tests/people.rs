//! People, enrolments, visits, relationships and files against a small server.

mod common;

use std::collections::BTreeMap;

use common::server::{BAD, CRASH, POISON};
use common::store::RowState;
use common::tracker::TAKEN;
use common::{Fault, NOW_MS, World, event, no_fault, upload_only};
use outpost_domain::data::{
    Enrollment, EnrollmentStatus, FileResource, OwnershipOverride, OwnershipTransfer, Payload,
    Relationship, RelationshipItem, TrackedEntity,
};
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid, Uid,
};
use outpost_sync::machine::{Heartbeat, Phases, RunOptions};
use outpost_sync::ports::{
    DownloadList, Report, ReserveScope, Stop, TrackerLimits, TrackerScope, facts,
};
use serde_json::{Value, json};

const POST: &str = "Post /api/tracker";
const PROGRAM: &str = "prChild0001";
const NAME: &str = "teaName0001";

fn uid<T: From<Uid>>(text: &str) -> T {
    T::from(Uid::parse(text).expect("a uid"))
}

fn person_id(number: usize) -> TrackedEntityUid {
    uid(&format!("tePerson{number:03}"))
}

fn person(number: usize, name: &str) -> Payload {
    let tracked_entity = TrackedEntity {
        id: person_id(number),
        tracked_entity_type: uid("tetPerson01"),
        organisation_unit: uid("ouClinicA01"),
        geometry: None,
        attributes: [(uid(NAME), name.to_owned())].into(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    Payload::TrackedEntity { tracked_entity }
}

fn enrolled(number: usize, value: &str) -> Payload {
    let enrollment = Enrollment {
        id: uid(&format!("enPerson{number:03}")),
        tracked_entity: person_id(number),
        program: uid(PROGRAM),
        organisation_unit: uid("ouClinicA01"),
        status: EnrollmentStatus::Active,
        enrolled_at: Some("2026-11-20".to_owned()),
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: [(uid("teaProgram1"), value.to_owned())].into(),
        notes: vec![],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    Payload::Enrollment { enrollment }
}

fn visit(number: usize, value: &str) -> Payload {
    let Payload::Event { mut event } = event(number, value) else { panic!("an event") };
    event.program = uid(PROGRAM);
    event.enrollment = Some(uid(&format!("enPerson{number:03}")));
    event.tracked_entity = Some(person_id(number));
    Payload::Event { event }
}

fn linked(number: usize, from: usize, to: usize) -> Payload {
    let relationship = Relationship {
        id: uid(&format!("rlLinked{number:03}")),
        relationship_type: uid("rtSibling01"),
        from: RelationshipItem::TrackedEntity(person_id(from)),
        to: RelationshipItem::TrackedEntity(person_id(to)),
        created_at_client: None,
        deleted: false,
    };
    Payload::Relationship { relationship }
}

fn tree(number: usize, name: &str) -> [Payload; 3] {
    [person(number, name), enrolled(number, "x"), visit(number, "5")]
}

fn world_of(payloads: impl IntoIterator<Item = Payload>) -> World {
    let mut world = World::new();
    payloads.into_iter().for_each(|payload| world.store.capture(payload));
    world
}

#[track_caller]
fn check_counts(report: &Report, synced: u64, rejected: u64, conflicts: u64) {
    assert_eq!(report.stopped, None, "{report:?}");
    assert_eq!((report.synced, report.rejected, report.conflicts), (synced, rejected, conflicts));
}

fn state<'a>(world: &'a World, payload: &Payload) -> &'a RowState {
    let row = world.store.rows.iter().find(|row| row.row.payload.subject() == payload.subject());
    &row.expect("a row").state
}

fn code_of(state: &RowState) -> Option<&str> {
    match state {
        RowState::Rejected(rejection) => rejection.code.as_deref(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn whole_trees_travel_in_one_request_without_a_question() {
    let mut world = world_of((0..20).flat_map(|number| tree(number, "Ada")));
    let report = world.run(upload_only(), no_fault);
    check_counts(&report, 60, 0, 0);
    assert_eq!(world.count(POST), 1, "{:#?}", world.log);
    assert_eq!(world.count("Get /api/tracker"), 0);
    let tracker = &world.server.tracker;
    let held = (tracker.people().len(), tracker.enrollments().len(), tracker.events().len());
    assert_eq!(held, (20, 20, 20));
    assert!(tracker.writes.values().all(|writes| *writes == 1));
}

#[test]
fn a_child_travels_alone_when_its_parents_are_there() {
    let mut world = world_of(tree(1, "Ada"));
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    let Payload::Event { mut event } = visit(1, "6") else { panic!("an event") };
    event.id = uid("evLater0001");
    world.store.capture(Payload::Event { event });
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0);
    assert_eq!(world.server.tracker.events().len(), 2);
}

/// 2 × log2(66) = 12.1: the batch holds 66 trees.
#[test]
fn one_person_who_takes_the_request_down_costs_at_most_twelve_extra_requests() {
    for bad in [0, 1, 33, 65] {
        let mut world = world_of(
            (0..66).flat_map(|number| tree(number, if number == bad { POISON } else { "Ada" })),
        );
        let report = world.run(upload_only(), no_fault);
        check_counts(&report, 65 * 3, 1, 0);
        let extra = world.count(POST) - 1;
        assert!(extra <= 12, "{extra} extra requests for {bad}");
        assert!(world.server.tracker.writes.values().all(|writes| *writes == 1));
        // What belongs to the refused person was never sent without that person.
        assert!(matches!(state(&world, &enrolled(bad, "x")), RowState::Pending { .. }));
    }
}

#[test]
fn children_of_a_refused_person_wait_and_follow_the_correction() {
    let mut world = world_of([tree(1, BAD), tree(2, "Ida")].into_iter().flatten());
    check_counts(&world.run(upload_only(), no_fault), 3, 1, 0);
    assert_eq!(code_of(state(&world, &person(1, BAD))), Some("E1007"));
    assert!(matches!(state(&world, &visit(1, "5")), RowState::Pending { .. }));
    let row = &mut world.store.rows[0];
    row.row.payload = person(1, "Ada");
    row.state = RowState::Pending { not_before_ms: 0 };
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    assert_eq!(world.server.tracker.events().len(), 2);
}

#[test]
fn a_refused_visit_holds_nobody_back() {
    let mut world = world_of([person(1, "Ada"), enrolled(1, "x"), visit(1, BAD)]);
    check_counts(&world.run(upload_only(), no_fault), 2, 1, 0);
    assert_eq!(code_of(state(&world, &visit(1, BAD))), Some("E1302"));
}

#[test]
fn a_unique_value_that_somebody_has_is_parked_with_its_field() {
    let mut world = world_of([person(1, TAKEN), person(2, "Ida")]);
    check_counts(&world.run(upload_only(), no_fault), 1, 1, 0);
    assert_eq!(code_of(state(&world, &person(1, TAKEN))), Some("E1064"));
}

#[test]
fn a_person_on_whom_the_server_fails_is_put_off_and_never_parked() {
    let mut world = world_of([tree(1, CRASH), tree(2, "Ida")].into_iter().flatten());
    let report = world.run(upload_only(), no_fault);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
    assert!(world.server.tracker.people().contains_key("tePerson002"));
}

#[test]
fn a_lost_answer_is_followed_by_a_look_and_not_by_a_second_write() {
    let mut world = world_of([tree(1, "Ada"), tree(2, "Ida")].into_iter().flatten());
    let report = world.run(upload_only(), |request| match request {
        3 => Fault::LostAfter,
        _ => Fault::None,
    });
    check_counts(&report, 6, 0, 0);
    assert_eq!(world.count(POST), 1, "{:#?}", world.log);
    // And before it acted: sent again.
    let mut world = world_of(tree(1, "Ada"));
    let report = world.run(upload_only(), |request| match request {
        3 => Fault::LostBefore,
        _ => Fault::None,
    });
    check_counts(&report, 3, 0, 0);
    assert!(world.server.tracker.writes.values().all(|writes| *writes == 1));
}

#[test]
fn a_run_cut_at_any_request_loses_and_doubles_nothing() {
    for cut in 1..14 {
        for fault in [Fault::LostAfter, Fault::LostBefore, Fault::Status(503)] {
            let people = (0..3).flat_map(|number| tree(number, "Ada"));
            let mut world = world_of(people.chain([linked(1, 0, 1), linked(2, 1, 2)]));
            world.run(upload_only(), |request| if request >= cut { fault } else { Fault::None });
            world.store.restart();
            let report = world.run(upload_only(), no_fault);
            assert_eq!(report.stopped, None, "{cut} {fault:?}");
            assert_eq!(world.store.count(|state| *state == RowState::Done), 11, "{cut} {fault:?}");
            let tracker = &world.server.tracker;
            assert!(tracker.writes.values().all(|writes| *writes == 1), "{cut} {fault:?}");
            assert_eq!(tracker.relationships().len(), 2);
        }
    }
}

fn deleted(payload: Payload) -> Payload {
    match payload {
        Payload::TrackedEntity { mut tracked_entity } => {
            tracked_entity.deleted = true;
            Payload::TrackedEntity { tracked_entity }
        }
        Payload::Enrollment { mut enrollment } => {
            enrollment.deleted = true;
            Payload::Enrollment { enrollment }
        }
        Payload::Event { mut event } => {
            event.deleted = true;
            Payload::Event { event }
        }
        Payload::Relationship { mut relationship } => {
            relationship.deleted = true;
            Payload::Relationship { relationship }
        }
        other => other,
    }
}

/// Queues a change of a row that the server has.
fn change(world: &mut World, payload: Payload) {
    let subject = payload.subject();
    let row = world.store.rows.iter_mut().find(|row| row.row.payload.subject() == subject);
    let row = row.expect("a row");
    row.row.payload = payload;
    row.row.revision += 1;
    row.state = RowState::Pending { not_before_ms: 0 };
}

#[test]
fn deletions_go_first_and_children_before_parents() {
    let mut world = world_of([tree(1, "Ada"), tree(2, "Ida")].into_iter().flatten());
    check_counts(&world.run(upload_only(), no_fault), 6, 0, 0);
    world.log.clear();
    tree(1, "Ada").into_iter().for_each(|payload| change(&mut world, deleted(payload)));
    change(&mut world, person(2, "Eda"));
    check_counts(&world.run(upload_only(), no_fault), 4, 0, 0);
    assert_eq!(world.count(&format!("{POST}?async=false&atomicMode=OBJECT&importStrategy=D")), 3);
    assert_eq!(world.server.tracker.people()["tePerson001"]["deleted"], true);
    // Gone already: nothing is left to delete.
    tree(1, "Ada").into_iter().for_each(|payload| change(&mut world, deleted(payload)));
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
}

#[test]
fn a_change_of_what_was_deleted_there_is_a_conflict() {
    let mut world = world_of(tree(1, "Ada"));
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    for list in &mut world.server.tracker.held {
        list.values_mut().for_each(|record| record["deleted"] = json!(true));
    }
    change(&mut world, person(1, "Eda"));
    check_counts(&world.run(upload_only(), no_fault), 0, 0, 1);
}

#[test]
fn changes_of_different_questions_are_merged_and_of_the_same_one_kept_apart() {
    let mut world = world_of([person(1, "Ada"), enrolled(1, "x")]);
    check_counts(&world.run(upload_only(), no_fault), 2, 0, 0);
    let held = world.server.tracker.held[0].get_mut("tePerson001").expect("a person");
    let other = json!({"attribute": "teaPhone001", "value": "5"});
    held["attributes"].as_array_mut().expect("attributes").push(other);
    change(&mut world, person(1, "Eda"));
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0);
    let values = world.server.tracker.people()["tePerson001"]["attributes"].to_string();
    assert!(values.contains("Eda") && values.contains("teaPhone001"), "{values}");
    let held = world.server.tracker.held[0].get_mut("tePerson001").expect("a person");
    held["attributes"][0]["value"] = json!("Oda");
    change(&mut world, person(1, "Uda"));
    check_counts(&world.run(upload_only(), no_fault), 0, 0, 1);
}

#[test]
fn a_list_of_others_is_no_answer_and_nothing_goes_over_what_was_not_seen() {
    // The page has room for as many as were asked for, and holds somebody else.
    let mut world = world_of([person(1, "Ada"), person(2, "Ida")]);
    check_counts(&world.run(upload_only(), no_fault), 2, 0, 0);
    world.server.tracker.held[0].get_mut("tePerson002").expect("a person")["attributes"][0]["value"] =
        json!("Oda");
    change(&mut world, person(2, "Uda"));
    world.server.tracker.ignores_ids = true;
    let report = world.run(upload_only(), no_fault);
    assert_eq!((report.synced, report.deferred), (0, 1), "{report:?}");
    let held = || world.server.tracker.people()["tePerson002"]["attributes"].to_string();
    assert!(held().contains("Oda"), "{}", held());
}

#[test]
fn an_answer_that_was_cleared_is_cleared_there_though_the_person_cannot_be_read() {
    let with_answer = |answer: Option<&str>| {
        let [_, enrollment, _] = tree(1, "Ada");
        let Payload::Enrollment { mut enrollment } = enrollment else { unreachable!() };
        let answer = answer.map(|text| (uid("teaProgram1"), text.to_owned()));
        enrollment.attributes = answer.into_iter().collect();
        Payload::Enrollment { enrollment }
    };
    let mut world = world_of([person(1, "Ada"), with_answer(Some("high"))]);
    check_counts(&world.run(upload_only(), no_fault), 2, 0, 0);
    change(&mut world, with_answer(None));
    let refusal = json!({"httpStatusCode": 409, "errorCode": "E2001", "message": "hidden"});
    let people = "/api/tracker/trackedEntities?".to_owned();
    world.server.overrides = vec![(people.clone(), 409, refusal.to_string())];
    check_counts(&world.run(upload_only(), no_fault), 1, 0, 0);
    let held = world.server.tracker.held[1].values().next().expect("an enrolment").to_string();
    assert!(!held.contains("teaProgram1"), "{held}");
    // Without an answer nothing is known of either: both wait.
    change(&mut world, with_answer(Some("low")));
    world.server.overrides = vec![(people, 200, "{cut".to_owned())];
    let report = world.run(upload_only(), no_fault);
    assert_eq!((report.synced, report.deferred), (0, 1), "{report:?}");
}

#[test]
fn relationships_follow_both_ends_and_the_same_pair_is_not_an_error() {
    let mut world = world_of([linked(1, 1, 2), person(1, "Ada"), person(2, "Ida")]);
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    // The same again is ignored without a word; the same pair under another id is there already.
    change(&mut world, linked(1, 1, 2));
    world.store.capture(linked(2, 1, 2));
    let report = world.run(upload_only(), no_fault);
    check_counts(&report, 2, 0, 0);
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    assert_eq!(world.server.tracker.relationships().len(), 1);
}

#[test]
fn ownership_is_asked_for_before_and_handed_over_after() {
    let (tracked_entity, program) = (person_id(1), uid::<ProgramUid>(PROGRAM));
    let organisation_unit = uid::<OrganisationUnitUid>("ouClinicB01");
    let transfer = OwnershipTransfer { tracked_entity, program, organisation_unit };
    let glass = OwnershipOverride { tracked_entity, program, reason: "here now".to_owned() };
    let transfer = Payload::OwnershipTransfer { transfer };
    let glass = Payload::OwnershipOverride { glass };
    let mut world = world_of([transfer.clone(), person(1, "Ada"), glass.clone()]);
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    let kinds: Vec<_> =
        world.server.tracker.ownership.iter().map(|line| line.split(' ').next()).collect();
    assert_eq!(kinds, [Some("override"), Some("transfer")]);
    // A lost answer: the owner is looked at, not set again.
    let mut world = world_of([person(1, "Ada"), transfer.clone()]);
    world.run(upload_only(), |request| if request == 4 { Fault::LostAfter } else { Fault::None });
    assert_eq!(world.server.tracker.ownership.len(), 1, "{:#?}", world.log);
    // A refusal parks the row and ends nothing.
    let mut world = world_of([glass.clone(), person(1, "Ada")]);
    world.server.tracker.ownership_refusal = Some((403, "not in the user's search scope".into()));
    check_counts(&world.run(upload_only(), no_fault), 1, 1, 0);
    assert_eq!(code_of(state(&world, &glass)), Some("E1006"));
}

fn photo(number: usize) -> Payload {
    let file = FileResource {
        id: uid(&format!("frPhoto{number:04}")),
        name: "photo.jpg".to_owned(),
        content_type: "image/jpeg".to_owned(),
        content_bytes: 0,
        content_md5: format!("md5{number}"),
    };
    Payload::FileResource { file }
}

fn with_photos(payloads: impl IntoIterator<Item = Payload>) -> World {
    let mut world = world_of(payloads);
    for row in &world.store.rows {
        if let Payload::FileResource { file } = &row.row.payload {
            world.store.files.insert(file.id.0, file.content_md5.clone());
        }
    }
    world
}

#[test]
fn files_go_first_and_a_failed_one_parks_itself_and_what_names_it() {
    let mut world = with_photos([person(1, "frPhoto0001"), photo(1), photo(2), person(2, "Ida")]);
    world.store.files.remove(&uid("frPhoto0001"));
    check_counts(&world.run(upload_only(), no_fault), 2, 1, 0);
    assert!(matches!(state(&world, &person(1, "frPhoto0001")), RowState::Pending { .. }));
    assert_eq!(world.server.tracker.files.len(), 1);
}

#[test]
fn a_file_whose_answer_was_lost_is_recognised_and_not_sent_again() {
    let mut world = with_photos([photo(1)]);
    let report =
        world.run(upload_only(), |number| if number == 3 { Fault::LostAfter } else { Fault::None });
    check_counts(&report, 1, 0, 0);
    assert_eq!(world.count("Post /api/fileResources"), 1);
    // The device died before it marked the row: 409 E1119, then a look.
    let mut world = with_photos([photo(1), photo(2)]);
    world.server.tracker.files.insert("frPhoto0001".into(), "md51".into());
    world.server.tracker.files.insert("frPhoto0002".into(), "another".into());
    check_counts(&world.run(upload_only(), no_fault), 1, 1, 0);
}

#[test]
fn an_upload_that_becomes_a_job_is_settled_by_its_report() {
    let mut world = world_of([tree(1, "Ada"), tree(2, BAD)].into_iter().flatten());
    (world.server.tracker.makes_jobs, world.server.tracker.job_polls) = (true, 3);
    check_counts(&world.run(upload_only(), no_fault), 3, 1, 0);
    assert_eq!(world.count(POST), 1);
    assert!(world.store.jobs.is_empty());
}

#[test]
fn a_job_is_asked_about_by_the_next_run_and_its_rows_are_not_sent_again() {
    let mut world = world_of(tree(1, "Ada"));
    (world.server.tracker.makes_jobs, world.server.tracker.job_polls) = (true, 100);
    let report = world.run(upload_only(), no_fault);
    assert_eq!((report.stopped.clone(), report.deferred), (None, 3), "{report:?}");
    assert_eq!(world.store.jobs.len(), 1);
    // The process dies; the job ends meanwhile.
    world.store.restart();
    world.server.tracker.job_polls = 0;
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    assert_eq!(world.count(POST), 1);
}

#[test]
fn rows_of_a_job_that_the_server_forgot_are_compared_and_go_again() {
    let mut world = world_of(tree(1, "Ada"));
    (world.server.tracker.makes_jobs, world.server.tracker.job_polls) = (true, 100);
    world.run(upload_only(), no_fault);
    world.server.tracker.jobs.clear();
    world.server.tracker.makes_jobs = false;
    check_counts(&world.run(upload_only(), no_fault), 3, 0, 0);
    assert_eq!(world.count(POST), 1, "it had arrived");
    assert!(world.store.jobs.is_empty());
}

#[test]
fn a_large_upload_without_an_answer_twice_is_sent_as_a_job() {
    let mut world = world_of((0..30).flat_map(|number| tree(number, "Ada")));
    // 1 server, 2 user, 3 upload, 4 to 6 what arrived, 7 upload, …
    let report = world.run(upload_only(), |number| match number {
        3 | 7 => Fault::LostBefore,
        _ => Fault::None,
    });
    assert_eq!(world.count("Post /api/tracker?async=true"), 1, "{:#?}", world.log);
    assert_eq!(report.stopped, None, "{report:?}");
    assert_eq!(report.synced, 90);
}

// ---------------------------------------------------------------- download

fn download_only() -> RunOptions {
    let phases = Phases { upload: false, metadata: false, download: true };
    RunOptions { phases, ..RunOptions::default() }
}

fn tracker_scope(limits: TrackerLimits) -> TrackerScope {
    TrackerScope {
        program: uid(PROGRAM),
        tracked_entity_type: uid("tetPerson01"),
        type_attributes: vec![uid::<TrackedEntityAttributeUid>(NAME)],
        content: String::new(),
        limits,
    }
}

/// A server with so many people, each with an enrolment and a visit.
fn populated(count: usize) -> World {
    let mut world = world_of((0..count).flat_map(|number| tree(number, "Ada")));
    world.run(upload_only(), no_fault);
    for (id, person) in &mut world.server.tracker.held[0] {
        let value = json!({"attribute": "teaProgram1", "value": id});
        person["attributes"].as_array_mut().expect("attributes").push(value);
        person["relationships"] = json!([]);
    }
    for class in 0..2 {
        for row in world.server.tracker.held[class].values_mut() {
            row["updatedAt"] = json!("2026-11-22T12:00:00.000");
        }
    }
    world.store.trackers = vec![tracker_scope(TrackerLimits::default())];
    world.store.roots = vec![uid("ouClinicA01")];
    world.log.clear();
    world
}

#[track_caller]
fn check_end(report: &Report) {
    assert_eq!(report.stopped, None, "{report:?}");
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[test]
fn people_are_downloaded_flat_and_each_attribute_is_put_where_it_belongs() {
    let mut world = populated(3);
    check_end(&world.run(download_only(), no_fault));
    let pages = || world.store.pages.iter().map(|page| &page.tracker);
    let people: Vec<_> = pages().flat_map(|page| &page.tracked_entities).collect();
    assert_eq!(people.len(), 3);
    let name = uid::<TrackedEntityAttributeUid>(NAME);
    assert!(people.iter().all(|it| it.tracked_entity.attributes.keys().eq([&name])));
    let values: BTreeMap<_, _> = pages()
        .flat_map(|page| &page.program_values)
        .map(|it| (it.tracked_entity, it.attributes.values().next().cloned()))
        .collect();
    assert_eq!(values[&person_id(1)].as_deref(), Some("tePerson001"));
    let enrollments = pages().flat_map(|page| &page.enrollments).count();
    let events = world.store.pages.iter().map(|page| page.events.len()).sum::<usize>();
    assert_eq!((enrollments, events), (3, 3));
    let lists = world.store.cursors.iter().filter(|cursor| cursor.watermark_ms.is_some());
    assert_eq!(lists.count(), DownloadList::OF_TRACKER.len());
    assert!(world.log.iter().all(|line| !line.contains("enrollments%5B")), "never nested");
}

#[test]
fn to_whom_people_belong_is_compared_once_a_week() {
    let day_ms = 24 * 60 * 60 * 1_000;
    let mut world = populated(3);
    for person in world.server.tracker.held[0].values_mut() {
        person["programOwners"] = json!([{"program": PROGRAM, "orgUnit": "ouClinicB02"}]);
    }
    let owners = |days: i64, world: &mut World| {
        world.now_ms += days * day_ms;
        world.later_ms += days * day_ms;
        world.log.clear();
        world.store.pages.clear();
        check_end(&world.run(download_only(), no_fault));
        let asked = world.log.iter().filter(|line| {
            line.contains("fields=trackedEntity,trackedEntityType,orgUnit,programOwners")
        });
        let is_whole = asked.clone().all(|line| !line.contains("updatedAfter"));
        let found = world.store.pages.iter().map(|page| page.tracker.owners.len()).sum::<usize>();
        (asked.count(), is_whole, found)
    };
    // They came with the people: the first list is asked for changes only and starts the count.
    assert_eq!(owners(0, &mut world), (1, false, 0));
    assert_eq!(owners(6, &mut world), (0, true, 0));
    assert_eq!(owners(2, &mut world), (1, true, 3));
    assert_eq!(owners(1, &mut world), (0, true, 0));
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_smaller_ones() {
    let mut world = populated(60);
    world.server.tracker.largest_page = 50;
    check_end(&world.run(download_only(), no_fault));
    assert_eq!(world.store.people.len(), 60);
}

#[test]
fn a_download_cut_at_any_request_goes_on_where_it_was() {
    for cut in 3..12 {
        let mut world = populated(60);
        world.server.tracker.largest_page = 25;
        let report = world.run(download_only(), |request| match request {
            request if request >= cut => Fault::LostAfter,
            _ => Fault::None,
        });
        assert!(matches!(report.stopped, None | Some(Stop::Offline { .. })), "{report:?}");
        check_end(&world.run(download_only(), no_fault));
        assert_eq!(world.store.people.len(), 60, "cut at {cut}");
        let events = world.store.pages.iter().map(|page| page.events.len()).sum::<usize>();
        assert_eq!(events, 60, "every page once, cut at {cut}");
    }
}

#[test]
fn what_was_deleted_there_is_heard_of_by_a_list_of_its_own() {
    let mut world = populated(3);
    check_end(&world.run(download_only(), no_fault));
    world.store.pages.clear();
    let gone = world.server.tracker.held[0].get_mut("tePerson001").expect("a person");
    gone["deleted"] = json!(true);
    gone["updatedAt"] = json!("2026-12-22T12:00:00.000");
    check_end(&world.run(download_only(), no_fault));
    let people: Vec<_> =
        world.store.pages.iter().flat_map(|page| &page.tracker.tracked_entities).collect();
    let gone: Vec<_> = people.iter().filter(|it| it.tracked_entity.deleted).collect();
    assert_eq!(gone.len(), 1, "{people:?}");
    assert_eq!(gone[0].relationships, None);
}

#[test]
fn limits_narrow_the_first_download_and_no_delta() {
    let mut world = populated(60);
    let limits = TrackerLimits {
        only_active: true,
        changed_within_days: Some(30),
        tracked_entities_max: Some(500),
    };
    world.store.trackers = vec![tracker_scope(limits)];
    check_end(&world.run(download_only(), no_fault));
    let line = |world: &World, path: &str| {
        let found = world.log.iter().find(|line| line.contains(path) && !line.contains("Deleted"));
        found.cloned().unwrap_or_default()
    };
    let people = line(&world, "/tracker/trackedEntities");
    assert!(people.contains("enrollmentStatus=ACTIVE") && people.contains("createdAt:desc"));
    assert!(people.contains("updatedAfter=2026-10-23"), "{people}");
    assert!(line(&world, "/tracker/enrollments").contains("&status=ACTIVE"));
    world.log.clear();
    check_end(&world.run(download_only(), no_fault));
    assert!(!line(&world, "/tracker/trackedEntities").contains("ACTIVE"));
}

#[test]
fn the_other_side_of_a_relationship_is_fetched_by_id_once() {
    let mut world = populated(2);
    let outside = json!({"trackedEntity": "tePerson900", "trackedEntityType": "tetPerson01",
        "orgUnit": "ouClinicB01", "attributes": [], "deleted": false});
    let link = |to: &str| {
        json!([{"relationship": "rlLinked001", "relationshipType": "rtSibling01",
            "from": {"trackedEntity": {"trackedEntity": "tePerson001"}},
            "to": {"trackedEntity": {"trackedEntity": to}}}])
    };
    world.server.tracker.held[0].get_mut("tePerson001").expect("one")["relationships"] =
        link("tePerson900");
    world.server.tracker.held[0].get_mut("tePerson000").expect("one")["relationships"] =
        link("tePerson901");
    world.server.overrides.clear();
    world.run(download_only(), no_fault);
    // Nobody is shown: remembered, not asked for again.
    assert_eq!(world.store.not_shown.len(), 2);
    world.store.not_shown.clear();
    world.server.tracker.held[0].insert("tePerson900".into(), outside);
    world.run(download_only(), no_fault);
    assert!(world.store.people.contains(&uid("tePerson900")));
    assert_eq!(world.store.not_shown.len(), 1);
}

// ---------------------------------------------------------------- values and the team

#[test]
fn values_are_reserved_and_fewer_if_not_enough_are_left() {
    let mut world = World::new();
    world.server.tracker.reservable = 3;
    world.store.reserve = vec![ReserveScope {
        attribute: uid("teaUniqGen1"),
        organisation_unit: None,
        required: vec![("ORG_UNIT_CODE".into(), "A 1".into())],
        count: 10,
    }];
    check_end(&world.run(upload_only(), no_fault));
    assert_eq!(world.store.reserved[0].values.len(), 2);
    assert_eq!(world.count("Get /api/trackedEntityAttributes/teaUniqGen1/generateAndReserve"), 3);
}

fn team_options() -> RunOptions {
    let heartbeat = Heartbeat { device_id: "device1".into(), facts: r#"{"app":"1"}"#.into() };
    RunOptions {
        phases: Phases::ALL,
        heartbeat: Some(heartbeat),
        reads_team: true,
        reads_targets: true,
        ..RunOptions::default()
    }
}

#[test]
fn a_device_tells_of_itself_and_a_supervisor_reads_the_team() {
    let mut world = World::new();
    world.server.tracker.data_store.insert("targets".into(), json!({"visits": 5}));
    check_end(&world.run(team_options(), no_fault));
    let told = &world.server.tracker.data_store["device1"];
    assert_eq!((&told["app"], &told["lastRun"]["rejected"]), (&json!("1"), &json!(0)));
    assert_eq!(world.store.facts[facts::TARGETS], r#"{"visits":5}"#);
    assert!(world.store.facts[facts::TEAM_DEVICES].starts_with(r#"{"device1":{"app":"1""#));
    assert_eq!(told["days"]["runs"], json!([1]), "{told}");
    assert!(world.store.facts[facts::TEAM_READ_MS].parse::<i64>().is_ok_and(|at| at >= NOW_MS));
    assert!(world.now_ms > NOW_MS);
}

#[test]
fn a_device_tells_the_days_before_with_the_day_of_the_run() {
    let mut world = World::new();
    let mut check = |before: Value, runs: Value, refused: Value| {
        let facts = json!({ "app": "1", "days": before }).to_string();
        let heartbeat = Heartbeat { device_id: "device1".into(), facts };
        let options = RunOptions { heartbeat: Some(heartbeat), ..team_options() };
        check_end(&world.run(options, no_fault));
        let told = &world.server.tracker.data_store["device1"];
        assert_eq!((&told["days"]["runs"], &told["days"]["refused"]), (&runs, &refused));
        assert_eq!(told["app"], "1");
        told["days"]["from"].as_str().expect("a day").to_owned()
    };
    let today = check(Value::Null, json!([1]), json!([0]));
    let known = json!({ "from": today, "runs": [1], "refused": [4] });
    check(known, json!([2]), json!([4]));
    let today: jiff::civil::Date = today.parse().expect("a day");
    let before = today.checked_sub(jiff::ToSpan::days(2)).expect("a day").to_string();
    let known = json!({ "from": before, "runs": [3], "refused": [1] });
    assert_eq!(check(known, json!([3, 0, 1]), json!([1, 0, 0])), before);
    check(json!({ "from": 7 }), json!([1]), json!([0]));
}

#[test]
fn a_server_that_keeps_no_such_records_ends_no_run() {
    let mut world = World::new();
    let body = r#"{"httpStatusCode":403,"status":"ERROR","errorCode":"E3001"}"#;
    world.server.overrides.push(("/api/dataStore/outpost".to_owned(), 403, body.to_owned()));
    let report = world.run(team_options(), no_fault);
    assert_eq!((report.stopped, report.notes.len()), (None, 3));
}

#[test]
fn what_the_project_sets_for_support_is_read_and_is_no_device() {
    let mut world = World::new();
    world.server.tracker.data_store.insert("support".into(), json!({"acknowledgeWithinHours": 6}));
    let options = RunOptions { reads_support: true, ..team_options() };
    check_end(&world.run(options, no_fault));
    let settings = &world.store.facts[facts::SUPPORT_SETTINGS];
    assert_eq!(settings, r#"{"acknowledgeWithinHours":6}"#);
    assert!(!world.store.facts[facts::TEAM_DEVICES].contains("support"));
}
