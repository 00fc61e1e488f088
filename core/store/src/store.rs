//! The store itself: one writer, a few readers, and the door through which everything goes.
//!
//! Blocking: call it from threads that may wait. Reads never wait for the writer.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, InterruptHandle, Transaction};

use crate::connection::{Durability, Writer, drain, end_unfinished, open_reader};
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::limits::READERS;
use crate::outbox::edit::last_sequence;

/// An open database of one account.
///
/// Safe to share between threads. Dropping it closes it; [`Store::close`] also says whether that
/// went well.
pub struct Store {
    path: PathBuf,
    writer: Mutex<Option<Writer>>,
    readers: Readers,
    interrupts: Vec<InterruptHandle>,
    /// Held while this is the process that may take over rows left in flight.
    lock: Mutex<ProcessLock>,
}

/// The lock file beside the database.
pub(crate) struct ProcessLock {
    pub file: File,
    pub is_held: bool,
}

impl ProcessLock {
    /// Opens the lock file and tries to take it; another process may have it.
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, "lock");
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        let mut lock = Self { file, is_held: false };
        lock.try_again();
        Ok(lock)
    }

    /// Whether the lock was not held before and is now.
    pub fn try_again(&mut self) -> bool {
        let taken = !self.is_held && self.file.try_lock().is_ok();
        self.is_held |= taken;
        taken
    }
}

/// Connections for reading that nobody uses at the moment.
struct Readers {
    idle: Mutex<Option<Vec<Connection>>>,
    returned: Condvar,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Puts a writer that is open and up to date behind the door.
    pub(crate) fn assemble(
        path: &Path,
        key: &DatabaseKey,
        writer: Writer,
        lock: ProcessLock,
    ) -> Result<Self, StoreError> {
        let mut interrupts = vec![writer.connection().get_interrupt_handle()];
        let mut idle = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let reader = open_reader(path, key)?;
            interrupts.push(reader.get_interrupt_handle());
            idle.push(reader);
        }
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Some(writer)),
            readers: Readers { idle: Mutex::new(Some(idle)), returned: Condvar::new() },
            interrupts,
            lock: Mutex::new(lock),
        })
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Stops whatever the store is doing at this moment; those calls answer
    /// [`StoreError::Interrupted`] and have written nothing.
    pub fn interrupt(&self) {
        for handle in &self.interrupts {
            handle.interrupt();
        }
    }

    /// Runs `work` in one write transaction that is on disk when this returns.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transact(Durability::Full, work)
    }

    /// The same for work that writes thousands of records.
    pub(crate) fn write_many<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transact(Durability::FullOfMany, work)
    }

    /// Runs `work` in one write transaction that a power cut may undo.
    pub(crate) fn write_bulk<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transact(Durability::Bulk, work)
    }

    fn transact<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut guard = held(&self.writer);
        let writer = guard.as_mut().ok_or(StoreError::Closed)?;
        self.noting_damage(writer.transact(durability, work))
    }

    /// Runs `work` on one snapshot of the database.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let lent = self.readers.lend()?;
        let connection = lent.connection();
        let result = end_unfinished(connection)
            .and_then(|()| Ok(connection.unchecked_transaction()?))
            .and_then(|snapshot| work(&snapshot));
        self.noting_damage(result)
    }

    /// Gives the writer's connection to something that must run outside a transaction.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let guard = held(&self.writer);
        let writer = guard.as_ref().ok_or(StoreError::Closed)?;
        self.noting_damage(work(writer.connection()))
    }

    /// The writer's connection for a test that makes it fail.
    #[cfg(test)]
    pub(crate) fn with_writer_mut<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut guard = held(&self.writer);
        work(guard.as_mut().ok_or(StoreError::Closed)?.connection_mut())
    }

    /// Whether this process has just become the only one that sends.
    pub(crate) fn became_sole_sender(&self) -> bool {
        held(&self.lock).try_again()
    }

    /// Whether no other process sends.
    pub(crate) fn is_sole_sender(&self) -> bool {
        let mut lock = held(&self.lock);
        lock.try_again();
        lock.is_held
    }

    /// Leaves a note beside the file, so that the next opening checks it even if this process dies.
    fn noting_damage<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Corrupt { .. }) = &result {
            // Without the note the damage is noticed again at the next read of the page.
            drop(File::create(beside(&self.path, "damaged")));
        }
        result
    }

    /// The number of the last change that was made on this device.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn sequence(&self) -> Result<i64, StoreError> {
        self.read(last_sequence)
    }

    /// Writes the log back into the file and closes it. Later calls answer [`StoreError::Closed`].
    ///
    /// # Errors
    /// [`StoreError`] if the log could not be written back; it is then still beside the file and
    /// nothing is lost.
    pub fn close(&self) -> Result<(), StoreError> {
        let writer = held(&self.writer).take();
        self.finish(writer)
    }

    /// Closes the database if nothing was changed since [`Store::sequence`] gave that number, and
    /// says whether it did. Nobody can change anything in between.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub fn close_if_at(&self, sequence: i64) -> Result<bool, StoreError> {
        let mut guard = held(&self.writer);
        let writer = guard.as_ref().ok_or(StoreError::Closed)?;
        if last_sequence(writer.connection())? != sequence {
            return Ok(false);
        }
        let writer = guard.take();
        drop(guard);
        self.finish(writer)?;
        Ok(true)
    }

    fn finish(&self, writer: Option<Writer>) -> Result<(), StoreError> {
        drop(held(&self.readers.idle).take());
        self.readers.returned.notify_all();
        let Some(writer) = writer else { return Ok(()) };
        let connection = writer.into_connection();
        drain(&connection, "PRAGMA optimize")?;
        drain(&connection, "PRAGMA wal_checkpoint(TRUNCATE)")?;
        let closed = connection.close().map_err(|(_, error)| error.into());
        let mut lock = held(&self.lock);
        lock.file.unlock()?;
        lock.is_held = false;
        closed
    }
}

impl Readers {
    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let mut idle = held(&self.idle);
        loop {
            match idle.as_mut() {
                None => return Err(StoreError::Closed),
                Some(connections) => {
                    if let Some(connection) = connections.pop() {
                        return Ok(Lent { readers: self, connection: Some(connection) });
                    }
                }
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection that goes back to the idle ones when dropped, also after a panic.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("it is taken only by drop")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // After a close the connection is dropped here instead.
        if let Some(idle) = held(&self.readers.idle).as_mut() {
            idle.extend(self.connection.take());
        }
        self.readers.returned.notify_one();
    }
}

/// A panic of another thread rolled its transaction back; the connection behind the lock is sound.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `<database>.<suffix>`.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
