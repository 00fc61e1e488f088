//! Comparison and equality of two values, by the rules of either dialect (expressions reference 3, 6).

use std::cmp::Ordering;

use super::coerce::{to_boolean, to_number, to_text};
use super::error::EvaluateProblem;
use super::java::{compare_doubles, compare_texts};
use super::mode::Dialect;
use super::tree::BinaryOperator;
use super::value::Value;
use super::version::ParserVersion;

/// `<`, `>`, `<=`, `>=`, `==` or `!=` of two values that are no variables any more.
pub(super) fn compare<'v>(
    operator: BinaryOperator,
    left: &Value<'v>,
    right: &Value<'v>,
    dialect: Dialect,
    version: ParserVersion,
) -> Result<Value<'v>, EvaluateProblem> {
    match dialect {
        Dialect::Kotlin => compare_kotlin(operator, left, right, version).map(Value::Boolean),
        Dialect::Antlr => compare_antlr(operator, left, right),
    }
}

fn compare_kotlin(
    operator: BinaryOperator,
    left: &Value<'_>,
    right: &Value<'_>,
    version: ParserVersion,
) -> Result<bool, EvaluateProblem> {
    match operator {
        BinaryOperator::Equal => return equal(left, right, version),
        BinaryOperator::NotEqual => return Ok(!equal(left, right, version)?),
        _ => {}
    }
    if let (Some(left), Some(right)) = (plain_number(left), plain_number(right)) {
        return Ok(holds(operator, left.partial_cmp(&right)));
    }
    if let (Value::Text(left), Value::Text(right)) = (left, right) {
        return Ok(holds(operator, Some(compare_texts(left, right))));
    }
    let number = |value| to_number(value, Dialect::Kotlin)?.ok_or(EvaluateProblem::Missing);
    Ok(holds(operator, number(left)?.partial_cmp(&number(right)?)))
}

#[inline]
fn plain_number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(number) => Some(f64::from(*number)),
        _ => None,
    }
}

fn holds(operator: BinaryOperator, order: Option<Ordering>) -> bool {
    let Some(order) = order else { return false };
    match operator {
        BinaryOperator::Less => order.is_lt(),
        BinaryOperator::Greater => order.is_gt(),
        BinaryOperator::LessOrEqual => order.is_le(),
        BinaryOperator::GreaterOrEqual => order.is_ge(),
        BinaryOperator::Equal => order.is_eq(),
        _ => order.is_ne(),
    }
}

fn equal(
    left: &Value<'_>,
    right: &Value<'_>,
    version: ParserVersion,
) -> Result<bool, EvaluateProblem> {
    use Value::{Boolean, Integer, Null, Number};
    match (left, right) {
        (Null, _) | (_, Null) => Ok(matches!((left, right), (Null, Null))),
        (Number(_) | Integer(_), _) | (_, Number(_) | Integer(_))
            if version.equates_as_numbers() =>
        {
            let number = |value| to_number(value, Dialect::Kotlin).ok().flatten();
            Ok(number(left).is_some_and(|left| number(right) == Some(left)))
        }
        (Boolean(_), _) | (_, Boolean(_)) => {
            Ok(to_boolean(left, Dialect::Kotlin)? == to_boolean(right, Dialect::Kotlin)?)
        }
        (Number(_) | Integer(_), _) | (_, Number(_) | Integer(_)) => {
            Ok(to_number(left, Dialect::Kotlin)? == to_number(right, Dialect::Kotlin)?)
        }
        _ => Ok(left == right),
    }
}

/// Java's `compareTo` after the kinds were brought together; null with anything is null.
fn compare_antlr<'v>(
    operator: BinaryOperator,
    left: &Value<'v>,
    right: &Value<'v>,
) -> Result<Value<'v>, EvaluateProblem> {
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return Ok(Value::Null);
    }
    let order = order_antlr(left, right).ok_or(EvaluateProblem::NotComparable)?;
    Ok(Value::Boolean(holds(operator, Some(order))))
}

/// How two values stand to each other, as the server compares them; `None` if they cannot be.
pub(super) fn order_antlr(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    let is_number = |value: &Value<'_>| matches!(value, Value::Number(_) | Value::Integer(_));
    if is_number(left) || is_number(right) {
        let pair = (read(to_number, left), read(to_number, right));
        if let (Some(left), Some(right)) = pair {
            return Some(compare_doubles(left, right));
        }
    }
    let is_boolean = |value: &Value<'_>| matches!(value, Value::Boolean(_));
    if is_boolean(left) || is_boolean(right) {
        let pair = (read(to_boolean, left), read(to_boolean, right));
        if let (Some(left), Some(right)) = pair {
            return Some(left.cmp(&right));
        }
    }
    let is_text = |value: &Value<'_>| matches!(value, Value::Text(_) | Value::Date(_));
    if is_text(left) || is_text(right) {
        let left = to_text(left.clone(), Dialect::Antlr).ok()??;
        let right = to_text(right.clone(), Dialect::Antlr).ok()??;
        return Some(compare_texts(&left, &right));
    }
    None
}

type Reader<T> = fn(&Value<'_>, Dialect) -> Result<Option<T>, EvaluateProblem>;

fn read<T>(reader: Reader<T>, value: &Value<'_>) -> Option<T> {
    reader(value, Dialect::Antlr).ok().flatten()
}
