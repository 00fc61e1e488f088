//! Deterministic simulation: one seed decides phones, people, clocks, the network and the server's
//! changes of mind. Real encrypted stores, the real state machine, the sandbox as server; only sockets
//! and time are played. The same seed is always the same run.

mod checker;
mod dice;
mod ending;
pub mod metadata;
pub mod network;
mod people;
mod phone;
pub mod record;
mod server;
pub mod tracker_metadata;
mod tracker_people;
mod tracker_record;
mod world;

pub use dice::Dice;
pub use phone::{Phone, Run, slice};
pub use server::{Server, Writer, answer_of};
pub use world::{Failure, Tally, run, scratch};

/// What a simulation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Forms of clinics and events: each phone has a clinic of its own and one shared by all.
    Forms,
    /// Two health workers and their supervisor follow the same people.
    People,
}
