//! A position in the text of an expression, and the literals of the Kotlin dialect.
//!
//! Works on bytes: everything that the grammar names is ASCII, other characters only pass through
//! texts. A NUL counts as the end, as it does in the peer.

use super::error::{ParseError, ParseProblem};

pub(super) const END: u8 = 0;

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What names of functions and items consist of.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b':' | b'_' | b'.')
}

pub(super) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// What names of rule variables consist of.
pub(super) fn is_variable_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || is_space(byte)
        })
}

pub(super) fn is_uid(text: &str) -> bool {
    crate::uid::Uid::parse(text).is_ok()
}

/// A reader over `source`, which ends at `end`; positions count from the start of the whole text.
pub(super) struct Cursor<'s> {
    pub source: &'s str,
    pub position: usize,
    pub end: usize,
}

impl<'s> Cursor<'s> {
    pub fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    pub fn peek_at(&self, ahead: usize) -> u8 {
        let at = self.position + ahead;
        if at < self.end { self.source.as_bytes().get(at).copied().unwrap_or(END) } else { END }
    }

    pub fn at_end(&self) -> bool {
        self.position >= self.end
    }

    pub fn looking_at(&self, word: &str) -> bool {
        let rest = self.source.as_bytes().get(self.position..self.end).unwrap_or_default();
        rest.starts_with(word.as_bytes())
    }

    pub fn error(&self, problem: ParseProblem) -> ParseError {
        problem.at(self.position)
    }

    pub fn expected(&self, what: &'static str) -> ParseError {
        self.error(ParseProblem::Expected(what))
    }

    pub fn take(&mut self, byte: u8, what: &'static str) -> Result<(), ParseError> {
        if self.peek() != byte {
            return Err(self.expected(what));
        }
        self.position += 1;
        Ok(())
    }

    pub fn since(&self, start: usize) -> &'s str {
        self.source.get(start..self.position).unwrap_or_default()
    }

    /// Blanks, line breaks and comments; an unclosed comment runs to the end.
    pub fn skip_space(&mut self) {
        loop {
            while is_space(self.peek()) {
                self.position += 1;
            }
            if !self.looking_at("/*") {
                return;
            }
            self.position += 2;
            while self.peek() != END && !self.looking_at("*/") {
                self.position += 1;
            }
            if self.peek() == END {
                return;
            }
            self.position += 2;
        }
    }

    pub fn skip_while(&mut self, test: fn(u8) -> bool) {
        while self.peek() != END && test(self.peek()) {
            self.position += 1;
        }
    }

    fn word(&mut self, test: fn(u8) -> bool, what: &'static str) -> Result<&'s str, ParseError> {
        let start = self.position;
        self.skip_while(test);
        if self.position == start { Err(self.expected(what)) } else { Ok(self.since(start)) }
    }

    pub fn name(&mut self) -> Result<&'s str, ParseError> {
        self.word(is_name, "a value, a function or an item")
    }

    pub fn identifier(&mut self) -> Result<&'s str, ParseError> {
        self.word(is_identifier, "a name")
    }

    pub fn uid(&mut self) -> Result<&'s str, ParseError> {
        let start = self.position;
        if self.peek() == b'*' {
            self.position += 1;
            return Ok(self.since(start));
        }
        let text = self.source.get(start..(start + 11).min(self.end)).unwrap_or_default();
        if !is_uid(text) {
            return Err(self.expected("an id"));
        }
        self.position += text.len();
        Ok(text)
    }

    /// Digits with point and exponent; whether they make a number is for the caller to see.
    pub fn number(&mut self) -> Result<&'s str, ParseError> {
        let start = self.position;
        let has_whole = self.peek().is_ascii_digit();
        self.skip_while(|byte| byte.is_ascii_digit());
        if !has_whole || self.peek() == b'.' {
            self.take(b'.', "a point")?;
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.position += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.position += 1;
            }
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        Ok(self.since(start))
    }

    pub fn integer(&mut self) -> &'s str {
        let start = self.position;
        if matches!(self.peek(), b'+' | b'-') {
            self.position += 1;
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        self.since(start)
    }

    /// `yyyy-m-d` with one or two digits for month and day.
    pub fn date(&mut self) -> Result<&'s str, ParseError> {
        let start = self.position;
        for _ in 0..4 {
            self.digit()?;
        }
        self.take(b'-', "a hyphen")?;
        self.digit()?;
        if self.peek() != b'-' {
            self.digit()?;
        }
        self.take(b'-', "a hyphen")?;
        self.digit()?;
        if self.peek().is_ascii_digit() {
            self.position += 1;
        }
        Ok(self.since(start))
    }

    fn digit(&mut self) -> Result<(), ParseError> {
        if !self.peek().is_ascii_digit() {
            return Err(self.expected("a digit"));
        }
        self.position += 1;
        Ok(())
    }

    /// A quoted text without its quotes, escapes as written. A raw line break ends it too.
    pub fn text(&mut self) -> Result<(usize, usize), ParseError> {
        let quote = self.peek();
        if !matches!(quote, b'"' | b'\'') {
            return Err(self.expected("a text in quotes"));
        }
        self.position += 1;
        let start = self.position;
        loop {
            match self.peek() {
                END => return Err(self.error(ParseProblem::UnclosedText)),
                b'\\' => self.escape()?,
                byte if byte == quote || byte == b'\n' || byte == b'\r' => {
                    let end = self.position;
                    self.position += 1;
                    return Ok((start, end));
                }
                _ => self.position += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), ParseError> {
        self.position += 1;
        match self.peek() {
            b'u' => {
                let is_unit = (1..=4).all(|ahead| self.peek_at(ahead).is_ascii_hexdigit());
                if !is_unit {
                    return Err(self.expected("four hexadecimal digits"));
                }
                self.position += 5;
            }
            b'0'..=b'9' => {
                if !(0..3).all(|ahead| matches!(self.peek_at(ahead), b'0'..=b'7')) {
                    return Err(self.expected("three octal digits"));
                }
                self.position += 3;
            }
            _ if self.at_end() => return Err(self.error(ParseProblem::UnclosedText)),
            _ => {
                // A whole character, which may be several bytes.
                let rest = self.source.get(self.position..).unwrap_or_default();
                self.position += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        Ok(())
    }
}

/// Decodes the escapes of a text of the Kotlin dialect; the outer `None` means that one of them is
/// broken, the inner one that there are none.
pub(super) fn decode(raw: &str) -> Option<Option<String>> {
    if !raw.contains('\\') {
        return Some(None);
    }
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        let mut decoded = character;
        if character == '\\' {
            match rest.next()? {
                'u' => {
                    units.push(code(&mut rest, 4, 16)?);
                    continue;
                }
                // The peer passes over the first octal digit and reads the three characters behind.
                '0'..='9' => {
                    units.push(code(&mut rest, 3, 8)?);
                    continue;
                }
                'b' => decoded = '\u{8}',
                't' => decoded = '\t',
                'n' => decoded = '\n',
                'f' => decoded = '\u{c}',
                'r' => decoded = '\r',
                other => decoded = other,
            }
        }
        units.extend_from_slice(decoded.encode_utf16(&mut [0; 2]));
    }
    Some(Some(String::from_utf16_lossy(&units)))
}

fn code(rest: &mut std::str::Chars<'_>, length: usize, radix: u32) -> Option<u16> {
    let digits: String = rest.by_ref().take(length).collect();
    if digits.len() == length { u16::from_str_radix(&digits, radix).ok() } else { None }
}
