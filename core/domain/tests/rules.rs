//! What program rules do, by the expressions reference 4 and 8, and what the server refuses.

use std::collections::BTreeMap;

use outpost_domain::data::EventStatus;
use outpost_domain::expression::{Date, ValueType};
use outpost_domain::metadata::{
    Constant, ProgramRule, ProgramRuleAction, ProgramRuleVariable, RuleField, ValidationStrategy,
};
use outpost_domain::rules::{
    ActionKind, Circumstances, Effect, EngineVersion, GateField, GateRecord, Moment,
    ProgramMetadata, Rule, RuleAction, RuleEnrollment, RuleEvent, RuleSet, RuleVariable, Subject,
    Supplementary, VariableSource, are_rules_enforced,
};
use outpost_domain::uid::{DataElementUid, OptionSetUid, ProgramUid, Uid};
use outpost_domain::value_type;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn circumstances() -> Circumstances {
    let groups = [("GRP".to_owned(), vec!["OU1".to_owned()])];
    Circumstances {
        today: date("2024-06-15"),
        supplementary: Supplementary::new(vec!["group".to_owned()], vec![], groups),
    }
}

fn event(id: &str, at: Option<&str>, values: &[(&str, &str)]) -> RuleEvent {
    let owned = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
    RuleEvent {
        id: id.to_owned(),
        program_stage: "PS1".to_owned(),
        program_stage_name: "First".to_owned(),
        status: "ACTIVE".to_owned(),
        occurred_at: at.and_then(Moment::parse),
        created_at: Moment::parse("2024-01-01").expect("a date"),
        due_date: None,
        completed_date: None,
        organisation_unit: "OU1".to_owned(),
        organisation_unit_code: None,
        data_values: values.iter().map(owned).collect(),
    }
}

fn enrollment() -> RuleEnrollment {
    RuleEnrollment {
        id: "EN1".to_owned(),
        program_name: "Child".to_owned(),
        incident_date: date("2024-01-01"),
        enrollment_date: date("2024-01-02"),
        status: "ACTIVE".to_owned(),
        organisation_unit: "OU9".to_owned(),
        organisation_unit_code: None,
        attribute_values: vec![("TEA1".to_owned(), "Amina".to_owned())],
    }
}

fn variable(name: &str, source: VariableSource, value_type: ValueType) -> RuleVariable {
    RuleVariable { name: name.to_owned(), source, value_type, option_names: vec![] }
}

fn variables() -> Vec<RuleVariable> {
    let de1 = || "DE1".to_owned();
    let names = [("M", "Male"), ("F", "Female"), ("M", "Again")];
    let names = names.map(|(code, name)| (code.to_owned(), name.to_owned()));
    vec![
        variable("now", VariableSource::CurrentEvent(de1()), ValueType::Number),
        variable("before", VariableSource::PreviousEvent(de1()), ValueType::Number),
        variable("newest", VariableSource::NewestEvent(de1()), ValueType::Number),
        RuleVariable {
            option_names: names.to_vec(),
            ..variable("sex", VariableSource::NewestEvent("DE2".to_owned()), ValueType::Text)
        },
        variable("day", VariableSource::CurrentEvent("DE3".to_owned()), ValueType::Date),
        variable("name", VariableSource::Attribute("TEA1".to_owned()), ValueType::Text),
        variable("temperature", VariableSource::CurrentEvent(de1()), ValueType::Number),
        variable("event_status", VariableSource::CurrentEvent("DE2".to_owned()), ValueType::Text),
        variable("sum", VariableSource::Calculated, ValueType::Number),
    ]
}

fn rule(id: &str, priority: Option<i32>, condition: &str, actions: Vec<RuleAction>) -> Rule {
    Rule {
        id: id.to_owned(),
        name: id.to_owned(),
        condition: condition.to_owned(),
        priority,
        program_stage: None,
        actions,
    }
}

fn show(data: &str) -> RuleAction {
    RuleAction::new(ActionKind::DisplayText, Some(data.to_owned()))
}

fn assign(data: &str) -> RuleAction {
    RuleAction::new(ActionKind::Assign, Some(data.to_owned()))
}

fn compile(rules: Vec<Rule>, version: EngineVersion) -> RuleSet {
    let constants = BTreeMap::from([("Const000001".to_owned(), "3.5".to_owned())]);
    RuleSet::compile(rules, variables(), &constants, version)
}

