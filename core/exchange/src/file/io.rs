//! Readers and writers that count, hash and stop in time.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::text::Hash;

/// Counts and hashes what passes.
pub(super) struct Hashing<I> {
    inner: I,
    passed: Passed,
}

/// What has passed a [`Hashing`] so far. Kept apart, for decryption does not give its input back.
#[derive(Clone, Default)]
pub(super) struct Passed(Arc<Mutex<(Sha256, u64)>>);

impl Passed {
    /// Size and hash of it.
    pub fn sum(&self) -> (u64, Hash) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.1, Hash(state.0.clone().finalize().into()))
    }

    fn add(&self, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.update(bytes);
        state.1 += bytes.len() as u64;
    }
}

impl<I> Hashing<I> {
    /// Also gives the handle by which the sum is read.
    pub fn new(inner: I) -> (Self, Passed) {
        let passed = Passed::default();
        (Self { inner, passed: passed.clone() }, passed)
    }

    pub fn into_inner(self) -> I {
        self.inner
    }
}

impl<I: Read> Read for Hashing<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.passed.add(&buffer[..count]);
        Ok(count)
    }
}

impl<I: Write> Write for Hashing<I> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.passed.add(&buffer[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whoever reads through it gets no more than `left` bytes, and an error for more.
pub(super) struct Capped<I> {
    inner: I,
    left: Arc<AtomicU64>,
}

impl<I> Capped<I> {
    /// Also gives the handle by which the cap can be lifted.
    pub fn new(inner: I, bytes: u64) -> (Self, Arc<AtomicU64>) {
        let left = Arc::new(AtomicU64::new(bytes));
        (Self { inner, left: Arc::clone(&left) }, left)
    }

    pub fn into_inner(self) -> I {
        self.inner
    }
}

impl<I: Read> Read for Capped<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        // One byte more than allowed is asked for, so that "just enough" and "too much" differ.
        let most = usize::try_from(left.saturating_add(1)).unwrap_or(usize::MAX);
        let end = buffer.len().min(most);
        let count = self.inner.read(&mut buffer[..end])?;
        if count as u64 > left {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than was signed"));
        }
        self.left.store(left - count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
