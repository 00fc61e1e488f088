//! Categories, their options and combos.

use outpost_domain::metadata::{Category, CategoryCombo, CategoryOption, CategoryOptionCombo};
use outpost_domain::uid::{
    CategoryComboUid, CategoryOptionComboUid, CategoryOptionUid, CategoryUid,
    DEFAULT_CATEGORY_COMBO, OrganisationUnitUid,
};
use serde::Deserialize;

use super::aggregate::AccessDto;
use super::organisation_unit::day;
use super::{name_of, required};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryOptionDto {
    id: Option<CategoryOptionUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    start_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    end_date: Option<String>,
    #[serde(deserialize_with = "loose::references")]
    organisation_units: Vec<OrganisationUnitUid>,
    access: Option<AccessDto>,
}

/// Parses a category option. A stored body has no `organisationUnits`: the caller fills them in
/// from [`super::MetadataObject::organisation_units`].
///
/// # Errors
/// [`WireError`].
pub fn parse_category_option(body: &[u8]) -> Result<CategoryOption, WireError> {
    const WHAT: &str = "categoryOption";
    let dto: CategoryOptionDto = parse_object(body, WHAT)?;
    Ok(CategoryOption {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        start_date: day(dto.start_date, WHAT, "startDate")?,
        end_date: day(dto.end_date, WHAT, "endDate")?,
        organisation_units: dto.organisation_units,
        access: AccessDto::data_of(dto.access),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryDto {
    id: Option<CategoryUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::references")]
    category_options: Vec<CategoryOptionUid>,
}

/// Parses a category.
///
/// # Errors
/// [`WireError`].
pub fn parse_category(body: &[u8]) -> Result<Category, WireError> {
    const WHAT: &str = "category";
    let dto: CategoryDto = parse_object(body, WHAT)?;
    Ok(Category {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        category_options: dto.category_options,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryComboDto {
    id: Option<CategoryComboUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    is_default: Option<bool>,
    #[serde(deserialize_with = "loose::references")]
    categories: Vec<CategoryUid>,
    #[serde(deserialize_with = "loose::list")]
    category_option_combos: Vec<EmbeddedCombo>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EmbeddedCombo {
    Whole(CategoryOptionComboDto),
    IdOnly(#[allow(dead_code, reason = "only its shape matters")] String),
}

/// Parses a category combo. Its option combos are pulled as objects of their own; those that an
/// older or fuller answer embeds with their options are taken over, mere ids are not.
///
/// # Errors
/// [`WireError`].
pub fn parse_category_combo(body: &[u8]) -> Result<CategoryCombo, WireError> {
    const WHAT: &str = "categoryCombo";
    let dto: CategoryComboDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let is_named_default = [&dto.name, &dto.code].into_iter().flatten().any(|n| n == "default");
    let embedded = dto.category_option_combos.into_iter().filter_map(|combo| match combo {
        EmbeddedCombo::Whole(dto) if !dto.category_options.is_empty() => Some(combo_of(dto)),
        _ => None,
    });
    Ok(CategoryCombo {
        id,
        is_default: dto
            .is_default
            .unwrap_or(is_named_default || id.as_str() == DEFAULT_CATEGORY_COMBO),
        name: name_of(dto.display_name, dto.name),
        categories: dto.categories,
        category_option_combos: embedded.collect::<Result<_, _>>()?,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CategoryOptionComboDto {
    id: Option<CategoryOptionComboUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::references")]
    category_options: Vec<CategoryOptionUid>,
}

/// Parses a category option combo.
///
/// # Errors
/// [`WireError`].
pub fn parse_category_option_combo(body: &[u8]) -> Result<CategoryOptionCombo, WireError> {
    combo_of(parse_object(body, COMBO)?)
}

const COMBO: &str = "categoryOptionCombo";

fn combo_of(dto: CategoryOptionComboDto) -> Result<CategoryOptionCombo, WireError> {
    Ok(CategoryOptionCombo {
        id: required(dto.id, COMBO, "id")?,
        name: name_of(dto.display_name, dto.name),
        category_options: dto.category_options,
    })
}
