//! Places without network: the same records travel in files.
//!
//! | module | what it answers |
//! |---|---|
//! | [`keys`] | who is who: identities, fingerprints, cards, the key ring, lists of lost devices |
//! | [`file`](mod@file) | the data-exchange file: written, verified, read |
//! | [`split`] | a file in parts that fit an e-mail, and back |
//! | [`ledger`] | whether a file that came is new, known, too early or contradicts what is known |
//! | [`receipt`] | what arrived and what was refused, told back to the sender |
//! | [`package`] | versions of the metadata, from the centre to every site |
//! | [`backup`] | a whole machine, for its replacement |
//! | [`release`] | versions of the app and the command line: what may be installed, where and when |
//!
//! Everything is in standard formats (ustar, minisign, age, zstd, NDJSON), so that whoever holds the
//! keys can read a file without this program; `core/ARCHITECTURE.md` has the commands.
//!
//! Decisions are pure: clock, files and key material are given. Only `age` draws randomness of its own,
//! for the key of each file. Nothing is decrypted before the signature fits, nothing is unpacked
//! beyond what the signed manifest says, and no name, path or link of a file is ever followed. Never
//! writes what a person entered into an error.
//!
//! ```
//! use std::io::Cursor;
//!
//! use outpost_exchange::file::{DataLine, Draft, Verified};
//! use outpost_exchange::keys::{Card, Identity, KeyRing, Role};
//! use outpost_exchange::ledger::{Ledgers, Plan, SentLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let random = |number: u8| std::array::from_fn(|at| number.wrapping_mul(31) ^ at as u8);
//! let (phone, tablet, safe) = (random(1), random(2), random(3));
//! let [phone, tablet, safe] = [
//!     (Identity::from_random(&phone)?, "Phone 17", Role::Device),
//!     (Identity::from_random(&tablet)?, "Tablet, clinic", Role::Tablet),
//!     (Identity::from_random(&safe)?, "Safe", Role::Recovery),
//! ];
//! let mut ring = KeyRing::default();
//! for (identity, name, role) in [&phone, &tablet, &safe] {
//!     ring.enrol_in_person(Card::new(identity, name, *role)?, "grace", "2026-11-29")?;
//! }
//! let (phone, tablet) = (phone.0, tablet.0);
//! let me = tablet.public().key_id();
//!
//! // The phone writes a file, here without records.
//! let draft = Draft::<_, DataLine>::begin(Cursor::new(Vec::new()), &ring.recipients(me)?)?;
//! let address = SentLog::default().next("2026-11-29T08:00:00Z", None);
//! let mut file = Vec::new();
//! let written = draft.seal()?.write(&phone, address, None, &mut file)?;
//! assert_eq!(written.manifest.sequence, 1);
//!
//! // The tablet verifies it, decides, and only then opens it.
//! let verified = Verified::open(Cursor::new(&file), &ring)?;
//! let plan = Ledgers::default().plan(&ring, me, verified.manifest(), verified.hash());
//! assert_eq!(plan, Plan::Apply { skipped: None });
//! let mut lines = verified.lines::<DataLine>(&tablet)?;
//! assert_eq!(lines.by_ref().count(), 0);
//! assert!(lines.is_complete(), "now what was read may be committed");
//! # Ok(())
//! # }
//! ```

pub mod backup;
pub mod file;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod package;
pub mod receipt;
pub mod release;
pub mod setup;
pub mod split;

mod document;
mod error;
mod text;

pub use error::{ExchangeError, KeyError, ReleaseError};
pub use text::Hash;
