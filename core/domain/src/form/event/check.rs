//! What is wrong with an event, and what that forbids. Nothing forbids to keep a draft.

use jiff::civil::{Date, DateTime};

use super::entry::locks;
use super::{EventContext, EventField, EventForm, EventLock};
use crate::data::{Event, EventStatus};
use crate::form::geometry::{Geometry, GeometryError};
use crate::form::{check_value, checked, civil_time};
use crate::merge::fields;
use crate::metadata::{ProgramType, ValidationStrategy};
use crate::uid::{DataElementUid, OptionSetUid};
use crate::value_type::{ServerMinor, ValueProblem};

/// First server version that refuses planned and skipped events of programs without registration.
const PLANNED_SINGLE_EVENTS_REFUSED_SINCE: ServerMinor = ServerMinor(43);

/// What a problem forbids. What forbids sending forbids completing too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// A hint.
    Nothing,
    /// The event cannot be completed.
    Completing,
    /// The event waits on the device: the server would refuse it.
    Sending,
}

/// Something wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventProblem {
    /// What it is.
    pub kind: EventProblemKind,
    /// What it forbids.
    pub blocks: Blocks,
}

/// Kinds of problems of an event. None holds anything that was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventProblemKind {
    /// The event may not be changed at all.
    Locked(EventLock),
    /// A date that the status asks for is missing (E1031, E1050, E1046).
    DateMissing {
        /// `occurredAt` or `scheduledAt`.
        field: &'static str,
    },
    /// A date is no date.
    DateUnreadable {
        /// `occurredAt` or `scheduledAt`.
        field: &'static str,
    },
    /// It is said to have happened after today; the server does not mind (capture 132).
    OccurredInFuture,
    /// A compulsory question has no answer (E1303).
    Compulsory {
        /// The question.
        data_element: DataElementUid,
    },
    /// An answer does not fit its question (E1302, E1125).
    Value {
        /// The question.
        data_element: DataElementUid,
        /// What is wrong.
        problem: ValueProblem,
    },
    /// A date after today where none is allowed; the server does not mind.
    FutureDate {
        /// The question.
        data_element: DataElementUid,
    },
    /// An answer to a question that is not in the form (E1305, E1304).
    NotInForm {
        /// The question.
        data_element: DataElementUid,
    },
    /// A planned or skipped event has answers (E1315).
    AnswersNotAllowed,
    /// The server does not take planned or skipped events without a person (E1318).
    StatusNotAllowed,
    /// An event that took place is made a planned or skipped one (E1316).
    StatusNotUndone,
    /// A completed event is reopened without the right to do so (E1083).
    ReopeningNotAllowed,
    /// A geometry where none is asked for (E1074).
    GeometryNotAsked,
    /// A geometry of another kind than asked for (E1012).
    GeometryOfOtherType {
        /// DHIS2 `FeatureType` name asked for.
        asked: String,
    },
    /// The geometry is not well formed.
    Geometry(GeometryError),
    /// The stage assigns nobody: the server drops the user without a word (capture t066).
    AssignmentNotKept,
}

