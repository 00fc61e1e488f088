//! One file on its way out.

use super::{Decline, Frame, Offer, Violation};
use crate::limits::{DATA_BYTES_MAX, WAITS_MAX, WINDOW_BYTES};

/// What the sender of a file does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Send so many of its bytes from this place on, then [`Sending::sent`].
    Data {
        /// The first byte.
        at: u64,
        /// How many.
        bytes: usize,
    },
    /// Wait for a frame.
    Answer,
}

/// How it ended for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The other side has it, whole and verified.
    Stored,
    /// The other side does not take it. If `skip`, it waits for [`Frame::Skip`].
    Declined {
        /// Why.
        why: Decline,
        /// Whether a skip is owed.
        skip: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Offered,
    Sending { sent: u64, acknowledged: u64 },
    Over,
}

/// The sender of one file.
#[derive(Debug)]
pub struct Sending {
    offer: Offer,
    state: State,
    waits: u32,
}

impl Sending {
    /// Begins with the frame to be sent first.
    #[must_use]
    pub const fn begin(offer: Offer) -> (Self, Frame) {
        (Self { offer, state: State::Offered, waits: 0 }, Frame::Offer(offer))
    }

    /// What to do next.
    #[must_use]
    pub fn want(&self) -> Want {
        let State::Sending { sent, acknowledged } = self.state else { return Want::Answer };
        let window = (acknowledged + WINDOW_BYTES).min(self.offer.bytes);
        match window.saturating_sub(sent).min(DATA_BYTES_MAX as u64) {
            0 => Want::Answer,
            bytes => Want::Data { at: sent, bytes: bytes as usize },
        }
    }

    /// The bytes that were asked for are on their way.
    pub fn sent(&mut self, bytes: usize) {
        if let State::Sending { sent, .. } = &mut self.state {
            *sent = (*sent + bytes as u64).min(self.offer.bytes);
        }
    }

    /// Bytes that the other side has.
    #[must_use]
    pub const fn acknowledged(&self) -> u64 {
        match self.state {
            State::Sending { acknowledged, .. } => acknowledged,
            State::Offered | State::Over => 0,
        }
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// [`Violation`] if it may not come now.
    pub fn frame(&mut self, frame: &Frame) -> Result<Option<End>, Violation> {
        let out_of_turn = Violation::OutOfTurn(frame.kind());
        self.waits = if *frame == Frame::Wait { self.waits + 1 } else { 0 };
        let end = match (frame, self.state) {
            (_, State::Over) => return Err(out_of_turn),
            (Frame::Wait, _) if self.waits > WAITS_MAX => return Err(Violation::TooManyWaits),
            (Frame::Wait, _) => return Ok(None),
            (Frame::Have(have), State::Offered) if *have < self.offer.bytes => {
                self.state = State::Sending { sent: *have, acknowledged: *have };
                return Ok(None);
            }
            (Frame::Have(have), State::Sending { sent, acknowledged })
                if *have > acknowledged && *have <= sent =>
            {
                self.state = State::Sending { sent, acknowledged: *have };
                return Ok(None);
            }
            (Frame::Have(_), _) => return Err(Violation::Acknowledged),
            (Frame::Stored, State::Sending { sent, .. }) if sent < self.offer.bytes => {
                return Err(out_of_turn);
            }
            (Frame::Stored, _) => End::Stored,
            (Frame::Declined(why), State::Offered) => End::Declined { why: *why, skip: false },
            (Frame::Declined(why), State::Sending { .. }) => {
                End::Declined { why: *why, skip: true }
            }
            _ => return Err(out_of_turn),
        };
        self.state = State::Over;
        Ok(Some(end))
    }
}
