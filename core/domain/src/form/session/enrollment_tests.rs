//! A registration with rules: what is typed of a mother, what the program makes of it; and her
//! visits, whose rules look at her, at the enrolment and at the other visits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::data::{Enrollment, Event, EventDataValue, EventStatus};
use crate::expression::{Date, ValueType as RuleType};
use crate::form::enrollment::{EnrollmentForm, EnrollmentFormInput, Registration};
use crate::form::event::{Blocks, EventForm, EventFormInput};
use crate::indicator::{InForm, ProgramFacts, ProgramIndicatorSet};
use crate::metadata::{
    AnalyticsType, Program, ProgramIndicator, ProgramRegistration, ProgramStage,
    ProgramStageDataElement, ProgramTrackedEntityAttribute, ProgramType, StageSchedule,
    TrackedEntityAttribute, TrackedEntityType, TrackedEntityTypeAttribute,
};
use crate::rules::{
    ActionKind, ActionTarget, Circumstances, EngineVersion, Refusal, Rule, RuleAction, RuleSet,
    RuleVariable, Subject, Supplementary, VariableSource,
};
use crate::samples::{self, answers, data_element, rule, uid};
use crate::uid::{DataElementUid, OptionSetUid, ProgramStageUid, Uid};
use crate::value_type::ValueType;

fn id(name: &str) -> String {
    format!("{name:0<11}")
}

fn today() -> Date {
    Date::parse("2026-11-25").expect("a date")
}

/// Name and birth are the type's; `card` is generated; age, risk and due are the program's.
const ATTRIBUTES: [(&str, ValueType); 6] = [
    ("name", ValueType::Text),
    ("birth", ValueType::Date),
    ("card", ValueType::Text),
    ("age", ValueType::Integer),
    ("risk", ValueType::Text),
    ("due", ValueType::Date),
];

const QUESTIONS: [(&str, ValueType); 3] =
    [("weight", ValueType::Number), ("gain", ValueType::Number), ("remark", ValueType::Text)];

fn program() -> Program {
    let place = |(at, (name, _)): (usize, (&str, ValueType))| ProgramTrackedEntityAttribute {
        attribute: uid(name),
        mandatory: name == "name",
        allow_future_date: name == "due",
        display_in_list: true,
        searchable: true,
        sort_order: at as i64,
    };
    Program {
        program_type: ProgramType::WithRegistration,
        program_stages: vec![uid("visit"), uid("birthing")],
        registration: Some(Box::new(ProgramRegistration {
            attributes: ATTRIBUTES.into_iter().enumerate().map(place).collect(),
            ..samples::registration("person")
        })),
        ..samples::program("mothers")
    }
}

fn attribute((name, value_type): (&str, ValueType)) -> TrackedEntityAttribute {
    TrackedEntityAttribute {
        option_set: (name == "risk").then(|| uid("risks")),
        generated: name == "card",
        ..samples::attribute(name, value_type)
    }
}

fn registration_form() -> EnrollmentForm {
    let of_type = |name: &str| TrackedEntityTypeAttribute {
        attribute: uid(name),
        display_in_list: true,
        mandatory: false,
        searchable: true,
    };
    let input = EnrollmentFormInput {
        tracked_entity_type: TrackedEntityType {
            attributes: ["name", "birth"].map(of_type).into(),
            ..samples::tracked_entity_type("person")
        },
        program: Some(program()),
        attributes: ATTRIBUTES.map(attribute).into_iter().map(|it| (it.id, it)).collect(),
        option_sets: BTreeMap::new(),
    };
    crate::form::enrollment::build(&input).0
}

fn visit_form() -> EventForm {
    let question = |(at, (name, _)): (usize, (&str, ValueType))| ProgramStageDataElement {
        data_element: uid(name),
        compulsory: false,
        allow_future_date: false,
        sort_order: at as i64,
    };
    let input = EventFormInput {
        program: program(),
        program_stage: ProgramStage {
            name: "Visit".to_owned(),
            schedule: StageSchedule { repeatable: true, ..StageSchedule::default() },
            data_elements: QUESTIONS.into_iter().enumerate().map(question).collect(),
            ..samples::stage("visit", "mothers")
        },
        sections: vec![],
        data_elements: QUESTIONS.map(|(name, of)| (uid(name), data_element(name, of))).into(),
        option_sets: BTreeMap::new(),
    };
    crate::form::event::build(&input).0
}

