//! From what an administrator configured to rules that run, as the server itself does it: its types,
//! not those of other clients, because it is the server that takes or refuses the record.

use std::collections::BTreeMap;

use super::compile::RuleSet;
use super::model::{
    ActionKind, ActionTarget, Rule, RuleAction, RuleVariable, Subject, VariableSource,
};
use super::version::EngineVersion;
use crate::expression::{self, double_to_text};
use crate::metadata::{Constant, ProgramRule, ProgramRuleAction, ProgramRuleVariable, RuleField};
use crate::uid::{OptionSetUid, Uid};
use crate::value_type::ValueType;

/// Everything that the rules of one program are made of.
pub struct ProgramMetadata<'a> {
    /// Rules of the program.
    pub rules: &'a [ProgramRule],
    /// Their actions.
    pub actions: &'a [ProgramRuleAction],
    /// Variables of the program.
    pub variables: &'a [ProgramRuleVariable],
    /// All constants.
    pub constants: &'a [Constant],
    /// What is known about a data element or attribute.
    pub field: &'a dyn Fn(&str) -> Option<RuleField>,
    /// Code and name of the options of a set; asked only for variables that show names.
    pub options: &'a dyn Fn(OptionSetUid) -> Vec<(String, String)>,
}

/// Rules made of metadata.
#[derive(Debug)]
pub struct ProgramRules {
    /// The rules.
    pub set: RuleSet,
    /// Variables whose source this version does not know; they never have a value.
    pub unknown_sources: Vec<Uid>,
}

impl ProgramMetadata<'_> {
    /// Compiles the rules of the program.
    #[must_use]
    pub fn compile(&self, version: EngineVersion) -> ProgramRules {
        let mut actions: BTreeMap<Uid, Vec<RuleAction>> = BTreeMap::new();
        for action in self.actions {
            actions.entry(action.program_rule).or_default().push(rule_action(action));
        }
        let rule = |rule: &ProgramRule| Rule {
            id: rule.id.to_string(),
            name: rule.name.clone(),
            condition: rule.condition.clone(),
            priority: rule.priority,
            program_stage: rule.program_stage.map(|stage| stage.to_string()),
            actions: actions.remove(&rule.id).unwrap_or_default(),
        };
        let rules = self.rules.iter().map(rule).collect();
        let mut unknown_sources = Vec::new();
        let mut variables = Vec::with_capacity(self.variables.len());
        for variable in self.variables {
            let source = source(variable).unwrap_or_else(|| {
                unknown_sources.push(variable.id);
                VariableSource::Calculated
            });
            variables.push(self.variable(variable, source));
        }
        let constant =
            |constant: &Constant| (constant.id.to_string(), double_to_text(constant.value));
        let constants = self.constants.iter().map(constant).collect();
        let set = RuleSet::compile(rules, variables, &constants, version);
        ProgramRules { set, unknown_sources }
    }

    fn variable(&self, variable: &ProgramRuleVariable, source: VariableSource) -> RuleVariable {
        let field = source.field().and_then(|field| (self.field)(field));
        let value_type = match source {
            VariableSource::Calculated => variable.value_type,
            _ => field.map(|field| field.value_type),
        };
        let option_set = field.and_then(|field| field.option_set);
        let option_set = option_set.filter(|_| !variable.use_code_for_option_set);
        RuleVariable {
            name: variable.name.clone(),
            source,
            value_type: value_type.map_or(expression::ValueType::Text, type_in_rules),
            option_names: option_set.map(|set| (self.options)(set)).unwrap_or_default(),
        }
    }
}

/// How rules see values of a type.
fn type_in_rules(value_type: ValueType) -> expression::ValueType {
    match value_type {
        ValueType::Boolean | ValueType::TrueOnly => expression::ValueType::Boolean,
        ValueType::Number
        | ValueType::UnitInterval
        | ValueType::Percentage
        | ValueType::Integer
        | ValueType::IntegerPositive
        | ValueType::IntegerNegative
        | ValueType::IntegerZeroOrPositive => expression::ValueType::Number,
        ValueType::Date | ValueType::DateTime | ValueType::Age => expression::ValueType::Date,
        _ => expression::ValueType::Text,
    }
}

fn source(variable: &ProgramRuleVariable) -> Option<VariableSource> {
    let element = variable.data_element.map(|id| id.to_string()).unwrap_or_default();
    Some(match variable.source_type.as_str() {
        "DATAELEMENT_CURRENT_EVENT" => VariableSource::CurrentEvent(element),
        "DATAELEMENT_PREVIOUS_EVENT" => VariableSource::PreviousEvent(element),
        "DATAELEMENT_NEWEST_EVENT_PROGRAM" => VariableSource::NewestEvent(element),
        "DATAELEMENT_NEWEST_EVENT_PROGRAM_STAGE" => VariableSource::NewestStageEvent {
            field: element,
            program_stage: variable.program_stage.map(|id| id.to_string()).unwrap_or_default(),
        },
        "TEI_ATTRIBUTE" => {
            let attribute = variable.tracked_entity_attribute;
            VariableSource::Attribute(attribute.map(|id| id.to_string()).unwrap_or_default())
        }
        "CALCULATED_VALUE" => VariableSource::Calculated,
        _ => return None,
    })
}

fn rule_action(action: &ProgramRuleAction) -> RuleAction {
    let kind = ActionKind::from_name(&action.action_type);
    let (field, subject) = match (action.data_element, action.tracked_entity_attribute) {
        (Some(element), _) => (Some(element.to_string()), Subject::DataElement),
        (None, Some(attribute)) => (Some(attribute.to_string()), Subject::Attribute),
        (None, None) => (None, Subject::Any),
    };
    let content = match kind {
        // A variable to assign to has the same name in every language.
        ActionKind::Assign => action.content.as_ref(),
        _ => action.display_content.as_ref().or(action.content.as_ref()),
    };
    RuleAction {
        kind,
        data: action.data.clone(),
        content: content.cloned(),
        field,
        subject,
        priority: action.priority,
        target: ActionTarget {
            location: action.location.clone(),
            program_stage: action.program_stage.map(|id| id.to_string()),
            section: action.program_stage_section.map(|id| id.to_string()),
            option: action.option.map(|id| id.to_string()),
            option_group: action.option_group.map(|id| id.to_string()),
        },
    }
}
