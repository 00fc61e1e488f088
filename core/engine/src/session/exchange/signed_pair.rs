//! Statements that travel on their own, key lists and rotations: the statement in a file, its signature
//! beside it under the same name with `.minisig`, as the `minisign` tool reads them.
//!
//! Never judges what it reads; whoever takes it in does.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use outpost_exchange::limits::{KEY_LIST_BYTES_MAX, SIGNATURE_BYTES_MAX};

use super::show::{open, unwritable};
use crate::error::{OutpostError, Result};
use crate::unfinished::Unfinished;

/// A pair that is being written; what already has one of the two names is replaced.
#[derive(Debug)]
pub struct SignedPair {
    path: PathBuf,
    statement: Unfinished,
    signature: Unfinished,
}

impl SignedPair {
    /// Makes sure that both files can be written before anything is signed.
    ///
    /// # Errors
    /// `InvalidInput` if the folder cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let statement = Unfinished::beside(path).map_err(unwritable)?;
        let signature = Unfinished::beside(path).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), statement, signature })
    }

    /// Writes both; each gets its name once it is whole.
    ///
    /// # Errors
    /// `InvalidInput` if they cannot be written.
    pub fn write(self, statement: &[u8], signature: &str) -> Result<()> {
        let beside = beside(&self.path);
        for (mut file, bytes, path) in [
            (self.signature, signature.as_bytes(), &beside),
            (self.statement, statement, &self.path),
        ] {
            let written = file.file().write_all(bytes).and_then(|()| file.replace(path));
            written.map_err(unwritable)?;
        }
        Ok(())
    }
}

/// Reads a statement and the signature beside it.
///
/// # Errors
/// `InvalidInput` if one of them cannot be read or is larger than any statement.
pub fn read_signed_pair(path: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let statement = read(path, KEY_LIST_BYTES_MAX)?;
    Ok((statement, read(&beside(path), SIGNATURE_BYTES_MAX)?))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    PathBuf::from(name)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let name = || path.display().to_string();
    let mut bytes = Vec::new();
    let read = open(path)?.take(bytes_max + 1).read_to_end(&mut bytes);
    read.map_err(|error| OutpostError::invalid(name(), "unreadable", error))?;
    if bytes.len() as u64 > bytes_max {
        let reason = format!("it has more than {bytes_max} bytes: it is another file");
        return Err(OutpostError::invalid(name(), "large", reason));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_reads_as_it_was_written_and_what_is_too_large_is_refused_unread() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.json");
        SignedPair::create(&path).expect("made").write(b"list", "signature").expect("written");
        let read = read_signed_pair(&path).expect("read");
        assert_eq!(read, (b"list".to_vec(), b"signature".to_vec()));
        let mut names: Vec<_> = std::fs::read_dir(folder.path()).expect("listed").collect();
        assert_eq!(names.drain(..).count(), 2, "nothing unfinished is left");
        let noise = std::fs::File::create(&path).expect("made");
        noise.set_len(KEY_LIST_BYTES_MAX + 1).expect("grown");
        let refused = read_signed_pair(&path).expect_err("refused");
        assert!(refused.to_string().contains("another file"), "{refused}");
    }
}
