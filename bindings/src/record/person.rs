//! One person with its enrolments and visits, as a screen shows it.

use outpost_engine::model;

use super::event::{EventNote, EventState, LabelledAnswer};
use super::form::Reason;
use super::outbox::TravelState;
use super::people::{AttributeValue, EnrollmentState};
use super::relationship::RelationshipDetail;
use super::review::ReviewInfo;
use super::{labelled, list, signed32, text};
use crate::limits::PAGE_ROWS_MAX;

/// What a person may do with somebody in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PersonAccess {
    /// Work.
    Open,
    /// Work; the server records who looked.
    Recorded,
    /// Work for some hours, because the glass was broken for a reason.
    GlassBroken,
    /// Nothing, unless the glass is broken with a typed reason.
    Protected,
    /// Nothing: only the place that follows the person may.
    Closed,
    /// Nothing: the place that follows the person is outside the user's area.
    OutsideScope,
}

impl From<model::AccessState> for PersonAccess {
    fn from(it: model::AccessState) -> Self {
        match it {
            model::AccessState::Open => Self::Open,
            model::AccessState::Recorded => Self::Recorded,
            model::AccessState::GlassBroken => Self::GlassBroken,
            model::AccessState::Protected => Self::Protected,
            model::AccessState::Closed => Self::Closed,
            model::AccessState::OutsideScope => Self::OutsideScope,
        }
    }
}

/// Everything that a screen needs for one person, in one call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonDetail {
    /// Its id.
    pub id: String,
    /// Its type.
    pub tracked_entity_type: String,
    /// Name of its type.
    pub type_name: String,
    /// What it is called.
    pub title: String,
    /// The place where it was registered.
    pub organisation_unit: String,
    /// Name of that place.
    pub organisation_unit_name: String,
    /// GeoJSON geometry as text.
    pub geometry: Option<String>,
    /// All its values, those of its enrolments too, in the order of the forms.
    pub attributes: Vec<AttributeValue>,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
    /// The field that the reason is about, in words.
    pub refused_field: Option<String>,
    /// Its enrolments, the latest first; at most 200.
    pub enrollments: Vec<EnrollmentDetail>,
    /// The first 200 of its relationships.
    pub relationships: Vec<RelationshipDetail>,
    /// How many relationships there are.
    pub relationship_count: i32,
}

impl From<model::PersonView> for PersonDetail {
    fn from(it: model::PersonView) -> Self {
        Self {
            id: text(it.person.id),
            tracked_entity_type: text(it.person.tracked_entity_type),
            type_name: it.type_name,
            title: it.title,
            organisation_unit: text(it.person.organisation_unit),
            organisation_unit_name: it.organisation_unit_name,
            geometry: it.person.geometry,
            attributes: list(it.attributes),
            state: it.state.into(),
            row: it.row,
            refusal: it.problem.map(Reason::from),
            refused_field: it.problem_field,
            enrollments: list(it.enrollments.into_iter().take(PAGE_ROWS_MAX)),
            relationship_count: signed32(it.relationships.len()),
            relationships: list(it.relationships.into_iter().take(PAGE_ROWS_MAX)),
        }
    }
}

/// An enrolment with its visits. Dates are texts as on the wire, in the server's time zone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EnrollmentDetail {
    /// Its id.
    pub id: String,
    /// The program.
    pub program: String,
    /// Name of the program.
    pub program_name: String,
    /// The place.
    pub organisation_unit: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Status.
    pub status: EnrollmentState,
    /// Date of enrolment.
    pub enrolled_at: Option<String>,
    /// Date of the incident, if the program asks for it.
    pub occurred_at: Option<String>,
    /// When it was completed or cancelled.
    pub completed_at: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// GeoJSON geometry as text.
    pub geometry: Option<String>,
    /// Remarks.
    pub notes: Vec<EventNote>,
    /// The place that owns the person in the program, if another.
    pub owner: Option<String>,
    /// Name of that place.
    pub owner_name: Option<String>,
    /// What the user may do.
    pub access: PersonAccess,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
    /// The field that the reason is about, in words.
    pub refused_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Reason>,
    /// Where it stands in the supervisor's review.
    pub review: ReviewInfo,
    /// The stages of the program with their visits, in order.
    pub stages: Vec<StageVisits>,
}

impl From<model::EnrollmentView> for EnrollmentDetail {
    fn from(it: model::EnrollmentView) -> Self {
        let record = it.enrollment;
        Self {
            id: text(record.id),
            program: text(record.program),
            program_name: it.program_name,
            organisation_unit: text(record.organisation_unit),
            organisation_unit_name: it.organisation_unit_name,
            status: record.status.into(),
            enrolled_at: record.enrolled_at,
            occurred_at: record.occurred_at,
            completed_at: record.completed_at,
            follow_up: record.follow_up,
            geometry: record.geometry,
            notes: list(record.notes),
            owner: it.owner.map(text),
            owner_name: it.owner_name,
            access: it.access.into(),
            state: it.state.into(),
            row: it.row,
            refusal: it.problem.map(Reason::from),
            refused_field: it.problem_field,
            closed: list(it.closed),
            review: it.review.into(),
            stages: list(it.stages),
        }
    }
}

