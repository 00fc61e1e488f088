//! A supervisor's review and its author's tasks, carried by DHIS2's own means: notes with a mark, the
//! follow-up flag, completion. The state is read from the record, never stored apart.

use outpost_domain::data::{Enrollment, Event, EventStatus, Payload};
use outpost_domain::review::{
    self, Reopen, ReviewFacts, ReviewNote, ReviewRefusal, ReviewState, Reviewable,
};
use outpost_domain::uid::{EnrollmentUid, EventUid, NoteUid, ProgramUid};
use outpost_store::{FollowUpCursor, FollowUpFilter, FollowUpRow};

use super::Session;
use crate::error::{OutpostError, Result};
use crate::limits::{PAGE_ROWS_MAX, REVIEW_ROWS_LOOKED_AT_MAX};
use crate::model::{ReviewItem, ReviewStatus, ReviewSubject, ReviewView};

/// A record that can be reviewed.
enum Subject {
    Enrollment(Enrollment),
    Event(Event),
}

impl Session {
    /// What was sent back to this device's user and waits for a correction, at most a page per
    /// program and kind: what is marked for follow-up and was sent back.
    ///
    /// # Errors
    /// Storage errors.
    pub fn my_tasks(&self) -> Result<Vec<ReviewItem>> {
        let mut programs: Vec<ProgramUid> =
            self.programs()?.into_iter().map(|program| program.uid).collect();
        let forms = self.forms()?.into_iter();
        let events = forms.filter(|form| form.kind == crate::model::FormKind::EventProgram);
        programs.extend(events.map(|form| ProgramUid(form.uid)));
        let mut tasks = Vec::new();
        for program in programs {
            for of_enrollments in [false, true] {
                let filter = FollowUpFilter { program, organisation_unit: None, of_enrollments };
                self.collect_tasks(&filter, &mut tasks)?;
            }
        }
        tasks.sort_by(|a, b| b.review.at.cmp(&a.review.at));
        Ok(tasks)
    }

    fn collect_tasks(&self, filter: &FollowUpFilter, tasks: &mut Vec<ReviewItem>) -> Result<()> {
        let mut after: Option<FollowUpCursor> = None;
        let mut looked_at = 0;
        loop {
            let rows = self.store().follow_up_page(filter, after.as_ref(), PAGE_ROWS_MAX)?;
            let is_last = rows.len() < PAGE_ROWS_MAX as usize;
            looked_at += rows.len();
            after = rows.last().map(|row| row.cursor.clone());
            for row in rows {
                tasks.extend(self.task(row)?);
            }
            let is_full = tasks.len() >= PAGE_ROWS_MAX as usize;
            if is_last || is_full || looked_at >= REVIEW_ROWS_LOOKED_AT_MAX {
                return Ok(());
            }
        }
    }

    fn task(&self, row: FollowUpRow) -> Result<Option<ReviewItem>> {
        let edited = row.waiting.is_some();
        if let Some(event) = row.event {
            let review = self.event_review(&event, edited)?;
            return match review.status {
                ReviewStatus::SentBack => self.item_of_event(event, review, row.waiting).map(Some),
                _ => Ok(None),
            };
        }
        let Some(enrollment) = row.enrollment else { return Ok(None) };
        let review = self.enrollment_review(&enrollment, edited)?;
        if review.status != ReviewStatus::SentBack {
            return Ok(None);
        }
        self.item_of_enrollment(enrollment, row.tracked_entity.as_ref(), review, row.waiting)
            .map(Some)
    }

