//! Tracker over loopback: people are registered without network, reach the server, are corrected,
//! reviewed and related.

mod support;

use outpost_domain::data::{EventStatus, RelationshipItem};
use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramStageUid};
use outpost_engine::model::{
    AccessState, PersonOutcome, PersonQuery, ProposalQuery, RecordState, ReviewStatus, SyncOptions,
};
use outpost_engine::{Choice, EnrollmentStep, PeopleOf};
use serde_json::json;
use support::people::{
    BORN, CHILD, FAMILY, GIVEN, GROWTH, HOUSE, SEX, attribute, clinic, given_name, on_server,
    program, register, sex,
};
use support::{CLINIC, Device, Server, sync};

#[test]
fn a_child_is_registered_without_network_and_reaches_the_server_with_its_visits() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let of = PeopleOf::Program(program(CHILD));
    let (mut form, diff) = session.open_person_form(of, clinic(), None).expect("a form");
    assert!(diff.fields.len() >= 4, "{diff:?}");
    let refused = form.save().expect("an answer");
    assert!(!refused.saved, "names are mandatory");
    assert!(refused.problems.iter().any(|it| it.name == "Given name"), "{refused:?}");
    form.set_value(attribute(GIVEN), " Amina ").expect("taken");
    drop(form);

    let outcome = register(&session, "Amina", "Bello");
    let view = session.person(outcome.person).expect("a person");
    assert_eq!(view.title, "Amina Bello");
    assert_eq!(view.state, RecordState::Pending);
    let growth = view.enrollments[0].stages.iter().find(|it| it.stage.as_str() == GROWTH);
    let planned = &growth.expect("the stage").visits[0];
    assert!(matches!(planned.status, EventStatus::Schedule | EventStatus::Overdue), "{planned:?}");
    let waiting = session.tracker_waiting().expect("counts");
    assert_eq!((waiting.waiting, waiting.refused), (4, 0), "person, enrolment, two visits");
    let rows = session.outbox(None, None).expect("rows").rows;
    let kinds: Vec<_> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert!(kinds.contains(&"trackedEntity") && kinds.contains(&"enrollment"), "{kinds:?}");
    assert!(rows.iter().all(|row| row.person_title.as_deref() == Some("Amina Bello")));

    let report = sync(&session, SyncOptions::ALL);
    assert_eq!(
        (report.stopped.clone(), report.rejected, report.synced),
        (None, 0, 4),
        "{report:?}"
    );
    let stored = on_server(&server, outcome.person);
    assert_eq!(given_name(&stored), Some("Amina"), "{stored}");
    assert_eq!(session.person(outcome.person).expect("a person").state, RecordState::Synced);
    assert!(session.status().expect("status").all_sent);
}

#[test]
fn reserved_numbers_are_drawn_and_temporary_ones_exchanged() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    sync(&session, SyncOptions::ALL);
    let free = session.reserved_values().expect("counts");
    assert!(free.iter().any(|it| it.free > 0), "{free:?}");
    let first = register(&session, "Amina", "Bello");
    let second = register(&session, "Bola", "Ade");
    let drawn = |outcome: &PersonOutcome| {
        let number = outcome.generated.first().expect("a number").clone();
        assert!(!number.is_temporary, "{number:?}");
        number.value
    };
    assert_ne!(drawn(&first), drawn(&second));
    assert!(drawn(&first).starts_with("CH"), "{first:?}");
}

