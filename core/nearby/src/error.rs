//! What can go wrong between phone and tablet, by what the person who holds one of them can do.
//!
//! Speaks of addresses, sizes and reasons, never of what is in a file.

use crate::protocol::{Refusal, Violation};

/// Why a conversation did not come about or ended. Files that were stored by then stay stored, and
/// what was half here is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NearbyError {
    /// The text is no invitation.
    #[error("this is no invitation of a tablet ({detail}): scan the code on its screen again")]
    NoInvitation {
        /// Why.
        detail: &'static str,
    },
    /// No address of the invitation answers.
    #[error(
        "the tablet cannot be reached ({detail}): join the same Wi-Fi or its hotspot, and keep its \
         screen on"
    )]
    Unreachable {
        /// What the system said last.
        detail: String,
    },
    /// Somebody else answers at the address of the tablet. The secret was not told.
    #[error(
        "another device answers in the place of the tablet: nothing was sent; let the tablet show \
         a new code, and use its own hotspot if this happens again"
    )]
    OtherCertificate,
    /// The tablet does not let this phone in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The connection broke. What came is kept; trying again goes on from there.
    #[error("the connection broke ({detail}): stay close to each other and try again")]
    Lost {
        /// What the system said.
        detail: String,
    },
    /// The other side said nothing for too long. What came is kept.
    #[error("the other device does not answer any more: try again")]
    Silent,
    /// The other side said something that may not be.
    #[error("the other device does not keep to the rules ({0}): update both, and tell support")]
    Violation(#[from] Violation),
    /// A file or folder of this device failed.
    #[error("{doing} failed on this device ({detail}): free some space and try again")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// The caller gives something that cannot be.
    #[error("this cannot be done: {detail}")]
    Impossible {
        /// Why.
        detail: String,
    },
    /// The same phone came back on another connection, which goes on.
    #[error("the phone came back on another connection")]
    Superseded,
    /// The session was closed.
    #[error("the session was closed")]
    Closed,
}

impl NearbyError {
    pub(crate) fn disk(doing: &'static str, error: &std::io::Error) -> Self {
        Self::Disk { doing, detail: error.kind().to_string() }
    }

    pub(crate) fn lost(error: &std::io::Error) -> Self {
        Self::Lost { detail: error.kind().to_string() }
    }

    /// Whether the same attempt may succeed a moment later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. } | Self::Silent)
    }
}
