//! What supervisors and their phones share: approval of reports, lists that somebody put together,
//! numbers that ran out, photos that were taken elsewhere.

mod support;

use outpost_domain::uid::{DataElementUid, FileUid, ProgramStageUid};
use outpost_engine::model::{
    ApprovalStep, RecordState, ReviewQuery, ReviewStatus, ReviewSubject, SyncOptions,
    WorkingListView,
};
use outpost_engine::{FilePlace, Session};
use serde_json::{Value, json};
use support::people::{CHILD, GROWTH, attribute, days_ago, on_server, program, register, sync_all};
use support::{DATA_SET, Device, Server, edit, enter, slice, sync};

const NUMBER: &str = "TaChildNumb";

/// Reports of clinics are approved from now on.
#[track_caller]
fn begin_approvals(server: &Server) {
    let package = json!({
        "dataApprovalLevels": [{ "id": "LvClinic000", "name": "Clinic", "level": 1,
            "orgUnitLevel": 3 }],
        "dataApprovalWorkflows": [{ "id": "WfMonthly00", "name": "Monthly",
            "periodType": "Monthly", "dataApprovalLevels": [{ "id": "LvClinic000" }] }],
    });
    let (status, answer) = server.admin("POST", "/api/metadata", &package);
    assert_eq!(status, 200, "{answer}");
    let workflow = json!({ "workflow": { "id": "WfMonthly00" } });
    server.patch(&format!("/api/dataSets/{DATA_SET}"), &workflow);
}

#[test]
fn a_report_is_approved_closed_to_its_clinic_and_opened_again() {
    let rights = ["F_APPROVE_DATA_LOWER_LEVELS", "F_ACCEPT_DATA_LOWER_LEVELS"];
    let (server, clinic, tablet) =
        (Server::with_authorities(&rights), Device::new(), Device::new());
    let (_tablet, supervisor) = tablet.ready_as(&server, "doctor");
    let key = slice(&supervisor);
    let early = supervisor.approval(key).expect_err("there is no workflow");
    assert_eq!(early.kind(), "server_rejected");
    begin_approvals(&server);
    let (_phone, nurse) = clinic.ready(&server);
    enter(&nurse, "DeStockAct0", "40");
    sync_all(&nurse);

    let ready = supervisor.approval(key).expect("a state");
    assert_eq!(ready.state, "UNAPPROVED_READY");
    assert!(ready.may_approve && !ready.may_unapprove, "{ready:?}");
    let turn = supervisor.approve_report(key, ApprovalStep::Accept).expect_err("not approved yet");
    assert_eq!(turn.kind(), "server_rejected");
    let approved = supervisor.approve_report(key, ApprovalStep::Approve).expect("approved");
    assert_eq!(approved.state, "APPROVED_HERE");
    assert_eq!(approved.approved_by.as_deref(), Some("doctor doctor"));
    let twice = supervisor.approve_report(key, ApprovalStep::Approve).expect("no harm");
    assert_eq!(twice.state, "APPROVED_HERE");

    sync_all(&nurse);
    let closed = nurse.open_slice(key).expect("a view").closed;
    assert!(closed.iter().any(|it| it.reason.contains("approved")), "{closed:?}");
    let late = [edit(&nurse, "DeStockAct0", "41")];
    let refused = nurse.set_values(key, &late).expect("an answer");
    assert_eq!((refused.saved, refused.refused.len()), (0, 1), "{refused:?}");
    let opened = supervisor.approve_report(key, ApprovalStep::Unapprove).expect("taken back");
    assert_eq!(opened.state, "UNAPPROVED_READY");
    sync_all(&nurse);
    enter(&nurse, "DeStockAct0", "41");
    sync_all(&nurse);
    assert_eq!(server.values_of("DeStockAct0"), ["41"]);
}

#[test]
fn an_approved_report_is_accepted_where_that_is_asked_for() {
    let rights = ["F_APPROVE_DATA_LOWER_LEVELS", "F_ACCEPT_DATA_LOWER_LEVELS"];
    let (server, tablet) = (Server::with_authorities(&rights), Device::new());
    begin_approvals(&server);
    let setting = "/api/systemSettings/keyAcceptanceRequiredForApproval?value=true";
    assert_eq!(server.admin("POST", setting, &Value::Null).0, 200);
    let (_tablet, supervisor) = tablet.ready_as(&server, "doctor");
    let key = slice(&supervisor);
    let step = |step| supervisor.approve_report(key, step).expect("done");
    assert!(step(ApprovalStep::Approve).may_accept);
    let accepted = step(ApprovalStep::Accept);
    assert_eq!(accepted.state, "ACCEPTED_HERE");
    assert_eq!(accepted.accepted_by.as_deref(), Some("doctor doctor"));
    assert_eq!(step(ApprovalStep::Unaccept).state, "APPROVED_HERE");
    server.lose("/api");
    assert_eq!(supervisor.approval(key).expect_err("no network").kind(), "offline");
}

