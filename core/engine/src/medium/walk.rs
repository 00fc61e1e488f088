//! The walk over a medium: by handles of folders, never by paths.
//!
//! Every entry is asked for its type first and opened only if it is a regular file or folder, without
//! following links and without waiting; then the handle itself is asked what it is. So a link that is
//! put in between leads nowhere.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};

use super::classify::{FIRST_BYTES, Looks, OurKind, classify};
use super::names::shown;
use super::{FileMark, Ignored, MediumLimits, MediumReport, Unfinished};
use crate::error::{OutpostError, Result};

const OPEN: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY);

/// A file that begins like one of ours.
pub struct Found<'a> {
    /// What it claims to be.
    pub kind: OurKind,
    /// The handle through which it was looked at; its content is read through it alone.
    pub file: File,
    /// What it is known by.
    pub mark: FileMark,
    /// Its name below the folder, for people.
    pub shown: String,
    /// The folder in which it lies, and its name there.
    folder: &'a OwnedFd,
    name: &'a CString,
}

impl Found<'_> {
    /// Whether the file is as it was when it was found: nobody writes to it.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        fstat(&self.file).is_ok_and(|stat| mark_of(&stat) == self.mark)
    }

    /// Moves the file into another folder of the same medium, if its name still means it; whether it
    /// was. Nothing that is there already is replaced.
    #[must_use]
    pub fn move_into(&self, target: &OwnedFd, name: &str) -> bool {
        let here = statat(self.folder, self.name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW);
        if !here.is_ok_and(|stat| mark_of(&stat).file == self.mark.file) {
            return false;
        }
        if statat(target, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return false;
        }
        rustix::fs::renameat(self.folder, self.name.as_c_str(), target, name).is_ok()
    }
}

/// Device of a folder and the number of its owner.
///
/// # Errors
/// `InvalidInput` if it is no folder.
pub fn place_of(folder: &Path) -> Result<(u64, u32)> {
    let handle = open_root(folder)?;
    let stat = fstat(&handle).map_err(|error| unreadable(folder, error))?;
    Ok((stat.st_dev, stat.st_uid))
}

/// Opens a folder by its path: what the person named.
pub(crate) fn open_root(folder: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(folder, flags, Mode::empty()).map_err(|error| unreadable(folder, error))
}

fn unreadable(folder: &Path, error: rustix::io::Errno) -> OutpostError {
    let name = shown(folder.as_os_str().as_bytes());
    OutpostError::invalid(name, "unreadable", std::io::Error::from(error))
}

