//! Nanoseconds of program rules: a full run of 500, opening a form, one edit in it; with the peer's
//! full runs over the same rules in the same run, where Java and the library are at hand.
//!
//! The peer's program (`peer/RulesSpeed.java`) makes the same rules and records.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use outpost_domain::expression::{Date, ValueType};
use outpost_domain::rules::{
    ActionKind, Circumstances, EngineVersion, Moment, Rule, RuleAction, RuleEnrollment, RuleEvent,
    RuleSession, RuleSet, RuleVariable, Supplementary, VariableSource,
};

use crate::speed::Clock;

const RULES: usize = 500;
/// Fields of the usual record (expressions reference 10) and of a large form.
const FIELDS: [usize; 2] = [20, 300];

/// What was measured, and nanoseconds for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What one is.
    pub name: String,
    /// Nanoseconds of running time, as the best of several runs.
    pub nanoseconds: f64,
}

fn best(name: &str, count: u32, mut run: impl FnMut()) -> Measured {
    const RUNS: usize = 7;
    let mut once = || {
        let clock = Clock::start();
        for _ in 0..count {
            run();
        }
        clock.nanoseconds() / f64::from(count)
    };
    let nanoseconds = (0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min);
    Measured { name: name.to_owned(), nanoseconds }
}

/// Measures our side.
#[must_use]
pub fn measure() -> Vec<Measured> {
    let mut all = Vec::new();
    for fields in FIELDS {
        let set = rule_set(fields, RULES);
        let (event, others) = (event(0, fields), others(fields));
        let (enrollment, circumstances) = (enrollment(), circumstances());
        all.push(best(&format!("full run, {fields} fields"), 300, || {
            black_box(set.evaluate_event(&event, Some(&enrollment), &others, &circumstances));
        }));
    }
    let compile = best("compile 500 rules", 10, || {
        black_box(rule_set(FIELDS[0], RULES));
    });
    all.push(compile);
    let set = Arc::new(rule_set(FIELDS[1], RULES));
    all.push(best("open a form of 300 fields", 100, || {
        black_box(session(Arc::clone(&set), FIELDS[1]));
    }));
    for rules in [RULES, 10 * RULES] {
        let name = format!("one edit, 300 fields, {rules} rules");
        let set = Arc::new(rule_set(FIELDS[1], rules));
        all.push(edits(&name, session(set, FIELDS[1])));
    }
    all
}

/// Edits one field after the other of the first 100. The more rules there are, the later the fields
/// that the added ones read: no edited field has more readers.
fn edits(name: &str, mut session: RuleSession) -> Measured {
    let mut turn = 0_usize;
    best(name, 20_000, || {
        let element = format!("DE{}", turn % 100);
        let value = if (turn / 100).is_multiple_of(2) { "3" } else { "777" };
        turn += 1;
        black_box(session.set_data_value(&element, Some(value)));
    })
}

fn session(set: Arc<RuleSet>, fields: usize) -> RuleSession {
    let event = event(0, fields);
    RuleSession::open_event(set, event, Some(enrollment()), others(fields), circumstances())
}

fn circumstances() -> Circumstances {
    let today = Date::parse("2024-06-15").expect("a date");
    Circumstances { today, supplementary: Supplementary::default() }
}

fn rule_set(fields: usize, rules: usize) -> RuleSet {
    let rules = (0..rules).map(|index| rule(index, fields)).collect();
    RuleSet::compile(rules, variables(fields), &BTreeMap::new(), EngineVersion::V3_4)
}

