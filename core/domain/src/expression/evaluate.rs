//! Evaluation of a parsed expression, by the rules of its dialect.
//!
//! Walks the tree without changing it; runs of left operands are taken in a loop, so that long sums
//! need no stack. Never loops without counting its steps.

use super::civil::Date;
use super::coerce::{to_boolean, to_date, to_mixed, to_number, to_text};
use super::compare::compare;
use super::error::{EvaluateError, EvaluateProblem};
use super::function::Function;
use super::mode::Dialect;
use super::statistics::aggregate;
use super::tree::{BinaryOperator, Kind, NodeId, Tree, UnaryOperator, VariableSource};
use super::value::{Outcome, Typed, Value, Values, Variable};
use super::version::ParserVersion;
use super::{Expression, arithmetic_antlr, arithmetic_kotlin};
use crate::limits::{EXPRESSION_STEPS_MAX, POWER_STEPS_MAX};
use std::borrow::Cow;

/// An error on its way up; boxed so that values stay small.
pub(super) type Failed = Box<EvaluateError>;
pub(super) type Evaluated<T> = Result<T, Failed>;

pub(super) fn evaluate<V: Values>(
    expression: &Expression,
    values: &V,
) -> Result<Outcome, EvaluateError> {
    let mut evaluator = Evaluator::new(expression, values);
    let value = evaluator.value(0).map_err(|failed| *failed)?;
    let value = match value {
        Value::Variable(variable) => variable.or_default(),
        other => other,
    };
    Ok(match value {
        Value::Null => Outcome::Null,
        Value::Number(number) => Outcome::Number(number),
        Value::Integer(number) => Outcome::Integer(number),
        Value::Boolean(truth) => Outcome::Boolean(truth),
        Value::Text(text) => Outcome::Text(text.into_owned()),
        Value::Date(date) => Outcome::Date(date),
        Value::Variable(_) => Outcome::Null,
        Value::Vector(_) => return Err(EvaluateProblem::NoVector.at(0)),
    })
}

fn is_missing(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Variable(variable) => variable.value().is_none(),
        _ => false,
    }
}

/// What the ANTLR dialect's arithmetic gives back as it is.
pub(super) fn passes_through(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.is_nan(),
        _ => false,
    }
}

impl EvaluateProblem {
    pub(super) fn at(self, at: usize) -> EvaluateError {
        EvaluateError { at, problem: self }
    }
}

pub(super) struct Evaluator<'v, V> {
    pub source: &'v str,
    pub tree: &'v Tree,
    pub dialect: Dialect,
    version: ParserVersion,
    pub values: &'v V,
    pub has_variables: bool,
    /// Whether items without a value stay null; the ANTLR dialect replaces them elsewhere.
    allows_nulls: bool,
    /// Which element of vectors is looked at.
    element: usize,
    steps: u32,
}

impl<'v, V: Values> Evaluator<'v, V> {
    pub fn new(expression: &'v Expression, values: &'v V) -> Self {
        Self {
            source: expression.source(),
            tree: expression.tree(),
            dialect: expression.dialect(),
            version: expression.version,
            values,
            has_variables: values.has_variables(),
            allows_nulls: false,
            element: 0,
            steps: 0,
        }
    }

    #[cold]
    pub fn failed(&self, id: NodeId, problem: impl Into<EvaluateProblem>) -> Failed {
        Box::new(problem.into().at(self.tree.node(id).span.start as usize))
    }

    #[inline]
    pub fn child(&self, id: NodeId, index: usize) -> Evaluated<NodeId> {
        match self.tree.operand(id, index) {
            Some(child) => Ok(child),
            None => Err(self.failed(id, EvaluateProblem::NoOperand)),
        }
    }

    /// The value of a rule variable by its own type, without the detour over a [`Value`].
    #[inline]
    fn typed(&self, id: NodeId) -> Option<Typed> {
        let node = self.tree.node(id);
        if !self.has_variables || !matches!(node.kind, Kind::Variable(_)) {
            return None;
        }
        let slot = node.slot as usize;
        let name = self.tree.references.get(slot)?;
        Some(self.values.variable_at(slot, name)?.typed())
    }

