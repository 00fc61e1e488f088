//! Reading a file: nothing is believed before the signature, nothing opened before the hashes
//! (requirement O3: media carry malware; a file is inert until it is verified).

use std::io::{Read, Seek, SeekFrom};

use super::io::Hashing;
use super::line::Content;
use super::lines::Lines;
use super::manifest::{Entry, KEYS, KEYS_SIGNATURE, MANIFEST, MANIFEST_SIGNATURE, Manifest};
use super::ustar;
use crate::error::ExchangeError;
use crate::keys::{Digesting, Identity, KeyId, KeyList, KeyRing, Role, Signature};
use crate::limits::{KEY_LIST_BYTES_MAX, MANIFEST_BYTES_MAX, SIGNATURE_BYTES_MAX};
use crate::text::Hash;

const WHAT: &str = "data-exchange file";

/// A file whose every byte is what the sender signed. Its content is still closed.
///
/// Whether the sender is still trusted and whether the file is the next one is decided by
/// [`crate::ledger::plan_import`].
#[derive(Debug)]
pub struct Verified<R>(Container<R, Manifest>);

impl<R: Read + Seek> Verified<R> {
    /// Verifies a file from its first byte to its last.
    ///
    /// # Errors
    /// [`ExchangeError`]: which part is wrong, and what to do. Nothing of the file was given out.
    pub fn open(input: R, ring: &KeyRing) -> Result<Self, ExchangeError> {
        let believe = |bytes: &[u8], signature: &Signature| believe(bytes, signature, ring);
        Container::open(input, believe, |manifest| &manifest.entries).map(Self)
    }

    /// What may be known without opening it.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// SHA-256 of the manifest: the name of the file in every chain and receipt.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.0.hash
    }

    /// The key list that travels with it, not yet believed.
    #[must_use]
    pub const fn key_list(&self) -> Option<&KeyList> {
        self.0.key_list.as_ref()
    }

    /// Opens the content.
    ///
    /// # Errors
    /// [`ExchangeError::NotForUs`] if it was encrypted to others, [`ExchangeError::Invalid`] if the
    /// file brings something else than `L`, [`ExchangeError::ContentDiffers`] if the content is no
    /// age file.
    pub fn lines<L: Content>(self, identity: &Identity) -> Result<Lines<R, L>, ExchangeError> {
        let Container { mut input, content_at, manifest, .. } = self.0;
        if manifest.kind != L::KIND {
            let (wanted, found) = (L::KIND.name(), manifest.kind.name());
            let detail = format!("it brings {found}, not {wanted}");
            return Err(ExchangeError::invalid(WHAT, detail));
        }
        seek(&mut input, content_at)?;
        Lines::open(input, &manifest, identity)
    }
}

/// The key list inside a file, whoever signed the file: it has a signature of its own, and it may be
/// the one that makes the sender known.
///
/// # Errors
/// [`ExchangeError`] if the file is none of ours or damaged before its key list.
pub fn peek_key_list(input: &mut (impl Read + Seek)) -> Result<Option<KeyList>, ExchangeError> {
    seek(input, 0)?;
    let _ = read_signed(input)?;
    let Ok(bytes) = ustar::read_header(input, KEYS) else { return Ok(None) };
    let list = read_entry(input, bytes, KEY_LIST_BYTES_MAX, "the key list")?;
    let bytes = ustar::read_header(input, KEYS_SIGNATURE)?;
    let signature = read_entry(input, bytes, SIGNATURE_BYTES_MAX, "the signature")?;
    key_list(list, &signature).map(Some)
}

