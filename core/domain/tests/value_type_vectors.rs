//! The vectors beside the checkout: what Commons Validator 1.9 said of addresses and numbers.

use std::path::PathBuf;

use outpost_domain::value_type::{ValueType, validate};
use serde_json::{Map, Value};

fn vectors() -> Option<Map<String, Value>> {
    let beside_checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var_os("OUTPOST_SHARED_DATA")
        .map_or_else(|| beside_checkout.into(), PathBuf::from);
    let path = data.join("vectors/commons-validator-vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("vectors are a JSON object"))
}

/// Checks every row of a section but those that `is_row` leaves out; returns how many, or `None`
/// without vectors.
fn check(section: &str, value_type: ValueType, is_row: fn(&str, bool) -> bool) -> Option<usize> {
    let vectors = vectors()?;
    let rows = vectors[section].as_object().expect("a section is an object");
    let rows = rows.iter().map(|(value, accepted)| (value, accepted == &Value::Bool(true)));
    let mut checked = 0;
    for (value, accepted) in rows.filter(|(value, accepted)| is_row(value, *accepted)) {
        assert_eq!(validate(value_type, value).is_ok(), accepted, "{section}: {value}");
        checked += 1;
    }
    Some(checked)
}

#[test]
fn every_email_vector_agrees() {
    assert!(matches!(check("email", ValueType::Email, |_, _| true), None | Some(29)));
}

#[test]
fn every_url_vector_agrees() {
    assert!(matches!(check("url", ValueType::Url, |_, _| true), None | Some(31)));
}

#[test]
fn every_whole_number_vector_agrees() {
    assert!(matches!(check("int", ValueType::Integer, |_, _| true), None | Some(7)));
}

#[test]
fn number_vectors_agree_where_the_pattern_of_the_server_is_no_stricter() {
    // The server's own pattern refuses a trailing point; one row only describes its value.
    let is_row = |value: &str, _| value != "1." && value.is_ascii();
    assert!(matches!(check("double_en", ValueType::Number, is_row), None | Some(9)));
}
