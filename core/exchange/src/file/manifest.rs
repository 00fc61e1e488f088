//! The manifest: everything that may be known of a file without opening it.
//!
//! It is not encrypted. It tells which keys exchange how many records of which kind, and nothing of
//! what they say. Its bytes are signed as they stand; its SHA-256 names the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lines::Expected;
use crate::document::Format;
use crate::error::ExchangeError;
use crate::keys::KeyId;
use crate::limits::{
    CONTENT_BYTES_MAX, EXPANSION_MAX, KEY_LIST_BYTES_MAX, RECIPIENTS_MAX, RECORDS_MAX,
    SEQUENCE_MAX, SIGNATURE_BYTES_MAX, UNPACKED_BYTES_FREE, UNPACKED_BYTES_MAX,
};
use crate::text::{Hash, is_short};

pub(super) const FORMAT: Format = Format { name: "outpost-exchange", version: 1, what: "manifest" };
/// Most classes of records that are counted apart.
const CLASSES_MAX: usize = 32;

/// Names of the entries, in their order.
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const MANIFEST_SIGNATURE: &str = "manifest.json.minisig";
pub(crate) const KEYS: &str = "keys.json";
pub(crate) const KEYS_SIGNATURE: &str = "keys.json.minisig";
pub(super) const CONTENT: &str = "content.age";
/// The content of a package, which is not encrypted.
pub(crate) const PLAIN_CONTENT: &str = "content.zst";

/// What a file brings. Each kind has a numbering of its own between two sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Records.
    Data,
    /// What became of records that came before.
    Receipt,
}

impl Kind {
    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Receipt => "receipt",
        }
    }
}

/// Another file of the same sender to the same receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number.
    pub sequence: u64,
    /// SHA-256 of its manifest.
    pub hash: Hash,
}

/// One for whom the file is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Id of their signing key.
    pub key: KeyId,
    /// Their recipient as age writes it.
    pub age: String,
}

/// The metadata with which the records were captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataBase {
    /// Name of the version, or the server's mark of the last change.
    pub version: String,
    /// Fingerprint of the content.
    pub hash: String,
}

/// An entry of the archive besides the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// One of the fixed names.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Hash,
}

/// The manifest of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub(super) format: String,
    pub(super) version: u64,
    /// What the file brings.
    pub kind: Kind,
    /// Key that signed it.
    pub from: KeyId,
    /// Key of the receiver.
    pub to: KeyId,
    /// Everybody for whom it is encrypted: the receiver and the recovery keys.
    pub recipients: Vec<Recipient>,
    /// Its number among the files of this kind from this sender to this receiver, from 1.
    pub sequence: u64,
    /// The file before it; `None` for the first.
    pub previous: Option<Link>,
    /// The file that the receiver must have to understand this one; `None` if it needs none. Usually
    /// the one before; an older one when this file holds again what others held.
    pub since: Option<Link>,
    /// When it was made, by the sender's clock; for people only.
    pub created_at: String,
    /// The metadata with which its records were captured.
    pub metadata: Option<MetadataBase>,
    /// The program that wrote it, with its version; for people only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Records in it.
    pub records: u64,
    /// The same by class.
    pub counts: BTreeMap<String, u64>,
    /// Size of the content once it is unpacked.
    pub unpacked_bytes: u64,
    /// The other entries, in their order.
    pub entries: Vec<Entry>,
}