#[test]
fn without_the_right_nothing_is_approved() {
    let (server, device) = (Server::start(), Device::new());
    begin_approvals(&server);
    let (_outpost, nurse) = device.ready(&server);
    let key = slice(&nurse);
    assert!(!nurse.approval(key).expect("a state").may_approve);
    let refused = nurse.approve_report(key, ApprovalStep::Approve).expect_err("no right");
    assert_eq!(refused.kind(), "forbidden");
}

#[test]
fn a_working_list_is_kept_renamed_and_forgotten() {
    let (server, device) = (Server::start(), Device::new());
    let (_outpost, session) = device.ready(&server);
    let new = |name: &str| WorkingListView {
        id: String::new(),
        program: program(CHILD),
        name: name.to_owned(),
        filter: "overdue".to_owned(),
    };
    let nameless = session.save_working_list(&new("  ")).expect_err("it needs a name");
    assert_eq!(nameless.kind(), "invalid_input");
    let late = session.save_working_list(&new("Late")).expect("kept");
    session.save_working_list(&new("At risk")).expect("kept");
    let renamed = WorkingListView { name: "Very late".to_owned(), ..late.clone() };
    session.save_working_list(&renamed).expect("kept");
    let names = |session: &Session| -> Vec<String> {
        let lists = session.working_lists(program(CHILD)).expect("lists");
        lists.into_iter().map(|list| list.name).collect()
    };
    assert_eq!(names(&session), ["At risk", "Very late"]);
    assert!(session.working_lists(program("PrHousehold")).expect("lists").is_empty());
    assert!(session.remove_working_list(&late.id).expect("forgotten"));
    assert!(!session.remove_working_list(&late.id).expect("nothing there"));
    assert_eq!(names(&session), ["At risk"]);
}

#[test]
fn a_number_that_was_not_left_is_temporary_until_the_server_has_more() {
    let (server, device) = (Server::start(), Device::new());
    let target = format!("/api/trackedEntityAttributes/{NUMBER}");
    server.patch(&target, &json!({ "pattern": "\"CH\"+RANDOM(#)" }));
    let all = format!("{target}/generateAndReserve?numberToReserve=10");
    assert_eq!(server.admin("GET", &all, &Value::Null).0, 200, "others took them");
    let (_outpost, session) = device.ready(&server);
    sync_all(&session);
    let child = register(&session, "Amina", "Bello");
    assert!(child.generated[0].is_temporary, "{:?}", child.generated);
    let number = |session: &Session| {
        let values = session.person(child.person).expect("a person").attributes;
        values.into_iter().find(|it| it.attribute == attribute(NUMBER)).expect("a number")
    };
    assert!(number(&session).is_temporary);
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped), (0, None));
    let sent = on_server(&server, child.person);
    assert!(!sent.to_string().contains(&child.generated[0].value), "never sent: {sent}");
    assert!(number(&session).is_temporary, "none was left");

    server.patch(&target, &json!({ "pattern": "\"CH\"+RANDOM(######)" }));
    sync_all(&session);
    sync_all(&session);
    let exchanged = number(&session);
    assert!(!exchanged.is_temporary && exchanged.value.starts_with("CH"), "{exchanged:?}");
    assert!(session.status().expect("status").all_sent);
    let sent = on_server(&server, child.person).to_string();
    assert!(sent.contains(&exchanged.value), "{sent}");
}

