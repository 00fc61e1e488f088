//! Synchronisation as decisions: what to ask the server next, what its answer means, what to store.
//!
//! Pure. `step(event) -> effect`: the engine carries out the effect and comes back with an event.
//! Never reads a clock, the store or the network, and never drops a row.

pub mod backoff;
pub mod limits;
pub mod lockout;
pub mod machine;
pub mod ports;
pub mod skew;

mod check;
mod context;
mod hunt;
mod link;
mod plan;
mod requests;
mod settle;
mod sign_in;
