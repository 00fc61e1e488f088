//! A device of the simulation: a home folder, a clock and randomness of the seed, an engine session,
//! and a second look into its store for the judge. Whatever it does may be its last step.
//!
//! A process is killed where it reads the clock, reads or writes a byte, or tells its progress: between
//! any two transactions and inside each. What unwinds leaves behind what a killed process leaves.

use std::collections::BTreeMap;
use std::io::{Cursor, Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use outpost_engine::model::ImportObserver;
use outpost_engine::platform::{Clock, FileKeyStore, OsRandom, Platform, Random};
use outpost_engine::{CancelToken, Outpost, OutpostError, Session};
use outpost_store::{OutboxEntry, OutboxFilter, Store};

use crate::rig::drive::open_store;
use crate::sim::Dice;
use crate::sim::record::{Subject, subject_of};

/// What unwinds when a process is killed.
struct Killed;

fn kill() -> ! {
    resume_unwind(Box::new(Killed))
}

/// How an operation ended.
#[derive(Debug)]
pub enum Outcome<T> {
    /// By itself.
    Done(T),
    /// With an error.
    Failed(OutpostError),
    /// The process was killed; it runs again.
    Died,
}

/// The clock of a device, whose reading may be the last act of the process.
#[derive(Default)]
pub struct DeviceClock {
    now_ms: AtomicI64,
    /// Readings until the process is killed; 0 for never.
    fuse: AtomicU64,
}

impl DeviceClock {
    /// Sets it.
    pub fn set(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }
}

impl Clock for DeviceClock {
    fn unix_ms(&self) -> i64 {
        let left = self.fuse.load(Ordering::SeqCst);
        if left > 0 {
            self.fuse.store(left - 1, Ordering::SeqCst);
        }
        if left == 1 { kill() } else { self.now_ms() }
    }

    fn uptime_ms(&self) -> u64 {
        self.now_ms().unsigned_abs()
    }

    fn boot_id(&self) -> String {
        "simulated".to_owned()
    }
}

/// Randomness of the seed: ids and keys are the same in every run.
struct Drawn(Mutex<Dice>);

impl Random for Drawn {
    fn fill(&self, buffer: &mut [u8]) -> outpost_engine::Result<()> {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&dice.roll().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// What goes wrong in an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// The process is killed at this reading of the clock, from 1 on.
    DiesAt(u64),
    /// The process is killed when so many bytes were read or written.
    DiesAfterBytes(u64),
    /// The medium fails after so many bytes.
    MediumFails(u64),
    /// The process is killed when it tells its progress.
    DiesInProgress,
    /// A person stops it.
    Stopped,
}

/// A medium that gives or takes bytes until something goes wrong.
pub struct Medium<B> {
    inner: B,
    trouble: Trouble,
    passed: u64,
}

impl<B> Medium<B> {
    /// How many bytes of `wanted` still pass.
    fn admit(&mut self, wanted: usize) -> IoResult<usize> {
        let limit = match self.trouble {
            Trouble::DiesAfterBytes(limit) | Trouble::MediumFails(limit) => limit,
            _ => return Ok(wanted),
        };
        let left = usize::try_from(limit.saturating_sub(self.passed)).unwrap_or(usize::MAX);
        if left == 0 && wanted > 0 {
            if matches!(self.trouble, Trouble::DiesAfterBytes(_)) {
                kill();
            }
            return Err(Error::new(ErrorKind::StorageFull, "simulated"));
        }
        Ok(wanted.min(left))
    }
}

impl Read for Medium<Cursor<&[u8]>> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let admitted = self.admit(buffer.len())?;
        let read = self.inner.read(&mut buffer[..admitted])?;
        self.passed += read as u64;
        Ok(read)
    }
}

impl Seek for Medium<Cursor<&[u8]>> {
    fn seek(&mut self, position: SeekFrom) -> IoResult<u64> {
        self.inner.seek(position)
    }
}

impl Write for Medium<&mut Vec<u8>> {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        let admitted = self.admit(bytes.len())?;
        let written = self.inner.write(&bytes[..admitted])?;
        self.passed += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

struct Watcher(Trouble);

impl ImportObserver for Watcher {
    fn on_progress(&self, _records: u64) {
        if self.0 == Trouble::DiesInProgress {
            kill();
        }
    }
}

struct Opened {
    session: Session,
    view: Store,
    _outpost: Outpost,
}

/// A device.
pub struct Device {
    /// Its number.
    pub index: usize,
    /// Its user, which is also the name of its card.
    pub user: &'static str,
    /// Its home folder.
    pub home: PathBuf,
    /// Its clock.
    pub clock: Arc<DeviceClock>,
    /// Its clock minus the true time.
    pub skew_ms: i64,
    random: Arc<Drawn>,
    opened: Option<Opened>,
}

impl Device {
    /// A device that is not opened yet.
    pub fn new(index: usize, user: &'static str, home: PathBuf, seed: u64) -> Self {
        let random = Arc::new(Drawn(Mutex::new(Dice::new(seed))));
        Self { index, user, home, clock: Arc::default(), skew_ms: 0, random, opened: None }
    }