fn on(kind: ActionKind, field: &str) -> RuleAction {
    let is_attribute = ATTRIBUTES.iter().any(|(name, _)| *name == field);
    let subject = if is_attribute { Subject::Attribute } else { Subject::DataElement };
    RuleAction { subject, ..RuleAction::new(kind, None).on(&id(field)) }
}

fn assign(field: &str, expression: &str) -> RuleAction {
    RuleAction { data: Some(expression.to_owned()), ..on(ActionKind::Assign, field) }
}

/// Every attribute under its name; of each question `q` the current value as `q`, the newest of the
/// program as `q_newest`, of visits as `q_visit`, of the visit before as `q_before`.
fn variables() -> Vec<RuleVariable> {
    let variable = |name: String, source, value_type: ValueType| RuleVariable {
        name,
        source,
        value_type: match value_type {
            ValueType::Text => RuleType::Text,
            ValueType::Date => RuleType::Date,
            _ => RuleType::Number,
        },
        option_names: vec![],
    };
    let attributes = ATTRIBUTES.into_iter().map(|(name, value_type)| {
        variable(name.to_owned(), VariableSource::Attribute(id(name)), value_type)
    });
    let questions = QUESTIONS.into_iter().flat_map(|(name, value_type)| {
        let (field, program_stage) = (id(name), id("visit"));
        [
            (name.to_owned(), VariableSource::CurrentEvent(field.clone())),
            (format!("{name}_newest"), VariableSource::NewestEvent(field.clone())),
            (format!("{name}_before"), VariableSource::PreviousEvent(field.clone())),
            (format!("{name}_visit"), VariableSource::NewestStageEvent { field, program_stage }),
        ]
        .map(|(name, source)| variable(name, source, value_type))
    });
    let computed = variable("computed".to_owned(), VariableSource::Calculated, ValueType::Text);
    attributes.chain(questions).chain([computed]).collect()
}

fn rules(rules: Vec<Rule>) -> Arc<RuleSet> {
    let set = RuleSet::compile(rules, variables(), &BTreeMap::new(), EngineVersion::V3_4);
    assert_eq!(set.problems(), []);
    Arc::new(set)
}

fn event(name: &str, stage: &str, day: &str, given: &[(&str, &str)]) -> Event {
    Event {
        enrollment: Some(uid("course")),
        tracked_entity: Some(uid("amina")),
        occurred_at: Some(day.to_owned()),
        data_values: answers(given),
        ..samples::event(name, "mothers", stage)
    }
}

fn course(values: &[(&str, &str)], events: Vec<Event>) -> Course {
    let enrollment = Enrollment {
        enrolled_at: Some("2026-09-01".to_owned()),
        ..samples::enrollment("course", "amina", "mothers")
    };
    let tracked_entity = samples::tracked_entity("amina");
    let mut registration = Registration { tracked_entity, enrollment: Some(enrollment) };
    let form = registration_form();
    for (name, value) in values {
        registration.put(&form, uid(name), Some((*value).to_owned()));
    }
    let stages = [("visit", "Visit"), ("birthing", "Birth")];
    Course {
        registration,
        events,
        names: CourseNames {
            program: "Mothers".to_owned(),
            stages: stages.map(|(id, name)| (uid(id), name.to_owned())).into(),
            unit_codes: [(uid("clinic"), "CLINIC_A".to_owned())].into(),
        },
    }
}

struct Facts;

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        Some(today())
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        QUESTIONS.iter().find(|(name, _)| uid::<DataElementUid>(name) == element).map(|it| it.1)
    }

    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        ATTRIBUTES.iter().find(|(name, _)| uid::<Uid>(name) == attribute).map(|it| it.1)
    }

    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        (stage == uid("visit")).then_some("Visit")
    }
}

