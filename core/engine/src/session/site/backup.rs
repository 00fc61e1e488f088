//! The backup of a machine and its restoring on another one (requirement O7).
//!
//! The copy of the database never lies on a disk in the clear: it keeps its own key, and that key is
//! inside the backup, which only the machine itself and the recovery key open. Restoring makes a new
//! database under a new key and replaces nothing; it marks that this machine goes on from an earlier
//! day, so that numbers which the lost machine may have given since are passed over.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use outpost_exchange::Hash;
use outpost_exchange::backup::{
    Backup, BackupDraft, BackupHead, BackupLine, BackupManifest, BackupPiece,
};
use outpost_exchange::keys::{Card, Comparison, Opener};
use outpost_exchange::ledger::SentLog;
use outpost_exchange::limits::CHUNK_BYTES;
use outpost_store::{Account, DatabaseKey, Direction, OpenOptions, Store, StoreError};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::RESTORED;
use super::outgoing::{forget_cached, gives_other_bytes, scratch, unwritable};
use crate::error::{OutpostError, Result};
use crate::home::Home;
use crate::model::{BackupView, CardView, RestoredView};
use crate::platform::{Platform, storage};
use crate::refusals;
use crate::session::Session;
use crate::session::exchange::{card_view, key_of, must_catch_up};
use crate::unfinished::Unfinished;

/// Numbers of files that are passed over: more than a site writes between two backups.
const FILES_JUMP: u64 = 10_000;

/// What may be known of a backup without opening it.
fn closed_view(manifest: &BackupManifest) -> BackupView {
    BackupView {
        card: card_view(&manifest.card),
        server: String::new(),
        username: String::new(),
        created_at: manifest.created_at.clone(),
        app: manifest.app.clone(),
        unsent: 0,
        database_bytes: 0,
        sha256: String::new(),
    }
}

fn view(manifest: &BackupManifest, head: &BackupHead) -> BackupView {
    BackupView {
        server: head.server.clone(),
        username: head.username.clone(),
        unsent: head.unsent,
        database_bytes: head.database_bytes,
        sha256: head.sha256.to_string(),
        ..closed_view(manifest)
    }
}

/// A file that is taken away when dropped.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        // What stays behind is encrypted.
        std::fs::remove_file(&self.0).ok();
    }
}

impl Session {
    /// Writes a backup of this account of the machine and reads it back: its signature, its
    /// encryption, every byte of the database. It opens with this machine's key or a recovery key.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `InvalidInput` if there is a file already, it cannot
    /// be written, or no recovery key is known; `Busy` while a synchronisation runs; storage errors.
    pub fn backup(&self, out: &Path) -> Result<BackupView> {
        let _only_one = self.take_sync_lock()?;
        if out.symlink_metadata().is_ok() {
            let reason = "a file of this name is there: nothing is replaced";
            return Err(OutpostError::invalid("out", "exists", reason));
        }
        let keys = self.who_is_who()?;
        let recipients = keys.ring.recipients(keys.me()).map_err(refusals::of_key)?;
        let card = keys.ring.current(keys.me()).map_err(refusals::of_key)?.card.clone();
        let (mut database, mut head, _copy) = self.copied_database()?;
        let spool = scratch(&self.inner.database, "backup-spool")?;
        let mut draft = BackupDraft::begin(spool, &recipients).map_err(refusals::of_exchange)?;
        let (bytes, sha256) = sum(&mut database)?;
        (head.database_bytes, head.sha256) = (bytes, sha256);
        draft.add(&BackupLine::Head(head.clone())).map_err(refusals::of_exchange)?;
        add_pieces(&mut draft, &mut database)?;

        let mut unfinished = Unfinished::beside(out).map_err(|error| unwritable(&error))?;
        let app = crate::session::exchange::app().unwrap_or_default();
        let manifest = draft
            .write(&keys.identity, card, &self.now_text(), &app, unfinished.file())
            .map_err(refusals::of_exchange)?;
        unfinished.file().sync_all().map_err(|error| unwritable(&error))?;
        forget_cached(unfinished.file());
        let file = File::open(unfinished.path()).map_err(|error| unwritable(&error))?;
        let opener = keys.identity.opener().map_err(refusals::of_key)?;
        let read = read_backup(file, &opener, &mut std::io::sink())?;
        if (read.0 != manifest) || read.1 != head {
            return Err(gives_other_bytes());
        }
        unfinished.name(out).map_err(|error| unwritable(&error))?;
        self.exchange(|exchange| {
            exchange.note_file(serde_json::json!({ "backup": sha256.to_string() }))
        })?;
        Ok(view(&manifest, &head))
    }

