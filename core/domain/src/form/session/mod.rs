//! A form while a person fills it in: one edit in, what it changed out.
//!
//! [`EventSession`] follows the rules of a program (hidden questions, assigned values, errors),
//! [`DataSetSession`] indicators and validation rules. A session holds what stands in the form and
//! nothing else: it never saves, never reads a clock, and never loses what was typed, be it wrong or
//! hidden.

mod data_set;
mod effects;
mod event;
mod field;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_data_set;

pub use data_set::{CellState, DataSetDiff, DataSetSession, DataSetSessionInput};
pub use effects::RuleOptions;
pub use event::{EventSession, EventSessionInput, rule_event};
pub use field::{
    Announcement, AnnouncementKind, EventDiff, EventFinding, FieldState, OptionChoice, SectionState,
};
