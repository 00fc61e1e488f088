//! A medium that came from somewhere: a stick, an inbox folder. What on it is ours, and what is not.
//!
//! Media carry malware, look-alikes and noise (requirement O3). So nothing is judged by its name,
//! nothing is opened but a regular file, of which the first bytes alone are read, and no link is
//! followed. A file that begins like one of ours is given out as the handle through which it was
//! looked at: no second opening by name, which could find another file. Nothing is executed, written,
//! moved or deleted here; names are shown with everything escaped that could deceive a reader.
//!
//! What begins like ours is still only claimed to be: the exchange library verifies it.

mod classify;
mod names;
#[cfg(unix)]
mod walk;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use outpost_exchange::Hash;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use classify::{FIRST_BYTES, Looks, OurKind, classify};
pub use names::shown;
#[cfg(unix)]
pub(crate) use walk::open_root;
#[cfg(unix)]
pub use walk::{Found, look_through, place_of};

use crate::error::{OutpostError, Result};
use crate::limits::{
    MEDIUM_DEPTH_MAX, MEDIUM_ENTRIES_MAX, MEDIUM_FILE_BYTES_MAX, MEDIUM_LOOKED_AT_BYTES_MAX,
    MEDIUM_MS_MAX, MEDIUM_NAMES_SHOWN_MAX,
};

/// How far a medium is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediumLimits {
    /// Entries of folders.
    pub entries_max: u64,
    /// Folders inside one another.
    pub depth_max: u32,
    /// Bytes read to find out what files are.
    pub looked_at_bytes_max: u64,
    /// Size of a file that is still taken for ours, in bytes.
    pub file_bytes_max: u64,
    /// Names that are shown for each reason.
    pub names_shown_max: usize,
    /// Milliseconds that looking may take, not counting what is done with what was found.
    pub ms_max: u64,
}

impl Default for MediumLimits {
    fn default() -> Self {
        Self {
            entries_max: MEDIUM_ENTRIES_MAX,
            depth_max: MEDIUM_DEPTH_MAX,
            looked_at_bytes_max: MEDIUM_LOOKED_AT_BYTES_MAX,
            file_bytes_max: MEDIUM_FILE_BYTES_MAX,
            names_shown_max: MEDIUM_NAMES_SHOWN_MAX,
            ms_max: MEDIUM_MS_MAX,
        }
    }
}

/// Why something on a medium is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// A link; it may lead anywhere.
    Link,
    /// A pipe or socket: whoever opens it may wait for ever.
    Pipe,
    /// A device.
    Device,
    /// A folder in which another medium is mounted.
    OtherMedium,
    /// A folder that is its own ancestor: the file system is damaged.
    Loop,
    /// A folder that lies too deep.
    TooDeep,
    /// Larger than any file of ours.
    TooLarge,
    /// An empty file.
    Empty,
    /// What a system might start by itself when the medium is put in.
    Autorun,
    /// A program or script.
    Program,
    /// A shortcut to something else.
    Shortcut,
    /// An archive of another kind; it may unpack without end.
    Archive,
    /// A document, picture, film.
    Document,
    /// Named like a file of ours and none.
    LookAlike,
    /// Anything else.
    Other,
    /// It cannot be read.
    Unreadable,
    /// It became another file while it was opened.
    Changed,
}

