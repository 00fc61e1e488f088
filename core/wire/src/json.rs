//! The one door for JSON from outside: limits first, then shape, then an error without content.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, de};
use serde_json::error::Category;

use crate::error::WireError;
use crate::limits::ANSWER_BYTES_MAX;
use crate::scan::{ScanLimits, Scanner, breached, path_at};

/// Parses an answer that is held in memory. `what` names it in errors.
///
/// Unknown members are ignored, a member given twice is refused.
///
/// # Errors
/// Any [`WireError`]; it says what is wrong and where, and never repeats a value.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, WireError> {
    check_limits(bytes, what)?;
    from_slice(bytes, what)
}

/// [`parse`] for an object that may borrow from the bytes.
///
/// # Errors
/// Like [`parse`]; also if it is no object.
pub(crate) fn parse_object<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<T, WireError> {
    check_limits(bytes, what)?;
    object_from_slice(bytes, what)
}

/// An object in a piece of an answer whose limits were checked before.
///
/// # Errors
/// Like [`parse_object`].
pub(crate) fn object_from_slice<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<T, WireError> {
    // The parser would also fill a struct from an array, member by member: `[]` is not "no data".
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => from_slice(bytes, what),
        _ => Err(WireError::shape(what, "$", "expected an object")),
    }
}

/// [`parse`] for a type whose shape is known only at run time.
///
/// # Errors
/// Like [`parse`].
pub(crate) fn parse_seeded<'a, S: DeserializeSeed<'a>>(
    bytes: &'a [u8],
    what: &'static str,
    seed: S,
) -> Result<S::Value, WireError> {
    check_limits(bytes, what)?;
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = seed.deserialize(&mut from);
    let value = value.and_then(|value| from.end().map(|()| value));
    value.map_err(|error| described(bytes, what, &error))
}

/// Parses a piece of an answer whose limits were checked before.
pub(crate) fn from_slice<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|error| described(bytes, what, &error))
}

fn check_limits(bytes: &[u8], what: &'static str) -> Result<(), WireError> {
    if bytes.len() > ANSWER_BYTES_MAX {
        let bytes_max = ANSWER_BYTES_MAX;
        return Err(WireError::TooLarge { what, bytes: bytes.len(), bytes_max });
    }
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(WireError::EmptyAnswer { what }),
        Some(b'<') => return Err(WireError::WebPage { what }),
        Some(_) => {}
    }
    Scanner::default()
        .feed(bytes, ScanLimits::IN_MEMORY)
        .map_err(|(breach, at)| breached(what, breach, at))
}

/// Turns the parser's error into ours: its text may quote values, so only known phrases are kept.
fn described(bytes: &[u8], what: &'static str, error: &serde_json::Error) -> WireError {
    match error.classify() {
        Category::Data => {
            let offset = offset_of(bytes, error.line(), error.column());
            WireError::WrongShape { what, path: path_at(bytes, offset), reason: reason_of(error) }
        }
        category => WireError::NotJson {
            what,
            line: error.line(),
            column: error.column(),
            reason: if category == Category::Eof { "it ends too early" } else { "syntax" },
        },
    }
}

fn offset_of(bytes: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match bytes[start..].iter().position(|byte| *byte == b'\n') {
            Some(length) => start += length + 1,
            None => break,
        }
    }
    (start + column).min(bytes.len())
}

/// The parser's reason without what it found there.
pub(crate) fn reason_of(error: &impl de::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    let names_only = ["missing field", "duplicate field", "a ", "an "];
    if names_only.iter().any(|start| text.starts_with(start)) {
        return text.to_owned();
    }
    if text.contains("is not a DHIS2 id") {
        return "not a DHIS2 id: it takes 11 letters or digits and starts with a letter".to_owned();
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "not what it should be".to_owned(),
    }
}

/// Cuts a text of a server to a length that is safe to show.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
    let limit = crate::limits::SHOWN_CHARS_MAX;
    let mut cut: String = text.chars().filter(|char| !char.is_control()).take(limit).collect();
    if text.chars().nth(limit).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(rename = "count")]
        _count: u32,
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = parse::<Vec<Row>>(text.as_bytes(), "rows").expect_err("hostile text");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_error_says_what_and_where_but_not_which_value() {
        check(r#"[{"count":1},{"count":"Amina"}]"#, "rows: at `[1].count`: expected u32");
        check(r#"[{"count":1},{}]"#, "rows: at `[1]`: missing field `count`");
        check(r#"[{"count":1,"count":2}]"#, "rows: at `[0].count`: duplicate field `count`");
        check(
            "[{\"count\":1},\n{\"count\"",
            "rows: not valid JSON at line 2, column 8 (it ends too early)",
        );
        check("[1,]", "rows: at `[0]`: expected struct Row");
    }

    #[test]
    fn nothing_and_web_pages_are_told_apart() {
        check("", "rows: it is empty");
        check(" \n", "rows: it is empty");
        check(
            "<!doctype html><html>",
            "rows: a web page came instead of data; sign in to the network or check the address",
        );
    }

    #[test]
    fn limits_hold_before_anything_is_built() {
        let deep = "[".repeat(65);
        check(&deep, "rows: nested deeper than 64 levels at byte 64");
        let long = format!("[\"{}\"]", "x".repeat(crate::limits::TEXT_BYTES_MAX + 1));
        let error = parse::<Vec<Row>>(long.as_bytes(), "rows").expect_err("too long");
        assert!(matches!(error, WireError::TextTooLong { .. }), "{error}");
        let many = format!("[{}1]", "1,".repeat(crate::limits::ELEMENTS_MAX + 1));
        let error = parse::<Vec<Row>>(many.as_bytes(), "rows").expect_err("too many");
        assert!(matches!(error, WireError::TooManyElements { .. }), "{error}");
    }
}
