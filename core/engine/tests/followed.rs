//! What happens to people over time: opened for a reason, handed over, referred, deleted, purged and
//! fetched again.

mod support;

use std::sync::atomic::Ordering;

use outpost_domain::purge::PurgeRules;
use outpost_domain::uid::{ProgramStageUid, TrackedEntityUid};
use outpost_engine::model::{AccessState, GlassOutcome, PersonOutcome, RecordState};
use outpost_engine::{EnrollmentStep, Session};
use serde_json::{Value, json};
use support::people::{
    CHILD, FAMILY, GIVEN, GROWTH, SEX, clinic, days_ago, on_server, program, register, sync_all,
    unit,
};
use support::{Device, Server};

const CLINIC_B: &str = "OuClinicBbb";
/// Rights to delete a record with what lies under it.
const CASCADES: [&str; 2] = ["F_TEI_CASCADE_DELETE", "F_ENROLLMENT_CASCADE_DELETE"];
const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn growth() -> ProgramStageUid {
    ProgramStageUid::parse(GROWTH).expect("a uid")
}

/// A child that clinic B follows and of whom this device knows nothing.
#[track_caller]
fn child_elsewhere(server: &Server) -> TrackedEntityUid {
    let day = days_ago(40);
    let child = json!({ "trackedEntities": [{
        "trackedEntity": "TeElsewhere", "trackedEntityType": "TtPerson000", "orgUnit": CLINIC_B,
        "attributes": [{ "attribute": GIVEN, "value": "Kofi" },
            { "attribute": FAMILY, "value": "Mensah" }],
        "enrollments": [{ "enrollment": "EnElsewhere", "program": CHILD, "orgUnit": CLINIC_B,
            "enrolledAt": day, "occurredAt": day,
            "attributes": [{ "attribute": SEX, "value": "F" }] }],
    }]});
    let (status, answer) = server.admin("POST", "/api/tracker?async=false", &child);
    assert_eq!(status, 200, "{answer}");
    TrackedEntityUid::parse("TeElsewhere").expect("a uid")
}

fn owner(server: &Server, person: TrackedEntityUid) -> Value {
    let target =
        format!("/api/tracker/trackedEntities/{person}?program={CHILD}&fields=programOwners");
    server.admin("GET", &target, &Value::Null).1["programOwners"][0]["orgUnit"].clone()
}

fn waiting(session: &Session) -> u64 {
    session.tracker_waiting().expect("counts").waiting
}

/// A nurse who works at clinic A, with the forms and with a child of clinic B on the server.
fn nurse_of_clinic_a(server: &Server, device: &Device) -> (outpost_engine::Outpost, Session) {
    server.nurse_works_at("OuClinicAaa");
    device.ready(server)
}

#[test]
fn a_protected_child_opens_for_a_typed_reason_and_for_some_hours() {
    let (server, device) = (Server::start(), Device::new());
    let child = child_elsewhere(&server);
    let (_outpost, session) = nurse_of_clinic_a(&server, &device);
    sync_all(&session);
    let before = session.download_person(child, Some(program(CHILD)));
    assert_eq!(before.expect_err("protected").kind(), "not_found");
    let silent = session.break_the_glass(child, program(CHILD), " … ").expect_err("no reason");
    assert_eq!(silent.kind(), "invalid_input");

    let reason = "came with a fever, the card is lost";
    let glass = session.break_the_glass(child, program(CHILD), reason).expect("opened");
    assert_eq!(glass, GlassOutcome { opened: true });
    let fetched = session.download_person(child, Some(program(CHILD))).expect("fetched");
    assert_eq!(fetched.enrollments, 1);
    let view = session.person(child).expect("a person");
    assert_eq!(view.title, "Kofi Mensah");
    let enrollment = &view.enrollments[0];
    assert_eq!(enrollment.access, AccessState::GlassBroken);
    let told = session.journal(None, 50).expect("entries");
    assert!(told.iter().any(|entry| entry.detail.to_string().contains(reason)), "{told:?}");

    let planned = session
        .schedule_visit(enrollment.enrollment.id, growth(), "2030-01-10", Some(clinic()), None)
        .expect("an answer");
    assert!(planned.saved, "{planned:?}");
    let marked = session.set_enrollment_follow_up(enrollment.enrollment.id, true);
    assert!(marked.expect("an answer").saved);
    sync_all(&session);
    assert_eq!(on_server(&server, child)["enrollments"][0]["followUp"], true);
    device.clock.ahead_ms.store(4 * HOUR_MS, Ordering::SeqCst);
    let later = session.person_access(child, program(CHILD)).expect("access");
    assert_eq!(later, AccessState::Protected, "three hours are over");
}

