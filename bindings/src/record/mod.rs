//! The records that cross the bridge, each with its conversion from the engine's. No policy.
//!
//! Ids are texts, numbers are signed (unsigned ones mangle names on the JVM), times are Unix
//! milliseconds UTC unless said otherwise.

use outpost_engine::OutpostError;

use crate::limits::PAGE_ROWS_MAX;

pub mod account;
pub mod device;
pub mod duplicate;
pub mod event;
pub mod event_session;
pub mod exchange;
pub mod form;
pub mod form_state;
pub mod golive;
pub mod indicator;
pub mod nearby;
pub mod outbox;
pub mod people;
pub mod person;
pub mod person_session;
pub mod person_work;
pub mod relationship;
pub mod report_session;
pub mod review;
pub mod room;
pub mod sim;
pub mod site;
pub mod slice;
pub mod support;
pub mod sync;
pub mod update;

/// A count or a time for the other side, which knows signed numbers only.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of the other side that counts something.
pub(crate) fn unsigned(name: &str, number: i64) -> Result<u64, OutpostError> {
    let below = |_| OutpostError::invalid(name, "below_zero", "it cannot be below zero");
    u64::try_from(number).map_err(below)
}

/// The same for what fits 32 bits.
pub(crate) fn signed32(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// The texts of ids.
pub(crate) fn text(id: impl ToString) -> String {
    id.to_string()
}

/// Converts a list.
pub(crate) fn list<A, B: From<A>>(items: impl IntoIterator<Item = A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

/// The same for a list that is short by nature: what is beyond a page stays behind.
pub(crate) fn first_page<A, B: From<A>>(items: impl IntoIterator<Item = A>) -> Vec<B> {
    list(items.into_iter().take(PAGE_ROWS_MAX))
}

/// Questions with their answers.
pub(crate) fn labelled(answers: Vec<(String, String)>) -> Vec<event::LabelledAnswer> {
    let pair = |(name, value)| event::LabelledAnswer { name, value };
    answers.into_iter().map(pair).collect()
}
