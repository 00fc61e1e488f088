//! What a running 2.42.4 answered around tracker, read by the parser of each endpoint. Facts are
//! written down from the captures; a few of them lie in the crate, the others on the shelf.

mod support;

use outpost_domain::data::{EventStatus, RelationshipItem};
use outpost_domain::uid::{FileUid, TrackedEntityAttributeUid, Uid};
use outpost_wire::answer::{AnswerClass, classify};
use outpost_wire::approval::{ApprovalState, parse_approval_rows, parse_approval_status};
use outpost_wire::change_log::{ChangeKind, ChangedField, parse_changes};
use outpost_wire::data_store::{StoreAnswer, parse_entries, store_answer};
use outpost_wire::duplicate::{is_marked, parse_potential_duplicates};
use outpost_wire::error_code::RefusalClass;
use outpost_wire::file_resource::{UploadAnswer, parse_file, parse_upload, upload_answer};
use outpost_wire::ownership::{OwnershipAnswer, ownership_answer};
use outpost_wire::reserved_value::{ReserveProblem, parse_reserved_values, reserve_problem};
use outpost_wire::search::{SearchProblem, search_problem};
use outpost_wire::tracker::{parse_enrollment, parse_enrollments_page, parse_relationships_page};
use outpost_wire::tracker_report::{
    TrackerAnswer, TrackerClass, TrackerReport, parse_tracker_report,
};
use outpost_wire::working_list::{DateSpan, WorkingListKind, parse_working_lists};
use support::{Pair, fixtures, load, shared_data};

/// A capture of the crate, else of the shelf; `None` if the shelf is absent.
fn capture(name: &str) -> Option<Pair> {
    let own = fixtures().join(format!("{name}.json"));
    if own.exists() {
        return load(&own);
    }
    let data = shared_data()?;
    let folders = ["dhis2-2.42-wire", "dhis2-2.42-wire2"];
    let mut paths = folders.iter().map(|folder| data.join(folder).join(format!("{name}.json")));
    load(&paths.find(|path| path.exists()).expect("the capture is on the shelf"))
}

fn class_of(pair: &Pair) -> AnswerClass {
    classify(pair.status, pair.content_type.as_deref(), pair.location.as_deref(), &pair.body)
}

fn uid<T: From<Uid>>(text: &str) -> T {
    Uid::parse(text).expect("a uid").into()
}

fn report(name: &str) -> Option<TrackerReport> {
    let pair = capture(name)?;
    match parse_tracker_report(&pair.body, &[]).expect("a report") {
        TrackerAnswer::Report(report) => Some(report),
        TrackerAnswer::BatchRefused(refused) => panic!("{refused:?}"),
    }
}

/// The codes of its errors; without any, `stored` or `ignored`.
#[track_caller]
fn check(name: &str, class: TrackerClass, id: &str, expected: &str) {
    let Some(report) = report(name) else { return };
    let codes: Vec<_> = report.errors_of(class, uid(id)).map(|error| error.code.as_str()).collect();
    let found = match (codes.is_empty(), report.stored.contains(&uid(id))) {
        (false, _) => codes.join(" "),
        (true, true) => "stored".to_owned(),
        (true, false) => "ignored".to_owned(),
    };
    assert_eq!(found, expected, "{name} {id}");
}

#[test]
fn each_object_of_a_request_has_its_outcome() {
    use TrackerClass::{Enrollment, Event, Relationship, TrackedEntity};
    check("142-trk-err-attribute-option", TrackedEntity, "teBadOpt001", "E1125");
    check("142-trk-err-attribute-option", Enrollment, "enBadOpt001", "E5000");
    check("112-trk-flat-create", Relationship, "relSibling1", "stored");
    check("112c-trk-relationship-resend", Relationship, "relSibling1", "ignored");
    check("t030k-rel-change-existing", Relationship, "rlSibling01", "ignored");
    check("t030e-rel-duplicate-other-uid", Relationship, "rlSibling02", "E4018");
    check("t065h-te-whole-tree-resend-OBJECT", TrackedEntity, "teDelEnr001", "stored");
    check("t065h-te-whole-tree-resend-OBJECT", Enrollment, "enDelEnr001", "E1113");
    check("t065h-te-whole-tree-resend-OBJECT", Event, "evDelEnr001", "E1082");
    check("t035e-unique-both-in-one-payload", Enrollment, "enUnique004", "E1064");
    check("t035e-unique-both-in-one-payload", TrackedEntity, "teUnique004", "ignored");
    check("t009b-enrollment-same-note-again", Enrollment, "enSearch000", "stored");
}

#[test]
fn a_known_note_is_a_warning_and_no_refusal() {
    let Some(report) = report("t009b-enrollment-same-note-again") else { return };
    let warnings = &report.warnings;
    assert_eq!((warnings.len(), warnings[0].code.as_str()), (1, "E1119"));
    assert_eq!(warnings[0].class(), RefusalClass::Done);
}

