//! Tracker records on their way in and out.

mod support;

use std::collections::BTreeMap;

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventDataValue, EventStatus, Note, Relationship,
    RelationshipItem, TrackedEntity,
};
use outpost_domain::uid::{
    DataElementUid, EnrollmentUid, OrganisationUnitUid, ProgramUid, RelationshipTypeUid,
    RelationshipUid, TrackedEntityAttributeUid, TrackedEntityUid, Uid,
};
use outpost_wire::tracker::{
    self, Attributes, EnrollmentUpload, EventUpload, ListQuery, TrackedEntityUpload, TrackerUpload,
    encode_relationships, encode_tracker, parse_enrollment, parse_enrollments_page, parse_event,
    parse_relationships_page, parse_tracked_entities_page, parse_tracked_entity, split_attributes,
};
use outpost_wire::version::ServerVersion;
use support::{load, shared_data};

fn uid<T: From<Uid>>(text: &str) -> T {
    Uid::parse(text).expect("a uid").into()
}

fn version(minor: u16) -> ServerVersion {
    ServerVersion { minor, patch: 0, hotfix: 0 }
}

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(id, value)| (uid(id), (*value).to_owned())).collect()
}

fn person() -> TrackedEntity {
    TrackedEntity {
        id: uid("teAmina0001"),
        tracked_entity_type: uid("tetPerson01"),
        organisation_unit: uid("ouClinicA01"),
        geometry: None,
        attributes: attributes(&[("teaFirstNam", "Amina")]),
        created_at_client: Some("2026-10-01T08:00:00.000".to_owned()),
        updated_at_client: Some("2026-10-02T08:00:00.000".to_owned()),
        deleted: false,
    }
}

