//! Support requests as screens and commands show them.

use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityUid};
/// What a project sets, what a request is about, what can happen to it.
pub use outpost_rollout::support::{
    Answer as SupportAnswer, Channel as SupportChannel, Contact as SupportContact,
    DAYS as SUPPORT_DAYS, Letter, Links as SupportLinks, Problem as SupportProblem,
    State as SupportState, StepKind, SupportSettings, Tier as SupportTier,
};
use serde::Serialize;

use super::RecordState;

/// A request that somebody is about to file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSupportRequest {
    /// The place of its user.
    pub place: OrganisationUnitUid,
    /// In one line.
    pub title: String,
    /// In the user's words.
    pub text: String,
    /// What it is about.
    pub problem: SupportProblem,
    /// Work stands still until it is solved.
    pub urgent: bool,
    /// What it is connected with; without a device this one is named, diagnostics are added unless
    /// they are given.
    pub links: SupportLinks,
    /// Whether this device may tell of itself.
    pub with_diagnostics: bool,
    /// Files it although an open request is about the same trouble.
    pub anyway: bool,
    /// Somebody else asks, and whoever works here writes it down.
    pub taken: Option<TakenDown>,
}

/// A request that came by telephone or e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenDown {
    /// How.
    pub channel: SupportChannel,
    /// Who asks.
    pub reporter: String,
    /// Telephone number to call back.
    pub phone: Option<String>,
    /// When its user made it: the time of the call, the date of the e-mail. Unix ms, server time.
    pub made_ms: i64,
    /// When the team had it: the time of the call, the arrival in the mailbox.
    pub received_ms: i64,
    /// `Message-ID` of the e-mail.
    pub message_id: Option<String>,
}

/// What filing came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SupportFiled {
    /// The new request; `None` if an open one is about the same trouble and nobody said "anyway".
    pub request: Option<SupportView>,
    /// Open requests about the same trouble of the same device: add to one of them instead.
    pub same_trouble: Vec<SupportSummary>,
}

/// A request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupportSummary {
    /// The request.
    pub id: TrackedEntityUid,
    /// In one line.
    pub title: String,
    /// Code of what it is about.
    pub problem: &'static str,
    /// Code of how it came.
    pub channel: &'static str,
    /// Work stands still.
    pub urgent: bool,
    /// Who asks.
    pub reporter: String,
    /// The place of its user.
    pub place: OrganisationUnitUid,
    /// Its name.
    pub place_name: String,
    /// Code of the state.
    pub state: &'static str,
    /// The tier that has it.
    pub tier: u8,
    /// What the tier is called.
    pub tier_name: String,
    /// Milliseconds since the user made it; `None` if that is not known.
    pub since_made_ms: Option<i64>,
    /// Milliseconds since the team received it; `None` before that.
    pub since_received_ms: Option<i64>,
    /// Per cent of the limit until whoever has it reacts that are used up: 0, 50, 75 or 100.
    pub level: i64,
    /// When that limit passes; `None` if it does not run.
    pub due_ms: Option<i64>,
    /// Whether the user spoke last.
    pub user_waits: bool,
}

/// A page of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportPage {
    /// Requests, the most pressing first; closed ones the latest first.
    pub items: Vec<SupportSummary>,
    /// Where the next page begins.
    pub next: Option<crate::session::SupportCursor>,
}

/// Which requests a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SupportQuery {
    /// Closed ones instead of open ones.
    pub closed: bool,
    /// Only those that this tier has now.
    pub tier: Option<u8>,
    /// Only those of this place and the places below.
    pub place: Option<OrganisationUnitUid>,
    /// Only those about this.
    pub problem: Option<SupportProblem>,
    /// Only those of this reporter.
    pub reporter: Option<String>,
}

/// A clock against its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupportClock {
    /// `not_started`, `running`, `frozen`, `in_time` or `late`.
    pub state: &'static str,
    /// The limit, counted time in milliseconds.
    pub limit_ms: i64,
    /// Counted time that was used.
    pub used_ms: i64,
    /// Counted time that is left; negative once it has passed.
    pub left_ms: i64,
    /// When it passes, Unix ms; `None` unless it runs.
    pub due_ms: Option<i64>,
    /// 0, 50, 75 or 100 per cent.
    pub level: i64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupportStepView {
    /// Code of the kind.
    pub kind: &'static str,
    /// When, Unix ms.
    pub at_ms: i64,
    /// Who; empty if nobody wrote it down.
    pub by: String,
    /// Text or reason.
    pub text: String,
    /// The tier to which it was moved.
    pub to_tier: Option<u8>,
    /// The limit moved it, and nobody decided it.
    pub by_time: bool,
}

