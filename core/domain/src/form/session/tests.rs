//! A visit form with rules: fever asks for a test, a number is worked out, options come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::data::{Event, EventStatus};
use crate::expression::{Date, ValueType as RuleType};
use crate::form::event::{EventForm, EventFormInput, build};
use crate::indicator::{InForm, ProgramFacts, ProgramIndicatorSet};
use crate::metadata::{
    AnalyticsType, DataElement, Program, ProgramIndicator, ProgramStage, ProgramStageDataElement,
    ProgramStageSection,
};
use crate::rules::{
    ActionKind, ActionTarget, Circumstances, EngineVersion, Rule, RuleAction, RuleSet,
    RuleVariable, Supplementary, VariableSource,
};
use crate::samples::{self, answers, data_element, rule, uid};
use crate::uid::{DataElementUid, OptionSetUid};
use crate::value_type::ValueType;

fn id(name: &str) -> String {
    format!("{name:0<11}")
}

const QUESTIONS: [(&str, ValueType); 7] = [
    ("fever", ValueType::Boolean),
    ("test", ValueType::Text),
    ("weight", ValueType::Number),
    ("height", ValueType::Number),
    ("bmi", ValueType::Number),
    ("remark", ValueType::Text),
    ("weeks", ValueType::Integer),
];

fn form(compulsory: &[&str]) -> EventForm {
    let element = |(name, value_type): (&str, ValueType)| DataElement {
        option_set: (name == "test").then(|| uid("results")),
        ..data_element(name, value_type)
    };
    let question = |(at, (name, _)): (usize, (&str, ValueType))| ProgramStageDataElement {
        data_element: uid(name),
        compulsory: compulsory.contains(&name),
        allow_future_date: false,
        sort_order: at as i64,
    };
    let section = |name: &str, elements: &[&str]| ProgramStageSection {
        id: uid(name),
        program_stage: uid("visit"),
        name: name.to_owned(),
        description: None,
        sort_order: 1,
        data_elements: elements.iter().map(|name| uid(name)).collect(),
    };
    let input = EventFormInput {
        program: Program { program_stages: vec![uid("visit")], ..samples::program("visits") },
        program_stage: ProgramStage {
            data_elements: QUESTIONS.into_iter().enumerate().map(question).collect(),
            ..samples::stage("visit", "visits")
        },
        sections: vec![section("body", &["weight", "height", "bmi"])],
        data_elements: QUESTIONS.into_iter().map(|it| (uid(it.0), element(it))).collect(),
        option_sets: BTreeMap::new(),
    };
    build(&input).0
}

fn on(kind: ActionKind, field: &str) -> RuleAction {
    RuleAction::new(kind, None).on(&id(field))
}

fn assign(field: &str, expression: &str) -> RuleAction {
    RuleAction::new(ActionKind::Assign, Some(expression.to_owned())).on(&id(field))
}

fn option_action(kind: ActionKind, option: Option<&str>, group: Option<&str>) -> RuleAction {
    let target = ActionTarget {
        option: option.map(id),
        option_group: group.map(id),
        ..ActionTarget::default()
    };
    RuleAction { target, ..on(kind, "test") }
}

struct Facts;

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        Date::parse("2026-05-20")
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        QUESTIONS.iter().find(|(name, _)| uid::<DataElementUid>(name) == element).map(|it| it.1)
    }
}

fn is_option(_: OptionSetUid, code: &str) -> bool {
    matches!(code, "POS" | "NEG" | "NONE")
}

struct Desk {
    session: EventSession,
    opened: EventDiff,
}

