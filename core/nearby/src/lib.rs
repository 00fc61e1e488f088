//! Nearby transfer: files from phone to tablet and back, over the Wi-Fi or hotspot at hand. No internet,
//! no server, no account (issue of places without network; `core/exchange` makes the files).
//!
//! | module | what it answers |
//! |---|---|
//! | [`invitation`] | the text of the QR code that the tablet shows |
//! | [`protocol`] | what is said, pure: frames, who may talk, a file on its way in and out |
//! | [`shelf`] | where received bytes lie: under names of our own, within quotas |
//! | [`server`] | the tablet's side |
//! | [`client`] | the phone's side |
//!
//! The tablet makes a key and a certificate for the session and shows its SHA-256 with a secret in
//! a QR code. The phone accepts exactly this certificate and then proves the secret, so each knows that
//! the other stands in the room. Files are opaque here: whether one may be believed is decided by
//! `core/exchange` when it is opened. Never takes a name or a path from the wire, never hands on a byte
//! whose file was not hashed to its end, never lets one phone hold up another.

pub mod client;
pub mod invitation;
pub mod limits;
pub mod protocol;
pub mod server;
pub mod shelf;

mod error;
mod link;
mod tls;
mod transfer;

pub use error::NearbyError;
pub use protocol::{Decline, FileHash, Offer, PhoneKey, Refusal};
pub use transfer::{Outgoing, Progress, Received, Sent, Way};
