//! Signatures and public keys as the `minisign` tool reads and writes them (prehashed, `ED`).
//!
//! A signature file has one spelling here: its untrusted comment is fixed, its lines end with a line
//! feed, its base64 is canonical. So no byte of it can be changed unnoticed, although minisign itself
//! does not sign the first line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use super::{Identity, KeyId, PublicIdentity};
use crate::error::ExchangeError;
use crate::text::is_short;

/// What minisign writes before a key id for prehashed signatures.
const PREHASHED: &[u8; 2] = b"ED";
/// What minisign writes before the id of a public key.
const PUBLIC_KEY: &[u8; 2] = b"Ed";
const UNTRUSTED: &str = "untrusted comment: signature from outpost";
const TRUSTED: &str = "trusted comment: ";

/// The hash that minisign signs, fed piece by piece.
#[derive(Clone, Default)]
pub struct Digesting(Blake2b512);

impl Digesting {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut digesting = Self::default();
        digesting.update(bytes);
        digesting
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}

/// A detached signature with its signed ("trusted") comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    key: KeyId,
    signature: [u8; 64],
    comment: String,
    comment_signature: [u8; 64],
}

impl Signature {
    /// Signs what was digested. The comment is signed too; minisign shows it.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if the comment is long or has control characters.
    pub fn sign(
        identity: &Identity,
        digested: Digesting,
        comment: &str,
    ) -> Result<Self, ExchangeError> {
        if !is_short(comment) {
            return Err(ExchangeError::Unwritable {
                detail: "the comment of a signature is one short line".to_owned(),
            });
        }
        let key: &SigningKey = identity.signing();
        let signature = key.sign(&digested.finish()).to_bytes();
        let comment_signature = key.sign(&commented(&signature, comment)).to_bytes();
        let key = identity.public().key_id();
        Ok(Self { key, signature, comment: comment.to_owned(), comment_signature })
    }

    /// The key that it claims.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The signed comment; believe it after [`Self::verify`] only.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Whether `public` signed what was digested, and the comment.
    #[must_use]
    pub fn verify(&self, public: &PublicIdentity, digested: Digesting) -> bool {
        let key: &VerifyingKey = public.verifying();
        let fits = |message: &[u8], signature: &[u8; 64]| {
            let signature = ed25519_dalek::Signature::from_bytes(signature);
            key.verify_strict(message, &signature).is_ok()
        };
        self.key == public.key_id()
            && fits(&digested.finish(), &self.signature)
            && fits(&commented(&self.signature, &self.comment), &self.comment_signature)
    }

    /// The text of a `.minisig` file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut body = Vec::with_capacity(74);
        body.extend_from_slice(PREHASHED);
        body.extend_from_slice(&self.key.to_bytes());
        body.extend_from_slice(&self.signature);
        format!(
            "{UNTRUSTED}\n{}\n{TRUSTED}{}\n{}\n",
            STANDARD.encode(body),
            self.comment,
            STANDARD.encode(self.comment_signature)
        )
    }

    /// Reads the text of a `.minisig` file that [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// [`ExchangeError::Damaged`] if a single byte is otherwise.
    pub fn parse(text: &[u8]) -> Result<Self, ExchangeError> {
        Self::read(text)
            .filter(|signature| signature.to_text().as_bytes() == text)
            .ok_or(ExchangeError::Damaged { place: "the signature" })
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(text).ok()?.lines();
        let (_, body) = (lines.next()?, STANDARD.decode(lines.next()?).ok()?);
        let comment = lines.next()?.strip_prefix(TRUSTED)?.to_owned();
        let comment_signature = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let body: [u8; 74] = body.try_into().ok()?;
        let (kind, rest) = body.split_first_chunk::<2>()?;
        let (key, signature) = rest.split_first_chunk::<8>()?;
        let signature = signature.try_into().ok()?;
        (kind == PREHASHED && is_short(&comment)).then_some(Self {
            key: KeyId::from_bytes(*key),
            signature,
            comment,
            comment_signature,
        })
    }
}

fn commented(signature: &[u8; 64], comment: &str) -> Vec<u8> {
    [signature.as_slice(), comment.as_bytes()].concat()
}

/// The text of a `minisign.pub` file.
pub(super) fn public_text(public: &PublicIdentity) -> String {
    let mut body = Vec::with_capacity(42);
    body.extend_from_slice(PUBLIC_KEY);
    body.extend_from_slice(&public.key_id().to_bytes());
    body.extend_from_slice(public.verifying().as_bytes());
    let id = public.key_id();
    format!("untrusted comment: minisign public key {id}\n{}\n", STANDARD.encode(body))
}
