//! A new key for the same device or site, vouched for by the old one.
//!
//! The line goes on: numbering and hash chain of the files continue under the new key. A lost or
//! stolen key is never rotated, it is revoked, and the device enrolled anew.

use serde::{Deserialize, Serialize};

use super::signed::Signed;
use super::{Card, Identity, KeyId, PublicIdentity};
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
pub struct Rotation(Signed);

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
        if !is_short(issued_at) {
            let detail = "the date of the rotation is no date".to_owned();
            return Err(ExchangeError::Unwritable { detail }.into());
        }
        Signed::sign(old, &document, &FORMAT, "outpost key rotation").map(Self)
    }

    /// Puts together the two files of a statement.
    ///
    /// # Errors
    /// [`KeyError::Document`] if they are too large or the signature file is damaged.
    pub fn from_parts(bytes: Vec<u8>, signature: &[u8]) -> Result<Self, KeyError> {
        let what = "the rotation in bytes";
        Signed::from_parts(bytes, signature, what, ROTATION_BYTES_MAX).map(Self)
    }

    /// The content of `rotation.json`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The content of `rotation.json.minisig`.
    #[must_use]
    pub fn signature_text(&self) -> String {
        self.0.signature.to_text()
    }

    /// The old key, as the statement claims.
    #[must_use]
    pub const fn old(&self) -> KeyId {
        self.0.signature.key()
    }

    /// The card of the new key, if `old` signed it.
    pub(super) fn verified(&self, old: &PublicIdentity) -> Result<Card, ExchangeError> {
        let document: Document = self.0.read(old, &FORMAT)?;
        if document.old != old.key_id() {
            return Err(FORMAT.invalid("it names another signer"));
        }
        Ok(document.new)
    }
}
