//! Text as it stands on paper: shaped, in the right order, cut where a line ends.
//!
//! HarfBuzz's rules join Arabic letters and place accents; the Unicode bidirectional algorithm orders
//! runs; what no font has is counted, so that an empty box is never printed unnoticed. Never prints a
//! control character: a name cannot turn the text around it.

mod fonts;
mod line;

use std::borrow::Cow;

pub use fonts::{Fonts, Weight};
pub(crate) use line::{Glyph, Line};

use crate::limits;

/// Which way a text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the left.
    LeftToRight,
    /// From the right, as Arabic, Hebrew, Persian and Urdu.
    RightToLeft,
}

/// The text of a field as it may be printed: one line, without control characters, not too long.
///
/// ```
/// # use outpost_print::printable;
/// assert_eq!(printable("Amina\n  \u{202e}Okoye\u{7}"), "Amina Okoye");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(4 * limits::FIELD_CHARS_MAX));
    let mut chars = 0;
    for letter in text.chars() {
        if chars == limits::FIELD_CHARS_MAX {
            clean.push('…');
            break;
        }
        let letter = match letter {
            letter if letter.is_whitespace() || letter.is_control() => ' ',
            letter if turns_text(letter) => continue,
            letter => letter,
        };
        if letter == ' ' && (clean.is_empty() || clean.ends_with(' ')) {
            continue;
        }
        clean.push(letter);
        chars += 1;
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Embeddings, overrides and isolates, byte-order marks and tags: nothing that a name needs.
fn turns_text(letter: char) -> bool {
    matches!(
        letter,
        '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Which way a value runs that stands alone: what has no letter from the right runs from the left, so
/// that a telephone number reads the same on an Arabic page.
pub(crate) fn own_direction(text: &str) -> Direction {
    match unicode_bidi::get_base_direction(text) {
        unicode_bidi::Direction::Rtl => Direction::RightToLeft,
        unicode_bidi::Direction::Ltr | unicode_bidi::Direction::Mixed => Direction::LeftToRight,
    }
}

/// A value within a sentence that runs one way: it neither turns the sentence nor is turned by it.
pub(crate) fn isolated(text: &str, sentence: Direction) -> String {
    match (own_direction(text), sentence) {
        (Direction::LeftToRight, Direction::LeftToRight) => text.to_owned(),
        _ => format!("\u{2068}{text}\u{2069}"),
    }
}

/// A field, or what stands where it is to be filled in by hand.
pub(crate) fn or_blank<'a>(text: &'a str, blank: &'a str) -> Cow<'a, str> {
    match printable(text) {
        clean if clean.is_empty() => Cow::Borrowed(blank),
        clean => Cow::Owned(clean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, printed: &str) {
        assert_eq!(printable(text), printed);
    }

    #[test]
    fn a_field_is_one_line_without_control_characters() {
        check("  Amina   Okoye ", "Amina Okoye");
        check("a\tb\r\nc", "a b c");
        check("\u{0}\u{1b}[31mred", "[31mred");
        check("abc\u{202e}cba\u{2066}", "abccba");
        check("", "");
        check(" \n ", "");
    }

    #[test]
    fn a_field_that_is_too_long_ends_in_an_ellipsis() {
        let printed = printable(&"x".repeat(10_000));
        assert_eq!(printed.chars().count(), limits::FIELD_CHARS_MAX + 1);
        assert!(printed.ends_with('…'));
    }
}
