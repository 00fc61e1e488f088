//! Tracker metadata: what a server of today says, and what is refused.

mod support;

use outpost_domain::metadata::{
    AccessLevel, MetadataKind, Program, RelationshipEntity, RelationshipType,
};
use outpost_domain::period::PeriodType;
use outpost_domain::value_type::ValueType;
use outpost_wire::WireError;
use outpost_wire::metadata::{
    self, parse_program, parse_program_stage, parse_relationship_type,
    parse_tracked_entity_attribute, parse_tracked_entity_type,
};
use support::{load, shared_data};

const PROGRAM: &str = r#"{"id":"prChild0001","displayName":"Child","programType":
    "WITH_REGISTRATION","trackedEntityType":{"id":"tetPerson01"},"accessLevel":"PROTECTED",
    "onlyEnrollOnce":true,"displayIncidentDate":"true","displayEnrollmentDateLabel":"",
    "enrollmentDateLabel":"Date of visit","displayIncidentDateLabel":"Date of birth",
    "selectEnrollmentDatesInFuture":false,"selectIncidentDatesInFuture":true,
    "ignoreOverdueEvents":true,"useFirstStageDuringRegistration":true,
    "minAttributesRequiredToSearch":2,"maxTeiCountToReturn":50,"featureType":"POINT",
    "enrollmentCategoryCombo":{"id":"ccProject01"},
    "programTrackedEntityAttributes":[
    {"trackedEntityAttribute":{"id":"teaLastName"},"sortOrder":2,"mandatory":true,
     "searchable":true,"displayInList":true},
    null,{"sortOrder":9},
    {"trackedEntityAttribute":{"id":"teaDobDate1"},"sortOrder":1,"allowFutureDate":true}],
    "programSections":[
    {"id":"secBack0001","displayName":"Background","sortOrder":2,
     "trackedEntityAttributes":[{"id":"teaDobDate1"}]},
    {"id":"secWho00001","displayName":"Who","sortOrder":1,
     "trackedEntityAttributes":[{"id":"teaLastName"},null]}]}"#;

fn program(body: &str) -> Result<Program, WireError> {
    parse_program(body.as_bytes())
}

#[test]
fn a_tracker_program_says_who_is_registered_and_how() {
    let program = program(PROGRAM).expect("a program");
    let registration = program.registration.expect("a registration");
    assert_eq!(registration.tracked_entity_type.as_str(), "tetPerson01");
    assert_eq!(registration.access_level, AccessLevel::Protected);
    assert!(registration.only_enroll_once && registration.display_incident_date);
    assert_eq!(registration.enrollment_date_label.as_deref(), Some("Date of visit"));
    assert_eq!(registration.incident_date_label.as_deref(), Some("Date of birth"));
    assert!(!registration.select_enrollment_dates_in_future);
    assert!(registration.select_incident_dates_in_future && registration.ignore_overdue_events);
    assert!(registration.use_first_stage_during_registration);
    assert_eq!(registration.min_attributes_required_to_search, 2);
    assert_eq!(
        (registration.max_tei_count_to_return, &registration.feature_type[..]),
        (50, "POINT")
    );
    assert_eq!(registration.enrollment_category_combo.expect("a combo").as_str(), "ccProject01");
    let order: Vec<_> = registration.attributes.iter().map(|a| a.attribute.as_str()).collect();
    assert_eq!(order, ["teaDobDate1", "teaLastName"]);
    assert!(registration.attributes[0].allow_future_date && !registration.attributes[0].mandatory);
    assert!(registration.attributes[1].searchable && registration.attributes[1].display_in_list);
    let sections: Vec<_> = registration.sections.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(sections, ["Who", "Background"]);
    assert_eq!(registration.sections[0].attributes.len(), 1);
}

#[test]
fn a_program_without_registration_has_none_of_it() {
    let body = PROGRAM.replace("WITH_REGISTRATION", "WITHOUT_REGISTRATION");
    assert_eq!(program(&body).expect("a program").registration, None);
    let open = r#"{"id":"prChild0001","programType":"WITH_REGISTRATION",
        "trackedEntityType":"tetPerson01"}"#;
    let registration = program(open).expect("a program").registration.expect("a registration");
    assert_eq!(registration.access_level, AccessLevel::Open);
    assert_eq!((registration.feature_type.as_str(), registration.sections.len()), ("NONE", 0));
}

