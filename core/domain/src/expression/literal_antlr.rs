//! Literals and words of the ANTLR dialect: what dates and quoted texts stand for, what is an id and
//! what a name. Never decides where they may stand.

use super::cursor::{is_identifier, is_space, is_uid};
use super::item::REPORTING_RATES;
use super::parse_kotlin::PROGRAM_VARIABLES;

/// Words that the grammar keeps for itself, besides program variables and reporting rates.
const RESERVED: [&str; 8] = ["and", "or", "not", "in", "distinct", "null", "true", "false"];

fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word) || PROGRAM_VARIABLES.contains(&word) || REPORTING_RATES.contains(&word)
}

/// Whether the lexer takes this for an id: `environment` would be one, but is a program variable.
pub(super) fn is_uid_token(text: &str) -> bool {
    is_uid(text) && !is_reserved(text)
}

/// Whether every word of the text may be a part of a rule variable's name: no reserved word, no date.
pub(super) fn is_rule_variable_name(text: &str) -> bool {
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let run = |test: fn(u8) -> bool| rest.bytes().take_while(|byte| test(*byte)).count();
        let length = match first {
            b'-' | b'.' => 1,
            _ if is_space(first) => 1,
            b'0'..=b'9' if starts_with_date(rest) => return false,
            b'0'..=b'9' => number_length(rest),
            _ if is_identifier(first) => {
                let letters = run(is_identifier);
                match rest.get(..11) {
                    Some(uid) if letters < 11 && is_uid(uid) => 11,
                    _ if is_reserved(&rest[..letters]) => return false,
                    _ => letters,
                }
            }
            _ => return false,
        };
        rest = &rest[length..];
    }
    !text.is_empty()
}

/// The digits of a number without leading zeros, its fraction and exponent.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = if text.starts_with('0') { 1 } else { digits(0) };
    if text[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        // No sign: a hyphen may part the words of a name.
        let exponent = digits(length + 1);
        length += if exponent > 0 { 1 + exponent } else { 0 };
    }
    length
}

/// `yyyy-m-d`, or with two digits for month or day; more may follow.
pub(super) fn starts_with_date(text: &str) -> bool {
    let at = |index: usize| text.as_bytes().get(index).copied().unwrap_or_default();
    let digit = |index: usize| at(index).is_ascii_digit();
    let starts = matches!(at(0), b'1'..=b'9') && (1..4).all(digit) && at(4) == b'-';
    let is_short = at(6) == b'-' && digit(7);
    let is_long = matches!(at(5), b'0' | b'1') && digit(6) && at(7) == b'-' && digit(8);
    starts && digit(5) && (is_short || is_long)
}

/// `2020-1-5` with its zeros.
pub(super) fn padded_date(text: &str) -> String {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap_or_default();
    format!("{}-{:0>2}-{:0>2}", next(), next(), next())
}

/// Decodes Java's escapes, octal ones too.
pub(super) fn decode(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        let mut decoded = character;
        if character == '\\' {
            match rest.next().unwrap_or('\\') {
                'u' => {
                    while rest.next_if_eq(&'u').is_some() {}
                    let hex: String = rest.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).unwrap_or(0xFFFD));
                    continue;
                }
                digit @ '0'..='7' => {
                    let mut code = digit.to_digit(8).unwrap_or(0);
                    let more = if code <= 3 { 2 } else { 1 };
                    for _ in 0..more {
                        let Some(next) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                        code = code * 8 + next;
                        rest.next();
                    }
                    decoded = char::from_u32(code).unwrap_or('\u{fffd}');
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
    String::from_utf16_lossy(&units)
}
