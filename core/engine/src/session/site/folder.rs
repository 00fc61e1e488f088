//! Taking in what a folder holds: a stick, or the inbox of a site.
//!
//! Each file that begins like one of ours is copied once, through the handle by which it was looked
//! at, to a place where nobody else writes; that copy is verified and taken in. So what was verified is
//! what is read, whatever happens to the medium meanwhile. On a medium nothing is changed; in an inbox
//! of this machine's own, what was taken in is moved aside.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use outpost_exchange::Hash;
use outpost_exchange::file::{peek_key_list, signed_size};
use outpost_exchange::limits::PART_HEADER_BYTES_MAX;
use outpost_exchange::split::{Joiner, PartHeader};

use super::outgoing::scratch;
use crate::CancelToken;
use crate::disk::free_bytes;
use crate::error::{OutpostError, Result};
use crate::limits::{FREE_SPACE_WARN_BYTES, PARTED_FILES_MAX};
use crate::medium::Found;
use crate::medium::{
    FileMark, MediumLimits, OurKind, copy_whole, look_through, open_root, place_of, still_changing,
};
use crate::model::{
    FilePlan, FolderLeft, FolderOptions, FolderReport, FolderTaken, FolderUpdate, ImportObserver,
    PackageStep, RunningVersion, TakenIn,
};
use crate::refusals;
use crate::session::Session;

/// What is remembered of a folder between two rounds.
#[derive(Debug, Default)]
pub struct FolderWatch {
    /// Files as they were seen last.
    seen: BTreeMap<(u64, u64), FileMark>,
    /// Files that need no second look as long as they are as they were.
    done: BTreeSet<FileMark>,
    /// Files that were left, which may count once other keys are known.
    left: BTreeSet<FileMark>,
    /// The keys that were known then.
    keys: Option<Hash>,
}

/// A file in parts, while its parts are found.
struct Parted {
    joiner: Joiner,
    whole: File,
    name: String,
    damaged: Option<String>,
}

struct Round<'a> {
    session: &'a Session,
    options: &'a FolderOptions,
    observer: &'a dyn ImportObserver,
    cancel: &'a CancelToken,
    watch: &'a mut FolderWatch,
    aside: Option<OwnedFd>,
    report: FolderReport,
    parted: BTreeMap<Hash, Parted>,
    seen: BTreeMap<(u64, u64), FileMark>,
    keys_changed: bool,
}

