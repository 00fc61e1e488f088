//! All program rules of real metadata packages compile, and what does not is in the table here.
#![allow(clippy::print_stdout, reason = "the table is what the suite shows")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outpost_domain::expression::ValueType;
use outpost_domain::rules::{
    ActionKind, EngineVersion, Rule, RuleAction, RuleSet, RuleVariable, VariableSource,
};
use serde_json::Value;

/// Conditions in published packages that DHIS2's own parser refuses as well: package, rule. Both hold a
/// non-breaking space, which is no white space there.
const BROKEN: &[(&str, &str)] = &[
    ("COD_COD-TRK_EN_V1_DHIS2.36.json", "jjGuMNkgHbM"),
    ("COD_COD-TRK_EN_V1_DHIS2.36.json", "qkW3pBfYxsR"),
];

fn packages() -> Vec<PathBuf> {
    let shelf = std::env::var("OUTPOST_SHARED_DATA").map_or_else(
        |_| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_owned(),
        PathBuf::from,
    );
    let Ok(folder) = std::fs::read_dir(shelf.join("metadata-packages")) else {
        println!("skipped: no metadata packages");
        return vec![];
    };
    let mut found: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|end| end == "json"));
    found.sort();
    found
}

fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(object: &Value, name: &str) -> Option<String> {
    object[name].as_str().map(str::to_owned)
}

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
    for path in &packages {
        let bytes = std::fs::read(path).expect("a package is readable");
        let package: Value = serde_json::from_slice(&bytes).expect("a package is JSON");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let set = rule_set(&package);
        let count: usize = set.rules().iter().map(|rule| rule.actions.len()).sum();
        println!(
            "{name:<48} {:>4} rules {count:>4} actions {:>3} not readable",
            set.rules().len(),
            set.problems().len()
        );
        for problem in set.problems() {
            println!("    {problem}");
            let known = BROKEN.iter().any(|(file, rule)| *file == name && *rule == problem.rule);
            assert!(known, "{name}: {problem}");
        }
        rules += set.rules().len();
        actions += count;
    }
    assert!(packages.is_empty() || (rules > 400 && actions > 500), "{rules} rules");
}
