//! Program rules, their actions and variables, and constants, as an administrator wrote them.
//!
//! What they do is decided in [`crate::rules`]. Action types and sources that this version does not
//! know are kept by name: a newer server's rule must not make the others disappear.

use crate::uid::{DataElementUid, OptionSetUid, ProgramStageUid, ProgramUid, Uid};
use crate::value_type::ValueType;

/// DHIS2 `ProgramRule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRule {
    /// Its id.
    pub id: Uid,
    /// Name, for administrators.
    pub name: String,
    /// The program.
    pub program: ProgramUid,
    /// The only stage in whose events it runs.
    pub program_stage: Option<ProgramStageUid>,
    /// Place in the order of rules, ascending; rules without come last.
    pub priority: Option<i32>,
    /// Expression; the rule applies where it is true.
    pub condition: String,
}

/// DHIS2 `ProgramRuleAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRuleAction {
    /// Its id.
    pub id: Uid,
    /// The rule.
    pub program_rule: Uid,
    /// DHIS2 `ProgramRuleActionType` name such as `HIDEFIELD`.
    pub action_type: String,
    /// Text to show, or the variable to assign to as `#{name}`.
    pub content: Option<String>,
    /// The text to show in the user's language.
    pub display_content: Option<String>,
    /// Expression.
    pub data: Option<String>,
    /// Where a text is shown: `feedback` or `indicators`.
    pub location: Option<String>,
    /// Place in the order of actions, ascending; obeyed by newer engines only.
    pub priority: Option<i32>,
    /// The data element that is hidden, assigned, marked.
    pub data_element: Option<DataElementUid>,
    /// The attribute that is hidden, assigned, marked.
    pub tracked_entity_attribute: Option<Uid>,
    /// The stage that is hidden, or of which an event is made.
    pub program_stage: Option<ProgramStageUid>,
    /// The section that is hidden.
    pub program_stage_section: Option<Uid>,
    /// The option that is hidden.
    pub option: Option<Uid>,
    /// The option group that is hidden or shown.
    pub option_group: Option<Uid>,
}

/// DHIS2 `ProgramRuleVariable`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRuleVariable {
    /// Its id.
    pub id: Uid,
    /// Name by which expressions refer to it.
    pub name: String,
    /// The program.
    pub program: ProgramUid,
    /// DHIS2 `ProgramRuleVariableSourceType` name such as `DATAELEMENT_CURRENT_EVENT`.
    pub source_type: String,
    /// Where the value is, for sources of events.
    pub data_element: Option<DataElementUid>,
    /// Where the value is, for attributes.
    pub tracked_entity_attribute: Option<Uid>,
    /// The stage, for `DATAELEMENT_NEWEST_EVENT_PROGRAM_STAGE`.
    pub program_stage: Option<ProgramStageUid>,
    /// Whether expressions see an option's code; otherwise its name.
    pub use_code_for_option_set: bool,
    /// Type of a calculated value.
    pub value_type: Option<ValueType>,
}

/// DHIS2 `Constant`.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// What rules have to know about a data element or attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleField {
    /// Type of its values.
    pub value_type: ValueType,
    /// Its options, if it has any.
    pub option_set: Option<OptionSetUid>,
}
