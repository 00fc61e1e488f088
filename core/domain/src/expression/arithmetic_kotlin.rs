//! Arithmetic of the Kotlin dialect: 16 significant digits, rounded half away from zero.
//!
//! Follows what expression-parser 1.3.0 computes, slips included: a program rule must come out as it
//! does on the server. Never loops longer than [`POWER_STEPS_MAX`].

use super::decimal::{Decimal, count_digits, divide_digits, power_of_ten};
use super::java::to_int;
use crate::limits::POWER_STEPS_MAX;

/// Significant digits of every result.
const PRECISION: u32 = 16;

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArithmeticProblem {
    #[error("zero has no negative powers")]
    ZeroToNegativePower,
    #[error("the exponent is too large to be worked out")]
    ExponentTooLarge,
}

fn special(left: f64, right: f64) -> bool {
    !left.is_finite() || !right.is_finite()
}

fn operand(number: f64) -> Decimal {
    Decimal::from_double(number).rounded(PRECISION)
}

pub(super) fn add(left: f64, right: f64) -> f64 {
    if special(left, right) {
        return left + right;
    }
    operand(left).plus(operand(right)).rounded(PRECISION).to_double()
}

pub(super) fn subtract(left: f64, right: f64) -> f64 {
    if special(left, right) {
        return left - right;
    }
    operand(left).plus(operand(right).negated()).rounded(PRECISION).to_double()
}

pub(super) fn multiply(left: f64, right: f64) -> f64 {
    if special(left, right) {
        return left * right;
    }
    product(operand(left), operand(right)).to_double()
}

pub(super) fn divide(left: f64, right: f64) -> f64 {
    if special(left, right) || right == 0.0 {
        return left / right;
    }
    quotient(operand(left), operand(right)).to_double()
}

fn product(left: Decimal, right: Decimal) -> Decimal {
    left.times(right).rounded(PRECISION)
}

/// Both of at most 16 digits, `right` not zero.
fn quotient(left: Decimal, right: Decimal) -> Decimal {
    let power = PRECISION + count_digits(right.digits) - count_digits(left.digits);
    let prepared = left.digits * power_of_ten(power);
    let (digits, remainder) = divide_digits(prepared, right.digits);
    let exponent = left.exponent - right.exponent - i64::from(power);
    let negative = left.negative != right.negative;
    if count_digits(digits) > PRECISION {
        return Decimal::new(negative, digits, exponent).rounded(PRECISION);
    }
    // The peer rounds by the leading digit of the integer remainder, whatever was divided by: 2/3
    // ends in a 6, 5/9 in a 6 too.
    let leading = remainder / power_of_ten(count_digits(remainder) - 1);
    Decimal::new(negative, digits + u128::from(leading >= 5), exponent)
}

/// `^`: the exponent is cut to a whole number; every step of the multiplication is rounded.
pub(super) fn power(base: f64, exponent: f64) -> Result<f64, ArithmeticProblem> {
    if special(base, exponent) {
        return Ok(base.powf(exponent));
    }
    let base = operand(base);
    let exponent = to_int(exponent);
    if base.is_zero() && exponent < 0 {
        return Err(ArithmeticProblem::ZeroToNegativePower);
    }
    // Nothing times nothing costs the peer little: it only gives up on the largest exponent.
    if base.is_zero() && exponent > 0 && exponent < i32::MAX {
        return Ok(0.0);
    }
    if exponent.unsigned_abs() > POWER_STEPS_MAX {
        return Err(ArithmeticProblem::ExponentTooLarge);
    }
    if exponent == 0 || base == Decimal::ONE {
        return Ok(1.0);
    }
    let mut result = base;
    if exponent > 0 {
        for _ in 1..exponent {
            result = product(result, base);
        }
    } else {
        for _ in 0..=exponent.unsigned_abs() {
            result = quotient(result, base);
        }
    }
    Ok(result.to_double())
}

/// `%` and `d2:modulus`: the dividend less a floored quotient, which the peer takes to one digit
/// behind the point when the dividend's leading digits are the smaller ones (20 % 3 is 0.2).
pub(super) fn modulo(left: f64, right: f64) -> f64 {
    if special(left, right) || right == 0.0 {
        return left % right;
    }
    let dividend = Decimal::from_double(left);
    let divisor = Decimal::from_double(right);
    if dividend.is_zero() {
        return 0.0;
    }
    if dividend.magnitude() < 0 || left.abs() < right.abs() {
        return dividend.to_double();
    }
    remainder(dividend, divisor).to_double()
}

/// Both at their common power of ten, where the divisor is `digits` and the dividend's remainder.
fn remainder(dividend: Decimal, divisor: Decimal) -> Decimal {
    let whole = has_larger_mantissa(dividend, divisor);
    // The quotient counts in units of the divisor, or of a tenth of it.
    let unit = if whole { divisor } else { Decimal { exponent: divisor.exponent - 1, ..divisor } };
    let rest = modulus_of(dividend, unit);
    let floored = dividend.negative != divisor.negative;
    if !floored || !is_rounded_down(dividend, divisor, unit, rest, whole) {
        return Decimal::new(dividend.negative, rest.digits, rest.exponent);
    }
    let length = dividend.magnitude() - divisor.magnitude() + 1;
    if is_all_nines(dividend, unit, length) {
        // The quotient grows a digit and the peer forgets to move its point.
        let shrunk = Decimal { exponent: unit.exponent + length - 1, ..unit };
        let shrunk = Decimal { negative: !dividend.negative, ..shrunk };
        return dividend.plus(shrunk);
    }
    let magnitude = Decimal { negative: false, ..unit };
    let difference = magnitude.plus(Decimal::new(true, rest.digits, rest.exponent));
    Decimal::new(divisor.negative, difference.digits, difference.exponent)
}