impl EventProblemKind {
    /// The field to go to, named as in conflicts and rejections; `None` for the whole event.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::DateMissing { field } | Self::DateUnreadable { field } => Some(field),
            Self::OccurredInFuture => Some(fields::OCCURRED_AT),
            Self::Compulsory { data_element }
            | Self::Value { data_element, .. }
            | Self::FutureDate { data_element }
            | Self::NotInForm { data_element } => Some(data_element.as_str()),
            Self::StatusNotAllowed | Self::StatusNotUndone | Self::ReopeningNotAllowed => {
                Some(fields::STATUS)
            }
            Self::GeometryNotAsked | Self::GeometryOfOtherType { .. } | Self::Geometry(_) => {
                Some(fields::GEOMETRY)
            }
            Self::AssignmentNotKept => Some(fields::ASSIGNED_USER),
            Self::Locked(_) | Self::AnswersNotAllowed => None,
        }
    }

    /// The problem in plain English, to follow the name of the field if there is one.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Locked(lock) => lock.words(),
            Self::DateMissing { .. } => "The date is missing.".to_owned(),
            Self::DateUnreadable { .. } => "This is not a date, such as 2026-01-31.".to_owned(),
            Self::OccurredInFuture | Self::FutureDate { .. } => {
                "The date is after today.".to_owned()
            }
            Self::Compulsory { .. } => "This must be answered.".to_owned(),
            Self::Value { problem, .. } => format!("It {problem}."),
            Self::NotInForm { .. } => "This question is no longer in the form.".to_owned(),
            Self::AnswersNotAllowed => {
                "A planned or skipped event has no answers yet. Begin it first.".to_owned()
            }
            Self::StatusNotAllowed => "This form cannot be planned or skipped.".to_owned(),
            Self::StatusNotUndone => {
                "What took place can no longer be planned or skipped.".to_owned()
            }
            Self::ReopeningNotAllowed => "You may not reopen what is finished.".to_owned(),
            Self::GeometryNotAsked => "This form does not ask for a place on the map.".to_owned(),
            Self::GeometryOfOtherType { asked } if asked == "POINT" => {
                "The form asks for one point on the map.".to_owned()
            }
            Self::GeometryOfOtherType { .. } => "The form asks for an area on the map.".to_owned(),
            Self::Geometry(error) => format!("{error}."),
            Self::AssignmentNotKept => "This form is not assigned to persons.".to_owned(),
        }
    }
}

/// Checks an event and says what is wrong with it, in form order.
///
/// `is_option` says whether a code is in an option set, capitals counting. A deleted event is only
/// checked for whether it may be changed.
#[must_use]
pub fn check_event(
    form: &EventForm,
    event: &Event,
    context: &EventContext<'_>,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Vec<EventProblem> {
    let mut found = Found(vec![]);
    for lock in locks(form, event, context) {
        found.add(EventProblemKind::Locked(lock), Blocks::Sending);
    }
    if event.deleted {
        return found.0;
    }
    check_status(form, event, context, &mut found);
    check_dates(event, context, &mut found);
    check_geometry(form, event, &mut found);
    if event.assigned_user.is_some() && !form.program_stage.enable_user_assignment {
        found.add(EventProblemKind::AssignmentNotKept, Blocks::Nothing);
    }
    check_answers(form, event, context.now.date(), is_option, &mut found);
    found.0
}

struct Found(Vec<EventProblem>);

impl Found {
    fn add(&mut self, kind: EventProblemKind, blocks: Blocks) {
        self.0.push(EventProblem { kind, blocks });
    }
}

/// Planned, late or skipped: it did not happen, so it has neither date nor answers.
pub(crate) const fn has_not_happened(status: EventStatus) -> bool {
    matches!(status, EventStatus::Schedule | EventStatus::Overdue | EventStatus::Skipped)
}

fn check_status(form: &EventForm, event: &Event, context: &EventContext<'_>, found: &mut Found) {
    let was_completed = context.stored.is_some_and(|it| it.status == EventStatus::Completed);
    let is_completed = event.status == EventStatus::Completed;
    if was_completed && is_completed && form.program_stage.block_entry_form {
        let lock = EventProblemKind::Locked(EventLock::BlockedByCompletion);
        found.add(lock, Blocks::Sending);
    }
    if was_completed && !is_completed && !context.authorities.uncomplete_event {
        found.add(EventProblemKind::ReopeningNotAllowed, Blocks::Sending);
    }
    let is_single = form.program.program_type == ProgramType::WithoutRegistration;
    let refused = is_single && context.server >= PLANNED_SINGLE_EVENTS_REFUSED_SINCE;
    if refused && has_not_happened(event.status) {
        found.add(EventProblemKind::StatusNotAllowed, Blocks::Sending);
    }
    let took_place = context.stored.is_some_and(|it| !has_not_happened(it.status));
    if !is_single && took_place && has_not_happened(event.status) {
        found.add(EventProblemKind::StatusNotUndone, Blocks::Sending);
    }
}