fn desk(rules: Vec<Rule>, compulsory: &[&str], given: &[(&str, &str)]) -> Desk {
    let variable = |(name, value_type): (&str, ValueType)| RuleVariable {
        name: name.to_owned(),
        source: VariableSource::CurrentEvent(id(name)),
        value_type: match value_type {
            ValueType::Boolean => RuleType::Boolean,
            ValueType::Text => RuleType::Text,
            _ => RuleType::Number,
        },
        option_names: vec![],
    };
    let variables = QUESTIONS.into_iter().map(variable).collect();
    let set = RuleSet::compile(rules, variables, &BTreeMap::new(), EngineVersion::V3_4);
    let event = Event {
        occurred_at: Some("2026-05-20".to_owned()),
        data_values: answers(given),
        ..samples::event("event", "visits", "visit")
    };
    let indicator = ProgramIndicator {
        id: uid("double"),
        name: "Double".to_owned(),
        description: None,
        program: uid("visits"),
        expression: format!("#{{{}.{}}} * 2", id("visit"), id("weight")),
        filter: None,
        aggregation_type: "SUM".to_owned(),
        analytics_type: AnalyticsType::Event,
        decimals: None,
        display_in_form: true,
        boundaries: vec![],
        legend_sets: vec![],
    };
    let (session, opened) = EventSession::open(
        EventSessionInput {
            form: Arc::new(form(compulsory)),
            rules: Arc::new(set),
            options: Arc::new(RuleOptions {
                codes: [(id("opos"), "POS".to_owned())].into(),
                groups: [(id("gneg"), BTreeSet::from(["NEG".to_owned()]))].into(),
            }),
            indicators: ProgramIndicatorSet::new([&indicator]).0,
            facts: Arc::new(Facts),
            event,
            organisation_unit_code: None,
            others: vec![],
            course: None,
            circumstances: Circumstances {
                today: Date::parse("2026-05-20").expect("a date"),
                supplementary: Supplementary::default(),
            },
        },
        &is_option,
    );
    Desk { session, opened }
}

impl Desk {
    fn set(&mut self, name: &str, text: &str) -> EventDiff {
        self.session.set_value(uid(name), text, &is_option).expect("the question is in the form")
    }

    /// The record's answers, `name=value` in form order.
    fn record(&self) -> String {
        let values = &self.session.event().data_values;
        let given = QUESTIONS.iter().filter_map(|(name, _)| {
            values.get(&uid(name)).map(|answer| format!("{name}={}", answer.value))
        });
        given.collect::<Vec<_>>().join(" ")
    }

    fn state(&self, name: &str) -> FieldState {
        self.session.field(uid(name)).cloned().expect("the question is in the form")
    }

    fn hidden(&self) -> String {
        let hidden = QUESTIONS.iter().filter(|(name, _)| self.state(name).is_hidden);
        hidden.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }

    fn findings(&self) -> Vec<(String, bool)> {
        let findings = self.session.completion_findings().into_iter();
        findings.map(|finding| (finding.words, finding.blocks)).collect()
    }
}

fn changed(diff: &EventDiff) -> String {
    let name = |field: &DataElementUid| field.as_str().trim_end_matches('0').to_owned();
    diff.fields.iter().map(|(field, _)| name(field)).collect::<Vec<_>>().join(" ")
}

fn hide_test() -> Rule {
    rule("!#{fever}", on(ActionKind::HideField, "test"))
}

#[test]
fn opening_shows_everything_and_runs_the_rules() {
    let desk = desk(vec![hide_test()], &[], &[("weight", "10")]);
    assert_eq!(changed(&desk.opened), "weight height bmi fever test remark weeks");
    assert_eq!(desk.hidden(), "test");
    assert_eq!(desk.opened.indicators, [(uid("double"), InForm::Shown("20".to_owned()))]);
}

#[test]
fn an_edit_tells_only_what_it_changed() {
    let mut desk = desk(vec![hide_test()], &[], &[]);
    assert_eq!(changed(&desk.set("fever", "true")), "fever test");
    assert_eq!(desk.hidden(), "");
    assert_eq!(changed(&desk.set("remark", "late")), "remark");
    assert_eq!(changed(&desk.set("remark", "late")), "");
    assert_eq!(
        desk.set("weight", "4").indicators,
        [(uid("double"), InForm::Shown("8".to_owned()))]
    );
}

#[test]
fn a_hidden_question_loses_its_answer_and_keeps_it_at_hand() {
    let mut desk = desk(vec![hide_test()], &[], &[("fever", "true"), ("test", "POS")]);
    assert_eq!(desk.record(), "fever=true test=POS");
    desk.set("fever", "false");
    assert_eq!(desk.record(), "fever=false");
    assert_eq!(desk.state("test").set_aside.as_deref(), Some("POS"));
    desk.set("fever", "true");
    assert_eq!(desk.state("test").set_aside.as_deref(), Some("POS"));
    desk.set("test", "POS");
    assert_eq!(desk.record(), "fever=true test=POS");
    assert_eq!(desk.state("test").set_aside, None);
}

