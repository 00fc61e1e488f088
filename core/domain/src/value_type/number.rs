//! Numbers: decimal digits with a point, no plus, no exponent, no leading zero.

use crate::limits::NUMBER_UTF16_LIMIT;

/// Whether the text is a NUMBER. Never NaN or infinite.
pub(super) fn is_number(value: &str) -> bool {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    // All characters are ASCII once the parts are digits, so bytes count as UTF-16 units.
    value.len() < NUMBER_UTF16_LIMIT
        && (whole == "0" || is_counting_number(whole))
        && fraction.is_none_or(|digits| !digits.is_empty() && all_digits(digits))
}

/// NUMBER from 0 to 1.
pub(super) fn is_unit_interval(value: &str) -> bool {
    is_number_within(value, 1.0)
}

/// NUMBER from 0 to 100.
pub(super) fn is_percentage(value: &str) -> bool {
    is_number_within(value, 100.0)
}

fn is_number_within(value: &str, most: f64) -> bool {
    is_number(value) && value.parse::<f64>().is_ok_and(|number| (0.0..=most).contains(&number))
}

/// Whole number of 32 bits; `-0` is none.
pub(super) fn is_integer(value: &str) -> bool {
    is_zero_or_positive_integer(value) || is_negative_integer(value)
}

/// Whole number from 1.
pub(super) fn is_positive_integer(value: &str) -> bool {
    is_counting_number(value) && fits(value)
}

/// Whole number up to -1.
pub(super) fn is_negative_integer(value: &str) -> bool {
    value.strip_prefix('-').is_some_and(is_counting_number) && fits(value)
}

/// Whole number from 0.
pub(super) fn is_zero_or_positive_integer(value: &str) -> bool {
    value == "0" || is_positive_integer(value)
}

/// Whether the server takes the text for a plain zero, with or without decimals.
pub(super) fn is_zero(value: &str) -> bool {
    value == "0" || value.strip_prefix("0.").is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
}

fn is_counting_number(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first != b'0') && all_digits(text)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn fits(value: &str) -> bool {
    value.parse::<i32>().is_ok()
}
