//! A supervisor's work: review, tasks, approval, team, targets.

use outpost_domain::data::SliceKey;
use outpost_domain::sync_days::SyncDays;
use outpost_domain::targets::Standing;
use outpost_domain::uid::{
    EnrollmentUid, EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, TrackedEntityUid,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::RecordState;
use crate::session::ReviewCursor;

/// Where a record stands in the supervisor's review; read from its notes, follow-up and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// Nobody has looked at it.
    #[default]
    New,
    /// Somebody looked at it.
    Reviewed,
    /// To be corrected.
    SentBack,
    /// Was sent back and changed since.
    Corrected,
    /// Approved.
    Approved,
}

impl ReviewStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::New, Self::Reviewed, Self::SentBack, Self::Corrected, Self::Approved];

    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Reviewed => "Reviewed",
            Self::SentBack => "Sent back",
            Self::Corrected => "Corrected",
            Self::Approved => "Approved",
        }
    }
}

/// Review of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewView {
    /// Where it stands.
    pub status: ReviewStatus,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// Who said so.
    pub by: Option<String>,
    /// When, in the server's local time.
    pub at: Option<String>,
    /// Whether the record was changed since.
    pub edited_since: bool,
}

/// What can be reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewSubject {
    /// An enrolment as a whole.
    Enrollment(EnrollmentUid),
    /// A visit, or an event of a program without registration.
    Event(EventUid),
}

/// Which records to review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewQuery {
    /// Of this program, with or without registration.
    pub program: ProgramUid,
    /// Only of this stage.
    pub stage: Option<ProgramStageUid>,
    /// Only at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only in one of these states; empty: all.
    pub statuses: Vec<ReviewStatus>,
    /// Only completed ones.
    pub completed_only: bool,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, `yyyy-MM-dd`.
    pub to: Option<String>,
}

impl ReviewQuery {
    /// Everything of a program.
    #[must_use]
    pub const fn of(program: ProgramUid) -> Self {
        Self {
            program,
            stage: None,
            organisation_unit: None,
            statuses: Vec::new(),
            completed_only: false,
            from: None,
            to: None,
        }
    }
}

/// A record in the list of reviews or tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// Which record.
    pub subject: ReviewSubject,
    /// Its program.
    pub program: ProgramUid,
    /// Name of the program.
    pub program_name: String,
    /// Name of the stage; empty for an enrolment.
    pub stage_name: String,
    /// The person it belongs to.
    pub person: Option<TrackedEntityUid>,
    /// What the person is called.
    pub person_title: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// When it took place or began.
    pub occurred_at: Option<String>,
    /// Where it stands.
    pub review: ReviewView,
    /// Where the record is on its way to the server.
    pub state: RecordState,
    /// The first answers: question and answer.
    pub answers: Vec<(String, String)>,
}

/// A page of records to review.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewPage {
    /// Records, the latest first.
    pub items: Vec<ReviewItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<ReviewCursor>,
}

/// Where a slice stands in its approval workflow, as the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalView {
    /// The slice.
    pub slice: SliceKey,
    /// DHIS2 name of the state (`UNAPPROVED_READY`, `APPROVED_HERE` …).
    pub state: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Who accepted it.
    pub accepted_by: Option<String>,
    /// Whether the user may approve it now.
    pub may_approve: bool,
    /// Whether the user may take the approval back.
    pub may_unapprove: bool,
    /// Whether the user may accept it.
    pub may_accept: bool,
    /// Whether the user may take the acceptance back.
    pub may_unaccept: bool,
}

/// What a device says about itself with every synchronisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceView {
    /// Id of the device.
    pub device: String,
    /// User name.
    pub user: String,
    /// Name of the person.
    pub name: String,
    /// End of its last synchronisation, Unix ms of the server.
    #[serde(alias = "syncedAtMs")]
    pub last_sync_ms: i64,
    /// Records that waited then.
    pub waiting: u64,
    /// Records that were parked then.
    pub parked: u64,
    /// Server clock minus device clock, in milliseconds.
    pub skew_ms: i64,
    /// Version of Outpost.
    pub app_version: String,
    /// Fingerprint of its metadata.
    pub metadata_version: String,
    /// Free space, in bytes, if it could tell.
    pub free_bytes: Option<u64>,
    /// How it works, if it is a site that exchanges files: `online`, `offline` or `hybrid`.
    pub mode: Option<String>,
    /// The sites and devices without network whose files come to it, and what they run.
    pub knows: Vec<KnownDevice>,
    /// The days on which it synchronised; `None` if its Outpost does not tell them yet.
    #[serde(deserialize_with = "days_if_any")]
    pub days: Option<SyncDays>,
}

/// Days that make no sense must not cost the rest of what a device told.
fn days_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SyncDays>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// A site or device without network, as another one knows it by its files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KnownDevice {
    /// Id of its key.
    pub key: String,
    /// Name of the place or device.
    pub name: String,
    /// The program that it runs, with its version.
    pub app: Option<String>,
    /// The version of its forms.
    pub metadata: Option<String>,
    /// When its last file came, Unix ms.
    pub came_ms: Option<i64>,
}

/// The devices of a team.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamView {
    /// Devices; those that synchronised longest ago come first.
    pub devices: Vec<DeviceView>,
    /// Further devices that are not listed.
    pub left_out: u64,
}

/// A target and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetView {
    /// Its id.
    pub id: String,
    /// What is counted.
    pub name: String,
    /// User names it is for; empty for everybody.
    pub user: String,
    /// The period of today.
    pub period: String,
    /// What is to be reached.
    pub target: f64,
    /// What was reached by the records on this device; `None` if it cannot be computed.
    pub reached: Option<f64>,
    /// What the passed part of the period asks for.
    pub expected: Option<f64>,
    /// How it stands.
    pub standing: Option<Standing>,
    /// Why it cannot be computed.
    pub problem: Option<String>,
}
