//! Exact decimal numbers behind both dialects' arithmetic.
//!
//! A double enters as the shortest decimal that Java would print for it, and a result leaves as the
//! nearest double. Nothing here allocates in the usual case, and no exponent can grow a number: the
//! digits stay within 38.

use std::fmt::Write;

/// `digits` x 10^`exponent`, with a sign. Zero has no sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub negative: bool,
    pub digits: u128,
    pub exponent: i64,
}

/// Digits that a value may have before two of them are added: leaves room for a carry in `i128`.
const ALIGNED_DIGITS: u32 = 36;

/// 10^0 to 10^38.
const POWERS: [u128; 39] = {
    let mut powers = [1u128; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// 10^`power`, held at 10^38.
#[inline]
pub(super) fn power_of_ten(power: u32) -> u128 {
    POWERS[power.min(38) as usize]
}

/// Quotient and remainder; far faster while both are small, as they mostly are.
#[inline]
pub(super) fn divide_digits(digits: u128, by: u128) -> (u128, u128) {
    match (u64::try_from(digits), u64::try_from(by)) {
        (Ok(digits), Ok(by)) => (u128::from(digits / by), u128::from(digits % by)),
        _ => (digits / by, digits % by),
    }
}

/// Number of decimal digits; 1 for zero.
pub(super) fn count_digits(digits: u128) -> u32 {
    // The 64-bit logarithm is several times faster, and most numbers are small.
    match u64::try_from(digits) {
        Ok(small) => small.checked_ilog10().map_or(1, |log| log + 1),
        Err(_) => digits.ilog10() + 1,
    }
}

impl Decimal {
    pub const ZERO: Self = Self { negative: false, digits: 0, exponent: 0 };
    pub const ONE: Self = Self { negative: false, digits: 1, exponent: 0 };

    pub fn new(negative: bool, digits: u128, exponent: i64) -> Self {
        Self { negative: negative && digits != 0, digits, exponent }
    }

    /// The shortest decimal that reads back as this finite double.
    pub fn from_double(number: f64) -> Self {
        let magnitude = number.abs();
        let (digits, exponent) =
            short_decimal(magnitude).unwrap_or_else(|| printed_decimal(magnitude));
        Self::new(number < 0.0, u128::from(digits), exponent)
    }

    /// The nearest double; beyond the range an infinity or a zero of the same sign.
    pub fn to_double(self) -> f64 {
        const EXACT: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        let power = usize::try_from(self.exponent.unsigned_abs()).ok().and_then(|p| EXACT.get(p));
        let magnitude = match power {
            // Both operands are exact, so the one operation rounds correctly.
            Some(power) if self.digits <= 1 << 53 => {
                let digits = self.digits as u64 as f64;
                if self.exponent < 0 { digits / power } else { digits * power }
            }
            _ => {
                let mut text = Scratch::default();
                let _ = write!(text, "{}e{}", self.digits, self.exponent);
                text.as_str().parse().unwrap_or(f64::NAN)
            }
        };
        if self.negative { -magnitude } else { magnitude }
    }

    pub fn negated(self) -> Self {
        Self::new(!self.negative, self.digits, self.exponent)
    }

    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Power of ten of the leading digit: 2 for 123.
    pub fn magnitude(self) -> i64 {
        self.exponent + i64::from(count_digits(self.digits)) - 1
    }

    /// The same value with so many more zeros behind its digits, as far as they fit.
    fn widened(self, zeros: u32) -> Self {
        let room = ALIGNED_DIGITS.saturating_sub(count_digits(self.digits)).min(zeros);
        let digits = self.digits * power_of_ten(room);
        Self { digits, exponent: self.exponent - i64::from(room), ..self }
    }

    /// The exact sum, or one that differs only far beyond the digits of a double: what is too small
    /// to fit below the larger number leaves a trace of one unit in its last place.
    pub fn plus(self, other: Self) -> Self {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = u32::try_from(high.exponent - low.exponent).unwrap_or(u32::MAX);
        let high = high.widened(gap);
        let missing = high.exponent - low.exponent;
        let low_digits = match missing {
            0 => low.digits,
            1..=38 => (low.digits / power_of_ten(missing as u32)).max(1),
            _ => 1,
        };
        let signed = |negative: bool, digits: u128| {
            let digits = i128::try_from(digits).unwrap_or(i128::MAX);
            if negative { -digits } else { digits }
        };
        let sum =
            signed(high.negative, high.digits).saturating_add(signed(low.negative, low_digits));
        Self::new(sum < 0, sum.unsigned_abs(), high.exponent)
    }

    /// The exact product of two values of at most 19 digits.
    pub fn times(self, other: Self) -> Self {
        let digits = self.digits.saturating_mul(other.digits);
        Self::new(self.negative != other.negative, digits, self.exponent + other.exponent)
    }

    /// Rounded half away from zero to so many significant digits.
    pub fn rounded(self, precision: u32) -> Self {
        let surplus = count_digits(self.digits).saturating_sub(precision);
        if surplus == 0 { self } else { self.cut(surplus) }
    }

    /// Rounded half away from zero to so many digits behind the point.
    pub fn rounded_at(self, places: u32) -> Self {
        match u32::try_from(-self.exponent - i64::from(places)) {
            Ok(0) | Err(_) => self,
            Ok(surplus) if surplus > count_digits(self.digits) => Self::ZERO,
            Ok(surplus) => self.cut(surplus),
        }
    }

    fn cut(self, surplus: u32) -> Self {
        let unit = power_of_ten(surplus);
        let (kept, cut) = divide_digits(self.digits, unit);
        let digits = kept + u128::from(cut >= unit / 2);
        Self::new(self.negative, digits, self.exponent + i64::from(surplus))
    }
}

/// Doubles that are short decimals, which almost all entered values are, without printing them.
///
/// A decimal of at most 15 digits that divides back to the double is the only one of that length,
/// and so the shortest.
fn short_decimal(magnitude: f64) -> Option<(u64, i64)> {
    const LIMIT: f64 = 1e15;
    if magnitude >= LIMIT {
        return None;
    }
    let whole = magnitude as u64;
    if whole as f64 == magnitude {
        return Some((whole, 0));
    }
    let mut power = 1.0;
    for places in 1..=6 {
        power *= 10.0;
        let scaled = magnitude * power;
        if scaled >= LIMIT {
            return None;
        }
        let nearest = (scaled + 0.5) as u64;
        if nearest as f64 / power == magnitude {
            return Some((nearest, -places));
        }
    }
    None
}

fn printed_decimal(magnitude: f64) -> (u64, i64) {
    if magnitude == 5e-324 {
        return (49, -325); // Java writes at least two digits.
    }
    let mut text = Scratch::default();
    let _ = write!(text, "{magnitude:e}");
    let (mantissa, exponent) = text.as_str().split_once('e').unwrap_or(("0", "0"));
    let mut digits = 0u64;
    let mut places = 0i64;
    let mut behind_point = false;
    for byte in mantissa.bytes() {
        if byte == b'.' {
            behind_point = true;
        } else {
            digits = digits * 10 + u64::from(byte.wrapping_sub(b'0'));
            places += i64::from(behind_point);
        }
    }
    (digits, exponent.parse::<i64>().unwrap_or(0) - places)
}

/// A small text on the stack: printing a number must not allocate.
struct Scratch {
    bytes: [u8; 72],
    length: usize,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { bytes: [0; 72], length: 0 }
    }
}

impl Scratch {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or("0")
    }
}

