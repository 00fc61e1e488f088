//! The table behind [`crate::error_code`], in two parts.

mod tracker;
mod values;

use crate::error_code::ErrorCode;

/// Every line of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static ErrorCode> {
    tracker::TRACKER.iter().chain(values::VALUES)
}
