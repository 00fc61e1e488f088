//! A content, line by line: decrypted, unpacked, judged, counted.
//!
//! Memory stays flat: a window of 8 MB and one line. Lines are given out as they come, because a file
//! may hold a million; what was made of them counts only when the end has been reached.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Take};
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use zstd::stream::read::Decoder;

use super::io::{Capped, Hashing, Passed};
use super::line::Line;
use super::manifest::{Entry, Manifest};
use crate::document::place;
use crate::error::ExchangeError;
use crate::keys::{Identity, KeyId, Opener};
use crate::limits::{AGE_HEADER_BYTES_MAX, LINE_BYTES_MAX, ZSTD_WINDOW_LOG};

type Packed<R> = Hashing<BufReader<Capped<Take<R>>>>;
type Unpacked<R> = BufReader<Capped<Decoder<'static, BufReader<Opened<R>>>>>;

/// A content without its encryption, if it has any.
enum Opened<R: Read> {
    Encrypted(Box<age::stream::StreamReader<Packed<R>>>),
    Plain(Packed<R>),
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Encrypted(reader) => reader.read(buffer),
            Self::Plain(reader) => reader.read(buffer),
        }
    }
}

/// What a signed manifest says of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub counts: BTreeMap<String, u64>,
    pub unpacked_bytes: u64,
    pub content: Entry,
}

/// The lines of a verified file.
///
/// **Commit what was made of them only after the iterator ended with `None` and
/// [`Lines::is_complete`]**: a medium may give other bytes the second time it is read, and only the
/// end proves that it did not. After an error it gives nothing more.
pub struct Lines<R: Read, L: Line> {
    input: Option<Unpacked<R>>,
    passed: Passed,
    unpacked_bytes: u64,
    expected: Expected,
    counts: BTreeMap<String, u64>,
    order: L::Order,
    number: u64,
    is_complete: bool,
    buffer: Vec<u8>,
    kind: PhantomData<L>,
}

impl<R: Read, L: Line> Lines<R, L> {
    /// `input` stands at the first byte of the encrypted content.
    pub(super) fn open(
        input: R,
        manifest: &Manifest,
        identity: &Identity,
    ) -> Result<Self, ExchangeError> {
        let to = manifest.to;
        let opener = identity.opener().map_err(|_| ExchangeError::NotForUs { to })?;
        Self::encrypted(input, manifest.expected(), to, &opener)
    }

    /// The same for any content that was encrypted to `to` and others.
    pub(crate) fn encrypted(
        input: R,
        expected: Expected,
        to: KeyId,
        opener: &Opener,
    ) -> Result<Self, ExchangeError> {
        let (capped, cap) = Capped::new(input.take(expected.content.bytes), AGE_HEADER_BYTES_MAX);
        let (encrypted, passed) = Hashing::new(BufReader::with_capacity(8 * 1024, capped));
        let wrong = |error: age::DecryptError| match error {
            age::DecryptError::NoMatchingKeys => ExchangeError::NotForUs { to },
            age::DecryptError::Io(error) => reading(&error),
            _ => ExchangeError::ContentDiffers { detail: "it is no age file for this device" },
        };
        let decryptor = age::Decryptor::new(encrypted).map_err(wrong)?;
        // The header is read; the rest is bounded by its signed size.
        cap.store(u64::MAX - 1, Ordering::Relaxed);
        let opened = decryptor.decrypt(std::iter::once(opener.identity())).map_err(wrong)?;
        Self::unpack(Opened::Encrypted(Box::new(opened)), passed, expected)
    }

    /// `input` stands at the first byte of a content that is packed and not encrypted.
    pub(crate) fn plain(input: R, expected: Expected) -> Result<Self, ExchangeError> {
        let (capped, _) = Capped::new(input.take(expected.content.bytes), u64::MAX - 1);
        let (packed, passed) = Hashing::new(BufReader::with_capacity(8 * 1024, capped));
        Self::unpack(Opened::Plain(packed), passed, expected)
    }

