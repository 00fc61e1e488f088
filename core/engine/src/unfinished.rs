//! Files for others: they get their name once they are whole.
//!
//! They are written to sticks and folders that anybody may have prepared. So a file is always a new
//! one: what lies there under the name that it has meanwhile is never opened, a link never followed.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use crate::limits::UNFINISHED_NAMES_MAX;

/// A file that is not whole yet; taken away when dropped.
#[derive(Debug)]
pub struct Unfinished {
    file: File,
    path: PathBuf,
    is_whole: bool,
}

impl Unfinished {
    /// A new file in this folder, `outpost-….unfinished`.
    ///
    /// # Errors
    /// If the folder cannot be written to, or all the names are taken.
    pub fn create(folder: &Path) -> Result<Self> {
        for number in 0..UNFINISHED_NAMES_MAX {
            let name = format!("outpost-{}-{number}.unfinished", std::process::id());
            let path = folder.join(name);
            match File::options().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path, is_whole: false }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        let reason = "files that were never finished lie in the folder: take them away";
        Err(Error::new(ErrorKind::AlreadyExists, reason))
    }

    /// As [`Self::create`], in the folder of a file that is to be.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Self::create(folder.unwrap_or(Path::new(".")))
    }

    /// To be written to and read from.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it is meanwhile.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It is whole: once it is on the disk it gets its name, in place of nothing.
    ///
    /// # Errors
    /// If something of that name is there already, or it cannot be written.
    pub fn name(self, path: &Path) -> Result<()> {
        if path.symlink_metadata().is_ok() {
            let reason = "a file of this name is there already, and nothing is replaced";
            return Err(Error::new(ErrorKind::AlreadyExists, reason));
        }
        self.replace(path)
    }

    /// It is whole: once it is on the disk it takes the place of whatever has that name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn replace(mut self, path: &Path) -> Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_whole {
            // A stick that was pulled out cannot be tidied.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_gets_its_name_once_it_is_whole_and_in_place_of_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || {
            let entries = std::fs::read_dir(folder.path()).expect("listed");
            entries.map(|entry| entry.expect("an entry").file_name()).collect::<Vec<_>>()
        };
        let whole = folder.path().join("whole");
        let mut file = Unfinished::create(folder.path()).expect("made");
        file.file().write_all(b"first").expect("written");
        assert!(!whole.exists());
        file.name(&whole).expect("named");
        drop(Unfinished::beside(&whole).expect("made"));
        assert_eq!(names(), ["whole"]);

        let mut second = Unfinished::create(folder.path()).expect("made");
        second.file().write_all(b"second").expect("written");
        assert_eq!(second.name(&whole).expect_err("refused").kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&whole).expect("read"), b"first");
        assert_eq!(names(), ["whole"], "what is refused is taken away");
        Unfinished::create(folder.path()).and_then(|file| file.replace(&whole)).expect("replaced");
        assert_eq!(std::fs::read(&whole).expect("read"), b"");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_waits_under_the_name_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (stick, treasure) = (folder.path().join("stick"), folder.path().join("treasure"));
        std::fs::create_dir(&stick).expect("made");
        std::fs::write(&treasure, "mine").expect("written");
        let trap = stick.join(format!("outpost-{}-0.unfinished", std::process::id()));
        std::os::unix::fs::symlink(&treasure, &trap).expect("linked");
        let mut file = Unfinished::create(&stick).expect("another name");
        file.file().write_all(b"for others").expect("written");
        file.replace(&stick.join("whole")).expect("named");
        assert_eq!(std::fs::read(&treasure).expect("read"), b"mine");
        for number in 1..UNFINISHED_NAMES_MAX {
            let name = format!("outpost-{}-{number}.unfinished", std::process::id());
            std::os::unix::fs::symlink(&treasure, stick.join(name)).expect("linked");
        }
        assert!(Unfinished::create(&stick).is_err());
        assert!(trap.symlink_metadata().is_ok(), "what lies there stays");
    }
}