    /// Where one record stands in its review.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn review_of(&self, subject: ReviewSubject) -> Result<ReviewView> {
        match self.subject(subject)? {
            Subject::Event(event) => {
                let record = Payload::Event { event: event.clone() };
                let waits = self.store().outbox_row_of(&record)?.is_some();
                self.event_review(&event, waits)
            }
            Subject::Enrollment(enrollment) => {
                let record = Payload::Enrollment { enrollment: enrollment.clone() };
                let waits = self.store().outbox_row_of(&record)?.is_some();
                self.enrollment_review(&enrollment, waits)
            }
        }
    }

    /// Sends a record back to its author with what is to be corrected. A completed event whose stage
    /// locks completed forms is reopened, or nobody could correct it.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason or for what cannot be reviewed; storage errors.
    pub fn send_back(&self, subject: ReviewSubject, reason: &str) -> Result<ReviewView> {
        let id = NoteUid(self.mint_uid()?);
        let note = ReviewNote { id, text: reason };
        match self.subject(subject)? {
            Subject::Event(event) => {
                let bundle = self.event_bundle(event.program, event.program_stage)?;
                let reopen = match bundle.form.program_stage.block_entry_form {
                    true => Reopen::Reopen,
                    false => Reopen::Keep,
                };
                self.keep_event(review::send_back(&event, note, reopen))
            }
            Subject::Enrollment(enrollment) => {
                self.keep_enrollment(review::send_back(&enrollment, note, Reopen::Keep))
            }
        }?;
        self.review_of(subject)
    }

    /// Says that a record was seen; a text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for what cannot be reviewed; storage errors.
    pub fn mark_reviewed(&self, subject: ReviewSubject, text: &str) -> Result<ReviewView> {
        self.act(subject, text, Action::Reviewed)
    }

    /// Makes a record final; an event is completed with it. A text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for what cannot be reviewed; storage errors.
    pub fn approve(&self, subject: ReviewSubject, text: &str) -> Result<ReviewView> {
        self.act(subject, text, Action::Approved)
    }

    /// The author's answer to what was sent back: it was corrected. A text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it was not sent back; storage errors.
    pub fn answer_corrected(&self, subject: ReviewSubject, text: &str) -> Result<ReviewView> {
        self.act(subject, text, Action::Corrected)
    }

    fn act(&self, subject: ReviewSubject, text: &str, action: Action) -> Result<ReviewView> {
        let note = ReviewNote { id: NoteUid(self.mint_uid()?), text };
        let today = self.world()?.today_text();
        match self.subject(subject)? {
            Subject::Event(event) => self.keep_event(action.of(&event, note, &today)),
            Subject::Enrollment(enrollment) => {
                self.keep_enrollment(action.of(&enrollment, note, &today))
            }
        }?;
        self.review_of(subject)
    }

    /// A review is a note and a mark: it is saved whatever else may not be changed, as the server takes
    /// notes from anybody who sees the record (capture t009i); what it refuses comes back with its
    /// reason.
    fn keep_event(&self, changed: std::result::Result<Event, ReviewRefusal>) -> Result<()> {
        let mut event = changed.map_err(refused)?;
        event.updated_at_client = Some(self.world()?.now_text());
        let _saved = self.store().save_event(&event, self.by(), self.now_ms())?;
        Ok(())
    }

    fn keep_enrollment(
        &self,
        changed: std::result::Result<Enrollment, ReviewRefusal>,
    ) -> Result<()> {
        self.save_enrollment(changed.map_err(refused)?)?;
        Ok(())
    }

    fn subject(&self, subject: ReviewSubject) -> Result<Subject> {
        Ok(match subject {
            ReviewSubject::Event(id) => Subject::Event(self.load_visit(id)?),
            ReviewSubject::Enrollment(id) => Subject::Enrollment(self.enrollment(id)?),
        })
    }

    /// The review of an event; `waits` whether a row of it is in the outbox.
    pub(super) fn event_review(&self, event: &Event, waits: bool) -> Result<ReviewView> {
        let edited_here = match waits {
            true => self.stored_event(event)?.is_none_or(|stored| differs_event(event, &stored)),
            false => false,
        };
        // Most records carry no mark: then nothing else matters.
        if !event.notes.iter().any(is_marked) {
            return Ok(ReviewView::default());
        }
        let updated_at = self.store().server_time_of(event.id.0)?;
        let facts = ReviewFacts::of_event(event, updated_at.as_deref(), edited_here);
        Ok(view(&facts.review()))
    }

    /// The review of an enrolment.
    pub(super) fn enrollment_review(
        &self,
        enrollment: &Enrollment,
        waits: bool,
    ) -> Result<ReviewView> {
        if !enrollment.notes.iter().any(is_marked) {
            return Ok(ReviewView::default());
        }
        let edited_here = match waits {
            true => {
                let stored =
                    self.stored_enrollment(enrollment, std::slice::from_ref(enrollment))?;
                stored.is_none_or(|stored| differs_enrollment(enrollment, &stored))
            }
            false => false,
        };
        let updated_at = self.store().server_time_of(enrollment.id.0)?;
        let facts = ReviewFacts::of_enrollment(enrollment, updated_at.as_deref(), edited_here);
        Ok(view(&facts.review()))
    }
}

/// What a supervisor or author does besides sending back.
#[derive(Clone, Copy)]
enum Action {
    Reviewed,
    Approved,
    Corrected,
}

impl Action {
    fn of<R: Reviewable>(
        self,
        record: &R,
        note: ReviewNote<'_>,
        today: &str,
    ) -> std::result::Result<R, ReviewRefusal> {
        match self {
            Self::Reviewed => review::mark_reviewed(record, note),
            Self::Approved => review::approve(record, note, today),
            Self::Corrected => review::answer_corrected(record, note),
        }
    }
}

fn refused(refusal: ReviewRefusal) -> OutpostError {
    OutpostError::invalid("review", "review", refusal)
}

fn is_marked(note: &outpost_domain::data::Note) -> bool {
    review::parse_note(&note.value).is_some()
}

/// Whether more than notes and mark differ from what the server holds.
fn differs_event(event: &Event, stored: &Event) -> bool {
    let plain = |event: &Event| Event {
        notes: Vec::new(),
        follow_up: false,
        updated_at_client: None,
        status: EventStatus::Active,
        completed_at: None,
        ..event.clone()
    };
    plain(event) != plain(stored)
}

fn differs_enrollment(enrollment: &Enrollment, stored: &Enrollment) -> bool {
    let plain = |enrollment: &Enrollment| Enrollment {
        notes: Vec::new(),
        follow_up: false,
        updated_at_client: None,
        ..enrollment.clone()
    };
    plain(enrollment) != plain(stored)
}

fn view(review: &outpost_domain::review::Review) -> ReviewView {
    let (status, reason) = match &review.state {
        ReviewState::New => (ReviewStatus::New, None),
        ReviewState::Reviewed => (ReviewStatus::Reviewed, None),
        ReviewState::SentBack { reason, .. } => (ReviewStatus::SentBack, Some(reason.clone())),
        ReviewState::Corrected => (ReviewStatus::Corrected, None),
        ReviewState::Approved => (ReviewStatus::Approved, None),
    };
    ReviewView {
        status,
        reason,
        by: review.by.clone(),
        at: review.at.clone(),
        edited_since: review.edited_since,
    }
}

/// The subject of an id of an enrolment or event.
impl From<EventUid> for ReviewSubject {
    fn from(id: EventUid) -> Self {
        Self::Event(id)
    }
}

impl From<EnrollmentUid> for ReviewSubject {
    fn from(id: EnrollmentUid) -> Self {
        Self::Enrollment(id)
    }
}
