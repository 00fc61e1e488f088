//! Where received bytes lie: one folder of the caller, in it one for each phone, in it files named by
//! their hash. `.part` is on its way, `.file` is whole and verified.
//!
//! Blocks; called from threads that may. Nothing here comes from the wire but sizes and hashes. A part
//! outlives connections, sessions and the process, so a transfer goes on where it stood; its bytes are
//! hashed again from the disk. What a dead battery or another hand made of them shows at the end: then
//! the part is thrown away and the file comes again from its beginning.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest;

use crate::error::NearbyError;
use crate::limits::{
    ALL_BYTES_MAX, FILE_BYTES_MAX, KEEP_FREE_BYTES, PHONE_BYTES_MAX, PHONE_FILES_MAX,
};
use crate::protocol::{Decline, FileHash, Offer, PhoneKey};

const PART: &str = "part";
const WHOLE: &str = "file";

/// How much may lie on a shelf. Lower for tests and small devices, never higher than the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShelfLimits {
    /// Bytes of a file.
    pub file_bytes_max: u64,
    /// Bytes of one phone, files that are on their way counted whole.
    pub phone_bytes_max: u64,
    /// Files of one phone.
    pub phone_files_max: usize,
    /// Bytes of all phones.
    pub all_bytes_max: u64,
    /// Bytes of the disk that are left alone.
    pub keep_free_bytes: u64,
}

impl Default for ShelfLimits {
    fn default() -> Self {
        Self {
            file_bytes_max: FILE_BYTES_MAX,
            phone_bytes_max: PHONE_BYTES_MAX,
            phone_files_max: PHONE_FILES_MAX,
            all_bytes_max: ALL_BYTES_MAX,
            keep_free_bytes: KEEP_FREE_BYTES,
        }
    }
}

/// A peer as the shelf knows it: a name for its folder that tells nothing of its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(String);

impl PeerId {
    /// The name for the phone with this key.
    #[must_use]
    pub fn of(key: &PhoneKey) -> Self {
        let digest = digest::digest(&digest::SHA256, &[b"outpost-phone-1\0", &key.0[..]].concat());
        Self(hex(&digest.as_ref()[..16]))
    }

    /// The name under which a phone keeps what a tablet gave it. One for all tablets: whatever it was
    /// given, whoever goes on may go on with it.
    #[must_use]
    pub fn tablet() -> Self {
        Self("tablet".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(name: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let fits = name == "tablet" || (name.len() == 32 && name.bytes().all(is_hex));
        fits.then(|| Self(name.to_owned()))
    }
}

/// A whole file on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// From whom.
    pub from: PeerId,
    /// Its hash.
    pub hash: FileHash,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Files that are on their way now, with their sizes.
type UnderWay = BTreeMap<(PeerId, FileHash), u64>;

/// A folder for received files.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    limits: ShelfLimits,
    under_way: Arc<Mutex<UnderWay>>,
}

/// How an offered file stands.
#[derive(Debug)]
pub(crate) enum Place {
    /// It is here, whole.
    Whole(Kept),
    /// It goes on.
    Part(Box<Part>),
    /// It is not taken.
    Declined(Decline),
}

impl Shelf {
    /// Opens a folder and makes it if need be. It belongs to the shelf alone; other things in it are
    /// left alone.
    ///
    /// # Errors
    /// [`NearbyError::Disk`] if it cannot be made.
    pub fn open(folder: impl Into<PathBuf>, limits: ShelfLimits) -> Result<Self, NearbyError> {
        let folder = folder.into();
        make_folder(&folder).map_err(|error| NearbyError::disk("making the folder", &error))?;
        Ok(Self { folder, limits, under_way: Arc::default() })
    }

    /// Every whole file, of whomever: what a caller takes in that was closed before it could.
    ///
    /// # Errors
    /// [`NearbyError::Disk`].
    pub fn kept(&self) -> Result<Vec<Kept>, NearbyError> {
        let mut kept = Vec::new();
        for peer in self.peers() {
            for (hash, ending, bytes) in self.files(&peer) {
                if ending == WHOLE {
                    let path = self.path(&peer, hash, WHOLE);
                    kept.push(Kept { from: peer.clone(), hash, path, bytes });
                }
            }
        }
        Ok(kept)
    }