/// Looks through a folder and everything below it. `found` gets each file that begins like one of
/// ours, by name within a folder; it says whether to go on. `elapsed_ms` tells how long looking took
/// so far.
///
/// # Errors
/// `InvalidInput` if the folder cannot be read; those of `found`.
pub fn look_through(
    root: &Path,
    limits: &MediumLimits,
    elapsed_ms: &dyn Fn() -> u64,
    found: &mut dyn FnMut(Found<'_>) -> Result<bool>,
) -> Result<MediumReport> {
    let handle = open_root(root)?;
    let stat = fstat(&handle).map_err(|error| unreadable(root, error))?;
    let report = MediumReport::default();
    let ancestors = vec![(stat.st_dev, stat.st_ino)];
    let mut walk =
        Walk { limits, elapsed_ms, found, report, device: stat.st_dev, ancestors, path: vec![] };
    walk.folder(&handle)?;
    Ok(walk.report)
}

struct Walk<'a> {
    limits: &'a MediumLimits,
    elapsed_ms: &'a dyn Fn() -> u64,
    found: &'a mut dyn FnMut(Found<'_>) -> Result<bool>,
    report: MediumReport,
    device: u64,
    ancestors: Vec<(u64, u64)>,
    path: Vec<u8>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &OwnedFd) -> Result<()> {
        for name in self.names(folder) {
            if self.must_stop() {
                return Ok(());
            }
            self.report.entries += 1;
            let length = self.path.len();
            self.path.extend_from_slice(name.as_bytes());
            let done = self.entry(folder, &name);
            self.path.truncate(length);
            done?;
        }
        Ok(())
    }

    /// Names in order, no more than may still be looked at.
    fn names(&mut self, folder: &OwnedFd) -> Vec<CString> {
        let left = self.limits.entries_max.saturating_sub(self.report.entries);
        let mut names = Vec::new();
        let Ok(listing) = Dir::read_from(folder) else {
            self.ignore(Ignored::Unreadable);
            return names;
        };
        for entry in listing {
            let Ok(entry) = entry else {
                self.ignore(Ignored::Unreadable);
                break;
            };
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            if names.len() as u64 >= left {
                self.report.unfinished.get_or_insert(Unfinished::Entries);
                break;
            }
            names.push(entry.file_name().to_owned());
        }
        names.sort();
        names
    }

    fn must_stop(&mut self) -> bool {
        let report = &mut self.report;
        let reached = match () {
            () if report.entries >= self.limits.entries_max => Unfinished::Entries,
            () if report.looked_at_bytes >= self.limits.looked_at_bytes_max => Unfinished::Bytes,
            () if (self.elapsed_ms)() >= self.limits.ms_max => Unfinished::Time,
            () => return matches!(report.unfinished, Some(Unfinished::Cancelled)),
        };
        report.unfinished.get_or_insert(reached);
        true
    }

    fn entry(&mut self, folder: &OwnedFd, name: &CString) -> Result<()> {
        let Ok(stat) = statat(folder, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW) else {
            self.ignore(Ignored::Unreadable);
            return Ok(());
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.file(folder, name, &stat),
            FileType::Directory => self.below(folder, name, &stat),
            FileType::Symlink => self.pass(Ignored::Link),
            FileType::Fifo | FileType::Socket => self.pass(Ignored::Pipe),
            FileType::CharacterDevice | FileType::BlockDevice => self.pass(Ignored::Device),
            _ => self.pass(Ignored::Other),
        }
    }

    fn below(&mut self, folder: &OwnedFd, name: &CString, stat: &Stat) -> Result<()> {
        let id = (stat.st_dev, stat.st_ino);
        if stat.st_dev != self.device {
            return self.pass(Ignored::OtherMedium);
        }
        if self.ancestors.contains(&id) {
            return self.pass(Ignored::Loop);
        }
        if self.ancestors.len() > self.limits.depth_max as usize {
            return self.pass(Ignored::TooDeep);
        }
        let opened = openat(folder, name.as_c_str(), OPEN | OFlags::DIRECTORY, Mode::empty());
        let Ok(opened) = opened else { return self.pass(Ignored::Unreadable) };
        if !fstat(&opened).is_ok_and(|now| (now.st_dev, now.st_ino) == id) {
            return self.pass(Ignored::Changed);
        }
        self.ancestors.push(id);
        self.path.push(b'/');
        let done = self.folder(&opened);
        self.ancestors.pop();
        done
    }

    fn file(&mut self, folder: &OwnedFd, name: &CString, stat: &Stat) -> Result<()> {
        let mark = mark_of(stat);
        if mark.file.0 != self.device {
            return self.pass(Ignored::OtherMedium);
        }
        let Ok(opened) = openat(folder, name.as_c_str(), OPEN, Mode::empty()) else {
            return self.pass(Ignored::Unreadable);
        };
        if !fstat(opened.as_fd()).is_ok_and(|now| is_same_file(&now, stat)) {
            return self.pass(Ignored::Changed);
        }
        let file = File::from(opened);
        let mut first = [0; FIRST_BYTES];
        let Ok(read) = read_first(&file, &mut first) else {
            return self.pass(Ignored::Unreadable);
        };
        self.report.looked_at_bytes += read as u64;
        match classify(&first[..read], name.as_bytes()) {
            Looks::Foreign(reason) => self.pass(reason),
            Looks::Ours(_) if mark.bytes > self.limits.file_bytes_max => {
                self.pass(Ignored::TooLarge)
            }
            Looks::Ours(kind) => {
                self.report.ours += 1;
                let shown = shown(&self.path);
                if !(self.found)(Found { kind, file, mark, shown, folder, name })? {
                    self.report.unfinished.get_or_insert(Unfinished::Cancelled);
                }
                Ok(())
            }
        }
    }

    fn pass(&mut self, reason: Ignored) -> Result<()> {
        self.ignore(reason);
        Ok(())
    }

    fn ignore(&mut self, reason: Ignored) {
        let path = &self.path;
        self.report.ignore(reason, || shown(path), self.limits.names_shown_max);
    }
}

fn read_first(file: &File, first: &mut [u8]) -> std::io::Result<usize> {
    let mut read = 0;
    while read < first.len() {
        match file.read_at(&mut first[read..], read as u64)? {
            0 => break,
            count => read += count,
        }
    }
    Ok(read)
}

fn is_same_file(now: &Stat, then: &Stat) -> bool {
    let id = |stat: &Stat| (stat.st_dev, stat.st_ino);
    FileType::from_raw_mode(now.st_mode) == FileType::RegularFile && id(now) == id(then)
}

fn mark_of(stat: &Stat) -> FileMark {
    FileMark {
        file: (stat.st_dev, stat.st_ino),
        bytes: u64::try_from(stat.st_size).unwrap_or(0),
        modified_ns: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
    }
}
