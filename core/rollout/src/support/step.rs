//! What can happen to a request. Steps are only added, by several people on several devices; what
//! they come to is made of all of them, in whatever order they arrive.

use outpost_domain::uid::EventUid;

use super::request::codes;

/// What kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is explained at `StepKind`")]
pub enum StepName {
    Acknowledge,
    Reply,
    UserReply,
    AutoReply,
    Note,
    Escalate,
    Wait,
    Resume,
    Resolve,
    Invalid,
    Reopen,
}

codes!(StepName {
    Acknowledge => "ACKNOWLEDGE",
    Reply => "REPLY",
    UserReply => "USER_REPLY",
    AutoReply => "AUTO_REPLY",
    Note => "NOTE",
    Escalate => "ESCALATE",
    Wait => "WAIT",
    Resume => "RESUME",
    Resolve => "RESOLVE",
    Invalid => "INVALID",
    Reopen => "REOPEN",
});

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: EventUid,
    /// When, in the server's time, Unix milliseconds.
    pub at_ms: i64,
    /// Who: a user name; for an e-mail its sender.
    pub by: String,
    /// When the team had received the request, as far as whoever made the step knew.
    pub received_ms: Option<i64>,
    /// What.
    pub kind: StepKind,
}

/// When a step happens that is made now: after every step that whoever makes it could see. Devices
/// learn the server's time to about a second, so that the clock alone may put an answer before its
/// question.
#[must_use]
pub fn moment_after(seen: &[Step], now_ms: i64) -> i64 {
    let last_ms = seen.iter().map(|step| step.at_ms).max();
    last_ms.map_or(now_ms, |last| now_ms.max(last.saturating_add(1)))
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A person of the team says: seen, I take care of it.
    Acknowledge,
    /// A person of the team answers the user.
    Reply {
        /// To the user.
        text: String,
    },
    /// The user says more.
    UserReply {
        /// From the user.
        text: String,
    },
    /// A machine answered: an out-of-office note, an automatic confirmation. Changes nothing.
    AutoReply {
        /// What it said.
        text: String,
    },
    /// For the team alone. Changes nothing.
    Note {
        /// What.
        text: String,
    },
    /// To a higher tier.
    Escalate {
        /// Which.
        to: u8,
        /// Why.
        reason: String,
        /// The limit passed; nobody decided it.
        by_time: bool,
    },
    /// Only the user can help on.
    Wait {
        /// What is asked.
        text: String,
    },
    /// The team goes on without waiting any longer.
    Resume,
    /// Solved.
    Resolve {
        /// How.
        text: String,
    },
    /// No request: by mistake, said twice.
    Invalid {
        /// Why.
        reason: String,
    },
    /// Closed too early.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl StepKind {
    /// Which kind.
    #[must_use]
    pub const fn name(&self) -> StepName {
        match self {
            Self::Acknowledge => StepName::Acknowledge,
            Self::Reply { .. } => StepName::Reply,
            Self::UserReply { .. } => StepName::UserReply,
            Self::AutoReply { .. } => StepName::AutoReply,
            Self::Note { .. } => StepName::Note,
            Self::Escalate { .. } => StepName::Escalate,
            Self::Wait { .. } => StepName::Wait,
            Self::Resume => StepName::Resume,
            Self::Resolve { .. } => StepName::Resolve,
            Self::Invalid { .. } => StepName::Invalid,
            Self::Reopen { .. } => StepName::Reopen,
        }
    }

    /// Its text or reason.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Acknowledge | Self::Resume => "",
            Self::Reply { text }
            | Self::UserReply { text }
            | Self::AutoReply { text }
            | Self::Note { text }
            | Self::Wait { text }
            | Self::Resolve { text } => text,
            Self::Escalate { reason, .. } | Self::Invalid { reason } | Self::Reopen { reason } => {
                reason
            }
        }
    }

    /// Whether it stops the clock until which a person has to react. A person of the team who
    /// speaks to the user does; nothing else does, and what a machine says never.
    #[must_use]
    pub const fn is_reaction(&self) -> bool {
        matches!(
            self,
            Self::Acknowledge | Self::Reply { .. } | Self::Resolve { .. } | Self::Invalid { .. }
        )
    }
}
