//! Coordinates: `[longitude,latitude]`, the numbers in Java's syntax for floats.

use super::text::is_java_space;

/// Shortest coordinate after white space is gone, `[1,2]`.
const COORDINATE_CHARS_MIN: usize = 5;

/// Whether the text is a COORDINATE; parts after the second are ignored as the server does.
pub(super) fn is_coordinate(value: &str) -> bool {
    let compact: String = value.chars().filter(|c| !is_java_space(*c)).collect();
    if compact.len() < COORDINATE_CHARS_MIN {
        return false;
    }
    let Some(inner) = compact.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    let mut parts = inner.split(',').map(java_float);
    let mut next_within =
        |most: f32| parts.next().flatten().is_some_and(|number| (-most..=most).contains(&number));
    next_within(180.0) && next_within(90.0)
}

/// Reads a number as `Float.parseFloat` does: exponent, type suffix, hexadecimal, NaN and Infinity.
fn java_float(text: &str) -> Option<f32> {
    let text = text.trim_matches(|c| c <= ' ');
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = match unsigned {
        "NaN" => f32::NAN,
        "Infinity" => f32::INFINITY,
        _ => {
            let bare = unsigned.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(unsigned);
            match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
                Some(hex) => hexadecimal(hex)?,
                None => decimal(bare)?,
            }
        }
    };
    Some(if negative { -number } else { number })
}

fn decimal(text: &str) -> Option<f32> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = has_digits && digits(whole) && digits(fraction);
    let exponent_shaped = exponent.is_none_or(is_exponent);
    // Rust reads the same digits to the same nearest float.
    if shaped && exponent_shaped { text.parse().ok() } else { None }
}

/// `1.8p3` after its `0x`: hexadecimal digits and a binary exponent, which Java insists on.
fn hexadecimal(text: &str) -> Option<f32> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent = exponent.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !is_exponent(exponent) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut number = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let power = f64::from(exponent.parse::<i32>().unwrap_or(i32::MAX));
    let places = fraction.len() as f64;
    Some((number * (power - 4.0 * places).exp2()) as f32)
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
