//! People and what belongs to them: edits, rows that are held, downloads, lists, reserved values.

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, FileResource, OwnershipTransfer, Relationship, RelationshipItem,
    ServerEnrollment, ServerEvent, ServerTrackedEntity, TrackedEntity,
};
use outpost_domain::uid::{
    EnrollmentUid, FileUid, RelationshipTypeUid, RelationshipUid, TrackedEntityAttributeUid,
    TrackedEntityTypeUid, TrackedEntityUid,
};
use outpost_sync::ports::{
    Conflict, DownloadCursor, DownloadList, DownloadPage, KeptJob, ProgramValues, ReservedBatch,
    ReservedValue, TrackerPage,
};

use super::*;
use crate::{
    CompareQuery, DueFilter, DuplicateQuery, FollowUpFilter, GeneratedValue, PeopleFilter,
    PeopleOrder, Purged, RowState, SearchQuery, StoreError, SyncFilter,
};

pub(super) const NAME: char = 'n';
pub(super) const PHONE: char = 'h';
pub(super) const CASE: char = 'c';

pub(super) fn attribute(letter: char) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid(uid(letter, 0))
}

pub(super) fn program() -> ProgramUid {
    ProgramUid(uid('p', 1))
}

pub(super) fn person(number: usize, name: &str) -> TrackedEntity {
    TrackedEntity {
        id: TrackedEntityUid(uid('a', number)),
        tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
        organisation_unit: OrganisationUnitUid(uid('u', 0)),
        geometry: None,
        attributes: [(attribute(NAME), name.to_owned())].into(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

pub(super) fn enrolled(number: usize, day: &str) -> Enrollment {
    Enrollment {
        id: EnrollmentUid(uid('b', number)),
        tracked_entity: TrackedEntityUid(uid('a', number)),
        program: program(),
        organisation_unit: OrganisationUnitUid(uid('u', 0)),
        status: EnrollmentStatus::Active,
        enrolled_at: Some(day.to_owned()),
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: Default::default(),
        notes: vec![],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

pub(super) fn visit(number: usize, of: usize, answer: &str) -> Event {
    Event {
        program: program(),
        enrollment: Some(EnrollmentUid(uid('b', of))),
        tracked_entity: Some(TrackedEntityUid(uid('a', of))),
        organisation_unit: OrganisationUnitUid(uid('u', 0)),
        ..event(number, answer)
    }
}

fn planned(number: usize, of: usize, day: &str) -> Event {
    Event {
        status: EventStatus::Schedule,
        occurred_at: None,
        scheduled_at: Some(day.to_owned()),
        ..visit(number, of, "x")
    }
}

pub(super) fn of_person(tracked_entity: TrackedEntity) -> Payload {
    Payload::TrackedEntity { tracked_entity }
}

pub(super) fn of_enrollment(enrollment: Enrollment) -> Payload {
    Payload::Enrollment { enrollment }
}

pub(super) fn of_event(event: Event) -> Payload {
    Payload::Event { event }
}

fn relationship(number: usize, from: usize, to: usize) -> Relationship {
    Relationship {
        id: RelationshipUid(uid('r', number)),
        relationship_type: RelationshipTypeUid(uid('z', 0)),
        from: RelationshipItem::TrackedEntity(TrackedEntityUid(uid('a', from))),
        to: RelationshipItem::TrackedEntity(TrackedEntityUid(uid('a', to))),
        created_at_client: None,
        deleted: false,
    }
}

fn of_relationship(relationship: Relationship) -> Payload {
    Payload::Relationship { relationship }
}

fn file(number: usize) -> FileResource {
    FileResource {
        id: FileUid(uid('f', number)),
        name: "photo.jpg".into(),
        content_type: "image/jpeg".into(),
        content_bytes: 3,
        content_md5: "900150983cd24fb0d6963f7d28e17f72".into(),
    }
}

pub(super) fn tree(number: usize, name: &str) -> [Payload; 3] {
    [
        of_person(person(number, name)),
        of_enrollment(enrolled(number, "2026-10-01")),
        of_event(visit(number, number, "x")),
    ]
}

impl World {
    pub(super) fn put(&self, records: &[Payload]) {
        let saved = self.store.save_records(records, &[], "amina", 1);
        drop(saved.expect("saved"));
    }

    fn settle_all(&self, rows: &[OutboxRow], outcome: &Outcome) {
        rows.iter().for_each(|row| self.settle(row, outcome.clone()));
    }

    /// Takes everything of trees through the server.
    fn synced(&self, records: &[Payload]) {
        self.put(records);
        for kind in [PayloadKind::FileResource, PayloadKind::Tracker, PayloadKind::Relationship] {
            let rows = self.claim_kind(kind, 1_000, 5);
            self.settle_all(&rows, &Outcome::Synced);
        }
        assert_eq!(self.states(), "");
    }

    fn tracker(&self) -> Vec<OutboxRow> {
        self.claim_kind(PayloadKind::Tracker, 1_000, 5)
    }

    fn id_of(&self, record: &Payload) -> OutboxId {
        self.store.outbox_row_of(record).expect("read").expect("it waits").id
    }

    fn download(&self, page: TrackerPage, events: Vec<Event>) -> StoreReply {
        let server = |event| ServerEvent { event, updated_at: Some("2026-11-01".into()) };
        let events = events.into_iter().map(server).collect();
        let page = DownloadPage { tracker: page, events, ..DownloadPage::default() };
        self.store.command(StoreCommand::ApplyDownload { page, now_ms: 9 }).expect("applied")
    }
}

pub(super) fn on_server(tracked_entity: TrackedEntity) -> ServerTrackedEntity {
    ServerTrackedEntity {
        tracked_entity,
        updated_at: Some("2026-11-01T00:00:00.000".into()),
        stored_by: None,
        owners: vec![],
        potential_duplicate: false,
        relationships: None,
    }
}

pub(super) fn enrollment_on_server(enrollment: Enrollment) -> ServerEnrollment {
    ServerEnrollment { enrollment, updated_at: None, stored_by: None, relationships: None }
}

fn written(records: u64) -> StoreReply {
    StoreReply::Downloaded { written: records, merged: 0, conflicts: 0 }
}

// ---------------------------------------------------------------- trees

#[test]
fn a_tree_is_claimed_parents_first_and_may_be_cut() {
    let world = World::new();
    let [person, enrollment, event] = tree(1, "Amina");
    world.put(&[event.clone(), enrollment.clone(), person.clone()]);
    world.put(&tree(2, "Bakari"));
    let first = world.claim_kind(PayloadKind::Tracker, 2, 5);
    let payloads: Vec<_> = first.iter().map(|row| row.payload.clone()).collect();
    assert_eq!(payloads, [person, enrollment]);
    let rest = world.claim_kind(PayloadKind::Tracker, 10, 5);
    assert_eq!(rest.len(), 4);
    assert_eq!(rest[0].payload, event);
}

#[test]
fn what_was_saved_is_found_again_and_edits_coalesce() {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    world.put(&[of_person(person(1, "Amina Juma"))]);
    assert_eq!(world.states(), "pending pending pending");
    let found = world.store.load_person(TrackedEntityUid(uid('a', 1))).expect("read");
    let found = found.expect("a person");
    assert_eq!(found.tracked_entity, person(1, "Amina Juma"));
    assert_eq!(found.enrollments.len(), 1);
    assert_eq!(found.enrollments[0].events[0].event, visit(1, 1, "x"));
    assert_eq!(found.waiting.map(|row| row.1), Some(RowState::Pending));
    let world = world.reopened();
    assert!(world.store.load_person(found.tracked_entity.id).expect("read").is_some());
}

#[test]
fn deleting_what_was_never_sent_leaves_nothing_and_what_was_sent_is_deleted_children_first() {
    let world = World::new();
    let id = TrackedEntityUid(uid('a', 1));
    world.put(&tree(1, "Amina"));
    let _ = world.store.delete_tracked_entity(id, "amina", 2).expect("deleted");
    assert_eq!(world.states(), "");
    assert_eq!(world.store.load_person(id).expect("read"), None);
    world.synced(&tree(1, "Amina"));
    let _ = world.store.delete_tracked_entity(id, "amina", 2).expect("deleted");
    let rows = world.tracker();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.base.is_some()));
    world.settle_all(&rows, &Outcome::Synced);
    assert_eq!(world.store.load_tracked_entity(id).expect("read"), None);
    assert_eq!(world.store.find_people(attribute(NAME), "amina", 5), Ok(vec![]));
}

// ---------------------------------------------------------------- held

/// A tree whose person was refused.
fn refused_person() -> World {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.claim_kind(PayloadKind::Tracker, 1, 5);
    world.settle(&rows[0], refused());
    assert_eq!(world.states(), "rejected held held");
    world
}

#[test]
fn what_needs_a_refused_record_is_held_and_released_when_it_is_edited_or_retried() {
    let world = refused_person();
    assert_eq!(world.tracker(), []);
    let counts = world.store.outbox_counts().expect("counts");
    assert_eq!((counts.pending, counts.rejected, counts.held, counts.unsent()), (0, 1, 2, 3));
    world.put(&[of_person(person(1, "Amina Juma"))]);
    assert_eq!(world.states(), "pending pending pending");
    let world = refused_person();
    let id = world.id_of(&of_person(person(1, "")));
    world.store.retry(id, "amina", 3).expect("retried");
    assert_eq!(world.states(), "pending pending pending");
    let counts = world.store.outbox_counts().expect("counts");
    assert_eq!((counts.pending, counts.held), (3, 0));
}

#[test]
fn a_record_saved_or_edited_under_a_refused_one_is_held() {
    let world = refused_person();
    world.put(&[of_event(visit(2, 1, "later")), of_event(visit(1, 1, "y"))]);
    assert_eq!(world.states(), "rejected held held held");
    world.put(&[of_person(person(2, "Bakari")), of_relationship(relationship(1, 1, 2))]);
    assert_eq!(world.states(), "rejected held held held pending held");
    let held = world.id_of(&of_event(visit(2, 1, "")));
    world.store.retry(held, "amina", 3).expect("retried");
    assert_eq!(world.states(), "rejected held held held pending held");
}

#[test]
fn giving_up_a_person_who_was_never_sent_parks_the_enrolment_with_a_reason() {
    let world = refused_person();
    let id = world.id_of(&of_person(person(1, "")));
    world.store.discard(id, "entered twice", "amina", 3).expect("discarded");
    assert_eq!(world.states(), "rejected held");
    let row = world.store.outbox_row_of(&of_enrollment(enrolled(1, ""))).expect("read");
    let rejection = row.and_then(|row| row.rejection).expect("a reason");
    assert!(rejection.reason.contains("given up"), "{}", rejection.reason);
    world
        .store
        .discard(world.id_of(&of_enrollment(enrolled(1, ""))), "so", "amina", 4)
        .expect("ok");
    assert_eq!(world.states(), "rejected");
    world.store.discard(world.id_of(&of_event(visit(1, 1, ""))), "so", "amina", 4).expect("ok");
    assert_eq!(world.states(), "");
    let counts = world.store.outbox_counts().expect("counts");
    assert_eq!(counts.unsent(), 0);
}

#[test]
fn what_needs_a_record_that_was_given_up_is_not_sent_again_and_says_why() {
    let world = refused_person();
    world.store.discard(world.id_of(&of_person(person(1, ""))), "twice", "amina", 3).expect("ok");
    let id = world.id_of(&of_enrollment(enrolled(1, "")));
    let refused = world.store.retry(id, "amina", 4).expect_err("there is nobody to enrol");
    let words = refused.to_string();
    for said in ["was given up", "safe on this device", "enter it anew"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert_eq!(world.states(), "rejected held");
    let note = Enrollment { follow_up: true, ..enrolled(1, "2026-10-01") };
    world.put(&[of_enrollment(note)]);
    assert_eq!(world.states(), "rejected held", "an edit brings nobody back");
    let row = world.store.outbox_row(id).expect("read").expect("a row");
    assert_eq!(row.rejection.map(|it| it.reason), Some(words));
    // It turns out that the server has the person after all.
    world.download(page(vec![on_server(person(1, "Amina"))], vec![]), vec![]);
    world.store.retry(id, "amina", 5).expect("now it can go");
    assert_eq!(world.states(), "pending pending");
}

#[test]
fn a_visit_whose_photo_was_given_up_goes_once_the_photo_is_taken_out() {
    let world = World::new();
    world.synced(&[of_person(person(1, "Amina")), of_enrollment(enrolled(1, "2026-10-01"))]);
    let photo = file(1);
    let shown = visit(1, 1, photo.id.as_str());
    world.put(&[Payload::FileResource { file: photo.clone() }, of_event(shown)]);
    let id = world.id_of(&Payload::FileResource { file: photo });
    world.store.discard(id, "blurred", "amina", 3).expect("discarded");
    assert_eq!(world.states(), "rejected");
    world.put(&[of_event(visit(1, 1, "no photo"))]);
    assert_eq!(world.states(), "pending");
}

#[test]
fn a_refused_change_of_a_person_whom_the_server_has_holds_nobody_back() {
    let world = World::new();
    world.synced(&[of_person(person(1, "Amina"))]);
    world.put(&[of_person(person(1, "Juma")), of_enrollment(enrolled(1, "2026-10-01"))]);
    let rows = world.claim_kind(PayloadKind::Tracker, 1, 5);
    world.settle(&rows[0], refused());
    assert_eq!(world.states(), "rejected pending");
}

#[test]
fn a_child_that_waits_is_pending_again_or_held_whatever_the_order_of_the_answers() {
    let waits = || Outcome::Waits { reason: "its person was not taken".into() };
    for order in [[0, 1, 2], [2, 1, 0]] {
        let world = World::new();
        world.put(&tree(1, "Amina"));
        let rows = world.tracker();
        let outcomes = [refused(), waits(), waits()];
        order.iter().for_each(|index| world.settle(&rows[*index], outcomes[*index].clone()));
        assert_eq!(world.states(), "rejected held held");
    }
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.tracker();
    let outcomes = [Outcome::Synced, waits(), waits()];
    rows.iter().zip(outcomes).for_each(|(row, outcome)| world.settle(row, outcome));
    assert_eq!(world.states(), "pending pending");
}

#[test]
fn a_tree_is_put_off_together() {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.claim_kind(PayloadKind::Tracker, 1, 5);
    world.settle(&rows[0], put_off(900, false));
    assert_eq!(world.tracker(), []);
    world.put(&[of_event(visit(2, 1, "new"))]);
    assert_eq!(world.tracker(), []);
    assert_eq!(world.claim_kind(PayloadKind::Tracker, 10, 900).len(), 4);
}

#[test]
fn a_refused_file_holds_its_person_and_all_below() {
    let world = World::new();
    let mut with_photo = person(1, "Amina");
    with_photo.attributes.insert(attribute('g'), uid('f', 1).to_string());
    let [_, enrollment, event] = tree(1, "");
    let photo = Payload::FileResource { file: file(1) };
    world.put(&[photo.clone(), of_person(with_photo.clone()), enrollment, event]);
    let rows = world.claim_kind(PayloadKind::FileResource, 10, 5);
    world.settle(&rows[0], refused());
    assert_eq!(world.states(), "rejected held held held");
    // Without the photo nothing holds the person any more.
    world.put(&[of_person(person(1, "Amina"))]);
    assert_eq!(world.states(), "rejected pending pending pending");
    world.put(&[of_person(with_photo)]);
    assert_eq!(world.states(), "rejected held held held");
    world.store.discard(world.id_of(&photo), "blurred", "amina", 3).expect("discarded");
    assert_eq!(world.states(), "rejected held held");
}

#[test]
fn a_conflict_without_base_holds_and_deciding_it_releases() {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.claim_kind(PayloadKind::Tracker, 1, 5);
    let server = of_person(person(1, "Other"));
    let conflict = Conflict { server, fields: vec![attribute(NAME).to_string()] };
    world.settle(&rows[0], Outcome::Conflict(conflict));
    assert_eq!(world.states(), "conflict held held");
    let choice = crate::Resolution::Choice(outpost_domain::merge::Choice::Mine);
    world
        .store
        .resolve_conflict(rows[0].id, &choice, "mine is newer", "amina", 4)
        .expect("decided");
    assert_eq!(world.states(), "pending pending pending");
}

#[test]
fn rows_of_a_dead_process_are_judged_again() {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.tracker();
    world.settle(&rows[0], refused());
    assert_eq!(world.states(), "rejected inFlight inFlight");
    let world = world.reopened();
    assert_eq!(world.report.taken_back, 2);
    assert_eq!(world.states(), "rejected held held");
}

#[test]
fn a_job_keeps_its_rows_in_flight_also_when_the_process_dies() {
    let world = World::new();
    world.put(&tree(1, "Amina"));
    let rows = world.claim_kind(PayloadKind::Tracker, 2, 5);
    let ids = rows.iter().map(|row| (row.id, row.revision)).collect();
    let kind = PayloadKind::Tracker;
    let job = KeptJob { id: "job1".into(), kind, rows: ids, started_ms: 7 };
    let _ = world.store.command(StoreCommand::KeepJob { job: job.clone() }).expect("kept");
    let world = world.reopened();
    assert_eq!(world.states(), "inFlight inFlight pending");
    world.put(&[of_person(person(1, "Edited"))]);
    let StoreReply::Jobs(jobs) = world.store.command(StoreCommand::LoadJobs).expect("jobs") else {
        panic!()
    };
    assert_eq!(jobs[0].job, job);
    let sent: Vec<_> = jobs[0].rows.iter().map(|row| row.payload.clone()).collect();
    assert_eq!(sent, rows.iter().map(|row| row.payload.clone()).collect::<Vec<_>>());
    world.settle_all(&jobs[0].rows, &Outcome::Synced);
    let _ = world.store.command(StoreCommand::ForgetJob { id: "job1".into() }).expect("forgotten");
    assert_eq!(world.store.command(StoreCommand::LoadJobs), Ok(StoreReply::Jobs(vec![])));
    assert_eq!(world.states(), "pending pending");
}

// ---------------------------------------------------------------- downloads

fn page(people: Vec<ServerTrackedEntity>, enrollments: Vec<ServerEnrollment>) -> TrackerPage {
    TrackerPage { tracked_entities: people, enrollments, ..TrackerPage::default() }
}

#[test]
fn a_downloaded_person_is_whole_and_the_second_time_nothing_is_written() {
    let world = World::new();
    let mut one = on_server(person(1, "Amina"));
    one.owners = vec![(program(), OrganisationUnitUid(uid('u', 7)))];
    one.potential_duplicate = true;
    one.relationships = Some(vec![relationship(1, 1, 2)]);
    let tracker = page(vec![one], vec![enrollment_on_server(enrolled(1, "2026-10-01"))]);
    let events = vec![visit(1, 1, "x")];
    assert_eq!(world.download(tracker.clone(), events.clone()), written(5));
    assert_eq!(world.download(tracker, events), written(0));
    let found = world.store.load_person(TrackedEntityUid(uid('a', 1))).expect("read");
    let found = found.expect("a person");
    assert_eq!(found.owners, [(program(), OrganisationUnitUid(uid('u', 7)))]);
    assert!(found.potential_duplicate);
    assert_eq!(found.enrollments[0].events.len(), 1);
    assert_eq!(world.states(), "");
}

#[test]
fn a_download_merges_with_unsent_work_and_keeps_conflicts() {
    let world = World::new();
    let mut mine = person(1, "Amina");
    world.synced(&[of_person(mine.clone())]);
    mine.attributes.insert(attribute(PHONE), "0772".into());
    world.put(&[of_person(mine.clone())]);
    let theirs = person(1, "Amina Juma");
    let reply = world.download(page(vec![on_server(theirs)], vec![]), vec![]);
    assert_eq!(reply, StoreReply::Downloaded { written: 0, merged: 1, conflicts: 0 });
    mine.attributes.insert(attribute(NAME), "Amina Juma".into());
    assert_eq!(world.store.load_tracked_entity(mine.id), Ok(Some(mine.clone())));
    let mut theirs = mine.clone();
    theirs.attributes.insert(attribute(PHONE), "0999".into());
    let reply = world.download(page(vec![on_server(theirs)], vec![]), vec![]);
    assert_eq!(reply, StoreReply::Downloaded { written: 0, merged: 0, conflicts: 1 });
    assert_eq!(world.states(), "conflict");
    assert_eq!(world.store.load_tracked_entity(mine.id), Ok(Some(mine)));
}

#[test]
fn a_relationship_that_a_whole_list_leaves_out_was_taken_away_an_unsent_one_stays() {
    let world = World::new();
    let listed = |ids: &[usize]| {
        let mut one = on_server(person(1, "Amina"));
        one.relationships = Some(ids.iter().map(|id| relationship(*id, 1, 2)).collect());
        page(vec![one], vec![])
    };
    let ids = |world: &World| -> Vec<String> {
        let rows = world.store.relationships_of(uid('a', 1)).expect("read");
        rows.iter().map(|row| row.relationship.id.to_string()).collect()
    };
    world.download(listed(&[1, 2]), vec![]);
    world.put(&[of_relationship(relationship(3, 1, 2))]);
    world.download(page(vec![on_server(person(1, "Amina"))], vec![]), vec![]);
    assert_eq!(ids(&world).len(), 3);
    world.download(listed(&[2]), vec![]);
    assert_eq!(ids(&world), ["r0000000002", "r0000000003"]);
    let _ = world.store.delete_relationship(RelationshipUid(uid('r', 2)), "amina", 3).expect("ok");
    assert_eq!(ids(&world), ["r0000000003"]);
    world.download(listed(&[]), vec![]);
    assert_eq!(world.states(), "pending");
}

#[test]
fn a_person_deleted_on_the_server_goes_with_all_that_is_not_unsent() {
    let world = World::new();
    world.synced(&tree(1, "Amina"));
    world.put(&[of_event(visit(1, 1, "edited"))]);
    let gone = TrackedEntity { deleted: true, ..person(1, "Amina") };
    world.download(page(vec![on_server(gone)], vec![]), vec![]);
    let id = TrackedEntityUid(uid('a', 1));
    assert_eq!(world.store.load_tracked_entity(id), Ok(None));
    assert_eq!(world.store.load_enrollment(EnrollmentUid(uid('b', 1))), Ok(None));
    assert_eq!(world.states(), "conflict");
    assert_eq!(world.store.load_event(visit(1, 1, "").id), Ok(Some(visit(1, 1, "edited"))));
}

#[test]
fn an_event_that_does_not_tell_its_person_is_merged_with_the_unsent_one() {
    let world = World::new();
    world.synced(&tree(1, "Amina"));
    world.put(&[of_event(visit(1, 1, "mine"))]);
    let theirs = Event { tracked_entity: None, ..visit(1, 1, "theirs") };
    world.download(TrackerPage::default(), vec![theirs]);
    assert_eq!(world.states(), "conflict");
}

#[test]
fn values_that_only_a_program_has_come_with_the_person_and_reach_the_stored_enrolment() {
    let world = World::new();
    world.synced(&tree(1, "Amina"));
    let values = |text: &str| ProgramValues {
        tracked_entity: TrackedEntityUid(uid('a', 1)),
        program: program(),
        attributes: [(TrackedEntityAttributeUid(uid('z', 9)), text.to_owned())].into(),
    };
    let arrives =
        |text| TrackerPage { program_values: vec![values(text)], ..TrackerPage::default() };
    let stored = || world.store.load_enrollment(EnrollmentUid(uid('b', 1))).expect("read");
    assert_eq!(world.download(arrives("0771"), vec![]), written(1));
    assert_eq!(stored().expect("there").attributes, values("0771").attributes);
    assert_eq!(world.download(arrives("0771"), vec![]), written(0));
    // Changed here too: a conflict about that attribute, and never overwritten.
    let mut mine = stored().expect("there");
    mine.attributes = values("0772").attributes;
    world.put(&[Payload::Enrollment { enrollment: mine.clone() }]);
    world.download(arrives("0773"), vec![]);
    assert_eq!(world.states(), "conflict");
    assert_eq!(stored().expect("there").attributes, mine.attributes);
}

#[test]
fn a_limited_download_passes_over_strangers_and_others_are_asked_for() {
    let world = World::new();
    let strangers = TrackerPage {
        only_known_people: true,
        ..page(vec![], vec![enrollment_on_server(enrolled(1, "2026-10-01"))])
    };
    assert_eq!(world.download(strangers.clone(), vec![visit(1, 1, "x")]), written(0));
    let known = TrackerPage { only_known_people: false, ..strangers };
    assert_eq!(world.download(known, vec![visit(2, 2, "x")]), written(2));
    let ask = || match world.store.command(StoreCommand::LoadMissing { rows_max: 50 }) {
        Ok(StoreReply::Missing(missing)) => missing,
        other => panic!("{other:?}"),
    };
    let missing = ask();
    assert_eq!(missing.tracked_entities, [TrackedEntityUid(uid('a', 1))]);
    assert_eq!(missing.enrollments[0].ids, [EnrollmentUid(uid('b', 2))]);
    let answer = TrackerPage {
        enrollments_not_shown: vec![EnrollmentUid(uid('b', 2))],
        ..page(vec![on_server(person(1, "Amina"))], vec![])
    };
    world.download(answer, vec![]);
    assert_eq!(ask(), Default::default());
    // The person came after the enrolment and is found by name all the same.
    let found = world.store.people_page(&PeopleFilter::of(program()), None, 5).expect("read").0;
    assert_eq!(found[0].tracked_entity, Some(person(1, "Amina")));
}

#[test]
fn each_list_has_a_cursor_of_its_own() {
    let world = World::new();
    let cursor = |list, chunks_done| DownloadCursor {
        subject: program().0,
        list,
        watermark_ms: None,
        chunks_done,
        started_ms: Some(3),
        scope: "s".into(),
    };
    let all: Vec<_> = DownloadList::ALL.into_iter().zip(1..).map(|(l, n)| cursor(l, n)).collect();
    for cursor in &all {
        let page = DownloadPage { cursor: Some(cursor.clone()), ..DownloadPage::default() };
        world.store.command(StoreCommand::ApplyDownload { page, now_ms: 9 }).expect("applied");
    }
    let today = jiff::civil::date(2026, 11, 20);
    let plan = world.store.command(StoreCommand::LoadDownloadPlan { today }).expect("a plan");
    let StoreReply::DownloadPlan { cursors, .. } = plan else { panic!() };
    assert_eq!(cursors, all);
}

#[test]
fn an_owner_that_is_handed_over_is_merged_with_what_the_server_says() {
    let world = World::new();
    let owned_by = |unit: usize| {
        let mut one = on_server(person(1, "Amina"));
        one.owners = vec![(program(), OrganisationUnitUid(uid('u', unit)))];
        page(vec![one], vec![])
    };
    world.download(owned_by(1), vec![]);
    let tracked_entity = TrackedEntityUid(uid('a', 1));
    let organisation_unit = OrganisationUnitUid(uid('u', 2));
    let transfer = OwnershipTransfer { tracked_entity, program: program(), organisation_unit };
    world.put(&[Payload::OwnershipTransfer { transfer }]);
    world.download(owned_by(1), vec![]);
    assert_eq!(world.states(), "pending");
    let owners = world.store.load_person(tracked_entity).expect("read").expect("a person").owners;
    assert_eq!(owners, [(program(), organisation_unit)]);
    world.download(owned_by(2), vec![]);
    assert_eq!(world.states(), "");
}

#[test]
fn a_transfer_that_waited_for_the_enrolment_goes_over_its_owner_and_no_other() {
    let world = World::new();
    let tracked_entity = TrackedEntityUid(uid('a', 1));
    let owner = |unit| OwnershipTransfer {
        tracked_entity,
        program: program(),
        organisation_unit: OrganisationUnitUid(uid('u', unit)),
    };
    world.put(&tree(1, "Amina"));
    let transfer = owner(2);
    world.put(&[Payload::OwnershipTransfer { transfer }]);
    world.settle_all(&world.tracker(), &Outcome::Synced);
    let waiting = world.claim_kind(PayloadKind::OwnershipTransfer, 10, 5);
    let transfer = owner(0);
    assert_eq!(waiting[0].base, Some(Payload::OwnershipTransfer { transfer }));
}

#[test]
fn owners_of_people_who_are_not_here_are_passed_over() {
    let world = World::new();
    world.download(page(vec![on_server(person(1, "Amina"))], vec![]), vec![]);
    let owners = [1, 2].map(|number| OwnershipTransfer {
        tracked_entity: TrackedEntityUid(uid('a', number)),
        program: program(),
        organisation_unit: OrganisationUnitUid(uid('u', 7)),
    });
    world.download(TrackerPage { owners: owners.into(), ..TrackerPage::default() }, vec![]);
    let owners_of = |number| {
        let id = TrackedEntityUid(uid('a', number));
        world.store.load_person(id).expect("read").map(|person| person.owners.len())
    };
    assert_eq!((owners_of(1), owners_of(2)), (Some(1), None));
}

// ---------------------------------------------------------------- lists and search

fn village() -> World {
    let world = World::new();
    let names = ["Aïsha Diallo", "Bintou Koné", "Mamadou Diallo", "Amadou Ba", "محمد علي"];
    for (number, name) in names.into_iter().enumerate() {
        world.put(&tree(number, name));
    }
    world
}

fn query(text: &str) -> SearchQuery {
    let tracked_entity_type = TrackedEntityTypeUid(uid('y', 0));
    SearchQuery { tracked_entity_type, text: text.into(), program: None, organisation_unit: None }
}

/// Who is found by a text, in order.
#[track_caller]
fn check_search(world: &World, text: &str, expected: &[usize]) {
    for limit in [1, 50] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let read = world.store.search_people(&query(text), after.as_ref(), limit);
            let (rows, next) = read.expect("read");
            found.extend(rows.into_iter().filter_map(|row| row.tracked_entity.map(|one| one.id)));
            after = next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<_> = expected.iter().map(|n| TrackedEntityUid(uid('a', *n))).collect();
        assert_eq!(found, expected, "{text} by {limit}");
    }
}

#[test]
fn people_are_found_by_any_part_of_a_name_in_any_spelling() {
    let world = village();
    check_search(&world, "aisha", &[0]);
    check_search(&world, "DIALLO", &[0, 2]);
    check_search(&world, "madou", &[2, 3]);
    check_search(&world, "ama", &[3, 2]);
    check_search(&world, "dia mam", &[2]);
    check_search(&world, "kone", &[1]);
    check_search(&world, "ba", &[3]);
    check_search(&world, "محمد", &[4]);
    check_search(&world, "zz", &[]);
    check_search(&world, "\"", &[0, 3, 1, 2, 4]);
}

#[test]
fn the_search_follows_every_change_of_a_person() {
    let world = village();
    let mut mother = person(1, "Bintou Traoré");
    mother.attributes.insert(attribute(PHONE), "077 212".into());
    world.put(&[of_person(mother.clone())]);
    check_search(&world, "kone", &[]);
    check_search(&world, "traore", &[1]);
    check_search(&world, "212", &[1]);
    let mut enrollment = enrolled(1, "2026-10-01");
    enrollment.attributes.insert(attribute(CASE), "TB-0042".into());
    world.put(&[of_enrollment(enrollment.clone())]);
    check_search(&world, "0042", &[1]);
    assert_eq!(world.store.find_people(attribute(CASE), " tb-0042", 5), Ok(vec![mother.id]));
    enrollment.attributes.clear();
    world.put(&[of_enrollment(enrollment)]);
    check_search(&world, "0042", &[]);
    assert_eq!(world.store.find_people(attribute(CASE), "TB-0042", 5), Ok(vec![]));
}

#[test]
fn the_search_follows_a_page_that_brings_a_person_twice() {
    let with_phone = |name: &str, phone: &str| {
        let mut one = person(1, name);
        one.attributes.insert(attribute(PHONE), phone.to_owned());
        on_server(one)
    };
    let gone = TrackedEntity { deleted: true, ..person(1, "Amina") };
    let of_phone = |world: &World, phone: &str| {
        world.store.find_people(attribute(PHONE), phone, 5).expect("read").len()
    };
    // Found under what came last, in either order, and under nothing that went with it.
    let world = World::new();
    let twice = vec![with_phone("Amina", "0771"), with_phone("Bintou", "0772")];
    world.download(page(twice, vec![]), vec![]);
    check_search(&world, "amina", &[]);
    check_search(&world, "bintou", &[1]);
    assert_eq!((of_phone(&world, "0771"), of_phone(&world, "0772")), (0, 1));
    let goes = vec![on_server(person(2, "Grace")), with_phone("Amina", "0773"), on_server(gone)];
    world.download(page(goes, vec![]), vec![]);
    check_search(&world, "grace", &[2]);
    check_search(&world, "amina", &[]);
    // Whoever gets the free number next is found by their own name alone.
    let world = World::new();
    let gone = TrackedEntity { deleted: true, ..person(1, "Amina") };
    let comes = vec![with_phone("Amina", "0771"), on_server(gone), on_server(person(3, "Fatou"))];
    world.download(page(comes, vec![]), vec![]);
    check_search(&world, "amina", &[]);
    check_search(&world, "fatou", &[3]);
    assert_eq!(of_phone(&world, "0771"), 0);
}

/// Who a list shows, in order.
#[track_caller]
fn check_list(world: &World, filter: PeopleFilter, expected: &[usize]) {
    for limit in [1, 50] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let read = world.store.people_page(&filter, after.as_ref(), limit).expect("read");
            found.extend(read.0.into_iter().filter_map(|row| row.enrollment.map(|one| one.id)));
            after = read.1;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<_> = expected.iter().map(|n| EnrollmentUid(uid('b', *n))).collect();
        assert_eq!(found, expected, "{filter:?} by {limit}");
    }
}

#[test]
fn lists_are_filtered_and_sorted() {
    let world = village();
    let of = || PeopleFilter::of(program());
    let mut marked = enrolled(2, "2026-10-05");
    marked.follow_up = true;
    let mut ended = enrolled(1, "2026-09-01");
    ended.status = EnrollmentStatus::Completed;
    let mut assigned = planned(9, 3, "2026-12-01");
    assigned.assigned_user = Some(uid('w', 1));
    world.put(&[of_enrollment(marked), of_enrollment(ended), of_event(assigned)]);
    check_list(&world, of(), &[0, 3, 1, 2, 4]);
    check_list(&world, PeopleFilter { order: PeopleOrder::Latest, ..of() }, &[2, 4, 3, 0, 1]);
    check_list(&world, PeopleFilter { status: Some(EnrollmentStatus::Completed), ..of() }, &[1]);
    check_list(&world, PeopleFilter { follow_up: Some(true), ..of() }, &[2]);
    check_list(&world, PeopleFilter { due_to: Some("2026-12-01".into()), ..of() }, &[3]);
    check_list(&world, PeopleFilter { due_to: Some("2026-11-30".into()), ..of() }, &[]);
    check_list(&world, PeopleFilter { due_from: Some("2026-12-02".into()), ..of() }, &[]);
    check_list(&world, PeopleFilter { event_status: Some(EventStatus::Schedule), ..of() }, &[3]);
    check_list(&world, PeopleFilter { assigned_user: Some(uid('w', 1)), ..of() }, &[3]);
    check_list(&world, PeopleFilter { name_prefix: Some("AÏ".into()), ..of() }, &[0]);
    let place = |number| Some(OrganisationUnitUid(uid('u', number)));
    check_list(&world, PeopleFilter { organisation_unit: place(1), ..of() }, &[]);
    check_list(&world, PeopleFilter { organisation_unit: place(0), ..of() }, &[0, 3, 1, 2, 4]);
    let rows = world.claim_kind(PayloadKind::Tracker, 1, 5);
    world.settle(&rows[0], refused());
    check_list(&world, PeopleFilter { sync: Some(SyncFilter::Parked), ..of() }, &[0]);
    check_list(&world, PeopleFilter { sync: Some(SyncFilter::Synced), ..of() }, &[]);
    let counts = world.store.program_counts(program()).expect("counts");
    assert_eq!((counts.active, counts.completed, counts.cancelled), (4, 1, 0));
}

#[test]
fn planned_events_come_by_day_and_marked_ones_as_tasks() {
    let world = village();
    let mut marked = visit(2, 2, "x");
    marked.follow_up = true;
    world.put(&[of_event(planned(8, 1, "2026-12-09")), of_event(planned(7, 2, "2026-12-08"))]);
    world.put(&[of_event(marked.clone())]);
    let mut filter = DueFilter {
        program: program(),
        organisation_unit: None,
        from: None,
        to: Some("2026-12-31".into()),
        assigned_user: None,
    };
    let due = |filter: &DueFilter| -> Vec<String> {
        let rows = world.store.due_page(filter, None, 50).expect("read");
        rows.iter().map(|row| row.cursor.due.clone()).collect()
    };
    assert_eq!(due(&filter), ["2026-12-08", "2026-12-09"]);
    filter.to = Some("2026-12-08".into());
    assert_eq!(due(&filter), ["2026-12-08"]);
    let filter =
        FollowUpFilter { program: program(), organisation_unit: None, of_enrollments: false };
    let tasks = world.store.follow_up_page(&filter, None, 50).expect("read");
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].event, Some(marked));
    assert_eq!(tasks[0].tracked_entity, Some(person(2, "Mamadou Diallo")));
}