fn indicator(name: &str, expression: &str, analytics_type: AnalyticsType) -> ProgramIndicator {
    ProgramIndicator {
        id: uid(name),
        name: name.to_owned(),
        description: None,
        program: uid("mothers"),
        expression: expression.to_owned(),
        filter: None,
        aggregation_type: "SUM".to_owned(),
        analytics_type,
        decimals: None,
        display_in_form: true,
        boundaries: vec![],
        legend_sets: vec![],
    }
}

/// Age at enrolment, how often she came, the newest weight; the weight of the visit itself.
fn indicators() -> ProgramIndicatorSet {
    let weight = format!("#{{{}.{}}}", id("visit"), id("weight"));
    let age = format!("d2:yearsBetween(A{{{}}}, V{{enrollment_date}})", id("birth"));
    let all = [
        indicator("years", &age, AnalyticsType::Enrollment),
        indicator("visits", "V{event_count} * 1", AnalyticsType::Enrollment),
        indicator("newest", &weight, AnalyticsType::Enrollment),
        indicator("here", &weight, AnalyticsType::Event),
    ];
    let (set, unusable) = ProgramIndicatorSet::new(&all);
    assert_eq!(unusable, []);
    set
}

fn circumstances() -> Circumstances {
    Circumstances { today: today(), supplementary: Supplementary::default() }
}

fn is_option(_: OptionSetUid, code: &str) -> bool {
    matches!(code, "HIGH" | "LOW")
}

fn options() -> Arc<RuleOptions> {
    let codes = [(id("ohigh"), "HIGH".to_owned())].into();
    Arc::new(RuleOptions { codes, groups: BTreeMap::new() })
}

fn shown(diff: &[(Uid, InForm)]) -> String {
    let text = |(id, value): &(Uid, InForm)| {
        let name = id.as_str().trim_end_matches('0').to_owned();
        match value {
            InForm::Shown(text) => format!("{name}={text}"),
            InForm::Nothing => name,
            other => format!("{name}:{other:?}"),
        }
    };
    diff.iter().map(text).collect::<Vec<_>>().join(" ")
}

struct Desk {
    session: EnrollmentSession,
    opened: EnrollmentDiff,
}

fn desk(written: Vec<Rule>, values: &[(&str, &str)], events: Vec<Event>) -> Desk {
    let input = EnrollmentSessionInput {
        form: Arc::new(registration_form()),
        rules: rules(written),
        options: options(),
        indicators: indicators(),
        facts: Arc::new(Facts),
        course: course(values, events),
        circumstances: circumstances(),
    };
    let (session, opened) = EnrollmentSession::open(input, &is_option);
    Desk { session, opened }
}

impl Desk {
    fn set(&mut self, name: &str, text: &str) -> EnrollmentDiff {
        self.session.set_value(uid(name), text, &is_option).expect("the question takes a text")
    }

    /// Every value of the records, `name=value` in form order; a mark for those of the enrolment.
    fn record(&self) -> String {
        let registration = self.session.registration();
        let given = ATTRIBUTES.iter().filter_map(|(name, _)| {
            let value = registration.value(uid(name))?;
            let enrollment = registration.enrollment.as_ref().expect("enrolled");
            let mark = if enrollment.attributes.contains_key(&uid(name)) { "°" } else { "" };
            Some(format!("{name}{mark}={value}"))
        });
        given.collect::<Vec<_>>().join(" ")
    }

    fn state(&self, name: &str) -> FieldState {
        self.session.field(uid(name)).cloned().expect("the question is in the form")
    }

    fn findings(&self) -> Vec<(Option<&'static str>, String, Blocks)> {
        let findings = self.session.findings().into_iter();
        findings.map(|finding| (finding.code, finding.words, finding.blocks)).collect()
    }
}

fn changed(diff: &EnrollmentDiff) -> String {
    let name = |field: &crate::uid::TrackedEntityAttributeUid| {
        field.as_str().trim_end_matches('0').to_owned()
    };
    diff.fields.iter().map(|(field, _)| name(field)).collect::<Vec<_>>().join(" ")
}

