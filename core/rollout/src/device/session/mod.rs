//! Sessions that take longer than a screen lives: hand-over, return, preparation of many boxes, audit.
//!
//! Each is a plain value that knows which step is next, what was scanned, and what is still open. It is
//! written down as JSON after every step, so that a kill costs nothing; it looks nothing up and saves
//! nothing: what was scanned comes as a [`Device`] of the registry, and what is finished leaves as
//! [`Change`]s.
//!
//! [`Device`]: super::Device
//! [`Change`]: super::Change

mod audit;
mod give_back;
mod hand_over;
mod prepare;

pub use audit::{AuditSession, AuditStop};
pub use give_back::{GiveBack, GiveBackStep};
pub use hand_over::{HandOver, HandOverStep};
pub use prepare::{Preparation, PrepareReply};

use super::facts::{Device, FactProblem};
use super::pair::MixUp;
use super::state::StateProblem;

/// Why a session does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionProblem {
    /// Box and phone are of two devices.
    #[error(transparent)]
    Mixed(#[from] MixUp),
    /// The device is in no state for this.
    #[error(transparent)]
    State(#[from] StateProblem),
    /// Somebody has it.
    #[error("phone {number} is already with {holder}")]
    AlreadyWith {
        /// Its number.
        number: String,
        /// Who has it.
        holder: String,
    },
    /// An earlier step is missing.
    #[error("{missing} first")]
    Earlier {
        /// What has to be done.
        missing: &'static str,
    },
    /// Something has to be said.
    #[error("say {what}")]
    Say {
        /// What.
        what: &'static str,
    },
    /// A fact cannot be right.
    #[error("{0}")]
    Fact(FactProblem),
    /// More devices than one sitting takes.
    #[error("this sitting has enough devices: finish it and begin another")]
    Full,
}

/// The device with its facts in their stored form.
fn checked(mut device: Device) -> Result<Device, SessionProblem> {
    match device.facts.clone().checked() {
        Ok(facts) => {
            device.facts = facts;
            Ok(device)
        }
        Err(problems) => {
            let first = problems.into_iter().next();
            let missing = SessionProblem::Say { what: "what the phone is" };
            Err(first.map_or(missing, SessionProblem::Fact))
        }
    }
}

/// Accessories as a list without doubles and empty ones.
fn list_of(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        if !items.iter().any(|known| known.eq_ignore_ascii_case(item)) {
            items.push(item.to_owned());
        }
    }
    items
}

/// What should be there and is not.
fn missing_accessories(device: &Device, seen: &str) -> Vec<String> {
    let seen = list_of(seen);
    let is_there = |item: &String| seen.iter().any(|it| it.eq_ignore_ascii_case(item));
    list_of(&device.facts.accessories).into_iter().filter(|item| !is_there(item)).collect()
}