/// Effects as texts: rule and data, `!rule` for what failed.
fn written(set: &RuleSet, effects: &[Effect]) -> Vec<String> {
    let id = |effect: &Effect| set.rules()[effect.rule()].id.clone();
    let one = |effect: &Effect| match effect {
        Effect::Action { data, .. } => {
            format!("{}: {}", id(effect), data.as_deref().unwrap_or("-"))
        }
        Effect::Failed { .. } => format!("!{}", id(effect)),
    };
    effects.iter().map(one).collect()
}

fn history() -> [RuleEvent; 3] {
    [
        event("EV1", Some("2024-03-10"), &[("DE1", "5"), ("DE2", "F")]),
        event("EV2", Some("2024-02-10"), &[("DE1", "4"), ("DE2", "M")]),
        event("EV3", Some("2024-04-10"), &[("DE1", "6"), ("DE2", "M")]),
    ]
}

#[track_caller]
fn check_rules(rules: Vec<Rule>, expected: &[&str]) {
    let set = compile(rules, EngineVersion::V3_4);
    let [event, others @ ..] = history();
    let effects = set.evaluate_event(&event, Some(&enrollment()), &others, &circumstances());
    assert_eq!(written(&set, &effects), expected);
}

/// The data of one action in an event with history.
#[track_caller]
fn check(expression: &str, expected: &str) {
    let expected = format!("R: {expected}");
    check_rules(vec![rule("R", None, "true", vec![show(expression)])], &[&expected]);
}

#[test]
fn variables_take_their_values_from_their_sources() {
    check("#{now}", "5");
    check("#{before}", "4");
    check("#{newest}", "6");
    check("#{name}", "Amina");
    check("C{Const000001} * 2", "7");
}

#[test]
fn histories_hold_raw_codes_and_those_of_previous_events_also_the_future() {
    check("d2:count(#{before})", "3");
    check("d2:maxValue(#{before})", "6");
    check("#{sex}", "Male");
    check("d2:countIfValue(#{sex}, 'M')", "2");
    check("d2:countIfValue(#{sex}, 'Male')", "0");
    check("d2:lastEventDate('before')", "2024-02-10");
}

#[test]
fn a_missing_value_has_the_default_of_its_type() {
    check("#{day} == null", "true");
    check("#{sum} == 0", "true");
    check("d2:hasValue(#{sum})", "false");
}

#[test]
fn only_dates_and_texts_are_read_as_dates() {
    let stored = event("EV1", Some("2024-03-10"), &[("DE3", "2024-03-01"), ("DE1", "2024-03-01")]);
    let days = |name| show(&format!("d2:daysBetween(#{{{name}}}, '2024-03-10')"));
    let set =
        compile(vec![rule("R", None, "true", vec![days("day"), days("now")])], EngineVersion::V3_4);
    let effects = set.evaluate_event(&stored, None, &[], &circumstances());
    assert_eq!(written(&set, &effects), ["!R", "R: 9"]);
}

#[test]
fn the_environment_is_known_and_can_be_hidden() {
    check("V{environment}", "Server");
    check("V{event_count}", "3");
    check("V{current_date}", "2024-06-15");
    check("V{org_unit}", "OU1");
    check("V{tei_count}", "1");
    check("V{event_status}", "F");
    check("d2:inOrgUnitGroup('GRP')", "true");
    check("d2:inUserGroup('group')", "true");
}

#[test]
fn a_name_that_looks_like_an_id_is_one_and_unknown_ids_are_nothing() {
    check("#{temperature}", "5");
    check("#{abcdefghijk}", "-");
}

#[test]
fn only_what_is_literally_true_applies() {
    let rules = ["true", "'TRUE'", "1", "", "#{now} > 4", "null"];
    let rules = rules.map(|condition| rule(condition, None, condition, vec![show("1")]));
    check_rules(rules.to_vec(), &["true: 1", "'TRUE': 1", "#{now} > 4: 1"]);
}