/// Rules beyond the usual number read only the last fields.
fn rule(index: usize, fields: usize) -> Rule {
    let field = if index < RULES { index % fields } else { fields - 1 - index % (fields / 2) };
    let condition = match index % 5 {
        0 => format!("#{{n{field}}} > 10"),
        1 => format!("d2:hasValue(#{{n{field}}}) && #{{n{field}}} < 1000"),
        2 => format!("d2:daysBetween(#{{birth}}, V{{event_date}}) > 100 + #{{n{field}}}"),
        3 => format!("#{{text}} == 'yes' || #{{n{field}}} + 1 > 5"),
        _ => format!("d2:count(#{{past}}) > 2 && #{{n{field}}} != 4"),
    };
    let action = if index.is_multiple_of(2) {
        let data = format!("#{{n{field}}} * 2 + 1");
        RuleAction::new(ActionKind::Assign, Some(data)).on(&format!("OUT{index}"))
    } else {
        let data = format!("d2:concatenate('Value ', #{{n{field}}})");
        RuleAction::new(ActionKind::ShowWarning, Some(data)).on(&format!("DE{field}"))
    };
    Rule {
        id: format!("R{index}"),
        name: format!("Rule {index}"),
        condition,
        priority: Some(index as i32),
        program_stage: None,
        actions: vec![action],
    }
}

fn variables(fields: usize) -> Vec<RuleVariable> {
    let variable = |name: &str, source, value_type| RuleVariable {
        name: name.to_owned(),
        source,
        value_type,
        option_names: Vec::new(),
    };
    let number = |index| {
        let source = VariableSource::CurrentEvent(format!("DE{index}"));
        variable(&format!("n{index}"), source, ValueType::Number)
    };
    let mut all: Vec<RuleVariable> = (0..fields).map(number).collect();
    let last = || format!("DE{}", fields - 1);
    all.push(variable("past", VariableSource::NewestEvent(last()), ValueType::Number));
    all.push(variable("previous", VariableSource::PreviousEvent(last()), ValueType::Number));
    all.push(variable("text", VariableSource::Attribute("TEXT".to_owned()), ValueType::Text));
    all.push(variable("birth", VariableSource::Attribute("BIRTH".to_owned()), ValueType::Date));
    let calculated =
        |index| variable(&format!("c{index}"), VariableSource::Calculated, ValueType::Text);
    all.extend((0..3).map(calculated));
    all
}

fn event(index: usize, fields: usize) -> RuleEvent {
    let value = |field: usize| (format!("DE{field}"), ((index + field * 7) % 90).to_string());
    let day = 20 - index;
    RuleEvent {
        id: format!("EV{index}"),
        program_stage: "PS1".to_owned(),
        program_stage_name: "Visit".to_owned(),
        status: "ACTIVE".to_owned(),
        occurred_at: Moment::parse(&format!("2024-05-{day}")),
        created_at: Moment::parse(&format!("2024-05-{day}")).expect("a date"),
        due_date: None,
        completed_date: None,
        organisation_unit: "OU1".to_owned(),
        organisation_unit_code: None,
        data_values: (0..fields).map(value).collect(),
    }
}

fn others(fields: usize) -> Vec<RuleEvent> {
    (1..=5).map(|index| event(index, fields)).collect()
}

fn enrollment() -> RuleEnrollment {
    let value = |field: &str, value: &str| (field.to_owned(), value.to_owned());
    RuleEnrollment {
        id: "EN1".to_owned(),
        program_name: "Program".to_owned(),
        incident_date: Date::parse("2024-01-05").expect("a date"),
        enrollment_date: Date::parse("2024-01-10").expect("a date"),
        status: "ACTIVE".to_owned(),
        organisation_unit: "OU1".to_owned(),
        organisation_unit_code: None,
        attribute_values: vec![value("TEXT", "no"), value("BIRTH", "2021-03-04")],
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, RULES, circumstances, enrollment, event, others, rule_set};

    /// The peer prints the same number; it is checked there.
    #[test]
    fn half_of_the_measured_rules_or_more_apply() {
        for fields in FIELDS {
            let set = rule_set(fields, RULES);
            assert!(set.problems().is_empty());
            let event = event(0, fields);
            let effects =
                set.evaluate_event(&event, Some(&enrollment()), &others(fields), &circumstances());
            assert!(effects.len() > RULES / 2, "{}", effects.len());
        }
    }
}