fn has_larger_mantissa(dividend: Decimal, divisor: Decimal) -> bool {
    let (a, b) = (count_digits(dividend.digits), count_digits(divisor.digits));
    let length = a.max(b);
    dividend.digits * power_of_ten(length - a) >= divisor.digits * power_of_ten(length - b)
}

/// |dividend| modulo |unit|, exactly.
fn modulus_of(dividend: Decimal, unit: Decimal) -> Decimal {
    let shift = dividend.exponent - unit.exponent;
    if shift >= 0 {
        let mut rest = dividend.digits % unit.digits;
        let mut left = shift;
        while left > 0 && rest != 0 {
            let step = left.min(17);
            rest = rest * power_of_ten(step as u32) % unit.digits;
            left -= step;
        }
        return Decimal::new(false, rest, unit.exponent);
    }
    let widened = unit.digits.saturating_mul(power_of_ten(shift.unsigned_abs() as u32));
    Decimal::new(false, dividend.digits % widened, dividend.exponent)
}

/// Whether the peer sees that the quotient was not exact, and so rounds a negative one down: it
/// looks at one digit behind a whole quotient, and else at the digits it did not cut off before.
fn is_rounded_down(
    dividend: Decimal,
    divisor: Decimal,
    unit: Decimal,
    rest: Decimal,
    whole: bool,
) -> bool {
    if rest.is_zero() {
        return false;
    }
    if whole {
        let ten_times = Decimal { exponent: rest.exponent + 1, ..rest };
        let difference = ten_times.plus(Decimal { negative: true, ..unit });
        return !difference.negative;
    }
    let (a, b) = (written_digits(dividend), written_digits(divisor));
    let length = dividend.magnitude() - divisor.magnitude() + 1;
    let surplus = i64::from(count_digits(a)) - i64::from(count_digits(b)) - length;
    match u32::try_from(surplus) {
        Ok(surplus) => !(a / power_of_ten(surplus)).is_multiple_of(b),
        Err(_) => true,
    }
}

/// The digits as the peer reads them from Java's text: `20.0` has two, `1.0E7` has two.
fn written_digits(number: Decimal) -> u128 {
    if number.exponent < 0 || number.magnitude() < 7 {
        return number.digits * power_of_ten(u32::try_from(number.exponent).unwrap_or(0));
    }
    let mut digits = number.digits;
    while digits >= 100 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    if digits < 10 { digits * 10 } else { digits }
}

fn is_all_nines(dividend: Decimal, unit: Decimal, length: i64) -> bool {
    let shift = dividend.exponent - unit.exponent;
    if !(-18..=18).contains(&shift) || length > 18 {
        return false;
    }
    let quotient = if shift >= 0 {
        dividend.digits * power_of_ten(shift as u32) / unit.digits
    } else {
        dividend.digits / (unit.digits * power_of_ten(shift.unsigned_abs() as u32))
    };
    quotient + 1 == power_of_ten(length as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!(found == expected || (found.is_nan() && expected.is_nan()), "{found} {expected}");
    }

    // Expected values: answers of expression-parser 1.3.0.
    #[test]
    fn sums_and_quotients_have_sixteen_digits() {
        check(add(0.1, 0.2), 0.3);
        check(divide(1.0, 3.0), 0.333_333_333_333_333_3);
        check(divide(2.0, 3.0), 0.666_666_666_666_666_6);
        check(divide(5.0, 9.0), 0.555_555_555_555_555_6);
        check(divide(1.0, 0.0), f64::INFINITY);
        check(multiply(1e300, 1e300), f64::INFINITY);
        check(add(f64::MAX, 0.0), f64::INFINITY);
        check(subtract(1e300, 1.0), 1e300);
    }

    #[test]
    fn powers_cut_their_exponent() {
        check(power(2.0, 0.5).expect("a number"), 1.0);
        check(power(2.0, 2.9).expect("a number"), 4.0);
        check(power(7.0, -3.0).expect("a number"), 0.002_915_451_895_043_73);
        check(power(1.1, 100.0).expect("a number"), 13_780.612_339_822_26);
        check(power(10.0, 400.0).expect("a number"), f64::INFINITY);
        assert_eq!(power(0.0, -1.0), Err(ArithmeticProblem::ZeroToNegativePower));
        assert_eq!(power(1.5, 1e9), Err(ArithmeticProblem::ExponentTooLarge));
        check(power(1.0, 1e6).expect("a number"), 1.0);
        assert_eq!(power(1.0, 1e9), Err(ArithmeticProblem::ExponentTooLarge));
    }

    #[test]
    fn remainders_are_the_peers() {
        for (left, right, expected) in [
            (7.0, 3.0, 1.0),
            (-7.0, 3.0, 2.0),
            (7.0, -3.0, -2.0),
            (-7.0, -3.0, -1.0),
            (0.3, 0.1, 0.3),
            (12.5, 0.7, 0.04),
            (20.0, 3.0, 0.2),
            (123_456.0, 7.0, 0.5),
            (1e300, 7.0, 0.3),
            (12_345.678, 10.0, 5.678),
            (-9.9999, 1.0, -8.9999),
            (-7.05, 1.0, -0.05),
            (7.05, -1.0, 0.05),
            (-99.95, 10.0, -89.95),
            (5.0, 0.0, f64::NAN),
        ] {
            check(modulo(left, right), expected);
        }
    }
}