#[test]
fn a_family_comes_whole_from_either_end() {
    let world = village();
    world.put(&[
        of_relationship(relationship(1, 0, 1)),
        of_relationship(relationship(2, 0, 2)),
        of_event(planned(8, 1, "2026-12-09")),
    ]);
    let family = world.store.load_family(TrackedEntityUid(uid('a', 0))).expect("read");
    let family = family.expect("a family");
    assert_eq!(family.members.len(), 2);
    let bintou = &family.members[0];
    assert_eq!(bintou.relationship.other.tracked_entity, Some(person(1, "Bintou Koné")));
    assert_eq!(bintou.next_due, Some(planned(8, 1, "2026-12-09")));
    assert_eq!(bintou.enrollments.len(), 1);
    let back = world.store.relationships_of(uid('a', 1)).expect("read");
    assert!(!back[0].is_from);
    assert_eq!(back[0].other.tracked_entity, Some(person(0, "Aïsha Diallo")));
    assert_eq!(world.store.relationships_between(uid('a', 1), uid('a', 0)).map(|r| r.len()), Ok(1));
}

#[test]
fn likely_duplicates_share_a_value_or_the_beginnings_of_two_names() {
    let world = village();
    let mut other = person(5, "Somebody Else");
    other.attributes.insert(attribute(PHONE), "0772".into());
    world.put(&[of_person(other)]);
    let find = |names: &str, phone: &str| -> Vec<String> {
        let query = DuplicateQuery {
            tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
            except: Some(TrackedEntityUid(uid('a', 0))),
            equal: vec![(attribute(PHONE), phone.into())],
            names: vec![names.into()],
        };
        let found = world.store.duplicate_candidates(&query).expect("read");
        found.iter().map(|one| one.tracked_entity.id.to_string()).collect()
    };
    assert_eq!(find("Diallo, Mamadu", ""), ["a0000000002"]);
    assert_eq!(find("Nobody Here", "0772"), ["a0000000005"]);
    assert_eq!(find("Aisha Diallo", ""), Vec::<String>::new());
}