#[test]
fn a_refused_person_holds_its_children_until_it_is_corrected() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let outcome = register(&session, "Amina", "Bello");
    // Somebody else has the number meanwhile: only the server can know.
    let number = "CH999999";
    let of = PeopleOf::Program(program(CHILD));
    let elsewhere = json!({ "trackedEntities": [{
        "trackedEntity": "TeElsewhere", "trackedEntityType": "TtPerson000", "orgUnit": CLINIC,
        "attributes": [{ "attribute": GIVEN, "value": "Other" },
            { "attribute": FAMILY, "value": "Person" }],
        "enrollments": [{ "enrollment": "EnElsewhere", "program": CHILD, "orgUnit": CLINIC,
            "enrolledAt": support::last_month().start().to_string(),
            "occurredAt": support::last_month().start().to_string(),
            "attributes": [{ "attribute": "TaChildNumb", "value": number },
                { "attribute": SEX, "value": sex(&session) }] }],
    }]});
    let (status, answer) = server.admin("POST", "/api/tracker?async=false", &elsewhere);
    assert_eq!(status, 200, "{answer}");
    server.patch("/api/trackedEntityAttributes/TaPhone0000", &json!({ "unique": true }));
    let phone = attribute("TaPhone0000");
    let taken = json!({ "trackedEntities": [{
        "trackedEntity": "TeElsewhere", "trackedEntityType": "TtPerson000", "orgUnit": CLINIC,
        "enrollments": [{ "enrollment": "EnElsewhere", "program": CHILD, "orgUnit": CLINIC,
            "enrolledAt": support::last_month().start().to_string(),
            "occurredAt": support::last_month().start().to_string(),
            "attributes": [{ "attribute": "TaPhone0000", "value": "+2348011111111" }] }],
    }]});
    let (status, answer) = server.admin("POST", "/api/tracker?async=false", &taken);
    assert_eq!(status, 200, "{answer}");
    let (mut form, _) = session.open_person_form(of, clinic(), Some(outcome.person)).expect("form");
    form.set_value(phone, "+2348011111111").expect("taken");
    assert!(form.save().expect("an answer").saved);

    let report = sync(&session, SyncOptions::PUSH);
    assert_eq!(report.rejected, 1, "{report:?}");
    let waiting = session.tracker_waiting().expect("counts");
    assert_eq!((waiting.refused, waiting.held), (1, 2), "the enrolment, and its two visits");
    let view = session.person(outcome.person).expect("a person");
    let enrolment = &view.enrollments[0];
    assert_eq!(enrolment.problem.as_ref().map(|it| it.code.as_str()), Some("E1064"));
    assert_eq!(enrolment.problem_field.as_deref(), Some("Phone"));

    form.set_value(phone, "+2348022222222").expect("taken");
    assert!(form.save().expect("an answer").saved);
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
    assert!(session.status().expect("status").all_sent);
}

#[test]
fn two_changes_of_one_name_are_kept_until_a_person_decides() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let outcome = register(&session, "Amina", "Bello");
    sync(&session, SyncOptions::ALL);
    let change = json!({ "trackedEntities": [{
        "trackedEntity": outcome.person.to_string(), "trackedEntityType": "TtPerson000",
        "orgUnit": CLINIC,
        "attributes": [{ "attribute": GIVEN, "value": "Aminata" }],
    }]});
    let (status, answer) = server.admin("POST", "/api/tracker?async=false", &change);
    assert_eq!(status, 200, "{answer}");
    let of = PeopleOf::Program(program(CHILD));
    let (mut form, _) = session.open_person_form(of, clinic(), Some(outcome.person)).expect("form");
    form.set_value(attribute(GIVEN), "Amira").expect("taken");
    assert!(form.save().expect("an answer").saved);
    assert_eq!(sync(&session, SyncOptions::ALL).conflicts, 1);
    let conflict = session.conflicts(None).expect("conflicts").remove(0);
    let field = &conflict.fields[0];
    assert_eq!(field.name, "Given name");
    assert_eq!(
        (field.before.as_deref(), field.mine.as_deref(), field.theirs.as_deref()),
        (Some("Amina"), Some("Amira"), Some("Aminata"))
    );
    session.resolve(conflict.row.id, Choice::Mine, "asked the mother").expect("decided");
    sync(&session, SyncOptions::ALL);
    assert_eq!(given_name(&on_server(&server, outcome.person)), Some("Amira"));
}

#[test]
fn a_household_has_members_and_is_one_screen() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let of = PeopleOf::Program(program(HOUSE));
    let (mut form, _) = session.open_person_form(of, clinic(), None).expect("a form");
    form.set_value(attribute("TaHouseVill"), "Riverside").expect("taken");
    let house = form.save().expect("an answer");
    assert!(house.saved, "{house:?}");
    let child = register(&session, "Amina", "Bello");
    let member = session.find_relationship_type("Household member").expect("the type");
    let (from, to) = (
        RelationshipItem::TrackedEntity(house.person),
        RelationshipItem::TrackedEntity(child.person),
    );
    let wrong = session.add_relationship(member, to, from).expect("an answer");
    assert_eq!(wrong.problems[0].code, "E4014");
    assert!(session.add_relationship(member, from, to).expect("an answer").saved);
    let doubled = session.add_relationship(member, from, to).expect("an answer");
    assert_eq!(doubled.problems[0].code, "E4018");
    let family = session.family(house.person).expect("a family");
    assert_eq!(family.members.len(), 1);
    assert_eq!(family.members[0].relation.partner.title, "Amina Bello");
    assert_eq!(family.members[0].relation.role, "has member");
    assert_eq!(family.members[0].programs, ["Child health"]);
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
    let other_side = session.person(child.person).expect("a person").relationships;
    assert_eq!(other_side[0].role, "lives in");
    assert_eq!(other_side[0].state, RecordState::Synced);
}

