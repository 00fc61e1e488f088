//! Planned visits: those made at enrolment, the suggested date of the next, which are overdue.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::{client_time, day_of};
use crate::data::{Enrollment, EnrollmentStatus, Event, EventStatus};
use crate::limits::SUGGESTED_PERIODS_MAX;
use crate::metadata::{Program, ProgramStage};
use crate::uid::{CategoryOptionComboUid, DataElementUid, EventUid};

/// DHIS2 `reportDateToUse`: the date of enrolment.
const ENROLLMENT_DATE: &str = "enrollmentDate";
/// DHIS2 `reportDateToUse`: the date of the incident.
const INCIDENT_DATE: &str = "incidentDate";

/// What the events of an enrolment are made from.
#[derive(Debug, Clone, Copy)]
pub struct GenerationContext<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its stages, in any order.
    pub stages: &'a [ProgramStage],
    /// The new enrolment.
    pub enrollment: &'a Enrollment,
    /// The split of the events; `None` means the default combo.
    pub attribute_option_combo: Option<CategoryOptionComboUid>,
    /// Now, in the server's time zone.
    pub now: DateTime,
}

/// The events that come with an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GeneratedEvents {
    /// The events, in the order of their stages.
    pub events: Vec<Event>,
    /// The one whose form opens after enrolment.
    pub open: Option<EventUid>,
}

/// Fewer ids were given than events are to be made; as many ids as stages are always enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("fewer ids than events; give one for each stage of the program")]
pub struct TooFewIds;

/// Makes the events that a program wants at enrolment: one for each stage that generates its event
/// and that the user may write, none for an enrolment that is not followed.
///
/// A stage that opens after enrolment and says which date its event has gets an event of that day,
/// unless the day is still to come. All others are planned: the date of the incident, or of
/// enrolment, plus the stage's days, at the start of its period. The first stage is left out if it
/// is filled in with the registration, see [`first_stage_event`].
///
/// # Errors
/// [`TooFewIds`] if `ids` ends too early. Nothing is made then.
pub fn generate_events(
    context: &GenerationContext<'_>,
    ids: impl IntoIterator<Item = EventUid>,
) -> Result<GeneratedEvents, TooFewIds> {
    let mut generated = GeneratedEvents::default();
    let enrollment = context.enrollment;
    if enrollment.deleted || enrollment.status != EnrollmentStatus::Active {
        return Ok(generated);
    }
    let mut ids = ids.into_iter();
    let registered = stage_of_registration(context).map(|stage| stage.id);
    for stage in in_order(context.stages) {
        let is_wanted = stage.schedule.auto_generate_event && stage.access.write;
        if !is_wanted || registered == Some(stage.id) {
            continue;
        }
        let Some(draft) = draft(context, stage) else { continue };
        let id = ids.next().ok_or(TooFewIds)?;
        if stage.schedule.open_after_enrollment && generated.open.is_none() {
            generated.open = Some(id);
        }
        generated.events.push(new_event(context, stage, id, draft));
    }
    Ok(generated)
}

/// The event of the first stage, for a program that fills it in together with the registration;
/// `None` for others, and where the user may not write that stage.
#[must_use]
pub fn first_stage_event(context: &GenerationContext<'_>, id: EventUid) -> Option<Event> {
    let stage = stage_of_registration(context)?;
    let enrolled = day_of(context.enrollment.enrolled_at.as_deref())?;
    let day = report_date(context, stage).unwrap_or(enrolled);
    let draft = Draft { status: EventStatus::Active, occurred: Some(day), scheduled: day };
    Some(new_event(context, stage, id, draft))
}

fn in_order(stages: &[ProgramStage]) -> Vec<&ProgramStage> {
    let mut stages: Vec<_> = stages.iter().collect();
    stages.sort_by_key(|stage| (stage.sort_order, stage.id));
    stages
}

fn stage_of_registration<'a>(context: &GenerationContext<'a>) -> Option<&'a ProgramStage> {
    let registration = context.program.registration.as_ref()?;
    let first = in_order(context.stages).into_iter().next()?;
    (registration.use_first_stage_during_registration && first.access.write).then_some(first)
}

/// What differs between generated events.
struct Draft {
    status: EventStatus,
    occurred: Option<Date>,
    scheduled: Date,
}

fn draft(context: &GenerationContext<'_>, stage: &ProgramStage) -> Option<Draft> {
    let today = context.now.date();
    let start = start_date(context.program, stage, context.enrollment)?;
    let opens = stage.schedule.open_after_enrollment;
    let report = report_date(context, stage).filter(|day| opens && *day <= today);
    if let Some(day) = report {
        return Some(Draft { status: EventStatus::Active, occurred: Some(day), scheduled: day });
    }
    let scheduled = planned_date(stage, start)?;
    let ignores_overdue =
        context.program.registration.as_ref().is_some_and(|it| it.ignore_overdue_events);
    if ignores_overdue && scheduled < today {
        return None;
    }
    Some(Draft { status: EventStatus::Schedule, occurred: None, scheduled })
}

