//! Organisation units and the names of their levels.

use outpost_domain::metadata::{OrganisationUnit, OrganisationUnitLevel};
use outpost_domain::uid::OrganisationUnitUid;
use serde::Deserialize;

use super::{name_of, required};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;
use crate::time::parse_day;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UnitDto {
    id: Option<OrganisationUnitUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    parent: Option<OrganisationUnitUid>,
    #[serde(deserialize_with = "loose::text")]
    path: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    level: i64,
    #[serde(deserialize_with = "loose::text")]
    opening_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    closed_date: Option<String>,
}

/// Parses an organisation unit. Its dates come with a time ("2000-01-01T00:00:00.000"), which is
/// cut.
///
/// # Errors
/// [`WireError`]; also for a date that is none, because it decides whether data may be entered.
pub fn parse_organisation_unit(body: &[u8]) -> Result<OrganisationUnit, WireError> {
    const WHAT: &str = "organisationUnit";
    let dto: UnitDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let path = dto.path.unwrap_or_else(|| format!("/{id}"));
    let depth = path.split('/').filter(|part| !part.is_empty()).count();
    Ok(OrganisationUnit {
        id,
        name: name_of(dto.display_name, dto.name),
        code: dto.code,
        parent: dto.parent,
        level: u32::try_from(dto.level).ok().filter(|level| *level > 0).unwrap_or(depth as u32),
        path,
        opening_date: day(dto.opening_date, WHAT, "openingDate")?,
        closed_date: day(dto.closed_date, WHAT, "closedDate")?,
    })
}

/// A day with or without a time behind it.
pub(super) fn day(
    text: Option<String>,
    what: &'static str,
    path: &str,
) -> Result<Option<jiff::civil::Date>, WireError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    parse_day(&text).map(Some).ok_or_else(|| WireError::shape(what, path, "not a date"))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LevelDto {
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    level: i64,
}

/// Parses the name of a level.
///
/// # Errors
/// [`WireError`]; also if `level` is missing.
pub fn parse_organisation_unit_level(body: &[u8]) -> Result<OrganisationUnitLevel, WireError> {
    const WHAT: &str = "organisationUnitLevel";
    let dto: LevelDto = parse_object(body, WHAT)?;
    let level = u32::try_from(dto.level).ok().filter(|level| *level > 0);
    Ok(OrganisationUnitLevel {
        name: name_of(dto.display_name, dto.name),
        level: required(level, WHAT, "level")?,
    })
}
