//! The key of a database: 32 random bytes that the caller keeps in the platform's key store.
//!
//! Never printed, never written, wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// Bytes of a database key (AES-256).
pub const KEY_BYTES: usize = 32;

/// The raw key of an encrypted database. Random, so no key derivation is needed at open.
#[derive(Clone)]
pub struct DatabaseKey(Zeroizing<[u8; KEY_BYTES]>);

impl DatabaseKey {
    /// Takes the key; the caller wipes its own copy.
    #[must_use]
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The statement that gives the key to SQLCipher.
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut statement = Zeroizing::new(String::with_capacity(96));
        statement.push_str("PRAGMA key = \"x'");
        for byte in self.0.iter() {
            statement.push(char::from(HEX[usize::from(byte >> 4)]));
            statement.push(char::from(HEX[usize::from(byte & 15)]));
        }
        statement.push_str("'\"");
        statement
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseKey(…)")
    }
}