#[test]
fn without_network_the_reason_waits_and_goes_first_with_the_next_sync() {
    let (server, device) = (Server::start(), Device::new());
    let child = child_elsewhere(&server);
    let (_outpost, session) = nurse_of_clinic_a(&server, &device);
    sync_all(&session);
    server.lose("/api");
    let glass = session.break_the_glass(child, program(CHILD), "an emergency").expect("kept");
    assert_eq!(glass, GlassOutcome { opened: false });
    let rows = session.outbox(None, None).expect("rows").rows;
    assert_eq!(rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["ownershipOverride"]);
    server.lose("");
    sync_all(&session);
    let fetched = session.download_person(child, Some(program(CHILD))).expect("fetched");
    assert_eq!(fetched.enrollments, 1);
    let access = session.person_access(child, program(CHILD)).expect("access");
    assert_eq!(access, AccessState::GlassBroken, "the server opened it for some hours");
}

#[test]
fn a_child_handed_over_is_followed_by_the_other_clinic() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello").person;
    sync_all(&session);
    let (of, to) = (program(CHILD), unit(CLINIC_B));
    let problems = session.check_transfer(child, of, to).expect("problems");
    assert!(problems.is_empty(), "{problems:?}");
    assert!(session.transfer_person(child, of, to).expect("an answer").saved);
    assert_eq!(waiting(&session), 1);
    let view = session.person(child).expect("a person");
    assert_eq!(view.enrollments[0].owner, Some(to), "shown at once");
    sync_all(&session);
    assert_eq!(owner(&server, child), CLINIC_B);
    assert_eq!(on_server(&server, child)["enrollments"][0]["orgUnit"], "OuClinicAaa");
    let again = session.transfer_person(child, of, to).expect("an answer");
    assert!(!again.saved && again.problems[0].blocks_sending, "{again:?}");
}

#[test]
fn a_place_outside_ones_own_area_is_looked_up_once_and_then_known() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = nurse_of_clinic_a(&server, &device);
    let (stays, leaves) = (register(&session, "Amina", "Bello"), register(&session, "Bola", "Ade"));
    sync_all(&session);
    assert_eq!(
        session.find_organisation_unit("Clinic B").expect_err("not hers").kind(),
        "not_found"
    );
    assert_eq!(session.find_place("Clinic X").expect_err("nowhere").kind(), "not_found");
    let names: Vec<_> = session.search_places("clinic").expect("places").into_iter().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    server.lose("/api");
    let to = session.find_place("Clinic B").expect("known without network");
    assert_eq!(to, unit(CLINIC_B));

    let enrollment = stays.enrollment.expect("an enrolment");
    let referral = session.refer_visit(enrollment, growth(), to, "2030-01-10", false);
    let referral = referral.expect("an answer");
    assert!(referral.saved, "{referral:?}");
    let here = session.refer_visit(enrollment, growth(), to, &days_ago(0), true);
    assert!(!here.expect("an answer").saved, "she does not enter data there");
    let of = program(CHILD);
    let problems = session.check_transfer(leaves.person, of, to).expect("problems");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].refusal.reason.contains("no longer see"), "{problems:?}");
    assert!(!problems[0].blocks_sending, "it is hers to decide");
    assert!(session.transfer_person(leaves.person, of, to).expect("an answer").saved);
    server.lose("");
    sync_all(&session);
    assert_eq!(owner(&server, leaves.person), CLINIC_B);
    assert_eq!(session.person_access(leaves.person, of).expect("access"), AccessState::Protected);
    let target = format!("/api/tracker/events/{}", referral.id);
    assert_eq!(server.admin("GET", &target, &Value::Null).1["orgUnit"], CLINIC_B);
    let view = session.person(stays.person).expect("a person");
    let growth = view.enrollments[0].stages.iter().find(|it| it.stage == growth());
    let visits = &growth.expect("the stage").visits;
    let referred = visits.iter().find(|it| it.id == referral.id).expect("the referral");
    assert_eq!(referred.organisation_unit_name, "Clinic B");
}

