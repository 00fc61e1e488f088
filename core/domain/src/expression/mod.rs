//! DHIS2 expressions: conditions and actions of program rules, indicators, validation rules.
//!
//! DHIS2 has two evaluators that disagree (precedence, `%`, mixed types); [`Dialect`] says which one
//! is followed, and [`Mode::dialect`] which the server uses where. An expression is parsed once and
//! evaluated many times. Never reads a clock, never looks a value up by itself, never loops or nests
//! without a limit; what cannot be read or computed is an error with its position.
//!
//! ```
//! use outpost_domain::expression::{Expression, Mode, NoValues, Outcome};
//!
//! let rule = Expression::parse("10 - 5 + 2", Mode::RuleEngineAction).unwrap();
//! assert_eq!(rule.evaluate(&NoValues), Ok(Outcome::Number(3.0))); // `+` binds before `-` there
//!
//! let indicator = Expression::parse("10 - 5 + 2", Mode::IndicatorExpression).unwrap();
//! assert_eq!(indicator.evaluate(&NoValues), Ok(Outcome::Number(7.0)));
//!
//! let broken = Expression::parse("1 + ", Mode::IndicatorExpression).unwrap_err();
//! assert_eq!(broken.at, 4);
//! ```

mod arithmetic_antlr;
mod arithmetic_kotlin;
mod civil;
mod coerce;
mod compare;
mod cursor;
mod decimal;
mod describe;
mod error;
mod evaluate;
mod function;
mod functions;
mod group;
mod growth;
mod gs1;
mod gs1_names;
mod item;
mod items_antlr;
mod java;
mod literal_antlr;
mod mode;
mod modifier;
mod normal;
mod parse_antlr;
mod parse_kotlin;
pub(crate) mod pattern;
mod statistics;
mod texts;
mod tree;
mod validate;
mod value;
mod version;

use std::collections::BTreeSet;

pub use civil::Date;
pub use describe::Names;
pub use error::{EvaluateError, EvaluateProblem, ParseError, ParseProblem};
pub use function::Function;
pub use item::{IdKind, Item, ItemId, ItemKind, ItemProblem};
pub use java::{double_to_text, parse_double};
pub use mode::{Dialect, Mode, UnknownMode};
pub use modifier::Modifiers;
pub use validate::{Issue, NotCheckable, Validation, VariableTypes};
pub use value::{NoValues, Outcome, Value, ValueType, Values, Variable};
pub use version::ParserVersion;

use crate::limits::EXPRESSION_BYTES_MAX;
use describe::Wording;
use tree::{Kind, NodeId, Tree, VariableSource};

/// Rounds to digits after the point, half away from zero, on the decimal digits of the number (Java's
/// `BigDecimal.setScale(n, HALF_UP)`).
pub(crate) fn round_half_up(number: f64, places: u32) -> f64 {
    decimal::Decimal::from_double(number).rounded_at(places).to_double()
}

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Box<str>,
    mode: Mode,
    dialect: Dialect,
    version: ParserVersion,
    tree: Tree,
}

impl Expression {
    /// Parses an expression in the dialect that the server uses in that place.
    ///
    /// # Errors
    /// [`ParseError`] with the byte offset of what cannot be read.
    pub fn parse(source: &str, mode: Mode) -> Result<Self, ParseError> {
        Self::parse_in(source, mode, mode.dialect())
    }

    /// Parses an expression as [`Expression::parse`] does, for a server of another version.
    ///
    /// # Errors
    /// [`ParseError`] with the byte offset of what cannot be read.
    pub fn parse_for(source: &str, mode: Mode, version: ParserVersion) -> Result<Self, ParseError> {
        Self::parse_with(source, mode, mode.dialect(), version)
    }

    /// Parses an expression in the dialect of the caller's choice.
    ///
    /// # Errors
    /// [`ParseError`] with the byte offset of what cannot be read.
    pub fn parse_in(source: &str, mode: Mode, dialect: Dialect) -> Result<Self, ParseError> {
        Self::parse_with(source, mode, dialect, ParserVersion::default())
    }

