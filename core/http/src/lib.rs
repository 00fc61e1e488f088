//! The transport: carries requests to a DHIS2 server and tells what became of them.
//!
//! Signs in once, keeps the session in memory, limits what it reads, and sorts every failure into
//! "did not leave the device" and "may have arrived". Never follows a redirect, never retries a
//! request that may have been acted on, never writes an address, a password or a body into an
//! error.

mod address;
mod body;
mod credentials;
mod date;
pub mod limits;
mod lost;
mod outgoing;
mod session;
mod transport;
mod webhook;

pub use address::{AddressError, BaseAddress};
pub use credentials::Credentials;
pub use transport::{SetupError, Transport, TransportOptions};
pub use webhook::Webhook;
