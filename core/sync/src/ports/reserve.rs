//! Values that the server sets aside for this device (DHIS2 `generateAndReserve`).

use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};
pub use outpost_wire::reserved_value::ReservedValue;

/// An attribute of which values must be reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveScope {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The place whose code is part of the pattern; `None` if none is.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// What the pattern requires (`ORG_UNIT_CODE`) with its value.
    pub required: Vec<(String, String)>,
    /// How many, 1 to 1,000.
    pub count: u32,
}

/// Values that the server set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedBatch {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// See [`ReserveScope::organisation_unit`].
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// The values, never used by anybody else.
    pub values: Vec<ReservedValue>,
}