#[test]
fn opening_a_registration_shows_everything_and_runs_the_rules() {
    let hide = rule("!d2:hasValue('birth')", on(ActionKind::HideField, "due"));
    let desk = desk(vec![hide], &[("name", "Amina")], vec![]);
    assert_eq!(changed(&desk.opened), "name birth card age risk due");
    assert!(desk.state("due").is_hidden && desk.state("name").is_mandatory);
    assert!(desk.state("card").is_read_only && !desk.state("name").is_read_only);
    assert_eq!(shown(&desk.opened.indicators), "years visits=0 newest=0 here=0");
}

#[test]
fn rules_work_out_attributes_and_each_value_goes_to_its_record() {
    let written = vec![rule(
        "d2:hasValue('birth')",
        assign("age", "d2:yearsBetween(#{birth}, V{enrollment_date})"),
    )];
    let mut desk = desk(written, &[("name", "Amina")], vec![]);
    let diff = desk.set("birth", "2000-05-01");
    assert_eq!(changed(&diff), "birth age");
    assert_eq!(desk.record(), "name=Amina birth=2000-05-01 age°=26");
    assert_eq!(shown(&diff.indicators), "years=26");
    assert!(desk.state("age").is_assigned);
    // The enrolment's own dates are looked at too.
    let earlier = |it: &mut Enrollment| it.enrolled_at = Some("2010-06-01".to_owned());
    let diff = desk.session.change_enrollment(None, earlier, &is_option);
    assert_eq!((changed(&diff).as_str(), shown(&diff.indicators).as_str()), ("age", "years=10"));
    assert_eq!(desk.record(), "name=Amina birth=2000-05-01 age°=10");
}

#[test]
fn what_a_program_says_of_itself_is_seen() {
    let says = |condition: &str| {
        let desk = desk(
            vec![rule(condition, on(ActionKind::HideField, "due"))],
            &[],
            vec![
                event("first", "visit", "2026-10-01", &[]),
                event("second", "birthing", "2026-11-01", &[]),
                Event {
                    status: EventStatus::Schedule,
                    occurred_at: None,
                    ..event("planned", "visit", "2026-12-01", &[])
                },
            ],
        );
        assert!(desk.state("due").is_hidden, "{condition}");
    };
    says("d2:daysBetween(V{enrollment_date}, '2026-09-01') == 0");
    says("d2:daysBetween(V{incident_date}, '2026-09-01') == 0"); // without one, that of enrolment
    says("V{enrollment_count} == 1 && V{tei_count} == 1");
    says("V{enrollment_status} == 'ACTIVE'");
    says("V{program_name} == 'Mothers' && V{orgunit_code} == 'CLINIC_A'");
    says("V{event_count} == 2"); // the planned one has not come
}

#[test]
fn a_hidden_attribute_loses_its_value_and_keeps_it_at_hand() {
    let hide = rule("#{age} > 40", on(ActionKind::HideField, "due"));
    let option = RuleAction {
        target: ActionTarget { option: Some(id("ohigh")), ..ActionTarget::default() },
        ..on(ActionKind::HideOption, "risk")
    };
    let values = [("due", "2027-03-01"), ("risk", "HIGH")];
    let mut desk = desk(vec![hide, rule("#{age} > 40", option)], &values, vec![]);
    desk.set("age", "41");
    assert_eq!(desk.record(), "age°=41");
    assert_eq!(desk.state("due").set_aside.as_deref(), Some("2027-03-01"));
    assert!(!desk.state("risk").options.allows("HIGH"));
    assert_eq!(desk.session.set_aside().len(), 2);
    desk.set("age", "30");
    desk.set("due", "2027-03-01");
    assert_eq!(desk.record(), "age°=30 due°=2027-03-01");
}

