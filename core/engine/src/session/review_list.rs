//! What a supervisor looks through: visits, events of programs without registration, and enrolments as
//! a whole, in one list by day.
//!
//! Which state a record is in is read from the record; nothing here changes one.

use std::collections::VecDeque;

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventStatus, Payload, TrackedEntity,
};
use outpost_domain::metadata::MetadataKind;
use outpost_store::{
    EventCursor, EventFilter, EventRow, PeopleCursor, PeopleFilter, PeopleOrder, PersonRow, Waiting,
};

use super::Session;
use super::people::state_of;
use crate::error::{OutpostError, Result};
use crate::limits::{ANSWERS_LISTED_MAX, PAGE_ROWS_MAX, REVIEW_ROWS_LOOKED_AT_MAX};
use crate::model::{ReviewItem, ReviewPage, ReviewQuery, ReviewSubject, ReviewView};

/// Where the next page of reviews begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewCursor {
    events: At<EventCursor>,
    enrollments: At<PeopleCursor>,
}

/// How far a list was read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum At<C> {
    Begin,
    After(C),
    End,
}

/// A row of a list with its day and where a page behind it begins.
struct Read<C, R> {
    day: String,
    cursor: C,
    row: R,
}

/// Rows of one list, some of them read ahead, taken one by one.
struct Ahead<C, R> {
    /// Behind the last row that was taken.
    taken: At<C>,
    /// Behind the last row that was read.
    read: At<C>,
    rows: VecDeque<Read<C, R>>,
}

/// Rows that were read, and where the rest begins.
type Batch<C, R> = (Vec<Read<C, R>>, At<C>);

impl<C: Clone, R> Ahead<C, R> {
    fn from(at: At<C>) -> Self {
        Self { taken: at.clone(), read: at, rows: VecDeque::new() }
    }

    /// The day of the next row, reading on if need be; `None` behind the last.
    fn day(&mut self, load: impl Fn(Option<&C>) -> Result<Batch<C, R>>) -> Result<Option<&str>> {
        while self.rows.is_empty() {
            let (rows, read) = match &self.read {
                At::End => break,
                At::Begin => load(None)?,
                At::After(cursor) => load(Some(cursor))?,
            };
            self.rows.extend(rows);
            self.read = read;
        }
        Ok(self.rows.front().map(|row| row.day.as_str()))
    }

    fn take(&mut self) -> Option<R> {
        let next = self.rows.pop_front()?;
        self.taken = At::After(next.cursor);
        Some(next.row)
    }

    /// Where the next page goes on.
    fn at(self) -> At<C> {
        match (self.rows.is_empty(), self.read) {
            (true, At::End) => At::End,
            _ => self.taken,
        }
    }
}

impl Session {
    /// A page of what there is to review, the latest first: visits, events of programs without
    /// registration, and enrolments as a whole. Planned and skipped visits have nothing to review;
    /// a stage, if one is asked for, is of visits only.
    ///
    /// # Errors
    /// Storage errors.
    pub fn review_list(
        &self,
        query: &ReviewQuery,
        next: Option<ReviewCursor>,
    ) -> Result<ReviewPage> {
        let ReviewCursor { events, enrollments } = match next {
            Some(cursor) => cursor,
            None => self.first_reviews(query)?,
        };
        let (mut events, mut enrollments) = (Ahead::from(events), Ahead::from(enrollments));
        let (mut items, mut looked_at) = (Vec::new(), 0);
        loop {
            let event = events.day(|after| self.events_to_review(query, after))?;
            let enrollment = enrollments.day(|after| self.enrollments_to_review(query, after))?;
            let is_event = match (event, enrollment) {
                (None, None) => return Ok(ReviewPage { items, next: None }),
                (event, enrollment) => event >= enrollment,
            };
            if items.len() >= PAGE_ROWS_MAX as usize || looked_at >= REVIEW_ROWS_LOOKED_AT_MAX {
                let next = ReviewCursor { events: events.at(), enrollments: enrollments.at() };
                return Ok(ReviewPage { items, next: Some(next) });
            }
            looked_at += 1;
            let item = match is_event {
                true => events.take().map(|row| self.reviewed_event(query, row)),
                false => enrollments.take().map(|row| self.reviewed_enrollment(query, row)),
            };
            items.extend(item.transpose()?.flatten());
        }
    }