#[test]
fn rules_run_by_priority_and_those_without_come_last() {
    let rules = [("none", None), ("ten", Some(10)), ("first", Some(-1)), ("tenth", Some(10))];
    let rules = rules.map(|(id, priority)| rule(id, priority, "true", vec![show("1")]));
    check_rules(rules.to_vec(), &["first: 1", "ten: 1", "tenth: 1", "none: 1"]);
}

#[test]
fn assigned_variables_are_seen_by_later_rules_and_show_nothing() {
    let rules = vec![
        rule("A", Some(1), "true", vec![show("#{sum}"), assign("2 + 3").saying("#{sum}")]),
        rule("B", Some(2), "#{sum} == 5", vec![show("d2:count(#{sum})"), show("#{sum} + 1")]),
    ];
    check_rules(rules, &["A: 0", "B: 0", "B: 6"]);
}

#[test]
fn an_assigned_field_is_seen_under_its_id_but_not_by_the_variables_on_it() {
    let rules = vec![
        rule("A", Some(1), "true", vec![assign("#{now} * 2").on("DE1"), assign("''").on("DE9")]),
        rule("B", Some(2), "true", vec![show("#{DE1}"), show("#{now}")]),
    ];
    check_rules(rules, &["A: 10", "A: -", "B: 10", "B: 5"]);
}

#[test]
fn whole_numbers_are_held_within_32_bits_and_others_written_as_java_does() {
    check("8.0", "8");
    check("3000000000", "2147483647");
    check("0.0000001", "1.0E-7");
}

#[test]
fn what_fails_is_reported_before_what_the_rule_does_and_stops_nothing() {
    let actions =
        vec![show("1"), show("#{nope}"), assign("1").saying("sum"), show("1 +"), show("2")];
    let rules = vec![rule("A", Some(1), "true", actions), rule("B", Some(2), "1 +", vec![])];
    let set = compile(rules.clone(), EngineVersion::V3_4);
    assert_eq!(set.problems().len(), 2);
    assert_eq!(
        set.problems()[0].to_string(),
        format!("rule `A`, action 4: {}", set.problems()[0].problem)
    );
    check_rules(rules, &["!A", "!A", "!A", "A: 1", "A: 2", "!B"]);
}

#[test]
fn an_unknown_type_of_action_is_kept() {
    let action = RuleAction::new(ActionKind::from_name("SOMETHINGNEW"), None);
    assert_eq!(action.kind.name(), "SOMETHINGNEW");
    check_rules(vec![rule("A", None, "true", vec![action])], &["A: "]);
}

#[test]
fn an_event_without_date_is_the_newest_and_its_date_nothing() {
    let set = compile(
        vec![rule("R", None, "true", vec![show("#{newest}"), show("V{event_date}")])],
        EngineVersion::V3_4,
    );
    let dateless = event("EV9", None, &[("DE1", "9")]);
    let effects = set.evaluate_event(&dateless, None, &history(), &circumstances());
    assert_eq!(written(&set, &effects), ["R: 9", "R: -"]);
}

fn scoped() -> Vec<Rule> {
    let of = |subject| RuleAction { subject, ..show("1") };
    let staged = |id: &str, stage: &str| Rule {
        program_stage: Some(stage.to_owned()),
        ..rule(id, None, "true", vec![show("1")])
    };
    vec![
        rule("any", None, "true", vec![of(Subject::Any)]),
        rule("element", None, "true", vec![of(Subject::DataElement)]),
        rule("attribute", None, "true", vec![of(Subject::Attribute)]),
        rule("neither", None, "true", vec![of(Subject::Neither)]),
        staged("first", "PS1"),
        staged("second", "PS2"),
    ]
}

#[test]
fn an_import_leaves_out_other_stages_and_the_other_kind_of_record() {
    let set = compile(scoped(), EngineVersion::V3_4);
    let [event, ..] = history();
    let all = set.evaluate_all(Some(&enrollment()), &[event], &circumstances());
    assert_eq!(all[0].event, None);
    assert_eq!(written(&set, &all[0].effects), ["any: 1", "attribute: 1"]);
    assert_eq!(all[1].event, Some(0));
    assert_eq!(written(&set, &all[1].effects), ["any: 1", "element: 1", "first: 1"]);
}

