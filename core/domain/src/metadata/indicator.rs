//! Indicators and program indicators, as an administrator wrote them.
//!
//! What they come to is computed in [`crate::indicator`]. Names of aggregation types that this version
//! does not know are kept, so that one new name never makes an indicator disappear.

use crate::period::PeriodType;
use crate::uid::{DataElementUid, IndicatorUid, ProgramStageUid, ProgramUid, Uid};

/// DHIS2 `IndicatorType`: what a quotient is multiplied by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorType {
    /// Its id.
    pub id: Uid,
    /// Display name, e.g. "Per cent".
    pub name: String,
    /// The factor: 100 for per cent.
    pub factor: i64,
    /// Whether it is a plain number without a denominator.
    pub number: bool,
}

/// DHIS2 `Indicator`: a numerator over a denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Its type, which holds the factor.
    pub indicator_type: Option<Uid>,
    /// Expression.
    pub numerator: String,
    /// What the numerator is, in words.
    pub numerator_description: Option<String>,
    /// Expression.
    pub denominator: String,
    /// What the denominator is, in words.
    pub denominator_description: Option<String>,
    /// Digits after the point; `None` means the server's own rule.
    pub decimals: Option<u32>,
    /// Whether the value is projected to a year.
    pub annualized: bool,
    /// Legend sets, the first one counts.
    pub legend_sets: Vec<Uid>,
}

/// DHIS2 `AnalyticsType`: what a program indicator goes through row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalyticsType {
    /// Events.
    Event,
    /// Enrolments.
    Enrollment,
}

/// DHIS2 `AnalyticsPeriodBoundaryType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "the names are DHIS2's own")]
pub enum BoundaryType {
    /// Before the first day of the period.
    BeforeStartOfReportingPeriod,
    /// On the last day of the period or before.
    BeforeEndOfReportingPeriod,
    /// On the first day of the period or after.
    AfterStartOfReportingPeriod,
    /// After the last day of the period.
    AfterEndOfReportingPeriod,
}

/// The date that a boundary looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundaryTarget {
    /// `EVENT_DATE`.
    EventDate,
    /// `ENROLLMENT_DATE`.
    EnrollmentDate,
    /// `INCIDENT_DATE`.
    IncidentDate,
    /// `SCHEDULED_DATE`.
    ScheduledDate,
    /// `PS_EVENTDATE:stage`: the date of an event of that stage.
    StageEventDate(ProgramStageUid),
    /// `#{stage.element}`: a date that was entered in an event.
    DataElement(ProgramStageUid, DataElementUid),
    /// `A{attribute}`: a date that was entered for the person.
    Attribute(Uid),
}

/// DHIS2 `AnalyticsPeriodBoundary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyticsPeriodBoundary {
    /// The date that it looks at.
    pub target: BoundaryTarget,
    /// On which side of which end of the period that date must lie.
    pub boundary_type: BoundaryType,
    /// Periods by which the boundary is moved, negative into the past.
    pub offset_periods: i32,
    /// Which periods; without it nothing is moved.
    pub offset_period_type: Option<PeriodType>,
}

/// DHIS2 `ProgramIndicator`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramIndicator {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// The program.
    pub program: ProgramUid,
    /// Expression, the value of one row.
    pub expression: String,
    /// Expression, which rows count; `None` means all.
    pub filter: Option<String>,
    /// DHIS2 `AggregationType` name such as `COUNT`; the server takes `AVERAGE` for none.
    pub aggregation_type: String,
    /// What is gone through.
    pub analytics_type: AnalyticsType,
    /// Digits after the point; `None` means the server's own rule.
    pub decimals: Option<u32>,
    /// Whether it is shown in the form.
    pub display_in_form: bool,
    /// Which rows belong to a period; none means by event or enrolment date.
    pub boundaries: Vec<AnalyticsPeriodBoundary>,
    /// Legend sets, the first one counts.
    pub legend_sets: Vec<Uid>,
}