#[track_caller]
fn check_error<T>(result: Result<T, WireError>, expected: &str) {
    match result {
        Ok(_) => panic!("accepted"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    check_error(
        program(r#"{"id":"prChild0001","programType":"WITH_REGISTRATION"}"#),
        "program: at `$`: missing field `trackedEntityType`",
    );
    check_error(
        program(&PROGRAM.replace("PROTECTED", "SECRET")),
        "program prChild0001: unknown accessLevel `SECRET`; this version of the app does not know \
         it",
    );
    check_error(
        program(&PROGRAM.replace("secWho00001", "?")),
        "program: at `$`: missing field `programSections.id`",
    );
    check_error(
        parse_program_stage(
            br#"{"id":"psVisit0001","program":"prChild0001","standardInterval":"x"}"#,
        ),
        "programStage: at `standardInterval`: a number is needed",
    );
    check_error(
        parse_relationship_type(
            br#"{"id":"rtSibling01","fromConstraint":
            {"relationshipEntity":"TRACKED_ENTITY_INSTANCE"}}"#,
        ),
        "relationshipType: at `$`: missing field `toConstraint`",
    );
    check_error(
        parse_relationship_type(
            br#"{"id":"rtSibling01","fromConstraint":
            {"relationshipEntity":"HOUSE"},"toConstraint":{"relationshipEntity":"HOUSE"}}"#,
        ),
        "relationshipType rtSibling01: unknown relationshipEntity `HOUSE`; this version of the app \
         does not know it",
    );
    check_error(
        parse_tracked_entity_attribute(br#"{"id":"teaLastName"}"#),
        "trackedEntityAttribute: at `$`: missing field `valueType`",
    );
    check_error(parse_tracked_entity_type(b"{}"), "trackedEntityType: at `$`: missing field `id`");
}

#[test]
fn a_stage_says_how_its_events_come_about() {
    let body = br#"{"id":"psVisit0001","program":{"id":"prChild0001"},"repeatable":true,
        "autoGenerateEvent":true,"generatedByEnrollmentDate":true,"openAfterEnrollment":true,
        "reportDateToUse":"incidentDate","minDaysFromStart":-3,"standardInterval":28,
        "nextScheduleDate":{"id":"deNextDate1"},"periodType":"Weekly","hideDueDate":true,
        "remindCompleted":true,"allowGenerateNextVisit":true,"displayDueDateLabel":"Come back on"}"#;
    let schedule = parse_program_stage(body).expect("a stage").schedule;
    assert!(schedule.repeatable && schedule.auto_generate_event && schedule.open_after_enrollment);
    assert!(schedule.generated_by_enrollment_date && schedule.hide_due_date);
    assert!(schedule.remind_completed && schedule.allow_generate_next_visit);
    assert_eq!(schedule.report_date_to_use.as_deref(), Some("incidentDate"));
    assert_eq!((schedule.min_days_from_start, schedule.standard_interval), (-3, Some(28)));
    assert_eq!(schedule.next_schedule_date.expect("an element").as_str(), "deNextDate1");
    assert_eq!(schedule.period_type, Some(PeriodType::Weekly));
    assert_eq!(schedule.due_date_label.as_deref(), Some("Come back on"));
    let plain = parse_program_stage(
        br#"{"id":"psVisit0001","program":"prChild0001",
        "standardInterval":null,"periodType":"","reportDateToUse":""}"#,
    );
    assert_eq!(
        plain.expect("a stage").schedule,
        outpost_domain::metadata::StageSchedule::default()
    );
}

#[test]
fn an_attribute_says_how_it_is_asked_found_and_kept_unique() {
    let body = br#"{"id":"teaUniqGen1","displayName":"Case number","displayFormName":"Number",
        "valueType":"TEXT","unique":true,"orgunitScope":true,"generated":true,
        "pattern":"\"TL\"+SEQUENTIAL(######)","inherit":true,"confidential":true,
        "fieldMask":"\\d{6}","minCharactersToSearch":3,"blockedSearchOperators":["LIKE","EW"],
        "sortOrderInListNoProgram":4,"displayInListNoProgram":true,
        "optionSet":{"id":"osGender001"},"legendSets":[{"id":"lsWeight001"}]}"#;
    let attribute = parse_tracked_entity_attribute(body).expect("an attribute");
    assert_eq!(attribute.value_type, ValueType::Text);
    assert_eq!(attribute.form_name.as_deref(), Some("Number"));
    assert!(attribute.unique && attribute.orgunit_scope && attribute.generated);
    assert!(attribute.inherit && attribute.confidential && attribute.display_in_list_no_program);
    assert_eq!(attribute.pattern.as_deref(), Some("\"TL\"+SEQUENTIAL(######)"));
    assert_eq!(attribute.min_characters_to_search, 3);
    assert_eq!(attribute.blocked_search_operators, ["LIKE", "EW"]);
    assert_eq!(attribute.sort_order_in_list_no_program, Some(4));
    let plain = parse_tracked_entity_attribute(
        br#"{"id":"teaLastName","name":"Last name","displayFormName":"Last name",
            "valueType":"TEXT","pattern":"","blockedSearchOperators":null}"#,
    );
    let plain = plain.expect("an attribute");
    assert_eq!((plain.form_name, plain.pattern, plain.name.as_str()), (None, None, "Last name"));
}