#[test]
fn what_is_wrong_is_linked_to_its_question_without_its_value() {
    let check = |name: &str, code: &str, field: Option<&str>| {
        let Some(report) = report(name) else { return };
        let error = report.errors.iter().find(|error| error.code == code).expect("the code");
        assert_eq!(error.field().as_deref(), field, "{name}");
        assert!(!error.words().contains(['`', '\'']), "{}", error.words());
    };
    check("140-trk-err-unique-attribute", "E1064", Some("teaNatIdent"));
    check("141-trk-err-mandatory-attribute", "E1018", Some("teaFirstNam"));
    check("143-trk-err-unknown-attribute", "E1006", Some("teaUnknown1"));
    check("t044c-phone-bad", "E1085", Some("teaPhoneNum"));
    check("146-trk-err-future-enrollment", "E1020", Some("enrolledAt"));
    check("125-trk-err-mandatory-missing", "E1303", Some("deEvGender1"));
    check("142-trk-err-attribute-option", "E1125", None);
}

#[track_caller]
fn check_ownership(name: &str, expected: OwnershipAnswer) {
    let Some(pair) = capture(name) else { return };
    assert_eq!(ownership_answer(&class_of(&pair)), Some(expected), "{name}");
}

#[test]
fn ownership_follows_the_level_of_the_program() {
    use OwnershipAnswer as Answer;
    check_ownership("t022-open-override-nurse2", Answer::NotProtected);
    check_ownership("t022-audited-override-nurse2", Answer::NotProtected);
    check_ownership("t022-closed-override-nurse2", Answer::NotProtected);
    check_ownership("t022-protected-override-nurse2", Answer::Done);
    let outside = "t022d-protected-override-nurse3-outside-search";
    check_ownership(outside, Answer::OutsideSearchScope);
    check_ownership("t023-open-transfer-by-nurse2", Answer::ProgramNotAtTarget);
    check_ownership("t023-audited-transfer-by-nurse2", Answer::Done);
    check_ownership("t023-closed-transfer-by-nurse2", Answer::NotFound);
    check_ownership("t023-protected-transfer-by-nurse2", Answer::Done);
    check_ownership("t023b-protected-transfer-by-owner", Answer::NotFound);
    check_ownership("t024-override-no-reason", Answer::Refused);
    check_ownership("t024d-transfer-unknown-te", Answer::NotFound);
}

#[test]
fn a_file_is_taken_once_and_recognised_afterwards() {
    let photo: FileUid = uid("frPhoto0001");
    let upload = capture("t040-file-post-png-uid").expect("in the crate");
    let file = parse_upload(&upload.body, photo).expect("a file");
    assert_eq!(file.content_md5, "f2afab48cdeabc78a1acbf63bf9ac3a2");
    let held = parse_file(&capture("t040b-file-meta").expect("in the crate").body).expect("a file");
    assert_eq!(
        (held.id, &held.content_md5, held.content_bytes),
        (photo.0, &file.content_md5, 2_789)
    );
    let check = |name: &str, expected: UploadAnswer| {
        let Some(pair) = capture(name) else { return };
        assert_eq!(upload_answer(&class_of(&pair)), Some(expected), "{name}");
    };
    check("t040-file-post-png-uid", UploadAnswer::Taken);
    check("t040d-file-same-uid-again", UploadAnswer::AlreadyThere);
    check("t040f-file-empty", UploadAnswer::Refused("The file is empty or cannot be read."));
    check("t040g-file-blocked-html", UploadAnswer::Refused("Files of this type are not allowed."));
    check("t040h-file-too-large", UploadAnswer::Refused("The file is too large for the server."));
    check("t040k-file-bad-domain", UploadAnswer::Refused("The server did not accept this file."));
    // The server gave an id of its own.
    let Some(other) = capture("t040e-file-bad-uid") else { return };
    assert!(parse_upload(&other.body, photo).is_err());
}

#[test]
fn reserved_values_come_in_blocks_or_not_at_all() {
    let attribute: TrackedEntityAttributeUid = uid("teaOuCode01");
    let pair = capture("t034k-reserve-with-required").expect("in the crate");
    let values = parse_reserved_values(&pair.body, attribute).expect("values");
    assert_eq!((values.len(), values[1].value.as_str()), (2, "TL_-2026-0002"));
    assert_eq!(reserve_problem(&class_of(&pair)), None);
    let check = |name: &str, expected: ReserveProblem| {
        let Some(pair) = capture(name) else { return };
        assert_eq!(reserve_problem(&class_of(&pair)), Some(expected), "{name}");
    };
    check("202-tea-reserve-not-generated", ReserveProblem::NoPattern);
    check("t034b-reserve-few-5-more", ReserveProblem::NotEnoughLeft);
    check("t034e-reserve-seq-5-more", ReserveProblem::NotEnoughLeft);
    check("t034j-reserve-missing-required", ReserveProblem::MissingRequired);
    check("t034g-reserve-0", ReserveProblem::Refused);
}

