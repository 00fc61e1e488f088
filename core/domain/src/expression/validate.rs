//! Static checks of an expression: types of operands and arguments, unknown variables, result type.
//!
//! Errors and warnings both make an expression invalid in DHIS2; both are told apart here because
//! only errors can never work. Wording is the server's, so that messages can be looked up.

use std::collections::HashMap;

use super::Expression;
use super::evaluate::Evaluator;
use super::function::Function;
use super::item::ItemKind;
use super::tree::{BinaryOperator, Kind, NodeId, Tree, UnaryOperator};
use super::value::{NoValues, ValueType};

/// Types of the variables that exist.
pub type VariableTypes = HashMap<String, ValueType>;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The part of the expression, in its normal form.
    pub at: String,
    /// What is wrong with it.
    pub message: String,
}

/// What was found; nothing means that the expression is valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// What can never work.
    pub errors: Vec<Issue>,
    /// What may fail with some values.
    pub warnings: Vec<Issue>,
}

impl Validation {
    /// Whether DHIS2 would accept the expression.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty() && self.warnings.is_empty()
    }
}

/// The checks stopped on an expression that the peer cannot check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the expression cannot be checked")]
pub struct NotCheckable;

pub(super) fn validate(
    expression: &Expression,
    types: &VariableTypes,
) -> Result<Validation, NotCheckable> {
    let tree = expression.tree();
    let mut checker = Checker { expression, tree, types, found: Validation::default() };
    for id in tree.below(0) {
        checker.node(id)?;
    }
    checker.result_type()?;
    if expression.mode().is_rule() {
        checker.names_exist()?;
    }
    Ok(checker.found)
}

struct Checker<'a> {
    expression: &'a Expression,
    tree: &'a Tree,
    types: &'a VariableTypes,
    found: Validation,
}

