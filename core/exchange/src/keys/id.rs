//! The short name of a key, as minisign prints it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Id of a signing key: sixteen upper-case hexadecimal digits, as `minisign` shows them.
///
/// minisign draws it at random; here it follows from the key, so that no key can borrow the id of
/// another without 2^64 tries. It finds a key and never proves one: the ring compares the whole key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u64);

impl KeyId {
    /// The id of a signing key.
    pub(crate) fn of(signing: &[u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"outpost-key-id-1\0").chain_update(signing);
        let mut first = [0; 8];
        first.copy_from_slice(&digest.finalize()[..8]);
        Self::from_bytes(first)
    }

    /// From the eight bytes of a minisign file.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(bytes))
    }

    /// The eight bytes of a minisign file.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// Reads sixteen upper-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
        if text.len() != 16 || !upper {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016X}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a key id"))
    }
}