    /// Programs without registration have events only.
    fn first_reviews(&self, query: &ReviewQuery) -> Result<ReviewCursor> {
        let enrollments = match self.people_of_program(query.program) {
            Ok(_) if query.stage.is_none() => At::Begin,
            Ok(_) | Err(OutpostError::NotFound { .. }) => At::End,
            Err(error) => return Err(error),
        };
        Ok(ReviewCursor { events: At::Begin, enrollments })
    }

    fn events_to_review(
        &self,
        query: &ReviewQuery,
        after: Option<&EventCursor>,
    ) -> Result<Batch<EventCursor, EventRow>> {
        let filter = EventFilter {
            organisation_unit: query.organisation_unit,
            from: query.from.clone(),
            to: query.to.clone(),
            status: query.completed_only.then_some(EventStatus::Completed),
            ..EventFilter::of(query.program)
        };
        let rows = self.store().events_page(&filter, after, PAGE_ROWS_MAX)?;
        let read = |row: EventRow| {
            let cursor = row.cursor.clone();
            Read { day: cursor.occurred.clone(), cursor, row }
        };
        let rows: Vec<_> = rows.into_iter().map(read).collect();
        let is_full = rows.len() == PAGE_ROWS_MAX as usize;
        let rest = rows.last().filter(|_| is_full).map(|row| row.cursor.clone());
        Ok((rows, rest.map_or(At::End, At::After)))
    }

    fn enrollments_to_review(
        &self,
        query: &ReviewQuery,
        after: Option<&PeopleCursor>,
    ) -> Result<Batch<PeopleCursor, PersonRow>> {
        let filter = PeopleFilter {
            organisation_unit: query.organisation_unit,
            status: query.completed_only.then_some(EnrollmentStatus::Completed),
            order: PeopleOrder::Latest,
            ..PeopleFilter::of(query.program)
        };
        let (rows, more) = self.store().people_page(&filter, after, PAGE_ROWS_MAX)?;
        let read = |row: PersonRow| {
            let enrollment = row.enrollment.as_ref()?;
            let day = enrollment.enrolled_at.clone().unwrap_or_default();
            Some(Read { cursor: PeopleCursor { key: day.clone(), uid: enrollment.id }, day, row })
        };
        let mut rows: Vec<_> = rows.into_iter().filter_map(read).collect();
        let is_early = |day: &str| query.from.as_deref().is_some_and(|from| date(day) < from);
        let is_over = rows.last().is_some_and(|row| is_early(&row.day));
        rows.retain(|row| {
            let is_late = query.to.as_deref().is_some_and(|to| date(&row.day) > to);
            !is_late && !is_early(&row.day)
        });
        Ok((rows, more.filter(|_| !is_over).map_or(At::End, At::After)))
    }

    fn reviewed_event(&self, query: &ReviewQuery, row: EventRow) -> Result<Option<ReviewItem>> {
        let event = row.event;
        let other_stage = query.stage.is_some_and(|stage| stage != event.program_stage);
        if other_stage || has_not_happened(&event) {
            return Ok(None);
        }
        let review = self.event_review(&event, row.waiting.is_some())?;
        match query.wants(&review) {
            true => self.item_of_event(event, review, row.waiting).map(Some),
            false => Ok(None),
        }
    }

    fn reviewed_enrollment(
        &self,
        query: &ReviewQuery,
        row: PersonRow,
    ) -> Result<Option<ReviewItem>> {
        let Some(enrollment) = row.enrollment else { return Ok(None) };
        // What waits of the person may be a visit.
        let own = match row.waiting {
            Some(_) => {
                let record = Payload::Enrollment { enrollment: enrollment.clone() };
                self.store().outbox_row_of(&record)?.map(|entry| (entry.id, entry.state))
            }
            None => None,
        };
        let review = self.enrollment_review(&enrollment, own.is_some())?;
        if !query.wants(&review) {
            return Ok(None);
        }
        self.item_of_enrollment(enrollment, row.tracked_entity.as_ref(), review, own).map(Some)
    }

