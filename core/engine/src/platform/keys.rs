//! Where the keys of the databases are kept on a desktop: files of the owner, or a passphrase.
//!
//! Never writes a key that another account of the machine can read, and never replaces one.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{Key, KeyStore, Random};
use crate::error::{OutpostError, Result};
use crate::limits::{ARGON2_MEMORY_KIB, ARGON2_PASSES, SALT_BYTES};

/// One file per key in a folder that only the owner may enter.
pub struct FileKeyStore {
    folder: PathBuf,
    random: Arc<dyn Random>,
}

impl FileKeyStore {
    /// A key store in `folder`, which is made when the first key is.
    #[must_use]
    pub fn new(folder: PathBuf, random: Arc<dyn Random>) -> Self {
        Self { folder, random }
    }
}

impl KeyStore for FileKeyStore {
    fn load_or_create(&self, alias: &str) -> Result<Key> {
        let path = self.folder.join(format!("{}.key", file_name(alias)));
        let bytes = load_or_create_file(&self.folder, &path, 32, self.random.as_ref())?;
        let mut key = Zeroizing::new([0u8; 32]);
        key.copy_from_slice(&bytes);
        Ok(key)
    }

    fn forget(&self, alias: &str) -> Result<()> {
        let path = self.folder.join(format!("{}.key", file_name(alias)));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(storage(&error, "the key file"))
            }
            _ => Ok(()),
        }
    }

    fn health(&self) -> (bool, String) {
        match open_to_others(&self.folder) {
            Ok(None) => (true, "keys are in files that only you can read".to_owned()),
            Ok(Some(name)) => (false, format!("other accounts may read the key file {name}")),
            Err(error) => (false, format!("the key folder cannot be read ({})", error.kind())),
        }
    }
}

/// Keys derived from a passphrase by Argon2id over a salt file; nothing secret is on the disk.
pub struct PassphraseKeyStore {
    master: Key,
}

impl PassphraseKeyStore {
    /// Derives the keys; the salt file is made the first time.
    ///
    /// A wrong passphrase is not noticed here but at the first database: `StorageLocked`.
    ///
    /// # Errors
    /// `InvalidInput` for an empty passphrase; storage errors for the salt file.
    pub fn open(folder: &Path, passphrase: &str, random: &dyn Random) -> Result<Self> {
        if passphrase.is_empty() {
            return Err(OutpostError::invalid("passphrase", "empty", "the passphrase is empty"));
        }
        let path = folder.join("passphrase.salt");
        let salt = load_or_create_file(folder, &path, SALT_BYTES, random)?;
        let mut master = Zeroizing::new([0u8; 32]);
        argon2id()?
            .hash_password_into(passphrase.as_bytes(), &salt, master.as_mut())
            .map_err(|error| OutpostError::internal(format!("Argon2id failed ({error})")))?;
        Ok(Self { master })
    }
}

impl KeyStore for PassphraseKeyStore {
    fn load_or_create(&self, alias: &str) -> Result<Key> {
        let mut digest: [u8; 32] = Sha256::new()
            .chain_update(b"outpost database key 1\0")
            .chain_update(self.master.as_slice())
            .chain_update(alias.as_bytes())
            .finalize()
            .into();
        let key = Zeroizing::new(digest);
        digest.zeroize();
        Ok(key)
    }

    fn health(&self) -> (bool, String) {
        (true, "keys come from your passphrase".to_owned())
    }
}

/// Argon2id with the parameters of this release.
pub(crate) fn argon2id() -> Result<Argon2<'static>> {
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, 1, Some(32))
        .map_err(|error| OutpostError::internal(format!("Argon2id parameters ({error})")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A file name that no alias can lead out of the folder with.
fn file_name(alias: &str) -> String {
    alias.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

fn load_or_create_file(
    folder: &Path,
    path: &Path,
    length: usize,
    random: &dyn Random,
) -> Result<Zeroizing<Vec<u8>>> {
    if let Some(bytes) = load_file(path, length)? {
        return Ok(bytes);
    }
    let mut bytes = Zeroizing::new(vec![0u8; length]);
    random.fill(&mut bytes)?;
    create_private_folder(folder)?;
    create_file_once(folder, path, &bytes, random)?;
    // Another process may have been faster: what is in the file counts.
    load_file(path, length)?
        .ok_or_else(|| OutpostError::internal("a key file vanished right after it was made"))
}

fn load_file(path: &Path, length: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(locked("cannot be read", error.kind())),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(length as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| locked("cannot be read", error.kind()))?;
    if bytes.len() != length {
        let reason = format!("the key file has another length than {length} bytes");
        return Err(OutpostError::StorageLocked { reason });
    }
    Ok(Some(bytes))
}

fn locked(what: &str, kind: ErrorKind) -> OutpostError {
    OutpostError::StorageLocked { reason: format!("the key file {what} ({kind})") }
}

/// Makes a folder that only the owner may enter.
///
/// # Errors
/// `StorageFull`, `StorageDenied` or `StorageBusy` with the system's reason.
pub(crate) fn create_private_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| storage(&error, "the folder cannot be made"))
}

/// Writes the file beside its place, flushes it, then links it in: it is there whole or not at all,
/// and one that is there already stays.
fn create_file_once(folder: &Path, path: &Path, bytes: &[u8], random: &dyn Random) -> Result<()> {
    let whole = |error: std::io::Error| storage(&error, "the key file cannot be written");
    let mut nonce = [0u8; 8];
    random.fill(&mut nonce)?;
    let draft = folder.join(format!(".draft-{:016x}", u64::from_le_bytes(nonce)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(whole)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(whole)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(whole)?;
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(whole(error)),
    }
    if let Ok(directory) = fs::File::open(folder) {
        directory.sync_all().map_err(whole)?;
    }
    Ok(())
}

/// An error of the file system as one of the facade.
pub(crate) fn storage(error: &std::io::Error, what: &str) -> OutpostError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => OutpostError::StorageFull,
        kind @ (ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            OutpostError::StorageDenied { reason: format!("{what} ({kind})") }
        }
        kind => OutpostError::StorageBusy { reason: format!("{what} ({kind})") },
    }
}

