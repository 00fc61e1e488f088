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
