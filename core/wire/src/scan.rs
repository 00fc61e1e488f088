//! A cheap pass over JSON bytes before they are parsed: depth, length of texts, number of elements.
//!
//! Knows nothing of meaning. Works on pieces, so that a file of any size is guarded while it
//! streams.

use std::io::{self, Read};

use crate::error::WireError;
use crate::limits::{DEPTH_MAX, ELEMENTS_MAX, RECORD_BYTES_MAX, TEXT_BYTES_MAX};

/// Why a scan stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    Depth,
    Text,
    Elements,
    Record,
}

/// Limits that differ between an answer in memory and a file that streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScanLimits {
    /// Commas outside texts.
    pub elements_max: usize,
    /// Bytes of one element of a list of the outermost object.
    pub record_bytes_max: usize,
}

impl ScanLimits {
    /// All of it is held at one time, so all of its elements count.
    pub const IN_MEMORY: Self = Self { elements_max: ELEMENTS_MAX, record_bytes_max: usize::MAX };
    /// Only one record is held at a time, the file may have any size.
    pub const STREAMING: Self =
        Self { elements_max: usize::MAX, record_bytes_max: RECORD_BYTES_MAX };
}

/// Depth of an element of a list of the outermost object: `{"dataValues":[{`.
const RECORD_DEPTH: usize = 3;

/// State of the scan between two pieces.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    depth: usize,
    text_bytes: usize,
    record_bytes: usize,
    elements: usize,
    in_text: bool,
    is_escaped: bool,
    read: u64,
}

impl Scanner {
    /// Looks at the next piece.
    pub fn feed(&mut self, piece: &[u8], limits: ScanLimits) -> Result<(), (Breach, u64)> {
        let mut index = 0;
        while index < piece.len() {
            index += match self.in_text {
                true => self.text(&piece[index..], self.read + index as u64)?,
                false => self.structure(piece[index], self.read + index as u64, limits)?,
            };
            if self.record_bytes > limits.record_bytes_max && self.depth >= RECORD_DEPTH {
                return Err((Breach::Record, self.read + index as u64 - 1));
            }
        }
        self.read += piece.len() as u64;
        Ok(())
    }

    /// One byte outside texts; how many bytes were looked at.
    fn structure(&mut self, byte: u8, at: u64, limits: ScanLimits) -> Result<usize, (Breach, u64)> {
        self.record_bytes += 1;
        match byte {
            b'"' => {
                self.in_text = true;
                self.text_bytes = 0;
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth == RECORD_DEPTH {
                    self.record_bytes = 0;
                }
                if self.depth > DEPTH_MAX {
                    return Err((Breach::Depth, at));
                }
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => {
                self.elements += 1;
                if self.elements > limits.elements_max {
                    return Err((Breach::Elements, at));
                }
            }
            _ => {}
        }
        Ok(1)
    }

    /// A text as far as it goes in this piece; how many bytes were looked at.
    fn text(&mut self, rest: &[u8], at: u64) -> Result<usize, (Breach, u64)> {
        let taken = match self.is_escaped {
            true => {
                self.is_escaped = false;
                1
            }
            false => match memchr::memchr2(b'"', b'\\', rest) {
                Some(end) => {
                    (self.is_escaped, self.in_text) = (rest[end] == b'\\', rest[end] != b'"');
                    end + 1
                }
                None => rest.len(),
            },
        };
        self.record_bytes += taken;
        self.text_bytes += taken;
        // The closing mark belongs to what was always counted.
        if self.text_bytes > TEXT_BYTES_MAX {
            let over = self.text_bytes - TEXT_BYTES_MAX;
            return Err((Breach::Text, at + (taken - over) as u64));
        }
        Ok(taken)
    }
}

/// The error that a breach is reported as.
pub(crate) fn breached(what: &'static str, breach: Breach, at: u64) -> WireError {
    match breach {
        Breach::Depth => WireError::TooDeep { what, depth_max: DEPTH_MAX, at },
        Breach::Text => WireError::TextTooLong { what, bytes_max: TEXT_BYTES_MAX, at },
        Breach::Elements => WireError::TooManyElements { what, elements_max: ELEMENTS_MAX },
        Breach::Record => WireError::RecordTooLarge { what, bytes_max: RECORD_BYTES_MAX, at },
    }
}

/// A reader that stops at the first breach. The number of elements is not bounded: a file may have
/// any size, only what is held at one time counts.
pub(crate) struct GuardedReader<R> {
    inner: R,
    scanner: Scanner,
    breach: Option<(Breach, u64)>,
}

impl<R: Read> GuardedReader<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, scanner: Scanner::default(), breach: None }
    }

    /// What stopped the reader, if anything did.
    pub fn breach(&self) -> Option<(Breach, u64)> {
        self.breach
    }
}

