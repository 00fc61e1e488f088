//! Program rules, their actions and variables, and constants.

use outpost_domain::metadata::{Constant, ProgramRule, ProgramRuleAction, ProgramRuleVariable};
use outpost_domain::uid::{DataElementUid, ProgramStageUid, ProgramUid, Uid};
use outpost_domain::value_type::ValueType;
use serde::Deserialize;

use super::{name_of, required};
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
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::text")]
    priority: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    condition: Option<String>,
}

/// Parses a program rule. A missing condition is empty, which never applies.
///
/// # Errors
/// [`WireError`].
pub fn parse_program_rule(body: &[u8]) -> Result<ProgramRule, WireError> {
    const WHAT: &str = "programRule";
    let dto: RuleDto = parse_object(body, WHAT)?;
    Ok(ProgramRule {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        program: required(dto.program, WHAT, "program")?,
        program_stage: dto.program_stage,
        priority: priority_of(WHAT, dto.priority)?,
        condition: dto.condition.unwrap_or_default(),
    })
}

/// A place in an order; none comes last, so that a wrong one must not pass for none.
fn priority_of(what: &'static str, text: Option<String>) -> Result<Option<i32>, WireError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let number = text.parse().map_err(|_| WireError::shape(what, "priority", "not a number"))?;
    Ok(Some(number))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ActionDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    program_rule: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    program_rule_action_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    content: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_content: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    data: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    location: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    priority: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    data_element: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_attribute: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage_section: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    option: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    option_group: Option<Uid>,
}

/// Parses the action of a program rule.
///
/// # Errors
/// [`WireError`].
pub fn parse_program_rule_action(body: &[u8]) -> Result<ProgramRuleAction, WireError> {
    const WHAT: &str = "programRuleAction";
    let dto: ActionDto = parse_object(body, WHAT)?;
    Ok(ProgramRuleAction {
        id: required(dto.id, WHAT, "id")?,
        program_rule: required(dto.program_rule, WHAT, "programRule")?,
        action_type: required(dto.program_rule_action_type, WHAT, "programRuleActionType")?,
        content: dto.content,
        display_content: dto.display_content,
        data: dto.data,
        location: dto.location,
        priority: priority_of(WHAT, dto.priority)?,
        data_element: dto.data_element,
        tracked_entity_attribute: dto.tracked_entity_attribute,
        program_stage: dto.program_stage,
        program_stage_section: dto.program_stage_section,
        option: dto.option,
        option_group: dto.option_group,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct VariableDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::text")]
    program_rule_variable_source_type: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    data_element: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_attribute: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::flag")]
    use_code_for_option_set: bool,
    #[serde(deserialize_with = "loose::text")]
    value_type: Option<String>,
}

/// Parses a program rule variable. Expressions refer to it by its `name`, whatever the language of
/// its display name. A value type that this version does not know counts as text.
///
/// # Errors
/// [`WireError`].
pub fn parse_program_rule_variable(body: &[u8]) -> Result<ProgramRuleVariable, WireError> {
    const WHAT: &str = "programRuleVariable";
    let dto: VariableDto = parse_object(body, WHAT)?;
    let source_type = dto.program_rule_variable_source_type;
    Ok(ProgramRuleVariable {
        id: required(dto.id, WHAT, "id")?,
        name: required(dto.name.or(dto.display_name), WHAT, "name")?,
        program: required(dto.program, WHAT, "program")?,
        source_type: required(source_type, WHAT, "programRuleVariableSourceType")?,
        data_element: dto.data_element,
        tracked_entity_attribute: dto.tracked_entity_attribute,
        program_stage: dto.program_stage,
        use_code_for_option_set: dto.use_code_for_option_set,
        value_type: dto.value_type.and_then(|name| ValueType::parse(&name).ok()),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ConstantDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value: Option<String>,
}

/// Parses a constant.
///
/// # Errors
/// [`WireError`].
pub fn parse_constant(body: &[u8]) -> Result<Constant, WireError> {
    const WHAT: &str = "constant";
    let dto: ConstantDto = parse_object(body, WHAT)?;
    let value = dto.value.as_deref().and_then(|text| text.parse().ok());
    let value = value.filter(|value: &f64| value.is_finite());
    Ok(Constant {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        value: value.ok_or_else(|| WireError::shape(WHAT, "value", "not a number"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_priority_comes_last_and_a_wrong_one_is_refused() {
        let rule = |priority: &str| {
            let body = format!(
                r#"{{"id":"abcdefghij1","program":{{"id":"abcdefghij2"}},{priority}"condition":"true"}}"#
            );
            parse_program_rule(body.as_bytes()).map(|rule| rule.priority).ok()
        };
        assert_eq!(rule(""), Some(None));
        assert_eq!(rule(r#""priority":3,"#), Some(Some(3)));
        assert_eq!(rule(r#""priority":"first","#), None);
    }

    #[test]
    fn an_unknown_action_type_and_source_are_kept_by_name() {
        let action = br#"{"id":"abcdefghij1","programRule":{"id":"abcdefghij2"},
            "programRuleActionType":"SENDPIGEON","dataElement":{"id":"abcdefghij3"}}"#;
        let action = parse_program_rule_action(action).expect("an action");
        assert_eq!(action.action_type, "SENDPIGEON");
        assert_eq!(action.data_element.map(|id| id.to_string()).as_deref(), Some("abcdefghij3"));
        let variable = br#"{"id":"abcdefghij1","name":"age","program":{"id":"abcdefghij2"},
            "programRuleVariableSourceType":"ORACLE","valueType":"AURA"}"#;
        let variable = parse_program_rule_variable(variable).expect("a variable");
        assert_eq!((variable.source_type.as_str(), variable.value_type), ("ORACLE", None));
    }

    #[test]
    fn a_constant_is_a_number() {
        let constant = |value: &str| {
            parse_constant(format!(r#"{{"id":"abcdefghij1","value":{value}}}"#).as_bytes())
        };
        assert_eq!(constant("0.25").map(|it| it.value).ok(), Some(0.25));
        assert!(constant("\"many\"").is_err());
    }
}