    /// What the engine sees of it.
    pub fn platform(&self) -> Platform {
        let (clock, random) = (self.clock.clone(), self.random.clone());
        // Keys of databases stay those of the system: two copies of a home must not share them by seed.
        let keys = Arc::new(FileKeyStore::new(self.home.join("keys"), Arc::new(OsRandom)));
        Platform { keys, clock, random }
    }

    /// The engine on its home.
    pub fn outpost(&self) -> Outpost {
        Outpost::open(&self.home, self.platform()).expect("a device")
    }

    /// Starts the process.
    pub fn open(&mut self) {
        let outpost = self.outpost();
        let session = outpost.session().expect("somebody is signed in");
        let view = open_store(&self.database());
        self.opened = Some(Opened { session, view, _outpost: outpost });
    }

    /// Ends the process.
    pub fn close(&mut self) {
        self.opened = None;
    }

    /// The database of its account.
    pub fn database(&self) -> PathBuf {
        let files = std::fs::read_dir(&self.home).expect("a home");
        let mut found = files.flatten().map(|entry| entry.path()).filter(|path| {
            let is_database = path.extension().is_some_and(|it| it == "db");
            is_database && path.file_stem().is_some_and(|it| it != "accounts")
        });
        found.next().expect("an account")
    }

    /// The session of whoever is signed in.
    pub fn session(&self) -> &Session {
        &self.opened.as_ref().expect("the process runs").session
    }

    /// The store, for reading.
    pub fn view(&self) -> &Store {
        &self.opened.as_ref().expect("the process runs").view
    }

    /// Everything in its outbox.
    pub fn outbox(&self) -> BTreeMap<Subject, OutboxEntry> {
        let (mut rows, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.view().outbox_page(&OutboxFilter::default(), after, 200);
            let page = page.expect("a readable outbox");
            let Some(last) = page.last() else { return rows };
            after = Some(last.id);
            for row in page {
                let twice = rows.insert(subject_of(&row.payload), row);
                assert!(twice.is_none(), "two rows of the outbox are about the same");
            }
        }
    }

    /// Does something that may be the last step of the process.
    pub fn attempt<T>(
        &mut self,
        trouble: Trouble,
        work: impl FnOnce(&Session) -> Result<T, OutpostError>,
    ) -> Outcome<T> {
        if let Trouble::DiesAt(reading) = trouble {
            self.clock.fuse.store(reading, Ordering::SeqCst);
        }
        let session = self.session();
        let done = catch_unwind(AssertUnwindSafe(|| work(session)));
        self.clock.fuse.store(0, Ordering::SeqCst);
        match done {
            Ok(Ok(done)) => Outcome::Done(done),
            Ok(Err(error)) => Outcome::Failed(error),
            Err(cause) if cause.is::<Killed>() => {
                self.close();
                self.open();
                Outcome::Died
            }
            Err(cause) => resume_unwind(cause),
        }
    }

    /// Writes to a medium; gives back what is on it afterwards too.
    pub fn write<T>(
        &mut self,
        trouble: Trouble,
        work: impl FnOnce(
            &Session,
            &mut dyn Write,
            &dyn ImportObserver,
            &CancelToken,
        ) -> Result<T, OutpostError>,
    ) -> (Outcome<T>, Vec<u8>) {
        let mut bytes = Vec::new();
        let cancel = cancel_of(trouble);
        let outcome = self.attempt(trouble, |session| {
            let mut medium = Medium { inner: &mut bytes, trouble, passed: 0 };
            work(session, &mut medium, &Watcher(trouble), &cancel)
        });
        (outcome, bytes)
    }

    /// Reads from a medium.
    pub fn read<T>(
        &mut self,
        trouble: Trouble,
        bytes: &[u8],
        work: impl FnOnce(
            &Session,
            &mut Medium<Cursor<&[u8]>>,
            &dyn ImportObserver,
            &CancelToken,
        ) -> Result<T, OutpostError>,
    ) -> Outcome<T> {
        let cancel = cancel_of(trouble);
        self.attempt(trouble, |session| {
            let mut medium = Medium { inner: Cursor::new(bytes), trouble, passed: 0 };
            work(session, &mut medium, &Watcher(trouble), &cancel)
        })
    }
}

fn cancel_of(trouble: Trouble) -> CancelToken {
    let cancel = CancelToken::new();
    if trouble == Trouble::Stopped {
        cancel.cancel();
    }
    cancel
}
