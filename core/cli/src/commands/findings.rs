//! What a report comes to, for a person: indicators, and validation rules that do not hold.

use outpost_domain::metadata::Importance;
use outpost_domain::validation::{SideValue, Violation};
use outpost_engine::IndicatorView;
use serde_json::{Value, json};

use super::indicator::legend_document;
use crate::strings;

/// Violations as JSON.
pub fn violations_document(violations: &[Violation]) -> Vec<Value> {
    let document = |violation: &Violation| {
        json!({
            "uid": violation.rule.as_str(),
            "name": violation.name,
            "description": violation.description,
            "instruction": violation.instruction,
            "importance": importance(violation.importance),
            "operator": violation.operator.symbol(),
            "left_side": side_document(&violation.left_side),
            "right_side": side_document(&violation.right_side),
        })
    };
    violations.iter().map(document).collect()
}

fn side_document(side: &SideValue) -> Value {
    json!({
        "value": side.value,
        "shown": side.shown,
        "description": side.description,
        "formula": side.formula,
    })
}

const fn importance(importance: Importance) -> &'static str {
    match importance {
        Importance::High => "HIGH",
        Importance::Medium => "MEDIUM",
        Importance::Low => "LOW",
    }
}

/// Violations in lines: name, both sides, what to do.
pub fn violations_text(violations: &[Violation]) -> String {
    violations.iter().map(violation_text).collect()
}

fn violation_text(violation: &Violation) -> String {
    let (left, right) = (side_text(&violation.left_side), side_text(&violation.right_side));
    let relation = strings::relation(violation.operator);
    let mut text = strings::does_not_hold(&violation.name);
    text.push_str(&format!("  {left} {relation} {right}\n"));
    let advice = violation.instruction.as_ref().or(violation.description.as_ref());
    if let Some(advice) = advice.filter(|advice| !advice.trim().is_empty()) {
        text.push_str(&format!("  {}\n", advice.trim()));
    }
    text
}

fn side_text(side: &SideValue) -> String {
    let named = side.description.as_deref().filter(|text| !text.trim().is_empty());
    let name = named.unwrap_or(&side.formula).trim();
    match side.value {
        Some(_) => format!("{name}: {}", side.shown),
        None => format!("{name}: {}", strings::NO_VALUE),
    }
}

/// Indicators as JSON.
pub fn indicators_document(indicators: &[IndicatorView]) -> Vec<Value> {
    let document = |indicator: &IndicatorView| {
        json!({
            "uid": indicator.uid.as_str(),
            "name": indicator.name,
            "value": indicator.value,
            "legend": legend_document(indicator.legend.as_ref()),
            "not_here": indicator.not_here,
            "problem": indicator.problem,
        })
    };
    indicators.iter().map(document).collect()
}

/// Indicators with a value or a problem, a line each.
pub fn indicators_text(indicators: &[IndicatorView]) -> String {
    indicators.iter().filter_map(indicator_line).collect()
}

fn indicator_line(indicator: &IndicatorView) -> Option<String> {
    let name = &indicator.name;
    if let Some(problem) = &indicator.problem {
        return Some(format!("{name}: {}\n", strings::not_computed(problem)));
    }
    let value = indicator.value.as_ref()?;
    Some(match indicator.not_here.is_empty() {
        true => format!("{name}: {value}\n"),
        false => format!("{name}: {value} ({})\n", strings::NOT_ALL_HERE),
    })
}
