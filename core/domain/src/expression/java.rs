//! Numbers and text as Java writes, reads and counts them: DHIS2's evaluators run on a JVM.
//!
//! Pure conversions. Never panics on any input.

use std::cmp::Ordering;
use std::fmt::Write;

/// Java `Double.toString`: the shortest digits, `1.0E7` from 10^7 on and `1.0E-4` below 10^-3.
#[must_use]
pub fn double_to_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{number:?}");
    }
    // `{:e}` gives the shortest digits too, as `1.2345e10` or `5e-324`.
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mut text = String::with_capacity(scientific.len() + 2);
    text.push_str(digits);
    if !digits.contains('.') {
        text.push_str(".0");
    }
    let _ = write!(text, "E{exponent}");
    // Java writes at least two digits, so the smallest double is not "5.0E-324".
    if magnitude == 5e-324 { text.replace("5.0", "4.9") } else { text }
}

/// Java `Double.parseDouble`: trims control characters and blanks, reads `1e3`, `.5`, `1d`, `NaN`,
/// `Infinity` and hexadecimal floats; `None` for anything else.
#[must_use]
pub fn parse_double(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    let bytes = trimmed.as_bytes();
    let (negative, unsigned) = match bytes.first()? {
        b'-' => (true, &trimmed[1..]),
        b'+' => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let magnitude = parse_magnitude(unsigned)?;
    Some(if negative { -magnitude } else { magnitude })
}

fn parse_magnitude(unsigned: &str) -> Option<f64> {
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(f64::INFINITY),
        _ => {}
    }
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        return parse_hexadecimal(&unsigned[2..]);
    }
    let number = unsigned.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(unsigned);
    let is_decimal = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && number.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if !is_decimal {
        return None;
    }
    number.parse().ok()
}

/// A hexadecimal float after its `0x`; the binary exponent is obligatory.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.saturating_sub(4 * i32::try_from(fraction.len()).ok()?);
    Some(value * 2f64.powi(shift))
}

/// Kotlin `Double.toInt`: cut toward zero, held within 32 bits, 0 for NaN.
#[must_use]
pub fn to_int(number: f64) -> i32 {
    number as i32
}

/// Whether a number has no fraction; infinities and NaN are not whole.
#[must_use]
pub fn is_whole(number: f64) -> bool {
    // Every double from 2^53 on is whole; below it the round trip is exact, and faster than `%`.
    if number.abs() < 9_007_199_254_740_992.0 {
        (number as i64) as f64 == number
    } else {
        number.is_finite()
    }
}

/// Number of UTF-16 units, Java's `String.length`.
#[must_use]
pub fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The units `from..to` of a text. A half of a surrogate pair that is cut off becomes U+FFFD.
#[must_use]
pub fn utf16_slice(text: &str, from: usize, to: usize) -> String {
    if text.is_ascii() {
        return text.get(from..to).unwrap_or_default().to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().skip(from).take(to.saturating_sub(from)).collect();
    String::from_utf16_lossy(&units)
}

/// Java `Double.compareTo`: NaN is equal to itself and above all, -0.0 is below 0.0.
#[must_use]
pub fn compare_doubles(left: f64, right: f64) -> Ordering {
    match (left.is_nan(), right.is_nan()) {
        (false, false) => left.total_cmp(&right),
        (left, right) => left.cmp(&right),
    }
}

/// Java `String.compareTo`: by UTF-16 unit, which differs from UTF-8 order above U+FFFF.
#[must_use]
pub fn compare_texts(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(number: f64, expected: &str) {
        assert_eq!(double_to_text(number), expected);
    }

    #[track_caller]
    fn check_number(text: &str, expected: Option<f64>) {
        let found = parse_double(text);
        let same = match (found, expected) {
            (Some(a), Some(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        };
        assert!(same, "{text:?}: {found:?}");
    }

    #[test]
    fn doubles_are_written_as_java_writes_them() {
        // Java language: `Double.toString` documentation and expression corpus.
        check_text(1.0, "1.0");
        check_text(-0.0, "-0.0");
        check_text(123_456_789.5, "1.234567895E8");
        check_text(1e7, "1.0E7");
        check_text(9_999_999.0, "9999999.0");
        check_text(0.001, "0.001");
        check_text(0.0001, "1.0E-4");
        check_text(5e-324, "4.9E-324");
        check_text(f64::NEG_INFINITY, "-Infinity");
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        for whole in [0.0, -0.0, 1.0, -7.0, 1e15, 9_007_199_254_740_993.0, 1e300] {
            assert!(is_whole(whole), "{whole}");
        }
        for other in [0.5, -1.5, 1e-300, f64::NAN, f64::INFINITY, 4_503_599_627_370_495.5] {
            assert!(!is_whole(other), "{other}");
        }
    }

    #[test]
    fn doubles_are_read_as_java_reads_them() {
        check_number(" 1e3 ", Some(1000.0));
        check_number(".5", Some(0.5));
        check_number("1.", Some(1.0));
        check_number("1d", Some(1.0));
        check_number("1f", Some(1.0));
        check_number("-Infinity", Some(f64::NEG_INFINITY));
        check_number("NaN", Some(f64::NAN));
        check_number("0x1.8p1", Some(3.0));
        check_number("1,5", None);
        check_number("", None);
        check_number("inf", None);
        check_number("nan", None);
        check_number("1e", None);
        check_number("--1", None);
        check_number("\u{a0}1", None);
    }
}
