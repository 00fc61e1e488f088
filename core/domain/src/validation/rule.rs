//! One rule: parsed once, judged many times.

use jiff::civil::Date;

use super::window::sliding_window;
use crate::expression::{Item, Mode, Names, ParseError};
use crate::indicator::{Measure, Measured, Source, Timing, Window, round_significant};
use crate::metadata::{
    Importance, MissingValueStrategy, RuleOperator, ValidationRule, ValidationRuleSide,
};
use crate::period::Period;
use crate::uid::Uid;

/// A rule that cannot be judged; named to the administrator, never left out in silence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableRule {
    /// The left side cannot be read.
    #[error("the left side of validation rule {0} cannot be read {1}")]
    LeftSide(Uid, ParseError),
    /// The right side cannot be read.
    #[error("the right side of validation rule {0} cannot be read {1}")]
    RightSide(Uid, ParseError),
}

/// When and where a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleContext {
    /// The period.
    pub period: Period,
    /// Depth of the organisation unit, the root is 1; `None` if unknown, then every rule is judged.
    pub level: Option<u32>,
    /// Today, in the server's time zone: where sliding windows end.
    pub today: Date,
}

/// One side of a violation.
#[derive(Debug, Clone, PartialEq)]
pub struct SideValue {
    /// The value; `None` if there is none.
    pub value: Option<f64>,
    /// The value as the server shows it: zero for none, three significant digits below ten.
    pub shown: f64,
    /// What the side is, in the administrator's words.
    pub description: Option<String>,
    /// The expression with names for ids.
    pub formula: String,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The rule.
    pub rule: Uid,
    /// Its display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// How urgent it is.
    pub importance: Importance,
    /// How the sides should stand to each other.
    pub operator: RuleOperator,
    /// Left of the operator.
    pub left_side: SideValue,
    /// Right of the operator.
    pub right_side: SideValue,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It is not for this depth, this type of period, or values are missing.
    NotJudged,
    /// It does not hold.
    Violated(Box<Violation>),
    /// It cannot be judged here.
    Unknown {
        /// Items that this device cannot know.
        not_here: Vec<String>,
        /// Why a side could not be computed.
        problem: Option<String>,
    },
}

/// A parsed rule.
#[derive(Debug, Clone)]
pub struct ParsedRule {
    rule: ValidationRule,
    left: Measure,
    right: Measure,
}

impl ParsedRule {
    /// Parses both sides.
    ///
    /// # Errors
    /// [`UnusableRule`], to be shown to the administrator.
    pub fn new(rule: &ValidationRule) -> Result<Self, UnusableRule> {
        let read = |side: &ValidationRuleSide| {
            Measure::parse(&side.expression, Mode::ValidationRuleExpression)
        };
        Ok(Self {
            left: read(&rule.left_side).map_err(|why| UnusableRule::LeftSide(rule.id, why))?,
            right: read(&rule.right_side).map_err(|why| UnusableRule::RightSide(rule.id, why))?,
            rule: rule.clone(),
        })
    }

    /// The rule as it was written.
    #[must_use]
    pub fn rule(&self) -> &ValidationRule {
        &self.rule
    }

    /// Items of both sides.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.left.items().chain(self.right.items())
    }

    /// Whether the rule is for this period type and depth.
    #[must_use]
    pub fn applies(&self, context: &RuleContext) -> bool {
        let levels = &self.rule.organisation_unit_levels;
        let is_level = |level| levels.is_empty() || levels.contains(&level);
        self.rule.period_type == context.period.period_type() && context.level.is_none_or(is_level)
    }

    /// Judges the rule, and tells how many values it found.
    #[must_use]
    pub fn judge<S: Source>(
        &self,
        source: &S,
        context: &RuleContext,
        names: &Names,
    ) -> (Verdict, u32) {
        if !self.applies(context) {
            return (Verdict::NotJudged, 0);
        }
        let left = measure(&self.left, &self.rule.left_side, source, context);
        let right = measure(&self.right, &self.rule.right_side, source, context);
        let found = left.found + right.found;
        (self.verdict(left, right, names), found)
    }

    fn verdict(&self, left: Measured, right: Measured, names: &Names) -> Verdict {
        let problem = left.problem.as_ref().or(right.problem.as_ref());
        if problem.is_some() || !left.not_here.is_empty() || !right.not_here.is_empty() {
            let problem = problem.map(ToString::to_string);
            let mut not_here = left.not_here;
            not_here.extend(right.not_here);
            return Verdict::Unknown { not_here, problem };
        }
        match self.is_violated(left.value, right.value) {
            None => Verdict::NotJudged,
            Some(false) => Verdict::Holds,
            Some(true) => {
                let rule = &self.rule;
                Verdict::Violated(Box::new(Violation {
                    rule: rule.id,
                    name: rule.name.clone(),
                    description: rule.description.clone(),
                    instruction: rule.instruction.clone(),
                    importance: rule.importance,
                    operator: rule.operator,
                    left_side: side(&self.left, &rule.left_side, left.value, names),
                    right_side: side(&self.right, &rule.right_side, right.value, names),
                }))
            }
        }
    }

    /// `None` if a side has no value and its strategy lets it be.
    fn is_violated(&self, left: Option<f64>, right: Option<f64>) -> Option<bool> {
        match self.rule.operator {
            RuleOperator::CompulsoryPair => return Some(left.is_some() != right.is_some()),
            RuleOperator::ExclusivePair => return Some(left.is_some() && right.is_some()),
            _ => {}
        }
        let left = left.or_else(|| zero_if_never(&self.rule.left_side))?;
        let right = right.or_else(|| zero_if_never(&self.rule.right_side))?;
        Some(!match self.rule.operator {
            RuleOperator::EqualTo => left == right,
            RuleOperator::NotEqualTo => left != right,
            RuleOperator::GreaterThan => left > right,
            RuleOperator::GreaterThanOrEqualTo => left >= right,
            RuleOperator::LessThan => left < right,
            _ => left <= right,
        })
    }
}

fn zero_if_never(side: &ValidationRuleSide) -> Option<f64> {
    (side.missing_value_strategy == MissingValueStrategy::NeverSkip).then_some(0.0)
}

fn measure<S: Source>(
    measure: &Measure,
    side: &ValidationRuleSide,
    source: &S,
    context: &RuleContext,
) -> Measured {
    let window = if side.sliding_window {
        let (from, to) = sliding_window(context.period, context.today);
        Window::Days(from, to)
    } else {
        Window::Period
    };
    let timing = Timing::of(&[context.period]);
    measure.evaluate(source, window, &timing, side.missing_value_strategy)
}

fn side(
    measure: &Measure,
    side: &ValidationRuleSide,
    value: Option<f64>,
    names: &Names,
) -> SideValue {
    let formula = measure.expression().describe(names);
    SideValue {
        value,
        shown: round_significant(value.unwrap_or(0.0)),
        description: side.description.clone().filter(|words| !words.trim().is_empty()),
        formula: formula.unwrap_or_else(|_| side.expression.clone()),
    }
}