/// The day from which a stage counts: of the incident if the program asks for it and the stage does
/// not count from the enrolment, else of enrolment.
fn start_date(program: &Program, stage: &ProgramStage, enrollment: &Enrollment) -> Option<Date> {
    let enrolled = day_of(enrollment.enrolled_at.as_deref());
    let has_incident = program.registration.as_ref().is_some_and(|it| it.display_incident_date);
    let incident = day_of(enrollment.occurred_at.as_deref()).filter(|_| has_incident);
    match stage.schedule.generated_by_enrollment_date {
        true => enrolled,
        false => incident.or(enrolled),
    }
}

/// The day that the stage gives its opened event; `None` if it says none.
fn report_date(context: &GenerationContext<'_>, stage: &ProgramStage) -> Option<Date> {
    let enrolled = day_of(context.enrollment.enrolled_at.as_deref());
    match stage.schedule.report_date_to_use.as_deref()? {
        ENROLLMENT_DATE => enrolled,
        INCIDENT_DATE => day_of(context.enrollment.occurred_at.as_deref()).or(enrolled),
        _ => None,
    }
}

fn planned_date(stage: &ProgramStage, start: Date) -> Option<Date> {
    let day = add_days(start, stage.schedule.min_days_from_start)?;
    Some(at_period_start(stage, day))
}

/// The first day of the stage's period that holds the day; the day itself if it has no period.
fn at_period_start(stage: &ProgramStage, day: Date) -> Date {
    let period = stage.schedule.period_type.and_then(|period_type| period_type.containing(day));
    period.map_or(day, |period| period.start())
}

/// `None` outside the calendar: such a date is a mistake of the metadata, and no date is suggested.
fn add_days(day: Date, days: i64) -> Option<Date> {
    let span = 0.days().try_days(days).ok()?;
    day.checked_add(span).ok()
}

fn new_event(
    context: &GenerationContext<'_>,
    stage: &ProgramStage,
    id: EventUid,
    draft: Draft,
) -> Event {
    let now = client_time(context.now);
    Event {
        attribute_option_combo: context.attribute_option_combo,
        status: draft.status,
        occurred_at: draft.occurred.map(|day| day.to_string()),
        scheduled_at: Some(draft.scheduled.to_string()),
        created_at_client: Some(now.clone()),
        updated_at_client: Some(now),
        ..Event::of_enrollment(id, stage.id, context.enrollment)
    }
}

/// The date to suggest for the next event of a stage; `None` if the enrolment has no date.
///
/// What the last event says in the stage's element for it; else the last event's day plus the
/// standard interval; else, for the first event, the day that the program plans it for. With a
/// period type: the start of that period, or of the next one that has no event yet.
#[must_use]
pub fn suggested_date(
    program: &Program,
    stage: &ProgramStage,
    enrollment: &Enrollment,
    events: &[Event],
) -> Option<Date> {
    let of_stage: Vec<_> = events
        .iter()
        .filter(|event| event.program_stage == stage.id && !event.deleted)
        .filter(|event| event.status != EventStatus::Skipped)
        .collect();
    let last = of_stage.iter().max_by_key(|event| (event_day(event), event.id)).copied();
    let asked = last.and_then(|event| answered_date(stage, event));
    let interval = stage.schedule.standard_interval.filter(|days| *days > 0);
    let after_last = last.and_then(event_day).and_then(|day| add_days(day, interval.unwrap_or(0)));
    let planned = || {
        let start = start_date(program, stage, enrollment)?;
        add_days(start, stage.schedule.min_days_from_start)
    };
    let day = asked.or(after_last).or_else(planned)?;
    Some(free_period_start(stage, day, &of_stage))
}

/// The day of an event: when it happened, else when it is planned.
pub(super) fn event_day(event: &Event) -> Option<Date> {
    day_of(event.occurred_at.as_deref()).or_else(|| day_of(event.scheduled_at.as_deref()))
}

fn answered_date(stage: &ProgramStage, event: &Event) -> Option<Date> {
    let element = DataElementUid(stage.schedule.next_schedule_date?);
    day_of(event.data_values.get(&element).map(|answer| answer.value.as_str()))
}

fn free_period_start(stage: &ProgramStage, day: Date, events: &[&Event]) -> Date {
    let Some(first) = stage.schedule.period_type.and_then(|it| it.containing(day)) else {
        return day;
    };
    let is_taken = |start: Date, end: Date| {
        let days = events.iter().filter_map(|event| event_day(event));
        days.into_iter().any(|day| start <= day && day <= end)
    };
    std::iter::successors(Some(first), |period| period.next())
        .take(SUGGESTED_PERIODS_MAX)
        .find(|period| !is_taken(period.start(), period.end()))
        .map_or(day, |period| period.start())
}

/// Whether a planned event is late: its day has passed (a filter on the server too, capture t011c).
#[must_use]
pub fn is_overdue(event: &Event, today: Date) -> bool {
    let is_planned = matches!(event.status, EventStatus::Schedule | EventStatus::Overdue);
    let day = day_of(event.scheduled_at.as_deref());
    is_planned && !event.deleted && day.is_some_and(|day| day < today)
}