/// The first key file that others may read.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.metadata()?.permissions().mode() & 0o077 != 0 {
            return Ok(Some(entry.file_name().to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

#[cfg(not(unix))]
fn open_to_others(folder: &Path) -> std::io::Result<Option<String>> {
    fs::read_dir(folder).map(|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::OsRandom;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn files(home: &Path) -> FileKeyStore {
        FileKeyStore::new(home.join("keys"), Arc::new(OsRandom))
    }

    #[test]
    fn a_folder_that_may_not_be_written_is_not_said_to_be_in_use() {
        for (kind, expected, says) in [
            (ErrorKind::PermissionDenied, "storage_denied", "may not"),
            (ErrorKind::ReadOnlyFilesystem, "storage_denied", "may not"),
            (ErrorKind::StorageFull, "storage_full", "no space"),
            (ErrorKind::ResourceBusy, "storage_busy", "in use"),
        ] {
            let error = storage(&kind.into(), "the folder cannot be made");
            assert_eq!(error.kind(), expected);
            assert!(error.to_string().contains(says), "{error}");
        }
        let denied = storage(&ErrorKind::PermissionDenied.into(), "the folder cannot be made");
        assert!(denied.what_to_do().contains("--home"), "{}", denied.what_to_do());
    }

    #[test]
    fn a_key_is_made_once_and_then_stays() {
        let home = folder();
        let first = files(home.path()).load_or_create("a").expect("key");
        assert_eq!(files(home.path()).load_or_create("a").expect("key"), first);
        assert_ne!(files(home.path()).load_or_create("b").expect("key"), first);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_key_file() {
        use std::os::unix::fs::PermissionsExt;
        let home = folder();
        let store = files(home.path());
        store.load_or_create("a").expect("key");
        let path = home.path().join("keys/a.key");
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(store.health().0);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(!store.health().0);
    }

    #[test]
    fn a_cut_key_file_is_locked_and_not_replaced() {
        let home = folder();
        files(home.path()).load_or_create("a").expect("key");
        let path = home.path().join("keys/a.key");
        fs::write(&path, b"short").expect("write");
        let error = files(home.path()).load_or_create("a").expect_err("cut");
        assert_eq!(error.kind(), "storage_locked");
        assert_eq!(fs::read(&path).expect("read"), b"short");
    }

    #[test]
    fn an_alias_cannot_leave_the_folder() {
        let home = folder();
        files(home.path()).load_or_create("../../x").expect("key");
        assert!(home.path().join("keys/------x.key").exists());
    }

    #[test]
    fn no_draft_of_a_key_file_is_left_behind() {
        let home = folder();
        files(home.path()).load_or_create("a").expect("key");
        assert_eq!(fs::read_dir(home.path().join("keys")).expect("list").count(), 1);
    }

    #[test]
    fn the_same_passphrase_gives_the_same_key_and_another_one_does_not() {
        let home = folder();
        let key = |passphrase: &str| {
            let keys = PassphraseKeyStore::open(home.path(), passphrase, &OsRandom).expect("open");
            keys.load_or_create("a").expect("key")
        };
        assert_eq!(key("correct horse"), key("correct horse"));
        assert_ne!(key("correct horse"), key("correct house"));
        let other = folder();
        let elsewhere = PassphraseKeyStore::open(other.path(), "correct horse", &OsRandom);
        let elsewhere = elsewhere.expect("open").load_or_create("a").expect("key");
        assert_ne!(elsewhere, key("correct horse"), "another salt");
    }
}
