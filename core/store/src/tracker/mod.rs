//! People and what belongs to them: saving as one, lists, search, families, reserved values, files.
//!
//! Every edit goes through the outbox. Never decides what a value means: that is the domain's.

pub(crate) mod arrive;
pub(crate) mod digest;
mod due;
mod duplicates;
mod family;
pub(crate) mod files;
mod fresh;
mod history;
pub(crate) mod index;
pub(crate) mod missing;
mod people;
mod person;
mod purge;
pub(crate) mod records;
pub(crate) mod reserved;
pub(crate) mod save;
mod search;
pub(crate) mod settings;
pub(crate) mod temporary;

pub use digest::{DigestCursor, DigestRow, DigestSource, KeptDigest};
pub use due::{DueCursor, DueFilter, DueRow, FollowUpCursor, FollowUpFilter, FollowUpRow};
pub use duplicates::{CompareQuery, ComparedPerson, DuplicateQuery};
pub use family::{Family, FamilyMember, OtherSide, RelationshipRow};
pub use files::StoredFile;
pub(crate) use files::content;
pub use history::HistoryEntry;
pub use people::{PeopleCursor, PeopleFilter, PeopleOrder, PersonRow, SyncFilter, Waiting};
pub use person::{Person, PersonEnrollment, PersonEvent};
pub use purge::{Activity, Purged};
pub use reserved::{ReserveCount, TakenValue};
pub use save::{GeneratedValue, SavedRecords};
pub use search::{SearchCursor, SearchQuery};
pub use settings::{ProgramCounts, ProgramSetting, WorkingList};
pub use temporary::TemporaryValue;

/// Statements whose plans are tested.
#[cfg(test)]
pub(crate) mod plans {
    pub(crate) use super::digest::LATEST_ENROLLMENT;
    pub(crate) use super::due::{due_query, follow_up_query};
    pub(crate) use super::duplicates::{ENROLLED_VALUES, SOUNDS, compare_query};
    pub(crate) use super::family::{OF_RECORD, OF_RECORD_TO};
    pub(crate) use super::people::page_query as people_query;
    pub(crate) use super::person::{ENROLLMENTS, EVENTS, NEXT_DUE, WAITING};
    pub(crate) use super::purge::{ACTIVITY, UNSENT};
    pub(crate) use super::reserved::NEXT;
    pub(crate) use super::search::{BY_ATTRIBUTE, infix_query, prefix_query};
}
