//! What the server's own run of the rules would refuse a record of an enrolment for, before it is
//! sent.
//!
//! Runs as the server does at import: the enrolment first, then each event, rules of another stage
//! and actions for the other kind of record left out. See [`crate::rules::RuleSet::refusals`].

use super::course::Course;
use crate::data::{EnrollmentStatus, Event, EventStatus};
use crate::form::enrollment::EnrollmentForm;
use crate::form::event::EventForm;
use crate::rules::{Circumstances, GateField, GateRecord, Refusal, RuleSet, Subject};
use crate::uid::{DataElementUid, TrackedEntityAttributeUid};

/// What the server would refuse an enrolment for; empty if nothing. With `is_completed` as if it
/// were completed.
#[must_use]
pub fn enrollment_refusals(
    form: &EnrollmentForm,
    rules: &RuleSet,
    course: &Course,
    is_completed: bool,
    circumstances: &Circumstances,
) -> Vec<Refusal> {
    let Some(enrollment) = &course.registration.enrollment else { return vec![] };
    let Some(seen) = course.rule_enrollment(circumstances.today) else { return vec![] };
    let all = rules.evaluate_all(Some(&seen), &course.all_events(), circumstances);
    let own = all.into_iter().find(|record| record.event.is_none());
    let field = |id: &str| {
        let attribute = TrackedEntityAttributeUid::parse(id).ok()?;
        let field = form.field(attribute)?;
        let value = course.registration.value(attribute);
        Some(GateField { value, is_numeric: field.value_type.is_numeric() })
    };
    let record = GateRecord {
        is_completed: is_completed || enrollment.status == EnrollmentStatus::Completed,
        subject: Subject::Attribute,
        rules_overwrite: false,
        field: &field,
    };
    own.map(|own| rules.refusals(&own.effects, &record)).unwrap_or_default()
}

/// What the server would refuse an event of an enrolment for; empty if nothing. With `is_completed`
/// as if it were completed. Whether it looks at all says [`crate::rules::are_rules_enforced`].
///
/// `event` counts in place of the one of the same id in the course.
#[must_use]
pub fn event_refusals(
    form: &EventForm,
    rules: &RuleSet,
    event: &Event,
    course: &Course,
    is_completed: bool,
    circumstances: &Circumstances,
) -> Vec<Refusal> {
    let own = course.rule_event(event);
    let mut events = course.all_events();
    events.retain(|other| other.id != own.id);
    events.insert(0, own);
    let enrollment = course.rule_enrollment(circumstances.today);
    let all = rules.evaluate_all(enrollment.as_ref(), &events, circumstances);
    let own = all.into_iter().find(|record| record.event == Some(0));
    let field = |id: &str| {
        let data_element = DataElementUid::parse(id).ok()?;
        let field = form.field(data_element)?;
        let value = event.data_values.get(&data_element).map(|answer| answer.value.as_str());
        Some(GateField { value, is_numeric: field.value_type.is_numeric() })
    };
    let record = GateRecord {
        is_completed: is_completed || event.status == EventStatus::Completed,
        subject: Subject::DataElement,
        rules_overwrite: false,
        field: &field,
    };
    own.map(|own| rules.refusals(&own.effects, &record)).unwrap_or_default()
}
