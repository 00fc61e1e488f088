//! Reports, one data set at one place in one period, with their cells.

use outpost_engine::domain::data::{DataValue, SliceKey};
use outpost_engine::domain::form::data_set::{CellKey, CellValues, Sum, totals};
use outpost_engine::{OutpostError, model};

use super::form::{DataSetForm, Reason};
use super::outbox::TravelState;
use super::report_session::Violations;
use super::{list, signed32, text};
use crate::ids;

/// Names one report: a data set at a place in a period.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceId {
    /// The data set.
    pub data_set: String,
    /// DHIS2 period id, such as `202609`.
    pub period: String,
    /// The place.
    pub organisation_unit: String,
    /// The split of the whole form.
    pub attribute_option_combo: String,
}

impl From<SliceKey> for SliceId {
    fn from(it: SliceKey) -> Self {
        Self {
            data_set: text(it.data_set),
            period: text(it.period),
            organisation_unit: text(it.organisation_unit),
            attribute_option_combo: text(it.attribute_option_combo),
        }
    }
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceItem {
    /// Which report.
    pub key: SliceId,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Whether it is complete, as known here.
    pub completed: bool,
    /// Where its values and its completion are on their way: the state that needs a person most.
    pub state: TravelState,
}

impl From<model::SliceSummary> for SliceItem {
    fn from(it: model::SliceSummary) -> Self {
        Self {
            key: it.key.into(),
            organisation_unit_name: it.organisation_unit_name,
            completed: it.completed,
            state: it.state.into(),
        }
    }
}

/// A page of reports.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceItemPage {
    /// Reports by place and period.
    pub items: Vec<SliceItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<SliceId>,
}

impl From<model::SlicePage> for SliceItemPage {
    fn from(it: model::SlicePage) -> Self {
        Self { items: list(it.items), next: it.next.map(SliceId::from) }
    }
}

/// A cell with something in it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Cell {
    /// The row.
    pub data_element: String,
    /// The column.
    pub category_option_combo: String,
    /// The value.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// What is wrong with it: the server's reason, or a local rule.
    pub refusal: Option<Reason>,
}

impl From<model::CellView> for Cell {
    fn from(it: model::CellView) -> Self {
        Self {
            data_element: text(it.data_element),
            category_option_combo: text(it.category_option_combo),
            value: it.value,
            comment: it.comment,
            follow_up: it.follow_up,
            state: it.state.into(),
            refusal: it.problem.map(Reason::from),
        }
    }
}

/// What speaks against completing a slice, at its cell.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CompletionProblem {
    /// The row.
    pub data_element: String,
    /// The cell; `None` if the whole row is meant.
    pub category_option_combo: Option<String>,
    /// Name of the question.
    pub name: String,
    /// In words.
    pub reason: String,
    /// Whether the slice cannot be completed before it is put right.
    pub blocks: bool,
}

impl From<model::CompletionProblemView> for CompletionProblem {
    fn from(it: model::CompletionProblemView) -> Self {
        Self {
            data_element: text(it.data_element),
            category_option_combo: it.category_option_combo.map(text),
            name: it.name,
            reason: it.reason,
            blocks: it.blocks,
        }
    }
}

/// Whether a slice is complete.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Completion {
    /// Whether it is complete.
    pub completed: bool,
    /// Day of completion, `yyyy-MM-dd`.
    pub date: Option<String>,
    /// Who completed it.
    pub by: Option<String>,
    /// Where that is on its way to the server.
    pub state: TravelState,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
}

impl From<model::CompletionView> for Completion {
    fn from(it: model::CompletionView) -> Self {
        Self {
            completed: it.completed,
            date: it.date,
            by: it.by,
            state: it.state.into(),
            refusal: it.problem.map(Reason::from),
        }
    }
}

/// The sums of one table; `None` where no number was entered or the sum has too many digits.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TableTotals {
    /// Place of its section in the form, from 0.
    pub section: i32,
    /// Place of the table in its section, from 0.
    pub table: i32,
    /// One per row.
    pub rows: Vec<Option<String>>,
    /// One per column.
    pub columns: Vec<Option<String>>,
    /// Over the whole table.
    pub grand: Option<String>,
}

/// What changes while a report is filled in. Its form does not.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceState {
    /// Cells with something in them; all others are empty.
    pub cells: Vec<Cell>,
    /// Sums of the tables that show them.
    pub totals: Vec<TableTotals>,
    /// Completion.
    pub completion: Completion,
    /// Why nothing may be entered; empty if the slice is open.
    pub closed: Vec<Reason>,
    /// What speaks against completing it now.
    pub completion_problems: Vec<CompletionProblem>,
    /// Cells with a value.
    pub filled: i32,
    /// Cells asked for.
    pub asked: i32,
}

/// Everything that a screen needs for one report, in one call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceView {
    /// Which report.
    pub key: SliceId,
    /// The form.
    pub form: DataSetForm,
    /// What is wrong with the form's metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Name of the split of the whole form; empty for the default.
    pub attribute_option_combo_name: String,
    /// What changes.
    pub state: SliceState,
}

