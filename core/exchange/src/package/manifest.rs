//! The manifest of a package.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Format;
use crate::error::ExchangeError;
use crate::file::lines::Expected;
use crate::file::manifest::{
    KEYS, KEYS_SIGNATURE, PLAIN_CONTENT, check_counts, check_lists, check_unpacked,
};
use crate::file::{Entry, Link};
use crate::keys::KeyId;
use crate::limits::SEQUENCE_MAX;
use crate::text::{Hash, is_short};

pub(super) const FORMAT: Format =
    Format { name: "outpost-package", version: 1, what: "metadata package" };

/// Where a package stands among the versions of its set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageAddress {
    /// Name of the set.
    pub set: String,
    /// What people call this version.
    pub label: String,
    /// Number of this version, from 1, without gaps.
    pub sequence: u64,
    /// The package of the version before; `None` for the first.
    pub previous: Option<Link>,
    /// The version that must be there; `None` for a package that holds the whole set.
    pub base: Option<Link>,
    /// When it was issued, by the centre's clock; for people only.
    pub issued_at: String,
    /// Hash of the set that comes out ([`super::Inventory::hash`]).
    pub result: Hash,
    /// Number of objects of that set.
    pub objects: u64,
}

/// The manifest of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageManifest {
    format: String,
    version: u64,
    /// Key of the centre.
    pub from: KeyId,
    /// Where it stands among the versions of its set.
    #[serde(flatten)]
    pub address: PackageAddress,
    records: u64,
    /// Objects, and objects that are gone.
    pub counts: BTreeMap<String, u64>,
    unpacked_bytes: u64,
    pub(super) entries: Vec<Entry>,
}

impl PackageManifest {
    pub(super) fn new(
        from: KeyId,
        address: PackageAddress,
        records: u64,
        expected: &Expected,
        entries: Vec<Entry>,
    ) -> Self {
        Self {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            from,
            address,
            records,
            counts: expected.counts.clone(),
            unpacked_bytes: expected.unpacked_bytes,
            entries,
        }
    }

    /// Reads a manifest **whose signature was checked** and whose signer is `from`.
    pub(super) fn read(bytes: &[u8], from: KeyId) -> Result<Self, ExchangeError> {
        let manifest: Self = FORMAT.read(bytes)?;
        if manifest.from != from {
            return Err(FORMAT.invalid("it names another issuer than its signer"));
        }
        manifest.check()?;
        Ok(manifest)
    }

    pub(super) fn check(&self) -> Result<(), ExchangeError> {
        let address = &self.address;
        if address.sequence == 0 || address.sequence > SEQUENCE_MAX {
            return Err(FORMAT.invalid("its number cannot be"));
        }
        if address.previous.map_or(0, |link| link.sequence) != address.sequence - 1 {
            return Err(FORMAT.invalid("it does not follow the version that it names before it"));
        }
        match (address.base, address.previous) {
            (Some(base), _) if base.sequence >= address.sequence => {
                return Err(FORMAT.invalid("it builds upon a later version"));
            }
            (Some(base), Some(previous))
                if base.sequence == previous.sequence && base != previous =>
            {
                return Err(FORMAT.invalid("it builds upon another version than the one before"));
            }
            _ => {}
        }
        let texts = [&address.set, &address.label, &address.issued_at];
        if address.set.is_empty() || !texts.iter().all(|text| is_short(text)) {
            return Err(FORMAT.invalid("a text in it is missing or too long"));
        }
        if address.base.is_none() && self.counts.contains_key("gone") {
            return Err(FORMAT.invalid("it holds the whole set and names objects that are gone"));
        }
        self.check_content()
    }

    fn check_content(&self) -> Result<(), ExchangeError> {
        check_counts(&self.counts, self.records)?;
        let names: Vec<_> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        if names != [PLAIN_CONTENT] && names != [KEYS, KEYS_SIGNATURE, PLAIN_CONTENT] {
            return Err(FORMAT.invalid("its entries are not those of a package"));
        }
        check_lists(&self.entries)?;
        check_unpacked(self.content().bytes, self.unpacked_bytes)
    }

    fn content(&self) -> &Entry {
        self.entries.last().expect("a checked manifest has its content")
    }

    pub(super) fn expected(&self) -> Expected {
        let (counts, content) = (self.counts.clone(), self.content().clone());
        Expected { counts, unpacked_bytes: self.unpacked_bytes, content }
    }

    /// Whether the whole set is in it.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.address.base.is_none()
    }

    /// A name for the file that says what it is and sorts by version.
    #[must_use]
    pub fn file_name(&self) -> String {
        let kind = if self.is_full() { "full" } else { "delta" };
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let set: String = self.address.set.chars().take(40).map(plain).collect();
        format!("outpost-metadata-{set}-{:06}-{kind}.tar", self.address.sequence)
    }
}
