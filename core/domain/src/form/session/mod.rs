//! A form while a person fills it in: one edit in, what it changed out.
//!
//! [`EventSession`] and [`EnrollmentSession`] follow the rules of a program (hidden questions,
//! assigned values, errors), [`DataSetSession`] indicators and validation rules. A session holds
//! what stands in the form and nothing else: it never saves, never reads a clock, and never loses
//! what was typed, be it wrong or hidden.

mod course;
mod data_set;
mod effects;
mod enrollment;
#[cfg(test)]
mod enrollment_tests;
mod event;
mod field;
mod live;
mod refusals;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_data_set;

pub use course::{Course, CourseNames};
pub use data_set::{CellState, DataSetDiff, DataSetSession, DataSetSessionInput};
pub use effects::RuleOptions;
pub use enrollment::{EnrollmentSession, EnrollmentSessionInput, NotTyped};
pub use event::{EventSession, EventSessionInput, rule_event};
pub use field::{
    Announcement, AnnouncementKind, EnrollmentDiff, EnrollmentFinding, EventDiff, EventFinding,
    EventOffer, FieldState, FormDiff, OfferKind, OptionChoice, SectionState,
};
pub use live::IsOption;
pub use refusals::{enrollment_refusals, event_refusals};