#[test]
fn nobody_types_a_generated_value() {
    let mut desk = desk(vec![], &[("name", "Amina")], vec![]);
    let typed = desk.session.set_value(uid("card"), "123", &is_option);
    assert_eq!(typed, Err(NotTyped::Generated));
    let foreign = desk.session.set_value(uid("foreign"), "123", &is_option);
    assert_eq!(foreign, Err(NotTyped::NotInForm));
    let put = desk.session.put_generated(uid("card"), "AB12", &is_option).expect("in the form");
    assert_eq!(changed(&put), "card");
    assert_eq!(desk.record(), "name=Amina card°=AB12");
}

#[test]
fn findings_say_what_the_server_would_refuse_now_and_what_only_at_completion() {
    let error = rule("#{age} > 60", on(ActionKind::ShowError, "age").saying("Too old"));
    let warning = rule("#{age} > 45", on(ActionKind::ShowWarning, "age").saying("Late"));
    let needed = rule("#{age} > 45", on(ActionKind::SetMandatoryField, "risk"));
    let at_end = RuleAction::new(ActionKind::ErrorOnComplete, None).saying("Not yet");
    let at_end = rule("#{age} > 45", at_end);
    let mut desk = desk(vec![error, warning, needed, at_end], &[("name", "Amina")], vec![]);
    assert_eq!(desk.findings(), []);
    desk.set("age", "61");
    let found = |code: Option<&'static str>, words: &str, blocks| (code, words.to_owned(), blocks);
    let answered = "This must be answered.";
    assert_eq!(
        desk.findings(),
        [
            found(Some("E1300"), "Too old", Blocks::Sending),
            found(None, "Late", Blocks::Nothing),
            found(Some("E1306"), answered, Blocks::Sending),
            found(Some("E1300"), "Not yet", Blocks::Completing),
        ]
    );
    desk.set("age", "twelve");
    assert_eq!(desk.state("age").value.as_deref(), Some("twelve"));
    assert_eq!(desk.record(), "name=Amina");
    let age = desk.findings();
    assert_eq!(
        age,
        [found(Some("E1085"), "It must be a whole number, such as 12.", Blocks::Sending)]
    );
    desk.set("age", "");
    desk.set("name", " ");
    assert_eq!(desk.findings(), [found(Some("E1018"), answered, Blocks::Sending)]);
}

#[test]
fn what_stands_in_a_registration_is_a_draft_that_can_be_kept() {
    let mut desk = desk(vec![], &[("name", "Amina")], vec![]);
    desk.set("birth", "2000-01-01");
    let kept = serde_json::to_string(desk.session.registration()).expect("records are JSON");
    let read: Registration = serde_json::from_str(&kept).expect("a draft can be read");
    assert_eq!(&read, desk.session.registration());
}

#[test]
fn hidden_stages_and_offered_events_are_told() {
    let stage = ActionTarget { program_stage: Some(id("birthing")), ..ActionTarget::default() };
    let hide =
        RuleAction { target: stage.clone(), ..RuleAction::new(ActionKind::HideProgramStage, None) };
    let plan = RuleAction {
        target: stage,
        ..RuleAction::new(ActionKind::ScheduleEvent, Some("d2:addDays(#{due}, 1)".to_owned()))
    };
    let written =
        vec![rule("!d2:hasValue('due')", hide), rule("d2:hasValue('due')", plan.saying("Birth"))];
    let mut desk = desk(written, &[], vec![]);
    assert_eq!(desk.opened.hidden_stages, Some(BTreeSet::from([id("birthing")])));
    assert_eq!(desk.opened.offers, Some(vec![]));
    let diff = desk.set("due", "2027-03-01");
    assert_eq!(diff.hidden_stages, Some(BTreeSet::new()));
    let offers = diff.offers.expect("an event is offered");
    assert_eq!(offers[0].kind, OfferKind::Schedule);
    assert_eq!(offers[0].program_stage, Some(id("birthing")));
    assert_eq!((offers[0].text.as_str(), offers[0].data.as_deref()), ("Birth", Some("2027-03-02")));
    assert_eq!(desk.set("name", "Amina").offers, None);
}

