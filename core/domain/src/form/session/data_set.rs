//! The form of a data set with its indicators and validation rules, edit by edit.
//!
//! Only what refers to the edited cell is computed again. A violated rule forbids nothing here: a
//! person is told before completing, with both sides.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::live::IsOption;
use crate::data::SliceKey;
use crate::form::data_set::{
    Accepted, CellKey, CellProblem, CellValues, CompletionProblem, DataSetForm, check_cell,
    check_comment, completion_problems,
};
use crate::indicator::{FirstOf, IndicatorResult, IndicatorSet, SliceSource, Source, Timing};
use crate::uid::{DataElementUid, IndicatorUid};
use crate::validation::{RuleChange, RuleContext, RuleSet, Violation};
use crate::value_type::{ServerMinor, ValueType};

/// What a session is made of.
pub struct DataSetSessionInput {
    /// The form.
    pub form: Arc<DataSetForm>,
    /// Place, period, attribute option combo.
    pub key: SliceKey,
    /// What stands in the cells.
    pub values: CellValues,
    /// The indicators of the form.
    pub indicators: IndicatorSet,
    /// The validation rules of the form.
    pub rules: RuleSet,
    /// What is known beside the form: other data sets, earlier periods, constants, groups.
    pub elsewhere: Arc<dyn Source + Send + Sync>,
    /// Depth of the place, the root is 1.
    pub level: Option<u32>,
    /// Today, in the server's time zone.
    pub today: Date,
    /// The server's version.
    pub server: ServerMinor,
}

/// An open form.
pub struct DataSetSession {
    form: Arc<DataSetForm>,
    key: SliceKey,
    values: CellValues,
    types: BTreeMap<DataElementUid, ValueType>,
    indicators: IndicatorSet,
    rules: RuleSet,
    elsewhere: Arc<dyn Source + Send + Sync>,
    context: RuleContext,
    timing: Timing,
    server: ServerMinor,
    /// Texts that are no values, with the reason.
    wrong: BTreeMap<CellKey, (String, CellProblem)>,
}

/// A cell as it is to be shown now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellState {
    /// What stands in it, also if it is wrong.
    pub value: Option<String>,
    /// What is wrong with it; then nothing is computed with it.
    pub problem: Option<CellProblem>,
    /// Whether it is a zero that the server will not keep.
    pub is_zero_dropped: bool,
}

/// What an edit changed; when a form opens, all that is computed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataSetDiff {
    /// The edited cells.
    pub cells: Vec<(CellKey, CellState)>,
    /// Indicators that changed.
    pub indicators: Vec<(IndicatorUid, IndicatorResult)>,
    /// Violations that came, changed or went.
    pub violations: Vec<RuleChange>,
}

impl DataSetSession {
    /// Opens a form: everything is computed, and the diff holds the results.
    #[must_use]
    pub fn open(input: DataSetSessionInput) -> (Self, DataSetDiff) {
        let period = input.key.period;
        let context = RuleContext { period, level: input.level, today: input.today };
        let rows = input.form.rows();
        let mut this = Self {
            types: rows.map(|row| (row.data_element, row.value_type)).collect(),
            form: input.form,
            key: input.key,
            values: input.values,
            indicators: input.indicators,
            rules: input.rules,
            elsewhere: input.elsewhere,
            context,
            timing: Timing::of(&[period]),
            server: input.server,
            wrong: BTreeMap::new(),
        };
        this.compute_all();
        let violated = |violation: &Violation| RuleChange::Violated(Box::new(violation.clone()));
        let diff = DataSetDiff {
            cells: Vec::new(),
            indicators: this.indicators.results().map(|(id, it)| (id, it.clone())).collect(),
            violations: this.rules.violations().into_iter().map(violated).collect(),
        };
        (this, diff)
    }

    fn compute_all(&mut self) {
        let form = SliceSource {
            values: &self.values,
            elements: &self.types,
            attribute_option_combo: self.key.attribute_option_combo,
        };
        let source = FirstOf(form, &*self.elsewhere);
        self.indicators.compute_all(&source, &self.timing);
        self.rules.judge_all(&source, &self.context);
    }

    /// Puts a text into a cell; blank text empties it.
    ///
    /// A text that is no value stays in its cell with the problem; nothing is computed with it.
    pub fn set_value(&mut self, cell: CellKey, text: &str, is_option: IsOption<'_>) -> DataSetDiff {
        let checked = check_cell(&self.form, cell, text, self.server, is_option);
        let is_zero_dropped = matches!(checked, Ok(Accepted::NotStoredByServer(_)));
        let (value, problem) = match checked {
            Ok(accepted) => (accepted.value().map(str::to_owned), None),
            Err(problem) => (None, Some(problem)),
        };
        match problem {
            Some(problem) => self.wrong.insert(cell, (text.to_owned(), problem)),
            None => self.wrong.remove(&cell),
        };
        let shown = if problem.is_some() { Some(text.to_owned()) } else { value.clone() };
        let entry = self.values.entry(cell).or_default();
        entry.deleted = value.is_none() && entry.comment.is_none();
        entry.value = value;
        let mut diff = self.recompute(cell);
        diff.cells.push((cell, CellState { value: shown, problem, is_zero_dropped }));
        diff
    }

    /// Puts a comment on a cell, which may be what an empty cell needs; blank removes it.
    ///
    /// # Errors
    /// [`CellProblem`] if the cell is not in the form or the comment is too long.
    pub fn set_comment(&mut self, cell: CellKey, text: &str) -> Result<(), CellProblem> {
        self.form.row(cell.data_element).ok_or(CellProblem::Unknown)?;
        let comment = check_comment(text, self.server)?;
        let entry = self.values.entry(cell).or_default();
        entry.deleted = entry.value.is_none() && comment.is_none();
        entry.comment = comment;
        Ok(())
    }

    fn recompute(&mut self, cell: CellKey) -> DataSetDiff {
        let form = SliceSource {
            values: &self.values,
            elements: &self.types,
            attribute_option_combo: self.key.attribute_option_combo,
        };
        let source = FirstOf(form, &*self.elsewhere);
        DataSetDiff {
            cells: Vec::new(),
            indicators: self.indicators.recompute(&[cell], &source, &self.timing),
            violations: self.rules.judge_again(&[cell], &source, &self.context),
        }
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<DataSetForm> {
        &self.form
    }

    /// What stands in the cells, without texts that are no values.
    #[must_use]
    pub fn values(&self) -> &CellValues {
        &self.values
    }

    /// Texts that are no values, with the reason.
    #[must_use]
    pub fn wrong(&self) -> &BTreeMap<CellKey, (String, CellProblem)> {
        &self.wrong
    }

    /// Violated rules, the most important first.
    #[must_use]
    pub fn violations(&self) -> Vec<&Violation> {
        self.rules.violations()
    }

    /// The validation rules with their verdicts.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The indicators with their values.
    #[must_use]
    pub fn indicators(&self) -> &IndicatorSet {
        &self.indicators
    }

    /// What the data set itself asks for before completion.
    #[must_use]
    pub fn completion_problems(&self) -> Vec<CompletionProblem> {
        completion_problems(&self.form, &self.values)
    }
}