impl Checker<'_> {
    fn normal(&self, id: NodeId) -> Result<String, NotCheckable> {
        self.expression.normal_form_of(id).map_err(|_| NotCheckable)
    }

    fn error(&mut self, id: NodeId, message: String) -> Result<(), NotCheckable> {
        let at = self.normal(id)?;
        self.found.errors.push(Issue { at, message });
        Ok(())
    }

    fn issue(&mut self, id: NodeId, works: bool, message: String) -> Result<(), NotCheckable> {
        let at = self.normal(id)?;
        let list = if works { &mut self.found.warnings } else { &mut self.found.errors };
        list.push(Issue { at, message });
        Ok(())
    }

    fn child(&self, id: NodeId, index: usize) -> Result<NodeId, NotCheckable> {
        self.tree.child(id, index).ok_or(NotCheckable)
    }

    fn type_of(&self, mut id: NodeId) -> Result<ValueType, NotCheckable> {
        loop {
            return Ok(match &self.tree.node(id).kind {
                Kind::Parentheses => {
                    id = self.child(id, 0)?;
                    continue;
                }
                Kind::Argument if self.tree.children(id).len() == 1 => {
                    id = self.child(id, 0)?;
                    continue;
                }
                Kind::Function(function) if function.result() == ValueType::Same => {
                    let same = |t: &ValueType| *t == ValueType::Same;
                    let index = function.parameters().iter().position(same).unwrap_or(0);
                    id = self.child(id, index)?;
                    continue;
                }
                Kind::Unary(UnaryOperator::Distinct) => {
                    id = self.child(id, 0)?;
                    continue;
                }
                Kind::Function(function) => function.result(),
                Kind::Unary(UnaryOperator::Not) => ValueType::Boolean,
                Kind::Unary(_) => ValueType::Number,
                Kind::Binary(operator) => result_of(*operator),
                Kind::Argument | Kind::Item(_) => ValueType::Mixed,
                Kind::Variable(_) => {
                    let name = self.child(id, 0)?;
                    let name = self.tree.node(name).span.of(self.expression.source());
                    self.types.get(name).copied().unwrap_or(ValueType::Mixed)
                }
                Kind::Modifier(_) => ValueType::Same,
                Kind::Number(_) | Kind::Integer(_) => ValueType::Number,
                Kind::Boolean(_) => ValueType::Boolean,
                Kind::Date(_) => ValueType::Date,
                Kind::Null => ValueType::Same,
                Kind::Text(_) | Kind::Uid | Kind::Identifier(_) | Kind::Named => ValueType::Text,
            });
        }
    }

    fn node(&mut self, id: NodeId) -> Result<(), NotCheckable> {
        match &self.tree.node(id).kind {
            Kind::Unary(operator) => self.unary(id, *operator),
            Kind::Binary(operator) => {
                self.operand(id, *operator, 0, "left")?;
                self.operand(id, *operator, 1, "right")
            }
            Kind::Function(function) => self.function(id, *function),
            _ => Ok(()),
        }
    }

    fn unary(&mut self, id: NodeId, operator: UnaryOperator) -> Result<(), NotCheckable> {
        let operand = self.child(id, 0)?;
        let wanted = match operator {
            UnaryOperator::Not => ValueType::Boolean,
            UnaryOperator::Distinct => ValueType::Same,
            _ => ValueType::Number,
        };
        let found = self.type_of(operand)?;
        if found.is_assignable_to(wanted) {
            return Ok(());
        }
        let symbol = self.tree.node(id).span.of(self.expression.source()).to_owned();
        if self.is_literal(operand)? {
            return self.literal(operand, wanted, &format!("operator `{symbol}`"));
        }
        let message = format!(
            "Incompatible operand type for unary operator `{symbol}`, expected a {} but was: {}",
            wanted.name(),
            found.name(),
        );
        self.issue(id, found.may_be_assignable_to(wanted), message)
    }

    fn operand(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        index: usize,
        side: &str,
    ) -> Result<(), NotCheckable> {
        let operand = self.child(id, index)?;
        let wanted = operands_of(operator);
        let found = self.type_of(operand)?;
        if found.is_assignable_to(wanted) {
            return Ok(());
        }
        let symbol = self.tree.node(id).span.of(self.expression.source()).to_owned();
        if self.is_literal(operand)? {
            return self.literal(operand, wanted, &format!("operator `{symbol}`"));
        }
        let message = format!(
            "Incompatible type for {side} operand of binary operator `{symbol}`, expected a {} \
             but was: {}",
            wanted.name(),
            found.name(),
        );
        self.issue(id, found.may_be_assignable_to(wanted), message)
    }

    /// A literal of another type will do if it can be read as the wanted one.
    fn literal(&mut self, id: NodeId, wanted: ValueType, taker: &str) -> Result<(), NotCheckable> {
        let mut evaluator = Evaluator::new(self.expression, &NoValues);
        let works = match wanted {
            ValueType::Text => evaluator.text(id).is_ok(),
            ValueType::Date => evaluator.date(id).is_ok(),
            ValueType::Boolean => evaluator.boolean(id).is_ok(),
            ValueType::Number => evaluator.number(id).is_ok(),
            _ => true,
        };
        if works {
            return Ok(());
        }
        let text = self.normal(id)?;
        let message = format!(
            "Literal expression `{text}` cannot be converted to type {} expected by {taker}",
            wanted.name(),
        );
        self.error(id, message)
    }

    /// Built of literals and operators only.
    fn is_literal(&self, root: NodeId) -> Result<bool, NotCheckable> {
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            match self.tree.node(id).kind {
                Kind::Number(_)
                | Kind::Integer(_)
                | Kind::Text(_)
                | Kind::Date(_)
                | Kind::Boolean(_)
                | Kind::Null => {}
                Kind::Parentheses | Kind::Argument | Kind::Unary(_) => {
                    waiting.push(self.child(id, 0)?);
                }
                Kind::Binary(_) => {
                    waiting.push(self.child(id, 0)?);
                    waiting.push(self.child(id, 1)?);
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn function(&mut self, id: NodeId, function: Function) -> Result<(), NotCheckable> {
        let parameters = function.parameters();
        for index in 0..self.tree.children(id).len() {
            let argument = self.child(id, index)?;
            let wanted = parameters[index.min(parameters.len() - 1)];
            let found = self.type_of(argument)?;
            if found.is_assignable_to(wanted) {
                continue;
            }
            if self.is_literal(argument)? {
                self.literal(argument, wanted, &format!("function `{}`", function.name()))?;
                continue;
            }
            let message = format!(
                "Incompatible type for {}. argument of {}, expected {} but was: {}",
                index + 1,
                function.name(),
                wanted.name(),
                found.name(),
            );
            self.issue(argument, found.may_be_assignable_to(wanted), message)?;
        }
        self.same_types(id, function)
    }

    /// Arguments that must have one type among them.
    fn same_types(&self, id: NodeId, function: Function) -> Result<(), NotCheckable> {
        let parameters = function.parameters();
        let repeated = function.ending() == super::function::Ending::Repeated;
        if !parameters.contains(&ValueType::Same) || (parameters.len() == 1 && !repeated) {
            return Ok(());
        }
        let mut same = None;
        for index in 0..self.tree.children(id).len() {
            if parameters[index.min(parameters.len() - 1)] == ValueType::Same {
                let found = self.type_of(self.child(id, index)?)?;
                if *same.get_or_insert(found) != found {
                    // The peer breaks down while wording its message.
                    return Err(NotCheckable);
                }
            }
        }
        Ok(())
    }

    fn result_type(&mut self) -> Result<(), NotCheckable> {
        let found = self.type_of(0)?;
        let wanted = self.expression.mode().result_types();
        if matches!(found, ValueType::Mixed | ValueType::Same) || wanted.contains(&found) {
            return Ok(());
        }
        let names: Vec<&str> = wanted.iter().map(|wanted| wanted.name()).collect();
        let message = format!(
            "Expression must result in one of the types {} but was: {}",
            names.join(", "),
            found.name(),
        );
        self.error(0, message)
    }

    fn names_exist(&mut self) -> Result<(), NotCheckable> {
        for id in self.tree.below(0) {
            if !matches!(self.tree.node(id).kind, Kind::Variable(_)) {
                continue;
            }
            let name = self.child(id, 0)?;
            let name = self.tree.node(name).span.of(self.expression.source());
            if !self.types.contains_key(name) {
                self.error(id, format!("Unknown variable: `{name}`"))?;
            }
        }
        for id in self.tree.below(0) {
            if self.tree.node(id).kind != Kind::Item(ItemKind::Constant) {
                continue;
            }
            let (item, _) = &self.tree.items[self.tree.node(id).slot as usize];
            let name = item.as_ref().map_err(|_| NotCheckable)?.variable_name().to_owned();
            if !self.types.contains_key(&name) {
                self.error(id, format!("Unknown constant: `{name}`"))?;
            }
        }
        Ok(())
    }
}

fn result_of(operator: BinaryOperator) -> ValueType {
    match operator {
        BinaryOperator::Power
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::Add
        | BinaryOperator::Subtract => ValueType::Number,
        _ => ValueType::Boolean,
    }
}

fn operands_of(operator: BinaryOperator) -> ValueType {
    match operator {
        BinaryOperator::Equal | BinaryOperator::NotEqual => ValueType::Same,
        BinaryOperator::And | BinaryOperator::Or => ValueType::Boolean,
        _ => ValueType::Number,
    }
}
