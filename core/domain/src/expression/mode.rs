//! Where an expression stands, and which of DHIS2's two evaluators judges it there.
//!
//! Decides what may be written (items, functions, modifiers) and what may come out. No parsing here.

use std::fmt;
use std::str::FromStr;

use super::function::{Family, Function};
use super::item::ItemKind;
use super::modifier::ModifierKind;
use super::value::ValueType;

/// Which of DHIS2's evaluators is followed (expressions reference 1 and 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `expression-parser`: program rules and custom intents.
    Kotlin,
    /// `dhis-antlr-expression-parser` with the server's visitors: indicators, program indicators,
    /// validation rules, predictors.
    Antlr,
}

/// The place of an expression (DHIS2 `ExpressionMode`, expressions reference 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A side of a validation rule.
    ValidationRuleExpression,
    /// The comparison of both sides of a validation rule.
    ValidationRuleResultTest,
    /// What a predictor makes.
    PredictorGeneratorExpression,
    /// Whether a predictor passes over a period.
    PredictorSkipTest,
    /// Numerator or denominator of an indicator.
    IndicatorExpression,
    /// Expression or filter of a program indicator.
    ProgramIndicatorExpression,
    /// Condition of a program rule.
    RuleEngineCondition,
    /// Data of a program rule action.
    RuleEngineAction,
    /// Argument of an Android custom intent.
    AndroidCustomIntentExpression,
}

const NAMES: [(Mode, &str); 9] = [
    (Mode::ValidationRuleExpression, "VALIDATION_RULE_EXPRESSION"),
    (Mode::ValidationRuleResultTest, "VALIDATION_RULE_RESULT_TEST"),
    (Mode::PredictorGeneratorExpression, "PREDICTOR_GENERATOR_EXPRESSION"),
    (Mode::PredictorSkipTest, "PREDICTOR_SKIP_TEST"),
    (Mode::IndicatorExpression, "INDICATOR_EXPRESSION"),
    (Mode::ProgramIndicatorExpression, "PROGRAM_INDICATOR_EXPRESSION"),
    (Mode::RuleEngineCondition, "RULE_ENGINE_CONDITION"),
    (Mode::RuleEngineAction, "RULE_ENGINE_ACTION"),
    (Mode::AndroidCustomIntentExpression, "ANDROID_CUSTOM_INTENT_EXPRESSION"),
];

/// The text is no mode of DHIS2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an expression mode such as INDICATOR_EXPRESSION")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;
    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(mode, _)| *mode).ok_or(UnknownMode)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(mode, _)| mode == self).map_or("", |(_, name)| *name);
        formatter.write_str(name)
    }
}

impl Mode {
    /// The dialect that the product follows in this place.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        match self {
            Self::RuleEngineCondition
            | Self::RuleEngineAction
            | Self::AndroidCustomIntentExpression => Dialect::Kotlin,
            _ => Dialect::Antlr,
        }
    }

    /// Whether rule variables must be known for an expression to be valid.
    #[must_use]
    pub fn is_rule(self) -> bool {
        matches!(self, Self::RuleEngineCondition | Self::RuleEngineAction)
    }

    fn is_predictor(self) -> bool {
        matches!(self, Self::PredictorGeneratorExpression | Self::PredictorSkipTest)
    }

    /// Types that the whole expression may have.
    #[must_use]
    pub fn result_types(self) -> &'static [ValueType] {
        use ValueType::{Boolean, Date, Number, Text};
        match self {
            Self::ValidationRuleExpression
            | Self::IndicatorExpression
            | Self::ProgramIndicatorExpression => &[Number],
            Self::ValidationRuleResultTest
            | Self::PredictorSkipTest
            | Self::RuleEngineCondition => &[Boolean],
            Self::PredictorGeneratorExpression => &[Number, Text],
            Self::RuleEngineAction => &[Boolean, Text, Number, Date],
            Self::AndroidCustomIntentExpression => &[Boolean, Text, Number],
        }
    }

    pub(super) fn allows_function(self, function: Function) -> bool {
        let is_rule = self.is_rule();
        let is_intent = self == Self::AndroidCustomIntentExpression;
        let is_program_indicator = self == Self::ProgramIndicatorExpression;
        match function.family() {
            Family::Common => !is_rule,
            Family::OrgUnit => self == Self::ValidationRuleExpression || self.is_predictor(),
            Family::Aggregate => self.is_predictor() || is_program_indicator,
            Family::PredictorAggregate => self.is_predictor(),
            Family::ProgramCommon => is_rule || is_intent || is_program_indicator,
            Family::ProgramRule => is_rule || is_intent,
            Family::ProgramIndicator => is_program_indicator,
            Family::SubExpression => self == Self::IndicatorExpression,
            Family::Server => false,
        }
    }

    pub(super) fn allows_item(self, kind: ItemKind) -> bool {
        match kind {
            ItemKind::Constant => self != Self::AndroidCustomIntentExpression,
            ItemKind::DataElement | ItemKind::Attribute => !matches!(
                self,
                Self::ValidationRuleResultTest | Self::AndroidCustomIntentExpression
            ),
            ItemKind::Indicator => self == Self::IndicatorExpression,
            ItemKind::ProgramDataElement
            | ItemKind::ProgramIndicator
            | ItemKind::OrgUnitGroup
            | ItemKind::ReportingRate => {
                self.is_predictor()
                    || matches!(self, Self::ValidationRuleExpression | Self::IndicatorExpression)
            }
        }
    }

    pub(super) fn allows_program_variables(self) -> bool {
        self.is_rule() || self == Self::ProgramIndicatorExpression
    }

    pub(super) fn allows_intent_variables(self) -> bool {
        self == Self::AndroidCustomIntentExpression
    }

    pub(super) fn allows_modifier(self, modifier: ModifierKind) -> bool {
        match modifier {
            ModifierKind::StageOffset => self == Self::ProgramIndicatorExpression,
            ModifierKind::MinDate | ModifierKind::MaxDate => {
                self.is_predictor() || self == Self::IndicatorExpression
            }
            _ => self == Self::IndicatorExpression,
        }
    }
}