#[test]
fn a_mandatory_question_is_never_hidden() {
    let answers = [("fever", "false"), ("test", "POS")];
    let by_form = desk(vec![hide_test()], &["test"], &answers);
    assert_eq!((by_form.hidden(), by_form.record()), ("".into(), "fever=false test=POS".into()));
    let rules = vec![hide_test(), rule("true", on(ActionKind::SetMandatoryField, "test"))];
    let by_rule = desk(rules, &[], &answers);
    assert_eq!((by_rule.hidden(), by_rule.record()), ("".into(), "fever=false test=POS".into()));
}

#[test]
fn a_hidden_section_hides_its_questions_and_keeps_their_answers() {
    let target = ActionTarget { section: Some(id("body")), ..ActionTarget::default() };
    let action = RuleAction { target, ..RuleAction::new(ActionKind::HideSection, None) };
    let mut desk = desk(vec![rule("#{fever}", action)], &[], &[("weight", "10")]);
    let diff = desk.set("fever", "true");
    assert_eq!(desk.hidden(), "weight height bmi");
    assert_eq!(desk.record(), "fever=true weight=10");
    assert_eq!(diff.sections, [SectionState { id: Some(uid("body")), is_hidden: true }]);
    let diff = desk.set("fever", "");
    assert_eq!(diff.sections, [SectionState { id: Some(uid("body")), is_hidden: false }]);
}

#[test]
fn an_assigned_value_follows_what_it_is_computed_from() {
    let rules = vec![rule("#{weight} > 0", assign("bmi", "#{weight} * 2"))];
    let mut desk = desk(rules, &[], &[]);
    assert!(!desk.state("bmi").is_assigned);
    assert_eq!(changed(&desk.set("weight", "20")), "weight bmi");
    assert_eq!(desk.record(), "weight=20 bmi=40");
    assert!(desk.state("bmi").is_assigned);
    desk.set("bmi", "7");
    assert_eq!(desk.record(), "weight=20 bmi=40");
}

#[test]
fn a_value_that_is_assigned_stays_though_its_question_is_hidden() {
    let rules = vec![
        rule("true", on(ActionKind::HideField, "bmi")),
        rule("#{weight} > 0", assign("bmi", "#{weight}")),
    ];
    let mut desk = desk(rules, &[], &[]);
    desk.set("weight", "20");
    assert_eq!((desk.record().as_str(), desk.hidden().as_str()), ("weight=20 bmi=20", "bmi"));
}

#[test]
fn an_assigned_text_that_is_no_option_counts_as_none() {
    let mut desk = desk(vec![rule("#{fever}", assign("test", "'MAYBE'"))], &[], &[]);
    desk.set("fever", "true");
    assert_eq!(desk.record(), "fever=true");
    let mut desk = self::desk(vec![rule("#{fever}", assign("test", "'NEG'"))], &[], &[]);
    desk.set("fever", "true");
    assert_eq!(desk.record(), "fever=true test=NEG");
}

#[test]
fn rules_that_feed_themselves_are_named() {
    let mut desk = desk(vec![rule("#{weight} > 0", assign("weight", "#{weight} + 1"))], &[], &[]);
    assert_eq!(desk.set("weight", "1").looping, ["#{weight} > 0"]);
}

#[test]
fn an_answer_whose_option_is_hidden_is_taken_out() {
    let rules = vec![rule("#{fever}", option_action(ActionKind::HideOption, Some("opos"), None))];
    let mut desk = desk(rules, &[], &[("test", "POS")]);
    assert!(desk.state("test").options.allows("POS"));
    desk.set("fever", "true");
    assert!(!desk.state("test").options.allows("POS"));
    assert_eq!(desk.record(), "fever=true");
    assert_eq!(desk.state("test").set_aside.as_deref(), Some("POS"));
}

#[test]
fn a_shown_group_leaves_only_its_options_and_a_hidden_group_beats_it() {
    let show = rule("#{fever}", option_action(ActionKind::ShowOptionGroup, None, Some("gneg")));
    let hide =
        rule("#{weight} > 1", option_action(ActionKind::HideOptionGroup, None, Some("gneg")));
    let mut desk = desk(vec![show, hide], &[], &[]);
    desk.set("fever", "true");
    let allowed = |desk: &Desk| ["POS", "NEG"].map(|code| desk.state("test").options.allows(code));
    assert_eq!(allowed(&desk), [false, true]);
    desk.set("weight", "2");
    assert_eq!(allowed(&desk), [false, false]);
    desk.set("fever", "");
    assert_eq!(allowed(&desk), [true, false]);
}

