//! The release file: written whole, read only if every byte is what was signed.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Take, Write};

use sha2::{Digest, Sha256};

use super::draft::{Release, Target};
use super::payload::PayloadCheck;
use super::root::Root;
use super::state::Releases;
use crate::error::{ExchangeError, ReleaseError};
use crate::file::read::{read_entry, seek};
use crate::file::ustar;
use crate::limits::{RELEASE_BYTES_MAX, ROOT_BYTES_MAX, ROOTS_MAX, SIGNATURES_BYTES_MAX};
use crate::text::Hash;

const RELEASE: &str = "release.json";
const PAYLOAD: &str = "payload-";

/// A release file whose every byte was checked.
#[derive(Debug)]
pub struct ReleaseFile<R> {
    input: R,
    root: Root,
    release: Release,
    /// Where each payload begins.
    payloads: BTreeMap<Hash, u64>,
}

impl<R: Read + Seek> ReleaseFile<R> {
    /// Verifies a file from its first byte to its last, its payloads too: follows its roots from the
    /// one that is known, then believes the release, then hashes the payloads up to their signed size.
    ///
    /// # Errors
    /// [`ReleaseError`]: what is wrong and what to do. Nothing of it was given out.
    pub fn open(mut input: R, known: &Releases) -> Result<Self, ReleaseError> {
        let head = Head::read(&mut input)?;
        let root = known.follow(&head.roots)?.clone();
        let release = Release::require(head.release, &root.draft().release)?;
        let (named, number) = (release.draft().root, root.draft().number);
        if named != number {
            return Err(ReleaseError::MixedParts { named, root: number });
        }
        let payloads = read_payloads(&mut input, head.next, &release)?;
        Ok(Self { input, root, release, payloads })
    }

    /// The bytes of a package; verify them again while they are copied ([`PayloadCheck::copy`]), for
    /// a medium may give others the second time. `None` if it does not travel with the file.
    ///
    /// # Errors
    /// [`ExchangeError::Io`] if the medium fails.
    pub fn payload(&mut self, target: &Target) -> Result<Option<Take<&mut R>>, ExchangeError> {
        let Some(at) = self.payloads.get(&target.sha256) else { return Ok(None) };
        seek(&mut self.input, *at)?;
        Ok(Some(self.input.by_ref().take(target.bytes)))
    }
}

impl<R> ReleaseFile<R> {
    /// What it says.
    #[must_use]
    pub const fn release(&self) -> &Release {
        &self.release
    }

    /// The root under which it is signed.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the package travels with it.
    #[must_use]
    pub fn has_payload(&self, target: &Target) -> bool {
        self.payloads.contains_key(&target.sha256)
    }
}

/// The roots of a file that nobody has judged yet, for a person to compare the fingerprint of the
/// last one before this device follows any ([`Releases::trust`]).
///
/// # Errors
/// [`ReleaseError::Document`] if it is no release file.
pub fn peek_roots(input: &mut (impl Read + Seek)) -> Result<Vec<Root>, ReleaseError> {
    Ok(Head::read(input)?.roots)
}

/// What comes before the payloads, still unbelieved.
struct Head {
    release: super::endorsed::Endorsed,
    roots: Vec<Root>,
    /// The header after it.
    next: [u8; ustar::BLOCK],
}

impl Head {
    fn read(input: &mut (impl Read + Seek)) -> Result<Self, ExchangeError> {
        seek(input, 0)?;
        let bytes = ustar::read_first(input, RELEASE).map_err(|error| match error {
            ExchangeError::Foreign { .. } => ExchangeError::Foreign { expected: "release file" },
            other => other,
        })?;
        let release = read_entry(input, bytes, RELEASE_BYTES_MAX, "the release")?;
        let signatures = read_signatures(input, RELEASE)?;
        let release = Release::parts(release, &signatures)?;
        let mut roots: Vec<Root> = Vec::new();
        loop {
            let next = ustar::read_block(input)?;
            let Some(name) = ustar::name_in(&next).filter(|name| name.starts_with("root-")) else {
                return Ok(Self { release, roots, next });
            };
            if roots.len() == ROOTS_MAX {
                let limit = ROOTS_MAX as u64;
                return Err(ExchangeError::Limit { what: "roots of the file", limit });
            }
            let bytes = ustar::sized(&next, name)?;
            let content = read_entry(input, bytes, ROOT_BYTES_MAX, "the root")?;
            let root = Root::from_parts(content, &read_signatures(input, name)?)?;
            if Root::entry_name(root.draft().number) != name {
                return Err(ExchangeError::Damaged { place: "the name of a root" });
            }
            roots.push(root);
        }
    }
}