#[test]
fn people_are_compared_in_batches_with_what_lies_on_their_enrolments() {
    let world = village();
    let mut with_phone = enrolled(1, "2026-10-02");
    with_phone.attributes.insert(attribute(PHONE), "0772".into());
    world.put(&[of_enrollment(with_phone), of_person(person(5, "Somebody Else"))]);
    let batches = |program: Option<ProgramUid>| -> Vec<(String, bool)> {
        let query = CompareQuery {
            tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
            program,
            organisation_unit: None,
        };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (people, more) = world.store.people_to_compare(&query, after, 2).expect("read");
            seen.extend(people.into_iter().map(|one| {
                let id = one.tracked_entity.id.to_string();
                (id, one.values.contains_key(&attribute(PHONE)))
            }));
            match more {
                None => return seen,
                more => after = more,
            }
        }
    };
    let all = batches(None);
    assert!(all.contains(&("a0000000005".into(), false)), "{all:?}");
    assert!(all.contains(&("a0000000001".into(), true)), "the phone of the program: {all:?}");
    let enrolled = batches(Some(program()));
    assert_eq!(enrolled.len(), all.len() - 1, "somebody else is in no program");
}

#[test]
fn the_history_of_a_record_tells_edits_answers_and_decisions() {
    let world = refused_person();
    world.put(&[of_person(person(1, "Amina Juma"))]);
    let kinds = |record| -> Vec<String> {
        let entries = world.store.record_history(record, None, 50).expect("read");
        entries.into_iter().map(|entry| entry.kind).collect()
    };
    assert_eq!(kinds(uid('a', 1)), ["edit", "syncOutcome", "edit"]);
    assert_eq!(kinds(uid('b', 1)), ["edit"]);
    let entries = world.store.record_history(uid('b', 1), None, 50).expect("read");
    assert_eq!(entries[0].details.as_array().map(Vec::len), Some(1));
    assert_eq!(entries[0].details[0]["to"]["status"], "ACTIVE");
}

