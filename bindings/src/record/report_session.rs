//! What changes while a report's form is filled in, as a screen shows it.

use std::sync::Arc;

use outpost_engine::domain::form::data_set::CellKey;
use outpost_engine::domain::form::session::CellState;
use outpost_engine::domain::metadata::Importance;
use outpost_engine::domain::validation as domain;
use outpost_engine::model;

use super::indicator::Legend;
use super::slice::{Completed, SliceEdited, SliceState, SliceView};
use super::{list, signed32, text};
use crate::form_session::ReportFormHandle;
use crate::limits::PAGE_ROWS_MAX;

/// How urgent a validation rule is (DHIS2 `Importance`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum RuleImportance {
    /// To be looked at first.
    High,
    /// In between.
    Medium,
    /// To be looked at last.
    Low,
}

impl From<Importance> for RuleImportance {
    fn from(it: Importance) -> Self {
        match it {
            Importance::High => Self::High,
            Importance::Medium => Self::Medium,
            Importance::Low => Self::Low,
        }
    }
}

/// One side of a violation. Numbers are texts.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ViolationSide {
    /// The value; `None` if there is none.
    pub value: Option<String>,
    /// The value as the server shows it: zero for none, three significant digits below ten.
    pub shown: String,
    /// What the side is, in the administrator's words.
    pub description: Option<String>,
    /// The expression with names for ids.
    pub formula: String,
}

impl From<domain::SideValue> for ViolationSide {
    fn from(it: domain::SideValue) -> Self {
        Self {
            value: it.value.map(text),
            shown: text(it.shown),
            description: it.description,
            formula: it.formula,
        }
    }
}

/// A validation rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Violation {
    /// The rule.
    pub rule: String,
    /// Its display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// How urgent it is.
    pub importance: RuleImportance,
    /// The sign between the sides that should hold, such as `<=`.
    pub operator: String,
    /// Left of the operator.
    pub left_side: ViolationSide,
    /// Right of the operator.
    pub right_side: ViolationSide,
}

impl From<domain::Violation> for Violation {
    fn from(it: domain::Violation) -> Self {
        Self {
            rule: text(it.rule),
            name: it.name,
            description: it.description,
            instruction: it.instruction,
            importance: it.importance.into(),
            operator: it.operator.symbol().to_owned(),
            left_side: it.left_side.into(),
            right_side: it.right_side.into(),
        }
    }
}

/// Violations, the most important first.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Violations {
    /// The first 200.
    pub first: Vec<Violation>,
    /// How many there are.
    pub count: i32,
}

impl From<Vec<domain::Violation>> for Violations {
    fn from(it: Vec<domain::Violation>) -> Self {
        let count = signed32(it.len());
        Self { first: list(it.into_iter().take(PAGE_ROWS_MAX)), count }
    }
}

/// A computed indicator.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorValue {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// The value as the server shows it; `None` if there is none.
    pub value: Option<String>,
    /// Name and colour of the value, where the indicator has a legend set.
    pub legend: Option<Legend>,
    /// Items that this device cannot know, so that the server's value may differ.
    pub not_here: Vec<String>,
    /// Why it could not be computed.
    pub problem: Option<String>,
}

impl From<outpost_engine::IndicatorView> for IndicatorValue {
    fn from(it: outpost_engine::IndicatorView) -> Self {
        let (name, value, not_here, problem) = (it.name, it.value, it.not_here, it.problem);
        let legend = it.legend.map(Legend::from);
        Self { uid: text(it.uid), name, value, legend, not_here, problem }
    }
}

/// A cell that was edited, as it is to be shown now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EditedCell {
    /// The row.
    pub data_element: String,
    /// The column.
    pub category_option_combo: String,
    /// What stands in it, also if it is wrong.
    pub value: Option<String>,
    /// Why it is no value, in words; then nothing of it was written or is computed with.
    pub problem: Option<String>,
    /// Whether it is a zero that the server will not keep.
    pub zero_dropped: bool,
}

impl From<(CellKey, CellState)> for EditedCell {
    fn from((key, it): (CellKey, CellState)) -> Self {
        Self {
            data_element: text(key.data_element),
            category_option_combo: text(key.category_option_combo),
            value: it.value,
            problem: it.problem.map(text),
            zero_dropped: it.is_zero_dropped,
        }
    }
}

/// A form that was opened: everything that its screen needs, in one call.
#[derive(uniffi::Record)]
pub struct ReportFormOpened {
    /// The open form.
    pub handle: Arc<ReportFormHandle>,
    /// The report and its form.
    pub view: SliceView,
    /// Indicators, in form order.
    pub indicators: Vec<IndicatorValue>,
    /// Validation rules that do not hold.
    pub violations: Violations,
}

/// What an edit did and changed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReportFormEdited {
    /// What became of it.
    pub outcome: SliceEdited,
    /// The edited cell; `None` if its value was left alone.
    pub cell: Option<EditedCell>,
    /// Indicators that changed.
    pub indicators: Vec<IndicatorValue>,
    /// All violations, if one changed.
    pub violations: Option<Violations>,
}

/// What became of completing a report from its form, or of taking it up again.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReportFormCompleted {
    /// What became of it.
    pub outcome: Completed,
    /// The report after it.
    pub state: SliceState,
}

impl ReportFormCompleted {
    pub(crate) fn new(outcome: model::CompleteOutcome, after: model::SliceView) -> Self {
        Self { outcome: outcome.into(), state: after.into() }
    }
}

#[cfg(test)]
mod tests {
    use outpost_engine::domain::form::data_set::CellProblem;
    use outpost_engine::domain::metadata::RuleOperator;

    use super::*;

    fn violation() -> domain::Violation {
        let side = |value: Option<f64>| domain::SideValue {
            value,
            shown: value.unwrap_or(0.0),
            description: Some("all".into()),
            formula: "Fever cases".into(),
        };
        domain::Violation {
            rule: "VrMalariaFe".parse().expect("an id"),
            name: "Malaria cases are fever cases".into(),
            description: None,
            instruction: Some("Count again.".into()),
            importance: Importance::High,
            operator: RuleOperator::LessThanOrEqualTo,
            left_side: side(Some(5.0)),
            right_side: side(None),
        }
    }

    #[test]
    fn a_violation_crosses_with_both_sides_as_they_are_written() {
        let crossed = Violation::from(violation());
        assert_eq!((&*crossed.operator, crossed.importance), ("<=", RuleImportance::High));
        let side = |it: &ViolationSide| (it.value.clone(), it.shown.clone());
        assert_eq!(side(&crossed.left_side), (Some("5".into()), "5".into()));
        assert_eq!(side(&crossed.right_side), (None, "0".into()));
        assert_eq!(crossed.instruction.as_deref(), Some("Count again."));
    }

    #[test]
    fn of_very_many_violations_the_first_cross_and_all_are_counted() {
        let crossed = Violations::from(vec![violation(); 1_000]);
        assert_eq!((crossed.first.len(), crossed.count), (PAGE_ROWS_MAX, 1_000));
    }

    #[test]
    fn a_wrong_cell_says_why_in_words() {
        let key = CellKey {
            data_element: "DeStockAct0".parse().expect("an id"),
            category_option_combo: "HllvX50cXC0".parse().expect("an id"),
        };
        let state = CellState {
            value: Some("x".into()),
            problem: Some(CellProblem::Greyed),
            is_zero_dropped: false,
        };
        let crossed = EditedCell::from((key, state));
        assert_eq!(crossed.value.as_deref(), Some("x"));
        assert_eq!(crossed.problem.as_deref(), Some("This cell is not asked for."));
    }
}