#[test]
fn people_are_found_here_and_on_the_server_once() {
    let server = Server::start();
    let (device, other) = (Device::new(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    sync(&session, SyncOptions::ALL);
    let (_other_outpost, there) = other.ready(&server);
    let query = PersonQuery {
        program: Some(program(CHILD)),
        search: Some("amin".to_owned()),
        ..PersonQuery::default()
    };
    let found = there.search_everywhere(&query).expect("a search");
    assert_eq!(found.offline_because, None);
    let ids: Vec<_> = found.items.iter().map(|it| it.id).collect();
    assert_eq!(ids, [child.person], "{found:?}");
    let fetched = there.download_person(child.person, Some(program(CHILD))).expect("fetched");
    assert_eq!((fetched.enrollments, fetched.visits), (1, 2));
    assert_eq!(there.person(child.person).expect("a person").enrollments.len(), 1);
    drop(server);
    let found = there.search_everywhere(&query).expect("a search");
    assert!(found.offline_because.is_some());
    assert_eq!(found.items.len(), 1);
    assert!(found.items[0].on_device);
}

#[test]
fn somebody_alike_is_named_while_typing() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let of = PeopleOf::Program(program(CHILD));
    let (mut form, _) = session.open_person_form(of, clinic(), None).expect("a form");
    form.set_value(attribute(GIVEN), "amina").expect("taken");
    form.set_value(attribute(FAMILY), "BELLO").expect("taken");
    form.set_value(attribute(SEX), &sex(&session)).expect("taken");
    assert!(form.duplicates().expect("warnings").is_empty(), "a name and a sex are not enough");
    let born = support::last_month().start().to_string();
    form.set_value(attribute(BORN), &born).expect("taken");
    let warnings = form.duplicates().expect("warnings");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].person.id, child.person);
    assert!(!warnings[0].is_certain);
}

#[test]
fn likely_doubles_are_proposed_until_somebody_says_that_they_are_two() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let (one, other) =
        (register(&session, "Amina", "Bello"), register(&session, "Bello", "Aminah"));
    register(&session, "Bola", "Ade");
    let query = ProposalQuery { of: PeopleOf::Program(program(CHILD)), organisation_unit: None };
    let page = session.merge_proposals(&query, None).expect("proposals");
    assert_eq!((page.compared, page.items.len(), page.next), (3, 1, None), "{:?}", page.items);
    let pair = &page.items[0];
    let mut ids = [pair.a.id, pair.b.id];
    ids.sort();
    let mut expected = [one.person, other.person];
    expected.sort();
    assert_eq!(ids, expected);
    assert!(pair.reasons.iter().any(|it| it == "the same date of birth"), "{pair:?}");
    let elsewhere = OrganisationUnitUid::parse("OuClinicBbb").expect("a uid");
    let query_there = ProposalQuery { organisation_unit: Some(elsewhere), ..query };
    assert_eq!(session.merge_proposals(&query_there, None).expect("proposals").compared, 0);

    let nobody = session.keep_apart(one.person, other.person, "");
    assert_eq!(nobody.expect_err("no reason").kind(), "invalid_input");
    session.keep_apart(other.person, one.person, "sisters").expect("kept");
    assert!(session.merge_proposals(&query, None).expect("proposals").items.is_empty());
    assert_eq!(session.person(one.person).expect("still here").title, "Amina Bello");
}

