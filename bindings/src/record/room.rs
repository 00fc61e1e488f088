//! Room on a small phone: who may leave, what is downloaded, lists, reserved values.

use outpost_engine::domain::purge;
use outpost_engine::{OutpostError, model};

use super::{list, signed, text};
use crate::ids;
use crate::limits::PAGE_ROWS_MAX;

/// When people leave the device; `None` switches a rule off. The server keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct PurgeRules {
    /// Months after the last enrolment was completed.
    pub completed_months: Option<i32>,
    /// Months after the last enrolment was cancelled.
    pub cancelled_months: Option<i32>,
    /// Months without any activity, even if an enrolment is active.
    pub not_seen_months: Option<i32>,
    /// Months after the person was handed to a place outside the user's area; 0 means at once.
    pub moved_away_months: Option<i32>,
}

impl TryFrom<PurgeRules> for purge::PurgeRules {
    type Error = OutpostError;

    fn try_from(it: PurgeRules) -> Result<Self, OutpostError> {
        Ok(Self {
            completed_months: ids::count("completed_months", it.completed_months)?,
            cancelled_months: ids::count("cancelled_months", it.cancelled_months)?,
            not_seen_months: ids::count("not_seen_months", it.not_seen_months)?,
            moved_away_months: ids::count("moved_away_months", it.moved_away_months)?,
        })
    }
}

/// Why somebody may leave the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

impl From<model::LeaveReason> for LeaveReason {
    fn from(it: model::LeaveReason) -> Self {
        match it {
            model::LeaveReason::MovedAway => Self::MovedAway,
            model::LeaveReason::Completed => Self::Completed,
            model::LeaveReason::Cancelled => Self::Cancelled,
            model::LeaveReason::NotSeen => Self::NotSeen,
        }
    }
}

/// Somebody who may leave.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PurgePerson {
    /// Who.
    pub person: String,
    /// What the person is called.
    pub title: String,
    /// Why.
    pub reason: LeaveReason,
}

impl From<model::PurgePerson> for PurgePerson {
    fn from(it: model::PurgePerson) -> Self {
        Self { person: text(it.person), title: it.title, reason: it.reason.into() }
    }
}

/// What a purge would do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PurgePlan {
    /// People who would leave.
    pub leaving: i64,
    /// The first of them, at most 200.
    pub people: Vec<PurgePerson>,
    /// People who stay because work about them is not on the server.
    pub unsent: i64,
    /// People who stay for other reasons.
    pub staying: i64,
}

impl From<model::PurgePlan> for PurgePlan {
    fn from(it: model::PurgePlan) -> Self {
        Self {
            leaving: signed(it.leaving),
            people: list(it.people.into_iter().take(PAGE_ROWS_MAX)),
            unsent: signed(it.unsent),
            staying: signed(it.staying),
        }
    }
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct PurgeDone {
    /// People who left the device; the server still has them.
    pub removed: i64,
    /// People who stayed because something about them came to wait meanwhile.
    pub kept: i64,
}

impl From<model::PurgeOutcome> for PurgeDone {
    fn from(it: model::PurgeOutcome) -> Self {
        Self { removed: signed(it.removed), kept: signed(it.kept) }
    }
}

/// What of a program is downloaded.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DownloadSetting {
    /// The program.
    pub program: String,
    /// Whether it is downloaded at all.
    pub enabled: bool,
    /// Only people with an active enrolment.
    pub only_active: bool,
    /// Only people about whom something changed in so many days.
    pub changed_within_days: Option<i32>,
    /// At most so many people of each root of the user's area.
    pub people_max: Option<i32>,
}

impl From<model::DownloadSetting> for DownloadSetting {
    fn from(it: model::DownloadSetting) -> Self {
        Self {
            program: text(it.program),
            enabled: it.enabled,
            only_active: it.only_active,
            changed_within_days: it.changed_within_days.map(super::signed32),
            people_max: it.people_max.map(super::signed32),
        }
    }
}

impl TryFrom<DownloadSetting> for model::DownloadSetting {
    type Error = OutpostError;

    fn try_from(it: DownloadSetting) -> Result<Self, OutpostError> {
        Ok(Self {
            program: ids::id("program", &it.program)?,
            enabled: it.enabled,
            only_active: it.only_active,
            changed_within_days: ids::count("changed_within_days", it.changed_within_days)?,
            people_max: ids::count("people_max", it.people_max)?,
        })
    }
}

/// A list that a person put together.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WorkingList {
    /// Its id; empty for a new one.
    pub id: String,
    /// The program.
    pub program: String,
    /// Its name.
    pub name: String,
    /// The filter as the screen wrote it.
    pub filter: String,
}

impl From<model::WorkingListView> for WorkingList {
    fn from(it: model::WorkingListView) -> Self {
        Self { id: it.id, program: text(it.program), name: it.name, filter: it.filter }
    }
}

impl TryFrom<WorkingList> for model::WorkingListView {
    type Error = OutpostError;

    fn try_from(it: WorkingList) -> Result<Self, OutpostError> {
        let program = ids::id("program", &it.program)?;
        Ok(Self { id: it.id, program, name: it.name, filter: it.filter })
    }
}

/// A page of lists that a person put together.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WorkingListPage {
    /// Lists by name.
    pub items: Vec<WorkingList>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// Values of a generated attribute that are left.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReservedCount {
    /// The attribute.
    pub attribute: String,
    /// Its name.
    pub name: String,
    /// The place they are for; `None` if for every place.
    pub organisation_unit: Option<String>,
    /// How many.
    pub free: i64,
    /// When the first of them expires, Unix ms of the server; `None` if never.
    pub first_expires_ms: Option<i64>,
}

impl From<model::ReservedView> for ReservedCount {
    fn from(it: model::ReservedView) -> Self {
        Self {
            attribute: text(it.attribute),
            name: it.name,
            organisation_unit: it.organisation_unit.map(text),
            free: signed(it.free),
            first_expires_ms: it.first_expires_ms,
        }
    }
}

/// A page of what is left of reserved values.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReservedCountPage {
    /// Attributes.
    pub items: Vec<ReservedCount>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}
