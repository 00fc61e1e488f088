//! Support requests: what is filed, lists, one request with its clocks, answers, whom to call.

use std::sync::Arc;

use outpost_engine::model;
use outpost_engine::{OutpostError, domain::uid::OrganisationUnitUid};

use super::{first_page, list, text};
use crate::cursor::PageCursor;
use crate::ids;

/// A request that a user is about to file.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewSupportRequest {
    /// The place of its user.
    pub place: String,
    /// In one line.
    pub title: String,
    /// In the user's words.
    pub text: String,
    /// Code of what it is about, such as `NOT_SENDING`; see the answers.
    pub problem: String,
    /// Work stands still until it is solved.
    pub urgent: bool,
    /// Number of the device; this one if it is left out.
    pub device: Option<String>,
    /// ICCID of the SIM card.
    pub sim: Option<String>,
    /// Id of the form that was open.
    pub form: Option<String>,
    /// Names the synchronisation that failed.
    pub batch: Option<String>,
    /// Code of the error that was shown.
    pub error: Option<String>,
    /// Whether this device may tell of itself: versions and numbers, nothing about people.
    pub with_diagnostics: bool,
    /// Files it although an open request is about the same trouble.
    pub anyway: bool,
}

impl TryFrom<NewSupportRequest> for model::NewSupportRequest {
    type Error = OutpostError;

    fn try_from(it: NewSupportRequest) -> Result<Self, OutpostError> {
        let place: OrganisationUnitUid = ids::id("place", &it.place)?;
        Ok(Self {
            place,
            title: it.title,
            text: it.text,
            problem: problem(&it.problem)?,
            urgent: it.urgent,
            links: model::SupportLinks {
                device: it.device,
                sim: it.sim,
                form: it.form,
                batch: it.batch,
                error: it.error,
                diagnostics: None,
            },
            with_diagnostics: it.with_diagnostics,
            anyway: it.anyway,
            taken: None,
        })
    }
}

fn problem(code: &str) -> Result<model::SupportProblem, OutpostError> {
    let unknown = || OutpostError::invalid("problem", "unknown", "it is no problem that is known");
    model::SupportProblem::parse(code).ok_or_else(unknown)
}

/// What filing came to.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SupportFiled {
    /// The new request; `None` if an open one is about the same trouble.
    pub request: Option<SupportRequest>,
    /// Open requests about the same trouble of the same device: add to one of them instead.
    pub same_trouble: Vec<SupportItem>,
}

impl From<model::SupportFiled> for SupportFiled {
    fn from(it: model::SupportFiled) -> Self {
        Self { request: it.request.map(Into::into), same_trouble: first_page(it.same_trouble) }
    }
}

/// A request in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportItem {
    /// Its id.
    pub id: String,
    /// In one line.
    pub title: String,
    /// Code of what it is about.
    pub problem: String,
    /// Code of how it came: `APP`, `WEB`, `PHONE`, `EMAIL`.
    pub channel: String,
    /// Work stands still.
    pub urgent: bool,
    /// Who asks.
    pub reporter: String,
    /// Name of the place.
    pub place_name: String,
    /// `NEW`, `ACKNOWLEDGED`, `WAITING_FOR_USER`, `RESOLVED` or `INVALID`.
    pub state: String,
    /// The tier that has it, from 1.
    pub tier: i32,
    /// What that tier is called.
    pub tier_name: String,
    /// Milliseconds since the user made it; `None` if that is not known.
    pub since_made_ms: Option<i64>,
    /// Milliseconds since the team received it; `None` before that.
    pub since_received_ms: Option<i64>,
    /// Per cent of the time to acknowledge that have passed: 0, 50, 75 or 100.
    pub level: i32,
    /// When that time is over; `None` if its clock does not run.
    pub due_ms: Option<i64>,
    /// Whether the user spoke last.
    pub user_waits: bool,
}

impl From<model::SupportSummary> for SupportItem {
    fn from(it: model::SupportSummary) -> Self {
        Self {
            id: text(it.id),
            title: it.title,
            problem: it.problem.to_owned(),
            channel: it.channel.to_owned(),
            urgent: it.urgent,
            reporter: it.reporter,
            place_name: it.place_name,
            state: it.state.to_owned(),
            tier: i32::from(it.tier),
            tier_name: it.tier_name,
            since_made_ms: it.since_made_ms,
            since_received_ms: it.since_received_ms,
            level: i32::try_from(it.level).unwrap_or(i32::MAX),
            due_ms: it.due_ms,
            user_waits: it.user_waits,
        }
    }
}

/// A page of requests.
#[derive(Debug, Clone, uniffi::Record)]
pub struct SupportItemPage {
    /// The most pressing first; closed ones the latest first.
    pub items: Vec<SupportItem>,
    /// Where the next page begins.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::SupportPage> for SupportItemPage {
    fn from(it: model::SupportPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_supports) }
    }
}