fn enrollment() -> Enrollment {
    Enrollment {
        id: uid("enAmina0001"),
        tracked_entity: uid("teAmina0001"),
        program: uid("prChild0001"),
        organisation_unit: uid("ouClinicA01"),
        status: EnrollmentStatus::Active,
        enrolled_at: Some("2026-10-01".to_owned()),
        occurred_at: Some("2026-09-15".to_owned()),
        completed_at: Some("2026-10-09".to_owned()),
        follow_up: true,
        geometry: Some(r#"{"type":"Point","coordinates":[-11.42,8.16]}"#.to_owned()),
        attribute_option_combo: Some(uid("HllvX50cXC0")),
        attributes: attributes(&[("teaNatIdent", "NID-1")]),
        notes: vec![Note::new(uid("noteAbc0001"), "by the river".to_owned())],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

fn event() -> Event {
    let answer = EventDataValue { value: "3200".to_owned(), provided_elsewhere: false };
    Event {
        id: uid("evBirth0001"),
        program: uid("prChild0001"),
        program_stage: uid("psBirth0001"),
        enrollment: Some(uid("enAmina0001")),
        tracked_entity: Some(uid("teAmina0001")),
        organisation_unit: uid("ouClinicA01"),
        attribute_option_combo: None,
        status: EventStatus::Completed,
        occurred_at: Some("2026-10-01".to_owned()),
        scheduled_at: None,
        completed_at: Some("2026-10-02".to_owned()),
        geometry: None,
        assigned_user: None,
        follow_up: true,
        data_values: BTreeMap::from([(uid::<DataElementUid>("deTrWeight1"), answer)]),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

#[track_caller]
fn check(upload: &TrackerUpload<'_>, minor: u16, expected: &[&str]) {
    let body = encode_tracker(upload, version(minor));
    assert_eq!(String::from_utf8(body).expect("text"), expected.concat());
}

const EVENT: &str = r#""program":"prChild0001","programStage":"psBirth0001","orgUnit":"ouClinicA01","status":"COMPLETED","occurredAt":"2026-10-01","completedAt":"2026-10-02","followUp":true,"dataValues":[{"dataElement":"deTrWeight1","value":"3200","providedElsewhere":false}],"notes":[]}"#;
const ENROLLMENT: &str = r#""program":"prChild0001","orgUnit":"ouClinicA01","status":"ACTIVE","enrolledAt":"2026-10-01","occurredAt":"2026-09-15","followUp":true,"#;
const ENROLLMENT_REST: &str = r#""geometry":{"type":"Point","coordinates":[-11.42,8.16]},"attributes":[{"attribute":"teaNatIdent","value":"NID-1"}],"notes":[{"note":"noteAbc0001","value":"by the river"}]"#;

#[test]
fn a_person_travels_as_a_tree() {
    let (person, enrollment, event) = (person(), enrollment(), event());
    let upload = TrackerUpload {
        tracked_entities: vec![TrackedEntityUpload::against(&person, None)],
        enrollments: vec![EnrollmentUpload::against(&enrollment, None)],
        events: vec![EventUpload::against(&event, None)],
    };
    check(
        &upload,
        42,
        &[
            r#"{"trackedEntities":[{"trackedEntity":"teAmina0001","trackedEntityType":"tetPerson01","orgUnit":"ouClinicA01","createdAtClient":"2026-10-01T08:00:00.000","updatedAtClient":"2026-10-02T08:00:00.000","attributes":[{"attribute":"teaFirstNam","value":"Amina"}],"enrollments":[{"enrollment":"enAmina0001","#,
            ENROLLMENT,
            ENROLLMENT_REST,
            r#","events":[{"event":"evBirth0001","#,
            EVENT,
            "]}]}]}",
        ],
    );
}

#[test]
fn what_has_no_parent_in_the_request_goes_flat_and_names_it() {
    let (enrollment, event) = (enrollment(), event());
    let other =
        Event { id: uid("evOther0001"), enrollment: Some(uid("enOther0001")), ..event.clone() };
    let upload = TrackerUpload {
        tracked_entities: Vec::new(),
        enrollments: vec![EnrollmentUpload::against(&enrollment, None)],
        events: vec![EventUpload::against(&other, None), EventUpload::against(&event, None)],
    };
    check(
        &upload,
        43,
        &[
            r#"{"enrollments":[{"enrollment":"enAmina0001","trackedEntity":"teAmina0001","#,
            ENROLLMENT,
            r#""attributeOptionCombo":"HllvX50cXC0","#,
            ENROLLMENT_REST,
            r#","events":[{"event":"evBirth0001","#,
            EVENT,
            r#"]}],"events":[{"event":"evOther0001","trackedEntity":"teAmina0001","enrollment":"enOther0001","#,
            EVENT,
            "]}",
        ],
    );
    check(&TrackerUpload::default(), 42, &["{}"]);
}

#[test]
fn a_removed_attribute_is_sent_as_null_whichever_state_the_server_holds() {
    let before = TrackedEntity {
        attributes: attributes(&[("teaFirstNam", "A"), ("teaLastName", "K")]),
        ..person()
    };
    let now = person();
    for held in [vec![&before, &now], vec![&now, &before], vec![&before]] {
        let upload = TrackedEntityUpload::against(&now, held);
        assert_eq!(upload.cleared, [uid::<TrackedEntityAttributeUid>("teaLastName")]);
    }
    let had = enrollment();
    let has = Enrollment { attributes: Attributes::new(), ..enrollment() };
    let upload = TrackerUpload {
        enrollments: vec![EnrollmentUpload::against(&has, [&had])],
        ..TrackerUpload::default()
    };
    let body = String::from_utf8(encode_tracker(&upload, version(42))).expect("text");
    assert!(body.contains(r#""attributes":[{"attribute":"teaNatIdent","value":null}]"#), "{body}");
}

#[test]
fn a_completion_date_goes_only_where_it_is_allowed() {
    let dated = |status| {
        let one = Enrollment { status, ..enrollment() };
        let upload = TrackerUpload {
            enrollments: vec![EnrollmentUpload::against(&one, None)],
            ..TrackerUpload::default()
        };
        let body = String::from_utf8(encode_tracker(&upload, version(42))).expect("text");
        body.contains("completedAt")
    };
    assert!(!dated(EnrollmentStatus::Active));
    assert!(dated(EnrollmentStatus::Completed) && dated(EnrollmentStatus::Cancelled));
}

#[test]
fn ids_are_enough_for_a_deletion() {
    let check = |body: Vec<u8>, expected: &str| {
        assert_eq!(String::from_utf8(body).expect("text"), expected);
    };
    check(
        tracker::encode_tracked_entity_deletions(&[uid::<TrackedEntityUid>("teAmina0001")]),
        r#"{"trackedEntities":[{"trackedEntity":"teAmina0001"}]}"#,
    );
    check(
        tracker::encode_enrollment_deletions(&[uid::<EnrollmentUid>("enAmina0001")]),
        r#"{"enrollments":[{"enrollment":"enAmina0001"}]}"#,
    );
    check(
        tracker::encode_relationship_deletions(&[uid::<RelationshipUid>("relSibling1")]),
        r#"{"relationships":[{"relationship":"relSibling1"}]}"#,
    );
}

#[test]
fn a_relationship_is_sent_and_read_back_the_same() {
    let sides = [
        RelationshipItem::TrackedEntity(uid("teAmina0001")),
        RelationshipItem::Enrollment(uid("enAmina0001")),
        RelationshipItem::Event(uid("evBirth0001")),
    ];
    for from in sides {
        for to in sides {
            let sent = Relationship {
                id: uid("relSibling1"),
                relationship_type: uid::<RelationshipTypeUid>("rtSibling01"),
                from,
                to,
                created_at_client: Some("2026-10-01T08:00:00.000".to_owned()),
                deleted: false,
            };
            let page = parse_relationships_page(&encode_relationships(&[&sent])).expect("a list");
            assert_eq!(page.items, [sent]);
        }
    }
}

#[test]
fn a_side_that_is_no_record_is_refused_and_its_owner_kept() {
    let body = r#"{"trackedEntity":"teAmina0001","trackedEntityType":"tetPerson01",
        "orgUnit":"ouClinicA01","relationships":[REL]}"#;
    let good = r#"{"relationship":"relSibling1","relationshipType":"rtSibling01",
        "from":{"trackedEntity":"teAmina0001"},"to":{"event":{"event":"evBirth0001",
        "trackedEntity":"teOther0001","enrollment":"enOther0001","notes":[{}]}}}"#;
    let read = |rel: &str| {
        let body = body.replace("REL", rel);
        parse_tracked_entity(body.as_bytes()).expect("a person").relationships
    };
    let known = read(good).expect("all are known");
    assert_eq!(known[0].to, RelationshipItem::Event(uid("evBirth0001")));
    assert_eq!(read("").map(|list| list.len()), Some(0));
    for bad in [
        r#"{"trackedEntity":"teAmina0001","event":"evBirth0001"}"#,
        "{}",
        r#"{"event":{}}"#,
        r#"{"event":"1"}"#,
    ] {
        let rel = good.replace(r#"{"trackedEntity":"teAmina0001"}"#, bad);
        assert_eq!(read(&rel), None, "{bad}");
    }
    let without = body.replace(r#","relationships":[REL]"#, "");
    assert_eq!(parse_tracked_entity(without.as_bytes()).expect("a person").relationships, None);
}

#[test]
fn people_and_enrolments_are_read_whole() {
    let body = br#"{"trackedEntities":[{"trackedEntity":"teAmina0001","trackedEntityType":
        "tetPerson01","orgUnit":"ouClinicA01","updatedAt":"2026-11-22T10:33:14.973","deleted":true,
        "potentialDuplicate":true,"geometry":null,"updatedBy":{"username":"nurse"},
        "attributes":[{"attribute":"teaFirstNam","value":"Amina"},
        {"attribute":"teaLastName","value":null},{"attribute":"teaGender01","value":""}],
        "programOwners":[{"program":"prChild0001","orgUnit":"ouClinicC01"},{}]},
        {"trackedEntity":"teBad000001"},{"orgUnit":3}],"pager":{"page":2,"pageSize":3}}"#;
    let page = parse_tracked_entities_page(body).expect("a page");
    assert_eq!((page.received, page.page, page.page_size), (3, Some(2), Some(3)));
    assert!(page.has_more(3) && !page.has_more(50));
    let names: Vec<_> = page.skipped.iter().map(|skipped| skipped.uid.as_deref()).collect();
    assert_eq!(names, [Some("teBad000001"), None]);
    let one = &page.items[0];
    assert!(one.potential_duplicate && one.tracked_entity.deleted);
    assert_eq!(one.tracked_entity.attributes, attributes(&[("teaFirstNam", "Amina")]));
    assert_eq!(one.owners, [(uid("prChild0001"), uid("ouClinicC01"))]);
    assert_eq!(one.stored_by.as_deref(), Some("nurse"));
    assert_eq!(one.tracked_entity.geometry, None);

    let body = br#"{"instances":[{"enrollment":"enAmina0001","trackedEntity":"teAmina0001",
        "program":"prChild0001","orgUnit":"ouClinicA01","status":"CANCELLED","followUp":true,
        "completedAt":"2026-10-09T00:00:00.000","storedBy":"nurse","notes":[
        {"note":"noteAbc0001","value":"a","storedAt":"2026-11-22T11:21:02.387",
         "createdBy":{"username":"nurse"}},
        {"note":"noteAbc0002","value":"b","storedBy":"phone","createdBy":{"username":"nurse"}},
        {"note":"noteAbc0003"}]},
        {"enrollment":"enBad000001","trackedEntity":"teAmina0001","program":"prChild0001",
         "orgUnit":"ouClinicA01","status":"PAUSED"}],"page":1,"pageSize":50}"#;
    let page = parse_enrollments_page(body).expect("a page");
    let one = &page.items[0].enrollment;
    assert!(one.follow_up && one.status == EnrollmentStatus::Cancelled);
    let notes = one.notes.iter().map(|note| (&note.value[..], note.stored_by.as_deref()));
    let notes: Vec<_> = notes.collect();
    assert_eq!(notes, [("a", Some("nurse")), ("b", Some("phone"))]);
    assert_eq!(one.notes[0].stored_at.as_deref(), Some("2026-11-22T11:21:02.387"));
    assert_eq!(page.items[0].stored_by.as_deref(), Some("nurse"));
    assert_eq!(
        (page.skipped[0].uid.as_deref(), page.skipped[0].reason.as_str()),
        (Some("enBad000001"), "enrollment: at `status`: not a status of an enrolment")
    );
    assert!(parse_enrollments_page(br#"{"events":[]}"#).is_err());
    assert!(parse_tracked_entities_page(b"[]").is_err());
}

#[test]
fn an_event_belongs_to_an_enrolment_only_if_it_has_a_person() {
    let read = |rest: &str| {
        let body = format!(
            r#"{{"event":"evBirth0001","program":"prChild0001","programStage":"psBirth0001",
                "orgUnit":"ouClinicA01","enrollment":"RG30H668Dpy","followUp":true{rest}}}"#
        );
        parse_event(body.as_bytes()).expect("an event").event
    };
    // As 2.42 lists an event of a program without registration (capture 175).
    assert_eq!(read("").enrollment, None);
    let event = read(r#","trackedEntity":"teAmina0001""#);
    assert_eq!(event.enrollment, Some(uid("RG30H668Dpy")));
    assert_eq!(event.tracked_entity, Some(uid("teAmina0001")));
    assert!(event.follow_up);
}

#[test]
fn attributes_are_parted_by_the_list_of_the_type() {
    let all = attributes(&[("teaFirstNam", "Amina"), ("teaNatIdent", "1"), ("teaGender01", "F")]);
    let (of_type, of_program) = split_attributes(all, &[uid("teaLastName"), uid("teaFirstNam")]);
    assert_eq!(of_type, attributes(&[("teaFirstNam", "Amina")]));
    assert_eq!(of_program, attributes(&[("teaNatIdent", "1"), ("teaGender01", "F")]));
}

#[test]
fn parameters_follow_the_version() {
    let query = ListQuery {
        program: uid("prChild0001"),
        organisation_unit: uid::<OrganisationUnitUid>("ouClinicA01"),
        updated_after: Some("2026-11-22T10:00:00.000".to_owned()),
        page: 2,
        page_size: 500,
    };
    let start = |text: String| text.split("&includeDeleted").next().unwrap_or("").to_owned();
    let old = "program=prChild0001&orgUnit=ouClinicA01&ouMode=DESCENDANTS";
    let new = "program=prChild0001&orgUnits=ouClinicA01&orgUnitMode=DESCENDANTS";
    assert_eq!(start(tracker::tracked_entities_query(&query, version(40))), old);
    assert_eq!(start(tracker::tracked_entities_query(&query, version(41))), new);
    assert_eq!(start(tracker::enrollments_query(&query, version(38))), old);
    assert_eq!(start(tracker::enrollments_query(&query, version(43))), new);
    // Events take one unit by its old name on every version.
    let events = "program=prChild0001&orgUnit=ouClinicA01&orgUnitMode=DESCENDANTS";
    assert_eq!(start(tracker::events_query(&query, version(42))), events);
    let text = tracker::tracked_entities_query(&query, version(42));
    assert!(text.ends_with(
        "&order=createdAt:asc,trackedEntity:asc&page=2&pageSize=500\
         &updatedAfter=2026-11-22T10:00:00.000"
    ));
    let people: [TrackedEntityUid; 2] = [uid("teAmina0001"), uid("teBintu0001")];
    let by_id = |minor| start(tracker::tracked_entities_by_id_query(None, &people, version(minor)));
    assert_eq!(by_id(40), "trackedEntity=teAmina0001%3BteBintu0001&ouMode=ACCESSIBLE");
    assert_eq!(by_id(42), "trackedEntities=teAmina0001,teBintu0001&orgUnitMode=ACCESSIBLE");
    let program: ProgramUid = uid("prChild0001");
    let enrollments: [EnrollmentUid; 1] = [uid("enAmina0001")];
    let by_id =
        |minor| start(tracker::enrollments_by_id_query(program, &enrollments, version(minor)));
    assert_eq!(by_id(40), "program=prChild0001&enrollment=enAmina0001&ouMode=ACCESSIBLE");
    assert_eq!(by_id(41), "program=prChild0001&enrollments=enAmina0001&orgUnitMode=ACCESSIBLE");
}

#[test]
fn no_list_of_members_comes_near_the_limit_of_a_request_line() {
    for fields in
        [tracker::EVENT_FIELDS, tracker::TRACKED_ENTITY_FIELDS, tracker::ENROLLMENT_FIELDS]
    {
        assert!(!fields.contains(char::is_whitespace), "{fields}");
        assert_eq!(fields.matches('[').count(), fields.matches(']').count());
        assert!(fields.len() < 1_000);
    }
}

#[test]
fn the_people_of_a_running_server_are_read() {
    let Some(data) = shared_data() else { return };
    let read = |name: &str| load(&data.join(format!("{name}.json"))).expect("a pair").body;
    let people = parse_tracked_entities_page(&read("dhis2-2.42-wire/170-trk-get-tes"));
    let people = people.expect("a page");
    assert_eq!(people.skipped, []);
    let bintu = people.items.iter().find(|one| one.tracked_entity.id == uid("teBintu0001"));
    let bintu = bintu.expect("she is listed");
    let link = &bintu.relationships.as_ref().expect("all are known")[0];
    assert_eq!(link.from, RelationshipItem::TrackedEntity(uid("teAmina0001")));
    assert_eq!(bintu.stored_by.as_deref(), Some("nurse"));
    assert_eq!(bintu.owners, [(uid("prChild0001"), uid("ouClinicA01"))]);

    let enrollments = parse_enrollments_page(&read("dhis2-2.42-wire/177-trk-get-enrollments"));
    let enrollments = enrollments.expect("a page");
    assert_eq!(enrollments.skipped, []);
    let one = enrollments.items.iter().find(|one| one.enrollment.id == uid("enBintu0001"));
    let one = &one.expect("it is listed").enrollment;
    assert_eq!(one.occurred_at.as_deref(), Some("2026-09-20T00:00:00.000"));
    // The list of a program mixes both kinds of attributes.
    let of_type = [uid("teaFirstNam"), uid("teaLastName")];
    let (of_type, _) = split_attributes(one.attributes.clone(), &of_type);
    assert_eq!(of_type.len(), 2);

    let one = parse_enrollment(&read("dhis2-2.42-wire2/t006g-enrollment-one")).expect("one");
    assert_eq!(one.relationships, Some(Vec::new()));
    for (capture, count) in [("t031-rel-list-te", 5), ("t031c-rel-default-fields", 5)] {
        let page = parse_relationships_page(&read(&format!("dhis2-2.42-wire2/{capture}")));
        let page = page.expect("a page");
        assert_eq!((page.items.len(), page.skipped.len()), (count, 0), "{capture}");
    }
}
