//! Room on a small phone: who may leave, what is downloaded, lists, reserved values.

use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid,
};

/// Why somebody may leave the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// Handed to a place outside the user's area.
    MovedAway,
    /// Care was completed long ago.
    Completed,
    /// Care was cancelled long ago.
    Cancelled,
    /// Not seen for long.
    NotSeen,
}

/// Somebody who may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgePerson {
    /// Who.
    pub person: TrackedEntityUid,
    /// What the person is called.
    pub title: String,
    /// Why.
    pub reason: LeaveReason,
}

/// What a purge would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PurgePlan {
    /// People who would leave.
    pub leaving: u64,
    /// The first of them.
    pub people: Vec<PurgePerson>,
    /// People who stay because work about them is not on the server.
    pub unsent: u64,
    /// People who stay for other reasons.
    pub staying: u64,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgeOutcome {
    /// People who left the device; the server still has them.
    pub removed: u64,
    /// People who stayed because something about them came to wait meanwhile.
    pub kept: u64,
}

/// What of a program is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadSetting {
    /// The program.
    pub program: ProgramUid,
    /// Whether it is downloaded at all.
    pub enabled: bool,
    /// Only people with an active enrolment.
    pub only_active: bool,
    /// Only people about whom something changed in so many days.
    pub changed_within_days: Option<u32>,
    /// At most so many people of each root of the user's area.
    pub people_max: Option<u32>,
}

/// A list that a person put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingListView {
    /// Its id; empty for a new one.
    pub id: String,
    /// The program.
    pub program: ProgramUid,
    /// Its name.
    pub name: String,
    /// The filter as the screen wrote it.
    pub filter: String,
}

/// Values of a generated attribute that are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedView {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Its name.
    pub name: String,
    /// The place they are for; `None` if for every place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// How many.
    pub free: u64,
    /// When the first of them expires, Unix ms of the server; `None` if never.
    pub first_expires_ms: Option<i64>,
}
