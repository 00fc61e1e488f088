//! `GET /api/me`: who is signed in, where, and for which forms.

use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, ProgramUid, Uid};
use serde::Deserialize;

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

const WHAT: &str = "me";

/// The members to ask for. `access` is not among them: it is all false for a normal user (capture
/// m003).
#[must_use]
pub const fn me_fields() -> &'static str {
    "id,username,userCredentials[username],displayName,organisationUnits[id,path,displayName],\
     teiSearchOrganisationUnits[id,path],programs,dataSets,authorities,\
     userGroups[id],userRoles[id],settings[keyUiLocale,keyDbLocale]"
}

/// An organisation unit of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyOrganisationUnit {
    /// Its id.
    pub id: OrganisationUnitUid,
    /// Ids from the root down, `/root/…/id`; `/id` if the server left it out.
    pub path: String,
    /// Display name, empty if left out.
    pub name: String,
}

/// The signed-in user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// Id of the user.
    pub id: Uid,
    /// User name.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Roots of the capture scope.
    pub organisation_units: Vec<MyOrganisationUnit>,
    /// Roots of the search scope.
    pub search_organisation_units: Vec<MyOrganisationUnit>,
    /// Data sets that the user may write. Not filtered by place: intersect with each object's units
    /// (capture m078b).
    pub data_sets: Vec<DataSetUid>,
    /// Programs that the user may write.
    pub programs: Vec<ProgramUid>,
    /// Authorities.
    pub authorities: Vec<String>,
    /// Groups of the user.
    pub user_groups: Vec<Uid>,
    /// Roles of the user.
    pub user_roles: Vec<Uid>,
    /// Language of the user interface, if set.
    pub ui_locale: Option<String>,
    /// Language of metadata names, if set: `displayName` follows it and nothing else (capture
    /// m071b).
    pub db_locale: Option<String>,
}

impl Me {
    /// Whether the user holds an authority; `ALL` is all of them.
    #[must_use]
    pub fn has_authority(&self, name: &str) -> bool {
        self.authorities.iter().any(|authority| authority == name || authority == "ALL")
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Dto {
    #[serde(deserialize_with = "loose::reference")]
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    username: Option<String>,
    #[serde(deserialize_with = "loose::or_default")]
    user_credentials: Credentials,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    organisation_units: Vec<UnitDto>,
    #[serde(deserialize_with = "loose::list")]
    tei_search_organisation_units: Vec<UnitDto>,
    #[serde(deserialize_with = "loose::references")]
    programs: Vec<ProgramUid>,
    #[serde(deserialize_with = "loose::references")]
    data_sets: Vec<DataSetUid>,
    #[serde(deserialize_with = "loose::list")]
    authorities: Vec<String>,
    #[serde(deserialize_with = "loose::references")]
    user_groups: Vec<Uid>,
    #[serde(deserialize_with = "loose::references")]
    user_roles: Vec<Uid>,
    #[serde(deserialize_with = "loose::or_default")]
    settings: Settings,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Credentials {
    #[serde(deserialize_with = "loose::text")]
    username: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    #[serde(deserialize_with = "loose::text")]
    key_ui_locale: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    key_db_locale: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitDto {
    id: OrganisationUnitUid,
    #[serde(default, deserialize_with = "loose::text")]
    path: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    name: Option<String>,
}

impl From<UnitDto> for MyOrganisationUnit {
    fn from(dto: UnitDto) -> Self {
        Self {
            id: dto.id,
            path: dto.path.unwrap_or_else(|| format!("/{}", dto.id)),
            name: dto.display_name.or(dto.name).unwrap_or_default(),
        }
    }
}

/// Parses the answer, also of 2.38 with its user name under `userCredentials`.
///
/// # Errors
/// [`WireError`]; also if the id is missing.
pub fn parse_me(bytes: &[u8]) -> Result<Me, WireError> {
    let dto: Dto = parse_object(bytes, WHAT)?;
    let id = dto.id.ok_or_else(|| WireError::shape(WHAT, "$", "missing field `id`"))?;
    let username = dto.username.or(dto.user_credentials.username).unwrap_or_default();
    Ok(Me {
        id,
        display_name: dto.display_name.or(dto.name).unwrap_or_else(|| username.clone()),
        username,
        organisation_units: dto.organisation_units.into_iter().map(Into::into).collect(),
        search_organisation_units: (dto.tei_search_organisation_units.into_iter())
            .map(Into::into)
            .collect(),
        data_sets: dto.data_sets,
        programs: dto.programs,
        authorities: dto.authorities,
        user_groups: dto.user_groups,
        user_roles: dto.user_roles,
        ui_locale: dto.settings.key_ui_locale,
        db_locale: dto.settings.key_db_locale,
    })
}
