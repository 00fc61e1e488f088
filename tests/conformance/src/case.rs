//! One case of an expression oracle: the values that its expression sees.

use std::collections::HashMap;

use outpost_domain::expression::{Item, Value as Computed, ValueType, Values, Variable};
use serde_json::Value;

/// Replaces escaped halves of surrogate pairs, which JSON can write and Rust's texts cannot hold.
pub(crate) fn without_half_pairs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let unit = unit_of(escape);
        let low = unit.filter(|u| is_high(*u)).and_then(|_| unit_of(escape.get(6..)?));
        let taken = match (unit, low) {
            (Some(_), Some(low)) if is_low(low) => 12,
            (Some(unit), _) if is_high(unit) || is_low(unit) => {
                out.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        out.push_str(&escape[..taken]);
        rest = &escape[taken..];
    }
    out.push_str(rest);
    out
}

fn unit_of(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

/// What a case gives to its expression.
#[derive(Debug, Default)]
pub(crate) struct CaseValues {
    variables: HashMap<String, Variable>,
    program_variables: HashMap<String, Scalar>,
    items: HashMap<String, Scalar>,
    named: HashMap<String, f64>,
    supplementary: HashMap<String, Vec<String>>,
}

#[derive(Debug)]
enum Scalar {
    Null,
    Number(f64),
    Boolean(bool),
    Text(String),
    Variable(Variable),
    Vector(Vec<f64>),
}

impl Scalar {
    fn read(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Boolean(*truth),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(values) => {
                Self::Vector(values.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect())
            }
            Value::Object(_) => variable(value).map_or(Self::Null, Self::Variable),
        }
    }

    fn as_computed(&self) -> Computed<'_> {
        match self {
            Self::Null => Computed::Null,
            Self::Number(number) => Computed::Number(*number),
            Self::Boolean(truth) => Computed::Boolean(*truth),
            Self::Text(text) => Computed::Text(text.as_str().into()),
            Self::Variable(variable) => Computed::Variable(variable),
            Self::Vector(values) => Computed::Vector(values),
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.map_or_else(Vec::new, |list| list.iter().filter_map(|v| text(Some(v))).collect())
}

fn variable(value: &Value) -> Option<Variable> {
    let value_type = ValueType::from_name(value.get("type")?.as_str()?)?;
    let variable = Variable::new(value_type, text(value.get("value")));
    let variable = variable.with_candidates(texts(value.get("candidates")));
    Some(variable.with_event_date(text(value.get("eventDate"))))
}

fn read<T>(case: &Value, key: &str, each: impl Fn(&Value) -> Option<T>) -> HashMap<String, T> {
    let entries = case.get(key).and_then(Value::as_object);
    let entries = entries.into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), each(value)?))).collect()
}

impl CaseValues {
    pub fn read(case: &Value) -> Self {
        Self {
            variables: read(case, "vars", variable),
            program_variables: read(case, "programVars", |value| Some(Scalar::read(value))),
            items: read(case, "items", |value| Some(Scalar::read(value))),
            named: read(case, "named", Value::as_f64),
            supplementary: read(case, "supplementary", |value| Some(texts(Some(value)))),
        }
    }

    /// The number given for an item, for regeneration.
    pub fn number_of(&self, item: &Item) -> Option<f64> {
        match self.items.get(item.key()) {
            Some(Scalar::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl Values for CaseValues {
    fn has_variables(&self) -> bool {
        !self.variables.is_empty()
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    fn program_variable(&self, name: &str) -> Option<Computed<'_>> {
        self.program_variables.get(name).map(Scalar::as_computed)
    }

    fn item(&self, item: &Item) -> Option<Computed<'_>> {
        self.items.get(item.key()).map(Scalar::as_computed)
    }

    fn named(&self, name: &str) -> Option<f64> {
        self.named.get(name).copied()
    }

    fn supplementary(&self, key: &str) -> Option<&[String]> {
        self.supplementary.get(key).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::without_half_pairs;

    #[test]
    fn only_halves_are_replaced() {
        assert_eq!(without_half_pairs(r#""\ud83d\ude31""#), r#""\ud83d\ude31""#);
        assert_eq!(without_half_pairs(r#""\ud83d x""#), r#""\ufffd x""#);
        assert_eq!(without_half_pairs(r#""\ude31""#), r#""\ufffd""#);
        assert_eq!(without_half_pairs(r#""\\ud83d""#), r#""\\ud83d""#);
        assert_eq!(without_half_pairs(r#""é\n\u00e9""#), r#""é\n\u00e9""#);
        assert_eq!(without_half_pairs("\\"), "\\");
    }
}
