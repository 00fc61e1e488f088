//! A DHIS2-compatible server for training, demonstrations and tests.
//!
//! A pure model ([`model`]) answers requests as a 2.42.4 does, report for report and error code for
//! error code,
//! for aggregate data and tracker. [`Sandbox`] is that model with faults and a log and no
//! sockets;
//! [`serve`] and [`start_blocking`] put it on a port. Program rules and validation rules are served as
//! metadata and not run: an import is never refused for them, as a real server would (E1300 to E1310).
//! Nothing that ships on a phone depends on this
//! crate.

mod config;
mod db;
mod error;
mod limits;
pub mod model;
mod sandbox;
mod shell;

pub use config::{Faults, MetadataSource, SandboxConfig, SandboxUser};
pub use error::SandboxError;
pub use model::control::LogEntry;
pub use model::http::{Delivery, HttpRequestParts, HttpResponseParts};
pub use model::meta::load::LoadReport;
pub use sandbox::Sandbox;
pub use shell::{RunningSandbox, serve, start_blocking};
