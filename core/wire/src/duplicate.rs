//! Pairs of people that somebody takes for one person. Merging them is left to the web.

use outpost_domain::uid::{TrackedEntityUid, Uid};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::answer::{AnswerClass, ServerMessage};
use crate::error::WireError;
use crate::json::{object_from_slice, parse_object};
use crate::loose;
use crate::version::ServerVersion;

const WHAT: &str = "potential duplicates";

/// Target of the `POST` that marks a pair.
pub const TARGET: &str = "/api/potentialDuplicates";

/// Body of the `POST`.
#[must_use]
pub fn encode_pair(original: TrackedEntityUid, duplicate: TrackedEntityUid) -> Vec<u8> {
    #[derive(Serialize)]
    struct Pair {
        original: TrackedEntityUid,
        duplicate: TrackedEntityUid,
    }
    serde_json::to_vec(&Pair { original, duplicate }).expect("uids always become JSON")
}

/// Whether a pair is marked after this answer: it is, too, if it was before, either way round
/// (capture t032b). `None` if the answer says nothing about it.
#[must_use]
pub fn is_marked(class: &AnswerClass) -> Option<bool> {
    match class {
        AnswerClass::Ok => Some(true),
        AnswerClass::Conflict { message, .. } => Some(is_marked_already(message)),
        AnswerClass::Forbidden { .. }
        | AnswerClass::NotFound { .. }
        | AnswerClass::BadRequest { .. } => Some(false),
        _ => None,
    }
}

/// Whether a 409 says that the pair was marked before.
#[must_use]
pub fn is_marked_already(message: &ServerMessage) -> bool {
    message.text.contains("already marked")
}

/// Target of the `GET` that lists the open pairs of some people.
#[must_use]
pub fn list_target(people: &[TrackedEntityUid], version: ServerVersion) -> String {
    let name = if version.events_param() { "trackedEntities" } else { "teis" };
    let people: Vec<&str> = people.iter().map(TrackedEntityUid::as_str).collect();
    format!("{TARGET}?{name}={}&status=OPEN&page=1&pageSize=1000", people.join(","))
}

/// A marked pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PotentialDuplicate {
    /// Its id.
    pub id: Uid,
    /// One of them.
    pub original: TrackedEntityUid,
    /// The other.
    pub duplicate: TrackedEntityUid,
}

/// Parses a list of pairs; what cannot be read is left out, and so is what is no longer open.
///
/// # Errors
/// [`WireError`] if it is no such list.
pub fn parse_potential_duplicates(bytes: &[u8]) -> Result<Vec<PotentialDuplicate>, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        #[serde(borrow, alias = "identifiableObjects")]
        potential_duplicates: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Pair {
        id: Uid,
        original: TrackedEntityUid,
        duplicate: TrackedEntityUid,
        #[serde(default, deserialize_with = "loose::text")]
        status: Option<String>,
    }
    let list: List<'_> = parse_object(bytes, WHAT)?;
    let read = |raw: &RawValue| {
        let pair: Pair = object_from_slice(raw.get().as_bytes(), WHAT).ok()?;
        let (id, original, duplicate) = (pair.id, pair.original, pair.duplicate);
        let is_open = pair.status.is_none_or(|status| status == "OPEN");
        is_open.then_some(PotentialDuplicate { id, original, duplicate })
    };
    Ok(list.potential_duplicates.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::classify;

    fn person(id: &str) -> TrackedEntityUid {
        TrackedEntityUid::parse(id).expect("a uid")
    }

    #[test]
    fn a_pair_is_marked_once() {
        let body = encode_pair(person("teSearch000"), person("teSearch003"));
        assert_eq!(body, br#"{"original":"teSearch000","duplicate":"teSearch003"}"#);
        let check = |status, message: &str, expected| {
            let body = format!(r#"{{"httpStatusCode":{status},"message":"{message}"}}"#);
            let class = classify(status, Some("application/json"), None, body.as_bytes());
            assert_eq!(is_marked(&class), expected, "{message}");
        };
        check(200, "", Some(true));
        check(409, "'a' and 'b is already marked as a potential duplicate", Some(true));
        check(409, "Tracked entity does not exist", Some(false));
        check(403, "", Some(false));
        check(500, "", None);
    }

    #[test]
    fn open_pairs_are_listed() {
        // Capture t032c; the key of old servers.
        let pair = |status: &str, id: &str| {
            format!(
                r#"{{"created":"2026-11-22T11:23:10.670","original":"teSearch000",
                    "duplicate":"teSearch003","status":"{status}","id":"{id}"}}"#
            )
        };
        let list = [pair("OPEN", "uN9jSkoMhA9"), pair("MERGED", "uN9jSkoMhA8"), pair("OPEN", "1")];
        for key in ["potentialDuplicates", "identifiableObjects"] {
            let body = format!(r#"{{"pager":{{}},"{key}":[{}]}}"#, list.join(","));
            let found = parse_potential_duplicates(body.as_bytes()).expect("a list");
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].duplicate, person("teSearch003"));
        }
        assert!(parse_potential_duplicates(b"{}").is_err());
        let target = |minor| {
            list_target(&[person("teSearch000")], ServerVersion { minor, patch: 0, hotfix: 0 })
        };
        assert!(target(40).contains("?teis=teSearch000&"));
        assert!(target(42).contains("?trackedEntities=teSearch000&"));
    }
}