#[test]
fn a_text_that_is_no_answer_stays_in_its_field_and_out_of_the_record() {
    let mut desk = desk(vec![], &[], &[("weight", "10")]);
    desk.set("weight", "ten");
    let state = desk.state("weight");
    assert_eq!((state.value.as_deref(), state.problem.is_some()), (Some("ten"), true));
    assert_eq!(desk.record(), "");
    assert!(desk.findings().iter().any(|(_, blocks)| *blocks));
    desk.set("weight", "11");
    assert_eq!((desk.record().as_str(), desk.findings().len()), ("weight=11", 0));
}

#[test]
fn errors_block_completing_and_warnings_do_not() {
    let rules = vec![
        rule("#{weight} > 100", on(ActionKind::ShowError, "weight").saying("Too heavy:")),
        rule("#{weight} > 50", on(ActionKind::ShowWarning, "weight").saying("Heavy")),
        rule("#{weeks} > 40", RuleAction::new(ActionKind::ErrorOnComplete, None).saying("Weeks")),
    ];
    let mut desk = desk(rules, &["fever"], &[("fever", "true")]);
    desk.set("weight", "60");
    assert_eq!(desk.findings(), [("Heavy".to_owned(), false)]);
    assert_eq!(desk.state("weight").warnings, ["Heavy"]);
    desk.set("weight", "101");
    assert_eq!(desk.state("weight").errors, ["Too heavy:"]);
    let diff = desk.set("weeks", "41");
    let said = diff.announcements.expect("an announcement came");
    assert_eq!((said[0].kind, said[0].text.as_str()), (AnnouncementKind::Error, "Weeks"));
    let expected =
        [("Too heavy:", true), ("Heavy", false), ("Weeks", true)].map(|it| (it.0.to_owned(), it.1));
    assert_eq!(desk.findings(), expected);
    desk.set("fever", "");
    assert!(desk.findings().contains(&("This must be answered.".to_owned(), true)));
}

#[test]
fn texts_key_values_and_broken_rules_are_announced() {
    let show = |kind, data: &str| {
        let action = RuleAction::new(kind, Some(data.to_owned())).saying("Weight");
        let target = ActionTarget { location: Some("feedback".into()), ..ActionTarget::default() };
        RuleAction { target, ..action }
    };
    let rules = vec![
        rule("#{weight} > 0", show(ActionKind::DisplayKeyValuePair, "#{weight} + 1")),
        rule("#{weight} > 1", show(ActionKind::DisplayText, "'kg'")),
        rule("#{weight", on(ActionKind::HideField, "bmi")),
    ];
    let mut desk = desk(rules, &[], &[]);
    let opened = desk.opened.announcements.clone().expect("everything is told at opening");
    assert_eq!(opened.iter().map(|it| it.kind).collect::<Vec<_>>(), [AnnouncementKind::Broken]);
    let said = desk.set("weight", "2").announcements.expect("announcements came");
    let shown: Vec<_> = said.iter().map(|it| (it.text.as_str(), it.value.as_deref())).collect();
    assert_eq!(shown[..2], [("Weight kg", None), ("Weight", Some("3"))]);
    assert_eq!(said[0].location.as_deref(), Some("feedback"));
    assert_eq!(desk.set("remark", "x").announcements, None);
}

#[test]
fn a_change_of_the_record_itself_runs_the_rules_that_look_at_it() {
    let rules = vec![rule("V{event_status} == 'COMPLETED'", on(ActionKind::HideField, "remark"))];
    let mut desk = desk(rules, &[], &[("remark", "x")]);
    assert_eq!(desk.hidden(), "");
    let complete = |event: &mut Event| event.status = EventStatus::Completed;
    let diff = desk.session.change_event(None, complete, &is_option);
    assert_eq!(changed(&diff), "remark");
    assert_eq!((desk.hidden().as_str(), desk.record().as_str()), ("remark", ""));
}

#[test]
fn a_question_that_is_not_in_the_form_cannot_be_answered() {
    let mut desk = desk(vec![], &[], &[]);
    assert_eq!(desk.session.set_value(uid("foreign"), "1", &is_option), None);
}