impl Manifest {
    /// Reads a manifest **whose signature was checked** and whose signer is `from`.
    pub(super) fn read(bytes: &[u8], from: KeyId) -> Result<Self, ExchangeError> {
        let manifest: Self = FORMAT.read(bytes)?;
        if manifest.from != from {
            return Err(FORMAT.invalid("it names another sender than its signer"));
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// Whether it can be: what a writer checks before signing and a reader after verifying.
    pub(super) fn check(&self) -> Result<(), ExchangeError> {
        self.check_chain()?;
        check_counts(&self.counts, self.records)?;
        self.check_entries()?;
        let texts = self.metadata.iter().flat_map(|base| [&base.version, &base.hash]);
        let mut texts = texts.chain([&self.created_at]).chain(&self.app);
        if !texts.all(|text| is_short(text)) {
            return Err(FORMAT.invalid("a text in it is too long"));
        }
        if self.recipients.is_empty() || self.recipients.len() > RECIPIENTS_MAX {
            return Err(FORMAT.invalid("the number of recipients cannot be"));
        }
        if self.recipients[0].key != self.to || !self.recipients.iter().all(|r| is_short(&r.age)) {
            return Err(FORMAT.invalid("its receiver is not the first recipient"));
        }
        Ok(())
    }

    fn check_chain(&self) -> Result<(), ExchangeError> {
        if self.sequence == 0 || self.sequence > SEQUENCE_MAX {
            return Err(FORMAT.invalid("its number cannot be"));
        }
        let before = self.previous.map_or(0, |link| link.sequence);
        if before != self.sequence - 1 {
            return Err(
                FORMAT.invalid("it does not follow the file that it names as the one before")
            );
        }
        match (self.since, self.previous) {
            (None, _) => Ok(()),
            (Some(since), Some(previous)) if since == previous => Ok(()),
            (Some(since), Some(previous)) if since.sequence < previous.sequence => Ok(()),
            _ => Err(FORMAT.invalid("it builds upon a file that cannot be")),
        }
    }

    fn check_entries(&self) -> Result<(), ExchangeError> {
        let names: Vec<_> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        if names != [CONTENT] && names != [KEYS, KEYS_SIGNATURE, CONTENT] {
            return Err(FORMAT.invalid("its entries are not those of a data-exchange file"));
        }
        check_lists(&self.entries)?;
        check_unpacked(self.content().bytes, self.unpacked_bytes)
    }

    /// The entry with the content.
    pub(super) fn content(&self) -> &Entry {
        self.entries.last().expect("a checked manifest has its content")
    }

    pub(super) fn expected(&self) -> Expected {
        let (counts, content) = (self.counts.clone(), self.content().clone());
        Expected { counts, unpacked_bytes: self.unpacked_bytes, content }
    }

    /// Whether a key list travels with it.
    #[must_use]
    pub fn has_key_list(&self) -> bool {
        self.entries.len() > 1
    }

    /// A name for the file that says what it is and sorts by number.
    #[must_use]
    pub fn file_name(&self) -> String {
        let (kind, from, to) = (self.kind.name(), self.from, self.to);
        format!("outpost-{kind}-{from}-{to}-{:06}.tar", self.sequence)
    }
}

/// Whether the key list among the entries is small enough to be read whole.
pub(crate) fn check_lists(entries: &[Entry]) -> Result<(), ExchangeError> {
    for entry in entries {
        let (what, limit) = match entry.name.as_str() {
            KEYS => ("the key list in bytes", KEY_LIST_BYTES_MAX),
            KEYS_SIGNATURE => ("the signature in bytes", SIGNATURE_BYTES_MAX),
            _ => continue,
        };
        if entry.bytes > limit {
            return Err(ExchangeError::Limit { what, limit });
        }
    }
    Ok(())
}

/// Whether counts by class add up to the records of the file.
pub(crate) fn check_counts(
    counts: &BTreeMap<String, u64>,
    records: u64,
) -> Result<(), ExchangeError> {
    let sum = counts.values().try_fold(0u64, |sum, count| sum.checked_add(*count));
    let names = counts.keys().all(|name| is_short(name));
    if sum != Some(records) || counts.len() > CLASSES_MAX || !names {
        return Err(FORMAT.invalid("its counts do not add up"));
    }
    if records > RECORDS_MAX {
        return Err(ExchangeError::Limit { what: "records of the file", limit: RECORDS_MAX });
    }
    Ok(())
}

/// Whether a content of `packed` bytes may become one of `unpacked`.
pub(crate) fn check_unpacked(packed: u64, unpacked: u64) -> Result<(), ExchangeError> {
    if packed > CONTENT_BYTES_MAX {
        let limit = CONTENT_BYTES_MAX;
        return Err(ExchangeError::Limit { what: "the content in bytes", limit });
    }
    let allowed = packed.saturating_mul(EXPANSION_MAX).saturating_add(UNPACKED_BYTES_FREE);
    let limit = allowed.min(UNPACKED_BYTES_MAX);
    if unpacked > limit {
        return Err(ExchangeError::Limit { what: "the unpacked content in bytes", limit });
    }
    Ok(())
}
