//! Captured data: what screens load and what people save. Data never cascades from metadata.

mod drafts;
mod events;
mod forms;
mod import;
pub(crate) mod records;
mod values;

pub use drafts::{Draft, DraftKey};
pub use events::{EventCursor, EventFilter, EventRow};
pub use forms::{FormCounts, SliceRow};
pub use import::Imported;
pub use values::StoredValue;