fn check_dates(event: &Event, context: &EventContext<'_>, found: &mut Found) {
    let planned = matches!(event.status, EventStatus::Schedule | EventStatus::Overdue);
    let dates = [
        (fields::OCCURRED_AT, &event.occurred_at, !has_not_happened(event.status)),
        (fields::SCHEDULED_AT, &event.scheduled_at, planned),
    ];
    for (field, text, required) in dates {
        let text = text.as_deref().filter(|text| !text.is_empty());
        match text.map(civil_time) {
            None if required => found.add(EventProblemKind::DateMissing { field }, Blocks::Sending),
            Some(None) => found.add(EventProblemKind::DateUnreadable { field }, Blocks::Sending),
            Some(Some(time)) if is_future_event(field, time, context) => {
                found.add(EventProblemKind::OccurredInFuture, Blocks::Completing);
            }
            _ => {}
        }
    }
}

fn is_future_event(field: &str, time: DateTime, context: &EventContext<'_>) -> bool {
    field == fields::OCCURRED_AT && time.date() > context.now.date()
}

fn check_geometry(form: &EventForm, event: &Event, found: &mut Found) {
    let Some(text) = event.geometry.as_deref().filter(|text| !text.is_empty()) else { return };
    let Some(asked) = form.feature_type() else {
        found.add(EventProblemKind::GeometryNotAsked, Blocks::Sending);
        return;
    };
    match Geometry::parse(text) {
        Ok(geometry) if geometry.feature_type() == asked => {}
        Ok(_) => {
            let asked = asked.to_owned();
            found.add(EventProblemKind::GeometryOfOtherType { asked }, Blocks::Sending);
        }
        Err(error) => found.add(EventProblemKind::Geometry(error), Blocks::Sending),
    }
}

fn check_answers(
    form: &EventForm,
    event: &Event,
    today: Date,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
    found: &mut Found,
) {
    if has_not_happened(event.status) {
        if event.data_values.values().any(|answer| !answer.value.is_empty()) {
            found.add(EventProblemKind::AnswersNotAllowed, Blocks::Sending);
        }
        return;
    }
    for field in form.fields() {
        let answer = event.data_values.get(&field.data_element);
        let text =
            answer.map(|answer| answer.value.as_str()).filter(|text| !text.trim().is_empty());
        match text {
            Some(text) => check_given(field, text, today, &is_option, found),
            None if field.compulsory => {
                let data_element = field.data_element;
                let blocks = compulsory_blocks(form, event.status);
                found.add(EventProblemKind::Compulsory { data_element }, blocks);
            }
            None => {}
        }
    }
    for &data_element in event.data_values.keys() {
        if form.field(data_element).is_none() {
            found.add(EventProblemKind::NotInForm { data_element }, Blocks::Sending);
        }
    }
}

fn compulsory_blocks(form: &EventForm, status: EventStatus) -> Blocks {
    let is_completed = status == EventStatus::Completed;
    match form.program_stage.validation_strategy {
        ValidationStrategy::OnComplete if !is_completed => Blocks::Completing,
        ValidationStrategy::OnComplete | ValidationStrategy::OnUpdateAndInsert => Blocks::Sending,
    }
}

fn check_given(
    field: &EventField,
    text: &str,
    today: Date,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
    found: &mut Found,
) {
    let data_element = field.data_element;
    match check_value(field.value_type, field.option_set.as_ref(), text, is_option) {
        Err(problem) => {
            found.add(EventProblemKind::Value { data_element, problem }, Blocks::Sending);
        }
        Ok(()) if is_future(field, text, today) => {
            found.add(EventProblemKind::FutureDate { data_element }, Blocks::Completing);
        }
        Ok(()) => {}
    }
}

fn is_future(field: &EventField, text: &str, today: Date) -> bool {
    let day = text.get(..10).and_then(civil_time).map(DateTime::date);
    field.value_type.is_date() && !field.allow_future_date && day.is_some_and(|day| day > today)
}

/// Checks the text entered for one question and says what is to be stored; `None` empties it.
///
/// Booleans take their stored form here: the tracker import does not do that (wire reference 2.1).
/// A date after today is stored; [`check_event`] reports it.
///
/// # Errors
/// What the text must be.
pub fn check_answer(
    field: &EventField,
    text: &str,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Result<Option<String>, ValueProblem> {
    checked(field.value_type, field.option_set.as_ref(), text, is_option)
}