impl Write for Scratch {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let space = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        space.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_double_survives_the_way_through_decimals() {
        let mut bits = 0x9E37_79B9_7F4A_7C15u64;
        for _ in 0..20_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits);
            if number.is_finite() {
                assert_eq!(Decimal::from_double(number).to_double(), number);
            }
            let short = (bits % 1_000_000) as f64 / 1000.0;
            assert_eq!(Decimal::from_double(short).to_double(), short);
        }
    }

    #[test]
    fn sums_are_exact_and_far_apart_numbers_leave_a_trace() {
        let sum = |a: f64, b: f64| Decimal::from_double(a).plus(Decimal::from_double(b));
        assert_eq!(sum(0.1, 0.2).to_double(), 0.3);
        assert_eq!(sum(1e300, 1e-300).to_double(), 1e300);
        assert_eq!(sum(1e300, -1e-300).rounded(16).to_double(), 1e300);
        assert_eq!(sum(5.0, -5.0), Decimal::new(false, 0, 0));
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        let round =
            |number: f64, places| Decimal::from_double(number).rounded_at(places).to_double();
        assert_eq!(round(2.5, 0), 3.0);
        assert_eq!(round(-1.5, 0), -2.0);
        assert_eq!(round(1.005, 2), 1.01);
        assert_eq!(round(0.4, 0), 0.0);
        assert_eq!(round(0.5, 0), 1.0);
        assert_eq!(round(1e-9, 3), 0.0);
    }
}
