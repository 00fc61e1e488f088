//! What a completed visit offers.

use jiff::civil::Date;

use super::editability::{EventParent, may_add_event};
use super::schedule::suggested_date;
use crate::data::{EnrollmentStatus, Event, EventStatus};
use crate::metadata::{Program, ProgramStage};
use crate::uid::ProgramStageUid;

/// What to offer to the person who completed an event. Nothing of it is done unasked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompletionOffers {
    /// To complete the enrolment too (DHIS2 `remindCompleted`).
    pub complete_enrollment: bool,
    /// To plan the next visit (DHIS2 `allowGenerateNextVisit`), the same stage first.
    pub next_visits: Vec<NextVisit>,
}

/// A visit that may be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextVisit {
    /// Its stage.
    pub program_stage: ProgramStageUid,
    /// The day to suggest; `None` if nothing suggests one.
    pub date: Option<Date>,
}

/// Says what a completed event offers. `events` are the events of the enrolment, the completed one
/// as it is now among them; `stages` those of the program, in any order.
#[must_use]
pub fn offers_after_completion(
    program: &Program,
    stages: &[ProgramStage],
    completed: &Event,
    parent: &EventParent<'_>,
    events: &[Event],
) -> CompletionOffers {
    let stage = stages.iter().find(|stage| stage.id == completed.program_stage);
    let active =
        parent.enrollment.filter(|it| it.status == EnrollmentStatus::Active && !it.deleted);
    let (Some(stage), Some(enrollment), EventStatus::Completed) = (stage, active, completed.status)
    else {
        return CompletionOffers::default();
    };
    let mut next_visits = vec![];
    if stage.schedule.allow_generate_next_visit {
        let mut candidates: Vec<_> = stages.iter().collect();
        candidates.sort_by_key(|one| (one.id != stage.id, one.sort_order, one.id));
        let addable = |one: &&ProgramStage| may_add_event(one, parent, events).is_open();
        next_visits.extend(candidates.into_iter().filter(addable).map(|one| NextVisit {
            program_stage: one.id,
            date: suggested_date(program, one, enrollment, events),
        }));
    }
    let complete_enrollment = stage.schedule.remind_completed && program.access.write;
    CompletionOffers { complete_enrollment, next_visits }
}