    fn parse_with(
        source: &str,
        mode: Mode,
        dialect: Dialect,
        version: ParserVersion,
    ) -> Result<Self, ParseError> {
        if source.len() > EXPRESSION_BYTES_MAX {
            return Err(ParseProblem::TooLong.at(EXPRESSION_BYTES_MAX));
        }
        let tree = match dialect {
            Dialect::Kotlin => parse_kotlin::parse(source, mode, version)?,
            Dialect::Antlr => parse_antlr::parse(source)?,
        };
        Ok(Self { source: source.into(), mode, dialect, version, tree })
    }

    /// Computes the value.
    ///
    /// # Errors
    /// [`EvaluateError`] with the byte offset of what cannot be computed; another call with other
    /// values may succeed.
    pub fn evaluate<V: Values>(&self, values: &V) -> Result<Outcome, EvaluateError> {
        evaluate::evaluate(self, values)
    }

    /// The text that was parsed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The place it was parsed for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The dialect it was parsed in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Names of all variables, and of items as the rule engine looks them up, each once; a name's
    /// index is the slot of [`Values::variable_at`]. Items that cannot be one have an empty name.
    #[must_use]
    pub fn references(&self) -> &[String] {
        &self.tree.references
    }

    /// All data items, in the order they are written.
    ///
    /// # Errors
    /// [`ItemProblem`] if one of them is none.
    pub fn items(&self) -> Result<Vec<&Item>, ItemProblem> {
        self.tree.items.iter().map(|(item, _)| item.as_ref().map_err(|problem| *problem)).collect()
    }

    /// Whether the function occurs anywhere in the expression.
    #[must_use]
    pub fn calls(&self, function: Function) -> bool {
        self.tree.nodes.iter().any(|node| node.kind == Kind::Function(function))
    }

    /// Names of rule variables: `#{name}`, `A{name}`, names in quotes; also of intents' `VAR{name}`,
    /// which are looked up in the same way.
    #[must_use]
    pub fn rule_variables(&self) -> BTreeSet<&str> {
        let mut names = self.variables(VariableSource::Rule);
        names.append(&mut self.variables(VariableSource::Intent));
        names
    }

    /// Names of program variables: `V{name}`.
    #[must_use]
    pub fn program_variables(&self) -> BTreeSet<&str> {
        self.variables(VariableSource::Program)
    }

    fn variables(&self, source: VariableSource) -> BTreeSet<&str> {
        let nodes = self.tree.nodes.iter().enumerate();
        nodes
            .filter(|(_, node)| node.kind == Kind::Variable(source))
            .filter_map(|(id, _)| self.tree.child(id as NodeId, 0))
            .map(|name| self.tree.node(name).span.of(&self.source))
            .collect()
    }

    /// The expression in its normal form.
    ///
    /// # Errors
    /// [`ItemProblem`] if a part of it cannot be written.
    pub fn normalise(&self) -> Result<String, ItemProblem> {
        self.normal_form_of(0)
    }

    fn normal_form_of(&self, id: NodeId) -> Result<String, ItemProblem> {
        let wording = Wording { names: &Names::new(), number: &|_| None };
        describe::describe(&self.tree, &self.source, id, &wording)
    }

    /// The expression with display names for variables and uids.
    ///
    /// # Errors
    /// [`ItemProblem`] if a part of it cannot be written.
    pub fn describe(&self, names: &Names) -> Result<String, ItemProblem> {
        let wording = Wording { names, number: &|_| None };
        describe::describe(&self.tree, &self.source, 0, &wording)
    }

    /// The expression with numbers in place of some items: constants, counts of organisation units.
    ///
    /// # Errors
    /// [`ItemProblem`] if a part of it cannot be written.
    pub fn regenerate(&self, number: &dyn Fn(&Item) -> Option<f64>) -> Result<String, ItemProblem> {
        let wording = Wording { names: &Names::new(), number };
        describe::describe(&self.tree, &self.source, 0, &wording)
    }

    /// Checks types and, in program rules, that every variable and constant is among `types`.
    ///
    /// # Errors
    /// [`NotCheckable`] if DHIS2 itself fails while checking.
    pub fn validate(&self, types: &VariableTypes) -> Result<Validation, NotCheckable> {
        validate::validate(self, types)
    }
}