#[test]
fn a_single_record_is_filtered_by_newer_engines_only() {
    let [event, ..] = history();
    let run = |version| {
        let set = compile(scoped(), version);
        let effects = set.evaluate_event(&event, None, &[], &circumstances());
        written(&set, &effects).len()
    };
    assert_eq!(run(EngineVersion::of_server(42)), 6);
    assert_eq!(run(EngineVersion::of_server(43)), 3);
}

#[test]
fn newer_engines_show_assigned_variables_on_the_field_behind_and_order_actions() {
    let actions = vec![
        RuleAction { priority: Some(2), ..assign("7").saying("#{now}") },
        RuleAction { priority: Some(1), ..assign("'B'").saying("A{name}") },
    ];
    let rules = vec![rule("A", None, "true", actions)];
    let [event, ..] = history();
    let set = compile(rules.clone(), EngineVersion::V3_4);
    let old = set.evaluate_event(&event, None, &[], &circumstances());
    assert_eq!(written(&set, &old), ["!A"]);
    let set = compile(rules, EngineVersion::V3_8);
    let new = set.evaluate_event(&event, None, &[], &circumstances());
    assert_eq!(written(&set, &new), ["A: B", "A: 7"]);
    assert_eq!(set.field_of(0, 0), Some(("TEA1", Subject::Attribute)));
    assert_eq!(set.field_of(0, 1), Some(("DE1", Subject::DataElement)));
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("a uid")
}

fn metadata_rule(id: &str, condition: &str) -> ProgramRule {
    ProgramRule {
        id: uid(id),
        name: id.to_owned(),
        program: ProgramUid(uid("prChild0001")),
        program_stage: None,
        priority: Some(1),
        condition: condition.to_owned(),
    }
}

fn metadata_action(rule: &str, action_type: &str, data: Option<&str>) -> ProgramRuleAction {
    ProgramRuleAction {
        id: uid("praSome0001"),
        program_rule: uid(rule),
        action_type: action_type.to_owned(),
        content: None,
        display_content: None,
        data: data.map(str::to_owned),
        location: None,
        priority: None,
        data_element: None,
        tracked_entity_attribute: None,
        program_stage: None,
        program_stage_section: None,
        option: None,
        option_group: None,
    }
}

fn metadata_variable(name: &str, element: &str, source_type: &str) -> ProgramRuleVariable {
    ProgramRuleVariable {
        id: uid("prvSome0001"),
        name: name.to_owned(),
        program: ProgramUid(uid("prChild0001")),
        source_type: source_type.to_owned(),
        data_element: Some(DataElementUid(uid(element))),
        tracked_entity_attribute: None,
        program_stage: None,
        use_code_for_option_set: false,
        value_type: None,
    }
}

/// The rule of captures 104b and 139: a weight that is too high, as a server holds it.
fn weight_rules(action_type: &str) -> RuleSet {
    let data = Some("29000").filter(|_| action_type == "ASSIGN");
    let action = ProgramRuleAction {
        content: Some("Weight above 30 kg is not plausible".to_owned()),
        data_element: Some(DataElementUid(uid("deTrWeight1"))),
        ..metadata_action("prlWeight01", action_type, data)
    };
    let metadata = ProgramMetadata {
        rules: &[metadata_rule("prlWeight01", "#{weight} > C{coLimit0001}")],
        actions: &[action],
        variables: &[metadata_variable("weight", "deTrWeight1", "DATAELEMENT_CURRENT_EVENT")],
        constants: &[Constant { id: uid("coLimit0001"), name: "Limit".to_owned(), value: 30000.0 }],
        field: &|_| Some(RuleField { value_type: value_type::ValueType::Number, option_set: None }),
        options: &|_| vec![],
    };
    let rules = metadata.compile(EngineVersion::of_server(42));
    assert!(rules.unknown_sources.is_empty());
    rules.set
}

#[track_caller]
fn check_gate(action_type: &str, is_completed: bool, value: Option<&str>, expected: &[&str]) {
    let set = weight_rules(action_type);
    let event = event("EV1", Some("2026-11-02"), &[("deTrWeight1", "41000")]);
    let effects = set.evaluate_event(&event, None, &[], &circumstances());
    let record = GateRecord {
        is_completed,
        subject: Subject::DataElement,
        rules_overwrite: false,
        field: &|field| (field == "deTrWeight1").then_some(GateField { value, is_numeric: true }),
    };
    let refusals = set.refusals(&effects, &record);
    let words = |refusal: &outpost_domain::rules::Refusal| {
        assert_eq!(refusal.rule, "prlWeight01");
        assert_eq!(refusal.field.as_deref(), Some("deTrWeight1"));
        format!("{} {}", refusal.code, refusal.words)
    };
    assert_eq!(refusals.iter().map(words).collect::<Vec<_>>(), expected);
}