#[test]
fn a_referral_is_a_visit_at_the_other_place_and_moves_nothing_else() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let enrollment = child.enrollment.expect("an enrolment");
    let refer = |day: &str, now| {
        let to = unit(CLINIC_B);
        session.refer_visit(enrollment, growth(), to, day, now).expect("an answer")
    };
    let too_late = refer("2030-01-10", true);
    assert!(!too_late.saved, "what takes place now has no day to come: {too_late:?}");
    let referral = refer("2030-01-10", false);
    assert!(referral.saved, "{referral:?}");
    sync_all(&session);
    let (_, event) =
        server.admin("GET", &format!("/api/tracker/events/{}", referral.id), &Value::Null);
    assert_eq!((&event["orgUnit"], &event["status"]), (&json!(CLINIC_B), &json!("SCHEDULE")));
    assert_eq!(owner(&server, child.person), "OuClinicAaa");
}

#[test]
fn a_child_that_was_never_sent_is_deleted_without_a_trace_on_the_server() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello").person;
    let deleted = session.delete_person(child).expect("an answer");
    assert!(deleted.saved, "{deleted:?}");
    assert_eq!(session.person(child).expect_err("gone").kind(), "not_found");
    assert!(session.outbox(None, None).expect("rows").rows.is_empty());
    sync_all(&session);
    let target = format!("/api/tracker/trackedEntities/{child}");
    assert_eq!(server.admin("GET", &target, &Value::Null).0, 404);
}

#[test]
fn who_lacks_the_right_to_delete_with_all_is_told_so_and_nothing_happens() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    sync_all(&session);
    let of_person = session.delete_person(child.person).expect("an answer");
    let enrollment = child.enrollment.expect("an enrolment");
    let of_enrollment = session.delete_enrollment(enrollment).expect("an answer");
    for (refused, code) in [(of_person, "E1100"), (of_enrollment, "E1103")] {
        assert!(!refused.saved, "{refused:?}");
        assert_eq!(refused.problems[0].refusal.code, code, "{refused:?}");
    }
    assert_eq!(waiting(&session), 0);
    assert_eq!(session.person(child.person).expect("a person").enrollments.len(), 1);
}

