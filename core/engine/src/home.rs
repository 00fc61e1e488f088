//! The folder of one device: a registry of accounts, and one encrypted database per server and user.
//!
//! File names tell neither server nor user. A database is removed by a wipe only.

use std::path::{Path, PathBuf};

use outpost_store::{Account, Accounts, DatabaseKey, OpenOptions, Store};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::platform::{Key, Platform, create_private_folder};
use crate::salvaged;

/// Name of the key of the registry.
const REGISTRY_ALIAS: &str = "accounts";

/// The folder with its registry.
pub(crate) struct Home {
    folder: PathBuf,
    platform: Platform,
    registry_key: Key,
    pub accounts: Accounts,
}

impl Home {
    pub fn open(folder: &Path, platform: Platform) -> Result<Self> {
        create_private_folder(folder)?;
        let registry_key = platform.keys.load_or_create(REGISTRY_ALIAS)?;
        let path = folder.join("accounts.db");
        let accounts = Accounts::open(&path, &DatabaseKey::new(*registry_key))?;
        Ok(Self { folder: folder.to_owned(), platform, registry_key, accounts })
    }

    /// The account of a user, or a new one that is not registered yet.
    pub fn account(&self, server: &str, user: &str) -> Result<Account> {
        if let Some(known) = self.accounts.load(server, user)? {
            return Ok(known);
        }
        Ok(Account {
            server: server.to_owned(),
            user: user.to_owned(),
            database_file: format!("{}.db", self.file_stem(server, user)),
            offline_verifier: None,
            lockout: None,
            last_used_ms: 0,
        })
    }

    /// A name that only this device can make: the same for the same account, also if the registry is
    /// lost, and telling nothing to whoever reads the folder.
    fn file_stem(&self, server: &str, user: &str) -> String {
        let digest = Sha256::new()
            .chain_update(b"outpost database name 1\0")
            .chain_update(self.registry_key.as_slice())
            .chain_update((server.len() as u64).to_be_bytes())
            .chain_update(server.as_bytes())
            .chain_update(user.as_bytes())
            .finalize();
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the database of an account is.
    pub fn database(&self, account: &Account) -> PathBuf {
        self.folder.join(&account.database_file)
    }

    /// Removes every file of an account's database; how many there were.
    pub fn remove_files(&self, alias: &str) -> Result<usize> {
        let what = "the folder of the data";
        let failed = |error: std::io::Error| crate::platform::storage(&error, what);
        let mut files = 0;
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let is_own = name.to_str().and_then(|name| name.strip_prefix(alias));
            if !is_own.is_some_and(|rest| rest.starts_with(['.', '-'])) {
                continue;
            }
            let path = entry.path();
            match entry.file_type().map_err(failed)?.is_dir() {
                true => std::fs::remove_dir_all(&path).map_err(failed)?,
                false => std::fs::remove_file(&path).map_err(failed)?,
            }
            files += 1;
        }
        Ok(files)
    }

    /// Opens the database of an account, makes it if there is none.
    ///
    /// What was saved of a damaged one is remembered for the doctor.
    pub fn open_store(&self, account: &Account) -> Result<Store> {
        let key = self.platform.keys.load_or_create(alias_of(account))?;
        let path = self.database(account);
        let opened = Store::open(&path, &DatabaseKey::new(*key), OpenOptions::default())?;
        if let Some(salvage) = &opened.report.salvage {
            salvaged::remember(&opened.store, salvage)?;
        }
        Ok(opened.store)
    }
}

/// Name of the key of an account's database, with which all its files begin.
pub(crate) fn alias_of(account: &Account) -> &str {
    account.database_file.trim_end_matches(".db")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into()).collect()
    }

    #[test]
    fn two_accounts_have_two_files_whose_names_tell_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(folder.path(), Platform::desktop(folder.path())).expect("home");
        let server = "https://dhis2.example.org";
        for user in ["nurse", "doctor"] {
            let account = home.account(server, user).expect("account");
            home.open_store(&account).expect("store");
            home.accounts.save(&account).expect("saved");
        }
        let names = names(folder.path());
        assert!(names.iter().filter(|name| name.ends_with(".db")).count() >= 3, "{names:?}");
        for name in names {
            assert!(!name.contains("nurse") && !name.contains("example"), "{name}");
        }
    }

    #[test]
    fn the_file_of_an_account_is_found_again_without_the_registry() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = || {
            let home = Home::open(folder.path(), Platform::desktop(folder.path())).expect("home");
            home.account("https://a.example", "nurse").expect("account").database_file
        };
        let first = file();
        std::fs::remove_file(folder.path().join("accounts.db")).expect("removed");
        assert_eq!(file(), first);
    }

    #[test]
    fn another_passphrase_locks_the_home_and_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |passphrase: &str| {
            let platform = Platform::with_passphrase(folder.path(), passphrase).expect("keys");
            Home::open(folder.path(), platform).map(|_| ())
        };
        open("correct horse").expect("a new home");
        assert_eq!(open("battery staple").expect_err("locked").kind(), "storage_locked");
        open("correct horse").expect("the same home");
    }
}
