//! Places without network, simulated from one seed: phones that only write files, tablets and a laptop
//! that carry, media that lose, double, delay and damage, machines that are restored from old copies,
//! and the kill of a process at any step.
//!
//! Real engine sessions over real encrypted stores and the sandbox as server. Only media, time and
//! the sockets between a carrier and its server are played: a synchronisation is driven effect by
//! effect, as in [`crate::sim`], with what the engine does after it.
//!
//! What it leaves to other suites: rotated and revoked keys, nearby transfer, metadata packages, and a
//! carrier that never has network but carries for one that has.

mod backups;
mod capture;
mod device;
mod ending;
mod every_step;
mod ground;
mod model;
mod upstream;
mod world;

pub use every_step::every_step;
pub use world::{Tally, run};