// ---------------------------------------------------------------- reserved values

fn reserve(world: &World, values: &[(&str, Option<&str>)]) {
    let values = values.iter().map(|(value, expiry)| ReservedValue {
        value: (*value).to_owned(),
        key: String::new(),
        expiry_date: expiry.map(str::to_owned),
    });
    let batch = ReservedBatch {
        attribute: attribute(CASE),
        organisation_unit: None,
        values: values.collect(),
    };
    let reply = world.store.command(StoreCommand::SaveReserved { batch, now_ms: 1 });
    assert_eq!(reply, Ok(StoreReply::Done));
}

/// Registers a person who takes a value; the value, and whether it is temporary.
fn register(
    world: &World,
    number: usize,
    temporary: Option<&str>,
) -> Result<(String, bool), StoreError> {
    let fits = |value: &str| !value.starts_with("OLD");
    let wanted = GeneratedValue {
        record: uid('a', number),
        attribute: attribute(CASE),
        organisation_unit: None,
        server_now_ms: 1_000,
        fits: &fits,
        temporary: temporary.map(str::to_owned),
    };
    let records = [of_person(person(number, "X"))];
    let saved = world.store.save_records(&records, &[wanted], "amina", 1)?;
    let taken = &saved.generated[0];
    let stored = world.store.load_tracked_entity(TrackedEntityUid(uid('a', number)))?;
    assert_eq!(
        stored.and_then(|one| one.attributes.get(&attribute(CASE)).cloned()),
        Some(taken.value.clone())
    );
    Ok((taken.value.clone(), taken.is_temporary))
}

