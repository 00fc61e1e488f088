//! The key list of the centre: who belongs to the programme and which devices are lost.
//!
//! A JSON document with a minisign signature. It has a number; a device takes a higher number and
//! never goes back. Lists are whole, not changes, so none must be read to understand the next; but
//! what an earlier one revoked stays revoked.

use serde::{Deserialize, Serialize};

use super::signed::Signed;
use super::{Card, Identity, KeyId, PublicIdentity};
use crate::document::Format;
use crate::error::{ExchangeError, KeyError};
use crate::limits::{KEY_LIST_BYTES_MAX, KEYS_MAX, SEQUENCE_MAX};
use crate::text::{Hash, is_short};

const FORMAT: Format = Format { name: "outpost-keys", version: 1, what: "key list" };

/// Why a key is no longer trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The device cannot be found.
    Lost,
    /// The device was taken.
    Stolen,
    /// Somebody else may have the key.
    Compromised,
    /// The device or site is no longer in use.
    Retired,
}

impl Reason {
    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Compromised => "compromised",
            Self::Retired => "retired",
        }
    }
}

/// One revoked key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// Which key.
    pub key: KeyId,
    /// Why.
    pub reason: Reason,
    /// Number of the last file that still counts, if a person at the centre decided so. Without it no
    /// file that has not been taken in by then is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<u64>,
}

/// What the centre puts into its next list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyListDraft {
    /// Number of the list, one more than that of the last.
    pub sequence: u64,
    /// When it was made, by the centre's clock; for people only.
    pub issued_at: String,
    /// Everybody who belongs to the programme.
    pub members: Vec<Card>,
    /// Every key that must not be trusted any more.
    pub revoked: Vec<Revocation>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    format: String,
    version: u64,
    centre: KeyId,
    #[serde(flatten)]
    draft: KeyListDraft,
}

/// A key list whose signature was made or read. Believed after [`crate::keys::KeyRing::apply_list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyList(Signed);

impl KeyList {
    /// Signs a list.
    ///
    /// # Errors
    /// [`KeyError::Document`] if it is too large or its number cannot be.
    pub fn sign(centre: &Identity, draft: KeyListDraft) -> Result<Self, KeyError> {
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            centre: centre.public().key_id(),
            draft,
        };
        check(&document)
            .map_err(|error| ExchangeError::Unwritable { detail: error.to_string() })?;
        let comment = format!("outpost key list {}", document.draft.sequence);
        let signed = Signed::sign(centre, &document, &FORMAT, &comment)?;
        Self::from_parts(signed.bytes, signed.signature.to_text().as_bytes())
    }

    /// Puts together the two files of a list.
    ///
    /// # Errors
    /// [`KeyError::Document`] if they are too large or the signature file is damaged.
    pub fn from_parts(bytes: Vec<u8>, signature: &[u8]) -> Result<Self, KeyError> {
        let what = "the key list in bytes";
        Signed::from_parts(bytes, signature, what, KEY_LIST_BYTES_MAX).map(Self)
    }

    /// The content of `keys.json`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The content of `keys.json.minisig`.
    #[must_use]
    pub fn signature_text(&self) -> String {
        self.0.signature.to_text()
    }

    /// The key that claims to have signed it.
    #[must_use]
    pub const fn signed_by(&self) -> KeyId {
        self.0.signature.key()
    }

    /// What tells two lists apart.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0.bytes)
    }

    /// The content, if `centre` signed it.
    pub(super) fn verified(&self, centre: &PublicIdentity) -> Result<KeyListDraft, ExchangeError> {
        let document: Document = self.0.read(centre, &FORMAT)?;
        check(&document)?;
        if document.centre != centre.key_id() {
            return Err(FORMAT.invalid("it names another signer"));
        }
        Ok(document.draft)
    }
}

fn check(document: &Document) -> Result<(), ExchangeError> {
    let draft = &document.draft;
    if draft.sequence == 0 || draft.sequence > SEQUENCE_MAX {
        return Err(FORMAT.invalid("its number cannot be"));
    }
    if draft.members.len() + draft.revoked.len() > KEYS_MAX {
        return Err(ExchangeError::Limit { what: "keys in the list", limit: KEYS_MAX as u64 });
    }
    if !is_short(&draft.issued_at) {
        return Err(FORMAT.invalid("its date is no date"));
    }
    Ok(())
}
