//! `GET /api/system/info`: who the server is and what time it has.

use serde::Deserialize;

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;
use crate::version::ServerVersion;

const WHAT: &str = "system/info";

/// The members to ask for: 100 bytes instead of 1,100 (captures m001, m002).
pub const FIELDS: &str = "version,revision,serverDate,serverTimeZoneId,calendar,dateFormat,\
contextPath,systemId,systemName";

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInfo {
    /// `version` as written.
    pub version_text: String,
    /// `version` understood.
    pub version: ServerVersion,
    /// Local time of the server when it answered, without zone.
    pub server_date: Option<String>,
    /// Name of its time zone; old servers leave it out.
    pub server_time_zone_id: Option<String>,
    /// Id of the instance: the same after a change of address.
    pub system_id: Option<String>,
    /// Name of the instance.
    pub system_name: Option<String>,
    /// Calendar of periods, `iso8601` unless told.
    pub calendar: String,
    /// The address at which the server thinks it is reached.
    pub context_path: Option<String>,
    /// Build.
    pub revision: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Dto {
    #[serde(deserialize_with = "loose::text")]
    version: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    server_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    server_time_zone_id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    system_id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    system_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    calendar: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    context_path: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    revision: Option<String>,
}

/// Parses the answer.
///
/// # Errors
/// [`WireError`]; also if `version` is missing or no version, because nothing else can be trusted
/// then.
pub fn parse_system_info(bytes: &[u8]) -> Result<SystemInfo, WireError> {
    let dto: Dto = parse_object(bytes, WHAT)?;
    let version_text = dto
        .version
        .ok_or_else(|| WireError::shape(WHAT, "$", "missing field `version`: is this DHIS2?"))?;
    let version = ServerVersion::parse(&version_text)
        .ok_or_else(|| WireError::shape(WHAT, "version", "not a DHIS2 version"))?;
    Ok(SystemInfo {
        version_text,
        version,
        server_date: dto.server_date,
        server_time_zone_id: dto.server_time_zone_id,
        system_id: dto.system_id,
        system_name: dto.system_name,
        calendar: dto.calendar.unwrap_or_else(|| "iso8601".to_owned()),
        context_path: dto.context_path,
        revision: dto.revision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_must_be_there() {
        let error = parse_system_info(b"{}").expect_err("no version");
        assert_eq!(
            error.to_string(),
            "system/info: at `$`: missing field `version`: is this DHIS2?"
        );
        assert!(parse_system_info(br#"{"version":"nginx"}"#).is_err());
        let info = parse_system_info(br#"{"version":"2.41.0","serverDate":null}"#).expect("enough");
        assert_eq!((info.version.minor, info.calendar.as_str()), (41, "iso8601"));
    }
}
