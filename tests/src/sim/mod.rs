//! Deterministic simulation: one seed decides phones, people, clocks, the network and the server's
//! changes of mind. Real encrypted stores, the real state machine, the sandbox as server; only sockets
//! and time are played. The same seed is always the same run.

mod checker;
mod dice;
mod ending;
pub mod metadata;
mod network;
mod people;
mod phone;
pub mod record;
mod server;
mod world;

pub use dice::Dice;
pub use phone::{Phone, Run, slice};
pub use server::{Server, Writer, answer_of};
pub use world::{Failure, Tally, run, scratch};
