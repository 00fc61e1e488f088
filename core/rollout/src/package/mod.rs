//! The metadata package of a roll-out: JSON that an administrator imports once by `POST
//! /api/metadata` (DHIS2 2.38 to 2.43).
//!
//! Holds only objects of its own, by ids that never change, so nothing else on a server is touched
//! and a second import changes what the first one made. Each program is one static table
//! ([`ProgramSpec`]); the ids of its objects are written down in one `ids_*.rs`. What a program is
//! called there is what the rest of this crate reads and writes records by.
//!
//! ```
//! use outpost_rollout::package::{PackageOptions, package};
//!
//! let json = package(&PackageOptions::default());
//! assert_eq!(json["programs"][0]["code"], "OUTPOST_DEVICE");
//! ```

mod check;
mod derived;
mod device;
mod golive;
pub mod groups;
pub mod ids_device;
pub mod ids_golive;
pub mod ids_sim;
pub mod ids_support;
mod sim;
mod spec;
mod support;
mod tables;
#[cfg(test)]
mod tests;
mod write;

use crate::device::LabelPublicKey;
pub use check::{is_file, value_problem};
pub use derived::derived_id;
pub use device::DEVICE;
pub use golive::GOLIVE;
use outpost_domain::uid::{CategoryComboUid, OrganisationUnitUid};
use serde_json::Value;
pub use sim::SIM;
pub use spec::{
    Act, Answer, Asked, Attribute, Chart, Choice, ChoiceSet, Counts, Figure, ProgramSpec, Question,
    Right, Rights, Rule, Section, Source, Stage, Variable,
};
pub use support::SUPPORT;

/// The programs of a roll-out, in the order in which they are written.
pub static PROGRAMS: &[&ProgramSpec] = &[&DEVICE, &SIM, &SUPPORT, &GOLIVE];

/// What a package is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageOptions {
    /// The places where the programs are used. DHIS2 replaces the list at every import, so an update
    /// names them again.
    pub organisation_units: Vec<OrganisationUnitUid>,
    /// For a server that has an earlier package: without the user groups, whose members an import
    /// would take out.
    pub is_update: bool,
    /// Public keys with which labels are read, each with a name for people. An update names all that
    /// are still on some label.
    pub label_keys: Vec<(String, LabelPublicKey)>,
    /// The default category combo of the server, if it is not the one that DHIS2 seeds today: a very
    /// old database has another, and refuses the package (E5002).
    pub default_category_combo: Option<CategoryComboUid>,
}

/// The package, ready for `POST /api/metadata`.
#[must_use]
pub fn package(options: &PackageOptions) -> Value {
    write::package(PROGRAMS, options)
}
