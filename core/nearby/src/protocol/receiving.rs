//! The turn of the other side: its files come in, one after the other.

use bytes::Bytes;

use super::{Decline, Frame, Offer, Violation};
use crate::limits::{ACKNOWLEDGE_BYTES, FILES_MAX};

/// What the receiver does with a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Find out how much of this file is here, then [`Receiving::placed`].
    Place(Offer),
    /// Write these bytes, the next of the file, then [`Receiving::wrote`].
    Write(Bytes),
    /// The sender gives up this file for now; what is here of it is kept.
    Leave,
    /// Nothing.
    Nothing,
    /// The turn is over.
    Over,
}

/// How a file stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// So many of its bytes are here, fewer than all.
    At(u64),
    /// All of it is here and verified.
    Whole,
    /// It is not taken.
    Declined(Decline),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Placing(Offer),
    /// `have` bytes are written, `coming` more were given to be written.
    Taking {
        offer: Offer,
        have: u64,
        coming: u64,
        told: u64,
    },
    /// Declined while it came: what is under way is ignored until the sender skips.
    Draining {
        left: u64,
    },
    Over,
}

/// The receiver of a turn.
#[derive(Debug)]
pub struct Receiving {
    state: State,
    files: usize,
}

impl Default for Receiving {
    fn default() -> Self {
        Self { state: State::Idle, files: 0 }
    }
}

impl Receiving {
    /// Takes a frame.
    ///
    /// # Errors
    /// [`Violation`] if it may not come now.
    pub fn frame(&mut self, frame: Frame) -> Result<Step, Violation> {
        let out_of_turn = Violation::OutOfTurn(frame.kind());
        match (frame, &mut self.state) {
            (Frame::Offer(offer), State::Idle) => {
                self.files += 1;
                if self.files > FILES_MAX {
                    return Err(Violation::TooManyFiles);
                }
                self.state = State::Placing(offer);
                Ok(Step::Place(offer))
            }
            (Frame::Data(bytes), State::Taking { offer, have, coming, .. }) => {
                *coming += bytes.len() as u64;
                if *have + *coming > offer.bytes {
                    return Err(Violation::TooMuchData);
                }
                Ok(Step::Write(bytes))
            }
            (Frame::Data(bytes), State::Draining { left }) => {
                *left = left.checked_sub(bytes.len() as u64).ok_or(Violation::TooMuchData)?;
                Ok(Step::Nothing)
            }
            (Frame::Skip, State::Taking { .. } | State::Draining { .. }) => {
                self.state = State::Idle;
                Ok(Step::Leave)
            }
            (Frame::Turn, State::Idle) => {
                self.state = State::Over;
                Ok(Step::Over)
            }
            (Frame::Wait, State::Idle | State::Taking { .. } | State::Draining { .. }) => {
                Ok(Step::Nothing)
            }
            _ => Err(out_of_turn),
        }
    }

    /// How the offered file stands here; gives the frame to answer.
    pub fn placed(&mut self, placed: Placed) -> Frame {
        let State::Placing(offer) = self.state else { return Frame::Declined(Decline::Disk) };
        self.state = State::Idle;
        match placed {
            Placed::At(have) if have < offer.bytes => {
                self.state = State::Taking { offer, have, coming: 0, told: have };
                Frame::Have(have)
            }
            Placed::At(_) => Frame::Declined(Decline::Disk),
            Placed::Whole => Frame::Stored,
            Placed::Declined(why) => Frame::Declined(why),
        }
    }

    /// So many bytes more are written; gives the frame to send, if one is due.
    pub fn wrote(&mut self, bytes: u64) -> Option<Frame> {
        let State::Taking { offer, have, coming, told } = &mut self.state else { return None };
        *have += bytes.min(*coming);
        *coming -= bytes.min(*coming);
        if *have == offer.bytes || *have - *told < ACKNOWLEDGE_BYTES {
            return None;
        }
        *told = *have;
        Some(Frame::Have(*have))
    }

    /// Whether every byte of the file is written, so that it can be verified.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.state, State::Taking { offer, have, .. } if have == offer.bytes)
    }

    /// The whole file is here and its hash fits; gives the frame to send.
    pub fn stored(&mut self) -> Frame {
        self.state = State::Idle;
        Frame::Stored
    }

    /// The file cannot be taken any further; gives the frame to send.
    pub fn failed(&mut self, why: Decline) -> Frame {
        if let State::Taking { offer, have, coming, .. } = self.state {
            self.state = State::Draining { left: offer.bytes - (have + coming).min(offer.bytes) };
        }
        Frame::Declined(why)
    }
}
