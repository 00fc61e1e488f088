//! The server's store of small JSON documents by namespace and key (`/api/dataStore`).
//!
//! There is no compare-and-set and no ETag (capture o010h): who writes last wins. What is read there
//! may have been written by anybody.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::AnswerClass;
use crate::error::WireError;
use crate::json::{from_slice, parse, parse_object};
use crate::percent::encoded_value;

const WHAT: &str = "dataStore";

/// Target of a document: `GET` reads it, `PUT` creates or replaces it (captures o010d, o010e).
#[must_use]
pub fn key_target(namespace: &str, key: &str) -> String {
    format!("/api/dataStore/{}/{}", segment(namespace), segment(key))
}

/// Target of the `GET` of a page of documents with their content.
#[must_use]
pub fn list_target(namespace: &str, page: u32, page_size: u32) -> String {
    let namespace = segment(namespace);
    format!("/api/dataStore/{namespace}?fields=.&page={page}&pageSize={page_size}")
}

/// A comma or colon has no meaning in a path; everything else that has is encoded.
fn segment(text: &str) -> String {
    encoded_value(text)
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its content as JSON text.
    pub value: String,
}

#[derive(Deserialize)]
struct EntryDto<'a> {
    key: String,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ListDto<'a> {
    #[serde(borrow)]
    entries: Vec<EntryDto<'a>>,
}

/// Parses a list asked with `fields=.`, with its pager or plain (captures o010i, o010j4).
///
/// # Errors
/// [`WireError`] if it is no list of entries.
pub fn parse_entries(bytes: &[u8]) -> Result<Vec<Entry>, WireError> {
    let is_plain = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let entries = match is_plain {
        true => {
            parse::<serde::de::IgnoredAny>(bytes, WHAT)?;
            from_slice::<Vec<EntryDto<'_>>>(bytes, WHAT)?
        }
        false => parse_object::<ListDto<'_>>(bytes, WHAT)?.entries,
    };
    let read = |dto: EntryDto<'_>| Entry {
        key: dto.key,
        value: dto.value.map_or("null", RawValue::get).to_owned(),
    };
    Ok(entries.into_iter().map(read).collect())
}

/// What came of reading or writing a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreAnswer {
    /// Read or written.
    Done,
    /// There is no such namespace or key (capture o010).
    Absent,
    /// Somebody shared it with others only (captures o010p, o010s), or an app keeps the namespace.
    Denied,
    /// Not understood.
    Refused,
}

/// The meaning of a classified answer; `None` for one that says nothing about it: try again.
#[must_use]
pub const fn store_answer(class: &AnswerClass) -> Option<StoreAnswer> {
    match class {
        AnswerClass::Ok => Some(StoreAnswer::Done),
        AnswerClass::NotFound { .. } => Some(StoreAnswer::Absent),
        AnswerClass::Forbidden { .. } => Some(StoreAnswer::Denied),
        AnswerClass::BadRequest { .. } | AnswerClass::Conflict { .. } | AnswerClass::TooLarge => {
            Some(StoreAnswer::Refused)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::classify;

    #[test]
    fn names_cannot_leave_their_place_in_the_path() {
        assert_eq!(key_target("outpost", "targets"), "/api/dataStore/outpost/targets");
        assert_eq!(key_target("a/b", "?c#"), "/api/dataStore/a%2Fb/%3Fc%23");
        assert_eq!(
            list_target("outpost", 2, 50),
            "/api/dataStore/outpost?fields=.&page=2&pageSize=50"
        );
    }

    #[test]
    fn entries_are_read_with_or_without_their_pager() {
        let entries = r#"[{"key":"k1","value":{"a":{"b":7}}},{"key":"k2","value":null}]"#;
        let paged = format!(r#"{{"pager":{{"page":1}},"entries":{entries}}}"#);
        for body in [entries, &paged] {
            let list = parse_entries(body.as_bytes()).expect("a list");
            assert_eq!((list.len(), list[0].key.as_str()), (2, "k1"));
            assert_eq!((&list[0].value[..], &list[1].value[..]), (r#"{"a":{"b":7}}"#, "null"));
        }
        for body in ["{}", "[1]", "", "<html>", r#"[{"value":1}]"#] {
            assert!(parse_entries(body.as_bytes()).is_err(), "{body}");
        }
        let deep = format!("[{{\"key\":\"k\",\"value\":{}", "[".repeat(500));
        assert!(parse_entries(deep.as_bytes()).is_err());
    }

    #[test]
    fn answers_are_told_apart() {
        let check = |status, expected| {
            let body = br#"{"httpStatusCode":1,"message":"m"}"#;
            let class = classify(status, Some("application/json"), None, body);
            assert_eq!(store_answer(&class), expected, "{status}");
        };
        check(200, Some(StoreAnswer::Done));
        check(201, Some(StoreAnswer::Done));
        check(404, Some(StoreAnswer::Absent));
        check(403, Some(StoreAnswer::Denied));
        check(400, Some(StoreAnswer::Refused));
        check(503, None);
    }
}
