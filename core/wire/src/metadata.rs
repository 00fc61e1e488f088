//! Metadata lists: what is asked for, and the objects of a page.

use outpost_domain::uid::{OrganisationUnitUid, Uid};

/// One object of a metadata page, ready to be staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedObject {
    /// Its id.
    pub uid: Uid,
    /// Display name; empty if it has none.
    pub name: String,
    /// Code.
    pub code: Option<String>,
    /// Parent of an organisation unit, option set of an option, data set of a section, program of a
    /// stage …: what lists of it are asked by.
    pub parent: Option<Uid>,
    /// Place among its siblings.
    pub sort_order: i64,
    /// Path of an organisation unit.
    pub path: Option<String>,
    /// `lastUpdated` exactly as the server wrote it.
    pub last_updated: Option<String>,
    /// Assigned organisation units, taken out of the body because there may be 50,000.
    pub organisation_units: Option<Vec<OrganisationUnitUid>>,
    /// The object as compact JSON without `organisationUnits`.
    pub body: String,
}