/// Which requests a list shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportQuery {
    /// Closed ones instead of open ones.
    pub closed: bool,
    /// Only those that this tier has now.
    pub tier: Option<i32>,
    /// Only those of this place and the places below.
    pub place: Option<String>,
    /// Only those about this problem.
    pub problem: Option<String>,
}

impl TryFrom<SupportQuery> for model::SupportQuery {
    type Error = OutpostError;

    fn try_from(it: SupportQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            closed: it.closed,
            tier: it.tier.map(|tier| u8::try_from(tier).unwrap_or(0)),
            place: ids::optional("place", it.place.as_deref())?,
            problem: it.problem.as_deref().map(problem).transpose()?,
            reporter: None,
        })
    }
}

/// A clock against its limit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportClock {
    /// `not_started`, `running`, `frozen`, `in_time` or `late`.
    pub state: String,
    /// The limit in milliseconds of counted time.
    pub limit_ms: i64,
    /// What was used of it.
    pub used_ms: i64,
    /// What is left; negative once it has passed.
    pub left_ms: i64,
    /// When it passes; `None` unless it runs.
    pub due_ms: Option<i64>,
    /// 0, 50, 75 or 100 per cent.
    pub level: i32,
}

impl From<model::SupportClock> for SupportClock {
    fn from(it: model::SupportClock) -> Self {
        Self {
            state: it.state.to_owned(),
            limit_ms: it.limit_ms,
            used_ms: it.used_ms,
            left_ms: it.left_ms,
            due_ms: it.due_ms,
            level: i32::try_from(it.level).unwrap_or(i32::MAX),
        }
    }
}

/// One thing that happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportStep {
    /// Code of the kind, such as `REPLY` or `ESCALATE`.
    pub kind: String,
    /// When.
    pub at_ms: i64,
    /// Who; empty if nobody decided it.
    pub by: String,
    /// Text or reason.
    pub text: String,
    /// The tier to which it was moved.
    pub to_tier: Option<i32>,
    /// The limit moved it.
    pub by_time: bool,
}

impl From<model::SupportStepView> for SupportStep {
    fn from(it: model::SupportStepView) -> Self {
        Self {
            kind: it.kind.to_owned(),
            at_ms: it.at_ms,
            by: it.by,
            text: it.text,
            to_tier: it.to_tier.map(i32::from),
            by_time: it.by_time,
        }
    }
}

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportContact {
    /// Name.
    pub name: String,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

impl From<model::SupportContact> for SupportContact {
    fn from(it: model::SupportContact) -> Self {
        Self { name: it.name, phone: it.phone, email: it.email }
    }
}

/// A request with all that is known of it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SupportRequest {
    /// As in lists.
    pub item: SupportItem,
    /// In the user's words.
    pub text: String,
    /// Telephone number to call back.
    pub phone: Option<String>,
    /// When its user made it, in server time; `None` if that is not known.
    pub made_ms: Option<i64>,
    /// When the team received it.
    pub received_ms: Option<i64>,
    /// The clock until whoever has it reacts: from the receipt, or from when it was handed to a
    /// higher tier after somebody had reacted.
    pub acknowledging: SupportClock,
    /// The clock until it is closed, if the project has that limit.
    pub resolving: Option<SupportClock>,
    /// Who reacted: first of all, or for the higher tier to which it was handed on.
    pub reacted_by: Option<String>,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// What happened, in order; the latest of them if there are more than a page.
    pub steps: Vec<SupportStep>,
    /// Whom its user calls now.
    pub contact: Option<SupportContact>,
    /// Whether all of it is on the server.
    pub is_sent: bool,
}

impl From<model::SupportView> for SupportRequest {
    fn from(it: model::SupportView) -> Self {
        let surplus = it.steps.len().saturating_sub(crate::limits::PAGE_ROWS_MAX);
        Self {
            item: it.summary.into(),
            text: it.text,
            phone: it.phone,
            made_ms: it.made_ms,
            received_ms: it.received_ms,
            acknowledging: it.acknowledging.into(),
            resolving: it.resolving.map(Into::into),
            reacted_by: it.reacted_by,
            closed_ms: it.closed_ms,
            steps: list(it.steps.into_iter().skip(surplus)),
            contact: it.contact.map(Into::into),
            is_sent: it.record == model::RecordState::Synced,
        }
    }
}

/// What to do about a common problem.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportAnswer {
    /// Code of the problem.
    pub problem: String,
    /// As its user would say it.
    pub title: String,
    /// What to try, in order.
    pub steps: Vec<String>,
    /// What to do if nothing helped.
    pub then: String,
}

impl From<model::SupportAnswer> for SupportAnswer {
    fn from(it: model::SupportAnswer) -> Self {
        Self {
            problem: it.problem.code().to_owned(),
            title: it.title,
            steps: it.steps,
            then: it.then,
        }
    }
}
