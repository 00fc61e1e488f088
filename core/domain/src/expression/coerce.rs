//! Reading one kind of value as another, by the rules of either dialect (expressions reference 3, 6).

use std::borrow::Cow;

use super::civil::Date;
use super::error::EvaluateProblem;
use super::java::{double_to_text, is_whole, parse_double, to_int};
use super::mode::Dialect;
use super::value::{Typed, Value, ValueType, Variable, number_to_text};

pub(super) type Coerced<T> = Result<Option<T>, EvaluateProblem>;

fn refused<T>(found: &Value<'_>, wanted: &'static str) -> Coerced<T> {
    Err(EvaluateProblem::NotConvertible { found: kind_name(found), wanted })
}

fn kind_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Number(_) | Value::Integer(_) => "a number",
        Value::Boolean(_) => "a truth value",
        Value::Text(_) => "a text",
        Value::Date(_) => "a date",
        Value::Variable(_) => "a variable",
        Value::Vector(_) => "several values",
    }
}

#[inline]
pub(super) fn to_number(value: &Value<'_>, dialect: Dialect) -> Coerced<f64> {
    match value {
        Value::Number(number) => Ok(Some(*number)),
        Value::Integer(number) => Ok(Some(f64::from(*number))),
        Value::Null => Ok(None),
        Value::Text(text) => match parse_double(text) {
            Some(number) => Ok(Some(number)),
            None => refused(value, "a number"),
        },
        Value::Variable(variable) => to_number(&typed_value(variable, dialect)?, dialect),
        Value::Boolean(truth) if dialect == Dialect::Kotlin => Ok(Some(f64::from(*truth))),
        Value::Date(date) if dialect == Dialect::Kotlin => Ok(Some(date.epoch_days() as f64)),
        _ => refused(value, "a number"),
    }
}

#[inline]
pub(super) fn to_boolean(value: &Value<'_>, dialect: Dialect) -> Coerced<bool> {
    match value {
        Value::Boolean(truth) => Ok(Some(*truth)),
        Value::Null => Ok(None),
        Value::Variable(variable) => to_boolean(&typed_value(variable, dialect)?, dialect),
        Value::Integer(number) => Ok(Some(*number != 0)),
        Value::Number(number) if is_whole(*number) => Ok(Some(match dialect {
            Dialect::Kotlin => to_int(*number) != 0,
            Dialect::Antlr => *number != 0.0,
        })),
        Value::Text(text) => match dialect {
            _ if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Dialect::Kotlin => Ok(Some(false)),
            Dialect::Antlr if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Dialect::Antlr => refused(value, "true or false"),
        },
        Value::Date(_) if dialect == Dialect::Kotlin => Ok(Some(false)),
        _ => refused(value, "true or false"),
    }
}

pub(super) fn to_date(value: &Value<'_>, dialect: Dialect) -> Coerced<Date> {
    match value {
        Value::Date(date) => Ok(Some(*date)),
        Value::Null => Ok(None),
        Value::Variable(variable) => match variable.typed() {
            Typed::Date(date) => Ok(Some(date)),
            // Even where the text of a number or truth value happens to be a date.
            _ if dialect == Dialect::Kotlin
                && matches!(variable.value_type(), ValueType::Number | ValueType::Boolean) =>
            {
                refused(value, "a date")
            }
            _ => to_date(&variable.or_default(), dialect),
        },
        Value::Text(text) => match read_date(text, dialect) {
            Some(date) => Ok(Some(date)),
            None => refused(value, "a date"),
        },
        _ => refused(value, "a date"),
    }
}

/// The server's own date functions also take instants, of which only the day counts.
fn read_date(text: &str, dialect: Dialect) -> Option<Date> {
    let day = match dialect {
        Dialect::Kotlin => text,
        Dialect::Antlr => text.split_once(['T', ' ']).map_or(text, |(day, _)| day),
    };
    Date::parse(day)
}

pub(super) fn to_text<'v>(value: Value<'v>, dialect: Dialect) -> Coerced<Cow<'v, str>> {
    let text = match value {
        Value::Text(text) => text,
        Value::Null => return Ok(None),
        Value::Variable(_) => return to_text(to_mixed(value, dialect)?, dialect),
        Value::Number(number) if dialect == Dialect::Antlr => double_to_text(number).into(),
        Value::Number(number) => number_to_text(number).into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Boolean(truth) => if truth { "true" } else { "false" }.into(),
        Value::Date(date) => date.to_string().into(),
        Value::Vector(_) => return refused(&value, "a text"),
    };
    Ok(Some(text))
}

/// A variable by its own type; everything else as it is.
#[inline]
pub(super) fn to_mixed<'v>(
    value: Value<'v>,
    dialect: Dialect,
) -> Result<Value<'v>, EvaluateProblem> {
    match value {
        Value::Variable(variable) => typed_value(variable, dialect),
        other => Ok(other),
    }
}

fn typed_value(variable: &Variable, dialect: Dialect) -> Result<Value<'_>, EvaluateProblem> {
    Ok(match variable.typed() {
        // Only here the dialects differ: any other text is an error in one and false in the other.
        Typed::Boolean(_) if dialect == Dialect::Antlr => {
            to_boolean(&variable.or_default(), dialect)?.map_or(Value::Null, Value::Boolean)
        }
        Typed::Null => Value::Null,
        Typed::Number(number) => Value::Number(number),
        Typed::Boolean(truth) => Value::Boolean(truth),
        Typed::Date(date) => Value::Date(date),
        Typed::Text => variable.or_default(),
        Typed::Broken => {
            let wanted = variable.value_type();
            let wanted = if wanted == ValueType::Date { "a date" } else { "a number" };
            return Err(EvaluateProblem::NotConvertible { found: "a text", wanted });
        }
    })
}
