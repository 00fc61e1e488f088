//! A request as DHIS2's own messages know it (type TICKET): a mirror for those who look there. What
//! stands in a mirror decides nothing.

use super::standing::State;

/// Status of a DHIS2 message conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MirrorStatus(pub &'static str);

/// The status that shows a state.
#[must_use]
pub const fn mirror_status(state: State) -> MirrorStatus {
    MirrorStatus(match state {
        State::New | State::Acknowledged => "OPEN",
        State::WaitingForUser => "PENDING",
        State::Resolved => "SOLVED",
        State::Invalid => "INVALID",
    })
}
