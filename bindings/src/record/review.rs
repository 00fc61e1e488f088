//! A supervisor's work: review, tasks, approval, team, targets.

use std::sync::Arc;

use outpost_engine::domain::targets::Standing;
use outpost_engine::{OutpostError, model};

use super::event::LabelledAnswer;
use super::outbox::TravelState;
use super::slice::SliceId;
use super::{first_page, labelled, list, signed, text};
use crate::cursor::PageCursor;
use crate::ids;

/// Where a record stands in the supervisor's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReviewStage {
    /// Nobody has looked at it.
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

impl From<model::ReviewStatus> for ReviewStage {
    fn from(it: model::ReviewStatus) -> Self {
        match it {
            model::ReviewStatus::New => Self::New,
            model::ReviewStatus::Reviewed => Self::Reviewed,
            model::ReviewStatus::SentBack => Self::SentBack,
            model::ReviewStatus::Corrected => Self::Corrected,
            model::ReviewStatus::Approved => Self::Approved,
        }
    }
}

impl From<ReviewStage> for model::ReviewStatus {
    fn from(it: ReviewStage) -> Self {
        match it {
            ReviewStage::New => Self::New,
            ReviewStage::Reviewed => Self::Reviewed,
            ReviewStage::SentBack => Self::SentBack,
            ReviewStage::Corrected => Self::Corrected,
            ReviewStage::Approved => Self::Approved,
        }
    }
}

/// Review of one record.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReviewInfo {
    /// Where it stands.
    pub stage: ReviewStage,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// Who said so.
    pub by: Option<String>,
    /// When, in the server's local time.
    pub at: Option<String>,
    /// Whether the record was changed since.
    pub edited_since: bool,
}

impl From<model::ReviewView> for ReviewInfo {
    fn from(it: model::ReviewView) -> Self {
        Self {
            stage: it.status.into(),
            reason: it.reason,
            by: it.by,
            at: it.at,
            edited_since: it.edited_since,
        }
    }
}

/// What can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ReviewSubject {
    /// An enrolment as a whole.
    Enrollment {
        /// Its id.
        id: String,
    },
    /// A visit, or an event of a program without registration.
    Event {
        /// Its id.
        id: String,
    },
}

impl From<model::ReviewSubject> for ReviewSubject {
    fn from(it: model::ReviewSubject) -> Self {
        match it {
            model::ReviewSubject::Enrollment(id) => Self::Enrollment { id: text(id) },
            model::ReviewSubject::Event(id) => Self::Event { id: text(id) },
        }
    }
}

impl TryFrom<ReviewSubject> for model::ReviewSubject {
    type Error = OutpostError;

    fn try_from(it: ReviewSubject) -> Result<Self, OutpostError> {
        Ok(match it {
            ReviewSubject::Enrollment { id } => Self::Enrollment(ids::id("enrollment", &id)?),
            ReviewSubject::Event { id } => Self::Event(ids::id("event", &id)?),
        })
    }
}

/// Which records to review.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReviewQuery {
    /// Of this program, with or without registration.
    pub program: String,
    /// Only of this stage.
    pub program_stage: Option<String>,
    /// Only at this place.
    pub organisation_unit: Option<String>,
    /// Only in one of these states; empty: all.
    pub stages: Vec<ReviewStage>,
    /// Only completed ones.
    pub completed_only: bool,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, `yyyy-MM-dd`.
    pub to: Option<String>,
}

impl TryFrom<ReviewQuery> for model::ReviewQuery {
    type Error = OutpostError;

    fn try_from(it: ReviewQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            program: ids::id("program", &it.program)?,
            stage: ids::optional("program_stage", it.program_stage.as_deref())?,
            organisation_unit: ids::optional("organisation_unit", it.organisation_unit.as_deref())?,
            statuses: list(it.stages),
            completed_only: it.completed_only,
            from: it.from,
            to: it.to,
        })
    }
}

/// A record in the list of reviews or tasks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReviewItem {
    /// Which record.
    pub subject: ReviewSubject,
    /// Its program.
    pub program: String,
    /// Name of the program.
    pub program_name: String,
    /// Name of the stage; empty for an enrolment.
    pub program_stage_name: String,
    /// The person it belongs to.
    pub person: Option<String>,
    /// What the person is called.
    pub person_title: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// When it took place or began.
    pub occurred_at: Option<String>,
    /// Where it stands.
    pub review: ReviewInfo,
    /// Where the record is on its way to the server.
    pub state: TravelState,
    /// The first answers.
    pub answers: Vec<LabelledAnswer>,
}

impl From<model::ReviewItem> for ReviewItem {
    fn from(it: model::ReviewItem) -> Self {
        Self {
            subject: it.subject.into(),
            program: text(it.program),
            program_name: it.program_name,
            program_stage_name: it.stage_name,
            person: it.person.map(text),
            person_title: it.person_title,
            organisation_unit_name: it.organisation_unit_name,
            occurred_at: it.occurred_at,
            review: it.review.into(),
            state: it.state.into(),
            answers: labelled(it.answers),
        }
    }
}

