//! What the engine needs from the device it runs on: keys, clock, randomness.
//!
//! The traits have a real implementation for desktops here; a phone shell brings its own key store.
//! Nothing else in the engine reads a clock or draws random bytes.

mod keys;
mod system;

use std::sync::Arc;

use zeroize::Zeroizing;

pub use keys::{FileKeyStore, PassphraseKeyStore};
pub(crate) use keys::{argon2id, create_private_folder, storage};
pub use system::{OsRandom, SystemClock};

use crate::error::Result;

/// A 32-byte key that is wiped from memory when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// Keeps the keys of the databases: Android Keystore, a file of the owner, a passphrase.
pub trait KeyStore: Send + Sync {
    /// The key of that name; made at random the first time, the same ever after.
    ///
    /// # Errors
    /// `StorageLocked` if the key exists but cannot be had now; `StorageFull` if it cannot be kept.
    fn load_or_create(&self, alias: &str) -> Result<Key>;

    /// Forgets a key whose database is wiped. A store whose keys lie nowhere has nothing to forget.
    ///
    /// # Errors
    /// `StorageLocked` if it is still there.
    fn forget(&self, _alias: &str) -> Result<()> {
        Ok(())
    }

    /// What the doctor says about where the keys are: `(good, in words)`.
    fn health(&self) -> (bool, String);
}

/// The device's clocks.
pub trait Clock: Send + Sync {
    /// Wall clock, Unix milliseconds UTC. A person can set it to anything.
    fn unix_ms(&self) -> i64;
    /// Milliseconds since the device started; no person can set it.
    fn uptime_ms(&self) -> u64;
    /// Names this start of the device, so that two uptimes can be compared.
    fn boot_id(&self) -> String;
}

/// Random bytes fit for keys.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// `Internal` if the system has none.
    fn fill(&self, buffer: &mut [u8]) -> Result<()>;
}

/// The device as the engine sees it.
#[derive(Clone)]
pub struct Platform {
    /// Keys.
    pub keys: Arc<dyn KeyStore>,
    /// Clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Platform {
    /// A desktop: key files in `home`, the system's clock and randomness.
    #[must_use]
    pub fn desktop(home: &std::path::Path) -> Self {
        let random = Arc::new(OsRandom);
        Self {
            keys: Arc::new(FileKeyStore::new(home.join("keys"), random.clone())),
            clock: Arc::new(SystemClock::default()),
            random,
        }
    }

    /// A desktop whose keys come from a passphrase, so that a stolen disk opens nothing.
    ///
    /// # Errors
    /// See [`PassphraseKeyStore::open`].
    pub fn with_passphrase(home: &std::path::Path, passphrase: &str) -> Result<Self> {
        let random = Arc::new(OsRandom);
        let keys = PassphraseKeyStore::open(&home.join("keys"), passphrase, random.as_ref())?;
        Ok(Self { keys: Arc::new(keys), ..Self::desktop(home) })
    }
}