#[test]
fn an_enrolment_shows_what_its_events_came_to() {
    let visits = vec![
        event("first", "visit", "2026-10-01", &[("weight", "60")]),
        event("second", "visit", "2026-11-01", &[("weight", "64")]),
    ];
    let say = RuleAction::new(ActionKind::DisplayText, Some("#{weight_newest}".to_owned()));
    let desk = desk(vec![rule("true", say)], &[("birth", "2000-05-01")], visits);
    assert_eq!(shown(&desk.opened.indicators), "years=26 visits=2 newest=64 here=64");
    let said = desk.opened.announcements.expect("something is said");
    assert_eq!(said[0].text, "64");
}

/// A third visit, between the first and one that lies ahead.
fn around() -> Course {
    course(
        &[("birth", "2000-05-01"), ("risk", "HIGH")],
        vec![
            event("first", "visit", "2026-10-01", &[("weight", "60"), ("remark", "well")]),
            event("second", "birthing", "2026-10-20", &[("weight", "61")]),
            event("third", "visit", "2026-11-01", &[("weight", "62")]),
            event("later", "visit", "2026-11-20", &[("weight", "70")]),
            event("ahead", "visit", "2026-12-20", &[("weight", "99")]),
            Event { deleted: true, ..event("gone", "visit", "2026-11-02", &[("weight", "98")]) },
        ],
    )
}

fn visit(written: Vec<Rule>, course: Course) -> (EventSession, EventDiff) {
    let event = course.events[2].clone();
    let input = EventSessionInput {
        form: Arc::new(visit_form()),
        rules: rules(written),
        options: options(),
        indicators: indicators(),
        facts: Arc::new(Facts),
        event,
        organisation_unit_code: Some("CLINIC_A".to_owned()),
        others: vec![],
        course: Some(course),
        circumstances: circumstances(),
    };
    EventSession::open(input, &is_option)
}

/// What an expression comes to in the form of the third visit, by way of an assignment.
#[track_caller]
fn check_visit(expression: &str, expected: &str) {
    let say = RuleAction::new(ActionKind::DisplayText, Some(expression.to_owned()));
    let (_, opened) = visit(vec![rule("true", say)], around());
    let said = opened.announcements.expect("something is said");
    assert_eq!(said[0].text, expected, "{expression}");
}

#[test]
fn the_rules_of_a_visit_look_at_the_other_events_in_order_of_their_dates() {
    check_visit("#{weight}", "62");
    check_visit("#{weight_newest}", "70");
    check_visit("#{weight_visit}", "70");
    check_visit("#{weight_before}", "61"); // of another stage, but the one before
    check_visit("#{remark_newest}", "well");
    check_visit("d2:count('weight_newest')", "4");
    check_visit("d2:count('weight_visit')", "3");
    check_visit("d2:hasValue('remark')", "false");
    check_visit("d2:lastEventDate('weight_newest')", "2026-11-20");
    check_visit("V{event_count}", "4");
    check_visit("V{program_stage_name}", "Visit");
}

#[test]
fn the_rules_of_a_visit_look_at_the_person_and_the_enrolment() {
    check_visit("A{risk}", "HIGH");
    check_visit("#{birth}", "2000-05-01");
    check_visit("d2:daysBetween(V{enrollment_date}, V{event_date})", "61");
    check_visit("V{enrollment_status}", "ACTIVE");
    check_visit("V{program_name}", "Mothers");
}