#[test]
fn the_gate_says_before_sending_what_the_server_would_refuse() {
    let shown = "E1300 Weight above 30 kg is not plausible";
    check_gate("SHOWERROR", true, Some("41000"), &[shown]);
    check_gate("SHOWERROR", false, Some("41000"), &[shown]);
    check_gate("ERRORONCOMPLETE", true, Some("41000"), &[shown]);
    check_gate("ERRORONCOMPLETE", false, Some("41000"), &[]);
    check_gate("SETMANDATORYFIELD", true, None, &["E1301 This field must be filled in."]);
    check_gate("SETMANDATORYFIELD", true, Some("41000"), &[]);
    let assigned = "E1307 This field must be empty or hold what the form computes.";
    check_gate("ASSIGN", true, Some("41000"), &[assigned]);
    check_gate("ASSIGN", true, Some("29000.0"), &[]);
    check_gate("ASSIGN", true, None, &[]);
    for kind in ["SHOWWARNING", "WARNINGONCOMPLETE", "HIDEFIELD", "SOMETHINGNEW"] {
        check_gate(kind, true, Some("41000"), &[]);
    }
}

#[test]
fn a_field_outside_the_stage_refuses_nothing() {
    let set = weight_rules("SHOWERROR");
    let event = event("EV1", Some("2026-11-02"), &[("deTrWeight1", "41000")]);
    let effects = set.evaluate_event(&event, None, &[], &circumstances());
    let record = GateRecord {
        is_completed: true,
        subject: Subject::DataElement,
        rules_overwrite: false,
        field: &|_| None,
    };
    assert_eq!(effects.len(), 1);
    assert_eq!(set.refusals(&effects, &record), vec![]);
}

#[test]
fn rules_are_enforced_where_mandatory_elements_are() {
    let (late, always) = (ValidationStrategy::OnComplete, ValidationStrategy::OnUpdateAndInsert);
    assert!(!are_rules_enforced(EventStatus::Active, late));
    assert!(are_rules_enforced(EventStatus::Completed, late));
    assert!(are_rules_enforced(EventStatus::Active, always));
    assert!(!are_rules_enforced(EventStatus::Schedule, always));
}

#[track_caller]
fn check_metadata(source_type: &str, uses_code: bool, expected: &str, unknown: usize) {
    let variable = ProgramRuleVariable {
        use_code_for_option_set: uses_code,
        ..metadata_variable("sex", "deEvGender1", source_type)
    };
    let metadata = ProgramMetadata {
        rules: &[metadata_rule("prlGender01", "true")],
        actions: &[
            metadata_action("prlGender01", "DISPLAYTEXT", Some("#{sex}")),
            metadata_action("prlOther001", "DISPLAYTEXT", Some("#{sex}")),
        ],
        variables: &[variable],
        constants: &[],
        field: &|_| {
            let option_set = Some(OptionSetUid(uid("osGender001")));
            Some(RuleField { value_type: value_type::ValueType::Text, option_set })
        },
        options: &|_| vec![("M".to_owned(), "Male".to_owned())],
    };
    let rules = metadata.compile(EngineVersion::V3_4);
    let event = event("EV1", Some("2024-01-01"), &[("deEvGender1", "M")]);
    let effects = rules.set.evaluate_event(&event, None, &[], &circumstances());
    assert_eq!(written(&rules.set, &effects), [format!("prlGender01: {expected}")]);
    assert_eq!(rules.unknown_sources.len(), unknown);
}

#[test]
fn options_are_named_unless_the_variable_uses_codes() {
    check_metadata("DATAELEMENT_CURRENT_EVENT", false, "Male", 0);
    check_metadata("DATAELEMENT_CURRENT_EVENT", true, "M", 0);
}

#[test]
fn a_variable_of_an_unknown_source_has_no_value_and_is_reported() {
    check_metadata("SOMETHING_NEW", false, "", 1);
}
