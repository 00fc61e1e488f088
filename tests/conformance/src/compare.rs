//! Comparison of two answers, by the rules of the corpus: numbers to 1e-9, any error equals any error
//! of the same stage, messages never count, half surrogate pairs are passed over.

use outpost_domain::expression::parse_double;
use serde_json::Value;

/// A line in which halves of surrogate pairs, which Rust cannot hold, are replaced by U+FFFD.
#[must_use]
pub fn readable(line: &str) -> String {
    crate::case::without_half_pairs(line)
}

/// Why `found` is not what was `expected`; `None` if it is.
#[must_use]
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    let entries = expected.as_object()?;
    for (key, wanted) in entries {
        if key == "id" {
            continue;
        }
        let Some(have) = found.get(key) else {
            return Some(format!("no `{key}`, but {}", without_id(found)));
        };
        let same = match key.as_str() {
            "result" => same_result(wanted, have),
            "error" => wanted.get("stage").is_none() || wanted.get("stage") == have.get("stage"),
            "validation" => same_validation(wanted, have),
            _ if key.ends_with("Error") => true,
            _ => wanted == have,
        };
        if !same {
            return Some(format!("`{key}` is {have}, not {wanted}"));
        }
    }
    None
}

fn without_id(answer: &Value) -> String {
    let mut answer = answer.clone();
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("id");
    }
    answer.to_string()
}

fn same_result(wanted: &Value, have: &Value) -> bool {
    let kind = |value: &Value| match value.get("type").and_then(Value::as_str) {
        Some("integer") => Some("number".to_owned()),
        other => other.map(str::to_owned),
    };
    if kind(wanted) != kind(have) {
        return false;
    }
    let text = |value: &Value| value.get("value").and_then(Value::as_str).map(str::to_owned);
    let (wanted_text, have_text) = (text(wanted), text(have));
    match (kind(wanted).as_deref(), wanted_text, have_text) {
        (Some("number"), Some(wanted), Some(have)) => same_number(&wanted, &have),
        // Half a surrogate pair is U+FFFD here, and skipped by the corpus.
        (Some("string"), Some(wanted), Some(_)) if wanted.contains('\u{fffd}') => true,
        (Some("boolean"), ..) => truth(wanted) == truth(have),
        _ => wanted.get("value") == have.get("value"),
    }
}

/// The two oracles write truth values in different ways.
fn truth(value: &Value) -> Option<bool> {
    let value = value.get("value")?;
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

fn same_number(wanted: &str, have: &str) -> bool {
    let (Some(wanted), Some(have)) = (parse_double(wanted), parse_double(have)) else {
        return false;
    };
    wanted == have
        || (wanted.is_nan() && have.is_nan())
        || (wanted - have).abs() <= 1e-9 * wanted.abs().max(have.abs())
}

fn same_validation(wanted: &Value, have: &Value) -> bool {
    let places = |value: &Value, list: &str| -> Vec<Value> {
        let issues = value.get(list).and_then(Value::as_array).into_iter().flatten();
        issues.filter_map(|issue| issue.get("at").cloned()).collect()
    };
    wanted.is_string() == have.is_string()
        && ["errors", "warnings"].iter().all(|list| places(wanted, list) == places(have, list))
}

/// Why an answer about program rules is not what was expected; `None` if it is.
#[must_use]
pub fn rules_difference(expected: &Value, found: &Value) -> Option<String> {
    for (key, wanted) in expected.as_object()? {
        let have = found.get(key).unwrap_or(&Value::Null);
        let same = match key.as_str() {
            "id" => true,
            "error" => !have.is_null(),
            "errorMessage" => wanted.is_null() == have.is_null(),
            "effects" => return list_difference(key, wanted, have, &same_effect),
            "objects" => return list_difference(key, wanted, have, &same_object),
            _ => wanted == have,
        };
        if !same {
            return Some(format!("`{key}` is {have}, not {wanted}"));
        }
    }
    None
}

fn list_difference(
    key: &str,
    wanted: &Value,
    have: &Value,
    same: &dyn Fn(&Value, &Value) -> bool,
) -> Option<String> {
    let empty = Vec::new();
    let (wanted, Some(have)) = (wanted.as_array().unwrap_or(&empty), have.as_array()) else {
        return Some(format!("there are no `{key}`: {have}"));
    };
    for index in 0..wanted.len().max(have.len()) {
        match (wanted.get(index), have.get(index)) {
            (Some(wanted), Some(have)) if same(wanted, have) => {}
            (Some(wanted), Some(have)) => {
                return Some(format!("{key} {index} is {have}, not {wanted}"));
            }
            (Some(wanted), None) => return Some(format!("{key} {index} is missing: {wanted}")),
            (None, have) => return Some(format!("{key} {index} is too many: {have:?}")),
        }
    }
    None
}

/// Failures are compared by rule and type only. Halves of surrogate pairs are passed over.
fn same_effect(wanted: &Value, have: &Value) -> bool {
    let same = |key: &str| wanted.get(key) == have.get(key);
    let data = wanted.get("data").and_then(Value::as_str).unwrap_or_default();
    same("rule")
        && same("type")
        && (wanted["type"] == "ERROR"
            || (same("actionData")
                && same("values")
                && (same("data") || data.contains('\u{fffd}') || same_texts(data, have))))
}

/// Numbers within a text are compared as numbers.
fn same_texts(wanted: &str, have: &Value) -> bool {
    have.get("data").and_then(Value::as_str).is_some_and(|have| same_number(wanted, have))
}

fn same_object(wanted: &Value, have: &Value) -> bool {
    let same = |key: &str| wanted.get(key) == have.get(key);
    same("object")
        && same("uid")
        && list_difference("effects", &wanted["effects"], &have["effects"], &same_effect).is_none()
}