/// A stage of an enrolment with its visits.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StageVisits {
    /// The stage.
    pub program_stage: String,
    /// Its name.
    pub name: String,
    /// Whether it may take place several times.
    pub repeatable: bool,
    /// Why no visit may be added; `None` if one may.
    pub cannot_add: Option<Reason>,
    /// The day to suggest for the next visit, `yyyy-MM-dd`.
    pub suggested: Option<String>,
    /// Visits, the earliest first; of more than 200 the latest.
    pub visits: Vec<VisitItem>,
    /// How many visits there are.
    pub visit_count: i32,
}

impl From<model::StageVisits> for StageVisits {
    fn from(it: model::StageVisits) -> Self {
        let count = it.visits.len();
        let first = count.saturating_sub(PAGE_ROWS_MAX);
        Self {
            program_stage: text(it.stage),
            name: it.name,
            repeatable: it.repeatable,
            cannot_add: it.cannot_add.map(Reason::from),
            suggested: it.suggested,
            visits: list(it.visits.into_iter().skip(first)),
            visit_count: signed32(count),
        }
    }
}

/// A visit in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VisitItem {
    /// Its id.
    pub id: String,
    /// Its stage.
    pub program_stage: String,
    /// Name of the stage.
    pub program_stage_name: String,
    /// Its place.
    pub organisation_unit: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Status; overdue if it is planned before today.
    pub status: EventState,
    /// When it took place.
    pub occurred_at: Option<String>,
    /// When it is planned.
    pub scheduled_at: Option<String>,
    /// The user who is to do it.
    pub assigned_user: Option<String>,
    /// Whether it is marked for follow-up.
    pub follow_up: bool,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
    /// The field that the reason is about, in words.
    pub refused_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Reason>,
    /// Where it stands in the supervisor's review.
    pub review: ReviewInfo,
    /// The first answers, in form order.
    pub answers: Vec<LabelledAnswer>,
}

impl From<model::VisitSummary> for VisitItem {
    fn from(it: model::VisitSummary) -> Self {
        Self {
            id: text(it.id),
            program_stage: text(it.stage),
            program_stage_name: it.stage_name,
            organisation_unit: text(it.organisation_unit),
            organisation_unit_name: it.organisation_unit_name,
            status: it.status.into(),
            occurred_at: it.occurred_at,
            scheduled_at: it.scheduled_at,
            assigned_user: it.assigned_user.map(text),
            follow_up: it.follow_up,
            state: it.state.into(),
            row: it.row,
            refusal: it.problem.map(Reason::from),
            refused_field: it.problem_field,
            closed: list(it.closed),
            review: it.review.into(),
            answers: labelled(it.answers),
        }
    }
}

#[cfg(test)]
mod tests {
    use outpost_engine::domain::data::EventStatus;
    use outpost_engine::domain::uid::Uid;

    use super::*;

    fn uid<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().expect("an id")
    }

    fn visit(day: usize) -> model::VisitSummary {
        model::VisitSummary {
            id: uid("EvVisit0000"),
            stage: uid("PsGrowthVis"),
            stage_name: "Growth visit".into(),
            organisation_unit: uid("OuClinicAaa"),
            organisation_unit_name: "Clinic A".into(),
            status: EventStatus::Overdue,
            occurred_at: None,
            scheduled_at: Some(day.to_string()),
            assigned_user: Some(uid::<Uid>("UsNurse0000")),
            follow_up: true,
            state: model::RecordState::Held,
            row: Some(7),
            problem: None,
            problem_field: None,
            closed: vec![],
            review: model::ReviewView::default(),
            answers: vec![("Weight".into(), "3.2".into())],
        }
    }

    #[track_caller]
    fn check(visits: usize, first: Option<&str>, listed: usize) {
        let crossed = StageVisits::from(model::StageVisits {
            stage: uid("PsGrowthVis"),
            name: "Growth visit".into(),
            repeatable: true,
            cannot_add: None,
            suggested: None,
            visits: (0..visits).map(visit).collect(),
        });
        assert_eq!((crossed.visits.len(), crossed.visit_count), (listed, signed32(visits)));
        assert_eq!(crossed.visits.first().and_then(|it| it.scheduled_at.as_deref()), first);
    }

    #[test]
    fn of_very_many_visits_the_latest_cross() {
        check(0, None, 0);
        check(3, Some("0"), 3);
        check(200, Some("0"), 200);
        check(205, Some("5"), 200);
    }

    #[test]
    fn a_visit_crosses_with_its_state_and_answers() {
        let crossed = VisitItem::from(visit(1));
        assert_eq!((crossed.state, crossed.status), (TravelState::Held, EventState::Overdue));
        assert_eq!((crossed.row, crossed.assigned_user.as_deref()), (Some(7), Some("UsNurse0000")));
        assert_eq!((&*crossed.answers[0].name, &*crossed.answers[0].value), ("Weight", "3.2"));
    }
}
