//! Modifiers of data items, such as `.minDate(2020-01-01)`, and what several of them come to.
//!
//! Offsets add up, the others overwrite (expressions reference 2).

use std::fmt;

use super::civil::Date;

/// The kinds that can be written, and the one that aggregate functions add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ModifierKind {
    AggregationType,
    MaxDate,
    MinDate,
    PeriodOffset,
    StageOffset,
    YearToDate,
}

pub(super) const MODIFIERS: [(ModifierKind, &str); 6] = [
    (ModifierKind::AggregationType, "aggregationType"),
    (ModifierKind::MaxDate, "maxDate"),
    (ModifierKind::MinDate, "minDate"),
    (ModifierKind::PeriodOffset, "periodOffset"),
    (ModifierKind::StageOffset, "stageOffset"),
    (ModifierKind::YearToDate, "yearToDate"),
];

/// Aggregation types that expressions can name (DHIS2 expression `AggregationType`).
pub(super) const AGGREGATION_TYPES: [&str; 16] = [
    "sum",
    "avg",
    "avg_sum_org_unit",
    "last",
    "last_avg_org_unit",
    "last_analytics_period",
    "last_analytics_period_avg_org_unit",
    "first",
    "first_avg_org_unit",
    "count",
    "stddev",
    "variance",
    "min",
    "max",
    "none",
    "custom",
];

/// One modifier with its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Modifier {
    AggregationType(&'static str),
    MaxDate(Date),
    MinDate(Date),
    PeriodOffset(i32),
    StageOffset(i32),
    YearToDate,
    PeriodAggregation,
}

/// All modifiers of one item together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Values of several periods are wanted.
    pub period_aggregation: bool,
    /// How values are aggregated, instead of the data element's own way.
    pub aggregation_type: Option<&'static str>,
    /// Only values up to this date.
    pub max_date: Option<Date>,
    /// Only values from this date.
    pub min_date: Option<Date>,
    /// Periods back (negative) or ahead.
    pub period_offset: Option<i32>,
    /// Which repetition of a stage.
    pub stage_offset: Option<i32>,
    /// From the start of the year.
    pub year_to_date: bool,
}

impl Modifiers {
    pub(super) fn apply(&mut self, modifier: &Modifier) {
        match modifier {
            Modifier::AggregationType(name) => self.aggregation_type = Some(name),
            Modifier::MaxDate(date) => self.max_date = Some(*date),
            Modifier::MinDate(date) => self.min_date = Some(*date),
            Modifier::PeriodOffset(by) => add(&mut self.period_offset, *by),
            Modifier::StageOffset(by) => add(&mut self.stage_offset, *by),
            Modifier::YearToDate => self.year_to_date = true,
            Modifier::PeriodAggregation => self.period_aggregation = true,
        }
    }
}

fn add(offset: &mut Option<i32>, by: i32) {
    *offset = Some(offset.unwrap_or(0).wrapping_add(by));
}

/// In the fixed order of DHIS2's item keys.
impl fmt::Display for Modifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.period_aggregation {
            formatter.write_str(".periodAggregation()")?;
        }
        if let Some(name) = self.aggregation_type {
            write!(formatter, ".aggregationType({name})")?;
        }
        if let Some(date) = self.max_date {
            write!(formatter, ".maxDate({date})")?;
        }
        if let Some(date) = self.min_date {
            write!(formatter, ".minDate({date})")?;
        }
        if let Some(by) = self.period_offset {
            write!(formatter, ".periodOffset({by})")?;
        }
        if let Some(by) = self.stage_offset {
            write!(formatter, ".stageOffset({by})")?;
        }
        if self.year_to_date {
            formatter.write_str(".yearToDate()")?;
        }
        Ok(())
    }
}