    /// A copy of the database under its key.
    fn copied_database(&self) -> Result<(File, BackupHead, Gone)> {
        let database = &self.inner.database;
        let mut copy = database.as_os_str().to_owned();
        copy.push(".backup-copy");
        let copy = Gone(PathBuf::from(copy));
        std::fs::remove_file(&copy.0).ok();
        self.store().copy_to(&copy.0)?;
        let account = &self.inner.account;
        let key = self.inner.platform.keys.load_or_create(alias(&account.database_file))?;
        let head = BackupHead {
            server: account.server.clone(),
            username: account.user.clone(),
            key: key.to_vec(),
            offline_verifier: account.offline_verifier.clone(),
            database_bytes: 0,
            sha256: Hash([0; 32]),
            unsent: self.status()?.unsent,
        };
        let file = File::open(&copy.0).map_err(|error| storage(&error, "the copy"))?;
        Ok((file, head, copy))
    }
}

fn alias(database_file: &str) -> &str {
    database_file.trim_end_matches(".db")
}

fn sum(file: &mut File) -> Result<(u64, Hash)> {
    let sha256 = super::outgoing::hash_of(file)?;
    let failed = |error: std::io::Error| storage(&error, "the copy");
    let bytes = file.stream_position().map_err(failed)?;
    file.rewind().map_err(failed)?;
    Ok((bytes, sha256))
}

fn add_pieces(draft: &mut BackupDraft<File>, database: &mut File) -> Result<()> {
    let failed = |error: std::io::Error| storage(&error, "the copy");
    let mut offset = 0;
    loop {
        let mut data = Vec::with_capacity(CHUNK_BYTES);
        database.take(CHUNK_BYTES as u64).read_to_end(&mut data).map_err(failed)?;
        if data.is_empty() {
            return Ok(());
        }
        let bytes = data.len() as u64;
        let piece = BackupLine::Piece(BackupPiece { offset, data });
        draft.add(&piece).map_err(refusals::of_exchange)?;
        offset += bytes;
    }
}

/// Verifies and opens a backup and copies the database out of it, whose hash must fit.
fn read_backup(
    input: File,
    opener: &Opener,
    out: &mut dyn Write,
) -> Result<(BackupManifest, BackupHead)> {
    let opened = Backup::open(input).map_err(refusals::of_exchange)?;
    let manifest = opened.manifest().clone();
    let mut lines = opened.lines(opener).map_err(refusals::of_exchange)?;
    let (mut head, mut hash) = (None, Sha256::new());
    for line in lines.by_ref() {
        match line.map_err(refusals::of_exchange)? {
            BackupLine::Head(found) => head = Some(found),
            BackupLine::Piece(piece) => {
                hash.update(&piece.data);
                out.write_all(&piece.data).map_err(|error| storage(&error, "the database"))?;
            }
        }
    }
    let head = head.filter(|head| head.sha256 == Hash(hash.finalize().into()));
    match head {
        Some(head) if lines.is_complete() => Ok((manifest, head)),
        _ => {
            let reason = "the database in it is not whole: take another backup";
            Err(OutpostError::invalid("file", "incomplete", reason))
        }
    }
}

/// Says whose backup a file claims to be. Only a person can tell by its digits whether that is so.
///
/// # Errors
/// `InvalidInput` if it is damaged or none.
pub fn inspect_backup(file: &Path) -> Result<BackupView> {
    let opened = Backup::open(open(file)?).map_err(refusals::of_exchange)?;
    Ok(closed_view(opened.manifest()))
}

fn open(file: &Path) -> Result<File> {
    let name = file.display().to_string();
    File::open(file).map_err(|error| OutpostError::invalid(name, "unreadable", error))
}

