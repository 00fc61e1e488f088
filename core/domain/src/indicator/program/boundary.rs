//! Which rows belong to a period (DHIS2 `AnalyticsPeriodBoundary`).

use jiff::civil::Date as Day;

use super::row::{Row, answer, day};
use crate::data::Event;
use crate::expression::Date;
use crate::metadata::{AnalyticsPeriodBoundary, AnalyticsType, BoundaryTarget, BoundaryType};
use crate::period::Period;

/// On which side of a day a date must lie.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// The day; dates before it are outside for `after`, dates from it on are outside otherwise.
    at: Date,
    after: bool,
}

impl Edge {
    fn holds(self, date: Date) -> bool {
        if self.after { date >= self.at } else { date < self.at }
    }
}

/// Boundaries worked out for one period.
#[derive(Debug, Clone)]
pub(super) struct Boundaries<'a> {
    analytics_type: AnalyticsType,
    edges: Vec<(&'a BoundaryTarget, Edge)>,
}

const EVENT_DATE: &BoundaryTarget = &BoundaryTarget::EventDate;
const ENROLLMENT_DATE: &BoundaryTarget = &BoundaryTarget::EnrollmentDate;

impl<'a> Boundaries<'a> {
    /// `None` if a boundary leaves the calendar.
    pub fn new(
        boundaries: &'a [AnalyticsPeriodBoundary],
        analytics_type: AnalyticsType,
        period: Period,
    ) -> Option<Self> {
        if boundaries.is_empty() {
            // The plain period: the date of the event or of the enrolment lies in it.
            let target = match analytics_type {
                AnalyticsType::Event => EVENT_DATE,
                AnalyticsType::Enrollment => ENROLLMENT_DATE,
            };
            let start = Edge { at: date_of(period.start())?, after: true };
            let end = Edge { at: date_of(period.end().tomorrow().ok()?)?, after: false };
            return Some(Self { analytics_type, edges: vec![(target, start), (target, end)] });
        }
        let edge = |boundary: &'a AnalyticsPeriodBoundary| {
            Some((&boundary.target, edge_of(boundary, period)?))
        };
        Some(Self { analytics_type, edges: boundaries.iter().map(edge).collect::<Option<_>>()? })
    }

    /// Whether a row belongs to the period.
    ///
    /// Boundaries by event date choose rows of events; with enrolments they choose the events whose
    /// values are looked at, see [`Self::event_counts`].
    pub fn hold(&self, row: Row<'_>) -> bool {
        let chooses = |target: &BoundaryTarget| {
            *target != BoundaryTarget::EventDate || self.analytics_type == AnalyticsType::Event
        };
        let edges = self.edges.iter().filter(|(target, _)| chooses(target));
        let mut stages = Vec::new();
        for (target, edge) in edges {
            if let BoundaryTarget::StageEventDate(stage) = target {
                stages.push(*stage);
            } else if !date_at(target, row).is_some_and(|date| edge.holds(date)) {
                return false;
            }
        }
        stages.into_iter().all(|stage| {
            let target = BoundaryTarget::StageEventDate(stage);
            // One and the same event must meet every boundary of its stage.
            let mut dates = row.events().into_iter().filter(|event| event.program_stage == stage);
            dates.any(|event| self.event_meets(event, &target))
        })
    }

    /// Whether the values of an event are looked at.
    pub fn event_counts(&self, event: &Event) -> bool {
        self.event_meets(event, EVENT_DATE)
    }

    fn event_meets(&self, event: &Event, wanted: &BoundaryTarget) -> bool {
        let mut edges = self.edges.iter().filter(|(target, _)| *target == wanted).peekable();
        if edges.peek().is_none() {
            return true;
        }
        let date = day(event.occurred_at.as_deref());
        date.is_some_and(|date| edges.all(|(_, edge)| edge.holds(date)))
    }
}

fn date_of(day: Day) -> Option<Date> {
    Date::new(day.year().into(), u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?)
}

fn edge_of(boundary: &AnalyticsPeriodBoundary, period: Period) -> Option<Edge> {
    use BoundaryType as Type;
    let (day, after) = match boundary.boundary_type {
        Type::AfterStartOfReportingPeriod => (period.start(), true),
        Type::BeforeStartOfReportingPeriod => (period.start(), false),
        Type::AfterEndOfReportingPeriod => (period.end().tomorrow().ok()?, true),
        Type::BeforeEndOfReportingPeriod => (period.end().tomorrow().ok()?, false),
    };
    let day = match boundary.offset_period_type {
        Some(period_type) => period_type.moved_date(day, boundary.offset_periods)?,
        None => day,
    };
    Some(Edge { at: date_of(day)?, after })
}

/// The date that a boundary looks at, other than the events of a stage.
fn date_at(target: &BoundaryTarget, row: Row<'_>) -> Option<Date> {
    let enrollment = row.enrollment();
    match target {
        BoundaryTarget::EventDate => day(row.event()?.occurred_at.as_deref()),
        BoundaryTarget::ScheduledDate => day(row.event()?.scheduled_at.as_deref()),
        BoundaryTarget::EnrollmentDate => day(enrollment?.enrolled_at.as_deref()),
        BoundaryTarget::IncidentDate => day(enrollment?.occurred_at.as_deref()),
        BoundaryTarget::Attribute(attribute) => {
            day(enrollment?.attributes.get(attribute).map(String::as_str))
        }
        BoundaryTarget::DataElement(stage, element) => {
            let texts = match row {
                Row::Event { event, .. } => vec![event],
                Row::Enrollment(_) => row.events(),
            };
            let newest = texts.into_iter().find_map(|event| answer(event, *stage, *element));
            day(newest)
        }
        BoundaryTarget::StageEventDate(_) => None,
    }
}
