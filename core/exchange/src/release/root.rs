//! The root: who may sign releases, and who may say so next.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::endorsed::{Endorsed, Quorum, day};
use crate::document::Format;
use crate::error::{ExchangeError, ReleaseError};
use crate::keys::{Card, Fingerprint, Identity, KeyId, Role};
use crate::limits::{ROLE_KEYS_MAX, ROOT_BYTES_MAX, SEQUENCE_MAX};
use crate::text::Hash;

const FORMAT: Format = Format { name: "outpost-release-root", version: 1, what: "root" };

/// The keys of a role and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleKeys {
    /// How many must sign, at least one.
    pub threshold: usize,
    /// Their cards, all of the role [`Role::Centre`].
    pub keys: Vec<Card>,
}

impl RoleKeys {
    pub(super) fn quorum(&self) -> Quorum {
        let keys = self.keys.iter().map(|card| *card.public()).collect();
        Quorum { keys, threshold: self.threshold }
    }

    fn check(&self) -> Result<(), ExchangeError> {
        if self.keys.len() > ROLE_KEYS_MAX {
            return Err(ExchangeError::Limit {
                what: "keys of a role",
                limit: ROLE_KEYS_MAX as u64,
            });
        }
        if self.threshold == 0 || self.threshold > self.keys.len() {
            return Err(FORMAT.invalid("a role asks for a number of signatures that cannot be"));
        }
        let mut ids: Vec<KeyId> = self.keys.iter().map(Card::key_id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != self.keys.len() {
            return Err(FORMAT.invalid("a role names a key twice"));
        }
        if self.keys.iter().any(|card| card.role() != Role::Centre) {
            return Err(FORMAT.invalid("a key in it is not of the centre"));
        }
        Ok(())
    }
}

/// What a root says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RootDraft {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it was made.
    #[serde(with = "day")]
    pub issued_on: Date,
    /// From when on people are told that a new root is due. It stays in force until there is one.
    #[serde(with = "day")]
    pub expires_on: Date,
    /// Who signs the next root.
    pub root: RoleKeys,
    /// Who signs releases; none of them is a root key.
    pub release: RoleKeys,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    #[serde(flatten)]
    draft: RootDraft,
}

/// A root with its signatures. It can be; whether it is believed is for [`super::Releases`] to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    endorsed: Endorsed,
    draft: RootDraft,
}

impl Root {
    /// A root that nobody has signed yet.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] or [`ExchangeError::Limit`] if it cannot be.
    pub fn unsigned(draft: RootDraft) -> Result<Self, ExchangeError> {
        check(&draft)?;
        let (format, version) = (FORMAT.name.to_owned(), FORMAT.version);
        let document = Document { format, version, draft: draft.clone() };
        Ok(Self { endorsed: Endorsed::unsigned(&document, &FORMAT)?, draft })
    }

    /// Adds a signature. Those of the root keys before it and of its own are needed.
    ///
    /// # Errors
    /// [`ExchangeError`] if it cannot be signed.
    pub fn sign(&mut self, by: &Identity) -> Result<(), ExchangeError> {
        self.endorsed.sign(by, &format!("outpost release root {}", self.draft.number))
    }

    /// Takes over the signatures that another key holder made of the same root.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if it is another root.
    pub fn merge(&mut self, other: &Self) -> Result<(), ExchangeError> {
        self.endorsed.merge(&other.endorsed)
    }

    /// Puts together the two files of a root. Its signatures are not yet checked.
    ///
    /// # Errors
    /// [`ExchangeError`] if it is none, too large or cannot be.
    pub fn from_parts(bytes: Vec<u8>, signatures: &[u8]) -> Result<Self, ExchangeError> {
        let what = "the root in bytes";
        let endorsed = Endorsed::from_parts(bytes, signatures, what, ROOT_BYTES_MAX)?;
        let document: Document = FORMAT.read(&endorsed.bytes)?;
        check(&document.draft)?;
        Ok(Self { endorsed, draft: document.draft })
    }

    /// The content of `root-000001.json`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.endorsed.bytes
    }

    /// The content of `root-000001.json.minisig`.
    #[must_use]
    pub fn signatures_text(&self) -> String {
        self.endorsed.signatures_text()
    }

    /// Keys that claim to have signed it.
    pub fn signed_by(&self) -> impl Iterator<Item = KeyId> {
        self.endorsed.signed_by()
    }

    /// What it says.
    #[must_use]
    pub const fn draft(&self) -> &RootDraft {
        &self.draft
    }

    /// What tells two roots apart.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.endorsed.bytes)
    }

    /// What a person compares before a device begins to follow this root.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_bytes(b"outpost-root-fingerprint-1\0", &[&self.endorsed.bytes])
    }

    /// The name of its entry.
    pub(super) fn entry_name(number: u64) -> String {
        format!("root-{number:06}.json")
    }

    /// Whether the root before it (if it is not the first) and it itself agree to it, and nobody else
    /// signed.
    fn require(&self, before: Option<&Self>) -> Result<(), ReleaseError> {
        let roots = before.into_iter().chain([self]);
        let quorums: Vec<_> = roots.map(|root| root.draft.root.quorum()).collect();
        self.endorsed.require(FORMAT.what, &quorums)
    }
}

/// Follows roots from the first to the last. All of them travel in every file, so that no device,
/// however long it was away, misses one.
pub(super) fn last_of(roots: &[Root]) -> Result<&Root, ReleaseError> {
    let mut before = None;
    for (root, number) in roots.iter().zip(1..) {
        if root.draft.number != number {
            return Err(ExchangeError::Damaged { place: "the order of the roots" }.into());
        }
        root.require(before)?;
        before = Some(root);
    }
    before.ok_or_else(|| ExchangeError::Damaged { place: "the file (it has no root)" }.into())
}

pub(super) fn check(draft: &RootDraft) -> Result<(), ExchangeError> {
    if draft.number == 0 || draft.number > SEQUENCE_MAX {
        return Err(FORMAT.invalid("its number cannot be"));
    }
    if draft.expires_on < draft.issued_on {
        return Err(FORMAT.invalid("it expires before it was issued"));
    }
    draft.root.check()?;
    draft.release.check()?;
    let is_root = |card: &Card| draft.root.keys.iter().any(|root| root.public() == card.public());
    if draft.release.keys.iter().any(is_root) {
        return Err(FORMAT.invalid("a root key is a release key too; roots lie in safes"));
    }
    Ok(())
}