#[test]
fn a_visit_works_out_what_changed_since_the_one_before() {
    let written =
        vec![rule("d2:hasValue('weight')", assign("gain", "#{weight} - #{weight_before}"))];
    let (mut session, opened) = visit(written, around());
    let gain = |session: &EventSession| {
        session.event().data_values.get(&uid("gain")).map(|it| it.value.clone())
    };
    assert_eq!(gain(&session).as_deref(), Some("1"));
    assert_eq!(shown(&opened.indicators), "years=26 visits=5 newest=99 here=62");
    let diff = session.set_value(uid("weight"), "65.5", &is_option).expect("in the form");
    assert_eq!(gain(&session).as_deref(), Some("4.5"));
    assert_eq!(shown(&diff.indicators), "here=65.5");
    // Moved before the birth, the first visit is the one before.
    let earlier = |event: &mut Event| event.occurred_at = Some("2026-10-10".to_owned());
    session.change_event(None, earlier, &is_option);
    assert_eq!(gain(&session).as_deref(), Some("5.5"));
    // Another visit was put right meanwhile.
    let mut course = around();
    let lighter = EventDataValue { value: "50".to_owned(), provided_elsewhere: false };
    course.events[0].data_values.insert(uid("weight"), lighter);
    session.see_course(&course, &is_option);
    assert_eq!(gain(&session).as_deref(), Some("15.5"));
}

#[test]
fn the_form_of_a_visit_does_not_touch_the_person() {
    let written = vec![
        rule("true", assign("age", "12")),
        rule("true", on(ActionKind::HideField, "risk")),
        rule("true", on(ActionKind::ShowError, "risk").saying("Not here")),
    ];
    let (session, opened) = visit(written, around());
    assert_eq!(opened.announcements, Some(vec![]));
    assert_eq!(session.completion_findings(), []);
}

fn codes(refusals: &[Refusal]) -> Vec<&'static str> {
    refusals.iter().map(|refusal| refusal.code).collect()
}

#[test]
fn the_gate_knows_what_the_server_would_refuse_an_enrolment_for() {
    let at_end = RuleAction::new(ActionKind::ErrorOnComplete, None).saying("Not yet");
    let set = rules(vec![
        rule("A{age} > 40", on(ActionKind::ShowError, "age").saying("Too old")),
        rule("true", on(ActionKind::SetMandatoryField, "due")),
        rule("true", assign("risk", "'LOW'")),
        rule("true", at_end),
        // Of visits, and of nobody: no business of the enrolment.
        rule("true", on(ActionKind::ShowError, "weight").saying("Heavy")),
        Rule {
            program_stage: Some(id("visit")),
            ..rule("1 == 1", on(ActionKind::ShowError, "age").saying("Elsewhere"))
        },
    ]);
    let form = registration_form();
    let refused = |values: &[(&str, &str)], is_completed: bool| {
        let course = course(values, vec![event("first", "visit", "2026-10-01", &[])]);
        let found = enrollment_refusals(&form, &set, &course, is_completed, &circumstances());
        codes(&found)
    };
    assert_eq!(refused(&[("due", "2027-03-01")], false), [] as [&str; 0]);
    assert_eq!(refused(&[], false), ["E1306"]);
    assert_eq!(refused(&[("age", "41"), ("risk", "HIGH")], false), ["E1300", "E1306", "E1309"]);
    assert_eq!(refused(&[("due", "2027-03-01"), ("risk", "LOW")], true), ["E1300"]);
}

#[test]
fn the_gate_knows_what_the_server_would_refuse_a_visit_for() {
    let set = rules(vec![
        rule("#{weight_before} > 60", on(ActionKind::ShowError, "weight").saying("Before")),
        rule("A{risk} == 'HIGH'", on(ActionKind::SetMandatoryField, "remark")),
        rule("true", assign("gain", "#{weight} - #{weight_before}")),
        rule("true", on(ActionKind::ShowError, "age").saying("Of the person")),
    ]);
    let form = visit_form();
    let refused = |change: fn(&mut Event)| {
        let course = around();
        let mut event = course.events[2].clone();
        change(&mut event);
        codes(&event_refusals(&form, &set, &event, &course, true, &circumstances()))
    };
    assert_eq!(refused(|_| {}), ["E1300", "E1301"]);
    assert_eq!(
        refused(|event| {
            let value =
                |text: &str| EventDataValue { value: text.into(), provided_elsewhere: false };
            event.occurred_at = Some("2026-10-10".to_owned());
            event.data_values.insert(uid("remark"), value("tired"));
            event.data_values.insert(uid("gain"), value("3"));
        }),
        ["E1307"] // 62 less 60 is 2
    );
}