#[test]
fn a_relationship_type_says_what_may_stand_on_each_side() {
    let kind = parse_relationship_type(
        br#"{"id":"rtMother001","displayName":"Mother and visit","bidirectional":false,
            "displayFromToName":"mother of","toFromName":"child of",
            "fromConstraint":{"relationshipEntity":"PROGRAM_INSTANCE","program":{"id":"prChild0001"},
             "trackedEntityType":{"id":"tetPerson01"},
             "trackerDataView":{"attributes":["teaFirstNam","teaLastName"],"dataElements":[]}},
            "toConstraint":{"relationshipEntity":"PROGRAM_STAGE_INSTANCE",
             "programStage":{"id":"psVisit0001"},
             "trackerDataView":{"dataElements":["deTrWeight1"]}},
            "access":{"data":{"read":true,"write":false}}}"#,
    )
    .expect("a relationship type");
    assert_eq!(kind.from_constraint.entity, RelationshipEntity::Enrollment);
    assert_eq!(kind.from_constraint.view_attributes.len(), 2);
    assert_eq!(kind.to_constraint.entity, RelationshipEntity::Event);
    assert_eq!(kind.to_constraint.program_stage.expect("a stage").as_str(), "psVisit0001");
    assert_eq!(kind.to_constraint.view_data_elements[0].as_str(), "deTrWeight1");
    assert_eq!(kind.from_to_name.as_deref(), Some("mother of"));
    assert_eq!(kind.to_from_name.as_deref(), Some("child of"));
    assert!(kind.access.read && !kind.access.write);
}

/// Objects of a captured page by id.
fn page(capture: &str, kind: MetadataKind) -> Option<Vec<(String, String)>> {
    let pair = load(&shared_data()?.join(format!("{capture}.json"))).expect("a pair");
    let page = metadata::parse_page(kind, &pair.body).expect("a page");
    Some(page.objects.into_iter().map(|object| (object.uid.to_string(), object.body)).collect())
}

fn body_of(page: &[(String, String)], id: &str) -> Vec<u8> {
    page.iter().find(|(uid, _)| uid == id).expect("it is listed").1.clone().into_bytes()
}

#[test]
fn the_programs_people_and_links_of_a_running_server_are_read() {
    let Some(programs) = page("dhis2-2.42-wire/15-programs", MetadataKind::Program) else { return };
    let program = parse_program(&body_of(&programs, "prChild0001")).expect("a program");
    let registration = program.registration.expect("a registration");
    assert!(registration.only_enroll_once);
    let order: Vec<_> = registration.attributes.iter().map(|a| a.attribute.as_str()).collect();
    let expected =
        ["teaFirstNam", "teaLastName", "teaNatIdent", "teaDobDate1", "teaGender01", "teaUniqGen1"];
    assert_eq!(order, expected);

    let kind = MetadataKind::TrackedEntityType;
    let types = page("dhis2-2.42-wire/17-trackedEntityTypes", kind).expect("the shelf is there");
    let person = parse_tracked_entity_type(&body_of(&types, "tetPerson01")).expect("a type");
    assert_eq!((person.name.as_str(), person.min_attributes_required_to_search), ("TL Child", 1));
    assert!(person.attributes.iter().all(|place| place.searchable && !place.mandatory));

    let kind = MetadataKind::TrackedEntityAttribute;
    let list =
        page("dhis2-2.42-wire/18-trackedEntityAttributes", kind).expect("the shelf is there");
    let number = parse_tracked_entity_attribute(&body_of(&list, "teaUniqGen1"));
    assert!(number.expect("an attribute").generated);

    let kind = MetadataKind::RelationshipType;
    let list = page("dhis2-2.42-wire2/m038-relationshipTypes-sdk-fields", kind);
    let list = list.expect("the shelf is there");
    let link = |id: &str| -> RelationshipType {
        parse_relationship_type(&body_of(&list, id)).expect("a relationship type")
    };
    assert!(link("rtSibling01").bidirectional);
    assert_eq!(link("rtTeEnroll1").to_constraint.entity, RelationshipEntity::Enrollment);
    assert_eq!(link("rtTeEvent01").to_constraint.entity, RelationshipEntity::Event);
    assert_eq!(link("rtEvEvent01").from_constraint.entity, RelationshipEntity::Event);
}