fn read_signatures(input: &mut impl Read, of: &str) -> Result<Vec<u8>, ExchangeError> {
    let bytes = ustar::read_header(input, &format!("{of}.minisig"))?;
    read_entry(input, bytes, SIGNATURES_BYTES_MAX, "the signatures")
}

/// Hashes the payloads, each listed, each once, ordered by hash.
fn read_payloads(
    input: &mut (impl Read + Seek),
    mut header: [u8; ustar::BLOCK],
    release: &Release,
) -> Result<BTreeMap<Hash, u64>, ReleaseError> {
    let mut found: BTreeMap<Hash, u64> = BTreeMap::new();
    while let Some(name) = ustar::name_in(&header) {
        let stray = ExchangeError::Damaged { place: "the list of packages in the file" };
        let hash = name.strip_prefix(PAYLOAD).and_then(Hash::parse).ok_or(stray.clone())?;
        let is_ordered = found.last_key_value().is_none_or(|(last, _)| *last < hash);
        let listed = release.draft().by_hash(hash).filter(|_| is_ordered);
        let (product, target) = listed.ok_or(stray)?;
        if ustar::sized(&header, name)? != target.bytes {
            return Err(ExchangeError::ContentDiffers { detail: "another size" }.into());
        }
        let at = input.stream_position().map_err(|error| failed(&error))?;
        let check = PayloadCheck::new(product, target, release.draft().root);
        let mut payload = input.by_ref().take(target.bytes);
        let _ = check.copy(&mut payload, &mut std::io::sink())?;
        ustar::read_padding(input, target.bytes)?;
        found.insert(hash, at);
        header = ustar::read_block(input)?;
    }
    ustar::read_end_after(input, &header)?;
    Ok(found)
}

/// Writes a release file: `roots` from the first on, `payloads` in any order. Whether devices will
/// believe it is tried by opening it.
///
/// # Errors
/// [`ReleaseError::OtherPayload`] if a payload is none of the release; [`ExchangeError::Unwritable`];
/// [`ExchangeError::Io`]. What was written by then is no file and must be thrown away.
pub fn write_release<P: Read + Seek>(
    release: &Release,
    roots: &[Root],
    payloads: &mut [P],
    out: &mut impl Write,
) -> Result<(), ReleaseError> {
    let entry = |out: &mut _, name: &str, content: &[u8]| {
        ustar::write_entry(out, name, content).map_err(|error| failed(&error))
    };
    entry(out, RELEASE, release.bytes())?;
    entry(out, &format!("{RELEASE}.minisig"), release.signatures_text().as_bytes())?;
    for root in roots {
        let name = Root::entry_name(root.draft().number);
        entry(out, &name, root.bytes())?;
        entry(out, &format!("{name}.minisig"), root.signatures_text().as_bytes())?;
    }
    let mut hashed = BTreeMap::new();
    for (index, payload) in payloads.iter_mut().enumerate() {
        hashed.insert(hash_of(payload)?, index);
    }
    for (hash, index) in hashed {
        let Some((product, target)) = release.draft().by_hash(hash) else {
            let detail = "a package is not one of the release".to_owned();
            return Err(ExchangeError::Unwritable { detail }.into());
        };
        let payload = &mut payloads[index];
        seek(payload, 0)?;
        let header = ustar::header(&format!("{PAYLOAD}{hash}"), target.bytes);
        out.write_all(&header).map_err(|error| failed(&error))?;
        let check = PayloadCheck::new(product, target, release.draft().root);
        let _ = check.copy(payload, out)?;
        let padding = vec![0; ustar::padding(target.bytes)];
        out.write_all(&padding).map_err(|error| failed(&error))?;
    }
    ustar::write_end(out).map_err(|error| failed(&error))?;
    Ok(())
}

fn hash_of(payload: &mut (impl Read + Seek)) -> Result<Hash, ExchangeError> {
    seek(payload, 0)?;
    let mut hasher = Sha256::new();
    let _ = std::io::copy(payload, &mut hasher)
        .map_err(|error| ExchangeError::io("reading the package", &error))?;
    Ok(Hash(hasher.finalize().into()))
}

fn failed(error: &std::io::Error) -> ExchangeError {
    ExchangeError::io("reading or writing the file", error)
}
