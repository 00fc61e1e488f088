//! Metadata: opaque objects with the few columns that lists are asked by.
//!
//! A pull stages rows of the next generation; one short transaction makes them visible.

mod compare;
mod content;
mod lists;
mod needed;
mod people;
mod plan;
mod pull;
mod read;
mod swap;

pub(crate) use compare::{are_held, compare_ids};
pub use lists::{ListCursor, ListQuery, ListRow};
pub(crate) use people::{name_attributes, type_attributes_of};
pub(crate) use plan::{load_lock_plan, load_plan, load_roots, places_of};
#[cfg(test)]
pub(crate) use pull::load_pull_state;
pub(crate) use pull::visible;
pub(crate) use pull::{begin_pull, restart_kind, stage_page};
pub use read::StoredObject;
pub(crate) use read::{all, object, path_of};
pub(crate) use swap::swap;

/// Indices of the lists, see the file.
pub(crate) const INDICES: &str = include_str!("indices.sql");

/// Statements whose plans are tested.
#[cfg(test)]
pub(crate) mod plans {
    pub(crate) use super::lists::page_query;
    pub(crate) use super::plan::ASSIGNED_UNDER;
    pub(crate) use super::read::{IS_ASSIGNED, OBJECT, OPTION_BY_CODE};
}
