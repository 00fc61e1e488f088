//! A file in parts that fit an e-mail, and back (requirement O2).
//!
//! A part is one line of text and a piece of the file as it is, so plain tools can join parts too
//! (`tail -n +2`). Parts may come in any order and more than once; one that is missing or damaged is
//! named by its number. What was joined is still only a file: it is verified like any other.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use crate::error::ExchangeError;
use crate::limits::{
    CONTENT_BYTES_MAX, KEY_LIST_BYTES_MAX, PART_BYTES_MIN, PART_HEADER_BYTES_MAX, PARTS_MAX,
};
use crate::text::Hash;

const FORMAT: &str = "outpost-part";
const VERSION: u64 = 1;
const WHAT: &str = "part of a data-exchange file";
/// Largest file that is split, in bytes.
const FILE_BYTES_MAX: u64 = CONTENT_BYTES_MAX + 2 * KEY_LIST_BYTES_MAX;

/// Size of the parts that fit e-mails of at most `mail_bytes`, as providers count them: attachments
/// travel as base64 in lines of 76 characters, and the letter itself takes some room.
#[must_use]
pub const fn part_bytes_for_mail(mail_bytes: u64) -> u64 {
    const LETTER_BYTES: u64 = 16 * 1024;
    mail_bytes.saturating_sub(LETTER_BYTES) / 78 * 57
}

/// How a file is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    file: Hash,
    file_bytes: u64,
    part_bytes: u64,
    count: u32,
}

impl Cut {
    /// Reads the file once and plans parts of `part_bytes` each, the header line not counted.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if parts would be too small or too many, or the file is empty;
    /// [`ExchangeError::Io`].
    pub fn plan(input: &mut (impl Read + Seek), part_bytes: u64) -> Result<Self, ExchangeError> {
        let (file_bytes, file) = sum(input, 0, u64::MAX)?;
        let cut = Self { file, file_bytes, part_bytes, count: 0 };
        let count = cut.parts_needed();
        if part_bytes < PART_BYTES_MIN || file_bytes == 0 || file_bytes > FILE_BYTES_MAX {
            let detail = format!("parts have {PART_BYTES_MIN} bytes or more, files 1 or more");
            return Err(ExchangeError::Unwritable { detail });
        }
        match u32::try_from(count) {
            Ok(count) if count <= PARTS_MAX => Ok(Self { count, ..cut }),
            _ => {
                let detail = format!("the file would have {count} parts, {PARTS_MAX} are allowed");
                Err(ExchangeError::Unwritable { detail })
            }
        }
    }

    const fn parts_needed(&self) -> u64 {
        if self.part_bytes == 0 { 0 } else { self.file_bytes.div_ceil(self.part_bytes) }
    }

    /// Number of parts.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Writes part `number` (from 1).
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] for another number, [`ExchangeError::Io`].
    pub fn write_part(
        &self,
        input: &mut (impl Read + Seek),
        number: u32,
        out: &mut impl Write,
    ) -> Result<PartHeader, ExchangeError> {
        if number == 0 || number > self.count {
            let detail = format!("there is no part {number} of {}", self.count);
            return Err(ExchangeError::Unwritable { detail });
        }
        let mut header = PartHeader { cut: *self, number, sha256: Hash([0; 32]) };
        let (bytes, sha256) = sum(input, header.offset(), header.bytes())?;
        if bytes != header.bytes() {
            return Err(ExchangeError::Truncated { inside: "the file that is split" });
        }
        header.sha256 = sha256;
        let copied = input
            .seek(SeekFrom::Start(header.offset()))
            .and_then(|_| out.write_all(header.to_line().as_bytes()))
            .and_then(|()| io::copy(&mut input.take(header.bytes()), out))
            .and_then(|copied| out.flush().map(|()| copied));
        copied.map_err(|error| ExchangeError::io("writing a part", &error))?;
        Ok(header)
    }
}

/// The first line of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHeader {
    cut: Cut,
    number: u32,
    sha256: Hash,
}

impl PartHeader {
    /// The line with its line feed.
    #[must_use]
    pub fn to_line(self) -> String {
        let Cut { file, file_bytes, part_bytes, count } = self.cut;
        let (number, sha256) = (self.number, self.sha256);
        format!("{FORMAT} {VERSION} {file} {file_bytes} {part_bytes} {number}/{count} {sha256}\n")
    }

    /// Reads the line with its line feed.
    ///
    /// # Errors
    /// [`ExchangeError::Foreign`] if it is no part, [`ExchangeError::Newer`],
    /// [`ExchangeError::Damaged`].
    pub fn parse(line: &[u8]) -> Result<Self, ExchangeError> {
        let foreign = ExchangeError::Foreign { expected: WHAT };
        let text = std::str::from_utf8(line).map_err(|_| foreign.clone())?;
        let rest = text.strip_prefix(FORMAT).and_then(|rest| rest.strip_prefix(' '));
        let rest = rest.ok_or(foreign)?;
        let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        if let Ok(found) = version.trim_end().parse::<u64>()
            && found > VERSION
        {
            return Err(ExchangeError::Newer { what: WHAT, found, supported: VERSION });
        }
        Self::read(rest)
            .filter(|header| header.to_line() == text && header.can_be())
            .ok_or(ExchangeError::Damaged { place: "the first line of the part" })
    }

    fn read(rest: &str) -> Option<Self> {
        let mut words = rest.strip_suffix('\n')?.split(' ');
        let file = Hash::parse(words.next()?)?;
        let file_bytes = words.next()?.parse().ok()?;
        let part_bytes = words.next()?.parse().ok()?;
        let (number, count) = words.next()?.split_once('/')?;
        let (number, count) = (number.parse().ok()?, count.parse().ok()?);
        let sha256 = Hash::parse(words.next()?)?;
        Some(Self { cut: Cut { file, file_bytes, part_bytes, count }, number, sha256 })
    }