/// Restores a backup as a new account of the folder of a machine. `heard` are the thirty digits of the
/// card of the lost machine, as the centre or a paper has them; `secret` is the line of the recovery
/// key.
///
/// # Errors
/// `InvalidInput` if it is damaged, the digits differ, the secret does not open it, or the folder has
/// this account already: nothing is replaced, least of all unsent work. Storage errors. What was made
/// by then is taken away again.
pub fn restore_backup(
    file: &Path,
    home: &Path,
    platform: &Platform,
    heard: &str,
    secret: &Zeroizing<String>,
) -> Result<BackupView> {
    let card = Backup::open(open(file)?).map_err(refusals::of_exchange)?.manifest().card.clone();
    compare(&card, heard)?;
    let opener = Opener::parse(secret).map_err(refusals::of_key)?;
    let place = Home::open(home, platform.clone())?;
    let workshop = Workshop::make(home)?;
    let spooled = workshop.0.join("copy");
    let mut out = File::create_new(&spooled).map_err(|error| storage(&error, "the database"))?;
    let (manifest, mut head) = read_backup(open(file)?, &opener, &mut out)?;
    // The file may have been exchanged since it was looked at.
    compare(&manifest.card, heard)?;
    out.sync_all().map_err(|error| storage(&error, "the database"))?;
    drop(out);

    let mut account = place.account(&head.server, &head.username)?;
    let database = place.database(&account);
    let is_known = place.accounts.load(&head.server, &head.username)?.is_some();
    if is_known || database.symlink_metadata().is_ok() {
        let reason = "this folder has that account already: nothing is replaced. Restore to an \
                      empty folder";
        return Err(OutpostError::invalid("to", "exists", reason));
    }
    let prepared = workshop.0.join(&account.database_file);
    std::fs::rename(&spooled, &prepared).map_err(|error| storage(&error, "the database"))?;
    let old = database_key(&mut head.key)?;
    let new = DatabaseKey::new(*platform.keys.load_or_create(alias(&account.database_file))?);
    Store::take_over(&prepared, &old, &new).map_err(of_copy)?;
    let now_ms = platform.clock.unix_ms();
    mark_restored(&prepared, &new, &manifest, now_ms)?;
    std::fs::rename(&prepared, &database).map_err(|error| storage(&error, "the database"))?;
    if let Ok(folder) = File::open(home) {
        folder.sync_all().map_err(|error| storage(&error, "the folder"))?;
    }
    enter(&place, &mut account, &head, now_ms)?;
    Ok(view(&manifest, &head))
}

fn compare(card: &Card, heard: &str) -> Result<()> {
    let CardView { name, .. } = card_view(card);
    let reason = match card.fingerprint().compare(heard) {
        Comparison::Same => return Ok(()),
        Comparison::Incomplete { digits } => {
            format!("a fingerprint has thirty digits, these are {digits}")
        }
        Comparison::Differs { group } => format!(
            "group {group} differs: it claims to be a backup of {name} and was made by somebody \
             else; do not restore it"
        ),
    };
    Err(OutpostError::invalid("fingerprint", "differs", reason))
}

fn database_key(bytes: &mut Vec<u8>) -> Result<DatabaseKey> {
    let bytes = Zeroizing::new(std::mem::take(bytes));
    let key = <[u8; 32]>::try_from(bytes.as_slice());
    let key =
        key.map_err(|_| OutpostError::invalid("file", "key", "its key has another length"))?;
    Ok(DatabaseKey::new(key))
}

/// A copy that cannot be used is the backup's fault, not this machine's.
fn of_copy(error: StoreError) -> OutpostError {
    match error {
        StoreError::WrongKey | StoreError::Corrupt { .. } | StoreError::Foreign => {
            OutpostError::invalid("file", "database", "the database in it cannot be opened")
        }
        other => other.into(),
    }
}

/// Passes over every number that the lost machine may have given.
fn mark_restored(
    database: &Path,
    key: &DatabaseKey,
    manifest: &BackupManifest,
    now_ms: i64,
) -> Result<()> {
    let store = Store::open(database, key, OpenOptions::default())?.store;
    let backup_of = manifest.created_at.clone();
    let restored = RestoredView { backup_of: backup_of.clone(), at_ms: now_ms };
    let restored = serde_json::to_string(&restored).map_err(OutpostError::internal)?;
    let by = manifest.card.name();
    store.exchange(by, now_ms, |exchange| {
        exchange.restored(serde_json::json!({ "restoredFrom": backup_of }))?;
        exchange.keep_document(RESTORED, Some(&restored))?;
        for (partner, kind, body) in exchange.written_streams()? {
            let mut log: SentLog = serde_json::from_str(&body)
                .map_err(|_| OutpostError::internal("a kept ledger cannot be read"))?;
            log.pass_over(FILES_JUMP, Hash::of(format!("restored {now_ms}").as_bytes()));
            let body = serde_json::to_string(&log).map_err(OutpostError::internal)?;
            exchange.keep_stream(Direction::Out, &partner, &kind, &body)?;
            must_catch_up(exchange, key_of(&partner)?)?;
        }
        Ok::<_, OutpostError>(())
    })?;
    Ok(store.close()?)
}

fn enter(place: &Home, account: &mut Account, head: &BackupHead, now_ms: i64) -> Result<()> {
    let latest = place.accounts.list()?.first().map_or(0, |account| account.last_used_ms);
    account.last_used_ms = now_ms.max(latest.saturating_add(1));
    account.offline_verifier.clone_from(&head.offline_verifier);
    Ok(place.accounts.save(account)?)
}

/// A folder for what is not finished, taken away when dropped.
struct Workshop(PathBuf);

impl Workshop {
    fn make(home: &Path) -> Result<Self> {
        let folder = home.join(format!("restoring-{}", std::process::id()));
        // One of a process of the same number that died: encrypted, and no database yet.
        std::fs::remove_dir_all(&folder).ok();
        crate::platform::create_private_folder(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