#[test]
fn a_reserved_value_is_taken_with_the_save_and_never_twice() {
    let world = World::new();
    let passed = Some("1970-01-01T00:00:01.000");
    reserve(&world, &[("A1", None), ("A2", None), ("OLD", None), ("A0", passed)]);
    assert_eq!(register(&world, 1, None), Ok(("A1".into(), false)));
    let world = world.reopened();
    reserve(&world, &[("A1", None)]);
    assert_eq!(register(&world, 2, None), Ok(("A2".into(), false)));
    assert!(matches!(register(&world, 3, None), Err(StoreError::Refused { .. })));
}

#[test]
fn a_value_that_fits_by_now_is_given_without_another_reservation() {
    let world = World::new();
    reserve(&world, &[("OLD", None)]);
    assert_eq!(register(&world, 1, Some("TMP-1")), Ok(("TMP-1".into(), true)));
    assert_eq!(world.states(), "held");
    // The metadata that is here now has nothing against it.
    let plan = world.store.command(StoreCommand::LoadReservePlan { server_now_ms: 1_000 });
    assert_eq!(plan, Ok(StoreReply::ReservePlan(vec![])));
    assert_eq!(world.states(), "pending");
    let stored = world.store.load_tracked_entity(TrackedEntityUid(uid('a', 1))).expect("read");
    let value = stored.and_then(|one| one.attributes.get(&attribute(CASE)).cloned());
    assert_eq!(value.as_deref(), Some("OLD"));
}

