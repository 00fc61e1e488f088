//! The pure heart of Outpost: what DHIS2 calls things, what its forms allow, how changes merge.
//!
//! Never reads a clock, a file, the network, the environment or randomness: the same input always
//! gives the same output. Text from outside is data; parsers return errors and never panic.

pub mod data;
pub mod duplicates;
pub mod expression;
pub mod folding;
pub mod form;
pub mod indicator;
pub mod legend;
pub mod limits;
pub mod merge;
pub mod metadata;
pub mod period;
pub mod purge;
pub mod reserved;
pub mod review;
pub mod rules;
#[cfg(test)]
mod samples;
pub mod sync_days;
pub mod targets;
pub mod text_pattern;
pub mod tracker;
pub mod uid;
pub mod validation;
pub mod value_type;