    fn can_be(&self) -> bool {
        let Cut { file_bytes, part_bytes, count, .. } = self.cut;
        part_bytes >= PART_BYTES_MIN
            && (1..=FILE_BYTES_MAX).contains(&file_bytes)
            && count <= PARTS_MAX
            && self.cut.parts_needed() == u64::from(count)
            && (1..=count).contains(&self.number)
    }

    /// Number of the part, from 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// SHA-256 of the whole file.
    #[must_use]
    pub const fn file(&self) -> Hash {
        self.cut.file
    }

    /// Where its piece begins in the file.
    const fn offset(&self) -> u64 {
        (self.number as u64 - 1) * self.cut.part_bytes
    }

    /// Size of its piece.
    const fn bytes(&self) -> u64 {
        let rest = self.cut.file_bytes - self.offset();
        if rest < self.cut.part_bytes { rest } else { self.cut.part_bytes }
    }

    /// Name for the part of the file `stem`, sorting by number.
    #[must_use]
    pub fn file_name(&self, stem: &str) -> String {
        format!("{stem}.part-{:04}-of-{:04}", self.number, self.cut.count)
    }

    fn damaged(&self) -> ExchangeError {
        ExchangeError::DamagedPart { number: self.number, count: self.cut.count }
    }
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It was put in its place.
    New,
    /// It was there before; nothing was written.
    Twice,
}

/// Puts parts together, whatever their order.
#[derive(Debug, Clone, Default)]
pub struct Joiner {
    cut: Option<Cut>,
    have: BTreeMap<u32, Hash>,
}

impl Joiner {
    /// Takes a part and writes its piece to its place in `out`.
    ///
    /// # Errors
    /// [`ExchangeError::OtherFile`] if it belongs to another file, [`ExchangeError::DamagedPart`] if
    /// the piece is not what its first line says, or differs from the same part that came before.
    /// The joiner is as it was.
    pub fn add(
        &mut self,
        part: &mut impl BufRead,
        out: &mut (impl Write + Seek),
    ) -> Result<Placed, ExchangeError> {
        let header = read_header(part)?;
        let placed = self.decide(&header)?;
        if placed == Placed::New {
            copy_piece(part, &header, out)?;
            self.cut = Some(header.cut);
            self.have.insert(header.number, header.sha256);
        }
        Ok(placed)
    }

    fn decide(&self, header: &PartHeader) -> Result<Placed, ExchangeError> {
        if let Some(cut) = self.cut
            && cut != header.cut
        {
            return Err(ExchangeError::OtherFile { other: header.cut.file.short() });
        }
        match self.have.get(&header.number) {
            None => Ok(Placed::New),
            Some(known) if *known == header.sha256 => Ok(Placed::Twice),
            Some(_) => Err(header.damaged()),
        }
    }

    /// Numbers of the parts that have not come; empty before the first came.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        let count = self.cut.map_or(0, |cut| cut.count);
        (1..=count).filter(|number| !self.have.contains_key(number)).collect()
    }

    /// Whether the whole is what was cut.
    ///
    /// # Errors
    /// [`ExchangeError::MissingParts`] with their numbers, [`ExchangeError::Damaged`] if a part was
    /// exchanged for another on its way.
    pub fn finish(&self, out: &mut (impl Read + Seek)) -> Result<Hash, ExchangeError> {
        let Some(cut) = self.cut else {
            return Err(ExchangeError::Foreign { expected: WHAT });
        };
        let numbers = self.missing();
        if !numbers.is_empty() {
            return Err(ExchangeError::MissingParts { numbers, count: cut.count });
        }
        if sum(out, 0, u64::MAX)? != (cut.file_bytes, cut.file) {
            return Err(ExchangeError::Damaged { place: "the file that was joined" });
        }
        Ok(cut.file)
    }
}

fn read_header(part: &mut impl BufRead) -> Result<PartHeader, ExchangeError> {
    let mut line = Vec::new();
    part.take(PART_HEADER_BYTES_MAX as u64)
        .read_until(b'\n', &mut line)
        .map_err(|error| ExchangeError::io("reading a part", &error))?;
    PartHeader::parse(&line)
}

fn copy_piece(
    part: &mut impl BufRead,
    header: &PartHeader,
    out: &mut (impl Write + Seek),
) -> Result<(), ExchangeError> {
    let failed = |error: io::Error| ExchangeError::io("joining a part", &error);
    out.seek(SeekFrom::Start(header.offset())).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut left = header.bytes();
    while left > 0 {
        let piece = part.fill_buf().map_err(failed)?;
        let count = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Err(header.damaged());
        }
        hasher.update(&piece[..count]);
        out.write_all(&piece[..count]).map_err(failed)?;
        part.consume(count);
        left -= count as u64;
    }
    let ends = part.fill_buf().map_err(failed)?.is_empty();
    if !ends || Hash(hasher.finalize().into()) != header.sha256 {
        return Err(header.damaged());
    }
    Ok(())
}

/// Size and hash of `bytes` bytes from `offset` on, or of what there is.
fn sum(
    input: &mut (impl Read + Seek),
    offset: u64,
    bytes: u64,
) -> Result<(u64, Hash), ExchangeError> {
    let mut hasher = Sha256::new();
    let copied = input
        .seek(SeekFrom::Start(offset))
        .and_then(|_| io::copy(&mut input.take(bytes), &mut hasher))
        .map_err(|error| ExchangeError::io("reading a file", &error))?;
    Ok((copied, Hash(hasher.finalize().into())))
}
