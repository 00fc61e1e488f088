//! What the host gives: a place for keys, and clocks that know when the device started.
//!
//! Callbacks are made on threads of this library, never while it holds a lock. Whatever a callback
//! throws is an error here, never a panic.

use std::path::Path;
use std::sync::Arc;

use outpost_engine::platform::{Clock, Key, KeyStore, Platform, SystemClock};
use zeroize::{Zeroize, Zeroizing};

use crate::fault::{CallbackFault, OutpostFault};
use crate::limits::KEY_BYTES;
use outpost_engine::{OutpostError, Result};

/// What the doctor says about where the keys are.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeyStoreHealth {
    /// Whether nothing needs to be done.
    pub is_good: bool,
    /// In words.
    pub found: String,
}

/// Keeps the keys of the databases, such as the Android Keystore.
#[uniffi::export(foreign)]
pub trait SecureKeyStore: Send + Sync {
    /// The 32-byte key of that name; made at random the first time, the same ever after.
    ///
    /// # Errors
    /// `KeyLocked` if the key exists but cannot be had now; `NoRoom` if it cannot be kept.
    fn load_or_create_key(&self, alias: String) -> std::result::Result<Vec<u8>, CallbackFault>;

    /// What the doctor says about where the keys are.
    ///
    /// # Errors
    /// Whatever the host throws.
    fn health(&self) -> std::result::Result<KeyStoreHealth, CallbackFault>;
}

/// The device's clocks, where the system does not let a library read them (Android).
#[uniffi::export(foreign)]
pub trait DeviceClock: Send + Sync {
    /// Wall clock, Unix milliseconds UTC.
    ///
    /// # Errors
    /// Whatever the host throws; then the system's clock is read.
    fn unix_ms(&self) -> std::result::Result<i64, CallbackFault>;

    /// Milliseconds since the device started, sleep included.
    ///
    /// # Errors
    /// Whatever the host throws; then the system's clock is read.
    fn uptime_ms(&self) -> std::result::Result<i64, CallbackFault>;

    /// Names this start of the device.
    ///
    /// # Errors
    /// Whatever the host throws; then the system is asked.
    fn boot_id(&self) -> std::result::Result<String, CallbackFault>;
}

/// The device: what the host gives, the system for the rest.
pub(crate) fn platform(
    home: &Path,
    keys: Option<Arc<dyn SecureKeyStore>>,
    clock: Option<Arc<dyn DeviceClock>>,
) -> Platform {
    let mut platform = Platform::desktop(home);
    if let Some(keys) = keys {
        platform.keys = Arc::new(HostKeys(keys));
    }
    if let Some(host) = clock {
        platform.clock = Arc::new(HostClock { host, system: SystemClock::default() });
    }
    platform
}

struct HostKeys(Arc<dyn SecureKeyStore>);

impl KeyStore for HostKeys {
    fn load_or_create(&self, alias: &str) -> Result<Key> {
        let mut bytes = self.0.load_or_create_key(alias.to_owned())?;
        if bytes.len() != KEY_BYTES {
            bytes.zeroize();
            let reason = "the key store of the app gave a key of another length";
            return Err(OutpostError::StorageLocked { reason: reason.to_owned() });
        }
        let mut key = Zeroizing::new([0u8; KEY_BYTES]);
        key.copy_from_slice(&bytes);
        bytes.zeroize();
        Ok(key)
    }

    fn health(&self) -> (bool, String) {
        match self.0.health() {
            Ok(health) => (health.is_good, health.found),
            Err(fault) => (false, OutpostFault::from(OutpostError::from(fault)).to_string()),
        }
    }
}

struct HostClock {
    host: Arc<dyn DeviceClock>,
    system: SystemClock,
}

impl Clock for HostClock {
    fn unix_ms(&self) -> i64 {
        self.host.unix_ms().unwrap_or_else(|_| self.system.unix_ms())
    }

    fn uptime_ms(&self) -> u64 {
        let told = self.host.uptime_ms().ok().and_then(|time| u64::try_from(time).ok());
        told.unwrap_or_else(|| self.system.uptime_ms())
    }

    fn boot_id(&self) -> String {
        self.host.boot_id().unwrap_or_else(|_| self.system.boot_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Keys(std::result::Result<Vec<u8>, CallbackFault>);

    impl SecureKeyStore for Keys {
        fn load_or_create_key(&self, _: String) -> std::result::Result<Vec<u8>, CallbackFault> {
            self.0.clone()
        }

        fn health(&self) -> std::result::Result<KeyStoreHealth, CallbackFault> {
            Ok(KeyStoreHealth { is_good: true, found: "kept".into() })
        }
    }

    #[track_caller]
    fn check(given: std::result::Result<Vec<u8>, CallbackFault>, kind: &str) {
        let keys = HostKeys(Arc::new(Keys(given)));
        let found = keys.load_or_create("a");
        assert_eq!(found.map_or_else(|error| error.kind(), |_| "a key"), kind);
    }

    #[test]
    fn a_key_of_the_host_is_taken_only_whole() {
        check(Ok(vec![7; 32]), "a key");
        check(Ok(vec![7; 31]), "storage_locked");
        check(Ok(vec![]), "storage_locked");
        check(Err(CallbackFault::KeyLocked { reason: "screen lock".into() }), "storage_locked");
        check(Err(CallbackFault::NoRoom), "storage_full");
        check(Err(CallbackFault::Failed { reason: "bug".into() }), "internal");
    }
}
