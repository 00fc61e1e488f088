//! Files for other sites: receipts, what waits here, everything for the centre.
//!
//! What has its final name is whole, is on the disk and was read back: the bytes that the medium gives
//! are those that were signed. Nothing that lies in the folder already is replaced or removed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use outpost_exchange::Hash;
use outpost_exchange::file::Verified;
use outpost_exchange::keys::KeyId;
use sha2::{Digest, Sha256};

use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::model::{HandedOver, ImportObserver, SiteFailed, SiteFile, SiteFiles, SiteName};
use crate::platform::storage;
use crate::refusals;
use crate::session::Session;
use crate::session::exchange::{load_ledger, site, split_for_mail};
use crate::unfinished::Unfinished;

/// Digest of what a partner was told last, so that nothing is told twice.
fn told_name(partner: &str) -> String {
    format!("told/{partner}")
}

/// A file beside the database that is gone when it is closed, however this process ends. Only
/// encrypted content comes to lie in it.
pub(super) fn scratch(database: &Path, what: &str) -> Result<File> {
    let failed = |error: std::io::Error| storage(&error, "a file beside the database");
    let mut path = database.as_os_str().to_owned();
    path.push(format!(".{what}-{}", std::process::id()));
    let path = PathBuf::from(path);
    // One of a process of the same number that died.
    std::fs::remove_file(&path).ok();
    let file = File::options().create_new(true).read(true).write(true).open(&path);
    let file = file.map_err(failed)?;
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(file)
}

