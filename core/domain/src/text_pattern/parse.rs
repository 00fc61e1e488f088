//! From text to segments, with the server's leniency: it looks for the next segment or `+` and passes
//! over whatever lies between.

use super::{CodePart, DateFormat, Segment, TextPattern};
use crate::limits::{SHOWN_CHARS_MAX, TEXT_PATTERN_BYTES_MAX};

/// Most characters of a random or sequential part.
const GENERATED_CHARS_MAX: usize = 12;

/// The pattern is none; the server says E4019.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Nothing is written.
    #[error("the pattern is empty")]
    Empty,
    /// Longer than any pattern that a server stores.
    #[error("the pattern is longer than {TEXT_PATTERN_BYTES_MAX} bytes")]
    TooLong,
    /// No such method, or not with this parameter.
    #[error("`{shown}` at character {position} is no part of a pattern such as RANDOM(###)")]
    UnknownMethod {
        /// The method as written, cut to a length that is safe to show.
        shown: String,
        /// Its place, counted from one.
        position: usize,
    },
    /// A plus sign where a part is expected.
    #[error("the + at character {position} follows no part of the pattern")]
    UnexpectedPlus {
        /// Its place, counted from one.
        position: usize,
    },
    /// The pattern ends on a plus sign.
    #[error("the pattern ends on a +; write the last part or remove it")]
    EndsOnPlus,
    /// There is text but no part of a pattern.
    #[error("the pattern holds no part such as \"text\" or RANDOM(###)")]
    NoSegment,
}

/// What the text begins with.
enum Piece<'p> {
    Text(&'p str),
    Method { name: &'p str, parameter: &'p str },
    Plus,
}

pub(super) fn parse(pattern: &str) -> Result<TextPattern, PatternError> {
    if pattern.is_empty() {
        return Err(PatternError::Empty);
    }
    if pattern.len() > TEXT_PATTERN_BYTES_MAX {
        return Err(PatternError::TooLong);
    }
    let mut segments = Vec::new();
    let (mut has_stray_text, mut follows_segment) = (false, false);
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let position = pattern[..pattern.len() - rest.len()].chars().count() + 1;
        let Some((piece, length)) = piece(rest) else {
            has_stray_text |= !next.is_whitespace();
            rest = &rest[next.len_utf8()..];
            continue;
        };
        match piece {
            Piece::Plus if !follows_segment => {
                return Err(PatternError::UnexpectedPlus { position });
            }
            Piece::Plus => follows_segment = false,
            Piece::Text(text) => {
                segments.push(Segment::Text(text.to_owned()));
                follows_segment = true;
            }
            Piece::Method { name, parameter } => {
                let shown = || rest[..length].chars().take(SHOWN_CHARS_MAX).collect();
                let segment = method(name, parameter)
                    .ok_or_else(|| PatternError::UnknownMethod { shown: shown(), position })?;
                segments.push(segment);
                follows_segment = true;
            }
        }
        rest = &rest[length..];
    }
    match (segments.is_empty(), follows_segment) {
        (true, _) => Err(PatternError::NoSegment),
        (false, false) => Err(PatternError::EndsOnPlus),
        (false, true) => Ok(TextPattern { segments, has_stray_text }),
    }
}

/// The piece that the text begins with, and its length in bytes.
fn piece(text: &str) -> Option<(Piece<'_>, usize)> {
    match text.as_bytes()[0] {
        b'+' => Some((Piece::Plus, 1)),
        b'"' => {
            let end = 1 + end_of_quoted(&text[1..])?;
            Some((Piece::Text(&text[1..end]), end + 1))
        }
        b'A'..=b'Z' | b'_' => {
            let is_name = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
            let open = text.bytes().position(|byte| !is_name(byte))?;
            if text.as_bytes()[open] != b'(' {
                return None;
            }
            let parameter = &text[open + 1..];
            let close = parameter.find([')', '\n', '\r'])?;
            if parameter.as_bytes()[close] != b')' {
                return None;
            }
            let method = Piece::Method { name: &text[..open], parameter: &parameter[..close] };
            Some((method, open + close + 2))
        }
        _ => None,
    }
}

/// Where the closing quotation mark is; a backslash takes the next character along.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

fn method(name: &str, parameter: &str) -> Option<Segment> {
    let of = |letters: &str| {
        (1..=GENERATED_CHARS_MAX).contains(&parameter.len())
            && parameter.chars().all(|character| letters.contains(character))
    };
    match name {
        "RANDOM" if of("#Xx*") => Some(Segment::Random(parameter.to_owned())),
        "SEQUENTIAL" if of("#") => Some(Segment::Sequential(parameter.len())),
        "ORG_UNIT_CODE" => CodePart::parse(parameter).map(Segment::OrganisationUnitCode),
        "CURRENT_DATE" if !parameter.is_empty() => {
            Some(Segment::CurrentDate(DateFormat::new(parameter)))
        }
        _ => None,
    }
}
