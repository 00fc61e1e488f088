//! The envelope that DHIS2 puts around every answer that is no resource:
//! `{"httpStatus":…,"message":…}`.
//!
//! `message` is for people and may be missing; decisions are made by `errorCode` and the HTTP
//! status.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

/// The envelope with its payload still as text.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WebMessage<'a> {
    pub http_status_code: Option<u16>,
    #[serde(deserialize_with = "loose::text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub message: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub error_code: Option<String>,
    #[serde(borrow)]
    pub response: Option<&'a RawValue>,
}

impl<'a> WebMessage<'a> {
    /// Reads an envelope; any other object reads as one without members.
    pub fn parse(bytes: &'a [u8], what: &'static str) -> Result<Self, WireError> {
        parse_object(bytes, what)
    }

    /// Whether it is an envelope at all: a report of the tracker has `status`, too.
    pub fn is_envelope(&self) -> bool {
        self.http_status_code.is_some()
    }
}
