//! The demo: a community health worker's month, told with the real command and the real sandbox.
//!
//! Everything goes through the `outpost` binary, as a person would use it; the server is only asked
//! directly to change something in the administrator's name and to prove what arrived.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

pub mod cli;
pub mod devices;
pub mod golive;
pub mod household;
pub mod material;
pub mod narrate;
pub mod places;
pub mod server;
pub mod story;
pub mod support;
