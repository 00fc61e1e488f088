//! What may be entered in a cell.

use super::{CellKey, DataSetForm, FormRow};
use crate::form::{check_value, entered};
use crate::limits::{COMMENT_UTF16_MAX, COMMENT_UTF16_MAX_SINCE_43};
use crate::uid::OptionSetUid;
use crate::value_type::{
    ServerMinor, ValueProblem, ValueType, is_insignificant_zero, normalise_aggregate,
};

/// What becomes of a text entered in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The cell is emptied; a stored value is to be deleted.
    Cleared,
    /// To be stored and sent as it stands here.
    Value(String),
    /// A zero that means nothing to the server: kept and shown here, best not sent. The server
    /// drops it, with its comment, and deletes what was there, while reporting success (captures
    /// a008b to a008g).
    NotStoredByServer(String),
}

impl Accepted {
    /// The value to keep, `None` if the cell is emptied.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Cleared => None,
            Self::Value(text) | Self::NotStoredByServer(text) => Some(text),
        }
    }
}

/// Why a text cannot be entered in a cell. Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellProblem {
    /// The form has no such cell.
    #[error("This question is not in the form.")]
    Unknown,
    /// The cell is greyed.
    #[error("This cell is not asked for.")]
    Greyed,
    /// The user may not write data under this option (E7614).
    #[error("You may look at this column but not change it.")]
    NotWritable,
    /// The text is no value of the element (E7619, E7621).
    #[error("It {0}.")]
    Value(ValueProblem),
    /// The comment is longer than the server takes (E7620, E8125).
    #[error("The comment is too long: {limit} characters at most.")]
    CommentTooLong {
        /// Most UTF-16 units.
        limit: usize,
    },
}

/// Checks a text entered in a cell and says what is to be stored.
///
/// Blank text empties the cell, and so does a no where only yes can be stored. Space around a value
/// is dropped except where it may be meant (free text, options). `is_option` says whether a code is
/// in an option set, capitals counting.
///
/// # Errors
/// [`CellProblem`], in words for the person at the cell.
pub fn check_cell(
    form: &DataSetForm,
    key: CellKey,
    text: &str,
    server: ServerMinor,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Result<Accepted, CellProblem> {
    let row = form.row(key.data_element).ok_or(CellProblem::Unknown)?;
    let cell = row
        .cells
        .iter()
        .find(|cell| cell.category_option_combo == key.category_option_combo)
        .ok_or(CellProblem::Unknown)?;
    if cell.greyed {
        return Err(CellProblem::Greyed);
    }
    if !cell.writable {
        return Err(CellProblem::NotWritable);
    }
    let Some(text) = entered(row.value_type, row.option_set.as_ref(), text) else {
        return Ok(Accepted::Cleared);
    };
    let value = normalise_aggregate(row.value_type, text, server);
    if row.value_type == ValueType::TrueOnly && value == "false" {
        return Ok(Accepted::Cleared);
    }
    check_value(row.value_type, row.option_set.as_ref(), &value, is_option)
        .map_err(CellProblem::Value)?;
    Ok(accepted(row, value.into_owned()))
}

fn accepted(row: &FormRow, value: String) -> Accepted {
    let (significant, aggregation) = (row.zero_is_significant, row.aggregation_type.as_str());
    if is_insignificant_zero(row.value_type, aggregation, significant, &value) {
        Accepted::NotStoredByServer(value)
    } else {
        Accepted::Value(value)
    }
}

/// Checks the comment of a cell; `None` means it is removed.
///
/// # Errors
/// [`CellProblem::CommentTooLong`].
pub fn check_comment(text: &str, server: ServerMinor) -> Result<Option<String>, CellProblem> {
    let limit =
        if server < ServerMinor(43) { COMMENT_UTF16_MAX } else { COMMENT_UTF16_MAX_SINCE_43 };
    let text = text.trim();
    if text.encode_utf16().count() > limit {
        return Err(CellProblem::CommentTooLong { limit });
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}
