//! The data-exchange file: an uncompressed ustar archive of a few entries with fixed names.
//!
//! | entry | what it is |
//! |---|---|
//! | `manifest.json` | who sends what to whom, its number, hash chain, counts, sizes, SHA-256 of the rest |
//! | `manifest.json.minisig` | minisign signature of the manifest |
//! | `keys.json`, `keys.json.minisig` | optional: the newest key list of the centre, signed by it |
//! | `content.age` | one JSON record a line, packed by zstd, encrypted by age |
//!
//! Written by [`Draft`], read by [`Verified`]: signature, then hashes, then decryption, then unpacking
//! up to the signed size. The archive has one spelling, so no byte of a file can be changed without a
//! refusal. No entry is ever written to a disk under a name that the file chose.

pub(crate) mod io;
mod line;
pub(crate) mod lines;
pub(crate) mod manifest;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod ustar;
pub(crate) mod write;

pub use line::{Content, Line};
pub use lines::Lines;
pub use manifest::{Entry, Kind, Link, Manifest, MetadataBase, Recipient};
pub use read::{Verified, peek_key_list, signed_size};
pub use record::{Captured, Carried, Chunk, DataLine, JournalLink, Named, Record};
pub use write::{Address, Draft, Sealed, Written};
