//! Bytes of a JSON document with a minisign signature: what a key list and a rotation have in common.
//!
//! Never reads what is in the bytes before the signature fits.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Digesting, Identity, PublicIdentity, Signature};
use crate::document::Format;
use crate::error::{ExchangeError, KeyError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    pub bytes: Vec<u8>,
    pub signature: Signature,
}

impl Signed {
    pub fn sign(
        by: &Identity,
        document: &impl Serialize,
        format: &Format,
        comment: &str,
    ) -> Result<Self, KeyError> {
        let bytes = serde_json::to_vec_pretty(document).map_err(|_| ExchangeError::Unwritable {
            detail: format!("the {} is no JSON", format.what),
        })?;
        let signature = Signature::sign(by, Digesting::of(&bytes), comment)?;
        Ok(Self { bytes, signature })
    }

    /// Puts together the two files; `what` names the size that is limited.
    pub fn from_parts(
        bytes: Vec<u8>,
        signature: &[u8],
        what: &'static str,
        limit: u64,
    ) -> Result<Self, KeyError> {
        if bytes.len() as u64 > limit {
            return Err(ExchangeError::Limit { what, limit }.into());
        }
        Ok(Self { bytes, signature: Signature::parse(signature)? })
    }

    /// The document, if `by` signed it.
    pub fn read<T: DeserializeOwned>(
        &self,
        by: &PublicIdentity,
        format: &Format,
    ) -> Result<T, ExchangeError> {
        if !self.signature.verify(by, Digesting::of(&self.bytes)) {
            return Err(ExchangeError::BadSignature { what: format.what });
        }
        format.read(&self.bytes)
    }
}
