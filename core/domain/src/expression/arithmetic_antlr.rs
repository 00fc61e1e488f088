//! Arithmetic of the ANTLR dialect: Java's `BigDecimal` over the digits of each double.
//!
//! Sums and products are exact, quotients have 16 digits, powers 7, both rounded half to even.

use super::decimal::{Decimal, count_digits, power_of_ten};

/// Digits of a quotient, Java's `MathContext.DECIMAL64`.
const QUOTIENT_DIGITS: u32 = 16;
/// Digits of a power, Java's `MathContext.DECIMAL32`.
const POWER_DIGITS: u32 = 7;

/// A number that Java's `BigDecimal` cannot take or give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArithmeticProblem {
    #[error("an infinite number cannot be reckoned with")]
    NotFinite,
    #[error("zero has no negative powers")]
    ZeroToNegativePower,
    #[error("the exponent is too large to be worked out")]
    ExponentTooLarge,
}

fn operands(left: f64, right: f64) -> Result<(Decimal, Decimal), ArithmeticProblem> {
    if left.is_infinite() || right.is_infinite() {
        return Err(ArithmeticProblem::NotFinite);
    }
    Ok((Decimal::from_double(left), Decimal::from_double(right)))
}

pub(super) fn add(left: f64, right: f64) -> Result<f64, ArithmeticProblem> {
    let (left, right) = operands(left, right)?;
    Ok(left.plus(right).to_double())
}

pub(super) fn subtract(left: f64, right: f64) -> Result<f64, ArithmeticProblem> {
    let (left, right) = operands(left, right)?;
    Ok(left.plus(right.negated()).to_double())
}

pub(super) fn multiply(left: f64, right: f64) -> Result<f64, ArithmeticProblem> {
    let (left, right) = operands(left, right)?;
    Ok(left.times(right).to_double())
}

pub(super) fn divide(left: f64, right: f64) -> Result<f64, ArithmeticProblem> {
    let (left, right) = operands(left, right)?;
    if right.is_zero() {
        return Ok(f64::NAN);
    }
    Ok(quotient(left, right, QUOTIENT_DIGITS).to_double())
}

/// Remainder with the dividend's sign, exactly.
pub(super) fn modulo(left: f64, right: f64) -> Result<f64, ArithmeticProblem> {
    let (left, right) = operands(left, right)?;
    if right.is_zero() {
        return Ok(f64::NAN);
    }
    Ok(remainder(left, right).to_double())
}

/// Java's `BigDecimal.pow(int, DECIMAL32)`; the exponent is cut to its low 32 bits.
pub(super) fn power(base: f64, exponent: f64) -> Result<f64, ArithmeticProblem> {
    let (base, _) = operands(base, exponent)?;
    let exponent = low_bits(exponent);
    if exponent == 0 {
        return Ok(1.0);
    }
    let length = count_digits(u128::from(exponent.unsigned_abs()));
    if length > POWER_DIGITS {
        return Err(ArithmeticProblem::ExponentTooLarge);
    }
    let precision = POWER_DIGITS + length + 1;
    let mut result = Decimal::ONE;
    for bit in (0..u32::BITS - exponent.unsigned_abs().leading_zeros()).rev() {
        result = half_even(result.times(result), precision);
        if exponent.unsigned_abs() >> bit & 1 == 1 {
            result = half_even(result.times(base), precision);
        }
    }
    if exponent < 0 {
        if result.is_zero() {
            return Err(ArithmeticProblem::ZeroToNegativePower);
        }
        result = quotient(Decimal::ONE, result, precision);
    }
    Ok(half_even(result, POWER_DIGITS).to_double())
}

/// Java's `BigDecimal.intValue`: whole part, low 32 bits.
fn low_bits(number: f64) -> i32 {
    const RANGE: f64 = 4_294_967_296.0;
    let low = number.trunc() % RANGE;
    (low as i64) as i32
}

fn quotient(left: Decimal, right: Decimal, precision: u32) -> Decimal {
    let power =
        precision + count_digits(right.digits) + 1 - count_digits(left.digits).min(precision);
    let prepared = left.digits * power_of_ten(power);
    let digits = prepared / right.digits;
    // A digit behind stands for what the division left over: enough to tell a half from more.
    let digits = digits * 10 + u128::from(!prepared.is_multiple_of(right.digits));
    let exponent = left.exponent - right.exponent - i64::from(power) - 1;
    half_even(Decimal::new(left.negative != right.negative, digits, exponent), precision)
}

fn half_even(number: Decimal, precision: u32) -> Decimal {
    let surplus = count_digits(number.digits).saturating_sub(precision);
    if surplus == 0 {
        return number;
    }
    let unit = power_of_ten(surplus);
    let (kept, cut) = (number.digits / unit, number.digits % unit);
    let up = cut > unit / 2 || (cut == unit / 2 && kept % 2 == 1);
    Decimal::new(number.negative, kept + u128::from(up), number.exponent + i64::from(surplus))
}

fn remainder(left: Decimal, right: Decimal) -> Decimal {
    let shift = left.exponent - right.exponent;
    if shift >= 0 {
        let mut rest = left.digits % right.digits;
        let mut remaining = shift;
        while remaining > 0 && rest != 0 {
            let step = remaining.min(17);
            rest = rest * power_of_ten(step as u32) % right.digits;
            remaining -= step;
        }
        return Decimal::new(left.negative, rest, right.exponent);
    }
    let zeros = u32::try_from(shift.unsigned_abs()).unwrap_or(u32::MAX);
    if zeros > 20 {
        return left;
    }
    Decimal::new(left.negative, left.digits % (right.digits * power_of_ten(zeros)), left.exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values: answers of dhis-antlr-expression-parser 1.0.39 and BigDecimal by hand.
    #[test]
    fn results_are_javas() {
        assert_eq!(add(0.1, 0.2), Ok(0.3));
        assert_eq!(divide(2.0, 3.0), Ok(0.666_666_666_666_666_7));
        assert!(divide(1.0, 0.0).expect("a number").is_nan());
        assert_eq!(modulo(-7.0, 3.0), Ok(-1.0));
        assert_eq!(modulo(0.3, 0.1), Ok(0.0));
        assert_eq!(modulo(5.0, 1e30), Ok(5.0));
        assert_eq!(power(2.0, 0.5), Ok(1.0));
        assert_eq!(power(1.1, 20.0), Ok(6.7275));
        assert_eq!(power(3.0, -2.0), Ok(0.111_111_1));
        assert_eq!(power(0.0, -1.0), Err(ArithmeticProblem::ZeroToNegativePower));
        assert_eq!(power(2.0, 1e8), Err(ArithmeticProblem::ExponentTooLarge));
    }
}
