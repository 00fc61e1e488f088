//! One module per family of commands: ask the engine, print what it says, give the exit code.

pub mod account;
pub mod device;
mod device_session;
pub mod enrollment;
pub mod event;
pub mod event_form;
pub mod exchange;
pub mod file;
pub mod fill;
pub mod findings;
pub mod import;
pub mod indicator;
pub mod nearby;
pub mod outbox;
pub mod package;
pub mod person;
pub mod record;
pub mod relationship;
pub mod release;
pub mod review;
pub mod sandbox;
pub mod site;
pub mod support;
pub mod sync;
pub mod team;
pub mod visit;
