//! Captured data: what screens load and what people save. Data never cascades from metadata.

mod drafts;
mod events;
mod forms;
mod import;
mod local;
pub(crate) mod records;
mod values;

pub use drafts::{Draft, DraftKey};
pub use events::{EventCursor, EventFilter, EventRow};
pub use forms::{FormCounts, SliceRow};
pub use import::Imported;
pub use local::LocalEnrollment;
pub use values::StoredValue;

/// Statements whose plans are tested.
#[cfg(test)]
pub(crate) mod plans {
    pub(crate) use super::events::page_query as events_query;
    pub(crate) use super::forms::SLICES;
    pub(crate) use super::local::{UNIT_COMPLETIONS, UNIT_ENROLLMENTS, UNIT_EVENTS, UNIT_VALUES};
    pub(crate) use super::values::SLICE_VALUES;
}
