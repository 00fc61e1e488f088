//! What the named functions compute (expressions reference 3).
//!
//! One arm a function; texts, histories and conditions that need more live below or in their own
//! files. Arguments are evaluated as in the peer: all of them, in order, in the Kotlin dialect.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::civil::Date;
use super::compare::order_antlr;
use super::decimal::Decimal;
use super::error::EvaluateProblem;
use super::evaluate::{Evaluated, Evaluator, passes_through};
use super::function::{Family, Function};
use super::growth::{Standard, z_score};
use super::java::{compare_doubles, is_whole, parse_double, to_int, utf16_length};
use super::mode::Dialect;
use super::tree::NodeId;
use super::value::{Value, Values, Variable};
use super::{arithmetic_kotlin, gs1, normal, texts};
use crate::limits::EXPRESSION_TEXT_BYTES_MAX;

/// Minutes of a day.
const MINUTES: i64 = 1440;

// Families of functions keep frames of their own (`inline(never)`): one large frame for all of them
// would be paid for by every call.
impl<'v, V: Values> Evaluator<'v, V> {
    pub(super) fn function(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        use Function as F;
        match function {
            F::DaysBetween
            | F::WeeksBetween
            | F::MonthsBetween
            | F::YearsBetween
            | F::MinutesBetween
            | F::AddDays => self.dates(id, function),
            F::Left
            | F::Right
            | F::Length
            | F::Substring
            | F::Split
            | F::Concatenate
            | F::ValidatePattern
            | F::ExtractDataMatrixValue => self.texts(id, function),
            F::D2Count
            | F::CountIfValue
            | F::CountIfZeroPos
            | F::MinValue
            | F::MaxValue
            | F::HasValue
            | F::LastEventDate => self.histories(id, function),
            F::HasUserRole | F::InUserGroup | F::InOrgUnitGroup => self.memberships(id, function),
            F::If | F::Condition => self.condition(id, function),
            F::Contains | F::D2Contains => self.contains(id),
            F::ContainsItems | F::D2ContainsItems => self.contains_items(id),
            F::ZScoreHfa => self.z_score(id, Standard::HeightForAge),
            F::ZScoreWfa => self.z_score(id, Standard::WeightForAge),
            F::ZScoreWfh => self.z_score(id, Standard::WeightForHeight),
            F::Ceil | F::Floor | F::Round | F::Modulus | F::Oizp | F::Zing | F::Zpvc => {
                self.numbers(id, function)
            }
            F::SubExpression if self.dialect == Dialect::Antlr => self.argument_mixed(id, 0),
            // The one item of a sub-expression is given as a whole by the caller.
            F::SubExpression => Ok(Value::Null),
            F::Is => self.is_in(id),
            F::NormDistDen => self.normal(id, function),
            _ if function.is_aggregating() => {
                let result = self.aggregated(id, function)?;
                Ok(result.map_or(Value::Null, Value::Number))
            }
            _ if function.family() == Family::Common => self.common(id, function),
            _ => self.unsupported(id, function),
        }
    }

    fn argument_number(&mut self, id: NodeId, index: usize) -> Evaluated<Option<f64>> {
        let argument = self.child(id, index)?;
        self.number(argument)
    }

