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
//!
//! ```
//! use std::io::Cursor;
//!
//! use jiff::civil::date;
//! use outpost_exchange::Hash;
//! use outpost_exchange::keys::{Card, Identity, Role};
//! use outpost_exchange::release::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let random = |number: u8| std::array::from_fn(|at| number.wrapping_mul(31) ^ at as u8);
//! # let [safe, desk] = [Identity::from_random(&random(1))?, Identity::from_random(&random(2))?];
//! let role = |who: &Identity| -> Result<_, outpost_exchange::KeyError> {
//!     Ok(RoleKeys { threshold: 1, keys: vec![Card::new(who, "A key", Role::Centre)?] })
//! };
//! let (issued_on, expires_on) = (date(2026, 11, 1), date(2031, 11, 1));
//! let (root, release) = (role(&safe)?, role(&desk)?);
//! let mut root = Root::unsigned(RootDraft { number: 1, issued_on, expires_on, root, release })?;
//! root.sign(&safe)?;
//!
//! // The centre names a version and signs.
//! let apk = b"the app".to_vec();
//! let target =
//!     Target { platform: "android".into(), bytes: apk.len() as u64, sha256: Hash::of(&apk) };
//! let app = ProductRelease {
//!     product: "app".into(),
//!     version: Version { code: 42, name: "1.42".into() },
//!     floor: 30,
//!     stage: Stage::EVERYBODY,
//!     targets: vec![target.clone()],
//! };
//! let fresh_until = date(2027, 2, 1);
//! let draft = ReleaseDraft { root: 1, number: 7, issued_on, fresh_until, products: vec![app] };
//! let mut release = Release::unsigned(draft)?;
//! release.sign(&desk)?;
//! let mut file = Vec::new();
//! write_release(&release, &[root.clone()], &mut [Cursor::new(&apk)], &mut file)?;
//!
//! // A device follows the root that came with its app.
//! let mut knows = Releases::trust(&[root])?;
//! let mut file = ReleaseFile::open(Cursor::new(file), &knows)?;
//! assert_eq!(knows.take_in(&file), ReleasePlan::Apply { new_root: false });
//! let check = knows.check("app", "android").expect("it is listed");
//! let mut copy = Vec::new();
//! let staged = check.copy(&mut file.payload(&target)?.expect("it is in the file"), &mut copy)?;
//! knows.staged(staged);
//! let site = desk.public().key_id();
//! let running = Running { product: "app", platform: "android", version: 41, site };
//! assert_eq!(knows.offer(&running).install.expect("newer").version.code, 42);
//! # Ok(())
//! # }
//! ```

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
