//! A new key for the same device or site, vouched for by the old one.
//!
//! The line goes on: numbering and hash chain of the files continue under the new key. A lost or
//! stolen key is never rotated, it is revoked, and the device enrolled anew.

use serde::{Deserialize, Serialize};

use super::{Card, Digesting, Identity, KeyId, PublicIdentity, Signature};
use crate::document::Format;
use crate::error::{ExchangeError, KeyError};
use crate::limits::ROTATION_BYTES_MAX;
use crate::text::is_short;

const FORMAT: Format = Format { name: "outpost-rotation", version: 1, what: "rotation" };

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    format: String,
    version: u64,
    old: KeyId,
    new: Card,
    issued_at: String,
}

/// The statement "my new key is this one", signed by the old key; the card inside is signed by the
/// new one, so both agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    bytes: Vec<u8>,
    signature: Signature,
}

impl Rotation {
    /// Signs the statement with the old key. `issued_at` is for people only.
    ///
    /// # Errors
    /// [`KeyError::Document`] if the date is no short text.
    pub fn sign(old: &Identity, new: &Card, issued_at: &str) -> Result<Self, KeyError> {
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            old: old.public().key_id(),
            new: new.clone(),
            issued_at: issued_at.to_owned(),
        };
        let unwritable = |detail: &str| ExchangeError::Unwritable { detail: detail.to_owned() };
        if !is_short(issued_at) {
            return Err(unwritable("the date of the rotation is no date").into());
        }
        let bytes = serde_json::to_vec_pretty(&document)
            .map_err(|_| unwritable("the rotation is no JSON"))?;
        let signature = Signature::sign(old, Digesting::of(&bytes), "outpost key rotation")?;
        Ok(Self { bytes, signature })
    }

    /// Puts together the two files of a statement.
    ///
    /// # Errors
    /// [`KeyError::Document`] if they are too large or the signature file is damaged.
    pub fn from_parts(bytes: Vec<u8>, signature: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() as u64 > ROTATION_BYTES_MAX {
            let limit = ROTATION_BYTES_MAX;
            return Err(ExchangeError::Limit { what: "the rotation in bytes", limit }.into());
        }
        Ok(Self { bytes, signature: Signature::parse(signature)? })
    }

    /// The content of `rotation.json`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The content of `rotation.json.minisig`.
    #[must_use]
    pub fn signature_text(&self) -> String {
        self.signature.to_text()
    }

    /// The old key, as the statement claims.
    #[must_use]
    pub const fn old(&self) -> KeyId {
        self.signature.key()
    }

    /// The card of the new key, if `old` signed it.
    pub(super) fn verified(&self, old: &PublicIdentity) -> Result<Card, ExchangeError> {
        if !self.signature.verify(old, Digesting::of(&self.bytes)) {
            return Err(ExchangeError::BadSignature { what: FORMAT.what });
        }
        let document: Document = FORMAT.read(&self.bytes)?;
        if document.old != old.key_id() {
            return Err(FORMAT.invalid("it names another signer"));
        }
        Ok(document.new)
    }
}