#[test]
fn a_photo_taken_elsewhere_is_fetched_once_and_kept() {
    let (server, phone, tablet) = (Server::start(), Device::new(), Device::new());
    let (_phone, nurse) = phone.ready(&server);
    let child = register(&nurse, "Amina", "Bello");
    let picture = b"\x89PNG a child that smiles";
    let file = nurse.add_file("amina.png", "image/png", picture).expect("taken in").id;
    let stage = ProgramStageUid::parse(GROWTH).expect("a uid");
    let enrollment = child.enrollment.expect("an enrolment");
    let (form, _) = nurse.open_new_visit_form(enrollment, stage, None).expect("a form");
    let visit = form.save().expect("an answer").id;
    let photo = DataElementUid::parse("DeGrPhoto00").expect("a uid");
    assert!(nurse.attach_to_event(visit, photo, file).expect("an answer").saved);
    sync_all(&nurse);

    let (_tablet, supervisor) = tablet.ready_as(&server, "doctor");
    sync_all(&supervisor);
    let answer = supervisor.event(visit).expect("a visit").event.data_values[&photo].value.clone();
    assert_eq!(FileUid::parse(&answer).ok(), Some(file));
    assert_eq!(supervisor.file_bytes(file).expect("read"), None, "not here yet");
    let weight = DataElementUid::parse("DeGrWeight0").expect("a uid");
    let elsewhere = FilePlace::Answer { event: visit, data_element: weight };
    let missing = supervisor.fetch_file(file, elsewhere).expect_err("no file there");
    assert_eq!(missing.kind(), "not_found");
    let place = FilePlace::Answer { event: visit, data_element: photo };
    let fetched = supervisor.fetch_file(file, place).expect("fetched");
    assert_eq!((fetched.on_device, fetched.state), (true, RecordState::Synced));
    assert_eq!((fetched.bytes, fetched.content_type.as_str()), (picture.len() as u64, "image/png"));
    server.lose("/api");
    let again = supervisor.fetch_file(file, place).expect("it is here");
    assert_eq!(again, fetched);
    assert_eq!(supervisor.file_bytes(file).expect("read").as_deref(), Some(&picture[..]));
}

#[test]
fn an_enrolment_is_listed_among_what_is_to_be_reviewed_and_comes_back_as_a_task() {
    let (server, phone, tablet) = (Server::start(), Device::new(), Device::new());
    let (_phone, nurse) = phone.ready(&server);
    let child = register(&nurse, "Amina", "Bello");
    register(&nurse, "Bola", "Ade");
    sync_all(&nurse);
    let (_tablet, supervisor) = tablet.ready_as(&server, "doctor");
    sync_all(&supervisor);
    let list = |session: &Session, status: Option<ReviewStatus>| -> Vec<(String, ReviewSubject)> {
        let statuses = status.into_iter().collect();
        let query = ReviewQuery { statuses, ..ReviewQuery::of(program(CHILD)) };
        let page = session.review_list(&query, None).expect("a list");
        assert_eq!(page.next, None);
        page.items.into_iter().map(|item| (item.person_title, item.subject)).collect()
    };
    let subject = ReviewSubject::from(child.enrollment.expect("an enrolment"));
    let all = list(&supervisor, None);
    assert_eq!(all.len(), 4, "two births, two enrolments; what is planned is no work yet: {all:?}");
    let is_enrollment =
        |(_, subject): &&(String, ReviewSubject)| matches!(subject, ReviewSubject::Enrollment(_));
    assert!(
        all.iter().take(2).all(|it| is_enrollment(&it)),
        "enrolled today, born before: {all:?}"
    );
    supervisor.send_back(subject, "Who is the guardian?").expect("sent back");
    let sent_back = list(&supervisor, Some(ReviewStatus::SentBack));
    assert_eq!(sent_back, [("Amina Bello".to_owned(), subject)]);
    assert_eq!(list(&supervisor, Some(ReviewStatus::New)).len(), 3);
    let growth = ProgramStageUid::parse(GROWTH).expect("a uid");
    let of_stage = ReviewQuery { stage: Some(growth), ..ReviewQuery::of(program(CHILD)) };
    assert!(supervisor.review_list(&of_stage, None).expect("a list").items.is_empty());
    let tomorrow = days_ago(-1);
    let later = ReviewQuery { from: Some(tomorrow), ..ReviewQuery::of(program(CHILD)) };
    assert!(supervisor.review_list(&later, None).expect("a list").items.is_empty());
    sync_all(&supervisor);

    sync_all(&nurse);
    let tasks = nurse.my_tasks().expect("tasks");
    assert_eq!(tasks.iter().map(|task| task.subject).collect::<Vec<_>>(), [subject]);
    assert_eq!(tasks[0].review.reason.as_deref(), Some("Who is the guardian?"));
    let answered = nurse.answer_corrected(subject, "the grandmother, noted").expect("answered");
    assert_eq!(answered.status, ReviewStatus::Corrected);
    sync_all(&nurse);
    sync_all(&supervisor);
    assert_eq!(list(&supervisor, Some(ReviewStatus::Corrected)), [("Amina Bello".into(), subject)]);
}
