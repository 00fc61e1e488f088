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
//! | [`addresses`] | where this device can be reached |
//!
//! The tablet makes a key and a certificate for the session and shows its SHA-256 with a secret in
//! a QR code. The phone accepts exactly this certificate and then proves the secret, so each knows that
//! the other stands in the room. Files are opaque here: whether one may be believed is decided by
//! `core/exchange` when it is opened. Never takes a name or a path from the wire, never hands on a byte
//! whose file was not hashed to its end, never lets one phone hold up another.
//!
//! ```
//! use std::sync::Arc;
//!
//! use outpost_nearby::client::{Guest, Visitor, visit};
//! use outpost_nearby::invitation::Invitation;
//! use outpost_nearby::server::{Host, Phone, Server, SessionPlan};
//! use outpost_nearby::shelf::{Shelf, ShelfLimits};
//! use outpost_nearby::{Outgoing, PhoneKey, Received};
//!
//! struct Desk(Vec<Outgoing>);
//!
//! impl Host for Desk {
//!     fn received(&self, phone: &Phone, file: Received) {
//!         println!("{} bytes of {}", file.bytes, phone.who); // import, then Shelf::remove
//!     }
//!     fn outgoing(&self, _: &Phone) -> Vec<Outgoing> {
//!         self.0.clone() // receipts, returned records, metadata
//!     }
//! }
//!
//! struct Pocket;
//!
//! impl Guest for Pocket {
//!     fn received(&self, file: Received) {
//!         assert_eq!(std::fs::read(file.path).ok().as_deref(), Some(&b"a receipt"[..]));
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! # std::fs::write(folder.join("data.tar"), "records")?;
//! # std::fs::write(folder.join("receipt.tar"), "a receipt")?;
//! # let limits = ShelfLimits { keep_free_bytes: 0, ..ShelfLimits::default() };
//! // The tablet; usually with the addresses of `addresses::local_addresses()`.
//! let plan = SessionPlan::new(vec!["127.0.0.1".parse()?]);
//! let shelf = Arc::new(Shelf::open(folder.join("tablet"), limits)?);
//! let desk = Arc::new(Desk(vec![Outgoing::of(folder.join("receipt.tar"))?]));
//! let server = Server::start(plan, shelf, desk).await?;
//! let shown = server.invitation().to_text(); // as a QR code
//!
//! // The phone.
//! let invitation = Invitation::parse(&shown)?;
//! let visitor = Visitor::new(PhoneKey([7; 16]), "5F3C0A1B2D4E6F70".to_owned());
//! let shelf = Arc::new(Shelf::open(folder.join("phone"), limits)?);
//! let files = [Outgoing::of(folder.join("data.tar"))?];
//! let guest: Arc<dyn Guest> = Arc::new(Pocket);
//! let done = visit(&invitation, &visitor, &files, &shelf, &guest).await?;
//! assert_eq!((done.sent[0].outcome, done.received.len()), (Ok(()), 1));
//! server.close().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```

pub mod addresses;
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