/// A page of records to review.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ReviewItemPage {
    /// Records, the latest first. May be short or empty though there are more.
    pub items: Vec<ReviewItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::ReviewPage> for ReviewItemPage {
    fn from(it: model::ReviewPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_reviews) }
    }
}

/// A page of tasks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TaskPage {
    /// What was sent back and waits for a correction.
    pub items: Vec<ReviewItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// Where a report stands in its approval workflow, as the server says.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ApprovalInfo {
    /// The report.
    pub key: SliceId,
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

impl From<model::ApprovalView> for ApprovalInfo {
    fn from(it: model::ApprovalView) -> Self {
        Self {
            key: it.slice.into(),
            state: it.state,
            approved_by: it.approved_by,
            accepted_by: it.accepted_by,
            may_approve: it.may_approve,
            may_unapprove: it.may_unapprove,
            may_accept: it.may_accept,
            may_unaccept: it.may_unaccept,
        }
    }
}

/// What to do with a report that is to be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ApprovalStep {
    /// Approve.
    Approve,
    /// Take the approval back.
    Unapprove,
    /// Accept what a level below approved.
    Accept,
    /// Take the acceptance back.
    Unaccept,
}

impl From<ApprovalStep> for model::ApprovalStep {
    fn from(it: ApprovalStep) -> Self {
        match it {
            ApprovalStep::Approve => Self::Approve,
            ApprovalStep::Unapprove => Self::Unapprove,
            ApprovalStep::Accept => Self::Accept,
            ApprovalStep::Unaccept => Self::Unaccept,
        }
    }
}

/// What a device said about itself with its last synchronisation.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TeamDevice {
    /// Id of the device.
    pub device: String,
    /// User name.
    pub user: String,
    /// Name of the person.
    pub name: String,
    /// End of its last synchronisation, Unix ms of the server.
    pub last_sync_ms: i64,
    /// Records that waited then.
    pub waiting: i64,
    /// Records that were parked then.
    pub parked: i64,
    /// Server clock minus device clock, in milliseconds.
    pub skew_ms: i64,
    /// Version of Outpost.
    pub app_version: String,
    /// Fingerprint of its metadata.
    pub metadata_version: String,
    /// Free space in bytes, if it could tell.
    pub free_bytes: Option<i64>,
    /// How it works, if it is a site that exchanges files: `online`, `offline` or `hybrid`.
    pub mode: Option<String>,
    /// The sites and devices without network whose files come to it, and what they run; the first
    /// page.
    pub knows: Vec<KnownDevice>,
}

impl From<model::DeviceView> for TeamDevice {
    fn from(it: model::DeviceView) -> Self {
        Self {
            device: it.device,
            user: it.user,
            name: it.name,
            last_sync_ms: it.last_sync_ms,
            waiting: signed(it.waiting),
            parked: signed(it.parked),
            skew_ms: it.skew_ms,
            app_version: it.app_version,
            metadata_version: it.metadata_version,
            free_bytes: it.free_bytes.map(signed),
            mode: it.mode,
            knows: first_page(it.knows),
        }
    }
}

/// A site or device without network, as another one knows it by its files.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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

impl From<model::KnownDevice> for KnownDevice {
    fn from(it: model::KnownDevice) -> Self {
        Self { key: it.key, name: it.name, app: it.app, metadata: it.metadata, came_ms: it.came_ms }
    }
}

/// A page of the devices of a team.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TeamDevicePage {
    /// Devices; those that synchronised longest ago come first.
    pub items: Vec<TeamDevice>,
    /// Further devices that no page lists.
    pub left_out: i64,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TargetStanding {
    /// The period has not begun.
    NotBegun,
    /// As much as the passed part of the period asks for.
    OnTrack,
    /// Less than that.
    Behind,
    /// Reached; a limit is only kept when the period is over.
    Reached,
    /// The period is over without it, or a limit is passed.
    Missed,
}

impl From<Standing> for TargetStanding {
    fn from(it: Standing) -> Self {
        match it {
            Standing::NotBegun => Self::NotBegun,
            Standing::OnTrack => Self::OnTrack,
            Standing::Behind => Self::Behind,
            Standing::Reached => Self::Reached,
            Standing::Missed => Self::Missed,
        }
    }
}

/// A target and how far it has come.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TargetItem {
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
    pub standing: Option<TargetStanding>,
    /// Why it cannot be computed.
    pub problem: Option<String>,
}

impl From<model::TargetView> for TargetItem {
    fn from(it: model::TargetView) -> Self {
        Self {
            id: it.id,
            name: it.name,
            user: it.user,
            period: it.period,
            target: it.target,
            reached: it.reached,
            expected: it.expected,
            standing: it.standing.map(TargetStanding::from),
            problem: it.problem,
        }
    }
}

/// A page of targets.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TargetPage {
    /// Targets.
    pub items: Vec<TargetItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}
