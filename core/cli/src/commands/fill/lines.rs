//! The lines of a conversation: read within a limit, then understood.

use std::io::{BufRead, Read};

use outpost_engine::{OutpostError, Result};

use crate::strings;

/// Longest line: a long text answer is 50,000 characters, each of up to four bytes.
const LINE_BYTES_MAX: u64 = 256 * 1024;

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A blank line or a remark (`# …`).
    Nothing,
    /// `NAME=VALUE`.
    Set(String),
    /// `date DATE`.
    Date(String),
    Show,
    Check,
    Save,
    Complete,
    Draft,
    Discard,
    Help,
    Quit,
}

impl Line {
    /// Understands a line.
    ///
    /// # Errors
    /// `InvalidInput` if it is none of them.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words.as_slice() {
            [] => Self::Nothing,
            [first, ..] if first.starts_with('#') => Self::Nothing,
            ["show"] => Self::Show,
            ["check"] => Self::Check,
            ["save"] => Self::Save,
            ["complete"] => Self::Complete,
            ["draft"] => Self::Draft,
            ["discard"] => Self::Discard,
            ["help" | "?"] => Self::Help,
            ["quit" | "exit"] => Self::Quit,
            ["date", date] => Self::Date((*date).to_owned()),
            _ if text.contains('=') => Self::Set(text.to_owned()),
            _ => return Err(OutpostError::invalid("line", "unknown", strings::FILL_UNKNOWN)),
        })
    }
}

/// The next line without its end; `None` at the end of the input. A line that is too long or no
/// text is passed over and named.
///
/// # Errors
/// `InvalidInput` if the input cannot be read any more.
pub fn next_line(input: &mut dyn BufRead) -> Result<Option<Result<String>>> {
    let mut bytes = Vec::new();
    let unreadable = |error| OutpostError::invalid("line", "unreadable", error);
    let mut limited = Read::take(&mut *input, LINE_BYTES_MAX);
    limited.read_until(b'\n', &mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() as u64 == LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
        skip_line(input).map_err(unreadable)?;
        let error = OutpostError::invalid("line", "too_long", strings::FILL_TOO_LONG);
        return Ok(Some(Err(error)));
    }
    let text = String::from_utf8(bytes);
    let no_text = |_| OutpostError::invalid("line", "encoding", strings::FILL_NO_TEXT);
    Ok(Some(text.map_err(no_text)))
}

/// Passes over the rest of a line without holding it.
fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (passed, is_end) = match end {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(passed);
        if is_end {
            return Ok(());
        }
    }
}
