//! A check value of the key beside the database: with it, damage to the first page is told apart from
//! a wrong key, which look the same to SQLCipher.
//!
//! The key has 256 bits, so its hash tells nothing about it; the file is worth nothing to anybody. A
//! missing or unwritable one changes nothing but the error text of that rare case.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::key::DatabaseKey;
use crate::store::beside;

const SUFFIX: &str = "keycheck";

/// Whether this is certainly the key with which the database was opened before.
pub(crate) fn fits(path: &Path, key: &DatabaseKey) -> bool {
    std::fs::read(beside(path, SUFFIX)).is_ok_and(|known| known == value(key))
}

/// Remembers the key of a database that was opened with it.
pub(crate) fn remember(path: &Path, key: &DatabaseKey) {
    if !fits(path, key) {
        // On a full disk the database opens without.
        drop(std::fs::write(beside(path, SUFFIX), value(key)));
    }
}

fn value(key: &DatabaseKey) -> Vec<u8> {
    Sha256::new()
        .chain_update(b"outpost key check 1\0")
        .chain_update(key.bytes())
        .finalize()
        .to_vec()
}
