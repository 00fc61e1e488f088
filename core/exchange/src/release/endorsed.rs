//! Bytes of a JSON document with the minisign signatures of several.
//!
//! The signature file is one `.minisig` after the other, ordered by key, so it has one spelling; every
//! signature in it must count, so none can be changed unnoticed.

use serde::Serialize;

use crate::document::Format;
use crate::error::{ExchangeError, ReleaseError};
use crate::keys::{Digesting, Identity, KeyId, PublicIdentity, Signature};
use crate::limits::SIGNATURES_BYTES_MAX;

/// Lines of a minisign signature.
const SIGNATURE_LINES: usize = 4;

/// So many of these keys must sign.
pub(super) struct Quorum {
    pub keys: Vec<PublicIdentity>,
    pub threshold: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endorsed {
    pub bytes: Vec<u8>,
    signatures: Vec<Signature>,
}

impl Endorsed {
    /// A document that nobody has signed yet.
    pub fn unsigned(document: &impl Serialize, format: &Format) -> Result<Self, ExchangeError> {
        let bytes = serde_json::to_vec_pretty(document).map_err(|_| {
            let detail = format!("the {} is no JSON", format.what);
            ExchangeError::Unwritable { detail }
        })?;
        Ok(Self { bytes, signatures: Vec::new() })
    }

    /// Adds a signature, or replaces that of the same key.
    pub fn sign(&mut self, by: &Identity, comment: &str) -> Result<(), ExchangeError> {
        let signature = Signature::sign(by, Digesting::of(&self.bytes), comment)?;
        match self.signatures.binary_search_by_key(&signature.key(), Signature::key) {
            Ok(at) => self.signatures[at] = signature,
            Err(at) => self.signatures.insert(at, signature),
        }
        Ok(())
    }

    /// Takes over signatures that others made of the same bytes.
    pub fn merge(&mut self, other: &Self) -> Result<(), ExchangeError> {
        if self.bytes != other.bytes {
            let detail = "the signatures are of another document".to_owned();
            return Err(ExchangeError::Unwritable { detail });
        }
        for signature in &other.signatures {
            let found = self.signatures.binary_search_by_key(&signature.key(), Signature::key);
            if let Err(at) = found {
                self.signatures.insert(at, signature.clone());
            }
        }
        Ok(())
    }

    /// Puts together the two files; `what` names the size that is limited.
    pub fn from_parts(
        bytes: Vec<u8>,
        signatures: &[u8],
        what: &'static str,
        limit: u64,
    ) -> Result<Self, ExchangeError> {
        if bytes.len() as u64 > limit {
            return Err(ExchangeError::Limit { what, limit });
        }
        if signatures.len() as u64 > SIGNATURES_BYTES_MAX {
            let (what, limit) = ("the signatures in bytes", SIGNATURES_BYTES_MAX);
            return Err(ExchangeError::Limit { what, limit });
        }
        let lines: Vec<_> = signatures.split_inclusive(|byte| *byte == b'\n').collect();
        let signatures = lines
            .chunks(SIGNATURE_LINES)
            .map(|lines| Signature::parse(&lines.concat()))
            .collect::<Result<Vec<_>, _>>()?;
        if !signatures.is_sorted_by(|before, after| before.key() < after.key()) {
            return Err(ExchangeError::Damaged { place: "the order of the signatures" });
        }
        Ok(Self { bytes, signatures })
    }

    /// The signature file.
    pub fn signatures_text(&self) -> String {
        self.signatures.iter().map(Signature::to_text).collect()
    }

    /// Keys that claim to have signed.
    pub fn signed_by(&self) -> impl Iterator<Item = KeyId> {
        self.signatures.iter().map(Signature::key)
    }

    /// Whether each quorum is reached and no signature is idle or wrong.
    pub fn require(&self, what: &'static str, quorums: &[Quorum]) -> Result<(), ReleaseError> {
        let digested = Digesting::of(&self.bytes);
        let mut found = vec![0; quorums.len()];
        for signature in &self.signatures {
            let key = signature.key();
            let mut is_known = false;
            for (quorum, found) in quorums.iter().zip(&mut found) {
                let Some(public) = quorum.keys.iter().find(|public| public.key_id() == key) else {
                    continue;
                };
                if !signature.verify(public, digested.clone()) {
                    return Err(ExchangeError::BadSignature { what }.into());
                }
                is_known = true;
                *found += 1;
            }
            if !is_known {
                return Err(ExchangeError::UnknownSigner { what, key }.into());
            }
        }
        for (quorum, found) in quorums.iter().zip(found) {
            if found < quorum.threshold {
                let needed = quorum.threshold;
                return Err(ReleaseError::TooFewSignatures { what, found, needed });
            }
        }
        Ok(())
    }
}

/// Days in a signed document, in the one spelling `2026-11-29`.
pub(super) mod day {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == *text);
        date.ok_or_else(|| serde::de::Error::custom("not a day"))
    }
}
