//! Files beside the database for what is on its way: encrypted content only, gone when done.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::platform::storage;

/// A file that is taken away when dropped.
pub(super) struct Spool {
    path: PathBuf,
    pub file: File,
}

impl Spool {
    /// An empty file `<database>.<suffix>`. The lock of the synchronisation is held, so nobody else
    /// uses it; one that a run left behind when it died is overwritten.
    pub fn create(database: &Path, suffix: &str) -> Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".");
        path.push(suffix);
        let path = PathBuf::from(path);
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path);
        let file = file.map_err(|error| storage(&error, "a file beside the database"))?;
        Ok(Self { path, file })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What stays behind is encrypted and is overwritten the next time.
        std::fs::remove_file(&self.path).ok();
    }
}