    /// The value of a node as it stands; variables are not yet read.
    pub fn value(&mut self, mut id: NodeId) -> Evaluated<Value<'v>> {
        loop {
            let node = self.tree.node(id);
            match &node.kind {
                Kind::Parentheses | Kind::Argument => id = self.child(id, 0)?,
                Kind::Binary(_) => return self.chain(id),
                Kind::Unary(operator) => return self.unary(id, *operator),
                Kind::Function(function) => {
                    self.step(id)?;
                    return self.function(id, *function);
                }
                Kind::Item(_) => return self.item(id),
                Kind::Variable(source) => return self.variable(id, *source),
                Kind::Number(number) => return Ok(Value::Number(*number)),
                Kind::Integer(number) => return Ok(Value::Integer(*number)),
                Kind::Boolean(truth) => return Ok(Value::Boolean(*truth)),
                Kind::Text(_) | Kind::Uid | Kind::Identifier(_) => {
                    return Ok(Value::Text(Cow::Borrowed(self.tree.text(id, self.source))));
                }
                Kind::Date(date) => return Ok(Value::Date(*date)),
                Kind::Named => {
                    let named = self.values.named(node.span.of(self.source));
                    return Ok(named.map_or(Value::Null, Value::Number));
                }
                Kind::Null => return Ok(Value::Null),
                Kind::Modifier(_) => return Err(self.failed(id, EvaluateProblem::NoOperand)),
            }
        }
    }

    #[inline]
    fn step(&mut self, id: NodeId) -> Evaluated<()> {
        self.steps += 1;
        if self.steps > EXPRESSION_STEPS_MAX {
            return Err(self.failed(id, EvaluateProblem::TooManySteps));
        }
        Ok(())
    }

    #[inline]
    pub fn number(&mut self, id: NodeId) -> Evaluated<Option<f64>> {
        if let Kind::Number(number) = self.tree.node(id).kind {
            return Ok(Some(number));
        }
        if let Some(Typed::Number(number)) = self.typed(id) {
            return Ok(Some(number));
        }
        let value = self.value(id)?;
        to_number(&value, self.dialect).map_err(|problem| self.failed(id, problem))
    }

    #[inline]
    pub fn boolean(&mut self, id: NodeId) -> Evaluated<Option<bool>> {
        if self.dialect == Dialect::Kotlin
            && let Some(Typed::Boolean(truth)) = self.typed(id)
        {
            return Ok(Some(truth));
        }
        let value = self.value(id)?;
        to_boolean(&value, self.dialect).map_err(|problem| self.failed(id, problem))
    }

    #[inline]
    pub fn date(&mut self, id: NodeId) -> Evaluated<Option<Date>> {
        if let Some(Typed::Date(date)) = self.typed(id) {
            return Ok(Some(date));
        }
        let value = self.value(id)?;
        to_date(&value, self.dialect).map_err(|problem| self.failed(id, problem))
    }

    pub fn text(&mut self, id: NodeId) -> Evaluated<Option<Cow<'v, str>>> {
        if let Kind::Text(_) = self.tree.node(id).kind {
            return Ok(Some(Cow::Borrowed(self.tree.text(id, self.source))));
        }
        let value = self.value(id)?;
        to_text(value, self.dialect).map_err(|problem| self.failed(id, problem))
    }

    #[inline]
    pub fn mixed(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        if let Kind::Number(number) = self.tree.node(id).kind {
            return Ok(Value::Number(number));
        }
        let value = self.value(id)?;
        to_mixed(value, self.dialect).map_err(|problem| self.failed(id, problem))
    }

    /// The value of an operand: a variable of a plain type is read at once.
    #[inline]
    fn operand(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        match self.typed(id) {
            Some(Typed::Number(number)) => Ok(Value::Number(number)),
            Some(Typed::Date(date)) => Ok(Value::Date(date)),
            // The other dialect is stricter about what is true.
            Some(Typed::Boolean(truth)) if self.dialect == Dialect::Kotlin => {
                Ok(Value::Boolean(truth))
            }
            _ => self.value(id),
        }
    }

    /// A binary operator with all the operators that its left operand consists of.
    fn chain(&mut self, top: NodeId) -> Evaluated<Value<'v>> {
        let mut at = top;
        let mut left = self.child(at, 0)?;
        while self.tree.node(left).up == Some(at) {
            at = left;
            left = self.child(at, 0)?;
        }
        let mut value = self.operand(left)?;
        loop {
            self.step(at)?;
            value = self.binary(at, value)?;
            match self.tree.node(at).up {
                Some(up) if at != top => at = up,
                _ => return Ok(value),
            }
        }
    }

    fn binary(&mut self, id: NodeId, left: Value<'v>) -> Evaluated<Value<'v>> {
        let Kind::Binary(operator) = self.tree.node(id).kind else {
            return Err(self.failed(id, EvaluateProblem::NoOperand));
        };
        let right = self.child(id, 1)?;
        match operator {
            BinaryOperator::And | BinaryOperator::Or => self.logic(id, operator, &left, right),
            BinaryOperator::Power
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::Add
            | BinaryOperator::Subtract => self.arithmetic(id, operator, &left, right),
            _ => {
                if let Some(truth) = self.compare_numbers(operator, &left, right) {
                    return Ok(Value::Boolean(truth));
                }
                let left = to_mixed(left, self.dialect).map_err(|p| self.failed(id, p))?;
                if self.dialect == Dialect::Antlr && left == Value::Null {
                    return Ok(Value::Null);
                }
                let right = self.mixed(right)?;
                compare(operator, &left, &right, self.dialect, self.version)
                    .map_err(|p| self.failed(id, p))
            }
        }
    }

    /// Two plain numbers, which most comparisons are of; both dialects agree about them, unless one
    /// is not a number at all.
    #[inline]
    fn compare_numbers(
        &self,
        operator: BinaryOperator,
        left: &Value<'v>,
        right: NodeId,
    ) -> Option<bool> {
        let left = match left {
            Value::Number(number) => *number,
            Value::Integer(number) => f64::from(*number),
            _ => return None,
        };
        let right = match self.tree.node(right).kind {
            Kind::Number(number) => number,
            _ => match self.typed(right)? {
                Typed::Number(number) => number,
                _ => return None,
            },
        };
        let is_plain = !left.is_nan() && !right.is_nan() && (left != 0.0 || right != 0.0);
        is_plain.then_some(match operator {
            BinaryOperator::Less => left < right,
            BinaryOperator::Greater => left > right,
            BinaryOperator::LessOrEqual => left <= right,
            BinaryOperator::GreaterOrEqual => left >= right,
            BinaryOperator::Equal => left == right,
            _ => left != right,
        })
    }

    // Decimal arithmetic needs a large frame, which comparisons should not pay for.
    #[inline(never)]
    fn arithmetic(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        left: &Value<'v>,
        right: NodeId,
    ) -> Evaluated<Value<'v>> {
        if self.dialect == Dialect::Antlr {
            return self.arithmetic_antlr(id, operator, left, right);
        }
        let left = to_number(left, self.dialect).map_err(|problem| self.failed(id, problem))?;
        let (Some(left), Some(right)) = (left, self.number(right)?) else {
            return Err(self.failed(id, EvaluateProblem::Missing));
        };
        use arithmetic_kotlin as kotlin;
        Ok(Value::Number(match operator {
            BinaryOperator::Multiply => kotlin::multiply(left, right),
            BinaryOperator::Divide => kotlin::divide(left, right),
            BinaryOperator::Modulo => kotlin::modulo(left, right),
            BinaryOperator::Add => kotlin::add(left, right),
            BinaryOperator::Subtract => kotlin::subtract(left, right),
            _ => {
                // Each step of a power costs less than one through the tree.
                let cost = right.abs().min(f64::from(POWER_STEPS_MAX)) / 4.0;
                self.steps = self.steps.saturating_add(cost as u32);
                kotlin::power(left, right)
                    .map_err(|p| self.failed(id, EvaluateProblem::Arithmetic(p.to_string())))?
            }
        }))
    }

    /// Null and NaN come through as they are, before the operands are read as numbers.
    fn arithmetic_antlr(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        left: &Value<'v>,
        right: NodeId,
    ) -> Evaluated<Value<'v>> {
        let left = to_mixed(left.clone(), self.dialect).map_err(|p| self.failed(id, p))?;
        if passes_through(&left) {
            return Ok(left);
        }
        let right = self.mixed(right)?;
        if passes_through(&right) {
            return Ok(right);
        }
        let read = |value| to_number(value, self.dialect).map_err(|p| self.failed(id, p));
        let (Some(left), Some(right)) = (read(&left)?, read(&right)?) else {
            return Ok(Value::Null);
        };
        if left.is_nan() || right.is_nan() {
            return Err(self.failed(id, EvaluateProblem::Missing));
        }
        use arithmetic_antlr as antlr;
        let result = match operator {
            BinaryOperator::Multiply => antlr::multiply(left, right),
            BinaryOperator::Divide => antlr::divide(left, right),
            BinaryOperator::Modulo => antlr::modulo(left, right),
            BinaryOperator::Add => antlr::add(left, right),
            BinaryOperator::Subtract => antlr::subtract(left, right),
            _ => antlr::power(left, right),
        };
        result
            .map(Value::Number)
            .map_err(|problem| self.failed(id, EvaluateProblem::Arithmetic(problem.to_string())))
    }

    fn logic(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        left: &Value<'v>,
        right: NodeId,
    ) -> Evaluated<Value<'v>> {
        let left = to_boolean(left, self.dialect).map_err(|problem| self.failed(id, problem))?;
        // False decides an "and", true an "or"; both dialects then leave the right side alone.
        let decisive = operator == BinaryOperator::Or;
        if left == Some(decisive) {
            return Ok(Value::Boolean(decisive));
        }
        if left.is_none() && !decisive && self.dialect == Dialect::Antlr {
            return Ok(Value::Null);
        }
        let right = self.boolean(right)?;
        let result = match (left, right) {
            (Some(_), right) => right,
            (None, Some(true)) if decisive => Some(true),
            (None, _) => None,
        };
        Ok(result.map_or(Value::Null, Value::Boolean))
    }

    fn unary(&mut self, id: NodeId, operator: UnaryOperator) -> Evaluated<Value<'v>> {
        self.step(id)?;
        let operand = self.child(id, 0)?;
        let value = match operator {
            UnaryOperator::Not => self.boolean(operand)?.map(|truth| Value::Boolean(!truth)),
            UnaryOperator::Plus => self.number(operand)?.map(Value::Number),
            UnaryOperator::Minus => self.number(operand)?.map(|number| Value::Number(-number)),
            UnaryOperator::Distinct => return Err(self.failed(id, EvaluateProblem::NoOperand)),
        };
        match value {
            Some(value) => Ok(value),
            // Signs of nothing crash the Kotlin peer and are nothing in the other dialect.
            None if self.dialect == Dialect::Antlr => Ok(Value::Null),
            None => Err(self.failed(id, EvaluateProblem::Missing)),
        }
    }

    #[inline(never)]
    fn item(&mut self, id: NodeId) -> Evaluated<Value<'v>> {
        let (item, slot) = &self.tree.items[self.tree.node(id).slot as usize];
        let item = item.as_ref().map_err(|problem| self.failed(id, *problem))?;
        if self.has_variables {
            let found = self.values.variable_at(*slot, item.variable_name());
            return Ok(found.map_or(Value::Null, Value::Variable));
        }
        match self.values.item(item) {
            Some(Value::Vector(vector)) => {
                let element = vector.get(self.element).copied();
                element.map(Value::Number).ok_or_else(|| self.failed(id, EvaluateProblem::NoVector))
            }
            found if self.dialect == Dialect::Antlr => {
                let found = found.filter(|value| !is_missing(value));
                let found = match self.allows_nulls {
                    true => found,
                    false => self.values.without_null(item, found),
                };
                Ok(found.unwrap_or(Value::Null))
            }
            found => Ok(found.unwrap_or(Value::Null)),
        }
    }

    /// Runs `look` where items without a value stay null (DHIS2 `visitAllowingNulls`).
    pub fn allowing_nulls<T>(
        &mut self,
        look: impl FnOnce(&mut Self) -> Evaluated<T>,
    ) -> Evaluated<T> {
        let before = std::mem::replace(&mut self.allows_nulls, true);
        let seen = look(self);
        self.allows_nulls = before;
        seen
    }

    /// From here on items without a value stay null, to the end of the evaluation.
    pub fn allow_nulls_from_here(&mut self) {
        self.allows_nulls = true;
    }

    fn variable(&mut self, id: NodeId, source: VariableSource) -> Evaluated<Value<'v>> {
        let slot = self.tree.node(id).slot as usize;
        let name = &self.tree.references[slot];
        let found = if self.has_variables {
            self.values.variable_at(slot, name).map(Value::Variable)
        } else {
            self.values.program_variable(name)
        };
        match found {
            Some(value) => Ok(value),
            // The server's own visitors give nothing for a variable without a value.
            None if self.dialect == Dialect::Antlr && source == VariableSource::Program => {
                Ok(Value::Null)
            }
            None => {
                let shown = super::error::shown(name);
                Err(self.failed(id, EvaluateProblem::UnknownVariable(shown)))
            }
        }
    }

    /// The variable whose history a function looks at; `None` if the item has none.
    pub fn history(&mut self, id: NodeId) -> Evaluated<Option<&'v Variable>> {
        let node = self.tree.node(id);
        if self.has_variables && matches!(node.kind, Kind::Variable(_)) {
            let slot = node.slot as usize;
            if let Some(variable) = self.values.variable_at(slot, &self.tree.references[slot]) {
                return Ok(Some(variable));
            }
        }
        // A variable without a value has a history all the same.
        if !self.has_variables
            && let Kind::Item(_) = self.tree.node(id).kind
            && let (Ok(item), _) = &self.tree.items[self.tree.node(id).slot as usize]
            && let Some(Value::Variable(variable)) = self.values.item(item)
        {
            return Ok(Some(variable));
        }
        match self.value(id)? {
            Value::Variable(variable) => Ok(Some(variable)),
            Value::Null => Ok(None),
            // Some functions are given a name as text.
            Value::Text(name) if self.has_variables => Ok(self.values.variable(&name)),
            Value::Text(_) => Ok(None),
            other => {
                let problem = match to_text(other, self.dialect) {
                    Err(problem) => problem,
                    Ok(_) => EvaluateProblem::NotConvertible {
                        found: "a value without history",
                        wanted: "a variable",
                    },
                };
                Err(self.failed(id, problem))
            }
        }
    }

    /// Runs the first argument once for each element of its first item.
    pub fn aggregated(&mut self, id: NodeId, function: Function) -> Evaluated<Option<f64>> {
        let argument = self.child(id, 0)?;
        self.aggregate_argument(id, argument, function)
    }

    pub fn aggregate_argument(
        &mut self,
        id: NodeId,
        argument: NodeId,
        function: Function,
    ) -> Evaluated<Option<f64>> {
        let vector = self.vector_below(argument)?;
        let mut results = Vec::with_capacity(vector.len());
        self.element = 0;
        while self.element < vector.len() {
            self.step(id)?;
            let before = self.element;
            let result = self.number(argument)?;
            // An inner aggregate sets the element back to the first, and then the peer never ends.
            if self.element < before {
                return Err(self.failed(id, EvaluateProblem::TooManySteps));
            }
            if results.len() == self.element {
                results.push(result.unwrap_or(f64::NAN));
            }
            self.element += 1;
        }
        self.element = 0;
        let fraction = match function {
            Function::PercentileCont => {
                let fraction = self.child(id, 1)?;
                self.number(fraction)?
            }
            _ => None,
        };
        if fraction.is_some_and(f64::is_nan) && results.iter().any(|value| !value.is_nan()) {
            let problem = EvaluateProblem::BadArgument("the fraction of a percentile is no number");
            return Err(self.failed(id, problem));
        }
        Ok(aggregate(function, &results, fraction))
    }

    fn vector_below(&mut self, argument: NodeId) -> Evaluated<&'v [f64]> {
        let no_vector = |this: &Self| this.failed(argument, EvaluateProblem::NoVector);
        let below = self.tree.below(argument);
        let is_item = |id: &NodeId| matches!(self.tree.node(*id).kind, Kind::Item(_));
        let first = below.into_iter().find(is_item).ok_or_else(|| no_vector(self))?;
        let (item, _) = &self.tree.items[self.tree.node(first).slot as usize];
        let item = item.as_ref().map_err(|problem| self.failed(first, *problem))?;
        match self.values.item(item) {
            Some(Value::Vector(vector)) => Ok(vector),
            _ => Err(no_vector(self)),
        }
    }
}
