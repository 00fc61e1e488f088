//! A supervisor's review of a record, carried by DHIS2's own means so that any server and any DHIS2
//! app shows it: notes with a leading mark, the follow-up flag, completion.
//!
//! A mark is `#review:` and a word, then what a person wrote: `#review:sent-back Which child moved?`
//! The state is always derived from the notes, never stored apart. The last mark counts, by the time at
//! which the server stored it; what waits here for the network comes last.
//!
//! Never keeps anybody from writing such a note elsewhere: DHIS2 does not protect notes. Who wrote it and
//! when travels with the state, for a screen to show. A remark that only looks like a mark is
//! [changed](remark) before it is saved here.

mod action;
mod mark;
mod state;
#[cfg(test)]
mod tests;

pub use action::{
    Reopen, ReviewNote, ReviewRefusal, Reviewable, answer_corrected, approve, mark_reviewed,
    send_back,
};
pub use mark::{Mark, MarkedNote, REVIEW_MARK, parse_note, remark};
pub use state::{Review, ReviewFacts, ReviewState};
