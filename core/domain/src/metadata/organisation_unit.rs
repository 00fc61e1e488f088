//! Organisation units: the places where data is captured, as a tree.

use jiff::civil::Date;

use crate::uid::OrganisationUnitUid;

/// DHIS2 `OrganisationUnit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnit {
    /// Its id.
    pub id: OrganisationUnitUid,
    /// Display name.
    pub name: String,
    /// Code of the national facility list, if any.
    pub code: Option<String>,
    /// The unit above, `None` for a root.
    pub parent: Option<OrganisationUnitUid>,
    /// Ids from the root down to this unit, `/root/…/id`.
    pub path: String,
    /// Depth in the tree, the root is 1.
    pub level: u32,
    /// First day on which data may be entered.
    pub opening_date: Option<Date>,
    /// Last day on which data may be entered, `None` while the unit is open.
    pub closed_date: Option<Date>,
}

/// DHIS2 `OrganisationUnitLevel`: the name of a depth of the tree ("District").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnitLevel {
    /// Display name.
    pub name: String,
    /// Depth in the tree, the root is 1.
    pub level: u32,
}
