//! The rows that program indicators go through: enrolments with their people and visits.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Enrollment, Event, TrackedEntity};
use outpost_domain::indicator::EnrollmentRow;
use outpost_domain::uid::{EnrollmentUid, OrganisationUnitUid, ProgramUid};

use super::Session;
use super::indicator_source::too_much;
use crate::error::Result;

/// The enrolments of visits with the values of their people. Other visits are left out: what is
/// counted by events looks at one at a time.
pub(super) fn of_events<'e>(
    session: &Session,
    events: impl Iterator<Item = &'e Event>,
) -> Result<BTreeMap<EnrollmentUid, EnrollmentRow>> {
    let wanted: BTreeSet<EnrollmentUid> = events.filter_map(|event| event.enrollment).collect();
    let mut rows = BTreeMap::new();
    for id in wanted {
        let Some(enrollment) = session.store().load_enrollment(id)? else { continue };
        let person = session.store().load_tracked_entity(enrollment.tracked_entity)?;
        rows.insert(id, row(enrollment, person, Vec::new()));
    }
    Ok(rows)
}

/// Enrolments in a program at some places, each with all its visits.
pub(super) fn of_places(
    session: &Session,
    program: ProgramUid,
    units: &[OrganisationUnitUid],
    days: (&str, &str),
    most: usize,
) -> Result<Vec<EnrollmentRow>> {
    let found = session.store().load_enrollments_of(program, units, days, most);
    let found = found.map_err(too_much)?.into_iter();
    Ok(found.map(|it| row(it.enrollment, it.tracked_entity, it.events)).collect())
}

fn row(enrollment: Enrollment, person: Option<TrackedEntity>, events: Vec<Event>) -> EnrollmentRow {
    let of_person = person.map(|person| person.attributes).unwrap_or_default();
    let attributes = enrollment.attributes.into_iter().chain(of_person);
    EnrollmentRow {
        id: enrollment.id.0,
        tracked_entity: enrollment.tracked_entity.0,
        organisation_unit: enrollment.organisation_unit,
        status: enrollment.status.name().to_owned(),
        enrolled_at: enrollment.enrolled_at,
        occurred_at: enrollment.occurred_at,
        completed_at: enrollment.completed_at,
        created_at: enrollment.created_at_client,
        attributes: attributes.map(|(attribute, value)| (attribute.0, value)).collect(),
        events,
    }
}
