//! Test kit shared by the cross-crate suites. Never shipped.

pub mod bench;
pub mod demo;
pub mod rig;
pub mod sim;
pub mod sites;
