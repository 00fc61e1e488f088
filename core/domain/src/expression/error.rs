//! Why an expression cannot be read or computed, and where.
//!
//! Messages name what is wrong and what was found; they never repeat values of people.

use super::item::ItemProblem;
use crate::limits;

/// An expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {problem}")]
pub struct ParseError {
    /// Byte offset in the expression.
    pub at: usize,
    /// What is wrong there.
    pub problem: ParseProblem,
}

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseProblem {
    /// Something else must stand here.
    #[error("{0} is expected")]
    Expected(&'static str),
    /// Nothing may follow here.
    #[error("the expression should end here")]
    Surplus,
    /// No such function, item or modifier in this place.
    #[error("`{0}` is not known here")]
    UnknownName(String),
    /// Such an operator does not exist.
    #[error("`{0}` is not an operator")]
    UnknownOperator(String),
    /// The word is none of those allowed here.
    #[error("`{0}` is not allowed here")]
    UnknownWord(String),
    /// The function needs more.
    #[error("more arguments are needed")]
    MissingArguments,
    /// Neither ids nor the name of a variable.
    #[error("`{0}` is neither an id nor a variable name")]
    NotAnItem(String),
    /// The digits make no number.
    #[error("this is not a number")]
    NotANumber,
    /// The digits make no date.
    #[error("this is not a date")]
    NotADate,
    /// A text without its closing quote.
    #[error("the closing quote is missing")]
    UnclosedText,
    /// An escape that cannot be decoded.
    #[error("this escape cannot be read")]
    BadEscape,
    /// More bytes than [`limits::EXPRESSION_BYTES_MAX`].
    #[error("an expression has at most {} bytes", limits::EXPRESSION_BYTES_MAX)]
    TooLong,
    /// Deeper than [`limits::EXPRESSION_NESTING_MAX`] or [`limits::EXPRESSION_DEPTH_MAX`].
    #[error("this is nested too deeply")]
    TooDeep,
}

impl ParseProblem {
    pub(super) fn at(self, at: usize) -> ParseError {
        ParseError { at, problem: self }
    }
}

/// The start of a text from outside, short enough for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(limits::SHOWN_CHARS_MAX).collect()
}

/// An expression that has no value for the given values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {problem}")]
pub struct EvaluateError {
    /// Byte offset in the expression of what could not be computed.
    pub at: usize,
    /// Why.
    pub problem: EvaluateProblem,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateProblem {
    /// A value is of a kind that cannot be read as the wanted one.
    #[error("{found} cannot be read as {wanted}")]
    NotConvertible {
        /// What was found: a kind, never the value.
        found: &'static str,
        /// What is needed.
        wanted: &'static str,
    },
    /// A number with a fraction where a whole one is needed.
    #[error("a whole number is needed")]
    NotWhole,
    /// Null where a value is needed.
    #[error("a value is missing")]
    Missing,
    /// A variable that does not exist.
    #[error("there is no variable `{0}`")]
    UnknownVariable(String),
    /// An operator without its operand, or one that has no value, as `distinct`.
    #[error("the operator has nothing to work on")]
    NoOperand,
    /// An argument outside what the function can take.
    #[error("{0}")]
    BadArgument(&'static str),
    /// Arithmetic that has no result.
    #[error("{0}")]
    Arithmetic(String),
    /// An aggregate function over something that is not several values.
    #[error("an aggregate function needs a data item with values of several periods")]
    NoVector,
    /// The written ids make no item.
    #[error(transparent)]
    BadItem(#[from] ItemProblem),
    /// A pattern that cannot be used.
    #[error("the pattern cannot be used: {0}")]
    BadPattern(String),
    /// A function that only the caller can compute, and did not.
    #[error("`{0}` cannot be computed here")]
    Unsupported(&'static str),
    /// Values of two kinds that do not compare.
    #[error("the two values cannot be compared")]
    NotComparable,
    /// More than [`limits::EXPRESSION_STEPS_MAX`] steps.
    #[error("the expression takes too many steps")]
    TooManySteps,
}
