//! Updates of the app and the command line, carried like everything else (requirement O6).
//!
//! A release file is an archive of the same kind as a data-exchange file:
//!
//! | entry | what it is |
//! |---|---|
//! | `release.json`, `release.json.minisig` | which version of which product is for whom, with size and SHA-256 for each platform; signed by the release keys |
//! | `root-000001.json`, `root-000001.json.minisig` … | who the root and release keys are; each is signed by the root keys before it and its own |
//! | `payload-` and a SHA-256 … | the packages themselves; whoever carries the file may leave some out |
//!
//! The roles are those of The Update Framework, fitted to places that are offline for months:
//!
//! - **Root** keys lie in safes, several of them must sign. They name the release keys and the next root
//!   keys. A device follows from root to root without a gap.
//! - **Release** keys sign what is current. Everything that is current is in one document, so parts
//!   of different days cannot be mixed.
//! - **Freshness** is a date in the release. When it is past, people are told ([`Alarm`]); nothing
//!   stops, because a site without network must go on working.
//! - **Order** is (root, number). So a thief of a release key who numbers far ahead is undone by the
//!   next root, under which numbering begins anew.
//! - **Going back** takes a newer release: no version code below the one that runs is ever offered.
//!
//! The [key ring](crate::keys::KeyRing) has no say here: whoever steals the key that signs key lists
//! can neither make nor stop a release. Trust begins with the root that came with the app, or with a
//! person who compared its [fingerprint](Root::fingerprint).
//!
//! Pure, like the rest: [`ReleaseFile::open`] verifies every byte, [`Releases::plan`] decides,
//! [`Releases::take_in`] remembers, [`Releases::offer`] says what this device may install. Nothing here
//! installs, and no bytes are offered that were not hashed to their end ([`PayloadCheck`]).

mod draft;
mod endorsed;
mod file;
mod payload;
mod root;
mod state;

pub use draft::{ProductRelease, Release, ReleaseDraft, Stage, Target, Version};
pub use file::{ReleaseFile, peek_roots, write_release};
pub use payload::{PayloadCheck, Staged};
pub use root::{RoleKeys, Root, RootDraft};
pub use state::{Alarm, Offer, ReleasePlan, Releases, Running, Wanted};
