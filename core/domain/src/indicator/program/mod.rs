//! Program indicators: an expression over one row, a filter that decides which rows count, and how
//! rows are aggregated.
//!
//! Follows what the server's event analytics do in SQL, row by row on the device. In a form it is
//! one row; over local data it is a list of rows and a period with its boundaries.

mod aggregate;
mod boundary;
mod facts;
mod row;
mod values;

#[cfg(test)]
mod tests;

pub use aggregate::{Aggregated, aggregate};
pub use facts::ProgramFacts;
pub(super) use row::has_happened;
pub use row::{EnrollmentRow, Row};

use crate::expression::{EvaluateError, Expression, Item, Mode, Outcome, ParseError};
use crate::indicator::round::{number_text, rounded};
use crate::metadata::{AnalyticsPeriodBoundary, AnalyticsType, ProgramIndicator};
use crate::period::Period;
use crate::uid::Uid;
use values::{Named, RowValues};

/// A program indicator that cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableProgramIndicator {
    /// The expression cannot be read.
    #[error("the expression of program indicator {0} cannot be read {1}")]
    Expression(Uid, ParseError),
    /// An item is none that program indicators have, such as an element without its stage.
    #[error("program indicator {0} cannot use {1}")]
    Item(Uid, String),
    /// The filter cannot be read.
    #[error("the filter of program indicator {0} cannot be read {1}")]
    Filter(Uid, ParseError),
}

/// A parsed program indicator.
#[derive(Debug, Clone)]
pub struct ParsedProgramIndicator {
    id: Uid,
    expression: Expression,
    filter: Option<Expression>,
    aggregation_type: String,
    analytics_type: AnalyticsType,
    decimals: Option<u32>,
    boundaries: Vec<AnalyticsPeriodBoundary>,
}

/// What a program indicator comes to in a form.
#[derive(Debug, Clone, PartialEq)]
pub enum InForm {
    /// This text.
    Shown(String),
    /// The filter leaves this row out: nothing is shown.
    LeftOut,
    /// There is no value.
    Nothing,
    /// It cannot be computed.
    Problem(EvaluateError),
}

