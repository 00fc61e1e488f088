//! Benchmarks with their floor in the same run: what bare SQLite and a bare parser cost on this
//! machine for the same bytes. They print ratios; nothing here asserts a time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

pub mod exchange;
pub mod find;
pub mod floor;
pub mod households;
pub mod import;
pub mod labels;
pub mod measure;
pub mod outbox;
pub mod people;
pub mod pull;
pub mod ready;
pub mod rollout;
pub mod save_form;
pub mod support;
pub mod tracker;
pub mod world;
