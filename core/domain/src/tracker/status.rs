//! Which status an event may take, and what goes with it.

use jiff::civil::DateTime;

use crate::data::{Event, EventStatus};
use crate::form::event::{EventAuthorities, has_not_happened};
use crate::merge::fields;

/// Why an event may not take a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusProblem {
    /// It took place: it can no longer be planned or skipped (E1316, capture t011h).
    TookPlace,
    /// It is completed and the user may not reopen (E1083).
    ReopeningNotAllowed,
    /// It has answers: what is planned or skipped has none (E1315, capture t011e).
    HasAnswers,
    /// A planned event needs the day for which it is planned (E1050).
    DateMissing,
}

impl StatusProblem {
    /// The DHIS2 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TookPlace => "E1316",
            Self::ReopeningNotAllowed => "E1083",
            Self::HasAnswers => "E1315",
            Self::DateMissing => "E1050",
        }
    }

    /// The field to go to; `None` for the whole event.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::TookPlace | Self::ReopeningNotAllowed => Some(fields::STATUS),
            Self::HasAnswers => None,
            Self::DateMissing => Some(fields::SCHEDULED_AT),
        }
    }

    /// The problem in plain English.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TookPlace => "This took place. It can no longer be planned or skipped.",
            Self::ReopeningNotAllowed => "You may not reopen what is finished.",
            Self::HasAnswers => "There are answers already. What did not take place has none.",
            Self::DateMissing => "The planned date is missing.",
        }
    }
}

/// Whether an event of an enrolment that the server holds with status `from` can no longer take `to`.
const fn goes_back(from: EventStatus, to: EventStatus) -> bool {
    !has_not_happened(from) && has_not_happened(to)
}

/// Everything that forbids the event to take a status; none if it may.
///
/// `stored` is the event as the server holds it: what was never sent may be taken back.
#[must_use]
pub fn status_problems(
    event: &Event,
    to: EventStatus,
    stored: Option<&Event>,
    authorities: EventAuthorities,
) -> Vec<StatusProblem> {
    let mut problems = vec![];
    let held = stored.map(|stored| stored.status);
    if event.enrollment.is_some() && held.is_some_and(|held| goes_back(held, to)) {
        problems.push(StatusProblem::TookPlace);
    }
    let was_completed = held == Some(EventStatus::Completed);
    if was_completed && to != EventStatus::Completed && !authorities.uncomplete_event {
        problems.push(StatusProblem::ReopeningNotAllowed);
    }
    let has_answers = event.data_values.values().any(|answer| !answer.value.is_empty());
    if has_not_happened(to) && has_answers {
        problems.push(StatusProblem::HasAnswers);
    }
    let is_planned = event.scheduled_at.as_deref().is_some_and(|text| !text.is_empty());
    if to == EventStatus::Schedule && !is_planned {
        problems.push(StatusProblem::DateMissing);
    }
    problems
}

/// Gives the event a status and the dates that go with it: completed now, begun today unless it has
/// a day, never happened if it is planned or skipped. Answers are checked by the form, not here.
///
/// # Errors
/// Everything that forbids it, see [`status_problems`].
pub fn change_event_status(
    event: &Event,
    to: EventStatus,
    stored: Option<&Event>,
    authorities: EventAuthorities,
    now: DateTime,
) -> Result<Event, Vec<StatusProblem>> {
    let problems = status_problems(event, to, stored, authorities);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut changed = Event { status: to, ..event.clone() };
    let today = now.date().to_string();
    let is_dated = event.occurred_at.as_deref().is_some_and(|text| !text.is_empty());
    if has_not_happened(to) {
        changed.occurred_at = None;
    } else if !is_dated {
        changed.occurred_at = Some(today.clone());
    }
    changed.completed_at = match (to, event.status) {
        (EventStatus::Completed, EventStatus::Completed) => event.completed_at.clone(),
        (EventStatus::Completed, _) => Some(today),
        _ => None,
    };
    changed.updated_at_client = Some(super::client_time(now));
    Ok(changed)
}