impl ParsedProgramIndicator {
    /// Parses expression and filter.
    ///
    /// # Errors
    /// [`UnusableProgramIndicator`], to be shown to the administrator.
    pub fn new(indicator: &ProgramIndicator) -> Result<Self, UnusableProgramIndicator> {
        let id = indicator.id;
        let read = |text: &str| Expression::parse(text, Mode::ProgramIndicatorExpression);
        let filter = indicator.filter.as_deref().filter(|text| !text.trim().is_empty());
        let parsed = Self {
            id,
            expression: read(&indicator.expression)
                .map_err(|why| UnusableProgramIndicator::Expression(id, why))?,
            filter: filter
                .map(read)
                .transpose()
                .map_err(|why| UnusableProgramIndicator::Filter(id, why))?,
            aggregation_type: indicator.aggregation_type.clone(),
            analytics_type: indicator.analytics_type,
            decimals: indicator.decimals,
            boundaries: indicator.boundaries.clone(),
        };
        let strange = parsed.items().find(|item| Named::of(item).is_none());
        match strange.map(|item| item.key().to_owned()) {
            Some(item) => Err(UnusableProgramIndicator::Item(id, item)),
            None => Ok(parsed),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uid {
        self.id
    }

    /// Items of the expression and the filter.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        let filter = self.filter.iter().flat_map(|filter| filter.items().unwrap_or_default());
        self.expression.items().unwrap_or_default().into_iter().chain(filter)
    }

    /// Whether an edit of this question or attribute can change it. Variables such as
    /// `V{value_count}` depend on
    /// items only, dates and status are told by [`Self::uses_variables`].
    #[must_use]
    pub fn refers_to(&self, question: Uid) -> bool {
        let is_it = |item: &Item| item.ids.iter().any(|id| id.value == question.as_str());
        self.items().any(is_it)
    }

    /// Whether it depends on dates, status or counts of the row.
    #[must_use]
    pub fn uses_variables(&self) -> bool {
        let filter = self.filter.as_ref().is_some_and(|f| !f.program_variables().is_empty());
        filter || !self.expression.program_variables().is_empty()
    }

    /// Computes it for the row of an open form.
    #[must_use]
    pub fn in_form<F: ProgramFacts>(&self, row: Row<'_>, facts: &F) -> InForm {
        match self.holds(row, facts, None) {
            Ok(true) => {}
            Ok(false) => return InForm::LeftOut,
            Err(problem) => return InForm::Problem(problem),
        }
        let values = RowValues::new(self, row, facts, None);
        match self.expression.evaluate(&values) {
            Err(problem) => InForm::Problem(problem),
            Ok(outcome) => self.shown(&outcome),
        }
    }

    fn shown(&self, outcome: &Outcome) -> InForm {
        let number = match outcome {
            Outcome::Text(text) => text.trim().parse().ok(),
            outcome => outcome.as_number(),
        };
        match (number, outcome) {
            (Some(number), _) if !f64::is_finite(number) => InForm::Nothing,
            (Some(number), _) => InForm::Shown(number_text(rounded(number, self.decimals))),
            (None, Outcome::Null) => InForm::Nothing,
            (None, outcome) => outcome.to_text().map_or(InForm::Nothing, InForm::Shown),
        }
    }

    /// Whether the filter lets a row through.
    fn holds<F: ProgramFacts>(
        &self,
        row: Row<'_>,
        facts: &F,
        period: Option<Period>,
    ) -> Result<bool, EvaluateError> {
        let Some(filter) = &self.filter else { return Ok(true) };
        let values = RowValues::for_filter(self, filter, row, facts, period);
        Ok(match filter.evaluate(&values)? {
            Outcome::Boolean(truth) => truth,
            Outcome::Text(text) => text.eq_ignore_ascii_case("true"),
            outcome => outcome.as_number().is_some_and(|number| number != 0.0),
        })
    }
}

/// The program indicators of a form, computed again only where an edit reaches.
#[derive(Debug, Clone, Default)]
pub struct ProgramIndicatorSet {
    indicators: Vec<ParsedProgramIndicator>,
    results: Vec<InForm>,
}

impl ProgramIndicatorSet {
    /// Parses the indicators of a form, in the order in which they are to be shown.
    #[must_use]
    pub fn new<'a>(
        indicators: impl IntoIterator<Item = &'a ProgramIndicator>,
    ) -> (Self, Vec<UnusableProgramIndicator>) {
        let mut set = Self::default();
        let mut unusable = Vec::new();
        for indicator in indicators {
            match ParsedProgramIndicator::new(indicator) {
                Ok(parsed) => set.indicators.push(parsed),
                Err(problem) => unusable.push(problem),
            }
        }
        set.results = vec![InForm::Nothing; set.indicators.len()];
        (set, unusable)
    }

    /// Computes all and tells all: when a form opens.
    pub fn compute_all<F: ProgramFacts>(&mut self, row: Row<'_>, facts: &F) -> Vec<(Uid, InForm)> {
        self.results = self.indicators.iter().map(|it| it.in_form(row, facts)).collect();
        self.indicators.iter().map(|it| it.id).zip(self.results.iter().cloned()).collect()
    }

    /// Computes again what refers to the edited questions or attributes, and with `variables` what
    /// depends on dates and status; tells what changed.
    pub fn recompute<F: ProgramFacts>(
        &mut self,
        edited: &[Uid],
        variables: bool,
        row: Row<'_>,
        facts: &F,
    ) -> Vec<(Uid, InForm)> {
        let mut changed = Vec::new();
        for (indicator, known) in self.indicators.iter().zip(&mut self.results) {
            let is_reached = edited.iter().any(|question| indicator.refers_to(*question))
                || variables && indicator.uses_variables();
            if !is_reached {
                continue;
            }
            let result = indicator.in_form(row, facts);
            if result != *known {
                changed.push((indicator.id, result.clone()));
                *known = result;
            }
        }
        changed
    }

    /// Computes all again and tells what changed: when what surrounds the row did.
    pub fn compute_again<F: ProgramFacts>(
        &mut self,
        row: Row<'_>,
        facts: &F,
    ) -> Vec<(Uid, InForm)> {
        let before = std::mem::take(&mut self.results);
        let now = self.compute_all(row, facts).into_iter().zip(before);
        now.filter(|((_, now), before)| now != before).map(|(now, _)| now).collect()
    }
}
