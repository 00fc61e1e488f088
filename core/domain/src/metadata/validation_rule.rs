//! Validation rules, as an administrator wrote them; they are judged in [`crate::validation`].

use crate::period::PeriodType;
use crate::uid::Uid;

/// DHIS2 `Operator` of a validation rule: how the left side must stand to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are DHIS2's own")]
pub enum RuleOperator {
    EqualTo,
    NotEqualTo,
    GreaterThan,
    GreaterThanOrEqualTo,
    LessThan,
    LessThanOrEqualTo,
    /// If one side has a value, the other must have one.
    CompulsoryPair,
    /// If one side has a value, the other must have none.
    ExclusivePair,
}

impl RuleOperator {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::EqualTo, "equal_to", "=="),
        (Self::NotEqualTo, "not_equal_to", "!="),
        (Self::GreaterThan, "greater_than", ">"),
        (Self::GreaterThanOrEqualTo, "greater_than_or_equal_to", ">="),
        (Self::LessThan, "less_than", "<"),
        (Self::LessThanOrEqualTo, "less_than_or_equal_to", "<="),
        (Self::CompulsoryPair, "compulsory_pair", "[Compulsory pair]"),
        (Self::ExclusivePair, "exclusive_pair", "[Exclusive pair]"),
    ];

    /// Parses the DHIS2 name, e.g. `less_than`; capitals do not count.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known, _)| name.eq_ignore_ascii_case(known));
        found.map(|(operator, _, _)| *operator)
    }

    /// The DHIS2 name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _, _)| *known == self).map_or("", |(_, name, _)| *name)
    }

    /// The sign that DHIS2 writes between both sides.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        Self::ALL.iter().find(|(known, _, _)| *known == self).map_or("", |(_, _, sign)| *sign)
    }
}

/// DHIS2 `Importance` of a validation rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// To be looked at first.
    High,
    /// In between; what a rule without importance has.
    Medium,
    /// To be looked at last.
    Low,
}

impl Importance {
    /// Parses the DHIS2 name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "HIGH" => Self::High,
            "MEDIUM" => Self::Medium,
            "LOW" => Self::Low,
            _ => return None,
        })
    }
}

/// DHIS2 `MissingValueStrategy`: when an expression with missing values has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingValueStrategy {
    /// If one value is missing.
    SkipIfAnyValueMissing,
    /// If all values are missing.
    SkipIfAllValuesMissing,
    /// Never: missing values count as zero.
    NeverSkip,
}

impl MissingValueStrategy {
    /// Parses the DHIS2 name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "SKIP_IF_ANY_VALUE_MISSING" => Self::SkipIfAnyValueMissing,
            "SKIP_IF_ALL_VALUES_MISSING" => Self::SkipIfAllValuesMissing,
            "NEVER_SKIP" => Self::NeverSkip,
            _ => return None,
        })
    }
}

/// One side of a validation rule (DHIS2 `Expression`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationRuleSide {
    /// The expression.
    pub expression: String,
    /// What it is, in words.
    pub description: Option<String>,
    /// When it has no value.
    pub missing_value_strategy: MissingValueStrategy,
    /// Whether data of events are taken from the days up to today instead of the whole period.
    pub sliding_window: bool,
}

/// DHIS2 `ValidationRule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationRule {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What to do when it is violated.
    pub instruction: Option<String>,
    /// How urgent a violation is.
    pub importance: Importance,
    /// How the sides must stand to each other.
    pub operator: RuleOperator,
    /// Periods for which it is judged.
    pub period_type: PeriodType,
    /// Whether it is left out when a form is checked.
    pub skip_form_validation: bool,
    /// Depths of organisation units for which it is judged; empty means all.
    pub organisation_unit_levels: Vec<u32>,
    /// Left of the operator.
    pub left_side: ValidationRuleSide,
    /// Right of the operator.
    pub right_side: ValidationRuleSide,
}
