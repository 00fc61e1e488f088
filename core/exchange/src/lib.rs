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
//!
//! Everything is in standard formats (ustar, minisign, age, zstd, NDJSON), so that whoever holds the
//! keys can read a file without this program; `core/ARCHITECTURE.md` has the commands.
//!
//! Decisions are pure: clock, files and key material are given. Only `age` draws randomness of its own,
//! for the key of each file. Nothing is decrypted before the signature fits, nothing is unpacked
//! beyond what the signed manifest says, and no name, path or link of a file is ever followed. Never
//! writes what a person entered into an error.

pub mod file;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod package;
pub mod receipt;
pub mod split;

mod document;
mod error;
mod text;

pub use error::{ExchangeError, KeyError};
pub use text::Hash;
