//! Who is who: an identity signs what it sends and is written to, a card tells others about it, a ring
//! says whom to trust.
//!
//! An identity is an Ed25519 key (minisign) and an X25519 key (age). It is known by its [`KeyId`], read
//! aloud as a [`Fingerprint`], handed over as a [`Card`] (the text of a QR code). Trust comes from a
//! person who compared fingerprints, or from a [`KeyList`] that a centre signed. A revoked key is
//! never trusted again, whatever comes later. Secrets leave this module as bytes only; the caller
//! keeps them in the encrypted store.

mod card;
mod fingerprint;
mod id;
mod identity;
mod list;
mod minisign;
mod ring;
mod rotation;
mod signed;

pub use card::{Card, Role};
pub use fingerprint::{Comparison, Fingerprint};
pub use id::KeyId;
pub use identity::{Identity, Opener, PublicIdentity};
pub use list::{KeyList, KeyListDraft, Reason, Revocation};
pub use minisign::{Digesting, Signature};
pub use ring::{Change, KeyRing, Member, Standing, Trust};
pub use rotation::Rotation;
