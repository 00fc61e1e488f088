//! What expressions may know about the time they are computed for: `[days]` and its kin.

use crate::period::Period;

/// The named values of one or several periods.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Days of all periods together, `[days]`.
    pub days: Option<i64>,
    /// Place of the period within its year, `[periodInYear]`; only for one period.
    pub period_in_year: Option<u32>,
    /// How many periods of the type its year has, `[yearlyPeriodCount]`; only for one period.
    pub yearly_period_count: Option<u32>,
}

impl Timing {
    /// The named values of these periods.
    #[must_use]
    pub fn of(periods: &[Period]) -> Self {
        if periods.is_empty() {
            return Self::default();
        }
        let days = periods.iter().map(|period| days_of(*period)).sum();
        let single = if let [period] = periods { Some(*period) } else { None };
        Self {
            days: Some(days),
            period_in_year: single.map(Period::number_in_year),
            yearly_period_count: single.map(Period::periods_in_year),
        }
    }

    pub(crate) fn named(&self, name: &str) -> Option<f64> {
        match name {
            "days" => self.days.map(|days| days as f64),
            "periodInYear" => self.period_in_year.map(f64::from),
            "yearlyPeriodCount" => self.yearly_period_count.map(f64::from),
            _ => None,
        }
    }
}

/// Days of a period, its last one included.
pub(super) fn days_of(period: Period) -> i64 {
    let span = period.start().until(period.end());
    span.map_or(0, |span| i64::from(span.get_days())) + 1
}
