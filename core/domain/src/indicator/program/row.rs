//! The rows that program indicators go through: events, or enrolments with their events.

use std::collections::BTreeMap;

use crate::data::{Enrollment, Event, EventStatus, TrackedEntity};
use crate::expression::Date;
use crate::uid::{DataElementUid, OrganisationUnitUid, ProgramStageUid, Uid};

/// One enrolment with what was entered for the person and in all its events.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentRow {
    /// Its id.
    pub id: Uid,
    /// The person.
    pub tracked_entity: Uid,
    /// The place of enrolment.
    pub organisation_unit: OrganisationUnitUid,
    /// DHIS2 status name such as `ACTIVE`.
    pub status: String,
    /// Date of enrolment.
    pub enrolled_at: Option<String>,
    /// Date of incident.
    pub occurred_at: Option<String>,
    /// Date of completion.
    pub completed_at: Option<String>,
    /// When it was created.
    pub created_at: Option<String>,
    /// Attributes of the person.
    pub attributes: BTreeMap<Uid, String>,
    /// Its events, in any order.
    pub events: Vec<Event>,
}

impl EnrollmentRow {
    /// The row of an enrolment: values of the tracked entity and of the enrolment together.
    #[must_use]
    pub fn new(person: &TrackedEntity, enrollment: &Enrollment, events: Vec<Event>) -> Self {
        let values = enrollment.attributes.iter().chain(&person.attributes);
        Self {
            id: enrollment.id.0,
            tracked_entity: enrollment.tracked_entity.0,
            organisation_unit: enrollment.organisation_unit,
            status: enrollment.status.name().to_owned(),
            enrolled_at: enrollment.enrolled_at.clone(),
            occurred_at: enrollment.occurred_at.clone(),
            completed_at: enrollment.completed_at.clone(),
            created_at: enrollment.created_at_client.clone(),
            attributes: values.map(|(id, value)| (id.0, value.clone())).collect(),
            events,
        }
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// An event, with its enrolment if it has one.
    Event {
        /// The event.
        event: &'a Event,
        /// Its enrolment; its list of events may hold the event too, which then counts once.
        enrollment: Option<&'a EnrollmentRow>,
    },
    /// An enrolment.
    Enrollment(&'a EnrollmentRow),
}

impl<'a> Row<'a> {
    pub(super) fn enrollment(self) -> Option<&'a EnrollmentRow> {
        match self {
            Self::Event { enrollment, .. } => enrollment,
            Self::Enrollment(enrollment) => Some(enrollment),
        }
    }

    pub(super) fn event(self) -> Option<&'a Event> {
        match self {
            Self::Event { event, .. } => Some(event),
            Self::Enrollment(_) => None,
        }
    }

    /// Events of the row, newest first: all of the enrolment, the event of the row as it is now.
    pub(super) fn events(self) -> Vec<&'a Event> {
        let own = self.event();
        let others = self.enrollment().into_iter().flat_map(|enrollment| &enrollment.events);
        let mut events: Vec<&Event> =
            others.filter(|event| own.is_none_or(|own| own.id != event.id)).chain(own).collect();
        events.retain(|event| !event.deleted);
        events.sort_by(|a, b| b.occurred_at.cmp(&a.occurred_at));
        events
    }

    pub(super) fn organisation_unit(self) -> OrganisationUnitUid {
        match self {
            Self::Event { event, .. } => event.organisation_unit,
            Self::Enrollment(enrollment) => enrollment.organisation_unit,
        }
    }
}

/// The day of a date or an instant.
pub(super) fn day(text: Option<&str>) -> Option<Date> {
    Date::parse(text?.get(..10)?)
}

/// The answer to a question of a stage in an event; an answer of another stage is none.
pub(super) fn answer(
    event: &Event,
    stage: ProgramStageUid,
    element: DataElementUid,
) -> Option<&str> {
    let answer = event.data_values.get(&element).filter(|_| event.program_stage == stage)?;
    Some(answer.value.as_str()).filter(|text| !text.is_empty())
}

/// Planned events have not happened: analytics do not hold them.
pub(in crate::indicator) fn has_happened(event: &Event) -> bool {
    event.occurred_at.is_some() && event.status != EventStatus::Schedule
}
