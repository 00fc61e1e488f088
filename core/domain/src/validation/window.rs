//! Sliding windows: the days up to today whose events a side looks at.

use jiff::Span;
use jiff::civil::Date;

use crate::period::Period;

/// The days of a sliding window, both included: it ends today, or with the period if that is over, and
/// is as long as the server's rough length of the period's type (DHIS2 `frequencyOrder`).
#[must_use]
pub fn sliding_window(period: Period, today: Date) -> (Date, Date) {
    let end = today.min(period.end());
    let length = i64::from(period.period_type().frequency_order());
    let start = end.checked_sub(Span::new().days(length)).unwrap_or(Date::MIN);
    (start, end)
}
