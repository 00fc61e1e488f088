//! A package, byte by byte: never more than was signed, and nothing until its end was seen.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draft::{ProductRelease, Target, Version};
use crate::error::{ExchangeError, ReleaseError};
use crate::text::Hash;

/// A package whose bytes were verified. Where they lie is for the caller to know, by their hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staged {
    /// Name of the product.
    pub product: String,
    /// Name of the platform.
    pub platform: String,
    /// Its version.
    pub version: Version,
    /// Its size.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Hash,
    /// Number of the root under which it was listed last.
    pub(super) root: u64,
}

/// The check of a package while its bytes come, from a file, a stick or another device.
#[derive(Debug, Clone)]
pub struct PayloadCheck {
    expected: Staged,
    hasher: Sha256,
    seen: u64,
}

impl PayloadCheck {
    pub(super) fn new(product: &ProductRelease, target: &Target, root: u64) -> Self {
        Self::again(Staged {
            product: product.product.clone(),
            platform: target.platform.clone(),
            version: product.version.clone(),
            bytes: target.bytes,
            sha256: target.sha256,
            root,
        })
    }

    pub(super) fn again(expected: Staged) -> Self {
        Self { expected, hasher: Sha256::new(), seen: 0 }
    }

    /// Takes the next bytes. Nothing of them may be used before [`Self::finish`].
    ///
    /// # Errors
    /// [`ReleaseError::OtherPayload`] as soon as there are more than were signed: stop reading and
    /// throw away what came.
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), ReleaseError> {
        self.seen += bytes.len() as u64;
        if self.seen > self.expected.bytes {
            return Err(self.differs("it does not end where it should"));
        }
        self.hasher.update(bytes);
        Ok(())
    }

    /// The package, if every byte is the one that was signed; [`super::Releases::staged`] remembers it.
    ///
    /// # Errors
    /// [`ReleaseError::OtherPayload`]: throw away what came.
    pub fn finish(self) -> Result<Staged, ReleaseError> {
        if self.seen != self.expected.bytes {
            return Err(self.differs("it ends too early"));
        }
        if Hash(self.hasher.clone().finalize().into()) != self.expected.sha256 {
            return Err(self.differs("another hash"));
        }
        Ok(self.expected)
    }

    /// Copies a package and verifies it on the way. At most one buffer more than was signed is read,
    /// and not a byte more than was signed is written.
    ///
    /// # Errors
    /// [`ReleaseError`]: throw away what was written.
    pub fn copy(
        mut self,
        input: &mut impl Read,
        out: &mut impl Write,
    ) -> Result<Staged, ReleaseError> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = match input.read(&mut buffer) {
                Ok(0) => return self.finish(),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ExchangeError::io("reading the package", &error).into()),
            };
            self.update(&buffer[..count])?;
            out.write_all(&buffer[..count])
                .map_err(|error| ExchangeError::io("writing the package", &error))?;
        }
    }

    fn differs(&self, detail: &'static str) -> ReleaseError {
        let Staged { product, platform, .. } = &self.expected;
        ReleaseError::OtherPayload { product: product.clone(), platform: platform.clone(), detail }
    }
}
