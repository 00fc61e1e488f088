//! Expressions at and beyond their limits, and a seeded loop of broken ones: errors, no panic, no
//! hang, no exhausted stack.
#![allow(missing_docs)]
#![allow(clippy::print_stdout, reason = "a long run says how much it tried")]

use std::fmt::Write;

use outpost_domain::expression::{
    Dialect, Expression, Mode, NoValues, Outcome, ParseProblem, Value, Values, VariableTypes,
};
use outpost_domain::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_NESTING_MAX};

/// The stack of a thread on a phone; frames without optimisation are several times larger.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 19 };

const DIALECTS: [Dialect; 2] = [Dialect::Kotlin, Dialect::Antlr];

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    thread.expect("a thread").join().expect("no panic and no exhausted stack");
}

/// Runs everything that walks a tree.
fn use_fully(expression: &Expression) -> Option<Outcome> {
    let _ = expression.normalise();
    let _ = expression.validate(&VariableTypes::new());
    let _ = expression.items();
    expression.evaluate(&NoValues).ok()
}

#[track_caller]
fn check(source: &str, expected: Outcome) {
    for dialect in DIALECTS {
        let expression = Expression::parse_in(source, Mode::IndicatorExpression, dialect);
        let expression = expression.unwrap_or_else(|e| panic!("{dialect:?} {e}"));
        assert_eq!(use_fully(&expression).as_ref(), Some(&expected), "{dialect:?}");
    }
}

/// `levels` of an opening and a closing around `1`.
fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}1{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn three_hundred_levels_of_every_kind_work() {
    on_a_small_stack(|| {
        check(&nested("(", ")", 300), Outcome::Number(1.0));
        check(&nested("if(true,", ",2)", 300), Outcome::Number(1.0));
        check(&nested("1+(", ")", 300), Outcome::Number(301.0));
        check(&nested("-", "", 300), Outcome::Number(1.0));
        check(&nested("greatest(", ")", 300), Outcome::Number(1.0));
    });
}

#[test]
fn long_sums_need_no_depth() {
    on_a_small_stack(|| {
        let sum = format!("1{}", "+1".repeat(10_000));
        check(&sum, Outcome::Number(10_001.0));
    });
}

#[test]
fn beyond_the_limits_is_an_error_with_its_place() {
    on_a_small_stack(|| {
        for (open, close) in [("(", ")"), ("if(true,", ",2)"), ("1+(", ")"), ("-", ""), ("!", "")] {
            let source = nested(open, close, EXPRESSION_NESTING_MAX + 10);
            for dialect in DIALECTS {
                let error = Expression::parse_in(&source, Mode::IndicatorExpression, dialect);
                let error = error.expect_err("too deep");
                assert_eq!(error.problem, ParseProblem::TooDeep, "{dialect:?} {open}");
                assert!(error.at > 0);
            }
        }
        let long = "1".repeat(EXPRESSION_BYTES_MAX + 1);
        let error = Expression::parse(&long, Mode::IndicatorExpression).expect_err("too long");
        assert_eq!(error.problem, ParseProblem::TooLong);
    });
}

#[test]
fn whatever_is_accepted_at_full_depth_can_be_used() {
    on_a_small_stack(|| {
        // One step of each precedence per level makes the deepest trees.
        for (open, close) in [
            ("1||1&&1!=1==1>=1<=1>1<1-1+1%1/1*1^(", ")"),
            ("1+1*(", ")"),
            ("if(1,2,-(", "))"),
            ("(-(", "))"),
            ("1<(2*(", "))"),
        ] {
            for levels in (1..EXPRESSION_NESTING_MAX).step_by(7) {
                for dialect in DIALECTS {
                    let source = nested(open, close, levels);
                    if let Ok(found) =
                        Expression::parse_in(&source, Mode::IndicatorExpression, dialect)
                    {
                        use_fully(&found);
                    }
                }
            }
        }
    });
}

struct Vector(Vec<f64>);

impl Values for Vector {
    fn item(&self, _item: &outpost_domain::expression::Item) -> Option<Value<'_>> {
        Some(Value::Vector(&self.0))
    }
}

