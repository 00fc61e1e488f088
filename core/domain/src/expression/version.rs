//! Where versions of DHIS2's expression libraries differ: every difference is a method here, and
//! nothing elsewhere asks for a version (expressions reference 8).

use super::function::Function;
use super::mode::Mode;

/// A behaviour of `expression-parser`, which program rules run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ParserVersion {
    /// expression-parser 1.3.0, servers up to 2.42.
    #[default]
    V1_3,
    /// expression-parser 1.4, servers from 2.43 on.
    V1_4,
}

impl ParserVersion {
    /// Since 1.3.1 `d2:minutesBetween` may stand wherever the other functions of programs may.
    pub(super) fn allows(self, function: Function, mode: Mode) -> bool {
        let known_as = match function {
            Function::MinutesBetween if self >= Self::V1_4 => Function::DaysBetween,
            _ => function,
        };
        function.is_allowed_in(mode) || known_as.is_allowed_in(mode)
    }

    /// Since 1.4.0 `==` compares as numbers as soon as one side is a number, truth values as 1 and 0, and
    /// a text that is no number is not equal to one; before, truth values came first and such a text was
    /// an error.
    pub(super) fn equates_as_numbers(self) -> bool {
        self >= Self::V1_4
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EvaluateError, Expression, NoValues, Outcome};
    use super::*;

    fn evaluated(source: &str, version: ParserVersion) -> Result<Outcome, EvaluateError> {
        let expression = Expression::parse_for(source, Mode::RuleEngineAction, version);
        expression.expect("the expression can be read").evaluate(&NoValues)
    }

    #[track_caller]
    fn is(source: &str, older: Option<bool>, newer: bool) {
        let older = older.map(Outcome::Boolean);
        assert_eq!(evaluated(source, ParserVersion::V1_3).ok(), older, "{source} in 1.3");
        let newer = Ok(Outcome::Boolean(newer));
        assert_eq!(evaluated(source, ParserVersion::V1_4), newer, "{source} in 1.4");
    }

    // Expected values: answers of expression-parser 1.3.0; the text of 1.4's `BinaryOperator.equal`.
    #[test]
    fn newer_parsers_compare_with_a_number_as_numbers() {
        is("'a' == 1", None, false);
        is("'a' != 1", None, true);
        is("true == 2", Some(true), false);
        is("true == 1", Some(true), true);
        is("false == 0", Some(true), true);
        is("'1.0' == 1", Some(true), true);
        is("'true' == true", Some(true), true);
        is("'yes' == false", Some(true), true);
        is("null == 0", Some(false), false);
        is("'a' == 'a'", Some(true), true);
    }

    #[test]
    fn newer_parsers_have_minutes_in_program_rules() {
        let source = "d2:minutesBetween('2020-01-01', '2020-01-02')";
        let parse = |mode, version| Expression::parse_for(source, mode, version).is_ok();
        assert!(!parse(Mode::RuleEngineAction, ParserVersion::V1_3));
        assert!(parse(Mode::RuleEngineAction, ParserVersion::V1_4));
        assert!(parse(Mode::RuleEngineCondition, ParserVersion::V1_4));
        assert!(parse(Mode::AndroidCustomIntentExpression, ParserVersion::V1_4));
        assert_eq!(evaluated(source, ParserVersion::V1_4), Ok(Outcome::Integer(1440)));
    }
}