#[test]
fn a_visit_is_sent_back_seen_as_a_task_corrected_and_approved() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let event = child.opens.expect("the birth opens");
    let (mut form, _) = session.open_event_form(program(CHILD), event).expect("a form");
    let weight = form.form().fields().next().expect("a question").data_element;
    form.set_value(weight, "3200").expect("taken");
    let (outcome, _) = form.complete().expect("an answer");
    assert!(outcome.completed, "{outcome:?}");
    sync(&session, SyncOptions::ALL);

    let supervisor_device = Device::new();
    let (_supervisor_outpost, supervisor) = supervisor_device.ready(&server);
    sync(&supervisor, SyncOptions::ALL);
    let subject = EventUid::into(event);
    let query = outpost_engine::model::ReviewQuery {
        statuses: vec![ReviewStatus::New],
        completed_only: true,
        ..outpost_engine::model::ReviewQuery::of(program(CHILD))
    };
    let list = supervisor.review_list(&query, None).expect("a list").items;
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(list[0].person_title, "Amina Bello");
    assert!(supervisor.send_back(subject, " ").is_err(), "it takes a reason");
    let sent = supervisor.send_back(subject, "Weigh again").expect("sent back");
    assert_eq!(sent.status, ReviewStatus::SentBack);
    let report = sync(&supervisor, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");

    sync(&session, SyncOptions::ALL);
    let tasks = session.my_tasks().expect("tasks");
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0].review.reason.as_deref(), Some("Weigh again"));
    let (mut form, _) = session.open_event_form(program(CHILD), event).expect("a form");
    form.set_value(weight, "3100").expect("taken");
    let outcome = form.save().expect("an answer");
    assert!(outcome.saved, "{outcome:?}");
    let answered = session.answer_corrected(subject, "weighed").expect("answered");
    assert_eq!(answered.status, ReviewStatus::Corrected);
    assert!(session.my_tasks().expect("tasks").is_empty());
    sync(&session, SyncOptions::ALL);

    sync(&supervisor, SyncOptions::ALL);
    assert_eq!(supervisor.review_of(subject).expect("a review").status, ReviewStatus::Corrected);
    let approved = supervisor.approve(subject, "").expect("approved");
    assert_eq!(approved.status, ReviewStatus::Approved);
    let report = sync(&supervisor, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
}

#[test]
fn visits_are_planned_moved_skipped_and_enrolments_end() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let enrollment = child.enrollment.expect("an enrolment");
    let stage = ProgramStageUid::parse(GROWTH).expect("a uid");
    let planned =
        session.schedule_visit(enrollment, stage, "2030-01-10", None, None).expect("an answer");
    assert!(planned.saved, "{planned:?}");
    let moved = session.reschedule_visit(planned.id, "2030-02-10").expect("an answer");
    assert!(moved.saved, "{moved:?}");
    let skipped = session.set_visit_status(planned.id, EventStatus::Skipped).expect("an answer");
    assert!(skipped.saved, "{skipped:?}");
    let ended =
        session.change_enrollment_status(enrollment, EnrollmentStep::Complete).expect("an answer");
    assert!(ended.saved, "{ended:?}");
    let view = session.person(child.person).expect("a person");
    let stages = &view.enrollments[0].stages;
    assert!(stages.iter().all(|it| it.cannot_add.is_some()), "{stages:?}");
    assert!(session.open_new_visit_form(enrollment, stage, None).is_err());
    let again =
        session.change_enrollment_status(enrollment, EnrollmentStep::Reopen).expect("an answer");
    assert!(again.saved, "{again:?}");
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
}

#[test]
fn a_file_goes_before_the_record_that_names_it_and_its_kind_is_checked() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let bad = session.add_file("a.exe", "application/octet-stream", b"MZ");
    assert_eq!(bad.expect_err("blocked").kind(), "invalid_input");
    assert!(session.add_file("a.png", "image/png", b"").is_err(), "it is empty");
    let file = session.add_file("a.png", "image/png", b"\x89PNG picture").expect("taken in");
    assert_eq!((file.state, file.on_device), (RecordState::Pending, true));
    assert_eq!(
        session.file_bytes(file.id).expect("read").as_deref(),
        Some(b"\x89PNG picture".as_slice())
    );
    let report = sync(&session, SyncOptions::PUSH);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
    assert_eq!(session.file(file.id).expect("a file").state, RecordState::Synced);
}

#[test]
fn who_works_where_the_person_is_followed_has_no_glass_to_break() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let child = register(&session, "Amina", "Bello");
    let access = session.person_access(child.person, program(CHILD)).expect("access");
    assert_eq!(access, AccessState::Open);
    let error = session.break_the_glass(child.person, program(CHILD), "help").expect_err("open");
    assert_eq!(error.kind(), "invalid_input");
}
