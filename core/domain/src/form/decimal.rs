//! Exact decimal sums. No floating point: the sum of whole numbers is a whole number to the last
//! digit.

use std::fmt;

/// Most digits after the point; more would leave no room for the whole part in 38 digits.
const SCALE_MAX: usize = 18;

/// A decimal number of at most 38 digits: `mantissa / 10^scale`, without needless zeros at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// Reads a number as DHIS2 writes it (`-12`, `0.50`); `None` for any other text and for one
    /// with more digits than can be summed exactly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = !whole.is_empty() && all_digits(whole) && all_digits(fraction);
        if !is_number || (digits.contains('.') && fraction.is_empty()) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE_MAX {
            return None;
        }
        let magnitude: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { mantissa: sign * magnitude, scale: fraction.len() as u32 })
    }

    /// The exact sum; `None` if it takes more digits than there are.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let sum = self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?;
        Some(Self { mantissa: sum, scale }.shortened())
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10i128.checked_pow(scale - self.scale)?)
    }

    fn shortened(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10u128.pow(self.scale);
        let magnitude = self.mantissa.unsigned_abs();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        write!(formatter, "{sign}{}", magnitude / unit)?;
        if self.scale > 0 {
            let width = self.scale as usize;
            write!(formatter, ".{:0width$}", magnitude % unit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, sum: &str) {
        let (a, b) = (Decimal::parse(a).expect("a number"), Decimal::parse(b).expect("a number"));
        assert_eq!(a.plus(b).expect("fits").to_string(), sum);
        assert_eq!(b.plus(a), a.plus(b));
    }

    #[test]
    fn sums_are_exact() {
        check("41", "63", "104");
        check("0.1", "0.2", "0.3"); // in binary floating point 0.30000000000000004
        check("9007199254740993", "1", "9007199254740994"); // 2^53 + 1
        check("-0.05", "0.05", "0");
        check("-1.5", "0.25", "-1.25");
        check("0.50", "0.50", "1");
        check("100", "0", "100");
        check("-0", "0.0", "0");
    }

    #[test]
    fn what_is_no_number_or_too_long_is_not_read() {
        for text in ["", "-", ".5", "5.", "1e3", "1,000", "+5", " 5", "٤", "1.2.3", "--1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(40)), None);
        assert_eq!(Decimal::parse("0.1234567890123456789"), None);
    }

    #[test]
    fn a_sum_beyond_38_digits_is_refused_not_wrong() {
        let most = Decimal::parse(&i128::MAX.to_string()).expect("fits");
        assert_eq!(most.plus(Decimal::parse("1").expect("a number")), None);
        assert_eq!(most.plus(Decimal::parse("0.1").expect("a number")), None);
    }
}
