//! Values of generated attributes that the server sets aside for a device.
//!
//! Blocks are fetched while there is a network and given out in the field. On import the server checks
//! uniqueness only, not who reserved a value (captures t034m to t034p).

use outpost_domain::uid::TrackedEntityAttributeUid;
use serde::Deserialize;

use crate::answer::AnswerClass;
use crate::error::WireError;
use crate::json::parse;
use crate::limits::RESERVE_MAX;
use crate::loose;
use crate::percent::encoded_value;

const WHAT: &str = "reserved values";

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveQuery {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// How many; brought between 1 and 1,000, or the server refuses (captures t034g, t034h).
    pub count: u32,
    /// Days until random values may be given to others; the server's default is 60.
    pub expiration_days: Option<u32>,
    /// Code of the organisation unit, for patterns that hold it.
    pub organisation_unit_code: Option<String>,
}

/// Target of the `GET` that reserves. It is not safe to send twice for sequential values: each time
/// burns some (capture t034e). Nothing is lost but numbers.
#[must_use]
pub fn reserve_target(query: &ReserveQuery) -> String {
    let mut target = format!(
        "/api/trackedEntityAttributes/{}/generateAndReserve?numberToReserve={}",
        query.attribute,
        query.count.clamp(1, RESERVE_MAX)
    );
    if let Some(days) = query.expiration_days {
        target.push_str(&format!("&expiration={days}"));
    }
    if let Some(code) = &query.organisation_unit_code {
        target.push_str(&format!("&ORG_UNIT_CODE={}", encoded_value(code)));
    }
    target
}

/// A value that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedValue {
    /// The value.
    pub value: String,
    /// The pattern with its texts resolved: a block is bound to what it was resolved with (place,
    /// year).
    pub key: String,
    /// Until when it is set aside, in the server's local time.
    pub expiry_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValueDto {
    value: String,
    #[serde(default, deserialize_with = "loose::text")]
    key: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    owner_uid: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    expiry_date: Option<String>,
}

/// Parses the values of an attribute.
///
/// # Errors
/// [`WireError`]; also for values of another attribute, and empty ones.
pub fn parse_reserved_values(
    bytes: &[u8],
    attribute: TrackedEntityAttributeUid,
) -> Result<Vec<ReservedValue>, WireError> {
    let dtos: Vec<ValueDto> = parse(bytes, WHAT)?;
    let read = |(index, dto): (usize, ValueDto)| {
        let wrong = |reason: &str| WireError::shape(WHAT, &format!("[{index}]"), reason);
        if dto.owner_uid.is_some_and(|owner| owner != attribute.as_str()) {
            return Err(wrong("a value of another attribute"));
        }
        if dto.value.is_empty() {
            return Err(wrong("an empty value"));
        }
        let key = dto.key.unwrap_or_default();
        Ok(ReservedValue { value: dto.value, key, expiry_date: dto.expiry_date })
    };
    dtos.into_iter().enumerate().map(read).collect()
}

/// Why the server gave no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveProblem {
    /// The attribute has no pattern (capture 202).
    NoPattern,
    /// Fewer are left than were asked for; none was given. One may still be had (capture t034c).
    NotEnoughLeft,
    /// The code of the place is needed and was not given, or the place has none.
    MissingRequired,
    /// Not allowed.
    Denied,
    /// Another reason.
    Refused,
}

impl ReserveProblem {
    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoPattern => "The server makes no values for this question.",
            Self::NotEnoughLeft => {
                "The server has no more values for this question. Tell your administrator."
            }
            Self::MissingRequired => {
                "The values of this question need a code that this place does not have."
            }
            Self::Denied => "You are not allowed to reserve values for this question.",
            Self::Refused => "The server gave no values. Show this to your supervisor.",
        }
    }
}