    /// An event in the list of reviews or tasks.
    pub(super) fn item_of_event(
        &self,
        event: Event,
        review: ReviewView,
        waiting: Option<Waiting>,
    ) -> Result<ReviewItem> {
        let person_title = match self.person_of(&event)? {
            Some(person) => self.title_of(&person, None)?,
            None => String::new(),
        };
        Ok(ReviewItem {
            subject: ReviewSubject::Event(event.id),
            program: event.program,
            program_name: self.name_of(MetadataKind::Program, event.program.0)?,
            stage_name: self.name_of(MetadataKind::ProgramStage, event.program_stage.0)?,
            person: event.tracked_entity,
            person_title,
            organisation_unit_name: self
                .name_of(MetadataKind::OrganisationUnit, event.organisation_unit.0)?,
            review,
            state: state_of(waiting),
            answers: self.first_answers(&event)?,
            occurred_at: event.occurred_at,
        })
    }

    /// An enrolment in the list of reviews or tasks.
    pub(super) fn item_of_enrollment(
        &self,
        enrollment: Enrollment,
        person: Option<&TrackedEntity>,
        review: ReviewView,
        waiting: Option<Waiting>,
    ) -> Result<ReviewItem> {
        let (mut person_title, mut answers) = (String::new(), Vec::new());
        if let Some(person) = person {
            person_title = self.title_of(person, Some(&enrollment))?;
            let bundle = self.people_of_program(enrollment.program)?;
            let values = self.list_values(&bundle, person, Some(&enrollment))?.into_iter();
            let values = values.map(|value| (value.name, value.shown));
            answers = values.take(ANSWERS_LISTED_MAX).collect();
        }
        let place = enrollment.organisation_unit.0;
        Ok(ReviewItem {
            subject: ReviewSubject::Enrollment(enrollment.id),
            program: enrollment.program,
            program_name: self.name_of(MetadataKind::Program, enrollment.program.0)?,
            stage_name: String::new(),
            person: Some(enrollment.tracked_entity),
            person_title,
            organisation_unit_name: self.name_of(MetadataKind::OrganisationUnit, place)?,
            occurred_at: enrollment.enrolled_at,
            review,
            state: state_of(waiting),
            answers,
        })
    }
}

impl ReviewQuery {
    fn wants(&self, review: &ReviewView) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&review.status)
    }
}

/// The date of a time.
fn date(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

const fn has_not_happened(event: &Event) -> bool {
    matches!(event.status, EventStatus::Schedule | EventStatus::Overdue | EventStatus::Skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows a batch, each day its own cursor.
    fn load(days: &'static [&'static str], after: Option<&usize>) -> Batch<usize, &'static str> {
        let from = after.map_or(0, |at| at + 1);
        let rows = days.iter().enumerate().skip(from).take(2);
        let rows: Vec<_> =
            rows.map(|(at, day)| Read { day: (*day).to_owned(), cursor: at, row: *day }).collect();
        let is_full = rows.len() == 2;
        let rest = rows.last().filter(|_| is_full).map_or(At::End, |row| At::After(row.cursor));
        (rows, rest)
    }

    #[test]
    fn a_list_goes_on_behind_what_was_taken_not_behind_what_was_read() {
        const DAYS: &[&str] = &["3", "2", "1"];
        let mut ahead = Ahead::from(At::Begin);
        assert_eq!(ahead.day(|after| Ok(load(DAYS, after))).expect("a day"), Some("3"));
        assert_eq!(ahead.take(), Some("3"));
        let mut next = Ahead::from(ahead.at());
        for expected in [Some("2"), Some("1"), None] {
            assert_eq!(next.day(|after| Ok(load(DAYS, after))).expect("a day"), expected);
            next.take();
        }
        assert_eq!(next.at(), At::End);
    }
}
