//! The state of a record's review, derived from the record.

use jiff::civil::DateTime;

use super::mark::{Mark, MarkedNote, parse_note};
use crate::data::{Enrollment, Event, EventStatus, Note};
use crate::form::civil_time;

/// How far the review of a record has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewState {
    /// Not looked at, or changed since it was.
    New,
    /// Seen by the supervisor.
    Reviewed,
    /// To be corrected.
    SentBack {
        /// What the supervisor asks for.
        reason: String,
        /// User name of the supervisor; `None` for an own note that was not sent yet.
        by: Option<String>,
        /// When the server stored it, in its local time; `None` for a note that was not sent yet.
        at: Option<String>,
    },
    /// Corrected by its author; the supervisor looks again.
    Corrected,
    /// Final.
    Approved,
}

/// The review of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its state.
    pub state: ReviewState,
    /// User name of whoever wrote the last mark, if the server told.
    pub by: Option<String>,
    /// When the server stored the last mark, in its local time.
    pub at: Option<String>,
    /// Whether the record was changed after the last mark. A record that was reviewed or approved is new
    /// again; one that was sent back still waits for its author's answer.
    pub edited_since: bool,
}

/// What a review is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewFacts<'r> {
    /// The remarks.
    pub notes: &'r [Note],
    /// The follow-up flag.
    pub follow_up: bool,
    /// Whether the record can be final: a completed event, or an enrolment, which is approved while it
    /// goes on.
    pub is_complete: bool,
    /// `updatedAt` of the server's copy, in its local time.
    pub updated_at: Option<&'r str>,
    /// Whether a change of more than notes and flag waits here to be sent.
    pub edited_here: bool,
}

impl<'r> ReviewFacts<'r> {
    /// The facts of an event; the last two are known to the store.
    #[must_use]
    pub fn of_event(event: &'r Event, updated_at: Option<&'r str>, edited_here: bool) -> Self {
        Self {
            notes: &event.notes,
            follow_up: event.follow_up,
            is_complete: event.status == EventStatus::Completed,
            updated_at,
            edited_here,
        }
    }

    /// The facts of an enrolment; the last two are known to the store.
    #[must_use]
    pub fn of_enrollment(
        enrollment: &'r Enrollment,
        updated_at: Option<&'r str>,
        edited_here: bool,
    ) -> Self {
        Self {
            notes: &enrollment.notes,
            follow_up: enrollment.follow_up,
            is_complete: true,
            updated_at,
            edited_here,
        }
    }

    /// The review that these facts make.
    #[must_use]
    pub fn review(&self) -> Review {
        let Some((note, marked)) = self.last_mark() else {
            return Review { state: ReviewState::New, by: None, at: None, edited_since: false };
        };
        let edited_since = self.edited_since(note);
        let state = match marked.mark {
            // The flag may vanish without an answer, for an update that leaves it out clears it (wire
            // reference 1.4). Together with a change it is the answer of somebody in a DHIS2 app.
            Mark::SentBack if edited_since && !self.follow_up => ReviewState::Corrected,
            Mark::SentBack => ReviewState::SentBack {
                reason: marked.text.to_owned(),
                by: note.stored_by.clone(),
                at: note.stored_at.clone(),
            },
            Mark::Corrected => ReviewState::Corrected,
            Mark::Reviewed | Mark::Approved if edited_since => ReviewState::New,
            Mark::Reviewed => ReviewState::Reviewed,
            Mark::Approved if self.is_complete => ReviewState::Approved,
            // Reopened since.
            Mark::Approved => ReviewState::New,
        };
        let (by, at) = (note.stored_by.clone(), note.stored_at.clone());
        Review { state, by, at, edited_since }
    }

    /// The note that decides: unsent ones last, in the order they were written; sent ones by the server's
    /// time, then by caution, then by id, so that all devices see the same.
    fn last_mark(&self) -> Option<(&'r Note, MarkedNote<'r>)> {
        let notes = self.notes.iter().enumerate();
        let marked = notes.filter_map(|(at, note)| Some((at, note, parse_note(&note.value)?)));
        let last = marked.max_by(|(at, note, marked), (other_at, other, other_marked)| {
            let sent = (&note.stored_at, marked.mark, note.id);
            let other_sent = (&other.stored_at, other_marked.mark, other.id);
            match (note.stored_at.is_some(), other.stored_at.is_some()) {
                (false, false) => at.cmp(other_at),
                (is_sent, other_is_sent) => {
                    other_is_sent.cmp(&is_sent).then_with(|| sent.cmp(&other_sent))
                }
            }
        });
        last.map(|(_, note, marked)| (note, marked))
    }

    fn edited_since(&self, note: &Note) -> bool {
        let Some(stored_at) = note.stored_at.as_deref().and_then(civil_time) else {
            // A mark that was written here was written over what is here.
            return note.stored_at.is_some() && self.edited_here;
        };
        let is_later = |at: DateTime| {
            // A note and the flag that came with it are stored within moments of each other.
            let passed = stored_at.duration_until(at);
            passed.as_secs() > MOMENTS_SECONDS
        };
        self.edited_here || self.updated_at.and_then(civil_time).is_some_and(is_later)
    }
}

/// Seconds that one import takes at most between storing a note and stamping its record.
const MOMENTS_SECONDS: i64 = 60;

impl Review {
    /// Whether the author has something to do.
    #[must_use]
    pub const fn is_task(&self) -> bool {
        matches!(self.state, ReviewState::SentBack { .. })
    }

    /// Whether the supervisor has something to do.
    #[must_use]
    pub const fn is_for_supervisor(&self) -> bool {
        matches!(self.state, ReviewState::New | ReviewState::Corrected)
    }
}

impl ReviewState {
    /// Name for filters and for JSON output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reviewed => "reviewed",
            Self::SentBack { .. } => "sentBack",
            Self::Corrected => "corrected",
            Self::Approved => "approved",
        }
    }
}
