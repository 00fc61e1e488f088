//! What surrounds a record of a program with registration: the person, the enrolment, its events.
//!
//! Only data, and how rules and program indicators see it.

use std::collections::BTreeMap;

use super::event::rule_event;
use crate::data::{Enrollment, Event};
use crate::expression::Date;
use crate::form::enrollment::Registration;
use crate::form::event::has_not_happened;
use crate::indicator::EnrollmentRow;
use crate::rules::{RuleEnrollment, RuleEvent};
use crate::uid::{OrganisationUnitUid, ProgramStageUid};

/// The course of a person through a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The person and the enrolment; without an enrolment there are no events.
    pub registration: Registration,
    /// Events of the enrolment in any order; the one of an open form may be among them.
    pub events: Vec<Event>,
    /// Names, for `V{program_stage_name}` and its kin.
    pub names: CourseNames,
}

/// What rules call things.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CourseNames {
    /// Display name of the program.
    pub program: String,
    /// Display names of its stages.
    pub stages: BTreeMap<ProgramStageUid, String>,
    /// Codes of the places of the enrolment and its events, where they have one.
    pub unit_codes: BTreeMap<OrganisationUnitUid, String>,
}

impl Course {
    /// The enrolment as rules see it, with every value of the person; `None` without an enrolment.
    ///
    /// Without a date of incident that of enrolment stands in, without either `today`, as on the
    /// server.
    #[must_use]
    pub fn rule_enrollment(&self, today: Date) -> Option<RuleEnrollment> {
        let enrollment = self.registration.enrollment.as_ref()?;
        let values = self.registration.values().into_iter();
        let values = values.map(|(id, value)| (id.to_string(), value.to_owned())).collect();
        let unit = enrollment.organisation_unit;
        let mut seen = RuleEnrollment {
            id: enrollment.id.to_string(),
            program_name: self.names.program.clone(),
            incident_date: today,
            enrollment_date: today,
            status: enrollment.status.name().to_owned(),
            organisation_unit: unit.to_string(),
            organisation_unit_code: self.names.unit_codes.get(&unit).cloned(),
            attribute_values: values,
        };
        put_dates(&mut seen, enrollment, today);
        Some(seen)
    }

    /// The events that a form's rules look at: they took place, today or before (as in the Capture
    /// app).
    #[must_use]
    pub fn past_events(&self, today: Date) -> Vec<RuleEvent> {
        let events = self.events.iter().filter(|event| {
            let day = day(event.occurred_at.as_deref());
            let is_past = day.is_some_and(|day| day <= today);
            is_past && !event.deleted && !has_not_happened(event.status)
        });
        events.map(|event| self.rule_event(event)).collect()
    }

    /// The events that the server's own run of the rules looks at: all that are not deleted.
    #[must_use]
    pub fn all_events(&self) -> Vec<RuleEvent> {
        let events = self.events.iter().filter(|event| !event.deleted);
        events.map(|event| self.rule_event(event)).collect()
    }

    /// One of its events as rules see it.
    #[must_use]
    pub fn rule_event(&self, event: &Event) -> RuleEvent {
        let stage = self.names.stages.get(&event.program_stage);
        let code = self.names.unit_codes.get(&event.organisation_unit);
        rule_event(event, stage.map_or("", String::as_str), code.map(String::as_str))
    }

    /// The enrolment with its events as program indicators see it; `None` without an enrolment.
    #[must_use]
    pub fn row(&self) -> Option<EnrollmentRow> {
        let Registration { tracked_entity, enrollment } = &self.registration;
        enrollment.as_ref().map(|it| EnrollmentRow::new(tracked_entity, it, self.events.clone()))
    }
}

fn put_dates(seen: &mut RuleEnrollment, enrollment: &Enrollment, today: Date) {
    let enrolled = day(enrollment.enrolled_at.as_deref());
    seen.enrollment_date = enrolled.unwrap_or(today);
    let incident = day(enrollment.occurred_at.as_deref()).or(enrolled);
    seen.incident_date = incident.unwrap_or(today);
}

fn day(text: Option<&str>) -> Option<Date> {
    Date::parse(text?.get(..10)?)
}