impl From<model::SliceView> for SliceView {
    fn from(it: model::SliceView) -> Self {
        Self {
            key: it.key.into(),
            form: it.form.as_ref().into(),
            form_problems: it.form_problems.clone(),
            organisation_unit_name: it.organisation_unit_name.clone(),
            attribute_option_combo_name: it.attribute_option_combo_name.clone(),
            state: it.into(),
        }
    }
}

impl From<model::SliceView> for SliceState {
    fn from(it: model::SliceView) -> Self {
        Self {
            totals: totals_of(&it),
            cells: list(it.cells),
            completion: it.completion.into(),
            closed: list(it.closed),
            completion_problems: list(it.completion_problems),
            filled: signed32(it.filled),
            asked: signed32(it.asked),
        }
    }
}

fn totals_of(slice: &model::SliceView) -> Vec<TableTotals> {
    let values: CellValues = slice.cells.iter().map(value_of).collect();
    let sum = |sum: &Sum| match sum {
        Sum::Of(number) => Some(text(number)),
        Sum::Nothing | Sum::TooLong => None,
    };
    let mut found = Vec::new();
    for (section_at, section) in slice.form.sections.iter().enumerate() {
        for (table_at, table) in section.tables.iter().enumerate() {
            if !table.show_row_totals && !table.show_column_totals {
                continue;
            }
            let sums = totals(table, &values);
            found.push(TableTotals {
                section: signed32(section_at),
                table: signed32(table_at),
                rows: sums.rows.iter().map(sum).collect(),
                columns: sums.columns.iter().map(sum).collect(),
                grand: sum(&sums.grand),
            });
        }
    }
    found
}

fn value_of(cell: &model::CellView) -> (CellKey, DataValue) {
    let key = CellKey {
        data_element: cell.data_element,
        category_option_combo: cell.category_option_combo,
    };
    (key, DataValue { value: cell.value.clone(), ..DataValue::default() })
}

/// A change of one cell.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CellEdited {
    /// Another value; blank empties the cell.
    Value {
        /// The value.
        text: String,
    },
    /// Another comment; blank removes it.
    Comment {
        /// The comment.
        text: String,
    },
    /// Marked for follow-up or not.
    FollowUp {
        /// Whether it is marked.
        marked: bool,
    },
}

/// A change of one cell of a slice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CellEdit {
    /// The row.
    pub data_element: String,
    /// The column.
    pub category_option_combo: String,
    /// The change.
    pub change: CellEdited,
}

impl TryFrom<CellEdit> for model::CellEdit {
    type Error = OutpostError;

    fn try_from(it: CellEdit) -> Result<Self, OutpostError> {
        Ok(Self {
            data_element: ids::id("data_element", &it.data_element)?,
            category_option_combo: ids::id("category_option_combo", &it.category_option_combo)?,
            change: match it.change {
                CellEdited::Value { text } => model::CellChange::Value(text),
                CellEdited::Comment { text } => model::CellChange::Comment(text),
                CellEdited::FollowUp { marked } => model::CellChange::FollowUp(marked),
            },
        })
    }
}

/// An edit that an entry rule refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RefusedEdit {
    /// Its place in the list of edits, from 0.
    pub index: i32,
    /// The row.
    pub data_element: String,
    /// The column.
    pub category_option_combo: String,
    /// Why.
    pub why: Reason,
}

impl From<model::RefusedEdit> for RefusedEdit {
    fn from(it: model::RefusedEdit) -> Self {
        Self {
            index: signed32(it.index),
            data_element: text(it.data_element),
            category_option_combo: text(it.category_option_combo),
            why: it.refusal.into(),
        }
    }
}

/// What became of a list of edits.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SliceEdited {
    /// Cells saved durably.
    pub saved: i32,
    /// Cells that already held it.
    pub unchanged: i32,
    /// Edits that were refused.
    pub refused: Vec<RefusedEdit>,
    /// Remarks, such as a zero that the server will not keep.
    pub notes: Vec<String>,
    /// The report after it.
    pub state: SliceState,
}

impl SliceEdited {
    pub(crate) fn new(outcome: model::EditOutcome, after: model::SliceView) -> Self {
        Self {
            saved: signed32(outcome.saved),
            unchanged: signed32(outcome.unchanged),
            refused: list(outcome.refused),
            notes: outcome.notes,
            state: after.into(),
        }
    }
}

/// What became of completing a slice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Completed {
    /// Whether it is complete now (saved durably).
    pub completed: bool,
    /// Why nothing may be changed; empty if it may.
    pub closed: Vec<Reason>,
    /// What speaks against it. Without a blocking one it was completed all the same.
    pub problems: Vec<CompletionProblem>,
    /// Validation rules that do not hold. They forbid completing only where the data set asks for
    /// valid reports.
    pub violations: Violations,
}

impl From<model::CompleteOutcome> for Completed {
    fn from(it: model::CompleteOutcome) -> Self {
        Self {
            completed: it.completed,
            closed: list(it.closed),
            problems: list(it.problems),
            violations: it.violations.into(),
        }
    }
}