impl<R: Read> Read for GuardedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Err(breach) = self.scanner.feed(&buffer[..count], ScanLimits::STREAMING) {
            self.breach = Some(breach);
            return Err(io::Error::new(io::ErrorKind::InvalidData, "limit"));
        }
        Ok(count)
    }
}

/// Path of the value at `offset`, such as `dataValues[3].period`; `$` if it is the whole text.
///
/// Only used to say where an error is; names are cut.
pub(crate) fn path_at(bytes: &[u8], offset: usize) -> String {
    let mut stack: Vec<Step> = Vec::new();
    let mut position = 0;
    while position < bytes.len().min(offset) {
        match bytes[position] {
            b'"' => {
                let end = text_end(bytes, position);
                if end > offset.max(position + 1) && !is_key(bytes, end) {
                    break;
                }
                if is_key(bytes, end)
                    && let Some(Step::Member(name)) = stack.last_mut()
                {
                    *name = (position + 1, end.saturating_sub(1));
                }
                position = end;
                continue;
            }
            b'{' => stack.push(Step::Member((0, 0))),
            b'[' => stack.push(Step::Element(0)),
            b'}' | b']' if position + 1 < offset => {
                stack.pop();
            }
            // The bracket just before the offset closes the place itself: a member is missing in
            // it.
            b'}' => {
                if let Some(Step::Member(name)) = stack.last_mut() {
                    *name = (0, 0);
                }
            }
            b',' => {
                if let Some(Step::Element(index)) = stack.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
        position += 1;
    }
    shown_path(bytes, &stack)
}

enum Step {
    Member((usize, usize)),
    Element(usize),
}

fn text_end(bytes: &[u8], start: usize) -> usize {
    let mut position = start + 1;
    while position < bytes.len() {
        match bytes[position] {
            b'\\' => position += 1,
            b'"' => return position + 1,
            _ => {}
        }
        position += 1;
    }
    bytes.len()
}

fn is_key(bytes: &[u8], end: usize) -> bool {
    bytes[end.min(bytes.len())..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn shown_path(bytes: &[u8], stack: &[Step]) -> String {
    const NAME_CHARS_MAX: usize = 32;
    let mut path = String::new();
    for step in stack {
        match step {
            Step::Member((start, end)) if start < end => {
                if !path.is_empty() {
                    path.push('.');
                }
                let name = String::from_utf8_lossy(&bytes[*start..*end]);
                path.extend(name.chars().take(NAME_CHARS_MAX));
            }
            Step::Member(_) => {}
            Step::Element(index) => path.push_str(&format!("[{index}]")),
        }
    }
    if path.is_empty() { "$".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, marker: &str, expected: &str) {
        let offset = text.find(marker).expect("the marker is in the text");
        assert_eq!(path_at(text.as_bytes(), offset), expected);
    }

    #[test]
    fn a_path_names_members_and_positions() {
        let text = r#"{"a":{"x":[1]},"dataValues":[{"period":"1"},{"period":"2","v":7}]}"#;
        check(text, "7", "dataValues[1].v");
        check(text, "1]", "a.x[0]");
        check(text, r#""2""#, "dataValues[1].period");
        check("5", "5", "$");
    }

    #[test]
    fn pieces_of_any_length_are_the_same_text() {
        let text = br#"{"a":["x\\","\"]{",{"b":"\u00e9 \\\""}],"c":[[1,2],"[,"]}"#;
        for length in 1..=text.len() {
            let mut scanner = Scanner::default();
            for piece in text.chunks(length) {
                assert_eq!(scanner.feed(piece, ScanLimits::IN_MEMORY), Ok(()));
            }
            let state = (scanner.depth, scanner.elements, scanner.in_text, scanner.read);
            // Commas: after "x\\", after the next text, before "c", in [1,2], before "[,".
            assert_eq!(state, (0, 5, false, text.len() as u64), "pieces of {length}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_found_at_the_byte_where_it_becomes_so() {
        let text = format!("[\"{}\"]", "a".repeat(TEXT_BYTES_MAX + 10));
        for length in [7, 4_096, text.len()] {
            let mut scanner = Scanner::default();
            let found = text
                .as_bytes()
                .chunks(length)
                .find_map(|piece| scanner.feed(piece, ScanLimits::IN_MEMORY).err());
            assert_eq!(found, Some((Breach::Text, 2 + TEXT_BYTES_MAX as u64)), "{length}");
        }
    }

    #[test]
    fn brackets_inside_texts_do_not_count() {
        let mut scanner = Scanner::default();
        let text = format!("\"{}\"", "[".repeat(200));
        assert_eq!(scanner.feed(text.as_bytes(), ScanLimits::IN_MEMORY), Ok(()));
        assert_eq!(scanner.feed(b"\"\\\"[[[\"", ScanLimits::IN_MEMORY), Ok(()));
        assert_eq!(scanner.depth, 0);
    }
}
