//! Short texts as Java sees them: UTF-16 lengths, its white space, its letters.

use std::sync::LazyLock;

use fancy_regex::Regex;

/// The letters of Unicode 13, which Java 17 knows; younger ones would be refused by the server.
static LETTER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A[\p{L}&&\p{Age=13.0}]\z").expect("a constant pattern"));

/// Length as Java counts it.
pub(super) fn utf16_length(value: &str) -> usize {
    value.encode_utf16().count()
}

/// Whether Java's `trim()` leaves nothing: only characters up to the space.
pub(super) fn is_java_blank(value: &str) -> bool {
    value.chars().all(|c| c <= ' ')
}

/// Java's `\s` without flags.
pub(super) fn is_java_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0B' | '\x0C' | '\r')
}

/// One letter of any script within the first 65,536 code points.
pub(super) fn is_letter(value: &str) -> bool {
    utf16_length(value) == 1 && LETTER.is_match(value).unwrap_or(false)
}

/// Six to fifty of the characters that the server allows, the letters of "ext" among them.
pub(super) fn is_phone_number(value: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_digit()
            || is_java_space(c)
            || matches!(c, '+' | '(' | ')' | '#' | '.' | '/' | 'e' | 'x' | 't' | '-')
    };
    (6..=50).contains(&value.len()) && value.chars().all(allowed)
}

/// Four to 255 letters, digits and single signs, no sign at either end.
pub(super) fn is_username(value: &str) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b'@');
    let bytes = value.as_bytes();
    (4..=255).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || is_sign(byte))
        && !bytes.first().is_some_and(is_sign)
        && !bytes.last().is_some_and(is_sign)
        && !bytes.windows(2).any(|pair| pair.iter().all(is_sign))
}