/// How many bytes a file has whose manifest is signed by a known key. Reads no further than the
/// manifest and its signature, so it costs little to find out that a huge file is none of ours.
///
/// # Errors
/// [`ExchangeError`] as [`Verified::open`] has it for the manifest.
pub fn signed_size(input: &mut (impl Read + Seek), ring: &KeyRing) -> Result<u64, ExchangeError> {
    seek(input, 0)?;
    let (bytes, signature) = read_signed(input)?;
    let manifest = believe(&bytes, &signature, ring)?;
    let signed = [bytes.len() as u64, signature.to_text().len() as u64];
    let entries = manifest.entries.iter().map(|entry| entry.bytes);
    let block = ustar::BLOCK as u64;
    let sizes = signed.into_iter().chain(entries);
    Ok(sizes.fold(ustar::END_BYTES, |sum, bytes| {
        sum.saturating_add(block + bytes).saturating_add(ustar::padding(bytes) as u64)
    }))
}

/// An archive of ours whose every byte was checked against its signed manifest `M`.
#[derive(Debug)]
pub(crate) struct Container<R, M> {
    pub input: R,
    pub content_at: u64,
    pub manifest: M,
    pub hash: Hash,
    pub key_list: Option<KeyList>,
}

impl<R: Read + Seek, M> Container<R, M> {
    /// `believe` checks the signature, then reads the manifest; `entries` are those it lists.
    pub fn open(
        mut input: R,
        believe: impl FnOnce(&[u8], &Signature) -> Result<M, ExchangeError>,
        entries: impl FnOnce(&M) -> &[Entry],
    ) -> Result<Self, ExchangeError> {
        seek(&mut input, 0)?;
        let (bytes, signature) = read_signed(&mut input)?;
        let manifest = believe(&bytes, &signature)?;
        let mut content_at = 0;
        let mut lists = Vec::new();
        for entry in entries(&manifest) {
            if matches!(entry.name.as_str(), KEYS | KEYS_SIGNATURE) {
                lists.push(read_listed(&mut input, entry)?);
            } else {
                content_at = pass_content(&mut input, entry)?;
            }
        }
        ustar::read_end(&mut input)?;
        let key_list = match <[Vec<u8>; 2]>::try_from(lists) {
            Ok([bytes, signature]) => Some(key_list(bytes, &signature)?),
            Err(_) => None,
        };
        Ok(Self { input, content_at, hash: Hash::of(&bytes), manifest, key_list })
    }
}

fn key_list(bytes: Vec<u8>, signature: &[u8]) -> Result<KeyList, ExchangeError> {
    KeyList::from_parts(bytes, signature)
        .map_err(|error| ExchangeError::invalid("key list", error.to_string()))
}

pub(crate) fn seek(input: &mut impl Seek, at: u64) -> Result<(), ExchangeError> {
    match input.seek(SeekFrom::Start(at)) {
        Ok(_) => Ok(()),
        Err(error) => Err(ExchangeError::io("reading the file", &error)),
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

/// Reads an entry that is small enough to be held.
pub(crate) fn read_entry(
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

/// Reads a small entry and compares it with what the manifest lists.
fn read_listed(input: &mut impl Read, entry: &Entry) -> Result<Vec<u8>, ExchangeError> {
    let damaged = ExchangeError::Damaged { place: "the key list in the file" };
    if ustar::read_header(input, &entry.name)? != entry.bytes {
        return Err(damaged);
    }
    let content = read_entry(input, entry.bytes, entry.bytes, "the key list")?;
    if Hash::of(&content) == entry.sha256 { Ok(content) } else { Err(damaged) }
}

/// Hashes the content without looking into it and returns where it begins.
fn pass_content<R: Read + Seek>(input: &mut R, content: &Entry) -> Result<u64, ExchangeError> {
    let failed = |error: std::io::Error| ExchangeError::io("reading the file", &error);
    if ustar::read_header(input, &content.name)? != content.bytes {
        return Err(ExchangeError::ContentDiffers { detail: "another size" });
    }
    let at = input.stream_position().map_err(failed)?;
    let (mut hashing, passed) = Hashing::new(input.by_ref().take(content.bytes));
    std::io::copy(&mut hashing, &mut std::io::sink()).map_err(failed)?;
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
