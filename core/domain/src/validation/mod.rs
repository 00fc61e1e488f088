//! Validation rules: whether the two sides of a rule stand to each other as they must.
//!
//! Judges as the server does (DHIS2 `DataValidationTask`), values of one place, period and attribute
//! option combo at a time. A rule that needs what is not on the device is not judged and says so; it
//! never accuses anybody on a guess. No clock, no storage, no network.

mod rule;
mod set;
mod window;

#[cfg(test)]
mod tests;

pub use rule::{ParsedRule, RuleContext, SideValue, UnusableRule, Verdict, Violation};
pub use set::{RuleChange, RuleSet};
pub use window::sliding_window;
