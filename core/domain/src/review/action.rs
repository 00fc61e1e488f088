//! What a supervisor's or an author's action makes of a record. The caller saves what is returned, as
//! every other edit.

use super::mark::Mark;
use super::state::ReviewFacts;
use crate::data::{Enrollment, Event, EventStatus, Note};
use crate::limits::REVIEW_TEXT_CHARS_MAX;
use crate::uid::NoteUid;

/// Why an action is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewRefusal {
    /// Sending back takes a reason.
    #[error("say what is to be corrected")]
    NoReason,
    /// The text is too long for a small screen.
    #[error("the text is longer than {REVIEW_TEXT_CHARS_MAX} characters; shorten it")]
    TooLong,
    /// Nothing is filled in: the visit is planned or was skipped.
    #[error("the visit did not take place, so there is nothing to review")]
    NotFilledIn,
    /// The record is deleted.
    #[error("the record is deleted")]
    Deleted,
    /// There is nothing to answer.
    #[error("the record was not sent back")]
    NotSentBack,
}

/// What becomes of a completed event that is sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopen {
    /// It stays complete; the author can edit it.
    Keep,
    /// It is active again: a stage that blocks completed forms takes no correction otherwise (E1326). The
    /// server asks for the authority to uncomplete (E1083).
    Reopen,
}

/// A record that can be reviewed: an event or an enrolment.
pub trait Reviewable: Clone {
    /// The remarks and the flag.
    fn review_fields(&mut self) -> (&mut Vec<Note>, &mut bool);
    /// Why it cannot be reviewed.
    fn refusal(&self) -> Option<ReviewRefusal>;
    /// Makes it final.
    fn complete(&mut self, at: &str);
    /// Takes finality back.
    fn reopen(&mut self);
}

impl Reviewable for Event {
    fn review_fields(&mut self) -> (&mut Vec<Note>, &mut bool) {
        (&mut self.notes, &mut self.follow_up)
    }

    fn refusal(&self) -> Option<ReviewRefusal> {
        let is_filled = match self.status {
            EventStatus::Active | EventStatus::Completed | EventStatus::Visited => true,
            EventStatus::Schedule | EventStatus::Overdue | EventStatus::Skipped => false,
        };
        refusal(self.deleted, is_filled)
    }

    fn complete(&mut self, at: &str) {
        if self.status != EventStatus::Completed {
            self.status = EventStatus::Completed;
            self.completed_at = Some(at.to_owned());
        }
    }

    fn reopen(&mut self) {
        if self.status == EventStatus::Completed {
            self.status = EventStatus::Active;
            // Only a completed event has an end (E1051).
            self.completed_at = None;
        }
    }
}

impl Reviewable for Enrollment {
    fn review_fields(&mut self) -> (&mut Vec<Note>, &mut bool) {
        (&mut self.notes, &mut self.follow_up)
    }

    fn refusal(&self) -> Option<ReviewRefusal> {
        refusal(self.deleted, true)
    }

    /// Completing an enrolment ends somebody's care, so approval leaves its status alone.
    fn complete(&mut self, _at: &str) {}

    fn reopen(&mut self) {}
}

const fn refusal(deleted: bool, is_filled: bool) -> Option<ReviewRefusal> {
    match (deleted, is_filled) {
        (true, _) => Some(ReviewRefusal::Deleted),
        (false, false) => Some(ReviewRefusal::NotFilledIn),
        (false, true) => None,
    }
}

/// The note of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewNote<'t> {
    /// Its id, minted by the caller: a note without one is added again with every resend (capture
    /// t009h).
    pub id: NoteUid,
    /// What the person wrote; may be empty except in [`send_back`].
    pub text: &'t str,
}

/// Asks the author for a correction: a marked note with the reason, and the follow-up flag.
///
/// # Errors
/// [`ReviewRefusal`], first of all without a reason.
pub fn send_back<R: Reviewable>(
    record: &R,
    note: ReviewNote<'_>,
    reopen: Reopen,
) -> Result<R, ReviewRefusal> {
    if note.text.trim().is_empty() {
        return Err(ReviewRefusal::NoReason);
    }
    let mut changed = marked(record, Mark::SentBack, note, true)?;
    if reopen == Reopen::Reopen {
        changed.reopen();
    }
    Ok(changed)
}

/// Says that the record was seen: a marked note, the flag is taken away.
///
/// # Errors
/// [`ReviewRefusal`].
pub fn mark_reviewed<R: Reviewable>(record: &R, note: ReviewNote<'_>) -> Result<R, ReviewRefusal> {
    marked(record, Mark::Reviewed, note, false)
}

/// Makes the record final: a marked note, the flag is taken away, an event is completed. `completed_at`
/// is the end of an event that was not complete, in the server's local time.
///
/// # Errors
/// [`ReviewRefusal`].
pub fn approve<R: Reviewable>(
    record: &R,
    note: ReviewNote<'_>,
    completed_at: &str,
) -> Result<R, ReviewRefusal> {
    let mut changed = marked(record, Mark::Approved, note, false)?;
    changed.complete(completed_at);
    Ok(changed)
}

/// The author's answer to a record that was sent back: a marked note, the flag is taken away.
///
/// # Errors
/// [`ReviewRefusal`], first of all unless the record is sent back.
pub fn answer_corrected<R: Reviewable>(
    record: &R,
    note: ReviewNote<'_>,
) -> Result<R, ReviewRefusal> {
    let mut copy = record.clone();
    let (notes, follow_up) = copy.review_fields();
    let facts = ReviewFacts {
        notes,
        follow_up: *follow_up,
        is_complete: true,
        updated_at: None,
        edited_here: false,
    };
    if !facts.review().is_task() {
        return Err(ReviewRefusal::NotSentBack);
    }
    marked(record, Mark::Corrected, note, false)
}

fn marked<R: Reviewable>(
    record: &R,
    mark: Mark,
    note: ReviewNote<'_>,
    follow_up: bool,
) -> Result<R, ReviewRefusal> {
    if let Some(refusal) = record.refusal() {
        return Err(refusal);
    }
    if note.text.chars().count() > REVIEW_TEXT_CHARS_MAX {
        return Err(ReviewRefusal::TooLong);
    }
    let mut changed = record.clone();
    let (notes, flag) = changed.review_fields();
    *flag = follow_up;
    // The same tap twice is one note.
    if !notes.iter().any(|one| one.id == note.id) {
        notes.push(Note::new(note.id, mark.note(note.text)));
    }
    Ok(changed)
}
