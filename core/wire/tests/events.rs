//! Events on their way out and in.

mod support;

use std::collections::BTreeMap;

use outpost_domain::data::{Event, EventDataValue, EventStatus, Note};
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, EventUid, NoteUid, OrganisationUnitUid,
    ProgramStageUid, ProgramUid, Uid,
};
use outpost_wire::tracker::{
    EventUpload, ListQuery, encode_deletions, encode_events, events_by_id_query, events_query,
    parse_event, parse_events_page,
};
use outpost_wire::version::ServerVersion;
use support::{fixtures, load};

fn answer(value: &str) -> EventDataValue {
    EventDataValue { value: value.to_owned(), provided_elsewhere: false }
}

fn element(id: &str) -> DataElementUid {
    DataElementUid::parse(id).expect("a uid")
}

fn event() -> Event {
    Event {
        id: EventUid::parse("evMalaria01").expect("a uid"),
        program: ProgramUid::parse("prEventMal1").expect("a uid"),
        program_stage: ProgramStageUid::parse("psEventMal1").expect("a uid"),
        organisation_unit: OrganisationUnitUid::parse("ouClinicA01").expect("a uid"),
        attribute_option_combo: None,
        status: EventStatus::Active,
        occurred_at: Some("2026-10-12".to_owned()),
        scheduled_at: None,
        completed_at: Some("2026-10-13".to_owned()),
        geometry: Some(r#"{"type":"Point","coordinates":[-11.42,8.16]}"#.to_owned()),
        assigned_user: None,
        follow_up: false,
        enrollment: None,
        tracked_entity: None,
        data_values: BTreeMap::from([(element("deEvAge0001"), answer("9"))]),
        notes: vec![Note::new(
            NoteUid::parse("noteAbc0001").expect("a uid"),
            "from the \"field\"".to_owned(),
        )],
        created_at_client: Some("2026-10-12T08:00:00.000".to_owned()),
        updated_at_client: None,
        deleted: false,
    }
}

#[track_caller]
fn check(event: &Event, base: Option<&Event>, expected: &str) {
    let body = encode_events(&[EventUpload::against(event, base)]);
    assert_eq!(String::from_utf8(body).expect("text"), expected);
}

#[test]
fn an_event_travels_whole() {
    check(
        &event(),
        None,
        concat!(
            r#"{"events":[{"event":"evMalaria01","program":"prEventMal1","programStage":"ps"#,
            r#"EventMal1","orgUnit":"ouClinicA01","status":"ACTIVE","occurredAt":"2026-10-1"#,
            r#"2","followUp":false,"geometry":{"type":"Point","coordinates":[-11.42,8.16]},"createdAtClient""#,
            r#":"2026-10-12T08:00:00.000","dataValues":[{"dataElement":"deEvAge0001","value"#,
            r#"":"9","providedElsewhere":false}],"notes":[{"note":"noteAbc0001","value":"fr"#,
            r#"om the \"field\""}]}]}"#,
        ),
    );
}

#[test]
fn a_removed_answer_is_sent_as_null_and_a_completion_with_its_date() {
    let base = Event {
        data_values: BTreeMap::from([
            (element("deEvAge0001"), answer("8")),
            (element("deEvGender1"), answer("FEMALE")),
        ]),
        ..event()
    };
    let now = Event {
        status: EventStatus::Completed,
        attribute_option_combo: CategoryOptionComboUid::parse("HllvX50cXC0").ok(),
        assigned_user: Uid::parse("usCapture01").ok(),
        geometry: Some("not json".to_owned()),
        notes: vec![],
        created_at_client: None,
        ..event()
    };
    check(
        &now,
        Some(&base),
        concat!(
            r#"{"events":[{"event":"evMalaria01","program":"prEventMal1","programStage":"ps"#,
            r#"EventMal1","orgUnit":"ouClinicA01","status":"COMPLETED","attributeOptionComb"#,
            r#"o":"HllvX50cXC0","occurredAt":"2026-10-12","completedAt":"2026-10-13","follo"#,
            r#"wUp":false,"geometry":"not json","assignedUser":{"uid":"usCapture01"},"dataValues":[{"dataEle"#,
            r#"ment":"deEvAge0001","value":"9","providedElsewhere":false},{"dataElement":"d"#,
            r#"eEvGender1","value":null,"providedElsewhere":false}],"notes":[]}]}"#,
        ),
    );
}

#[test]
fn what_is_sent_is_read_back_the_same() {
    let sent = Event { status: EventStatus::Completed, ..event() };
    let body = encode_events(&[EventUpload::against(&sent, None)]);
    let page = parse_events_page(&body).expect("a list of events");
    assert_eq!(page.events[0].event, sent);
}

#[test]
fn ids_are_enough_for_a_deletion() {
    let body = encode_deletions(&[event().id]);
    assert_eq!(body, br#"{"events":[{"event":"evMalaria01"}]}"#);
}

#[test]
fn parameters_follow_the_version() {
    let query = ListQuery {
        program: event().program,
        organisation_unit: event().organisation_unit,
        updated_after: Some("2026-11-22T10:00:00.000".to_owned()),
        page: 2,
        page_size: 500,
    };
    let text = |version: &str| events_query(&query, ServerVersion::parse(version).expect("one"));
    assert!(
        text("2.40").starts_with("program=prEventMal1&orgUnit=ouClinicA01&ouMode=DESCENDANTS&")
    );
    assert!(text("2.42").contains("&orgUnitMode=DESCENDANTS&"));
    assert!(text("2.42").ends_with(
        "&order=createdAt:asc,event:asc&page=2&pageSize=500&updatedAfter=2026-11-22T10:00:00.000"
    ));
    assert!(text("2.42").contains("&includeDeleted=true&"));
    let ids = [event().id, EventUid::parse("evMalaria02").expect("a uid")];
    let text = |version: &str| {
        events_by_id_query(event().program, &ids, ServerVersion::parse(version).expect("one"))
    };
    assert!(text("2.40").contains("&event=evMalaria01%3BevMalaria02&"));
    assert!(text("2.41").contains("&events=evMalaria01,evMalaria02&"));
}

#[test]
fn every_version_writes_its_page_in_its_own_way() {
    let one = r#"{"event":"evMalaria01","program":"prEventMal1","programStage":"psEventMal1",
        "orgUnit":"ouClinicA01","status":"ACTIVE"}"#;
    let check = |body: String, page_size: Option<u32>, total: Option<u64>| {
        let page = parse_events_page(body.as_bytes()).expect("a page");
        assert_eq!((page.events.len(), page.page, page.page_size), (1, Some(3), page_size));
        assert_eq!(page.total, total);
        assert!(page.has_more(1) && !page.has_more(50));
    };
    check(format!(r#"{{"instances":[{one}],"page":3,"pageSize":50}}"#), Some(50), None);
    check(
        format!(
            r#"{{"events":[{one}],"page":3,"pageSize":50,"pager":{{"page":3,"pageSize":50}}}}"#
        ),
        Some(50),
        None,
    );
    check(
        format!(r#"{{"pager":{{"page":3,"pageSize":50,"total":101}},"events":[{one}]}}"#),
        Some(50),
        Some(101),
    );
    let empty = parse_events_page(br#"{"pager":{"page":4,"pageSize":0},"events":[]}"#);
    assert!(!empty.expect("a page").has_more(0));
    assert!(parse_events_page(br#"{"trackedEntities":[]}"#).is_err());
}

#[test]
fn notes_geometry_and_null_answers_are_read_as_the_server_wrote_them() {
    let pair = load(&fixtures().join("197-trk-event-read-notes.json")).expect("a pair");
    let event = parse_event(&pair.body).expect("an event").event;
    assert_eq!(event.notes[0].id.as_str(), "noteAbc0001");
    assert_eq!(event.notes[0].value, "from the field");
    let geometry = event.geometry.expect("a geometry");
    assert_eq!(geometry, r#"{"type":"Point","coordinates":[-11.42,8.16]}"#);
    let body = br#"{"event":"evMalaria01","program":"prEventMal1","programStage":"psEventMal1",
        "orgUnit":"ouClinicA01","status":"SCHEDULE","deleted":true,"geometry":null,"notes":null,
        "dataValues":[{"dataElement":"deEvAge0001","value":null},null],"assignedUser":{}}"#;
    let stub = parse_event(body).expect("an event").event;
    assert!(stub.deleted && stub.data_values.is_empty() && stub.geometry.is_none());
    assert_eq!(stub.status, EventStatus::Schedule);
}

#[test]
fn an_answer_that_was_removed_in_a_lost_request_is_removed_again() {
    let (before, mut now) = (event(), event());
    now.data_values.clear();
    // `now` was sent before and the answer was lost: the server may hold either.
    for held in [vec![&before, &now], vec![&now, &before], vec![&before]] {
        let upload = EventUpload::against(&now, held);
        assert_eq!(upload.cleared, [element("deEvAge0001")]);
    }
    assert_eq!(EventUpload::against(&now, [&now]).cleared, []);
}