#[test]
fn searches_are_refused_in_words() {
    let check = |name: &str, expected: Option<SearchProblem>| {
        let Some(pair) = capture(name) else { return };
        assert_eq!(search_problem(&class_of(&pair)), expected, "{name}");
    };
    check("t002-filter-eq", None);
    check("t002n-filter-bad-op", Some(SearchProblem::OutOfDate));
    check("t002o-filter-unknown-attr", Some(SearchProblem::OutOfDate));
    check("t003f-mode-ALL", Some(SearchProblem::Denied));
    check("t003l-outside-search", Some(SearchProblem::OutsideSearchScope));
    check("t003p-descendants-no-filter", Some(SearchProblem::TooFewFilters(Some(1))));
    check("t005g-pageSize-huge", Some(SearchProblem::Refused));
}

#[test]
fn marked_pairs_and_working_lists_are_listed() {
    let pair = capture("t032c-potdup-list").expect("in the crate");
    let pairs = parse_potential_duplicates(&pair.body).expect("a list");
    assert_eq!((pairs.len(), pairs[0].duplicate), (1, uid("teSearch003")));
    if let Some(again) = capture("t032b-potdup-again") {
        assert_eq!(is_marked(&class_of(&again)), Some(true));
    }
    let list = |kind, name: &str| {
        let pair = capture(name).expect("in the crate");
        let (mut lists, skipped) = parse_working_lists(kind, &pair.body).expect("an answer");
        assert_eq!(skipped, []);
        lists.remove(0)
    };
    let people = list(WorkingListKind::People, "t033-teFilters");
    assert_eq!((people.name.as_str(), people.criteria.attributes.len()), ("Active children", 1));
    let events = list(WorkingListKind::Events, "t033b-eventFilters");
    assert_eq!(events.criteria.event_status, Some(EventStatus::Completed));
    assert_eq!(events.criteria.occurred, Some(DateSpan::Period("LAST_30_DAYS".to_owned())));
    let stage = list(WorkingListKind::Stage, "t033c-programStageWorkingLists");
    assert_eq!(stage.criteria.program_stage, Some(uid("psFiles0001")));
}

#[test]
fn changes_approvals_and_documents_are_read() {
    let pair = capture("t036g-event-changeLogs").expect("in the crate");
    let changes = parse_changes(&pair.body).expect("a log");
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[0].by.as_deref(), Some("district"));
    assert_eq!(changes[3].field, ChangedField::Property("occurredAt".to_owned()));
    assert_eq!((changes[3].kind, changes[3].previous.as_deref()), (ChangeKind::Create, None));

    let pair = capture("a021h-multiple").expect("in the crate");
    let rows = parse_approval_rows(&pair.body).expect("a list");
    assert!(rows.len() == 2 && rows.iter().all(|row| row.permissions.may_approve));
    let pair = capture("a022f-state-district").expect("in the crate");
    let status = parse_approval_status(&pair.body).expect("a status");
    assert_eq!(status.state, ApprovalState::ApprovedHere);

    let pair = capture("o010i-ds-fields-dot").expect("in the crate");
    let entries = parse_entries(&pair.body).expect("a list");
    assert_eq!((entries.len(), entries[1].value.as_str()), (2, r#"{"x":1}"#));
    let check = |name: &str, expected: StoreAnswer| {
        let Some(pair) = capture(name) else { return };
        assert_eq!(store_answer(&class_of(&pair)), Some(expected), "{name}");
    };
    check("o010-ds-get-missing-ns", StoreAnswer::Absent);
    check("o010d-ds-put-missing", StoreAnswer::Done);
    check("o010s-ds-nurse-write-private", StoreAnswer::Denied);
    check("o010t-ds-bad-json", StoreAnswer::Refused);
    let Some(plain) = capture("o010j4-ds-headless-dot") else { return };
    assert_eq!(parse_entries(&plain.body).expect("a list").len(), 1);
}

#[test]
fn records_are_read_as_the_server_wrote_them() {
    let pair = capture("t006g-enrollment-one").expect("in the crate");
    let one = parse_enrollment(&pair.body).expect("an enrolment");
    assert_eq!(one.enrollment.tracked_entity, uid("teSearch000"));
    let pair = capture("t031c-rel-default-fields").expect("in the crate");
    let page = parse_relationships_page(&pair.body).expect("a page");
    let event = RelationshipItem::Event(uid("evSearch002"));
    assert!(page.items.iter().any(|link| link.to == event));
    let Some(pair) = capture("177-trk-get-enrollments") else { return };
    let page = parse_enrollments_page(&pair.body).expect("a page");
    assert_eq!(page.skipped, []);
    assert!(page.items.iter().all(|one| one.stored_by.as_deref() == Some("nurse")));
}
