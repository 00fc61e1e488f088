//! `filter=item:operator:value[:operator:value],…` with its escapes `/,` `/:` `//` (captures
//! t002 to t002r).

use rusqlite::types::Value as SqlValue;

use super::page::bad;
use crate::model::http::Response;

/// The tests on one attribute or data element.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Uid of the attribute or data element.
    pub item: String,
    /// Operator and value.
    pub tests: Vec<(String, String)>,
}

const OPERATORS: [&str; 18] = [
    "eq", "ieq", "ge", "gt", "le", "lt", "ne", "neq", "nieq", "in", "like", "ilike", "nlike",
    "nilike", "sw", "ew", "null", "!null",
];

/// Splits at `separator` where it is not escaped; the escapes stay.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        if letter == separator && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = letter == '/' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '/' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

/// Reads every filter of a parameter.
///
/// # Errors
/// The 400 for an operator that does not exist (capture t002n).
pub fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<Filter>, Response> {
    let mut filters: Vec<Filter> = Vec::new();
    for item in values.flat_map(|value| split(value, ',')).filter(|item| !item.is_empty()) {
        let parts = split(&item, ':');
        let Some((name, mut rest)) = parts.split_first() else { continue };
        let mut tests = Vec::new();
        while let [operator, after @ ..] = rest {
            if !OPERATORS.contains(&operator.to_lowercase().as_str()) {
                let message =
                    format!("filter={item} is invalid. '{operator}' is not a valid operator.");
                return Err(bad(&message));
            }
            let unary = matches!(operator.to_lowercase().as_str(), "null" | "!null");
            let value = if unary { "" } else { after.first().map_or("", String::as_str) };
            tests.push((operator.to_lowercase(), plain(value)));
            rest = if unary { after } else { after.get(1..).unwrap_or_default() };
        }
        filters.push(Filter { item: name.clone(), tests });
    }
    Ok(filters)
}

impl Filter {
    /// Whether a value passes every test; text is compared without case.
    pub fn accepts(&self, value: Option<&str>) -> bool {
        let text = value.map(str::to_lowercase);
        self.tests
            .iter()
            .all(|(operator, wanted)| test(operator, text.as_deref(), &wanted.to_lowercase()))
    }

    /// The tests as SQL on `attribute_value` of the tracked entity in `te`.
    pub fn sql(&self, te: &str, numeric: bool, values: &mut Vec<SqlValue>) -> String {
        let mut sql = String::new();
        for (operator, wanted) in &self.tests {
            if operator == "null" {
                values.push(self.item.clone().into());
                sql.push_str(&format!(
                    " AND NOT EXISTS(SELECT 1 FROM attribute_value av WHERE av.te = {te} \
                     AND av.attribute = ?)"
                ));
                continue;
            }
            values.push(self.item.clone().into());
            let test = sql_test(operator, &wanted.to_lowercase(), numeric, values);
            sql.push_str(&format!(
                " AND EXISTS(SELECT 1 FROM attribute_value av WHERE av.te = {te} \
                 AND av.attribute = ?{test})"
            ));
        }
        sql
    }
}

fn sql_test(operator: &str, wanted: &str, numeric: bool, values: &mut Vec<SqlValue>) -> String {
    let compared = |sign: &str, values: &mut Vec<SqlValue>| match wanted.parse::<f64>() {
        Ok(number) if numeric => {
            values.push(number.into());
            format!(" AND CAST(av.folded AS REAL) {sign} ?")
        }
        _ => {
            values.push(wanted.to_owned().into());
            format!(" AND av.folded {sign} ?")
        }
    };
    let found = |sql: &str, values: &mut Vec<SqlValue>| {
        values.push(wanted.to_owned().into());
        format!(" AND {sql}")
    };
    match operator {
        "eq" | "ieq" => compared("=", values),
        "ne" | "neq" | "nieq" => compared("<>", values),
        "gt" => compared(">", values),
        "ge" => compared(">=", values),
        "lt" => compared("<", values),
        "le" => compared("<=", values),
        "like" | "ilike" => found("instr(av.folded, ?) > 0", values),
        "nlike" | "nilike" => found("instr(av.folded, ?) = 0", values),
        "sw" => found("instr(av.folded, ?) = 1", values),
        "ew" => {
            let found = found("substr(av.folded, -length(?)) = ?", values);
            values.push(wanted.to_owned().into());
            found
        }
        "in" => {
            let items: Vec<&str> = wanted.split(';').collect();
            values.extend(items.iter().map(|item| SqlValue::from((*item).to_owned())));
            format!(" AND av.folded IN ({})", vec!["?"; items.len()].join(","))
        }
        _ => String::new(),
    }
}

fn test(operator: &str, text: Option<&str>, wanted: &str) -> bool {
    let Some(text) = text else { return operator == "null" };
    let ordering = match (text.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.partial_cmp(&right),
        _ => Some(text.cmp(wanted)),
    };
    let is = |check: fn(std::cmp::Ordering) -> bool| ordering.is_some_and(check);
    match operator {
        "eq" | "ieq" => text == wanted,
        "ne" | "neq" | "nieq" => text != wanted,
        "gt" => is(std::cmp::Ordering::is_gt),
        "ge" => is(std::cmp::Ordering::is_ge),
        "lt" => is(std::cmp::Ordering::is_lt),
        "le" => is(std::cmp::Ordering::is_le),
        "in" => wanted.split(';').any(|item| item == text),
        "like" | "ilike" => text.contains(wanted),
        "nlike" | "nilike" => !text.contains(wanted),
        "sw" => text.starts_with(wanted),
        "ew" => text.ends_with(wanted),
        "!null" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, item: &str, tests: &[(&str, &str)]) {
        let filters = parse(std::iter::once(text)).expect("a filter");
        let found: Vec<(&str, &str)> =
            filters[0].tests.iter().map(|(o, v)| (o.as_str(), v.as_str())).collect();
        assert_eq!((filters[0].item.as_str(), found.as_slice()), (item, tests));
    }

    #[test]
    fn escaped_separators_belong_to_the_value() {
        // Capture t002j.
        check("teaLastName:eq:K/,a/:b//c", "teaLastName", &[("eq", "K,a:b/c")]);
        check("tea:ge:1:le:3", "tea", &[("ge", "1"), ("le", "3")]);
        check("tea:!null:like:a", "tea", &[("!null", ""), ("like", "a")]);
        assert!(parse(std::iter::once("tea:nope:1")).is_err());
    }
}
