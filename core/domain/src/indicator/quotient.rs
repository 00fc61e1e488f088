//! An indicator's value: numerator times factor over denominator (DHIS2 `IndicatorValue`).

use super::measure::{Measure, Measured};
use super::round::{number_text, rounded};
use super::source::{Source, Window};
use super::timing::Timing;
use crate::expression::EvaluateError;
use crate::metadata::MissingValueStrategy;

/// Days of a year in annualised values (DHIS2 `DateUtils.DAYS_IN_YEAR`).
const DAYS_IN_YEAR: i64 = 365;

/// A computed indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorValue {
    /// Value of the numerator.
    pub numerator: f64,
    /// Value of the denominator.
    pub denominator: f64,
    /// The factor of the type, times 365 if annualised.
    pub multiplier: i64,
    /// 1, or the days of the period if annualised.
    pub divisor: i64,
    /// The value as it is.
    pub value: f64,
    /// The value rounded as the server shows it.
    pub rounded: f64,
}

impl IndicatorValue {
    /// The rounded value as text.
    #[must_use]
    pub fn text(&self) -> String {
        number_text(self.rounded)
    }
}

/// Why a part of an indicator could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IndicatorProblem {
    /// In the numerator.
    #[error("numerator: {0}")]
    Numerator(EvaluateError),
    /// In the denominator.
    #[error("denominator: {0}")]
    Denominator(EvaluateError),
}

/// An indicator with what is missing about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IndicatorResult {
    /// The value; `None` if a side has none, or the denominator is zero.
    pub value: Option<IndicatorValue>,
    /// Items that this device cannot know; the value does without them and may differ from the
    /// server's.
    pub not_here: Vec<String>,
    /// Why it could not be computed.
    pub problem: Option<IndicatorProblem>,
}

/// A parsed indicator.
#[derive(Debug, Clone)]
pub(super) struct Quotient {
    pub numerator: Measure,
    pub denominator: Measure,
    pub factor: i64,
    pub decimals: Option<u32>,
    pub annualized: bool,
}

impl Quotient {
    pub fn evaluate<S: Source>(&self, source: &S, timing: &Timing) -> IndicatorResult {
        let side = |measure: &Measure| {
            let strategy = MissingValueStrategy::SkipIfAllValuesMissing;
            measure.evaluate(source, Window::Period, timing, strategy)
        };
        let (numerator, denominator) = (side(&self.numerator), side(&self.denominator));
        let value = self.value_of(&numerator, &denominator, timing);
        let mut not_here = numerator.not_here;
        for item in denominator.not_here {
            if !not_here.contains(&item) {
                not_here.push(item);
            }
        }
        let problem = (numerator.problem.map(IndicatorProblem::Numerator))
            .or(denominator.problem.map(IndicatorProblem::Denominator));
        IndicatorResult { value, not_here, problem }
    }

    fn value_of(
        &self,
        numerator: &Measured,
        denominator: &Measured,
        timing: &Timing,
    ) -> Option<IndicatorValue> {
        let (numerator, denominator) = (numerator.value?, denominator.value?);
        if denominator == 0.0 {
            return None;
        }
        let (multiplier, divisor) = match timing.days {
            Some(days) if self.annualized => (self.factor.saturating_mul(DAYS_IN_YEAR), days),
            _ => (self.factor, 1),
        };
        let factor = multiplier as f64 / divisor as f64;
        let value = numerator * factor / denominator;
        let rounded = rounded(value, self.decimals);
        value.is_finite().then_some(IndicatorValue {
            numerator,
            denominator,
            multiplier,
            divisor,
            value,
            rounded,
        })
    }
}