    fn unpack(
        opened: Opened<R>,
        passed: Passed,
        expected: Expected,
    ) -> Result<Self, ExchangeError> {
        let failed = |error: io::Error| ExchangeError::io("unpacking the content", &error);
        let mut decoder = Decoder::new(opened).map_err(failed)?.single_frame();
        decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(failed)?;
        let (capped, _) = Capped::new(decoder, expected.unpacked_bytes);
        Ok(Self {
            input: Some(BufReader::with_capacity(128 * 1024, capped)),
            passed,
            unpacked_bytes: 0,
            expected,
            counts: BTreeMap::new(),
            order: L::Order::default(),
            number: 0,
            is_complete: false,
            buffer: Vec::new(),
            kind: PhantomData,
        })
    }

    /// Whether every line was given out and all of it is what the sender signed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn advance(&mut self) -> Result<Option<L>, ExchangeError> {
        let Some(input) = self.input.as_mut() else { return Ok(None) };
        if !read_line(input, &mut self.buffer)? {
            self.end()?;
            return Ok(None);
        }
        self.unpacked_bytes += self.buffer.len() as u64;
        self.number += 1;
        let line = self.number;
        let read: L = serde_json::from_slice(&self.buffer)
            .map_err(|error| ExchangeError::Line { line, detail: place(&error) })?;
        read.follow(&mut self.order).map_err(|detail| ExchangeError::Line { line, detail })?;
        if let Some(class) = read.class() {
            self.count(class)?;
        }
        Ok(Some(read))
    }

    fn count(&mut self, class: &'static str) -> Result<(), ExchangeError> {
        match self.counts.get_mut(class) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(class.to_owned(), 1);
            }
        }
        if self.counts.get(class) > self.expected.counts.get(class) {
            return Err(ExchangeError::ContentDiffers { detail: "more records than were signed" });
        }
        Ok(())
    }

    /// All lines are read: whether everything below them ends too, and is what was signed.
    fn end(&mut self) -> Result<(), ExchangeError> {
        let differs = |detail| ExchangeError::ContentDiffers { detail };
        let Some(input) = self.input.take() else { return Ok(()) };
        if self.counts != self.expected.counts || !L::may_end(&self.order) {
            return Err(differs("fewer records than were signed"));
        }
        let mut opened = input.into_inner().into_inner().finish();
        let rest = opened.fill_buf().map_err(|error| reading(&error))?;
        if !rest.is_empty() {
            return Err(differs("something follows the packed records"));
        }
        if self.expected.unpacked_bytes != self.unpacked_bytes {
            return Err(differs("another size than was signed"));
        }
        let content = &self.expected.content;
        if self.passed.sum() != (content.bytes, content.sha256) {
            return Err(differs("the medium gave other bytes than before"));
        }
        self.is_complete = true;
        Ok(())
    }
}

impl<R: Read, L: Line> Iterator for Lines<R, L> {
    type Item = Result<L, ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let advanced = self.advance();
        if advanced.is_err() {
            self.input = None;
        }
        advanced.transpose()
    }
}

/// Reads a line with its line feed; `false` at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, ExchangeError> {
    line.clear();
    let mut limited = input.take(LINE_BYTES_MAX as u64 + 1);
    limited.read_until(b'\n', line).map_err(|error| reading(&error))?;
    if line.len() > LINE_BYTES_MAX {
        let limit = LINE_BYTES_MAX as u64;
        return Err(ExchangeError::Limit { what: "a line of the content in bytes", limit });
    }
    if line.is_empty() {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') {
        return Err(ExchangeError::ContentDiffers { detail: "its last line is incomplete" });
    }
    Ok(true)
}

/// A medium that fails has a code of the system; everything else comes from what was read.
fn reading(error: &io::Error) -> ExchangeError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => {
            ExchangeError::ContentDiffers { detail: "it is larger than was signed" }
        }
        _ if error.raw_os_error().is_some() => ExchangeError::io("reading the content", error),
        _ => ExchangeError::ContentDiffers { detail: "it cannot be decrypted and unpacked" },
    }
}
