//! Phone numbers as they are compared: the last digits, whatever prefix was written.

use crate::folding::normalise;

/// Digits that are compared; without country code and trunk prefix most numbers have eight or nine.
const DIGITS: usize = 8;

/// Fewer digits are no number but a slip or an extension.
const DIGITS_MIN: usize = 7;

/// The numbers in a text, each as its last digits. Several are often written into one field.
pub(super) fn numbers(text: &str) -> Vec<String> {
    let digits =
        |part: &str| normalise(part).chars().filter(char::is_ascii_digit).collect::<String>();
    text.split(['/', ',', ';', '|', '\n', '،', '؛'])
        .map(digits)
        .filter(|digits| digits.len() >= DIGITS_MIN)
        // 0000000 and 9999999 stand for "none".
        .filter(|digits| digits.bytes().any(|digit| Some(digit) != digits.bytes().last()))
        .map(|digits| digits[digits.len().saturating_sub(DIGITS)..].to_owned())
        .collect()
}

/// Whether two numbers are one; a seven-digit one fits the end of a longer one.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.ends_with(other) || other.ends_with(one)
}