impl Ignored {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Link => "links, not followed",
            Self::Pipe => "pipes and sockets, not opened",
            Self::Device => "devices, not opened",
            Self::OtherMedium => "folders of another medium",
            Self::Loop => "folders that contain themselves: the medium is damaged",
            Self::TooDeep => "folders that lie too deep",
            Self::TooLarge => "files larger than any of ours",
            Self::Empty => "empty files",
            Self::Autorun => "files that start by themselves on some systems",
            Self::Program => "programs and scripts, not started",
            Self::Shortcut => "shortcuts, not followed",
            Self::Archive => "archives of other kinds, not unpacked",
            Self::Document => "documents and pictures, not opened",
            Self::LookAlike => "files named like ours that are none",
            Self::Other => "other files",
            Self::Unreadable => "files that cannot be read",
            Self::Changed => "files that changed while they were opened",
        }
    }

    /// Whether somebody should look at the medium: an honest stick has none of these.
    #[must_use]
    pub const fn is_suspicious(self) -> bool {
        matches!(
            self,
            Self::Autorun
                | Self::Program
                | Self::Shortcut
                | Self::LookAlike
                | Self::Loop
                | Self::Pipe
                | Self::Device
                | Self::Changed
        )
    }
}

/// What was ignored for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IgnoredGroup {
    /// How many.
    pub count: u64,
    /// The first of their names, escaped.
    pub names: Vec<String>,
}

/// Why not all of a medium was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfinished {
    /// It has more entries than are looked at.
    Entries,
    /// Looking at it takes too many bytes.
    Bytes,
    /// It takes too long.
    Time,
    /// Somebody asked to stop.
    Cancelled,
}

/// What a medium holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MediumReport {
    /// Entries that were looked at.
    pub entries: u64,
    /// Bytes that were read to find out what they are.
    pub looked_at_bytes: u64,
    /// Files that begin like ours.
    pub ours: u64,
    /// What was ignored and why.
    pub ignored: BTreeMap<Ignored, IgnoredGroup>,
    /// Why not all of it was looked at; `None` if it was.
    pub unfinished: Option<Unfinished>,
}

impl MediumReport {
    fn ignore(&mut self, reason: Ignored, name: impl FnOnce() -> String, names_shown_max: usize) {
        let group = self.ignored.entry(reason).or_default();
        group.count += 1;
        if group.names.len() < names_shown_max {
            group.names.push(name());
        }
    }

    /// How many entries were ignored.
    #[must_use]
    pub fn ignored_count(&self) -> u64 {
        self.ignored.values().map(|group| group.count).sum()
    }

    /// Whether somebody should look at the medium.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        self.ignored.keys().any(|reason| reason.is_suspicious())
    }
}

/// What a file is known by while its folder does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileMark {
    /// Device and number of the file there.
    pub file: (u64, u64),
    /// Size in bytes.
    pub bytes: u64,
    /// Last change, nanoseconds by the medium's clock.
    pub modified_ns: i128,
}

/// Copies a file through the handle that was looked at into one that nobody else writes to, and says
/// what its hash is. From then on it cannot change any more.
///
/// # Errors
/// `InvalidInput` if it cannot be read or does not have the size that it had; storage errors.
pub(crate) fn copy_whole(file: &mut File, mark: FileMark, copy: &mut File) -> Result<Hash> {
    let unreadable = |error: std::io::Error| OutpostError::invalid("file", "unreadable", error);
    let unwritable =
        |error: std::io::Error| crate::platform::storage(&error, "a file beside the database");
    copy.set_len(0).map_err(unwritable)?;
    copy.seek(SeekFrom::Start(0)).map_err(unwritable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut left = mark.bytes;
    let mut buffer = vec![0; 256 * 1024];
    while left > 0 {
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = file.read(&mut buffer[..wanted]).map_err(unreadable)?;
        if read == 0 {
            return Err(still_changing());
        }
        hash.update(&buffer[..read]);
        copy.write_all(&buffer[..read]).map_err(unwritable)?;
        left -= read as u64;
    }
    // Whatever follows belongs to a file that still grows.
    if file.read(&mut [0]).map_err(unreadable)? != 0 {
        return Err(still_changing());
    }
    copy.seek(SeekFrom::Start(0)).map_err(unwritable)?;
    Ok(Hash(hash.finalize().into()))
}

pub(crate) fn still_changing() -> OutpostError {
    OutpostError::invalid("file", "changing", "it is still being written: wait and look again")
}
