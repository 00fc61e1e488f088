//! A form that is followed edit by edit shows what a run over the whole edited record gives: seeded
//! rule sets, records and edits. A failure prints its seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use outpost_domain::expression::{Date, ValueType};
use outpost_domain::rules::{
    ActionKind, Circumstances, Effect, EngineVersion, Moment, Rule, RuleAction, RuleEnrollment,
    RuleEvent, RuleSession, RuleSet, RuleVariable, Subject, Supplementary, VariableSource,
};

/// Random numbers (xorshift64*).
struct Chooser(u64);

impl Chooser {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const NAMES: [&str; 9] = ["n0", "n1", "n2", "t0", "t1", "c0", "c1", "c2", "event_status"];
const FIELDS: [&str; 6] = ["DE0", "DE1", "DE2", "DE3", "TEA0", "TEA1"];
const VALUES: [&str; 8] = ["0", "1", "2", "7.5", "x", "", "true", "-3"];

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn circumstances() -> Circumstances {
    let groups = [("GRP".to_owned(), vec!["OU1".to_owned()])];
    Circumstances {
        today: date("2024-06-15"),
        supplementary: Supplementary::new(vec![], vec!["role".to_owned()], groups),
    }
}

fn expression(chooser: &mut Chooser) -> String {
    let (a, b) = (chooser.one_of(&NAMES), chooser.one_of(&NAMES));
    let field = chooser.one_of(&FIELDS);
    let template = chooser.one_of(&[
        "true",
        "#{A} > 1",
        "#{A} == #{B}",
        "d2:hasValue(#{A})",
        "#{A} + #{B}",
        "#{A} + 1",
        "d2:concatenate(#{A}, #{B})",
        "d2:count(#{A})",
        "d2:countIfValue(#{A}, '1')",
        "d2:lastEventDate('A')",
        "d2:lastEventDate(d2:concatenate('A', ''))",
        "d2:inOrgUnitGroup('GRP')",
        "#{F}",
        "#{F} == #{A}",
        "V{event_status} == 'ACTIVE' && #{A} < 5",
        "V{event_date}",
        "V{enrollment_status}",
        "#{A} +",
        "",
    ]);
    template.replace('A', a).replace('B', b).replace("#{F}", &format!("#{{{field}}}"))
}

fn action(chooser: &mut Chooser) -> RuleAction {
    let data = Some(expression(chooser));
    let subject =
        [Subject::Any, Subject::Any, Subject::DataElement, Subject::Attribute][chooser.below(4)];
    let action = match chooser.below(4) {
        0 => RuleAction::new(ActionKind::ShowError, data),
        1 => RuleAction::new(ActionKind::Assign, data).on(chooser.one_of(&FIELDS)),
        _ => {
            let name = chooser.one_of(&NAMES);
            let name = if chooser.below(12) == 0 { "org_unit" } else { name };
            RuleAction::new(ActionKind::Assign, data).saying(&format!("#{{{name}}}"))
        }
    };
    RuleAction { subject, ..action }
}

fn rule(chooser: &mut Chooser, index: usize) -> Rule {
    let stage = [None, None, Some("PS1"), Some("PS2")][chooser.below(4)];
    let priority = [None, Some(1), Some(2), Some(3)][chooser.below(4)];
    let condition = if chooser.below(2) == 0 { "true".to_owned() } else { expression(chooser) };
    Rule {
        id: format!("R{index}"),
        name: String::new(),
        condition,
        priority,
        program_stage: stage.map(str::to_owned),
        actions: (0..=chooser.below(3)).map(|_| action(chooser)).collect(),
    }
}

fn variable(chooser: &mut Chooser, name: &str) -> RuleVariable {
    let field = chooser.one_of(&FIELDS).to_owned();
    let source = match chooser.below(7) {
        0 | 1 => VariableSource::CurrentEvent(field),
        2 => VariableSource::NewestEvent(field),
        3 => VariableSource::NewestStageEvent { field, program_stage: "PS1".to_owned() },
        4 => VariableSource::PreviousEvent(field),
        5 => VariableSource::Attribute(field),
        _ => VariableSource::Calculated,
    };
    let types = [ValueType::Number, ValueType::Number, ValueType::Text, ValueType::Boolean];
    let option_names = match chooser.below(3) {
        0 => vec![("1".to_owned(), "one".to_owned()), ("x".to_owned(), "3".to_owned())],
        _ => vec![],
    };
    let value_type = types[chooser.below(4)];
    RuleVariable { name: name.to_owned(), source, value_type, option_names }
}

fn rule_set(chooser: &mut Chooser, version: EngineVersion) -> RuleSet {
    let rules = (0..12).map(|index| rule(chooser, index)).collect();
    let variables = NAMES[..8].iter().map(|name| variable(chooser, name)).collect();
    RuleSet::compile(rules, variables, &BTreeMap::new(), version)
}

fn values(chooser: &mut Chooser) -> Vec<(String, String)> {
    let count = chooser.below(5);
    let value = |_| (chooser.one_of(&FIELDS).to_owned(), chooser.one_of(&VALUES).to_owned());
    (0..count).map(value).collect()
}

fn event(chooser: &mut Chooser, index: usize) -> RuleEvent {
    let day = chooser.below(9) + 1;
    let at = Moment::parse(&format!("2024-03-0{day}"));
    RuleEvent {
        id: format!("EV{index}"),
        program_stage: chooser.one_of(&["PS1", "PS2"]).to_owned(),
        program_stage_name: "Stage".to_owned(),
        status: "ACTIVE".to_owned(),
        occurred_at: at.filter(|_| chooser.below(6) > 0),
        created_at: Moment(index as i64),
        due_date: None,
        completed_date: None,
        organisation_unit: chooser.one_of(&["OU1", "OU2"]).to_owned(),
        organisation_unit_code: None,
        data_values: values(chooser),
    }
}

fn enrollment(chooser: &mut Chooser) -> RuleEnrollment {
    RuleEnrollment {
        id: "EN1".to_owned(),
        program_name: "Program".to_owned(),
        incident_date: date("2024-01-01"),
        enrollment_date: date("2024-01-02"),
        status: "ACTIVE".to_owned(),
        organisation_unit: "OU1".to_owned(),
        organisation_unit_code: None,
        attribute_values: values(chooser),
    }
}

/// What a whole run over the record of the session gives.
fn whole_run(session: &RuleSession, others: &[RuleEvent]) -> Vec<Effect> {
    let mut events: Vec<RuleEvent> = session.event().cloned().into_iter().collect();
    events.extend(others.iter().cloned());
    let all = session.set().evaluate_all(session.enrollment(), &events, &circumstances());
    let wanted = session.event().map(|_| 0);
    let found = all.into_iter().find(|record| record.event == wanted);
    found.expect("the record is among them").effects
}

fn edit(chooser: &mut Chooser, session: &mut RuleSession) -> outpost_domain::rules::EffectsDiff {
    let (field, value) = (chooser.one_of(&FIELDS), chooser.one_of(&VALUES));
    let value = Some(value).filter(|_| chooser.below(5) > 0);
    match chooser.below(8) {
        0 => session.change_event(|event| {
            event.status = chooser.one_of(&["ACTIVE", "COMPLETED"]).to_owned();
        }),
        1 => session.change_event(|event| {
            let day = chooser.below(9) + 1;
            event.occurred_at = Moment::parse(&format!("2024-03-0{day}"));
        }),
        2 => session.change_enrollment(|enrollment| enrollment.status = "COMPLETED".to_owned()),
        3 | 4 => session.set_attribute_value(field, value),
        _ => session.set_data_value(field, value),
    }
}

/// Takes the diff from what was and adds what came: the order within a rule does not matter.
fn applied(mut effects: Vec<Effect>, diff: &outpost_domain::rules::EffectsDiff) -> Vec<Effect> {
    effects.retain(|effect| !diff.removed.contains(effect));
    effects.extend(diff.added.iter().cloned());
    sorted(effects)
}

fn sorted(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.sort_by_key(|effect| (effect.rule(), format!("{effect:?}")));
    effects
}

#[track_caller]
fn check(seed: u64) -> usize {
    let chooser = &mut Chooser(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let set = Arc::new(rule_set(chooser, EngineVersion::V3_4));
    let others: Vec<RuleEvent> = (0..chooser.below(4)).map(|i| event(chooser, i + 1)).collect();
    let (enrollment, event) = (enrollment(chooser), event(chooser, 0));
    let mut session = if chooser.below(4) == 0 {
        RuleSession::open_enrollment(set, enrollment, others.clone(), circumstances())
    } else {
        RuleSession::open_event(set, event, Some(enrollment), others.clone(), circumstances())
    };
    assert_eq!(
        session.effects().cloned().collect::<Vec<_>>(),
        whole_run(&session, &others),
        "seed {seed}, opened"
    );
    let mut changed = 0;
    for step in 0..20 {
        let before: Vec<Effect> = session.effects().cloned().collect();
        let diff = edit(chooser, &mut session);
        let now: Vec<Effect> = session.effects().cloned().collect();
        assert_eq!(now, whole_run(&session, &others), "seed {seed}, edit {step}");
        assert_eq!(applied(before, &diff), sorted(now), "seed {seed}, diff of edit {step}");
        changed += usize::from(!diff.is_empty());
    }
    changed
}

#[test]
fn a_form_followed_by_edits_shows_what_a_whole_run_gives() {
    let changed: usize = (0..400).map(check).sum();
    assert!(changed > 400, "edits change effects: {changed}");
}

#[test]
fn a_form_that_settled_has_what_the_rules_assign_or_names_those_that_never_rest() {
    let (mut rested, mut looping) = (0, 0);
    for seed in 0..200_u64 {
        let chooser = &mut Chooser(seed.wrapping_mul(0xD134_2543_DE82_EF95) | 1);
        let set = Arc::new(rule_set(chooser, EngineVersion::V3_4));
        let (enrollment, event) = (enrollment(chooser), event(chooser, 0));
        let mut session =
            RuleSession::open_event(set, event, Some(enrollment), vec![], circumstances());
        let settled = session.settle();
        let effects: Vec<Effect> = session.effects().cloned().collect();
        assert_eq!(effects, whole_run(&session, &[]), "seed {seed}");
        if settled.looping.is_empty() {
            rested += 1;
            assert_eq!(session.settle(), Default::default(), "seed {seed} rests");
        } else {
            looping += 1;
        }
    }
    assert!(rested > 100 && looping > 0, "{rested} rested, {looping} looped");
}