impl Session {
    /// Looks through a folder and takes in what is ours and verified. Everything else is left alone and
    /// counted by its reason. `watch` remembers between two rounds over the same folder.
    ///
    /// # Errors
    /// `InvalidInput` if the folder cannot be read; `Busy` while a synchronisation runs; `Cancelled`;
    /// storage errors. A file that is refused is in the report and stops no other.
    pub fn take_in_folder(
        &self,
        folder: &Path,
        options: &FolderOptions,
        limits: &MediumLimits,
        watch: &mut FolderWatch,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<FolderReport> {
        let aside = self.aside_of(folder, options)?;
        let keys = Some(Hash::of(self.ring()?.to_json().as_bytes()));
        if watch.keys != keys {
            watch.left.clear();
            watch.keys = keys;
        }
        let seen = BTreeMap::new();
        let report = FolderReport::default();
        let parted = BTreeMap::new();
        let mut round = Round {
            session: self,
            options,
            observer,
            cancel,
            watch,
            aside,
            report,
            parted,
            seen,
            keys_changed: false,
        };
        round.over(folder, limits)?;
        // A key list that came may make senders known whose files came before it.
        if round.keys_changed && round.report.left.iter().any(|left| left.is_refused) {
            round.keys_changed = false;
            round.report.left.clear();
            round.watch.left.clear();
            round.over(folder, limits)?;
        }
        round.watch.seen = std::mem::take(&mut round.seen);
        Ok(round.report)
    }

    /// The folder beside an inbox of this machine's own into which taken files are moved; `None` for a
    /// medium or somebody else's folder.
    fn aside_of(&self, folder: &Path, options: &FolderOptions) -> Result<Option<OwnedFd>> {
        if !options.moves || options.dry_run {
            return Ok(None);
        }
        let home = self.inner.database.parent().unwrap_or(Path::new("."));
        if place_of(folder)? != place_of(home)? {
            return Ok(None);
        }
        let mut beside = folder.as_os_str().to_owned();
        beside.push(".taken");
        let beside = PathBuf::from(beside);
        let made = std::fs::create_dir(&beside);
        let is_there = made.is_ok() || beside.symlink_metadata().is_ok_and(|it| it.is_dir());
        // Where it cannot be made, files stay where they are: the ledger knows them again.
        is_there.then(|| open_root(&beside)).transpose()
    }
}

impl Round<'_> {
    fn over(&mut self, folder: &Path, limits: &MediumLimits) -> Result<()> {
        self.parted.clear();
        self.report.growing.clear();
        let clock = std::sync::Arc::clone(&self.session.inner.platform.clock);
        let began = clock.uptime_ms();
        // Only looking counts: taking in a large file may last.
        let working = std::cell::Cell::new(0u64);
        let elapsed = || clock.uptime_ms().saturating_sub(began).saturating_sub(working.get());
        let mut found = |file: Found<'_>| {
            let began = clock.uptime_ms();
            let done = self.found(file);
            working.set(working.get() + clock.uptime_ms().saturating_sub(began));
            done
        };
        let medium = look_through(folder, limits, &elapsed, &mut found)?;
        if self.cancel.is_cancelled() {
            return Err(OutpostError::Cancelled);
        }
        self.report.medium = medium;
        self.join()
    }

    fn found(&mut self, mut file: Found<'_>) -> Result<bool> {
        if self.cancel.is_cancelled() {
            return Ok(false);
        }
        let mark = file.mark;
        self.seen.insert(mark.file, mark);
        if self.watch.done.contains(&mark) || self.watch.left.contains(&mark) {
            self.report.unchanged += 1;
            return Ok(true);
        }
        let is_settled = self.watch.seen.get(&mark.file) == Some(&mark);
        if self.options.must_settle && !is_settled {
            self.report.growing.push(file.shown);
            return Ok(true);
        }
        match file.kind {
            OurKind::Exchange => {
                let before = self.report.left.len();
                self.exchange_file(&mut file)?;
                if self.report.left.len() > before && file.is_unchanged() && !self.options.dry_run {
                    self.watch.left.insert(mark);
                }
            }
            OurKind::Part => self.part(&mut file),
            OurKind::Package | OurKind::Release if self.updates().is_some() => {
                self.update(&mut file)?;
            }
            kind => self.leave(file.shown, kind, false, for_another_command(kind).to_owned()),
        }
        Ok(true)
    }

    fn leave(&mut self, path: String, kind: OurKind, is_refused: bool, reason: String) {
        self.report.left.push(FolderLeft { path, kind, is_refused, reason });
    }

    fn exchange_file(&mut self, file: &mut Found<'_>) -> Result<()> {
        let taken = self.copied(file).and_then(|(mut copy, hash)| {
            let taken = self.take_in(&mut copy)?;
            Ok((taken, hash))
        });
        let path = file.shown.clone();
        match taken {
            Ok((taken, hash)) => {
                let is_done = is_done_with(taken.file.plan);
                if !is_done {
                    self.leave(path, OurKind::Exchange, false, taken.file.advice);
                    return Ok(());
                }
                let moved = self.move_aside(file, hash.short());
                if !self.options.dry_run && !moved {
                    self.watch.done.insert(file.mark);
                }
                self.push(path, hash, moved, taken);
            }
            // One that is refused stops no other; what is wrong with this device does.
            Err(error @ OutpostError::InvalidInput { .. }) => {
                let reason = match file.is_unchanged() {
                    true => error.to_string(),
                    false => still_changing().to_string(),
                };
                self.leave(path, OurKind::Exchange, true, reason);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn copied(&self, file: &mut Found<'_>) -> Result<(File, Hash)> {
        self.check_size(file)?;
        self.check_room(file.mark.bytes)?;
        let mut copy = scratch(&self.session.inner.database, "inbox")?;
        let hash = copy_whole(&mut file.file, file.mark, &mut copy)?;
        Ok((copy, hash))
    }

    /// Only what somebody known has signed, and as much as was signed, is copied: a medium full of
    /// beginnings costs no more than those.
    fn check_size(&self, file: &mut Found<'_>) -> Result<()> {
        let mut ring = self.session.ring()?;
        let list = peek_key_list(&mut file.file).map_err(refusals::of_exchange)?;
        if let Some(list) = list {
            // It counts only if a centre known here signed it.
            ring.apply_list(&list).ok();
        }
        let signed = signed_size(&mut file.file, &ring).map_err(refusals::of_exchange)?;
        let reason = match signed.cmp(&file.mark.bytes) {
            Ordering::Equal => return Ok(()),
            Ordering::Greater => "the file ends too early: copy it again, to its end",
            Ordering::Less => "something follows the end of the file: ask its sender for it again",
        };
        Err(OutpostError::invalid("file", "size", reason))
    }

    fn check_room(&self, bytes: u64) -> Result<()> {
        let room = self.session.inner.database.parent().and_then(free_bytes);
        let needed = bytes.saturating_add(FREE_SPACE_WARN_BYTES);
        if room.is_some_and(|room| room < needed) {
            let reason = "there is no room to copy it to: free space on this machine";
            return Err(OutpostError::invalid("file", "room", reason));
        }
        Ok(())
    }

    fn take_in(&mut self, whole: &mut File) -> Result<TakenIn> {
        let Self { session, options, observer, cancel, .. } = self;
        let taken = session.take_in(whole, options.dry_run, *observer, cancel)?;
        self.keys_changed |= taken.report.keys_changed > 0;
        Ok(taken)
    }

    fn push(&mut self, path: String, hash: Hash, moved: bool, taken: TakenIn) {
        // The second look at a medium finds what the first one took in.
        let known = self.report.taken.iter().any(|before| before.path == path);
        if !known {
            let sha256 = hash.to_string();
            self.report.taken.push(FolderTaken { path, sha256, moved, taken });
        }
    }

    fn move_aside(&self, file: &Found<'_>, mark: impl Display) -> bool {
        let Some(aside) = &self.aside else { return false };
        let last = file.shown.rsplit('/').next().unwrap_or_default();
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '_' }
        };
        let name: String = last.chars().map(plain).take(100).collect();
        let first = format!("{mark}-{name}");
        file.move_into(aside, &first)
            || (2..10).any(|copy| file.move_into(aside, &format!("{first}.{copy}")))
    }

    /// What runs here, if forms and updates are taken in too.
    fn updates(&self) -> Option<&RunningVersion> {
        self.options.updates.as_ref().filter(|_| !self.options.dry_run)
    }

    /// Forms and updates are read twice through the handle, and count only if both times were the same.
    fn update(&mut self, file: &mut Found<'_>) -> Result<()> {
        let Some(running) = self.updates() else { return Ok(()) };
        let path = file.shown.clone();
        let (session, kind) = (self.session, file.kind);
        let mut update = FolderUpdate { path, moved: false, forms: None, release: None };
        let done = match kind {
            OurKind::Package => session.apply_package(&mut file.file, false).map(|applied| {
                let is_done = applied.applied || applied.package.plan == PackageStep::Known;
                let why = applied.package.advice.clone();
                self.keys_changed |= applied.keys_changed > 0;
                update.forms = Some(applied);
                (is_done, why)
            }),
            _ => session.take_in_release(&mut file.file, None, running).map(|taken| {
                let (is_done, why) = (taken.is_taken, taken.words.clone());
                update.release = Some(taken);
                (is_done, why)
            }),
        };
        match done {
            Ok((true, _)) => {
                update.moved = self.move_aside(file, file.mark.file.1);
                if !update.moved {
                    self.watch.done.insert(file.mark);
                }
                self.report.updates.push(update);
            }
            Ok((false, why)) => self.left_for_now(file, false, why),
            Err(error @ (OutpostError::InvalidInput { .. } | OutpostError::NotFound { .. })) => {
                self.left_for_now(file, true, error.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// It is looked at again once other keys are known.
    fn left_for_now(&mut self, file: &Found<'_>, is_refused: bool, reason: String) {
        self.leave(file.shown.clone(), file.kind, is_refused, reason);
        if file.is_unchanged() {
            self.watch.left.insert(file.mark);
        }
    }

    fn part(&mut self, file: &mut Found<'_>) {
        if let Err(error) = self.add_part(file) {
            self.leave(file.shown.clone(), OurKind::Part, true, error.to_string());
        }
    }

    fn add_part(&mut self, file: &mut Found<'_>) -> Result<()> {
        let unreadable = |error: std::io::Error| OutpostError::invalid("file", "unreadable", error);
        let mut line = Vec::new();
        let mut start = BufReader::new(&file.file).take(PART_HEADER_BYTES_MAX as u64);
        start.read_until(b'\n', &mut line).map_err(unreadable)?;
        let header = PartHeader::parse(&line).map_err(refusals::of_exchange)?;
        self.check_room(file.mark.bytes)?;
        file.file.rewind().map_err(unreadable)?;
        if !self.parted.contains_key(&header.file()) {
            if self.parted.len() >= PARTED_FILES_MAX {
                let reason = "parts of too many files are here: take in some of them first";
                return Err(OutpostError::invalid("file", "parts", reason));
            }
            let whole = scratch(&self.session.inner.database, "parts")?;
            let name = file.shown.clone();
            let parted = Parted { joiner: Joiner::default(), whole, name, damaged: None };
            self.parted.insert(header.file(), parted);
        }
        let Some(parted) = self.parted.get_mut(&header.file()) else { return Ok(()) };
        let mut input = BufReader::new(&file.file);
        let added = parted.joiner.add(&mut input, &mut parted.whole);
        if let Err(error) = added {
            // Perhaps another copy of it is whole: what is missing in the end is named.
            parted.damaged.get_or_insert(error.to_string());
        }
        Ok(())
    }

    /// Takes in the files whose parts are all here.
    fn join(&mut self) -> Result<()> {
        for (hash, mut parted) in std::mem::take(&mut self.parted) {
            if let Err(error) = parted.joiner.finish(&mut parted.whole) {
                let reason = parted.damaged.unwrap_or_else(|| error.to_string());
                self.leave(parted.name, OurKind::Part, false, reason);
                continue;
            }
            match self.take_in(&mut parted.whole) {
                Ok(taken) if is_done_with(taken.file.plan) => {
                    self.push(parted.name, hash, false, taken);
                }
                Ok(taken) => self.leave(parted.name, OurKind::Part, false, taken.file.advice),
                Err(error @ OutpostError::InvalidInput { .. }) => {
                    self.leave(parted.name, OurKind::Part, true, error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether a file has done what it can do here.
const fn is_done_with(plan: FilePlan) -> bool {
    matches!(plan, FilePlan::TakeIn | FilePlan::Known | FilePlan::Covered | FilePlan::Waits)
}

const fn for_another_command(kind: OurKind) -> &'static str {
    match kind {
        OurKind::Package => "metadata of the centre: outpost package apply",
        OurKind::Release => "an update of the programs: outpost release take-in",
        OurKind::KeyList => "a key list: outpost exchange keys --take",
        OurKind::Rotation => "a new key of a site: outpost exchange rotate --take",
        OurKind::Backup => "a backup of a machine: outpost site restore",
        OurKind::Exchange | OurKind::Part => "",
    }
}
