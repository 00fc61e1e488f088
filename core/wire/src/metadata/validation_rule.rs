//! Validation rules.

use outpost_domain::metadata::{
    Importance, MissingValueStrategy, RuleOperator, ValidationRule, ValidationRuleSide,
};
use outpost_domain::uid::Uid;
use serde::Deserialize;

use super::{name_of, period_type_of, required, unknown_name};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RuleDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_instruction: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    instruction: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    importance: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    operator: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    period_type: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    skip_form_validation: bool,
    #[serde(deserialize_with = "loose::list")]
    organisation_unit_levels: Vec<loose::Text>,
    left_side: Option<SideDto>,
    right_side: Option<SideDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SideDto {
    #[serde(deserialize_with = "loose::text")]
    expression: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    missing_value_strategy: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    sliding_window: bool,
}

const WHAT: &str = "validationRule";

/// Parses a validation rule.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for an operator, strategy, importance or period type
/// that this version does not know: guessing one would accuse people of errors.
pub fn parse_validation_rule(body: &[u8]) -> Result<ValidationRule, WireError> {
    let dto: RuleDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let operator = required(dto.operator, WHAT, "operator")?;
    let period_type = required(dto.period_type, WHAT, "periodType")?;
    Ok(ValidationRule {
        id,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        instruction: dto.display_instruction.or(dto.instruction),
        importance: match dto.importance {
            None => Importance::Medium,
            Some(name) => Importance::parse(&name)
                .ok_or_else(|| unknown_name(WHAT, id, "importance", &name))?,
        },
        operator: RuleOperator::parse(&operator)
            .ok_or_else(|| unknown_name(WHAT, id, "operator", &operator))?,
        period_type: period_type_of(WHAT, id, "periodType", &period_type)?,
        skip_form_validation: dto.skip_form_validation,
        organisation_unit_levels: levels_of(dto.organisation_unit_levels)?,
        left_side: side_of(id, required(dto.left_side, WHAT, "leftSide")?)?,
        right_side: side_of(id, required(dto.right_side, WHAT, "rightSide")?)?,
    })
}

fn levels_of(levels: Vec<loose::Text>) -> Result<Vec<u32>, WireError> {
    let levels = levels.into_iter().filter_map(|level| level.0);
    let read = |level: String| {
        let level = level.parse().map_err(|_| WireError::shape(WHAT, LEVELS, "not a level"))?;
        Ok(level)
    };
    levels.map(read).collect()
}

const LEVELS: &str = "organisationUnitLevels";

fn side_of(id: Uid, dto: SideDto) -> Result<ValidationRuleSide, WireError> {
    let strategy = match dto.missing_value_strategy {
        None => MissingValueStrategy::NeverSkip,
        Some(name) => MissingValueStrategy::parse(&name)
            .ok_or_else(|| unknown_name(WHAT, id, "missingValueStrategy", &name))?,
    };
    Ok(ValidationRuleSide {
        expression: required(dto.expression, WHAT, "expression")?,
        description: dto.display_description.or(dto.description),
        missing_value_strategy: strategy,
        sliding_window: dto.sliding_window,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Capture m044: the rule of a 2.42.4 as the list gives it.
    const RULE: &str = r##"{"id":"vrOptLeComp","name":"Optional not above compulsory",
        "importance":"HIGH","operator":"less_than_or_equal_to","periodType":"Monthly",
        "organisationUnitLevels":[2,"3"],"instruction":"Optional must not exceed compulsory",
        "leftSide":{"expression":"#{deCompuls02}","missingValueStrategy":"NEVER_SKIP",
          "slidingWindow":true},
        "rightSide":{"expression":"#{deCompuls01}","description":"compulsory"}}"##;

    #[test]
    fn a_rule_is_read_with_both_sides() {
        let rule = parse_validation_rule(RULE.as_bytes()).expect("a rule");
        assert_eq!(rule.operator, RuleOperator::LessThanOrEqualTo);
        assert_eq!(rule.organisation_unit_levels, [2, 3]);
        assert!(rule.left_side.sliding_window && !rule.right_side.sliding_window);
        assert_eq!(rule.right_side.description.as_deref(), Some("compulsory"));
        assert_eq!(rule.right_side.missing_value_strategy, MissingValueStrategy::NeverSkip);
    }

    #[test]
    fn an_unknown_operator_is_named_not_guessed() {
        let unknown = RULE.replace("less_than_or_equal_to", "almost_equal_to");
        let error = parse_validation_rule(unknown.as_bytes()).expect_err("unknown");
        assert!(error.to_string().contains("almost_equal_to"), "{error}");
    }
}
