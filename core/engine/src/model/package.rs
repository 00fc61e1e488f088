//! Metadata packages and drift, as people read them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::exchange::SiteName;

/// What a package is to this device, or to the server that it is to be pushed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageStep {
    /// It can be applied.
    Apply,
    /// It is in use.
    Known,
    /// Versions before it have not come.
    Waits,
    /// It leads from an older version than the one in use.
    OtherBase,
    /// It is older than the version in use.
    Older,
    /// It tells another history than the version in use.
    Fork,
    /// It is of another set than the one in use.
    OtherSet,
    /// The key of its centre is revoked.
    Revoked,
    /// Nobody here knows its centre.
    UnknownIssuer,
}

/// A verified package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageView {
    /// Name of the set.
    pub set: String,
    /// Number of the version.
    pub number: u64,
    /// What people call it.
    pub label: String,
    /// Who signed it.
    pub from: SiteName,
    /// When, by the centre's clock.
    pub issued_at: String,
    /// Its hash.
    pub hash: String,
    /// Whether the whole set is in it.
    pub is_full: bool,
    /// The version that it leads on from; `None` if the whole set is in it.
    pub base: Option<u64>,
    /// Objects in it.
    pub objects: u64,
    /// Objects that it says are gone.
    pub gone: u64,
    /// Objects of the set that comes out.
    pub set_objects: u64,
    /// Hash of that set: the name of its content.
    pub set_hash: String,
    /// Objects in it by class; only when its content was read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u64>,
    /// What it is to this device.
    pub plan: PackageStep,
    /// The same in words, with what to do.
    pub advice: String,
}

/// A version that a centre issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageMade {
    /// The package.
    #[serde(flatten)]
    pub package: PackageView,
    /// Objects that the version before did not have.
    pub added: u64,
    /// Objects with another text than in the version before.
    pub changed: u64,
    /// Objects that the version before had.
    pub dropped: u64,
    /// Objects that are no part of a set, by class: people and what belongs to one server.
    pub left_out: BTreeMap<String, u64>,
    /// A name for the file that says what it is.
    pub file_name: String,
}

/// An object by what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectName {
    /// Name of its collection in the Web API.
    pub class: String,
    /// Its id.
    pub id: String,
    /// Its name; empty if it is not known here.
    pub name: String,
}

/// What applying a package to this device did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageApplied {
    /// The package.
    pub package: PackageView,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether it is in use now (or would be).
    pub applied: bool,
    /// Objects that are new or changed.
    pub changed: u64,
    /// Objects that are gone.
    pub removed: u64,
    /// Objects that are gone and kept, because unsent work needs them.
    pub kept: Vec<ObjectName>,
    /// Objects that this release cannot read; they are not in use.
    pub unreadable: Vec<ObjectName>,
    /// Records of others that had waited for an object and are in the outbox now.
    pub freed: u64,
    /// Keys that came in or were revoked by the key list in the package.
    pub keys_changed: u64,
}

/// An object that a server does not take as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageProblem {
    /// The object.
    #[serde(flatten)]
    pub object: ObjectName,
    /// The server's code.
    pub code: Option<String>,
    /// Its reason.
    pub reason: String,
}

/// What pushing a package into a DHIS2 did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackagePushed {
    /// The package.
    pub package: PackageView,
    /// The server.
    pub server: String,
    /// Whether it was only validated there.
    pub dry_run: bool,
    /// Whether it is in use there now.
    pub pushed: bool,
    /// Objects that the server did not have.
    pub created: u64,
    /// Objects that it had otherwise.
    pub updated: u64,
    /// Objects that are gone.
    pub deleted: u64,
    /// Objects that it had just so; they were not sent.
    pub same: u64,
    /// What it did not take; then nothing was written there.
    pub problems: Vec<PackageProblem>,
    /// Objects that are gone at the centre and that this server keeps, with its reason.
    pub left_over: Vec<PackageProblem>,
}

/// In what way an object differs from the centre's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftWay {
    /// Only the centre has it.
    Missing,
    /// Only this place has it.
    Added,
    /// Both have it, differently.
    Changed,
}

/// Whether a difference stops data from moving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftStops {
    /// Records that wait here name it: the centre will refuse them or cannot tell what they say.
    Now,
    /// What will be entered for it stops.
    Later,
    /// It stops nothing.
    Nothing,
}

/// An object in which this place differs from the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriftLine {
    /// The object.
    #[serde(flatten)]
    pub object: ObjectName,
    /// In what way.
    pub way: DriftWay,
    /// Members that differ.
    pub members: Vec<String>,
    /// Whether it stops data from moving up.
    pub stops: DriftStops,
    /// Records that wait here and name it.
    pub waiting: u64,
    /// Why, in words.
    pub reason: String,
}

/// In what a place differs from a version of the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriftReport {
    /// The version.
    pub package: PackageView,
    /// What was compared: `device`, or the address of a server.
    pub place: String,
    /// Objects that were compared.
    pub compared: u64,
    /// The differences, those that stop data first.
    pub differences: Vec<DriftLine>,
    /// How many of them stop records that wait here.
    pub stop_now: u64,
    /// How many of them stop what will be entered.
    pub stop_later: u64,
}
