//! What waits to be sent. Cannot lose (one transaction with the record), block (one bad row is parked
//! by itself) or double (the same record goes again, its revision tells whose answer it is).

pub(crate) mod claim;
pub(crate) mod decide;
pub(crate) mod edges;
pub(crate) mod edit;
pub(crate) mod jobs;
mod pages;
pub(crate) mod row;
pub(crate) mod settle;

pub use decide::Resolution;
pub use edit::Saved;
pub(crate) use pages::counts_by_lane;
pub use pages::{ConflictEntry, LastAnswer, OutboxCounts, OutboxEntry, OutboxFilter};
pub use row::RowState;

/// Statements whose plans are tested.
#[cfg(test)]
pub(crate) mod plans {
    pub(crate) use super::claim::{OLDEST, PROMOTE, PROMOTE_STRANDED, lane_query};
    pub(crate) use super::edges::{BLOCKED, CHILDREN, PUT_OFF};
    pub(crate) use super::pages::page_query;
}
