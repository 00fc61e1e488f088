//! Reading a file: nothing is believed before the signature, nothing opened before the hashes.

use std::io::{Read, Seek, SeekFrom};

use super::line::Line;
use super::lines::Lines;
use super::manifest::{KEYS, KEYS_SIGNATURE, MANIFEST, MANIFEST_SIGNATURE, Manifest};
use super::ustar;
use crate::error::ExchangeError;
use crate::keys::{Digesting, Identity, KeyId, KeyList, KeyRing, Role, Signature};
use crate::limits::{MANIFEST_BYTES_MAX, SIGNATURE_BYTES_MAX};
use crate::text::Hash;

const WHAT: &str = "data-exchange file";

/// A file whose every byte is what the sender signed. Its content is still closed.
///
/// Whether the sender is still trusted and whether the file is the next one is decided by
/// [`crate::ledger::plan_import`].
#[derive(Debug)]
pub struct Verified<R> {
    input: R,
    content_at: u64,
    manifest: Manifest,
    hash: Hash,
    key_list: Option<KeyList>,
}

impl<R: Read + Seek> Verified<R> {
    /// Verifies a file from its first byte to its last.
    ///
    /// # Errors
    /// [`ExchangeError`]: which part is wrong, and what to do. Nothing of the file was given out.
    pub fn open(mut input: R, ring: &KeyRing) -> Result<Self, ExchangeError> {
        input.rewind().map_err(|error| ExchangeError::io("reading the file", &error))?;
        let (bytes, signature) = read_signed(&mut input)?;
        let manifest = believe(&bytes, &signature, ring)?;
        let list_bytes = read_listed(&mut input, &manifest, KEYS)?;
        let list_signature = read_listed(&mut input, &manifest, KEYS_SIGNATURE)?;
        let key_list = match (list_bytes, list_signature) {
            (Some(bytes), Some(signature)) => Some(
                KeyList::from_parts(bytes, &signature)
                    .map_err(|error| ExchangeError::invalid("key list", error.to_string()))?,
            ),
            _ => None,
        };
        let content_at = pass_content(&mut input, &manifest)?;
        ustar::read_end(&mut input)?;
        Ok(Self { input, content_at, hash: Hash::of(&bytes), manifest, key_list })
    }

    /// What may be known without opening it.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest: the name of the file in every chain and receipt.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The key list that travels with it, not yet believed.
    #[must_use]
    pub const fn key_list(&self) -> Option<&KeyList> {
        self.key_list.as_ref()
    }

    /// Opens the content.
    ///
    /// # Errors
    /// [`ExchangeError::NotForUs`] if it was encrypted to others, [`ExchangeError::Invalid`] if the
    /// file brings something else than `L`, [`ExchangeError::ContentDiffers`] if the content is no
    /// age file.
    pub fn lines<L: Line>(mut self, identity: &Identity) -> Result<Lines<R, L>, ExchangeError> {
        if self.manifest.kind != L::KIND {
            let (wanted, found) = (L::KIND.name(), self.manifest.kind.name());
            let detail = format!("it brings {found}, not {wanted}");
            return Err(ExchangeError::invalid(WHAT, detail));
        }
        self.input
            .seek(SeekFrom::Start(self.content_at))
            .map_err(|error| ExchangeError::io("reading the file", &error))?;
        Lines::open(self.input, self.manifest, identity)
    }
}

/// Reads the manifest and its signature, both still unbelieved.
fn read_signed(input: &mut impl Read) -> Result<(Vec<u8>, Signature), ExchangeError> {
    let bytes = ustar::read_first(input, MANIFEST)?;
    let manifest = read_entry(input, bytes, MANIFEST_BYTES_MAX, "the manifest")?;
    let bytes = ustar::read_header(input, MANIFEST_SIGNATURE)?;
    let signature = read_entry(input, bytes, SIGNATURE_BYTES_MAX, "the signature")?;
    Ok((manifest, Signature::parse(&signature)?))
}

fn read_entry(
    input: &mut impl Read,
    bytes: u64,
    limit: u64,
    what: &'static str,
) -> Result<Vec<u8>, ExchangeError> {
    if bytes > limit {
        return Err(ExchangeError::Limit { what, limit });
    }
    let mut content = vec![0; bytes as usize];
    ustar::read_exact(input, &mut content, what)?;
    ustar::read_padding(input, bytes)?;
    Ok(content)
}

fn believe(bytes: &[u8], signature: &Signature, ring: &KeyRing) -> Result<Manifest, ExchangeError> {
    let key: KeyId = signature.key();
    let member = ring.member(key).ok_or(ExchangeError::UnknownSigner { what: WHAT, key })?;
    if !signature.verify(member.card.public(), Digesting::of(bytes)) {
        return Err(ExchangeError::BadSignature { what: "manifest" });
    }
    if member.card.role() == Role::Recovery {
        return Err(ExchangeError::invalid(WHAT, "a recovery key signs no files"));
    }
    Manifest::read(bytes, key)
}

/// Reads a small entry if the manifest lists it, and compares it with what is listed.
fn read_listed(
    input: &mut impl Read,
    manifest: &Manifest,
    name: &'static str,
) -> Result<Option<Vec<u8>>, ExchangeError> {
    let Some(entry) = manifest.entries.iter().find(|entry| entry.name == name) else {
        return Ok(None);
    };
    let damaged = ExchangeError::Damaged { place: "the key list in the file" };
    if ustar::read_header(input, name)? != entry.bytes {
        return Err(damaged);
    }
    let content = read_entry(input, entry.bytes, entry.bytes, name)?;
    if Hash::of(&content) == entry.sha256 { Ok(Some(content)) } else { Err(damaged) }
}

/// Hashes the content without looking into it and returns where it begins.
fn pass_content<R: Read + Seek>(input: &mut R, manifest: &Manifest) -> Result<u64, ExchangeError> {
    let content = manifest.content();
    if ustar::read_header(input, &content.name)? != content.bytes {
        return Err(ExchangeError::ContentDiffers { detail: "another size" });
    }
    let at =
        input.stream_position().map_err(|error| ExchangeError::io("reading the file", &error))?;
    let (mut hashing, passed) = super::io::Hashing::new(input.by_ref().take(content.bytes));
    std::io::copy(&mut hashing, &mut std::io::sink())
        .map_err(|error| ExchangeError::io("reading the file", &error))?;
    let (bytes, hash) = passed.sum();
    if bytes != content.bytes {
        return Err(ExchangeError::Truncated { inside: "the content" });
    }
    if hash != content.sha256 {
        return Err(ExchangeError::ContentDiffers { detail: "another hash" });
    }
    ustar::read_padding(input, content.bytes)?;
    Ok(at)
}