    fn argument_text(&mut self, id: NodeId, index: usize) -> Evaluated<Option<Cow<'v, str>>> {
        let argument = self.child(id, index)?;
        self.text(argument)
    }

    fn argument_mixed(&mut self, id: NodeId, index: usize) -> Evaluated<Value<'v>> {
        let argument = self.child(id, index)?;
        self.mixed(argument)
    }

    /// A whole number held within 32 bits.
    fn argument_integer(&mut self, id: NodeId, index: usize) -> Evaluated<Option<i32>> {
        match self.argument_number(id, index)? {
            None => Ok(None),
            Some(number) if is_whole(number) => Ok(Some(to_int(number))),
            Some(_) => Err(self.failed(id, EvaluateProblem::NotWhole)),
        }
    }

    #[inline(never)]
    fn common(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        match function {
            Function::IsNull
            | Function::IsNotNull
            | Function::FirstNonNull
            | Function::Greatest
            | Function::Least => self.allowing_nulls(|this| this.common_of(id, function)),
            Function::RemoveZeros if self.dialect == Dialect::Antlr => {
                self.allow_nulls_from_here();
                self.common_of(id, function)
            }
            _ => self.common_of(id, function),
        }
    }

    fn common_of(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let count = self.tree.children(id).len();
        Ok(match function {
            Function::IsNull => Value::Boolean(self.argument_mixed(id, 0)? == Value::Null),
            Function::IsNotNull => Value::Boolean(self.argument_mixed(id, 0)? != Value::Null),
            Function::FirstNonNull => {
                let mut first = Value::Null;
                for index in 0..count {
                    let value = self.argument_mixed(id, index)?;
                    if first == Value::Null {
                        first = value;
                    }
                }
                first
            }
            Function::Greatest => self.extreme(id, Ordering::is_ge)?,
            Function::Least => self.extreme(id, Ordering::is_le)?,
            Function::Log10 => match self.argument_number(id, 0)? {
                None if self.dialect == Dialect::Antlr => Value::Null,
                number => Value::Number(number.map_or(f64::NAN, f64::log10)),
            },
            Function::Log => return self.logarithm(id, count),
            Function::RemoveZeros => match self.argument_number(id, 0)? {
                Some(number) if number != 0.0 => Value::Number(number),
                _ => Value::Null,
            },
            Function::NormDistCum => return self.normal(id, function),
            _ => return self.unsupported(id, function),
        })
    }

    /// By Java's order, in which NaN is the greatest; the server subtracts, so that NaN never wins.
    fn extreme(&mut self, id: NodeId, first_wins: fn(Ordering) -> bool) -> Evaluated<Value<'v>> {
        let mut best: Option<f64> = None;
        for index in 0..self.tree.children(id).len() {
            if let Some(number) = self.argument_number(id, index)? {
                best = Some(match best {
                    Some(best) if self.dialect == Dialect::Antlr => {
                        let order = (best - number).partial_cmp(&0.0);
                        if order.is_none_or(first_wins) { best } else { number }
                    }
                    Some(best) if first_wins(compare_doubles(best, number)) => best,
                    _ => number,
                });
            }
        }
        Ok(best.map_or(Value::Null, Value::Number))
    }

    fn logarithm(&mut self, id: NodeId, count: usize) -> Evaluated<Value<'v>> {
        if self.dialect == Dialect::Antlr {
            // Null and NaN come through before any argument is read as a number.
            for index in 0..count {
                let value = self.argument_mixed(id, index)?;
                if passes_through(&value) {
                    return Ok(value);
                }
            }
        }
        let number = self.argument_number(id, 0)?;
        let base = if count > 1 { Some(self.argument_number(id, 1)?) } else { None };
        let log = |number: Option<f64>| number.map_or(f64::NAN, f64::ln);
        Ok(Value::Number(base.map_or(log(number), |base| log(number) / log(base))))
    }

    #[inline(never)]
    fn normal(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let count = self.tree.children(id).len();
        let argument = self.child(id, 0)?;
        let x = self.number(argument)?;
        let mean = match count {
            1 => self.aggregate_argument(id, argument, Function::Avg)?,
            _ => self.argument_number(id, 1)?,
        };
        let deviation = match count {
            1 | 2 => self.aggregate_argument(id, argument, Function::Stddev)?,
            _ => self.argument_number(id, 2)?,
        };
        let (Some(x), Some(mean), Some(deviation)) = (x, mean, deviation) else {
            return Err(self.failed(id, EvaluateProblem::Missing));
        };
        Ok(Value::Number(match self.dialect {
            Dialect::Kotlin => normal::cumulative(x, mean, deviation),
            // The server's own classes refuse to divide by nothing.
            Dialect::Antlr if deviation <= 0.0 => f64::NAN,
            Dialect::Antlr if function == Function::NormDistDen => {
                normal::density((x - mean) / deviation) / deviation
            }
            Dialect::Antlr => normal::exact_area((x - mean) / deviation),
        }))
    }

    /// Whether the first argument equals one of the others; those behind that one are left alone.
    #[inline(never)]
    fn is_in(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let value = self.argument_mixed(id, 0)?;
        for index in 1..self.tree.children(id).len() {
            let other = self.argument_mixed(id, index)?;
            match order_antlr(&value, &other) {
                Some(Ordering::Equal) => return Ok(Value::Boolean(true)),
                Some(_) => {}
                None => return Err(self.failed(id, EvaluateProblem::NotComparable)),
            }
        }
        Ok(Value::Boolean(false))
    }

    /// The Kotlin dialect works out both branches; null takes the second. In the other dialect the
    /// branch that is not taken is left alone, and null comes to null, but not in `d2:condition`,
    /// which the server carries out as SQL.
    fn condition(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let condition = self.child(id, 0)?;
        let condition = self.boolean(condition)?;
        if self.dialect == Dialect::Antlr {
            return match condition {
                None if function == Function::If => Ok(Value::Null),
                None => self.argument_mixed(id, 2),
                Some(true) => self.argument_mixed(id, 1),
                Some(false) => self.argument_mixed(id, 2),
            };
        }
        let first = self.argument_mixed(id, 1)?;
        let second = self.argument_mixed(id, 2)?;
        Ok(if condition == Some(true) { first } else { second })
    }

    #[inline(never)]
    fn contains(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let (whole, parts) = self.whole_and_parts(id)?;
        let has = |part: &Option<Cow<'_, str>>| part.as_ref().is_some_and(|p| whole.contains(&**p));
        Ok(Value::Boolean(parts.iter().all(has)))
    }

    #[inline(never)]
    fn contains_items(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let (whole, parts) = self.whole_and_parts(id)?;
        let items: std::collections::HashSet<&str> = whole.split(',').collect();
        let has = |part: &Option<Cow<'_, str>>| part.as_ref().is_some_and(|p| items.contains(&**p));
        Ok(Value::Boolean(parts.iter().all(has)))
    }

    #[allow(clippy::type_complexity, reason = "a text and what is looked for in it")]
    fn whole_and_parts(
        &mut self,
        id: NodeId,
    ) -> Evaluated<(Cow<'v, str>, Vec<Option<Cow<'v, str>>>)> {
        let whole = self.argument_text(id, 0)?;
        let mut parts = Vec::new();
        for index in 1..self.tree.children(id).len() {
            parts.push(self.argument_text(id, index)?);
        }
        match whole {
            Some(whole) if !parts.is_empty() => Ok((whole, parts)),
            _ => Err(self.failed(id, EvaluateProblem::Missing)),
        }
    }

    #[inline(never)]
    fn dates(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        match self.dialect {
            Dialect::Kotlin => self.dates_of(id, function),
            Dialect::Antlr => self.allowing_nulls(|this| this.dates_of(id, function)),
        }
    }

    fn dates_of(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let first = self.child(id, 0)?;
        let first = self.date(first)?;
        if function == Function::AddDays {
            let days = self.argument_number(id, 1)?;
            return self.add_days(id, first, days);
        }
        let second = self.child(id, 1)?;
        let (Some(start), Some(end)) = (first, self.date(second)?) else {
            if self.dialect == Dialect::Antlr {
                return Ok(Value::Null);
            }
            return Err(self.failed(id, EvaluateProblem::Missing));
        };
        let units = match function {
            Function::WeeksBetween => held(start.days_until(end)) / 7,
            Function::MonthsBetween => start.months_until(end),
            Function::YearsBetween => start.months_until(end) / 12,
            // The Kotlin peer's product runs over; the server counts in wider numbers.
            Function::MinutesBetween if self.dialect == Dialect::Kotlin => {
                i64::from((held(start.days_until(end)) * MINUTES) as i32)
            }
            Function::MinutesBetween => start.days_until(end) * MINUTES,
            _ => start.days_until(end),
        };
        Ok(Value::Integer(held(units) as i32))
    }

    fn add_days(
        &mut self,
        id: NodeId,
        date: Option<Date>,
        days: Option<f64>,
    ) -> Evaluated<Value<'v>> {
        let Some(date) = date else { return Ok(Value::Null) };
        let days = i64::from(days.map_or(0, to_int));
        let later = Date::from_epoch_days(date.epoch_days() + days);
        later.map(Value::Date).ok_or_else(|| {
            self.failed(id, EvaluateProblem::BadArgument("the date lies too far from today"))
        })
    }

    #[inline(never)]
    fn texts(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let bad = EvaluateProblem::BadArgument("the text has no such part");
        let text = match function {
            Function::Concatenate => return self.concatenate(id),
            Function::ValidatePattern => return self.validate_pattern(id),
            Function::Length => {
                let text = self.argument_text(id, 0)?.unwrap_or_default();
                return Ok(Value::Integer(utf16_length(&text) as i32));
            }
            Function::ExtractDataMatrixValue => {
                let key = self.argument_text(id, 0)?;
                let text = self.argument_text(id, 1)?;
                let (Some(key), Some(text)) = (key, text) else {
                    return Err(self.failed(id, EvaluateProblem::Missing));
                };
                let problem = |p: gs1::Gs1Problem| EvaluateProblem::BadArgument(p.message());
                Some(gs1::extract(&key, &text).map_err(|p| self.failed(id, problem(p)))?)
            }
            Function::Left => {
                let (text, length) = (self.argument_text(id, 0)?, self.argument_integer(id, 1)?);
                texts::left(text.as_deref(), length)
            }
            Function::Right => {
                let (text, length) = (self.argument_text(id, 0)?, self.argument_integer(id, 1)?);
                texts::right(text.as_deref(), length)
            }
            Function::Substring => {
                let text = self.argument_text(id, 0)?;
                let start = self.argument_integer(id, 1)?;
                let end = self.argument_integer(id, 2)?;
                texts::substring(text.as_deref(), start, end)
            }
            _ => {
                let (text, delimiter) = (self.argument_text(id, 0)?, self.argument_text(id, 1)?);
                let index = self.argument_integer(id, 2)?;
                Some(texts::split(text.as_deref(), delimiter.as_deref(), index))
            }
        };
        text.map(|text| Value::Text(text.into())).ok_or_else(|| self.failed(id, bad))
    }

    fn concatenate(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let mut whole = String::new();
        for index in 0..self.tree.children(id).len() {
            if let Some(text) = self.argument_text(id, index)? {
                whole.push_str(&text);
            }
            if whole.len() > EXPRESSION_TEXT_BYTES_MAX {
                return Err(self.failed(id, EvaluateProblem::TooManySteps));
            }
        }
        Ok(Value::Text(whole.into()))
    }

    fn validate_pattern(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let text = self.argument_text(id, 0)?;
        let pattern = self.argument_text(id, 1)?;
        let (Some(text), Some(pattern)) = (text, pattern) else {
            return Ok(Value::Boolean(false));
        };
        let matched = self.tree.matches_pattern(id, &pattern, &text);
        let problem = |reason| self.failed(id, EvaluateProblem::BadPattern(reason));
        matched.map(Value::Boolean).map_err(problem)
    }

    #[inline(never)]
    fn histories(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let argument = self.child(id, 0)?;
        let variable = match self.history(argument) {
            // Only here a variable that does not exist is forgiven, and what is no variable.
            Err(_) if function == Function::HasValue => return Ok(Value::Boolean(false)),
            other => other?,
        };
        let candidates = variable.map_or(&[][..], Variable::candidates);
        Ok(match function {
            Function::D2Count => Value::Integer(candidates.len() as i32),
            Function::HasValue => Value::Boolean(variable.is_some_and(|v| v.value().is_some())),
            Function::CountIfValue => {
                let sample = self.argument_text(id, 1)?;
                // In SQL a number is one, however it is written.
                let as_number = |text: &str| match self.dialect {
                    Dialect::Antlr => parse_double(text),
                    Dialect::Kotlin => None,
                };
                let number = sample.as_deref().and_then(as_number);
                let same = |candidate: &&String| {
                    Some(candidate.as_str()) == sample.as_deref()
                        || number.is_some() && as_number(candidate) == number
                };
                Value::Integer(candidates.iter().filter(same).count() as i32)
            }
            Function::LastEventDate => {
                let Some(date) = variable.and_then(Variable::event_date) else {
                    return Ok(Value::Null);
                };
                let problem = EvaluateProblem::NotConvertible { found: "a text", wanted: "a date" };
                Value::Date(Date::parse(date).ok_or_else(|| self.failed(id, problem))?)
            }
            _ => {
                let numbers: Option<Vec<f64>> =
                    candidates.iter().map(|c| parse_double(c)).collect();
                let problem =
                    EvaluateProblem::NotConvertible { found: "a text", wanted: "a number" };
                let numbers = numbers.ok_or_else(|| self.failed(id, problem))?;
                match function {
                    Function::CountIfZeroPos => {
                        Value::Integer(numbers.iter().filter(|n| **n >= 0.0).count() as i32)
                    }
                    Function::MaxValue => Value::Number(java_extreme(&numbers, f64::max)),
                    _ => Value::Number(java_extreme(&numbers, f64::min)),
                }
            }
        })
    }

    #[inline(never)]
    fn memberships(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let wanted = self.argument_text(id, 0)?;
        let key = match function {
            Function::HasUserRole => "USER_ROLES",
            Function::InUserGroup => "USER_GROUPS",
            _ => {
                let unit = self.values.variable("org_unit");
                let unit = unit.map_or(Some(String::new()), |unit| {
                    unit.value().map(|uid| uid.replace('\'', ""))
                });
                let members = wanted.and_then(|group| self.values.supplementary(&group));
                let is_member = members.is_some_and(|m| unit.is_some_and(|unit| m.contains(&unit)));
                return Ok(Value::Boolean(is_member));
            }
        };
        let Some(list) = self.values.supplementary(key) else {
            return Err(self.failed(id, EvaluateProblem::Missing));
        };
        Ok(Value::Boolean(wanted.is_some_and(|wanted| list.iter().any(|id| *id == wanted))))
    }

    #[inline(never)]
    fn numbers(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        match function {
            Function::Zpvc | Function::Oizp => {
                self.allowing_nulls(|this| this.numbers_of(id, function))
            }
            _ => self.numbers_of(id, function),
        }
    }

    fn numbers_of(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let number = match function {
            Function::Zpvc => {
                let mut count = 0;
                for index in 0..self.tree.children(id).len() {
                    let number = self.argument_number(id, index)?;
                    count += i32::from(number.is_some_and(|number| number >= 0.0));
                }
                // The server divides by this count, so it makes none of zero (`nullif`).
                if count == 0 && self.dialect == Dialect::Antlr {
                    return Ok(Value::Null);
                }
                return Ok(Value::Integer(count));
            }
            _ => self.argument_number(id, 0)?,
        };
        Ok(match function {
            Function::Ceil => Value::Number(number.map_or(0.0, f64::ceil)),
            Function::Floor => Value::Number(number.map_or(0.0, f64::floor)),
            Function::Round => return self.round(id, number),
            Function::Modulus => {
                let divisor = self.argument_number(id, 1)?;
                let (Some(number), Some(divisor)) = (number, divisor) else {
                    return Err(self.failed(id, EvaluateProblem::Missing));
                };
                Value::Number(arithmetic_kotlin::modulo(number, divisor))
            }
            Function::Oizp => Value::Number(f64::from(number.is_some_and(|number| number >= 0.0))),
            Function::Zing => match number {
                Some(number) if number < 0.0 => Value::Number(0.0),
                Some(number) => Value::Number(number),
                None => Value::Null,
            },
            _ => return self.unsupported(id, function),
        })
    }

    fn round(&mut self, id: NodeId, number: Option<f64>) -> Evaluated<Value<'v>> {
        let digits = match self.tree.children(id).len() {
            0 | 1 => 0,
            _ => self.argument_integer(id, 1)?.unwrap_or(0),
        };
        let Some(number) = number.filter(|number| number.is_finite()) else {
            return Ok(Value::Number(f64::NAN));
        };
        let places = u32::try_from(digits).map_err(|_| {
            self.failed(id, EvaluateProblem::BadArgument("digits cannot be fewer than none"))
        })?;
        Ok(Value::Number(Decimal::from_double(number).rounded_at(places).to_double()))
    }

    #[inline(never)]
    fn z_score(&mut self, id: NodeId, standard: Standard) -> Evaluated<Value<'v>> {
        let at = self.argument_number(id, 0)?;
        let measure = self.argument_number(id, 1)?;
        let sex = self.argument_text(id, 2)?;
        let (Some(at), Some(measure), Some(sex)) = (at, measure, sex) else {
            return Err(self.failed(id, EvaluateProblem::Missing));
        };
        let no_row = EvaluateProblem::BadArgument("the growth standard has no such age or height");
        let score = z_score(standard, at, measure, &sex);
        score.map(Value::Number).ok_or_else(|| self.failed(id, no_row))
    }

    #[inline(never)]
    fn unsupported(&mut self, id: NodeId, function: Function) -> Evaluated<Value<'v>> {
        let texts: Vec<&str> = self
            .tree
            .children(id)
            .iter()
            .map(|argument| {
                let inner = self.tree.child(*argument, 0).unwrap_or(*argument);
                self.tree.text(inner, self.source)
            })
            .collect();
        let answer = self.values.unsupported(function, &texts);
        answer.ok_or_else(|| self.failed(id, EvaluateProblem::Unsupported(function.name())))
    }
}

/// Held within 32 bits, as the peer counts.
fn held(units: i64) -> i64 {
    units.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

/// Kotlin's `maxOf` and `minOf`: NaN wins, and nothing comes to NaN.
fn java_extreme(numbers: &[f64], pick: fn(f64, f64) -> f64) -> f64 {
    if numbers.iter().any(|number| number.is_nan()) {
        return f64::NAN;
    }
    numbers.iter().copied().reduce(pick).unwrap_or(f64::NAN)
}
