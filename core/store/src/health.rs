//! Health of the file: checks, space, copies.

use std::path::PathBuf;

use crate::connection::{count_of, drain};
use crate::error::StoreError;
use crate::limits::PAGE_BYTES;
use crate::open::check_all;
use crate::store::{Store, beside};

/// How much room the store takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Space {
    /// The database file.
    pub database_bytes: u64,
    /// Its write-ahead log.
    pub log_bytes: u64,
    /// Of the database file, bytes that are free for new rows.
    pub free_bytes: u64,
    /// Copies beside it: before conversions, and damaged files that were moved aside.
    pub copies_bytes: u64,
}

impl Store {
    /// Reads every page and checks it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a page is damaged: close and open again to save what can be read.
    pub fn integrity_check(&self) -> Result<(), StoreError> {
        self.read(check_all)
    }

    /// Writes the log back into the file as far as readers allow, and gives free pages back.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is lost.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.with_writer(|connection| {
            drain(connection, "PRAGMA incremental_vacuum(1000)")?;
            drain(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        })
    }

    /// Room that the store takes.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn space(&self) -> Result<Space, StoreError> {
        let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = self.path().as_os_str().to_owned();
        log.push("-wal");
        let free = self.read(|connection| {
            let sql = "freelist_count";
            Ok(connection.pragma_query_value(None, sql, |row| count_of(row, 0))?)
        })?;
        Ok(Space {
            database_bytes: size(self.path().to_owned()),
            log_bytes: size(PathBuf::from(log)),
            free_bytes: free * PAGE_BYTES,
            copies_bytes: self.copies()?.into_iter().map(size).sum(),
        })
    }

    /// Copies beside the database: before conversions (`pre-v…`) and damaged ones (`corrupt-…`).
    ///
    /// # Errors
    /// [`StoreError::Io`] if the folder could not be read.
    pub fn copies(&self) -> Result<Vec<PathBuf>, StoreError> {
        let (Some(folder), Some(name)) = (self.path().parent(), self.path().file_name()) else {
            return Ok(vec![]);
        };
        let name = name.to_string_lossy();
        let mut copies = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?.path();
            let file = entry.file_name().map(|file| file.to_string_lossy().into_owned());
            let suffix = file.as_deref().and_then(|file| file.strip_prefix(&*name));
            if suffix.is_some_and(|suffix| {
                suffix.starts_with(".pre-v") || suffix.starts_with(".corrupt-")
            }) {
                copies.push(entry);
            }
        }
        copies.sort();
        Ok(copies)
    }

    /// Removes the copies made before conversions, once everything in them is on the server. Damaged
    /// files that were moved aside stay.
    ///
    /// # Errors
    /// [`StoreError::Io`] if one could not be removed.
    pub fn remove_backups(&self) -> Result<(), StoreError> {
        let backup = beside(self.path(), "pre-v").to_string_lossy().into_owned();
        for copy in self.copies()? {
            if copy.to_string_lossy().starts_with(&backup) {
                std::fs::remove_file(copy)?;
            }
        }
        Ok(())
    }
}
