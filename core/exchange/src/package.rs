//! Metadata packages: the standard set of a programme, carried to places without network (requirement
//! O5).
//!
//! The centre numbers the versions of a set; each names the one before by its hash, so the chain has
//! no gap and no branch. A package holds a whole version or what changed since another one, objects
//! that are gone included, and tells the hash of the set that comes out. A site is therefore always on
//! a version that has a name, and whatever differs from it is found object by object
//! ([`Inventory::differences`]).
//!
//! The file is built like a data-exchange file with `content.zst` in place of `content.age`: metadata
//! speaks of no person and is for everybody, so it is signed and not encrypted. Only a centre signs.
//! The whole is applied in one transaction, after its last line and if the hash fits, or not at all.

mod inventory;
mod line;
mod manifest;
mod plan;

use std::io::{Read, Seek, Write};

pub use inventory::{Difference, Inventory, ObjectKey, Way};
pub use line::PackageLine;
pub use manifest::{PackageAddress, PackageManifest};
pub use plan::{Applied, PackagePlan, plan_apply};

use crate::error::ExchangeError;
use crate::file::read::{Container, seek};
use crate::file::{Draft, Lines, Link};
use crate::keys::{Digesting, Identity, KeyList, KeyRing, Role, Signature};
use crate::text::Hash;
use manifest::FORMAT;

/// A package while its lines are added, ordered by class and id.
pub struct PackageDraft<W: Write>(Draft<W, PackageLine>);

impl<W: Write + Read + Seek> PackageDraft<W> {
    /// Begins a package. `spool` is empty and stands at its beginning.
    ///
    /// # Errors
    /// [`ExchangeError::Io`] if the spool fails.
    pub fn begin(spool: W) -> Result<Self, ExchangeError> {
        Draft::plain(spool).map(Self)
    }

    /// Adds an object, or that it is gone.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if it does not come after the one before; the draft is as it
    /// was. [`ExchangeError::Io`] if the spool fails; the draft is lost.
    pub fn add(&mut self, line: &PackageLine) -> Result<(), ExchangeError> {
        self.0.add(line)
    }

    /// Signs the manifest and writes the file.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] if the address cannot be, [`ExchangeError::Io`]; what was written
    /// by then is no file and must be thrown away.
    pub fn write(
        self,
        centre: &Identity,
        address: PackageAddress,
        key_list: Option<&KeyList>,
        out: &mut impl Write,
    ) -> Result<Link, ExchangeError> {
        let sealed = self.0.seal()?;
        let entries = sealed.entries(key_list);
        let from = centre.public().key_id();
        let manifest =
            PackageManifest::new(from, address, sealed.records, &sealed.expected, entries);
        manifest.check()?;
        let bytes =
            serde_json::to_vec_pretty(&manifest).map_err(|_| FORMAT.invalid("it is no JSON"))?;
        let sequence = manifest.address.sequence;
        let comment = format!("outpost package {sequence} of {}", manifest.address.set);
        let signature = Signature::sign(centre, Digesting::of(&bytes), &comment)?;
        sealed.put_together(&bytes, &signature, key_list, out)?;
        Ok(Link { sequence, hash: Hash::of(&bytes) })
    }
}

/// A package whose every byte is what the centre signed.
#[derive(Debug)]
pub struct Package<R>(Container<R, PackageManifest>);

impl<R: Read + Seek> Package<R> {
    /// Verifies a package from its first byte to its last.
    ///
    /// # Errors
    /// [`ExchangeError`]: which part is wrong, and what to do. Nothing of it was given out.
    pub fn open(input: R, ring: &KeyRing) -> Result<Self, ExchangeError> {
        let believe = |bytes: &[u8], signature: &Signature| believe(bytes, signature, ring);
        Container::open(input, believe, |manifest| &manifest.entries).map(Self)
    }

    /// What may be known without unpacking it.
    #[must_use]
    pub const fn manifest(&self) -> &PackageManifest {
        &self.0.manifest
    }

    /// Its number and hash, by which the next one names it.
    #[must_use]
    pub const fn link(&self) -> Link {
        Link { sequence: self.0.manifest.address.sequence, hash: self.0.hash }
    }

    /// The key list that travels with it, not yet believed.
    #[must_use]
    pub const fn key_list(&self) -> Option<&KeyList> {
        self.0.key_list.as_ref()
    }

    /// Its lines. See [`Lines`] for when they count; besides, [`Inventory::hash`] of the set that
    /// comes out must be [`PackageAddress::result`].
    ///
    /// # Errors
    /// [`ExchangeError::ContentDiffers`] if the content is not packed.
    pub fn lines(self) -> Result<Lines<R, PackageLine>, ExchangeError> {
        let Container { mut input, content_at, manifest, .. } = self.0;
        seek(&mut input, content_at)?;
        Lines::plain(input, manifest.expected())
    }
}

fn believe(
    bytes: &[u8],
    signature: &Signature,
    ring: &KeyRing,
) -> Result<PackageManifest, ExchangeError> {
    let key = signature.key();
    let what = FORMAT.what;
    let member = ring.member(key).ok_or(ExchangeError::UnknownSigner { what, key })?;
    if !signature.verify(member.card.public(), Digesting::of(bytes)) {
        return Err(ExchangeError::BadSignature { what });
    }
    if member.card.role() != Role::Centre {
        return Err(FORMAT.invalid("only a centre issues metadata packages"));
    }
    PackageManifest::read(bytes, key)
}
