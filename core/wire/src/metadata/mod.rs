//! Metadata lists: what is asked for, what a page holds, and the typed objects behind it.
//!
//! A page is read in two steps. Here an object is cut out as text with the few members that lists
//! are asked by ([`MetadataObject`]); the store keeps that text. The `parse_…` functions turn one
//! stored text into a domain type when it is needed. One bad object never fails a page: it is
//! skipped and named.

mod aggregate;
mod category;
mod fields;
mod header;
mod indicator;
mod organisation_unit;
mod package;
mod page;
mod program;
mod program_rule;
mod registration;
mod tracked_entity;
mod validation_rule;

pub use aggregate::{parse_data_element, parse_data_set, parse_section};
pub use category::{
    parse_category, parse_category_combo, parse_category_option, parse_category_option_combo,
};
pub use fields::{fields, page_size};
pub use indicator::{
    parse_indicator, parse_indicator_type, parse_legend_set, parse_program_indicator,
};
pub use organisation_unit::{parse_organisation_unit, parse_organisation_unit_level};
pub use package::{PackageList, objects_of_package};
pub use page::{Page, Probe, Skipped, parse_ids, parse_page, parse_probe};
pub use program::{
    parse_option, parse_option_group, parse_option_set, parse_program, parse_program_stage,
    parse_program_stage_section,
};
pub use program_rule::{
    parse_constant, parse_program_rule, parse_program_rule_action, parse_program_rule_variable,
};
pub use tracked_entity::{
    parse_relationship_type, parse_tracked_entity_attribute, parse_tracked_entity_type,
};
pub use validation_rule::parse_validation_rule;

use outpost_domain::period::PeriodType;
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use outpost_domain::value_type::ValueType;

use crate::error::WireError;
use crate::json::shown;

/// One object of a metadata page, ready to be staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataObject {
    /// Its id.
    pub uid: Uid,
    /// Display name; empty if it has none.
    pub name: String,
    /// Code.
    pub code: Option<String>,
    /// What lists of it are asked by: parent of an organisation unit, option set of an option or
    /// option group, combo of a category option combo, data set of a section, program of a stage,
    /// rule, variable or program indicator, stage of a stage section, rule of a rule action.
    pub parent: Option<Uid>,
    /// Place among its siblings; the depth for an organisation unit or a level.
    pub sort_order: i64,
    /// Path of an organisation unit.
    pub path: Option<String>,
    /// `lastUpdated` exactly as the server wrote it.
    pub last_updated: Option<String>,
    /// Assigned organisation units, taken out of the body because there may be 50,000. `None` if
    /// the object has no such member.
    pub organisation_units: Option<Vec<OrganisationUnitUid>>,
    /// The object as compact JSON without `organisationUnits`.
    pub body: String,
}

/// Display name, else name, else nothing.
fn name_of(display_name: Option<String>, name: Option<String>) -> String {
    display_name.or(name).unwrap_or_default()
}

/// A label that an administrator gave, translated if it is; an empty one is none.
fn label_of(display: Option<String>, plain: Option<String>) -> Option<String> {
    display.filter(|label| !label.is_empty()).or(plain).filter(|label| !label.is_empty())
}

fn required<T>(value: Option<T>, what: &'static str, path: &'static str) -> Result<T, WireError> {
    value.ok_or_else(|| WireError::shape(what, "$", &format!("missing field `{path}`")))
}

fn value_type_of(what: &'static str, id: Uid, name: &str) -> Result<ValueType, WireError> {
    ValueType::parse(name).map_err(|_| unknown_name(what, id, "valueType", name))
}

fn period_type_of(
    what: &'static str,
    id: Uid,
    property: &'static str,
    name: &str,
) -> Result<PeriodType, WireError> {
    PeriodType::parse(name).map_err(|_| unknown_name(what, id, property, name))
}

fn unknown_name(what: &'static str, id: Uid, property: &'static str, name: &str) -> WireError {
    let name = shown(name).chars().take(40).collect();
    WireError::UnknownName { what, id: id.to_string(), property, name }
}