    /// Throws a file away that was taken in, or its part.
    ///
    /// # Errors
    /// [`NearbyError::Disk`] if the disk refuses; that it is gone already is none.
    pub fn remove(&self, from: &PeerId, hash: FileHash) -> Result<(), NearbyError> {
        for ending in [PART, WHOLE] {
            match fs::remove_file(self.path(from, hash, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(NearbyError::disk("removing a file", &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Throws parts away that nobody went on with since `before`; gives how many.
    pub fn forget_parts(&self, before: std::time::SystemTime) -> usize {
        let under_way = self.under_way();
        let mut count = 0;
        for peer in self.peers() {
            for (hash, ending, _) in self.files(&peer) {
                let path = self.path(&peer, hash, ending);
                let changed = fs::metadata(&path).and_then(|found| found.modified());
                let is_old = ending == PART
                    && changed.is_ok_and(|changed| changed < before)
                    && !under_way.contains_key(&(peer.clone(), hash));
                if is_old && fs::remove_file(&path).is_ok() {
                    count += 1;
                }
            }
        }
        count
    }

    /// Finds out how a file stands and, if it is taken, makes room for it.
    pub(crate) fn place(&self, from: &PeerId, offer: Offer) -> Place {
        match self.try_place(from, offer) {
            Ok(place) => place,
            Err(why) => Place::Declined(why),
        }
    }

    fn try_place(&self, from: &PeerId, offer: Offer) -> Result<Place, Decline> {
        let whole = self.path(from, offer.hash, WHOLE);
        if plain_size(&whole).map_err(|error| decline(&error))? == Some(offer.bytes) {
            let kept =
                Kept { from: from.clone(), hash: offer.hash, path: whole, bytes: offer.bytes };
            return Ok(Place::Whole(kept));
        }
        let ticket = self.make_room(from, offer)?;
        make_folder(&self.folder.join(from.as_str())).map_err(|error| decline(&error))?;
        let part = Part::open(self.path(from, offer.hash, PART), offer, ticket);
        let part = part.map_err(|error| decline(&error))?;
        if part.have < offer.bytes {
            return Ok(Place::Part(Box::new(part)));
        }
        // The process ended between the last byte and the verdict.
        match part.finish(from) {
            Ok(kept) => Ok(Place::Whole(kept)),
            Err(Decline::Damaged) => self.try_place(from, offer),
            Err(why) => Err(why),
        }
    }

    /// Checks the quotas; what is under way counts whole, so that many small beginnings cannot add up.
    fn make_room(&self, from: &PeerId, offer: Offer) -> Result<Ticket, Decline> {
        if !offer.is_allowed() || offer.bytes > self.limits.file_bytes_max {
            return Err(Decline::TooLarge);
        }
        let key = (from.clone(), offer.hash);
        let mut under_way = self.under_way();
        if under_way.contains_key(&key) {
            return Err(Decline::Busy);
        }
        let mut lying = under_way.clone();
        for peer in self.peers() {
            for (hash, _, bytes) in self.files(&peer) {
                let file = lying.entry((peer.clone(), hash)).or_default();
                *file = bytes.max(*file);
            }
        }
        let here = lying.insert(key.clone(), offer.bytes).unwrap_or(0);
        let mine = lying.iter().filter(|((peer, _), _)| peer == from).map(|(_, bytes)| *bytes);
        let files = mine.clone().count();
        let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
        let (mine, all) = (sum(&mut mine.into_iter()), sum(&mut lying.values().copied()));
        if mine > self.limits.phone_bytes_max || files > self.limits.phone_files_max {
            return Err(Decline::PhoneQuota);
        }
        if all > self.limits.all_bytes_max {
            return Err(Decline::Quota);
        }
        let needed = offer.bytes.saturating_sub(here).saturating_add(self.limits.keep_free_bytes);
        if free_bytes(&self.folder).is_some_and(|free| free < needed) {
            return Err(Decline::NoSpace);
        }
        under_way.insert(key.clone(), offer.bytes);
        Ok(Ticket { key, under_way: Arc::clone(&self.under_way) })
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, peer: &PeerId, hash: FileHash, ending: &str) -> PathBuf {
        self.folder.join(peer.as_str()).join(format!("{hash}.{ending}"))
    }

    fn peers(&self) -> Vec<PeerId> {
        names(&self.folder).iter().filter_map(|name| PeerId::parse(name)).collect()
    }

    /// Hash, ending and size of the files of a peer; whatever is not ours is not there.
    fn files(&self, peer: &PeerId) -> Vec<(FileHash, &'static str, u64)> {
        let folder = self.folder.join(peer.as_str());
        let known = |name: &String| {
            let (hash, ending) = name.split_once('.')?;
            let hash = read_hash(hash)?;
            let ending = [PART, WHOLE].into_iter().find(|known| *known == ending)?;
            let bytes = plain_size(&folder.join(name)).ok().flatten()?;
            Some((hash, ending, bytes))
        };
        names(&folder).iter().filter_map(known).collect()
    }
}

/// That a file is on its way; given back when dropped.
#[derive(Debug)]
struct Ticket {
    key: (PeerId, FileHash),
    under_way: Arc<Mutex<UnderWay>>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// A file on its way in.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    offer: Offer,
    have: u64,
    hasher: digest::Context,
    _ticket: Ticket,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Part({} of {} bytes)", self.have, self.offer.bytes)
    }
}

impl Part {
    fn open(path: PathBuf, offer: Offer, ticket: Ticket) -> io::Result<Self> {
        let here = plain_size(&path)?.filter(|here| *here <= offer.bytes);
        if here.is_none() && fs::symlink_metadata(&path).is_ok() {
            fs::remove_file(&path)?; // Longer than it can be, or no plain file.
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(here.is_none());
        private(&mut options);
        let mut file = options.open(&path)?;
        let (hasher, have) = hash_rest(&mut file)?;
        Ok(Self { file, path, offer, have, hasher, _ticket: ticket })
    }

    /// What it is a part of.
    pub const fn offer(&self) -> Offer {
        self.offer
    }

    /// Bytes that are here.
    pub const fn have(&self) -> u64 {
        self.have
    }

    /// Writes the next bytes. After an error the part is as long as it was.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Decline> {
        if self.have + bytes.len() as u64 > self.offer.bytes {
            return Err(Decline::Damaged);
        }
        let written =
            self.file.seek(SeekFrom::Start(self.have)).and_then(|_| self.file.write_all(bytes));
        if let Err(error) = written {
            // Half a piece is not hashed, so it must not stay either.
            let _ = self.file.set_len(self.have);
            return Err(decline(&error));
        }
        self.hasher.update(bytes);
        self.have += bytes.len() as u64;
        Ok(())
    }

    /// Verifies the whole file, makes it durable and gives it its name. If the hash does not fit the
    /// part is thrown away.
    pub fn finish(self, from: &PeerId) -> Result<Kept, Decline> {
        let Self { file, path, offer, have, hasher, .. } = self;
        if have != offer.bytes || hasher.finish().as_ref() != offer.hash.0 {
            fs::remove_file(&path).map_err(|error| decline(&error))?;
            return Err(Decline::Damaged);
        }
        let whole = path.with_extension(WHOLE);
        let settle = || {
            file.sync_all()?;
            fs::rename(&path, &whole)?;
            sync_folder(&whole)
        };
        settle().map_err(|error| decline(&error))?;
        Ok(Kept { from: from.clone(), hash: offer.hash, path: whole, bytes: offer.bytes })
    }
}

/// SHA-256 and size of a file.
pub(crate) fn hash_file(path: &Path) -> io::Result<Offer> {
    let (hasher, bytes) = hash_rest(&mut File::open(path)?)?;
    let mut hash = [0; 32];
    hash.copy_from_slice(hasher.finish().as_ref());
    Ok(Offer { hash: FileHash(hash), bytes })
}

fn hash_rest(file: &mut File) -> io::Result<(digest::Context, u64)> {
    let mut hasher = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher, bytes)),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn decline(error: &io::Error) -> Decline {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Decline::NoSpace,
        io::ErrorKind::FileTooLarge => Decline::TooLarge,
        _ => Decline::Disk,
    }
}

/// Size of a plain file; `None` if there is none. A link is none, wherever it leads.
fn plain_size(path: &Path) -> io::Result<Option<u64>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.is_file().then_some(found.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let _ = options;
}

#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_hash(text: &str) -> Option<FileHash> {
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(FileHash(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: PhoneKey = PhoneKey([9; 16]);

    fn room() -> (tempfile::TempDir, Shelf, PeerId) {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = ShelfLimits { keep_free_bytes: 0, ..ShelfLimits::default() };
        let shelf = Shelf::open(folder.path().join("inbox"), limits).expect("a shelf");
        (folder, shelf, PeerId::of(&KEY))
    }

    fn offer_of(content: &[u8]) -> Offer {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, content).as_ref());
        Offer { hash: FileHash(hash), bytes: content.len() as u64 }
    }

    #[track_caller]
    fn part(place: Place) -> Box<Part> {
        match place {
            Place::Part(part) => part,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn declined(place: Place, why: Decline) {
        assert!(matches!(place, Place::Declined(found) if found == why), "{place:?}, not {why:?}");
    }

    #[test]
    fn a_file_comes_in_pieces_over_days() {
        let (_folder, shelf, phone) = room();
        let content = b"an exchange file".as_slice();
        let offer = offer_of(content);
        let mut first = part(shelf.place(&phone, offer));
        first.append(&content[..7]).expect("written");
        declined(shelf.place(&phone, offer), Decline::Busy);
        drop(first);
        let mut second = part(shelf.place(&phone, offer));
        assert_eq!(second.have(), 7);
        second.append(&content[7..]).expect("written");
        let kept = second.finish(&phone).expect("verified");
        assert_eq!(fs::read(&kept.path).expect("there"), content);
        assert_eq!(shelf.kept().expect("listed"), std::slice::from_ref(&kept));
        assert!(matches!(shelf.place(&phone, offer), Place::Whole(again) if again == kept));
        shelf.remove(&phone, offer.hash).expect("removed");
        shelf.remove(&phone, offer.hash).expect("removed before");
        assert_eq!(shelf.kept().expect("listed"), []);
    }

    #[test]
    fn what_does_not_fit_its_hash_is_never_handed_on() {
        let (_folder, shelf, phone) = room();
        let offer = offer_of(b"0123456789");
        let mut wrong = part(shelf.place(&phone, offer));
        wrong.append(b"01234x6789").expect("written");
        assert_eq!(wrong.append(b"x"), Err(Decline::Damaged), "more than was offered");
        let path = wrong.path.clone();
        assert_eq!(wrong.finish(&phone), Err(Decline::Damaged));
        assert!(!path.exists());
        // A part that somebody changed on the disk, whole or longer than it can be.
        for lying in [b"0123x".as_slice(), b"01234x6789", b"0123456789 and more"] {
            fs::write(&path, lying).expect("written");
            let mut part = part(shelf.place(&phone, offer));
            let rest = &b"0123456789"[part.have() as usize..];
            part.append(rest).expect("written");
            let verdict = part.finish(&phone).map(|kept| kept.bytes);
            let expected = if lying.len() == 5 { Err(Decline::Damaged) } else { Ok(10) };
            assert_eq!(verdict, expected);
            shelf.remove(&phone, offer.hash).expect("removed");
        }
    }

    #[test]
    fn the_process_may_end_between_the_last_byte_and_the_verdict() {
        let (_folder, shelf, phone) = room();
        let offer = offer_of(b"whole");
        let mut part = part(shelf.place(&phone, offer));
        part.append(b"whole").expect("written");
        drop(part);
        assert!(matches!(shelf.place(&phone, offer), Place::Whole(kept) if kept.bytes == 5));
    }

    #[test]
    fn quotas_count_what_lies_here_and_what_is_on_its_way() {
        let (folder, _, phone) = room();
        let other = PeerId::of(&PhoneKey([8; 16]));
        let limits = ShelfLimits {
            file_bytes_max: 60,
            phone_bytes_max: 100,
            phone_files_max: 3,
            all_bytes_max: 150,
            keep_free_bytes: 0,
        };
        let shelf = Shelf::open(folder.path().join("small"), limits).expect("a shelf");
        let file = |name: u8, bytes: u64| Offer { hash: FileHash([name; 32]), bytes };
        declined(shelf.place(&phone, file(1, 61)), Decline::TooLarge);
        declined(shelf.place(&phone, file(1, 0)), Decline::TooLarge);
        let first = part(shelf.place(&phone, file(1, 60)));
        declined(shelf.place(&phone, file(2, 41)), Decline::PhoneQuota);
        let second = part(shelf.place(&phone, file(2, 40)));
        declined(shelf.place(&other, file(1, 51)), Decline::Quota);
        let third = part(shelf.place(&other, file(1, 50)));
        // What was not written counts no longer when its connection is gone.
        drop((first, second, third));
        let _ = part(shelf.place(&other, file(1, 60)));
        // Too many files, however small; an empty beginning is one.
        for name in [1, 2] {
            shelf.remove(&phone, FileHash([name; 32])).expect("removed");
        }
        for name in 10..13 {
            part(shelf.place(&phone, file(name, 2))).append(b"x").expect("written");
        }
        declined(shelf.place(&phone, file(14, 1)), Decline::PhoneQuota);
        assert_eq!(part(shelf.place(&phone, file(12, 2))).have(), 1, "one that is here goes on");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(9);
        assert!(shelf.forget_parts(later) >= 3);
        let _ = part(shelf.place(&phone, file(14, 1)));
    }

    #[test]
    fn the_last_of_the_disk_is_left_alone() {
        let (folder, _, phone) = room();
        let limits = ShelfLimits { keep_free_bytes: u64::MAX, ..ShelfLimits::default() };
        let shelf = Shelf::open(folder.path(), limits).expect("a shelf");
        declined(shelf.place(&phone, offer_of(b"x")), Decline::NoSpace);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_as_what_it_is() {
        let (_folder, shelf, phone) = room();
        let mut full = part(shelf.place(&phone, offer_of(b"0123456789")));
        full.file = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        assert_eq!(full.append(b"0123"), Err(Decline::NoSpace));
        assert_eq!(full.have(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_things_of_others_are_not_followed() {
        let (folder, shelf, phone) = room();
        let secret = folder.path().join("secret");
        fs::write(&secret, b"of somebody else").expect("written");
        let offer = offer_of(b"of somebody else");
        for ending in [PART, WHOLE] {
            let path = shelf.path(&phone, offer.hash, ending);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::os::unix::fs::symlink(&secret, &path).expect("linked");
        }
        fs::write(shelf.folder.join("setup.exe"), b"x").expect("written");
        fs::create_dir(shelf.folder.join("..evil")).expect("made");
        assert_eq!(shelf.kept().expect("listed"), []);
        let mut part = part(shelf.place(&phone, offer));
        assert_eq!(part.have(), 0);
        part.append(b"of somebody").expect("written");
        assert_eq!(fs::read(&secret).expect("there"), b"of somebody else");
        assert!(shelf.folder.join("setup.exe").exists());
    }

    #[cfg(unix)]
    #[test]
    fn others_on_this_machine_cannot_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, shelf, phone) = room();
        let part = part(shelf.place(&phone, offer_of(b"x")));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&part.path), mode(&shelf.folder)), (0o600, 0o700));
    }
}