#[test]
fn without_a_value_nothing_is_saved_or_a_temporary_one_stands_in_and_is_held() {
    let world = World::new();
    assert!(matches!(register(&world, 1, None), Err(StoreError::Refused { .. })));
    assert_eq!(world.states(), "");
    assert_eq!(register(&world, 1, Some("TMP-1")), Ok(("TMP-1".into(), true)));
    assert_eq!(world.states(), "held");
    assert_eq!(world.store.temporary_values_page(None, 50).map(|page| page.len()), Ok(1));
    reserve(&world, &[("A1", None), ("A2", None)]);
    assert_eq!(world.states(), "pending");
    assert_eq!(world.store.find_people(attribute(CASE), "A1", 5).map(|found| found.len()), Ok(1));
    assert_eq!(world.store.temporary_values_page(None, 50).map(|page| page.len()), Ok(0));
    let counts = world.store.reserved_counts(1_000).expect("counts");
    assert_eq!((counts.len(), counts[0].free), (1, 1));
    assert_eq!(world.store.expire_reserved(i64::MAX), Ok(1));
}

// ---------------------------------------------------------------- files, purge

#[test]
fn a_file_is_kept_in_pieces_and_read_back_whole() {
    let world = World::new();
    let content: Vec<u8> = (0..700_000_u32).map(|byte| (byte % 251) as u8).collect();
    let id = FileUid(uid('f', 1));
    let written = world.store.write_file(id, &mut content.as_slice(), 1_000_000, 1);
    assert_eq!(written, Ok(700_000));
    world.put(&[Payload::FileResource { file: file(1) }]);
    let world = world.reopened();
    let mut read = Vec::new();
    assert_eq!(world.store.copy_file(id, &mut read), Ok(true));
    assert_eq!(read, content);
    let sent = world.store.command(StoreCommand::LoadFile { file: id });
    assert_eq!(sent, Ok(StoreReply::File(Some(content.clone()))));
    assert_eq!(world.store.remove_sent_content(i64::MAX), Ok(0));
    let too_large = world.store.write_file(id, &mut content.as_slice(), 699_999, 1);
    assert_eq!(
        too_large,
        Err(StoreError::Limit { what: "the size of the file in bytes", limit: 699_999 })
    );
    let loose = world.store.write_file(FileUid(uid('f', 2)), &mut &b"abc"[..], 10, 1);
    assert_eq!(loose, Ok(3));
    assert_eq!(world.store.load_file(FileUid(uid('f', 2))), Ok(None));
    assert_eq!(world.store.remove_loose_files(2), Ok(1));
}

#[test]
fn a_purge_takes_only_those_about_whom_nothing_waits() {
    let world = World::new();
    let people: Vec<_> = (1..=4).map(|number| TrackedEntityUid(uid('a', number))).collect();
    for number in 1..=4 {
        world.synced(&tree(number, "X"));
    }
    world.put(&[of_event(visit(2, 2, "edited")), of_relationship(relationship(1, 3, 3))]);
    let purged = world.store.purge(&people, "amina", 2);
    assert_eq!(purged, Ok(Purged { removed: 2, kept: 2 }));
    let left = world.store.activity_page(program(), None, 50).expect("read");
    let left: Vec<_> = left.iter().map(|one| (one.tracked_entity, one.has_unsent)).collect();
    assert_eq!(left, [(people[1], true), (people[2], true)]);
    check_search(&world, "x", &[2, 3]);
    // The server still has them: a download brings them back.
    let back = page(vec![on_server(person(1, "X"))], vec![]);
    assert_eq!(world.download(back, vec![]), written(1));
}
