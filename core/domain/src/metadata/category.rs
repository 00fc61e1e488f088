//! Categories: how the numbers of a data element are split (sex, age group, project …).

use jiff::civil::Date;

use super::DataAccess;
use crate::uid::{
    CategoryComboUid, CategoryOptionComboUid, CategoryOptionUid, CategoryUid, OrganisationUnitUid,
};

/// DHIS2 `CategoryOption`, e.g. "Female".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryOption {
    /// Its id.
    pub id: CategoryOptionUid,
    /// Display name.
    pub name: String,
    /// First day of validity.
    pub start_date: Option<Date>,
    /// Last day of validity.
    pub end_date: Option<Date>,
    /// Units (with everything below them) that may use it; empty means all.
    pub organisation_units: Vec<OrganisationUnitUid>,
    /// What the user may do with data under it.
    pub access: DataAccess,
}

/// DHIS2 `Category`: an ordered list of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryUid,
    /// Display name.
    pub name: String,
    /// Options in form order.
    pub category_options: Vec<CategoryOptionUid>,
}

/// DHIS2 `CategoryCombo`: categories crossed with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryCombo {
    /// Its id.
    pub id: CategoryComboUid,
    /// Display name.
    pub name: String,
    /// Whether this is the server's default combo (one category, one option).
    pub is_default: bool,
    /// Categories in form order; the last one varies fastest.
    pub categories: Vec<CategoryUid>,
    /// The combos that exist on the server.
    pub category_option_combos: Vec<CategoryOptionCombo>,
}

/// DHIS2 `CategoryOptionCombo`: one cell of the cross product. It is identified by its *set* of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryOptionCombo {
    /// Its id.
    pub id: CategoryOptionComboUid,
    /// Display name.
    pub name: String,
    /// The options, in no order that means anything.
    pub category_options: Vec<CategoryOptionUid>,
}