/// A request with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SupportView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: SupportSummary,
    /// In the user's words.
    pub text: String,
    /// Telephone number to call back.
    pub phone: Option<String>,
    /// What it is connected with.
    pub links: SupportLinks,
    /// When its user made it, Unix ms in server time; `None` if that is not known.
    pub made_ms: Option<i64>,
    /// When the team received it.
    pub received_ms: Option<i64>,
    /// When somebody wrote it down for its user.
    pub entered_ms: Option<i64>,
    /// The clock until whoever has it reacts: from the receipt, or from the moment at which it was
    /// handed to a higher tier after somebody had reacted.
    pub acknowledging: SupportClock,
    /// The clock until it is closed, if the project has that limit.
    pub resolving: Option<SupportClock>,
    /// Who reacted: first of all, or for the higher tier to which it was handed on.
    pub reacted_by: Option<String>,
    /// When that was.
    pub reacted_ms: Option<i64>,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// What happened, in order; moves that the limit made are among it.
    pub steps: Vec<SupportStepView>,
    /// Whom its user calls now.
    pub contact: Option<SupportContact>,
    /// What becomes of the most pressing record of it in the outbox.
    pub record: RecordState,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SupportReportRow {
    /// The tier; `None`: all.
    pub tier: Option<u8>,
    /// What it is called.
    pub tier_name: String,
    /// The district; `None`: all.
    pub district: Option<OrganisationUnitUid>,
    /// Its name.
    pub district_name: String,
    /// Requests received.
    pub received: u64,
    /// A person reacted within the limit.
    pub in_time: u64,
    /// A person reacted late.
    pub late: u64,
    /// Nobody reacted and the limit has passed.
    pub overdue: u64,
    /// Nobody reacted yet and there is time.
    pub not_due: u64,
    /// Per cent in time of those that can be judged.
    pub in_time_percent: Option<f64>,
    /// Median milliseconds from the receipt to the reaction.
    pub median_received_ms: Option<i64>,
    /// Median milliseconds from when the user made it to the reaction.
    pub median_made_ms: Option<i64>,
    /// Open now.
    pub backlog: u64,
}

/// What support came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SupportReport {
    /// By tier and district.
    pub rows: Vec<SupportReportRow>,
    /// Everything together.
    pub total: SupportReportRow,
    /// The most frequent problems with how often they were reported.
    pub causes: Vec<(&'static str, u64)>,
    /// The same as CSV.
    #[serde(skip)]
    pub csv: String,
}

/// Which requests a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SupportLapse {
    /// Received from this moment on, Unix ms.
    pub from_ms: Option<i64>,
    /// Received before this one.
    pub to_ms: Option<i64>,
    /// Level of the organisation units that count as districts.
    pub district_level: Option<u8>,
}

/// What became of an e-mail.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "taken")]
pub enum LetterTaken {
    /// A new request.
    Filed {
        /// Which.
        request: TrackedEntityUid,
        /// Its title.
        title: String,
    },
    /// What its sender says was added to a request.
    Added {
        /// Which.
        request: TrackedEntityUid,
    },
    /// A machine wrote it; nothing was filed.
    Automatic {
        /// The sign by which it is one.
        why: &'static str,
        /// The request whose number it carries, with whom it is noted.
        request: Option<TrackedEntityUid>,
    },
    /// It was taken in before.
    Known {
        /// As this request.
        request: TrackedEntityUid,
    },
}

/// A request whose limit is used up so far that somebody has to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupportNotice {
    /// `received`, `warning`, `breach`, `escalated`, `reply` or `closed`.
    pub kind: &'static str,
    /// Names the notice, so that nobody is told twice.
    pub key: String,
    /// The request.
    pub request: SupportSummary,
    /// Who is to be told: the contact of the tier that has it, or the user.
    pub contact: Option<SupportContact>,
    /// Address of the user, for notices that are for them.
    pub to_user: Option<String>,
    /// What it says.
    pub text: String,
}

/// By which way notices are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeWay {
    /// To a person's address.
    Email,
    /// To another system.
    Webhook,
}

impl NoticeWay {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Email, Self::Webhook];

    /// Stable short name; what was told is remembered under it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }
}

/// The mirror of a request in DHIS2's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupportMirrored {
    /// Id of the conversation.
    pub conversation: String,
    /// Its status.
    pub status: &'static str,
    /// Messages that were sent now.
    pub sent: u32,
}
