//! Whether a step may be made now, and if not why: for whoever is about to make it.
//!
//! What others did meanwhile without network is another matter: [`super::Standing`] takes every
//! step.

use super::limits::TEXT_CHARS_MAX;
use super::settings::SupportSettings;
use super::standing::{Standing, State};
use super::step::StepKind;

/// Why a step may not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// It has no text or reason.
    #[error("say it in words: {0}")]
    NoText(&'static str),
    /// Its text is too long.
    #[error("the text is longer than {TEXT_CHARS_MAX} characters")]
    TooLong,
    /// The request is closed.
    #[error("the request is closed; reopen it first, with a reason")]
    Closed,
    /// The request is open.
    #[error("the request is open")]
    Open,
    /// Somebody of the tier that has it reacted before.
    #[error("{by} has taken care of it already")]
    Acknowledged {
        /// Who.
        by: String,
    },
    /// It waits already, or does not.
    #[error("the request does not wait for its user")]
    NotWaiting,
    /// It waits already.
    #[error("the request waits for its user already")]
    Waiting,
    /// Escalating goes upwards only.
    #[error("the request is with tier {tier} already; escalating goes to a higher one")]
    NotHigher {
        /// The tier where it is.
        tier: u8,
    },
    /// There is no such tier.
    #[error("tier {last} is the last one")]
    NoSuchTier {
        /// The last.
        last: u8,
    },
}

impl NotAllowed {
    /// Stable short name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoText(_) => "missing",
            Self::TooLong => "too_long",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Acknowledged { .. } => "acknowledged",
            Self::NotWaiting => "not_waiting",
            Self::Waiting => "waiting",
            Self::NotHigher { .. } => "not_higher",
            Self::NoSuchTier { .. } => "no_such_tier",
        }
    }
}

/// Whether a step may be made at a moment.
///
/// # Errors
/// [`NotAllowed`] with the reason.
pub fn may(
    kind: &StepKind,
    standing: &Standing,
    now_ms: i64,
    settings: &SupportSettings,
) -> Result<(), NotAllowed> {
    texts(kind)?;
    let is_open = standing.state.is_open();
    let open = || if is_open { Ok(()) } else { Err(NotAllowed::Closed) };
    match kind {
        StepKind::UserReply { .. } | StepKind::AutoReply { .. } | StepKind::Note { .. } => Ok(()),
        StepKind::Acknowledge => {
            open()?;
            match &standing.taken {
                Some(first) => Err(NotAllowed::Acknowledged { by: first.by.clone() }),
                None => Ok(()),
            }
        }
        StepKind::Reply { .. } | StepKind::Resolve { .. } | StepKind::Invalid { .. } => open(),
        StepKind::Wait { .. } => match standing.state {
            State::WaitingForUser => Err(NotAllowed::Waiting),
            _ => open(),
        },
        StepKind::Resume => match standing.state {
            State::WaitingForUser => Ok(()),
            _ => Err(NotAllowed::NotWaiting),
        },
        StepKind::Reopen { .. } if is_open => Err(NotAllowed::Open),
        StepKind::Reopen { .. } => Ok(()),
        StepKind::Escalate { to, .. } => {
            open()?;
            let (tier, last) = (standing.tier_at(now_ms), settings.last_tier());
            match *to {
                to if to > last => Err(NotAllowed::NoSuchTier { last }),
                to if to <= tier => Err(NotAllowed::NotHigher { tier }),
                _ => Ok(()),
            }
        }
    }
}

fn texts(kind: &StepKind) -> Result<(), NotAllowed> {
    let needed = match kind {
        StepKind::Acknowledge | StepKind::Resume => return Ok(()),
        StepKind::Escalate { .. } => "why it is escalated",
        StepKind::Invalid { .. } => "why it is no request",
        StepKind::Reopen { .. } => "why it is reopened",
        StepKind::Wait { .. } => "what the user is asked",
        StepKind::Resolve { .. } => "how it was solved",
        _ => "the text is empty",
    };
    match kind.text() {
        text if text.trim().is_empty() => Err(NotAllowed::NoText(needed)),
        text if text.chars().count() > TEXT_CHARS_MAX => Err(NotAllowed::TooLong),
        _ => Ok(()),
    }
}
