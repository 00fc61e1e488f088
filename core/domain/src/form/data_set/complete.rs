//! What is still to be filled in before a slice is complete.

use super::{CellKey, CellValues, DataSetForm, FormSection, text_of};
use crate::uid::DataElementUid;

/// How much of a form or section is filled in; greyed and locked columns do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Cells with a value.
    pub filled: usize,
    /// Cells asked for.
    pub of: usize,
}

/// What speaks against completing a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompletionProblem {
    /// A compulsory cell is empty.
    Compulsory {
        /// The cell.
        cell: CellKey,
        /// Whether the server refuses completion because of it (capture a003b).
        blocks: bool,
    },
    /// Some cells of an element are filled in and others are not.
    PartlyFilled {
        /// The element.
        data_element: DataElementUid,
        /// Its empty cells.
        missing: Vec<CellKey>,
    },
    /// An empty cell has no comment that says why.
    CommentRequired {
        /// The cell.
        cell: CellKey,
    },
}

impl CompletionProblem {
    /// Whether the slice must not be completed before it is put right. A draft is never blocked.
    #[must_use]
    pub const fn blocks_completion(&self) -> bool {
        match self {
            Self::Compulsory { blocks, .. } => *blocks,
            Self::PartlyFilled { .. } | Self::CommentRequired { .. } => true,
        }
    }

    /// The problem in plain English, to follow the name of the question.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Compulsory { .. } => "This must be filled in.",
            Self::PartlyFilled { .. } => "Fill in the whole row, or leave all of it empty.",
            Self::CommentRequired { .. } => "Fill it in, or say in a comment why it is empty.",
        }
    }
}

/// Compulsory cells without a value, in form order.
#[must_use]
pub fn missing_compulsory(form: &DataSetForm, values: &CellValues) -> Vec<CellKey> {
    let cells = form.rows().flat_map(|row| row.asked());
    let compulsory = cells.filter(|(_, cell)| cell.compulsory).map(|(key, _)| key);
    compulsory.filter(|key| text_of(values, *key).is_none()).collect()
}

/// Elements of which some cells are filled in and others are not, with the empty ones.
#[must_use]
pub fn partly_filled(
    form: &DataSetForm,
    values: &CellValues,
) -> Vec<(DataElementUid, Vec<CellKey>)> {
    let mut found = vec![];
    for row in form.rows() {
        let (filled, missing): (Vec<_>, Vec<_>) =
            row.asked().map(|(key, _)| key).partition(|key| text_of(values, *key).is_some());
        if !filled.is_empty() && !missing.is_empty() {
            found.push((row.data_element, missing));
        }
    }
    found
}

/// Cells with neither a value nor a comment, in form order.
#[must_use]
pub fn comments_required(form: &DataSetForm, values: &CellValues) -> Vec<CellKey> {
    let has_comment = |key: &CellKey| {
        let value = values.get(key).filter(|value| !value.deleted);
        let comment = value.and_then(|value| value.comment.as_deref());
        comment.is_some_and(|comment| !comment.trim().is_empty())
    };
    let keys = form.rows().flat_map(|row| row.asked()).map(|(key, _)| key);
    keys.filter(|key| text_of(values, *key).is_none() && !has_comment(key)).collect()
}

/// Everything that speaks against completing the slice, as this data set asks.
#[must_use]
pub fn completion_problems(form: &DataSetForm, values: &CellValues) -> Vec<CompletionProblem> {
    let blocks = form.compulsory_fields_complete_only;
    let compulsory = missing_compulsory(form, values);
    let mut problems: Vec<_> =
        compulsory.into_iter().map(|cell| CompletionProblem::Compulsory { cell, blocks }).collect();
    if form.field_combination_required {
        problems.extend(partly_filled(form, values).into_iter().map(|(data_element, missing)| {
            CompletionProblem::PartlyFilled { data_element, missing }
        }));
    }
    if form.no_value_requires_comment {
        let cells = comments_required(form, values).into_iter();
        problems.extend(cells.map(|cell| CompletionProblem::CommentRequired { cell }));
    }
    problems
}

impl FormSection {
    /// How much of the section is filled in.
    #[must_use]
    pub fn progress(&self, values: &CellValues) -> Progress {
        let mut progress = Progress::default();
        for (key, _) in self.rows().flat_map(|row| row.asked()) {
            progress.of += 1;
            progress.filled += usize::from(text_of(values, key).is_some());
        }
        progress
    }
}

impl DataSetForm {
    /// How much of the form is filled in.
    #[must_use]
    pub fn progress(&self, values: &CellValues) -> Progress {
        let sections = self.sections.iter().map(|section| section.progress(values));
        sections.fold(Progress::default(), |sum, section| Progress {
            filled: sum.filled + section.filled,
            of: sum.of + section.of,
        })
    }
}