#[test]
fn aggregates_of_aggregates_stop() {
    let values = Vector(vec![1.0; 1000]);
    let source = nested("sum(#{u1234567890}+", ")", 30);
    for dialect in DIALECTS {
        let mode = Mode::PredictorGeneratorExpression;
        let expression = Expression::parse_in(&source, mode, dialect).expect("parses");
        assert!(expression.evaluate(&values).is_err(), "{dialect:?}");
    }
}

#[test]
fn powers_and_patterns_stop() {
    let mode = Mode::RuleEngineAction;
    let powers = format!("1{}", "+1.5^1000000".repeat(2_000));
    let expression = Expression::parse(&powers, mode).expect("parses");
    assert!(expression.evaluate(&NoValues).is_err());
    let pattern = format!("d2:validatePattern('{}', '(a+a+)+(?!b)c')", "a".repeat(60));
    let expression = Expression::parse(&pattern, mode).expect("parses");
    assert!(expression.evaluate(&NoValues).is_err());
}

const PIECES: &[&str] = &[
    "(",
    ")",
    "'",
    "\"",
    "{",
    "}",
    "#",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "^",
    ".",
    ",",
    " ",
    "1",
    "0.5",
    "e",
    "/*",
    "*/",
    "\\",
    "&&",
    "||",
    "==",
    "<=",
    "not ",
    "and ",
    "or",
    "d2:",
    "[days]",
    "null",
    "true",
    "#{u1234567890}",
    "#{a}",
    "A{b}",
    "C{u1234567890}",
    "V{event_date}",
    "if(",
    "isNull(",
    "greatest(",
    "sum(",
    "count(",
    "percentileCont(",
    "d2:left(",
    "d2:round(",
    "d2:split(",
    "d2:condition('",
    "d2:zScoreWFA(",
    "d2:validatePattern(",
    "d2:extractDataMatrixValue(",
    "d2:addDays(",
    "d2:hasValue(",
    "d2:concatenate(",
    "normDistCum(",
    ".minDate(2020-01-01)",
    ".periodOffset(1)",
    "PS_EVENTDATE:",
    "u1234567890",
    "'2020-01-01'",
    "'(a|b)*\\\\1'",
    "\u{e9}",
    "\u{1f631}",
    "\0",
    "\n",
    "999999999999",
    "1e308",
    "1e-320",
    "distinct ",
    "log(",
    "REPORTING_RATE",
];

const MODES: [Mode; 5] = [
    Mode::RuleEngineAction,
    Mode::IndicatorExpression,
    Mode::PredictorGeneratorExpression,
    Mode::ProgramIndicatorExpression,
    Mode::AndroidCustomIntentExpression,
];

/// `OUTPOST_FUZZ_INPUTS` sets how many inputs are tried, `OUTPOST_FUZZ_SEED` which.
#[test]
fn no_input_makes_it_panic_or_hang() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let inputs = number("OUTPOST_FUZZ_INPUTS", 20_000);
    let mut state = number("OUTPOST_FUZZ_SEED", 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % limit
    };
    let values = Vector(vec![1.0, f64::NAN, -2.5]);
    let mut accepted = 0u64;
    let mut source = String::new();
    for input in 0..inputs {
        source.clear();
        for _ in 0..1 + next(12) {
            let _ = write!(source, "{}", PIECES[next(PIECES.len())]);
            if next(3) == 0 {
                source.push_str([")", "1", "#{u1234567890}", ",1)", "'a'"][next(5)]);
            }
        }
        for dialect in DIALECTS {
            let Ok(found) = Expression::parse_in(&source, MODES[next(5)], dialect) else {
                continue;
            };
            accepted += 1;
            use_fully(&found);
            let _ = found.evaluate(&values);
        }
        assert!(input < 1000 || accepted > 0, "nothing was ever accepted");
    }
    println!("{inputs} inputs, {accepted} accepted");
}