impl Session {
    /// Writes receipts for everybody who is owed news, and with an upstream site what waits here and it
    /// does not have. Each file is read back.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `InvalidInput` if the folder cannot be written to;
    /// `Busy` while a synchronisation runs; `Cancelled`; storage errors. A partner for whom nothing can
    /// be written is in the report.
    pub fn fill_outbox(
        &self,
        folder: &Path,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<SiteFiles> {
        let mut files = SiteFiles::default();
        self.write_receipts(folder, false, &mut files)?;
        let settings = self.site_settings()?;
        let (true, Some(upstream)) = (settings.mode.writes_files(), self.upstream()?) else {
            return Ok(files);
        };
        let to = upstream.to_string();
        self.write_what_waits(folder, &to, false, None, (observer, cancel), &mut files)?;
        Ok(files)
    }

    /// Everything for the centre in one call: all that waits here, also what it may have got before and
    /// what is carried for others, and receipts for everybody. With `mail_bytes` in parts for e-mails.
    /// Each file is read back.
    ///
    /// # Errors
    /// As [`Session::fill_outbox`].
    pub fn collect(
        &self,
        to: &str,
        folder: &Path,
        mail_bytes: Option<u64>,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<SiteFiles> {
        let keys = self.who_is_who()?;
        let to = self.partner(&keys, to)?.to_string();
        let mut files = SiteFiles::default();
        self.write_what_waits(folder, &to, true, mail_bytes, (observer, cancel), &mut files)?;
        self.write_receipts(folder, true, &mut files)?;
        Ok(files)
    }

    fn write_what_waits(
        &self,
        folder: &Path,
        to: &str,
        again: bool,
        mail_bytes: Option<u64>,
        (observer, cancel): (&dyn ImportObserver, &CancelToken),
        files: &mut SiteFiles,
    ) -> Result<()> {
        let written =
            self.write_into(folder, |out| self.hand_over(to, again, out, observer, cancel));
        let (file, path, sha256) = match written {
            Ok(written) => written,
            // Nothing waits that they do not have.
            Err(OutpostError::InvalidInput { code, .. }) if code == "nothing" => return Ok(()),
            Err(OutpostError::InvalidInput { field, code, reason }) if field != "folder" => {
                drop(code);
                files.failed.push(SiteFailed { to: self.site_named(to)?, reason });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let paths = match mail_bytes {
            Some(bytes) => {
                let parts = split_for_mail(&path, bytes, folder)?;
                read_back_parts(&parts, sha256)?;
                // It is our own, written a moment ago; its parts were read back.
                std::fs::remove_file(&path).map_err(|error| unwritable(&error))?;
                parts
            }
            None => vec![path],
        };
        let (kind, sha256) = ("data".to_owned(), sha256.to_string());
        files.files.push(SiteFile { file, kind, paths, sha256 });
        Ok(())
    }

    fn write_receipts(&self, folder: &Path, all: bool, files: &mut SiteFiles) -> Result<()> {
        for (partner, digest) in self.owed_digests()? {
            let name = told_name(&partner);
            let told = self.store().exchange_document(&name)?;
            if !all && told.as_ref() == Some(&digest) {
                continue;
            }
            match self.write_into(folder, |out| self.write_receipt(&partner, out)) {
                Ok((file, path, sha256)) => {
                    self.exchange(|exchange| exchange.keep_document(&name, Some(&digest)))?;
                    let (kind, sha256) = ("receipt".to_owned(), sha256.to_string());
                    files.files.push(SiteFile { file, kind, paths: vec![path], sha256 });
                }
                // A key that was revoked keeps nobody else waiting.
                Err(OutpostError::InvalidInput { field, reason, .. }) if field != "folder" => {
                    files.failed.push(SiteFailed { to: self.site_named(&partner)?, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn site_named(&self, key: &str) -> Result<SiteName> {
        let unknown = SiteName { key: key.to_owned(), name: String::new() };
        let ring = self.ring()?;
        Ok(KeyId::parse(key).map_or(unknown, |key| site(&ring, key)))
    }

    /// Everybody whose files came, with a digest of what they are to be told.
    fn owed_digests(&self) -> Result<Vec<(String, String)>> {
        self.exchange(|exchange| {
            let mut digests = Vec::new();
            let waiting = exchange.waiting_files()?;
            for partner in exchange.partners()? {
                let Some(key) = KeyId::parse(&partner) else { continue };
                let ledger = load_ledger(exchange, key, outpost_exchange::file::Kind::Data)?;
                let missing = waiting.iter().filter(|file| file.partner == partner);
                let missing: Vec<_> = missing.map(|file| file.missing).collect();
                let mut hash = Sha256::new();
                hash.update(format!("{:?} {:?} {missing:?}", ledger.last(), ledger.seen()));
                exchange.owed(&partner, |line| -> Result<()> {
                    hash.update(format!("{line:?}"));
                    Ok(())
                })?;
                digests.push((partner, Hash(hash.finalize().into()).to_string()));
            }
            Ok(digests)
        })
    }

    /// Writes to a name of its own first, reads it back, and only then gives it its name.
    fn write_into(
        &self,
        folder: &Path,
        write: impl FnOnce(&mut Hashed<'_>) -> Result<HandedOver>,
    ) -> Result<(HandedOver, PathBuf, Hash)> {
        let mut unfinished = Unfinished::create(folder).map_err(|error| unwritable(&error))?;
        let mut out = Hashed { file: unfinished.file(), hash: Sha256::new() };
        let written = write(&mut out)?;
        let sha256 = Hash(out.hash.finalize().into());
        unfinished.file().sync_all().map_err(|error| unwritable(&error))?;
        forget_cached(unfinished.file());
        self.read_back(unfinished.path(), sha256)?;
        let path = folder.join(&written.file_name);
        unfinished.name(&path).map_err(|error| unwritable(&error))?;
        Ok((written, path, sha256))
    }

    /// Whether a medium gives what was written to it: every byte, and a signature that fits.
    fn read_back(&self, path: &Path, sha256: Hash) -> Result<()> {
        let mut file = File::open(path).map_err(|error| unwritable(&error))?;
        if hash_of(&mut file)? != sha256 {
            return Err(gives_other_bytes());
        }
        Verified::open(file, &self.ring()?).map_err(refusals::of_exchange)?;
        Ok(())
    }
}

/// Writes and hashes.
struct Hashed<'a> {
    file: &'a mut File,
    hash: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

pub(super) fn hash_of(input: &mut impl Read) -> Result<Hash> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match input.read(&mut buffer).map_err(|error| unwritable(&error))? {
            0 => return Ok(Hash(hash.finalize().into())),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn read_back_parts(parts: &[PathBuf], sha256: Hash) -> Result<()> {
    let mut hash = Sha256::new();
    for part in parts {
        let file = File::open(part).map_err(|error| unwritable(&error))?;
        file.sync_all().map_err(|error| unwritable(&error))?;
        forget_cached(&file);
        let mut input = std::io::BufReader::new(file);
        std::io::BufRead::skip_until(&mut input, b'\n').map_err(|error| unwritable(&error))?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match input.read(&mut buffer).map_err(|error| unwritable(&error))? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
    }
    match Hash(hash.finalize().into()) == sha256 {
        true => Ok(()),
        false => Err(gives_other_bytes()),
    }
}

/// What is read next comes from the medium, not from memory.
pub(super) fn forget_cached(file: &File) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).ok();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = file;
}

pub(super) fn unwritable(error: &std::io::Error) -> OutpostError {
    OutpostError::invalid("folder", "unwritable", format!("it cannot be written: {error}"))
}

pub(super) fn gives_other_bytes() -> OutpostError {
    let reason = "the medium gives other bytes than were written: take another one";
    OutpostError::invalid("folder", "medium", reason)
}