/// The meaning of a classified answer; `None` if it has values, or says nothing about them.
#[must_use]
pub fn reserve_problem(class: &AnswerClass) -> Option<ReserveProblem> {
    let message = match class {
        AnswerClass::BadRequest { message, .. } | AnswerClass::Conflict { message, .. } => message,
        AnswerClass::Forbidden { .. } => return Some(ReserveProblem::Denied),
        AnswerClass::NotFound { .. } => return Some(ReserveProblem::Refused),
        _ => return None,
    };
    let has = |part: &str| message.text.contains(part);
    Some(if has("does not contain pattern") {
        ReserveProblem::NoPattern
    } else if has("Not enough values left") || has("no new values available") {
        ReserveProblem::NotEnoughLeft
    } else if has("Missing required values") {
        ReserveProblem::MissingRequired
    } else {
        ReserveProblem::Refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::classify;

    fn attribute() -> TrackedEntityAttributeUid {
        TrackedEntityAttributeUid::parse("teaOuCode01").expect("a uid")
    }

    #[test]
    fn a_request_keeps_within_what_the_server_allows() {
        let target = |count, expiration_days, code: Option<&str>| {
            reserve_target(&ReserveQuery {
                attribute: attribute(),
                count,
                expiration_days,
                organisation_unit_code: code.map(str::to_owned),
            })
        };
        let start = "/api/trackedEntityAttributes/teaOuCode01/generateAndReserve?numberToReserve=";
        assert_eq!(target(0, None, None), format!("{start}1"));
        assert_eq!(target(5_000, Some(30), None), format!("{start}1000&expiration=30"));
        assert_eq!(target(2, None, Some("TL N&A")), format!("{start}2&ORG_UNIT_CODE=TL%20N%26A"));
    }

    #[test]
    fn values_keep_their_key_and_their_end() {
        // Capture t034k.
        let body = br#"[{"ownerObject":"TRACKEDENTITYATTRIBUTE","ownerUid":"teaOuCode01",
            "key":"TL_-2026-SEQUENTIAL(####)","value":"TL_-2026-0001",
            "created":"2026-11-22T11:23:13.398","expiryDate":"2027-01-21T11:23:13.395"}]"#;
        let values = parse_reserved_values(body, attribute()).expect("values");
        assert_eq!(values[0].value, "TL_-2026-0001");
        assert_eq!(values[0].key, "TL_-2026-SEQUENTIAL(####)");
        assert_eq!(values[0].expiry_date.as_deref(), Some("2027-01-21T11:23:13.395"));
        for bad in
            [r#"{"value":"1"}"#, r#"[{"value":""}]"#, r#"[{"value":"1","ownerUid":"x"}]"#, "[{}]"]
        {
            assert!(parse_reserved_values(bad.as_bytes(), attribute()).is_err(), "{bad}");
        }
    }

    #[track_caller]
    fn check(status: u16, message: &str, expected: Option<ReserveProblem>) {
        let body = format!(r#"{{"httpStatusCode":{status},"message":"{message}"}}"#);
        let class = classify(status, Some("application/json"), None, body.as_bytes());
        assert_eq!(reserve_problem(&class), expected, "{message}");
    }

    #[test]
    fn refusals_are_told_apart_as_a_server_gave_them() {
        use ReserveProblem as Problem;
        check(400, "Attribute does not contain pattern.", Some(Problem::NoPattern));
        check(
            409,
            "Could not reserve value: Not enough values left to reserve 5 values.",
            Some(Problem::NotEnoughLeft),
        );
        check(
            409,
            "Could not reserve value: Unable to reserve value, no new values available.",
            Some(Problem::NotEnoughLeft),
        );
        check(409, "Missing required values: ORG_UNIT_CODE", Some(Problem::MissingRequired));
        check(
            400,
            "You can only reserve between 1 and 1000 values in a single request.",
            Some(Problem::Refused),
        );
        check(403, "no", Some(Problem::Denied));
        check(200, "", None);
        check(503, "", None);
    }
}
