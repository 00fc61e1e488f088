//! All program rules of real metadata packages compile, and what does not is in the table here.
#![allow(clippy::print_stdout, reason = "the table is what the suite shows")]

mod packages;

use std::collections::BTreeMap;

use outpost_domain::expression::ValueType;
use outpost_domain::rules::{
    ActionKind, EngineVersion, Rule, RuleAction, RuleSet, RuleVariable, VariableSource,
};
use serde_json::Value;

use packages::{list, packages, text};

/// Conditions in published packages that DHIS2's own parser refuses as well: package, rule. Both hold a
/// non-breaking space, which is no white space there.
const BROKEN: &[(&str, &str)] = &[
    ("COD_COD-TRK_EN_V1_DHIS2.36.json", "jjGuMNkgHbM"),
    ("COD_COD-TRK_EN_V1_DHIS2.36.json", "qkW3pBfYxsR"),
];

fn rule_set(package: &Value) -> RuleSet {
    let mut actions: BTreeMap<&str, Vec<RuleAction>> = BTreeMap::new();
    for action in list(package, "programRuleActions") {
        let kind = ActionKind::from_name(action["programRuleActionType"].as_str().unwrap_or("?"));
        assert!(!matches!(kind, ActionKind::Other(_)), "{action}");
        let mut read = RuleAction::new(kind, text(action, "data"));
        read.content = text(action, "content");
        let fields = [&action["dataElement"], &action["trackedEntityAttribute"]];
        read.field = fields.iter().find_map(|field| text(field, "id"));
        let rule = action["programRule"]["id"].as_str().unwrap_or_default();
        actions.entry(rule).or_default().push(read);
    }
    let rule = |rule: &Value| Rule {
        id: text(rule, "id").unwrap_or_default(),
        name: text(rule, "name").unwrap_or_default(),
        condition: text(rule, "condition").unwrap_or_default(),
        priority: rule["priority"].as_i64().and_then(|priority| i32::try_from(priority).ok()),
        program_stage: text(&rule["programStage"], "id"),
        actions: actions.remove(rule["id"].as_str().unwrap_or_default()).unwrap_or_default(),
    };
    let rules = list(package, "programRules").iter().map(rule).collect();
    let variable = |variable: &Value| RuleVariable {
        name: text(variable, "name").unwrap_or_default(),
        source: VariableSource::CurrentEvent(
            text(&variable["dataElement"], "id").unwrap_or_default(),
        ),
        value_type: ValueType::Text,
        option_names: vec![],
    };
    let variables = list(package, "programRuleVariables").iter().map(variable).collect();
    RuleSet::compile(rules, variables, &BTreeMap::new(), EngineVersion::V3_4)
}

#[test]
fn every_rule_of_every_package_compiles() {
    let packages = packages();
    let (mut rules, mut actions) = (0, 0);
    for (name, package) in &packages {
        let set = rule_set(package);
        let count: usize = set.rules().iter().map(|rule| rule.actions.len()).sum();
        println!(
            "{name:<48} {:>4} rules {count:>4} actions {:>3} not readable",
            set.rules().len(),
            set.problems().len()
        );
        for problem in set.problems() {
            println!("    {problem}");
            let known = BROKEN.iter().any(|(file, rule)| file == name && *rule == problem.rule);
            assert!(known, "{name}: {problem}");
        }
        rules += set.rules().len();
        actions += count;
    }
    assert!(packages.is_empty() || (rules > 400 && actions > 500), "{rules} rules");
}