#[test]
fn a_child_that_the_server_has_is_deleted_there_with_everything() {
    let (server, device) = (Server::with_authorities(&CASCADES), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello").person;
    sync_all(&session);
    assert!(session.delete_person(child).expect("an answer").saved);
    assert_eq!(session.person(child).expect_err("gone").kind(), "not_found");
    assert_eq!(waiting(&session), 4, "two visits, the enrolment, the person");
    sync_all(&session);
    assert!(session.status().expect("status").all_sent);
    let target = format!("/api/tracker/trackedEntities/{child}");
    assert_eq!(server.admin("GET", &target, &Value::Null).0, 404);
    sync_all(&session);
    assert_eq!(session.person(child).expect_err("stays away").kind(), "not_found");
}

#[test]
fn an_enrolment_goes_with_its_visits_and_the_person_stays() {
    let (server, device) = (Server::with_authorities(&CASCADES), Device::new());
    let (_outpost, session) = device.ready(&server);
    let sent = register(&session, "Amina", "Bello");
    sync_all(&session);
    let unsent = register(&session, "Bola", "Ade");
    for child in [&sent, &unsent] {
        let enrollment = child.enrollment.expect("an enrolment");
        assert!(session.delete_enrollment(enrollment).expect("an answer").saved);
        assert!(session.person(child.person).expect("a person").enrollments.is_empty());
    }
    assert_eq!(waiting(&session), 4, "three deletions, and the person who was never sent");
    sync_all(&session);
    for child in [&sent, &unsent] {
        let enrollment = child.enrollment.expect("an enrolment");
        let status = |target: String| server.admin("GET", &target, &Value::Null).0;
        assert_eq!(status(format!("/api/tracker/enrollments/{enrollment}")), 404);
        assert_eq!(status(format!("/api/tracker/trackedEntities/{}", child.person)), 200);
    }
}

#[test]
fn a_visit_is_deleted_where_it_is_known() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let visits = |session: &Session| -> Vec<_> {
        let view = session.person(child.person).expect("a person");
        let stages = view.enrollments[0].stages.iter();
        stages.flat_map(|stage| stage.visits.iter().map(|visit| visit.id)).collect()
    };
    let [birth, planned] = visits(&session)[..] else { panic!("two visits") };
    assert!(session.delete_event(planned).expect("an answer").saved);
    assert_eq!((visits(&session), waiting(&session)), (vec![birth], 3));
    sync_all(&session);
    assert!(session.delete_event(birth).expect("an answer").saved);
    assert_eq!((visits(&session), waiting(&session)), (vec![], 1));
    sync_all(&session);
    for visit in [birth, planned] {
        let target = format!("/api/tracker/events/{visit}");
        assert_eq!(server.admin("GET", &target, &Value::Null).0, 404, "{visit}");
    }
}

/// Ends somebody's care.
#[track_caller]
fn complete(session: &Session, child: &PersonOutcome) {
    let enrollment = child.enrollment.expect("an enrolment");
    let ended = session.change_enrollment_status(enrollment, EnrollmentStep::Complete);
    assert!(ended.expect("an answer").saved);
}

#[test]
fn who_needs_no_care_leaves_the_device_but_never_with_unsent_work() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let [done, marked, in_care] =
        [("Amina", "Bello"), ("Bola", "Ade"), ("Chidi", "Obi")].map(|(given, family)| {
            let child = register(&session, given, family);
            if given != "Chidi" {
                complete(&session, &child);
            }
            child
        });
    sync_all(&session);
    let rules = PurgeRules { completed_months: Some(6), ..PurgeRules::default() };
    assert_eq!(session.purge_plan(&rules).expect("a plan").leaving, 0, "seen today");
    device.clock.ahead_ms.store(8 * 31 * DAY_MS, Ordering::SeqCst);
    let note = session.add_enrollment_note(marked.enrollment.expect("an enrolment"), "moved");
    assert!(note.expect("an answer").saved);

    let plan = session.purge_plan(&rules).expect("a plan");
    let leaving: Vec<_> = plan.people.iter().map(|one| one.person).collect();
    assert_eq!((leaving, plan.unsent, plan.staying), (vec![done.person], 1, 1), "{plan:?}");
    assert_eq!(session.purge(&rules, false).expect_err("not confirmed").kind(), "invalid_input");
    let purged = session.purge(&rules, true).expect("purged");
    assert_eq!((purged.removed, purged.kept), (1, 0));
    assert_eq!(session.person(done.person).expect_err("left").kind(), "not_found");
    for child in [&marked, &in_care] {
        assert_eq!(session.person(child.person).expect("stays").enrollments.len(), 1);
    }
    device.clock.ahead_ms.store(0, Ordering::SeqCst);
    let back = session.download_person(done.person, Some(program(CHILD))).expect("fetched");
    assert_eq!((back.enrollments, back.visits, back.conflicts), (1, 2, 0));
    let view = session.person(done.person).expect("a person");
    assert_eq!((view.title.as_str(), view.state), ("Amina Bello", RecordState::Synced));
    assert_eq!(sync_all(&session).synced, 1, "the remark, nothing of who left");
}
